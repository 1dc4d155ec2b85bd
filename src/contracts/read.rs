//! `GET /v1/contracts` and `/v1/contracts/{id}`: contracts as they stand today.

use actix_web::get;
use serde::Deserialize;
use utoipa::IntoParams;

use super::store::{self, Wanted};
use super::view::{self, ContractSummary, ContractView};
use super::{Contract, ContractId, ListsContracts, Product, ProductId, ReadsContract, Reseller, ResellerId, refusal};
use crate::app::App;
use crate::auth::claim::{Caller, SupportIdParam};
use crate::auth::proof::{Actor, prove};
use crate::calendar::model::tokyo_date;
use crate::db::types::{Id, Instant};
use crate::http::text::{Day, SupportId, TypedSupportId};
use crate::http::{AnyOf, List, PageParams, Path, ProblemView, Refusal, Reply, Result};
use crate::page;
use crate::terms::codes::Condition;

/// Which contracts are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ContractFilter {
    /// The one with this maintenance ID or contract ID, as typed.
    #[param(nullable = false, value_type = Option<TypedSupportId>)]
    support_id: Option<SupportId>,
    /// Those of this reseller today.
    #[param(nullable = false, value_type = Option<ResellerId>)]
    reseller: Option<Id<Reseller>>,
    /// Those that cover this product today.
    #[param(nullable = false, value_type = Option<ProductId>)]
    product: Option<Id<Product>>,
    /// Those in one of these conditions today, with commas between.
    #[param(nullable = false, value_type = Option<String>, max_length = 200, example = "in_force,suspended")]
    condition: Option<AnyOf<Condition>>,
    /// Those whose term ends before this day.
    #[param(nullable = false)]
    ends_before: Option<Day>,
    /// Those changed after this moment, in the order of change. For exactness there is the feed.
    #[param(nullable = false)]
    changed_after: Option<Instant>,
}

page!(
    /// A page of contracts.
    ContractPage of ContractSummary
);

/// List contracts
///
/// Newest first; with `changed_after` in the order of change. A customer sees the contract that it
/// signed in with, a partner those of its own company.
#[utoipa::path(
    tag = "contracts",
    params(ContractFilter, PageParams, SupportIdParam),
    responses(
        (status = 200, description = "A page of contracts", body = ContractPage),
        (status = 403, description = "`contract_not_started`: the customer's side reads it from the first day on", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("staff" = []), ("client" = ["contracts:read"]))
)]
#[get("/contracts")]
pub async fn list_contracts(
    app: App,
    caller: Caller<ListsContracts>,
    List(filter, page): List<ContractFilter>,
) -> Result<Reply> {
    let (claim, now, desk) = ((*caller).clone(), app.now(), app.config().desk_contact());
    app.read(move |db| {
        let actor = prove(db, &claim, now)?;
        refusal::reads_history(db, &actor, &desk)?;
        let wanted = wanted(&actor, filter);
        let by_change = wanted.changed_after.is_some();
        let mut rows = store::contract_page(db, &wanted, tokyo_date(now.to_datetime()), &page)?;
        let next = page.cut(&mut rows, |(row, _)| (if by_change { row.changed_at } else { row.created_at }, row.id));
        ContractPage::reply(view::summaries(db, rows)?, next, &page)
    })
    .await
}

/// Get a contract
///
/// `allowed_actions` tells for each product whether the caller may open an inquiry now, and if not
/// by which rule. Another tenant's contract is not found.
#[utoipa::path(
    tag = "contracts",
    params(("id" = ContractId, Path, description = "The contract"), SupportIdParam),
    responses(
        (status = 200, description = "The contract", body = ContractView),
        (status = 403, description = "`contract_not_started`: the customer's side reads it from the first day on", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("staff" = []), ("client" = ["contracts:read"]))
)]
#[get("/contracts/{id}")]
pub async fn get_contract(app: App, caller: Caller<ReadsContract>, Path(id): Path<Id<Contract>>) -> Result<Reply> {
    let (claim, now, desk) = ((*caller).clone(), app.now(), app.config().desk_contact());
    app.read(move |db| {
        let actor = prove(db, &claim, now)?;
        if !actor.may_see(id, None) {
            return Err(Refusal::NotFound.into());
        }
        refusal::reads_history(db, &actor, &desk)?;
        let view = view::contract(db, &actor, id, now)?;
        Ok(Reply::ok(&view)?.tagged(view.version))
    })
    .await
}

fn wanted(actor: &Actor, filter: ContractFilter) -> Wanted {
    Wanted {
        only: actor.presented.as_ref().map(|presented| presented.contract),
        seen_by: actor.reseller,
        support_id: filter.support_id,
        reseller: filter.reseller,
        product: filter.product,
        conditions: filter.condition.map(|any| any.0).unwrap_or_default(),
        ends_before: filter.ends_before.map(Day::date),
        changed_after: filter.changed_after,
    }
}
