//! Letters: what a row of the outbox says in words, and the mail that carries it.
//!
//! To add a kind: its code in `terms/codes.rs`, its text in `locales/mail.yml` and, if it says
//! more than its row does, an arm in [`write`].

use std::time::{Duration, SystemTime};

use lettre::Message;
use lettre::address::Address;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use rust_i18n::replace_patterns;

use super::MailId;
use super::model::Words;
use super::store::Row;
use crate::accounts::letters;
use crate::app::App;
use crate::config::Config;
use crate::db::types::Instant;
use crate::events::model::Change;
use crate::http::text::{EmailAddress, Subject};
use crate::http::{Problem, Result};
use crate::subscriptions;
use crate::terms::codes::{Code, MailKind};

/// A mail in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// To whom.
    pub to: EmailAddress,
    /// One line; any script, since it is encoded by RFC 2047.
    pub subject: Subject,
    /// Plain text.
    pub body: String,
    /// More headers, such as `List-Unsubscribe`.
    pub headers: Vec<(&'static str, String)>,
}

/// Writes the letter of a row; none where it turns out that there is nothing to tell.
pub async fn write(app: &App, mail: &Row) -> Result<Option<Letter>> {
    let to = mail.recipient.as_ref().unwrap_or(&app.config().desk_email).clone();
    match mail.kind {
        MailKind::InquiryOpened
        | MailKind::InquiryAnswered
        | MailKind::InquiryAwaitsCustomer
        | MailKind::InquiryClosed => Letter::by_text(app.config(), to, mail.kind.as_str(), &mail.words.0).map(Some),
        MailKind::Registration
        | MailKind::ApprovalRequest
        | MailKind::AccountActivated
        | MailKind::FirstPassword
        | MailKind::PasswordReset
        | MailKind::EmailChange
        | MailKind::EmailChanged => {
            let (kept, mail) = (app.clone(), mail.clone());
            let letter = app.write_value(move |tx| {
                let letter = letters::write(tx, kept.config(), &mail, to)?;
                Ok(Change::silent(letter, "a mailed link proves something when it is used, and not before"))
            });
            letter.await
        }
        MailKind::NoticeSubscription => {
            let (kept, mail) = (app.clone(), mail.clone());
            let letter = app.write_value(move |tx| {
                let letter = subscriptions::letter::write(tx, kept.config(), &mail)?;
                Ok(Change::silent(letter, "a mailed link proves something when it is used, and not before"))
            });
            letter.await
        }
    }
}

impl Letter {
    /// Fills the blanks of a text of `locales/mail.yml`.
    pub fn by_text(config: &Config, to: EmailAddress, name: &str, words: &Words) -> Result<Self> {
        let mut names: Vec<&str> = words.keys().map(String::as_str).collect();
        let mut values: Vec<String> = words.values().cloned().collect();
        let desk = [
            ("public_url", config.public_url.clone()),
            ("desk_phone", config.desk_phone.clone()),
            ("desk_email", config.desk_email.to_string()),
        ];
        for (blank, word) in desk {
            names.push(blank);
            values.push(word);
        }
        let fill = |part: &str| {
            let text = rust_i18n::t!(format!("mail.{part}"), locale = "ja");
            replace_patterns(&text, &names, &values)
        };
        let subject = Subject::parse(&fill(&format!("{name}.subject"))).map_err(Problem::bug)?;
        let body = format!("{}\n{}", fill(&format!("{name}.body")), fill("frame.foot"));
        Ok(Self { to, subject, body, headers: Vec::new() })
    }

    /// The mail. Its `Message-ID` is the row's, so that who gets it twice can tell.
    pub fn message(&self, app: &App, id: MailId, now: Instant) -> Result<Message, String> {
        let config = app.config();
        let from = Mailbox::new(Some(config.desk_contact().name), address(&config.desk_email)?);
        let sent_at = SystemTime::UNIX_EPOCH + Duration::from_micros(u64::try_from(now.micros()).unwrap_or(0));
        let mut message = Message::builder()
            .from(from)
            .to(Mailbox::new(None, address(&self.to)?))
            .subject(&*self.subject)
            .date(sent_at)
            .message_id(Some(format!("<{id}@{}>", config.host())))
            .raw_header(raw("Auto-Submitted", "auto-generated")?)
            .header(ContentType::TEXT_PLAIN);
        for (name, value) in &self.headers {
            message = message.raw_header(raw(name, value)?);
        }
        message.body(self.body.replace('\n', "\r\n")).map_err(|e| e.to_string())
    }
}

/// A header of ours; one that would break the line is refused.
fn raw(name: &'static str, value: &str) -> Result<HeaderValue, String> {
    if value.chars().any(char::is_control) {
        return Err(format!("{name} holds a control character"));
    }
    Ok(HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned()))
}

/// The address as mail servers take it: a domain in any script in its ASCII form.
fn address(email: &EmailAddress) -> Result<Address, String> {
    let (user, domain) = email.rsplit_once('@').ok_or("no address")?;
    let domain = idna::domain_to_ascii(domain).map_err(|e| e.to_string())?;
    Address::new(user, domain).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_in_japanese_is_written_in_ascii() {
        let email = EmailAddress::parse("tanaka@日本語.jp").unwrap();
        assert_eq!(address(&email).unwrap().to_string(), "tanaka@xn--wgv71a119e.jp");
    }

    #[test]
    fn no_header_takes_another_line() {
        assert!(raw("List-Unsubscribe", "<https://a.example>\r\nBcc: b@c.example").is_err());
        assert!(Subject::parse("件名\r\nBcc: b@c.example").is_err());
        for text in
            ["a@b.example\r\nBcc: c@d.example", "a@b.example\nx", "a@b.example,c@d.example", "a\u{85}@b.example"]
        {
            assert!(EmailAddress::parse(text).is_err(), "{text:?}");
        }
    }
}
