//! One written form for the many ways in which people type the same word.
//!
//! Width, case, hiragana and katakana, small kana, ヴ, and the kinds of hyphens are folded away.
//! Every folded character remembers the characters of the original that it came from, so that a
//! match can be shown where it was typed.

use unicode_normalization::UnicodeNormalization;

/// What a folded character was written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    /// An ideograph.
    Kanji,
    /// Katakana, of either width.
    Katakana,
    /// Hiragana; the folded character is its katakana.
    Hiragana,
    /// The long-vowel mark after kana.
    Long,
    /// A letter or digit of a script with words.
    Letter,
    /// What joins letters to one token: `. _ - / : # @ + \`.
    Joint,
    /// Everything else: it ends a run.
    Gap,
}

/// A folded character and the half-open span of code points that it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Folded {
    /// The character.
    pub c: char,
    /// What it was written with.
    pub script: Script,
    /// The first code point of the original.
    pub start: u32,
    /// The code point after the last.
    pub end: u32,
}

/// Folds a text. Folding what was folded changes nothing but the scripts of kana.
pub fn fold(text: &str) -> Vec<Folded> {
    let mut folded: Vec<Folded> = Vec::with_capacity(text.len() / 2);
    let mut rest = text.chars().zip(0u32..).peekable();
    while let Some((c, start)) = rest.next() {
        let mark = rest.next_if(|(next, _)| is_voice_mark(*next)).map(|(mark, _)| mark);
        let end = start.saturating_add(1 + u32::from(mark.is_some()));
        let mut push = |c: char| add(&mut folded, c, start, end);
        if mark.is_none() && is_plain(c) {
            push(c);
        } else {
            let cluster: String = [Some(c), mark].into_iter().flatten().collect();
            cluster.nfkc().flat_map(char::to_lowercase).for_each(&mut push);
        }
    }
    settle_hyphens(&mut folded);
    settle_can(&mut folded);
    folded
}

/// 出来る is できる.
fn settle_can(folded: &mut [Folded]) {
    for at in 0..folded.len() {
        if let Some([first, second, Folded { script: Script::Hiragana, .. }]) = folded.get_mut(at..at.saturating_add(3))
            && (first.c, second.c) == ('出', '来')
        {
            (first.c, first.script) = ('デ', Script::Hiragana);
            (second.c, second.script) = ('キ', Script::Hiragana);
        }
    }
}

/// The folded characters alone: what words are compared by.
pub fn plain(text: &str) -> String {
    fold(text).iter().filter(|f| f.script != Script::Long).map(|f| f.c).collect()
}

/// Characters on which compatibility forms and case have no say.
fn is_plain(c: char) -> bool {
    matches!(c, 'a'..='z' | '0'..='9' | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fc}' | '\u{4e00}'..='\u{9fff}')
}

/// A sounding mark that stands as a character of its own.
fn is_voice_mark(c: char) -> bool {
    matches!(c, '\u{3099}' | '\u{309a}' | '\u{ff9e}' | '\u{ff9f}')
}

fn add(folded: &mut Vec<Folded>, c: char, start: u32, end: u32) {
    let (c, script) = match c {
        '\u{3041}'..='\u{3096}' => (large(shifted(c)), Script::Hiragana),
        '\u{30a1}'..='\u{30fa}' => (large(c), Script::Katakana),
        'ー' => (c, Script::Long),
        '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{f900}'..='\u{faff}' | '々' | '〆' => {
            (c, Script::Kanji)
        }
        '\u{20000}'..='\u{3ffff}' => (c, Script::Kanji),
        '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2500}' => ('-', Script::Joint),
        '.' | '_' | '/' | ':' | '#' | '@' | '+' | '\\' => (c, Script::Joint),
        _ if c.is_alphanumeric() => (c, Script::Letter),
        _ => (' ', Script::Gap),
    };
    // ヴ and its vowel are one sound: ヴォ is ボ.
    if let Some(last) = folded.last_mut().filter(|last| last.c == 'ヴ')
        && let Some(one) = b_row(c)
        && matches!(script, Script::Katakana | Script::Hiragana)
    {
        *last = Folded { c: one, end, ..*last };
        return;
    }
    folded.push(Folded { c, script, start, end });
}

fn b_row(vowel: char) -> Option<char> {
    Some(match vowel {
        'ア' => 'バ',
        'イ' => 'ビ',
        'ウ' => 'ブ',
        'エ' => 'ベ',
        'オ' => 'ボ',
        _ => return None,
    })
}

/// Hiragana's katakana.
fn shifted(c: char) -> char {
    char::from_u32(u32::from(c).saturating_add(0x60)).unwrap_or(c)
}

/// Small kana as large ones, ヂ and ヅ as they are said.
fn large(c: char) -> char {
    match c {
        'ァ' | 'ィ' | 'ゥ' | 'ェ' | 'ォ' | 'ッ' | 'ャ' | 'ュ' | 'ョ' | 'ヮ' => {
            char::from_u32(u32::from(c).saturating_add(1)).unwrap_or(c)
        }
        'ヵ' => 'カ',
        'ヶ' => 'ケ',
        'ヂ' => 'ジ',
        'ヅ' => 'ズ',
        _ => c,
    }
}

/// A hyphen after katakana is a long vowel, a long vowel after a letter is a hyphen, a ヴ alone is ブ.
fn settle_hyphens(folded: &mut [Folded]) {
    let mut before = Script::Gap;
    for at in 0..folded.len() {
        let next = folded.get(at.saturating_add(1)).map_or(Script::Gap, |f| f.script);
        let Some(here) = folded.get_mut(at) else { continue };
        match (here.c, before) {
            ('-', Script::Katakana) if next != Script::Letter => (here.c, here.script) = ('ー', Script::Long),
            ('ー', Script::Letter) => (here.c, here.script) = ('-', Script::Joint),
            ('ー', Script::Gap | Script::Joint) => (here.c, here.script) = (' ', Script::Gap),
            ('ヴ', _) => here.c = 'ブ',
            _ => {}
        }
        // A mark after a mark belongs to what the first one lengthens.
        if here.script != Script::Long {
            before = here.script;
        }
    }
}
