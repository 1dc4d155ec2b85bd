//! `POST /v1/closure-decisions/{id}/revocations`: a decision is taken back with a reason, and the
//! inquiry is in progress again. The decision stays as it is.

use actix_web::post;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;

use super::ClosureDecisionId;
use super::store::{self, RevocationRow};
use crate::app::{App, Tx};
use crate::auth::claim::{Caller, Gate, Privilege};
use crate::auth::proof::{Actor, prove};
use crate::db::types::{Id, Instant};
use crate::events::model::{Change, NewEvent, Subject};
use crate::http::text::Reason;
use crate::http::{IfMatch, Json, Key, KeyParam, Path, ProblemView, Refusal, Reply, RequiredIfMatchParam, Result};
use crate::inquiries::model::Act;
use crate::inquiries::store::{self as inquiries, Held, Told};
use crate::terms::codes::{Action, EventType, State};

/// Takes decisions back.
pub struct RevokesClosures;
impl Privilege for RevokesClosures {
    const GATE: Gate = Gate::shut().agent().telling_outsiders(Refusal::ClosureIsJudgedByDesk);
}

/// Why a decision is taken back.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevokeClosure {
    /// The reason.
    pub reason: Reason,
}

/// A revocation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClosureRevocation)]
pub struct RevocationView {
    /// The decision that was taken back.
    pub decision: ClosureDecisionId,
    /// Why.
    pub reason: Reason,
    /// When.
    pub revoked_at: Instant,
    /// The inquiry's state now.
    pub state: State,
}

/// Revoke a closure decision
///
/// The inquiry is in progress again. The decision itself is never changed: the revocation stands
/// beside it. `If-Match` names the inquiry's version.
#[utoipa::path(
    tag = "closures",
    params(("id" = ClosureDecisionId, Path, description = "The decision."), KeyParam, RequiredIfMatchParam),
    request_body = RevokeClosure,
    responses(
        (status = 201, description = "The revocation; the ETag is the inquiry's", body = RevocationView),
        (status = 403, description = "`closure_is_judged_by_desk`", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "`state_conflict` `request_in_progress`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[post("/closure-decisions/{id}/revocations")]
pub async fn revoke_closure(
    app: App,
    caller: Caller<RevokesClosures>,
    Path(id): Path<ClosureDecisionId>,
    key: Key,
    expected: IfMatch,
    Json(request): Json<RevokeClosure>,
) -> Result<Reply> {
    let expected = expected.required()?;
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let inquiry = store::inquiry_of(tx, id)?.ok_or(Refusal::NotFound)?;
        let held = inquiries::hold(tx, &actor, now, inquiry)?;
        tx.once()?;
        expected.holds(held.row.version)?;
        revoke(tx, &actor, &held, id, request)
    })
    .await
}

/// The revocation of a decision on an inquiry that is held; a batch comes here too.
pub fn revoke(
    tx: &mut Tx<'_>,
    actor: &Actor,
    held: &Held,
    id: ClosureDecisionId,
    request: RevokeClosure,
) -> Result<Change<Reply>> {
    let (now, inquiry) = (tx.now, held.row.id);
    let situation = held.situation(actor);
    situation.may(Action::RevokeClosure)?;
    if held.row.standing.closure_id != Some(id) {
        return Err(situation.conflict());
    }
    let life = held.row.life().after(Act::Revoke);
    let version = inquiries::advance(tx, &held.row, life, now, false)?;
    inquiries::set_closure(tx, inquiry, None)?;
    let row = RevocationRow {
        id: tx.new_id(),
        decision_id: id,
        reason: request.reason.to_string(),
        revoked_by: Id::new(actor.id),
        revoked_at: now,
    };
    store::insert_revocation(tx, &row)?;
    let data = json!({ "decision": id, "revocation": row.id, "state": life.state() });
    let event = NewEvent::by(actor, EventType::ClosureRevoked, Subject::new("inquiry", inquiry), data)
        .on(held.row.contract_id, held.feed(Told::Summary));
    let view = RevocationView { decision: id, reason: request.reason, revoked_at: now, state: life.state() };
    let reply = Reply::created(&format!("/v1/closure-decisions/{id}"), &view)?;
    Ok(Change::new(reply.tagged(version), event))
}
