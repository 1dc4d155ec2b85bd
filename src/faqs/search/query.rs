//! What a search asks for: concepts, each of which a FAQ may answer in one of several ways.

use std::collections::{BTreeMap, BTreeSet};

use super::fold::{Folded, Script, fold};
use super::lexicon::{Found, Lexicon};
use super::tokens::{
    Kind, Term, Token, code, is_japanese, is_of_one_script, is_particle, short_word, single, singular, tokens, word,
};

/// The most concepts that are looked at; what comes after them in a longer question is left out.
const MOST: usize = 64;

/// One thing that is asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Concept {
    /// The terms as asked, with their weights.
    pub direct: Vec<(Term, f32)>,
    /// Any term that begins with this character.
    pub beginning: Option<char>,
    /// Other ways to say it; of each every term is needed.
    pub others: Vec<Vec<Term>>,
    /// Where two sounds are a whole word of katakana: these at the beginning of a run and at its end.
    pub edges: Option<[Term; 2]>,
    /// Whether it is of hiragana at least in part, and may be the ending of a verb.
    pub inflected: bool,
    /// Whether the direct terms make one word, of which a small part says little.
    pub one_word: bool,
}

/// A search, ready to be asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The concepts.
    pub concepts: Vec<Concept>,
    /// Error codes that the text may be or hold.
    pub codes: Vec<Term>,
}

/// What a word of the lexicon asks for at least, however much of it is an ending.
const KNOWN: f32 = 0.75;

/// What a pair asks for that lies over the edge of a word.
const MEETING: f32 = 0.35;

/// What people say around what they ask for, written as it is folded; longer ones first.
const SAID_AROUND: &str = include_str!("said_around.txt");

impl Plan {
    /// Reads what was typed.
    pub fn of(text: &str, lexicon: &Lexicon) -> Self {
        let mut typed = fold(text);
        let codes = codes(&typed);
        quieten(&mut typed);
        let spans = lexicon.find(&typed);
        let all = tokens(&typed);
        let named =
            !spans.is_empty() || all.iter().any(|token| matches!(token.kind, Kind::Content | Kind::Word | Kind::Mixed));
        let mut concepts: Vec<Concept> = spans.iter().map(|span| known(span, &all, &typed)).collect();
        // What lies over the edge of a word in a run of katakana is of no word.
        let outside = |token: &&Token| {
            let over = is_katakana(token, &typed);
            !spans.iter().any(|span| {
                (span.from <= token.from && token.to <= span.to)
                    || (over && span.from < token.to && token.from < span.to)
            })
        };
        let (katakana, rest): (Vec<&Token>, Vec<&Token>) =
            all.iter().filter(outside).partition(|token| is_katakana(token, &typed));
        // Between a word of the lexicon and what it is joined to others may write a particle.
        let joins = |token: &Token| spans.iter().any(|span| span.from < token.to && token.from < span.to);
        concepts.extend(rest.into_iter().filter_map(|token| {
            let mut concept = of_its_own(token, &all, &typed, named)?;
            if joins(token) {
                concept.direct.iter_mut().for_each(|(_, weight)| *weight = weight.min(MEETING));
            }
            Some(concept)
        }));
        let mut runs: BTreeMap<usize, Concept> = BTreeMap::new();
        for token in katakana {
            let begins = beginning_of_run(token.from, &typed);
            let run = runs.entry(begins).or_default();
            run.edges = short_word(begins, token.to, &typed);
            run.direct.push((token.term, 1.0));
        }
        concepts.extend(runs.into_values());
        concepts.iter_mut().for_each(Concept::settle);
        let mut seen = BTreeSet::new();
        for concept in &mut concepts {
            concept.direct.retain(|(term, _)| seen.insert(*term));
        }
        concepts.retain(|concept| !concept.direct.is_empty() || concept.beginning.is_some());
        concepts.truncate(MOST);
        Self { concepts, codes }
    }

    /// The concepts that ask for most, no more than so many: what a long text is about, without the
    /// small words between, which nearly every document has.
    pub fn brief(mut self, most: usize) -> Self {
        let asks = |concept: &Concept| concept.direct.iter().map(|(_, weight)| weight).sum::<f32>();
        self.concepts.sort_by(|a, b| asks(b).total_cmp(&asks(a)));
        self.concepts.truncate(most);
        self
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.concepts.is_empty() && self.codes.is_empty()
    }

    /// Every term that a match may stand on, to be marked.
    pub fn terms(&self) -> BTreeSet<Term> {
        let direct = self.concepts.iter().flat_map(|c| c.direct.iter().map(|(term, _)| *term));
        let others = self.concepts.iter().flat_map(|c| c.others.iter().flatten().copied());
        direct.chain(others).collect()
    }
}

impl Concept {
    /// A long word asks for no more than a short one: its pairs share what two ask for.
    fn settle(&mut self) {
        let pairs = self.direct.len();
        self.one_word = pairs > 1;
        if pairs > 2 {
            let share = 2.0 / pairs as f32;
            self.direct.iter_mut().for_each(|(_, weight)| *weight *= share);
        }
        let all: f32 = self.direct.iter().map(|(_, weight)| weight).sum();
        if !self.others.is_empty() && !self.inflected && all > 0.0 && all < KNOWN {
            self.direct.iter_mut().for_each(|(_, weight)| *weight *= KNOWN / all);
        }
    }
}

/// A word of the lexicon, with what means the same.
fn known(span: &Found, all: &[Token], typed: &[Folded]) -> Concept {
    let written = typed.get(span.from..span.to).unwrap_or_default();
    let spoken = written.iter().all(|f| matches!(f.script, Script::Hiragana | Script::Long));
    let within = all.iter().filter(|token| span.from <= token.from && token.to <= span.to);
    let direct = match written {
        [only] => vec![(single(only.c), 1.0)],
        _ => within.filter_map(|token| Some((token.term, weight(token, typed, !spoken)?))).collect(),
    };
    let edges = short_word(span.from, span.to, typed);
    Concept { direct, edges, others: span.others.clone(), ..Concept::default() }
}

/// How much a token asks for; none where others ask for it already.
fn weight(token: &Token, typed: &[Folded], named: bool) -> Option<f32> {
    match token.kind {
        // Between katakana and kanji two words may meet, which others write with a particle.
        Kind::Content => Some(if is_of_one_script(token, typed) { 1.0 } else { MEETING }),
        Kind::Stem => Some(0.4),
        Kind::Word => Some(1.3),
        Kind::Mixed => Some(if has_particle(token, typed) { 0.1 } else { 0.35 }),
        Kind::Hiragana => Some(if named { 0.15 } else { 1.0 }),
        Kind::Lengthened => (run_length(token, typed) == 1).then_some(1.0),
        Kind::Skip => Some(0.5),
        Kind::Last | Kind::Part | Kind::Edge => None,
    }
}

/// Whether one of the two characters only ties words together.
fn has_particle(token: &Token, typed: &[Folded]) -> bool {
    let both = [typed.get(token.from), token.to.checked_sub(1).and_then(|last| typed.get(last))];
    both.into_iter().flatten().any(|f| f.script == Script::Hiragana && is_particle(f.c))
}

/// Whether a pair is of katakana alone.
fn is_katakana(token: &Token, typed: &[Folded]) -> bool {
    let run = typed.get(token.from..token.to).unwrap_or_default();
    token.kind == Kind::Content && run.iter().all(|f| matches!(f.script, Script::Katakana | Script::Long))
}

/// Where the katakana begins that goes on here.
fn beginning_of_run(at: usize, typed: &[Folded]) -> usize {
    let before = typed.get(..at).unwrap_or_default().iter().rev();
    at.saturating_sub(before.take_while(|f| matches!(f.script, Script::Katakana | Script::Long)).count())
}

/// How many characters the run of a token has, without its long vowels.
fn run_length(token: &Token, typed: &[Folded]) -> usize {
    let before = typed.get(..token.from).unwrap_or_default().iter().rev();
    let after = typed.get(token.from..).unwrap_or_default().iter();
    let run = before.take_while(|f| is_japanese(f.script)).chain(after.take_while(|f| is_japanese(f.script)));
    run.filter(|f| f.script != Script::Long).count()
}

/// A token as a concept of its own, with its other forms.
fn of_its_own(token: &Token, all: &[Token], typed: &[Folded], named: bool) -> Option<Concept> {
    let spell = |t: &Token| -> String { typed.get(t.from..t.to).unwrap_or_default().iter().map(|f| f.c).collect() };
    match token.kind {
        Kind::Word => {
            let whole = spell(token);
            let inside = |t: &&Token| t.kind == Kind::Part && token.from <= t.from && t.to <= token.to;
            let (forms, pieces): (Vec<&Token>, Vec<&Token>) =
                all.iter().filter(inside).partition(|t| (t.from, t.to) == (token.from, token.to));
            let mut others: Vec<Vec<Term>> = forms.into_iter().map(|t| vec![t.term]).collect();
            if !pieces.is_empty() {
                others.push(pieces.iter().map(|t| t.term).collect());
            }
            // Plural and singular are one word; two words may be one.
            others.extend(singular(&whole).is_none().then(|| vec![word(&format!("{whole}s"))]));
            let with_neighbour = |t: &&Token| {
                t.kind == Kind::Part
                    && t.from <= token.from
                    && token.to <= t.to
                    && t.to - t.from > token.to - token.from
            };
            others.extend(all.iter().filter(with_neighbour).map(|t| vec![t.term]));
            Some(Concept { direct: vec![(token.term, 1.3)], others, ..Concept::default() })
        }
        Kind::Last if run_length(token, typed) == 1 => {
            let sung = all.iter().any(|t| t.kind == Kind::Lengthened && t.from == token.from);
            let c = typed.get(token.from).map(|f| f.c)?;
            (!sung).then_some(Concept { beginning: Some(c), ..Concept::default() })
        }
        _ => {
            let direct = vec![(token.term, weight(token, typed, named)?)];
            let skipped = |t: &&Token| token.kind == Kind::Mixed && t.kind == Kind::Skip && t.from == token.from;
            let others = all.iter().filter(skipped).map(|t| vec![t.term]).collect();
            let inflected = matches!(token.kind, Kind::Mixed | Kind::Hiragana);
            Some(Concept { direct, others, inflected, ..Concept::default() })
        }
    }
}

/// The whole text and each of its words may be an error code.
fn codes(typed: &[Folded]) -> Vec<Term> {
    let spell = |part: &[Folded]| -> String { part.iter().map(|f| f.c).collect() };
    let mut found = vec![code(&spell(typed))];
    let words = tokens(typed).into_iter().filter(|token| token.kind == Kind::Word);
    found.extend(words.map(|token| code(&spell(typed.get(token.from..token.to).unwrap_or_default()))));
    found.sort_unstable();
    found.dedup();
    found
}

/// Takes out what is said around a question, unless nothing would be left of it.
fn quieten(typed: &mut [Folded]) {
    let mut quiet = typed.to_vec();
    for at in 1..quiet.len() {
        // 消し方 asks of 消す.
        let kanji = quiet.get(at.saturating_add(1)).is_some_and(|f| f.script == Script::Kanji);
        let after = quiet.get(at.saturating_sub(1)).is_some_and(|f| f.script == Script::Hiragana);
        if let Some(way) = quiet.get_mut(at).filter(|f| f.c == '方' && after && !kanji) {
            (way.c, way.script) = (' ', Script::Gap);
        }
    }
    for phrase in SAID_AROUND.lines() {
        let length = phrase.chars().count();
        let mut at: usize = 0;
        while let Some(window) = quiet.get_mut(at..at.saturating_add(length)) {
            let said = !phrase.contains(is_kana) || window.iter().any(|f| f.script == Script::Hiragana);
            if said && window.iter().map(|f| f.c).eq(phrase.chars()) {
                window.iter_mut().for_each(|f| (f.c, f.script) = (' ', Script::Gap));
                at = at.saturating_add(length);
            } else {
                at = at.saturating_add(1);
            }
        }
    }
    let heard = |text: &[Folded]| text.iter().filter(|f| !matches!(f.script, Script::Gap | Script::Joint)).count();
    let content =
        |text: &[Folded]| text.iter().any(|f| matches!(f.script, Script::Kanji | Script::Katakana | Script::Letter));
    if content(&quiet) || (!content(typed) && heard(&quiet) >= 2) {
        typed.copy_from_slice(&quiet);
    }
}

fn is_kana(c: char) -> bool {
    matches!(c, '\u{30a1}'..='\u{30fa}')
}
