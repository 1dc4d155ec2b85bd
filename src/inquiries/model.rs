//! The life of an inquiry as pure rules: which state its facts come to, and who may do what then.

use serde::Serialize;
use utoipa::ToSchema;

use super::InquiryId;
use crate::contracts::Contract;
use crate::db::types::{Id, Instant};
use crate::http::{Problem, Refusal, Result};
use crate::terms::codes::{Action, CallerKind, Channel, ClauseId, Code, Delivery, Denial, State};

/// Whose word was the latest of those that count: the desk's answers on one side; customer's
/// messages, results, vendor's answers and revocations on the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Nobody's yet.
    Nobody,
    /// The desk has answered.
    Desk,
    /// Something came after which the desk is to answer again.
    Other,
}

impl Turn {
    /// As it is kept.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Desk => "desk",
            Self::Other => "other",
        }
    }

    /// As it was kept; what is unknown is nobody's.
    pub fn parse(text: &str) -> Self {
        match text {
            "desk" => Self::Desk,
            "other" => Self::Other,
            _ => Self::Nobody,
        }
    }
}

/// What the state is derived from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// It goes on in another inquiry.
    pub superseded: bool,
    /// A decision is in effect.
    pub closed: bool,
    /// Requests to the customer that are neither reported on nor withdrawn.
    pub open_requests: i32,
    /// How many of these ask for a re-submission on the Support Web.
    pub open_resubmissions: i32,
    /// Questions to the vendor without an answer.
    pub open_escalations: i32,
    /// Whose word was the latest.
    pub turn: Turn,
    /// It was once taken, messaged by the desk or had a step logged.
    pub taken: bool,
}

impl Life {
    /// An inquiry that was just opened.
    pub const NEW: Self = Self {
        superseded: false,
        closed: false,
        open_requests: 0,
        open_resubmissions: 0,
        open_escalations: 0,
        turn: Turn::Nobody,
        taken: false,
    };

    /// The state: the first that holds.
    pub const fn state(&self) -> State {
        match self {
            Self { superseded: true, .. } => State::Superseded,
            Self { closed: true, .. } => State::Closed,
            Self { open_requests: 1.., .. } => State::AwaitingCustomer,
            Self { open_escalations: 1.., .. } => State::AwaitingVendor,
            Self { turn: Turn::Desk, .. } => State::Answered,
            Self { turn: Turn::Other, .. } | Self { taken: true, .. } => State::InProgress,
            _ => State::Received,
        }
    }

    /// What an action makes of it. The one table of transitions: whoever acts goes through it.
    #[must_use]
    pub const fn after(self, action: Act) -> Self {
        match action {
            Act::Take | Act::LogStep | Act::DeskMessage => Self { taken: true, ..self },
            Act::Answer => Self { taken: true, turn: Turn::Desk, ..self },
            Act::CustomerMessage => Self { turn: Turn::Other, ..self },
            Act::Request => Self { open_requests: self.open_requests.saturating_add(1), ..self },
            Act::WithdrawRequest => Self { open_requests: self.open_requests.saturating_sub(1), ..self },
            Act::RequestResubmission => Self {
                open_requests: self.open_requests.saturating_add(1),
                open_resubmissions: self.open_resubmissions.saturating_add(1),
                ..self
            },
            Act::WithdrawResubmission => Self {
                open_requests: self.open_requests.saturating_sub(1),
                open_resubmissions: self.open_resubmissions.saturating_sub(1),
                ..self
            },
            Act::ReportResult => {
                Self { open_requests: self.open_requests.saturating_sub(1), turn: Turn::Other, ..self }
            }
            Act::Escalate => Self { open_escalations: self.open_escalations.saturating_add(1), ..self },
            Act::VendorAnswer => {
                Self { open_escalations: self.open_escalations.saturating_sub(1), turn: Turn::Other, ..self }
            }
            Act::LaterVendorAnswer => Self { turn: Turn::Other, ..self },
            Act::Close => Self { closed: true, ..self.with_nothing_open() },
            Act::Supersede => Self { superseded: true, ..self.with_nothing_open() },
            Act::Revoke => Self { closed: false, turn: Turn::Other, ..self },
        }
    }

    const fn with_nothing_open(self) -> Self {
        Self { open_requests: 0, open_resubmissions: 0, open_escalations: 0, ..self }
    }
}

/// What changes an inquiry's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Somebody at the desk took it.
    Take,
    /// A step of the investigation was logged.
    LogStep,
    /// The desk wrote, and it was no answer.
    DeskMessage,
    /// The desk answered.
    Answer,
    /// The customer's side wrote.
    CustomerMessage,
    /// The customer was asked for something.
    Request,
    /// A request was taken back.
    WithdrawRequest,
    /// The customer was asked to send it again on the Support Web.
    RequestResubmission,
    /// That was taken back.
    WithdrawResubmission,
    /// The customer told what came of a request.
    ReportResult,
    /// The vendor was asked.
    Escalate,
    /// The vendor's answer was recorded; it is the first of its escalation.
    VendorAnswer,
    /// The vendor added to an answer, or changed what may be told.
    LaterVendorAnswer,
    /// The desk judged it complete.
    Close,
    /// It goes on in another inquiry.
    Supersede,
    /// The judgement was taken back.
    Revoke,
}

/// An inquiry as somebody stands before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Situation {
    /// Its state.
    pub state: State,
    /// How it came in.
    pub channel: Channel,
    /// The product's delivery.
    pub delivery: Delivery,
    /// Who is acting.
    pub caller: CallerKind,
    /// For a partner: whether its reseller opened the inquiry.
    pub opened_by_caller: bool,
    /// Whether a request to the customer is open.
    pub request_open: bool,
    /// Whether one that asks for a re-submission is.
    pub resubmission_open: bool,
    /// The inquiry that goes on in its place.
    pub superseded_by: Option<InquiryId>,
    /// What denies the customer's side its replies, if something does.
    pub denied: Option<Denial>,
}

/// One thing that somebody may or may not do now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AllowedAction {
    /// The action.
    pub action: Action,
    /// Whether it would be taken now.
    pub allowed: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 50, example = "inquiry_closed")]
    pub code: Option<&'static str>,
    /// The clause behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, max_length = 20)]
    pub clause: Option<ClauseId>,
}

/// Which kinds of callers an action belongs to; what anybody else is told stands at the call.
fn belongs_to(action: Action, caller: CallerKind) -> bool {
    let desk = matches!(caller, CallerKind::Agent | CallerKind::Manager);
    let robot = caller == CallerKind::Robot;
    let outside = caller.is_outside();
    match action {
        // What no operation offers yet nobody is told to do.
        Action::Open => false,
        Action::Resubmit => outside,
        Action::Take | Action::LogStep | Action::Close => desk || robot,
        Action::PostMessage | Action::ReportResult => desk || outside,
        _ => desk,
    }
}

impl Situation {
    /// Refuses what the state or the caller stand in the way of: 403, then 409.
    pub fn may(&self, action: Action) -> Result<()> {
        match self.refusal(action) {
            None => Ok(()),
            Some(refusal) => Err(self.told(refusal)),
        }
    }

    /// 409 `state_conflict`, for what the state forbids in a way of its own.
    pub fn conflict(&self) -> Problem {
        self.told(Refusal::StateConflict)
    }

    fn told(&self, refusal: Refusal) -> Problem {
        let terms = crate::terms::current().version;
        let problem = Problem::from(refusal)
            .with("state", crate::http::problem::Word::label(self.state))
            .helped(|help| help.superseded_by = self.superseded_by);
        self.clause(refusal).into_iter().fold(problem, |problem, clause| problem.by_clause(clause, terms))
    }

    /// The clause behind a refusal; a denial has its own.
    fn clause(&self, refusal: Refusal) -> Option<ClauseId> {
        let denial = self.denied.filter(|_| refusal == Refusal::SupportDenied);
        denial.map_or(refusal.clause(self.delivery), |denial| denial.clause(self.delivery))
    }

    fn refusal(&self, action: Action) -> Option<Refusal> {
        let outside = self.caller.is_outside();
        if !belongs_to(action, self.caller) {
            let judging = outside && matches!(action, Action::Close | Action::RevokeClosure);
            return Some(if judging { Refusal::ClosureIsJudgedByDesk } else { Refusal::Forbidden });
        }
        // A phone inquiry is the desk's to open, so whoever sees it may send it again as one of its own.
        if self.caller == CallerKind::Partner && !self.opened_by_caller && action != Action::Resubmit {
            return Some(Refusal::Forbidden);
        }
        if self.denied.is_some() && outside {
            return Some(Refusal::SupportDenied);
        }
        match (action, self.state) {
            (Action::RevokeClosure, State::Closed) => return None,
            (Action::RevokeClosure, _) | (_, State::Superseded) => return Some(Refusal::StateConflict),
            (_, State::Closed) => return Some(Refusal::InquiryClosed),
            _ => {}
        }
        match action {
            Action::RequestWebResubmission | Action::CorrectContract | Action::Resubmit
                if self.channel != Channel::Phone =>
            {
                Some(Refusal::NotAPhoneInquiry)
            }
            Action::WithdrawRequest | Action::ReportResult if !self.request_open => Some(Refusal::StateConflict),
            Action::Resubmit if !self.resubmission_open => Some(Refusal::StateConflict),
            _ => None,
        }
    }

    /// Every action of this caller's, with whether it would be taken now.
    pub fn allowed_actions(&self) -> Vec<AllowedAction> {
        let own = Action::ALL.iter().filter(|action| belongs_to(**action, self.caller));
        own.map(|&action| {
            let refusal = self.refusal(action);
            AllowedAction {
                action,
                allowed: refusal.is_none(),
                code: refusal.map(Refusal::code),
                clause: refusal.and_then(|refusal| self.clause(refusal)),
            }
        })
        .collect()
    }
}

/// That an inquiry came from one contract to another by a correction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// The contract that was wrong.
    pub from: Id<Contract>,
    /// The one that is right.
    pub to: Id<Contract>,
    /// When.
    pub at: Instant,
}

/// A time that an inquiry stood on a wrong contract: from its opening or a correction, until one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Astray {
    /// The correction that it began with, itself not of this time; none is the opening.
    pub after: Option<Instant>,
    /// The correction that it ended with, itself still of this time.
    pub until: Instant,
}

impl Astray {
    /// When an inquiry was astray, by its corrections in their order: what it came back to was right
    /// before, too.
    pub fn of(moves: &[Move]) -> Vec<Self> {
        let right = moves.last().map(|last| last.to);
        let begins = std::iter::once(None).chain(moves.iter().map(|one| Some(one.at)));
        let stretches = begins.zip(moves).map(|(after, one)| (one.from, Self { after, until: one.at }));
        stretches.filter(|(contract, _)| Some(*contract) != right).map(|(_, stretch)| stretch).collect()
    }

    /// Whether this was at one of these times.
    pub fn covers(stretches: &[Self], at: Instant) -> bool {
        stretches.iter().any(|one| at <= one.until && one.after.is_none_or(|after| at > after))
    }
}

/// The most that a call may lie back when it is logged.
pub const CALL_MAX_AGE: time::Duration = time::Duration::days(7);

/// As of when the contract of a call is asked: a time that cannot be is refused in its turn, and
/// until then the contract is asked as it is now.
pub fn asked_at(called_at: Instant, now: Instant) -> Instant {
    if check_called_at(called_at, now, "").is_ok() { called_at } else { now }
}

/// Refuses a call in the future or too long ago: 422 at the pointer.
pub fn check_called_at(called_at: Instant, now: Instant, pointer: &str) -> Result<()> {
    use crate::http::Fault;
    if called_at > now {
        return Err(Problem::fault(pointer, "in_the_future"));
    }
    if now.since(called_at) > CALL_MAX_AGE {
        return Err(Problem::faults(vec![Fault::at(pointer, "too_long_ago").with("days", CALL_MAX_AGE.whole_days())]));
    }
    Ok(())
}

/// An id in a body that names nothing of this inquiry's contract: foreign and unknown alike.
pub fn unknown_reference(pointer: &str) -> Problem {
    Problem::fault(pointer, "unknown_reference")
}

/// What the caller of an act may name in an event, by its code.
pub fn code_or_null<C: Code>(code: Option<C>) -> serde_json::Value {
    code.map_or(serde_json::Value::Null, |code| code.as_str().into())
}

/// An id as an event holds it.
pub fn id_or_null<N>(id: Option<Id<N>>) -> serde_json::Value {
    id.map_or(serde_json::Value::Null, |id| id.to_string().into())
}
