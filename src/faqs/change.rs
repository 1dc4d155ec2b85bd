//! `PATCH /v1/faqs/{id}`: a new revision, read outside the desk when it is published.

use actix_web::patch;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;

use super::draft::revise;
use super::model::{Content, FaqReference};
use super::store::{self, FaqRow, index};
use super::view::FaqView;
use super::{FaqId, WritesFaqs, told};
use crate::app::{App, Tx};
use crate::auth::claim::Caller;
use crate::auth::proof::{Actor, prove};
use crate::contracts::ProductId;
use crate::events::model::Change;
use crate::http::text::{ExternalReference, FaqAnswer, LanguageTag, Question, Subject, Tag, VersionName};
use crate::http::{IfMatch, Key, MergePatch, Patch, Path, Refusal, Reply, RequiredIfMatchParam, Result, present};
use crate::inquiries::InquiryId;
use crate::terms::codes::{Disclosure, EventType, FaqKind, FaqSource, FaqState, Origin};

/// What changes of a FAQ.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeFaq {
    /// The question.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub question: Option<Question>,
    /// The answer.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub answer: Option<FaqAnswer>,
    /// What it is about.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub kind: Option<FaqKind>,
    /// Where it comes from.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub source: Option<FaqSource>,
    /// The products that it is about: 1 to 50.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_items = 1, max_items = 50)]
    #[validate(length(min = 1, max = 50))]
    pub product_ids: Option<Vec<ProductId>>,
    /// The language of its text.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub language: Option<LanguageTag>,
    /// Who wrote the text.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub origin: Option<Origin>,
    /// Error codes.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, max_items = 50)]
    #[validate(length(max = 50))]
    pub error_codes: Option<Vec<ExternalReference>>,
    /// Messages that it explains.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, max_items = 50)]
    #[validate(length(max = 50))]
    pub messages: Option<Vec<Subject>>,
    /// Other words that it should be found by.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, max_items = 50)]
    #[validate(length(max = 50))]
    pub keywords: Option<Vec<Tag>>,
    /// The versions that it is about.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, max_items = 50)]
    #[validate(length(max = 50))]
    pub versions: Option<Vec<VersionName>>,
    /// Whether the vendor lets it be told; a refusal withdraws a published FAQ at once.
    #[serde(default)]
    #[schema(value_type = Option<Disclosure>)]
    pub disclosure: Patch<Disclosure>,
    /// Documents on the download site.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, max_items = 20)]
    #[validate(length(max = 20))]
    pub references: Option<Vec<FaqReference>>,
}

impl ChangeFaq {
    fn over(self, before: &Content) -> Content {
        let before = before.clone();
        Content {
            question: self.question.unwrap_or(before.question),
            answer: self.answer.unwrap_or(before.answer),
            kind: self.kind.unwrap_or(before.kind),
            source: self.source.unwrap_or(before.source),
            product_ids: self.product_ids.unwrap_or(before.product_ids),
            language: self.language.unwrap_or(before.language),
            origin: self.origin.unwrap_or(before.origin),
            versions: self.versions.unwrap_or(before.versions),
            error_codes: self.error_codes.unwrap_or(before.error_codes),
            messages: self.messages.unwrap_or(before.messages),
            keywords: self.keywords.unwrap_or(before.keywords),
            references: self.references.unwrap_or(before.references),
            disclosure: self.disclosure.over(before.disclosure),
        }
    }
}

/// Change a FAQ
///
/// Writes a new revision. Outside the desk the published one is read until the new one is
/// published, by the same gates. A refusal of the vendor's withdraws a published FAQ at once.
#[utoipa::path(
    tag = "faqs",
    params(("id" = FaqId, Path, description = "The FAQ."), RequiredIfMatchParam),
    request_body(content = ChangeFaq, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The FAQ as the desk now works on it", body = FaqView)),
    security(("staff" = []), ("client" = ["faqs:write"]))
)]
#[patch("/faqs/{id}")]
pub async fn change_faq(
    app: App,
    caller: Caller<WritesFaqs>,
    Path(id): Path<FaqId>,
    expected: IfMatch,
    MergePatch(request): MergePatch<ChangeFaq>,
) -> Result<Reply> {
    let expected = expected.required()?;
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let (row, content) = store::find(tx, id)?.ok_or(Refusal::NotFound)?;
        expected.holds(row.version)?;
        let changed = request.over(&content);
        change(tx, Some(&actor), row, content, changed)?.map(|(row, content)| {
            let version = row.version;
            Ok(Reply::ok(&FaqView::for_desk(tx, &actor, row, content)?)?.tagged(version))
        })
    })
    .await
}

/// The vendor refuses that it be told: whatever was drafted from the inquiry says so from now on,
/// and what is published of it is withdrawn.
pub fn refuse_disclosure(tx: &mut Tx<'_>, actor: &Actor, inquiry: InquiryId) -> Result<Change<()>> {
    let mut done = Change::silent((), "nothing was drafted from it");
    for (row, content) in store::of_inquiry(tx, inquiry)? {
        let refused = Content { disclosure: Some(Disclosure::Refused), ..content.clone() };
        let changed = change(tx, Some(actor), row, content, refused)?;
        done.absorb(changed);
    }
    Ok(done)
}

/// Writes what changed as a new revision; nothing happens when nothing differs.
pub fn change(
    tx: &mut Tx<'_>,
    actor: Option<&Actor>,
    before: FaqRow,
    old: Content,
    content: Content,
) -> Result<Change<(FaqRow, Content)>> {
    if content == old {
        return Ok(Change::silent((before, old), "nothing differs"));
    }
    content.check()?;
    store::check_products(tx, &content.product_ids)?;
    let refused = before.state == FaqState::Published && content.disclosure == Some(Disclosure::Refused);
    let public = match before.published_revision {
        Some(_) if !refused => store::find_published(tx, before.id)?.map(|(_, content)| content),
        _ => None,
    };
    let row = FaqRow {
        state: if refused { FaqState::Withdrawn } else { before.state },
        version: before.version.saturating_add(1),
        revision: before.revision.saturating_add(1),
        published_revision: before.published_revision.filter(|_| !refused),
        changed_at: tx.now,
        ..before.clone()
    };
    revise(tx, actor, row.id, row.revision, &content)?;
    store::update(tx, before.version, &row)?;
    index::write(tx, &row, &content, public.as_ref())?;
    let data = json!({ "revision": row.revision, "kind": content.kind, "source": content.source });
    let change = Change::new((row.clone(), content), told(actor, EventType::FaqDrafted, row.id, data));
    if !refused {
        return Ok(change);
    }
    let data = json!({ "revision": before.published_revision, "reason": Refusal::VendorDisclosureRefused.code() });
    Ok(change.and(told(actor, EventType::FaqWithdrawn, row.id, data)))
}
