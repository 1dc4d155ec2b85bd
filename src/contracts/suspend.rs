//! `POST /v1/contracts/{id}/suspensions` and `/resumptions`: a contract rests, and goes on.

use actix_web::post;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;

use super::history::{self, ContractChangeView};
use super::ledger::NewLine;
use super::model::{Facts, facts_on, standing_on};
use super::store::{self, ChangeRow, ContractRow};
use super::{Contract, ContractId, Manages, told};
use crate::app::{App, Tx};
use crate::auth::claim::{Caller, Claim};
use crate::auth::proof::{Actor, prove};
use crate::db::types::Id;
use crate::events::model::{Change, Subject};
use crate::http::problem::Word;
use crate::http::text::{Day, Reason};
use crate::http::{
    IfMatch, Json, Key, KeyParam, Path, Problem, ProblemView, Refusal, Reply, RequiredIfMatchParam, Result,
};
use crate::terms::codes::{ChangeKind, Condition, EventType};

/// Why a contract rests or goes on, and from when.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuspendOrResume {
    /// Why; only the desk reads it.
    pub reason: Reason,
    /// The first day on which it rests or goes on; absent, today.
    #[serde(default)]
    #[schema(nullable = false)]
    pub effective_on: Option<Day>,
}

/// Suspend a contract
///
/// While it rests no inquiry can be opened on it; its history stays readable. The answer is the
/// new line of the contract's history, with the contract's new entity tag.
#[utoipa::path(
    tag = "contracts",
    params(("id" = ContractId, Path, description = "The contract"), RequiredIfMatchParam, KeyParam),
    request_body = SuspendOrResume,
    responses(
        (status = 201, description = "The line of the history", body = ContractChangeView),
        (status = 409, description = "`state_conflict`: it rests on that day already", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[post("/contracts/{id}/suspensions")]
pub async fn suspend_contract(
    app: App,
    caller: Caller<Manages>,
    Path(id): Path<Id<Contract>>,
    key: Key,
    expected: IfMatch,
    Json(body): Json<SuspendOrResume>,
) -> Result<Reply> {
    set(app, (*caller).clone(), id, key, expected, body, true).await
}

/// Resume a contract
///
/// The answer is the new line of the contract's history, with the contract's new entity tag.
#[utoipa::path(
    tag = "contracts",
    params(("id" = ContractId, Path, description = "The contract"), RequiredIfMatchParam, KeyParam),
    request_body = SuspendOrResume,
    responses(
        (status = 201, description = "The line of the history", body = ContractChangeView),
        (status = 409, description = "`state_conflict`: it does not rest on that day", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[post("/contracts/{id}/resumptions")]
pub async fn resume_contract(
    app: App,
    caller: Caller<Manages>,
    Path(id): Path<Id<Contract>>,
    key: Key,
    expected: IfMatch,
    Json(body): Json<SuspendOrResume>,
) -> Result<Reply> {
    set(app, (*caller).clone(), id, key, expected, body, false).await
}

async fn set(
    app: App,
    claim: Claim,
    id: Id<Contract>,
    key: Key,
    expected: IfMatch,
    body: SuspendOrResume,
    suspended: bool,
) -> Result<Reply> {
    let expected = expected.required()?;
    app.write(key, move |tx| {
        let (now, today) = (tx.now, tx.today());
        let actor = prove(tx, &claim, now)?;
        let (row, _) = store::contract_on(tx, id, today)?.ok_or(Refusal::NotFound)?;
        tx.once()?;
        expected.holds(row.version)?;
        set_suspended(tx, &actor, &row, body, suspended)?.map(|line| history::recorded(line, &actor, row.version))
    })
    .await
}

fn set_suspended(
    tx: &mut Tx<'_>,
    actor: &Actor,
    row: &ContractRow,
    body: SuspendOrResume,
    suspended: bool,
) -> Result<Change<ChangeRow>> {
    let effective_on = body.effective_on.map_or(tx.today(), Day::date);
    let ledger = store::ledger(tx, row.id)?;
    let held = facts_on(&ledger, effective_on).ok_or_else(|| Problem::bug("a contract without a ledger"))?;
    if held.suspended.unwrap_or(false) == suspended {
        let condition = match standing_on(&ledger, effective_on) {
            Some(standing) if !suspended => standing.condition,
            _ => Condition::Suspended,
        };
        return Err(Problem::from(Refusal::StateConflict).with("state", Word::label(condition)));
    }
    let (kind, event_type) = if suspended {
        (ChangeKind::Suspended, EventType::ContractSuspended)
    } else {
        (ChangeKind::Resumed, EventType::ContractResumed)
    };
    let facts = Facts { suspended: Some(suspended), ..Facts::default() };
    let line = NewLine { kind, effective_on, reason: Some(body.reason), facts };
    let (line, reseller) = history::write(tx, row, line)?;
    let data = json!({ "effective_on": Day::from(effective_on) });
    let event = told(Some(actor), event_type, Subject::new("contract", row.id), data);
    Ok(Change::new(line, event.on(row.id, reseller)))
}
