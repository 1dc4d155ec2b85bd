//! Who outside the desk has read an inquiry that came by phone: the first time of each reader.

use diesel::prelude::*;
use uuid::Uuid;

use crate::contracts::Contract;
use crate::db::Connection;
use crate::db::dialect;
use crate::db::schema::{accounts, clients, inquiries, inquiry_readers};
use crate::db::types::{Id, Instant};
use crate::http::Result;
use crate::inquiries::InquiryId;
use crate::terms::codes::CallerKind;

/// A reader of an inquiry.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = inquiry_readers)]
pub struct ReaderRow {
    /// The inquiry.
    pub inquiry_id: InquiryId,
    /// The account or client.
    pub reader_id: Id<Uuid>,
    /// Which of the two.
    pub reader_kind: CallerKind,
    /// When it read it first.
    pub first_read_at: Instant,
}

/// Which of these the reader has read before.
pub fn known(connection: &mut Connection, reader: Id<Uuid>, ids: &[InquiryId]) -> Result<Vec<InquiryId>> {
    Ok(inquiry_readers::table
        .filter(inquiry_readers::reader_id.eq(reader))
        .filter(inquiry_readers::inquiry_id.eq_any(ids))
        .select(inquiry_readers::inquiry_id)
        .load(connection)?)
}

/// Notes a first reading, unless the inquiry has come to belong to another contract: then false.
pub fn note(connection: &mut Connection, row: &ReaderRow, contract: Id<Contract>) -> Result<bool> {
    dialect::hold_inquiry(connection, row.inquiry_id)?;
    let belongs: Option<Id<Contract>> =
        inquiries::table.find(row.inquiry_id).select(inquiries::contract_id).first(connection).optional()?;
    if belongs != Some(contract) {
        return Ok(false);
    }
    if known(connection, row.reader_id, &[row.inquiry_id])?.is_empty() {
        diesel::insert_into(inquiry_readers::table).values(row).execute(connection)?;
    }
    Ok(true)
}

/// Gives the readers of an inquiry, first readers first, and begins the list anew.
pub fn take(connection: &mut Connection, id: InquiryId) -> Result<Vec<ReaderRow>> {
    let all = inquiry_readers::table.filter(inquiry_readers::inquiry_id.eq(id));
    let rows = all
        .order((inquiry_readers::first_read_at, inquiry_readers::reader_id))
        .select(ReaderRow::as_select())
        .load(connection)?;
    diesel::delete(all).execute(connection)?;
    Ok(rows)
}

/// What a reader is called, and its address if it is a person.
pub fn name(connection: &mut Connection, row: &ReaderRow) -> Result<Option<(String, Option<String>)>> {
    Ok(match row.reader_kind {
        CallerKind::Partner => clients::table
            .find(row.reader_id.cast::<crate::accounts::Client>())
            .select(clients::name)
            .first(connection)
            .optional()?
            .map(|name| (name, None)),
        _ => accounts::table
            .find(row.reader_id.cast::<crate::accounts::Account>())
            .select((accounts::name, accounts::email.nullable()))
            .first(connection)
            .optional()?,
    })
}
