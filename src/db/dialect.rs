//! The only place that matches on the database: what cannot be said in one way for both.

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::migration::MigrationVersion;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as SqlError};
use diesel::sql_types::{BigInt, Text};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use uuid::Uuid;

use super::Connection;
use super::types::{Id, Instant, sql};
use crate::inquiries::InquiryId;
use crate::terms::codes::{MailLane, MailState, NoticeDeliveryState};

const SQLITE_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Numbers of the advisory locks that the program takes on PostgreSQL.
#[derive(Clone, Copy, Debug)]
pub enum Lock {
    /// Who brings the schema up to date.
    Migrate = 0x4d41_4401,
    /// Who gives events their numbers.
    Seal = 0x4d41_4402,
    /// Who takes a manager away.
    Managers = 0x4d41_4403,
    /// Who changes the calendar; shared by those whose work rests on it.
    Calendar = 0x4d41_4404,
    /// Who changes a client's secrets.
    Secrets = 0x4d41_4405,
    /// Who writes the recipients of notices down.
    FanOut = 0x4d41_4417,
}

type MigrationResult<T> = diesel::migration::Result<T>;

/// Runs what is not yet run of the migrations; several processes may do so at once.
pub fn migrate(connection: &mut Connection) -> MigrationResult<usize> {
    match connection {
        Connection::Postgres(c) => {
            let lock = Lock::Migrate as i64;
            c.batch_execute("SET statement_timeout = 0; SET lock_timeout = 0;")?;
            diesel::sql_query("SELECT pg_advisory_lock($1)").bind::<BigInt, _>(lock).execute(c)?;
            let done = c.run_pending_migrations(POSTGRES_MIGRATIONS).map(|run| run.len());
            diesel::sql_query("SELECT pg_advisory_unlock($1)").bind::<BigInt, _>(lock).execute(c)?;
            done
        }
        Connection::Sqlite(c) => Ok(c.run_pending_migrations(SQLITE_MIGRATIONS)?.len()),
    }
}

/// The migrations that the program has and the database has not.
pub fn pending_migrations(connection: &mut Connection) -> MigrationResult<Vec<String>> {
    let pending = match connection {
        Connection::Postgres(c) => {
            let all = c.pending_migrations(POSTGRES_MIGRATIONS)?;
            all.iter().map(|m| m.name().version().as_owned()).collect::<Vec<MigrationVersion<'static>>>()
        }
        Connection::Sqlite(c) => {
            let all = c.pending_migrations(SQLITE_MIGRATIONS)?;
            all.iter().map(|m| m.name().version().as_owned()).collect()
        }
    };
    Ok(pending.iter().map(ToString::to_string).collect())
}

#[derive(QueryableByName)]
struct Setting {
    #[diesel(sql_type = Text)]
    value: String,
}

/// Refuses to go on when the database would lose what it acknowledged.
pub fn assert_durable(connection: &mut Connection) -> Result<(), String> {
    let wanted: &[(&str, &str, &str)] = match connection {
        Connection::Postgres(_) => &[
            ("fsync", "SELECT current_setting('fsync') AS value", "on"),
            ("full_page_writes", "SELECT current_setting('full_page_writes') AS value", "on"),
            (
                "synchronous_commit",
                "SELECT CASE WHEN current_setting('synchronous_commit') = 'off' THEN 'off' ELSE 'on' END AS value",
                "on",
            ),
        ],
        Connection::Sqlite(_) => &[
            ("journal_mode", "SELECT journal_mode AS value FROM pragma_journal_mode", "wal"),
            ("synchronous", "SELECT CAST(synchronous AS TEXT) AS value FROM pragma_synchronous", "2"),
            ("foreign_keys", "SELECT CAST(foreign_keys AS TEXT) AS value FROM pragma_foreign_keys", "1"),
        ],
    };
    for (name, query, value) in wanted {
        let found: Setting = diesel::sql_query(*query).get_result(connection).map_err(|e| e.to_string())?;
        if found.value != *value {
            return Err(format!("the database's {name} is {}, and must be {value}", found.value));
        }
    }
    Ok(())
}

/// Copies a database that is in use into a new file. PostgreSQL has its own tools for that.
pub fn back_up(connection: &mut Connection, file: &std::path::Path) -> Result<(), String> {
    match connection {
        Connection::Postgres(_) => Err("back up PostgreSQL with pg_dump or pg_basebackup".to_owned()),
        Connection::Sqlite(c) => diesel::sql_query("VACUUM INTO $1")
            .bind::<Text, _>(file.to_string_lossy())
            .execute(c)
            .map(|_| ())
            .map_err(|e| e.to_string()),
    }
}

/// Begins a transaction that writes. On SQLite the write lock is taken at once: a read that turns
/// into a write later would fail without waiting.
pub fn begin_write(connection: &mut Connection) -> QueryResult<()> {
    match connection {
        Connection::Postgres(c) => AnsiTransactionManager::begin_transaction(c),
        Connection::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE"),
    }
}

/// Begins a transaction that reads: all of it is of one state.
pub fn begin_read(connection: &mut Connection) -> QueryResult<()> {
    match connection {
        Connection::Postgres(c) => {
            AnsiTransactionManager::begin_transaction_sql(c, "BEGIN ISOLATION LEVEL REPEATABLE READ")
        }
        Connection::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN"),
    }
}

/// Makes what was written since [`begin_write`] last.
pub fn commit(connection: &mut Connection) -> QueryResult<()> {
    <Connection as diesel::Connection>::TransactionManager::commit_transaction(connection)
}

/// Undoes what was written since [`begin_write`].
pub fn roll_back(connection: &mut Connection) -> QueryResult<()> {
    <Connection as diesel::Connection>::TransactionManager::rollback_transaction(connection)
}

/// A place in a transaction to go back to. Setting it again gives the earlier one up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Savepoint {
    /// Before all that a batch does.
    Batch,
    /// Before one command of it.
    Command,
}

impl Savepoint {
    const fn name(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Command => "command",
        }
    }

    /// Sets the place.
    pub fn set(self, connection: &mut Connection) -> QueryResult<()> {
        connection.batch_execute(&format!("SAVEPOINT {}", self.name()))
    }

    /// Moves the place to here, in one round trip.
    pub fn renew(self, connection: &mut Connection) -> QueryResult<()> {
        let name = self.name();
        connection.batch_execute(&format!("RELEASE SAVEPOINT {name}; SAVEPOINT {name}"))
    }

    /// Undoes what was written since. The place stays.
    pub fn go_back(self, connection: &mut Connection) -> QueryResult<()> {
        connection.batch_execute(&format!("ROLLBACK TO SAVEPOINT {}", self.name()))
    }
}

/// Waits until this transaction alone holds the lock. SQLite's writer is alone anyhow.
pub fn hold(connection: &mut Connection, lock: Lock) -> QueryResult<()> {
    hold_number(connection, lock as i64)
}

/// The same for a lock named by what it guards, such as an idempotency key.
pub fn hold_named(connection: &mut Connection, name: &[u8]) -> QueryResult<()> {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, name);
    hold_number(connection, digest.as_ref().iter().take(8).fold(0, |number, &byte| (number << 8) | i64::from(byte)))
}

fn hold_number(connection: &mut Connection, number: i64) -> QueryResult<()> {
    if let Connection::Postgres(c) = connection {
        diesel::sql_query("SELECT pg_advisory_xact_lock($1)").bind::<BigInt, _>(number).execute(c)?;
    }
    Ok(())
}

/// Waits until nobody holds the lock alone, and keeps others from doing so until the end of this
/// transaction. SQLite's writer is alone anyhow.
pub fn share(connection: &mut Connection, lock: Lock) -> QueryResult<()> {
    if let Connection::Postgres(c) = connection {
        diesel::sql_query("SELECT pg_advisory_xact_lock_shared($1)").bind::<BigInt, _>(lock as i64).execute(c)?;
    }
    Ok(())
}

/// Keeps others from changing this inquiry until the transaction is over: acts on one inquiry
/// follow each other. SQLite's writer is alone anyhow.
pub fn hold_inquiry(connection: &mut Connection, id: InquiryId) -> QueryResult<()> {
    if let Connection::Postgres(c) = connection {
        diesel::sql_query("SELECT 1 FROM inquiries WHERE id = $1 FOR UPDATE").bind::<sql::Id, _>(id).execute(c)?;
    }
    Ok(())
}

/// The same for several, always in the order of their ids: then nobody waits in a circle.
pub fn hold_inquiries(connection: &mut Connection, ids: &[InquiryId]) -> QueryResult<()> {
    if let Connection::Postgres(c) = connection {
        diesel::sql_query("SELECT 1 FROM inquiries WHERE id = ANY($1) ORDER BY id FOR UPDATE")
            .bind::<diesel::sql_types::Array<sql::Id>, _>(ids)
            .execute(c)?;
    }
    Ok(())
}

/// The mail of a lane that has been due for longest, held until the transaction is over; another
/// worker skips it. SQLite's writer is alone anyhow.
pub fn hold_due_mail(connection: &mut Connection, lane: MailLane, now: Instant) -> QueryResult<Option<Id<Uuid>>> {
    use super::schema::mails;
    let due = mails::table
        .filter(mails::state.eq(MailState::Waiting))
        .filter(mails::lane.eq(lane))
        .filter(mails::due_at.le(now))
        .order((mails::due_at, mails::id))
        .limit(1)
        .select(mails::id);
    match connection {
        Connection::Postgres(c) => due.for_update().skip_locked().first(c).optional(),
        Connection::Sqlite(c) => due.first(c).optional(),
    }
}

/// Notices' mails that have been due for longest, held until the transaction is over; another
/// worker skips them. SQLite's writer is alone anyhow.
pub fn hold_due_deliveries<N>(connection: &mut Connection, now: Instant, most: i64) -> QueryResult<Vec<Id<N>>> {
    use super::schema::notice_deliveries as deliveries;
    let due = deliveries::table
        .filter(deliveries::state.eq(NoticeDeliveryState::Waiting))
        .filter(deliveries::due_at.le(now))
        .filter(deliveries::held_until.is_null().or(deliveries::held_until.le(now)))
        .order((deliveries::due_at, deliveries::id))
        .limit(most)
        .select(deliveries::id);
    match connection {
        Connection::Postgres(c) => due.for_update().skip_locked().load(c),
        Connection::Sqlite(c) => due.load(c),
    }
}

#[derive(QueryableByName)]
struct Naming {
    #[diesel(sql_type = sql::Id)]
    id: InquiryId,
}

/// The inquiries that name an address as requester or watcher, which are kept in documents.
pub fn inquiries_naming(connection: &mut Connection, email: &str) -> QueryResult<Vec<InquiryId>> {
    let found: Vec<Naming> = match connection {
        Connection::Postgres(c) => diesel::sql_query(
            "SELECT inquiry_id AS id FROM inquiry_openings \
             WHERE requester ->> 'email' = $1 OR watchers @> jsonb_build_array($1) ORDER BY inquiry_id",
        )
        .bind::<Text, _>(email)
        .load(c)?,
        Connection::Sqlite(c) => diesel::sql_query(
            "SELECT inquiry_id AS id FROM inquiry_openings WHERE json_extract(requester, '$.email') = $1 \
             OR EXISTS (SELECT 1 FROM json_each(watchers) WHERE value = $1) ORDER BY inquiry_id",
        )
        .bind::<Text, _>(email)
        .load(c)?,
    };
    Ok(found.into_iter().map(|row| row.id).collect())
}

/// Drops the answers kept for repeated calls that hold a text.
pub fn drop_answers_with(connection: &mut Connection, text: &str) -> QueryResult<usize> {
    match connection {
        Connection::Postgres(c) => {
            diesel::sql_query("DELETE FROM idempotency_keys WHERE position(convert_to($1, 'UTF8') IN body) > 0")
                .bind::<Text, _>(text)
                .execute(c)
        }
        Connection::Sqlite(c) => {
            diesel::sql_query("DELETE FROM idempotency_keys WHERE instr(body, CAST($1 AS BLOB)) > 0")
                .bind::<Text, _>(text)
                .execute(c)
        }
    }
}

/// Asks the connection under the enum, for queries that are asked all day: the enum's own layer
/// writes a statement's text three times for each call. `$body` is compiled for each database.
#[macro_export]
macro_rules! directly {
    ($connection:expr, |$c:ident| $body:expr) => {
        match $connection {
            $crate::db::Connection::Postgres($c) => $body,
            $crate::db::Connection::Sqlite($c) => $body,
        }
    };
}
pub use directly;

#[diesel::declare_sql_function]
extern "SQL" {
    /// Any of these, for a comparison. PostgreSQL only.
    fn any(ids: diesel::sql_types::Array<sql::Id>) -> sql::Id;
}

/// As [`directly!`], with the condition that a column is one of some ids: on PostgreSQL, and on
/// SQLite for one id, in a form of which the statement's text is not written for each call.
#[macro_export]
macro_rules! among {
    ($connection:expr, $column:expr, $ids:expr, |$c:ident, $those:ident| $body:expr) => {
        match $connection {
            $crate::db::Connection::Postgres($c) => {
                let $those = $column.eq($crate::db::dialect::any($ids));
                $body
            }
            $crate::db::Connection::Sqlite($c) => match $ids {
                [one] => {
                    let $those = $column.eq(*one);
                    $body
                }
                _ => {
                    let $those = $column.eq_any($ids);
                    $body
                }
            },
        }
    };
}

/// What a failed statement means to a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The connection is gone: another one may work.
    Disconnected,
    /// The database is there and cannot do it now: locked, full, out of time.
    Busy,
    /// The statement ran into a key that is taken.
    Taken,
    /// A mistake of ours.
    Bug,
}

/// Tells failures apart; neither database does so by a code that diesel hands on in full.
pub fn failure(error: &SqlError) -> Failure {
    let SqlError::DatabaseError(kind, information) = error else {
        return match error {
            SqlError::BrokenTransactionManager => Failure::Disconnected,
            _ => Failure::Bug,
        };
    };
    const BUSY: [&str; 9] = [
        "database is locked",
        "database table is locked",
        "database or disk is full",
        "disk I/O error",
        "statement timeout",
        "lock timeout",
        "No space left on device",
        "deadlock detected",
        "readonly database",
    ];
    const GONE: [&str; 5] = [
        "server closed the connection",
        "terminating connection",
        "no connection to the server",
        "could not receive data",
        "connection to server",
    ];
    match kind {
        DatabaseErrorKind::UniqueViolation => Failure::Taken,
        DatabaseErrorKind::ClosedConnection => Failure::Disconnected,
        DatabaseErrorKind::SerializationFailure => Failure::Busy,
        _ if GONE.iter().any(|text| information.message().contains(text)) => Failure::Disconnected,
        _ if BUSY.iter().any(|text| information.message().contains(text)) => Failure::Busy,
        _ => Failure::Bug,
    }
}
