//! Notices by mail: what our sender sends in a second, with its ledger, against what the bare client
//! sends over as many connections to the same mail server, which takes everything.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Instant as Moment;

use diesel::prelude::*;
use lettre::transport::smtp::PoolConfig;
use lettre::{Message, SmtpTransport, Transport};
use madoguchi::app::Tx;
use madoguchi::contracts::{Contract, Product};
use madoguchi::db::schema::staff;
use madoguchi::db::types::{Doc, Id};
use madoguchi::deliveries::store::{Recipient, queue};
use madoguchi::deliveries::{letter, send};
use madoguchi::events::model::Change;
use madoguchi::http::text::{Body, EmailAddress, LanguageTag, Subject};
use madoguchi::releases::NoticeId;
use madoguchi::releases::store as releases;
use madoguchi::subscriptions::store as subscriptions;
use madoguchi::terms::codes::{
    ApplicationWay, CallerKind, Delivery, NoticeKind, NoticeState, Origin, Role, SubscriptionState,
};
use time::Duration;

use crate::TestApp;
use crate::figures::PAIRS;
use crate::people::Papers;
use crate::report::Pairs;
use crate::stand::{Backend, Database, app_with};

const RECIPIENTS: usize = 4000;
/// As many as the program keeps.
const CONNECTIONS: usize = 4;

/// Mails per second against the bare client's.
pub fn mail(backend: Backend) {
    let server = take_everything();
    let database = Database::new(backend);
    let people = TestApp { app: app_with(&database.url, |config| config.smtp_url = Some(format!("smtp://{server}"))) };
    let product = people.product("SAMPLE-SOFTWARE", Delivery::Software);
    let today = people.app.today();
    let contract = people.contract(&Papers {
        starts_on: today.saturating_sub(Duration::days(100)),
        ends_on: today.saturating_add(Duration::days(264)),
        ..Papers::new("MNT-1", &[product])
    });
    people.staff(Role::Manager);
    let recipients = written(&people, |tx| subscribed(tx, contract, product));
    let announce = || {
        written(&people, |tx| {
            let notice = announced(tx, product);
            recipients.chunks(500).for_each(|some| queue(tx, notice, some).unwrap());
            notice
        })
    };
    let runtime = actix_web::rt::System::new();
    let ours = || {
        announce();
        per_second(|| assert_eq!(runtime.block_on(send::send_due(&people.app)).unwrap(), RECIPIENTS))
    };
    let message = a_message(&people, announce());
    runtime.block_on(send::send_due(&people.app)).unwrap(); // neither side is measured cold
    bare(server, &message);
    let mut pairs = Pairs::default();
    for _ in 0..PAIRS {
        pairs.add(ours(), per_second(|| bare(server, &message)));
    }
    pairs.tell("mails with their ledger / bare mails", "0.6 or more", "mails a second");
}

fn per_second(send: impl FnOnce()) -> f64 {
    let began = Moment::now();
    send();
    RECIPIENTS as f64 / began.elapsed().as_secs_f64()
}

fn written<T>(people: &TestApp, work: impl FnOnce(&mut Tx<'_>) -> T) -> T {
    people.app.write_blocking(|tx| Ok(Change::silent(work(tx), "papers of a bench"))).unwrap()
}

fn subscribed(tx: &mut Tx<'_>, contract: Id<Contract>, product: Id<Product>) -> Vec<Recipient> {
    let one = |n: usize| {
        let now = tx.now;
        let email = EmailAddress::parse(&format!("user{n}@city.example.jp")).unwrap();
        let row = subscriptions::Row {
            id: tx.new_id(),
            contract_id: contract,
            email: email.clone(),
            product_ids: Doc(vec![product]),
            kinds: Doc(vec![NoticeKind::Patch]),
            state: SubscriptionState::Registered,
            way: ApplicationWay::Paper,
            applied_on: tx.today(),
            applied_by_kind: CallerKind::Manager,
            applied_by_id: tx.new_id(),
            reseller_id: None,
            applied_at: now,
            registered_at: Some(now),
            ended_at: None,
            ended_by: None,
            unsubscribe_key: format!("key-of-32-characters-and-no-{n:06}"),
            version: 1,
        };
        subscriptions::insert(tx, &row).unwrap();
        Recipient { subscription: row.id, contract, email, inquiry: None }
    };
    (0..RECIPIENTS).map(one).collect()
}

fn announced(tx: &mut Tx<'_>, product: Id<Product>) -> NoticeId {
    let now = tx.now;
    let row = releases::Row {
        id: tx.new_id(),
        kind: NoticeKind::Patch,
        state: NoticeState::Announced,
        product_ids: Doc(vec![product]),
        affected_versions: Doc(vec![]),
        to_version: None,
        title: Subject::parse("9.6.140 を公開しました").unwrap(),
        body: Body::parse(&"変更点は次のとおりです。\n".repeat(40)).unwrap(),
        language: LanguageTag::parse("ja").unwrap(),
        origin: Origin::Desk,
        vendor_announced_on: tx.today(),
        fixes: Doc(vec![]),
        download_ids: Doc(vec![]),
        corrects: None,
        beyond_terms: false,
        version: 1,
        created_by: staff::table.select(staff::id).first(&mut **tx).unwrap(),
        created_at: now,
        changed_at: now,
        listed_at: now,
        announced_at: Some(now),
        withdrawn_at: None,
        withdrawal_reason: None,
    };
    releases::insert(tx, &row).unwrap();
    row.id
}

/// What we send one of them; it stands in for all in what the bare client sends.
fn a_message(people: &TestApp, notice: NoticeId) -> Message {
    let app = &people.app;
    let words = written(people, |tx| letter::words(tx, notice).unwrap());
    let to = EmailAddress::parse("user1@city.example.jp").unwrap();
    let letter = letter::write(app.config(), &words, to, "key-of-32-characters-and-no-000001", &[]).unwrap();
    letter.message(app, app.new_id(), app.now()).unwrap()
}

fn bare(server: SocketAddr, message: &Message) {
    let pool = SmtpTransport::builder_dangerous(server.ip().to_string())
        .port(server.port())
        .pool_config(PoolConfig::new().max_size(CONNECTIONS as u32))
        .build();
    std::thread::scope(|scope| {
        for _ in 0..CONNECTIONS {
            scope.spawn(|| (0..RECIPIENTS / CONNECTIONS).for_each(|_| drop(pool.send(message).unwrap())));
        }
    });
}

/// A mail server that says yes to everything and keeps nothing.
fn take_everything() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || converse(&stream));
        }
    });
    address
}

fn converse(stream: &TcpStream) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut writer = stream;
    let mut say = |line: &str| writer.write_all(line.as_bytes()).ok();
    let (mut reader, mut line) = (BufReader::new(stream), String::new());
    say("220 mail.example.jp ESMTP\r\n")?;
    loop {
        next(&mut reader, &mut line)?;
        if line.starts_with("DATA") {
            say("354 go on\r\n")?;
            while line != ".\r\n" {
                acknowledge(stream);
                next(&mut reader, &mut line)?;
            }
        }
        say(if line.starts_with("EHLO") { "250-mail.example.jp\r\n250 SIZE 1000000\r\n" } else { "250 2.0.0 ok\r\n" })?;
    }
}

/// The client writes a mail's end by itself, and its system holds that back until what came before is
/// acknowledged: some 40 ms unless that is done at once, which both sides would spend waiting.
#[cfg(target_os = "linux")]
fn acknowledge(stream: &TcpStream) {
    std::os::linux::net::TcpStreamExt::set_quickack(stream, true).unwrap();
}

#[cfg(not(target_os = "linux"))]
fn acknowledge(_: &TcpStream) {}

fn next(reader: &mut impl BufRead, line: &mut String) -> Option<()> {
    line.clear();
    (reader.read_line(line).ok()? > 0).then_some(())
}
