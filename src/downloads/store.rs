//! Every query on downloads, grants and what was taken.

use diesel::prelude::*;
use time::{Date, Duration};
use uuid::Uuid;

use super::{Download, DownloadFetchId, DownloadGrantId, DownloadId};
use crate::accounts::Staff;
use crate::app::Tx;
use crate::contracts::{Contract, ContractId, Product, ProductId};
use crate::db::Connection;
use crate::db::schema::{
    download_fetches as fetches, download_grants as grants, download_products as links, downloads,
};
use crate::db::types::{Doc, Id, Instant};
use crate::files::{Content, FileName};
use crate::http::page::Page;
use crate::http::text::{Name, Reason, Subject, VersionName};
use crate::http::{Problem, Refusal, Result};
use crate::terms::codes::{CallerKind, DownloadKind};
use crate::{load_page, older};

/// A download.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = downloads, treat_none_as_null = true)]
pub struct Row {
    /// The download.
    pub id: DownloadId,
    /// What it is.
    pub kind: DownloadKind,
    /// Its title.
    pub title: Subject,
    /// What there is to say about it.
    pub description: Option<Reason>,
    /// The products that it belongs to.
    pub product_ids: Doc<Vec<Id<Product>>>,
    /// The version that it brings.
    pub product_version: Option<VersionName>,
    /// When the vendor supplied it.
    pub supplied_by_vendor_on: Option<Date>,
    /// Where it is, if not here.
    pub link: Option<String>,
    /// The name to save it under.
    pub file_name: Option<Name>,
    /// Its name in the store.
    pub file: Option<String>,
    /// How many bytes it has.
    pub size: Option<i64>,
    /// Their SHA-256.
    pub sha256: Option<Vec<u8>>,
    /// Its version as a resource.
    pub version: i32,
    /// Who registered it.
    pub created_by: Id<Staff>,
    /// When.
    pub created_at: Instant,
    /// When it was last changed.
    pub changed_at: Instant,
}

impl Row {
    /// Whether there is anything to take.
    pub fn is_available(&self) -> bool {
        self.file.is_some() || self.link.is_some()
    }

    /// Its content, where it is kept here.
    pub fn content(&self) -> Result<Option<Content>> {
        let (Some(file), Some(size), Some(sha256)) = (&self.file, self.size, &self.sha256) else { return Ok(None) };
        Ok(Some(Content {
            file: FileName::kept(file.clone()),
            name: self.file_name.as_ref().map_or_else(|| self.id.to_string(), ToString::to_string),
            size: u64::try_from(size).map_err(Problem::bug)?,
            sha256: sha256.clone(),
        }))
    }
}

/// The download.
pub fn find(connection: &mut Connection, id: DownloadId) -> Result<Option<Row>> {
    Ok(downloads::table.find(id).select(Row::as_select()).first(connection).optional()?)
}

/// How many of these downloads belong to one of these products.
pub fn of_products(connection: &mut Connection, ids: &[DownloadId], products: &[ProductId]) -> Result<usize> {
    let found: Vec<DownloadId> = links::table
        .filter(links::download_id.eq_any(ids))
        .filter(links::product_id.eq_any(products))
        .select(links::download_id)
        .distinct()
        .load(connection)?;
    Ok(found.len())
}

/// The products of which documents, and of which programs and patches, may be taken.
pub type Seen = (Vec<ProductId>, Vec<ProductId>);

/// What a list of downloads is narrowed by. Empty means all.
#[derive(Clone, Debug, Default)]
pub struct Narrowing {
    /// Only what can be taken and belongs to one of these products: documents by the first,
    /// programs and patches by the second. The desk sees all.
    pub seen: Option<Seen>,
    /// Any of these kinds.
    pub kinds: Vec<DownloadKind>,
    /// Of any of these products.
    pub products: Vec<ProductId>,
}

/// Reads a page, newest first.
pub fn list(connection: &mut Connection, by: &Narrowing, page: &Page) -> Result<Vec<Row>> {
    let of = |products: &[ProductId]| {
        links::table.filter(links::product_id.eq_any(products.to_vec())).select(links::download_id)
    };
    let mut query = downloads::table
        .order((downloads::created_at.desc(), downloads::id.desc()))
        .select(Row::as_select())
        .into_boxed();
    if let Some((documents, programs)) = &by.seen {
        let document = downloads::kind.eq(DownloadKind::Document).and(downloads::id.eq_any(of(documents)));
        let program = downloads::kind.ne(DownloadKind::Document).and(downloads::id.eq_any(of(programs)));
        query = query.filter(document.or(program));
        query = query.filter(downloads::file.is_not_null().or(downloads::link.is_not_null()));
    }
    if !by.kinds.is_empty() {
        query = query.filter(downloads::kind.eq_any(&by.kinds));
    }
    if !by.products.is_empty() {
        query = query.filter(downloads::id.eq_any(of(&by.products)));
    }
    older!(query, page, downloads::created_at, downloads::id);
    Ok(load_page!(query, page, connection))
}

/// Adds a download.
pub fn insert(connection: &mut Connection, row: &Row) -> Result<()> {
    diesel::insert_into(downloads::table).values(row).execute(connection)?;
    link(connection, row)
}

/// Changes a download: 412 when it has moved on from the version before.
pub fn update(connection: &mut Connection, before: &Row, row: &Row) -> Result<()> {
    let seen = downloads::table.find(row.id).filter(downloads::version.eq(before.version));
    if diesel::update(seen).set(row).execute(connection)? == 0 {
        return Err(Refusal::VersionConflict.into());
    }
    if before.product_ids == row.product_ids {
        return Ok(());
    }
    diesel::delete(links::table.filter(links::download_id.eq(row.id))).execute(connection)?;
    link(connection, row)
}

fn link(connection: &mut Connection, row: &Row) -> Result<()> {
    for product in &row.product_ids.0 {
        diesel::insert_into(links::table)
            .values((links::download_id.eq(row.id), links::product_id.eq(*product)))
            .execute(connection)?;
    }
    Ok(())
}

/// A grant.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = grants)]
pub struct GrantRow {
    /// The grant.
    pub id: DownloadGrantId,
    /// Of what it is kept by.
    pub digest: Vec<u8>,
    /// What may be taken.
    pub download_id: Id<Download>,
    /// Under which contract.
    pub contract_id: Id<Contract>,
    /// The kind of who asked.
    pub granted_to_kind: CallerKind,
    /// Who asked.
    pub granted_to_id: Id<Uuid>,
    /// When.
    pub granted_at: Instant,
    /// Until when.
    pub expires_at: Instant,
}

/// Adds a grant.
pub fn insert_grant(connection: &mut Connection, row: &GrantRow) -> Result<()> {
    diesel::insert_into(grants::table).values(row).execute(connection)?;
    Ok(())
}

/// What a grant of this contract lets be taken now; none for an expired, a foreign and an unknown
/// one alike.
pub fn granted(connection: &mut Connection, digest: &[u8], contract: ContractId, now: Instant) -> Result<Option<Row>> {
    Ok(grants::table
        .inner_join(downloads::table.on(downloads::id.eq(grants::download_id)))
        .filter(grants::digest.eq(digest))
        .filter(grants::contract_id.eq(contract))
        .filter(grants::expires_at.gt(now))
        .select(Row::as_select())
        .first(connection)
        .optional()?)
}

/// Drops grants a day after they could last be used.
pub fn drop_old_grants(tx: &mut Tx<'_>) -> Result<()> {
    let end = tx.now.plus(-Duration::DAY);
    diesel::delete(grants::table.filter(grants::expires_at.lt(end))).execute(&mut **tx)?;
    Ok(())
}

/// A download that was taken.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = fetches)]
pub struct FetchRow {
    /// The fetch.
    pub id: DownloadFetchId,
    /// What was taken.
    pub download_id: Id<Download>,
    /// Under which contract.
    pub contract_id: Id<Contract>,
    /// The kind of who took it.
    pub fetched_by_kind: CallerKind,
    /// Who took it.
    pub fetched_by_id: Id<Uuid>,
    /// The SHA-256 of the whole content.
    pub sha256: Option<Vec<u8>>,
    /// Whether a part of it was taken.
    pub partial: bool,
    /// When.
    pub fetched_at: Instant,
}

/// Writes down that something was taken.
pub fn insert_fetch(connection: &mut Connection, row: &FetchRow) -> Result<()> {
    diesel::insert_into(fetches::table).values(row).execute(connection)?;
    Ok(())
}

/// Reads a page of who took a download, newest first.
pub fn fetches_of(connection: &mut Connection, id: DownloadId, page: &Page) -> Result<Vec<FetchRow>> {
    let mut query = fetches::table
        .filter(fetches::download_id.eq(id))
        .order((fetches::fetched_at.desc(), fetches::id.desc()))
        .select(FetchRow::as_select())
        .into_boxed();
    older!(query, page, fetches::fetched_at, fetches::id);
    Ok(load_page!(query, page, connection))
}
