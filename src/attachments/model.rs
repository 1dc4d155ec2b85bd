//! Whose a file is, who sees it, and what it is called.

use unicode_normalization::UnicodeNormalization;

use crate::auth::claim::Claim;
use crate::auth::proof::Actor;
use crate::contracts::Reseller;
use crate::db::types::{Id, Instant};
use crate::http::{Fault, Problem, Refusal, Result};
use crate::inquiries::post_message::without_customers;
use crate::inquiries::store::{Held, Told};
use crate::terms::codes::CallerKind;

/// How many files an inquiry has at most, those not counted whose content was taken away.
pub const MOST: i64 = 100;
/// How many characters the name of a file has at most.
const NAME: usize = 200;

/// Refuses a partner what was entrusted with an inquiry that its reseller did not open: whatever
/// else it may see of that inquiry, 403.
pub fn check_entrusted(held: &Held, reseller: Option<Id<Reseller>>, kind: CallerKind) -> Result<()> {
    let opened = held.row.opened_by(reseller);
    if kind == CallerKind::Partner && !opened { Err(Refusal::Forbidden.into()) } else { Ok(()) }
}

/// The same for a reader.
pub fn check_reader(held: &Held, claim: &Claim) -> Result<()> {
    match claim {
        Claim::Partner { reseller, .. } => check_entrusted(held, Some(*reseller), CallerKind::Partner),
        _ => Ok(()),
    }
}

/// Whether this reader sees what that side added: a partner sees the customer's only with full
/// access, and nobody outside the desk what a wrong contract's side added before a correction.
pub fn is_seen(held: &Held, reader: CallerKind, author: CallerKind, added_at: Instant) -> bool {
    let narrowed = without_customers(reader, held) && author == CallerKind::Customer;
    !narrowed && held.shows(reader, author, added_at)
}

/// Refuses the customer's side what its own side did not send: 403.
pub fn check_own_side(actor: &Actor, author: CallerKind) -> Result<()> {
    if actor.is_outside() && actor.kind != author { Err(Refusal::Forbidden.into()) } else { Ok(()) }
}

/// The reseller whose feed tells of what was entrusted: the opener's, as far as it sees the author.
pub fn feed(held: &Held, author: CallerKind) -> Option<Id<Reseller>> {
    let opened = held.row.opened_by(held.contract.reseller);
    let told = if author == CallerKind::Customer { Told::CustomerOwn } else { Told::Full };
    held.feed(told).filter(|_| opened)
}

/// The name that a file is shown and saved under: the last part of a path, without what would
/// change how it is read. A name with control characters is refused.
pub fn display_name(sent: &str) -> Result<String> {
    if sent.chars().any(char::is_control) {
        return Err(Problem::fault("/file", "control_character"));
    }
    let last = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let told: String = last.nfc().filter(|c| !turns_text(*c)).collect();
    let told = told.trim().trim_end_matches('.').trim_end();
    if told.chars().count() > NAME {
        return Err(Problem::faults(vec![Fault::at("/file", "too_long").with("max", NAME)]));
    }
    Ok(if told.is_empty() { "file".to_owned() } else { told.to_owned() })
}

/// Marks that are not seen and make a name look like another one.
fn turns_text(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{61c}')
}

/// What the sender says that a file is, if that is a media type of usual length.
pub fn media_type(sent: Option<String>) -> String {
    let fit = |media: &String| media.len() <= 100 && media.is_ascii();
    sent.filter(fit).unwrap_or_else(|| "application/octet-stream".to_owned())
}
