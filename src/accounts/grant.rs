//! `POST /oauth/token`: access tokens for machine clients, in the language of RFC 6749.

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, HttpResponseBuilder, post};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ClientId;
use super::model::digest_of;
use super::sign_in::{NO_EVENT, TokenType};
use super::store::clients as store;
use super::throttle::Subject;
use crate::app::App;
use crate::auth::source::Source;
use crate::auth::token::{ACCESS_TOKEN_SECONDS, Tokens};
use crate::events::model::Change;
use crate::http::front::{Arrival, Buffered};
use crate::http::json::expect_media;
use crate::http::{Problem, Refusal, Result};
use crate::terms::codes::{Code, Scope};

const FORM: &str = "application/x-www-form-urlencoded";

/// A request for a token. Parameters that are not named here are ignored.
#[derive(Debug, Deserialize, ToSchema)]
pub struct TokenRequest {
    /// `client_credentials`.
    #[schema(max_length = 100, example = "client_credentials")]
    pub grant_type: String,
    /// The client, unless it is named by HTTP Basic.
    #[schema(nullable = false, max_length = 36)]
    pub client_id: Option<String>,
    /// Its secret, unless it is told by HTTP Basic.
    #[schema(nullable = false, max_length = 100)]
    pub client_secret: Option<String>,
    /// Some of the client's scopes, with blanks between; all of them unless sent.
    #[schema(nullable = false, max_length = 1000, example = "inquiries:read events:read")]
    pub scope: Option<String>,
}

/// A token that was granted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GrantedToken)]
pub struct GrantedTokenView {
    /// Goes into `Authorization: Bearer …`.
    #[schema(max_length = 4096)]
    pub access_token: String,
    /// `Bearer`.
    pub token_type: TokenType,
    /// How long it is good, in seconds.
    #[schema(minimum = 1, maximum = 900, example = 900)]
    pub expires_in: i64,
    /// What it is good for, with blanks between.
    #[schema(max_length = 1000)]
    pub scope: String,
}

/// Why no token is granted, by RFC 6749, section 5.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantError {
    /// A parameter is missing, repeated or malformed, or two ways to sign in are mixed.
    InvalidRequest,
    /// Client or secret is wrong.
    InvalidClient,
    /// The grant is another one than `client_credentials`.
    UnsupportedGrantType,
    /// A scope does not exist or is not the client's.
    InvalidScope,
    /// Too many tries have failed, or the service cannot answer now.
    TemporarilyUnavailable,
}

/// A refusal in the language of RFC 6749.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GrantRefusal)]
pub struct GrantRefusalView {
    /// What is wrong, as a code of RFC 6749.
    pub error: GrantError,
    /// What is wrong, in words.
    #[schema(max_length = 300)]
    pub error_description: String,
    /// The code that a problem would carry.
    #[schema(max_length = 50)]
    pub code: String,
    /// The request's id, as in `X-Request-Id`.
    #[schema(max_length = 128)]
    pub request_id: String,
}

/// A refusal before it is told.
type Refused = (GrantError, Refusal, &'static str);

const WRONG_CLIENT: Refused = (GrantError::InvalidClient, Refusal::SignInFailed, "client_id or client_secret is wrong");

/// Get an access token for a machine
///
/// Client credentials (RFC 6749, section 4.4): `client_id` and `client_secret` by HTTP Basic or in
/// the form, not both. Errors speak RFC 6749 too. Ten failed tries for one client from one source
/// close this door to that source for up to 15 minutes.
#[utoipa::path(
    tag = "sessions",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The token", body = GrantedTokenView),
        (status = 400, description = "`invalid_request`, `unsupported_grant_type`, `invalid_scope`", body = GrantRefusalView),
        (status = 401, description = "`invalid_client`", body = GrantRefusalView),
        (status = 429, description = "`temporarily_unavailable`: too many failed tries; `Retry-After` says how long to wait", body = GrantRefusalView),
        (status = 503, description = "`temporarily_unavailable`", body = GrantRefusalView),
    ),
    security(())
)]
#[post("/oauth/token")]
pub async fn grant_token(app: App, source: Source, request: HttpRequest) -> Result<HttpResponse> {
    let asked = match read(&request) {
        Ok(asked) => asked,
        Err(refused) => return Ok(refusal(&request, refused)),
    };
    match granted(&app, source, asked).await {
        Ok(Ok(view)) => Ok(unstored(StatusCode::OK).json(&view)),
        Ok(Err(refused)) => Ok(refusal(&request, refused)),
        Err(problem) => untold(&request, problem),
    }
}

/// What is asked for, by whom.
struct Asked {
    client_id: String,
    client_secret: String,
    scope: Option<String>,
}

fn read(request: &HttpRequest) -> Result<Asked, Refused> {
    let malformed = |why| (GrantError::InvalidRequest, Refusal::InvalidParameter, why);
    expect_media(request, FORM).map_err(|_| malformed("the body must be application/x-www-form-urlencoded"))?;
    let body = request.extensions().get::<Buffered>().map(|body| body.0.clone()).unwrap_or_default();
    let form: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().collect();
    let once = |wanted: &str| {
        let mut found = form.iter().filter(|(name, _)| name == wanted).map(|(_, value)| value.clone());
        let first = found.next().filter(|value| !value.is_empty());
        if found.next().is_some() { Err(malformed("a parameter is repeated")) } else { Ok(first) }
    };
    let grant_type = once("grant_type")?.ok_or(malformed("grant_type is missing"))?;
    let (scope, id, secret) = (once("scope")?, once("client_id")?, once("client_secret")?);
    if grant_type != "client_credentials" {
        let why = "the only grant_type is client_credentials";
        return Err((GrantError::UnsupportedGrantType, Refusal::InvalidParameter, why));
    }
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let (client_id, client_secret) = match (headers.next(), headers.next(), id, secret) {
        (None, _, Some(id), Some(secret)) => (id, secret),
        (None, ..) => return Err(WRONG_CLIENT),
        (Some(header), None, id, None) => {
            let (name, secret) = header.to_str().ok().and_then(basic).ok_or(WRONG_CLIENT)?;
            if id.is_some_and(|id| id != name) {
                return Err(malformed("client_id differs from the one of HTTP Basic"));
            }
            (name, secret)
        }
        _ => return Err(malformed("client_secret in the form and an Authorization header exclude each other")),
    };
    Ok(Asked { client_id, client_secret, scope })
}

/// The name and the secret of HTTP Basic, each form-encoded before they were put together.
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (name, secret) = text.split_once(':')?;
    let decoded = |part: &str| form_urlencoded::parse(part.as_bytes()).next().map(|(text, _)| text.into_owned());
    Some((decoded(name)?, decoded(secret)?))
}

async fn granted(app: &App, source: Source, asked: Asked) -> Result<Result<GrantedTokenView, Refused>> {
    let subject = Subject::new("client", &asked.client_id, source);
    let (now, counted, digest) = (app.now(), subject.clone(), digest_of(&asked.client_secret));
    let id = ClientId::parse(&asked.client_id);
    let found = app.read(move |db| {
        counted.admit(db, now)?;
        let client = id.map(|id| store::by_secret(db, id, &digest)).transpose()?.flatten();
        Ok(match client {
            Some(client) => Some((store::scopes(db, client.id)?, client)),
            None => None,
        })
    });
    let Some((held, client)) = found.await? else {
        let failed = app.write_value(move |tx| {
            subject.admit_alone(tx)?;
            Ok(Change::silent(subject.record(tx)?, NO_EVENT))
        });
        failed.await?;
        return Ok(Err(WRONG_CLIENT));
    };
    let Some(scopes) = narrowed(&held, asked.scope.as_deref()) else {
        let why = "a scope does not exist or was not granted to this client";
        return Ok(Err((GrantError::InvalidScope, Refusal::InsufficientScope, why)));
    };
    let scope = scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ");
    let jti = app.new_id::<Tokens>().to_string();
    let access_token = app.tokens().sign(client.id.uuid(), jti, now, |claims| {
        claims.reseller_id = client.reseller_id;
        claims.scope = Some(scope.clone());
    })?;
    let expires_in = ACCESS_TOKEN_SECONDS;
    Ok(Ok(GrantedTokenView { access_token, token_type: TokenType::Bearer, expires_in, scope }))
}

/// Those of the client's scopes that are asked for; none if one is asked for that it has not.
fn narrowed(held: &[Scope], wished: Option<&str>) -> Option<Vec<Scope>> {
    let Some(wished) = wished else { return Some(held.to_vec()) };
    let wished: Vec<Scope> = wished.split(' ').map(Scope::parse).collect::<Option<_>>()?;
    let kept: Vec<Scope> = held.iter().copied().filter(|scope| wished.contains(scope)).collect();
    wished.iter().all(|scope| held.contains(scope)).then_some(kept)
}

fn refusal(request: &HttpRequest, (error, refusal, why): Refused) -> HttpResponse {
    let status = match error {
        GrantError::InvalidClient => StatusCode::UNAUTHORIZED,
        GrantError::TemporarilyUnavailable => refusal.status(),
        _ => StatusCode::BAD_REQUEST,
    };
    let request_id = request.extensions().get::<Arrival>().map(|a| a.request_id.clone()).unwrap_or_default();
    let mut response = unstored(status);
    if error == GrantError::InvalidClient {
        response.insert_header((WWW_AUTHENTICATE, "Basic realm=\"madoguchi\""));
    }
    let view =
        GrantRefusalView { error, error_description: why.to_owned(), code: refusal.code().to_owned(), request_id };
    response.json(&view)
}

/// A problem that is the client's to wait out, in the language of RFC 6749; any other as it is.
fn untold(request: &HttpRequest, problem: Problem) -> Result<HttpResponse> {
    let why = match problem.refusal() {
        Refusal::QuotaExceeded => "too many failed tries; Retry-After says how long to wait",
        Refusal::Unavailable => "try again after Retry-After",
        _ => return Err(problem),
    };
    if let Some(cause) = problem.cause() {
        log::error!("{}: {cause}", problem.refusal().code());
    }
    let mut response = refusal(request, (GrantError::TemporarilyUnavailable, problem.refusal(), why));
    for (name, value) in problem.headers() {
        response.headers_mut().insert(name.clone(), value.clone());
    }
    Ok(response)
}

fn unstored(status: StatusCode) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response.insert_header((CONTENT_TYPE, "application/json"));
    response.insert_header((CACHE_CONTROL, "no-store")).insert_header(("pragma", "no-cache"));
    response
}
