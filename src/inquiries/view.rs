//! What callers see of an inquiry. What is internal has its own member, which only the desk's
//! answers have.

use serde::Serialize;
use utoipa::ToSchema;

use super::model::AllowedAction;
use super::store::{Around, Internal, Line, Listed, OpeningCall, OverrideGiven, Requester, Seen, Triage};
use super::{Inquiry, InquiryId};
use crate::accounts::StaffId;
use crate::auth::claim::Claim;
use crate::closures::ClosureDecisionId;
use crate::contracts::{ContractId, ProductId};
use crate::db::types::{Id, Instant};
use crate::http::Refusal;
use crate::http::text::{Body, Day, EmailAddress, SupportId};
use crate::terms::codes::{
    Action, CallerKind, Channel, ClosureCode, Delivery, Kind, Matter, PartnerAccess, Priority, Scope, State,
};

/// How much of an inquiry a caller sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// All, with what is internal.
    Desk,
    /// All that customers see.
    Full,
    /// Number, state, product, decision code and times.
    Summary,
}

/// How much this caller sees of the inquiry; none is the same 404 as no inquiry.
pub fn sight(claim: &Claim, line: &Line, around: &Around) -> Option<Sight> {
    match claim {
        Claim::Staff { .. } | Claim::Robot { .. } => Some(Sight::Desk),
        Claim::Customer { .. } => Some(Sight::Full),
        Claim::Partner { reseller, .. } if line.opened_by(Some(*reseller)) => Some(Sight::Full),
        Claim::Partner { .. } => match around.partner_access {
            PartnerAccess::Full => Some(Sight::Full),
            PartnerAccess::Summary => Some(Sight::Summary),
            PartnerAccess::None => None,
        },
    }
}

/// A contract as other resources refer to it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ContractReference)]
pub struct ContractRef {
    /// The contract.
    pub id: ContractId,
    /// Its maintenance ID (保守 ID).
    #[schema(required)]
    pub maintenance_id: Option<SupportId>,
    /// Its contract ID (契約 ID).
    #[schema(required)]
    pub contract_id: Option<SupportId>,
}

/// A product as other resources refer to it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = InquiredProduct)]
pub struct ProductRef {
    /// The product.
    pub id: ProductId,
    /// Its code.
    #[schema(max_length = 50)]
    pub code: String,
    /// How it is delivered.
    pub delivery: Delivery,
}

/// The decision that completed an inquiry.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ClosureReference)]
pub struct ClosureRef {
    /// The decision.
    pub id: ClosureDecisionId,
    /// Its code.
    pub code: ClosureCode,
    /// When it was decided.
    pub decided_at: Instant,
}

/// What the desk notes for itself; nobody outside it ever sees this.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = InquiryTriage)]
pub struct TriageView {
    /// Who has it.
    #[schema(required)]
    pub assignee: Option<StaffId>,
    /// The desk's own order of work; never a promise.
    #[schema(required)]
    pub priority: Option<Priority>,
    /// The desk's own word for what it is about.
    #[schema(required, max_length = 50)]
    pub category: Option<String>,
    /// The desk's own tags.
    #[schema(max_items = 20)]
    pub tags: Vec<crate::http::text::Tag>,
    /// When the desk looks again.
    #[schema(required)]
    pub follow_up_on: Option<Day>,
    /// Whether staff set a rule aside when opening it.
    pub overridden: bool,
}

impl TriageView {
    fn of(triage: Triage, overridden: bool) -> Self {
        Self {
            assignee: triage.assignee,
            priority: triage.priority,
            category: triage.category,
            tags: triage.tags.0.iter().filter_map(|tag| crate::http::text::Tag::parse(tag).ok()).collect(),
            follow_up_on: triage.follow_up_on.map(Day::from),
            overridden,
        }
    }
}

/// An inquiry.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Inquiry)]
pub struct InquiryView {
    /// The inquiry.
    pub id: InquiryId,
    /// Its number for people.
    #[schema(
        min_length = 13,
        max_length = 13,
        pattern = "^Q-[0-9]{4}-[0-9A-HJKMNP-TV-Z]{6}$",
        example = "Q-2026-7KQ2MD"
    )]
    pub number: String,
    /// Its state.
    pub state: State,
    /// Counted up by each change of state, kind, triage, messages, requests, escalations, decisions.
    #[schema(minimum = 1)]
    pub version: i32,
    /// Which of the three technical kinds it is. Absent for a partner with summary access.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub kind: Option<Kind>,
    /// How it came in. Absent for a partner with summary access.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub channel: Option<Channel>,
    /// What a SaaS inquiry is about; null until the desk says so, for software, and for a partner
    /// with summary access.
    #[schema(required)]
    pub matter: Option<Matter>,
    /// The product asked about.
    pub product: ProductRef,
    /// The version asked about; null if unknown, for SaaS, and for a partner with summary access.
    #[schema(required, max_length = 50)]
    pub product_version: Option<String>,
    /// Its contract.
    pub contract: ContractRef,
    /// The ID that was presented. Absent for a partner with summary access.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub presented_support_id: Option<SupportId>,
    /// Its subject. Absent for a partner with summary access.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200)]
    pub subject: Option<String>,
    /// What was asked. Absent for a partner with summary access.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<Body>)]
    pub body: Option<String>,
    /// Who asks. Absent for a partner with summary access.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub requester: Option<Requester>,
    /// Who else is told. Absent for a partner with summary access.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 20)]
    pub watchers: Option<Vec<EmailAddress>>,
    /// The opener's own number for it; shown to who opened it and to the desk.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 100)]
    pub external_reference: Option<String>,
    /// The kind of who opened it. Absent for a partner with summary access.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub opened_by: Option<CallerKind>,
    /// The inquiry that it follows; null for a partner with summary access.
    #[schema(required)]
    pub follows: Option<InquiryId>,
    /// The phone inquiry that it takes up again; null for a partner with summary access.
    #[schema(required)]
    pub resubmits: Option<InquiryId>,
    /// The inquiry that goes on in its place.
    #[schema(required)]
    pub superseded_by: Option<InquiryId>,
    /// For an upgrade question, the version asked about; null for a partner with summary access.
    #[schema(required, max_length = 50)]
    pub target_version: Option<String>,
    /// When it came in (受信日時); for a call, when the call was.
    pub received_at: Instant,
    /// When it counts as received (受付日時): the same, or the next opening of the desk.
    pub effective_received_at: Instant,
    /// When it was written down.
    pub recorded_at: Instant,
    /// When something was last written to its thread.
    pub last_message_at: Instant,
    /// When it last changed.
    pub changed_at: Instant,
    /// The version of the service terms that it was judged by. Absent for a partner with summary
    /// access.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 20)]
    pub terms_version: Option<String>,
    /// The decision that completed it.
    #[schema(required)]
    pub closure: Option<ClosureRef>,
    /// The call it came in by. The desk's answers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub call: Option<OpeningCall>,
    /// Rules that staff set aside at opening. The desk's answers only.
    #[serde(rename = "override", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub override_given: Option<OverrideGiven>,
    /// What the desk notes for itself. The desk's answers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub triage: Option<TriageView>,
    /// What this caller may do now, and why not. Evidence is judged at the call.
    #[schema(max_items = 20)]
    pub allowed_actions: Vec<AllowedAction>,
}

/// An inquiry in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InquirySummary {
    /// The inquiry.
    pub id: InquiryId,
    /// Its number for people.
    #[schema(min_length = 13, max_length = 13, example = "Q-2026-7KQ2MD")]
    pub number: String,
    /// Its state.
    pub state: State,
    /// Counted up by each change.
    #[schema(minimum = 1)]
    pub version: i32,
    /// Which of the three technical kinds it is. Absent for a partner with summary access.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub kind: Option<Kind>,
    /// How it came in. Absent for a partner with summary access.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub channel: Option<Channel>,
    /// What a SaaS inquiry is about; null for a partner with summary access.
    #[schema(required)]
    pub matter: Option<Matter>,
    /// The product asked about.
    pub product: ProductRef,
    /// The version asked about; null for a partner with summary access.
    #[schema(required, max_length = 50)]
    pub product_version: Option<String>,
    /// Its contract.
    pub contract: ContractRef,
    /// Its subject. Absent for a partner with summary access.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200)]
    pub subject: Option<String>,
    /// The opener's own number for it; shown to who opened it and to the desk.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 100)]
    pub external_reference: Option<String>,
    /// When it came in (受信日時).
    pub received_at: Instant,
    /// When it counts as received (受付日時).
    pub effective_received_at: Instant,
    /// When something was last written to its thread.
    pub last_message_at: Instant,
    /// When it last changed.
    pub changed_at: Instant,
    /// The code of the decision that completed it.
    #[schema(required)]
    pub closure_code: Option<ClosureCode>,
    /// What the desk notes for itself. The desk's answers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub triage: Option<TriageView>,
}

/// The contract and the product of a line, as it refers to them.
fn referred(line: &Line, around: Around) -> (ContractRef, ProductRef) {
    let Around { maintenance_id, contract_id, product_code: code, delivery, partner_access: _, condition: _ } = around;
    let contract = ContractRef { id: line.contract_id, maintenance_id, contract_id };
    (contract, ProductRef { id: line.product_id, code, delivery })
}

/// The opener's own number is its own: customers, who have none in lists, and other openers do not
/// see it.
fn own_reference(claim: &Claim, line: &Line) -> Option<String> {
    let shown = match claim {
        Claim::Staff { .. } | Claim::Robot { .. } => true,
        Claim::Partner { reseller, .. } => line.opened_by(Some(*reseller)),
        Claim::Customer { .. } => false,
    };
    line.external_reference.clone().filter(|_| shown)
}

impl InquiryView {
    /// The inquiry as this caller sees it; none is the same 404 as no inquiry.
    pub fn of(seen: Seen, claim: &Claim) -> Option<Self> {
        let sight = sight(claim, &seen.line, &seen.around)?;
        let (reader, desk) = (sight != Sight::Summary, sight == Sight::Desk);
        let actions = seen.situation(claim).allowed_actions();
        let Seen { line, standing, opening, around, internal, denied: _, scopes } = seen;
        let (contract, product) = referred(&line, around);
        let closure = match (standing.closure_id, line.closure_code, standing.closed_at) {
            (Some(id), Some(code), Some(decided_at)) => Some(ClosureRef { id, code, decided_at }),
            _ => None,
        };
        let (triage, call, override_given) = match internal.filter(|_| desk) {
            Some(Internal { triage, call, override_given }) => (Some(triage), call, override_given),
            None => (None, None, None),
        };
        Some(Self {
            allowed_actions: match scopes {
                Some(scopes) => within_scopes(actions, &scopes),
                None => actions,
            },
            contract,
            product,
            external_reference: match (claim, opening.opened_by_kind) {
                (Claim::Customer { .. }, CallerKind::Customer) => line.external_reference.clone(),
                _ => own_reference(claim, &line),
            },
            triage: triage.map(|triage| TriageView::of(triage, standing.overridden)),
            id: line.id,
            number: line.number,
            state: line.state,
            version: line.version,
            kind: reader.then_some(line.kind),
            channel: reader.then_some(line.channel),
            matter: line.matter.filter(|_| reader),
            product_version: line.product_version.filter(|_| reader),
            presented_support_id: reader.then_some(opening.presented_support_id),
            subject: reader.then_some(line.subject),
            body: reader.then_some(opening.body),
            requester: reader.then_some(opening.requester.0),
            watchers: reader.then_some(opening.watchers.0),
            opened_by: reader.then(|| outward(opening.opened_by_kind, desk)),
            follows: opening.follows.filter(|_| reader),
            resubmits: opening.resubmits.filter(|_| reader),
            superseded_by: standing.superseded_by,
            target_version: opening.target_version.filter(|_| reader),
            received_at: line.received_at,
            effective_received_at: line.effective_received_at,
            recorded_at: opening.recorded_at,
            last_message_at: line.last_message_at,
            changed_at: line.changed_at,
            terms_version: reader.then_some(opening.terms_version),
            closure,
            call: call.map(|call| call.0),
            override_given: override_given.map(|given| given.0),
        })
    }
}

/// The actions of a machine client: what its scopes do not reach is refused before all else.
fn within_scopes(actions: Vec<AllowedAction>, scopes: &[Scope]) -> Vec<AllowedAction> {
    let reached = |action: Action| match action {
        Action::Take | Action::LogStep => scopes.contains(&Scope::TriageWrite),
        Action::Close => scopes.contains(&Scope::ClosuresJudge),
        _ => scopes.contains(&Scope::InquiriesWrite),
    };
    let narrowed = |told: AllowedAction| match reached(told.action) {
        true => told,
        false => {
            let code = Some(Refusal::InsufficientScope.code());
            AllowedAction { action: told.action, allowed: false, code, clause: None }
        }
    };
    actions.into_iter().map(narrowed).collect()
}

/// Outside the desk its people and scripts are all one: the desk.
pub fn outward(kind: CallerKind, desk: bool) -> CallerKind {
    match kind {
        CallerKind::Agent | CallerKind::Manager | CallerKind::Robot | CallerKind::System if !desk => CallerKind::Desk,
        other => other,
    }
}

impl InquirySummary {
    /// The line as this caller sees it.
    pub fn of(listed: Listed, claim: &Claim) -> Option<Self> {
        let Listed { line, around, internal } = listed;
        let sight = sight(claim, &line, &around)?;
        let reader = sight != Sight::Summary;
        let internal = internal.filter(|_| sight == Sight::Desk);
        let (contract, product) = referred(&line, around);
        Some(Self {
            contract,
            product,
            external_reference: own_reference(claim, &line),
            triage: internal.map(|(triage, overridden)| TriageView::of(triage, overridden)),
            id: line.id,
            number: line.number,
            state: line.state,
            version: line.version,
            kind: reader.then_some(line.kind),
            channel: reader.then_some(line.channel),
            matter: line.matter.filter(|_| reader),
            product_version: line.product_version.filter(|_| reader),
            subject: reader.then_some(line.subject),
            received_at: line.received_at,
            effective_received_at: line.effective_received_at,
            last_message_at: line.last_message_at,
            changed_at: line.changed_at,
            closure_code: line.closure_code,
        })
    }

    /// Where the line stands in the list's order.
    pub fn place(&self) -> (Instant, Id<Inquiry>) {
        (self.received_at, self.id)
    }
}
