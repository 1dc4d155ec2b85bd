//! What each caller sees of inquiries, how they are found, and what the desk notes of them.

use madoguchi::terms::codes::{PartnerAccess, Scope};
use serde_json::{Value, json};
use time::macros::date;

use super::support::desk::{Desk, ID, fresh_key, pointers, with};
use super::support::people::Papers;
use super::support::*;

fn members(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// The ids of a list, as this caller gets it.
#[track_caller]
fn ids(app: &TestApp, token: &str, query: &str) -> Vec<String> {
    let page = app.look(token, &format!("/v1/inquiries?{query}")).expect(200).json();
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

fn triaged(app: &TestApp, token: &str, inquiry: &str, patch: &Value) -> Answer {
    let path = format!("/v1/inquiries/{inquiry}");
    let tag = app.look(token, &path).expect(200).etag();
    app.patch(&path).token(token).if_match(&tag).merge_patch(patch).send()
}

/// Somebody at the desk, and the id that inquiries know them by.
fn colleague(app: &TestApp, desk: &Desk) -> (String, String) {
    let agent = app.agent();
    app.opened(&agent, &desk.call(OPEN));
    let events = app.look(&agent, "/v1/events?types=inquiry.opened&limit=100").json();
    let id = events["items"].as_array().unwrap().last().unwrap()["actor"]["id"].as_str().unwrap().to_owned();
    (agent, id)
}

on_both! {
    /// Of one tag alone an index knows the newest: its pages are those of the whole list.
    fn the_list_of_a_tag_goes_on_page_by_page(app: &TestApp) {
        let desk = app.desk();
        let agent = app.agent();
        let ids: Vec<String> = (0..5).map(|_| app.opened(&agent, &desk.call("2026-11-20T10:00:00+09:00"))).collect();
        for id in &ids[1..] {
            triaged(app, &agent, id, &json!({ "tags": ["a"] })).expect(200);
        }
        let (mut seen, mut next) = (Vec::new(), Some("/v1/inquiries?tag=a&limit=2".to_owned()));
        while let Some(place) = next {
            let page = app.look(&agent, &place).json();
            seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()));
            next = page["next_cursor"].as_str().map(|cursor| format!("/v1/inquiries?tag=a&limit=2&cursor={cursor}"));
        }
        assert_eq!(seen, ids.iter().skip(1).rev().cloned().collect::<Vec<_>>());
        assert_eq!(app.look(&agent, "/v1/inquiries?tag=a&limit=1&count=exact").json()["total"], 4);
    }

    fn customers_see_nothing_internal(app: &TestApp) {
        let desk = app.desk();
        let (agent, colleague) = colleague(app, &desk);
        let given = json!({ "override": { "codes": ["version_unsupported_by_vendor"], "reason": "移行支援" }, "product_version": "9.4.100" });
        let id = app.opened(&agent, &with(desk.call(OPEN), &given));
        let facts = json!({ "assignee": colleague, "priority": "urgent", "category": "起動", "tags": ["夜間"], "follow_up_on": "2026-12-01" });
        triaged(app, &agent, &id, &facts).expect(200);
        app.answered(&agent, &id, &[]);
        let path = format!("/v1/inquiries/{id}");
        let inside = app.look(&agent, &path).expect(200).json();
        assert_eq!(inside["triage"], with(facts, &json!({ "overridden": true })));
        assert_eq!(inside["call"]["with"], "田中 一郎");
        for token in [app.customer(ID), app.partner(desk.reseller)] {
            let seen = app.look(&token, &path).expect(200).json();
            for internal in ["triage", "call", "override"] {
                assert!(seen.get(internal).is_none(), "{internal}");
            }
            assert_eq!(seen["opened_by"], "desk");
            for path in [
                path.clone(),
                format!("{path}/messages"),
                "/v1/inquiries".into(),
                format!("{path}/information-requests"),
            ] {
                let body = app.look(&token, &path).expect(200).body;
                let text = String::from_utf8_lossy(&body).into_owned();
                for secret in [colleague.as_str(), "夜間", "urgent", "移行支援"] {
                    assert!(!text.contains(secret), "{path} tells {secret}");
                }
            }
            for internal in [format!("{path}/investigation-steps"), format!("{path}/escalations")] {
                app.look(&token, &internal).refused(403, "forbidden");
            }
            for filter in ["assignee=0192a000-0000-7000-8000-000000000000", "tag=a", "priority=high", "override=true"] {
                app.look(&token, &format!("/v1/inquiries?{filter}")).refused(400, "invalid_parameter");
            }
        }
    }

    fn a_partner_sees_what_its_access_grants(app: &TestApp) {
        let desk = app.desk_with(|papers| papers.partner_access = PartnerAccess::Summary);
        let partner = app.partner(desk.reseller);
        let (customers, own) =
            (app.opened(&app.customer(ID), &desk.question()), app.opened(&partner, &desk.question()));
        let seen = app.look(&partner, &format!("/v1/inquiries/{customers}")).expect(200).json();
        assert_eq!(
            members(&seen),
            [
                "allowed_actions",
                "changed_at",
                "closure",
                "contract",
                "effective_received_at",
                "follows",
                "id",
                "last_message_at",
                "matter",
                "number",
                "product",
                "product_version",
                "received_at",
                "recorded_at",
                "resubmits",
                "state",
                "superseded_by",
                "target_version",
                "version",
            ]
        );
        for blank in ["matter", "product_version", "target_version", "follows", "resubmits"] {
            assert_eq!(seen[blank], Value::Null, "{blank}");
        }
        assert!(seen["allowed_actions"].as_array().unwrap().iter().all(|action| action["allowed"] == false));
        assert_eq!(app.look(&partner, &format!("/v1/inquiries/{own}")).json()["subject"], "起動しない");
        let list = app.look(&partner, "/v1/inquiries").expect(200).json();
        let subjects: Vec<_> = list["items"].as_array().unwrap().iter().map(|item| item.get("subject")).collect();
        assert_eq!(subjects, [Some(&json!("起動しない")), None]);
        // What it does not see it cannot find out by asking.
        for query in ["q=%E8%B5%B7%E5%8B%95", "kind=problem_resolution", "channel=support_web"] {
            assert_eq!(ids(app, &partner, query), [own.as_str()], "{query}");
        }
        assert_eq!(ids(app, &partner, &format!("q={}", seen["number"].as_str().unwrap())), [customers.as_str()]);
        app.look(&partner, &format!("/v1/inquiries/{customers}/messages")).refused(403, "forbidden");
        app.say(&partner, &customers, &json!({ "type": "message", "channel": "support_web", "body": "追記" }))
            .refused(403, "forbidden");
    }

    fn a_partner_of_no_access_sees_its_own_only(app: &TestApp) {
        let desk = app.desk_with(|papers| papers.partner_access = PartnerAccess::None);
        let (partner, stranger) = (app.partner(desk.reseller), app.partner(app.reseller("別の販売店")));
        let (customers, own) =
            (app.opened(&app.customer(ID), &desk.question()), app.opened(&partner, &desk.question()));
        assert_eq!(ids(app, &partner, ""), [own.as_str()]);
        for path in ["", "/messages", "/information-requests"] {
            app.look(&partner, &format!("/v1/inquiries/{customers}{path}")).refused(404, "not_found");
        }
        app.say(&partner, &customers, &json!({ "type": "message", "channel": "support_web", "body": "追記" }))
            .refused(404, "not_found");
        let path = format!("/v1/inquiries/{own}");
        app.look(&stranger, &path).refused(403, "support_id_unknown");
        assert_eq!(app.get("/v1/inquiries").token(&stranger).send().expect(200).json()["items"], json!([]));
        app.get(&path).token(&partner).send().refused(403, "support_id_required");
    }

    fn history_is_read_as_the_contract_stands(app: &TestApp) {
        let desk = app.desk();
        app.contract(&Papers { ends_on: date!(2026 - 10 - 31), ..Papers::new("MNT-OLD", &[desk.software]) });
        app.contract(&Papers { starts_on: date!(2026 - 12 - 01), ..Papers::new("MNT-NEW", &[desk.software]) });
        let list = |token: &str| app.get("/v1/inquiries").token(token).send();
        list(&app.customer("MNT-OLD")).expect(200);
        let early = app.customer("MNT-NEW");
        assert_eq!(list(&early).refused(403, "contract_not_started")["clause"], "DOC-0-C2");
        let given = json!({ "codes": ["contract_not_started"], "reason": "先行導入" });
        let body = with(desk.call(OPEN), &json!({ "presented_support_id": "MNT-NEW", "override": given }));
        let id = app.opened(&app.manager(), &body);
        assert_eq!(list(&early).expect(200).json()["items"][0]["id"], id.as_str());
        let reply = json!({ "type": "message", "channel": "support_web", "body": "ありがとうございます。" });
        app.post(&format!("/v1/inquiries/{id}/messages")).token(&early).key("m").json(&reply).send().expect(201);
        app.post("/v1/inquiries")
            .token(&early)
            .key("o")
            .json(&desk.question())
            .send()
            .refused(403, "contract_not_started");
    }

    fn inquiries_are_found(app: &TestApp) {
        let desk = app.desk();
        let (agent, colleague) = colleague(app, &desk);
        let partner = app.partner(desk.reseller);
        let call = ids(app, &agent, "")[0].clone();
        app.at("2026-11-25T10:05:00+09:00");
        let referred = with(
            desk.question(),
            &json!({ "external_reference": "T-1", "kind": "specification", "subject": "50%_増" }),
        );
        let second = app.opened(&partner, &referred);
        app.at("2026-11-25T10:10:00+09:00");
        let third = app.opened(&app.customer(ID), &desk.saas_question());
        triaged(app, &agent, &call, &json!({ "assignee": colleague, "tags": ["a", "b"], "priority": "low" }))
            .expect(200);
        let number = app.look(&agent, &format!("/v1/inquiries/{second}")).json()["number"].as_str().unwrap().to_owned();
        app.act_on(
            &agent,
            &format!("/v1/inquiries/{third}/reclassifications"),
            &third,
            &json!({ "matter": "incident", "reason": "障害" }),
        )
        .expect(201);
        let cases: Vec<(String, Vec<&String>)> = vec![
            (String::new(), vec![&third, &second, &call]),
            ("state=received".into(), vec![&third, &second]),
            ("state=in_progress,closed".into(), vec![&call]),
            ("kind=specification".into(), vec![&second]),
            (format!("product={}", desk.saas), vec![&third]),
            (format!("contract={}", desk.contract), vec![&third, &second, &call]),
            (format!("assignee={colleague}"), vec![&call]),
            ("tag=b,c".into(), vec![&call]),
            ("priority=low,high".into(), vec![&call]),
            ("channel=phone".into(), vec![&call]),
            ("matter=incident".into(), vec![&third]),
            ("q=50%25_".into(), vec![&second]),
            ("q=5_%25".into(), vec![]),
            (format!("q={number}"), vec![&second]),
            ("external_reference=T-1".into(), vec![&second]),
            ("opened_after=2026-11-25T01:05:00Z&opened_before=2026-11-25T01:10:00Z".into(), vec![&second]),
            ("changed_after=2026-11-25T01:05:00Z".into(), vec![&call, &third]),
            ("override=true".into(), vec![]),
            ("state=received&kind=specification".into(), vec![&second]),
        ];
        for (query, expected) in cases {
            assert_eq!(ids(app, &agent, &query).iter().collect::<Vec<_>>(), expected, "{query}");
        }
        assert_eq!(ids(app, &app.customer(ID), "external_reference=T-1"), [""; 0]);
        assert_eq!(ids(app, &partner, "external_reference=T-1"), [second.as_str()]);
        for query in ["stat=received", "state=open", "limit=101", "limit=0", "opened_after=today"] {
            app.look(&agent, &format!("/v1/inquiries?{query}")).refused(400, "invalid_parameter");
        }
        // Page by page, newest first, and a summary has no body.
        let first = app.look(&agent, "/v1/inquiries?limit=2").expect(200);
        assert!(first.header("Link").unwrap().contains("rel=\"next\""));
        let page = first.json();
        assert!(page["items"][0].get("body").is_none() && page["items"][0].get("allowed_actions").is_none());
        let cursor = page["next_cursor"].as_str().unwrap();
        assert_eq!(ids(app, &agent, &format!("limit=2&cursor={cursor}")), [call.as_str()]);
        app.look(&agent, &format!("/v1/inquiries?limit=2&state=received&cursor={cursor}"))
            .refused(400, "cursor_mismatch");
        app.look(&agent, "/v1/inquiries?cursor=x").refused(400, "cursor_invalid");
        // In order of change the pages go on too.
        let changed = app.look(&agent, "/v1/inquiries?changed_after=2026-11-25T01:00:00Z&limit=1").json();
        let cursor = changed["next_cursor"].as_str().unwrap();
        assert_eq!(ids(app, &agent, &format!("changed_after=2026-11-25T01:00:00Z&limit=1&cursor={cursor}")).len(), 1);
    }

    fn an_answer_is_named_by_its_tag(app: &TestApp) {
        let desk = app.desk();
        let (customer, agent) = (app.customer(ID), app.agent());
        let id = app.opened(&customer, &desk.question());
        let path = format!("/v1/inquiries/{id}");
        let tag = app.look(&customer, &path).etag();
        assert_ne!(tag, app.look(&agent, &path).etag(), "another answer of the same version");
        let again = app.get(&path).token(&customer).header("If-None-Match", &tag).send().expect(304);
        assert!(again.body.is_empty());
        let head = app.call("HEAD", &path).token(&customer).send().expect(200);
        assert_eq!((head.etag(), head.body.len()), (tag.clone(), 0));
        for name in ["Authorization", "Accept-Language", "Support-Id"] {
            assert!(head.header("Vary").unwrap().contains(name), "{name}");
        }
        app.told(&customer, &id, "追記です。");
        app.get(&path).token(&customer).header("If-None-Match", &tag).send().expect(200);
        let patch = json!({ "priority": "high" });
        app.patch(&path).token(&agent).if_match(&tag).merge_patch(&patch).send().refused(412, "version_conflict");
        app.patch(&path).token(&agent).merge_patch(&patch).send().refused(428, "precondition_required");
        // The version is compared, and not whose answer it was.
        let tag = app.look(&customer, &path).etag();
        let done = app.patch(&path).token(&agent).if_match(&tag).merge_patch(&patch).send().expect(200);
        assert!(done.etag().starts_with("\"3-"));
    }

    fn the_desk_notes_triage_facts(app: &TestApp) {
        let desk = app.desk();
        let (agent, colleague) = colleague(app, &desk);
        let id = app.opened(&app.customer(ID), &desk.question());
        let unassigned =
            triaged(app, &agent, &id, &json!({ "tags": ["b", "a"], "category": "起動" })).expect(200).json();
        assert_eq!((&unassigned["state"], &unassigned["version"]), (&json!("received"), &json!(2)));
        assert_eq!(unassigned["triage"]["tags"], json!(["b", "a"]));
        let untouched = triaged(app, &agent, &id, &json!({})).expect(200).json();
        assert_eq!(untouched, unassigned);
        let taken = triaged(app, &agent, &id, &json!({ "assignee": colleague, "follow_up_on": "2026-12-01" }))
            .expect(200)
            .json();
        assert_eq!((&taken["state"], &taken["triage"]["category"]), (&json!("in_progress"), &json!("起動")));
        let cleared =
            json!({ "assignee": null, "tags": null, "category": null, "follow_up_on": null, "priority": null });
        let cleared = triaged(app, &agent, &id, &cleared).expect(200).json();
        assert_eq!(
            cleared["triage"],
            json!({ "assignee": null, "priority": null, "category": null, "tags": [], "follow_up_on": null, "overridden": false })
        );
        assert_eq!(cleared["state"], "in_progress");
        let faults = [
            (json!({ "assignee": "0192a000-0000-7000-8000-000000000000" }), "/assignee"),
            (json!({ "priority": "highest" }), "/priority"),
            (json!({ "tags": ["a", "a"] }), "/tags"),
            (json!({ "tags": vec!["x"; 21] }), "/tags"),
            (json!({ "tags": ["x".repeat(51)] }), "/tags/0"),
            (json!({ "category": "" }), "/category"),
            (json!({ "follow_up_on": "2026-02-30" }), "/follow_up_on"),
            (json!({ "kind": "specification" }), "/kind"),
        ];
        for (patch, pointer) in faults {
            let problem = triaged(app, &agent, &id, &patch).refused(422, "validation_failed");
            assert_eq!(pointers(&problem), [pointer], "{patch}");
        }
        let script = app.robot(&[Scope::TriageWrite, Scope::InquiriesRead]);
        triaged(app, &script, &id, &json!({ "priority": "high" })).expect(200);
        triaged(app, &app.robot(&[Scope::InquiriesRead]), &id, &json!({})).refused(403, "insufficient_scope");
        triaged(app, &app.customer(ID), &id, &json!({})).refused(403, "forbidden");
        app.closed(&agent, &id);
        triaged(app, &agent, &id, &json!({ "assignee": colleague })).refused(409, "inquiry_closed");
    }

    fn an_inquiry_is_reclassified_with_a_reason(app: &TestApp) {
        let desk = app.desk();
        let agent = app.agent();
        let id = app.opened(&app.customer(ID), &desk.question());
        let path = format!("/v1/inquiries/{id}/reclassifications");
        let to = |body: Value| app.act_on(&agent, &path, &id, &body);
        let software =
            to(json!({ "kind": "specification", "product_version": null, "reason": "仕様の確認" })).expect(201);
        assert!(software.etag().starts_with("\"2-"));
        assert_eq!(
            (&software.json()["kind"], &software.json()["product_version"]),
            (&json!("specification"), &Value::Null)
        );
        let faults = [
            (json!({ "reason": "なし" }), "/kind"),
            (json!({ "kind": "specification" }), "/reason"),
            (json!({ "matter": "defect", "reason": "x" }), "/matter"),
            (json!({ "product_id": "0192a000-0000-7000-8000-000000000000", "reason": "x" }), "/product_id"),
        ];
        for (body, pointer) in faults {
            assert_eq!(pointers(&to(body.clone()).refused(422, "validation_failed")), [pointer], "{body}");
        }
        let foreign = app.product("OTHER", madoguchi::terms::codes::Delivery::Software);
        to(json!({ "product_id": foreign.to_string(), "reason": "x" })).refused(422, "product_not_contracted");
        let saas = json!({ "product_id": desk.saas.to_string(), "reason": "クラウド版" });
        to(with(saas.clone(), &json!({ "product_version": "1" }))).refused(422, "product_version_not_applicable");
        to(with(saas, &json!({ "matter": "unpublished_specification" }))).expect(201);
        let seen = app.look(&agent, &format!("/v1/inquiries/{id}")).json();
        assert_eq!(
            (&seen["product"]["delivery"], &seen["matter"], &seen["state"]),
            (&json!("saas"), &json!("unpublished_specification"), &json!("received"))
        );
        to(json!({ "product_id": desk.software.to_string(), "reason": "戻す" }))
            .refused(422, "product_version_required");
        to(json!({ "matter": null, "reason": "未定" })).expect(201);
        assert_eq!(app.look(&agent, &format!("/v1/inquiries/{id}")).json()["matter"], Value::Null);
        let bare =
            app.post(&path).token(&agent).key(&fresh_key()).json(&json!({ "kind": "specification", "reason": "x" }));
        bare.send().refused(428, "precondition_required");
        app.act_on(&app.customer(ID), &path, &id, &json!({})).refused(403, "forbidden");
    }
}
