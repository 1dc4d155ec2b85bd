//! Both databases hold the same, keep what they acknowledge, and say so when they cannot.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use diesel::prelude::*;
use diesel::sql_types::Text;
use madoguchi::db::connection::{Target, Use};
use madoguchi::db::{Connection, Db, Unusable};
use madoguchi::http::Problem;
use madoguchi::terms::codes::Delivery;
use madoguchi::workers::{self, Migrate};
use serde_json::json;

use super::support::*;

#[derive(QueryableByName)]
struct One {
    #[diesel(sql_type = Text)]
    value: String,
}

fn lines(database: &Database, query: &str) -> BTreeSet<String> {
    let mut connection = Connection::open(&database.target, Use::Write).unwrap();
    let rows: Vec<One> = diesel::sql_query(query).load(&mut connection).unwrap_or_else(|e| panic!("{query}: {e}"));
    rows.into_iter().map(|row| row.value).filter(|value| !value.starts_with("__diesel")).collect()
}

/// The columns that `src/db/schema.rs` declares, as "table column type", with `?` where it is null.
fn declared() -> BTreeSet<String> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/db/schema.rs")).unwrap();
    let mut found = BTreeSet::new();
    let mut table = String::new();
    for line in text.lines().map(str::trim) {
        if let Some((name, keys)) = line.split_once(" (").filter(|_| line.ends_with(") {")) {
            table = name.to_owned();
            assert!(!keys.is_empty());
        } else if let Some((column, kind)) = line.strip_suffix(',').and_then(|line| line.split_once(" -> ")) {
            // A column whose name is a word of Rust's is written `name_` and named above.
            let (kind, null) = match kind.strip_prefix("Nullable<") {
                Some(inner) => (inner.trim_end_matches('>'), "?"),
                None => (kind, ""),
            };
            found.insert(format!("{table} {column} {kind}{null}"));
        }
    }
    assert!(found.len() > 150, "{found:#?}");
    found
}

/// What a declared type is called by each database.
fn stored_as(declared: &BTreeSet<String>, backend: Backend) -> BTreeSet<String> {
    let names: BTreeMap<&str, (&str, &str)> = BTreeMap::from([
        ("Id", ("BLOB", "uuid")),
        ("Instant", ("INTEGER", "timestamp with time zone")),
        ("Doc", ("TEXT", "jsonb")),
        ("Text", ("TEXT", "text")),
        ("Bool", ("INTEGER", "boolean")),
        ("Integer", ("INTEGER", "integer")),
        ("BigInt", ("INTEGER", "bigint")),
        ("Binary", ("BLOB", "bytea")),
        ("Date", ("TEXT", "date")),
    ]);
    let told = |line: &String| {
        let (place, kind) = line.rsplit_once(' ').unwrap();
        let (kind, null) = kind.strip_suffix('?').map_or((kind, ""), |kind| (kind, "?"));
        let (sqlite, postgres) = names[kind];
        format!("{place} {}{null}", if backend == Backend::Sqlite { sqlite } else { postgres })
    };
    declared.iter().map(told).collect()
}

const SQLITE_COLUMNS: &str = "SELECT t.name || ' ' || c.name || ' ' || c.type || iif(c.\"notnull\" OR c.pk, '', '?') AS value \
    FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'";
const POSTGRES_COLUMNS: &str = "SELECT table_name || ' ' || column_name || ' ' || data_type || \
    CASE is_nullable WHEN 'YES' THEN '?' ELSE '' END AS value \
    FROM information_schema.columns WHERE table_schema = 'public'";
const SQLITE_UNIQUE: &str = "SELECT t.name || ' (' || (SELECT group_concat(name, ', ') FROM \
    (SELECT name FROM pragma_index_info(i.name) ORDER BY name)) || ')' || iif(i.partial, ' partly', '') AS value \
    FROM sqlite_master t, pragma_index_list(t.name) i \
    WHERE t.type = 'table' AND i.\"unique\" AND t.name NOT LIKE 'sqlite_%'";
const POSTGRES_UNIQUE: &str = "SELECT t.relname || ' (' || (SELECT string_agg(a.attname, ', ' ORDER BY a.attname COLLATE \"C\") \
    FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum = ANY (i.indkey)) || ')' || \
    CASE WHEN i.indpred IS NULL THEN '' ELSE ' partly' END AS value \
    FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace \
    WHERE i.indisunique AND n.nspname = 'public'";
const SQLITE_REFERENCES: &str = "SELECT t.name || '.' || f.\"from\" || ' -> ' || f.\"table\" AS value \
    FROM sqlite_master t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table'";
const POSTGRES_REFERENCES: &str = "SELECT t.relname || '.' || a.attname || ' -> ' || r.relname AS value \
    FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class r ON r.oid = c.confrelid \
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (c.conkey) WHERE c.contype = 'f'";
const SQLITE_INDEXES: &str = "SELECT name AS value FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL";
const POSTGRES_INDEXES: &str = "SELECT indexname::text AS value FROM pg_indexes WHERE schemaname = 'public' \
    AND indexname NOT IN (SELECT conname FROM pg_constraint)";

fn same(what: &str, left: &BTreeSet<String>, right: &BTreeSet<String>) {
    let only = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).cloned().collect::<Vec<_>>();
    assert!(left == right, "{what}: only here {:#?}, only there {:#?}", only(left, right), only(right, left));
}

#[test]
fn both_schemas_are_one() {
    let (sqlite, postgres) = (Database::fresh(Backend::Sqlite), Database::fresh(Backend::Postgres));
    let declared = declared();
    same("columns of SQLite and schema.rs", &lines(&sqlite, SQLITE_COLUMNS), &stored_as(&declared, Backend::Sqlite));
    same(
        "columns of PostgreSQL and schema.rs",
        &lines(&postgres, POSTGRES_COLUMNS),
        &stored_as(&declared, Backend::Postgres),
    );
    same("unique keys", &lines(&sqlite, SQLITE_UNIQUE), &lines(&postgres, POSTGRES_UNIQUE));
    same("references", &lines(&sqlite, SQLITE_REFERENCES), &lines(&postgres, POSTGRES_REFERENCES));
    same("indexes", &lines(&sqlite, SQLITE_INDEXES), &lines(&postgres, POSTGRES_INDEXES));
}

fn migrated_by_many_at_once(backend: Backend) {
    let database = Database::empty(backend);
    let done: usize = std::thread::scope(|scope| {
        let nodes: Vec<_> =
            (0..4).map(|_| scope.spawn(|| Db::new(database.target.clone(), 1).migrate().unwrap())).collect();
        nodes.into_iter().map(|node| node.join().unwrap()).sum()
    });
    let db = Db::new(database.target.clone(), 1);
    assert!(done > 0);
    assert_eq!(db.migrate().unwrap(), 0, "they are run once");
    assert!(db.pending_migrations().unwrap().is_empty());
    let empty = Database::empty(backend);
    assert_eq!(Db::new(empty.target.clone(), 1).pending_migrations().unwrap().len(), done, "nobody ran one twice");
}

#[test]
fn several_nodes_migrate_sqlite_at_once() {
    migrated_by_many_at_once(Backend::Sqlite);
}

#[test]
fn several_nodes_migrate_postgres_at_once() {
    migrated_by_many_at_once(Backend::Postgres);
}

/// Statements that read together see one state; whoever reads next sees what was written meanwhile,
/// also where the reading before failed or panicked.
fn one_state_is_read(backend: Backend) {
    let database = Database::fresh(backend);
    let target = database.target.clone();
    let db = Db::new(target.clone(), 1);
    let write = |statement: &str| {
        let mut connection = Connection::open(&target, Use::Write).unwrap();
        diesel::sql_query(statement).execute(&mut connection).unwrap();
    };
    let count = |connection: &mut Connection| {
        let many =
            diesel::sql_query("SELECT cast(count(*) AS TEXT) AS value FROM written").get_result::<One>(connection);
        many.unwrap().value
    };
    let survey = |then: fn()| {
        let (db, target) = (db.clone(), target.clone());
        let read = move |connection: &mut Connection| {
            let before = count(connection);
            let mut other = Connection::open(&target, Use::Write).unwrap();
            diesel::sql_query("INSERT INTO written VALUES (1)").execute(&mut other).unwrap();
            assert_eq!(count(connection), before, "what came meanwhile is not seen");
            then();
            if before == "1" { Err(Problem::unavailable("as if it had failed")) } else { Ok(before) }
        };
        actix_web::rt::System::new().block_on(async move { db.survey(read).await })
    };
    write("CREATE TABLE written (n INTEGER)");
    assert_eq!(survey(|| ()).unwrap(), "0");
    assert!(survey(|| ()).is_err());
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| survey(|| panic!("in the midst")))); // of 2
    assert!(!matches!(panicked, Ok(Ok(_))));
    assert_eq!(survey(|| ()).unwrap(), "3");
}

#[test]
fn one_state_of_sqlite_is_read() {
    one_state_is_read(Backend::Sqlite);
}

#[test]
fn one_state_of_postgres_is_read() {
    one_state_is_read(Backend::Postgres);
}

#[test]
fn an_unknown_address_is_refused() {
    for url in [
        "",
        "mysql://h/d",
        "data.db",
        "./data.db",
        "sqlite:data.db",
        "sqlite://",
        "file:data.db",
        "POSTGRES://h/d",
        " postgres://h/d",
    ] {
        assert!(Target::parse(url).is_err(), "{url}");
    }
    let folder = tempfile::tempdir().unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_madoguchi"))
        .args(["serve", "--bind", "nowhere", "--database-url", "mysql://localhost/x"])
        .current_dir(folder.path())
        .env("KEY_ENCRYPTION_SECRET", "short")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&run.stderr);
    assert!(!run.status.success());
    for name in ["DATABASE_URL", "BIND", "KEY_ENCRYPTION_SECRET"] {
        assert!(told.contains(name), "{told}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was started");
}

on_both! {
    fn microseconds_come_back(app: &TestApp) {
        let manager = app.manager();
        for now in ["2026-11-25T01:00:00.000001Z", "2026-11-25T01:00:00.123456Z", "2026-11-25T01:00:00.999999Z", "2026-11-25T01:00:01.100000Z"] {
            app.at(now);
            let body = json!({ "code": format!("P{}", &now[19..26]), "name": "製品", "vendor": "V", "delivery": "saas" });
            let made = app.post("/v1/products").token(&manager).json(&body).send().expect(201);
            let read = app.get(made.header("location").unwrap()).token(&manager).send().expect(200);
            assert_eq!(made.json()["created_at"], now);
            assert_eq!((made.body, made.headers.iter().find(|(name, _)| name == "etag")), (read.body.clone(), read.headers.iter().find(|(name, _)| name == "etag")));
        }
    }

    fn of_two_who_change_one_thing_one_is_first(app: &TestApp) {
        let manager = app.manager();
        let path = format!("/v1/products/{}", app.product("VA", Delivery::Software));
        let tag = app.get(&path).token(&manager).send().expect(200).etag();
        let statuses = at_once(8, |n| app.patch(&path).token(&manager).if_match(&tag).merge_patch(&json!({ "name": format!("名 {n}") })).send().status);
        assert_eq!(statuses, [200, 412, 412, 412, 412, 412, 412, 412]);
        assert_eq!(app.get(&path).token(&manager).send().expect(200).json()["version"], 2);
        // Without a version to name, each builds on the one before and none is lost.
        let statuses = at_once(8, |n| app.patch(&path).token(&manager).if_match("*").merge_patch(&json!({ "vendor": format!("V {n}") })).send().status);
        let version = app.get(&path).token(&manager).send().expect(200).json()["version"].as_i64().unwrap();
        let done = statuses.iter().filter(|status| **status == 200).count();
        assert!(statuses.iter().all(|status| [200, 412].contains(status)) && done >= 1, "{statuses:?}");
        assert_eq!(version, 2 + i64::try_from(done).unwrap(), "each that was told 200 counts");
    }

    fn of_two_who_register_one_thing_one_is_first(app: &TestApp) {
        let manager = app.manager();
        let body = json!({ "code": "ONE", "name": "製品", "vendor": "V", "delivery": "saas" });
        let statuses = at_once(8, |_| app.post("/v1/products").token(&manager).json(&body).send().status);
        assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
        let statuses = at_once(8, |n| {
            let body = json!({ "code": format!("N{n}"), "name": "製品", "vendor": "V", "delivery": "saas" });
            app.post("/v1/products").token(&manager).json(&body).send().status
        });
        assert_eq!(statuses, [201; 8]);
        let same = json!({ "code": "KEY", "name": "製品", "vendor": "V", "delivery": "saas" });
        let ids = at_once(8, |_| app.post("/v1/products").token(&manager).key("one").json(&same).send().expect(201).id());
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 1, "one key, one product");
    }
}

/// What each of several callers is told, in order.
fn at_once<T: Send + Ord>(callers: usize, call: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let mut told: Vec<T> = std::thread::scope(|scope| {
        let call = &call;
        let all: Vec<_> = (0..callers).map(|n| scope.spawn(move || call(n))).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    told.sort();
    told
}

/// 503 with `Retry-After`, and nothing of the reason.
#[track_caller]
fn unavailable(answer: Answer) {
    assert_eq!(answer.header("retry-after"), Some("1"), "{answer}");
    let problem = answer.refused(503, "unavailable").to_string();
    for word in ["postgres", "sqlite", "diesel", "lock", "connection", "test_"] {
        assert!(!problem.to_lowercase().contains(word), "{problem}");
    }
}

#[test]
fn a_database_that_goes_away_is_waited_for() {
    let app = TestApp::start(Backend::Postgres);
    let manager = app.manager();
    let body = json!({ "code": "A", "name": "製品", "vendor": "V", "delivery": "saas" });
    app.get("/v1/products").token(&manager).send().expect(200);
    app.database.shut(true);
    for _ in 0..3 {
        unavailable(app.get("/v1/products").token(&manager).send());
        unavailable(app.post("/v1/products").token(&manager).json(&body).send());
    }
    unavailable(app.get("/readyz").send());
    app.get("/livez").send().expect(200);
    app.get("/v1/terms").send().expect(200);
    app.database.shut(false);
    app.get("/v1/products").token(&manager).send().expect(200);
    app.post("/v1/products").token(&manager).json(&body).send().expect(201);
    app.get("/readyz").send().expect(200);
}

#[test]
fn a_database_that_is_not_there_at_the_start_is_waited_for() {
    let app = TestApp::start_unopened(Backend::Postgres);
    app.database.shut(true);
    assert!(matches!(workers::open(&app.app, Migrate::Auto), Err(Unusable::Unreachable(_))));
    unavailable(app.get("/readyz").send());
    unavailable(app.get("/v1/products").token("e30.e30.e30").send());
    app.get("/livez").send().expect(200);
    app.get("/v1/terms").send().expect(200);
    app.database.shut(false);
    workers::open(&app.app, Migrate::Auto).unwrap();
    app.get("/readyz").send().expect(200);
    app.get("/v1/products").token(&app.manager()).send().expect(200);
    let empty = TestApp::start_unopened_on(Database::empty(Backend::Postgres));
    assert!(matches!(workers::open(&empty.app, Migrate::Check), Err(Unusable::Unfit(_))));
}

/// Somebody else holds what the call needs for longer than a caller is kept.
#[test]
fn a_database_that_is_busy_says_so() {
    let body = json!({ "code": "A", "name": "製品", "vendor": "V", "delivery": "saas" });
    for (backend, hold) in [(Backend::Sqlite, "BEGIN EXCLUSIVE"), (Backend::Postgres, "BEGIN; LOCK TABLE products")] {
        let app = TestApp::start(backend);
        let manager = app.manager();
        let mut other = Connection::open(app.app.db().target(), Use::Write).unwrap();
        let mut say =
            |statement: &str| diesel::connection::SimpleConnection::batch_execute(&mut other, statement).unwrap();
        say(hold);
        unavailable(app.post("/v1/products").token(&manager).json(&body).send());
        say("ROLLBACK");
        app.post("/v1/products").token(&manager).json(&body).send().expect(201);
    }
}
