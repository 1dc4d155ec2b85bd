//! Contracts, people and inquiries by the million, straight into the database. Most inquiries are
//! closed; one in fifty is open, or so many that each page is full, and these are among the newest.

use std::borrow::Cow;

use madoguchi::contracts::{Contract, Product};
use madoguchi::db::types::Id;
use madoguchi::terms::codes::{Delivery, Role};
use serde_json::{Value, json};
use time::Duration;
use uuid::Uuid;

use crate::TestApp;
use crate::load::{get, patch, post};
use crate::people::Papers;
use crate::stand::{Backend, Database, app};

/// A prime, so that states and assignees go round independently of contracts.
pub const CONTRACTS: u64 = 397;
const ASSIGNEES: u64 = 19;
/// Each tag is on one in a thousand.
const TAGS: u64 = 1000;
/// Customers who call; of the first contracts, one each.
const CUSTOMERS: u64 = 50;
/// The two years over which the inquiries are spread, in microseconds since 1970 and long.
const BEGIN: u64 = 1_730_000_000_000_000;
const SPAN: u64 = 63_000_000_000_000;

/// A database with inquiries in it, and tokens of those who may ask for them: good for 15 minutes.
pub struct Seeded {
    pub database: Database,
    inquiries: u64,
    product: Id<Product>,
    contracts: Vec<Id<Contract>>,
    customers: Vec<String>,
    agent: String,
}

impl Seeded {
    pub fn new(backend: Backend, inquiries: u64) -> Self {
        let database = Database::new(backend);
        let people = TestApp { app: app(&database.url) };
        let product = people.product("SAMPLE-SAAS", Delivery::Saas);
        let today = people.app.today();
        let contracts = (0..CONTRACTS).map(|n| {
            people.contract(&Papers {
                starts_on: today.saturating_sub(Duration::days(100)),
                ends_on: today.saturating_add(Duration::days(264)),
                ..Papers::new(&support_id(n), &[product])
            })
        });
        let contracts = contracts.collect();
        database.run(&inquiries_of_two_years(backend, inquiries));
        database.settle();
        let customers = (0..CUSTOMERS).map(|n| people.customer(&support_id(n))).collect();
        let agent = people.staff(Role::Agent);
        Self { database, inquiries, product, contracts, customers, agent }
    }

    /// The number of an inquiry that a random customer may read, and that customer's token.
    fn own(&self, random: u64) -> (u64, &str) {
        let customer = random % CUSTOMERS;
        let nth = (random / CUSTOMERS) % (self.inquiries / CONTRACTS);
        (nth * CONTRACTS + customer, self.customer(customer))
    }

    pub fn customer(&self, n: u64) -> &str {
        self.customers.get((n % CUSTOMERS) as usize).unwrap()
    }

    /// A customer reads an inquiry.
    pub fn read(&self, random: u64) -> Cow<'_, [u8]> {
        let (n, token) = self.own(random);
        get(&format!("/v1/inquiries/{}", self.id(n)), token).into()
    }

    /// A customer lists its own, which are one contract's.
    pub fn page_of_contract(&self, random: u64) -> Cow<'_, [u8]> {
        get("/v1/inquiries", self.customer(random)).into()
    }

    /// The desk lists what is new.
    pub fn page_of_state(&self, _: u64) -> Cow<'_, [u8]> {
        get("/v1/inquiries?state=received", &self.agent).into()
    }

    /// The desk lists what somebody has.
    pub fn page_of_assignee(&self, random: u64) -> Cow<'_, [u8]> {
        let assignee = made_id('a', 0, random % ASSIGNEES);
        get(&format!("/v1/inquiries?assignee={assignee}"), &self.agent).into()
    }

    /// The desk lists what of somebody's waits.
    pub fn page_of_state_and_assignee(&self, random: u64) -> Cow<'_, [u8]> {
        let assignee = made_id('a', 0, random % ASSIGNEES);
        get(&format!("/v1/inquiries?state=in_progress&assignee={assignee}"), &self.agent).into()
    }

    /// The desk lists what is new of a product.
    pub fn page_of_state_and_product(&self, _: u64) -> Cow<'_, [u8]> {
        get(&format!("/v1/inquiries?state=received&product={}", self.product), &self.agent).into()
    }

    /// The desk lists all that is open.
    pub fn page_of_states(&self, _: u64) -> Cow<'_, [u8]> {
        let open = "received,in_progress,awaiting_customer,awaiting_vendor,answered";
        get(&format!("/v1/inquiries?state={open}"), &self.agent).into()
    }

    /// The desk lists one contract's.
    pub fn page_of_one_contract(&self, random: u64) -> Cow<'_, [u8]> {
        let contract = self.contracts.get((random % CONTRACTS) as usize).unwrap();
        get(&format!("/v1/inquiries?contract={contract}"), &self.agent).into()
    }

    /// The desk lists what has a tag, which is one in a thousand.
    pub fn page_of_tag(&self, random: u64) -> Cow<'_, [u8]> {
        get(&format!("/v1/inquiries?tag=tag{}", random % TAGS), &self.agent).into()
    }

    /// The desk reads its queue.
    pub fn queue(&self, _: u64) -> Cow<'_, [u8]> {
        get("/v1/triage/queue", &self.agent).into()
    }

    /// The number of the nth open inquiry.
    fn open_one(&self, n: u64) -> u64 {
        recent(self.inquiries) + n / 2 * 4 + n % 2
    }

    /// The desk notes a priority: another one at each turn.
    pub fn patch(&self, n: u64, turn: u64) -> Vec<u8> {
        patch(&format!("/v1/inquiries/{}", self.id(self.open_one(n))), &self.agent, &priority(turn).to_string())
    }

    /// The same for so many inquiries at once.
    pub fn batch(&self, commands: u64, turn: u64) -> Vec<u8> {
        let one = |n| {
            json!({
                "command": "patch", "inquiry_id": self.id(self.open_one(n)), "if_match": "*", "body": priority(turn),
            })
        };
        let commands: Vec<Value> = (0..commands).map(one).collect();
        let batch = json!({ "mode": "independent", "commands": commands });
        post("/v1/triage/batches", &self.agent, &format!("{}", Uuid::now_v7()), &batch.to_string())
    }

    /// A customer opens an inquiry.
    pub fn open(&self, random: u64) -> Cow<'_, [u8]> {
        let request = json!({
            "channel": "support_web", "kind": "problem_resolution", "product_id": self.product,
            "subject": SUBJECT, "body": BODY,
        });
        post("/v1/inquiries", self.customer(random), &format!("{}", Uuid::now_v7()), &request.to_string()).into()
    }

    /// All of these as they come in a day: mostly reads.
    pub fn mixed(&self, random: u64) -> Cow<'_, [u8]> {
        match random % 20 {
            0 => self.open(random / 20),
            1..=4 => self.page_of_contract(random / 20),
            5..=6 => self.page_of_state(random / 20),
            7..=8 => self.page_of_assignee(random / 20),
            _ => self.read(random / 20),
        }
    }

    /// The same row of the bare server.
    pub fn bare_answer(&self, random: u64) -> Cow<'_, [u8]> {
        get(&format!("/answers/{}", self.id(self.own(random).0)), "").into()
    }

    /// As many lines of the bare server.
    pub fn bare_page(&self, random: u64) -> Cow<'_, [u8]> {
        get(&format!("/lines/{}", random % CUSTOMERS), "").into()
    }

    fn id(&self, n: u64) -> Uuid {
        made_id('8', SPAN / self.inquiries, n)
    }
}

fn priority(turn: u64) -> Value {
    json!({ "priority": if turn.is_multiple_of(2) { "high" } else { "low" } })
}

fn support_id(n: u64) -> String {
    format!("MNT-{n:06}")
}

const SUBJECT: &str = "無害化処理が途中で止まる事象について";
const BODY: &str = "管理画面から無害化ポリシーを適用したところ、一部の添付ファイルで処理が完了せず待機のままになります。\
    再起動後も同じ状況です。考えられる原因と、確認すべきログの場所をご教示ください。";

/// The id of the n-th row of its kind: a UUIDv7 by the time at which it came in. `kind` is the
/// variant's digit, one of 8 to b, so that kinds do not meet; `step` is in microseconds.
fn made_id(kind: char, step: u64, n: u64) -> Uuid {
    let milliseconds = (BEGIN + n * step) / 1000;
    Uuid::try_parse(&format!("{milliseconds:012x}7000{kind}{n:015x}")).unwrap()
}

/// The same in SQL; `n` is an expression.
pub fn id(backend: Backend, kind: char, rows: u64, n: &str) -> String {
    let milliseconds = format!("({BEGIN} + {n} * {}) / 1000", SPAN / rows);
    match backend {
        Backend::Sqlite => format!("unhex(printf('%012x7000{kind}%015x', {milliseconds}, {n}))"),
        Backend::Postgres => {
            format!("(lpad(to_hex({milliseconds}), 12, '0') || '7000{kind}' || lpad(to_hex({n}), 15, '0'))::uuid")
        }
    }
}

/// The head of a query on `numbers`, whose `n` goes from 0 to before `count`.
pub fn numbers(backend: Backend, count: u64) -> String {
    match backend {
        Backend::Sqlite => format!(
            "WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < {count})"
        ),
        Backend::Postgres => format!("WITH numbers (n) AS (SELECT generate_series(0::bigint, {count} - 1))"),
    }
}

/// The first of the newest, of which half are open, in five states: of each a page for everybody.
fn recent(inquiries: u64) -> u64 {
    inquiries - (inquiries / 25).max(ASSIGNEES * 22 * 5 * 2)
}

fn inquiries_of_two_years(backend: Backend, count: u64) -> String {
    let sqlite = backend == Backend::Sqlite;
    let recent = recent(count);
    let id = |kind, n| id(backend, kind, count, n);
    let at = match sqlite {
        true => format!("{BEGIN} + n * {}", SPAN / count),
        false => format!("timestamptz 'epoch' + ({BEGIN} + n * {}) * interval '1 microsecond'", SPAN / count),
    };
    let (json, number, maintenance_id) = match sqlite {
        true => ("TEXT", "printf('%06X', n)", format!("printf('MNT-%06d', n % {CONTRACTS})")),
        false => {
            ("JSONB", "upper(lpad(to_hex(n), 6, '0'))", format!("'MNT-' || lpad((n % {CONTRACTS})::text, 6, '0')"))
        }
    };
    let (numbers, staff) = (numbers(backend, count), numbers(backend, ASSIGNEES));
    let terms = madoguchi::terms::current().version;
    // The step is nothing for the staff: their ids are those of `made_id('a', 0, n)`.
    let (person, inquiry, decision) = (staff_id(backend, "n"), id('8', "n"), id('9', "n"));
    let assignee = staff_id(backend, &format!("(n % {ASSIGNEES})"));
    let open = format!("n >= {recent} AND n % 4 < 2");
    let life = format!("CASE WHEN {open} THEN (n / 4) % 5 ELSE 5 END");
    format!(
        "INSERT INTO staff (id, email, name, role, password_hash, active, version, created_at, changed_at)
            {staff} SELECT {person}, 'person' || n || '@desk.example.jp', '山本 三郎', 'agent', 'none', 1 = 1, 1, {at}, {at}
            FROM numbers;
         INSERT INTO inquiries (id, number, contract_id, product_id, kind, channel, subject, state, version,
            received_at, effective_received_at, last_message_at, changed_at, assignee_id, tags, overridden,
            turn, taken, open_requests, open_escalations, closure_id, closure_code, closed_at)
            {numbers} SELECT {inquiry}, 'Q-2026-' || {number}, support_ids.contract_id, products.id,
            'problem_resolution', 'support_web', '{SUBJECT}',
            CASE life WHEN 0 THEN 'received' WHEN 1 THEN 'in_progress' WHEN 2 THEN 'awaiting_customer'
                WHEN 3 THEN 'awaiting_vendor' WHEN 4 THEN 'answered' ELSE 'closed' END,
            7, {at}, {at}, {at}, {at}, CASE WHEN life = 0 THEN NULL ELSE {assignee} END,
            CAST('[]' AS {json}), 1 = 0, CASE WHEN life < 4 THEN 'nobody' ELSE 'desk' END, life > 0,
            CASE WHEN life = 2 THEN 1 ELSE 0 END, CASE WHEN life = 3 THEN 1 ELSE 0 END,
            CASE WHEN life = 5 THEN {decision} END, CASE WHEN life = 5 THEN 'problem_resolved' END,
            CASE WHEN life = 5 THEN {at} END
            FROM (SELECT n, {life} AS life FROM numbers) AS lives
            JOIN support_ids ON canonical = {maintenance_id} CROSS JOIN products;
         INSERT INTO inquiry_tags (tag, inquiry_id, received_at)
            {numbers} SELECT 'tag' || n % {TAGS}, {inquiry}, {at} FROM numbers;
         INSERT INTO inquiry_openings (inquiry_id, body, presented_support_id, requester, watchers, opened_by_kind,
            opened_by_id, recorded_at, terms_version, judged)
            {numbers} SELECT {inquiry}, '{BODY}', {maintenance_id},
            CAST('{{\"name\":\"佐藤 花子\",\"email\":\"hanako@city.example.jp\",\"relation\":\"customer\"}}' AS {json}),
            CAST('[]' AS {json}), 'customer', {inquiry}, {at}, '{terms}', CAST('{{}}' AS {json}) FROM numbers;
         INSERT INTO closure_decisions (id, inquiry_id, contract_id, product_id, kind, code, clause, terms_version,
            evidence, decided_by_kind, decided_by_id, decided_at)
            {numbers} SELECT {decision}, {inquiry}, support_ids.contract_id, products.id, 'problem_resolution',
            'problem_resolved', 'SA-5.2.1-C17', '{terms}', CAST('{{}}' AS {json}), 'agent', {assignee}, {at}
            FROM numbers JOIN support_ids ON canonical = {maintenance_id} CROSS JOIN products WHERE NOT ({open});"
    )
}

/// The people at the desk all began on one day.
fn staff_id(backend: Backend, n: &str) -> String {
    id(backend, 'a', u64::MAX, n)
}
