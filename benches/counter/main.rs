//! How fast the counter is: by ratios, which a slower machine or a busier one hardly changes.
//!
//! `cargo bench --bench counter` measures everything. Words narrow it: `floor`, `scale`, `batch`,
//! `search`, `mail`, `memory`, `upload` for the figures, `sqlite`, `postgres` for the databases. PostgreSQL is the server that
//! BENCH_DATABASE_URL names; databases `bench_…` are made on it and dropped.
//!
//! - `floor`: requests per second against a bare server that fetches a text of the same length by
//!   its primary key, and a page against a bare page. Aims: 0.7 and 0.6.
//! - `scale`: the 99th percentile with 1,000,000 inquiries against that with 10,000. Aim: 1.5. Last
//!   words of its lines, such as `open`, narrow it to these.
//! - `batch`: a hundred triage commands one by one against one batch of them. Aim: 20.
//! - `search`: searches per second against SQLite's FTS5 with bm25 on the same terms, behind a bare
//!   server, and against those with ten times as many FAQs. Aims: 1.0 or more, 6 or less.
//! - `mail`: notices' mails per second, with claims, marks and ledger, against the bare client over as
//!   many connections to the same mail server. Aim: 0.6.
//! - `memory`: what the process holds, idle and under mixed load. Aims: 64 MiB and 256 MiB.
//! - `upload`: what it holds more while 1 GiB comes in and goes out. Aim: 16 MiB.
//!
//! Nothing is asserted: times are for people to read. Run by `cargo test` it does nothing.

#![expect(missing_docs, reason = "what is public here is so for the tests' people")]
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a bench that panics has told what is wrong")]

mod figures;
mod floor;
mod load;
mod mail;
#[path = "../../tests/it/support/people.rs"]
mod people;
mod report;
mod search;
mod seed;
mod stand;
mod upload;

use stand::Backend;

/// The program's own, for both servers.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What `people` puts its people into.
pub struct TestApp {
    pub app: madoguchi::app::App,
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [role, url] = words.as_slice()
        && let Some(serve) = stand::role(role)
    {
        return serve(url);
    }
    if !words.iter().any(|word| word == "--bench") {
        return println!("run with: cargo bench --bench counter");
    }
    let words: Vec<&str> = words.iter().map(String::as_str).filter(|word| !word.starts_with("--")).collect();
    let asked = |word: &str, among: &[&str]| words.contains(&word) || !words.iter().any(|w| among.contains(w));
    let (figures, backends) =
        (["floor", "scale", "batch", "search", "mail", "memory", "upload"], ["sqlite", "postgres"]);
    for (backend, name) in [(Backend::Sqlite, "sqlite"), (Backend::Postgres, "postgres")] {
        if !asked(name, &backends) {
            continue;
        }
        if backend == Backend::Postgres && stand::postgres().is_none() {
            println!("postgres: skipped, BENCH_DATABASE_URL is not set");
            continue;
        }
        println!("{name}");
        if asked("floor", &figures) {
            figures::floor(backend);
        }
        if asked("scale", &figures) {
            figures::scale(backend, &words);
        }
        if asked("batch", &figures) {
            figures::batch(backend);
        }
        if asked("mail", &figures) {
            mail::mail(backend);
        }
        if asked("memory", &figures) {
            figures::memory(backend);
        }
        if asked("upload", &figures) {
            upload::upload(backend);
        }
        if asked("search", &figures) {
            search::figures(backend);
        }
    }
}
