//! Every query on escalations and the vendor's answers.

use diesel::prelude::*;
use uuid::Uuid;

use super::{EscalationId, VendorAnswerId};
use crate::attachments::AttachmentId;
use crate::db::Connection;
use crate::db::schema::{escalations, vendor_answers};
use crate::db::types::{Doc, Id, Instant};
use crate::http::Result;
use crate::http::page::Page;
use crate::inquiries::{InquiryId, MessageId};
use crate::terms::codes::{Disclosure, VendorOutcome};
use crate::{load_page, older};

/// A question to the vendor.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = escalations)]
pub struct Row {
    /// The escalation.
    pub id: EscalationId,
    /// Its inquiry.
    pub inquiry_id: InquiryId,
    /// What was asked.
    pub question: String,
    /// The messages that were passed on.
    pub message_ids: Doc<Vec<MessageId>>,
    /// Who asked.
    pub escalated_by: Id<Uuid>,
    /// When.
    pub escalated_at: Instant,
    /// When it ended: with the vendor's first answer, or with the inquiry.
    pub ended_at: Option<Instant>,
    /// The files that were passed on.
    pub attachment_ids: Doc<Vec<AttachmentId>>,
}

/// An answer of the vendor's.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = vendor_answers)]
pub struct AnswerRow {
    /// The answer.
    pub id: VendorAnswerId,
    /// Its escalation.
    pub escalation_id: EscalationId,
    /// What the vendor did.
    pub outcome: VendorOutcome,
    /// What the vendor said, in its language.
    pub body: Option<String>,
    /// That language.
    pub language: String,
    /// Whether it may be told.
    pub disclosure: Disclosure,
    /// The vendor's own number for it.
    pub vendor_reference: Option<String>,
    /// The vendor's own number for the defect.
    pub vendor_defect_id: Option<String>,
    /// Who wrote it down.
    pub recorded_by: Id<Uuid>,
    /// When.
    pub recorded_at: Instant,
}

/// Adds an escalation.
pub fn insert(connection: &mut Connection, row: &Row) -> Result<()> {
    diesel::insert_into(escalations::table).values(row).execute(connection)?;
    Ok(())
}

/// An escalation of this inquiry.
pub fn find(connection: &mut Connection, inquiry: InquiryId, id: EscalationId) -> Result<Option<Row>> {
    Ok(escalations::table
        .find(id)
        .filter(escalations::inquiry_id.eq(inquiry))
        .select(Row::as_select())
        .first(connection)
        .optional()?)
}

/// Escalations, newest first.
pub fn list(connection: &mut Connection, inquiry: InquiryId, page: &Page) -> Result<Vec<Row>> {
    let mut query = escalations::table
        .filter(escalations::inquiry_id.eq(inquiry))
        .order((escalations::escalated_at.desc(), escalations::id.desc()))
        .select(Row::as_select())
        .into_boxed();
    older!(query, page, escalations::escalated_at, escalations::id);
    Ok(load_page!(query, page, connection))
}

/// The answers to these escalations, oldest first.
pub fn answers(connection: &mut Connection, escalations: &[EscalationId]) -> Result<Vec<AnswerRow>> {
    Ok(vendor_answers::table
        .filter(vendor_answers::escalation_id.eq_any(escalations))
        .order((vendor_answers::recorded_at, vendor_answers::id))
        .select(AnswerRow::as_select())
        .load(connection)?)
}

/// Adds an answer; the first one ends its escalation.
pub fn insert_answer(connection: &mut Connection, row: &AnswerRow) -> Result<()> {
    diesel::insert_into(vendor_answers::table).values(row).execute(connection)?;
    diesel::update(escalations::table.find(row.escalation_id).filter(escalations::ended_at.is_null()))
        .set(escalations::ended_at.eq(row.recorded_at))
        .execute(connection)?;
    Ok(())
}

/// Ends every open escalation of an inquiry, with the inquiry.
pub fn end_all(connection: &mut Connection, inquiry: InquiryId, at: Instant) -> Result<()> {
    let open = escalations::table.filter(escalations::inquiry_id.eq(inquiry)).filter(escalations::ended_at.is_null());
    diesel::update(open).set(escalations::ended_at.eq(at)).execute(connection)?;
    Ok(())
}

/// Whether the last answer recorded on an escalation may be told. None where the inquiry has no
/// such escalation; some none where the vendor has not answered.
pub fn last_disclosure(
    connection: &mut Connection,
    inquiry: InquiryId,
    id: EscalationId,
) -> Result<Option<Option<Disclosure>>> {
    if find(connection, inquiry, id)?.is_none() {
        return Ok(None);
    }
    let last = answers(connection, &[id])?.pop();
    Ok(Some(last.map(|answer| answer.disclosure)))
}
