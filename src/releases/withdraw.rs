//! `POST /v1/release-notices/{id}/withdrawals`: it is no longer read outside the desk, and mail
//! that has not left is not sent.

use actix_web::post;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;

use super::model::may;
use super::store::{self, Row};
use super::view::NoticeView;
use super::{AnnouncesNotices, NoticeId};
use crate::app::App;
use crate::auth::claim::Caller;
use crate::auth::proof::prove;
use crate::events::model::{Change, NewEvent, Subject};
use crate::http::text::Reason;
use crate::http::{IfMatch, Json, Key, KeyParam, Path, ProblemView, Refusal, Reply, RequiredIfMatchParam, Result};
use crate::terms::codes::{Code, EventType, NoticeAction, NoticeState};

/// Why it is withdrawn.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawNotice {
    /// Why; only the desk reads it.
    pub reason: Reason,
}

/// Withdraw a release notice
///
/// It stays on the desk's record. Nobody is told by mail; a notice that corrects it is another one.
#[utoipa::path(
    tag = "releases",
    params(("id" = NoticeId, Path, description = "The notice."), KeyParam, RequiredIfMatchParam),
    request_body = WithdrawNotice,
    responses(
        (status = 201, description = "The notice, withdrawn", body = NoticeView),
        (status = 409, description = "`state_conflict`: it is not announced", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[post("/release-notices/{id}/withdrawals")]
pub async fn withdraw_release_notice(
    app: App,
    caller: Caller<AnnouncesNotices>,
    Path(id): Path<NoticeId>,
    key: Key,
    expected: IfMatch,
    Json(body): Json<WithdrawNotice>,
) -> Result<Reply> {
    let expected = expected.required()?;
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let before = store::find(tx, id)?.ok_or(Refusal::NotFound)?;
        tx.once()?;
        expected.holds(before.version)?;
        may(before.state, NoticeAction::Withdraw)?;
        let row = Row {
            state: NoticeState::Withdrawn,
            withdrawn_at: Some(now),
            withdrawal_reason: Some(body.reason),
            ..before.next(now)
        };
        store::update(tx, &before, &row)?;
        let data = json!({ "kind": row.kind.as_str(), "products": row.product_ids.0 });
        let event = NewEvent::by(&actor, EventType::ReleaseNoticeWithdrawn, Subject::new("release_notice", id), data);
        let (place, version) = (row.place(), row.version);
        let reply = Reply::created(&place, &NoticeView::of(tx, row, &actor)?)?.tagged(version);
        Ok(Change::new(reply, event))
    })
    .await
}
