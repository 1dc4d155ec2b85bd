//! The people of the desk.

use diesel::prelude::*;

use super::{added, moved};
use crate::accounts::Staff;
use crate::app::Tx;
use crate::db::Connection;
use crate::db::dialect::{self, Lock};
use crate::db::schema::staff;
use crate::db::types::{Id, Instant};
use crate::http::Result;
use crate::http::page::Page;
use crate::http::text::{EmailAddress, Name, Reason};
use crate::terms::codes::Role;
use crate::{load_page, older};

/// A person of the desk.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = staff)]
pub struct Row {
    /// The person.
    pub id: Id<Staff>,
    /// The address that signs in.
    pub email: EmailAddress,
    /// The name; seen at the desk only.
    pub name: Name,
    /// What the person may do.
    pub role: Role,
    /// Whether the person may sign in.
    pub active: bool,
    /// Why not, where that was said.
    pub deactivation_reason: Option<String>,
    /// Counts changes.
    pub version: i32,
    /// When the person was added.
    pub created_at: Instant,
    /// When anything changed last.
    pub changed_at: Instant,
}

/// The person.
pub fn find(connection: &mut Connection, id: Id<Staff>) -> Result<Option<Row>> {
    Ok(staff::table.find(id).select(Row::as_select()).first(connection).optional()?)
}

/// Who signs in with this address, while active, and the hash of the password.
pub fn credentials(connection: &mut Connection, email: &EmailAddress) -> Result<Option<(Id<Staff>, String)>> {
    Ok(staff::table
        .filter(staff::email.eq(email))
        .filter(staff::active.eq(true))
        .select((staff::id, staff::password_hash))
        .first(connection)
        .optional()?)
}

/// The address and the password's hash of a person.
pub fn credentials_of(connection: &mut Connection, id: Id<Staff>) -> Result<Option<(EmailAddress, String)>> {
    Ok(staff::table.find(id).select((staff::email, staff::password_hash)).first(connection).optional()?)
}

/// Everybody, newest first.
pub fn list(connection: &mut Connection, page: &Page) -> Result<Vec<Row>> {
    let mut query =
        staff::table.order((staff::created_at.desc(), staff::id.desc())).select(Row::as_select()).into_boxed();
    older!(query, page, staff::created_at, staff::id);
    Ok(load_page!(query, page, connection))
}

/// Adds a person: 409 `already_exists` for an address that is known.
pub fn insert(tx: &mut Tx<'_>, row: &Row, password_hash: &str) -> Result<()> {
    let inserted = diesel::insert_into(staff::table)
        .values((
            staff::id.eq(row.id),
            staff::email.eq(&row.email),
            staff::name.eq(&row.name),
            staff::role.eq(row.role),
            staff::password_hash.eq(password_hash),
            staff::active.eq(row.active),
            staff::version.eq(row.version),
            staff::created_at.eq(row.created_at),
            staff::changed_at.eq(row.changed_at),
        ))
        .execute(&mut **tx);
    added(inserted)
}

/// Changes name and role: 412 when the version has moved on.
pub fn change(tx: &mut Tx<'_>, row: &Row, name: &Name, role: Role) -> Result<()> {
    let now = tx.now;
    let changed = diesel::update(staff::table.find(row.id).filter(staff::version.eq(row.version)))
        .set((
            staff::name.eq(name),
            staff::role.eq(role),
            staff::version.eq(staff::version + 1),
            staff::changed_at.eq(now),
        ))
        .execute(&mut **tx);
    moved(changed)
}

/// Ends a person's access: 412 when the version has moved on.
pub fn deactivate(tx: &mut Tx<'_>, row: &Row, reason: Option<&Reason>) -> Result<()> {
    let now = tx.now;
    let changed = diesel::update(staff::table.find(row.id).filter(staff::version.eq(row.version)))
        .set((
            staff::active.eq(false),
            staff::deactivation_reason.eq(reason),
            staff::version.eq(staff::version + 1),
            staff::changed_at.eq(now),
        ))
        .execute(&mut **tx);
    moved(changed)
}

/// Gives a person another password in place of the one just verified; false if it was changed
/// meanwhile.
pub fn set_password(tx: &mut Tx<'_>, id: Id<Staff>, verified: &str, hash: &str) -> Result<bool> {
    let now = tx.now;
    let changed = diesel::update(staff::table.find(id).filter(staff::password_hash.eq(verified)))
        .set((staff::password_hash.eq(hash), staff::changed_at.eq(now)))
        .execute(&mut **tx)?;
    Ok(changed == 1)
}

/// Gives an active person another password; false if there is none such.
pub fn reset_password(tx: &mut Tx<'_>, id: Id<Staff>, hash: &str) -> Result<bool> {
    let now = tx.now;
    let changed = diesel::update(staff::table.find(id).filter(staff::active.eq(true)))
        .set((staff::password_hash.eq(hash), staff::changed_at.eq(now)))
        .execute(&mut **tx)?;
    Ok(changed == 1)
}

/// Makes this transaction the only one that takes a manager away: two that each leave the other
/// would leave none.
pub fn hold_managers(connection: &mut Connection) -> Result<()> {
    Ok(dialect::hold(connection, Lock::Managers)?)
}

/// Whether anybody was ever added to the desk.
pub fn anybody(connection: &mut Connection) -> Result<bool> {
    let found: Option<Id<Staff>> = staff::table.select(staff::id).first(connection).optional()?;
    Ok(found.is_some())
}

/// How many managers are active.
pub fn managers(connection: &mut Connection) -> Result<i64> {
    Ok(staff::table
        .filter(staff::role.eq(Role::Manager))
        .filter(staff::active.eq(true))
        .count()
        .get_result(connection)?)
}
