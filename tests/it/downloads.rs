//! The download site: what is offered to whom, taken under a grant, and on record.

use madoguchi::terms::codes::Service;
use serde_json::{Value, json};
use time::macros::date;

use super::support::desk::{Desk, ID, with};
use super::support::people::Papers;
use super::support::world::NOTHING;
use super::support::*;

fn document(products: &Value) -> Value {
    json!({ "kind": "document", "title": "設定手順書", "product_ids": products, "file_name": "手順書.pdf" })
}

impl TestApp {
    fn offers(&self, body: &Value) -> Answer {
        self.post("/v1/downloads").token(&self.manager()).json(body).send()
    }

    fn puts(&self, download: &str, content: &[u8]) -> Answer {
        let put = self.put(&format!("/v1/downloads/{download}/content")).token(&self.manager());
        put.header("Content-Type", "application/octet-stream").bytes(content.to_vec()).send()
    }

    /// Registered and with content; gives the id.
    #[track_caller]
    fn offered(&self, body: &Value, content: &[u8]) -> String {
        let id = self.offers(body).expect(201).id();
        self.puts(&id, content).expect(200);
        id
    }

    fn granted(&self, token: &str, download: &str) -> Answer {
        self.post(&format!("/v1/downloads/{download}/grants")).token(token).support_id(ID).send()
    }
}

fn program(desk: &Desk) -> Value {
    with(document(&json!([desk.software])), &json!({ "kind": "program", "product_version": "9.6.140" }))
}

on_both! {
    fn programs_are_for_software_and_their_service(app: &TestApp) {
        let desk = app.desk();
        for kind in ["program", "patch"] {
            for products in [json!([desk.saas]), json!([desk.software, desk.saas])] {
                let problem = app.offers(&with(document(&products), &json!({ "kind": kind }))).refused(422, "program_provision_not_offered");
                assert_eq!(problem["clause"], "SW-4.2.3-C1");
            }
        }
        let id = app.offered(&program(&desk), b"program");
        app.contract(&Papers { services: vec![Service::Qa, Service::Information], ..Papers::new("MNT-INFO", &[desk.software]) });
        let without = app.customer("MNT-INFO");
        let place = format!("/v1/downloads/{id}");
        app.get(&place).token(&without).send().refused(403, "service_not_contracted");
        app.post(&format!("{place}/grants")).token(&without).send().refused(403, "service_not_contracted");
        assert_eq!(app.get("/v1/downloads").token(&without).send().expect(200).json()["items"], json!([]));
        let customer = app.customer(ID);
        assert_eq!(app.look(&customer, "/v1/downloads").expect(200).json()["items"][0]["id"], json!(id));
        app.granted(&customer, &id).expect(201);
    }

    fn documents_are_for_all(app: &TestApp) {
        let desk = app.desk();
        let customer = app.customer(ID);
        for product in [desk.software, desk.saas] {
            let id = app.offers(&document(&json!([product]))).expect(201).id();
            app.look(&customer, &format!("/v1/downloads/{id}")).refused(404, "not_found");
            app.granted(&customer, &id).refused(404, "not_found");
            app.puts(&id, b"document").expect(200);
            app.look(&customer, &format!("/v1/downloads/{id}")).expect(200);
        }
        // What is kept elsewhere is a link, handed out with the grant alone.
        let link = json!({ "kind": "document", "title": "手順書", "product_ids": [desk.saas], "link": "https://download.example.jp/a.pdf" });
        let id = app.offers(&link).expect(201).id();
        assert!(app.look(&customer, &format!("/v1/downloads/{id}")).expect(200).json().get("link").is_none());
        let grant = app.granted(&customer, &id).expect(201).json();
        assert_eq!((&grant["link"], &grant["content"]), (&json!("https://download.example.jp/a.pdf"), &Value::Null));
        app.puts(&id, b"x").refused(409, "state_conflict");
        for (members, pointer) in [
            (json!({ "link": "http://a.example/" }), "/link"),
            (json!({ "link": "javascript:alert(1)" }), "/link"),
            (json!({ "file_name": "a.pdf" }), "/link"),
            (json!({ "product_ids": [NOTHING] }), "/product_ids"),
        ] {
            let problem = app.offers(&with(link.clone(), &members)).refused(422, "validation_failed");
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        }
    }

    fn what_is_granted_is_taken_and_on_record(app: &TestApp) {
        let desk = app.desk();
        let id = app.offered(&program(&desk), b"0123456789");
        let (customer, agent) = (app.customer(ID), app.agent());
        let grant = app.granted(&customer, &id).expect(201).json();
        let place = grant["content"].as_str().unwrap();
        let take = |range: Option<&str>| {
            let call = app.get(place).token(&customer);
            range.into_iter().fold(call, |call, range| call.header("Range", range)).send()
        };
        let whole = take(None).expect(200);
        assert_eq!(whole.body, b"0123456789");
        assert_eq!(whole.header("Repr-Digest"), Some("sha-256=:hNiYd/DUBB77a/kaFvAkjy/Vc+avBcGflr7bn4gveII=:"));
        assert_eq!(grant["sha256"], "84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882");
        let part = take(Some("bytes=2-4")).expect(206);
        assert_eq!((part.body.as_slice(), part.header("Content-Range")), (&b"234"[..], Some("bytes 2-4/10")));
        app.unchanged("a range that begins behind the end", || {
            let problem = take(Some("bytes=10-")).expect(416);
            assert_eq!(problem.header("Content-Range"), Some("bytes */10"));
        });
        let known = app.get(place).token(&customer).header("If-None-Match", &whole.etag()).send();
        assert_eq!(known.status, 304);
        let fetches = app.get(&format!("/v1/downloads/{id}/fetches")).token(&agent).send().expect(200).json();
        let taken: Vec<_> = fetches["items"].as_array().unwrap().iter().map(|one| (&one["contract"], &one["partial"])).collect();
        let contract = json!(desk.contract);
        assert_eq!(taken, [(&contract, &json!(true)), (&contract, &json!(false))]);
        let told = app.get("/v1/events?types=download.granted").token(&agent).send().expect(200).json();
        assert_eq!(told["items"].as_array().unwrap().len(), 1);
    }

    fn a_grant_is_one_contracts_and_short(app: &TestApp) {
        let desk = app.desk();
        let id = app.offered(&program(&desk), b"program");
        app.contract(&Papers { reseller: Some(desk.reseller), ..Papers::new("MNT-2", &[desk.software]) });
        let (customer, partner) = (app.customer(ID), app.partner(desk.reseller));
        let grant = app.granted(&customer, &id).expect(201).json();
        let place = grant["content"].as_str().unwrap().to_owned();
        let stranger = app.customer("MNT-2");
        app.unchanged("a grant that is none", || {
            let foreign = app.get(&place).token(&stranger).send().refused(404, "not_found");
            let unknown = app.get("/v1/downloads/content/mdg_unknown").token(&stranger).send().refused(404, "not_found");
            assert_eq!(foreign["detail"], unknown["detail"]);
            app.get(&place).token(&partner).support_id("MNT-2").send().refused(404, "not_found");
            app.get(&place).send().refused(401, "unauthenticated");
        });
        app.get(&place).token(&partner).support_id(ID).send().expect(200);
        // Entitlement is asked again at use.
        let denial = json!({ "code": "license_terms_violated", "product_id": desk.software, "evidence": "通知" });
        let denials = format!("/v1/contracts/{}/denials", desk.contract);
        app.post(&denials).token(&app.manager()).json(&denial).send().expect(201);
        app.get(&place).token(&customer).send().refused(403, "support_denied");
        app.granted(&customer, &id).refused(403, "support_denied");
        app.at("2026-11-25T01:15:00Z");
        app.get(&place).token(&app.customer(ID)).send().refused(404, "not_found");
    }

    fn nothing_is_taken_outside_the_term(app: &TestApp) {
        let desk = app.desk_with(|papers| papers.ends_on = date!(2026 - 11 - 25));
        let id = app.offered(&program(&desk), b"program");
        app.at("2026-11-25T14:59:00Z");
        let customer = app.customer(ID);
        let grant = app.granted(&customer, &id).expect(201).json();
        app.at("2026-11-25T15:00:00Z");
        let place = grant["content"].as_str().unwrap();
        app.get(place).token(&customer).send().refused(403, "contract_expired");
        app.granted(&customer, &id).refused(403, "contract_expired");
        app.look(&customer, "/v1/downloads").refused(403, "contract_expired");
    }

    fn content_is_replaced_and_the_old_goes(app: &TestApp) {
        let desk = app.desk();
        let id = app.offered(&program(&desk), b"one");
        let place = format!("/v1/downloads/{id}");
        let manager = app.manager();
        let before = app.look(&manager, &place).expect(200);
        app.puts(&id, b"two").expect(200);
        let put = app.put(&format!("{place}/content")).token(&manager).if_match(&before.etag());
        put.header("Content-Type", "application/octet-stream").bytes(b"three".to_vec()).send().refused(412, "version_conflict");
        let put = app.put(&format!("{place}/content")).token(&manager).header("Content-Type", "application/octet-stream");
        put.bytes(vec![0; (1 << 20) + 1]).send().refused(413, "body_too_large");
        let customer = app.customer(ID);
        let grant = app.granted(&customer, &id).expect(201).json();
        assert_eq!(app.get(grant["content"].as_str().unwrap()).token(&customer).send().expect(200).body, b"two");
        let now = app.look(&manager, &place).expect(200);
        let patch = json!({ "file_name": null, "link": "https://download.example.jp/a.zip" });
        let linked = app.patch(&place).token(&manager).if_match(&now.etag()).merge_patch(&patch).send().expect(200).json();
        assert_eq!((&linked["sha256"], &linked["available"]), (&Value::Null, &json!(true)));
        app.get(grant["content"].as_str().unwrap()).token(&customer).send().refused(404, "not_found");
    }
}
