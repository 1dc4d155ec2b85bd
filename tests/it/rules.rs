//! The rules by themselves, held against the interface's tables for whatever may come.

use madoguchi::closures::model::{Case, Evidence, Named, Objection, judge};
use madoguchi::contracts::Product;
use madoguchi::contracts::assess::{Decision, Facts, Version, decide, override_for, remedies, remedy_for};
use madoguchi::contracts::model::Fact;
use madoguchi::db::types::{Id, Instant};
use madoguchi::http::Refusal;
use madoguchi::http::text::{Name, Reason, ShortCode};
use madoguchi::inquiries::model::{Act, Life, Situation};
use madoguchi::terms::codes::*;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use time::macros::date;
use uuid::Uuid;

const ACTS: [Act; 16] = [
    Act::Take,
    Act::LogStep,
    Act::DeskMessage,
    Act::Answer,
    Act::CustomerMessage,
    Act::Request,
    Act::WithdrawRequest,
    Act::RequestResubmission,
    Act::WithdrawResubmission,
    Act::ReportResult,
    Act::Escalate,
    Act::VendorAnswer,
    Act::LaterVendorAnswer,
    Act::Close,
    Act::Supersede,
    Act::Revoke,
];

/// The state as section 4 derives it from what has happened: the first that matches.
fn by_the_table(history: &[Act]) -> State {
    let (mut requests, mut escalations, mut closed) = (0_u32, 0_u32, false);
    for act in history {
        match act {
            Act::Request | Act::RequestResubmission => requests += 1,
            Act::WithdrawRequest | Act::WithdrawResubmission | Act::ReportResult => requests -= 1,
            Act::Escalate => escalations += 1,
            Act::VendorAnswer => escalations -= 1,
            Act::Close | Act::Supersede => (requests, escalations) = (0, 0),
            _ => {}
        }
        closed = matches!(act, Act::Close) || closed && !matches!(act, Act::Revoke);
    }
    let counts = |act: &&Act| {
        let others = [Act::CustomerMessage, Act::ReportResult, Act::VendorAnswer, Act::LaterVendorAnswer, Act::Revoke];
        **act == Act::Answer || others.contains(act)
    };
    match history.iter().rev().find(counts) {
        _ if history.contains(&Act::Supersede) => State::Superseded,
        _ if closed => State::Closed,
        _ if requests > 0 => State::AwaitingCustomer,
        _ if escalations > 0 => State::AwaitingVendor,
        Some(Act::Answer) => State::Answered,
        Some(_) => State::InProgress,
        None if history.iter().any(|act| [Act::Take, Act::LogStep, Act::DeskMessage].contains(act)) => {
            State::InProgress
        }
        None => State::Received,
    }
}

/// Whether the table lets it happen now.
fn may_happen(life: &Life, act: Act) -> bool {
    match (life.state(), act) {
        (State::Superseded, _) => false,
        (State::Closed, act) => act == Act::Revoke,
        (_, Act::Revoke) => false,
        (_, Act::WithdrawRequest | Act::ReportResult) => life.open_requests > life.open_resubmissions,
        (_, Act::WithdrawResubmission) => life.open_resubmissions > 0,
        (_, Act::VendorAnswer) => life.open_escalations > 0,
        _ => true,
    }
}

const DESK: &[CallerKind] = &[CallerKind::Agent, CallerKind::Manager];
const OUTSIDE: &[CallerKind] = &[CallerKind::Customer, CallerKind::Partner];
const KINDS: [CallerKind; 5] =
    [CallerKind::Customer, CallerKind::Partner, CallerKind::Agent, CallerKind::Manager, CallerKind::Robot];

/// The second column of section 4, for what is done to an inquiry that is there.
fn belongs_to(action: Action, caller: CallerKind) -> bool {
    let (desk, outside, robot) = (DESK.contains(&caller), OUTSIDE.contains(&caller), caller == CallerKind::Robot);
    match action {
        Action::Open => false,
        Action::Resubmit => outside,
        Action::Take | Action::LogStep | Action::Close => desk || robot,
        Action::PostMessage | Action::ReportResult => desk || outside,
        _ => desk,
    }
}

fn situations() -> impl Strategy<Value = Situation> {
    let facts = (select(State::ALL), select(Channel::ALL), select(Delivery::ALL), select(&KINDS[..]));
    (facts, any::<[bool; 4]>()).prop_map(|((state, channel, delivery, caller), [opened, request, again, denied])| {
        Situation {
            state,
            channel,
            delivery,
            caller,
            opened_by_caller: opened,
            request_open: request || again,
            resubmission_open: again,
            superseded_by: None,
            denied: denied.then_some(Denial::LicenseTermsViolated),
        }
    })
}

const DEMANDED: [(ClosureCode, &[&str]); 10] = [
    (ClosureCode::SpecificationAnsweredOrDeclined, &["outcome", "message_id"]),
    (ClosureCode::ConfigurationOrOperationAnswered, &["message_id"]),
    (ClosureCode::ProblemResolved, &["resolution"]),
    (ClosureCode::WorkaroundPresented, &["message_id"]),
    (ClosureCode::FaultLocationIdentified, &["location"]),
    (ClosureCode::InvestigationStalled, &["reason", "step_ids"]),
    (ClosureCode::TransientRecurrenceProcedurePresented, &["message_id"]),
    (ClosureCode::NotADefectOrBySpecification, &["finding", "explanation"]),
    (ClosureCode::OutOfServiceScope, &["scope_reason"]),
    (ClosureCode::AgreedWithCustomer, &["with", "channel", "agreed_at", "agreement"]),
];
const ESCALATED: [ClosureCode; 3] = [
    ClosureCode::SpecificationAnsweredOrDeclined,
    ClosureCode::FaultLocationIdentified,
    ClosureCode::InvestigationStalled,
];
const FIELDS: [&str; 20] = [
    "outcome",
    "message_id",
    "declined_reason",
    "explanation",
    "resolution",
    "confirmation_message_id",
    "faq_id",
    "location",
    "vendor_defect_id",
    "reason",
    "step_ids",
    "escalation_id",
    "information_to_collect",
    "finding",
    "scope_reason",
    "denial_id",
    "with",
    "channel",
    "agreed_at",
    "agreement",
];
const NOW: &str = "2026-11-25T01:00:00Z";

fn id<N>() -> Id<N> {
    Id::new(Uuid::from_u128(1))
}

fn give(evidence: &mut Evidence, field: &str) {
    let text = || Some(Reason::parse("記載のとおり").unwrap());
    match field {
        "outcome" => evidence.outcome = Some(SpecificationOutcome::Answered),
        "message_id" => evidence.message_id = Some(id()),
        "declined_reason" => evidence.declined_reason = Some(DeclinedReason::Other),
        "explanation" => evidence.explanation = text(),
        "resolution" => evidence.resolution = text(),
        "confirmation_message_id" => evidence.confirmation_message_id = Some(id()),
        "faq_id" => evidence.faq_id = Some(id()),
        "location" => evidence.location = text(),
        "vendor_defect_id" => evidence.vendor_defect_id = Some(ShortCode::parse("BUG-1").unwrap()),
        "reason" => evidence.reason = text(),
        "step_ids" => evidence.step_ids = Some(vec![id()]),
        "escalation_id" => evidence.escalation_id = Some(id()),
        "information_to_collect" => evidence.information_to_collect = text(),
        "finding" => evidence.finding = Some(ClosureFinding::NotADefect),
        "scope_reason" => evidence.scope_reason = Some(ScopeReason::OutsideServiceRegion),
        "denial_id" => evidence.denial_id = Some(id()),
        "with" => evidence.with = Some(Name::parse("田中 一郎").unwrap()),
        "channel" => evidence.channel = Some(Channel::Phone),
        "agreed_at" => evidence.agreed_at = Instant::parse(NOW),
        "agreement" => evidence.agreement = text(),
        other => panic!("{other}"),
    }
}

fn evidence<'a>(fields: impl IntoIterator<Item = &'a str>) -> Evidence {
    let mut evidence = Evidence::default();
    fields.into_iter().for_each(|field| give(&mut evidence, field));
    evidence
}

fn case(kind: Kind, delivery: Delivery, matter: Option<Matter>) -> Case {
    let message = |message_type, customer_side| Named {
        message_type,
        marks: vec![MessageMark::Workaround, MessageMark::RecurrenceProcedure],
        customer_side,
    };
    Case {
        kind,
        delivery,
        matter,
        now: Instant::parse(NOW).unwrap(),
        message: Some(message(MessageType::Answer, false)),
        confirmation: Some(message(MessageType::Message, true)),
        steps: vec![id()],
        faq_named: false,
        escalated: true,
        denial: None,
    }
}

/// What a code demands of a case: for a SaaS matter that is the vendor's, the escalation too.
fn demanded(code: ClosureCode, delivery: Delivery, matter: Option<Matter>) -> Vec<&'static str> {
    let (_, always) = DEMANDED.into_iter().find(|(of, _)| *of == code).unwrap();
    let vendors = delivery == Delivery::Saas && matter != Some(Matter::Other) && ESCALATED.contains(&code);
    let mut all: Vec<_> = always.iter().copied().filter(|field| !(vendors && *field == "step_ids")).collect();
    all.extend(vendors.then_some("escalation_id"));
    all
}

fn kind_of(code: ClosureCode) -> Kind {
    match code {
        ClosureCode::SpecificationAnsweredOrDeclined => Kind::Specification,
        ClosureCode::ConfigurationOrOperationAnswered => Kind::ConfigurationOperation,
        _ => Kind::ProblemResolution,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_state_is_the_first_that_matches(wished in prop::collection::vec(select(&ACTS[..]), 0..40)) {
        let (mut life, mut history) = (Life::NEW, Vec::new());
        for act in wished {
            if !may_happen(&life, act) {
                continue;
            }
            life = life.after(act);
            history.push(act);
            prop_assert_eq!(life.state(), by_the_table(&history), "{:?}", history);
            prop_assert!(life.open_requests >= 0 && life.open_escalations >= 0);
            prop_assert!((0..=life.open_requests).contains(&life.open_resubmissions));
            let over = life.closed || life.superseded;
            prop_assert!(!over || life.open_requests + life.open_escalations == 0);
        }
    }

    #[test]
    fn what_is_allowed_is_what_is_done(situation in situations()) {
        let told = situation.allowed_actions();
        for &action in Action::ALL {
            let listed = told.iter().find(|allowed| allowed.action == action);
            prop_assert_eq!(listed.is_some(), belongs_to(action, situation.caller), "{:?}", action);
            let refusal = situation.may(action).err().map(|problem| problem.refusal());
            if let Some(listed) = listed {
                prop_assert_eq!(listed.allowed, refusal.is_none());
                prop_assert_eq!(listed.code, refusal.map(Refusal::code));
            } else {
                let judging = matches!(action, Action::Close | Action::RevokeClosure);
                let outside = OUTSIDE.contains(&situation.caller);
                let told = if judging && outside { Refusal::ClosureIsJudgedByDesk } else { Refusal::Forbidden };
                prop_assert_eq!(refusal, Some(told));
            }
        }
    }

    #[test]
    fn what_is_over_stays_over(situation in situations()) {
        let allowed: Vec<_> = situation.allowed_actions().into_iter().filter(|a| a.allowed).map(|a| a.action).collect();
        match situation.state {
            _ if situation.denied.is_some() && OUTSIDE.contains(&situation.caller) => prop_assert!(allowed.is_empty()),
            State::Superseded => prop_assert!(allowed.is_empty()),
            State::Closed if DESK.contains(&situation.caller) => prop_assert_eq!(allowed, [Action::RevokeClosure]),
            State::Closed => prop_assert!(allowed.is_empty()),
            _ => prop_assert!(!allowed.contains(&Action::RevokeClosure)),
        }
        if situation.caller == CallerKind::Partner && !situation.opened_by_caller {
            let mut allowed = situation.allowed_actions().into_iter().filter(|action| action.allowed);
            prop_assert!(allowed.all(|action| action.action == Action::Resubmit));
        }
    }

    #[test]
    fn whole_evidence_passes_and_nothing_less(
        (code, _) in select(&DEMANDED[..]),
        delivery in select(Delivery::ALL),
        matter in prop::option::of(select(Matter::ALL)),
    ) {
        let case = case(kind_of(code), delivery, matter);
        let fields = demanded(code, delivery, matter);
        let unset = delivery == Delivery::Saas && matter.is_none() && ESCALATED.contains(&code);
        let whole = judge(&case, code, &evidence(fields.iter().copied()));
        if unset {
            let Err(Objection::Missing(faults)) = whole else { panic!("{whole:?}") };
            prop_assert_eq!(faults.len(), 1);
            prop_assert_eq!(faults[0].pointer.as_deref(), Some("/evidence/escalation_id"));
            return Ok(());
        }
        prop_assert_eq!(whole, Ok(()));
        for left_out in &fields {
            let rest = evidence(fields.iter().copied().filter(|field| field != left_out));
            let Err(Objection::Missing(faults)) = judge(&case, code, &rest) else { panic!("{code} without {left_out}") };
            let told: Vec<_> = faults.iter().map(|fault| fault.pointer.clone().unwrap()).collect();
            prop_assert_eq!(told, [format!("/evidence/{left_out}")]);
        }
    }

    #[test]
    fn foreign_evidence_is_objected_to(
        (code, always) in select(&DEMANDED[..]),
        added in subsequence(&FIELDS[..], 0..=20),
        kind in select(Kind::ALL),
    ) {
        let optional: &[&str] = match code {
            ClosureCode::SpecificationAnsweredOrDeclined => &["explanation", "escalation_id"],
            ClosureCode::ProblemResolved => &["confirmation_message_id"],
            ClosureCode::WorkaroundPresented => &["faq_id"],
            ClosureCode::FaultLocationIdentified => &["vendor_defect_id", "escalation_id"],
            ClosureCode::InvestigationStalled => &["escalation_id"],
            ClosureCode::TransientRecurrenceProcedurePresented => &["information_to_collect"],
            ClosureCode::OutOfServiceScope => &["explanation"],
            _ => &[],
        };
        let given = evidence(always.iter().copied().chain(added.iter().copied()));
        let foreign: Vec<_> = added.iter().filter(|field| !always.contains(field) && !optional.contains(field)).collect();
        let told = judge(&case(kind, Delivery::Software, None), code, &given);
        if !madoguchi::closures::model::is_for(code, kind) {
            prop_assert_eq!(told, Err(Objection::NotForKind));
        } else if foreign.is_empty() {
            prop_assert!(!matches!(told, Err(Objection::NotApplicable(_))));
        } else {
            let Err(Objection::NotApplicable(faults)) = told else { panic!("{told:?}") };
            let told: Vec<_> = faults.iter().map(|fault| fault.pointer.clone().unwrap()).collect();
            prop_assert_eq!(told, foreign.iter().map(|field| format!("/evidence/{field}")).collect::<Vec<_>>());
        }
    }

    #[test]
    fn of_several_reasons_the_first_wins(
        condition in select(Condition::ALL),
        [qa, administrator, open, phone, japan, contracted, known, denied] in any::<[bool; 8]>(),
        topic in prop::option::weighted(0.2, select(Topic::ALL)),
        work in prop::option::of(select(Exclusion::ALL)),
        delivery in select(Delivery::ALL),
        (version, target) in (0..5, prop::option::weighted(0.3, 2..5)),
        overrides in subsequence(Override::ALL, 0..=Override::ALL.len()),
    ) {
        let (ours, other): (Id<Product>, Id<Product>) = (id(), Id::new(Uuid::from_u128(2)));
        let day = date!(2026 - 11 - 25);
        let released = Fact { released_by_us_on: Some(day), vendor_supported_until_on: Some(day) };
        let unreleased = Fact { released_by_us_on: None, vendor_supported_until_on: None };
        let ended = Fact { vendor_supported_until_on: day.previous_day(), ..released };
        let fact = |version| match version {
            2 => Some(&released),
            3 => known.then_some(&unreleased),
            _ => Some(&ended),
        };
        let named = match version {
            0 => Version::Absent,
            1 => Version::Unknown,
            other => Version::Named(fact(other)),
        };
        let facts = Facts {
            day,
            condition,
            denial: denied.then_some(Denial::ImproperUseOrMisuse),
            services: if qa { Service::ALL } else { &[Service::Information] },
            product_ids: &[ours],
            site_country: if japan { "JP" } else { "US" },
            has_administrator: administrator,
            desk_open: open,
            channel: if phone { Channel::Phone } else { Channel::SupportWeb },
            topic,
            product: Some((if contracted { ours } else { other }, delivery)),
            version: named,
            target: target.map(fact),
            requested_work: work,
        };
        // The version rule looks at the target where one is named.
        let judged = target.unwrap_or(version);
        let (software, asked) = (delivery == Delivery::Software, topic.is_none());
        // The order of the interface.
        let reasons = [
            (Refusal::ContractNotStarted, condition == Condition::NotStarted),
            (Refusal::ContractExpired, condition == Condition::Expired),
            (Refusal::ContractSuspended, condition == Condition::Suspended),
            (Refusal::ServiceNotContracted, !qa),
            (Refusal::SupportDenied, denied),
            (Refusal::Redirected, !asked),
            (Refusal::SystemAdministratorMissing, asked && !administrator),
            (Refusal::OutsideReceptionHours, asked && phone && !open),
            (Refusal::ProductNotContracted, asked && !contracted),
            (Refusal::ProductVersionNotApplicable, asked && contracted && !software && judged != 0),
            (Refusal::ProductVersionRequired, asked && contracted && software && version == 0),
            (Refusal::VersionNotReleasedByUs, asked && contracted && software && version != 0 && judged == 3),
            (Refusal::VersionUnsupportedByVendor, asked && contracted && software && version != 0 && judged == 4),
            (Refusal::OutsideServiceRegion, asked && !japan),
            (Refusal::ExcludedService, asked && work.is_some()),
        ];
        let set_aside = |refusal| override_for(refusal).is_some_and(|needed| overrides.contains(&needed));
        let first = reasons.into_iter().find(|(refusal, holds)| *holds && !set_aside(*refusal));
        let expected = match first {
            Some((refusal, _)) => Decision::Refused(refusal),
            None if software && version == 1 => Decision::NeedsInformation,
            None => Decision::Accepted,
        };
        let (decision, used) = decide(&facts, &overrides);
        prop_assert_eq!(decision, expected);
        // What would have to change is one thing for each reason, and nothing for what is accepted.
        let stands = reasons.iter().filter(|(_, holds)| *holds).filter_map(|(refusal, _)| remedy_for(*refusal));
        let stands = stands.count() + usize::from(software && version == 1);
        let told = remedies(&facts);
        prop_assert_eq!(told.is_empty(), decide(&facts, &[]).0 == Decision::Accepted);
        prop_assert_eq!(told.len(), stands);
        let needed: Vec<_> = reasons.iter().filter(|(_, holds)| *holds).filter_map(|(r, _)| override_for(*r)).collect();
        prop_assert!(used.iter().all(|code| overrides.contains(code) && needed.contains(code)));
        if first.is_none() {
            prop_assert_eq!(used.len(), needed.len(), "all that stood in the way was set aside, and told");
        }
        let statuses: Vec<u16> = reasons.iter().map(|(refusal, _)| refusal.status().as_u16()).collect();
        prop_assert!(statuses.is_sorted());
    }
}

/// What may never be set aside has no word for it.
#[test]
fn some_rules_are_never_set_aside() {
    for refusal in [Refusal::SupportDenied, Refusal::SupportIdUnknown, Refusal::ProductNotContracted] {
        assert_eq!(override_for(refusal), None);
        assert!(Override::parse(refusal.code()).is_none());
    }
}
