//! `GET /v1/release-notices/{id}/deliveries`: whom a notice reached, and every attempt.

use actix_web::get;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{NoticeId, WritesNotices, store};
use crate::app::App;
use crate::auth::claim::Caller;
use crate::auth::proof::prove;
use crate::contracts::ContractId;
use crate::db::types::Instant;
use crate::deliveries::DeliveryId;
use crate::deliveries::store::{self as deliveries, Attempt, LedgerRow};
use crate::http::text::EmailAddress;
use crate::http::{AnyOf, List, PageParams, Path, Refusal, Reply, Result};
use crate::inquiries::InquiryId;
use crate::page;
use crate::subscriptions::SubscriptionId;
use crate::terms::codes::{MailOutcome, NoticeDeliveryState};

/// One try to deliver.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeDeliveryAttempt {
    /// Its number, from 1.
    #[schema(minimum = 1, maximum = 1000)]
    pub number: i32,
    /// When.
    pub attempted_at: Instant,
    /// What it came to.
    pub outcome: MailOutcome,
    /// What the mail server answered with; null where it answered nothing.
    #[schema(required, minimum = 200, maximum = 599)]
    pub reply_code: Option<i32>,
    /// What it said, or what stopped us.
    #[schema(max_length = 500)]
    pub detail: String,
}

/// A recipient of a notice, and what became of the mail.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NoticeDelivery)]
pub struct DeliveryView {
    /// The delivery; its mail's `Message-ID` begins with it.
    pub id: DeliveryId,
    /// To whom.
    pub recipient: EmailAddress,
    /// The contract by which the recipient is told.
    pub contract: ContractId,
    /// The subscription by which the recipient is told.
    pub subscription: SubscriptionId,
    /// The inquiry that was closed on a defect that the notice fixes; null where that is not why.
    #[schema(required)]
    pub inquiry: Option<InquiryId>,
    /// What became of it.
    pub state: NoticeDeliveryState,
    /// Every try, the first one first.
    #[schema(max_items = 1000)]
    pub attempts: Vec<NoticeDeliveryAttempt>,
    /// When it was written down.
    pub queued_at: Instant,
    /// When it ended; null while it waits.
    #[schema(required)]
    pub ended_at: Option<Instant>,
}

page!(
    /// A page of the deliveries of a notice.
    NoticeDeliveryPage of DeliveryView
);

/// What a list of deliveries is narrowed by; several values with commas between.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeliveryFilter {
    /// Any of these states.
    #[param(nullable = false, value_type = Option<String>, max_length = 100, example = "bounced,dead")]
    state: Option<AnyOf<NoticeDeliveryState>>,
}

/// List the deliveries of a release notice
///
/// Every recipient with every attempt, those written down last first.
#[utoipa::path(
    tag = "releases",
    params(("id" = NoticeId, Path, description = "The notice."), DeliveryFilter, PageParams),
    responses((status = 200, description = "A page of deliveries", body = NoticeDeliveryPage)),
    security(("staff" = []))
)]
#[get("/release-notices/{id}/deliveries")]
pub async fn list_release_notice_deliveries(
    app: App,
    caller: Caller<WritesNotices>,
    Path(id): Path<NoticeId>,
    List(filter, page): List<DeliveryFilter>,
) -> Result<Reply> {
    let now = app.now();
    let states = filter.state.map(|any| any.0).unwrap_or_default();
    app.read(move |db| {
        prove(db, &caller, now)?;
        store::find(db, id)?.ok_or(Refusal::NotFound)?;
        let mut rows = deliveries::ledger(db, id, &states, &page)?;
        let next = page.cut(&mut rows, |row| (row.queued_at, row.id));
        let ids: Vec<DeliveryId> = rows.iter().map(|row| row.id).collect();
        let attempts = deliveries::attempts_of(db, &ids)?;
        NoticeDeliveryPage::reply(rows.into_iter().map(|row| view(row, &attempts)).collect(), next, &page)
    })
    .await
}

fn view(row: LedgerRow, attempts: &[Attempt]) -> DeliveryView {
    let own = attempts.iter().filter(|attempt| attempt.delivery_id == row.id);
    DeliveryView {
        id: row.id,
        recipient: row.recipient,
        contract: row.contract_id,
        subscription: row.subscription_id,
        inquiry: row.inquiry_id,
        state: row.state,
        attempts: own
            .map(|attempt| NoticeDeliveryAttempt {
                number: attempt.number,
                attempted_at: attempt.attempted_at,
                outcome: attempt.outcome,
                reply_code: attempt.reply_code,
                detail: attempt.detail.clone(),
            })
            .collect(),
        queued_at: row.queued_at,
        ended_at: row.ended_at,
    }
}
