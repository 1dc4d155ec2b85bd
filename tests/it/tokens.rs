//! Forged tokens: none is let in, and none learns why.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as B64};
use madoguchi::terms::codes::{Delivery, Role, Scope};
use serde_json::{Value, json};

use super::support::people::Papers;
use super::support::*;

/// A true token taken apart.
struct Parts {
    header: Value,
    claims: Value,
    signature: String,
    whole: String,
}

fn parts(token: &str) -> Parts {
    let pieces: Vec<&str> = token.split('.').collect();
    let read = |i: usize| serde_json::from_slice(&B64.decode(pieces[i]).unwrap()).unwrap();
    Parts { header: read(0), claims: read(1), signature: pieces[2].into(), whole: token.into() }
}

/// A token with a key of the forger's own.
fn signed(header: &str, claims: &str) -> String {
    let text = format!("{}.{}", B64.encode(header), B64.encode(claims));
    let key = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    format!("{text}.{}", B64.encode(key.sign(text.as_bytes())))
}

/// A token that the application itself signs, with claims as the forger wishes: a stolen key must
/// not be worth more than it has to.
fn signed_here(app: &TestApp, change: impl FnOnce(&mut madoguchi::auth::token::Claims)) -> String {
    let now = app.app.now();
    app.app.tokens().sign(uuid::Uuid::nil(), "x".into(), now, change).unwrap()
}

fn with(value: &Value, name: &str, to: Value) -> String {
    let mut changed = value.clone();
    changed[name] = to;
    changed.to_string()
}

fn without(value: &Value, name: &str) -> String {
    let mut changed = value.clone();
    changed.as_object_mut().unwrap().remove(name);
    changed.to_string()
}

/// Everything that can be done to a true token without the key that signs.
fn forgeries(app: &TestApp, token: &str) -> Vec<(&'static str, String)> {
    let Parts { header, claims, signature, whole } = parts(token);
    let (h, c) = (header.to_string(), claims.to_string());
    let text = |header: &str, claims: &str| format!("{}.{}", B64.encode(header), B64.encode(claims));
    let kept = |header: &str, claims: &str| format!("{}.{signature}", text(header, claims));
    let keys = app.get("/.well-known/jwks.json").send().expect(200).json();
    let public = B64.decode(keys["keys"][0]["x"].as_str().unwrap()).unwrap();
    let hs = |key: &[u8], header: &str| {
        let text = text(header, &c);
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes());
        format!("{text}.{}", B64.encode(tag))
    };
    let now = claims["iat"].as_i64().unwrap();
    let own_key = json!({ "kty": "OKP", "crv": "Ed25519", "x": B64.encode([1; 32]) });
    let (head, tail) = whole.rsplit_once('.').unwrap();
    let flipped: String = tail.chars().rev().collect();
    vec![
        ("empty", String::new()),
        ("one word", "token".into()),
        ("two dots", "..".into()),
        ("alg none, no signature", format!("{}.", text(&with(&header, "alg", json!("none")), &c))),
        ("alg None, no signature", format!("{}.", text(&with(&header, "alg", json!("None")), &c))),
        ("alg none, true signature", kept(&with(&header, "alg", json!("none")), &c)),
        ("alg HS256 with the public key", hs(&public, &with(&header, "alg", json!("HS256")))),
        ("alg HS256 with its text", hs(B64.encode(&public).as_bytes(), &with(&header, "alg", json!("HS256")))),
        ("alg HS256 with nothing", hs(b"", &with(&header, "alg", json!("HS256")))),
        ("alg EdDSA with a MAC", hs(&public, &h)),
        ("alg ES256", kept(&with(&header, "alg", json!("ES256")), &c)),
        ("alg Ed25519", kept(&with(&header, "alg", json!("Ed25519")), &c)),
        ("alg in lower case", kept(&with(&header, "alg", json!("eddsa")), &c)),
        ("alg a list", kept(&with(&header, "alg", json!(["EdDSA"])), &c)),
        ("no alg", kept(&without(&header, "alg"), &c)),
        ("typ JWT", signed(&with(&header, "typ", json!("JWT")), &c)),
        ("typ in capitals", signed(&with(&header, "typ", json!("AT+JWT")), &c)),
        ("no typ", signed(&without(&header, "typ"), &c)),
        ("kid unknown", signed(&with(&header, "kid", json!("nobody")), &c)),
        ("kid a path", signed(&with(&header, "kid", json!("../../dev/null")), &c)),
        ("kid a query", signed(&with(&header, "kid", json!("' OR 1=1 --")), &c)),
        ("kid a number", signed(&with(&header, "kid", json!(1)), &c)),
        ("no kid", signed(&without(&header, "kid"), &c)),
        ("crit", signed(&with(&header, "crit", json!(["exp"])), &c)),
        ("jku", signed(&with(&header, "jku", json!("https://evil.example/jwks.json")), &c)),
        ("jwk", signed(&with(&header, "jwk", own_key), &c)),
        ("x5u", signed(&with(&header, "x5u", json!("https://evil.example/cert")), &c)),
        ("x5c", signed(&with(&header, "x5c", json!(["MIIB"])), &c)),
        ("b64", kept(&with(&header, "b64", json!(false)), &c)),
        ("zip", kept(&with(&header, "zip", json!("DEF")), &c)),
        ("enc", kept(&with(&header, "enc", json!("A256GCM")), &c)),
        ("cty", kept(&with(&header, "cty", json!("JWT")), &c)),
        ("a header twice", kept(&h.replacen('{', "{\"alg\":\"none\",", 1), &c)),
        ("another key", signed(&h, &c)),
        ("another person", kept(&h, &with(&claims, "sub", json!(uuid::Uuid::nil())))),
        ("a longer life", kept(&h, &with(&claims, "exp", json!(now + 3600)))),
        ("exp a string", kept(&h, &with(&claims, "exp", json!("9999999999")))),
        ("an extra claim", kept(&h, &with(&claims, "role", json!("manager")))),
        ("a scope for a person", kept(&h, &with(&claims, "scope", json!("inquiries:read")))),
        ("no claims", kept(&h, "{}")),
        ("claims a list", kept(&h, "[]")),
        ("no signature", format!("{head}.")),
        ("no third part", head.to_owned()),
        ("a fourth part", format!("{whole}.x")),
        ("a fifth part, as of a JWE", format!("{whole}.x.x")),
        ("a signature cut", whole[..whole.len() - 4].to_owned()),
        ("a signature turned round", format!("{head}.{flipped}")),
        ("a signature of zeros", format!("{head}.{}", B64.encode([0; 64]))),
        ("padding", format!("{whole}==")),
        ("a blank before", format!(" {whole}")),
        ("a tab within", whole.replacen('.', ".\t", 1)),
        ("standard base64", format!("{}.{}.{signature}", STANDARD.encode(&h), STANDARD.encode(&c))),
        ("JSON serialised", json!({ "payload": B64.encode(&c), "signature": signature }).to_string()),
        ("oversize", format!("{head}.{}", "A".repeat(8000))),
    ]
}

/// What only the holder of the key could make, and what must still be refused.
fn misuses(app: &TestApp) -> Vec<(&'static str, String)> {
    let staff = uuid::Uuid::from_u128(1);
    vec![
        ("nobody's id", signed_here(app, |_| {})),
        ("another issuer", signed_here(app, |c| c.iss = "https://evil.example".into())),
        ("an issuer with a slash", signed_here(app, |c| c.iss.push('/'))),
        ("another audience", signed_here(app, |c| c.aud = "https://other.example/v1".into())),
        ("the issuer as audience", signed_here(app, |c| c.aud.clone_from(&c.iss))),
        ("made in the future", signed_here(app, |c| (c.iat, c.exp) = (c.iat + 60, c.exp + 60))),
        ("a day's life", signed_here(app, |c| c.exp = c.iat + 86_400)),
        ("ended before it began", signed_here(app, |c| c.exp = c.iat)),
        ("a session that is none", signed_here(app, |c| (c.sub, c.jti) = (staff, "1.2".into()))),
        ("no session", signed_here(app, |c| (c.sub, c.jti) = (staff, String::new()))),
        ("a partner without scope", signed_here(app, |c| c.reseller_id = Some(app.app.new_id()))),
        ("a client that is none", signed_here(app, |c| c.scope = Some("events:read".into()))),
    ]
}

/// The answer without what differs from call to call.
fn face(answer: &Answer) -> Value {
    let mut body = answer.json();
    assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"madoguchi\""), "{answer}");
    body.as_object_mut().unwrap().remove("request_id").expect("a request id");
    body
}

on_both! {
    fn no_forged_token_is_let_in(app: &TestApp) {
        let token = app.staff(Role::Manager);
        app.get("/v1/events").token(&token).send().expect(200);
        let none = face(&app.get("/v1/events").send().expect(401));
        assert_eq!(none["code"], "unauthenticated");
        let tries: Vec<_> = forgeries(app, &token).into_iter().chain(misuses(app)).collect();
        assert!(tries.len() >= 60, "{}", tries.len());
        for (what, forged) in tries {
            let answer = app.get("/v1/events").token(&forged).send();
            assert_eq!(answer.status, 401, "{what}: {answer}");
            assert_eq!(face(&answer), none, "{what}");
        }
        app.get("/v1/events").token(&token).send().expect(200);
    }

    fn a_claim_of_the_wrong_shape_is_refused_even_when_signed(app: &TestApp) {
        // The application's own key, with what its `Claims` could not say.
        let now = app.app.now().micros() / 1_000_000;
        let (iss, aud) = ("http://desk.example.jp", "http://desk.example.jp/v1");
        let good = json!({ "iss": iss, "aud": aud, "sub": uuid::Uuid::nil(), "iat": now, "exp": now + 900, "jti": "a" });
        let sign = stolen_key(app);
        let none = face(&app.get("/v1/events").send().expect(401));
        let mut tries: Vec<(String, String)> = ["iss", "aud", "sub", "iat", "exp", "jti"]
            .iter()
            .map(|name| (format!("no {name}"), without(&good, name)))
            .collect();
        for (name, value) in [
            ("iss", json!([iss])),
            ("iss", json!(null)),
            ("aud", json!([aud])),
            ("aud", json!({ "aud": aud })),
            ("exp", json!((now + 900).to_string())),
            ("exp", json!(now as f64 + 900.5)),
            ("exp", json!(1e300)),
            ("iat", json!("now")),
            ("sub", json!("manager")),
            ("sub", json!(1)),
            ("nbf", json!(now)),
            ("admin", json!(true)),
            ("scope", json!(["events:read"])),
        ] {
            tries.push((format!("{name} {value}"), with(&good, name, value)));
        }
        tries.push(("a claim twice".into(), good.to_string().replacen('{', "{\"sub\":\"x\",", 1)));
        for (what, claims) in tries {
            let answer = app.get("/v1/events").token(&sign(&claims)).send();
            assert_eq!(answer.status, 401, "{what}: {answer}");
            assert_eq!(face(&answer), none, "{what}");
        }
    }

    fn an_ended_token_is_told_so_and_no_other(app: &TestApp) {
        let token = app.staff(Role::Agent);
        app.at("2026-11-25T01:14:59Z");
        app.get("/v1/events").token(&token).send().expect(200);
        app.at("2026-11-25T01:15:00Z");
        app.get("/v1/events").token(&token).send().refused(401, "token_expired");
        let (head, _) = token.rsplit_once('.').unwrap();
        app.get("/v1/events").token(&format!("{head}.AAAA")).send().refused(401, "unauthenticated");
        // A verified token is remembered, but not its time.
        app.at("2026-11-25T00:59:00Z");
        app.get("/v1/events").token(&token).send().refused(401, "unauthenticated");
    }

    fn the_header_is_read_as_it_is_written(app: &TestApp) {
        let token = app.staff(Role::Agent);
        let events = || app.get("/v1/events");
        events().header("Authorization", &format!("bearer {token}")).send().expect(200);
        events().header("Authorization", &format!("BEARER {token}")).send().expect(200);
        for wrong in [format!("Basic {token}"), format!("Bearer{token}"), format!("Bearer  {token}"), token.clone()] {
            events().header("Authorization", &wrong).send().refused(401, "unauthenticated");
        }
        events().token(&token).token(&token).send().refused(401, "unauthenticated");
        app.get(&format!("/v1/events?access_token={token}")).send().refused(401, "unauthenticated");
    }

    fn a_token_of_one_kind_opens_no_door_of_another(app: &TestApp) {
        let product = app.product("VOTIRO-VA", Delivery::Software);
        app.contract(&Papers::new("MNT-000001", &[product]));
        let customer = app.customer("MNT-000001");
        let robot = app.robot(&[Scope::FaqsRead]);
        app.get("/v1/events").token(&customer).send().refused(403, "forbidden");
        app.get("/v1/events").token(&robot).send().refused(403, "insufficient_scope");
        app.get("/v1/me").token(&app.agent()).send().refused(403, "forbidden");
        app.get("/v1/staff").token(&app.agent()).send().refused(403, "forbidden");
        app.get("/v1/staff").token(&customer).send().refused(403, "forbidden");
    }
}

/// Signs whatever claims with the application's own key, taken from its database.
fn stolen_key(app: &TestApp) -> impl Fn(&str) -> String {
    use jsonwebtoken::{Algorithm, crypto};
    let keys = app.app.db().transaction_blocking(|db| {
        let secret = "a secret for the tests, long enough";
        madoguchi::auth::keys::load(db, secret, app.app.now())
    });
    let key = keys.unwrap().remove(0);
    move |claims| {
        let header = json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": key.kid });
        let text = format!("{}.{}", B64.encode(header.to_string()), B64.encode(claims));
        let private = key.private.as_ref().unwrap();
        let signature = crypto::sign(text.as_bytes(), private, Algorithm::EdDSA).unwrap();
        format!("{text}.{signature}")
    }
}
