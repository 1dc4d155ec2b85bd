//! The floor: the least that a server of this make does for an answer of this length. It asks
//! nobody who they are, checks nothing, and hands a text on as it is stored.

use actix_web::web::{Bytes, Data, Path, block};
use actix_web::{App, HttpResponse, HttpServer, get};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Pool};
use madoguchi::db::types::Id;
use madoguchi::server::Size;
use uuid::Uuid;

use crate::seed::{self, CONTRACTS};
use crate::stand::{Backend, Database, listener};

diesel::table! {
    use diesel::sql_types::*;
    use madoguchi::db::types::sql::Id;
    answers (id) { id -> Id, body -> Text }
}
diesel::table! {
    use diesel::sql_types::*;
    use madoguchi::db::types::sql::Id;
    lines (id) { id -> Id, family -> BigInt, at -> BigInt, body -> Text }
}

/// The bare server, for one kind of connection and the least that it must be told.
macro_rules! bare {
    ($module:ident, $connection:ty, $settings:literal) => {
        pub mod $module {
            use super::*;

            type Connections = Pool<ConnectionManager<$connection>>;

            #[derive(Debug)]
            pub struct Settings;

            impl CustomizeConnection<$connection, diesel::r2d2::Error> for Settings {
                fn on_acquire(&self, connection: &mut $connection) -> Result<(), diesel::r2d2::Error> {
                    connection.batch_execute($settings).map_err(diesel::r2d2::Error::QueryError)
                }
            }

            #[get("/answers/{id}")]
            async fn answer(connections: Data<Connections>, id: Path<Uuid>) -> HttpResponse {
                let body = block(move || {
                    let connection = &mut connections.get().unwrap();
                    answers::table.find(Id::<()>::new(*id)).select(answers::body).first::<String>(connection).unwrap()
                });
                HttpResponse::Ok().content_type("application/json").body(body.await.unwrap())
            }

            #[get("/lines/{family}")]
            async fn page(connections: Data<Connections>, family: Path<i64>) -> HttpResponse {
                let body = block(move || {
                    let connection = &mut connections.get().unwrap();
                    let newest =
                        lines::table.filter(lines::family.eq(*family)).order((lines::at.desc(), lines::id.desc()));
                    let found: Vec<String> = newest.limit(20).select(lines::body).load(connection).unwrap();
                    Bytes::from(format!("[{}]", found.join(",")))
                });
                HttpResponse::Ok().content_type("application/json").body(body.await.unwrap())
            }

            pub fn serve(url: &str, connections: u32) {
                let connections = Pool::builder()
                    .max_size(connections)
                    .test_on_check_out(false)
                    .connection_customizer(Box::new(Settings))
                    .build(ConnectionManager::<$connection>::new(url))
                    .unwrap();
                let connections = Data::new(connections);
                let server =
                    HttpServer::new(move || App::new().app_data(connections.clone()).service(answer).service(page));
                let server = server.workers(Size::default().workers).worker_max_blocking_threads(64);
                actix_web::rt::System::new()
                    .block_on(async { server.listen(listener()).unwrap().run().await.unwrap() });
            }
        }
    };
}
bare!(sqlite, SqliteConnection, "PRAGMA busy_timeout = 5000");
bare!(postgres, PgConnection, "SET TIME ZONE 'UTC'");

pub fn serve(url: &str) {
    let connections = Backend::of(url).connections();
    match Backend::of(url) {
        Backend::Sqlite => sqlite::serve(url.trim_start_matches("sqlite://"), connections),
        Backend::Postgres => postgres::serve(url, connections),
    }
}

/// A database with as many rows as there are inquiries, so long that the answers are of these
/// lengths in bytes.
pub fn seed(backend: Backend, rows: u64, answer: usize, page: usize) -> Database {
    let database = Database::new(backend);
    let (answer, line) = ("x".repeat(answer), "x".repeat(page.saturating_sub(21) / 20));
    let (id, numbers) = (seed::id(backend, '8', rows, "n"), seed::numbers(backend, rows));
    let uuid = match backend {
        Backend::Sqlite => "BLOB",
        Backend::Postgres => "UUID",
    };
    database.run(&format!(
        "CREATE TABLE answers (id {uuid} PRIMARY KEY, body TEXT NOT NULL);
         CREATE TABLE lines (id {uuid} PRIMARY KEY, family BIGINT NOT NULL, at BIGINT NOT NULL, body TEXT NOT NULL);
         INSERT INTO answers {numbers} SELECT {id}, '{answer}' FROM numbers;
         INSERT INTO lines {numbers} SELECT {id}, n % {CONTRACTS}, n, '{line}' FROM numbers;
         CREATE INDEX lines_newest ON lines (family, at, id);"
    ));
    database.settle();
    database
}
