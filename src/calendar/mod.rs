//! Reception hours, holidays, company days and business time.

pub mod holidays;
pub mod model;
pub mod store;
