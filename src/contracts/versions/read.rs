//! `GET /v1/products/{id}/versions` and `/{version}`.

use actix_web::get;

use super::{ProductVersionSummary, ProductVersionView, summary, view};
use crate::app::App;
use crate::auth::claim::{Caller, SupportIdParam};
use crate::auth::proof::prove;
use crate::calendar::model::tokyo_date;
use crate::contracts::{ListsContracts, Product, ProductId, store};
use crate::db::types::Id;
use crate::http::text::VersionName;
use crate::http::{List, NoFilter, PageParams, Path, Refusal, Reply, Result};
use crate::page;

page!(
    /// A page of a product's versions.
    ProductVersionPage of ProductVersionSummary
);

/// List the versions of a product
///
/// Newest first. A product that is delivered as a service has none.
#[utoipa::path(
    tag = "products",
    params(("id" = ProductId, Path, description = "The product"), PageParams, SupportIdParam),
    responses((status = 200, description = "A page of versions", body = ProductVersionPage)),
    security(("customer" = []), ("staff" = []), ("client" = ["contracts:read"]))
)]
#[get("/products/{id}/versions")]
pub async fn list_product_versions(
    app: App,
    caller: Caller<ListsContracts>,
    Path(id): Path<Id<Product>>,
    List(NoFilter {}, page): List<NoFilter>,
) -> Result<Reply> {
    let (claim, now) = ((*caller).clone(), app.now());
    app.read(move |db| {
        prove(db, &claim, now)?;
        store::product(db, id)?.ok_or(Refusal::NotFound)?;
        let mut rows = store::version_page(db, id, &page)?;
        let next = page.cut(&mut rows, |row| (row.created_at, row.id));
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let facts = store::facts_of(db, &ids)?;
        let today = tokyo_date(now.to_datetime());
        let items = rows.into_iter().map(|row| {
            let known: Vec<_> = facts.iter().filter(|fact| fact.product_version_id == row.id).collect();
            summary(row, &known, today)
        });
        ProductVersionPage::reply(items.collect(), next, &page)
    })
    .await
}

/// Get a version
///
/// The version as it is known today, and all that was said of it.
#[utoipa::path(
    tag = "products",
    params(
        ("id" = ProductId, Path, description = "The product"),
        ("version" = VersionName, Path, description = "What the version is called"),
        SupportIdParam,
    ),
    responses((status = 200, description = "The version", body = ProductVersionView)),
    security(("customer" = []), ("staff" = []), ("client" = ["contracts:read"]))
)]
#[get("/products/{id}/versions/{version}")]
pub async fn get_product_version(
    app: App,
    caller: Caller<ListsContracts>,
    Path((id, name)): Path<(Id<Product>, VersionName)>,
) -> Result<Reply> {
    let (claim, now) = ((*caller).clone(), app.now());
    app.read(move |db| {
        prove(db, &claim, now)?;
        let row = store::version(db, id, &name)?.ok_or(Refusal::NotFound)?;
        let version = row.version;
        Ok(Reply::ok(&view(db, row, now)?)?.tagged(version))
    })
    .await
}
