//! What a contract is on a day: a pure fold over its ledger.
//!
//! The ledger is a list of changes, each with the day from which it holds and the moment in which
//! it was recorded. Nothing is rewritten: a correction is a later line for the same day. What
//! holds on a day is what the lines up to that day come to, in the order (effective day, record).

use serde::{Deserialize, Serialize};
use time::Date;
use utoipa::ToSchema;

use super::{Product, Reseller};
use crate::db::types::{FOREVER, Id, Instant};
use crate::http::text::{EmailAddress, Name, Phone};
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
    pub starts_on: Option<Date>,
    /// The last day of the term.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_on: Option<Date>,
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

/// What holds on a day by the lines given, which must begin with a registration. Before the first
/// line holds what the first line says. None for an empty ledger.
pub fn standing_on(ledger: &[Line], day: Date) -> Option<Standing> {
    let mut lines: Vec<&Line> = ledger.iter().collect();
    lines.sort_by_key(|line| (line.effective_on, line.recorded_at));
    let first = lines.first()?.effective_on;
    let mut facts = Facts::default();
    for line in lines.into_iter().filter(|line| line.effective_on <= day.max(first)) {
        let said = line.facts.clone();
        facts = Facts {
            starts_on: said.starts_on.or(facts.starts_on),
            ends_on: said.ends_on.or(facts.ends_on),
            product_ids: said.product_ids.or(facts.product_ids),
            services: said.services.or(facts.services),
            reseller_id: said.reseller_id.or(facts.reseller_id),
            suspended: said.suspended.or(facts.suspended),
        };
    }
    let (starts_on, ends_on) = (facts.starts_on?, facts.ends_on?);
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

/// The ledger unrolled: every day is in exactly one span, and neighbours differ.
pub fn spans(ledger: &[Line]) -> Vec<Span> {
    let mut turns = vec![Date::MIN];
    for line in ledger {
        turns.push(line.effective_on);
        turns.extend(line.facts.starts_on);
        turns.extend(line.facts.ends_on.and_then(Date::next_day));
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
