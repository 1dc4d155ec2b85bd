//! Another address: it is the account's only when its mailbox is proven.

use actix_web::post;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::me;
use super::model::{Holder, Purpose, digest_of};
use super::register::{AcceptedView, accepted};
use super::session::HasAccount;
use super::store::{people as store, sessions, tokens};
use super::throttle::{self, Subject};
use super::view::MeView;
use crate::app::App;
use crate::auth::claim::{Caller, Claim};
use crate::auth::source::Source;
use crate::events::model::Change;
use crate::http::text::{EmailAddress, OpaqueToken};
use crate::http::{Json, Key, Problem, ProblemView, Refusal, Reply, Result};
use crate::mail::model::NewMail;
use crate::mail::outbox::enqueue;
use crate::terms::codes::MailKind;

/// Calls of one account within a quarter of an hour.
const BY_ACCOUNT: usize = 10;
/// Mails to one address within a quarter of an hour.
const BY_ADDRESS: usize = 3;
/// Why another address leaves no event.
const NO_EVENT: &str = "an address is the person's own, and no event may carry it";

/// The address to come.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestEmailChange {
    /// The address from now on; the link goes there.
    pub email: EmailAddress,
}

/// What was mailed to the address to come.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmEmailChange {
    /// The token of the mailed link.
    pub token: OpaqueToken,
}

/// Ask for another address
///
/// A link is mailed to it. The answer is the same for an address that somebody has already.
#[utoipa::path(
    tag = "accounts",
    request_body = RequestEmailChange,
    responses(
        (status = 202, description = "Taken in", body = AcceptedView),
        (status = 429, description = "`quota_exceeded`: too many calls; `Retry-After` says how long to wait", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []))
)]
#[post("/me/email-changes")]
pub async fn request_email_change(
    app: App,
    caller: Caller<HasAccount>,
    source: Source,
    Json(RequestEmailChange { email }): Json<RequestEmailChange>,
) -> Result<Reply> {
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        let account = me::own(tx, &caller, now)?;
        let quotas = [
            (Subject::new("email change", &account.id.to_string(), source), BY_ACCOUNT),
            (Subject::anywhere("email change to", &email), BY_ADDRESS),
        ];
        if throttle::spend(tx, &quotas)? {
            enqueue(tx, NewMail::prompt(MailKind::EmailChange, Some(email)).about(account.id))?;
        }
        Ok(Change::silent(accepted()?, NO_EVENT))
    })
    .await
}

/// Take the other address
///
/// By the account that asked, signed in: a link that went astray gives nobody anything. The other
/// sessions end, and the old address is told.
#[utoipa::path(
    tag = "accounts",
    request_body = ConfirmEmailChange,
    responses(
        (status = 200, description = "The account as changed", body = MeView),
        (status = 422, description = "`one_time_token_invalid`, for an unknown, used or expired token alike, and for an address that somebody has taken meanwhile", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []))
)]
#[post("/me/email-changes/confirmations")]
pub async fn confirm_email_change(
    app: App,
    caller: Caller<HasAccount>,
    Json(ConfirmEmailChange { token }): Json<ConfirmEmailChange>,
) -> Result<Reply> {
    let digest = digest_of(&token);
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        let account = me::own(tx, &caller, now)?;
        let proof = tokens::take(tx, &digest, Purpose::EmailChange)?;
        if proof.account_id != Some(account.id) || store::find_by_email(tx, &proof.email)?.is_some() {
            return Err(Problem::from(Refusal::OneTimeTokenInvalid));
        }
        store::readdress(tx, &account, &proof.email)?;
        tokens::void(tx, Purpose::EmailChange, &proof)?;
        tokens::void(tx, Purpose::Password, &proof)?;
        let session = match &*caller {
            Claim::Customer { session, .. } | Claim::Staff { session, .. } => Some(*session),
            Claim::Partner { .. } | Claim::Robot { .. } => None,
        };
        sessions::end_all(tx, Holder::Account(account.id), session)?;
        enqueue(tx, NewMail::prompt(MailKind::EmailChanged, Some(account.email.clone())).about(account.id))?;
        let row = store::find(tx, account.id)?.ok_or(Refusal::Unauthenticated)?;
        Ok(Change::silent(me::told(row)?, NO_EVENT))
    })
    .await
}
