//! `POST /v1/contracts`: a contract begins its ledger.

use actix_web::post;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;

use super::ledger::{self, NewLine};
use super::model::Facts;
use super::store::{self, AdministratorRow, ContractRow};
use super::view::{self, Customer};
use super::{Contract, ProductId, ResellerId, WritesContracts, told};
use crate::app::{App, Tx};
use crate::auth::claim::Caller;
use crate::auth::proof::{Actor, prove};
use crate::db::types::Id;
use crate::events::model::{Change, Subject};
use crate::http::text::{CountryCode, Day, EmailAddress, Name, SupportId, TermsVersion};
use crate::http::{Fault, Json, Key, KeyParam, Patch, Problem, ProblemView, Reply, Result};
use crate::terms::codes::{ChangeKind, EventType, PartnerAccess, Service};

/// A system administrator as it is named.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NameAdministrator {
    /// The person's name.
    #[schema(example = "田中 一郎")]
    pub name: Name,
    /// The person's address; unique in the contract.
    pub email: EmailAddress,
}

/// What a contract is registered with.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterContract {
    /// The maintenance ID (保守 ID) on the customer's papers; this or the contract ID is demanded.
    #[serde(default)]
    #[schema(nullable = false)]
    pub maintenance_id: Option<SupportId>,
    /// The contract ID (契約 ID) on the customer's papers.
    #[serde(default)]
    #[schema(nullable = false)]
    pub contract_id: Option<SupportId>,
    /// The customer.
    pub customer: Customer,
    /// The reseller; null for none.
    #[serde(default)]
    #[schema(value_type = Option<ResellerId>)]
    pub reseller_id: Patch<ResellerId>,
    /// The products covered: 1 to 100, each once.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_items = 1, max_items = 100)]
    pub product_ids: Vec<ProductId>,
    /// The services included: 1 to 3, each once.
    #[validate(length(min = 1, max = 3))]
    #[schema(min_items = 1, max_items = 3)]
    pub services: Vec<Service>,
    /// The country of the customer's site.
    pub site_country: CountryCode,
    /// What the reseller may see of the inquiries that it did not open itself.
    pub partner_access: PartnerAccess,
    /// The first day of the term.
    pub starts_on: Day,
    /// The last day of the term.
    pub ends_on: Day,
    /// The version of the service terms; absent, the current one.
    #[serde(default)]
    #[schema(nullable = false)]
    pub terms_version: Option<TermsVersion>,
    /// The system administrators: up to 20. A contract may be registered without; inquiries then
    /// wait for the first one (PRE-1-C2).
    #[serde(default)]
    #[validate(length(max = 20))]
    #[schema(nullable = false, max_items = 20)]
    pub administrators: Option<Vec<NameAdministrator>>,
}

impl RegisterContract {
    /// What it says of the facts that the gate judges by.
    pub fn facts(&self) -> Facts {
        Facts {
            starts_on: Some(self.starts_on),
            ends_on: Some(self.ends_on),
            product_ids: Some(self.product_ids.clone()),
            services: Some(self.services.clone()),
            reseller_id: match self.reseller_id {
                Patch::Absent => None,
                Patch::Null => Some(None),
                Patch::Value(id) => Some(Some(id)),
            },
            suspended: None,
        }
    }
}

/// Register a contract
///
/// A contract may be registered without a system administrator or with a site outside Japan; only
/// opening an inquiry is then refused.
#[utoipa::path(
    tag = "contracts",
    params(KeyParam),
    request_body = RegisterContract,
    responses(
        (status = 201, description = "The contract", body = view::ContractView),
        (status = 409, description = "`support_id_taken`: an ID is another contract's", body = ProblemView, content_type = "application/problem+json"),
        (status = 422, description = "`program_provision_not_offered`: programs are provided for software only; `validation_failed`: `one_of_required` without an ID, `unknown_reference`, `ends_before_start`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []), ("client" = ["contracts:write"]))
)]
#[post("/contracts")]
pub async fn register_contract(
    app: App,
    caller: Caller<WritesContracts>,
    key: Key,
    Json(body): Json<RegisterContract>,
) -> Result<Reply> {
    let claim = (*caller).clone();
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &claim, now)?;
        tx.once()?;
        register(tx, Some(&actor), body)?.map(|id| created(tx, &actor, id))
    })
    .await
}

/// The answer that shows a new contract.
pub fn created(tx: &mut Tx<'_>, actor: &Actor, id: Id<Contract>) -> Result<Reply> {
    let now = tx.now;
    let view = view::contract(tx, actor, id, now)?;
    Ok(Reply::created(&format!("/v1/contracts/{id}"), &view)?.tagged(view.version))
}

/// Registers a contract: the first line of its ledger holds from the beginning.
pub fn register(tx: &mut Tx<'_>, actor: Option<&Actor>, body: RegisterContract) -> Result<Change<Id<Contract>>> {
    let now = tx.now;
    if body.maintenance_id.is_none() && body.contract_id.is_none() {
        return Err(Problem::fault("/maintenance_id", "one_of_required"));
    }
    let facts = Facts { suspended: Some(false), ..body.facts() };
    ledger::check(tx, &facts, &facts)?;
    let row = ContractRow {
        id: tx.new_id(),
        maintenance_id: body.maintenance_id,
        contract_id: body.contract_id,
        customer_name: body.customer.name,
        site_country: body.site_country,
        partner_access: body.partner_access,
        terms_version: known_terms(body.terms_version)?,
        version: 1,
        created_at: now,
        changed_at: now,
    };
    let administrators = body.administrators.unwrap_or_default();
    each_once(&administrators)?;
    store::insert_contract(tx, &row)?;
    for person in &administrators {
        let new = new_administrator(tx, row.id, person);
        store::insert_administrator(tx, &new)?;
    }
    let data = json!({
        "starts_on": body.starts_on,
        "ends_on": body.ends_on,
        "product_ids": body.product_ids,
        "services": body.services,
        "partner_access": row.partner_access,
        "site_country": row.site_country,
        "administrators": administrators.len(),
    });
    let line = NewLine { kind: ChangeKind::Registered, effective_on: body.starts_on.date(), reason: None, facts };
    let (_, reseller) = ledger::append(tx, row.id, line)?;
    let event = told(actor, EventType::ContractRegistered, Subject::new("contract", row.id), data);
    Ok(Change::new(row.id, event.on(row.id, reseller)))
}

/// The version of the terms that is meant; one that does not exist is 422 `unknown_reference`.
pub fn known_terms(named: Option<TermsVersion>) -> Result<TermsVersion> {
    let meant = match named {
        Some(version) => version,
        None => TermsVersion::parse(crate::terms::current().version).map_err(Problem::bug)?,
    };
    match crate::terms::version(&meant) {
        Some(_) => Ok(meant),
        None => Err(Problem::fault("/terms_version", "unknown_reference")),
    }
}

/// 422 when an address is named twice.
pub fn each_once(people: &[NameAdministrator]) -> Result<()> {
    let mut seen = std::collections::HashSet::new();
    let again = people.iter().enumerate().filter(|(_, person)| !seen.insert(&person.email));
    let faults: Vec<Fault> =
        again.map(|(n, _)| Fault::at(format!("/administrators/{n}/email"), "duplicate_item")).collect();
    if faults.is_empty() { Ok(()) } else { Err(Problem::faults(faults)) }
}

/// A row for a person newly named.
pub fn new_administrator(tx: &Tx<'_>, contract: Id<Contract>, person: &NameAdministrator) -> AdministratorRow {
    AdministratorRow {
        id: tx.new_id(),
        contract_id: contract,
        name: person.name.clone(),
        email: person.email.clone(),
        version: 1,
        created_at: tx.now,
        changed_at: tx.now,
    }
}
