//! `POST /v1/contracts/{id}/renewals`: a new term, and what changes with it.

use actix_web::post;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;

use super::history::{self, ContractChangeView};
use super::ledger::{self, NewLine};
use super::model::{Facts, facts_on};
use super::store::{self, ChangeRow, ContractRow};
use super::{Contract, ContractId, Manages, ProductId, ResellerId, told};
use crate::app::{App, Tx};
use crate::auth::claim::Caller;
use crate::auth::proof::{Actor, prove};
use crate::db::types::Id;
use crate::events::model::{Change, Subject};
use crate::http::text::Day;
use crate::http::{
    Fault, IfMatch, Json, Key, KeyParam, Patch, Path, Problem, ProblemView, Refusal, Reply, RequiredIfMatchParam,
    Result,
};
use crate::terms::codes::{ChangeKind, EventType, Service};

/// The new term, and what changes with it from its first day on.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenewContract {
    /// The first day of the new term; after the first day of the term that it follows.
    pub starts_on: Day,
    /// The last day of the new term.
    pub ends_on: Day,
    /// The products covered from then on: 1 to 100, each once; absent, as before.
    #[serde(default)]
    #[validate(length(min = 1, max = 100))]
    #[schema(nullable = false, min_items = 1, max_items = 100)]
    pub product_ids: Option<Vec<ProductId>>,
    /// The services included from then on: 1 to 3, each once; absent, as before.
    #[serde(default)]
    #[validate(length(min = 1, max = 3))]
    #[schema(nullable = false, min_items = 1, max_items = 3)]
    pub services: Option<Vec<Service>>,
    /// The reseller from then on; null for none; absent, as before.
    #[serde(default)]
    #[schema(value_type = Option<ResellerId>)]
    pub reseller_id: Patch<ResellerId>,
}

/// Renew a contract
///
/// Says what changes from `starts_on` on; until then the present term holds. The answer is the new
/// line of the contract's history, with the contract's new entity tag.
#[utoipa::path(
    tag = "contracts",
    params(("id" = ContractId, Path, description = "The contract"), RequiredIfMatchParam, KeyParam),
    request_body = RenewContract,
    responses(
        (status = 201, description = "The line of the history", body = ContractChangeView),
        (status = 422, description = "`program_provision_not_offered`: programs are provided for software only; `validation_failed`: `too_small` when the new term does not start after the one that it follows, `unknown_reference`, `ends_before_start`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[post("/contracts/{id}/renewals")]
pub async fn renew_contract(
    app: App,
    caller: Caller<Manages>,
    Path(id): Path<Id<Contract>>,
    key: Key,
    expected: IfMatch,
    Json(body): Json<RenewContract>,
) -> Result<Reply> {
    let expected = expected.required()?;
    let claim = (*caller).clone();
    app.write(key, move |tx| {
        let (now, today) = (tx.now, tx.today());
        let actor = prove(tx, &claim, now)?;
        let (row, _) = store::contract_on(tx, id, today)?.ok_or(Refusal::NotFound)?;
        tx.once()?;
        expected.holds(row.version)?;
        renew(tx, &actor, &row, body)?.map(|line| history::recorded(line, &actor, row.version))
    })
    .await
}

fn renew(tx: &mut Tx<'_>, actor: &Actor, row: &ContractRow, body: RenewContract) -> Result<Change<ChangeRow>> {
    let ledger = store::ledger(tx, row.id)?;
    let starts_on = body.starts_on.date();
    let held = facts_on(&ledger, starts_on).ok_or_else(|| Problem::bug("a contract without a ledger"))?;
    let follows = held.starts_on.map(Day::date);
    if follows.is_some_and(|follows| starts_on <= follows) {
        let earliest = follows.and_then(time::Date::next_day).unwrap_or(starts_on);
        let fault = Fault::at("/starts_on", "too_small").with("min", Day::from(earliest));
        return Err(Problem::faults(vec![fault]));
    }
    let facts = Facts {
        starts_on: Some(body.starts_on),
        ends_on: Some(body.ends_on),
        product_ids: body.product_ids,
        services: body.services,
        reseller_id: match body.reseller_id {
            Patch::Absent => None,
            Patch::Null => Some(None),
            Patch::Value(id) => Some(Some(id)),
        },
        suspended: None,
    };
    ledger::check(tx, &facts, &held.then(&facts))?;
    let data = json!({ "starts_on": body.starts_on, "ends_on": body.ends_on, "changed": facts.named() });
    let line = NewLine { kind: ChangeKind::Renewed, effective_on: starts_on, reason: None, facts };
    let (line, reseller) = history::write(tx, row, line)?;
    let event = told(Some(actor), EventType::ContractRenewed, Subject::new("contract", row.id), data);
    Ok(Change::new(line, event.on(row.id, reseller)))
}
