//! The demo as a newcomer meets it: the program is started, and what it prints is pasted.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};

/// The program, and what it still prints: who stops listening to it ends it.
struct Running(Child, Lines<BufReader<ChildStdout>>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Starts the demo and gives the calls that it prints.
fn start() -> (Running, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_madoguchi"))
        .args(["demo", "--bind", "127.0.0.1:0"])
        .env_remove("DATABASE_URL")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut running = Running(child, lines);
    let mut calls = String::new();
    for line in running.1.by_ref().map(Result::unwrap).skip_while(|line| !line.starts_with("Paste")).skip(1) {
        calls.push_str(&line);
        calls.push('\n');
        if line.contains("date -u") && line.contains("/demo/clock") {
            break;
        }
    }
    (running, calls)
}

#[test]
fn every_printed_call_works() {
    let (_running, calls) = start();
    // `ask` fails on a refusal, wherever in a line it stands.
    let script = format!("set -euo pipefail\nshopt -s inherit_errexit\n{calls}");
    let done = Command::new("bash").args(["-c", &script]).output().unwrap();
    let told = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{told}\n{}", String::from_utf8_lossy(&done.stderr));
    assert!(told.contains("\"code\":\"workaround_presented\""), "{told}");
    assert!(told.contains("version_unsupported_by_vendor"), "{told}");
    assert!(told.contains("\"seq\":"), "{told}");
    assert!(calls.lines().filter(|line| line.contains("$A/")).count() >= 15, "{calls}");
}
