//! Every query of the ledger of recipients: marking and reading. Filling it is in `fill`, taking from
//! it in `claim`.

mod claim;
mod fill;

use diesel::prelude::*;

pub use claim::*;
pub use fill::*;

use super::DeliveryId;
use crate::app::Tx;
use crate::contracts::Contract;
use crate::db::Connection;
use crate::db::schema::{
    bounced_addresses as bounced, notice_deliveries as deliveries, notice_delivery_attempts as attempts,
    notice_fan_outs as fan_outs,
};
use crate::db::types::{Id, Instant};
use crate::http::Result;
use crate::http::page::Page;
use crate::http::text::EmailAddress;
use crate::inquiries::Inquiry;
use crate::mail::model::{Next, Tried, next};
use crate::releases::NoticeId;
use crate::subscriptions::Subscription;
use crate::terms::codes::{MailOutcome, MailState, NoticeDeliveryState as State};
use crate::{directly, load_page, older};

/// A try.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = attempts, treat_none_as_default_value = false)]
pub struct Attempt {
    /// Whose.
    pub delivery_id: DeliveryId,
    /// Its number, from 1.
    pub number: i32,
    /// When.
    pub attempted_at: Instant,
    /// What it came to.
    pub outcome: MailOutcome,
    /// What the mail server answered with.
    pub reply_code: Option<i32>,
    /// What it said, or what stopped us.
    pub detail: String,
}

/// A claimed mail, and how its try went.
#[derive(Clone, Debug)]
pub struct Done {
    /// The mail.
    pub claimed: Claimed,
    /// When it was tried.
    pub at: Instant,
    /// How that went.
    pub tried: Tried,
}

/// Writes down how tries went, and what becomes of the mails: all that went well at once.
pub fn mark(tx: &mut Tx<'_>, done: &[Done]) -> Result<()> {
    let now = tx.now;
    if done.is_empty() {
        return Ok(());
    }
    let rows: Vec<Attempt> = done.iter().map(Attempt::from).collect();
    directly!(&mut **tx, |c| diesel::insert_into(attempts::table).values(&rows).on_conflict_do_nothing().execute(c))?;
    let (well, badly): (Vec<&Done>, Vec<&Done>) =
        done.iter().partition(|one| one.tried.outcome == MailOutcome::Delivered);
    let waiting = deliveries::table.filter(deliveries::state.eq(State::Waiting));
    if !well.is_empty() {
        let ids: Vec<DeliveryId> = well.iter().map(|one| one.claimed.id).collect();
        diesel::update(waiting.filter(deliveries::id.eq_any(&ids)))
            .set((deliveries::state.eq(State::Delivered), deliveries::ended_at.eq(now)))
            .execute(&mut **tx)?;
        let reached: Vec<&EmailAddress> = well.iter().map(|one| &one.claimed.recipient).collect();
        diesel::delete(bounced::table.filter(bounced::email.eq_any(reached))).execute(&mut **tx)?;
    }
    for one in badly {
        let mine =
            waiting.filter(deliveries::id.eq(one.claimed.id)).filter(deliveries::attempts.eq(one.claimed.attempt));
        match next(one.tried.outcome, one.claimed.tries_left) {
            Next::Again(pause) => {
                let again = (deliveries::due_at.eq(now.plus(pause)), deliveries::held_until.eq(None::<Instant>));
                diesel::update(mine).set(again).execute(&mut **tx)?;
            }
            Next::Ends(end) => {
                let state = if end == MailState::Bounced { State::Bounced } else { State::Dead };
                let ended = diesel::update(mine)
                    .set((deliveries::state.eq(state), deliveries::ended_at.eq(now)))
                    .execute(&mut **tx)?;
                if ended == 1 && state == State::Bounced {
                    note_bounce(tx, &one.claimed.recipient)?;
                }
            }
        }
    }
    Ok(())
}

fn note_bounce(tx: &mut Tx<'_>, email: &EmailAddress) -> Result<()> {
    let now = tx.now;
    let known = diesel::update(bounced::table.find(email))
        .set((bounced::bounces.eq(bounced::bounces + 1), bounced::bounced_at.eq(now)))
        .execute(&mut **tx)?;
    if known == 0 {
        let row = (bounced::email.eq(email), bounced::bounces.eq(1), bounced::bounced_at.eq(now));
        directly!(&mut **tx, |c| diesel::insert_into(bounced::table).values(row).on_conflict_do_nothing().execute(c))?;
    }
    Ok(())
}

impl From<&Done> for Attempt {
    fn from(done: &Done) -> Self {
        Self {
            delivery_id: done.claimed.id,
            number: done.claimed.attempt,
            attempted_at: done.at,
            outcome: done.tried.outcome,
            reply_code: done.tried.reply_code.map(i32::from),
            detail: done.tried.detail.clone(),
        }
    }
}

/// A recipient of a notice.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = deliveries)]
pub struct LedgerRow {
    /// The delivery.
    pub id: DeliveryId,
    /// To whom.
    pub recipient: EmailAddress,
    /// The subscription by which.
    pub subscription_id: Id<Subscription>,
    /// The contract by which.
    pub contract_id: Id<Contract>,
    /// The inquiry that it tells of.
    pub inquiry_id: Option<Id<Inquiry>>,
    /// What became of it.
    pub state: State,
    /// When it was written down.
    pub queued_at: Instant,
    /// When it ended.
    pub ended_at: Option<Instant>,
}

/// Reads a page of a notice's recipients, those written down last first.
pub fn ledger(connection: &mut Connection, notice: NoticeId, states: &[State], page: &Page) -> Result<Vec<LedgerRow>> {
    let mut query = deliveries::table
        .filter(deliveries::notice_id.eq(notice))
        .order((deliveries::queued_at.desc(), deliveries::id.desc()))
        .select(LedgerRow::as_select())
        .into_boxed();
    if !states.is_empty() {
        query = query.filter(deliveries::state.eq_any(states));
    }
    older!(query, page, deliveries::queued_at, deliveries::id);
    Ok(load_page!(query, page, connection))
}

/// Every try of these deliveries, in order.
pub fn attempts_of(connection: &mut Connection, ids: &[DeliveryId]) -> Result<Vec<Attempt>> {
    let own = attempts::table.filter(attempts::delivery_id.eq_any(ids));
    Ok(own.order((attempts::delivery_id, attempts::number)).select(Attempt::as_select()).load(connection)?)
}

/// How far a notice's mail has come.
#[derive(Clone, Debug)]
pub struct Reach {
    /// Whether every recipient is written down.
    pub complete: bool,
    /// How many are in each state.
    pub counts: Vec<(State, i64)>,
    /// Since when the one that waits longest waits.
    pub oldest_waiting_at: Option<Instant>,
}

/// How far a notice's mail has come.
pub fn reach(connection: &mut Connection, notice: NoticeId) -> Result<Reach> {
    let open: Option<NoticeId> =
        fan_outs::table.find(notice).select(fan_outs::notice_id).first(connection).optional()?;
    let own = deliveries::table.filter(deliveries::notice_id.eq(notice));
    let counts =
        own.group_by(deliveries::state).select((deliveries::state, diesel::dsl::count_star())).load(connection)?;
    let oldest_waiting_at = own
        .filter(deliveries::state.eq(State::Waiting))
        .order(deliveries::queued_at)
        .select(deliveries::queued_at)
        .first(connection)
        .optional()?;
    Ok(Reach { complete: open.is_none(), counts, oldest_waiting_at })
}

/// How many mails wait, of whatever notice.
pub fn waiting(connection: &mut Connection) -> Result<i64> {
    Ok(deliveries::table.filter(deliveries::state.eq(State::Waiting)).count().get_result(connection)?)
}

/// Since when the mail that waits longest waits, of whatever notice.
pub fn oldest_waiting(connection: &mut Connection) -> Result<Option<Instant>> {
    let waiting = deliveries::table.filter(deliveries::state.eq(State::Waiting));
    // By the next try, since that has an index: of what is due, the oldest is among the first.
    Ok(waiting
        .order((deliveries::due_at, deliveries::id))
        .select(deliveries::queued_at)
        .first(connection)
        .optional()?)
}
