//! `PUT /v1/inquiries/{id}/customer-information`: all of it, anew.

use actix_web::put;
use serde_json::json;

use super::store::{self, Row};
use super::view::InformationView;
use crate::app::App;
use crate::attachments::model::{check_entrusted, feed, is_seen};
use crate::auth::claim::Caller;
use crate::auth::proof::prove;
use crate::db::types::Id;
use crate::events::model::{Change, NewEvent, Subject};
use crate::http::text::Body;
use crate::http::{IfMatch, IfMatchParam, Json, Key, Path, ProblemView, Refusal, Reply, Result};
use crate::inquiries::InquiryId;
use crate::inquiries::open::CustomerInformation;
use crate::inquiries::post_message::PostsMessages;
use crate::inquiries::store as inquiries;
use crate::terms::codes::{Action, EventType};

/// Write customer information
///
/// All of it anew: what is left out is gone. On an open inquiry; over something that is there only
/// with its `If-Match`.
#[utoipa::path(
    tag = "inquiries",
    params(("id" = InquiryId, Path, description = "The inquiry."), IfMatchParam, ("Support-Id" = Option<String>, Header, nullable = false, max_length = 100, description = "The contract's ID; a partner must send it.")),
    request_body = CustomerInformation,
    responses(
        (status = 200, description = "The information, written over", body = InformationView),
        (status = 201, description = "The information, the first of this inquiry", body = InformationView),
        (status = 409, description = "`inquiry_closed` `state_conflict`", body = ProblemView, content_type = "application/problem+json"),
        (status = 428, description = "`precondition_required`: there is something already", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("staff" = []), ("client" = ["inquiries:write"]))
)]
#[put("/inquiries/{id}/customer-information")]
pub async fn put_customer_information(
    app: App,
    caller: Caller<PostsMessages>,
    Path(id): Path<InquiryId>,
    expected: IfMatch,
    Json(request): Json<CustomerInformation>,
) -> Result<Reply> {
    let desk = app.config().desk_contact();
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let held = inquiries::hold(tx, &actor, now, id)?;
        check_entrusted(&held, actor.reseller, actor.kind)?;
        held.serves(tx, &actor, &desk)?;
        let kept = store::find(tx, id)?;
        // To the right contract's side what a wrong one's wrote is not there; it is written over.
        let before = kept.as_ref().filter(|row| held.shows(actor.kind, row.written_by_kind, row.changed_at));
        match before {
            // What a partner may not read it may not write over either.
            Some(row) if !is_seen(&held, actor.kind, row.written_by_kind, row.changed_at) => {
                return Err(Refusal::Forbidden.into());
            }
            Some(row) => expected.required()?.holds(row.version)?,
            None => expected.holds_for_nothing()?,
        }
        held.situation(&actor).may(Action::PostMessage)?;
        let text = |part: Option<Body>| part.map(|part| part.to_string());
        // What the desk amends stays whose it was, and so hidden from whom it was hidden.
        let amended = kept.as_ref().filter(|row| {
            let customers = row.written_by_kind.is_outside();
            let same = !held.is_of_another(row.written_by_kind, row.changed_at);
            !actor.is_outside() && customers && same && row.erased_at.is_none()
        });
        let row = Row {
            inquiry_id: id,
            environment: text(request.environment),
            settings: text(request.settings),
            operations: text(request.operations),
            version: kept.as_ref().map_or(1, |row| row.version.saturating_add(1)),
            changed_at: now,
            written_by_kind: amended.map_or(actor.kind, |row| row.written_by_kind),
            written_by_id: amended.map_or(Some(Id::new(actor.id)), |row| row.written_by_id),
            erased_at: None,
        };
        match &kept {
            Some(kept) => store::replace(tx, kept.version, &row)?,
            None => store::insert(tx, &row)?,
        }
        let data = json!({ "version": row.version });
        let event_type = EventType::InquiryCustomerInformationChanged;
        let event = NewEvent::by(&actor, event_type, Subject::new("inquiry", id), data)
            .on(held.row.contract_id, feed(&held, row.written_by_kind));
        let version = row.version;
        let view = InformationView::of(row, !actor.is_outside());
        let reply = match before {
            Some(_) => Reply::ok(&view)?,
            None => Reply::created(&format!("/v1/inquiries/{id}/customer-information"), &view)?,
        };
        Ok(Change::new(reply.tagged(version), event))
    })
    .await
}
