//! The inquiry and its thread.

/// An inquiry.
#[derive(Debug)]
pub struct Inquiry;

/// Its id; under this name the document knows it.
pub type InquiryId = crate::db::types::Id<Inquiry>;
