//! `GET /v1/downloads` and `GET /v1/downloads/{id}`; and the one rule of who is entitled.

use actix_web::get;
use serde::Deserialize;
use utoipa::IntoParams;

use super::DownloadId;
use super::model::service;
use super::store::{self, Narrowing, Row};
use super::view::DownloadView;
use crate::app::App;
use crate::auth::claim::{Caller, Gate, Header, Privilege, SupportIdParam};
use crate::auth::proof::{Actor, prove};
use crate::contracts::Product;
use crate::contracts::entitled::{not_denied, served};
use crate::contracts::model::Contact;
use crate::db::Connection;
use crate::db::types::{Id, Instant};
use crate::http::{AnyOf, List, PageParams, Path, Problem, ProblemView, Refusal, Reply, Result};
use crate::page;
use crate::terms::codes::{DownloadKind, Scope, Service};

/// Sees what is offered.
pub struct SeesDownloads;
impl Privilege for SeesDownloads {
    const GATE: Gate = Gate::shut().customer().partner(Scope::DownloadsRead, Header::Optional).agent();
}

page!(
    /// A page of downloads.
    DownloadPage of DownloadView
);

/// What a list of downloads is narrowed by; several values of one with commas between.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DownloadFilter {
    /// Any of these kinds.
    #[param(nullable = false, value_type = Option<String>, max_length = 100, example = "program,patch")]
    kind: Option<AnyOf<DownloadKind>>,
    /// Of any of these products, by id.
    #[param(nullable = false, value_type = Option<String>, max_length = 800)]
    product: Option<AnyOf<Id<Product>>>,
}

/// List downloads
///
/// Newest first. Outside the desk what can be taken under the contract now: documents with the
/// service `information`, programs and patches with `program_provision`.
#[utoipa::path(
    tag = "downloads",
    params(DownloadFilter, PageParams, SupportIdParam),
    responses(
        (status = 200, description = "A page of downloads", body = DownloadPage),
        (status = 403, description = "`contract_not_started` `contract_expired` `contract_suspended` `service_not_contracted` `support_denied`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("staff" = []), ("client" = ["downloads:read"]))
)]
#[get("/downloads")]
pub async fn list_downloads(
    app: App,
    caller: Caller<SeesDownloads>,
    List(filter, page): List<DownloadFilter>,
) -> Result<Reply> {
    let (now, desk, outside) = (app.now(), app.config().desk_contact(), caller.is_outside());
    app.read(move |db| {
        let actor = prove(db, &caller, now)?;
        let by = Narrowing {
            seen: seen(db, &actor, now, &desk)?,
            kinds: filter.kind.map(|any| any.0).unwrap_or_default(),
            products: filter.product.map(|any| any.0).unwrap_or_default(),
        };
        let mut rows = store::list(db, &by, &page)?;
        let next = page.cut(&mut rows, |row| (row.created_at, row.id));
        DownloadPage::reply(rows.into_iter().map(|row| DownloadView::of(row, !outside)).collect(), next, &page)
    })
    .await
}

/// Read a download
///
/// Outside the desk one that can be taken under the contract now.
#[utoipa::path(
    tag = "downloads",
    params(("id" = DownloadId, Path, description = "The download."), SupportIdParam),
    responses(
        (status = 200, description = "The download", body = DownloadView),
        (status = 403, description = "`contract_not_started` `contract_expired` `contract_suspended` `service_not_contracted` `support_denied`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("staff" = []), ("client" = ["downloads:read"]))
)]
#[get("/downloads/{id}")]
pub async fn get_download(app: App, caller: Caller<SeesDownloads>, Path(id): Path<DownloadId>) -> Result<Reply> {
    let (now, desk, outside) = (app.now(), app.config().desk_contact(), caller.is_outside());
    app.read(move |db| {
        let actor = prove(db, &caller, now)?;
        let found = store::find(db, id)?;
        let row = entitled(db, &actor, found, now, &desk)?;
        let version = row.version;
        Ok(Reply::ok(&DownloadView::of(row, !outside))?.tagged(version))
    })
    .await
}

/// The products of which documents, and of which programs and patches, may be taken; none for the
/// desk. 403 where neither service is contracted.
fn seen(db: &mut Connection, actor: &Actor, now: Instant, desk: &Contact) -> Result<Option<store::Seen>> {
    let lacking = |problem: Problem| match problem.refusal() {
        Refusal::ServiceNotContracted => Ok(Some(Vec::new())),
        _ => Err(problem),
    };
    let documents = served(db, actor, Service::Information, now, desk);
    let programs = served(db, actor, Service::ProgramProvision, now, desk);
    match (documents, programs) {
        (Err(problem), Err(_)) => Err(problem),
        (documents, programs) => Ok(documents.or_else(lacking)?.zip(programs.or_else(lacking)?)),
    }
}

/// The download, for a caller who may take it now: its product is contracted (else 404, as if it
/// were not there), the contract in force and its service included (else 403).
pub(super) fn entitled(
    db: &mut Connection,
    actor: &Actor,
    row: Option<Row>,
    now: Instant,
    desk: &Contact,
) -> Result<Row> {
    let row = row.filter(|row| row.is_available() || !actor.is_outside());
    let contracted = |row: &Row| match &actor.presented {
        Some(contract) => row.product_ids.0.iter().any(|product| contract.product_ids.0.contains(product)),
        None => true,
    };
    let row = row.filter(contracted).ok_or(Refusal::NotFound)?;
    let products = served(db, actor, service(row.kind), now, desk)?;
    not_denied(db, actor, &row.product_ids.0, now, desk)?;
    match products {
        Some(products) if !row.product_ids.0.iter().any(|product| products.contains(product)) => {
            Err(Refusal::NotFound.into())
        }
        _ => Ok(row),
    }
}
