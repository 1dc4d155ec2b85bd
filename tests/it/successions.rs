//! A contract goes on in another one, from its first day; terms that end soon; next year's term in
//! the nightly sync.

use madoguchi::contracts::{Contract, ending, succeed};
use madoguchi::db::types::Id;
use serde_json::{Value, json};
use time::macros::date;

use super::support::desk::{Desk, ID, fresh_key, with};
use super::support::people::Papers;
use super::support::world::NOTHING;
use super::support::*;

/// The successor, from 2026-12-01 on; other papers of the same customer.
fn successor(app: &TestApp, desk: &Desk) -> Id<Contract> {
    app.contract(&Papers {
        starts_on: date!(2026 - 12 - 01),
        ends_on: date!(2027 - 11 - 30),
        reseller: Some(desk.reseller),
        ..Papers::new("NEW-1", &[desk.software, desk.saas])
    })
}

fn succeed(app: &TestApp, token: &str, contract: Id<Contract>, to: &str) -> Answer {
    let path = format!("/v1/contracts/{contract}");
    let tag = app.get(&path).token(token).send().expect(200).etag();
    let body = json!({ "contract": to });
    app.post(&format!("{path}/successions")).token(token).key(&fresh_key()).if_match(&tag).json(&body).send()
}

fn events(app: &TestApp, token: &str, event_type: &str) -> Vec<Value> {
    let page = app.get(&format!("/v1/events?limit=100&types={event_type}")).token(token).send().expect(200).json();
    page["items"].as_array().unwrap().clone()
}

fn signed_in(app: &TestApp, id: &str) -> Answer {
    let body = json!({ "email": "sato@city.example.jp", "password": "correct horse battery staple", "support_id": id });
    app.post("/v1/sessions").json(&body).send()
}

on_both! {
    fn a_successor_takes_over_on_its_first_day(app: &TestApp) {
        let desk = app.desk();
        let manager = app.manager();
        let new = successor(app, &desk);
        let account = json!({ "email": "sato@city.example.jp", "name": "佐藤", "password": "correct horse battery staple" });
        app.post(&format!("/v1/contracts/{}/accounts", desk.contract)).token(&manager).json(&account).send().expect(201);
        let customer = app.customer(ID);
        let inquiry = app.opened(&customer, &desk.question());
        let closed = app.opened(&customer, &desk.question());
        let decision = app.closed(&manager, &closed);
        let line = succeed(app, &manager, desk.contract, &new.to_string()).expect(201).json();
        assert_eq!((&line["kind"], &line["effective_on"], &line["successor"]), (&json!("succeeded"), &json!("2026-12-01"), &json!(new)));
        let told = events(app, &manager, "contract.succeeded");
        assert_eq!(told[0]["data"], json!({ "successor": new, "effective_on": "2026-12-01" }));

        // Until then the old contract serves, and its IDs answer as before.
        app.at("2026-11-30T14:59:59Z");
        let customer = app.customer(ID);
        assert_eq!(app.look(&customer, &format!("/v1/inquiries/{inquiry}")).expect(200).json()["contract"]["id"], desk.contract.to_string());
        assert_eq!(signed_in(app, ID).expect(201).json()["contract"]["id"], desk.contract.to_string());
        signed_in(app, "NEW-1").refused(401, "sign_in_failed");

        // From then on it is all the successor's, before any worker has woken.
        app.at("2026-11-30T15:00:00Z");
        for (id, count) in [(ID, 2), ("NEW-1", 3)] {
            let session = signed_in(app, id).expect(201).json();
            assert_eq!(session["contract"]["id"], new.to_string(), "{id}");
            let token = session["access_token"].as_str().unwrap();
            let listed = app.get("/v1/inquiries").token(token).send().expect(200).json();
            assert_eq!(listed["items"].as_array().unwrap().len(), count, "{id}");
            let one = app.get(&format!("/v1/inquiries/{inquiry}")).token(token).send().expect(200).json();
            assert_eq!(one["contract"], json!({ "id": new, "maintenance_id": "NEW-1", "contract_id": null }));
            app.get(&format!("/v1/closure-decisions/{decision}")).token(token).send().expect(200);
            let said = json!({ "type": "message", "channel": "support_web", "body": "追記" });
            let messages = format!("/v1/inquiries/{inquiry}/messages");
            app.post(&messages).token(token).key(&fresh_key()).json(&said).send().expect(201);
            let follows = with(desk.question(), &json!({ "follows": closed, "product_version": "9.5.120" }));
            let sent = app.post("/v1/inquiries").token(token).key(&fresh_key()).json(&follows).send();
            assert_eq!(sent.expect(201).json()["contract"]["id"], new.to_string());
            let history = app.get(&format!("/v1/contracts/{new}/history")).token(token).send().expect(200).json();
            let lines: Vec<_> = history["items"].as_array().unwrap().iter().map(|l| (&l["contract"], &l["kind"])).collect();
            assert!(lines.contains(&(&json!(desk.contract), &json!("succeeded"))) && lines.len() == 3, "{history}");
            app.get(&format!("/v1/contracts/{}", desk.contract)).token(token).send().refused(404, "not_found");
        }
        // The session that began before goes on, and so does the partner by either ID.
        app.at("2026-11-30T15:00:01Z");
        let partner = app.partner(desk.reseller);
        for id in [ID, "NEW-1"] {
            app.get(&format!("/v1/inquiries/{inquiry}")).token(&partner).support_id(id).send().expect(200);
        }
        let mine = app.look(&app.agent(), &format!("/v1/contracts/{new}/accounts")).expect(200).json();
        assert_eq!(mine["items"].as_array().unwrap().len(), 3, "{mine}");
        let told = events(app, &app.agent(), "contract.succeeded");
        assert_eq!(told.len(), 2);
        assert_eq!(told[1]["data"]["predecessor"], desk.contract.to_string());
        assert_eq!((&told[1]["subject"]["id"], &told[1]["data"]["internal"]["inquiries"]), (&json!(new), &json!(2)));
    }

    fn what_was_denied_is_denied_by_the_successor(app: &TestApp) {
        let desk = app.desk();
        let manager = app.manager();
        let new = successor(app, &desk);
        let customer = app.customer(ID);
        let case = app.opened(&customer, &desk.saas_question());
        let denials = format!("/v1/contracts/{}/denials", desk.contract);
        let of = |members: Value| app.act(&manager, &denials, &with(json!({ "evidence": "調査による" }), &members)).expect(201).id();
        of(json!({ "code": "license_terms_violated", "product_id": desk.software, "effective_on": "2026-11-20" }));
        let lifted = of(json!({ "code": "improper_use_or_misuse", "product_id": desk.software }));
        app.act(&manager, &format!("{denials}/{lifted}/liftings"), &json!({ "reason": "是正" })).expect(201);
        of(json!({ "code": "vendor_information_unavailable", "inquiry_id": case }));
        succeed(app, &manager, desk.contract, &new.to_string()).expect(201);
        app.at("2026-11-30T15:00:00Z");
        let (manager, customer) = (app.manager(), app.customer("NEW-1"));
        let question = with(desk.question(), &json!({ "product_version": "9.5.120" }));
        let open = || app.post("/v1/inquiries").token(&customer).key(&fresh_key()).json(&question).send();
        open().refused(403, "support_denied");
        let said = json!({ "type": "message", "channel": "support_web", "body": "追記" });
        let sent = app.post(&format!("/v1/inquiries/{case}/messages")).token(&customer).key(&fresh_key()).json(&said).send();
        sent.refused(403, "support_denied");
        let carried = format!("/v1/contracts/{new}/denials");
        let listed = app.look(&manager, &carried).expect(200).json()["items"].clone();
        assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
        assert_eq!((&listed[0]["code"], &listed[0]["effective_on"]), (&json!("license_terms_violated"), &json!("2026-11-20")));
        // Lifted there it is lifted, though the succession is looked at again.
        let one = listed[0]["id"].as_str().unwrap();
        app.act(&manager, &format!("{carried}/{one}/liftings"), &json!({ "reason": "是正" })).expect(201);
        app.app.write_blocking(succeed::carry_due).unwrap();
        assert_eq!(app.look(&manager, &carried).expect(200).json()["items"].as_array().unwrap().len(), 1);
        open().expect(201);
    }

    fn a_token_from_before_reads_on(app: &TestApp) {
        let desk = app.desk();
        let new = successor(app, &desk);
        succeed(app, &app.manager(), desk.contract, &new.to_string()).expect(201);
        app.at("2026-11-30T14:59:00Z");
        let customer = app.customer(ID);
        let inquiry = app.opened(&customer, &with(desk.question(), &json!({ "product_version": "9.5.120" })));
        app.at("2026-11-30T15:00:00Z");
        assert_eq!(app.look(&customer, &format!("/v1/inquiries/{inquiry}")).expect(200).json()["contract"]["id"], new.to_string());
        let listed = app.look(&customer, "/v1/contracts").expect(200).json();
        assert_eq!(listed["items"][0]["id"], new.to_string());
        // An account is ended for both IDs at once.
        let accounts = app.look(&app.agent(), &format!("/v1/contracts/{new}/accounts")).json();
        let account = accounts["items"][0]["id"].as_str().unwrap().to_owned();
        app.act(&app.agent(), &format!("/v1/contracts/{new}/accounts/{account}/deactivations"), &json!({})).expect(201);
        app.look(&customer, "/v1/inquiries").refused(401, "unauthenticated");
    }

    fn a_call_before_the_day_is_judged_by_the_contract_that_served(app: &TestApp) {
        let desk = app.desk();
        let new = successor(app, &desk);
        succeed(app, &app.manager(), desk.contract, &new.to_string()).expect(201);
        app.at("2026-12-01T01:00:00Z");
        let called = |at: &str| app.open(&app.agent(), &with(desk.call(at), &json!({ "product_version": "9.5.120" })));
        let logged = called("2026-11-30T05:00:00Z").expect(201).json();
        assert_eq!(logged["contract"]["id"], new.to_string(), "it is filed where it goes on");
        assert_eq!(called("2026-12-01T00:30:00Z").expect(201).json()["contract"]["id"], new.to_string());
    }

    fn a_successor_that_has_begun_takes_over_at_once(app: &TestApp) {
        let desk = app.desk();
        let (manager, customer) = (app.manager(), app.customer(ID));
        let inquiry = app.opened(&customer, &desk.question());
        let begun = app.contract(&Papers::new("NEW-1", &[desk.software]));
        let third = app.contract(&Papers::new("NEW-2", &[desk.software]));
        for (to, code) in [(desk.contract.to_string(), "not_allowed_here"), (NOTHING.into(), "unknown_reference")] {
            let problem = succeed(app, &manager, desk.contract, &to).refused(422, "validation_failed");
            assert_eq!(problem["errors"][0]["code"], code);
        }
        let path = format!("/v1/contracts/{}/successions", desk.contract);
        let body = json!({ "contract": begun });
        app.post(&path).token(&manager).json(&body).send().refused(428, "precondition_required");
        app.post(&path).token(&app.agent()).if_match("*").json(&body).send().refused(403, "forbidden");
        app.post(&path).token(&manager).if_match("\"9\"").json(&body).send().refused(412, "version_conflict");
        succeed(app, &manager, desk.contract, &begun.to_string()).expect(201);
        succeed(app, &manager, desk.contract, &third.to_string()).refused(409, "state_conflict");
        let round = succeed(app, &manager, begun, &desk.contract.to_string()).refused(422, "validation_failed");
        assert_eq!(round["errors"][0]["code"], "not_allowed_here");
        // It goes on in turn, and the first ID with it.
        succeed(app, &manager, begun, &third.to_string()).expect(201);
        assert_eq!(app.look(&customer, &format!("/v1/inquiries/{inquiry}")).expect(200).json()["contract"]["id"], third.to_string());
        let history = app.look(&manager, &format!("/v1/contracts/{third}/history")).json();
        assert_eq!(history["items"].as_array().unwrap().len(), 5);
        // New papers for the first contract do not bring its ID back.
        let tag = app.look(&manager, &format!("/v1/contracts/{}", desk.contract)).etag();
        let patch = json!({ "contract_id": "CT-1" });
        app.patch(&format!("/v1/contracts/{}", desk.contract)).token(&manager).if_match(&tag).merge_patch(&patch).send().expect(200);
        app.look(&customer, &format!("/v1/inquiries/{inquiry}")).expect(200);
    }

    fn a_succession_follows_its_successors_first_day(app: &TestApp) {
        let desk = app.desk();
        let manager = app.manager();
        let new = successor(app, &desk);
        succeed(app, &manager, desk.contract, &new.to_string()).expect(201);
        let path = format!("/v1/contracts/{new}");
        let tag = app.look(&manager, &path).etag();
        app.patch(&path).token(&manager).if_match(&tag).merge_patch(&json!({ "starts_on": "2026-12-10" })).send().expect(200);
        app.at("2026-12-09T03:00:00Z");
        app.look(&app.customer(ID), &format!("/v1/contracts/{}", desk.contract)).expect(200);
        app.at("2026-12-10T03:00:00Z");
        app.look(&app.customer(ID), &path).expect(200);
    }

    fn a_resubmission_outlives_a_succession(app: &TestApp) {
        let desk = app.desk();
        let agent = app.agent();
        let new = successor(app, &desk);
        let call = app.opened(&agent, &desk.call(OPEN));
        app.act(&agent, &format!("/v1/inquiries/{call}/web-resubmissions"), &json!({})).expect(201);
        succeed(app, &app.manager(), desk.contract, &new.to_string()).expect(201);
        app.at("2026-12-01T01:00:00Z");
        let body = with(desk.question(), &json!({ "resubmits": call }));
        assert_eq!(app.open(&app.customer(ID), &body).expect(201).json()["contract"]["id"], new.to_string());
    }

    fn a_term_that_ends_soon_is_told_once(app: &TestApp) {
        let desk = app.desk_with(|papers| papers.ends_on = date!(2027 - 01 - 24));
        let renewed = app.contract(&Papers { ends_on: date!(2027 - 01 - 10), ..Papers::new("MNT-2", &[desk.software]) });
        app.contract(&Papers { ends_on: date!(2026 - 11 - 20), ..Papers::new("MNT-3", &[desk.software]) });
        let manager = app.manager();
        let tag = app.look(&manager, &format!("/v1/contracts/{renewed}")).etag();
        let next = json!({ "starts_on": "2027-01-11", "ends_on": "2028-01-10" });
        app.post(&format!("/v1/contracts/{renewed}/renewals")).token(&manager).if_match(&tag).json(&next).send().expect(201);
        let told = |at: &str| {
            app.at(at);
            app.app.write_blocking(ending::tell).unwrap();
            events(app, &app.manager(), "contract.ending")
        };
        assert_eq!(told("2026-11-24T14:59:59Z").len(), 0, "61 days before");
        for at in ["2026-11-24T15:00:00Z", "2026-11-25T01:00:00Z", "2027-01-24T14:59:59Z"] {
            let told = told(at);
            assert_eq!(told.len(), 1, "{at}");
            assert_eq!((&told[0]["subject"]["id"], &told[0]["data"]), (&json!(desk.contract), &json!({ "ends_on": "2027-01-24" })));
        }
        let partner = app.partner(desk.reseller);
        assert_eq!(events(app, &partner, "contract.ending").len(), 1);
        let soon = app.get("/v1/contracts?ends_before=2027-02-01").token(&partner).send().expect(200).json();
        assert_eq!(soon["items"].as_array().unwrap().len(), 1, "only its own");
        assert_eq!(app.get("/v1/contracts?ends_before=2027-01-24").token(&partner).send().json()["items"], json!([]));
        // A term after a renewal ends, too.
        assert_eq!(told("2027-12-01T01:00:00Z").len(), 2);
    }

    fn next_years_term_waits_for_its_first_day(app: &TestApp) {
        let desk = app.desk();
        let manager = app.manager();
        let body = json!({
            "maintenance_id": ID, "customer": { "name": "架空市役所（サンプル）" }, "product_ids": [desk.software],
            "services": ["qa"], "site_country": "JP", "partner_access": "full", "reseller_id": desk.reseller,
            "starts_on": "2027-04-01", "ends_on": "2028-03-31",
        });
        let put = |token: &str, body: &Value| app.put(&format!("/v1/contracts/by-support-id/{ID}")).token(token).json(body).send();
        let sent = put(&manager, &body).expect(200);
        let seen = sent.json();
        assert_eq!((&seen["condition"], &seen["ends_on"]), (&json!("in_force"), &json!("2027-03-31")));
        assert_eq!(seen["services"].as_array().unwrap().len(), 3, "the present term's services");
        assert_eq!(put(&manager, &body).expect(200).etag(), sent.etag(), "it is nothing new the next night");
        app.open(&app.customer(ID), &desk.question()).expect(201);
        app.at("2027-03-31T15:00:00Z");
        let seen = app.look(&app.manager(), &format!("/v1/contracts/{}", desk.contract)).json();
        assert_eq!((&seen["condition"], &seen["ends_on"], &seen["services"]), (&json!("in_force"), &json!("2028-03-31"), &json!(["qa"])));
        assert_eq!(put(&app.manager(), &body).expect(200).json()["version"], seen["version"]);
    }

    fn a_term_not_begun_is_corrected_at_once(app: &TestApp) {
        let desk = app.desk_with(|papers| papers.starts_on = date!(2026 - 12 - 01));
        let manager = app.manager();
        let body = json!({
            "maintenance_id": ID, "customer": { "name": "架空市役所（サンプル）" }, "product_ids": [desk.software],
            "services": ["qa"], "site_country": "JP", "partner_access": "full",
            "starts_on": "2026-12-10", "ends_on": "2027-12-09",
        });
        let seen = app.put(&format!("/v1/contracts/by-support-id/{ID}")).token(&manager).json(&body).send().expect(200).json();
        assert_eq!((&seen["condition"], &seen["starts_on"]), (&json!("not_started"), &json!("2026-12-10")));
        // Where nothing is there is nothing that any entity tag could name.
        let none = app.put("/v1/contracts/by-support-id/MNT-404").token(&manager).if_match("*");
        let new = with(body, &json!({ "maintenance_id": "MNT-404" }));
        none.json(&new).send().refused(412, "version_conflict");
        app.put("/v1/contracts/by-support-id/MNT-404").token(&manager).json(&new).send().expect(201);
    }
}

on_both! {
    fn subscriptions_go_on_under_the_successor(app: &TestApp) {
        let desk = app.desk();
        let manager = app.manager();
        let new = successor(app, &desk);
        let carried = app.subscribed(&desk, "carried@city.example.jp");
        let replaced = app.subscribed(&desk, "both@city.example.jp");
        let own = json!({
            "email": "both@city.example.jp", "product_ids": [desk.software], "kinds": ["patch"],
            "support_id": "NEW-1", "applied_by": "paper", "applied_on": "2026-11-20",
        });
        let own = app.post("/v1/notice-subscriptions").token(&manager).json(&own).send().expect(201).id();
        let announce = || {
            let notice = app.drafted_notice(&crate::notices::about("patch", &json!([desk.software])));
            app.announced(&notice);
            notice
        };
        announce();
        actix_web::rt::System::new().block_on(madoguchi::deliveries::fan_out::fan_out(&app.app)).unwrap();
        succeed(app, &manager, desk.contract, &new.to_string()).expect(201);
        app.at("2026-12-01T01:00:00Z");
        assert_eq!(app.send_notices(), 2, "what was waiting");
        announce();
        assert_eq!(app.send_notices(), 2);
        let seen = |id: &str| app.look(&app.agent(), &format!("/v1/notice-subscriptions/{id}")).expect(200).json();
        assert_eq!((&seen(&carried)["state"], &seen(&carried)["contract"]), (&json!("registered"), &json!(new)));
        assert_eq!((&seen(&replaced)["ended_by"], &seen(&own)["state"]), (&json!("replaced"), &json!("registered")));
        assert_eq!(events(app, &app.agent(), "subscription.ended").len(), 1);
        actix_web::rt::System::new().block_on(app.app.write_value(madoguchi::contracts::succeed::carry_due)).unwrap();
        assert_eq!(events(app, &app.agent(), "subscription.ended").len(), 1);
    }
}
