//! `GET /v1/inquiries/{id}/customer-information`.

use actix_web::get;

use super::reads::{Entrusted, note};
use super::store;
use super::view::InformationView;
use crate::app::App;
use crate::attachments::model::{check_reader, is_seen};
use crate::auth::claim::{Caller, Gate, Header, Privilege};
use crate::http::{Path, Refusal, Reply, Result};
use crate::inquiries::InquiryId;
use crate::inquiries::read::readable;
use crate::inquiries::reading;
use crate::terms::codes::Scope;

/// Reads customer information.
pub struct ReadsInformation;
impl Privilege for ReadsInformation {
    const GATE: Gate = Gate::shut()
        .customer()
        .partner(Scope::InquiriesRead, Header::Required)
        .agent()
        .robot(Scope::CustomerInformationRead);
}

/// Read customer information
///
/// For this inquiry's purpose only (SW-4.2.1-C5, SA-5.2.1-C5). Readings by the desk and by scripts
/// are logged. A partner reads it on inquiries that it opened: what it wrote itself, what the
/// customer wrote only with `partner_access: full`.
#[utoipa::path(
    tag = "inquiries",
    params(("id" = InquiryId, Path, description = "The inquiry."), ("Support-Id" = Option<String>, Header, nullable = false, max_length = 100, description = "The contract's ID; a partner must send it.")),
    responses((status = 200, description = "The information; the ETag is its own", body = InformationView, headers(("ETag" = String)))),
    security(("customer" = []), ("staff" = []), ("client" = ["inquiries:read", "customer_information:read"]))
)]
#[get("/inquiries/{id}/customer-information")]
pub async fn get_customer_information(
    app: App,
    caller: Caller<ReadsInformation>,
    Path(id): Path<InquiryId>,
) -> Result<Reply> {
    let (now, contact, claim) = (app.now(), app.config().desk_contact(), (*caller).clone());
    let (row, first) = app
        .read(move |db| {
            let (held, first) = readable(db, &claim, now, id, &contact)?;
            check_reader(&held, &claim)?;
            let row =
                store::find(db, id)?.filter(|row| is_seen(&held, claim.kind(), row.written_by_kind, row.changed_at));
            Ok((row.ok_or(Refusal::NotFound)?, first))
        })
        .await?;
    note(&app, &caller, id, Entrusted::CustomerInformation)?;
    let version = row.version;
    let reply = Reply::ok(&InformationView::of(row, !caller.is_outside()))?.tagged(version);
    reading::noted(&app, &caller, (first, reply)).await
}
