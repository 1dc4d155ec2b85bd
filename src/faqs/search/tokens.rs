//! What a text is found by: pairs of characters where Japanese has no spaces, words where there
//! are some.

use super::fold::{Folded, Script};

/// A term of the index. One or two characters are told exactly by their code points; a word by its
/// hash of 62 bits.
pub type Term = u64;

const WORD: Term = 1 << 63;
const CODE: Term = 1 << 62;
/// The sides of a run, as [`edge`] names them; no word has them in it.
const BEGINNING: char = '\u{2}';
/// The other side.
const END: char = '\u{3}';
const LONG: char = 'ー';
/// Words that end like another which is no part of them: a カタログ is no ログ.
const UNDIVIDED: [&str; 5] = ["カタログ", "ブログ", "アナログ", "ダイアログ", "プロログ"];

/// What kind of evidence a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Two characters of kanji or katakana.
    Content,
    /// Two characters of which one is hiragana.
    Mixed,
    /// Two of hiragana.
    Hiragana,
    /// Two kanji with the hiragana between them left out: 取り消し is 取消.
    Skip,
    /// The last character of a run.
    Last,
    /// One kanji and hiragana after it: what stays of 届く in 届かない and 届きません.
    Stem,
    /// A character and the long vowel after it; long vowels are left out otherwise.
    Lengthened,
    /// The two sounds that a run of katakana begins or ends with, or is.
    Edge,
    /// A word, or several that are joined.
    Word,
    /// A part of what is joined, or another form of a word.
    Part,
}

/// A term where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// The term.
    pub term: Term,
    /// What kind of evidence it is.
    pub kind: Kind,
    /// The first folded character.
    pub from: usize,
    /// The folded character after the last.
    pub to: usize,
}

/// The term of two characters.
pub fn pair(a: char, b: char) -> Term {
    (Term::from(u32::from(a)) << 21) | Term::from(u32::from(b))
}

/// The term of one character; the pairs that begin with it follow in order.
pub fn single(c: char) -> Term {
    Term::from(u32::from(c)) << 21
}

/// The term of a word.
pub fn word(text: &str) -> Term {
    WORD | (hash(text) & !CODE)
}

/// The term of an error code as a whole.
pub fn code(text: &str) -> Term {
    let folded: String = super::fold::fold(text).iter().filter(|f| f.script != Script::Gap).map(|f| f.c).collect();
    WORD | CODE | hash(&folded)
}

/// FNV-1a: the index is kept, so the hash may never change.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

/// Every token of a folded text, run by run.
pub fn tokens(text: &[Folded]) -> Vec<Token> {
    let mut found = Vec::with_capacity(text.len().saturating_mul(2));
    let mut at = 0;
    while let Some(first) = text.get(at) {
        let script = first.script;
        let run = |keep: &dyn Fn(Script) -> bool| {
            let length = text.get(at..).unwrap_or_default().iter().take_while(|f| keep(f.script)).count();
            at.saturating_add(length)
        };
        at = match script {
            Script::Gap | Script::Joint => at.saturating_add(1),
            Script::Letter => {
                let end = run(&|s| matches!(s, Script::Letter | Script::Joint));
                words(text, at, end, &mut found);
                end
            }
            _ => {
                let end = run(&is_japanese);
                pairs(text, at, end, &mut found);
                end
            }
        };
    }
    joined_words(text, &mut found);
    found
}

/// Whether pairs of such characters make terms.
pub fn is_japanese(script: Script) -> bool {
    matches!(script, Script::Kanji | Script::Katakana | Script::Hiragana | Script::Long)
}

/// Whether a token is of kanji alone or has none.
pub fn is_of_one_script(token: &Token, typed: &[Folded]) -> bool {
    let kanji = |f: &Folded| f.script == Script::Kanji;
    let run = typed.get(token.from..token.to).unwrap_or_default();
    run.iter().all(kanji) || !run.iter().any(kanji)
}

fn pairs(text: &[Folded], from: usize, to: usize, found: &mut Vec<Token>) {
    let run: Vec<(usize, &Folded)> = text.iter().enumerate().take(to).skip(from).collect();
    let sounded: Vec<(usize, &Folded)> = run.iter().copied().filter(|(_, f)| f.script != Script::Long).collect();
    for two in sounded.windows(2) {
        if let [(i, a), (j, b)] = two {
            let kind = match (a.script, b.script) {
                (Script::Hiragana, Script::Hiragana) => Kind::Hiragana,
                (Script::Hiragana, _) | (_, Script::Hiragana) => Kind::Mixed,
                _ => Kind::Content,
            };
            found.push(Token { term: pair(a.c, b.c), kind, from: *i, to: j.saturating_add(1) });
        }
    }
    for three in sounded.windows(3) {
        if let [(i, a), (_, between), (j, b)] = three
            && (a.script, between.script, b.script) == (Script::Kanji, Script::Hiragana, Script::Kanji)
            && !is_particle(between.c)
        {
            found.push(Token { term: pair(a.c, b.c), kind: Kind::Skip, from: *i, to: j.saturating_add(1) });
        }
    }
    for (n, two) in sounded.windows(2).enumerate() {
        let after_kanji = n.checked_sub(1).and_then(|n| sounded.get(n)).is_some_and(|(_, f)| f.script == Script::Kanji);
        if let [(i, a), (_, b)] = two
            && (a.script, b.script) == (Script::Kanji, Script::Hiragana)
            && !after_kanji
        {
            found.push(Token { term: single(a.c), kind: Kind::Stem, from: *i, to: i.saturating_add(1) });
        }
    }
    for two in run.windows(2) {
        if let [(i, a), (j, Folded { script: Script::Long, .. })] = two {
            found.push(Token { term: pair(a.c, LONG), kind: Kind::Lengthened, from: *i, to: j.saturating_add(1) });
        }
    }
    edges(&sounded, found);
    if let Some((i, last)) = sounded.last() {
        found.push(Token { term: single(last.c), kind: Kind::Last, from: *i, to });
    }
}

/// Where a run of katakana begins and ends: of two sounds within a longer word nothing else tells
/// whether they are a word of their own. What is the whole run is both.
fn edges(sounded: &[(usize, &Folded)], found: &mut Vec<Token>) {
    let same = |a: &(usize, &Folded), b: &(usize, &Folded)| a.1.script == b.1.script;
    for run in sounded.chunk_by(same).filter(|run| run.iter().all(|(_, f)| f.script == Script::Katakana)) {
        let ends = |word: &&str| run.iter().rev().map(|(_, f)| f.c).take(word.chars().count()).eq(word.chars().rev());
        let end = run.get(run.len().saturating_sub(2)..).filter(|_| !UNDIVIDED.iter().any(ends));
        for (side, two) in [(BEGINNING, run.get(..2)), (END, end)] {
            if let Some([(i, a), (j, b)]) = two {
                let (from, to) = (*i, j.saturating_add(1));
                found.push(Token { term: edge(side, a.c, b.c), kind: Kind::Edge, from, to });
            }
        }
    }
}

/// The edges of a word that is a whole run of katakana with two sounds, such as ログ.
pub fn short_word(from: usize, to: usize, typed: &[Folded]) -> Option<[Term; 2]> {
    let katakana = |f: &&Folded| matches!(f.script, Script::Katakana | Script::Long);
    let alone = from.checked_sub(1).and_then(|before| typed.get(before)).filter(katakana).is_none()
        && typed.get(to..)?.iter().take_while(katakana).all(|f| f.script == Script::Long);
    let mut sounds = typed.get(from..to)?.iter().filter(|f| f.script != Script::Long);
    match (sounds.next(), sounds.next(), sounds.next()) {
        (Some(a), Some(b), None) if alone && a.script == Script::Katakana && b.script == Script::Katakana => {
            Some([BEGINNING, END].map(|side| edge(side, a.c, b.c)))
        }
        _ => None,
    }
}

/// The term of two characters at an edge of a run of katakana.
fn edge(side: char, a: char, b: char) -> Term {
    word(&String::from_iter([side, a, b]))
}

/// Hiragana that stands between two words and belongs to neither.
pub fn is_particle(c: char) -> bool {
    matches!(c, 'ノ' | 'ヲ' | 'ニ' | 'ガ' | 'ハ' | 'ト' | 'デ' | 'モ' | 'ヘ' | 'ヤ' | 'カ' | 'ナ')
}

/// A run of letters and joints: the whole, its parts, and a word's singular.
fn words(text: &[Folded], from: usize, to: usize, found: &mut Vec<Token>) {
    let run = text.get(from..to).unwrap_or_default();
    let trailing = run.iter().rev().take_while(|f| f.script == Script::Joint).count();
    let to = to.saturating_sub(trailing);
    let spell =
        |from: usize, to: usize| -> String { text.get(from..to).unwrap_or_default().iter().map(|f| f.c).collect() };
    let whole = spell(from, to);
    let mut add = |text: &str, kind: Kind, from: usize, to: usize| {
        found.push(Token { term: word(text), kind, from, to });
    };
    add(&whole, Kind::Word, from, to);
    let mut pieces: Vec<(usize, usize)> = Vec::new();
    for (at, f) in text.iter().enumerate().take(to).skip(from) {
        let digit = f.c.is_numeric();
        match pieces.last_mut() {
            _ if f.script == Script::Joint => {}
            Some((_, end))
                if *end == at && text.get(at.saturating_sub(1)).is_some_and(|b| b.c.is_numeric() == digit) =>
            {
                *end = at.saturating_add(1);
            }
            _ => pieces.push((at, at.saturating_add(1))),
        }
    }
    if let Some(bare) = whole.strip_prefix('v').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
        add(bare, Kind::Part, from, to);
    }
    if pieces.len() > 1 {
        let solid: String = whole.chars().filter(|c| c.is_alphanumeric()).collect();
        add(&solid, Kind::Part, from, to);
        for (a, b) in &pieces {
            add(&spell(*a, *b), Kind::Part, *a, *b);
        }
        for (a, b) in joined_by(text, from, to) {
            add(&spell(a, b), Kind::Part, a, b);
        }
    }
    if let Some(one) = singular(&whole) {
        add(one, Kind::Part, from, to);
    }
}

/// The parts between joints that hold both letters and digits.
fn joined_by(text: &[Folded], from: usize, to: usize) -> Vec<(usize, usize)> {
    let mut parts = Vec::new();
    let mut begin = from;
    for at in from..=to {
        if at == to || text.get(at).is_some_and(|f| f.script == Script::Joint) {
            let part = text.get(begin..at).unwrap_or_default();
            let digits = part.iter().filter(|f| f.c.is_numeric()).count();
            if digits > 0 && digits < part.len() && (begin, at) != (from, to) {
                parts.push((begin, at));
            }
            begin = at.saturating_add(1);
        }
    }
    parts
}

/// A plural's singular, as far as its last letter tells.
pub fn singular(word: &str) -> Option<&str> {
    let stem = word.strip_suffix('s')?;
    (stem.len() >= 3 && stem.is_ascii() && stem.ends_with(|c: char| c.is_ascii_lowercase() && c != 's')).then_some(stem)
}

/// Two words with a space between them, as one: log in is login.
fn joined_words(text: &[Folded], found: &mut Vec<Token>) {
    let words: Vec<Token> = found.iter().copied().filter(|token| token.kind == Kind::Word).collect();
    for two in words.windows(2) {
        if let [a, b] = two
            && b.from == a.to.saturating_add(1)
            && text.get(a.to).is_some_and(|f| f.script == Script::Gap)
        {
            let letters = text.get(a.from..b.to).unwrap_or_default().iter().filter(|f| f.script == Script::Letter);
            let solid: String = letters.map(|f| f.c).collect();
            found.push(Token { term: word(&solid), kind: Kind::Part, from: a.from, to: b.to });
        }
    }
}
