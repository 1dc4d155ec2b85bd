//! `PUT /v1/downloads/{id}/content`: the bytes, streamed into the store.

use actix_web::put;

use super::register::NO_EVENT;
use super::store::{self, Row};
use super::view::DownloadView;
use super::{DownloadId, KeepsDownloads};
use crate::app::App;
use crate::auth::claim::{Caller, Claim};
use crate::auth::proof::prove;
use crate::events::model::Change;
use crate::files::{self, BinaryContent, FileName, Kept, Raw};
use crate::http::problem::Word;
use crate::http::{IfMatch, IfMatchParam, Key, Path, Problem, ProblemView, Refusal, Reply, Result};

/// Put the content of a download
///
/// Up to 1 GiB (the desk may set another limit). It takes the place of what was there; whoever
/// takes it can compare its SHA-256.
#[utoipa::path(
    tag = "downloads",
    params(("id" = DownloadId, Path, description = "The download."), IfMatchParam),
    request_body(content = BinaryContent, content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "The download", body = DownloadView),
        (status = 409, description = "`state_conflict`: it is kept elsewhere, by link", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[put("/downloads/{id}/content")]
pub async fn put_download_content(
    app: App,
    caller: Caller<KeepsDownloads>,
    Path(id): Path<DownloadId>,
    expected: IfMatch,
    body: Raw,
) -> Result<Reply> {
    let _turn = app.files().turn().await?;
    let file = expect_file(&app, (*caller).clone(), id, expected.clone()).await?;
    let limit = body.limit();
    let put = match app.files().put(&file, limit, body.content()).await {
        Ok(kept) => write(&app, (*caller).clone(), id, expected, kept).await,
        Err(problem) => Err(problem),
    };
    if put.is_err()
        && let Err(problem) = files::delete(&app, file).await
    {
        log::warn!("what an upload left is swept later: {problem}");
    }
    put
}

/// Asks whether the content would be taken at all, and writes its name in the store down.
async fn expect_file(app: &App, claim: Claim, id: DownloadId, expected: IfMatch) -> Result<FileName> {
    app.write_value(move |tx| {
        let now = tx.now;
        prove(tx, &claim, now)?;
        let row = store::find(tx, id)?.ok_or(Refusal::NotFound)?;
        expected.holds(row.version)?;
        kept_here(&row)?;
        Ok(Change::silent(files::store::expect(tx)?, "nothing has happened until there is a row"))
    })
    .await
}

/// Writes the row, now that its bytes are there to stay; those of before are to go.
async fn write(app: &App, claim: Claim, id: DownloadId, expected: IfMatch, kept: Kept) -> Result<Reply> {
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        prove(tx, &claim, now)?;
        let before = store::find(tx, id)?.ok_or(Refusal::NotFound)?;
        expected.holds(before.version)?;
        kept_here(&before)?;
        files::store::keep(tx, &kept.name)?;
        let row = Row {
            file: Some(kept.name.as_str().to_owned()),
            size: Some(i64::try_from(kept.size).map_err(Problem::bug)?),
            sha256: Some(kept.sha256),
            version: before.version.saturating_add(1),
            changed_at: now,
            ..before.clone()
        };
        store::update(tx, &before, &row)?;
        if let Some(replaced) = before.file {
            files::store::discard(tx, &FileName::kept(replaced))?;
        }
        let version = row.version;
        Ok(Change::silent(Reply::ok(&DownloadView::of(row, true))?.tagged(version), NO_EVENT))
    })
    .await
}

fn kept_here(row: &Row) -> Result<()> {
    if row.link.is_none() {
        return Ok(());
    }
    let linked = Word::Each { ja: "リンク先で提供".to_owned(), en: "kept elsewhere, by link".to_owned() };
    Err(Problem::from(Refusal::StateConflict).with("state", linked))
}
