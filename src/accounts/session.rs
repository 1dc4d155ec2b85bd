//! The life of a session: the next tokens, another contract, the end.

use actix_web::{delete, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::model::{Holder, digest_of};
use super::sign_in::{NO_EVENT, SessionView, TokenType, issue, sign};
use super::store::{people, sessions, tokens};
use super::throttle::WINDOW;
use super::view::PapersView;
use crate::app::{App, Tx};
use crate::auth::claim::{Caller, Claim, Gate, Privilege};
use crate::auth::proof::prove_person;
use crate::auth::token::{ACCESS_TOKEN_SECONDS, Tokens};
use crate::events::model::Change;
use crate::http::text::{OpaqueToken, SupportId, TypedSupportId};
use crate::http::{Json, Key, Problem, ProblemView, Refusal, Reply, Result};
use crate::terms::codes::AccountState;

/// Has an account of Support Web.
pub struct HasAccount;
impl Privilege for HasAccount {
    const GATE: Gate = Gate::shut().customer();
}

/// Is a person who signed in.
pub struct HasSession;
impl Privilege for HasSession {
    const GATE: Gate = Gate::shut().customer().agent();
}

/// A refresh token.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshSession {
    /// The refresh token that was handed out last.
    pub refresh_token: OpaqueToken,
}

/// Another of the person's contracts.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwitchSession {
    /// One of its IDs as typed.
    pub support_id: TypedSupportId,
}

/// An access token for another contract.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SwitchedSession)]
pub struct SwitchedSessionView {
    /// Goes into `Authorization: Bearer …` from now on.
    #[schema(max_length = 4096)]
    pub access_token: String,
    /// `Bearer`.
    pub token_type: TokenType,
    /// How long the access token is good, in seconds.
    #[schema(minimum = 1, maximum = 900, example = 900)]
    pub expires_in: i64,
    /// The contract that the session is for now, with its condition.
    pub contract: PapersView,
}

/// Get the next tokens
///
/// The refresh token is good once: the answer holds the next one. Using an old one again ends the
/// session, since somebody else has it too.
#[utoipa::path(
    tag = "sessions",
    request_body = RefreshSession,
    responses(
        (status = 200, description = "The next tokens", body = SessionView),
        (status = 401, description = "`unauthenticated`: the token is unknown, used or of a session that has ended", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(())
)]
#[post("/sessions/refresh")]
pub async fn refresh_session(app: App, Json(body): Json<RefreshSession>) -> Result<Reply> {
    let tokens = app.tokens().clone();
    let digest = digest_of(&body.refresh_token);
    // That a token is used twice ends its session for good, so it is no error until it is written.
    let next = app.write_value(move |tx| refreshed(tx, &tokens, &digest)).await?;
    let next = next.ok_or_else(|| Problem::from(Refusal::Unauthenticated))?;
    Ok(Reply::ok(&next)?.secret())
}

/// Drops sessions and mailed links that are over, and failed tries that count no longer. For a worker, now and then.
pub fn drop_old(tx: &mut Tx<'_>) -> Result<Change<()>> {
    tokens::drop_old(tx)?;
    Ok(Change::silent(sessions::drop_old(tx, WINDOW)?, "what is over is no business of the desk"))
}

fn refreshed(tx: &mut Tx<'_>, tokens: &Tokens, digest: &[u8]) -> Result<Change<Option<SessionView>>> {
    let now = tx.now;
    let refused = Change::silent(None, NO_EVENT);
    let Some(held) = sessions::by_token(tx, digest)? else { return Ok(refused) };
    let Some(holder) = Holder::read(&held.holder_kind, held.holder) else { return Ok(refused) };
    if held.ended_at.is_some() || held.expires_at <= now || held.idle_expires_at <= now {
        return Ok(refused);
    }
    if !sessions::use_token(tx, digest)? {
        sessions::end(tx, held.session)?;
        return Ok(refused);
    }
    sessions::extend(tx, held.session, now.plus(holder.lifetime().idle).min(held.expires_at))?;
    let next = issue(tx, tokens, held.session, holder, held.support_id.as_ref())?;
    Ok(Change::silent(Some(next), NO_EVENT))
}

/// Go on with another contract
///
/// The session is for the other ID from now on; access tokens made before stop working, the
/// refresh token stays good. An ID of a contract that the person is not linked to is told like an
/// unknown one.
#[utoipa::path(
    tag = "sessions",
    request_body = SwitchSession,
    responses(
        (status = 200, description = "An access token for the other contract", body = SwitchedSessionView),
        (status = 403, description = "`support_id_unknown`: none of the person's contracts has this ID · `account_awaiting_approval`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []))
)]
#[post("/sessions/switch")]
pub async fn switch_session(app: App, caller: Caller<HasAccount>, Json(body): Json<SwitchSession>) -> Result<Reply> {
    let tokens = app.tokens().clone();
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        prove_person(tx, &caller, now)?;
        let Claim::Customer { account, session, .. } = &*caller else { return Err(Refusal::Forbidden.into()) };
        let unknown = || Problem::from(Refusal::SupportIdUnknown);
        let id = SupportId::fold(&body.support_id).map_err(|_| unknown())?;
        let contract = match people::papers(tx, *account, &id, now)? {
            Some((AccountState::Active, papers)) => papers.into(),
            Some((AccountState::AwaitingApproval, _)) => return Err(Refusal::AccountAwaitingApproval.into()),
            Some((AccountState::Deactivated, _)) | None => return Err(unknown()),
        };
        sessions::present(tx, *session, &id)?;
        let access_token = sign(tx, &tokens, *session, Holder::Account(*account), Some(&id))?;
        let expires_in = ACCESS_TOKEN_SECONDS;
        let view = SwitchedSessionView { access_token, token_type: TokenType::Bearer, expires_in, contract };
        Ok(Change::silent(Reply::ok(&view)?.secret(), NO_EVENT))
    })
    .await
}

/// Sign out
///
/// Ends the session with all its tokens, at once.
#[utoipa::path(
    tag = "sessions",
    responses((status = 204, description = "The session has ended")),
    security(("customer" = []), ("staff" = []))
)]
#[delete("/sessions/current")]
pub async fn sign_out(app: App, caller: Caller<HasSession>) -> Result<Reply> {
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        prove_person(tx, &caller, now)?;
        if let Claim::Customer { session, .. } | Claim::Staff { session, .. } = &*caller {
            sessions::end(tx, *session)?;
        }
        Ok(Change::silent(Reply::no_content(), NO_EVENT))
    })
    .await
}
