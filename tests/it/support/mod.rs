//! What every test needs: an application on a database of its own, a clock that can be set,
//! people, and answers that are held against the document.

#![allow(dead_code)]

pub mod answer;
pub mod database;
pub mod desk;
pub mod document;
pub mod fingerprint;
pub mod people;
pub mod smtp;
pub mod world;

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64};

use madoguchi::app::App;
use madoguchi::config::Config;
use madoguchi::db::Db;
use madoguchi::db::types::Instant;
use madoguchi::files::Place;
use madoguchi::http::text::EmailAddress;
use madoguchi::server::{Size, serve};
use madoguchi::time::{Clock, Ids};

pub use answer::{Answer, Call, until_free};
pub use database::{Backend, Database};

/// Runs each test on SQLite and on PostgreSQL.
macro_rules! on_both {
    ($($(#[$meta:meta])* fn $name:ident($app:ident: &TestApp) $body:block)*) => {$(
        mod $name {
            use super::*;
            fn check($app: &TestApp) $body
            #[test]
            fn sqlite() { check(&TestApp::start(Backend::Sqlite)) }
            #[test]
            fn postgres() { check(&TestApp::start(Backend::Postgres)) }
        }
    )*};
}

/// A running application of one test's own.
pub struct TestApp {
    pub app: App,
    pub url: String,
    server: actix_web::dev::ServerHandle,
    agent: ureq::Agent,
    pub database: Database,
    /// Where its files are.
    pub folder: tempfile::TempDir,
}

/// Wednesday 2026-11-25 10:00 in Japan: the desk is open.
pub const OPEN: &str = "2026-11-25T01:00:00Z";

impl TestApp {
    pub fn start(backend: Backend) -> Self {
        Self::start_with(backend, |_| {})
    }

    /// With other settings than the usual ones.
    pub fn start_with(backend: Backend, set: impl FnOnce(&mut Config)) -> Self {
        let app = Self::unopened(Database::fresh(backend), set);
        app.app.load_keys_blocking().unwrap();
        app
    }

    /// One that has not opened its database yet.
    pub fn start_unopened(backend: Backend) -> Self {
        Self::unopened(Database::fresh(backend), |_| {})
    }

    /// The same on a database of the test's own.
    pub fn start_unopened_on(database: Database) -> Self {
        Self::unopened(database, |_| {})
    }

    fn unopened(database: Database, set: impl FnOnce(&mut Config)) -> Self {
        let now = Instant::parse(OPEN).unwrap();
        let clock = Clock::Set(Arc::new(AtomicI64::new(now.micros())));
        let ids = Ids::Counted(Arc::new(AtomicU64::new(0)));
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config {
            target: database.target.clone(),
            data_dir: std::env::temp_dir(),
            storage: Place::Folder(folder.path().to_owned()),
            attachment_limit: 1 << 20,
            retention_days: None,
            metrics_bind: None,
            bind: "127.0.0.1:0".parse().unwrap(),
            public_url: "http://desk.example.jp".into(),
            jwt_issuer: "http://desk.example.jp".into(),
            key_encryption_secret: Some("a secret for the tests, long enough".into()),
            cors_origins: vec![],
            trusted_proxies: vec![],
            desk_phone: "03-0000-0000".into(),
            desk_email: EmailAddress::parse("support@desk.example.jp").unwrap(),
            smtp_url: None,
            database_connections: 4,
        };
        set(&mut config);
        let db = Db::new(config.target.clone(), config.database_connections);
        let app = App::new(config, db, clock, ids).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, receiver) = std::sync::mpsc::channel();
        let served = app.clone();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let size = Size { workers: 1, connections: 256 };
                let server = serve(served, listener, size).unwrap();
                sender.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        let server = receiver.recv().unwrap();
        let agent = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
        Self { app, url, server, agent, database, folder }
    }

    /// Sets the clock, as RFC 3339 with any offset.
    pub fn at(&self, now: &str) {
        assert!(self.app.clock().set(Instant::parse(now).expect("a time")));
    }

    /// Sends the mail that is due; says how many mails were tried.
    pub fn send_mail(&self) -> usize {
        let sent = actix_web::rt::System::new().block_on(madoguchi::mail::outbox::send_due(&self.app));
        sent.unwrap_or_else(|problem| panic!("{problem}"))
    }

    pub fn get(&self, path: &str) -> Call<'_> {
        self.call("GET", path)
    }

    pub fn post(&self, path: &str) -> Call<'_> {
        self.call("POST", path)
    }

    pub fn put(&self, path: &str) -> Call<'_> {
        self.call("PUT", path)
    }

    pub fn patch(&self, path: &str) -> Call<'_> {
        self.call("PATCH", path)
    }

    pub fn delete(&self, path: &str) -> Call<'_> {
        self.call("DELETE", path)
    }

    pub fn call(&self, method: &str, path: &str) -> Call<'_> {
        Call::new(&self.agent, method, &self.url, path)
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}
