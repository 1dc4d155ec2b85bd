//! A limit that a plan can count on.

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};

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

impl<Q: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for Few<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.query.walk_ast(out.reborrow())?;
        out.push_sql(&format!(" LIMIT {}", self.limit));
        Ok(())
    }
}
