//! Signing in: a password is proven, and a session begins.

use actix_web::post;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::model::{Holder, digest_of, secret};
use super::store::{people, sessions, staff};
use super::throttle::Subject;
use super::view::PapersView;
use super::{Session, password};
use crate::app::{App, Tx};
use crate::auth::source::Source;
use crate::auth::token::{ACCESS_TOKEN_SECONDS, Tokens};
use crate::db::types::Id;
use crate::events::model::Change;
use crate::http::text::{EmailAddress, SupportId, TypedPassword, TypedSupportId};
use crate::http::{Json, ProblemView, Refusal, Reply, Result};
use crate::terms::codes::AccountState;

/// Why signing in leaves no event.
pub(super) const NO_EVENT: &str = "the journal tells of the desk's work, not of who is signed in";

/// Who signs in at the desk.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInStaff {
    /// The person's address.
    pub email: EmailAddress,
    /// The password.
    pub password: TypedPassword,
}

/// Who signs in to Support Web, and for which contract.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The account's address.
    pub email: EmailAddress,
    /// The password.
    pub password: TypedPassword,
    /// The maintenance ID (保守 ID) or contract ID (契約 ID) as typed.
    pub support_id: TypedSupportId,
}

/// The only type of token there is.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub enum TokenType {
    /// RFC 6750.
    Bearer,
}

/// The tokens of a session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionView {
    /// Goes into `Authorization: Bearer …`.
    #[schema(max_length = 4096)]
    pub access_token: String,
    /// `Bearer`.
    pub token_type: TokenType,
    /// How long the access token is good, in seconds.
    #[schema(minimum = 1, maximum = 900, example = 900)]
    pub expires_in: i64,
    /// Gets the next pair of tokens, once.
    #[schema(max_length = 100)]
    pub refresh_token: String,
}

/// The tokens of a customer's session, and the contract that it is for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CustomerSession)]
pub struct CustomerSessionView {
    /// Goes into `Authorization: Bearer …`.
    #[schema(max_length = 4096)]
    pub access_token: String,
    /// `Bearer`.
    pub token_type: TokenType,
    /// How long the access token is good, in seconds.
    #[schema(minimum = 1, maximum = 900, example = 900)]
    pub expires_in: i64,
    /// Gets the next pair of tokens, once.
    #[schema(max_length = 100)]
    pub refresh_token: String,
    /// The contract that the session is for, with its condition.
    pub contract: PapersView,
}

/// Sign in at the desk
///
/// For agents and managers. The session lasts 12 hours. Ten failed tries for one address from one
/// source close this door to that source for up to 15 minutes.
#[utoipa::path(
    tag = "sessions",
    request_body = SignInStaff,
    responses(
        (status = 201, description = "The tokens of the session", body = SessionView),
        (status = 401, description = "`sign_in_failed`: the same for every reason", body = ProblemView, content_type = "application/problem+json"),
        (status = 429, description = "`quota_exceeded`: too many failed tries; `Retry-After` says how long to wait", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(())
)]
#[post("/staff/sessions")]
pub async fn sign_in_staff(app: App, source: Source, Json(body): Json<SignInStaff>) -> Result<Reply> {
    let subject = Subject::new("staff", &body.email, source);
    let (email, tokens) = (body.email, app.tokens().clone());
    let asked = email.clone();
    let known = look_up(&app, &subject, move |db| staff::credentials(db, &asked)).await?;
    let session = try_password(&app, subject, body.password, known.map(|(_, hash)| hash), move |tx, verified| {
        match staff::credentials(tx, &email)? {
            Some((person, hash)) if hash == verified => begin(tx, &tokens, Holder::Staff(person), None).map(Some),
            _ => Ok(None),
        }
    });
    Ok(Reply::created("/v1/sessions/current", &session.await?.ok_or(Refusal::SignInFailed)?)?.secret())
}

/// Sign in to Support Web
///
/// With the account's address and password, and one of the two IDs printed on the contract's
/// papers; width, case and the kind of hyphen do not matter. A contract that is not in force stops
/// nobody from signing in: its condition is told. A session lasts 30 days without use and 90 days
/// in all.
///
/// While address, password or link is unproven, every refusal is the same. Ten failed tries for
/// one address from one source close this door to that source for up to 15 minutes.
#[utoipa::path(
    tag = "sessions",
    request_body = SignIn,
    responses(
        (status = 201, description = "The tokens of the session, and its contract", body = CustomerSessionView),
        (status = 401, description = "`sign_in_failed`: the same for every reason", body = ProblemView, content_type = "application/problem+json"),
        (status = 403, description = "`account_awaiting_approval`: the person is proven and not yet approved for this contract", body = ProblemView, content_type = "application/problem+json"),
        (status = 429, description = "`quota_exceeded`: too many failed tries; `Retry-After` says how long to wait", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(())
)]
#[post("/sessions")]
pub async fn sign_in(app: App, source: Source, Json(body): Json<SignIn>) -> Result<Reply> {
    let subject = Subject::new("account", &body.email, source);
    let (email, tokens) = (body.email, app.tokens().clone());
    let support_id = SupportId::fold(&body.support_id).ok();
    let asked = email.clone();
    let known = look_up(&app, &subject, move |db| people::find_by_email(db, &asked)).await?;
    let hash = known.and_then(|account| account.password_hash);
    let session = try_password(&app, subject, body.password, hash, move |tx, verified| {
        let now = tx.now;
        let account = people::find_by_email(tx, &email)?.filter(|a| a.password_hash.as_deref() == Some(verified));
        let (Some(account), Some(id)) = (account, support_id) else { return Ok(None) };
        match people::papers(tx, account.id, &id, now)? {
            Some((AccountState::Active, papers)) => {
                let session = begin(tx, &tokens, Holder::Account(account.id), Some(&id))?;
                session.map(|session| Ok(for_customer(session, papers.into()))).map(Some)
            }
            Some((AccountState::AwaitingApproval, _)) => Err(Refusal::AccountAwaitingApproval.into()),
            Some((AccountState::Deactivated, _)) | None => Ok(None),
        }
    });
    Ok(Reply::created("/v1/sessions/current", &session.await?.ok_or(Refusal::SignInFailed)?)?.secret())
}

/// Looks up who it may be, unless too many tries have failed.
pub(super) async fn look_up<T: Send + 'static>(
    app: &App,
    subject: &Subject,
    find: impl FnOnce(&mut crate::db::Connection) -> Result<Option<T>> + Send + 'static,
) -> Result<Option<T>> {
    let (now, subject) = (app.now(), subject.clone());
    app.read(move |db| {
        subject.admit(db, now)?;
        find(db)
    })
    .await
}

/// Verifies a password and does what the right one is for, in one transaction with the count of
/// those that failed. `admit` is given the hash that was verified and says none when what it finds
/// now proves nobody. None is a try that failed and counts.
pub(super) async fn try_password<T, W>(
    app: &App,
    subject: Subject,
    typed: TypedPassword,
    hash: Option<String>,
    admit: W,
) -> Result<Option<T>>
where
    T: Send + 'static,
    W: FnOnce(&mut Tx<'_>, &str) -> Result<Option<Change<T>>> + Send + 'static,
{
    let right = password::verify(typed, hash.clone()).await?;
    let verified = hash.filter(|_| right);
    // A failed try is an act that lasts, so it is no error until it is written.
    app.write_value(move |tx| {
        subject.admit_alone(tx)?;
        let change = match &verified {
            Some(hash) => admit(tx, hash)?,
            None => None,
        };
        match change {
            Some(change) => change.map(|value| Ok(Some(value))),
            None => {
                subject.record(tx)?;
                Ok(Change::silent(None, NO_EVENT))
            }
        }
    })
    .await
}

/// Begins a session.
pub(super) fn begin(
    tx: &mut Tx<'_>,
    tokens: &Tokens,
    holder: Holder,
    support_id: Option<&SupportId>,
) -> Result<Change<SessionView>> {
    let session = tx.new_id();
    sessions::insert(tx, session, holder, support_id)?;
    Ok(Change::silent(issue(tx, tokens, session, holder, support_id)?, NO_EVENT))
}

/// Makes the next pair of tokens of a session.
pub(super) fn issue(
    tx: &mut Tx<'_>,
    tokens: &Tokens,
    session: Id<Session>,
    holder: Holder,
    support_id: Option<&SupportId>,
) -> Result<SessionView> {
    let refresh_token = secret("mrt_", tx.ids().secret());
    sessions::insert_token(tx, session, &digest_of(&refresh_token))?;
    let access_token = sign(tx, tokens, session, holder, support_id)?;
    Ok(SessionView { access_token, token_type: TokenType::Bearer, expires_in: ACCESS_TOKEN_SECONDS, refresh_token })
}

/// Signs an access token of a session.
pub(super) fn sign(
    tx: &Tx<'_>,
    tokens: &Tokens,
    session: Id<Session>,
    holder: Holder,
    support_id: Option<&SupportId>,
) -> Result<String> {
    let jti = format!("{session}.{}", tx.new_id::<Tokens>());
    tokens.sign(holder.id().uuid(), jti, tx.now, |claims| claims.support_id = support_id.cloned())
}

fn for_customer(session: SessionView, contract: PapersView) -> CustomerSessionView {
    CustomerSessionView {
        access_token: session.access_token,
        token_type: session.token_type,
        expires_in: session.expires_in,
        refresh_token: session.refresh_token,
        contract,
    }
}
