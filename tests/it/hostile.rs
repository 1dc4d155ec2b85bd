//! What nobody should send: refused in good order, by the same words on both databases, and
//! nothing is left behind.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::support::document::DOCUMENT;
use super::support::world::{VERSION, World};
use super::support::*;

/// What no answer may tell.
const INTERNAL: &[&str] = &[
    "select ",
    "insert ",
    "sqlite",
    "postgres",
    "diesel",
    "serde",
    "src/",
    ".rs",
    "struct ",
    "panicked",
    "option<",
    "::",
    "line 1 column",
];

/// An answer to a request that was written by hand.
struct Told {
    status: u16,
    head: String,
    body: String,
}

impl Told {
    fn code(&self) -> String {
        let problem: Value =
            serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {} {}", self.head, self.body));
        problem["code"].as_str().unwrap_or_else(|| panic!("{problem}")).to_owned()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .find_map(|line| line.split_once(": ").filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v))
    }
}

/// Sends these bytes and reads until the server closes.
fn send(app: &TestApp, bytes: &[u8]) -> Told {
    let mut stream = TcpStream::connect(app.url.trim_start_matches("http://")).unwrap();
    // The server may answer and close before it has read all of it.
    let written = stream.write_all(bytes);
    let mut answer = vec![];
    let read = stream.read_to_end(&mut answer);
    assert!(!answer.is_empty(), "no answer: {written:?}, {read:?}");
    let text = String::from_utf8(answer).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{text}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let lower = body.to_lowercase();
    assert!(!INTERNAL.iter().any(|word| lower.contains(word)), "{body}");
    assert!(status < 500, "{head}\n{body}");
    Told { status, head: head.to_owned(), body: body.to_owned() }
}

/// A request by hand: its first line, its headers and its body.
fn request(app: &TestApp, line: &str, headers: &[(&str, &str)], body: &[u8]) -> Told {
    let mut bytes = format!("{line} HTTP/1.1\r\nHost: desk.example.jp\r\nConnection: close\r\n").into_bytes();
    for (name, value) in headers {
        bytes.extend(format!("{name}: {value}\r\n").bytes());
    }
    if !headers.iter().any(|(name, _)| ["Content-Length", "Transfer-Encoding"].contains(name)) {
        bytes.extend(format!("Content-Length: {}\r\n", body.len()).bytes());
    }
    bytes.extend(b"\r\n");
    bytes.extend(body);
    send(app, &bytes)
}

/// Operations whose bodies have all there is: strings, lines, codes, ids, days, times, lists,
/// objects.
fn bodies(world: &World) -> Vec<(&'static str, String, Value)> {
    let inquiry = format!("/v1/inquiries/{}", world.own.inquiry);
    let now = "2026-11-25T01:00:00Z";
    vec![
        ("POST", "/v1/products".into(), json!({ "code": "NEW", "name": "名", "vendor": "V", "delivery": "software" })),
        (
            "POST",
            "/v1/resellers".into(),
            json!({ "name": "名", "contact": { "name": "窓口", "email": "a@b.example.jp", "phone": "03" } }),
        ),
        (
            "POST",
            "/v1/contracts".into(),
            json!({
                "maintenance_id": "MNT-7", "contract_id": "CTR-7", "customer": { "name": "架空市" }, "reseller_id": world.own.reseller,
                "product_ids": [world.software], "services": ["qa"], "site_country": "JP", "partner_access": "none",
                "starts_on": "2026-04-01", "ends_on": "2027-03-31", "administrators": [{ "name": "田中", "email": "t@c.example.jp" }],
            }),
        ),
        (
            "PUT",
            "/v1/calendar/days/2026-12-10".into(),
            json!({ "effect": "closed", "kind": "law", "name": "名", "source": "通達" }),
        ),
        (
            "POST",
            "/v1/inquiries".into(),
            json!({
                "channel": "phone", "kind": "problem_resolution", "product_id": world.software, "product_version": VERSION,
                "subject": "件名", "body": "本文", "presented_support_id": "MNT-1", "call": { "called_at": now, "with": "田中" },
                "customer_information": { "environment": "x" }, "requester": { "name": "田中", "relation": "customer" },
                "watchers": ["a@b.example.jp"], "external_reference": "T-1",
            }),
        ),
        (
            "POST",
            format!("{inquiry}/messages"),
            json!({ "type": "message", "channel": "support_web", "body": "本文", "marks": [], "language": "ja" }),
        ),
        (
            "POST",
            format!("{inquiry}/investigation-steps"),
            json!({ "kind": "desk_check", "summary": "確認", "performed_at": now }),
        ),
        ("POST", format!("{inquiry}/escalations"), json!({ "question": "?", "message_ids": [world.own.message] })),
        (
            "POST",
            format!("{inquiry}/closure-decisions"),
            json!({ "code": "agreed_with_customer", "evidence": { "with": "田中", "channel": "phone", "agreed_at": now, "agreement": "完了" } }),
        ),
        ("POST", "/v1/clients".into(), json!({ "name": "x", "kind": "robot", "scopes": ["events:read"] })),
        (
            "POST",
            "/v1/staff".into(),
            json!({ "email": "n@desk.example.jp", "name": "名", "role": "agent", "password": "correct horse battery" }),
        ),
        (
            "POST",
            "/v1/sessions".into(),
            json!({ "email": "n@city.example.jp", "password": "x", "support_id": "MNT-1" }),
        ),
        (
            "PATCH",
            format!("/v1/contracts/{}", world.own.contract),
            json!({ "customer": { "name": "架空市" }, "site_country": "JP" }),
        ),
        ("PATCH", inquiry, json!({ "priority": "high", "tags": ["a"], "category": "b", "follow_up_on": "2026-12-01" })),
    ]
}

/// Sends a body as it stands, with all that the operation asks for beside it.
fn call(app: &TestApp, method: &str, path: &str, token: &str, body: &str) -> Told {
    let media = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
    let bearer = format!("Bearer {token}");
    let key = app.app.new_id::<World>().to_string();
    let mut headers = vec![("Authorization", bearer.as_str()), ("Content-Type", media), ("Idempotency-Key", &key)];
    if path.contains("closure-decisions") || method == "PATCH" {
        headers.push(("If-Match", "*"));
    }
    request(app, &format!("{method} {path}"), &headers, body.as_bytes())
}

/// The first fault that a problem names, as `CODE POINTER CODE`.
fn fault(told: &Told) -> String {
    let problem: Value = serde_json::from_str(&told.body).unwrap();
    let first = &problem["errors"][0];
    format!("{} {} {}", told.code(), first["pointer"].as_str().unwrap_or("-"), first["code"].as_str().unwrap_or("-"))
}

/// Runs on both databases, which must tell the same.
fn on_each(told: impl Fn(&TestApp) -> Vec<String>) {
    let sqlite = told(&TestApp::start(Backend::Sqlite));
    let postgres = told(&TestApp::start(Backend::Postgres));
    assert_eq!(sqlite, postgres);
    assert!(!sqlite.is_empty());
}

#[test]
fn paths_that_name_nothing() {
    on_each(|app| {
        let manager = app.manager();
        let bearer = format!("Bearer {manager}");
        let long = format!("/v1/products/{}", "a".repeat(8000));
        let deep = "/v1".to_owned() + &"/a".repeat(2000);
        let paths = [
            "//",
            "/v1",
            "/v1/",
            "/v1//products",
            "//v1/products",
            "/v1/./products",
            "/v1/x/../products",
            "/../etc/passwd",
            "/v1/products/",
            "/v1/PRODUCTS",
            "/v1/products;a=1",
            "/v1/products%2f",
            "/v1/products/%2f",
            "/v1/products/%00",
            "/v1/products/%ff",
            "/v1/products/%",
            "/v1/products/%zz",
            "/v1/products/%2e%2e",
            "/v1/products/..%2f..%2fetc%2fpasswd",
            "/v1/products/*",
            "/v1/products/01999999-9999-7999-8999-99999999999G",
            "/v1/products/01999999-9999-7999-8999-99999999999A",
            "/v1/products/{01999999-9999-7999-8999-999999999999}",
            "/v1/products/019999999999799989999999999999999",
            "/v1/products/1",
            "/v1/products/%E3%81%82",
            "/v1/products/'%20OR%201=1--",
            "/v1/calendar/days/2026-02-30",
            "/v1/calendar/days/2026-1-1",
            "/v1/calendar/days/99999-01-01",
            "/v1/calendar/days/-2026-01-01",
            "/v1/terms/%ff",
            "/v1/terms/..",
            "/problems/%00",
            "/problems/nothing",
            "/v1/products/01999999-9999-7999-8999-999999999999/versions/%00",
            "/v1/products/01999999-9999-7999-8999-999999999999/versions/%ff",
            &long,
            &deep,
        ];
        app.unchanged("a path", || {
            paths
                .iter()
                .map(|path| {
                    let told = request(app, &format!("GET {path}"), &[("Authorization", &bearer)], b"");
                    if path.starts_with("/problems/") {
                        assert_eq!(told.status, 404, "{path}: {}", told.head); // a page for people
                        return (*path).to_owned();
                    }
                    assert_eq!((told.status, told.code().as_str()), (404, "not_found"), "{path}: {}", told.body);
                    assert_eq!(told.header("content-type"), Some("application/problem+json"), "{path}");
                    format!("{path} {}", told.status)
                })
                .collect()
        })
    });
}

#[test]
fn values_of_the_wrong_type() {
    on_each(|app| {
        let world = World::new(app);
        let wrong = [
            ("a fraction", json!(1.5)),
            ("a number", json!(-7)),
            ("a truth", json!(true)),
            ("an object", json!({ "x": 1 })),
            ("a list", json!([1])),
            ("U+0000", json!("a\u{0}b")),
            ("a deep list", json!([[[[[[[[1]]]]]]]])),
        ];
        let mut told = vec![];
        for (method, path, body) in bodies(&world) {
            app.unchanged(&path, || {
                for (field, _) in body.as_object().unwrap() {
                    for (what, value) in &wrong {
                        let mut body = body.clone();
                        body[field] = value.clone();
                        let answer = call(app, method, &path, &world.manager, &body.to_string());
                        assert_eq!(answer.status, 422, "{method} {path}, {field} is {what}: {}", answer.body);
                        let fault = fault(&answer);
                        assert!(
                            fault.starts_with(&format!("validation_failed /{field}")),
                            "{method} {path}, {field} is {what}: {fault}"
                        );
                        told.push(format!("{method} {path} {field} {what}: {fault}"));
                    }
                }
                for (what, value) in wrong
                    .iter()
                    .chain(&[("null", Value::Null), ("a text", json!("x")), ("nothing", json!([]))])
                    .filter(|(what, _)| *what != "an object")
                {
                    let answer = call(app, method, &path, &world.manager, &value.to_string());
                    assert_eq!(answer.status, 422, "{method} {path}, the body is {what}: {}", answer.body);
                    told.push(fault(&answer));
                }
            });
        }
        told
    });
}

#[test]
fn bodies_out_of_shape() {
    on_each(|app| {
        let world = World::new(app);
        let mut told = vec![];
        for (method, path, body) in bodies(&world) {
            let whole = body.to_string();
            let inner = &whole[1..whole.len() - 1];
            let first = body.as_object().unwrap().keys().next().unwrap().clone();
            let value = &body[&first];
            let nested = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
            let objects = format!("{}1{}", "{\"a\":".repeat(5000), "}".repeat(5000));
            let without_first = {
                let mut body = body.clone();
                body.as_object_mut().unwrap().remove(&first);
                body.to_string()
            };
            let with = |member: &str| format!("{{{member},{}", &without_first[1..]);
            let cases = [
                ("", 400, "malformed_json - -".to_owned()),
                ("{", 400, "malformed_json - -".into()),
                (&whole[..whole.len() - 1], 400, "malformed_json - -".into()),
                (&format!("{whole}x"), 400, "malformed_json - -".into()),
                (&format!("{whole}{whole}"), 400, "malformed_json - -".into()),
                (&format!("\u{feff}{whole}"), 400, "malformed_json - -".into()),
                (&whole.replace('"', "'"), 400, "malformed_json - -".into()),
                (&nested, 422, "validation_failed  wrong_type".into()),
                (&objects, 422, "validation_failed /a unknown_field".into()),
                (
                    &format!("{{\"nobody_knows\":1,{inner}}}"),
                    422,
                    "validation_failed /nobody_knows unknown_field".into(),
                ),
                (&format!("{{\"a/b~c\":1,{inner}}}"), 422, "validation_failed /a~1b~0c unknown_field".into()),
                (&format!("{{\"{first}\":{value},{inner}}}"), 422, format!("validation_failed /{first} duplicate_key")),
                (&with(&format!("\"{first}\":1e999")), 400, "malformed_json - -".into()),
                (
                    &with(&format!("\"{first}\":123456789012345678901234567890")),
                    422,
                    format!("validation_failed /{first} wrong_type"),
                ),
            ];
            let listed: Vec<&Value> = body.as_object().unwrap().values().collect();
            let listed = json!(listed).to_string();
            app.unchanged(&path, || {
                let answer = call(app, method, &path, &world.manager, &listed);
                assert_eq!(fault(&answer), "validation_failed  wrong_type", "{method} {path}: a list is no object");
                for (sent, status, wanted) in &cases {
                    let answer = call(app, method, &path, &world.manager, sent);
                    let start: String = sent.chars().take(60).collect();
                    assert_eq!(
                        (answer.status, &fault(&answer)),
                        (*status, wanted),
                        "{method} {path}: {start}: {}",
                        answer.body
                    );
                    told.push(fault(&answer));
                }
                // A surrogate alone is no text at all.
                let broken = with(&format!("\"{first}\":\"\\ud800\""));
                let answer = call(app, method, &path, &world.manager, &broken);
                assert!([400, 422].contains(&answer.status), "{}", answer.body);
                told.push(fault(&answer));
                let bytes = [b"{\"".as_slice(), first.as_bytes(), b"\":\"\xff\xfe\"}"].concat();
                let media = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
                let bearer = format!("Bearer {}", world.manager);
                let answer = request(
                    app,
                    &format!("{method} {path}"),
                    &[("Authorization", &bearer), ("Content-Type", media), ("If-Match", "*"), ("Idempotency-Key", "x")],
                    &bytes,
                );
                assert!([400, 422].contains(&answer.status), "{}", answer.body);
                told.push(fault(&answer));
            });
        }
        told
    });
}

#[test]
fn characters_that_have_no_place() {
    on_each(|app| {
        let world = World::new(app);
        let mut told = vec![];
        let lines = [
            ("POST", "/v1/products", "name"),
            ("POST", "/v1/inquiries", "subject"),
            ("POST", "/v1/inquiries", "external_reference"),
        ];
        let texts = [("POST", "/v1/inquiries", "body")];
        let all = bodies(&world);
        let mut refused = |(method, path, field): (&str, &str, &str), value: String, code: &str| {
            let (_, _, body) = all.iter().find(|(m, p, _)| *m == method && p == path).unwrap();
            let mut body = body.clone();
            body[field] = json!(value);
            let answer = call(app, method, path, &world.manager, &body.to_string());
            let wanted = format!("validation_failed /{field} {code}");
            assert_eq!((answer.status, fault(&answer)), (422, wanted), "{value:?}");
            told.push(fault(&answer));
        };
        app.unchanged("characters", || {
            for line in lines {
                for c in ['\u{1}', '\u{7}', '\u{8}', '\t', '\n', '\r', '\u{1b}', '\u{7f}', '\u{85}', '\u{9f}'] {
                    refused(line, format!("a{c}b"), "control_character");
                }
                refused(line, "a\u{0}b".into(), "invalid_unicode");
                refused(line, " ".into(), "too_short");
                refused(line, "".into(), "too_short");
                refused(line, "あ".repeat(201), "too_long");
            }
            for text in texts {
                for c in ['\u{1}', '\u{b}', '\u{c}', '\u{1b}', '\u{7f}', '\u{80}'] {
                    refused(text, format!("a{c}b"), "control_character");
                }
                refused(text, "a\u{0}b".into(), "invalid_unicode");
                refused(text, "あ".repeat(20_001), "too_long");
                refused(text, "\n \t".into(), "too_short");
            }
        });
        told
    });
}

#[test]
fn headers_that_say_two_things() {
    on_each(|app| {
        let world = World::new(app);
        let partner = format!("Bearer {}", app.partner(world.own.reseller));
        let bearer = format!("Bearer {}", world.manager);
        let product = json!({ "code": "NEW", "name": "名", "vendor": "V", "delivery": "saas" }).to_string();
        let patch = json!({ "name": "別名" }).to_string();
        let post = |headers: &[(&str, &str)]| request(app, "POST /v1/products", headers, product.as_bytes());
        let change = |headers: &[(&str, &str)]| {
            request(app, &format!("PATCH /v1/products/{}", world.software), headers, patch.as_bytes())
        };
        let (json, merge, auth) = (
            ("Content-Type", "application/json"),
            ("Content-Type", "application/merge-patch+json"),
            ("Authorization", bearer.as_str()),
        );
        let gzip = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
        let long = "k".repeat(256);
        app.unchanged("headers", || {
            let mut answers = vec![
                ("415 unsupported_media_type", post(&[auth])),
                ("415 unsupported_media_type", post(&[auth, ("Content-Type", "text/plain")])),
                ("415 unsupported_media_type", post(&[auth, ("Content-Type", "application/jsonx")])),
                ("415 unsupported_media_type", post(&[auth, ("Content-Type", "")])),
                ("415 unsupported_media_type", post(&[auth, merge])),
                ("415 unsupported_media_type", post(&[auth, ("Content-Type", "application/json; charset=shift_jis")])),
                ("415 unsupported_media_type", post(&[auth, ("Content-Type", "application/json;charset=utf-16")])),
                ("415 unsupported_media_type", post(&[auth, json, json])),
                ("415 unsupported_media_type", post(&[auth, json, ("Content-Type", "text/plain")])),
                ("415 unsupported_media_type", post(&[auth, json, ("Content-Encoding", "gzip")])),
                ("415 unsupported_media_type", post(&[auth, json, ("Content-Encoding", "identity, gzip")])),
                (
                    "415 unsupported_media_type",
                    request(app, "POST /v1/products", &[auth, json, ("Content-Encoding", "gzip")], &gzip),
                ),
                ("400 malformed_header", post(&[auth, json, ("Idempotency-Key", "a"), ("Idempotency-Key", "a")])),
                ("400 malformed_header", post(&[auth, json, ("Idempotency-Key", "")])),
                ("400 malformed_header", post(&[auth, json, ("Idempotency-Key", "鍵")])),
                ("400 malformed_header", post(&[auth, json, ("Idempotency-Key", &long)])),
                ("401 unauthenticated", post(&[auth, auth, json])),
                ("401 unauthenticated", post(&[("Authorization", "Basic eDp5"), json])),
                ("401 unauthenticated", post(&[("Authorization", "Bearer"), json])),
                ("401 unauthenticated", post(&[("Authorization", ""), json])),
                ("415 unsupported_media_type", change(&[auth, json, ("If-Match", "*")])),
                ("400 malformed_header", change(&[auth, merge, ("If-Match", "*"), ("If-Match", "*")])),
                ("400 malformed_header", change(&[auth, merge, ("If-Match", "1")])),
                ("400 malformed_header", change(&[auth, merge, ("If-Match", "")])),
                ("400 malformed_header", change(&[auth, merge, ("If-Match", "\"1-x")])),
                ("412 version_conflict", change(&[auth, merge, ("If-Match", "\"99999999999999999999-x\"")])),
                ("412 version_conflict", change(&[auth, merge, ("If-Match", "\"-1-x\"")])),
                ("412 version_conflict", change(&[auth, merge, ("If-Match", "\"another's\"")])),
                ("428 precondition_required", change(&[auth, merge])),
            ];
            for id in [&["MNT-1", "MNT-1"][..], &["MNT-1,MNT-1"], &[""]] {
                let ids: Vec<_> =
                    id.iter().map(|id| ("Support-Id", *id)).chain([("Authorization", partner.as_str())]).collect();
                answers.push(("400 malformed_header", request(app, "GET /v1/inquiries", &ids, b"")));
            }
            for id in ["mnt-1", " ＭＮＴー１", "MNT 1", "x' OR '1'='1", &"M".repeat(101)] {
                let ids = [("Support-Id", id), ("Authorization", partner.as_str())];
                answers.push(("403 support_id_unknown", request(app, "GET /v1/inquiries", &ids, b"")));
            }
            let told = answers.into_iter().map(|(wanted, answer)| {
                assert_eq!(format!("{} {}", answer.status, answer.code()), wanted, "{}\n{}", answer.head, answer.body);
                if wanted.starts_with("415") && answer.body.contains("merge-patch") {
                    assert_eq!(answer.header("accept-patch"), Some("application/merge-patch+json"));
                }
                wanted.to_owned()
            });
            told.collect()
        })
    });
}

/// What cannot be read as HTTP reaches no handler: a status alone, as the document says, and the end
/// of the connection. What comes behind it is not looked at.
#[test]
fn what_is_no_http() {
    on_each(|app| {
        let behind = b"GET /v1/terms HTTP/1.1\r\nHost: x\r\n\r\n";
        let head = |header: &str| format!("GET /v1/terms HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n").into_bytes();
        let long = head(&format!("X-Long: {}", "x".repeat(128 * 1024)));
        let twice = head("Content-Length: 5\r\nContent-Length: 6");
        let sent = [(b"what is this?\r\n\r\n".to_vec(), 400), (head("no colon"), 400), (twice, 400), (long, 431)];
        sent.iter()
            .map(|(bytes, status)| {
                let told = send(app, &[bytes.as_slice(), behind].concat());
                assert_eq!((told.status, told.body.as_str()), (*status, ""), "{}", told.head);
                told.status.to_string()
            })
            .collect()
    });
}

#[test]
fn bodies_without_end() {
    on_each(|app| {
        let chunk = |bytes: &[u8]| [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat();
        let json = ("Content-Type", "application/json");
        let chunked = ("Transfer-Encoding", "chunked");
        let paths = [
            "POST /v1/products",
            "POST /v1/sessions",
            "POST /v1/inquiries",
            "POST /oauth/token",
            "PUT /v1/me/password",
            "DELETE /v1/sessions/current",
        ];
        let mut told = vec![];
        for path in paths {
            // Announced, and only announced: the answer comes before the body.
            let announced = request(app, path, &[json, ("Content-Length", "262145")], b"");
            assert_eq!((announced.status, announced.code().as_str()), (413, "body_too_large"), "{path}");
            let whole = request(app, path, &[json], &vec![b' '; 262_145]);
            assert_eq!((whole.status, whole.code().as_str()), (413, "body_too_large"), "{path}");
            let mut endless: Vec<u8> = (0..5).flat_map(|_| chunk(&vec![b' '; 65_536])).collect();
            endless.extend(b"0\r\n\r\n");
            let endless = request(app, path, &[json, chunked], &endless);
            assert_eq!((endless.status, endless.code().as_str()), (413, "body_too_large"), "{path}");
            told.push(path.to_owned());
        }
        // In pieces or at once: the same body.
        let manager = format!("Bearer {}", app.manager());
        let body = json!({ "code": "NEW", "name": "名", "vendor": "V", "delivery": "saas" }).to_string();
        let pieces: Vec<u8> = body.as_bytes().chunks(3).flat_map(chunk).chain(*b"0\r\n\r\n").collect();
        let made = request(app, "POST /v1/products", &[json, chunked, ("Authorization", &manager)], &pieces);
        assert_eq!(made.status, 201, "{}", made.body);
        let fits = request(app, "POST /v1/products", &[json, ("Authorization", &manager)], &vec![b' '; 262_144]);
        assert_eq!((fits.status, fits.code().as_str()), (400, "malformed_json"));
        told
    });
}

#[test]
fn every_get_has_its_head_and_no_path_takes_other_methods() {
    let app = TestApp::start(Backend::Sqlite);
    let world = World::new(&app);
    let bearer = format!("Bearer {}", world.manager);
    let auth = [("Authorization", bearer.as_str())];
    for (template, item) in DOCUMENT["paths"].as_object().unwrap() {
        let path = template
            .replace("{id}", &world.own.inquiry)
            .replace("{version}", "2025-04-01")
            .replace("{clause_id}", "DOC-0-C2")
            .replace("{code}", "not_found")
            .replace("{date}", "2026-12-10");
        let mut path = path.replace("{", "").replace("}", "");
        if template.ends_with("/stream") {
            path += "?wait=0"; // it would go on
        }
        let mut allowed: Vec<String> = item.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect();
        if item.get("get").is_some() {
            allowed.push("HEAD".into());
            let (get, head) =
                (request(&app, &format!("GET {path}"), &auth, b""), request(&app, &format!("HEAD {path}"), &auth, b""));
            assert_eq!((head.status, head.body.as_str()), (get.status, ""), "{path}");
            let kept = |told: &Told| {
                let varying = |line: &&str| {
                    !line.starts_with("date")
                        && !line.starts_with("x-request-id")
                        && !line.starts_with("content-length")
                };
                let mut lines: Vec<String> = told.head.lines().filter(varying).map(str::to_owned).collect();
                lines.sort();
                lines
            };
            assert_eq!(kept(&head), kept(&get), "{path}");
        }
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "get", "PROPFIND"] {
            if allowed.iter().any(|one| one == method) {
                continue;
            }
            let told = request(&app, &format!("{method} {path}"), &auth, b"");
            assert_eq!(told.status, 405, "{method} {path}: {}", told.head);
            if method != "HEAD" {
                assert_eq!(told.code(), "method_not_allowed");
            }
            let mut named: Vec<&str> = told.header("allow").unwrap().split(", ").collect();
            named.sort_unstable();
            allowed.sort();
            assert_eq!(named, allowed, "{method} {path}");
        }
    }
}

#[test]
fn a_query_that_is_no_utf8_is_refused() {
    let app = TestApp::start(Backend::Sqlite);
    let agent = app.agent();
    for (query, name) in [("q=%ff", "q"), ("limit=20&q=a%E3%81", "q")] {
        let problem = app.get(&format!("/v1/inquiries?{query}")).token(&agent).send().refused(400, "invalid_parameter");
        assert_eq!(problem["errors"][0]["parameter"], name, "{query}");
    }
    app.get("/v1/inquiries?q=%EF%BF%BD+%E9%9A%9C").token(&agent).send().expect(200);
}

#[test]
fn languages_as_they_come() {
    let app = TestApp::start(Backend::Sqlite);
    let long = "xx,".repeat(1000);
    let cases = [
        ("", "ja"),
        ("*", "ja"),
        ("en", "en"),
        ("EN-us", "en"),
        ("en;q=0", "ja"),
        ("en;q=0.1", "en"),
        ("ja;q=0.1, en;q=0.2", "en"),
        ("ja, en", "ja"),
        ("en, ja", "ja"),
        ("en;q=abc", "en"),
        ("fr", "ja"),
        (";;;", "ja"),
        ("en;;q=1", "en"),
        ("en;q=-1", "ja"),
        ("en;q=NaN", "ja"),
        ("日本語", "ja"),
        (&long, "ja"),
    ];
    for (asked, told) in cases {
        let answer = request(&app, "GET /v1/nothing", &[("Accept-Language", asked)], b"");
        assert_eq!((answer.status, answer.header("content-language")), (404, Some(told)), "{asked}");
        assert!(answer.header("vary").unwrap().contains("Accept-Language"));
    }
}
