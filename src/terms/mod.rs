//! The service terms as data: clauses, versions and every code that the interface speaks in.

pub mod codes;
pub mod model;
pub mod read;

use crate::http::Services;

pub use codes::*;
pub use model::*;

/// The routes of the terms and codes.
pub fn routes(v1: &mut impl Services) {
    v1.service(read::list_terms).service(read::get_terms).service(read::get_clause).service(read::list_codes);
}
