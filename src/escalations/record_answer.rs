//! `POST /v1/inquiries/{id}/escalations/{escalation}/answers`: what the vendor said, in its
//! language, and whether it may be told.

use actix_web::post;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::EscalationId;
use super::store::{self, AnswerRow, Row};
use super::view::VendorAnswerView;
use crate::app::{App, Tx};
use crate::auth::claim::Caller;
use crate::auth::proof::{Actor, prove};
use crate::db::types::Id;
use crate::escalations::escalate::Escalates;
use crate::events::model::{Change, NewEvent, Subject};
use crate::faqs::change;
use crate::http::text::{Body, LanguageTag, ShortCode};
use crate::http::{Json, Key, KeyParam, Path, ProblemView, Refusal, Reply, Result};
use crate::inquiries::InquiryId;
use crate::inquiries::model::Act;
use crate::inquiries::store::{self as inquiries, Held, Told};
use crate::terms::codes::{Action, Code, Disclosure, EventType, VendorOutcome};

/// The vendor's answer.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordVendorAnswer {
    /// What the vendor did: answered, declined the root cause or the content of a fix, or refused
    /// that it be told.
    pub outcome: VendorOutcome,
    /// What the vendor said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub body: Option<Body>,
    /// The language of that.
    pub language: LanguageTag,
    /// Whether it may be told (SW-4.2.1-C13, SA-5.2.1-C27).
    pub disclosure: Disclosure,
    /// The vendor's own number for the question.
    #[serde(default)]
    #[schema(nullable = false)]
    pub vendor_reference: Option<ShortCode>,
    /// The vendor's own number for the defect.
    #[serde(default)]
    #[schema(nullable = false)]
    pub vendor_defect_id: Option<ShortCode>,
}

/// Record the vendor's answer
///
/// The first answer ends the escalation; later ones, such as a permission to tell, are recorded
/// beside it. The last one decides what may be told. With a refusal FAQs that were drafted from the
/// inquiry are refused too, and those that are published are withdrawn at once.
#[utoipa::path(
    tag = "escalations",
    params(("id" = InquiryId, Path, description = "The inquiry."), ("escalation" = EscalationId, Path, description = "The escalation."), KeyParam),
    request_body = RecordVendorAnswer,
    responses(
        (status = 201, description = "The answer; the ETag is the inquiry's", body = VendorAnswerView),
        (status = 409, description = "`inquiry_closed` `state_conflict` `request_in_progress`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[post("/inquiries/{id}/escalations/{escalation}/answers")]
pub async fn record_vendor_answer(
    app: App,
    caller: Caller<Escalates>,
    Path((id, escalation)): Path<(InquiryId, EscalationId)>,
    key: Key,
    Json(request): Json<RecordVendorAnswer>,
) -> Result<Reply> {
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let held = inquiries::hold(tx, &actor, now, id)?;
        let asked = store::find(tx, id, escalation)?.ok_or(Refusal::NotFound)?;
        tx.once()?;
        record(tx, &actor, &held, &asked, request)
    })
    .await
}

/// The vendor's answer on an inquiry that is held; a batch comes here too.
pub fn record(
    tx: &mut Tx<'_>,
    actor: &Actor,
    held: &Held,
    asked: &Row,
    request: RecordVendorAnswer,
) -> Result<Change<Reply>> {
    let (now, id) = (tx.now, held.row.id);
    held.situation(actor).may(Action::RecordVendorAnswer)?;
    let text = |value: Option<ShortCode>| value.map(|value| value.to_string());
    let row = AnswerRow {
        id: tx.new_id(),
        escalation_id: asked.id,
        outcome: request.outcome,
        body: request.body.map(|body| body.to_string()),
        language: request.language.to_string(),
        disclosure: request.disclosure,
        vendor_reference: text(request.vendor_reference),
        vendor_defect_id: text(request.vendor_defect_id),
        recorded_by: Id::<Uuid>::new(actor.id),
        recorded_at: now,
    };
    let act = if asked.ended_at.is_none() { Act::VendorAnswer } else { Act::LaterVendorAnswer };
    let life = held.row.life().after(act);
    let version = inquiries::advance(tx, &held.row, life, now, false)?;
    store::insert_answer(tx, &row)?;
    let data = json!({
        "state": life.state(),
        "internal": {
            "escalation": asked.id, "answer": row.id, "outcome": row.outcome.as_str(),
            "disclosure": row.disclosure.as_str(),
        },
    });
    let event = NewEvent::by(actor, EventType::InquiryVendorAnswered, Subject::new("inquiry", id), data)
        .on(held.row.contract_id, held.feed(Told::Full));
    let location = format!("/v1/inquiries/{id}/escalations/{}", asked.id);
    let reply = Reply::created(&location, &VendorAnswerView::from(row))?;
    let mut done = Change::new(reply.tagged(version), event);
    if request.disclosure == Disclosure::Refused {
        let withdrawn = change::refuse_disclosure(tx, actor, id)?;
        done.absorb(withdrawn);
    }
    Ok(done)
}
