//! What everybody may read: terms, codes, reception, the calendar, health and pages. And the days
//! that managers set.

use diesel::prelude::*;
use madoguchi::contracts::{Contract, Product};
use madoguchi::db::schema::inquiries;
use madoguchi::db::types::{Doc, Id, Instant};
use madoguchi::events::model::Change;
use madoguchi::inquiries::Inquiry;
use madoguchi::terms::codes::{Delivery, State};
use serde_json::{Value, json};

use super::support::people::Papers;
use super::support::*;

fn closed(name: &str) -> Value {
    json!({ "effect": "closed", "kind": "company_holiday", "name": name, "source": "社内通達" })
}

/// An inquiry as it lies in the database, received at a moment and counting from another.
fn inquiry(app: &TestApp, state: State, received_at: &str, effective_received_at: &str) -> Id<Inquiry> {
    let product: Id<Product> = app.product(&format!("P{}", app.app.new_id::<Product>()), Delivery::Software);
    let contract: Id<Contract> =
        app.contract(&Papers::new(&format!("MNT-{}", app.app.new_id::<Contract>()), &[product]));
    let (received, effective) = (Instant::parse(received_at).unwrap(), Instant::parse(effective_received_at).unwrap());
    app.app
        .write_blocking(|tx| {
            let id = tx.new_id::<Inquiry>();
            diesel::insert_into(inquiries::table)
                .values((
                    inquiries::id.eq(id),
                    inquiries::number.eq(format!("Q-2026-{}", &id.to_string()[30..])),
                    inquiries::contract_id.eq(contract),
                    inquiries::product_id.eq(product),
                    inquiries::kind.eq("specification"),
                    inquiries::channel.eq("support_web"),
                    inquiries::subject.eq("件名"),
                    inquiries::state.eq(state),
                    inquiries::version.eq(1),
                    inquiries::received_at.eq(received),
                    inquiries::effective_received_at.eq(effective),
                    inquiries::last_message_at.eq(received),
                    inquiries::changed_at.eq(received),
                    inquiries::tags.eq(Doc(Vec::<String>::new())),
                    inquiries::overridden.eq(false),
                    inquiries::turn.eq("nobody"),
                    inquiries::taken.eq(state != State::Received),
                    inquiries::open_requests.eq(0),
                    inquiries::open_escalations.eq(0),
                ))
                .execute(&mut **tx)
                .unwrap();
            Ok(Change::silent(id, "papers of a test"))
        })
        .unwrap()
}

fn reception_of(app: &TestApp, id: Id<Inquiry>) -> (String, i32) {
    app.app
        .write_blocking(|tx| {
            let row: (Instant, i32) = inquiries::table
                .find(id)
                .select((inquiries::effective_received_at, inquiries::version))
                .first(&mut **tx)
                .unwrap();
            Ok(Change::silent((row.0.to_string(), row.1), "only read"))
        })
        .unwrap()
}

on_both! {
    fn the_terms_are_quoted_word_for_word(app: &TestApp) {
        let list = app.get("/v1/terms").send().expect(200).json();
        assert_eq!(list["items"][0]["version"], "2025-04-01");
        let terms = app.get("/v1/terms/2025-04-01").send().expect(200).json();
        assert_eq!(terms["effective_on"], "2025-04-01");
        let clauses = terms["clauses"].as_array().unwrap();
        assert_eq!(clauses.len(), madoguchi::terms::current().clauses.len());
        for clause in clauses {
            let path = format!("/v1/terms/2025-04-01/clauses/{}", clause["id"].as_str().unwrap());
            assert_eq!(&app.get(&path).send().expect(200).json(), clause);
            assert_eq!(clause["translation"], "reference");
        }
        app.get("/v1/terms/2025-04-02").send().refused(404, "not_found");
        app.get("/v1/terms/2025-04-01/clauses/SW-9-C9").send().refused(404, "not_found");
        app.post("/v1/terms").json(&json!({})).send().refused(405, "method_not_allowed");
    }

    fn codes_are_cached_and_include_problems(app: &TestApp) {
        let answer = app.get("/v1/codes").send().expect(200);
        let tag = answer.etag();
        assert_eq!(answer.header("cache-control"), Some("public, max-age=3600"));
        let again = app.get("/v1/codes").header("If-None-Match", &tag).send().expect(304);
        assert!(again.body.is_empty());
        assert_eq!(again.header("etag"), Some(tag.as_str()));
        let codes = answer.json();
        let set = |name: &str| codes["items"].as_array().unwrap().iter().find(|s| s["name"] == name).unwrap().clone();
        assert_eq!(set("closure_code")["codes"].as_array().unwrap().len(), 10);
        let problems = set("problem_code");
        let expired = problems["codes"].as_array().unwrap().iter().find(|c| c["code"] == "contract_expired").unwrap();
        assert_eq!((&expired["status"], &expired["clause_saas"]), (&json!(403), &json!("DOC-0-C2")));
        for (i, code) in problems["codes"].as_array().unwrap().iter().enumerate() {
            assert_eq!(code["order"], i + 1);
        }
    }

    fn reception_tells_why_and_until_when(app: &TestApp) {
        let now = app.get("/v1/reception").send().expect(200).json();
        assert_eq!((&now["open"], &now["next_open_at"]), (&json!(true), &json!("2026-11-25T01:00:00.000000Z")));
        assert_eq!(now["hours"], json!({ "opens": "09:00", "closes": "17:00", "time_zone": "Asia/Tokyo" }));
        assert_eq!(now["contacts"][0]["phone"], "03-0000-0000");
        // Monday 2026-11-23 is a national holiday.
        let holiday = app.get("/v1/reception?at=2026-11-23T10:00:00%2B09:00").send().expect(200).json();
        assert_eq!(holiday["open"], false);
        assert_eq!(holiday["reasons"][0]["code"], "national_holiday");
        assert_eq!(holiday["reasons"][0]["name"], "勤労感謝の日");
        assert_eq!(holiday["reasons"][0]["clauses"], json!(["SW-4.1-C2", "SA-5.1-C2"]));
        assert_eq!(holiday["next_open_at"], "2026-11-24T00:00:00.000000Z");
        let english = app.get("/v1/reception?at=2026-11-23T01:00:00Z").english().send().expect(200).json();
        assert_eq!(english["reasons"][0]["label"], "National holiday");
        assert_eq!(english["reasons"][0]["name"], "Labor Thanksgiving Day");
        for wrong in ["yesterday", "1999-12-31T14:59:59Z", "2099-12-31T15:00:00Z", "2026-11-25"] {
            let problem = app.get(&format!("/v1/reception?at={wrong}")).send().refused(400, "invalid_parameter");
            assert_eq!(problem["errors"][0]["parameter"], "at", "{wrong}");
        }
    }

    fn the_calendar_has_both_ends_and_a_bound(app: &TestApp) {
        let page = app.get("/v1/calendar?from=2026-12-28&to=2027-01-04").send().expect(200).json();
        let days: Vec<bool> =
            page["items"].as_array().unwrap().iter().map(|day| day["business_day"].as_bool().unwrap()).collect();
        assert_eq!(days, [true, false, false, false, false, false, false, true]);
        assert_eq!(page["covered_until"], "2099-12-31");
        let year = app.get("/v1/calendar?from=2028-01-01&to=2029-02-03").send().expect(200).json();
        assert_eq!(year["items"].as_array().unwrap().len(), 400);
        assert_eq!(year["items"][0]["provisional"], true);
        for wrong in [
            "from=2028-01-01&to=2029-02-04",
            "from=2026-01-02&to=2026-01-01",
            "from=1999-12-31&to=2000-01-01",
            "from=2099-12-31&to=2100-01-01",
            "from=2026-01-01",
            "from=2026-02-30&to=2026-03-01",
            "from=2026-01-01&to=2026-01-02&limit=1",
        ] {
            app.get(&format!("/v1/calendar?{wrong}")).send().refused(400, "invalid_parameter");
        }
    }

    fn business_time_names_what_it_skips(app: &TestApp) {
        // Friday 16:00 to Tuesday 10:30, over a weekend and a holiday.
        let path = "/v1/calendar/business-time?from=2026-11-20T07:00:00Z&to=2026-11-24T01:30:00Z";
        let count = app.get(path).send().expect(200).json();
        assert_eq!(count["minutes"], 60 + 90);
        let minutes: Vec<i64> =
            count["intervals"].as_array().unwrap().iter().map(|open| open["minutes"].as_i64().unwrap()).collect();
        assert_eq!(minutes, [60, 90]);
        let names: Vec<&str> = count["skipped"]
            .as_array()
            .unwrap()
            .iter()
            .map(|day| day["reasons"][0]["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, ["土曜日", "日曜日", "勤労感謝の日"]);
        for wrong in [
            "from=2026-11-24T01:30:00Z&to=2026-11-20T07:00:00Z",
            "from=2026-01-01T00:00:00Z&to=2028-01-01T00:00:00Z",
            "from=2026-01-01T00:00:00Z&to=2036-01-03T00:00:00Z",
        ] {
            let problem = app.get(&format!("/v1/calendar/business-time?{wrong}")).send();
            assert_eq!(problem.refused(400, "invalid_parameter")["errors"][0]["parameter"], "to", "{wrong}");
        }
        let none = "/v1/calendar/business-time?from=2026-11-20T07:00:00Z&to=2026-11-20T07:00:00Z";
        assert_eq!(app.get(none).send().expect(200).json()["minutes"], 0);
    }

    fn days_are_set_by_managers(app: &TestApp) {
        let (manager, agent) = (app.manager(), app.agent());
        let path = "/v1/calendar/days/2026-12-28";
        app.put(path).json(&closed("創立記念日")).send().refused(401, "unauthenticated");
        app.put(path).token(&agent).json(&closed("創立記念日")).send().refused(403, "forbidden");
        app.get(path).token(&agent).send().refused(404, "not_found");

        let made = app.put(path).token(&manager).json(&closed("創立記念日")).send().expect(201);
        assert_eq!(made.header("location"), Some(path));
        let tag = made.etag();
        assert_eq!(app.get(path).token(&agent).send().expect(200).etag(), tag);
        let day = app.get("/v1/calendar?from=2026-12-28&to=2026-12-28").send().expect(200).json();
        assert_eq!(day["items"][0]["reasons"][0]["code"], "company_holiday");
        assert_eq!(day["items"][0]["reasons"][0]["name"], "創立記念日");

        let open = json!({ "effect": "open", "kind": "company_holiday", "name": "臨時営業" });
        app.put(path).token(&manager).if_match("\"9\"").json(&open).send().refused(412, "version_conflict");
        let changed = app.put(path).token(&manager).if_match(&tag).json(&open).send().expect(200);
        assert_eq!((&changed.json()["version"], &changed.json()["source"]), (&json!(2), &Value::Null));
        let list = app.get("/v1/calendar/days?from=2026-01-01&to=2026-12-31").token(&agent).send().expect(200).json();
        assert_eq!(list["items"], json!([changed.json()]));

        app.delete(path).token(&manager).if_match(&tag).send().refused(412, "version_conflict");
        app.delete(path).token(&manager).if_match(&changed.etag()).send().expect(204);
        app.delete(path).token(&manager).send().refused(404, "not_found");
        app.put(path).token(&manager).if_match("*").json(&open).send().refused(412, "version_conflict");

        let events = app.get("/v1/events?after=0&types=calendar.day_set,calendar.day_removed").token(&agent).send();
        let data: Vec<Value> =
            events.expect(200).json()["items"].as_array().unwrap().iter().map(|event| event["data"].clone()).collect();
        assert_eq!(data.len(), 3);
        assert_eq!(data[0], json!({ "date": "2026-12-28", "effect": "closed", "kind": "company_holiday" }));
    }

    fn a_day_that_has_begun_stays(app: &TestApp) {
        let manager = app.manager();
        // 00:00 of 26 November in Japan.
        app.at("2026-11-25T15:00:00Z");
        let manager_now = app.manager();
        for day in ["2026-11-26", "2026-11-25", "2000-01-01"] {
            let path = format!("/v1/calendar/days/{day}");
            app.put(&path).token(&manager_now).json(&closed("休み")).send().refused(409, "day_already_begun");
        }
        app.put("/v1/calendar/days/2026-11-27").token(&manager_now).json(&closed("休み")).send().expect(201);
        app.at("2026-11-26T14:59:59Z");
        let late = app.manager();
        app.delete("/v1/calendar/days/2026-11-27").token(&late).send().expect(204);
        app.put("/v1/calendar/days/2026-11-27").token(&late).json(&closed("休み")).send().expect(201);
        app.at("2026-11-26T15:00:00Z");
        let too_late = app.manager();
        app.delete("/v1/calendar/days/2026-11-27").token(&too_late).send().refused(409, "day_already_begun");
        for day in ["2100-01-01", "1999-12-31", "2026-13-01", "tomorrow"] {
            let path = format!("/v1/calendar/days/{day}");
            app.put(&path).token(&too_late).json(&closed("休み")).send().refused(404, "not_found");
        }
        assert_ne!(manager, late);
    }

    fn a_set_day_is_checked_field_by_field(app: &TestApp) {
        let manager = app.manager();
        let put = |body: Value| app.put("/v1/calendar/days/2026-12-28").token(&manager).json(&body).send();
        let cases = [
            (json!({ "effect": "shut", "kind": "law", "name": "休み" }), "/effect", "not_an_option"),
            (json!({ "effect": "closed", "name": "休み" }), "/kind", "required"),
            (json!({ "effect": "closed", "kind": "law", "name": "" }), "/name", "too_short"),
            (json!({ "effect": "closed", "kind": "law", "name": "あ".repeat(101) }), "/name", "too_long"),
            (json!({ "effect": "closed", "kind": "law", "name": "休み", "why": 1 }), "/why", "unknown_field"),
        ];
        for (body, pointer, code) in cases {
            let problem = put(body).refused(422, "validation_failed");
            assert_eq!((&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]), (&json!(pointer), &json!(code)));
        }
    }

    fn waiting_inquiries_follow_the_calendar(app: &TestApp) {
        // Wednesday 18:00 in Japan; the desk opens on Thursday at 9:00.
        app.at("2026-11-25T09:00:00Z");
        let (manager, agent) = (app.manager(), app.agent());
        let thursday = "2026-11-26T00:00:00Z";
        let waits = inquiry(app, State::Received, "2026-11-25T08:30:00Z", thursday);
        let taken = inquiry(app, State::InProgress, "2026-11-25T08:30:00Z", thursday);
        let counted = inquiry(app, State::Received, "2026-11-25T07:00:00Z", "2026-11-25T07:00:00Z");

        app.put("/v1/calendar/days/2026-11-26").token(&manager).json(&closed("設備点検")).send().expect(201);
        assert_eq!(reception_of(app, waits), ("2026-11-27T00:00:00.000000Z".to_owned(), 2));
        assert_eq!(reception_of(app, taken), ("2026-11-26T00:00:00.000000Z".to_owned(), 1));
        assert_eq!(reception_of(app, counted), ("2026-11-25T07:00:00.000000Z".to_owned(), 1));

        // Another name moves nobody.
        app.put("/v1/calendar/days/2026-11-26").token(&manager).json(&closed("点検")).send().expect(200);
        assert_eq!(reception_of(app, waits).1, 2);
        app.delete("/v1/calendar/days/2026-11-26").token(&manager).send().expect(204);
        assert_eq!(reception_of(app, waits), ("2026-11-26T00:00:00.000000Z".to_owned(), 3));

        let events = app.get("/v1/events?after=0&types=inquiry.reception_recomputed").token(&agent).send().expect(200);
        let events = events.json();
        assert_eq!(events["items"].as_array().unwrap().len(), 2);
        assert_eq!(events["items"][0]["subject"], json!({ "kind": "inquiry", "id": waits.to_string() }));
        assert_eq!(
            events["items"][0]["data"],
            json!({
                "effective_received_at_before": "2026-11-26T00:00:00.000000Z",
                "effective_received_at": "2026-11-27T00:00:00.000000Z",
            })
        );
    }

    fn health_is_told_to_everybody(app: &TestApp) {
        assert_eq!(app.get("/livez").send().expect(200).json(), json!({ "status": "alive" }));
        let ready = app.get("/readyz").send().expect(200).json();
        assert_eq!(ready, json!({
            "status": "ready",
            "calendar": { "covered_until": "2099-12-31", "official_until": "2027-12-31" },
        }));
        app.call("HEAD", "/livez").send().expect(200);
    }

    fn the_document_and_its_viewer_come_from_here(app: &TestApp) {
        let document = app.get("/openapi.json").send().expect(200);
        assert_eq!(document.json()["info"]["title"], "Madoguchi");
        let japanese = app.get("/openapi.ja.json").header("Accept-Language", "en").send().expect(200);
        assert_eq!((&japanese.json()["info"]["title"], japanese.header("content-language")), (&json!("窓口 Madoguchi"), Some("ja")));
        app.get("/openapi.ja.json").header("If-None-Match", &japanese.etag()).send().expect(304);
        app.get("/openapi.json").header("If-None-Match", &document.etag()).send().expect(304);
        assert_eq!(app.get("/docs").unchecked().send().expect(308).header("location"), Some("/docs/index.html"));
        let viewer = app.get("/docs/index.html").unchecked().send().expect(200);
        let policy = viewer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("http"), "{policy}");
        let start = app.get("/docs/swagger-initializer.js").unchecked().send().expect(200);
        for document in ["/openapi.json", "/openapi.ja.json"] {
            assert!(String::from_utf8_lossy(&start.body).contains(document), "{document}");
        }
        app.get("/docs/nothing.js").unchecked().send().refused(404, "not_found");
        let home = app.get("/").unchecked().send().expect(200);
        assert_eq!(home.header("content-security-policy"), None);
        for link in ["/docs", "/openapi.json", "/openapi.ja.json", "/v1/terms"] {
            assert!(String::from_utf8_lossy(&home.body).contains(&format!("href=\"{link}\"")), "{link}");
        }
    }

    fn every_problem_has_its_page(app: &TestApp) {
        for refusal in madoguchi::http::Refusal::ALL {
            let page = app.get(&format!("/problems/{}", refusal.code())).send().expect(200);
            assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
            let page = String::from_utf8(page.body).unwrap();
            assert!(page.contains(refusal.code()) && !page.contains("%{"), "{page}");
        }
        let expired = app.get("/problems/contract_expired").send().expect(200);
        let expired = String::from_utf8(expired.body).unwrap();
        let clause = madoguchi::terms::current().clause("DOC-0-C2").unwrap();
        assert!(expired.contains(&clause.ja), "{expired}");
        app.get("/problems/no_such_code").send().refused(404, "not_found");
        let script = app.get("/problems/%3Cscript%3E").send();
        assert!(!String::from_utf8_lossy(&script.expect(404).body).contains("<script>"));
    }
}

/// What goes into a page comes out as text.
#[test]
fn pages_escape_everything() {
    let page = madoguchi::pages::html::Html::titled("<b>&\"'").link("/\"><script>", "<i>").spoken("p", "ja", "</p>");
    let body = actix_web::body::to_bytes(page.response().into_body());
    let body = actix_web::rt::System::new().block_on(body).unwrap();
    let body = String::from_utf8(body.to_vec()).unwrap();
    assert!(body.contains("<title>&lt;b&gt;&amp;&quot;&#39;</title>"), "{body}");
    assert!(body.contains("href=\"/&quot;&gt;&lt;script&gt;\">&lt;i&gt;</a>"), "{body}");
    assert!(body.contains("<p lang=\"ja\">&lt;/p&gt;</p>"), "{body}");
}
