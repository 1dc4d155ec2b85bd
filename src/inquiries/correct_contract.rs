//! `POST /v1/inquiries/{id}/contract-corrections`: the ID of a call was heard or typed wrongly, and
//! the inquiry stands on another customer's contract. It is hidden there at once, and it is told who
//! had read it.

use actix_web::post;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;

use super::open::check_overrides;
use super::reception::{Ask, Reception};
use super::store::contract::{self, CorrectionRow, Papers};
use super::store::readers::{self, ReaderRow};
use super::store::{self, Held, OverrideGiven, Told};
use super::{ContractCorrectionId, InquiryId};
use crate::app::{App, Tx};
use crate::auth::claim::{Caller, Gate, Privilege};
use crate::auth::proof::{Actor, prove};
use crate::auth::store::contract_at;
use crate::calendar::store::load_shared;
use crate::closures;
use crate::contracts::ContractId;
use crate::contracts::assess::Decision;
use crate::contracts::model::Contact;
use crate::db::types::{Doc, Id, Instant};
use crate::events::model::{Change, NewEvent, Subject};
use crate::http::text::{EmailAddress, Name, Reason, SupportId, TypedSupportId, VersionName};
use crate::http::{
    IfMatch, Json, Key, KeyParam, Patch, Path, Problem, ProblemView, Reply, RequiredIfMatchParam, Result,
};
use crate::terms::codes::{Action, CallerKind, Code, Delivery, EventType, Override};

/// Corrects the contract of a phone inquiry.
pub struct CorrectsContracts;
impl Privilege for CorrectsContracts {
    const GATE: Gate = Gate::shut().agent();
}

/// The ID that the caller meant, and why it was taken for another.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectContract {
    /// The right ID, as typed or spoken.
    pub presented_support_id: TypedSupportId,
    /// Why; only the desk reads it.
    pub reason: Reason,
    /// Rules to set aside on the right contract, beside those that were set aside at opening.
    #[serde(default, rename = "override")]
    #[schema(nullable = false)]
    pub override_given: Option<OverrideGiven>,
}

impl CorrectContract {
    /// What is wrong about it in itself.
    pub fn check_shape(&self) -> Result<()> {
        let faults = self.override_given.as_ref().map(OverrideGiven::faults).unwrap_or_default();
        if faults.is_empty() { Ok(()) } else { Err(Problem::faults(faults)) }
    }

    /// Some rules only a manager may set aside.
    pub fn check_overrides(&self, actor: &Actor) -> Result<()> {
        check_overrides(actor, self.override_given.as_ref())
    }
}

/// Somebody outside the desk who had read the inquiry while it stood on the wrong contract.
#[derive(Debug, Serialize, ToSchema)]
pub struct InquiryReader {
    /// What was read: the inquiry, or one that follows it.
    pub inquiry: InquiryId,
    /// A customer's account, or a partner's client.
    pub kind: CallerKind,
    /// Its id.
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    pub id: Id<uuid::Uuid>,
    /// What it is called.
    #[schema(required)]
    pub name: Option<Name>,
    /// The person's address; null for a client.
    #[schema(required)]
    pub email: Option<EmailAddress>,
    /// When it was first read.
    pub first_read_at: Instant,
}

/// That a phone inquiry was logged on a wrong contract.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ContractCorrection)]
pub struct ContractCorrectionView {
    /// The correction.
    pub id: ContractCorrectionId,
    /// The inquiry.
    pub inquiry: InquiryId,
    /// The wrong contract.
    pub from: ContractId,
    /// The right one.
    pub to: ContractId,
    /// The ID that now counts as presented.
    pub presented_support_id: SupportId,
    /// Phone inquiries that follow it, and moved with it.
    #[schema(max_items = 1000)]
    pub moved_with_it: Vec<InquiryId>,
    /// Why.
    pub reason: Reason,
    /// Who of the wrong contract's side had read any of it: they are to be spoken to.
    #[schema(max_items = 10_000)]
    pub read_by: Vec<InquiryReader>,
    /// When.
    pub corrected_at: Instant,
}

/// Correct the contract of a phone inquiry
///
/// For an ID that was heard or typed wrongly. The inquiry is judged on the right contract as an
/// opening at the time of the call, with the rules that were set aside for it; messages, decisions
/// and phone inquiries that follow it move with it. From then on the wrong contract's customer and
/// partner see nothing of it; the answer says who had read it. What the wrong contract's side added
/// itself, and results reported until then, are shown to the desk only.
#[utoipa::path(
    tag = "inquiries",
    params(("id" = InquiryId, Path, description = "The inquiry."), KeyParam, RequiredIfMatchParam),
    request_body = CorrectContract,
    responses(
        (status = 201, description = "The correction; the ETag is the inquiry's", body = ContractCorrectionView),
        (status = 403, description = "`support_id_unknown` `contract_not_started` `contract_expired` `contract_suspended` `service_not_contracted`", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "`not_a_phone_inquiry` `inquiry_closed` `state_conflict` `system_administrator_missing` `outside_reception_hours` `request_in_progress`", body = ProblemView, content_type = "application/problem+json"),
        (status = 422, description = "`product_not_contracted` `version_not_released_by_us` `version_unsupported_by_vendor` `outside_service_region` · `validation_failed` at `/presented_support_id`: `not_allowed_here` for an ID of the contract it stands on", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[post("/inquiries/{id}/contract-corrections")]
pub async fn correct_contract(
    app: App,
    caller: Caller<CorrectsContracts>,
    Path(id): Path<InquiryId>,
    key: Key,
    expected: IfMatch,
    Json(request): Json<CorrectContract>,
) -> Result<Reply> {
    let expected = expected.required()?;
    request.check_shape()?;
    let desk = app.config().desk_contact();
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        request.check_overrides(&actor)?;
        let held = store::hold(tx, &actor, now, id)?;
        tx.once()?;
        expected.holds(held.row.version)?;
        correct(tx, &actor, &held, request, &desk)
    })
    .await
}

/// The correction of an inquiry that is held; a batch comes here too.
pub fn correct(
    tx: &mut Tx<'_>,
    actor: &Actor,
    held: &Held,
    request: CorrectContract,
    desk: &Contact,
) -> Result<Change<Reply>> {
    let (now, id) = (tx.now, held.row.id);
    held.situation(actor).may(Action::CorrectContract)?;
    let (papers, to, used) = judged(tx, actor, held, &request, desk)?;
    let follow_ups = contract::phone_follow_ups(tx, &held.row)?;
    let mut moving = Moving { actor, to, reason: &request.reason, used: &used, read_by: Vec::new() };
    let (correction, version, change) = moving.one(tx, held, &papers, None)?;
    let mut change = change;
    for follow_up in &follow_ups {
        let held = store::hold(tx, actor, now, *follow_up)?;
        let presented_support_id = papers.presented_support_id.clone();
        let own = Papers { presented_support_id, ..contract::papers(tx, *follow_up)? };
        change = moving.one(tx, &held, &own, Some(change))?.2;
    }
    let view = ContractCorrectionView {
        id: correction,
        inquiry: id,
        from: held.row.contract_id,
        to,
        presented_support_id: papers.presented_support_id,
        moved_with_it: follow_ups,
        read_by: moving.read_by,
        reason: request.reason,
        corrected_at: now,
    };
    change.map(|()| Ok(Reply::created(&format!("/v1/inquiries/{id}"), &view)?.tagged(version)))
}

/// What the opening would have said on the right contract, and the rules it needed set aside.
fn judged(
    tx: &mut Tx<'_>,
    actor: &Actor,
    held: &Held,
    request: &CorrectContract,
    desk: &Contact,
) -> Result<(Papers, ContractId, Vec<Override>)> {
    let version = |name: &Option<String>| name.as_deref().map(VersionName::parse).transpose().map_err(Problem::bug);
    let ask = Ask {
        channel: held.row.channel,
        topic: None,
        product_id: Some(held.row.product_id),
        product_version: match (held.delivery, version(&held.row.product_version)?) {
            (Delivery::Saas, _) => Patch::Absent,
            (Delivery::Software, None) => Patch::Null,
            (Delivery::Software, Some(version)) => Patch::Value(version),
        },
        target_version: version(&held.target_version)?,
        requested_work: None,
    };
    let typed = Some(&request.presented_support_id);
    let calendar = load_shared(tx)?;
    let reception = Reception::read(tx, actor, ask, typed, held.row.received_at, &calendar)?;
    if reception.filed == held.row.contract_id {
        return Err(Problem::fault("/presented_support_id", "not_allowed_here"));
    }
    let given = [&held.override_given, &request.override_given].into_iter().flatten();
    let codes: Vec<Override> = given.clone().flat_map(|given| given.codes.iter().copied()).collect();
    let used = match reception.decide(&codes) {
        (Decision::Refused(refusal), _) => return Err(reception.explain(tx, refusal, desk)?),
        (_, used) => used,
    };
    let reason = given.last().map(|given| given.reason.clone());
    let papers = Papers {
        presented_support_id: reception.presented.clone(),
        override_given: reason
            .filter(|_| !used.is_empty())
            .map(|reason| Doc(OverrideGiven { codes: used.clone(), reason })),
        follows: None, // what it follows stands on the wrong contract
        terms_version: reception.contract.terms_version.clone(),
        judged: Doc(reception.judged(&used)),
    };
    Ok((papers, reception.filed, used))
}

/// Inquiries on their way to the right contract.
struct Moving<'a> {
    actor: &'a Actor,
    to: ContractId,
    reason: &'a Reason,
    used: &'a [Override],
    read_by: Vec<InquiryReader>,
}

impl Moving<'_> {
    /// Moves one: for the wrong contract's view it is the last that happens to it, for the right
    /// one's the first.
    fn one(
        &mut self,
        tx: &mut Tx<'_>,
        held: &Held,
        papers: &Papers,
        change: Option<Change<()>>,
    ) -> Result<(ContractCorrectionId, i32, Change<()>)> {
        let (row, now) = (&held.row, tx.now);
        let before = contract::papers(tx, row.id)?;
        let version = store::advance(tx, row, row.life(), now, false)?;
        contract::set_contract(tx, row.id, self.to, papers.override_given.is_some(), papers)?;
        closures::store::follow_inquiry(tx, row.id, self.to)?;
        let readers = readers::take(tx, row.id)?;
        let correction = CorrectionRow {
            id: tx.new_id(),
            inquiry_id: row.id,
            from_contract_id: row.contract_id,
            to_contract_id: self.to,
            before_facts: Doc(json!({
                "presented_support_id": before.presented_support_id, "follows": before.follows,
                "terms_version": before.terms_version, "judged": before.judged.0,
                "override": before.override_given.map(|given| given.0),
            })),
            reason: self.reason.to_string(),
            read_by: Doc(readers.iter().map(kept).collect()),
            corrected_by: Id::new(self.actor.id),
            corrected_at: now,
        };
        contract::insert_correction(tx, &correction)?;
        for reader in readers {
            self.read_by.push(shown(tx, reader)?);
        }
        let (gone, come) = self.events(tx, held, correction.id)?;
        let change = match change {
            Some(change) => change.and(gone),
            None => Change::new((), gone),
        };
        Ok((correction.id, version, change.and(come)))
    }

    fn events(&self, tx: &mut Tx<'_>, held: &Held, id: ContractCorrectionId) -> Result<(NewEvent, NewEvent)> {
        let (row, now) = (&held.row, tx.now);
        let event =
            |data| NewEvent::by(self.actor, EventType::InquiryContractCorrected, Subject::new("inquiry", row.id), data);
        let right = contract_at(tx, self.to, now)?.ok_or_else(|| Problem::bug("a contract without a standing"))?;
        let gone = json!({ "correction": id, "internal": { "to": self.to } });
        let come = json!({
            "correction": id, "number": row.number, "product": row.product_id, "state": row.state.as_str(),
            "received_at": row.received_at, "effective_received_at": row.effective_received_at,
            "internal": {
                "from": row.contract_id, "overrides": self.used.iter().map(|code| code.as_str()).collect::<Vec<_>>(),
            },
        });
        let shown_to = store::feed(&right, row.opener_reseller_id, Told::Summary);
        Ok((event(gone).on(row.contract_id, held.feed(Told::Summary)), event(come).on(self.to, shown_to)))
    }
}

/// A reader as it is kept: by id, so that who is erased is erased here too.
fn kept(reader: &ReaderRow) -> serde_json::Value {
    json!({ "kind": reader.reader_kind, "id": reader.reader_id, "first_read_at": reader.first_read_at })
}

fn shown(tx: &mut Tx<'_>, reader: ReaderRow) -> Result<InquiryReader> {
    let (name, email) = readers::name(tx, &reader)?.unzip();
    Ok(InquiryReader {
        inquiry: reader.inquiry_id,
        kind: reader.reader_kind,
        id: reader.reader_id,
        name: name.as_deref().and_then(|name| Name::parse(name).ok()),
        email: email.flatten().as_deref().and_then(|email| EmailAddress::parse(email).ok()),
        first_read_at: reader.first_read_at,
    })
}
