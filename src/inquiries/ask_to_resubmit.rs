//! `POST /v1/inquiries/{id}/web-resubmissions`: the customer is asked to send on the Support Web
//! what came by phone (SW-4.2.1-C10, SA-5.2.1-C9).

use actix_web::post;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;

use super::InquiryId;
use super::ask::{AsksCustomers, RequestView};
use super::model::Act;
use super::store::thread::{self, RequestRow};
use super::store::{self, Held, Told};
use crate::app::{App, Tx};
use crate::auth::claim::Caller;
use crate::auth::proof::{Actor, prove};
use crate::db::types::{Doc, Id};
use crate::events::model::{Change, NewEvent, Subject};
use crate::http::text::Body;
use crate::http::{Key, KeyParam, OptionalJson, Path, ProblemView, Reply, Result};
use crate::terms::codes::{Action, EventType, RequestKind};

/// What the customer is told, where the usual words will not do.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestWebResubmission {
    /// In words; a usual text unless said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub body: Option<Body>,
}

const USUAL: &str = "お手数ですが、お電話で承りました内容を、サポート Web からあらためてお送りください。";

/// Ask for a re-submission on Support Web
///
/// For phone inquiries only. While the request is open the customer's side may open a web inquiry
/// that names this one as `resubmits`; this one then goes on in it. The request is among the
/// information requests, and is withdrawn like any other.
#[utoipa::path(
    tag = "inquiries",
    params(("id" = InquiryId, Path, description = "The inquiry."), KeyParam),
    request_body = Option<RequestWebResubmission>,
    responses(
        (status = 201, description = "The request; the ETag is the inquiry's", body = RequestView),
        (status = 409, description = "`not_a_phone_inquiry` `inquiry_closed` `state_conflict` `request_in_progress`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[post("/inquiries/{id}/web-resubmissions")]
pub async fn request_web_resubmission(
    app: App,
    caller: Caller<AsksCustomers>,
    Path(id): Path<InquiryId>,
    key: Key,
    OptionalJson(request): OptionalJson<RequestWebResubmission>,
) -> Result<Reply> {
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let held = store::hold(tx, &actor, now, id)?;
        tx.once()?;
        ask_to_resubmit(tx, &actor, &held, &request)
    })
    .await
}

/// The request on an inquiry that is held; a batch comes here too.
pub fn ask_to_resubmit(
    tx: &mut Tx<'_>,
    actor: &Actor,
    held: &Held,
    request: &RequestWebResubmission,
) -> Result<Change<Reply>> {
    let (now, id) = (tx.now, held.row.id);
    held.situation(actor).may(Action::RequestWebResubmission)?;
    let row = RequestRow {
        id: tx.new_id(),
        inquiry_id: id,
        kind: RequestKind::WebResubmission,
        body: request.body.as_deref().unwrap_or(USUAL).to_owned(),
        items: Doc(Vec::new()),
        target_version: None,
        requested_by_kind: actor.kind,
        requested_by_id: Some(Id::new(actor.id)),
        requested_at: now,
        ended_at: None,
        ended_by: None,
        result: None,
    };
    let life = held.row.life().after(Act::RequestResubmission);
    let version = store::advance(tx, &held.row, life, now, true)?;
    thread::insert_request(tx, &row)?;
    let data = json!({ "request": row.id, "state": life.state() });
    let about = Subject::new("inquiry", id);
    let event = NewEvent::by(actor, EventType::InquiryWebResubmissionRequested, about, data)
        .on(held.row.contract_id, held.feed(Told::Full));
    let location = format!("/v1/inquiries/{id}/information-requests/{}", row.id);
    Ok(Change::new(Reply::created(&location, &RequestView::from(row))?.tagged(version), event))
}
