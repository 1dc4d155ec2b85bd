//! How many rows a page's query would find without the page.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::BigInt;

/// Whether the query is being written as the count of all.
#[derive(Clone, Debug, Default)]
pub struct Counting(Arc<AtomicBool>);

impl Counting {
    /// A condition that says nothing while all are counted.
    pub fn beyond<E>(&self, condition: E) -> Beyond<E> {
        Beyond { condition, counting: self.clone() }
    }

    /// The count of what a query finds without such conditions.
    pub fn counted<'a, Q>(&'a self, query: &'a Q) -> Counted<'a, Q> {
        Counted { query, counting: self }
    }
}

/// A condition of one page of a list.
#[derive(Clone, Debug)]
pub struct Beyond<E> {
    condition: E,
    counting: Counting,
}

impl<E: Expression> Expression for Beyond<E> {
    type SqlType = E::SqlType;
}

impl<E: AppearsOnTable<T>, T> AppearsOnTable<T> for Beyond<E> {}

impl<E: SelectableExpression<T>, T> SelectableExpression<T> for Beyond<E> {}

impl<E: ValidGrouping<G>, G> ValidGrouping<G> for Beyond<E> {
    type IsAggregate = E::IsAggregate;
}

impl<E> QueryId for Beyond<E> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<E: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for Beyond<E> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        if self.counting.0.load(Ordering::Relaxed) {
            out.push_sql("TRUE");
            return Ok(());
        }
        self.condition.walk_ast(out)
    }
}

/// The count of a query's rows.
#[derive(Clone, Copy, Debug)]
pub struct Counted<'a, Q> {
    query: &'a Q,
    counting: &'a Counting,
}

impl<Q> Query for Counted<'_, Q> {
    type SqlType = BigInt;
}

impl<Q, C> RunQueryDsl<C> for Counted<'_, Q> {}

impl<Q> QueryId for Counted<'_, Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for Counted<'_, Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("SELECT COUNT(*) FROM (");
        self.counting.0.store(true, Ordering::Relaxed);
        let written = self.query.walk_ast(out.reborrow());
        self.counting.0.store(false, Ordering::Relaxed);
        written?;
        out.push_sql(") AS counted");
        Ok(())
    }
}
