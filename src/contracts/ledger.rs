//! Writing in the ledger: the one way in which what the gate judges by comes to change.

use std::collections::HashSet;

use time::{Date, Duration};

use super::Contract;
use super::model::{Facts, Line, spans, standing_on};
use super::store::{self, ChangeRow};
use crate::app::Tx;
use crate::db::Connection;
use crate::db::types::{Doc, Id};
use crate::http::text::Reason;
use crate::http::{Fault, Problem, Refusal, Result};
use crate::subscriptions;
use crate::terms::codes::{ChangeKind, Delivery, Service};

/// A line that is to be written.
#[derive(Clone, Debug)]
pub struct NewLine {
    /// How it comes to be.
    pub kind: ChangeKind,
    /// The day from which it holds.
    pub effective_on: Date,
    /// Why, in the desk's words.
    pub reason: Option<Reason>,
    /// What it says.
    pub facts: Facts,
}

/// Adds a line to a contract's ledger, unrolls the ledger again, and gives the contract's reseller
/// as of today, in whose feed the event belongs.
///
/// The contract's row must be held by this transaction: its version was counted up before.
pub fn append(
    tx: &mut Tx<'_>,
    contract: Id<Contract>,
    line: NewLine,
) -> Result<(ChangeRow, Option<Id<super::Reseller>>)> {
    // A clock that steps back, or another node's, does not put a line before an earlier one.
    let last = store::ledger(tx, contract)?.iter().map(|line| line.recorded_at).max();
    let recorded_at = last.map_or(tx.now, |last| tx.now.max(last.plus(Duration::MICROSECOND)));
    let row = ChangeRow {
        id: tx.new_id(),
        contract_id: contract,
        kind: line.kind,
        effective_on: line.effective_on,
        recorded_at,
        reason: line.reason,
        facts: Doc(line.facts.in_order()),
    };
    store::insert_change(tx, &row)?;
    let ledger = store::ledger(tx, contract)?;
    store::replace_spans(tx, contract, &spans(&ledger))?;
    if row.effective_on < tx.today() {
        subscriptions::store::catch_up(tx, contract, row.effective_on)?; // what was not told meanwhile
    }
    if let Some(standing) = standing_on(&ledger, tx.today()) {
        store::reschedule_successions(tx, contract, standing.starts_on)?;
    }
    let reseller = reseller_today(tx, &ledger);
    Ok((row, reseller))
}

/// The reseller in whose feed today's events belong.
pub fn reseller_today(tx: &Tx<'_>, ledger: &[Line]) -> Option<Id<super::Reseller>> {
    standing_on(ledger, tx.today()).and_then(|standing| standing.reseller_id)
}

/// Holds what is named, and what it comes to together with what was so before, to the rules: the
/// term ends after it starts, products and reseller exist and are named once, and programs are
/// provided for software only (SW-4.2.3-C1).
pub fn check(connection: &mut Connection, named: &Facts, after: &Facts) -> Result<()> {
    if let (Some(starts_on), Some(ends_on)) = (after.starts_on, after.ends_on)
        && ends_on < starts_on
    {
        return Err(Problem::fault("/ends_on", "ends_before_start"));
    }
    let mut faults = Vec::new();
    let named_services = named.services.as_deref().unwrap_or_default();
    faults.extend(twice(named_services).map(|n| Fault::at(format!("/services/{n}"), "duplicate_item")));
    let named_products = named.product_ids.as_deref().unwrap_or_default();
    faults.extend(twice(named_products).map(|n| Fault::at(format!("/product_ids/{n}"), "duplicate_item")));
    let products = store::products_of(connection, after.product_ids.as_deref().unwrap_or_default())?;
    for (n, id) in named_products.iter().enumerate() {
        if !products.iter().any(|product| product.id == *id) {
            faults.push(Fault::at(format!("/product_ids/{n}"), "unknown_reference"));
        }
    }
    if let Some(Some(reseller)) = named.reseller_id
        && store::reseller(connection, reseller)?.is_none()
    {
        faults.push(Fault::at("/reseller_id", "unknown_reference"));
    }
    if !faults.is_empty() {
        return Err(Problem::faults(faults));
    }
    let programs = after.services.as_deref().unwrap_or_default().contains(&Service::ProgramProvision);
    if programs && !products.iter().any(|product| product.delivery == Delivery::Software) {
        return Err(Refusal::ProgramProvisionNotOffered.into());
    }
    Ok(())
}

/// The places of what was already there before them.
fn twice<T: Eq + std::hash::Hash>(items: &[T]) -> impl Iterator<Item = usize> {
    let mut seen = HashSet::new();
    items.iter().enumerate().filter(move |(_, item)| !seen.insert(*item)).map(|(n, _)| n)
}
