//! The examples as a newcomer runs them: by Python, against a running server.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::support::desk::ID;
use super::support::*;

/// Runs an example as a client with these scopes, and gives what it prints. Python is needed: its
/// absence is a failure, not a skip.
fn run(app: &TestApp, client: &Value, arguments: &[&str]) -> (bool, String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let done = Command::new("python3")
        .args(arguments)
        .current_dir(folder)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("MADOGUCHI_URL", &app.url)
        .env("MADOGUCHI_CLIENT_ID", client["client_id"].as_str().unwrap())
        .env("MADOGUCHI_CLIENT_SECRET", client["client_secret"].as_str().unwrap())
        .output()
        .expect("python3");
    let told = [done.stdout, done.stderr].concat();
    (done.status.success(), String::from_utf8(told).unwrap())
}

fn client(app: &TestApp, scopes: &[&str]) -> Value {
    let body = json!({ "name": "example", "kind": "robot", "scopes": scopes });
    app.post("/v1/clients").token(&app.manager()).json(&body).send().expect(201).json()
}

on_both! {
    fn the_queue_is_sorted(app: &TestApp) {
        let desk = app.desk();
        let (agent, customer) = (app.agent(), app.customer(ID));
        let closed = app.opened(&customer, &desk.question());
        app.closed(&agent, &closed);
        let mut follows = desk.question();
        follows["follows"] = closed.into();
        let (plain, doubting) = (app.opened(&customer, &desk.question()), app.opened(&customer, &follows));
        let script = client(app, &["inquiries:read", "triage:write"]);
        let (well, told) = run(app, &script, &["triage.py"]);
        assert!(well && told.contains("closure_doubted") && told.ends_with("2 changed\n"), "{told}");
        let triage = |id: &str| app.look(&app.agent(), &format!("/v1/inquiries/{id}")).expect(200).json()["triage"].clone();
        assert_eq!((&triage(&plain)["priority"], &triage(&doubting)["tags"]), (&json!("normal"), &json!(["doubted"])));
        app.at("2026-11-26T02:00:00Z"); // more than a business day later
        let (well, told) = run(app, &script, &["triage.py"]);
        assert!(well && told.ends_with("2 changed\n"), "{told}");
        assert_eq!(triage(&plain)["priority"], "high");
        let (well, told) = run(app, &script, &["triage.py"]);
        assert!(well && told.ends_with("0 changed\n"), "{told}");
    }

    fn contracts_are_kept_in_step(app: &TestApp) {
        let software = app.product("VOTIRO-VA", madoguchi::terms::codes::Delivery::Software);
        app.product("VOTIRO-CLOUD", madoguchi::terms::codes::Delivery::Saas);
        let sync = client(app, &["contracts:read", "contracts:write"]);
        let (well, told) = run(app, &sync, &["sync_contracts.py", "contracts.csv"]);
        assert!(well && told.contains("MNT-000901 version 1"), "{told}");
        let contracts = app.get("/v1/contracts?support_id=MNT-000901").token(&app.agent()).send().expect(200).json();
        assert_eq!(contracts["items"].as_array().unwrap().len(), 1, "{contracts}");
        let (well, told) = run(app, &sync, &["sync_contracts.py", "contracts.csv"]);
        assert!(well && told.contains("MNT-000901 version 1"), "what says nothing new changes nothing: {told}");
        // A line that is refused is told, and the others are done.
        let file = tempfile::NamedTempFile::new().unwrap();
        let lines = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/contracts.csv")).unwrap();
        std::fs::write(file.path(), lines.replacen("2027-03-31", "2020-03-31", 1)).unwrap();
        let (well, told) = run(app, &sync, &["sync_contracts.py", file.path().to_str().unwrap()]);
        assert!(!well && told.contains("validation_failed") && told.contains("MNT-000902 version 1"), "{told} {software}");
    }
}
