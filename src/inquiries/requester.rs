//! Who asks, when the call does not say: the account, the reseller, who was on the phone, or for a
//! script the customer.

use time::Date;

use super::store::{OpeningCall, Requester};
use crate::auth::proof::Actor;
use crate::auth::store as callers;
use crate::contracts::{Contract, store as contracts};
use crate::db::Connection;
use crate::db::types::Id;
use crate::http::text::{EmailAddress, Name};
use crate::http::{Problem, Result};
use crate::terms::codes::{CallerKind, RequesterRelation};

/// The requester that the caller stands for, on a contract.
pub fn default_requester(
    connection: &mut Connection,
    actor: &Actor,
    contract: Id<Contract>,
    day: Date,
    call: Option<&OpeningCall>,
) -> Result<Requester> {
    let required = || Problem::bug("a caller whom nothing names");
    let (name, email, relation) = match (actor.kind, call) {
        (_, Some(call)) => (call.with.to_string(), None, RequesterRelation::Customer),
        (CallerKind::Customer, None) => {
            let (name, email) = callers::account_name(connection, actor.id)?.ok_or_else(required)?;
            (name, Some(email), RequesterRelation::Customer)
        }
        (CallerKind::Partner, None) => {
            let reseller = actor.reseller.ok_or_else(required)?;
            let contact = callers::reseller_contact(connection, reseller)?.ok_or_else(required)?;
            (contact.name, contact.email, RequesterRelation::Reseller)
        }
        _ => {
            let (contract, _) = contracts::contract_on(connection, contract, day)?.ok_or_else(required)?;
            (contract.customer_name.to_string(), None, RequesterRelation::Customer)
        }
    };
    let shortened: String = name.chars().take(Name::MAX).collect();
    Ok(Requester {
        name: Name::parse(&shortened).map_err(|_| required())?,
        organization: None,
        email: email.as_deref().and_then(|email| EmailAddress::parse(email).ok()),
        phone: None,
        relation,
    })
}
