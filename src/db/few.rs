//! Queries and their plans: with a limit that a plan can count on, the same at every call, or planned
//! anew at each.

use diesel::backend::Backend;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sqlite::Sqlite;

/// The limits that there are: each is a statement of its own to be prepared and kept.
const LIMITS: [i64; 3] = [21, 51, 101];

/// A query of a few rows, with the limit in its text.
///
/// Of a bound limit PostgreSQL assumes a tenth of the table when it plans for all values at once:
/// it would read and sort what an index has in order.
#[derive(Clone, Copy, Debug)]
pub struct Few<Q> {
    query: Q,
    limit: i64,
}

impl<Q> Few<Q> {
    /// So many rows of the query at least; up to 101 it may be some more.
    pub fn of(query: Q, rows: i64) -> Self {
        let limit = LIMITS.into_iter().find(|limit| *limit >= rows).unwrap_or(rows);
        Self { query, limit }
    }
}

impl<Q: Query> Query for Few<Q> {
    type SqlType = Q::SqlType;
}

impl<Q, C> RunQueryDsl<C> for Few<Q> {}

impl<Q> QueryId for Few<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

/// A query whose text is the same at every call, or one of few: it is not looked through for what
/// could differ before the prepared statement is taken.
#[derive(Clone, Copy, Debug, QueryId)]
pub struct Fixed<Q>(pub Q);

impl<Q: Query> Query for Fixed<Q> {
    type SqlType = Q::SqlType;
}

impl<Q, C> RunQueryDsl<C> for Fixed<Q> {}

impl<Q: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for Fixed<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

/// How many rows [`FirstPage`] fetches: those of a page unless another length is asked for, and the
/// first of the next.
pub const FIRST_PAGE: usize = 21;
const FIRST_PAGE_LIMIT: &str = " LIMIT 21";
const _: () = assert!(FIRST_PAGE == 21, "both say the same");

/// The first page of a query as it is asked for most; to be [`Fixed`].
#[derive(Clone, Copy, Debug, QueryId)]
pub struct FirstPage<Q>(pub Q);

impl<Q: Query> Query for FirstPage<Q> {
    type SqlType = Q::SqlType;
}

impl<Q: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for FirstPage<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(FIRST_PAGE_LIMIT);
        Ok(())
    }
}

impl<Q: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for Few<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.query.walk_ast(out.reborrow())?;
        out.push_sql(&format!(" LIMIT {}", self.limit));
        Ok(())
    }
}

/// A query that PostgreSQL plans at each call, by the table as it is then. A plan that is kept was
/// made when the table was next to empty: it reads all rows of one that grows fast, until the table
/// is analysed.
#[derive(Clone, Copy, Debug, QueryId)]
pub struct Anew<Q>(pub Q);

impl<Q: Query> Query for Anew<Q> {
    type SqlType = Q::SqlType;
}

impl<Q, C> RunQueryDsl<C> for Anew<Q> {}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Anew<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        self.0.walk_ast(out)
    }
}

/// SQLite has one plan for a primary key.
impl<Q: QueryFragment<Sqlite>> QueryFragment<Sqlite> for Anew<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }
}
