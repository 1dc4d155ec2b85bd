//! The figures: what is measured against what.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::time::Duration;

use crate::floor;
use crate::load::{Run, all, drive, once};
use crate::report::Pairs;
use crate::seed::Seeded;
use crate::stand::{Backend, Server};

/// Each pair measures both sides, one after the other; what comes between hits both.
pub const PAIRS: usize = 5;
const FEW: u64 = 10_000;
const MANY: u64 = 1_000_000;

type Requests<'a> = &'a dyn Fn(u64) -> Cow<'a, [u8]>;

/// Requests per second against the bare server's.
pub fn floor(backend: Backend) {
    let seeded = Seeded::new(backend, FEW);
    let counter = Server::counter(&seeded.database);
    let length = |requests: Requests<'_>| once(counter.address, &requests(0)).len();
    let (answer, page) = (length(&|r| seeded.read(r)), length(&|r| seeded.page_of_contract(r)));
    let bare = floor::seed(backend, FEW, answer, page);
    let bare = (Server::floor(&bare), bare);
    let rate = |run: Run| run.requests_per_second;
    let side = |address, requests| rate(measure(address, 16, requests));
    let figures: [(String, &str, Requests<'_>, Requests<'_>); 2] = [
        (format!("read of {answer} bytes / bare read"), "0.7", &|r| seeded.read(r), &|r| seeded.bare_answer(r)),
        (format!("page of {page} bytes / bare page"), "0.6", &|r| seeded.page_of_contract(r), &|r| seeded.bare_page(r)),
    ];
    for (what, aim, ours, theirs) in figures {
        let mut pairs = Pairs::default();
        warm(counter.address, ours);
        warm(bare.0.address, theirs);
        for _ in 0..PAIRS {
            pairs.add(side(counter.address, ours), side(bare.0.address, theirs));
        }
        pairs.tell(&what, &format!("{aim} or more"), "requests a second");
    }
}

/// Makes the nth request.
type Request = fn(&Seeded, u64) -> Cow<'_, [u8]>;

/// The 99th percentile with many inquiries against that with few.
pub fn scale(backend: Backend, words: &[&str]) {
    let sides = [MANY, FEW].map(|inquiries| Seeded::new(backend, inquiries));
    let [many, few] = &sides;
    let servers = [Server::counter(&many.database), Server::counter(&few.database)];
    let figures: [(&str, Request); 11] = [
        ("read", Seeded::read),
        ("page of a contract", Seeded::page_of_contract),
        ("page of a state", Seeded::page_of_state),
        ("page of an assignee", Seeded::page_of_assignee),
        ("page of a state and an assignee", Seeded::page_of_state_and_assignee),
        ("page of a state and a product", Seeded::page_of_state_and_product),
        ("page of several states", Seeded::page_of_states),
        ("page of a contract by the desk", Seeded::page_of_one_contract),
        ("page of a tag", Seeded::page_of_tag),
        ("triage queue", Seeded::queue),
        ("open", Seeded::open),
    ];
    let named = |what: &str| words.iter().any(|word| what.ends_with(word));
    let some = figures.iter().any(|(what, _)| named(what));
    for (what, requests) in figures.into_iter().filter(|(what, _)| !some || named(what)) {
        let mut pairs = Pairs::default();
        let p99 = |side: usize| {
            let (server, seeded) = (servers.get(side).unwrap(), sides.get(side).unwrap());
            measure(server.address, 4, &|r| requests(seeded, r)).percentile(99)
        };
        p99(0); // neither side is measured cold
        p99(1);
        for _ in 0..PAIRS {
            pairs.add(p99(0), p99(1));
        }
        pairs.tell(&format!("p99 of {what}, {MANY} / {FEW}"), "1.5 or less", "ms");
    }
}

/// A hundred commands in one call against a hundred calls, one after the other.
pub fn batch(backend: Backend) {
    const COMMANDS: u64 = 100;
    let seeded = Seeded::new(backend, FEW);
    let counter = Server::counter(&seeded.database);
    let mut pairs = Pairs::default();
    let turn = std::cell::Cell::new(0);
    let milliseconds = |requests: Vec<Vec<u8>>| {
        let began = std::time::Instant::now();
        all(counter.address, &requests);
        began.elapsed().as_secs_f64() * 1000.0
    };
    for round in 0..=PAIRS {
        turn.set(turn.get() + 1);
        let singles = (0..COMMANDS).map(|n| seeded.patch(n, turn.get())).collect();
        let singles = milliseconds(singles);
        turn.set(turn.get() + 1);
        let batch = milliseconds(vec![seeded.batch(COMMANDS, turn.get())]);
        if round > 0 {
            pairs.add(singles, batch); // the first one fills caches
        }
    }
    pairs.tell(&format!("{COMMANDS} calls / a batch of {COMMANDS}"), "20 or more", "ms");
}

/// What the process holds.
pub fn memory(backend: Backend) {
    let seeded = Seeded::new(backend, FEW);
    let counter = Server::counter(&seeded.database);
    let (idle, _) = counter.memory();
    drive(counter.address, 64, Duration::from_secs(10), |r| seeded.mixed(r));
    let (after, most) = counter.memory();
    println!(
        "  memory idle {idle:.0} MiB, aim 64; most under mixed load {most:.0} MiB, aim 256; after it {after:.0} MiB"
    );
}

fn measure(address: SocketAddr, connections: usize, requests: Requests<'_>) -> Run {
    drive(address, connections, Duration::from_secs(3), requests)
}

/// Fills caches of connections, statements and pages.
fn warm(address: SocketAddr, requests: Requests<'_>) {
    drive(address, 16, Duration::from_secs(1), requests);
}
