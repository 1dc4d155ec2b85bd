//! The program as a process: what its commands do from a shell, how it stops, and what a browser's
//! page of another origin may.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use super::support::desk::fresh_key;
use super::support::*;

const PASSWORD: &str = "correct horse battery staple";

/// The program with a folder of its own for data.
fn madoguchi(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_madoguchi"));
    let database = format!("sqlite://{}", folder.join("madoguchi.db").display());
    command.args(words).env_clear().env("DATABASE_URL", database).env("DATA_DIR", folder).env("BIND", "127.0.0.1:0");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs a command that ends, with something typed.
fn run(folder: &Path, words: &[&str], typed: &str) -> Output {
    let mut child = madoguchi(folder, words).spawn().unwrap();
    child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn add(folder: &Path, email: &str, password: &str) -> Output {
    let words = ["staff", "add", "--email", email, "--name", "窓口 花子", "--role", "manager"];
    run(folder, &words, &format!("{password}\n"))
}

/// A server that was started, and where.
struct Serving {
    child: Child,
    url: String,
    log: BufReader<ChildStderr>,
}

impl Serving {
    fn on(folder: &Path) -> Self {
        let mut child = madoguchi(folder, &["serve"]).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let url = loop {
            let mut line = String::new();
            assert!(log.read_line(&mut line).unwrap() > 0, "it ended");
            if let Some((_, url)) = line.split_once("serving on ") {
                break url.trim().to_owned();
            }
        };
        Self { child, url, log }
    }

    fn call<'a>(&self, agent: &'a ureq::Agent, method: &str, path: &str) -> Call<'a> {
        Call::new(agent, method, &self.url, path)
    }

    /// Signs in as the manager that was added, and gives the token.
    fn signed_in(&self, agent: &ureq::Agent, password: &str) -> Answer {
        let body = json!({"email": "hanako@desk.example.jp", "password": password});
        self.call(agent, "POST", "/v1/staff/sessions").json(&body).send()
    }

    fn terminate(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    }
}

#[test]
fn those_who_watch_have_an_address_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut child = madoguchi(folder.path(), &["serve"]).env("METRICS_BIND", free.to_string()).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    let served = log.by_ref().map(Result::unwrap).any(|line| line.contains("metrics on"));
    let mut text = String::new();
    let mut stream = TcpStream::connect(free).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").unwrap();
    stream.read_to_string(&mut text).unwrap();
    let told = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success();
    let ended = child.wait().unwrap();
    assert!(served && text.starts_with("HTTP/1.0 200") && text.contains("process_start_time_seconds"), "{text}");
    assert!(told && ended.success(), "{ended}");
    let faulty = madoguchi(folder.path(), &["serve"]).env("METRICS_BIND", "nowhere").output().unwrap();
    assert!(!faulty.status.success() && String::from_utf8_lossy(&faulty.stderr).contains("METRICS_BIND"));
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

#[test]
fn the_first_manager_is_added_while_it_serves_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let serving = Serving::on(folder.path());
    let agent = agent();
    let first = add(folder.path(), "hanako@desk.example.jp", PASSWORD);
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    serving.signed_in(&agent, PASSWORD).expect(201);
    let second = add(folder.path(), "Hanako@desk.example.jp", "another fine password");
    assert_eq!(second.status.code(), Some(2));
    serving.signed_in(&agent, "another fine password").refused(401, "sign_in_failed");
    serving.signed_in(&agent, PASSWORD).expect(201);
    let short = add(folder.path(), "taro@desk.example.jp", "short");
    assert_eq!(short.status.code(), Some(1));
}

#[test]
fn a_new_key_signs_and_the_old_one_still_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let agent = agent();
    assert!(add(folder.path(), "hanako@desk.example.jp", PASSWORD).status.success());
    let token = |answer: Answer| answer.json()["access_token"].as_str().unwrap().to_owned();
    let keys = |serving: &Serving| {
        let set = serving.call(&agent, "GET", "/.well-known/jwks.json").send().expect(200).json();
        let ids = set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    let before = Serving::on(folder.path());
    let old = token(before.signed_in(&agent, PASSWORD).expect(201));
    let known = keys(&before);
    drop(before);
    assert!(run(folder.path(), &["keys", "rotate"], "").status.success());
    let after = Serving::on(folder.path());
    let new = token(after.signed_in(&agent, PASSWORD).expect(201));
    assert_eq!(keys(&after).len(), known.len() + 1);
    let header = |token: &str| token.split('.').next().unwrap().to_owned();
    assert_ne!(header(&old), header(&new));
    for token in [old, new] {
        after.call(&agent, "GET", "/v1/staff").token(&token).send().expect(200);
    }
}

#[test]
fn a_backup_of_a_database_in_use_serves() {
    let folder = tempfile::tempdir().unwrap();
    let agent = agent();
    assert!(add(folder.path(), "hanako@desk.example.jp", PASSWORD).status.success());
    let serving = Serving::on(folder.path());
    serving.signed_in(&agent, PASSWORD).expect(201);
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("madoguchi.db");
    let words = ["backup", copy.to_str().unwrap()];
    assert!(run(folder.path(), &words, "").status.success());
    // What is there is not written over.
    assert_eq!(run(folder.path(), &words, "").status.code(), Some(1));
    drop(serving);
    // The keys are sealed with a secret that is kept beside the database.
    for file in std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
        let beside = !file.file_name().to_string_lossy().starts_with("madoguchi.db");
        if beside && file.path().is_file() {
            std::fs::copy(file.path(), elsewhere.path().join(file.file_name())).unwrap();
        }
    }
    let restored = Serving::on(elsewhere.path());
    restored.signed_in(&agent, PASSWORD).expect(201);
}

/// A request that has begun when the signal comes is answered; nothing new is taken; and it ends.
#[test]
fn it_drains_when_it_is_told_to_stop() {
    let folder = tempfile::tempdir().unwrap();
    assert!(add(folder.path(), "hanako@desk.example.jp", PASSWORD).status.success());
    let mut serving = Serving::on(folder.path());
    let body = json!({"email": "hanako@desk.example.jp", "password": PASSWORD}).to_string();
    let (first, rest) = body.split_at(10);
    let address = serving.url.trim_start_matches("http://").to_owned();
    let mut begun = TcpStream::connect(&address).unwrap();
    write!(
        begun,
        "POST /v1/staff/sessions HTTP/1.1\r\nHost: desk\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Expect: 100-continue\r\nConnection: close\r\n\r\n",
        body.len()
    )
    .unwrap();
    let mut answer = BufReader::new(begun.try_clone().unwrap());
    let mut line = String::new();
    answer.read_line(&mut line).unwrap();
    assert!(line.starts_with("HTTP/1.1 100"), "{line}"); // its body is being read: it has begun
    write!(begun, "{first}").unwrap();

    serving.terminate();
    let told = Instant::now();
    while TcpStream::connect(&address).is_ok() {
        assert!(told.elapsed() < Duration::from_secs(10), "it goes on taking connections");
        std::thread::yield_now();
    }
    write!(begun, "{rest}").unwrap();
    let mut whole = String::new();
    answer.read_to_string(&mut whole).unwrap();
    assert!(whole.contains("HTTP/1.1 201"), "{whole}");
    let mut log = String::new();
    serving.log.read_to_string(&mut log).unwrap();
    assert!(serving.child.wait().unwrap().success(), "{log}");
    assert!(told.elapsed() < Duration::from_secs(15));
}

#[test]
fn faulty_settings_are_all_named_and_nothing_starts() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = madoguchi(folder.path(), &["serve"]);
    command.env("DATABASE_URL", "mysql://somewhere").env("CORS_ORIGINS", "not an origin");
    let output = command.spawn().unwrap().wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(told.contains("DATABASE_URL") && told.contains("CORS_ORIGINS"), "{told}");
}

/// What a page of `origin` is told before it may send a call.
fn preflight(app: &TestApp, origin: &str) -> Answer {
    app.call("OPTIONS", "/v1/inquiries")
        .header("Origin", origin)
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "authorization,content-type,idempotency-key")
        .unchecked()
        .send()
}

#[test]
fn pages_of_configured_origins_may_call() {
    let frontend = "https://support.example.jp";
    let app = TestApp::start_with(Backend::Sqlite, |config| config.cors_origins = vec![frontend.into()]);
    let allowed = preflight(&app, frontend).expect(200);
    assert_eq!(allowed.header("Access-Control-Allow-Origin"), Some(frontend));
    assert!(allowed.header("Access-Control-Allow-Headers").unwrap().to_lowercase().contains("idempotency-key"));
    let foreign = preflight(&app, "https://elsewhere.example.com");
    assert_eq!(foreign.header("Access-Control-Allow-Origin"), None);

    let read = app.get("/v1/reception").header("Origin", frontend).send().expect(200);
    assert_eq!(read.header("Access-Control-Allow-Origin"), Some(frontend));
    let exposed = read.header("Access-Control-Expose-Headers").unwrap().to_lowercase();
    assert!(exposed.contains("etag") && exposed.contains("retry-after"), "{exposed}");
    assert_eq!(read.header("Access-Control-Allow-Credentials"), None);

    let closed = TestApp::start(Backend::Sqlite);
    assert_eq!(preflight(&closed, frontend).status, 405);
}

on_both! {
    /// A key is good for 24 hours, and is not kept for longer.
    fn keys_are_cleared_away(app: &TestApp) {
        let (desk, customer) = (app.desk(), app.customer(crate::support::desk::ID));
        let (key, question) = (fresh_key(), desk.question());
        let opened = || app.post("/v1/inquiries").token(&customer).key(&key).json(&question).send().expect(201).id();
        assert_eq!(opened(), opened());
        let kept = || !app.fingerprint()["idempotency_keys"].is_empty();
        let clear = || actix_web::rt::System::new().block_on(madoguchi::workers::clear(&app.app)).unwrap();
        clear();
        assert!(kept());
        app.at("2026-11-26T01:00:01Z");
        clear();
        assert!(!kept());
    }
}
