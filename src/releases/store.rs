//! Every query on release notices themselves.

use diesel::prelude::*;
use time::Date;

use super::{Notice, NoticeId};
use crate::accounts::Staff;
use crate::contracts::{Product, ProductId};
use crate::db::Connection;
use crate::db::schema::{release_notice_products as links, release_notices as notices};
use crate::db::types::{Doc, Id, Instant};
use crate::downloads::Download;
use crate::http::page::Page;
use crate::http::text::{Body, LanguageTag, Reason, ShortCode, Subject, VersionName};
use crate::http::{Refusal, Result};
use crate::terms::codes::{NoticeKind, NoticeState, Origin};
use crate::{load_page, older};

/// A notice.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = notices, treat_none_as_null = true)]
pub struct Row {
    /// The notice.
    pub id: NoticeId,
    /// What it is.
    pub kind: NoticeKind,
    /// Where it stands.
    pub state: NoticeState,
    /// The products that it is about.
    pub product_ids: Doc<Vec<Id<Product>>>,
    /// The versions that it concerns.
    pub affected_versions: Doc<Vec<VersionName>>,
    /// The version that it releases.
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
    pub vendor_announced_on: Date,
    /// The vendor's numbers of the defects that it fixes.
    pub fixes: Doc<Vec<ShortCode>>,
    /// What belongs to it on the download site.
    pub download_ids: Doc<Vec<Id<Download>>>,
    /// The earlier notice that it corrects.
    pub corrects: Option<NoticeId>,
    /// Whether a manager announces what the terms do not offer for the product.
    pub beyond_terms: bool,
    /// Its version.
    pub version: i32,
    /// Who drafted it.
    pub created_by: Id<Staff>,
    /// When.
    pub created_at: Instant,
    /// When it was last changed.
    pub changed_at: Instant,
    /// What lists are ordered by.
    pub listed_at: Instant,
    /// When it was announced.
    pub announced_at: Option<Instant>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Instant>,
    /// Why.
    pub withdrawal_reason: Option<Reason>,
}

/// The notice.
pub fn find(connection: &mut Connection, id: NoticeId) -> Result<Option<Row>> {
    Ok(notices::table.find(id).select(Row::as_select()).first(connection).optional()?)
}

/// The announced notice that corrects this one; of several the latest.
pub fn correction_of(connection: &mut Connection, id: NoticeId) -> Result<Option<NoticeId>> {
    Ok(notices::table
        .filter(notices::corrects.eq(id))
        .filter(notices::state.eq(NoticeState::Announced))
        .order((notices::announced_at.desc(), notices::id.desc()))
        .select(notices::id)
        .first(connection)
        .optional()?)
}

/// What a list of notices is narrowed by. Empty means all.
#[derive(Clone, Debug, Default)]
pub struct Narrowing {
    /// Only announced ones that are about one of these products; the desk sees all.
    pub seen: Option<Vec<ProductId>>,
    /// Any of these kinds.
    pub kinds: Vec<NoticeKind>,
    /// About any of these products.
    pub products: Vec<ProductId>,
    /// In any of these states.
    pub states: Vec<NoticeState>,
}

/// Reads a page, newest first.
pub fn list(connection: &mut Connection, by: &Narrowing, page: &Page) -> Result<Vec<Row>> {
    let about = |products: &[ProductId]| {
        links::table.filter(links::product_id.eq_any(products.to_vec())).select(links::notice_id)
    };
    let mut query =
        notices::table.order((notices::listed_at.desc(), notices::id.desc())).select(Row::as_select()).into_boxed();
    if let Some(products) = &by.seen {
        query = query.filter(notices::state.eq(NoticeState::Announced)).filter(notices::id.eq_any(about(products)));
    }
    if !by.products.is_empty() {
        query = query.filter(notices::id.eq_any(about(&by.products)));
    }
    if !by.kinds.is_empty() {
        query = query.filter(notices::kind.eq_any(&by.kinds));
    }
    if !by.states.is_empty() {
        query = query.filter(notices::state.eq_any(&by.states));
    }
    older!(query, page, notices::listed_at, notices::id);
    Ok(load_page!(query, page, connection))
}

/// Adds a notice.
pub fn insert(connection: &mut Connection, row: &Row) -> Result<()> {
    diesel::insert_into(notices::table).values(row).execute(connection)?;
    link(connection, row)
}

/// Changes a notice: 412 when it has moved on from the version before.
pub fn update(connection: &mut Connection, before: &Row, row: &Row) -> Result<()> {
    let seen = notices::table.find(row.id).filter(notices::version.eq(before.version));
    if diesel::update(seen).set(row).execute(connection)? == 0 {
        return Err(Refusal::VersionConflict.into());
    }
    if before.product_ids == row.product_ids {
        return Ok(());
    }
    diesel::delete(links::table.filter(links::notice_id.eq(row.id))).execute(connection)?;
    link(connection, row)
}

fn link(connection: &mut Connection, row: &Row) -> Result<()> {
    for product in &row.product_ids.0 {
        diesel::insert_into(links::table)
            .values((links::notice_id.eq(row.id), links::product_id.eq(*product)))
            .execute(connection)?;
    }
    Ok(())
}

/// Notices about these products that were announced at or after a moment and stand.
pub fn announced_since(connection: &mut Connection, products: &[ProductId], from: Instant) -> Result<Vec<Row>> {
    let about = links::table.filter(links::product_id.eq_any(products)).select(links::notice_id);
    Ok(notices::table
        .filter(notices::announced_at.ge(from))
        .filter(notices::state.eq(NoticeState::Announced))
        .filter(notices::id.eq_any(about))
        .order((notices::announced_at, notices::id))
        .select(Row::as_select())
        .load(connection)?)
}

impl Row {
    /// The next version of a notice, changed now.
    pub fn next(&self, now: Instant) -> Self {
        Self { version: self.version.saturating_add(1), changed_at: now, ..self.clone() }
    }

    /// The place of it among resources.
    pub fn place(&self) -> String {
        format!("/v1/release-notices/{}", self.id)
    }
}

/// The noun that lists of notices break ties by.
pub fn place_in_list(row: &Row) -> (Instant, Id<Notice>) {
    (row.listed_at, row.id)
}
