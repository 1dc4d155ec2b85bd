//! `POST /v1/inquiries/{id}/closure-decisions` and `…/check`: the desk judges (SW-4.2.1-C17,
//! SA-5.2.1-C14), and learns beforehand what the evidence lacks.

use actix_web::post;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;

use super::model::{Case, Evidence, Named, Objection, judge};
use super::store::{self, Row};
use super::view::DecisionView;
use crate::app::{App, Tx};
use crate::auth::claim::{Caller, Gate, Privilege};
use crate::auth::proof::{Actor, prove};
use crate::calendar::model::tokyo_date;
use crate::contracts::store as contracts;
use crate::db::Connection;
use crate::db::types::{Doc, Id, Instant};
use crate::escalations;
use crate::events::model::{Change, NewEvent, Subject};
use crate::faqs;
use crate::http::front::Spoken;
use crate::http::problem::{FaultView, Word};
use crate::http::{
    Fault, IfMatch, Json, Path, Problem, ProblemView, Refusal, Reply, RequiredIfMatchParam, RequiredKey,
    RequiredKeyParam, Result,
};
use crate::inquiries::model::Act;
use crate::inquiries::store::{self as inquiries, Held, Told, thread};
use crate::inquiries::{InquiryId, MessageId};
use crate::terms::codes::{Action, CallerKind, ClosureCode, Code, EventType, RequestEnd, Scope};

/// Judges closures. Outsiders are told by clause that they cannot.
pub struct JudgesClosures;
impl Privilege for JudgesClosures {
    const GATE: Gate =
        Gate::shut().agent().robot(Scope::ClosuresJudge).telling_outsiders(Refusal::ClosureIsJudgedByDesk);
}

/// A judgement.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JudgeClosure {
    /// Under which of the ten conditions the inquiry is complete.
    pub code: ClosureCode,
    /// What that rests on.
    #[validate(nested)]
    pub evidence: Evidence,
}

/// What a judgement would lack.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClosureCheck {
    /// Whether it would be taken now.
    pub complete: bool,
    /// What it lacks: the list that the refusal would carry.
    #[schema(max_items = 20)]
    pub missing: Vec<FaultView>,
}

/// Judge an inquiry complete
///
/// The decision names the clause of its condition, of section 4 or 5 by the product's delivery,
/// and the version of the terms. Requests and escalations that are open end with it.
#[utoipa::path(
    tag = "closures",
    params(("id" = InquiryId, Path, description = "The inquiry."), RequiredKeyParam, RequiredIfMatchParam),
    request_body = JudgeClosure,
    responses(
        (status = 201, description = "The decision; the ETag is the inquiry's", body = DecisionView),
        (status = 403, description = "`closure_is_judged_by_desk`", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "`inquiry_closed` `state_conflict` `request_in_progress`", body = ProblemView, content_type = "application/problem+json"),
        (status = 422, description = "`closure_code_not_for_kind` `evidence_not_applicable` `closure_evidence_missing` `validation_failed`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []), ("client" = ["closures:judge"]))
)]
#[post("/inquiries/{id}/closure-decisions")]
pub async fn judge_closure(
    app: App,
    caller: Caller<JudgesClosures>,
    Path(id): Path<InquiryId>,
    RequiredKey(key): RequiredKey,
    expected: IfMatch,
    Json(request): Json<JudgeClosure>,
) -> Result<Reply> {
    let expected = expected.required()?;
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let held = inquiries::hold(tx, &actor, now, id)?;
        tx.once()?;
        expected.holds(held.row.version)?;
        close(tx, &actor, &held, request)
    })
    .await
}

/// The judgement of an inquiry that is held; a batch comes here too.
pub fn close(tx: &mut Tx<'_>, actor: &Actor, held: &Held, request: JudgeClosure) -> Result<Change<Reply>> {
    let (now, id) = (tx.now, held.row.id);
    held.situation(actor).may(Action::Close)?;
    let case = case(tx, held, &request.evidence, now)?;
    judge(&case, request.code, &request.evidence).map_err(|why| refusal(why, request.code, held))?;
    let decision_id = tx.new_id();
    let decision = decision(tx, actor, held, request, decision_id, now)?;
    let life = held.row.life().after(Act::Close);
    let version = inquiries::advance(tx, &held.row, life, now, false)?;
    inquiries::set_closure(tx, id, Some((decision.id, decision.code, decision.decided_at)))?;
    thread::end_requests(tx, id, RequestEnd::Closure, now)?;
    escalations::store::end_all(tx, id, now)?;
    store::insert(tx, &decision)?;
    let data = json!({
        "decision": decision.id, "code": decision.code.as_str(),
        "internal": {
            "kind": decision.kind.as_str(), "clause": decision.clause, "terms_version": decision.terms_version,
        },
    });
    let event = NewEvent::by(actor, EventType::InquiryClosed, Subject::new("inquiry", id), data)
        .on(held.row.contract_id, held.feed(Told::Summary));
    let location = format!("/v1/closure-decisions/{}", decision.id);
    let reply = Reply::created(&location, &DecisionView::for_desk(decision))?;
    Ok(Change::new(reply.tagged(version), event))
}

/// Check the evidence of a judgement
///
/// Says what a judgement would lack, and changes nothing: `missing` is the list that the refusal
/// would carry.
#[utoipa::path(
    tag = "closures",
    params(("id" = InquiryId, Path, description = "The inquiry.")),
    request_body = JudgeClosure,
    responses(
        (status = 200, description = "What is missing", body = ClosureCheck),
        (status = 403, description = "`closure_is_judged_by_desk`", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "`inquiry_closed` `state_conflict`", body = ProblemView, content_type = "application/problem+json"),
        (status = 422, description = "`closure_code_not_for_kind` `evidence_not_applicable` `validation_failed`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []), ("client" = ["closures:judge"]))
)]
#[post("/inquiries/{id}/closure-decisions/check")]
pub async fn check_closure(
    app: App,
    caller: Caller<JudgesClosures>,
    spoken: Spoken,
    Path(id): Path<InquiryId>,
    Json(request): Json<JudgeClosure>,
) -> Result<Reply> {
    let now = app.now();
    let missing = app
        .read(move |db| {
            let actor = prove(db, &caller, now)?;
            let held = inquiries::held(db, &actor, now, id)?;
            held.situation(&actor).may(Action::Close)?;
            let case = case(db, &held, &request.evidence, now)?;
            match judge(&case, request.code, &request.evidence) {
                Ok(()) => Ok(Vec::new()),
                Err(Objection::Missing(faults)) => Ok(faults),
                Err(why) => Err(refusal(why, request.code, &held)),
            }
        })
        .await?;
    let missing: Vec<FaultView> = missing.iter().map(|fault| fault.view(spoken.0)).collect();
    Reply::ok(&ClosureCheck { complete: missing.is_empty(), missing })
}

/// Reads what the evidence names, on this inquiry and nowhere else.
fn case(db: &mut Connection, held: &Held, evidence: &Evidence, now: Instant) -> Result<Case> {
    let id = held.row.id;
    let escalated = match evidence.escalation_id {
        Some(escalation) => escalations::store::find(db, id, escalation)?.is_some(),
        None => false,
    };
    let faq_named = match evidence.faq_id {
        Some(faq) => faqs::store::find_published(db, faq)?.is_some() && thread::names_faq(db, id, faq)?,
        None => false,
    };
    let denial = match evidence.denial_id {
        Some(denial) => contracts::denial(db, held.row.contract_id, denial)?.map(|(row, _)| row),
        None => None,
    };
    let today = tokyo_date(now.to_datetime());
    let denial = denial.filter(|row| row.holds_on(today) && row.is_of(held.row.product_id, id));
    Ok(Case {
        kind: held.row.kind,
        delivery: held.delivery,
        matter: held.row.matter,
        now,
        message: named(db, held, evidence.message_id)?,
        confirmation: named(db, held, evidence.confirmation_message_id)?,
        steps: thread::known_steps(db, id, evidence.step_ids.as_deref().unwrap_or_default())?,
        faq_named,
        escalated,
        denial: denial.map(|row| row.code),
    })
}

/// A message of the inquiry; what the side of a wrong contract wrote confirms nothing.
fn named(db: &mut Connection, held: &Held, message: Option<MessageId>) -> Result<Option<Named>> {
    let Some(message) = message else { return Ok(None) };
    let found = thread::message(db, held.row.id, message)?;
    let found = found.filter(|row| !held.is_of_another(row.author_kind, row.posted_at));
    Ok(found.map(|row| Named { message_type: row.message_type, marks: row.marks.0, customer_side: row.customer_side }))
}

/// The objection as it is told: with the clause of the condition.
fn refusal(why: Objection, code: ClosureCode, held: &Held) -> Problem {
    let pointers = |faults: &[Fault]| {
        Word::list(&faults.iter().filter_map(|f| f.pointer.as_ref()).map(Word::from).collect::<Vec<_>>())
    };
    let problem = match why {
        Objection::NotForKind => Problem::from(Refusal::ClosureCodeNotForKind).with("kind", Word::label(held.row.kind)),
        Objection::NotApplicable(faults) => {
            Problem::from(Refusal::EvidenceNotApplicable).with("fields", pointers(&faults)).and_faults(faults)
        }
        Objection::Missing(faults) => {
            Problem::from(Refusal::ClosureEvidenceMissing).with("missing", pointers(&faults)).and_faults(faults)
        }
    };
    let problem = problem.with("closure", Word::label(code));
    match code.clause(held.delivery) {
        Some(clause) => problem.by_clause(clause, &held.terms_version),
        None => problem,
    }
}

fn decision(
    db: &mut Connection,
    actor: &Actor,
    held: &Held,
    request: JudgeClosure,
    id: super::ClosureDecisionId,
    now: Instant,
) -> Result<Row> {
    let granted_by_id = match actor.kind {
        CallerKind::Robot => store::granter(db, Id::new(actor.id))?,
        _ => None,
    };
    let clause = request.code.clause(held.delivery).ok_or_else(|| Problem::bug("a closure code without a clause"))?;
    Ok(Row {
        id,
        inquiry_id: held.row.id,
        contract_id: held.row.contract_id,
        product_id: held.row.product_id,
        kind: held.row.kind,
        code: request.code,
        clause: clause.to_string(),
        terms_version: held.terms_version.clone(),
        evidence: Doc(request.evidence),
        decided_by_kind: actor.kind,
        decided_by_id: Id::new(actor.id),
        granted_by_id,
        decided_at: now,
        revoked_at: None,
    })
}
