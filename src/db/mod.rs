//! The database: two pools of blocking connections behind asynchronous permits, and the one way to
//! write, which cannot be gone without an event.

#[expect(missing_docs, reason = "the derive writes public items without them")]
pub mod connection;
pub mod count;
pub mod dialect;
pub mod few;
mod lane;
#[expect(missing_docs, reason = "the columns are explained in the migrations")]
pub mod schema;
pub mod together;
pub mod types;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use diesel::QueryResult;

use crate::http::problem::{Problem, Result};
pub use connection::AnyConnection as Connection;
use connection::{Target, Use};
use lane::{Lane, Line};

/// The database.
#[derive(Clone)]
pub struct Db(Arc<Lanes>);

struct Lanes {
    target: Target,
    read: Lane,
    /// SQLite's one writer; PostgreSQL writes on the lane that reads.
    write: Option<Lane>,
}

impl Db {
    /// Makes the pools and connects to nothing yet: the program starts while the database is down.
    pub fn new(target: Target, connections: u32) -> Self {
        let (read, write) = match &target {
            Target::Postgres(_) => (Lane::new(&target, Use::Write, connections), None),
            Target::Sqlite(_) => (Lane::new(&target, Use::Read, connections), Some(Lane::new(&target, Use::Write, 1))),
        };
        Self(Arc::new(Lanes { target, read, write }))
    }

    /// Where the data is.
    pub fn target(&self) -> &Target {
        &self.0.target
    }

    /// How many calls waited for a connection to be free, and how many were refused.
    pub fn permits(&self) -> (u64, u64) {
        let lanes = std::iter::once(&self.0.read).chain(&self.0.write);
        lanes.fold((0, 0), |(waited, refused), lane| {
            let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
            (waited.wrapping_add(count(&lane.waited)), refused.wrapping_add(count(&lane.refused)))
        })
    }

    fn write_lane(lanes: &Lanes) -> &Lane {
        lanes.write.as_ref().unwrap_or(&lanes.read)
    }

    /// Runs `work` on a connection that reads.
    ///
    /// 503 `unavailable` when none is free within 2 s or the database cannot be reached.
    pub async fn read<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    {
        self.lend(|line| work(&mut line.connection)).await
    }

    /// As [`Db::read`], with the connection's state.
    async fn lend<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&mut Line) -> Result<T> + Send + 'static,
    {
        let _permit = self.0.read.permit().await?;
        let lanes = Arc::clone(&self.0);
        block(move || lanes.read.run(work)).await
    }

    /// Runs `work`, which follows indexes to a bounded number of rows, as [`Db::read`] does; on SQLite
    /// on the caller's thread where a connection is free, since that is sooner than another wakes.
    pub async fn glance<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    {
        self.look(|line| work(&mut line.connection)).await
    }

    /// As [`Db::glance`], with the connection's state.
    async fn look<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&mut Line) -> Result<T> + Send + 'static,
    {
        if self.0.target.is_remote() {
            return self.lend(work).await;
        }
        match self.0.read.run_now(work) {
            Ok(done) => done,
            Err(work) => self.lend(work).await,
        }
    }

    /// Runs `work` as [`Db::glance`] does, on one state of the database.
    pub async fn survey<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    {
        self.look(move |line| transact(line, dialect::begin_read, work)).await
    }

    /// Runs `work` inside one transaction that writes; an error undoes all of it.
    ///
    /// Commands do not call this but [`crate::app::App::write`], which asks for events.
    pub async fn transaction<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    {
        let _permit = Self::write_lane(&self.0).permit().await?;
        let lanes = Arc::clone(&self.0);
        block(move || Self::write_lane(&lanes).run(|line| transact(line, dialect::begin_write, work))).await
    }

    /// The same from a thread of one's own, as the command line has it.
    pub fn transaction_blocking<T>(&self, work: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        Self::write_lane(&self.0).run(|line| transact(line, dialect::begin_write, work))
    }

    /// Brings the schema up to date under a lock, and refuses settings that lose writes.
    pub fn migrate(&self) -> Result<usize, Unusable> {
        let _turn = match &self.0.target {
            Target::Sqlite(path) => Some(lock_file(path).map_err(Unusable::Unfit)?),
            Target::Postgres(_) => None,
        };
        let mut connection = self.durable()?;
        dialect::migrate(&mut connection).map_err(|e| Unusable::Unfit(e.to_string()))
    }

    /// The migrations that are yet to be run.
    pub fn pending_migrations(&self) -> Result<Vec<String>, Unusable> {
        let mut connection = self.durable()?;
        dialect::pending_migrations(&mut connection).map_err(|e| Unusable::Unfit(e.to_string()))
    }

    /// A connection of its own, to a database that keeps what it acknowledges.
    fn durable(&self) -> Result<Connection, Unusable> {
        let mut connection =
            Connection::open(&self.0.target, Use::Write).map_err(|e| Unusable::Unreachable(e.to_string()))?;
        dialect::assert_durable(&mut connection).map_err(Unusable::Unfit)?;
        Ok(connection)
    }

    /// Copies a database that is in use into a new file, whole and at rest. SQLite only.
    pub fn back_up(&self, file: &std::path::Path) -> Result<(), Unusable> {
        let mut connection = self.durable()?;
        dialect::back_up(&mut connection, file).map_err(Unusable::Unfit)
    }
}

/// Why a database cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// It does not answer; it may later.
    Unreachable(String),
    /// It answers, and will not do until somebody sees to it.
    Unfit(String),
}

impl std::fmt::Display for Unusable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreachable(why) | Self::Unfit(why) => f.write_str(why),
        }
    }
}

/// SQLite has no lock that several processes could hold while the schema changes; a file has.
fn lock_file(path: &std::path::Path) -> Result<std::fs::File, String> {
    let beside = path.with_extension("lock");
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    }
    let file = std::fs::File::create(&beside).map_err(|e| format!("{}: {e}", beside.display()))?;
    file.lock().map_err(|e| format!("{}: {e}", beside.display()))?;
    Ok(file)
}

fn transact<T>(
    line: &mut Line,
    begin: fn(&mut Connection) -> QueryResult<()>,
    work: impl FnOnce(&mut Connection) -> Result<T>,
) -> Result<T> {
    begin(&mut line.connection)?;
    line.spoilt = true; // until the transaction is over, whatever happens
    let done = match work(&mut line.connection) {
        Ok(value) => dialect::commit(&mut line.connection).map(|()| value).map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match done {
        Ok(value) => {
            line.spoilt = false;
            Ok(value)
        }
        Err(problem) => {
            line.spoilt = dialect::roll_back(&mut line.connection).is_err();
            Err(problem)
        }
    }
}

async fn block<T, W>(work: W) -> Result<T>
where
    T: Send + 'static,
    W: FnOnce() -> Result<T> + Send + 'static,
{
    actix_web::web::block(work).await.map_err(Problem::bug)?
}
