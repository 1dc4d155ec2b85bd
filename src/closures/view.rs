//! What callers see of a decision.

use serde::Serialize;
use utoipa::ToSchema;

use super::ClosureDecisionId;
use super::model::Evidence;
use super::store::{Row, Seen};
use crate::auth::claim::Claim;
use crate::contracts::{ContractId, ProductId};
use crate::db::types::Instant;
use crate::http::text::Reason;
use crate::inquiries::InquiryId;
use crate::inquiries::view::outward;
use crate::terms::codes::{CallerKind, ClosureCode, Kind, PartnerAccess};

/// Who decided.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClosureJudge {
    /// The kind; whoever of the desk is `agent` outside it.
    pub kind: CallerKind,
    /// The row; null outside the desk.
    #[schema(required, format = "uuid", max_length = 36)]
    pub id: Option<String>,
    /// For a script, the manager who granted it the right to judge; null outside the desk.
    #[schema(required, format = "uuid", max_length = 36)]
    pub granted_by: Option<String>,
}

/// That a decision was taken back.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClosureRevocationNote {
    /// When.
    pub revoked_at: Instant,
    /// Why. The desk's answers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 2000)]
    pub reason: Option<String>,
}

/// A closure decision. It is never changed; a revocation stands beside it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClosureDecision)]
pub struct DecisionView {
    /// The decision.
    pub id: ClosureDecisionId,
    /// Its inquiry.
    pub inquiry: InquiryId,
    /// The inquiry's contract.
    pub contract: ContractId,
    /// The inquiry's product.
    pub product: ProductId,
    /// The inquiry's kind at the decision. Absent for a partner with summary access.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub kind: Option<Kind>,
    /// Under which of the ten conditions it is completed.
    pub code: ClosureCode,
    /// The clause of that condition, of section 4 or 5 by the product's delivery. Absent for a
    /// partner with summary access.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 20, example = "SW-4.2.1-C21")]
    pub clause: Option<String>,
    /// The version of the service terms. Absent for a partner with summary access.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 20)]
    pub terms_version: Option<String>,
    /// Who decided.
    pub decided_by: ClosureJudge,
    /// When.
    pub decided_at: Instant,
    /// What the customer is told of it. Absent for a partner with summary access.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub explanation: Option<Reason>,
    /// What it rests on. The desk's answers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub evidence: Option<Evidence>,
    /// That it was taken back; null while it is in effect.
    #[schema(required)]
    pub revocation: Option<ClosureRevocationNote>,
}

impl DecisionView {
    /// The decision as this caller sees it; none is the same 404 as no decision.
    pub fn of(seen: Seen, claim: &Claim) -> Option<Self> {
        let Seen { row, opener, access, revocation, channel: _ } = seen;
        let (summary, desk) = match claim {
            Claim::Partner { reseller, .. } if opener != Some(*reseller) => match access {
                PartnerAccess::None => return None,
                PartnerAccess::Summary => (true, false),
                PartnerAccess::Full => (false, false),
            },
            other => (false, !other.is_outside()),
        };
        Some(Self::new(row, summary, desk, revocation))
    }

    /// The decision as the desk sees it.
    pub fn for_desk(row: Row) -> Self {
        Self::new(row, false, true, None)
    }

    fn new(row: Row, summary: bool, desk: bool, revocation: Option<String>) -> Self {
        Self {
            id: row.id,
            inquiry: row.inquiry_id,
            contract: row.contract_id,
            product: row.product_id,
            kind: Some(row.kind).filter(|_| !summary),
            code: row.code,
            clause: Some(row.clause).filter(|_| !summary),
            terms_version: Some(row.terms_version).filter(|_| !summary),
            decided_by: ClosureJudge {
                kind: outward(row.decided_by_kind, desk),
                id: desk.then(|| row.decided_by_id.to_string()),
                granted_by: row.granted_by_id.filter(|_| desk).map(|id| id.to_string()),
            },
            decided_at: row.decided_at,
            explanation: row.evidence.0.explanation.clone().filter(|_| !summary),
            evidence: desk.then_some(row.evidence.0),
            revocation: row
                .revoked_at
                .map(|revoked_at| ClosureRevocationNote { revoked_at, reason: revocation.filter(|_| desk) }),
        }
    }
}
