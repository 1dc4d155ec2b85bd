//! Every query of this domain, by what it asks about.

pub mod clients;
pub mod erasures;
pub mod export;
pub mod people;
pub mod sessions;
pub mod staff;
pub mod tokens;

use diesel::QueryResult;

use crate::db::dialect::{Failure, failure};
use crate::http::{Refusal, Result};

/// What an insert comes to where a taken key means 409 `already_exists`.
fn added(inserted: QueryResult<usize>) -> Result<()> {
    match inserted {
        Ok(_) => Ok(()),
        Err(error) if failure(&error) == Failure::Taken => Err(Refusal::AlreadyExists.into()),
        Err(error) => Err(error.into()),
    }
}

/// What a guarded update comes to: 412 when the version has moved on.
fn moved(updated: QueryResult<usize>) -> Result<()> {
    if updated? == 1 { Ok(()) } else { Err(Refusal::VersionConflict.into()) }
}
