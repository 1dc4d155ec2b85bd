//! Every query on files of inquiries.

use diesel::prelude::*;
use uuid::Uuid;

use super::AttachmentId;
use crate::db::Connection;
use crate::db::schema::attachments;
use crate::db::types::{Doc, Id, Instant};
use crate::files::FileName;
use crate::http::page::Page;
use crate::http::{Refusal, Result};
use crate::inquiries::InquiryId;
use crate::inquiries::consent::Consent;
use crate::inquiries::model::Astray;
use crate::inquiries::store::not_astray;
use crate::terms::codes::{AttachmentRole, CallerKind};
use crate::{load_page, older};

/// A file of an inquiry.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = attachments)]
pub struct Row {
    /// The attachment.
    pub id: AttachmentId,
    /// Its inquiry.
    pub inquiry_id: InquiryId,
    /// The name that it is shown under.
    pub name: String,
    /// What the sender says that it is.
    pub media_type: String,
    /// What it is for.
    pub role: AttachmentRole,
    /// How many bytes it has.
    pub size: i64,
    /// Their SHA-256.
    pub sha256: Vec<u8>,
    /// Its name in the store; none once its content is gone.
    pub file: Option<String>,
    /// Whether it may be passed on to the vendor.
    pub shareable_with_vendor: bool,
    /// The customer's consent to that, where the desk set the mark.
    pub consent: Option<Doc<Consent>>,
    /// The kind of who sent it.
    pub author_kind: CallerKind,
    /// The row of who sent it.
    pub author_id: Id<Uuid>,
    /// Counted up by mark and erasure.
    pub version: i32,
    /// When it was sent.
    pub added_at: Instant,
    /// When its content was taken away.
    pub erased_at: Option<Instant>,
}

impl Row {
    /// Its name in the store.
    pub fn file(&self) -> Option<FileName> {
        self.file.clone().map(FileName::kept)
    }
}

/// Adds a file.
pub fn insert(connection: &mut Connection, row: &Row) -> Result<()> {
    diesel::insert_into(attachments::table).values(row).execute(connection)?;
    Ok(())
}

/// A file of this inquiry.
pub fn find(connection: &mut Connection, inquiry: InquiryId, id: AttachmentId) -> Result<Option<Row>> {
    Ok(attachments::table
        .find(id)
        .filter(attachments::inquiry_id.eq(inquiry))
        .select(Row::as_select())
        .first(connection)
        .optional()?)
}

/// Files, newest first: all of them, or without the customer's own, and without what a customer's
/// side sent while the inquiry was astray.
pub fn list(
    connection: &mut Connection,
    inquiry: InquiryId,
    without_customers: bool,
    astray: &[Astray],
    page: &Page,
) -> Result<Vec<Row>> {
    let mut query = attachments::table
        .filter(attachments::inquiry_id.eq(inquiry))
        .order((attachments::added_at.desc(), attachments::id.desc()))
        .select(Row::as_select())
        .into_boxed();
    if without_customers {
        query = query.filter(attachments::author_kind.ne(CallerKind::Customer));
    }
    not_astray!(query, astray, attachments::added_at, attachments::author_kind);
    older!(query, page, attachments::added_at, attachments::id);
    Ok(load_page!(query, page, connection))
}

/// Every file of an inquiry whose content is there.
pub fn kept(connection: &mut Connection, inquiry: InquiryId) -> Result<Vec<Row>> {
    Ok(attachments::table
        .filter(attachments::inquiry_id.eq(inquiry))
        .filter(attachments::erased_at.is_null())
        .select(Row::as_select())
        .load(connection)?)
}

/// How many of these there are.
pub fn count_kept(connection: &mut Connection, inquiry: InquiryId) -> Result<i64> {
    Ok(attachments::table
        .filter(attachments::inquiry_id.eq(inquiry))
        .filter(attachments::erased_at.is_null())
        .count()
        .get_result(connection)?)
}

/// Writes whether a file may be passed on, if nobody was quicker: 412 else.
pub fn set_mark(connection: &mut Connection, row: &Row, shareable: bool, consent: Option<Consent>) -> Result<()> {
    let changed = diesel::update(attachments::table.find(row.id))
        .filter(attachments::version.eq(row.version))
        .set((
            attachments::shareable_with_vendor.eq(shareable),
            attachments::consent.eq(consent.map(Doc)),
            attachments::version.eq(row.version.saturating_add(1)),
        ))
        .execute(connection)?;
    if changed == 1 { Ok(()) } else { Err(Refusal::VersionConflict.into()) }
}

/// Takes the content's name out of the row. The record stays.
pub fn set_erased(connection: &mut Connection, row: &Row, now: Instant) -> Result<()> {
    diesel::update(attachments::table.find(row.id))
        .set((
            attachments::file.eq(None::<String>),
            attachments::erased_at.eq(now),
            attachments::version.eq(row.version.saturating_add(1)),
        ))
        .execute(connection)?;
    Ok(())
}
