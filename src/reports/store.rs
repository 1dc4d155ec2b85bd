//! Every query of the report. Each counts what the list that explains it would list, by the same
//! joins and the same proof.

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::model::Month;
use crate::auth::claim::Claim;
use crate::calendar::model::tokyo_date;
use crate::contracts::Product;
use crate::db::Connection;
use crate::db::schema::{closure_decisions, inquiries, messages, products, redirections};
use crate::db::types::{Id, Instant};
use crate::http::Result;
use crate::inquiries::InquiryId;
use crate::inquiries::store::joined;
use crate::terms::codes::{Channel, ClosureCode, Code, Kind, MessageType, PartnerAccess, State, Topic};
use crate::{directly, proven};

/// Inquiries of one sort that were received in the month.
#[derive(Clone, Debug, Queryable)]
pub struct Received {
    /// The kind.
    pub kind: Kind,
    /// The product.
    pub product: Id<Product>,
    /// The channel.
    pub channel: Channel,
    /// Whether a rule was set aside.
    pub overridden: bool,
    /// The state now.
    pub state: State,
    /// How many.
    pub count: i64,
}

/// How much of an inquiry a caller must see for it to be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seeing {
    /// Anything.
    Something,
    /// Kind and channel, which a partner with summary access does not see.
    Kinds,
}

/// The levels of access that show so much; the desk and its scripts see all.
fn levels(claim: &Claim, seeing: Seeing) -> &'static [PartnerAccess] {
    match (claim, seeing) {
        (Claim::Partner { .. }, Seeing::Something) => &[PartnerAccess::Summary, PartnerAccess::Full],
        (Claim::Partner { .. }, Seeing::Kinds) => &[PartnerAccess::Full],
        _ => PartnerAccess::ALL,
    }
}

/// Whether the caller's reseller opened the inquiry.
macro_rules! own {
    ($claim:expr) => {{
        let reseller = match $claim {
            Claim::Partner { reseller, .. } => Some(*reseller),
            _ => None,
        };
        inquiries::opener_reseller_id.is_not_null().and(inquiries::opener_reseller_id.eq(reseller))
    }};
}

/// What was received in the month, by sort.
pub fn received(
    connection: &mut Connection,
    claim: &Claim,
    now: Instant,
    month: Month,
    seeing: Seeing,
) -> Result<Vec<Received>> {
    let today = tokyo_date(now.to_datetime());
    directly!(connection, |connection| proven!(claim, now, joined!(today), inquiries::contract_id, |proven| Ok(proven
        .filter(contract_spans::partner_access.eq_any(levels(claim, seeing)).or(own!(claim)))
        .filter(inquiries::received_at.ge(month.begins()))
        .filter(inquiries::received_at.lt(month.ends()))
        .group_by((inquiries::kind, inquiries::product_id, inquiries::channel, inquiries::overridden, inquiries::state))
        .select((
            inquiries::kind,
            inquiries::product_id,
            inquiries::channel,
            inquiries::overridden,
            inquiries::state,
            count_star(),
        ))
        .load(connection)?)))
}

/// A decision of the month.
#[derive(Clone, Debug, Queryable)]
pub struct Decided {
    /// Its code.
    pub code: ClosureCode,
    /// When.
    pub decided_at: Instant,
    /// When it was taken back.
    pub revoked_at: Option<Instant>,
    /// When its inquiry counts as received.
    pub received_at: Instant,
}

/// The decisions of the month, with those that were taken back since.
pub fn decided(connection: &mut Connection, claim: &Claim, now: Instant, month: Month) -> Result<Vec<Decided>> {
    let today = tokyo_date(now.to_datetime());
    let joined = closure_decisions::table
        .inner_join(inquiries::table.on(inquiries::id.eq(closure_decisions::inquiry_id)))
        .inner_join(
            crate::db::schema::contract_spans::table.on(crate::db::schema::contract_spans::contract_id
                .eq(closure_decisions::contract_id)
                .and(crate::db::schema::contract_spans::from_on.le(today))
                .and(crate::db::schema::contract_spans::until_on.gt(today))),
        );
    directly!(connection, |connection| proven!(claim, now, joined, closure_decisions::contract_id, |proven| Ok(proven
        .filter(contract_spans::partner_access.eq_any(levels(claim, Seeing::Something)).or(own!(claim)))
        .filter(closure_decisions::decided_at.ge(month.begins()))
        .filter(closure_decisions::decided_at.lt(month.ends()))
        .select((
            closure_decisions::code,
            closure_decisions::decided_at,
            closure_decisions::revoked_at,
            inquiries::effective_received_at,
        ))
        .load(connection)?)))
}

/// The answers to the month's inquiries, earliest first: the inquiry, when it counts as received,
/// when it was answered. For the desk and its scripts.
pub fn answers(connection: &mut Connection, month: Month) -> Result<Vec<(InquiryId, Instant, Instant)>> {
    Ok(inquiries::table
        .inner_join(messages::table.on(messages::inquiry_id.eq(inquiries::id)))
        .filter(inquiries::received_at.ge(month.begins()))
        .filter(inquiries::received_at.lt(month.ends()))
        .filter(messages::message_type.eq(MessageType::Answer))
        .order((messages::posted_at, messages::id))
        .select((inquiries::id, inquiries::effective_received_at, messages::posted_at))
        .load(connection)?)
}

/// The month's topics that were sent elsewhere. For the desk and its scripts.
pub fn redirected(connection: &mut Connection, month: Month) -> Result<Vec<(Topic, i64)>> {
    Ok(redirections::table
        .filter(redirections::recorded_at.ge(month.begins()))
        .filter(redirections::recorded_at.lt(month.ends()))
        .group_by(redirections::topic)
        .select((redirections::topic, count_star()))
        .load(connection)?)
}

/// The codes of products.
pub fn product_codes(connection: &mut Connection, ids: &[Id<Product>]) -> Result<Vec<(Id<Product>, String)>> {
    Ok(products::table
        .filter(products::id.eq_any(ids))
        .order(products::code)
        .select((products::id, products::code))
        .load(connection)?)
}
