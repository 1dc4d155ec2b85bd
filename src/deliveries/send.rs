//! Sending what is written down: claimed by the hundred, sent by several at once, marked in
//! batches while the next are under way.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future;
use futures_util::stream::{self, StreamExt};
use tokio::sync::{RwLock, mpsc};

use super::letter;
use super::store::{self, Claimed, Done, LEASE};
use crate::app::{App, Tx};
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
/// How long a mark that failed waits to be tried again.
const MARK_AGAIN: Duration = Duration::from_millis(500);
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

/// What every mail of a notice says, of the notices at hand.
type Known = HashMap<NoticeId, Arc<Words>>;

/// What came of a mail: a try, or none.
enum Outcome {
    Tried(Box<Done>),
    Untried(Claimed),
}

/// Where those who send and the one who marks meet.
struct Line {
    told: mpsc::Sender<Outcome>,
    /// Held while what was sent cannot be marked.
    gate: Arc<RwLock<()>>,
}

/// Sends all that is due, and says how many mails were tried.
pub async fn send_due(app: &App) -> Result<usize> {
    let (told, outcomes) = mpsc::channel(MARKED);
    let gate = Arc::default();
    let line = Line { told, gate: Arc::clone(&gate) };
    let (sent, marked) = future::join(send(app, line), mark(app, outcomes, &gate)).await;
    sent.and(marked)
}

/// Claims and sends until nothing is due. What was claimed is seen through, even when the next
/// claim fails.
async fn send(app: &App, line: Line) -> Result<()> {
    let line = &line;
    let claims = stream::try_unfold(Known::new(), |known| async move {
        if line.told.is_closed() {
            return Ok::<_, Problem>(None);
        }
        claim(app, known).await
    });
    let all = claims.flat_map(|claimed| match claimed {
        Ok(ready) => stream::iter(ready.into_iter().map(Ok).collect::<Vec<_>>()),
        Err(problem) => stream::iter(vec![Err(problem)]),
    });
    let tried = all.map(|ready| async move {
        let ready = ready?;
        drop(line.gate.read().await);
        if line.told.is_closed() {
            return Err(Problem::unavailable("nobody marks what is sent")); // its claim runs out
        }
        let outcome = deliver(app, ready).await?;
        line.told.send(outcome).await.map_err(|_| Problem::unavailable("nobody marks what was sent"))
    });
    let mut underway = std::pin::pin!(tried.buffer_unordered(AT_ONCE));
    let mut failed = Ok(());
    while let Some(done) = underway.next().await {
        failed = failed.and(done);
    }
    failed
}

/// Takes what has been due for longest, with its words: what cannot be written is not taken. None
/// when nothing is due.
async fn claim(app: &App, known: Known) -> Result<Option<(Vec<Ready>, Known)>> {
    let now = app.now();
    if !app.read(move |db| store::any_due(db, now)).await? {
        return Ok(None);
    }
    let take = move |tx: &mut Tx<'_>| {
        // Whoever is held up for longer might send what another node has taken up again.
        let (mut known, until) = (known, tx.now.plus(LEASE / 2));
        let (claimed, any) = store::claim(tx, CLAIMED)?;
        let mut ready = Vec::with_capacity(claimed.len());
        for claimed in claimed {
            let words = match known.entry(claimed.notice) {
                Entry::Occupied(known) => Arc::clone(known.get()),
                Entry::Vacant(new) => Arc::clone(new.insert(Arc::new(letter::words(tx, claimed.notice)?))),
            };
            ready.push(Ready { claimed, words, until });
        }
        Ok(Change::silent(any.then_some((ready, known)), NO_EVENT))
    };
    app.write_value(take).await
}

/// Sends one mail on a thread of its own: a mail server that hangs holds up nobody but mail.
async fn deliver(app: &App, ready: Ready) -> Result<Outcome> {
    let Ready { claimed, words, until } = ready;
    let at = app.now();
    if at > until {
        return Ok(Outcome::Untried(claimed));
    }
    let carrier = app.clone();
    let sending = actix_web::web::block(move || {
        let tried = carry(&carrier, &claimed, &words, at);
        Done { claimed, at, tried }
    });
    Ok(Outcome::Tried(Box::new(sending.await.map_err(Problem::bug)?)))
}

fn carry(app: &App, claimed: &Claimed, words: &Words, at: Instant) -> Tried {
    let unsent = |outcome, detail| Tried { outcome, reply_code: None, detail };
    let (to, key) = (claimed.recipient.clone(), &claimed.unsubscribe_key);
    let letter = match letter::write(app.config(), words, to, key, &claimed.numbers) {
        Ok(letter) => letter,
        Err(problem) => return unsent(MailOutcome::Deferred, problem.to_string()),
    };
    match letter.message(app, claimed.id.cast(), at) {
        Ok(message) => app.mail().send(&message),
        Err(detail) => unsent(MailOutcome::Refused, detail),
    }
}

/// Marks what was tried, every [`MARK_EVERY`] and in batches, until nobody sends any more. While a
/// batch takes longer than that, nothing more is sent.
async fn mark(app: &App, mut outcomes: mpsc::Receiver<Outcome>, gate: &RwLock<()>) -> Result<usize> {
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
                Outcome::Untried(one) => untried.push(one),
            }
        }
        tried += done.len();
        let mut writing = std::pin::pin!(write_down(app, done, untried));
        match tokio::time::timeout(MARK_EVERY, &mut writing).await {
            Ok(written) => written?,
            Err(_late) => {
                let _shut = gate.write().await;
                writing.await?;
            }
        }
    }
    Ok(tried)
}

/// Tries again for as long as the claims hold; after that others repeat what is not marked.
async fn write_down(app: &App, done: Vec<Done>, untried: Vec<Claimed>) -> Result<()> {
    let (end, batch) = (app.now().plus(LEASE), Arc::new((done, untried)));
    loop {
        let batch = Arc::clone(&batch);
        let mark = move |tx: &mut Tx<'_>| {
            store::mark(tx, &batch.0)?;
            store::give_back(tx, &batch.1)?;
            Ok(Change::silent((), NO_EVENT))
        };
        match app.write_value(mark).await {
            Err(problem) if app.now() < end => log::warn!("what was sent cannot be marked yet: {problem}"),
            ended => return ended,
        }
        tokio::time::sleep(MARK_AGAIN).await;
    }
}
