//! What callers see of a release notice.

use serde::Serialize;
use utoipa::ToSchema;

use super::NoticeId;
use super::model::allowed;
use super::store::{Row, correction_of};
use crate::auth::proof::Actor;
use crate::contracts::ProductId;
use crate::contracts::store::{ProductRow, products_of};
use crate::db::Connection;
use crate::db::types::Instant;
use crate::deliveries::store::{Reach, reach};
use crate::downloads::DownloadId;
use crate::http::Result;
use crate::http::text::{Body, Day, LanguageTag, Name, Reason, ShortCode, Subject, VersionName};
use crate::terms::codes::{ClauseId, Code, Delivery, NoticeAction, NoticeKind, NoticeState, Origin};
use crate::terms::model::current;

/// A product that a notice is about.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeProduct {
    /// The product.
    pub id: ProductId,
    /// Its code.
    pub code: ShortCode,
    /// Its name.
    #[schema(example = "Votiro Disarmer")]
    pub name: Name,
    /// How it is delivered.
    pub delivery: Delivery,
}

/// What a notice of a fix does not promise.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeDisclaimer {
    /// The clause.
    #[schema(value_type = String, max_length = 20, example = "SW-4.2.3-C4")]
    pub clause: ClauseId,
    /// The version of the service terms.
    #[schema(max_length = 20)]
    pub terms_version: &'static str,
    /// The Japanese text: this one binds.
    #[schema(max_length = 2000)]
    pub ja: &'static str,
    /// The English text, for reference.
    #[schema(max_length = 2000)]
    pub en: &'static str,
}

/// One thing that the caller may or may not do with a notice now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NoticeAllowedAction)]
pub struct NoticeActionView {
    /// The action.
    pub action: NoticeAction,
    /// Whether it would be taken now.
    pub allowed: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 50, example = "state_conflict")]
    pub code: Option<&'static str>,
}

/// How far a notice's mail has come.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeReach {
    /// Whether every recipient is written down.
    pub complete: bool,
    /// How many are yet to be sent to.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub waiting: i64,
    /// How many were delivered.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub delivered: i64,
    /// How many were refused for good.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub bounced: i64,
    /// How many were given up.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub dead: i64,
    /// How many were not sent, since the address has bounced before.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub suppressed: i64,
    /// How many were not sent, since the reason to send fell away.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub cancelled: i64,
    /// Since when the mail that waits longest waits; null when none does.
    #[schema(required)]
    pub oldest_waiting_at: Option<Instant>,
}

/// A release notice. Only the desk sees drafts and withdrawn ones, who wrote it, and its reach.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReleaseNotice)]
pub struct NoticeView {
    /// The notice.
    pub id: NoticeId,
    /// What it is.
    pub kind: NoticeKind,
    /// Where it stands.
    pub state: NoticeState,
    /// The products that it is about.
    #[schema(max_items = 100)]
    pub products: Vec<NoticeProduct>,
    /// The versions that it concerns; software only.
    #[schema(max_items = 100)]
    pub affected_versions: Vec<VersionName>,
    /// The version that it releases; null where it releases none.
    #[schema(required)]
    pub to_version: Option<VersionName>,
    /// Its title.
    pub title: Subject,
    /// Its text.
    pub body: Body,
    /// The language of title and text.
    pub language: LanguageTag,
    /// Who wrote them.
    pub origin: Origin,
    /// When the vendor announced it.
    pub vendor_announced_on: Day,
    /// The vendor's numbers of the defects that it fixes.
    #[schema(max_items = 100)]
    pub fixes: Vec<ShortCode>,
    /// What belongs to it among the downloads.
    #[schema(max_items = 20)]
    pub download_ids: Vec<DownloadId>,
    /// The earlier notice that it corrects; null where it corrects none.
    #[schema(required)]
    pub corrects: Option<NoticeId>,
    /// The later notice that corrects it; null while there is none.
    #[schema(required)]
    pub corrected_by: Option<NoticeId>,
    /// That not every defect gets a fix; null where no software is concerned.
    #[schema(required)]
    pub disclaimer: Option<NoticeDisclaimer>,
    /// When it was announced; null before.
    #[schema(required)]
    pub announced_at: Option<Instant>,
    /// Whether it goes beyond what the terms offer for the product. The desk's answers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub beyond_terms: Option<bool>,
    /// When it was drafted. The desk's answers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub created_at: Option<Instant>,
    /// When it was withdrawn. The desk's answers on withdrawn ones only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub withdrawn_at: Option<Instant>,
    /// Why it was withdrawn. The desk's answers on withdrawn ones only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub withdrawal_reason: Option<Reason>,
    /// How far its mail has come. The desk's answers only, once it is announced.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reach: Option<NoticeReach>,
    /// What the caller may do with it now.
    #[schema(max_items = 10)]
    pub allowed_actions: Vec<NoticeActionView>,
    /// Its version, as in the entity tag.
    #[schema(minimum = 1)]
    pub version: i32,
}

/// A line of a list of release notices.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReleaseNoticeSummary)]
pub struct NoticeSummary {
    /// The notice.
    pub id: NoticeId,
    /// What it is.
    pub kind: NoticeKind,
    /// Where it stands.
    pub state: NoticeState,
    /// The products that it is about.
    #[schema(max_items = 100)]
    pub product_ids: Vec<ProductId>,
    /// The version that it releases; null where it releases none.
    #[schema(required)]
    pub to_version: Option<VersionName>,
    /// Its title.
    pub title: Subject,
    /// The language of the title.
    pub language: LanguageTag,
    /// Who wrote it.
    pub origin: Origin,
    /// When the vendor announced it.
    pub vendor_announced_on: Day,
    /// When it was announced; null before.
    #[schema(required)]
    pub announced_at: Option<Instant>,
    /// Its version, as in the entity tag.
    #[schema(minimum = 1)]
    pub version: i32,
}

impl From<Row> for NoticeSummary {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            state: row.state,
            product_ids: row.product_ids.0,
            to_version: row.to_version,
            title: row.title,
            language: row.language,
            origin: row.origin,
            vendor_announced_on: row.vendor_announced_on.into(),
            announced_at: row.announced_at,
            version: row.version,
        }
    }
}

/// SW-4.2.3-C4, where software is among the products.
pub fn disclaimer(products: &[ProductRow]) -> Option<NoticeDisclaimer> {
    let software = products.iter().any(|product| product.delivery == Delivery::Software);
    let clause = current().clause("SW-4.2.3-C4").filter(|_| software)?;
    Some(NoticeDisclaimer { clause: clause.id, terms_version: current().version, ja: &clause.ja, en: &clause.en })
}

impl NoticeView {
    /// The notice as this caller sees it.
    pub fn of(connection: &mut Connection, row: Row, actor: &Actor) -> Result<Self> {
        let products = products_of(connection, &row.product_ids.0)?;
        let corrected_by = correction_of(connection, row.id)?;
        let desk = !actor.is_outside();
        let reach = match desk && row.state != NoticeState::Draft {
            true => Some(told(reach(connection, row.id)?)),
            false => None,
        };
        let actions = NoticeAction::ALL.iter().filter(|_| desk).map(|action| {
            let refusal = allowed(row.state, *action, actor.kind);
            NoticeActionView { action: *action, allowed: refusal.is_none(), code: refusal.map(|r| r.code()) }
        });
        Ok(Self {
            allowed_actions: actions.collect(),
            disclaimer: disclaimer(&products),
            id: row.id,
            kind: row.kind,
            state: row.state,
            products: products.into_iter().map(NoticeProduct::from).collect(),
            affected_versions: row.affected_versions.0,
            to_version: row.to_version,
            title: row.title,
            body: row.body,
            language: row.language,
            origin: row.origin,
            vendor_announced_on: row.vendor_announced_on.into(),
            fixes: row.fixes.0,
            download_ids: row.download_ids.0,
            corrects: row.corrects,
            corrected_by,
            announced_at: row.announced_at,
            beyond_terms: desk.then_some(row.beyond_terms),
            created_at: desk.then_some(row.created_at),
            withdrawn_at: row.withdrawn_at,
            withdrawal_reason: row.withdrawal_reason.filter(|_| desk),
            reach,
            version: row.version,
        })
    }
}

impl From<ProductRow> for NoticeProduct {
    fn from(row: ProductRow) -> Self {
        Self { id: row.id, code: row.code, name: row.name, delivery: row.delivery }
    }
}

fn told(reach: Reach) -> NoticeReach {
    use crate::terms::codes::NoticeDeliveryState as State;
    let count = |state: State| reach.counts.iter().find(|(of, _)| *of == state).map_or(0, |(_, count)| *count);
    NoticeReach {
        complete: reach.complete,
        waiting: count(State::Waiting),
        delivered: count(State::Delivered),
        bounced: count(State::Bounced),
        dead: count(State::Dead),
        suppressed: count(State::Suppressed),
        cancelled: count(State::Cancelled),
        oldest_waiting_at: reach.oldest_waiting_at,
    }
}
