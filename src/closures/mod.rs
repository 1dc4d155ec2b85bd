//! Closure decisions.
