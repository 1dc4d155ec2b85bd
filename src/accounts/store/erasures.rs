//! What is kept of a person, and taking it away.

use diesel::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use super::people::Row;
use crate::accounts::Account;
use crate::app::Tx;
use crate::db::dialect;
use crate::db::schema::{
    account_links as links, accounts, administrators, attachments, closure_decisions as decisions,
    customer_information as information, idempotency_keys as keys, inquiry_openings as openings, mails, messages,
    one_time_tokens as tokens, resellers, sessions, staff,
};
use crate::db::types::{Doc, Id};
use crate::http::text::{EmailAddress, Name};
use crate::http::{Problem, Result};
use crate::inquiries::InquiryId;
use crate::inquiries::consent::Consent;
use crate::inquiries::store::{OpeningCall, Requester};
use crate::subscriptions;
use crate::terms::codes::{AccountState, CallerKind, ClosureCode, ErasedPlace, KeptPlace};

/// What stands where a name was.
const NOBODY: &str = "消去済み";

type Counts = Vec<(ErasedPlace, usize)>;

/// Takes away what an account holds: its row stays without a name, so that what was said keeps an
/// author, and can never sign in again.
pub fn erase_account(tx: &mut Tx<'_>, row: &Row) -> Result<Counts> {
    let now = tx.now;
    let account = diesel::update(accounts::table.find(row.id))
        .set((
            accounts::email.eq(format!("erased-{}@erased.invalid", row.id)),
            accounts::name.eq(NOBODY),
            accounts::password_hash.eq(None::<String>),
            accounts::version.eq(accounts::version + 1),
            accounts::changed_at.eq(now),
        ))
        .execute(&mut **tx)?;
    let own = links::table.filter(links::account_id.eq(row.id));
    let links = diesel::update(own).set(links::known_as.eq(None::<Name>)).execute(&mut **tx)?;
    diesel::update(own.filter(links::state.ne(AccountState::Deactivated)))
        .set((
            links::state.eq(AccountState::Deactivated),
            links::linked_until.eq(now),
            links::version.eq(links::version + 1),
        ))
        .execute(&mut **tx)?;
    let held = sessions::table.filter(sessions::holder_id.eq(row.id.cast::<Uuid>()));
    let sessions = diesel::delete(held).execute(&mut **tx)?;
    let tokens = diesel::delete(tokens::table.filter(tokens::account_id.eq(row.id))).execute(&mut **tx)?;
    let mails = diesel::delete(mails::table.filter(mails::about_id.eq(row.id.cast::<Uuid>()))).execute(&mut **tx)?;
    let keys = diesel::delete(keys::table.filter(keys::caller.eq(format!("account:{}", row.id)))).execute(&mut **tx)?;
    let (tokens, mails) = (tokens + erase_tokens(tx, &row.email)?, mails + erase_mails(tx, &row.email)?);
    Ok(vec![
        (ErasedPlace::Account, account),
        (ErasedPlace::AccountLink, links),
        (ErasedPlace::Session, sessions),
        (ErasedPlace::OneTimeToken, tokens),
        (ErasedPlace::Mail, mails),
        (ErasedPlace::KeptAnswer, keys),
    ])
}

fn erase_tokens(tx: &mut Tx<'_>, email: &EmailAddress) -> Result<usize> {
    Ok(diesel::delete(tokens::table.filter(tokens::email.eq(email))).execute(&mut **tx)?)
}

fn erase_mails(tx: &mut Tx<'_>, email: &EmailAddress) -> Result<usize> {
    Ok(diesel::delete(mails::table.filter(mails::recipient.eq(email))).execute(&mut **tx)?)
}

/// Takes away what is kept by an address without an account.
pub fn erase_address(tx: &mut Tx<'_>, email: &EmailAddress) -> Result<Counts> {
    let named = administrators::table.filter(administrators::email.eq(email));
    let administrators = diesel::delete(named).execute(&mut **tx)?;
    let mut counts = vec![
        (ErasedPlace::OneTimeToken, erase_tokens(tx, email)?),
        (ErasedPlace::Mail, erase_mails(tx, email)?),
        (ErasedPlace::Administrator, administrators),
        (ErasedPlace::KeptAnswer, dialect::drop_answers_with(tx, email)?),
        (ErasedPlace::Subscription, subscriptions::store::erase(tx, email)?),
    ];
    for inquiry in dialect::inquiries_naming(tx, email)? {
        counts.extend(erase_from_inquiry(tx, inquiry, email)?);
    }
    Ok(counts)
}

fn erase_from_inquiry(tx: &mut Tx<'_>, inquiry: InquiryId, email: &EmailAddress) -> Result<Counts> {
    type Told = (Doc<Requester>, Doc<Vec<EmailAddress>>, Option<Doc<OpeningCall>>);
    let (Doc(mut requester), Doc(mut watchers), mut call): Told = openings::table
        .find(inquiry)
        .select((openings::requester, openings::watchers, openings::call))
        .first(&mut **tx)?;
    let nobody = Name::parse(NOBODY).map_err(Problem::bug)?;
    let mut counts = Vec::new();
    let before = watchers.len();
    watchers.retain(|watcher| watcher != email);
    counts.push((ErasedPlace::Watcher, before - watchers.len()));
    if requester.email.as_ref() == Some(email) {
        let relation = requester.relation;
        requester = Requester { name: nobody.clone(), organization: None, email: None, phone: None, relation };
        counts.push((ErasedPlace::Requester, 1));
        if let Some(Doc(call)) = &mut call {
            call.with = nobody.clone();
            counts.push((ErasedPlace::CallLog, 1));
        }
        counts.push((ErasedPlace::CallLog, erase_callers(tx, inquiry)?));
        counts.push((ErasedPlace::Consent, erase_consents(tx, inquiry, &nobody)?));
    }
    diesel::update(openings::table.find(inquiry))
        .set((openings::requester.eq(Doc(requester)), openings::watchers.eq(Doc(watchers)), openings::call.eq(call)))
        .execute(&mut **tx)?;
    Ok(counts)
}

/// Takes the names out of the call logs of an inquiry's thread.
fn erase_callers(tx: &mut Tx<'_>, inquiry: InquiryId) -> Result<usize> {
    let calls: Vec<(Id<crate::inquiries::Message>, Option<Doc<Value>>)> = messages::table
        .filter(messages::inquiry_id.eq(inquiry))
        .filter(messages::call.is_not_null())
        .select((messages::id, messages::call))
        .load(&mut **tx)?;
    let mut erased = 0;
    for (id, call) in calls {
        let Some(Doc(Value::Object(mut call))) = call else { continue };
        call.insert("with".to_owned(), NOBODY.into());
        diesel::update(messages::table.find(id))
            .set(messages::call.eq(Some(Doc(Value::Object(call)))))
            .execute(&mut **tx)?;
        erased += 1;
    }
    Ok(erased)
}

/// Takes the names out of the consents by which parts of an inquiry may go to the vendor.
fn erase_consents(tx: &mut Tx<'_>, inquiry: InquiryId, nobody: &Name) -> Result<usize> {
    let mut erased = 0;
    macro_rules! nameless {
        ($table:ident) => {{
            let given: Vec<(Id<Uuid>, Option<Doc<Consent>>)> = $table::table
                .filter($table::inquiry_id.eq(inquiry))
                .filter($table::consent.is_not_null())
                .select(($table::id, $table::consent))
                .load(&mut **tx)?;
            for (id, consent) in given {
                let Some(Doc(consent)) = consent else { continue };
                let consent = Doc(Consent { given_by: nobody.clone(), ..consent });
                diesel::update($table::table.find(id)).set($table::consent.eq(Some(consent))).execute(&mut **tx)?;
                erased += 1;
            }
        }};
    }
    nameless!(messages);
    nameless!(attachments);
    Ok(erased)
}

/// How many records stay, by place. A completion by agreement names whom it was agreed with: those of
/// the inquiries that name the address are counted.
pub fn kept(tx: &mut Tx<'_>, email: &EmailAddress, account: Option<Id<Account>>) -> Result<Vec<(KeptPlace, i64)>> {
    let own = dialect::inquiries_naming(tx, email)?;
    let agreed = decisions::table
        .filter(decisions::inquiry_id.eq_any(own))
        .filter(decisions::code.eq(ClosureCode::AgreedWithCustomer))
        .count()
        .get_result(&mut **tx)?;
    let author = account.map(|id| id.cast::<Uuid>());
    let opened = openings::table
        .filter(openings::opened_by_kind.eq(CallerKind::Customer))
        .filter(openings::opened_by_id.nullable().eq(author))
        .count()
        .get_result(&mut **tx)?;
    let said = messages::table
        .filter(messages::author_kind.eq(CallerKind::Customer))
        .filter(messages::author_id.nullable().eq(author))
        .count()
        .get_result(&mut **tx)?;
    let sent = attachments::table
        .filter(attachments::author_kind.eq(CallerKind::Customer))
        .filter(attachments::author_id.nullable().eq(author))
        .filter(attachments::erased_at.is_null())
        .count()
        .get_result(&mut **tx)?;
    let entrusted = information::table
        .filter(information::written_by_kind.eq(CallerKind::Customer))
        .filter(information::written_by_id.eq(author))
        .filter(information::erased_at.is_null())
        .count()
        .get_result(&mut **tx)?;
    let counters = resellers::table.filter(resellers::contact_email.eq(email)).count().get_result(&mut **tx)?;
    let employed = staff::table.filter(staff::email.eq(email)).count().get_result(&mut **tx)?;
    Ok(vec![
        (KeptPlace::Inquiry, opened),
        (KeptPlace::Message, said),
        (KeptPlace::Attachment, sent),
        (KeptPlace::CustomerInformation, entrusted),
        (KeptPlace::ClosureDecision, agreed),
        (KeptPlace::ResellerContact, counters),
        (KeptPlace::Staff, employed),
    ])
}
