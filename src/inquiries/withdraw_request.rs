//! `POST /v1/inquiries/{id}/information-requests/{request}/withdrawals`: the desk needs it no more.

use actix_web::post;
use serde_json::json;

use super::ask::{AsksCustomers, RequestView, open_request};
use super::model::Act;
use super::store::{self, Held, Told, thread};
use super::{InformationRequestId, InquiryId};
use crate::app::{App, Tx};
use crate::auth::claim::Caller;
use crate::auth::proof::{Actor, prove};
use crate::events::model::{Change, NewEvent, Subject};
use crate::http::{Key, KeyParam, Path, Problem, ProblemView, Reply, Result};
use crate::terms::codes::{Action, EventType, RequestEnd, RequestKind};

/// Withdraw a request
///
/// The desk needs it no more; the inquiry is where it would be without it.
#[utoipa::path(
    tag = "inquiries",
    params(("id" = InquiryId, Path, description = "The inquiry."), ("request" = InformationRequestId, Path, description = "The request."), KeyParam),
    responses(
        (status = 201, description = "The request, withdrawn; the ETag is the inquiry's", body = RequestView),
        (status = 409, description = "`inquiry_closed` `state_conflict` `request_in_progress`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[post("/inquiries/{id}/information-requests/{request}/withdrawals")]
pub async fn withdraw_request(
    app: App,
    caller: Caller<AsksCustomers>,
    Path((id, request)): Path<(InquiryId, InformationRequestId)>,
    key: Key,
) -> Result<Reply> {
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let held = store::hold(tx, &actor, now, id)?;
        withdraw(tx, &actor, &held, request)
    })
    .await
}

/// The withdrawal on an inquiry that is held; a batch comes here too.
pub fn withdraw(tx: &mut Tx<'_>, actor: &Actor, held: &Held, request: InformationRequestId) -> Result<Change<Reply>> {
    let (now, id) = (tx.now, held.row.id);
    let asked = open_request(tx, held, actor, request, Action::WithdrawRequest)?.kind;
    let resubmission = asked == RequestKind::WebResubmission;
    let act = if resubmission { Act::WithdrawResubmission } else { Act::WithdrawRequest };
    let life = held.row.life().after(act);
    let version = store::advance(tx, &held.row, life, now, false)?;
    thread::end_request(tx, request, RequestEnd::Withdrawal, None, now)?;
    let data = json!({ "request": request, "state": life.state() });
    let event = NewEvent::by(actor, EventType::InquiryRequestWithdrawn, Subject::new("inquiry", id), data)
        .on(held.row.contract_id, held.feed(Told::Full));
    let row = thread::request(tx, id, request)?.ok_or_else(|| Problem::bug("a request is gone"))?;
    let location = format!("/v1/inquiries/{id}/information-requests/{request}");
    Ok(Change::new(Reply::created(&location, &RequestView::from(row))?.tagged(version), event))
}
