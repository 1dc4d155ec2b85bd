//! Who is told of release notices by mail: whoever applied and was registered (SW-4.2.2-C2,
//! SA-5.2.2-C2). A subscription is an address's, independent of any account.

pub mod letter;
pub mod model;
pub mod store;

mod apply;
mod confirm;
mod end;
mod read;
mod unsubscribe;
mod view;

use crate::app::Tx;
use crate::auth::proof::Actor;
use crate::contracts::ContractId;
use crate::events::model::{Change, NewEvent, Subject};
use crate::http::text::EmailAddress;
use crate::http::{Result, Services};
use crate::terms::codes::{CallerKind, Code, EventType, SubscriptionEnd};

/// An application for notices by mail, and what became of it.
#[derive(Debug)]
pub struct Subscription;
/// Its id; under this name the document knows it.
pub type SubscriptionId = crate::db::types::Id<Subscription>;

/// The routes of subscriptions.
pub fn routes(v1: &mut impl Services) {
    v1.service(read::list_notice_subscriptions)
        .service(apply::apply_for_notices)
        .service(confirm::confirm_notice_subscription)
        .service(read::get_notice_subscription)
        .service(end::end_notice_subscription);
}

/// The page behind the link of every mail.
pub fn root_routes(root: &mut impl Services) {
    root.service(unsubscribe::get_unsubscribe_page).service(unsubscribe::unsubscribe);
}

/// What the journal tells of a subscription that has come into effect.
fn registered(tx: &mut Tx<'_>, actor: Option<&Actor>, row: &store::Row) -> Result<NewEvent> {
    let data = serde_json::json!({ "way": row.way.as_str(), "products": row.product_ids.0, "kinds": row.kinds.0 });
    told(tx, actor, EventType::SubscriptionRegistered, row, data)
}

/// What the journal tells of a subscription that has ended.
fn ended(tx: &mut Tx<'_>, actor: Option<&Actor>, row: &store::Row, by: SubscriptionEnd) -> Result<NewEvent> {
    told(tx, actor, EventType::SubscriptionEnded, row, serde_json::json!({ "ended_by": by.as_str() }))
}

/// Ends these, and gives what the journal tells of it: each once, whoever else ends it.
fn end_each(
    tx: &mut Tx<'_>,
    actor: Option<&Actor>,
    rows: Vec<store::Row>,
    by: SubscriptionEnd,
) -> Result<Vec<NewEvent>> {
    let mut told = Vec::new();
    for row in rows {
        if store::end(tx, row.id, by)? {
            told.push(ended(tx, actor, &row, by)?);
        }
    }
    Ok(told)
}

/// Ends all that is in effect for an address, by the desk; gives what the journal tells of it.
pub fn end_all(tx: &mut Tx<'_>, actor: &Actor, email: &EmailAddress) -> Result<Vec<NewEvent>> {
    let open = store::of_address(tx, email)?;
    end_each(tx, Some(actor), open, SubscriptionEnd::Desk)
}

/// Moves the subscriptions of a contract to the one that goes on in its place. Of an address that
/// both have, the latter's own stays.
pub fn carry(tx: &mut Tx<'_>, from: ContractId, to: ContractId, change: Change<()>) -> Result<Change<()>> {
    let both = store::in_effect_under_both(tx, from, to)?;
    let ended = end_each(tx, None, both, SubscriptionEnd::Replaced)?;
    store::carry(tx, from, to)?;
    let by_nobody = |event| NewEvent { actor_kind: CallerKind::System, ..event };
    Ok(ended.into_iter().map(by_nobody).fold(change, Change::and))
}

fn told(
    tx: &mut Tx<'_>,
    actor: Option<&Actor>,
    event_type: EventType,
    row: &store::Row,
    data: serde_json::Value,
) -> Result<NewEvent> {
    let now = tx.now;
    let reseller = crate::auth::store::contract_at(tx, row.contract_id, now)?.and_then(|contract| contract.reseller);
    let subject = Subject::new("subscription", row.id);
    let event = match actor {
        Some(actor) => NewEvent::by(actor, event_type, subject, data),
        // Who holds a mailed link is nobody we know by name.
        None => NewEvent { actor_kind: CallerKind::Public, ..NewEvent::by_system(event_type, subject, data) },
    };
    Ok(event.on(row.contract_id, reseller))
}
