//! `POST /v1/inquiries/{id}/attachments/{attachment}/erasures`: the bytes go, hash and record stay.

use actix_web::post;
use serde_json::json;

use super::AttachmentId;
use super::model::{check_entrusted, check_own_side, feed, is_seen};
use super::store;
use crate::app::App;
use crate::auth::claim::Caller;
use crate::auth::proof::prove;
use crate::erasures::store::Erased;
use crate::erasures::view::{EraseContent, ErasureView};
use crate::events::model::{Change, NewEvent, Subject};
use crate::files;
use crate::http::{Key, KeyParam, OptionalJson, Path, ProblemView, Refusal, Reply, Result};
use crate::inquiries::InquiryId;
use crate::inquiries::post_message::PostsMessages;
use crate::inquiries::store as inquiries;
use crate::terms::codes::{Code, ContentKind, EventType};

/// Erase a file
///
/// In every state. The customer's side erases what it sent itself, the desk anything. The bytes are
/// gone for good; name, size, hash and who erased it stay.
#[utoipa::path(
    tag = "inquiries",
    params(("id" = InquiryId, Path, description = "The inquiry."), ("attachment" = AttachmentId, Path, description = "The attachment."), KeyParam, ("Support-Id" = Option<String>, Header, nullable = false, max_length = 100, description = "The contract's ID; a partner must send it.")),
    request_body = Option<EraseContent>,
    responses(
        (status = 201, description = "The record; the ETag is the inquiry's", body = ErasureView),
        (status = 409, description = "`state_conflict`: it is erased already · `request_in_progress`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("staff" = []), ("client" = ["inquiries:write"]))
)]
#[post("/inquiries/{id}/attachments/{attachment}/erasures")]
pub async fn erase_attachment(
    app: App,
    caller: Caller<PostsMessages>,
    Path((id, attachment)): Path<(InquiryId, AttachmentId)>,
    key: Key,
    OptionalJson(request): OptionalJson<EraseContent>,
) -> Result<Reply> {
    let reply = app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let held = inquiries::hold(tx, &actor, now, id)?;
        check_entrusted(&held, actor.reseller, actor.kind)?;
        let row =
            store::find(tx, id, attachment)?.filter(|row| is_seen(&held, actor.kind, row.author_kind, row.added_at));
        let row = row.ok_or(Refusal::NotFound)?;
        tx.once()?;
        check_own_side(&actor, row.author_kind)?;
        let Some(file) = row.file() else { return Err(held.situation(&actor).conflict()) };
        store::set_erased(tx, &row, now)?;
        files::store::discard(tx, &file)?;
        let erased = Erased::by(tx, &actor, id, (ContentKind::Attachment, row.id.uuid()), row.sha256, request.reason);
        erased.insert(tx)?;
        let data = json!({ "erasure": erased.id, "content": erased.content.as_str(), "attachment": row.id });
        let event = NewEvent::by(&actor, EventType::InquiryContentErased, Subject::new("inquiry", id), data)
            .on(held.row.contract_id, feed(&held, row.author_kind));
        let location = format!("/v1/inquiries/{id}/attachments/{attachment}");
        let view = ErasureView::of(erased, !actor.is_outside());
        Ok(Change::new(Reply::created(&location, &view)?.tagged(held.row.version), event))
    });
    let reply = reply.await?;
    // The line that the act wrote stays until the bytes are gone, so nothing is lost by trying now.
    if let Err(problem) = files::sweep(&app).await {
        log::warn!("erased content is swept later: {problem}");
    }
    Ok(reply)
}
