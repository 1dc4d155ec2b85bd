//! The tests of the whole: through HTTP, on both databases.

#[macro_use]
mod support;

mod accounts;
mod calendar_rules;
mod codes;
mod contracts;
mod contracts_model;
mod events;
mod tokens;
