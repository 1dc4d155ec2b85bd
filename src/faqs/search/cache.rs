//! The index of this process, asked with the version that the caller's proof was read with.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

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

/// Of a long text so many concepts are looked for when FAQs are suggested.
const BRIEF: usize = 16;
/// How many suggestions are remembered, and of how long a text at most, in bytes.
const REMEMBERED: usize = 1_000;
const OF_A_SUBJECT: usize = 600;

/// A text and the products that FAQs are suggested of.
pub type Asked<'a> = (&'a str, &'a [ProductId]);

/// What was found, and the terms that it may have been found by.
pub type Found = (Vec<Hit>, BTreeSet<Term>);

/// The index, the turn of who brings it up to date, and what was suggested of it.
#[derive(Debug, Default)]
pub struct Cache {
    index: RwLock<Index>,
    turn: Mutex<()>,
    suggested: Mutex<Suggested>,
}

/// What was suggested at a version of the index: a queue is read again and again.
#[derive(Debug, Default)]
struct Suggested {
    version: i64,
    found: HashMap<(String, Vec<ProductId>), Arc<Found>>,
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

    /// For each text the published FAQs of its products that answer it best: for suggestions. The
    /// caller was proven before, on the same connection.
    pub fn suggest(&self, db: &mut Connection, asked: &[Asked<'_>], most: usize) -> Result<Vec<Arc<Found>>> {
        let version = rows::version(db)?;
        self.ask(db, version, |index| asked.iter().map(|asked| self.suggested(index, *asked, most)).collect())
    }

    fn suggested(&self, index: &Index, (text, products): Asked<'_>, most: usize) -> Arc<Found> {
        let key = (text.to_owned(), products.to_vec());
        let remembered = || self.suggested.lock().unwrap_or_else(PoisonError::into_inner);
        let known = remembered();
        if let Some(found) = known.found.get(&key).filter(|_| known.version == index.version()) {
            return Arc::clone(found);
        }
        drop(known);
        let filter = Filter { visible: Some(products.to_vec()), public: true, ..Filter::default() };
        let plan = Plan::of(text, index.lexicon()).brief(BRIEF);
        let found = Arc::new((index.find(Some(&plan), &filter, None, most), plan.terms()));
        let mut known = remembered();
        if known.version != index.version() || known.found.len() >= REMEMBERED {
            *known = Suggested { version: index.version(), ..Suggested::default() };
        }
        if text.len() <= OF_A_SUBJECT {
            known.found.insert(key, Arc::clone(&found));
        }
        found
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
