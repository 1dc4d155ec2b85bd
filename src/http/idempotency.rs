//! `Idempotency-Key`: a call that is sent again does nothing again and is answered the same.
//!
//! The answer is kept in the transaction of the work, so there is no moment in which one is there
//! without the other.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::HeaderName;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use aws_lc_rs::digest::{Context, SHA256};
use diesel::prelude::*;
use time::Duration;
use utoipa::IntoParams;

use super::front::Buffered;
use super::json::{expect_media, has_body, media_of};
use super::problem::{Problem, Refusal, Result};
use super::reply::{Reply, Stored};
use crate::auth::claim::CallerKey;
use crate::db::Connection;
use crate::db::dialect::{self, directly};
use crate::db::few::Anew;
use crate::db::schema::idempotency_keys as keys;
use crate::db::types::{Doc, Instant};

/// How long an answer is kept.
pub const KEPT: Duration = Duration::hours(24);
const HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// The header as the document shows it, where a call may carry it.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it is read by `Key`, and only described here")]
pub struct KeyParam {
    /// A name of the caller's own for this call: sent again within 24 hours it does nothing again
    /// and is answered the same, with `Idempotent-Replayed: true`.
    #[param(rename = "Idempotency-Key", nullable = false, min_length = 1, max_length = 255, example = "order-4711-1")]
    idempotency_key: Option<String>,
}

/// The header as the document shows it, where a call must carry it.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it is read by `RequiredKey`, and only described here")]
pub struct RequiredKeyParam {
    /// A name of the caller's own for this call: sent again within 24 hours it does nothing again
    /// and is answered the same, with `Idempotent-Replayed: true`. Required: 400 without it.
    #[param(rename = "Idempotency-Key", min_length = 1, max_length = 255, example = "order-4711-1")]
    idempotency_key: String,
}

/// The key of a call that may carry one.
#[derive(Clone, Debug, Default)]
pub struct Key(Option<Named>);

/// The key of a call that must carry one: 400 `idempotency_key_required` without.
#[derive(Clone, Debug)]
pub struct RequiredKey(pub Key);

#[derive(Clone, Debug)]
struct Named {
    caller: String,
    method: String,
    path: String,
    key: String,
    request_hash: Vec<u8>,
}

impl FromRequest for Key {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request).map(Self))
    }
}

impl FromRequest for RequiredKey {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request).and_then(|found| match found {
            Some(named) => Ok(Self(Key(Some(named)))),
            None => Err(Refusal::IdempotencyKeyRequired.into()),
        }))
    }
}

fn read(request: &HttpRequest) -> Result<Option<Named>> {
    if has_body(request) {
        expect_media(request, &media_of(request))?; // 415 outranks a malformed header
    }
    let mut values = request.headers().get_all(HEADER);
    let value = match (values.next(), values.next()) {
        (None, _) => return Ok(None),
        (Some(only), None) => only.to_str().ok(),
        _ => None,
    };
    // The bare token and the quoted string of structured fields are the same key.
    let bare = value.map(|v| v.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(v));
    let fit = |key: &&str| (1..=255).contains(&key.len()) && key.bytes().all(|b| (0x20..0x7f).contains(&b));
    let key = bare.filter(fit).ok_or_else(|| Problem::header("Idempotency-Key"))?;
    let extensions = request.extensions();
    let Some(caller) = extensions.get::<CallerKey>() else { return Ok(None) };
    let mut hash = Context::new(&SHA256);
    hash.update(caller.presented.as_bytes());
    hash.update(b"\n");
    hash.update(extensions.get::<Buffered>().map(|body| body.0.as_ref()).unwrap_or_default());
    Ok(Some(Named {
        caller: caller.row.clone(),
        method: request.method().to_string(),
        path: request.path().to_owned(),
        key: key.to_owned(),
        request_hash: hash.finish().as_ref().to_vec(),
    }))
}

impl Key {
    /// No key: for acts that take none.
    pub const fn none() -> Self {
        Self(None)
    }

    /// Whether the call carries a key.
    pub fn is_some(&self) -> bool {
        self.0.is_some()
    }

    /// What a call and its repetition have in common: key, path, caller and body.
    pub fn digest(&self) -> Option<Vec<u8>> {
        let named = self.0.as_ref()?;
        let mut hash = Context::new(&SHA256);
        hash.update(named.lock_name().as_bytes());
        hash.update(&named.request_hash);
        Some(hash.finish().as_ref().to_vec())
    }

    /// The key of a call whose body was not read before its handler: what the body came to counts.
    #[must_use]
    pub fn over(mut self, body: &[u8]) -> Self {
        if let Some(named) = &mut self.0 {
            let mut hash = Context::new(&SHA256);
            hash.update(&named.request_hash);
            hash.update(body);
            named.request_hash = hash.finish().as_ref().to_vec();
        }
        self
    }

    /// Whether a call with this key was answered before, whatever its body was.
    pub fn is_known(&self, connection: &mut Connection) -> Result<bool> {
        let Some(named) = &self.0 else { return Ok(false) };
        let status: Option<i32> = directly!(connection, |connection| {
            let row = keys::table.find((&named.caller, &named.method, &named.path, &named.key));
            Anew(row.select(keys::status)).get_result(connection).optional()?
        });
        Ok(status.is_some())
    }

    /// Looks whether the call was answered before. If so the answer comes back as the error that
    /// ends the transaction; the same key with another body or support ID is 422.
    pub fn look_up(&self, connection: &mut Connection, now: Instant) -> Result<()> {
        let Some(named) = &self.0 else { return Ok(()) };
        // A first try that is still running holds the lock until it is answered.
        dialect::hold_named(connection, named.lock_name().as_bytes()).map_err(|error| {
            match dialect::failure(&error) {
                dialect::Failure::Busy => Problem::from(Refusal::RequestInProgress).caused_by(error),
                _ => error.into(),
            }
        })?;
        type Row = (Vec<u8>, i32, Doc<Vec<(String, String)>>, Vec<u8>, Instant);
        let found: Option<Row> = directly!(connection, |connection| {
            let row = keys::table.find((&named.caller, &named.method, &named.path, &named.key));
            let row = row.select((keys::request_hash, keys::status, keys::headers, keys::body, keys::stored_at));
            Anew(row).get_result(connection).optional()?
        });
        let Some((request_hash, status, Doc(headers), body, stored_at)) = found else { return Ok(()) };
        if now.since(stored_at) >= KEPT {
            diesel::delete(keys::table.find((&named.caller, &named.method, &named.path, &named.key)))
                .execute(connection)?;
            return Ok(());
        }
        if request_hash != named.request_hash {
            return Err(Refusal::IdempotencyKeyReused.into());
        }
        let status = u16::try_from(status).map_err(Problem::bug)?;
        Err(Problem::replay(Stored { status, headers, body }))
    }

    /// Keeps the answer, in the transaction of the work.
    pub fn keep(&self, connection: &mut Connection, now: Instant, reply: &Reply) -> Result<()> {
        let Some(named) = &self.0 else { return Ok(()) };
        let stored = reply.stored();
        diesel::insert_into(keys::table)
            .values((
                keys::caller.eq(&named.caller),
                keys::method.eq(&named.method),
                keys::path.eq(&named.path),
                keys::idempotency_key.eq(&named.key),
                keys::request_hash.eq(&named.request_hash),
                keys::status.eq(i32::from(stored.status)),
                keys::headers.eq(Doc(stored.headers)),
                keys::body.eq(stored.body),
                keys::stored_at.eq(now),
            ))
            .execute(connection)?;
        Ok(())
    }
}

/// Puts another body into the kept answers of this path that made this thing: what was taken away is
/// not told by a repeated call either.
pub fn answer_anew(connection: &mut Connection, path: &str, made: &str, body: &[u8]) -> Result<()> {
    type Row = (String, String, String, Vec<u8>);
    let kept: Vec<Row> = keys::table
        .filter(keys::path.eq(path))
        .select((keys::caller, keys::method, keys::idempotency_key, keys::body))
        .load(connection)?;
    for (caller, method, key, before) in kept {
        let told: serde_json::Value = serde_json::from_slice(&before).unwrap_or_default();
        if told.get("id").and_then(serde_json::Value::as_str) == Some(made) {
            diesel::update(keys::table.find((&caller, &method, path, &key)))
                .set(keys::body.eq(body))
                .execute(connection)?;
        }
    }
    Ok(())
}

impl Named {
    /// The name of the lock that the tries of one key share.
    fn lock_name(&self) -> String {
        [&self.caller, &self.method, &self.path, &self.key].map(String::as_str).join("\n")
    }
}

/// Drops what is kept for longer than promised.
pub fn drop_old(connection: &mut Connection, now: Instant) -> Result<usize> {
    Ok(diesel::delete(keys::table.filter(keys::stored_at.lt(now.plus(-KEPT)))).execute(connection)?)
}
