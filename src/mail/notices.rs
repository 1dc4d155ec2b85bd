//! What the journal tells of an inquiry and people are told by mail: new ones the desk, answers,
//! requests and completions the customer. Every way to write an event passes here, so that a batch
//! or a script tells as a person does.

use super::model::NewMail;
use super::outbox::enqueue;
use super::store;
use crate::app::Tx;
use crate::events::model::NewEvent;
use crate::http::Result;
use crate::inquiries::InquiryId;
use crate::terms::codes::{CallerKind, EventType, MailKind};

/// Writes down the mails that follow from an event, in its transaction. They hold the inquiry's
/// number and a link: no subject and no text, since mail is read by others too.
pub fn follow(tx: &mut Tx<'_>, event: &NewEvent) -> Result<()> {
    let by_desk = matches!(event.actor_kind, CallerKind::Agent | CallerKind::Manager);
    let kind = match event.event_type {
        EventType::InquiryOpened if !by_desk => MailKind::InquiryOpened,
        EventType::InquiryAnswered => MailKind::InquiryAnswered,
        EventType::InquiryInformationRequested | EventType::InquiryWebResubmissionRequested => {
            MailKind::InquiryAwaitsCustomer
        }
        EventType::InquiryClosed => MailKind::InquiryClosed,
        _ => return Ok(()),
    };
    let Some(inquiry) = event.subject.id.map(InquiryId::new) else { return Ok(()) };
    let Some((number, circle)) = store::circle_of(tx, inquiry)? else { return Ok(()) };
    let to = match kind {
        MailKind::InquiryOpened => vec![None],
        _ => circle.into_iter().map(Some).collect(),
    };
    for to in to {
        enqueue(tx, NewMail::prompt(kind, to).about(inquiry).with("number", &number).with("inquiry", inquiry))?;
    }
    Ok(())
}
