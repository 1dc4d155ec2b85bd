//! What the search learns: feedback, misses and synonyms.

use diesel::prelude::*;
use uuid::Uuid;

use crate::db::Connection;
use crate::db::schema::{faq_feedback, faq_misses, faq_synonyms};
use crate::db::types::{Doc, Id, Instant};
use crate::faqs::{FaqFeedbackId, FaqId, FaqMissId, FaqSynonymId};
use crate::http::{Page, Refusal, Result};
use crate::older;

/// How many different misses are kept; what is missed beyond that is not written down.
const MISSES: i64 = 10_000;

/// A reader's word.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = faq_feedback)]
pub struct FeedbackRow {
    /// Its id.
    pub id: FaqFeedbackId,
    /// The FAQ.
    pub faq_id: FaqId,
    /// Whose word it is.
    pub given_by_id: Id<Uuid>,
    /// Whether it helped.
    pub helpful: bool,
    /// When.
    pub given_at: Instant,
}

/// Takes a reader's word; it replaces the reader's earlier one.
pub fn give_feedback(connection: &mut Connection, row: &FeedbackRow) -> Result<()> {
    let earlier = faq_feedback::table
        .filter(faq_feedback::faq_id.eq(row.faq_id))
        .filter(faq_feedback::given_by_id.eq(row.given_by_id));
    diesel::delete(earlier).execute(connection)?;
    diesel::insert_into(faq_feedback::table).values(row).execute(connection)?;
    Ok(())
}

/// How many found a FAQ helpful, and how many did not.
pub fn feedback_on(connection: &mut Connection, faq: FaqId) -> Result<(i64, i64)> {
    let count = |helpful: bool, connection: &mut Connection| {
        let words = faq_feedback::table.filter(faq_feedback::faq_id.eq(faq)).filter(faq_feedback::helpful.eq(helpful));
        words.count().get_result(connection)
    };
    Ok((count(true, connection)?, count(false, connection)?))
}

/// Words that were looked for and not found.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = faq_misses)]
pub struct MissRow {
    /// Its id.
    pub id: FaqMissId,
    /// The words.
    pub query: String,
    /// How often they were missed.
    pub misses: i32,
    /// When first.
    pub first_missed_at: Instant,
    /// When last.
    pub last_missed_at: Instant,
}

/// Counts a miss.
pub fn record_miss(connection: &mut Connection, row: &MissRow) -> Result<()> {
    let known = faq_misses::table.filter(faq_misses::query.eq(&row.query));
    let counted = diesel::update(known)
        .set((faq_misses::misses.eq(faq_misses::misses + 1), faq_misses::last_missed_at.eq(row.last_missed_at)))
        .execute(connection)?;
    if counted == 0 && faq_misses::table.count().get_result::<i64>(connection)? < MISSES {
        diesel::insert_into(faq_misses::table).values(row).execute(connection)?;
    }
    Ok(())
}

/// Misses, the latest first.
pub fn misses(connection: &mut Connection, page: &Page) -> Result<Vec<MissRow>> {
    let mut query = faq_misses::table
        .order((faq_misses::last_missed_at.desc(), faq_misses::id.desc()))
        .limit(page.fetch())
        .select(MissRow::as_select())
        .into_boxed();
    older!(query, page, faq_misses::last_missed_at, faq_misses::id);
    Ok(query.load(connection)?)
}

/// A group of words that mean the same.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = faq_synonyms)]
pub struct SynonymRow {
    /// Its id.
    pub id: FaqSynonymId,
    /// The words.
    pub terms: Doc<Vec<String>>,
    /// When it was added.
    pub created_at: Instant,
}

/// Adds a group.
pub fn insert_synonym(connection: &mut Connection, row: &SynonymRow) -> Result<()> {
    diesel::insert_into(faq_synonyms::table).values(row).execute(connection)?;
    Ok(())
}

/// Takes a group away: 404 when it is not there.
pub fn delete_synonym(connection: &mut Connection, id: FaqSynonymId) -> Result<()> {
    match diesel::delete(faq_synonyms::table.find(id)).execute(connection)? {
        0 => Err(Refusal::NotFound.into()),
        _ => Ok(()),
    }
}

/// Groups, newest first.
pub fn synonyms(connection: &mut Connection, page: &Page) -> Result<Vec<SynonymRow>> {
    let mut query = faq_synonyms::table
        .order((faq_synonyms::created_at.desc(), faq_synonyms::id.desc()))
        .limit(page.fetch())
        .select(SynonymRow::as_select())
        .into_boxed();
    older!(query, page, faq_synonyms::created_at, faq_synonyms::id);
    Ok(query.load(connection)?)
}
