//! A password that is forgotten or not yet set: a link is mailed, and whoever has it sets another.

use actix_web::post;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::model::{Holder, Purpose, digest_of};
use super::password;
use super::register::{AcceptedView, accepted};
use super::store::{people, sessions, staff, tokens};
use super::throttle::{self, Subject};
use crate::app::App;
use crate::auth::source::Source;
use crate::events::model::Change;
use crate::http::text::{EmailAddress, NewPassword, OpaqueToken};
use crate::http::{Json, Key, Problem, ProblemView, Refusal, Reply, Result};
use crate::mail::model::NewMail;
use crate::mail::outbox::enqueue;
use crate::terms::codes::MailKind;

/// Calls from one source within a quarter of an hour.
const BY_SOURCE: usize = 20;
/// Mails to one address within a quarter of an hour.
const BY_ADDRESS: usize = 3;

/// Whose password is forgotten.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestPasswordReset {
    /// The address that signs in; the link goes there.
    pub email: EmailAddress,
}

/// What was mailed, and the password from now on.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmPasswordReset {
    /// The token of the mailed link.
    pub token: OpaqueToken,
    /// The password from now on.
    pub password: NewPassword,
}

/// Ask for another password
///
/// The answer is the same for every address. If somebody signs in with it, to Support Web or at the
/// desk, a link is mailed. Asking changes nothing: the old password stays good until the link is
/// used. Within a quarter of an hour an address gets 3 mails; a source may ask 20 times.
#[utoipa::path(
    tag = "accounts",
    request_body = RequestPasswordReset,
    responses(
        (status = 202, description = "Taken in", body = AcceptedView),
        (status = 429, description = "`quota_exceeded`: too many calls from this source; `Retry-After` says how long to wait", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(())
)]
#[post("/password-resets")]
pub async fn request_password_reset(
    app: App,
    source: Source,
    Json(RequestPasswordReset { email }): Json<RequestPasswordReset>,
) -> Result<Reply> {
    let quotas = [
        (Subject::new("password reset", "", source), BY_SOURCE),
        (Subject::anywhere("password reset of", &email), BY_ADDRESS),
    ];
    app.write(Key::none(), move |tx| {
        if throttle::spend(tx, &quotas)? {
            for door in ["account", "staff"] {
                enqueue(tx, NewMail::prompt(MailKind::PasswordReset, Some(email.clone())).with("door", door))?;
            }
        }
        Ok(Change::silent(accepted()?, "nobody is known yet, and nothing may tell who asked"))
    })
    .await
}

/// Set another password
///
/// All sessions of the person end.
#[utoipa::path(
    tag = "accounts",
    request_body = ConfirmPasswordReset,
    responses(
        (status = 204, description = "The new password holds"),
        (status = 422, description = "`one_time_token_invalid`, for an unknown, used or expired token alike · `validation_failed`: `password_too_common` at `/password`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(())
)]
#[post("/password-resets/confirmations")]
pub async fn confirm_password_reset(app: App, Json(body): Json<ConfirmPasswordReset>) -> Result<Reply> {
    let (now, digest) = (app.now(), digest_of(&body.token));
    let asked = digest.clone();
    let proof = app.read(move |db| tokens::good(db, &asked, Purpose::Password, now)).await?;
    password::refuse_guessable(&body.password, &proof.email, "/password")?;
    let hash = password::hash(body.password, app.ids().secret()).await?;
    app.write(Key::none(), move |tx| {
        let proof = tokens::take(tx, &digest, Purpose::Password)?;
        tokens::void(tx, Purpose::Password, &proof)?;
        let holder = match (proof.account_id, proof.staff_id) {
            (Some(account), _) if people::reset_password(tx, account, &hash)? => Holder::Account(account),
            (None, Some(person)) if staff::reset_password(tx, person, &hash)? => Holder::Staff(person),
            _ => return Err(Problem::from(Refusal::OneTimeTokenInvalid)),
        };
        sessions::end_all(tx, holder, None)?;
        Ok(Change::silent(Reply::no_content(), "a password is the person's own business"))
    })
    .await
}
