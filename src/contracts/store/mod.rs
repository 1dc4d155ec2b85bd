//! Every query of contracts and what they stand on, by noun.

mod administrators;
mod products;

pub use administrators::*;
pub use products::*;
