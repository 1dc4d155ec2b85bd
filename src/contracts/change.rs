//! `PATCH /v1/contracts/{id}`: what is written beside the ledger is replaced, what the gate judges
//! by gets a new line in it.

use actix_web::patch;
use serde::Deserialize;
use serde_json::json;
use time::Date;
use utoipa::ToSchema;
use validator::Validate;

use super::ledger::{self, NewLine};
use super::model::{Facts, facts_on};
use super::register::{NameAdministrator, each_once, known_terms, new_administrator};
use super::store::{self, AdministratorRow, ContractRow};
use super::{Contract, ContractId, ProductId, ResellerId, WritesContracts, told, view};
use crate::app::{App, Tx};
use crate::auth::claim::Caller;
use crate::auth::proof::{Actor, prove};
use crate::db::types::Id;
use crate::events::model::{Change, Subject};
use crate::http::text::{CountryCode, Day, Name, SupportId, TermsVersion};
use crate::http::{
    IfMatch, Key, MergePatch, Patch, Path, Problem, ProblemView, Refusal, Reply, RequiredIfMatchParam, Result, present,
};
use crate::terms::codes::{ChangeKind, EventType, PartnerAccess, Service};

/// What changes of a contract. Term, products, services and reseller change from `effective_on`
/// on; what held before that day is kept.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeContract {
    /// The maintenance ID (保守 ID); null takes it away, if the contract ID stays.
    #[serde(default)]
    #[schema(value_type = Option<SupportId>)]
    pub maintenance_id: Patch<SupportId>,
    /// The contract ID (契約 ID); null takes it away, if the maintenance ID stays.
    #[serde(default)]
    #[schema(value_type = Option<SupportId>)]
    pub contract_id: Patch<SupportId>,
    /// What changes of the customer.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub customer: Option<ChangeCustomer>,
    /// The reseller; null for none.
    #[serde(default)]
    #[schema(value_type = Option<ResellerId>)]
    pub reseller_id: Patch<ResellerId>,
    /// The products covered: 1 to 100, each once.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 100))]
    #[schema(nullable = false, min_items = 1, max_items = 100)]
    pub product_ids: Option<Vec<ProductId>>,
    /// The services included: 1 to 3, each once.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 3))]
    #[schema(nullable = false, min_items = 1, max_items = 3)]
    pub services: Option<Vec<Service>>,
    /// The country of the customer's site.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub site_country: Option<CountryCode>,
    /// What the reseller may see of the inquiries that it did not open itself.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub partner_access: Option<PartnerAccess>,
    /// The first day of the term, corrected.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub starts_on: Option<Day>,
    /// The last day of the term, corrected.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub ends_on: Option<Day>,
    /// The version of the service terms.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub terms_version: Option<TermsVersion>,
    /// The day from which term, products, services and reseller change; absent, today.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub effective_on: Option<Day>,
}

/// What changes of a contract's customer.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeCustomer {
    /// The organisation's name.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub name: Option<Name>,
}

/// Change a contract
///
/// What the patch does not name stays as it is. When nothing differs, nothing happens.
#[utoipa::path(
    tag = "contracts",
    params(("id" = ContractId, Path, description = "The contract"), RequiredIfMatchParam),
    request_body(content = ChangeContract, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "The contract", body = view::ContractView),
        (status = 409, description = "`support_id_taken`: an ID is another contract's", body = ProblemView, content_type = "application/problem+json"),
        (status = 422, description = "`program_provision_not_offered`: programs are provided for software only; `validation_failed`: `one_of_required`, `unknown_reference`, `ends_before_start`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []), ("client" = ["contracts:write"]))
)]
#[patch("/contracts/{id}")]
pub async fn change_contract(
    app: App,
    caller: Caller<WritesContracts>,
    Path(id): Path<Id<Contract>>,
    expected: IfMatch,
    MergePatch(body): MergePatch<ChangeContract>,
) -> Result<Reply> {
    let expected = expected.required()?;
    let claim = (*caller).clone();
    app.write(Key::none(), move |tx| {
        let (now, today) = (tx.now, tx.today());
        let actor = prove(tx, &claim, now)?;
        let (row, _) = store::contract_on(tx, id, today)?.ok_or(Refusal::NotFound)?;
        expected.holds(row.version)?;
        let wanted = Wanted::patched(row.clone(), body, today)?;
        let change = change(tx, Some(&actor), &row, wanted)?;
        change.unwrap_or(Change::silent((), "nothing differs")).map(|()| shown(tx, &actor, id))
    })
    .await
}

/// The answer that shows a contract.
pub fn shown(tx: &mut Tx<'_>, actor: &Actor, id: Id<Contract>) -> Result<Reply> {
    let now = tx.now;
    let view = view::contract(tx, actor, id, now)?;
    Ok(Reply::ok(&view)?.tagged(view.version))
}

/// What a contract is to be.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The row, with the version it had.
    pub row: ContractRow,
    /// What is said of the facts that the gate judges by.
    pub facts: Facts,
    /// The day from which they hold.
    pub effective_on: Date,
    /// All its system administrators; none leaves them as they are.
    pub administrators: Option<Vec<NameAdministrator>>,
}

impl Wanted {
    fn patched(row: ContractRow, body: ChangeContract, today: Date) -> Result<Self> {
        let named = body.customer.unwrap_or_default().name;
        let terms_version = match body.terms_version {
            Some(version) => known_terms(Some(version))?,
            None => row.terms_version.clone(),
        };
        Ok(Self {
            facts: Facts {
                starts_on: body.starts_on,
                ends_on: body.ends_on,
                product_ids: body.product_ids,
                services: body.services,
                reseller_id: match body.reseller_id {
                    Patch::Absent => None,
                    Patch::Null => Some(None),
                    Patch::Value(id) => Some(Some(id)),
                },
                suspended: None,
            },
            effective_on: body.effective_on.map_or(today, Day::date),
            administrators: None,
            row: ContractRow {
                maintenance_id: body.maintenance_id.over(row.maintenance_id),
                contract_id: body.contract_id.over(row.contract_id),
                customer_name: named.unwrap_or(row.customer_name),
                site_country: body.site_country.unwrap_or(row.site_country),
                partner_access: body.partner_access.unwrap_or(row.partner_access),
                terms_version,
                ..row
            },
        })
    }
}

/// Makes a contract what it is wanted to be; none when it is that already.
pub fn change(
    tx: &mut Tx<'_>,
    actor: Option<&Actor>,
    before: &ContractRow,
    wanted: Wanted,
) -> Result<Option<Change<()>>> {
    let id = before.id;
    let mut row = wanted.row;
    if row.maintenance_id.is_none() && row.contract_id.is_none() {
        return Err(Problem::fault("/maintenance_id", "one_of_required"));
    }
    let ledger = store::ledger(tx, id)?;
    let held = facts_on(&ledger, wanted.effective_on).ok_or_else(|| Problem::bug("a contract without a ledger"))?;
    ledger::check(tx, &wanted.facts, &held.clone().then(&wanted.facts))?;
    let facts = wanted.facts.new_to(&held);
    let people = match &wanted.administrators {
        Some(people) => Some(Staffing::towards(store::administrators(tx, id)?, people)?).filter(Staffing::differs),
        None => None,
    };
    let mut changed = named_differences(before, &row);
    changed.extend(facts.named());
    changed.extend(people.iter().map(|_| "administrators"));
    if changed.is_empty() {
        return Ok(None);
    }
    row.version = before.version.saturating_add(1);
    row.changed_at = tx.now;
    store::update_contract(tx, before, &row)?;
    if let Some(people) = people {
        people.carry_out(tx, id)?;
    }
    let data = json!({ "changed": changed, "effective_on": Day::from(wanted.effective_on) });
    let reseller = if facts == Facts::default() {
        ledger::reseller_today(tx, &ledger)
    } else {
        let line = NewLine { kind: ChangeKind::Changed, effective_on: wanted.effective_on, reason: None, facts };
        ledger::append(tx, id, line)?.1
    };
    let event = told(actor, EventType::ContractChanged, Subject::new("contract", id), data).on(id, reseller);
    Ok(Some(Change::new((), event)))
}

fn named_differences(before: &ContractRow, after: &ContractRow) -> Vec<&'static str> {
    let differs = [
        ("maintenance_id", before.maintenance_id != after.maintenance_id),
        ("contract_id", before.contract_id != after.contract_id),
        ("customer", before.customer_name != after.customer_name),
        ("site_country", before.site_country != after.site_country),
        ("partner_access", before.partner_access != after.partner_access),
        ("terms_version", before.terms_version != after.terms_version),
    ];
    differs.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

/// What it takes to come from the administrators there are to those that are wanted.
struct Staffing {
    named: Vec<NameAdministrator>,
    renamed: Vec<(AdministratorRow, Name)>,
    removed: Vec<AdministratorRow>,
}

impl Staffing {
    /// 409 `last_system_administrator` when none would be left (PRE-1-C2).
    fn towards(held: Vec<AdministratorRow>, wanted: &[NameAdministrator]) -> Result<Self> {
        each_once(wanted)?;
        if wanted.is_empty() && !held.is_empty() {
            return Err(Refusal::LastSystemAdministrator.into());
        }
        let is_new = |person: &&NameAdministrator| !held.iter().any(|row| row.email == person.email);
        let mut staffing =
            Self { named: wanted.iter().filter(is_new).cloned().collect(), renamed: Vec::new(), removed: Vec::new() };
        for row in held {
            match wanted.iter().find(|person| person.email == row.email) {
                None => staffing.removed.push(row),
                Some(person) if person.name != row.name => staffing.renamed.push((row, person.name.clone())),
                Some(_) => {}
            }
        }
        Ok(staffing)
    }

    fn differs(&self) -> bool {
        !(self.named.is_empty() && self.renamed.is_empty() && self.removed.is_empty())
    }

    fn carry_out(self, tx: &mut Tx<'_>, contract: Id<Contract>) -> Result<()> {
        for row in &self.removed {
            store::delete_administrator(tx, row)?;
        }
        for person in &self.named {
            let row = new_administrator(tx, contract, person);
            store::insert_administrator(tx, &row)?;
        }
        for (row, name) in self.renamed {
            let before = row.version;
            let row = AdministratorRow { name, version: before.saturating_add(1), changed_at: tx.now, ..row };
            store::update_administrator(tx, before, &row)?;
        }
        Ok(())
    }
}
