//! The feed, its gates and its chain.

use std::collections::BTreeSet;

use aws_lc_rs::digest::{SHA256, digest};
use diesel::prelude::*;
use madoguchi::db::schema::{events, reseller_events};
use madoguchi::db::types::{Doc, Instant};
use madoguchi::events::model::Change;
use madoguchi::events::verify::{Report, verify};
use madoguchi::terms::codes::PartnerAccess;
use madoguchi::terms::{all_sets, current};
use serde_json::{Value, json};

use super::support::desk::{Desk, ID, with};
use super::support::*;

/// A day at the desk: everything that can happen to inquiries, told in this order.
fn a_day(app: &TestApp) -> Desk {
    let desk = app.desk_with(|papers| papers.partner_access = PartnerAccess::Summary);
    let (customer, agent, manager, partner) =
        (app.customer(ID), app.agent(), app.manager(), app.partner(desk.reseller));
    let topic = json!({ "channel": "support_web", "topic": "contract", "subject": "更新", "body": "秘密の本文" });
    app.open(&customer, &topic).expect(409);
    let own = app.opened(&partner, &with(desk.saas_question(), &json!({ "external_reference": "秘密の番号" })));
    let given = json!({ "codes": ["version_unsupported_by_vendor"], "reason": "秘密の理由" });
    app.opened(&manager, &with(desk.call(OPEN), &json!({ "override": given, "product_version": "9.4.100" })));
    let asked =
        app.opened(&customer, &with(desk.question(), &json!({ "product_version": null, "kind": "specification" })));
    let path = format!("/v1/inquiries/{own}");
    let facts =
        json!({ "priority": "high", "tags": ["秘密の札"], "category": "秘密の区分", "follow_up_on": "2026-12-01" });
    app.patch(&path).token(&agent).if_match("\"1\"").merge_patch(&facts).send().expect(200);
    let defect = json!({ "matter": "defect", "reason": "秘密の理由" });
    app.act_on(&agent, &format!("{path}/reclassifications"), &own, &defect).expect(201);
    let step = json!({ "kind": "vendor_contact", "summary": "秘密の記録", "performed_at": OPEN });
    app.act(&agent, &format!("{path}/investigation-steps"), &step).expect(201);
    let escalation = app.escalated(&agent, &own);
    let answer = json!({ "outcome": "answered", "body": "秘密", "language": "en", "disclosure": "permitted", "vendor_defect_id": "秘密-1" });
    app.act(&agent, &format!("{path}/escalations/{escalation}/answers"), &answer).expect(201);
    app.told(&customer, &own, "秘密の追記");
    app.told(&partner, &own, "秘密の追記");
    app.answered(&agent, &own, &["workaround"]);
    let decision = app.closed(&agent, &own);
    let revocation = json!({ "reason": "秘密の理由" });
    app.act_on(&agent, &format!("/v1/closure-decisions/{decision}/revocations"), &own, &revocation).expect(201);
    app.closed(&agent, &asked);
    desk
}

/// The whole feed, in parts of three.
fn feed(app: &TestApp, token: &str) -> Vec<Value> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let page = app.get(&format!("/v1/events?after={after}&limit=3")).token(token).send().expect(200).json();
        let items = page["items"].as_array().unwrap().clone();
        if items.is_empty() {
            assert_eq!(page["last_seq"], after);
            return all;
        }
        after = items.last().unwrap()["seq"].as_i64().unwrap();
        assert_eq!(page["last_seq"], after);
        all.extend(items);
    }
}

fn types(feed: &[Value]) -> Vec<&str> {
    feed.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

/// RFC 8785, for values whose names are ASCII and whose numbers are whole.
fn canonical(value: &Value) -> String {
    let joined = |parts: Vec<String>| parts.join(",");
    match value {
        Value::Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort();
            let parts = names.iter().map(|name| format!("{}:{}", json!(name), canonical(&members[*name]))).collect();
            format!("{{{}}}", joined(parts))
        }
        Value::Array(items) => format!("[{}]", joined(items.iter().map(canonical).collect())),
        plain => plain.to_string(),
    }
}

/// Recomputes a chain as anybody outside could.
#[track_caller]
fn holds(feed: &[Value]) {
    let mut previous = "0".repeat(64);
    for (event, seq) in feed.iter().zip(1..) {
        assert_eq!(event["seq"], seq);
        assert_eq!(event["previous_hash"], previous.as_str());
        let mut bare = event.clone();
        for hash in ["hash", "previous_hash"] {
            bare.as_object_mut().unwrap().remove(hash);
        }
        let text = canonical(&json!({ "event": bare, "previous_hash": previous }));
        let bytes = digest(&SHA256, text.as_bytes());
        previous = bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(event["hash"], previous.as_str(), "{event}");
    }
}

/// Every text in a value.
fn texts<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(members) => members.values().for_each(|member| texts(member, found)),
        _ => {}
    }
}

fn verified(app: &TestApp) -> Report {
    app.app.write_blocking(|tx| Ok(Change::silent(verify(tx)?, "a test reads"))).unwrap()
}

/// Somebody at the database itself.
fn edited(app: &TestApp, edit: impl FnOnce(&mut madoguchi::db::Connection) -> diesel::QueryResult<usize>) {
    let changed = app.app.write_blocking(|tx| Ok(Change::silent(edit(tx).unwrap(), "a test edits"))).unwrap();
    assert_eq!(changed, 1);
}

on_both! {
    fn the_feed_is_for_the_desk_and_partners(app: &TestApp) {
        app.get("/v1/events").send().refused(401, "unauthenticated");
        let agent = app.agent();
        let page = app.get("/v1/events?after=0").token(&agent).send().expect(200).json();
        assert_eq!(page["last_seq"], 0);
        app.get("/v1/events?limit=0").token(&agent).send().refused(400, "invalid_parameter");
        app.get("/v1/events?frm=0").token(&agent).send().refused(400, "invalid_parameter");
        app.get("/v1/evens").token(&agent).send().refused(404, "not_found");
        app.delete("/v1/events").token(&agent).send().refused(405, "method_not_allowed");
        app.desk();
        app.get("/v1/events").token(&app.customer(ID)).send().refused(403, "forbidden");
        app.get("/v1/events").token(&app.robot(&[])).send().refused(403, "insufficient_scope");
    }

    fn a_day_is_told_in_order(app: &TestApp) {
        let desk = a_day(app);
        let all = feed(app, &app.agent());
        assert_eq!(
            types(&all),
            [
                "topic.redirected",
                "inquiry.opened",
                "inquiry.opened",
                "inquiry.opened",
                "inquiry.information_requested",
                "inquiry.triaged",
                "inquiry.reclassified",
                "inquiry.triaged",
                "inquiry.escalated",
                "inquiry.vendor_answered",
                "inquiry.message_posted",
                "inquiry.message_posted",
                "inquiry.answered",
                "inquiry.closed",
                "closure.revoked",
                "inquiry.closed",
            ]
        );
        holds(&all);
        assert_eq!(all[2]["data"]["internal"]["overrides"], json!(["version_unsupported_by_vendor"]));
        let kinds: Vec<_> = all[..6].iter().map(|event| event["actor"]["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["customer", "partner", "manager", "customer", "customer", "agent"]);
        let some = app.look(&app.agent(), "/v1/events?types=inquiry.closed,closure.revoked").json();
        assert_eq!(some["items"].as_array().unwrap().len(), 3);
        assert_eq!(some["items"][0]["seq"], 14);
        // A caller sees its own writes.
        let agent = app.agent();
        let id = app.opened(&agent, &desk.call(OPEN));
        let last = app.get("/v1/events?after=16").token(&agent).send().json();
        assert_eq!((&last["items"][0]["subject"]["id"], &last["last_seq"]), (&json!(id), &json!(17)));
    }

    fn a_partner_has_a_chain_of_its_own(app: &TestApp) {
        let desk = a_day(app);
        let partner = app.partner(desk.reseller);
        let own = feed(app, &partner);
        // What the customer added to it, what was told of the redirected topic and the triage is
        // not in it; of what others opened its summary is.
        assert_eq!(
            types(&own),
            [
                "inquiry.opened",
                "inquiry.opened",
                "inquiry.opened",
                "inquiry.reclassified",
                "inquiry.escalated",
                "inquiry.vendor_answered",
                "inquiry.message_posted",
                "inquiry.answered",
                "inquiry.closed",
                "closure.revoked",
                "inquiry.closed",
            ]
        );
        holds(&own);
        let actors: BTreeSet<_> = own.iter().map(|event| event["actor"]["kind"].as_str().unwrap()).collect();
        assert_eq!(actors, BTreeSet::from(["customer", "desk", "partner"]));
        for event in &own {
            assert!(event["data"].get("internal").is_none());
            assert_eq!(event["actor"]["id"].is_null(), event["actor"]["kind"] == "desk");
        }
        let narrowed = app.get("/v1/events?limit=100").token(&partner).support_id(ID).send().expect(200).json();
        assert_eq!(narrowed["items"].as_array().unwrap().len(), own.len());
        let stranger = app.partner(app.reseller("別の販売店"));
        assert_eq!(feed(app, &stranger), [Value::Null; 0]);
        app.get("/v1/events").token(&stranger).support_id(ID).send().refused(403, "support_id_unknown");
    }

    fn events_hold_ids_codes_numbers_and_times(app: &TestApp) {
        a_day(app);
        let codes: BTreeSet<&str> =
            all_sets().iter().flat_map(|set| set.codes.iter().map(|entry| entry.code)).collect();
        let clauses: BTreeSet<&str> = current().clauses.iter().map(|clause| clause.id.0).collect();
        for event in feed(app, &app.manager()) {
            let mut found = Vec::new();
            texts(&event["data"], &mut found);
            for text in found {
                let is_id = uuid::Uuid::try_parse(text).is_ok() || text.starts_with("Q-2026-") && text.len() == 13;
                let is_code = codes.contains(text) || clauses.contains(text) || text == current().version;
                let is_time = Instant::parse(text).is_some() || text == "2026-12-01";
                assert!(is_id || is_code || is_time, "{text} in {event}");
            }
        }
    }

    fn an_edited_row_is_found(app: &TestApp) {
        a_day(app);
        let whole = feed(app, &app.agent());
        let report = verified(app);
        assert_eq!((report.checked, report.broken), (16 + 11, vec![]));
        assert_eq!(report.head.seq, 16);
        let head: String = report.head.hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(whole.last().unwrap()["hash"], head.as_str());
        // In a chain of a reseller's.
        let row = reseller_events::table.filter(reseller_events::seq.eq(11));
        let hash: Vec<u8> = vec![7; 32];
        edited(app, |db| diesel::update(row).set(reseller_events::hash.eq(&hash)).execute(db));
        let broken = verified(app).broken;
        assert_eq!(broken.len(), 1);
        assert!(broken[0].starts_with("reseller ") && broken[0].contains("event 11"), "{broken:?}");
        // A decision told as another, which shows in both.
        let row = events::table.filter(events::seq.eq(14));
        let data: Doc<Value> = Doc(with(whole[13]["data"].clone(), &json!({ "code": "problem_resolved" })));
        edited(app, |db| diesel::update(row).set(events::data.eq(data)).execute(db));
        let broken = verified(app).broken;
        assert_eq!(broken.len(), 2);
        assert!(broken[0].starts_with("desk: event 14") && broken[1].contains("event 9"), "{broken:?}");
    }
}
