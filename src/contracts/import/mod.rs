//! `madoguchi import FILE`: papers from JSON Lines, by the same rules as over HTTP.
//!
//! Each line is found again by its natural key and is a transaction of its own, so a file can be
//! run again after it was mended: what is there already stays as it is.

use std::io::{BufRead, Read};

use diesel::connection::TransactionManager;

use crate::app::{App, Tx};
use crate::db::{Connection, dialect};
use crate::events::model::Change;
use crate::http::{Problem, Refusal, Result};
use crate::terms::codes::Language;

mod take;

use take::take;

/// The most that a line may hold, in bytes.
pub const LINE_LIMIT: u64 = 1024 * 1024;

/// What came of a file, line by line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What came of each line that was not empty.
    pub lines: Vec<LineReport>,
}

/// What came of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineReport {
    /// The line, counted from 1.
    pub line: u64,
    /// What came of it.
    pub outcome: LineOutcome,
}

/// What may come of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineOutcome {
    /// The thing is new.
    Created,
    /// The thing is another than it was.
    Changed,
    /// The thing was that already.
    Unchanged,
    /// Nothing happened.
    Refused {
        /// The problem's code.
        code: &'static str,
        /// The first fault: its place as a JSON pointer into the line, and what is wrong.
        fault: Option<(String, &'static str)>,
        /// The problem in words, in English.
        detail: String,
    },
}

impl Report {
    /// How many lines were refused.
    pub fn refused(&self) -> usize {
        self.lines.iter().filter(|line| matches!(line.outcome, LineOutcome::Refused { .. })).count()
    }
}

/// Takes a file in. With `dry_run` everything is done and undone, so that later lines see the
/// earlier ones; other writers wait meanwhile.
///
/// Fails only when the file cannot be read or the database cannot be written: a refused line is
/// part of the report, and the next one is taken.
pub fn import(app: &App, mut lines: impl BufRead, dry_run: bool) -> Result<Report> {
    let mut report = Report::default();
    if !dry_run {
        each_line(&mut lines, &mut report, |bytes| app.write_blocking(|tx| take(tx, bytes)))?;
        return Ok(report);
    }
    let undone = app.write_blocking(|tx| -> Result<Change<()>> {
        each_line(&mut lines, &mut report, |bytes| tentatively(tx, |tx| take(tx, bytes)?.settle(tx)))?;
        Err(Problem::bug(DryRun))
    });
    match undone {
        Err(problem) if problem.cause().is_some_and(|cause| cause.is::<DryRun>()) => Ok(report),
        Err(problem) => Err(problem),
        Ok(()) => Ok(report),
    }
}

/// Why a dry run's transaction is given up.
#[derive(Debug)]
struct DryRun;
impl std::fmt::Display for DryRun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a dry run is undone")
    }
}
impl std::error::Error for DryRun {}

/// Does a part of a transaction that is undone by itself when it is refused.
fn tentatively<T>(tx: &mut Tx<'_>, work: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
    <Connection as diesel::Connection>::TransactionManager::begin_transaction(tx.connection())?;
    match work(tx) {
        Ok(value) => {
            dialect::commit(tx.connection())?;
            Ok(value)
        }
        Err(problem) => {
            dialect::roll_back(tx.connection())?;
            Err(problem)
        }
    }
}

fn each_line(
    lines: &mut impl BufRead,
    report: &mut Report,
    mut take: impl FnMut(&[u8]) -> Result<LineOutcome>,
) -> Result<()> {
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        if lines.by_ref().take(LINE_LIMIT.saturating_add(1)).read_until(b'\n', &mut bytes).map_err(Problem::bug)? == 0 {
            break;
        }
        let ended = bytes.last() == Some(&b'\n');
        let outcome = if !ended && bytes.len() as u64 > LINE_LIMIT {
            lines.skip_until(b'\n').map_err(Problem::bug)?;
            refused(&Problem::from(Refusal::BodyTooLarge).with("limit", "1 MiB"))
        } else if bytes.trim_ascii().is_empty() {
            continue;
        } else {
            match take(bytes.trim_ascii()) {
                Ok(outcome) => outcome,
                Err(problem) if problem.refusal().status().is_client_error() => refused(&problem),
                Err(problem) => return Err(problem),
            }
        };
        report.lines.push(LineReport { line, outcome });
    }
    Ok(())
}

fn refused(problem: &Problem) -> LineOutcome {
    let view = problem.view(&crate::http::problem::Reader {
        language: Language::En,
        register: crate::http::problem::Register::Plain,
        instance: "",
        request_id: "",
    });
    let fault = problem.fault_list().first().map(|fault| (fault.pointer.clone().unwrap_or_default(), fault.code));
    LineOutcome::Refused { code: problem.refusal().code(), fault, detail: view.detail }
}
