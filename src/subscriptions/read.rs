//! `GET /v1/notice-subscriptions` and `GET /v1/notice-subscriptions/{id}`: never gated by the
//! contract's condition, so that everybody finds what to end.

use actix_web::get;
use serde::Deserialize;
use utoipa::IntoParams;

use super::SubscriptionId;
use super::store::{self, Narrowing, Row};
use super::view::SubscriptionView;
use crate::app::App;
use crate::auth::claim::{Caller, Gate, Header, Privilege, SupportIdParam};
use crate::auth::proof::{Actor, prove};
use crate::contracts::Contract;
use crate::db::types::Id;
use crate::http::text::EmailAddress;
use crate::http::{AnyOf, List, PageParams, Path, Refusal, Reply, Result};
use crate::page;
use crate::terms::codes::{Scope, SubscriptionState};

/// Lists subscriptions.
pub struct ListsSubscriptions;
impl Privilege for ListsSubscriptions {
    const GATE: Gate = Gate::shut().customer().partner(Scope::SubscriptionsWrite, Header::Optional).agent();
}

/// Reads and ends one subscription.
pub struct HoldsSubscription;
impl Privilege for HoldsSubscription {
    const GATE: Gate = Gate::shut().customer().partner(Scope::SubscriptionsWrite, Header::Required).agent();
}

page!(
    /// A page of subscriptions.
    NoticeSubscriptionPage of SubscriptionView
);

/// What a list of subscriptions is narrowed by.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SubscriptionFilter {
    /// Any of these contracts, by id; several with commas between.
    #[param(nullable = false, value_type = Option<String>, max_length = 800)]
    contract: Option<AnyOf<Id<Contract>>>,
    /// Any of these states; several with commas between.
    #[param(nullable = false, value_type = Option<String>, max_length = 100, example = "registered")]
    state: Option<AnyOf<SubscriptionState>>,
    /// Of this address.
    #[param(nullable = false)]
    email: Option<EmailAddress>,
}

/// List subscriptions
///
/// Newest first. A customer sees those of the contract presented, a partner those that its systems
/// applied for under contracts that are its own, the desk all.
#[utoipa::path(
    tag = "releases",
    params(SubscriptionFilter, PageParams, SupportIdParam),
    responses((status = 200, description = "A page of subscriptions", body = NoticeSubscriptionPage)),
    security(("customer" = []), ("staff" = []), ("client" = ["subscriptions:write"]))
)]
#[get("/notice-subscriptions")]
pub async fn list_notice_subscriptions(
    app: App,
    caller: Caller<ListsSubscriptions>,
    List(filter, page): List<SubscriptionFilter>,
) -> Result<Reply> {
    let (now, today) = (app.now(), app.today());
    app.read(move |db| {
        let actor = prove(db, &caller, now)?;
        let by = Narrowing {
            only: actor.presented.as_ref().map(|contract| contract.contract),
            served_by: actor.reseller.map(|reseller| (reseller, today)),
            contracts: filter.contract.map(|any| any.0).unwrap_or_default(),
            states: filter.state.map(|any| any.0).unwrap_or_default(),
            email: filter.email,
        };
        let mut rows = store::list(db, &by, &page)?;
        let next = page.cut(&mut rows, |row| (row.applied_at, row.id));
        NoticeSubscriptionPage::reply(rows.into_iter().map(SubscriptionView::from).collect(), next, &page)
    })
    .await
}

/// Read a subscription
///
/// As far as its list shows it to the caller.
#[utoipa::path(
    tag = "releases",
    params(("id" = SubscriptionId, Path, description = "The subscription."), SupportIdParam),
    responses((status = 200, description = "The subscription", body = SubscriptionView)),
    security(("customer" = []), ("staff" = []), ("client" = ["subscriptions:write"]))
)]
#[get("/notice-subscriptions/{id}")]
pub async fn get_notice_subscription(
    app: App,
    caller: Caller<HoldsSubscription>,
    Path(id): Path<SubscriptionId>,
) -> Result<Reply> {
    let now = app.now();
    app.read(move |db| {
        let actor = prove(db, &caller, now)?;
        let row = store::find(db, id)?.filter(|row| sees(&actor, row)).ok_or(Refusal::NotFound)?;
        let version = row.version;
        Ok(Reply::ok(&SubscriptionView::from(row))?.tagged(version))
    })
    .await
}

/// Whether a subscription is among those that the caller sees.
pub(super) fn sees(actor: &Actor, row: &Row) -> bool {
    let contract = actor.presented.as_ref().is_none_or(|contract| contract.contract == row.contract_id);
    let made = actor.reseller.is_none() || actor.reseller == row.reseller_id;
    contract && made
}
