//! The outbox: what a command writes down in its transaction, and the worker that sends it.
//!
//! Two nodes may send at once: on PostgreSQL a claimed row is skipped, on SQLite there is one
//! writer. A claim is a lease; when a node dies its mails are due again after [`LEASE`].
//!
//! [`LEASE`]: super::model::LEASE

use futures_util::stream::{self, StreamExt};
use time::Duration;

use super::letter::{self, Letter};
use super::model::{NewMail, Tried};
use super::{MailId, store};
use crate::app::{App, Tx};
use crate::events::model::Change;
use crate::http::{Problem, Result};
use crate::terms::codes::{MailOutcome, MailState};

/// How many mails are on their way at once.
const AT_ONCE: usize = 4;
/// How many mails are dropped at once: a few milliseconds of SQLite's one writer.
const DROPPED: i64 = 500;
/// Why sending leaves no event.
const NO_EVENT: &str = "the outbox keeps its own record of every try";

/// Writes down that a mail is to be sent, in the transaction of the act that it tells of.
pub fn enqueue(tx: &mut Tx<'_>, mail: NewMail) -> Result<MailId> {
    let id = tx.new_id();
    store::insert(tx, id, mail)?;
    Ok(id)
}

/// Sends all that is due, and says how many mails were tried.
pub async fn send_due(app: &App) -> Result<usize> {
    let claims =
        stream::try_unfold(app, |app| async move { Ok::<_, Problem>(claim(app).await?.map(|row| (row, app))) });
    // What was claimed is seen through, even when the next claim fails.
    let seen_through = claims.map(|claimed| async move {
        match claimed {
            Ok(row) => deliver(app, row).await,
            Err(problem) => Err(problem),
        }
    });
    let mut underway = std::pin::pin!(seen_through.buffer_unordered(AT_ONCE));
    let (mut tried, mut failed) = (0, None);
    while let Some(done) = underway.next().await {
        match done {
            Ok(()) => tried += 1,
            Err(problem) => failed = Some(problem),
        }
    }
    failed.map_or(Ok(tried), Err)
}

/// Puts mails that were given up back into the outbox, and those that bounced too if asked to.
pub fn retry(tx: &mut Tx<'_>, bounced: bool) -> Result<Change<usize>> {
    let states: &[MailState] = if bounced { &[MailState::Dead, MailState::Bounced] } else { &[MailState::Dead] };
    Ok(Change::silent(store::retry(tx, states)?, NO_EVENT))
}

/// Drops what ended `RETENTION_DAYS` ago, some at a time; nothing unless that is set.
pub async fn retain(app: &App) -> Result<()> {
    let Some(days) = app.config().retention_days else { return Ok(()) };
    let until = app.now().plus(-Duration::days(days.into()));
    let drop = move |tx: &mut Tx<'_>| Ok(Change::silent(store::drop_ended(tx, until, DROPPED)?, NO_EVENT));
    while app.write_value(drop).await? > 0 {}
    Ok(())
}

async fn claim(app: &App) -> Result<Option<store::Row>> {
    let now = app.now();
    if !app.read(move |db| store::any_due(db, now)).await? {
        return Ok(None);
    }
    app.write_value(|tx| Ok(Change::silent(store::claim(tx)?, NO_EVENT))).await
}

async fn deliver(app: &App, row: store::Row) -> Result<()> {
    let tried = match letter::write(app, &row).await {
        Ok(Some(letter)) => send(app, &row, letter).await?,
        Ok(None) => {
            return app.write_value(move |tx| Ok(Change::silent(store::withdraw(tx, row.id)?, NO_EVENT))).await;
        }
        Err(problem) => Tried { outcome: MailOutcome::Deferred, reply_code: None, detail: problem.to_string() },
    };
    if tried.outcome != MailOutcome::Delivered {
        log::warn!("mail {} ({}), try {}: {} {:?}", row.id, row.kind, row.attempts, tried.outcome, tried.reply_code);
    }
    app.write_value(move |tx| Ok(Change::silent(store::settle(tx, &row, &tried)?, NO_EVENT))).await
}

/// Sends a letter on a thread of its own: a mail server that hangs holds up nobody but mail.
async fn send(app: &App, row: &store::Row, letter: Letter) -> Result<Tried> {
    let message = letter.message(app, row.id, app.now());
    let carrier = app.clone();
    actix_web::web::block(move || match message {
        Ok(message) => carrier.mail().send(&message),
        Err(why) => Tried { outcome: MailOutcome::Refused, reply_code: None, detail: why },
    })
    .await
    .map_err(Problem::bug)
}
