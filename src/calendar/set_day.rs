//! `PUT /v1/calendar/days/{date}`: what the company or a new law decides of a day.

use actix_web::put;
use serde::Deserialize;
use serde_json::json;
use time::Date;
use utoipa::ToSchema;
use validator::Validate;

use super::read::DayPath;
use super::recompute::recompute;
use super::store::{self, Row};
use super::view::SetDayView;
use crate::app::{App, Tx};
use crate::auth::claim::{Caller, Gate, Privilege};
use crate::auth::proof::prove;
use crate::db::dialect::{Failure, failure};
use crate::events::model::{Change, NewEvent, Subject};
use crate::http::text::{Day, Name, Source};
use crate::http::{IfMatch, IfMatchParam, Json, Key, Path, Problem, ProblemView, Refusal, Reply, Result};
use crate::terms::codes::{CalendarDayKind, DayEffect, EventType};

/// Sets and removes days.
pub struct SetsCalendar;
impl Privilege for SetsCalendar {
    const GATE: Gate = Gate::shut().manager();
}

/// What is decided of a day.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetCalendarDay {
    /// Whether the desk is open that day. It prevails over weekends, holidays and the year's end.
    effect: DayEffect,
    /// Who or what decided it.
    kind: CalendarDayKind,
    /// What the day is called; told to everybody.
    name: Name,
    /// Where that is written; seen at the desk only.
    #[serde(default)]
    #[schema(nullable = false)]
    source: Option<Source>,
}

/// Set a day of the calendar
///
/// Closes a day or opens one, from tomorrow on. Inquiries that wait for the desk to open and that
/// nobody has touched count as received by the calendar that is then in force, each with an event
/// `inquiry.reception_recomputed`. Sent again it replaces what was set.
#[utoipa::path(
    tag = "calendar",
    params(DayPath, IfMatchParam),
    request_body = SetCalendarDay,
    responses(
        (status = 200, description = "The day was set before and is set anew", body = SetDayView),
        (status = 201, description = "The day is set", body = SetDayView),
        (status = 409, description = "`day_already_begun`: today and past days stay as they are", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[put("/calendar/days/{date}")]
pub async fn set_day(
    app: App,
    caller: Caller<SetsCalendar>,
    Path(path): Path<DayPath>,
    expected: IfMatch,
    Json(day): Json<SetCalendarDay>,
) -> Result<Reply> {
    let (claim, date) = ((*caller).clone(), path.date.date());
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        let actor = prove(tx, &claim, now)?;
        store::hold(tx)?;
        let before = store::find(tx, date)?;
        match &before {
            Some(row) => expected.holds(row.version)?,
            None => expected.holds_for_nothing()?,
        }
        not_begun(tx, date)?;
        let row = after(tx, date, day, before.as_ref());
        match before {
            Some(_) if !store::update(tx, &row)? => return Err(Refusal::VersionConflict.into()),
            Some(_) => {}
            None => store::insert(tx, &row).map_err(|error| match failure(&error) {
                Failure::Taken => Problem::from(Refusal::VersionConflict).caused_by(error),
                _ => error.into(),
            })?,
        }
        let data = json!({ "date": Day::from(date), "effect": row.effect, "kind": row.kind });
        let event = NewEvent::by(&actor, EventType::CalendarDaySet, Subject::named("calendar_day"), data);
        let version = row.version;
        let view = SetDayView::from(row);
        let reply = if version == 1 {
            Reply::created(&format!("/v1/calendar/days/{}", Day::from(date)), &view)?
        } else {
            Reply::ok(&view)?
        };
        recompute(tx, &actor, Change::new(reply.tagged(version), event))
    })
    .await
}

/// 409 unless the day is yet to begin in Japan.
pub fn not_begun(tx: &Tx<'_>, date: Date) -> Result<()> {
    if date > tx.today() { Ok(()) } else { Err(Refusal::DayAlreadyBegun.into()) }
}

fn after(tx: &Tx<'_>, date: Date, day: SetCalendarDay, before: Option<&Row>) -> Row {
    Row {
        day_on: date,
        effect: day.effect,
        kind: day.kind,
        name: day.name.to_string(),
        source: day.source.map(|source| source.to_string()),
        version: before.map_or(0, |row| row.version).saturating_add(1),
        created_at: before.map_or(tx.now, |row| row.created_at),
        changed_at: tx.now,
    }
}
