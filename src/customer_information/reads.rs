//! Who read what the customer entrusted: noted at once, written down in batches, so that a read
//! stays a read. Of a program that is told to stop nothing is lost.

use std::sync::{Mutex, PoisonError};

use super::store::{ReadRow, insert_read};
use crate::app::App;
use crate::attachments::AttachmentId;
use crate::auth::claim::Claim;
use crate::db::types::Id;
use crate::http::{Problem, Result};
use crate::inquiries::InquiryId;
use crate::terms::codes::ContentKind;

/// How many notes may wait to be written. Where more would, nothing is read any more.
const MOST: usize = 10_000;

/// What was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entrusted {
    /// The customer information of the inquiry.
    CustomerInformation,
    /// The bytes of a file.
    Attachment(AttachmentId),
}

/// The notes that are not yet written down.
#[derive(Debug, Default)]
pub struct Reads(Mutex<Vec<ReadRow>>);

impl Reads {
    fn with<T>(&self, work: impl FnOnce(&mut Vec<ReadRow>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Notes a reading by the desk or a script, before it is answered; the customer's side reads what
/// is its own.
pub fn note(app: &App, claim: &Claim, inquiry_id: InquiryId, what: Entrusted) -> Result<()> {
    let reader = match claim {
        Claim::Staff { staff, .. } => staff.uuid(),
        Claim::Robot { client, .. } => client.uuid(),
        Claim::Customer { .. } | Claim::Partner { .. } => return Ok(()),
    };
    let (content, content_id) = match what {
        Entrusted::CustomerInformation => (ContentKind::CustomerInformation, inquiry_id.uuid()),
        Entrusted::Attachment(id) => (ContentKind::Attachment, id.uuid()),
    };
    let row = ReadRow {
        id: app.new_id(),
        inquiry_id,
        content,
        content_id: Id::new(content_id),
        reader_kind: claim.kind(),
        reader_id: Id::new(reader),
        read_at: app.now(),
    };
    app.reads().with(|waiting| {
        if waiting.len() >= MOST {
            return Err(Problem::unavailable("readings cannot be written down"));
        }
        waiting.push(row);
        Ok(())
    })
}

/// Writes down what was noted; what cannot be written is noted still.
pub async fn write_down(app: &App) -> Result<()> {
    let app = app.clone();
    // A task of its own: who asked for it may be gone before it is done.
    let task = actix_web::rt::spawn(async move {
        let rows = app.reads().with(std::mem::take);
        if rows.is_empty() {
            return Ok(());
        }
        let batch = rows.clone();
        let written = app.db().transaction(move |db| batch.iter().try_for_each(|row| insert_read(db, row))).await;
        if written.is_err() {
            app.reads().with(|waiting| {
                waiting.splice(0..0, rows);
            });
        }
        written
    });
    task.await.map_err(Problem::bug)?
}
