//! What a month comes to, in numbers that a list can explain.

pub mod model;

mod read;
mod store;
mod view;

use crate::http::Services;

/// The routes of reports.
pub fn routes(v1: &mut impl Services) {
    v1.service(read::get_monthly_report);
}
