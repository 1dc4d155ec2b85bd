//! Every query on inquiries and their openings: reading one is here, lists are in `list`, what
//! acts write is in `acts`, the thread is in [`thread`].

mod acts;
pub mod contract;
mod list;
pub mod notes;
pub mod readers;
pub mod thread;

pub use acts::{
    Classification, Supersession, Triage, advance, insert, insert_customer_information, is_active_staff, number_taken,
    record_supersession, set_classification, set_closure, set_triage,
};
pub use list::{Listed, Narrowing, list};

use diesel::dsl::exists;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::Date;
use utoipa::ToSchema;
use uuid::Uuid;

use super::model::{Astray, Life, Situation, Turn};
use super::{Inquiry, InquiryId};
use crate::accounts::Staff;
use crate::auth::claim::Claim;
use crate::auth::proof::Actor;
use crate::auth::store::{Presented, contract_at, contracts_at, scopes_of};
use crate::calendar::model::tokyo_date;
use crate::contracts::denials::DenialReference;
use crate::contracts::model::Contact;
use crate::contracts::{Contract, Product, Reseller, refusal, store as contracts_store};
use crate::db::Connection;
use crate::db::dialect;
use crate::db::schema::{contract_corrections, denials, inquiries, inquiry_openings, products};
use crate::db::types::{Doc, Id, Instant};
use crate::http::text::{EmailAddress, Name, Phone, SupportId};
use crate::http::{Refusal, Result};
use crate::terms::codes::{
    Action, CallerKind, Channel, ClosureCode, Condition, Delivery, Denial, Kind, Matter, Override, PartnerAccess,
    Priority, RequesterRelation, Scope, State,
};
use crate::{denied_on, directly, proven};

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
    /// How many of the open requests ask for a re-submission on the Support Web.
    pub open_resubmissions: i32,
}

impl Row {
    /// The facts that the state is derived from.
    pub fn life(&self) -> Life {
        Life {
            superseded: self.superseded_by.is_some(),
            closed: self.closure_id.is_some(),
            open_requests: self.open_requests,
            open_resubmissions: self.open_resubmissions,
            open_escalations: self.open_escalations,
            turn: Turn::parse(&self.turn),
            taken: self.taken,
        }
    }

    /// Whether this reseller's system opened it.
    pub fn opened_by(&self, reseller: Option<Id<Reseller>>) -> bool {
        is_own(self.opener_reseller_id, reseller)
    }

    /// The inquiry as this caller stands before it.
    pub fn situation(
        &self,
        delivery: Delivery,
        caller: CallerKind,
        reseller: Option<Id<Reseller>>,
        denied: Option<Denial>,
    ) -> Situation {
        Situation {
            state: self.state,
            channel: self.channel,
            delivery,
            caller,
            opened_by_caller: self.opened_by(reseller),
            request_open: self.open_requests > 0,
            resubmission_open: self.open_resubmissions > 0,
            superseded_by: self.superseded_by,
            denied,
        }
    }
}

/// Whether one reseller opened what the other asks for; nobody is no reseller.
fn is_own(opener: Option<Id<Reseller>>, reseller: Option<Id<Reseller>>) -> bool {
    reseller.is_some() && opener == reseller
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
    /// The rules, each once.
    #[schema(min_items = 1, max_items = 6)]
    pub codes: Vec<Override>,
    /// Why.
    pub reason: crate::http::text::Reason,
}

/// The part of an inquiry that never changes.
#[derive(Clone, Debug, Insertable)]
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

/// What every reader sees of a [`Row`].
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = inquiries)]
pub struct Line {
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
    /// The reseller whose system opened it.
    pub opener_reseller_id: Option<Id<Reseller>>,
    /// The opener's own number for it.
    pub external_reference: Option<String>,
    /// The code of the decision in effect.
    pub closure_code: Option<ClosureCode>,
}

impl Line {
    /// Whether this reseller's system opened it.
    pub fn opened_by(&self, reseller: Option<Id<Reseller>>) -> bool {
        is_own(self.opener_reseller_id, reseller)
    }
}

impl From<&Row> for Line {
    fn from(row: &Row) -> Self {
        Self {
            id: row.id,
            number: row.number.clone(),
            contract_id: row.contract_id,
            product_id: row.product_id,
            kind: row.kind,
            channel: row.channel,
            matter: row.matter,
            product_version: row.product_version.clone(),
            subject: row.subject.clone(),
            state: row.state,
            version: row.version,
            received_at: row.received_at,
            effective_received_at: row.effective_received_at,
            last_message_at: row.last_message_at,
            changed_at: row.changed_at,
            opener_reseller_id: row.opener_reseller_id,
            external_reference: row.external_reference.clone(),
            closure_code: row.closure_code,
        }
    }
}

/// What lists leave out of a [`Row`], and who reads one inquiry is shown or judged by.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = inquiries)]
pub struct Standing {
    /// Whether staff set a rule aside when opening it.
    pub overridden: bool,
    /// Requests to the customer that are open.
    pub open_requests: i32,
    /// How many of them ask for a re-submission on the Support Web.
    pub open_resubmissions: i32,
    /// The decision in effect.
    pub closure_id: Option<Id<crate::closures::ClosureDecision>>,
    /// When it was decided.
    pub closed_at: Option<Instant>,
    /// The inquiry that goes on in its place.
    pub superseded_by: Option<InquiryId>,
}

/// What a reader sees of an [`Opening`].
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = inquiry_openings)]
pub struct Asked {
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
    /// When it was written down.
    pub recorded_at: Instant,
    /// The inquiry that it follows.
    pub follows: Option<InquiryId>,
    /// The phone inquiry that it takes up again.
    pub resubmits: Option<InquiryId>,
    /// For an upgrade question, the version asked about.
    pub target_version: Option<String>,
    /// The terms it was judged by.
    pub terms_version: String,
}

/// What only the desk sees of an inquiry beside its lines; for others it is not read.
#[derive(Clone, Debug, Queryable)]
pub struct Internal {
    /// What the desk notes for itself.
    pub triage: Triage,
    /// The call it came in by.
    pub call: Option<Doc<OpeningCall>>,
    /// The rules set aside.
    pub override_given: Option<Doc<OverrideGiven>>,
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
    /// The product's code.
    pub product_code: String,
    /// The product's delivery.
    pub delivery: Delivery,
}

macro_rules! around {
    () => {
        (
            contract_spans::maintenance_id,
            contract_spans::printed_contract_id,
            contract_spans::partner_access,
            contract_spans::condition,
            products::code,
            products::delivery,
        )
    };
}

/// Inquiries with their contract as it stands today and their product.
macro_rules! joined {
    ($today:expr) => {
        inquiries::table
            .inner_join(
                contract_spans::table.on(contract_spans::contract_id
                    .eq(inquiries::contract_id)
                    .and(contract_spans::from_on.le($today))
                    .and(contract_spans::until_on.gt($today))),
            )
            .inner_join(products::table.on(products::id.eq(inquiries::product_id)))
    };
}

/// The code of what denies the inquiry on a day, as [`contracts_store::inquiry_denial_on`] finds it:
/// of its own, and of its product. An index has each in order, so that nothing is sorted.
macro_rules! denials {
    ($today:expr) => {{
        let own = denials::table.filter(denials::inquiry_id.eq(inquiries::id.nullable()));
        let product = denials::table
            .filter(denials::contract_id.eq(inquiries::contract_id))
            .filter(denials::product_id.eq(inquiries::product_id.nullable()));
        (denial!(own, $today), denial!(product, $today))
    }};
}

macro_rules! denial {
    ($those:expr, $today:expr) => {
        $those
            .filter(denied_on!($today))
            .order((denials::effective_on, denials::recorded_at, denials::id))
            .select(denials::code)
            .single_value()
    };
}

/// The columns of [`Triage`].
macro_rules! noted {
    () => {
        (inquiries::assignee_id, inquiries::priority, inquiries::category, inquiries::tags, inquiries::follow_up_on)
    };
}

use noted;
/// Narrows a query to what was not written by a customer's side while the inquiry was astray.
macro_rules! not_astray {
    ($query:ident, $astray:expr, $at:expr, $author:expr) => {
        for stretch in $astray {
            let outside = [CallerKind::Customer, CallerKind::Partner].map(|kind| $author.ne(kind));
            let [not_customer, not_partner] = outside;
            let shown = $at.gt(stretch.until).or(not_customer.and(not_partner));
            $query = match stretch.after {
                Some(after) => $query.filter(shown.or($at.le(after))),
                None => $query.filter(shown),
            };
        }
    };
}

pub(crate) use {around, joined, not_astray};

/// An inquiry for a reader, proven in the statement that read it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// What lists show of it.
    pub line: Line,
    /// What they leave out.
    pub standing: Standing,
    /// The part that does not change.
    pub opening: Asked,
    /// What it is joined with.
    pub around: Around,
    /// For the desk, what is its own.
    pub internal: Option<Internal>,
    /// What denies the customer's side its replies today; the desk goes on whatever was confirmed.
    pub denied: Option<Denial>,
    /// For a machine client, what it may do.
    pub scopes: Option<Vec<Scope>>,
}

impl Seen {
    /// The inquiry as this caller stands before it.
    pub fn situation(&self, claim: &Claim) -> Situation {
        Situation {
            state: self.line.state,
            channel: self.line.channel,
            delivery: self.around.delivery,
            caller: claim.kind(),
            opened_by_caller: self.line.opened_by(claim.reseller()),
            request_open: self.standing.open_requests > 0,
            resubmission_open: self.standing.open_resubmissions > 0,
            superseded_by: self.standing.superseded_by,
            denied: self.denied,
        }
    }
}

/// Reads one inquiry: permission and row in one statement. None where there is none for this
/// caller; only then it is worth asking why.
pub fn find(connection: &mut Connection, claim: &Claim, now: Instant, id: InquiryId) -> Result<Option<Seen>> {
    type Columns<Own> = (Line, Standing, Asked, Around, Own);
    let today = tokyo_date(now.to_datetime());
    macro_rules! one {
        ($proven:expr, $own:expr) => {
            $proven
                .inner_join(inquiry_openings::table.on(inquiry_openings::inquiry_id.eq(inquiries::id)))
                .filter(inquiries::id.eq(id))
                .select((Line::as_select(), Standing::as_select(), Asked::as_select(), around!(), $own))
        };
    }
    let found: Result<Option<Seen>> = directly!(
        connection,
        |connection| proven!(claim, now, joined!(today), inquiries::contract_id, |proven|
            outside {
                let found: Option<Columns<(Option<Denial>, Option<Denial>)>> =
                    one!(proven, denials!(today)).first(connection).optional()?;
                Ok(found.map(|(line, standing, opening, around, (own, product))| {
                    let denied = own.or(product);
                    Seen { line, standing, opening, around, internal: None, denied, scopes: None }
                }))
            },
            desk {
                let found: Option<Columns<Internal>> =
                    one!(proven, (noted!(), inquiry_openings::call, inquiry_openings::override_given)).first(connection).optional()?;
                Ok(found.map(|(line, standing, opening, around, internal)| {
                    Seen { line, standing, opening, around, internal: Some(internal), denied: None, scopes: None }
                }))
            }
        )
    );
    let Some(mut seen) = found? else { return Ok(None) };
    if let Claim::Partner { client, .. } | Claim::Robot { client, .. } = claim {
        seen.scopes = Some(scopes_of(connection, *client)?);
    }
    Ok(Some(seen))
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
    /// What denies the customer's side its replies today.
    pub denial: Option<DenialReference>,
    /// The rules set aside at opening.
    pub override_given: Option<OverrideGiven>,
    /// When it stood on a wrong contract.
    pub astray: Vec<Astray>,
}

/// Loads an inquiry for an act of this caller's; others who act on it wait.
pub fn hold(connection: &mut Connection, actor: &Actor, now: Instant, id: InquiryId) -> Result<Held> {
    dialect::hold_inquiry(connection, id)?;
    held(connection, actor, now, id)
}

/// What [`Held`] needs of an inquiry beside its contract.
type Found = (Row, Delivery, String, SupportId, Option<String>, Option<Doc<OverrideGiven>>, bool);

macro_rules! found {
    () => {
        inquiries::table
            .inner_join(products::table.on(products::id.eq(inquiries::product_id)))
            .inner_join(inquiry_openings::table.on(inquiry_openings::inquiry_id.eq(inquiries::id)))
            .select((
                Row::as_select(),
                products::delivery,
                inquiry_openings::terms_version,
                inquiry_openings::presented_support_id,
                inquiry_openings::target_version,
                inquiry_openings::override_given,
                exists(contract_corrections::table.filter(contract_corrections::inquiry_id.eq(inquiries::id))),
            ))
    };
}

/// Loads an inquiry that this caller may see.
pub fn held(connection: &mut Connection, actor: &Actor, now: Instant, id: InquiryId) -> Result<Held> {
    let found: Option<Found> = found!().filter(inquiries::id.eq(id)).first(connection).optional()?;
    let found = found.ok_or(Refusal::NotFound)?;
    let corrected = found.6;
    let contract = contract_at(connection, found.0.contract_id, now)?;
    let mut held = contract.and_then(|contract| Held::by(actor, found, contract)).ok_or(Refusal::NotFound)?;
    if corrected {
        held.astray = contract::astray(connection, &[id])?.remove(&id).unwrap_or_default();
    }
    // The desk goes on whatever was confirmed, so it need not be asked.
    if !actor.is_outside() {
        return Ok(held);
    }
    let (row, today) = (&held.row, tokyo_date(now.to_datetime()));
    let denial = contracts_store::inquiry_denial_on(connection, row.contract_id, row.product_id, row.id, today)?;
    Ok(Held { denial, ..held })
}

/// Loads inquiries for acts of the desk's or a script's; others who act on them wait. Those that the caller
/// may not see are left out, like those that are not there.
pub fn hold_all(connection: &mut Connection, actor: &Actor, now: Instant, ids: &[InquiryId]) -> Result<Vec<Held>> {
    dialect::hold_inquiries(connection, ids)?;
    let found: Vec<Found> = found!().filter(inquiries::id.eq_any(ids)).load(connection)?;
    let corrected: Vec<InquiryId> = found.iter().filter(|found| found.6).map(|found| found.0.id).collect();
    let mut astray = contract::astray(connection, &corrected)?;
    let contracts: Vec<Id<Contract>> = found.iter().map(|found| found.0.contract_id).collect();
    let contracts = contracts_at(connection, &contracts, now)?;
    let held = |found: Found| {
        let contract = contracts.iter().find(|contract| contract.contract == found.0.contract_id)?;
        let held = Held::by(actor, found, contract.clone())?;
        let astray = astray.remove(&held.row.id).unwrap_or_default();
        Some(Held { astray, ..held })
    };
    Ok(found.into_iter().filter_map(held).collect())
}

impl Held {
    /// The inquiry, if this caller may see it.
    fn by(actor: &Actor, found: Found, contract: Presented) -> Option<Self> {
        let (row, delivery, terms_version, presented_support_id, target_version, override_given, _corrected) = found;
        let own = row.opened_by(actor.reseller);
        let hidden = actor.kind == CallerKind::Partner && contract.partner_access == PartnerAccess::None && !own;
        let shown = !hidden && actor.may_see(row.contract_id, contract.reseller);
        shown.then_some(Self {
            row,
            contract,
            delivery,
            terms_version,
            presented_support_id,
            target_version,
            override_given: override_given.map(|given| given.0),
            denial: None,
            astray: Vec::new(),
        })
    }

    /// Whether a customer's side wrote this while the inquiry stood on a wrong contract: it is that
    /// customer's still, and beside it only the desk's.
    pub fn is_of_another(&self, author: CallerKind, written_at: Instant) -> bool {
        let by_customers = matches!(author, CallerKind::Customer | CallerKind::Partner);
        by_customers && self.was_astray(written_at)
    }

    /// Whether the inquiry stood on a wrong contract then.
    pub fn was_astray(&self, at: Instant) -> bool {
        self.astray.iter().any(|stretch| stretch.covers(at))
    }

    /// The times of which this reader is not shown what a customer's side wrote.
    pub fn hidden_from(&self, reader: CallerKind) -> &[Astray] {
        if matches!(reader, CallerKind::Customer | CallerKind::Partner) { &self.astray } else { &[] }
    }

    /// Whether what this author wrote then is of the contract that the reader comes by.
    pub fn shows(&self, reader: CallerKind, author: CallerKind, written_at: Instant) -> bool {
        self.hidden_from(reader).is_empty() || !self.is_of_another(author, written_at)
    }

    /// The inquiry as this caller stands before it.
    pub fn situation(&self, actor: &Actor) -> Situation {
        self.row.situation(self.delivery, actor.kind, actor.reseller, self.denial.map(|denial| denial.code))
    }

    /// Refuses the customer's side what adds to an inquiry that is denied: 403 `support_denied`,
    /// before the answer of an earlier try is looked for. The desk goes on.
    pub fn serves(&self, connection: &mut Connection, actor: &Actor, desk: &Contact) -> Result<()> {
        // Asked of the rule, so that who may not write here at all is told that in its turn.
        let stopped = self.situation(actor).may(Action::PostMessage).err().map(|problem| problem.refusal());
        match self.denial.filter(|_| stopped == Some(Refusal::SupportDenied)) {
            Some(denial) => {
                let id = actor.presented_id.as_ref().unwrap_or(&self.presented_support_id);
                Err(refusal::denied(connection, &self.contract, id, denial, desk)?)
            }
            None => Ok(()),
        }
    }

    /// What is noted of a reading: see [`super::reading::first_of`].
    pub fn told(&self) -> (Channel, (InquiryId, Id<Contract>)) {
        (self.row.channel, (self.row.id, self.row.contract_id))
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
