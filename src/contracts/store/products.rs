//! Queries of products and their versions.

use std::collections::BTreeMap;

use diesel::prelude::*;
use time::Date;

use crate::contracts::model::{Fact, natural_order};
use crate::contracts::{Product, ProductVersion};
use crate::db::Connection;
use crate::db::schema::{product_version_facts as facts, product_versions as versions, products};
use crate::db::types::{Id, Instant};
use crate::http::Result;
use crate::http::text::{Name, ShortCode, VersionName};
use crate::terms::codes::Delivery;

/// A product.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = products)]
pub struct ProductRow {
    /// Its id.
    pub id: Id<Product>,
    /// The code that people and scripts know it by; unique.
    pub code: ShortCode,
    /// Its name.
    pub name: Name,
    /// Who makes it.
    pub vendor: Name,
    /// Whether it is software or a service.
    pub delivery: Delivery,
    /// Its version as a resource.
    pub version: i32,
    /// When it was registered.
    pub created_at: Instant,
    /// When it was last changed.
    pub changed_at: Instant,
}

/// The product.
pub fn product(connection: &mut Connection, id: Id<Product>) -> Result<Option<ProductRow>> {
    Ok(products::table.find(id).select(ProductRow::as_select()).first(connection).optional()?)
}

/// The product with this code.
pub fn product_by_code(connection: &mut Connection, code: &ShortCode) -> Result<Option<ProductRow>> {
    let query = products::table.filter(products::code.eq(code));
    Ok(query.select(ProductRow::as_select()).first(connection).optional()?)
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
