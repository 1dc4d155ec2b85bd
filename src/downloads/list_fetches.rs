//! `GET /v1/downloads/{id}/fetches`: who took it, under which contract.

use actix_web::get;
use serde::Serialize;
use utoipa::ToSchema;

use super::store::{self, FetchRow};
use super::{DownloadFetchId, DownloadId};
use crate::app::App;
use crate::auth::claim::Caller;
use crate::auth::proof::prove;
use crate::contracts::ContractId;
use crate::db::types::Instant;
use crate::events::seal::hex;
use crate::http::{List, NoFilter, PageParams, Path, Refusal, Reply, Result};
use crate::page;
use crate::releases::WritesNotices;
use crate::terms::codes::CallerKind;

/// A download that was taken.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DownloadFetch)]
pub struct FetchView {
    /// The fetch.
    pub id: DownloadFetchId,
    /// Under which contract.
    pub contract: ContractId,
    /// The kind of who took it.
    pub fetched_by_kind: CallerKind,
    /// Who took it: the account or the client.
    #[schema(format = "uuid", max_length = 36)]
    pub fetched_by: String,
    /// The SHA-256 of the whole content in hexadecimal; null where a link was handed out.
    #[schema(required, min_length = 64, max_length = 64)]
    pub sha256: Option<String>,
    /// Whether a part of it was taken.
    pub partial: bool,
    /// When.
    pub fetched_at: Instant,
}

page!(
    /// A page of who took a download.
    DownloadFetchPage of FetchView
);

/// List who took a download
///
/// The last one first. A link that was handed out counts as taken.
#[utoipa::path(
    tag = "downloads",
    params(("id" = DownloadId, Path, description = "The download."), PageParams),
    responses((status = 200, description = "A page of fetches", body = DownloadFetchPage)),
    security(("staff" = []))
)]
#[get("/downloads/{id}/fetches")]
pub async fn list_download_fetches(
    app: App,
    caller: Caller<WritesNotices>,
    Path(id): Path<DownloadId>,
    List(NoFilter {}, page): List<NoFilter>,
) -> Result<Reply> {
    let now = app.now();
    app.read(move |db| {
        prove(db, &caller, now)?;
        store::find(db, id)?.ok_or(Refusal::NotFound)?;
        let mut rows = store::fetches_of(db, id, &page)?;
        let next = page.cut(&mut rows, |row| (row.fetched_at, row.id));
        DownloadFetchPage::reply(rows.into_iter().map(FetchView::from).collect(), next, &page)
    })
    .await
}

impl From<FetchRow> for FetchView {
    fn from(row: FetchRow) -> Self {
        Self {
            id: row.id,
            contract: row.contract_id,
            fetched_by_kind: row.fetched_by_kind,
            fetched_by: row.fetched_by_id.to_string(),
            sha256: row.sha256.as_deref().map(hex),
            partial: row.partial,
            fetched_at: row.fetched_at,
        }
    }
}
