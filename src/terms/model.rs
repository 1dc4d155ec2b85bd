//! The written terms as data: what every refusal, decision and page quotes.

use std::sync::LazyLock;

use serde::Deserialize;
use time::Date;
use time::macros::date;

use super::codes::{Applies, ClauseId, Delivery, Force, Language};

/// One version of the terms.
#[derive(Debug)]
pub struct Terms {
    /// The version that the clauses are numbered by; decisions keep it beside the clause.
    pub version: &'static str,
    /// The first day of this version, in Japan's calendar.
    pub effective_on: Date,
    /// The title in Japanese.
    pub title_ja: &'static str,
    /// The title in English.
    pub title_en: &'static str,
    /// The clauses, in the order of the text.
    pub clauses: Vec<Clause>,
}

/// One sentence of the terms that can be quoted by itself.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'static"))]
pub struct Clause {
    /// The stable id.
    pub id: ClauseId,
    /// The Japanese text, word for word: this one binds.
    pub ja: String,
    /// The English text, for reference.
    pub en: String,
    /// Whom the clause binds: `customer`, `desk`, `reseller/sales`, `vendor`, `third party`.
    pub binds: Vec<String>,
    /// The deliveries that it speaks of.
    pub applies: Applies,
    /// What it does.
    pub force: Force,
    /// The clause for software that this clause for SaaS repeats word for word.
    pub twin: Option<ClauseId>,
    /// Whether it asks for something that can be seen through the interface. False for headings
    /// and for sentences that only lead to the next ones.
    pub asks: bool,
}

impl Terms {
    /// The clause with this id.
    pub fn clause(&self, id: &str) -> Option<&Clause> {
        self.clauses.iter().find(|clause| clause.id.0 == id)
    }

    /// The title in a language.
    pub fn title(&self, language: Language) -> &'static str {
        match language {
            Language::Ja => self.title_ja,
            Language::En => self.title_en,
        }
    }
}

impl Clause {
    /// The text in a language.
    pub fn text(&self, language: Language) -> &str {
        match language {
            Language::Ja => &self.ja,
            Language::En => &self.en,
        }
    }

    /// Whether the clause speaks of products of this delivery.
    pub fn applies_to(&self, delivery: Delivery) -> bool {
        match self.applies {
            Applies::Both => true,
            Applies::Software => delivery == Delivery::Software,
            Applies::Saas => delivery == Delivery::Saas,
        }
    }
}

/// The terms that new contracts are made by.
pub fn current() -> &'static Terms {
    &TERMS
}

/// The terms of this version.
pub fn version(version: &str) -> Option<&'static Terms> {
    Some(current()).filter(|terms| terms.version == version)
}

// The clauses are part of the program and a test reads all of them, so the default is never taken
// in a tested build; it is there because a rule must not be able to panic.
static TERMS: LazyLock<Terms> = LazyLock::new(|| Terms {
    version: "2025-04-01",
    effective_on: date!(2025 - 04 - 01),
    title_ja: "Votiro Cybersec 社製品 サポートサービス仕様書",
    title_en: "Support service specification for products of Votiro Cybersec",
    clauses: serde_json::from_str(include_str!("clauses.json")).unwrap_or_default(),
});
