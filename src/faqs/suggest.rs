//! FAQs that may answer a question that is yet to be asked or answered.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::search::Cache;
use super::search::mark::{Highlight, in_question};
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
    let (hits, terms) = faqs.suggest(db, text, products, MOST)?;
    let ids: Vec<FaqId> = hits.iter().map(|hit| hit.faq).collect();
    let published = if ids.is_empty() { Vec::new() } else { store::published_of(db, &ids)? };
    let mut questions: BTreeMap<FaqId, String> =
        published.into_iter().map(|(row, content)| (row.id, content.question.to_string())).collect();
    let told = |hit: &super::search::Hit| {
        let question = questions.remove(&hit.faq)?;
        let highlights = in_question(&question, &terms);
        Some(FaqSuggestion { id: hit.faq, question, score: hit.rank as f64 / 1000.0, highlights })
    };
    Ok(hits.iter().filter_map(told).collect())
}
