//! When a mail is tried again, and what a try means for it: pure rules.

use std::collections::BTreeMap;

use time::Duration;
use uuid::Uuid;

use crate::db::types::Id;
use crate::http::text::EmailAddress;
use crate::terms::codes::{MailKind, MailLane, MailOutcome, MailState};

/// What fills the blanks of a mail's text.
pub type Words = BTreeMap<String, String>;

/// A mail that shall be sent.
#[derive(Clone, Debug)]
pub struct NewMail {
    /// What it tells; the text goes by it.
    pub kind: MailKind,
    /// What goes first when mails wait.
    pub lane: MailLane,
    /// To whom; none for the desk.
    pub to: Option<EmailAddress>,
    /// The row that it is about, and that its text may be written from.
    pub about: Option<Id<Uuid>>,
    /// What fills the blanks of its text. Nothing personal that a row holds already.
    pub words: Words,
}

impl NewMail {
    /// One that goes out at once.
    pub fn prompt(kind: MailKind, to: Option<EmailAddress>) -> Self {
        Self { kind, lane: MailLane::Prompt, to, about: None, words: Words::new() }
    }

    /// Names the row that it is about.
    pub fn about<N>(self, row: Id<N>) -> Self {
        Self { about: Some(row.cast()), ..self }
    }

    /// Fills a blank.
    pub fn with(mut self, blank: &str, word: impl ToString) -> Self {
        self.words.insert(blank.to_owned(), word.to_string());
        self
    }
}

/// The pauses between tries: 70 hours in all, so that a server that is down over a weekend is
/// waited for.
const PAUSES_MINUTES: [i64; 9] = [1, 5, 15, 60, 180, 360, 720, 1440, 1440];

/// How often a mail is tried before it is given up.
pub const TRIES: i32 = PAUSES_MINUTES.len() as i32 + 1;

/// How long a worker has a mail for itself: longer than any try may take.
pub const LEASE: Duration = Duration::minutes(15);

/// How one try went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// What it comes to.
    pub outcome: MailOutcome,
    /// What the mail server answered with.
    pub reply_code: Option<u16>,
    /// What it said, or what stopped us.
    pub detail: String,
}

/// What becomes of a mail after a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It is tried again after so long.
    Again(Duration),
    /// It ends.
    Ends(MailState),
}

/// What becomes of a mail after a try with this outcome, when so many tries are left.
pub fn next(outcome: MailOutcome, tries_left: i32) -> Next {
    let pause = usize::try_from(TRIES - 1 - tries_left).ok().and_then(|index| PAUSES_MINUTES.get(index));
    match (outcome, pause) {
        (MailOutcome::Delivered, _) => Next::Ends(MailState::Delivered),
        (MailOutcome::Refused, _) => Next::Ends(MailState::Bounced),
        (MailOutcome::Deferred, Some(minutes)) if tries_left > 0 => Next::Again(Duration::minutes(*minutes)),
        (MailOutcome::Deferred, _) => Next::Ends(MailState::Dead),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_until_the_mail_is_given_up() {
        let mut left = TRIES;
        let mut pauses = vec![];
        let end = loop {
            left -= 1;
            match next(MailOutcome::Deferred, left) {
                Next::Again(pause) => pauses.push(pause),
                Next::Ends(state) => break state,
            }
        };
        assert_eq!(end, MailState::Dead);
        assert_eq!(pauses.len(), 9);
        assert!(pauses.is_sorted() && pauses[0] == Duration::MINUTE);
        assert!(pauses.iter().sum::<Duration>() <= Duration::hours(72));
        assert_eq!(next(MailOutcome::Refused, 9), Next::Ends(MailState::Bounced));
        assert_eq!(next(MailOutcome::Delivered, 0), Next::Ends(MailState::Delivered));
    }
}
