//! When an inquiry counts as completed: ten conditions, what each rests on, and who judges.

use madoguchi::terms::codes::{PartnerAccess, Scope};
use serde_json::{Value, json};

use super::support::desk::{Desk, ID, agreement, fresh_key, pointers, with};
use super::support::*;

const KINDS: [&str; 3] = ["specification", "configuration_operation", "problem_resolution"];
const NOWHERE: &str = "0192a000-0000-7000-8000-000000000000";

/// Each code in the order of the terms, with the kinds that it completes and what it demands.
const CODES: [(&str, &[&str], &[&str]); 10] = [
    ("specification_answered_or_declined", &["specification"], &["outcome", "message_id"]),
    ("configuration_or_operation_answered", &["configuration_operation"], &["message_id"]),
    ("problem_resolved", &["problem_resolution"], &["resolution"]),
    ("workaround_presented", &["problem_resolution"], &["message_id"]),
    ("fault_location_identified", &["problem_resolution"], &["location"]),
    ("investigation_stalled", &["problem_resolution"], &["reason", "step_ids"]),
    ("transient_recurrence_procedure_presented", &["problem_resolution"], &["message_id"]),
    (
        "not_a_defect_or_by_specification",
        &["configuration_operation", "problem_resolution"],
        &["finding", "explanation"],
    ),
    ("out_of_service_scope", &KINDS, &["scope_reason"]),
    ("agreed_with_customer", &KINDS, &["with", "channel", "agreed_at", "agreement"]),
];

/// What evidence may name, on one inquiry.
struct Named {
    inquiry: String,
    answer: String,
    plain_answer: String,
    customers: String,
    step: String,
    escalation: String,
}

/// An inquiry with something of everything on it.
fn prepare(app: &TestApp, agent: &str, customer: &str, question: &Value) -> Named {
    let inquiry = app.opened(customer, question);
    let step = json!({ "kind": "vendor_contact", "summary": "照会した。", "performed_at": OPEN });
    Named {
        answer: app.answered(agent, &inquiry, &["workaround", "recurrence_procedure"]),
        plain_answer: app.answered(agent, &inquiry, &[]),
        customers: app.told(customer, &inquiry, "解決しました。"),
        step: app.act(agent, &format!("/v1/inquiries/{inquiry}/investigation-steps"), &step).expect(201).id(),
        escalation: app.escalated(agent, &inquiry),
        inquiry,
    }
}

/// The field with a value that serves.
fn value(field: &str, named: &Named) -> Value {
    match field {
        "outcome" => json!("answered"),
        "message_id" => json!(named.answer),
        "declined_reason" => json!("vendor_refusal"),
        "confirmation_message_id" => json!(named.customers),
        "step_ids" => json!([named.step]),
        "escalation_id" => json!(named.escalation),
        "finding" => json!("by_specification"),
        "scope_reason" => json!("environment_or_other_product_problem"),
        "channel" => json!("phone"),
        "agreed_at" => json!("2026-11-25T01:00:00.000000Z"),
        "faq_id" | "denial_id" => json!(NOWHERE),
        _ => json!("記載のとおり"),
    }
}

/// Evidence of these fields.
fn evidence(fields: &[&str], named: &Named) -> Value {
    Value::Object(fields.iter().map(|field| ((*field).to_owned(), value(field, named))).collect())
}

fn checked(app: &TestApp, token: &str, inquiry: &str, code: &str, evidence: &Value) -> Answer {
    let path = format!("/v1/inquiries/{inquiry}/closure-decisions/check");
    app.post(&path).token(token).json(&json!({ "code": code, "evidence": evidence })).send()
}

/// What the check misses, which is what the refusal would tell.
#[track_caller]
fn missing(app: &TestApp, token: &str, inquiry: &str, code: &str, evidence: &Value) -> Vec<(String, String)> {
    let told = checked(app, token, inquiry, code, evidence).expect(200).json();
    let list = told["missing"].as_array().unwrap();
    assert_eq!(told["complete"], list.is_empty());
    if !list.is_empty() {
        let refused = app.close(token, inquiry, code, evidence).refused(422, "closure_evidence_missing");
        assert_eq!((&refused["errors"], &refused["missing"]), (&told["missing"], &told["missing"]));
        assert!(refused["clause"].is_string() && refused["terms_version"].is_string());
    }
    let text = |fault: &Value, name: &str| fault[name].as_str().unwrap().to_owned();
    list.iter().map(|fault| (text(fault, "pointer"), text(fault, "code"))).collect()
}

/// An inquiry that the desk has classified.
fn classified(app: &TestApp, agent: &str, inquiry: &str, matter: &str) {
    let path = format!("/v1/inquiries/{inquiry}/reclassifications");
    app.act_on(agent, &path, inquiry, &json!({ "matter": matter, "reason": "判明" })).expect(201);
}

fn the_ten_conditions(app: &TestApp, saas: bool) {
    let desk = app.desk();
    let (customer, agent) = (app.customer(ID), app.agent());
    for kind in KINDS {
        let question = if saas { desk.saas_question() } else { desk.question() };
        let question = with(question, &json!({ "kind": kind }));
        for ((code, kinds, demanded), number) in CODES.into_iter().zip(0..) {
            let named = prepare(app, &agent, &customer, &question);
            let clause = if saas { format!("SA-5.2.1-C{}", number + 15) } else { format!("SW-4.2.1-C{}", number + 18) };
            let whole = evidence(demanded, &named);
            if saas {
                classified(app, &agent, &named.inquiry, "other");
            }
            if !kinds.contains(&kind) {
                checked(app, &agent, &named.inquiry, code, &whole).refused(422, "closure_code_not_for_kind");
                let refused = app.close(&agent, &named.inquiry, code, &whole);
                assert_eq!(refused.refused(422, "closure_code_not_for_kind")["clause"], clause.as_str());
                continue;
            }
            let none = missing(app, &agent, &named.inquiry, code, &json!({}));
            let expected: Vec<_> = demanded.iter().map(|field| format!("/evidence/{field}")).collect();
            assert_eq!(none.into_iter().map(|(pointer, _)| pointer).collect::<Vec<_>>(), expected, "{code}");
            let word = if code == "workaround_presented" { "one_of_required" } else { "required" };
            for left_out in demanded {
                let rest: Vec<_> = demanded.iter().filter(|field| *field != left_out).copied().collect();
                let told = missing(app, &agent, &named.inquiry, code, &evidence(&rest, &named));
                assert_eq!(told, [(format!("/evidence/{left_out}"), word.to_owned())], "{code}");
            }
            assert_eq!(missing(app, &agent, &named.inquiry, code, &whole), [], "{code}");
            let noted = with(whole, &json!({ "note": "内部メモ" }));
            let decision = app.close(&agent, &named.inquiry, code, &noted).expect(201);
            let told = decision.json();
            assert_eq!((&told["clause"], &told["code"], &told["kind"]), (&json!(clause), &json!(code), &json!(kind)));
            assert_eq!((&told["evidence"], &told["decided_at"]), (&noted, &json!("2026-11-25T01:00:00.000000Z")));
            assert_eq!(told["terms_version"], madoguchi::terms::current().version);
            let seen = app.look(&agent, &format!("/v1/inquiries/{}", named.inquiry));
            assert_eq!(seen.json()["closure"]["code"], code);
            assert_eq!(seen.json()["version"].to_string(), decision.etag()[1..].split('-').next().unwrap());
        }
    }
}

on_both! {
    fn the_ten_conditions_of_software(app: &TestApp) {
        the_ten_conditions(app, false);
    }

    fn the_ten_conditions_of_saas(app: &TestApp) {
        the_ten_conditions(app, true);
    }

    fn evidence_is_of_its_code(app: &TestApp) {
        const FIELDS: [&str; 20] = [
            "outcome",
            "message_id",
            "declined_reason",
            "explanation",
            "resolution",
            "confirmation_message_id",
            "faq_id",
            "location",
            "vendor_defect_id",
            "reason",
            "step_ids",
            "escalation_id",
            "information_to_collect",
            "finding",
            "scope_reason",
            "denial_id",
            "with",
            "channel",
            "agreed_at",
            "agreement",
        ];
        // What each code takes beside what it demands.
        const OPTIONAL: [&[&str]; 10] = [
            &["declined_reason", "explanation", "escalation_id"],
            &[],
            &["confirmation_message_id"],
            &["faq_id"],
            &["vendor_defect_id", "escalation_id"],
            &["escalation_id"],
            &["information_to_collect"],
            &[],
            &["explanation", "denial_id"],
            &[],
        ];
        let desk = app.desk();
        let (customer, agent) = (app.customer(ID), app.agent());
        for ((code, kinds, demanded), optional) in CODES.into_iter().zip(OPTIONAL) {
            let question = with(desk.question(), &json!({ "kind": kinds.last().unwrap() }));
            let named = prepare(app, &agent, &customer, &question);
            let foreign: Vec<_> =
                FIELDS.iter().filter(|field| !demanded.contains(field) && !optional.contains(field)).collect();
            let given: Value = FIELDS
                .iter()
                .map(|field| ((*field).to_owned(), value(field, &named)))
                .collect::<serde_json::Map<_, _>>()
                .into();
            let mut given = with(given, &json!({ "outcome": "declined", "scope_reason": "license_terms_violated" }));
            let told = checked(app, &agent, &named.inquiry, code, &given).refused(422, "evidence_not_applicable");
            let expected: Vec<_> = foreign.iter().map(|field| format!("/evidence/{field}")).collect();
            assert_eq!(pointers(&told), expected, "{code}");
            assert!(told["clause"].is_string());
            app.close(&agent, &named.inquiry, code, &given).refused(422, "evidence_not_applicable");
            given["colour"] = "red".into();
            app.close(&agent, &named.inquiry, code, &given).refused(422, "validation_failed");
        }
        // What one case of a code takes, another does not.
        let named = prepare(app, &agent, &customer, &with(desk.question(), &json!({ "kind": "specification" })));
        let answered = evidence(&["outcome", "message_id", "declined_reason"], &named);
        let (first, ninth) = (CODES[0].0, CODES[8].0);
        let told = checked(app, &agent, &named.inquiry, first, &answered).refused(422, "evidence_not_applicable");
        assert_eq!(pointers(&told), ["/evidence/declined_reason"]);
        let declined = with(answered, &json!({ "outcome": "declined" }));
        assert_eq!(missing(app, &agent, &named.inquiry, first, &declined), []);
        let bare = json!({ "outcome": "declined", "message_id": named.answer });
        assert_eq!(
            missing(app, &agent, &named.inquiry, first, &bare),
            [("/evidence/declined_reason".into(), "required".into())]
        );
        for denial in [
            "improper_use_or_misuse",
            "modified_by_customer_or_third_party",
            "license_terms_violated",
            "vendor_information_unavailable",
        ] {
            let told = missing(app, &agent, &named.inquiry, ninth, &json!({ "scope_reason": denial }));
            assert_eq!(told, [("/evidence/denial_id".into(), "required".into())], "{denial}");
        }
        for reason in
            ["environment_not_maintained", "written_answer_not_offered", "contract", "basic_knowledge_presupposed"]
        {
            assert_eq!(missing(app, &agent, &named.inquiry, ninth, &json!({ "scope_reason": reason })), [], "{reason}");
        }
        let told = checked(app, &agent, &named.inquiry, ninth, &evidence(&["scope_reason", "denial_id"], &named));
        assert_eq!(pointers(&told.refused(422, "evidence_not_applicable")), ["/evidence/denial_id"]);
    }

    fn evidence_is_of_its_inquiry(app: &TestApp) {
        let desk = app.desk();
        let (customer, agent) = (app.customer(ID), app.agent());
        let (here, there) =
            (prepare(app, &agent, &customer, &desk.question()), prepare(app, &agent, &customer, &desk.question()));
        let (resolved, workaround, stalled) = (CODES[2], CODES[3], CODES[5]);
        let (procedure, located) = (CODES[6], CODES[4]);
        let cases: Vec<(&str, &str, Value, Value)> = vec![
            (workaround.0, "message_id", json!(there.answer), json!({})),
            (workaround.0, "message_id", json!(NOWHERE), json!({})),
            (workaround.0, "message_id", json!(here.plain_answer), json!({})),
            (workaround.0, "faq_id", json!(NOWHERE), json!({})),
            (procedure.0, "message_id", json!(here.plain_answer), json!({})),
            (procedure.0, "message_id", json!(here.customers), json!({})),
            (resolved.0, "confirmation_message_id", json!(there.customers), json!({ "resolution": "済" })),
            (resolved.0, "confirmation_message_id", json!(here.answer), json!({ "resolution": "済" })),
            (stalled.0, "step_ids", json!([here.step, there.step]), json!({ "reason": "不明" })),
            (stalled.0, "escalation_id", json!(there.escalation), json!({ "reason": "不明" })),
            (located.0, "escalation_id", json!(NOWHERE), json!({ "location": "起動処理" })),
        ];
        for (code, field, id, rest) in cases {
            let mut given = rest;
            given[field] = id;
            let told = missing(app, &agent, &here.inquiry, code, &given);
            assert_eq!(told, [(format!("/evidence/{field}"), "unknown_reference".to_owned())], "{code} {given}");
        }
        let none = missing(app, &agent, &here.inquiry, stalled.0, &json!({ "reason": "不明", "step_ids": [] }));
        assert_eq!(none, [("/evidence/step_ids".into(), "required".into())]);
        let escalated = json!({ "reason": "不明", "escalation_id": here.escalation });
        assert_eq!(missing(app, &agent, &here.inquiry, stalled.0, &escalated), []);
        let confirmed = json!({ "resolution": "済", "confirmation_message_id": here.customers });
        assert_eq!(missing(app, &agent, &here.inquiry, resolved.0, &confirmed), []);
    }

    fn a_saas_defect_rests_on_its_escalation(app: &TestApp) {
        let desk = app.desk();
        let (customer, agent) = (app.customer(ID), app.agent());
        let lacks = [("/evidence/escalation_id".to_owned(), "required".to_owned())];
        for (index, kind) in [(0, "specification"), (4, "problem_resolution"), (5, "problem_resolution")] {
            let (code, _, demanded) = CODES[index];
            let named = prepare(app, &agent, &customer, &with(desk.saas_question(), &json!({ "kind": kind })));
            let whole = evidence(demanded, &named);
            let escalated = with(whole.clone(), &json!({ "escalation_id": named.escalation }));
            // Until it is known what it is about, not even an escalation serves.
            assert_eq!(missing(app, &agent, &named.inquiry, code, &whole), lacks, "{code}");
            assert_eq!(missing(app, &agent, &named.inquiry, code, &escalated), lacks, "{code}");
            for matter in ["defect", "incident", "unpublished_specification"] {
                classified(app, &agent, &named.inquiry, matter);
                assert_eq!(missing(app, &agent, &named.inquiry, code, &whole), lacks, "{code} {matter}");
                assert_eq!(missing(app, &agent, &named.inquiry, code, &escalated), [], "{code} {matter}");
            }
            classified(app, &agent, &named.inquiry, "other");
            assert_eq!(missing(app, &agent, &named.inquiry, code, &whole), [], "{code}");
        }
        // Where the escalation is demanded the steps are not.
        let named = prepare(app, &agent, &customer, &desk.saas_question());
        classified(app, &agent, &named.inquiry, "defect");
        assert_eq!(missing(app, &agent, &named.inquiry, CODES[5].0, &json!({ "reason": "不明" })), lacks);
    }

    fn an_agreement_is_not_of_the_future(app: &TestApp) {
        let desk = app.desk();
        let agent = app.agent();
        let id = app.opened(&app.customer(ID), &desk.question());
        let ahead = with(agreement(), &json!({ "agreed_at": "2026-11-25T01:00:00.000001Z" }));
        let told = missing(app, &agent, &id, "agreed_with_customer", &ahead);
        assert_eq!(told, [("/evidence/agreed_at".into(), "in_the_future".into())]);
        let now = with(agreement(), &json!({ "agreed_at": "2026-11-25T10:00:00+09:00" }));
        app.close(&agent, &id, "agreed_with_customer", &now).expect(201);
    }

    fn the_desk_judges(app: &TestApp) {
        let desk = app.desk();
        let (customer, agent, partner) = (app.customer(ID), app.agent(), app.partner(desk.reseller));
        for question in [desk.question(), desk.saas_question()] {
            let id = app.opened(&partner, &question);
            for outsider in [&customer, &partner] {
                let refused = app.close(outsider, &id, "agreed_with_customer", &agreement());
                let refused = refused.refused(403, "closure_is_judged_by_desk");
                // Told before the product is known: section 5 says the same, word for word.
                assert_eq!(refused["clause"], "SW-4.2.1-C17");
                checked(app, outsider, &id, "agreed_with_customer", &agreement())
                    .refused(403, "closure_is_judged_by_desk");
            }
            let decision = app.closed(&agent, &id);
            let revoke =
                app.act(&customer, &format!("/v1/closure-decisions/{decision}/revocations"), &json!({ "reason": "x" }));
            revoke.refused(403, "closure_is_judged_by_desk");
        }
    }

    fn a_script_judges_in_a_managers_name(app: &TestApp) {
        let desk = app.desk();
        let id = app.opened(&app.customer(ID), &desk.question());
        let script = app.robot(&[Scope::ClosuresJudge, Scope::ClosuresRead]);
        let decision = app.close(&script, &id, "agreed_with_customer", &agreement()).expect(201).json();
        assert_eq!(decision["decided_by"]["kind"], "robot");
        let (client, manager) = (&decision["decided_by"]["id"], &decision["decided_by"]["granted_by"]);
        assert!(client.is_string() && manager.is_string() && client != manager);
        let path = format!("/v1/closure-decisions/{}", decision["id"].as_str().unwrap());
        let told = app.look(&app.customer(ID), &path).expect(200).json();
        assert_eq!(told["decided_by"], json!({ "kind": "desk", "id": null, "granted_by": null }));
        let other = app.opened(&app.customer(ID), &desk.question());
        // Another manager's grant of another scope is not of this one.
        let (place, second) = (format!("/v1/clients/{}", client.as_str().unwrap()), app.manager());
        let scopes = json!({ "scopes": ["closures:judge", "closures:read", "triage:write"] });
        let changed = app.patch(&place).token(&second).if_match("*").merge_patch(&scopes).send().expect(200).json();
        assert_ne!(&changed["granted_by"], manager);
        let again = app.opened(&app.customer(ID), &desk.question());
        let later = app.close(&script, &again, "agreed_with_customer", &agreement()).expect(201).json();
        assert_eq!(&later["decided_by"]["granted_by"], manager);
        let reader = app.robot(&[Scope::ClosuresRead, Scope::InquiriesWrite]);
        app.close(&reader, &other, "agreed_with_customer", &agreement()).refused(403, "insufficient_scope");
        let revocation =
            app.post(&format!("{path}/revocations")).token(&script).if_match("\"2\"").json(&json!({ "reason": "x" }));
        revocation.send().refused(403, "forbidden");
    }

    fn a_decision_is_taken_back_beside_it(app: &TestApp) {
        let desk = app.desk();
        let (customer, agent) = (app.customer(ID), app.agent());
        let id = app.opened(&customer, &desk.question());
        let first = app.closed(&agent, &id);
        app.close(&agent, &id, "agreed_with_customer", &agreement()).refused(409, "inquiry_closed");
        checked(app, &agent, &id, "agreed_with_customer", &agreement()).refused(409, "inquiry_closed");
        let before = app.look(&agent, &format!("/v1/closure-decisions/{first}")).json();
        let path = format!("/v1/closure-decisions/{first}/revocations");
        app.post(&path).token(&agent).json(&json!({ "reason": "再発" })).send().refused(428, "precondition_required");
        app.post(&path)
            .token(&agent)
            .if_match("\"1\"")
            .json(&json!({ "reason": "再発" }))
            .send()
            .refused(412, "version_conflict");
        assert_eq!(
            pointers(&app.act_on(&agent, &path, &id, &json!({})).refused(422, "validation_failed")),
            ["/reason"]
        );
        let revoked = app.act_on(&agent, &path, &id, &json!({ "reason": "再発" })).expect(201);
        assert_eq!(revoked.json()["state"], "in_progress");
        assert!(revoked.etag().starts_with("\"3-"));
        app.act_on(&agent, &path, &id, &json!({ "reason": "再発" })).refused(409, "state_conflict");
        let after = app.look(&agent, &format!("/v1/closure-decisions/{first}")).json();
        assert_eq!(after["revocation"]["reason"], "再発");
        assert_eq!(with(after.clone(), &json!({ "revocation": null })), before);
        let second = app.closed(&agent, &id);
        app.act_on(&agent, &path, &id, &json!({ "reason": "再発" })).refused(409, "state_conflict");
        let listed = |query: &str| {
            let page = app.look(&agent, &format!("/v1/closure-decisions?{query}")).expect(200).json();
            page["items"].as_array().unwrap().iter().map(|d| d["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(listed(""), [second.as_str(), first.as_str()]);
        assert_eq!(listed("revoked=true"), [first.as_str()]);
        assert_eq!(listed("revoked=false&code=agreed_with_customer,problem_resolved"), [second.as_str()]);
        assert_eq!(
            listed(&format!("kind=problem_resolution&product={}&contract={}", desk.software, desk.contract)).len(),
            2
        );
        assert_eq!(listed("kind=specification"), [""; 0]);
        assert_eq!(listed("decided_after=2026-11-25T01:00:00Z&decided_before=2026-11-25T01:00:01Z").len(), 2);
        assert_eq!(listed("decided_before=2026-11-25T01:00:00Z"), [""; 0]);
        app.look(&agent, "/v1/closure-decisions?codes=x").refused(400, "invalid_parameter");
        app.look(&agent, &format!("/v1/closure-decisions/{NOWHERE}")).refused(404, "not_found");
    }

    fn each_caller_sees_its_part_of_a_decision(app: &TestApp) {
        for access in [PartnerAccess::Full, PartnerAccess::Summary, PartnerAccess::None] {
            let id = format!("MNT-{access:?}").to_uppercase();
            let reseller = app.reseller(&id);
            let product = app.product(&id, madoguchi::terms::codes::Delivery::Saas);
            let papers = people::Papers {
                partner_access: access,
                reseller: Some(reseller),
                ..people::Papers::new(&id, &[product])
            };
            let desk = Desk { reseller, software: product, saas: product, contract: app.contract(&papers) };
            let (customer, agent, partner) = (app.customer(&id), app.agent(), app.partner(reseller));
            let opening = app.post("/v1/inquiries").token(&customer).key(&fresh_key()).json(&desk.saas_question());
            let inquiry = opening.send().expect(201).id();
            let given = json!({ "finding": "by_specification", "explanation": "仕様です。", "note": "内部メモ" });
            let decision = app.close(&agent, &inquiry, "not_a_defect_or_by_specification", &given).expect(201).id();
            let path = format!("/v1/closure-decisions/{decision}");
            let told = app.get(&path).token(&customer).send().expect(200).json();
            assert_eq!((&told["clause"], &told["explanation"]), (&json!("SA-5.2.1-C22"), &json!("仕様です。")));
            assert!(told.get("evidence").is_none() && !told.to_string().contains("内部メモ"));
            let seen = app.get(&path).token(&partner).support_id(&id).send();
            let listed = app.get("/v1/closure-decisions").token(&partner).send().expect(200).json();
            let listed = listed["items"].as_array().unwrap().len();
            match access {
                PartnerAccess::Full => assert_eq!((seen.expect(200).json(), listed), (told, 1)),
                PartnerAccess::None => {
                    assert_eq!((seen.refused(404, "not_found")["code"].clone(), listed), (json!("not_found"), 0))
                }
                PartnerAccess::Summary => {
                    let seen = seen.expect(200).json();
                    assert_eq!((&seen["code"], &seen["decided_at"]), (&told["code"], &told["decided_at"]));
                    for hidden in ["clause", "explanation", "evidence", "kind", "terms_version"] {
                        assert!(seen.get(hidden).is_none(), "{hidden}");
                    }
                    assert_eq!(listed, 1);
                }
            }
        }
    }

    fn of_many_who_close_at_once_one_does(app: &TestApp) {
        let desk = app.desk();
        let agent = app.agent();
        let id = app.opened(&app.customer(ID), &desk.question());
        let tag = app.look(&agent, &format!("/v1/inquiries/{id}")).etag();
        let path = format!("/v1/inquiries/{id}/closure-decisions");
        let body = json!({ "code": "agreed_with_customer", "evidence": agreement() });
        let close = || app.post(&path).token(&agent).key(&fresh_key()).if_match(&tag).json(&body);
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let closers: Vec<_> = (0..32).map(|_| scope.spawn(|| until_free(close).status)).collect();
            closers.into_iter().map(|closer| closer.join().unwrap()).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| [201, 409, 412].contains(status)), "{statuses:?}");
        let events = app.look(&agent, "/v1/events?types=inquiry.closed").json();
        assert_eq!(events["items"].as_array().unwrap().len(), 1);
        assert_eq!(app.look(&agent, "/v1/closure-decisions").json()["items"].as_array().unwrap().len(), 1);
    }
}
