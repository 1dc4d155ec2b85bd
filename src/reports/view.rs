//! The report as callers see it, and as a table.

use serde::Serialize;
use utoipa::ToSchema;

use super::model::{Minutes, Month, cell};
use crate::db::types::Instant;
use crate::terms::codes::{Code, Language, ReportMeasure};

/// A number, and the call that lists what it counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportCount {
    /// What is counted.
    pub measure: ReportMeasure,
    /// Of which sort: a code, or a product's id; null for all.
    #[schema(required, max_length = 50, example = "problem_resolution")]
    pub key: Option<String>,
    /// The sort in words, or a product's code; null for all.
    #[schema(required, max_length = 100)]
    pub label: Option<String>,
    /// How many.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub count: i64,
    /// The call whose list has as many items.
    #[schema(format = "uri-reference", max_length = 500)]
    pub href: String,
}

/// What business times came to: results, not promises.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportTime {
    /// What is measured.
    pub measure: ReportMeasure,
    /// How many there are to measure: as many as the list of `href` has.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub count: i64,
    /// How many of them have come so far, and are measured.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub measured: i64,
    /// Half of these took so many business minutes at most; null without any.
    #[schema(required, minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub median_business_minutes: Option<i64>,
    /// Nine of ten took so many business minutes at most; null without any.
    #[schema(required, minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub p90_business_minutes: Option<i64>,
    /// The call that lists what is measured.
    #[schema(format = "uri-reference", max_length = 500)]
    pub href: String,
}

/// A month of the desk's, in numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MonthlyReport {
    /// The month, in Japan's calendar.
    #[schema(min_length = 7, max_length = 7, example = "2026-11")]
    pub month: String,
    /// Its first moment, in Tokyo.
    pub from: Instant,
    /// The first moment after it.
    pub to: Instant,
    /// The numbers.
    #[schema(max_items = 2000)]
    pub counts: Vec<ReportCount>,
    /// The business times, as they were. They promise nothing. Empty for partners.
    #[schema(max_items = 10)]
    pub times: Vec<ReportTime>,
}

/// A table in UTF-8 with a header line; every cell is quoted.
#[derive(Debug, ToSchema)]
#[schema(as = MonthlyReportTable, max_length = 10_000_000_usize)]
#[expect(dead_code, reason = "it is only described")]
pub struct ReportTable(String);

impl ReportTime {
    /// What these came to, of so many.
    pub fn of(measure: ReportMeasure, count: i64, minutes: &Minutes, href: String) -> Self {
        Self {
            measure,
            count,
            measured: i64::try_from(minutes.count()).unwrap_or(i64::MAX),
            median_business_minutes: minutes.percentile(50),
            p90_business_minutes: minutes.percentile(90),
            href,
        }
    }
}

impl MonthlyReport {
    /// The report of a month.
    pub fn new(month: Month, counts: Vec<ReportCount>, times: Vec<ReportTime>) -> Self {
        Self { month: month.to_string(), from: month.begins(), to: month.ends(), counts, times }
    }

    /// The same as a table, with the measures in words.
    pub fn table(&self, language: Language) -> String {
        const HEAD: [&str; 9] = [
            "month",
            "measure",
            "description",
            "key",
            "label",
            "count",
            "median_business_minutes",
            "p90_business_minutes",
            "href",
        ];
        let number = |number: Option<i64>| number.map(|n| n.to_string()).unwrap_or_default();
        let line = |cells: [&str; 9]| cells.map(cell).join(",") + "\r\n";
        let mut table = line(HEAD);
        for one in &self.counts {
            let (key, label) = (one.key.as_deref().unwrap_or_default(), one.label.as_deref().unwrap_or_default());
            let (name, words, count) = (one.measure.as_str(), one.measure.label(language), one.count.to_string());
            table += &line([&self.month, name, words, key, label, &count, "", "", &one.href]);
        }
        for one in &self.times {
            let (name, words, count) = (one.measure.as_str(), one.measure.label(language), one.count.to_string());
            let (median, p90) = (number(one.median_business_minutes), number(one.p90_business_minutes));
            table += &line([&self.month, name, words, "", "", &count, &median, &p90, &one.href]);
        }
        table
    }
}
