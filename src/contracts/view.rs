//! How a contract is shown.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::opening::{barred, opening, opening_refusal};
use super::store::{self, ContractRow, ProductRow, SpanRow};
use super::{Contract, ContractId, ProductId, Reseller, ResellerId};
use crate::auth::proof::Actor;
use crate::calendar::model::tokyo_date;
use crate::db::Connection;
use crate::db::types::{Id, Instant};
use crate::http::text::{CountryCode, Day, Name, ShortCode, SupportId, TermsVersion};
use crate::http::{Refusal, Result};
use crate::inquiries::model::AllowedAction;
use crate::terms::codes::{Condition, Delivery, PartnerAccess, Service};

/// The customer of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    /// The organisation's name.
    pub name: Name,
}

/// A reseller in short.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ResellerReference {
    /// Its id.
    pub id: ResellerId,
    /// The company.
    #[schema(example = "サンプル販売株式会社")]
    pub name: Name,
}

/// A product in short.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProductReference {
    /// Its id.
    pub id: ProductId,
    /// The code that people and scripts know it by.
    pub code: ShortCode,
    /// Its name.
    #[schema(example = "Votiro Disarmer")]
    pub name: Name,
    /// Whether it is software or a service.
    pub delivery: Delivery,
}

/// A product that a contract covers.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ContractProduct {
    /// The product.
    #[serde(flatten)]
    pub product: ProductReference,
    /// Whether the caller may open an inquiry about it now.
    #[schema(max_items = 5)]
    pub allowed_actions: Vec<AllowedAction>,
}

/// A contract in short, as it stands today.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ContractSummary {
    /// Its id.
    pub id: ContractId,
    /// Its maintenance ID (保守 ID).
    #[schema(required)]
    pub maintenance_id: Option<SupportId>,
    /// Its contract ID (契約 ID).
    #[schema(required)]
    pub contract_id: Option<SupportId>,
    /// The customer.
    pub customer: Customer,
    /// The reseller; null for a contract without one.
    #[schema(required)]
    pub reseller: Option<ResellerReference>,
    /// The products it covers.
    #[schema(max_items = 100)]
    pub products: Vec<ProductReference>,
    /// The services it includes.
    #[schema(max_items = 3)]
    pub services: Vec<Service>,
    /// The country of its site.
    pub site_country: CountryCode,
    /// What its reseller may see of the inquiries that it did not open itself.
    pub partner_access: PartnerAccess,
    /// The first day of its term.
    pub starts_on: Day,
    /// The last day of its term.
    pub ends_on: Day,
    /// Its condition today, in Japan.
    pub condition: Condition,
    /// The version of the service terms it is served under.
    pub terms_version: TermsVersion,
    /// Its version, as in the entity tag.
    #[schema(minimum = 1)]
    pub version: i32,
    /// When it was registered.
    pub created_at: Instant,
    /// When it was last changed.
    pub changed_at: Instant,
}

/// A contract as it stands today.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Contract)]
pub struct ContractView {
    /// Its id.
    pub id: ContractId,
    /// Its maintenance ID (保守 ID).
    #[schema(required)]
    pub maintenance_id: Option<SupportId>,
    /// Its contract ID (契約 ID).
    #[schema(required)]
    pub contract_id: Option<SupportId>,
    /// The customer.
    pub customer: Customer,
    /// The reseller; null for a contract without one.
    #[schema(required)]
    pub reseller: Option<ResellerReference>,
    /// The products it covers.
    #[schema(max_items = 100)]
    pub products: Vec<ContractProduct>,
    /// The services it includes.
    #[schema(max_items = 3)]
    pub services: Vec<Service>,
    /// The country of its site.
    pub site_country: CountryCode,
    /// What its reseller may see of the inquiries that it did not open itself.
    pub partner_access: PartnerAccess,
    /// The first day of its term.
    pub starts_on: Day,
    /// The last day of its term.
    pub ends_on: Day,
    /// Its condition today, in Japan.
    pub condition: Condition,
    /// The version of the service terms it is served under.
    pub terms_version: TermsVersion,
    /// How many system administrators it has; an inquiry needs one (PRE-1-C2).
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    pub administrators: i64,
    /// Its version, as in the entity tag.
    #[schema(minimum = 1)]
    pub version: i32,
    /// When it was registered.
    pub created_at: Instant,
    /// When it was last changed.
    pub changed_at: Instant,
}

/// Shows a contract to the caller as it stands at a moment.
pub fn contract(connection: &mut Connection, actor: &Actor, id: Id<Contract>, now: Instant) -> Result<ContractView> {
    let today = tokyo_date(now.to_datetime());
    let found = store::contract_on(connection, id, today)?;
    let (row, span) = found.ok_or(Refusal::NotFound)?;
    let administrators = store::administrator_count(connection, id)?;
    let products = store::products_of(connection, &span.product_ids.0)?;
    let barred = barred(connection, actor)?;
    let denied = store::denied_products_on(connection, id, today)?;
    let products = products.into_iter().map(|product| {
        let delivery = product.delivery;
        let denial = denied.iter().find(|(denied, _)| *denied == product.id).map(|(_, code)| *code);
        let refusal = barred.or_else(|| opening_refusal(&row, &span, administrators, &product, denial, now));
        ContractProduct { product: reference(product), allowed_actions: vec![opening(refusal, delivery, denial)] }
    });
    let products = products.collect();
    let reseller = match span.reseller_id {
        Some(id) => reseller_references(connection, &[id])?.remove(&id),
        None => None,
    };
    Ok(ContractView {
        id: row.id,
        maintenance_id: row.maintenance_id,
        contract_id: row.contract_id,
        customer: Customer { name: row.customer_name },
        reseller,
        products,
        services: span.services.0,
        site_country: row.site_country,
        partner_access: row.partner_access,
        starts_on: span.starts_on.into(),
        ends_on: span.ends_on.into(),
        condition: span.condition,
        terms_version: row.terms_version,
        administrators,
        version: row.version,
        created_at: row.created_at,
        changed_at: row.changed_at,
    })
}

/// Shows contracts in short.
pub fn summaries(connection: &mut Connection, rows: Vec<(ContractRow, SpanRow)>) -> Result<Vec<ContractSummary>> {
    let mut product_ids: Vec<_> = rows.iter().flat_map(|(_, span)| span.product_ids.0.iter().copied()).collect();
    product_ids.sort();
    product_ids.dedup();
    let products: Vec<ProductReference> =
        store::products_of(connection, &product_ids)?.into_iter().map(reference).collect();
    let reseller_ids: Vec<_> = rows.iter().filter_map(|(_, span)| span.reseller_id).collect();
    let resellers = reseller_references(connection, &reseller_ids)?;
    let summary = |(row, span): (ContractRow, SpanRow)| ContractSummary {
        id: row.id,
        maintenance_id: row.maintenance_id,
        contract_id: row.contract_id,
        customer: Customer { name: row.customer_name },
        reseller: span.reseller_id.and_then(|id| resellers.get(&id).cloned()),
        products: products.iter().filter(|product| span.product_ids.0.contains(&product.id)).cloned().collect(),
        services: span.services.0,
        site_country: row.site_country,
        partner_access: row.partner_access,
        starts_on: span.starts_on.into(),
        ends_on: span.ends_on.into(),
        condition: span.condition,
        terms_version: row.terms_version,
        version: row.version,
        created_at: row.created_at,
        changed_at: row.changed_at,
    };
    Ok(rows.into_iter().map(summary).collect())
}

fn reference(row: ProductRow) -> ProductReference {
    ProductReference { id: row.id, code: row.code, name: row.name, delivery: row.delivery }
}

fn reseller_references(
    connection: &mut Connection,
    ids: &[Id<Reseller>],
) -> Result<HashMap<Id<Reseller>, ResellerReference>> {
    let named = store::reseller_names(connection, ids)?;
    Ok(named.into_iter().map(|(id, name)| (id, ResellerReference { id, name })).collect())
}
