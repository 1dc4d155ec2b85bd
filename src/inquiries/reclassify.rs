//! `POST /v1/inquiries/{id}/reclassifications`: another kind, product, version or matter, with the
//! reason; what it was is kept.

use actix_web::post;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;

use super::model::{code_or_null, unknown_reference};
use super::store::thread::{self, ReclassificationRow};
use super::store::{self, Classification, Held, Told};
use super::{InquiryId, ReclassificationId};
use crate::app::{App, Tx};
use crate::auth::claim::{Caller, Gate, Privilege};
use crate::auth::proof::{Actor, prove};
use crate::contracts::ProductId;
use crate::contracts::store as contracts;
use crate::db::types::{Doc, Id, Instant};
use crate::events::model::{Change, NewEvent, Subject};
use crate::http::text::{Reason, VersionName};
use crate::http::{
    IfMatch, Json, Key, KeyParam, Patch, Path, Problem, ProblemView, Refusal, Reply, RequiredIfMatchParam, Result,
};
use crate::terms::codes::{Action, Code, Delivery, EventType, Kind, Matter};

/// Reclassifies inquiries.
pub struct Reclassifies;
impl Privilege for Reclassifies {
    const GATE: Gate = Gate::shut().agent();
}

/// What an inquiry is to be classified as. Absent stays.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReclassifyInquiry {
    /// The kind.
    #[serde(default)]
    #[schema(nullable = false)]
    pub kind: Option<Kind>,
    /// The product: one of the contract's.
    #[serde(default)]
    #[schema(nullable = false)]
    pub product_id: Option<ProductId>,
    /// The version; null is "unknown". Not for SaaS.
    #[serde(default)]
    #[schema(value_type = Option<VersionName>)]
    pub product_version: Patch<VersionName>,
    /// What a SaaS inquiry is about; null takes it away. Not for software.
    #[serde(default)]
    #[schema(value_type = Option<Matter>)]
    pub matter: Patch<Matter>,
    /// Why.
    pub reason: Reason,
}

/// A reclassification.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Reclassification)]
pub struct ReclassificationView {
    /// The reclassification.
    pub id: ReclassificationId,
    /// The kind now.
    pub kind: Kind,
    /// The product now.
    pub product_id: ProductId,
    /// The version now.
    #[schema(required, max_length = 50)]
    pub product_version: Option<String>,
    /// The matter now.
    #[schema(required)]
    pub matter: Option<Matter>,
    /// Why.
    pub reason: Reason,
    /// When.
    pub reclassified_at: Instant,
}

/// Reclassify an inquiry
///
/// Kind, product, version or, for SaaS, the matter: defects, incidents and unpublished
/// specifications are then investigated by escalation only (SA-5.2.1-C12).
#[utoipa::path(
    tag = "inquiries",
    params(("id" = InquiryId, Path, description = "The inquiry."), KeyParam, RequiredIfMatchParam),
    request_body = ReclassifyInquiry,
    responses(
        (status = 201, description = "The reclassification; the ETag is the inquiry's", body = ReclassificationView),
        (status = 409, description = "`inquiry_closed` `state_conflict`", body = ProblemView, content_type = "application/problem+json"),
        (status = 422, description = "`product_not_contracted` `product_version_required` `product_version_not_applicable` `validation_failed`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[post("/inquiries/{id}/reclassifications")]
pub async fn reclassify_inquiry(
    app: App,
    caller: Caller<Reclassifies>,
    Path(id): Path<InquiryId>,
    key: Key,
    expected: IfMatch,
    Json(request): Json<ReclassifyInquiry>,
) -> Result<Reply> {
    let expected = expected.required()?;
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let held = store::hold(tx, &actor, now, id)?;
        tx.once()?;
        expected.holds(held.row.version)?;
        reclassify(tx, &actor, &held, request)
    })
    .await
}

/// The reclassification of an inquiry that is held; a batch comes here too.
pub fn reclassify(tx: &mut Tx<'_>, actor: &Actor, held: &Held, request: ReclassifyInquiry) -> Result<Change<Reply>> {
    let (now, id) = (tx.now, held.row.id);
    held.situation(actor).may(Action::Reclassify)?;
    let before = Classification {
        kind: held.row.kind,
        product_id: held.row.product_id,
        product_version: held.row.product_version.clone(),
        matter: held.row.matter,
    };
    let after = classify(tx, held, &before, &request)?;
    let row = ReclassificationRow {
        id: tx.new_id(),
        inquiry_id: id,
        before_facts: Doc(json!(before)),
        after_facts: Doc(json!(after)),
        reason: request.reason.to_string(),
        reclassified_by: Id::new(actor.id),
        reclassified_at: now,
    };
    let version = store::advance(tx, &held.row, held.row.life(), now, false)?;
    store::set_classification(tx, id, &after)?;
    thread::insert_reclassification(tx, &row)?;
    let data = json!({
        "reclassification": row.id, "kind": after.kind.as_str(), "product": after.product_id,
        "matter": code_or_null(after.matter),
    });
    let event = NewEvent::by(actor, EventType::InquiryReclassified, Subject::new("inquiry", id), data)
        .on(held.row.contract_id, held.feed(Told::Full));
    let view = ReclassificationView {
        id: row.id,
        kind: after.kind,
        product_id: after.product_id,
        product_version: after.product_version,
        matter: after.matter,
        reason: request.reason,
        reclassified_at: now,
    };
    Ok(Change::new(Reply::created(&format!("/v1/inquiries/{id}"), &view)?.tagged(version), event))
}

/// The classification asked for, if the contract and the product's delivery allow it.
fn classify(
    tx: &mut Tx<'_>,
    held: &Held,
    before: &Classification,
    request: &ReclassifyInquiry,
) -> Result<Classification> {
    let named = request.kind.is_some() || request.product_id.is_some();
    if !named && request.product_version == Patch::Absent && request.matter == Patch::Absent {
        return Err(Problem::fault("/kind", "one_of_required"));
    }
    let product_id = request.product_id.unwrap_or(before.product_id);
    let product = contracts::product(tx, product_id)?.ok_or_else(|| unknown_reference("/product_id"))?;
    let other = product_id != before.product_id;
    if other && !held.contract.product_ids.0.contains(&product_id) {
        return Err(Problem::from(Refusal::ProductNotContracted)
            .with("contact", "-")
            .under(product.delivery, &held.terms_version));
    }
    let product_version = match (&request.product_version, product.delivery) {
        (Patch::Absent, Delivery::Saas) => None,
        (_, Delivery::Saas) => return Err(Refusal::ProductVersionNotApplicable.into()),
        (Patch::Absent, Delivery::Software) if other => return Err(Refusal::ProductVersionRequired.into()),
        (Patch::Absent, Delivery::Software) => before.product_version.clone(),
        (Patch::Null, Delivery::Software) => None,
        (Patch::Value(version), Delivery::Software) => Some(version.to_string()),
    };
    let matter = match (&request.matter, product.delivery) {
        (Patch::Value(_), Delivery::Software) => return Err(Problem::fault("/matter", "not_allowed_here")),
        (_, Delivery::Software) | (Patch::Null, Delivery::Saas) => None,
        (Patch::Absent, Delivery::Saas) => before.matter,
        (Patch::Value(matter), Delivery::Saas) => Some(*matter),
    };
    Ok(Classification { kind: request.kind.unwrap_or(before.kind), product_id, product_version, matter })
}
