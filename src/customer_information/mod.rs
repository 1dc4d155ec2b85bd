//! The customer's system, set apart from the thread: environment, settings and what was done. It is
//! used for its inquiry only (SW-4.2.1-C5, SA-5.2.1-C5): never searched, never in an event, and
//! every reading by the desk and by scripts is logged.

pub mod reads;
pub mod store;
pub mod view;

mod erase;
mod list_reads;
mod put;
mod read;

use crate::http::Services;

/// A reading of what the customer entrusted.
#[derive(Debug)]
pub struct ContentRead;
/// Its id; under this name the document knows it.
pub type ContentReadId = crate::db::types::Id<ContentRead>;

/// The routes of customer information.
pub fn routes(v1: &mut impl Services) {
    v1.service(read::get_customer_information)
        .service(put::put_customer_information)
        .service(erase::erase_customer_information)
        .service(list_reads::list_customer_information_reads);
}
