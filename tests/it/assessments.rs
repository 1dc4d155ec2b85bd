//! What would be answered: an assessment is what opening does, as of any day, and leaves nothing
//! behind.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use madoguchi::contracts::Product;
use madoguchi::db::types::Id;
use madoguchi::terms::codes::{Code, Delivery, Exclusion, Service, Topic};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use time::macros::date;

use super::support::desk::{Desk, ID, fresh_key, pointers, with};
use super::support::people::Papers;
use super::support::*;

const NOWHERE: &str = "0192a000-0000-7000-8000-000000000000";

fn assess(app: &TestApp, token: &str, id: &str, body: &Value) -> Answer {
    app.post("/v1/assessments").token(token).support_id(id).json(body).send()
}

/// A question as it can be assessed and opened.
#[derive(Clone, Debug)]
struct Case {
    caller: &'static str,
    now: &'static str,
    called_at: &'static str,
    term: (time::Date, time::Date),
    suspended: bool,
    services: &'static [Service],
    administrator: bool,
    site_country: &'static str,
    product: &'static str,
    version: Option<Value>,
    target: Option<&'static str>,
    work: Option<Exclusion>,
    topic: Option<Topic>,
    denied: Option<&'static str>,
    lifted: bool,
}

/// Mostly what is in order, so that each rule is met by itself too.
fn mostly<T: Clone + std::fmt::Debug + 'static>(usual: T, others: Vec<T>) -> BoxedStrategy<T> {
    prop_oneof![6 => Just(usual), 1 => select(others)].boxed()
}

fn cases() -> impl Strategy<Value = Case> {
    let usual = (date!(2026 - 04 - 01), date!(2027 - 03 - 31));
    let terms =
        vec![(date!(2026 - 11 - 26), usual.1), (usual.0, date!(2026 - 11 - 24)), (usual.0, date!(2026 - 11 - 25))];
    let versions = ["9.5.120", "9.4.100", "9.7.0", "8.0"].map(|name| Some(json!(name)));
    let versions = versions.into_iter().chain([None, Some(Value::Null), Some(Value::Null)]).collect();
    let contract = (
        mostly(usual, terms),
        mostly(false, vec![true]),
        mostly(Service::ALL, vec![&[Service::Information][..]]),
        mostly(true, vec![false]),
        mostly("JP", vec!["US"]),
        mostly(None, vec![Some("software"), Some("saas")]),
        any::<bool>(),
    );
    let question = (
        mostly("software", vec!["saas", "other", "unknown"]),
        mostly(Some(json!("9.6.132")), versions),
        prop::option::weighted(0.2, select(vec!["9.5.120", "9.4.100", "9.7.0"])),
        prop::option::weighted(0.1, select(Exclusion::ALL)),
        prop::option::weighted(0.1, select(Topic::ALL)),
        select(vec!["customer", "partner", "agent", "robot"]),
        // Within hours, at night, and the day after the end of support.
        select(vec![OPEN, "2026-11-25T21:00:00+09:00", "2026-11-26T10:00:00+09:00"]),
        // Within hours twice, in the evening, on a holiday.
        select(vec![
            "2026-11-25T09:30:00+09:00",
            "2026-11-20T16:59:00+09:00",
            "2026-11-24T17:00:00+09:00",
            "2026-11-23T10:00:00+09:00",
        ]),
    );
    (contract, question).prop_map(|(contract, question)| {
        let (term, suspended, services, administrator, site_country, denied, lifted) = contract;
        let (product, version, target, work, topic, caller, now, called_at) = question;
        Case {
            caller,
            now,
            called_at,
            term,
            suspended,
            services,
            administrator,
            site_country,
            product,
            // A service has no version; now and then one is named all the same.
            version: if product == "saas" && version == Some(json!("9.6.132")) { None } else { version },
            target: target.filter(|_| product != "saas"),
            work,
            topic,
            denied,
            lifted,
        }
    })
}

/// Everything that the cases share.
struct Counter<'a> {
    app: &'a TestApp,
    desk: Desk,
    other: Id<Product>,
    contracts: Cell<u32>,
    seen: RefCell<BTreeSet<String>>,
}

impl Counter<'_> {
    /// A contract of the case, with its denial; gives its ID.
    fn papers(&self, case: &Case) -> String {
        let id = format!("MNT-{:05}", self.contracts.get());
        self.contracts.set(self.contracts.get() + 1);
        let contract = self.app.contract(&Papers {
            starts_on: case.term.0,
            ends_on: case.term.1,
            suspended: case.suspended,
            services: case.services.to_vec(),
            administrator: case.administrator,
            site_country: case.site_country,
            reseller: Some(self.desk.reseller),
            ..Papers::new(&id, &[self.desk.software, self.desk.saas])
        });
        if let Some(denied) = case.denied {
            let product = if denied == "saas" { self.desk.saas } else { self.desk.software };
            let body = json!({
                "code": "improper_use_or_misuse", "product_id": product, "evidence": "調査", "effective_on": "2026-11-20",
            });
            let manager = self.app.manager();
            let path = format!("/v1/contracts/{contract}/denials");
            let denial = self.app.act(&manager, &path, &body).expect(201).id();
            if case.lifted {
                let body = json!({ "reason": "是正", "effective_on": "2026-11-24" });
                self.app.act(&manager, &format!("{path}/{denial}/liftings"), &body).expect(201);
            }
        }
        id
    }

    /// The same question for both, and who asks it.
    fn asked(&self, case: &Case, id: &str) -> (String, Value, Value) {
        let app = self.app;
        let token = match case.caller {
            "customer" => app.customer(id),
            "partner" => app.partner(self.desk.reseller),
            "agent" => app.agent(),
            _ => app.robot(&[
                madoguchi::terms::codes::Scope::InquiriesRead,
                madoguchi::terms::codes::Scope::InquiriesWrite,
            ]),
        };
        let product = match case.product {
            "software" => self.desk.software.to_string(),
            "saas" => self.desk.saas.to_string(),
            "other" => self.other.to_string(),
            _ => NOWHERE.to_owned(),
        };
        let mut question = json!({});
        let mut set = |name: &str, value: Value| question.as_object_mut().unwrap().insert(name.into(), value);
        match case.topic {
            Some(topic) => drop(set("topic", topic.as_str().into())),
            None => {
                set("kind", "problem_resolution".into());
                set("product_id", product.into());
                case.version.clone().map(|version| set("product_version", version));
                case.target.map(|target| set("target_version", target.into()));
                case.work.map(|work| set("requested_work", work.as_str().into()));
            }
        }
        let named = ["agent", "robot"].contains(&case.caller);
        let mut assessed = question.clone();
        let mut opened = with(question, &json!({ "channel": "support_web", "subject": "件名", "body": "本文" }));
        if named {
            assessed = with(assessed, &json!({ "support_id": id }));
            opened = with(opened, &json!({ "presented_support_id": id }));
        }
        if case.caller == "agent" {
            assessed = with(assessed, &json!({ "channel": "phone", "as_of": case.called_at }));
            opened =
                with(opened, &json!({ "channel": "phone", "call": { "called_at": case.called_at, "with": "田中" } }));
        }
        (token, assessed, opened)
    }

    fn check(&self, case: &Case) -> Result<(), TestCaseError> {
        self.app.at(case.now);
        let id = self.papers(case);
        let (token, assessed, opened) = self.asked(case, &id);
        let told = assess(self.app, &token, &id, &assessed);
        let done = self.app.post("/v1/inquiries").token(&token).support_id(&id).key(&fresh_key()).json(&opened).send();
        let (assessment, answer) = (told.json(), done.json());
        let outcome = assessment["outcome"].as_str().unwrap_or("refused");
        self.seen.borrow_mut().insert(outcome.to_owned());
        let accepted = outcome == "accepted";
        if told.status == 200 {
            prop_assert_eq!(assessment["would_change"] == json!([]), accepted, "{}", told);
        }
        match outcome {
            "accepted" | "needs_information" => {
                prop_assert_eq!(done.status, 201, "{} / {}", told, done);
                let state = if accepted { "received" } else { "awaiting_customer" };
                prop_assert_eq!(&answer["state"], state);
                prop_assert_eq!(&answer["effective_received_at"], &assessment["effective_received_at"]);
                prop_assert!(assessment.get("code").is_none());
            }
            "refused" => {
                prop_assert_eq!(told.status, done.status, "{} / {}", told, done);
                for same in ["code", "detail", "clause", "terms_version", "errors", "contacts"] {
                    prop_assert_eq!(&assessment[same], &answer[same], "{}", same);
                }
            }
            refused => {
                let statuses: &[u16] = match refused {
                    "redirected" => &[409],
                    "excluded" => &[422],
                    _ => &[403, 409],
                };
                prop_assert!(statuses.contains(&done.status), "{} / {}", told, done);
                prop_assert_eq!(&assessment["code"], &answer["code"], "{} / {}", told, done);
                prop_assert_eq!(&assessment["clauses"][0], &answer["clause"]);
                prop_assert_eq!(&assessment["contacts"], &answer["contacts"]);
                if !answer["denial"].is_null() {
                    prop_assert_eq!(&assessment["facts"]["denial"], &answer["denial"]);
                }
                self.seen.borrow_mut().insert(answer["code"].as_str().unwrap().to_owned());
            }
        }
        Ok(())
    }
}

/// What the cases must come upon, or they show nothing.
const MET: [&str; 18] = [
    "accepted",
    "contract_expired",
    "contract_not_started",
    "contract_suspended",
    "denied",
    "excluded",
    "excluded_service",
    "needs_information",
    "outside_reception_hours",
    "outside_service_region",
    "product_not_contracted",
    "redirected",
    "refused",
    "service_not_contracted",
    "support_denied",
    "system_administrator_missing",
    "version_not_released_by_us",
    "version_unsupported_by_vendor",
];

on_both! {
    fn the_assessment_is_what_opening_does(app: &TestApp) {
        let counter = Counter {
            app,
            desk: app.desk(),
            other: app.product("OTHER", Delivery::Software),
            contracts: Cell::new(0),
            seen: RefCell::default(),
        };
        let config = Config { cases: 160, failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        if let Err(why) = runner.run(&cases(), |case| counter.check(&case)) {
            panic!("{why}");
        }
        assert_eq!(counter.seen.take().iter().collect::<Vec<_>>(), MET.map(str::to_owned).iter().collect::<Vec<_>>());
    }

    fn it_leaves_nothing_behind(app: &TestApp) {
        let desk = app.desk();
        let (customer, agent) = (app.customer(ID), app.agent());
        app.unchanged("assessments", || {
            let asks = json!({ "product_id": desk.software, "product_version": null });
            let told = assess(app, &customer, ID, &asks).expect(200).json();
            assert_eq!((&told["outcome"], &told["clauses"]), (&json!("needs_information"), &json!(["SW-4.2.1-C4"])));
            let told_change = json!([{ "code": "product_version_told", "label": "ご利用中のバージョンのご連絡" }]);
            assert_eq!(told["would_change"], told_change);
            assert_eq!(told["supported_versions"], json!(["9.5.120", "9.6.132"]));
            // A topic is counted where it is asked, not where it is thought of.
            let topic = assess(app, &agent, ID, &json!({ "support_id": ID, "topic": "contract" })).expect(200).json();
            assert_eq!((&topic["outcome"], &topic["code"]), (&json!("redirected"), &json!("redirected")));
            assert_eq!(topic["contacts"][0]["name"], "サンプル販売株式会社 営業窓口");
            let english = app.post("/v1/assessments").token(&customer).english().json(&asks).send().expect(200).json();
            assert_eq!(english["would_change"][0]["label"], "The version in use is told");
        });
    }

    fn it_says_which_facts_it_rests_on(app: &TestApp) {
        let desk = app.desk_with(|papers| papers.ends_on = date!(2026 - 10 - 31));
        let asks = json!({
            "product_id": desk.software, "product_version": "9.4.100", "kind": "specification", "requested_work": "deployment_support_or_consulting",
        });
        let told = assess(app, &app.customer(ID), ID, &asks).expect(200).json();
        assert_eq!((&told["outcome"], &told["code"]), (&json!("denied"), &json!("contract_expired")));
        assert_eq!(told["clauses"], json!(["DOC-0-C2", "PRE-1-C4", "EXC-6-C3"]));
        let changes: Vec<_> = told["would_change"].as_array().unwrap().iter().map(|change| change["code"].clone()).collect();
        assert_eq!(changes, ["contract_renewed", "supported_version", "without_excluded_work"]);
        assert_eq!(told["facts"], json!({
            "as_of": "2026-11-25T01:00:00.000000Z", "day": "2026-11-25", "channel": "support_web",
            "contract": { "id": desk.contract, "maintenance_id": ID, "contract_id": null },
            "condition": "expired", "starts_on": "2026-04-01", "ends_on": "2026-10-31",
            "services": ["qa", "information", "program_provision"], "site_country": "JP",
            "system_administrator_named": true, "desk_open": true,
            "product": { "id": desk.software, "code": "GW", "delivery": "software" }, "product_contracted": true,
            "version": { "version": "9.4.100", "released_by_us_on": "2023-04-01", "vendor_supported_until_on": "2026-03-31" },
            "denial": null,
        }));
        let covered = assess(app, &app.agent(), ID, &json!({
            "support_id": "ｍｎｔ－000123", "product_id": desk.saas, "kind": "problem_resolution", "as_of": "2026-10-31T23:59:59+09:00",
        })).expect(200).json();
        assert_eq!((&covered["outcome"], &covered["clauses"]), (&json!("accepted"), &json!(["SA-5.2.1-C1", "SA-5.2.1-C29"])));
        // A Saturday night: it counts from Monday, 2 November.
        assert_eq!(covered["effective_received_at"], "2026-11-02T00:00:00.000000Z");
        assert!(covered.get("supported_versions").is_none());
    }

    fn the_past_is_judged_as_it_was(app: &TestApp) {
        let desk = app.desk();
        let manager = app.manager();
        let at = format!("/v1/contracts/{}", desk.contract);
        let change = |act: &str, body: Value| {
            let call = app.post(&format!("{at}/{act}")).token(&manager).key(&fresh_key()).if_match("*");
            call.json(&body).send().expect(201);
        };
        change("suspensions", json!({ "reason": "未納", "effective_on": "2026-11-10" }));
        change("resumptions", json!({ "reason": "入金", "effective_on": "2026-11-12" }));
        // From the renewal on the software is no longer covered.
        change("renewals", json!({ "starts_on": "2026-11-20", "ends_on": "2027-11-19", "product_ids": [desk.saas], "services": ["qa"] }));
        let version = format!("/v1/products/{}/versions/9.5.120", desk.software);
        let tag = app.look(&manager, &version).expect(200).etag();
        let ended = json!({ "vendor_supported_until_on": "2026-11-15", "effective_on": "2026-11-18" });
        app.patch(&version).token(&manager).if_match(&tag).merge_patch(&ended).send().expect(200);
        let customer = app.customer(ID);
        let on = |day: &str, version: &str| {
            let body = json!({ "product_id": desk.software, "product_version": version, "as_of": format!("{day}T10:00:00+09:00") });
            let told = assess(app, &customer, ID, &body).expect(200).json();
            told["code"].as_str().unwrap_or("-").to_owned()
        };
        assert_eq!(on("2026-03-31", "9.6.132"), "contract_not_started");
        assert_eq!(on("2026-11-09", "9.6.132"), "-");
        assert_eq!(on("2026-11-10", "9.6.132"), "contract_suspended");
        assert_eq!(on("2026-11-12", "9.6.132"), "-");
        assert_eq!(on("2026-11-19", "9.6.132"), "-");
        assert_eq!(on("2026-11-20", "9.6.132"), "product_not_contracted");
        // What the vendor announced on the 18th was not known of on the 17th.
        assert_eq!(on("2026-11-17", "9.5.120"), "-");
        assert_eq!(on("2026-11-18", "9.5.120"), "version_unsupported_by_vendor");
        assert_eq!(on("2026-11-19", "9.4.100"), "version_unsupported_by_vendor");
        let body = json!({ "product_id": desk.saas, "as_of": "2026-11-25T10:00:00.000001+09:00" });
        let future = assess(app, &customer, ID, &body).refused(422, "validation_failed");
        assert_eq!((pointers(&future), &future["errors"][0]["code"]), (vec!["/as_of"], &json!("in_the_future")));
    }

    fn an_upgrade_is_judged_by_where_it_leads(app: &TestApp) {
        let desk = app.desk();
        let customer = app.customer(ID);
        let told = |body: Value| assess(app, &customer, ID, &with(json!({ "product_id": desk.software }), &body));
        let outcome = |answer: Answer| answer.expect(200).json()["outcome"].as_str().unwrap().to_owned();
        assert_eq!(outcome(told(json!({ "product_version": "9.4.100", "target_version": "9.5.120" }))), "accepted");
        assert_eq!(outcome(told(json!({ "product_version": "9.5.120", "target_version": "9.7.0" }))), "excluded");
        // What is in use is asked for all the same.
        let unknown = json!({ "product_version": null, "target_version": "9.5.120" });
        assert_eq!(outcome(told(unknown.clone())), "needs_information");
        let opened = app.open(&customer, &with(desk.question(), &unknown)).expect(201).json();
        assert_eq!((&opened["state"], &opened["target_version"]), (&json!("awaiting_customer"), &json!("9.5.120")));
        told(json!({ "target_version": "9.5.120" })).refused(422, "product_version_required");
        // A service has neither a version nor another one to go to.
        let saas = json!({ "product_id": desk.saas, "target_version": "9.5.120" });
        assess(app, &customer, ID, &saas).refused(422, "product_version_not_applicable");
        let target = json!({ "target_version": "9.5.120" });
        app.open(&customer, &with(desk.saas_question(), &target)).refused(422, "product_version_not_applicable");
    }

    fn a_foreign_id_is_an_unknown_one(app: &TestApp) {
        let desk = app.desk();
        app.contract(&Papers::new("MNT-2", &[desk.software]));
        let asks = |id: &str| json!({ "support_id": id, "product_id": desk.software, "product_version": "9.6.132" });
        let same = |token: &str, header: &str, id: &str| {
            let call = app.post("/v1/assessments").token(token).support_id(header).header("X-Request-Id", "same");
            let answer = call.json(&asks(id)).send();
            answer.refused(403, "support_id_unknown").to_string()
        };
        let (customer, partner, agent) = (app.customer(ID), app.partner(desk.reseller), app.agent());
        for token in [&customer, &partner] {
            assert_eq!(same(token, ID, "MNT-2"), same(token, ID, "MNT-404"));
            assert_eq!(assess(app, token, ID, &asks(" ｍｎｔ ０００１２３ ")).expect(200).json()["outcome"], "accepted");
        }
        assert_eq!(same(&partner, "MNT-2", "MNT-2"), same(&partner, "MNT-404", "MNT-404"));
        assert_eq!(assess(app, &agent, ID, &asks("MNT-2")).expect(200).json()["outcome"], "accepted");
        assess(app, &agent, ID, &asks("MNT-404")).refused(403, "support_id_unknown");
        assess(app, &agent, ID, &json!({ "topic": "contract" })).refused(403, "support_id_required");
    }

    fn faulty_questions_are_told_so(app: &TestApp) {
        let desk = app.desk();
        let customer = app.customer(ID);
        let cases: [(Value, &[&str]); 4] = [
            (json!({}), &["/product_id"]),
            (json!({ "topic": "contract", "kind": "specification", "product_id": desk.saas }), &["/kind", "/product_id"]),
            (json!({ "topic": "contract", "target_version": "9.5.120" }), &["/target_version"]),
            (json!({ "product_id": desk.saas, "channel": "fax" }), &["/channel"]),
        ];
        for (body, expected) in cases {
            assert_eq!(pointers(&assess(app, &customer, ID, &body).refused(422, "validation_failed")), expected, "{body}");
        }
        // Opening: nobody and nothing is named twice.
        let twice = json!({ "watchers": ["a@city.example.jp", "b@city.example.jp", "A@city.example.jp"] });
        let told = app.open(&customer, &with(desk.question(), &twice)).refused(422, "validation_failed");
        assert_eq!((pointers(&told), &told["errors"][0]["code"]), (vec!["/watchers/2"], &json!("duplicate_item")));
        let codes = json!({ "override": { "codes": ["outside_reception_hours", "outside_reception_hours"], "reason": "急ぎ" } });
        let told = app.open(&app.agent(), &with(desk.call(OPEN), &codes)).refused(422, "validation_failed");
        assert_eq!(pointers(&told), ["/override/codes/1"]);
    }

    /// Before a product is known, a contract of services alone is told of by section 5.
    fn a_contract_of_services_stands_under_section_5(app: &TestApp) {
        let desk = app.desk();
        for (id, product, [elsewhere, closed, waits]) in [
            ("MNT-5", desk.saas, ["SA-5.2.1-C30", "SA-5.1-C2", "SA-5.2.2-C4"]),
            ("MNT-4", desk.software, ["SW-4.2.1-C16", "SW-4.1-C2", "SW-4.2.2-C4"]),
        ] {
            app.at(OPEN);
            app.contract(&Papers::new(id, &[product]));
            let customer = app.customer(id);
            let body = json!({ "channel": "support_web", "topic": "contract", "subject": "件名", "body": "本文" });
            let open = |token: &str, body: &Value| app.post("/v1/inquiries").token(token).key(&fresh_key()).json(body).send();
            assert_eq!(open(&customer, &body).refused(409, "redirected")["clause"], elsewhere);
            let told = assess(app, &customer, id, &json!({ "topic": "contract" })).expect(200).json();
            assert_eq!(told["clauses"], json!([elsewhere]));
            let night = json!({ "presented_support_id": id, "product_id": NOWHERE });
            let night = with(desk.call("2026-11-24T20:00:00+09:00"), &night);
            assert_eq!(open(&app.agent(), &night).refused(409, "outside_reception_hours")["clause"], closed);
            app.sql("UPDATE account_links SET state = 'awaiting_approval'");
            assert_eq!(open(&customer, &body).refused(403, "account_awaiting_approval")["clause"], waits);
            app.sql("UPDATE account_links SET state = 'active'");
        }
    }
}
