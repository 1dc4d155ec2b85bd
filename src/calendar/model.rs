//! When the desk receives: business days, reception hours, and time counted in them alone.
//!
//! The terms (SW-4.1-C2, SA-5.1-C2) promise reception on weekdays from 9:00 to 17:00 in Japan,
//! except national holidays, the year-end break and days the company designates. They do not date
//! the break; it is 29 December to 3 January, as for public offices.
//!
//! Instants may come in at any offset and go out in UTC. Nothing here panics or overflows: an
//! instant that another offset could not express within the years ±9999 becomes the nearest one
//! it can.

use std::{borrow::Cow, collections::BTreeMap, iter::successors, sync::Arc};

use time::{
    Date, Duration, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset, Weekday,
    macros::{offset, time},
};

use super::holidays::national_holiday;
pub use super::holidays::{COVERED_FROM, COVERED_UNTIL, OFFICIAL_UNTIL};
use crate::terms::codes::{CalendarDayKind, DayEffect, ReceptionReason};

/// Japan's offset. It has had no summer time since 1951, so no time zone table is needed.
pub const TOKYO: UtcOffset = offset!(+9);

/// When reception opens on a business day, in Tokyo (SW-4.1-C2, SA-5.1-C2).
pub const OPENS_AT: Time = time!(09:00);

/// When reception has just closed on a business day, in Tokyo (SW-4.1-C2, SA-5.1-C2).
pub const CLOSES_AT: Time = time!(17:00);

/// A day decided by the company or by a new law. It prevails over every rule: `open` opens even a
/// holiday or a weekend, `closed` closes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetDay {
    /// The day, in Japan's calendar.
    pub date: Date,
    /// Whether the desk is open that day.
    pub effect: DayEffect,
    /// Who or what decided it.
    pub kind: CalendarDayKind,
    /// What the day is called, in the one language it was entered in.
    pub name: String,
}

/// Why the desk does not receive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The code that programs read.
    pub code: ReceptionReason,
    /// The name in Japanese; of a set day, its name as entered.
    pub name_ja: Cow<'static, str>,
    /// The name in English; of a set day, its name as entered.
    pub name_en: Cow<'static, str>,
}

/// What the calendar says of one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// The day, in Japan's calendar.
    pub date: Date,
    /// Whether the desk receives that day.
    pub business_day: bool,
    /// Everything that closes the day, in the order of the codes; empty on a business day.
    pub reasons: Vec<Reason>,
    /// Whether the day lies after [`OFFICIAL_UNTIL`], so that its holidays may still change.
    pub provisional: bool,
}

/// What the calendar says of one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reception {
    /// Whether the desk receives now.
    pub open: bool,
    /// Why not: what closes the day, or on a business day the hour. Empty when open.
    pub reasons: Vec<Reason>,
    /// See [`Calendar::next_open_at`].
    pub next_open_at: Option<OffsetDateTime>,
}

/// The time from `from` until just before `to`, in UTC; never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The first instant inside.
    pub from: OffsetDateTime,
    /// The first instant after.
    pub to: OffsetDateTime,
}

/// The rules together with the days set. A clone shares the days.
#[derive(Clone, Debug, Default)]
pub struct Calendar {
    set_days: Arc<BTreeMap<Date, SetDay>>,
}

impl Calendar {
    /// A calendar in which `days` prevail over the rules. Of two for one date the later prevails.
    pub fn new(days: impl IntoIterator<Item = SetDay>) -> Self {
        let set_days = days.into_iter().map(|day| (day.date, day)).collect();
        Self { set_days: Arc::new(set_days) }
    }

    /// What was set for `date`, if anything; for an opened day the only place its name is found.
    pub fn set_day(&self, date: Date) -> Option<&SetDay> {
        self.set_days.get(&date)
    }

    /// Whether the desk receives on `date`, without saying why.
    pub fn is_business_day(&self, date: Date) -> bool {
        match self.set_day(date) {
            Some(set) => set.effect == DayEffect::Open,
            None => closed_by_rule(date).iter().all(Option::is_none),
        }
    }

    /// What holds on `date`.
    pub fn day(&self, date: Date) -> Day {
        let reasons = self.closing_reasons(date);
        Day { date, business_day: reasons.is_empty(), reasons, provisional: date > OFFICIAL_UNTIL }
    }

    /// Every day from `first` to `last`, both included.
    pub fn days(&self, first: Date, last: Date) -> impl Iterator<Item = Day> {
        dates_from(first).take_while(move |&date| date <= last).map(|date| self.day(date))
    }

    /// Whether the desk receives at `at`, and if not, why and from when.
    pub fn reception(&self, at: OffsetDateTime) -> Reception {
        let date = tokyo_date(at);
        let hours = hours_on(date);
        let mut reasons = self.closing_reasons(date);
        if reasons.is_empty() && at < hours.from {
            let code = ReceptionReason::BeforeOpening;
            reasons.push(Reason::new(code, "受付開始前", "Before opening"));
        } else if reasons.is_empty() && at >= hours.to {
            let code = ReceptionReason::AfterClosing;
            reasons.push(Reason::new(code, "受付終了後", "After closing"));
        }
        Reception { open: reasons.is_empty(), reasons, next_open_at: self.next_open_at(at) }
    }

    /// `at` itself while the desk is open, else the next opening. `None` only when no business day
    /// is left before the year 10000.
    pub fn next_open_at(&self, at: OffsetDateTime) -> Option<OffsetDateTime> {
        self.open_from(at).next().map(|open| open.from)
    }

    /// When something sent at `at` counts as received (SW-4.1-C2, SA-5.1-C2): at once while the
    /// desk is open, else at the next opening. `None` as in [`next_open_at`](Self::next_open_at).
    pub fn effective_received_at(&self, at: OffsetDateTime) -> Option<OffsetDateTime> {
        self.next_open_at(at)
    }

    /// The stretches of reception from `from` until just before `to`, in order, at most one a day.
    /// Empty when `to` is not after `from`.
    pub fn intervals(&self, from: OffsetDateTime, to: OffsetDateTime) -> Vec<Interval> {
        self.open_between(from, to).collect()
    }

    /// The closed days that `from` until just before `to` touches, with what closes them. Empty
    /// when `to` is not after `from`.
    pub fn skipped_days(&self, from: OffsetDateTime, to: OffsetDateTime) -> Vec<Day> {
        if to <= from {
            return Vec::new();
        }
        let last = tokyo_date(to.saturating_sub(Duration::NANOSECOND));
        self.days(tokyo_date(from), last).filter(|day| !day.business_day).collect()
    }

    /// How long the desk is open from `from` until just before `to`, exactly. Zero when `to` is
    /// not after `from`. The cost grows with the days between: a year takes microseconds.
    pub fn business_time(&self, from: OffsetDateTime, to: OffsetDateTime) -> Duration {
        self.open_between(from, to).fold(Duration::ZERO, |sum, open| sum.saturating_add(open.duration()))
    }

    /// [`business_time`](Self::business_time) in whole minutes, rounded down once, at the end.
    pub fn business_minutes(&self, from: OffsetDateTime, to: OffsetDateTime) -> i64 {
        self.business_time(from, to).whole_minutes()
    }

    /// The earliest instant by which the desk has been open for `duration` since `from`: an hour
    /// from 16:00 is 17:00, not the next opening. A duration of zero, or a negative one, gives
    /// [`next_open_at`](Self::next_open_at). `None` when the year 10000 comes first.
    pub fn add_business_time(&self, from: OffsetDateTime, duration: Duration) -> Option<OffsetDateTime> {
        let mut left = duration.max(Duration::ZERO);
        for open in self.open_from(from) {
            if left <= open.duration() {
                return Some(open.from.saturating_add(left));
            }
            left = left.saturating_sub(open.duration());
        }
        None
    }

    /// Everything that closes `date`, in the order of the codes.
    fn closing_reasons(&self, date: Date) -> Vec<Reason> {
        let by_rule = closed_by_rule(date).into_iter().flatten();
        match self.set_day(date) {
            None => by_rule.collect(),
            Some(set) if set.effect == DayEffect::Open => Vec::new(),
            Some(set) => {
                let code = match set.kind {
                    CalendarDayKind::CompanyHoliday => ReceptionReason::CompanyHoliday,
                    CalendarDayKind::YearEnd => ReceptionReason::YearEnd,
                    CalendarDayKind::Law => ReceptionReason::Law,
                };
                // A year-end day that was set replaces the rule's: one code, the company's name.
                let mut reasons: Vec<_> = by_rule.filter(|reason| reason.code != code).collect();
                reasons.push(Reason::new(code, set.name.clone(), set.name.clone()));
                reasons.sort_by_key(|reason| reason.code);
                reasons
            }
        }
    }

    /// The stretches of reception from `from` on, to the end of time. Between two of them lie no
    /// more days than the rules and the set days close, so looking for the next is brief.
    fn open_from(&self, from: OffsetDateTime) -> impl Iterator<Item = Interval> {
        let from = to_offset(from, UtcOffset::UTC);
        dates_from(tokyo_date(from))
            .filter(|&date| self.is_business_day(date))
            .map(hours_on)
            .filter(move |hours| hours.to > from)
            .map(move |hours| Interval { from: hours.from.max(from), to: hours.to })
    }

    fn open_between(&self, from: OffsetDateTime, to: OffsetDateTime) -> impl Iterator<Item = Interval> {
        let to = to_offset(to, UtcOffset::UTC);
        self.open_from(from)
            .take_while(move |open| open.from < to)
            .map(move |open| Interval { from: open.from, to: open.to.min(to) })
    }
}

impl Interval {
    /// How long it lasts.
    pub fn duration(&self) -> Duration {
        self.to - self.from
    }
}

impl Reason {
    fn new(
        code: ReceptionReason,
        name_ja: impl Into<Cow<'static, str>>,
        name_en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { code, name_ja: name_ja.into(), name_en: name_en.into() }
    }
}

/// The day in Japan's calendar at `at`.
pub fn tokyo_date(at: OffsetDateTime) -> Date {
    to_offset(at, TOKYO).date()
}

/// When `date` begins in Tokyo, in UTC.
pub fn start_of_day(date: Date) -> OffsetDateTime {
    to_offset(date.midnight().assume_offset(TOKYO), UtcOffset::UTC)
}

/// The reception hours of `date`, were it a business day.
fn hours_on(date: Date) -> Interval {
    let utc = |time| to_offset(date.with_time(time).assume_offset(TOKYO), UtcOffset::UTC);
    Interval { from: utc(OPENS_AT), to: utc(CLOSES_AT) }
}

/// What closes `date` when nothing was set for it, in the order of the codes.
fn closed_by_rule(date: Date) -> [Option<Reason>; 3] {
    use ReceptionReason as Code;

    let weekend = match date.weekday() {
        Weekday::Saturday => Some(Reason::new(Code::Weekend, "土曜日", "Saturday")),
        Weekday::Sunday => Some(Reason::new(Code::Weekend, "日曜日", "Sunday")),
        _ => None,
    };
    let holiday = national_holiday(date).map(|day| Reason::new(Code::NationalHoliday, day.ja, day.en));
    let is_year_end = matches!((date.month(), date.day()), (Month::December, 29..) | (Month::January, ..=3));
    let year_end = is_year_end.then(|| Reason::new(Code::YearEnd, "年末年始", "Year-end break"));
    [weekend, holiday, year_end]
}

fn dates_from(first: Date) -> impl Iterator<Item = Date> {
    successors(Some(first), |date| date.next_day())
}

/// `at` as seen at `offset`; beyond the years ±9999, the nearest instant that can be.
fn to_offset(at: OffsetDateTime, offset: UtcOffset) -> OffsetDateTime {
    at.checked_to_offset(offset).unwrap_or_else(|| {
        let nearest = if at.year() < 0 { PrimitiveDateTime::MIN } else { PrimitiveDateTime::MAX };
        nearest.assume_offset(offset)
    })
}
