//! The index in memory: made of rows of the database, and never asked without its version being
//! compared with theirs.

use std::collections::{BTreeMap, HashMap};

use super::document::{unpack, write_number};
use super::lexicon::Lexicon;
use super::query::Plan;
use super::score::Search;
use super::tokens::Term;
use crate::contracts::ProductId;
use crate::faqs::FaqId;
use crate::terms::codes::{FaqKind, FaqSource, FaqState};

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

/// What a document is narrowed by, close together: a search looks at that of every document. Its
/// products and its language are numbers of lists, of which there are few.
#[derive(Clone, Copy, Debug)]
struct Facet {
    live: bool,
    face: Face,
    current: bool,
    state: FaqState,
    kind: FaqKind,
    source: FaqSource,
    language: u32,
    products: u32,
}

/// Where a term stands: distances between documents and a weight each.
#[derive(Clone, Debug, Default)]
pub struct Postings {
    last: u32,
    /// Numbers and weights, packed.
    pub packed: Vec<u8>,
}

impl Postings {
    /// No fewer documents than there are: each takes a byte for its distance at least, and one for
    /// its weight.
    pub fn at_most(&self) -> usize {
        self.packed.len() / 2
    }
}

/// The index.
#[derive(Debug)]
pub struct Index {
    version: i64,
    facets: Vec<Facet>,
    /// Of each document the FAQ and when it was first written.
    keys: Vec<(FaqId, i64)>,
    languages: Vec<String>,
    products: Vec<Vec<ProductId>>,
    places: HashMap<(FaqId, Face), u32>,
    terms: BTreeMap<Term, Postings>,
    lexicon: Lexicon,
}

impl Default for Index {
    fn default() -> Self {
        Self {
            version: 0,
            facets: Vec::new(),
            keys: Vec::new(),
            languages: Vec::new(),
            products: Vec::new(),
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

    /// How many documents it holds.
    pub fn size(&self) -> usize {
        self.places.len()
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
        let dead = self.facets.len().saturating_sub(self.places.len());
        dead > 1_000 && dead > self.places.len()
    }

    /// Takes a document in the place of what was there of that face; without one the face is gone.
    pub fn put(&mut self, place: (FaqId, Face), document: Option<(Document, &[u8])>) {
        if let Some(old) = self.places.remove(&place).and_then(|old| self.facets.get_mut(old as usize)) {
            old.live = false;
        }
        let Some((document, packed)) = document else { return };
        let number = u32::try_from(self.facets.len()).unwrap_or(u32::MAX);
        for (term, weight) in unpack(packed) {
            let postings = self.terms.entry(term).or_default();
            write_number(&mut postings.packed, u64::from(number.wrapping_sub(postings.last)));
            postings.packed.push(weight);
            postings.last = number;
        }
        self.facets.push(Facet {
            live: true,
            face: document.face,
            current: document.current,
            state: document.state,
            kind: document.kind,
            source: document.source,
            language: numbered(&mut self.languages, document.language),
            products: numbered(&mut self.products, document.products),
        });
        self.keys.push((document.faq, document.created_at));
        self.places.insert(place, number);
    }

    /// The FAQs that a plan finds, best first; without one all, newest first. At most so many, and
    /// only what comes after a hit.
    pub fn find(&self, plan: Option<&Plan>, filter: &Filter, after: Option<(i64, FaqId)>, most: usize) -> Vec<Hit> {
        let of = |wanted: &[ProductId], products: &Vec<ProductId>| products.iter().any(|one| wanted.contains(one));
        let products = self.products.iter().map(|products| {
            filter.visible.as_deref().is_none_or(|visible| of(visible, products))
                && (filter.products.is_empty() || of(&filter.products, products))
        });
        let products: Vec<bool> = products.collect();
        let languages = self.languages.iter().map(|own| filter.language.as_ref().is_none_or(|wanted| wanted == own));
        let languages: Vec<bool> = languages.collect();
        let taken = |of: &[bool], number: u32| of.get(number as usize).copied().unwrap_or(false);
        let takes = |facet: &Facet| {
            filter.takes(facet) && taken(&products, facet.products) && taken(&languages, facet.language)
        };
        let eligible: Vec<bool> = self.facets.iter().map(takes).collect();
        let ranks: Vec<(usize, i64)> = match plan {
            Some(plan) => Search::new(&self.terms, &eligible).rank(plan),
            None => {
                let aged = self.keys.iter().enumerate().zip(&eligible).filter(|(_, eligible)| **eligible);
                aged.map(|((number, (_, created_at)), _)| (number, *created_at)).collect()
            }
        };
        let hit = |(number, rank): (usize, i64)| {
            let ((faq, _), facet) = (self.keys.get(number)?, self.facets.get(number)?);
            Some(Hit { rank, faq: *faq, face: facet.face })
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
    /// Whether it takes a document, but for its products and its language.
    fn takes(&self, facet: &Facet) -> bool {
        fn any<T: PartialEq>(wanted: &[T], found: &T) -> bool {
            wanted.is_empty() || wanted.contains(found)
        }
        facet.live
            && if self.public { facet.face == Face::Public } else { facet.current }
            && any(&self.kinds, &facet.kind)
            && any(&self.sources, &facet.source)
            && any(&self.states, &facet.state)
    }
}

/// The number of a value in a list of few.
fn numbered<T: PartialEq>(all: &mut Vec<T>, value: T) -> u32 {
    let number = all.iter().position(|known| *known == value).unwrap_or_else(|| {
        all.push(value);
        all.len().saturating_sub(1)
    });
    u32::try_from(number).unwrap_or(u32::MAX)
}
