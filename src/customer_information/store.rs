//! Every query on customer information and on who read it.

use diesel::prelude::*;
use uuid::Uuid;

use super::ContentReadId;
use crate::db::Connection;
use crate::db::schema::{content_reads, customer_information};
use crate::db::types::{Id, Instant};
use crate::erasures;
use crate::http::page::Page;
use crate::http::{Refusal, Result};
use crate::inquiries::InquiryId;
use crate::terms::codes::{CallerKind, ContentKind};
use crate::{load_page, older};

/// The customer's system.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = customer_information, primary_key(inquiry_id), treat_none_as_null = true)]
pub struct Row {
    /// The inquiry.
    pub inquiry_id: InquiryId,
    /// Systems and their environment.
    pub environment: Option<String>,
    /// Settings and their values.
    pub settings: Option<String>,
    /// What was done.
    pub operations: Option<String>,
    /// Counted up by each change.
    pub version: i32,
    /// When it last changed.
    pub changed_at: Instant,
    /// The kind of who wrote it.
    pub written_by_kind: CallerKind,
    /// Who wrote it.
    pub written_by_id: Option<Id<Uuid>>,
    /// When it was taken away.
    pub erased_at: Option<Instant>,
}

impl Row {
    /// The hash by which it can be told when it is gone.
    pub fn hash(&self) -> Vec<u8> {
        erasures::hash(&[self.environment.as_deref(), self.settings.as_deref(), self.operations.as_deref()])
    }
}

/// What an inquiry has.
pub fn find(connection: &mut Connection, inquiry: InquiryId) -> Result<Option<Row>> {
    Ok(customer_information::table.find(inquiry).select(Row::as_select()).first(connection).optional()?)
}

/// Adds it.
pub fn insert(connection: &mut Connection, row: &Row) -> Result<()> {
    diesel::insert_into(customer_information::table).values(row).execute(connection)?;
    Ok(())
}

/// Writes it anew, if nobody was quicker: 412 else.
pub fn replace(connection: &mut Connection, before: i32, row: &Row) -> Result<()> {
    let changed = diesel::update(customer_information::table.find(row.inquiry_id))
        .filter(customer_information::version.eq(before))
        .set(row)
        .execute(connection)?;
    if changed == 1 { Ok(()) } else { Err(Refusal::VersionConflict.into()) }
}

/// Takes it away. The row stays.
pub fn set_erased(connection: &mut Connection, row: &Row, now: Instant) -> Result<()> {
    let gone = Row {
        environment: None,
        settings: None,
        operations: None,
        version: row.version.saturating_add(1),
        erased_at: Some(now),
        ..row.clone()
    };
    replace(connection, row.version, &gone)
}

/// A reading by the desk or a script.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = content_reads)]
pub struct ReadRow {
    /// The reading.
    pub id: ContentReadId,
    /// The inquiry.
    pub inquiry_id: InquiryId,
    /// What was read.
    pub content: ContentKind,
    /// The attachment, or the inquiry.
    pub content_id: Id<Uuid>,
    /// The kind of who read it.
    pub reader_kind: CallerKind,
    /// Who read it.
    pub reader_id: Id<Uuid>,
    /// When.
    pub read_at: Instant,
}

/// Adds a reading.
pub fn insert_read(connection: &mut Connection, row: &ReadRow) -> Result<()> {
    diesel::insert_into(content_reads::table).values(row).execute(connection)?;
    Ok(())
}

/// Readings, newest first.
pub fn list_reads(connection: &mut Connection, inquiry: InquiryId, page: &Page) -> Result<Vec<ReadRow>> {
    let mut query = content_reads::table
        .filter(content_reads::inquiry_id.eq(inquiry))
        .order((content_reads::read_at.desc(), content_reads::id.desc()))
        .select(ReadRow::as_select())
        .into_boxed();
    older!(query, page, content_reads::read_at, content_reads::id);
    Ok(load_page!(query, page, connection))
}
