//! What the customer's side is served beside answers: information and programs, while the contract
//! is in force and includes them.

use super::model::Contact;
use super::refusal::{Facts, explain};
use super::{Product, store};
use crate::auth::proof::Actor;
use crate::auth::store::Presented;
use crate::calendar::model::tokyo_date;
use crate::db::Connection;
use crate::db::types::{Id, Instant};
use crate::http::text::SupportId;
use crate::http::{Refusal, Result};
use crate::terms::codes::{CallerKind, Condition, Service};

/// 403 unless the contract is in force and includes the service.
pub fn includes(
    connection: &mut Connection,
    contract: &Presented,
    presented: &SupportId,
    service: Service,
    desk: &Contact,
) -> Result<()> {
    let refusal = match contract.condition {
        Condition::NotStarted => Refusal::ContractNotStarted,
        Condition::Expired => Refusal::ContractExpired,
        Condition::Suspended => Refusal::ContractSuspended,
        Condition::InForce if contract.services.0.contains(&service) => return Ok(()),
        Condition::InForce => Refusal::ServiceNotContracted,
    };
    let facts = Facts { service: Some(service), ..Facts::default() };
    Err(explain(connection, refusal, contract, presented, &facts, desk)?)
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
            Ok(Some(contract.product_ids.0.clone()))
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
