//! Every query on FAQs; what the search is made of is in [`index`], what it learns in [`learnt`].

pub mod index;
pub mod learnt;

use diesel::prelude::*;
use uuid::Uuid;

use super::model::Content;
use super::{FaqId, FaqRevisionId};
use crate::contracts::ProductId;
use crate::db::Connection;
use crate::db::schema::{faq_revisions, faqs, products};
use crate::db::types::{Doc, Id, Instant};
use crate::http::{Fault, Page, Problem, Refusal, Result};
use crate::inquiries::InquiryId;
use crate::terms::codes::{CallerKind, FaqState};
use crate::{load_page, older};

/// A FAQ, without its text.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = faqs)]
pub struct FaqRow {
    /// The FAQ.
    pub id: FaqId,
    /// The key of the import that it came with.
    pub import_key: Option<String>,
    /// Where it stands.
    pub state: FaqState,
    /// Its version as a resource.
    pub version: i32,
    /// The revision that the desk works on.
    pub revision: i32,
    /// The revision that is read outside the desk.
    pub published_revision: Option<i32>,
    /// The inquiry that it was made from.
    pub inquiry_id: Option<InquiryId>,
    /// When it was first written.
    pub created_at: Instant,
    /// When it last changed.
    pub changed_at: Instant,
    /// When it was published last.
    pub published_at: Option<Instant>,
}

/// A revision of a FAQ's text. Append only.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = faq_revisions)]
pub struct RevisionRow {
    /// The FAQ.
    pub faq_id: FaqId,
    /// Its number, from 1.
    pub revision: i32,
    /// Its id.
    pub id: FaqRevisionId,
    /// What it says.
    pub content: Doc<Content>,
    /// The kind of who wrote it.
    pub written_by_kind: CallerKind,
    /// Who wrote it; none for the program.
    pub written_by_id: Option<Id<Uuid>>,
    /// When.
    pub written_at: Instant,
}

/// The FAQ with the text that the desk works on.
pub fn find(connection: &mut Connection, id: FaqId) -> Result<Option<(FaqRow, Content)>> {
    let query = faqs::table
        .inner_join(faq_revisions::table.on(faq_revisions::faq_id.eq(faqs::id)))
        .filter(faqs::id.eq(id))
        .filter(faq_revisions::revision.eq(faqs::revision))
        .select((FaqRow::as_select(), faq_revisions::content));
    let found: Option<(FaqRow, Doc<Content>)> = query.first(connection).optional()?;
    Ok(found.map(|(row, content)| (row, content.0)))
}

/// The FAQ of a key.
pub fn find_by_key(connection: &mut Connection, key: &str) -> Result<Option<(FaqRow, Content)>> {
    let id: Option<FaqId> =
        faqs::table.filter(faqs::import_key.eq(key)).select(faqs::id).first(connection).optional()?;
    match id {
        Some(id) => find(connection, id),
        None => Ok(None),
    }
}

/// The FAQ with the text that is read outside the desk.
pub fn find_published(connection: &mut Connection, id: FaqId) -> Result<Option<(FaqRow, Content)>> {
    Ok(published_of(connection, &[id])?.pop())
}

/// Those of these that are published, with the text that is read outside the desk.
pub fn published_of(connection: &mut Connection, ids: &[FaqId]) -> Result<Vec<(FaqRow, Content)>> {
    let query = faqs::table
        .inner_join(faq_revisions::table.on(faq_revisions::faq_id.eq(faqs::id)))
        .filter(faqs::id.eq_any(ids))
        .filter(faqs::published_revision.eq(faq_revisions::revision.nullable()))
        .select((FaqRow::as_select(), faq_revisions::content));
    let found: Vec<(FaqRow, Doc<Content>)> = query.load(connection)?;
    Ok(found.into_iter().map(|(row, content)| (row, content.0)).collect())
}

/// These with the text that the desk works on.
pub fn working_of(connection: &mut Connection, ids: &[FaqId]) -> Result<Vec<(FaqRow, Content)>> {
    let query = faqs::table
        .inner_join(faq_revisions::table.on(faq_revisions::faq_id.eq(faqs::id)))
        .filter(faqs::id.eq_any(ids))
        .filter(faqs::revision.eq(faq_revisions::revision))
        .select((FaqRow::as_select(), faq_revisions::content));
    let found: Vec<(FaqRow, Doc<Content>)> = query.load(connection)?;
    Ok(found.into_iter().map(|(row, content)| (row, content.0)).collect())
}

/// Those that were drafted from an inquiry, with the text that the desk works on.
pub fn of_inquiry(connection: &mut Connection, inquiry: InquiryId) -> Result<Vec<(FaqRow, Content)>> {
    let ids: Vec<FaqId> = faqs::table.filter(faqs::inquiry_id.eq(inquiry)).select(faqs::id).load(connection)?;
    working_of(connection, &ids)
}

/// Those of these FAQs that are published for one of these products.
pub fn published_for(connection: &mut Connection, ids: &[FaqId], of: &[ProductId]) -> Result<Vec<FaqId>> {
    let about = |content: &Content| content.product_ids.iter().any(|product| of.contains(product));
    let found = published_of(connection, ids)?.into_iter().filter(|(_, content)| about(content));
    Ok(found.map(|(row, _)| row.id).collect())
}

/// Adds a FAQ.
pub fn insert(connection: &mut Connection, row: &FaqRow) -> Result<()> {
    diesel::insert_into(faqs::table).values(row).execute(connection)?;
    Ok(())
}

/// Adds a revision.
pub fn insert_revision(connection: &mut Connection, row: &RevisionRow) -> Result<()> {
    diesel::insert_into(faq_revisions::table).values(row).execute(connection)?;
    Ok(())
}

/// Changes a FAQ: 412 when it has moved on from the version before.
pub fn update(connection: &mut Connection, before: i32, row: &FaqRow) -> Result<()> {
    let rows = diesel::update(faqs::table.find(row.id).filter(faqs::version.eq(before)))
        .set((
            faqs::state.eq(row.state),
            faqs::version.eq(row.version),
            faqs::revision.eq(row.revision),
            faqs::published_revision.eq(row.published_revision),
            faqs::changed_at.eq(row.changed_at),
            faqs::published_at.eq(row.published_at),
        ))
        .execute(connection)?;
    if rows == 0 { Err(Refusal::VersionConflict.into()) } else { Ok(()) }
}

/// The revisions of a FAQ, newest first.
pub fn revisions(connection: &mut Connection, id: FaqId, page: &Page) -> Result<Vec<RevisionRow>> {
    let mut query = faq_revisions::table
        .filter(faq_revisions::faq_id.eq(id))
        .order((faq_revisions::written_at.desc(), faq_revisions::id.desc()))
        .select(RevisionRow::as_select())
        .into_boxed();
    older!(query, page, faq_revisions::written_at, faq_revisions::id);
    Ok(load_page!(query, page, connection))
}

/// 422 at each product that does not exist.
pub fn check_products(connection: &mut Connection, ids: &[ProductId]) -> Result<()> {
    let known: Vec<ProductId> =
        products::table.filter(products::id.eq_any(ids)).select(products::id).load(connection)?;
    let unknown = ids.iter().enumerate().filter(|(_, id)| !known.contains(id));
    let faults: Vec<Fault> =
        unknown.map(|(n, _)| Fault::at(format!("/product_ids/{n}"), "unknown_reference")).collect();
    if faults.is_empty() { Ok(()) } else { Err(Problem::faults(faults)) }
}
