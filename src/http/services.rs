//! Where handlers are entered.

use actix_web::dev::HttpServiceFactory;
use actix_web::web::ServiceConfig as Served;
use utoipa_actix_web::OpenApiFactory;
use utoipa_actix_web::service_config::ServiceConfig as Documented;

/// What routes are entered in: a server takes the services alone, the document what they say of
/// themselves as well.
pub trait Services {
    /// Enters a handler.
    fn service<S: HttpServiceFactory + OpenApiFactory + 'static>(&mut self, handler: S) -> &mut Self;
}

impl Services for Served {
    fn service<S: HttpServiceFactory + OpenApiFactory + 'static>(&mut self, handler: S) -> &mut Self {
        Self::service(self, handler)
    }
}

impl Services for Documented<'_> {
    fn service<S: HttpServiceFactory + OpenApiFactory + 'static>(&mut self, handler: S) -> &mut Self {
        Self::service(self, handler)
    }
}
