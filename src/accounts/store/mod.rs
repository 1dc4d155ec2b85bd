//! Every query of this domain, by what it asks about.

pub mod clients;
pub mod people;
pub mod sessions;
pub mod staff;
