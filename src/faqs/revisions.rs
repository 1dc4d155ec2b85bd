//! `GET /v1/faqs/{id}/revisions`: what a FAQ said when.

use actix_web::get;

use super::view::RevisionView;
use super::{FaqId, WritesFaqs, store};
use crate::app::App;
use crate::auth::claim::Caller;
use crate::auth::proof::prove;
use crate::http::{List, NoFilter, PageParams, Path, Refusal, Reply, Result};
use crate::page;

page!(
    /// A page of a FAQ's revisions.
    FaqRevisionPage of RevisionView
);

/// List the revisions of a FAQ
///
/// Newest first, each with all that it says.
#[utoipa::path(
    tag = "faqs",
    params(("id" = FaqId, Path, description = "The FAQ."), PageParams),
    responses((status = 200, description = "A page of revisions", body = FaqRevisionPage)),
    security(("staff" = []), ("client" = ["faqs:write"]))
)]
#[get("/faqs/{id}/revisions")]
pub async fn list_faq_revisions(
    app: App,
    caller: Caller<WritesFaqs>,
    Path(id): Path<FaqId>,
    List(NoFilter {}, page): List<NoFilter>,
) -> Result<Reply> {
    let now = app.now();
    app.read(move |db| {
        prove(db, &caller, now)?;
        store::find(db, id)?.ok_or(Refusal::NotFound)?;
        let mut rows = store::revisions(db, id, &page)?;
        let next = page.cut(&mut rows, |row| (row.written_at, row.id));
        FaqRevisionPage::reply(rows.into_iter().map(Into::into).collect(), next, &page)
    })
    .await
}
