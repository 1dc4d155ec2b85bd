//! What a month comes to, in numbers that a list can explain.

pub mod model;

mod read;
mod store;
mod view;

/// The routes of reports.
pub fn routes(v1: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    v1.service(read::get_monthly_report);
}
