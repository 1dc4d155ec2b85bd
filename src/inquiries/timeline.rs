//! `GET /v1/inquiries/{id}/timeline`: all that happened on one inquiry, as the journal has it.

use actix_web::get;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::InquiryId;
use super::post_message::without_customers;
use super::read::{ReadsInquiry, may_read_history};
use super::reading;
use super::store::{self, Held};
use crate::app::App;
use crate::auth::claim::{Caller, Claim};
use crate::auth::proof::{Actor, prove};
use crate::db::types::Instant;
use crate::events::EventId;
use crate::events::read::EventActor;
use crate::events::seal::{desk_view, reseller_view};
use crate::events::store::{Row, on_subject};
use crate::http::{List, NoFilter, PageParams, Path, ProblemView, Reply, Result};
use crate::page;
use crate::terms::codes::{CallerKind, Condition, EventType, PartnerAccess};

/// Something that happened on an inquiry.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimelineEntry {
    /// The entry: the id of its event.
    pub id: EventId,
    /// What happened.
    #[serde(rename = "type")]
    pub event_type: EventType,
    /// When.
    pub occurred_at: Instant,
    /// Who did it.
    pub actor: EventActor,
    /// The facts of the type: ids, codes, numbers and times. The texts are in the thread.
    #[schema(value_type = Object)]
    pub data: Value,
}

page!(
    /// A page of what happened on an inquiry.
    TimelinePage of TimelineEntry
);

/// What a partner with summary access is told.
const SUMMARY: &[EventType] =
    &[EventType::InquiryOpened, EventType::InquiryClosed, EventType::ClosureRevoked, EventType::InquirySuperseded];

/// What everybody else outside the desk is told. What is not named here is the desk's own.
const OUTSIDE: &[EventType] = &[
    EventType::InquiryOpened,
    EventType::InquiryReceptionRecomputed,
    EventType::InquiryMessagePosted,
    EventType::InquiryAnswered,
    EventType::InquiryReclassified,
    EventType::InquiryInformationRequested,
    EventType::InquiryWebResubmissionRequested,
    EventType::InquiryResultReported,
    EventType::InquiryRequestWithdrawn,
    EventType::InquiryEscalated,
    EventType::InquiryVendorAnswered,
    EventType::InquiryFileAdded,
    EventType::InquiryCustomerInformationChanged,
    EventType::InquiryContentErased,
    EventType::InquirySuperseded,
    EventType::InquiryClosed,
    EventType::ClosureRevoked,
];

/// What happened on an inquiry
///
/// Opening, messages, answers, requests and results, escalations, reclassifications, decisions and
/// revocations, newest first; for the desk also steps and what it noted. A partner with summary
/// access sees opening, completion, revocation and supersession; one whose own inquiry this is,
/// without full access, nothing of what the customer added.
#[utoipa::path(
    tag = "inquiries",
    params(("id" = InquiryId, Path, description = "The inquiry."), PageParams, ("Support-Id" = Option<String>, Header, nullable = false, max_length = 100, description = "The contract's ID; a partner must send it.")),
    responses(
        (status = 200, description = "A page of the timeline", body = TimelinePage),
        (status = 403, description = "`contract_not_started` `support_id_required` `support_id_unknown`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("staff" = []), ("client" = ["inquiries:read"]))
)]
#[get("/inquiries/{id}/timeline")]
pub async fn list_timeline(
    app: App,
    caller: Caller<ReadsInquiry>,
    Path(id): Path<InquiryId>,
    List(NoFilter {}, page): List<NoFilter>,
) -> Result<Reply> {
    let (now, desk, claim) = (app.now(), app.config().desk_contact(), (*caller).clone());
    let (mut rows, narrowed, held, first, page) = app
        .read(move |db| {
            let actor = prove(db, &claim, now)?;
            let held = store::held(db, &actor, now, id)?;
            if held.contract.condition == Condition::NotStarted && !held.row.standing.overridden {
                may_read_history(db, &claim, now, &desk)?;
            }
            let rows = on_subject(db, id.uuid(), told(&actor, &held), &page)?;
            let first = reading::first(db, &claim, [&held.row.line])?;
            Ok((rows, without_customers(actor.kind, &held), held, first, page))
        })
        .await?;
    let next = page.cut(&mut rows, |row| (row.occurred_at, row.id));
    let of_contract = |row: &&Row| held.shows(caller.kind(), row.actor_kind, row.occurred_at);
    let shown = rows.iter().filter(|row| !narrowed || !is_customers_own(row)).filter(of_contract);
    let reply = TimelinePage::reply(shown.map(|row| entry(row, &caller)).collect(), next, &page)?;
    reading::noted(&app, &caller, (first, reply)).await
}

/// Which types this caller is told; none is all.
fn told(actor: &Actor, held: &Held) -> Option<&'static [EventType]> {
    let own = held.row.opened_by(actor.reseller);
    match actor.kind {
        CallerKind::Partner if !own && held.contract.partner_access != PartnerAccess::Full => Some(SUMMARY),
        CallerKind::Partner | CallerKind::Customer => Some(OUTSIDE),
        _ => None,
    }
}

/// Whether it tells of what the customer's own side added, or the desk wrote down for it in a call.
fn is_customers_own(row: &Row) -> bool {
    let by_customer = match row.event_type {
        EventType::InquiryMessagePosted => row.data.0.get("customer_side") == Some(&Value::Bool(true)),
        EventType::InquiryResultReported
        | EventType::InquiryFileAdded
        | EventType::InquiryCustomerInformationChanged
        | EventType::InquiryContentErased => true,
        _ => false,
    };
    by_customer && row.actor_kind != CallerKind::Partner
}

fn entry(row: &Row, claim: &Claim) -> TimelineEntry {
    let seen = if claim.is_outside() { reseller_view(row) } else { desk_view(row) };
    let actor = EventActor::of(&seen);
    TimelineEntry {
        id: row.id,
        event_type: row.event_type,
        occurred_at: row.occurred_at,
        actor: if matches!(claim, Claim::Customer { .. }) { actor.unnamed() } else { actor },
        data: seen.get("data").cloned().unwrap_or_default(),
    }
}
