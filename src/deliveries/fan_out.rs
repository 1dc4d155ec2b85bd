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
    let standing = store::standing_on(tx, closed.contract, today)?;
    if !standing.is_some_and(|standing| standing.serves(&[closed.product])) {
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

/// Queues what a contract's subscribers were not told, since it was not known yet that it was in
/// force: notices announced since they are registered, on days that are in force now.
fn catch_up(tx: &mut Tx<'_>, missed: &CatchUp) -> Result<()> {
    let today = tx.today();
    let from: Instant = start_of_day(missed.from_on).into();
    if let Some(now) = store::standing_on(tx, missed.contract, today)? {
        for subscription in store::subscriptions_of(tx, missed.contract)? {
            let since = subscription.registered_at.map_or(from, |registered| registered.max(from));
            for notice in releases::announced_since(tx, &subscription.product_ids.0, since)? {
                let about = notice.product_ids.0.iter().copied();
                let about: Vec<_> = about.filter(|id| subscription.product_ids.0.contains(id)).collect();
                let announced = notice.announced_at.unwrap_or(since);
                let then = store::standing_on(tx, missed.contract, tokyo_date(announced.to_datetime()))?;
                let kind = notice.beyond_terms || subscription.kinds.0.contains(&notice.kind);
                if kind && now.serves(&about) && then.is_some_and(|then| then.serves(&about)) {
                    let recipient = Recipient {
                        subscription: subscription.id,
                        contract: missed.contract,
                        email: subscription.email.clone(),
                        inquiry: None,
                    };
                    store::queue(tx, notice.id, &[recipient])?;
                    store::revive(tx, notice.id, subscription.id)?;
                }
            }
        }
    }
    store::caught_up(tx, missed)
}
