//! What the customer's side entrusted, and what became of it: content that was taken away, by the
//! one whose it was, by the desk, or because its time was over. Hash and record stay.

pub mod retain;
pub mod store;
pub mod view;

use aws_lc_rs::digest::{SHA256, digest};

/// A content that was taken away.
#[derive(Debug)]
pub struct Erasure;
/// Its id; under this name the document knows it.
pub type ErasureId = crate::db::types::Id<Erasure>;

/// The hash by which texts that are gone can be told: SHA-256 over all of them, with U+0000, which
/// no text holds, between. What there was none of counts as empty.
pub fn hash(texts: &[Option<&str>]) -> Vec<u8> {
    let texts: Vec<&str> = texts.iter().map(|text| text.unwrap_or_default()).collect();
    digest(&SHA256, texts.join("\0").as_bytes()).as_ref().to_vec()
}
