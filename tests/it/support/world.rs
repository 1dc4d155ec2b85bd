//! Two tenants with everything that a path or a body can name.

use madoguchi::contracts::{Contract, Product, Reseller};
use madoguchi::db::types::Id;
use madoguchi::terms::codes::{ClientKind, Code, Delivery, Scope};
use serde_json::{Value, json};
use time::macros::date;

use super::TestApp;
use super::people::Papers;

/// What belongs to one contract.
#[derive(Clone)]
pub struct Tenant {
    pub support_id: &'static str,
    pub reseller: Id<Reseller>,
    pub contract: Id<Contract>,
    pub administrator: String,
    pub account: String,
    pub inquiry: String,
    pub message: String,
    pub attachment: String,
    /// What each kind of caller sent itself: message and attachment.
    pub customers: (String, String),
    pub partners: (String, String),
    pub step: String,
    pub escalation: String,
    pub request: String,
    pub unwanted: String,
    pub closed: String,
    pub decision: String,
    pub denial: String,
    pub subscription: String,
    pub grant: String,
}

/// Two tenants, and what the desk keeps for both.
pub struct World {
    pub software: Id<Product>,
    pub saas: Id<Product>,
    pub person: String,
    pub client: String,
    pub secret: String,
    pub draft: String,
    pub notice: String,
    pub download: String,
    pub own: Tenant,
    pub other: Tenant,
    pub manager: String,
    pub faq: String,
    pub synonym: String,
}

pub const VERSION: &str = "9.6.132";
/// What no answer to the customer's side may hold.
pub const NOTE: &str = "内部だけの覚え書き";
/// Ids that name nothing.
pub const NOTHING: &str = "01999999-9999-7999-8999-999999999999";

/// Every scope that a client of this kind may have.
pub fn scopes(kind: ClientKind) -> Vec<Scope> {
    Scope::ALL.iter().copied().filter(|scope| scope.allowed_for(kind)).collect()
}

impl World {
    pub fn new(app: &TestApp) -> Self {
        let (software, saas) = (app.product("VA", Delivery::Software), app.product("VC", Delivery::Saas));
        app.version(software, VERSION, Some(date!(2026 - 01 - 15)), None);
        let manager = app.manager();
        let person = json!({ "email": "p@desk.example.jp", "name": "伊藤", "role": "agent", "password": "correct horse battery staple" });
        let person = app.post("/v1/staff").token(&manager).json(&person).send().expect(201).id();
        let client = json!({ "name": "sync", "kind": "robot", "scopes": ["contracts:read"] });
        let client = app.post("/v1/clients").token(&manager).json(&client).send().expect(201).json();
        let client = client["client_id"].as_str().unwrap().to_owned();
        let secret = app.post(&format!("/v1/clients/{client}/secrets")).token(&manager).send().expect(201).id();
        let (draft, notice) = (drafted(app, &manager, software), drafted(app, &manager, software));
        let announcing = app.post(&format!("/v1/release-notices/{notice}/announcements")).token(&manager);
        announcing.key("announce").if_match("*").send().expect(201);
        let download = offered(app, &manager, software);
        let own = Tenant::new(app, &manager, "MNT-1", software, "甲販売", &download);
        let other = Tenant::new(app, &manager, "MNT-2", software, "乙販売", &download);
        let faq = json!({
            "question": "質問", "answer": "答え", "kind": "manual_supplement", "source": "other", "product_ids": [software],
        });
        let faq = app.post("/v1/faqs").token(&manager).json(&faq).send().expect(201).id();
        let publication = app.post(&format!("/v1/faqs/{faq}/publications")).token(&manager).if_match("*");
        publication.json(&json!({})).send().expect(201);
        let synonym = json!({ "terms": ["甲", "乙"] });
        let synonym = app.post("/v1/faq-synonyms").token(&manager).json(&synonym).send().expect(201).id();
        Self { software, saas, person, client, secret, draft, notice, download, own, other, manager, faq, synonym }
    }
}

/// A draft of a notice.
fn drafted(app: &TestApp, manager: &str, product: Id<Product>) -> String {
    let body = json!({
        "kind": "patch", "product_ids": [product], "title": "題", "body": "本文", "language": "ja",
        "origin": "desk", "vendor_announced_on": "2026-11-20",
    });
    app.post("/v1/release-notices").token(manager).json(&body).send().expect(201).id()
}

/// A document with its content.
fn offered(app: &TestApp, manager: &str, product: Id<Product>) -> String {
    let body = json!({ "kind": "document", "title": "手順書", "product_ids": [product], "file_name": "a.pdf" });
    let download = app.post("/v1/downloads").token(manager).json(&body).send().expect(201).id();
    let put = app.put(&format!("/v1/downloads/{download}/content")).token(manager);
    put.header("Content-Type", "application/octet-stream").bytes(b"content".to_vec()).send().expect(200);
    download
}

impl Tenant {
    fn new(
        app: &TestApp,
        manager: &str,
        support_id: &'static str,
        product: Id<Product>,
        seller: &str,
        download: &str,
    ) -> Self {
        let reseller = app.reseller(seller);
        let papers = Papers { reseller: Some(reseller), ..Papers::new(support_id, &[product]) };
        let contract = app.contract(&papers);
        let partner = app.partner(reseller);
        let made = |path: &str, body: Value| {
            let key = format!("{support_id}{path}{body}")
                .chars()
                .filter(char::is_ascii_alphanumeric)
                .take(200)
                .collect::<String>();
            app.post(path).token(manager).key(&key).if_match("*").json(&body).send().expect(201)
        };
        let opened = |n: u8| {
            let body = json!({
                "channel": "support_web", "kind": "problem_resolution", "product_id": product,
                "product_version": VERSION, "subject": format!("件名 {n}"), "body": "本文",
                "customer_information": { "environment": "Windows Server 2025" },
            });
            let key = format!("open-{n}");
            let call = app.post("/v1/inquiries").token(&partner).support_id(support_id).key(&key);
            call.json(&body).send().expect(201).id()
        };
        let (inquiry, closed) = (opened(1), opened(2));
        let at = format!("/v1/inquiries/{inquiry}");
        let message = made(
            &format!("{at}/messages"),
            json!({ "type": "message", "channel": "support_web", "body": "確認中です。" }),
        );
        let customer = app.customer(support_id);
        let sent = |token: &str| {
            let form = app.form(token, &format!("{at}/attachments"), &[("file", Some("a.log"), b"content")]);
            let said = json!({ "type": "message", "channel": "support_web", "body": "本文" });
            let said = app.post(&format!("{at}/messages")).token(token).support_id(support_id).key("said").json(&said);
            (said.send().expect(201).id(), form.support_id(support_id).send().expect(201).id())
        };
        let step = json!({ "kind": "desk_check", "summary": "設定を確認した", "performed_at": app.app.now() });
        let step = made(&format!("{at}/investigation-steps"), step);
        let escalation = made(&format!("{at}/escalations"), json!({ "question": "Is it known?" }));
        for inquiry in [&inquiry, &closed] {
            made(&format!("/v1/inquiries/{inquiry}/notes"), json!({ "body": NOTE }));
        }
        // Of an inquiry that is over, so that it stops nothing else.
        let denied =
            json!({ "code": "vendor_information_unavailable", "inquiry_id": closed, "evidence": "回答を得られない" });
        let denial = made(&format!("/v1/contracts/{contract}/denials"), denied);
        let asks = |what: &str| json!({ "kind": "customer_information", "body": what });
        let request = made(&format!("{at}/information-requests"), asks("settings"));
        let unwanted = made(&format!("{at}/information-requests"), asks("logs"));
        let agreed = json!({ "code": "agreed_with_customer", "evidence": {
            "with": "田中 一郎", "channel": "phone", "agreed_at": app.app.now(), "agreement": "完了とする",
        }});
        let decision = made(&format!("/v1/inquiries/{closed}/closure-decisions"), agreed);
        let account = made(
            &format!("/v1/contracts/{contract}/accounts"),
            json!({ "email": format!("{support_id}@city.example.jp"), "name": "山田" }),
        );
        let administrators = app.get(&format!("/v1/contracts/{contract}/administrators")).token(manager).send();
        let attachment = app.form(manager, &format!("{at}/attachments"), &[("file", Some("a.log"), b"content")]);
        let applied = json!({ "email": "s@reseller.example.jp", "product_ids": [product], "kinds": ["patch"] });
        app.post("/v1/notice-subscriptions").token(&partner).support_id(support_id).json(&applied).send().expect(202);
        let listed =
            app.get(&format!("/v1/notice-subscriptions?contract={contract}")).token(manager).send().expect(200);
        let granting = app.post(&format!("/v1/downloads/{download}/grants")).token(&partner).support_id(support_id);
        let granted = granting.send().expect(201).json();
        let grant = granted["content"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        Self {
            subscription: listed.json()["items"][0]["id"].as_str().unwrap().to_owned(),
            grant,
            attachment: attachment.send().expect(201).id(),
            customers: sent(&customer),
            partners: sent(&partner),
            support_id,
            reseller,
            contract,
            administrator: administrators.expect(200).json()["items"][0]["id"].as_str().unwrap().to_owned(),
            account: account.id(),
            inquiry,
            message: message.id(),
            step: step.id(),
            escalation: escalation.id(),
            request: request.id(),
            unwanted: unwanted.id(),
            closed,
            decision: decision.id(),
            denial: denial.id(),
        }
    }
}
