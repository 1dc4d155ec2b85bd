//! `/v1/products/{id}/versions`: which versions we released, and how long the vendor supports them.
//!
//! What is known of a version is never rewritten: each word has a day from which it holds and the
//! moment in which it was recorded.

use serde::Serialize;
use serde_json::json;
use time::Date;
use utoipa::ToSchema;

use super::model::Fact;
use super::store::{self, FactRow, VersionRow};
use super::{ProductId, ProductVersionId, told};
use crate::app::Tx;
use crate::auth::proof::Actor;
use crate::calendar::model::tokyo_date;
use crate::db::Connection;
use crate::db::types::Instant;
use crate::events::model::{NewEvent, Subject};
use crate::http::Result;
use crate::http::text::{Day, VersionName};
use crate::terms::codes::EventType;

pub mod change;
pub mod model;
pub mod read;
pub mod register;

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

/// Adds a word to what is known of a version, and makes the event that tells of it.
fn say(
    tx: &mut Tx<'_>,
    actor: Option<&Actor>,
    change: &str,
    row: &VersionRow,
    effective_on: Date,
    fact: Fact,
) -> Result<NewEvent> {
    let said = FactRow { id: tx.new_id(), product_version_id: row.id, effective_on, recorded_at: tx.now, fact };
    store::insert_fact(tx, &said)?;
    let data = json!({
        "change": change,
        "product_version_id": row.id,
        "effective_on": Day::from(effective_on),
        "released_by_us_on": fact.released_by_us_on.map(Day::from),
        "vendor_supported_until_on": fact.vendor_supported_until_on.map(Day::from),
    });
    Ok(told(actor, EventType::ProductChanged, Subject::new("product", row.product_id), data))
}

/// Of what was said, given in its order, that which holds on a day; before the first day nothing
/// is released.
fn known_on(facts: &[&FactRow], day: Date) -> Fact {
    let last = facts.iter().rev().find(|fact| fact.effective_on <= day);
    last.map_or(Fact { released_by_us_on: None, vendor_supported_until_on: None }, |fact| fact.fact)
}

/// Shows a version as it is known at a moment.
fn view(connection: &mut Connection, row: VersionRow, now: Instant) -> Result<ProductVersionView> {
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
