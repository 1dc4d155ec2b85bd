//! The journal: what happened, in the order in which it became known, provably unaltered.
//!
//! A transaction inserts its events without a number. The sealer gives committed events the next
//! number and the hash of the one before, so writers never wait for each other, the feed has no
//! gaps, and who has seen 7 never finds a new 6 later.

pub mod model;
pub mod read;
pub mod seal;
pub mod store;
pub mod stream;
pub mod verify;

use crate::http::Services;

/// The noun of the journal's ids.
#[derive(Debug)]
pub struct Event;

/// Its id; under this name the document knows it.
pub type EventId = crate::db::types::Id<Event>;

/// The routes of the journal.
pub fn routes(v1: &mut impl Services) {
    v1.service(read::list_events).service(stream::stream_events);
}
