//! What is asked and told of an erasure.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::ErasureId;
use super::store::Erased;
use crate::db::types::Instant;
use crate::events::seal::hex;
use crate::http::text::Reason;
use crate::inquiries::view::outward;
use crate::terms::codes::{CallerKind, ContentKind};

/// Content to take away for good.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EraseContent {
    /// Why. It stays, so it should not repeat what is erased.
    #[serde(default)]
    #[schema(nullable = false)]
    pub reason: Option<Reason>,
}

/// The record of what was taken away.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Erasure)]
pub struct ErasureView {
    /// The erasure.
    pub id: ErasureId,
    /// What was taken away.
    pub content: ContentKind,
    /// The SHA-256 of what it was, in hexadecimal: of a file its bytes, of a message its text, of
    /// customer information environment, settings and operations with U+0000 between.
    #[schema(min_length = 64, max_length = 64)]
    pub sha256: String,
    /// Why.
    #[schema(required, max_length = 2000)]
    pub reason: Option<String>,
    /// The kind of who took it away.
    pub erased_by: CallerKind,
    /// When.
    pub erased_at: Instant,
}

impl ErasureView {
    /// The record as the desk or somebody outside it sees it.
    pub fn of(row: Erased, desk: bool) -> Self {
        Self {
            id: row.id,
            content: row.content,
            sha256: hex(&row.sha256),
            reason: row.reason,
            erased_by: outward(row.erased_by_kind, desk),
            erased_at: row.erased_at,
        }
    }
}
