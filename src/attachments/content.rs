//! `GET /v1/inquiries/{id}/attachments/{attachment}/content`: the bytes, whole or in part.

use actix_web::{HttpResponse, get};

use super::AttachmentId;
use super::read::seen;
use crate::app::App;
use crate::auth::claim::Caller;
use crate::customer_information::reads::{Entrusted, note};
use crate::files::{BinaryContent, Content, Wanted, WantedParams};
use crate::http::{Path, Problem, ProblemView, Refusal, Result};
use crate::inquiries::InquiryId;
use crate::inquiries::read::ReadsThread;
use crate::inquiries::reading;

/// Download a file
///
/// Always as bytes to be saved. One range at a time may be asked for. A file whose content was
/// taken away is the same 404 as none. Downloads by the desk are logged.
#[utoipa::path(
    tag = "inquiries",
    params(("id" = InquiryId, Path, description = "The inquiry."), ("attachment" = AttachmentId, Path, description = "The attachment."), WantedParams, ("Support-Id" = Option<String>, Header, nullable = false, max_length = 100, description = "The contract's ID; a partner must send it.")),
    responses(
        (status = 200, description = "The bytes", body = BinaryContent, content_type = "application/octet-stream", headers(("ETag" = String))),
        (status = 206, description = "The bytes of the range, which `Content-Range` names", body = BinaryContent, content_type = "application/octet-stream"),
        (status = 416, description = "`range_not_satisfiable`; `Content-Range` names the size", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("staff" = []), ("client" = ["inquiries:read"]))
)]
#[get("/inquiries/{id}/attachments/{attachment}/content")]
pub async fn get_attachment_content(
    app: App,
    caller: Caller<ReadsThread>,
    Path(place): Path<(InquiryId, AttachmentId)>,
    wanted: Wanted,
) -> Result<HttpResponse> {
    let (now, contact, claim) = (app.now(), app.config().desk_contact(), (*caller).clone());
    let (row, _, first) = app.read(move |db| seen(db, &claim, now, place, &contact)).await?;
    let content = Content {
        file: row.file().ok_or(Refusal::NotFound)?,
        size: u64::try_from(row.size).map_err(Problem::bug)?,
        name: row.name,
        sha256: row.sha256,
    };
    if !reading::note(&app, &caller, first).await?.is_empty() {
        return Err(Refusal::NotFound.into());
    }
    note(&app, &caller, row.inquiry_id, Entrusted::Attachment(row.id))?;
    content.serve(app.files(), &wanted).await
}
