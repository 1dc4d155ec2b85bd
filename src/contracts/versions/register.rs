//! `POST /v1/products/{id}/versions`.

use actix_web::post;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::{ProductVersionView, say, view};
use crate::app::{App, Tx};
use crate::auth::claim::Caller;
use crate::auth::proof::{Actor, prove};
use crate::contracts::model::Fact;
use crate::contracts::store::{self, ProductRow, VersionRow};
use crate::contracts::{Manages, Product, ProductId};
use crate::db::types::Id;
use crate::events::model::Change;
use crate::http::text::{Day, VersionName};
use crate::http::{Json, Key, KeyParam, Path, ProblemView, Refusal, Reply, Result};
use crate::terms::codes::Delivery;

/// What a version is registered with.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterProductVersion {
    /// What it is called; unique in the product.
    pub version: VersionName,
    /// The day on which we release it; null or absent is not released yet.
    #[serde(default)]
    pub released_by_us_on: Option<Day>,
    /// The last day of the vendor's support; null or absent is no end announced.
    #[serde(default)]
    pub vendor_supported_until_on: Option<Day>,
    /// The day from which this holds; absent, the earlier of today and the release.
    #[serde(default)]
    #[schema(nullable = false)]
    pub effective_on: Option<Day>,
}

/// Register a version
///
/// Software alone has versions. An inquiry may name a version from the day on which we release it
/// (PRE-1-C5) until the last day of the vendor's support (PRE-1-C4).
#[utoipa::path(
    tag = "products",
    params(("id" = ProductId, Path, description = "The product"), KeyParam),
    request_body = RegisterProductVersion,
    responses(
        (status = 201, description = "The version", body = ProductVersionView),
        (status = 409, description = "`already_exists`: the product has this version", body = ProblemView, content_type = "application/problem+json"),
        (status = 422, description = "`product_version_not_applicable`: the product is delivered as a service", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[post("/products/{id}/versions")]
pub async fn register_product_version(
    app: App,
    caller: Caller<Manages>,
    Path(id): Path<Id<Product>>,
    key: Key,
    Json(body): Json<RegisterProductVersion>,
) -> Result<Reply> {
    let claim = (*caller).clone();
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &claim, now)?;
        let product = store::product(tx, id)?.ok_or(Refusal::NotFound)?;
        tx.once()?;
        register(tx, Some(&actor), &product, body)?.map(|row| {
            let (place, version) = (place(id, &row.name), row.version);
            Ok(Reply::created(&place, &view(tx, row, now)?)?.tagged(version))
        })
    })
    .await
}

/// Registers a version of a product that is software.
pub fn register(
    tx: &mut Tx<'_>,
    actor: Option<&Actor>,
    product: &ProductRow,
    body: RegisterProductVersion,
) -> Result<Change<VersionRow>> {
    if product.delivery != Delivery::Software {
        return Err(Refusal::ProductVersionNotApplicable.into());
    }
    let (now, today) = (tx.now, tx.today());
    let row = VersionRow {
        id: tx.new_id(),
        product_id: product.id,
        name: body.version,
        version: 1,
        created_at: now,
        changed_at: now,
    };
    let fact = Fact {
        released_by_us_on: body.released_by_us_on.map(Day::date),
        vendor_supported_until_on: body.vendor_supported_until_on.map(Day::date),
    };
    let by_itself = fact.released_by_us_on.map_or(today, |released| released.min(today));
    let effective_on = body.effective_on.map_or(by_itself, Day::date);
    store::insert_version(tx, &row)?;
    let event = say(tx, actor, "version_registered", &row, effective_on, fact)?;
    Ok(Change::new(row, event))
}

fn place(product: Id<Product>, name: &VersionName) -> String {
    let segment: String = name
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect();
    format!("/v1/products/{product}/versions/{segment}")
}
