//! `GET /v1/triage/queue`: what waits for the desk, in the order of reception.

use std::collections::HashMap;
use std::hash::Hash;
use std::slice::from_ref;

use actix_web::get;

use super::model::{Asked, Facts, follow_up_due, suggestions};
use super::store::{self, Waiting};
use super::view::QueueItem;
use crate::app::App;
use crate::auth::claim::{Caller, Claim, Gate, Privilege};
use crate::auth::proof::prove;
use crate::calendar;
use crate::calendar::elapsed::Elapsed;
use crate::calendar::model::{Calendar, tokyo_date};
use crate::db::Connection;
use crate::db::types::Instant;
use crate::faqs::suggest::{FaqSuggestion, suggest_each};
use crate::http::{List, NoFilter, PageParams, Reply, Result};
use crate::inquiries::InquiryId;
use crate::inquiries::store::Listed;
use crate::inquiries::view::InquirySummary;
use crate::page;
use crate::terms::codes::{Scope, State};

/// Reads the queue.
pub struct ReadsQueue;
impl Privilege for ReadsQueue {
    const GATE: Gate = Gate::shut().agent().robot(Scope::InquiriesRead);
}

page!(
    /// A page of what waits for the desk, in the order of reception: oldest first.
    TriagePage of QueueItem
);

/// Read the triage queue
///
/// Open inquiries on which the desk is to act: received, in progress, answered and not yet judged,
/// and those whose `follow_up_on` has come. In the order of reception, oldest first: by
/// `effective_received_at`. With each: the business minutes since, whether it doubts a completion,
/// and what could be done about it and why. A suggestion does nothing; the call that it names is
/// judged as any other.
#[utoipa::path(
    tag = "triage",
    params(PageParams),
    responses((status = 200, description = "A page of the queue", body = TriagePage)),
    security(("staff" = []), ("client" = ["inquiries:read"]))
)]
#[get("/triage/queue")]
pub async fn list_triage_queue(
    app: App,
    caller: Caller<ReadsQueue>,
    List(NoFilter {}, page): List<NoFilter>,
) -> Result<Reply> {
    let (now, claim, searching) = (app.now(), (*caller).clone(), app.clone());
    let (items, next, page) = app
        .read(move |db| {
            let mut rows = store::waiting(db, &claim, now, &page)?;
            if rows.is_empty() {
                prove(db, &claim, now)?;
            }
            let next = page.cut(&mut rows, |(row, ..)| (row.effective_received_at, row.id));
            Ok((items(db, &searching, rows, &claim, now)?, next, page))
        })
        .await?;
    TriagePage::reply(items, next, &page)
}

fn items(db: &mut Connection, app: &App, rows: Vec<Waiting>, claim: &Claim, now: Instant) -> Result<Vec<QueueItem>> {
    let (calendar, facts) = (calendar::store::load(db)?, facts(db, &rows)?);
    let waited = waited(&calendar, &rows, now);
    let today = tokyo_date(now.to_datetime());
    let faqs = known(db, app, &rows)?;
    let item = |(((waiting, facts), business_minutes_waited), faqs): (((Waiting, Facts), i64), Vec<FaqSuggestion>)| {
        Some(QueueItem {
            faqs,
            id: facts.row.id,
            inquiry: InquirySummary::of(listed(waiting), claim)?,
            business_minutes_waited,
            follow_up_due: follow_up_due(&facts.row, today),
            suggestions: suggestions(&facts, now),
            doubted: facts.doubted,
        })
    };
    Ok(rows.into_iter().zip(facts).zip(waited).zip(faqs).filter_map(item).collect())
}

fn listed((row, around, _): Waiting) -> Listed {
    Listed { internal: Some((row.triage, row.standing.overridden)), line: row.line, around }
}

/// For each what is known already, where nobody has taken it up.
fn known(db: &mut Connection, app: &App, rows: &[Waiting]) -> Result<Vec<Vec<FaqSuggestion>>> {
    let received = |(row, ..): &&Waiting| row.state == State::Received;
    let waiting = rows.iter().filter(received);
    let asked: Vec<_> = waiting.map(|(row, ..)| (row.subject.as_str(), from_ref(&row.product_id))).collect();
    let mut known = suggest_each(db, app.faqs(), &asked)?.into_iter();
    Ok(rows.iter().map(|row| if received(&row) { known.next().unwrap_or_default() } else { Vec::new() }).collect())
}

/// The business minutes since each was received. The page is in that order, so that the days since
/// the first are gone through once for all.
fn waited(calendar: &Calendar, rows: &[Waiting], now: Instant) -> Vec<i64> {
    let received = |(row, ..): &Waiting| row.effective_received_at.to_datetime();
    let (Some(first), now) = (rows.first().map(received), now.to_datetime()) else { return Vec::new() };
    let elapsed = Elapsed::over(calendar, first, now);
    rows.iter().map(|row| elapsed.minutes(received(row), now)).collect()
}

/// The facts of all that is on the page, in its order.
fn facts(db: &mut Connection, rows: &[Waiting]) -> Result<Vec<Facts>> {
    let ids: Vec<InquiryId> = rows.iter().map(|(row, ..)| row.id).collect();
    let followed: Vec<InquiryId> = rows.iter().filter_map(|(_, _, follows)| *follows).collect();
    let doubted = store::completed(db, &followed)?;
    let mut said = grouped(store::said(db, &ids)?);
    let asked = store::asked(db, &ids)?;
    let questions: Vec<_> = asked.iter().map(|(_, id)| *id).collect();
    let answers = grouped(store::vendor_said(db, &questions)?);
    let last = |id| answers.get(&id).and_then(|all| all.first()).cloned();
    let mut asked = grouped(asked.into_iter().map(|(on, id)| (on, Asked { id, answer: last(id) })));
    let mut steps = grouped(store::steps(db, &ids)?);
    let environments = store::with_environment(db, &ids)?;
    let facts = |(row, around, follows): &Waiting| Facts {
        row: row.clone(),
        delivery: around.delivery,
        doubted: doubted.iter().find(|closure| Some(closure.inquiry) == *follows).cloned(),
        said: said.remove(&row.id).unwrap_or_default(),
        asked: asked.remove(&row.id).unwrap_or_default(),
        steps: steps.remove(&row.id).unwrap_or_default().into_iter().take(100).collect(),
        environment_known: environments.contains(&row.id),
    };
    Ok(rows.iter().map(facts).collect())
}

fn grouped<K: Eq + Hash, V>(pairs: impl IntoIterator<Item = (K, V)>) -> HashMap<K, Vec<V>> {
    pairs.into_iter().fold(HashMap::new(), |mut groups, (key, value)| {
        groups.entry(key).or_insert_with(Vec::new).push(value);
        groups
    })
}
