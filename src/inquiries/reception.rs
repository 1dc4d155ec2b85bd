//! The facts that an inquiry is judged by, read at the moment that counts.

use serde_json::{Value, json};
use time::Date;

use crate::auth::proof::Actor;
use crate::auth::store::{self as callers, Presented};
use crate::calendar::model::{Calendar, tokyo_date};
use crate::contracts::assess::{self, Decision, Version};
use crate::contracts::denials::DenialReference;
use crate::contracts::model::{Contact, Fact};
use crate::contracts::refusal::{self, explain};
use crate::contracts::store::{self as contracts, ProductRow};
use crate::contracts::{ContractId, ProductId};
use crate::db::Connection;
use crate::db::types::Instant;
use crate::http::text::{SupportId, TypedSupportId, VersionName};
use crate::http::{Fault, Patch, Problem, Refusal, Result};
use crate::terms::codes::{Channel, Code, Delivery, Exclusion, Override, Remedy, Topic};

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

impl Ask {
    /// What cannot be asked together: a topic that goes elsewhere has no product to judge, and any
    /// other question has one.
    pub fn faults(&self) -> Vec<Fault> {
        let of_a_product = [
            ("/product_id", self.product_id.is_some()),
            ("/product_version", self.product_version != Patch::Absent),
            ("/target_version", self.target_version.is_some()),
            ("/requested_work", self.requested_work.is_some()),
        ];
        let foreign = of_a_product.into_iter().filter(|(_, given)| *given && self.topic.is_some());
        let foreign = foreign.map(|(pointer, _)| Fault::at(pointer, "not_allowed_here"));
        let missing = self.topic.is_none() && self.product_id.is_none();
        foreign.chain(missing.then(|| Fault::at("/product_id", "required"))).collect()
    }

    /// The version that the rule looks at.
    pub fn judged_version(&self) -> Option<&VersionName> {
        match (&self.target_version, &self.product_version) {
            (Some(target), _) => Some(target),
            (None, Patch::Value(version)) => Some(version),
            _ => None,
        }
    }
}

/// An ask, and the facts of the moment: what assessing and opening both judge.
#[derive(Clone, Debug)]
pub struct Reception {
    /// What is asked.
    pub ask: Ask,
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
    /// Whether the desk was open.
    pub desk_open: bool,
    /// The day that counts, in Japan.
    pub day: Date,
    /// What was known of the version that the rule looks at.
    pub fact: Option<Fact>,
    /// The versions that an inquiry could name.
    pub supported: Vec<String>,
    /// Whether a system administrator is named.
    pub has_administrator: bool,
    /// What denies the product to the contract.
    pub denial: Option<DenialReference>,
    /// The product's delivery, or the contract's as a whole before a product is known.
    pub delivery: Delivery,
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
        calendar: &Calendar,
    ) -> Result<Self> {
        let (contract, presented) = presented(connection, actor, typed, received_at)?;
        let filed = match &actor.presented {
            Some(own) => own.contract,
            None => callers::serving_now(connection, &presented)?.ok_or(Refusal::SupportIdUnknown)?,
        };
        Self::judged_at(connection, ask, (contract, presented, filed), received_at, received_at, calendar)
    }

    /// Reads the facts as they were at one moment, for what came in at another.
    pub fn judged_at(
        connection: &mut Connection,
        ask: Ask,
        (contract, presented, filed): (Presented, SupportId, ContractId),
        judged_at: Instant,
        received_at: Instant,
        calendar: &Calendar,
    ) -> Result<Self> {
        let day = tokyo_date(judged_at.to_datetime());
        let reception = calendar.reception(received_at.to_datetime());
        let effective_received_at = reception.next_open_at.map_or(received_at, Instant::from);
        let product = match ask.product_id {
            Some(id) => contracts::product(connection, id)?,
            None => None,
        };
        let fact = match (&product, ask.judged_version()) {
            (Some(product), Some(version)) => contracts::version_fact_on(connection, product.id, version, day)?,
            _ => None,
        };
        let supported = match &product {
            Some(product) => contracts::supported_versions_on(connection, product.id, day)?,
            None => Vec::new(),
        };
        let denial = match &product {
            Some(product) => contracts::product_denial_on(connection, contract.contract, product.id, day)?,
            None => None,
        };
        let delivery = match &product {
            Some(product) => product.delivery,
            None => contracts::delivery_of(connection, &contract.product_ids.0)?,
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
            denial,
            delivery,
        })
    }

    /// What the rules say, and which overrides they needed.
    pub fn decide(&self, overrides: &[Override]) -> (Decision, Vec<Override>) {
        assess::decide(&self.facts(), overrides)
    }

    /// Every reason to refuse, in the order in which they win.
    pub fn reasons(&self) -> Vec<Refusal> {
        assess::reasons(&self.facts())
    }

    /// What would have to change for the question to be accepted.
    pub fn remedies(&self) -> Vec<Remedy> {
        assess::remedies(&self.facts())
    }

    fn facts(&self) -> assess::Facts<'_> {
        assess::Facts {
            day: self.day,
            condition: self.contract.condition,
            denial: self.denial.map(|denial| denial.code),
            services: &self.contract.services.0,
            product_ids: &self.contract.product_ids.0,
            site_country: &self.contract.site_country,
            has_administrator: self.has_administrator,
            desk_open: self.desk_open,
            channel: self.ask.channel,
            topic: self.ask.topic,
            product: self.product.as_ref().map(|product| (product.id, product.delivery)),
            version: match &self.ask.product_version {
                Patch::Absent => Version::Absent,
                Patch::Null => Version::Unknown,
                Patch::Value(_) => Version::Named(self.fact.as_ref()),
            },
            target: self.ask.target_version.as_ref().map(|_| self.fact.as_ref()),
            requested_work: self.ask.requested_work,
        }
    }

    /// The refusal in full.
    pub fn explain(&self, connection: &mut Connection, refusal: Refusal, desk: &Contact) -> Result<Problem> {
        explain(connection, refusal, &self.contract, &self.presented, &self.told(), desk)
    }

    /// What a refusal is told with.
    pub fn told(&self) -> refusal::Facts {
        refusal::Facts {
            delivery: Some(self.delivery),
            version: self.ask.judged_version().map(ToString::to_string),
            supported: self.supported.clone(),
            next_open_at: Some(self.effective_received_at),
            topic: self.ask.topic,
            requested_work: self.ask.requested_work,
            denial: self.denial,
            service: None,
        }
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

/// The contract that an ID names, as it stood at a moment: for the customer's side the presented
/// one, and an ID in the body must be that one's; for the desk and scripts the one in the body.
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
            let then = callers::contract_at(connection, own.contract, at)?.ok_or_else(unknown)?;
            let first = || own.maintenance_id.as_deref().or(own.contract_id.as_deref()).and_then(SupportId::exact);
            match named {
                Some(id) if fits(connection, &id)? => Ok((then, id)),
                Some(_) => Err(unknown()),
                None => Ok((then, actor.presented_id.clone().or_else(first).ok_or_else(unknown)?)),
            }
        }
        (None, Some(id)) if !actor.is_outside() => {
            let contract = callers::presented_then(connection, &id, at)?.ok_or_else(unknown)?;
            Ok((contract, id))
        }
        _ => Err(Refusal::SupportIdRequired.into()),
    }
}
