//! Sample FAQs as a desk has them, made up: they feed the demo and the search's quality test.

use serde_json::{Value, json};

const LINES: &str = include_str!("sample_faqs.tsv");

/// A sample FAQ.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Its key.
    pub key: &'static str,
    /// The letters of its products: A, I, C, M.
    pub products: Vec<&'static str>,
    /// The letter of its kind.
    pub kind: &'static str,
    /// The letter of its source.
    pub source: &'static str,
    /// Its error codes.
    pub codes: Vec<&'static str>,
    /// Its question.
    pub question: &'static str,
    /// Its answer.
    pub answer: &'static str,
}

/// All of them.
pub fn all() -> impl Iterator<Item = Sample> {
    LINES.lines().filter_map(|line| {
        let mut fields = line.split('\t');
        let mut next = || fields.next();
        let list = |text: &'static str| text.split(',').filter(|part| !part.is_empty()).collect::<Vec<_>>();
        Some(Sample {
            key: next()?,
            products: list(next()?),
            kind: next()?,
            source: next()?,
            codes: list(next()?),
            question: next()?,
            answer: next()?,
        })
    })
}

impl Sample {
    /// The sample as a line of an import, labelled for what it is.
    pub fn line(&self) -> Value {
        let codes: Vec<&str> = self.products.iter().map(|letter| product(letter)).collect();
        json!({ "type": "faq", "key": self.key, "publish": true, "body": {
            "question": self.question, "answer": format!("{}（サンプル）", self.answer),
            "kind": kind(self.kind), "source": source(self.source), "product_codes": codes,
            "language": "ja", "error_codes": self.codes,
        }})
    }
}

fn product(letter: &str) -> &'static str {
    match letter {
        "A" => "VOTIRO-VA",
        "I" => "VOTIRO-API",
        "C" => "VOTIRO-CLOUD",
        _ => "VOTIRO-CLOUD-MAIL",
    }
}

fn kind(letter: &str) -> &'static str {
    match letter {
        "p" => "product_specification",
        "c" => "configuration_operation",
        "m" => "message_meaning_and_remedy",
        "i" => "inquiry_or_incident_case",
        _ => "manual_supplement",
    }
}

fn source(letter: &str) -> &'static str {
    match letter {
        "v" => "vendor_information",
        "w" => "own_verification",
        "f" => "frequent_inquiry",
        _ => "other",
    }
}
