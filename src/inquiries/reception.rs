//! The facts that an inquiry is judged by, read at the moment that counts.

use serde_json::{Value, json};
use time::Date;

use crate::auth::proof::Actor;
use crate::auth::store::{self as callers, Presented};
use crate::calendar;
use crate::calendar::model::tokyo_date;
use crate::contracts::assess::{self, Decision, Version};
use crate::contracts::model::{Contact, Fact};
use crate::contracts::refusal::{self, explain};
use crate::contracts::store::{self as contracts, ProductRow};
use crate::contracts::{ContractId, ProductId};
use crate::db::Connection;
use crate::db::types::Instant;
use crate::http::text::{SupportId, TypedSupportId, VersionName};
use crate::http::{Patch, Problem, Refusal, Result};
use crate::terms::codes::{Channel, Code, Exclusion, Override, Topic};

/// What somebody asks for, as far as the rules look at it.
#[derive(Clone, Debug)]
pub struct Ask {
    /// How it comes in.
    pub channel: Channel,
    /// A topic that goes elsewhere.
    pub topic: Option<Topic>,
    /// The product asked about.
    pub product_id: Option<ProductId>,
    /// The version asked about; null is "unknown".
    pub product_version: Patch<VersionName>,
    /// For an upgrade question, the version asked about.
    pub target_version: Option<VersionName>,
    /// Work that is not part of the service.
    pub requested_work: Option<Exclusion>,
}

/// An ask, and the facts of the moment.
#[derive(Clone, Debug)]
pub struct Reception {
    ask: Ask,
    /// The contract as it stood: the one that is judged.
    pub contract: Presented,
    /// The contract that the inquiry is filed on: the same, or the one that goes on in its place.
    pub filed: ContractId,
    /// The ID presented, in its canonical form.
    pub presented: SupportId,
    /// When it came in.
    pub received_at: Instant,
    /// When it counts as received.
    pub effective_received_at: Instant,
    /// The product, if there is one of this id.
    pub product: Option<ProductRow>,
    desk_open: bool,
    day: Date,
    fact: Option<Fact>,
    supported: Vec<String>,
    has_administrator: bool,
}

impl Reception {
    /// Reads the facts as they were at `received_at`. 403 `support_id_unknown` for an ID that is
    /// foreign to the caller or unknown.
    pub fn read(
        connection: &mut Connection,
        actor: &Actor,
        ask: Ask,
        typed: Option<&TypedSupportId>,
        received_at: Instant,
    ) -> Result<Self> {
        let (contract, presented) = presented(connection, actor, typed, received_at)?;
        let filed = match &actor.presented {
            Some(own) => own.contract,
            None => callers::serving_now(connection, &presented)?.ok_or(Refusal::SupportIdUnknown)?,
        };
        Self::judged_at(connection, ask, (contract, presented, filed), received_at, received_at)
    }

    /// Reads the facts as they were at one moment, for what came in at another.
    pub fn judged_at(
        connection: &mut Connection,
        ask: Ask,
        (contract, presented, filed): (Presented, SupportId, ContractId),
        judged_at: Instant,
        received_at: Instant,
    ) -> Result<Self> {
        let day = tokyo_date(judged_at.to_datetime());
        let reception = calendar::store::load_shared(connection)?.reception(received_at.to_datetime());
        let effective_received_at = reception.next_open_at.map_or(received_at, Instant::from);
        let product = match ask.product_id {
            Some(id) => contracts::product(connection, id)?,
            None => None,
        };
        let named = match (&ask.target_version, &ask.product_version) {
            (Some(target), _) => Some(target),
            (None, Patch::Value(version)) => Some(version),
            _ => None,
        };
        let fact = match (&product, named) {
            (Some(product), Some(version)) => contracts::version_fact_on(connection, product.id, version, day)?,
            _ => None,
        };
        let supported = match &product {
            Some(product) => contracts::supported_versions_on(connection, product.id, day)?,
            None => Vec::new(),
        };
        let has_administrator = contracts::administrator_count(connection, contract.contract)? > 0;
        Ok(Self {
            ask,
            contract,
            filed,
            presented,
            received_at,
            effective_received_at,
            product,
            desk_open: reception.open,
            day,
            fact,
            supported,
            has_administrator,
        })
    }

    /// What the rules say, and which overrides they needed.
    pub fn decide(&self, overrides: &[Override]) -> (Decision, Vec<Override>) {
        let version = match (&self.ask.product_version, &self.ask.target_version) {
            (Patch::Absent, _) => Version::Absent,
            (Patch::Null | Patch::Value(_), Some(_)) | (Patch::Value(_), None) => Version::Named(self.fact.as_ref()),
            (Patch::Null, None) => Version::Unknown,
        };
        let facts = assess::Facts {
            day: self.day,
            condition: self.contract.condition,
            services: &self.contract.services.0,
            product_ids: &self.contract.product_ids.0,
            site_country: &self.contract.site_country,
            has_administrator: self.has_administrator,
            desk_open: self.desk_open,
            channel: self.ask.channel,
            topic: self.ask.topic,
            product: self.product.as_ref().map(|product| (product.id, product.delivery)),
            version,
            requested_work: self.ask.requested_work,
        };
        assess::decide(&facts, overrides)
    }

    /// The refusal in full.
    pub fn explain(&self, connection: &mut Connection, refusal: Refusal, desk: &Contact) -> Result<Problem> {
        let version = match (&self.ask.target_version, &self.ask.product_version) {
            (Some(version), _) | (None, Patch::Value(version)) => Some(version.to_string()),
            _ => None,
        };
        let facts = refusal::Facts {
            delivery: self.product.as_ref().map(|product| product.delivery),
            version,
            supported: self.supported.clone(),
            next_open_at: Some(self.effective_received_at),
            topic: self.ask.topic,
            requested_work: self.ask.requested_work,
            service: None,
        };
        explain(connection, refusal, &self.contract, &self.presented, &facts, desk)
    }

    /// The facts as they are kept with the inquiry, so that the decision can be explained later.
    pub fn judged(&self, used: &[Override]) -> Value {
        json!({
            "day": crate::http::text::Day::from(self.day),
            "condition": self.contract.condition.as_str(),
            "starts_on": crate::http::text::Day::from(self.contract.starts_on),
            "ends_on": crate::http::text::Day::from(self.contract.ends_on),
            "desk_open": self.desk_open,
            "released_by_us_on": self.fact.as_ref().and_then(|f| f.released_by_us_on).map(crate::http::text::Day::from),
            "vendor_supported_until_on":
                self.fact.as_ref().and_then(|f| f.vendor_supported_until_on).map(crate::http::text::Day::from),
            "overrides": used.iter().map(|code| code.as_str()).collect::<Vec<_>>(),
        })
    }
}

/// The contract that an ID names at a moment: for the customer's side the presented one, and an ID
/// in the body must be that one's; for the desk and scripts the one in the body.
pub fn presented(
    connection: &mut Connection,
    actor: &Actor,
    typed: Option<&TypedSupportId>,
    at: Instant,
) -> Result<(Presented, SupportId)> {
    let unknown = || Problem::from(Refusal::SupportIdUnknown);
    let named = typed.map(|typed| SupportId::fold(typed).map_err(|_| unknown())).transpose()?;
    match (&actor.presented, named) {
        (Some(own), named) => {
            let fits = |connection: &mut Connection, id: &SupportId| -> Result<bool> {
                Ok(callers::serving_now(connection, id)? == Some(own.contract))
            };
            let first = || own.maintenance_id.as_deref().or(own.contract_id.as_deref()).and_then(SupportId::exact);
            match named {
                Some(id) if fits(connection, &id)? => Ok((own.clone(), id)),
                Some(_) => Err(unknown()),
                None => Ok((own.clone(), actor.presented_id.clone().or_else(first).ok_or_else(unknown)?)),
            }
        }
        (None, Some(id)) if !actor.is_outside() => {
            let contract = callers::presented_then(connection, &id, at)?.ok_or_else(unknown)?;
            Ok((contract, id))
        }
        _ => Err(Refusal::SupportIdRequired.into()),
    }
}
