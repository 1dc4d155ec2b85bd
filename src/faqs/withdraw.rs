//! `POST /v1/faqs/{id}/withdrawals`: it is no longer read outside the desk.

use actix_web::post;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;

use super::model::may_withdraw;
use super::store::{self, FaqRow, index};
use super::view::FaqView;
use super::{FaqId, PublishesFaqs, told};
use crate::app::App;
use crate::auth::claim::Caller;
use crate::auth::proof::prove;
use crate::events::model::Change;
use crate::http::{
    IfMatch, Key, KeyParam, OptionalJson, Path, ProblemView, Refusal, Reply, RequiredIfMatchParam, Result,
};
use crate::terms::codes::{EventType, FaqState};

/// A withdrawal. It needs no words.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawFaq {}

/// Withdraw a FAQ
///
/// Outside the desk it is as if it never was, from the next call on. It may be published again.
#[utoipa::path(
    tag = "faqs",
    params(("id" = FaqId, Path, description = "The FAQ."), KeyParam, RequiredIfMatchParam),
    request_body(content = WithdrawFaq),
    responses(
        (status = 201, description = "The FAQ, withdrawn", body = FaqView),
        (status = 409, description = "`state_conflict`: it is not published · `request_in_progress`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[post("/faqs/{id}/withdrawals")]
pub async fn withdraw_faq(
    app: App,
    caller: Caller<PublishesFaqs>,
    Path(id): Path<FaqId>,
    key: Key,
    expected: IfMatch,
    OptionalJson(WithdrawFaq {}): OptionalJson<WithdrawFaq>,
) -> Result<Reply> {
    let expected = expected.required()?;
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let (before, content) = store::find(tx, id)?.ok_or(Refusal::NotFound)?;
        tx.once()?;
        expected.holds(before.version)?;
        may_withdraw(&before)?;
        let row = FaqRow {
            state: FaqState::Withdrawn,
            version: before.version.saturating_add(1),
            published_revision: None,
            changed_at: now,
            ..before.clone()
        };
        store::update(tx, before.version, &row)?;
        index::write(tx, &row, &content, None)?;
        let event = told(
            Some(&actor),
            EventType::FaqWithdrawn,
            id,
            json!({ "revision": before.published_revision, "reason": null }),
        );
        let (place, version) = (format!("/v1/faqs/{id}"), row.version);
        let reply = Reply::created(&place, &FaqView::for_desk(tx, &actor, row, content)?)?;
        Ok(Change::new(reply.tagged(version), event))
    })
    .await
}
