//! Every query that a permission rests on; of many customers at once in [`reached`].

pub mod reached;

use diesel::prelude::*;
use time::Date;
use uuid::Uuid;

use crate::accounts::{Account, Client, Session, Staff};
use crate::calendar::model::tokyo_date;
use crate::contracts::{Contract, Product, Reseller};
use crate::db::Connection;
use crate::db::schema::{
    account_links, client_scopes, clients, contract_spans, contract_successions, contracts, sessions, staff,
    support_ids,
};
use crate::db::types::{Doc, Id, Instant, sql};
use crate::http::Result;
use crate::http::text::SupportId;
use crate::terms::codes::{AccountState, Code, Condition, PartnerAccess, Role, Scope, Service, SupportIdKind};

#[diesel::declare_sql_function]
extern "SQL" {
    /// The first of the two that is not null.
    fn coalesce(first: diesel::sql_types::Nullable<sql::Id>, other: sql::Id) -> sql::Id;
}

/// The contract that an ID is answered by: its own, or the one that goes on in its place.
pub type Serving = coalesce<support_ids::successor_id, support_ids::contract_id>;

/// The contract that an ID is answered by, as a column of `support_ids`.
pub fn serving() -> Serving {
    coalesce(support_ids::successor_id, support_ids::contract_id)
}

/// A session that has not ended.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = sessions)]
pub struct LiveSession {
    /// The session.
    pub id: Id<Session>,
    /// The support ID that it is for; staff have none.
    pub support_id: Option<SupportId>,
}

/// The session, if it is this holder's and has not ended.
pub fn live_session(
    connection: &mut Connection,
    session: Id<Session>,
    holder: Uuid,
    now: Instant,
) -> Result<Option<LiveSession>> {
    Ok(sessions::table
        .find(session)
        .filter(sessions::holder_id.eq(Id::<Uuid>::new(holder)))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .select(LiveSession::as_select())
        .first(connection)
        .optional()?)
}

/// A contract as it stands on a day, found by one of its IDs or by its own id.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Presented {
    /// The contract.
    pub contract: Id<Contract>,
    /// Its maintenance ID.
    pub maintenance_id: Option<String>,
    /// Its contract ID.
    pub contract_id: Option<String>,
    /// The country of its site.
    pub site_country: String,
    /// What its reseller may see.
    pub partner_access: PartnerAccess,
    /// The terms it is served under.
    pub terms_version: String,
    /// Its condition.
    pub condition: Condition,
    /// The first day of its term.
    pub starts_on: Date,
    /// The last day of its term.
    pub ends_on: Date,
    /// Its reseller.
    pub reseller: Option<Id<Reseller>>,
    /// The products it covers.
    pub product_ids: Doc<Vec<Id<Product>>>,
    /// The services it includes.
    pub services: Doc<Vec<Service>>,
}

/// The columns of [`Presented`], in its order.
type PresentedColumns = (
    contracts::id,
    contracts::maintenance_id,
    contracts::contract_id,
    contracts::site_country,
    contracts::partner_access,
    contracts::terms_version,
    contract_spans::condition,
    contract_spans::starts_on,
    contract_spans::ends_on,
    contract_spans::reseller_id,
    contract_spans::product_ids,
    contract_spans::services,
);

const PRESENTED: PresentedColumns = (
    contracts::id,
    contracts::maintenance_id,
    contracts::contract_id,
    contracts::site_country,
    contracts::partner_access,
    contracts::terms_version,
    contract_spans::condition,
    contract_spans::starts_on,
    contract_spans::ends_on,
    contract_spans::reseller_id,
    contract_spans::product_ids,
    contract_spans::services,
);

/// The contract that an ID in its canonical form belongs to, as it stands at a moment.
pub fn presented(connection: &mut Connection, id: &SupportId, at: Instant) -> Result<Option<Presented>> {
    let day = tokyo_date(at.to_datetime());
    Ok(support_ids::table
        .find(id)
        .inner_join(contracts::table.on(contracts::id.eq(serving())))
        .inner_join(contract_spans::table.on(contract_spans::contract_id.eq(contracts::id)))
        .filter(contract_spans::from_on.le(day))
        .filter(contract_spans::until_on.gt(day))
        .select(PRESENTED)
        .first(connection)
        .optional()?)
}

/// The contract that an ID is answered by now.
pub fn serving_now(connection: &mut Connection, id: &SupportId) -> Result<Option<Id<Contract>>> {
    Ok(support_ids::table.find(id).select(serving()).first(connection).optional()?)
}

/// The contract that an ID was answered by at a moment, as it stood then: before the day on which
/// another went on in its place, its own.
pub fn presented_then(connection: &mut Connection, id: &SupportId, at: Instant) -> Result<Option<Presented>> {
    let day = tokyo_date(at.to_datetime());
    let own: Option<Id<Contract>> =
        support_ids::table.find(id).select(support_ids::contract_id).first(connection).optional()?;
    let Some(mut contract) = own else { return Ok(None) };
    while let Some(successor) = contract_successions::table
        .find(contract)
        .filter(contract_successions::effective_on.le(day))
        .select(contract_successions::successor_id)
        .first(connection)
        .optional()?
    {
        contract = successor; // there are no circles
    }
    contract_at(connection, contract, at)
}

/// The contract as it stands at a moment.
pub fn contract_at(connection: &mut Connection, contract: Id<Contract>, at: Instant) -> Result<Option<Presented>> {
    let day = tokyo_date(at.to_datetime());
    Ok(contracts::table
        .find(contract)
        .inner_join(contract_spans::table.on(contract_spans::contract_id.eq(contracts::id)))
        .filter(contract_spans::from_on.le(day))
        .filter(contract_spans::until_on.gt(day))
        .select(PRESENTED)
        .first(connection)
        .optional()?)
}

/// The same for several contracts.
pub fn contracts_at(connection: &mut Connection, ids: &[Id<Contract>], at: Instant) -> Result<Vec<Presented>> {
    let day = tokyo_date(at.to_datetime());
    Ok(contracts::table
        .filter(contracts::id.eq_any(ids))
        .inner_join(contract_spans::table.on(contract_spans::contract_id.eq(contracts::id)))
        .filter(contract_spans::from_on.le(day))
        .filter(contract_spans::until_on.gt(day))
        .select(PRESENTED)
        .load(connection)?)
}

/// How an account stands to a contract.
pub fn link_state(
    connection: &mut Connection,
    account: Id<Account>,
    contract: Id<Contract>,
) -> Result<Option<AccountState>> {
    Ok(account_links::table.find((account, contract)).select(account_links::state).first(connection).optional()?)
}

/// The role of somebody who is active at the desk.
pub fn active_role(connection: &mut Connection, person: Id<Staff>) -> Result<Option<Role>> {
    Ok(staff::table.find(person).filter(staff::active.eq(true)).select(staff::role).first(connection).optional()?)
}

/// A machine client that is active.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = clients)]
pub struct ActiveClient {
    /// The client.
    pub id: Id<Client>,
    /// Its reseller; an internal script has none.
    pub reseller_id: Option<Id<Reseller>>,
}

/// The client, if it is active.
pub fn active_client(connection: &mut Connection, client: Id<Client>) -> Result<Option<ActiveClient>> {
    Ok(clients::table
        .find(client)
        .filter(clients::active.eq(true))
        .select(ActiveClient::as_select())
        .first(connection)
        .optional()?)
}

/// Whether the client was granted the scope.
pub fn has_scope(connection: &mut Connection, client: Id<Client>, scope: Scope) -> Result<bool> {
    let found: Option<String> = client_scopes::table
        .find((client, scope.as_str()))
        .select(client_scopes::scope)
        .first(connection)
        .optional()?;
    Ok(found.is_some())
}

/// The scopes that the client was granted.
pub fn scopes_of(connection: &mut Connection, client: Id<Client>) -> Result<Vec<Scope>> {
    let granted = client_scopes::table.filter(client_scopes::client_id.eq(client)).select(client_scopes::scope);
    let granted: Vec<String> = granted.load(connection)?;
    Ok(granted.iter().filter_map(|scope| Scope::parse(scope)).collect())
}

/// A reseller's counter, for the contacts that a refusal names.
pub fn reseller_contact(
    connection: &mut Connection,
    reseller: Id<Reseller>,
) -> Result<Option<crate::contracts::model::Contact>> {
    use crate::db::schema::resellers;
    let found: Option<(String, String, String, String)> = resellers::table
        .find(reseller)
        .select((resellers::name, resellers::contact_name, resellers::contact_email, resellers::contact_phone))
        .first(connection)
        .optional()?;
    Ok(found.map(|(company, counter, email, phone)| crate::contracts::model::Contact {
        name: format!("{company} {counter}"),
        email: Some(email),
        phone: Some(phone),
    }))
}

/// Both kinds of ID, told apart by a word before them. An ID that is not the contract's own is one of
/// a contract in whose place it goes on.
pub fn kind_of(connection: &mut Connection, presented: &Presented, id: &SupportId) -> Result<SupportIdKind> {
    let own = |own: &Option<String>| own.as_deref() == Some(id);
    if own(&presented.maintenance_id) {
        return Ok(SupportIdKind::MaintenanceId);
    }
    if own(&presented.contract_id) {
        return Ok(SupportIdKind::ContractId);
    }
    let found: Option<SupportIdKind> =
        support_ids::table.find(id).select(support_ids::kind).first(connection).optional()?;
    Ok(found.unwrap_or(SupportIdKind::ContractId))
}

/// The name and address of an account.
pub fn account_name(connection: &mut Connection, account: Uuid) -> Result<Option<(String, String)>> {
    use crate::db::schema::accounts;
    Ok(accounts::table
        .find(Id::<Account>::new(account))
        .select((accounts::name, accounts::email))
        .first(connection)
        .optional()?)
}
