//! The monthly report: every number is the length of the list beside it.

use madoguchi::terms::codes::{PartnerAccess, Scope};
use serde_json::{Value, json};

use super::support::desk::{ID, fresh_key, with};
use super::support::people::Papers;
use super::support::*;

fn report(app: &TestApp, token: &str, month: &str) -> Value {
    app.get(&format!("/v1/reports/monthly?month={month}")).token(token).send().expect(200).json()
}

fn length(app: &TestApp, token: &str, href: &str) -> u64 {
    let (mut next, mut count) = (Some(format!("{href}&limit=100")), 0);
    while let Some(path) = next.take() {
        let page = app.get(&path).token(token).send().expect(200);
        count += page.json()["items"].as_array().unwrap().len() as u64;
        next = page.header("link").map(|link| link[1..].split('>').next().unwrap().to_owned());
    }
    count
}

fn count(report: &Value, measure: &str, key: Option<&str>) -> u64 {
    let found = report["counts"]
        .as_array()
        .unwrap()
        .iter()
        .find(|line| line["measure"] == measure && line["key"].as_str() == key);
    found.unwrap_or_else(|| panic!("no {measure} {key:?}: {report}"))["count"].as_u64().unwrap()
}

/// Opens for the contract that the token is for.
fn opened_for(app: &TestApp, token: &str, body: &Value) -> String {
    app.post("/v1/inquiries").token(token).key(&fresh_key()).json(body).send().expect(201).id()
}

/// Three contracts of one reseller, with summary access, full access and none; a month's work on both.
fn month(app: &TestApp) -> String {
    let desk = app.desk_with(|papers| papers.partner_access = PartnerAccess::Summary);
    app.contract(&Papers { reseller: Some(desk.reseller), ..Papers::new("MNT-2", &[desk.software]) });
    app.contract(&Papers {
        partner_access: PartnerAccess::None,
        reseller: Some(desk.reseller),
        ..Papers::new("MNT-3", &[desk.software])
    });
    let (agent, customer, partner) = (app.agent(), app.customer(ID), app.partner(desk.reseller));
    let others = [app.customer("MNT-2"), app.customer("MNT-3")];
    let (answered, closed) = (app.opened(&customer, &desk.question()), opened_for(app, &others[0], &desk.question()));
    app.opened(&partner, &with(desk.question(), &json!({ "kind": "specification" })));
    app.opened(&customer, &desk.saas_question());
    opened_for(app, &others[1], &desk.question());
    app.opened(&agent, &desk.call("2026-11-25T00:55:00Z"));
    let calls = with(
        desk.call("2026-11-24T12:00:00Z"),
        &json!({ "override": { "codes": ["outside_reception_hours"], "reason": "緊急" } }),
    );
    app.opened(&agent, &calls);
    let topic = json!({ "channel": "support_web", "topic": "contract", "subject": "更新", "body": "更新について" });
    app.act(&customer, "/v1/inquiries", &topic).refused(409, "redirected");
    app.at("2026-11-25T01:10:00Z");
    app.answered(&agent, &answered, &[]);
    app.closed(&agent, &closed);
    let revoked = app.closed(&agent, &answered);
    app.act_on(
        &agent,
        &format!("/v1/closure-decisions/{revoked}/revocations"),
        &answered,
        &json!({ "reason": "再発" }),
    )
    .expect(201);
    app.sql("UPDATE inquiries SET superseded_by = id, state = 'superseded' WHERE kind = 'specification'");
    partner
}

on_both! {
    fn every_number_is_a_list(app: &TestApp) {
        let partner = month(app);
        let (agent, robot) = (app.agent(), app.robot(&[Scope::ReportsRead]));
        let told = report(app, &agent, "2026-11");
        assert_eq!(told["counts"], report(app, &robot, "2026-11")["counts"]);
        for (token, told) in [(&agent, &told), (&partner, &report(app, &partner, "2026-11"))] {
            for line in told["counts"].as_array().unwrap().iter().chain(told["times"].as_array().unwrap()) {
                assert_eq!(line["count"].as_u64().unwrap(), length(app, token, line["href"].as_str().unwrap()), "{line}");
            }
        }
        let numbers = [
            ("opened", None, 7), ("opened_by_kind", Some("problem_resolution"), 6), ("opened_by_kind", Some("specification"), 1),
            ("opened_by_channel", Some("phone"), 2), ("opened_by_override", None, 1), ("superseded", None, 1),
            ("completed", None, 1), ("completed_by_code", Some("agreed_with_customer"), 1), ("completed_by_code", Some("problem_resolved"), 0),
            ("completion_revoked", None, 1), ("redirected_by_topic", Some("contract"), 1), ("redirected_by_topic", Some("pre_purchase"), 0),
        ];
        for (measure, key, number) in numbers {
            assert_eq!(count(&told, measure, key), number, "{measure} {key:?}");
        }
        let own = report(app, &partner, "2026-11");
        // All but the one of the contract that shows it nothing; kinds only where it sees them.
        assert_eq!((count(&own, "opened", None), count(&own, "opened_by_kind", Some("problem_resolution"))), (6, 1));
        assert!(own["times"].as_array().unwrap().is_empty());
        assert!(own["counts"].as_array().unwrap().iter().all(|line| !["opened_by_override", "redirected_by_topic"].contains(&line["measure"].as_str().unwrap())));
    }

    fn business_times_are_results(app: &TestApp) {
        month(app);
        let told = report(app, &app.agent(), "2026-11");
        let time = |measure: &str| told["times"].as_array().unwrap().iter().find(|line| line["measure"] == measure).unwrap().clone();
        let first = time("first_answer");
        assert_eq!((&first["count"], &first["measured"], &first["median_business_minutes"]), (&json!(7), &json!(1), &json!(10)), "{told}");
        let completion = time("completion");
        assert_eq!((&completion["count"], &completion["measured"], &completion["p90_business_minutes"]), (&json!(1), &json!(1), &json!(10)));
    }

    fn a_month_is_japans(app: &TestApp) {
        let desk = app.desk();
        for at in ["2026-11-30T14:59:59Z", "2026-11-30T15:00:00Z"] {
            app.at(at);
            let lasting = with(desk.question(), &json!({ "product_version": "9.5.120" }));
            app.opened(&app.customer(ID), &lasting);
        }
        let agent = app.agent();
        for month in ["2026-11", "2026-12"] {
            assert_eq!(count(&report(app, &agent, month), "opened", None), 1, "{month}");
        }
        let told = report(app, &agent, "2026-12");
        assert_eq!((&told["from"], &told["to"]), (&json!("2026-11-30T15:00:00.000000Z"), &json!("2026-12-31T15:00:00.000000Z")));
        for month in ["", "2026", "2026-13", "2026-00", "2026-1", "26-11", "2026-11-01", "+026-11", "1999-12"] {
            app.get(&format!("/v1/reports/monthly?month={month}")).token(&agent).send().refused(400, "invalid_parameter");
        }
        app.get("/v1/reports/monthly").token(&agent).send().refused(400, "invalid_parameter");
    }

    fn a_table_holds_no_formula(app: &TestApp) {
        let desk = app.desk();
        app.sql("UPDATE products SET code = '=HYPERLINK(\"x\")' WHERE code = 'GW'");
        app.opened(&app.customer(ID), &desk.question());
        let agent = app.agent();
        let ask = |accept: &str| app.get("/v1/reports/monthly?month=2026-11").token(&agent).header("Accept", accept).unchecked().send().expect(200);
        let table = ask("text/csv");
        assert_eq!(table.header("content-type"), Some("text/csv; charset=utf-8"));
        assert!(table.header("vary").unwrap().starts_with("Accept,"), "{table}");
        let text = String::from_utf8(table.body).unwrap();
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(lines[0], r#""month","measure","description","key","label","count","median_business_minutes","p90_business_minutes","href""#);
        assert!(lines[1].starts_with(r#""2026-11","opened","受信件数","","","1","","","/v1/inquiries?opened_after="#), "{}", lines[1]);
        let product = lines.iter().find(|line| line.contains("opened_by_product")).unwrap();
        assert!(product.contains(r#","'=HYPERLINK(""x"")","1","#), "{product}");
        for accept in ["application/json", "*/*", "application/json, text/csv"] {
            assert_eq!(ask(accept).header("content-type"), Some("application/json"), "{accept}");
        }
    }
}
