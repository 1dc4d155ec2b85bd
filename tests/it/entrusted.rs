//! What the customer entrusts: set apart from the thread, used for nothing else, logged when it is
//! read, and gone when its side says so or its time is over.

use madoguchi::customer_information::reads::write_down;
use madoguchi::erasures::retain::retain;
use madoguchi::files;
use madoguchi::terms::codes::{PartnerAccess, Scope};
use serde_json::{Value, json};

use super::support::desk::{ID, fresh_key, with};
use super::support::*;

fn at(inquiry: &str) -> String {
    format!("/v1/inquiries/{inquiry}/customer-information")
}

fn now<T>(work: impl Future<Output = T>) -> T {
    actix_web::rt::System::new().block_on(work)
}

const SECRET: &str = "hunter2-himitsu";

fn secret() -> Value {
    json!({ "environment": "Windows Server 2025", "settings": SECRET, "operations": "再起動" })
}

/// Everything that the database holds, without the one table.
fn elsewhere(app: &TestApp, table: &str) -> String {
    app.fingerprint().into_iter().filter(|(name, _)| name != table).map(|(_, rows)| rows).collect()
}

on_both! {
    fn information_is_written_and_read_apart(app: &TestApp) {
        let desk = app.desk();
        let (agent, customer) = (app.agent(), app.customer(ID));
        let id = app.opened(&customer, &desk.question());
        app.look(&customer, &at(&id)).refused(404, "not_found");
        let put = |token: &str, body: &Value| app.put(&at(&id)).token(token).json(body);
        put(&customer, &secret()).if_match("\"1-x\"").send().refused(412, "version_conflict");
        let first = put(&customer, &secret()).send().expect(201);
        assert_eq!(first.told("Location"), at(&id));
        let seen = app.look(&agent, &at(&id)).expect(200);
        assert_eq!((&seen.json()["settings"], &seen.json()["written_by"]), (&json!(SECRET), &json!("customer")));
        app.get(&at(&id)).token(&agent).header("If-None-Match", &seen.etag()).send().expect(304);
        put(&agent, &json!({})).send().refused(428, "precondition_required");
        put(&agent, &json!({})).if_match("\"7-x\"").send().refused(412, "version_conflict");
        put(&agent, &json!({ "settings": 1 })).if_match(&seen.etag()).send().refused(422, "validation_failed");
        // All of it anew: what is left out is gone.
        let second = put(&agent, &json!({ "settings": "timeout=30" })).if_match(&seen.etag()).send().expect(200);
        assert_eq!((&second.json()["environment"], &second.json()["written_by"]), (&Value::Null, &json!("customer")), "whose it is");
        assert_eq!(app.look(&customer, &at(&id)).expect(200).json()["written_by"], "customer");
        app.closed(&agent, &id);
        put(&customer, &secret()).if_match(&second.etag()).send().refused(409, "inquiry_closed");
        // What came with the opening is the same thing.
        let opened = app.opened(&customer, &with(desk.question(), &json!({ "customer_information": secret() })));
        assert_eq!(app.look(&customer, &at(&opened)).expect(200).json()["settings"], SECRET);
        assert_eq!(app.look(&customer, &format!("/v1/inquiries/{opened}")).expect(200).json().get("customer_information"), None);
    }

    fn it_is_used_for_nothing_else(app: &TestApp) {
        let desk = app.desk();
        let (agent, customer, partner) = (app.agent(), app.customer(ID), app.partner(desk.reseller));
        let id = app.opened(&customer, &with(desk.question(), &json!({ "customer_information": secret() })));
        app.put(&at(&id)).token(&customer).if_match("*").json(&secret()).send().expect(200);
        app.act(&customer, &format!("{}/erasures", at(&id)), &json!({})).expect(201);
        app.put(&at(&id)).token(&customer).if_match("*").json(&secret()).send().expect(200);
        assert!(!elsewhere(app, "customer_information").contains(SECRET));
        for token in [&agent, &customer] {
            let found = app.look(token, &format!("/v1/inquiries?q={SECRET}")).expect(200).json();
            assert_eq!(found["items"], json!([]));
        }
        for path in ["/v1/inquiries".to_owned(), format!("/v1/inquiries/{id}"), "/v1/events?after=0".to_owned()] {
            assert!(!String::from_utf8(app.look(&agent, &path).expect(200).body).unwrap().contains(SECRET), "{path}");
        }
        app.look(&partner, &at(&id)).refused(403, "forbidden");
        // Scripts need the one scope that says so.
        let read = |scopes: &[Scope]| app.get(&at(&id)).token(&app.robot(scopes)).send();
        read(&[Scope::InquiriesRead, Scope::TriageWrite]).refused(403, "insufficient_scope");
        assert_eq!(read(&[Scope::CustomerInformationRead]).expect(200).json()["settings"], SECRET);
    }

    fn who_read_it_is_written_down(app: &TestApp) {
        let desk = app.desk();
        let (agent, manager, customer) = (app.agent(), app.manager(), app.customer(ID));
        let robot = app.robot(&[Scope::CustomerInformationRead]);
        let id = app.opened(&customer, &with(desk.question(), &json!({ "customer_information": secret() })));
        let file = app.send_file(&customer, &id, "a.log", b"x").expect(201).told("Location").to_owned();
        let looks = |token: &str, path: &str, at: &str| {
            app.at(at);
            app.unchanged("a read", || app.look(token, path).expect(200));
        };
        looks(&customer, &at(&id), "2026-11-25T01:00:01Z");
        looks(&customer, &format!("{file}/content"), "2026-11-25T01:00:02Z");
        looks(&agent, &at(&id), "2026-11-25T01:00:03Z");
        looks(&robot, &at(&id), "2026-11-25T01:00:04Z");
        looks(&agent, &format!("{file}/content"), "2026-11-25T01:00:05Z");
        looks(&agent, &file, "2026-11-25T01:00:06Z"); // what is told of it, not the bytes
        let path = format!("{}/reads", at(&id));
        app.look(&agent, &path).refused(403, "forbidden");
        let told = app.look(&manager, &path).expect(200).json();
        let lines: Vec<_> = told["items"].as_array().unwrap().iter()
            .map(|item| (item["reader"]["kind"].as_str().unwrap(), item["content"].as_str().unwrap(), item["read_at"].as_str().unwrap()))
            .collect();
        assert_eq!(lines, [
            ("agent", "attachment", "2026-11-25T01:00:05.000000Z"),
            ("robot", "customer_information", "2026-11-25T01:00:04.000000Z"),
            ("agent", "customer_information", "2026-11-25T01:00:03.000000Z"),
        ]);
        assert!(file.ends_with(told["items"][0]["attachment"].as_str().unwrap()));
        // What a program that is told to stop has noted it writes down; what it cannot write it keeps.
        looks(&manager, &at(&id), "2026-11-25T01:00:07Z");
        app.sql("ALTER TABLE content_reads RENAME TO content_reads_away");
        assert!(now(write_down(&app.app)).is_err());
        app.sql("ALTER TABLE content_reads_away RENAME TO content_reads");
        now(write_down(&app.app)).unwrap();
        now(write_down(&app.app)).unwrap();
        assert_eq!(app.fingerprint()["content_reads"].lines().count(), 4);
    }

    fn information_goes_and_its_record_stays(app: &TestApp) {
        let desk = app.desk_with(|papers| papers.partner_access = PartnerAccess::Summary);
        let (agent, customer, partner) = (app.agent(), app.customer(ID), app.partner(desk.reseller));
        let id = app.opened(&customer, &with(desk.question(), &json!({ "customer_information": secret() })));
        let erasures = format!("{}/erasures", at(&id));
        app.closed(&agent, &id);
        app.act(&partner, &erasures, &json!({})).refused(403, "forbidden");
        let key = fresh_key();
        let erase = || app.post(&erasures).token(&customer).key(&key).json(&json!({ "reason": "不要となったため" })).send();
        let record = erase().expect(201);
        assert_eq!(erase().expect(201).told("Idempotent-Replayed"), "true");
        let told = format!("Windows Server 2025\0{SECRET}\0再起動");
        let hash = madoguchi::events::seal::hex(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, told.as_bytes()).as_ref());
        assert_eq!((&record.json()["sha256"], &record.json()["content"]), (&json!(hash), &json!("customer_information")));
        let left = app.look(&agent, &at(&id)).expect(200).json();
        assert_eq!((&left["settings"], &left["erased_at"]), (&Value::Null, &json!("2026-11-25T01:00:00.000000Z")));
        assert!(!app.fingerprint()["customer_information"].contains(SECRET));
        app.act(&agent, &erasures, &json!({})).refused(409, "state_conflict");
        // A partner takes away what it wrote itself on what it opened.
        let own = app.opened(&partner, &with(desk.question(), &json!({ "customer_information": secret() })));
        let erasures = format!("{}/erasures", at(&own));
        app.act(&partner, &erasures, &json!({})).expect(201);
        app.put(&at(&own)).token(&customer).if_match("*").json(&secret()).send().expect(200);
        app.act(&partner, &erasures, &json!({})).refused(404, "not_found");
        app.look(&partner, &at(&own)).refused(404, "not_found");
        app.put(&at(&own)).token(&partner).support_id(ID).if_match("*").json(&json!({})).send().refused(403, "forbidden");
    }

    fn a_masked_text_is_nowhere_any_more(app: &TestApp) {
        let desk = app.desk();
        let (agent, customer, partner) = (app.agent(), app.customer(ID), app.partner(desk.reseller));
        let id = app.opened(&customer, &desk.question());
        let messages = format!("/v1/inquiries/{id}/messages");
        let body = json!({ "type": "message", "channel": "support_web", "body": format!("パスワードは {SECRET} です。"), "shareable_with_vendor": true });
        let post = || app.post(&messages).token(&customer).key("said").json(&body).send().expect(201);
        let message = post().id();
        let call = json!({ "called_at": "2026-11-25T00:30:00Z", "with": "田中 一郎", "summary": SECRET, "direction": "inbound" });
        let logged = app.say(&agent, &id, &json!({ "type": "message", "channel": "phone", "call": call })).expect(201).id();
        let answer = app.answered(&agent, &id, &[]);
        let mask = |token: &str, message: &str| app.act(token, &format!("{messages}/{message}/maskings"), &json!({}));
        mask(&partner, &message).refused(403, "forbidden");
        mask(&customer, &answer).refused(403, "forbidden");
        let record = mask(&customer, &message).expect(201).json();
        let said = format!("パスワードは {SECRET} です。");
        let hash = madoguchi::events::seal::hex(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, said.as_bytes()).as_ref());
        assert_eq!((&record["content"], &record["sha256"]), (&json!("message"), &json!(hash)));
        app.closed(&agent, &id);
        mask(&customer, &logged).expect(201); // the customer's own words, though the desk wrote them down
        mask(&agent, &message).refused(409, "state_conflict");
        for message in [&message, &logged] {
            let seen = app.look(&agent, &format!("{messages}/{message}")).expect(200).json();
            assert_eq!((&seen["body"], &seen["call"]), (&Value::Null, &Value::Null));
            assert_eq!((&seen["masked_at"], &seen["customer_side"]), (&json!("2026-11-25T01:00:00.000000Z"), &json!(true)));
        }
        // A call sent again is answered with what there is now.
        let again = post();
        assert_eq!((again.told("Idempotent-Replayed"), &again.json()["body"]), ("true", &Value::Null));
        for (table, rows) in app.fingerprint() {
            assert!(!rows.contains(SECRET), "{table}");
        }
        app.sql("UPDATE inquiries SET state = 'in_progress', closure_id = NULL, closure_code = NULL, closed_at = NULL");
        let ask = json!({ "question": "?", "message_ids": [message] });
        app.act(&agent, &format!("/v1/inquiries/{id}/escalations"), &ask).refused(422, "validation_failed");
    }

    fn nothing_is_taken_away_without_a_term(app: &TestApp) {
        let desk = app.desk();
        let (agent, customer) = (app.agent(), app.customer(ID));
        let id = app.opened(&customer, &with(desk.question(), &json!({ "customer_information": secret() })));
        app.closed(&agent, &id);
        app.at("2036-11-25T01:00:00Z");
        app.unchanged("a program without a term", || now(retain(&app.app)).unwrap());
    }
}

fn kept_for_a_time(backend: Backend) {
    let app = &TestApp::start_with(backend, |config| config.retention_days = Some(30));
    let desk = app.desk();
    let (agent, customer) = (app.agent(), app.customer(ID));
    let open = || app.opened(&customer, &with(desk.question(), &json!({ "customer_information": secret() })));
    let [closed, later, revoked, going, superseded] = [(); 5].map(|()| open());
    let mut files = vec![];
    for id in [&closed, &later, &revoked, &going, &superseded] {
        files.push(app.send_file(&customer, id, "a.log", b"x").expect(201).told("Location").to_owned());
    }
    app.told(&customer, &closed, "本文は残る。");
    app.closed(&agent, &closed);
    let duplicate = json!({ "superseded_by": going, "reason": "duplicate" });
    app.act_on(&agent, &format!("/v1/inquiries/{superseded}/supersessions"), &superseded, &duplicate).expect(201);
    let decision = app.closed(&agent, &revoked);
    app.act_on(
        &agent,
        &format!("/v1/closure-decisions/{decision}/revocations"),
        &revoked,
        &json!({ "reason": "再発" }),
    )
    .expect(201);
    app.at("2026-11-25T01:10:00Z");
    app.closed(&agent, &later);
    app.at("2026-12-25T00:59:59Z");
    app.unchanged("a day too early", || now(retain(&app.app)).unwrap());
    app.at("2026-12-25T01:00:00Z");
    now(retain(&app.app)).unwrap();
    now(files::sweep(&app.app)).unwrap();
    let (agent, customer) = (app.agent(), app.customer(ID));
    for (id, gone) in [(&closed, true), (&later, false), (&revoked, false), (&going, false), (&superseded, true)] {
        let left = app.look(&agent, &at(id)).expect(200).json();
        assert_eq!((left["settings"].is_null(), left["erased_at"].is_null()), (gone, !gone), "{left}");
    }
    for (path, gone) in files.iter().zip([true, false, false, false, true]) {
        assert_eq!(app.look(&customer, path).expect(200).json()["erased_at"].is_null(), !gone);
        assert_eq!(app.look(&customer, &format!("{path}/content")).status, if gone { 404 } else { 200 });
    }
    let thread = app.look(&customer, &format!("/v1/inquiries/{closed}/messages")).expect(200).json();
    assert_eq!(thread["items"][0]["body"], "本文は残る。");
    let told = app.get("/v1/events?after=0&types=inquiry.content_erased").token(&agent).send().expect(200).json();
    let told: Vec<_> = told["items"].as_array().unwrap().iter().map(|event| event["actor"]["kind"].clone()).collect();
    assert_eq!(told, ["system"; 4]);
    assert_eq!(app.fingerprint()["erasures"].lines().count(), 4);
    app.unchanged("a second turn", || now(retain(&app.app)).unwrap());
}

#[test]
fn what_is_kept_for_a_time_goes_sqlite() {
    kept_for_a_time(Backend::Sqlite);
}

#[test]
fn what_is_kept_for_a_time_goes_postgres() {
    kept_for_a_time(Backend::Postgres);
}
