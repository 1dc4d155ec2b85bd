//! `GET /v1/downloads/content/{grant}`: the bytes, whole or in part, for the contract that they
//! were granted to.

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderName;
use actix_web::{HttpResponse, get};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::TakesDownloads;
use super::read::entitled;
use super::store::{self, FetchRow};
use crate::accounts::model::digest_of;
use crate::app::App;
use crate::auth::claim::{Caller, Claim, SupportIdParam};
use crate::auth::proof::prove;
use crate::db::types::Id;
use crate::events::model::Change;
use crate::files::{BinaryContent, Wanted, WantedParams};
use crate::http::{Path, ProblemView, Refusal, Result};

/// RFC 9530: the digest of the whole, whichever part is sent.
const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");

/// Take a download
///
/// Always as bytes to be saved; one range at a time may be asked for. `Repr-Digest` carries the
/// SHA-256 of the whole. An expired grant, another contract's and one that never was are the same
/// 404. Who took what is on record.
#[utoipa::path(
    tag = "downloads",
    params(("grant" = String, Path, max_length = 100, description = "What was granted."), WantedParams, SupportIdParam),
    responses(
        (status = 200, description = "The bytes", body = BinaryContent, content_type = "application/octet-stream", headers(("ETag" = String))),
        (status = 206, description = "The bytes of the range, which `Content-Range` names", body = BinaryContent, content_type = "application/octet-stream"),
        (status = 403, description = "`contract_not_started` `contract_expired` `contract_suspended` `service_not_contracted` `support_denied`", body = ProblemView, content_type = "application/problem+json"),
        (status = 416, description = "`range_not_satisfiable`; `Content-Range` names the size", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("client" = ["downloads:read"]))
)]
#[get("/downloads/content/{grant}")]
pub async fn get_download_content(
    app: App,
    caller: Caller<TakesDownloads>,
    Path(grant): Path<String>,
    wanted: Wanted,
) -> Result<HttpResponse> {
    let (now, desk) = (app.now(), app.config().desk_contact());
    let (claim, digest) = ((*caller).clone(), digest_of(&grant));
    let (row, content) = app
        .read(move |db| {
            let actor = prove(db, &claim, now)?;
            let granted = store::granted(db, &digest, actor.contract()?.contract, now)?;
            let row = entitled(db, &actor, granted, now, &desk)?;
            let content = row.content()?.ok_or(Refusal::NotFound)?;
            Ok((row, content))
        })
        .await?;
    let whole = format!("sha-256=:{}:", STANDARD.encode(&content.sha256));
    let mut response = content.serve(app.files(), &wanted).await?;
    if matches!(response.status(), StatusCode::OK | StatusCode::PARTIAL_CONTENT) {
        let partial = response.status() == StatusCode::PARTIAL_CONTENT;
        note(&app, (*caller).clone(), row, partial).await?;
        if let Ok(value) = whole.parse() {
            response.headers_mut().insert(REPR_DIGEST, value);
        }
    }
    Ok(response)
}

/// Writes down who takes what, before a byte of it leaves.
async fn note(app: &App, claim: Claim, row: store::Row, partial: bool) -> Result<()> {
    app.write_value(move |tx| {
        let now = tx.now;
        let actor = prove(tx, &claim, now)?;
        let fetch = FetchRow {
            id: tx.new_id(),
            download_id: row.id,
            contract_id: actor.contract()?.contract,
            fetched_by_kind: actor.kind,
            fetched_by_id: Id::new(actor.id),
            sha256: row.sha256,
            partial,
            fetched_at: now,
        };
        store::insert_fetch(tx, &fetch)?;
        Ok(Change::silent((), "the grant told it; the ledger of fetches is its own record"))
    })
    .await
}
