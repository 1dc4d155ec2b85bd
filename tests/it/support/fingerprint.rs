//! All that a database holds, table by table: to see that a refused call left nothing behind.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::Text;
use madoguchi::db::Connection;
use madoguchi::db::connection::{Target, Use};

use super::TestApp;

#[derive(QueryableByName)]
struct One {
    #[diesel(sql_type = Text)]
    value: String,
}

fn ask(connection: &mut Connection, query: &str) -> Vec<String> {
    let rows: Vec<One> = diesel::sql_query(query).load(connection).unwrap_or_else(|e| panic!("{query}: {e}"));
    rows.into_iter().map(|row| row.value).collect()
}

impl TestApp {
    /// The rows of every table, in an order that does not depend on the database's.
    pub fn fingerprint(&self) -> BTreeMap<String, String> {
        let target = self.app.db().target();
        let mut connection = Connection::open(target, Use::Read).unwrap();
        let tables = match target {
            Target::Sqlite(_) => {
                "SELECT name AS value FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            }
            Target::Postgres(_) => {
                "SELECT table_name::text AS value FROM information_schema.tables WHERE table_schema = 'public'"
            }
        };
        let rows = |connection: &mut Connection, table: &str| match target {
            Target::Sqlite(_) => {
                let columns = format!(
                    "SELECT group_concat('quote(\"' || name || '\")', ' || '','' || ') AS value \
                     FROM pragma_table_info('{table}')"
                );
                let line = ask(connection, &columns).remove(0);
                ask(connection, &format!("SELECT {line} AS value FROM \"{table}\" ORDER BY 1"))
            }
            Target::Postgres(_) => ask(connection, &format!("SELECT t::text AS value FROM \"{table}\" t ORDER BY 1")),
        };
        let tables = ask(&mut connection, tables);
        tables.into_iter().map(|table| (table.clone(), rows(&mut connection, &table).join("\n"))).collect()
    }

    /// Runs a statement that means the same to both databases.
    pub fn sql(&self, statement: &str) {
        let mut connection = Connection::open(self.app.db().target(), Use::Write).unwrap();
        diesel::sql_query(statement).execute(&mut connection).unwrap_or_else(|e| panic!("{statement}: {e}"));
    }

    /// Asserts that `calls` changes nothing at all.
    #[track_caller]
    pub fn unchanged<T>(&self, what: &str, calls: impl FnOnce() -> T) -> T {
        let before = self.fingerprint();
        let done = calls();
        for (table, rows) in self.fingerprint() {
            assert_eq!(before.get(&table), Some(&rows), "{what} changed {table}");
        }
        done
    }
}
