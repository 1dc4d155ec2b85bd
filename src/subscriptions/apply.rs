//! `POST /v1/notice-subscriptions`: an application for notices by mail (SW-4.2.2-C2, SA-5.2.2-C2).

use actix_web::post;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::model::{LINKS, LINKS_WITHIN, topics};
use super::store::{self, Row};
use super::view::SubscriptionView;
use super::{SubscriptionId, end_each, registered};
use crate::app::{App, Tx};
use crate::auth::claim::{Caller, Gate, Header, Privilege, SupportIdParam};
use crate::auth::proof::{Actor, prove};
use crate::auth::store::{Presented, presented};
use crate::contracts::ProductId;
use crate::contracts::entitled::{includes, not_denied};
use crate::contracts::model::Contact;
use crate::contracts::refusal::{Facts, explain};
use crate::contracts::store::{ProductRow, products_of};
use crate::db::dialect;
use crate::db::types::{Doc, Id};
use crate::events::model::Change;
use crate::http::text::{Day, EmailAddress, SupportId, TypedSupportId};
use crate::http::{Fault, Json, Key, KeyParam, Problem, ProblemView, Refusal, Reply, Result};
use crate::mail::model::NewMail;
use crate::mail::outbox::enqueue;
use crate::terms::codes::{ApplicationWay, MailKind, NoticeKind, Scope, Service, SubscriptionEnd, SubscriptionState};

/// Applies for notices.
pub struct AppliesForNotices;
impl Privilege for AppliesForNotices {
    const GATE: Gate = Gate::shut().customer().partner(Scope::SubscriptionsWrite, Header::Required).agent();
}

/// An application: for oneself by mail, or recorded by the desk.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplyForNotices {
    /// Where mail shall go: one address.
    pub email: EmailAddress,
    /// The contracted products to be told of: 1 to 100.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_items = 1, max_items = 100)]
    pub product_ids: Vec<ProductId>,
    /// The kinds of notices: 1 to 4, each offered for one of the products.
    #[validate(length(min = 1, max = 4))]
    #[schema(min_items = 1, max_items = 4)]
    pub kinds: Vec<NoticeKind>,
    /// The contract's maintenance ID or contract ID as typed. By the desk only, and demanded.
    #[serde(default)]
    #[schema(nullable = false)]
    pub support_id: Option<TypedSupportId>,
    /// How the application came: `phone` or `paper`. By the desk only, and demanded.
    #[serde(default)]
    #[schema(nullable = false)]
    pub applied_by: Option<ApplicationWay>,
    /// On which day it came. By the desk only, and demanded.
    #[serde(default)]
    #[schema(nullable = false)]
    pub applied_on: Option<Day>,
}

/// The same for everybody: whether anything is mailed is not told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NoticeApplication)]
pub struct AppliedView {
    /// Always `true`. If there is anything to mail, it is on its way.
    #[schema(example = true)]
    pub accepted: bool,
}

/// Apply for notices by mail
///
/// A customer or partner: a link is mailed to the address, and whoever opens it registers it; an
/// address gets 3 such mails an hour at most. The desk records an application that came by phone
/// or on paper, which is registered at once. What was applied for last under a contract counts.
#[utoipa::path(
    tag = "releases",
    params(KeyParam, SupportIdParam),
    request_body = ApplyForNotices,
    responses(
        (status = 201, description = "Recorded by the desk, and registered", body = SubscriptionView),
        (status = 202, description = "Taken in; the address is yet to be confirmed", body = AppliedView),
        (status = 403, description = "`contract_not_started` `contract_expired` `contract_suspended` `service_not_contracted` `support_denied` `support_id_unknown`", body = ProblemView, content_type = "application/problem+json"),
        (status = 422, description = "`product_not_contracted` `notice_kind_not_offered` `validation_failed`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("staff" = []), ("client" = ["subscriptions:write"]))
)]
#[post("/notice-subscriptions")]
pub async fn apply_for_notices(
    app: App,
    caller: Caller<AppliesForNotices>,
    key: Key,
    Json(body): Json<ApplyForNotices>,
) -> Result<Reply> {
    body.check_shape(caller.is_outside())?;
    let desk = app.config().desk_contact();
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let (contract, id) = body.contract(tx, &actor)?;
        tx.once()?;
        if actor.is_outside() {
            includes(tx, &contract, &id, Service::Information, &desk)?;
        } else if body.applied_on.is_some_and(|day| day.date() > tx.today()) {
            return Err(Problem::fault("/applied_on", "in_the_future"));
        }
        let products = body.products(tx, &contract, &id, &desk)?;
        not_denied(tx, &actor, &body.product_ids, now, &desk)?;
        let topics = topics(&products, &body.kinds)?;
        let row = body.row(tx, &actor, &contract);
        if actor.is_outside() {
            return apply(tx, row);
        }
        store::insert(tx, &row)?;
        let (row, change) = bring_into_effect(tx, Some(&actor), row, &topics)?;
        change.map(|()| {
            let (place, version) = (format!("/v1/notice-subscriptions/{}", row.id), row.version);
            Ok(Reply::created(&place, &SubscriptionView::from(row))?.tagged(version))
        })
    })
    .await
}

/// Writes the application down and mails a link, unless the address has had enough of them.
fn apply(tx: &mut Tx<'_>, row: Row) -> Result<Change<Reply>> {
    let since = tx.now.plus(-LINKS_WITHIN);
    if store::applications_since(tx, &row.email, since)? < LINKS {
        store::insert(tx, &row)?;
        enqueue(tx, NewMail::prompt(MailKind::NoticeSubscription, Some(row.email)).about(row.id))?;
    }
    let reply = Reply::accepted(&AppliedView { accepted: true })?;
    Ok(Change::silent(reply, "nothing is in effect before the address is confirmed"))
}

/// Registers an application; it takes the place of the address's earlier ones.
pub(super) fn bring_into_effect(
    tx: &mut Tx<'_>,
    actor: Option<&Actor>,
    row: Row,
    topics: &[(ProductId, NoticeKind)],
) -> Result<(Row, Change<()>)> {
    dialect::hold_named(tx, format!("subscription\n{}\n{}", row.contract_id, row.email).as_bytes())?;
    let earlier = store::before(tx, &row)?;
    let ended = end_each(tx, actor, earlier, SubscriptionEnd::Replaced)?;
    store::register(tx, &row, topics)?;
    let row = store::find(tx, row.id)?.ok_or_else(|| Problem::bug("a subscription that was just written"))?;
    let change = Change::new((), registered(tx, actor, &row)?);
    Ok((row, ended.into_iter().fold(change, Change::and)))
}

impl ApplyForNotices {
    /// The desk says whose application it records; nobody else may.
    fn check_shape(&self, outside: bool) -> Result<()> {
        let own = [
            ("/support_id", self.support_id.is_some()),
            ("/applied_by", self.applied_by.is_some()),
            ("/applied_on", self.applied_on.is_some()),
        ];
        let mut faults: Vec<Fault> = own
            .into_iter()
            .filter(|(_, named)| *named == outside)
            .map(|(pointer, _)| Fault::at(pointer, if outside { "not_allowed_here" } else { "required" }))
            .collect();
        if !outside && self.applied_by == Some(ApplicationWay::SupportWeb) {
            faults.push(Fault::at("/applied_by", "not_an_option"));
        }
        if faults.is_empty() { Ok(()) } else { Err(Problem::faults(faults)) }
    }

    fn contract(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<(Presented, SupportId)> {
        if let (Some(contract), Some(id)) = (&actor.presented, &actor.presented_id) {
            return Ok((contract.clone(), id.clone()));
        }
        let now = tx.now;
        let id = self.support_id.as_ref().and_then(|typed| SupportId::fold(typed).ok());
        let id = id.ok_or(Refusal::SupportIdUnknown)?;
        Ok((presented(tx, &id, now)?.ok_or(Refusal::SupportIdUnknown)?, id))
    }

    /// A foreign product and one that is not contracted are the same 422.
    fn products(
        &self,
        tx: &mut Tx<'_>,
        contract: &Presented,
        id: &SupportId,
        desk: &Contact,
    ) -> Result<Vec<ProductRow>> {
        if !self.product_ids.iter().all(|product| contract.product_ids.0.contains(product)) {
            return Err(explain(tx, Refusal::ProductNotContracted, contract, id, &Facts::default(), desk)?);
        }
        products_of(tx, &self.product_ids)
    }

    fn row(&self, tx: &Tx<'_>, actor: &Actor, contract: &Presented) -> Row {
        let (mut products, mut kinds) = (self.product_ids.clone(), self.kinds.clone());
        products.sort();
        products.dedup();
        kinds.sort();
        kinds.dedup();
        let id: SubscriptionId = tx.new_id();
        Row {
            id,
            contract_id: contract.contract,
            email: self.email.clone(),
            product_ids: Doc(products),
            kinds: Doc(kinds),
            state: SubscriptionState::Applied,
            way: self.applied_by.unwrap_or(ApplicationWay::SupportWeb),
            applied_on: self.applied_on.map_or(tx.today(), Day::date),
            applied_by_kind: actor.kind,
            applied_by_id: Id::new(actor.id),
            reseller_id: actor.reseller,
            applied_at: tx.now,
            registered_at: None,
            ended_at: None,
            ended_by: None,
            unsubscribe_key: URL_SAFE_NO_PAD.encode(tx.ids().secret::<24>()),
            version: 1,
        }
    }
}
