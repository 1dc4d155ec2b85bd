//! The index in memory: made of rows of the database, and never asked without its version being
//! compared with theirs.

use std::collections::{BTreeMap, HashMap};

use super::document::{read_number, unpack, write_number};
use super::lexicon::Lexicon;
use super::query::{Concept, Plan};
use super::tokens::{Term, pair, single};
use crate::contracts::ProductId;
use crate::faqs::FaqId;
use crate::terms::codes::{FaqKind, FaqSource, FaqState};

/// How much of what is asked for a FAQ must answer to be found at all.
const ENOUGH: f32 = 0.42;
/// What another way to say it counts for.
const OTHER_WORDS: f32 = 0.85;
/// What an error code counts for that is met exactly.
const EXACT: f32 = 30.0;

/// Which text of a FAQ a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Face {
    /// What is read outside the desk.
    Public,
    /// What the desk works on.
    Working,
}

/// What is known of a document beside its terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The FAQ.
    pub faq: FaqId,
    /// Which text of it.
    pub face: Face,
    /// Whether it is also what the desk works on.
    pub current: bool,
    /// The FAQ's state.
    pub state: FaqState,
    /// What it is about.
    pub kind: FaqKind,
    /// Where it comes from.
    pub source: FaqSource,
    /// Its language.
    pub language: String,
    /// Its products.
    pub products: Vec<ProductId>,
    /// When it was first written, in microseconds.
    pub created_at: i64,
}

/// What a search is narrowed by; an empty list narrows nothing.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The products that the caller may see; none for the desk, which sees all.
    pub visible: Option<Vec<ProductId>>,
    /// Whether only what is read outside the desk is looked at.
    pub public: bool,
    /// Any of these products.
    pub products: Vec<ProductId>,
    /// Any of these kinds.
    pub kinds: Vec<FaqKind>,
    /// Any of these sources.
    pub sources: Vec<FaqSource>,
    /// Any of these states.
    pub states: Vec<FaqState>,
    /// This language.
    pub language: Option<String>,
}

/// A FAQ that was found: by score, or by age where nothing was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// Thousandths of a score, or microseconds of an age: greater comes first.
    pub rank: i64,
    /// The FAQ; breaks ties.
    pub faq: FaqId,
    /// Which text of it.
    pub face: Face,
}

/// Where a term stands: distances between documents and a weight each.
#[derive(Clone, Debug, Default)]
struct Postings {
    last: u32,
    packed: Vec<u8>,
}

/// The index.
#[derive(Debug)]
pub struct Index {
    version: i64,
    documents: Vec<Option<Document>>,
    places: HashMap<(FaqId, Face), u32>,
    terms: BTreeMap<Term, Postings>,
    lexicon: Lexicon,
}

impl Default for Index {
    fn default() -> Self {
        Self {
            version: 0,
            documents: Vec::new(),
            places: HashMap::new(),
            terms: BTreeMap::new(),
            lexicon: Lexicon::with(&[]),
        }
    }
}

impl Index {
    /// The version of the rows that it was made of.
    pub fn version(&self) -> i64 {
        self.version
    }

    /// The words that mean the same.
    pub fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    /// Says that it holds all rows up to a version.
    pub fn settle(&mut self, version: i64, lexicon: Lexicon) {
        (self.version, self.lexicon) = (self.version.max(version), lexicon);
    }

    /// Whether so much of it is dead that it should be made again.
    pub fn is_worn(&self) -> bool {
        let dead = self.documents.len().saturating_sub(self.places.len());
        dead > 1_000 && dead > self.places.len()
    }

    /// Takes a document in the place of what was there of that face; without one the face is gone.
    pub fn put(&mut self, place: (FaqId, Face), document: Option<(Document, &[u8])>) {
        if let Some(old) = self.places.remove(&place).and_then(|old| self.documents.get_mut(old as usize)) {
            *old = None;
        }
        let Some((document, packed)) = document else { return };
        let number = u32::try_from(self.documents.len()).unwrap_or(u32::MAX);
        for (term, weight) in unpack(packed) {
            let postings = self.terms.entry(term).or_default();
            write_number(&mut postings.packed, u64::from(number.wrapping_sub(postings.last)));
            postings.packed.push(weight);
            postings.last = number;
        }
        self.documents.push(Some(document));
        self.places.insert(place, number);
    }

    /// The FAQs that a plan finds, best first; without one all, newest first. At most so many, and
    /// only what comes after a hit.
    pub fn find(&self, plan: Option<&Plan>, filter: &Filter, after: Option<(i64, FaqId)>, most: usize) -> Vec<Hit> {
        let eligible: Vec<bool> = self.documents.iter().map(|d| d.as_ref().is_some_and(|d| filter.takes(d))).collect();
        let ranks: Vec<(usize, i64)> = match plan {
            Some(plan) => Search::new(self, &eligible).rank(plan),
            None => {
                let aged = self.documents.iter().enumerate().zip(&eligible).filter(|(_, eligible)| **eligible);
                aged.filter_map(|((n, d), _)| Some((n, d.as_ref()?.created_at))).collect()
            }
        };
        let hit = |(number, rank): (usize, i64)| {
            let document = self.documents.get(number)?.as_ref()?;
            Some(Hit { rank, faq: document.faq, face: document.face })
        };
        let mut hits: Vec<Hit> = ranks.into_iter().filter_map(hit).collect();
        hits.retain(|hit| after.is_none_or(|after| (hit.rank, hit.faq) < after));
        if hits.len() > most && most > 0 {
            hits.select_nth_unstable_by(most.saturating_sub(1), |a, b| b.cmp(a));
            hits.truncate(most);
        }
        hits.sort_unstable_by(|a, b| b.cmp(a));
        hits
    }
}

impl Filter {
    fn takes(&self, document: &Document) -> bool {
        fn any<T: PartialEq>(wanted: &[T], found: &T) -> bool {
            wanted.is_empty() || wanted.contains(found)
        }
        let of = |products: &[ProductId]| document.products.iter().any(|product| products.contains(product));
        let face = if self.public { document.face == Face::Public } else { document.current };
        face && self.visible.as_deref().is_none_or(of)
            && (self.products.is_empty() || of(&self.products))
            && any(&self.kinds, &document.kind)
            && any(&self.sources, &document.source)
            && any(&self.states, &document.state)
            && self.language.as_ref().is_none_or(|language| *language == document.language)
    }
}

/// One search: what each document has answered so far.
struct Search<'a> {
    index: &'a Index,
    eligible: &'a [bool],
    all: f32,
    score: Vec<f32>,
    answered: Vec<f32>,
}

/// Documents and a share of each.
type Shares = Vec<(u32, f32)>;

impl<'a> Search<'a> {
    fn new(index: &'a Index, eligible: &'a [bool]) -> Self {
        let all = eligible.iter().filter(|eligible| **eligible).count() as f32;
        let nothing = || vec![0.0; eligible.len()];
        Self { index, eligible, all, score: nothing(), answered: nothing() }
    }

    fn rank(mut self, plan: &Plan) -> Vec<(usize, i64)> {
        let mut asked = 0.0;
        let mut costs: Vec<(f32, &Concept)> = plan.concepts.iter().map(|concept| (self.mass(concept), concept)).collect();
        costs.sort_by(|a, b| b.0.total_cmp(&a.0));
        for (mass, concept) in costs {
            asked += mass;
            self.answer(concept, mass);
        }
        for code in &plan.codes {
            for (number, _) in self.postings(*code) {
                self.add(number, EXACT, asked);
            }
        }
        let found = self.score.iter().zip(&self.answered).enumerate().filter(|(_, (score, _))| **score > 0.0);
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

    /// How much a concept asks for.
    fn mass(&self, concept: &Concept) -> f32 {
        let direct: f32 = concept.direct.iter().map(|(term, weight)| weight * self.rarity(self.frequency(*term))).sum();
        let beginning = concept.beginning.map(|c| self.rarity(self.beginning(c).len())).unwrap_or_default();
        direct + beginning
    }

    fn frequency(&self, term: Term) -> usize {
        self.postings(term).count()
    }

    /// Lets every document answer a concept in the way in which it does best.
    fn answer(&mut self, concept: &Concept, mass: f32) {
        let mut direct: BTreeMap<u32, (f32, f32)> = BTreeMap::new();
        let plain = concept.others.is_empty();
        for (term, weight) in &concept.direct {
            let found: Shares = self.postings(*term).collect();
            let worth = weight * self.rarity(found.len());
            for (number, share) in found {
                if plain {
                    self.add(number, worth * share, worth);
                } else {
                    let so_far = direct.entry(number).or_default();
                    *so_far = (so_far.0 + worth * share, so_far.1 + worth);
                }
            }
        }
        if let Some(c) = concept.beginning {
            let found = self.beginning(c);
            let worth = self.rarity(found.len());
            found.into_iter().for_each(|(number, share)| self.add(number, worth * share, worth));
        }
        for other in &concept.others {
            for (number, share) in self.having_all(other) {
                let answer = (mass * share * OTHER_WORDS, mass * OTHER_WORDS);
                let so_far = direct.entry(number).or_default();
                *so_far = (so_far.0.max(answer.0), so_far.1.max(answer.1));
            }
        }
        for (number, (score, answered)) in direct {
            self.add(number, score, answered);
        }
    }

    fn add(&mut self, number: u32, score: f32, answered: f32) {
        if let Some(so_far) = self.score.get_mut(number as usize) {
            *so_far += score;
        }
        if let Some(so_far) = self.answered.get_mut(number as usize) {
            *so_far += answered;
        }
    }

    /// The documents that have every one of these terms, with their mean share.
    fn having_all(&self, terms: &[Term]) -> Shares {
        let mut rest = terms.iter();
        let Some(first) = rest.next() else { return Shares::new() };
        let mut having: Shares = self.postings(*first).collect();
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
        for (_, postings) in self.index.terms.range(single(c)..=pair(c, char::MAX)) {
            for (number, share) in self.among(postings) {
                let so_far = best.entry(number).or_default();
                *so_far = so_far.max(share);
            }
        }
        best.into_iter().collect()
    }

    fn postings(&self, term: Term) -> impl Iterator<Item = (u32, f32)> + use<'a> {
        let eligible = self.eligible;
        self.index.terms.get(&term).into_iter().flat_map(move |postings| each(postings, eligible))
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
