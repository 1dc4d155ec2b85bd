//! What could be done about an inquiry that waits for the desk: pure rules over its facts. Nothing
//! is done by them; each suggestion says why, and a person or a script decides.

use serde::Serialize;
use time::Date;
use utoipa::ToSchema;

use crate::closures::ClosureDecisionId;
use crate::closures::model::{Case, Evidence, Named, Objection, judge};
use crate::db::types::Instant;
use crate::escalations::EscalationId;
use crate::inquiries::store::Row;
use crate::inquiries::{InquiryId, MessageId, StepId};
use crate::terms::codes::{
    Action, ClauseId, ClosureCode, Code, Delivery, Disclosure, Kind, Matter, MessageMark, MessageType, RequestKind,
    SpecificationOutcome, State, SuggestionReason, VendorOutcome,
};

/// The states in which the desk's word is awaited. After an answer that word is the judgement.
pub const WAITING: [State; 3] = [State::Received, State::InProgress, State::Answered];

/// A completed inquiry that another one follows: somebody goes on asking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DoubtedClosure {
    /// The completed inquiry.
    pub inquiry: InquiryId,
    /// The decision in effect.
    pub decision: ClosureDecisionId,
    /// Its code.
    pub code: ClosureCode,
}

/// A word of the thread, as far as a rule looks at it.
#[derive(Clone, Debug)]
pub struct Said {
    /// The message.
    pub id: MessageId,
    /// What it is.
    pub message: Named,
    /// The escalation whose answer it passes on.
    pub escalation: Option<EscalationId>,
}

/// A question to the vendor, as far as a rule looks at it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The escalation.
    pub id: EscalationId,
    /// The vendor's last answer.
    pub answer: Option<VendorSaid>,
}

/// The vendor's last answer to a question.
#[derive(Clone, Debug)]
pub struct VendorSaid {
    /// What the vendor did.
    pub outcome: VendorOutcome,
    /// Whether it may be told.
    pub disclosure: Disclosure,
    /// The vendor's number for the defect.
    pub defect: Option<String>,
}

/// What the rules know of an inquiry.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The inquiry.
    pub row: Row,
    /// Its product's delivery.
    pub delivery: Delivery,
    /// The completed inquiry that it follows.
    pub doubted: Option<DoubtedClosure>,
    /// Answers, and what the customer's side wrote, latest first.
    pub said: Vec<Said>,
    /// Questions to the vendor, latest first.
    pub asked: Vec<Asked>,
    /// Steps of the investigation.
    pub steps: Vec<StepId>,
    /// Whether the customer told of its environment, settings or operations.
    pub environment_known: bool,
}

/// A completion that the evidence found would do for, or nearly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SuggestedClosure {
    /// The condition.
    pub code: ClosureCode,
    /// The evidence found on the inquiry.
    pub evidence: Evidence,
    /// What a judgement would still lack, as pointers into its body.
    #[schema(max_items = 20, value_type = Vec<crate::http::text::Subject>)]
    pub missing: Vec<String>,
}

/// Something that could be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TriageSuggestion)]
pub struct Suggestion {
    /// What.
    pub action: Action,
    /// Why: one reason at least.
    #[schema(max_items = 10)]
    pub reasons: Vec<SuggestionReason>,
    /// The clause behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, max_length = 20, example = "SA-5.2.1-C12")]
    pub clause: Option<ClauseId>,
    /// With `request_information`: what to ask for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub request_kind: Option<RequestKind>,
    /// With `answer`: the escalation whose answer may be passed on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub escalation: Option<EscalationId>,
    /// With `close`: the completion.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub closure: Option<SuggestedClosure>,
    /// With `revoke_closure`: what is doubted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub doubted: Option<DoubtedClosure>,
}

impl Suggestion {
    fn new(action: Action, reason: SuggestionReason, delivery: Delivery) -> Self {
        Self {
            action,
            reasons: vec![reason],
            clause: reason.clause(delivery),
            request_kind: None,
            escalation: None,
            closure: None,
            doubted: None,
        }
    }
}

/// Whether the day has come on which the desk wanted to look again.
pub fn follow_up_due(row: &Row, today: Date) -> bool {
    row.triage.follow_up_on.is_some_and(|day| day <= today)
}

/// All that could be done, the most pressing first.
pub fn suggestions(facts: &Facts, now: Instant) -> Vec<Suggestion> {
    let rules: [fn(&Facts, Instant) -> Option<Suggestion>; 8] =
        [revoke, take, classify, escalate, ask, pass_on, answer, close];
    rules.into_iter().filter_map(|rule| rule(facts, now)).collect()
}

fn revoke(facts: &Facts, _: Instant) -> Option<Suggestion> {
    let doubted = facts.doubted.clone()?;
    let plain = Suggestion::new(Action::RevokeClosure, SuggestionReason::ClosureDoubted, facts.delivery);
    Some(Suggestion { doubted: Some(doubted), ..plain })
}

fn take(facts: &Facts, _: Instant) -> Option<Suggestion> {
    let free = facts.row.triage.assignee.is_none();
    free.then(|| Suggestion::new(Action::Take, SuggestionReason::NeverTaken, facts.delivery))
}

/// Of SaaS nothing can be judged before it is known what it is about (SA-5.2.1-C12).
fn classify(facts: &Facts, _: Instant) -> Option<Suggestion> {
    let unknown = facts.delivery == Delivery::Saas && facts.row.matter.is_none();
    unknown.then(|| Suggestion::new(Action::Reclassify, SuggestionReason::MatterUnknown, facts.delivery))
}

fn escalate(facts: &Facts, _: Instant) -> Option<Suggestion> {
    let vendors =
        matches!(facts.row.matter, Some(Matter::Defect | Matter::Incident | Matter::UnpublishedSpecification));
    let due = facts.delivery == Delivery::Saas && vendors && facts.asked.is_empty();
    due.then(|| Suggestion::new(Action::Escalate, SuggestionReason::EscalationOnly, facts.delivery))
}

/// What the desk cannot do without: asked for while nobody was answered and nothing is asked.
fn ask(facts: &Facts, _: Instant) -> Option<Suggestion> {
    let row = &facts.row;
    let mut reasons = Vec::new();
    if facts.delivery == Delivery::Software && row.product_version.is_none() {
        reasons.push(SuggestionReason::VersionUnknown);
    }
    if row.kind == Kind::ProblemResolution && !facts.environment_known {
        reasons.push(SuggestionReason::EnvironmentUnknown);
    }
    let first = *reasons.first().filter(|_| row.standing.open_requests == 0 && facts.said.is_empty())?;
    let plain = Suggestion::new(Action::RequestInformation, first, facts.delivery);
    Some(Suggestion { reasons, request_kind: Some(RequestKind::CustomerInformation), ..plain })
}

/// A vendor's answer that no answer has named yet.
fn pass_on(facts: &Facts, _: Instant) -> Option<Suggestion> {
    let told = |id: EscalationId| facts.said.iter().any(|said| said.escalation == Some(id));
    let (asked, answer) = facts.asked.iter().find_map(|asked| Some((asked, asked.answer.as_ref()?)))?;
    let (action, reason) = match answer.disclosure {
        _ if told(asked.id) => return None,
        Disclosure::Permitted => (Action::Answer, SuggestionReason::VendorAnswered),
        Disclosure::Pending => (Action::RecordVendorAnswer, SuggestionReason::DisclosurePending),
        Disclosure::Refused => return None,
    };
    Some(Suggestion { escalation: Some(asked.id), ..Suggestion::new(action, reason, facts.delivery) })
}

fn answer(facts: &Facts, _: Instant) -> Option<Suggestion> {
    let latest = facts.said.first()?;
    let open = latest.message.customer_side && !is_marked(latest, MessageMark::ResolvedByCustomer);
    open.then(|| Suggestion::new(Action::Answer, SuggestionReason::CustomerReplied, facts.delivery))
}

/// A completion for which evidence is there. While somebody is still asked, or the customer's word
/// is the latest and confirms nothing, there is none.
fn close(facts: &Facts, now: Instant) -> Option<Suggestion> {
    if facts.row.standing.open_requests > 0 || facts.row.open_escalations > 0 || answer(facts, now).is_some() {
        return None;
    }
    let (code, mut evidence, reason) = match facts.row.kind {
        Kind::Specification => answered(facts, ClosureCode::SpecificationAnsweredOrDeclined)?,
        Kind::ConfigurationOperation => answered(facts, ClosureCode::ConfigurationOrOperationAnswered)?,
        Kind::ProblemResolution => solved(facts).or_else(|| found_by_vendor(facts))?,
    };
    let takes_escalation = matches!(
        code,
        ClosureCode::SpecificationAnsweredOrDeclined
            | ClosureCode::FaultLocationIdentified
            | ClosureCode::InvestigationStalled
    );
    if takes_escalation {
        evidence.escalation_id = facts.asked.first().map(|asked| asked.id);
    }
    let missing = match judge(&case(facts, &evidence, now), code, &evidence) {
        Ok(()) => Vec::new(),
        Err(Objection::Missing(faults)) => faults.into_iter().filter_map(|fault| fault.pointer).collect(),
        Err(Objection::NotForKind | Objection::NotApplicable(_)) => return None,
    };
    let plain = Suggestion::new(Action::Close, reason, facts.delivery);
    let clause = code.clause(facts.delivery);
    Some(Suggestion { clause, closure: Some(SuggestedClosure { code, evidence, missing }), ..plain })
}

type Completion = (ClosureCode, Evidence, SuggestionReason);

fn answered(facts: &Facts, code: ClosureCode) -> Option<Completion> {
    let answer = facts.said.iter().find(|said| said.message.message_type == MessageType::Answer)?;
    let outcome = (code == ClosureCode::SpecificationAnsweredOrDeclined).then_some(SpecificationOutcome::Answered);
    let evidence = Evidence { message_id: Some(answer.id), outcome, ..Evidence::default() };
    Some((code, evidence, SuggestionReason::AnswerGiven))
}

/// What the thread itself is evidence of, the strongest first.
fn solved(facts: &Facts) -> Option<Completion> {
    let marked = |mark| facts.said.iter().find(|said| is_marked(said, mark)).map(|said| said.id);
    if let Some(id) = marked(MessageMark::ResolvedByCustomer) {
        let evidence = Evidence { confirmation_message_id: Some(id), ..Evidence::default() };
        return Some((ClosureCode::ProblemResolved, evidence, SuggestionReason::CustomerConfirmed));
    }
    let answers = [
        (MessageMark::Workaround, ClosureCode::WorkaroundPresented, SuggestionReason::WorkaroundGiven),
        (
            MessageMark::RecurrenceProcedure,
            ClosureCode::TransientRecurrenceProcedurePresented,
            SuggestionReason::RecurrenceProcedureGiven,
        ),
    ];
    answers.into_iter().find_map(|(mark, code, reason)| {
        let evidence = Evidence { message_id: Some(marked(mark)?), ..Evidence::default() };
        Some((code, evidence, reason))
    })
}

fn found_by_vendor(facts: &Facts) -> Option<Completion> {
    let said = facts.asked.iter().find_map(|asked| asked.answer.as_ref())?;
    let defect = said.defect.as_deref().and_then(|defect| crate::http::text::ShortCode::parse(defect).ok());
    match (defect, said.outcome) {
        (Some(defect), _) => {
            let evidence = Evidence { vendor_defect_id: Some(defect), ..Evidence::default() };
            Some((ClosureCode::FaultLocationIdentified, evidence, SuggestionReason::VendorDefectKnown))
        }
        (None, VendorOutcome::RootCauseDeclined) => {
            let evidence = Evidence {
                step_ids: Some(facts.steps.clone()).filter(|steps| !steps.is_empty()),
                ..Evidence::default()
            };
            Some((ClosureCode::InvestigationStalled, evidence, SuggestionReason::VendorDeclined))
        }
        _ => None,
    }
}

fn is_marked(said: &Said, mark: MessageMark) -> bool {
    said.message.marks.contains(&mark)
}

/// The case as a judgement with this evidence would find it.
fn case(facts: &Facts, evidence: &Evidence, now: Instant) -> Case {
    let named =
        |id: Option<MessageId>| facts.said.iter().find(|said| Some(said.id) == id).map(|said| said.message.clone());
    Case {
        kind: facts.row.kind,
        delivery: facts.delivery,
        matter: facts.row.matter,
        now,
        message: named(evidence.message_id),
        confirmation: named(evidence.confirmation_message_id),
        steps: facts.steps.clone(),
        escalated: evidence.escalation_id.is_some(),
        denial: None,     // no suggestion rests on one
        faq_named: false, // nor on a FAQ
    }
}
