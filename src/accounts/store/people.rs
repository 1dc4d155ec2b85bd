//! Support Web accounts and their links to contracts.

use diesel::prelude::*;
use time::Date;

use super::{added, moved};
use crate::accounts::Account;
use crate::app::Tx;
use crate::auth::store::serving;
use crate::calendar::model::tokyo_date;
use crate::contracts::Contract;
use crate::db::Connection;
use crate::db::schema::{
    account_links as links, accounts, administrators, contract_spans as spans, contracts, support_ids,
};
use crate::db::types::{Id, Instant};
use crate::http::Result;
use crate::http::page::Page;
use crate::http::text::{EmailAddress, Name, Reason, SupportId};
use crate::terms::codes::{AccountState, Condition};
use crate::{load_page, older};

/// A Support Web account.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = accounts)]
pub struct Row {
    /// The account.
    pub id: Id<Account>,
    /// The address that signs in.
    pub email: EmailAddress,
    /// The person's name.
    pub name: Name,
    /// The hash of the password; none until the person has set one.
    pub password_hash: Option<String>,
    /// Counts changes of the name.
    pub version: i32,
}

/// How an account stands to a contract.
#[derive(Clone, Debug, Queryable)]
pub struct Member {
    /// The account.
    pub account: Id<Account>,
    /// Its address.
    pub email: EmailAddress,
    /// The person's name.
    pub name: Name,
    /// Whether the account may act for the contract.
    pub state: AccountState,
    /// Since when it is linked.
    pub linked_since: Instant,
    /// Until when it was.
    pub linked_until: Option<Instant>,
    /// Why the link ended, where that was said.
    pub deactivation_reason: Option<String>,
    /// Counts changes of the link.
    pub version: i32,
    /// The name by which the contract knows the person, where that is not the account's.
    pub known_as: Option<Name>,
}

/// A contract as the account that signs in for it sees it.
#[derive(Clone, Debug, Queryable)]
pub struct Papers {
    /// The contract.
    pub contract: Id<Contract>,
    /// Its maintenance ID.
    pub maintenance_id: Option<String>,
    /// Its contract ID.
    pub contract_id: Option<String>,
    /// The customer.
    pub customer_name: String,
    /// Its condition today.
    pub condition: Condition,
    /// The first day of its term.
    pub starts_on: Date,
    /// The last day of its term.
    pub ends_on: Date,
    /// Since when the account is linked.
    pub linked_since: Instant,
}

/// The account.
pub fn find(connection: &mut Connection, id: Id<Account>) -> Result<Option<Row>> {
    Ok(accounts::table.find(id).select(Row::as_select()).first(connection).optional()?)
}

/// The account of an address.
pub fn find_by_email(connection: &mut Connection, email: &EmailAddress) -> Result<Option<Row>> {
    Ok(accounts::table.filter(accounts::email.eq(email)).select(Row::as_select()).first(connection).optional()?)
}

/// Adds an account: 409 `already_exists` when another call has just added it.
pub fn insert(tx: &mut Tx<'_>, row: &Row) -> Result<()> {
    let now = tx.now;
    let inserted = diesel::insert_into(accounts::table)
        .values((
            accounts::id.eq(row.id),
            accounts::email.eq(&row.email),
            accounts::name.eq(&row.name),
            accounts::password_hash.eq(&row.password_hash),
            accounts::version.eq(row.version),
            accounts::created_at.eq(now),
            accounts::changed_at.eq(now),
        ))
        .execute(&mut **tx);
    added(inserted)
}

/// Gives an account another name: 412 when the version has moved on.
pub fn rename(tx: &mut Tx<'_>, row: &Row, name: &Name) -> Result<()> {
    let now = tx.now;
    let changed = diesel::update(accounts::table.find(row.id).filter(accounts::version.eq(row.version)))
        .set((accounts::name.eq(name), accounts::version.eq(accounts::version + 1), accounts::changed_at.eq(now)))
        .execute(&mut **tx);
    moved(changed)
}

/// Gives an account another password in place of the one just verified; false if it was changed
/// meanwhile.
pub fn set_password(tx: &mut Tx<'_>, id: Id<Account>, verified: &str, hash: &str) -> Result<bool> {
    let now = tx.now;
    let changed = diesel::update(accounts::table.find(id).filter(accounts::password_hash.eq(verified)))
        .set((accounts::password_hash.eq(hash), accounts::changed_at.eq(now)))
        .execute(&mut **tx)?;
    Ok(changed == 1)
}

/// Gives an account another password, whatever it had; false if there is no such account.
pub fn reset_password(tx: &mut Tx<'_>, id: Id<Account>, hash: &str) -> Result<bool> {
    let now = tx.now;
    let changed = diesel::update(accounts::table.find(id))
        .set((accounts::password_hash.eq(hash), accounts::changed_at.eq(now)))
        .execute(&mut **tx)?;
    Ok(changed == 1)
}

/// Gives an account another address: 409 `already_exists` for one that another call has just taken.
pub fn readdress(tx: &mut Tx<'_>, row: &Row, email: &EmailAddress) -> Result<()> {
    let now = tx.now;
    let changed = diesel::update(accounts::table.find(row.id).filter(accounts::version.eq(row.version)))
        .set((accounts::email.eq(email), accounts::version.eq(accounts::version + 1), accounts::changed_at.eq(now)))
        .execute(&mut **tx);
    added(changed)
}

/// The addresses of a contract's administrators.
pub fn administrators_of(connection: &mut Connection, contract: Id<Contract>) -> Result<Vec<EmailAddress>> {
    Ok(administrators::table
        .filter(administrators::contract_id.eq(contract))
        .order(administrators::email)
        .select(administrators::email)
        .load(connection)?)
}

/// Whether the account's address is that of one of the contract's administrators.
pub fn administers(connection: &mut Connection, account: Id<Account>, contract: Id<Contract>) -> Result<bool> {
    let found: Option<String> = accounts::table
        .find(account)
        .inner_join(administrators::table.on(administrators::email.eq(accounts::email)))
        .filter(administrators::contract_id.eq(contract))
        .select(administrators::email)
        .first(connection)
        .optional()?;
    Ok(found.is_some())
}

type MemberColumns = (
    links::account_id,
    accounts::email,
    accounts::name,
    links::state,
    links::linked_since,
    links::linked_until,
    links::deactivation_reason,
    links::version,
    links::known_as,
);
const MEMBER: MemberColumns = (
    links::account_id,
    accounts::email,
    accounts::name,
    links::state,
    links::linked_since,
    links::linked_until,
    links::deactivation_reason,
    links::version,
    links::known_as,
);

/// How the account stands to the contract.
pub fn member(connection: &mut Connection, contract: Id<Contract>, account: Id<Account>) -> Result<Option<Member>> {
    Ok(links::table
        .find((account, contract))
        .inner_join(accounts::table.on(accounts::id.eq(links::account_id)))
        .select(MEMBER)
        .first(connection)
        .optional()?)
}

/// The accounts of a contract in these states or all, newest link first.
pub fn members(
    connection: &mut Connection,
    contract: Id<Contract>,
    states: &[AccountState],
    page: &Page,
) -> Result<Vec<Member>> {
    let mut query = links::table
        .inner_join(accounts::table.on(accounts::id.eq(links::account_id)))
        .filter(links::contract_id.eq(contract))
        .order((links::linked_since.desc(), links::account_id.desc()))
        .select(MEMBER)
        .into_boxed();
    if !states.is_empty() {
        query = query.filter(links::state.eq_any(states));
    }
    older!(query, page, links::linked_since, links::account_id);
    Ok(load_page!(query, page, connection))
}

/// Links an account to a contract: 409 `already_exists` when another call has just done so.
pub fn link(tx: &mut Tx<'_>, account: Id<Account>, contract: Id<Contract>, state: AccountState) -> Result<()> {
    let now = tx.now;
    let inserted = diesel::insert_into(links::table)
        .values((
            links::account_id.eq(account),
            links::contract_id.eq(contract),
            links::state.eq(state),
            links::linked_since.eq(now),
            links::version.eq(1),
        ))
        .execute(&mut **tx);
    added(inserted)
}

/// Lets a link that had ended await approval: 412 when the version has moved on.
pub fn await_approval(tx: &mut Tx<'_>, contract: Id<Contract>, member: &Member) -> Result<()> {
    let row = links::table.find((member.account, contract)).filter(links::version.eq(member.version));
    let changed = diesel::update(row)
        .set((
            links::state.eq(AccountState::AwaitingApproval),
            links::linked_until.eq(None::<Instant>),
            links::deactivation_reason.eq(None::<String>),
            links::version.eq(links::version + 1),
        ))
        .execute(&mut **tx);
    moved(changed)
}

/// Lets the contract know the person by the name that was given, and not by the account's own.
pub fn know_as(tx: &mut Tx<'_>, account: Id<Account>, contract: Id<Contract>, name: &Name) -> Result<()> {
    diesel::update(links::table.find((account, contract))).set(links::known_as.eq(name)).execute(&mut **tx)?;
    Ok(())
}

/// Makes a link active: from now on if it had ended. 412 when the version has moved on.
pub fn activate(tx: &mut Tx<'_>, contract: Id<Contract>, member: &Member) -> Result<()> {
    let since = if member.state == AccountState::Deactivated { tx.now } else { member.linked_since };
    let row = links::table.find((member.account, contract)).filter(links::version.eq(member.version));
    let changed = diesel::update(row)
        .set((
            links::state.eq(AccountState::Active),
            links::linked_since.eq(since),
            links::linked_until.eq(None::<Instant>),
            links::deactivation_reason.eq(None::<String>),
            links::version.eq(links::version + 1),
        ))
        .execute(&mut **tx);
    moved(changed)
}

/// Ends a link: 412 when the version has moved on.
pub fn deactivate(tx: &mut Tx<'_>, contract: Id<Contract>, member: &Member, reason: Option<&Reason>) -> Result<()> {
    let now = tx.now;
    let row = links::table.find((member.account, contract)).filter(links::version.eq(member.version));
    let changed = diesel::update(row)
        .set((
            links::state.eq(AccountState::Deactivated),
            links::linked_until.eq(now),
            links::deactivation_reason.eq(reason),
            links::version.eq(links::version + 1),
        ))
        .execute(&mut **tx);
    moved(changed)
}

/// Moves the links of a contract to the one that goes on in its place. Who is linked to both stays
/// as the latter has it, and need not wait for an approval that the former had given; gives how many.
pub fn carry_links(tx: &mut Tx<'_>, from: Id<Contract>, to: Id<Contract>) -> Result<usize> {
    let now = tx.now;
    let held = |tx: &mut Tx<'_>, contract: Id<Contract>| -> Result<Vec<(Id<Account>, AccountState)>> {
        let rows = links::table.filter(links::contract_id.eq(contract)).select((links::account_id, links::state));
        Ok(rows.load(&mut **tx)?)
    };
    let there = held(tx, to)?;
    let mut moved = 0;
    for (account, state) in held(tx, from)? {
        let row = links::table.find((account, from));
        let Some((_, other)) = there.iter().find(|(linked, _)| *linked == account) else {
            moved += diesel::update(row)
                .set((links::contract_id.eq(to), links::version.eq(links::version + 1)))
                .execute(&mut **tx)?;
            continue;
        };
        if state != AccountState::Active {
            continue;
        }
        if *other == AccountState::AwaitingApproval {
            moved += diesel::update(links::table.find((account, to)))
                .set((links::state.eq(AccountState::Active), links::version.eq(links::version + 1)))
                .execute(&mut **tx)?;
        }
        diesel::update(row)
            .set((
                links::state.eq(AccountState::Deactivated),
                links::linked_until.eq(now),
                links::version.eq(links::version + 1),
            ))
            .execute(&mut **tx)?;
    }
    Ok(moved)
}

/// The IDs that a contract is presented by, in their canonical form: its own, and those of
/// contracts in whose place it goes on.
pub fn support_ids(connection: &mut Connection, contract: Id<Contract>) -> Result<Vec<SupportId>> {
    Ok(support_ids::table
        .filter(serving().eq(contract))
        .select(support_ids::canonical)
        .order(support_ids::canonical)
        .load(connection)?)
}

type PapersColumns = (
    contracts::id,
    contracts::maintenance_id,
    contracts::contract_id,
    contracts::customer_name,
    spans::condition,
    spans::starts_on,
    spans::ends_on,
    links::linked_since,
);
const PAPERS: PapersColumns = (
    contracts::id,
    contracts::maintenance_id,
    contracts::contract_id,
    contracts::customer_name,
    spans::condition,
    spans::starts_on,
    spans::ends_on,
    links::linked_since,
);

/// The contract that this ID belongs to, if the account was ever linked to it, and how it stands to it now.
pub fn papers(
    connection: &mut Connection,
    account: Id<Account>,
    id: &SupportId,
    now: Instant,
) -> Result<Option<(AccountState, Papers)>> {
    let day = tokyo_date(now.to_datetime());
    Ok(support_ids::table
        .find(id)
        .inner_join(contracts::table.on(contracts::id.eq(serving())))
        .inner_join(links::table.on(links::contract_id.eq(contracts::id)))
        .inner_join(spans::table.on(spans::contract_id.eq(contracts::id)))
        .filter(links::account_id.eq(account))
        .filter(spans::from_on.le(day))
        .filter(spans::until_on.gt(day))
        .select((links::state, PAPERS))
        .first(connection)
        .optional()?)
}

/// The contracts that an account is linked to, as far as the links last.
pub fn active_contracts_of(connection: &mut Connection, account: Id<Account>) -> Result<Vec<Id<Contract>>> {
    Ok(links::table
        .filter(links::account_id.eq(account))
        .filter(links::state.eq(AccountState::Active))
        .order(links::contract_id)
        .select(links::contract_id)
        .load(connection)?)
}

/// The contracts that an account may sign in for, newest link first.
pub fn contracts_of(
    connection: &mut Connection,
    account: Id<Account>,
    now: Instant,
    page: &Page,
) -> Result<Vec<Papers>> {
    let day = tokyo_date(now.to_datetime());
    let mut query = links::table
        .inner_join(contracts::table.on(contracts::id.eq(links::contract_id)))
        .inner_join(spans::table.on(spans::contract_id.eq(contracts::id)))
        .filter(links::account_id.eq(account))
        .filter(links::state.eq(AccountState::Active))
        .filter(spans::from_on.le(day))
        .filter(spans::until_on.gt(day))
        .order((links::linked_since.desc(), contracts::id.desc()))
        .select(PAPERS)
        .into_boxed();
    older!(query, page, links::linked_since, contracts::id);
    Ok(load_page!(query, page, connection))
}
