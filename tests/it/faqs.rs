//! FAQs: who reads which, what stands before a publication, and how they are found.

use madoguchi::contracts::Product;
use madoguchi::contracts::import::import;
use madoguchi::db::types::Id;
use madoguchi::faqs::suggest::suggest;
use madoguchi::terms::codes::{Delivery, Scope, Service};
use serde_json::{Value, json};
use time::macros::date;

use super::support::desk::{ID, fresh_key, pointers, with};
use super::support::people::Papers;
use super::support::*;

fn faq(question: &str, products: &[Id<Product>]) -> Value {
    json!({
        "question": question, "answer": "管理コンソールの「保守」を開いてください。", "kind": "configuration_operation",
        "source": "own_verification", "product_ids": products, "language": "ja",
    })
}

impl TestApp {
    #[track_caller]
    fn drafted(&self, token: &str, body: &Value) -> String {
        self.act(token, "/v1/faqs", body).expect(201).id()
    }

    fn on_faq(&self, token: &str, id: &str, act: &str, body: &Value) -> Answer {
        let tag = self.get(&format!("/v1/faqs/{id}")).token(token).send().expect(200).etag();
        let path = format!("/v1/faqs/{id}{act}");
        let call = if act.is_empty() { self.patch(&path) } else { self.post(&path).key(&fresh_key()) };
        let call = call.token(token).if_match(&tag);
        if act.is_empty() { call.merge_patch(body).send() } else { call.json(body).send() }
    }

    #[track_caller]
    fn published(&self, manager: &str, body: &Value) -> String {
        let id = self.drafted(manager, body);
        self.on_faq(manager, &id, "/publications", &json!({})).expect(201);
        id
    }

    #[track_caller]
    fn found(&self, token: &str, query: &[(&str, &str)]) -> Vec<String> {
        let items = self.search(token, query).expect(200).json()["items"].clone();
        items.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    }

    fn search(&self, token: &str, query: &[(&str, &str)]) -> Answer {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        self.get(&format!("/v1/faqs?{query}")).token(token).send()
    }
}

/// An ID, what stops its contract, and what is the matter with it.
type Stopped<'a> = (&'a str, &'a str, &'a dyn Fn(&mut Papers));

on_both! {
    fn outside_the_desk_only_what_is_published_and_contracted(app: &TestApp) {
        let desk = app.desk_with(|papers| papers.products.truncate(1));
        let (manager, customer, partner) = (app.manager(), app.customer(ID), app.partner(desk.reseller));
        let own = app.drafted(&manager, &faq("ログの採取", &[desk.software]));
        let foreign = app.published(&manager, &faq("ログの採取", &[desk.saas]));
        for outsider in [&customer, &partner] {
            app.get(&format!("/v1/faqs/{own}")).token(outsider).send().refused(404, "not_found");
            app.get(&format!("/v1/faqs/{foreign}")).token(outsider).send().refused(404, "not_found");
            assert_eq!(app.found(outsider, &[("q", "ログ")]), Vec::<String>::new());
        }
        app.on_faq(&manager, &own, "/publications", &json!({})).expect(201);
        for outsider in [&customer, &partner] {
            let seen = app.get(&format!("/v1/faqs/{own}")).token(outsider).send().expect(200).json();
            assert_eq!((&seen["question"], seen.get("desk")), (&json!("ログの採取"), None));
            assert_eq!(app.found(outsider, &[("q", "ログ")]), [own.as_str()]);
            assert_eq!(app.found(outsider, &[]), [own.as_str()]);
            app.search(outsider, &[("state", "draft")]).refused(400, "invalid_parameter");
        }
        assert_eq!(app.found(&manager, &[("q", "ログ")]).len(), 2);
        app.on_faq(&manager, &own, "/withdrawals", &json!({})).expect(201);
        assert_eq!(app.found(&customer, &[("q", "ログ")]), Vec::<String>::new());
        app.get(&format!("/v1/faqs/{own}")).token(&customer).send().refused(404, "not_found");
        assert_eq!(app.found(&manager, &[("q", "ログ"), ("state", "withdrawn")]), [own.as_str()]);
        app.on_faq(&manager, &own, "/withdrawals", &json!({})).refused(409, "state_conflict");
        let agent = app.agent();
        app.on_faq(&agent, &own, "/publications", &json!({})).refused(403, "forbidden");
    }

    fn a_contract_out_of_force_reads_none(app: &TestApp) {
        let desk = app.desk();
        let manager = app.manager();
        let id = app.published(&manager, &faq("ログの採取", &[desk.software]));
        let cases: [Stopped<'_>; 4] = [
            ("MNT-E", "contract_expired", &|p| p.ends_on = date!(2026 - 10 - 31)),
            ("MNT-N", "contract_not_started", &|p| p.starts_on = date!(2026 - 12 - 01)),
            ("MNT-S", "contract_suspended", &|p| p.suspended = true),
            ("MNT-Q", "service_not_contracted", &|p| p.services = vec![Service::Qa]),
        ];
        for (support_id, code, change) in cases {
            let mut papers = Papers { reseller: Some(desk.reseller), ..Papers::new(support_id, &[desk.software]) };
            change(&mut papers);
            app.contract(&papers);
            let customer = app.customer(support_id);
            for path in ["/v1/faqs".to_owned(), "/v1/faqs?q=ab".to_owned(), format!("/v1/faqs/{id}")] {
                app.get(&path).token(&customer).send().refused(403, code);
                let partner = app.partner(desk.reseller);
                app.get(&path).token(&partner).support_id(support_id).send().refused(403, code);
            }
            let feedback = app.post(&format!("/v1/faqs/{id}/feedback")).token(&customer);
            feedback.json(&json!({ "helpful": true })).send().refused(403, code);
        }
        // Without a header a partner reads what any of its contracts entitles it to.
        assert_eq!(app.found(&app.partner(desk.reseller), &[("q", "ログ")]), [id]);
    }

    fn a_change_is_read_when_it_is_published(app: &TestApp) {
        let desk = app.desk();
        let (manager, agent, customer) = (app.manager(), app.agent(), app.customer(ID));
        let id = app.published(&manager, &faq("ログの採取", &[desk.software]));
        let read = || app.get(&format!("/v1/faqs/{id}")).token(&customer).send().expect(200).json();
        app.on_faq(&agent, &id, "", &json!({ "question": "記録の取り出し" })).expect(200);
        assert_eq!(read()["question"], "ログの採取");
        assert_eq!(app.found(&customer, &[("q", "採取")]), [id.as_str()]);
        assert_eq!(app.found(&customer, &[("q", "取り出し")]), Vec::<String>::new());
        assert_eq!(app.found(&agent, &[("q", "取り出し")]), [id.as_str()]);
        assert_eq!(app.found(&agent, &[("q", "採取"), ("state", "published")]), Vec::<String>::new());
        app.on_faq(&manager, &id, "/publications", &json!({})).expect(201);
        assert_eq!(read()["question"], "記録の取り出し");
        assert_eq!(app.found(&customer, &[("q", "取り出し")]), [id.as_str()]);
        assert_eq!(app.found(&customer, &[("q", "採取")]), Vec::<String>::new());
        app.on_faq(&manager, &id, "/publications", &json!({})).refused(409, "state_conflict");
        let revisions = app.get(&format!("/v1/faqs/{id}/revisions")).token(&agent).send().expect(200).json();
        let numbers: Vec<&Value> = revisions["items"].as_array().unwrap().iter().map(|r| &r["revision"]).collect();
        assert_eq!(numbers, [&json!(2), &json!(1)]);
        let tag = app.get(&format!("/v1/faqs/{id}")).token(&agent).send().etag();
        app.on_faq(&agent, &id, "", &json!({})).expect(200);
        assert_eq!(app.get(&format!("/v1/faqs/{id}")).token(&agent).send().etag(), tag, "nothing changed");
    }

    /// What is told beforehand is what the call comes to, by state and caller.
    fn allowed_actions_are_what_the_calls_come_to(app: &TestApp) {
        let desk = app.desk();
        let (manager, agent, customer) = (app.manager(), app.agent(), app.customer(ID));
        let (reader, writer) = (app.robot(&[Scope::FaqsRead]), app.robot(&[Scope::FaqsRead, Scope::FaqsWrite]));
        let told = |token: &str, id: &str| {
            let seen = app.get(&format!("/v1/faqs/{id}")).token(token).send().expect(200).json();
            seen["allowed_actions"].as_array().unwrap().clone()
        };
        let outcome = |token: &str, id: &str, action: &str| {
            let act = match action {
                "change" => "",
                "publish" => "/publications",
                "withdraw" => "/withdrawals",
                "give_feedback" => "/feedback",
                _ => panic!("{action}"),
            };
            let body = if action == "give_feedback" { json!({ "helpful": true }) } else { json!({}) };
            app.on_faq(token, id, act, &body)
        };
        let pending = with(faq("内部仕様", &[desk.saas]), &json!({ "disclosure": "pending" }));
        let refused = with(faq("内部仕様", &[desk.software]), &json!({ "disclosure": "refused" }));
        let (pending, refused) = (app.drafted(&manager, &pending), app.drafted(&manager, &refused));
        let published = app.published(&manager, &faq("ログの採取", &[desk.software]));
        let withdrawn = app.published(&manager, &faq("ログの削除", &[desk.software]));
        app.on_faq(&manager, &withdrawn, "/withdrawals", &json!({})).expect(201);
        let mut seen = 0;
        for id in [&pending, &refused, &published, &withdrawn] {
            for token in [&agent, &reader, &writer, &manager] {
                let actions = told(token, id);
                let names: Vec<_> = actions.iter().map(|told| told["action"].as_str().unwrap()).collect();
                assert_eq!(names, ["change", "publish", "withdraw"]);
                for told in actions.iter().filter(|told| told["allowed"] == false) {
                    let answer = outcome(token, id, told["action"].as_str().unwrap());
                    let problem = answer.json();
                    assert!([403, 409].contains(&answer.status), "{told} {problem}");
                    assert_eq!((&told["code"], told.get("clause")), (&problem["code"], problem.get("clause")));
                    seen += 1;
                }
            }
        }
        assert!(seen > 20, "{seen}");
        let clause = |id: &str| told(&manager, id)[1]["clause"].clone();
        assert_eq!((clause(&pending), clause(&refused)), (json!("SA-5.2.1-C27"), json!("SW-4.2.1-C13")));
        assert_eq!(told(&customer, &published), [json!({ "action": "give_feedback", "allowed": true })]);
        outcome(&customer, &published, "give_feedback").expect(201);
        // Last, since these change what is told: what is allowed is done.
        for (id, action, status) in [(&published, "withdraw", 201), (&withdrawn, "publish", 201), (&pending, "change", 200)] {
            assert!(told(&manager, id).contains(&json!({ "action": action, "allowed": true })), "{action}");
            outcome(&manager, id, action).expect(status);
        }
        assert!(told(&manager, &withdrawn).contains(&json!({ "action": "withdraw", "allowed": true })));
    }

    fn the_vendors_word_is_a_gate(app: &TestApp) {
        let desk = app.desk();
        let (manager, customer) = (app.manager(), app.customer(ID));
        let of = |members: Value| with(faq("内部仕様について", &[desk.saas]), &members);
        let finding = app.drafted(&manager, &of(json!({ "source": "vendor_inquiry_finding" })));
        let problem = app.on_faq(&manager, &finding, "/publications", &json!({})).refused(409, "vendor_disclosure_pending");
        assert_eq!(problem["clause"], "SA-5.2.1-C27");
        for (said, code) in [("pending", "vendor_disclosure_pending"), ("refused", "vendor_disclosure_refused")] {
            let id = app.drafted(&manager, &of(json!({ "disclosure": said })));
            app.on_faq(&manager, &id, "/publications", &json!({})).refused(409, code);
        }
        app.on_faq(&manager, &finding, "", &json!({ "disclosure": "permitted" })).expect(200);
        app.on_faq(&manager, &finding, "/publications", &json!({})).expect(201);
        assert_eq!(app.found(&customer, &[("q", "内部仕様")]), [finding.as_str()]);
        let withdrawn = app.on_faq(&app.agent(), &finding, "", &json!({ "disclosure": "refused" })).expect(200).json();
        assert_eq!(withdrawn["state"], "withdrawn");
        assert_eq!(app.found(&customer, &[("q", "内部仕様")]), Vec::<String>::new());
        let events = app.get("/v1/events?after=0&types=faq.drafted,faq.published,faq.withdrawn").token(&manager).send();
        let types: Vec<String> = events.expect(200).json()["items"].as_array().unwrap().iter()
            .filter(|e| e["subject"]["id"] == json!(finding)).map(|e| e["type"].as_str().unwrap().to_owned()).collect();
        assert_eq!(types, ["faq.drafted", "faq.drafted", "faq.published", "faq.drafted", "faq.withdrawn"]);
    }

    fn a_case_is_told_without_the_customer(app: &TestApp) {
        let desk = app.desk();
        let (manager, agent, customer) = (app.manager(), app.agent(), app.customer(ID));
        let inquiry = app.opened(&customer, &desk.question());
        let path = format!("/v1/inquiries/{inquiry}/faq-drafts");
        app.act(&agent, &path, &json!({})).refused(409, "state_conflict");
        app.answered(&agent, &inquiry, &["workaround"]);
        app.closed(&agent, &inquiry);
        app.act(&customer, &path, &json!({})).refused(403, "forbidden");
        let body = json!({ "question": "再起動後に起動しない場合", "keywords": ["起動"] });
        let draft = app.act(&agent, &path, &body).expect(201).json();
        assert_eq!((&draft["answer"], &draft["desk"]["inquiry_id"]), (&json!("次のとおりです。"), &json!(inquiry)));
        assert_eq!(draft["product_ids"], json!([desk.software]));
        let id = draft["id"].as_str().unwrap();
        for body in [json!({}), json!({ "anonymisation_confirmed": false })] {
            let problem = app.on_faq(&manager, id, "/publications", &body).refused(409, "faq_not_anonymised");
            assert_eq!(problem["clause"], "SW-4.2.1-C5");
        }
        app.on_faq(&manager, id, "/publications", &json!({ "anonymisation_confirmed": true })).expect(201);
        let seen = app.get(&format!("/v1/faqs/{id}")).token(&customer).send().expect(200).json();
        assert!(!seen.to_string().contains(&inquiry), "{seen}");
    }

    fn a_later_refusal_withdraws_what_came_from_it(app: &TestApp) {
        let desk = app.desk();
        let (manager, agent, customer) = (app.manager(), app.agent(), app.customer(ID));
        let inquiry = app.opened(&customer, &desk.question());
        let escalation = app.escalated(&agent, &inquiry);
        let answers = format!("/v1/inquiries/{inquiry}/escalations/{escalation}/answers");
        let answer = |said: &str| json!({ "outcome": "answered", "body": "Internal.", "language": "en", "disclosure": said });
        app.act(&agent, &answers, &answer("permitted")).expect(201);
        app.answered(&agent, &inquiry, &[]);
        let decision = app.closed(&agent, &inquiry);
        let draft = || {
            let body = json!({ "question": "内部仕様について", "source": "vendor_inquiry_finding", "disclosure": "permitted" });
            app.act(&agent, &format!("/v1/inquiries/{inquiry}/faq-drafts"), &body).expect(201).id()
        };
        let (published, drafted) = (draft(), draft());
        let other = app.published(&manager, &faq("内部仕様の概要", &[desk.software]));
        let confirmed = json!({ "anonymisation_confirmed": true });
        app.on_faq(&manager, &published, "/publications", &confirmed).expect(201);
        app.act_on(&agent, &format!("/v1/closure-decisions/{decision}/revocations"), &inquiry, &json!({ "reason": "再調査" })).expect(201);
        app.act(&agent, &answers, &answer("pending")).expect(201);
        assert_eq!(app.found(&customer, &[("q", "内部仕様")]).len(), 2, "what is pending again withdraws nothing");
        app.act(&agent, &answers, &answer("refused")).expect(201);
        assert_eq!(app.found(&customer, &[("q", "内部仕様")]), [other.as_str()]);
        for id in [&published, &drafted] {
            app.on_faq(&manager, id, "/publications", &confirmed).refused(409, "vendor_disclosure_refused");
        }
        let events = app.get("/v1/events?after=0&types=faq.withdrawn").token(&manager).send().expect(200).json();
        let told: Vec<_> = events["items"].as_array().unwrap().iter().map(|e| (&e["subject"]["id"], &e["data"]["reason"])).collect();
        assert_eq!(told, [(&json!(published), &json!("vendor_disclosure_refused"))]);
    }

    fn words_at_once_are_one_word(app: &TestApp) {
        let desk = app.desk();
        let (manager, customer) = (app.manager(), app.customer(ID));
        let id = app.published(&manager, &faq("ログの採取", &[desk.software]));
        let path = format!("/v1/faqs/{id}/feedback");
        std::thread::scope(|scope| {
            let say = |helpful: bool| app.act(&customer, &path, &json!({ "helpful": helpful })).status;
            let said: Vec<_> = (0..8).map(|n| scope.spawn(move || say(n % 2 == 0))).collect();
            said.into_iter().for_each(|one| assert_eq!(one.join().unwrap(), 201));
        });
        let seen = app.get(&format!("/v1/faqs/{id}")).token(&manager).send().expect(200).json();
        let count = |name: &str| seen["desk"][name].as_i64().unwrap();
        assert_eq!(count("helpful") + count("unhelpful"), 1);
    }

    fn what_is_known_is_told_before_it_is_asked(app: &TestApp) {
        let desk = app.desk();
        let (manager, customer) = (app.manager(), app.customer(ID));
        let known = app.published(&manager, &faq("管理画面にサインインできない場合", &[desk.software]));
        app.published(&manager, &faq("管理画面にサインインできない場合", &[desk.saas]));
        app.drafted(&manager, &faq("管理画面にサインインできない場合", &[desk.software]));
        let ask = |token: &str, members: &Value| {
            let body = json!({ "product_id": desk.software, "product_version": "9.6.132" });
            app.post("/v1/assessments").token(token).support_id(ID).json(&with(body, members)).send()
        };
        let question = json!({ "question": "管理画面にサインインできません" });
        let spoken = with(question.clone(), &json!({ "support_id": ID }));
        for (token, members) in [(&customer, &question), (&app.partner(desk.reseller), &question), (&app.agent(), &spoken)] {
            let told = ask(token, members).expect(200).json();
            assert_eq!(told["faqs"].as_array().unwrap().len(), 1, "{told}");
            assert_eq!((&told["faqs"][0]["id"], &told["faqs"][0]["question"]), (&json!(known), &json!("管理画面にサインインできない場合")));
            assert!(told["faqs"][0]["score"].as_f64().unwrap() > 0.0 && told["faqs"][0]["highlights"][0]["field"] == "question");
        }
        assert_eq!(ask(&customer, &json!({})).expect(200).json().get("faqs"), None);
        assert_eq!(ask(&customer, &json!({ "question": "ラーメンのレシピ" })).expect(200).json()["faqs"], json!([]));
        let faulty = ask(&customer, &json!({ "question": "" })).refused(422, "validation_failed");
        assert_eq!(pointers(&faulty), ["/question"]);
        let opened = app.opened(&customer, &with(desk.question(), &json!({ "subject": "管理画面にサインインできません" })));
        let queue = || app.get("/v1/triage/queue").token(&manager).send().expect(200).json()["items"][0].clone();
        assert_eq!((&queue()["id"], &queue()["faqs"][0]["id"]), (&json!(opened), &json!(known)));
        app.answered(&manager, &opened, &[]);
        assert_eq!(queue()["faqs"], json!([]), "somebody has taken it up");
        // Who may read no FAQ is told of none.
        let papers = Papers { services: vec![Service::Qa], ..Papers::new("MNT-Q", &[desk.software]) };
        app.contract(&papers);
        let body = json!({ "product_id": desk.software, "product_version": "9.6.132", "question": "管理画面にサインインできません" });
        let told = app.post("/v1/assessments").token(&app.customer("MNT-Q")).json(&body).send().expect(200).json();
        assert_eq!((&told["outcome"], &told["faqs"]), (&json!("accepted"), &json!([])));
    }

    fn found_by_keyword_and_product(app: &TestApp) {
        let desk = app.desk();
        let (manager, customer) = (app.manager(), app.customer(ID));
        let one = app.published(&manager, &faq("ウイルス検知の通知", &[desk.software]));
        let two = app.published(&manager, &with(faq("ウイルス検知の通知", &[desk.saas]), &json!({ "kind": "product_specification" })));
        assert_eq!(app.found(&customer, &[("q", "ｳｨﾙｽ")]).len(), 2);
        assert_eq!(app.found(&customer, &[("q", "ｳｨﾙｽ"), ("product", &desk.saas.to_string())]), [two.as_str()]);
        assert_eq!(app.found(&customer, &[("q", "通知"), ("kind", "product_specification")]), [two.as_str()]);
        assert_eq!(app.found(&customer, &[("q", "通知"), ("source", "frequent_inquiry")]), Vec::<String>::new());
        assert_eq!(app.found(&customer, &[("q", "通知"), ("language", "en")]), Vec::<String>::new());
        assert_eq!(app.found(&customer, &[("product", &desk.software.to_string())]), [one]);
        let items = app.search(&customer, &[("q", "保守")]).expect(200).json();
        let item = &items["items"][0];
        let snippet: Vec<char> = item["snippet"].as_str().unwrap().chars().collect();
        let place = &item["highlights"][0];
        assert_eq!(place["field"], "snippet");
        let met: String = snippet[place["start"].as_u64().unwrap() as usize..place["end"].as_u64().unwrap() as usize].iter().collect();
        assert_eq!(met, "保守");
        assert!(item["score"].as_f64().unwrap() > 0.0 && item.get("answer").is_none());
        // Page by page.
        let first = app.search(&customer, &[("q", "ウイルス"), ("limit", "1")]).expect(200).json();
        let cursor = first["next_cursor"].as_str().unwrap();
        let second = app.search(&customer, &[("q", "ウイルス"), ("limit", "1"), ("cursor", cursor)]).expect(200).json();
        assert_ne!(first["items"][0]["id"], second["items"][0]["id"]);
        assert_eq!(second["next_cursor"], Value::Null);
    }

    fn every_kind_of_the_terms_is_taken_and_found_by_code(app: &TestApp) {
        let desk = app.desk();
        let (manager, customer) = (app.manager(), app.customer(ID));
        let kinds = ["manual_supplement", "product_specification", "configuration_operation", "message_meaning_and_remedy", "inquiry_or_incident_case"];
        for (n, kind) in kinds.into_iter().enumerate() {
            let members = json!({
                "kind": kind, "error_codes": [format!("ERR-10{n}")], "messages": ["Cannot open the archive"], "keywords": ["点検"],
                "versions": ["9.6.132"],
            });
            let id = app.published(&manager, &with(faq(&format!("質問 {n}"), &[desk.software, desk.saas]), &members));
            for typed in [format!("ERR-10{n}"), format!("ｅｒｒ－１０{n}"), format!("err10{n} が出る")] {
                assert_eq!(app.found(&customer, &[("q", &typed)]).first(), Some(&id), "{typed}");
            }
            assert_eq!(app.found(&customer, &[("kind", kind)]), [id]);
        }
        assert_eq!(app.found(&customer, &[("q", "点検")]).len(), 5);
        assert_eq!(app.found(&customer, &[("q", "cannot open archive")]).len(), 5);
        assert_eq!(app.found(&customer, &[("q", "ERR-999")]), Vec::<String>::new());
    }

    fn a_faq_may_point_to_a_document(app: &TestApp) {
        let desk = app.desk();
        let manager = app.manager();
        let reference = json!([{ "title": "設定手順書", "url": "https://download.example.jp/va-setup.pdf" }]);
        let id = app.published(&manager, &with(faq("設定手順書", &[desk.software, desk.saas]), &json!({ "references": reference })));
        let seen = app.get(&format!("/v1/faqs/{id}")).token(&app.customer(ID)).send().expect(200).json();
        assert_eq!(seen["references"], reference);
        let plain = json!([{ "title": "x", "url": "http://download.example.jp/" }]);
        let problem = app.act(&manager, "/v1/faqs", &with(faq("x", &[desk.software]), &json!({ "references": plain }))).refused(422, "validation_failed");
        assert_eq!(pointers(&problem), ["/references/0/url"]);
    }

    fn a_draft_is_checked(app: &TestApp) {
        let desk = app.desk();
        let (manager, robot) = (app.manager(), app.robot(&[Scope::FaqsWrite]));
        let nothing = "01999999-9999-7999-8999-999999999999";
        let cases = [
            (json!({ "product_ids": [] }), "/product_ids"),
            (json!({ "product_ids": [nothing] }), "/product_ids/0"),
            (json!({ "product_ids": [desk.saas, desk.saas] }), "/product_ids/1"),
            (json!({ "question": "" }), "/question"),
            (json!({ "question": "あ".repeat(1001) }), "/question"),
            (json!({ "answer": "あ".repeat(100_001) }), "/answer"),
            (json!({ "kind": "other" }), "/kind"),
            (json!({ "text": "x" }), "/text"),
        ];
        for (members, pointer) in cases {
            let problem = app.act(&robot, "/v1/faqs", &with(faq("質問", &[desk.saas]), &members)).refused(422, "validation_failed");
            assert_eq!(pointers(&problem), [pointer], "{problem}");
        }
        let long = with(faq("質問", &[desk.saas]), &json!({ "answer": "あ".repeat(100_000) }));
        app.act(&robot, "/v1/faqs", &long).expect(201);
        app.post("/v1/faqs").token(&manager).bytes(vec![b'x'; 1_100_000]).header("Content-Type", "application/json").send().refused(413, "body_too_large");
    }

    fn hostile_questions_do_no_harm(app: &TestApp) {
        let desk = app.desk();
        let (manager, customer) = (app.manager(), app.customer(ID));
        app.published(&manager, &faq("ログの採取", &[desk.software]));
        for q in ["\"", "' OR 1=1 --", "%", "*", "\\", "(", "NEAR(a b)", "ラーメンのレシピ", "🍜🍜", "ーーー", "゛"] {
            assert_eq!(app.found(&customer, &[("q", q)]), Vec::<String>::new(), "{q}");
        }
        for q in ["", " ", "\0", "a\u{7}b", &"x".repeat(10_000)] {
            let problem = app.search(&customer, &[("q", q)]).refused(400, "invalid_parameter");
            assert_eq!(problem["errors"][0]["parameter"], "q");
        }
        assert_eq!(app.found(&customer, &[("q", &"ログの採取".repeat(100))]).len(), 1);
    }

    fn misses_are_nobodys(app: &TestApp) {
        let desk = app.desk();
        let (manager, customer) = (app.manager(), app.customer(ID));
        app.published(&manager, &faq("ログの採取", &[desk.software]));
        for q in ["量子計算機 tanaka@city.example.jp 090-1234-5678", "量子計算機", "ログ"] {
            app.found(&customer, &[("q", q)]);
        }
        app.found(&manager, &[("q", "知らないこと")]);
        let misses = app.get("/v1/faq-misses").token(&manager).send().expect(200).json();
        let told: Vec<_> = misses["items"].as_array().unwrap().iter().map(|m| (m["query"].as_str().unwrap(), m["misses"].as_i64().unwrap())).collect();
        assert_eq!(told, [("量子計算機", 2)]);
    }

    fn the_desks_words_mean_the_same(app: &TestApp) {
        let desk = app.desk();
        let (agent, manager, customer) = (app.agent(), app.manager(), app.customer(ID));
        let id = app.published(&manager, &faq("玄関機の再設定", &[desk.software]));
        assert_eq!(app.found(&customer, &[("q", "ゲートマン")]), Vec::<String>::new());
        let added = app.act(&agent, "/v1/faq-synonyms", &json!({ "terms": ["ゲートマン", "玄関機"] })).expect(201).id();
        assert_eq!(app.found(&customer, &[("q", "ｹﾞｰﾄﾏﾝ")]), [id.as_str()]);
        app.act(&agent, "/v1/faq-synonyms", &json!({ "terms": ["サーバ", "サーバー"] })).refused(422, "validation_failed");
        let gone = app.delete(&format!("/v1/faq-synonyms/{added}")).token(&agent).send();
        gone.expect(204);
        assert_eq!(app.found(&customer, &[("q", "ゲートマン")]), Vec::<String>::new());
        app.delete(&format!("/v1/faq-synonyms/{added}")).token(&agent).send().refused(404, "not_found");
    }

    fn a_reader_says_once_whether_it_helped(app: &TestApp) {
        let desk = app.desk();
        let (manager, customer) = (app.manager(), app.customer(ID));
        let id = app.published(&manager, &faq("ログの採取", &[desk.software]));
        let path = format!("/v1/faqs/{id}/feedback");
        for helpful in [true, false] {
            app.act(&customer, &path, &json!({ "helpful": helpful })).expect(201);
        }
        app.act(&app.partner(desk.reseller), &path, &json!({ "helpful": true })).expect(201);
        let seen = app.get(&format!("/v1/faqs/{id}")).token(&manager).send().expect(200).json();
        assert_eq!((&seen["desk"]["helpful"], &seen["desk"]["unhelpful"]), (&json!(1), &json!(1)));
        app.act(&manager, &path, &json!({ "helpful": true })).refused(403, "forbidden");
    }

    fn a_message_names_what_its_customer_reads(app: &TestApp) {
        let desk = app.desk();
        let (manager, agent, customer) = (app.manager(), app.agent(), app.customer(ID));
        let other = app.product("OTHER", Delivery::Software);
        let (known, foreign) = (app.published(&manager, &faq("回避策", &[desk.software])), app.published(&manager, &faq("回避策", &[other])));
        let draft = app.drafted(&manager, &faq("下書き", &[desk.software]));
        let inquiry = app.opened(&customer, &desk.question());
        let named = |ids: Value| json!({ "type": "answer", "channel": "support_web", "body": "次の FAQ をご覧ください。", "faq_ids": ids });
        for unknown in [&foreign, &draft] {
            let problem = app.say(&agent, &inquiry, &named(json!([known, unknown]))).refused(422, "validation_failed");
            assert_eq!(pointers(&problem), ["/faq_ids/1"]);
        }
        let message = json!({ "type": "message", "channel": "support_web", "body": "x", "faq_ids": [known] });
        app.say(&customer, &inquiry, &message).refused(422, "validation_failed");
        let evidence = json!({ "faq_id": known });
        let problem = app.close(&agent, &inquiry, "workaround_presented", &evidence).refused(422, "closure_evidence_missing");
        assert_eq!(pointers(&problem), ["/evidence/faq_id"]);
        let said = app.say(&agent, &inquiry, &named(json!([known]))).expect(201).json();
        assert_eq!(said["faq_ids"], json!([known]));
        app.on_faq(&manager, &known, "/withdrawals", &json!({})).expect(201);
        app.close(&agent, &inquiry, "workaround_presented", &evidence).refused(422, "closure_evidence_missing");
        app.on_faq(&manager, &known, "/publications", &json!({})).expect(201);
        app.close(&agent, &inquiry, "workaround_presented", &evidence).expect(201);
    }

    fn faqs_come_by_the_file(app: &TestApp) {
        let desk = app.desk();
        let customer = app.customer(ID);
        let line = |key: &str, publish: bool, members: Value| {
            let mut body = with(faq("ログの採取", &[]), &members);
            body.as_object_mut().unwrap().remove("product_ids");
            body["product_codes"] = json!(["GW", "CLOUD"]);
            json!({ "type": "faq", "key": key, "publish": publish, "body": body }).to_string()
        };
        let run = |text: &str| -> Vec<String> {
            let report = import(&app.app, text.as_bytes(), false).unwrap();
            report.lines.iter().map(|line| format!("{:?}", line.outcome).split([' ', '(']).next().unwrap().to_owned()).collect()
        };
        let text = [
            line("a", true, json!({})),
            line("b", false, json!({ "question": "下書きの採取" })),
            line("c", true, json!({ "disclosure": "pending" })),
        ]
        .join("\n");
        assert_eq!(run(&text), ["Created", "Created", "Refused"]);
        assert_eq!(run(&text), ["Unchanged", "Unchanged", "Refused"]);
        assert_eq!(app.found(&customer, &[("q", "採取")]).len(), 1);
        assert_eq!(run(&line("b", true, json!({ "question": "下書きの採取" }))), ["Changed"]);
        assert_eq!(run(&line("a", true, json!({ "answer": "新しい答え" }))), ["Changed"]);
        assert_eq!(app.found(&customer, &[("q", "採取")]).len(), 2);
        assert_eq!(app.found(&customer, &[("q", "新しい答え")]).len(), 1);
        let keyless = json!({ "type": "faq", "body": faq("x", &[desk.software]) }).to_string();
        assert_eq!(run(&keyless), ["Refused"]);
    }

    fn suggestions_are_of_the_products_named(app: &TestApp) {
        let desk = app.desk();
        let manager = app.manager();
        let id = app.published(&manager, &faq("ログの採取", &[desk.software]));
        let ask = |product: Id<Product>| {
            let cache = app.app.faqs();
            app.app.db().transaction_blocking(|db| suggest(db, cache, "ログを採取したい", &[product])).unwrap()
        };
        let asked = |product| ask(product).iter().map(|one| one.id.to_string()).collect::<Vec<_>>();
        assert_eq!(asked(desk.software), [id.as_str()]);
        assert!(ask(desk.saas).is_empty());
        let other = app.published(&manager, &faq("ログを採取したい", &[desk.software]));
        assert_eq!(asked(desk.software), [other.as_str(), id.as_str()], "what is new is suggested at once");
        app.on_faq(&manager, &id, "/withdrawals", &json!({})).expect(201);
        assert_eq!(asked(desk.software), [other.as_str()]);
    }
}

/// The same FAQs, the same questions: the same order on either database.
#[test]
fn both_databases_find_in_the_same_order() {
    let found: Vec<Vec<Vec<String>>> = [Backend::Sqlite, Backend::Postgres]
        .into_iter()
        .map(|backend| {
            let app = TestApp::start(backend);
            let desk = app.desk();
            let (manager, customer) = (app.manager(), app.customer(ID));
            let lines: Vec<String> = madoguchi::cli::sample_faqs::all()
                .take(60)
                .map(|sample| {
                    let mut line = sample.line();
                    line["body"]["product_codes"] = json!(["GW"]);
                    line.to_string()
                })
                .collect();
            assert_eq!(import(&app.app, lines.join("\n").as_bytes(), false).unwrap().refused(), 0);
            // A change in between must leave no trace in the scores.
            let first = app.found(&manager, &[("q", "ログ")]).remove(0);
            app.on_faq(&manager, &first, "", &json!({ "keywords": ["仮"] })).expect(200);
            app.on_faq(&manager, &first, "/publications", &json!({})).expect(201);
            assert!(!desk.software.to_string().is_empty());
            let ask = |q: &str| {
                let json = app.search(&customer, &[("q", q), ("limit", "50")]).expect(200).json();
                let line = |item: &Value| format!("{} {}", item["question"], item["score"]);
                json["items"].as_array().unwrap().iter().map(line).collect::<Vec<String>>()
            };
            ["ログ", "パスワード", "429", "ファイルの設定", "更新", "メール", "ログの保存期間", "隔離"]
                .iter()
                .map(|q| ask(q))
                .collect()
        })
        .collect();
    assert_eq!(found[0], found[1]);
    assert!(found[0].iter().all(|hits| !hits.is_empty()));
}
