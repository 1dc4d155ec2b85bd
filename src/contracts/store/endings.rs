//! Queries on terms that end soon.

use diesel::prelude::*;
use time::Date;

use crate::contracts::{Contract, Reseller};
use crate::db::Connection;
use crate::db::schema::{contract_endings as endings, contract_spans as spans};
use crate::db::types::{Id, Instant};
use crate::http::Result;
use crate::terms::codes::Condition;

mod again {
    use crate::db::schema::contract_spans;
    diesel::alias!(contract_spans as later_spans: LaterSpans);
}
use again::later_spans;

/// A contract whose term ends soon.
pub type Ending = (Id<Contract>, Date, Option<Id<Reseller>>);

/// Contracts under way whose term ends by a day, that have no later term, and whose end was not
/// told: a few.
pub fn endings_to_tell(connection: &mut Connection, today: Date, until: Date) -> Result<Vec<Ending>> {
    let told =
        endings::table.filter(endings::contract_id.eq(spans::contract_id)).filter(endings::ends_on.eq(spans::ends_on));
    let renewed = later_spans
        .filter(later_spans.field(spans::contract_id).eq(spans::contract_id))
        .filter(later_spans.field(spans::starts_on).gt(spans::starts_on));
    Ok(spans::table
        .filter(spans::from_on.le(today))
        .filter(spans::until_on.gt(today))
        .filter(spans::condition.eq_any([Condition::InForce, Condition::Suspended]))
        .filter(spans::ends_on.le(until))
        .filter(diesel::dsl::not(diesel::dsl::exists(told)))
        .filter(diesel::dsl::not(diesel::dsl::exists(renewed)))
        .order((spans::ends_on, spans::contract_id))
        .limit(200)
        .select((spans::contract_id, spans::ends_on, spans::reseller_id))
        .load(connection)?)
}

/// Notes that the end of a term was told.
pub fn insert_ending(connection: &mut Connection, contract: Id<Contract>, ends_on: Date, at: Instant) -> Result<()> {
    diesel::insert_into(endings::table)
        .values((endings::contract_id.eq(contract), endings::ends_on.eq(ends_on), endings::told_at.eq(at)))
        .execute(connection)?;
    Ok(())
}
