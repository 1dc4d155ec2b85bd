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
mod assessments;
mod backends;
mod calendar_rules;
mod clauses;
mod closures;
mod codes;
mod contracts;
mod contracts_model;
mod deliveries;
mod demo;
mod denials;
mod downloads;
mod entrusted;
mod events;
mod examples;
mod faq_search;
mod faqs;
mod files;
mod hostile;
mod house;
mod inquiries;
mod inquiry_views;
mod isolation;
mod lists;
mod mail;
mod messages;
mod metrics;
mod notes;
mod notices;
mod openapi;
mod phone;
mod process;
mod public;
mod registration;
mod reports;
mod requests;
mod rules;
mod streams;
mod subscriptions;
mod successions;
mod timeline;
mod together;
mod tokens;
mod triage;
