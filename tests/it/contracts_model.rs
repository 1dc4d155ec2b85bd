//! The ledger unrolled says on every day what the ledger itself comes to.

use madoguchi::contracts::model::{BEGINNING, Facts, Line, facts_on, natural_order, spans, standing_on};
use madoguchi::db::types::{FOREVER, Id, Instant};
use madoguchi::terms::codes::{Code, Condition, Service};
use proptest::prelude::*;
use time::macros::date;
use time::{Date, Duration};
use uuid::Uuid;

fn day() -> impl Strategy<Value = Date> {
    (0_i64..400).prop_map(|n| date!(2026 - 01 - 01).saturating_add(Duration::days(n)))
}

fn id<N: 'static>() -> impl Strategy<Value = Id<N>> {
    (1_u128..4).prop_map(|n| Id::new(Uuid::from_u128(n)))
}

fn facts() -> impl Strategy<Value = Facts> {
    (
        prop::option::of(day()),
        prop::option::of(day()),
        prop::option::of(prop::collection::vec(id(), 1..3)),
        prop::option::of(prop::sample::subsequence(Service::ALL.to_vec(), 1..3)),
        prop::option::of(prop::option::of(id())),
        prop::option::of(any::<bool>()),
    )
        .prop_map(|(starts_on, ends_on, product_ids, services, reseller_id, suspended)| Facts {
            starts_on: starts_on.map(Into::into),
            ends_on: ends_on.map(Into::into),
            product_ids,
            services,
            reseller_id,
            suspended,
        })
}

/// A registration and what may come after it; several lines may be recorded at once.
fn ledger() -> impl Strategy<Value = Vec<Line>> {
    let line = (day(), 1_i64..5, facts()).prop_map(|(effective_on, at, facts)| Line {
        effective_on,
        recorded_at: Instant::from_micros(at),
        facts,
    });
    (day(), day(), prop::collection::vec(line, 0..8)).prop_map(|(starts_on, ends_on, later)| {
        let facts = Facts { starts_on: Some(starts_on.into()), ends_on: Some(ends_on.into()), ..Facts::default() };
        let mut lines = vec![Line { effective_on: starts_on, recorded_at: Instant::from_micros(0), facts }];
        lines.extend(later);
        lines
    })
}

proptest! {
    #[test]
    fn the_spans_say_what_the_ledger_says(ledger in ledger(), day in day()) {
        let spans = spans(&ledger);
        let span = spans.iter().find(|span| span.from_on <= day && day < span.until_on).expect("a span for the day");
        prop_assert_eq!(Some(span.standing.clone()), standing_on(&ledger, day));
    }

    #[test]
    fn the_spans_have_no_gaps_and_neighbours_differ(ledger in ledger()) {
        let spans = spans(&ledger);
        prop_assert_eq!(spans.first().map(|span| span.from_on), Some(BEGINNING));
        prop_assert_eq!(spans.last().map(|span| span.until_on), Some(FOREVER));
        for pair in spans.windows(2) {
            prop_assert_eq!(pair[0].until_on, pair[1].from_on);
            prop_assert!(pair[0].from_on < pair[0].until_on);
            prop_assert_ne!(&pair[0].standing, &pair[1].standing);
        }
    }

    #[test]
    fn what_is_said_again_is_nothing_new(ledger in ledger(), day in day(), said in facts()) {
        let before = facts_on(&ledger, day).expect("a registration");
        let after = before.clone().then(&said);
        prop_assert_eq!(said.clone().new_to(&after), Facts::default());
        prop_assert_eq!(before.clone().then(&said.new_to(&before)).in_order(), after.in_order());
    }

    #[test]
    fn versions_have_one_order(a in "[0-9.a]{0,6}", b in "[0-9.a]{0,6}", c in "[0-9.a]{0,6}") {
        prop_assert_eq!(natural_order(&a, &b), natural_order(&b, &a).reverse());
        if natural_order(&a, &b).is_le() && natural_order(&b, &c).is_le() {
            prop_assert!(natural_order(&a, &c).is_le());
        }
        prop_assert_eq!(natural_order(&a, &b).is_eq(), a == b);
    }
}

#[test]
fn a_backdated_line_does_not_come_before_the_registration() {
    let line = |effective_on, at, facts| Line { effective_on, recorded_at: Instant::from_micros(at), facts };
    let (start, end) = (date!(2026 - 04 - 01), date!(2027 - 03 - 31));
    let term = Facts { starts_on: Some(start.into()), ends_on: Some(end.into()), ..Facts::default() };
    let earlier = Facts { starts_on: Some(date!(2026 - 01 - 01).into()), ..Facts::default() };
    let ledger = [line(start, 1, term), line(date!(2026 - 01 - 01), 2, earlier)];
    let on = |day| standing_on(&ledger, day).map(|standing| (standing.condition, standing.ends_on));
    assert_eq!(on(date!(2025 - 12 - 31)), Some((Condition::NotStarted, end)));
    assert_eq!(on(date!(2026 - 02 - 01)), Some((Condition::InForce, end)));
    assert_eq!(on(date!(2026 - 05 - 01)), Some((Condition::InForce, end)));
}

#[test]
fn people_count_versions_by_their_numbers() {
    let mut names = ["9.10", "9.9", "10.0", "9.9.1", "9.9-beta"];
    names.sort_by(|a, b| natural_order(a, b));
    assert_eq!(names, ["9.9", "9.9-beta", "9.9.1", "9.10", "10.0"]);
}
