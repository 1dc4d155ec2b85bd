//! Business time between many pairs of moments: the calendar is gone through once.

use time::{Duration, OffsetDateTime};

use super::model::{Calendar, Interval};

/// The stretches of reception within a span, each with the business time before it.
#[derive(Clone, Debug, Default)]
pub struct Elapsed(Vec<(Interval, Duration)>);

impl Elapsed {
    /// Goes through the days from `from` to `to`.
    pub fn over(calendar: &Calendar, from: OffsetDateTime, to: OffsetDateTime) -> Self {
        let before = |sum: &mut Duration, open: Interval| {
            let before = *sum;
            *sum = before.saturating_add(open.duration());
            Some((open, before))
        };
        Self(calendar.intervals(from, to).into_iter().scan(Duration::ZERO, before).collect())
    }

    /// Whole minutes of business between two moments of the span, as
    /// [`Calendar::business_minutes`] counts them. Zero when `to` is not after `from`.
    pub fn minutes(&self, from: OffsetDateTime, to: OffsetDateTime) -> i64 {
        self.until(to).saturating_sub(self.until(from)).max(Duration::ZERO).whole_minutes()
    }

    /// The business time from the begin of the span until `at`.
    fn until(&self, at: OffsetDateTime) -> Duration {
        let begun = self.0.partition_point(|(open, _)| open.from < at);
        match begun.checked_sub(1).and_then(|last| self.0.get(last)) {
            Some((open, before)) => before.saturating_add(at.min(open.to) - open.from),
            None => Duration::ZERO,
        }
    }
}
