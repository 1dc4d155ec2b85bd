//! What is known of a version on a day, and whether an inquiry may name it: pure.

use std::cmp::Ordering;

use diesel::{Queryable, Selectable};
use time::Date;

use crate::db::schema::product_version_facts;

/// What is known of a version, from a day on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = product_version_facts)]
pub struct Fact {
    /// The day on which we release it; none is not released yet.
    pub released_by_us_on: Option<Date>,
    /// The last day of the vendor's support; none is no end announced.
    pub vendor_supported_until_on: Option<Date>,
}

/// Whether an inquiry may name a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionVerdict {
    /// It may.
    Supported,
    /// We have not released it (PRE-1-C5).
    NotReleasedByUs,
    /// The vendor no longer supports it (PRE-1-C4).
    UnsupportedByVendor,
}

/// Judges a version on a day by the fact in effect; none is a version that our list lacks. A
/// version that is both unreleased and past its support counts as unreleased.
pub fn version_verdict(fact: Option<&Fact>, day: Date) -> VersionVerdict {
    match fact {
        Some(fact) if fact.released_by_us_on.is_some_and(|released| released <= day) => {
            if fact.vendor_supported_until_on.is_none_or(|until| day <= until) {
                VersionVerdict::Supported
            } else {
                VersionVerdict::UnsupportedByVendor
            }
        }
        _ => VersionVerdict::NotReleasedByUs,
    }
}

impl Fact {
    /// Whether an inquiry may name the version on this day.
    pub fn is_supported_on(&self, day: Date) -> bool {
        version_verdict(Some(self), day) == VersionVerdict::Supported
    }
}

/// The order in which people count versions: runs of digits by their number, so 9.10 is after 9.9.
pub fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut a_rest, mut b_rest) = (a, b);
    while !a_rest.is_empty() && !b_rest.is_empty() {
        let ((a_run, a_number), (b_run, b_number)) = (first_run(a_rest), first_run(b_rest));
        let order = match (a_number, b_number) {
            (true, true) => {
                let (a_digits, b_digits) = (a_run.trim_start_matches('0'), b_run.trim_start_matches('0'));
                (a_digits.len(), a_digits).cmp(&(b_digits.len(), b_digits))
            }
            _ => a_run.cmp(b_run),
        };
        if order != Ordering::Equal {
            return order;
        }
        a_rest = a_rest.get(a_run.len()..).unwrap_or_default();
        b_rest = b_rest.get(b_run.len()..).unwrap_or_default();
    }
    a_rest.len().cmp(&b_rest.len()).then_with(|| a.cmp(b))
}

/// The digits, or what is no digit, that a text begins with, and which of the two it is.
fn first_run(text: &str) -> (&str, bool) {
    let number = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| c.is_ascii_digit() != number).unwrap_or(text.len());
    (text.get(..end).unwrap_or(text), number)
}
