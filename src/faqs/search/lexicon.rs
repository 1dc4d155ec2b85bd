//! Words that mean the same: the usual ones, how they sound, and the desk's own.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::fold::{Folded, Script, fold};
use super::tokens::{Kind, Term, Token, is_of_one_script, is_particle, short_word, single, tokens};

/// The usual words, and how they sound.
static USUAL: LazyLock<Words> = LazyLock::new(|| {
    let mut words = Words::default();
    for line in lines(include_str!("lexicon.txt")) {
        words.mean_the_same(line.split(','));
    }
    for line in lines(include_str!("readings.txt")) {
        let mut words_of = line.split_whitespace();
        if let Some(sound) = words_of.next() {
            words_of.for_each(|word| words.sounds(word, sound));
        }
    }
    words
});

/// How many other ways to say a word are looked for, the desk's own first.
const MOST_WAYS: usize = 32;
/// A word of kana with so many sounds is one wherever it stands.
const UNMISTAKABLE: usize = 5;
/// The same of katakana, where a longer word is mostly made of whole ones.
const LONG_KATAKANA: usize = 4;

/// Groups of words, found by how each begins a place of a folded text.
#[derive(Clone, Debug)]
pub struct Lexicon {
    own: Words,
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

#[derive(Clone, Debug, Default)]
struct Words {
    groups: Vec<Vec<Word>>,
    by_form: HashMap<Vec<char>, Entry>,
    longest: usize,
}

/// A word of a group: its form, and what a document has that holds it, in any of these ways.
#[derive(Clone, Debug)]
struct Word {
    form: Vec<char>,
    ways: Vec<Vec<Term>>,
}

/// What a form is known as.
#[derive(Clone, Debug, Default)]
struct Entry {
    groups: Vec<usize>,
    /// Whether it goes on in hiragana.
    goes_on: bool,
}

impl Lexicon {
    /// The usual words and these groups.
    pub fn with(own: &[Vec<String>]) -> Self {
        let mut words = Words::default();
        own.iter().for_each(|group| words.mean_the_same(group.iter().map(String::as_str)));
        Self { own: words }
    }

    /// The words of the lexicon in a text: at each place the longest, none over another.
    pub fn find(&self, text: &[Folded]) -> Vec<Found> {
        let places: Vec<(usize, &Folded)> = sounded(text).collect();
        let forms: Vec<char> = places.iter().map(|(_, f)| f.c).collect();
        let (mut found, mut at, mut joined) = (Vec::new(), 0, false);
        while at < places.len() {
            let Some((length, others)) = self.longest(&places, &forms, at, joined) else {
                (at, joined) = (at.saturating_add(1), false);
                continue;
            };
            let after = at.saturating_add(length);
            if let (Some((from, _)), Some((last, _))) = (places.get(at), places.get(after.saturating_sub(1))) {
                found.push(Found { from: *from, to: last.saturating_add(1), others });
            }
            (at, joined) = (after, true);
        }
        found
    }

    /// The longest word that stands here: how long it is, with the ending of a verb, and its others.
    fn longest(
        &self,
        places: &[(usize, &Folded)],
        forms: &[char],
        at: usize,
        joined: bool,
    ) -> Option<(usize, Vec<Vec<Term>>)> {
        let most = USUAL.longest.max(self.own.longest).min(forms.len().saturating_sub(at));
        (1..=most).rev().find_map(|length| {
            let form = forms.get(at..at.saturating_add(length))?;
            let known: Vec<(&Words, &Entry)> =
                [&self.own, &*USUAL].into_iter().filter_map(|words| Some((words, words.by_form.get(form)?))).collect();
            let goes_on = known.iter().any(|(_, entry)| entry.goes_on);
            if known.is_empty() || !self.stands(places, forms, (at, length), joined, goes_on) {
                return None;
            }
            let mut others: Vec<Vec<Term>> = Vec::new();
            for (words, entry) in known {
                for way in entry.groups.iter().flat_map(|group| words.others(*group, form)) {
                    if others.len() < MOST_WAYS && !others.contains(way) {
                        others.push(way.clone());
                    }
                }
            }
            Some((length.saturating_add(usize::from(goes_on && length == 1)), others))
        })
    }

    /// Whether a form is a word where it stands. Letters and katakana make words as far as they go,
    /// a kanji within a compound is none, and hiragana runs on: there a word begins and ends at
    /// another, at a particle or at the end.
    fn stands(
        &self,
        places: &[(usize, &Folded)],
        forms: &[char],
        (at, length): (usize, usize),
        joined: bool,
        goes_on: bool,
    ) -> bool {
        let after_it = at.saturating_add(length);
        let word = places.get(at..after_it).unwrap_or_default();
        let before = at.checked_sub(1).and_then(|i| places.get(i)).map(|(_, f)| *f);
        let after = places.get(after_it).map(|(_, f)| *f);
        let (Some((_, first)), Some((_, last))) = (word.first(), word.last()) else { return false };
        if goes_on && length == 1 {
            return before.is_none_or(|f| f.script != Script::Kanji)
                && after.is_some_and(|f| f.script == Script::Hiragana);
        }
        let same = |edge: &Folded, next: Option<&Folded>| next.filter(|next| next.script == edge.script).copied();
        let spoken = word.iter().all(|(_, f)| f.script == Script::Hiragana);
        let begins = |least: usize| self.begins(forms, after_it, least);
        let free_before = match (first.script, same(first, before)) {
            (_, None) | (Script::Gap, _) => true,
            (Script::Kanji, Some(_)) => length > 1,
            (Script::Katakana, Some(_)) => joined || length >= LONG_KATAKANA,
            (Script::Hiragana, Some(before)) => {
                !spoken || joined || length >= UNMISTAKABLE || (length > 2 && is_particle(before.c))
            }
            _ => false,
        };
        let free_after = match (last.script, same(last, after)) {
            (_, None) | (Script::Gap, _) => true,
            (Script::Kanji, Some(_)) => length > 1,
            (Script::Katakana, Some(_)) => length >= LONG_KATAKANA || begins(2),
            (Script::Hiragana, Some(after)) => {
                !spoken || goes_on || length >= UNMISTAKABLE || ends_noun(after.c) || begins(3)
            }
            _ => false,
        };
        free_before && free_after
    }

    /// Whether a word of so many characters or more begins here.
    fn begins(&self, forms: &[char], at: usize, least: usize) -> bool {
        let most = USUAL.longest.max(self.own.longest).min(forms.len().saturating_sub(at));
        let known = |form: &[char]| USUAL.by_form.contains_key(form) || self.own.by_form.contains_key(form);
        (least..=most).any(|length| forms.get(at..at.saturating_add(length)).is_some_and(known))
    }
}

impl Words {
    /// Takes a group of words.
    fn mean_the_same<'a>(&mut self, group: impl Iterator<Item = &'a str>) {
        let number = self.groups.len();
        let mut words = Vec::new();
        for written in group {
            let (word, goes_on) = Word::written(written);
            if !word.form.is_empty() {
                self.know(word.form.clone(), goes_on, &[number]);
                words.push(word);
            }
        }
        self.groups.push(words);
    }

    /// Takes how a word sounds: it is then found as the word is, with what means the same.
    fn sounds(&mut self, written: &str, sound: &str) {
        let ((word, _), (sound, goes_on)) = (Word::written(written), Word::written(sound));
        let mut groups = self.by_form.get(&word.form).map(|entry| entry.groups.clone()).unwrap_or_default();
        groups.insert(0, self.groups.len());
        self.groups.push(vec![word]);
        self.know(sound.form, goes_on, &groups);
    }

    fn know(&mut self, form: Vec<char>, goes_on: bool, groups: &[usize]) {
        self.longest = self.longest.max(form.len());
        let entry = self.by_form.entry(form).or_default();
        entry.goes_on |= goes_on;
        entry.groups.extend(groups);
    }

    /// What documents have that hold another word of a group than this.
    fn others(&self, group: usize, than: &[char]) -> impl Iterator<Item = &Vec<Term>> {
        let words = self.groups.get(group).into_iter().flatten();
        words.filter(move |word| word.form != than).flat_map(|word| &word.ways)
    }
}

impl Word {
    /// Reads a word as a list has it; whether it goes on in hiragana.
    fn written(written: &str) -> (Self, bool) {
        let (stem, goes_on) = written.trim().strip_suffix('~').map_or((written.trim(), false), |stem| (stem, true));
        let folded = fold(stem);
        let form: Vec<char> = sounded(&folded).map(|(_, f)| f.c).collect();
        let ways = match (form.as_slice(), short_word(0, folded.len(), &folded)) {
            ([only], _) if goes_on => vec![vec![single(*only)]],
            (_, Some(edges)) => edges.map(|edge| vec![edge]).to_vec(),
            _ => vec![needed(&folded)],
        };
        (Self { form, ways: ways.into_iter().filter(|terms| !terms.is_empty()).collect() }, goes_on)
    }
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// A text without its long vowels, which nobody agrees on.
fn sounded(text: &[Folded]) -> impl Iterator<Item = (usize, &Folded)> {
    text.iter().enumerate().filter(|(_, f)| f.script != Script::Long)
}

/// The terms that a document must have for a word to be in it.
fn needed(word: &[Folded]) -> Vec<Term> {
    let all = tokens(word);
    let inner = |kind| matches!(kind, Kind::Content | Kind::Mixed | Kind::Hiragana | Kind::Word);
    let meets = |t: &&Token| t.kind == Kind::Content && !is_of_one_script(t, word);
    let (between, within): (Vec<&Token>, Vec<&Token>) = all.iter().filter(|t| inner(t.kind)).partition(meets);
    // Where two words of different scripts meet others write a particle, unless one is a single character.
    let told = |at: usize| within.iter().any(|t| t.from <= at && at < t.to);
    let between = between.iter().filter(|t| !told(t.from) || !told(t.to.saturating_sub(1)));
    let mut terms: Vec<Term> = within.iter().chain(between).map(|t| t.term).collect();
    for kind in [Kind::Lengthened, Kind::Last] {
        if terms.is_empty() {
            terms.extend(all.iter().filter(|t| t.kind == kind).map(|t| t.term));
        }
    }
    terms
}

/// Whether a word that is said, not written, may end before this: a particle, する, です, な, よ.
fn ends_noun(c: char) -> bool {
    is_particle(c) || matches!(c, 'サ' | 'シ' | 'ス' | 'ダ' | 'ヨ' | 'ネ')
}
