//! What an assessment tells: the outcome, and the facts and clauses that it rests on.

use serde::Serialize;
use utoipa::ToSchema;

use super::reception::Reception;
use super::view::{ContractRef, ProductRef};
use crate::contracts::assess::Decision;
use crate::contracts::denials::DenialReference;
use crate::contracts::model::Contact;
use crate::db::types::Instant;
use crate::faqs::suggest::FaqSuggestion;
use crate::http::text::{CountryCode, Day, SupportId, VersionName};
use crate::http::{Problem, Result};
use crate::terms::codes::{
    Channel, ClauseId, Code, Condition, Delivery, Kind, Language, Outcome, Remedy, RequestKind, Service,
};

/// What would have to change, in a person's words too.
#[derive(Debug, Serialize, ToSchema)]
pub struct WouldChange {
    /// What.
    pub code: Remedy,
    /// In words, in the language asked for.
    #[schema(max_length = 200)]
    pub label: &'static str,
}

/// A version, and what was known of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssessedVersion {
    /// Its name: the target's for an upgrade question.
    pub version: VersionName,
    /// The day on which we release it; null is not released, or not on our list.
    #[schema(required)]
    pub released_by_us_on: Option<Day>,
    /// The last day of the vendor's support; null is no end announced, or not on our list.
    #[schema(required)]
    pub vendor_supported_until_on: Option<Day>,
}

/// The facts that the outcome rests on, as they were in effect at the moment that counts.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssessedFacts {
    /// The moment that counts.
    pub as_of: Instant,
    /// Its day, in Japan.
    pub day: Day,
    /// How it would come in.
    pub channel: Channel,
    /// The contract.
    pub contract: ContractRef,
    /// The contract's condition.
    pub condition: Condition,
    /// The first day of the contract's term.
    pub starts_on: Day,
    /// The last day of the contract's term.
    pub ends_on: Day,
    /// The services contracted.
    #[schema(max_items = 3)]
    pub services: Vec<Service>,
    /// The country of the contract's site.
    pub site_country: CountryCode,
    /// Whether a system administrator is named.
    pub system_administrator_named: bool,
    /// Whether the desk was open.
    pub desk_open: bool,
    /// The product; null for a topic, and where there is no such product.
    #[schema(required)]
    pub product: Option<ProductRef>,
    /// Whether the contract covers the product.
    pub product_contracted: bool,
    /// The version that the rule looks at; null where none is named.
    #[schema(required)]
    pub version: Option<AssessedVersion>,
    /// What denies the product to the contract.
    #[schema(required)]
    pub denial: Option<DenialReference>,
}

/// What opening would answer to the same facts.
#[derive(Debug, Serialize, ToSchema)]
pub struct Assessment {
    /// Accepted, and taken: 201. Needs information: taken, and something is asked first: 201.
    /// Redirected: 409. Excluded: 422. Denied: 403 or 409.
    pub outcome: Outcome,
    /// Why it would be refused, as opening's problem has it; absent where it would be taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 50, example = "version_unsupported_by_vendor")]
    pub code: Option<&'static str>,
    /// The clauses behind the outcome, the code's first: of every reason that stands in the way, or
    /// of the service that would be given.
    #[schema(max_items = 20)]
    pub clauses: Vec<ClauseId>,
    /// The version of the service terms that the clauses stand in.
    #[schema(max_length = 20)]
    pub terms_version: String,
    /// The facts that it rests on.
    pub facts: AssessedFacts,
    /// All that would have to change for it to be accepted; nothing if it would be.
    #[schema(max_items = 20)]
    pub would_change: Vec<WouldChange>,
    /// When it would count as received (受付日時).
    pub effective_received_at: Instant,
    /// For software, the versions that an inquiry may name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 1000, value_type = Option<Vec<VersionName>>)]
    pub supported_versions: Option<Vec<String>>,
    /// Whom to turn to instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 10)]
    pub contacts: Option<Vec<Contact>>,
    /// Published FAQs of the product that may answer the `question`, best first: those that the
    /// caller may read. Absent without a question.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 3)]
    pub faqs: Option<Vec<FaqSuggestion>>,
}

impl Assessment {
    /// The assessment of a reception: its decision, and the refusal that opening would tell.
    pub fn of(
        reception: Reception,
        decision: Decision,
        refusal: Option<Problem>,
        kind: Option<Kind>,
        language: Language,
    ) -> Result<Self> {
        let clauses = clauses(&reception, decision, kind);
        let remedies = reception.remedies().into_iter();
        let software = reception.product.as_ref().is_some_and(|product| product.delivery == Delivery::Software);
        Ok(Self {
            outcome: decision.outcome(),
            code: refusal.as_ref().map(|problem| problem.refusal().code()),
            clauses,
            terms_version: reception.contract.terms_version.clone(),
            would_change: remedies.map(|code| WouldChange { code, label: code.label(language) }).collect(),
            effective_received_at: reception.effective_received_at,
            supported_versions: software.then(|| reception.supported.clone()),
            contacts: refusal.map(|problem| problem.help().contacts.clone()).filter(|contacts| !contacts.is_empty()),
            facts: facts(reception)?,
            faqs: None,
        })
    }
}

/// Of what stands in the way, each once and in its order; else of what would be given or asked.
fn clauses(reception: &Reception, decision: Decision, kind: Option<Kind>) -> Vec<ClauseId> {
    let (delivery, told) = (reception.delivery, reception.told());
    let named = match decision {
        Decision::Refused(_) => reception.reasons().into_iter().map(|refusal| told.clause(refusal)).collect(),
        Decision::NeedsInformation => vec![RequestKind::CustomerInformation.clause(delivery)],
        Decision::Accepted => vec![Service::Qa.clause(delivery), kind.and_then(|kind| kind.clause(delivery))],
    };
    let mut clauses: Vec<ClauseId> = Vec::new();
    for clause in named.into_iter().flatten() {
        if !clauses.contains(&clause) {
            clauses.push(clause);
        }
    }
    clauses
}

fn facts(reception: Reception) -> Result<AssessedFacts> {
    let contract = &reception.contract;
    let known = |id: &Option<String>| id.as_deref().and_then(SupportId::exact);
    let product_id = reception.product.as_ref().map(|product| product.id);
    Ok(AssessedFacts {
        as_of: reception.received_at,
        day: reception.day.into(),
        channel: reception.ask.channel,
        contract: ContractRef {
            id: contract.contract,
            maintenance_id: known(&contract.maintenance_id),
            contract_id: known(&contract.contract_id),
        },
        condition: contract.condition,
        starts_on: contract.starts_on.into(),
        ends_on: contract.ends_on.into(),
        services: contract.services.0.clone(),
        site_country: CountryCode::parse(&contract.site_country).map_err(Problem::bug)?,
        system_administrator_named: reception.has_administrator,
        desk_open: reception.desk_open,
        product_contracted: product_id.is_some_and(|id| contract.product_ids.0.contains(&id)),
        version: reception.ask.judged_version().cloned().map(|version| AssessedVersion {
            version,
            released_by_us_on: reception.fact.and_then(|fact| fact.released_by_us_on).map(Day::from),
            vendor_supported_until_on: reception.fact.and_then(|fact| fact.vendor_supported_until_on).map(Day::from),
        }),
        denial: reception.denial,
        product: reception.product.map(|product| ProductRef {
            id: product.id,
            code: product.code.to_string(),
            delivery: product.delivery,
        }),
    })
}
