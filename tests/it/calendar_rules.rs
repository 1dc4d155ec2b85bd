//! The calendar against the Cabinet Office's table, the edges of the rules, and laws that hold for
//! any instants and any days set.

use std::collections::BTreeMap;

use madoguchi::{
    calendar::{
        holidays::{COVERED_FROM, COVERED_UNTIL, OFFICIAL_UNTIL, national_holiday},
        model::{CLOSES_AT, Calendar, OPENS_AT, SetDay, TOKYO, start_of_day, tokyo_date},
    },
    terms::codes::{CalendarDayKind, DayEffect, ReceptionReason},
};
use proptest::{collection::vec, prelude::*};
use time::{
    Date, Duration, OffsetDateTime, Time, UtcOffset,
    macros::{date, datetime},
};

/// Every national holiday of 2000 to 2027 and its kind: the dates are those of the Cabinet Office's
/// `syukujitsu.csv` and of the data set `holiday_jp`, which agree; the kinds are the latter's.
const ORACLE: &str = include_str!("calendar_days.csv");

fn dates(first: Date, last: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(first), |date| date.next_day()).take_while(move |date| *date <= last)
}

fn set(date: Date, effect: DayEffect, kind: CalendarDayKind, name: &str) -> SetDay {
    SetDay { date, effect, kind, name: name.to_owned() }
}

fn codes(calendar: &Calendar, date: Date) -> Vec<ReceptionReason> {
    let reasons = calendar.day(date).reasons;
    reasons.iter().map(|reason| reason.code).collect()
}

#[test]
fn every_day_of_2000_to_2027_is_what_the_cabinet_office_says() {
    let oracle: BTreeMap<&str, &str> = ORACLE.lines().skip(1).filter_map(|line| line.split_once(',')).collect();
    assert_eq!(oracle.len(), 486);

    for date in dates(COVERED_FROM, OFFICIAL_UNTIL) {
        let kind = national_holiday(date).map(|holiday| match holiday.ja {
            "振替休日" => "substitute",
            "国民の休日" => "citizens",
            _ => "holiday",
        });
        assert_eq!(kind, oracle.get(date.to_string().as_str()).copied(), "{date}");
    }
}

#[test]
fn holidays_bear_the_name_of_their_year() {
    let names = [
        (date!(2006 - 04 - 29), "みどりの日"),
        (date!(2007 - 04 - 29), "昭和の日"),
        (date!(2007 - 05 - 04), "みどりの日"),
        (date!(2018 - 12 - 23), "天皇誕生日"),
        (date!(2019 - 05 - 01), "天皇の即位の日"),
        (date!(2019 - 10 - 14), "体育の日"),
        (date!(2019 - 10 - 22), "即位礼正殿の儀の行われる日"),
        (date!(2020 - 02 - 23), "天皇誕生日"),
        (date!(2020 - 07 - 24), "スポーツの日"),
        (date!(2021 - 08 - 08), "山の日"),
        (date!(2022 - 10 - 10), "スポーツの日"),
        (date!(2032 - 09 - 21), "国民の休日"),
    ];
    for (date, name) in names {
        assert_eq!(national_holiday(date).map(|day| day.ja), Some(name));
    }
}

#[test]
fn no_holiday_is_named_beyond_the_rules() {
    assert!(national_holiday(COVERED_FROM).is_some());
    assert_eq!(national_holiday(date!(1999 - 11 - 23)), None);
    assert!(national_holiday(date!(2099 - 11 - 23)).is_some());
    assert_eq!(national_holiday(date!(2100 - 11 - 23)), None);
    assert_eq!(COVERED_UNTIL, date!(2099 - 12 - 31));
}

#[test]
fn business_days_at_the_edges() {
    let calendar = Calendar::default();
    let closed = dates(date!(2026 - 09 - 19), date!(2026 - 09 - 23))
        .chain(dates(date!(2019 - 04 - 27), date!(2019 - 05 - 06)))
        .chain(dates(date!(2026 - 12 - 29), date!(2027 - 01 - 03)))
        .chain([
            date!(2008 - 05 - 06),
            date!(2009 - 05 - 06),
            date!(2021 - 08 - 09),
            date!(2026 - 05 - 06),
            date!(2026 - 11 - 23),
            date!(2027 - 03 - 22),
        ]);
    for date in closed {
        assert!(!calendar.day(date).business_day, "{date}");
    }
    let open = [
        date!(2019 - 12 - 23),
        date!(2020 - 07 - 20),
        date!(2020 - 08 - 11),
        date!(2020 - 10 - 12),
        date!(2021 - 07 - 19),
        date!(2021 - 08 - 11),
        date!(2021 - 10 - 11),
        date!(2026 - 09 - 18),
        date!(2026 - 09 - 24),
        date!(2026 - 12 - 28),
        date!(2027 - 01 - 04),
        date!(2028 - 02 - 29),
    ];
    for date in open {
        assert!(calendar.day(date).business_day, "{date}");
    }
}

#[test]
fn a_day_gives_all_its_reasons() {
    use ReceptionReason::*;

    let calendar = Calendar::default();
    assert_eq!(codes(&calendar, date!(2026 - 09 - 19)), [Weekend]);
    assert_eq!(codes(&calendar, date!(2026 - 09 - 22)), [NationalHoliday]);
    assert_eq!(codes(&calendar, date!(2023 - 01 - 01)), [Weekend, NationalHoliday, YearEnd]);
    assert_eq!(codes(&calendar, date!(2026 - 12 - 28)), []);
}

#[test]
fn days_after_the_official_ones_are_provisional() {
    let calendar = Calendar::default();
    assert!(!calendar.day(OFFICIAL_UNTIL).provisional);
    assert!(calendar.day(date!(2028 - 01 - 01)).provisional);
}

#[test]
fn a_set_day_prevails() {
    use ReceptionReason::*;

    let calendar = Calendar::new([
        set(date!(2026 - 06 - 01), DayEffect::Closed, CalendarDayKind::CompanyHoliday, "創立記念日"),
        set(date!(2026 - 09 - 22), DayEffect::Closed, CalendarDayKind::CompanyHoliday, "夏季休業"),
        set(date!(2026 - 11 - 23), DayEffect::Open, CalendarDayKind::CompanyHoliday, "特別営業日"),
        set(date!(2026 - 12 - 26), DayEffect::Open, CalendarDayKind::YearEnd, "振替出勤日"),
        set(date!(2026 - 12 - 30), DayEffect::Closed, CalendarDayKind::YearEnd, "年末休業"),
        set(date!(2027 - 06 - 10), DayEffect::Closed, CalendarDayKind::Law, "国家的行事の日"),
    ]);

    assert_eq!(codes(&calendar, date!(2026 - 06 - 01)), [CompanyHoliday]);
    assert_eq!(codes(&calendar, date!(2026 - 09 - 22)), [NationalHoliday, CompanyHoliday]);
    assert_eq!(codes(&calendar, date!(2027 - 06 - 10)), [Law]);

    let year_end = calendar.day(date!(2026 - 12 - 30)).reasons;
    let names: Vec<_> = year_end.iter().map(|reason| (reason.code, reason.name_ja.as_ref())).collect();
    assert_eq!(names, [(YearEnd, "年末休業")]);

    for opened in [date!(2026 - 11 - 23), date!(2026 - 12 - 26)] {
        let day = calendar.day(opened);
        assert!(day.business_day && day.reasons.is_empty(), "{opened}");
    }
    let name = calendar.set_day(date!(2026 - 11 - 23)).map(|day| day.name.as_str());
    assert_eq!(name, Some("特別営業日"));
}

#[test]
fn of_two_set_days_for_one_date_the_later_prevails() {
    let kind = CalendarDayKind::Law;
    let date = date!(2026 - 06 - 01);
    let calendar =
        Calendar::new([set(date, DayEffect::Closed, kind, "first"), set(date, DayEffect::Open, kind, "second")]);
    assert!(calendar.is_business_day(date));
}

#[test]
fn reception_is_half_open() {
    use ReceptionReason::*;

    let calendar = Calendar::default();
    let friday = datetime!(2026-11-27 09:00 +9);
    let monday = datetime!(2026-11-30 09:00 +9);
    let closed = [
        (datetime!(2026-11-27 08:59:59.999999 +9), BeforeOpening, friday),
        (datetime!(2026-11-27 17:00 +9), AfterClosing, monday),
        (datetime!(2026-11-28 12:00 +9), Weekend, monday),
        (datetime!(2026-11-30 08:59:59 +9), BeforeOpening, monday),
    ];
    for (at, reason, next) in closed {
        let reception = calendar.reception(at);
        let found: Vec<_> = reception.reasons.iter().map(|reason| reason.code).collect();
        assert!(!reception.open, "{at}");
        assert_eq!(found, [reason], "{at}");
        assert_eq!(reception.next_open_at, Some(next), "{at}");
        assert_eq!(calendar.effective_received_at(at), Some(next), "{at}");
    }
    let open = [friday, datetime!(2026-11-27 16:59:59 +9), datetime!(2026-11-27 16:59:59.999999 +9), monday];
    for at in open {
        let reception = calendar.reception(at);
        assert!(reception.open && reception.reasons.is_empty(), "{at}");
        assert_eq!(reception.next_open_at, Some(at), "{at}");
    }
}

#[test]
fn the_next_opening_passes_over_silver_week() {
    let next = Calendar::default().next_open_at(datetime!(2026-09-18 17:00 +9));
    assert_eq!(next, Some(datetime!(2026-09-24 00:00 UTC)));
    assert_eq!(next.map(OffsetDateTime::offset), Some(UtcOffset::UTC));
}

#[test]
fn the_day_turns_at_midnight_in_tokyo() {
    assert_eq!(tokyo_date(datetime!(2026-11-22 14:59:59.999999 UTC)), date!(2026 - 11 - 22));
    assert_eq!(tokyo_date(datetime!(2026-11-22 15:00 UTC)), date!(2026 - 11 - 23));
    assert_eq!(tokyo_date(datetime!(2026-11-22 10:00 -5)), date!(2026 - 11 - 23));
    assert_eq!(start_of_day(date!(2026 - 11 - 23)), datetime!(2026-11-22 15:00 UTC));
    assert_eq!(start_of_day(date!(2026 - 11 - 23)).offset(), UtcOffset::UTC);

    let calendar = Calendar::default();
    let reasons = |at| calendar.reception(at).reasons.into_iter().map(|r| r.code);
    let sunday_night = reasons(datetime!(2026-11-22 14:59:59 UTC));
    let holiday_morning = reasons(datetime!(2026-11-22 15:00 UTC));
    assert!(sunday_night.eq([ReceptionReason::Weekend]));
    assert!(holiday_morning.eq([ReceptionReason::NationalHoliday]));
}

#[test]
fn business_time_is_counted_in_reception_hours_alone() {
    let calendar = Calendar::default();
    let friday = datetime!(2026-09-18 16:30:30 +9);
    let thursday = datetime!(2026-09-24 09:45 +9);

    assert_eq!(calendar.business_time(friday, thursday), Duration::minutes(74) + Duration::seconds(30));
    assert_eq!(calendar.business_minutes(friday, thursday), 74);
    assert_eq!(calendar.business_minutes(thursday, friday), 0);

    let intervals = calendar.intervals(friday, thursday);
    let ends: Vec<_> = intervals.iter().map(|open| (open.from, open.to)).collect();
    assert_eq!(ends, [(friday, datetime!(2026-09-18 17:00 +9)), (datetime!(2026-09-24 09:00 +9), thursday),]);

    let skipped = calendar.skipped_days(friday, thursday);
    assert!(skipped.iter().map(|day| day.date).eq(dates(date!(2026 - 09 - 19), date!(2026 - 09 - 23))));
    let until_midnight = calendar.skipped_days(friday, start_of_day(date!(2026 - 09 - 19)));
    assert_eq!(until_midnight, []);
    let on_one_day = datetime!(2026-09-19 10:00 +9);
    assert_eq!(calendar.skipped_days(on_one_day, on_one_day), []);
}

#[test]
fn a_duration_ends_by_the_closing_not_at_the_next_opening() {
    let calendar = Calendar::default();
    let from = datetime!(2026-11-27 16:00 +9);
    let after = |duration| calendar.add_business_time(from, duration);

    assert_eq!(after(Duration::HOUR), Some(datetime!(2026-11-27 17:00 +9)));
    assert_eq!(after(Duration::minutes(61)), Some(datetime!(2026-11-30 09:01 +9)));
    assert_eq!(after(Duration::ZERO), Some(from));
    assert_eq!(after(Duration::MIN), Some(from));
}

#[test]
fn years_that_are_closed_throughout_are_passed_over() {
    let closed = dates(date!(2030 - 01 - 01), date!(2039 - 12 - 31))
        .map(|date| set(date, DayEffect::Closed, CalendarDayKind::Law, "closed"));
    assert_eq!(
        Calendar::new(closed).next_open_at(datetime!(2030-01-01 00:00 UTC)),
        Some(datetime!(2040-01-04 00:00 UTC))
    );
}

#[test]
fn the_ends_of_time_are_answered_too() {
    let calendar = Calendar::default();
    let first = Date::MIN.with_time(Time::MIDNIGHT);
    let last = Date::MAX.with_time(Time::MAX);
    for hours in [-23, -9, 0, 9, 23] {
        let offset = UtcOffset::from_hms(hours, 0, 0).unwrap_or(UtcOffset::UTC);
        let (first, last) = (first.assume_offset(offset), last.assume_offset(offset));
        assert_eq!(tokyo_date(first).year(), Date::MIN.year());
        assert_eq!(tokyo_date(last), Date::MAX);
        assert!(calendar.reception(first).next_open_at.is_some());
        assert_eq!(calendar.reception(last).next_open_at, None);
        assert_eq!(calendar.add_business_time(last, Duration::HOUR), None);
        assert_eq!(calendar.business_minutes(last, first), 0);
        let last_week = last.saturating_sub(Duration::WEEK);
        assert!(calendar.business_minutes(last_week, last) > 0);
        assert_eq!(calendar.add_business_time(last_week, Duration::MAX), None);
        assert_eq!(calendar.skipped_days(last, last), []);
    }
    assert_eq!(start_of_day(Date::MIN).date(), Date::MIN);
    assert!(!calendar.day(Date::MIN).business_day);
    assert_eq!(calendar.days(Date::MAX, Date::MAX).count(), 1);
    assert_eq!(calendar.days(Date::MAX, Date::MIN).count(), 0);
}

/// Any instant of 2018 to 2032, to the microsecond, at any whole-hour offset.
fn instant() -> impl Strategy<Value = OffsetDateTime> {
    let start = datetime!(2018-01-01 00:00 UTC);
    let microseconds = 0..15 * 365 * 86_400 * 1_000_000_i64;
    (microseconds, -12_i8..=14).prop_map(move |(after, hours)| {
        let offset = UtcOffset::from_hms(hours, 0, 0).unwrap_or(UtcOffset::UTC);
        start.saturating_add(Duration::microseconds(after)).to_offset(offset)
    })
}

/// An instant and one at most 60 days later.
fn span() -> impl Strategy<Value = (OffsetDateTime, OffsetDateTime)> {
    let length = 0..60 * 86_400_000_000_i64;
    (instant(), length)
        .prop_map(|(from, microseconds)| (from, from.saturating_add(Duration::microseconds(microseconds))))
}

/// A calendar with up to 400 days set, opened or closed.
fn calendar() -> impl Strategy<Value = Calendar> {
    let start = date!(2018 - 01 - 01);
    vec((0..15 * 365_i64, any::<bool>()), 0..400).prop_map(move |days| {
        Calendar::new(days.into_iter().map(|(after, open)| {
            let effect = if open { DayEffect::Open } else { DayEffect::Closed };
            let date = start.saturating_add(Duration::days(after));
            set(date, effect, CalendarDayKind::CompanyHoliday, "set")
        }))
    })
}

proptest! {
    #[test]
    fn a_day_has_reasons_exactly_when_it_is_closed(calendar in calendar(), at in instant()) {
        let day = calendar.day(tokyo_date(at));
        prop_assert_eq!(day.business_day, day.reasons.is_empty());
        prop_assert_eq!(day.business_day, calendar.is_business_day(day.date));
        prop_assert!(day.reasons.is_sorted_by(|one, next| one.code < next.code));
    }

    #[test]
    fn business_time_adds_up_over_a_split(
        calendar in calendar(),
        (from, to) in span(),
        share in 0.0..=1.0,
    ) {
        let split = from + (to - from) * share;
        prop_assert_eq!(
            calendar.business_time(from, split) + calendar.business_time(split, to),
            calendar.business_time(from, to)
        );
    }

    #[test]
    fn added_business_time_is_measured_back(
        calendar in calendar(),
        from in instant(),
        microseconds in 0..200 * 3_600_000_000_i64,
    ) {
        let duration = Duration::microseconds(microseconds);
        let end = calendar.add_business_time(from, duration).unwrap_or(from);
        prop_assert!(end >= from);
        prop_assert_eq!(calendar.business_time(from, end), duration);
    }

    #[test]
    fn the_next_opening_is_open_and_the_first(calendar in calendar(), at in instant()) {
        let next = calendar.next_open_at(at).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        prop_assert!(next >= at);
        prop_assert_eq!(next == at, calendar.reception(at).open);
        prop_assert!(calendar.reception(next).open);
        prop_assert_eq!(calendar.business_time(at, next), Duration::ZERO);
    }

    #[test]
    fn intervals_lie_in_order_within_reception_hours(
        calendar in calendar(),
        (from, to) in span(),
    ) {
        let intervals = calendar.intervals(from, to);
        prop_assert!(intervals.is_sorted_by(|one, next| one.to < next.from));
        for open in intervals {
            let (starts, ends) = (open.from.to_offset(TOKYO), open.to.to_offset(TOKYO));
            prop_assert!(from <= starts && starts < ends && ends <= to);
            prop_assert_eq!(starts.date(), ends.date());
            prop_assert!(OPENS_AT <= starts.time() && ends.time() <= CLOSES_AT);
            prop_assert!(calendar.is_business_day(starts.date()));
        }
    }

    #[test]
    fn an_instant_is_open_exactly_when_an_interval_holds_it(
        calendar in calendar(),
        (from, to) in span(),
        share in 0.0..1.0,
    ) {
        let at = from + (to - from) * share;
        prop_assume!(at < to);
        let held = calendar
            .intervals(from, to)
            .iter()
            .any(|open| open.from <= at && at < open.to);
        prop_assert_eq!(held, calendar.reception(at).open);
    }
}
