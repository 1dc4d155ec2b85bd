//! Passwords: argon2id, never more than two at a time.

use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::http::text::{EmailAddress, NewPassword, TypedPassword};
use crate::http::{Problem, Result};

/// Memory of one hashing, in KiB.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// How long a caller waits for its turn before it is told 503.
const TURN_WAIT: Duration = Duration::from_secs(2);

/// One hashing fills a core and 19 MiB, so few run at once and the others wait without a thread.
static TURNS: Semaphore = Semaphore::const_new(2);

/// Verified in place of nobody's hash, so that time does not tell who is there. No password has it.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bWFkb2d1Y2hpLW5vYm9keQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Random bytes for one hash.
pub type Salt = [u8; 16];

/// 422 `password_too_common` for a password that is the person's own address or the part of it
/// before the at sign.
pub fn refuse_guessable(password: &NewPassword, email: &EmailAddress, pointer: &str) -> Result<()> {
    let folded = password.to_lowercase();
    let local = email.split('@').next().unwrap_or_default();
    if folded == **email || folded == local {
        return Err(Problem::fault(pointer, "password_too_common"));
    }
    Ok(())
}

/// The hash of a new password, in the PHC string format.
pub async fn hash(password: NewPassword, salt: Salt) -> Result<String> {
    in_turn(move || hash_blocking(&password, salt)).await
}

/// The same on a thread of one's own, as the command line has it.
pub fn hash_blocking(password: &NewPassword, salt: Salt) -> Result<String> {
    let hash = hasher()?.hash_password_with_salt(password.as_bytes(), &salt).map_err(unspecified)?;
    Ok(hash.to_string())
}

/// Whether this is the password behind the hash. Without a hash it is not, and takes as long.
pub async fn verify(typed: TypedPassword, hash: Option<String>) -> Result<bool> {
    in_turn(move || {
        let known = PasswordHash::new(hash.as_deref().unwrap_or(NOBODY)).map_err(unspecified)?;
        let right = hasher()?.verify_password(typed.as_bytes(), &known).is_ok();
        Ok(right && hash.is_some())
    })
    .await
}

fn hasher() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(unspecified)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn unspecified(error: impl std::fmt::Display) -> Problem {
    Problem::bug(error.to_string())
}

/// Runs `work` on a blocking thread once it is its turn; the turn lasts as long as the work, even
/// when the caller has gone.
async fn in_turn<T, W>(work: W) -> Result<T>
where
    T: Send + 'static,
    W: FnOnce() -> Result<T> + Send + 'static,
{
    let turn: SemaphorePermit<'static> = match tokio::time::timeout(TURN_WAIT, TURNS.acquire()).await {
        Ok(Ok(turn)) => turn,
        _ => return Err(Problem::unavailable("no password could be hashed in time")),
    };
    let done = actix_web::web::block(move || {
        let done = work();
        drop(turn);
        done
    });
    done.await.map_err(Problem::bug)?
}
