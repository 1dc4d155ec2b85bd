//! The inquiry and its thread: opening, reading, answering, triage, investigation.

pub mod consent;
pub mod model;
pub mod open;
pub mod own;
pub mod post_message;
pub mod reception;
pub mod store;
pub mod view;

pub mod ask;
pub mod ask_to_resubmit;
mod assess;
mod assessment;
pub mod correct_contract;
pub mod log_step;
mod mask_message;
pub mod note;
pub mod read;
pub mod reading;
pub mod reclassify;
mod redirect;
mod report_result;
mod requester;
mod resubmission;
mod share_message;
pub mod supersede;
mod timeline;
pub mod triage;
pub mod withdraw_request;

use crate::http::Services;

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

/// A note that the desk writes for itself.
#[derive(Debug)]
pub struct Note;
/// Its id; under this name the document knows it.
pub type NoteId = crate::db::types::Id<Note>;

/// A change of its kind, product, version or matter.
#[derive(Debug)]
pub struct Reclassification;
/// Its id; under this name the document knows it.
pub type ReclassificationId = crate::db::types::Id<Reclassification>;

/// That a phone inquiry was logged on a wrong contract.
#[derive(Debug)]
pub struct ContractCorrection;
/// Its id; under this name the document knows it.
pub type ContractCorrectionId = crate::db::types::Id<ContractCorrection>;

/// A topic that was sent elsewhere.
#[derive(Debug)]
pub struct Redirection;
/// Its id; under this name the document knows it.
pub type RedirectionId = crate::db::types::Id<Redirection>;

/// The routes of inquiries.
pub fn routes(v1: &mut impl Services) {
    v1.service(open::open_inquiry)
        .service(read::list_inquiries)
        .service(read::get_inquiry)
        .service(triage::triage_inquiry)
        .service(timeline::list_timeline)
        .service(reclassify::reclassify_inquiry)
        .service(post_message::post_message)
        .service(post_message::list_messages)
        .service(post_message::get_message)
        .service(share_message::share_message)
        .service(mask_message::mask_message)
        .service(log_step::log_investigation_step)
        .service(log_step::list_investigation_steps)
        .service(note::write_note)
        .service(note::list_notes)
        .service(ask::request_information)
        .service(ask::list_information_requests)
        .service(ask::get_information_request)
        .service(report_result::report_result)
        .service(withdraw_request::withdraw_request)
        .service(ask_to_resubmit::request_web_resubmission)
        .service(supersede::supersede_inquiry)
        .service(correct_contract::correct_contract)
        .service(redirect::list_redirections)
        .service(assess::assess_inquiry);
}
