//! What other programs look up before they speak to this one: keys and endpoints.

use actix_web::get;
use actix_web::http::header::CACHE_CONTROL;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::http::{Reply, Result};
use crate::terms::codes::{Code, Scope};

/// A rotated key is known here before the last token of the old one has ended.
const FRESH: &str = "public, max-age=300";

/// A public key, by RFC 8037.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JsonWebKey)]
pub struct KeyView {
    /// `OKP`.
    #[schema(value_type = String, max_length = 10)]
    pub kty: &'static str,
    /// `Ed25519`.
    #[schema(value_type = String, max_length = 10)]
    pub crv: &'static str,
    /// The public key in base64url.
    #[schema(max_length = 43)]
    pub x: String,
    /// The key's name in the tokens it signed.
    #[schema(max_length = 16)]
    pub kid: String,
    /// `sig`.
    #[serde(rename = "use")]
    #[schema(value_type = String, max_length = 10)]
    pub key_use: &'static str,
    /// `EdDSA`.
    #[schema(value_type = String, max_length = 10)]
    pub alg: &'static str,
}

/// The keys that verify access tokens, by RFC 7517.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JsonWebKeySet)]
pub struct KeySetView {
    /// The keys; after a rotation the old one for an hour more.
    #[schema(max_items = 100)]
    pub keys: Vec<KeyView>,
}

/// Where and how machines get tokens, by RFC 8414.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuthorizationServer)]
pub struct AuthorizationServerView {
    /// Who signs the tokens.
    #[schema(format = "uri", max_length = 2000)]
    pub issuer: String,
    /// Where tokens are granted.
    #[schema(format = "uri", max_length = 2000)]
    pub token_endpoint: String,
    /// Where the keys are.
    #[schema(format = "uri", max_length = 2000)]
    pub jwks_uri: String,
    /// Where this is explained.
    #[schema(format = "uri", max_length = 2000)]
    pub service_documentation: String,
    /// `client_credentials`.
    #[schema(value_type = Vec<crate::http::text::ShortCode>, max_items = 10)]
    pub grant_types_supported: [&'static str; 1],
    /// Empty: nothing is authorised by a redirection.
    #[schema(value_type = Vec<crate::http::text::ShortCode>, max_items = 10)]
    pub response_types_supported: [&'static str; 0],
    /// Every scope there is; which a client has is decided when it is registered.
    #[schema(max_items = 100)]
    pub scopes_supported: Vec<Scope>,
    /// How a client signs in.
    #[schema(value_type = Vec<crate::http::text::ShortCode>, max_items = 10)]
    pub token_endpoint_auth_methods_supported: [&'static str; 2],
    /// The languages of its pages.
    #[schema(value_type = Vec<crate::http::text::ShortCode>, max_items = 10)]
    pub ui_locales_supported: [&'static str; 2],
}

/// Get the public keys
///
/// What verifies access tokens. Whoever keeps them should ask again when a token names a key that
/// is not among them.
#[utoipa::path(
    tag = "sessions",
    responses((status = 200, description = "The keys", body = KeySetView)),
    security(())
)]
#[get("/.well-known/jwks.json")]
pub async fn get_keys(app: App) -> Result<Reply> {
    let key = |(kid, raw): (String, Vec<u8>)| KeyView {
        kty: "OKP",
        crv: "Ed25519",
        x: URL_SAFE_NO_PAD.encode(raw),
        kid,
        key_use: "sig",
        alg: "EdDSA",
    };
    let keys = app.tokens().public_keys().into_iter().map(key).collect();
    Ok(Reply::ok(&KeySetView { keys })?.with(CACHE_CONTROL, FRESH))
}

/// Get the endpoints for machines
///
/// Authorization server metadata: where tokens are granted, and what may be asked for.
#[utoipa::path(
    tag = "sessions",
    responses((status = 200, description = "The endpoints", body = AuthorizationServerView)),
    security(())
)]
#[get("/.well-known/oauth-authorization-server")]
pub async fn get_authorization_server(app: App) -> Result<Reply> {
    let at = |path: &str| format!("{}{path}", app.config().public_url);
    let view = AuthorizationServerView {
        issuer: app.config().jwt_issuer.clone(),
        token_endpoint: at("/oauth/token"),
        jwks_uri: at("/.well-known/jwks.json"),
        service_documentation: at("/docs"),
        grant_types_supported: ["client_credentials"],
        response_types_supported: [],
        scopes_supported: Scope::ALL.to_vec(),
        token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
        ui_locales_supported: ["ja", "en"],
    };
    Ok(Reply::ok(&view)?.with(CACHE_CONTROL, FRESH))
}
