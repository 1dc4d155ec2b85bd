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
    crate::contracts::routes(config);
}

/// What the document says beside the operations.
#[derive(utoipa::OpenApi)]
#[openapi(info(title = "Madoguchi"))]
struct Front;

/// The document.
pub fn document() -> OpenApi {
    ActixApp::new().into_utoipa_app().openapi(Front::openapi()).configure(routes).split_for_parts().1
}
