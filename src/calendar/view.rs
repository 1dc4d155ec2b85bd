//! How reception and the calendar are told, and which days may be asked for.

use serde::{Deserialize, Deserializer, Serialize};
use time::Date;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{IntoParams, PartialSchema, ToSchema};

use super::model::{self, CLOSES_AT, COVERED_FROM, COVERED_UNTIL, Interval, OPENS_AT};
use super::store::Row;
use crate::contracts::model::Contact;
use crate::db::types::Instant;
use crate::http::text::Day;
use crate::http::{Problem, Result};
use crate::terms::codes::{CalendarDayKind, ClauseId, Code, DayEffect, Delivery, Language, ReceptionReason};

/// The most days that one answer tells of.
pub const MOST_DAYS: usize = 400;

/// A day that the calendar covers: from 2000-01-01 to 2099-12-31.
#[derive(Clone, Copy, Debug)]
pub struct CoveredDay(Date);

impl CoveredDay {
    /// The day.
    pub const fn date(self) -> Date {
        self.0
    }
}
impl<'de> Deserialize<'de> for CoveredDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let date = Day::deserialize(deserializer)?.date();
        if (COVERED_FROM..=COVERED_UNTIL).contains(&date) {
            Ok(Self(date))
        } else {
            Err(serde::de::Error::custom("field:invalid_date"))
        }
    }
}
impl PartialSchema for CoveredDay {
    fn schema() -> RefOr<Schema> {
        Day::schema()
    }
}
impl ToSchema for CoveredDay {
    fn name() -> std::borrow::Cow<'static, str> {
        Day::name()
    }
}

/// The days from one to another, both included.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DayRange {
    /// The first day: 2000-01-01 or later.
    #[param(value_type = Day, example = "2026-12-01")]
    from: CoveredDay,
    /// The last day: 2099-12-31 or earlier, and at most 400 days in all.
    #[param(value_type = Day, example = "2027-01-31")]
    to: CoveredDay,
}

impl DayRange {
    /// The first and the last day: 400 unless they are in order and at most 400 days in all.
    pub fn bounds(&self) -> Result<(Date, Date)> {
        let (first, last) = (self.from.date(), self.to.date());
        if last < first {
            return Err(Problem::parameter("to", "ends_before_start"));
        }
        let days = (last - first).whole_days();
        if usize::try_from(days).is_ok_and(|days| days < MOST_DAYS) {
            Ok((first, last))
        } else {
            Err(Problem::parameter_with("to", "too_many", "max", MOST_DAYS))
        }
    }
}

/// Why the desk does not receive.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ClosingReason)]
pub struct ReasonView {
    /// The code.
    pub code: ReceptionReason,
    /// The code in words, in the language asked for.
    #[schema(max_length = 100, example = "祝日")]
    pub label: &'static str,
    /// What the day is called: the holiday's name in the language asked for, or the name of a day
    /// set by hand as it was entered.
    #[schema(max_length = 100, example = "勤労感謝の日")]
    pub name: String,
    /// The clauses that keep the desk closed, for software and for SaaS.
    #[schema(max_items = 2, value_type = Vec<ClauseId>, example = json!(["SW-4.1-C2", "SA-5.1-C2"]))]
    pub clauses: Vec<ClauseId>,
}

impl ReasonView {
    fn of(reason: model::Reason, language: Language) -> Self {
        let clauses = [Delivery::Software, Delivery::Saas].into_iter().filter_map(|d| reason.code.clause(d)).collect();
        let name = match language {
            Language::Ja => reason.name_ja,
            Language::En => reason.name_en,
        };
        Self { code: reason.code, label: reason.code.label(language), name: name.into_owned(), clauses }
    }

    /// All of them, in their order.
    pub fn all(reasons: Vec<model::Reason>, language: Language) -> Vec<Self> {
        reasons.into_iter().map(|reason| Self::of(reason, language)).collect()
    }
}

/// The reception hours of a business day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReceptionHours {
    /// When reception opens, in Japan.
    #[schema(max_length = 5, example = "09:00")]
    pub opens: String,
    /// When reception has just closed, in Japan.
    #[schema(max_length = 5, example = "17:00")]
    pub closes: String,
    /// The time zone of both.
    #[schema(max_length = 20, example = "Asia/Tokyo")]
    pub time_zone: &'static str,
}

impl ReceptionHours {
    /// The hours of the terms (SW-4.1-C2, SA-5.1-C2).
    pub fn current() -> Self {
        let clock = |time: time::Time| format!("{:02}:{:02}", time.hour(), time.minute());
        Self { opens: clock(OPENS_AT), closes: clock(CLOSES_AT), time_zone: "Asia/Tokyo" }
    }
}

/// Whether the desk receives.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Reception)]
pub struct ReceptionView {
    /// The moment that is told of.
    pub at: Instant,
    /// Whether the desk receives by telephone then. Support Web takes inquiries at all times.
    pub open: bool,
    /// Why not; empty when open.
    #[schema(max_items = 7)]
    pub reasons: Vec<ReasonView>,
    /// When it is open next: the moment itself while it is open.
    #[schema(required)]
    pub next_open_at: Option<Instant>,
    /// The hours of a business day.
    pub hours: ReceptionHours,
    /// The country that is served (REG-2-C1), by ISO 3166-1.
    #[schema(max_length = 2, example = "JP")]
    pub territory: &'static str,
    /// The language of the service (LNG-3-C1).
    pub language: Language,
    /// How the desk is reached.
    #[schema(max_items = 10)]
    pub contacts: Vec<Contact>,
}

/// What the calendar says of a day.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = CalendarDay)]
pub struct DayView {
    /// The day, in Japan's calendar.
    pub date: Day,
    /// Whether the desk receives that day.
    pub business_day: bool,
    /// Everything that closes the day; empty on a business day.
    #[schema(max_items = 7)]
    pub reasons: Vec<ReasonView>,
    /// Whether its holidays may still change, since they are not official yet.
    pub provisional: bool,
}

impl DayView {
    /// The day as it is told.
    pub fn of(day: model::Day, language: Language) -> Self {
        Self {
            date: day.date.into(),
            business_day: day.business_day,
            reasons: ReasonView::all(day.reasons, language),
            provisional: day.provisional,
        }
    }
}

/// A part of the calendar.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CalendarDays {
    /// The days, both ends included.
    #[schema(max_items = 400)]
    pub items: Vec<DayView>,
    /// The last day that the calendar knows.
    pub covered_until: Day,
}

/// A stretch of reception.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = BusinessInterval)]
pub struct IntervalView {
    /// Its first moment.
    pub from: Instant,
    /// The first moment after it.
    pub to: Instant,
    /// How long it lasts, in whole minutes.
    #[schema(minimum = 0, maximum = 480)]
    pub minutes: i64,
}

impl From<Interval> for IntervalView {
    fn from(open: Interval) -> Self {
        Self { from: open.from.into(), to: open.to.into(), minutes: open.duration().whole_minutes() }
    }
}

/// Time counted in reception hours alone.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BusinessTime {
    /// Where the count begins.
    pub from: Instant,
    /// Where it ends.
    pub to: Instant,
    /// Whole minutes, rounded down once, at the end.
    #[schema(minimum = 0, maximum = 192_000)]
    pub minutes: i64,
    /// What was counted, in order.
    #[schema(max_items = 400)]
    pub intervals: Vec<IntervalView>,
    /// The closed days between, with what closes them.
    #[schema(max_items = 4000)]
    pub skipped: Vec<DayView>,
}

/// A day set by hand.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = SetDay)]
pub struct SetDayView {
    /// The day, in Japan's calendar.
    pub date: Day,
    /// Whether the desk is open that day.
    pub effect: DayEffect,
    /// Who or what decided it.
    pub kind: CalendarDayKind,
    /// What the day is called.
    #[schema(max_length = 100, example = "創立記念日")]
    pub name: String,
    /// Where that is written; null where nobody said.
    #[schema(required, max_length = 200, example = "社内通達 2026-11")]
    pub source: Option<String>,
    /// Counts its changes, from 1.
    #[schema(minimum = 1)]
    pub version: i32,
    /// When it was first set.
    pub created_at: Instant,
    /// When it was last set.
    pub changed_at: Instant,
}

impl From<Row> for SetDayView {
    fn from(row: Row) -> Self {
        Self {
            date: row.day_on.into(),
            effect: row.effect,
            kind: row.kind,
            name: row.name,
            source: row.source,
            version: row.version,
            created_at: row.created_at,
            changed_at: row.changed_at,
        }
    }
}

/// Days set by hand.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SetDayList {
    /// The days, earliest first.
    #[schema(max_items = 400)]
    pub items: Vec<SetDayView>,
}
