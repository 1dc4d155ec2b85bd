//! The list of routes, one line per domain. It also yields the OpenAPI document: what is not in
//! the one is not in the other.

use actix_web::App as ActixApp;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa_actix_web::AppExt;
use utoipa_actix_web::service_config::ServiceConfig;

/// Pages that are served and not in the document.
pub const PAGES: &[&str] = &["/", "/docs", "/docs/{*rest}", "/demo/clock"];

/// Every operation.
pub fn routes(config: &mut ServiceConfig<'_>) {
    crate::accounts::root_routes(config);
    config.service(utoipa_actix_web::scope("/v1").configure(|v1: &mut ServiceConfig<'_>| {
        crate::accounts::routes(v1);
        crate::terms::routes(v1);
        crate::calendar::routes(v1);
        crate::contracts::routes(v1);
        crate::inquiries::routes(v1);
        crate::escalations::routes(v1);
        crate::closures::routes(v1);
        crate::events::routes(v1);
    }));
}

/// Pages and files that are served beside the operations.
pub fn pages(_config: &mut actix_web::web::ServiceConfig) {}

/// What the document says beside the operations.
#[derive(utoipa::OpenApi)]
#[openapi(info(title = "Madoguchi"))]
struct Front;

/// The document.
pub fn document() -> OpenApi {
    ActixApp::new().into_utoipa_app().openapi(Front::openapi()).configure(routes).split_for_parts().1
}
