//! Reception hours, holidays, company days and business time.

pub mod elapsed;
pub mod holidays;
pub mod model;
pub mod read;
pub mod recompute;
pub mod remove_day;
pub mod set_day;
pub mod store;
pub mod view;

use crate::http::Services;

/// The routes of reception and the calendar.
pub fn routes(v1: &mut impl Services) {
    v1.service(read::get_reception)
        .service(read::list_days)
        .service(read::count_business_time)
        .service(read::list_set_days)
        .service(read::get_set_day)
        .service(set_day::set_day)
        .service(remove_day::remove_day);
}
