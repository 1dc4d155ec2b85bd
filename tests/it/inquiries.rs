//! Opening an inquiry: who may, by which channel, and what the terms say to it.

use madoguchi::terms::codes::{PartnerAccess, Scope, Service};
use serde_json::{Value, json};
use time::macros::date;

use super::support::desk::{Desk, ID, fresh_key, pointers, with};
use super::support::people::Papers;
use super::support::*;

/// What the customer is told of a first inquiry.
#[track_caller]
fn refused(app: &TestApp, body: &Value, status: u16, code: &str) -> Value {
    app.open(&app.customer(ID), body).refused(status, code)
}

/// A refusal without what differs from call to call.
fn bytes(app: &TestApp, token: &str, id: &str, body: &Value) -> (u16, Vec<u8>) {
    let call = app.post("/v1/inquiries").token(token).support_id(id).key(&fresh_key());
    let answer = call.header("X-Request-Id", "same").json(body).send();
    (answer.status, answer.body)
}

on_both! {
    fn a_customer_opens(app: &TestApp) {
        let desk = app.desk();
        let answer = app.open(&app.customer(ID), &desk.question()).expect(201);
        let inquiry = answer.json();
        let id = inquiry["id"].as_str().unwrap();
        assert_eq!(answer.header("Location"), Some(format!("/v1/inquiries/{id}").as_str()));
        assert!(answer.etag().starts_with("\"1-"));
        assert!(inquiry["number"].as_str().unwrap().starts_with("Q-2026-"));
        let expected = json!({
            "state": "received", "version": 1, "kind": "problem_resolution", "channel": "support_web", "matter": null,
            "product": { "id": desk.software.to_string(), "code": "GW", "delivery": "software" },
            "product_version": "9.6.132", "presented_support_id": ID,
            "contract": { "id": desk.contract.to_string(), "maintenance_id": ID, "contract_id": null },
            "subject": "起動しない", "body": "再起動後に起動しません。", "opened_by": "customer", "closure": null,
            "received_at": "2026-11-25T01:00:00.000000Z", "effective_received_at": "2026-11-25T01:00:00.000000Z",
            "recorded_at": "2026-11-25T01:00:00.000000Z", "last_message_at": "2026-11-25T01:00:00.000000Z",
        });
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&inquiry[name], value, "{name}");
        }
        assert_eq!(inquiry["requester"]["name"], "佐藤 花子");
        assert_eq!(inquiry["requester"]["relation"], "customer");
        let actions: Vec<_> = inquiry["allowed_actions"].as_array().unwrap().iter().map(|a| &a["action"]).collect();
        assert_eq!(actions, ["post_message", "report_result", "resubmit"].map(|a| json!(a)).iter().collect::<Vec<_>>());
    }

    fn a_partner_opens_for_its_customer(app: &TestApp) {
        let desk = app.desk();
        let (partner, stranger) = (app.partner(desk.reseller), app.partner(app.reseller("別の販売店")));
        let body = with(desk.question(), &json!({ "external_reference": "T-4711" }));
        app.post("/v1/inquiries").token(&partner).key("a").json(&body).send().refused(403, "support_id_required");
        let inquiry = app.open(&partner, &body).expect(201).json();
        assert_eq!(inquiry["external_reference"], "T-4711");
        assert_eq!(inquiry["requester"]["relation"], "reseller");
        assert_eq!(inquiry["opened_by"], "partner");
        app.open(&partner, &body).refused(409, "reference_taken");
        // A foreign contract and none at all are the same.
        let foreign = bytes(app, &stranger, ID, &body);
        assert_eq!(foreign.0, 403);
        assert_eq!(foreign, bytes(app, &stranger, "MNT-999999", &body));
        let named = with(body, &json!({ "presented_support_id": "MNT-999999" }));
        app.open(&partner, &named).refused(403, "support_id_unknown");
        // The number is the partner's own: the customer neither sees it nor finds it taken.
        let customer = app.customer(ID);
        app.open(&customer, &with(desk.question(), &json!({ "external_reference": "T-4711" }))).expect(201);
    }

    fn a_script_opens_for_a_customer(app: &TestApp) {
        let desk = app.desk();
        let script = app.robot(&[Scope::InquiriesWrite, Scope::InquiriesRead]);
        let asks = json!({ "presented_support_id": ID, "requester": { "name": "田中", "relation": "customer" } });
        let body = with(desk.question(), &asks);
        assert_eq!(app.open(&script, &body).expect(201).json()["opened_by"], "robot");
        app.open(&script, &desk.question()).refused(403, "support_id_required");
        let nobody = with(desk.question(), &json!({ "presented_support_id": ID }));
        let asked = app.open(&script, &nobody).expect(201).json();
        assert_eq!(asked["requester"], json!({ "name": "架空市役所（サンプル）", "relation": "customer" }));
        let overrides = json!({ "override": { "codes": ["version_not_released_by_us"], "reason": "急ぎ" } });
        let refused = app.open(&script, &with(body.clone(), &overrides)).refused(422, "validation_failed");
        assert_eq!(pointers(&refused), ["/override"]);
        let phone = app.open(&script, &with(body.clone(), &json!({ "channel": "phone" })));
        assert_eq!(pointers(&phone.refused(422, "validation_failed")), ["/channel"]);
        let reader = app.robot(&[Scope::InquiriesRead]);
        app.open(&reader, &body).refused(403, "insufficient_scope");
    }

    fn the_desk_logs_a_call(app: &TestApp) {
        let desk = app.desk();
        let agent = app.agent();
        // As people type it: full-width, and a long vowel mark for the hyphen.
        let body = with(desk.call(OPEN), &json!({ "presented_support_id": " ＭＮＴー０００１２３ " }));
        let inquiry = app.open(&agent, &body).expect(201).json();
        assert_eq!(inquiry["presented_support_id"], ID);
        assert_eq!(inquiry["requester"]["name"], "田中 一郎");
        assert_eq!(inquiry["call"], json!({ "called_at": "2026-11-25T01:00:00.000000Z", "with": "田中 一郎" }));
        let faults = [
            (json!({ "channel": "support_web" }), "/channel"),
            (json!({ "override": { "codes": [], "reason": "急ぎ" } }), "/override/codes"),
            (json!({ "override": { "codes": ["support_denied"], "reason": "急ぎ" } }), "/override/codes/0"),
            (json!({ "override": { "codes": ["contract_expired"] } }), "/override/reason"),
            (json!({ "channel": "fax" }), "/channel"),
        ];
        for (member, pointer) in faults {
            let problem = app.open(&agent, &with(body.clone(), &member)).refused(422, "validation_failed");
            assert_eq!(pointers(&problem), [pointer], "{member}");
        }
        let mut silent = body.clone();
        silent.as_object_mut().unwrap().remove("call");
        assert_eq!(pointers(&app.open(&agent, &silent).refused(422, "validation_failed")), ["/call"]);
        let mut nameless = body.clone();
        nameless.as_object_mut().unwrap().remove("presented_support_id");
        app.open(&agent, &nameless).refused(403, "support_id_required");
        app.open(&agent, &with(body, &json!({ "presented_support_id": "MNT-9" }))).refused(403, "support_id_unknown");
        let by_customer = refused(app, &desk.call(OPEN), 422, "validation_failed");
        assert_eq!(pointers(&by_customer), ["/channel", "/call"]);
    }

    fn a_call_is_judged_when_it_was_made(app: &TestApp) {
        // The Friday before a three-day weekend.
        app.at("2026-11-20T17:12:00+09:00");
        let desk = app.desk();
        let agent = app.agent();
        let inside = app.open(&agent, &desk.call("2026-11-20T16:59:00+09:00")).expect(201).json();
        assert_eq!(inside["received_at"], "2026-11-20T07:59:00.000000Z");
        assert_eq!(inside["effective_received_at"], inside["received_at"]);
        assert_eq!(inside["recorded_at"], "2026-11-20T08:12:00.000000Z");
        let outside = desk.call("2026-11-20T17:00:00+09:00");
        let problem = app.open(&agent, &outside).refused(409, "outside_reception_hours");
        assert_eq!(problem["clause"], "SW-4.1-C2");
        assert!(problem["detail"].as_str().unwrap().contains("11月24日（火）9時"), "{problem}");
        let saas = with(outside.clone(), &json!({ "product_id": desk.saas.to_string(), "product_version": null }));
        let mut saas = saas;
        saas.as_object_mut().unwrap().remove("product_version");
        assert_eq!(app.open(&agent, &saas).refused(409, "outside_reception_hours")["clause"], "SA-5.1-C2");
        let given = json!({ "codes": ["outside_reception_hours"], "reason": "緊急の連絡" });
        let taken = app.open(&agent, &with(outside, &json!({ "override": given }))).expect(201).json();
        assert_eq!(taken["override"], given);
        assert_eq!(taken["effective_received_at"], "2026-11-24T00:00:00.000000Z");
        for (called_at, code) in
            [("2026-11-20T17:13:00+09:00", "in_the_future"), ("2026-11-13T17:11:59+09:00", "too_long_ago"), ("0000-01-01T00:00:00Z", "too_long_ago"), ("9999-12-31T23:59:59Z", "in_the_future")]
        {
            let problem = app.open(&agent, &desk.call(called_at)).refused(422, "validation_failed");
            assert_eq!(problem["errors"][0]["code"], code);
            assert_eq!(pointers(&problem), ["/call/called_at"]);
        }
        // The Support Web is always open; what it takes counts from the next opening.
        let web = app.open(&app.customer(ID), &desk.question()).expect(201).json();
        assert_eq!(web["received_at"], "2026-11-20T08:12:00.000000Z");
        assert_eq!(web["effective_received_at"], "2026-11-24T00:00:00.000000Z");
    }

    fn some_rules_only_a_manager_sets_aside(app: &TestApp) {
        let desk = app.desk_with(|papers| papers.ends_on = date!(2026 - 10 - 31));
        let given = json!({ "override": { "codes": ["contract_expired"], "reason": "更新手続き中" } });
        let body = with(desk.call(OPEN), &given);
        app.open(&app.agent(), &body).refused(403, "forbidden");
        // Who may not is told so before anything that the rules say.
        let gone = with(body.clone(), &json!({ "product_version": "9.4.100" }));
        app.open(&app.agent(), &gone).refused(403, "forbidden");
        app.open(&app.manager(), &gone).refused(422, "version_unsupported_by_vendor");
        let manager = app.manager();
        let id = app.opened(&manager, &body);
        let listed = app.look(&manager, "/v1/inquiries?override=true").expect(200).json();
        assert_eq!(listed["items"][0]["id"], id.as_str());
        assert_eq!(app.look(&manager, "/v1/inquiries?override=false").json()["items"], json!([]));
        // What was not needed was not set aside.
        let unused =
            json!({ "override": { "codes": ["contract_expired", "version_not_released_by_us"], "reason": "急ぎ" } });
        let events = app.look(&manager, "/v1/events?types=inquiry.opened").json();
        assert_eq!(events["items"][0]["data"]["internal"]["overrides"], json!(["contract_expired"]));
        app.opened(&manager, &with(body, &unused));
        let events = app.look(&manager, "/v1/events?types=inquiry.opened&after=1").json();
        assert_eq!(events["items"][0]["data"]["internal"]["overrides"], json!(["contract_expired"]));
    }

    fn software_is_asked_about_by_version(app: &TestApp) {
        let desk = app.desk();
        let version = |version: &str| with(desk.question(), &json!({ "product_version": version }));
        let supported = json!(["9.5.120", "9.6.132"]);
        let old = refused(app, &version("9.4.100"), 422, "version_unsupported_by_vendor");
        assert_eq!((&old["clause"], &old["supported_versions"]), (&json!("PRE-1-C4"), &supported));
        assert_eq!(
            old["detail"],
            "バージョン 9.4.100 は開発元のサポートが終了しているため、お問い合わせをお受けできません。サポート対象は \
             9.5.120、9.6.132 です。バージョンアップの手順については、移行先のバージョンをご指定のうえお問い合わせください。"
        );
        for unreleased in ["9.7.0", "9.9.9"] {
            let problem = refused(app, &version(unreleased), 422, "version_not_released_by_us");
            assert_eq!((&problem["clause"], &problem["supported_versions"]), (&json!("PRE-1-C5"), &supported));
        }
        let mut absent = desk.question();
        absent.as_object_mut().unwrap().remove("product_version");
        refused(app, &absent, 422, "product_version_required");
        app.open(&app.customer(ID), &version(" ９.５.１２０ ")).expect(201);
        // The last day of support is included.
        app.at("2026-11-26T00:00:00+09:00");
        refused(app, &version("9.6.132"), 422, "version_unsupported_by_vendor");
        // How to leave an unsupported version may be asked: the target is looked at.
        let upgrade = |target: &str| with(version("9.4.100"), &json!({ "target_version": target }));
        let inquiry = app.open(&app.customer(ID), &upgrade("9.5.120")).expect(201).json();
        assert_eq!((&inquiry["product_version"], &inquiry["target_version"]), (&json!("9.4.100"), &json!("9.5.120")));
        refused(app, &upgrade("9.7.0"), 422, "version_not_released_by_us");
    }

    fn an_unknown_version_is_asked_for(app: &TestApp) {
        let desk = app.desk();
        let customer = app.customer(ID);
        let body = with(desk.question(), &json!({ "product_version": null }));
        let inquiry = app.open(&customer, &body).expect(201).json();
        assert_eq!((&inquiry["state"], &inquiry["product_version"]), (&json!("awaiting_customer"), &Value::Null));
        let requests = format!("/v1/inquiries/{}/information-requests", inquiry["id"].as_str().unwrap());
        let asked = app.look(&customer, &requests).expect(200).json();
        assert_eq!(asked["items"][0]["kind"], "customer_information");
        assert_eq!(asked["items"][0]["ended_at"], Value::Null);
        assert_eq!(asked["items"].as_array().unwrap().len(), 1);
    }

    fn saas_has_no_version(app: &TestApp) {
        let desk = app.desk();
        let inquiry = app.open(&app.customer(ID), &desk.saas_question()).expect(201).json();
        assert_eq!((&inquiry["product_version"], &inquiry["matter"]), (&Value::Null, &Value::Null));
        for version in [json!("9.6.132"), Value::Null] {
            let body = with(desk.saas_question(), &json!({ "product_version": version }));
            refused(app, &body, 422, "product_version_not_applicable");
        }
    }

    fn what_the_contract_lacks_is_told(app: &TestApp) {
        let desk = app.desk();
        let papers = |id: &str| Papers { reseller: Some(desk.reseller), ..Papers::new(id, &[desk.software]) };
        let cases: Vec<(Papers, u16, &str, &str)> = vec![
            (Papers { ends_on: date!(2026 - 11 - 24), ..papers("MNT-1") }, 403, "contract_expired", "DOC-0-C2"),
            (Papers { starts_on: date!(2026 - 11 - 26), ..papers("MNT-2") }, 403, "contract_not_started", "DOC-0-C2"),
            (Papers { suspended: true, ..papers("MNT-3") }, 403, "contract_suspended", "DOC-0-C2"),
            (
                Papers { services: vec![Service::Information], ..papers("MNT-4") },
                403,
                "service_not_contracted",
                "DOC-0-C2",
            ),
            (Papers { administrator: false, ..papers("MNT-5") }, 409, "system_administrator_missing", "PRE-1-C2"),
            (Papers { site_country: "US", ..papers("MNT-6") }, 422, "outside_service_region", "REG-2-C1"),
            (Papers { products: vec![desk.saas], ..papers("MNT-7") }, 422, "product_not_contracted", "DOC-0-C2"),
        ];
        for (papers, status, code, clause) in cases {
            let id = papers.maintenance_id.clone().unwrap();
            app.contract(&papers);
            let call = app.post("/v1/inquiries").token(&app.customer(&id)).key(&fresh_key()).json(&desk.question());
            let problem = call.send().refused(status, code);
            assert_eq!(problem["clause"], clause, "{code}");
            assert_eq!(problem["terms_version"], madoguchi::terms::current().version, "{code}");
            assert_eq!(problem["contacts"].as_array().map_or(0, Vec::len), if status == 403 { 2 } else { 0 }, "{code}");
        }
        let ended = app.contract(&Papers {
            ends_on: date!(2026 - 03 - 31),
            starts_on: date!(2025 - 04 - 01),
            ..papers("MNT-000124")
        });
        assert_ne!(ended, desk.contract);
        let call = app.post("/v1/inquiries").token(&app.customer("MNT-000124")).key("x").json(&desk.question());
        assert_eq!(
            call.send().refused(403, "contract_expired")["detail"],
            "ご提示の保守 ID「MNT-000124」のサポート契約は、2026年3月31日をもって終了しております。過去のお問い合わせは引き続き\
             ご覧いただけます。ご更新につきましては、販売代理店（サンプル販売株式会社 営業窓口 03-0000-0001）へお問い合わせください。"
        );
    }

    fn the_first_reason_wins(app: &TestApp) {
        let desk = app.desk_with(|papers| papers.site_country = "US");
        let work = json!({ "requested_work": "deployment_support_or_consulting" });
        refused(app, &with(desk.question(), &work), 422, "outside_service_region");
        let other = app.contract(&Papers { administrator: false, suspended: true, ..Papers::new("MNT-2", &[]) });
        assert_ne!(other, desk.contract);
        let call = app.post("/v1/inquiries").token(&app.customer("MNT-2")).key("x").json(&with(desk.question(), &work));
        call.send().refused(403, "contract_suspended");
    }

    fn excluded_work_is_refused_by_its_clause(app: &TestApp) {
        let desk = app.desk();
        let works = [
            ("environment_or_other_product_problem", "EXC-6-C1"),
            ("onsite_or_remote_system_work", "EXC-6-C2"),
            ("deployment_support_or_consulting", "EXC-6-C3"),
            ("isolation_from_other_products", "EXC-6-C4"),
            ("configuration_management_or_storage", "EXC-6-C5"),
        ];
        for (work, clause) in works {
            let problem =
                refused(app, &with(desk.question(), &json!({ "requested_work": work })), 422, "excluded_service");
            assert_eq!(problem["clause"], clause);
        }
    }

    fn topics_go_elsewhere_and_leave_no_text(app: &TestApp) {
        let desk = app.desk();
        let customer = app.customer(ID);
        for topic in ["pre_purchase", "support_terms", "contract"] {
            let body = json!({ "channel": "support_web", "topic": topic, "subject": "見積もり", "body": "秘密の本文" });
            let problem = app.open(&customer, &body).refused(409, "redirected");
            assert_eq!(problem["clause"], "SW-4.2.1-C16");
            assert_eq!(problem["contacts"][0]["name"], "サンプル販売株式会社 営業窓口");
        }
        let mixed = with(desk.question(), &json!({ "topic": "contract" }));
        assert_eq!(
            pointers(&app.open(&customer, &mixed).refused(422, "validation_failed")),
            ["/kind", "/product_id", "/product_version"]
        );
        let agent = app.agent();
        let rows = app.look(&agent, "/v1/redirections").expect(200);
        assert!(!String::from_utf8_lossy(&rows.body).contains("秘密"));
        let topics: Vec<_> = rows.json()["items"].as_array().unwrap().iter().map(|r| r["topic"].clone()).collect();
        assert_eq!(topics, ["contract", "support_terms", "pre_purchase"]);
        assert_eq!(rows.json()["items"][0]["contract"], desk.contract.to_string());
        let one = app.look(&agent, "/v1/redirections?topic=contract,pre_purchase&limit=1").json();
        assert_eq!((one["items"].as_array().unwrap().len(), one["next_cursor"].is_string()), (1, true));
        let events = app.look(&agent, "/v1/events?types=topic.redirected").json();
        assert_eq!(events["items"].as_array().unwrap().len(), 3);
        assert_eq!(events["items"][0]["data"], json!({ "topic": "pre_purchase", "channel": "support_web" }));
        assert_eq!(app.look(&agent, "/v1/inquiries").json()["items"], json!([]));
        app.look(&customer, "/v1/redirections").refused(403, "forbidden");
    }

    fn a_follow_up_names_an_inquiry_of_its_contract(app: &TestApp) {
        let desk = app.desk();
        let customer = app.customer(ID);
        let first = app.opened(&customer, &desk.question());
        let follows = |id: &str| with(desk.question(), &json!({ "follows": id }));
        assert_eq!(app.open(&customer, &follows(&first)).expect(201).json()["follows"], first.as_str());
        app.contract(&Papers::new("MNT-2", &[desk.software]));
        let other = app.customer("MNT-2");
        let foreign = bytes(app, &other, "MNT-2", &follows(&first));
        let unknown = bytes(app, &other, "MNT-2", &follows("0192a000-0000-7000-8000-000000000000"));
        assert_eq!(foreign.0, 422);
        assert_eq!(foreign, unknown);
        assert!(String::from_utf8_lossy(&foreign.1).contains("/follows"));
    }

    fn a_call_sent_twice_is_done_once(app: &TestApp) {
        let desk = app.desk_with(|papers| papers.contract_id = Some("CT-1".into()));
        let partner = app.partner(desk.reseller);
        let send = |key: &str, id: &str, body: &Value| {
            app.post("/v1/inquiries").token(&partner).support_id(id).key(key).json(body).send()
        };
        let first = send("k-1", ID, &desk.question()).expect(201);
        assert_eq!(first.header("Idempotent-Replayed"), None);
        for key in ["k-1", "\"k-1\""] {
            let again = send(key, ID, &desk.question()).expect(201);
            assert_eq!(again.header("Idempotent-Replayed"), Some("true"));
            assert_eq!((again.body, again.headers.len()), (first.body.clone(), first.headers.len() + 1));
        }
        let other = with(desk.question(), &json!({ "subject": "別件" }));
        send("k-1", ID, &other).refused(422, "idempotency_key_reused");
        send("k-1", "CT-1", &desk.question()).refused(422, "idempotency_key_reused");
        // Only successes are kept, and each caller has keys of its own.
        send("k-2", ID, &with(other.clone(), &json!({ "product_version": "9.4.100" }))).expect(422);
        send("k-2", ID, &other).expect(201);
        let customer = app.customer(ID);
        assert_ne!(
            app.post("/v1/inquiries").token(&customer).key("k-1").json(&desk.question()).send().expect(201).body,
            first.body
        );
        assert_eq!(app.look(&partner, "/v1/inquiries").json()["items"].as_array().unwrap().len(), 3);
    }

    fn the_first_error_of_a_call_wins(app: &TestApp) {
        let desk = app.desk();
        let customer = app.customer(ID);
        let post = || app.post("/v1/inquiries").token(&customer);
        let text = |call: Call<'_>| call.header("Content-Type", "text/plain").bytes(b"{".to_vec()).send();
        text(post()).refused(415, "unsupported_media_type");
        text(post().key("")).refused(415, "unsupported_media_type");
        let json = |call: Call<'_>| call.header("Content-Type", "application/json").bytes(b"{".to_vec()).send();
        json(post()).refused(400, "idempotency_key_required");
        json(post().key(&"k".repeat(256))).refused(400, "malformed_header");
        json(post().key("k")).refused(400, "malformed_json");
        post().json(&json!({ "no": 1 })).send().refused(400, "idempotency_key_required");
        let unknown = post().key("k").json(&with(desk.question(), &json!({ "state": "closed" }))).send();
        assert_eq!(pointers(&unknown.refused(422, "validation_failed")), ["/state"]);
        // On what has a version: 415, 422, 428, and only then 404 and 412.
        let agent = app.agent();
        let id = app.opened(&customer, &desk.question());
        let (path, nowhere) = (format!("/v1/inquiries/{id}"), "/v1/inquiries/0192a000-0000-7000-8000-000000000000");
        app.patch(&path).token(&agent).json(&json!({})).send().refused(415, "unsupported_media_type");
        app.patch(&path)
            .token(&agent)
            .merge_patch(&json!({ "state": "closed" }))
            .send()
            .refused(422, "validation_failed");
        app.patch(nowhere).token(&agent).merge_patch(&json!({})).send().refused(428, "precondition_required");
        app.patch(nowhere).token(&agent).if_match("\"9\"").merge_patch(&json!({})).send().refused(404, "not_found");
        app.patch(&path)
            .token(&agent)
            .if_match("\"9\"")
            .merge_patch(&json!({}))
            .send()
            .refused(412, "version_conflict");
    }

    fn partners_of_no_access_may_still_open(app: &TestApp) {
        let desk: Desk = app.desk_with(|papers| papers.partner_access = PartnerAccess::None);
        let partner = app.partner(desk.reseller);
        let id = app.opened(&partner, &desk.question());
        app.look(&partner, &format!("/v1/inquiries/{id}")).expect(200);
    }
}
