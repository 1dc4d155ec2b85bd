//! Whose FAQs a caller may read: those of its products, while the contract is in force and
//! includes information (api section 1; SW-4.2.2-C3, SA-5.2.2-C3).

use super::store::index::{self, Standing};
use crate::auth::claim::Claim;
use crate::auth::proof::{Actor, prove};
use crate::contracts::ProductId;
use crate::contracts::model::Contact;
use crate::contracts::refusal::{Facts, explain};
use crate::db::Connection;
use crate::db::types::Instant;
use crate::http::{Refusal, Result};
use crate::terms::codes::{Condition, Service};

/// What a caller may read, and the version of the search's rows that was read with the proof.
#[derive(Clone, Debug)]
pub struct Entitled {
    /// The products whose published FAQs it reads; none for the desk, which reads all.
    pub products: Option<Vec<ProductId>>,
    /// The version of the search's rows.
    pub version: i64,
}

impl Entitled {
    /// Whether a FAQ of these products is for this caller.
    pub fn covers(&self, products: &[ProductId]) -> bool {
        self.products.as_deref().is_none_or(|own| products.iter().any(|product| own.contains(product)))
    }
}

/// Proves the caller: 401, or 403 by the contract presented. A partner that presents none reads
/// what any of its contracts entitles it to.
pub fn entitled(db: &mut Connection, claim: &Claim, now: Instant, desk: &Contact) -> Result<Entitled> {
    if !claim.is_outside() {
        prove(db, claim, now)?;
        return Ok(Entitled { products: None, version: index::version(db)? });
    }
    let standings = index::standings(db, claim, now)?;
    let serves = |standing: &&Standing| refusal(standing).is_none();
    let products: Vec<ProductId> =
        standings.iter().filter(serves).flat_map(|standing| standing.product_ids.0.iter().copied()).collect();
    let told = standings.iter().find_map(refusal);
    match standings.first() {
        Some(first) if !products.is_empty() || told.is_none() => {
            Ok(Entitled { products: Some(products), version: first.version })
        }
        _ => {
            let actor = prove(db, claim, now)?;
            match told {
                Some(refusal) if actor.presented.is_some() => refuse(db, &actor, refusal, desk),
                _ => Ok(Entitled { products: Some(products), version: 0 }),
            }
        }
    }
}

/// Why a contract does not entitle to information now.
fn refusal(standing: &Standing) -> Option<Refusal> {
    match standing.condition {
        Condition::NotStarted => Some(Refusal::ContractNotStarted),
        Condition::Expired => Some(Refusal::ContractExpired),
        Condition::Suspended => Some(Refusal::ContractSuspended),
        Condition::InForce => {
            (!standing.services.0.contains(&Service::Information)).then_some(Refusal::ServiceNotContracted)
        }
    }
}

fn refuse(db: &mut Connection, actor: &Actor, refusal: Refusal, desk: &Contact) -> Result<Entitled> {
    let id = actor.presented_id.clone().ok_or(Refusal::SupportIdRequired)?;
    let facts = Facts { service: Some(Service::Information), ..Facts::default() };
    Err(explain(db, refusal, actor.contract()?, &id, &facts, desk)?)
}
