//! The invariants that can be read off the source. Every list of exceptions may only shrink: an
//! entry that is no longer needed fails too.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use madoguchi::http::problem::Register;
use madoguchi::http::{Fault, Refusal};
use madoguchi::terms::codes::Language;

/// Every source file under a folder of the project, by its path from there.
fn files(folder: &str) -> BTreeMap<String, String> {
    fn walk(folder: &Path, root: &Path, found: &mut BTreeMap<String, String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, root, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
                found.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut found = BTreeMap::new();
    walk(&root, &root, &mut found);
    assert!(!found.is_empty());
    found
}

/// A file without its comments, line by line.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// What breaks a rule must be among the exceptions, and each of these must still break it.
fn only(what: &str, broken: BTreeSet<String>, exceptions: &[(&str, &str)]) {
    let allowed: BTreeSet<String> = exceptions.iter().map(|(file, _)| (*file).to_owned()).collect();
    let more: Vec<_> = broken.difference(&allowed).collect();
    assert!(more.is_empty(), "{what}: {more:#?}");
    let less: Vec<_> = allowed.difference(&broken).collect();
    assert!(less.is_empty(), "{what} no longer needs the exceptions {less:#?}");
}

#[test]
fn only_db_knows_which_database_it_is() {
    for (file, text) in files("src") {
        for (number, line) in code(&text).filter(|_| !file.starts_with("db/")) {
            let told = ["Connection::Postgres", "Connection::Sqlite"].iter().any(|variant| line.contains(variant));
            assert!(!told, "src/{file}:{}: {line}", number + 1);
        }
    }
}

/// "Show me all SQL" is `src/*/store.rs`, or the folder `store` beside it.
#[test]
fn queries_are_in_stores() {
    const EXCEPTIONS: &[(&str, &str)] = &[
        ("auth/keys.rs", "the signing keys are a room of their own, smaller than a store beside it"),
        ("auth/proof.rs", "the joins that prove a caller, as a macro for stores"),
        ("http/idempotency.rs", "kept answers belong to the call, not to a domain"),
    ];
    const QUERIES: &[&str] =
        &["diesel::prelude", "sql_query", "diesel::insert_into", "diesel::update", "diesel::delete"];
    let is_store = |file: &str| file.ends_with("/store.rs") || file.contains("/store/") || file.starts_with("db/");
    let broken = files("src").into_iter().filter(|(file, _)| !is_store(file));
    let broken =
        broken.filter(|(_, text)| code(text).any(|(_, line)| QUERIES.iter().any(|query| line.contains(query))));
    only("queries outside stores", broken.map(|(file, _)| file).collect(), EXCEPTIONS);
}

/// Dependencies run one way: from commands towards `auth`, `http` and `db`.
#[test]
fn foundations_do_not_know_the_domains() {
    const FOUNDATIONS: &[&str] = &["http", "db", "terms", "time", "config", "app", "auth", "files"];
    const EXCEPTIONS: &[(&str, &str)] = &[
        ("config.rs -> contracts", "the desk's own counter is a contact like a reseller's"),
        ("config.rs -> events", "hexadecimal"),
        ("db/dialect.rs -> inquiries", "full text and counters are keyed by inquiry"),
        ("http/idempotency.rs -> auth", "keys are kept for each caller"),
        ("http/problem.rs -> contracts", "a refusal names contacts"),
        ("http/problem.rs -> inquiries", "a refusal names the inquiry that goes on"),
        ("time.rs -> calendar", "the day in Japan"),
    ];
    let mut broken = BTreeSet::new();
    for (file, text) in files("src") {
        let room = file.split(['/', '.']).next().unwrap_or_default();
        if !["http", "db", "terms", "time", "config"].contains(&room) {
            continue;
        }
        for (_, line) in code(&text) {
            for named in line.split("crate::").skip(1) {
                let name: String = named.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
                let below = name == room || (FOUNDATIONS.contains(&name.as_str()) && name != "auth");
                if !below && !name.is_empty() {
                    broken.insert(format!("{file} -> {name}"));
                }
            }
        }
    }
    only("a foundation that knows a domain", broken, EXCEPTIONS);
}

#[test]
fn files_are_short() {
    const EXCEPTIONS: &[(&str, &str)] = &[
        ("auth/claim.rs", "who may call: the gate, the claim and the token behind both"),
        ("app.rs", "what handlers share, and the one way to write"),
        ("db/dialect.rs", "the only match on the database"),
        ("db/schema.rs", "one entry for each table"),
        ("db/types.rs", "three types for three databases' faces each"),
        ("http/front.rs", "one door: ids, routes, bodies and problems"),
        ("deliveries/store/fill.rs", "who is to be told, by each way that leads to it"),
        ("http/problem.rs", "one table of refusals, and what a problem is"),
        ("http/text.rs", "one table of bounded strings"),
        ("inquiries/model.rs", "one table of transitions, and one of who may do what"),
        ("inquiries/store/thread.rs", "every query of an inquiry's thread"),
        ("inquiries/view.rs", "what each kind of caller sees of an inquiry, in one place"),
        ("terms/codes.rs", "one table of codes"),
        ("triage/model.rs", "one rule for each thing that could be done"),
    ];
    const TO_BE_DIVIDED: &[(&str, &str)] = &[
        ("accounts/store/people.rs", "accounts and staff in one"),
        ("closures/model.rs", "ten rules and their evidence"),
        ("inquiries/ask.rs", "asking and reading what was asked in one"),
        ("inquiries/correct_contract.rs", "judging on the right contract and moving there in one"),
        ("inquiries/open.rs", "request, rules and rows of the largest command"),
        ("inquiries/post_message.rs", "answer and message in one"),
        ("triage/run_batch.rs", "what is sent, what is answered and the way between in one"),
    ];
    let long = files("src").into_iter().filter(|(_, text)| text.lines().count() > 300);
    let broken = long.map(|(file, _)| file).collect();
    only("files of more than 300 lines", broken, &[EXCEPTIONS, TO_BE_DIVIDED].concat());
}

#[test]
fn failures_are_not_swallowed() {
    for (file, text) in files("src") {
        let mut statement = String::new();
        for (number, line) in code(&text) {
            let line = line.trim();
            statement.push_str(line);
            let dropped = statement.starts_with("let _ =") || (line.ends_with(".ok();") && !named(&statement));
            assert!(!dropped, "src/{file}:{}: {line}", number + 1);
            if line.ends_with([';', '{', '}', ',']) {
                statement.clear();
            }
        }
    }
}

/// Whether a statement does something with its value.
fn named(statement: &str) -> bool {
    statement.starts_with("let ") || statement.starts_with("return ") || statement.contains(" = ")
}

#[test]
fn tests_do_not_sleep() {
    let word = concat!("thread::", "sleep");
    for (file, text) in files("tests") {
        assert!(!text.contains(word), "tests/{file} sleeps");
    }
}

fn blanks(text: &str) -> BTreeSet<&str> {
    text.split("%{").skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

fn is_japanese(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}'))
}

/// A text that is missing comes back as its key or, for English, as the Japanese one.
#[test]
fn refusals_are_told_in_both_languages() {
    for &refusal in Refusal::ALL {
        let code = refusal.code();
        let titles = (refusal.title(Language::Ja), refusal.title(Language::En));
        let polite = (refusal.detail(Register::Polite, Language::Ja), refusal.detail(Register::Polite, Language::En));
        let plain = (refusal.detail(Register::Plain, Language::Ja), refusal.detail(Register::Plain, Language::En));
        for (ja, en) in [&titles, &polite, &plain] {
            assert!(is_japanese(ja), "{code}: {ja}");
            assert!(!is_japanese(en) && en.contains(|c: char| c.is_ascii_lowercase()), "{code}: {en}");
            assert!(!en.contains("problem."), "{code}: {en}");
            assert_eq!(blanks(ja), blanks(en), "{code}");
        }
        assert!(blanks(&titles.0).is_empty(), "{code}: a title is fixed");
    }
}

/// The string literals of the second argument of every call of `name` in a text.
fn second_arguments(text: &str, name: &str) -> Vec<String> {
    let mut found = vec![];
    for call in text.split(name).skip(1) {
        let (mut depth, mut argument, mut quoted) = (0, 0, false);
        let mut literal = String::new();
        for c in call.chars() {
            match c {
                '"' => {
                    if quoted && argument == 1 {
                        found.push(std::mem::take(&mut literal));
                    }
                    quoted = !quoted;
                    literal.clear();
                }
                _ if quoted => literal.push(c),
                '(' | '[' | '{' => depth += 1,
                ')' if depth == 0 => break,
                ')' | ']' | '}' => depth -= 1,
                ',' if depth == 0 => argument += 1,
                _ => {}
            }
        }
    }
    found
}

/// Every code of a fault has its text, and what a type says at the door is known there.
#[test]
fn faults_are_told_in_both_languages() {
    let calls =
        ["Fault::at(", "Fault::parameter(", "Problem::fault(", "Problem::parameter(", "Problem::parameter_with("];
    let sources = files("src");
    let mut codes: BTreeSet<String> = BTreeSet::new();
    let mut at_the_door: BTreeSet<String> = BTreeSet::new();
    for text in sources.values() {
        let text: String = code(text).map(|(_, line)| format!("{line}\n")).collect();
        calls.iter().for_each(|call| codes.extend(second_arguments(&text, call)));
        for told in text.split("field:").skip(1) {
            let name: String = told.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            at_the_door.extend(Some(name).filter(|name| !name.is_empty()));
        }
    }
    let (_, known) = sources["http/json.rs"].split_once("const CODES").unwrap();
    let (known, _) = known.split_once("];").unwrap();
    for name in &at_the_door {
        assert!(known.contains(&format!("\"{name}\"")), "http/json.rs does not know field:{name}");
    }
    codes.extend(at_the_door);
    assert!(codes.len() > 12, "{codes:?}");
    for name in codes {
        let fault = Fault::at("", name.clone().leak());
        let (ja, en) = (fault.view(Language::Ja).detail, fault.view(Language::En).detail);
        assert!(is_japanese(&ja) && !is_japanese(&en) && !en.contains("field."), "{name}: {ja} / {en}");
        assert_eq!(blanks(&ja), blanks(&en), "{name}");
    }
}

/// Two schemas of one name would silently become one: the document takes the first that it meets.
#[test]
fn schema_names_are_given_once() {
    let mut named: BTreeMap<String, String> = BTreeMap::new();
    for (file, text) in files("src") {
        let mut known_as = None;
        let mut described = false;
        for (_, line) in code(&text) {
            let line = line.trim();
            described |= line.starts_with("#[derive(") && line.contains("ToSchema");
            known_as =
                line.strip_prefix("#[schema(as = ").map(|rest| rest.trim_end_matches(")]").to_owned()).or(known_as);
            let Some(kept) =
                ["pub struct ", "pub enum ", "struct ", "enum "].iter().find_map(|kept| line.strip_prefix(kept))
            else {
                continue;
            };
            let own = kept.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned();
            let name = known_as.take().unwrap_or(own);
            if std::mem::take(&mut described) && !name.is_empty() {
                let earlier = named.insert(name.clone(), file.clone());
                assert!(earlier.is_none(), "{name} names a schema of {file} and one of {earlier:?}");
            }
        }
    }
    assert!(named.len() > 100);
}
