//! Lists of those who may sign in, and each of them.

use actix_web::get;
use serde::Deserialize;
use utoipa::IntoParams;

use super::clients::{self, ManagesClients};
use super::members::{self, ManagesAccounts};
use super::staff::{self, ManagesStaff};
use super::store::{clients as client_store, people, staff as staff_store};
use super::view::{ClientPage, ClientSummary, ClientView, ContractAccountPage, MemberView, StaffPage, StaffView};
use super::{AccountId, ClientId, StaffId};
use crate::app::App;
use crate::auth::claim::Caller;
use crate::auth::proof::prove;
use crate::contracts::ContractId;
use crate::http::{AnyOf, List, NoFilter, PageParams, Path, Refusal, Reply, Result};
use crate::terms::codes::AccountState;

/// Which of a contract's accounts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MemberFilter {
    /// Only these states, with commas between.
    #[param(nullable = false, value_type = Option<String>, max_length = 100, example = "awaiting_approval")]
    state: Option<AnyOf<AccountState>>,
}

/// List the desk's people
///
/// Everybody who was ever added, newest first.
#[utoipa::path(
    tag = "staff",
    params(PageParams),
    responses((status = 200, description = "A page of the desk's people", body = StaffPage)),
    security(("staff" = []))
)]
#[get("/staff")]
pub async fn list_staff(
    app: App,
    caller: Caller<ManagesStaff>,
    List(NoFilter {}, page): List<NoFilter>,
) -> Result<Reply> {
    let now = app.now();
    app.read(move |db| {
        prove(db, &caller, now)?;
        let mut rows = staff_store::list(db, &page)?;
        let next = page.cut(&mut rows, |row| (row.created_at, row.id));
        StaffPage::reply(rows.into_iter().map(StaffView::from).collect(), next, &page)
    })
    .await
}

/// Get a person of the desk
///
/// The entity tag is what a change or the end of the access asks for.
#[utoipa::path(
    tag = "staff",
    params(("id" = StaffId, Path, description = "The person.")),
    responses((status = 200, description = "The person", body = StaffView)),
    security(("staff" = []))
)]
#[get("/staff/{id}")]
pub async fn get_staff(app: App, caller: Caller<ManagesStaff>, Path(id): Path<StaffId>) -> Result<Reply> {
    let now = app.now();
    app.read(move |db| {
        prove(db, &caller, now)?;
        staff::told(Reply::ok, staff_store::find(db, id)?.ok_or(Refusal::NotFound)?)
    })
    .await
}

/// List a contract's accounts
///
/// Everybody who is or was linked to the contract, newest link first.
#[utoipa::path(
    tag = "accounts",
    params(("id" = ContractId, Path, description = "The contract."), MemberFilter, PageParams),
    responses((status = 200, description = "A page of the contract's accounts", body = ContractAccountPage)),
    security(("customer" = []), ("staff" = []))
)]
#[get("/contracts/{id}/accounts")]
pub async fn list_contract_accounts(
    app: App,
    caller: Caller<ManagesAccounts>,
    Path(id): Path<ContractId>,
    List(filter, page): List<MemberFilter>,
) -> Result<Reply> {
    let now = app.now();
    app.read(move |db| {
        let outside = members::manager_of(db, &caller, id, now)?.is_outside();
        let states = filter.state.map(|states| states.0).unwrap_or_default();
        let mut rows = people::members(db, id, &states, &page)?;
        let next = page.cut(&mut rows, |row| (row.linked_since, row.account));
        ContractAccountPage::reply(rows.into_iter().map(|row| MemberView::seen(row, outside)).collect(), next, &page)
    })
    .await
}

/// Get an account of a contract
///
/// The account as far as this contract is concerned.
#[utoipa::path(
    tag = "accounts",
    params(("id" = ContractId, Path, description = "The contract."), ("account" = AccountId, Path, description = "The account.")),
    responses((status = 200, description = "The account", body = MemberView)),
    security(("customer" = []), ("staff" = []))
)]
#[get("/contracts/{id}/accounts/{account}")]
pub async fn get_contract_account(
    app: App,
    caller: Caller<ManagesAccounts>,
    Path((id, account)): Path<(ContractId, AccountId)>,
) -> Result<Reply> {
    let now = app.now();
    app.read(move |db| {
        let actor = members::manager_of(db, &caller, id, now)?;
        MemberView::told(Reply::ok, &actor, people::member(db, id, account)?.ok_or(Refusal::NotFound)?)
    })
    .await
}

/// List the clients
///
/// Deactivated ones too, newest first.
#[utoipa::path(
    tag = "clients",
    params(PageParams),
    responses((status = 200, description = "A page of clients", body = ClientPage)),
    security(("staff" = []))
)]
#[get("/clients")]
pub async fn list_clients(
    app: App,
    caller: Caller<ManagesClients>,
    List(NoFilter {}, page): List<NoFilter>,
) -> Result<Reply> {
    let now = app.now();
    app.read(move |db| {
        prove(db, &caller, now)?;
        let mut rows = client_store::list(db, &page)?;
        let next = page.cut(&mut rows, |row| (row.created_at, row.id));
        ClientPage::reply(rows.into_iter().map(ClientSummary::from).collect(), next, &page)
    })
    .await
}

/// Get a client
///
/// With its scopes and the names of its secrets.
#[utoipa::path(
    tag = "clients",
    params(("id" = ClientId, Path, description = "The client.")),
    responses((status = 200, description = "The client", body = ClientView)),
    security(("staff" = []))
)]
#[get("/clients/{id}")]
pub async fn get_client(app: App, caller: Caller<ManagesClients>, Path(id): Path<ClientId>) -> Result<Reply> {
    let now = app.now();
    app.read(move |db| {
        prove(db, &caller, now)?;
        clients::told(db, id)
    })
    .await
}
