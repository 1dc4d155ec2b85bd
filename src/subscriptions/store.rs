//! Every query on subscriptions. Those on mailed links are in `confirmations`.

mod confirmations;

pub use confirmations::*;
use diesel::prelude::*;
use time::Date;
use uuid::Uuid;

use super::{Subscription, SubscriptionId};
use crate::app::Tx;
use crate::contracts::{Contract, ContractId, Product, ProductId, Reseller, ResellerId};
use crate::db::Connection;
use crate::db::schema::{
    bounced_addresses as bounced, contract_spans as spans, notice_catch_ups as catch_ups,
    notice_deliveries as deliveries, notice_subscriptions as subscriptions, notice_topics as topics,
};
use crate::db::types::{Doc, Id, Instant};
use crate::http::page::Page;
use crate::http::text::EmailAddress;
use crate::http::{Refusal, Result};
use crate::terms::codes::{
    ApplicationWay, CallerKind, NoticeDeliveryState, NoticeKind, SubscriptionEnd, SubscriptionState,
};
use crate::{load_page, older};

/// A subscription.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = subscriptions)]
pub struct Row {
    /// The subscription.
    pub id: SubscriptionId,
    /// The contract that entitles to it.
    pub contract_id: Id<Contract>,
    /// Where mail goes.
    pub email: EmailAddress,
    /// The products that it is about.
    pub product_ids: Doc<Vec<Id<Product>>>,
    /// The kinds of notices.
    pub kinds: Doc<Vec<NoticeKind>>,
    /// Where it stands.
    pub state: SubscriptionState,
    /// How the application came.
    pub way: ApplicationWay,
    /// On which day.
    pub applied_on: Date,
    /// The kind of who made or recorded it.
    pub applied_by_kind: CallerKind,
    /// Who made or recorded it.
    pub applied_by_id: Id<Uuid>,
    /// The reseller whose system made it.
    pub reseller_id: Option<Id<Reseller>>,
    /// When it was made or recorded.
    pub applied_at: Instant,
    /// When it was registered.
    pub registered_at: Option<Instant>,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// What ended it.
    pub ended_by: Option<SubscriptionEnd>,
    /// What stands in the link that ends mail.
    pub unsubscribe_key: String,
    /// Its version.
    pub version: i32,
}

/// The subscription.
pub fn find(connection: &mut Connection, id: SubscriptionId) -> Result<Option<Row>> {
    Ok(subscriptions::table.find(id).select(Row::as_select()).first(connection).optional()?)
}

/// The subscription with this key.
pub fn by_key(connection: &mut Connection, key: &str) -> Result<Option<Row>> {
    let query = subscriptions::table.filter(subscriptions::unsubscribe_key.eq(key));
    Ok(query.select(Row::as_select()).first(connection).optional()?)
}

/// The subscription in effect of an address under a contract.
pub fn in_effect(connection: &mut Connection, contract: ContractId, email: &EmailAddress) -> Result<Option<Row>> {
    Ok(subscriptions::table
        .filter(subscriptions::contract_id.eq(contract))
        .filter(subscriptions::email.eq(email))
        .filter(subscriptions::state.eq(SubscriptionState::Registered))
        .select(Row::as_select())
        .first(connection)
        .optional()?)
}

/// All that is in effect for an address, under whatever contract.
pub fn of_address(connection: &mut Connection, email: &EmailAddress) -> Result<Vec<Row>> {
    Ok(subscriptions::table
        .filter(subscriptions::email.eq(email))
        .filter(subscriptions::state.eq(SubscriptionState::Registered))
        .order(subscriptions::id)
        .select(Row::as_select())
        .load(connection)?)
}

/// How often an address was applied for on the Support Web since a moment.
pub fn applications_since(connection: &mut Connection, email: &EmailAddress, since: Instant) -> Result<i64> {
    Ok(subscriptions::table
        .filter(subscriptions::email.eq(email))
        .filter(subscriptions::applied_at.gt(since))
        .filter(subscriptions::way.eq(ApplicationWay::SupportWeb))
        .count()
        .get_result(connection)?)
}

/// Which subscriptions a list is of. Empty means all.
#[derive(Clone, Debug, Default)]
pub struct Narrowing {
    /// Those of this contract alone.
    pub only: Option<ContractId>,
    /// Those that this reseller's systems made, under contracts that are its own on a day.
    pub served_by: Option<(ResellerId, Date)>,
    /// Of any of these contracts.
    pub contracts: Vec<ContractId>,
    /// In any of these states.
    pub states: Vec<SubscriptionState>,
    /// Of this address.
    pub email: Option<EmailAddress>,
}

/// Reads a page, newest first.
pub fn list(connection: &mut Connection, by: &Narrowing, page: &Page) -> Result<Vec<Row>> {
    let mut query = subscriptions::table
        .order((subscriptions::applied_at.desc(), subscriptions::id.desc()))
        .select(Row::as_select())
        .into_boxed();
    if let Some(contract) = by.only {
        query = query.filter(subscriptions::contract_id.eq(contract));
    }
    if let Some((reseller, day)) = by.served_by {
        let own = spans::table
            .filter(spans::reseller_id.eq(reseller))
            .filter(spans::from_on.le(day))
            .filter(spans::until_on.gt(day))
            .select(spans::contract_id);
        query = query.filter(subscriptions::reseller_id.eq(reseller)).filter(subscriptions::contract_id.eq_any(own));
    }
    if !by.contracts.is_empty() {
        query = query.filter(subscriptions::contract_id.eq_any(&by.contracts));
    }
    if !by.states.is_empty() {
        query = query.filter(subscriptions::state.eq_any(&by.states));
    }
    if let Some(email) = &by.email {
        query = query.filter(subscriptions::email.eq(email));
    }
    older!(query, page, subscriptions::applied_at, subscriptions::id);
    Ok(load_page!(query, page, connection))
}

/// Adds an application.
pub fn insert(connection: &mut Connection, row: &Row) -> Result<()> {
    diesel::insert_into(subscriptions::table).values(row).execute(connection)?;
    Ok(())
}

/// What of an address under a contract a newer application takes the place of: what is in effect,
/// and what was applied for before it and is not confirmed.
pub fn before(connection: &mut Connection, newer: &Row) -> Result<Vec<Row>> {
    let pending = subscriptions::state.eq(SubscriptionState::Applied).and(subscriptions::id.lt(newer.id));
    Ok(subscriptions::table
        .filter(subscriptions::contract_id.eq(newer.contract_id))
        .filter(subscriptions::email.eq(&newer.email))
        .filter(subscriptions::state.eq(SubscriptionState::Registered).or(pending))
        .order(subscriptions::id)
        .select(Row::as_select())
        .load(connection)?)
}

/// Brings an application into effect, for these topics. Whoever asks for mail anew is no longer
/// taken for gone. 422 `one_time_token_invalid` when it has been decided otherwise meanwhile.
pub fn register(tx: &mut Tx<'_>, row: &Row, wanted: &[(ProductId, NoticeKind)]) -> Result<()> {
    let now = tx.now;
    let open = subscriptions::table.find(row.id).filter(subscriptions::state.eq(SubscriptionState::Applied));
    let registered = diesel::update(open)
        .set((
            subscriptions::state.eq(SubscriptionState::Registered),
            subscriptions::registered_at.eq(now),
            subscriptions::version.eq(subscriptions::version + 1),
        ))
        .execute(&mut **tx)?;
    if registered != 1 {
        return Err(Refusal::OneTimeTokenInvalid.into());
    }
    for (product, kind) in wanted {
        diesel::insert_into(topics::table)
            .values((topics::product_id.eq(*product), topics::kind.eq(*kind), topics::subscription_id.eq(row.id)))
            .execute(&mut **tx)?;
    }
    diesel::delete(bounced::table.find(&row.email)).execute(&mut **tx)?;
    Ok(())
}

/// Ends a subscription, and says whether it had not ended before.
pub fn end(tx: &mut Tx<'_>, id: SubscriptionId, by: SubscriptionEnd) -> Result<bool> {
    let now = tx.now;
    let open = subscriptions::table.find(id).filter(subscriptions::state.ne(SubscriptionState::Ended));
    let rows = diesel::update(open)
        .set((
            subscriptions::state.eq(SubscriptionState::Ended),
            subscriptions::ended_at.eq(now),
            subscriptions::ended_by.eq(by),
            subscriptions::version.eq(subscriptions::version + 1),
        ))
        .execute(&mut **tx)?;
    diesel::delete(topics::table.filter(topics::subscription_id.eq(id))).execute(&mut **tx)?;
    Ok(rows == 1)
}

/// Writes down that a contract's past has changed from a day on, if anybody is registered under it:
/// a worker then queues what was missed.
pub fn catch_up(tx: &mut Tx<'_>, contract: ContractId, from_on: Date) -> Result<()> {
    let anybody: Option<Id<Subscription>> = subscriptions::table
        .filter(subscriptions::contract_id.eq(contract))
        .filter(subscriptions::state.eq(SubscriptionState::Registered))
        .select(subscriptions::id)
        .first(&mut **tx)
        .optional()?;
    if anybody.is_none() {
        return Ok(());
    }
    let id: Id<Contract> = tx.new_id();
    diesel::insert_into(catch_ups::table)
        .values((catch_ups::id.eq(id), catch_ups::contract_id.eq(contract), catch_ups::from_on.eq(from_on)))
        .execute(&mut **tx)?;
    Ok(())
}

/// Moves the subscriptions of a contract, and what waits to be sent by them, to the one that goes on
/// in its place.
pub fn carry(tx: &mut Tx<'_>, from: ContractId, to: ContractId) -> Result<()> {
    diesel::update(subscriptions::table.filter(subscriptions::contract_id.eq(from)))
        .set((subscriptions::contract_id.eq(to), subscriptions::version.eq(subscriptions::version + 1)))
        .execute(&mut **tx)?;
    let waiting = deliveries::table
        .filter(deliveries::contract_id.eq(from))
        .filter(deliveries::state.eq(NoticeDeliveryState::Waiting));
    diesel::update(waiting).set(deliveries::contract_id.eq(to)).execute(&mut **tx)?;
    Ok(())
}

/// What is in effect for an address under a contract, and under the latter too.
pub fn in_effect_under_both(connection: &mut Connection, contract: ContractId, latter: ContractId) -> Result<Vec<Row>> {
    let under = |contract: ContractId| {
        subscriptions::table
            .filter(subscriptions::contract_id.eq(contract))
            .filter(subscriptions::state.eq(SubscriptionState::Registered))
            .order(subscriptions::id)
    };
    let there: Vec<EmailAddress> = under(latter).select(subscriptions::email).load(connection)?;
    let both = under(contract).filter(subscriptions::email.eq_any(there));
    Ok(both.select(Row::as_select()).load(connection)?)
}

/// Takes an address out of its subscriptions, which end, and out of the ledger of recipients; says
/// how many subscriptions there were.
pub fn erase(tx: &mut Tx<'_>, email: &EmailAddress) -> Result<usize> {
    let own = subscriptions::table.filter(subscriptions::email.eq(email)).order(subscriptions::id);
    let ids: Vec<SubscriptionId> = own.select(subscriptions::id).load(&mut **tx)?;
    for id in &ids {
        end(tx, *id, SubscriptionEnd::Desk)?;
        let nobody = format!("erased-{id}@erased.invalid");
        diesel::update(subscriptions::table.find(*id)).set(subscriptions::email.eq(&nobody)).execute(&mut **tx)?;
        diesel::update(deliveries::table.filter(deliveries::subscription_id.eq(*id)))
            .set(deliveries::recipient.eq(&nobody))
            .execute(&mut **tx)?;
    }
    diesel::delete(bounced::table.find(email)).execute(&mut **tx)?;
    Ok(ids.len())
}
