//! Letters about accounts. Whether there is anything to tell, and to whom, is found out when the
//! letter is written and not when somebody asks: so a call that asks does the same work and is
//! answered the same, whoever exists. The token of a link is made here too, and is nowhere else
//! than in the letter.

use time::Duration;

use super::model::{Purpose, digest_of, secret};
use super::store::{people, staff, tokens};
use super::{AccountId, Staff};
use crate::app::Tx;
use crate::auth::store::{Presented, contract_at, presented};
use crate::config::Config;
use crate::contracts::{Contract, ContractId};
use crate::db::types::Id;
use crate::http::text::{EmailAddress, Name, SupportId};
use crate::http::{Problem, Result};
use crate::mail::letter::Letter;
use crate::mail::model::{NewMail, Words};
use crate::mail::outbox::enqueue;
use crate::mail::store::Row;
use crate::terms::codes::{AccountState, MailKind};

/// Who asked for a link waits for it, and has asked again or forgotten after so long.
const ASKED_FOR: Duration = Duration::DAY;
/// Who is sent a link unasked reads it when there is time.
const UNASKED: Duration = Duration::days(7);

/// How long a link to another password is good that its person has asked for.
const RESET: Duration = Duration::HOUR;

/// Asks for a mail about an account and a contract.
pub(super) fn tell(
    tx: &mut Tx<'_>,
    kind: MailKind,
    to: EmailAddress,
    account: AccountId,
    contract: ContractId,
) -> Result<()> {
    enqueue(tx, NewMail::prompt(kind, Some(to)).about(account).with("contract", contract))?;
    Ok(())
}

/// Writes the letter of a row; none where there is nothing to tell.
pub fn write(tx: &mut Tx<'_>, config: &Config, mail: &Row, to: EmailAddress) -> Result<Option<Letter>> {
    let words = &mail.words.0;
    let asked_for =
        !matches!(mail.kind, MailKind::ApprovalRequest | MailKind::AccountActivated | MailKind::EmailChanged);
    if asked_for && mail.kind != MailKind::FirstPassword && tx.now.since(mail.queued_at) > ASKED_FOR {
        return Ok(None);
    }
    let written = match mail.kind {
        MailKind::Registration => registration(tx, words, &to)?,
        MailKind::PasswordReset => password_reset(tx, words, &to)?,
        MailKind::EmailChanged => Some(("email_changed", Words::new())),
        _ => {
            let Some(account) = mail.about_id.map(Id::cast) else { return Ok(None) };
            about(tx, mail.kind, words, account, &to)?
        }
    };
    written.map(|(name, words)| Letter::by_text(config, to, name, &words)).transpose()
}

type Written = Option<(&'static str, Words)>;

fn registration(tx: &mut Tx<'_>, words: &Words, to: &EmailAddress) -> Result<Written> {
    let now = tx.now;
    let Some(id) = words.get("support_id").and_then(|id| SupportId::exact(id)) else { return Ok(None) };
    let Some(found) = presented(tx, &id, now)? else { return Ok(None) };
    let mut filled = Words::from([("support_id".to_owned(), id.to_string())]);
    if let Some(account) = people::find_by_email(tx, to)?
        && let Some(member) = people::member(tx, found.contract, account.id)?
        && member.state == AccountState::Active
    {
        return Ok(Some(("already_registered", filled)));
    }
    let name = words.get("name").map(|name| Name::parse(name)).transpose().map_err(Problem::bug)?;
    let proof = tokens::Row { name, contract_id: Some(found.contract), ..tokens::Row::of(to.clone()) };
    filled.insert("token".to_owned(), token(tx, Purpose::Registration, &proof, ASKED_FOR)?);
    Ok(Some(("registration", filled)))
}

fn password_reset(tx: &mut Tx<'_>, words: &Words, to: &EmailAddress) -> Result<Written> {
    let mut proof = tokens::Row::of(to.clone());
    if words.get("door").is_some_and(|door| door == "staff") {
        proof.staff_id = staff::credentials(tx, to)?.map(|(person, _): (Id<Staff>, String)| person);
    } else {
        proof.account_id = people::find_by_email(tx, to)?.map(|account| account.id);
    }
    if proof.staff_id.is_none() && proof.account_id.is_none() {
        return Ok(None);
    }
    let token = token(tx, Purpose::Password, &proof, RESET)?;
    Ok(Some(("password_reset", Words::from([("token".to_owned(), token)]))))
}

fn about(tx: &mut Tx<'_>, kind: MailKind, words: &Words, account: AccountId, to: &EmailAddress) -> Result<Written> {
    let Some(person) = people::find(tx, account)? else { return Ok(None) };
    let mut proof = tokens::Row { account_id: Some(account), ..tokens::Row::of(to.clone()) };
    if kind == MailKind::EmailChange {
        if people::find_by_email(tx, to)?.is_some() {
            return Ok(None);
        }
        let token = token(tx, Purpose::EmailChange, &proof, ASKED_FOR)?;
        return Ok(Some(("email_change", Words::from([("token".to_owned(), token)]))));
    }
    let contract = words.get("contract").and_then(|id| Id::<Contract>::parse(id));
    let Some((contract, papers)) = of_contract(tx, contract)? else { return Ok(None) };
    let Some(member) = people::member(tx, contract, account)? else { return Ok(None) };
    proof.contract_id = Some(contract);
    let mut filled = Words::from([("support_id".to_owned(), papers)]);
    let name = match (kind, member.state) {
        (MailKind::ApprovalRequest, AccountState::AwaitingApproval) => {
            filled.insert("name".to_owned(), member.known_as.unwrap_or(member.name).to_string());
            filled.insert("email".to_owned(), member.email.to_string());
            filled.insert("token".to_owned(), token(tx, Purpose::Approval, &proof, UNASKED)?);
            "approval_request"
        }
        (MailKind::AccountActivated, AccountState::Active) => "account_activated",
        (MailKind::FirstPassword, AccountState::Active) if person.password_hash.is_none() => {
            proof.contract_id = None;
            filled.insert("token".to_owned(), token(tx, Purpose::Password, &proof, UNASKED)?);
            "first_password"
        }
        _ => return Ok(None),
    };
    Ok(Some((name, filled)))
}

/// A contract by the ID that people know it by.
fn of_contract(tx: &mut Tx<'_>, contract: Option<ContractId>) -> Result<Option<(ContractId, String)>> {
    let now = tx.now;
    let Some(contract) = contract else { return Ok(None) };
    let found = contract_at(tx, contract, now)?;
    Ok(found
        .and_then(|Presented { maintenance_id, contract_id, .. }| Some((contract, maintenance_id.or(contract_id)?))))
}

fn token(tx: &mut Tx<'_>, purpose: Purpose, proof: &tokens::Row, lifetime: Duration) -> Result<String> {
    let token = secret("mot_", tx.ids().secret());
    tokens::insert(tx, &digest_of(&token), purpose, proof, lifetime)?;
    Ok(token)
}
