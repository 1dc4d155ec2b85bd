//! Queries of products.

use diesel::prelude::*;

use super::{guarded, taken_is};
use crate::contracts::Product;
use crate::db::Connection;
use crate::db::schema::products;
use crate::db::types::{Id, Instant};
use crate::http::text::{Name, ShortCode};
use crate::http::{Page, Refusal, Result};
use crate::terms::codes::Delivery;
use crate::{load_page, older};

/// A product.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
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

/// These products, as far as they exist.
pub fn products_of(connection: &mut Connection, ids: &[Id<Product>]) -> Result<Vec<ProductRow>> {
    let query = products::table.filter(products::id.eq_any(ids)).order(products::code);
    Ok(query.select(ProductRow::as_select()).load(connection)?)
}

/// The delivery of a contract as a whole, for what is told before a product is named: a contract
/// of services alone is one of services, any other stands under the terms of software.
pub fn delivery_of(connection: &mut Connection, ids: &[Id<Product>]) -> Result<Delivery> {
    let all = products_of(connection, ids)?;
    let saas = !all.is_empty() && all.iter().all(|product| product.delivery == Delivery::Saas);
    Ok(if saas { Delivery::Saas } else { Delivery::Software })
}

/// A page of products, newest first.
pub fn product_page(connection: &mut Connection, page: &Page) -> Result<Vec<ProductRow>> {
    use products::{created_at, id};
    let mut query = products::table.order((created_at.desc(), id.desc())).select(ProductRow::as_select()).into_boxed();
    older!(query, page, created_at, id);
    Ok(load_page!(query, page, connection))
}

/// Registers a product: 409 `already_exists` for a code that is taken.
pub fn insert_product(connection: &mut Connection, row: &ProductRow) -> Result<()> {
    diesel::insert_into(products::table)
        .values((
            products::id.eq(row.id),
            products::code.eq(&row.code),
            products::name.eq(&row.name),
            products::vendor.eq(&row.vendor),
            products::delivery.eq(row.delivery),
            products::version.eq(row.version),
            products::created_at.eq(row.created_at),
            products::changed_at.eq(row.changed_at),
        ))
        .execute(connection)
        .map_err(taken_is(Refusal::AlreadyExists))?;
    Ok(())
}

/// Changes a product: 412 when the row has moved on from the version before.
pub fn update_product(connection: &mut Connection, before: i32, row: &ProductRow) -> Result<()> {
    let seen = products::table.find(row.id).filter(products::version.eq(before));
    let rows = diesel::update(seen)
        .set((
            products::code.eq(&row.code),
            products::name.eq(&row.name),
            products::vendor.eq(&row.vendor),
            products::version.eq(row.version),
            products::changed_at.eq(row.changed_at),
        ))
        .execute(connection)
        .map_err(taken_is(Refusal::AlreadyExists))?;
    guarded(rows)
}
