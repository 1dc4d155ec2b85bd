//! `GET /v1/inquiries/{id}/attachments`, and one of them: what is told of files, not their bytes.

use actix_web::get;

use super::AttachmentId;
use super::model::{check_reader, is_seen};
use super::store::{self, Row};
use super::view::{AttachmentPage, AttachmentView};
use crate::app::App;
use crate::auth::claim::{Caller, Claim};
use crate::contracts::model::Contact;
use crate::db::Connection;
use crate::db::types::Instant;
use crate::http::{List, NoFilter, PageParams, Path, Refusal, Reply, Result};
use crate::inquiries::InquiryId;
use crate::inquiries::post_message::without_customers;
use crate::inquiries::read::{ReadsThread, readable};
use crate::inquiries::reading::{self, FirstReading};
use crate::inquiries::store::Held;

/// A file as far as this caller sees it: 401, 403 or 404 else.
pub fn seen(
    db: &mut Connection,
    claim: &Claim,
    now: Instant,
    (id, attachment): (InquiryId, AttachmentId),
    desk: &Contact,
) -> Result<(Row, Held, FirstReading)> {
    let (held, first) = readable(db, claim, now, id, desk)?;
    check_reader(&held, claim)?;
    let row = store::find(db, id, attachment)?;
    let row = row.filter(|row| is_seen(&held, claim.kind(), row.author_kind, row.added_at));
    Ok((row.ok_or(Refusal::NotFound)?, held, first))
}

/// List files
///
/// Newest first. A partner sees them on inquiries that it opened: its own and the desk's, the
/// customer's only with `partner_access: full`.
#[utoipa::path(
    tag = "inquiries",
    params(("id" = InquiryId, Path, description = "The inquiry."), PageParams, ("Support-Id" = Option<String>, Header, nullable = false, max_length = 100, description = "The contract's ID; a partner must send it.")),
    responses((status = 200, description = "A page of attachments", body = AttachmentPage)),
    security(("customer" = []), ("staff" = []), ("client" = ["inquiries:read"]))
)]
#[get("/inquiries/{id}/attachments")]
pub async fn list_attachments(
    app: App,
    caller: Caller<ReadsThread>,
    Path(id): Path<InquiryId>,
    List(NoFilter {}, page): List<NoFilter>,
) -> Result<Reply> {
    let (now, contact, claim) = (app.now(), app.config().desk_contact(), (*caller).clone());
    let (mut rows, held, first, page) = app
        .read(move |db| {
            let (held, first) = readable(db, &claim, now, id, &contact)?;
            check_reader(&held, &claim)?;
            let (narrowed, astray) = (without_customers(claim.kind(), &held), held.hidden_from(claim.kind()));
            Ok((store::list(db, id, narrowed, astray, &page)?, held, first, page))
        })
        .await?;
    let next = page.cut(&mut rows, |row| (row.added_at, row.id));
    let desk = !caller.is_outside();
    let items = rows.into_iter().map(|row| AttachmentView::of(row, desk).marked(&held)).collect();
    reading::noted(&app, &caller, (first, AttachmentPage::reply(items, next, &page)?)).await
}

/// Read what is told of a file
///
/// Its name, size and hash; the bytes are at `…/content`.
#[utoipa::path(
    tag = "inquiries",
    params(("id" = InquiryId, Path, description = "The inquiry."), ("attachment" = AttachmentId, Path, description = "The attachment."), ("Support-Id" = Option<String>, Header, nullable = false, max_length = 100, description = "The contract's ID; a partner must send it.")),
    responses((status = 200, description = "The attachment", body = AttachmentView)),
    security(("customer" = []), ("staff" = []), ("client" = ["inquiries:read"]))
)]
#[get("/inquiries/{id}/attachments/{attachment}")]
pub async fn get_attachment(
    app: App,
    caller: Caller<ReadsThread>,
    Path(place): Path<(InquiryId, AttachmentId)>,
) -> Result<Reply> {
    let (now, contact, claim) = (app.now(), app.config().desk_contact(), (*caller).clone());
    let read = app.read(move |db| {
        let (row, held, first) = seen(db, &claim, now, place, &contact)?;
        let version = row.version;
        let view = AttachmentView::of(row, !claim.is_outside()).marked(&held);
        Ok((first, Reply::ok(&view)?.tagged(version)))
    });
    reading::noted(&app, &caller, read.await?).await
}
