//! `POST /v1/inquiries/{id}/information-requests/{request}/results`: the customer's side tells what
//! came of a request.

use actix_web::post;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;

use super::ask::{RequestView, open_request};
use super::model::Act;
use super::post_message::PostsMessages;
use super::store::thread::{self, ResultGiven};
use super::store::{self, Told};
use super::{InformationRequestId, InquiryId};
use crate::app::App;
use crate::attachments::{self, AttachmentId};
use crate::auth::claim::Caller;
use crate::auth::proof::prove;
use crate::events::model::{Change, NewEvent, Subject};
use crate::http::text::{Body, VersionName};
use crate::http::{Json, Key, KeyParam, Path, Problem, ProblemView, Reply, Result};
use crate::terms::codes::{Action, CallerKind, Code, EventType, RequestEnd, RequestKind, RequestResult};

/// What came of a request.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportResult {
    /// What came of it: `provided` for information; `performed` for an upgrade or an isolation;
    /// `reproduced` or `not_reproduced` for a reproduction; `not_performed` for any.
    pub result: RequestResult,
    /// In words: demanded with `provided`, unless files are.
    #[serde(default)]
    #[schema(nullable = false)]
    pub body: Option<Body>,
    /// The version now installed, after an upgrade.
    #[serde(default)]
    #[schema(nullable = false)]
    pub installed_version: Option<VersionName>,
    /// Files of this inquiry that go with it: up to 100.
    #[serde(default)]
    #[schema(nullable = false, max_items = 100)]
    #[validate(length(max = 100))]
    pub attachment_ids: Option<Vec<AttachmentId>>,
}

/// Report the result of a request
///
/// By the customer's side, or by the desk for what was said in a call. The request ends with it.
#[utoipa::path(
    tag = "inquiries",
    params(("id" = InquiryId, Path, description = "The inquiry."), ("request" = InformationRequestId, Path, description = "The request."), KeyParam, ("Support-Id" = Option<String>, Header, nullable = false, max_length = 100, description = "The contract's ID; a partner must send it.")),
    request_body = ReportResult,
    responses(
        (status = 201, description = "The request with its result; the ETag is the inquiry's", body = RequestView),
        (status = 403, description = "`support_denied`: confirmed of the product or the inquiry, to the customer's side", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "`inquiry_closed` `state_conflict` `request_in_progress`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("staff" = []), ("client" = ["inquiries:write"]))
)]
#[post("/inquiries/{id}/information-requests/{request}/results")]
pub async fn report_result(
    app: App,
    caller: Caller<PostsMessages>,
    Path((id, request)): Path<(InquiryId, InformationRequestId)>,
    key: Key,
    Json(told): Json<ReportResult>,
) -> Result<Reply> {
    let desk = app.config().desk_contact();
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let held = store::hold(tx, &actor, now, id)?;
        held.serves(tx, &actor, &desk)?;
        let row = open_request(tx, &held, &actor, request, Action::ReportResult)?;
        told.check(row.kind)?;
        let attachment_ids = told.attachment_ids.unwrap_or_default();
        attachments::check_linked(tx, &held, actor.kind, &attachment_ids)?;
        let result = told.result;
        let given = ResultGiven {
            result: told.result,
            body: told.body,
            installed_version: told.installed_version.map(|version| version.to_string()),
            attachment_ids,
            reported_at: now,
        };
        let life = held.row.life().after(Act::ReportResult);
        let version = store::advance(tx, &held.row, life, now, true)?;
        thread::end_request(tx, request, RequestEnd::Result, Some(given), now)?;
        let told = if actor.kind == CallerKind::Partner { Told::Full } else { Told::CustomerOwn };
        let data = json!({ "request": request, "result": result.as_str(), "state": life.state() });
        let event = NewEvent::by(&actor, EventType::InquiryResultReported, Subject::new("inquiry", id), data)
            .on(held.row.contract_id, held.feed(told));
        let row = thread::request(tx, id, request)?.ok_or_else(|| Problem::bug("a request is gone"))?;
        let location = format!("/v1/inquiries/{id}/information-requests/{request}");
        Ok(Change::new(Reply::created(&location, &RequestView::from(row))?.tagged(version), event))
    })
    .await
}

impl ReportResult {
    /// Whether the result is one of this kind of request.
    fn check(&self, kind: RequestKind) -> Result<()> {
        use RequestResult::{NotPerformed, NotReproduced, Performed, Provided, Reproduced};
        let fits = match kind {
            RequestKind::CustomerInformation => matches!(self.result, Provided | NotPerformed),
            RequestKind::VersionUpgrade | RequestKind::Isolation => matches!(self.result, Performed | NotPerformed),
            RequestKind::Reproduction => matches!(self.result, Reproduced | NotReproduced | NotPerformed),
            RequestKind::WebResubmission => false, // it ends with the inquiry that is sent on the web
        };
        let upgraded = kind == RequestKind::VersionUpgrade && self.result == Performed;
        if !fits {
            Err(Problem::fault("/result", "not_allowed_here"))
        } else if self.result == Provided
            && self.body.is_none()
            && self.attachment_ids.as_ref().is_none_or(Vec::is_empty)
        {
            Err(Problem::fault("/body", "required"))
        } else if self.installed_version.is_some() && !upgraded {
            Err(Problem::fault("/installed_version", "not_allowed_here"))
        } else {
            Ok(())
        }
    }
}
