//! Queries of contracts themselves, as they stand on a day.

use diesel::prelude::*;
use time::Date;

use super::{guarded, taken_is};
use crate::accounts::store::sessions;
use crate::contracts::{Contract, Product, Reseller};
use crate::db::Connection;
use crate::db::schema::{contract_span_products, contract_spans, contracts, inquiries, support_ids};
use crate::db::types::{Doc, Id, Instant};
use crate::http::text::{CountryCode, Name, SupportId, TermsVersion};
use crate::http::{Page, Refusal, Result};
use crate::inquiries::Inquiry;
use crate::terms::codes::{Condition, PartnerAccess, Service, SupportIdKind};
use crate::{load_page, newer, older};

/// What a contract is beside its ledger.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = contracts)]
pub struct ContractRow {
    /// Its id.
    pub id: Id<Contract>,
    /// Its maintenance ID.
    pub maintenance_id: Option<SupportId>,
    /// Its contract ID.
    pub contract_id: Option<SupportId>,
    /// The customer's name.
    pub customer_name: Name,
    /// The country of its site.
    pub site_country: CountryCode,
    /// What its reseller may see.
    pub partner_access: PartnerAccess,
    /// The terms it is served under.
    pub terms_version: TermsVersion,
    /// Its version.
    pub version: i32,
    /// When it was registered.
    pub created_at: Instant,
    /// When it was last changed.
    pub changed_at: Instant,
}

/// What its ledger comes to on a day.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = contract_spans)]
pub struct SpanRow {
    /// Its condition.
    pub condition: Condition,
    /// The first day of its term.
    pub starts_on: Date,
    /// The last day of its term.
    pub ends_on: Date,
    /// Its reseller.
    pub reseller_id: Option<Id<Reseller>>,
    /// The products it covers.
    pub product_ids: Doc<Vec<Id<Product>>>,
    /// The services it includes.
    pub services: Doc<Vec<Service>>,
}

/// Which contracts a list is of.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// This one alone.
    pub only: Option<Id<Contract>>,
    /// Those of a reseller, as far as the caller may see.
    pub seen_by: Option<Id<Reseller>>,
    /// The one with this ID.
    pub support_id: Option<SupportId>,
    /// Those of a reseller.
    pub reseller: Option<Id<Reseller>>,
    /// Those that cover a product.
    pub product: Option<Id<Product>>,
    /// Those in one of these conditions.
    pub conditions: Vec<Condition>,
    /// Those whose term ends before this day.
    pub ends_before: Option<Date>,
    /// Those changed after this moment; the list is then in the order of change.
    pub changed_after: Option<Instant>,
}

/// The contract as it stands on a day.
pub fn contract_on(connection: &mut Connection, id: Id<Contract>, day: Date) -> Result<Option<(ContractRow, SpanRow)>> {
    Ok(contracts::table
        .find(id)
        .inner_join(contract_spans::table.on(contract_spans::contract_id.eq(contracts::id)))
        .filter(contract_spans::from_on.le(day))
        .filter(contract_spans::until_on.gt(day))
        .select((ContractRow::as_select(), SpanRow::as_select()))
        .first(connection)
        .optional()?)
}

/// The contract on whose papers an ID stands, whichever goes on in its place.
pub fn contract_of(connection: &mut Connection, id: &SupportId) -> Result<Option<Id<Contract>>> {
    Ok(support_ids::table.find(id).select(support_ids::contract_id).first(connection).optional()?)
}

/// A page of contracts as they stand on a day: newest first, or in the order of change.
pub fn contract_page(
    connection: &mut Connection,
    wanted: &Wanted,
    day: Date,
    page: &Page,
) -> Result<Vec<(ContractRow, SpanRow)>> {
    use contract_spans as spans;
    use contracts::{changed_at, created_at, id};
    let mut query = contracts::table
        .inner_join(spans::table.on(spans::contract_id.eq(id)))
        .filter(spans::from_on.le(day))
        .filter(spans::until_on.gt(day))
        .select((ContractRow::as_select(), SpanRow::as_select()))
        .into_boxed();
    if let Some(only) = wanted.only {
        query = query.filter(id.eq(only));
    }
    for reseller in [wanted.seen_by, wanted.reseller].into_iter().flatten() {
        query = query.filter(spans::reseller_id.eq(reseller));
    }
    if let Some(support_id) = &wanted.support_id {
        let named = support_ids::table.filter(support_ids::canonical.eq(support_id)).select(support_ids::contract_id);
        query = query.filter(id.eq_any(named));
    }
    if let Some(product) = wanted.product {
        let covering = contract_span_products::table
            .filter(contract_span_products::contract_id.eq(spans::contract_id))
            .filter(contract_span_products::from_on.eq(spans::from_on))
            .filter(contract_span_products::product_id.eq(product));
        query = query.filter(diesel::dsl::exists(covering));
    }
    if !wanted.conditions.is_empty() {
        query = query.filter(spans::condition.eq_any(&wanted.conditions));
    }
    if let Some(before) = wanted.ends_before {
        query = query.filter(spans::ends_on.lt(before));
    }
    if let Some(since) = wanted.changed_after {
        query = query.filter(changed_at.gt(since)).order((changed_at, id));
        newer!(query, page, changed_at, id);
    } else {
        query = query.order((created_at.desc(), id.desc()));
        older!(query, page, created_at, id);
    }
    Ok(load_page!(query, page, connection))
}

/// The products of a reseller's contracts that are in force on a day and include the service.
pub fn served_by_reseller(
    connection: &mut Connection,
    reseller: Id<Reseller>,
    service: Service,
    day: Date,
) -> Result<Vec<Id<Product>>> {
    use contract_spans as spans;
    type Line = (Doc<Vec<Id<Product>>>, Doc<Vec<Service>>);
    let rows: Vec<Line> = spans::table
        .filter(spans::reseller_id.eq(reseller))
        .filter(spans::from_on.le(day))
        .filter(spans::until_on.gt(day))
        .filter(spans::condition.eq(Condition::InForce))
        .select((spans::product_ids, spans::services))
        .distinct()
        .load(connection)?;
    let included = rows.into_iter().filter(|(_, services)| services.0.contains(&service));
    Ok(included.flat_map(|(products, _)| products.0).collect())
}

/// Adds a contract and its IDs: 409 `support_id_taken` when one of them is another's.
pub fn insert_contract(connection: &mut Connection, row: &ContractRow) -> Result<()> {
    diesel::insert_into(contracts::table)
        .values((
            contracts::id.eq(row.id),
            contracts::maintenance_id.eq(&row.maintenance_id),
            contracts::contract_id.eq(&row.contract_id),
            contracts::customer_name.eq(&row.customer_name),
            contracts::site_country.eq(&row.site_country),
            contracts::partner_access.eq(row.partner_access),
            contracts::terms_version.eq(&row.terms_version),
            contracts::version.eq(row.version),
            contracts::created_at.eq(row.created_at),
            contracts::changed_at.eq(row.changed_at),
        ))
        .execute(connection)?;
    insert_support_ids(connection, row)
}

/// Changes a contract and its IDs: 412 when the row has moved on from what it was before.
pub fn update_contract(connection: &mut Connection, before: &ContractRow, row: &ContractRow) -> Result<()> {
    let seen = contracts::table.find(row.id).filter(contracts::version.eq(before.version));
    let rows = diesel::update(seen)
        .set((
            contracts::maintenance_id.eq(&row.maintenance_id),
            contracts::contract_id.eq(&row.contract_id),
            contracts::customer_name.eq(&row.customer_name),
            contracts::site_country.eq(&row.site_country),
            contracts::partner_access.eq(row.partner_access),
            contracts::terms_version.eq(&row.terms_version),
            contracts::version.eq(row.version),
            contracts::changed_at.eq(row.changed_at),
        ))
        .execute(connection)?;
    guarded(rows)?;
    super::repeat_in_spans(connection, row.id)?;
    if (&before.maintenance_id, &before.contract_id) == (&row.maintenance_id, &row.contract_id) {
        return Ok(());
    }
    diesel::delete(support_ids::table.filter(support_ids::contract_id.eq(row.id))).execute(connection)?;
    insert_support_ids(connection, row)?;
    let ids = [&before.maintenance_id, &before.contract_id, &row.maintenance_id, &row.contract_id];
    sessions::follow(connection, ids.into_iter().flatten())
}

fn insert_support_ids(connection: &mut Connection, row: &ContractRow) -> Result<()> {
    let answered_by = super::answered_by(connection, row.id)?;
    let both = [(SupportIdKind::MaintenanceId, &row.maintenance_id), (SupportIdKind::ContractId, &row.contract_id)];
    for (kind, id) in both {
        let Some(id) = id else { continue };
        diesel::insert_into(support_ids::table)
            .values((
                support_ids::canonical.eq(id),
                support_ids::kind.eq(kind),
                support_ids::contract_id.eq(row.id),
                support_ids::successor_id.eq(answered_by),
            ))
            .execute(connection)
            .map_err(taken_is(Refusal::SupportIdTaken))?;
    }
    Ok(())
}

/// Counts the contract's version up without asking for the one before, and so holds the row until
/// the transaction ends: what belongs to the contract is then changed by one at a time.
pub fn touch_contract(connection: &mut Connection, id: Id<Contract>, now: Instant) -> Result<()> {
    let next = contracts::version + 1;
    diesel::update(contracts::table.find(id))
        .set((contracts::version.eq(next), contracts::changed_at.eq(now)))
        .execute(connection)?;
    Ok(())
}

/// Whether an inquiry was ever opened on the contract.
pub fn has_inquiry(connection: &mut Connection, contract: Id<Contract>) -> Result<bool> {
    let query = inquiries::table.filter(inquiries::contract_id.eq(contract)).select(inquiries::id);
    let found: Option<Id<Inquiry>> = query.first(connection).optional()?;
    Ok(found.is_some())
}
