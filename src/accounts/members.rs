//! The accounts of a contract: linking, approving and ending them. The desk may, and the
//! contract's own administrators.

use actix_web::post;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;

use super::model::Holder;
use super::staff::Deactivate;
use super::store::{people as store, sessions};
use super::view::MemberView;
use super::{AccountId, letters, password};
use crate::app::{App, Tx};
use crate::auth::claim::{Caller, Claim, Gate, Privilege};
use crate::auth::proof::{Actor, prove};
use crate::auth::store::contract_at;
use crate::contracts::ContractId;
use crate::db::Connection;
use crate::db::types::{Id, Instant};
use crate::events::model::{Change, NewEvent, Subject};
use crate::http::problem::Word;
use crate::http::text::{EmailAddress, Name, NewPassword};
use crate::http::{Json, Key, KeyParam, OptionalJson, Path, Problem, ProblemView, Refusal, Reply, Result};
use crate::terms::codes::{AccountState, CallerKind, EventType, MailKind};

/// Looks after a contract's accounts: the desk, and a customer whose address is that of one of the
/// contract's administrators.
pub struct ManagesAccounts;
impl Privilege for ManagesAccounts {
    const GATE: Gate = Gate::shut().customer().agent();
}

/// A person who shall act for the contract.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddContractAccount {
    /// The person's address. One that has an account is linked, and its account left as it is.
    pub email: EmailAddress,
    /// The person's name, for a new account.
    pub name: Name,
    /// The first password: from the desk only, and for a new account only.
    #[serde(default)]
    #[schema(nullable = false)]
    pub password: Option<NewPassword>,
}

/// Nothing is to be said.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApproveAccount {}

/// A person to link, with the password already hashed.
#[derive(Clone, Debug)]
pub struct NewMember {
    /// The address.
    pub email: EmailAddress,
    /// The name, for a new account.
    pub name: Name,
    /// The hash of the first password, for a new account.
    pub password_hash: Option<String>,
}

/// Link a person to a contract
///
/// An address that has an account is linked and its account left as it is; a customer
/// is shown the name that was sent, never the account's own. Another one gets an account, active for this contract at
/// once. Only the desk may give it a password; without one the person is mailed a link to set it. No `Idempotency-Key` is taken, since the
/// body may carry a password: a second try is told `already_exists`.
#[utoipa::path(
    tag = "accounts",
    params(("id" = ContractId, Path, description = "The contract.")),
    request_body = AddContractAccount,
    responses(
        (status = 201, description = "The person is linked", body = MemberView),
        (status = 409, description = "`already_exists`: the person is linked to this contract already", body = ProblemView, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`: such as `not_allowed_here` at `/password` from a customer, or for an address that has an account", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("staff" = []))
)]
#[post("/contracts/{id}/accounts")]
pub async fn add_contract_account(
    app: App,
    caller: Caller<ManagesAccounts>,
    Path(id): Path<ContractId>,
    Json(body): Json<AddContractAccount>,
) -> Result<Reply> {
    let AddContractAccount { email, name, password } = body;
    if let Some(password) = &password {
        password::refuse_guessable(password, &email, "/password")?;
    }
    let (now, claim, asked, with_password) = (app.now(), (*caller).clone(), email.clone(), password.is_some());
    app.read(move |db| {
        let actor = manager_of(db, &claim, id, now)?; // hashing is dear: not for everybody
        refuse_password(db, &actor, &asked, with_password)
    })
    .await?;
    let password_hash = match password {
        Some(password) => Some(password::hash(password, app.ids().secret()).await?),
        None => None,
    };
    let person = NewMember { email, name, password_hash };
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        let actor = manager_of(tx, &caller, id, now)?;
        refuse_password(tx, &actor, &person.email, person.password_hash.is_some())?;
        add(tx, Some(&actor), id, person)?.map(|member| created(&actor, id, member))
    })
    .await
}

/// Approve an account
///
/// Somebody who asked to act for the contract may do so from now on.
#[utoipa::path(
    tag = "accounts",
    params(("id" = ContractId, Path, description = "The contract."), ("account" = AccountId, Path, description = "The account."), KeyParam),
    request_body = Option<ApproveAccount>,
    responses(
        (status = 201, description = "The account is active", body = MemberView),
        (status = 409, description = "`state_conflict`: it does not await approval", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("staff" = []))
)]
#[post("/contracts/{id}/accounts/{account}/approvals")]
pub async fn approve_contract_account(
    app: App,
    caller: Caller<ManagesAccounts>,
    Path((id, account)): Path<(ContractId, AccountId)>,
    key: Key,
    OptionalJson(ApproveAccount {}): OptionalJson<ApproveAccount>,
) -> Result<Reply> {
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = manager_of(tx, &caller, id, now)?;
        let member = store::member(tx, id, account)?.ok_or(Refusal::NotFound)?;
        tx.once()?;
        if member.state != AccountState::AwaitingApproval {
            return Err(conflict(member.state));
        }
        activate(tx, Some(&actor), id, &member, "approved")?.map(|member| created(&actor, id, member))
    })
    .await
}

/// End an account's access to a contract
///
/// The person's sessions for this contract end at once; links to other contracts stay.
#[utoipa::path(
    tag = "accounts",
    params(("id" = ContractId, Path, description = "The contract."), ("account" = AccountId, Path, description = "The account."), KeyParam),
    request_body = Option<Deactivate>,
    responses(
        (status = 201, description = "The link has ended", body = MemberView),
        (status = 409, description = "`state_conflict`: it has ended before", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("staff" = []))
)]
#[post("/contracts/{id}/accounts/{account}/deactivations")]
pub async fn deactivate_contract_account(
    app: App,
    caller: Caller<ManagesAccounts>,
    Path((id, account)): Path<(ContractId, AccountId)>,
    key: Key,
    OptionalJson(body): OptionalJson<Deactivate>,
) -> Result<Reply> {
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = manager_of(tx, &caller, id, now)?;
        let member = store::member(tx, id, account)?.ok_or(Refusal::NotFound)?;
        tx.once()?;
        if member.state == AccountState::Deactivated {
            return Err(conflict(member.state));
        }
        store::deactivate(tx, id, &member, body.reason.as_ref())?;
        let support_ids = store::support_ids(tx, id)?;
        sessions::end_for(tx, Holder::Account(account), &support_ids)?;
        let event = event(Some(&actor), EventType::AccountDeactivated, id, account, "deactivated");
        let member = store::member(tx, id, account)?.ok_or(Refusal::NotFound)?;
        Ok(Change::new(created(&actor, id, member)?, event))
    })
    .await
}

/// Links a person to a contract, on behalf of somebody or of the program: a known address as it
/// is, another one with a new account.
///
/// 409 `already_exists` for who is linked and active.
pub fn add(
    tx: &mut Tx<'_>,
    by: Option<&Actor>,
    contract: ContractId,
    person: NewMember,
) -> Result<Change<store::Member>> {
    let NewMember { email, name, password_hash } = person;
    let (row, known) = match store::find_by_email(tx, &email)? {
        Some(account) => (account, true),
        None => {
            let row = store::Row { id: tx.new_id(), email, name: name.clone(), password_hash, version: 1 };
            store::insert(tx, &row)?;
            (row, false)
        }
    };
    let member = store::member(tx, contract, row.id)?;
    match &member {
        Some(member) if member.state == AccountState::Active => return Err(Refusal::AlreadyExists.into()),
        Some(_) => {}
        None => store::link(tx, row.id, contract, AccountState::Active)?,
    }
    if known {
        store::know_as(tx, row.id, contract, &name)?; // whose address it is stays with the account
    }
    if by.is_some() {
        let kind = if row.password_hash.is_some() { MailKind::AccountActivated } else { MailKind::FirstPassword };
        letters::tell(tx, kind, row.email.clone(), row.id, contract)?;
    }
    match member {
        Some(member) => activate(tx, by, contract, &member, "linked"),
        None => activated(tx, by, contract, row.id, "linked"),
    }
}

/// Makes a link active; who was waiting for it is told.
pub(super) fn activate(
    tx: &mut Tx<'_>,
    by: Option<&Actor>,
    contract: ContractId,
    member: &store::Member,
    action: &'static str,
) -> Result<Change<store::Member>> {
    store::activate(tx, contract, member)?;
    if member.state == AccountState::AwaitingApproval && action == "approved" {
        letters::tell(tx, MailKind::AccountActivated, member.email.clone(), member.account, contract)?;
    }
    activated(tx, by, contract, member.account, action)
}

pub(super) fn activated(
    tx: &mut Tx<'_>,
    by: Option<&Actor>,
    contract: ContractId,
    account: AccountId,
    action: &'static str,
) -> Result<Change<store::Member>> {
    let member = store::member(tx, contract, account)?.ok_or(Refusal::NotFound)?;
    Ok(Change::new(member, event(by, EventType::AccountActivated, contract, account, action)))
}

/// Proves a caller who looks after this contract's accounts: 404 unless the contract is the
/// caller's, 403 `forbidden` for a customer who is none of its administrators.
pub(super) fn manager_of(db: &mut Connection, claim: &Claim, contract: ContractId, now: Instant) -> Result<Actor> {
    let actor = prove(db, claim, now)?;
    contract_at(db, contract, now)?.filter(|c| actor.may_see(c.contract, c.reseller)).ok_or(Refusal::NotFound)?;
    if actor.kind == CallerKind::Customer && !store::administers(db, Id::new(actor.id), contract)? {
        return Err(Refusal::Forbidden.into());
    }
    Ok(actor)
}

/// 422 at `/password` from a customer, or for an address that has an account.
fn refuse_password(db: &mut Connection, actor: &Actor, email: &EmailAddress, sent: bool) -> Result<()> {
    if sent && (actor.is_outside() || store::find_by_email(db, email)?.is_some()) {
        return Err(Problem::fault("/password", "not_allowed_here"));
    }
    Ok(())
}

fn conflict(state: AccountState) -> Problem {
    Problem::from(Refusal::StateConflict).with("state", Word::label(state))
}

/// Accounts are no business of the reseller's, so no feed but the desk's shows these events.
fn event(
    by: Option<&Actor>,
    event_type: EventType,
    contract: ContractId,
    account: AccountId,
    action: &'static str,
) -> NewEvent {
    let subject = Subject::new("account", account);
    let data = json!({ "action": action, "contract_id": contract });
    let event = match by {
        Some(actor) => NewEvent::by(actor, event_type, subject, data),
        None => NewEvent::by_system(event_type, subject, data),
    };
    event.on(contract, None)
}

fn created(actor: &Actor, contract: ContractId, member: store::Member) -> Result<Reply> {
    let location = format!("/v1/contracts/{contract}/accounts/{}", member.account);
    MemberView::told(|view| Reply::created(&location, view), actor, member)
}
