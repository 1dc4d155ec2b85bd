//! What callers see of a subscription.

use serde::Serialize;
use utoipa::ToSchema;

use super::SubscriptionId;
use super::store::Row;
use crate::contracts::{ContractId, ProductId};
use crate::db::types::Instant;
use crate::http::text::{Day, EmailAddress};
use crate::terms::codes::{ApplicationWay, NoticeKind, SubscriptionEnd, SubscriptionState};

/// A subscription to release notices by mail.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NoticeSubscription)]
pub struct SubscriptionView {
    /// The subscription.
    pub id: SubscriptionId,
    /// The contract that entitles to it.
    pub contract: ContractId,
    /// Where mail goes.
    pub email: EmailAddress,
    /// The products that it is about.
    #[schema(max_items = 100)]
    pub product_ids: Vec<ProductId>,
    /// The kinds of notices.
    #[schema(max_items = 4)]
    pub kinds: Vec<NoticeKind>,
    /// Where it stands: mail goes to registered ones only.
    pub state: SubscriptionState,
    /// How the application came.
    pub applied_by: ApplicationWay,
    /// On which day.
    pub applied_on: Day,
    /// When it was made or recorded.
    pub applied_at: Instant,
    /// When it was registered; null before.
    #[schema(required)]
    pub registered_at: Option<Instant>,
    /// When it ended; null before.
    #[schema(required)]
    pub ended_at: Option<Instant>,
    /// What ended it; null before.
    #[schema(required)]
    pub ended_by: Option<SubscriptionEnd>,
    /// Its version, as in the entity tag.
    #[schema(minimum = 1)]
    pub version: i32,
}

impl From<Row> for SubscriptionView {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            contract: row.contract_id,
            email: row.email,
            product_ids: row.product_ids.0,
            kinds: row.kinds.0,
            state: row.state,
            applied_by: row.way,
            applied_on: row.applied_on.into(),
            applied_at: row.applied_at,
            registered_at: row.registered_at,
            ended_at: row.ended_at,
            ended_by: row.ended_by,
            version: row.version,
        }
    }
}
