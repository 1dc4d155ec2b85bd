//! What is kept for a time only: `RETENTION_DAYS` after its closure or supersession an inquiry's
//! customer information and files are taken away, with a record of each.

use serde_json::{Value, json};
use time::Duration;

use super::store::{Erased, Overdue, overdue};
use crate::app::{App, Tx};
use crate::attachments;
use crate::auth::store::{Presented, contract_at};
use crate::contracts::Reseller;
use crate::customer_information as information;
use crate::db::dialect;
use crate::db::types::{Id, Instant};
use crate::events::model::{Change, NewEvent, Subject};
use crate::files;
use crate::http::{Problem, Result};
use crate::inquiries::InquiryId;
use crate::inquiries::store::{Told, feed};
use crate::terms::codes::{CallerKind, Code, ContentKind, EventType};

/// Takes away what was kept for long enough: found by reading, some at once, and then one inquiry in
/// one transaction. Nothing unless `RETENTION_DAYS` is set.
pub async fn retain(app: &App) -> Result<()> {
    let Some(days) = app.config().retention_days else { return Ok(()) };
    loop {
        let by = app.now().plus(-Duration::days(days.into()));
        let due = app.read(move |db| overdue(db, by, None)).await?;
        if due.is_empty() {
            return Ok(());
        }
        for inquiry in due {
            app.write_value(move |tx| retain_one(tx, inquiry.id, by)).await?;
        }
    }
}

fn retain_one(tx: &mut Tx<'_>, id: InquiryId, by: Instant) -> Result<Change<()>> {
    dialect::hold_inquiry(tx, id)?;
    // Somebody may have revoked the closure before the row was held.
    match overdue(tx, by, Some(id))?.pop() {
        Some(inquiry) => erase(tx, &inquiry),
        None => Ok(Change::silent((), "it is not due any more")),
    }
}

fn erase(tx: &mut Tx<'_>, inquiry: &Overdue) -> Result<Change<()>> {
    let now = tx.now;
    let contract = contract_at(tx, inquiry.contract, now)?.ok_or_else(|| Problem::bug("a contract is gone"))?;
    let mut events = Vec::new();
    let event = |erased: &Erased, author, more: (&str, Value)| {
        let mut data = json!({ "erasure": erased.id, "content": erased.content.as_str() });
        if let Some(data) = data.as_object_mut() {
            data.insert(more.0.to_owned(), more.1);
        }
        NewEvent::by_system(EventType::InquiryContentErased, Subject::new("inquiry", inquiry.id), data)
            .on(inquiry.contract, told(&contract, inquiry.opener, author))
    };
    if let Some(row) = information::store::find(tx, inquiry.id)?.filter(|row| row.erased_at.is_none()) {
        let what = (ContentKind::CustomerInformation, inquiry.id.uuid());
        let erased = Erased::in_time(tx, inquiry.id, what, row.hash());
        information::store::set_erased(tx, &row, now)?;
        erased.insert(tx)?;
        events.push(event(&erased, row.written_by_kind, ("internal", json!({ "retention": true }))));
    }
    for row in attachments::store::kept(tx, inquiry.id)? {
        let erased = Erased::in_time(tx, inquiry.id, (ContentKind::Attachment, row.id.uuid()), row.sha256.clone());
        attachments::store::set_erased(tx, &row, now)?;
        if let Some(file) = row.file() {
            files::store::discard(tx, &file)?;
        }
        erased.insert(tx)?;
        events.push(event(&erased, row.author_kind, ("attachment", json!(row.id))));
    }
    let change = Change::silent((), "each content that goes has an event of its own");
    Ok(events.into_iter().fold(change, Change::and))
}

/// As [`attachments::model::feed`] has it, for nobody's act.
fn told(contract: &Presented, opener: Option<Id<Reseller>>, author: CallerKind) -> Option<Id<Reseller>> {
    let told = if author == CallerKind::Customer { Told::CustomerOwn } else { Told::Full };
    feed(contract, opener, told).filter(|_| opener.is_some() && opener == contract.reseller)
}
