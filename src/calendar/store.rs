//! Every query of the calendar, and the one of the desk's inquiries that a set day changes.

use diesel::prelude::*;
use time::Date;

use super::model::{Calendar, SetDay};
use crate::contracts::{Contract, Reseller};
use crate::db::Connection;
use crate::db::dialect::{self, Lock};
use crate::db::schema::{calendar_days as days, inquiries};
use crate::db::types::{Id, Instant};
use crate::http::Result;
use crate::inquiries::Inquiry;
use crate::terms::codes::{CalendarDayKind, DayEffect, State};

/// A set day as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = days)]
pub struct Row {
    /// The day, in Japan's calendar.
    pub day_on: Date,
    /// Whether the desk is open that day.
    pub effect: DayEffect,
    /// Who or what decided it.
    pub kind: CalendarDayKind,
    /// What the day is called.
    pub name: String,
    /// Where that is written.
    pub source: Option<String>,
    /// Counts its changes, from 1.
    pub version: i32,
    /// When it was first set.
    pub created_at: Instant,
    /// When it was last set.
    pub changed_at: Instant,
}

/// The calendar as it stands: the rules, with the days set.
pub fn load(connection: &mut Connection) -> Result<Calendar> {
    type Columns = (Date, DayEffect, CalendarDayKind, String);
    let rows: Vec<Columns> =
        days::table.select((days::day_on, days::effect, days::kind, days::name)).load(connection)?;
    Ok(Calendar::new(rows.into_iter().map(|(date, effect, kind, name)| SetDay { date, effect, kind, name })))
}

/// The calendar for a transaction that writes what it says, such as when an inquiry counts as
/// received: until it ends nobody changes the calendar, so nobody misses what it wrote.
pub fn load_shared(connection: &mut Connection) -> Result<Calendar> {
    dialect::share(connection, Lock::Calendar)?;
    load(connection)
}

/// Waits until this transaction alone may change the calendar: all that rests on it is then seen.
pub fn hold(connection: &mut Connection) -> Result<()> {
    Ok(dialect::hold(connection, Lock::Calendar)?)
}

/// The set days from `first` to `last`, both included, earliest first.
pub fn between(connection: &mut Connection, first: Date, last: Date) -> Result<Vec<Row>> {
    let within = days::table.filter(days::day_on.ge(first)).filter(days::day_on.le(last));
    Ok(within.order(days::day_on).select(Row::as_select()).load(connection)?)
}

/// What was set for a day.
pub fn find(connection: &mut Connection, day: Date) -> Result<Option<Row>> {
    Ok(days::table.find(day).select(Row::as_select()).first(connection).optional()?)
}

/// Sets a day for which nothing was set.
pub fn insert(connection: &mut Connection, row: &Row) -> diesel::QueryResult<()> {
    diesel::insert_into(days::table)
        .values((
            days::day_on.eq(row.day_on),
            days::effect.eq(row.effect),
            days::kind.eq(row.kind),
            days::name.eq(&row.name),
            days::source.eq(&row.source),
            days::version.eq(row.version),
            days::created_at.eq(row.created_at),
            days::changed_at.eq(row.changed_at),
        ))
        .execute(connection)?;
    Ok(())
}

/// Sets a day anew. False when the version before it is no longer the one in force.
pub fn update(connection: &mut Connection, row: &Row) -> Result<bool> {
    let before = days::table.find(row.day_on).filter(days::version.eq(row.version.saturating_sub(1)));
    let changed = diesel::update(before)
        .set((
            days::effect.eq(row.effect),
            days::kind.eq(row.kind),
            days::name.eq(&row.name),
            days::source.eq(&row.source),
            days::version.eq(row.version),
            days::changed_at.eq(row.changed_at),
        ))
        .execute(connection)?;
    Ok(changed == 1)
}

/// Takes away what was set for a day. False when this version is no longer the one in force.
pub fn delete(connection: &mut Connection, day: Date, version: i32) -> Result<bool> {
    let row = days::table.find(day).filter(days::version.eq(version));
    Ok(diesel::delete(row).execute(connection)? == 1)
}

/// An inquiry that nobody has touched yet and that counts as received at a later opening.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = inquiries)]
pub struct Waiting {
    /// The inquiry.
    pub id: Id<Inquiry>,
    /// Its contract.
    pub contract_id: Id<Contract>,
    /// The reseller whose system opened it.
    pub opener_reseller_id: Option<Id<Reseller>>,
    /// When it came.
    pub received_at: Instant,
    /// When it counts as received, by the calendar so far.
    pub effective_received_at: Instant,
}

/// Received, or waiting for nothing but the version that its opening did not know.
const UNTOUCHED: [State; 2] = [State::Received, State::AwaitingCustomer];

/// The inquiries whose reception still lies ahead, oldest first.
pub fn waiting(connection: &mut Connection, now: Instant) -> Result<Vec<Waiting>> {
    Ok(inquiries::table
        .filter(inquiries::state.eq_any(UNTOUCHED))
        .filter(inquiries::taken.eq(false))
        .filter(inquiries::turn.eq("nobody"))
        .filter(inquiries::effective_received_at.gt(now))
        .order((inquiries::received_at, inquiries::id))
        .select(Waiting::as_select())
        .load(connection)?)
}

/// Moves the reception of an inquiry. False when somebody took it up meanwhile; what else was
/// changed of it does not matter, so the version is raised and not compared.
pub fn move_reception(connection: &mut Connection, inquiry: &Waiting, to: Instant, now: Instant) -> Result<bool> {
    let untouched = inquiries::table
        .find(inquiry.id)
        .filter(inquiries::state.eq_any(UNTOUCHED))
        .filter(inquiries::taken.eq(false))
        .filter(inquiries::turn.eq("nobody"))
        .filter(inquiries::effective_received_at.eq(inquiry.effective_received_at));
    let changed = diesel::update(untouched)
        .set((
            inquiries::effective_received_at.eq(to),
            inquiries::version.eq(inquiries::version + 1),
            inquiries::changed_at.eq(now),
        ))
        .execute(connection)?;
    Ok(changed == 1)
}
