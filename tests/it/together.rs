//! Customers who read at the same moment: on PostgreSQL their questions are answered together, and
//! each answer is the one that this customer would get alone.

use madoguchi::terms::codes::Delivery;
use serde_json::json;
use time::macros::date;

use super::support::people::Papers;
use super::support::*;

const CONTRACTS: usize = 5;
const OF_EACH: usize = 3;

/// What becomes of a customer before all read.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Stays,
    SignsOut,
    IsDeactivated,
    /// Its contract has not begun.
    Waits,
}

struct Reader {
    token: String,
    contract: usize,
    fate: Fate,
}

/// What somebody is told, in a few words.
fn told(answer: &Answer) -> (u16, String) {
    let body = answer.json();
    let subjects = |page: &serde_json::Value| {
        page["items"].as_array().map(|items| items.iter().map(|item| item["subject"].to_string()).collect())
    };
    let gist = body["code"].as_str().or(body["subject"].as_str()).map(str::to_owned);
    (answer.status, gist.or(subjects(&body)).unwrap_or_default())
}

impl Reader {
    fn reads_own(&self, of: usize, n: usize) -> (u16, String) {
        match self.fate {
            Fate::SignsOut => (401, "unauthenticated".into()),
            Fate::IsDeactivated => (403, "support_id_unknown".into()),
            Fate::Stays if of == self.contract => (200, subject(of, n)),
            Fate::Stays | Fate::Waits => (404, "not_found".into()),
        }
    }

    fn lists(&self) -> (u16, String) {
        match self.fate {
            Fate::Waits => (403, "contract_not_started".into()),
            Fate::Stays => (200, (0..OF_EACH).rev().map(|n| format!("{:?}", subject(self.contract, n))).collect()),
            _ => self.reads_own(0, 0),
        }
    }
}

fn subject(contract: usize, n: usize) -> String {
    format!("MNT-{contract} の {n} 番")
}

/// Contracts with inquiries by phone and on the web, and those who may read them or no longer.
fn everybody(app: &TestApp) -> (Vec<Reader>, Vec<Vec<String>>) {
    let product = app.product("CLOUD", Delivery::Saas);
    let agent = app.agent();
    let (mut readers, mut inquiries) = (Vec::new(), Vec::new());
    for contract in 0..CONTRACTS {
        let id = format!("MNT-{contract}");
        app.contract(&Papers::new(&id, &[product]));
        for (n, fate) in [Fate::Stays, Fate::Stays, Fate::SignsOut, Fate::IsDeactivated].into_iter().enumerate() {
            let token = app.customer_named(&format!("{fate:?}.{contract}.{n}@city.example.jp"), &id);
            readers.push(Reader { token, contract, fate });
        }
        let opened = |n: usize| {
            let question = json!({
                "channel": "support_web", "kind": "problem_resolution", "product_id": product,
                "subject": subject(contract, n), "body": "本文",
            });
            let by_phone = json!({
                "channel": "phone", "presented_support_id": id, "call": { "called_at": app.app.now(), "with": "田中" },
            });
            let (token, question) = match n {
                0 => (&agent, desk::with(question, &by_phone)),
                _ => (&readers[contract * 4].token, question),
            };
            app.post("/v1/inquiries").token(token).key(&desk::fresh_key()).json(&question).send().expect(201).id()
        };
        inquiries.push((0..OF_EACH).map(opened).collect());
    }
    for gone in readers.iter().filter(|reader| reader.fate == Fate::SignsOut) {
        app.delete("/v1/sessions/current").token(&gone.token).send().expect(204);
    }
    app.sql(
        "UPDATE account_links SET state = 'deactivated' \
         WHERE account_id IN (SELECT id FROM accounts WHERE email LIKE 'IsDeactivated%')",
    );
    app.contract(&Papers { starts_on: date!(2027 - 01 - 01), ..Papers::new("MNT-9", &[product]) });
    readers.push(Reader { token: app.customer("MNT-9"), contract: CONTRACTS, fate: Fate::Waits });
    (readers, inquiries)
}

on_both! {
    fn each_is_told_what_it_would_be_told_alone(app: &TestApp) {
        let (readers, inquiries) = &everybody(app);
        std::thread::scope(|scope| {
            for (turn, reader) in readers.iter().enumerate() {
                scope.spawn(move || {
                    for at in turn..turn + 2 * CONTRACTS * OF_EACH {
                        let (of, n) = (at % CONTRACTS, at % OF_EACH);
                        let read = app.get(&format!("/v1/inquiries/{}", inquiries[of][n])).token(&reader.token).send();
                        assert_eq!(told(&read), reader.reads_own(of, n), "{:?} of {} reads {of}", reader.fate, reader.contract);
                        let list = app.get("/v1/inquiries").token(&reader.token).send();
                        assert_eq!(told(&list), reader.lists(), "{:?} of {} lists", reader.fate, reader.contract);
                    }
                });
            }
        });
    }
}

/// Whoever waits while the database goes is told so, and nobody waits for ever.
#[test]
fn all_are_told_when_the_database_goes() {
    let app = &TestApp::start(Backend::Postgres);
    let (readers, inquiries) = &everybody(app);
    let reader = readers.first().unwrap();
    let read = || app.get(&format!("/v1/inquiries/{}", inquiries[0][1])).token(&reader.token).send();
    for _ in 0..2 {
        read().expect(200);
        app.database.shut(true);
        std::thread::scope(|scope| {
            for _ in 0..24 {
                scope.spawn(|| read().refused(503, "unavailable"));
            }
        });
        app.database.shut(false);
    }
    read().expect(200);
}
