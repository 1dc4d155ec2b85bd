//! How well each document answers a search: BM25F's shares times how rare each term is among what
//! the caller may see, and nothing for a document that answers too little.

use std::collections::BTreeMap;

use super::document::read_number;
use super::index::Postings;
use super::query::{Concept, Plan};
use super::tokens::{Term, pair, single};

/// How much of what is asked for a FAQ must answer to be found at all.
const ENOUGH: f32 = 0.36;
/// What another way to say it answers, and what it counts for: less than the word itself.
const OTHER_WORDS: f32 = 0.85;
const OTHER_SCORE: f32 = 0.65;
/// How much of a word is enough of it, and what less than that counts for.
const HALF: f32 = 0.55;
const LITTLE: f32 = 0.3;
/// What a short word counts for that is only the beginning or the end of another, and what where
/// it is nowhere but within.
const AT_AN_EDGE: f32 = 0.75;
const WITHIN: f32 = 0.5;
/// What is left to ask of an ending that no document has: that word has others there.
const NOWHERE: f32 = 0.5;
/// What an error code counts for that is met exactly.
const EXACT: f32 = 30.0;

/// One search: what each document has answered so far.
#[derive(Debug)]
pub struct Search<'a> {
    terms: &'a BTreeMap<Term, Postings>,
    eligible: &'a [bool],
    all: f32,
    /// Of each document its score and how much of what was asked it answers.
    answers: Vec<(f32, f32)>,
    /// The same of the concept at hand, and the documents that answer it.
    offered: Vec<(f32, f32)>,
    touched: Vec<u32>,
}

/// Documents and a share of each.
type Shares = Vec<(u32, f32)>;

/// The documents that have a concept's own terms, each with its weight.
struct Found {
    direct: Vec<(f32, Shares)>,
    beginning: Option<Shares>,
}

impl<'a> Search<'a> {
    /// Begins one among these documents.
    pub fn new(terms: &'a BTreeMap<Term, Postings>, eligible: &'a [bool]) -> Self {
        let all = eligible.iter().filter(|eligible| **eligible).count() as f32;
        let nothing = || vec![(0.0, 0.0); eligible.len()];
        Self { terms, eligible, all, answers: nothing(), offered: nothing(), touched: Vec::new() }
    }

    /// The documents that answer enough of a plan, with their scores in thousandths.
    pub fn rank(mut self, plan: &Plan) -> Vec<(usize, i64)> {
        let mut asked = 0.0;
        let cost = |concept| {
            let found = self.found(concept);
            (self.mass(concept, &found), concept, found)
        };
        let mut costs: Vec<(f32, &Concept, Found)> = plan.concepts.iter().map(cost).collect();
        costs.sort_by(|a, b| b.0.total_cmp(&a.0));
        for (mass, concept, found) in costs {
            asked += mass;
            self.answer(concept, mass, found);
        }
        for code in &plan.codes {
            for (number, _) in self.postings(*code) {
                self.add(number, EXACT, asked);
            }
        }
        let found = self.answers.iter().enumerate().filter(|(_, (score, _))| *score > 0.0);
        let ranked = found.filter_map(|(number, (score, answered))| {
            let share = (answered / asked.max(f32::MIN_POSITIVE)).min(1.0);
            (share >= ENOUGH).then(|| (number, (score * (0.3 + 0.7 * share) * 1000.0).round() as i64))
        });
        ranked.collect()
    }

    /// How rare something is among what the caller may see; what is nowhere is rarest.
    fn rarity(&self, found: usize) -> f32 {
        let found = (found as f32).max(0.5);
        (1.0 + (self.all - found + 0.5).max(0.0) / (found + 0.5)).ln()
    }

    /// What a concept's own terms are found in.
    fn found(&self, concept: &Concept) -> Found {
        Found {
            direct: concept.direct.iter().map(|(term, weight)| (*weight, self.shares(*term))).collect(),
            beginning: concept.beginning.map(|c| self.beginning(c)),
        }
    }

    /// How much a concept asks for.
    fn mass(&self, concept: &Concept, found: &Found) -> f32 {
        let asked = |(weight, shares): &(f32, Shares)| match shares.len() {
            0 if concept.inflected => weight * self.rarity(0) * NOWHERE,
            found => weight * self.rarity(found),
        };
        let direct: f32 = found.direct.iter().map(asked).sum();
        let beginning = found.beginning.as_ref().map(|shares| self.rarity(shares.len())).unwrap_or_default();
        direct + beginning
    }

    /// Lets every document answer a concept in the way in which it does best.
    fn answer(&mut self, concept: &Concept, mass: f32, found: Found) {
        let plain = concept.others.is_empty() && !concept.one_word;
        let edges = concept.edges.and_then(|edges| self.at_edges(edges));
        let place = if concept.edges.is_some() && edges.is_none() { WITHIN } else { 1.0 };
        for (weight, mut found) in found.direct {
            let worth = weight * self.rarity(found.len()) * place;
            if let Some(edges) = &edges {
                found.retain_mut(|(number, share)| match edges.binary_search_by_key(number, |(other, _)| *other) {
                    Ok(at) => {
                        *share *= edges.get(at).map_or(1.0, |(_, factor)| *factor);
                        true
                    }
                    Err(_) => false,
                });
            }
            for (number, share) in found {
                if plain {
                    self.add(number, worth * share, worth);
                } else {
                    self.offer(number, |so_far| (so_far.0 + worth * share, so_far.1 + worth));
                }
            }
        }
        if let Some(found) = found.beginning {
            let worth = self.rarity(found.len());
            found.into_iter().for_each(|(number, share)| self.add(number, worth * share, worth));
        }
        if concept.one_word {
            for number in &self.touched {
                if let Some((score, answered)) = self.offered.get_mut(*number as usize)
                    && *answered < mass * HALF
                {
                    (*score, *answered) = (*score * LITTLE, *answered * LITTLE);
                }
            }
        }
        for other in &concept.others {
            for (number, share) in self.having_all(other) {
                let answer = (mass * share * OTHER_SCORE, mass * OTHER_WORDS);
                self.offer(number, |so_far| (so_far.0.max(answer.0), so_far.1.max(answer.1)));
            }
        }
        for number in std::mem::take(&mut self.touched) {
            if let Some((score, answered)) = self.offered.get_mut(number as usize).map(std::mem::take) {
                self.add(number, score, answered);
            }
        }
    }

    /// The documents that have a short word at an edge of a run, with what it counts for there; none
    /// where no document has it so: then within a longer word is better than nothing.
    fn at_edges(&self, [beginning, end]: [Term; 2]) -> Option<Shares> {
        let mut ends = self.postings(end).map(|(number, _)| number).peekable();
        let mut factors = Shares::new();
        for (number, _) in self.postings(beginning) {
            while let Some(before) = ends.next_if(|end| *end < number) {
                factors.push((before, AT_AN_EDGE));
            }
            let both = ends.next_if_eq(&number).is_some();
            factors.push((number, if both { 1.0 } else { AT_AN_EDGE }));
        }
        factors.extend(ends.map(|number| (number, AT_AN_EDGE)));
        (!factors.is_empty()).then_some(factors)
    }

    /// Changes what a document answers to the concept at hand.
    fn offer(&mut self, number: u32, change: impl FnOnce((f32, f32)) -> (f32, f32)) {
        if let Some(offered) = self.offered.get_mut(number as usize) {
            if *offered == (0.0, 0.0) {
                self.touched.push(number);
            }
            *offered = change(*offered);
        }
    }

    fn add(&mut self, number: u32, score: f32, answered: f32) {
        if let Some(so_far) = self.answers.get_mut(number as usize) {
            *so_far = (so_far.0 + score, so_far.1 + answered);
        }
    }

    /// The documents that have every one of these terms, with their mean share.
    fn having_all(&self, terms: &[Term]) -> Shares {
        let mut rest = terms.iter();
        let Some(first) = rest.next() else { return Shares::new() };
        let mut having = self.shares(*first);
        for term in rest {
            let mut postings = self.postings(*term).peekable();
            having.retain_mut(|(number, share)| {
                while postings.next_if(|(other, _)| other < number).is_some() {}
                match postings.peek() {
                    Some((other, more)) if other == number => {
                        *share += more;
                        true
                    }
                    _ => false,
                }
            });
        }
        let count = terms.len() as f32;
        having.iter_mut().for_each(|(_, share)| *share /= count);
        having
    }

    /// The documents with a term that begins with this character, with their best share.
    fn beginning(&self, c: char) -> Shares {
        let mut best: BTreeMap<u32, f32> = BTreeMap::new();
        for (_, postings) in self.terms.range(single(c)..=pair(c, char::MAX)) {
            for (number, share) in self.among(postings) {
                let so_far = best.entry(number).or_default();
                *so_far = so_far.max(share);
            }
        }
        best.into_iter().collect()
    }

    fn shares(&self, term: Term) -> Shares {
        let Some(postings) = self.terms.get(&term) else { return Shares::new() };
        let mut shares = Shares::with_capacity(postings.at_most());
        shares.extend(self.among(postings));
        shares
    }

    fn postings(&self, term: Term) -> impl Iterator<Item = (u32, f32)> + use<'a> {
        let eligible = self.eligible;
        self.terms.get(&term).into_iter().flat_map(move |postings| each(postings, eligible))
    }

    fn among(&self, postings: &'a Postings) -> impl Iterator<Item = (u32, f32)> + use<'a> {
        each(postings, self.eligible)
    }
}

/// The eligible documents of a term, in their order.
fn each<'a>(postings: &'a Postings, eligible: &'a [bool]) -> impl Iterator<Item = (u32, f32)> + use<'a> {
    let (mut rest, mut number) = (postings.packed.as_slice(), 0u32);
    std::iter::from_fn(move || {
        loop {
            number = number.wrapping_add(u32::try_from(read_number(&mut rest)?).ok()?);
            let (weight, after) = rest.split_first()?;
            rest = after;
            if eligible.get(number as usize).copied().unwrap_or(false) {
                return Some((number, f32::from(*weight) / 255.0));
            }
        }
    })
}
