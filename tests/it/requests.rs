//! What the desk may ask of a customer, what comes of it, and what that does to the inquiry.

use super::support::desk::{ID, with};
use super::support::*;
use serde_json::{Value, json};

fn ask(app: &TestApp, agent: &str, inquiry: &str, body: &Value) -> Answer {
    app.act(agent, &format!("/v1/inquiries/{inquiry}/information-requests"), body)
}

fn state(app: &TestApp, token: &str, inquiry: &str) -> Value {
    app.look(token, &format!("/v1/inquiries/{inquiry}")).expect(200).json()["state"].clone()
}

on_both! {
    fn an_unknown_version_ends_with_the_customers_word(app: &TestApp) {
        let desk = app.desk();
        let (agent, customer) = (app.agent(), app.customer(ID));
        let id = app.opened(&customer, &with(desk.question(), &json!({ "product_version": null })));
        let path = format!("/v1/inquiries/{id}/information-requests");
        let request = app.look(&customer, &path).json()["items"][0]["id"].as_str().unwrap().to_owned();
        let results = format!("{path}/{request}/results");
        app.act(&customer, &results, &json!({ "result": "reproduced" })).refused(422, "validation_failed");
        app.act(&customer, &results, &json!({ "result": "provided" })).refused(422, "validation_failed");
        app.act(&customer, &results, &json!({ "result": "provided", "body": "9.6.132 です。" })).expect(201);
        assert_eq!(state(app, &customer, &id), "in_progress");
        let told = app.look(&agent, &format!("{path}/{request}")).expect(200).json();
        assert_eq!((&told["ended_by"], &told["result"]["result"]), (&json!("result"), &json!("provided")));
        let again = json!({ "result": "provided", "body": "もう一度" });
        app.act(&customer, &results, &again).refused(409, "state_conflict");
    }

    fn software_is_upgraded_to_what_is_supported(app: &TestApp) {
        let desk = app.desk();
        let (agent, customer) = (app.agent(), app.customer(ID));
        let id = app.opened(&customer, &desk.question());
        for kind in ["reproduction", "isolation"] {
            let refused = ask(app, &agent, &id, &json!({ "kind": kind, "body": "お願いします。" }));
            let problem = refused.refused(422, "request_kind_not_offered");
            assert_eq!(problem["clause"], "SW-4.2.1-C7");
            assert_eq!(problem["offered"], json!(["customer_information", "version_upgrade"]));
        }
        let upgrade = |version: &str| json!({ "kind": "version_upgrade", "body": "お願いします。", "target_version": version });
        let problem = ask(app, &agent, &id, &upgrade("9.4.100")).refused(422, "version_unsupported_by_vendor");
        assert_eq!(problem["supported_versions"], json!(["9.5.120", "9.6.132"]));
        ask(app, &agent, &id, &upgrade("9.7.0")).refused(422, "version_not_released_by_us");
        let request = ask(app, &agent, &id, &upgrade("9.6.132")).expect(201).id();
        assert_eq!(state(app, &customer, &id), "awaiting_customer");
        let results = format!("/v1/inquiries/{id}/information-requests/{request}/results");
        let done = json!({ "result": "performed", "installed_version": "9.6.132" });
        let told = app.act(&customer, &results, &done).expect(201).json();
        assert_eq!(told["result"]["installed_version"], "9.6.132");
    }

    fn saas_is_reproduced_and_isolated_by_the_customer(app: &TestApp) {
        let desk = app.desk();
        let (agent, customer) = (app.agent(), app.customer(ID));
        let id = app.opened(&customer, &desk.saas_question());
        let upgrade = json!({ "kind": "version_upgrade", "body": "お願いします。", "target_version": "9.6.132" });
        let problem = ask(app, &agent, &id, &upgrade).refused(422, "request_kind_not_offered");
        assert_eq!(problem["clause"], "SA-5.2.1-C10");
        let first = ask(app, &agent, &id, &json!({ "kind": "reproduction", "body": "再現手順をお試しください。" })).expect(201).id();
        let second = ask(app, &agent, &id, &json!({ "kind": "isolation", "body": "経路を変えてお試しください。" })).expect(201).id();
        let path = format!("/v1/inquiries/{id}/information-requests");
        app.act(&customer, &format!("{path}/{first}/results"), &json!({ "result": "not_reproduced" })).expect(201);
        assert_eq!(state(app, &customer, &id), "awaiting_customer", "another is open");
        app.act(&customer, &format!("{path}/{second}/withdrawals"), &json!({})).refused(403, "forbidden");
        app.act(&agent, &format!("{path}/{second}/withdrawals"), &json!({})).expect(201);
        assert_eq!(state(app, &customer, &id), "in_progress");
        app.act(&agent, &format!("{path}/{second}/withdrawals"), &json!({})).refused(409, "state_conflict");
    }

    fn the_customer_carries_it_out_and_nobody_else_asks(app: &TestApp) {
        let desk = app.desk();
        let (agent, customer) = (app.agent(), app.customer(ID));
        let id = app.opened(&customer, &desk.question());
        let body = json!({ "kind": "customer_information", "body": "設定値をお知らせください。", "items": ["設定値"] });
        for outsider in [&customer, &app.partner(desk.reseller)] {
            ask(app, outsider, &id, &body).refused(403, "forbidden");
        }
        ask(app, &agent, &id, &with(body.clone(), &json!({ "performed_by": "desk" }))).refused(422, "validation_failed");
        let request = ask(app, &agent, &id, &body).expect(201).id();
        let partner = app.partner(desk.reseller);
        let results = format!("/v1/inquiries/{id}/information-requests/{request}/results");
        app.act(&partner, &results, &json!({ "result": "not_performed" })).refused(403, "forbidden");
        app.closed(&agent, &id);
        let told = app.look(&agent, &format!("/v1/inquiries/{id}/information-requests/{request}")).json();
        assert_eq!(told["ended_by"], "closure");
    }
}
