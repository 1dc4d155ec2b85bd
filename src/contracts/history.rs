//! `GET /v1/contracts/{id}/history`: the ledger of a contract, line by line.

use actix_web::get;
use serde::Serialize;
use utoipa::ToSchema;

use super::ledger::{self, NewLine};
use super::store::{self, ChangeRow, ContractRow};
use super::{Contract, ContractChangeId, ContractId, ProductId, Reseller, ResellerId, refusal};
use crate::app::{App, Tx};
use crate::auth::claim::{Caller, Gate, Header, Privilege, SupportIdParam};
use crate::auth::proof::{Actor, prove};
use crate::calendar::model::tokyo_date;
use crate::db::types::{Id, Instant};
use crate::http::text::{Day, Reason};
use crate::http::{List, NoFilter, PageParams, Path, ProblemView, Refusal, Reply, Result};
use crate::page;
use crate::terms::codes::{ChangeKind, Scope, Service};

/// Reads a contract's history: people and partners, no scripts.
#[derive(Debug)]
pub struct ReadsHistory;
impl Privilege for ReadsHistory {
    const GATE: Gate = Gate::shut().customer().partner(Scope::ContractsRead, Header::Required).agent();
}

/// What a line of a contract's history says; what it does not name stayed as it was.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContractFacts {
    /// The first day of the term.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub starts_on: Option<Day>,
    /// The last day of the term.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ends_on: Option<Day>,
    /// The products covered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 100)]
    pub product_ids: Option<Vec<ProductId>>,
    /// The services included.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 3)]
    pub services: Option<Vec<Service>>,
    /// The reseller; null for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ResellerId>)]
    pub reseller_id: Option<Option<ResellerId>>,
    /// Whether the contract rests.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub suspended: Option<bool>,
}

/// A line of a contract's history. Lines are never changed: a correction is a later line.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ContractChange)]
pub struct ContractChangeView {
    /// Its id.
    pub id: ContractChangeId,
    /// The contract: this one, or one in whose place it goes on.
    pub contract: ContractId,
    /// How it came to be.
    pub kind: ChangeKind,
    /// The day from which it holds.
    pub effective_on: Day,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// What it says.
    pub facts: ContractFacts,
    /// With `succeeded`, the contract that goes on from that day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub successor: Option<ContractId>,
    /// Why; the desk alone sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<Reason>,
}

page!(
    /// A page of a contract's history.
    ContractChangePage of ContractChangeView
);

/// List the history of a contract
///
/// The line recorded last comes first. Of several lines for the same day the one recorded last
/// counts. Lines of contracts in whose place this one goes on are among them.
#[utoipa::path(
    tag = "contracts",
    params(("id" = ContractId, Path, description = "The contract"), PageParams, SupportIdParam),
    responses(
        (status = 200, description = "A page of the history", body = ContractChangePage),
        (status = 403, description = "`contract_not_started`: the customer's side reads it from the first day on", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("staff" = []), ("client" = ["contracts:read"]))
)]
#[get("/contracts/{id}/history")]
pub async fn list_contract_changes(
    app: App,
    caller: Caller<ReadsHistory>,
    Path(id): Path<Id<Contract>>,
    List(NoFilter {}, page): List<NoFilter>,
) -> Result<Reply> {
    let (claim, now, desk) = ((*caller).clone(), app.now(), app.config().desk_contact());
    app.read(move |db| {
        let actor = prove(db, &claim, now)?;
        let found = store::contract_on(db, id, tokyo_date(now.to_datetime()))?;
        found.filter(|(row, span)| actor.may_see(row.id, span.reseller_id)).ok_or(Refusal::NotFound)?;
        refusal::reads_history(db, &actor, &desk)?;
        let mut all = store::predecessors_of(db, id)?;
        all.push(id);
        let mut rows = store::change_page(db, &all, &page)?;
        let next = page.cut(&mut rows, |row| (row.recorded_at, row.id));
        let successors = store::successors_of(db, &all)?;
        let successor =
            |of: Id<Contract>| successors.iter().find(|(contract, _)| *contract == of).map(|(_, successor)| *successor);
        let items = rows.into_iter().map(|row| view(successor(row.contract_id), row, &actor)).collect();
        ContractChangePage::reply(items, next, &page)
    })
    .await
}

/// Counts the contract's version up and adds a line to its ledger; gives the reseller whose feed
/// tells of it, too. 412 when the contract has moved on.
pub fn write(tx: &mut Tx<'_>, row: &ContractRow, line: NewLine) -> Result<(ChangeRow, Option<Id<Reseller>>)> {
    let next = ContractRow { version: row.version.saturating_add(1), changed_at: tx.now, ..row.clone() };
    store::update_contract(tx, row, &next)?;
    ledger::append(tx, row.id, line)
}

/// The answer to an act that left a line, with the version that the contract has now.
pub fn recorded(line: ChangeRow, actor: &Actor, version_before: i32) -> Result<Reply> {
    succeeded(line, None, actor, version_before)
}

/// The same where the line says that another contract goes on.
pub fn succeeded(line: ChangeRow, successor: Option<ContractId>, actor: &Actor, version_before: i32) -> Result<Reply> {
    let place = format!("/v1/contracts/{}/history", line.contract_id);
    Ok(Reply::created(&place, &view(successor, line, actor))?.tagged(version_before.saturating_add(1)))
}

fn view(successor: Option<ContractId>, row: ChangeRow, actor: &Actor) -> ContractChangeView {
    let facts = row.facts.0;
    ContractChangeView {
        id: row.id,
        contract: row.contract_id,
        kind: row.kind,
        effective_on: row.effective_on.into(),
        recorded_at: row.recorded_at,
        facts: ContractFacts {
            starts_on: facts.starts_on,
            ends_on: facts.ends_on,
            product_ids: facts.product_ids,
            services: facts.services,
            reseller_id: facts.reseller_id,
            suspended: facts.suspended,
        },
        successor: successor.filter(|_| row.kind == ChangeKind::Succeeded),
        reason: row.reason.filter(|_| !actor.is_outside()),
    }
}
