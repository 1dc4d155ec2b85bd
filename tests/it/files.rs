//! Files of inquiries: in and out as they are, under harmless names, passed on only where marked,
//! and gone when they are to go.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;

use futures_util::stream;
use madoguchi::files::serve::{Part, part};
use madoguchi::files::{self, Place};
use madoguchi::terms::codes::{Delivery, PartnerAccess};
use serde_json::{Value, json};
use time::macros::date;

use super::support::desk::{ID, fresh_key, with};
use super::support::people::Papers;
use super::support::world::NOTHING;
use super::support::*;

const CONTENT: &[u8] = "2026-11-25 起動しません\n".as_bytes();

/// The parts of a form: name, file name, content.
type Parts<'a> = &'a [(&'a str, Option<&'a str>, &'a [u8])];

fn at(inquiry: &str) -> String {
    format!("/v1/inquiries/{inquiry}/attachments")
}

/// The files of the store, by their paths.
fn stored(app: &TestApp) -> Vec<String> {
    fn walk(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path, found) } else { found.push(path.to_string_lossy().into_owned()) }
        }
    }
    let mut found = vec![];
    walk(app.folder.path(), &mut found);
    found
}

fn now<T>(work: impl Future<Output = T>) -> T {
    actix_web::rt::System::new().block_on(work)
}

/// Announces a form of so many bytes, sends none of it, and gives the head of the answer.
fn announced(app: &TestApp, path: &str, length: usize) -> String {
    let mut stream = TcpStream::connect(app.url.trim_start_matches("http://")).unwrap();
    let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n");
    stream.write_all(format!("{head}Content-Length: {length}\r\n\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).unwrap();
    answer
}

fn names(app: &TestApp, token: &str, inquiry: &str) -> Vec<String> {
    let page = app.look(token, &at(inquiry)).expect(200).json();
    page["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn ranges_are_read_as_they_are_meant() {
    let cases: &[(&str, u64, Part)] = &[
        ("bytes=0-3", 10, Part::Range(0..4)),
        ("bytes=4-", 10, Part::Range(4..10)),
        ("bytes=-3", 10, Part::Range(7..10)),
        ("bytes=-30", 10, Part::Range(0..10)),
        ("bytes=8-99", 10, Part::Range(8..10)),
        ("Bytes= 0-0", 10, Part::Range(0..1)),
        ("bytes=0-99999999999999999999999", 10, Part::Range(0..10)),
        ("bytes=10-", 10, Part::Outside),
        ("bytes=99999999999999999999999-", 10, Part::Outside),
        ("bytes=-0", 10, Part::Outside),
        ("bytes=0-", 0, Part::Outside),
        ("bytes=-1", 0, Part::Outside),
        ("bytes=3-1", 10, Part::Whole),
        ("bytes=0-1,4-5", 10, Part::Whole),
        ("bytes=-", 10, Part::Whole),
        ("bytes=+1-2", 10, Part::Whole),
        ("lines=0-3", 10, Part::Whole),
        ("bytes", 10, Part::Whole),
    ];
    for (header, size, wanted) in cases {
        assert_eq!(part(header, *size), *wanted, "{header} of {size}");
    }
}

#[test]
fn a_place_is_named_in_full() {
    assert_eq!(Place::parse("file:///srv/files"), Ok(Place::Folder("/srv/files".into())));
    let bucket = Place::Bucket { name: "desk".into(), prefix: "a/b".into() };
    assert_eq!(Place::parse("s3://desk/a/b/"), Ok(bucket));
    for wrong in ["files", "file://files", "s3://", "s3:///x", "s3://desk/../x", "s3://de sk", "ftp://desk"] {
        assert!(Place::parse(wrong).unwrap_err().starts_with("STORAGE_URL"), "{wrong}");
    }
}

on_both! {
    fn a_file_goes_in_and_comes_out(app: &TestApp) {
        let desk = app.desk();
        let (agent, customer) = (app.agent(), app.customer(ID));
        let id = app.opened(&customer, &desk.question());
        let parts: Parts<'_> = &[("role", None, b"log"), ("file", Some("起動.log"), CONTENT), ("shareable_with_vendor", None, b"true")];
        let added = app.form(&customer, &at(&id), parts).send().expect(201);
        let told = added.json();
        assert_eq!((&told["name"], &told["role"], &told["size"]), (&json!("起動.log"), &json!("log"), &json!(CONTENT.len())));
        assert_eq!((&told["shareable_with_vendor"], &told["added_by"]), (&json!(true), &json!("customer")));
        assert_eq!(told["sha256"], "b17b39de1ae987eb17130cc7ed9243251213c9916ba0b7065edc68a89f9e955c");
        let path = added.told("Location").to_owned();
        assert_eq!(app.look(&agent, &path).expect(200).json()["sha256"], told["sha256"]);
        assert_eq!(names(app, &agent, &id), ["起動.log"]);

        let content = format!("{path}/content");
        let whole = app.look(&customer, &content).expect(200);
        assert_eq!(whole.body, CONTENT);
        for (name, value) in [
            ("Content-Type", "application/octet-stream"),
            ("Content-Disposition", "attachment; filename=\"__.log\"; filename*=UTF-8''%E8%B5%B7%E5%8B%95.log"),
            ("X-Content-Type-Options", "nosniff"),
            ("Content-Security-Policy", "default-src 'none'; sandbox"),
            ("Accept-Ranges", "bytes"),
        ] {
            assert_eq!(whole.told(name), value);
        }
        assert_eq!(whole.told("Content-Length"), CONTENT.len().to_string());
        let head = app.call("HEAD", &content).token(&customer).send().expect(200);
        assert_eq!((head.body.len(), head.told("Content-Length")), (0, whole.told("Content-Length")));
        let range = |range: &str| app.get(&content).token(&customer).header("Range", range);
        let some = range("bytes=5-9").send().expect(206);
        assert_eq!((some.body.as_slice(), some.told("Content-Range")), (&CONTENT[5..10], format!("bytes 5-9/{}", CONTENT.len()).as_str()));
        assert_eq!(range("bytes=-4").send().expect(206).body, CONTENT[CONTENT.len() - 4..]);
        let outside = range("bytes=900-").send();
        assert_eq!(outside.told("Content-Range"), format!("bytes */{}", CONTENT.len()));
        outside.refused(416, "range_not_satisfiable");
        assert_eq!(range("bytes=5-9").header("If-Range", "\"1-other\"").send().expect(200).body, CONTENT);
        range("bytes=5-9").header("If-Range", &whole.etag()).send().expect(206);
        app.get(&content).token(&customer).header("If-None-Match", &whole.etag()).send().expect(304);

        // In the store it has a name that tells nothing.
        let [file] = stored(app).try_into().unwrap();
        assert!(!file.contains("起動") && !file.contains("log"), "{file}");
        assert_eq!(std::fs::read(file).unwrap(), CONTENT);
    }

    fn a_large_file_goes_through_in_parts(app: &TestApp) {
        let desk = app.desk();
        let customer = app.customer(ID);
        let id = app.opened(&customer, &desk.question());
        let large: Vec<u8> = (0..1_000_000_u32).map(|n| n.to_le_bytes()[(n % 3) as usize]).collect();
        let path = app.send_file(&customer, &id, "large.bin", &large).expect(201).told("Location").to_owned();
        assert_eq!(app.look(&customer, &format!("{path}/content")).expect(200).body, large);
        // The same through the store itself, across the parts that it is handed on in.
        let pieces: Vec<Vec<u8>> = (0..250_u8).map(|n| vec![n; 50_000]).collect();
        let whole = pieces.concat();
        let read = now(async {
            let name = app.app.write_value(|tx| Ok(madoguchi::events::model::Change::silent(files::store::expect(tx)?, "a test"))).await.unwrap();
            let pieces = stream::iter(pieces.into_iter().map(|piece| Ok(piece.into())));
            let kept = app.app.files().put(&name, 1 << 30, pieces).await.unwrap();
            assert_eq!(kept.size, 12_500_000);
            use futures_util::TryStreamExt;
            let parts: Vec<_> = app.app.files().read(&name, 5_242_879..12_499_999).await.unwrap().try_collect().await.unwrap();
            parts.concat()
        });
        assert!(read == whole[5_242_879..12_499_999]);
    }

    fn names_are_harmless(app: &TestApp) {
        let desk = app.desk();
        let customer = app.customer(ID);
        let id = app.opened(&customer, &desk.question());
        for (sent, shown) in [
            ("../../etc/passwd", "passwd"),
            ("C:\\\\Users\\\\sato\\\\votiro.log", "votiro.log"),
            ("..", "file"),
            ("/", "file"),
            ("a;b=c.txt", "a;b=c.txt"),
            ("photo\u{202e}gpj.exe", "photogpj.exe"),
            ("か\u{3099}.txt", "が.txt"),
            ("<script>.html", "<script>.html"),
        ] {
            let added = app.send_file(&customer, &id, sent, CONTENT).expect(201);
            assert_eq!(added.json()["name"], shown, "{sent:?}");
            let content = app.look(&customer, &format!("{}/content", added.told("Location"))).expect(200);
            let disposition = content.told("Content-Disposition");
            let ascii = disposition.split('"').nth(1).unwrap();
            assert!(ascii.chars().all(|c| c.is_ascii_alphanumeric() || "-_. ".contains(c)), "{disposition}");
            assert!(content.told("Content-Type") == "application/octet-stream");
        }
        let before = stored(app).len();
        let problem = app.send_file(&customer, &id, &"長".repeat(201), CONTENT).refused(422, "validation_failed");
        assert_eq!((&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]), (&json!("/file"), &json!("too_long")));
        // As a header has it, and as RFC 8187 would let it through.
        app.send_file(&customer, &id, "a\u{1}b", CONTENT).refused(400, "malformed_header");
        for sent in ["a\u{1}b", "a\r\nb", "a\0b", "\u{7f}"] {
            assert!(madoguchi::attachments::model::display_name(sent).is_err(), "{sent:?}");
        }
        assert_eq!(stored(app).len(), before);
    }

    fn forms_that_will_not_do(app: &TestApp) {
        let desk = app.desk();
        let (agent, customer) = (app.agent(), app.customer(ID));
        let id = app.opened(&customer, &desk.question());
        let file: (&str, Option<&str>, &[u8]) = ("file", Some("a.log"), CONTENT);
        app.unchanged("a form that will not do", || {
            let cases: &[(&str, Parts<'_>, &str, &str)] = &[
                (&customer, &[], "/file", "required"),
                (&customer, &[("role", None, b"log")], "/file", "required"),
                (&customer, &[file, ("role", None, b"virus")], "/role", "not_an_option"),
                (&customer, &[file, ("shareable_with_vendor", None, b"yes")], "/shareable_with_vendor", "wrong_type"),
                (&agent, &[file, ("shareable_with_vendor", None, b"true")], "/shareable_with_vendor", "not_allowed_here"),
                (&customer, &[file, ("name", None, b"x")], "/name", "unknown_field"),
                (&customer, &[file, file], "", "duplicate_key"),
                (&customer, &[file, ("role", None, &[b'x'; 2000])], "/role", "too_long"),
            ];
            for (token, parts, pointer, code) in cases {
                let problem = app.form(token, &at(&id), parts).send().refused(422, "validation_failed");
                assert_eq!((&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]), (&json!(pointer), &json!(code)));
            }
            let post = |media: &str, body: &[u8]| app.post(&at(&id)).token(&customer).header("Content-Type", media).bytes(body.to_vec()).send();
            post("application/json", b"{}").refused(415, "unsupported_media_type");
            post("multipart/form-data", b"x").refused(400, "malformed_header");
            post("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\ncut off").refused(400, "malformed_header");
            // One byte more than the limit, and far more, which is told before it is sent.
            let problem = app.send_file(&customer, &id, "a", &vec![0; (1 << 20) + 1]).refused(413, "body_too_large");
            assert!(problem["detail"].as_str().unwrap().contains("1 MiB"), "{problem}");
            assert!(announced(app, &at(&id), 3 << 20).starts_with("HTTP/1.1 413 "));
        });
        assert_eq!(stored(app), Vec::<String>::new());
        app.send_file(&customer, &id, "a", &vec![0; 1 << 20]).expect(201);
        app.send_file(&customer, &id, "empty", b"").expect(201);
        for n in 2..100 {
            app.send_file(&customer, &id, &format!("{n}"), b"x").expect(201);
        }
        let problem = app.send_file(&customer, &id, "one more", b"x").refused(422, "validation_failed");
        assert_eq!(problem["errors"][0]["code"], "too_many");
    }

    fn an_upload_that_is_sent_again_is_one_upload(app: &TestApp) {
        let desk = app.desk();
        let (agent, customer) = (app.agent(), app.customer(ID));
        let id = app.opened(&customer, &desk.question());
        let send = |name: &str, content: &[u8]| app.form(&customer, &at(&id), &[("file", Some(name), content)]).key("k").send();
        let first = send("a.log", CONTENT).expect(201);
        let again = send("a.log", CONTENT).expect(201);
        assert_eq!((again.body.clone(), again.told("Idempotent-Replayed")), (first.body.clone(), "true"));
        send("a.log", b"other").refused(422, "idempotency_key_reused");
        send("b.log", CONTENT).refused(422, "idempotency_key_reused");
        app.closed(&agent, &id);
        assert_eq!(send("a.log", CONTENT).expect(201).body, first.body);
        app.send_file(&customer, &id, "late.log", CONTENT).refused(409, "inquiry_closed");
        assert_eq!((names(app, &customer, &id), stored(app).len()), (vec!["a.log".to_owned()], 1));
    }

    fn partners_see_files_as_far_as_they_may(app: &TestApp) {
        for (n, access) in [PartnerAccess::None, PartnerAccess::Summary, PartnerAccess::Full].into_iter().enumerate() {
            let ids = ["MNT-A1", "MNT-A2", "MNT-A3"];
            let support_id = ids[n];
            let reseller = app.reseller(&format!("販売{n}"));
            let product = app.product(&format!("P{n}"), Delivery::Software);
            app.version(product, "1.0", Some(date!(2025 - 04 - 01)), None);
            let papers = Papers { reseller: Some(reseller), partner_access: access, ..Papers::new(support_id, &[product]) };
            app.contract(&papers);
            let (agent, customer, partner) = (app.agent(), app.customer(support_id), app.partner(reseller));
            let question = json!({
                "channel": "support_web", "kind": "problem_resolution", "product_id": product, "product_version": "1.0",
                "subject": "件名", "body": "本文", "customer_information": { "settings": "timeout=30" },
            });
            let open = |token: &str| app.post("/v1/inquiries").token(token).support_id(support_id).key(&fresh_key()).json(&question).send().expect(201).id();
            let look = |token: &str, path: &str| app.get(path).token(token).support_id(support_id).send();
            let send = |token: &str, inquiry: &str, name: &str| {
                app.form(token, &at(inquiry), &[("file", Some(name), CONTENT)]).support_id(support_id).send()
            };
            // Of what others opened: no file and no customer information, whatever else.
            let theirs = open(&customer);
            let file = send(&customer, &theirs, "customer.log").expect(201).id();
            let (status, code) = if access == PartnerAccess::None { (404, "not_found") } else { (403, "forbidden") };
            for path in [at(&theirs), format!("{}/{file}", at(&theirs)), format!("{}/{file}/content", at(&theirs)), format!("/v1/inquiries/{theirs}/customer-information")] {
                look(&partner, &path).refused(status, code);
            }
            send(&partner, &theirs, "partner.log").refused(status, code);
            app.post(&format!("{}/{file}/erasures", at(&theirs))).token(&partner).support_id(support_id).send().refused(status, code);
            // Of what it opened: its own and the desk's; the customer's with full access only.
            let own = open(&partner);
            let customers = send(&customer, &own, "customer.log").expect(201).id();
            send(&partner, &own, "partner.log").expect(201);
            send(&agent, &own, "desk.log").expect(201);
            let full = access == PartnerAccess::Full;
            let page = look(&partner, &at(&own)).expect(200).json();
            let mut seen: Vec<&str> = page["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect();
            seen.sort_unstable();
            assert_eq!(seen, if full { vec!["customer.log", "desk.log", "partner.log"] } else { vec!["desk.log", "partner.log"] });
            assert_eq!(page["items"].as_array().unwrap().iter().filter(|item| item["added_by"] == "desk").count(), 1);
            let status = look(&partner, &format!("{}/{customers}/content", at(&own))).status;
            assert_eq!(status, if full { 200 } else { 404 });
            let erased = app.post(&format!("{}/{customers}/erasures", at(&own))).token(&partner).support_id(support_id).send();
            assert_eq!(erased.status, if full { 403 } else { 404 });
            let told = look(&partner, "/v1/events?after=0&types=inquiry.file_added").expect(200).json();
            assert_eq!(told["items"].as_array().unwrap().len(), seen.len(), "{told}");
        }
    }

    fn the_vendor_is_given_what_is_marked(app: &TestApp) {
        let desk = app.desk();
        let (agent, customer) = (app.agent(), app.customer(ID));
        let id = app.opened(&customer, &desk.saas_question());
        let other = app.opened(&customer, &desk.saas_question());
        let path = app.send_file(&customer, &id, "a.log", CONTENT).expect(201).told("Location").to_owned();
        let file = app.look(&agent, &path).expect(200).id();
        let elsewhere = app.send_file(&customer, &other, "b.log", CONTENT).expect(201).id();
        let message = app.told(&customer, &id, "再現手順です。");
        let escalations = format!("/v1/inquiries/{id}/escalations");
        let ask = |files: &[&str], messages: &[&str]| app.act(&agent, &escalations, &json!({ "question": "既知でしょうか。", "attachment_ids": files, "message_ids": messages }));
        app.unchanged("what may not be passed on", || {
            let problem = ask(&[&file], &[]).refused(409, "not_shareable");
            assert_eq!(problem["clause"], "SA-5.2.1-C5");
            let problem = ask(&[&file, &elsewhere], &[]).refused(422, "validation_failed");
            assert_eq!(problem["errors"][0]["pointer"], "/attachment_ids/1");
        });
        // The desk marks with the customer's consent, the customer for itself.
        let mark = |token: &str, path: &str, body: &Value| {
            let tag = app.look(token, path).expect(200).etag();
            app.patch(path).token(token).if_match(&tag).merge_patch(body).send()
        };
        let consent = json!({ "given_by": "田中 一郎", "given_at": "2026-11-25T00:30:00Z" });
        let late = json!({ "given_by": "田中 一郎", "given_at": "2026-11-26T00:30:00Z" });
        app.unchanged("a mark without a word", || {
            for body in [json!({ "shareable_with_vendor": true }), json!({ "shareable_with_vendor": true, "consent": late }), json!({ "consent": consent })] {
                mark(&agent, &path, &body).refused(422, "validation_failed");
            }
            mark(&customer, &path, &json!({ "shareable_with_vendor": true, "consent": consent })).refused(422, "validation_failed");
            app.patch(&path).token(&agent).merge_patch(&json!({})).send().refused(428, "precondition_required");
            app.patch(&path).token(&agent).if_match("\"9-x\"").merge_patch(&json!({})).send().refused(412, "version_conflict");
            mark(&agent, &path, &json!({})).expect(200);
        });
        let marked = mark(&agent, &path, &json!({ "shareable_with_vendor": true, "consent": consent })).expect(200).json();
        assert_eq!((&marked["shareable_with_vendor"], &marked["consent"]["given_by"]), (&json!(true), &json!("田中 一郎")));
        assert_eq!(app.look(&customer, &path).expect(200).json().get("consent"), None);
        ask(&[&file], &[&message]).refused(409, "not_shareable");
        let said = format!("/v1/inquiries/{id}/messages/{message}");
        mark(&customer, &said, &json!({ "shareable_with_vendor": true })).expect(200);
        let escalation = ask(&[&file], &[&message]).expect(201);
        let told = app.look(&agent, escalation.told("Location")).expect(200).json();
        assert_eq!((&told["attachment_ids"], &told["message_ids"]), (&json!([file]), &json!([message])));
        // The desk's own words are not the customer's to mark, and a mark can be taken back.
        let answer = app.answered(&agent, &id, &[]);
        mark(&customer, &format!("/v1/inquiries/{id}/messages/{answer}"), &json!({ "shareable_with_vendor": true })).refused(403, "forbidden");
        mark(&customer, &path, &json!({ "shareable_with_vendor": false })).expect(200);
        ask(&[&file], &[]).refused(409, "not_shareable");
        let changed = app.get("/v1/events?after=0&types=inquiry.customer_information_changed").token(&agent).send().expect(200).json();
        assert_eq!(changed["items"].as_array().unwrap().len(), 3);
    }

    fn a_result_comes_with_files(app: &TestApp) {
        let desk = app.desk();
        let (agent, customer) = (app.agent(), app.customer(ID));
        let id = app.opened(&customer, &desk.question());
        let other = app.opened(&customer, &desk.question());
        let file = app.send_file(&customer, &id, "a.log", CONTENT).expect(201).id();
        let elsewhere = app.send_file(&customer, &other, "b.log", CONTENT).expect(201).id();
        let requests = format!("/v1/inquiries/{id}/information-requests");
        let request = app.act(&agent, &requests, &json!({ "kind": "customer_information", "body": "ログをお送りください。" })).expect(201).id();
        let results = format!("{requests}/{request}/results");
        app.unchanged("a file of another inquiry", || {
            let problem = app.act(&customer, &results, &json!({ "result": "provided", "attachment_ids": [file, elsewhere] })).refused(422, "validation_failed");
            assert_eq!(problem["errors"][0]["pointer"], "/attachment_ids/1");
            app.act(&customer, &results, &json!({ "result": "provided", "attachment_ids": [] })).refused(422, "validation_failed");
        });
        app.act(&customer, &results, &json!({ "result": "provided", "attachment_ids": [file] })).expect(201);
        let told = app.look(&agent, &format!("{requests}/{request}")).expect(200).json();
        assert_eq!(told["result"]["attachment_ids"], json!([file]));
    }

    fn erased_bytes_are_gone_and_the_record_stays(app: &TestApp) {
        let desk = app.desk();
        let (agent, customer, partner) = (app.agent(), app.customer(ID), app.partner(desk.reseller));
        let id = app.opened(&partner, &desk.question());
        let of = |token: &str| app.send_file(token, &id, "password.txt", CONTENT).expect(201).told("Location").to_owned();
        let (customers, partners, desks) = (of(&customer), of(&partner), of(&agent));
        let erase = |token: &str, path: &str| app.act(token, &format!("{path}/erasures"), &json!({ "reason": "誤送信" }));
        app.closed(&agent, &id); // in every state
        app.unchanged("what another side sent", || {
            for (token, path) in [(&customer, &partners), (&customer, &desks), (&partner, &desks)] {
                erase(token, path).refused(403, "forbidden");
            }
        });
        let record = erase(&customer, &customers).expect(201).json();
        let told = app.look(&agent, &customers).expect(200).json();
        assert_eq!(record["sha256"], told["sha256"]);
        assert_eq!((&told["name"], &told["erased_at"]), (&json!("password.txt"), &json!("2026-11-25T01:00:00.000000Z")));
        for token in [&agent, &customer] {
            app.look(token, &format!("{customers}/content")).refused(404, "not_found");
        }
        assert_eq!(stored(app).len(), 2);
        erase(&customer, &customers).refused(409, "state_conflict");
        erase(&agent, &partners).expect(201);
        erase(&agent, &desks).expect(201);
        assert_eq!(stored(app), Vec::<String>::new());
        let events = app.get("/v1/events?after=0&types=inquiry.content_erased").token(&agent).send().expect(200).json();
        assert_eq!(events["items"].as_array().unwrap().len(), 3);
        assert!(!events.to_string().contains("password") && !events.to_string().contains("誤送信"));
    }

    /// A program that ends between store and row leaves bytes that no row speaks for.
    fn what_no_row_speaks_for_is_swept(app: &TestApp) {
        use madoguchi::events::model::Change;
        let desk = app.desk();
        let customer = app.customer(ID);
        let id = app.opened(&customer, &desk.question());
        app.send_file(&customer, &id, "a.log", CONTENT).expect(201);
        let name = now(async {
            let name = app.app.write_value(|tx| Ok(Change::silent(files::store::expect(tx)?, "a test"))).await.unwrap();
            app.app.files().put(&name, 100, stream::iter([Ok(CONTENT.into())])).await.unwrap();
            name
        });
        // One more that was cut off in the middle.
        let begun = now(app.app.write_value(|tx| Ok(Change::silent(files::store::expect(tx)?, "a test")))).unwrap();
        let shelf = app.folder.path().join(&begun.as_str()[..2]);
        std::fs::create_dir_all(&shelf).unwrap();
        std::fs::write(shelf.join(format!("{}#1", begun.as_str())), "half").unwrap();
        assert_eq!(stored(app).len(), 3);
        now(files::sweep(&app.app)).unwrap();
        assert_eq!(stored(app).len(), 3, "an upload may still be under way");
        app.at("2026-11-26T02:00:00Z");
        // Too late for a row: it would speak for bytes that may be gone.
        let kept = now(app.app.write_value(move |tx| Ok(Change::silent(files::store::keep(tx, &name)?, "a test"))));
        assert_eq!(kept.unwrap_err().refusal().code(), "unavailable");
        now(files::sweep(&app.app)).unwrap();
        assert_eq!(stored(app).len(), 1);
        assert_eq!(app.fingerprint()["unowned_files"], "");
        now(files::sweep(&app.app)).unwrap();
        let customer = app.customer(ID);
        assert_eq!(names(app, &customer, &id), ["a.log"]);
    }
}

on_both! {
    fn bytes_of_a_row_outlive_an_upload_that_seemed_to_fail(app: &TestApp) {
        let desk = app.desk();
        let customer = app.customer(ID);
        let id = app.opened(&customer, &desk.question());
        app.send_file(&customer, &id, "a.log", CONTENT).expect(201);
        let path = stored(app).remove(0);
        let name = path.rsplit('/').next().unwrap();
        now(files::delete(&app.app, files::FileName::kept(name.to_owned()))).unwrap();
        assert_eq!(stored(app).len(), 1);
    }

    fn what_cannot_be_deleted_holds_nothing_up(app: &TestApp) {
        use madoguchi::events::model::Change;
        let expect = || now(app.app.write_value(|tx| Ok(Change::silent(files::store::expect(tx)?, "a test")))).unwrap();
        let (stuck, after) = (expect(), expect());
        app.at("2026-11-25T01:00:01Z");
        let last = expect();
        for name in [&stuck, &after, &last] {
            now(app.app.files().put(name, 100, stream::iter([Ok(CONTENT.into())]))).unwrap();
        }
        let place = |name: &files::FileName| stored(app).into_iter().find(|path| path.ends_with(name.as_str()));
        let stands = place(&stuck).unwrap();
        std::fs::remove_file(&stands).unwrap();
        std::fs::create_dir_all(format!("{stands}/in-its-way")).unwrap();
        app.at("2026-11-27T02:00:00Z");
        drop(now(files::sweep(&app.app)));
        assert_eq!((place(&after), place(&last)), (None, None));
        assert_ne!(app.fingerprint()["unowned_files"], "", "it is tried again");
    }
}

#[test]
fn nothing_is_uploaded_by_who_may_not() {
    let app = &TestApp::start(Backend::Sqlite);
    let desk = app.desk();
    let customer = app.customer(ID);
    let id = app.opened(&customer, &with(desk.question(), &json!({})));
    let stranger = app.robot(&[]);
    app.unchanged("an upload by a stranger", || {
        for token in ["nonsense", &stranger] {
            let answer = app.form(token, &at(&id), &[("file", Some("a"), CONTENT)]).send();
            assert!([401, 403].contains(&answer.status), "{answer}");
        }
        app.form(&customer, &at(NOTHING), &[("file", Some("a"), CONTENT)]).send().refused(404, "not_found");
    });
    assert_eq!(stored(app), Vec::<String>::new());
}
