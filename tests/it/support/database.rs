//! A database for each test: a copy of a file, or of a template database.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::prelude::*;
use madoguchi::db::Db;
use madoguchi::db::connection::Target;
use tempfile::TempDir;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

pub struct Database {
    pub target: Target,
    folder: Option<TempDir>,
    name: Option<String>,
}

impl Database {
    /// A database with today's schema and nothing in it.
    pub fn fresh(backend: Backend) -> Self {
        match backend {
            Backend::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let file = folder.path().join("test.db");
                std::fs::copy(sqlite_template(), &file).unwrap();
                Self { target: Target::Sqlite(file), folder: Some(folder), name: None }
            }
            Backend::Postgres => {
                static COUNT: AtomicU32 = AtomicU32::new(0);
                let n = COUNT.fetch_add(1, Ordering::Relaxed);
                let name = format!("test_{}_{n}", std::process::id());
                server(&format!("CREATE DATABASE {name} TEMPLATE {}", postgres_template()));
                Self { target: Target::Postgres(url(&name)), folder: None, name: Some(name) }
            }
        }
    }

    /// An empty database, without schema.
    pub fn empty(backend: Backend) -> Self {
        match backend {
            Backend::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let file = folder.path().join("empty.db");
                Self { target: Target::Sqlite(file), folder: Some(folder), name: None }
            }
            Backend::Postgres => {
                static COUNT: AtomicU32 = AtomicU32::new(0);
                let name = format!("empty_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
                server(&format!("CREATE DATABASE {name} TEMPLATE template0"));
                Self { target: Target::Postgres(url(&name)), folder: None, name: Some(name) }
            }
        }
    }
}

impl Database {
    /// Ends what is connected and lets nobody in, or lets them in again.
    pub fn shut(&self, shut: bool) {
        let name = self.name.as_ref().expect("PostgreSQL");
        server(&format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS {}", !shut));
        if shut {
            server(&format!("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'"));
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            server(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
        drop(self.folder.take());
    }
}

fn sqlite_template() -> &'static PathBuf {
    static TEMPLATE: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, file) = TEMPLATE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("template.db");
        Db::new(Target::Sqlite(file.clone()), 1).migrate().unwrap();
        let mut connection = SqliteConnection::establish(&file.to_string_lossy()).unwrap();
        diesel::connection::SimpleConnection::batch_execute(&mut connection, "PRAGMA wal_checkpoint(TRUNCATE)")
            .unwrap();
        (folder, file)
    });
    file
}

fn postgres_template() -> &'static str {
    static TEMPLATE: OnceLock<String> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let name = format!("template_{}", std::process::id());
        server(&format!("CREATE DATABASE {name} TEMPLATE template0"));
        Db::new(Target::Postgres(url(&name)), 1).migrate().unwrap();
        name
    })
}

/// The PostgreSQL server that `tests/run` starts. Its absence is a failure, not a skip.
fn server_url() -> String {
    std::env::var("TEST_DATABASE_URL").expect("TEST_DATABASE_URL is not set: run the tests with tests/run")
}

fn url(name: &str) -> String {
    let server = server_url();
    let (base, _) = server.rsplit_once('/').expect("TEST_DATABASE_URL ends with /DATABASE");
    format!("{base}/{name}")
}

fn server(statement: &str) {
    use std::sync::Mutex;
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut connection = PgConnection::establish(&server_url()).unwrap();
    diesel::sql_query(statement).execute(&mut connection).unwrap_or_else(|e| panic!("{statement}: {e}"));
}
