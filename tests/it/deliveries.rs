//! Telling of a notice by mail: everybody once, and every recipient accounted for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use diesel::prelude::*;
use futures_util::future::select;
use madoguchi::app::App;
use madoguchi::db::Db;
use madoguchi::db::schema::notice_deliveries;
use madoguchi::db::types::Instant;
use madoguchi::deliveries;
use madoguchi::time::{Clock, Ids};
use serde_json::{Value, json};
use time::macros::date;

use super::notices::about;
use super::support::desk::{Desk, ID, with};
use super::support::people::Papers;
use super::support::smtp::{SmtpServer, Turn};
use super::support::*;

/// Every recipient of a notice by address, read page by page.
fn ledger(app: &TestApp, notice: &str) -> BTreeMap<String, Value> {
    let (mut found, mut at) = (BTreeMap::new(), String::new());
    loop {
        let place = format!("/v1/release-notices/{notice}/deliveries?limit=100{at}");
        let page = app.get(&place).token(&app.agent()).send().expect(200).json();
        for item in page["items"].as_array().unwrap() {
            let earlier = found.insert(item["recipient"].as_str().unwrap().to_owned(), item.clone());
            assert!(earlier.is_none(), "twice: {item}");
        }
        match page["next_cursor"].as_str() {
            Some(cursor) => at = format!("&cursor={cursor}"),
            None => return found,
        }
    }
}

fn states(ledger: &BTreeMap<String, Value>) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    ledger.values().for_each(|item| *counts.entry(item["state"].as_str().unwrap()).or_default() += 1);
    counts
}

fn mailing(check: impl Fn(&TestApp, &SmtpServer)) {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let (app, server) = TestApp::with_mail(backend);
        check(&app, &server);
    }
}

/// A new process on the same database: nothing of the old one's memory is left.
fn restarted(app: &TestApp, now: &str) -> App {
    let config = app.app.config().clone();
    let clock = Clock::Set(Arc::new(AtomicI64::new(Instant::parse(now).unwrap().micros())));
    let db = Db::new(config.target.clone(), config.database_connections);
    let again = App::new(config, db, clock, Ids::random()).unwrap();
    again.load_keys_blocking().unwrap();
    again
}

#[test]
fn a_mail_says_what_is_told_and_how_to_end_it() {
    mailing(|app, server| {
        let desk = app.desk();
        app.subscribed(&desk, "tanaka@city.example.jp");
        let evil = json!({ "body": "%{desk_phone}\n.\nMAIL FROM:<evil@evil.example>", "to_version": "9.6.140", "title": "題".repeat(200) });
        let notice = app.drafted_notice(&with(about("patch", &json!([desk.software])), &evil));
        app.announced(&notice);
        assert_eq!((app.send_notices(), app.send_notices()), (1, 0));
        let taken = server.taken();
        let [mail] = taken.as_slice() else { panic!("{taken:?}") };
        assert_eq!(mail.to, ["tanaka@city.example.jp"]);
        let subject = mail.header("Subject");
        assert!(subject.starts_with("【サポート窓口】パッチ: 題題") && subject.chars().count() < 200, "{subject}");
        assert!(mail.body.contains("%{desk_phone}\n.\nMAIL FROM:<evil@evil.example>"), "{}", mail.body);
        assert!(mail.body.contains("全ての不具合") && mail.body.contains("9.6.140"), "{}", mail.body);
        let row = &ledger(app, &notice)["tanaka@city.example.jp"];
        assert_eq!(mail.header("Message-ID"), format!("<{}@desk.example.jp>", row["id"].as_str().unwrap()));
        assert_eq!((&row["state"], &row["attempts"][0]["reply_code"]), (&json!("delivered"), &json!(250)));
        let seen = app.look(&app.agent(), &format!("/v1/release-notices/{notice}")).json();
        assert_eq!((&seen["reach"]["complete"], &seen["reach"]["delivered"]), (&json!(true), &json!(1)));
    });
}

#[test]
fn everybody_is_accounted_for_after_a_crash() {
    mailing(|app, server| {
        let desk = app.desk();
        let everybody: BTreeSet<String> = (0..700).map(|n| format!("u{n:03}@city.example.jp")).collect();
        everybody.iter().for_each(|email| drop(app.subscribed(&desk, email)));
        let notice = app.drafted_notice(&about("patch", &json!([desk.software])));
        app.announced(&notice);
        let place = format!("/v1/release-notices/{notice}");
        let agent = app.agent();
        let delivered = || app.look(&agent, &place).json()["reach"]["delivered"].as_u64().unwrap();
        // One step of writing recipients down, and the process is gone.
        let runtime = actix_web::rt::System::new();
        assert!(runtime.block_on(deliveries::fan_out::step(&app.app)).unwrap());
        assert!(ledger(app, &notice).len() < 700);
        // The next one is gone in the middle of sending: four mails are on their way.
        let second = restarted(app, "2026-11-25T01:00:01Z");
        server.next([vec![Turn::Take; 200], vec![Turn::Stall; 4]].concat());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                server.until_stalled(4);
                while delivered() < 200 {} // marked within 50 ms
                stop.send(()).unwrap();
            });
            let working = std::pin::pin!(deliveries::work(&second));
            actix_web::rt::System::new().block_on(async { drop(select(working, std::pin::pin!(stopped)).await) });
        });
        drop(second);
        server.go_on();
        // A third sees it through, once the claims of the second are over.
        let refusals = [Turn::Answer("550 5.1.1 no such user"), Turn::Answer("451 4.7.1 later"), Turn::HangUp];
        server.next(refusals);
        let third = restarted(app, "2026-11-25T01:16:00Z");
        let work = |app: &App| actix_web::rt::System::new().block_on(deliveries::work(app)).unwrap();
        work(&third);
        assert_eq!(work(&third), 0, "pauses are kept");
        work(&restarted(app, "2026-11-25T01:30:00Z"));
        let rows = ledger(app, &notice);
        assert_eq!(rows.keys().cloned().collect::<BTreeSet<_>>(), everybody);
        assert_eq!(states(&rows), BTreeMap::from([("bounced", 1), ("delivered", 699)]));
        let mut by_id: BTreeMap<String, usize> = BTreeMap::new();
        for mail in server.taken() {
            *by_id.entry(mail.header("Message-ID")).or_default() += 1;
        }
        let reached = rows.values().filter(|row| row["state"] == "delivered");
        let missed: Vec<_> = reached
            .filter(|row| !by_id.contains_key(&format!("<{}@desk.example.jp>", row["id"].as_str().unwrap())))
            .collect();
        assert!(missed.is_empty(), "{missed:?}");
        let repeated: usize = by_id.values().map(|count| count - 1).sum();
        assert!((1..=5).contains(&repeated), "{repeated} repeated");
    });
}

#[test]
fn an_address_that_bounces_is_written_to_no_more() {
    mailing(|app, server| {
        let desk = app.desk();
        app.subscribed(&desk, "gone@city.example.jp");
        let announce = || {
            let notice = app.drafted_notice(&about("patch", &json!([desk.software])));
            app.announced(&notice);
            notice
        };
        for _ in 0..2 {
            server.next([Turn::Answer("550 5.1.1 no such user")]);
            let notice = announce();
            assert_eq!(app.send_notices(), 1);
            assert_eq!(states(&ledger(app, &notice)), BTreeMap::from([("bounced", 1)]));
        }
        let notice = announce();
        assert_eq!(app.send_notices(), 0);
        assert_eq!(states(&ledger(app, &notice)), BTreeMap::from([("suppressed", 1)]));
        app.subscribed(&desk, "gone@city.example.jp");
        announce();
        assert_eq!(app.send_notices(), 1, "who applies anew is written to");
    });
}

#[test]
fn nobody_is_mailed_without_a_reason() {
    mailing(|app, server| {
        let desk = app.desk();
        app.subscribed(&desk, "tanaka@city.example.jp");
        let notices: Vec<_> = (0..3).map(|_| app.drafted_notice(&about("patch", &json!([desk.software])))).collect();
        notices.iter().for_each(|notice| drop(app.announced(notice)));
        let step = || actix_web::rt::System::new().block_on(deliveries::fan_out::fan_out(&app.app)).unwrap();
        step();
        let withdrawing = app.post(&format!("/v1/release-notices/{}/withdrawals", notices[0])).token(&app.manager());
        withdrawing.if_match("*").json(&json!({ "reason": "誤り" })).send().expect(201);
        assert_eq!(app.send_notices(), 2);
        assert_eq!(states(&ledger(app, &notices[0])), BTreeMap::from([("cancelled", 1)]));
        // Of another kind, another product, or after the contract's end: nobody.
        let other = app.drafted_notice(&about("alert", &json!([desk.saas])));
        app.announced(&other);
        app.at("2027-04-01T01:00:00Z");
        app.announced(&app.drafted_notice(&about("patch", &json!([desk.software]))));
        assert_eq!((app.send_notices(), server.taken().len()), (0, 2));
    });
}

#[test]
fn a_renewal_that_comes_late_queues_what_was_missed() {
    mailing(|app, server| {
        let desk = app.desk_with(|papers| papers.ends_on = date!(2026 - 11 - 24));
        app.subscribed(&desk, "tanaka@city.example.jp");
        let before = app.drafted_notice(&about("patch", &json!([desk.software])));
        app.announced(&before);
        assert_eq!(app.send_notices(), 0, "the contract has ended");
        app.at("2026-12-01T01:00:00Z");
        let renewing = app.post(&format!("/v1/contracts/{}/renewals", desk.contract)).token(&app.manager());
        let term = json!({ "starts_on": "2026-11-25", "ends_on": "2027-11-24" });
        renewing.if_match("*").json(&term).send().expect(201);
        assert_eq!(app.send_notices(), 1);
        assert_eq!(app.send_notices(), 0);
        assert_eq!((server.taken().len(), ledger(app, &before).len()), (1, 1));
    });
}

#[test]
fn who_asked_is_told_of_the_fix_once() {
    mailing(|app, server| {
        let desk = app.desk();
        let agent = app.agent();
        let asked = |email: &str| app.opened(&app.customer_named(email, ID), &desk.question());
        let evidence = json!({ "location": "駆動部", "vendor_defect_id": "GW-4711" });
        let by_evidence = asked("evidence@city.example.jp");
        let escalation = app.escalated(&agent, &by_evidence);
        let answer = json!({ "outcome": "answered", "language": "en", "disclosure": "permitted" });
        app.act(&agent, &format!("/v1/inquiries/{by_evidence}/escalations/{escalation}/answers"), &answer).expect(201);
        app.close(&agent, &by_evidence, "fault_location_identified", &evidence).expect(201);
        let by_answer = asked("answer@city.example.jp");
        let escalation = app.escalated(&agent, &by_answer);
        let answer = json!({ "outcome": "answered", "language": "en", "disclosure": "permitted", "vendor_defect_id": "GW-4711" });
        app.act(&agent, &format!("/v1/inquiries/{by_answer}/escalations/{escalation}/answers"), &answer).expect(201);
        app.closed(&agent, &by_answer);
        let unregistered = asked("unregistered@city.example.jp");
        app.close(&agent, &unregistered, "fault_location_identified", &evidence).expect(201);
        let another = asked("another@city.example.jp");
        let other = json!({ "location": "駆動部", "vendor_defect_id": "GW-1" });
        app.close(&agent, &another, "fault_location_identified", &other).expect(201);
        for email in ["evidence", "answer", "another"] {
            // Registered for programs only: a patch reaches them by their inquiry alone.
            let body = json!({
                "email": format!("{email}@city.example.jp"), "product_ids": [desk.software],
                "kinds": ["version_upgrade_program"], "support_id": ID, "applied_by": "phone", "applied_on": "2026-11-20",
            });
            app.post("/v1/notice-subscriptions").token(&agent).json(&body).send().expect(201);
        }
        let fixing = with(about("patch", &json!([desk.software])), &json!({ "fixes": ["GW-4711"] }));
        let first = app.drafted_notice(&fixing);
        app.announced(&first);
        assert_eq!(app.send_notices(), 2);
        let mut told: Vec<_> = server.taken().into_iter().map(|mail| (mail.to[0].clone(), mail.body)).collect();
        told.sort();
        let number = |inquiry: &str| {
            app.look(&agent, &format!("/v1/inquiries/{inquiry}")).json()["number"].as_str().unwrap().to_owned()
        };
        for ((to, body), (email, inquiry)) in told.iter().zip([("answer", &by_answer), ("evidence", &by_evidence)]) {
            assert_eq!(*to, format!("{email}@city.example.jp"));
            assert!(body.contains(&number(inquiry)), "{body}");
            assert_eq!(ledger(app, &first)[to]["inquiry"], json!(inquiry));
        }
        app.announced(&app.drafted_notice(&fixing));
        assert_eq!(app.send_notices(), 0, "it was told");
    });
}

fn fan_out(app: &TestApp) {
    actix_web::rt::System::new().block_on(deliveries::fan_out::fan_out(&app.app)).unwrap();
}

/// A patch of the desk's software, announced.
fn patch_announced(app: &TestApp, desk: &Desk) -> String {
    let notice = app.drafted_notice(&about("patch", &json!([desk.software])));
    app.announced(&notice);
    notice
}

/// A subscription under another contract than the desk's.
fn subscribed_under(app: &TestApp, desk: &Desk, id: &str, email: &str) -> String {
    let body = json!({
        "email": email, "product_ids": [desk.software], "kinds": ["patch"], "support_id": id,
        "applied_by": "paper", "applied_on": "2026-11-20",
    });
    app.post("/v1/notice-subscriptions").token(&app.agent()).json(&body).send().expect(201).id()
}

#[test]
fn a_mail_that_was_cut_off_on_its_last_try_is_given_up() {
    mailing(|app, server| {
        let desk = app.desk();
        for email in ["cut-off@city.example.jp", "tanaka@city.example.jp"] {
            app.subscribed(&desk, email);
        }
        let notice = patch_announced(app, &desk);
        fan_out(app);
        let row = notice_deliveries::table.filter(notice_deliveries::recipient.eq("cut-off@city.example.jp"));
        let spent = (notice_deliveries::attempts.eq(10), notice_deliveries::tries_left.eq(0));
        app.app.db().transaction_blocking(|db| Ok(diesel::update(row).set(spent).execute(db)?)).unwrap();
        assert_eq!((app.send_notices(), server.taken().len()), (1, 1));
        let rows = ledger(app, &notice);
        assert_eq!(states(&rows), BTreeMap::from([("dead", 1), ("delivered", 1)]));
        let tries = rows["cut-off@city.example.jp"]["attempts"].as_array().unwrap();
        assert!(tries.len() == 1 && tries[0]["outcome"] == "deferred", "{tries:?}");
        assert!(tries[0]["detail"].as_str().unwrap().contains("not known"), "{tries:?}");
    });
}

#[test]
fn nothing_is_sent_while_nothing_can_be_marked() {
    let (app, server) = &TestApp::with_mail(Backend::Postgres);
    let desk = app.desk();
    (0..300).for_each(|n| drop(app.subscribed(&desk, &format!("u{n:03}@city.example.jp"))));
    let notice = patch_announced(app, &desk);
    fan_out(app);
    let (agent, place) = (app.agent(), format!("/v1/release-notices/{notice}"));
    let delivered = || app.look(&agent, &place).json()["reach"]["delivered"].as_u64().unwrap();
    server.next([vec![Turn::Take; 20], vec![Turn::Stall; 4]].concat());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            server.until_stalled(4);
            while delivered() < 20 {} // what was sent is marked
            app.database.shut(true);
            server.go_on();
            // Each asks for as long as a connection is waited for: hundreds could be sent meanwhile.
            (0..2).for_each(|_| assert_eq!(app.get("/readyz").send().status, 503));
            app.database.shut(false);
        });
        assert_eq!(app.send_notices(), 300, "the sender waits and goes on");
    });
    assert_eq!(states(&ledger(app, &notice)), BTreeMap::from([("delivered", 300)]));
    app.at("2026-11-25T01:16:00Z");
    assert_eq!(app.send_notices(), 0);
    assert_eq!(server.taken().len(), 300, "nobody was told twice");
}

#[test]
fn what_one_subscription_began_another_carries_on() {
    mailing(|app, server| {
        let desk = app.desk_with(|papers| papers.ends_on = date!(2026 - 11 - 26));
        app.contract(&Papers::new("MNT-2", &[desk.software]));
        app.subscribed(&desk, "replaced@city.example.jp");
        app.subscribed(&desk, "both@city.example.jp");
        let lasting = subscribed_under(app, &desk, "MNT-2", "both@city.example.jp");
        let ending = app.subscribed(&desk, "ended@city.example.jp");
        let notice = patch_announced(app, &desk);
        fan_out(app);
        let newer = app.subscribed(&desk, "replaced@city.example.jp");
        app.delete(&format!("/v1/notice-subscriptions/{ending}")).token(&app.agent()).send().expect(204);
        let rows = ledger(app, &notice);
        assert_eq!(states(&rows), BTreeMap::from([("waiting", 3)]));
        server.next([Turn::Answer("451 4.7.1 later"), Turn::Answer("451 4.7.1 later")]);
        assert_eq!(app.send_notices(), 2);
        app.at("2026-11-28T01:00:00Z");
        subscribed_under(app, &desk, "MNT-2", "replaced@city.example.jp");
        assert_eq!(app.send_notices(), 2, "the first contract has ended");
        let rows = ledger(app, &notice);
        assert_eq!(states(&rows), BTreeMap::from([("cancelled", 1), ("delivered", 2)]));
        assert_eq!(rows["both@city.example.jp"]["subscription"], json!(lasting));
        assert_ne!(rows["replaced@city.example.jp"]["subscription"], json!(newer));
        let keys: BTreeSet<_> = server.taken().iter().map(|mail| mail.header("List-Unsubscribe")).collect();
        assert_eq!(keys.len(), 2);
    });
}

#[test]
fn nobody_is_told_of_a_product_that_is_denied() {
    mailing(|app, server| {
        let desk = app.desk_with(|papers| papers.ends_on = date!(2026 - 11 - 26));
        app.subscribed(&desk, "tanaka@city.example.jp");
        let waiting = patch_announced(app, &desk);
        fan_out(app);
        let denial = json!({ "code": "license_terms_violated", "product_id": desk.software, "evidence": "調査による" });
        app.act(&app.manager(), &format!("/v1/contracts/{}/denials", desk.contract), &denial).expect(201);
        assert_eq!(app.send_notices(), 0);
        assert_eq!(states(&ledger(app, &waiting)), BTreeMap::from([("cancelled", 1)]));
        // Nor of what would be made up for.
        app.at("2026-11-28T01:00:00Z");
        let missed = patch_announced(app, &desk);
        app.send_notices();
        let term = json!({ "starts_on": "2026-11-27", "ends_on": "2027-11-26" });
        let renewing = app.post(&format!("/v1/contracts/{}/renewals", desk.contract)).token(&app.manager());
        renewing.if_match("*").json(&term).send().expect(201);
        assert_eq!((app.send_notices(), ledger(app, &missed).len(), server.taken().len()), (0, 0, 0));
    });
}

#[test]
fn no_fix_is_told_that_the_vendor_does_not_let_be_told() {
    mailing(|app, server| {
        let desk = app.desk();
        let agent = app.agent();
        for (email, disclosure) in [("pending", Some("pending")), ("permitted", Some("permitted")), ("unasked", None)] {
            let email = format!("{email}@city.example.jp");
            let inquiry = app.opened(&app.customer_named(&email, ID), &desk.question());
            if let Some(disclosure) = disclosure {
                let escalation = app.escalated(&agent, &inquiry);
                let answer = json!({ "outcome": "answered", "language": "en", "disclosure": disclosure });
                app.act(&agent, &format!("/v1/inquiries/{inquiry}/escalations/{escalation}/answers"), &answer)
                    .expect(201);
            }
            let evidence = json!({ "location": "駆動部", "vendor_defect_id": "GW-4711" });
            app.close(&agent, &inquiry, "fault_location_identified", &evidence).expect(201);
            let body = json!({
                "email": email, "product_ids": [desk.software], "kinds": ["version_upgrade_program"], "support_id": ID,
                "applied_by": "phone", "applied_on": "2026-11-20",
            });
            app.post("/v1/notice-subscriptions").token(&agent).json(&body).send().expect(201);
        }
        let fixing = with(about("patch", &json!([desk.software])), &json!({ "fixes": ["GW-4711"] }));
        app.announced(&app.drafted_notice(&fixing));
        app.send_notices();
        let told: Vec<_> = server.taken().into_iter().flat_map(|mail| mail.to).collect();
        assert_eq!(told, ["permitted@city.example.jp"]);
    });
}

#[test]
fn what_was_missed_is_made_up_for_in_steps() {
    mailing(|app, _| {
        let desk = app.desk_with(|papers| papers.ends_on = date!(2026 - 11 - 24));
        (0..120).for_each(|n| drop(app.subscribed(&desk, &format!("u{n:03}@city.example.jp"))));
        let notice = patch_announced(app, &desk);
        fan_out(app);
        app.at("2026-12-01T01:00:00Z");
        let renewing = app.post(&format!("/v1/contracts/{}/renewals", desk.contract)).token(&app.manager());
        let term = json!({ "starts_on": "2026-11-25", "ends_on": "2027-11-24" });
        renewing.if_match("*").json(&term).send().expect(201);
        let step = || actix_web::rt::System::new().block_on(deliveries::fan_out::step(&app.app)).unwrap();
        assert!(step());
        let some = ledger(app, &notice).len();
        assert!(0 < some && some < 120, "{some}");
        fan_out(app);
        assert_eq!(ledger(app, &notice).len(), 120);
    });
}
