//! `PUT /v1/contracts/by-support-id/{support_id}`: the nightly sync registers what is new and
//! changes what differs, by the ID on the customer's papers.

use actix_web::put;

use super::change::{self, Wanted};
use super::model::reported_from;
use super::register::{self, RegisterContract, known_terms};
use super::store::{self, ContractRow};
use super::{Contract, WritesContracts, view};
use crate::app::{App, Tx};
use crate::auth::claim::Caller;
use crate::auth::proof::{Actor, prove};
use crate::db::dialect;
use crate::db::types::Id;
use crate::events::model::Change;
use crate::http::text::SupportId;
use crate::http::{IfMatch, IfMatchParam, Json, Key, Path, Problem, ProblemView, Refusal, Reply, Result};

/// What came of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// It is new.
    Registered(Id<Contract>),
    /// It is another than it was.
    Changed(Id<Contract>),
    /// It was that already.
    Unchanged(Id<Contract>),
}

/// Register or change a contract by its ID
///
/// For scripts that keep contracts in step with another system. The contract with this maintenance
/// ID or contract ID becomes what the body says, as of today; without one it is registered, and
/// the body then names the ID. A term that is yet to come, of a contract whose present one has
/// begun, is a renewal: term, products, services and reseller are then as said from its first day,
/// and as they are until then. What the body leaves out of its optional members stays as it is. A
/// body that says nothing new makes no event and no new version.
#[utoipa::path(
    tag = "contracts",
    params(
        ("support_id" = SupportId, Path, description = "The contract's maintenance ID or contract ID"),
        IfMatchParam,
    ),
    request_body = RegisterContract,
    responses(
        (status = 200, description = "The contract, changed or as it was", body = view::ContractView),
        (status = 201, description = "The contract, registered", body = view::ContractView),
        (status = 409, description = "`support_id_taken`: an ID is another contract's; `last_system_administrator`: the list of administrators is empty and the contract has some", body = ProblemView, content_type = "application/problem+json"),
        (status = 422, description = "`program_provision_not_offered`: programs are provided for software only; `validation_failed`: `one_of_required`, `not_allowed_here` when the body's IDs are not the path's, `unknown_reference`, `ends_before_start`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []), ("client" = ["contracts:write"]))
)]
#[put("/contracts/by-support-id/{support_id}")]
pub async fn put_contract(
    app: App,
    caller: Caller<WritesContracts>,
    Path(support_id): Path<SupportId>,
    expected: IfMatch,
    Json(body): Json<RegisterContract>,
) -> Result<Reply> {
    let claim = (*caller).clone();
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        let actor = prove(tx, &claim, now)?;
        dialect::hold_named(tx, support_id.as_bytes())?; // of two syncs at once the second finds what the first made
        let found = store::contract_of(tx, &support_id)?;
        put(tx, Some(&actor), found, Some(&support_id), &expected, body)?.map(|done| match done {
            Put::Registered(id) => register::created(tx, &actor, id),
            Put::Changed(id) | Put::Unchanged(id) => change::shown(tx, &actor, id),
        })
    })
    .await
}

/// Registers a contract, or makes the one that was found what the body says.
pub fn put(
    tx: &mut Tx<'_>,
    actor: Option<&Actor>,
    found: Option<Id<Contract>>,
    named_by: Option<&SupportId>,
    expected: &IfMatch,
    body: RegisterContract,
) -> Result<Change<Put>> {
    let Some(id) = found else {
        expected.holds_for_nothing()?;
        let ids = [&body.maintenance_id, &body.contract_id];
        if let Some(named_by) = named_by
            && ids.iter().any(|id| id.is_some())
            && !ids.contains(&&Some(named_by.clone()))
        {
            return Err(not_the_paths());
        }
        return register::register(tx, actor, body)?.map(|id| Ok(Put::Registered(id)));
    };
    let today = tx.today();
    let (row, _) = store::contract_on(tx, id, today)?.ok_or(Refusal::NotFound)?;
    expected.holds(row.version)?;
    let effective_on = reported_from(&store::ledger(tx, id)?, today, body.starts_on.date());
    let wanted = wanted(row.clone(), body, effective_on)?;
    let ids = [&wanted.row.maintenance_id, &wanted.row.contract_id];
    if named_by.is_some_and(|named_by| !ids.contains(&&Some(named_by.clone()))) {
        return Err(not_the_paths());
    }
    match change::change(tx, actor, &row, wanted)? {
        Some(change) => change.map(|()| Ok(Put::Changed(id))),
        None => Ok(Change::silent(Put::Unchanged(id), "nothing differs")),
    }
}

fn wanted(row: ContractRow, body: RegisterContract, effective_on: time::Date) -> Result<Wanted> {
    let terms_version = match &body.terms_version {
        Some(version) => known_terms(Some(version.clone()))?,
        None => row.terms_version.clone(),
    };
    Ok(Wanted {
        facts: body.facts(),
        effective_on,
        administrators: body.administrators,
        row: ContractRow {
            maintenance_id: body.maintenance_id.or(row.maintenance_id),
            contract_id: body.contract_id.or(row.contract_id),
            customer_name: body.customer.name,
            site_country: body.site_country,
            partner_access: body.partner_access,
            terms_version,
            ..row
        },
    })
}

fn not_the_paths() -> Problem {
    Problem::fault("/maintenance_id", "not_allowed_here")
}
