//! Who is to be told by mail, and was it delivered?
//!
//! A command never sends: it calls [`outbox::enqueue`] in its own transaction, and a worker writes
//! the letter and sends it later. So nothing is told of what was rolled back, and nothing is
//! forgotten that was committed. A crash between sending and marking sends again, under the same
//! `Message-ID`.
//!
//! A row holds what a letter is written from and not the letter: the texts are in
//! `locales/mail.yml`, and what is secret is made when the letter is written.

pub mod letter;
pub mod model;
pub mod notices;
pub mod outbox;
pub mod store;
pub mod transport;

/// A mail of the outbox.
#[derive(Debug)]
pub struct Mail;

/// Its id.
pub type MailId = crate::db::types::Id<Mail>;
