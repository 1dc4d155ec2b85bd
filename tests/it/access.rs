//! Who may call what: every operation of the document × every kind of caller, and what a
//! contract's condition stops. A refused call leaves nothing behind, and another contract's row
//! cannot be told from none.

use std::collections::BTreeSet;

use madoguchi::terms::codes::{ClientKind, Code, Scope};
use serde_json::{Value, json};
use time::macros::date;

use super::support::document::DOCUMENT;
use super::support::people::Papers;
use super::support::world::{NOTE, NOTHING, Tenant, VERSION, World, scopes};
use super::support::*;

/// Every operation, who may call it, and a body that it takes.
///
/// P everybody, without a token; C customers; C! customers who are administrators of the contract;
/// R:… partners with this scope, and R!:… those who must present a contract; A the desk; M managers
/// alone; B:… scripts with this scope.
const TABLE: &[(&str, &str, &str)] = &[
    ("GET /livez", "P", ""),
    ("GET /readyz", "P", ""),
    ("GET /openapi.json", "P", ""),
    ("GET /openapi.ja.json", "P", ""),
    ("GET /problems/{code}", "P", ""),
    ("GET /.well-known/jwks.json", "P", ""),
    ("GET /.well-known/oauth-authorization-server", "P", ""),
    ("POST /oauth/token", "P", ""),
    ("GET /v1/terms", "P", ""),
    ("GET /v1/terms/{version}", "P", ""),
    ("GET /v1/terms/{version}/clauses/{clause_id}", "P", ""),
    ("GET /v1/codes", "P", ""),
    ("GET /v1/reception", "P", ""),
    ("GET /v1/calendar", "P", ""),
    ("GET /v1/calendar/business-time", "P", ""),
    ("POST /v1/staff/sessions", "P", r#"{"email":"a@desk.example.jp","password":"x"}"#),
    ("POST /v1/sessions", "P", r#"{"email":"a@city.example.jp","password":"x","support_id":"MNT-1"}"#),
    ("POST /v1/sessions/refresh", "P", r#"{"refresh_token":"mrt_x"}"#),
    ("POST /v1/sessions/switch", "C", r#"{"support_id":"$support_id"}"#),
    ("GET /v1/me", "C", ""),
    ("PATCH /v1/me", "C", r#"{"name":"別名"}"#),
    ("GET /v1/me/contracts", "C", ""),
    (
        "PUT /v1/me/password",
        "C A",
        r#"{"current_password":"correct horse battery staple","new_password":"quite another battery"}"#,
    ),
    ("GET /v1/me/export", "C", ""),
    ("POST /v1/me/email-changes", "C", r#"{"email":"else@city.example.jp"}"#),
    ("POST /v1/me/email-changes/confirmations", "C", r#"{"token":"mot_x"}"#),
    ("POST /v1/accounts", "P", r#"{"email":"n@city.example.jp","name":"中村","support_id":"MNT-1"}"#),
    ("POST /v1/accounts/verifications", "P", r#"{"token":"mot_x","password":"correct horse battery"}"#),
    ("POST /v1/accounts/approvals", "P", r#"{"token":"mot_x"}"#),
    ("POST /v1/password-resets", "P", r#"{"email":"n@city.example.jp"}"#),
    ("POST /v1/password-resets/confirmations", "P", r#"{"token":"mot_x","password":"correct horse battery"}"#),
    ("POST /v1/erasures", "M", r#"{"email":"nobody@city.example.jp"}"#),
    ("GET /v1/staff", "M", ""),
    (
        "POST /v1/staff",
        "M",
        r#"{"email":"n@desk.example.jp","name":"中村","role":"agent","password":"correct horse battery"}"#,
    ),
    ("GET /v1/staff/{id}", "M", ""),
    ("PATCH /v1/staff/{id}", "M", r#"{"name":"別名"}"#),
    ("GET /v1/clients", "M", ""),
    ("POST /v1/clients", "M", r#"{"name":"another","kind":"robot","scopes":["contracts:read"]}"#),
    ("GET /v1/clients/{id}", "M", ""),
    ("PATCH /v1/clients/{id}", "M", r#"{"name":"another"}"#),
    (
        "PUT /v1/calendar/days/{date}",
        "M",
        r#"{"effect":"closed","kind":"company_holiday","name":"創立記念日","source":"社内通達"}"#,
    ),
    ("GET /v1/calendar/days", "A", ""),
    ("GET /v1/calendar/days/{date}", "A", ""),
    ("GET /v1/products", "C R:contracts:read A B:contracts:read", ""),
    ("POST /v1/products", "M", r#"{"code":"NEW","name":"新製品","vendor":"Votiro","delivery":"software"}"#),
    ("GET /v1/products/{id}", "C R:contracts:read A B:contracts:read", ""),
    ("PATCH /v1/products/{id}", "M", r#"{"name":"別名"}"#),
    ("GET /v1/products/{id}/versions", "C R:contracts:read A B:contracts:read", ""),
    ("POST /v1/products/{id}/versions", "M", r#"{"version":"10.0.1"}"#),
    ("GET /v1/products/{id}/versions/{version}", "C R:contracts:read A B:contracts:read", ""),
    ("PATCH /v1/products/{id}/versions/{version}", "M", r#"{"vendor_supported_until_on":"2028-03-31"}"#),
    ("GET /v1/resellers", "R:contracts:read A", ""),
    (
        "POST /v1/resellers",
        "M",
        r#"{"name":"丙販売","contact":{"name":"窓口","email":"c@r.example.jp","phone":"03-0000-0002"}}"#,
    ),
    ("GET /v1/resellers/{id}", "R:contracts:read A", ""),
    ("PATCH /v1/resellers/{id}", "M", r#"{"name":"甲販売株式会社"}"#),
    ("GET /v1/contracts", "C R:contracts:read A B:contracts:read", ""),
    (
        "POST /v1/contracts",
        "M B:contracts:write",
        r#"{"maintenance_id":"MNT-7","customer":{"name":"架空市"},"product_ids":["$software"],"services":["qa"],"site_country":"JP","partner_access":"none","starts_on":"2026-04-01","ends_on":"2027-03-31"}"#,
    ),
    ("GET /v1/contracts/{id}", "C R!:contracts:read A B:contracts:read", ""),
    ("PATCH /v1/contracts/{id}", "M B:contracts:write", r#"{"customer":{"name":"架空町"}}"#),
    (
        "PUT /v1/contracts/by-support-id/{support_id}",
        "M B:contracts:write",
        r#"{"maintenance_id":"MNT-8","customer":{"name":"架空村"},"product_ids":["$software"],"services":["qa"],"site_country":"JP","partner_access":"none","starts_on":"2026-04-01","ends_on":"2027-03-31"}"#,
    ),
    ("GET /v1/contracts/{id}/history", "C R!:contracts:read A", ""),
    ("GET /v1/contracts/{id}/denials", "A", ""),
    ("GET /v1/contracts/{id}/denials/{denial}", "A", ""),
    (
        "POST /v1/assessments",
        "C R!:inquiries:read A B:inquiries:read",
        r#"{"support_id":"$support_id","product_id":"$software","product_version":"9.6.132"}"#,
    ),
    ("GET /v1/contracts/{id}/administrators", "C! A", ""),
    ("POST /v1/contracts/{id}/administrators", "C! A", r#"{"name":"加藤","email":"kato@city.example.jp"}"#),
    ("GET /v1/contracts/{id}/administrators/{administrator}", "C! A", ""),
    (
        "PUT /v1/contracts/{id}/administrators/{administrator}",
        "C! A",
        r#"{"name":"田中 一","email":"admin@city.example.jp"}"#,
    ),
    ("GET /v1/contracts/{id}/accounts", "C! A", ""),
    ("POST /v1/contracts/{id}/accounts", "C! A", r#"{"email":"new@city.example.jp","name":"渡辺"}"#),
    ("GET /v1/contracts/{id}/accounts/{account}", "C! A", ""),
    ("GET /v1/inquiries", "C R:inquiries:read A B:inquiries:read", ""),
    (
        "POST /v1/inquiries",
        "C R!:inquiries:write A B:inquiries:write",
        r#"{"channel":"$channel","kind":"problem_resolution","product_id":"$software","product_version":"9.6.132","subject":"件名","body":"本文","presented_support_id":"$support_id","call":{"called_at":"$now","with":"田中"}}"#,
    ),
    ("GET /v1/inquiries/{id}", "C R!:inquiries:read A B:inquiries:read", ""),
    ("PATCH /v1/inquiries/{id}", "A B:triage:write", r#"{"priority":"high"}"#),
    ("POST /v1/inquiries/{id}/reclassifications", "A", r#"{"kind":"specification","reason":"仕様の質問であった"}"#),
    ("GET /v1/inquiries/{id}/messages", "C R!:inquiries:read A", ""),
    (
        "POST /v1/inquiries/{id}/messages",
        "C R!:inquiries:write A",
        r#"{"type":"message","channel":"support_web","body":"本文"}"#,
    ),
    ("GET /v1/inquiries/{id}/messages/{message}", "C R!:inquiries:read A", ""),
    ("PATCH /v1/inquiries/{id}/messages/{message}", "C R!:inquiries:write A", r#"{"shareable_with_vendor":false}"#),
    ("POST /v1/inquiries/{id}/messages/{message}/maskings", "C A", ""),
    ("GET /v1/inquiries/{id}/attachments", "C R!:inquiries:read A", ""),
    ("POST /v1/inquiries/{id}/attachments", "C R!:inquiries:write A", ""),
    ("GET /v1/inquiries/{id}/attachments/{attachment}", "C R!:inquiries:read A", ""),
    ("GET /v1/inquiries/{id}/attachments/{attachment}/content", "C R!:inquiries:read A", ""),
    (
        "PATCH /v1/inquiries/{id}/attachments/{attachment}",
        "C R!:inquiries:write A",
        r#"{"shareable_with_vendor":false}"#,
    ),
    ("POST /v1/inquiries/{id}/attachments/{attachment}/erasures", "C R!:inquiries:write A", ""),
    ("GET /v1/inquiries/{id}/customer-information", "C R!:inquiries:read A B:customer_information:read", ""),
    ("GET /v1/inquiries/{id}/customer-information/reads", "M", ""),
    ("POST /v1/inquiries/{id}/customer-information/erasures", "C R!:inquiries:write A", ""),
    (
        "PUT /v1/inquiries/{id}/customer-information",
        "C R!:inquiries:write A",
        r#"{"environment":"Windows Server 2025"}"#,
    ),
    ("GET /v1/inquiries/{id}/investigation-steps", "A B:inquiries:read", ""),
    (
        "POST /v1/inquiries/{id}/investigation-steps",
        "A B:triage:write",
        r#"{"kind":"log_analysis","summary":"記録を確認した","performed_at":"$now"}"#,
    ),
    ("GET /v1/inquiries/{id}/notes", "A B:notes:read", ""),
    ("POST /v1/inquiries/{id}/notes", "A B:notes:write", r#"{"body":"誤用の疑い"}"#),
    ("GET /v1/inquiries/{id}/information-requests", "C R!:inquiries:read A", ""),
    (
        "POST /v1/inquiries/{id}/information-requests",
        "A",
        r#"{"kind":"customer_information","body":"設定値をお知らせください。"}"#,
    ),
    ("GET /v1/inquiries/{id}/information-requests/{request}", "C R!:inquiries:read A", ""),
    (
        "POST /v1/inquiries/{id}/information-requests/{request}/results",
        "C R!:inquiries:write A",
        r#"{"result":"not_performed"}"#,
    ),
    ("POST /v1/inquiries/{id}/information-requests/{request}/withdrawals", "A", ""),
    ("POST /v1/inquiries/{id}/web-resubmissions", "A", ""),
    (
        "POST /v1/inquiries/{id}/contract-corrections",
        "A",
        r#"{"presented_support_id":"$support_id","reason":"聞き間違い"}"#,
    ),
    ("GET /v1/redirections", "A", ""),
    ("GET /v1/inquiries/{id}/escalations", "A", ""),
    ("POST /v1/inquiries/{id}/escalations", "A", r#"{"question":"Is it known?"}"#),
    ("GET /v1/inquiries/{id}/escalations/{escalation}", "A", ""),
    (
        "POST /v1/inquiries/{id}/escalations/{escalation}/answers",
        "A",
        r#"{"outcome":"answered","language":"en","disclosure":"permitted"}"#,
    ),
    ("GET /v1/closure-decisions", "C R:inquiries:read A B:closures:read", ""),
    ("GET /v1/closure-decisions/{id}", "C R!:inquiries:read A B:closures:read", ""),
    (
        "POST /v1/inquiries/{id}/closure-decisions/check",
        "A B:closures:judge",
        r#"{"code":"agreed_with_customer","evidence":{}}"#,
    ),
    (
        "POST /v1/inquiries/{id}/closure-decisions",
        "A B:closures:judge",
        r#"{"code":"agreed_with_customer","evidence":{"with":"田中","channel":"phone","agreed_at":"$now","agreement":"完了"}}"#,
    ),
    ("POST /v1/inquiries/{id}/faq-drafts", "A", r#"{"answer":"答え"}"#),
    ("POST /v1/closure-decisions/{id}/revocations", "A", r#"{"reason":"再発のため"}"#),
    ("GET /v1/faqs", "C R:faqs:read A B:faqs:read", ""),
    (
        "POST /v1/faqs",
        "A B:faqs:write",
        r#"{"question":"質問","answer":"答え","kind":"manual_supplement","source":"other","product_ids":["$software"]}"#,
    ),
    ("GET /v1/faqs/{id}", "C R:faqs:read A B:faqs:read", ""),
    ("PATCH /v1/faqs/{id}", "A B:faqs:write", r#"{"question":"別の質問"}"#),
    ("GET /v1/faqs/{id}/revisions", "A B:faqs:write", ""),
    ("POST /v1/faqs/{id}/feedback", "C R:faqs:read", r#"{"helpful":true}"#),
    ("POST /v1/faqs/{id}/publications", "M", ""),
    ("POST /v1/faqs/{id}/withdrawals", "M", ""),
    ("GET /v1/faq-misses", "A", ""),
    ("GET /v1/faq-synonyms", "A", ""),
    ("POST /v1/faq-synonyms", "A", r#"{"terms":["丙","丁"]}"#),
    ("DELETE /v1/faq-synonyms/{id}", "A", ""),
    ("GET /v1/inquiries/{id}/timeline", "C R!:inquiries:read A B:inquiries:read", ""),
    ("GET /v1/triage/queue", "A B:inquiries:read", ""),
    (
        "POST /v1/triage/batches",
        "A B:triage:write",
        r#"{"mode":"independent","commands":[{"command":"patch","inquiry_id":"$inquiry","if_match":"*","body":{"priority":"low"}}]}"#,
    ),
    ("GET /v1/reports/monthly", "R:reports:read A B:reports:read", ""),
    ("GET /v1/events", "R:events:read A B:events:read", ""),
    ("GET /v1/release-notices", "C R:notices:read A", ""),
    (
        "POST /v1/release-notices",
        "A",
        r#"{"kind":"patch","product_ids":["$software"],"title":"題","body":"本文","language":"ja","origin":"desk","vendor_announced_on":"2026-11-20"}"#,
    ),
    ("GET /v1/release-notices/{id}", "C R:notices:read A", ""),
    ("PATCH /v1/release-notices/{id}", "A", r#"{"title":"別題"}"#),
    ("POST /v1/release-notices/{id}/announcements", "M", ""),
    ("POST /v1/release-notices/{id}/withdrawals", "M", r#"{"reason":"誤り"}"#),
    ("GET /v1/release-notices/{id}/deliveries", "A", ""),
    ("GET /v1/notice-subscriptions", "C R:subscriptions:write A", ""),
    (
        "POST /v1/notice-subscriptions",
        "C R!:subscriptions:write A",
        r#"{"email":"s@city.example.jp","product_ids":["$software"],"kinds":["patch"],"support_id":"$support_id","applied_by":"phone","applied_on":"2026-11-24"}"#,
    ),
    ("POST /v1/notice-subscriptions/confirmations", "P", r#"{"token":"x"}"#),
    ("GET /v1/notice-subscriptions/{id}", "C R!:subscriptions:write A", ""),
    ("GET /unsubscribe/{token}", "P", ""),
    ("POST /unsubscribe/{token}", "P", ""),
    ("GET /v1/downloads", "C R:downloads:read A", ""),
    (
        "POST /v1/downloads",
        "M",
        r#"{"kind":"patch","title":"題","product_ids":["$software"],"link":"https://download.example.jp/a.zip"}"#,
    ),
    ("GET /v1/downloads/{id}", "C R:downloads:read A", ""),
    ("PATCH /v1/downloads/{id}", "M", r#"{"title":"別題"}"#),
    ("PUT /v1/downloads/{id}/content", "M", ""),
    ("POST /v1/downloads/{id}/grants", "C R!:downloads:read", ""),
    ("GET /v1/downloads/content/{grant}", "C R!:downloads:read", ""),
    ("GET /v1/downloads/{id}/fetches", "A", ""),
    ("GET /v1/events/stream", "R:events:read A B:events:read", ""),
    // What ends things comes last.
    ("DELETE /v1/notice-subscriptions/{id}", "C R!:subscriptions:write A", ""),
    ("POST /v1/inquiries/{id}/supersessions", "A", r#"{"superseded_by":"$closed","reason":"duplicate"}"#),
    ("POST /v1/contracts/{id}/renewals", "M", r#"{"starts_on":"2027-04-01","ends_on":"2028-03-31"}"#),
    (
        "POST /v1/contracts/{id}/denials",
        "M",
        r#"{"code":"license_terms_violated","product_id":"$software","evidence":"製造元からの通知"}"#,
    ),
    ("POST /v1/contracts/{id}/denials/{denial}/liftings", "M", r#"{"reason":"回答を得た"}"#),
    ("POST /v1/contracts/{id}/suspensions", "M", r#"{"reason":"未納","effective_on":"2027-02-01"}"#),
    ("POST /v1/contracts/{id}/resumptions", "M", r#"{"reason":"入金","effective_on":"2027-02-10"}"#),
    ("POST /v1/contracts/{id}/accounts/{account}/approvals", "C! A", ""),
    ("POST /v1/contracts/{id}/accounts/{account}/deactivations", "C! A", ""),
    ("DELETE /v1/contracts/{id}/administrators/{administrator}", "C! A", ""),
    ("POST /v1/contracts/{id}/successions", "M", r#"{"contract":"$contract"}"#),
    ("DELETE /v1/calendar/days/{date}", "M", ""),
    ("POST /v1/clients/{id}/secrets", "M", ""),
    ("DELETE /v1/clients/{id}/secrets/{secret}", "M", ""),
    ("DELETE /v1/clients/{id}", "M", ""),
    ("POST /v1/staff/{id}/deactivations", "M", ""),
    ("DELETE /v1/sessions/current", "C A", ""),
    ("DELETE /v1/me", "C", ""),
];

/// Operations that this table calls and that refuse in every case, for a reason of their own.
const NEVER_DONE: &[(&str, &str)] = &[
    ("POST /v1/contracts/{id}/accounts/{account}/approvals", "whom the desk adds needs no approval"),
    ("POST /v1/clients/{id}/secrets", "it has two"),
    ("POST /v1/inquiries/{id}/supersessions", "the inquiry was closed by a row above"),
    ("POST /v1/inquiries/{id}/web-resubmissions", "the inquiry was sent on the Support Web"),
    ("POST /v1/inquiries/{id}/contract-corrections", "the inquiry was sent on the Support Web"),
    ("POST /v1/me/email-changes/confirmations", "the token comes by mail"),
];

/// Acts on the person: whatever became of the link to the contract.
const PERSONAL: &[&str] = &[
    "POST /v1/sessions/switch",
    "GET /v1/me",
    "PATCH /v1/me",
    "GET /v1/me/contracts",
    "PUT /v1/me/password",
    "GET /v1/me/export",
    "POST /v1/me/email-changes",
    "POST /v1/me/email-changes/confirmations",
    "DELETE /v1/me",
    "DELETE /v1/sessions/current",
];

pub(super) struct Row {
    pub(super) place: &'static str,
    pub(super) method: &'static str,
    pub(super) template: &'static str,
    who: Vec<&'static str>,
    body: &'static str,
}

pub(super) fn rows() -> impl Iterator<Item = Row> {
    TABLE.iter().map(|(place, who, body)| {
        let (method, template) = place.split_once(' ').unwrap();
        Row { place, method, template, who: who.split(' ').collect(), body }
    })
}

impl Row {
    pub(super) fn allows(&self, kind: &str) -> bool {
        self.who.contains(&kind)
    }

    /// The scope of partners (`R`) or scripts (`B`), and whether a contract must be presented.
    pub(super) fn scope(&self, kind: &str) -> Option<(&'static str, bool)> {
        let of = |word: &'static str| {
            let rest = word.strip_prefix(kind)?;
            rest.strip_prefix("!:").map(|scope| (scope, true)).or(rest.strip_prefix(':').map(|scope| (scope, false)))
        };
        self.who.iter().copied().find_map(of)
    }

    pub(super) fn is_public(&self) -> bool {
        self.allows("P")
    }

    /// Whether its path names what belongs to one contract.
    pub(super) fn is_of_a_contract(&self) -> bool {
        const OWN: [&str; 5] = [
            "/v1/contracts/{id}",
            "/v1/inquiries/{id}",
            "/v1/closure-decisions/{id}",
            "/v1/notice-subscriptions/{id}",
            "/v1/downloads/content/{grant}",
        ];
        OWN.iter().any(|start| self.template.starts_with(start))
    }

    pub(super) fn path(&self, world: &World, tenant: &Tenant) -> String {
        let id = match self.template.split('/').nth(2).unwrap_or_default() {
            "contracts" => tenant.contract.to_string(),
            "resellers" => tenant.reseller.to_string(),
            "products" => world.software.to_string(),
            "inquiries" if self.template.ends_with("/faq-drafts") => tenant.closed.clone(),
            "inquiries" => tenant.inquiry.clone(),
            "closure-decisions" => tenant.decision.clone(),
            "staff" => world.person.clone(),
            "notice-subscriptions" => tenant.subscription.clone(),
            "downloads" => world.download.clone(),
            "release-notices" => match (self.method, self.template.rsplit('/').next()) {
                ("PATCH", _) | (_, Some("announcements" | "withdrawals")) => world.draft.clone(),
                _ => world.notice.clone(),
            },
            "faqs" => world.faq.clone(),
            "faq-synonyms" => world.synonym.clone(),
            _ => world.client.clone(),
        };
        let version = if self.template.contains("/products/") { VERSION } else { "2025-04-01" };
        let blanks = [
            ("{id}", id.as_str()),
            ("{account}", &tenant.account),
            ("{administrator}", &tenant.administrator),
            ("{message}", &tenant.message),
            ("{attachment}", &tenant.attachment),
            ("{denial}", &tenant.denial),
            ("{escalation}", &tenant.escalation),
            ("{request}", if self.template.ends_with("/withdrawals") { &tenant.unwanted } else { &tenant.request }),
            ("{secret}", &world.secret),
            ("{grant}", &tenant.grant),
            ("{version}", version),
            ("{clause_id}", "DOC-0-C2"),
            ("{code}", "not_found"),
            ("{date}", "2026-12-10"),
            ("{support_id}", "MNT-8"),
        ];
        let path = blanks.iter().fold(self.template.to_owned(), |path, (blank, value)| path.replace(blank, value));
        match self.template {
            "/v1/calendar" | "/v1/calendar/days" => format!("{path}?from=2026-11-01&to=2026-11-30"),
            "/v1/calendar/business-time" => format!("{path}?from=2026-11-24T00:00:00Z&to=2026-11-25T00:00:00Z"),
            "/v1/reports/monthly" => format!("{path}?month=2026-11"),
            "/v1/events/stream" => format!("{path}?wait=0"),
            _ => path,
        }
    }

    pub(super) fn body(&self, app: &TestApp, world: &World, tenant: &Tenant, caller: &Caller) -> Option<Value> {
        let phone = caller.kind == "A" || caller.kind == "M";
        let blanks = [
            ("$software", world.software.to_string()),
            ("$inquiry", tenant.inquiry.clone()),
            ("$support_id", tenant.support_id.to_owned()),
            ("$closed", tenant.closed.clone()),
            ("$contract", world.other.contract.to_string()),
            ("$now", serde_json::to_value(app.app.now()).unwrap().as_str().unwrap().to_owned()),
            ("$channel", if phone { "phone" } else { "support_web" }.to_owned()),
        ];
        let filled = blanks.iter().fold(self.body.to_owned(), |body, (blank, value)| body.replace(blank, value));
        let mut body: Value = serde_json::from_str(&filled).ok()?;
        if self.place == "POST /v1/inquiries" && !phone {
            body.as_object_mut().unwrap().remove("call");
            if caller.kind != "B" {
                body.as_object_mut().unwrap().remove("presented_support_id");
            }
        }
        if self.place == "POST /v1/notice-subscriptions" && !phone {
            for own in ["support_id", "applied_by", "applied_on"] {
                body.as_object_mut().unwrap().remove(own);
            }
        }
        Some(body)
    }

    /// Calls it as well as it can be called.
    fn call(&self, app: &TestApp, world: &World, tenant: &Tenant, caller: &Caller) -> Answer {
        let path = self.path(world, tenant);
        // What the customer's side acts on is what it sent itself.
        let (message, attachment) = match caller.kind {
            "C" | "C!" => &tenant.customers,
            "R" => &tenant.partners,
            _ => &(tenant.message.clone(), tenant.attachment.clone()),
        };
        let path = match self.method {
            "GET" => path,
            _ => path.replace(&tenant.message, message).replace(&tenant.attachment, attachment),
        };
        self.call_at(app, &path, self.body(app, world, tenant, caller), caller)
    }

    pub(super) fn call_at(&self, app: &TestApp, path: &str, body: Option<Value>, caller: &Caller) -> Answer {
        let mut call = app.call(self.method, path);
        if let Some(token) = &caller.token {
            call = call.token(token);
        }
        if let Some(id) = caller.support_id {
            call = call.support_id(id);
        }
        if parameter(self.place, "If-Match").is_some_and(|header| header["required"] == true)
            || self.place == "PUT /v1/inquiries/{id}/customer-information"
        {
            call = call.if_match("*");
        }
        if parameter(self.place, "Idempotency-Key").is_some() {
            let key = app.app.new_id::<World>().to_string();
            call = call.key(&key);
        }
        match body {
            Some(body) if self.method == "PATCH" => call.merge_patch(&body).send(),
            Some(body) => call.json(&body).send(),
            None if self.template == "/oauth/token" => call
                .header("Content-Type", "application/x-www-form-urlencoded")
                .bytes(b"grant_type=client_credentials".to_vec())
                .send(),
            None if self.place == "POST /v1/inquiries/{id}/attachments" => {
                let form =
                    "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.log\"\r\n\r\nx\r\n--b--\r\n";
                call.header("Content-Type", "multipart/form-data; boundary=b").bytes(form.into()).send()
            }
            None if self.place == "PUT /v1/downloads/{id}/content" => {
                call.header("Content-Type", "application/octet-stream").bytes(b"content".to_vec()).send()
            }
            None => call.send(),
        }
    }
}

/// A parameter of an operation, as the document has it.
pub(super) fn parameter(place: &str, name: &str) -> Option<&'static Value> {
    operation(place)["parameters"].as_array().into_iter().flatten().find(|parameter| parameter["name"] == name)
}

/// The operation as the document has it.
fn operation(place: &str) -> &'static Value {
    let (method, template) = place.split_once(' ').unwrap();
    &DOCUMENT["paths"][template][method.to_lowercase()]
}

#[derive(Clone)]
pub(super) struct Caller {
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    token: Option<String>,
    support_id: Option<&'static str>,
}

impl Caller {
    pub(super) fn new(name: &'static str, kind: &'static str, token: String) -> Self {
        Self { name, kind, token: Some(token), support_id: None }
    }

    pub(super) fn presenting(self, id: &'static str) -> Self {
        Self { support_id: Some(id), ..self }
    }
}

fn all_but(kind: ClientKind, scope: &str) -> Vec<Scope> {
    scopes(kind).into_iter().filter(|one| one.as_str() != scope).collect()
}

fn named(scope: &str) -> Scope {
    *Scope::ALL.iter().find(|one| one.as_str() == scope).unwrap_or_else(|| panic!("no scope {scope}"))
}

/// What an answer says, without what differs from call to call.
pub(super) fn told(answer: &Answer) -> (u16, Value, Vec<(String, String)>) {
    let mut body = answer.json();
    for varying in ["request_id", "instance"] {
        body.as_object_mut().unwrap().remove(varying);
    }
    // A connection ends where a refused form had not arrived in full, which is a matter of time.
    let varying = ["x-request-id", "date", "content-length", "connection"];
    let mut headers: Vec<_> =
        answer.headers.iter().filter(|(name, _)| !varying.contains(&name.as_str())).cloned().collect();
    headers.sort();
    (answer.status, body, headers)
}

#[test]
fn every_operation_has_its_row() {
    let mut documented = BTreeSet::new();
    for (path, item) in DOCUMENT["paths"].as_object().unwrap() {
        let methods = item
            .as_object()
            .unwrap()
            .keys()
            .filter(|m| ["get", "post", "put", "patch", "delete"].contains(&m.as_str()));
        documented.extend(methods.map(|method| format!("{} {path}", method.to_uppercase())));
    }
    let here: BTreeSet<String> = rows().map(|row| row.place.to_owned()).collect();
    assert_eq!(here.len(), TABLE.len(), "a row is there twice");
    assert_eq!(documented.difference(&here).collect::<Vec<_>>(), Vec::<&String>::new(), "operations without a row");
    assert_eq!(here.difference(&documented).collect::<Vec<_>>(), Vec::<&String>::new(), "rows without an operation");
}

/// The document names the same callers and scopes as the table.
#[test]
fn the_document_says_who() {
    for row in rows() {
        let mut told = BTreeSet::new();
        for one in operation(row.place)["security"].as_array().unwrap() {
            for (scheme, scopes) in one.as_object().unwrap() {
                told.insert(scheme.clone());
                told.extend(scopes.as_array().unwrap().iter().map(|scope| scope.as_str().unwrap().to_owned()));
            }
        }
        let mut here: BTreeSet<String> = BTreeSet::new();
        let mut add = |yes: bool, word: &str| here.extend(yes.then(|| word.to_owned()));
        add(row.allows("C") || row.allows("C!"), "customer");
        add(row.allows("A") || row.allows("M"), "staff");
        for (scope, _) in ["R", "B"].iter().filter_map(|kind| row.scope(kind)) {
            add(true, "client");
            add(true, scope);
        }
        assert_eq!(told, here, "{}", row.place);
        let presents = parameter(row.place, "Support-Id").is_some();
        assert_eq!(presents, row.scope("R").is_some(), "{}: Support-Id", row.place);
    }
}

/// A call that nobody could read, to see that it is refused before it is looked at.
fn garbled(row: &Row, app: &TestApp, caller: &Caller) -> Answer {
    let path = row
        .template
        .split('/')
        .map(|part| if part.starts_with('{') { "nothing" } else { part })
        .collect::<Vec<_>>()
        .join("/");
    let mut call = app.call(row.method, &format!("{path}?unknown=1"));
    if let Some(token) = &caller.token {
        call = call.token(token);
    }
    if let Some(id) = caller.support_id {
        call = call.support_id(id);
    }
    if row.method == "GET" {
        return call.send();
    }
    call.header("Content-Type", "text/plain")
        .header("If-Match", "x")
        .header("Idempotency-Key", "")
        .bytes(b"{".to_vec())
        .send()
}

/// Who is refused by the token alone, and how.
fn refused_by_token(
    row: &Row,
    app: &TestApp,
    world: &World,
    everybody: &Everybody,
) -> Vec<(Caller, u16, &'static str)> {
    let closing = row.template.contains("/closure-decisions");
    let outside = if closing { "closure_is_judged_by_desk" } else { "forbidden" };
    let mut refused = vec![
        (Caller { name: "nobody", kind: "", token: None, support_id: None }, 401, "unauthenticated"),
        (Caller::new("a forger", "", "e30.e30.e30".into()), 401, "unauthenticated"),
    ];
    if !row.allows("C") && !row.allows("C!") {
        refused.push((everybody.customer.clone(), 403, outside));
    }
    if !row.allows("A") && !row.allows("M") {
        refused.push((everybody.agent.clone(), 403, "forbidden"));
    }
    match row.scope("R") {
        None => refused.push((everybody.partner.clone(), 403, outside)),
        Some((scope, presents)) => {
            let token = app.client(Some(world.own.reseller), &all_but(ClientKind::Partner, scope));
            refused.push((
                Caller::new("partner without the scope", "R", token).presenting("MNT-1"),
                403,
                "insufficient_scope",
            ));
            if presents {
                refused.push((Caller { support_id: None, ..everybody.partner.clone() }, 403, "support_id_required"));
            }
        }
    }
    match row.scope("B") {
        None => refused.push((everybody.robot.clone(), 403, "forbidden")),
        Some((scope, _)) => {
            let token = app.client(None, &all_but(ClientKind::Robot, scope));
            refused.push((Caller::new("robot without the scope", "B", token), 403, "insufficient_scope"));
        }
    }
    refused
}

/// One of each kind, with all that the kind may have, at home in the first contract.
struct Everybody {
    customer: Caller,
    administrator: Caller,
    partner: Caller,
    agent: Caller,
    manager: Caller,
    robot: Caller,
}

impl Everybody {
    fn new(app: &TestApp, world: &World) -> Self {
        Self {
            customer: Caller::new("customer", "C", app.customer("MNT-1")),
            administrator: Caller::new("administrator", "C!", app.customer_named("admin@city.example.jp", "MNT-1")),
            partner: Caller::new("partner", "R", app.partner(world.own.reseller)).presenting("MNT-1"),
            agent: Caller::new("agent", "A", app.agent()),
            manager: Caller::new("manager", "M", app.manager()),
            robot: Caller::new("robot", "B", app.robot(&scopes(ClientKind::Robot))),
        }
    }

    fn all(&self) -> [&Caller; 6] {
        [&self.customer, &self.administrator, &self.partner, &self.agent, &self.manager, &self.robot]
    }

    /// Those whom this operation lets in.
    fn allowed<'a>(&'a self, row: &'a Row) -> impl Iterator<Item = &'a Caller> {
        self.all().into_iter().filter(|caller| match caller.kind {
            "C" => row.allows("C"),
            "C!" => row.allows("C") || row.allows("C!"),
            "A" => row.allows("A"),
            "M" => row.allows("A") || row.allows("M"),
            kind => row.scope(kind).is_some(),
        })
    }
}

/// Who is refused, and how.
type Refusing<'a> = &'a dyn Fn(&Row, &Caller) -> Option<(u16, &'static str)>;

/// The answer must be this refusal.
#[track_caller]
fn refuse(row: &Row, answer: &Answer, caller: &Caller, status: u16, code: &str) {
    let found = (answer.status, answer.json()["code"].as_str().map(str::to_owned));
    assert_eq!(found, (status, Some(code.to_owned())), "{}, {}: {answer}", row.place, caller.name);
}

on_both! {
    fn the_token_says_who_may_not(app: &TestApp) {
        let world = World::new(app);
        let everybody = Everybody::new(app, &world);
        for row in rows().filter(|row| !row.is_public()) {
            let refused = refused_by_token(&row, app, &world, &everybody);
            app.unchanged(row.place, || {
                for (caller, status, code) in &refused {
                    refuse(&row, &row.call(app, &world, &world.own, caller), caller, *status, code);
                    refuse(&row, &garbled(&row, app, caller), caller, *status, code);
                }
            });
        }
        app.at("2026-11-25T01:15:00Z");
        for row in rows().filter(|row| !row.is_public()) {
            for caller in everybody.all() {
                refuse(&row, &garbled(&row, app, caller), caller, 401, "token_expired");
            }
        }
    }

    fn the_rows_say_who_may_not(app: &TestApp) {
        let world = World::new(app);
        let everybody = Everybody::new(app, &world);
        let check = |what: &str, of: Refusing<'_>| {
            app.unchanged(what, || {
                for row in rows().filter(|row| !row.is_public()) {
                    for caller in everybody.allowed(&row) {
                        if let Some((status, code)) = of(&row, caller) {
                            refuse(&row, &row.call(app, &world, &world.own, caller), caller, status, code);
                        }
                    }
                }
            });
        };
        app.sql("UPDATE staff SET role = 'agent'");
        check("a manager who is one no longer", &|row, caller| {
            (caller.kind == "M" && row.allows("M")).then_some((403, "forbidden"))
        });
        app.sql("UPDATE staff SET active = FALSE");
        check("somebody who left the desk", &|_, caller| {
            ["A", "M"].contains(&caller.kind).then_some((401, "unauthenticated"))
        });
        app.sql("DELETE FROM client_scopes");
        check("a client without scopes", &|_, caller| {
            ["R", "B"].contains(&caller.kind).then_some((403, "insufficient_scope"))
        });
        app.sql("UPDATE clients SET active = FALSE");
        check("a client that is deactivated", &|_, caller| {
            ["R", "B"].contains(&caller.kind).then_some((401, "unauthenticated"))
        });
        let linked = |code: &'static str| {
            move |row: &Row, caller: &Caller| {
                (caller.kind.starts_with('C') && !PERSONAL.contains(&row.place)).then_some((403, code))
            }
        };
        app.sql("UPDATE account_links SET state = 'awaiting_approval'");
        check("somebody who awaits approval", &linked("account_awaiting_approval"));
        app.sql("UPDATE account_links SET state = 'deactivated'");
        check("somebody whose link has ended", &linked("support_id_unknown"));
        app.sql("UPDATE account_links SET state = 'active'");
        app.sql("UPDATE sessions SET ended_at = created_at");
        check("a session that has ended", &|_, caller| {
            caller.kind.starts_with('C').then_some((401, "unauthenticated"))
        });
        app.sql("UPDATE staff SET active = TRUE");
        check("a session of the desk that has ended", &|_, caller| {
            ["A", "M"].contains(&caller.kind).then_some((401, "unauthenticated"))
        });
    }

    fn who_may_does(app: &TestApp) {
        let world = World::new(app);
        let everybody = Everybody::new(app, &world);
        app.sql("UPDATE staff SET password_hash = (SELECT password_hash FROM staff WHERE email = 'p@desk.example.jp')");
        let mut never: BTreeSet<&str> = BTreeSet::new();
        for row in rows().filter(|row| !row.is_public()) {
            let mut done = false;
            // Customers come last: their sessions and links may be what the act ends.
            let mut callers: Vec<Caller> = everybody.allowed(&row).cloned().collect();
            callers.sort_by_key(|caller| caller.kind.starts_with('C'));
            for caller in callers {
                let exact = ["R", "B"].contains(&caller.kind);
                let caller = match row.scope(caller.kind).filter(|_| exact) {
                    Some((scope, _)) if caller.kind == "R" => Caller { token: Some(app.client(Some(world.own.reseller), &[named(scope)])), ..caller },
                    Some((scope, _)) => Caller { token: Some(app.client(None, &[named(scope)])), ..caller },
                    None => caller,
                };
                let caller = match row.place {
                    // Signing out was the last thing that the others did.
                    "DELETE /v1/me" => Caller { token: Some(app.customer("MNT-1")), ..caller },
                    _ => caller,
                };
                let answer = row.call(app, &world, &world.own, &caller);
                let passed = answer.status < 300 || answer.status == 409 || (answer.status == 422 && ["/v1/me/password", "/v1/me/email-changes/confirmations"].contains(&row.template));
                let first = done || row.method != "GET" || answer.status == 200;
                assert!(passed && first, "{}, {}: {answer}", row.place, caller.name);
                done |= answer.status < 300;
                if done && row.method == "DELETE" && row.template.contains('{') {
                    break; // what is gone cannot go again
                }
            }
            if !done {
                never.insert(row.place);
            }
        }
        let known: BTreeSet<&str> = NEVER_DONE.iter().map(|(place, _)| *place).collect();
        assert_eq!(never, known);
    }

    /// A row of another contract and one that never was are the same answer, whoever asks.
    fn another_contracts_row_is_none(app: &TestApp) {
        let world = World::new(app);
        let everybody = Everybody::new(app, &world);
        let others = [
            Caller::new("customer of another contract", "C", app.customer("MNT-2")),
            Caller::new("another partner", "R", app.partner(world.other.reseller)).presenting("MNT-2"),
        ];
        for row in rows().filter(|row| row.template.contains('{') && !row.is_public()) {
            app.unchanged(row.place, || {
                let own = row.path(&world, &world.own);
                let ids: Vec<&str> = own.split(['/', '?']).filter(|part| part.len() == 36 && part.contains('-')).collect();
                let hides = |caller: &&Caller| match caller.kind {
                    "C" => row.is_of_a_contract() && (row.allows("C") || row.allows("C!")),
                    _ => (row.is_of_a_contract() || row.template.starts_with("/v1/resellers/")) && row.scope("R").is_some(),
                };
                for caller in others.iter().filter(hides) {
                    let missing = ids.iter().fold(own.clone(), |path, id| path.replace(id, NOTHING));
                    let body = row.body(app, &world, &world.other, caller);
                    let foreign = row.call_at(app, &own, body.clone(), caller);
                    let none = row.call_at(app, &missing, body, caller);
                    refuse(&row, &foreign, caller, 404, "not_found");
                    assert_eq!(told(&foreign), told(&none), "{}, {}", row.place, caller.name);
                }
                // What belongs to the second contract is not found below the first.
                let [_, child] = ids.as_slice() else { return };
                let theirs = row.path(&world, &world.other);
                let theirs = theirs.split(['/', '?']).filter(|part| part.len() == 36 && part.contains('-')).nth(1).unwrap().to_owned();
                if theirs == *child {
                    return; // a client and its secret
                }
                for caller in everybody.allowed(&row).filter(|caller| !row.allows("C!") || caller.kind != "C") {
                    let path = |id: &str| own.replace(child, id);
                    let body = row.body(app, &world, &world.own, caller);
                    let foreign = row.call_at(app, &path(&theirs), body.clone(), caller);
                    let none = row.call_at(app, &path(NOTHING), body, caller);
                    refuse(&row, &foreign, caller, 404, "not_found");
                    assert_eq!(told(&foreign), told(&none), "{}, {}", row.place, caller.name);
                }
            });
        }
    }

    /// The same for ids in bodies: what is another contract's is as unknown as what never was.
    fn another_contracts_id_in_a_body_is_none(app: &TestApp) {
        let world = World::new(app);
        let (agent, customer) = (app.agent(), app.customer("MNT-1"));
        let (own, other) = (&world.own, &world.other);
        let at = format!("/v1/inquiries/{}", own.inquiry);
        let opened = |follows: &str| json!({
            "channel": "support_web", "kind": "problem_resolution", "product_id": world.software,
            "product_version": VERSION, "subject": "件名", "body": "本文", "follows": follows,
        });
        let passing = |id: &str| json!({ "type": "answer", "channel": "support_web", "body": "回答", "escalation_id": id });
        let asking = |id: &str| json!({ "question": "?", "message_ids": [id] });
        let closing = |code: &str, field: &str, value: Value| json!({ "code": code, "evidence": { field: value } });
        let check = format!("{at}/closure-decisions/check");
        let judge = format!("{at}/closure-decisions");
        type Body<'a> = &'a dyn Fn(&str) -> Value;
        let results = format!("{at}/information-requests/{}/results", own.request);
        let calls: [(&str, &str, &str, Body<'_>); 10] = [
            ("/v1/inquiries", &customer, &other.inquiry, &opened),
            (&format!("{at}/messages"), &agent, &other.escalation, &passing),
            (&format!("{at}/escalations"), &agent, &other.message, &asking),
            (&format!("{at}/escalations"), &agent, &other.attachment, &|id| json!({ "question": "?", "attachment_ids": [id] })),
            (&results, &agent, &other.attachment, &|id| json!({ "result": "provided", "attachment_ids": [id] })),
            (&check, &agent, &other.message, &|id| closing("problem_resolved", "confirmation_message_id", json!(id))),
            (&judge, &agent, &other.message, &|id| closing("configuration_or_operation_answered", "message_id", json!(id))),
            (&check, &agent, &other.step, &|id| closing("investigation_stalled", "step_ids", json!([id]))),
            (&judge, &agent, &other.step, &|id| closing("investigation_stalled", "step_ids", json!([id]))),
            (&judge, &agent, &other.escalation, &|id| closing("investigation_stalled", "escalation_id", json!(id))),
        ];
        app.unchanged("an id in a body", || {
            for (path, token, theirs, body) in calls {
                let send = |id: &str| {
                    let key = app.app.new_id::<World>().to_string();
                    app.post(path).token(token).key(&key).if_match("*").json(&body(id)).send()
                };
                let (foreign, none) = (send(theirs), send(NOTHING));
                assert!(foreign.status == 422 || path == check, "{foreign}");
                assert_eq!(told(&foreign), told(&none), "{path}");
            }
        });
    }

    /// A foreign support ID and an unknown one, by header, by body and at sign-in.
    fn another_contracts_support_id_is_unknown(app: &TestApp) {
        let world = World::new(app);
        let (partner, customer) = (app.partner(world.own.reseller), app.customer("MNT-1"));
        for row in rows().filter(|row| row.scope("R").is_some()) {
            let call = |id: &'static str| row.call(app, &world, &world.own, &Caller::new("partner", "R", partner.clone()).presenting(id));
            app.unchanged(row.place, || {
                let (foreign, unknown) = (call("MNT-2"), call("MNT-404"));
                foreign_is(&foreign, 403, "support_id_unknown");
                assert_eq!(told(&foreign), told(&unknown), "{}", row.place);
                row.call(app, &world, &world.own, &Caller::new("partner", "R", partner.clone()).presenting("MNT-1, MNT-2"))
                    .refused(400, "malformed_header");
            });
        }
        for row in rows().filter(|row| row.allows("C") && row.scope("R").is_some()) {
            for id in ["MNT-2", "MNT-404", "ｍｎｔ-1"] {
                let caller = Caller::new("customer", "C", customer.clone()).presenting(id);
                app.unchanged(row.place, || foreign_is(&row.call(app, &world, &world.own, &caller), 403, "support_id_unknown"));
            }
        }
    }

    /// Section "What a contract's condition stops", cell by cell, as far as there are operations.
    fn what_a_contracts_condition_stops(app: &TestApp) {
        let world = World::new(app);
        let password = "correct horse battery staple";
        let account = json!({ "email": "sato@city.example.jp", "name": "佐藤", "password": password });
        app.post(&format!("/v1/contracts/{}/accounts", world.own.contract)).token(&world.manager).json(&account).send().expect(201);
        let conditions = [
            ("in_force", "2026-11-25T01:00:00Z"),
            ("suspended", "2027-02-01T01:00:00Z"),
            ("expired", "2027-04-01T01:00:00Z"),
            ("not_started", "2026-03-30T01:00:00Z"),
        ];
        let suspend = json!({ "reason": "未納", "effective_on": "2027-02-01" });
        let resume = json!({ "reason": "入金", "effective_on": "2027-02-10" });
        for (act, body) in [("suspensions", suspend), ("resumptions", resume)] {
            app.post(&format!("/v1/contracts/{}/{act}", world.own.contract)).token(&world.manager).if_match("*").json(&body).send().expect(201);
        }
        for (condition, now) in conditions {
            app.at(now);
            let sides = [
                Caller::new("customer", "C", app.customer("MNT-1")),
                Caller::new("partner", "R", app.partner(world.own.reseller)).presenting("MNT-1"),
            ];
            signs_in(app, condition, password);
            let started = condition != "not_started";
            let told = |answer: Answer, yes: u16, code: &str| match code {
                "" => drop(answer.expect(yes)),
                _ => {
                    let problem = answer.refused(403, code);
                    let names: Vec<_> = problem["contacts"].as_array().unwrap().iter().map(|contact| &contact["email"]).collect();
                    assert_eq!(names, ["sales@reseller.example.jp", "support@desk.example.jp"], "{problem}");
                }
            };
            if !started {
                app.sql("UPDATE inquiries SET overridden = TRUE"); // there is no other way to have one then
            }
            for row in rows().filter(|row| HISTORY.contains(&row.place)) {
                for caller in &sides {
                    told(row.call(app, &world, &world.own, caller), 200, "");
                }
            }
            let row = |place: &str| rows().find(|row| row.place == place).unwrap();
            let refusal = match condition {
                "in_force" => "",
                "suspended" => "contract_suspended",
                "expired" => "contract_expired",
                _ => "contract_not_started",
            };
            let agent = Caller::new("agent", "A", app.agent());
            let robot = Caller::new("robot", "B", app.robot(&scopes(ClientKind::Robot)));
            for caller in sides.iter().chain([&agent, &robot]) {
                told(row("POST /v1/inquiries").call(app, &world, &world.own, caller), 201, refusal);
            }
            for caller in sides.iter().chain([&agent, &robot]) {
                let assessed = row("POST /v1/assessments").call(app, &world, &world.own, caller).expect(200).json();
                let outcome = if refusal.is_empty() { json!(["accepted", null]) } else { json!(["denied", refusal]) };
                assert_eq!(json!([assessed["outcome"], assessed["code"]]), outcome, "{assessed}");
            }
            for place in ["POST /v1/inquiries/{id}/messages", "POST /v1/inquiries/{id}/attachments"] {
                for caller in sides.iter().chain([&agent]) {
                    told(row(place).call(app, &world, &world.own, caller), 201, "");
                }
            }
            for place in WORK {
                for caller in [&agent, &robot].into_iter().filter(|caller| row(place).allows("A") && (caller.kind == "A" || row(place).scope("B").is_some())) {
                    let answer = row(place).call(app, &world, &world.own, caller);
                    assert!(answer.status < 300, "{condition}, {place}: {answer}");
                }
            }
        }
    }

    /// Whatever a customer or a partner may call, with whatever it answers: no note is in it.
    fn no_note_reaches_the_customers_side(app: &TestApp) {
        let world = World::new(app);
        let everybody = Everybody::new(app, &world);
        let told = |row: &Row, caller: &Caller| {
            let answer = row.call(app, &world, &world.own, caller);
            (answer.status, String::from_utf8_lossy(&answer.body).contains(NOTE))
        };
        let notes = rows().find(|row| row.place == "GET /v1/inquiries/{id}/notes").unwrap();
        assert_eq!(told(&notes, &everybody.agent), (200, true));
        let mut read = BTreeSet::new();
        for caller in [&everybody.customer, &everybody.administrator, &everybody.partner] {
            for row in rows() {
                let (status, tells) = told(&row, caller);
                assert!(!tells, "{} tells a {} of a note", row.place, caller.name);
                if status == 200 && row.method == "GET" {
                    read.insert(row.place);
                }
            }
        }
        let open = |row: &Row| row.allows("C") || row.allows("C!") || row.scope("R").is_some();
        let unread: Vec<_> = rows().filter(|row| row.method == "GET" && open(row) && !read.contains(row.place)).map(|row| row.place).collect();
        assert_eq!(unread, Vec::<&str>::new(), "nobody looked at these");
        // The desk's own feed tells of no note either: it has nothing that could.
        let events = app.get("/v1/events?limit=100").token(&world.manager).send().expect(200);
        assert!(!String::from_utf8_lossy(&events.body).contains(NOTE));
    }

    /// Before the first day the customer's side reads nothing, and all once an inquiry was opened
    /// by override.
    fn a_contract_that_has_not_started_is_read_once_it_serves(app: &TestApp) {
        let world = World::new(app);
        let papers = Papers { starts_on: date!(2026 - 12 - 01), ends_on: date!(2027 - 11 - 30), reseller: Some(world.own.reseller), ..Papers::new("MNT-3", &[world.software]) };
        let contract = app.contract(&papers);
        let sides = [
            Caller::new("customer", "C", app.customer("MNT-3")),
            Caller::new("partner", "R", app.partner(world.own.reseller)).presenting("MNT-3"),
        ];
        let lists = ["/v1/contracts".to_owned(), format!("/v1/contracts/{contract}"), format!("/v1/contracts/{contract}/history"), "/v1/inquiries".to_owned(), "/v1/closure-decisions".to_owned()];
        let read = |path: &str, caller: &Caller| {
            let call = app.get(path).token(caller.token.as_deref().unwrap());
            caller.support_id.into_iter().fold(call, |call, id| call.support_id(id)).send()
        };
        for caller in &sides {
            for path in &lists {
                let problem = read(path, caller).refused(403, "contract_not_started");
                assert_eq!(problem["contacts"].as_array().unwrap().len(), 2, "{problem}");
            }
        }
        let body = json!({
            "channel": "phone", "kind": "problem_resolution", "product_id": world.software, "product_version": VERSION,
            "subject": "件名", "body": "本文", "presented_support_id": "MNT-3", "call": { "called_at": app.app.now(), "with": "田中" },
            "override": { "codes": ["contract_not_started"], "reason": "導入準備のため" },
        });
        let open = |token: &str, key: &str| app.post("/v1/inquiries").token(token).key(key).json(&body).send();
        let agent = app.agent();
        app.unchanged("an agent's override", || open(&agent, "a").refused(403, "forbidden"));
        let inquiry = open(&world.manager, "b").expect(201).id();
        for caller in &sides {
            let one = [format!("/v1/inquiries/{inquiry}"), format!("/v1/inquiries/{inquiry}/messages")];
            for path in lists.iter().chain(&one) {
                read(path, caller).expect(200);
            }
        }
        let reply = json!({ "type": "message", "channel": "support_web", "body": "本文" });
        let path = format!("/v1/inquiries/{inquiry}/messages");
        app.post(&path).token(sides[0].token.as_deref().unwrap()).key("r").json(&reply).send().expect(201);
    }
}

/// What the customer's side reads of the past.
const HISTORY: &[&str] = &[
    "GET /v1/contracts",
    "GET /v1/contracts/{id}",
    "GET /v1/contracts/{id}/history",
    "GET /v1/inquiries",
    "GET /v1/inquiries/{id}",
    "GET /v1/inquiries/{id}/messages",
    "GET /v1/inquiries/{id}/messages/{message}",
    "GET /v1/inquiries/{id}/attachments",
    "GET /v1/inquiries/{id}/attachments/{attachment}",
    "GET /v1/inquiries/{id}/attachments/{attachment}/content",
    "GET /v1/inquiries/{id}/customer-information",
    "GET /v1/inquiries/{id}/information-requests",
    "GET /v1/inquiries/{id}/information-requests/{request}",
    "GET /v1/inquiries/{id}/timeline",
    "GET /v1/closure-decisions",
    "GET /v1/closure-decisions/{id}",
];

/// What the desk and scripts do on an inquiry that is open.
const WORK: &[&str] = &[
    "PATCH /v1/inquiries/{id}",
    "POST /v1/inquiries/{id}/reclassifications",
    "POST /v1/inquiries/{id}/investigation-steps",
    "POST /v1/inquiries/{id}/notes",
    "POST /v1/inquiries/{id}/information-requests",
    "POST /v1/inquiries/{id}/escalations",
    "POST /v1/inquiries/{id}/escalations/{escalation}/answers",
    "POST /v1/inquiries/{id}/closure-decisions/check",
];

#[track_caller]
fn foreign_is(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.json()["code"].as_str()), (status, Some(code)), "{answer}");
}

/// Sign-in, the own account and sign-out: in every condition.
fn signs_in(app: &TestApp, condition: &str, password: &str) {
    let body = json!({ "email": "sato@city.example.jp", "password": password, "support_id": "MNT-1" });
    let session = app.post("/v1/sessions").json(&body).send().expect(201).json();
    assert_eq!(session["contract"]["condition"], condition);
    let token = session["access_token"].as_str().unwrap();
    let me = app.get("/v1/me").token(token).send().expect(200);
    app.patch("/v1/me").token(token).if_match(&me.etag()).merge_patch(&json!({ "name": "佐藤 花" })).send().expect(200);
    app.get("/v1/me/contracts").token(token).send().expect(200);
    let same = json!({ "current_password": password, "new_password": password });
    app.put("/v1/me/password").token(token).json(&same).send().expect(204);
    app.call("DELETE", "/v1/sessions/current").token(token).send().expect(204);
}
