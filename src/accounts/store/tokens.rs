//! One-time tokens: what a mailed link proves. Kept by digest alone.

use diesel::prelude::*;
use time::Duration;

use crate::accounts::model::Purpose;
use crate::accounts::{Account, Staff};
use crate::app::Tx;
use crate::contracts::Contract;
use crate::db::Connection;
use crate::db::schema::one_time_tokens as tokens;
use crate::db::types::{Id, Instant};
use crate::http::text::{EmailAddress, Name};
use crate::http::{Refusal, Result};

/// What a token proves, and for whom.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = tokens)]
pub struct Row {
    /// The mailbox that it was sent to.
    pub email: EmailAddress,
    /// The name that the person gave.
    pub name: Option<Name>,
    /// The account that it is about.
    pub account_id: Option<Id<Account>>,
    /// The person at the desk that it is about.
    pub staff_id: Option<Id<Staff>>,
    /// The contract that it is about.
    pub contract_id: Option<Id<Contract>>,
}

impl Row {
    /// What a token for this mailbox proves, with no more to it yet.
    pub fn of(email: EmailAddress) -> Self {
        Self { email, name: None, account_id: None, staff_id: None, contract_id: None }
    }
}

/// Adds a token by its digest.
pub fn insert(tx: &mut Tx<'_>, digest: &[u8], purpose: Purpose, row: &Row, lifetime: Duration) -> Result<()> {
    let now = tx.now;
    diesel::insert_into(tokens::table)
        .values((
            tokens::digest.eq(digest),
            tokens::purpose.eq(purpose.as_str()),
            tokens::email.eq(&row.email),
            tokens::name.eq(&row.name),
            tokens::account_id.eq(row.account_id),
            tokens::staff_id.eq(row.staff_id),
            tokens::contract_id.eq(row.contract_id),
            tokens::issued_at.eq(now),
            tokens::expires_at.eq(now.plus(lifetime)),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// A token that is good: 422 `one_time_token_invalid` for one that is unknown, used, expired or for
/// something else.
pub fn good(connection: &mut Connection, digest: &[u8], purpose: Purpose, now: Instant) -> Result<Row> {
    let found = tokens::table
        .find(digest)
        .filter(tokens::purpose.eq(purpose.as_str()))
        .filter(tokens::used_at.is_null())
        .filter(tokens::expires_at.gt(now))
        .select(Row::as_select())
        .first(connection)
        .optional()?;
    Ok(found.ok_or(Refusal::OneTimeTokenInvalid)?)
}

/// Uses a token up: 422 `one_time_token_invalid` as for [`good`], or when another call was first.
pub fn take(tx: &mut Tx<'_>, digest: &[u8], purpose: Purpose) -> Result<Row> {
    let now = tx.now;
    let row = good(tx, digest, purpose, now)?;
    let used = diesel::update(tokens::table.find(digest).filter(tokens::used_at.is_null()))
        .set(tokens::used_at.eq(now))
        .execute(&mut **tx)?;
    if used == 1 { Ok(row) } else { Err(Refusal::OneTimeTokenInvalid.into()) }
}

/// Uses up the tokens that have become needless: of this purpose, about the same account, person
/// and contract.
pub fn void(tx: &mut Tx<'_>, purpose: Purpose, row: &Row) -> Result<()> {
    let now = tx.now;
    let open = tokens::table.filter(tokens::purpose.eq(purpose.as_str())).filter(tokens::used_at.is_null());
    match (row.account_id, row.staff_id, row.contract_id) {
        (Some(account), _, Some(contract)) => {
            let same = open.filter(tokens::account_id.eq(account)).filter(tokens::contract_id.eq(contract));
            diesel::update(same).set(tokens::used_at.eq(now)).execute(&mut **tx)?
        }
        (Some(account), _, None) => diesel::update(open.filter(tokens::account_id.eq(account)))
            .set(tokens::used_at.eq(now))
            .execute(&mut **tx)?,
        (None, Some(person), _) => {
            diesel::update(open.filter(tokens::staff_id.eq(person))).set(tokens::used_at.eq(now)).execute(&mut **tx)?
        }
        (None, None, contract) => {
            let same = open.filter(tokens::email.eq(&row.email)).filter(tokens::contract_id.eq(contract));
            diesel::update(same).set(tokens::used_at.eq(now)).execute(&mut **tx)?
        }
    };
    Ok(())
}

/// Drops tokens a day after they could last be used.
pub fn drop_old(tx: &mut Tx<'_>) -> Result<()> {
    let now = tx.now;
    diesel::delete(tokens::table.filter(tokens::expires_at.lt(now.plus(-Duration::DAY)))).execute(&mut **tx)?;
    Ok(())
}
