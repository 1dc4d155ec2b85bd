//! What callers see of a file.

use serde::Serialize;
use utoipa::ToSchema;

use super::AttachmentId;
use super::store::Row;
use crate::db::types::Instant;
use crate::events::seal::hex;
use crate::inquiries::consent::Consent;
use crate::inquiries::store::Held;
use crate::inquiries::view::outward;
use crate::page;
use crate::terms::codes::{AttachmentRole, CallerKind};

/// A file of an inquiry.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attachment)]
pub struct AttachmentView {
    /// The attachment.
    pub id: AttachmentId,
    /// The name that it is shown and saved under.
    #[schema(max_length = 200, example = "votiro.log")]
    pub name: String,
    /// What the sender says that it is. The content is always served as bytes to be saved.
    #[schema(max_length = 100, example = "text/plain")]
    pub media_type: String,
    /// What it is for.
    pub role: AttachmentRole,
    /// How many bytes it has.
    #[schema(minimum = 0, maximum = 5_368_709_120_i64)]
    pub size: i64,
    /// The SHA-256 of its bytes, in hexadecimal.
    #[schema(min_length = 64, max_length = 64)]
    pub sha256: String,
    /// Whether it may be passed on to the vendor.
    pub shareable_with_vendor: bool,
    /// The customer's consent to that, where the desk set the mark. The desk's answers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub consent: Option<Consent>,
    /// The kind of who sent it.
    pub added_by: CallerKind,
    /// When it was sent.
    pub added_at: Instant,
    /// When its content was taken away; null while it is there.
    #[schema(required)]
    pub erased_at: Option<Instant>,
    /// True for what the side of a wrong contract sent before a correction: the customer does not
    /// see it. The desk's answers only, and absent else.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub of_another_contract: Option<bool>,
}

page!(
    /// A page of attachments.
    AttachmentPage of AttachmentView
);

impl AttachmentView {
    /// The file as the desk or somebody outside it sees it.
    pub fn of(row: Row, desk: bool) -> Self {
        Self {
            id: row.id,
            name: row.name,
            media_type: row.media_type,
            role: row.role,
            size: row.size,
            sha256: hex(&row.sha256),
            shareable_with_vendor: row.shareable_with_vendor,
            consent: row.consent.map(|consent| consent.0).filter(|_| desk),
            added_by: outward(row.author_kind, desk),
            added_at: row.added_at,
            erased_at: row.erased_at,
            of_another_contract: None,
        }
    }

    /// The same as the desk is told it, where the inquiry once stood on a wrong contract.
    pub fn marked(self, held: &Held) -> Self {
        let another = held.is_of_another(self.added_by, self.added_at);
        Self { of_another_contract: another.then_some(true), ..self }
    }
}
