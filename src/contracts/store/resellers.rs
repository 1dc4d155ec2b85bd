//! Queries of resellers.

use diesel::prelude::*;

use super::{guarded, taken_is};
use crate::contracts::Reseller;
use crate::db::Connection;
use crate::db::schema::resellers;
use crate::db::types::{Id, Instant};
use crate::http::text::{EmailAddress, Name, Phone};
use crate::http::{Page, Refusal, Result};
use crate::{load_page, older};

/// A reseller.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = resellers)]
pub struct ResellerRow {
    /// Its id.
    pub id: Id<Reseller>,
    /// The company; unique.
    pub name: Name,
    /// The counter that its customers turn to.
    pub contact_name: Name,
    /// The counter's address.
    pub contact_email: EmailAddress,
    /// The counter's telephone number.
    pub contact_phone: Phone,
    /// Its version.
    pub version: i32,
    /// When it was registered.
    pub created_at: Instant,
    /// When it was last changed.
    pub changed_at: Instant,
}

/// The reseller.
pub fn reseller(connection: &mut Connection, id: Id<Reseller>) -> Result<Option<ResellerRow>> {
    Ok(resellers::table.find(id).select(ResellerRow::as_select()).first(connection).optional()?)
}

/// The reseller of this name.
pub fn reseller_by_name(connection: &mut Connection, name: &Name) -> Result<Option<ResellerRow>> {
    let query = resellers::table.filter(resellers::name.eq(name));
    Ok(query.select(ResellerRow::as_select()).first(connection).optional()?)
}

/// Names of resellers.
pub fn reseller_names(connection: &mut Connection, ids: &[Id<Reseller>]) -> Result<Vec<(Id<Reseller>, Name)>> {
    let query = resellers::table.filter(resellers::id.eq_any(ids));
    Ok(query.select((resellers::id, resellers::name)).load(connection)?)
}

/// A page of resellers, newest first; of one alone where that is given.
pub fn reseller_page(connection: &mut Connection, only: Option<Id<Reseller>>, page: &Page) -> Result<Vec<ResellerRow>> {
    use resellers::{created_at, id};
    let mut query =
        resellers::table.order((created_at.desc(), id.desc())).select(ResellerRow::as_select()).into_boxed();
    if let Some(only) = only {
        query = query.filter(id.eq(only));
    }
    older!(query, page, created_at, id);
    Ok(load_page!(query, page, connection))
}

/// Registers a reseller: 409 `already_exists` for a name that is taken.
pub fn insert_reseller(connection: &mut Connection, row: &ResellerRow) -> Result<()> {
    diesel::insert_into(resellers::table)
        .values((
            resellers::id.eq(row.id),
            resellers::name.eq(&row.name),
            resellers::contact_name.eq(&row.contact_name),
            resellers::contact_email.eq(&row.contact_email),
            resellers::contact_phone.eq(&row.contact_phone),
            resellers::version.eq(row.version),
            resellers::created_at.eq(row.created_at),
            resellers::changed_at.eq(row.changed_at),
        ))
        .execute(connection)
        .map_err(taken_is(Refusal::AlreadyExists))?;
    Ok(())
}

/// Changes a reseller: 412 when the row has moved on from the version before.
pub fn update_reseller(connection: &mut Connection, before: i32, row: &ResellerRow) -> Result<()> {
    let seen = resellers::table.find(row.id).filter(resellers::version.eq(before));
    let rows = diesel::update(seen)
        .set((
            resellers::name.eq(&row.name),
            resellers::contact_name.eq(&row.contact_name),
            resellers::contact_email.eq(&row.contact_email),
            resellers::contact_phone.eq(&row.contact_phone),
            resellers::version.eq(row.version),
            resellers::changed_at.eq(row.changed_at),
        ))
        .execute(connection)
        .map_err(taken_is(Refusal::AlreadyExists))?;
    guarded(rows)
}
