//! The application: built once, handed to every handler.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use std::future::{Ready, ready};
use time::Date;

use crate::auth::token::Tokens;
use crate::calendar::model::tokyo_date;
use crate::config::Config;
use crate::contracts::succeed;
use crate::customer_information::reads::Reads;
use crate::db::Connection;
use crate::db::Db;
use crate::db::together::Together;
use crate::db::types::{Id, Instant};
use crate::events::model::Change;
use crate::events::stream::Seats;
use crate::faqs::search::Cache;
use crate::files::Files;
use crate::http::front::Routes;
use crate::http::{Key, Problem, Reply, Result};
use crate::inquiries::own::Customers;
use crate::mail::transport::Transport;
use crate::metrics::Metrics;
use crate::time::{Clock, Ids};

/// Everything that handlers share.
#[derive(Clone)]
pub struct App(Arc<Parts>);

struct Parts {
    config: Config,
    db: Db,
    files: Files,
    clock: Clock,
    ids: Ids,
    tokens: Tokens,
    routes: &'static Routes,
    faqs: Cache,
    streams: Seats,
    /// The last day in Japan, as a Julian day, on which what falls due with the day was carried out.
    turned: AtomicI32,
    mail: Transport,
    reads: Reads,
    customers: Customers,
    metrics: Metrics,
}

/// One transaction that writes, and what belongs to it.
pub struct Tx<'a> {
    connection: &'a mut Connection,
    /// The moment of the act: the same for all that it writes.
    pub now: Instant,
    ids: &'a Ids,
    key: Key,
    looked_up: bool,
}

impl App {
    /// Puts the parts together; nothing is connected to yet. Fails where content cannot be kept.
    pub fn new(config: Config, db: Db, clock: Clock, ids: Ids) -> Result<Self, String> {
        let tokens = Tokens::new(&config.jwt_issuer);
        let routes = crate::api::ROUTES.as_ref().map_err(ToString::to_string)?;
        let mail = Transport::new(&config)?;
        let files = Files::open(&config.storage)?;
        let metrics = Metrics::begin(clock.now())?;
        Ok(Self(Arc::new(Parts {
            config,
            db,
            files,
            clock,
            ids,
            tokens,
            routes,
            mail,
            faqs: Default::default(),
            streams: Seats::default(),
            reads: Reads::default(),
            customers: Customers::default(),
            metrics,
            turned: AtomicI32::new(0),
        })))
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.0.db
    }

    /// Where content is kept.
    pub fn files(&self) -> &Files {
        &self.0.files
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// What makes ids and secrets.
    pub fn ids(&self) -> &Ids {
        &self.0.ids
    }

    /// What signs and verifies tokens.
    pub fn tokens(&self) -> &Tokens {
        &self.0.tokens
    }

    /// The paths and methods that exist.
    pub fn routes(&self) -> &'static Routes {
        self.0.routes
    }

    /// What FAQs are found by.
    pub fn faqs(&self) -> &Cache {
        &self.0.faqs
    }

    /// Who streams events from this process.
    pub fn streams(&self) -> &Seats {
        &self.0.streams
    }

    /// What carries mail away.
    pub fn mail(&self) -> &Transport {
        &self.0.mail
    }

    /// Who read what customers entrusted, as far as it is not yet written down.
    pub fn reads(&self) -> &Reads {
        &self.0.reads
    }

    /// Who waits to read what is theirs.
    pub fn customers(&self) -> &Customers {
        &self.0.customers
    }

    /// What is counted for those who watch.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// The time now.
    pub fn now(&self) -> Instant {
        self.0.clock.now()
    }

    /// Today in Japan.
    pub fn today(&self) -> Date {
        self.0.clock.today()
    }

    /// A new id.
    pub fn new_id<N>(&self) -> Id<N> {
        self.0.ids.next(self.now())
    }

    /// Makes the first signing key if there is none, and takes all that are in force.
    pub fn load_keys_blocking(&self) -> Result<()> {
        let secret = self.config().sealing_secret(|| self.ids().secret()).map_err(Problem::bug)?;
        self.write_blocking(|tx| crate::auth::keys::ensure(tx, &secret))?;
        let now = self.now();
        let keys = self.0.db.transaction_blocking(|db| crate::auth::keys::load(db, &secret, now))?;
        self.0.tokens.load(keys);
        Ok(())
    }

    /// Takes the keys that are in force now: another node may have rotated them.
    pub async fn reload_keys(&self) -> Result<()> {
        let secret = self.config().sealing_secret(|| self.ids().secret()).map_err(Problem::bug)?;
        let now = self.now();
        let keys = self.read(move |db| crate::auth::keys::load(db, &secret, now)).await?;
        self.0.tokens.load(keys);
        Ok(())
    }

    /// 503 until the database was reached, brought up to date, and has given the keys.
    pub fn ready(&self) -> Result<()> {
        if self.0.tokens.ready() { Ok(()) } else { Err(Problem::unavailable("the program is not ready yet")) }
    }

    /// Carries out what falls due with a new day, before the day's first work: nothing that a
    /// contract's day decides depends on when a worker wakes.
    async fn turn_day(&self) -> Result<()> {
        let today = self.today();
        if self.0.turned.load(Ordering::Acquire) == today.to_julian_day() {
            return Ok(());
        }
        if self.0.db.read(move |db| succeed::any_due(db, today)).await? {
            let app = self.clone();
            let carry = move |db: &mut Connection| {
                let mut tx = app.tx(db, Key::none());
                succeed::carry_due(&mut tx)?.settle(&mut tx)
            };
            self.0.db.transaction(carry).await?;
        }
        self.0.turned.store(today.to_julian_day(), Ordering::Release);
        Ok(())
    }

    /// What goes before all work: keys are there, and what falls due with the day is done.
    async fn begin(&self) -> Result<()> {
        self.ready()?;
        self.turn_day().await
    }

    /// Reads with one connection.
    pub async fn read<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    {
        self.begin().await?;
        self.0.db.read(work).await
    }

    /// Reads a bounded number of rows that indexes lead to.
    pub async fn glance<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    {
        self.begin().await?;
        self.0.db.glance(work).await
    }

    /// As [`App::glance`], with all that is read of one state of the database.
    pub async fn survey<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    {
        self.begin().await?;
        self.0.db.survey(work).await
    }

    /// Asks a question together with others of its kind: [`Together::ask`].
    pub async fn together<Q, A, W>(&self, together: &Together<Q, A>, question: Q, answers: W) -> Result<A>
    where
        Q: Send + 'static,
        A: Send + 'static,
        W: Fn(&mut Connection, &[Q]) -> Result<Vec<A>> + Send + 'static,
    {
        self.begin().await?;
        together.ask(&self.0.db, question, answers).await
    }

    /// Does one act: what `work` writes, its events and, for a call with a key, its answer become
    /// lasting together, or nothing does.
    ///
    /// With a key, `work` calls [`Tx::once`] when it has proven the caller and found what the path
    /// names, before anything else is judged.
    pub async fn write<W>(&self, key: Key, work: W) -> Result<Reply>
    where
        W: FnOnce(&mut Tx<'_>) -> Result<Change<Reply>> + Send + 'static,
    {
        self.begin().await?;
        let app = self.clone();
        self.0.db.transaction(move |connection| app.act(connection, key, work)).await
    }

    /// The same without HTTP: for the command line and the workers.
    pub fn write_blocking<T>(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<Change<T>>) -> Result<T> {
        self.0.db.transaction_blocking(|connection| {
            let mut tx = self.tx(connection, Key::none());
            let change = work(&mut tx)?;
            change.settle(&mut tx)
        })
    }

    /// An act whose result is not yet an answer, such as a sign-in: it takes no key.
    pub async fn write_value<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&mut Tx<'_>) -> Result<Change<T>> + Send + 'static,
    {
        self.begin().await?;
        let app = self.clone();
        self.0
            .db
            .transaction(move |connection| {
                let mut tx = app.tx(connection, Key::none());
                let change = work(&mut tx)?;
                change.settle(&mut tx)
            })
            .await
    }

    fn tx<'a>(&'a self, connection: &'a mut Connection, key: Key) -> Tx<'a> {
        Tx { connection, now: self.now(), ids: &self.0.ids, key, looked_up: false }
    }

    fn act(
        &self,
        connection: &mut Connection,
        key: Key,
        work: impl FnOnce(&mut Tx<'_>) -> Result<Change<Reply>>,
    ) -> Result<Reply> {
        let mut tx = self.tx(connection, key);
        let change = work(&mut tx)?;
        if tx.key.is_some() && !tx.looked_up {
            return Err(Problem::bug("a command took an idempotency key and did not look it up"));
        }
        let reply = change.settle(&mut tx)?;
        let key = std::mem::take(&mut tx.key);
        key.keep(tx.connection, tx.now, &reply)?;
        Ok(reply)
    }
}

impl Tx<'_> {
    /// Ends the act with the answer of the first try, if this is another try of the same call.
    /// A batch asks before its first command, whose own asking then does nothing.
    pub fn once(&mut self) -> Result<()> {
        if std::mem::replace(&mut self.looked_up, true) {
            return Ok(());
        }
        self.key.look_up(self.connection, self.now)
    }

    /// Keeps no answer for the key of this call: it changed nothing, and may be tried again.
    pub fn leave_unkept(&mut self) {
        self.key = Key::none();
    }

    /// A new id.
    pub fn new_id<N>(&self) -> Id<N> {
        self.ids.next(self.now)
    }

    /// What makes ids and secrets.
    pub fn ids(&self) -> &Ids {
        self.ids
    }

    /// The day of the act, in Japan.
    pub fn today(&self) -> Date {
        tokyo_date(self.now.to_datetime())
    }

    /// The connection, for stores.
    pub fn connection(&mut self) -> &mut Connection {
        self.connection
    }
}

impl Deref for Tx<'_> {
    type Target = Connection;
    fn deref(&self) -> &Connection {
        self.connection
    }
}
impl std::ops::DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut Connection {
        self.connection
    }
}

impl FromRequest for App {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let app = request.app_data::<Data<Self>>().map(|app| app.get_ref().clone());
        ready(app.ok_or_else(|| Problem::bug("the application is not set up")))
    }
}
