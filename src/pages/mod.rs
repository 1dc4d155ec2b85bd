//! What is served beside the interface proper: health, the document, and pages for people.

pub mod clock;
pub mod document;
pub mod health;
pub mod home;
pub mod html;
pub mod problem;

use crate::http::Services;

/// The pages that the document names.
pub fn routes(root: &mut impl Services) {
    root.service(health::get_liveness)
        .service(health::get_readiness)
        .service(document::get_document)
        .service(document::get_japanese_document)
        .service(problem::get_problem);
}

/// The pages that are for people only.
pub fn for_people(root: &mut actix_web::web::ServiceConfig) {
    root.service(clock::set_demo_clock)
        .service(home::home)
        .service(document::docs)
        .service(document::docs_folder)
        .service(document::docs_file);
}
