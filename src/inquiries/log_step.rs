//! `/v1/inquiries/{id}/investigation-steps`: what the desk did to find out.

use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::model::Act;
use super::store::thread::{self, StepRow};
use super::store::{self, Held};
use super::{InquiryId, StepId};
use crate::app::{App, Tx};
use crate::auth::claim::{Caller, Gate, Privilege};
use crate::auth::proof::{Actor, prove};
use crate::db::types::{Id, Instant};
use crate::events::model::{Change, NewEvent, Subject};
use crate::http::text::Reason;
use crate::http::{
    Json, Key, KeyParam, List, NoFilter, PageParams, Path, Problem, ProblemView, Refusal, Reply, Result,
};
use crate::page;
use crate::terms::codes::{Action, CallerKind, Code, Delivery, EventType, Matter, Scope, StepKind};

/// Reads the investigation.
pub struct ReadsSteps;
impl Privilege for ReadsSteps {
    const GATE: Gate = Gate::shut().agent().robot(Scope::InquiriesRead);
}

/// Logs steps.
pub struct LogsSteps;
impl Privilege for LogsSteps {
    const GATE: Gate = Gate::shut().agent().robot(Scope::TriageWrite);
}

/// A step to log.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogInvestigationStep {
    /// What was done. For SaaS never `desk_reproduction`; for a SaaS defect, incident or
    /// unpublished specification `vendor_contact` only.
    pub kind: StepKind,
    /// What came of it.
    pub summary: Reason,
    /// When it was done: not in the future.
    pub performed_at: Instant,
}

/// A step of the investigation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InvestigationStep)]
pub struct StepView {
    /// The step.
    pub id: StepId,
    /// What was done.
    pub kind: StepKind,
    /// What came of it.
    #[schema(max_length = 2000)]
    pub summary: String,
    /// When it was done.
    pub performed_at: Instant,
    /// When it was written down.
    pub recorded_at: Instant,
    /// The kind of who wrote it down.
    pub recorded_by_kind: CallerKind,
}

impl From<StepRow> for StepView {
    fn from(row: StepRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            summary: row.summary,
            performed_at: row.performed_at,
            recorded_at: row.recorded_at,
            recorded_by_kind: row.recorded_by_kind,
        }
    }
}

page!(
    /// A page of investigation steps.
    InvestigationStepPage of StepView
);

/// Log an investigation step
///
/// Internal. For SaaS we prepare no environment to reproduce in (SA-5.2.1-C11), and defects,
/// incidents and unpublished specifications are investigated by escalation only (SA-5.2.1-C12).
#[utoipa::path(
    tag = "inquiries",
    params(("id" = InquiryId, Path, description = "The inquiry."), KeyParam),
    request_body = LogInvestigationStep,
    responses(
        (status = 201, description = "The step; the ETag is the inquiry's", body = StepView),
        (status = 409, description = "`inquiry_closed` `state_conflict` `request_in_progress`", body = ProblemView, content_type = "application/problem+json"),
        (status = 422, description = "`desk_reproduction_not_offered` `escalation_only` `validation_failed`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []), ("client" = ["triage:write"]))
)]
#[post("/inquiries/{id}/investigation-steps")]
pub async fn log_investigation_step(
    app: App,
    caller: Caller<LogsSteps>,
    Path(id): Path<InquiryId>,
    key: Key,
    Json(request): Json<LogInvestigationStep>,
) -> Result<Reply> {
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let held = store::hold(tx, &actor, now, id)?;
        tx.once()?;
        log_step(tx, &actor, &held, request)
    })
    .await
}

/// The step on an inquiry that is held; a batch comes here too.
pub fn log_step(tx: &mut Tx<'_>, actor: &Actor, held: &Held, request: LogInvestigationStep) -> Result<Change<Reply>> {
    let (now, id) = (tx.now, held.row.id);
    held.situation(actor).may(Action::LogStep)?;
    may_be_taken(held, request.kind)?;
    if request.performed_at > tx.now {
        return Err(Problem::fault("/performed_at", "in_the_future"));
    }
    let row = StepRow {
        id: tx.new_id(),
        inquiry_id: id,
        kind: request.kind,
        summary: request.summary.to_string(),
        performed_at: request.performed_at,
        recorded_at: tx.now,
        recorded_by_kind: actor.kind,
        recorded_by_id: Id::<Uuid>::new(actor.id),
    };
    let life = held.row.life().after(Act::LogStep);
    let version = store::advance(tx, &held.row, life, now, false)?;
    thread::insert_step(tx, &row)?;
    let data = json!({ "step": row.id, "step_kind": row.kind.as_str(), "state": life.state() });
    let event = NewEvent::by(actor, EventType::InquiryTriaged, Subject::new("inquiry", id), data)
        .on(held.row.contract_id, None);
    let reply = Reply::created(&format!("/v1/inquiries/{id}/investigation-steps"), &StepView::from(row))?;
    Ok(Change::new(reply.tagged(version), event))
}

/// Which steps the desk takes, by delivery and matter.
fn may_be_taken(held: &Held, kind: StepKind) -> Result<()> {
    if held.delivery != Delivery::Saas {
        return Ok(());
    }
    let by_vendor =
        matches!(held.row.matter, Some(Matter::Defect | Matter::Incident | Matter::UnpublishedSpecification));
    let refusal = match kind {
        StepKind::DeskReproduction => Refusal::DeskReproductionNotOffered,
        StepKind::VendorContact => return Ok(()),
        _ if by_vendor => Refusal::EscalationOnly,
        _ => return Ok(()),
    };
    Err(Problem::from(refusal).under(held.delivery, &held.terms_version))
}

/// List investigation steps
///
/// Internal; newest first.
#[utoipa::path(
    tag = "inquiries",
    params(("id" = InquiryId, Path, description = "The inquiry."), PageParams),
    responses((status = 200, description = "A page of steps", body = InvestigationStepPage)),
    security(("staff" = []), ("client" = ["inquiries:read"]))
)]
#[get("/inquiries/{id}/investigation-steps")]
pub async fn list_investigation_steps(
    app: App,
    caller: Caller<ReadsSteps>,
    Path(id): Path<InquiryId>,
    List(NoFilter {}, page): List<NoFilter>,
) -> Result<Reply> {
    let now = app.now();
    let (mut rows, page) = app
        .read(move |db| {
            let actor = prove(db, &caller, now)?;
            store::held(db, &actor, now, id)?;
            Ok((thread::list_steps(db, id, &page)?, page))
        })
        .await?;
    let next = page.cut(&mut rows, |row| (row.recorded_at, row.id));
    InvestigationStepPage::reply(rows.into_iter().map(StepView::from).collect(), next, &page)
}
