//! Taking what is due: what there is still a reason to send, by the standing of today.

use diesel::prelude::*;
use time::{Date, Duration};

use super::fill::Denied;
use super::{Attempt, Standing, entitles, is_served};
use crate::app::Tx;
use crate::contracts::store::denied_to_on;
use crate::contracts::{Contract, Product};
use crate::db::Connection;
use crate::db::dialect;
use crate::db::schema::{
    contract_spans as spans, fix_tellings, inquiries, notice_deliveries as deliveries,
    notice_delivery_attempts as attempts, notice_subscriptions as subscriptions, release_notices as notices,
};
use crate::db::types::{Doc, Id, Instant};
use crate::deliveries::DeliveryId;
use crate::directly;
use crate::http::Result;
use crate::http::text::EmailAddress;
use crate::releases::{NoticeId, store as releases};
use crate::subscriptions::store::of_address;
use crate::terms::codes::{MailOutcome, NoticeDeliveryState as State, NoticeState, SubscriptionState};

/// How long a worker has what it claimed for itself.
pub const LEASE: Duration = crate::mail::model::LEASE;

/// A mail that a worker has claimed.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The delivery.
    pub id: DeliveryId,
    /// The notice.
    pub notice: NoticeId,
    /// To whom.
    pub recipient: EmailAddress,
    /// What ends mail to that address.
    pub unsubscribe_key: String,
    /// The numbers of the recipient's own inquiries that it tells of.
    pub numbers: Vec<String>,
    /// The number of the try.
    pub attempt: i32,
    /// How many tries are left after it.
    pub tries_left: i32,
}

/// What a claim is decided by.
#[derive(Queryable)]
struct Due {
    delivery: DueDelivery,
    notice: (NoticeState, Doc<Vec<Id<Product>>>),
    subscription: (SubscriptionState, String, Doc<Vec<Id<Product>>>),
    /// How the contract stands today.
    standing: Option<Standing>,
    /// The product of the inquiry that it tells of.
    asked_about: Option<Id<Product>>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = deliveries)]
struct DueDelivery {
    id: DeliveryId,
    notice_id: NoticeId,
    recipient: EmailAddress,
    contract_id: Id<Contract>,
    attempts: i32,
    tries_left: i32,
    held_until: Option<Instant>,
}

/// Whether any mail is due.
pub fn any_due(connection: &mut Connection, now: Instant) -> Result<bool> {
    let found: Option<DeliveryId> = deliveries::table
        .filter(deliveries::state.eq(State::Waiting))
        .filter(deliveries::due_at.le(now))
        .filter(deliveries::held_until.is_null().or(deliveries::held_until.le(now)))
        .limit(1)
        .select(deliveries::id)
        .first(connection)
        .optional()?;
    Ok(found.is_some())
}

/// Takes the mails that have been due for longest. What there is no reason to send any more (the
/// notice was withdrawn, the subscription has ended, the contract is not in force, the product is
/// denied) goes on by another subscription of the address that is a reason, or is cancelled. What
/// was cut off on its last try is given up. Gives what is to be sent, and whether anything was due.
pub fn claim(tx: &mut Tx<'_>, most: i64) -> Result<(Vec<Claimed>, bool)> {
    let (now, today) = (tx.now, tx.today());
    let held: Vec<DeliveryId> = dialect::hold_due_deliveries(tx, now, most)?;
    if held.is_empty() {
        return Ok((Vec::new(), false));
    }
    let (spent, due): (Vec<Due>, Vec<Due>) =
        due(tx, &held, today)?.into_iter().partition(|due| due.delivery.tries_left == 0);
    give_up(tx, &spent)?;
    let contracts: Vec<Id<Contract>> = due.iter().map(|due| due.delivery.contract_id).collect();
    let denied = denied_to_on(tx, &contracts, today)?;
    let (mut claimed, mut cancelled) = (Vec::new(), Vec::new());
    for due in due {
        if due.is_wanted(&denied) {
            claimed.push(Claimed::from(due));
        } else if let Some(other) = another_reason(tx, &due)? {
            claimed.push(Claimed { unsubscribe_key: other, ..Claimed::from(due) });
        } else {
            cancelled.push(due.delivery.id);
        }
    }
    if !cancelled.is_empty() {
        diesel::update(deliveries::table.filter(deliveries::id.eq_any(&cancelled)))
            .set((deliveries::state.eq(State::Cancelled), deliveries::ended_at.eq(now)))
            .execute(&mut **tx)?;
    }
    let ids: Vec<DeliveryId> = claimed.iter().map(|one| one.id).collect();
    diesel::update(deliveries::table.filter(deliveries::id.eq_any(&ids)))
        .set((
            deliveries::attempts.eq(deliveries::attempts + 1),
            deliveries::tries_left.eq(deliveries::tries_left - 1),
            deliveries::held_until.eq(now.plus(LEASE)),
        ))
        .execute(&mut **tx)?;
    for (delivery, number) in numbers_of(tx, &ids)? {
        if let Some(one) = claimed.iter_mut().find(|one| one.id == delivery) {
            one.numbers.push(number);
        }
    }
    Ok((claimed, true))
}

fn due(connection: &mut Connection, ids: &[DeliveryId], today: Date) -> Result<Vec<Due>> {
    Ok(deliveries::table
        .inner_join(notices::table.on(notices::id.eq(deliveries::notice_id)))
        .inner_join(subscriptions::table.on(subscriptions::id.eq(deliveries::subscription_id)))
        .left_join(spans::table.on(
            spans::contract_id.eq(deliveries::contract_id).and(spans::from_on.le(today)).and(spans::until_on.gt(today)),
        ))
        .left_join(inquiries::table.on(deliveries::inquiry_id.eq(inquiries::id.nullable())))
        .filter(deliveries::id.eq_any(ids))
        .order((deliveries::due_at, deliveries::id))
        .select((
            DueDelivery::as_select(),
            (notices::state, notices::product_ids),
            (subscriptions::state, subscriptions::unsubscribe_key, subscriptions::product_ids),
            (spans::condition, spans::services, spans::product_ids).nullable(),
            inquiries::product_id.nullable(),
        ))
        .load(connection)?)
}

impl Due {
    /// Whether there still is a reason to send it, of today.
    fn is_wanted(&self, denied: &Denied) -> bool {
        let (notice, products) = &self.notice;
        let (subscription, _, wanted) = &self.subscription;
        let about: Vec<Id<Product>> = match self.asked_about {
            Some(product) => vec![product],
            None => products.0.iter().copied().filter(|product| wanted.0.contains(product)).collect(),
        };
        let served = |standing: &Standing| standing.serves(self.delivery.contract_id, &about, denied);
        *notice == NoticeState::Announced
            && *subscription == SubscriptionState::Registered
            && self.standing.as_ref().is_some_and(served)
    }
}

/// Lets a mail go on by another subscription of the same address, if one is a reason for it; gives
/// what ends mail by that.
fn another_reason(tx: &mut Tx<'_>, due: &Due) -> Result<Option<String>> {
    let today = tx.today();
    let Some(notice) = releases::find(tx, due.delivery.notice_id)? else { return Ok(None) };
    if notice.state != NoticeState::Announced {
        return Ok(None);
    }
    for other in of_address(tx, &due.delivery.recipient)? {
        let asked = match due.asked_about {
            Some(product) if other.contract_id == due.delivery.contract_id => {
                is_served(tx, other.contract_id, &[product], today)?
            }
            _ => false,
        };
        if asked || entitles(tx, &other, &notice, today)? {
            diesel::update(deliveries::table.find(due.delivery.id))
                .set((deliveries::subscription_id.eq(other.id), deliveries::contract_id.eq(other.contract_id)))
                .execute(&mut **tx)?;
            return Ok(Some(other.unsubscribe_key));
        }
    }
    Ok(None)
}

/// Ends mails whose last try was cut off: it is on record as one whose outcome is not known.
fn give_up(tx: &mut Tx<'_>, spent: &[Due]) -> Result<()> {
    let now = tx.now;
    if spent.is_empty() {
        return Ok(());
    }
    let cut_off = |due: &Due| Attempt {
        delivery_id: due.delivery.id,
        number: due.delivery.attempts,
        attempted_at: due.delivery.held_until.map_or(now, |end| end.plus(-LEASE)),
        outcome: MailOutcome::Deferred,
        reply_code: None,
        detail: "the try was cut off and its outcome is not known".to_owned(),
    };
    let rows: Vec<Attempt> = spent.iter().map(cut_off).collect();
    directly!(&mut **tx, |c| diesel::insert_into(attempts::table).values(&rows).on_conflict_do_nothing().execute(c))?;
    let ids: Vec<DeliveryId> = spent.iter().map(|due| due.delivery.id).collect();
    diesel::update(deliveries::table.filter(deliveries::id.eq_any(&ids)))
        .set((deliveries::state.eq(State::Dead), deliveries::ended_at.eq(now)))
        .execute(&mut **tx)?;
    Ok(())
}

/// The numbers of the inquiries that mails tell of.
fn numbers_of(connection: &mut Connection, ids: &[DeliveryId]) -> Result<Vec<(DeliveryId, String)>> {
    Ok(fix_tellings::table
        .inner_join(inquiries::table.on(inquiries::id.eq(fix_tellings::inquiry_id)))
        .filter(fix_tellings::delivery_id.eq_any(ids))
        .order((fix_tellings::delivery_id, inquiries::number))
        .select((fix_tellings::delivery_id, inquiries::number))
        .distinct()
        .load(connection)?)
}

impl From<Due> for Claimed {
    fn from(due: Due) -> Self {
        let DueDelivery { id, notice_id, recipient, attempts, tries_left, .. } = due.delivery;
        Self {
            id,
            notice: notice_id,
            recipient,
            unsubscribe_key: due.subscription.1,
            numbers: Vec::new(),
            attempt: attempts.saturating_add(1),
            tries_left: tries_left.saturating_sub(1),
        }
    }
}

/// Gives back what was claimed and not tried, unless another has claimed it since: it is due at once,
/// and has lost no try.
pub fn give_back(tx: &mut Tx<'_>, untried: &[Claimed]) -> Result<()> {
    for one in untried {
        let mine = deliveries::table
            .find(one.id)
            .filter(deliveries::state.eq(State::Waiting))
            .filter(deliveries::attempts.eq(one.attempt));
        diesel::update(mine)
            .set((
                deliveries::attempts.eq(deliveries::attempts - 1),
                deliveries::tries_left.eq(deliveries::tries_left + 1),
                deliveries::held_until.eq(None::<Instant>),
            ))
            .execute(&mut **tx)?;
    }
    Ok(())
}
