//! The inquiry and its thread: opening, reading, answering, triage, investigation.

pub mod model;
pub mod store;
pub mod view;

/// An inquiry.
#[derive(Debug)]
pub struct Inquiry;
/// Its id; under this name the document knows it.
pub type InquiryId = crate::db::types::Id<Inquiry>;

/// A message of its thread.
#[derive(Debug)]
pub struct Message;
/// Its id; under this name the document knows it.
pub type MessageId = crate::db::types::Id<Message>;

/// A step of its investigation.
#[derive(Debug)]
pub struct Step;
/// Its id; under this name the document knows it.
pub type StepId = crate::db::types::Id<Step>;

/// A request to its customer.
#[derive(Debug)]
pub struct InformationRequest;
/// Its id; under this name the document knows it.
pub type InformationRequestId = crate::db::types::Id<InformationRequest>;

/// A change of its kind, product, version or matter.
#[derive(Debug)]
pub struct Reclassification;

/// A topic that was sent elsewhere.
#[derive(Debug)]
pub struct Redirection;
/// Its id; under this name the document knows it.
pub type RedirectionId = crate::db::types::Id<Redirection>;
