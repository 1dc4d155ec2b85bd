//! What is kept of a person, read for the person.

use diesel::prelude::*;
use uuid::Uuid;

use crate::accounts::Account;
use crate::accounts::export::{MyAdministration, MyInquiry, MyLink, MyMail, MyMessage, MySession, told};
use crate::db::Connection;
use crate::db::dialect;
use crate::db::schema::{
    account_links as links, administrators, inquiries as inquiry, inquiry_openings as openings, mails as mail,
    messages as message, sessions as session,
};
use crate::db::types::{Doc, Id, Instant};
use crate::http::text::{Body, EmailAddress};
use crate::http::{Problem, Result};
use crate::inquiries::InquiryId;
use crate::inquiries::store::Requester;
use crate::terms::codes::CallerKind;

/// The most rows of each kind.
const MOST: i64 = 10_000;

/// The account's links.
pub fn links(connection: &mut Connection, account: Id<Account>) -> Result<Vec<MyLink>> {
    let rows = links::table
        .filter(links::account_id.eq(account))
        .order((links::linked_since.desc(), links::contract_id.desc()))
        .limit(MOST)
        .select((links::contract_id, links::state, links::known_as, links::linked_since, links::linked_until))
        .load(connection)?;
    let told = |(contract_id, state, known_as, linked_since, linked_until)| MyLink {
        contract_id,
        state,
        known_as,
        linked_since,
        linked_until,
    };
    Ok(rows.into_iter().map(told).collect())
}

/// The account's sessions.
pub fn sessions(connection: &mut Connection, account: Id<Account>) -> Result<Vec<MySession>> {
    let rows = session::table
        .filter(session::holder_id.eq(account.cast::<Uuid>()))
        .order((session::created_at.desc(), session::id.desc()))
        .limit(MOST)
        .select((session::created_at, session::support_id, session::ended_at))
        .load(connection)?;
    let told = |(created_at, support_id, ended_at)| MySession { created_at, support_id, ended_at };
    Ok(rows.into_iter().map(told).collect())
}

/// The contracts that name the address.
pub fn administrations(connection: &mut Connection, email: &EmailAddress) -> Result<Vec<MyAdministration>> {
    let rows = administrators::table
        .filter(administrators::email.eq(email))
        .order(administrators::id.desc())
        .limit(MOST)
        .select((administrators::contract_id, administrators::name))
        .load(connection)?;
    Ok(rows.into_iter().map(|(contract_id, name)| MyAdministration { contract_id, name }).collect())
}

/// An inquiry with what its opening says of people.
#[derive(Clone, Debug, Queryable)]
pub struct Opened {
    /// Its number.
    pub number: String,
    /// When it was received.
    pub received_at: Instant,
    /// Its subject.
    pub subject: String,
    /// What was asked.
    pub body: String,
    /// Who asks.
    pub requester: Doc<Requester>,
    /// Who else is told.
    pub watchers: Doc<Vec<EmailAddress>>,
    /// The kind of who opened it.
    pub opened_by_kind: CallerKind,
    /// Who opened it.
    pub opened_by: Id<Uuid>,
}

/// The inquiries that the account opened or that name the address.
pub fn inquiries(connection: &mut Connection, account: Id<Account>, email: &EmailAddress) -> Result<Vec<MyInquiry>> {
    let naming: Vec<InquiryId> = dialect::inquiries_naming(connection, email)?;
    let opener = account.cast::<Uuid>();
    let by_account = openings::opened_by_id.eq(opener).and(openings::opened_by_kind.eq(CallerKind::Customer));
    let found: Vec<Opened> = inquiry::table
        .inner_join(openings::table.on(openings::inquiry_id.eq(inquiry::id)))
        .filter(by_account.or(inquiry::id.eq_any(naming)))
        .order((inquiry::received_at.desc(), inquiry::id.desc()))
        .limit(MOST)
        .select((
            inquiry::number,
            inquiry::received_at,
            inquiry::subject,
            openings::body,
            openings::requester,
            openings::watchers,
            openings::opened_by_kind,
            openings::opened_by_id,
        ))
        .load(connection)?;
    let own = |row: &Opened| row.opened_by_kind == CallerKind::Customer && row.opened_by == opener;
    found
        .into_iter()
        .map(|row| {
            let own = own(&row);
            told(row, own, email)
        })
        .collect()
}

/// The messages that the account wrote.
pub fn messages(connection: &mut Connection, account: Id<Account>) -> Result<Vec<MyMessage>> {
    let rows: Vec<(_, _, Option<String>)> = message::table
        .filter(message::author_kind.eq(CallerKind::Customer))
        .filter(message::author_id.eq(account.cast::<Uuid>()))
        .order((message::posted_at.desc(), message::id.desc()))
        .limit(MOST)
        .select((message::id, message::posted_at, message::body))
        .load(connection)?;
    let told = |(id, posted_at, body): (_, _, Option<String>)| {
        let body = body.as_deref().map(Body::parse).transpose().map_err(Problem::bug)?;
        Ok(MyMessage { id, posted_at, body })
    };
    rows.into_iter().map(told).collect()
}

/// The mails to the address.
pub fn mails(connection: &mut Connection, email: &EmailAddress) -> Result<Vec<MyMail>> {
    let rows = mail::table
        .filter(mail::recipient.eq(email))
        .order(mail::id.desc())
        .limit(MOST)
        .select((mail::kind, mail::queued_at, mail::state))
        .load(connection)?;
    Ok(rows.into_iter().map(|(kind, queued_at, state)| MyMail { kind, queued_at, state }).collect())
}
