//! A FAQ as the index has it: its terms, each with how much it says of the FAQ.
//!
//! The weight is BM25F's share of a term in a document, of question, answer and keywords. It is
//! measured against fixed lengths and not against the average of the moment, so that it is the same
//! on every node and never has to be made again.

use std::collections::BTreeMap;

use super::fold::fold;
use super::tokens::{Kind, Term, code, tokens};

/// A term and its weight: 1 to 255.
pub type Weighted = (Term, u8);

/// What is said in a FAQ, as far as it is found by it.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// The question.
    pub question: &'a str,
    /// The answer.
    pub answer: &'a str,
    /// Keywords and messages.
    pub keywords: &'a [String],
    /// Error codes: found as words too, and exactly.
    pub error_codes: &'a [String],
}

/// How soon more of the same adds nothing.
const SATURATION: f32 = 1.2;
/// How much length counts.
const LENGTH: f32 = 0.6;
const QUESTION: (f32, f32) = (5.0, 40.0);
const ANSWER: (f32, f32) = (1.0, 350.0);
const KEYWORDS: f32 = 5.0;

/// Weighs every term of a FAQ, in the terms' order.
pub fn weigh(text: &Text<'_>) -> Vec<Weighted> {
    let mut counts: BTreeMap<Term, f32> = BTreeMap::new();
    let mut count = |text: &str, field: Option<(f32, f32)>| {
        let found = tokens(&fold(text));
        let weight = match field {
            Some((weight, usual)) => {
                let length = found.iter().filter(|token| token.kind != Kind::Edge).count();
                weight / (1.0 - LENGTH + LENGTH * length as f32 / usual)
            }
            None => KEYWORDS,
        };
        for token in found {
            *counts.entry(token.term).or_default() += weight;
        }
    };
    count(text.question, Some(QUESTION));
    count(text.answer, Some(ANSWER));
    for keyword in text.keywords.iter().chain(text.error_codes) {
        count(keyword, None);
    }
    let codes = text.error_codes.iter().map(|text| (code(text), 255));
    let weighed = counts.into_iter().map(|(term, count)| (term, quantised(count / (count + SATURATION))));
    let all: BTreeMap<Term, u8> = weighed.chain(codes).collect();
    all.into_iter().collect()
}

fn quantised(share: f32) -> u8 {
    (share * 255.0).round().clamp(1.0, 255.0) as u8
}

/// The terms as they are kept: distances between them, seven bits a byte, and a byte of weight.
pub fn pack(terms: &[Weighted]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(terms.len().saturating_mul(6));
    let mut before = 0;
    for (term, weight) in terms {
        write_number(&mut packed, term.wrapping_sub(before));
        packed.push(*weight);
        before = *term;
    }
    packed
}

/// The terms as they were packed.
pub fn unpack(packed: &[u8]) -> impl Iterator<Item = Weighted> {
    let (mut rest, mut term) = (packed, 0u64);
    std::iter::from_fn(move || {
        term = term.wrapping_add(read_number(&mut rest)?);
        let (weight, after) = rest.split_first()?;
        rest = after;
        Some((term, *weight))
    })
}

/// Writes a number, seven bits a byte, the lowest first.
pub fn write_number(to: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        to.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
}

/// Reads what [`write_number`] wrote.
pub fn read_number(from: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = from.split_first()?;
        *from = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}
