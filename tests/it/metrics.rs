//! What those who watch the program see of it, and what they do not.

use serde_json::json;

use super::support::desk::ID;
use super::support::*;

fn told(app: &TestApp) -> String {
    let text = actix_web::rt::System::new().block_on(madoguchi::metrics::told(&app.app));
    String::from_utf8(text.unwrap()).unwrap()
}

#[track_caller]
fn number(text: &str, name: &str) -> f64 {
    let line = text.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')));
    line.unwrap_or_else(|| panic!("{name} is not in {text}")).rsplit(' ').next().unwrap().parse().unwrap()
}

on_both! {
    fn requests_are_counted_by_operation(app: &TestApp) {
        let desk = app.desk();
        let customer = app.customer(ID);
        let inquiry = app.opened(&customer, &desk.question());
        let before = told(app);
        app.look(&customer, &format!("/v1/inquiries/{inquiry}")).expect(200);
        app.call("HEAD", &format!("/v1/inquiries/{inquiry}")).token(&customer).send().expect(200);
        app.look(&customer, "/v1/inquiries/x").refused(404, "not_found");
        app.get("/nowhere/at/all").send().refused(404, "not_found");
        let after = told(app);
        let read = |status: &str| format!("madoguchi_http_requests_total{{operation=\"get_inquiry\",status=\"{status}\"}}");
        assert!(!before.contains(&read("4xx")));
        let seen = |text: &str| if text.contains(&read("2xx")) { number(text, &read("2xx")) } else { 0.0 };
        assert_eq!((seen(&after) - seen(&before), number(&after, &read("4xx"))), (2.0, 1.0));
        assert_eq!(number(&after, "madoguchi_http_requests_total{operation=\"-\",status=\"4xx\"}"), 1.0);
        let timed = "madoguchi_http_request_duration_seconds_count{operation=\"get_inquiry\"}";
        assert_eq!(number(&after, timed), seen(&after) + 1.0);
        assert_eq!(number(&after, "madoguchi_http_requests_in_flight"), 0.0);
        for secret in [inquiry.as_str(), ID, "nowhere"] {
            assert!(!after.contains(secret), "{secret}");
        }
    }

    fn what_waits_is_told(app: &TestApp) {
        let desk = app.desk();
        app.at("2026-11-25T01:00:00Z");
        app.opened(&app.customer(ID), &desk.question());
        app.at("2026-11-25T01:01:30Z");
        let text = told(app);
        assert!(number(&text, "madoguchi_events_unsealed") >= 1.0);
        assert!(number(&text, "madoguchi_mail_waiting") >= 1.0);
        assert!(number(&text, "madoguchi_mail_oldest_undelivered_seconds") >= 90.0);
        assert_eq!((number(&text, "madoguchi_notice_waiting"), number(&text, "madoguchi_notice_oldest_undelivered_seconds")), (0.0, 0.0));
        app.get("/v1/events?after=0").token(&app.manager()).send().expect(200);
        let faq = json!({
            "question": "質問", "answer": "答え", "kind": "manual_supplement", "source": "other", "product_ids": [desk.software],
        });
        let manager = app.manager();
        app.act(&manager, "/v1/faqs", &faq).expect(201);
        app.get("/v1/faqs").token(&manager).send().expect(200);
        assert_eq!(number(&told(app), "madoguchi_faq_index_documents"), 1.0);
        assert!(number(&text, "process_start_time_seconds") > 1_700_000_000.0);
        assert_eq!(number(&text, "madoguchi_db_permits_refused_total"), 0.0);
    }

    fn they_are_not_on_the_door_of_callers(app: &TestApp) {
        app.get("/metrics").token(&app.manager()).send().refused(404, "not_found");
    }
}
