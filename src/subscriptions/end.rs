//! `DELETE /v1/notice-subscriptions/{id}`: no more mail. Never gated by the contract's condition.

use actix_web::delete;

use super::read::{HoldsSubscription, sees};
use super::store::{self, Row};
use super::{SubscriptionId, ended};
use crate::accounts::store::people::administers;
use crate::app::{App, Tx};
use crate::auth::claim::{Caller, SupportIdParam};
use crate::auth::proof::{Actor, prove};
use crate::auth::store::account_name;
use crate::db::types::Id;
use crate::events::model::Change;
use crate::http::{Key, Path, Refusal, Reply, Result};
use crate::terms::codes::{CallerKind, SubscriptionEnd};

/// End a subscription
///
/// A customer ends its own: that of its address or that it applied for; the contract's
/// administrators any. What has ended stays on record.
#[utoipa::path(
    tag = "releases",
    params(("id" = SubscriptionId, Path, description = "The subscription."), SupportIdParam),
    responses((status = 204, description = "It has ended, or had before")),
    security(("customer" = []), ("staff" = []), ("client" = ["subscriptions:write"]))
)]
#[delete("/notice-subscriptions/{id}")]
pub async fn end_notice_subscription(
    app: App,
    caller: Caller<HoldsSubscription>,
    Path(id): Path<SubscriptionId>,
) -> Result<Reply> {
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let row = store::find(tx, id)?.filter(|row| sees(&actor, row)).ok_or(Refusal::NotFound)?;
        if actor.kind == CallerKind::Customer && !owns(tx, &actor, &row)? {
            return Err(Refusal::Forbidden.into());
        }
        let by = if actor.is_outside() { SubscriptionEnd::Applicant } else { SubscriptionEnd::Desk };
        if !store::end(tx, id, by)? {
            return Ok(Change::silent(Reply::no_content(), "it had ended before"));
        }
        let event = ended(tx, Some(&actor), &row, by)?;
        Ok(Change::new(Reply::no_content(), event))
    })
    .await
}

fn owns(tx: &mut Tx<'_>, actor: &Actor, row: &Row) -> Result<bool> {
    let own = account_name(tx, actor.id)?.is_some_and(|(_, email)| email == *row.email);
    Ok(own || row.applied_by_id == Id::new(actor.id) || administers(tx, Id::new(actor.id), row.contract_id)?)
}
