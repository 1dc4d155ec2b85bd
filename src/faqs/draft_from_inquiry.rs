//! `POST /v1/inquiries/{id}/faq-drafts`: what one customer learned, for the others.

use actix_web::post;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::TendsSearch;
use super::draft::{Origins, created, draft};
use super::model::{Content, DraftFaq, FaqReference};
use super::view::FaqView;
use crate::app::App;
use crate::auth::claim::Caller;
use crate::auth::proof::prove;
use crate::contracts::ProductId;
use crate::http::text::{ExternalReference, FaqAnswer, LanguageTag, Question, Subject, Tag, VersionName};
use crate::http::{Json, Key, KeyParam, Path, Problem, ProblemView, Reply, Result};
use crate::inquiries::InquiryId;
use crate::inquiries::store::{self as inquiries, Held, thread};
use crate::terms::codes::{Disclosure, FaqKind, FaqSource, Origin, State};

/// What a FAQ is made of an inquiry with. What is left out is taken from the inquiry: its subject,
/// its latest answer and its product.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftFaqFromInquiry {
    /// The question; the inquiry's subject unless said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub question: Option<Question>,
    /// The answer; the inquiry's latest answer unless said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub answer: Option<FaqAnswer>,
    /// What it is about; a case unless said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub kind: Option<FaqKind>,
    /// Where it comes from; a frequent inquiry unless said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub source: Option<FaqSource>,
    /// The products that it is about; the inquiry's unless said.
    #[serde(default)]
    #[schema(nullable = false, min_items = 1, max_items = 50)]
    #[validate(length(min = 1, max = 50))]
    pub product_ids: Option<Vec<ProductId>>,
    /// The language of its text; Japanese unless said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub language: Option<LanguageTag>,
    /// Who wrote the text; the desk unless said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub origin: Option<Origin>,
    /// Error codes.
    #[serde(default)]
    #[schema(nullable = false, max_items = 50)]
    #[validate(length(max = 50))]
    pub error_codes: Option<Vec<ExternalReference>>,
    /// Messages that it explains.
    #[serde(default)]
    #[schema(nullable = false, max_items = 50)]
    #[validate(length(max = 50))]
    pub messages: Option<Vec<Subject>>,
    /// Other words that it should be found by.
    #[serde(default)]
    #[schema(nullable = false, max_items = 50)]
    #[validate(length(max = 50))]
    pub keywords: Option<Vec<Tag>>,
    /// The versions that it is about.
    #[serde(default)]
    #[schema(nullable = false, max_items = 50)]
    #[validate(length(max = 50))]
    pub versions: Option<Vec<VersionName>>,
    /// Whether the vendor lets it be told.
    #[serde(default)]
    pub disclosure: Option<Disclosure>,
    /// Documents on the download site.
    #[serde(default)]
    #[schema(nullable = false, max_items = 20)]
    #[validate(length(max = 20))]
    pub references: Option<Vec<FaqReference>>,
}

/// Draft a FAQ from an inquiry
///
/// From a closed one. Where it comes from is kept, and it is published only when a person confirms
/// that it is anonymised (SW-4.2.1-C5, SA-5.2.1-C5).
#[utoipa::path(
    tag = "faqs",
    params(("id" = InquiryId, Path, description = "The inquiry."), KeyParam),
    request_body = DraftFaqFromInquiry,
    responses(
        (status = 201, description = "The FAQ", body = FaqView),
        (status = 409, description = "`state_conflict`: the inquiry is not closed · `request_in_progress`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[post("/inquiries/{id}/faq-drafts")]
pub async fn draft_faq_from_inquiry(
    app: App,
    caller: Caller<TendsSearch>,
    Path(id): Path<InquiryId>,
    key: Key,
    Json(request): Json<DraftFaqFromInquiry>,
) -> Result<Reply> {
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let held = inquiries::hold(tx, &actor, now, id)?;
        tx.once()?;
        if held.row.state != State::Closed {
            return Err(held.situation(&actor).conflict());
        }
        let answer = match &request.answer {
            Some(_) => None,
            None => thread::latest_answer(tx, id)?,
        };
        let content = request.content(&held, answer.as_deref())?;
        draft(tx, Some(&actor), content, Origins { inquiry: Some(id), import_key: None })?
            .map(|drafted| created(tx, &actor, drafted))
    })
    .await
}

impl DraftFaqFromInquiry {
    fn content(self, held: &Held, answered: Option<&str>) -> Result<Content> {
        let question = match self.question {
            Some(question) => question,
            None => Question::parse(&held.row.subject).map_err(Problem::bug)?,
        };
        let answer = match (self.answer, answered) {
            (Some(answer), _) => answer,
            (None, Some(answered)) => FaqAnswer::parse(answered).map_err(Problem::bug)?,
            (None, None) => return Err(Problem::fault("/answer", "required")),
        };
        Ok(Content::from(DraftFaq {
            question,
            answer,
            kind: self.kind.unwrap_or(FaqKind::InquiryOrIncidentCase),
            source: self.source.unwrap_or(FaqSource::FrequentInquiry),
            product_ids: self.product_ids.unwrap_or_else(|| vec![held.row.product_id]),
            language: self.language,
            origin: self.origin,
            error_codes: self.error_codes,
            messages: self.messages,
            keywords: self.keywords,
            versions: self.versions,
            disclosure: self.disclosure,
            references: self.references,
        }))
    }
}
