//! Who asks, when the call does not say: the account, the reseller, or who was on the phone.

use super::store::{OpeningCall, Requester};
use crate::auth::proof::Actor;
use crate::auth::store as callers;
use crate::db::Connection;
use crate::http::text::{EmailAddress, Name};
use crate::http::{Problem, Result};
use crate::terms::codes::{CallerKind, RequesterRelation};

/// The requester that the caller stands for. A script must name one: 422 at `/requester`.
pub fn default_requester(connection: &mut Connection, actor: &Actor, call: Option<&OpeningCall>) -> Result<Requester> {
    let required = || Problem::fault("/requester", "required");
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
        _ => return Err(required()),
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
