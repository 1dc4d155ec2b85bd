//! Sessions, their refresh tokens, and failed tries to begin one.

use diesel::prelude::*;
use time::Duration;
use uuid::Uuid;

use crate::accounts::model::Holder;
use crate::accounts::{Session, SignInFailure};
use crate::app::Tx;
use crate::auth::store::serving_now;
use crate::db::Connection;
use crate::db::schema::{refresh_tokens as tokens, sessions, sign_in_failures as failures};
use crate::db::types::{Id, Instant};
use crate::http::Result;
use crate::http::text::SupportId;

/// A session as its refresh token finds it.
#[derive(Clone, Debug, Queryable)]
pub struct Held {
    /// The session.
    pub session: Id<Session>,
    /// `account` or `staff`.
    pub holder_kind: String,
    /// Whose it is.
    pub holder: Id<Uuid>,
    /// The support ID that it is for.
    pub support_id: Option<SupportId>,
    /// When it ends unless it is refreshed.
    pub idle_expires_at: Instant,
    /// When it ends anyhow.
    pub expires_at: Instant,
    /// When it was ended.
    pub ended_at: Option<Instant>,
    /// When this refresh token was used.
    pub used_at: Option<Instant>,
}

/// Adds a session.
pub fn insert(tx: &mut Tx<'_>, session: Id<Session>, holder: Holder, support_id: Option<&SupportId>) -> Result<()> {
    let now = tx.now;
    let lifetime = holder.lifetime();
    let contract = support_id.map(|id| serving_now(tx, id)).transpose()?.flatten();
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(session),
            sessions::holder_kind.eq(holder.kind()),
            sessions::holder_id.eq(holder.id()),
            sessions::support_id.eq(support_id),
            sessions::contract_id.eq(contract),
            sessions::created_at.eq(now),
            sessions::idle_expires_at.eq(now.plus(lifetime.idle)),
            sessions::expires_at.eq(now.plus(lifetime.whole)),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Adds a refresh token by its digest.
pub fn insert_token(tx: &mut Tx<'_>, session: Id<Session>, digest: &[u8]) -> Result<()> {
    let now = tx.now;
    diesel::insert_into(tokens::table)
        .values((tokens::digest.eq(digest), tokens::session_id.eq(session), tokens::issued_at.eq(now)))
        .execute(&mut **tx)?;
    Ok(())
}

/// The session of a refresh token.
pub fn by_token(connection: &mut Connection, digest: &[u8]) -> Result<Option<Held>> {
    Ok(tokens::table
        .find(digest)
        .inner_join(sessions::table.on(sessions::id.eq(tokens::session_id)))
        .select((
            sessions::id,
            sessions::holder_kind,
            sessions::holder_id,
            sessions::support_id,
            sessions::idle_expires_at,
            sessions::expires_at,
            sessions::ended_at,
            tokens::used_at,
        ))
        .first(connection)
        .optional()?)
}

/// Uses a refresh token up; false if another call was first.
pub fn use_token(tx: &mut Tx<'_>, digest: &[u8]) -> Result<bool> {
    let now = tx.now;
    let used = diesel::update(tokens::table.find(digest).filter(tokens::used_at.is_null()))
        .set(tokens::used_at.eq(now))
        .execute(&mut **tx)?;
    Ok(used == 1)
}

/// Keeps a session from ending for idleness until then.
pub fn extend(tx: &mut Tx<'_>, session: Id<Session>, idle_expires_at: Instant) -> Result<()> {
    diesel::update(sessions::table.find(session))
        .set(sessions::idle_expires_at.eq(idle_expires_at))
        .execute(&mut **tx)?;
    Ok(())
}

/// Lets a session be for another support ID.
pub fn present(tx: &mut Tx<'_>, session: Id<Session>, support_id: &SupportId) -> Result<()> {
    let contract = serving_now(tx, support_id)?;
    diesel::update(sessions::table.find(session))
        .set((sessions::support_id.eq(support_id), sessions::contract_id.eq(contract)))
        .execute(&mut **tx)?;
    Ok(())
}

/// Lets the sessions for these IDs be for the contracts by which they are answered now.
pub fn follow<'a>(connection: &mut Connection, ids: impl IntoIterator<Item = &'a SupportId>) -> Result<()> {
    for id in ids {
        let contract = serving_now(connection, id)?;
        diesel::update(sessions::table.filter(sessions::support_id.eq(id)))
            .set(sessions::contract_id.eq(contract))
            .execute(connection)?;
    }
    Ok(())
}

/// Ends a session and all its tokens.
pub fn end(tx: &mut Tx<'_>, session: Id<Session>) -> Result<()> {
    let now = tx.now;
    diesel::update(sessions::table.find(session).filter(sessions::ended_at.is_null()))
        .set(sessions::ended_at.eq(now))
        .execute(&mut **tx)?;
    Ok(())
}

/// Ends every session of a holder but one.
pub fn end_all(tx: &mut Tx<'_>, holder: Holder, but: Option<Id<Session>>) -> Result<()> {
    let now = tx.now;
    let open = sessions::table
        .filter(sessions::holder_id.eq(holder.id()))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::id.ne(but.unwrap_or(Id::new(Uuid::nil()))));
    diesel::update(open).set(sessions::ended_at.eq(now)).execute(&mut **tx)?;
    Ok(())
}

/// Ends a holder's sessions for these support IDs.
pub fn end_for(tx: &mut Tx<'_>, holder: Holder, support_ids: &[SupportId]) -> Result<()> {
    let now = tx.now;
    let open = sessions::table
        .filter(sessions::holder_id.eq(holder.id()))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::support_id.eq_any(support_ids));
    diesel::update(open).set(sessions::ended_at.eq(now)).execute(&mut **tx)?;
    Ok(())
}

/// The moments of the latest failed tries after a moment, newest first.
pub fn failures(connection: &mut Connection, subject: &[u8], after: Instant, most: i64) -> Result<Vec<Instant>> {
    Ok(failures::table
        .filter(failures::subject.eq(subject))
        .filter(failures::failed_at.gt(after))
        .order(failures::failed_at.desc())
        .limit(most)
        .select(failures::failed_at)
        .load(connection)?)
}

/// Adds a failed try.
pub fn insert_failure(tx: &mut Tx<'_>, subject: &[u8]) -> Result<()> {
    let (id, now) = (tx.new_id::<SignInFailure>(), tx.now);
    diesel::insert_into(failures::table)
        .values((failures::id.eq(id), failures::subject.eq(subject), failures::failed_at.eq(now)))
        .execute(&mut **tx)?;
    Ok(())
}

/// Drops failed tries that count no longer, and sessions a day after they could last be used.
pub fn drop_old(tx: &mut Tx<'_>, window: Duration) -> Result<()> {
    let now = tx.now;
    diesel::delete(failures::table.filter(failures::failed_at.le(now.plus(-window)))).execute(&mut **tx)?;
    diesel::delete(sessions::table.filter(sessions::expires_at.lt(now.plus(-Duration::DAY)))).execute(&mut **tx)?;
    Ok(())
}
