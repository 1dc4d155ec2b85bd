//! The tests of the whole: through HTTP, on both databases.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test that panics has failed, which is what it is for"
)]

#[macro_use]
mod support;

mod access;
mod accounts;
mod backends;
mod calendar_rules;
mod clauses;
mod closures;
mod codes;
mod contracts;
mod contracts_model;
mod demo;
mod events;
mod faq_search;
mod faqs;
mod hostile;
mod house;
mod inquiries;
mod inquiry_views;
mod lists;
mod messages;
mod openapi;
mod public;
mod requests;
mod rules;
mod tokens;
