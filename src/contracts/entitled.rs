//! What the customer's side is served beside answers: information and programs, while the contract
//! is in force and includes them.

use super::model::Contact;
use super::refusal::{Facts, explain, serves_product};
use super::{Product, store};
use crate::auth::proof::Actor;
use crate::auth::store::Presented;
use crate::calendar::model::tokyo_date;
use crate::db::Connection;
use crate::db::types::{Id, Instant};
use crate::http::text::SupportId;
use crate::http::{Refusal, Result};
use crate::terms::codes::{CallerKind, Condition, Service};

/// Why a contract is not served with this service now; none where it is.
pub fn stopped(condition: Condition, services: &[Service], service: Service) -> Option<Refusal> {
    match condition {
        Condition::NotStarted => Some(Refusal::ContractNotStarted),
        Condition::Expired => Some(Refusal::ContractExpired),
        Condition::Suspended => Some(Refusal::ContractSuspended),
        Condition::InForce => (!services.contains(&service)).then_some(Refusal::ServiceNotContracted),
    }
}

/// 403 unless the contract is in force and includes the service.
pub fn includes(
    connection: &mut Connection,
    contract: &Presented,
    presented: &SupportId,
    service: Service,
    desk: &Contact,
) -> Result<()> {
    let Some(refusal) = stopped(contract.condition, &contract.services.0, service) else { return Ok(()) };
    let facts = Facts { service: Some(service), ..Facts::default() };
    Err(explain(connection, refusal, contract, presented, &facts, desk)?)
}

/// 403 `support_denied` where every product of these that is contracted is denied to the contract.
pub fn not_denied(
    connection: &mut Connection,
    actor: &Actor,
    products: &[Id<Product>],
    now: Instant,
    desk: &Contact,
) -> Result<()> {
    let Some(contract) = &actor.presented else { return Ok(()) };
    let mut refused = Ok(());
    for product in products.iter().filter(|product| contract.product_ids.0.contains(product)) {
        match serves_product(connection, actor, *product, now, desk) {
            Ok(()) => return Ok(()),
            Err(problem) => refused = Err(problem),
        }
    }
    refused
}

/// The products that the caller is served with now; none for the desk, which sees all. Of a partner
/// who presents no contract, those of all its contracts.
pub fn served(
    connection: &mut Connection,
    actor: &Actor,
    service: Service,
    now: Instant,
    desk: &Contact,
) -> Result<Option<Vec<Id<Product>>>> {
    let today = tokyo_date(now.to_datetime());
    match (&actor.presented, &actor.presented_id, actor.reseller) {
        (Some(contract), Some(id), _) => {
            includes(connection, contract, id, service, desk)?;
            let denied = store::denied_products_on(connection, contract.contract, today)?;
            let denied = |product: &Id<Product>| denied.iter().any(|(id, _)| id == product);
            Ok(Some(contract.product_ids.0.iter().copied().filter(|product| !denied(product)).collect()))
        }
        (_, _, Some(reseller)) if actor.kind == CallerKind::Partner => {
            let mut products = store::served_by_reseller(connection, reseller, service, today)?;
            products.sort();
            products.dedup();
            Ok(Some(products))
        }
        _ => Ok(None),
    }
}
