//! Sample data as a desk has it, every name of it made up and labelled サンプル.
//!
//! Papers come in by the importer, people by the commands, and inquiries by calls over HTTP, so
//! that nothing is here that the rules would refuse.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::{Value, json};
use time::{Date, Duration};

use super::{Failure, sample_faqs};
use crate::accounts::clients::{self, NewClient};
use crate::accounts::members::{self, NewMember};
use crate::accounts::staff::{self, NewStaff};
use crate::accounts::{Client, password};
use crate::app::{App, Tx};
use crate::auth::proof::Actor;
use crate::auth::store::{Presented, presented};
use crate::contracts::import;
use crate::db::types::Id;
use crate::http::text::{Day, EmailAddress, Name, NewPassword, SupportId};
use crate::http::{Problem, Refusal};
use crate::terms::codes::{CallerKind, Role, Scope};

/// Everybody's password.
pub const PASSWORD: &str = "sample-password-2026";
/// A manager.
pub const MANAGER: &str = "manager@desk.example.jp";
/// An agent.
pub const AGENT: &str = "agent@desk.example.jp";
/// A customer with two contracts, one of them expired, and an administrator of both.
pub const CUSTOMER: &str = "tanaka@city.example.jp";

/// What was made, as far as the calls name it.
pub struct Made {
    /// A product that is software.
    pub software: String,
    /// A product that is SaaS.
    pub saas: String,
    /// The partner's client and its secret.
    pub partner: Credentials,
    /// The script's client and its secret.
    pub robot: Credentials,
}

/// A client and its secret.
pub type Credentials = (Id<Client>, String);

/// Fills an empty database; the server is running.
pub fn fill(app: &App, address: SocketAddr) -> Result<Made, Failure> {
    let report = import::import(app, papers(app.today()).as_bytes(), false)?;
    if report.refused() > 0 {
        return Err(format!("the sample papers were refused: {:?}", report.lines).into());
    }
    let known: Vec<String> = sample_faqs::all().map(|sample| sample.line().to_string()).collect();
    let report = import::import(app, known.join("\n").as_bytes(), false)?;
    if report.refused() > 0 {
        return Err(format!("the sample FAQs were refused: {:?}", report.lines).into());
    }
    let (partner, robot) = people(app)?;
    let agent = Calls::signed_in(address, "/v1/staff/sessions", &json!({ "email": AGENT, "password": PASSWORD }))?;
    let person = json!({ "email": CUSTOMER, "password": PASSWORD, "support_id": "MNT-000123" });
    let customer = Calls::signed_in(address, "/v1/sessions", &person)?;
    let products = agent.call("GET", "/v1/products?limit=100", &Value::Null)?;
    let product = |code: &str| {
        let items = products.pointer("/items").and_then(Value::as_array).into_iter().flatten();
        let mut found = items.filter(|item| text(item, "/code") == code);
        found.next().map(|item| text(item, "/id").to_owned()).ok_or_else(|| Failure::from("no product"))
    };
    let made = Made { software: product("VOTIRO-VA")?, saas: product("VOTIRO-CLOUD")?, partner, robot };
    inquiries(&agent, &customer, &made)?;
    Ok(made)
}

/// Resellers, products, versions and contracts, as lines of an import.
fn papers(today: Date) -> String {
    let day = |days: i64| Day::from(today.saturating_add(Duration::days(days)));
    let contract = |ids: Value, customer: &str, codes: Value, days: (i64, i64), access: &str| {
        let mut body = json!({
            "customer": { "name": customer }, "reseller_name": "サンプル販売株式会社", "product_codes": codes,
            "services": ["qa", "information", "program_provision"], "site_country": "JP", "partner_access": access,
            "starts_on": day(days.0), "ends_on": day(days.1),
            "administrators": [{ "name": "田中 一郎（サンプル）", "email": CUSTOMER }],
        });
        if let (Some(body), Value::Object(ids)) = (body.as_object_mut(), ids) {
            body.extend(ids);
        }
        json!({ "type": "contract", "body": body })
    };
    let version = |code: &str, name: &str, released: Option<i64>, until: Option<i64>| {
        json!({ "type": "version", "body": {
            "product_code": code, "version": name, "released_by_us_on": released.map(day),
            "vendor_supported_until_on": until.map(day),
        } })
    };
    let product = |code: &str, name: &str, delivery: &str| json!({ "type": "product", "body": { "code": code, "name": name, "vendor": "Votiro", "delivery": delivery } });
    let reseller = |name: &str, email: &str| {
        json!({ "type": "reseller", "body": {
            "name": name, "contact": { "name": "営業窓口", "email": email, "phone": "03-0000-0000" },
        } })
    };
    let both = json!(["VOTIRO-VA", "VOTIRO-CLOUD"]);
    let lines = [
        reseller("サンプル販売株式会社", "sales@sample-hanbai.example.jp"),
        reseller("架空システムズ株式会社", "sales@kaku-systems.example.jp"),
        product("VOTIRO-VA", "Votiro On-Prem VA（サンプル）", "software"),
        product("VOTIRO-API", "Votiro Disarmer API（サンプル）", "software"),
        product("VOTIRO-CLOUD", "Votiro Cloud（サンプル）", "saas"),
        product("VOTIRO-CLOUD-MAIL", "Votiro Cloud for Email（サンプル）", "saas"),
        version("VOTIRO-VA", "9.4.100", Some(-900), Some(-60)),
        version("VOTIRO-VA", "9.5.120", Some(-500), Some(300)),
        version("VOTIRO-VA", "9.6.132", Some(-120), None),
        version("VOTIRO-VA", "9.7.010", None, None),
        version("VOTIRO-API", "9.6.132", Some(-120), None),
        contract(
            json!({ "maintenance_id": "MNT-000123", "contract_id": "CTR-2026-0007" }),
            "架空市役所（サンプル）",
            both.clone(),
            (-200, 165),
            "full",
        ),
        contract(
            json!({ "maintenance_id": "MNT-000200" }),
            "サンプル電機（サンプル）",
            both.clone(),
            (-30, 335),
            "summary",
        ),
        contract(json!({ "maintenance_id": "MNT-000300" }), "架空病院（サンプル）", both, (-400, -35), "none"),
    ];
    lines.map(|line| line.to_string()).join("\n")
}

/// The desk's people, a customer with two contracts, a partner's system and a script.
fn people(app: &App) -> Result<(Credentials, Credentials), Failure> {
    let hash = || -> Result<String, Failure> {
        Ok(password::hash_blocking(&NewPassword::parse(PASSWORD)?, app.ids().secret())?)
    };
    let person = |email: &str, name: &str, role: Role| -> Result<_, Failure> {
        let (email, name, password_hash) = (EmailAddress::parse(email)?, Name::parse(name)?, hash()?);
        Ok(app.write_blocking(|tx| staff::add(tx, None, NewStaff { email, name, role, password_hash }))?)
    };
    person(AGENT, "鈴木 次郎（サンプル）", Role::Agent)?;
    let manager = person(MANAGER, "高橋 三郎（サンプル）", Role::Manager)?;
    let actor =
        Actor { kind: CallerKind::Manager, id: manager.id.uuid(), reseller: None, presented: None, presented_id: None };
    for support_id in ["MNT-000123", "MNT-000300"] {
        let (email, name, password_hash) =
            (EmailAddress::parse(CUSTOMER)?, Name::parse("田中 一郎（サンプル）")?, Some(hash()?));
        app.write_blocking(|tx| {
            let contract = standing(tx, support_id)?.contract;
            members::add(tx, Some(&actor), contract, NewMember { email, name, password_hash })
        })?;
    }
    let client = |name: &str, reseller: bool, scopes: &[Scope]| -> Result<Credentials, Failure> {
        let name = Name::parse(name)?;
        let (row, secret) = app.write_blocking(|tx| {
            let contract = standing(tx, "MNT-000123")?;
            let reseller_id = contract.reseller.filter(|_| reseller);
            clients::register(tx, &actor, NewClient { name, reseller_id, scopes: scopes.to_vec() })
        })?;
        Ok((row.id, secret))
    };
    let partner = [Scope::ContractsRead, Scope::InquiriesRead, Scope::InquiriesWrite, Scope::EventsRead];
    let robot = [
        Scope::ContractsRead,
        Scope::ContractsWrite,
        Scope::InquiriesRead,
        Scope::TriageWrite,
        Scope::ClosuresRead,
        Scope::EventsRead,
        Scope::ReportsRead,
    ];
    Ok((
        client("パートナー連携（サンプル）", true, &partner)?,
        client("振り分けスクリプト（サンプル）", false, &robot)?,
    ))
}

/// The contract of an ID, as it stands now.
fn standing(tx: &mut Tx<'_>, support_id: &str) -> Result<Presented, Problem> {
    let id = SupportId::exact(support_id).ok_or(Refusal::SupportIdUnknown)?;
    let now = tx.now;
    Ok(presented(tx, &id, now)?.ok_or(Refusal::SupportIdUnknown)?)
}

/// A few inquiries in different places of their lives.
fn inquiries(agent: &Calls, customer: &Calls, made: &Made) -> Result<(), Failure> {
    let open = |kind: &str, product: &str, version: Option<Value>, subject: &str, body: &str| {
        let mut inquiry = json!({
            "channel": "support_web", "kind": kind, "product_id": product, "subject": subject, "body": body,
        });
        if let (Some(version), Some(members)) = (version, inquiry.as_object_mut()) {
            members.insert("product_version".to_owned(), version);
        }
        customer.call("POST", "/v1/inquiries", &inquiry)
    };
    let current = Some(json!("9.6.132"));
    open(
        "problem_resolution",
        &made.software,
        current.clone(),
        "API が 429 (Max InProgress Requests) を返す",
        "昨日から、ファイルを続けて登録すると 429 が返ります。回避する方法を教えてください。",
    )?;
    let blocked = open(
        "specification",
        &made.software,
        current,
        "ファイル名に _blocked.pdf が付く理由",
        "無害化の結果、ファイル名の末尾に _blocked.pdf が付くことがあります。どのような場合に付きますか。",
    )?;
    open(
        "problem_resolution",
        &made.saas,
        None,
        "パスワード付き ZIP が無害化されない",
        "パスワード付き ZIP を添付したメールが、そのまま届くことがあります。",
    )?;
    open(
        "configuration_operation",
        &made.software,
        Some(Value::Null),
        "管理コンソールにログインできない",
        "3 回失敗した後、10 分ほどログインできません。設定で変更できますか。",
    )?;
    let answer = json!({
        "type": "answer", "channel": "support_web",
        "body": "無害化できない要素を含むため、ポリシーによりブロックされた場合に付きます。",
    });
    let asked = text(&blocked, "/id");
    agent.call("POST", &format!("/v1/inquiries/{asked}/messages"), &answer)?;
    Ok(())
}

/// A text in an answer; nothing where there is none.
fn text<'a>(answer: &'a Value, pointer: &str) -> &'a str {
    answer.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Calls of one caller. The client is as small as one caller on the same machine needs.
struct Calls {
    address: SocketAddr,
    token: String,
}

impl Calls {
    fn signed_in(address: SocketAddr, path: &str, who: &Value) -> Result<Self, Failure> {
        let nobody = Self { address, token: String::new() };
        let session = nobody.call("POST", path, who)?;
        Ok(Self { address, token: text(&session, "/access_token").to_owned() })
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Result<Value, Failure> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let key = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, body.as_bytes());
        let mut stream = TcpStream::connect(self.address)?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: demo\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\
             Idempotency-Key: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.token,
            crate::events::seal::hex(key.as_ref()),
            body.len(),
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        if !head.starts_with("HTTP/1.1 2") {
            return Err(format!("{method} {path}: {answer}").into());
        }
        Ok(serde_json::from_str(body)?)
    }
}
