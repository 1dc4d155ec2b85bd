//! `POST /v1/inquiries`: by the customer's side on the Support Web, by the desk for a phone call,
//! by a script for a customer. The decision is the one that an assessment tells.

use actix_web::post;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;

use super::InquiryId;
use super::model::{Life, check_called_at, code_or_null, id_or_null, unknown_reference};
use super::store::{self, Opening, OpeningCall, OverrideGiven, Requester, Row};
use super::view::InquiryView;
use crate::app::{App, Tx};
use crate::auth::claim::{Caller, Claim, Gate, Header, Privilege};
use crate::auth::proof::{Actor, prove};
use crate::auth::store::Presented;
use crate::contracts::ProductId;
use crate::contracts::assess::{self, Decision};
use crate::contracts::refusal::explain;
use crate::db::types::{Doc, Instant};
use crate::events::model::{Change, NewEvent, Subject as About};
use crate::http::idempotency::RequiredKeyParam;
use crate::http::text::{Body, EmailAddress, ExternalReference, Subject, SupportId, TypedSupportId, VersionName};
use crate::http::{Json, Patch, Problem, ProblemView, Refusal, Reply, RequiredKey, Result};
use crate::terms::codes::{
    CallerKind, Channel, Code, Exclusion, Kind, RequestKind, RequesterRelation, Scope, SupportIdKind, Topic,
};

/// Opens inquiries.
pub struct OpensInquiries;
impl Privilege for OpensInquiries {
    const GATE: Gate = Gate::shut()
        .customer()
        .partner(Scope::InquiriesWrite, Header::Required)
        .agent()
        .robot(Scope::InquiriesWrite);
}

/// The customer's system, set apart: read by the desk for this inquiry only, never searched or
/// told elsewhere.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerInformation {
    /// Systems and their environment.
    #[serde(default)]
    #[schema(nullable = false)]
    pub environment: Option<Body>,
    /// Settings and their values.
    #[serde(default)]
    #[schema(nullable = false)]
    pub settings: Option<Body>,
    /// What was done.
    #[serde(default)]
    #[schema(nullable = false)]
    pub operations: Option<Body>,
}

/// An inquiry to open. A topic that goes elsewhere needs `topic` in place of kind and product.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenInquiry {
    /// How it comes in: `support_web` from the customer's side and scripts, `phone` from the desk.
    pub channel: Channel,
    /// Which of the three technical kinds it is.
    #[serde(default)]
    #[schema(nullable = false)]
    pub kind: Option<Kind>,
    /// A topic that the reseller or the sales representative answers: told in 409 `redirected`.
    #[serde(default)]
    #[schema(nullable = false)]
    pub topic: Option<Topic>,
    /// The product asked about.
    #[serde(default)]
    #[schema(nullable = false)]
    pub product_id: Option<ProductId>,
    /// The version asked about: demanded for software, where null is "unknown"; not for SaaS.
    #[serde(default)]
    #[schema(value_type = Option<VersionName>)]
    pub product_version: Patch<VersionName>,
    /// Its subject.
    pub subject: Subject,
    /// What is asked.
    pub body: Body,
    /// The customer's system, where it helps.
    #[serde(default)]
    #[schema(nullable = false)]
    #[validate(nested)]
    pub customer_information: Option<CustomerInformation>,
    /// Who asks, if not the caller.
    #[serde(default)]
    #[schema(nullable = false)]
    pub requester: Option<Requester>,
    /// Who else is told by mail that something was written: up to 20.
    #[serde(default)]
    #[schema(nullable = false, max_items = 20)]
    #[validate(length(max = 20))]
    pub watchers: Option<Vec<EmailAddress>>,
    /// The caller's own number for it; unique per partner.
    #[serde(default)]
    #[schema(nullable = false)]
    pub external_reference: Option<ExternalReference>,
    /// The inquiry that it follows: of the same contract.
    #[serde(default)]
    #[schema(nullable = false)]
    pub follows: Option<InquiryId>,
    /// For an upgrade question, the version asked about; the version rule looks at it.
    #[serde(default)]
    #[schema(nullable = false)]
    pub target_version: Option<VersionName>,
    /// Work that is not part of the service, asked for in so many words.
    #[serde(default)]
    #[schema(nullable = false)]
    pub requested_work: Option<Exclusion>,
    /// The ID that the customer presented, as typed or spoken. The desk and scripts name it; for
    /// the customer's side it is the one of token or header.
    #[serde(default)]
    #[schema(nullable = false)]
    pub presented_support_id: Option<TypedSupportId>,
    /// The call: with `phone` only, and demanded there.
    #[serde(default)]
    #[schema(nullable = false)]
    pub call: Option<OpeningCall>,
    /// Rules to set aside, with the reason: by the desk only.
    #[serde(default, rename = "override")]
    #[schema(nullable = false)]
    pub override_given: Option<OverrideGiven>,
}

/// Open an inquiry
///
/// Judged at once by the service terms: the contract's condition and services, the topic, the
/// administrator, for a call the reception hours at the time of the call, the product and, for
/// software, its version. A call is judged at `call.called_at`. With `product_version: null` the
/// inquiry is taken and the version is asked for.
#[utoipa::path(
    tag = "inquiries",
    params(RequiredKeyParam, ("Support-Id" = Option<String>, Header, nullable = false, max_length = 100, description = "The contract's ID; a partner must send it.")),
    request_body = OpenInquiry,
    responses(
        (status = 201, description = "The inquiry", body = InquiryView),
        (status = 403, description = "`contract_not_started` `contract_expired` `contract_suspended` `service_not_contracted` `support_id_required` `support_id_unknown`", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "`redirected` `system_administrator_missing` `outside_reception_hours` `reference_taken` `request_in_progress`", body = ProblemView, content_type = "application/problem+json"),
        (status = 422, description = "`product_not_contracted` `product_version_required` `product_version_not_applicable` `version_not_released_by_us` `version_unsupported_by_vendor` `outside_service_region` `excluded_service` `validation_failed` `idempotency_key_reused`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("staff" = []), ("client" = ["inquiries:write"]))
)]
#[post("/inquiries")]
pub async fn open_inquiry(
    app: App,
    caller: Caller<OpensInquiries>,
    RequiredKey(key): RequiredKey,
    Json(request): Json<OpenInquiry>,
) -> Result<Reply> {
    request.check_shape(&caller)?;
    let (claim, topic, channel) = ((*caller).clone(), request.topic, request.channel);
    let desk = app.config().desk_contact();
    let told = app.write(key, move |tx| open(tx, &claim, request, desk)).await;
    match (told, topic) {
        (Err(problem), Some(topic)) if problem.refusal() == Refusal::Redirected => {
            let claim = (*caller).clone();
            super::redirect::record(&app, claim, topic, channel, &problem).await?;
            Err(problem)
        }
        (told, _) => told,
    }
}

impl OpenInquiry {
    /// Who may say what, before any row is read.
    fn check_shape(&self, claim: &Claim) -> Result<()> {
        let staff = matches!(claim, Claim::Staff { .. });
        let mut faults = Vec::new();
        let mut refuse = |wrong: bool, pointer: &str, code| {
            if wrong {
                faults.push(crate::http::Fault::at(pointer, code));
            }
        };
        refuse((self.channel == Channel::Phone) != staff, "/channel", "not_allowed_here");
        refuse(self.call.is_some() && !staff, "/call", "not_allowed_here");
        refuse(self.call.is_none() && staff, "/call", "required");
        refuse(self.override_given.is_some() && !staff, "/override", "not_allowed_here");
        let overrides = self.override_given.as_ref().map_or(1, |given| given.codes.len());
        refuse(overrides == 0, "/override/codes", "too_few");
        match self.topic {
            Some(_) => {
                refuse(self.kind.is_some(), "/kind", "not_allowed_here");
                refuse(self.product_id.is_some(), "/product_id", "not_allowed_here");
                refuse(self.product_version != Patch::Absent, "/product_version", "not_allowed_here");
            }
            None => {
                refuse(self.kind.is_none(), "/kind", "required");
                refuse(self.product_id.is_none(), "/product_id", "required");
            }
        }
        if !faults.is_empty() {
            return Err(Problem::faults(faults));
        }
        let names_it = matches!(claim, Claim::Staff { .. } | Claim::Robot { .. });
        if names_it && self.presented_support_id.is_none() {
            return Err(Refusal::SupportIdRequired.into());
        }
        Ok(())
    }
}

fn open(
    tx: &mut Tx<'_>,
    claim: &Claim,
    request: OpenInquiry,
    desk: crate::contracts::model::Contact,
) -> Result<Change<Reply>> {
    let actor = prove(tx, claim, tx.now)?;
    let now = tx.now;
    let received_at = request.call.as_ref().map_or(now, |call| call.called_at);
    check_called_at(received_at, now, "/call/called_at")?;
    let (contract, presented) = super::present::presented(tx, &actor, &request.presented_support_id, received_at)?;
    let judged = Judged::read(tx, &request, &contract, received_at)?;
    let overrides = request.override_given.as_ref().map(|given| given.codes.clone()).unwrap_or_default();
    check_overrides(&actor, &overrides)?;
    let (decision, used) = judged.decide(&request, &contract, &overrides);
    // What the caller may not do is told before a repeated call is answered; the rest after.
    if let Decision::Refused(refusal) = decision {
        let explained = explain(tx, refusal, &contract, &presented, &judged.explanation(&request), &desk)?;
        if refusal.status().as_u16() != 403 {
            tx.once()?;
        }
        return Err(explained);
    }
    tx.once()?;
    let row = new_row(tx, &actor, &request, &contract, &judged, decision, !used.is_empty())?;
    check_references(tx, &request, &row)?;
    let opening = opening(tx, &actor, &request, &row, presented, &contract, &judged)?;
    store::insert(tx, &row, &opening)?;
    if let Some(information) = &request.customer_information {
        store::insert_customer_information(tx, row.id, information, now)?;
    }
    let reseller = contract.reseller;
    let data = json!({
        "number": row.number, "channel": row.channel.as_str(), "kind": row.kind.as_str(),
        "product": row.product_id, "state": row.state.as_str(), "received_at": row.received_at,
        "effective_received_at": row.effective_received_at, "follows": id_or_null(request.follows),
        "overrides": used.iter().map(|code| code.as_str()).collect::<Vec<_>>(),
        "requested_work": code_or_null(request.requested_work),
    });
    let shown = super::feed::opened(reseller, &contract, row.opener_reseller_id);
    let event = |kind, data| NewEvent::by(&actor, kind, About::new("inquiry", row.id), data).on(contract.contract, shown);
    let (id, version) = (row.id, row.version);
    let mut change = Change::new((), event(crate::terms::codes::EventType::InquiryOpened, data));
    if decision == Decision::NeedsInformation {
        let asked = super::ask::ask_for_version(tx, id)?;
        let data = json!({ "request": asked, "kind": RequestKind::CustomerInformation.as_str() });
        change = change.and(event(crate::terms::codes::EventType::InquiryInformationRequested, data));
    }
    let seen = store::find(tx, claim, now, id)?.ok_or_else(|| Problem::bug("what was opened cannot be seen"))?;
    let view = InquiryView::of(seen, claim).ok_or_else(|| Problem::bug("what was opened cannot be seen"))?;
    change.map(|()| Ok(Reply::created(&format!("/v1/inquiries/{id}"), &view)?.tagged(version)))
}
