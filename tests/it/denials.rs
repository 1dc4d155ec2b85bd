//! Denials: confirmed by a manager, told to the customer's side with their clause, lifted, and
//! never rewritten.

use madoguchi::auth::proof::Actor;
use madoguchi::auth::store as callers;
use madoguchi::contracts::refusal::serves_product;
use madoguchi::events::model::Change;
use madoguchi::http::Refusal;
use madoguchi::http::text::SupportId;
use madoguchi::terms::codes::{CallerKind, PartnerAccess};
use serde_json::{Value, json};

use super::support::desk::{Desk, ID, fresh_key, pointers, with};
use super::support::people::Papers;
use super::support::*;

fn path(desk: &Desk) -> String {
    format!("/v1/contracts/{}/denials", desk.contract)
}

fn of_software(desk: &Desk, code: &str) -> Value {
    json!({ "code": code, "product_id": desk.software, "evidence": "利用状況の調査による" })
}

/// Confirms, and gives the id.
#[track_caller]
fn confirmed(app: &TestApp, desk: &Desk, body: &Value) -> String {
    app.act(&app.manager(), &path(desk), body).expect(201).id()
}

#[track_caller]
fn lifted(app: &TestApp, desk: &Desk, denial: &str) -> Value {
    let place = format!("{}/{denial}/liftings", path(desk));
    app.act(&app.manager(), &place, &json!({ "reason": "是正を確認した" })).expect(201).json()
}

fn message() -> Value {
    json!({ "type": "message", "channel": "support_web", "body": "追記です" })
}

/// The refusal, with the denial, its clause and whom to turn to.
#[track_caller]
fn denied(answer: Answer, denial: &str, code: &str, clause: &str) {
    let problem = answer.refused(403, "support_denied");
    assert_eq!(problem["denial"], json!({ "id": denial, "code": code }));
    assert_eq!(problem["clause"], clause);
    assert_eq!(problem["contacts"].as_array().unwrap().len(), 2, "{problem}");
}

/// What an inquiry says of an action to this caller.
fn action(app: &TestApp, token: &str, inquiry: &str, name: &str) -> Value {
    let seen = app.look(token, &format!("/v1/inquiries/{inquiry}")).expect(200).json();
    seen["allowed_actions"].as_array().unwrap().iter().find(|a| a["action"] == name).unwrap().clone()
}

on_both! {
    fn a_manager_confirms_what_is_of_the_contract(app: &TestApp) {
        let desk = app.desk();
        let (agent, manager) = (app.agent(), app.manager());
        app.act(&agent, &path(&desk), &of_software(&desk, "license_terms_violated")).refused(403, "forbidden");
        let inquiry = app.opened(&app.customer(ID), &desk.question());
        let faults: [(Value, &[&str]); 6] = [
            (json!({ "code": "license_terms_violated", "evidence": "x" }), &["/product_id"]),
            (json!({ "code": "license_terms_violated", "inquiry_id": inquiry, "evidence": "x" }), &["/product_id", "/inquiry_id"]),
            (json!({ "code": "vendor_information_unavailable", "product_id": desk.software, "evidence": "x" }), &["/product_id", "/inquiry_id"]),
            (json!({ "code": "license_terms_violated", "product_id": desk.software }), &["/evidence"]),
            (json!({ "code": "misuse", "product_id": desk.software, "evidence": "x" }), &["/code"]),
            (with(of_software(&desk, "license_terms_violated"), &json!({ "effective_on": "2026-11-26" })), &["/effective_on"]),
        ];
        for (body, expected) in faults {
            let problem = app.act(&manager, &path(&desk), &body).refused(422, "validation_failed");
            assert_eq!(pointers(&problem), expected, "{body}");
        }
        // What is another contract's is the same as what never was.
        let other = app.contract(&Papers::new("MNT-2", &[app.product("X", madoguchi::terms::codes::Delivery::Software)]));
        let elsewhere = format!("/v1/contracts/{other}/denials");
        let about = |body: Value| {
            let call = app.post(&elsewhere).token(&manager).key(&fresh_key()).header("X-Request-Id", "same").json(&body);
            call.send().expect(422).body
        };
        let case = |id: &str| json!({ "code": "vendor_information_unavailable", "inquiry_id": id, "evidence": "x" });
        assert_eq!(about(case(&inquiry)), about(case("0192a000-0000-7000-8000-000000000000")));
        let product = |id: &str| json!({ "code": "improper_use_or_misuse", "product_id": id, "evidence": "x" });
        assert_eq!(about(product(&desk.software.to_string())), about(product("0192a000-0000-7000-8000-000000000000")));

        let answer = app.act(&manager, &path(&desk), &of_software(&desk, "license_terms_violated")).expect(201);
        let contract = app.look(&agent, &format!("/v1/contracts/{}", desk.contract)).expect(200);
        assert_eq!(answer.etag().split('-').next(), contract.etag().split('-').next(), "the contract's version");
        let place = answer.header("Location").unwrap().to_owned();
        let denial = app.look(&agent, &place).expect(200);
        assert_eq!(denial.json(), answer.json());
        let expected = json!({
            "code": "license_terms_violated", "clause": "DEN-6-C3", "product_id": desk.software, "inquiry_id": null,
            "evidence": "利用状況の調査による", "effective_on": "2026-11-25", "in_effect": true, "lifting": null,
        });
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&denial.json()[name], value, "{name}");
        }
        // Not twice, unless it was lifted; another reason stands beside it.
        app.act(&manager, &path(&desk), &of_software(&desk, "license_terms_violated")).refused(409, "state_conflict");
        confirmed(app, &desk, &of_software(&desk, "improper_use_or_misuse"));
        let id = denial.json()["id"].as_str().unwrap().to_owned();
        let liftings = format!("{place}/liftings");
        app.act(&agent, &liftings, &json!({ "reason": "x" })).refused(403, "forbidden");
        let early = json!({ "reason": "x", "effective_on": "2026-11-24" });
        assert_eq!(pointers(&app.act(&manager, &liftings, &early).refused(422, "validation_failed")), ["/effective_on"]);
        let lifting = lifted(app, &desk, &id);
        assert_eq!((&lifting["reason"], &lifting["effective_on"]), (&json!("是正を確認した"), &json!("2026-11-25")));
        app.act(&manager, &liftings, &json!({ "reason": "x" })).refused(409, "state_conflict");
        let after = app.look(&agent, &place).expect(200);
        assert_eq!((&after.json()["in_effect"], &after.json()["lifting"]), (&json!(false), &lifting));
        assert!(after.etag().starts_with("\"2-"));
        confirmed(app, &desk, &of_software(&desk, "license_terms_violated"));
        assert_eq!(app.look(&agent, &path(&desk)).json()["items"].as_array().unwrap().len(), 3);
    }

    fn a_denied_product_is_not_served(app: &TestApp) {
        let desk = app.desk();
        let (customer, partner, agent) = (app.customer(ID), app.partner(desk.reseller), app.agent());
        let (own, theirs) = (app.opened(&customer, &desk.question()), app.opened(&partner, &desk.question()));
        let asks = json!({ "kind": "customer_information", "body": "ログをお送りください。" });
        let request = |inquiry: &str| app.act(&agent, &format!("/v1/inquiries/{inquiry}/information-requests"), &asks).expect(201).id();
        let asked = [request(&own), request(&theirs)];
        let sent = |key: &str| app.post(&format!("/v1/inquiries/{own}/messages")).token(&customer).key(key).json(&message()).send();
        sent("once").expect(201);
        let denial = confirmed(app, &desk, &of_software(&desk, "modified_by_customer_or_third_party"));
        let refused = |answer: Answer| denied(answer, &denial, "modified_by_customer_or_third_party", "DEN-6-C2");
        // The customer's side neither opens nor adds; a repeated call is told so too.
        refused(app.open(&customer, &desk.question()));
        refused(app.open(&partner, &desk.question()));
        refused(app.open(&agent, &desk.call(OPEN)));
        refused(sent("once"));
        for (token, inquiry, request) in [(&customer, &own, &asked[0]), (&partner, &theirs, &asked[1])] {
            let results = format!("/v1/inquiries/{inquiry}/information-requests/{request}/results");
            refused(app.say(token, inquiry, &message()));
            refused(app.act(token, &results, &json!({ "result": "not_performed" })));
            for name in ["post_message", "report_result"] {
                let told = action(app, token, inquiry, name);
                assert_eq!(told, json!({ "action": name, "allowed": false, "code": "support_denied", "clause": "DEN-6-C2" }));
            }
            // What was so far is read.
            for place in ["", "/messages", "/information-requests"] {
                app.look(token, &format!("/v1/inquiries/{inquiry}{place}")).expect(200);
            }
            let contract = app.look(token, &format!("/v1/contracts/{}", desk.contract)).expect(200).json();
            let products = contract["products"].as_array().unwrap();
            let opens = |id: String| products.iter().find(|p| p["id"] == id.as_str()).unwrap()["allowed_actions"][0].clone();
            let told = json!({ "action": "open", "allowed": false, "code": "support_denied", "clause": "DEN-6-C2" });
            assert_eq!(opens(desk.software.to_string()), told);
            assert_eq!(opens(desk.saas.to_string())["allowed"], true);
        }
        // Another product is served, and the desk goes on.
        app.open(&customer, &desk.saas_question()).expect(201);
        assert_eq!(action(app, &agent, &own, "answer")["allowed"], true);
        app.answered(&agent, &own, &[]);
        let called = json!({ "type": "message", "channel": "phone", "call": {
            "called_at": OPEN, "with": "田中", "summary": "催促", "direction": "inbound" } });
        app.say(&agent, &own, &called).expect(201);
        // It is what the desk may rest a completion on.
        let evidence = |denial: &str, reason: &str| json!({ "scope_reason": reason, "denial_id": denial });
        let reason = "modified_by_customer_or_third_party";
        let unknown = |answer: Answer| assert_eq!(pointers(&answer.refused(422, "closure_evidence_missing")), ["/evidence/denial_id"]);
        unknown(app.close(&agent, &own, "out_of_service_scope", &json!({ "scope_reason": reason })));
        unknown(app.close(&agent, &own, "out_of_service_scope", &evidence("0192a000-0000-7000-8000-000000000000", reason)));
        unknown(app.close(&agent, &own, "out_of_service_scope", &evidence(&denial, "license_terms_violated")));
        let saas = app.opened(&customer, &desk.saas_question());
        unknown(app.close(&agent, &saas, "out_of_service_scope", &evidence(&denial, reason)));
        app.close(&agent, &own, "out_of_service_scope", &evidence(&denial, reason)).expect(201);
        // Lifted, all is as it was, and what is lifted is no ground any more.
        lifted(app, &desk, &denial);
        app.open(&customer, &desk.question()).expect(201);
        app.say(&partner, &theirs, &message()).expect(201);
        unknown(app.close(&agent, &theirs, "out_of_service_scope", &evidence(&denial, reason)));
        // The partner is told both, in codes and days alone.
        let told = app.look(&partner, "/v1/events?types=denial.confirmed,denial.lifted").expect(200).json();
        let data = json!({ "code": reason, "effective_on": "2026-11-25", "product": desk.software, "inquiry": null });
        for (n, kind) in ["denial.confirmed", "denial.lifted"].into_iter().enumerate() {
            assert_eq!((&told["items"][n]["type"], &told["items"][n]["data"]), (&json!(kind), &data));
            assert_eq!(told["items"][n]["subject"], json!({ "kind": "denial", "id": denial }));
        }
    }

    /// What other rooms ask before they serve a product.
    fn whoever_serves_a_product_can_ask(app: &TestApp) {
        let desk = app.desk();
        let denial = confirmed(app, &desk, &of_software(&desk, "improper_use_or_misuse"));
        let contact = app.app.config().desk_contact();
        let id = SupportId::exact(ID).unwrap();
        let asked = |kind: CallerKind, product| {
            app.app.write_blocking(|tx| {
                let now = tx.now;
                let outside = kind != CallerKind::Agent;
                let presented = callers::presented(tx, &id, now)?.filter(|_| outside);
                let presented_id = Some(id.clone()).filter(|_| outside);
                let actor = Actor { kind, id: desk.contract.uuid(), reseller: None, presented, presented_id };
                serves_product(tx, &actor, product, now, &contact)?;
                Ok(Change::silent((), "nothing is written"))
            })
        };
        for kind in [CallerKind::Customer, CallerKind::Partner] {
            let problem = asked(kind, desk.software).unwrap_err();
            assert_eq!(problem.refusal(), Refusal::SupportDenied);
            assert_eq!(problem.help().denial.unwrap().id.to_string(), denial);
            assert_eq!(problem.help().contacts.len(), 2);
            asked(kind, desk.saas).unwrap();
        }
        asked(CallerKind::Agent, desk.software).unwrap();
        lifted(app, &desk, &denial);
        asked(CallerKind::Customer, desk.software).unwrap();
    }

    /// Who may not write on an inquiry at all is told that, denied or not.
    fn a_partner_writes_on_its_own_inquiries_alone(app: &TestApp) {
        let desk = app.desk();
        let partner = app.partner(desk.reseller);
        let theirs = app.opened(&app.customer(ID), &desk.question());
        confirmed(app, &desk, &of_software(&desk, "improper_use_or_misuse"));
        app.say(&partner, &theirs, &message()).refused(403, "forbidden");
        assert_eq!(action(app, &partner, &theirs, "post_message")["code"], "forbidden");
    }

    fn each_denial_has_its_clause(app: &TestApp) {
        let desk = app.desk();
        let customer = app.customer(ID);
        let codes = [
            ("improper_use_or_misuse", "DEN-6-C1"),
            ("modified_by_customer_or_third_party", "DEN-6-C2"),
            ("license_terms_violated", "DEN-6-C3"),
        ];
        for (code, clause) in codes {
            let products = [(desk.software, desk.question()), (desk.saas, desk.saas_question())];
            for (product, question) in products {
                let body = json!({ "code": code, "product_id": product, "evidence": "調査による" });
                let denial = confirmed(app, &desk, &body);
                denied(app.open(&customer, &question), &denial, code, clause);
                lifted(app, &desk, &denial);
                app.open(&customer, &question).expect(201);
            }
        }
    }

    fn one_inquiry_can_be_denied(app: &TestApp) {
        let desk = app.desk_with(|papers| papers.partner_access = PartnerAccess::Summary);
        let (customer, agent) = (app.customer(ID), app.agent());
        let (this, other) = (app.opened(&customer, &desk.question()), app.opened(&customer, &desk.question()));
        let body = json!({ "code": "vendor_information_unavailable", "inquiry_id": this, "evidence": "製造元の回答" });
        let denial = confirmed(app, &desk, &body);
        denied(app.say(&customer, &this, &message()), &denial, "vendor_information_unavailable", "DEN-6-C4");
        assert_eq!(action(app, &customer, &this, "post_message")["clause"], "DEN-6-C4");
        // And nothing else.
        app.say(&customer, &other, &message()).expect(201);
        app.open(&customer, &desk.question()).expect(201);
        assert_eq!(action(app, &customer, &other, "post_message")["allowed"], true);
        let evidence = json!({ "scope_reason": "vendor_information_unavailable", "denial_id": denial });
        let foreign = app.close(&agent, &other, "out_of_service_scope", &evidence).refused(422, "closure_evidence_missing");
        assert_eq!(pointers(&foreign), ["/evidence/denial_id"]);
        app.close(&agent, &this, "out_of_service_scope", &evidence).expect(201);
        // Why an inquiry cannot be answered is more than a partner with summary access sees.
        let told = app.look(&app.partner(desk.reseller), "/v1/events?types=denial.confirmed").expect(200).json();
        assert_eq!(told["items"], json!([]));
    }

    fn a_denial_counts_from_its_day(app: &TestApp) {
        let desk = app.desk();
        let customer = app.customer(ID);
        let backdated = with(of_software(&desk, "license_terms_violated"), &json!({ "effective_on": "2026-11-20" }));
        let denial = confirmed(app, &desk, &backdated);
        let place = format!("{}/{denial}/liftings", path(&desk));
        let assessed = |day: &str| {
            let body = json!({ "product_id": desk.software, "product_version": "9.5.120", "as_of": format!("{day}T10:00:00+09:00") });
            let told = app.act(&customer, "/v1/assessments", &body).expect(200).json();
            (told["outcome"].clone(), told["code"].clone(), told["facts"]["denial"]["id"].clone())
        };
        let (free, stopped) = ((json!("accepted"), Value::Null, Value::Null), (json!("denied"), json!("support_denied"), json!(denial)));
        assert_eq!([assessed("2026-11-19"), assessed("2026-11-20"), assessed("2026-11-25")], [free.clone(), stopped.clone(), stopped.clone()]);
        app.act(&app.manager(), &place, &json!({ "reason": "是正", "effective_on": "2026-11-24" })).expect(201);
        assert_eq!([assessed("2026-11-20"), assessed("2026-11-23"), assessed("2026-11-24")], [stopped.clone(), stopped, free]);
    }
}
