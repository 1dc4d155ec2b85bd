//! What a FAQ looks like from outside the desk and from within.

use serde::Serialize;
use utoipa::ToSchema;

use super::model::{Content, FaqReference};
use super::search::mark::Highlight;
use super::store::{FaqRow, RevisionRow};
use super::{FaqId, FaqRevisionId};
use crate::contracts::ProductId;
use crate::db::types::Instant;
use crate::http::text::{ExternalReference, FaqAnswer, LanguageTag, Question, Subject, Tag, VersionName};
use crate::inquiries::InquiryId;
use crate::terms::codes::{CallerKind, Disclosure, FaqKind, FaqSource, FaqState, Origin};

/// A FAQ. Outside the desk it is the revision that was published last; at the desk the one that is
/// worked on, with what the desk alone sees.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Faq)]
pub struct FaqView {
    /// The FAQ.
    pub id: FaqId,
    /// Where it stands.
    pub state: FaqState,
    /// Its version as a resource, as in the entity tag.
    #[schema(minimum = 1)]
    pub version: i32,
    /// The question.
    pub question: Question,
    /// The answer.
    pub answer: FaqAnswer,
    /// What it is about.
    pub kind: FaqKind,
    /// Where it comes from.
    pub source: FaqSource,
    /// The products that it is about.
    #[schema(max_items = 50)]
    pub product_ids: Vec<ProductId>,
    /// The versions that it is about; none is all.
    #[schema(max_items = 50)]
    pub versions: Vec<VersionName>,
    /// The language of its text.
    pub language: LanguageTag,
    /// Who wrote the text.
    pub origin: Origin,
    /// Error codes.
    #[schema(max_items = 50)]
    pub error_codes: Vec<ExternalReference>,
    /// Messages that it explains.
    #[schema(max_items = 50)]
    pub messages: Vec<Subject>,
    /// Other words that it is found by.
    #[schema(max_items = 50)]
    pub keywords: Vec<Tag>,
    /// Documents on the download site.
    #[schema(max_items = 20)]
    pub references: Vec<FaqReference>,
    /// When it was published last; null while it never was.
    #[schema(required)]
    pub published_at: Option<Instant>,
    /// When it was first written.
    pub created_at: Instant,
    /// When it last changed.
    pub changed_at: Instant,
    /// What the desk alone sees.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub desk: Option<DeskView>,
}

/// What the desk alone sees of a FAQ.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FaqDesk)]
pub struct DeskView {
    /// The revision that is shown.
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    pub revision: i32,
    /// The revision that is read outside the desk.
    #[schema(required, minimum = 1, maximum = 2_147_483_647)]
    pub published_revision: Option<i32>,
    /// Whether the vendor lets it be told, as it counts: a finding from the vendor of which nothing
    /// is said is pending.
    pub disclosure: Disclosure,
    /// The inquiry that it was made from.
    #[schema(required)]
    pub inquiry_id: Option<InquiryId>,
    /// How many readers found it helpful.
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    pub helpful: i64,
    /// How many did not.
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    pub unhelpful: i64,
}

impl FaqView {
    /// The FAQ as it is read outside the desk.
    pub fn of(row: FaqRow, content: Content) -> Self {
        Self {
            id: row.id,
            state: row.state,
            version: row.version,
            question: content.question,
            answer: content.answer,
            kind: content.kind,
            source: content.source,
            product_ids: content.product_ids,
            versions: content.versions,
            language: content.language,
            origin: content.origin,
            error_codes: content.error_codes,
            messages: content.messages,
            keywords: content.keywords,
            references: content.references,
            published_at: row.published_at,
            created_at: row.created_at,
            changed_at: row.changed_at,
            desk: None,
        }
    }

    /// The FAQ as the desk sees it.
    pub fn for_desk(row: FaqRow, content: Content, (helpful, unhelpful): (i64, i64)) -> Self {
        let desk = DeskView {
            revision: row.revision,
            published_revision: row.published_revision,
            disclosure: content.disclosed(),
            inquiry_id: row.inquiry_id,
            helpful,
            unhelpful,
        };
        Self { desk: Some(desk), ..Self::of(row, content) }
    }
}

/// A FAQ in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaqSummary {
    /// The FAQ.
    pub id: FaqId,
    /// The question.
    pub question: Question,
    /// What it is about.
    pub kind: FaqKind,
    /// Where it comes from.
    pub source: FaqSource,
    /// Where it stands.
    pub state: FaqState,
    /// The language of its text.
    pub language: LanguageTag,
    /// The products that it is about.
    #[schema(max_items = 50)]
    pub product_ids: Vec<ProductId>,
    /// When it was published last; null while it never was.
    #[schema(required)]
    pub published_at: Option<Instant>,
    /// The part of the answer that says most of what was looked for, as plain text on one line.
    #[schema(max_length = 160)]
    pub snippet: String,
    /// Where question and snippet were met, in Unicode code points.
    #[schema(max_items = 40)]
    pub highlights: Vec<Highlight>,
    /// How well it was met; null where nothing was looked for.
    #[schema(required, minimum = 0, maximum = 1_000_000)]
    pub score: Option<f64>,
}

/// A revision of a FAQ.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FaqRevision)]
pub struct RevisionView {
    /// The revision.
    pub id: FaqRevisionId,
    /// Its number, from 1.
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    pub revision: i32,
    /// What it says.
    pub content: Content,
    /// The kind of who wrote it.
    pub written_by_kind: CallerKind,
    /// Who wrote it; null for the program.
    #[schema(required, format = "uuid", max_length = 36)]
    pub written_by_id: Option<String>,
    /// When it was written.
    pub written_at: Instant,
}

impl From<RevisionRow> for RevisionView {
    fn from(row: RevisionRow) -> Self {
        Self {
            id: row.id,
            revision: row.revision,
            content: row.content.0,
            written_by_kind: row.written_by_kind,
            written_by_id: row.written_by_id.map(|id| id.to_string()),
            written_at: row.written_at,
        }
    }
}
