//! Madoguchi (窓口, "the support counter"): the JSON REST API that carries out the written terms of
//! a support service.
//!
//! The map, by what each room answers:
//!
//! - [`api`]: which operations are there? The list of routes, and the document made from it.
//! - [`terms`]: what do the service terms say, and which codes are there?
//! - [`calendar`]: when is the desk open, and how much business time has passed?
//! - [`contracts`]: who is entitled to what, on which day?
//! - [`accounts`]: who may sign in, and how?
//! - [`inquiries`], [`escalations`], [`closures`]: what was asked, answered and judged?
//! - [`customer_information`], [`attachments`], [`erasures`]: what did customers entrust, who read it,
//!   and what became of it?
//! - [`releases`], [`subscriptions`], [`deliveries`], [`downloads`]: what did the vendor release, who
//!   is told by mail, was it delivered, and who took what?
//! - [`files`]: where are the bytes that are too many for the database?
//! - [`faqs`]: what is known already, and how is it found in Japanese?
//! - [`triage`]: what waits for the desk, what could be done, and many acts in one call?
//! - [`events`]: what happened, provably?
//! - [`mail`]: who is to be told by mail, and was it delivered?
//! - [`reports`]: what does a month come to?
//! - [`auth`]: who calls, and what may that caller do now?
//! - [`http`]: bodies, parameters, pages, preconditions, problems.
//! - [`pages`]: is it well, where is its document, and what do people see in a browser?
//! - [`db`]: two databases behind one connection type.
//! - [`server`], [`workers`]: what runs?
//! - [`metrics`]: how does it go, for those who watch it?
//! - [`cli`]: what does the program do from a shell?
//!
//! What holds everywhere is written down in `ARCHITECTURE.md`, section 2.

rust_i18n::i18n!("locales", fallback = "ja");

pub mod accounts;
pub mod api;
pub mod app;
pub mod attachments;
pub mod auth;
pub mod calendar;
pub mod cli;
pub mod closures;
pub mod config;
pub mod contracts;
pub mod customer_information;
pub mod db;
pub mod deliveries;
pub mod downloads;
pub mod erasures;
pub mod escalations;
pub mod events;
pub mod faqs;
pub mod files;
pub mod http;
pub mod inquiries;
pub mod mail;
pub mod metrics;
pub mod pages;
pub mod releases;
pub mod reports;
pub mod server;
pub mod subscriptions;
pub mod terms;
pub mod time;
pub mod triage;
pub mod workers;
