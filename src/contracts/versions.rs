//! `/v1/products/{id}/versions`: which versions we released, and how long the vendor supports them.
//!
//! What is known of a version is never rewritten: each word has a day from which it holds and the
//! moment in which it was recorded.

use actix_web::{get, patch, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::Date;
use utoipa::ToSchema;
use validator::Validate;

use super::model::Fact;
use super::store::{self, FactRow, ProductRow, VersionRow};
use super::{ListsContracts, Manages, Product, ProductId, ProductVersionId, told};
use crate::app::{App, Tx};
use crate::auth::claim::{Caller, SupportIdParam};
use crate::auth::proof::{Actor, prove};
use crate::calendar::model::tokyo_date;
use crate::db::Connection;
use crate::db::types::{Id, Instant};
use crate::events::model::{Change, Subject};
use crate::http::text::{Day, VersionName};
use crate::http::{
    IfMatch, Json, Key, KeyParam, List, MergePatch, NoFilter, PageParams, Patch, Path, ProblemView, Refusal, Reply,
    RequiredIfMatchParam, Result, present,
};
use crate::page;
use crate::terms::codes::{Delivery, EventType};

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

/// What changes of a version.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeProductVersion {
    /// The day on which we release it; null is not released yet.
    #[serde(default)]
    #[schema(value_type = Option<Day>)]
    pub released_by_us_on: Patch<Day>,
    /// The last day of the vendor's support; null is no end announced.
    #[serde(default)]
    #[schema(value_type = Option<Day>)]
    pub vendor_supported_until_on: Patch<Day>,
    /// The day from which the change holds; absent, today.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub effective_on: Option<Day>,
}

/// A version of a product, in short.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductVersionSummary {
    /// Its id.
    pub id: ProductVersionId,
    /// The product.
    pub product_id: ProductId,
    /// What it is called.
    pub version: VersionName,
    /// The day on which we release it, as known today; null is not released yet.
    #[schema(required)]
    pub released_by_us_on: Option<Day>,
    /// The last day of the vendor's support, as known today; null is no end announced.
    #[schema(required)]
    pub vendor_supported_until_on: Option<Day>,
    /// Whether an inquiry may name it today.
    pub supported: bool,
    /// When it was registered.
    pub created_at: Instant,
    /// When it was last changed.
    pub changed_at: Instant,
}

/// What was said of a version.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductVersionFact {
    /// The day from which it holds.
    #[schema(value_type = Day)]
    pub effective_on: Day,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// The day on which we release it; null is not released yet.
    #[schema(required)]
    pub released_by_us_on: Option<Day>,
    /// The last day of the vendor's support; null is no end announced.
    #[schema(required)]
    pub vendor_supported_until_on: Option<Day>,
}

/// A version of a product.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProductVersion)]
pub struct ProductVersionView {
    /// The version as it is known today.
    #[serde(flatten)]
    pub summary: ProductVersionSummary,
    /// All that was said of it, the last word first: 100 at most.
    #[schema(max_items = 100)]
    pub facts: Vec<ProductVersionFact>,
}

page!(
    /// A page of a product's versions.
    ProductVersionPage of ProductVersionSummary
);

/// List the versions of a product
///
/// Newest first. A product that is delivered as a service has none.
#[utoipa::path(
    tag = "contracts",
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

/// Register a version
#[utoipa::path(
    tag = "contracts",
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
            Ok(Reply::created(&place, &view(tx, row)?)?.tagged(version))
        })
    })
    .await
}

/// Get a version
#[utoipa::path(
    tag = "contracts",
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
        Ok(Reply::ok(&view_at(db, row, now)?)?.tagged(version))
    })
    .await
}

/// Change a version
///
/// The change holds from `effective_on`; what was known before that day stays known.
#[utoipa::path(
    tag = "contracts",
    params(
        ("id" = ProductId, Path, description = "The product"),
        ("version" = VersionName, Path, description = "What the version is called"),
        RequiredIfMatchParam,
    ),
    request_body(content = ChangeProductVersion, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The version", body = ProductVersionView)),
    security(("staff" = []))
)]
#[patch("/products/{id}/versions/{version}")]
pub async fn change_product_version(
    app: App,
    caller: Caller<Manages>,
    Path((id, name)): Path<(Id<Product>, VersionName)>,
    expected: IfMatch,
    MergePatch(body): MergePatch<ChangeProductVersion>,
) -> Result<Reply> {
    let expected = expected.required()?;
    let claim = (*caller).clone();
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        let actor = prove(tx, &claim, now)?;
        let row = store::version(tx, id, &name)?.ok_or(Refusal::NotFound)?;
        expected.holds(row.version)?;
        change(tx, Some(&actor), row, body)?.map(|row| {
            let version = row.version;
            Ok(Reply::ok(&view(tx, row)?)?.tagged(version))
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
    say(tx, &row, effective_on, fact)?;
    let event = event(actor, "version_registered", &row, effective_on, fact);
    Ok(Change::new(row, event))
}

/// Changes what is known of a version; nothing happens when it is known already.
pub fn change(
    tx: &mut Tx<'_>,
    actor: Option<&Actor>,
    before: VersionRow,
    body: ChangeProductVersion,
) -> Result<Change<VersionRow>> {
    let effective_on = body.effective_on.map_or(tx.today(), Day::date);
    let facts = store::facts_of(tx, &[before.id])?;
    let known = known_on(&facts.iter().collect::<Vec<_>>(), effective_on);
    let fact = Fact {
        released_by_us_on: body.released_by_us_on.over(known.released_by_us_on.map(Day::from)).map(Day::date),
        vendor_supported_until_on: body
            .vendor_supported_until_on
            .over(known.vendor_supported_until_on.map(Day::from))
            .map(Day::date),
    };
    if fact == known {
        return Ok(Change::silent(before, "nothing differs"));
    }
    let row = VersionRow { version: before.version.saturating_add(1), changed_at: tx.now, ..before };
    store::touch_version(tx, before.version, &row)?;
    say(tx, &row, effective_on, fact)?;
    let event = event(actor, "version_changed", &row, effective_on, fact);
    Ok(Change::new(row, event))
}

fn say(tx: &mut Tx<'_>, row: &VersionRow, effective_on: Date, fact: Fact) -> Result<()> {
    let said = FactRow { id: tx.new_id(), product_version_id: row.id, effective_on, recorded_at: tx.now, fact };
    store::insert_fact(tx, &said)
}

fn event(
    actor: Option<&Actor>,
    change: &str,
    row: &VersionRow,
    effective_on: Date,
    fact: Fact,
) -> crate::events::model::NewEvent {
    let data = json!({
        "change": change,
        "product_version_id": row.id,
        "effective_on": Day::from(effective_on),
        "released_by_us_on": fact.released_by_us_on.map(Day::from),
        "vendor_supported_until_on": fact.vendor_supported_until_on.map(Day::from),
    });
    told(actor, EventType::ProductChanged, Subject::new("product", row.product_id), data)
}

/// Of what was said, given in its order, that which holds on a day; before the first day nothing
/// is released.
fn known_on(facts: &[&FactRow], day: Date) -> Fact {
    let last = facts.iter().rev().find(|fact| fact.effective_on <= day);
    last.map_or(Fact { released_by_us_on: None, vendor_supported_until_on: None }, |fact| fact.fact)
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

fn view(tx: &mut Tx<'_>, row: VersionRow) -> Result<ProductVersionView> {
    let now = tx.now;
    view_at(tx, row, now)
}

fn view_at(connection: &mut Connection, row: VersionRow, now: Instant) -> Result<ProductVersionView> {
    let facts = store::facts_of(connection, &[row.id])?;
    let told = facts.iter().rev().take(100).map(|said| ProductVersionFact {
        effective_on: said.effective_on.into(),
        recorded_at: said.recorded_at,
        released_by_us_on: said.fact.released_by_us_on.map(Day::from),
        vendor_supported_until_on: said.fact.vendor_supported_until_on.map(Day::from),
    });
    let told = told.collect();
    let known: Vec<_> = facts.iter().collect();
    Ok(ProductVersionView { summary: summary(row, &known, tokyo_date(now.to_datetime())), facts: told })
}

fn summary(row: VersionRow, facts: &[&FactRow], today: Date) -> ProductVersionSummary {
    let known = known_on(facts, today);
    ProductVersionSummary {
        id: row.id,
        product_id: row.product_id,
        version: row.name,
        released_by_us_on: known.released_by_us_on.map(Day::from),
        vendor_supported_until_on: known.vendor_supported_until_on.map(Day::from),
        supported: known.is_supported_on(today),
        created_at: row.created_at,
        changed_at: row.changed_at,
    }
}
