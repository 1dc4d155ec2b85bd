//! What a contract is on a day: a pure fold over its ledger.
//!
//! The ledger is a list of changes, each with the day from which it holds and the moment in which
//! it was recorded. Nothing is rewritten: a correction is a later line for the same day. What
//! holds on a day is what the lines up to that day come to, in the order (effective day, record).

use serde::{Deserialize, Serialize};
use time::Date;
use time::macros::date;
use utoipa::ToSchema;

pub use super::versions::model::{Fact, VersionVerdict, natural_order, version_verdict};
use super::{Product, Reseller};
use crate::db::types::{FOREVER, Id, Instant};
use crate::http::text::{Day, EmailAddress, Name, Phone};
use crate::terms::codes::{Condition, Service};

/// Whom to turn to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Contact {
    /// The company and its counter.
    #[schema(max_length = 201, example = "サンプル販売株式会社 営業窓口")]
    pub name: String,
    /// Its address.
    #[schema(nullable = false, value_type = Option<EmailAddress>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Its telephone number.
    #[schema(nullable = false, value_type = Option<Phone>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// How a reseller's counter is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResellerContact {
    /// The counter's name.
    pub name: Name,
    /// Its address.
    pub email: EmailAddress,
    /// Its telephone number.
    pub phone: Phone,
}

/// What a line of the ledger says; what it does not name stays as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// The first day of the term.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts_on: Option<Day>,
    /// The last day of the term.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_on: Option<Day>,
    /// The products covered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_ids: Option<Vec<Id<Product>>>,
    /// The services contracted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub services: Option<Vec<Service>>,
    /// The reseller; the inner none is a contract without one.
    #[serde(skip_serializing_if = "Option::is_none", with = "named_or_none")]
    pub reseller_id: Option<Option<Id<Reseller>>>,
    /// Whether the contract rests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspended: Option<bool>,
}

/// JSON's null is the contract without a reseller; what is not there is not named.
mod named_or_none {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<T: Serialize, S: Serializer>(value: &Option<Option<T>>, s: S) -> Result<S::Ok, S::Error> {
        value.as_ref().and_then(Option::as_ref).serialize(s)
    }

    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(d: D) -> Result<Option<Option<T>>, D::Error> {
        Option::deserialize(d).map(Some)
    }
}

/// A line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The day from which it holds.
    pub effective_on: Date,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// What it says.
    pub facts: Facts,
}

/// What holds on a day, or from one day until another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Which condition the contract is in.
    pub condition: Condition,
    /// The first day of the term.
    pub starts_on: Date,
    /// The last day of the term.
    pub ends_on: Date,
    /// The reseller.
    pub reseller_id: Option<Id<Reseller>>,
    /// The products covered.
    pub product_ids: Vec<Id<Product>>,
    /// The services contracted.
    pub services: Vec<Service>,
}

/// Days on which the same holds: from the first, until before the second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first day.
    pub from_on: Date,
    /// The day after the last.
    pub until_on: Date,
    /// What holds.
    pub standing: Standing,
}

impl Facts {
    /// What holds once a later line was said: what it does not name stays.
    pub fn then(self, later: &Self) -> Self {
        Self {
            starts_on: later.starts_on.or(self.starts_on),
            ends_on: later.ends_on.or(self.ends_on),
            product_ids: later.product_ids.clone().or(self.product_ids),
            services: later.services.clone().or(self.services),
            reseller_id: later.reseller_id.or(self.reseller_id),
            suspended: later.suspended.or(self.suspended),
        }
    }

    /// Of what is said, that which is not so already; products and services have no order.
    pub fn new_to(self, before: &Self) -> Self {
        fn unless_same<T: PartialEq>(said: Option<T>, before: &Option<T>) -> Option<T> {
            said.filter(|said| Some(said) != before.as_ref())
        }
        let (said, before) = (self.in_order(), before.clone().in_order());
        Self {
            starts_on: unless_same(said.starts_on, &before.starts_on),
            ends_on: unless_same(said.ends_on, &before.ends_on),
            product_ids: unless_same(said.product_ids, &before.product_ids),
            services: unless_same(said.services, &before.services),
            reseller_id: unless_same(said.reseller_id, &before.reseller_id),
            suspended: unless_same(said.suspended, &before.suspended),
        }
    }

    /// The same with products and services in their one order.
    pub fn in_order(mut self) -> Self {
        self.product_ids.iter_mut().for_each(|ids| ids.sort());
        self.services.iter_mut().for_each(|services| services.sort());
        self
    }

    /// The names of what is said.
    pub fn named(&self) -> Vec<&'static str> {
        let said = [
            ("starts_on", self.starts_on.is_some()),
            ("ends_on", self.ends_on.is_some()),
            ("product_ids", self.product_ids.is_some()),
            ("services", self.services.is_some()),
            ("reseller_id", self.reseller_id.is_some()),
            ("suspended", self.suspended.is_some()),
        ];
        said.into_iter().filter(|(_, said)| *said).map(|(name, _)| name).collect()
    }
}

/// What the ledger comes to on a day. Its first line by record is the registration, which holds
/// from the beginning; the others follow in the order of (effective day, record). None for an
/// empty ledger.
pub fn facts_on(ledger: &[Line], day: Date) -> Option<Facts> {
    let mut lines: Vec<&Line> = ledger.iter().collect();
    lines.sort_by_key(|line| line.recorded_at);
    let (registration, later) = lines.split_first()?;
    let mut later: Vec<&&Line> = later.iter().filter(|line| line.effective_on <= day).collect();
    later.sort_by_key(|line| (line.effective_on, line.recorded_at));
    Some(later.into_iter().fold(registration.facts.clone(), |facts, line| facts.then(&line.facts)))
}

/// What holds on a day by the lines given. None when they do not begin with a registration.
pub fn standing_on(ledger: &[Line], day: Date) -> Option<Standing> {
    let facts = facts_on(ledger, day)?;
    let (starts_on, ends_on) = (facts.starts_on?.date(), facts.ends_on?.date());
    let condition = if day < starts_on {
        Condition::NotStarted
    } else if day > ends_on {
        Condition::Expired
    } else if facts.suspended.unwrap_or(false) {
        Condition::Suspended
    } else {
        Condition::InForce
    };
    Some(Standing {
        condition,
        starts_on,
        ends_on,
        reseller_id: facts.reseller_id.flatten(),
        product_ids: facts.product_ids.unwrap_or_default(),
        services: facts.services.unwrap_or_default(),
    })
}

/// The day from which a report of a contract holds that names a term by its first day. A term that
/// is yet to come, of a contract whose present one has begun, does not end the present one before
/// its time: what it says holds from its own first day. All else holds from today.
pub fn reported_from(ledger: &[Line], today: Date, starts_on: Date) -> Date {
    match standing_on(ledger, today) {
        Some(present) if present.starts_on <= today && today < starts_on => starts_on,
        _ => today,
    }
}

/// The first day that a span may reach: no day that can be written is before it.
pub const BEGINNING: Date = date!(0001 - 01 - 01);

/// The ledger unrolled: every day is in exactly one span, and neighbours differ.
pub fn spans(ledger: &[Line]) -> Vec<Span> {
    let mut turns = vec![BEGINNING];
    for line in ledger {
        turns.push(line.effective_on);
        turns.extend(line.facts.starts_on.map(Day::date));
        turns.extend(line.facts.ends_on.and_then(|day| day.date().next_day()));
    }
    turns.retain(|day| *day < FOREVER);
    turns.sort();
    turns.dedup();
    let mut spans: Vec<Span> = Vec::new();
    for from_on in turns {
        let Some(standing) = standing_on(ledger, from_on) else { continue };
        match spans.last_mut() {
            Some(last) if last.standing == standing => {}
            last => {
                if let Some(last) = last {
                    last.until_on = from_on;
                }
                spans.push(Span { from_on, until_on: FOREVER, standing });
            }
        }
    }
    spans
}
