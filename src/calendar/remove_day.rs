//! `DELETE /v1/calendar/days/{date}`: the rules hold again.

use actix_web::delete;
use serde_json::json;

use super::read::DayPath;
use super::recompute::recompute;
use super::set_day::{SetsCalendar, not_begun};
use super::store;
use crate::app::App;
use crate::auth::claim::Caller;
use crate::auth::proof::prove;
use crate::events::model::{Change, NewEvent, Subject};
use crate::http::text::Day;
use crate::http::{IfMatch, IfMatchParam, Key, Path, ProblemView, Refusal, Reply, Result};
use crate::terms::codes::EventType;

/// Remove a day set by hand
///
/// The day is again what the rules make of it. Inquiries that wait for the desk to open count as
/// received by the calendar that is then in force, as when a day is set.
#[utoipa::path(
    tag = "calendar",
    params(DayPath, IfMatchParam),
    responses(
        (status = 204, description = "Nothing is set for the day"),
        (status = 409, description = "`day_already_begun`: today and past days stay as they are", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[delete("/calendar/days/{date}")]
pub async fn remove_day(
    app: App,
    caller: Caller<SetsCalendar>,
    Path(path): Path<DayPath>,
    expected: IfMatch,
) -> Result<Reply> {
    let (claim, date) = ((*caller).clone(), path.date.date());
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        let actor = prove(tx, &claim, now)?;
        store::hold(tx)?;
        let row = store::find(tx, date)?.ok_or(Refusal::NotFound)?;
        expected.holds(row.version)?;
        not_begun(tx, date)?;
        if !store::delete(tx, date, row.version)? {
            return Err(Refusal::VersionConflict.into());
        }
        let data = json!({ "date": Day::from(date), "effect": row.effect, "kind": row.kind });
        let event = NewEvent::by(&actor, EventType::CalendarDayRemoved, Subject::named("calendar_day"), data);
        recompute(tx, &actor, Change::new(Reply::no_content(), event))
    })
    .await
}
