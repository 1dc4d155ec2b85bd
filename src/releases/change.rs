//! `PATCH /v1/release-notices/{id}`: a draft changes; what was announced is corrected by another.

use actix_web::patch;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::draft::{check, sorted};
use super::model::may;
use super::store::{self, Row};
use super::view::NoticeView;
use super::{NoticeId, WritesNotices};
use crate::app::App;
use crate::auth::claim::Caller;
use crate::auth::proof::prove;
use crate::contracts::ProductId;
use crate::db::types::{Doc, Instant};
use crate::downloads::DownloadId;
use crate::events::model::Change;
use crate::http::text::{Body, Day, LanguageTag, ShortCode, Subject, VersionName};
use crate::http::{
    IfMatch, Key, MergePatch, Patch, Path, ProblemView, Refusal, Reply, RequiredIfMatchParam, Result, present,
};
use crate::terms::codes::{NoticeAction, NoticeKind, Origin};

/// What changes of a draft; what is not named stays as it is.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeNotice {
    /// What it is.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub kind: Option<NoticeKind>,
    /// The products that it is about: 1 to 100.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 100))]
    #[schema(nullable = false, min_items = 1, max_items = 100)]
    pub product_ids: Option<Vec<ProductId>>,
    /// The versions that it concerns; software only.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(max = 100))]
    #[schema(nullable = false, max_items = 100)]
    pub affected_versions: Option<Vec<VersionName>>,
    /// The version that it releases; null for none.
    #[serde(default)]
    #[schema(value_type = Option<VersionName>)]
    pub to_version: Patch<VersionName>,
    /// Its title.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub title: Option<Subject>,
    /// Its text.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub body: Option<Body>,
    /// The language of title and text.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub language: Option<LanguageTag>,
    /// Who wrote them.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub origin: Option<Origin>,
    /// When the vendor announced it.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub vendor_announced_on: Option<Day>,
    /// The vendor's numbers of the defects that it fixes.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(max = 100))]
    #[schema(nullable = false, max_items = 100)]
    pub fixes: Option<Vec<ShortCode>>,
    /// What belongs to it among the downloads.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(max = 20))]
    #[schema(nullable = false, max_items = 20)]
    pub download_ids: Option<Vec<DownloadId>>,
    /// The notice that it corrects; null for none.
    #[serde(default)]
    #[schema(value_type = Option<NoticeId>)]
    pub corrects: Patch<NoticeId>,
    /// That it goes beyond what the terms offer for the product; a manager alone may say so.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub beyond_terms: Option<bool>,
}

/// Change a draft
///
/// Once it is announced it is never changed: another notice corrects it and refers back.
#[utoipa::path(
    tag = "releases",
    params(("id" = NoticeId, Path, description = "The notice."), RequiredIfMatchParam),
    request_body(content = ChangeNotice, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "The draft", body = NoticeView),
        (status = 409, description = "`state_conflict`: it is no draft any more", body = ProblemView, content_type = "application/problem+json"),
        (status = 422, description = "`notice_kind_not_offered` `validation_failed`, as when it is drafted", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[patch("/release-notices/{id}")]
pub async fn change_release_notice(
    app: App,
    caller: Caller<WritesNotices>,
    Path(id): Path<NoticeId>,
    expected: IfMatch,
    MergePatch(body): MergePatch<ChangeNotice>,
) -> Result<Reply> {
    let expected = expected.required()?;
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let before = store::find(tx, id)?.ok_or(Refusal::NotFound)?;
        expected.holds(before.version)?;
        may(before.state, NoticeAction::Change)?;
        let mut row = body.over(&before, now);
        let unchanged = Row { version: before.version, changed_at: before.changed_at, ..row.clone() } == before;
        if unchanged {
            row = before;
        } else {
            check(tx, &row, &actor)?;
            store::update(tx, &before, &row)?;
        }
        let version = row.version;
        let reply = Reply::ok(&NoticeView::of(tx, row, &actor)?)?.tagged(version);
        Ok(Change::silent(reply, "a draft tells nobody anything; the announcement does"))
    })
    .await
}

impl ChangeNotice {
    fn over(self, before: &Row, now: Instant) -> Row {
        let row = before.next(now);
        Row {
            kind: self.kind.unwrap_or(row.kind),
            product_ids: self.product_ids.map_or(row.product_ids, |ids| Doc(sorted(ids))),
            affected_versions: self.affected_versions.map_or(row.affected_versions, Doc),
            to_version: self.to_version.over(row.to_version),
            title: self.title.unwrap_or(row.title),
            body: self.body.unwrap_or(row.body),
            language: self.language.unwrap_or(row.language),
            origin: self.origin.unwrap_or(row.origin),
            vendor_announced_on: self.vendor_announced_on.map_or(row.vendor_announced_on, Day::date),
            fixes: self.fixes.map_or(row.fixes, |fixes| Doc(sorted(fixes))),
            download_ids: self.download_ids.map_or(row.download_ids, |ids| Doc(sorted(ids))),
            corrects: self.corrects.over(row.corrects),
            beyond_terms: self.beyond_terms.unwrap_or(row.beyond_terms),
            ..row
        }
    }
}
