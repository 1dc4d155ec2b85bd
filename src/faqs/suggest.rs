//! FAQs that may answer a question that is yet to be asked or answered.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use utoipa::ToSchema;

use super::search::cache::Asked;
use super::search::mark::{Highlight, in_question};
use super::search::{Cache, Hit};
use super::{FaqId, store};
use crate::contracts::ProductId;
use crate::db::Connection;
use crate::http::Result;

/// How many are suggested at most.
const MOST: usize = 3;

/// A published FAQ that may answer it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FaqSuggestion {
    /// The FAQ.
    pub id: FaqId,
    /// Its question.
    #[schema(max_length = 1000)]
    pub question: String,
    /// How well it answers; greater is better, among the suggestions of one question alone.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub score: f64,
    /// Why: the places of its question that meet what was asked. None where only its answer does.
    #[schema(max_items = 20)]
    pub highlights: Vec<Highlight>,
}

/// The published FAQs of these products that answer a text best, best first.
pub fn suggest(db: &mut Connection, faqs: &Cache, text: &str, products: &[ProductId]) -> Result<Vec<FaqSuggestion>> {
    Ok(suggest_each(db, faqs, &[(text, products)])?.pop().unwrap_or_default())
}

/// The same for several texts at once, in their order.
pub fn suggest_each(db: &mut Connection, faqs: &Cache, asked: &[Asked<'_>]) -> Result<Vec<Vec<FaqSuggestion>>> {
    let found = if asked.is_empty() { Vec::new() } else { faqs.suggest(db, asked, MOST)? };
    let ids: BTreeSet<FaqId> = found.iter().flat_map(|found| &found.0).map(|hit| hit.faq).collect();
    let ids: Vec<FaqId> = ids.into_iter().collect();
    let published = if ids.is_empty() { Vec::new() } else { store::published_of(db, &ids)? };
    let questions: BTreeMap<FaqId, String> =
        published.into_iter().map(|(row, content)| (row.id, content.question.to_string())).collect();
    let told = |hit: &Hit, terms| {
        let question = questions.get(&hit.faq)?.clone();
        let highlights = in_question(&question, terms);
        Some(FaqSuggestion { id: hit.faq, question, score: hit.rank as f64 / 1000.0, highlights })
    };
    Ok(found.iter().map(|found| found.0.iter().filter_map(|hit| told(hit, &found.1)).collect()).collect())
}
