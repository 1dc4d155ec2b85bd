//! `GET /v1/faq-misses`: what was looked for and not found, so that somebody writes it.

use actix_web::get;
use serde::Serialize;
use utoipa::ToSchema;

use super::store::learnt::{self, MissRow};
use super::{FaqMissId, TendsSearch};
use crate::app::App;
use crate::auth::claim::Caller;
use crate::auth::proof::prove;
use crate::db::types::Instant;
use crate::events::model::Change;
use crate::http::{List, NoFilter, PageParams, Reply, Result};
use crate::page;

/// Words that were looked for and not found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FaqMiss)]
pub struct MissView {
    /// The miss.
    pub id: FaqMissId,
    /// The words, without what looks like an address or a number of somebody's.
    #[schema(max_length = 100)]
    pub query: String,
    /// How often they were missed.
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    pub misses: i32,
    /// When first.
    pub first_missed_at: Instant,
    /// When last.
    pub last_missed_at: Instant,
}

page!(
    /// A page of misses.
    FaqMissPage of MissView
);

/// List misses
///
/// What customers and partners looked for and nothing was found for, the latest first: the words
/// alone, and nobody's.
#[utoipa::path(
    tag = "faqs",
    params(PageParams),
    responses((status = 200, description = "A page of misses", body = FaqMissPage)),
    security(("staff" = []))
)]
#[get("/faq-misses")]
pub async fn list_faq_misses(
    app: App,
    caller: Caller<TendsSearch>,
    List(NoFilter {}, page): List<NoFilter>,
) -> Result<Reply> {
    let now = app.now();
    app.read(move |db| {
        prove(db, &caller, now)?;
        let mut rows = learnt::misses(db, &page)?;
        let next = page.cut(&mut rows, |row| (row.last_missed_at, row.id));
        let view = |row: MissRow| MissView {
            id: row.id,
            query: row.query,
            misses: row.misses,
            first_missed_at: row.first_missed_at,
            last_missed_at: row.last_missed_at,
        };
        FaqMissPage::reply(rows.into_iter().map(view).collect(), next, &page)
    })
    .await
}

/// Counts a miss. The search was answered already: that it could not be counted is only logged.
pub async fn record(app: &App, query: &str) {
    let Some(query) = nobodys(query) else { return };
    let counted = app.write_value(move |tx| {
        let now = tx.now;
        let row = MissRow { id: tx.new_id(), query, misses: 1, first_missed_at: now, last_missed_at: now };
        learnt::record_miss(tx, &row)?;
        Ok(Change::silent((), "a miss is counted for statistics, and of nobody"))
    });
    if let Err(problem) = counted.await {
        log::warn!("a search's miss was not counted: {problem}");
    }
}

/// What is left of a search when addresses, numbers of people and the like are taken out.
pub fn nobodys(query: &str) -> Option<String> {
    let named = |word: &&str| word.contains(['@', '＠']) || word.chars().filter(|c| c.is_numeric()).count() > 4;
    let words: Vec<&str> = query.split_whitespace().filter(|word| !named(word)).collect();
    let words: String = words.join(" ").chars().take(100).collect();
    (!words.is_empty()).then_some(words)
}
