//! The index of this process, asked with the version that the caller's proof was read with.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use super::index::{Document, Face, Filter, Hit, Index};
use super::lexicon::Lexicon;
use super::query::Plan;
use super::tokens::Term;
use crate::contracts::ProductId;
use crate::db::Connection;
use crate::faqs::store::index as rows;
use crate::http::Result;

/// How many rows are taken at a time.
const BATCH: i64 = 2_000;

/// What was found, and the terms that it may have been found by.
pub type Found = (Vec<Hit>, BTreeSet<Term>);

/// The index, and the turn of who brings it up to date.
#[derive(Debug, Default)]
pub struct Cache {
    index: RwLock<Index>,
    turn: Mutex<()>,
}

impl Cache {
    /// Asks the index as it is at this version or later; what it lacks is read first.
    pub fn ask<T>(&self, db: &mut Connection, version: i64, ask: impl FnOnce(&Index) -> T) -> Result<T> {
        let index = self.read();
        if index.version() >= version {
            return Ok(ask(&index));
        }
        drop(index);
        let turn = self.turn();
        if self.read().version() < version {
            self.catch_up(db, version)?;
        }
        drop(turn);
        Ok(ask(&self.read()))
    }

    /// Reads what is there: before the program is ready, so that nobody's search waits for it.
    pub fn warm(&self, db: &mut Connection) -> Result<()> {
        let version = rows::version(db)?;
        self.ask(db, version, |_| ())
    }

    /// How many FAQs' texts it holds.
    pub fn size(&self) -> usize {
        self.read().size()
    }

    /// The published FAQs of these products that answer a text best: for suggestions. The caller
    /// was proven before, on the same connection.
    pub fn suggest(&self, db: &mut Connection, text: &str, products: &[ProductId], most: usize) -> Result<Found> {
        let version = rows::version(db)?;
        let filter = Filter { visible: Some(products.to_vec()), public: true, ..Filter::default() };
        self.ask(db, version, |index| {
            let plan = Plan::of(text, index.lexicon());
            (index.find(Some(&plan), &filter, None, most), plan.terms())
        })
    }

    /// Takes what changed since; a worn index is made again. Rows come before synonyms: what is
    /// read a moment too late is newer than the version says, and never older.
    fn catch_up(&self, db: &mut Connection, version: i64) -> Result<()> {
        let afresh = self.read().is_worn();
        let mut made = Index::default();
        let mut since = if afresh { 0 } else { self.read().version() };
        loop {
            let batch = rows::changed_after(db, since, BATCH)?;
            let Some(last) = batch.last() else { break };
            since = last.changed_in;
            if afresh {
                batch.into_iter().for_each(|row| put(&mut made, row));
            } else {
                let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
                batch.into_iter().for_each(|row| put(&mut index, row));
            }
        }
        let lexicon = Lexicon::with(&rows::synonyms(db)?);
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        if afresh {
            *index = made;
        }
        index.settle(version.max(since), lexicon);
        Ok(())
    }

    fn read(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn put(index: &mut Index, row: rows::IndexRow) {
    let face = if row.face == Face::Public.as_str() { Face::Public } else { Face::Working };
    let document = Document {
        faq: row.faq_id,
        face,
        current: row.current,
        state: row.state,
        kind: row.kind,
        source: row.source,
        language: row.language,
        products: row.product_ids.0,
        created_at: row.created_at.micros(),
    };
    index.put((row.faq_id, face), row.terms.as_deref().map(|terms| (document, terms)));
}
