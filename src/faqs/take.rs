//! A FAQ from a line of an import: found again by its key, published by the same gates.

use super::change::change;
use super::draft::{Origins, draft};
use super::model::{Content, DraftFaq};
use super::publish::publish;
use super::store::{self, FaqRow};
use crate::app::Tx;
use crate::contracts::import::LineOutcome;
use crate::events::model::Change;
use crate::http::Result;
use crate::http::text::ExternalReference;
use crate::terms::codes::FaqState;

/// Takes the FAQ of a key: writes it, changes what differs, and publishes it where that is asked
/// and not done.
pub fn take(tx: &mut Tx<'_>, key: &ExternalReference, body: DraftFaq, published: bool) -> Result<Change<LineOutcome>> {
    let content = Content::from(body);
    let (written, outcome) = match store::find_by_key(tx, key)? {
        None => {
            let from = Origins { inquiry: None, import_key: Some(key.to_string()) };
            (draft(tx, None, content, from)?, LineOutcome::Created)
        }
        Some((row, old)) => {
            let outcome = if old == content { LineOutcome::Unchanged } else { LineOutcome::Changed };
            (change(tx, None, row, old, content)?, outcome)
        }
    };
    let (row, content) = written.settle(tx)?;
    if !published || is_published(&row) {
        return Ok(Change::silent(outcome, "the draft's own event is written"));
    }
    let outcome = if outcome == LineOutcome::Unchanged { LineOutcome::Changed } else { outcome };
    publish(tx, None, row, content, false)?.map(|_| Ok(outcome))
}

fn is_published(row: &FaqRow) -> bool {
    row.state == FaqState::Published && row.published_revision == Some(row.revision)
}
