//! Accounts by mail: registering, approving, passwords, another address, one's own data, erasure.

use madoguchi::terms::codes::Role;
use serde_json::json;

use super::support::desk::{ID, fresh_key, with};
use super::support::people::Papers;
use super::support::smtp::{SmtpServer, Taken};
use super::support::*;

const ADMIN: &str = "admin@city.example.jp";
const SATO: &str = "sato@city.example.jp";
const PASSWORD: &str = "correct horse battery";

/// An application that sends to a mail server of the test's own.
fn with_server(check: impl Fn(&TestApp, &SmtpServer)) {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let server = SmtpServer::start();
        check(&TestApp::start_with(backend, |config| config.smtp_url = Some(server.url())), &server);
    }
}

/// Sends what is due, and takes it off the server by recipient.
fn mails(app: &TestApp, server: &SmtpServer) -> Vec<Taken> {
    app.send_mail();
    let mut taken = server.taken();
    taken.sort_by_key(|mail| mail.to.clone());
    taken
}

#[track_caller]
fn only(app: &TestApp, server: &SmtpServer, to: &str) -> Taken {
    let mut taken = mails(app, server);
    assert_eq!(taken.iter().map(|mail| mail.to[0].as_str()).collect::<Vec<_>>(), [to]);
    taken.remove(0)
}

fn register(app: &TestApp, email: &str, support_id: &str) -> Answer {
    let body = json!({ "email": email, "name": "佐藤 花子", "support_id": support_id });
    app.post("/v1/accounts").json(&body).send()
}

fn verify(app: &TestApp, token: &str, password: Option<&str>) -> Answer {
    let body = match password {
        Some(password) => json!({ "token": token, "password": password }),
        None => json!({ "token": token }),
    };
    app.post("/v1/accounts/verifications").json(&body).send()
}

fn approve(app: &TestApp, token: &str) -> Answer {
    app.post("/v1/accounts/approvals").json(&json!({ "token": token })).send()
}

fn sign_in(app: &TestApp, email: &str, password: &str, support_id: &str) -> Answer {
    let body = json!({ "email": email, "password": password, "support_id": support_id });
    app.post("/v1/sessions").json(&body).send()
}

fn token(answer: &Answer) -> String {
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

fn count(app: &TestApp, query: &str) -> i64 {
    use diesel::prelude::*;
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        count: i64,
    }
    let read = app.app.db().transaction_blocking(|db| Ok(diesel::sql_query(query).get_result::<Count>(db)?.count));
    read.unwrap()
}

/// An account that is registered, approved where needed, and signed in.
fn member(app: &TestApp, server: &SmtpServer, email: &str, support_id: &str) -> String {
    register(app, email, support_id).expect(202);
    let link = only(app, server, email).token();
    let state = verify(app, &link, Some(PASSWORD)).expect(200).json()["state"].clone();
    if state == "awaiting_approval" {
        let link = only(app, server, ADMIN).token();
        approve(app, &link).expect(200);
        only(app, server, email);
    }
    token(&sign_in(app, email, PASSWORD, support_id).expect(201))
}

/// What differs from call to call is not part of an answer's face.
fn face(answer: &Answer) -> (u16, Vec<u8>, Vec<(String, String)>) {
    let told = |(name, _): &&(String, String)| !["x-request-id", "date"].contains(&name.as_str());
    (answer.status, answer.body.clone(), answer.headers.iter().filter(told).cloned().collect())
}

#[test]
fn an_administrator_is_live_at_once() {
    with_server(|app, server| {
        app.desk();
        register(app, "Admin@City.example.jp", "ｍｎｔー０００１２３").expect(202);
        let mail = only(app, server, ADMIN);
        assert!(mail.body.contains("http://desk.example.jp/accounts/verifications#token=mot_"), "{}", mail.body);
        let link = mail.token();
        verify(app, &link, None).refused(422, "validation_failed");
        let problem = verify(app, &link, Some("admin@city.example.jp")).refused(422, "validation_failed");
        assert_eq!(problem["errors"][0]["code"], "password_too_common");
        assert_eq!(verify(app, &link, Some(PASSWORD)).expect(200).json()["state"], "active");
        let session = token(&sign_in(app, ADMIN, PASSWORD, ID).expect(201));
        assert_eq!(app.get("/v1/me").token(&session).send().expect(200).json()["name"], "佐藤 花子");
        verify(app, &link, Some(PASSWORD)).refused(422, "one_time_token_invalid");
        // Who is in is told so by mail, and by nothing else.
        register(app, ADMIN, ID).expect(202);
        let mail = only(app, server, ADMIN);
        assert!(mail.header("Subject").contains("登録済み") && !mail.body.contains("#token="), "{}", mail.body);
    });
}

#[test]
fn anybody_else_awaits_approval_and_reads_nothing() {
    with_server(|app, server| {
        let desk = app.desk();
        register(app, SATO, ID).expect(202);
        let link = only(app, server, SATO).token();
        assert_eq!(verify(app, &link, Some(PASSWORD)).expect(200).json()["state"], "awaiting_approval");
        sign_in(app, SATO, PASSWORD, ID).refused(403, "account_awaiting_approval");
        let ask = only(app, server, ADMIN);
        assert!(ask.body.contains("佐藤 花子") && ask.body.contains(SATO) && ask.body.contains(ID), "{}", ask.body);
        // The link approves only as long as its reader is the contract's administrator.
        approve(app, &link).refused(422, "one_time_token_invalid");
        let (manager, path) = (app.manager(), format!("/v1/contracts/{}/administrators", desk.contract));
        let named = json!({ "name": "加藤", "email": "kato@city.example.jp" });
        app.post(&path).token(&manager).json(&named).send().expect(201);
        let item = app.get(&path).token(&manager).send().json()["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|item| item["email"] == ADMIN)
            .unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned();
        app.delete(&format!("{path}/{item}")).token(&manager).if_match("*").send().expect(204);
        approve(app, &ask.token()).refused(422, "one_time_token_invalid");
        sign_in(app, SATO, PASSWORD, ID).refused(403, "account_awaiting_approval");
        app.post(&path).token(&manager).json(&json!({ "name": "田中", "email": ADMIN })).send().expect(201);
        assert_eq!(approve(app, &ask.token()).expect(200).json()["state"], "active");
        assert!(only(app, server, SATO).header("Subject").contains("ご利用いただけます"));
        sign_in(app, SATO, PASSWORD, ID).expect(201);
        approve(app, &ask.token()).refused(422, "one_time_token_invalid");
        let events = app.get("/v1/events?after=0&types=account.activated").token(&manager).send().json();
        assert_eq!(
            (&events["items"][0]["data"]["action"], events["items"].as_array().unwrap().len()),
            (&json!("approved"), 1)
        );
    });
}

#[test]
fn the_desk_approves_too_and_who_was_shut_out_awaits_approval_again() {
    with_server(|app, server| {
        let desk = app.desk();
        register(app, SATO, ID).expect(202);
        let link = only(app, server, SATO).token();
        let account = verify(app, &link, Some(PASSWORD)).expect(200).json()["account_id"].as_str().unwrap().to_owned();
        let late = only(app, server, ADMIN).token();
        let (agent, path) = (app.agent(), format!("/v1/contracts/{}/accounts/{account}", desk.contract));
        app.post(&format!("{path}/approvals")).token(&agent).send().expect(201);
        only(app, server, SATO);
        approve(app, &late).refused(422, "one_time_token_invalid");
        app.post(&format!("{path}/deactivations")).token(&agent).send().expect(201);
        approve(app, &late).refused(422, "one_time_token_invalid");
        register(app, SATO, ID).expect(202);
        let link = only(app, server, SATO).token();
        verify(app, &link, Some(PASSWORD)).refused(422, "validation_failed");
        assert_eq!(verify(app, &link, None).expect(200).json()["state"], "awaiting_approval");
        assert_eq!(mails(app, server).len(), 1, "the administrator is asked again");
        sign_in(app, SATO, PASSWORD, ID).refused(403, "account_awaiting_approval");
    });
}

#[test]
fn whoever_asks_is_answered_the_same_and_written_down_the_same() {
    with_server(|app, server| {
        app.desk();
        member(app, server, SATO, ID);
        app.at("2026-11-25T02:00:00Z");
        let wait = |n: i64| assert_eq!(count(app, "SELECT count(*) AS count FROM mails WHERE state = 'waiting'"), n);
        let known = face(&register(app, SATO, ID));
        wait(1);
        assert_eq!(known.0, 202);
        for (n, (email, id)) in [
            ("new@city.example.jp", ID),
            ("new@city.example.jp", "MNT-999999"),
            ("a@b.example.jp", "ーー"),
            (SATO, "MNT-999999"),
        ]
        .into_iter()
        .enumerate()
        {
            assert_eq!(face(&register(app, email, id)), known, "{email} {id}");
            wait(2 + n as i64); // the same work, so the same time
        }
        let reset = |email: &str| app.post("/v1/password-resets").json(&json!({ "email": email })).send();
        assert_eq!(face(&reset(SATO)), face(&reset("nobody@city.example.jp")));
        wait(9);
        let to: Vec<String> = mails(app, server).into_iter().map(|mail| mail.to[0].clone()).collect();
        assert_eq!(to, ["new@city.example.jp", SATO, SATO]);
        assert_eq!(
            count(
                app,
                "SELECT count(*) AS count FROM mails WHERE recipient IN ('nobody@city.example.jp', 'a@b.example.jp')"
            ),
            0
        );
    });
}

#[test]
fn asking_is_bounded_by_source_and_by_address() {
    with_server(|app, server| {
        app.desk();
        for _ in 0..5 {
            register(app, SATO, ID).expect(202);
        }
        assert_eq!(mails(app, server).len(), 3, "an address gets three");
        for n in 0..15 {
            register(app, &format!("user{n}@city.example.jp"), "MNT-404").expect(202);
        }
        let refused = register(app, "last@city.example.jp", ID);
        assert_eq!(refused.header("retry-after"), Some("900"));
        refused.refused(429, "quota_exceeded");
        app.post("/v1/password-resets").json(&json!({ "email": SATO })).send().expect(202);
        app.at("2026-11-25T01:15:00Z");
        register(app, SATO, ID).expect(202);
    });
}

#[test]
fn a_token_is_good_once_for_a_while_and_for_its_purpose() {
    with_server(|app, server| {
        app.desk();
        register(app, ADMIN, ID).expect(202);
        let late = only(app, server, ADMIN).token();
        app.at("2026-11-26T01:00:00Z");
        let expired = verify(app, &late, Some(PASSWORD)).refused(422, "one_time_token_invalid");
        let unknown = verify(app, "mot_nonsense", Some(PASSWORD)).refused(422, "one_time_token_invalid");
        assert_eq!(expired["detail"], unknown["detail"]);
        register(app, ADMIN, ID).expect(202);
        let first = only(app, server, ADMIN).token();
        register(app, ADMIN, ID).expect(202);
        let second = only(app, server, ADMIN).token();
        let reset = json!({ "token": first, "password": PASSWORD });
        app.post("/v1/password-resets/confirmations").json(&reset).send().refused(422, "one_time_token_invalid");
        verify(app, &second, Some(PASSWORD)).expect(200);
        verify(app, &first, Some("another battery")).refused(422, "one_time_token_invalid");
        assert_eq!(
            count(
                app,
                "SELECT count(*) AS count FROM one_time_tokens WHERE used_at IS NULL AND issued_at > (SELECT min(issued_at) FROM one_time_tokens)"
            ),
            0
        );
        // Only digests are kept: no token stands anywhere in the outbox.
        assert_eq!(count(app, "SELECT count(*) AS count FROM mails WHERE CAST(words AS TEXT) LIKE '%mot_%'"), 0);
    });
}

#[test]
fn a_race_for_one_token_has_one_winner() {
    with_server(|app, server| {
        app.desk();
        register(app, ADMIN, ID).expect(202);
        let link = only(app, server, ADMIN).token();
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let calls: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        until_free(|| {
                            let body = json!({ "token": link, "password": PASSWORD });
                            app.post("/v1/accounts/verifications").json(&body)
                        })
                        .status
                    })
                })
                .collect();
            calls.into_iter().map(|call| call.join().unwrap()).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    });
}

#[test]
fn a_forgotten_password_is_set_anew_and_ends_every_session() {
    with_server(|app, server| {
        app.desk();
        let session = member(app, server, SATO, ID);
        let reset = || app.post("/v1/password-resets").json(&json!({ "email": SATO })).send().expect(202);
        reset();
        let link = only(app, server, SATO).token();
        sign_in(app, SATO, PASSWORD, ID).expect(201); // asking changes nothing
        let confirm = |token: &str, password: &str| {
            let body = json!({ "token": token, "password": password });
            app.post("/v1/password-resets/confirmations").json(&body).send()
        };
        let problem = confirm(&link, SATO).refused(422, "validation_failed");
        assert_eq!(problem["errors"][0]["pointer"], "/password");
        confirm(&link, "quite another battery").expect(204);
        app.get("/v1/me").token(&session).send().refused(401, "unauthenticated");
        sign_in(app, SATO, PASSWORD, ID).refused(401, "sign_in_failed");
        sign_in(app, SATO, "quite another battery", ID).expect(201);
        confirm(&link, "yet another battery").refused(422, "one_time_token_invalid");
        reset();
        let link = only(app, server, SATO).token();
        app.at("2026-11-25T02:00:00Z");
        confirm(&link, "yet another battery").refused(422, "one_time_token_invalid");
    });
}

#[test]
fn the_desk_may_forget_its_password_too() {
    with_server(|app, server| {
        let body = json!({ "email": "ito@desk.example.jp", "name": "伊藤", "role": "agent", "password": PASSWORD });
        app.post("/v1/staff").token(&app.staff(Role::Manager)).json(&body).send().expect(201);
        app.post("/v1/password-resets").json(&json!({ "email": "ito@desk.example.jp" })).send().expect(202);
        let link = only(app, server, "ito@desk.example.jp").token();
        let body = json!({ "token": link, "password": "quite another battery" });
        app.post("/v1/password-resets/confirmations").json(&body).send().expect(204);
        let body = json!({ "email": "ito@desk.example.jp", "password": "quite another battery" });
        app.post("/v1/staff/sessions").json(&body).send().expect(201);
    });
}

#[test]
fn whom_an_administrator_adds_sets_the_password_and_keeps_the_name() {
    with_server(|app, server| {
        let desk = app.desk();
        app.contract(&Papers::new("MNT-2", &[]));
        let admin = app.customer_named(ADMIN, ID);
        let path = format!("/v1/contracts/{}/accounts", desk.contract);
        let add = |email: &str, name: &str| {
            app.post(&path).token(&admin).json(&json!({ "email": email, "name": name })).send()
        };
        add(SATO, "佐藤").expect(201);
        let link = only(app, server, SATO).token();
        let body = json!({ "token": link, "password": PASSWORD });
        app.post("/v1/password-resets/confirmations").json(&body).send().expect(204);
        sign_in(app, SATO, PASSWORD, ID).expect(201);
        // Somebody of another contract: whose the address is, the administrator does not learn.
        let stranger = app.customer_named("stranger@elsewhere.example.jp", "MNT-2");
        let told = add("stranger@elsewhere.example.jp", "よそのひと").expect(201);
        let listed = app.get(&path).token(&admin).send().expect(200);
        for answer in [&told, &listed] {
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            assert!(text.contains("よそのひと"), "{text}");
        }
        let own = app.get("/v1/me").token(&stranger).send().expect(200).json();
        assert_eq!(own["name"], "佐藤 花子", "the account is left as it is");
        let listed = listed.json();
        let item =
            listed["items"].as_array().unwrap().iter().find(|item| item["email"] == "stranger@elsewhere.example.jp");
        assert_eq!(item.unwrap()["name"], "よそのひと");
        let names = |answer: &Answer| answer.json()["name"].clone();
        assert_eq!(names(&told), "よそのひと");
        let fresh = add("fresh@city.example.jp", "よそのひと").expect(201);
        let shape = |answer: &Answer| {
            answer
                .json()
                .as_object()
                .unwrap()
                .iter()
                .filter(|(key, _)| !["id", "email"].contains(&key.as_str()))
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(shape(&told), shape(&fresh), "a known address and a new one are answered alike");
    });
}

#[test]
fn another_address_is_proven_by_its_mailbox_and_the_account() {
    with_server(|app, server| {
        app.desk();
        let session = member(app, server, SATO, ID);
        let other = app.customer(ID);
        let ask =
            |email: &str| app.post("/v1/me/email-changes").token(&session).json(&json!({ "email": email })).send();
        assert_eq!(face(&ask("hanako@city.example.jp")), face(&ask("hanako2@city.example.jp")));
        let taken = mails(app, server);
        let confirm = |session: &str, token: &str| {
            app.post("/v1/me/email-changes/confirmations").token(session).json(&json!({ "token": token })).send()
        };
        confirm(&other, &taken[0].token()).refused(422, "one_time_token_invalid");
        let second = sign_in(app, SATO, PASSWORD, ID).expect(201);
        let me = confirm(&session, &taken[0].token()).expect(200);
        assert_eq!((me.json()["email"].clone(), me.json()["version"].clone()), (json!(taken[0].to[0]), json!(2)));
        confirm(&session, &taken[1].token()).refused(422, "one_time_token_invalid");
        app.get("/v1/me").token(&token(&second)).send().refused(401, "unauthenticated");
        assert!(only(app, server, SATO).header("Subject").contains("変更いたしました"));
        sign_in(app, SATO, PASSWORD, ID).refused(401, "sign_in_failed");
        sign_in(app, &taken[0].to[0], PASSWORD, ID).expect(201);
        // An address that somebody has is answered alike, and mailed nothing.
        register(app, ADMIN, ID).expect(202);
        let link = only(app, server, ADMIN).token();
        verify(app, &link, Some(PASSWORD)).expect(200);
        app.at("2026-11-25T01:10:00Z");
        assert_eq!(ask(ADMIN).status, 202);
        assert_eq!(mails(app, server).len(), 0);
    });
}

#[test]
fn a_person_takes_the_data_along_and_the_account_away() {
    with_server(|app, server| {
        let desk = app.desk();
        let session = member(app, server, SATO, ID);
        let inquiry = app.opened(&session, &with(desk.question(), &json!({ "watchers": ["boss@city.example.jp"] })));
        app.told(&session, &inquiry, "追記です。");
        app.told(&app.agent(), &inquiry, "確認いたします。");
        let data = app.get("/v1/me/export").token(&session).send().expect(200).json();
        assert_eq!((&data["account"]["email"], &data["contracts"][0]["state"]), (&json!(SATO), &json!("active")));
        assert_eq!(data["inquiries"][0]["body"], "再起動後に起動しません。");
        assert_eq!(data["inquiries"][0]["requester"]["email"], SATO);
        assert_eq!(
            (data["messages"].as_array().unwrap().len(), &data["messages"][0]["body"]),
            (1, &json!("追記です。"))
        );
        assert!(data["sessions"][0]["support_id"] == ID && !data["mails"].as_array().unwrap().is_empty());

        let tag = app.get("/v1/me").token(&session).send().expect(200).etag();
        app.delete("/v1/me").token(&session).send().refused(428, "precondition_required");
        app.delete("/v1/me").token(&session).if_match("\"9-x\"").send().refused(412, "version_conflict");
        app.delete("/v1/me").token(&session).if_match(&tag).send().expect(204);
        app.get("/v1/me").token(&session).send().refused(401, "unauthenticated");
        sign_in(app, SATO, PASSWORD, ID).refused(401, "sign_in_failed");
        assert_eq!(
            count(app, &format!("SELECT count(*) AS count FROM accounts WHERE email = '{SATO}' OR name = '佐藤 花子'")),
            0
        );
        let events = app.get("/v1/events?after=0&types=account.deactivated").token(&app.manager()).send().json();
        assert_eq!(events["items"][0]["data"]["action"], "left");
        app.look(&app.agent(), &format!("/v1/inquiries/{inquiry}/messages")).expect(200);
        mails(app, server);
        // The address may be registered again, by a new account.
        member(app, server, SATO, ID);
    });
}

#[test]
fn a_person_is_erased_with_a_report() {
    with_server(|app, server| {
        let desk = app.desk();
        let (agent, manager) = (app.agent(), app.manager());
        let session = member(app, server, SATO, ID);
        let own = app.opened(&session, &desk.question());
        let watched = app
            .opened(&app.customer(ID), &with(desk.question(), &json!({ "watchers": [SATO, "boss@city.example.jp"] })));
        let called = with(
            desk.call("2026-11-25T00:59:00Z"),
            &json!({ "requester": { "name": "佐藤 花子", "email": SATO, "phone": "03-1234-5678", "relation": "customer" }, "call": { "called_at": "2026-11-25T00:59:00Z", "with": "佐藤 花子" } }),
        );
        let phoned = app.opened(&agent, &called);
        let log = json!({ "type": "answer", "channel": "phone", "call": { "called_at": "2026-11-25T00:59:30Z", "with": "佐藤 花子", "summary": "再起動をご案内した。", "direction": "outbound" } });
        app.say(&agent, &phoned, &log).expect(201);
        let said = format!("/v1/inquiries/{own}/messages/{}", app.told(&session, &own, "追記です。"));
        let consent = json!({ "given_by": "佐藤 花子", "given_at": "2026-11-25T00:59:00Z" });
        let shared = json!({ "shareable_with_vendor": true, "consent": consent });
        let tag = app.look(&agent, &said).etag();
        app.patch(&said).token(&agent).if_match(&tag).merge_patch(&shared).send().expect(200);
        let information = format!("/v1/inquiries/{own}/customer-information");
        app.put(&information).token(&session).json(&json!({ "settings": "既定値" })).send().expect(201);
        let parts = [("role", None, &b"log"[..]), ("file", Some("a.log"), b"log")];
        app.form(&session, &format!("/v1/inquiries/{own}/attachments"), &parts).key(&fresh_key()).send().expect(201);
        app.closed(&agent, &own);
        let path = format!("/v1/contracts/{}/administrators", desk.contract);
        app.post(&path).token(&manager).json(&json!({ "name": "佐藤 花子", "email": SATO })).send().expect(201);
        app.post("/v1/erasures").token(&agent).json(&json!({ "email": SATO })).send().refused(403, "forbidden");
        let key = fresh_key();
        let erase =
            || app.post("/v1/erasures").token(&manager).key(&key).json(&json!({ "email": SATO })).send().expect(200);
        let report = erase();
        let at = |list: &str, place: &str| {
            report.json()[list]
                .as_array()
                .unwrap()
                .iter()
                .find(|one| one["place"] == place)
                .map(|one| one["count"].clone())
        };
        for (place, expected) in [
            ("account", 1),
            ("account_link", 1),
            ("session", 1),
            ("administrator", 1),
            ("requester", 2),
            ("watcher", 1),
            ("call_log", 2),
            ("consent", 1),
            ("kept_answer", 5),
        ] {
            assert_eq!(at("erased", place), Some(json!(expected)), "{place}: {report}");
        }
        assert!(at("erased", "mail").is_some() && at("erased", "one_time_token").is_some(), "{report}");
        for place in ["inquiry", "message", "attachment", "customer_information", "closure_decision"] {
            assert_eq!(at("kept", place), Some(json!(1)), "{place}: {report}");
        }
        assert_eq!(at("kept", "staff"), None, "{report}");
        assert_eq!(erase().body, report.body, "the same call again is the same answer");
        // Nothing says the name, the address or the number any more, on any page or in any table.
        for path in ["", "/messages"] {
            for inquiry in [&own, &watched, &phoned] {
                let seen = app.look(&agent, &format!("/v1/inquiries/{inquiry}{path}")).expect(200);
                let text = String::from_utf8_lossy(&seen.body).into_owned();
                assert!(inquiry == &watched || !text.contains("佐藤 花子"), "{text}"); // another one is called so too
                assert!(!text.contains(SATO), "{text}");
            }
        }
        let dump: String = app.fingerprint().into_values().collect();
        assert!(!dump.contains(SATO) && !dump.contains("03-1234-5678"), "the address is left somewhere");
        let events = app.get("/v1/events?after=0&types=person.erased").token(&manager).send().json();
        assert_eq!(
            (&events["items"][0]["data"]["erased"]["requester"], events["items"].as_array().unwrap().len()),
            (&json!(2), 1)
        );
        assert_eq!(app.look(&agent, &format!("/v1/inquiries/{own}")).json()["subject"], "起動しない");
        let nobody = app
            .post("/v1/erasures")
            .token(&manager)
            .json(&json!({ "email": "nobody@city.example.jp" }))
            .send()
            .expect(200)
            .json();
        assert_eq!((&nobody["erased"], &nobody["kept"]), (&json!([]), &json!([])));
    });
}

#[test]
fn the_customer_and_the_desk_are_told_of_an_inquiry_without_its_text() {
    with_server(|app, server| {
        let desk = app.desk();
        let (agent, session) = (app.agent(), member(app, server, SATO, ID));
        let told = |expected: &[&str]| {
            let taken = mails(app, server);
            assert_eq!(taken.iter().map(|mail| mail.to[0].as_str()).collect::<Vec<_>>(), expected);
            for mail in &taken {
                assert!(!mail.body.contains("起動しない") && !mail.body.contains("次のとおりです"), "{}", mail.body);
                assert!(!mail.header("Subject").contains("起動しない"));
            }
            taken
        };
        let watched = with(desk.question(), &json!({ "watchers": ["boss@city.example.jp", SATO] }));
        let inquiry = app.opened(&session, &watched);
        let number =
            app.look(&agent, &format!("/v1/inquiries/{inquiry}")).json()["number"].as_str().unwrap().to_owned();
        let new = told(&["support@desk.example.jp"]);
        assert!(
            new[0].header("Subject").contains(&number)
                && new[0].body.contains(&format!("http://desk.example.jp/inquiries/{inquiry}"))
        );
        app.told(&session, &inquiry, "追記です。");
        told(&[]);
        app.answered(&agent, &inquiry, &[]);
        let both = ["boss@city.example.jp", SATO];
        assert!(told(&both)[0].header("Subject").contains("回答いたしました"));
        let asks = json!({ "kind": "customer_information", "body": "設定値をお知らせください。" });
        app.act(&agent, &format!("/v1/inquiries/{inquiry}/information-requests"), &asks).expect(201);
        assert!(told(&both)[0].header("Subject").contains("お願い"));
        // Whose account is ended for the contract is told no more.
        let accounts = app.get(&format!("/v1/contracts/{}/accounts", desk.contract)).token(&agent).send().json();
        let id = accounts["items"].as_array().unwrap().iter().find(|item| item["email"] == SATO).unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned();
        app.post(&format!("/v1/contracts/{}/accounts/{id}/deactivations", desk.contract))
            .token(&agent)
            .send()
            .expect(201);
        app.closed(&agent, &inquiry);
        assert!(told(&["boss@city.example.jp"])[0].header("Subject").contains("完了いたしました"));
        app.opened(&agent, &desk.call("2026-11-25T00:59:00Z"));
        told(&[]); // the desk knows of its own calls
        // A refusal tells nobody.
        app.open(&app.customer(ID), &with(desk.question(), &json!({ "product_version": "9.4.100" })))
            .refused(422, "version_unsupported_by_vendor");
        told(&[]);
    });
}
