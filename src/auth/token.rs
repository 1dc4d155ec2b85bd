//! Access tokens: JWTs signed with EdDSA, verified without mercy.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::contracts::Reseller;
use crate::db::types::{Id, Instant};
use crate::http::text::SupportId;
use crate::http::{Problem, Refusal, Result};

/// How long an access token is good, in seconds.
pub const ACCESS_TOKEN_SECONDS: i64 = 900;
/// How far two clocks may differ, in seconds.
const LEEWAY_SECONDS: i64 = 5;
/// Longer ones are not looked at.
const TOKEN_MAX_BYTES: usize = 4096;
/// How many verified tokens are remembered.
const REMEMBERED: usize = 10_000;
const TYPE: &str = "at+jwt";

/// What a token says. Which claims are there tells the kind of caller apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// Who made the token.
    pub iss: String,
    /// Whom it is for.
    pub aud: String,
    /// The caller's row.
    pub sub: Uuid,
    /// When it was made, in seconds since 1970.
    pub iat: i64,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
    /// The token's own name: the session's id, a dot and the token's, for people; else an id.
    pub jti: String,
    /// A customer's presented ID, in its canonical form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub support_id: Option<SupportId>,
    /// A partner's reseller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reseller_id: Option<Id<Reseller>>,
    /// A machine's scopes, with blanks between.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

/// The only header that is taken: nothing in it may lead the verifier elsewhere.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    alg: String,
    typ: String,
    kid: String,
}

/// A key pair as it is used.
pub struct SigningKey {
    /// The key's name in tokens and in the JWKS.
    pub kid: String,
    /// The raw Ed25519 public key.
    pub public: Vec<u8>,
    /// The private key, of the newest pair only.
    pub private: Option<EncodingKey>,
}

/// Signs and verifies.
#[derive(Clone)]
pub struct Tokens(Arc<Inner>);

struct Inner {
    issuer: String,
    audience: String,
    keys: RwLock<Ring>,
    verified: RwLock<HashMap<[u8; 32], Arc<Claims>>>,
}

#[derive(Default)]
struct Ring {
    signing: Option<(String, EncodingKey)>,
    verifying: HashMap<String, (DecodingKey, Vec<u8>)>,
}

impl Tokens {
    /// For tokens made by and for this issuer. Has no keys yet.
    pub fn new(issuer: &str) -> Self {
        Self(Arc::new(Inner {
            issuer: issuer.to_owned(),
            audience: format!("{issuer}/v1"),
            keys: RwLock::default(),
            verified: RwLock::default(),
        }))
    }

    /// Takes the keys that are in force, newest first. Tokens of keys that are gone are forgotten.
    pub fn load(&self, keys: Vec<SigningKey>) {
        let mut ring = Ring::default();
        for key in keys {
            ring.verifying.insert(key.kid.clone(), (DecodingKey::from_ed_der(&key.public), key.public));
            if let (None, Some(private)) = (&ring.signing, key.private) {
                ring.signing = Some((key.kid, private));
            }
        }
        *self.0.keys.write().unwrap_or_else(PoisonError::into_inner) = ring;
        self.0.verified.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Whether keys are there: not while the database was never reached.
    pub fn ready(&self) -> bool {
        self.0.keys.read().unwrap_or_else(PoisonError::into_inner).signing.is_some()
    }

    /// The public keys by name, in a stable order.
    pub fn public_keys(&self) -> Vec<(String, Vec<u8>)> {
        let ring = self.0.keys.read().unwrap_or_else(PoisonError::into_inner);
        let mut keys: Vec<_> = ring.verifying.iter().map(|(kid, (_, raw))| (kid.clone(), raw.clone())).collect();
        keys.sort();
        keys
    }

    /// Completes and signs claims: an access token good for 15 minutes.
    pub fn sign(&self, sub: Uuid, jti: String, now: Instant, more: impl FnOnce(&mut Claims)) -> Result<String> {
        let iat = now.micros().div_euclid(1_000_000);
        let mut claims = Claims {
            iss: self.0.issuer.clone(),
            aud: self.0.audience.clone(),
            sub,
            iat,
            exp: iat.saturating_add(ACCESS_TOKEN_SECONDS),
            jti,
            support_id: None,
            reseller_id: None,
            scope: None,
        };
        more(&mut claims);
        let ring = self.0.keys.read().unwrap_or_else(PoisonError::into_inner);
        let (kid, key) = ring.signing.as_ref().ok_or_else(|| Problem::unavailable("no signing key yet"))?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(kid.clone());
        jsonwebtoken::encode(&header, &claims, key).map_err(Problem::bug)
    }

    /// Verifies a token: 401 `token_expired` for a good one that has ended, the same 401
    /// `unauthenticated` for whatever else is wrong with it.
    pub fn verify(&self, token: &str, now: Instant) -> Result<Arc<Claims>> {
        let mut digest = [0; 32];
        digest.copy_from_slice(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token.as_bytes()).as_ref());
        let known = self.0.verified.read().unwrap_or_else(PoisonError::into_inner).get(&digest).cloned();
        let claims = match known {
            Some(claims) => claims,
            None => self.verify_anew(token, digest)?,
        };
        let seconds = now.micros().div_euclid(1_000_000);
        if claims.iat > seconds.saturating_add(LEEWAY_SECONDS) {
            return Err(Refusal::Unauthenticated.into());
        }
        if claims.exp <= seconds {
            return Err(Refusal::TokenExpired.into());
        }
        Ok(claims)
    }

    fn verify_anew(&self, token: &str, digest: [u8; 32]) -> Result<Arc<Claims>> {
        if !self.ready() {
            return Err(Problem::unavailable("no signing key yet"));
        }
        let claims = Arc::new(self.strictly(token).ok_or(Refusal::Unauthenticated)?);
        let mut verified = self.0.verified.write().unwrap_or_else(PoisonError::into_inner);
        if verified.len() >= REMEMBERED {
            verified.clear();
        }
        verified.insert(digest, Arc::clone(&claims));
        Ok(claims)
    }

    fn strictly(&self, token: &str) -> Option<Claims> {
        if token.len() > TOKEN_MAX_BYTES {
            return None;
        }
        let header = URL_SAFE_NO_PAD.decode(token.split('.').next()?).ok()?;
        let header: StrictHeader = serde_json::from_slice(&header).ok()?;
        if header.alg != "EdDSA" || header.typ != TYPE {
            return None;
        }
        // Times are ours to judge: the library would ask the system's clock.
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.validate_exp = false;
        rules.validate_nbf = false;
        rules.set_issuer(&[&self.0.issuer]);
        rules.set_audience(&[&self.0.audience]);
        rules.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        let ring = self.0.keys.read().unwrap_or_else(PoisonError::into_inner);
        let (key, _) = ring.verifying.get(&header.kid)?;
        let claims = jsonwebtoken::decode::<Claims>(token, key, &rules).ok()?.claims;
        let lifetime = claims.exp.saturating_sub(claims.iat);
        (lifetime > 0 && lifetime <= ACCESS_TOKEN_SECONDS).then_some(claims)
    }
}
