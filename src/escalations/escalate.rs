//! `POST /v1/inquiries/{id}/escalations`: the vendor is asked, with the messages that may be
//! passed on.

use actix_web::post;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::store::{self, Row};
use super::view::EscalationView;
use crate::app::{App, Tx};
use crate::attachments::{self, AttachmentId};
use crate::auth::claim::{Caller, Gate, Privilege};
use crate::auth::proof::{Actor, prove};
use crate::db::types::{Doc, Id};
use crate::events::model::{Change, NewEvent, Subject};
use crate::http::text::Body;
use crate::http::{Json, Key, KeyParam, Path, Problem, ProblemView, Refusal, Reply, Result};
use crate::inquiries::model::{Act, unknown_reference};
use crate::inquiries::store::{self as inquiries, Held, Told, thread};
use crate::inquiries::{InquiryId, MessageId};
use crate::terms::codes::{Action, EventType};

/// Asks the vendor.
pub struct Escalates;
impl Privilege for Escalates {
    const GATE: Gate = Gate::shut().agent();
}

/// A question to the vendor.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EscalateInquiry {
    /// What is asked.
    pub question: Body,
    /// Messages of the thread that are passed on: the desk's own, and the customer side's that are
    /// marked `shareable_with_vendor`.
    #[serde(default)]
    #[schema(nullable = false, max_items = 100)]
    #[validate(length(max = 100))]
    pub message_ids: Option<Vec<MessageId>>,
    /// Files of the inquiry that are passed on: those that are marked `shareable_with_vendor`.
    #[serde(default)]
    #[schema(nullable = false, max_items = 100)]
    #[validate(length(max = 100))]
    pub attachment_ids: Option<Vec<AttachmentId>>,
}

/// Escalate to the vendor
///
/// Only what may be shared is passed on (SW-4.2.1-C5, SA-5.2.1-C5). For SaaS defects, incidents and
/// unpublished specifications this is all that the desk does (SA-5.2.1-C12).
#[utoipa::path(
    tag = "escalations",
    params(("id" = InquiryId, Path, description = "The inquiry."), KeyParam),
    request_body = EscalateInquiry,
    responses(
        (status = 201, description = "The escalation; the ETag is the inquiry's", body = EscalationView),
        (status = 409, description = "`not_shareable` `inquiry_closed` `state_conflict` `request_in_progress`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[post("/inquiries/{id}/escalations")]
pub async fn escalate_inquiry(
    app: App,
    caller: Caller<Escalates>,
    Path(id): Path<InquiryId>,
    key: Key,
    Json(request): Json<EscalateInquiry>,
) -> Result<Reply> {
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let held = inquiries::hold(tx, &actor, now, id)?;
        tx.once()?;
        escalate(tx, &actor, &held, request)
    })
    .await
}

/// The escalation of an inquiry that is held; a batch comes here too.
pub fn escalate(tx: &mut Tx<'_>, actor: &Actor, held: &Held, request: EscalateInquiry) -> Result<Change<Reply>> {
    let (now, id) = (tx.now, held.row.id);
    held.situation(actor).may(Action::Escalate)?;
    let message_ids = request.message_ids.unwrap_or_default();
    let attachment_ids = request.attachment_ids.unwrap_or_default();
    let files = attachments::check_linked(tx, held, actor.kind, &attachment_ids)?;
    check_shareable(tx, held, &message_ids, &files)?;
    let row = Row {
        id: tx.new_id(),
        inquiry_id: id,
        question: request.question.to_string(),
        message_ids: Doc(message_ids),
        escalated_by: Id::<Uuid>::new(actor.id),
        escalated_at: now,
        ended_at: None,
        attachment_ids: Doc(attachment_ids),
    };
    let life = held.row.life().after(Act::Escalate);
    let version = inquiries::advance(tx, &held.row, life, now, false)?;
    store::insert(tx, &row)?;
    let data = json!({
        "state": life.state(),
        "internal": {
            "escalation": row.id, "messages": row.message_ids.0, "attachments": row.attachment_ids.0,
        },
    });
    let event = NewEvent::by(actor, EventType::InquiryEscalated, Subject::new("inquiry", id), data)
        .on(held.row.contract_id, held.feed(Told::Full));
    let location = format!("/v1/inquiries/{id}/escalations/{}", row.id);
    let reply = Reply::created(&location, &EscalationView::new(row, Vec::new()))?;
    Ok(Change::new(reply.tagged(version), event))
}

/// The desk's own messages need no mark; the customer side's do, and every file. What was masked is
/// not there to be passed on.
fn check_shareable(
    tx: &mut Tx<'_>,
    held: &Held,
    messages: &[MessageId],
    files: &[attachments::store::Row],
) -> Result<()> {
    let mut withheld = files.iter().any(|file| !file.shareable_with_vendor);
    for (index, message) in messages.iter().enumerate() {
        let pointer = format!("/message_ids/{index}");
        let row = thread::message(tx, held.row.id, *message)?.filter(|row| row.masked_at.is_none());
        let row = row.ok_or_else(|| unknown_reference(&pointer))?;
        withheld |= row.customer_side && !row.shareable_with_vendor;
    }
    if withheld {
        return Err(Problem::from(Refusal::NotShareable).under(held.delivery, &held.terms_version));
    }
    Ok(())
}
