//! The clock and the ids of the program. Nothing else asks the system for the time or for
//! randomness, so that tests can set both.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use time::{Date, OffsetDateTime};
use uuid::{ContextV7, Timestamp, Uuid};

use crate::calendar::model::tokyo_date;
use crate::db::types::{Id, Instant};

/// Tells the time, to the microsecond.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The system's clock.
    System,
    /// The system's clock set off by so many microseconds: the demo's.
    Shifted(Arc<AtomicI64>),
    /// Stands still until it is set: the tests'. Microseconds since 1970 UTC.
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// The system's clock, which can be set off.
    pub fn shifted() -> Self {
        Self::Shifted(Arc::default())
    }

    /// The time now.
    pub fn now(&self) -> Instant {
        match self {
            Self::System => system_now(),
            Self::Shifted(by) => Instant::from_micros(system_now().micros().saturating_add(by.load(Ordering::Relaxed))),
            Self::Set(at) => Instant::from_micros(at.load(Ordering::Relaxed)),
        }
    }

    /// Today in Japan.
    pub fn today(&self) -> Date {
        tokyo_date(self.now().to_datetime())
    }

    /// Sets a clock that can be set; the system's cannot.
    pub fn set(&self, now: Instant) -> bool {
        match self {
            Self::System => false,
            Self::Shifted(by) => {
                by.store(now.micros().saturating_sub(system_now().micros()), Ordering::Relaxed);
                true
            }
            Self::Set(at) => {
                at.store(now.micros(), Ordering::Relaxed);
                true
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system's clock")]
fn system_now() -> Instant {
    OffsetDateTime::now_utc().into()
}

/// Makes ids and inquiry numbers.
#[derive(Clone)]
pub enum Ids {
    /// UUIDv7 by the clock, in order within the process, with the system's randomness.
    Random(Arc<Mutex<ContextV7>>),
    /// Counted from one: the tests'.
    Counted(Arc<AtomicU64>),
}

impl Ids {
    /// Ids as the program makes them.
    pub fn random() -> Self {
        Self::Random(Arc::new(Mutex::new(ContextV7::new())))
    }

    /// An id to log a request under: no two are the same, and none is a secret. Unlike [`Self::next`]
    /// it asks neither for a turn nor for randomness, since every request needs one.
    pub fn request(&self) -> String {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        static PROCESS: OnceLock<u64> = OnceLock::new();
        match self {
            Self::Random(_) => {
                let process = PROCESS.get_or_init(|| u64::from_be_bytes(self.secret()));
                format!("{process:016x}-{:x}", COUNT.fetch_add(1, Ordering::Relaxed))
            }
            Self::Counted(_) => self.next::<()>(Instant::from_micros(0)).to_string(),
        }
    }

    /// The next id.
    pub fn next<N>(&self, now: Instant) -> Id<N> {
        match self {
            Self::Random(context) => {
                let context = context.lock().unwrap_or_else(PoisonError::into_inner);
                let seconds = u64::try_from(now.micros().div_euclid(1_000_000)).unwrap_or(0);
                let nanos = u32::try_from(now.micros().rem_euclid(1_000_000) * 1000).unwrap_or(0);
                Id::new(Uuid::new_v7(Timestamp::from_unix(&*context, seconds, nanos)))
            }
            Self::Counted(count) => {
                let n = count.fetch_add(1, Ordering::Relaxed).saturating_add(1);
                Id::new(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0000 | u128::from(n)))
            }
        }
    }

    /// Fills a buffer with randomness that nobody can guess; counted ids give counted bytes.
    pub fn secret<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match self {
            Self::Random(_) => aws_lc_rs::rand::fill(&mut bytes).unwrap_or_else(|_| std::process::abort()),
            Self::Counted(count) => {
                let n = count.fetch_add(1, Ordering::Relaxed).saturating_add(1);
                for (byte, value) in bytes.iter_mut().rev().zip(n.to_le_bytes()) {
                    *byte = value;
                }
            }
        }
        bytes
    }

    /// A number for people: `Q-`, the year in Japan, and six random Crockford characters.
    pub fn inquiry_number(&self, today: Date) -> String {
        const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let random = u64::from_be_bytes(self.secret());
        let digit = |place: u32| CROCKFORD.get(usize::try_from((random >> (5 * place)) & 31).unwrap_or(0));
        let tail = (0..6).rev().filter_map(digit);
        format!("Q-{}-{}", today.year(), tail.map(|&c| char::from(c)).collect::<String>())
    }
}
