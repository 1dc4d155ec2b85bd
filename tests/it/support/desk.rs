//! A counter as the tests of the desk's work find it: one customer with a software and a SaaS
//! product, bought from one reseller; and the calls that every such test makes.

use std::sync::atomic::{AtomicU64, Ordering};

use madoguchi::contracts::{Contract, Product, Reseller};
use madoguchi::db::types::Id;
use madoguchi::terms::codes::Delivery;
use serde_json::{Value, json};
use time::macros::date;

use super::people::Papers;
use super::{Answer, Call, TestApp};

/// The ID on the customer's papers.
pub const ID: &str = "MNT-000123";

pub struct Desk {
    pub reseller: Id<Reseller>,
    pub software: Id<Product>,
    pub saas: Id<Product>,
    pub contract: Id<Contract>,
}

impl Desk {
    /// A body that opens an inquiry about the software.
    pub fn question(&self) -> Value {
        json!({
            "channel": "support_web", "kind": "problem_resolution", "product_id": self.software.to_string(),
            "product_version": "9.6.132", "subject": "起動しない", "body": "再起動後に起動しません。",
        })
    }

    /// A body that opens an inquiry about the SaaS.
    pub fn saas_question(&self) -> Value {
        let mut body = self.question();
        body["product_id"] = self.saas.to_string().into();
        body.as_object_mut().unwrap().remove("product_version");
        body
    }

    /// A body by which the desk logs a call.
    pub fn call(&self, called_at: &str) -> Value {
        with(
            self.question(),
            &json!({
                "channel": "phone", "presented_support_id": ID, "call": { "called_at": called_at, "with": "田中 一郎" },
            }),
        )
    }
}

/// A body with other members in it.
pub fn with(mut body: Value, members: &Value) -> Value {
    body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    body
}

/// A key that no call has had before.
pub fn fresh_key() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("test-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

impl TestApp {
    pub fn desk(&self) -> Desk {
        self.desk_with(|_| {})
    }

    /// The same with other papers.
    pub fn desk_with(&self, change: impl FnOnce(&mut Papers)) -> Desk {
        let reseller = self.reseller("サンプル販売株式会社");
        let software = self.product("GW", Delivery::Software);
        let saas = self.product("CLOUD", Delivery::Saas);
        self.version(software, "9.4.100", Some(date!(2023 - 04 - 01)), Some(date!(2026 - 03 - 31)));
        self.version(software, "9.5.120", Some(date!(2024 - 04 - 01)), None);
        self.version(software, "9.6.132", Some(date!(2025 - 04 - 01)), Some(date!(2026 - 11 - 25)));
        self.version(software, "9.7.0", None, None);
        let mut papers = Papers { reseller: Some(reseller), ..Papers::new(ID, &[software, saas]) };
        change(&mut papers);
        let contract = self.contract(&papers);
        Desk { reseller, software, saas, contract }
    }

    /// Sends with a key of its own and the ID that partners must name.
    pub fn act(&self, token: &str, path: &str, body: &Value) -> Answer {
        self.post(path).token(token).support_id(ID).key(&fresh_key()).json(body).send()
    }

    /// The same on something that has a version, with the one that it has now.
    pub fn act_on(&self, token: &str, path: &str, inquiry: &str, body: &Value) -> Answer {
        let tag = self.look(token, &format!("/v1/inquiries/{inquiry}")).expect(200).etag();
        self.post(path).token(token).key(&fresh_key()).if_match(&tag).json(body).send()
    }

    pub fn look(&self, token: &str, path: &str) -> Answer {
        self.get(path).token(token).support_id(ID).send()
    }

    pub fn open(&self, token: &str, body: &Value) -> Answer {
        self.act(token, "/v1/inquiries", body)
    }

    /// Opens, and gives the id.
    #[track_caller]
    pub fn opened(&self, token: &str, body: &Value) -> String {
        self.open(token, body).expect(201).id()
    }

    /// Sends a form with these parts: name, file name, content.
    pub fn form(&self, token: &str, path: &str, parts: &[(&str, Option<&str>, &[u8])]) -> Call<'_> {
        let mut body = vec![];
        for (name, file, content) in parts {
            let file = file.map_or(String::new(), |file| format!("; filename=\"{file}\"\r\nContent-Type: text/plain"));
            body.extend(format!("--a-b-c\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n").bytes());
            body.extend(*content);
            body.extend(b"\r\n");
        }
        body.extend(b"--a-b-c--\r\n");
        let call = self.post(path).token(token).header("Content-Type", "multipart/form-data; boundary=a-b-c");
        call.bytes(body)
    }

    /// Adds a file to an inquiry.
    pub fn send_file(&self, token: &str, inquiry: &str, name: &str, content: &[u8]) -> Answer {
        let path = format!("/v1/inquiries/{inquiry}/attachments");
        self.form(token, &path, &[("file", Some(name), content)]).support_id(ID).key(&fresh_key()).send()
    }

    /// Writes to the thread.
    pub fn say(&self, token: &str, inquiry: &str, body: &Value) -> Answer {
        self.act(token, &format!("/v1/inquiries/{inquiry}/messages"), body)
    }

    /// An answer on the Support Web with these marks; gives its id.
    #[track_caller]
    pub fn answered(&self, token: &str, inquiry: &str, marks: &[&str]) -> String {
        let body = json!({ "type": "answer", "channel": "support_web", "body": "次のとおりです。", "marks": marks });
        self.say(token, inquiry, &body).expect(201).id()
    }

    /// A message on the Support Web; gives its id.
    #[track_caller]
    pub fn told(&self, token: &str, inquiry: &str, text: &str) -> String {
        let body = json!({ "type": "message", "channel": "support_web", "body": text });
        self.say(token, inquiry, &body).expect(201).id()
    }

    /// A question to the vendor; gives its id.
    #[track_caller]
    pub fn escalated(&self, token: &str, inquiry: &str) -> String {
        let path = format!("/v1/inquiries/{inquiry}/escalations");
        self.act(token, &path, &json!({ "question": "既知の不具合でしょうか。" })).expect(201).id()
    }

    /// Judges an inquiry complete by agreement; gives the decision's id.
    #[track_caller]
    pub fn closed(&self, token: &str, inquiry: &str) -> String {
        self.close(token, inquiry, "agreed_with_customer", &agreement()).expect(201).id()
    }

    pub fn close(&self, token: &str, inquiry: &str, code: &str, evidence: &Value) -> Answer {
        let path = format!("/v1/inquiries/{inquiry}/closure-decisions");
        let tag = self.look(&self.agent(), &format!("/v1/inquiries/{inquiry}")).expect(200).etag();
        let body = json!({ "code": code, "evidence": evidence });
        self.post(&path).token(token).support_id(ID).key(&fresh_key()).if_match(&tag).json(&body).send()
    }

    pub fn state(&self, token: &str, inquiry: &str) -> String {
        let seen = self.look(token, &format!("/v1/inquiries/{inquiry}")).expect(200).json();
        seen["state"].as_str().unwrap().to_owned()
    }
}

/// Evidence that serves for every kind of inquiry.
pub fn agreement() -> Value {
    json!({
        "with": "田中 一郎", "channel": "phone", "agreed_at": "2026-11-25T00:30:00Z", "agreement": "完了とする。",
    })
}

/// The pointers of a problem's single faults, in order.
pub fn pointers(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().into_iter().flatten().filter_map(|e| e["pointer"].as_str()).collect()
}
