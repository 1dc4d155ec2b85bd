//! `GET /v1/closure-decisions` and `GET /v1/closure-decisions/{id}`.

use actix_web::get;
use serde::Deserialize;
use utoipa::IntoParams;

use super::ClosureDecisionId;
use super::store::{self, Narrowing, Seen};
use super::view::DecisionView;
use crate::app::App;
use crate::auth::claim::{Caller, Gate, Header, Privilege};
use crate::auth::proof::prove;
use crate::contracts::{Contract, ContractId, Product};
use crate::db::types::{Id, Instant};
use crate::http::{AnyOf, List, PageParams, Path, ProblemView, Refusal, Reply, Result};
use crate::inquiries::read::may_read_history;
use crate::inquiries::{InquiryId, reading};
use crate::page;
use crate::terms::codes::{Channel, ClosureCode, Kind, Scope};

/// Lists decisions.
pub struct ReadsClosures;
impl Privilege for ReadsClosures {
    const GATE: Gate =
        Gate::shut().customer().partner(Scope::InquiriesRead, Header::Optional).agent().robot(Scope::ClosuresRead);
}

/// Reads one decision.
pub struct ReadsClosure;
impl Privilege for ReadsClosure {
    const GATE: Gate =
        Gate::shut().customer().partner(Scope::InquiriesRead, Header::Required).agent().robot(Scope::ClosuresRead);
}

page!(
    /// A page of closure decisions.
    ClosureDecisionPage of DecisionView
);

/// What a list of decisions is narrowed by; several values of one with commas between.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ClosureFilter {
    /// Any of these codes.
    #[param(nullable = false, value_type = Option<String>, max_length = 400)]
    code: Option<AnyOf<ClosureCode>>,
    /// Any of these kinds.
    #[param(nullable = false, value_type = Option<String>, max_length = 200)]
    kind: Option<AnyOf<Kind>>,
    /// Any of these contracts, by id.
    #[param(nullable = false, value_type = Option<String>, max_length = 800)]
    contract: Option<AnyOf<Id<Contract>>>,
    /// Any of these products, by id.
    #[param(nullable = false, value_type = Option<String>, max_length = 800)]
    product: Option<AnyOf<Id<Product>>>,
    /// Decided at or after.
    #[param(nullable = false)]
    decided_after: Option<Instant>,
    /// Decided before.
    #[param(nullable = false)]
    decided_before: Option<Instant>,
    /// Taken back, or in effect.
    #[param(nullable = false)]
    revoked: Option<bool>,
}

/// List closure decisions
///
/// Newest first. A customer sees those of the contract presented; a partner those of inquiries
/// that it may see; the desk and scripts all.
#[utoipa::path(
    tag = "closures",
    params(ClosureFilter, PageParams, ("Support-Id" = Option<String>, Header, nullable = false, max_length = 100, description = "Narrows a partner's list to one contract.")),
    responses(
        (status = 200, description = "A page of decisions", body = ClosureDecisionPage),
        (status = 403, description = "`contract_not_started`: the customer's side reads them from the first day on", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("staff" = []), ("client" = ["inquiries:read", "closures:read"]))
)]
#[get("/closure-decisions")]
pub async fn list_closure_decisions(
    app: App,
    caller: Caller<ReadsClosures>,
    List(filter, page): List<ClosureFilter>,
) -> Result<Reply> {
    let (now, desk, claim) = (app.now(), app.config().desk_contact(), (*caller).clone());
    let by = Narrowing {
        codes: filter.code.map(|any| any.0).unwrap_or_default(),
        kinds: filter.kind.map(|any| any.0).unwrap_or_default(),
        contracts: filter.contract.map(|any| any.0).unwrap_or_default(),
        products: filter.product.map(|any| any.0).unwrap_or_default(),
        after: filter.decided_after,
        before: filter.decided_before,
        revoked: filter.revoked,
    };
    let (mut rows, first, page) = app
        .read(move |db| {
            may_read_history(db, &claim, now, &desk)?;
            let rows = store::list(db, &claim, now, &by, &page)?;
            let first = reading::first_of(db, &claim, rows.iter().map(inquiry))?;
            Ok((rows, first, page))
        })
        .await?;
    let next = page.cut(&mut rows, |seen| (seen.row.decided_at, seen.row.id));
    let gone = reading::note(&app, &caller, first).await?;
    rows.retain(|seen| !gone.contains(&seen.row.inquiry_id));
    let items = rows.into_iter().filter_map(|seen| DecisionView::of(seen, &caller)).collect();
    ClosureDecisionPage::reply(items, next, &page)
}

/// Read a closure decision
///
/// A customer sees code, clause, time and explanation; a partner with summary access code and
/// time; the desk also what it rests on.
#[utoipa::path(
    tag = "closures",
    params(("id" = ClosureDecisionId, Path, description = "The decision."), ("Support-Id" = Option<String>, Header, nullable = false, max_length = 100, description = "The contract's ID; a partner must send it.")),
    responses(
        (status = 200, description = "The decision", body = DecisionView),
        (status = 403, description = "`contract_not_started`: the customer's side reads it from the first day on", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("staff" = []), ("client" = ["inquiries:read", "closures:read"]))
)]
#[get("/closure-decisions/{id}")]
pub async fn get_closure_decision(
    app: App,
    caller: Caller<ReadsClosure>,
    Path(id): Path<ClosureDecisionId>,
) -> Result<Reply> {
    let (now, desk, claim) = (app.now(), app.config().desk_contact(), (*caller).clone());
    let read = app.read(move |db| {
        let Some(seen) = store::find(db, &claim, now, id)? else {
            prove(db, &claim, now)?;
            return Err(Refusal::NotFound.into());
        };
        may_read_history(db, &claim, now, &desk)?;
        let version = if seen.row.revoked_at.is_some() { 2 } else { 1 };
        let first = reading::first_of(db, &claim, [inquiry(&seen)])?;
        Ok((first, Reply::ok(&DecisionView::of(seen, &claim).ok_or(Refusal::NotFound)?)?.tagged(version)))
    });
    reading::noted(&app, &caller, read.await?).await
}

fn inquiry(seen: &Seen) -> (Channel, (InquiryId, ContractId)) {
    (seen.channel, (seen.row.inquiry_id, seen.row.contract_id))
}
