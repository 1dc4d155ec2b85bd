//! `contract.ending`: a term that ends soon is told once, so that partners can speak of a renewal in
//! time. A worker's matter.

use serde_json::json;
use time::{Date, Duration};

use super::store;
use crate::app::Tx;
use crate::db::{Connection, dialect};
use crate::events::model::{Change, NewEvent, Subject};
use crate::http::Result;
use crate::http::text::Day;
use crate::terms::codes::EventType;

/// How long before its last day a term is told to end.
pub const TOLD_BEFORE: Duration = Duration::days(60);

/// Whether there is any term to tell of.
pub fn any_to_tell(db: &mut Connection, today: Date) -> Result<bool> {
    Ok(!store::endings_to_tell(db, today, today.saturating_add(TOLD_BEFORE))?.is_empty())
}

/// Tells of every term that ends within 60 days and was not told of; one after which the contract
/// has another is not told of. A contract registered later than that is told of at once.
pub fn tell(tx: &mut Tx<'_>) -> Result<Change<()>> {
    dialect::hold_named(tx, b"contract endings")?;
    let (now, today) = (tx.now, tx.today());
    let until = today.saturating_add(TOLD_BEFORE);
    let mut change = Change::silent((), "no term comes near its end");
    for (contract, ends_on, reseller) in store::endings_to_tell(tx, today, until)? {
        store::insert_ending(tx, contract, ends_on, now)?;
        let data = json!({ "ends_on": Day::from(ends_on) });
        let event = NewEvent::by_system(EventType::ContractEnding, Subject::new("contract", contract), data);
        change = change.and(event.on(contract, reseller));
    }
    Ok(change)
}
