//! All that happened on one inquiry, as far as each may see.

use madoguchi::terms::codes::{PartnerAccess, Scope};
use serde_json::{Value, json};

use super::support::desk::ID;
use super::support::*;

fn told(app: &TestApp, token: &str, id: &str) -> Vec<Value> {
    let page = app.look(token, &format!("/v1/inquiries/{id}/timeline?limit=100")).expect(200).json();
    page["items"].as_array().unwrap().iter().rev().cloned().collect()
}

fn types(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["type"].as_str().unwrap()).collect()
}

/// Opened by the partner; asked, told, escalated, answered, closed and revoked.
fn lived(app: &TestApp, access: PartnerAccess) -> (String, String, String) {
    let desk = app.desk_with(|papers| papers.partner_access = access);
    let (agent, customer) = (app.agent(), app.customer(ID));
    let id = app.opened(&app.partner(desk.reseller), &desk.question());
    let at = format!("/v1/inquiries/{id}");
    let step = json!({ "kind": "desk_check", "summary": "確認", "performed_at": app.app.now() });
    app.act(&agent, &format!("{at}/investigation-steps"), &step).expect(201);
    app.told(&customer, &id, "補足です。");
    app.escalated(&agent, &id);
    app.answered(&agent, &id, &[]);
    let decision = app.closed(&agent, &id);
    app.act_on(&agent, &format!("/v1/closure-decisions/{decision}/revocations"), &id, &json!({ "reason": "再発" }))
        .expect(201);
    let other = app.opened(&customer, &desk.question());
    (id, other, app.partner(desk.reseller))
}

const ALL: [&str; 7] = [
    "inquiry.opened",
    "inquiry.triaged",
    "inquiry.message_posted",
    "inquiry.escalated",
    "inquiry.answered",
    "inquiry.closed",
    "closure.revoked",
];

on_both! {
    fn each_sees_what_it_may(app: &TestApp) {
        let (id, other, partner) = lived(app, PartnerAccess::Full);
        let desk = told(app, &app.agent(), &id);
        assert_eq!(types(&desk), ALL);
        assert_eq!(desk, told(app, &app.robot(&[Scope::InquiriesRead]), &id));
        assert_eq!(desk[3]["data"]["internal"]["escalation"].as_str().map(str::len), Some(36), "{desk:?}");
        let outside: Vec<&str> = ALL.into_iter().filter(|one| *one != "inquiry.triaged").collect();
        for token in [&app.customer(ID), &partner] {
            let seen = told(app, token, &id);
            assert_eq!(types(&seen), outside);
            assert!(seen.iter().all(|entry| entry["data"].get("internal").is_none()), "{seen:?}");
            assert_eq!(seen[3]["actor"], json!({ "kind": "desk", "id": null }));
            assert_eq!(types(&told(app, token, &other)), ["inquiry.opened"]);
        }
        assert_eq!(told(app, &app.customer(ID), &id)[0]["actor"], json!({ "kind": "partner", "id": null }));
    }

    fn a_partner_sees_what_its_access_shows(app: &TestApp) {
        let (id, other, partner) = lived(app, PartnerAccess::Summary);
        // Its own: all but what the customer added.
        let own: Vec<&str> = ALL.into_iter().filter(|one| !["inquiry.triaged", "inquiry.message_posted"].contains(one)).collect();
        assert_eq!(types(&told(app, &partner, &id)), own);
        // Another's: that it was opened and judged.
        app.answered(&app.agent(), &other, &[]);
        app.closed(&app.agent(), &other);
        assert_eq!(types(&told(app, &partner, &other)), ["inquiry.opened", "inquiry.closed"]);
        app.sql("UPDATE contracts SET partner_access = 'none'");
        app.look(&partner, &format!("/v1/inquiries/{other}/timeline")).refused(404, "not_found");
        assert_eq!(types(&told(app, &partner, &id)), own);
    }
}
