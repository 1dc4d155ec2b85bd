//! Every query on inquiries and their openings; the thread's are in [`thread`].

pub mod thread;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::Date;
use utoipa::ToSchema;
use uuid::Uuid;

use super::model::{Life, Situation, Turn};
use super::{Inquiry, InquiryId};
use crate::accounts::Staff;
use crate::auth::claim::Claim;
use crate::auth::proof::Actor;
use crate::auth::store::{Presented, contract_at};
use crate::calendar::model::tokyo_date;
use crate::contracts::{Contract, Product, Reseller};
use crate::db::Connection;
use crate::db::dialect;
use crate::db::few::Few;
use crate::db::schema::{customer_information, inquiries, inquiry_openings, inquiry_tags, products};
use crate::db::types::{Doc, Id, Instant};
use crate::http::page::Page;
use crate::http::text::{EmailAddress, Name, Phone, SupportId};
use crate::http::{Refusal, Result};
use crate::terms::codes::{
    CallerKind, Channel, ClosureCode, Condition, Delivery, Kind, Matter, Override, PartnerAccess, Priority,
    RequesterRelation, State,
};
use crate::{directly, older, proven};

#[diesel::declare_sql_function]
extern "SQL" {
    /// The text in lower case: ASCII at least.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// The part of an inquiry that changes.
#[derive(Clone, Debug, Queryable, Selectable, Identifiable)]
#[diesel(table_name = inquiries)]
pub struct Row {
    /// The inquiry.
    pub id: Id<Inquiry>,
    /// Its number for people.
    pub number: String,
    /// Its contract.
    pub contract_id: Id<Contract>,
    /// Its product.
    pub product_id: Id<Product>,
    /// Which of the three technical kinds it is.
    pub kind: Kind,
    /// How it came in.
    pub channel: Channel,
    /// What a SaaS inquiry is about; the desk's to say.
    pub matter: Option<Matter>,
    /// The version it names.
    pub product_version: Option<String>,
    /// Its subject.
    pub subject: String,
    /// The state that its life comes to.
    pub state: State,
    /// Counted up by everything that an `If-Match` guards against.
    pub version: i32,
    /// When it came in.
    pub received_at: Instant,
    /// When it counts as received: within reception hours.
    pub effective_received_at: Instant,
    /// When something was last written to its thread.
    pub last_message_at: Instant,
    /// When it last changed.
    pub changed_at: Instant,
    /// Who at the desk has it.
    pub assignee_id: Option<Id<Staff>>,
    /// The desk's own order of work.
    pub priority: Option<Priority>,
    /// The desk's own word for what it is about.
    pub category: Option<String>,
    /// The desk's own tags.
    pub tags: Doc<Vec<String>>,
    /// When the desk looks again.
    pub follow_up_on: Option<Date>,
    /// The reseller whose system opened it.
    pub opener_reseller_id: Option<Id<Reseller>>,
    /// The opener's own number for it.
    pub external_reference: Option<String>,
    /// Whether staff set a rule aside when opening it.
    pub overridden: bool,
    /// Whose word was the latest.
    pub turn: String,
    /// Whether it was once taken up.
    pub taken: bool,
    /// Requests to the customer that are open.
    pub open_requests: i32,
    /// Questions to the vendor that are open.
    pub open_escalations: i32,
    /// The decision in effect.
    pub closure_id: Option<Id<crate::closures::ClosureDecision>>,
    /// Its code.
    pub closure_code: Option<ClosureCode>,
    /// When it was decided.
    pub closed_at: Option<Instant>,
    /// The inquiry that goes on in its place.
    pub superseded_by: Option<InquiryId>,
}

impl Row {
    /// The facts that the state is derived from.
    pub fn life(&self) -> Life {
        Life {
            superseded: self.superseded_by.is_some(),
            closed: self.closure_id.is_some(),
            open_requests: self.open_requests,
            open_escalations: self.open_escalations,
            turn: Turn::parse(&self.turn),
            taken: self.taken,
        }
    }

    /// The inquiry as this caller stands before it.
    pub fn situation(&self, delivery: Delivery, caller: CallerKind, reseller: Option<Id<Reseller>>) -> Situation {
        Situation {
            state: self.state,
            channel: self.channel,
            delivery,
            caller,
            opened_by_caller: reseller.is_some() && self.opener_reseller_id == reseller,
            request_open: self.open_requests > 0,
            superseded_by: self.superseded_by,
        }
    }
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Requester {
    /// The person's name.
    pub name: Name,
    /// The person's organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organization: Option<Name>,
    /// The person's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub email: Option<EmailAddress>,
    /// The person's telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub phone: Option<Phone>,
    /// On whose side the person is.
    pub relation: RequesterRelation,
}

/// The record of a call that an inquiry came in by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpeningCall {
    /// When the call was: not in the future, at most 7 days back.
    pub called_at: Instant,
    /// Who called.
    #[serde(rename = "with")]
    pub with: Name,
}

/// Rules that staff set aside, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OverrideGiven {
    /// The rules.
    #[schema(min_items = 1, max_items = 6)]
    pub codes: Vec<Override>,
    /// Why.
    pub reason: crate::http::text::Reason,
}

/// The part of an inquiry that never changes.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = inquiry_openings)]
pub struct Opening {
    /// The inquiry.
    pub inquiry_id: InquiryId,
    /// What was asked.
    pub body: String,
    /// The ID that was presented, in its canonical form.
    pub presented_support_id: SupportId,
    /// Who asks.
    pub requester: Doc<Requester>,
    /// Who else is told.
    pub watchers: Doc<Vec<EmailAddress>>,
    /// The kind of who opened it.
    pub opened_by_kind: CallerKind,
    /// The row of who opened it.
    pub opened_by_id: Id<Uuid>,
    /// When it was written down.
    pub recorded_at: Instant,
    /// The call it came in by.
    pub call: Option<Doc<OpeningCall>>,
    /// The rules set aside.
    pub override_given: Option<Doc<OverrideGiven>>,
    /// The inquiry that it follows.
    pub follows: Option<InquiryId>,
    /// The phone inquiry that it takes up again.
    pub resubmits: Option<InquiryId>,
    /// For an upgrade question, the version asked about.
    pub target_version: Option<String>,
    /// The terms it was judged by.
    pub terms_version: String,
    /// The facts it was judged by.
    pub judged: Doc<Value>,
}

/// What an inquiry's row is joined with for every reader.
#[derive(Clone, Debug, Queryable)]
pub struct Around {
    /// The contract's maintenance ID.
    pub maintenance_id: Option<SupportId>,
    /// The contract's contract ID.
    pub contract_id: Option<SupportId>,
    /// What the contract's reseller may see.
    pub partner_access: PartnerAccess,
    /// The contract's condition today.
    pub condition: Condition,
    /// The contract's reseller today.
    pub reseller_id: Option<Id<Reseller>>,
    /// The product's code.
    pub product_code: String,
    /// The product's delivery.
    pub delivery: Delivery,
}

macro_rules! around {
    () => {
        (
            contracts::maintenance_id,
            contracts::contract_id,
            contracts::partner_access,
            contract_spans::condition,
            contract_spans::reseller_id,
            products::code,
            products::delivery,
        )
    };
}

/// Inquiries with their contract as it stands today and their product.
macro_rules! joined {
    ($today:expr) => {
        inquiries::table
            .inner_join(contracts::table.on(contracts::id.eq(inquiries::contract_id)))
            .inner_join(
                contract_spans::table.on(contract_spans::contract_id
                    .eq(inquiries::contract_id)
                    .and(contract_spans::from_on.le($today))
                    .and(contract_spans::until_on.gt($today))),
            )
            .inner_join(products::table.on(products::id.eq(inquiries::product_id)))
    };
}

/// An inquiry for a reader, proven in the statement that read it.
#[derive(Clone, Debug, Queryable)]
pub struct Seen {
    /// The part that changes.
    pub row: Row,
    /// The part that does not.
    pub opening: Opening,
    /// What it is joined with.
    pub around: Around,
}

/// Reads one inquiry: permission and row in one statement. None where there is none for this
/// caller; only then it is worth asking why.
pub fn find(connection: &mut Connection, claim: &Claim, now: Instant, id: InquiryId) -> Result<Option<Seen>> {
    let today = tokyo_date(now.to_datetime());
    directly!(connection, |connection| proven!(claim, now, joined!(today), inquiries::contract_id, |proven| Ok(proven
        .inner_join(inquiry_openings::table.on(inquiry_openings::inquiry_id.eq(inquiries::id)))
        .filter(inquiries::id.eq(id))
        .select((Row::as_select(), Opening::as_select(), around!()))
        .first(connection)
        .optional()?)))
}

/// What a list is narrowed by. Empty means all.
#[derive(Clone, Debug, Default)]
pub struct Narrowing {
    /// Any of these states.
    pub states: Vec<State>,
    /// Any of these kinds.
    pub kinds: Vec<Kind>,
    /// Any of these products.
    pub products: Vec<Id<Product>>,
    /// Any of these contracts.
    pub contracts: Vec<Id<Contract>>,
    /// Any of these assignees.
    pub assignees: Vec<Id<Staff>>,
    /// Any of these tags.
    pub tags: Vec<String>,
    /// Any of these priorities.
    pub priorities: Vec<Priority>,
    /// Any of these channels.
    pub channels: Vec<Channel>,
    /// Any of these matters.
    pub matters: Vec<Matter>,
    /// Part of the number or the subject.
    pub text: Option<String>,
    /// The opener's own number.
    pub external_reference: Option<String>,
    /// Received at or after.
    pub opened_after: Option<Instant>,
    /// Received before.
    pub opened_before: Option<Instant>,
    /// Changed after; then the list is in order of change, oldest first.
    pub changed_after: Option<Instant>,
    /// Whether a rule was set aside at opening.
    pub overridden: Option<bool>,
}

/// A line of a list.
#[derive(Clone, Debug, Queryable)]
pub struct Listed {
    /// The inquiry.
    pub row: Row,
    /// What it is joined with.
    pub around: Around,
}

/// Reads a page: permission and rows in one statement.
pub fn list(
    connection: &mut Connection,
    claim: &Claim,
    now: Instant,
    by: &Narrowing,
    page: &Page,
) -> Result<Vec<Listed>> {
    let today = tokyo_date(now.to_datetime());
    directly!(connection, |connection| proven!(claim, now, joined!(today), inquiries::contract_id, |proven| {
        let mut query = proven.select((Row::as_select(), around!())).into_boxed();
        // What a partner with summary access does not see it cannot find out by asking for it.
        let own = || {
            let reseller = match claim {
                Claim::Partner { reseller, .. } => Some(*reseller),
                _ => None,
            };
            inquiries::opener_reseller_id.is_not_null().and(inquiries::opener_reseller_id.eq(reseller))
        };
        let partner = matches!(claim, Claim::Partner { .. });
        let beyond_summary = !(by.kinds.is_empty() && by.channels.is_empty() && by.matters.is_empty());
        if partner {
            query = query.filter(contracts::partner_access.ne(PartnerAccess::None).or(own()));
        }
        if partner && beyond_summary {
            query = query.filter(contracts::partner_access.eq(PartnerAccess::Full).or(own()));
        }
        macro_rules! any_of {
            ($values:expr, $column:expr) => {
                match $values.as_slice() {
                    [] => {}
                    [one] => query = query.filter($column.eq(one)),
                    _ => query = query.filter($column.eq_any(&$values)),
                }
            };
        }
        any_of!(by.states, inquiries::state);
        any_of!(by.kinds, inquiries::kind);
        any_of!(by.products, inquiries::product_id);
        any_of!(by.contracts, inquiries::contract_id);
        any_of!(by.assignees, inquiries::assignee_id);
        any_of!(by.priorities, inquiries::priority);
        any_of!(by.channels, inquiries::channel);
        any_of!(by.matters, inquiries::matter);
        if !by.tags.is_empty() {
            let tagged =
                inquiry_tags::table.filter(inquiry_tags::tag.eq_any(&by.tags)).select(inquiry_tags::inquiry_id);
            query = query.filter(inquiries::id.eq_any(tagged));
        }
        if let Some(text) = &by.text {
            let text = text.to_ascii_lowercase(); // as SQLite lowers, and PostgreSQL where it matters
            let pattern = format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
            let number = lower(inquiries::number).like(pattern.clone()).escape('\\');
            let subject = lower(inquiries::subject).like(pattern).escape('\\');
            query = if partner {
                let readable = contracts::partner_access.eq(PartnerAccess::Full).or(own());
                query.filter(number.or(subject.and(readable)))
            } else {
                query.filter(number.or(subject))
            };
        }
        if let Some(reference) = &by.external_reference {
            query = query.filter(inquiries::external_reference.eq(reference));
            match claim {
                Claim::Partner { .. } => query = query.filter(own()),
                // A number of a partner's or of the desk's, which opens by phone, is not the customer's to find.
                Claim::Customer { .. } => {
                    query = query.filter(inquiries::opener_reseller_id.is_null());
                    query = query.filter(inquiries::channel.eq(Channel::SupportWeb));
                }
                Claim::Staff { .. } | Claim::Robot { .. } => {}
            }
        }
        if let Some(from) = by.opened_after {
            query = query.filter(inquiries::received_at.ge(from));
        }
        if let Some(until) = by.opened_before {
            query = query.filter(inquiries::received_at.lt(until));
        }
        if let Some(overridden) = by.overridden {
            query = query.filter(inquiries::overridden.eq(overridden));
        }
        if let Some(since) = by.changed_after {
            query = query.filter(inquiries::changed_at.gt(since)).order((inquiries::changed_at, inquiries::id));
            if let Some(after) = &page.after {
                query = query
                    .filter(inquiries::changed_at.ge(after.at))
                    .filter(inquiries::changed_at.gt(after.at).or(inquiries::id.gt(after.id::<Inquiry>())));
            }
        } else {
            query = query.order((inquiries::received_at.desc(), inquiries::id.desc()));
            older!(query, page, inquiries::received_at, inquiries::id);
        }
        Ok(Few::of(query, page.fetch()).load(connection)?)
    }))
}

/// An inquiry inside the transaction of an act, with its contract as it stands now: the row that
/// this caller may see, or the same 404 as none.
#[derive(Clone, Debug)]
pub struct Held {
    /// The inquiry.
    pub row: Row,
    /// Its contract.
    pub contract: Presented,
    /// Its product's delivery.
    pub delivery: Delivery,
    /// The terms it was judged by.
    pub terms_version: String,
    /// The ID that was presented.
    pub presented_support_id: SupportId,
    /// For an upgrade question, the version asked about.
    pub target_version: Option<String>,
}

/// Loads an inquiry for an act of this caller's; others who act on it wait.
pub fn hold(connection: &mut Connection, actor: &Actor, now: Instant, id: InquiryId) -> Result<Held> {
    dialect::hold_inquiry(connection, id)?;
    held(connection, actor, now, id)
}

/// Loads an inquiry that this caller may see.
pub fn held(connection: &mut Connection, actor: &Actor, now: Instant, id: InquiryId) -> Result<Held> {
    type Found = (Row, Delivery, String, SupportId, Option<String>);
    let found: Option<Found> = inquiries::table
        .find(id)
        .inner_join(products::table.on(products::id.eq(inquiries::product_id)))
        .inner_join(inquiry_openings::table.on(inquiry_openings::inquiry_id.eq(inquiries::id)))
        .select((
            Row::as_select(),
            products::delivery,
            inquiry_openings::terms_version,
            inquiry_openings::presented_support_id,
            inquiry_openings::target_version,
        ))
        .first(connection)
        .optional()?;
    let (row, delivery, terms_version, presented_support_id, target_version) = found.ok_or(Refusal::NotFound)?;
    let contract = contract_at(connection, row.contract_id, now)?.ok_or(Refusal::NotFound)?;
    let own = row.opener_reseller_id.is_some() && row.opener_reseller_id == actor.reseller;
    let hidden = actor.kind == CallerKind::Partner && contract.partner_access == PartnerAccess::None && !own;
    if hidden || !actor.may_see(row.contract_id, contract.reseller) {
        return Err(Refusal::NotFound.into());
    }
    Ok(Held { row, contract, delivery, terms_version, presented_support_id, target_version })
}

impl Held {
    /// The inquiry as this caller stands before it.
    pub fn situation(&self, actor: &Actor) -> Situation {
        self.row.situation(self.delivery, actor.kind, actor.reseller)
    }

    /// The reseller in whose feed an event shows.
    pub fn feed(&self, told: Told) -> Option<Id<Reseller>> {
        feed(&self.contract, self.row.opener_reseller_id, told)
    }
}

/// How widely an event is told outside the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// To a partner with summary access too: number, state, product, decision code, times.
    Summary,
    /// To a partner with full access, and to the one who opened the inquiry.
    Full,
    /// To a partner with full access only: what the customer adds.
    CustomerOwn,
    /// To nobody outside.
    Desk,
}

/// The reseller in whose feed an event on an inquiry shows: by its access, and by who opened it.
pub fn feed(contract: &Presented, opener: Option<Id<Reseller>>, told: Told) -> Option<Id<Reseller>> {
    let own = opener.is_some() && opener == contract.reseller;
    let shown = match (told, contract.partner_access) {
        (Told::Desk, _) => false,
        (_, PartnerAccess::Full) => true,
        (Told::Summary, PartnerAccess::Summary) => true,
        (Told::CustomerOwn, _) => false,
        _ => own,
    };
    contract.reseller.filter(|_| shown)
}

/// Adds an inquiry with its opening. A reference that the partner has used is 409.
pub fn insert(connection: &mut Connection, row: &Row, opening: &Opening) -> Result<()> {
    diesel::insert_into(inquiries::table)
        .values((
            (
                inquiries::id.eq(row.id),
                inquiries::number.eq(&row.number),
                inquiries::contract_id.eq(row.contract_id),
                inquiries::product_id.eq(row.product_id),
                inquiries::kind.eq(row.kind),
                inquiries::channel.eq(row.channel),
                inquiries::product_version.eq(&row.product_version),
                inquiries::subject.eq(&row.subject),
                inquiries::state.eq(row.state),
                inquiries::version.eq(row.version),
                inquiries::received_at.eq(row.received_at),
                inquiries::effective_received_at.eq(row.effective_received_at),
                inquiries::last_message_at.eq(row.last_message_at),
            ),
            (
                inquiries::changed_at.eq(row.changed_at),
                inquiries::tags.eq(&row.tags),
                inquiries::opener_reseller_id.eq(row.opener_reseller_id),
                inquiries::external_reference.eq(&row.external_reference),
                inquiries::overridden.eq(row.overridden),
                inquiries::turn.eq(&row.turn),
                inquiries::taken.eq(row.taken),
                inquiries::open_requests.eq(row.open_requests),
                inquiries::open_escalations.eq(row.open_escalations),
            ),
        ))
        .execute(connection)
        .map_err(|error| match dialect::failure(&error) {
            dialect::Failure::Taken if row.external_reference.is_some() => Refusal::ReferenceTaken.into(),
            _ => crate::http::Problem::from(error),
        })?;
    diesel::insert_into(inquiry_openings::table).values(opening).execute(connection)?;
    Ok(())
}

/// Whether a number for people is in use.
pub fn number_taken(connection: &mut Connection, number: &str) -> Result<bool> {
    let found: Option<InquiryId> =
        inquiries::table.filter(inquiries::number.eq(number)).select(inquiries::id).first(connection).optional()?;
    Ok(found.is_some())
}

/// Sets the customer's system apart.
pub fn insert_customer_information(
    connection: &mut Connection,
    id: InquiryId,
    given: &super::open::CustomerInformation,
    now: Instant,
) -> Result<()> {
    let text = |part: &Option<crate::http::text::Body>| part.as_deref().map(str::to_owned);
    diesel::insert_into(customer_information::table)
        .values((
            customer_information::inquiry_id.eq(id),
            customer_information::environment.eq(text(&given.environment)),
            customer_information::settings.eq(text(&given.settings)),
            customer_information::operations.eq(text(&given.operations)),
            customer_information::version.eq(1),
            customer_information::changed_at.eq(now),
        ))
        .execute(connection)?;
    Ok(())
}

/// What the desk notes for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Triage {
    /// Who has it.
    pub assignee: Option<Id<Staff>>,
    /// The desk's own order of work.
    pub priority: Option<Priority>,
    /// The desk's own word for what it is about.
    pub category: Option<String>,
    /// The desk's own tags.
    pub tags: Vec<String>,
    /// When the desk looks again.
    pub follow_up_on: Option<Date>,
}

/// Writes what the desk notes; [`advance`] has guarded the version.
pub fn set_triage(connection: &mut Connection, id: InquiryId, triage: &Triage) -> Result<()> {
    diesel::update(inquiries::table.find(id))
        .set((
            inquiries::assignee_id.eq(triage.assignee),
            inquiries::priority.eq(triage.priority),
            inquiries::category.eq(&triage.category),
            inquiries::tags.eq(Doc(triage.tags.clone())),
            inquiries::follow_up_on.eq(triage.follow_up_on),
        ))
        .execute(connection)?;
    diesel::delete(inquiry_tags::table.filter(inquiry_tags::inquiry_id.eq(id))).execute(connection)?;
    for tag in &triage.tags {
        diesel::insert_into(inquiry_tags::table)
            .values((inquiry_tags::tag.eq(tag), inquiry_tags::inquiry_id.eq(id)))
            .execute(connection)?;
    }
    Ok(())
}

/// What an inquiry is classified as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Classification {
    /// The kind.
    pub kind: Kind,
    /// The product.
    pub product_id: Id<Product>,
    /// The version.
    pub product_version: Option<String>,
    /// What a SaaS inquiry is about.
    pub matter: Option<Matter>,
}

/// Writes a classification; [`advance`] has guarded the version.
pub fn set_classification(connection: &mut Connection, id: InquiryId, now: &Classification) -> Result<()> {
    diesel::update(inquiries::table.find(id))
        .set((
            inquiries::kind.eq(now.kind),
            inquiries::product_id.eq(now.product_id),
            inquiries::product_version.eq(&now.product_version),
            inquiries::matter.eq(now.matter),
        ))
        .execute(connection)?;
    Ok(())
}

/// Names the decision in effect, with its code and time, or that there is none; [`advance`] has
/// guarded the version.
pub fn set_closure(
    connection: &mut Connection,
    id: InquiryId,
    closure: Option<(Id<crate::closures::ClosureDecision>, ClosureCode, Instant)>,
) -> Result<()> {
    diesel::update(inquiries::table.find(id))
        .set((
            inquiries::closure_id.eq(closure.map(|(decision, _, _)| decision)),
            inquiries::closure_code.eq(closure.map(|(_, code, _)| code)),
            inquiries::closed_at.eq(closure.map(|(_, _, at)| at)),
        ))
        .execute(connection)?;
    Ok(())
}

/// Whether somebody is active at the desk.
pub fn is_active_staff(connection: &mut Connection, person: Id<Staff>) -> Result<bool> {
    Ok(crate::auth::store::active_role(connection, person)?.is_some())
}

/// Writes what an act made of an inquiry, if nobody was quicker: 412 else. The state is the one
/// that its life comes to.
pub fn advance(connection: &mut Connection, before: &Row, life: Life, now: Instant, thread: bool) -> Result<i32> {
    let version = before.version.saturating_add(1);
    let touched = if thread { now } else { before.last_message_at };
    let changed = diesel::update(inquiries::table.find(before.id))
        .filter(inquiries::version.eq(before.version))
        .set((
            inquiries::version.eq(version),
            inquiries::state.eq(life.state()),
            inquiries::turn.eq(life.turn.as_str()),
            inquiries::taken.eq(life.taken),
            inquiries::open_requests.eq(life.open_requests),
            inquiries::open_escalations.eq(life.open_escalations),
            inquiries::last_message_at.eq(touched),
            inquiries::changed_at.eq(now),
        ))
        .execute(connection)?;
    if changed == 1 { Ok(version) } else { Err(Refusal::VersionConflict.into()) }
}
