//! Whose FAQs a caller may read: those of its products, while the contract is in force,
//! includes information (SW-4.2.2-C3, SA-5.2.2-C3) and does not deny the product (DEN-6-C0).

use super::store::index::{self, Standing};
use crate::auth::claim::Claim;
use crate::auth::proof::{Actor, prove};
use crate::calendar::model::tokyo_date;
use crate::contracts::entitled::stopped;
use crate::contracts::model::Contact;
use crate::contracts::refusal::{Facts, explain, serves_product};
use crate::contracts::store::denied_to_on;
use crate::contracts::{ContractId, ProductId};
use crate::db::Connection;
use crate::db::types::Instant;
use crate::http::{Refusal, Result};
use crate::terms::codes::Service;

/// What a caller may read, and the version of the search's rows that was read with the proof.
#[derive(Clone, Debug)]
pub struct Entitled {
    /// The products whose published FAQs it reads; none for the desk, which reads all.
    pub products: Option<Vec<ProductId>>,
    /// The products that are denied to a contract of its.
    denied: Vec<ProductId>,
    /// The version of the search's rows.
    pub version: i64,
    /// Who of the desk asks; none outside it.
    pub desk: Option<Actor>,
}

impl Entitled {
    /// Whether a FAQ of these products is for this caller.
    pub fn covers(&self, products: &[ProductId]) -> bool {
        self.products.as_deref().is_none_or(|own| products.iter().any(|product| own.contains(product)))
    }

    /// Refuses products of which every one is denied to the contract presented: 403 `support_denied`.
    pub fn refuse_denied(
        &self,
        db: &mut Connection,
        claim: &Claim,
        products: &[ProductId],
        now: Instant,
        desk: &Contact,
    ) -> Result<()> {
        let denied = products.iter().find(|product| self.denied.contains(product));
        match denied.filter(|_| !self.covers(products)) {
            Some(product) => {
                let actor = prove(db, claim, now)?;
                serves_product(db, &actor, *product, now, desk)
            }
            None => Ok(()),
        }
    }
}

/// Proves the caller: 401, or 403 by the contract presented. A partner that presents none reads
/// what any of its contracts entitles it to.
pub fn entitled(db: &mut Connection, claim: &Claim, now: Instant, desk: &Contact) -> Result<Entitled> {
    if !claim.is_outside() {
        let desk = Some(prove(db, claim, now)?);
        return Ok(Entitled { products: None, denied: Vec::new(), version: index::version(db)?, desk });
    }
    let standings = index::standings(db, claim, now)?;
    let serves = |standing: &&Standing| refusal(standing).is_none();
    let contracts: Vec<ContractId> = standings.iter().filter(serves).map(|standing| standing.contract).collect();
    let denied = denied_to_on(db, &contracts, tokyo_date(now.to_datetime()))?;
    let covered = standings
        .iter()
        .filter(serves)
        .flat_map(|standing| standing.product_ids.0.iter().map(|product| (standing.contract, *product)));
    let products = covered.filter(|covered| !denied.contains(covered)).map(|(_, product)| product).collect::<Vec<_>>();
    let denied = denied.into_iter().map(|(_, product)| product).collect();
    let told = standings.iter().find_map(refusal);
    match standings.first() {
        Some(first) if !products.is_empty() || told.is_none() => {
            Ok(Entitled { products: Some(products), denied, version: first.version, desk: None })
        }
        _ => {
            let actor = prove(db, claim, now)?;
            match told {
                Some(refusal) if actor.presented.is_some() => refuse(db, &actor, refusal, desk),
                _ => Ok(Entitled { products: Some(products), denied, version: 0, desk: None }),
            }
        }
    }
}

/// Why a contract does not entitle to information now.
fn refusal(standing: &Standing) -> Option<Refusal> {
    stopped(standing.condition, &standing.services.0, Service::Information)
}

fn refuse(db: &mut Connection, actor: &Actor, refusal: Refusal, desk: &Contact) -> Result<Entitled> {
    let id = actor.presented_id.clone().ok_or(Refusal::SupportIdRequired)?;
    let facts = Facts { service: Some(Service::Information), ..Facts::default() };
    Err(explain(db, refusal, actor.contract()?, &id, &facts, desk)?)
}
