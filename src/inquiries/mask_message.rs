//! `POST /v1/inquiries/{id}/messages/{message}/maskings`: a text that should not have been sent, such
//! as a password, goes; hash and record stay.

use actix_web::post;
use serde_json::json;

use super::post_message::MessageView;
use super::store::{self, Told, thread};
use super::{InquiryId, MessageId};
use crate::app::App;
use crate::auth::claim::{Caller, Gate, Privilege};
use crate::auth::proof::prove;
use crate::erasures::store::Erased;
use crate::erasures::view::{EraseContent, ErasureView};
use crate::events::model::{Change, NewEvent, Subject};
use crate::http::{Key, KeyParam, OptionalJson, Path, Problem, ProblemView, Refusal, Reply, Result, idempotency};
use crate::terms::codes::{CallerKind, Code, ContentKind, EventType};

/// Masks messages.
pub struct MasksMessages;
impl Privilege for MasksMessages {
    const GATE: Gate = Gate::shut().customer().agent();
}

/// Mask a message
///
/// In every state: the customer masks what it said itself, the desk anything. The text and the log
/// of a call are gone for good, also from answers that are kept for repeated calls; what the message
/// was, its hash and who masked it stay.
#[utoipa::path(
    tag = "inquiries",
    params(("id" = InquiryId, Path, description = "The inquiry."), ("message" = MessageId, Path, description = "The message."), KeyParam),
    request_body = Option<EraseContent>,
    responses(
        (status = 201, description = "The record; the ETag is the inquiry's", body = ErasureView),
        (status = 409, description = "`state_conflict`: it is masked already · `request_in_progress`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("staff" = []))
)]
#[post("/inquiries/{id}/messages/{message}/maskings")]
pub async fn mask_message(
    app: App,
    caller: Caller<MasksMessages>,
    Path((id, message)): Path<(InquiryId, MessageId)>,
    key: Key,
    OptionalJson(request): OptionalJson<EraseContent>,
) -> Result<Reply> {
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let held = store::hold(tx, &actor, now, id)?;
        let row = thread::message(tx, id, message)?;
        let row = row.filter(|row| held.shows(actor.kind, row.author_kind, row.posted_at)).ok_or(Refusal::NotFound)?;
        tx.once()?;
        if !row.is_own_side(&actor) {
            return Err(Refusal::Forbidden.into());
        }
        if row.masked_at.is_some() {
            return Err(held.situation(&actor).conflict());
        }
        thread::set_masked(tx, &row, now)?;
        let erased = Erased::by(tx, &actor, id, (ContentKind::Message, message.uuid()), row.hash(), request.reason);
        erased.insert(tx)?;
        let author = row.author_kind;
        let masked = thread::message(tx, id, message)?.ok_or_else(|| Problem::bug("a message is gone"))?;
        let outside = author.is_outside();
        let again = serde_json::to_vec(&MessageView::of(masked, !outside)?).map_err(Problem::bug)?;
        idempotency::answer_anew(tx, &format!("/v1/inquiries/{id}/messages"), &message.to_string(), &again)?;
        let told = if author == CallerKind::Customer { Told::CustomerOwn } else { Told::Full };
        let data = json!({ "erasure": erased.id, "content": erased.content.as_str(), "message": message });
        let event = NewEvent::by(&actor, EventType::InquiryContentErased, Subject::new("inquiry", id), data)
            .on(held.row.contract_id, held.feed(told));
        let location = format!("/v1/inquiries/{id}/messages/{message}");
        let view = ErasureView::of(erased, !actor.is_outside());
        Ok(Change::new(Reply::created(&location, &view)?.tagged(held.row.version), event))
    })
    .await
}
