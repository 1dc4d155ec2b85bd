//! Mail is written down with the act, sent over real SMTP, tried again, and its end is on record.

use diesel::prelude::*;
use madoguchi::db::schema::{mail_attempts, mails};
use madoguchi::events::model::Change;
use madoguchi::http::Refusal;
use madoguchi::http::text::EmailAddress;
use madoguchi::mail::model::NewMail;
use madoguchi::mail::{MailId, outbox, store};
use madoguchi::terms::codes::{MailKind, MailLane, MailOutcome, MailState};

use super::support::smtp::{SmtpServer, Turn};
use super::support::*;

/// An application and the mail server that it sends to.
fn with_server(check: impl Fn(&TestApp, &SmtpServer)) {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let server = SmtpServer::start();
        check(&TestApp::start_with(backend, |config| config.smtp_url = Some(server.url())), &server);
    }
}

fn answered(to: &str) -> NewMail {
    let to = EmailAddress::parse(to).unwrap();
    NewMail::prompt(MailKind::InquiryAnswered, Some(to)).with("number", "Q-2026-000001").with("inquiry", "4711")
}

fn queue(app: &TestApp, mail: NewMail) -> MailId {
    app.app.write_blocking(|tx| Ok(Change::silent(outbox::enqueue(tx, mail)?, "a test's"))).unwrap()
}

type Tries = Vec<(Option<MailOutcome>, Option<i32>)>;

fn record(app: &TestApp, id: MailId) -> (MailState, Tries) {
    let read = app.app.db().transaction_blocking(|db| {
        let state = mails::table.find(id).select(mails::state).first(db)?;
        let tries = mail_attempts::table
            .filter(mail_attempts::mail_id.eq(id))
            .order(mail_attempts::number)
            .select((mail_attempts::outcome, mail_attempts::reply_code))
            .load(db)?;
        Ok((state, tries))
    });
    read.unwrap()
}

#[test]
fn a_mail_reaches_the_server_as_it_is_meant() {
    with_server(|app, server| {
        let id = queue(app, answered("tanaka@city.example.jp"));
        queue(app, NewMail { to: None, ..answered("nobody@city.example.jp") });
        assert_eq!(app.send_mail(), 2);
        assert_eq!(app.send_mail(), 0, "a mail is sent once");
        let mut taken = server.taken();
        taken.sort_by_key(|mail| mail.to[0] == "support@desk.example.jp");
        let [mail, to_desk] = taken.as_slice() else { panic!("{taken:?}") };
        assert_eq!(
            (mail.from.as_str(), mail.to.as_slice()),
            ("support@desk.example.jp", &["tanaka@city.example.jp".into()][..])
        );
        assert_eq!(mail.header("From"), "サポート窓口 <support@desk.example.jp>");
        assert_eq!(mail.header("To"), "tanaka@city.example.jp");
        assert_eq!(mail.header("Subject"), "【サポート窓口】お問い合わせ Q-2026-000001 に回答いたしました");
        assert_eq!(mail.header("Message-ID"), format!("<{id}@desk.example.jp>"));
        assert_eq!(mail.header("Date"), "Wed, 25 Nov 2026 01:00:00 +0000");
        assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
        assert!(mail.raw.is_ascii() && mail.raw.lines().all(|line| line.len() <= 998));
        assert!(mail.body.contains("http://desk.example.jp/inquiries/4711"), "{}", mail.body);
        assert!(mail.body.contains("03-0000-0000") && !mail.body.contains("%{"), "{}", mail.body);
        assert_eq!(to_desk.to, ["support@desk.example.jp"]);
        assert_eq!(record(app, id), (MailState::Delivered, vec![(Some(MailOutcome::Delivered), Some(250))]));
    });
}

#[test]
fn what_is_rolled_back_is_told_to_nobody() {
    with_server(|app, server| {
        let undone: Result<(), _> = app.app.write_blocking(|tx| {
            outbox::enqueue(tx, answered("tanaka@city.example.jp"))?;
            Err(Refusal::StateConflict.into())
        });
        assert!(undone.is_err());
        assert_eq!((app.send_mail(), server.taken().len()), (0, 0));
    });
}

#[test]
fn a_refusal_for_good_ends_it_and_one_for_now_does_not() {
    with_server(|app, server| {
        server.next([Turn::Answer("550 5.1.1 no such user")]);
        let gone = queue(app, answered("gone@city.example.jp"));
        app.send_mail();
        assert_eq!(record(app, gone), (MailState::Bounced, vec![(Some(MailOutcome::Refused), Some(550))]));
        server.next([Turn::Answer("451 4.7.1 try later"), Turn::HangUp]);
        let later = queue(app, answered("later@city.example.jp"));
        app.send_mail();
        assert_eq!(app.send_mail(), 0, "not before its pause is over");
        app.at("2026-11-25T01:01:00Z");
        assert_eq!(app.send_mail(), 1);
        app.at("2026-11-25T01:05:59Z");
        assert_eq!(app.send_mail(), 0, "pauses grow");
        app.at("2026-11-25T01:06:00Z");
        assert_eq!(app.send_mail(), 1);
        let (state, tries) = record(app, later);
        let outcomes: Vec<_> = tries.iter().map(|(outcome, code)| (outcome.unwrap(), *code)).collect();
        let expected =
            [(MailOutcome::Deferred, Some(451)), (MailOutcome::Deferred, None), (MailOutcome::Delivered, Some(250))];
        assert_eq!((state, outcomes.as_slice()), (MailState::Delivered, &expected[..]));
        // The server had taken it before it hung up: the repeat can be told by its id.
        let ids: Vec<_> = server.taken().iter().map(|mail| mail.header("Message-ID")).collect();
        assert_eq!(ids, vec![format!("<{later}@desk.example.jp>"); 2]);
    });
}

#[test]
fn a_crash_between_sending_and_marking_repeats_and_loses_nothing() {
    with_server(|app, server| {
        let id = queue(app, answered("tanaka@city.example.jp"));
        // A node claims the mail and is gone, whether it has sent it or not.
        let claimed = app.app.write_blocking(|tx| Ok(Change::silent(store::claim(tx)?, "a test's"))).unwrap();
        let claimed = claimed.unwrap();
        assert_eq!(claimed.id, id);
        assert_eq!(app.send_mail(), 0, "it may still be sending");
        app.at("2026-11-25T01:15:00Z");
        assert_eq!(app.send_mail(), 1);
        assert_eq!(server.taken().len(), 1);
        assert_eq!(
            record(app, id),
            (MailState::Delivered, vec![(None, None), (Some(MailOutcome::Delivered), Some(250))])
        );
        // It was not gone after all: what it says now changes nothing but its own try.
        let late = madoguchi::mail::model::Tried {
            outcome: MailOutcome::Refused,
            reply_code: Some(550),
            detail: String::new(),
        };
        app.app.write_blocking(|tx| Ok(Change::silent(store::settle(tx, &claimed, &late)?, "a test's"))).unwrap();
        assert_eq!(record(app, id).0, MailState::Delivered);
    });
}

#[test]
fn a_mail_is_given_up_and_can_be_taken_up_again() {
    with_server(|app, server| {
        let id = queue(app, answered("tanaka@city.example.jp"));
        for day in 25..30 {
            for hour in 1..24 {
                for minute in [0, 1, 6, 21, 30] {
                    server.next([Turn::Answer("452 4.2.2 full")]);
                    app.at(&format!("2026-11-{day}T{hour:02}:{minute:02}:00Z"));
                    app.send_mail();
                }
            }
        }
        let (state, tries) = record(app, id);
        assert_eq!((state, tries.len()), (MailState::Dead, 10));
        app.at("2026-12-25T01:00:00Z");
        assert_eq!(app.send_mail(), 0);
        let retry = |bounced| app.app.write_blocking(|tx| outbox::retry(tx, bounced)).unwrap();
        assert_eq!((retry(false), retry(false)), (1, 0));
        server.next(vec![Turn::Take; 200]);
        let server_before = server.taken().len();
        assert_eq!(server_before, 0);
        for _ in 0..2 {
            app.send_mail();
        }
        assert!(record(app, id).1.len() == 11);
    });
}

#[test]
fn a_server_that_stalls_holds_up_neither_calls_nor_other_mail() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let server = SmtpServer::start();
        let app = TestApp::start_with(backend, |config| config.smtp_url = Some(server.url()));
        server.next([Turn::Stall, Turn::Stall]);
        for n in 0..6 {
            queue(&app, answered(&format!("user{n}@city.example.jp")));
        }
        std::thread::scope(|scope| {
            let sending = scope.spawn(|| app.send_mail());
            server.until_stalled(2);
            app.get("/v1/reception").send().expect(200);
            app.post("/v1/resellers")
                .token(&app.manager())
                .json(&serde_json::json!({
                    "name": "甲販売", "contact": { "name": "窓口", "email": "a@b.example.jp", "phone": "03-0000-0000" },
                }))
                .send()
                .expect(201);
            server.go_on();
            assert_eq!(sending.join().unwrap(), 6);
        });
        assert_eq!(server.taken().len(), 6);
    }
}

#[test]
fn several_nodes_send_each_mail_once() {
    with_server(|app, server| {
        let ids: Vec<MailId> = (0..20).map(|n| queue(app, answered(&format!("user{n}@city.example.jp")))).collect();
        let sent: usize = std::thread::scope(|scope| {
            let nodes: Vec<_> = (0..3).map(|_| scope.spawn(|| app.send_mail())).collect();
            nodes.into_iter().map(|node| node.join().unwrap()).sum()
        });
        assert_eq!(sent, ids.len());
        let mut taken: Vec<_> = server.taken().iter().map(|mail| mail.header("Message-ID")).collect();
        taken.sort();
        assert_eq!(taken, ids.iter().map(|id| format!("<{id}@desk.example.jp>")).collect::<Vec<_>>());
    });
}

#[test]
fn what_is_sent_in_bulk_waits_for_what_is_prompt() {
    with_server(|app, server| {
        for n in 0..8 {
            queue(app, NewMail { lane: MailLane::Bulk, ..answered(&format!("bulk{n}@city.example.jp")) });
        }
        app.at("2026-11-25T01:00:01Z");
        queue(app, answered("prompt@city.example.jp"));
        let first = app.app.write_blocking(|tx| Ok(Change::silent(store::claim(tx)?, "a test's"))).unwrap();
        assert_eq!(first.unwrap().recipient.as_deref(), Some("prompt@city.example.jp"));
        assert_eq!((app.send_mail(), server.taken().len()), (8, 8));
    });
}

#[test]
fn credentials_are_shown_and_a_wrong_one_is_no_word_on_the_recipient() {
    let server = SmtpServer::start();
    let url = server.url_as("desk:p%40ss");
    let app = TestApp::start_with(Backend::Sqlite, |config| config.smtp_url = Some(url));
    let id = queue(&app, answered("tanaka@city.example.jp"));
    app.send_mail();
    assert_eq!((server.logins(), record(&app, id).0), (vec!["desk:p@ss".to_owned()], MailState::Delivered));
    let app = TestApp::start_with(Backend::Sqlite, |config| config.smtp_url = Some(server.url_as("desk:wrong")));
    let id = queue(&app, answered("tanaka@city.example.jp"));
    app.send_mail();
    assert_eq!(record(&app, id), (MailState::Waiting, vec![(Some(MailOutcome::Deferred), Some(535))]));
}

#[test]
fn without_a_server_mail_is_kept_in_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let app = TestApp::start_with(Backend::Sqlite, |config| config.data_dir = folder.path().into());
    let id = queue(&app, answered("tanaka@city.example.jp"));
    app.send_mail();
    let kept = std::fs::read_to_string(folder.path().join(format!("mail/{id}@desk.example.jp.eml"))).unwrap();
    assert!(kept.contains("To: tanaka@city.example.jp\r\n"), "{kept}");
    assert_eq!(record(&app, id), (MailState::Delivered, vec![(Some(MailOutcome::Delivered), None)]));
}

/// What a recipient's name, a number or a link may hold never becomes a header or an address more.
#[test]
fn no_word_becomes_a_header() {
    with_server(|app, server| {
        let evil = "Q\r\nBcc: evil@evil.example\r\n\r\n.\r\nMAIL FROM:<evil@evil.example>";
        let id = queue(app, answered("tanaka@city.example.jp").with("number", evil));
        app.send_mail();
        assert_eq!(server.taken().len(), 0, "a subject is one line or none");
        assert_eq!(record(app, id).0, MailState::Waiting);
        queue(app, answered("tanaka@city.example.jp").with("inquiry", evil));
        app.send_mail();
        let taken = server.taken();
        assert_eq!((taken.len(), taken[0].to.as_slice()), (1, &["tanaka@city.example.jp".to_owned()][..]));
        assert!(taken[0].headers.iter().all(|(name, _)| name != "Bcc"), "{}", taken[0].raw);
    });
}

#[test]
fn a_mail_that_was_cut_off_on_its_last_try_is_given_up() {
    with_server(|app, server| {
        let cut_off = queue(app, answered("cut-off@city.example.jp"));
        let next = queue(app, answered("tanaka@city.example.jp"));
        let spent = (mails::attempts.eq(10), mails::tries_left.eq(0));
        let spend = |db: &mut madoguchi::db::Connection| {
            Ok(diesel::update(mails::table.find(cut_off)).set(spent).execute(db)?)
        };
        app.app.db().transaction_blocking(spend).unwrap();
        assert_eq!((app.send_mail(), server.taken().len()), (1, 1));
        assert_eq!((record(app, cut_off).0, record(app, next).0), (MailState::Dead, MailState::Delivered));
    });
}

#[test]
fn what_has_ended_is_kept_for_a_time() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let app = &TestApp::start_with(backend, |config| config.retention_days = Some(30));
        queue(app, answered("tanaka@city.example.jp"));
        app.send_mail();
        queue(app, answered("waiting@city.example.jp"));
        let clear = || actix_web::rt::System::new().block_on(madoguchi::workers::clear(&app.app)).unwrap();
        let kept = || app.app.db().transaction_blocking(|db| Ok(mails::table.count().get_result::<i64>(db)?)).unwrap();
        app.at("2026-12-25T01:00:00Z");
        clear();
        assert_eq!(kept(), 2);
        app.at("2026-12-25T01:00:01Z");
        clear();
        assert_eq!(kept(), 1, "what is yet to be sent stays");
    }
}

on_both! {
    fn who_awaits_approval_anew_is_told_nothing(app: &TestApp) {
        use madoguchi::db::schema::account_links as links;
        use madoguchi::terms::codes::AccountState;
        let desk = app.desk();
        let agent = app.agent();
        let inquiry = app.opened(&app.customer_named("gone@city.example.jp", crate::support::desk::ID), &desk.question());
        let listed = app.look(&agent, &format!("/v1/contracts/{}/accounts", desk.contract)).json();
        let account = listed["items"][0]["id"].as_str().unwrap().to_owned();
        app.act(&agent, &format!("/v1/contracts/{}/accounts/{account}/deactivations", desk.contract), &serde_json::json!({})).expect(201);
        let anew = |db: &mut madoguchi::db::Connection| {
            let own = links::table.filter(links::contract_id.eq(desk.contract));
            Ok(diesel::update(own).set((links::state.eq(AccountState::AwaitingApproval), links::linked_until.eq(None::<madoguchi::db::types::Instant>))).execute(db)?)
        };
        app.app.db().transaction_blocking(anew).unwrap();
        app.send_mail();
        app.answered(&agent, &inquiry, &[]);
        assert_eq!(app.send_mail(), 0);
    }
}
