//! A month in Japan's calendar, and what many durations come to.

use std::fmt;

use serde::{Deserialize, Deserializer};
use time::{Date, Month as Of};

use crate::calendar::model::start_of_day;
use crate::db::types::Instant;

/// A month in Japan's calendar, written `2026-11`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Month {
    first: Date,
    next: Date,
}

impl Month {
    /// Reads `YYYY-MM`, from 2000 to 9998.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-').filter(|(year, month)| year.len() == 4 && month.len() == 2)?;
        let number = |part: &str| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse::<u16>().ok()).flatten();
        let year = i32::from(number(year).filter(|year| (2000..=9998).contains(year))?);
        let month = u8::try_from(number(month)?).ok()?;
        let of = Of::try_from(month).ok()?;
        let first = Date::from_calendar_date(year, of, 1).ok()?;
        let (following, of) = if of == Of::December { (year + 1, Of::January) } else { (year, of.next()) };
        Some(Self { first, next: Date::from_calendar_date(following, of, 1).ok()? })
    }

    /// Its first moment, in Tokyo.
    pub fn begins(self) -> Instant {
        start_of_day(self.first).into()
    }

    /// The first moment after it.
    pub fn ends(self) -> Instant {
        start_of_day(self.next).into()
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.first.year(), u8::from(self.first.month()))
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("field:invalid_date"))
    }
}

/// Durations in minutes, in order.
#[derive(Clone, Debug, Default)]
pub struct Minutes(Vec<i64>);

impl Minutes {
    /// Takes them in any order.
    pub fn of(mut all: Vec<i64>) -> Self {
        all.sort_unstable();
        Self(all)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The least of them that is not less than `percent` of all: the nearest rank.
    pub fn percentile(&self, percent: usize) -> Option<i64> {
        let rank = self.0.len().saturating_mul(percent).div_ceil(100).max(1);
        self.0.get(rank - 1).copied()
    }
}

/// A cell of a table of comma-separated values. What a spreadsheet would take for a formula is told
/// by an apostrophe that it is text.
pub fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let mark = if formula { "'" } else { "" };
    format!("\"{mark}{}\"", text.replace('"', "\"\""))
}
