//! Reception, the calendar and business time, for everybody; the days set by hand, for the desk.

use actix_web::get;
use serde::Deserialize;
use time::{Duration, OffsetDateTime};
use utoipa::IntoParams;

use super::model::{COVERED_FROM, COVERED_UNTIL, tokyo_date};
use super::store;
use super::view::{
    BusinessTime, CalendarDays, CoveredDay, DayRange, DayView, MOST_DAYS, ReasonView, ReceptionHours, ReceptionView,
    SetDayList, SetDayView,
};
use crate::app::App;
use crate::auth::claim::{Caller, Gate, Privilege};
use crate::auth::proof::prove;
use crate::db::types::Instant;
use crate::http::{Path, Problem, Query, Refusal, Reply, Result, Spoken};
use crate::terms::codes::Language;

/// The longest that business time is counted over: ten years with their leap days.
const LONGEST: Duration = Duration::days(3653);

/// Reads what was set by hand, with its source.
pub struct ReadsSetDays;
impl Privilege for ReadsSetDays {
    const GATE: Gate = Gate::shut().agent();
}

/// When reception is asked about.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReceptionQuery {
    /// The moment; now if it is left out. From 2000 to 2099 in Japan's calendar.
    #[param(nullable = false, example = "2026-11-23T01:00:00Z")]
    at: Option<Instant>,
}

/// Between which moments business time is counted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TimeRange {
    /// Where the count begins. From 2000 to 2099 in Japan's calendar.
    #[param(example = "2026-11-20T07:00:00Z")]
    from: Instant,
    /// Where it ends: at most ten years later, with at most 400 business days between.
    #[param(example = "2026-11-24T01:30:00Z")]
    to: Instant,
}

/// A day of the calendar.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct DayPath {
    /// The day, in Japan's calendar: from 2000-01-01 to 2099-12-31.
    #[param(value_type = crate::http::text::Day, example = "2026-12-28")]
    pub date: CoveredDay,
}

/// Tell whether the desk receives
///
/// By the reception hours of the terms, national holidays, the year-end break and the days that
/// the company has set. Support Web takes inquiries at all times; this tells of the telephone, and
/// of the moment from which an inquiry counts as received.
#[utoipa::path(
    tag = "calendar",
    params(ReceptionQuery),
    responses((status = 200, description = "Whether it is open, and why not", body = ReceptionView)),
    security(())
)]
#[get("/reception")]
pub async fn get_reception(app: App, Spoken(language): Spoken, Query(query): Query<ReceptionQuery>) -> Result<Reply> {
    let at = query.at.unwrap_or_else(|| app.now());
    let moment = covered("at", at)?;
    let reception = app.read(store::load).await?.reception(moment);
    Reply::ok(&ReceptionView {
        at,
        open: reception.open,
        reasons: ReasonView::all(reception.reasons, language),
        next_open_at: reception.next_open_at.map(Instant::from),
        hours: ReceptionHours::current(),
        territory: "JP",
        language: Language::Ja,
        contacts: vec![app.config().desk_contact()],
    })
}

/// List the days of the calendar
///
/// Every day from one to another, both included, with all that closes it. Not paged: at most 400
/// days at once. Days whose holidays are not official yet are marked `provisional`.
#[utoipa::path(
    tag = "calendar",
    params(DayRange),
    responses((status = 200, description = "The days", body = CalendarDays)),
    security(())
)]
#[get("/calendar")]
pub async fn list_days(app: App, Spoken(language): Spoken, Query(range): Query<DayRange>) -> Result<Reply> {
    let (first, last) = range.bounds()?;
    let calendar = app.read(store::load).await?;
    let items = calendar.days(first, last).map(|day| DayView::of(day, language)).collect();
    Reply::ok(&CalendarDays { items, covered_until: COVERED_UNTIL.into() })
}

/// Count business time
///
/// The minutes of reception from one moment until just before another, the stretches that were
/// counted, and the closed days between by name.
#[utoipa::path(
    tag = "calendar",
    params(TimeRange),
    responses((status = 200, description = "The count", body = BusinessTime)),
    security(())
)]
#[get("/calendar/business-time")]
pub async fn count_business_time(app: App, Spoken(language): Spoken, Query(range): Query<TimeRange>) -> Result<Reply> {
    let (from, to) = (covered("from", range.from)?, covered("to", range.to)?);
    if to < from {
        return Err(Problem::parameter("to", "ends_before_start"));
    }
    if to - from > LONGEST {
        return Err(Problem::parameter_with("to", "too_large", "max", Instant::from(from + LONGEST)));
    }
    let calendar = app.read(store::load).await?;
    let intervals = calendar.intervals(from, to);
    if intervals.len() > MOST_DAYS {
        return Err(Problem::parameter_with("to", "too_many", "max", MOST_DAYS));
    }
    Reply::ok(&BusinessTime {
        from: range.from,
        to: range.to,
        minutes: calendar.business_minutes(from, to),
        intervals: intervals.into_iter().map(Into::into).collect(),
        skipped: calendar.skipped_days(from, to).into_iter().map(|day| DayView::of(day, language)).collect(),
    })
}

/// List the days set by hand
///
/// Those from one day to another, both included; at most 400 days at once.
#[utoipa::path(
    tag = "calendar",
    params(DayRange),
    responses((status = 200, description = "The set days", body = SetDayList)),
    security(("staff" = []))
)]
#[get("/calendar/days")]
pub async fn list_set_days(app: App, caller: Caller<ReadsSetDays>, Query(range): Query<DayRange>) -> Result<Reply> {
    let (first, last) = range.bounds()?;
    let (claim, now) = ((*caller).clone(), app.now());
    let rows = app
        .read(move |db| {
            prove(db, &claim, now)?;
            store::between(db, first, last)
        })
        .await?;
    Reply::ok(&SetDayList { items: rows.into_iter().map(Into::into).collect() })
}

/// Read a day set by hand
///
/// What was set for the day, and where that is written. A day for which nothing was set is 404.
#[utoipa::path(
    tag = "calendar",
    params(DayPath),
    responses((status = 200, description = "The set day", body = SetDayView)),
    security(("staff" = []))
)]
#[get("/calendar/days/{date}")]
pub async fn get_set_day(app: App, caller: Caller<ReadsSetDays>, Path(path): Path<DayPath>) -> Result<Reply> {
    let (claim, now) = ((*caller).clone(), app.now());
    let row = app
        .read(move |db| {
            prove(db, &claim, now)?;
            Ok(store::find(db, path.date.date())?.ok_or(Refusal::NotFound)?)
        })
        .await?;
    let version = row.version;
    Ok(Reply::ok(&SetDayView::from(row))?.tagged(version))
}

/// The moment in the `time` crate's form: 400 unless its day is one that the calendar covers.
fn covered(parameter: &str, at: Instant) -> Result<OffsetDateTime> {
    let moment = at.to_datetime();
    match tokyo_date(moment) {
        day if day < COVERED_FROM => Err(Problem::parameter_with(parameter, "too_small", "min", COVERED_FROM)),
        day if day > COVERED_UNTIL => Err(Problem::parameter_with(parameter, "too_large", "max", COVERED_UNTIL)),
        _ => Ok(moment),
    }
}
