//! Is this covered, and why? The one decision that an assessment tells and an opening acts on.
//!
//! It is pure: who calls it has read the facts as they were at the moment that counts, which for a
//! call by phone is the call's.

use time::Date;

use super::model::{Fact, VersionVerdict, version_verdict};
use crate::contracts::Product;
use crate::db::types::Id;
use crate::http::Refusal;
use crate::terms::codes::{Channel, Condition, Delivery, Denial, Exclusion, Outcome, Override, Remedy, Service, Topic};

/// The facts that the decision rests on.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// The day that counts, in Japan.
    pub day: Date,
    /// The contract's condition on that day.
    pub condition: Condition,
    /// What denies the product to the contract.
    pub denial: Option<Denial>,
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
    /// For an upgrade question, what was known of its target: the version rule looks at that.
    pub target: Option<Option<&'a Fact>>,
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
    /// Named.
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

/// What would have to change for a refusal to fall away, where an assessment tells the refusal.
pub fn remedy_for(refusal: Refusal) -> Option<Remedy> {
    Some(match refusal {
        Refusal::ContractNotStarted => Remedy::TermBegun,
        Refusal::ContractExpired => Remedy::ContractRenewed,
        Refusal::ContractSuspended => Remedy::ContractResumed,
        Refusal::ServiceNotContracted => Remedy::ServiceContracted,
        Refusal::SupportDenied => Remedy::DenialLifted,
        Refusal::Redirected => Remedy::TechnicalQuestion,
        Refusal::SystemAdministratorMissing => Remedy::SystemAdministratorNamed,
        Refusal::OutsideReceptionHours => Remedy::WithinHoursOrOnSupportWeb,
        Refusal::ProductNotContracted => Remedy::ProductContracted,
        Refusal::ProductVersionRequired => Remedy::ProductVersionTold,
        Refusal::ProductVersionNotApplicable => Remedy::WithoutProductVersion,
        Refusal::VersionNotReleasedByUs | Refusal::VersionUnsupportedByVendor => Remedy::SupportedVersion,
        Refusal::OutsideServiceRegion => Remedy::SiteInJapan,
        Refusal::ExcludedService => Remedy::WithoutExcludedWork,
        _ => return None,
    })
}

/// All that would have to change for the question to be accepted, in the order in which it
/// counts: nothing for one that is.
pub fn remedies(facts: &Facts<'_>) -> Vec<Remedy> {
    let unknown = asks_for_version(facts).then_some(Remedy::ProductVersionTold);
    reasons(facts).into_iter().filter_map(remedy_for).chain(unknown).collect()
}

/// Whether the version is software's and unknown: it is then asked for first.
fn asks_for_version(facts: &Facts<'_>) -> bool {
    matches!(facts.product, Some((_, Delivery::Software))) && matches!(facts.version, Version::Unknown)
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
    (if asks_for_version(facts) { Decision::NeedsInformation } else { Decision::Accepted }, used)
}

/// Every reason to refuse, in the order in which they win.
pub fn reasons(facts: &Facts<'_>) -> Vec<Refusal> {
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
    if facts.denial.is_some() {
        reasons.push(Refusal::SupportDenied);
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
        Some((_, delivery)) => reasons.extend(version_reason(delivery, facts)),
    }
    if facts.site_country != "JP" {
        reasons.push(Refusal::OutsideServiceRegion);
    }
    if facts.requested_work.is_some() {
        reasons.push(Refusal::ExcludedService);
    }
    reasons
}

fn version_reason(delivery: Delivery, facts: &Facts<'_>) -> Option<Refusal> {
    let judged = match (delivery, &facts.version, facts.target) {
        (Delivery::Saas, Version::Absent, None) => return None,
        (Delivery::Saas, ..) => return Some(Refusal::ProductVersionNotApplicable),
        (Delivery::Software, Version::Absent, _) => return Some(Refusal::ProductVersionRequired),
        (Delivery::Software, _, Some(target)) => target,
        (Delivery::Software, Version::Unknown, None) => return None,
        (Delivery::Software, Version::Named(fact), None) => *fact,
    };
    match version_verdict(judged, facts.day) {
        VersionVerdict::Supported => None,
        VersionVerdict::NotReleasedByUs => Some(Refusal::VersionNotReleasedByUs),
        VersionVerdict::UnsupportedByVendor => Some(Refusal::VersionUnsupportedByVendor),
    }
}
