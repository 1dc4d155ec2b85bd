//! What a FAQ says, and when it may be read outside the desk.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::contracts::ProductId;
use crate::db::types::Doc;
use crate::faqs::search::{Text, pack, weigh};
use crate::http::problem::Word;
use crate::http::text::{ExternalReference, FaqAnswer, LanguageTag, Question, Subject, Tag, VersionName, WebAddress};
use crate::http::{Fault, Problem, Refusal, Result};
use crate::terms::codes::{CallerKind, Disclosure, FaqAction, FaqKind, FaqSource, FaqState, Origin};

use super::store::FaqRow;

/// A document on the download site that a FAQ points to (SW-4.2.2-C11, SA-5.2.2-C11).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FaqReference {
    /// What it is called.
    pub title: Subject,
    /// Where it is: an `https://` address.
    pub url: WebAddress,
}

/// What a FAQ says in one revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = FaqContent)]
pub struct Content {
    /// The question.
    pub question: Question,
    /// The answer.
    pub answer: FaqAnswer,
    /// What it is about.
    pub kind: FaqKind,
    /// Where it comes from.
    pub source: FaqSource,
    /// The products that it is about.
    #[schema(min_items = 1, max_items = 50)]
    pub product_ids: Vec<ProductId>,
    /// The language of its text.
    pub language: LanguageTag,
    /// Who wrote the text; the vendor's may stay in its language (LNG-3-C2).
    pub origin: Origin,
    /// The versions that it is about; none is all.
    #[schema(max_items = 50)]
    pub versions: Vec<VersionName>,
    /// Error codes; each is found exactly.
    #[schema(max_items = 50)]
    pub error_codes: Vec<ExternalReference>,
    /// Messages that it explains, word for word.
    #[schema(max_items = 50)]
    pub messages: Vec<Subject>,
    /// Other words that it should be found by.
    #[schema(max_items = 50)]
    pub keywords: Vec<Tag>,
    /// Documents on the download site.
    #[schema(max_items = 20)]
    pub references: Vec<FaqReference>,
    /// Whether the vendor lets it be told; null where nobody need ask.
    #[schema(required)]
    pub disclosure: Option<Disclosure>,
}

/// What a FAQ is drafted with.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftFaq {
    /// The question.
    pub question: Question,
    /// The answer.
    pub answer: FaqAnswer,
    /// What it is about.
    pub kind: FaqKind,
    /// Where it comes from.
    pub source: FaqSource,
    /// The products that it is about: 1 to 50.
    #[schema(min_items = 1, max_items = 50)]
    #[validate(length(min = 1, max = 50))]
    pub product_ids: Vec<ProductId>,
    /// The language of its text; Japanese unless said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub language: Option<LanguageTag>,
    /// Who wrote the text; the desk unless said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub origin: Option<Origin>,
    /// Error codes; each is found exactly.
    #[serde(default)]
    #[schema(nullable = false, max_items = 50)]
    #[validate(length(max = 50))]
    pub error_codes: Option<Vec<ExternalReference>>,
    /// Messages that it explains, word for word.
    #[serde(default)]
    #[schema(nullable = false, max_items = 50)]
    #[validate(length(max = 50))]
    pub messages: Option<Vec<Subject>>,
    /// Other words that it should be found by.
    #[serde(default)]
    #[schema(nullable = false, max_items = 50)]
    #[validate(length(max = 50))]
    pub keywords: Option<Vec<Tag>>,
    /// The versions that it is about; none is all.
    #[serde(default)]
    #[schema(nullable = false, max_items = 50)]
    #[validate(length(max = 50))]
    pub versions: Option<Vec<VersionName>>,
    /// Whether the vendor lets it be told. A finding from the vendor without it counts as pending.
    #[serde(default)]
    pub disclosure: Option<Disclosure>,
    /// Documents on the download site.
    #[serde(default)]
    #[schema(nullable = false, max_items = 20)]
    #[validate(length(max = 20))]
    pub references: Option<Vec<FaqReference>>,
}

impl From<DraftFaq> for Content {
    fn from(draft: DraftFaq) -> Self {
        Self {
            question: draft.question,
            answer: draft.answer,
            kind: draft.kind,
            source: draft.source,
            product_ids: draft.product_ids,
            language: draft.language.unwrap_or_else(LanguageTag::japanese),
            origin: draft.origin.unwrap_or(Origin::Desk),
            versions: draft.versions.unwrap_or_default(),
            error_codes: draft.error_codes.unwrap_or_default(),
            messages: draft.messages.unwrap_or_default(),
            keywords: draft.keywords.unwrap_or_default(),
            references: draft.references.unwrap_or_default(),
            disclosure: draft.disclosure,
        }
    }
}

impl Content {
    /// What its fields demand of each other.
    pub fn check(&self) -> Result<()> {
        let mut faults = Vec::new();
        for (n, reference) in self.references.iter().enumerate() {
            if !reference.url.starts_with("https://") {
                faults.push(Fault::at(format!("/references/{n}/url"), "invalid_format"));
            }
        }
        for (n, product) in self.product_ids.iter().enumerate() {
            if self.product_ids.iter().take(n).any(|earlier| earlier == product) {
                faults.push(Fault::at(format!("/product_ids/{n}"), "duplicate_item"));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(Problem::faults(faults)) }
    }

    /// Whether the vendor lets it be told: a finding from the vendor is pending until the vendor
    /// says so (SW-4.2.1-C13, SA-5.2.1-C27).
    pub fn disclosed(&self) -> Disclosure {
        match (self.disclosure, self.source) {
            (Some(said), _) => said,
            (None, FaqSource::VendorInquiryFinding) => Disclosure::Pending,
            (None, _) => Disclosure::Permitted,
        }
    }

    /// The packed terms by which it is found.
    pub fn terms(&self) -> Vec<u8> {
        let texts = |list: &[Tag]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        let mut keywords = texts(&self.keywords);
        keywords.extend(self.messages.iter().map(ToString::to_string));
        let error_codes: Vec<String> = self.error_codes.iter().map(ToString::to_string).collect();
        pack(&weigh(&Text {
            question: &self.question,
            answer: &self.answer,
            keywords: &keywords,
            error_codes: &error_codes,
        }))
    }

    /// As it is kept.
    pub fn doc(&self) -> Doc<Self> {
        Doc(self.clone())
    }
}

/// 409 unless it is read outside the desk.
pub fn may_withdraw(row: &FaqRow) -> Result<()> {
    match row.state {
        FaqState::Published => Ok(()),
        state => Err(Problem::from(Refusal::StateConflict).with("state", Word::label(state))),
    }
}

/// Why a caller may not take an action now, by the rules that judge the call. Whether a person has
/// seen that it is anonymised is said at the call.
pub fn refusal(row: &FaqRow, content: &Content, action: FaqAction, by: CallerKind) -> Option<Refusal> {
    let judged = match action {
        FaqAction::Publish | FaqAction::Withdraw if by != CallerKind::Manager => return Some(Refusal::Forbidden),
        FaqAction::Publish => may_publish(row, content, true),
        FaqAction::Withdraw => may_withdraw(row),
        FaqAction::Change | FaqAction::GiveFeedback => Ok(()),
    };
    judged.err().map(|problem| problem.refusal())
}

/// May this revision be read outside the desk? By the vendor's word, and for what came from an
/// inquiry by a person's (SW-4.2.1-C5, SA-5.2.1-C5).
pub fn may_publish(row: &FaqRow, content: &Content, anonymised: bool) -> Result<()> {
    if row.state == FaqState::Published && row.published_revision == Some(row.revision) {
        return Err(Problem::from(Refusal::StateConflict).with("state", Word::label(row.state)));
    }
    match content.disclosed() {
        Disclosure::Permitted => {}
        Disclosure::Pending => return Err(Refusal::VendorDisclosurePending.into()),
        Disclosure::Refused => return Err(Refusal::VendorDisclosureRefused.into()),
    }
    if row.inquiry_id.is_some() && !anonymised {
        return Err(Refusal::FaqNotAnonymised.into());
    }
    Ok(())
}
