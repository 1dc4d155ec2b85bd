//! Every query of contracts and what they stand on, by noun.

mod administrators;
mod contracts;
mod denials;
mod endings;
mod ledger;
mod products;
mod resellers;
mod successions;
mod versions;

pub use administrators::*;
pub use contracts::*;
pub use denials::*;
pub use endings::*;
pub use ledger::*;
pub use products::*;
pub use resellers::*;
pub use successions::*;
pub use versions::*;

use crate::db::dialect::{Failure, failure};
use crate::http::{Problem, Refusal, Result};

/// 412 when a guarded statement found that the row had moved on.
fn guarded(rows: usize) -> Result<()> {
    if rows == 0 { Err(Refusal::VersionConflict.into()) } else { Ok(()) }
}

/// What a key that is taken means here.
fn taken_is(refusal: Refusal) -> impl FnOnce(diesel::result::Error) -> Problem {
    move |error| match failure(&error) {
        Failure::Taken => Problem::from(refusal).caused_by(error),
        _ => error.into(),
    }
}
