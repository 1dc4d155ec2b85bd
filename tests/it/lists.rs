//! One contract for every list: bounded, in a stable order, read on with a cursor.

use std::collections::BTreeSet;

use madoguchi::db::types::Id;
use madoguchi::deliveries::store::{Recipient, queue};
use madoguchi::events::model::Change;
use madoguchi::http::text::EmailAddress;
use madoguchi::terms::codes::{Delivery, Scope};
use serde_json::{Value, json};

use super::support::document::DOCUMENT;
use super::support::people::Papers;
use super::support::world::{VERSION, World};
use super::support::*;

/// Every list, with a filter that leaves everything in and another one.
const LISTS: &[(&str, &str)] = &[
    ("/v1/staff", ""),
    ("/v1/clients", ""),
    ("/v1/products", ""),
    ("/v1/products/{id}/versions", ""),
    ("/v1/resellers", ""),
    ("/v1/contracts", "condition=in_force,expired"),
    ("/v1/contracts/{id}/history", ""),
    ("/v1/contracts/{id}/denials", ""),
    ("/v1/contracts/{id}/administrators", ""),
    ("/v1/contracts/{id}/accounts", "state=active,deactivated"),
    ("/v1/me/contracts", ""),
    ("/v1/inquiries", "state=received,closed,in_progress,awaiting_vendor"),
    ("/v1/inquiries/{id}/messages", ""),
    ("/v1/inquiries/{id}/attachments", ""),
    ("/v1/inquiries/{id}/customer-information/reads", ""),
    ("/v1/inquiries/{id}/investigation-steps", ""),
    ("/v1/inquiries/{id}/notes", ""),
    ("/v1/inquiries/{id}/information-requests", ""),
    ("/v1/inquiries/{id}/escalations", ""),
    ("/v1/faqs", "state=draft,published"),
    ("/v1/faqs/{id}/revisions", ""),
    ("/v1/faq-misses", ""),
    ("/v1/faq-synonyms", ""),
    ("/v1/inquiries/{id}/timeline", ""),
    ("/v1/triage/queue", ""),
    ("/v1/redirections", "topic=support_terms,contract"),
    ("/v1/closure-decisions", "revoked=false"),
    ("/v1/release-notices", "state=draft,announced"),
    ("/v1/release-notices/{id}/deliveries", "state=waiting,delivered"),
    ("/v1/notice-subscriptions", "state=applied,registered"),
    ("/v1/downloads", "kind=document,patch"),
    ("/v1/downloads/{id}/fetches", ""),
];

/// What no item of a list carries.
const LEFT_OUT: &[&str] = &["allowed_actions", "customer_information"];

/// Lists whose items are texts themselves: a thread without its bodies is none.
const THREADS: &[&str] =
    &["/v1/inquiries/{id}/messages", "/v1/inquiries/{id}/notes", "/v1/inquiries/{id}/information-requests"];

/// Lists in the order of reception: what is new comes last.
const OLDEST_FIRST: &[&str] = &["/v1/triage/queue"];

/// A page of a list that can grow.
struct Growing<'a> {
    app: &'a TestApp,
    world: World,
    manager: String,
    customer: String,
    made: std::cell::Cell<u32>,
}

impl<'a> Growing<'a> {
    fn new(app: &'a TestApp) -> Self {
        let world = World::new(app);
        let customer = app.customer_named("walker@city.example.jp", "MNT-1");
        let manager = world.manager.clone();
        Self { app, world, manager, customer, made: std::cell::Cell::new(0) }
    }

    fn path(&self, template: &str) -> String {
        let id = match template.split('/').nth(2).unwrap() {
            "contracts" => self.world.own.contract.to_string(),
            "products" => self.world.software.to_string(),
            "release-notices" => self.world.notice.clone(),
            "downloads" => self.world.download.clone(),
            "faqs" => self.world.faq.clone(),
            _ => self.world.own.inquiry.clone(),
        };
        template.replace("{id}", &id)
    }

    fn token(&self, template: &str) -> &str {
        if template.starts_with("/v1/me") { &self.customer } else { &self.manager }
    }

    fn get(&self, template: &str, query: &str) -> Answer {
        self.app.get(&format!("{}?{query}", self.path(template))).token(self.token(template)).send()
    }

    /// Writes a recipient of the notice down.
    fn queue(&self, n: u32) {
        let recipient = Recipient {
            subscription: Id::parse(&self.world.own.subscription).unwrap(),
            contract: self.world.own.contract,
            email: EmailAddress::parse(&format!("n{n}@city.example.jp")).unwrap(),
            inquiry: None,
        };
        let notice = Id::parse(&self.world.notice).unwrap();
        let queued = self.app.app.write_blocking(|tx| Ok(Change::silent(queue(tx, notice, &[recipient])?, "a test's")));
        queued.unwrap();
    }

    /// Adds one item, a moment later than the last.
    fn grow(&self, template: &str) {
        let n = self.made.get();
        self.made.set(n + 1);
        // Two items share each moment, so that ties are broken too.
        self.app.at(&format!("2026-11-25T01:{:02}:{:02}Z", n / 120, n / 2 % 60));
        let (app, path) = (self.app, self.path(template));
        let post = |path: &str, body: Value| {
            let key = format!("grow-{n}");
            app.post(path).token(&self.manager).key(&key).if_match("*").json(&body).send().expect(201)
        };
        match template {
            "/v1/staff" => drop(app.agent()),
            "/v1/clients" => drop(app.robot(&[Scope::EventsRead])),
            "/v1/products" => drop(app.product(&format!("P{n}"), Delivery::Software)),
            "/v1/products/{id}/versions" => drop(post(&path, json!({ "version": format!("1.{n}") }))),
            "/v1/resellers" => drop(app.reseller(&format!("販売{n}"))),
            "/v1/contracts" => drop(app.contract(&Papers::new(&format!("MNT-9{n}"), &[self.world.software]))),
            "/v1/contracts/{id}/history" => {
                let act = if n.is_multiple_of(2) { "suspensions" } else { "resumptions" };
                let path = format!("/v1/contracts/{}/{act}", self.world.own.contract);
                drop(post(
                    &path,
                    json!({ "reason": "理由", "effective_on": format!("2027-{:02}-{:02}", 1 + n / 28, 1 + n % 28) }),
                ));
            }
            "/v1/contracts/{id}/administrators" | "/v1/contracts/{id}/accounts" => {
                drop(post(&path, json!({ "name": "氏名", "email": format!("n{n}@city.example.jp") })));
            }
            "/v1/contracts/{id}/denials" => {
                let body = json!({
                    "code": "license_terms_violated", "product_id": self.world.software, "evidence": "製造元からの通知",
                });
                let denial = post(&path, body).id();
                drop(post(&format!("{path}/{denial}/liftings"), json!({ "reason": "是正の確認" })));
            }
            "/v1/me/contracts" => {
                let contract = app.contract(&Papers::new(&format!("MNT-8{n}"), &[self.world.software]));
                let known = json!({ "name": "-", "email": "walker@city.example.jp" });
                drop(post(&format!("/v1/contracts/{contract}/accounts"), known));
            }
            "/v1/inquiries" | "/v1/triage/queue" | "/v1/redirections" | "/v1/closure-decisions" => {
                let asks = json!({
                    "channel": "support_web", "kind": "problem_resolution", "product_id": self.world.software,
                    "product_version": VERSION, "subject": "件名", "body": "本文",
                });
                let elsewhere =
                    json!({ "channel": "support_web", "topic": "contract", "subject": "件名", "body": "本文" });
                let redirected = template == "/v1/redirections";
                let key = format!("ask-{n}");
                let call = app.post("/v1/inquiries").token(&self.customer).key(&key);
                let answer = call.json(if redirected { &elsewhere } else { &asks }).send();
                if redirected {
                    answer.refused(409, "redirected");
                } else if template == "/v1/closure-decisions" {
                    let agreed = json!({ "code": "agreed_with_customer", "evidence": {
                        "with": "田中", "channel": "phone", "agreed_at": app.app.now(), "agreement": "完了",
                    }});
                    drop(post(&format!("/v1/inquiries/{}/closure-decisions", answer.id()), agreed));
                }
            }
            "/v1/faqs" => {
                let faq = json!({
                    "question": format!("質問 {n}"), "answer": "答え", "kind": "manual_supplement", "source": "other",
                    "product_ids": [self.world.software],
                });
                drop(post(&path, faq));
            }
            "/v1/faqs/{id}/revisions" => {
                let patch = json!({ "question": format!("質問 {n}") });
                let call = app.patch(&format!("/v1/faqs/{}", self.world.faq)).token(&self.manager).if_match("*");
                drop(call.merge_patch(&patch).send().expect(200));
            }
            "/v1/faq-misses" => {
                let call = app.get(&format!("/v1/faqs?q=nowhere{n}"));
                drop(call.token(&self.customer).send().expect(200));
            }
            "/v1/faq-synonyms" => drop(post(&path, json!({ "terms": [format!("甲{n}"), format!("乙{n}")] }))),
            "/v1/inquiries/{id}/messages" => {
                drop(post(&path, json!({ "type": "message", "channel": "support_web", "body": "本文" })))
            }
            "/v1/inquiries/{id}/investigation-steps" | "/v1/inquiries/{id}/timeline" => {
                let path = path.replace("/timeline", "/investigation-steps");
                drop(post(&path, json!({ "kind": "desk_check", "summary": "確認", "performed_at": app.app.now() })));
            }
            "/v1/inquiries/{id}/notes" => drop(post(&path, json!({ "body": "誤用の疑い" }))),
            "/v1/inquiries/{id}/escalations" => drop(post(&path, json!({ "question": "?" }))),
            "/v1/inquiries/{id}/information-requests" => {
                drop(post(&path, json!({ "kind": "customer_information", "body": "ログをお送りください。" })));
            }
            "/v1/inquiries/{id}/attachments" => {
                drop(app.form(&self.manager, &path, &[("file", Some("a.log"), b"x")]).send().expect(201));
            }
            "/v1/inquiries/{id}/customer-information/reads" => {
                drop(app.get(path.strip_suffix("/reads").unwrap()).token(&self.manager).send().expect(200));
            }
            "/v1/release-notices" => drop(post(
                &path,
                json!({
                    "kind": "patch", "product_ids": [self.world.software], "title": "題", "body": "本文",
                    "language": "ja", "origin": "desk", "vendor_announced_on": "2026-11-20",
                }),
            )),
            "/v1/release-notices/{id}/deliveries" => self.queue(n),
            "/v1/notice-subscriptions" => drop(post(
                &path,
                json!({
                    "email": format!("n{n}@city.example.jp"), "product_ids": [self.world.software], "kinds": ["patch"],
                    "support_id": "MNT-1", "applied_by": "phone", "applied_on": "2026-11-24",
                }),
            )),
            "/v1/downloads" => drop(post(
                &path,
                json!({
                    "kind": "document", "title": "手順書", "product_ids": [self.world.software],
                    "link": "https://download.example.jp/a.pdf",
                }),
            )),
            "/v1/downloads/{id}/fetches" => {
                let place = format!("/v1/downloads/content/{}", self.world.own.grant);
                drop(app.get(&place).token(&self.customer).send().expect(200));
            }
            other => panic!("nobody knows how to grow {other}"),
        }
    }
}

fn ids(page: &Value) -> Vec<String> {
    let id = |item: &Value| {
        let own = ["id", "account_id", "client_id"].iter().find_map(|name| item[*name].as_str());
        own.or(item["contract"]["id"].as_str()).unwrap_or_else(|| panic!("no id: {item}")).to_owned()
    };
    page["items"].as_array().unwrap().iter().map(id).collect()
}

#[test]
fn every_list_is_here() {
    let documented: BTreeSet<&str> = DOCUMENT["paths"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, item)| item["get"]["parameters"].as_array().into_iter().flatten().any(|p| p["name"] == "cursor"))
        .map(|(path, _)| path.as_str())
        .collect();
    assert_eq!(documented, LISTS.iter().map(|(path, _)| *path).collect());
}

on_both! {
    fn parameters_are_bounded_and_known(app: &TestApp) {
        let growing = Growing::new(app);
        for (list, filter) in LISTS {
            for query in ["count=all", "count=", "count=exact&count=exact", "count=EXACT"] {
                let problem = growing.get(list, query).refused(400, "invalid_parameter");
                assert_eq!(problem["errors"][0]["parameter"], "count", "{list}?{query}: {problem}");
            }
            for query in ["limit=0", "limit=101", "limit=abc", "limit=-1", "limit=", "limit=5&limit=6", "unknown=1", "Limit=5", "offset=1"] {
                let problem = growing.get(list, query).refused(400, "invalid_parameter");
                let named = query.split('=').next().unwrap();
                assert_eq!(problem["errors"][0]["parameter"], named, "{list}?{query}: {problem}");
            }
            for query in ["limit=1", "limit=100", "limit=20", ""] {
                growing.get(list, query).expect(200);
            }
            if !filter.is_empty() {
                growing.get(list, filter).expect(200);
                growing.get(list, &format!("{filter}&{filter}")).refused(400, "invalid_parameter");
                let name = filter.split('=').next().unwrap();
                growing.get(list, &format!("{name}=nonsense")).refused(400, "invalid_parameter");
                growing.get(list, &format!("{name}=")).refused(400, "invalid_parameter");
            }
            for cursor in ["x", "AAAA", "%00", "", &"A".repeat(43), &"A".repeat(5000)] {
                let problem = growing.get(list, &format!("cursor={cursor}"));
                let code = problem.json()["code"].as_str().unwrap().to_owned();
                // 43 letters are a cursor that was made for other filters.
                let told = if cursor.len() == 43 { "cursor_mismatch" } else { "cursor_invalid" };
                assert_eq!((problem.status, code.as_str()), (400, told), "{list}: {problem}");
            }
        }
    }

    fn a_walk_sees_everything_once(app: &TestApp) {
        let growing = Growing::new(app);
        for (list, filter) in LISTS {
            (0..5).for_each(|_| growing.grow(list));
            let whole = growing.get(list, "limit=100").expect(200);
            let all = ids(&whole.json());
            assert_eq!(whole.json()["next_cursor"], Value::Null, "{list}");
            assert_eq!(whole.header("link"), None, "{list}");
            assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{list}");
            assert!(all.len() >= 5, "{list} did not grow: {whole}");
            for item in whole.json()["items"].as_array().unwrap() {
                let body = (!THREADS.contains(list)).then_some("body");
                for name in LEFT_OUT.iter().copied().chain(body) {
                    assert!(item.get(name).is_none(), "{list} shows {name}");
                }
            }
            assert_eq!(whole.json().get("total"), None, "{list}");
            // All that there are, on whatever page that is asked, and of other filters their own.
            for query in ["limit=100", "limit=2"] {
                let counted = growing.get(list, &format!("{query}&count=exact")).expect(200);
                assert_eq!(counted.json()["total"], all.len(), "{list}?{query}");
                if let Some(cursor) = counted.json()["next_cursor"].as_str() {
                    let link = counted.header("link").unwrap();
                    assert!(link.contains("count=exact"), "{list}: {link}");
                    let next = growing.get(list, &format!("limit=2&count=exact&cursor={cursor}")).expect(200);
                    assert_eq!(next.json()["total"], all.len(), "{list}: on the second page");
                }
            }
            if !filter.is_empty() {
                let filtered = growing.get(list, &format!("{filter}&limit=100&count=exact")).expect(200).json();
                assert_eq!(filtered["total"], filtered["items"].as_array().unwrap().len(), "{list}?{filter}");
            }
            // Page by page, with something new between the pages.
            let (mut seen, mut cursor, mut pages) = (vec![], None::<String>, 0);
            loop {
                let at = cursor.as_ref().map_or(String::new(), |cursor| format!("&cursor={cursor}"));
                let page = growing.get(list, &format!("limit=2{at}")).expect(200);
                let json = page.json();
                assert!(json["items"].as_array().unwrap().len() <= 2);
                seen.extend(ids(&json));
                pages += 1;
                let next = json["next_cursor"].as_str().map(str::to_owned);
                match (&next, page.header("link")) {
                    (Some(next), Some(link)) => {
                        let wanted = format!("<{}?limit=2&cursor={next}>; rel=\"next\"", growing.path(list));
                        assert_eq!(link, wanted, "{list}");
                    }
                    (None, None) => break,
                    (next, link) => panic!("{list}: {next:?} and {link:?}"),
                }
                cursor = next;
                if pages == 1 {
                    growing.grow(list);
                }
                assert!(pages < 30, "{list} does not end");
            }
            if OLDEST_FIRST.contains(list) {
                assert_eq!(seen.len(), all.len() + 1, "{list}: what is new comes last");
                assert_eq!(seen[..all.len()], all, "{list}: what was there at first, once and in order");
                continue;
            }
            assert_eq!(seen, all, "{list}: what was there at first, once and in order");
            let newest = ids(&growing.get(list, "limit=1").expect(200).json());
            assert!(!all.contains(&newest[0]), "{list}: the newest comes first");
            let cursor = cursor.unwrap();
            if !filter.is_empty() {
                growing.get(list, &format!("{filter}&limit=2&cursor={cursor}")).refused(400, "cursor_mismatch");
                growing.get(list, &format!("cursor={cursor}&cursor={cursor}")).refused(400, "invalid_parameter");
                let page = growing.get(list, &format!("{filter}&limit=1")).expect(200);
                let link = page.header("link").unwrap().to_owned();
                let next = link.strip_prefix('<').unwrap().split('>').next().unwrap();
                app.get(next).token(growing.token(list)).send().expect(200);
            }
        }
    }

    fn twenty_are_a_page(app: &TestApp) {
        let growing = Growing::new(app);
        (0..25).for_each(|_| growing.grow("/v1/products"));
        assert_eq!(ids(&growing.get("/v1/products", "").expect(200).json()).len(), 20);
        (0..25).for_each(|_| growing.grow("/v1/inquiries/{id}/messages"));
        assert_eq!(ids(&growing.get("/v1/inquiries/{id}/messages", "").expect(200).json()).len(), 20);
    }

    /// A cursor of one list is none of another's, and of one contract's none of another's rows.
    fn a_cursor_opens_nothing(app: &TestApp) {
        let growing = Growing::new(app);
        (0..5).for_each(|_| growing.grow("/v1/inquiries"));
        let page = growing.get("/v1/inquiries", "limit=1").expect(200).json();
        let cursor = page["next_cursor"].as_str().unwrap();
        let stranger = app.customer("MNT-2");
        let seen = app.get(&format!("/v1/inquiries?cursor={cursor}")).token(&stranger).send().expect(200).json();
        assert!(seen["items"].as_array().unwrap().iter().all(|item| item["contract"]["maintenance_id"] == "MNT-2"), "{seen}");
    }
}
