//! Questions to the vendor: what was passed on, what came back, and whether it may be told.

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
