//! Where in a text a search was met, and the part of an answer that is worth showing.

use std::collections::BTreeSet;

use serde::Serialize;
use utoipa::ToSchema;

use super::fold::fold;
use super::tokens::{Kind, Term, tokens};

/// How many code points a snippet has at most.
pub const SNIPPET: usize = 160;
/// How much of an answer is looked at for a snippet.
const LOOKED_AT: usize = 8_000;
/// How many places are marked at most in a field.
const MARKS: usize = 20;

/// The field that a place is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FaqHighlightField)]
pub enum Field {
    /// The question.
    Question,
    /// The snippet.
    Snippet,
}

/// A place that was met: the code points from `start` up to and without `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = FaqHighlight)]
pub struct Highlight {
    /// The field.
    pub field: Field,
    /// The first code point.
    #[schema(minimum = 0, maximum = 1000)]
    pub start: usize,
    /// The code point after the last.
    #[schema(minimum = 1, maximum = 1000)]
    pub end: usize,
}

/// The places of a text that these terms meet, joined where they touch.
pub fn places(text: &str, terms: &BTreeSet<Term>) -> Vec<(usize, usize)> {
    let folded = fold(text);
    let met = tokens(&folded).into_iter().filter(|t| t.kind != Kind::Last && terms.contains(&t.term));
    let span =
        |from: usize, to: usize| Some((folded.get(from)?.start as usize, folded.get(to.checked_sub(1)?)?.end as usize));
    let mut spans: Vec<(usize, usize)> = met.filter_map(|token| span(token.from, token.to)).collect();
    spans.sort_unstable();
    let mut joined: Vec<(usize, usize)> = Vec::new();
    for (start, end) in spans {
        match joined.last_mut() {
            Some((_, last)) if start <= *last => *last = end.max(*last),
            _ => joined.push((start, end)),
        }
    }
    joined
}

/// Marks a question.
pub fn in_question(question: &str, terms: &BTreeSet<Term>) -> Vec<Highlight> {
    marked(Field::Question, places(question, terms).into_iter())
}

/// The part of an answer in which most is met, on one line, and where.
pub fn snippet(answer: &str, terms: &BTreeSet<Term>) -> (String, Vec<Highlight>) {
    let plain: String = answer.chars().take(LOOKED_AT).map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    let met = places(&plain, terms);
    let best = met.iter().map(|(start, _)| start.saturating_sub(20)).max_by_key(|from| {
        let within = met.iter().filter(|(start, end)| start >= from && *end <= from.saturating_add(SNIPPET));
        (within.map(|(start, end)| end.saturating_sub(*start)).sum::<usize>(), std::cmp::Reverse(*from))
    });
    let count = plain.chars().count();
    let from = best.unwrap_or_default().min(count.saturating_sub(SNIPPET));
    let snippet: String = plain.chars().skip(from).take(SNIPPET).collect();
    let to = from.saturating_add(SNIPPET);
    let within = met.into_iter().filter(|(start, end)| *start >= from && *end <= to);
    (snippet, marked(Field::Snippet, within.map(|(start, end)| (start.saturating_sub(from), end.saturating_sub(from)))))
}

fn marked(field: Field, places: impl Iterator<Item = (usize, usize)>) -> Vec<Highlight> {
    places.take(MARKS).map(|(start, end)| Highlight { field, start, end }).collect()
}
