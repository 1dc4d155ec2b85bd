//! What callers see of customer information, and managers of who read it.

use serde::Serialize;
use utoipa::ToSchema;

use super::ContentReadId;
use super::store::{ReadRow, Row};
use crate::attachments::AttachmentId;
use crate::db::types::{Id, Instant};
use crate::http::text::Body;
use crate::inquiries::view::outward;
use crate::page;
use crate::terms::codes::{CallerKind, ContentKind};

/// The customer's system, of one inquiry.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InquiryCustomerInformation)]
pub struct InformationView {
    /// Systems and their environment.
    #[schema(required, value_type = Option<Body>)]
    pub environment: Option<String>,
    /// Settings and their values.
    #[schema(required, value_type = Option<Body>)]
    pub settings: Option<String>,
    /// What was done.
    #[schema(required, value_type = Option<Body>)]
    pub operations: Option<String>,
    /// The kind of who wrote it.
    pub written_by: CallerKind,
    /// When it last changed.
    pub changed_at: Instant,
    /// When it was taken away; null unless it was.
    #[schema(required)]
    pub erased_at: Option<Instant>,
}

impl InformationView {
    /// The information as the desk or somebody outside it sees it.
    pub fn of(row: Row, desk: bool) -> Self {
        Self {
            environment: row.environment,
            settings: row.settings,
            operations: row.operations,
            written_by: outward(row.written_by_kind, desk),
            changed_at: row.changed_at,
            erased_at: row.erased_at,
        }
    }
}

/// Who read something.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContentReader {
    /// Somebody at the desk, or a script.
    pub kind: CallerKind,
    /// The row.
    #[schema(format = "uuid", max_length = 36)]
    pub id: String,
}

/// A reading of what the customer entrusted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ContentRead)]
pub struct ContentReadView {
    /// The reading.
    pub id: ContentReadId,
    /// What was read.
    pub content: ContentKind,
    /// The file, where one was.
    #[schema(required)]
    pub attachment: Option<AttachmentId>,
    /// Who read it.
    pub reader: ContentReader,
    /// When.
    pub read_at: Instant,
}

page!(
    /// A page of readings.
    ContentReadPage of ContentReadView
);

impl From<ReadRow> for ContentReadView {
    fn from(row: ReadRow) -> Self {
        let file = row.content == ContentKind::Attachment;
        Self {
            id: row.id,
            content: row.content,
            attachment: file.then(|| Id::new(row.content_id.uuid())),
            reader: ContentReader { kind: row.reader_kind, id: row.reader_id.to_string() },
            read_at: row.read_at,
        }
    }
}
