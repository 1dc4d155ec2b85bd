//! What the desk writes for itself.

use madoguchi::terms::codes::Scope;
use serde_json::json;

use super::support::desk::{ID, fresh_key};
use super::support::*;

on_both! {
    fn notes_are_the_desks_own(app: &TestApp) {
        let desk = app.desk();
        let (customer, agent, partner) = (app.customer(ID), app.agent(), app.partner(desk.reseller));
        let id = app.opened(&customer, &desk.question());
        let (at, path) = (format!("/v1/inquiries/{id}"), format!("/v1/inquiries/{id}/notes"));
        let before = app.look(&customer, &at).expect(200);
        let answer = app.act(&agent, &path, &json!({ "body": "改変の疑い。\r\n写真を依頼する。" })).expect(201);
        let note = answer.json();
        assert_eq!((&note["body"], &note["author"]["kind"]), (&json!("改変の疑い。\n写真を依頼する。"), &json!("agent")));
        // Neither the inquiry nor its version moves, and no event tells of it.
        assert!(answer.etag().starts_with("\"1-"));
        let after = app.look(&customer, &at).expect(200);
        assert_eq!((before.body.clone(), before.etag()), (after.body.clone(), after.etag()));
        let events = app.look(&agent, "/v1/events").json();
        assert_eq!(events["items"].as_array().unwrap().len(), 1, "{events}");
        let writer = app.robot(&[Scope::NotesWrite]);
        app.act(&writer, &path, &json!({ "body": "自動判定: 重複" })).expect(201);
        app.look(&writer, &path).refused(403, "insufficient_scope");
        let listed = app.look(&app.robot(&[Scope::NotesRead]), &path).expect(200).json();
        let bodies: Vec<_> = listed["items"].as_array().unwrap().iter().map(|note| note["body"].clone()).collect();
        assert_eq!(bodies, ["自動判定: 重複", "改変の疑い。\n写真を依頼する。"]);
        for token in [&customer, &partner] {
            app.look(token, &path).refused(403, "forbidden");
            app.act(token, &path, &json!({ "body": "私も" })).refused(403, "forbidden");
        }
        // What is over may still be noted upon.
        app.closed(&agent, &id);
        app.act(&agent, &path, &json!({ "body": "再発に注意" })).expect(201);
        // The same key is the same note.
        let twice = || app.post(&path).token(&agent).key("one").json(&json!({ "body": "一度" })).send().expect(201);
        assert_eq!(twice().body, twice().body);
        let nowhere = "/v1/inquiries/0192a000-0000-7000-8000-000000000000/notes";
        app.post(nowhere).token(&agent).key(&fresh_key()).json(&json!({ "body": "x" })).send().refused(404, "not_found");
    }

    /// What a script may do it is told, and what its scopes do not reach it is told too.
    fn scripts_are_told_what_their_scopes_reach(app: &TestApp) {
        let desk = app.desk();
        let id = app.opened(&app.customer(ID), &desk.question());
        let path = format!("/v1/inquiries/{id}");
        let told = |token: &str| {
            let seen = app.look(token, &path).expect(200).json();
            let actions = seen["allowed_actions"].as_array().unwrap().clone();
            actions.iter().map(|a| format!("{} {}", a["action"].as_str().unwrap(), a["code"].as_str().unwrap_or("-"))).collect::<Vec<_>>()
        };
        let reader = app.robot(&[Scope::InquiriesRead]);
        assert_eq!(told(&reader), ["take insufficient_scope", "log_step insufficient_scope", "close insufficient_scope"]);
        let triager = app.robot(&[Scope::InquiriesRead, Scope::TriageWrite]);
        assert_eq!(told(&triager), ["take -", "log_step -", "close insufficient_scope"]);
        let judge = app.robot(&[Scope::InquiriesRead, Scope::ClosuresJudge]);
        assert_eq!(told(&judge), ["take insufficient_scope", "log_step insufficient_scope", "close -"]);
        let onlooker = app.client(Some(desk.reseller), &[Scope::InquiriesRead]);
        app.sql("UPDATE inquiries SET opener_reseller_id = (SELECT id FROM resellers)");
        assert_eq!(told(&onlooker), ["post_message insufficient_scope", "report_result insufficient_scope", "resubmit insufficient_scope"]);
        assert_eq!(told(&app.partner(desk.reseller)), ["post_message -", "report_result state_conflict", "resubmit not_a_phone_inquiry"]);
        app.act(&reader, &format!("{path}/investigation-steps"), &json!({ "kind": "desk_check", "summary": "x", "performed_at": OPEN }))
            .refused(403, "insufficient_scope");
    }

    /// Who sees an inquiry's times sees that they have changed.
    fn partners_are_told_when_the_reception_moves(app: &TestApp) {
        // Wednesday 18:00 in Japan; the desk opens on Thursday at 9:00.
        app.at("2026-11-25T18:00:00+09:00");
        let desk = app.desk_with(|papers| papers.partner_access = madoguchi::terms::codes::PartnerAccess::Summary);
        let id = app.opened(&app.customer(ID), &desk.question());
        let closed = json!({ "effect": "closed", "kind": "company_holiday", "name": "設備点検", "source": "社内通達" });
        app.put("/v1/calendar/days/2026-11-26").token(&app.manager()).json(&closed).send().expect(201);
        let told = app.look(&app.partner(desk.reseller), "/v1/events?types=inquiry.reception_recomputed").expect(200).json();
        assert_eq!(told["items"][0]["subject"]["id"], id.as_str());
        assert_eq!(told["items"][0]["data"]["effective_received_at"], "2026-11-27T00:00:00.000000Z");
        assert_eq!(told["items"][0]["actor"], json!({ "kind": "desk", "id": null }));
    }
}
