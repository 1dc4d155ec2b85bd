//! Machine clients, their scopes and secrets.

use diesel::prelude::*;

use super::moved;
use crate::accounts::{Client, ClientSecret, Staff};
use crate::app::Tx;
use crate::contracts::Reseller;
use crate::db::Connection;
use crate::db::schema::{client_scopes as scopes, client_secrets as secrets, clients, resellers};
use crate::db::types::{Id, Instant};
use crate::http::Result;
use crate::http::page::Page;
use crate::http::text::Name;
use crate::terms::codes::{ClientKind, Code, Scope};
use crate::{load_page, older};

/// A machine client.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = clients)]
pub struct Row {
    /// The client.
    pub id: Id<Client>,
    /// What it is called.
    pub name: Name,
    /// A partner's system or an internal script.
    pub kind: ClientKind,
    /// The partner's reseller.
    pub reseller_id: Option<Id<Reseller>>,
    /// Who granted the scopes.
    pub granted_by: Id<Staff>,
    /// Whether it may act.
    pub active: bool,
    /// Counts changes.
    pub version: i32,
    /// When it was registered.
    pub created_at: Instant,
    /// When anything changed last.
    pub changed_at: Instant,
}

/// A secret, as far as it is known here.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = secrets)]
pub struct Secret {
    /// The secret's id.
    pub id: Id<ClientSecret>,
    /// When it was made.
    pub created_at: Instant,
}

/// The client.
pub fn find(connection: &mut Connection, id: Id<Client>) -> Result<Option<Row>> {
    Ok(clients::table.find(id).select(Row::as_select()).first(connection).optional()?)
}

/// Every client, newest first.
pub fn list(connection: &mut Connection, page: &Page) -> Result<Vec<Row>> {
    let mut query =
        clients::table.order((clients::created_at.desc(), clients::id.desc())).select(Row::as_select()).into_boxed();
    older!(query, page, clients::created_at, clients::id);
    Ok(load_page!(query, page, connection))
}

/// The active client that has this secret.
pub fn by_secret(connection: &mut Connection, id: Id<Client>, digest: &[u8]) -> Result<Option<Row>> {
    Ok(clients::table
        .find(id)
        .inner_join(secrets::table.on(secrets::client_id.eq(clients::id)))
        .filter(secrets::digest.eq(digest))
        .filter(clients::active.eq(true))
        .select(Row::as_select())
        .first(connection)
        .optional()?)
}

/// The scopes of a client, in the order of the table of scopes.
pub fn scopes(connection: &mut Connection, id: Id<Client>) -> Result<Vec<Scope>> {
    let held: Vec<Scope> = scopes::table.filter(scopes::client_id.eq(id)).select(scopes::scope).load(connection)?;
    Ok(Scope::ALL.iter().copied().filter(|scope| held.contains(scope)).collect())
}

/// The secrets of a client, oldest first.
pub fn secrets(connection: &mut Connection, id: Id<Client>) -> Result<Vec<Secret>> {
    Ok(secrets::table
        .filter(secrets::client_id.eq(id))
        .order((secrets::created_at, secrets::id))
        .select(Secret::as_select())
        .load(connection)?)
}

/// Whether the reseller is registered.
pub fn reseller_exists(connection: &mut Connection, id: Id<Reseller>) -> Result<bool> {
    let found: Option<Id<Reseller>> = resellers::table.find(id).select(resellers::id).first(connection).optional()?;
    Ok(found.is_some())
}

/// Adds a client without scopes and secrets.
pub fn insert(tx: &mut Tx<'_>, row: &Row) -> Result<()> {
    diesel::insert_into(clients::table)
        .values((
            clients::id.eq(row.id),
            clients::name.eq(&row.name),
            clients::kind.eq(row.kind),
            clients::reseller_id.eq(row.reseller_id),
            clients::granted_by.eq(row.granted_by),
            clients::active.eq(row.active),
            clients::version.eq(row.version),
            clients::created_at.eq(row.created_at),
            clients::changed_at.eq(row.changed_at),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Changes name, granter and activity: 412 when the version has moved on. Whoever changes
/// anything of a client does this first, and so holds its row.
pub fn change(tx: &mut Tx<'_>, row: &Row) -> Result<()> {
    let now = tx.now;
    let changed = diesel::update(clients::table.find(row.id).filter(clients::version.eq(row.version)))
        .set((
            clients::name.eq(&row.name),
            clients::granted_by.eq(row.granted_by),
            clients::active.eq(row.active),
            clients::version.eq(clients::version + 1),
            clients::changed_at.eq(now),
        ))
        .execute(&mut **tx);
    moved(changed)
}

/// Grants these scopes and no others; one that is held already stays granted by whom it was.
pub fn grant(tx: &mut Tx<'_>, id: Id<Client>, granted: &[Scope], by: Id<Staff>) -> Result<()> {
    let held = self::scopes(tx, id)?;
    for scope in held.iter().filter(|scope| !granted.contains(scope)) {
        diesel::delete(scopes::table.find((id, scope.as_str()))).execute(&mut **tx)?;
    }
    for scope in granted.iter().filter(|scope| !held.contains(scope)) {
        diesel::insert_into(scopes::table)
            .values((scopes::client_id.eq(id), scopes::scope.eq(scope.as_str()), scopes::granted_by.eq(by)))
            .execute(&mut **tx)?;
    }
    Ok(())
}

/// Adds a secret by its digest.
pub fn insert_secret(tx: &mut Tx<'_>, client: Id<Client>, id: Id<ClientSecret>, digest: &[u8]) -> Result<()> {
    let now = tx.now;
    diesel::insert_into(secrets::table)
        .values((
            secrets::id.eq(id),
            secrets::client_id.eq(client),
            secrets::digest.eq(digest),
            secrets::created_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Takes a secret away; false if the client has no such one.
pub fn delete_secret(tx: &mut Tx<'_>, client: Id<Client>, id: Id<ClientSecret>) -> Result<bool> {
    let gone = diesel::delete(secrets::table.find(id).filter(secrets::client_id.eq(client))).execute(&mut **tx)?;
    Ok(gone == 1)
}
