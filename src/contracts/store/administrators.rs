//! Queries of the system administrators named for a contract.

use diesel::prelude::*;

use super::{guarded, taken_is};
use crate::accounts::Account;
use crate::contracts::{Administrator, Contract};
use crate::db::Connection;
use crate::db::schema::{accounts, administrators};
use crate::db::types::{Id, Instant};
use crate::http::text::{EmailAddress, Name};
use crate::http::{Page, Refusal, Result};
use crate::{load_page, older};

/// A system administrator named for a contract.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = administrators)]
pub struct AdministratorRow {
    /// Its id.
    pub id: Id<Administrator>,
    /// The contract.
    pub contract_id: Id<Contract>,
    /// The person's name.
    pub name: Name,
    /// The person's address; unique in the contract.
    pub email: EmailAddress,
    /// Its version.
    pub version: i32,
    /// When the person was named.
    pub created_at: Instant,
    /// When it was last changed.
    pub changed_at: Instant,
}

/// How many system administrators the contract has; inquiries need one (PRE-1-C2).
pub fn administrator_count(connection: &mut Connection, contract: Id<Contract>) -> Result<i64> {
    Ok(administrators::table.filter(administrators::contract_id.eq(contract)).count().get_result(connection)?)
}

/// Whether the account's address is an administrator's of the contract.
pub fn is_administrator(connection: &mut Connection, contract: Id<Contract>, account: Id<Account>) -> Result<bool> {
    let found: Option<Id<Administrator>> = administrators::table
        .inner_join(accounts::table.on(accounts::email.eq(administrators::email)))
        .filter(administrators::contract_id.eq(contract))
        .filter(accounts::id.eq(account))
        .select(administrators::id)
        .first(connection)
        .optional()?;
    Ok(found.is_some())
}

/// The administrator, if it is this contract's.
pub fn administrator(
    connection: &mut Connection,
    contract: Id<Contract>,
    id: Id<Administrator>,
) -> Result<Option<AdministratorRow>> {
    Ok(administrators::table
        .find(id)
        .filter(administrators::contract_id.eq(contract))
        .select(AdministratorRow::as_select())
        .first(connection)
        .optional()?)
}

/// All administrators of the contract.
pub fn administrators(connection: &mut Connection, contract: Id<Contract>) -> Result<Vec<AdministratorRow>> {
    Ok(administrators::table
        .filter(administrators::contract_id.eq(contract))
        .order(administrators::id)
        .select(AdministratorRow::as_select())
        .load(connection)?)
}

/// A page of the contract's administrators, newest first.
pub fn administrator_page(
    connection: &mut Connection,
    contract: Id<Contract>,
    page: &Page,
) -> Result<Vec<AdministratorRow>> {
    use administrators::{created_at, id};
    let mut query = administrators::table
        .filter(administrators::contract_id.eq(contract))
        .order((created_at.desc(), id.desc()))
        .select(AdministratorRow::as_select())
        .into_boxed();
    older!(query, page, created_at, id);
    Ok(load_page!(query, page, connection))
}

/// Names an administrator: 409 `already_exists` for an address that is one already.
pub fn insert_administrator(connection: &mut Connection, row: &AdministratorRow) -> Result<()> {
    diesel::insert_into(administrators::table)
        .values((
            administrators::id.eq(row.id),
            administrators::contract_id.eq(row.contract_id),
            administrators::name.eq(&row.name),
            administrators::email.eq(&row.email),
            administrators::version.eq(row.version),
            administrators::created_at.eq(row.created_at),
            administrators::changed_at.eq(row.changed_at),
        ))
        .execute(connection)
        .map_err(taken_is(Refusal::AlreadyExists))?;
    Ok(())
}

/// Changes name and address: 412 when the row has moved on from the version before.
pub fn update_administrator(connection: &mut Connection, before: i32, row: &AdministratorRow) -> Result<()> {
    let seen = administrators::table.find(row.id).filter(administrators::version.eq(before));
    let rows = diesel::update(seen)
        .set((
            administrators::name.eq(&row.name),
            administrators::email.eq(&row.email),
            administrators::version.eq(row.version),
            administrators::changed_at.eq(row.changed_at),
        ))
        .execute(connection)
        .map_err(taken_is(Refusal::AlreadyExists))?;
    guarded(rows)
}

/// Takes an administrator away: 412 when the row has moved on.
pub fn delete_administrator(connection: &mut Connection, row: &AdministratorRow) -> Result<()> {
    let seen = administrators::table.find(row.id).filter(administrators::version.eq(row.version));
    guarded(diesel::delete(seen).execute(connection)?)
}
