//! `/v1/contracts/{id}/administrators`: the system administrators whom the customer appoints
//! (PRE-1-C2).

use actix_web::{delete, get, post, put};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::ledger;
use super::register::{NameAdministrator, new_administrator};
use super::store::{self, AdministratorRow};
use super::{Administrator, AdministratorId, Contract, ContractId, told};
use crate::app::{App, Tx};
use crate::auth::claim::{Caller, Gate, Privilege};
use crate::auth::proof::{Actor, prove};
use crate::calendar::model::tokyo_date;
use crate::db::Connection;
use crate::db::types::{Id, Instant};
use crate::events::model::{Change, NewEvent, Subject};
use crate::http::text::{EmailAddress, Name};
use crate::http::{
    IfMatch, Json, Key, KeyParam, List, NoFilter, PageParams, Path, ProblemView, Refusal, Reply, RequiredIfMatchParam,
    Result,
};
use crate::page;
use crate::terms::codes::{CallerKind, EventType};

/// Keeps a contract's system administrators: the desk, and customers who are such.
#[derive(Debug)]
pub struct KeepsAdministrators;
impl Privilege for KeepsAdministrators {
    const GATE: Gate = Gate::shut().customer().agent();
}

/// A system administrator of a contract.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Administrator)]
pub struct AdministratorView {
    /// Its id.
    pub id: AdministratorId,
    /// The person's name.
    #[schema(example = "田中 一郎")]
    pub name: Name,
    /// The person's address.
    pub email: EmailAddress,
    /// Its version, as in the entity tag.
    #[schema(minimum = 1)]
    pub version: i32,
    /// When the person was named.
    pub created_at: Instant,
    /// When it was last changed.
    pub changed_at: Instant,
}

page!(
    /// A page of a contract's system administrators.
    AdministratorPage of AdministratorView
);

/// List the system administrators
///
/// Newest first. A customer must be one of them.
#[utoipa::path(
    tag = "administrators",
    params(("id" = ContractId, Path, description = "The contract"), PageParams),
    responses((status = 200, description = "A page of administrators", body = AdministratorPage)),
    security(("customer" = []), ("staff" = []))
)]
#[get("/contracts/{id}/administrators")]
pub async fn list_administrators(
    app: App,
    caller: Caller<KeepsAdministrators>,
    Path(id): Path<Id<Contract>>,
    List(NoFilter {}, page): List<NoFilter>,
) -> Result<Reply> {
    let (claim, now) = ((*caller).clone(), app.now());
    app.read(move |db| {
        let actor = prove(db, &claim, now)?;
        may_keep(db, &actor, id, now)?;
        let mut rows = store::administrator_page(db, id, &page)?;
        let next = page.cut(&mut rows, |row| (row.created_at, row.id));
        AdministratorPage::reply(rows.into_iter().map(view).collect(), next, &page)
    })
    .await
}

/// Name a system administrator
///
/// The address is compared in lower case. A customer must be an administrator of the contract.
#[utoipa::path(
    tag = "administrators",
    params(("id" = ContractId, Path, description = "The contract"), KeyParam),
    request_body = NameAdministrator,
    responses(
        (status = 201, description = "The administrator", body = AdministratorView),
        (status = 409, description = "`already_exists`: the address is an administrator's", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("staff" = []))
)]
#[post("/contracts/{id}/administrators")]
pub async fn name_administrator(
    app: App,
    caller: Caller<KeepsAdministrators>,
    Path(id): Path<Id<Contract>>,
    key: Key,
    Json(body): Json<NameAdministrator>,
) -> Result<Reply> {
    let claim = (*caller).clone();
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &claim, now)?;
        may_keep(tx, &actor, id, now)?;
        tx.once()?;
        store::touch_contract(tx, id, now)?;
        let row = new_administrator(tx, id, &body);
        store::insert_administrator(tx, &row)?;
        let event = event(tx, &actor, id)?;
        let place = format!("/v1/contracts/{id}/administrators/{}", row.id);
        let reply = Reply::created(&place, &view(row))?.tagged(1);
        Ok(Change::new(reply, event))
    })
    .await
}

/// Get a system administrator
///
/// A customer must be an administrator of the contract.
#[utoipa::path(
    tag = "administrators",
    params(
        ("id" = ContractId, Path, description = "The contract"),
        ("administrator" = AdministratorId, Path, description = "The administrator"),
    ),
    responses((status = 200, description = "The administrator", body = AdministratorView)),
    security(("customer" = []), ("staff" = []))
)]
#[get("/contracts/{id}/administrators/{administrator}")]
pub async fn get_administrator(
    app: App,
    caller: Caller<KeepsAdministrators>,
    Path((id, administrator)): Path<(Id<Contract>, Id<Administrator>)>,
) -> Result<Reply> {
    let (claim, now) = ((*caller).clone(), app.now());
    app.read(move |db| {
        let actor = prove(db, &claim, now)?;
        may_keep(db, &actor, id, now)?;
        let row = store::administrator(db, id, administrator)?.ok_or(Refusal::NotFound)?;
        let version = row.version;
        Ok(Reply::ok(&view(row))?.tagged(version))
    })
    .await
}

/// Change a system administrator
///
/// Another person may take the place.
#[utoipa::path(
    tag = "administrators",
    params(
        ("id" = ContractId, Path, description = "The contract"),
        ("administrator" = AdministratorId, Path, description = "The administrator"),
        RequiredIfMatchParam,
    ),
    request_body = NameAdministrator,
    responses(
        (status = 200, description = "The administrator", body = AdministratorView),
        (status = 409, description = "`already_exists`: the address is another administrator's", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("staff" = []))
)]
#[put("/contracts/{id}/administrators/{administrator}")]
pub async fn change_administrator(
    app: App,
    caller: Caller<KeepsAdministrators>,
    Path((id, administrator)): Path<(Id<Contract>, Id<Administrator>)>,
    expected: IfMatch,
    Json(body): Json<NameAdministrator>,
) -> Result<Reply> {
    let expected = expected.required()?;
    let claim = (*caller).clone();
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        let actor = prove(tx, &claim, now)?;
        may_keep(tx, &actor, id, now)?;
        let before = store::administrator(tx, id, administrator)?.ok_or(Refusal::NotFound)?;
        expected.holds(before.version)?;
        if (&before.name, &before.email) == (&body.name, &body.email) {
            let version = before.version;
            return Ok(Change::silent(Reply::ok(&view(before))?.tagged(version), "nothing differs"));
        }
        store::touch_contract(tx, id, now)?;
        let version = before.version.saturating_add(1);
        let row = AdministratorRow { name: body.name, email: body.email, version, changed_at: now, ..before.clone() };
        store::update_administrator(tx, before.version, &row)?;
        let event = event(tx, &actor, id)?;
        Ok(Change::new(Reply::ok(&view(row))?.tagged(version), event))
    })
    .await
}

/// Remove a system administrator
///
/// The last one cannot go: a contract that has an administrator keeps one (PRE-1-C2).
#[utoipa::path(
    tag = "administrators",
    params(
        ("id" = ContractId, Path, description = "The contract"),
        ("administrator" = AdministratorId, Path, description = "The administrator"),
        RequiredIfMatchParam,
    ),
    responses(
        (status = 204, description = "Removed"),
        (status = 409, description = "`last_system_administrator`: no other would be left", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("staff" = []))
)]
#[delete("/contracts/{id}/administrators/{administrator}")]
pub async fn remove_administrator(
    app: App,
    caller: Caller<KeepsAdministrators>,
    Path((id, administrator)): Path<(Id<Contract>, Id<Administrator>)>,
    expected: IfMatch,
) -> Result<Reply> {
    let expected = expected.required()?;
    let claim = (*caller).clone();
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        let actor = prove(tx, &claim, now)?;
        may_keep(tx, &actor, id, now)?;
        let row = store::administrator(tx, id, administrator)?.ok_or(Refusal::NotFound)?;
        expected.holds(row.version)?;
        // With the contract's row held, two removals cannot both find the other one left.
        store::touch_contract(tx, id, now)?;
        if store::administrator_count(tx, id)? <= 1 {
            return Err(Refusal::LastSystemAdministrator.into());
        }
        store::delete_administrator(tx, &row)?;
        let event = event(tx, &actor, id)?;
        Ok(Change::new(Reply::no_content(), event))
    })
    .await
}

/// 404 for a contract that the caller may not see, 403 for a customer who is no administrator of it.
fn may_keep(connection: &mut Connection, actor: &Actor, id: Id<Contract>, now: Instant) -> Result<()> {
    let found = store::contract_on(connection, id, tokyo_date(now.to_datetime()))?;
    found.filter(|(row, span)| actor.may_see(row.id, span.reseller_id)).ok_or(Refusal::NotFound)?;
    if actor.kind == CallerKind::Customer && !store::is_administrator(connection, id, Id::new(actor.id))? {
        return Err(Refusal::Forbidden.into());
    }
    Ok(())
}

fn event(tx: &mut Tx<'_>, actor: &Actor, id: Id<Contract>) -> Result<NewEvent> {
    let count = store::administrator_count(tx, id)?;
    let ledger = store::ledger(tx, id)?;
    let reseller = ledger::reseller_today(tx, &ledger);
    let data = json!({ "changed": ["administrators"], "administrators": count });
    Ok(told(Some(actor), EventType::ContractChanged, Subject::new("contract", id), data).on(id, reseller))
}

fn view(row: AdministratorRow) -> AdministratorView {
    AdministratorView {
        id: row.id,
        name: row.name,
        email: row.email,
        version: row.version,
        created_at: row.created_at,
        changed_at: row.changed_at,
    }
}
