//! The service terms as data: clauses, versions and every code that the interface speaks in.

pub mod codes;
pub mod model;

pub use codes::*;
pub use model::*;
