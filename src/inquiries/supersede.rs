//! `POST /v1/inquiries/{id}/supersessions`: an inquiry goes on in another one. That is no
//! completion and is never counted as one.

use actix_web::post;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;

use super::InquiryId;
use super::model::{Act, unknown_reference};
use super::store::{self, Held, Supersession, Told, thread};
use crate::app::{App, Tx};
use crate::auth::claim::{Caller, Gate, Privilege};
use crate::auth::proof::{Actor, prove};
use crate::db::dialect;
use crate::db::types::{Id, Instant};
use crate::escalations;
use crate::events::model::{Change, NewEvent, Subject};
use crate::http::{
    IfMatch, Json, Key, KeyParam, Path, Problem, ProblemView, Refusal, Reply, RequiredIfMatchParam, Result,
};
use crate::terms::codes::{Action, Code, EventType, RequestEnd, State, SupersedeReason};

/// Lets an inquiry go on in another one.
pub struct Supersedes;
impl Privilege for Supersedes {
    const GATE: Gate = Gate::shut().agent();
}

/// The inquiry that goes on, and why.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SupersedeInquiry {
    /// The inquiry that goes on: another one of the same contract, not superseded itself.
    pub superseded_by: InquiryId,
    /// Why.
    pub reason: SupersedeReason,
}

/// That an inquiry goes on in another one.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Supersession)]
pub struct SupersessionView {
    /// The inquiry that ended.
    pub inquiry: InquiryId,
    /// The inquiry that goes on.
    pub superseded_by: InquiryId,
    /// Why.
    pub reason: SupersedeReason,
    /// When.
    pub recorded_at: Instant,
    /// The state of the one that ended.
    pub state: State,
}

/// Continue an inquiry in another one
///
/// Requests and escalations that are open end with it, and what is written to it from now on is
/// refused with the one that goes on. It is no completion.
#[utoipa::path(
    tag = "inquiries",
    params(("id" = InquiryId, Path, description = "The inquiry."), KeyParam, RequiredIfMatchParam),
    request_body = SupersedeInquiry,
    responses(
        (status = 201, description = "The record; the ETag is the inquiry's", body = SupersessionView),
        (status = 409, description = "`inquiry_closed` `state_conflict`: it is superseded, or the other one is, with the one that goes on · `request_in_progress`", body = ProblemView, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed` at `/superseded_by`: `not_allowed_here` for the inquiry itself, `unknown_reference` for one of another contract and for none alike", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[post("/inquiries/{id}/supersessions")]
pub async fn supersede_inquiry(
    app: App,
    caller: Caller<Supersedes>,
    Path(id): Path<InquiryId>,
    key: Key,
    expected: IfMatch,
    Json(request): Json<SupersedeInquiry>,
) -> Result<Reply> {
    let expected = expected.required()?;
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        // Both, always in one order: of two inquiries that shall go on in each other one does.
        for held in [id.min(request.superseded_by), id.max(request.superseded_by)] {
            dialect::hold_inquiry(tx, held)?;
        }
        let held = store::held(tx, &actor, now, id)?;
        tx.once()?;
        expected.holds(held.row.version)?;
        go_on(tx, &actor, &held, request)
    })
    .await
}

/// The supersession of an inquiry that is held, as is the one that goes on; a batch comes here too.
pub fn go_on(tx: &mut Tx<'_>, actor: &Actor, held: &Held, request: SupersedeInquiry) -> Result<Change<Reply>> {
    let SupersedeInquiry { superseded_by, reason } = request;
    held.situation(actor).may(Action::Supersede)?;
    check_successor(tx, actor, held, superseded_by)?;
    let done = supersede(tx, actor, held, superseded_by, reason)?;
    let view =
        SupersessionView { inquiry: held.row.id, superseded_by, reason, recorded_at: tx.now, state: State::Superseded };
    let reply = Reply::created(&format!("/v1/inquiries/{superseded_by}"), &view)?;
    Ok(Change::new(reply.tagged(done.version), done.event))
}

/// Since what goes on is not superseded itself, no circle can come to be.
fn check_successor(tx: &mut Tx<'_>, actor: &Actor, held: &Held, successor: InquiryId) -> Result<()> {
    let now = tx.now;
    if successor == held.row.id {
        return Err(Problem::fault("/superseded_by", "not_allowed_here"));
    }
    let other = match store::held(tx, actor, now, successor) {
        Ok(other) if other.row.contract_id == held.row.contract_id => other,
        Err(problem) if problem.refusal() != Refusal::NotFound => return Err(problem),
        _ => return Err(unknown_reference("/superseded_by")),
    };
    if other.row.standing.superseded_by.is_some() { Err(other.situation(actor).conflict()) } else { Ok(()) }
}

/// What came of it: the version of the inquiry that ended, and the event that tells so.
pub struct Superseded {
    /// The version.
    pub version: i32,
    /// The event.
    pub event: NewEvent,
}

/// Ends an inquiry that goes on in another one, with all that is open of it.
pub fn supersede(
    tx: &mut Tx<'_>,
    actor: &Actor,
    held: &Held,
    successor: InquiryId,
    reason: SupersedeReason,
) -> Result<Superseded> {
    let (id, now) = (held.row.id, tx.now);
    let version = store::advance(tx, &held.row, held.row.life().after(Act::Supersede), now, false)?;
    let row = Supersession {
        inquiry_id: id,
        superseded_by: successor,
        reason,
        recorded_by_kind: actor.kind,
        recorded_by_id: Id::new(actor.id),
        recorded_at: now,
    };
    store::record_supersession(tx, &row)?;
    thread::end_requests(tx, id, RequestEnd::Supersession, now)?;
    escalations::store::end_all(tx, id, now)?;
    let data = json!({ "superseded_by": successor, "reason": reason.as_str(), "state": State::Superseded.as_str() });
    let event = NewEvent::by(actor, EventType::InquirySuperseded, Subject::new("inquiry", id), data)
        .on(held.row.contract_id, held.feed(Told::Summary));
    Ok(Superseded { version, event })
}
