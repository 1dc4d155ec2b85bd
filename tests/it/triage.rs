//! The queue, its suggestions, and batches.

use madoguchi::terms::codes::Scope;
use serde_json::{Value, json};

use super::support::desk::{Desk, ID, agreement, fresh_key, with};
use super::support::people::Papers;
use super::support::world::NOTHING;
use super::support::*;

fn queue(app: &TestApp, token: &str) -> Vec<Value> {
    let page = app.get("/v1/triage/queue?limit=100").token(token).send().expect(200).json();
    page["items"].as_array().unwrap().clone()
}

#[track_caller]
fn item(app: &TestApp, token: &str, id: &str) -> Value {
    queue(app, token).into_iter().find(|item| item["id"] == id).unwrap_or_else(|| panic!("{id} is not in the queue"))
}

fn suggested(item: &Value, action: &str) -> Option<Value> {
    item["suggestions"].as_array().unwrap().iter().find(|one| one["action"] == action).cloned()
}

fn about(desk: &Desk, kind: &str) -> Value {
    with(desk.question(), &json!({ "kind": kind }))
}

fn batch(app: &TestApp, token: &str, mode: &str, commands: &Value) -> Answer {
    let body = json!({ "mode": mode, "dry_run": false, "commands": commands });
    app.post("/v1/triage/batches").token(token).key(&fresh_key()).json(&body).send()
}

fn patch(id: &str, if_match: &str, body: Value) -> Value {
    json!({ "command": "patch", "inquiry_id": id, "if_match": if_match, "body": body })
}

fn statuses(answer: &Answer) -> Vec<u64> {
    answer.json()["items"].as_array().unwrap().iter().map(|item| item["status"].as_u64().unwrap()).collect()
}

fn events(app: &TestApp, token: &str) -> u64 {
    let mut last = 0;
    loop {
        let page = app.get(&format!("/v1/events?after={last}&limit=100")).token(token).send().expect(200).json();
        match page["last_seq"].as_u64().unwrap() {
            same if same == last => return last,
            more => last = more,
        }
    }
}

on_both! {
    fn what_waits_is_in_the_order_of_reception(app: &TestApp) {
        let desk = app.desk();
        app.at("2026-11-20T08:30:00Z"); // Friday 17:30: it counts as received on Tuesday, after a holiday
        let late = app.opened(&app.customer(ID), &desk.question());
        app.at("2026-11-20T07:00:00Z"); // Friday 16:00
        let (agent, customer) = (app.agent(), app.customer(ID));
        let early = app.opened(&customer, &desk.question());
        let escalated = app.opened(&customer, &desk.question());
        app.escalated(&agent, &escalated);
        let closed = app.opened(&customer, &desk.question());
        let agreed = with(agreement(), &json!({ "agreed_at": "2026-11-20T07:00:00Z" }));
        app.close(&agent, &closed, "agreed_with_customer", &agreed).expect(201);
        app.at("2026-11-24T01:30:00Z"); // Tuesday 10:30
        let items = queue(app, &app.robot(&[Scope::InquiriesRead]));
        let told: Vec<_> = items.iter().map(|item| (item["id"].as_str().unwrap(), item["business_minutes_waited"].as_i64().unwrap())).collect();
        assert_eq!(told, [(early.as_str(), 60 + 90), (late.as_str(), 90)]);
        let agent = app.agent();
        // What waits for the vendor comes back on the day that the desk wanted to look again.
        let tag = app.look(&agent, &format!("/v1/inquiries/{escalated}")).etag();
        let body = json!({ "follow_up_on": "2026-11-25" });
        app.patch(&format!("/v1/inquiries/{escalated}")).token(&agent).if_match(&tag).merge_patch(&body).send().expect(200);
        assert_eq!(queue(app, &agent).len(), 2);
        app.at("2026-11-25T01:30:00Z");
        let agent = app.agent();
        assert_eq!(item(app, &agent, &escalated)["follow_up_due"], true);
        assert_eq!(item(app, &agent, &early)["follow_up_due"], false);
    }

    fn a_follow_up_doubts_a_completion(app: &TestApp) {
        let desk = app.desk();
        let (agent, customer) = (app.agent(), app.customer(ID));
        let first = app.opened(&customer, &desk.question());
        let decision = app.closed(&agent, &first);
        let next = app.opened(&customer, &with(desk.question(), &json!({ "follows": first })));
        let doubting = item(app, &agent, &next);
        assert_eq!(doubting["doubted"], json!({ "inquiry": first, "decision": decision, "code": "agreed_with_customer" }));
        let revoke = suggested(&doubting, "revoke_closure").unwrap();
        assert_eq!((&revoke["reasons"], &revoke["doubted"]["decision"]), (&json!(["closure_doubted"]), &json!(decision)));
        app.act_on(&agent, &format!("/v1/closure-decisions/{decision}/revocations"), &first, &json!({ "reason": "再発" })).expect(201);
        assert_eq!(item(app, &agent, &next)["doubted"], Value::Null);
    }

    fn completions_are_suggested_with_their_evidence(app: &TestApp) {
        let desk = app.desk();
        let (agent, customer) = (app.agent(), app.customer(ID));
        let about = |kind: &str| app.opened(&customer, &about(&desk, kind));
        let closing = |id: &str| suggested(&item(app, &agent, id), "close").map(|one| one["closure"].clone());

        let specification = about("specification");
        assert_eq!(closing(&specification), None);
        let message = app.answered(&agent, &specification, &[]);
        let found = closing(&specification).unwrap();
        assert_eq!(found, json!({
            "code": "specification_answered_or_declined", "missing": [],
            "evidence": { "outcome": "answered", "message_id": message },
        }));
        // The evidence found is evidence that will do.
        app.close(&agent, &specification, found["code"].as_str().unwrap(), &found["evidence"]).expect(201);

        let problem = about("problem_resolution");
        app.answered(&agent, &problem, &["workaround"]);
        assert_eq!(closing(&problem).unwrap()["code"], "workaround_presented");
        app.told(&customer, &problem, "まだ発生します。");
        assert_eq!(closing(&problem), None, "the customer's word is the latest");
        assert_eq!(suggested(&item(app, &agent, &problem), "answer").unwrap()["reasons"], json!(["customer_replied"]));
        let body = json!({ "type": "message", "channel": "support_web", "body": "直りました。", "marks": ["resolved_by_customer"] });
        app.at("2026-11-25T01:00:01Z");
        let said = app.say(&customer, &problem, &body).expect(201).id();
        let found = closing(&problem).unwrap();
        assert_eq!(found, json!({
            "code": "problem_resolved", "evidence": { "confirmation_message_id": said }, "missing": ["/evidence/resolution"],
        }));
    }

    fn what_is_lacking_is_suggested_by_its_clause(app: &TestApp) {
        let desk = app.desk();
        let (agent, customer) = (app.agent(), app.customer(ID));
        let saas = app.opened(&customer, &desk.saas_question());
        let unclear = suggested(&item(app, &agent, &saas), "reclassify").unwrap();
        assert_eq!((&unclear["reasons"], &unclear["clause"]), (&json!(["matter_unknown"]), &json!("SA-5.2.1-C12")));
        let body = json!({ "matter": "defect", "reason": "不具合の疑い" });
        app.act_on(&agent, &format!("/v1/inquiries/{saas}/reclassifications"), &saas, &body).expect(201);
        assert_eq!(suggested(&item(app, &agent, &saas), "reclassify"), None);
        assert_eq!(suggested(&item(app, &agent, &saas), "escalate").unwrap()["clause"], "SA-5.2.1-C12");
        let asked = suggested(&item(app, &agent, &saas), "request_information").unwrap();
        assert_eq!((&asked["reasons"], &asked["request_kind"]), (&json!(["environment_unknown"]), &json!("customer_information")));
        let escalation = app.escalated(&agent, &saas);
        let answer = json!({ "outcome": "answered", "language": "en", "disclosure": "permitted", "vendor_defect_id": "SDS-42" });
        app.act(&agent, &format!("/v1/inquiries/{saas}/escalations/{escalation}/answers"), &answer).expect(201);
        let waiting = item(app, &agent, &saas);
        assert_eq!(suggested(&waiting, "answer").unwrap()["escalation"], escalation);
        let closure = suggested(&waiting, "close").unwrap()["closure"].clone();
        assert_eq!(closure["code"], "fault_location_identified");
        assert_eq!(closure["evidence"], json!({ "vendor_defect_id": "SDS-42", "escalation_id": escalation }));
    }

    fn each_command_is_the_single_call(app: &TestApp) {
        let desk = app.desk();
        let (agent, customer) = (app.agent(), app.customer(ID));
        let ids: Vec<String> = (0..8).map(|_| app.opened(&customer, &desk.question())).collect();
        let ask = json!({ "kind": "customer_information", "body": "ログをお送りください。" });
        let request = app.act(&agent, &format!("/v1/inquiries/{}/information-requests", ids[4]), &ask).expect(201).id();
        app.closed(&agent, &ids[7]);
        let on = |n: usize, command: &str, body: Value| json!({ "command": command, "inquiry_id": ids[n], "if_match": "*", "body": body });
        let commands = json!([
            on(0, "patch", json!({ "priority": "high" })),
            on(1, "log_step", json!({ "kind": "desk_check", "summary": "確認", "performed_at": app.app.now() })),
            on(2, "post_message", json!({ "type": "answer", "channel": "support_web", "body": "回答" })),
            on(3, "request_information", ask),
            on(4, "withdraw_request", json!({ "request_id": request })),
            on(5, "escalate", json!({ "question": "Is it known?" })),
            on(6, "reclassify", json!({ "kind": "specification", "reason": "仕様の質問" })),
            on(6, "close", json!({ "code": "agreed_with_customer", "evidence": agreement() })),
            on(7, "revoke_closure", json!({ "reason": "再発" })),
        ]);
        let done = batch(app, &agent, "atomic", &commands).expect(200);
        assert_eq!(statuses(&done), [200, 201, 201, 201, 201, 201, 201, 201, 201], "{done}");
        let state = |n: usize| app.look(&agent, &format!("/v1/inquiries/{}", ids[n])).json()["state"].clone();
        let states: Vec<Value> = (0..8).map(state).collect();
        assert_eq!(states, ["received", "in_progress", "answered", "awaiting_customer", "received", "awaiting_vendor", "closed", "in_progress"]);
        // The tag of an item is the inquiry's, for the next call.
        let tag = done.json()["items"][0]["etag"].as_str().unwrap().to_owned();
        app.patch(&format!("/v1/inquiries/{}", ids[0])).token(&agent).if_match(&tag).merge_patch(&json!({ "priority": "low" })).send().expect(200);
    }

    fn what_moves_and_ends_an_inquiry_is_a_command_too(app: &TestApp) {
        let desk = app.desk();
        let right = app.contract(&Papers::new("MNT-2", &[desk.software]));
        let (agent, customer) = (app.agent(), app.customer(ID));
        let call = || app.opened(&agent, &desk.call(OPEN));
        let (sent_again, misheard) = (call(), call());
        let follow_up = app.opened(&agent, &with(desk.call(OPEN), &json!({ "follows": misheard })));
        let [asked, ended, goes_on] = [(); 3].map(|()| app.opened(&customer, &desk.question()));
        let escalation = app.escalated(&agent, &asked);
        let on = |id: &str, command: &str, body: Value| json!({ "command": command, "inquiry_id": id, "if_match": "*", "body": body });
        let said = json!({ "outcome": "answered", "language": "en", "disclosure": "permitted", "escalation_id": escalation });
        let commands = json!([
            { "command": "request_web_resubmission", "inquiry_id": sent_again },
            on(&asked, "record_vendor_answer", said),
            on(&misheard, "correct_contract", json!({ "presented_support_id": "mnt-2", "reason": "聞き間違い" })),
            on(&follow_up, "patch", json!({ "priority": "high" })),
            on(&ended, "supersede", json!({ "superseded_by": goes_on, "reason": "duplicate" })),
        ]);
        let done = batch(app, &agent, "atomic", &commands).expect(200);
        assert_eq!(statuses(&done), [201, 201, 201, 200, 201], "{done}");
        let seen = |id: &str| app.look(&agent, &format!("/v1/inquiries/{id}")).expect(200);
        let state = |id: &str| seen(id).json()["state"].clone();
        assert_eq!([state(&sent_again), state(&asked), state(&ended)], ["awaiting_customer", "in_progress", "superseded"]);
        assert_eq!(seen(&ended).json()["superseded_by"], goes_on);
        for moved in [&misheard, &follow_up] {
            assert_eq!(seen(moved).json()["contract"]["id"], right.to_string(), "{moved}");
        }
        let path = format!("/v1/inquiries/{asked}/escalations/{escalation}");
        assert_eq!(app.look(&agent, &path).json()["answers"][0]["disclosure"], "permitted");
        // The tag of an item has the inquiry's version, for the next call.
        let version = |tag: &str| tag.split_once('-').unwrap().0.to_owned();
        for (n, id) in [&sent_again, &asked, &misheard, &follow_up, &ended].into_iter().enumerate() {
            assert_eq!(version(done.json()["items"][n]["etag"].as_str().unwrap()), version(&seen(id).etag()), "{n}");
        }
    }

    fn they_are_refused_as_the_single_call_is(app: &TestApp) {
        let desk = app.desk();
        app.contract(&Papers::new("MNT-2", &[desk.software]));
        let (agent, customer) = (app.agent(), app.customer(ID));
        let (call, web) = (app.opened(&agent, &desk.call(OPEN)), app.opened(&customer, &desk.question()));
        let on = |id: &str, command: &str, body: Value| json!({ "command": command, "inquiry_id": id, "if_match": "*", "body": body });
        let bare = |command: &str, body: Value| json!({ "command": command, "inquiry_id": call, "body": body });
        let correct = |codes: Value| json!({ "presented_support_id": "MNT-2", "reason": "x", "override": { "codes": codes, "reason": "x" } });
        let answer = json!({ "outcome": "answered", "language": "en", "disclosure": "permitted" });
        let answer_to = |id: &str| with(answer.clone(), &json!({ "escalation_id": id }));
        let into = |id: &str| json!({ "superseded_by": id, "reason": "duplicate" });
        let commands = json!([
            bare("correct_contract", correct(json!(["version_not_released_by_us"]))),
            on(&call, "correct_contract", correct(json!([]))),
            on(&call, "correct_contract", correct(json!(["contract_expired", "contract_expired"]))),
            on(NOTHING, "correct_contract", correct(json!(["contract_expired"]))),
            on(&web, "correct_contract", json!({ "presented_support_id": "MNT-2", "reason": "x" })),
            on(&web, "request_web_resubmission", json!({})),
            on(&web, "record_vendor_answer", answer.clone()),
            on(&web, "record_vendor_answer", answer_to(NOTHING)),
            on(&web, "record_vendor_answer", with(answer_to(NOTHING), &json!({ "language": "?" }))),
            bare("supersede", into(&web)),
            on(&web, "supersede", into(&web)),
            on(&web, "supersede", into(NOTHING)),
        ]);
        app.unchanged("refused commands", || {
            let body = json!({ "mode": "independent", "commands": commands });
            let items = app.post("/v1/triage/batches").token(&agent).json(&body).send().expect(200).json()["items"].clone();
            let told: Vec<_> = items.as_array().unwrap().iter().map(|item| {
                let problem = &item["problem"];
                (item["status"].as_u64().unwrap(), problem["code"].as_str().unwrap_or(""), problem["errors"][0]["pointer"].as_str().unwrap_or(""))
            }).collect();
            assert_eq!(told, [
                (428, "precondition_required", ""),
                (422, "validation_failed", "/override/codes"),
                (422, "validation_failed", "/override/codes/1"),
                (403, "forbidden", ""),
                (409, "not_a_phone_inquiry", ""),
                (409, "not_a_phone_inquiry", ""),
                (422, "validation_failed", "/escalation_id"),
                (404, "not_found", ""),
                (422, "validation_failed", "/language"),
                (428, "precondition_required", ""),
                (422, "validation_failed", "/superseded_by"),
                (422, "validation_failed", "/superseded_by"),
            ]);
        });
    }

    fn refusals_are_those_of_the_single_call(app: &TestApp) {
        let desk = app.desk();
        let (agent, customer) = (app.agent(), app.customer(ID));
        let (open, closed) = (app.opened(&customer, &desk.question()), app.opened(&customer, &desk.saas_question()));
        app.closed(&agent, &closed);
        let on = |id: &str, command: &str, body: Value| json!({ "command": command, "inquiry_id": id, "body": body });
        let commands = json!([
            on(&open, "patch", json!({ "priority": "high" })),
            patch(&open, "\"99\"", json!({ "priority": "high" })),
            patch(&open, "nonsense", json!({})),
            patch(&open, "*", json!({ "subject": "x" })),
            patch("01999999-9999-7999-8999-999999999999", "*", json!({ "priority": "high" })),
            on(&closed, "escalate", json!({ "question": "?" })),
            on(&open, "post_message", json!({ "type": "message", "channel": "phone" })),
            { "command": "close", "inquiry_id": open, "if_match": "*", "body": { "code": "workaround_presented", "evidence": {} } },
            on(&open, "withdraw_request", json!({ "request_id": "01999999-9999-7999-8999-999999999999" })),
            patch(&open, "*", json!({ "priority": "high" })),
        ]);
        let answer = batch(app, &agent, "independent", &commands).expect(200);
        let items = answer.json()["items"].clone();
        let told: Vec<(u64, &str)> = items.as_array().unwrap().iter().map(|item| (item["status"].as_u64().unwrap(), item["problem"]["code"].as_str().unwrap_or(""))).collect();
        assert_eq!(told, [
            (428, "precondition_required"), (412, "version_conflict"), (400, "malformed_header"), (422, "validation_failed"),
            (404, "not_found"), (409, "inquiry_closed"), (422, "validation_failed"), (422, "closure_evidence_missing"),
            (404, "not_found"), (200, ""),
        ]);
        assert_eq!(items[3]["problem"]["errors"][0]["pointer"], "/subject");
        assert_eq!(items[7]["problem"]["clause"], "SW-4.2.1-C21");
        let single = app.close(&agent, &open, "workaround_presented", &json!({})).refused(422, "closure_evidence_missing");
        assert_eq!(single["errors"], items[7]["problem"]["errors"]);
        assert_eq!(single["detail"], items[7]["problem"]["detail"]);
        // What is refused as a whole.
        for (body, pointer) in [
            (json!({ "mode": "atomic", "commands": [] }), "/commands"),
            (json!({ "mode": "atomic", "commands": vec![patch(&open, "*", json!({})); 101] }), "/commands"),
            (json!({ "mode": "some", "commands": [patch(&open, "*", json!({}))] }), "/mode"),
            (json!({ "mode": "atomic", "commands": [on(&open, "erase", json!({}))] }), "/commands/0/command"),
        ] {
            let problem = app.post("/v1/triage/batches").token(&agent).json(&body).send().refused(422, "validation_failed");
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        }
        let twice = br#"{"mode":"atomic","commands":[{"command":"patch","inquiry_id":"01999999-9999-7999-8999-999999999999","body":{"priority":"low","priority":"high"}}]}"#;
        let twice = app.post("/v1/triage/batches").token(&agent).header("Content-Type", "application/json").bytes(twice.to_vec()).send();
        assert_eq!(twice.refused(422, "validation_failed")["errors"][0]["code"], "duplicate_key");
    }

    fn atomic_is_all_or_nothing(app: &TestApp) {
        let desk = app.desk();
        let (agent, customer) = (app.agent(), app.customer(ID));
        let (first, second) = (app.opened(&customer, &desk.question()), app.opened(&customer, &desk.question()));
        let commands = json!([
            patch(&first, "*", json!({ "tags": ["a"] })),
            patch(&second, "\"99\"", json!({ "tags": ["b"] })),
            patch(&second, "*", json!({ "tags": ["c"] })),
        ]);
        let before = events(app, &agent);
        let key = fresh_key();
        let send = |commands: &Value| {
            let body = json!({ "mode": "atomic", "dry_run": false, "commands": commands });
            app.post("/v1/triage/batches").token(&agent).key(&key).json(&body).send().expect(200)
        };
        app.unchanged("an atomic batch that is refused", || {
            let refused = send(&commands);
            assert_eq!(statuses(&refused), [424, 412, 424]);
            assert_eq!(refused.json()["items"][1]["problem"]["code"], "version_conflict");
        });
        assert_eq!(events(app, &agent), before);
        // It changed nothing, so its key may be used for the batch put right, and then keeps the answer.
        let right = json!([patch(&first, "*", json!({ "tags": ["a"] })), patch(&second, "*", json!({ "tags": ["b"] }))]);
        let done = send(&right);
        assert_eq!(statuses(&done), [200, 200]);
        assert_eq!(events(app, &agent), before + 2);
        let again = send(&right);
        assert_eq!((again.header("Idempotent-Replayed"), &again.body), (Some("true"), &done.body));
        assert_eq!(events(app, &agent), before + 2);
    }

    fn independent_leaves_out_what_is_refused(app: &TestApp) {
        let desk = app.desk();
        let (agent, customer) = (app.agent(), app.customer(ID));
        let id = app.opened(&customer, &desk.question());
        let tag = app.look(&agent, &format!("/v1/inquiries/{id}")).etag();
        let commands = json!([
            patch(&id, &tag, json!({ "tags": ["a"] })),
            patch(&id, &tag, json!({ "tags": ["b"] })),
            patch(&id, "*", json!({ "priority": "high" })),
        ]);
        let answer = batch(app, &agent, "independent", &commands).expect(200);
        assert_eq!(statuses(&answer), [200, 412, 200], "{answer}");
        let triage = app.look(&agent, &format!("/v1/inquiries/{id}")).json()["triage"].clone();
        assert_eq!((&triage["tags"], &triage["priority"]), (&json!(["a"]), &json!("high")));
    }

    fn a_dry_run_changes_nothing(app: &TestApp) {
        let desk = app.desk();
        let (agent, customer) = (app.agent(), app.customer(ID));
        let id = app.opened(&customer, &desk.question());
        let commands = json!([
            patch(&id, "*", json!({ "tags": ["a"] })),
            patch(&id, "\"99\"", json!({ "tags": ["b"] })),
            { "command": "close", "inquiry_id": id, "if_match": "*", "body": { "code": "agreed_with_customer", "evidence": agreement() } },
            { "command": "escalate", "inquiry_id": id, "body": { "question": "?" } },
        ]);
        let before = events(app, &agent);
        for (mode, told) in [("independent", [200, 412, 201, 409]), ("atomic", [424, 412, 424, 424])] {
            app.unchanged("a dry run", || {
                let body = json!({ "mode": mode, "dry_run": true, "commands": commands });
                let answer = app.post("/v1/triage/batches").token(&agent).key("dry").json(&body).send().expect(200);
                assert_eq!(statuses(&answer), told, "{answer}");
                assert!(answer.json()["items"].as_array().unwrap().iter().all(|item| item.get("etag").is_none()));
            });
        }
        assert_eq!(events(app, &agent), before);
    }

    fn each_command_needs_what_its_call_needs(app: &TestApp) {
        let desk = app.desk();
        let customer = app.customer(ID);
        let id = app.opened(&customer, &desk.question());
        let judging = json!([
            patch(&id, "*", json!({ "priority": "high" })),
            { "command": "escalate", "inquiry_id": id, "body": { "question": "?" } },
            { "command": "close", "inquiry_id": id, "if_match": "*", "body": { "code": "agreed_with_customer", "evidence": agreement() } },
        ]);
        let told = |token: &str| {
            let answer = batch(app, token, "independent", &judging).expect(200);
            answer.json()["items"].as_array().unwrap().iter().map(|item| item["problem"]["code"].as_str().unwrap_or("done").to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(told(&app.robot(&[Scope::TriageWrite])), ["done", "forbidden", "insufficient_scope"]);
        assert_eq!(told(&app.robot(&[Scope::TriageWrite, Scope::ClosuresJudge])), ["done", "forbidden", "done"]);
        // A scope that was taken away since the token was made.
        let robot = app.robot(&[Scope::TriageWrite, Scope::ClosuresJudge]);
        app.sql("DELETE FROM client_scopes WHERE scope = 'closures:judge'");
        assert_eq!(told(&robot), ["done", "forbidden", "insufficient_scope"]);
        // Without a key nothing is said and nothing judged.
        let agent = app.agent();
        let body = json!({ "mode": "independent", "commands": judging });
        let answer = app.post("/v1/triage/batches").token(&agent).json(&body).send().expect(200);
        assert_eq!(answer.json()["items"][2]["problem"]["code"], "idempotency_key_required", "{answer}");
    }
}
