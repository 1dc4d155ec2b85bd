//! Connections and the permits that go before them: no thread ever waits for a connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use diesel::ConnectionError;
use r2d2::{ManageConnection, Pool};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::Connection;
use super::connection::{Target, Use};
use super::dialect::{Failure, failure};
use crate::http::problem::{Problem, Result};

/// How long a caller waits for a connection to be free before it is told 503.
pub const PERMIT_WAIT: Duration = Duration::from_secs(2);
/// How long opening a connection may take.
const CONNECT_WAIT: Duration = Duration::from_millis(1500);

/// A pooled connection.
pub struct Line {
    pub connection: Connection,
    generation: u64,
    /// It does not go back: it was lost, or left inside a transaction by a panic.
    pub spoilt: bool,
}

/// Opens connections, and lets all that are older than the latest loss go without asking them.
struct Exchange {
    target: Target,
    purpose: Use,
    generation: Arc<AtomicU64>,
}

impl ManageConnection for Exchange {
    type Connection = Line;
    type Error = ConnectionError;

    fn connect(&self) -> Result<Line, Self::Error> {
        let generation = self.generation.load(Ordering::Acquire);
        let connection = Connection::open(&self.target, self.purpose)?;
        Ok(Line { connection, generation, spoilt: false })
    }

    fn is_valid(&self, line: &mut Line) -> Result<(), Self::Error> {
        if line.generation == self.generation.load(Ordering::Acquire) {
            Ok(())
        } else {
            Err(ConnectionError::BadConnection("older than the last loss".to_owned()))
        }
    }

    fn has_broken(&self, line: &mut Line) -> bool {
        line.spoilt
    }
}

/// A pool and the permits that are taken before a thread is, so that no thread ever waits for a
/// connection.
pub struct Lane {
    pool: Pool<Exchange>,
    permits: Semaphore,
    /// How many calls waited for a permit.
    pub waited: AtomicU64,
    /// How many got none.
    pub refused: AtomicU64,
    generation: Arc<AtomicU64>,
}

impl Lane {
    /// Connects to nothing yet.
    pub fn new(target: &Target, purpose: Use, size: u32) -> Self {
        let generation = Arc::new(AtomicU64::new(0));
        let exchange = Exchange { target: target.clone(), purpose, generation: Arc::clone(&generation) };
        let pool = Pool::builder()
            .max_size(size)
            .min_idle(Some(0))
            .test_on_check_out(true)
            .max_lifetime(None)
            .idle_timeout(None)
            .connection_timeout(CONNECT_WAIT)
            .error_handler(Box::new(r2d2::NopErrorHandler))
            .build_unchecked(exchange);
        let (waited, refused) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { pool, permits: Semaphore::new(size as usize), waited, refused, generation }
    }

    /// The permit to take a connection; 503 `unavailable` when none is free within 2 s.
    pub async fn permit(&self) -> Result<SemaphorePermit<'_>> {
        if let Ok(permit) = self.permits.try_acquire() {
            return Ok(permit);
        }
        self.waited.fetch_add(1, Ordering::Relaxed);
        match tokio::time::timeout(PERMIT_WAIT, self.permits.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => {
                self.refused.fetch_add(1, Ordering::Relaxed);
                Err(Problem::unavailable("no connection was free in time"))
            }
        }
    }

    /// Runs `work` on a connection; a lost one is given up, with all that are as old.
    pub fn run<T>(&self, work: impl FnOnce(&mut Line) -> Result<T>) -> Result<T> {
        let mut line = self.pool.get().map_err(Problem::unavailable)?;
        self.spend(&mut line, work)
    }

    /// Runs `work` on a connection if one is free now; else gives it back.
    pub fn run_now<T, W>(&self, work: W) -> Result<Result<T>, W>
    where
        W: FnOnce(&mut Line) -> Result<T>,
    {
        match (self.permits.try_acquire(), self.pool.try_get()) {
            (Ok(_permit), Some(mut line)) => Ok(self.spend(&mut line, work)),
            _ => Err(work),
        }
    }

    fn spend<T>(&self, line: &mut Line, work: impl FnOnce(&mut Line) -> Result<T>) -> Result<T> {
        let done = work(line);
        if let Err(problem) = &done
            && let Some(error) = problem.cause().and_then(|cause| cause.downcast_ref())
            && failure(error) == Failure::Disconnected
        {
            line.spoilt = true;
            self.generation.fetch_max(line.generation.saturating_add(1), Ordering::AcqRel);
        }
        done
    }
}
