//! `POST /v1/inquiries/{id}/customer-information/erasures`: the information goes, hash and record
//! stay.

use actix_web::post;
use serde_json::json;

use super::store;
use crate::app::App;
use crate::attachments::model::{check_entrusted, feed, is_seen};
use crate::auth::claim::Caller;
use crate::auth::proof::prove;
use crate::erasures::store::Erased;
use crate::erasures::view::{EraseContent, ErasureView};
use crate::events::model::{Change, NewEvent, Subject};
use crate::http::{Key, KeyParam, OptionalJson, Path, ProblemView, Refusal, Reply, Result};
use crate::inquiries::InquiryId;
use crate::inquiries::post_message::PostsMessages;
use crate::inquiries::store as inquiries;
use crate::terms::codes::{CallerKind, Code, ContentKind, EventType};

/// Erase customer information
///
/// In every state, by the customer, by the desk, and by a partner what it wrote itself on an
/// inquiry that it opened. It is gone for good; its hash and who erased it stay.
#[utoipa::path(
    tag = "inquiries",
    params(("id" = InquiryId, Path, description = "The inquiry."), KeyParam, ("Support-Id" = Option<String>, Header, nullable = false, max_length = 100, description = "The contract's ID; a partner must send it.")),
    request_body = Option<EraseContent>,
    responses(
        (status = 201, description = "The record; the ETag is the inquiry's", body = ErasureView),
        (status = 409, description = "`state_conflict`: it is erased already · `request_in_progress`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("staff" = []), ("client" = ["inquiries:write"]))
)]
#[post("/inquiries/{id}/customer-information/erasures")]
pub async fn erase_customer_information(
    app: App,
    caller: Caller<PostsMessages>,
    Path(id): Path<InquiryId>,
    key: Key,
    OptionalJson(request): OptionalJson<EraseContent>,
) -> Result<Reply> {
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let held = inquiries::hold(tx, &actor, now, id)?;
        check_entrusted(&held, actor.reseller, actor.kind)?;
        let row = store::find(tx, id)?.filter(|row| is_seen(&held, actor.kind, row.written_by_kind, row.changed_at));
        let row = row.ok_or(Refusal::NotFound)?;
        tx.once()?;
        if actor.kind == CallerKind::Partner && row.written_by_kind != CallerKind::Partner {
            return Err(Refusal::Forbidden.into());
        }
        if row.erased_at.is_some() {
            return Err(held.situation(&actor).conflict());
        }
        store::set_erased(tx, &row, now)?;
        let what = (ContentKind::CustomerInformation, id.uuid());
        let erased = Erased::by(tx, &actor, id, what, row.hash(), request.reason);
        erased.insert(tx)?;
        let data = json!({ "erasure": erased.id, "content": erased.content.as_str() });
        let event = NewEvent::by(&actor, EventType::InquiryContentErased, Subject::new("inquiry", id), data)
            .on(held.row.contract_id, feed(&held, row.written_by_kind));
        let location = format!("/v1/inquiries/{id}/customer-information");
        let view = ErasureView::of(erased, !actor.is_outside());
        Ok(Change::new(Reply::created(&location, &view)?.tagged(held.row.version), event))
    })
    .await
}
