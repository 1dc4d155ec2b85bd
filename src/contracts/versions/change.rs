//! `PATCH /v1/products/{id}/versions/{version}`.

use actix_web::patch;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::{ProductVersionView, known_on, say, view};
use crate::app::{App, Tx};
use crate::auth::claim::Caller;
use crate::auth::proof::{Actor, prove};
use crate::contracts::model::Fact;
use crate::contracts::store::{self, VersionRow};
use crate::contracts::{Manages, Product, ProductId};
use crate::db::types::Id;
use crate::events::model::Change;
use crate::http::text::{Day, VersionName};
use crate::http::{IfMatch, Key, MergePatch, Patch, Path, Refusal, Reply, RequiredIfMatchParam, Result, present};

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

/// Change a version
///
/// The change holds from `effective_on`; what was known before that day stays known.
#[utoipa::path(
    tag = "products",
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
            Ok(Reply::ok(&view(tx, row, now)?)?.tagged(version))
        })
    })
    .await
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
    let event = say(tx, actor, "version_changed", &row, effective_on, fact)?;
    Ok(Change::new(row, event))
}
