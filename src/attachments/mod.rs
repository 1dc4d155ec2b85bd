//! Files of an inquiry: streamed in and out, passed on to the vendor only where that is allowed,
//! and taken away when their side asks (SW-4.2.1-C4 and C5, SA-5.2.1-C4 and C5).

pub mod model;
pub mod store;

mod add;
mod content;
mod erase;
mod read;
mod share;
mod view;

use crate::db::Connection;
use crate::http::{Result, Services};
use crate::inquiries::model::unknown_reference;
use crate::inquiries::store::Held;
use crate::terms::codes::CallerKind;

/// A file of an inquiry.
#[derive(Debug)]
pub struct Attachment;
/// Its id; under this name the document knows it.
pub type AttachmentId = crate::db::types::Id<Attachment>;

/// The files that a body names, each with its content: what is another inquiry's, was taken away, or
/// is not for this caller to see is as unknown as what never was, and refuses the whole.
pub fn check_linked(
    db: &mut Connection,
    held: &Held,
    caller: CallerKind,
    ids: &[AttachmentId],
) -> Result<Vec<store::Row>> {
    let known = |(index, id): (usize, &AttachmentId)| {
        let row = store::find(db, held.row.id, *id)?;
        let row =
            row.filter(|row| row.erased_at.is_none() && model::is_seen(held, caller, row.author_kind, row.added_at));
        row.ok_or_else(|| unknown_reference(&format!("/attachment_ids/{index}")))
    };
    ids.iter().enumerate().map(known).collect()
}

/// The routes of attachments.
pub fn routes(v1: &mut impl Services) {
    v1.service(add::add_attachment)
        .service(read::list_attachments)
        .service(read::get_attachment)
        .service(content::get_attachment_content)
        .service(share::share_attachment)
        .service(erase::erase_attachment);
}
