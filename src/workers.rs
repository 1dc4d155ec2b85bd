//! What runs beside the server: opening the database when it comes, sealing the journal, sending
//! mail, taking new keys, writing down who read what, and clearing away what is kept for a time only.

use std::time::Duration;

use crate::accounts;
use crate::app::App;
use crate::contracts;
use crate::customer_information::reads;
use crate::db::Unusable;
use crate::deliveries;
use crate::downloads;
use crate::erasures::retain;
use crate::events::model::Change;
use crate::events::seal;
use crate::files;
use crate::http::{Result, idempotency};
use crate::mail::outbox;
use crate::subscriptions;

/// What to do about migrations that are yet to be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Migrate {
    /// Run them.
    Auto,
    /// Refuse to start.
    Check,
}

const RETRY: Duration = Duration::from_secs(1);
const SEAL_EVERY: Duration = Duration::from_secs(1);
const MAIL_EVERY: Duration = Duration::from_secs(1);
const KEYS_EVERY: Duration = Duration::from_secs(60);
const CONTRACTS_EVERY: Duration = Duration::from_secs(60);
const NOTE_EVERY: Duration = Duration::from_secs(1);
const SWEEP_EVERY: Duration = Duration::from_secs(60);
const CLEAR_EVERY: Duration = Duration::from_secs(600);

/// Brings the schema up to date and takes the keys. Blocks.
pub fn open(app: &App, migrate: Migrate) -> Result<(), Unusable> {
    match migrate {
        Migrate::Auto => {
            app.db().migrate()?;
        }
        Migrate::Check => {
            let pending = app.db().pending_migrations()?;
            if !pending.is_empty() {
                return Err(Unusable::Unfit(format!("migrations are yet to be run: {}", pending.join(", "))));
            }
        }
    }
    let warmed = app.db().transaction_blocking(|db| app.faqs().warm(db));
    warmed.and_then(|()| app.load_keys_blocking()).map_err(|problem| match problem.refusal() {
        crate::http::Refusal::Unavailable => Unusable::Unreachable(problem.to_string()),
        _ => Unusable::Unfit(problem.to_string()),
    })
}

/// Starts them on the current runtime. A database that is not there yet is waited for.
pub fn start(app: App, migrate: Migrate) {
    actix_web::rt::spawn(async move {
        while app.ready().is_err() {
            let opening = app.clone();
            let opened = actix_web::web::block(move || open(&opening, migrate)).await;
            match opened {
                Ok(Ok(())) => log::info!("the database is open"),
                Ok(Err(why)) => log::warn!("the database cannot be used yet: {why}"),
                Err(stopped) => log::warn!("{stopped}"),
            }
            tokio::time::sleep(RETRY).await;
        }
        every(SEAL_EVERY, app.clone(), "sealing", |app| async move { seal::seal(&app).await });
        every(MAIL_EVERY, app.clone(), "sending mail", |app| async move { outbox::send_due(&app).await.map(drop) });
        every(MAIL_EVERY, app.clone(), "sending notices", |app| async move { deliveries::work(&app).await.map(drop) });
        every(KEYS_EVERY, app.clone(), "taking keys", |app| async move { app.reload_keys().await });
        every(CONTRACTS_EVERY, app.clone(), "contracts", |app| async move { keep_contracts(&app).await });
        every(NOTE_EVERY, app.clone(), "writing down reads", |app| async move { reads::write_down(&app).await });
        every(SWEEP_EVERY, app.clone(), "sweeping files", |app| async move { files::sweep(&app).await });
        every(KEYS_EVERY, app.clone(), "looking for undelivered notices", |app| async move {
            deliveries::tell_oldest(&app).await
        });
        every(CLEAR_EVERY, app.clone(), "erasing in time", |app| async move { retain::retain(&app).await });
        every(CLEAR_EVERY, app, "clearing away", |app| async move { clear(&app).await });
    });
}

/// Does a work again and again; a failure is logged, and the next turn tries anew.
fn every<F>(pause: Duration, app: App, name: &'static str, work: impl Fn(App) -> F + 'static)
where
    F: Future<Output = Result<()>> + 'static,
{
    actix_web::rt::spawn(async move {
        loop {
            if let Err(problem) = work(app.clone()).await {
                log::warn!("{name}: {problem}");
            }
            tokio::time::sleep(pause).await;
        }
    });
}

async fn keep_contracts(app: &App) -> Result<()> {
    let (today, now) = (app.today(), app.now());
    if app.read(move |db| contracts::succeed::any_to_look_at(db, today, now)).await? {
        app.write_value(contracts::succeed::carry_due).await?;
    }
    if app.read(move |db| contracts::ending::any_to_tell(db, today)).await? {
        app.write_value(contracts::ending::tell).await?;
    }
    Ok(())
}

/// Drops what has been kept for as long as it was promised.
pub async fn clear(app: &App) -> Result<()> {
    let now = app.now();
    app.db().transaction(move |db| idempotency::drop_old(db, now)).await?;
    app.write_value(accounts::session::drop_old).await?;
    outbox::retain(app).await?;
    let reason = "what can no longer be used says nothing";
    app.write_value(move |tx| Ok(Change::silent(subscriptions::store::drop_old_confirmations(tx)?, reason))).await?;
    app.write_value(move |tx| Ok(Change::silent(downloads::store::drop_old_grants(tx)?, reason))).await
}
