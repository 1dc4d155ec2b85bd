//! The bound on failed tries: ten within a quarter of an hour for one name from one source. The
//! person who is being guessed at signs in from anywhere else all the same.
//!
//! What is asked first saves the work of hashing; what decides is asked again in the transaction
//! that records the try, so that tries sent at once are counted one after the other.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use aws_lc_rs::digest::{Context, SHA256};
use time::Duration;

use super::store::sessions as store;
use crate::app::Tx;
use crate::auth::source::Source;
use crate::db::Connection;
use crate::db::dialect;
use crate::db::types::Instant;
use crate::http::{Problem, Refusal, Result};

/// How many tries may fail within the window.
const TRIES: usize = 10;
/// How long a failed try counts.
pub const WINDOW: Duration = Duration::minutes(15);

/// Whose tries are counted together. A digest: neither name nor address is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject(Vec<u8>);

impl Subject {
    /// The tries for this name at this door from this source.
    pub fn new(door: &str, name: &str, source: Source) -> Self {
        let mut hash = Context::new(&SHA256);
        for part in [door, name, &source.0.to_string()] {
            hash.update(&part.len().to_be_bytes());
            hash.update(part.as_bytes());
        }
        Self(hash.finish().as_ref().to_vec())
    }

    /// All that is asked for under this name, from wherever.
    pub fn anywhere(door: &str, name: &str) -> Self {
        Self::new(door, name, Source(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))
    }

    /// 429 `quota_exceeded` with `Retry-After` while too many tries have failed.
    pub fn admit(&self, connection: &mut Connection, now: Instant) -> Result<()> {
        let failed = store::failures(connection, &self.0, now.plus(-WINDOW), TRIES as i64)?;
        match failed.get(TRIES.saturating_sub(1)) {
            Some(earliest) => Err(exceeded(earliest.plus(WINDOW).since(now))),
            None => Ok(()),
        }
    }

    /// The same, with this transaction alone in counting the subject's tries.
    pub fn admit_alone(&self, tx: &mut Tx<'_>) -> Result<()> {
        let now = tx.now;
        dialect::hold_named(tx, &self.0)?;
        self.admit(tx, now)
    }

    /// Counts a try that failed.
    pub fn record(&self, tx: &mut Tx<'_>) -> Result<()> {
        store::insert_failure(tx, &self.0)
    }
}

/// Counts a call under the first quota, its source's, and under the others, what it asks for:
/// 429 `quota_exceeded` when the first is used up. False when another one is: that must not be
/// told, since the caller may be anybody.
pub fn spend(tx: &mut Tx<'_>, quotas: &[(Subject, usize)]) -> Result<bool> {
    let now = tx.now;
    let mut within = true;
    for (place, (subject, most)) in quotas.iter().enumerate() {
        dialect::hold_named(tx, &subject.0)?;
        let spent = store::failures(tx, &subject.0, now.plus(-WINDOW), i64::try_from(*most).unwrap_or(i64::MAX))?;
        match spent.get(most.saturating_sub(1)) {
            Some(earliest) if place == 0 => return Err(exceeded(earliest.plus(WINDOW).since(now))),
            Some(_) => within = false,
            None => subject.record(tx)?,
        }
    }
    Ok(within)
}

fn exceeded(wait: Duration) -> Problem {
    let whole = wait.whole_seconds();
    let seconds = if wait.subsec_nanoseconds() > 0 { whole.saturating_add(1) } else { whole };
    Problem::from(Refusal::QuotaExceeded).with("seconds", seconds).header_value(RETRY_AFTER, HeaderValue::from(seconds))
}
