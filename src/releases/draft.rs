//! `POST /v1/release-notices`: the desk writes down what the vendor released or announced.

use actix_web::post;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::model::{check_kind, check_versions};
use super::store::{self, Row};
use super::view::NoticeView;
use super::{NoticeId, WritesNotices};
use crate::app::{App, Tx};
use crate::auth::claim::Caller;
use crate::auth::proof::{Actor, prove};
use crate::contracts::ProductId;
use crate::contracts::store::products_of;
use crate::db::types::{Doc, Id};
use crate::downloads::{self, DownloadId};
use crate::events::model::Change;
use crate::http::text::{Body, Day, LanguageTag, ShortCode, Subject, VersionName};
use crate::http::{Fault, Json, Key, KeyParam, Problem, ProblemView, Reply, Result};
use crate::terms::codes::{CallerKind, NoticeKind, NoticeState, Origin};

/// What the vendor released or announced.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftNotice {
    /// What it is: programs and patches for software, announcements and alerts for SaaS.
    pub kind: NoticeKind,
    /// The products that it is about: 1 to 100.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_items = 1, max_items = 100)]
    pub product_ids: Vec<ProductId>,
    /// The versions that it concerns; software only.
    #[serde(default)]
    #[validate(length(max = 100))]
    #[schema(nullable = false, max_items = 100)]
    pub affected_versions: Option<Vec<VersionName>>,
    /// The version that it releases; software only.
    #[serde(default)]
    #[schema(nullable = false)]
    pub to_version: Option<VersionName>,
    /// Its title.
    pub title: Subject,
    /// Its text.
    pub body: Body,
    /// The language of title and text.
    pub language: LanguageTag,
    /// Who wrote them; the vendor's may stay in its own language (LNG-3-C2).
    pub origin: Origin,
    /// When the vendor announced it.
    pub vendor_announced_on: Day,
    /// The vendor's numbers of the defects that it fixes: customers whose inquiries were closed on
    /// one of them are told.
    #[serde(default)]
    #[validate(length(max = 100))]
    #[schema(nullable = false, max_items = 100)]
    pub fixes: Option<Vec<ShortCode>>,
    /// What belongs to it among the downloads.
    #[serde(default)]
    #[validate(length(max = 20))]
    #[schema(nullable = false, max_items = 20)]
    pub download_ids: Option<Vec<DownloadId>>,
    /// The announced or withdrawn notice that it corrects.
    #[serde(default)]
    #[schema(nullable = false)]
    pub corrects: Option<NoticeId>,
    /// That it goes beyond what the terms offer for the product; a manager alone may say so.
    #[serde(default)]
    #[schema(nullable = false)]
    pub beyond_terms: Option<bool>,
}

/// Draft a release notice
///
/// Nobody outside the desk sees it before it is announced. Two kinds are for software, two for
/// SaaS; another is refused by clause unless a manager says `beyond_terms`.
#[utoipa::path(
    tag = "releases",
    params(KeyParam),
    request_body = DraftNotice,
    responses(
        (status = 201, description = "The draft", body = NoticeView),
        (status = 422, description = "`notice_kind_not_offered` by clause, with the kinds that are offered · `validation_failed`: `unknown_reference` for products, downloads and notices that are not there, `not_allowed_here` for versions of SaaS", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[post("/release-notices")]
pub async fn draft_release_notice(
    app: App,
    caller: Caller<WritesNotices>,
    key: Key,
    Json(body): Json<DraftNotice>,
) -> Result<Reply> {
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        tx.once()?;
        let row = body.row(tx, &actor);
        check(tx, &row, &actor)?;
        store::insert(tx, &row)?;
        let (place, version) = (row.place(), row.version);
        let reply = Reply::created(&place, &NoticeView::of(tx, row, &actor)?)?.tagged(version);
        Ok(Change::silent(reply, "a draft tells nobody anything; the announcement does"))
    })
    .await
}

impl DraftNotice {
    fn row(self, tx: &Tx<'_>, actor: &Actor) -> Row {
        Row {
            id: tx.new_id(),
            kind: self.kind,
            state: NoticeState::Draft,
            product_ids: Doc(sorted(self.product_ids)),
            affected_versions: Doc(self.affected_versions.unwrap_or_default()),
            to_version: self.to_version,
            title: self.title,
            body: self.body,
            language: self.language,
            origin: self.origin,
            vendor_announced_on: self.vendor_announced_on.date(),
            fixes: Doc(sorted(self.fixes.unwrap_or_default())),
            download_ids: Doc(sorted(self.download_ids.unwrap_or_default())),
            corrects: self.corrects,
            beyond_terms: self.beyond_terms.unwrap_or(false),
            version: 1,
            created_by: Id::new(actor.id),
            created_at: tx.now,
            changed_at: tx.now,
            listed_at: tx.now,
            announced_at: None,
            withdrawn_at: None,
            withdrawal_reason: None,
        }
    }
}

/// What is named twice is named once.
pub(super) fn sorted<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    items.sort();
    items.dedup();
    items
}

/// Holds a draft to the rules: what it names is there and belongs together, and the terms offer
/// its kind, unless a manager goes beyond them.
pub(super) fn check(tx: &mut Tx<'_>, row: &Row, actor: &Actor) -> Result<()> {
    let products = products_of(tx, &row.product_ids.0)?;
    let mut faults = Vec::new();
    if products.len() != row.product_ids.0.len() {
        faults.push(Fault::at("/product_ids", "unknown_reference"));
    }
    let fitting = downloads::store::of_products(tx, &row.download_ids.0, &row.product_ids.0)?;
    if fitting != row.download_ids.0.len() {
        faults.push(Fault::at("/download_ids", "unknown_reference"));
    }
    if let Some(earlier) = row.corrects {
        let found = store::find(tx, earlier)?.filter(|earlier| earlier.state != NoticeState::Draft);
        faults.extend(found.is_none().then(|| Fault::at("/corrects", "unknown_reference")));
    }
    if !faults.is_empty() {
        return Err(Problem::faults(faults));
    }
    check_versions(&products, !row.affected_versions.0.is_empty(), row.to_version.is_some())?;
    check_kind(row.kind, &products, row.beyond_terms && actor.kind == CallerKind::Manager)
}
