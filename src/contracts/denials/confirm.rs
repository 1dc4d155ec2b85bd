//! `POST /v1/contracts/{id}/denials`: a manager confirms what stops the service.

use actix_web::post;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;

use super::super::store::{self, ContractRow, DenialRow, SpanRow};
use super::super::{Contract, ContractId, Manages, ProductId};
use super::DenialView;
use crate::app::{App, Tx};
use crate::auth::claim::Caller;
use crate::auth::proof::{Actor, prove};
use crate::contracts::Reseller;
use crate::db::types::Id;
use crate::events::model::{Change, NewEvent, Subject};
use crate::http::problem::Word;
use crate::http::text::{Day, Reason};
use crate::http::{Fault, Json, Key, KeyParam, Path, Problem, ProblemView, Refusal, Reply, Result};
use crate::inquiries::InquiryId;
use crate::inquiries::model::{id_or_null, unknown_reference};
use crate::inquiries::store::{Told, held};
use crate::terms::codes::{Code, Denial, EventType};

/// What is confirmed, of which product or inquiry, and what it rests on.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmDenial {
    /// What is confirmed.
    pub code: Denial,
    /// The product that is no longer served: one of the contract's. Demanded, but for
    /// `vendor_information_unavailable`.
    #[serde(default)]
    #[schema(nullable = false)]
    pub product_id: Option<ProductId>,
    /// The inquiry that is not served: with `vendor_information_unavailable` only, and demanded
    /// there.
    #[serde(default)]
    #[schema(nullable = false)]
    pub inquiry_id: Option<InquiryId>,
    /// What it rests on; only the desk reads it.
    pub evidence: Reason,
    /// The first day on which it holds: today or before; absent, today.
    #[serde(default)]
    #[schema(nullable = false)]
    pub effective_on: Option<Day>,
}

/// Confirm a denial
///
/// From its first day the customer's side is refused what it asks for the product: inquiries,
/// replies, results, files, programs, notices (DEN-6-C1 to C3); or its replies on the one inquiry
/// that needs what the manufacturer does not give (DEN-6-C4). What was so far stays readable.
#[utoipa::path(
    tag = "contracts",
    params(("id" = ContractId, Path, description = "The contract"), KeyParam),
    request_body = ConfirmDenial,
    responses(
        (status = 201, description = "The denial; the ETag is the contract's", body = DenialView),
        (status = 409, description = "`state_conflict`: the same is confirmed already and not lifted", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[post("/contracts/{id}/denials")]
pub async fn confirm_denial(
    app: App,
    caller: Caller<Manages>,
    Path(id): Path<Id<Contract>>,
    key: Key,
    Json(body): Json<ConfirmDenial>,
) -> Result<Reply> {
    body.check_shape()?;
    let claim = (*caller).clone();
    app.write(key, move |tx| {
        let (now, today) = (tx.now, tx.today());
        let actor = prove(tx, &claim, now)?;
        let (contract, span) = store::contract_on(tx, id, today)?.ok_or(Refusal::NotFound)?;
        tx.once()?;
        // With the contract's row held, the same cannot be confirmed twice at once.
        store::touch_contract(tx, id, now)?;
        let row = body.row(tx, &actor, &contract);
        if store::is_confirmed(tx, &row)? {
            let confirmed = Word::Each { ja: "確認済み".to_owned(), en: "confirmed".to_owned() };
            return Err(Problem::from(Refusal::StateConflict).with("state", confirmed));
        }
        if row.effective_on > today {
            return Err(Problem::fault("/effective_on", "in_the_future"));
        }
        check_own(tx, &actor, &row, &span)?;
        let told_to = told_to(tx, &actor, &row, &span)?;
        store::insert_denial(tx, &row)?;
        let data = json!({
            "code": row.code.as_str(), "effective_on": Day::from(row.effective_on),
            "product": id_or_null(row.product_id), "inquiry": id_or_null(row.inquiry_id),
        });
        let event = NewEvent::by(&actor, EventType::DenialConfirmed, Subject::new("denial", row.id), data);
        let place = format!("/v1/contracts/{id}/denials/{}", row.id);
        let reply = Reply::created(&place, &DenialView::of(row, None, today))?;
        Ok(Change::new(reply.tagged(contract.version.saturating_add(1)), event.on(id, told_to)))
    })
    .await
}

impl ConfirmDenial {
    /// What the manufacturer does not give is missing for one case; the rest is about conduct, and
    /// so about the product.
    fn check_shape(&self) -> Result<()> {
        let of_a_case = self.code == Denial::VendorInformationUnavailable;
        let mut faults = Vec::new();
        for (pointer, given, wanted) in [
            ("/product_id", self.product_id.is_some(), !of_a_case),
            ("/inquiry_id", self.inquiry_id.is_some(), of_a_case),
        ] {
            match (given, wanted) {
                (true, false) => faults.push(Fault::at(pointer, "not_allowed_here")),
                (false, true) => faults.push(Fault::at(pointer, "required")),
                _ => {}
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(Problem::faults(faults)) }
    }

    fn row(&self, tx: &Tx<'_>, actor: &Actor, contract: &ContractRow) -> DenialRow {
        DenialRow {
            id: tx.new_id(),
            contract_id: contract.id,
            code: self.code,
            product_id: self.product_id,
            inquiry_id: self.inquiry_id,
            evidence: self.evidence.clone(),
            effective_on: self.effective_on.map_or(tx.today(), Day::date),
            confirmed_by: Id::new(actor.id),
            recorded_at: tx.now,
            lifted_on: None,
        }
    }
}

/// What is denied must be the contract's own: a foreign product or inquiry is the same as none.
fn check_own(tx: &mut Tx<'_>, actor: &Actor, row: &DenialRow, span: &SpanRow) -> Result<()> {
    let now = tx.now;
    if let Some(inquiry) = row.inquiry_id {
        return match held(tx, actor, now, inquiry) {
            Ok(held) if held.row.contract_id == row.contract_id => Ok(()),
            Err(problem) if problem.refusal() != Refusal::NotFound => Err(problem),
            _ => Err(unknown_reference("/inquiry_id")),
        };
    }
    match row.product_id {
        Some(product) if !span.product_ids.0.contains(&product) => Err(unknown_reference("/product_id")),
        _ => Ok(()),
    }
}

/// The reseller in whose feed a denial shows: a product's as its contract, an inquiry's as far as
/// that inquiry is seen in full.
pub fn told_to(tx: &mut Tx<'_>, actor: &Actor, row: &DenialRow, span: &SpanRow) -> Result<Option<Id<Reseller>>> {
    let now = tx.now;
    match row.inquiry_id {
        Some(inquiry) => Ok(held(tx, actor, now, inquiry)?.feed(Told::Full)),
        None => Ok(span.reseller_id),
    }
}
