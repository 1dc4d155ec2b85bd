//! What every handler needs of HTTP: the front door, bodies, parameters, preconditions, pages,
//! answers and problems. It knows nothing of the desk's work.

pub mod front;
pub mod idempotency;
pub mod json;
pub mod members;
pub mod objects;
pub mod page;
pub mod patch;
pub mod path;
pub mod precondition;
pub mod problem;
pub mod query;
pub mod reply;
pub mod services;
pub mod text;

pub use front::Spoken;
pub use idempotency::{Key, KeyParam, RequiredKey, RequiredKeyParam};
pub use json::{Json, MergePatch, OptionalJson};
pub use members::Members;
pub use page::{List, NoFilter, Page, PageParams};
pub use patch::{Patch, present};
pub use path::Path;
pub use precondition::{IfMatch, IfMatchParam, RequiredIfMatchParam};
pub use problem::{Fault, Problem, ProblemView, Refusal, Result};
pub use query::{AnyOf, Query};
pub use reply::Reply;
pub use services::Services;
