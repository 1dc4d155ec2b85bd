//! `POST /v1/inquiries`: by the customer's side on the Support Web, by the desk for a phone call,
//! by a script for a customer. The decision is the one that an assessment tells.

use actix_web::http::StatusCode;
use actix_web::post;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;

use super::InquiryId;
use super::model::{Life, asked_at, check_called_at, id_or_null, unknown_reference};
use super::reception::{Ask, Reception};
use super::resubmission::Resubmission;
use super::store::{self, Line, Opening, OpeningCall, OverrideGiven, Requester, Row, Standing, Told, Triage};
use super::view::InquiryView;
use crate::app::{App, Tx};
use crate::auth::claim::{Caller, Claim, Gate, Header, Privilege};
use crate::auth::proof::{Actor, prove};
use crate::auth::store::contract_at;
use crate::calendar;
use crate::contracts::ProductId;
use crate::contracts::assess::Decision;
use crate::contracts::model::Contact;
use crate::contracts::store as contracts;
use crate::db::types::{Doc, Id};
use crate::events::model::{Change, NewEvent, Subject as About};
use crate::http::text::{Body, EmailAddress, ExternalReference, Subject, TypedSupportId, VersionName};
use crate::http::{Fault, Json, Patch, Problem, ProblemView, Refusal, Reply, RequiredKey, RequiredKeyParam, Result};
use crate::terms::codes::{CallerKind, Channel, Code, EventType, Exclusion, Kind, Override, RequestKind, Scope, Topic};

/// Opens inquiries.
pub struct OpensInquiries;
impl Privilege for OpensInquiries {
    const GATE: Gate =
        Gate::shut().customer().partner(Scope::InquiriesWrite, Header::Required).agent().robot(Scope::InquiriesWrite);
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
    /// Who else is told by mail that something was written: up to 20, each once.
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
    /// The phone inquiry that it takes up again, of the same contract, while a re-submission is
    /// asked for: from the customer's side only. It is judged as that one was.
    #[serde(default)]
    #[schema(nullable = false)]
    pub resubmits: Option<InquiryId>,
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
/// inquiry is taken and the version is asked for. With `resubmits` a phone inquiry goes on in this
/// one: judged as the call was, at its time and with its override (SW-4.2.1-C10, SA-5.2.1-C9).
#[utoipa::path(
    tag = "inquiries",
    params(RequiredKeyParam, ("Support-Id" = Option<String>, Header, nullable = false, max_length = 100, description = "The contract's ID; a partner must send it.")),
    request_body = OpenInquiry,
    responses(
        (status = 201, description = "The inquiry", body = InquiryView),
        (status = 403, description = "`contract_not_started` `contract_expired` `contract_suspended` `service_not_contracted` `support_denied` `support_id_required` `support_id_unknown`", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "`redirected` `system_administrator_missing` `outside_reception_hours` `reference_taken` `request_in_progress`; of the inquiry named by `resubmits`: `not_a_phone_inquiry` `inquiry_closed` `state_conflict`", body = ProblemView, content_type = "application/problem+json"),
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
    let (claim, asked) = ((*caller).clone(), request.clone());
    let desk = app.config().desk_contact();
    let call = key.digest();
    let told = app.write(key, move |tx| open(tx, &claim, asked, desk)).await;
    match (told, request.topic) {
        (Err(problem), Some(topic)) if problem.refusal() == Refusal::Redirected => {
            super::redirect::record(&app, (*caller).clone(), &request, topic, call).await?;
            Err(problem)
        }
        (told, _) => told,
    }
}

impl OpenInquiry {
    fn ask(&self) -> Ask {
        Ask {
            channel: self.channel,
            topic: self.topic,
            product_id: self.product_id,
            product_version: self.product_version.clone(),
            target_version: self.target_version.clone(),
            requested_work: self.requested_work,
        }
    }

    /// Who may say what, before any row is read.
    fn check_shape(&self, claim: &Claim) -> Result<()> {
        let staff = matches!(claim, Claim::Staff { .. });
        let mut faults = Vec::new();
        let mut refuse = |wrong: bool, pointer: &str, code| {
            if wrong {
                faults.push(Fault::at(pointer, code));
            }
        };
        refuse((self.channel == Channel::Phone) != staff, "/channel", "not_allowed_here");
        refuse(self.call.is_some() && !staff, "/call", "not_allowed_here");
        refuse(self.call.is_none() && staff, "/call", "required");
        refuse(self.override_given.is_some() && !staff, "/override", "not_allowed_here");
        let resubmits = self.resubmits.is_some();
        refuse(resubmits && (!claim.is_outside() || self.topic.is_some()), "/resubmits", "not_allowed_here");
        refuse(self.topic.is_some() && self.kind.is_some(), "/kind", "not_allowed_here");
        refuse(self.topic.is_none() && self.kind.is_none(), "/kind", "required");
        faults.extend(self.ask().faults());
        faults.extend(named_twice("/watchers", self.watchers.as_deref().unwrap_or_default()));
        faults.extend(self.override_given.iter().flat_map(OverrideGiven::faults));
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

fn open(tx: &mut Tx<'_>, claim: &Claim, request: OpenInquiry, desk: Contact) -> Result<Change<Reply>> {
    let now = tx.now;
    let actor = prove(tx, claim, now)?;
    check_overrides(&actor, request.override_given.as_ref())?;
    let received_at = request.call.as_ref().map_or(now, |call| call.called_at);
    let typed = request.presented_support_id.as_ref();
    let calendar = calendar::store::load_shared(tx)?;
    let resubmission = resubmission(tx, &actor, &request)?;
    let reception = match &resubmission {
        None => Reception::read(tx, &actor, request.ask(), typed, asked_at(received_at, now), &calendar)?,
        Some(of) => {
            let (own, presented) = super::reception::presented(tx, &actor, typed, now)?;
            let papers = (of.contract.clone(), presented, own.contract);
            Reception::judged_at(tx, request.ask(), papers, of.judged_at, now, &calendar)?
        }
    };
    let given = resubmission.as_ref().map_or(&request.override_given, |of| &of.held.override_given).clone();
    let (decision, used) = reception.decide(given.as_ref().map(|given| &*given.codes).unwrap_or_default());
    // A missing entitlement is told before a repeated call is answered, all else after it.
    let mut refused = match decision {
        Decision::Refused(refusal) => Some(reception.explain(tx, refusal, &desk)?),
        _ => None,
    };
    if let Some(problem) = refused.take_if(|problem| problem.refusal().status() == StatusCode::FORBIDDEN) {
        return Err(problem);
    }
    if let Some(of) = &resubmission {
        of.held.serves(tx, &actor, &desk)?;
    }
    tx.once()?;
    check_called_at(received_at, now, "/call/called_at")?;
    if let Some(of) = &resubmission {
        of.may(&actor, request.product_id)?;
    }
    if let Some(problem) = refused {
        return Err(problem);
    }
    check_follows(tx, &actor, &request, &reception)?;
    let row = new_row(tx, &actor, &request, &reception, decision, !used.is_empty())?;
    let given = given.filter(|_| !used.is_empty());
    let opening = opening(tx, &actor, &request, &reception, row.id, given, &used)?;
    store::insert(tx, &row, &opening)?;
    if let Some(information) = &request.customer_information {
        store::insert_customer_information(tx, row.id, &actor, information, now)?;
    }
    let mut change = events(tx, &actor, &row, &opening, &reception, &used, decision)?;
    if let Some(of) = &resubmission {
        change = change.and(of.end(tx, &actor, row.id)?);
    }
    let unseen = || Problem::bug("what was opened cannot be seen");
    let seen = store::find(tx, claim, now, row.id)?.ok_or_else(unseen)?;
    let view = InquiryView::of(seen, claim).ok_or_else(unseen)?;
    change.map(|()| Ok(Reply::created(&format!("/v1/inquiries/{}", row.id), &view)?.tagged(row.version)))
}

/// What stands in a list a second time.
fn named_twice<T: PartialEq>(pointer: &str, items: &[T]) -> Vec<Fault> {
    let repeated = items.iter().enumerate().filter(|(n, item)| items.iter().take(*n).any(|earlier| earlier == *item));
    repeated.map(|(n, _)| Fault::at(format!("{pointer}/{n}"), "duplicate_item")).collect()
}

impl OverrideGiven {
    /// What is wrong about the rules named, in themselves.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = named_twice("/override/codes", &self.codes);
        match self.codes.len() {
            0 => faults.push(Fault::at("/override/codes", "too_few").with("min", 1)),
            7.. => faults.push(Fault::at("/override/codes", "too_many").with("max", 6)),
            _ => {}
        }
        faults
    }
}

/// Some rules only a manager may set aside.
pub fn check_overrides(actor: &Actor, given: Option<&OverrideGiven>) -> Result<()> {
    let overrides = given.map(|given| &*given.codes).unwrap_or_default();
    use Override::{ContractExpired, ContractNotStarted, SystemAdministratorMissing};
    let managers = [ContractExpired, ContractNotStarted, SystemAdministratorMissing];
    if actor.kind != CallerKind::Manager && overrides.iter().any(|code| managers.contains(code)) {
        return Err(Refusal::Forbidden.into());
    }
    Ok(())
}

/// The phone inquiry that is taken up again. One that cannot be is told after a repeated call is
/// answered.
fn resubmission(tx: &mut Tx<'_>, actor: &Actor, request: &OpenInquiry) -> Result<Option<Resubmission>> {
    let Some(id) = request.resubmits else { return Ok(None) };
    match Resubmission::of(tx, actor, id) {
        Ok(found) => Ok(Some(found)),
        Err(problem) if problem.refusal() == Refusal::ValidationFailed => tx.once().and(Err(problem)),
        Err(problem) => Err(problem),
    }
}

/// What an inquiry follows is of the same contract or of one in whose place that goes on; a foreign
/// one is the same as none.
fn check_follows(tx: &mut Tx<'_>, actor: &Actor, request: &OpenInquiry, reception: &Reception) -> Result<()> {
    let Some(followed) = request.follows else { return Ok(()) };
    let now = tx.now;
    match store::held(tx, actor, now, followed) {
        Ok(held) if held.row.contract_id == reception.filed => Ok(()),
        Ok(held) if contracts::successor_of(tx, held.row.contract_id)? == Some(reception.filed) => Ok(()),
        Err(problem) if problem.refusal() != Refusal::NotFound => Err(problem),
        _ => Err(unknown_reference("/follows")),
    }
}

fn new_row(
    tx: &mut Tx<'_>,
    actor: &Actor,
    request: &OpenInquiry,
    reception: &Reception,
    decision: Decision,
    overridden: bool,
) -> Result<Row> {
    let needs = i32::from(decision == Decision::NeedsInformation);
    let life = Life { open_requests: needs, ..Life::NEW };
    let mut number = tx.ids().inquiry_number(tx.today());
    while store::number_taken(tx, &number)? {
        number = tx.ids().inquiry_number(tx.today());
    }
    let version = match &request.product_version {
        Patch::Value(version) => Some(version.to_string()),
        _ => None,
    };
    let product = reception.product.as_ref().ok_or_else(|| Problem::bug("a product was judged and is gone"))?;
    let line = Line {
        id: tx.new_id(),
        number,
        contract_id: reception.filed,
        product_id: product.id,
        kind: request.kind.ok_or_else(|| Problem::fault("/kind", "required"))?,
        channel: request.channel,
        matter: None,
        product_version: version,
        subject: request.subject.to_string(),
        state: life.state(),
        version: 1,
        received_at: reception.received_at,
        effective_received_at: reception.effective_received_at,
        last_message_at: tx.now,
        changed_at: tx.now,
        opener_reseller_id: actor.reseller,
        external_reference: request.external_reference.as_deref().map(str::to_owned),
        closure_code: None,
    };
    Ok(Row {
        line,
        standing: Standing { overridden, open_requests: life.open_requests, ..Standing::default() },
        triage: Triage::default(),
        turn: life.turn.as_str().to_owned(),
        taken: false,
        open_escalations: 0,
    })
}

fn opening(
    tx: &mut Tx<'_>,
    actor: &Actor,
    request: &OpenInquiry,
    reception: &Reception,
    inquiry_id: InquiryId,
    given: Option<OverrideGiven>,
    used: &[Override],
) -> Result<Opening> {
    let requester = match &request.requester {
        Some(requester) => requester.clone(),
        None => {
            let (contract, today) = (reception.contract.contract, tx.today());
            super::requester::default_requester(tx, actor, contract, today, request.call.as_ref())?
        }
    };
    Ok(Opening {
        inquiry_id,
        body: request.body.to_string(),
        presented_support_id: reception.presented.clone(),
        requester: Doc(requester),
        watchers: Doc(request.watchers.clone().unwrap_or_default()),
        opened_by_kind: actor.kind,
        opened_by_id: Id::new(actor.id),
        recorded_at: tx.now,
        call: request.call.clone().map(Doc),
        override_given: given.map(Doc),
        follows: request.follows,
        resubmits: request.resubmits,
        target_version: request.target_version.as_deref().map(str::to_owned),
        terms_version: reception.contract.terms_version.clone(),
        judged: Doc(reception.judged(used)),
    })
}

fn events(
    tx: &mut Tx<'_>,
    actor: &Actor,
    row: &Row,
    opening: &Opening,
    reception: &Reception,
    used: &[Override],
    decision: Decision,
) -> Result<Change<()>> {
    // Who is told is asked of the contract as it is now, also for a call of some days ago.
    let now = tx.now;
    let contract = contract_at(tx, row.contract_id, now)?.unwrap_or_else(|| reception.contract.clone());
    let event = |event_type, data, told| {
        let reseller = store::feed(&contract, row.opener_reseller_id, told);
        NewEvent::by(actor, event_type, About::new("inquiry", row.id), data).on(row.contract_id, reseller)
    };
    let data = json!({
        "number": row.number, "product": row.product_id, "state": row.state.as_str(),
        "received_at": row.received_at, "effective_received_at": row.effective_received_at,
        "internal": {
            "channel": row.channel.as_str(), "kind": row.kind.as_str(), "follows": id_or_null(opening.follows),
            "resubmits": id_or_null(opening.resubmits),
            "overrides": used.iter().map(|code| code.as_str()).collect::<Vec<_>>(),
        },
    });
    let change = Change::new((), event(EventType::InquiryOpened, data, Told::Summary));
    if decision != Decision::NeedsInformation {
        return Ok(change);
    }
    let request = super::ask::ask_for_version(tx, row.id)?;
    let data = json!({ "request": request, "kind": RequestKind::CustomerInformation.as_str() });
    Ok(change.and(event(EventType::InquiryInformationRequested, data, Told::Full)))
}
