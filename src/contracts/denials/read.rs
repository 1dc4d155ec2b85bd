//! `GET /v1/contracts/{id}/denials` and `/{denial}`: for the desk, since what they rest on is its
//! own. The customer's side is told a denial's id and code by what it refuses.

use actix_web::get;

use super::super::store;
use super::super::{Contract, ContractId};
use super::{CONFIRMED, DenialId, DenialView, LIFTED};
use crate::app::App;
use crate::auth::claim::{Caller, Gate, Privilege};
use crate::auth::proof::prove;
use crate::calendar::model::tokyo_date;
use crate::db::types::Id;
use crate::http::{List, NoFilter, PageParams, Path, Refusal, Reply, Result};
use crate::page;

/// Reads denials.
#[derive(Debug)]
pub struct ReadsDenials;
impl Privilege for ReadsDenials {
    const GATE: Gate = Gate::shut().agent();
}

page!(
    /// A page of denials.
    ServiceDenialPage of DenialView
);

/// List the denials of a contract
///
/// Those lifted too; the one recorded last comes first.
#[utoipa::path(
    tag = "contracts",
    params(("id" = ContractId, Path, description = "The contract"), PageParams),
    responses((status = 200, description = "A page of denials", body = ServiceDenialPage)),
    security(("staff" = []))
)]
#[get("/contracts/{id}/denials")]
pub async fn list_denials(
    app: App,
    caller: Caller<ReadsDenials>,
    Path(id): Path<Id<Contract>>,
    List(NoFilter {}, page): List<NoFilter>,
) -> Result<Reply> {
    let (claim, now) = ((*caller).clone(), app.now());
    app.read(move |db| {
        prove(db, &claim, now)?;
        let today = tokyo_date(now.to_datetime());
        store::contract_on(db, id, today)?.ok_or(Refusal::NotFound)?;
        let mut rows = store::denial_page(db, id, &page)?;
        let next = page.cut(&mut rows, |(row, _)| (row.recorded_at, row.id));
        let items = rows.into_iter().map(|(row, lifting)| DenialView::of(row, lifting, today)).collect();
        ServiceDenialPage::reply(items, next, &page)
    })
    .await
}

/// Get a denial
///
/// With what ended it, if something has.
#[utoipa::path(
    tag = "contracts",
    params(("id" = ContractId, Path, description = "The contract"), ("denial" = DenialId, Path, description = "The denial")),
    responses((status = 200, description = "The denial", body = DenialView)),
    security(("staff" = []))
)]
#[get("/contracts/{id}/denials/{denial}")]
pub async fn get_denial(
    app: App,
    caller: Caller<ReadsDenials>,
    Path((id, denial)): Path<(Id<Contract>, DenialId)>,
) -> Result<Reply> {
    let (claim, now) = ((*caller).clone(), app.now());
    app.read(move |db| {
        prove(db, &claim, now)?;
        let (row, lifting) = store::denial(db, id, denial)?.ok_or(Refusal::NotFound)?;
        let version = if row.lifted_on.is_some() { LIFTED } else { CONFIRMED };
        Ok(Reply::ok(&DenialView::of(row, lifting, tokyo_date(now.to_datetime())))?.tagged(version))
    })
    .await
}
