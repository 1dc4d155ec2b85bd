//! `POST /v1/downloads`: what it is and for which products; its content follows, or a link stands
//! for it.

use actix_web::post;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::KeepsDownloads;
use super::model::{HttpsUrl, check_kind};
use super::store::{self, Row};
use super::view::DownloadView;
use crate::app::{App, Tx};
use crate::auth::claim::Caller;
use crate::auth::proof::prove;
use crate::contracts::ProductId;
use crate::contracts::store::products_of;
use crate::db::types::{Doc, Id};
use crate::events::model::Change;
use crate::http::text::{Day, Name, Reason, Subject, VersionName};
use crate::http::{Fault, Json, Key, KeyParam, Problem, ProblemView, Reply, Result};
use crate::terms::codes::DownloadKind;

/// Why keeping the download site leaves no event.
pub(super) const NO_EVENT: &str = "what is offered tells nothing of anybody; that it was granted does";

/// What is to be offered.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterDownload {
    /// What it is: programs and patches are for software only.
    pub kind: DownloadKind,
    /// Its title.
    pub title: Subject,
    /// What there is to say about it.
    #[serde(default)]
    #[schema(nullable = false)]
    pub description: Option<Reason>,
    /// The products that it belongs to: 1 to 100.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_items = 1, max_items = 100)]
    pub product_ids: Vec<ProductId>,
    /// The version that it brings.
    #[serde(default)]
    #[schema(nullable = false)]
    pub product_version: Option<VersionName>,
    /// When the vendor supplied it.
    #[serde(default)]
    #[schema(nullable = false)]
    pub supplied_by_vendor_on: Option<Day>,
    /// The name to save it under. Either this or a link.
    #[serde(default)]
    #[schema(nullable = false, example = "va-9.6.132.zip")]
    pub file_name: Option<Name>,
    /// Where it is kept, if not here. Either this or a file name.
    #[serde(default)]
    #[schema(nullable = false)]
    pub link: Option<HttpsUrl>,
}

/// Register a download
///
/// With a `file_name` its content is put next, and until then nobody outside the desk sees it;
/// with a `link` it is kept elsewhere.
#[utoipa::path(
    tag = "downloads",
    params(KeyParam),
    request_body = RegisterDownload,
    responses(
        (status = 201, description = "The download", body = DownloadView),
        (status = 422, description = "`program_provision_not_offered`: a program or patch for SaaS · `validation_failed`: `unknown_reference`, `one_of_required`, `not_allowed_here`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[post("/downloads")]
pub async fn register_download(
    app: App,
    caller: Caller<KeepsDownloads>,
    key: Key,
    Json(body): Json<RegisterDownload>,
) -> Result<Reply> {
    either(body.file_name.is_some(), body.link.is_some())?;
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        tx.once()?;
        let mut product_ids = body.product_ids;
        product_ids.sort();
        product_ids.dedup();
        let row = Row {
            id: tx.new_id(),
            kind: body.kind,
            title: body.title,
            description: body.description,
            product_ids: Doc(product_ids),
            product_version: body.product_version,
            supplied_by_vendor_on: body.supplied_by_vendor_on.map(Day::date),
            link: body.link.map(|link| link.to_string()),
            file_name: body.file_name,
            file: None,
            size: None,
            sha256: None,
            version: 1,
            created_by: Id::new(actor.id),
            created_at: now,
            changed_at: now,
        };
        check(tx, &row)?;
        store::insert(tx, &row)?;
        let (place, version) = (format!("/v1/downloads/{}", row.id), row.version);
        let reply = Reply::created(&place, &DownloadView::of(row, true))?.tagged(version);
        Ok(Change::silent(reply, NO_EVENT))
    })
    .await
}

/// It is kept here or elsewhere, and not both.
pub(super) fn either(file_name: bool, link: bool) -> Result<()> {
    match (file_name, link) {
        (true, true) => Err(Problem::fault("/link", "not_allowed_here")),
        (false, false) => Err(Problem::faults(vec![Fault::at("/file_name", "one_of_required")])),
        _ => Ok(()),
    }
}

/// Its products are there, and its kind is provided for them.
pub(super) fn check(tx: &mut Tx<'_>, row: &Row) -> Result<()> {
    let products = products_of(tx, &row.product_ids.0)?;
    if products.len() != row.product_ids.0.len() {
        return Err(Problem::fault("/product_ids", "unknown_reference"));
    }
    check_kind(row.kind, &products)
}
