//! `POST /v1/faqs/{id}/feedback`: whether it helped.

use actix_web::post;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::entitle::entitled;
use super::store::learnt::{self, FeedbackRow};
use super::{FaqFeedbackId, FaqId, JudgesFaqs, store};
use crate::app::App;
use crate::auth::claim::{Caller, SupportIdParam};
use crate::auth::proof::prove;
use crate::db::types::{Id, Instant};
use crate::events::model::Change;
use crate::http::{Json, Key, KeyParam, Path, ProblemView, Refusal, Reply, Result};

/// A reader's word.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JudgeFaq {
    /// Whether it helped.
    pub helpful: bool,
}

/// A reader's word.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FaqFeedback)]
pub struct FeedbackView {
    /// The word.
    pub id: FaqFeedbackId,
    /// The FAQ.
    pub faq_id: FaqId,
    /// Whether it helped.
    pub helpful: bool,
    /// When it was given.
    pub given_at: Instant,
}

/// Say whether a FAQ helped
///
/// One word a reader: a later one replaces it. The desk sees how many there are, not whose.
#[utoipa::path(
    tag = "faqs",
    params(("id" = FaqId, Path, description = "The FAQ."), KeyParam, SupportIdParam),
    request_body = JudgeFaq,
    responses(
        (status = 201, description = "The word", body = FeedbackView),
        (status = 403, description = "`contract_not_started` `contract_expired` `contract_suspended` `service_not_contracted` `support_id_unknown`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("client" = ["faqs:read"]))
)]
#[post("/faqs/{id}/feedback")]
pub async fn judge_faq(
    app: App,
    caller: Caller<JudgesFaqs>,
    Path(id): Path<FaqId>,
    key: Key,
    Json(request): Json<JudgeFaq>,
) -> Result<Reply> {
    let desk = app.config().desk_contact();
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let entitled = entitled(tx, &caller, now, &desk)?;
        let found = store::find_published(tx, id)?.filter(|(_, content)| entitled.covers(&content.product_ids));
        let (faq, _) = found.ok_or(Refusal::NotFound)?;
        tx.once()?;
        let row = FeedbackRow {
            id: tx.new_id(),
            faq_id: id,
            given_by_id: Id::new(actor.id),
            helpful: request.helpful,
            given_at: now,
        };
        learnt::give_feedback(tx, &row)?;
        let view = FeedbackView { id: row.id, faq_id: id, helpful: row.helpful, given_at: now };
        let reply = Reply::created(&format!("/v1/faqs/{id}"), &view)?.tagged(faq.version);
        Ok(Change::silent(reply, "a reader's word is counted, and no event tells of it"))
    })
    .await
}
