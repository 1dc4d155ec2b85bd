//! Japanese search, pure but for [`cache`]: fold, cut into terms, weigh, ask.
//!
//! A FAQ's terms are written in the FAQ's own transaction as one packed row. Each process keeps an
//! index made of these rows; the statement that proves a caller also reads the rows' version, and
//! an index that is behind first takes what is new. So every answer is of the state that the
//! statement saw, on every node, and a search costs no row for each hit.

pub mod cache;
pub mod document;
pub mod fold;
pub mod index;
pub mod lexicon;
pub mod mark;
pub mod query;
pub mod score;
pub mod tokens;

pub use cache::Cache;
pub use document::{Text, pack, weigh};
pub use index::{Document, Face, Filter, Hit, Index};
pub use query::Plan;
