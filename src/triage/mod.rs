//! What waits for the desk, what could be done about it, and many acts in one call.

pub mod model;

mod queue;
mod run_batch;
mod store;
mod view;

use crate::http::Services;

/// The routes of triage.
pub fn routes(v1: &mut impl Services) {
    v1.service(queue::list_triage_queue).service(run_batch::run_triage_batch);
}
