//! Products, resellers, contracts and what becomes of them in time.

use super::support::people::Papers;
use super::support::*;
use madoguchi::contracts::import::{LineOutcome, import};
use madoguchi::terms::codes::{Delivery, Role, Scope};
use serde_json::{Value, json};

fn contract_body(product: &str) -> Value {
    json!({
        "maintenance_id": "ｍｎｔー０００１２３",
        "customer": { "name": "架空市役所（サンプル）" },
        "product_ids": [product],
        "services": ["qa", "information", "program_provision"],
        "site_country": "JP",
        "partner_access": "full",
        "starts_on": "2026-04-01",
        "ends_on": "2027-03-31",
        "administrators": [{ "name": "田中 一郎", "email": "Tanaka@City.example.jp" }],
    })
}

fn events(app: &TestApp, token: &str, types: &str) -> Vec<Value> {
    let page = app.get(&format!("/v1/events?after=0&limit=100&types={types}")).token(token).send().expect(200).json();
    page["items"].as_array().unwrap().clone()
}

on_both! {
    fn a_product_is_registered_read_and_changed(app: &TestApp) {
        let (manager, agent) = (app.manager(), app.agent());
        let body = json!({ "code": "VA", "name": "Votiro Disarmer", "vendor": "Votiro", "delivery": "software" });
        app.post("/v1/products").token(&agent).json(&body).send().refused(403, "forbidden");
        let made = app.post("/v1/products").token(&manager).json(&body).send().expect(201);
        app.post("/v1/products").token(&manager).json(&body).send().refused(409, "already_exists");
        let path = made.header("Location").unwrap().to_owned();
        let read = app.get(&path).token(&agent).send().expect(200);
        assert_eq!(read.etag(), made.etag());
        let patch = json!({ "name": "Disarmer" });
        app.patch(&path).token(&manager).merge_patch(&patch).send().refused(428, "precondition_required");
        let changed = app.patch(&path).token(&manager).if_match(&made.etag()).merge_patch(&patch).send().expect(200);
        assert_eq!((&changed.json()["name"], &changed.json()["version"]), (&json!("Disarmer"), &json!(2)));
        app.patch(&path)
            .token(&manager)
            .if_match(&made.etag())
            .merge_patch(&patch)
            .send()
            .refused(412, "version_conflict");
        let nothing = app.patch(&path).token(&manager).if_match("*").merge_patch(&json!({})).send().expect(200);
        assert_eq!(nothing.etag(), changed.etag());
        app.patch(&path)
            .token(&manager)
            .if_match("*")
            .merge_patch(&json!({ "name": null }))
            .send()
            .refused(422, "validation_failed");
        app.patch(&path)
            .token(&manager)
            .if_match("*")
            .merge_patch(&json!({ "delivery": "saas" }))
            .send()
            .refused(422, "validation_failed");
        assert_eq!(events(app, &manager, "product.changed").len(), 2);
    }

    fn versions_keep_what_was_known(app: &TestApp) {
        let manager = app.manager();
        let (software, saas) = (app.product("VA", Delivery::Software), app.product("VC", Delivery::Saas));
        let path = format!("/v1/products/{software}/versions");
        let body =
            json!({ "version": " ９.6.132 ", "released_by_us_on": "2026-01-15", "vendor_supported_until_on": null });
        let made = app.post(&path).token(&manager).json(&body).send().expect(201);
        assert_eq!(made.json()["version"], "9.6.132");
        assert_eq!(made.json()["facts"][0]["effective_on"], "2026-01-15");
        assert_eq!(made.json()["supported"], true);
        app.post(&path).token(&manager).json(&json!({ "version": "9.6.132" })).send().refused(409, "already_exists");
        app.post(&format!("/v1/products/{saas}/versions"))
            .token(&manager)
            .json(&json!({ "version": "1" }))
            .send()
            .refused(422, "product_version_not_applicable");
        let one = format!("{path}/9.6.132");
        let patch = json!({ "vendor_supported_until_on": "2026-11-25" });
        let changed = app.patch(&one).token(&manager).if_match(&made.etag()).merge_patch(&patch).send().expect(200);
        assert_eq!(changed.json()["supported"], true, "the last day is supported");
        assert_eq!(changed.json()["released_by_us_on"], "2026-01-15");
        assert_eq!(changed.json()["facts"].as_array().unwrap().len(), 2);
        let same = app.patch(&one).token(&manager).if_match("*").merge_patch(&patch).send().expect(200);
        assert_eq!(same.etag(), changed.etag());
        app.at("2026-11-25T15:00:00Z");
        assert_eq!(app.get(&one).token(&app.manager()).send().expect(200).json()["supported"], false);
        let none = app.post(&path).token(&app.manager()).json(&json!({ "version": "10" })).send().expect(201);
        assert_eq!(none.json()["supported"], false, "not released yet");
        let page = app.get(&path).token(&app.manager()).send().expect(200).json();
        assert_eq!(
            page["items"].as_array().unwrap().iter().map(|v| &v["version"]).collect::<Vec<_>>(),
            ["10", "9.6.132"]
        );
    }

    fn a_reseller_sees_itself_alone(app: &TestApp) {
        let manager = app.manager();
        let body = json!({ "name": "サンプル販売株式会社", "contact": { "name": "営業窓口", "email": "sales@r.example.jp", "phone": "03-0000-0001" } });
        let made = app.post("/v1/resellers").token(&manager).json(&body).send().expect(201);
        app.post("/v1/resellers").token(&manager).json(&body).send().refused(409, "already_exists");
        let other = app.reseller("別の販売");
        let partner = app.partner(other);
        let page = app.get("/v1/resellers").token(&partner).send().expect(200).json();
        assert_eq!(page["items"].as_array().unwrap().len(), 1);
        app.get(&format!("/v1/resellers/{}", made.id())).token(&partner).send().refused(404, "not_found");
        app.get(&format!("/v1/resellers/{other}")).token(&partner).send().expect(200);
        let patch = json!({ "contact": { "phone": "03-0000-0009" } });
        let path = format!("/v1/resellers/{}", made.id());
        let changed =
            app.patch(&path).token(&manager).if_match(&made.etag()).merge_patch(&patch).send().expect(200).json();
        assert_eq!(
            changed["contact"],
            json!({ "name": "営業窓口", "email": "sales@r.example.jp", "phone": "03-0000-0009" })
        );
    }

    fn a_contract_is_registered_once(app: &TestApp) {
        let manager = app.manager();
        let product = app.product("VA", Delivery::Software).to_string();
        let body = contract_body(&product);
        let made = app.post("/v1/contracts").token(&manager).key("k1").json(&body).send().expect(201);
        let view = made.json();
        assert_eq!(view["maintenance_id"], "MNT-000123");
        assert_eq!((&view["condition"], &view["administrators"]), (&json!("in_force"), &json!(1)));
        assert_eq!(view["products"][0]["allowed_actions"], json!([{ "action": "open", "allowed": true }]));
        let again = app.post("/v1/contracts").token(&manager).key("k1").json(&body).send().expect(201);
        assert_eq!((again.header("Idempotent-Replayed"), &again.body), (Some("true"), &made.body));
        app.post("/v1/contracts").token(&manager).json(&body).send().refused(409, "support_id_taken");
        let mut other = body.clone();
        other["maintenance_id"] = Value::Null;
        other["contract_id"] = json!("MNT-000123");
        app.post("/v1/contracts").token(&manager).json(&other).send().refused(409, "support_id_taken");
        assert_eq!(app.get(made.header("Location").unwrap()).token(&manager).send().expect(200).etag(), made.etag());
        assert_eq!(events(app, &manager, "contract.registered").len(), 1);
    }

    fn a_contract_keeps_the_rules(app: &TestApp) {
        let manager = app.manager();
        let saas = app.product("VC", Delivery::Saas).to_string();
        let refused = |change: &dyn Fn(&mut Value), code: &str, pointer: &str, fault: &str| {
            let mut body = contract_body(&saas);
            body["services"] = json!(["qa"]);
            change(&mut body);
            let problem = app.post("/v1/contracts").token(&manager).json(&body).send().refused(422, code);
            if !pointer.is_empty() {
                let found = problem["errors"].as_array().unwrap();
                assert!(
                    found.iter().any(|e| e["pointer"] == pointer && e["code"] == fault),
                    "{pointer} {fault}: {problem}"
                );
            }
        };
        refused(&|b| b["services"] = json!(["qa", "program_provision"]), "program_provision_not_offered", "", "");
        refused(&|b| b["ends_on"] = json!("2026-03-31"), "validation_failed", "/ends_on", "ends_before_start");
        refused(&|b| b["starts_on"] = json!("2026-02-30"), "validation_failed", "/starts_on", "invalid_date");
        refused(&|b| b["maintenance_id"] = Value::Null, "validation_failed", "/maintenance_id", "one_of_required");
        refused(&|b| b["maintenance_id"] = json!("ー－-"), "validation_failed", "/maintenance_id", "too_short");
        refused(&|b| b["product_ids"] = json!([saas, saas]), "validation_failed", "/product_ids/1", "duplicate_item");
        refused(
            &|b| b["product_ids"] = json!([saas, "0199f2d4-7c1e-7a3b-9d55-0242ac120002"]),
            "validation_failed",
            "/product_ids/1",
            "unknown_reference",
        );
        refused(
            &|b| b["reseller_id"] = json!("0199f2d4-7c1e-7a3b-9d55-0242ac120002"),
            "validation_failed",
            "/reseller_id",
            "unknown_reference",
        );
        refused(
            &|b| b["terms_version"] = json!("1999-01-01"),
            "validation_failed",
            "/terms_version",
            "unknown_reference",
        );
        refused(&|b| b["site_country"] = json!("jp"), "validation_failed", "/site_country", "invalid_format");
        refused(
            &|b| {
                b["administrators"] =
                    json!([{ "name": "a", "email": "a@b.example" }, { "name": "b", "email": "A@B.example" }])
            },
            "validation_failed",
            "/administrators/1/email",
            "duplicate_item",
        );
        refused(&|b| b["colour"] = json!("red"), "validation_failed", "/colour", "unknown_field");
        assert!(
            app.get("/v1/contracts").token(&manager).send().expect(200).json()["items"].as_array().unwrap().is_empty()
        );
    }

    fn everybody_sees_their_own_contracts(app: &TestApp) {
        let product = app.product("VA", Delivery::Software);
        let (ours, theirs) = (app.reseller("甲販売"), app.reseller("乙販売"));
        let mine = app.contract(&Papers { reseller: Some(ours), ..Papers::new("MNT-1", &[product]) });
        let other = app.contract(&Papers { reseller: Some(theirs), ..Papers::new("MNT-2", &[product]) });
        let (customer, partner) = (app.customer("MNT-1"), app.partner(ours));
        let list = |token: &str, query: &str| -> Vec<String> {
            let page = app.get(&format!("/v1/contracts{query}")).token(token).send().expect(200).json();
            page["items"].as_array().unwrap().iter().map(|c| c["maintenance_id"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(list(&customer, ""), ["MNT-1"]);
        assert_eq!(list(&partner, ""), ["MNT-1"]);
        assert_eq!(list(&app.agent(), ""), ["MNT-2", "MNT-1"]);
        assert_eq!(list(&app.agent(), &format!("?reseller={theirs}")), ["MNT-2"]);
        assert_eq!(list(&partner, &format!("?reseller={theirs}")), Vec::<String>::new());
        assert_eq!(list(&app.agent(), "?support_id=mnt%E3%83%BC1"), ["MNT-1"]);
        let (own, foreign) = (format!("/v1/contracts/{mine}"), format!("/v1/contracts/{other}"));
        app.get(&own).token(&customer).send().expect(200);
        app.get(&foreign).token(&customer).send().refused(404, "not_found");
        app.get(&own).token(&partner).send().refused(403, "support_id_required");
        app.get(&own).token(&partner).support_id("MNT-1").send().expect(200);
        app.get(&foreign).token(&partner).support_id("MNT-1").send().refused(404, "not_found");
        app.get(&foreign).token(&partner).support_id("MNT-2").send().refused(403, "support_id_unknown");
        app.get(&own).token(&app.robot(&[Scope::InquiriesRead])).send().refused(403, "insufficient_scope");
        let robot = app.robot(&[Scope::ContractsRead]);
        let seen = app.get(&own).token(&robot).send().expect(200).json();
        assert_eq!(seen["products"][0]["allowed_actions"][0]["code"], "insufficient_scope");
        app.get(&format!("{own}/history")).token(&customer).send().expect(200);
        app.get(&format!("{foreign}/history")).token(&customer).send().refused(404, "not_found");
    }

    fn what_a_condition_stops_is_told(app: &TestApp) {
        let product = app.product("VA", Delivery::Software);
        let reseller = app.reseller("甲販売");
        let id = app.contract(&Papers {
            reseller: Some(reseller),
            administrator: false,
            ..Papers::new("MNT-1", &[product])
        });
        let path = format!("/v1/contracts/{id}");
        let opening = |token: &str| {
            app.get(&path).token(token).send().expect(200).json()["products"][0]["allowed_actions"][0].clone()
        };
        let customer = app.customer("MNT-1");
        assert_eq!(
            opening(&customer),
            json!({ "action": "open", "allowed": false, "code": "system_administrator_missing", "clause": "PRE-1-C2" })
        );
        app.at("2027-03-31T14:59:59Z");
        assert_eq!(opening(&app.customer("MNT-1"))["code"], "system_administrator_missing");
        app.at("2027-03-31T15:00:00Z");
        assert_eq!(
            opening(&app.customer("MNT-1")),
            json!({ "action": "open", "allowed": false, "code": "contract_expired", "clause": "DOC-0-C2" })
        );
        app.at("2026-03-31T14:59:59Z");
        let early = app.customer("MNT-1");
        let problem = app.get(&path).token(&early).english().send().refused(403, "contract_not_started");
        assert_eq!(problem["contacts"][0]["name"], "甲販売 営業窓口");
        assert!(
            problem["detail"].as_str().unwrap().contains("Maintenance ID MNT-1 starts on 1 April 2026"),
            "{problem}"
        );
        app.get(&path).token(&app.agent()).send().expect(200);
    }

    fn the_ledger_grows_and_nothing_in_it_changes(app: &TestApp) {
        let manager = app.manager();
        let product = app.product("VA", Delivery::Software).to_string();
        let made = app.post("/v1/contracts").token(&manager).json(&contract_body(&product)).send().expect(201);
        let path = format!("/v1/contracts/{}", made.id());
        let act = |name: &str, tag: &str, body: Value| {
            app.post(&format!("{path}/{name}")).token(&manager).if_match(tag).json(&body).send()
        };
        let reason = json!({ "reason": "お支払いの確認待ち" });
        app.post(&format!("{path}/suspensions"))
            .token(&manager)
            .json(&reason)
            .send()
            .refused(428, "precondition_required");
        act("resumptions", "*", reason.clone()).refused(409, "state_conflict");
        let rests = act("suspensions", &made.etag(), reason.clone()).expect(201);
        assert_eq!(rests.header("Location"), Some(format!("{path}/history").as_str()));
        act("suspensions", &made.etag(), reason.clone()).refused(412, "version_conflict");
        act("suspensions", &rests.etag(), reason.clone()).refused(409, "state_conflict");
        let read = |token: &str| app.get(&path).token(token).send().expect(200).json();
        assert_eq!(read(&manager)["condition"], "suspended");
        let goes_on = json!({ "reason": "確認済み", "effective_on": "2026-12-01" });
        act("resumptions", &rests.etag(), goes_on).expect(201);
        assert_eq!(read(&manager)["condition"], "suspended");
        act("renewals", "*", json!({ "starts_on": "2026-04-01", "ends_on": "2028-03-31" }))
            .refused(422, "validation_failed");
        act("renewals", "*", json!({ "starts_on": "2027-04-01", "ends_on": "2027-03-31" }))
            .refused(422, "validation_failed");
        let renewed =
            act("renewals", "*", json!({ "starts_on": "2027-04-01", "ends_on": "2028-03-31", "services": ["qa"] }))
                .expect(201);
        assert_eq!(
            renewed.json()["facts"],
            json!({ "starts_on": "2027-04-01", "ends_on": "2028-03-31", "services": ["qa"] })
        );
        assert_eq!(read(&manager)["ends_on"], "2027-03-31", "the present term holds until then");
        let history = app.get(&format!("{path}/history")).token(&manager).send().expect(200).json();
        let kinds: Vec<_> = history["items"].as_array().unwrap().iter().map(|line| line["kind"].clone()).collect();
        assert_eq!(kinds, ["renewed", "resumed", "suspended", "registered"]);
        assert_eq!(history["items"][2]["reason"], "お支払いの確認待ち");
        let customer = app.customer("MNT-000123");
        let seen = app.get(&format!("{path}/history")).token(&customer).send().expect(200).json();
        assert_eq!(seen["items"][2].get("reason"), None, "the desk's words stay at the desk");
        app.at("2026-12-01T03:00:00Z");
        assert_eq!(read(&app.manager())["condition"], "in_force");
        app.at("2027-04-01T03:00:00Z");
        let later = read(&app.manager());
        assert_eq!(
            (&later["condition"], &later["ends_on"], &later["services"]),
            (&json!("in_force"), &json!("2028-03-31"), &json!(["qa"]))
        );
        assert_eq!(events(app, &app.manager(), "contract.suspended,contract.resumed,contract.renewed").len(), 3);
    }

    fn an_id_that_is_no_longer_printed_opens_nothing(app: &TestApp) {
        let desk = app.desk();
        let (customer, manager) = (app.customer("MNT-000123"), app.manager());
        let inquiry = format!("/v1/inquiries/{}", app.opened(&customer, &desk.question()));
        let contract = format!("/v1/contracts/{}", desk.contract);
        let named = |maintenance_id: &str, contract_id: Value| {
            let body = json!({ "maintenance_id": maintenance_id, "contract_id": contract_id });
            app.patch(&contract).token(&manager).if_match("*").merge_patch(&body).send().expect(200);
        };
        let read = |token: &str, path: &str| app.get(path).token(token).send();
        read(&customer, &inquiry).expect(200);
        named("MNT-000124", json!("MNT-000123-B"));
        for path in [inquiry.as_str(), "/v1/inquiries", contract.as_str()] {
            read(&customer, path).refused(403, "support_id_unknown");
        }
        let later = app.customer("MNT-000124");
        let told = read(&later, &inquiry).expect(200).json();
        assert_eq!(told["contract"]["maintenance_id"], "MNT-000124");
        let listed = read(&later, "/v1/inquiries").json();
        assert_eq!(listed["items"][0]["contract"], told["contract"]);
        // Printed again, the ID is good for the session that was begun with it.
        named("MNT-000123", Value::Null);
        assert_eq!(read(&customer, &inquiry).expect(200).json()["contract"]["contract_id"], Value::Null);
        read(&later, &inquiry).refused(403, "support_id_unknown");
    }

    fn a_patch_writes_what_differs(app: &TestApp) {
        let manager = app.manager();
        let (one, two) =
            (app.product("VA", Delivery::Software).to_string(), app.product("VB", Delivery::Software).to_string());
        let made = app.post("/v1/contracts").token(&manager).json(&contract_body(&one)).send().expect(201);
        let path = format!("/v1/contracts/{}", made.id());
        let patch = |body: Value| app.patch(&path).token(&manager).if_match("*").merge_patch(&body).send();
        assert_eq!(
            patch(json!({ "services": ["program_provision", "information", "qa"] })).expect(200).etag(),
            made.etag()
        );
        let named =
            patch(json!({ "customer": { "name": "架空県庁" }, "maintenance_id": null, "contract_id": "ctr-9" }))
                .expect(200)
                .json();
        assert_eq!((&named["maintenance_id"], &named["contract_id"]), (&Value::Null, &json!("CTR-9")));
        patch(json!({ "contract_id": null })).refused(422, "validation_failed");
        let covers = patch(json!({ "product_ids": [one, two], "effective_on": "2026-12-01" })).expect(200).json();
        assert_eq!(covers["products"].as_array().unwrap().len(), 1, "from the day on that was named");
        patch(json!({ "ends_on": "2026-01-01" })).refused(422, "validation_failed");
        let corrected = patch(json!({ "ends_on": "2026-11-24" })).expect(200).json();
        assert_eq!(corrected["condition"], "expired");
        app.at("2026-12-02T03:00:00Z");
        let manager = app.manager();
        let list = |query: &str| {
            app.get(&format!("/v1/contracts?{query}")).token(&manager).send().expect(200).json()["items"]
                .as_array()
                .unwrap()
                .len()
        };
        assert_eq!(list(&format!("product={two}")), 1);
        assert_eq!((list("condition=expired"), list("condition=in_force,suspended")), (1, 0));
        assert_eq!((list("ends_before=2026-11-25"), list("ends_before=2026-11-24")), (1, 0));
        assert_eq!((list("changed_after=2026-11-25T00:59:59Z"), list("changed_after=2026-11-25T01:00:00Z")), (1, 0));
        app.get("/v1/contracts?condition=ended").token(&manager).send().refused(400, "invalid_parameter");
        let fields: Vec<Value> =
            events(app, &manager, "contract.changed").iter().map(|e| e["data"]["changed"].clone()).collect();
        assert_eq!(
            fields,
            [json!(["maintenance_id", "contract_id", "customer"]), json!(["product_ids"]), json!(["ends_on"])]
        );
    }

    fn the_sync_registers_changes_and_rests(app: &TestApp) {
        let script = app.robot(&[Scope::ContractsWrite]);
        let product = app.product("VA", Delivery::Software).to_string();
        let put = |id: &str, body: &Value| {
            app.put(&format!("/v1/contracts/by-support-id/{id}")).token(&script).json(body).send()
        };
        let mut body = contract_body(&product);
        put("MNT-999", &body).refused(422, "validation_failed");
        let made = put("MNT-000123", &body).expect(201);
        let same = put("mnt-000123", &body).expect(200);
        assert_eq!(same.etag(), made.etag());
        body["contract_id"] = json!("CTR-1");
        body["administrators"] = json!([{ "name": "田中 二郎", "email": "jiro@city.example.jp" }]);
        let changed = put("MNT-000123", &body).expect(200);
        assert_eq!((&changed.json()["version"], &changed.json()["contract_id"]), (&json!(2), &json!("CTR-1")));
        body.as_object_mut().unwrap().remove("administrators");
        assert_eq!(put("CTR-1", &body).expect(200).etag(), changed.etag(), "what is left out stays");
        body["administrators"] = json!([]);
        put("CTR-1", &body).refused(409, "last_system_administrator");
        app.put("/v1/contracts/by-support-id/CTR-1")
            .token(&script)
            .if_match(&made.etag())
            .json(&body)
            .send()
            .refused(412, "version_conflict");
        let agent = app.agent();
        app.put("/v1/contracts/by-support-id/CTR-1").token(&agent).json(&body).send().refused(403, "forbidden");
        assert_eq!(events(app, &agent, "contract.registered,contract.changed").len(), 2);
    }

    fn a_contract_keeps_an_administrator(app: &TestApp) {
        let agent = app.agent();
        let product = app.product("VA", Delivery::Software);
        let id = app.contract(&Papers::new("MNT-1", &[product]));
        let path = format!("/v1/contracts/{id}/administrators");
        let (admin, user) = (app.customer_named("admin@city.example.jp", "MNT-1"), app.customer("MNT-1"));
        app.get(&path).token(&user).send().refused(403, "forbidden");
        let first =
            app.get(&path).token(&admin).send().expect(200).json()["items"][0]["id"].as_str().unwrap().to_owned();
        let gone = |id: &str, token: &str| app.delete(&format!("{path}/{id}")).token(token).if_match("*").send();
        gone(&first, &admin).refused(409, "last_system_administrator");
        let person = json!({ "name": "佐藤", "email": "Sato@city.example.jp" });
        let second = app.post(&path).token(&admin).json(&person).send().expect(201);
        app.post(&path).token(&agent).json(&person).send().refused(409, "already_exists");
        app.delete(&format!("{path}/{first}")).token(&agent).send().refused(428, "precondition_required");
        gone(&first, &agent).expect(204);
        app.get(&path).token(&admin).send().refused(403, "forbidden");
        let one = format!("{path}/{}", second.id());
        assert_eq!(app.get(&one).token(&agent).send().expect(200).etag(), second.etag());
        let renamed = app
            .put(&one)
            .token(&agent)
            .if_match(&second.etag())
            .json(&json!({ "name": "佐藤 花子", "email": "sato@city.example.jp" }))
            .send()
            .expect(200);
        assert_eq!(renamed.json()["version"], 2);
        app.put(&one).token(&agent).if_match(&second.etag()).json(&person).send().refused(412, "version_conflict");
        let other = app.contract(&Papers::new("MNT-2", &[product]));
        app.get(&format!("/v1/contracts/{other}/administrators")).token(&user).send().refused(404, "not_found");
        app.get(&format!("/v1/contracts/{other}/administrators/{}", second.id()))
            .token(&agent)
            .send()
            .refused(404, "not_found");
    }

    fn a_partner_sees_what_happens_to_its_contracts(app: &TestApp) {
        let (manager, reseller) = (app.manager(), app.reseller("甲販売"));
        let product = app.product("VA", Delivery::Software).to_string();
        let mut body = contract_body(&product);
        body["reseller_id"] = json!(reseller);
        let made = app.post("/v1/contracts").token(&manager).json(&body).send().expect(201);
        let partner = app.partner(reseller);
        let seen = events(app, &partner, "contract.registered");
        assert_eq!((seen.len(), &seen[0]["actor"]["kind"]), (1, &json!("desk")));
        let text = seen[0]["data"].to_string();
        assert!(!text.contains("田中") && !text.contains("架空"), "{text}");
        let path = format!("/v1/contracts/{}", made.id());
        app.patch(&path).token(&manager).if_match("*").merge_patch(&json!({ "reseller_id": null })).send().expect(200);
        app.get(&path).token(&partner).support_id("MNT-000123").send().refused(403, "support_id_unknown");
        assert_eq!(app.get(&path).token(&app.staff(Role::Agent)).send().expect(200).json()["reseller"], Value::Null);
    }

    fn a_file_of_papers_is_taken_in_twice(app: &TestApp) {
        let file = [
            json!({ "type": "reseller", "body": { "name": "甲販売", "contact": { "name": "営業", "email": "s@r.example.jp", "phone": "03" } } }),
            json!({ "type": "product", "body": { "code": "VA", "name": "Disarmer", "vendor": "Votiro", "delivery": "software" } }),
            json!({ "type": "version", "body": { "product_code": "VA", "version": "9.6", "released_by_us_on": "2026-01-01" } }),
            json!({ "type": "contract", "body": { "maintenance_id": "MNT-1", "customer": { "name": "架空" }, "reseller_name": "甲販売", "product_codes": ["VA"],
                "services": ["qa"], "site_country": "JP", "partner_access": "none", "starts_on": "2026-04-01", "ends_on": "2027-03-31" } }),
            json!({ "type": "contract", "body": { "maintenance_id": "MNT-2", "customer": { "name": "架空" }, "product_codes": ["VX"],
                "services": ["qa"], "site_country": "JP", "partner_access": "none", "starts_on": "2026-04-01", "ends_on": "2027-03-31" } }),
            json!({ "type": "faq", "key": "k", "body": {} }),
        ];
        let text: String = file.iter().map(|line| format!("{line}\n\n")).collect();
        let run = |text: &str, dry: bool| -> Vec<(u64, String)> {
            let report = import(&app.app, text.as_bytes(), dry).unwrap();
            let told = |outcome: &LineOutcome| match outcome {
                LineOutcome::Refused { code, fault, .. } => {
                    format!("{code} {}", fault.as_ref().map(|(p, c)| format!("{p} {c}")).unwrap_or_default())
                }
                other => format!("{other:?}"),
            };
            report.lines.iter().map(|line| (line.line, told(&line.outcome))).collect()
        };
        let refused = [
            (9, "validation_failed /body/product_codes/0 unknown_reference".to_owned()),
            (11, "validation_failed /body/question required".to_owned()),
        ];
        let expected = |word: &str| {
            [1, 3, 5, 7].map(|n| (n, word.to_owned())).into_iter().chain(refused.clone()).collect::<Vec<_>>()
        };
        assert_eq!(run(&text, true), expected("Created"), "a dry run sees its own earlier lines");
        assert_eq!(run(&text, true), expected("Created"), "and leaves nothing");
        assert_eq!(run(&text, false), expected("Created"));
        assert_eq!(run(&text, false), expected("Unchanged"));
        let mended = text
            .replace("\"2027-03-31\"", "\"2028-03-31\"")
            .replace("\"03\"", "\"04\"")
            .replace("\"Disarmer\"", "\"Disarmer 2\"");
        assert_eq!(
            run(&mended, false)[..4],
            [(1, "Changed".into()), (3, "Changed".into()), (5, "Unchanged".into()), (7, "Changed".into())]
        );
        let long = format!("{}\n{{\n", " ".repeat(1024 * 1024 + 1));
        assert_eq!(run(&long, false), [(1, "body_too_large ".to_owned()), (2, "malformed_json ".to_owned())]);
        assert_eq!(
            events(app, &app.agent(), "contract.registered")[0]["actor"],
            json!({ "kind": "system", "id": null })
        );
    }
}
