//! When a case counts as completed: one pure rule, used by every path that judges.

use serde::{Deserialize, Serialize};
use time::Duration;
use utoipa::ToSchema;
use validator::Validate;

use crate::contracts::denials::DenialId;
use crate::db::types::Instant;
use crate::escalations::EscalationId;
use crate::faqs::FaqId;
use crate::http::Fault;
use crate::http::text::{Body, Name, Reason, ShortCode};
use crate::inquiries::{MessageId, StepId};
use crate::terms::codes::{
    Channel, ClosureCode, ClosureFinding, Code, DeclinedReason, Delivery, Denial, Kind, Matter, MessageMark,
    MessageType, ScopeReason, SpecificationOutcome,
};

/// What a decision rests on: one flat object, of which each code takes its own part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = ClosureEvidence)]
pub struct Evidence {
    /// Whether a specification was answered or declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub outcome: Option<SpecificationOutcome>,
    /// An answer already given on this inquiry.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub message_id: Option<MessageId>,
    /// Why a specification was declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub declined_reason: Option<DeclinedReason>,
    /// What the customer is told of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub explanation: Option<Reason>,
    /// How the problem was resolved.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub resolution: Option<Reason>,
    /// A message of the customer side that confirms it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub confirmation_message_id: Option<MessageId>,
    /// A published FAQ that was named in a sent message.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub faq_id: Option<FaqId>,
    /// Where the fault is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub location: Option<Reason>,
    /// The vendor's number for the defect.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub vendor_defect_id: Option<ShortCode>,
    /// Why the investigation does not progress.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<Reason>,
    /// Steps of the investigation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 100)]
    #[validate(length(max = 100))]
    pub step_ids: Option<Vec<StepId>>,
    /// The escalation to the vendor.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub escalation_id: Option<EscalationId>,
    /// What to collect when the problem recurs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub information_to_collect: Option<Reason>,
    /// What was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub finding: Option<ClosureFinding>,
    /// Why it is out of scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub scope_reason: Option<ScopeReason>,
    /// The confirmed denial: of this inquiry or its product, with the code of `scope_reason`, and
    /// not lifted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub denial_id: Option<DenialId>,
    /// With whom it was agreed.
    #[serde(rename = "with", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub with: Option<Name>,
    /// How it was agreed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub channel: Option<Channel>,
    /// When it was agreed: not after the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub agreed_at: Option<Instant>,
    /// What was agreed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub agreement: Option<Reason>,
    /// The desk's own note; never shown outside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<Body>,
}

/// A message that the evidence names, as far as the rule looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Answer or not.
    pub message_type: MessageType,
    /// What it counts as.
    pub marks: Vec<MessageMark>,
    /// Whether it is the customer side's.
    pub customer_side: bool,
}

/// The inquiry that is judged, and what the things that the evidence names really are. What is
/// none here was not found on this inquiry.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its kind.
    pub kind: Kind,
    /// Its product's delivery.
    pub delivery: Delivery,
    /// What a SaaS inquiry is about.
    pub matter: Option<Matter>,
    /// When it is judged.
    pub now: Instant,
    /// The message of `message_id`.
    pub message: Option<Named>,
    /// The message of `confirmation_message_id`.
    pub confirmation: Option<Named>,
    /// Those of `step_ids` that are steps of this inquiry.
    pub steps: Vec<StepId>,
    /// Whether `faq_id` is a published FAQ that the desk named in a message of this inquiry.
    pub faq_named: bool,
    /// Whether `escalation_id` is an escalation of this inquiry.
    pub escalated: bool,
    /// What `denial_id` confirmed of this inquiry or its product under its contract, if it holds.
    pub denial: Option<Denial>,
}

/// Why a decision cannot be taken as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Objection {
    /// The code is not for this kind of inquiry.
    NotForKind,
    /// Fields that the code does not take.
    NotApplicable(Vec<Fault>),
    /// What the code demands and the evidence does not give.
    Missing(Vec<Fault>),
}

/// The fields that a code takes, in the order in which they are told; those with `true` are
/// demanded always.
fn fields(code: ClosureCode) -> &'static [(&'static str, bool)] {
    match code {
        ClosureCode::SpecificationAnsweredOrDeclined => &[
            ("outcome", true),
            ("message_id", true),
            ("declined_reason", false),
            ("explanation", false),
            ("escalation_id", false),
        ],
        ClosureCode::ConfigurationOrOperationAnswered => &[("message_id", true)],
        ClosureCode::ProblemResolved => &[("resolution", true), ("confirmation_message_id", false)],
        ClosureCode::WorkaroundPresented => &[("message_id", false), ("faq_id", false)],
        ClosureCode::FaultLocationIdentified => {
            &[("location", true), ("vendor_defect_id", false), ("escalation_id", false)]
        }
        ClosureCode::InvestigationStalled => &[("reason", true), ("step_ids", false), ("escalation_id", false)],
        ClosureCode::TransientRecurrenceProcedurePresented => {
            &[("message_id", true), ("information_to_collect", false)]
        }
        ClosureCode::NotADefectOrBySpecification => &[("finding", true), ("explanation", true)],
        ClosureCode::OutOfServiceScope => &[("scope_reason", true), ("explanation", false), ("denial_id", false)],
        ClosureCode::AgreedWithCustomer => {
            &[("with", true), ("channel", true), ("agreed_at", true), ("agreement", true)]
        }
    }
}

/// The kinds that a code completes.
pub fn is_for(code: ClosureCode, kind: Kind) -> bool {
    use ClosureCode as C;
    match code {
        C::SpecificationAnsweredOrDeclined => kind == Kind::Specification,
        C::ConfigurationOrOperationAnswered => kind == Kind::ConfigurationOperation,
        C::NotADefectOrBySpecification => kind != Kind::Specification,
        C::OutOfServiceScope | C::AgreedWithCustomer => true,
        C::ProblemResolved
        | C::WorkaroundPresented
        | C::FaultLocationIdentified
        | C::InvestigationStalled
        | C::TransientRecurrenceProcedurePresented => kind == Kind::ProblemResolution,
    }
}

/// The fields that were given, by name.
fn given(evidence: &Evidence) -> Vec<&'static str> {
    let fields = [
        ("outcome", evidence.outcome.is_some()),
        ("message_id", evidence.message_id.is_some()),
        ("declined_reason", evidence.declined_reason.is_some()),
        ("explanation", evidence.explanation.is_some()),
        ("resolution", evidence.resolution.is_some()),
        ("confirmation_message_id", evidence.confirmation_message_id.is_some()),
        ("faq_id", evidence.faq_id.is_some()),
        ("location", evidence.location.is_some()),
        ("vendor_defect_id", evidence.vendor_defect_id.is_some()),
        ("reason", evidence.reason.is_some()),
        ("step_ids", evidence.step_ids.is_some()),
        ("escalation_id", evidence.escalation_id.is_some()),
        ("information_to_collect", evidence.information_to_collect.is_some()),
        ("finding", evidence.finding.is_some()),
        ("scope_reason", evidence.scope_reason.is_some()),
        ("denial_id", evidence.denial_id.is_some()),
        ("with", evidence.with.is_some()),
        ("channel", evidence.channel.is_some()),
        ("agreed_at", evidence.agreed_at.is_some()),
        ("agreement", evidence.agreement.is_some()),
    ];
    fields.into_iter().filter(|(_, given)| *given).map(|(name, _)| name).collect()
}

/// Judges. Nothing stands in the way of a decision whose evidence is whole.
pub fn judge(case: &Case, code: ClosureCode, evidence: &Evidence) -> Result<(), Objection> {
    if !is_for(code, case.kind) {
        return Err(Objection::NotForKind);
    }
    let takes = fields(code);
    let given = given(evidence);
    let foreign: Vec<Fault> = given
        .iter()
        .filter(|name| !takes.iter().any(|(taken, _)| taken == *name) || beside_the_point(evidence, name))
        .map(|name| Fault::at(format!("/evidence/{name}"), "not_allowed_here"))
        .collect();
    if !foreign.is_empty() {
        return Err(Objection::NotApplicable(foreign));
    }
    let mut missing = Vec::new();
    for (name, demanded) in takes {
        let fault = |code| Fault::at(format!("/evidence/{name}"), code);
        let present = given.contains(name);
        match demand(case, code, evidence, name) {
            Demand::Wrong(code) => missing.push(fault(code)),
            Demand::Now if !present => missing.push(fault("required")),
            Demand::OneOf if !present => missing.push(fault("one_of_required")),
            _ if *demanded && !present => missing.push(fault("required")),
            _ => {}
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(Objection::Missing(missing)) }
}

/// What the case asks of one field beyond what its code always demands.
enum Demand {
    /// Nothing more.
    Nothing,
    /// It is demanded in this case.
    Now,
    /// It or another is demanded in this case.
    OneOf,
    /// It is there and will not do.
    Wrong(&'static str),
}

fn demand(case: &Case, code: ClosureCode, evidence: &Evidence, name: &str) -> Demand {
    const UNKNOWN: Demand = Demand::Wrong("unknown_reference");
    match name {
        "message_id" => match (&evidence.message_id, &case.message) {
            (Some(_), Some(message)) if serves(code, message) => Demand::Nothing,
            (Some(_), _) => UNKNOWN,
            (None, _) if code == ClosureCode::WorkaroundPresented && evidence.faq_id.is_none() => Demand::OneOf,
            (None, _) => Demand::Nothing,
        },
        "confirmation_message_id" => match (&evidence.confirmation_message_id, &case.confirmation) {
            (Some(_), Some(message)) if message.customer_side => Demand::Nothing,
            (Some(_), _) => UNKNOWN,
            (None, _) => Demand::Nothing,
        },
        "faq_id" if evidence.faq_id.is_some() && !case.faq_named => UNKNOWN,
        "denial_id" if evidence.denial_id.is_some() => match (case.denial, evidence.scope_reason) {
            (Some(denial), Some(reason)) if denial.as_str() == reason.as_str() => Demand::Nothing,
            _ => UNKNOWN,
        },
        "denial_id" if evidence.scope_reason.is_some_and(is_a_denial) => Demand::Now,
        "declined_reason" if evidence.outcome == Some(SpecificationOutcome::Declined) => Demand::Now,
        "escalation_id" if case.delivery == Delivery::Saas && case.matter.is_none() => Demand::Wrong("required"),
        "escalation_id" if evidence.escalation_id.is_some() && !case.escalated => UNKNOWN,
        "escalation_id" if is_the_vendors(case) => Demand::Now,
        "step_ids" => match &evidence.step_ids {
            Some(named) if named.iter().any(|id| !case.steps.contains(id)) => UNKNOWN,
            Some(named) if !named.is_empty() => Demand::Nothing,
            _ if evidence.escalation_id.is_some() || is_the_vendors(case) => Demand::Nothing,
            Some(_) => Demand::Wrong("required"),
            None => Demand::Now,
        },
        "agreed_at" if evidence.agreed_at.is_some_and(|at| case.now.since(at) < Duration::ZERO) => {
            Demand::Wrong("in_the_future")
        }
        _ => Demand::Nothing,
    }
}

/// Whether a field that the code takes in another case has nothing to say in this one: the reason
/// of what was not declined, the denial of what was not denied.
fn beside_the_point(evidence: &Evidence, name: &str) -> bool {
    match name {
        "declined_reason" => evidence.outcome == Some(SpecificationOutcome::Answered),
        "denial_id" => evidence.scope_reason.is_some_and(|reason| !is_a_denial(reason)),
        _ => false,
    }
}

fn is_a_denial(reason: ScopeReason) -> bool {
    Denial::parse(reason.as_str()).is_some()
}

/// Whether the case is SaaS and for all that is known the vendor's to investigate (SA-5.2.1-C12):
/// then the escalation is what the decision rests on.
fn is_the_vendors(case: &Case) -> bool {
    case.delivery == Delivery::Saas && case.matter != Some(Matter::Other)
}

/// Whether a message is the answer that the code asks for.
fn serves(code: ClosureCode, message: &Named) -> bool {
    let mark = match code {
        ClosureCode::WorkaroundPresented => Some(MessageMark::Workaround),
        ClosureCode::TransientRecurrenceProcedurePresented => Some(MessageMark::RecurrenceProcedure),
        _ => None,
    };
    message.message_type == MessageType::Answer && mark.is_none_or(|mark| message.marks.contains(&mark))
}
