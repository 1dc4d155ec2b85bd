//! `POST /v1/contracts/{id}/successions`: another contract goes on in a contract's place.
//!
//! From the successor's first day its customer finds accounts, inquiries and decisions there, and
//! the old IDs are answered by it. That day is not waited for by a worker: the first call of a day
//! carries out what is due (see [`App::read`]).

use actix_web::post;
use serde::Deserialize;
use serde_json::json;
use time::{Date, Duration};
use utoipa::ToSchema;
use validator::Validate;

use super::history::{self, ContractChangeView};
use super::ledger::NewLine;
use super::model::{Facts, standing_on};
use super::store::{self, ContractRow, SuccessionRow};
use super::{Contract, ContractId, Manages, told};
use crate::accounts::store::people;
use crate::app::{App, Tx};
use crate::auth::claim::Caller;
use crate::auth::proof::{Actor, prove};
use crate::closures;
use crate::db::types::{Id, Instant};
use crate::db::{Connection, dialect};
use crate::events::model::{Change, Subject};
use crate::http::problem::Word;
use crate::http::text::Day;
use crate::http::{
    IfMatch, Json, Key, KeyParam, Path, Problem, ProblemView, Refusal, Reply, RequiredIfMatchParam, Result,
};
use crate::inquiries;
use crate::subscriptions;
use crate::terms::codes::{ChangeKind, EventType};

/// The contract that goes on.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SucceedContract {
    /// The successor: registered already, and from its first day on in this one's place.
    pub contract: ContractId,
}

/// Let another contract go on in a contract's place
///
/// Until the successor's first day nothing changes. From then on the accounts, the inquiries and
/// the decisions are the successor's, this contract's IDs are answered by it, and its history holds
/// this one's. The answer is the new line of this contract's history, with its new entity tag.
#[utoipa::path(
    tag = "contracts",
    params(("id" = ContractId, Path, description = "The contract"), RequiredIfMatchParam, KeyParam),
    request_body = SucceedContract,
    responses(
        (status = 201, description = "The line of the history", body = ContractChangeView),
        (status = 409, description = "`state_conflict`: it has a successor already", body = ProblemView, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed` at `/contract`: `unknown_reference`, or `not_allowed_here` for the contract itself and for one that it goes on for, now or some day", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[post("/contracts/{id}/successions")]
pub async fn succeed_contract(
    app: App,
    caller: Caller<Manages>,
    Path(id): Path<Id<Contract>>,
    key: Key,
    expected: IfMatch,
    Json(body): Json<SucceedContract>,
) -> Result<Reply> {
    let expected = expected.required()?;
    let claim = (*caller).clone();
    app.write(key, move |tx| {
        let (now, today) = (tx.now, tx.today());
        let actor = prove(tx, &claim, now)?;
        let (row, _) = store::contract_on(tx, id, today)?.ok_or(Refusal::NotFound)?;
        tx.once()?;
        expected.holds(row.version)?;
        hold(tx)?; // of two that would make a circle the second finds the first
        succeed(tx, &actor, &row, body.contract)
    })
    .await
}

fn succeed(tx: &mut Tx<'_>, actor: &Actor, row: &ContractRow, successor: ContractId) -> Result<Change<Reply>> {
    if store::successor_of(tx, row.id)?.is_some() {
        return Err(Problem::from(Refusal::StateConflict).with("state", Word::label(ChangeKind::Succeeded)));
    }
    let ledger = store::ledger(tx, successor)?;
    let Some(standing) = standing_on(&ledger, tx.today()) else {
        return Err(Problem::fault("/contract", "unknown_reference"));
    };
    let mut last = Some(successor);
    while let Some(contract) = last {
        if contract == row.id {
            return Err(Problem::fault("/contract", "not_allowed_here"));
        }
        last = store::successor_of(tx, contract)?;
    }
    let effective_on = standing.starts_on;
    let line = NewLine { kind: ChangeKind::Succeeded, effective_on, reason: None, facts: Facts::default() };
    let (line, reseller) = history::write(tx, row, line)?;
    let succession = SuccessionRow {
        contract_id: row.id,
        successor_id: successor,
        effective_on,
        recorded_at: tx.now,
        carried_at: None,
    };
    store::insert_succession(tx, &succession)?;
    let data = json!({ "successor": successor, "effective_on": Day::from(effective_on) });
    let event = told(Some(actor), EventType::ContractSucceeded, Subject::new("contract", row.id), data);
    let change = Change::new((), event.on(row.id, reseller));
    let change = if effective_on <= tx.today() { carry(tx, &succession, change)? } else { change };
    change.map(|()| history::succeeded(line, Some(successor), actor, row.version))
}

/// How long after it was carried out a succession is looked at again, for what began before and
/// was written after.
const LOOKED_AT_AGAIN: Duration = Duration::DAY;

/// Whether a succession's day has come and it is not carried out yet.
pub fn any_due(db: &mut Connection, today: Date) -> Result<bool> {
    Ok(!store::due_successions(db, today, Instant::from_micros(i64::MAX))?.is_empty())
}

/// Whether a worker has anything to do: what is due, or was carried out a short time ago.
pub fn any_to_look_at(db: &mut Connection, today: Date, now: Instant) -> Result<bool> {
    Ok(!store::due_successions(db, today, now.plus(-LOOKED_AT_AGAIN))?.is_empty())
}

/// Carries out every succession whose day has come.
pub fn carry_due(tx: &mut Tx<'_>) -> Result<Change<()>> {
    hold(tx)?;
    let (now, today) = (tx.now, tx.today());
    let mut change = Change::silent((), "each succession has an event of its own");
    for row in store::due_successions(tx, today, now.plus(-LOOKED_AT_AGAIN))? {
        change = carry(tx, &row, change)?;
    }
    Ok(change)
}

/// Moves what belongs to a contract to its successor.
fn carry(tx: &mut Tx<'_>, row: &SuccessionRow, change: Change<()>) -> Result<Change<()>> {
    let (from, to, now) = (row.contract_id, row.successor_id, tx.now);
    let accounts = people::carry_links(tx, from, to)?;
    let moved = inquiries::store::contract::carry(tx, from, to, now)?;
    closures::store::carry(tx, from, to)?;
    let change = subscriptions::carry(tx, from, to, change)?;
    store::carry_denials(tx, from, to)?;
    store::answer_by(tx, from, to)?;
    if row.carried_at.is_some() {
        return Ok(change); // told when it was first carried out
    }
    store::set_carried(tx, from, now)?;
    let data = json!({
        "predecessor": from, "effective_on": Day::from(row.effective_on),
        "internal": { "accounts": accounts, "inquiries": moved },
    });
    let ledger = store::ledger(tx, to)?;
    let reseller = super::ledger::reseller_today(tx, &ledger);
    let event = told(None, EventType::ContractSucceeded, Subject::new("contract", to), data);
    Ok(change.and(event.on(to, reseller)))
}

fn hold(tx: &mut Tx<'_>) -> Result<()> {
    Ok(dialect::hold_named(tx, b"contract successions")?)
}
