//! `POST /v1/notice-subscriptions/confirmations`: whoever holds the mailed link registers the
//! address.

use actix_web::post;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::apply::bring_into_effect;
use super::model::topics;
use super::store;
use super::view::SubscriptionView;
use crate::accounts::model::digest_of;
use crate::app::App;
use crate::contracts::store::products_of;
use crate::http::text::OpaqueToken;
use crate::http::{Json, Key, ProblemView, Reply, Result};

/// What was mailed.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmNotices {
    /// The token of the mailed link.
    pub token: OpaqueToken,
}

/// Confirm an address
///
/// Good once, within 24 hours.
#[utoipa::path(
    tag = "releases",
    request_body = ConfirmNotices,
    responses(
        (status = 200, description = "The subscription, registered", body = SubscriptionView),
        (status = 422, description = "`one_time_token_invalid`, for an unknown, used or expired token alike", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(())
)]
#[post("/notice-subscriptions/confirmations")]
pub async fn confirm_notice_subscription(app: App, Json(body): Json<ConfirmNotices>) -> Result<Reply> {
    let digest = digest_of(&body.token);
    app.write(Key::none(), move |tx| {
        let row = store::take_confirmation(tx, &digest)?;
        let products = products_of(tx, &row.product_ids.0)?;
        let topics = topics(&products, &row.kinds.0)?;
        let (row, change) = bring_into_effect(tx, None, row, &topics)?;
        change.map(|()| Reply::ok(&SubscriptionView::from(row)))
    })
    .await
}
