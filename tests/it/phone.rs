//! What came by phone: sent again on the Support Web, continued elsewhere, logged on a wrong
//! contract; and topics that are counted once.

use madoguchi::contracts::Reseller;
use madoguchi::db::types::Id;
use serde_json::{Value, json};
use time::macros::date;

use super::support::desk::{Desk, ID, fresh_key, pointers, with};
use super::support::people::Papers;
use super::support::world::NOTHING;
use super::support::*;

fn path(inquiry: &str) -> String {
    format!("/v1/inquiries/{inquiry}")
}

/// Asks for a re-submission; gives the request.
#[track_caller]
fn asked_again(app: &TestApp, agent: &str, inquiry: &str) -> String {
    app.act(agent, &format!("{}/web-resubmissions", path(inquiry)), &json!({})).expect(201).id()
}

fn resubmitting(desk: &Desk, inquiry: &str) -> Value {
    with(desk.question(), &json!({ "resubmits": inquiry }))
}

/// A call on another customer's contract, as the desk finds out later.
fn other_customer(app: &TestApp, desk: &Desk) -> Id<Reseller> {
    let reseller = app.reseller("別の販売店");
    app.contract(&Papers { reseller: Some(reseller), ..Papers::new("MNT-2", &[desk.software]) });
    reseller
}

fn correct(app: &TestApp, agent: &str, inquiry: &str, members: &Value) -> Answer {
    let body = with(json!({ "presented_support_id": "mnt-2", "reason": "聞き間違い" }), members);
    app.act_on(agent, &format!("{}/contract-corrections", path(inquiry)), inquiry, &body)
}

fn told_types(app: &TestApp, token: &str, inquiry: &str) -> Vec<String> {
    let page = app.get("/v1/events?limit=100").token(token).send().expect(200).json();
    let of = page["items"].as_array().unwrap().iter().filter(|event| event["subject"]["id"] == inquiry);
    of.map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

on_both! {
    fn a_call_is_sent_again_on_the_web(app: &TestApp) {
        let desk = app.desk();
        let (agent, customer) = (app.agent(), app.customer(ID));
        let call = app.opened(&agent, &desk.call(OPEN));
        app.escalated(&agent, &call);
        app.open(&customer, &resubmitting(&desk, &call)).refused(409, "state_conflict");
        let request = asked_again(app, &agent, &call);
        assert_eq!(app.state(&customer, &call), "awaiting_customer");
        let told = app.look(&customer, &format!("{}/information-requests/{request}", path(&call))).expect(200).json();
        assert_eq!((&told["kind"], &told["ended_at"]), (&json!("web_resubmission"), &Value::Null));
        let actions = app.look(&customer, &path(&call)).json()["allowed_actions"].clone();
        assert!(actions.as_array().unwrap().contains(&json!({ "action": "resubmit", "allowed": true })), "{actions}");
        let again = app.open(&customer, &resubmitting(&desk, &call)).expect(201).json();
        assert_eq!((&again["resubmits"], &again["state"]), (&json!(call), &json!("received")));
        let ended = app.look(&customer, &path(&call)).expect(200).json();
        assert_eq!((&ended["state"], &ended["superseded_by"]), (&json!("superseded"), &again["id"]));
        assert_eq!(ended["closure"], Value::Null, "that is no completion");
        let told = app.look(&agent, &format!("{}/information-requests/{request}", path(&call))).json();
        assert_eq!(told["ended_by"], "supersession");
        let escalations = app.look(&agent, &format!("{}/escalations", path(&call))).json();
        assert_ne!(escalations["items"][0]["ended_at"], Value::Null);
        // What is said to the one that ended is told where it goes on.
        let said = json!({ "type": "message", "channel": "support_web", "body": "追記" });
        let problem = app.say(&customer, &call, &said).refused(409, "state_conflict");
        assert_eq!(problem["superseded_by"], again["id"]);
        let problem = app.open(&customer, &resubmitting(&desk, &call)).refused(409, "state_conflict");
        assert_eq!(problem["superseded_by"], again["id"]);
        let types = told_types(app, &agent, &call);
        let expected = ["inquiry.opened", "inquiry.escalated", "inquiry.web_resubmission_requested", "inquiry.superseded"];
        assert_eq!(types, expected);
    }

    fn a_call_sent_again_twice_is_done_once(app: &TestApp) {
        let desk = app.desk();
        let (agent, customer) = (app.agent(), app.customer(ID));
        let call = app.opened(&agent, &desk.call(OPEN));
        asked_again(app, &agent, &call);
        let send = || app.post("/v1/inquiries").token(&customer).key("one").json(&resubmitting(&desk, &call)).send();
        let first = send().expect(201);
        assert_eq!(send().expect(201).body, first.body);
    }

    fn a_resubmission_is_judged_as_its_call_was(app: &TestApp) {
        // The contract and the version end between the call and what is sent on the web.
        let desk = app.desk_with(|papers| papers.ends_on = date!(2026 - 11 - 24));
        let given = json!({ "override": { "codes": ["contract_expired", "outside_reception_hours"], "reason": "更新手続き中" } });
        let manager = app.manager();
        let call = app.opened(&manager, &with(desk.call("2026-11-25T00:30:00Z"), &given));
        asked_again(app, &manager, &call);
        app.at("2026-11-30T01:00:00Z");
        let (agent, customer) = (app.agent(), app.customer(ID));
        app.open(&customer, &desk.question()).refused(403, "contract_expired");
        let again = app.open(&customer, &resubmitting(&desk, &call)).expect(201).json();
        assert_eq!(again["received_at"], "2026-11-30T01:00:00.000000Z", "it came in now");
        let seen = app.look(&agent, &path(again["id"].as_str().unwrap())).json();
        assert_eq!(seen["override"]["codes"], given["override"]["codes"], "what was set aside for the call");
        // What the call did not get past, this does not either.
        let other = app.opened(&app.manager(), &with(desk.call("2026-11-25T00:30:00Z"), &given));
        asked_again(app, &agent, &other);
        let unreleased = with(resubmitting(&desk, &other), &json!({ "product_version": "9.7.0" }));
        app.open(&customer, &unreleased).refused(422, "version_not_released_by_us");
        assert_eq!(app.state(&customer, &other), "awaiting_customer", "and nothing was done");
    }

    fn what_is_sent_again_is_about_the_calls_product(app: &TestApp) {
        let desk = app.desk();
        let (agent, customer) = (app.agent(), app.customer(ID));
        let call = app.opened(&agent, &desk.call(OPEN));
        asked_again(app, &agent, &call);
        let other = with(desk.saas_question(), &json!({ "resubmits": call }));
        let problem = app.open(&customer, &other).refused(422, "validation_failed");
        assert_eq!((&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]), (&json!("/product_id"), &json!("not_allowed_here")));
        assert_eq!(app.state(&customer, &call), "awaiting_customer", "and nothing was done");
        // The inquiry's own denial is told with whom to turn to.
        let case = json!({ "code": "vendor_information_unavailable", "inquiry_id": call, "evidence": "x" });
        let denial = app.act(&app.manager(), &format!("/v1/contracts/{}/denials", desk.contract), &case).expect(201).id();
        let put = app.put(&format!("{}/customer-information", path(&call))).token(&customer).json(&json!({ "settings": "x" })).send();
        for refused in [app.open(&customer, &resubmitting(&desk, &call)), put] {
            let problem = refused.refused(403, "support_denied");
            assert_eq!(problem["denial"]["id"], denial.as_str());
            assert_eq!(problem["contacts"].as_array().unwrap().len(), 2, "{problem}");
        }
        // It holds wherever the inquiry goes.
        other_customer(app, &desk);
        correct(app, &agent, &call, &json!({})).expect(201);
        let right = app.customer("MNT-2");
        let said = json!({ "type": "message", "channel": "support_web", "body": "追記" });
        let sent = app.post(&format!("{}/messages", path(&call))).token(&right).key(&fresh_key()).json(&said).send();
        assert_eq!(sent.refused(403, "support_denied")["denial"]["id"], denial.as_str());
        let seen = app.get(&path(&call)).token(&right).send().expect(200).json();
        let told = seen["allowed_actions"].as_array().unwrap().iter().find(|told| told["action"] == "post_message").unwrap().clone();
        assert_eq!((&told["allowed"], &told["code"]), (&json!(false), &json!("support_denied")));
    }

    fn only_a_call_of_ones_own_is_sent_again(app: &TestApp) {
        let desk = app.desk();
        other_customer(app, &desk);
        let (agent, customer, stranger) = (app.agent(), app.customer(ID), app.customer("MNT-2"));
        let web = app.opened(&customer, &desk.question());
        let requests = format!("{}/web-resubmissions", path(&web));
        let problem = app.act(&agent, &requests, &json!({})).refused(409, "not_a_phone_inquiry");
        assert_eq!(problem["clause"], "SW-4.2.1-C10");
        app.act(&customer, &requests, &json!({})).refused(403, "forbidden");
        app.open(&customer, &resubmitting(&desk, &web)).refused(409, "not_a_phone_inquiry");
        let call = app.opened(&agent, &desk.call(OPEN));
        asked_again(app, &agent, &call);
        let send = |id: &str| {
            let key = fresh_key();
            let sent = app.post("/v1/inquiries").token(&stranger).key(&key).header("X-Request-Id", "same");
            sent.json(&resubmitting(&desk, id)).send()
        };
        let (foreign, none) = (send(&call), send(NOTHING));
        assert_eq!((foreign.status, &foreign.body), (422, &none.body));
        assert_eq!(pointers(&foreign.json()), ["/resubmits"]);
        let by_desk = with(desk.call(OPEN), &json!({ "resubmits": call }));
        assert_eq!(pointers(&app.open(&agent, &by_desk).refused(422, "validation_failed")), ["/resubmits"]);
        let request = asked_again(app, &agent, &call);
        let kinds = json!({ "kind": "web_resubmission", "body": "お願いします。" });
        let problem = app.act(&agent, &format!("{}/information-requests", path(&call)), &kinds);
        assert_eq!(problem.refused(422, "request_kind_not_offered")["offered"], json!(["customer_information", "version_upgrade"]));
        let result = json!({ "result": "performed" });
        app.act(&customer, &format!("{}/information-requests/{request}/results", path(&call)), &result).refused(422, "validation_failed");
    }

    fn a_request_to_send_again_is_withdrawn(app: &TestApp) {
        let desk = app.desk();
        let (agent, customer) = (app.agent(), app.customer(ID));
        let call = app.opened(&agent, &desk.call(OPEN));
        let request = asked_again(app, &agent, &call);
        let asked = json!({ "kind": "customer_information", "body": "設定値をお知らせください。" });
        app.act(&agent, &format!("{}/information-requests", path(&call)), &asked).expect(201);
        app.act(&agent, &format!("{}/information-requests/{request}/withdrawals", path(&call)), &json!({})).expect(201);
        assert_eq!(app.state(&customer, &call), "awaiting_customer", "something else is open");
        app.open(&customer, &resubmitting(&desk, &call)).refused(409, "state_conflict");
    }

    fn a_partner_sends_again_what_it_may_see(app: &TestApp) {
        let desk = app.desk();
        let (agent, partner) = (app.agent(), app.partner(desk.reseller));
        for (access, status) in [("summary", 201), ("none", 422)] {
            app.sql(&format!("UPDATE contracts SET partner_access = '{access}'"));
            let call = app.opened(&agent, &desk.call(OPEN));
            asked_again(app, &agent, &call);
            let body = with(resubmitting(&desk, &call), &json!({ "external_reference": format!("T-{access}") }));
            let answer = app.open(&partner, &body).expect(status);
            if access == "none" {
                assert_eq!(pointers(&answer.json()), ["/resubmits"]);
                continue;
            }
            assert_eq!(answer.json()["external_reference"], "T-summary");
            let found = app.look(&partner, "/v1/inquiries?external_reference=T-summary").json();
            assert_eq!(found["items"][0]["id"], answer.id());
            assert_eq!(app.look(&partner, &path(&call)).json()["superseded_by"], answer.id());
            app.open(&partner, &with(desk.question(), &json!({ "external_reference": "T-summary" }))).refused(409, "reference_taken");
        }
    }

    fn the_desk_lets_a_duplicate_go_on_elsewhere(app: &TestApp) {
        let desk = app.desk();
        other_customer(app, &desk);
        let (agent, customer) = (app.agent(), app.customer(ID));
        let (first, second) = (app.opened(&customer, &desk.question()), app.opened(&customer, &desk.question()));
        let foreign = app.opened(&agent, &with(desk.call(OPEN), &json!({ "presented_support_id": "MNT-2" })));
        let place = format!("{}/supersessions", path(&second));
        let duplicate = |of: &str| json!({ "superseded_by": of, "reason": "duplicate" });
        app.act(&agent, &place, &duplicate(&first)).refused(428, "precondition_required");
        app.act_on(&agent, &place, &second, &with(duplicate(&first), &json!({ "reason": "other" }))).refused(422, "validation_failed");
        let send = |to: &str| {
            let sent = app.post(&place).token(&agent).key(&fresh_key()).if_match("*").header("X-Request-Id", "same");
            sent.json(&duplicate(to)).send()
        };
        let (others, none, itself) = (send(&foreign), send(NOTHING), send(&second));
        assert_eq!((others.status, &others.body), (422, &none.body), "of another contract and none at all are one");
        assert_eq!(itself.refused(422, "validation_failed")["errors"][0]["code"], "not_allowed_here");
        let asked = json!({ "kind": "customer_information", "body": "設定値をお知らせください。" });
        app.act(&agent, &format!("{}/information-requests", path(&second)), &asked).expect(201);
        let done = app.act_on(&agent, &place, &second, &duplicate(&first)).expect(201);
        assert_eq!(done.json()["state"], "superseded");
        assert!(done.etag().starts_with("\"3-"), "{done}");
        assert_eq!(app.look(&customer, &path(&second)).json()["superseded_by"], first.as_str());
        let requests = app.look(&agent, &format!("{}/information-requests", path(&second))).json();
        assert_eq!(requests["items"][0]["ended_by"], "supersession");
        app.act_on(&agent, &place, &second, &duplicate(&first)).refused(409, "state_conflict");
        // No circle: what goes on is not superseded itself.
        let back = app.act_on(&agent, &format!("{}/supersessions", path(&first)), &first, &duplicate(&second));
        assert_eq!(back.refused(409, "state_conflict")["superseded_by"], first.as_str());
        assert_eq!(app.look(&agent, "/v1/inquiries?state=superseded").json()["items"].as_array().unwrap().len(), 1);
        let event = app.look(&agent, "/v1/events?types=inquiry.superseded").json()["items"][0].clone();
        assert_eq!(event["data"], json!({ "superseded_by": first, "reason": "duplicate", "state": "superseded" }));
        app.act(&customer, &place, &duplicate(&first)).refused(403, "forbidden");
    }

    fn of_two_that_shall_go_on_in_each_other_one_does(app: &TestApp) {
        let desk = app.desk();
        let agent = app.agent();
        let call = |_| app.opened(&agent, &desk.call(OPEN));
        let [first, second] = [(); 2].map(call);
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let both = [(&first, &second), (&second, &first)].map(|(from, to)| {
                let agent = &agent;
                scope.spawn(move || {
                    let body = json!({ "superseded_by": to, "reason": "duplicate" });
                    until_free(|| app.post(&format!("{}/supersessions", path(from))).token(agent).key(from).if_match("*").json(&body)).status
                })
            });
            both.map(|one| one.join().unwrap()).to_vec()
        });
        assert!(statuses.contains(&201) && statuses.contains(&409), "{statuses:?}");
    }

    fn a_wrong_contract_is_corrected(app: &TestApp) {
        let desk = app.desk();
        let others = other_customer(app, &desk);
        let (agent, wrong, right) = (app.agent(), app.customer_named("wrong@city.example.jp", ID), app.customer("MNT-2"));
        let (seller, other_seller) = (app.partner(desk.reseller), app.partner(others));
        let call = app.opened(&agent, &desk.call(OPEN));
        let follow_up = app.opened(&agent, &with(desk.call(OPEN), &json!({ "follows": call })));
        let theirs = app.opened(&wrong, &with(desk.question(), &json!({ "follows": call })));
        app.told(&wrong, &call, "これは何でしょうか。");
        let decision = app.closed(&agent, &call);
        let back = json!({ "reason": "誤り" });
        app.act_on(&agent, &format!("/v1/closure-decisions/{decision}/revocations"), &call, &back).expect(201);
        app.look(&wrong, &path(&call)).expect(200);
        app.look(&wrong, &path(&call)).expect(200);
        app.look(&seller, &format!("{}/messages", path(&follow_up))).expect(200);
        app.get(&path(&call)).token(&right).send().refused(404, "not_found");

        let done = correct(app, &agent, &call, &json!({})).expect(201).json();
        assert_eq!(done["presented_support_id"], "MNT-2");
        assert_eq!(done["moved_with_it"], json!([follow_up]));
        let readers: Vec<_> = done["read_by"].as_array().unwrap().iter().map(|r| (&r["inquiry"], &r["kind"], &r["email"])).collect();
        assert_eq!(readers, [
            (&json!(call), &json!("customer"), &json!("wrong@city.example.jp")),
            (&json!(follow_up), &json!("partner"), &Value::Null),
        ]);
        // Hidden from the wrong side at once, like what never was; and nothing is left of it in lists.
        for (reader, id) in [(&wrong, ID), (&seller, ID)] {
            for hidden in [path(&call), path(&follow_up), format!("{}/messages", path(&call)), format!("/v1/closure-decisions/{decision}")] {
                app.get(&hidden).token(reader).support_id(id).send().refused(404, "not_found");
            }
            let listed = app.get("/v1/inquiries").token(reader).support_id(id).send().json();
            let ids: Vec<_> = listed["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect();
            assert_eq!(ids, [json!(theirs)], "what the customer sent itself stays its own");
        }
        // The right side finds it with its messages and decisions, and no word of the wrong contract.
        for (reader, id) in [(&right, "MNT-2"), (&other_seller, "MNT-2")] {
            for found in [path(&call), path(&follow_up), format!("{}/messages", path(&call)), format!("/v1/closure-decisions/{decision}")] {
                let seen = app.get(&found).token(reader).support_id(id).send().expect(200);
                let text = String::from_utf8_lossy(&seen.body).into_owned();
                assert!(!text.contains(ID) && !text.contains(&desk.contract.to_string()), "{text}");
            }
        }
        assert_eq!(app.get(&path(&follow_up)).token(&right).send().json()["follows"], call.as_str());
        // The last event of the one view is the first of the other, and neither tells of the other.
        assert_eq!(told_types(app, &seller, &call).last().unwrap(), "inquiry.contract_corrected");
        app.answered(&agent, &call, &[]);
        assert_eq!(told_types(app, &seller, &call).last().unwrap(), "inquiry.contract_corrected");
        assert_eq!(told_types(app, &other_seller, &call), ["inquiry.contract_corrected", "inquiry.answered"]);
        for reader in [&seller, &other_seller] {
            let feed = app.get("/v1/events?types=inquiry.contract_corrected").token(reader).send().json();
            assert!(feed["items"].as_array().unwrap().iter().all(|event| event["data"].get("internal").is_none()), "{feed}");
            let seqs: Vec<_> = app.get("/v1/events?limit=100").token(reader).send().json()["items"].as_array().unwrap().iter().map(|e| e["seq"].clone()).collect();
            assert_eq!(seqs, (1..=seqs.len()).map(|n| json!(n)).collect::<Vec<_>>());
        }
        // Who reads it from now on is noted anew.
        let again = correct(app, &agent, &call, &json!({ "presented_support_id": ID })).expect(201).json();
        assert_eq!(again["read_by"].as_array().unwrap().len(), 4, "{again}");
    }

    fn what_a_wrong_customer_added_is_not_read_by_the_right_one(app: &TestApp) {
        const THEIRS: &str = "himitsu-theirs";
        let desk = app.desk();
        let others = other_customer(app, &desk);
        let (agent, wrong, right) = (app.agent(), app.customer(ID), app.customer("MNT-2"));
        let other_seller = app.partner(others);
        let call = app.opened(&agent, &desk.call(OPEN));
        let at = path(&call);
        let message = app.told(&wrong, &call, THEIRS);
        app.told(&agent, &call, "窓口より");
        let asked = json!({ "kind": "customer_information", "body": "設定値をお知らせください。" });
        let request = app.act(&agent, &format!("{at}/information-requests"), &asked).expect(201).id();
        let result = json!({ "result": "provided", "body": THEIRS });
        app.act(&wrong, &format!("{at}/information-requests/{request}/results"), &result).expect(201);
        let name = format!("{THEIRS}.log");
        let parts = [("role", None, &b"log"[..]), ("file", Some(&*name), THEIRS.as_bytes())];
        let file = app.form(&wrong, &format!("{at}/attachments"), &parts).key(&fresh_key()).send().expect(201).id();
        let information = format!("{at}/customer-information");
        app.put(&information).token(&wrong).json(&json!({ "settings": THEIRS })).send().expect(201);
        // What the desk puts in order is the customer's still.
        app.put(&information).token(&agent).if_match("*").json(&json!({ "settings": THEIRS })).send().expect(200);
        let solved = json!({ "code": "problem_resolved", "evidence": { "resolution": "済", "confirmation_message_id": message } });
        let check = || app.act(&agent, &format!("{at}/closure-decisions/check"), &solved).expect(200).json()["missing"].clone();
        assert_eq!(check(), json!([]));
        correct(app, &agent, &call, &json!({})).expect(201);
        app.at("2026-11-25T01:01:00Z");
        assert_eq!(check()[0]["code"], "unknown_reference", "it is no word of the customer's whose inquiry it is");

        let (one, content) = (format!("{at}/messages/{message}"), format!("{at}/attachments/{file}"));
        let parts = ["", "/messages", "/information-requests", "/attachments", "/customer-information", "/timeline"];
        for reader in [&right, &other_seller] {
            let read = |path: &str| app.get(path).token(reader).support_id("MNT-2").send();
            for part in parts {
                let seen = String::from_utf8_lossy(&read(&format!("{at}{part}")).body).into_owned();
                for theirs in [THEIRS, &*message, &*file] {
                    assert!(!seen.contains(theirs), "{part}: {seen}");
                }
            }
            let told = read(&format!("{at}/information-requests/{request}")).expect(200).json();
            assert_eq!(told["result"], Value::Null);
            assert_eq!(read(&format!("{at}/messages")).expect(200).json()["items"].as_array().unwrap().len(), 1, "the desk's");
            read(&one).refused(404, "not_found");
        }
        let read = |path: &str| app.get(path).token(&right).send();
        for gone in [&content, &format!("{content}/content"), &information] {
            read(gone).refused(404, "not_found");
        }
        app.post(&format!("{one}/maskings")).token(&right).json(&json!({})).send().refused(404, "not_found");
        // The desk has it all, and the right customer begins anew.
        for part in ["/messages", "/information-requests", "/attachments", "/customer-information"] {
            let seen = String::from_utf8_lossy(&app.look(&agent, &format!("{at}{part}")).expect(200).body).into_owned();
            assert!(seen.contains(THEIRS), "{seen}");
        }
        let marked = |place: &str| app.look(&agent, place).json()["of_another_contract"].clone();
        assert_eq!([marked(&one), marked(&content)], [json!(true), json!(true)]);
        for part in ["/messages", "/attachments"] {
            let seen = app.look(&agent, &format!("{at}{part}")).json();
            let count = seen["items"].as_array().unwrap().iter().filter(|item| item["of_another_contract"] == json!(true)).count();
            assert_eq!(count, 1, "{part}: the desk's own is no other's");
        }
        app.put(&information).token(&right).json(&json!({ "settings": "ours" })).send().expect(201);
        assert_eq!(read(&information).expect(200).json()["settings"], "ours");
        let said = json!({ "type": "message", "channel": "support_web", "body": "ours" });
        app.post(&format!("{at}/messages")).token(&right).key(&fresh_key()).json(&said).send().expect(201);
        assert_eq!(read(&format!("{at}/messages")).expect(200).json()["items"].as_array().unwrap().len(), 2);
    }

    fn what_came_back_is_its_own_customers_again(app: &TestApp) {
        const OURS: &str = "himitsu-ours";
        const THEIRS: &str = "himitsu-theirs";
        let desk = app.desk();
        other_customer(app, &desk);
        let (agent, ours, theirs) = (app.agent(), app.customer(ID), app.customer("MNT-2"));
        let call = app.opened(&agent, &with(desk.call(OPEN), &json!({ "kind": "problem_resolution" })));
        let at = path(&call);
        let said = app.told(&ours, &call, OURS);
        let file = |sender: &str, name: &str| {
            let parts = [("role", None, &b"log"[..]), ("file", Some(name), name.as_bytes())];
            app.form(sender, &format!("{at}/attachments"), &parts).key(&fresh_key()).send().expect(201).id()
        };
        let our_file = file(&ours, "ours.log");
        app.at("2026-11-25T01:01:00Z");
        correct(app, &agent, &call, &json!({})).expect(201);
        app.at("2026-11-25T01:02:00Z");
        let solved = json!({ "type": "message", "channel": "support_web", "body": THEIRS, "marks": ["resolved_by_customer"] });
        let post = |path: &str, body: &Value| app.post(path).token(&theirs).key(&fresh_key()).json(body).send().expect(201);
        let another = post(&format!("{at}/messages"), &solved).id();
        let their_file = file(&theirs, "theirs.log");
        let asked = json!({ "kind": "customer_information", "body": "設定値をお知らせください。" });
        let request = format!("{at}/information-requests/{}", app.act(&agent, &format!("{at}/information-requests"), &asked).expect(201).id());
        post(&format!("{request}/results"), &json!({ "result": "provided", "body": THEIRS }));
        let queue = || String::from_utf8_lossy(&app.look(&agent, "/v1/triage/queue").expect(200).body).into_owned();
        assert!(queue().contains(&another), "{}", queue());
        app.at("2026-11-25T01:03:00Z");
        correct(app, &agent, &call, &json!({ "presented_support_id": ID })).expect(201);
        app.at("2026-11-25T01:04:00Z");

        for (part, own) in [("/messages", OURS), ("/attachments", "ours.log")] {
            let seen = String::from_utf8_lossy(&app.look(&ours, &format!("{at}{part}")).expect(200).body).into_owned();
            assert!(seen.contains(own) && !seen.contains("theirs"), "{part}: {seen}");
        }
        let [mine, other] = [&said, &another].map(|id| format!("{at}/messages/{id}"));
        let [my_file, other_file] = [&our_file, &their_file].map(|id| format!("{at}/attachments/{id}"));
        for (own, foreign) in [(&mine, &other), (&my_file, &other_file)] {
            app.look(&ours, own).expect(200);
            app.look(&ours, foreign).refused(404, "not_found");
            let marked = |place: &str| app.look(&agent, place).json()["of_another_contract"].clone();
            assert_eq!((marked(own), marked(foreign)), (Value::Null, json!(true)));
        }
        // The desk is told the same by every answer.
        for place in [&other, &other_file] {
            let seen = app.look(&agent, place);
            let consent = json!({ "given_by": "田中 一郎", "given_at": "2026-11-25T01:02:00Z" });
            let body = json!({ "shareable_with_vendor": true, "consent": consent });
            let changed = app.patch(place).token(&agent).if_match(seen.told("etag")).merge_patch(&body).send().expect(200);
            assert_eq!(changed.json()["of_another_contract"], json!(true));
            assert_eq!(changed.told("etag"), app.look(&agent, place).told("etag"));
        }
        let result = app.look(&ours, &request).expect(200).json();
        assert_eq!((&result["result"], result.get("of_another_contract")), (&Value::Null, None));
        let result = app.look(&agent, &request).expect(200).json();
        assert_eq!((&result["result"]["body"], &result["of_another_contract"]), (&json!(THEIRS), &json!(true)));
        assert!(!queue().contains(&another), "what confirms nothing is not suggested: {}", queue());
    }

    fn every_way_to_read_is_noted(app: &TestApp) {
        let desk = app.desk();
        other_customer(app, &desk);
        let agent = app.agent();
        for way in ["/timeline", "/attachments", "/customer-information", "/messages", "decision", "decisions"] {
            let wrong = app.customer_named(&format!("{}@city.example.jp", way.trim_start_matches('/')), ID);
            let settings = json!({ "customer_information": { "settings": "x" } });
            let call = app.opened(&agent, &with(desk.call(OPEN), &settings));
            let decision = app.closed(&agent, &call);
            let read = match way {
                "decision" => format!("/v1/closure-decisions/{decision}"),
                "decisions" => "/v1/closure-decisions?revoked=false".to_owned(),
                part => format!("{}{part}", path(&call)),
            };
            app.look(&wrong, &read).expect(200);
            app.unchanged("another reading", || {
                app.look(&wrong, &read).expect(200);
            });
            app.act_on(&agent, &format!("/v1/closure-decisions/{decision}/revocations"), &call, &json!({ "reason": "x" })).expect(201);
            let done = correct(app, &agent, &call, &json!({})).expect(201).json();
            assert_eq!(done["read_by"].as_array().unwrap().len(), 1, "{way}: {done}");
        }
    }

    fn a_correction_is_judged_as_an_opening(app: &TestApp) {
        let desk = app.desk();
        let (agent, manager) = (app.agent(), app.manager());
        let call = app.opened(&agent, &desk.call(OPEN));
        app.contract(&Papers { ends_on: date!(2026 - 11 - 20), ..Papers::new("MNT-2", &[desk.software]) });
        app.contract(&Papers::new("MNT-3", &[desk.saas]));
        let to = |id: &str| json!({ "presented_support_id": id });
        correct(app, &agent, &call, &to("MNT-404")).refused(403, "support_id_unknown");
        correct(app, &agent, &call, &to(ID)).refused(422, "validation_failed");
        assert_eq!(correct(app, &agent, &call, &to("MNT-3")).refused(422, "product_not_contracted")["clause"], "DOC-0-C2");
        correct(app, &agent, &call, &json!({})).refused(403, "contract_expired");
        let given = json!({ "override": { "codes": ["contract_expired"], "reason": "更新手続き中" } });
        correct(app, &agent, &call, &given).refused(403, "forbidden");
        app.act(&agent, &format!("{}/contract-corrections", path(&call)), &with(to("MNT-2"), &json!({ "reason": "x" }))).refused(428, "precondition_required");
        for (codes, pointer) in [(json!([]), "/override/codes"), (json!(["contract_expired", "contract_expired"]), "/override/codes/1")] {
            let given = json!({ "override": { "codes": codes, "reason": "更新手続き中" } });
            assert_eq!(pointers(&correct(app, &manager, &call, &given).refused(422, "validation_failed")), [pointer]);
        }
        correct(app, &manager, &call, &given).expect(201);
        let seen = app.look(&agent, &path(&call)).json();
        assert_eq!((&seen["override"]["codes"], &seen["version"]), (&json!(["contract_expired"]), &json!(2)));
        let web = app.opened(&app.customer(ID), &desk.question());
        correct(app, &agent, &web, &to("MNT-2")).refused(409, "not_a_phone_inquiry");
        app.closed(&agent, &call);
        correct(app, &agent, &call, &to(ID)).refused(409, "inquiry_closed");
        let customer = app.customer(ID);
        correct(app, &customer, &web, &to("MNT-2")).refused(403, "forbidden");
    }

    fn reading_is_noted_once(app: &TestApp) {
        let desk = app.desk();
        let (agent, customer) = (app.agent(), app.customer(ID));
        let call = app.opened(&agent, &desk.call(OPEN));
        let web = app.opened(&customer, &desk.question());
        app.unchanged("what was not read by phone, and the desk's reading", || {
            app.look(&customer, &path(&web)).expect(200);
            app.look(&agent, &path(&call)).expect(200);
        });
        // A list shows subjects, so it is read, too.
        app.look(&customer, "/v1/inquiries").expect(200);
        app.unchanged("another reading", || {
            app.look(&customer, "/v1/inquiries").expect(200);
            app.look(&customer, &path(&call)).expect(200);
            app.look(&customer, &format!("{}/information-requests", path(&call))).expect(200);
        });
    }

    fn a_redirected_call_sent_again_is_counted_once(app: &TestApp) {
        app.desk();
        let (agent, customer) = (app.agent(), app.customer(ID));
        let body = json!({ "channel": "support_web", "topic": "contract", "subject": "更新", "body": "本文" });
        let send = |key: &str, body: &Value| {
            app.post("/v1/inquiries").token(&customer).key(key).json(body).send().refused(409, "redirected");
        };
        let counted = || app.look(&agent, "/v1/redirections").json()["items"].as_array().unwrap().len();
        send("one", &body);
        send("one", &body);
        assert_eq!(counted(), 1);
        send("two", &body);
        send("one", &with(body, &json!({ "topic": "pre_purchase" })));
        assert_eq!(counted(), 3);
    }
}
