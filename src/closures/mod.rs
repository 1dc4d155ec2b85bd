//! Closure decisions: the desk judges an inquiry complete under one of ten conditions.

pub mod model;
pub mod store;
pub mod view;

pub mod judge;
mod read;
pub mod revoke;

use crate::http::Services;

/// A closure decision.
#[derive(Debug)]
pub struct ClosureDecision;
/// Its id; under this name the document knows it.
pub type ClosureDecisionId = crate::db::types::Id<ClosureDecision>;

/// A revocation of a decision.
#[derive(Debug)]
pub struct ClosureRevocation;

/// The routes of closure decisions.
pub fn routes(v1: &mut impl Services) {
    v1.service(judge::judge_closure)
        .service(judge::check_closure)
        .service(read::list_closure_decisions)
        .service(read::get_closure_decision)
        .service(revoke::revoke_closure);
}
