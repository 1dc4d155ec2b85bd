//! Events and the changes that carry them.

use serde_json::Value;
use uuid::Uuid;

use crate::app::Tx;
use crate::auth::proof::Actor;
use crate::contracts::{Contract, Reseller};
use crate::db::types::{Id, Instant};
use crate::http::Result;
use crate::mail::notices;
use crate::terms::codes::{CallerKind, EventType};

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The kind of thing, such as `inquiry`.
    pub kind: &'static str,
    /// Its id; none for what has a day or a topic in place of an id.
    pub id: Option<Uuid>,
}

impl Subject {
    /// A thing with an id.
    pub const fn new<N>(kind: &'static str, id: Id<N>) -> Self {
        Self { kind, id: Some(id.uuid()) }
    }

    /// A thing that is named in the data.
    pub const fn named(kind: &'static str) -> Self {
        Self { kind, id: None }
    }
}

/// Something that happened. It carries ids, codes, numbers and times only, since what is in the
/// hash chain can never be taken out again.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// What happened.
    pub event_type: EventType,
    /// The kind of who did it.
    pub actor_kind: CallerKind,
    /// Who did it; none for the system.
    pub actor_id: Option<Uuid>,
    /// What it is about.
    pub subject: Subject,
    /// The contract that it belongs to.
    pub contract: Option<Id<Contract>>,
    /// The reseller that sees it in its own feed.
    pub reseller: Option<Id<Reseller>>,
    /// Its facts.
    pub data: Value,
}

impl NewEvent {
    /// Something that this caller did.
    pub fn by(actor: &Actor, event_type: EventType, subject: Subject, data: Value) -> Self {
        Self {
            event_type,
            actor_kind: actor.kind,
            actor_id: Some(actor.id),
            subject,
            contract: None,
            reseller: None,
            data,
        }
    }

    /// Something that the program did by itself, or a person at its command line.
    pub fn by_system(event_type: EventType, subject: Subject, data: Value) -> Self {
        Self {
            event_type,
            actor_kind: CallerKind::System,
            actor_id: None,
            subject,
            contract: None,
            reseller: None,
            data,
        }
    }

    /// Names the contract, and the reseller whose feed shows it.
    pub fn on(self, contract: Id<Contract>, reseller: Option<Id<Reseller>>) -> Self {
        Self { contract: Some(contract), reseller, ..self }
    }
}

/// What an act comes to: a value, and the events that tell of it. There is no way to write
/// without one, or without saying why there is none.
#[derive(Debug)]
#[must_use]
pub struct Change<T> {
    value: T,
    events: Vec<NewEvent>,
}

impl<T> Change<T> {
    /// A change that one event tells of.
    pub fn new(value: T, event: NewEvent) -> Self {
        Self { value, events: vec![event] }
    }

    /// A change that no event tells of, for the reason given.
    pub fn silent(value: T, _reason: &'static str) -> Self {
        Self { value, events: Vec::new() }
    }

    /// One more event.
    pub fn and(mut self, event: NewEvent) -> Self {
        self.events.push(event);
        self
    }

    /// The same change with another value, such as its answer.
    pub fn map<U>(self, f: impl FnOnce(T) -> Result<U>) -> Result<Change<U>> {
        Ok(Change { value: f(self.value)?, events: self.events })
    }

    /// Takes the events of another change over, and gives that one's value.
    pub fn absorb<U>(&mut self, other: Change<U>) -> U {
        self.events.extend(other.events);
        other.value
    }

    /// Writes the events, and the mails that follow from them, and gives the value.
    pub fn settle(self, tx: &mut Tx<'_>) -> Result<T> {
        let now: Instant = tx.now;
        let events = self.events.iter().map(|event| (tx.new_id(), event)).collect::<Vec<_>>();
        super::store::insert(tx, now, &events)?;
        for event in &self.events {
            notices::follow(tx, event)?;
        }
        Ok(self.value)
    }
}
