//! Is this covered, and why? The one decision that an assessment tells and an opening acts on.
//!
//! It is pure: who calls it has read the facts as they were at the moment that counts, which for a
//! call by phone is the call's.

use time::Date;

use super::model::{Fact, VersionVerdict, version_verdict};
use crate::contracts::Product;
use crate::db::types::Id;
use crate::http::Refusal;
use crate::terms::codes::{Channel, Condition, Delivery, Exclusion, Outcome, Override, Service, Topic};

/// The facts that the decision rests on.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// The day that counts, in Japan.
    pub day: Date,
    /// The contract's condition on that day.
    pub condition: Condition,
    /// The services contracted.
    pub services: &'a [Service],
    /// The products covered.
    pub product_ids: &'a [Id<Product>],
    /// The country of the contract's site.
    pub site_country: &'a str,
    /// Whether a system administrator is named.
    pub has_administrator: bool,
    /// Whether the desk was open at the moment that counts.
    pub desk_open: bool,
    /// How the inquiry comes in.
    pub channel: Channel,
    /// A topic that goes elsewhere.
    pub topic: Option<Topic>,
    /// The product asked about; none where it is not named or not known.
    pub product: Option<(Id<Product>, Delivery)>,
    /// The version asked about.
    pub version: Version<'a>,
    /// Work that is excluded, asked for in so many words.
    pub requested_work: Option<Exclusion>,
}

/// The version that an inquiry names, and what was known of it on the day.
#[derive(Clone, Debug)]
pub enum Version<'a> {
    /// Not named at all.
    Absent,
    /// Named as unknown.
    Unknown,
    /// Named; with an upgrade question it is the target that is judged.
    Named(Option<&'a Fact>),
}

/// What it comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is taken.
    Accepted,
    /// It is taken, and something must be asked first.
    NeedsInformation,
    /// It is not taken.
    Refused(Refusal),
}

impl Decision {
    /// The outcome that an assessment tells.
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Accepted => Outcome::Accepted,
            Self::NeedsInformation => Outcome::NeedsInformation,
            Self::Refused(Refusal::Redirected) => Outcome::Redirected,
            Self::Refused(refusal) if refusal.status().as_u16() == 422 => Outcome::Excluded,
            Self::Refused(_) => Outcome::Denied,
        }
    }
}

/// The override that sets a refusal aside, where one may.
pub fn override_for(refusal: Refusal) -> Option<Override> {
    match refusal {
        Refusal::OutsideReceptionHours => Some(Override::OutsideReceptionHours),
        Refusal::VersionNotReleasedByUs => Some(Override::VersionNotReleasedByUs),
        Refusal::VersionUnsupportedByVendor => Some(Override::VersionUnsupportedByVendor),
        Refusal::ContractExpired => Some(Override::ContractExpired),
        Refusal::ContractNotStarted => Some(Override::ContractNotStarted),
        Refusal::SystemAdministratorMissing => Some(Override::SystemAdministratorMissing),
        _ => None,
    }
}

/// Decides. Of several reasons the first by status, and within a status by the order of the
/// interface. Also gives the overrides that were needed and used.
pub fn decide(facts: &Facts<'_>, overrides: &[Override]) -> (Decision, Vec<Override>) {
    let mut used = Vec::new();
    for refusal in reasons(facts) {
        match override_for(refusal).filter(|needed| overrides.contains(needed)) {
            Some(needed) => used.push(needed),
            None => return (Decision::Refused(refusal), used),
        }
    }
    let software = matches!(facts.product, Some((_, Delivery::Software)));
    let unknown = software && matches!(facts.version, Version::Unknown);
    (if unknown { Decision::NeedsInformation } else { Decision::Accepted }, used)
}

/// Every reason to refuse, in the order in which they win.
fn reasons(facts: &Facts<'_>) -> Vec<Refusal> {
    let mut reasons = Vec::new();
    match facts.condition {
        Condition::NotStarted => reasons.push(Refusal::ContractNotStarted),
        Condition::Expired => reasons.push(Refusal::ContractExpired),
        Condition::Suspended => reasons.push(Refusal::ContractSuspended),
        Condition::InForce => {}
    }
    if !facts.services.contains(&Service::Qa) {
        reasons.push(Refusal::ServiceNotContracted);
    }
    if facts.topic.is_some() {
        reasons.push(Refusal::Redirected);
        return reasons; // such a topic has no product to judge
    }
    if !facts.has_administrator {
        reasons.push(Refusal::SystemAdministratorMissing);
    }
    if facts.channel == Channel::Phone && !facts.desk_open {
        reasons.push(Refusal::OutsideReceptionHours);
    }
    match facts.product.filter(|(id, _)| facts.product_ids.contains(id)) {
        None => reasons.push(Refusal::ProductNotContracted),
        Some((_, delivery)) => reasons.extend(version_reason(delivery, &facts.version, facts.day)),
    }
    if facts.site_country != "JP" {
        reasons.push(Refusal::OutsideServiceRegion);
    }
    if facts.requested_work.is_some() {
        reasons.push(Refusal::ExcludedService);
    }
    reasons
}

fn version_reason(delivery: Delivery, version: &Version<'_>, day: Date) -> Option<Refusal> {
    match (delivery, version) {
        (Delivery::Saas, Version::Absent) => None,
        (Delivery::Saas, _) => Some(Refusal::ProductVersionNotApplicable),
        (Delivery::Software, Version::Absent) => Some(Refusal::ProductVersionRequired),
        (Delivery::Software, Version::Unknown) => None,
        (Delivery::Software, Version::Named(fact)) => match version_verdict(*fact, day) {
            VersionVerdict::Supported => None,
            VersionVerdict::NotReleasedByUs => Some(Refusal::VersionNotReleasedByUs),
            VersionVerdict::UnsupportedByVendor => Some(Refusal::VersionUnsupportedByVendor),
        },
    }
}
