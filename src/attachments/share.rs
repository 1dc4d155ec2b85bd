//! `PATCH /v1/inquiries/{id}/attachments/{attachment}`: whether a file may be passed on.

use actix_web::patch;
use serde_json::json;

use super::AttachmentId;
use super::model::{check_entrusted, check_own_side, feed, is_seen};
use super::store;
use super::view::AttachmentView;
use crate::app::App;
use crate::auth::claim::Caller;
use crate::auth::proof::prove;
use crate::events::model::{Change, NewEvent, Subject};
use crate::http::{IfMatch, Key, MergePatch, Path, Problem, Refusal, Reply, RequiredIfMatchParam, Result};
use crate::inquiries::InquiryId;
use crate::inquiries::consent::ShareWithVendor;
use crate::inquiries::post_message::PostsMessages;
use crate::inquiries::store as inquiries;
use crate::terms::codes::EventType;

/// Mark a file as shareable with the vendor
///
/// In every state: the customer's side marks what it sent itself, the desk anything with the
/// customer's consent. Taking the mark back needs none.
#[utoipa::path(
    tag = "inquiries",
    params(("id" = InquiryId, Path, description = "The inquiry."), ("attachment" = AttachmentId, Path, description = "The attachment."), RequiredIfMatchParam, ("Support-Id" = Option<String>, Header, nullable = false, max_length = 100, description = "The contract's ID; a partner must send it.")),
    request_body(content = ShareWithVendor, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The attachment", body = AttachmentView)),
    security(("customer" = []), ("staff" = []), ("client" = ["inquiries:write"]))
)]
#[patch("/inquiries/{id}/attachments/{attachment}")]
pub async fn share_attachment(
    app: App,
    caller: Caller<PostsMessages>,
    Path((id, attachment)): Path<(InquiryId, AttachmentId)>,
    expected: IfMatch,
    MergePatch(patch): MergePatch<ShareWithVendor>,
) -> Result<Reply> {
    let expected = expected.required()?;
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let held = inquiries::hold(tx, &actor, now, id)?;
        check_entrusted(&held, actor.reseller, actor.kind)?;
        let row =
            store::find(tx, id, attachment)?.filter(|row| is_seen(&held, actor.kind, row.author_kind, row.added_at));
        let row = row.ok_or(Refusal::NotFound)?;
        check_own_side(&actor, row.author_kind)?;
        expected.holds(row.version)?;
        let change = match patch.judge(&actor, now)? {
            None => Change::silent((), "an empty patch changes nothing"),
            Some((shareable, consent)) => {
                store::set_mark(tx, &row, shareable, consent)?;
                let data = json!({ "attachment": row.id, "shareable_with_vendor": shareable });
                let subject = Subject::new("inquiry", id);
                let event = NewEvent::by(&actor, EventType::InquiryCustomerInformationChanged, subject, data);
                Change::new((), event.on(held.row.contract_id, feed(&held, row.author_kind)))
            }
        };
        let row = store::find(tx, id, attachment)?.ok_or_else(|| Problem::bug("an attachment is gone"))?;
        let version = row.version;
        let view = AttachmentView::of(row, !actor.is_outside()).marked(&held);
        change.map(|()| Ok(Reply::ok(&view)?.tagged(version)))
    })
    .await
}
