//! `POST /v1/contracts/{id}/denials/{denial}/liftings`: what was confirmed holds no longer.

use actix_web::post;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;

use super::super::store::{self, LiftingRow};
use super::super::{Contract, ContractId, Manages};
use super::confirm::told_to;
use super::{DenialId, LiftingView};
use crate::app::App;
use crate::auth::claim::Caller;
use crate::auth::proof::prove;
use crate::db::types::Id;
use crate::events::model::{Change, NewEvent, Subject};
use crate::http::problem::Word;
use crate::http::text::{Day, Reason};
use crate::http::{Json, Key, KeyParam, Path, Problem, ProblemView, Refusal, Reply, Result};
use crate::inquiries::model::id_or_null;
use crate::terms::codes::{Code, EventType};

/// Why a denial holds no longer, and from when.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LiftDenial {
    /// Why; only the desk reads it.
    pub reason: Reason,
    /// The first day on which it no longer holds: not before the denial's first, and today or
    /// before; absent, today.
    #[serde(default)]
    #[schema(nullable = false)]
    pub effective_on: Option<Day>,
}

/// Lift a denial
///
/// From its day on the customer's side is served again. The denial stays on record.
#[utoipa::path(
    tag = "contracts",
    params(("id" = ContractId, Path, description = "The contract"), ("denial" = DenialId, Path, description = "The denial"), KeyParam),
    request_body = LiftDenial,
    responses(
        (status = 201, description = "The lifting; the ETag is the denial's", body = LiftingView),
        (status = 409, description = "`state_conflict`: it is lifted already", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[post("/contracts/{id}/denials/{denial}/liftings")]
pub async fn lift_denial(
    app: App,
    caller: Caller<Manages>,
    Path((id, denial)): Path<(Id<Contract>, DenialId)>,
    key: Key,
    Json(body): Json<LiftDenial>,
) -> Result<Reply> {
    let claim = (*caller).clone();
    app.write(key, move |tx| {
        let (now, today) = (tx.now, tx.today());
        let actor = prove(tx, &claim, now)?;
        let (_, span) = store::contract_on(tx, id, today)?.ok_or(Refusal::NotFound)?;
        store::denial(tx, id, denial)?.ok_or(Refusal::NotFound)?;
        tx.once()?;
        // With the contract's row held, it cannot be lifted twice at once.
        store::touch_contract(tx, id, now)?;
        let (row, _) = store::denial(tx, id, denial)?.ok_or(Refusal::NotFound)?;
        if row.lifted_on.is_some() {
            let lifted = Word::Each { ja: "解除済み".to_owned(), en: "lifted".to_owned() };
            return Err(Problem::from(Refusal::StateConflict).with("state", lifted));
        }
        let effective_on = body.effective_on.map_or(today, Day::date);
        if effective_on > today {
            return Err(Problem::fault("/effective_on", "in_the_future"));
        }
        if effective_on < row.effective_on {
            return Err(Problem::fault("/effective_on", "ends_before_start"));
        }
        let lifted_by = Id::new(actor.id);
        let lifting = LiftingRow {
            id: tx.new_id(),
            denial_id: denial,
            reason: body.reason,
            effective_on,
            lifted_by,
            recorded_at: now,
        };
        store::insert_lifting(tx, &lifting)?;
        let data = json!({
            "code": row.code.as_str(), "effective_on": Day::from(effective_on),
            "product": id_or_null(row.product_id), "inquiry": id_or_null(row.inquiry_id),
        });
        let told_to = told_to(tx, &actor, &row, &span)?;
        let event = NewEvent::by(&actor, EventType::DenialLifted, Subject::new("denial", denial), data);
        let reply = Reply::created(&format!("/v1/contracts/{id}/denials/{denial}"), &LiftingView::from(lifting))?;
        Ok(Change::new(reply.tagged(super::LIFTED), event.on(id, told_to)))
    })
    .await
}
