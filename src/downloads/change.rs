//! `PATCH /v1/downloads/{id}`.

use actix_web::patch;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::model::HttpsUrl;
use super::register::{NO_EVENT, check, either};
use super::store::{self, Row};
use super::view::DownloadView;
use super::{DownloadId, KeepsDownloads};
use crate::app::{App, Tx};
use crate::auth::claim::Caller;
use crate::auth::proof::prove;
use crate::contracts::ProductId;
use crate::db::types::Doc;
use crate::events::model::Change;
use crate::files::{self, FileName};
use crate::http::text::{Day, Name, Reason, Subject, VersionName};
use crate::http::{
    IfMatch, Key, MergePatch, Patch, Path, ProblemView, Refusal, Reply, RequiredIfMatchParam, Result, present,
};
use crate::terms::codes::DownloadKind;

/// What changes of a download; what is not named stays as it is.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeDownload {
    /// What it is.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub kind: Option<DownloadKind>,
    /// Its title.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub title: Option<Subject>,
    /// What there is to say about it; null for nothing.
    #[serde(default)]
    #[schema(value_type = Option<Reason>)]
    pub description: Patch<Reason>,
    /// The products that it belongs to: 1 to 100.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 100))]
    #[schema(nullable = false, min_items = 1, max_items = 100)]
    pub product_ids: Option<Vec<ProductId>>,
    /// The version that it brings; null for none.
    #[serde(default)]
    #[schema(value_type = Option<VersionName>)]
    pub product_version: Patch<VersionName>,
    /// When the vendor supplied it; null where that is not known.
    #[serde(default)]
    #[schema(value_type = Option<Day>)]
    pub supplied_by_vendor_on: Patch<Day>,
    /// The name to save it under; null where a link takes its place, and its content goes.
    #[serde(default)]
    #[schema(value_type = Option<Name>)]
    pub file_name: Patch<Name>,
    /// Where it is kept, if not here; null where a file takes its place.
    #[serde(default)]
    #[schema(value_type = Option<HttpsUrl>)]
    pub link: Patch<HttpsUrl>,
}

/// Change a download
///
/// Grants that are open stay good; what is taken with them is what is there then.
#[utoipa::path(
    tag = "downloads",
    params(("id" = DownloadId, Path, description = "The download."), RequiredIfMatchParam),
    request_body(content = ChangeDownload, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "The download", body = DownloadView),
        (status = 422, description = "`program_provision_not_offered` `validation_failed`, as when it is registered", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[patch("/downloads/{id}")]
pub async fn change_download(
    app: App,
    caller: Caller<KeepsDownloads>,
    Path(id): Path<DownloadId>,
    expected: IfMatch,
    MergePatch(body): MergePatch<ChangeDownload>,
) -> Result<Reply> {
    let expected = expected.required()?;
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        prove(tx, &caller, now)?;
        let before = store::find(tx, id)?.ok_or(Refusal::NotFound)?;
        expected.holds(before.version)?;
        let mut row = body.over(&before);
        if row != before {
            row.version = before.version.saturating_add(1);
            row.changed_at = now;
            either(row.file_name.is_some(), row.link.is_some())?;
            check(tx, &row)?;
            give_up_content(tx, &before, &mut row)?;
            store::update(tx, &before, &row)?;
        }
        let version = row.version;
        Ok(Change::silent(Reply::ok(&DownloadView::of(row, true))?.tagged(version), NO_EVENT))
    })
    .await
}

/// What is kept elsewhere from now on has no content here.
fn give_up_content(tx: &mut Tx<'_>, before: &Row, row: &mut Row) -> Result<()> {
    if row.link.is_none() {
        return Ok(());
    }
    (row.file, row.size, row.sha256) = (None, None, None);
    match &before.file {
        Some(file) => files::store::discard(tx, &FileName::kept(file.clone())),
        None => Ok(()),
    }
}

impl ChangeDownload {
    fn over(self, before: &Row) -> Row {
        let row = before.clone();
        let link = self.link.over(row.link.map(HttpsUrl::kept));
        Row {
            kind: self.kind.unwrap_or(row.kind),
            title: self.title.unwrap_or(row.title),
            description: self.description.over(row.description),
            product_ids: self.product_ids.map_or(row.product_ids, |mut ids| {
                ids.sort();
                ids.dedup();
                Doc(ids)
            }),
            product_version: self.product_version.over(row.product_version),
            supplied_by_vendor_on: self
                .supplied_by_vendor_on
                .over(row.supplied_by_vendor_on.map(Day::from))
                .map(Day::date),
            file_name: self.file_name.over(row.file_name),
            link: link.map(|link| link.to_string()),
            ..row
        }
    }
}
