//! The thread of an inquiry: what is said, by whom, and what it makes of the inquiry's state.

use madoguchi::terms::codes::{PartnerAccess, Scope};
use serde_json::{Value, json};

use super::support::desk::{Desk, ID, fresh_key, pointers, with};
use super::support::*;

/// A call that the desk logs.
fn call(direction: &str) -> Value {
    let log =
        json!({ "called_at": OPEN, "with": "田中 一郎", "summary": "再起動をお願いした。", "direction": direction });
    json!({ "type": "message", "channel": "phone", "call": log })
}

fn answer() -> Value {
    json!({ "type": "answer", "channel": "support_web", "body": "次のとおりです。" })
}

fn step(app: &TestApp, token: &str, inquiry: &str, kind: &str) -> Answer {
    let body = json!({ "kind": kind, "summary": "ログを確認した。", "performed_at": OPEN });
    app.act(token, &format!("/v1/inquiries/{inquiry}/investigation-steps"), &body)
}

fn vendor_answers(app: &TestApp, token: &str, inquiry: &str, escalation: &str, disclosure: &str) -> Answer {
    let body = json!({ "outcome": "answered", "body": "Known.", "language": "en", "disclosure": disclosure });
    app.act(token, &format!("/v1/inquiries/{inquiry}/escalations/{escalation}/answers"), &body)
}

fn thread(app: &TestApp, token: &str, inquiry: &str) -> Vec<Value> {
    let page = app.look(token, &format!("/v1/inquiries/{inquiry}/messages")).expect(200).json();
    page["items"].as_array().unwrap().clone()
}

/// A desk where things can happen to an inquiry by their names.
struct Acts<'a> {
    app: &'a TestApp,
    agent: String,
    customer: String,
    assignee: String,
}

impl Acts<'_> {
    /// Does it, and tells the state after.
    fn does(&self, inquiry: &str, act: &str) -> String {
        let (app, agent) = (self.app, self.agent.as_str());
        let last = || {
            let page = app.look(agent, &format!("/v1/inquiries/{inquiry}/escalations")).json();
            page["items"].as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned()
        };
        match act {
            "take" => {
                let path = format!("/v1/inquiries/{inquiry}");
                let tag = app.look(agent, &path).etag();
                let patch = json!({ "assignee": self.assignee });
                app.patch(&path).token(agent).if_match(&tag).merge_patch(&patch).send().expect(200);
            }
            "step" => drop(step(app, agent, inquiry, "vendor_contact").expect(201)),
            "desk" => drop(app.told(agent, inquiry, "確認しております。")),
            "answer" => drop(app.answered(agent, inquiry, &[])),
            "customer" => drop(app.told(&self.customer, inquiry, "まだ起動しません。")),
            "call in" => drop(app.say(agent, inquiry, &call("inbound")).expect(201)),
            "call out" => drop(app.say(agent, inquiry, &call("outbound")).expect(201)),
            "escalate" => drop(app.escalated(agent, inquiry)),
            "vendor" => drop(vendor_answers(app, agent, inquiry, &last(), "permitted").expect(201)),
            "reclassify" => {
                let body = json!({ "kind": "specification", "reason": "仕様の質問" });
                app.act_on(agent, &format!("/v1/inquiries/{inquiry}/reclassifications"), inquiry, &body).expect(201);
            }
            "close" => drop(app.closed(agent, inquiry)),
            "revoke" => {
                let closed = app.look(agent, &format!("/v1/inquiries/{inquiry}")).json();
                let path = format!("/v1/closure-decisions/{}/revocations", closed["closure"]["id"].as_str().unwrap());
                app.act_on(agent, &path, inquiry, &json!({ "reason": "再発した。" })).expect(201);
            }
            other => panic!("{other}"),
        }
        app.state(agent, inquiry)
    }
}

on_both! {
    fn every_act_leads_where_the_table_says(app: &TestApp) {
        let desk = app.desk();
        let agent = app.agent();
        app.opened(&agent, &desk.call(OPEN));
        let events = app.look(&agent, "/v1/events?types=inquiry.opened").json();
        let assignee = events["items"][0]["actor"]["id"].as_str().unwrap().to_owned();
        let acts = Acts { app, agent, customer: app.customer(ID), assignee };
        // What happens, and the state after each.
        let lives = [
            "take in_progress; desk in_progress; answer answered; take answered; step answered; desk answered",
            "step in_progress; customer in_progress; answer answered; customer in_progress; answer answered",
            "desk in_progress; reclassify in_progress; call out in_progress",
            "reclassify received; customer in_progress",
            "answer answered; call in in_progress; answer answered; call out answered",
            "escalate awaiting_vendor; answer awaiting_vendor; customer awaiting_vendor; desk awaiting_vendor; \
             take awaiting_vendor; vendor in_progress; answer answered; vendor in_progress",
            "escalate awaiting_vendor; escalate awaiting_vendor; vendor awaiting_vendor",
            "answer answered; escalate awaiting_vendor; vendor in_progress",
            "close closed; revoke in_progress; answer answered; close closed; revoke in_progress",
            "escalate awaiting_vendor; close closed; revoke in_progress",
        ];
        for life in lives {
            let inquiry = app.opened(&acts.customer, &desk.question());
            for expected in life.split("; ") {
                let (act, state) = expected.rsplit_once(' ').unwrap();
                assert_eq!(acts.does(&inquiry, act), state, "{act} in {life}");
            }
        }
        // With a request open nothing but its end, or the inquiry's, moves it.
        let body = with(desk.question(), &json!({ "product_version": null }));
        let inquiry = app.opened(&acts.customer, &body);
        for act in
            ["take", "step", "desk", "answer", "customer", "call in", "reclassify", "escalate", "vendor", "answer"]
        {
            assert_eq!(acts.does(&inquiry, act), "awaiting_customer", "{act}");
        }
        assert_eq!(acts.does(&inquiry, "close"), "closed");
        let requests = app.look(&acts.customer, &format!("/v1/inquiries/{inquiry}/information-requests")).json();
        assert_eq!(requests["items"][0]["ended_by"], "closure");
        assert_eq!(acts.does(&inquiry, "revoke"), "in_progress");
    }

    fn the_thread_is_told_newest_first(app: &TestApp) {
        let desk = app.desk();
        let (customer, agent) = (app.customer(ID), app.agent());
        let id = app.opened(&customer, &desk.question());
        app.at("2026-11-25T10:03:00+09:00");
        let asked = app
            .say(&customer, &id, &json!({ "type": "message", "channel": "support_web", "body": "追記\r\nです" }))
            .expect(201);
        assert_eq!(asked.json()["body"], "追記\nです");
        let place = asked.header("Location").unwrap().to_owned();
        assert_eq!(app.look(&customer, &place).expect(200).json(), asked.json());
        let answered = app.answered(&agent, &id, &[]);
        let seen = thread(app, &customer, &id);
        assert_eq!([&seen[0]["id"], &seen[1]["id"]], [&json!(answered), &asked.json()["id"]]);
        assert_eq!(seen[0]["author"], json!({ "kind": "desk", "id": null }));
        assert_eq!(
            (&seen[0]["language"], &seen[0]["origin"], &seen[0]["customer_side"]),
            (&json!("ja"), &json!("desk"), &json!(false))
        );
        // Whose text a customer's message is need not be told.
        assert_eq!((&seen[1]["origin"], &seen[1]["customer_side"]), (&Value::Null, &json!(true)));
        assert!(thread(app, &agent, &id)[0]["author"]["id"].is_string());
        let inquiry = app.look(&customer, &format!("/v1/inquiries/{id}")).json();
        assert_eq!(inquiry["last_message_at"], "2026-11-25T01:03:00.000000Z");
        let other = app.opened(&customer, &desk.question());
        app.look(&customer, &format!("/v1/inquiries/{other}/messages/{answered}")).refused(404, "not_found");
        app.post(&format!("/v1/inquiries/{id}/messages"))
            .token(&customer)
            .json(&answer())
            .send()
            .refused(400, "idempotency_key_required");
    }

    fn who_may_say_what(app: &TestApp) {
        let desk = app.desk();
        let (customer, agent) = (app.customer(ID), app.agent());
        let id = app.opened(&customer, &desk.question());
        let plain = json!({ "type": "message", "channel": "support_web", "body": "追記" });
        let mut silent = plain.clone();
        silent.as_object_mut().unwrap().remove("body");
        let inbound_answer = with(call("inbound"), &json!({ "type": "answer" }));
        let cases: Vec<(&str, Value, &[&str])> = vec![
            (&customer, answer(), &["/type"]),
            (&customer, call("inbound"), &["/channel"]),
            (&customer, with(plain.clone(), &json!({ "origin": "vendor" })), &["/origin"]),
            (&customer, with(plain.clone(), &json!({ "origin": "desk" })), &["/origin"]),
            (&agent, with(call("inbound"), &json!({ "origin": "desk" })), &["/origin"]),
            (&customer, with(plain.clone(), &json!({ "marks": ["workaround"] })), &["/marks/0"]),
            (&customer, silent.clone(), &["/body"]),
            (&agent, silent, &["/body"]),
            (&agent, with(plain.clone(), &json!({ "channel": "phone" })), &["/call"]),
            (&agent, with(call("outbound"), &json!({ "channel": "support_web", "body": "x" })), &["/call"]),
            (&agent, inbound_answer, &["/call/direction"]),
            (&agent, with(plain.clone(), &json!({ "marks": ["recurrence_procedure"] })), &["/marks/0"]),
            (&agent, with(plain.clone(), &json!({ "marks": ["resolved_by_customer"] })), &["/marks/0"]),
            (&agent, with(answer(), &json!({ "marks": ["workaround", "workaround"] })), &["/marks/1"]),
            (
                &agent,
                with(answer(), &json!({ "escalation_id": "0192a000-0000-7000-8000-000000000000" })),
                &["/escalation_id"],
            ),
            (&agent, with(plain.clone(), &json!({ "channel": "email" })), &["/channel"]),
            (&agent, with(answer(), &json!({ "body": "a\u{0}b" })), &["/body"]),
            (&agent, with(answer(), &json!({ "body": "あ".repeat(20_001) })), &["/body"]),
        ];
        for (token, body, expected) in cases {
            let problem = app.say(token, &id, &body).refused(422, "validation_failed");
            assert_eq!(pointers(&problem), expected, "{body}");
        }
        let late = with(
            call("inbound"),
            &json!({ "call": { "called_at": "2026-11-25T01:00:01Z", "with": "田中", "summary": "x", "direction": "inbound" } }),
        );
        assert_eq!(app.say(&agent, &id, &late).refused(422, "validation_failed")["errors"][0]["code"], "in_the_future");
        // A workaround in the customer's own words, the vendor's in its language, and a mark of each side.
        let marked = with(plain, &json!({ "marks": ["resolved_by_customer"] }));
        app.say(&customer, &id, &marked).expect(201);
        let vendors = with(
            answer(),
            &json!({ "marks": ["workaround", "recurrence_procedure"], "origin": "vendor", "language": "en" }),
        );
        let told = app.say(&agent, &id, &vendors).expect(201).json();
        assert_eq!((&told["origin"], &told["language"]), (&json!("vendor"), &json!("en")));
        app.say(&agent, &id, &with(call("inbound"), &json!({ "marks": ["resolved_by_customer"] }))).expect(201);
        app.say(&app.robot(&[Scope::InquiriesWrite]), &id, &answer()).refused(403, "forbidden");
    }

    fn an_answer_by_phone_is_its_log(app: &TestApp) {
        let desk = app.desk();
        let (customer, agent) = (app.customer(ID), app.agent());
        let id = app.opened(&customer, &desk.question());
        let logged = app.say(&agent, &id, &with(call("outbound"), &json!({ "type": "answer" }))).expect(201).json();
        assert_eq!((&logged["body"], &logged["call"]["summary"]), (&Value::Null, &json!("再起動をお願いした。")));
        assert_eq!(logged["customer_side"], false);
        assert_eq!(app.state(&customer, &id), "answered");
        let back = app.say(&agent, &id, &call("inbound")).expect(201).json();
        assert_eq!(back["customer_side"], true);
        assert_eq!(app.state(&customer, &id), "in_progress");
    }

    fn a_message_to_a_closed_inquiry_comes_back_as_a_follow_up(app: &TestApp) {
        let desk = app.desk();
        let (customer, agent, partner) = (app.customer(ID), app.agent(), app.partner(desk.reseller));
        let upgrade = json!({ "product_version": "9.4.100", "target_version": "9.6.132" });
        let question = with(desk.question(), &upgrade);
        let saas = app.opened(&partner, &desk.saas_question());
        let software = app.opened(&customer, &question);
        let plain = json!({ "type": "message", "channel": "support_web", "body": "また起動しません。" });
        for (writer, id, message, said) in [
            (&customer, &software, plain.clone(), "また起動しません。"),
            (&partner, &saas, plain.clone(), "また起動しません。"),
            (&agent, &software, call("inbound"), "再起動をお願いした。"),
        ] {
            if app.state(&agent, id) != "closed" {
                app.closed(&agent, id);
            }
            let problem = app.say(writer, id, &message).refused(409, "inquiry_closed");
            let follow_up = &problem["follow_up"];
            assert_eq!((&follow_up["follows"], &follow_up["body"]), (&json!(id), &json!(said)));
            let next = app.open(writer, follow_up).expect(201).json();
            assert_eq!((&next["follows"], &next["subject"]), (&json!(id), &json!("起動しない")));
            assert_eq!(app.state(&agent, id), "closed");
        }
        let problem = app.say(&agent, &software, &answer()).refused(409, "inquiry_closed");
        assert!(problem.get("follow_up").is_none(), "the desk opens inquiries by phone only");
        let told = app.say(&customer, &software, &plain).refused(409, "inquiry_closed");
        assert_eq!(
            told["detail"],
            "このお問い合わせは完了しております。続きのご質問は、このお問い合わせに関連付けた新しいお問い合わせとしてお送りください。"
        );
        assert_eq!(told["clause"], "SW-4.2.1-C17");
    }

    fn a_partner_reads_what_the_customer_adds_with_full_access_only(app: &TestApp) {
        for (access, sees) in
            [(PartnerAccess::Full, true), (PartnerAccess::Summary, false), (PartnerAccess::None, false)]
        {
            let id = format!("MNT-{access:?}").to_uppercase();
            let name = format!("{access:?}");
            let reseller = app.reseller(&name);
            let product = app.product(&name, madoguchi::terms::codes::Delivery::Saas);
            app.contract(&people::Papers {
                partner_access: access,
                reseller: Some(reseller),
                ..people::Papers::new(&id, &[product])
            });
            let desk = Desk { reseller, software: product, saas: product, contract: app.app.new_id() };
            let (customer, partner, agent) = (app.customer(&id), app.partner(reseller), app.agent());
            let post = |token: &str, path: &str, body: &Value| {
                app.post(path).token(token).support_id(&id).key(&fresh_key()).json(body).send().expect(201).id()
            };
            let inquiry = post(&partner, "/v1/inquiries", &desk.saas_question());
            let path = format!("/v1/inquiries/{inquiry}/messages");
            let plain = json!({ "type": "message", "channel": "support_web", "body": "追記" });
            let own = post(&partner, &path, &plain);
            let customers = post(&customer, &path, &plain);
            let called = post(&agent, &path, &call("inbound"));
            let answered = post(&agent, &path, &answer());
            let page = app.get(&path).token(&partner).support_id(&id).send().expect(200).json();
            let seen: Vec<_> =
                page["items"].as_array().unwrap().iter().map(|m| m["id"].as_str().unwrap().to_owned()).collect();
            let all = vec![answered.clone(), called, customers.clone(), own.clone()];
            assert_eq!(seen, if sees { all } else { vec![answered, own] }, "{access:?}");
            let one = app.get(&format!("{path}/{customers}")).token(&partner).support_id(&id).send();
            assert_eq!(one.status, if sees { 200 } else { 404 }, "{access:?}");
            let posted = app.get("/v1/events?types=inquiry.message_posted").token(&partner).send().expect(200).json();
            assert_eq!(posted["items"].as_array().unwrap().len(), if sees { 3 } else { 1 }, "{access:?}");
        }
    }

    fn saas_is_investigated_as_the_terms_allow(app: &TestApp) {
        let desk = app.desk();
        let (customer, agent) = (app.customer(ID), app.agent());
        let software = app.opened(&customer, &desk.question());
        for kind in ["desk_check", "desk_reproduction", "log_analysis", "document_review", "vendor_contact", "other"] {
            step(app, &agent, &software, kind).expect(201);
        }
        let saas = app.opened(&customer, &desk.saas_question());
        let refused = step(app, &agent, &saas, "desk_reproduction").refused(422, "desk_reproduction_not_offered");
        assert_eq!(refused["clause"], "SA-5.2.1-C11");
        step(app, &agent, &saas, "log_analysis").expect(201);
        for (matter, limited) in
            [("defect", true), ("incident", true), ("unpublished_specification", true), ("other", false)]
        {
            let to = json!({ "matter": matter, "reason": "判明" });
            app.act_on(&agent, &format!("/v1/inquiries/{saas}/reclassifications"), &saas, &to).expect(201);
            step(app, &agent, &saas, "vendor_contact").expect(201);
            let answer = step(app, &agent, &saas, "log_analysis");
            if limited {
                assert_eq!(answer.refused(422, "escalation_only")["clause"], "SA-5.2.1-C12");
            } else {
                answer.expect(201);
            }
        }
        let future = json!({ "kind": "other", "summary": "x", "performed_at": "2026-11-25T01:00:01Z" });
        let path = format!("/v1/inquiries/{saas}/investigation-steps");
        assert_eq!(pointers(&app.act(&agent, &path, &future).refused(422, "validation_failed")), ["/performed_at"]);
        step(app, &app.robot(&[Scope::TriageWrite]), &saas, "vendor_contact").expect(201);
        step(app, &app.robot(&[Scope::InquiriesRead]), &saas, "vendor_contact").refused(403, "insufficient_scope");
        assert_eq!(app.look(&agent, &path).expect(200).json()["items"].as_array().unwrap().len(), 7);
        app.look(&customer, &path).refused(403, "forbidden");
    }

    fn the_vendor_is_given_what_may_be_shared(app: &TestApp) {
        let desk = app.desk();
        let (customer, agent) = (app.customer(ID), app.agent());
        for (question, clause) in [(desk.question(), "SW-4.2.1-C5"), (desk.saas_question(), "SA-5.2.1-C5")] {
            let id = app.opened(&customer, &question);
            let say = |shareable: bool| {
                let body = json!({ "type": "message", "channel": "support_web", "body": "ログです。", "shareable_with_vendor": shareable });
                app.say(&customer, &id, &body).expect(201).id()
            };
            let (shared, kept, own) = (say(true), say(false), app.answered(&agent, &id, &[]));
            let path = format!("/v1/inquiries/{id}/escalations");
            let ask = |messages: &[&str]| {
                app.act(&agent, &path, &json!({ "question": "既知の不具合でしょうか。", "message_ids": messages }))
            };
            assert_eq!(ask(&[&shared, &kept]).refused(409, "not_shareable")["clause"], clause);
            let other = app.opened(&customer, &question);
            let foreign = app.told(&agent, &other, "別件です。");
            assert_eq!(pointers(&ask(&[&shared, &foreign]).refused(422, "validation_failed")), ["/message_ids/1"]);
            let escalation = ask(&[&shared, &own]).expect(201).json();
            assert_eq!(escalation["message_ids"], json!([shared, own]));
            assert_eq!((&escalation["ended_at"], &escalation["answers"]), (&Value::Null, &json!([])));
            app.act(&customer, &path, &json!({ "question": "x" })).refused(403, "forbidden");
        }
    }

    fn nothing_is_told_that_the_vendor_does_not_permit(app: &TestApp) {
        let desk = app.desk();
        let (customer, agent) = (app.customer(ID), app.agent());
        for (question, clause) in [(desk.question(), "SW-4.2.1-C13"), (desk.saas_question(), "SA-5.2.1-C27")] {
            let id = app.opened(&customer, &question);
            let escalation = app.escalated(&agent, &id);
            let tell = || app.say(&agent, &id, &with(answer(), &json!({ "escalation_id": escalation })));
            assert_eq!(tell().refused(409, "vendor_disclosure_pending")["clause"], clause);
            vendor_answers(app, &agent, &id, &escalation, "pending").expect(201);
            tell().refused(409, "vendor_disclosure_pending");
            vendor_answers(app, &agent, &id, &escalation, "refused").expect(201);
            assert_eq!(tell().refused(409, "vendor_disclosure_refused")["clause"], clause);
            // That it cannot be told can be told.
            app.answered(&agent, &id, &[]);
            vendor_answers(app, &agent, &id, &escalation, "permitted").expect(201);
            tell().expect(201);
            // The last answer counts, whatever was permitted before.
            vendor_answers(app, &agent, &id, &escalation, "refused").expect(201);
            tell().refused(409, "vendor_disclosure_refused");
            let seen = app.look(&agent, &format!("/v1/inquiries/{id}/escalations/{escalation}")).expect(200).json();
            let disclosures: Vec<_> =
                seen["answers"].as_array().unwrap().iter().map(|a| a["disclosure"].clone()).collect();
            assert_eq!(disclosures, ["pending", "refused", "permitted", "refused"]);
            let elsewhere = app.opened(&customer, &question);
            let body = with(answer(), &json!({ "escalation_id": escalation }));
            app.say(&agent, &elsewhere, &body).refused(422, "validation_failed");
            vendor_answers(app, &agent, &elsewhere, &escalation, "permitted").refused(404, "not_found");
        }
    }

    fn the_vendor_may_decline(app: &TestApp) {
        let desk = app.desk();
        let agent = app.agent();
        let id = app.opened(&app.customer(ID), &desk.saas_question());
        for outcome in ["answered", "root_cause_declined", "fix_content_declined", "disclosure_refused"] {
            let escalation = app.escalated(&agent, &id);
            let body = json!({
                "outcome": outcome, "language": "en", "disclosure": "permitted", "vendor_reference": "CASE-1", "vendor_defect_id": "BUG-1",
            });
            let path = format!("/v1/inquiries/{id}/escalations/{escalation}/answers");
            let told = app.act(&agent, &path, &body).expect(201).json();
            assert_eq!((&told["outcome"], &told["vendor_defect_id"]), (&json!(outcome), &json!("BUG-1")));
        }
    }
}
