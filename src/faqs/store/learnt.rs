//! What the search learns: feedback, misses and synonyms.

use diesel::prelude::*;
use uuid::Uuid;

use crate::db::Connection;
use crate::db::schema::{faq_feedback, faq_misses, faq_synonyms};
use crate::db::types::{Doc, Id, Instant};
use crate::faqs::{FaqFeedbackId, FaqId, FaqMissId, FaqSynonymId};
use crate::http::{Page, Refusal, Result};
use crate::{directly, load_page, older};

/// How many different misses are kept: those that were missed last.
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
    use faq_feedback::{faq_id, given_at, given_by_id, helpful, id};
    let word = (id.eq(row.id), helpful.eq(row.helpful), given_at.eq(row.given_at));
    let given = diesel::insert_into(faq_feedback::table).values(row);
    directly!(connection, |c| given.on_conflict((faq_id, given_by_id)).do_update().set(word).execute(c))?;
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
    use faq_misses::{id, last_missed_at, misses, query};
    let again = (misses.eq(misses + 1), last_missed_at.eq(row.last_missed_at));
    let first = diesel::insert_into(faq_misses::table).values(row);
    directly!(connection, |c| first.on_conflict(query).do_update().set(again).execute(c))?;
    let oldest_kept: Option<(Instant, FaqMissId)> = faq_misses::table
        .order((last_missed_at.desc(), id.desc()))
        .offset(MISSES - 1)
        .select((last_missed_at, id))
        .first(connection)
        .optional()?;
    if let Some((at, last)) = oldest_kept {
        let older = last_missed_at.lt(at).or(last_missed_at.eq(at).and(id.lt(last)));
        diesel::delete(faq_misses::table.filter(older)).execute(connection)?;
    }
    Ok(())
}

/// Misses, the latest first.
pub fn misses(connection: &mut Connection, page: &Page) -> Result<Vec<MissRow>> {
    let mut query = faq_misses::table
        .order((faq_misses::last_missed_at.desc(), faq_misses::id.desc()))
        .select(MissRow::as_select())
        .into_boxed();
    older!(query, page, faq_misses::last_missed_at, faq_misses::id);
    Ok(load_page!(query, page, connection))
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
        .select(SynonymRow::as_select())
        .into_boxed();
    older!(query, page, faq_synonyms::created_at, faq_synonyms::id);
    Ok(load_page!(query, page, connection))
}
