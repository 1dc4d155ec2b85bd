//! Telling of a notice by mail: who is to be told, is written down in steps; what is written down,
//! is sent by several at once; what came of it, is marked in batches.
//!
//! A step is a transaction and says how far it has come, so that a crash costs the step at most.
//! A mail is claimed for a while: when a node dies, what it had not marked is due again after the
//! mail's lease, and repeated under the same `Message-ID`. That is what was on its way, and what
//! was sent while the last marks were gathered and written: [`send::MARK_EVERY`] for each at most,
//! since nothing more is sent while marks are late.

pub mod fan_out;
pub mod letter;
pub mod send;
pub mod store;

use crate::app::App;
use crate::http::Result;

/// The mail of a notice to one recipient.
#[derive(Debug)]
pub struct Delivery;
/// Its id; under this name the document knows it.
pub type DeliveryId = crate::db::types::Id<Delivery>;

/// Writes down who is to be told and sends what is due, whether or not the former could be done; says
/// how many mails were tried.
pub async fn work(app: &App) -> Result<usize> {
    let written_down = fan_out::fan_out(app).await;
    let sent = send::send_due(app).await;
    written_down.and(sent)
}

/// Tells the log how long the mail that waits longest has been waiting.
pub async fn tell_oldest(app: &App) -> Result<()> {
    let oldest = app.read(store::oldest_waiting).await?;
    if let Some(queued_at) = oldest {
        log::info!("notices: oldest_undelivered_seconds={}", app.now().since(queued_at).whole_seconds());
    }
    Ok(())
}
