//! `/unsubscribe/{token}`: the link of every mail. RFC 8058: mail programs post to it on one click,
//! and what only looks at it changes nothing.

use actix_web::{HttpResponse, get, post};

use super::end_each;
use super::store::{self, Row};
use crate::app::App;
use crate::events::model::Change;
use crate::http::{Path, Refusal, Result};
use crate::pages::html::Html;
use crate::pages::problem::HtmlPage;
use crate::terms::codes::SubscriptionEnd;

const TITLE: &str = "お知らせメールの配信停止 / Unsubscribe";

/// Read the page that ends mail
///
/// For people: a button that ends all release notices to the address. Reading it changes nothing.
#[utoipa::path(
    tag = "releases",
    params(("token" = String, Path, max_length = 100, description = "What stands in the mail.")),
    responses((status = 200, description = "The page", body = HtmlPage, content_type = "text/html")),
    security(())
)]
#[get("/unsubscribe/{token}")]
pub async fn get_unsubscribe_page(app: App, Path(token): Path<String>) -> Result<HttpResponse> {
    let place = format!("/unsubscribe/{token}");
    let row = app.read(move |db| found(store::by_key(db, &token)?)).await?;
    Ok(Html::titled(TITLE)
        .element("p", &row.email)
        .spoken("p", "ja", "このメールアドレスへのお知らせメールをすべて停止します。")
        .spoken("p", "en", "This ends all release notices to this address.")
        .button(&place, "配信を停止する / Unsubscribe")
        .private_response())
}

/// End mail
///
/// One click (RFC 8058): every subscription of the address ends, under whatever contract and
/// whatever became of it. Asked again it answers the same.
#[utoipa::path(
    tag = "releases",
    params(("token" = String, Path, max_length = 100, description = "What stands in the mail.")),
    responses((status = 200, description = "The page that says so", body = HtmlPage, content_type = "text/html")),
    security(())
)]
#[post("/unsubscribe/{token}")]
pub async fn unsubscribe(app: App, Path(token): Path<String>) -> Result<HttpResponse> {
    app.write_value(move |tx| {
        let row = found(store::by_key(tx, &token)?)?;
        let open = store::of_address(tx, &row.email)?;
        let ended = end_each(tx, None, open, SubscriptionEnd::Unsubscribed)?;
        let change = Change::silent((), "a subscription that has ended does not end again");
        Ok(ended.into_iter().fold(change, Change::and))
    })
    .await?;
    Ok(Html::titled(TITLE)
        .spoken("p", "ja", "お知らせメールの配信を停止いたしました。")
        .spoken("p", "en", "You will receive no more release notices by mail.")
        .private_response())
}

fn found(row: Option<Row>) -> Result<Row> {
    Ok(row.ok_or(Refusal::NotFound)?)
}
