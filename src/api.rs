//! The list of routes, one line per domain. It also yields the OpenAPI document: what is not in
//! the one is not in the other.

pub mod complete;
pub mod frame;
pub mod japanese;

use std::sync::LazyLock;

use actix_web::App as ActixApp;
use actix_web::http::Method;
use actix_web::web::ServiceConfig as Served;
use utoipa::openapi::OpenApi;
use utoipa_actix_web::AppExt;
use utoipa_actix_web::service_config::ServiceConfig as Documented;

use crate::http::front::Routes;
use crate::http::{Problem, Result, Services};

/// Pages that are served and not in the document, with their one method.
pub const PAGES: &[(&str, Method)] = &[
    ("/", Method::GET),
    ("/docs", Method::GET),
    ("/docs/", Method::GET),
    ("/docs/{*rest}", Method::GET),
    ("/demo/clock", Method::POST),
];

/// Every operation that is not below `/v1`.
fn root(root: &mut impl Services) {
    crate::accounts::root_routes(root);
    crate::pages::routes(root);
    crate::subscriptions::root_routes(root);
}

/// Every operation below `/v1`; what is asked for most comes first.
fn v1(v1: &mut impl Services) {
    crate::inquiries::routes(v1);
    crate::accounts::routes(v1);
    crate::terms::routes(v1);
    crate::calendar::routes(v1);
    crate::contracts::routes(v1);

    crate::attachments::routes(v1);
    crate::customer_information::routes(v1);
    crate::escalations::routes(v1);
    crate::closures::routes(v1);
    crate::releases::routes(v1);
    crate::subscriptions::routes(v1);
    crate::downloads::routes(v1);
    crate::faqs::routes(v1);
    crate::triage::routes(v1);
    crate::events::routes(v1);
    crate::reports::routes(v1);
}

/// Every operation, to be served.
pub fn routes(config: &mut Served) {
    root(config);
    config.service(actix_web::web::scope("/v1").configure(v1));
}

/// Pages and files that are served beside the operations.
pub fn pages(config: &mut Served) {
    crate::pages::for_people(config);
}

/// The document: the frame, what the handlers say of themselves, and what goes for all of them.
pub fn document() -> OpenApi {
    let app = ActixApp::new().into_utoipa_app().openapi(frame::frame()).configure(|config: &mut Documented<'_>| {
        root(config);
        config.service(utoipa_actix_web::scope("/v1").configure(|config: &mut Documented<'_>| v1(config)));
    });
    complete::complete(app.split_for_parts().1)
}

/// What is made of the document: on a thread of its own, with which goes the memory that it took.
pub fn of_document<T: Send>(make: impl FnOnce(OpenApi) -> Result<T> + Send) -> Result<T> {
    let made = std::thread::scope(|scope| scope.spawn(|| make(document())).join());
    made.unwrap_or_else(|_| Err(Problem::bug("the document cannot be made")))
}

/// The paths and methods that there are.
pub static PATHS: LazyLock<Result<Routes>> = LazyLock::new(|| of_document(|document| Routes::new(&document, PAGES)));
