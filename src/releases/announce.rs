//! `POST /v1/release-notices/{id}/announcements`: from now on it is read outside the desk. Who is
//! told by mail is written down by a worker: however many they are, the desk does not wait.

use actix_web::post;
use serde_json::json;

use super::model::may;
use super::store::{self, Row};
use super::view::NoticeView;
use super::{AnnouncesNotices, NoticeId};
use crate::app::App;
use crate::auth::claim::Caller;
use crate::auth::proof::prove;
use crate::deliveries;
use crate::events::model::{Change, NewEvent, Subject};
use crate::http::{
    IfMatch, Path, ProblemView, Refusal, Reply, RequiredIfMatchParam, RequiredKey, RequiredKeyParam, Result,
};
use crate::terms::codes::{Code, EventType, NoticeAction, NoticeState};

/// Announce a release notice
///
/// Customers and partners whose contracts cover one of its products read it from now on, and those
/// who are registered for it are told by mail: one mail per address and notice. So is whoever
/// asked an inquiry that was closed on a defect that it fixes, if registered.
#[utoipa::path(
    tag = "releases",
    params(("id" = NoticeId, Path, description = "The notice."), RequiredKeyParam, RequiredIfMatchParam),
    responses(
        (status = 201, description = "The notice, announced", body = NoticeView),
        (status = 409, description = "`state_conflict`: it was announced before · `request_in_progress`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[post("/release-notices/{id}/announcements")]
pub async fn announce_release_notice(
    app: App,
    caller: Caller<AnnouncesNotices>,
    Path(id): Path<NoticeId>,
    RequiredKey(key): RequiredKey,
    expected: IfMatch,
) -> Result<Reply> {
    let expected = expected.required()?;
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let before = store::find(tx, id)?.ok_or(Refusal::NotFound)?;
        tx.once()?;
        expected.holds(before.version)?;
        may(before.state, NoticeAction::Announce)?;
        let next = before.next(now);
        let row = Row { state: NoticeState::Announced, announced_at: Some(now), listed_at: now, ..next };
        store::update(tx, &before, &row)?;
        deliveries::store::begin(tx, id)?;
        let data = json!({
            "kind": row.kind.as_str(), "products": row.product_ids.0, "corrects": row.corrects,
            "beyond_terms": row.beyond_terms,
        });
        let event = NewEvent::by(&actor, EventType::ReleaseNoticeAnnounced, Subject::new("release_notice", id), data);
        let (place, version) = (row.place(), row.version);
        let reply = Reply::created(&place, &NoticeView::of(tx, row, &actor)?)?.tagged(version);
        Ok(Change::new(reply, event))
    })
    .await
}
