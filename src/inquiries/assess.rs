//! `POST /v1/assessments`: what opening would answer, without asking anything of anybody. The
//! facts are read and the decision is taken by the functions that opening uses.

use actix_web::http::StatusCode;
use actix_web::{ResponseError, post};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::assessment::Assessment;
use super::reception::{Ask, Reception};
use crate::app::App;
use crate::auth::claim::{Caller, Claim, Gate, Header, Privilege, SupportIdParam};
use crate::auth::proof::prove;
use crate::calendar;
use crate::contracts::ProductId;
use crate::contracts::assess::Decision;
use crate::contracts::model::Contact;
use crate::db::Connection;
use crate::db::types::Instant;
use crate::faqs::entitle::entitled;
use crate::faqs::suggest::{FaqSuggestion, suggest};
use crate::http::text::{Question, TypedSupportId, VersionName};
use crate::http::{Fault, Json, Patch, Problem, ProblemView, Refusal, Reply, Result, Spoken};
use crate::terms::codes::{Channel, Exclusion, Kind, Scope, Topic};

/// Assesses questions.
pub struct Assesses;
impl Privilege for Assesses {
    const GATE: Gate =
        Gate::shut().customer().partner(Scope::InquiriesRead, Header::Required).agent().robot(Scope::InquiriesRead);
}

/// A question that might be asked. A topic that goes elsewhere stands in place of kind and product.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssessInquiry {
    /// The ID that the customer presents, as typed or spoken: demanded of the desk and of scripts;
    /// for the customer's side it is the one of token or header.
    #[serde(default)]
    #[schema(nullable = false)]
    pub support_id: Option<TypedSupportId>,
    /// The product asked about: demanded, but for a topic.
    #[serde(default)]
    #[schema(nullable = false)]
    pub product_id: Option<ProductId>,
    /// The version asked about: demanded for software, where null is "unknown"; not for SaaS.
    #[serde(default)]
    #[schema(value_type = Option<VersionName>)]
    pub product_version: Patch<VersionName>,
    /// For an upgrade question, the version asked about; the version rule looks at it.
    #[serde(default)]
    #[schema(nullable = false)]
    pub target_version: Option<VersionName>,
    /// Which of the three technical kinds it is. No rule looks at it; its clause is told.
    #[serde(default)]
    #[schema(nullable = false)]
    pub kind: Option<Kind>,
    /// A topic that the reseller or the sales representative answers.
    #[serde(default)]
    #[schema(nullable = false)]
    pub topic: Option<Topic>,
    /// How it would come in; `support_web` unless said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub channel: Option<Channel>,
    /// Work that is not part of the service, asked for in so many words.
    #[serde(default)]
    #[schema(nullable = false)]
    pub requested_work: Option<Exclusion>,
    /// The moment that counts: past or present; absent, now.
    #[serde(default)]
    #[schema(nullable = false)]
    pub as_of: Option<Instant>,
    /// What would be asked, in a few words: FAQs that may answer it are told. No rule looks at it.
    #[serde(default)]
    #[schema(nullable = false)]
    pub question: Option<Question>,
}

/// Assess a question
///
/// What `POST /v1/inquiries` would answer, by the same decision; nothing is kept. With `as_of` the
/// contract's term, products, services, suspensions, denials and version facts count as they were
/// in effect then. What both refuse in the same way is a problem here too: an unknown support ID,
/// a version that is missing or that SaaS does not have, faulty input.
#[utoipa::path(
    tag = "assessments",
    params(SupportIdParam),
    request_body = AssessInquiry,
    responses(
        (status = 200, description = "The assessment", body = Assessment),
        (status = 403, description = "`support_id_required` `support_id_unknown`", body = ProblemView, content_type = "application/problem+json"),
        (status = 422, description = "`product_version_required` `product_version_not_applicable` `validation_failed`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("staff" = []), ("client" = ["inquiries:read"]))
)]
#[post("/assessments")]
pub async fn assess_inquiry(
    app: App,
    caller: Caller<Assesses>,
    spoken: Spoken,
    Json(request): Json<AssessInquiry>,
) -> Result<Reply> {
    request.check_shape()?;
    let (claim, now, desk, searching) = ((*caller).clone(), app.now(), app.config().desk_contact(), app.clone());
    app.read(move |db| {
        let actor = prove(db, &claim, now)?;
        let as_of = request.as_of.unwrap_or(now);
        let calendar = calendar::store::load(db)?;
        let typed = request.support_id.as_ref();
        let reception = Reception::read(db, &actor, request.ask(), typed, as_of, &calendar)?;
        if as_of > now {
            return Err(Problem::fault("/as_of", "in_the_future"));
        }
        let (decision, _) = reception.decide(&[]);
        let refusal = match decision {
            Decision::Refused(refusal) => Some(reception.explain(db, refusal, &desk)?),
            Decision::Accepted | Decision::NeedsInformation => None,
        };
        match refusal {
            Some(problem) if is_faulty_input(problem.refusal()) => Err(problem),
            refusal => {
                let product = reception.product.as_ref().map(|product| product.id);
                let mut told = Assessment::of(reception, decision, refusal, request.kind, spoken.0)?;
                if let Some(question) = &request.question {
                    told.faqs = Some(known(db, &searching, &claim, question, product, now, &desk)?);
                }
                Reply::ok(&told)
            }
        }
    })
    .await
}

/// FAQs of the product that may answer a question: none where the caller may read none.
fn known(
    db: &mut Connection,
    app: &App,
    claim: &Claim,
    question: &str,
    product: Option<ProductId>,
    now: Instant,
    desk: &Contact,
) -> Result<Vec<FaqSuggestion>> {
    let Some(product) = product else { return Ok(Vec::new()) };
    match entitled(db, claim, now, desk) {
        Ok(entitled) if entitled.covers(&[product]) => suggest(db, app.faqs(), question, &[product]),
        Ok(_) => Ok(Vec::new()),
        Err(problem) if problem.status_code() == StatusCode::FORBIDDEN => Ok(Vec::new()),
        Err(problem) => Err(problem),
    }
}

impl AssessInquiry {
    fn ask(&self) -> Ask {
        Ask {
            channel: self.channel.unwrap_or(Channel::SupportWeb),
            topic: self.topic,
            product_id: self.product_id,
            product_version: self.product_version.clone(),
            target_version: self.target_version.clone(),
            requested_work: self.requested_work,
        }
    }

    fn check_shape(&self) -> Result<()> {
        let kind = self.topic.and(self.kind).map(|_| Fault::at("/kind", "not_allowed_here"));
        let faults: Vec<_> = kind.into_iter().chain(self.ask().faults()).collect();
        if faults.is_empty() { Ok(()) } else { Err(Problem::faults(faults)) }
    }
}

/// What is no outcome but a question put wrongly.
fn is_faulty_input(refusal: Refusal) -> bool {
    matches!(refusal, Refusal::ProductVersionRequired | Refusal::ProductVersionNotApplicable)
}
