//! Queries of the ledger, which only ever grows, and of its unrolled form.

use diesel::prelude::*;
use time::Date;

use crate::contracts::model::{Facts, Line, Span};
use crate::contracts::{Contract, ContractChange};
use crate::db::Connection;
use crate::db::schema::{contract_changes as changes, contract_span_products, contract_spans as spans, contracts};
use crate::db::types::{Doc, Id, Instant};
use crate::http::text::Reason;
use crate::http::{Page, Result};
use crate::terms::codes::{ChangeKind, PartnerAccess};
use crate::{load_page, older};

/// A line of the ledger as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = changes)]
pub struct ChangeRow {
    /// Its id.
    pub id: Id<ContractChange>,
    /// The contract.
    pub contract_id: Id<Contract>,
    /// How it came to be.
    pub kind: ChangeKind,
    /// The day from which it holds.
    pub effective_on: Date,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// Why, in the desk's words.
    pub reason: Option<Reason>,
    /// What it says.
    pub facts: Doc<Facts>,
}

/// Adds a line.
pub fn insert_change(connection: &mut Connection, row: &ChangeRow) -> Result<()> {
    diesel::insert_into(changes::table)
        .values((
            changes::id.eq(row.id),
            changes::contract_id.eq(row.contract_id),
            changes::kind.eq(row.kind),
            changes::effective_on.eq(row.effective_on),
            changes::recorded_at.eq(row.recorded_at),
            changes::reason.eq(&row.reason),
            changes::facts.eq(&row.facts),
        ))
        .execute(connection)?;
    Ok(())
}

/// The ledger of a contract, in the order of record.
pub fn ledger(connection: &mut Connection, contract: Id<Contract>) -> Result<Vec<Line>> {
    let rows: Vec<(Date, Instant, Doc<Facts>)> = changes::table
        .filter(changes::contract_id.eq(contract))
        .order((changes::recorded_at, changes::id))
        .select((changes::effective_on, changes::recorded_at, changes::facts))
        .load(connection)?;
    let line = |(effective_on, recorded_at, Doc(facts))| Line { effective_on, recorded_at, facts };
    Ok(rows.into_iter().map(line).collect())
}

/// A page of the ledgers of these contracts, newest first by record.
pub fn change_page(connection: &mut Connection, contracts: &[Id<Contract>], page: &Page) -> Result<Vec<ChangeRow>> {
    use changes::{id, recorded_at};
    let mut query = changes::table
        .filter(changes::contract_id.eq_any(contracts))
        .order((recorded_at.desc(), id.desc()))
        .select(ChangeRow::as_select())
        .into_boxed();
    older!(query, page, recorded_at, id);
    Ok(load_page!(query, page, connection))
}

/// Puts the unrolled ledger in the place of the one before.
pub fn replace_spans(connection: &mut Connection, contract: Id<Contract>, unrolled: &[Span]) -> Result<()> {
    diesel::delete(spans::table.filter(spans::contract_id.eq(contract))).execute(connection)?;
    let own = own(connection, contract)?;
    for span in unrolled {
        let standing = &span.standing;
        diesel::insert_into(spans::table)
            .values((
                spans::contract_id.eq(contract),
                spans::from_on.eq(span.from_on),
                spans::until_on.eq(span.until_on),
                spans::condition.eq(standing.condition),
                spans::starts_on.eq(standing.starts_on),
                spans::ends_on.eq(standing.ends_on),
                spans::reseller_id.eq(standing.reseller_id),
                spans::product_ids.eq(Doc(standing.product_ids.clone())),
                spans::services.eq(Doc(standing.services.clone())),
                &own,
            ))
            .execute(connection)?;
        for product in &standing.product_ids {
            diesel::insert_into(contract_span_products::table)
                .values((
                    contract_span_products::contract_id.eq(contract),
                    contract_span_products::from_on.eq(span.from_on),
                    contract_span_products::product_id.eq(*product),
                ))
                .execute(connection)?;
        }
    }
    Ok(())
}

/// What spans repeat of their contract, so that a reader needs no other row of it.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = spans, treat_none_as_null = true)]
struct Own {
    maintenance_id: Option<String>,
    printed_contract_id: Option<String>,
    partner_access: PartnerAccess,
}

fn own(connection: &mut Connection, contract: Id<Contract>) -> Result<Own> {
    let (maintenance_id, printed_contract_id, partner_access) = contracts::table
        .find(contract)
        .select((contracts::maintenance_id, contracts::contract_id, contracts::partner_access))
        .first(connection)?;
    Ok(Own { maintenance_id, printed_contract_id, partner_access })
}

/// Lets the spans repeat what their contract says now.
pub fn repeat_in_spans(connection: &mut Connection, contract: Id<Contract>) -> Result<()> {
    let own = own(connection, contract)?;
    diesel::update(spans::table.filter(spans::contract_id.eq(contract))).set(&own).execute(connection)?;
    Ok(())
}
