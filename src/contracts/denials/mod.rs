//! `/v1/contracts/{id}/denials`: confirmed conditions under which the service is not provided
//! (DEN-6-C0). Who suspects one writes a note; a denial stops something, so a manager confirms it.
//!
//! A denial of a product stops what the customer's side asks for that product; a denial of one
//! inquiry stops its replies there and nothing else. The desk goes on, and history stays readable.

use diesel::Queryable;
use serde::Serialize;
use time::Date;
use utoipa::ToSchema;

use super::ProductId;
use super::store::{DenialRow, LiftingRow};
use crate::accounts::StaffId;
use crate::db::types::{Id, Instant};
use crate::http::text::{Day, Reason};
use crate::inquiries::InquiryId;
use crate::terms::codes::{ClauseId, Code, Delivery, Denial};

pub mod confirm;
pub mod lift;
pub mod read;

/// A denial.
#[derive(Debug)]
pub struct ServiceDenial;
/// Its id; under this name the document knows it.
pub type DenialId = Id<ServiceDenial>;

/// The end of a denial.
#[derive(Debug)]
pub struct DenialLifting;
/// Its id; under this name the document knows it.
pub type DenialLiftingId = Id<DenialLifting>;

/// A denial as a refusal names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Queryable, ToSchema)]
pub struct DenialReference {
    /// The denial.
    pub id: DenialId,
    /// What was confirmed.
    pub code: Denial,
}

/// The end of a denial.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = DenialLifting)]
pub struct LiftingView {
    /// The lifting.
    pub id: DenialLiftingId,
    /// Why.
    pub reason: Reason,
    /// The first day on which the denial no longer holds.
    pub effective_on: Day,
    /// Who lifted it.
    pub lifted_by: StaffId,
    /// When it was recorded.
    pub recorded_at: Instant,
}

/// A confirmed denial: of a product, or of one inquiry. It is never changed; a lifting stands
/// beside it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ServiceDenial)]
pub struct DenialView {
    /// The denial.
    pub id: DenialId,
    /// What was confirmed.
    pub code: Denial,
    /// The clause behind it.
    #[schema(value_type = String, max_length = 20, example = "DEN-6-C1")]
    pub clause: Option<ClauseId>,
    /// The product that is no longer served; null for a denial of one inquiry.
    #[schema(required)]
    pub product_id: Option<ProductId>,
    /// The inquiry that is not served; null for a denial of a product.
    #[schema(required)]
    pub inquiry_id: Option<InquiryId>,
    /// What it rests on.
    pub evidence: Reason,
    /// The first day on which it holds.
    pub effective_on: Day,
    /// Who confirmed it.
    pub confirmed_by: StaffId,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// Whether it holds today.
    pub in_effect: bool,
    /// What ended it; null while nothing has.
    #[schema(required)]
    pub lifting: Option<LiftingView>,
}

impl From<LiftingRow> for LiftingView {
    fn from(row: LiftingRow) -> Self {
        Self {
            id: row.id,
            reason: row.reason,
            effective_on: row.effective_on.into(),
            lifted_by: row.lifted_by,
            recorded_at: row.recorded_at,
        }
    }
}

impl DenialView {
    fn of(row: DenialRow, lifting: Option<LiftingRow>, today: Date) -> Self {
        Self {
            in_effect: row.holds_on(today),
            id: row.id,
            clause: row.code.clause(Delivery::Software), // one clause for both deliveries
            code: row.code,
            product_id: row.product_id,
            inquiry_id: row.inquiry_id,
            evidence: row.evidence,
            effective_on: row.effective_on.into(),
            confirmed_by: row.confirmed_by,
            recorded_at: row.recorded_at,
            lifting: lifting.map(LiftingView::from),
        }
    }
}

/// The version of a denial that holds still, and of one that was lifted: nothing else can come to
/// it.
const CONFIRMED: i32 = 1;
const LIFTED: i32 = 2;
