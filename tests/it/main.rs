//! The tests of the whole: through HTTP, on both databases.

#[macro_use]
mod support;

mod calendar_rules;
mod codes;
mod events;
mod house;
mod openapi;
mod public;
