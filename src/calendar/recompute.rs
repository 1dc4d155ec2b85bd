//! What a changed calendar does to the inquiries that wait for the desk to open.

use serde_json::json;

use super::store;
use crate::app::Tx;
use crate::auth::proof::Actor;
use crate::auth::store::contract_at;
use crate::db::types::Instant;
use crate::events::model::{Change, NewEvent, Subject};
use crate::http::Result;
use crate::inquiries::store::{Told, feed};
use crate::terms::codes::EventType;

/// Moves the reception of every waiting inquiry to where the calendar now has it, with an event
/// for each that moves (SW-4.1-C2, SA-5.1-C2). What has begun to count, or was touched by
/// somebody, stays as it was told.
pub fn recompute<T>(tx: &mut Tx<'_>, actor: &Actor, mut change: Change<T>) -> Result<Change<T>> {
    let now = tx.now;
    let calendar = store::load(tx)?;
    for inquiry in store::waiting(tx, now)? {
        let received = calendar.effective_received_at(inquiry.received_at.to_datetime()).map(Instant::from);
        let Some(received) = received.filter(|received| *received != inquiry.effective_received_at) else { continue };
        if store::move_reception(tx, &inquiry, received, now)? {
            let data = json!({
                "effective_received_at_before": inquiry.effective_received_at,
                "effective_received_at": received,
            });
            let subject = Subject::new("inquiry", inquiry.id);
            let event = NewEvent::by(actor, EventType::InquiryReceptionRecomputed, subject, data);
            // Where the inquiry's times show, the change of one shows.
            let contract = contract_at(tx, inquiry.contract_id, now)?;
            let told = contract.and_then(|contract| feed(&contract, inquiry.opener_reseller_id, Told::Summary));
            change = change.and(event.on(inquiry.contract_id, told));
        }
    }
    Ok(change)
}
