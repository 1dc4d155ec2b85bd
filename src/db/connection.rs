//! The one connection type of the program: either database behind one face.

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;

/// A connection to either database. Only this module and `dialect` look inside.
#[derive(diesel::MultiConnection)]
pub enum AnyConnection {
    /// PostgreSQL 15 or newer.
    Postgres(PgConnection),
    /// The SQLite that is built in.
    Sqlite(SqliteConnection),
}

/// Where the data is, told apart by the URL's scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `postgres://` or `postgresql://`, handed to libpq as it is.
    Postgres(String),
    /// `sqlite://` and a path.
    Sqlite(std::path::PathBuf),
}

impl Target {
    /// Reads `DATABASE_URL`. An unknown scheme is refused, since SQLite would take it for a path.
    pub fn parse(url: &str) -> Result<Self, String> {
        match url.split_once("://") {
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres(url.to_owned())),
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
            _ => Err("DATABASE_URL must begin with sqlite://PATH or postgres://".to_owned()),
        }
    }

    /// Whether each statement is a round trip to another process.
    pub fn is_remote(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }
}

/// What a connection is used for; SQLite has one writer beside many readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Reading only: SQLite refuses a write on it.
    Read,
    /// Reading and writing.
    Write,
}

/// WAL with FULL: an acknowledged write outlives a power cut (NORMAL loses the last ones).
const SQLITE_SETTINGS: &str = "\
    PRAGMA busy_timeout = 5000;\
    PRAGMA journal_mode = WAL;\
    PRAGMA synchronous = FULL;\
    PRAGMA foreign_keys = ON;\
    PRAGMA temp_store = MEMORY;\
    PRAGMA cache_size = -4096;";

/// A statement that hangs is ended by the server, so that a caller is never kept for long. A
/// prepared statement is planned once: to plan a page's joins anew costs many times the page.
const POSTGRES_SETTINGS: &str = "\
    SET TIME ZONE 'UTC';\
    SET statement_timeout = '10s';\
    SET lock_timeout = '5s';\
    SET idle_in_transaction_session_timeout = '20s';\
    SET plan_cache_mode = force_generic_plan;\
    SET client_min_messages = 'warning';";

impl AnyConnection {
    /// Opens a connection with our settings on it.
    pub fn open(target: &Target, purpose: Use) -> ConnectionResult<Self> {
        match target {
            Target::Postgres(url) => {
                let mut connection = PgConnection::establish(url)?;
                connection.batch_execute(POSTGRES_SETTINGS).map_err(ConnectionError::CouldntSetupConfiguration)?;
                Ok(Self::Postgres(connection))
            }
            Target::Sqlite(path) => {
                let mut connection = SqliteConnection::establish(&path.to_string_lossy())?;
                connection.batch_execute(SQLITE_SETTINGS).map_err(ConnectionError::CouldntSetupConfiguration)?;
                if purpose == Use::Read {
                    connection
                        .batch_execute("PRAGMA query_only = ON;")
                        .map_err(ConnectionError::CouldntSetupConfiguration)?;
                }
                Ok(Self::Sqlite(connection))
            }
        }
    }
}
