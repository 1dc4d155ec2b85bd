//! Every query on notes. No other file names their table, so no reader of an inquiry comes upon it.

use diesel::prelude::*;
use uuid::Uuid;

use crate::db::Connection;
use crate::db::schema::inquiry_notes;
use crate::db::types::{Id, Instant};
use crate::http::Result;
use crate::http::page::Page;
use crate::http::text::Body;
use crate::inquiries::{InquiryId, NoteId};
use crate::terms::codes::CallerKind;
use crate::{load_page, older};

/// A note.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = inquiry_notes)]
pub struct Row {
    /// The note.
    pub id: NoteId,
    /// Its inquiry.
    pub inquiry_id: InquiryId,
    /// Its text.
    pub body: Body,
    /// The kind of who wrote it.
    pub author_kind: CallerKind,
    /// The row of who wrote it.
    pub author_id: Id<Uuid>,
    /// When.
    pub recorded_at: Instant,
}

/// Adds a note.
pub fn insert(connection: &mut Connection, row: &Row) -> Result<()> {
    diesel::insert_into(inquiry_notes::table).values(row).execute(connection)?;
    Ok(())
}

/// Notes, newest first.
pub fn list(connection: &mut Connection, inquiry: InquiryId, page: &Page) -> Result<Vec<Row>> {
    let mut query = inquiry_notes::table
        .filter(inquiry_notes::inquiry_id.eq(inquiry))
        .order((inquiry_notes::recorded_at.desc(), inquiry_notes::id.desc()))
        .select(Row::as_select())
        .into_boxed();
    older!(query, page, inquiry_notes::recorded_at, inquiry_notes::id);
    Ok(load_page!(query, page, connection))
}
