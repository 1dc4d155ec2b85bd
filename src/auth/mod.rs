//! Who calls, and what that caller may do now.
//!
//! A token proves who; a row proves what. [`token`] verifies tokens, [`claim`] turns one into a
//! handler's argument, and [`proof`] reads the rows, with the work or in its transaction.

pub mod claim;
pub mod keys;
pub mod proof;
pub mod source;
pub mod store;
pub mod token;
