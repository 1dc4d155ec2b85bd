//! `GET /v1/inquiries` and `GET /v1/inquiries/{id}`.

use actix_web::get;
use serde::Deserialize;
use utoipa::IntoParams;

use super::reading::FirstReading;
use super::store::{self, Held, Listed, Narrowing};
use super::view::{InquirySummary, InquiryView};
use super::{InquiryId, reading};
use crate::accounts::Staff;
use crate::app::App;
use crate::auth::claim::{Caller, Claim, Gate, Header, Privilege};
use crate::auth::proof::prove;
use crate::contracts::model::Contact;
use crate::contracts::refusal::reads_history;
use crate::contracts::{Contract, Product};
use crate::db::Connection;
use crate::db::types::{Id, Instant};
use crate::http::text::{ExternalReference, Subject, Tag};
use crate::http::{AnyOf, List, PageParams, Path, Problem, ProblemView, Refusal, Reply, Result};
use crate::page;
use crate::terms::codes::{CallerKind, Channel, Condition, Kind, Matter, PartnerAccess, Priority, Scope, State};

/// Reads inquiries of one contract, or of all it may see.
pub struct ReadsInquiries;
impl Privilege for ReadsInquiries {
    const GATE: Gate =
        Gate::shut().customer().partner(Scope::InquiriesRead, Header::Optional).agent().robot(Scope::InquiriesRead);
}

/// Reads one inquiry and what belongs to it.
pub struct ReadsInquiry;
impl Privilege for ReadsInquiry {
    const GATE: Gate =
        Gate::shut().customer().partner(Scope::InquiriesRead, Header::Required).agent().robot(Scope::InquiriesRead);
}

/// Reads an inquiry's thread: people and partners, no scripts.
pub struct ReadsThread;
impl Privilege for ReadsThread {
    const GATE: Gate = Gate::shut().customer().partner(Scope::InquiriesRead, Header::Required).agent();
}

page!(
    /// A page of inquiries.
    InquiryPage of InquirySummary
);

/// What a list of inquiries is narrowed by; several values of one with commas between.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct InquiryFilter {
    /// Any of these states.
    #[param(nullable = false, value_type = Option<String>, max_length = 200, example = "received,in_progress")]
    state: Option<AnyOf<State>>,
    /// Any of these kinds.
    #[param(nullable = false, value_type = Option<String>, max_length = 200)]
    kind: Option<AnyOf<Kind>>,
    /// Any of these products, by id.
    #[param(nullable = false, value_type = Option<String>, max_length = 800)]
    product: Option<AnyOf<Id<Product>>>,
    /// Any of these contracts, by id.
    #[param(nullable = false, value_type = Option<String>, max_length = 800)]
    contract: Option<AnyOf<Id<Contract>>>,
    /// Any of these people at the desk, by id. For the desk and scripts only.
    #[param(nullable = false, value_type = Option<String>, max_length = 800)]
    assignee: Option<AnyOf<Id<Staff>>>,
    /// Any of these tags. For the desk and scripts only.
    #[param(nullable = false, value_type = Option<String>, max_length = 1100)]
    tag: Option<AnyOf<TagText>>,
    /// Any of these priorities. For the desk and scripts only.
    #[param(nullable = false, value_type = Option<String>, max_length = 200)]
    priority: Option<AnyOf<Priority>>,
    /// Any of these channels.
    #[param(nullable = false, value_type = Option<String>, max_length = 200)]
    channel: Option<AnyOf<Channel>>,
    /// Any of these matters.
    #[param(nullable = false, value_type = Option<String>, max_length = 200)]
    matter: Option<AnyOf<Matter>>,
    /// Part of the number or the subject: 1 to 200 characters.
    #[param(nullable = false)]
    q: Option<Subject>,
    /// Changed after this; the list is then in order of change, oldest first.
    #[param(nullable = false)]
    changed_after: Option<Instant>,
    /// The opener's own number. For partners, the desk and scripts.
    #[param(nullable = false)]
    external_reference: Option<ExternalReference>,
    /// Received at or after.
    #[param(nullable = false)]
    opened_after: Option<Instant>,
    /// Received before.
    #[param(nullable = false)]
    opened_before: Option<Instant>,
    /// Whether staff set a rule aside at opening. For the desk and scripts only.
    #[param(nullable = false)]
    #[serde(rename = "override")]
    overridden: Option<bool>,
}

/// A tag in a comma-separated list.
#[derive(Debug)]
pub struct TagText(String);

impl std::str::FromStr for TagText {
    type Err = String;
    fn from_str(text: &str) -> std::result::Result<Self, String> {
        Tag::parse(text).map(|tag| Self(tag.to_string()))
    }
}

impl InquiryFilter {
    /// What outsiders do not see they cannot ask by.
    fn narrowing(self, claim: &Claim) -> Result<Narrowing> {
        let internal = [
            ("assignee", self.assignee.is_some()),
            ("tag", self.tag.is_some()),
            ("priority", self.priority.is_some()),
            ("override", self.overridden.is_some()),
        ];
        if let Some((name, _)) = internal.iter().find(|(_, sent)| *sent && claim.is_outside()) {
            return Err(Problem::parameter(name, "unknown_field"));
        }
        fn all<T>(any: Option<AnyOf<T>>) -> Vec<T> {
            any.map(|any| any.0).unwrap_or_default()
        }
        Ok(Narrowing {
            states: all(self.state),
            kinds: all(self.kind),
            products: all(self.product),
            contracts: all(self.contract),
            assignees: all(self.assignee),
            tags: all(self.tag).into_iter().map(|tag| tag.0).collect(),
            priorities: all(self.priority),
            channels: all(self.channel),
            matters: all(self.matter),
            text: self.q.map(|text| text.to_string()),
            external_reference: self.external_reference.map(|text| text.to_string()),
            opened_after: self.opened_after,
            opened_before: self.opened_before,
            changed_after: self.changed_after,
            overridden: self.overridden,
        })
    }
}

/// List inquiries
///
/// A customer sees all of the contract presented, whoever of the contract opened them; a partner
/// what its contracts' `partner_access` grants; the desk and scripts all. Newest first by
/// `received_at`.
#[utoipa::path(
    tag = "inquiries",
    params(InquiryFilter, PageParams, ("Support-Id" = Option<String>, Header, nullable = false, max_length = 100, description = "Narrows a partner's list to one contract.")),
    responses(
        (status = 200, description = "A page of inquiries", body = InquiryPage),
        (status = 403, description = "`contract_not_started` `support_id_unknown`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("staff" = []), ("client" = ["inquiries:read"]))
)]
#[get("/inquiries")]
pub async fn list_inquiries(
    app: App,
    caller: Caller<ReadsInquiries>,
    List(filter, page): List<InquiryFilter>,
) -> Result<Reply> {
    let by = filter.narrowing(&caller)?;
    let (now, claim) = (app.now(), (*caller).clone());
    let in_order_of_change = by.changed_after.is_some();
    let of_all = by.takes_all(&claim);
    let newest = if of_all && page.is_first() { app.customers().newest(&app, &caller).await? } else { None };
    let (mut rows, first, page) = match newest {
        Some((rows, first)) => (rows, first, page),
        None => {
            let glance = of_all && !page.counts();
            let own = app.clone();
            let read = move |db: &mut Connection| {
                let rows = store::list(db, &claim, now, &by, &page)?;
                let started =
                    rows.first().is_some_and(|listed: &Listed| listed.around.condition != Condition::NotStarted);
                if !started {
                    may_read_history(db, &claim, now, &own.config().desk_contact())?;
                }
                let first = reading::first(db, &claim, rows.iter().map(|listed| &listed.line))?;
                Ok((rows, first, page))
            };
            if glance { app.glance(read).await? } else { app.read(read).await? }
        }
    };
    let gone = reading::note(&app, &caller, first).await?;
    let next = page.cut(&mut rows, |Listed { line, .. }| match in_order_of_change {
        true => (line.changed_at, line.id),
        false => (line.received_at, line.id),
    });
    rows.retain(|listed| !gone.contains(&listed.line.id));
    let items = rows.into_iter().filter_map(|listed| InquirySummary::of(listed, &caller)).collect();
    InquiryPage::reply(items, next, &page)
}

/// Read an inquiry
///
/// What the caller may see of it, and what it may do now. A partner with summary access sees
/// number, state, product, decision code and times.
#[utoipa::path(
    tag = "inquiries",
    params(("id" = InquiryId, Path, description = "The inquiry."), ("Support-Id" = Option<String>, Header, nullable = false, max_length = 100, description = "The contract's ID; a partner must send it.")),
    responses(
        (status = 200, description = "The inquiry", body = InquiryView),
        (status = 403, description = "`contract_not_started` `support_id_required` `support_id_unknown`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("staff" = []), ("client" = ["inquiries:read"]))
)]
#[get("/inquiries/{id}")]
pub async fn get_inquiry(app: App, caller: Caller<ReadsInquiry>, Path(id): Path<InquiryId>) -> Result<Reply> {
    let (now, claim) = (app.now(), (*caller).clone());
    if let Some((seen, first)) = app.customers().one(&app, &claim, id).await? {
        let version = seen.line.version;
        let view = InquiryView::of(seen, &claim).ok_or(Refusal::NotFound)?;
        return reading::noted(&app, &caller, (first, Reply::ok(&view)?.tagged(version))).await;
    }
    let own = app.clone();
    let read = app.glance(move |db| {
        let Some(seen) = store::find(db, &claim, now, id)? else {
            prove(db, &claim, now)?;
            return Err(Refusal::NotFound.into());
        };
        if seen.around.condition == Condition::NotStarted && !seen.standing.overridden {
            may_read_history(db, &claim, now, &own.config().desk_contact())?;
        }
        let first = reading::first(db, &claim, [&seen.line])?;
        let version = seen.line.version;
        let view = InquiryView::of(seen, &claim).ok_or(Refusal::NotFound)?;
        Ok((first, Reply::ok(&view)?.tagged(version)))
    });
    reading::noted(&app, &caller, read.await?).await
}

/// Proves the caller, and refuses outsiders a contract that has not started: unless an inquiry was
/// opened on it by setting that rule aside.
pub fn may_read_history(db: &mut Connection, claim: &Claim, now: Instant, desk: &Contact) -> Result<()> {
    let actor = prove(db, claim, now)?;
    reads_history(db, &actor, desk)
}

/// The inquiry whose thread a caller reads, proven: else 401, 403 or 404. Of a thread a partner
/// with summary access sees nothing: 403. Its reading is to be noted before it is answered.
pub fn readable(
    db: &mut Connection,
    claim: &Claim,
    now: Instant,
    id: InquiryId,
    desk: &Contact,
) -> Result<(Held, FirstReading)> {
    let actor = prove(db, claim, now)?;
    let held = store::held(db, &actor, now, id)?;
    if held.contract.condition == Condition::NotStarted && !held.row.standing.overridden {
        may_read_history(db, claim, now, desk)?;
    }
    let own = held.row.opened_by(actor.reseller);
    if actor.kind == CallerKind::Partner && !own && held.contract.partner_access != PartnerAccess::Full {
        return Err(Refusal::Forbidden.into());
    }
    let first = reading::first(db, claim, [&held.row.line])?;
    Ok((held, first))
}
