//! `/v1/products`: what is supported.

use actix_web::{get, patch, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;

use super::store::{self, ProductRow};
use super::{ListsContracts, Manages, Product, ProductId, told};
use crate::app::{App, Tx};
use crate::auth::claim::{Caller, SupportIdParam};
use crate::auth::proof::{Actor, prove};
use crate::db::types::{Id, Instant};
use crate::events::model::{Change, Subject};
use crate::http::text::{Name, ShortCode};
use crate::http::{
    IfMatch, Json, Key, KeyParam, List, MergePatch, NoFilter, PageParams, Path, ProblemView, Refusal, Reply,
    RequiredIfMatchParam, Result, present,
};
use crate::page;
use crate::terms::codes::{Delivery, EventType};

/// What a product is registered with.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterProduct {
    /// The code that people and scripts know it by; unique.
    pub code: ShortCode,
    /// Its name.
    #[schema(example = "Votiro Disarmer")]
    pub name: Name,
    /// Who makes it.
    #[schema(example = "Votiro Cybersec")]
    pub vendor: Name,
    /// Whether it is software or a service; this never changes.
    pub delivery: Delivery,
}

/// What changes of a product. How it is delivered never does: inquiries were judged by it.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeProduct {
    /// The code that people and scripts know it by; unique.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub code: Option<ShortCode>,
    /// Its name.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub name: Option<Name>,
    /// Who makes it.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub vendor: Option<Name>,
}

/// A product.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Product)]
pub struct ProductView {
    /// Its id.
    pub id: ProductId,
    /// The code that people and scripts know it by.
    pub code: ShortCode,
    /// Its name.
    #[schema(example = "Votiro Disarmer")]
    pub name: Name,
    /// Who makes it.
    #[schema(example = "Votiro Cybersec")]
    pub vendor: Name,
    /// Whether it is software or a service.
    pub delivery: Delivery,
    /// Its version as a resource, as in the entity tag.
    #[schema(minimum = 1)]
    pub version: i32,
    /// When it was registered.
    pub created_at: Instant,
    /// When it was last changed.
    pub changed_at: Instant,
}

page!(
    /// A page of products.
    ProductPage of ProductView
);

/// List products
///
/// Newest first.
#[utoipa::path(
    tag = "products",
    params(PageParams, SupportIdParam),
    responses((status = 200, description = "A page of products", body = ProductPage)),
    security(("customer" = []), ("staff" = []), ("client" = ["contracts:read"]))
)]
#[get("/products")]
pub async fn list_products(
    app: App,
    caller: Caller<ListsContracts>,
    List(NoFilter {}, page): List<NoFilter>,
) -> Result<Reply> {
    let (claim, now) = ((*caller).clone(), app.now());
    app.read(move |db| {
        prove(db, &claim, now)?;
        let mut rows = store::product_page(db, &page)?;
        let next = page.cut(&mut rows, |row| (row.created_at, row.id));
        ProductPage::reply(rows.into_iter().map(view).collect(), next, &page)
    })
    .await
}

/// Register a product
///
/// How it is delivered decides which section of the service terms its inquiries are judged by.
#[utoipa::path(
    tag = "products",
    params(KeyParam),
    request_body = RegisterProduct,
    responses(
        (status = 201, description = "The product", body = ProductView),
        (status = 409, description = "`already_exists`: a product has this code", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[post("/products")]
pub async fn register_product(
    app: App,
    caller: Caller<Manages>,
    key: Key,
    Json(body): Json<RegisterProduct>,
) -> Result<Reply> {
    let claim = (*caller).clone();
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &claim, now)?;
        tx.once()?;
        register(tx, Some(&actor), body)?.map(|row| {
            let (place, version) = (format!("/v1/products/{}", row.id), row.version);
            Ok(Reply::created(&place, &view(row))?.tagged(version))
        })
    })
    .await
}

/// Get a product
///
/// Everybody who is signed in may read every product.
#[utoipa::path(
    tag = "products",
    params(("id" = ProductId, Path, description = "The product"), SupportIdParam),
    responses((status = 200, description = "The product", body = ProductView)),
    security(("customer" = []), ("staff" = []), ("client" = ["contracts:read"]))
)]
#[get("/products/{id}")]
pub async fn get_product(app: App, caller: Caller<ListsContracts>, Path(id): Path<Id<Product>>) -> Result<Reply> {
    let (claim, now) = ((*caller).clone(), app.now());
    app.read(move |db| {
        prove(db, &claim, now)?;
        let row = store::product(db, id)?.ok_or(Refusal::NotFound)?;
        let version = row.version;
        Ok(Reply::ok(&view(row))?.tagged(version))
    })
    .await
}

/// Change a product
///
/// What the patch does not name stays as it is.
#[utoipa::path(
    tag = "products",
    params(("id" = ProductId, Path, description = "The product"), RequiredIfMatchParam),
    request_body(content = ChangeProduct, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "The product", body = ProductView),
        (status = 409, description = "`already_exists`: another product has this code", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[patch("/products/{id}")]
pub async fn change_product(
    app: App,
    caller: Caller<Manages>,
    Path(id): Path<Id<Product>>,
    expected: IfMatch,
    MergePatch(body): MergePatch<ChangeProduct>,
) -> Result<Reply> {
    let expected = expected.required()?;
    let claim = (*caller).clone();
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        let actor = prove(tx, &claim, now)?;
        let row = store::product(tx, id)?.ok_or(Refusal::NotFound)?;
        expected.holds(row.version)?;
        change(tx, Some(&actor), row, body)?.map(|row| {
            let version = row.version;
            Ok(Reply::ok(&view(row))?.tagged(version))
        })
    })
    .await
}

/// Registers a product: 409 `already_exists` for a code that is taken.
pub fn register(tx: &mut Tx<'_>, actor: Option<&Actor>, body: RegisterProduct) -> Result<Change<ProductRow>> {
    let now = tx.now;
    let row = ProductRow {
        id: tx.new_id(),
        code: body.code,
        name: body.name,
        vendor: body.vendor,
        delivery: body.delivery,
        version: 1,
        created_at: now,
        changed_at: now,
    };
    store::insert_product(tx, &row)?;
    let subject = Subject::new("product", row.id);
    let data = json!({ "change": "registered", "delivery": row.delivery });
    Ok(Change::new(row, told(actor, EventType::ProductChanged, subject, data)))
}

/// Changes a product; nothing happens when nothing differs.
pub fn change(
    tx: &mut Tx<'_>,
    actor: Option<&Actor>,
    before: ProductRow,
    body: ChangeProduct,
) -> Result<Change<ProductRow>> {
    let mut row = ProductRow {
        code: body.code.unwrap_or_else(|| before.code.clone()),
        name: body.name.unwrap_or_else(|| before.name.clone()),
        vendor: body.vendor.unwrap_or_else(|| before.vendor.clone()),
        ..before.clone()
    };
    if row == before {
        return Ok(Change::silent(row, "nothing differs"));
    }
    row.version = before.version.saturating_add(1);
    row.changed_at = tx.now;
    store::update_product(tx, before.version, &row)?;
    let subject = Subject::new("product", row.id);
    let event = told(actor, EventType::ProductChanged, subject, json!({ "change": "changed" }));
    Ok(Change::new(row, event))
}

fn view(row: ProductRow) -> ProductView {
    ProductView {
        id: row.id,
        code: row.code,
        name: row.name,
        vendor: row.vendor,
        delivery: row.delivery,
        version: row.version,
        created_at: row.created_at,
        changed_at: row.changed_at,
    }
}
