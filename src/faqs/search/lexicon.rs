//! Words that mean the same: the usual ones of the trade, and the desk's own.

use std::collections::HashMap;

use super::fold::{Folded, Script, fold};
use super::tokens::{Term, short_word, tokens};

/// The usual words: one group a line, words with a comma between.
const USUAL: &str = include_str!("lexicon.txt");

/// Groups of words, found by how each begins a place of a folded text.
#[derive(Clone, Debug)]
pub struct Lexicon {
    groups: Vec<Vec<String>>,
    by_word: HashMap<Vec<char>, Vec<usize>>,
    longest: usize,
}

/// A word of the lexicon in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The first folded character.
    pub from: usize,
    /// The folded character after the last.
    pub to: usize,
    /// The terms of each word that means the same.
    pub others: Vec<Vec<Term>>,
}

impl Lexicon {
    /// The usual words and these groups.
    pub fn with(own: &[Vec<String>]) -> Self {
        let usual = USUAL.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let usual = usual.map(|line| line.split(',').map(|word| word.trim().to_owned()).collect());
        let groups: Vec<Vec<String>> = usual.chain(own.iter().cloned()).collect();
        let mut by_word: HashMap<Vec<char>, Vec<usize>> = HashMap::new();
        for (number, group) in groups.iter().enumerate() {
            for word in group {
                let key: Vec<char> = sounded(&fold(word)).map(|(_, f)| f.c).collect();
                if !key.is_empty() {
                    by_word.entry(key).or_default().push(number);
                }
            }
        }
        let longest = by_word.keys().map(Vec::len).max().unwrap_or_default();
        Self { groups, by_word, longest }
    }

    /// The words of the lexicon in a text: at each place the longest, none over another.
    pub fn find(&self, text: &[Folded]) -> Vec<Found> {
        let places: Vec<(usize, &Folded)> = sounded(text).collect();
        let mut found = Vec::new();
        let mut at = 0;
        while at < places.len() {
            let most = self.longest.min(places.len().saturating_sub(at));
            let hit = (1..=most).rev().find_map(|length| {
                let slice = places.get(at..at.saturating_add(length))?;
                let key: Vec<char> = slice.iter().map(|(_, f)| f.c).collect();
                let numbers = self.by_word.get(&key)?;
                let before = at.checked_sub(1).and_then(|i| places.get(i)).map(|(_, f)| *f);
                let after = places.get(at.saturating_add(length)).map(|(_, f)| *f);
                stands_alone(slice, before, after).then_some((length, key, numbers))
            });
            let Some((length, key, numbers)) = hit else {
                at = at.saturating_add(1);
                continue;
            };
            let span = places.get(at..at.saturating_add(length)).unwrap_or_default();
            if let (Some((from, _)), Some((last, _))) = (span.first(), span.last()) {
                let others = self.others(numbers, &key);
                found.push(Found { from: *from, to: last.saturating_add(1), others });
            }
            at = at.saturating_add(length);
        }
        found
    }

    fn others(&self, numbers: &[usize], key: &[char]) -> Vec<Vec<Term>> {
        let words = numbers.iter().filter_map(|number| self.groups.get(*number)).flatten();
        let folded = words.map(|word| fold(word)).filter(|word| !sounded(word).map(|(_, f)| &f.c).eq(key));
        let needed = |word: Vec<Folded>| match short_word(0, word.len(), &word) {
            Some(edges) => edges.map(|edge| vec![edge]).to_vec(),
            None => vec![needed(&word)],
        };
        folded.flat_map(needed).filter(|terms| !terms.is_empty()).collect()
    }
}

/// A text without its long vowels, which nobody agrees on.
fn sounded(text: &[Folded]) -> impl Iterator<Item = (usize, &Folded)> {
    text.iter().enumerate().filter(|(_, f)| f.script != Script::Long)
}

/// The terms that a document must have for a word to be in it.
fn needed(word: &[Folded]) -> Vec<Term> {
    use super::tokens::Kind;
    let all = tokens(word);
    let inner = |kind| matches!(kind, Kind::Content | Kind::Mixed | Kind::Hiragana | Kind::Word);
    let mut terms: Vec<Term> = all.iter().filter(|t| inner(t.kind)).map(|t| t.term).collect();
    for kind in [Kind::Lengthened, Kind::Last] {
        if terms.is_empty() {
            terms.extend(all.iter().filter(|t| t.kind == kind).map(|t| t.term));
        }
    }
    terms
}

/// Letters and katakana make words as far as they go; ログ is not a word of ログイン.
fn stands_alone(word: &[(usize, &Folded)], before: Option<&Folded>, after: Option<&Folded>) -> bool {
    let parts = |edge: Option<&(usize, &Folded)>, next: Option<&Folded>| match (edge, next) {
        (Some((_, edge)), Some(next)) => {
            edge.script != next.script || matches!(edge.script, Script::Kanji | Script::Hiragana | Script::Gap)
        }
        _ => true,
    };
    parts(word.first(), before) && parts(word.last(), after)
}
