//! The key pairs that sign access tokens: made on first start, kept sealed in the database so
//! that every node signs with the same, rotated by `madoguchi keys rotate`.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::prelude::*;
use jsonwebtoken::EncodingKey;
use time::Duration;

use super::token::SigningKey;
use crate::app::Tx;
use crate::db::Connection;
use crate::db::schema::signing_keys as keys;
use crate::db::types::Instant;
use crate::events::model::Change;
use crate::http::{Problem, Result};

/// A replaced key still verifies for so long: longer than any token it signed is good.
const OVERLAP: Duration = Duration::hours(1);

/// The keys in force, newest first.
pub fn load(connection: &mut Connection, secret: &str, now: Instant) -> Result<Vec<SigningKey>> {
    let rows: Vec<(String, Vec<u8>, Vec<u8>)> = keys::table
        .filter(keys::retired_at.is_null().or(keys::retired_at.gt(now.plus(-OVERLAP))))
        .order((keys::retired_at.is_null().desc(), keys::created_at.desc(), keys::kid))
        .select((keys::kid, keys::public_key, keys::sealed_private_key))
        .load(connection)?;
    let open = |(kid, public, sealed): (String, Vec<u8>, Vec<u8>)| {
        let private = unseal(secret, &kid, &sealed).map(|der| EncodingKey::from_ed_der(&der));
        SigningKey { kid, public, private }
    };
    let found: Vec<SigningKey> = rows.into_iter().map(open).collect();
    if found.iter().any(|key| key.private.is_none()) {
        return Err(Problem::bug("KEY_ENCRYPTION_SECRET does not open the signing keys of this database"));
    }
    Ok(found)
}

/// Makes the first pair, unless there is one.
pub fn ensure(tx: &mut Tx<'_>, secret: &str) -> Result<Change<()>> {
    let present: Option<String> =
        keys::table.filter(keys::retired_at.is_null()).select(keys::kid).first(&mut **tx).optional()?;
    if present.is_none() {
        add(tx, secret)?;
    }
    Ok(Change::silent((), "keys are no business of the desk"))
}

/// Makes a new pair and retires the one in use.
pub fn rotate(tx: &mut Tx<'_>, secret: &str) -> Result<Change<()>> {
    let now = tx.now;
    diesel::update(keys::table.filter(keys::retired_at.is_null())).set(keys::retired_at.eq(now)).execute(&mut **tx)?;
    add(tx, secret)?;
    Ok(Change::silent((), "keys are no business of the desk"))
}

fn add(tx: &mut Tx<'_>, secret: &str) -> Result<()> {
    let unspecified = |_| Problem::bug("no key pair could be made");
    let pair = Ed25519KeyPair::generate().map_err(unspecified)?;
    let private = pair.to_pkcs8().map_err(unspecified)?;
    let public = pair.public_key().as_ref().to_vec();
    let kid: String = URL_SAFE_NO_PAD.encode(digest(&SHA256, &public)).chars().take(16).collect();
    let sealed = seal(secret, &kid, private.as_ref()).ok_or_else(|| Problem::bug("the key could not be sealed"))?;
    let now = tx.now;
    diesel::insert_into(keys::table)
        .values((
            keys::kid.eq(&kid),
            keys::public_key.eq(&public),
            keys::sealed_private_key.eq(&sealed),
            keys::created_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

fn cipher(secret: &str) -> Option<RandomizedNonceKey> {
    RandomizedNonceKey::new(&AES_256_GCM, digest(&SHA256, secret.as_bytes()).as_ref()).ok()
}

/// The nonce, then the sealed bytes; the key's name is bound to them.
fn seal(secret: &str, kid: &str, plain: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = plain.to_vec();
    let nonce = cipher(secret)?.seal_in_place_append_tag(Aad::from(kid.as_bytes()), &mut bytes).ok()?;
    Some([nonce.as_ref().as_slice(), &bytes].concat())
}

fn unseal(secret: &str, kid: &str, sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, bytes) = sealed.split_at_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut bytes = bytes.to_vec();
    let plain = cipher(secret)?.open_in_place(nonce, Aad::from(kid.as_bytes()), &mut bytes).ok()?;
    Some(plain.to_vec())
}
