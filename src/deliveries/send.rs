//! Sending what is written down: claimed by the hundred, sent by several at once, marked in
//! batches while the next are under way.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future;
use futures_util::stream::{self, StreamExt};
use tokio::sync::mpsc;

use super::store::{self, Claimed, Done, LEASE};
use super::{DeliveryId, letter};
use crate::app::App;
use crate::db::types::Instant;
use crate::events::model::Change;
use crate::http::{Problem, Result};
use crate::mail::model::{Tried, Words};
use crate::releases::NoticeId;
use crate::terms::codes::MailOutcome;

/// How many mails are on their way at once: as many as the transport keeps connections.
const AT_ONCE: usize = 4;
/// How many mails are claimed at once.
const CLAIMED: i64 = 400;
/// How long what was sent may be unmarked.
pub const MARK_EVERY: Duration = Duration::from_millis(50);
/// How many are marked at once.
const MARKED: usize = 200;
/// Why sending leaves no event.
const NO_EVENT: &str = "the ledger of recipients keeps its own record of every try";

/// A mail that is to be sent, with what every mail of its notice says.
struct Ready {
    claimed: Claimed,
    words: Arc<Words>,
    until: Instant,
}

/// What came of a mail: a try, or none.
enum Outcome {
    Tried(Box<Done>),
    Untried(DeliveryId),
}

/// Sends all that is due, and says how many mails were tried.
pub async fn send_due(app: &App) -> Result<usize> {
    let (told, outcomes) = mpsc::channel(MARKED);
    let sending = send(app, told);
    let (sent, marked) = future::join(sending, mark(app, outcomes)).await;
    sent.and(marked)
}

/// Claims and sends until nothing is due. What was claimed is seen through, even when the next
/// claim fails.
async fn send(app: &App, told: mpsc::Sender<Outcome>) -> Result<()> {
    let claims = stream::try_unfold(HashMap::new(), |mut known| async move {
        let claimed = claim(app, &mut known).await?;
        Ok::<_, Problem>(claimed.map(|ready| (ready, known)))
    });
    let all = claims.flat_map(|claimed| match claimed {
        Ok(ready) => stream::iter(ready.into_iter().map(Ok).collect::<Vec<_>>()),
        Err(problem) => stream::iter(vec![Err(problem)]),
    });
    let tried = all.map(|ready| {
        let told = told.clone();
        async move {
            let outcome = deliver(app, ready?).await?;
            told.send(outcome).await.map_err(|_| Problem::bug("nobody marks what was sent"))
        }
    });
    let mut underway = std::pin::pin!(tried.buffer_unordered(AT_ONCE));
    let mut failed = Ok(());
    while let Some(done) = underway.next().await {
        failed = failed.and(done);
    }
    failed
}

/// Takes what has been due for longest; none when nothing is due.
async fn claim(app: &App, known: &mut HashMap<NoticeId, Arc<Words>>) -> Result<Option<Vec<Ready>>> {
    let now = app.now();
    if !app.read(move |db| store::any_due(db, now)).await? {
        return Ok(None);
    }
    let (claimed, any) = app.write_value(|tx| Ok(Change::silent(store::claim(tx, CLAIMED)?, NO_EVENT))).await?;
    let mut ready = Vec::with_capacity(claimed.len());
    for one in claimed {
        let notice = one.notice;
        let words = match known.get(&notice) {
            Some(words) => Arc::clone(words),
            None => {
                let words = Arc::new(app.read(move |db| letter::words(db, notice)).await?);
                known.insert(notice, Arc::clone(&words));
                words
            }
        };
        // Whoever is held up for longer might send what another node has taken up again.
        ready.push(Ready { claimed: one, words, until: now.plus(LEASE / 2) });
    }
    Ok(any.then_some(ready))
}

/// Sends one mail on a thread of its own: a mail server that hangs holds up nobody but mail.
async fn deliver(app: &App, ready: Ready) -> Result<Outcome> {
    let Ready { claimed, words, until } = ready;
    let at = app.now();
    if at > until {
        return Ok(Outcome::Untried(claimed.id));
    }
    let id = claimed.id;
    let numbers = match claimed.on_inquiry {
        true => app.read(move |db| store::inquiries_of(db, id)).await?,
        false => Vec::new(),
    };
    let (to, key) = (claimed.recipient.clone(), claimed.unsubscribe_key.clone());
    let carrier = app.clone();
    let tried = actix_web::web::block(move || {
        let unsent = |outcome, detail| Tried { outcome, reply_code: None, detail };
        let letter = match letter::write(carrier.config(), &words, to, &key, &numbers) {
            Ok(letter) => letter,
            Err(problem) => return unsent(MailOutcome::Deferred, problem.to_string()),
        };
        match letter.message(&carrier, id.cast(), at) {
            Ok(message) => carrier.mail().send(&message),
            Err(detail) => unsent(MailOutcome::Refused, detail),
        }
    })
    .await
    .map_err(Problem::bug)?;
    Ok(Outcome::Tried(Box::new(Done { claimed, at, tried })))
}

/// Marks what was tried, every [`MARK_EVERY`] and in batches, until nobody sends any more.
async fn mark(app: &App, mut outcomes: mpsc::Receiver<Outcome>) -> Result<usize> {
    let mut tried = 0;
    while let Some(first) = outcomes.recv().await {
        let mut batch = vec![first];
        let gathering = async {
            while batch.len() < MARKED {
                match outcomes.recv().await {
                    Some(next) => batch.push(next),
                    None => break,
                }
            }
        };
        drop(tokio::time::timeout(MARK_EVERY, gathering).await); // what has come by then is marked
        let (mut done, mut untried) = (Vec::new(), Vec::new());
        for outcome in batch {
            match outcome {
                Outcome::Tried(one) => done.push(*one),
                Outcome::Untried(id) => untried.push(id),
            }
        }
        tried += done.len();
        write_down(app, done, untried).await?;
    }
    Ok(tried)
}

async fn write_down(app: &App, done: Vec<Done>, untried: Vec<DeliveryId>) -> Result<()> {
    app.write_value(move |tx| {
        if !done.is_empty() {
            store::mark(tx, &done)?;
        }
        if !untried.is_empty() {
            store::give_back(tx, &untried)?;
        }
        Ok(Change::silent((), NO_EVENT))
    })
    .await
}
