//! What the sessions of several customers lead to, in one statement.

use diesel::prelude::*;
use uuid::Uuid;

use crate::accounts::Session;
use crate::among;
use crate::calendar::model::tokyo_date;
use crate::contracts::Contract;
use crate::db::Connection;
use crate::db::few::Fixed;
use crate::db::schema::{account_links, contract_spans, sessions};
use crate::db::types::{Id, Instant};
use crate::http::Result;
use crate::http::text::SupportId;
use crate::terms::codes::{AccountState, Condition, PartnerAccess};

/// What a session of a Support Web account leads to: a contract that the account is linked to, as it
/// stands on a day.
#[derive(Clone, Debug, Queryable)]
pub struct Reached {
    /// The session.
    pub session: Id<Session>,
    /// The account.
    pub account: Id<Uuid>,
    /// The support ID that the session is for.
    pub support_id: Option<SupportId>,
    /// The contract that answers to it.
    pub contract: Id<Contract>,
    /// Its maintenance ID.
    pub maintenance_id: Option<SupportId>,
    /// Its contract ID.
    pub contract_id: Option<SupportId>,
    /// What its reseller may see.
    pub partner_access: PartnerAccess,
    /// Its condition.
    pub condition: Condition,
    /// How the account stands to it.
    link: Option<AccountState>,
}

/// What these sessions lead to, as far as they have not ended and the accounts are active.
pub fn reached(connection: &mut Connection, of: &[Id<Session>], now: Instant) -> Result<Vec<Reached>> {
    let today = tokyo_date(now.to_datetime());
    let reached: Vec<Reached> = among!(connection, sessions::id, of, |connection, those| {
        // A value and not a join: of few accounts PostgreSQL would compare each with each session.
        let link = account_links::table
            .filter(account_links::account_id.eq(sessions::holder_id))
            .filter(account_links::contract_id.eq(contract_spans::contract_id))
            .select(account_links::state);
        let reached = sessions::table
            .filter(those)
            .filter(sessions::ended_at.is_null())
            .filter(sessions::expires_at.gt(now))
            .inner_join(
                contract_spans::table.on(contract_spans::contract_id
                    .nullable()
                    .eq(sessions::contract_id)
                    .and(contract_spans::from_on.le(today))
                    .and(contract_spans::until_on.gt(today))),
            )
            .select((
                sessions::id,
                sessions::holder_id,
                sessions::support_id,
                contract_spans::contract_id,
                contract_spans::maintenance_id,
                contract_spans::printed_contract_id,
                contract_spans::partner_access,
                contract_spans::condition,
                link.single_value(),
            ));
        Fixed(reached).load(connection)?
    });
    Ok(reached.into_iter().filter(|reached| reached.link == Some(AccountState::Active)).collect())
}
