//! Queries of successions: which contract goes on in which one's place, and from when.

use diesel::prelude::*;
use time::Date;

use crate::accounts::store::sessions;
use crate::contracts::Contract;
use crate::db::Connection;
use crate::db::schema::{contract_successions as successions, support_ids};
use crate::db::types::{Id, Instant};
use crate::http::Result;
use crate::http::text::SupportId;

/// That a contract goes on in another one.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = successions)]
pub struct SuccessionRow {
    /// The contract that ends.
    pub contract_id: Id<Contract>,
    /// The one that goes on in its place.
    pub successor_id: Id<Contract>,
    /// From which day on.
    pub effective_on: Date,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// When what belongs to the one was moved to the other.
    pub carried_at: Option<Instant>,
}

/// Adds a succession.
pub fn insert_succession(connection: &mut Connection, row: &SuccessionRow) -> Result<()> {
    diesel::insert_into(successions::table).values(row).execute(connection)?;
    Ok(())
}

/// The contract that goes on in this one's place, now or some day.
pub fn successor_of(connection: &mut Connection, contract: Id<Contract>) -> Result<Option<Id<Contract>>> {
    Ok(successions::table.find(contract).select(successions::successor_id).first(connection).optional()?)
}

/// The contracts in whose place this one goes on already, directly or in turn.
pub fn predecessors_of(connection: &mut Connection, contract: Id<Contract>) -> Result<Vec<Id<Contract>>> {
    let mut found: Vec<Id<Contract>> = Vec::new();
    let mut last = vec![contract];
    while !last.is_empty() {
        last = successions::table
            .filter(successions::successor_id.eq_any(&last))
            .filter(successions::carried_at.is_not_null())
            .order(successions::contract_id)
            .select(successions::contract_id)
            .load(connection)?;
        found.extend(&last);
    }
    Ok(found)
}

/// The successors of these contracts.
pub fn successors_of(
    connection: &mut Connection,
    contracts: &[Id<Contract>],
) -> Result<Vec<(Id<Contract>, Id<Contract>)>> {
    Ok(successions::table
        .filter(successions::contract_id.eq_any(contracts))
        .select((successions::contract_id, successions::successor_id))
        .load(connection)?)
}

/// Lets what was not carried out yet follow the successor's first day.
pub fn reschedule_successions(connection: &mut Connection, successor: Id<Contract>, first_day: Date) -> Result<()> {
    let to_come =
        successions::table.filter(successions::successor_id.eq(successor)).filter(successions::carried_at.is_null());
    diesel::update(to_come).set(successions::effective_on.eq(first_day)).execute(connection)?;
    Ok(())
}

/// Successions whose day has come, oldest first: those not carried out, and those carried out after
/// a moment.
pub fn due_successions(connection: &mut Connection, day: Date, carried_after: Instant) -> Result<Vec<SuccessionRow>> {
    Ok(successions::table
        .filter(successions::effective_on.le(day))
        .filter(successions::carried_at.is_null().or(successions::carried_at.gt(carried_after)))
        .order((successions::effective_on, successions::recorded_at, successions::contract_id))
        .select(SuccessionRow::as_select())
        .load(connection)?)
}

/// Lets the IDs of a contract, and of those in whose place it goes on, be answered by another one.
pub fn answer_by(connection: &mut Connection, from: Id<Contract>, to: Id<Contract>) -> Result<()> {
    let presented = support_ids::contract_id.eq(from).and(support_ids::successor_id.is_null());
    diesel::update(support_ids::table.filter(presented.or(support_ids::successor_id.eq(from))))
        .set(support_ids::successor_id.eq(to))
        .execute(connection)?;
    let moved: Vec<SupportId> =
        support_ids::table.filter(support_ids::successor_id.eq(to)).select(support_ids::canonical).load(connection)?;
    sessions::follow(connection, &moved)
}

/// Notes that a succession was carried out.
pub fn set_carried(connection: &mut Connection, contract: Id<Contract>, at: Instant) -> Result<()> {
    diesel::update(successions::table.find(contract)).set(successions::carried_at.eq(at)).execute(connection)?;
    Ok(())
}

/// The contract by which the IDs of this one are answered, where that is another: the end of what
/// was carried out.
pub fn answered_by(connection: &mut Connection, contract: Id<Contract>) -> Result<Option<Id<Contract>>> {
    let mut last = None;
    while let Some(successor) = successions::table
        .find(last.unwrap_or(contract))
        .filter(successions::carried_at.is_not_null())
        .select(successions::successor_id)
        .first(connection)
        .optional()?
    {
        last = Some(successor);
    }
    Ok(last)
}
