//! Writing down who is to be told, in steps of a bounded size.

use uuid::Uuid;

use super::store::{self, CatchUp, Closed, FanOut, Recipient};
use crate::app::{App, Tx};
use crate::calendar::model::{start_of_day, tokyo_date};
use crate::db::dialect::{self, Lock};
use crate::db::types::{Id, Instant};
use crate::events::model::Change;
use crate::http::Result;
use crate::releases::store::{self as releases, Row as Notice};
use crate::subscriptions::store as subscriptions;
use crate::terms::codes::NoticeState;

/// How many subscriptions a step looks at: a few milliseconds of SQLite's one writer.
const SUBSCRIPTIONS: i64 = 500;
/// How many inquiries a step looks at; each asks some questions more.
const INQUIRIES: i64 = 100;
/// How many subscriptions are caught up with in a step; each asks for every notice since.
const CAUGHT_UP: i64 = 50;
/// Why writing recipients down leaves no event.
const NO_EVENT: &str = "the announcement told it; the ledger of recipients is its own record";

/// Writes down all that is yet to be written down.
pub async fn fan_out(app: &App) -> Result<()> {
    if !app.read(store::any_open).await? {
        return Ok(());
    }
    while step(app).await? {}
    Ok(())
}

/// One step; says whether there was anything to do.
pub async fn step(app: &App) -> Result<bool> {
    app.write_value(|tx| {
        dialect::hold(tx, Lock::FanOut)?;
        if let Some(at) = store::next_fan_out(tx)? {
            on(tx, &at)?;
        } else if let Some(missed) = store::next_catch_up(tx)? {
            catch_up(tx, &missed)?;
        } else {
            return Ok(Change::silent(false, NO_EVENT));
        }
        Ok(Change::silent(true, NO_EVENT))
    })
    .await
}

fn on(tx: &mut Tx<'_>, at: &FanOut) -> Result<()> {
    let found = releases::find(tx, at.notice)?.filter(|notice| notice.state == NoticeState::Announced);
    let seen = match (found, at.stage.as_str()) {
        (Some(notice), "answers") if !notice.fixes.0.is_empty() => {
            let found = store::closed_by_answer(tx, &notice, at.after, INQUIRIES)?;
            let found = found.into_iter().map(|closed| (closed.place, Some(closed))).collect();
            tell_closed(tx, &notice, found)?
        }
        (Some(notice), "evidence") if !notice.fixes.0.is_empty() => {
            let found = store::closed_by_evidence(tx, &notice, at.after, INQUIRIES)?;
            tell_closed(tx, &notice, found)?
        }
        (Some(notice), "subscriptions") => {
            let today = tx.today();
            let (recipients, seen) = store::subscribed(tx, &notice, at.after, today, SUBSCRIPTIONS)?;
            store::queue(tx, notice.id, &recipients)?;
            seen
        }
        _ => None,
    };
    store::advance(tx, at, seen)
}

/// Tells those whose inquiries were closed on what the notice fixes: the requester, if the contract
/// is in force and the address registered under it. Gives where the walk goes on.
fn tell_closed(tx: &mut Tx<'_>, notice: &Notice, found: Vec<(Id<Uuid>, Option<Closed>)>) -> Result<Option<Id<Uuid>>> {
    let full = i64::try_from(found.len()).is_ok_and(|count| count == INQUIRIES);
    let last = found.last().map(|(place, _)| *place);
    for closed in found.into_iter().filter_map(|(_, closed)| closed) {
        tell_of(tx, notice, &closed)?;
    }
    Ok(last.filter(|_| full))
}

fn tell_of(tx: &mut Tx<'_>, notice: &Notice, closed: &Closed) -> Result<()> {
    let today = tx.today();
    let Some(email) = &closed.requester.email else { return Ok(()) };
    if store::is_told(tx, closed.inquiry, &closed.defect)? {
        return Ok(());
    }
    if !store::is_served(tx, closed.contract, &[closed.product], today)? {
        return Ok(());
    }
    let Some(subscription) = subscriptions::in_effect(tx, closed.contract, email)? else { return Ok(()) };
    let recipient = Recipient {
        subscription: subscription.id,
        contract: closed.contract,
        email: email.clone(),
        inquiry: Some(closed.inquiry),
    };
    store::queue(tx, notice.id, &[recipient])?;
    store::note_telling(tx, notice.id, email, closed.inquiry, &closed.defect)
}

/// Queues what some of a contract's subscribers were not told, since it was not known yet that it
/// was in force: notices announced since they are registered, on days that are in force now.
fn catch_up(tx: &mut Tx<'_>, missed: &CatchUp) -> Result<()> {
    let today = tx.today();
    let from: Instant = start_of_day(missed.from_on).into();
    let found = store::subscriptions_of(tx, missed, CAUGHT_UP)?;
    for subscription in &found {
        let since = subscription.registered_at.map_or(from, |registered| registered.max(from));
        for notice in releases::announced_since(tx, &subscription.product_ids.0, since)? {
            let then = tokyo_date(notice.announced_at.unwrap_or(since).to_datetime());
            if store::entitles(tx, subscription, &notice, today)? && store::entitles(tx, subscription, &notice, then)? {
                let recipient = Recipient {
                    subscription: subscription.id,
                    contract: missed.contract,
                    email: subscription.email.clone(),
                    inquiry: None,
                };
                store::queue(tx, notice.id, std::slice::from_ref(&recipient))?;
                store::revive(tx, notice.id, &recipient)?;
            }
        }
    }
    let full = i64::try_from(found.len()).is_ok_and(|count| count == CAUGHT_UP);
    store::caught_up(tx, missed, found.last().map(|last| last.id).filter(|_| full))
}
