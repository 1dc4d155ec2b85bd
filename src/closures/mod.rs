//! Closure decisions: the desk judges an inquiry complete under one of ten conditions.

/// A closure decision.
#[derive(Debug)]
pub struct ClosureDecision;
/// Its id; under this name the document knows it.
pub type ClosureDecisionId = crate::db::types::Id<ClosureDecision>;
