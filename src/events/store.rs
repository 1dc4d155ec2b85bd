//! Every query of the journal.

use diesel::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use super::Event;
use super::model::NewEvent;
use crate::contracts::{Contract, Reseller};
use crate::db::Connection;
use crate::db::dialect::{self, Lock};
use crate::db::schema::{events, reseller_events};
use crate::db::types::{Doc, Id, Instant};
use crate::http::Result;
use crate::http::page::Page;
use crate::terms::codes::{CallerKind, EventType};
use crate::{directly, load_page, older};

/// An event as it is kept.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = events)]
pub struct Row {
    /// The event's id.
    pub id: Id<Event>,
    /// What happened.
    pub event_type: EventType,
    /// When.
    pub occurred_at: Instant,
    /// The kind of who did it.
    pub actor_kind: CallerKind,
    /// Who did it.
    pub actor_id: Option<Id<Uuid>>,
    /// The kind of what it is about.
    pub subject_kind: String,
    /// What it is about.
    pub subject_id: Option<Id<Uuid>>,
    /// The contract it belongs to.
    pub contract_id: Option<Id<Contract>>,
    /// The reseller that sees it.
    pub reseller_id: Option<Id<Reseller>>,
    /// Its facts.
    pub data: Doc<Value>,
    /// Its number, once sealed.
    pub seq: Option<i64>,
}

/// The end of a chain: the last number and its hash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The last number; 0 before the first.
    pub seq: i64,
    /// The hash of the last event; 32 zero bytes before the first.
    pub hash: Vec<u8>,
}

impl Head {
    /// Before the first event.
    pub fn start() -> Self {
        Self { seq: 0, hash: vec![0; 32] }
    }
}

/// The most events that one statement adds: databases bound a statement's values.
const AT_ONCE: usize = 100;

/// Adds events, not yet sealed.
pub fn insert(connection: &mut Connection, now: Instant, new: &[(Id<Event>, &NewEvent)]) -> Result<()> {
    for some in new.chunks(AT_ONCE) {
        let row = |(id, event): &(Id<Event>, &NewEvent)| {
            (
                events::id.eq(*id),
                events::event_type.eq(event.event_type),
                events::occurred_at.eq(now),
                events::actor_kind.eq(event.actor_kind),
                events::actor_id.eq(event.actor_id.map(Id::<Uuid>::new)),
                events::subject_kind.eq(event.subject.kind),
                events::subject_id.eq(event.subject.id.map(Id::<Uuid>::new)),
                events::contract_id.eq(event.contract),
                events::reseller_id.eq(event.reseller),
                events::data.eq(Doc(event.data.clone())),
            )
        };
        let rows: Vec<_> = some.iter().map(row).collect();
        directly!(connection, |connection| diesel::insert_into(events::table).values(rows).execute(connection))?;
    }
    Ok(())
}

/// Makes this transaction the only one that seals.
pub fn hold_seal(connection: &mut Connection) -> Result<()> {
    Ok(dialect::hold(connection, Lock::Seal)?)
}

/// Whether any event is not yet sealed.
pub fn any_unsealed(connection: &mut Connection) -> Result<bool> {
    let found: Option<Id<Event>> =
        events::table.filter(events::seq.is_null()).select(events::id).first(connection).optional()?;
    Ok(found.is_some())
}

/// Events that are not yet sealed, in the order of their ids.
pub fn unsealed(connection: &mut Connection, most: i64) -> Result<Vec<Row>> {
    Ok(events::table
        .filter(events::seq.is_null())
        .order(events::id)
        .limit(most)
        .select(Row::as_select())
        .load(connection)?)
}

/// The end of the desk's chain.
pub fn head(connection: &mut Connection) -> Result<Head> {
    let last: Option<(Option<i64>, Option<Vec<u8>>)> = events::table
        .filter(events::seq.is_not_null())
        .order(events::seq.desc())
        .select((events::seq, events::hash))
        .first(connection)
        .optional()?;
    Ok(match last {
        Some((Some(seq), Some(hash))) => Head { seq, hash },
        _ => Head::start(),
    })
}

/// The end of a reseller's chain.
pub fn reseller_head(connection: &mut Connection, reseller: Id<Reseller>) -> Result<Head> {
    let last: Option<(i64, Vec<u8>)> = reseller_events::table
        .filter(reseller_events::reseller_id.eq(reseller))
        .order(reseller_events::seq.desc())
        .select((reseller_events::seq, reseller_events::hash))
        .first(connection)
        .optional()?;
    Ok(last.map_or_else(Head::start, |(seq, hash)| Head { seq, hash }))
}

/// Gives an event its place in the desk's chain.
pub fn seal(connection: &mut Connection, id: Id<Event>, previous: &[u8], head: &Head) -> Result<()> {
    diesel::update(events::table.find(id))
        .set((events::seq.eq(head.seq), events::previous_hash.eq(previous), events::hash.eq(&head.hash)))
        .execute(connection)?;
    Ok(())
}

/// Gives an event its place in a reseller's chain.
pub fn seal_for_reseller(
    connection: &mut Connection,
    reseller: Id<Reseller>,
    id: Id<Event>,
    previous: &[u8],
    head: &Head,
) -> Result<()> {
    diesel::insert_into(reseller_events::table)
        .values((
            reseller_events::reseller_id.eq(reseller),
            reseller_events::seq.eq(head.seq),
            reseller_events::event_id.eq(id),
            reseller_events::previous_hash.eq(previous),
            reseller_events::hash.eq(&head.hash),
        ))
        .execute(connection)?;
    Ok(())
}

/// An event with its place in a chain.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// The event.
    pub row: Row,
    /// Its number in this chain.
    pub seq: i64,
    /// The hash of the event before it.
    pub previous_hash: Vec<u8>,
    /// Its own hash.
    pub hash: Vec<u8>,
}

/// The desk's events after a number, of these types or of all.
pub fn after(connection: &mut Connection, after: i64, types: &[EventType], most: i64) -> Result<Vec<Sealed>> {
    let mut query = events::table
        .filter(events::seq.gt(after))
        .order(events::seq)
        .limit(most)
        .select((Row::as_select(), events::previous_hash.assume_not_null(), events::hash.assume_not_null()))
        .into_boxed();
    if !types.is_empty() {
        query = query.filter(events::event_type.eq_any(types));
    }
    let rows: Vec<(Row, Vec<u8>, Vec<u8>)> = query.load(connection)?;
    let sealed = |(row, previous_hash, hash): (Row, _, _)| {
        let seq = row.seq.unwrap_or_default();
        Sealed { row, seq, previous_hash, hash }
    };
    Ok(rows.into_iter().map(sealed).collect())
}

/// How many events have no number yet.
pub fn count_unsealed(connection: &mut Connection) -> Result<i64> {
    Ok(events::table.filter(events::seq.is_null()).count().get_result(connection)?)
}

/// What happened on one thing, newest first: all of it, or these types only.
pub fn on_subject(
    connection: &mut Connection,
    subject: Uuid,
    only: Option<&[EventType]>,
    page: &Page,
) -> Result<Vec<Row>> {
    let mut query = events::table
        .filter(events::subject_id.eq(Id::<Uuid>::new(subject)))
        .order((events::occurred_at.desc(), events::id.desc()))
        .select(Row::as_select())
        .into_boxed();
    if let Some(types) = only {
        query = query.filter(events::event_type.eq_any(types));
    }
    older!(query, page, events::occurred_at, events::id);
    Ok(load_page!(query, page, connection))
}

/// A reseller's events after a number of its own.
pub fn reseller_after(
    connection: &mut Connection,
    reseller: Id<Reseller>,
    after: i64,
    types: &[EventType],
    only: Option<Id<Contract>>,
    most: i64,
) -> Result<Vec<Sealed>> {
    let mut query = reseller_events::table
        .inner_join(events::table.on(events::id.eq(reseller_events::event_id)))
        .filter(reseller_events::reseller_id.eq(reseller))
        .filter(reseller_events::seq.gt(after))
        .order(reseller_events::seq)
        .limit(most)
        .select((Row::as_select(), reseller_events::seq, reseller_events::previous_hash, reseller_events::hash))
        .into_boxed();
    if !types.is_empty() {
        query = query.filter(events::event_type.eq_any(types));
    }
    if let Some(contract) = only {
        query = query.filter(events::contract_id.eq(contract));
    }
    let rows: Vec<(Row, i64, Vec<u8>, Vec<u8>)> = query.load(connection)?;
    let sealed = |(row, seq, previous_hash, hash)| Sealed { row, seq, previous_hash, hash };
    Ok(rows.into_iter().map(sealed).collect())
}

/// The resellers that have a chain of their own.
pub fn resellers_with_events(connection: &mut Connection) -> Result<Vec<Id<Reseller>>> {
    Ok(reseller_events::table
        .select(reseller_events::reseller_id)
        .distinct()
        .order(reseller_events::reseller_id)
        .load(connection)?)
}
