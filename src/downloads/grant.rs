//! `POST /v1/downloads/{id}/grants`: the right to take it, for a quarter of an hour.

use actix_web::post;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::model::{GRANT_GOOD, HttpsUrl};
use super::read::entitled;
use super::store::{self, FetchRow, GrantRow};
use super::{DownloadGrantId, DownloadId, TakesDownloads};
use crate::accounts::model::{digest_of, secret};
use crate::app::App;
use crate::auth::claim::{Caller, SupportIdParam};
use crate::auth::proof::prove;
use crate::db::types::{Id, Instant};
use crate::events::model::{Change, NewEvent, Subject};
use crate::events::seal::hex;
use crate::http::text::Name;
use crate::http::{Key, Path, ProblemView, Refusal, Reply, Result};
use crate::terms::codes::{Code, EventType};

/// The right to take a download.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DownloadGrant)]
pub struct GrantView {
    /// The grant.
    pub id: DownloadGrantId,
    /// Where to take it: a path of this server, for the same contract. Null where it is kept
    /// elsewhere.
    #[schema(required, max_length = 200, example = "/v1/downloads/content/mdg_c29tZS1vcGFxdWUtdG9rZW4")]
    pub content: Option<String>,
    /// Where to take it, if it is kept elsewhere; null where it is kept here.
    #[schema(required)]
    pub link: Option<HttpsUrl>,
    /// The name to save it under; null where it is kept elsewhere.
    #[schema(required)]
    pub file_name: Option<Name>,
    /// How many bytes it has; null where it is kept elsewhere.
    #[schema(required, minimum = 0, maximum = 5_368_709_120i64)]
    pub size: Option<i64>,
    /// The SHA-256 of its bytes in hexadecimal; null where it is kept elsewhere.
    #[schema(required, min_length = 64, max_length = 64)]
    pub sha256: Option<String>,
    /// Until when it may be begun.
    pub expires_at: Instant,
}

/// Ask to take a download
///
/// Good for 15 minutes and for the contract presented. Whether the contract entitles to it is asked
/// now and again when it is taken; what is installed is never asked. No `Idempotency-Key` is taken,
/// since the answer is secret.
#[utoipa::path(
    tag = "downloads",
    params(("id" = DownloadId, Path, description = "The download."), SupportIdParam),
    responses(
        (status = 201, description = "The grant, shown this once", body = GrantView),
        (status = 403, description = "`contract_not_started` `contract_expired` `contract_suspended` `service_not_contracted` `support_denied`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("client" = ["downloads:read"]))
)]
#[post("/downloads/{id}/grants")]
pub async fn grant_download(app: App, caller: Caller<TakesDownloads>, Path(id): Path<DownloadId>) -> Result<Reply> {
    let desk = app.config().desk_contact();
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let (contract, reseller) = actor.contract().map(|contract| (contract.contract, contract.reseller))?;
        let found = store::find(tx, id)?;
        let row = entitled(tx, &actor, found, now, &desk)?;
        if !row.is_available() {
            return Err(Refusal::NotFound.into());
        }
        let token = secret("mdg_", tx.ids().secret());
        let grant = GrantRow {
            id: tx.new_id(),
            digest: digest_of(&token),
            download_id: id,
            contract_id: contract,
            granted_to_kind: actor.kind,
            granted_to_id: Id::new(actor.id),
            granted_at: now,
            expires_at: now.plus(GRANT_GOOD),
        };
        store::insert_grant(tx, &grant)?;
        if row.link.is_some() {
            // What is kept elsewhere is taken elsewhere: that the link was handed out is on record.
            let fetch = FetchRow {
                id: tx.new_id(),
                download_id: id,
                contract_id: contract,
                fetched_by_kind: actor.kind,
                fetched_by_id: Id::new(actor.id),
                sha256: None,
                partial: false,
                fetched_at: now,
            };
            store::insert_fetch(tx, &fetch)?;
        }
        let data = json!({ "grant": grant.id, "kind": row.kind.as_str(), "expires_at": grant.expires_at });
        let event = NewEvent::by(&actor, EventType::DownloadGranted, Subject::new("download", id), data);
        let content = format!("/v1/downloads/content/{token}");
        let view = GrantView {
            id: grant.id,
            content: row.file.is_some().then(|| content.clone()),
            link: row.link.map(HttpsUrl::kept),
            file_name: row.file_name,
            size: row.size,
            sha256: row.sha256.as_deref().map(hex),
            expires_at: grant.expires_at,
        };
        let reply = Reply::created(&content, &view)?.tagged(row.version).secret();
        Ok(Change::new(reply, event.on(contract, reseller)))
    })
    .await
}
