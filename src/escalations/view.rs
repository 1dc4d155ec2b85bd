//! What the desk sees of an escalation. Nobody outside sees any of it.

use serde::Serialize;
use utoipa::ToSchema;

use super::store::{AnswerRow, Row};
use super::{EscalationId, VendorAnswerId};
use crate::attachments::AttachmentId;
use crate::db::types::Instant;
use crate::inquiries::MessageId;
use crate::terms::codes::{Disclosure, VendorOutcome};

/// An answer of the vendor's.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = VendorAnswer)]
pub struct VendorAnswerView {
    /// The answer.
    pub id: VendorAnswerId,
    /// What the vendor did.
    pub outcome: VendorOutcome,
    /// What the vendor said, in its language.
    #[schema(required, max_length = 20_000)]
    pub body: Option<String>,
    /// That language, as a BCP 47 tag.
    #[schema(max_length = 35)]
    pub language: String,
    /// Whether it may be told.
    pub disclosure: Disclosure,
    /// The vendor's own number for the question.
    #[schema(required, max_length = 50)]
    pub vendor_reference: Option<String>,
    /// The vendor's own number for the defect.
    #[schema(required, max_length = 50)]
    pub vendor_defect_id: Option<String>,
    /// When it was written down.
    pub recorded_at: Instant,
}

impl From<AnswerRow> for VendorAnswerView {
    fn from(row: AnswerRow) -> Self {
        Self {
            id: row.id,
            outcome: row.outcome,
            body: row.body,
            language: row.language,
            disclosure: row.disclosure,
            vendor_reference: row.vendor_reference,
            vendor_defect_id: row.vendor_defect_id,
            recorded_at: row.recorded_at,
        }
    }
}

/// A question to the vendor.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Escalation)]
pub struct EscalationView {
    /// The escalation.
    pub id: EscalationId,
    /// What was asked.
    #[schema(max_length = 20_000)]
    pub question: String,
    /// The messages that were passed on.
    #[schema(max_items = 100)]
    pub message_ids: Vec<MessageId>,
    /// The files that were passed on.
    #[schema(max_items = 100)]
    pub attachment_ids: Vec<AttachmentId>,
    /// When it was asked.
    pub escalated_at: Instant,
    /// When it ended: with the vendor's first answer, or with the inquiry; null while it is open.
    #[schema(required)]
    pub ended_at: Option<Instant>,
    /// What the vendor said, oldest first.
    #[schema(max_items = 1000)]
    pub answers: Vec<VendorAnswerView>,
}

impl EscalationView {
    /// The escalation with its answers.
    pub fn new(row: Row, answers: Vec<AnswerRow>) -> Self {
        Self {
            id: row.id,
            question: row.question,
            message_ids: row.message_ids.0,
            attachment_ids: row.attachment_ids.0,
            escalated_at: row.escalated_at,
            ended_at: row.ended_at,
            answers: answers.into_iter().map(VendorAnswerView::from).collect(),
        }
    }
}
