//! Queries of the versions of products and of what is known of them.

use std::collections::BTreeMap;

use diesel::prelude::*;
use time::Date;

use super::{guarded, taken_is};
use crate::contracts::model::{Fact, natural_order};
use crate::contracts::{Product, ProductVersion, VersionFact};
use crate::db::Connection;
use crate::db::schema::{product_version_facts as facts, product_versions as versions};
use crate::db::types::{Id, Instant};
use crate::http::text::VersionName;
use crate::http::{Page, Refusal, Result};
use crate::{load_page, older};

/// A version of a product.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = versions)]
pub struct VersionRow {
    /// Its id.
    pub id: Id<ProductVersion>,
    /// The product.
    pub product_id: Id<Product>,
    /// What it is called; unique in the product.
    pub name: VersionName,
    /// Its version as a resource.
    pub version: i32,
    /// When it was registered.
    pub created_at: Instant,
    /// When it was last changed.
    pub changed_at: Instant,
}

/// A fact as it came to be known; never rewritten.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = facts)]
pub struct FactRow {
    /// Its id.
    pub id: Id<VersionFact>,
    /// The version.
    pub product_version_id: Id<ProductVersion>,
    /// The day from which it holds.
    pub effective_on: Date,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// What is known.
    #[diesel(embed)]
    pub fact: Fact,
}

/// What is known of a version on a day: the fact with the greatest effective day that is not after
/// it, and of those the one recorded last. None when the list lacks the version, or nothing is in
/// effect yet.
pub fn version_fact_on(
    connection: &mut Connection,
    product: Id<Product>,
    name: &VersionName,
    day: Date,
) -> Result<Option<Fact>> {
    Ok(facts::table
        .inner_join(versions::table.on(versions::id.eq(facts::product_version_id)))
        .filter(versions::product_id.eq(product))
        .filter(versions::name.eq(name))
        .filter(facts::effective_on.le(day))
        .order((facts::effective_on.desc(), facts::recorded_at.desc(), facts::id.desc()))
        .select(Fact::as_select())
        .first(connection)
        .optional()?)
}

/// The versions that an inquiry may name on a day: released by us and supported by the vendor, in
/// their natural order.
pub fn supported_versions_on(connection: &mut Connection, product: Id<Product>, day: Date) -> Result<Vec<String>> {
    let told: Vec<(Id<ProductVersion>, String, Fact)> = facts::table
        .inner_join(versions::table.on(versions::id.eq(facts::product_version_id)))
        .filter(versions::product_id.eq(product))
        .filter(facts::effective_on.le(day))
        .order((facts::effective_on, facts::recorded_at, facts::id))
        .select((versions::id, versions::name, Fact::as_select()))
        .load(connection)?;
    // Of each version the fact read last stands.
    let latest: BTreeMap<_, _> = told.into_iter().map(|(id, name, fact)| (id, (name, fact))).collect();
    let mut names: Vec<String> =
        latest.into_values().filter(|(_, fact)| fact.is_supported_on(day)).map(|(name, _)| name).collect();
    names.sort_by(|a, b| natural_order(a, b));
    Ok(names)
}

/// The version of this name.
pub fn version(connection: &mut Connection, product: Id<Product>, name: &VersionName) -> Result<Option<VersionRow>> {
    let query = versions::table.filter(versions::product_id.eq(product)).filter(versions::name.eq(name));
    Ok(query.select(VersionRow::as_select()).first(connection).optional()?)
}

/// A page of a product's versions, newest first.
pub fn version_page(connection: &mut Connection, product: Id<Product>, page: &Page) -> Result<Vec<VersionRow>> {
    use versions::{created_at, id};
    let mut query = versions::table
        .filter(versions::product_id.eq(product))
        .order((created_at.desc(), id.desc()))
        .select(VersionRow::as_select())
        .into_boxed();
    older!(query, page, created_at, id);
    Ok(load_page!(query, page, connection))
}

/// What was ever said of these versions, in the order in which the later word counts.
pub fn facts_of(connection: &mut Connection, ids: &[Id<ProductVersion>]) -> Result<Vec<FactRow>> {
    Ok(facts::table
        .filter(facts::product_version_id.eq_any(ids))
        .order((facts::effective_on, facts::recorded_at, facts::id))
        .select(FactRow::as_select())
        .load(connection)?)
}

/// Registers a version: 409 `already_exists` for a name that the product has.
pub fn insert_version(connection: &mut Connection, row: &VersionRow) -> Result<()> {
    diesel::insert_into(versions::table)
        .values((
            versions::id.eq(row.id),
            versions::product_id.eq(row.product_id),
            versions::name.eq(&row.name),
            versions::version.eq(row.version),
            versions::created_at.eq(row.created_at),
            versions::changed_at.eq(row.changed_at),
        ))
        .execute(connection)
        .map_err(taken_is(Refusal::AlreadyExists))?;
    Ok(())
}

/// Adds a fact.
pub fn insert_fact(connection: &mut Connection, row: &FactRow) -> Result<()> {
    diesel::insert_into(facts::table)
        .values((
            facts::id.eq(row.id),
            facts::product_version_id.eq(row.product_version_id),
            facts::effective_on.eq(row.effective_on),
            facts::recorded_at.eq(row.recorded_at),
            facts::released_by_us_on.eq(row.fact.released_by_us_on),
            facts::vendor_supported_until_on.eq(row.fact.vendor_supported_until_on),
        ))
        .execute(connection)?;
    Ok(())
}

/// Counts the version of a version up: 412 when the row has moved on from the one before.
pub fn touch_version(connection: &mut Connection, before: i32, row: &VersionRow) -> Result<()> {
    let seen = versions::table.find(row.id).filter(versions::version.eq(before));
    let rows = diesel::update(seen)
        .set((versions::version.eq(row.version), versions::changed_at.eq(row.changed_at)))
        .execute(connection)?;
    guarded(rows)
}
