//! `GET /v1/inquiries/{id}/escalations`, and one of them.

use actix_web::get;

use super::EscalationId;
use super::escalate::Escalates;
use super::store::{self, AnswerRow};
use super::view::EscalationView;
use crate::app::App;
use crate::auth::claim::Caller;
use crate::auth::proof::prove;
use crate::http::{List, NoFilter, PageParams, Path, Refusal, Reply, Result};
use crate::inquiries::InquiryId;
use crate::inquiries::store as inquiries;
use crate::page;

page!(
    /// A page of escalations.
    EscalationPage of EscalationView
);

/// List escalations
///
/// Internal: what the vendor was asked and what it answered, newest first.
#[utoipa::path(
    tag = "escalations",
    params(("id" = InquiryId, Path, description = "The inquiry."), PageParams),
    responses((status = 200, description = "A page of escalations", body = EscalationPage)),
    security(("staff" = []))
)]
#[get("/inquiries/{id}/escalations")]
pub async fn list_escalations(
    app: App,
    caller: Caller<Escalates>,
    Path(id): Path<InquiryId>,
    List(NoFilter {}, page): List<NoFilter>,
) -> Result<Reply> {
    let now = app.now();
    let (mut rows, answers, page) = app
        .read(move |db| {
            let actor = prove(db, &caller, now)?;
            inquiries::held(db, &actor, now, id)?;
            let rows = store::list(db, id, &page)?;
            let ids: Vec<EscalationId> = rows.iter().map(|row| row.id).collect();
            Ok((rows, store::answers(db, &ids)?, page))
        })
        .await?;
    let next = page.cut(&mut rows, |row| (row.escalated_at, row.id));
    let of = |id: EscalationId| -> Vec<AnswerRow> {
        answers.iter().filter(|answer| answer.escalation_id == id).cloned().collect()
    };
    EscalationPage::reply(
        rows.into_iter().map(|row| EscalationView::new(row.clone(), of(row.id))).collect(),
        next,
        &page,
    )
}

/// Read an escalation
///
/// Internal: one question to the vendor with its answers.
#[utoipa::path(
    tag = "escalations",
    params(("id" = InquiryId, Path, description = "The inquiry."), ("escalation" = EscalationId, Path, description = "The escalation.")),
    responses((status = 200, description = "The escalation", body = EscalationView)),
    security(("staff" = []))
)]
#[get("/inquiries/{id}/escalations/{escalation}")]
pub async fn get_escalation(
    app: App,
    caller: Caller<Escalates>,
    Path((id, escalation)): Path<(InquiryId, EscalationId)>,
) -> Result<Reply> {
    let now = app.now();
    app.read(move |db| {
        let actor = prove(db, &caller, now)?;
        inquiries::held(db, &actor, now, id)?;
        let row = store::find(db, id, escalation)?.ok_or(Refusal::NotFound)?;
        let answers = store::answers(db, &[escalation])?;
        let version = i32::try_from(answers.len()).unwrap_or(i32::MAX).saturating_add(1);
        Ok(Reply::ok(&EscalationView::new(row, answers))?.tagged(version))
    })
    .await
}
