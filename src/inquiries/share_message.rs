//! `PATCH /v1/inquiries/{id}/messages/{message}`: whether a message may be passed on.

use actix_web::patch;
use serde_json::json;

use super::consent::ShareWithVendor;
use super::post_message::{MessageView, PostsMessages, is_seen};
use super::store::thread;
use super::store::{self, Told};
use super::{InquiryId, MessageId};
use crate::app::App;
use crate::auth::claim::Caller;
use crate::auth::proof::prove;
use crate::events::model::{Change, NewEvent, Subject};
use crate::http::{IfMatch, Key, MergePatch, Path, Problem, Refusal, Reply, RequiredIfMatchParam, Result};
use crate::terms::codes::{CallerKind, EventType};

/// Mark a message as shareable with the vendor
///
/// In every state: the customer's side marks what it said itself, the desk anything with the
/// customer's consent. Taking the mark back needs none. The text never changes.
#[utoipa::path(
    tag = "inquiries",
    params(("id" = InquiryId, Path, description = "The inquiry."), ("message" = MessageId, Path, description = "The message."), RequiredIfMatchParam, ("Support-Id" = Option<String>, Header, nullable = false, max_length = 100, description = "The contract's ID; a partner must send it.")),
    request_body(content = ShareWithVendor, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The message", body = MessageView)),
    security(("customer" = []), ("staff" = []), ("client" = ["inquiries:write"]))
)]
#[patch("/inquiries/{id}/messages/{message}")]
pub async fn share_message(
    app: App,
    caller: Caller<PostsMessages>,
    Path((id, message)): Path<(InquiryId, MessageId)>,
    expected: IfMatch,
    MergePatch(patch): MergePatch<ShareWithVendor>,
) -> Result<Reply> {
    let expected = expected.required()?;
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let held = store::hold(tx, &actor, now, id)?;
        let opened = held.row.opened_by(actor.reseller);
        if actor.kind == CallerKind::Partner && !opened {
            return Err(Refusal::Forbidden.into());
        }
        let row = thread::message(tx, id, message)?.filter(|row| is_seen(row, actor.kind, &held));
        let row = row.ok_or(Refusal::NotFound)?;
        if !row.is_own_side(&actor) {
            return Err(Refusal::Forbidden.into());
        }
        expected.holds(row.version)?;
        let change = match patch.judge(&actor, now)? {
            None => Change::silent((), "an empty patch changes nothing"),
            Some((shareable, consent)) => {
                thread::set_mark(tx, &row, shareable, consent)?;
                let told = if row.author_kind == CallerKind::Customer { Told::CustomerOwn } else { Told::Full };
                let data = json!({ "message": row.id, "shareable_with_vendor": shareable });
                let subject = Subject::new("inquiry", id);
                let event = NewEvent::by(&actor, EventType::InquiryCustomerInformationChanged, subject, data);
                Change::new((), event.on(held.row.contract_id, held.feed(told)))
            }
        };
        let row = thread::message(tx, id, message)?.ok_or_else(|| Problem::bug("a message is gone"))?;
        let version = row.version;
        let view = MessageView::of(row, !actor.is_outside())?.marked(&held);
        change.map(|()| Ok(Reply::ok(&view)?.tagged(version)))
    })
    .await
}
