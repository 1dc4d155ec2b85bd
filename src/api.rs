//! The list of routes, one line per domain. It also yields the OpenAPI document: what is not in
//! the one is not in the other.

pub mod complete;
pub mod frame;
pub mod japanese;

use actix_web::App as ActixApp;
use actix_web::http::Method;
use utoipa::openapi::OpenApi;
use utoipa_actix_web::AppExt;
use utoipa_actix_web::service_config::ServiceConfig;

/// Pages that are served and not in the document, with their one method.
pub const PAGES: &[(&str, Method)] = &[
    ("/", Method::GET),
    ("/docs", Method::GET),
    ("/docs/", Method::GET),
    ("/docs/{*rest}", Method::GET),
    ("/demo/clock", Method::POST),
];

/// Every operation.
pub fn routes(config: &mut ServiceConfig<'_>) {
    crate::accounts::root_routes(config);
    crate::pages::routes(config);
    crate::subscriptions::root_routes(config);
    config.service(utoipa_actix_web::scope("/v1").configure(|v1: &mut ServiceConfig<'_>| {
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
    }));
}

/// Pages and files that are served beside the operations.
pub fn pages(config: &mut actix_web::web::ServiceConfig) {
    crate::pages::for_people(config);
}

/// The document: the frame, what the handlers say of themselves, and what goes for all of them.
pub fn document() -> OpenApi {
    let app = ActixApp::new().into_utoipa_app().openapi(frame::frame()).configure(routes);
    complete::complete(app.split_for_parts().1)
}
