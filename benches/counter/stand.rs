//! Databases of the bench's own, and servers as processes of their own: what they hold and what
//! the load costs are told apart.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::prelude::*;
use madoguchi::app::App;
use madoguchi::config::Config;
use madoguchi::db::Db;
use madoguchi::db::connection::Target;
use madoguchi::files::Place;
use madoguchi::http::text::EmailAddress;
use madoguchi::server::{Size, serve};
use madoguchi::time::{Clock, Ids};
use tempfile::TempDir;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

impl Backend {
    /// How many connections a server holds, ours and the bare one: the program's own choice.
    pub fn connections(self) -> u32 {
        match self {
            Self::Sqlite => 8,
            Self::Postgres => 16,
        }
    }

    pub fn of(url: &str) -> Self {
        if url.starts_with("postgres") { Self::Postgres } else { Self::Sqlite }
    }
}

/// The PostgreSQL server to measure on.
pub fn postgres() -> Option<String> {
    std::env::var("BENCH_DATABASE_URL").ok()
}

/// A database that is gone when this is.
pub struct Database {
    pub backend: Backend,
    pub url: String,
    name: String,
    _folder: TempDir,
}

impl Database {
    pub fn new(backend: Backend) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("bench_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = tempfile::tempdir().unwrap();
        let url = match backend {
            Backend::Sqlite => format!("sqlite://{}", folder.path().join("bench.db").display()),
            Backend::Postgres => {
                on_server(&format!("CREATE DATABASE {name} TEMPLATE template0"));
                let server = postgres().unwrap();
                format!("{}/{name}", server.rsplit_once('/').unwrap().0)
            }
        };
        Self { backend, url, name, _folder: folder }
    }

    pub fn path(&self) -> &str {
        self.url.trim_start_matches("sqlite://")
    }

    /// Runs statements, as fast as the database can: nobody minds if a bench's rows are lost.
    pub fn run(&self, statements: &str) {
        use diesel::connection::SimpleConnection;
        let done = match self.backend {
            Backend::Sqlite => SqliteConnection::establish(self.path()).unwrap().batch_execute(&format!(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; \
                 PRAGMA cache_size = -500000; {statements}"
            )),
            Backend::Postgres => PgConnection::establish(&self.url).unwrap().batch_execute(&format!(
                "SET synchronous_commit = off; SET session_replication_role = replica; {statements}"
            )),
        };
        done.unwrap_or_else(|e| panic!("{statements}: {e}"));
    }

    /// Does at once what the database would come to do by itself after so many rows.
    pub fn settle(&self) {
        self.run(match self.backend {
            Backend::Sqlite => "PRAGMA wal_checkpoint(TRUNCATE);",
            Backend::Postgres => "CHECKPOINT;",
        });
        match self.backend {
            // What the system has yet to write would be written while others are measured.
            Backend::Sqlite => std::fs::File::open(self.path()).unwrap().sync_all().unwrap(),
            Backend::Postgres => {
                let mut connection = PgConnection::establish(&self.url).unwrap();
                diesel::sql_query("VACUUM ANALYZE").execute(&mut connection).unwrap();
            }
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.backend == Backend::Postgres {
            on_server(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        }
    }
}

fn on_server(statement: &str) {
    let mut connection = PgConnection::establish(&postgres().unwrap()).unwrap();
    diesel::sql_query(statement).execute(&mut connection).unwrap_or_else(|e| panic!("{statement}: {e}"));
}

/// The application on a database, for seeding and for tokens; the first brings the schema.
pub fn app(url: &str) -> App {
    app_with(url, |_| {})
}

/// The same with other settings.
pub fn app_with(url: &str, set: impl FnOnce(&mut Config)) -> App {
    let target = Target::parse(url).unwrap();
    let mut config = Config {
        target: target.clone(),
        data_dir: std::env::temp_dir(),
        storage: Place::Folder(std::env::temp_dir().join("madoguchi-bench-files")),
        attachment_limit: 1 << 30,
        retention_days: None,
        metrics_bind: None,
        bind: "127.0.0.1:0".parse().unwrap(),
        public_url: "http://desk.example.jp".into(),
        jwt_issuer: "http://desk.example.jp".into(),
        key_encryption_secret: Some("a secret for the bench, long enough".into()),
        cors_origins: vec![],
        trusted_proxies: vec![],
        desk_phone: "03-0000-0000".into(),
        desk_email: EmailAddress::parse("support@desk.example.jp").unwrap(),
        smtp_url: None,
        database_connections: Backend::of(url).connections(),
    };
    set(&mut config);
    let db = Db::new(target, config.database_connections);
    db.migrate().unwrap();
    let app = App::new(config, db, Clock::System, Ids::random()).unwrap();
    app.load_keys_blocking().unwrap();
    app
}

/// What a process of the bench's may be besides the bench itself.
pub fn role(name: &str) -> Option<fn(&str)> {
    match name {
        "serve-counter" => Some(serve_counter),
        "serve-fts5" => Some(crate::search::serve),
        "serve-floor" => Some(crate::floor::serve),
        _ => None,
    }
}

fn serve_counter(url: &str) {
    let app = app(url);
    actix_web::rt::System::new().block_on(async { serve(app, listener(), Size::default()).unwrap().await.unwrap() });
}

/// Listens on a free port and tells it to the process that waits for it.
pub fn listener() -> TcpListener {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("{}", listener.local_addr().unwrap());
    listener
}

/// A server process; it ends with this.
pub struct Server {
    process: Child,
    pub address: SocketAddr,
}

impl Server {
    pub fn start(role: &str, database: &Database) -> Self {
        let program = std::env::current_exe().unwrap();
        let mut process = Command::new(program).args([role, &database.url]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().parse().unwrap_or_else(|e| panic!("{role} did not start: {e}"));
        Self { process, address }
    }

    pub fn counter(database: &Database) -> Self {
        Self::start("serve-counter", database)
    }

    pub fn floor(database: &Database) -> Self {
        Self::start("serve-floor", database)
    }

    /// The memory that the process holds and the most that it ever held, in MiB.
    pub fn memory(&self) -> (f64, f64) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let mebibytes = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
        };
        (mebibytes("VmRSS:"), mebibytes("VmHWM:"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}
