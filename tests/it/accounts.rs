//! Staff, accounts, sessions and clients: who gets in, what each may do, and when it ends.

use madoguchi::accounts::{members, password, staff};
use madoguchi::contracts::Contract;
use madoguchi::db::types::Id;
use madoguchi::http::text::{EmailAddress, Name, NewPassword};
use madoguchi::terms::codes::{Role, Scope};
use serde_json::{Value, json};
use time::macros::date;

use super::support::people::Papers;
use super::support::*;

const PASSWORD: &str = "correct horse battery";

fn hashed(app: &TestApp) -> String {
    password::hash_blocking(&NewPassword::parse(PASSWORD).unwrap(), app.app.ids().secret()).unwrap()
}

/// Adds somebody to the desk as the command line does.
fn add_staff(app: &TestApp, email: &str, role: Role) -> String {
    let (email, name) = (EmailAddress::parse(email).unwrap(), Name::parse("鈴木 次郎").unwrap());
    let person = staff::NewStaff { email, name, role, password_hash: hashed(app) };
    app.app.write_blocking(|tx| staff::add(tx, None, person)).unwrap().id.to_string()
}

/// Links somebody to a contract, with the password of these tests.
fn add_member(app: &TestApp, contract: Id<Contract>, email: &str) -> String {
    let (email, name) = (EmailAddress::parse(email).unwrap(), Name::parse("佐藤 花子").unwrap());
    let person = members::NewMember { email, name, password_hash: Some(hashed(app)) };
    app.app.write_blocking(|tx| members::add(tx, None, contract, person)).unwrap().account.to_string()
}

fn contract(app: &TestApp, maintenance_id: &str) -> Id<Contract> {
    app.contract(&Papers::new(maintenance_id, &[]))
}

fn sign_in(app: &TestApp, email: &str, password: &str, support_id: &str) -> Answer {
    let body = json!({ "email": email, "password": password, "support_id": support_id });
    app.post("/v1/sessions").json(&body).send()
}

fn sign_in_staff(app: &TestApp, email: &str, password: &str) -> Answer {
    app.post("/v1/staff/sessions").json(&json!({ "email": email, "password": password })).send()
}

fn token(answer: &Answer) -> String {
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

fn refresh_token(answer: &Answer) -> String {
    answer.json()["refresh_token"].as_str().unwrap().to_owned()
}

fn refresh(app: &TestApp, token: &str) -> Answer {
    app.post("/v1/sessions/refresh").json(&json!({ "refresh_token": token })).send()
}

/// A refusal without what differs from call to call.
fn face(answer: Answer) -> Value {
    let mut body = answer.json();
    body.as_object_mut().unwrap().remove("request_id");
    body
}

fn form(app: &TestApp, body: &str) -> Answer {
    let call = app.post("/oauth/token").header("Content-Type", "application/x-www-form-urlencoded");
    call.bytes(body.as_bytes().to_vec()).send()
}

on_both! {
    fn the_desk_signs_in_and_looks_after_itself(app: &TestApp) {
        add_staff(app, "chief@desk.example.jp", Role::Manager);
        let session = sign_in_staff(app, "Chief@Desk.Example.JP", PASSWORD).expect(201);
        assert_eq!(session.header("cache-control"), Some("no-store"));
        assert_eq!(session.json()["token_type"], "Bearer");
        assert_eq!(session.json()["expires_in"], 900);
        let chief = token(&session);

        let body = json!({ "email": "agent@desk.example.jp", "name": "田中 一郎", "role": "agent", "password": "a long enough one" });
        let added = app.post("/v1/staff").token(&chief).json(&body).send().expect(201);
        let (path, tag) = (added.header("location").unwrap().to_owned(), added.etag());
        assert!(!String::from_utf8_lossy(&added.body).contains("argon2"));
        app.post("/v1/staff").token(&chief).json(&body).send().refused(409, "already_exists");
        let agent = token(&sign_in_staff(app, "agent@desk.example.jp", "a long enough one").expect(201));
        app.get("/v1/staff").token(&agent).send().refused(403, "forbidden");
        let page = app.get("/v1/staff?limit=1").token(&chief).send().expect(200);
        assert_eq!(page.json()["items"][0]["email"], "agent@desk.example.jp");
        assert!(page.header("link").unwrap().contains("rel=\"next\""));
        let next = page.json()["next_cursor"].as_str().unwrap().to_owned();
        let page = app.get(&format!("/v1/staff?limit=1&cursor={next}")).token(&chief).send().expect(200).json();
        assert_eq!((&page["items"][0]["email"], &page["next_cursor"]), (&json!("chief@desk.example.jp"), &Value::Null));

        let change = |body: Value| app.patch(&path).token(&chief).merge_patch(&body);
        change(json!({ "name": "田中 二郎" })).send().refused(428, "precondition_required");
        change(json!({ "name": null })).if_match(&tag).send().refused(422, "validation_failed");
        let same = change(json!({})).if_match(&tag).send().expect(200);
        assert_eq!(same.etag(), tag);
        let changed = change(json!({ "role": "manager" })).if_match(&tag).send().expect(200);
        assert_eq!(changed.json()["role"], "manager");
        app.get("/v1/staff").token(&agent).send().expect(200); // the row counts, not the token
        change(json!({ "name": "x" })).if_match(&tag).send().refused(412, "version_conflict");
        let read = app.get(&path).token(&chief).send().expect(200);
        assert_eq!(read.etag(), changed.etag());
        app.get(&path).token(&chief).header("If-None-Match", &read.etag()).send().expect(304);
    }

    fn passwords_must_not_be_the_address(app: &TestApp) {
        let chief = app.manager();
        for (email, password, code) in [
            ("suzuki-no-tantou@desk.example.jp", "Suzuki-no-tantou", "password_too_common"),
            ("suzuki@desk.example.jp", "suzuki@desk.example.jp", "password_too_common"),
            ("suzuki@desk.example.jp", "short", "too_short"),
            ("suzuki@desk.example.jp", &"x".repeat(201), "too_long"),
        ] {
            let body = json!({ "email": email, "name": "鈴木", "role": "agent", "password": password });
            let problem = app.post("/v1/staff").token(&chief).json(&body).send().refused(422, "validation_failed");
            assert_eq!(problem["errors"][0]["pointer"], "/password");
            assert_eq!(problem["errors"][0]["code"], code);
        }
    }

    fn the_last_manager_cannot_go(app: &TestApp) {
        let id = add_staff(app, "chief@desk.example.jp", Role::Manager);
        let chief = token(&sign_in_staff(app, "chief@desk.example.jp", PASSWORD).expect(201));
        let path = format!("/v1/staff/{id}");
        let tag = app.get(&path).token(&chief).send().expect(200).etag();
        let demote = || app.patch(&path).token(&chief).merge_patch(&json!({ "role": "agent" })).if_match(&tag).send();
        demote().refused(409, "last_manager");
        app.post(&format!("{path}/deactivations")).token(&chief).send().refused(409, "last_manager");
        let other = add_staff(app, "other@desk.example.jp", Role::Manager);
        let second = token(&sign_in_staff(app, "other@desk.example.jp", PASSWORD).expect(201));
        let body = json!({ "reason": "異動のため" });
        let gone = app.post(&format!("/v1/staff/{other}/deactivations")).token(&chief).json(&body).send().expect(201);
        assert_eq!((&gone.json()["active"], &gone.json()["deactivation_reason"]), (&json!(false), &json!("異動のため")));
        app.get("/v1/staff").token(&second).send().refused(401, "unauthenticated");
        sign_in_staff(app, "other@desk.example.jp", PASSWORD).refused(401, "sign_in_failed");
        app.post(&format!("/v1/staff/{other}/deactivations")).token(&chief).send().refused(409, "state_conflict");
        demote().refused(409, "last_manager");
    }

    fn two_managers_do_not_demote_each_other(app: &TestApp) {
        let people = ["a@desk.example.jp", "b@desk.example.jp"];
        let ids = people.map(|email| add_staff(app, email, Role::Manager));
        let tokens = people.map(|email| token(&sign_in_staff(app, email, PASSWORD).expect(201)));
        for _ in 0..8 {
            let statuses: Vec<u16> = std::thread::scope(|scope| {
                let race = |by: usize, whom: usize| {
                    let path = format!("/v1/staff/{}", ids[whom]);
                    let call = app.patch(&path).token(&tokens[by]).merge_patch(&json!({ "role": "agent" }));
                    call.if_match("*").send().status
                };
                let tries = [scope.spawn(move || race(0, 1)), scope.spawn(move || race(1, 0))];
                tries.into_iter().map(|one| one.join().unwrap()).collect()
            });
            assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
            let left = usize::from(statuses[1] == 200);
            let path = format!("/v1/staff/{}", ids[1 - left]);
            let back = app.patch(&path).token(&tokens[left]).merge_patch(&json!({ "role": "manager" }));
            back.if_match("*").send().expect(200);
        }
    }

    fn a_customer_signs_in_with_either_id_however_typed(app: &TestApp) {
        let papers = Papers { contract_id: Some("KYK-1".into()), ..Papers::new("MNT-000123", &[]) };
        let id = app.contract(&papers);
        add_member(app, id, "tanaka@city.example.jp");
        for typed in ["MNT-000123", " ｍｎｔー０００１２３ ", "mnt\u{2212}000123", "MNT \u{200b}- 000123", "kyk 1"] {
            let session = sign_in(app, "Tanaka@city.example.jp", PASSWORD, typed).expect(201);
            let seen = &session.json()["contract"];
            assert_eq!(seen["id"], id.to_string());
            assert_eq!((&seen["maintenance_id"], &seen["contract_id"]), (&json!("MNT-000123"), &json!("KYK-1")));
            assert_eq!((&seen["condition"], &seen["starts_on"]), (&json!("in_force"), &json!("2026-04-01")));
            assert_eq!(seen["customer"]["name"], "架空市役所（サンプル）");
            app.get("/v1/me").token(&token(&session)).send().expect(200);
        }
    }

    fn a_contract_in_any_condition_lets_its_people_sign_in(app: &TestApp) {
        let expired = Papers { ends_on: date!(2026 - 11 - 24), ..Papers::new("MNT-1", &[]) };
        let suspended = Papers { suspended: true, ..Papers::new("MNT-2", &[]) };
        let coming = Papers { starts_on: date!(2026 - 12 - 01), ..Papers::new("MNT-3", &[]) };
        for (papers, condition) in [(expired, "expired"), (suspended, "suspended"), (coming, "not_started")] {
            let support_id = papers.maintenance_id.clone().unwrap();
            let email = format!("{}@city.example.jp", support_id.to_lowercase());
            add_member(app, app.contract(&papers), &email);
            let session = sign_in(app, &email, PASSWORD, &support_id).expect(201);
            assert_eq!(session.json()["contract"]["condition"], condition);
            let page = app.get("/v1/me/contracts").token(&token(&session)).send().expect(200).json();
            assert_eq!(page["items"][0]["condition"], condition);
        }
    }

    fn every_failure_to_sign_in_looks_the_same(app: &TestApp) {
        let (own, foreign) = (contract(app, "MNT-1"), contract(app, "MNT-2"));
        let account = add_member(app, own, "tanaka@city.example.jp");
        add_member(app, foreign, "sato@town.example.jp");
        let none = face(sign_in(app, "tanaka@city.example.jp", "wrong", "MNT-1").expect(401));
        assert_eq!(none["code"], "sign_in_failed");
        let tries = [
            ("nobody@city.example.jp", PASSWORD, "MNT-1"),
            ("tanaka@city.example.jp", PASSWORD, "MNT-2"),
            ("tanaka@city.example.jp", PASSWORD, "MNT-9"),
            ("tanaka@city.example.jp", PASSWORD, "---"),
            ("sato@town.example.jp", PASSWORD, "MNT-1"),
        ];
        for (email, password, support_id) in tries {
            assert_eq!(face(sign_in(app, email, password, support_id)), none, "{email} {support_id}");
        }
        let path = format!("/v1/contracts/{own}/accounts/{account}/deactivations");
        app.post(&path).token(&app.agent()).send().expect(201);
        assert_eq!(face(sign_in(app, "tanaka@city.example.jp", PASSWORD, "MNT-1")), none);
        let desk = face(sign_in_staff(app, "nobody@desk.example.jp", PASSWORD).expect(401));
        assert_eq!(desk["detail"], none["detail"]);
    }

    fn a_refresh_token_is_good_once(app: &TestApp) {
        add_member(app, contract(app, "MNT-1"), "tanaka@city.example.jp");
        let first = sign_in(app, "tanaka@city.example.jp", PASSWORD, "MNT-1").expect(201);
        let second = refresh(app, &refresh_token(&first)).expect(200);
        let third = refresh(app, &refresh_token(&second)).expect(200);
        app.get("/v1/me").token(&token(&third)).send().expect(200);
        refresh(app, "mrt_unknown").refused(401, "unauthenticated");
        refresh(app, &refresh_token(&third)[..20]).refused(401, "unauthenticated");
        // Somebody uses an old one: the family ends, the newest included, although the call fails.
        refresh(app, &refresh_token(&first)).refused(401, "unauthenticated");
        refresh(app, &refresh_token(&third)).refused(401, "unauthenticated");
        app.get("/v1/me").token(&token(&third)).send().refused(401, "unauthenticated");
    }

    fn one_of_two_refreshes_at_once_wins(app: &TestApp) {
        add_member(app, contract(app, "MNT-1"), "tanaka@city.example.jp");
        let first = sign_in(app, "tanaka@city.example.jp", PASSWORD, "MNT-1").expect(201);
        let used = refresh_token(&first);
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let tries: Vec<_> = (0..4).map(|_| scope.spawn(|| refresh(app, &used).status)).collect();
            tries.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    }

    fn sessions_end_by_idleness_and_by_age(app: &TestApp) {
        add_member(app, contract(app, "MNT-1"), "tanaka@city.example.jp");
        add_staff(app, "agent@desk.example.jp", Role::Agent);
        let mut kept = refresh_token(&sign_in(app, "tanaka@city.example.jp", PASSWORD, "MNT-1").expect(201));
        let idle = refresh_token(&sign_in(app, "tanaka@city.example.jp", PASSWORD, "MNT-1").expect(201));
        let desk = refresh_token(&sign_in_staff(app, "agent@desk.example.jp", PASSWORD).expect(201));
        app.at("2026-11-25T12:59:59Z");
        let desk = refresh_token(&refresh(app, &desk).expect(200));
        app.at("2026-11-25T13:00:00Z");
        refresh(app, &desk).refused(401, "unauthenticated");
        for day in ["2026-12-24T01:00:00Z", "2027-01-22T01:00:00Z", "2027-02-20T01:00:00Z", "2027-02-23T00:59:59Z"] {
            app.at(day);
            kept = refresh_token(&refresh(app, &kept).expect(200));
        }
        refresh(app, &idle).refused(401, "unauthenticated");
        app.at("2027-02-23T01:00:00Z");
        refresh(app, &kept).refused(401, "unauthenticated");
        app.at("2027-02-24T01:00:01Z");
        app.app.write_blocking(madoguchi::accounts::session::drop_old).unwrap();
        refresh(app, &kept).refused(401, "unauthenticated");
    }

    fn a_session_goes_over_to_another_contract(app: &TestApp) {
        let (first, second) = (contract(app, "MNT-1"), contract(app, "MNT-2"));
        contract(app, "MNT-3");
        add_member(app, first, "tanaka@city.example.jp");
        add_member(app, second, "tanaka@city.example.jp");
        let session = sign_in(app, "tanaka@city.example.jp", PASSWORD, "MNT-1").expect(201);
        let before = token(&session);
        let switch = |token: &str, id: &str| {
            app.post("/v1/sessions/switch").token(token).json(&json!({ "support_id": id })).send()
        };
        let unknown = face(switch(&before, "MNT-9").expect(403));
        assert_eq!(unknown["code"], "support_id_unknown");
        assert_eq!(face(switch(&before, "MNT-3")), unknown);
        assert_eq!(face(switch(&before, "--")), unknown);
        let page = app.get("/v1/me/contracts").token(&before).send().expect(200).json();
        assert_eq!(page["items"].as_array().unwrap().len(), 2);
        let switched = switch(&before, "ｍｎｔ 2").expect(200);
        assert_eq!(switched.json()["contract"]["id"], second.to_string());
        app.get("/v1/me").token(&before).send().refused(401, "unauthenticated");
        app.get("/v1/me").token(&token(&switched)).send().expect(200);
        let next = refresh(app, &refresh_token(&session)).expect(200);
        app.get("/v1/me").token(&token(&next)).header("Support-Id", "MNT-2").send().expect(200);
        app.get("/v1/me").token(&token(&next)).header("Support-Id", "MNT-1").send().refused(403, "support_id_unknown");
    }

    fn signing_out_ends_the_session_and_no_other(app: &TestApp) {
        add_member(app, contract(app, "MNT-1"), "tanaka@city.example.jp");
        let one = sign_in(app, "tanaka@city.example.jp", PASSWORD, "MNT-1").expect(201);
        let other = sign_in(app, "tanaka@city.example.jp", PASSWORD, "MNT-1").expect(201);
        app.delete("/v1/sessions/current").token(&token(&one)).send().expect(204);
        app.delete("/v1/sessions/current").token(&token(&one)).send().refused(401, "unauthenticated");
        refresh(app, &refresh_token(&one)).refused(401, "unauthenticated");
        app.get("/v1/me").token(&token(&other)).send().expect(200);
        app.delete("/v1/sessions/current").token(&app.agent()).send().expect(204);
    }

    fn ten_failures_close_the_door_for_a_quarter_of_an_hour(app: &TestApp) {
        add_member(app, contract(app, "MNT-1"), "tanaka@city.example.jp");
        let wrong = || sign_in(app, "tanaka@city.example.jp", "wrong", "MNT-1");
        for _ in 0..10 {
            wrong().refused(401, "sign_in_failed");
        }
        app.at("2026-11-25T01:05:00Z");
        let closed = wrong().expect(429);
        assert_eq!(closed.header("retry-after"), Some("600"));
        assert!(closed.json()["detail"].as_str().unwrap().contains("600"), "{closed}");
        sign_in(app, "tanaka@city.example.jp", PASSWORD, "MNT-1").refused(429, "quota_exceeded");
        // A header that anybody can write is nobody's address.
        let body = json!({ "email": "tanaka@city.example.jp", "password": PASSWORD, "support_id": "MNT-1" });
        let forged = app.post("/v1/sessions").header("X-Forwarded-For", "10.0.0.1").json(&body).send();
        forged.refused(429, "quota_exceeded");
        sign_in(app, "sato@city.example.jp", PASSWORD, "MNT-1").refused(401, "sign_in_failed");
        sign_in_staff(app, "tanaka@city.example.jp", PASSWORD).refused(401, "sign_in_failed");
        app.at("2026-11-25T01:15:00Z");
        sign_in(app, "tanaka@city.example.jp", PASSWORD, "MNT-1").expect(201);
    }

    fn guesses_at_once_are_counted_one_by_one(app: &TestApp) {
        add_member(app, contract(app, "MNT-1"), "tanaka@city.example.jp");
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let body = json!({ "email": "tanaka@city.example.jp", "password": "wrong", "support_id": "MNT-1" });
            let guess = move || until_free(|| app.post("/v1/sessions").json(&body)).status;
            let tries: Vec<_> = (0..24).map(|_| scope.spawn(guess.clone())).collect();
            tries.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 10, "{statuses:?}");
    }
}

#[test]
fn the_victim_signs_in_from_another_address() {
    let app =
        &TestApp::start_with(Backend::Sqlite, |config| config.trusted_proxies = vec!["127.0.0.1".parse().unwrap()]);
    add_member(app, contract(app, "MNT-1"), "tanaka@city.example.jp");
    let from = |source: &str, password: &str| {
        let body = json!({ "email": "tanaka@city.example.jp", "password": password, "support_id": "MNT-1" });
        app.post("/v1/sessions").header("X-Forwarded-For", source).json(&body).send()
    };
    for n in 0..10 {
        // What stands before the last address is the attacker's own writing.
        from(&format!("10.0.0.{n}, 198.51.100.1"), "wrong").refused(401, "sign_in_failed");
    }
    from("198.51.100.1", PASSWORD).refused(429, "quota_exceeded");
    from("203.0.113.7", PASSWORD).expect(201);
}

on_both! {
    fn the_desk_links_people_to_a_contract(app: &TestApp) {
        let (id, other) = (contract(app, "MNT-1"), contract(app, "MNT-2"));
        let (agent, path) = (app.agent(), format!("/v1/contracts/{id}/accounts"));
        let body = json!({ "email": "Tanaka@city.example.jp", "name": "田中 花子", "password": PASSWORD });
        let added = app.post(&path).token(&agent).json(&body).send().expect(201);
        assert_eq!((&added.json()["state"], &added.json()["email"]), (&json!("active"), &json!("tanaka@city.example.jp")));
        app.post(&path).token(&agent).json(&body).send().refused(422, "validation_failed");
        let again = json!({ "email": "tanaka@city.example.jp", "name": "別名" });
        app.post(&path).token(&agent).json(&again).send().refused(409, "already_exists");
        let linked = app.post(&format!("/v1/contracts/{other}/accounts")).token(&agent).json(&again).send().expect(201);
        assert_eq!(linked.json()["name"], "田中 花子"); // a known account is left as it is
        let session = sign_in(app, "tanaka@city.example.jp", PASSWORD, "MNT-1").expect(201);
        let elsewhere = sign_in(app, "tanaka@city.example.jp", PASSWORD, "MNT-2").expect(201);

        let one = format!("{path}/{}", added.id());
        let tag = app.get(&one).token(&agent).send().expect(200).etag();
        assert_eq!(tag, added.etag());
        let key = "ends-1";
        let ended = app.post(&format!("{one}/deactivations")).token(&agent).key(key).send().expect(201);
        assert_eq!(ended.json()["state"], "deactivated");
        let replayed = app.post(&format!("{one}/deactivations")).token(&agent).key(key).send().expect(201);
        assert_eq!(replayed.header("idempotent-replayed"), Some("true"));
        assert_eq!(replayed.body, ended.body);
        app.post(&format!("{one}/deactivations")).token(&agent).send().refused(409, "state_conflict");
        app.get("/v1/me").token(&token(&session)).send().refused(401, "unauthenticated");
        refresh(app, &refresh_token(&session)).refused(401, "unauthenticated");
        app.get("/v1/me").token(&token(&elsewhere)).send().expect(200);
        app.post(&path).token(&agent).json(&again).send().expect(201); // linked again
        sign_in(app, "tanaka@city.example.jp", PASSWORD, "MNT-1").expect(201);
        app.post(&format!("{one}/approvals")).token(&agent).send().refused(409, "state_conflict");
        let missing = format!("/v1/contracts/{}/accounts", Id::<Contract>::new(uuid::Uuid::from_u128(9)));
        app.get(&missing).token(&agent).send().refused(404, "not_found");
    }

    fn an_administrator_looks_after_the_own_contract_only(app: &TestApp) {
        let (id, other) = (contract(app, "MNT-1"), contract(app, "MNT-2"));
        let path = format!("/v1/contracts/{id}/accounts");
        let plain = app.customer("MNT-1");
        app.get(&path).token(&plain).send().refused(403, "forbidden");
        app.post(&path).token(&plain).json(&json!({ "email": "x@city.example.jp", "name": "x" })).send().refused(403, "forbidden");
        app.get(&format!("/v1/contracts/{other}/accounts")).token(&plain).send().refused(404, "not_found");
        let admin = app.customer_named(&administrator(app, id), "MNT-1");
        app.get(&format!("/v1/contracts/{other}/accounts")).token(&admin).send().refused(404, "not_found");
        let with_password = json!({ "email": "x@city.example.jp", "name": "x", "password": PASSWORD });
        let problem = app.post(&path).token(&admin).json(&with_password).send().refused(422, "validation_failed");
        assert_eq!((&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]), (&json!("/password"), &json!("not_allowed_here")));
        let added = app.post(&path).token(&admin).json(&json!({ "email": "x@city.example.jp", "name": "x" })).send().expect(201);
        sign_in(app, "x@city.example.jp", PASSWORD, "MNT-1").refused(401, "sign_in_failed"); // has no password yet
        awaiting(app, id, &added.id());
        app.get(&path).token(&plain).send().refused(403, "forbidden");
        let waiting = app.get(&format!("{path}?state=awaiting_approval")).token(&admin).send().expect(200).json();
        assert_eq!(waiting["items"].as_array().unwrap().len(), 1);
        app.get(&format!("{path}?state=asleep")).token(&admin).send().refused(400, "invalid_parameter");
        let approved = app.post(&format!("{path}/{}/approvals", added.id())).token(&admin).send().expect(201);
        assert_eq!(approved.json()["state"], "active");
    }

    fn who_awaits_approval_is_told_so_only_when_proven(app: &TestApp) {
        let id = contract(app, "MNT-1");
        let account = add_member(app, id, "tanaka@city.example.jp");
        awaiting(app, id, &account);
        sign_in(app, "tanaka@city.example.jp", "wrong", "MNT-1").refused(401, "sign_in_failed");
        sign_in(app, "tanaka@city.example.jp", PASSWORD, "MNT-1").refused(403, "account_awaiting_approval");
        app.post(&format!("/v1/contracts/{id}/accounts/{account}/approvals")).token(&app.agent()).send().expect(201);
        sign_in(app, "tanaka@city.example.jp", PASSWORD, "MNT-1").expect(201);
    }

    fn a_person_changes_name_and_password(app: &TestApp) {
        add_member(app, contract(app, "MNT-1"), "tanaka@city.example.jp");
        let here = sign_in(app, "tanaka@city.example.jp", PASSWORD, "MNT-1").expect(201);
        let there = sign_in(app, "tanaka@city.example.jp", PASSWORD, "MNT-1").expect(201);
        let me = app.get("/v1/me").token(&token(&here)).send().expect(200);
        let rename = |body: Value| app.patch("/v1/me").token(&token(&here)).merge_patch(&body);
        rename(json!({ "email": "x@city.example.jp" })).if_match(&me.etag()).send().refused(422, "validation_failed");
        rename(json!({ "name": "田中 改" })).send().refused(428, "precondition_required");
        let renamed = rename(json!({ "name": "田中 改" })).if_match(&me.etag()).send().expect(200);
        assert_eq!(renamed.json()["name"], "田中 改");
        rename(json!({ "name": "又" })).if_match(&me.etag()).send().refused(412, "version_conflict");

        let change = |current: &str, new: &str| {
            let body = json!({ "current_password": current, "new_password": new });
            app.put("/v1/me/password").token(&token(&here)).json(&body).send()
        };
        let problem = change("wrong", "another long password").refused(422, "validation_failed");
        assert_eq!((&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]), (&json!("/current_password"), &json!("incorrect")));
        change(PASSWORD, "tanaka@city.example.jp").refused(422, "validation_failed");
        change(PASSWORD, "another long password").expect(204);
        app.get("/v1/me").token(&token(&here)).send().expect(200);
        app.get("/v1/me").token(&token(&there)).send().refused(401, "unauthenticated");
        sign_in(app, "tanaka@city.example.jp", PASSWORD, "MNT-1").refused(401, "sign_in_failed");
        sign_in(app, "tanaka@city.example.jp", "another long password", "MNT-1").expect(201);
        for _ in 0..8 {
            change("wrong", "yet another password").expect(422);
        }
        change("another long password", "yet another password").refused(429, "quota_exceeded");
    }

    fn the_desk_changes_its_passwords_too(app: &TestApp) {
        add_staff(app, "agent@desk.example.jp", Role::Agent);
        let agent = token(&sign_in_staff(app, "agent@desk.example.jp", PASSWORD).expect(201));
        let body = json!({ "current_password": PASSWORD, "new_password": "another long password" });
        app.put("/v1/me/password").token(&agent).json(&body).send().expect(204);
        sign_in_staff(app, "agent@desk.example.jp", PASSWORD).refused(401, "sign_in_failed");
        sign_in_staff(app, "agent@desk.example.jp", "another long password").expect(201);
        app.put("/v1/me/password").token(&app.robot(&[Scope::EventsRead])).json(&body).send().refused(403, "forbidden");
    }

    fn a_client_gets_tokens_for_what_it_was_granted(app: &TestApp) {
        let chief = app.manager();
        let body = json!({ "name": "夜間同期", "kind": "robot", "scopes": ["events:read", "contracts:read"] });
        app.post("/v1/clients").token(&app.agent()).json(&body).send().refused(403, "forbidden");
        let made = app.post("/v1/clients").token(&chief).json(&body).send().expect(201);
        assert_eq!(made.header("cache-control"), Some("no-store"));
        let (id, secret) = (made.json()["client_id"].as_str().unwrap().to_owned(), made.json()["client_secret"].as_str().unwrap().to_owned());
        let path = format!("/v1/clients/{id}");
        let read = app.get(&path).token(&chief).send().expect(200);
        assert!(!String::from_utf8_lossy(&read.body).contains(&secret));
        assert_eq!(read.json()["scopes"], json!(["contracts:read", "events:read"]));

        let granted = form(app, &format!("grant_type=client_credentials&client_id={id}&client_secret={secret}&resource=x&resource=y")).expect(200);
        assert_eq!(granted.header("cache-control"), Some("no-store"));
        assert_eq!((&granted.json()["scope"], &granted.json()["expires_in"]), (&json!("contracts:read events:read"), &json!(900)));
        app.get("/v1/events").token(&token(&granted)).send().expect(200);
        let narrow = form(app, &format!("grant_type=client_credentials&client_id={id}&client_secret={secret}&scope=contracts%3Aread")).expect(200);
        app.get("/v1/events").token(&token(&narrow)).send().refused(403, "insufficient_scope");

        let tag = read.etag();
        let change = |body: Value| app.patch(&path).token(&chief).merge_patch(&body).if_match(&tag).send();
        let unknown = change(json!({ "scopes": ["events:read", "events:reed"] })).refused(422, "validation_failed");
        assert_eq!((&unknown["errors"][0]["pointer"], &unknown["errors"][0]["code"]), (&json!("/scopes/1"), &json!("unknown_scope")));
        let changed = change(json!({ "scopes": ["contracts:read"] })).expect(200);
        assert_eq!(changed.json()["name"], "夜間同期");
        app.get("/v1/events").token(&token(&granted)).send().refused(403, "insufficient_scope");
        change(json!({ "name": "x" })).refused(412, "version_conflict");
        app.delete(&path).token(&chief).send().refused(428, "precondition_required");
        app.delete(&path).token(&chief).if_match(&changed.etag()).send().expect(204);
        app.get("/v1/events").token(&token(&granted)).send().refused(401, "unauthenticated");
        form(app, &format!("grant_type=client_credentials&client_id={id}&client_secret={secret}")).refused(401, "sign_in_failed");
        assert_eq!(app.get(&path).token(&chief).send().expect(200).json()["active"], false);
        let page = app.get("/v1/clients").token(&chief).send().expect(200).json();
        assert!(page["items"].as_array().unwrap().iter().any(|item| item["id"] == id));
    }

    fn scopes_and_resellers_fit_the_kind(app: &TestApp) {
        let chief = app.manager();
        let reseller = app.reseller("サンプル販売株式会社").to_string();
        let nobody = uuid::Uuid::from_u128(9).to_string();
        let faults = |body: Value| {
            let problem = app.post("/v1/clients").token(&chief).json(&body).send().refused(422, "validation_failed");
            problem["errors"].as_array().unwrap().iter().map(|e| format!("{} {}", e["pointer"].as_str().unwrap(), e["code"].as_str().unwrap())).collect::<Vec<_>>()
        };
        let client = |kind: &str, scopes: &[&str]| json!({ "name": "x", "kind": kind, "scopes": scopes });
        let of = |mut body: Value, reseller: &str| { body["reseller_id"] = json!(reseller); body };
        assert_eq!(faults(client("partner", &["faqs:read"])), ["/reseller_id required"]);
        assert_eq!(faults(of(client("robot", &["faqs:read"]), &reseller)), ["/reseller_id not_allowed_here"]);
        assert_eq!(faults(of(client("partner", &["faqs:read", "closures:judge"]), &reseller)), ["/scopes/1 not_allowed_here"]);
        assert_eq!(faults(client("robot", &["downloads:read"])), ["/scopes/0 not_allowed_here"]);
        assert_eq!(faults(client("robot", &["faqs:read", "faqs:read"])), ["/scopes/1 duplicate_item"]);
        assert_eq!(faults(client("robot", &[])), ["/scopes too_few"]);
        assert_eq!(faults(of(client("partner", &["faqs:read"]), &nobody)), ["/reseller_id unknown_reference"]);
        let partner = app.post("/v1/clients").token(&chief).json(&of(client("partner", &["events:read"]), &reseller)).send().expect(201);
        let (id, secret) = (partner.json()["client_id"].clone(), partner.json()["client_secret"].clone());
        let body = format!("grant_type=client_credentials&client_id={}&client_secret={}", id.as_str().unwrap(), secret.as_str().unwrap());
        app.get("/v1/events").token(&token(&form(app, &body).expect(200))).send().expect(200);
    }

    fn two_secrets_overlap_and_no_third(app: &TestApp) {
        let chief = app.manager();
        let body = json!({ "name": "x", "kind": "robot", "scopes": ["events:read"] });
        let made = app.post("/v1/clients").token(&chief).json(&body).send().expect(201).json();
        let (id, first) = (made["client_id"].as_str().unwrap(), made["client_secret"].as_str().unwrap());
        let secrets = format!("/v1/clients/{id}/secrets");
        let works = |secret: &str| form(app, &format!("grant_type=client_credentials&client_id={id}&client_secret={secret}")).status;
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let tries: Vec<_> = (0..4).map(|_| scope.spawn(|| app.post(&secrets).token(&chief).send().status)).collect();
            tries.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
        let held = app.get(&format!("/v1/clients/{id}")).token(&chief).send().expect(200).json();
        assert_eq!(held["secrets"].as_array().unwrap().len(), 2);
        let second = held["secrets"][1]["id"].as_str().unwrap();
        app.post(&secrets).token(&chief).send().refused(409, "state_conflict");
        app.delete(&format!("{secrets}/{second}")).token(&chief).send().expect(204);
        app.delete(&format!("{secrets}/{second}")).token(&chief).send().refused(404, "not_found");
        let new = app.post(&secrets).token(&chief).send().expect(201).json();
        assert_eq!((works(first), works(new["client_secret"].as_str().unwrap())), (200, 200));
        let first_id = made["client"]["secrets"][0]["id"].as_str().unwrap();
        app.delete(&format!("{secrets}/{first_id}")).token(&chief).send().expect(204);
        assert_eq!((works(first), works(new["client_secret"].as_str().unwrap())), (401, 200));
    }

    fn the_token_endpoint_speaks_oauth(app: &TestApp) {
        use base64::Engine;
        use base64::engine::general_purpose::STANDARD;
        let body = json!({ "name": "x", "kind": "robot", "scopes": ["events:read"] });
        let made = app.post("/v1/clients").token(&app.manager()).json(&body).send().expect(201).json();
        let (id, secret) = (made["client_id"].as_str().unwrap(), made["client_secret"].as_str().unwrap());
        let basic = |name: &str, secret: &str, body: &str| {
            let credentials = STANDARD.encode(format!("{name}:{secret}"));
            let call = app.post("/oauth/token").header("Content-Type", "application/x-www-form-urlencoded");
            call.header("Authorization", &format!("basic {credentials}")).bytes(body.as_bytes().to_vec()).send()
        };
        basic(id, secret, "grant_type=client_credentials").expect(200);
        basic(id, secret, &format!("grant_type=client_credentials&client_id={id}")).expect(200);
        let says = |answer: Answer, status: u16, error: &str| {
            let answer = answer.expect(status);
            let told = answer.json();
            assert_eq!(told["error"], error, "{answer}");
            assert!(told["error_description"].is_string() && told["code"].is_string(), "{answer}");
            assert_eq!(told["request_id"].as_str(), answer.header("x-request-id"));
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            assert_eq!(answer.header("www-authenticate").is_some(), status == 401, "{answer}");
        };
        let grant = "grant_type=client_credentials";
        says(basic(id, "wrong", grant), 401, "invalid_client");
        says(basic("nobody", secret, grant), 401, "invalid_client");
        says(basic(id, secret, &format!("{grant}&client_secret={secret}")), 400, "invalid_request");
        says(basic(id, secret, &format!("{grant}&client_id=another")), 400, "invalid_request");
        says(basic(id, secret, &format!("{grant}&{grant}")), 400, "invalid_request");
        says(basic(id, secret, ""), 400, "invalid_request");
        says(basic(id, secret, "grant_type=password"), 400, "unsupported_grant_type");
        says(basic(id, secret, &format!("{grant}&scope=everything")), 400, "invalid_scope");
        says(basic(id, secret, &format!("{grant}&scope=events:read+faqs:read")), 400, "invalid_scope");
        says(form(app, grant), 401, "invalid_client");
        says(form(app, &format!("{grant}&client_id={id}")), 401, "invalid_client");
        let json = app.post("/oauth/token").json(&json!({ "grant_type": "client_credentials" })).send();
        says(json, 400, "invalid_request");
        app.get("/oauth/token").send().refused(405, "method_not_allowed");
        for _ in 0..9 {
            basic(id, "wrong", grant).expect(401);
        }
        let closed = basic(id, secret, grant);
        assert_eq!(closed.header("retry-after"), Some("900"));
        says(closed, 429, "temporarily_unavailable");
    }

    fn machines_find_keys_and_endpoints(app: &TestApp) {
        let keys = app.get("/.well-known/jwks.json").send().expect(200);
        let key = &keys.json()["keys"][0];
        assert_eq!((&key["kty"], &key["crv"], &key["alg"], &key["use"]), (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA"), &json!("sig")));
        assert!(key.get("d").is_none());
        let server = app.get("/.well-known/oauth-authorization-server").send().expect(200).json();
        assert_eq!(server["issuer"], "http://desk.example.jp");
        assert_eq!(server["token_endpoint"], "http://desk.example.jp/oauth/token");
        assert_eq!(server["scopes_supported"].as_array().unwrap().len(), 19);
    }

    fn the_journal_tells_who_came_and_went_without_names(app: &TestApp) {
        let id = contract(app, "MNT-1");
        let account = add_member(app, id, "tanaka@city.example.jp");
        let chief = app.manager();
        add_staff(app, "agent@desk.example.jp", Role::Agent);
        app.post(&format!("/v1/contracts/{id}/accounts/{account}/deactivations")).token(&chief).json(&json!({ "reason": "退職" })).send().expect(201);
        let body = json!({ "name": "夜間同期", "kind": "robot", "scopes": ["closures:judge"] });
        app.post("/v1/clients").token(&chief).json(&body).send().expect(201);
        sign_in(app, "tanaka@city.example.jp", PASSWORD, "MNT-1").expect(401);
        let feed = app.get("/v1/events?after=0&limit=100").token(&chief).send().expect(200);
        let types: Vec<String> = feed.json()["items"].as_array().unwrap().iter().map(|e| e["type"].as_str().unwrap().to_owned()).collect();
        assert_eq!(types, ["account.activated", "staff.changed", "account.deactivated", "client.changed"]);
        let text = String::from_utf8_lossy(&feed.body).into_owned();
        for word in ["tanaka", "佐藤", "鈴木", "夜間", "退職", "argon2", "mcs_"] {
            assert!(!text.contains(word), "{word} in {text}");
        }
    }
}

/// The address of an administrator of the contract, added for the test.
fn administrator(app: &TestApp, contract: Id<Contract>) -> String {
    use diesel::prelude::*;
    use madoguchi::db::schema::administrators;
    let email = "kanri@city.example.jp".to_owned();
    let (id, now) = (app.app.new_id::<madoguchi::contracts::Administrator>(), app.app.now());
    let named = app.app.db().transaction_blocking(|db| {
        Ok(diesel::insert_into(administrators::table)
            .values((
                administrators::id.eq(id),
                administrators::contract_id.eq(contract),
                administrators::name.eq("管理 太郎"),
                administrators::email.eq(&email),
                administrators::version.eq(1),
                administrators::created_at.eq(now),
                administrators::changed_at.eq(now),
            ))
            .execute(db)?)
    });
    assert_eq!(named.unwrap(), 1);
    email
}

/// Puts a link back to where self-registration leaves it.
fn awaiting(app: &TestApp, contract: Id<Contract>, account: &str) {
    use diesel::prelude::*;
    use madoguchi::accounts::Account;
    use madoguchi::db::schema::account_links as links;
    use madoguchi::terms::codes::AccountState;
    let account = Id::<Account>::parse(account).unwrap();
    let put = app.app.db().transaction_blocking(|db| {
        let row = links::table.find((account, contract));
        Ok(diesel::update(row).set(links::state.eq(AccountState::AwaitingApproval)).execute(db)?)
    });
    assert_eq!(put.unwrap(), 1);
}
