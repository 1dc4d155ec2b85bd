//! Self-registration: a person asks, proves the mailbox, and is approved by the contract's
//! administrators unless the address is one of theirs (SW-4.2.2-C4, SA-5.2.2-C4).

use actix_web::post;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::members::{self, activate};
use super::model::{Purpose, digest_of};
use super::store::{people as store, tokens};
use super::throttle::{self, Subject};
use super::{AccountId, letters, password};
use crate::app::{App, Tx};
use crate::auth::proof::Actor;
use crate::auth::source::Source;
use crate::contracts::ContractId;
use crate::events::model::Change;
use crate::http::text::{EmailAddress, Name, NewPassword, OpaqueToken, SupportId, TypedSupportId};
use crate::http::{Json, Key, Problem, ProblemView, Refusal, Reply, Result};
use crate::mail::model::NewMail;
use crate::mail::outbox::enqueue;
use crate::terms::codes::{AccountState, CallerKind, MailKind};

/// Calls from one source within a quarter of an hour.
const BY_SOURCE: usize = 20;
/// Mails to one address within a quarter of an hour.
const BY_ADDRESS: usize = 3;
/// Mails for one support ID within a quarter of an hour.
const BY_SUPPORT_ID: usize = 20;

/// Who asks for an account.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterAccount {
    /// The person's address; the link goes there.
    pub email: EmailAddress,
    /// The person's name.
    pub name: Name,
    /// The maintenance ID (保守 ID) or contract ID (契約 ID) as typed.
    pub support_id: TypedSupportId,
}

/// What was mailed, and for a new person the first password.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyAccount {
    /// The token of the mailed link.
    pub token: OpaqueToken,
    /// The first password: demanded of a new person, refused for an account that has one.
    #[serde(default)]
    #[schema(nullable = false)]
    pub password: Option<NewPassword>,
}

/// What was mailed to an administrator.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApproveRegistration {
    /// The token of the mailed link.
    pub token: OpaqueToken,
}

/// The same for everybody: whether anything is mailed is not told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Accepted)]
pub struct AcceptedView {
    /// Always `true`. If there is anything to mail, it is on its way.
    #[schema(example = true)]
    pub accepted: bool,
}

/// How a registration stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Registration)]
pub struct RegistrationView {
    /// The account.
    pub account_id: AccountId,
    /// Whether the account may act for the contract.
    pub state: AccountState,
}

/// 202, whoever asked for what.
pub(super) fn accepted() -> Result<Reply> {
    Reply::accepted(&AcceptedView { accepted: true })
}

/// Ask for an account
///
/// The answer is the same for every address and every ID. If the ID is a contract's, a link is
/// mailed; its token goes to `POST /v1/accounts/verifications`. Within a quarter of an hour an
/// address gets 3 mails, an ID 20; a source may ask 20 times.
#[utoipa::path(
    tag = "accounts",
    request_body = RegisterAccount,
    responses(
        (status = 202, description = "Taken in", body = AcceptedView),
        (status = 429, description = "`quota_exceeded`: too many calls from this source; `Retry-After` says how long to wait", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(())
)]
#[post("/accounts")]
pub async fn register_account(app: App, source: Source, Json(body): Json<RegisterAccount>) -> Result<Reply> {
    let RegisterAccount { email, name, support_id } = body;
    let support_id = SupportId::fold(&support_id).map_or(String::new(), |id| id.to_string());
    let quotas = [
        (Subject::new("registration", "", source), BY_SOURCE),
        (Subject::anywhere("registration of", &email), BY_ADDRESS),
        (Subject::anywhere("registration for", &support_id), BY_SUPPORT_ID),
    ];
    app.write(Key::none(), move |tx| {
        if throttle::spend(tx, &quotas)? {
            let mail = NewMail::prompt(MailKind::Registration, Some(email));
            enqueue(tx, mail.with("name", name).with("support_id", support_id))?;
        }
        Ok(Change::silent(accepted()?, "nobody is known yet, and nothing may tell who asked"))
    })
    .await
}

/// Prove the mailbox
///
/// Live at once if the address is that of one of the contract's administrators; else the contract's
/// administrators are mailed a link, and until one of them or the desk approves, nothing can be
/// read. A person who has a password already keeps it and sends none.
#[utoipa::path(
    tag = "accounts",
    request_body = VerifyAccount,
    responses(
        (status = 200, description = "The account", body = RegistrationView),
        (status = 422, description = "`one_time_token_invalid`, for an unknown, used or expired token alike · `validation_failed`: `required` or `not_allowed_here` at `/password`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(())
)]
#[post("/accounts/verifications")]
pub async fn verify_account(app: App, Json(body): Json<VerifyAccount>) -> Result<Reply> {
    let (now, digest, sent) = (app.now(), digest_of(&body.token), body.password.is_some());
    let asked = digest.clone();
    let email = app
        .read(move |db| {
            let proof = tokens::good(db, &asked, Purpose::Registration, now)?;
            let known = store::find_by_email(db, &proof.email)?;
            refuse_password(known.as_ref(), sent)?;
            Ok(proof.email)
        })
        .await?;
    let password_hash = match body.password {
        Some(password) => {
            password::refuse_guessable(&password, &email, "/password")?;
            Some(password::hash(password, app.ids().secret()).await?)
        }
        None => None,
    };
    app.write(Key::none(), move |tx| verified(tx, &digest, password_hash)).await
}

/// Approve by mailed link
///
/// For an administrator of the contract, who was mailed the link.
#[utoipa::path(
    tag = "accounts",
    request_body = ApproveRegistration,
    responses(
        (status = 200, description = "The account is active", body = RegistrationView),
        (status = 422, description = "`one_time_token_invalid`, for an unknown, used or expired token alike, and when somebody else has decided", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(())
)]
#[post("/accounts/approvals")]
pub async fn approve_registration(app: App, Json(body): Json<ApproveRegistration>) -> Result<Reply> {
    let digest = digest_of(&body.token);
    app.write(Key::none(), move |tx| {
        let invalid = || Problem::from(Refusal::OneTimeTokenInvalid);
        let proof = tokens::take(tx, &digest, Purpose::Approval)?;
        let (account, contract) = proof.account_id.zip(proof.contract_id).ok_or_else(invalid)?;
        if !store::administrators_of(tx, contract)?.contains(&proof.email) {
            return Err(invalid());
        }
        let member = store::member(tx, contract, account)?.filter(|m| m.state == AccountState::AwaitingApproval);
        let member = member.ok_or_else(invalid)?;
        tokens::void(tx, Purpose::Approval, &proof)?;
        let approver = store::find_by_email(tx, &proof.email)?.map(|known| person(known.id));
        activate(tx, approver.as_ref(), contract, &member, "approved")?.map(|member| told(member.account, member.state))
    })
    .await
}

fn told(account_id: AccountId, state: AccountState) -> Result<Reply> {
    Reply::ok(&RegistrationView { account_id, state })
}

/// Who proved a mailbox, as the journal names the person.
fn person(account: AccountId) -> Actor {
    Actor { kind: CallerKind::Customer, id: account.uuid(), reseller: None, presented: None, presented_id: None }
}

/// A new person sets a password; nobody else's is touched.
fn refuse_password(known: Option<&store::Row>, sent: bool) -> Result<()> {
    match (known.is_some_and(|account| account.password_hash.is_some()), sent) {
        (true, true) => Err(Problem::fault("/password", "not_allowed_here")),
        (false, false) => Err(Problem::fault("/password", "required")),
        _ => Ok(()),
    }
}

fn verified(tx: &mut Tx<'_>, digest: &[u8], password_hash: Option<String>) -> Result<Change<Reply>> {
    let proof = tokens::take(tx, digest, Purpose::Registration)?;
    let known = store::find_by_email(tx, &proof.email)?;
    refuse_password(known.as_ref(), password_hash.is_some())?;
    let (Some(contract), Some(name)) = (proof.contract_id, proof.name.clone()) else {
        return Err(Refusal::OneTimeTokenInvalid.into());
    };
    tokens::void(tx, Purpose::Registration, &proof)?;
    let account = match &known {
        Some(account) => account.id,
        None => {
            let id = tx.new_id();
            let row =
                store::Row { id, email: proof.email.clone(), name: name.clone(), password_hash: None, version: 1 };
            store::insert(tx, &row)?;
            id
        }
    };
    if let Some(hash) = password_hash {
        store::reset_password(tx, account, &hash)?;
    }
    let by = person(account);
    let administers = store::administers(tx, account, contract)?;
    let (live, member) = match store::member(tx, contract, account)? {
        Some(member) if member.state == AccountState::Active => return already(account),
        // Whom somebody has shut out is let in by somebody again.
        Some(member) => (administers && member.state == AccountState::AwaitingApproval, Some(member)),
        None => (administers, None),
    };
    match (&member, live) {
        (Some(member), true) => {
            return activate(tx, Some(&by), contract, member, "verified")?.map(|m| told(account, m.state));
        }
        (Some(member), false) => store::await_approval(tx, contract, member)?,
        (None, true) => {
            store::link(tx, account, contract, AccountState::Active)?;
            let change = members::activated(tx, Some(&by), contract, account, "verified")?;
            return change.map(|member| told(account, member.state));
        }
        (None, false) => store::link(tx, account, contract, AccountState::AwaitingApproval)?,
    }
    if known.is_some() {
        store::know_as(tx, account, contract, &name)?;
    }
    ask_administrators(tx, account, contract)?;
    let reply = told(account, AccountState::AwaitingApproval)?;
    Ok(Change::silent(reply, "somebody who awaits approval is nobody yet"))
}

fn already(account: AccountId) -> Result<Change<Reply>> {
    Ok(Change::silent(told(account, AccountState::Active)?, "the person was let in before"))
}

fn ask_administrators(tx: &mut Tx<'_>, account: AccountId, contract: ContractId) -> Result<()> {
    for administrator in store::administrators_of(tx, contract)? {
        letters::tell(tx, MailKind::ApprovalRequest, administrator, account, contract)?;
    }
    Ok(())
}
