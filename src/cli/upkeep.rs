//! Commands that look after the data: each does one thing and ends.

use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::Path;

use super::{Failure, Outcome};
use crate::accounts::password;
use crate::accounts::staff::{self, NewStaff};
use crate::app::App;
use crate::auth::keys;
use crate::contracts::import::{self, LineOutcome};
use crate::events::{seal, verify};
use crate::http::Refusal;
use crate::http::text::{EmailAddress, Name, NewPassword};
use crate::mail::outbox;
use crate::terms::codes::Role;

pub fn migrate(app: &App) -> Outcome {
    let run = app.db().migrate()?;
    eprintln!("{run} migrations were run");
    Ok(())
}

pub fn print_document() -> Outcome {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", crate::api::document().to_pretty_json()?)?;
    Ok(())
}

/// Adds a person; one newline at the end of the password is not part of it.
pub fn add_staff(app: &App, email: &str, name: &str, role: Role) -> Outcome {
    let wrong = |what: &'static str| move |why: String| Failure { message: format!("{what}: {why}"), code: 1 };
    let email = EmailAddress::parse(email).map_err(wrong("--email"))?;
    let name = Name::parse(name).map_err(wrong("--name"))?;
    let mut typed = String::new();
    std::io::stdin().lock().take(4096).read_to_string(&mut typed)?;
    let typed = typed.strip_suffix('\n').unwrap_or(&typed);
    let password = NewPassword::parse(typed).map_err(wrong("the password"))?;
    password::refuse_guessable(&password, &email, "")?;
    let password_hash = password::hash_blocking(&password, app.ids().secret())?;
    let known = format!("{email} is known");
    match app.write_blocking(|tx| staff::add(tx, None, NewStaff { email, name, role, password_hash })) {
        Ok(_) => Ok(()),
        Err(problem) if problem.refusal() == Refusal::AlreadyExists => Err(Failure { message: known, code: 2 }),
        Err(problem) => Err(problem.into()),
    }
}

/// Takes a file in and prints what came of each line; exits 1 where any was refused.
pub fn import(app: &App, file: &Path, dry_run: bool) -> Outcome {
    let opened = File::open(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let report = import::import(app, BufReader::new(opened), dry_run)?;
    let mut out = std::io::stdout().lock();
    for line in &report.lines {
        match &line.outcome {
            LineOutcome::Created => writeln!(out, "{}: created", line.line)?,
            LineOutcome::Changed => writeln!(out, "{}: changed", line.line)?,
            LineOutcome::Unchanged => writeln!(out, "{}: unchanged", line.line)?,
            LineOutcome::Refused { code, fault, detail } => {
                let place = fault.as_ref().map(|(at, what)| format!(" {at} {what}")).unwrap_or_default();
                writeln!(out, "{}: refused {code}{place}: {detail}", line.line)?;
            }
        }
    }
    match report.refused() {
        0 => Ok(()),
        refused => Err(format!("{refused} of {} lines were refused", report.lines.len()).into()),
    }
}

/// Seals what is there, recomputes every chain, and prints its end; exits 1 where one is broken.
pub fn verify_events(app: &App) -> Outcome {
    while app.db().transaction_blocking(seal::seal_batch)? > 0 {}
    let report = app.db().transaction_blocking(verify::verify)?;
    let mut out = std::io::stdout().lock();
    for place in &report.broken {
        writeln!(out, "{place}")?;
    }
    writeln!(out, "{} places checked; last {} {}", report.checked, report.head.seq, seal::hex(&report.head.hash))?;
    if report.broken.is_empty() { Ok(()) } else { Err("the journal does not hold".into()) }
}

pub fn rotate_keys(app: &App) -> Outcome {
    let secret = app.config().sealing_secret(|| app.ids().secret())?;
    app.write_blocking(|tx| keys::rotate(tx, &secret))?;
    Ok(())
}

/// Puts back what was given up; the server sends it.
pub fn retry_outbox(app: &App, bounced: bool) -> Outcome {
    let count = app.write_blocking(|tx| outbox::retry(tx, bounced))?;
    eprintln!("{count} mails are due again");
    Ok(())
}

pub fn back_up(app: &App, file: &Path) -> Outcome {
    Ok(app.db().back_up(file)?)
}
