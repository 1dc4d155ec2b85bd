//! What a mailed link proves: that whoever applied reads what comes to the address.

use diesel::prelude::*;
use time::Duration;

use super::{Row, find};
use crate::app::Tx;
use crate::db::schema::subscription_confirmations as confirmations;
use crate::http::{Refusal, Result};
use crate::subscriptions::SubscriptionId;
use crate::terms::codes::SubscriptionState;

/// Writes down what a mailed link proves.
pub fn insert_confirmation(tx: &mut Tx<'_>, digest: &[u8], id: SubscriptionId, lifetime: Duration) -> Result<()> {
    let end = tx.now.plus(lifetime);
    diesel::insert_into(confirmations::table)
        .values((
            confirmations::digest.eq(digest),
            confirmations::subscription_id.eq(id),
            confirmations::expires_at.eq(end),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Uses a mailed link up: 422 `one_time_token_invalid` for one that is unknown, used or expired,
/// and when the application has been decided otherwise.
pub fn take_confirmation(tx: &mut Tx<'_>, digest: &[u8]) -> Result<Row> {
    let now = tx.now;
    let good = confirmations::table
        .find(digest)
        .filter(confirmations::used_at.is_null())
        .filter(confirmations::expires_at.gt(now));
    let id: Option<SubscriptionId> = good.select(confirmations::subscription_id).first(&mut **tx).optional()?;
    let id = id.ok_or(Refusal::OneTimeTokenInvalid)?;
    let open = confirmations::table.find(digest).filter(confirmations::used_at.is_null());
    if diesel::update(open).set(confirmations::used_at.eq(now)).execute(&mut **tx)? != 1 {
        return Err(Refusal::OneTimeTokenInvalid.into());
    }
    let row = find(tx, id)?.filter(|row| row.state == SubscriptionState::Applied);
    Ok(row.ok_or(Refusal::OneTimeTokenInvalid)?)
}

/// Drops links a day after they could last be used.
pub fn drop_old_confirmations(tx: &mut Tx<'_>) -> Result<()> {
    let end = tx.now.plus(-Duration::DAY);
    diesel::delete(confirmations::table.filter(confirmations::expires_at.lt(end))).execute(&mut **tx)?;
    Ok(())
}
