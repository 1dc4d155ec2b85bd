//! `/v1/inquiries/{id}/information-requests`: what is asked of the customer, who always carries it
//! out (SW-4.2.1-C6, SA-5.2.1-C6).

use actix_web::get;
use serde::Serialize;
use utoipa::ToSchema;

use super::read::{ReadsInquiry, readable};
use super::store::thread::{self, RequestRow, ResultGiven};
use super::{InformationRequestId, InquiryId};
use crate::app::{App, Tx};
use crate::auth::claim::Caller;
use crate::db::types::{Doc, Instant};
use crate::http::{List, NoFilter, PageParams, Path, Reply, Result};
use crate::page;
use crate::terms::codes::{CallerKind, RequestEnd, RequestKind};

/// A request to the customer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InformationRequest)]
pub struct RequestView {
    /// The request.
    pub id: InformationRequestId,
    /// What is asked for.
    pub kind: RequestKind,
    /// In words.
    #[schema(max_length = 20_000)]
    pub body: String,
    /// Single things asked for.
    #[schema(max_items = 20, value_type = Vec<crate::http::text::Subject>)]
    pub items: Vec<String>,
    /// The version to upgrade to.
    #[schema(required, max_length = 50)]
    pub target_version: Option<String>,
    /// When it was asked.
    pub requested_at: Instant,
    /// When it ended; null while it is open.
    #[schema(required)]
    pub ended_at: Option<Instant>,
    /// What ended it.
    #[schema(required)]
    pub ended_by: Option<RequestEnd>,
    /// What came of it.
    #[schema(required)]
    pub result: Option<ResultGiven>,
}

impl From<RequestRow> for RequestView {
    fn from(row: RequestRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            body: row.body,
            items: row.items.0,
            target_version: row.target_version,
            requested_at: row.requested_at,
            ended_at: row.ended_at,
            ended_by: row.ended_by,
            result: row.result.map(|result| result.0),
        }
    }
}

page!(
    /// A page of requests to the customer.
    InformationRequestPage of RequestView
);

/// Asks for the version that an opening did not know. The opening has counted the request.
pub fn ask_for_version(tx: &mut Tx<'_>, inquiry: InquiryId) -> Result<InformationRequestId> {
    let row = RequestRow {
        id: tx.new_id(),
        inquiry_id: inquiry,
        kind: RequestKind::CustomerInformation,
        body: "ご利用中の製品のバージョンをお知らせください。".to_owned(),
        items: Doc(vec!["product_version".to_owned()]),
        target_version: None,
        requested_by_kind: CallerKind::System,
        requested_by_id: None,
        requested_at: tx.now,
        ended_at: None,
        ended_by: None,
        result: None,
    };
    thread::insert_request(tx, &row)?;
    Ok(row.id)
}

/// List requests to the customer
///
/// What was asked of the customer and what came of it, newest first.
#[utoipa::path(
    tag = "inquiries",
    params(("id" = InquiryId, Path, description = "The inquiry."), PageParams, ("Support-Id" = Option<String>, Header, nullable = false, max_length = 100, description = "The contract's ID; a partner must send it.")),
    responses((status = 200, description = "A page of requests", body = InformationRequestPage)),
    security(("customer" = []), ("staff" = []), ("client" = ["inquiries:read"]))
)]
#[get("/inquiries/{id}/information-requests")]
pub async fn list_information_requests(
    app: App,
    caller: Caller<ReadsInquiry>,
    Path(id): Path<InquiryId>,
    List(NoFilter {}, page): List<NoFilter>,
) -> Result<Reply> {
    let (now, desk) = (app.now(), app.config().desk_contact());
    let (mut rows, page) = app
        .read(move |db| {
            readable(db, &caller, now, id, &desk)?;
            Ok((thread::list_requests(db, id, &page)?, page))
        })
        .await?;
    let next = page.cut(&mut rows, |row| (row.requested_at, row.id));
    InformationRequestPage::reply(rows.into_iter().map(RequestView::from).collect(), next, &page)
}
