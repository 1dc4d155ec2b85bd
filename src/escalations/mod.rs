//! Questions to the vendor: what was passed on, what came back, and whether it may be told.

pub mod store;

pub mod escalate;
mod read;
pub mod record_answer;
mod view;

use crate::http::Services;

/// A question to the vendor.
#[derive(Debug)]
pub struct Escalation;
/// Its id; under this name the document knows it.
pub type EscalationId = crate::db::types::Id<Escalation>;

/// An answer of the vendor's.
#[derive(Debug)]
pub struct VendorAnswer;
/// Its id; under this name the document knows it.
pub type VendorAnswerId = crate::db::types::Id<VendorAnswer>;

/// The routes of escalations.
pub fn routes(v1: &mut impl Services) {
    v1.service(escalate::escalate_inquiry)
        .service(read::list_escalations)
        .service(read::get_escalation)
        .service(record_answer::record_vendor_answer);
}
