//! Queries that write down who is to be told of a notice.

use diesel::prelude::*;
use time::Date;
use uuid::Uuid;

use crate::app::Tx;
use crate::closures::ClosureDecisionId;
use crate::closures::model::Evidence;
use crate::contracts::store::denied_to_on;
use crate::contracts::{Contract, Product};
use crate::db::Connection;
use crate::db::schema::{
    bounced_addresses as bounced, closure_decisions as decisions, contract_spans as spans, escalations, fix_tellings,
    inquiries, inquiry_openings as openings, notice_catch_ups as catch_ups, notice_deliveries as deliveries,
    notice_fan_outs as fan_outs, notice_subscriptions as subscriptions, notice_topics as topics, vendor_answers,
};
use crate::db::types::{Doc, Id, Instant};
use crate::deliveries::DeliveryId;
use crate::directly;
use crate::escalations::VendorAnswer;
use crate::http::Result;
use crate::http::text::{EmailAddress, ShortCode};
use crate::inquiries::Inquiry;
use crate::inquiries::store::Requester;
use crate::mail::model::TRIES;
use crate::releases::NoticeId;
use crate::releases::store::Row as Notice;
use crate::subscriptions::Subscription;
use crate::subscriptions::store::Row as Applied;
use crate::terms::codes::{
    ClosureCode, Condition, Disclosure, NoticeDeliveryState as State, Service, SubscriptionState,
};

/// After how many refusals for good in a row an address is not written to any more, until somebody
/// applies for it anew.
pub const BOUNCES: i32 = 2;

/// What of a notice's recipients is written down next: those whose inquiries the vendor's answers
/// and then the desk's decisions laid to a defect that it fixes, and then the subscribers.
pub const STAGES: [&str; 3] = ["answers", "evidence", "subscriptions"];

/// How far the recipients of a notice are written down.
#[derive(Clone, Debug, Queryable)]
pub struct FanOut {
    /// The notice.
    pub notice: NoticeId,
    /// One of [`STAGES`].
    pub stage: String,
    /// The last id of the stage that was seen.
    pub after: Option<Id<Uuid>>,
}

/// A recipient to be written down.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// The subscription.
    pub subscription: Id<Subscription>,
    /// The contract that it is under.
    pub contract: Id<Contract>,
    /// To whom.
    pub email: EmailAddress,
    /// The inquiry that the mail tells of.
    pub inquiry: Option<Id<Inquiry>>,
}

/// Begins to write a notice's recipients down.
pub fn begin(tx: &mut Tx<'_>, notice: NoticeId) -> Result<()> {
    let first = STAGES.first().copied().unwrap_or_default();
    diesel::insert_into(fan_outs::table)
        .values((fan_outs::notice_id.eq(notice), fan_outs::stage.eq(first)))
        .execute(&mut **tx)?;
    Ok(())
}

/// Whether anybody is yet to be written down.
pub fn any_open(connection: &mut Connection) -> Result<bool> {
    let open: Option<NoticeId> = fan_outs::table.select(fan_outs::notice_id).first(connection).optional()?;
    let missed: Option<Id<Contract>> = catch_ups::table.select(catch_ups::contract_id).first(connection).optional()?;
    Ok(open.is_some() || missed.is_some())
}

/// The notice whose recipients are written down next.
pub fn next_fan_out(connection: &mut Connection) -> Result<Option<FanOut>> {
    let columns = (fan_outs::notice_id, fan_outs::stage, fan_outs::after_id);
    Ok(fan_outs::table.order(fan_outs::notice_id).select(columns).first(connection).optional()?)
}

/// Says how far a stage has come; none ends it, and with the last stage all of it.
pub fn advance(tx: &mut Tx<'_>, at: &FanOut, after: Option<Id<Uuid>>) -> Result<()> {
    let row = fan_outs::table.find(at.notice);
    if after.is_some() {
        diesel::update(row).set(fan_outs::after_id.eq(after)).execute(&mut **tx)?;
        return Ok(());
    }
    match STAGES.iter().skip_while(|stage| **stage != at.stage).nth(1) {
        Some(stage) => diesel::update(row)
            .set((fan_outs::stage.eq(*stage), fan_outs::after_id.eq(None::<Id<Uuid>>)))
            .execute(&mut **tx)?,
        None => diesel::delete(row).execute(&mut **tx)?,
    };
    Ok(())
}

/// A contract as it stands on a day, as far as notices ask.
#[derive(Clone, Debug, Queryable)]
pub struct Standing {
    condition: Condition,
    services: Doc<Vec<Service>>,
    products: Doc<Vec<Id<Product>>>,
}

/// Which products are denied to which contracts.
pub(super) type Denied = Vec<(Id<Contract>, Id<Product>)>;

impl Standing {
    /// Whether the contract is in force, includes information, and covers one of the products that is
    /// not denied to it.
    pub(super) fn serves(&self, contract: Id<Contract>, about: &[Id<Product>], denied: &Denied) -> bool {
        let served = |product| self.products.0.contains(product) && !denied.contains(&(contract, *product));
        self.condition == Condition::InForce
            && self.services.0.contains(&Service::Information)
            && about.iter().any(served)
    }
}

/// Whether a contract is served with news of one of the products on a day.
pub fn is_served(
    connection: &mut Connection,
    contract: Id<Contract>,
    about: &[Id<Product>],
    day: Date,
) -> Result<bool> {
    let standing: Option<Standing> = spans::table
        .filter(spans::contract_id.eq(contract))
        .filter(spans::from_on.le(day))
        .filter(spans::until_on.gt(day))
        .select((spans::condition, spans::services, spans::product_ids))
        .first(connection)
        .optional()?;
    let denied = denied_to_on(connection, &[contract], day)?;
    Ok(standing.is_some_and(|standing| standing.serves(contract, about, &denied)))
}

/// Whether a subscription is a reason to tell of a notice on a day.
pub fn entitles(connection: &mut Connection, subscription: &Applied, notice: &Notice, day: Date) -> Result<bool> {
    let about = notice.product_ids.0.iter().copied().filter(|id| subscription.product_ids.0.contains(id));
    let about: Vec<Id<Product>> = about.collect();
    // Beyond the terms nobody could apply for the kind.
    let kind = notice.beyond_terms || subscription.kinds.0.contains(&notice.kind);
    Ok(kind && is_served(connection, subscription.contract_id, &about, day)?)
}

/// A line of a walk over subscriptions: one for each product that fits.
type Subscribed = (Id<Subscription>, Id<Contract>, EmailAddress, Id<Product>, Standing);

/// Those registered for a notice, by id and `most` lines at once. Gives whom to tell and the id to
/// go on after; none when there are no more.
pub fn subscribed(
    connection: &mut Connection,
    notice: &Notice,
    after: Option<Id<Uuid>>,
    day: Date,
    most: i64,
) -> Result<(Vec<Recipient>, Option<Id<Uuid>>)> {
    let mut query = topics::table
        .inner_join(subscriptions::table.on(subscriptions::id.eq(topics::subscription_id)))
        .inner_join(spans::table.on(
            spans::contract_id.eq(subscriptions::contract_id).and(spans::from_on.le(day)).and(spans::until_on.gt(day)),
        ))
        .filter(topics::product_id.eq_any(&notice.product_ids.0))
        .filter(subscriptions::state.eq(SubscriptionState::Registered))
        .order((topics::subscription_id, topics::product_id))
        .limit(most)
        .select((
            subscriptions::id,
            subscriptions::contract_id,
            subscriptions::email,
            topics::product_id,
            (spans::condition, spans::services, spans::product_ids),
        ))
        .into_boxed();
    // Beyond the terms nobody could apply for the kind: whoever is registered for the product is told.
    if !notice.beyond_terms {
        query = query.filter(topics::kind.eq(notice.kind));
    }
    if let Some(after) = after {
        query = query.filter(topics::subscription_id.gt(after.cast::<Subscription>()));
    }
    let mut lines: Vec<Subscribed> = query.load(connection)?;
    let full = i64::try_from(lines.len()).is_ok_and(|count| count == most);
    let last = lines.last().map(|line| line.0);
    if full && lines.first().map(|line| line.0) != last {
        lines.retain(|line| Some(line.0) != last); // its other lines may be yet to come
    }
    let seen = lines.last().map(|line| line.0.cast()).filter(|_| full);
    let contracts: Vec<Id<Contract>> = lines.iter().map(|line| line.1).collect();
    let denied = denied_to_on(connection, &contracts, day)?;
    let mut recipients: Vec<Recipient> = Vec::new();
    for (subscription, contract, email, product, standing) in lines {
        let known = recipients.last().is_some_and(|last| last.subscription == subscription);
        if !known && standing.serves(contract, &[product], &denied) {
            recipients.push(Recipient { subscription, contract, email, inquiry: None });
        }
    }
    Ok((recipients, seen))
}

/// An inquiry that was closed on a defect.
#[derive(Clone, Debug)]
pub struct Closed {
    /// Where the walk stands.
    pub place: Id<Uuid>,
    /// The inquiry.
    pub inquiry: Id<Inquiry>,
    /// Its contract.
    pub contract: Id<Contract>,
    /// Its product.
    pub product: Id<Product>,
    /// Who asked.
    pub requester: Requester,
    /// The vendor's number of the defect.
    pub defect: ShortCode,
}

/// Inquiries that are closed and that the vendor laid to one of the defects, by answer. What the
/// vendor has not let be told is not told this way either (SW-4.2.1-C13, SA-5.2.1-C27).
pub fn closed_by_answer(
    connection: &mut Connection,
    notice: &Notice,
    after: Option<Id<Uuid>>,
    most: i64,
) -> Result<Vec<Closed>> {
    let defects: Vec<Option<String>> = notice.fixes.0.iter().map(|defect| Some(defect.to_string())).collect();
    let mut query = vendor_answers::table
        .inner_join(escalations::table.on(escalations::id.eq(vendor_answers::escalation_id)))
        .inner_join(inquiries::table.on(inquiries::id.eq(escalations::inquiry_id)))
        .inner_join(openings::table.on(openings::inquiry_id.eq(inquiries::id)))
        .filter(vendor_answers::vendor_defect_id.eq_any(defects))
        .filter(vendor_answers::disclosure.eq(Disclosure::Permitted))
        .filter(inquiries::closure_id.is_not_null())
        .filter(inquiries::product_id.eq_any(&notice.product_ids.0))
        .order(vendor_answers::id)
        .limit(most)
        .select((
            vendor_answers::id,
            inquiries::id,
            inquiries::contract_id,
            inquiries::product_id,
            openings::requester,
            vendor_answers::vendor_defect_id.assume_not_null(),
        ))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(vendor_answers::id.gt(after.cast::<VendorAnswer>()));
    }
    type Line = (Id<VendorAnswer>, Id<Inquiry>, Id<Contract>, Id<Product>, Doc<Requester>, ShortCode);
    let lines: Vec<Line> = query.load(connection)?;
    let closed = |(place, inquiry, contract, product, Doc(requester), defect): Line| Closed {
        place: place.cast(),
        inquiry,
        contract,
        product,
        requester,
        defect,
    };
    Ok(lines.into_iter().map(closed).collect())
}

/// Decisions in effect that the defective part was identified, where the vendor has let something be
/// told; of these, whichever names a defect is compared by whom asks for it.
pub fn closed_by_evidence(
    connection: &mut Connection,
    notice: &Notice,
    after: Option<Id<Uuid>>,
    most: i64,
) -> Result<Vec<(Id<Uuid>, Option<Closed>)>> {
    let permitted = vendor_answers::table
        .inner_join(escalations::table.on(escalations::id.eq(vendor_answers::escalation_id)))
        .filter(escalations::inquiry_id.eq(decisions::inquiry_id))
        .filter(vendor_answers::disclosure.eq(Disclosure::Permitted))
        .select(vendor_answers::id);
    let mut query = decisions::table
        .inner_join(openings::table.on(openings::inquiry_id.eq(decisions::inquiry_id)))
        .filter(decisions::product_id.eq_any(&notice.product_ids.0))
        .filter(decisions::code.eq(ClosureCode::FaultLocationIdentified))
        .filter(decisions::revoked_at.is_null())
        .filter(diesel::dsl::exists(permitted))
        .order(decisions::id)
        .limit(most)
        .select((
            decisions::id,
            decisions::inquiry_id,
            decisions::contract_id,
            decisions::product_id,
            openings::requester,
            decisions::evidence,
        ))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(decisions::id.gt(after.cast::<crate::closures::ClosureDecision>()));
    }
    type Line = (ClosureDecisionId, Id<Inquiry>, Id<Contract>, Id<Product>, Doc<Requester>, Doc<Evidence>);
    let lines: Vec<Line> = query.load(connection)?;
    let closed = |(place, inquiry, contract, product, Doc(requester), Doc(evidence)): Line| {
        let place = place.cast();
        let defect = evidence.vendor_defect_id.filter(|defect| notice.fixes.0.contains(defect));
        (place, defect.map(|defect| Closed { place, inquiry, contract, product, requester, defect }))
    };
    Ok(lines.into_iter().map(closed).collect())
}

/// Whether the fix of a defect was told of an inquiry before.
pub fn is_told(connection: &mut Connection, inquiry: Id<Inquiry>, defect: &ShortCode) -> Result<bool> {
    let told: Option<Id<Inquiry>> =
        fix_tellings::table.find((inquiry, defect)).select(fix_tellings::inquiry_id).first(connection).optional()?;
    Ok(told.is_some())
}

/// Writes down that a recipient's mail of a notice tells of an inquiry: once for each defect.
pub fn note_telling(
    tx: &mut Tx<'_>,
    notice: NoticeId,
    email: &EmailAddress,
    inquiry: Id<Inquiry>,
    defect: &ShortCode,
) -> Result<()> {
    let delivery: DeliveryId = deliveries::table
        .filter(deliveries::notice_id.eq(notice))
        .filter(deliveries::recipient.eq(email))
        .select(deliveries::id)
        .first(&mut **tx)?;
    let row = (
        fix_tellings::inquiry_id.eq(inquiry),
        fix_tellings::vendor_defect_id.eq(defect),
        fix_tellings::delivery_id.eq(delivery),
    );
    directly!(&mut **tx, |c| diesel::insert_into(fix_tellings::table).values(row).on_conflict_do_nothing().execute(c))?;
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = deliveries, treat_none_as_default_value = false)]
struct NewDelivery<'a> {
    id: DeliveryId,
    notice_id: NoticeId,
    recipient: &'a EmailAddress,
    subscription_id: Id<Subscription>,
    contract_id: Id<Contract>,
    inquiry_id: Option<Id<Inquiry>>,
    state: State,
    attempts: i32,
    tries_left: i32,
    queued_at: Instant,
    due_at: Instant,
    ended_at: Option<Instant>,
}

/// Writes recipients of a notice down; one who is there already stays as is. An address that has
/// bounced too often is written down and not written to.
pub fn queue(tx: &mut Tx<'_>, notice: NoticeId, recipients: &[Recipient]) -> Result<()> {
    let now = tx.now;
    if recipients.is_empty() {
        return Ok(());
    }
    let addresses: Vec<&EmailAddress> = recipients.iter().map(|one| &one.email).collect();
    let gone: Vec<EmailAddress> = bounced::table
        .filter(bounced::email.eq_any(addresses))
        .filter(bounced::bounces.ge(BOUNCES))
        .select(bounced::email)
        .load(&mut **tx)?;
    let rows: Vec<NewDelivery<'_>> = recipients
        .iter()
        .map(|one| {
            let suppressed = gone.contains(&one.email);
            NewDelivery {
                id: tx.new_id(),
                notice_id: notice,
                recipient: &one.email,
                subscription_id: one.subscription,
                contract_id: one.contract,
                inquiry_id: one.inquiry,
                state: if suppressed { State::Suppressed } else { State::Waiting },
                attempts: 0,
                tries_left: TRIES,
                queued_at: now,
                due_at: now,
                ended_at: suppressed.then_some(now),
            }
        })
        .collect();
    directly!(&mut **tx, |c| diesel::insert_into(deliveries::table).values(&rows).on_conflict_do_nothing().execute(c))?;
    Ok(())
}

/// Puts back what was cancelled for a recipient, now that there is a reason again.
pub fn revive(tx: &mut Tx<'_>, notice: NoticeId, recipient: &Recipient) -> Result<()> {
    let now = tx.now;
    let cancelled = deliveries::table
        .filter(deliveries::notice_id.eq(notice))
        .filter(deliveries::recipient.eq(&recipient.email))
        .filter(deliveries::state.eq(State::Cancelled));
    diesel::update(cancelled)
        .set((
            deliveries::subscription_id.eq(recipient.subscription),
            deliveries::contract_id.eq(recipient.contract),
            deliveries::state.eq(State::Waiting),
            deliveries::tries_left.eq(TRIES),
            deliveries::due_at.eq(now),
            deliveries::ended_at.eq(None::<Instant>),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// A contract whose past has changed since a day.
#[derive(Clone, Debug, Queryable)]
pub struct CatchUp {
    id: Id<Contract>,
    /// The contract.
    pub contract: Id<Contract>,
    /// The day.
    pub from_on: Date,
    /// The last subscription that was looked at.
    pub after: Option<Id<Uuid>>,
}

/// The contract that is looked at next for what it missed.
pub fn next_catch_up(connection: &mut Connection) -> Result<Option<CatchUp>> {
    let columns = (catch_ups::id, catch_ups::contract_id, catch_ups::from_on, catch_ups::after_id);
    Ok(catch_ups::table.order(catch_ups::id).select(columns).first(connection).optional()?)
}

/// Says how far it was looked at; none ends it.
pub fn caught_up(tx: &mut Tx<'_>, at: &CatchUp, after: Option<Id<Subscription>>) -> Result<()> {
    let row = catch_ups::table.find(at.id);
    match after {
        Some(after) => diesel::update(row).set(catch_ups::after_id.eq(after.cast::<Uuid>())).execute(&mut **tx)?,
        None => diesel::delete(row).execute(&mut **tx)?,
    };
    Ok(())
}

/// Some of what is in effect under a contract, by id.
pub fn subscriptions_of(connection: &mut Connection, at: &CatchUp, most: i64) -> Result<Vec<Applied>> {
    let mut query = subscriptions::table
        .filter(subscriptions::contract_id.eq(at.contract))
        .filter(subscriptions::state.eq(SubscriptionState::Registered))
        .order(subscriptions::id)
        .limit(most)
        .select(Applied::as_select())
        .into_boxed();
    if let Some(after) = at.after {
        query = query.filter(subscriptions::id.gt(after.cast::<Subscription>()));
    }
    Ok(query.load(connection)?)
}
