//! `/v1/faq-synonyms`: the desk's own words that mean the same.

use actix_web::{delete, get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::search::fold;
use super::store::index;
use super::store::learnt::{self, SynonymRow};
use super::{FaqSynonymId, TendsSearch};
use crate::app::App;
use crate::auth::claim::Caller;
use crate::auth::proof::prove;
use crate::db::types::{Doc, Instant};
use crate::events::model::Change;
use crate::http::text::Tag;
use crate::http::{Fault, Json, Key, KeyParam, List, NoFilter, PageParams, Path, Problem, Reply, Result};
use crate::page;

/// Words that mean the same.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddFaqSynonym {
    /// The words: 2 to 20. Who looks for one finds the others too.
    #[schema(min_items = 2, max_items = 20)]
    #[validate(length(min = 2, max = 20))]
    pub terms: Vec<Tag>,
}

/// A group of words that mean the same.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FaqSynonym)]
pub struct SynonymView {
    /// The group.
    pub id: FaqSynonymId,
    /// The words.
    #[schema(min_items = 2, max_items = 20, value_type = Vec<Tag>)]
    pub terms: Vec<String>,
    /// When it was added.
    pub created_at: Instant,
}

impl From<SynonymRow> for SynonymView {
    fn from(row: SynonymRow) -> Self {
        Self { id: row.id, terms: row.terms.0, created_at: row.created_at }
    }
}

page!(
    /// A page of synonyms.
    FaqSynonymPage of SynonymView
);

/// List synonyms
///
/// The desk's own groups, newest first. The usual words of the trade are known beside them.
#[utoipa::path(
    tag = "faqs",
    params(PageParams),
    responses((status = 200, description = "A page of synonyms", body = FaqSynonymPage)),
    security(("staff" = []))
)]
#[get("/faq-synonyms")]
pub async fn list_faq_synonyms(
    app: App,
    caller: Caller<TendsSearch>,
    List(NoFilter {}, page): List<NoFilter>,
) -> Result<Reply> {
    let now = app.now();
    app.read(move |db| {
        prove(db, &caller, now)?;
        let mut rows = learnt::synonyms(db, &page)?;
        let next = page.cut(&mut rows, |row| (row.created_at, row.id));
        FaqSynonymPage::reply(rows.into_iter().map(Into::into).collect(), next, &page)
    })
    .await
}

/// Add synonyms
///
/// From the next search on, who looks for one of these words finds the others too.
#[utoipa::path(
    tag = "faqs",
    params(KeyParam),
    request_body = AddFaqSynonym,
    responses((status = 201, description = "The group", body = SynonymView)),
    security(("staff" = []))
)]
#[post("/faq-synonyms")]
pub async fn add_faq_synonym(
    app: App,
    caller: Caller<TendsSearch>,
    key: Key,
    Json(request): Json<AddFaqSynonym>,
) -> Result<Reply> {
    check(&request.terms)?;
    app.write(key, move |tx| {
        let now = tx.now;
        prove(tx, &caller, now)?;
        tx.once()?;
        let terms = request.terms.iter().map(ToString::to_string).collect();
        let row = SynonymRow { id: tx.new_id(), terms: Doc(terms), created_at: now };
        learnt::insert_synonym(tx, &row)?;
        index::next_version(tx)?;
        let reply = Reply::created("/v1/faq-synonyms", &SynonymView::from(row))?;
        Ok(Change::silent(reply, "words of the search, which no event tells of"))
    })
    .await
}

/// A word twice would mean itself, one without letters nothing.
fn check(terms: &[Tag]) -> Result<()> {
    let folded: Vec<String> = terms.iter().map(|term| fold::plain(term).trim().to_owned()).collect();
    let mut faults = Vec::new();
    for (n, term) in folded.iter().enumerate() {
        if term.is_empty() {
            faults.push(Fault::at(format!("/terms/{n}"), "invalid_format"));
        } else if folded.iter().take(n).any(|earlier| earlier == term) {
            faults.push(Fault::at(format!("/terms/{n}"), "duplicate_item"));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Problem::faults(faults)) }
}

/// Remove synonyms
///
/// From the next search on these words no longer stand for each other.
#[utoipa::path(
    tag = "faqs",
    params(("id" = FaqSynonymId, Path, description = "The group.")),
    responses((status = 204, description = "It is gone")),
    security(("staff" = []))
)]
#[delete("/faq-synonyms/{id}")]
pub async fn remove_faq_synonym(app: App, caller: Caller<TendsSearch>, Path(id): Path<FaqSynonymId>) -> Result<Reply> {
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        prove(tx, &caller, now)?;
        learnt::delete_synonym(tx, id)?;
        index::next_version(tx)?;
        Ok(Change::silent(Reply::no_content(), "words of the search, which no event tells of"))
    })
    .await
}
