//! Release notices: which kinds for which products, who reads them, and how they change.

use serde_json::{Value, json};
use time::macros::date;

use super::support::desk::{Desk, ID, fresh_key, with};
use super::support::people::Papers;
use super::support::*;
use madoguchi::terms::codes::{Delivery, Service};

/// A body that drafts a notice about a product.
pub fn about(kind: &str, products: &Value) -> Value {
    json!({
        "kind": kind, "product_ids": products, "title": "9.6.140 を公開しました", "body": "変更点は次のとおりです。",
        "language": "ja", "origin": "desk", "vendor_announced_on": "2026-11-20",
    })
}

impl TestApp {
    /// A draft; gives its id.
    #[track_caller]
    pub fn drafted_notice(&self, body: &Value) -> String {
        self.post("/v1/release-notices").token(&self.agent()).json(body).send().expect(201).id()
    }

    /// Announces a draft.
    #[track_caller]
    pub fn announced(&self, notice: &str) -> Answer {
        let place = format!("/v1/release-notices/{notice}/announcements");
        self.post(&place).token(&self.manager()).key(&fresh_key()).if_match("*").send().expect(201)
    }
}

fn software(desk: &Desk) -> Value {
    about("patch", &json!([desk.software]))
}

on_both! {
    fn each_delivery_has_its_kinds(app: &TestApp) {
        let desk = app.desk();
        let (agent, manager) = (app.agent(), app.manager());
        let draft = |token: &str, body: &Value| app.post("/v1/release-notices").token(token).json(body).send();
        let offered = [
            (desk.software, ["version_upgrade_program", "patch"], ["important_announcement", "alert"], "SW-4.2.2-C1"),
            (desk.saas, ["important_announcement", "alert"], ["version_upgrade_program", "patch"], "SA-5.2.2-C1"),
        ];
        for (product, fits, foreign, clause) in offered {
            for kind in fits {
                let notice = draft(&agent, &about(kind, &json!([product]))).expect(201).json();
                let told = &notice["disclaimer"]["clause"];
                assert_eq!(*told, if product == desk.software { json!("SW-4.2.3-C4") } else { Value::Null });
            }
            for kind in foreign {
                let body = about(kind, &json!([product]));
                let problem = draft(&agent, &body).refused(422, "notice_kind_not_offered");
                assert_eq!((&problem["clause"], &problem["offered"]), (&json!(clause), &json!(fits)));
                let beyond = with(body, &json!({ "beyond_terms": true }));
                draft(&agent, &beyond).refused(422, "notice_kind_not_offered");
                assert_eq!(draft(&manager, &beyond).expect(201).json()["beyond_terms"], true);
            }
        }
        draft(&agent, &about("patch", &json!([desk.software, desk.saas]))).refused(422, "notice_kind_not_offered");
    }

    fn what_a_notice_names_must_be_there(app: &TestApp) {
        let desk = app.desk();
        let nothing = "01999999-9999-7999-8999-999999999999";
        let faulty = [
            (json!({ "product_ids": [nothing] }), "/product_ids"),
            (json!({ "download_ids": [nothing] }), "/download_ids"),
            (json!({ "corrects": nothing }), "/corrects"),
            (json!({ "kind": "alert", "product_ids": [desk.saas], "to_version": "1.0" }), "/to_version"),
            (json!({ "kind": "alert", "product_ids": [desk.saas], "affected_versions": ["1.0"] }), "/affected_versions"),
            (json!({ "product_ids": [] }), "/product_ids"),
            (json!({ "title": "題\r\nBcc: evil@evil.example" }), "/title"),
        ];
        // A download of another product belongs to another notice.
        let foreign = json!({ "kind": "document", "title": "手順書", "product_ids": [desk.saas], "file_name": "a.pdf" });
        let foreign = app.post("/v1/downloads").token(&app.manager()).json(&foreign).send().expect(201).id();
        let agent = app.agent();
        app.unchanged("a notice with a fault", || {
            for (members, pointer) in faulty.iter().chain([&(json!({ "download_ids": [foreign] }), "/download_ids")]) {
                let body = with(software(&desk), members);
                let problem = app.post("/v1/release-notices").token(&agent).json(&body).send().refused(422, "validation_failed");
                assert_eq!(problem["errors"][0]["pointer"], *pointer, "{problem}");
            }
        });
    }

    fn a_draft_changes_and_what_was_announced_is_corrected(app: &TestApp) {
        let desk = app.desk();
        let (agent, manager) = (app.agent(), app.manager());
        let id = app.drafted_notice(&software(&desk));
        let place = format!("/v1/release-notices/{id}");
        let draft = app.look(&agent, &place).expect(200);
        app.patch(&place).token(&agent).merge_patch(&json!({ "title": "別題" })).send().refused(428, "precondition_required");
        let patch = json!({ "title": "別題", "to_version": "9.6.140", "fixes": ["GW-1", "GW-1"] });
        let changed = app.patch(&place).token(&agent).if_match(&draft.etag()).merge_patch(&patch).send().expect(200);
        assert_eq!((&changed.json()["to_version"], &changed.json()["fixes"]), (&json!("9.6.140"), &json!(["GW-1"])));
        app.patch(&place).token(&agent).if_match(&draft.etag()).merge_patch(&patch).send().refused(412, "version_conflict");
        let alert = json!({ "kind": "alert" });
        app.patch(&place).token(&agent).if_match(&changed.etag()).merge_patch(&alert).send().refused(422, "notice_kind_not_offered");
        let same = app.patch(&place).token(&agent).if_match(&changed.etag()).merge_patch(&json!({})).send().expect(200);
        assert_eq!(same.etag(), changed.etag());

        let announce = |token: &str, key: &str| app.post(&format!("{place}/announcements")).token(token).key(key).if_match(&changed.etag()).send();
        announce(&agent, "a").refused(403, "forbidden");
        let announced = announce(&manager, "b").expect(201);
        assert_eq!(announced.json()["state"], "announced");
        assert_eq!(announce(&manager, "b").expect(201).body, announced.body);
        app.post(&format!("{place}/announcements")).token(&manager).key("c").if_match("*").send().refused(409, "state_conflict");
        app.patch(&place).token(&agent).if_match("*").merge_patch(&patch).send().refused(409, "state_conflict");

        let later = app.drafted_notice(&with(software(&desk), &json!({ "corrects": id })));
        assert_eq!(app.look(&agent, &place).json()["corrected_by"], Value::Null);
        app.announced(&later);
        assert_eq!(app.look(&agent, &place).json()["corrected_by"], json!(later));
        let customer = app.customer(ID);
        app.look(&customer, &place).expect(200);
        let withdrawing = app.post(&format!("{place}/withdrawals")).token(&manager).if_match("*");
        let withdrawn = withdrawing.json(&json!({ "reason": "誤り" })).send().expect(201).json();
        assert_eq!(withdrawn["withdrawal_reason"], "誤り");
        app.look(&customer, &place).refused(404, "not_found");
    }

    fn contracts_in_force_read_of_their_products(app: &TestApp) {
        let desk = app.desk();
        let (draft, notice) = (app.drafted_notice(&software(&desk)), app.drafted_notice(&software(&desk)));
        app.announced(&notice);
        app.contract(&Papers { reseller: Some(desk.reseller), ..Papers::new("MNT-SAAS", &[desk.saas]) });
        let lacking = Papers { services: vec![Service::Qa], ..Papers::new("MNT-QA", &[desk.software]) };
        app.contract(&lacking);
        let late = Papers { ends_on: date!(2026 - 06 - 30), ..Papers::new("MNT-OLD", &[desk.software]) };
        app.contract(&late);
        app.product("OTHER", Delivery::Software);
        let place = format!("/v1/release-notices/{notice}");
        let (customer, partner) = (app.customer(ID), app.partner(desk.reseller));
        for answer in [app.look(&customer, &place), app.look(&partner, &place), app.get(&place).token(&partner).send()] {
            let seen = answer.expect(200).json();
            assert!(seen.get("created_at").is_none() && seen.get("reach").is_none() && seen.get("beyond_terms").is_none());
        }
        app.look(&customer, &format!("/v1/release-notices/{draft}")).refused(404, "not_found");
        let listed = app.look(&customer, "/v1/release-notices").expect(200).json();
        assert_eq!((listed["items"].as_array().unwrap().len(), &listed["items"][0]["id"]), (1, &json!(notice)));
        app.look(&customer, "/v1/release-notices?state=draft").refused(400, "invalid_parameter");
        let read = |token: &str, path: &str| app.get(path).token(token).send();
        let saas = app.customer("MNT-SAAS");
        read(&saas, &place).refused(404, "not_found");
        assert_eq!(read(&saas, "/v1/release-notices").expect(200).json()["items"], json!([]));
        for path in [place.as_str(), "/v1/release-notices"] {
            let problem = read(&app.customer("MNT-QA"), path).refused(403, "service_not_contracted");
            assert_eq!(problem["contacts"][0]["email"], "support@desk.example.jp", "{problem}");
            read(&app.customer("MNT-OLD"), path).refused(403, "contract_expired");
        }
        let denial = json!({ "code": "license_terms_violated", "product_id": desk.software, "evidence": "通知" });
        let denials = format!("/v1/contracts/{}/denials", desk.contract);
        app.post(&denials).token(&app.manager()).json(&denial).send().expect(201);
        read(&customer, &place).refused(403, "support_denied");
        assert_eq!(read(&customer, "/v1/release-notices").expect(200).json()["items"], json!([]));
    }
}
