//! Every query of the outbox.

use diesel::prelude::*;
use uuid::Uuid;

use super::MailId;
use super::model::{LEASE, NewMail, Next, TRIES, Tried, Words, next};
use crate::accounts::Account;
use crate::app::Tx;
use crate::contracts::Contract;
use crate::db::Connection;
use crate::db::dialect;
use crate::db::schema::{
    account_links as links, accounts, inquiries, inquiry_openings as openings, mail_attempts as attempts, mails,
};
use crate::db::types::{Doc, Id, Instant};
use crate::http::Result;
use crate::http::text::EmailAddress;
use crate::inquiries::InquiryId;
use crate::inquiries::store::Requester;
use crate::terms::codes::{AccountState, CallerKind, Code, MailKind, MailLane, MailState};

/// A mail that a worker has claimed.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = mails)]
pub struct Row {
    /// The mail.
    pub id: MailId,
    /// What it tells.
    pub kind: MailKind,
    /// To whom; none for the desk.
    pub recipient: Option<EmailAddress>,
    /// The row that it is about.
    pub about_id: Option<Id<Uuid>>,
    /// What fills the blanks of its text.
    pub words: Doc<Words>,
    /// The number of the try.
    pub attempts: i32,
    /// How many tries are left after it.
    pub tries_left: i32,
    /// When it was written down.
    pub queued_at: Instant,
}

/// Adds a mail, due at once.
pub fn insert(tx: &mut Tx<'_>, id: MailId, mail: NewMail) -> Result<()> {
    let now = tx.now;
    diesel::insert_into(mails::table)
        .values((
            mails::id.eq(id),
            mails::kind.eq(mail.kind),
            mails::lane.eq(mail.lane),
            mails::recipient.eq(mail.to),
            mails::about_id.eq(mail.about),
            mails::words.eq(Doc(mail.words)),
            mails::state.eq(MailState::Waiting),
            mails::attempts.eq(0),
            mails::tries_left.eq(TRIES),
            mails::queued_at.eq(now),
            mails::due_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Whether any mail is due.
pub fn any_due(connection: &mut Connection, now: Instant) -> Result<bool> {
    let found: Option<MailId> = mails::table
        .filter(mails::state.eq(MailState::Waiting))
        .filter(mails::lane.eq_any(MailLane::ALL))
        .filter(mails::due_at.le(now))
        .limit(1)
        .select(mails::id)
        .first(connection)
        .optional()?;
    Ok(found.is_some())
}

/// How many mails are yet to be sent, and since when the oldest waits.
pub fn waiting(connection: &mut Connection) -> Result<(i64, Option<Instant>)> {
    let waiting = || mails::table.filter(mails::state.eq(MailState::Waiting));
    let count = waiting().count().get_result(connection)?;
    let oldest = waiting().order(mails::queued_at).select(mails::queued_at).first(connection).optional()?;
    Ok((count, oldest))
}

/// Takes the mail that is due, of the prompt lane first, and writes down that it is being tried. One
/// whose last try was cut off is given up: that try's row stays without an outcome.
pub fn claim(tx: &mut Tx<'_>) -> Result<Option<Row>> {
    let now = tx.now;
    let id = loop {
        let Some(id) = hold_due(tx)? else { return Ok(None) };
        let mail = mails::table.find(id);
        let claimed = diesel::update(mail.filter(mails::tries_left.gt(0)))
            .set((
                mails::attempts.eq(mails::attempts + 1),
                mails::tries_left.eq(mails::tries_left - 1),
                mails::due_at.eq(now.plus(LEASE)),
            ))
            .execute(&mut **tx)?;
        if claimed == 1 {
            break id;
        }
        diesel::update(mail).set((mails::state.eq(MailState::Dead), mails::ended_at.eq(now))).execute(&mut **tx)?;
    };
    let row: Row = mails::table.find(id).select(Row::as_select()).first(&mut **tx)?;
    diesel::insert_into(attempts::table)
        .values((attempts::mail_id.eq(row.id), attempts::number.eq(row.attempts), attempts::started_at.eq(now)))
        .execute(&mut **tx)?;
    Ok(Some(row))
}

fn hold_due(tx: &mut Tx<'_>) -> Result<Option<MailId>> {
    let now = tx.now;
    for lane in MailLane::ALL {
        if let Some(id) = dialect::hold_due_mail(tx, *lane, now)? {
            return Ok(Some(id.cast()));
        }
    }
    Ok(None)
}

/// Writes down how a try went, and what becomes of the mail unless somebody else has taken it up
/// meanwhile.
pub fn settle(tx: &mut Tx<'_>, row: &Row, tried: &Tried) -> Result<()> {
    let now = tx.now;
    diesel::update(attempts::table.find((row.id, row.attempts)))
        .set((
            attempts::ended_at.eq(now),
            attempts::outcome.eq(tried.outcome),
            attempts::reply_code.eq(tried.reply_code.map(i32::from)),
            attempts::detail.eq(&tried.detail),
        ))
        .execute(&mut **tx)?;
    let mine =
        mails::table.find(row.id).filter(mails::state.eq(MailState::Waiting)).filter(mails::attempts.eq(row.attempts));
    match next(tried.outcome, row.tries_left) {
        Next::Again(pause) => diesel::update(mine).set(mails::due_at.eq(now.plus(pause))).execute(&mut **tx)?,
        Next::Ends(state) => {
            diesel::update(mine).set((mails::state.eq(state), mails::ended_at.eq(now))).execute(&mut **tx)?
        }
    };
    Ok(())
}

/// Takes out a mail that has nothing to tell.
pub fn withdraw(tx: &mut Tx<'_>, id: MailId) -> Result<()> {
    diesel::delete(mails::table.find(id)).execute(&mut **tx)?;
    Ok(())
}

/// The number of an inquiry, and whom the desk tells of it: the requester, or the account that
/// opened it, and the watchers; nobody whose account is not active for the contract.
pub fn circle_of(connection: &mut Connection, inquiry: InquiryId) -> Result<Option<(String, Vec<EmailAddress>)>> {
    type Found = (String, Id<Contract>, Doc<Requester>, Doc<Vec<EmailAddress>>, CallerKind, Id<Uuid>);
    let found: Option<Found> = inquiries::table
        .find(inquiry)
        .inner_join(openings::table.on(openings::inquiry_id.eq(inquiries::id)))
        .select((
            inquiries::number,
            inquiries::contract_id,
            openings::requester,
            openings::watchers,
            openings::opened_by_kind,
            openings::opened_by_id,
        ))
        .first(connection)
        .optional()?;
    let Some((number, contract, Doc(requester), Doc(watchers), kind, opener)) = found else { return Ok(None) };
    let opener = match (requester.email, kind) {
        (None, CallerKind::Customer) => accounts::table
            .find(opener.cast::<Account>())
            .select(accounts::email)
            .first::<EmailAddress>(connection)
            .optional()?,
        (email, _) => email,
    };
    let mut circle: Vec<EmailAddress> = Vec::new();
    for email in opener.into_iter().chain(watchers) {
        if !circle.contains(&email) {
            circle.push(email);
        }
    }
    let gone: Vec<EmailAddress> = links::table
        .inner_join(accounts::table.on(accounts::id.eq(links::account_id)))
        .filter(links::contract_id.eq(contract))
        .filter(links::state.ne(AccountState::Active))
        .filter(accounts::email.eq_any(&circle))
        .select(accounts::email)
        .load(connection)?;
    circle.retain(|email| !gone.contains(email));
    Ok(Some((number, circle)))
}

/// Drops some of the mails that ended until a moment, with their tries; says how many.
pub fn drop_ended(tx: &mut Tx<'_>, until: Instant, most: i64) -> Result<usize> {
    let old = mails::table.filter(mails::ended_at.lt(until)).order(mails::ended_at).limit(most);
    let ids: Vec<MailId> = old.select(mails::id).load(&mut **tx)?;
    Ok(diesel::delete(mails::table.filter(mails::id.eq_any(&ids))).execute(&mut **tx)?)
}

/// Puts mails that ended in one of these states back, due at once and with all their tries.
pub fn retry(tx: &mut Tx<'_>, states: &[MailState]) -> Result<usize> {
    let now = tx.now;
    Ok(diesel::update(mails::table.filter(mails::state.eq_any(states)))
        .set((
            mails::state.eq(MailState::Waiting),
            mails::tries_left.eq(TRIES),
            mails::due_at.eq(now),
            mails::ended_at.eq(None::<Instant>),
        ))
        .execute(&mut **tx)?)
}
