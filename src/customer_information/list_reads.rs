//! `GET /v1/inquiries/{id}/customer-information/reads`: who read what the customer entrusted.

use actix_web::get;

use super::reads::write_down;
use super::store;
use super::view::{ContentReadPage, ContentReadView};
use crate::app::App;
use crate::auth::claim::{Caller, Gate, Privilege};
use crate::auth::proof::prove;
use crate::http::{List, NoFilter, PageParams, Path, Reply, Result};
use crate::inquiries::InquiryId;
use crate::inquiries::store as inquiries;

/// Looks after who reads what customers entrust.
pub struct LooksAfterReads;
impl Privilege for LooksAfterReads {
    const GATE: Gate = Gate::shut().manager();
}

/// List who read what the customer entrusted
///
/// Readings of customer information and downloads of files, by the desk and by scripts, newest
/// first. Asking writes down first what is not yet written.
#[utoipa::path(
    tag = "inquiries",
    params(("id" = InquiryId, Path, description = "The inquiry."), PageParams),
    responses((status = 200, description = "A page of readings", body = ContentReadPage)),
    security(("staff" = []))
)]
#[get("/inquiries/{id}/customer-information/reads")]
pub async fn list_customer_information_reads(
    app: App,
    caller: Caller<LooksAfterReads>,
    Path(id): Path<InquiryId>,
    List(NoFilter {}, page): List<NoFilter>,
) -> Result<Reply> {
    let now = app.now();
    write_down(&app).await?;
    let (mut rows, page) = app
        .read(move |db| {
            let actor = prove(db, &caller, now)?;
            inquiries::held(db, &actor, now, id)?;
            Ok((store::list_reads(db, id, &page)?, page))
        })
        .await?;
    let next = page.cut(&mut rows, |row| (row.read_at, row.id));
    ContentReadPage::reply(rows.into_iter().map(ContentReadView::from).collect(), next, &page)
}
