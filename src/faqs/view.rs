//! What a FAQ looks like from outside the desk and from within.

use serde::Serialize;
use utoipa::ToSchema;

use super::model::{Content, FaqReference, refusal};
use super::publish::delivery;
use super::search::mark::Highlight;
use super::store::{FaqRow, RevisionRow, learnt};
use super::{FaqId, FaqRevisionId};
use crate::auth::proof::Actor;
use crate::auth::store::scopes_of;
use crate::contracts::ProductId;
use crate::db::Connection;
use crate::db::types::{Id, Instant};
use crate::http::text::{ExternalReference, FaqAnswer, LanguageTag, Question, Subject, Tag, VersionName};
use crate::http::{Refusal, Result};
use crate::inquiries::InquiryId;
use crate::terms::codes::{CallerKind, ClauseId, Disclosure, FaqAction, FaqKind, FaqSource, FaqState, Origin, Scope};

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
    /// What this caller may do with it now, and why not. Whether it is anonymised is said at the
    /// call.
    #[schema(max_items = 10)]
    pub allowed_actions: Vec<FaqActionView>,
}

/// One thing that the caller may or may not do with a FAQ now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FaqAllowedAction)]
pub struct FaqActionView {
    /// The action.
    pub action: FaqAction,
    /// Whether it would be taken now.
    pub allowed: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 50, example = "vendor_disclosure_pending")]
    pub code: Option<&'static str>,
    /// The clause behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, max_length = 20)]
    pub clause: Option<ClauseId>,
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
            allowed_actions: vec![FaqActionView::told(FaqAction::GiveFeedback, None, None)],
        }
    }

    /// The FAQ as this caller of the desk sees it.
    pub fn for_desk(db: &mut Connection, actor: &Actor, row: FaqRow, content: Content) -> Result<Self> {
        let (helpful, unhelpful) = learnt::feedback_on(db, row.id)?;
        let allowed_actions = FaqActionView::of_desk(db, actor, &row, &content)?;
        let desk = DeskView {
            revision: row.revision,
            published_revision: row.published_revision,
            disclosure: content.disclosed(),
            inquiry_id: row.inquiry_id,
            helpful,
            unhelpful,
        };
        Ok(Self { desk: Some(desk), allowed_actions, ..Self::of(row, content) })
    }
}

impl FaqActionView {
    fn told(action: FaqAction, refusal: Option<Refusal>, clause: Option<ClauseId>) -> Self {
        Self { action, allowed: refusal.is_none(), code: refusal.map(Refusal::code), clause }
    }

    fn of_desk(db: &mut Connection, actor: &Actor, row: &FaqRow, content: &Content) -> Result<Vec<Self>> {
        let reads_only =
            actor.kind == CallerKind::Robot && !scopes_of(db, Id::new(actor.id))?.contains(&Scope::FaqsWrite);
        let section = delivery(db, content)?;
        let told = |action| {
            let refusal = match action {
                FaqAction::Change if reads_only => Some(Refusal::InsufficientScope),
                _ => refusal(row, content, action, actor.kind),
            };
            Self::told(action, refusal, refusal.zip(section).and_then(|(refusal, section)| refusal.clause(section)))
        };
        Ok([FaqAction::Change, FaqAction::Publish, FaqAction::Withdraw].map(told).into())
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
