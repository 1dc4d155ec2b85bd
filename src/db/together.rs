//! Questions that come while others are being answered wait for each other and are answered
//! together: a round trip, a plan and the wake of a thread are paid once for all of them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::lane::PERMIT_WAIT;
use super::{Connection, Db};
use crate::http::problem::{Problem, Result};

/// How many threads answer at once; what comes meanwhile waits for one of them to come back.
const ANSWERING: usize = 2;
/// How many questions are answered together at most.
const MOST: usize = 16;

/// Questions of one kind, as far as they wait.
pub struct Together<Q, A>(Arc<Mutex<Waiting<Q, A>>>);

struct Waiting<Q, A> {
    questions: Vec<(Q, Teller<A>)>,
    answering: usize,
}

type Teller<A> = oneshot::Sender<Result<A>>;

impl<Q, A> Default for Together<Q, A> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Waiting { questions: Vec::new(), answering: 0 })))
    }
}

impl<Q, A> Together<Q, A> {
    /// Asks. `answers` gives one answer to each question, in their order, from rows that indexes
    /// lead to.
    ///
    /// 503 `unavailable` when it is not answered within 2 s or the database cannot be reached.
    pub async fn ask<W>(&self, db: &Db, question: Q, answers: W) -> Result<A>
    where
        Q: Send + 'static,
        A: Send + 'static,
        W: Fn(&mut Connection, &[Q]) -> Result<Vec<A>> + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        if let Some(turn) = self.wait(question, tell) {
            let db = db.clone();
            // A task of its own: others wait for it even when this caller hangs up.
            actix_web::rt::spawn(async move { db.read(move |connection| turn.answer(connection, answers)).await });
        }
        let told = tokio::time::timeout(PERMIT_WAIT, told).await.map_err(Problem::unavailable)?;
        told.map_err(Problem::unavailable)?
    }

    /// Puts a question to those that wait, and gives the turn to whoever has to begin to answer.
    fn wait(&self, question: Q, tell: Teller<A>) -> Option<Turn<Q, A>> {
        let mut waiting = lock(&self.0);
        waiting.questions.push((question, tell));
        if waiting.answering == ANSWERING {
            return None;
        }
        waiting.answering += 1;
        Some(Turn { waiting: Arc::clone(&self.0), over: false })
    }
}

/// Whoever holds it answers until no question waits. Dropped before that, because there was no
/// connection or answering failed, it gives those up that still wait: they are told 503.
struct Turn<Q, A> {
    waiting: Arc<Mutex<Waiting<Q, A>>>,
    over: bool,
}

impl<Q, A> Turn<Q, A> {
    fn answer(
        mut self,
        connection: &mut Connection,
        answers: impl Fn(&mut Connection, &[Q]) -> Result<Vec<A>>,
    ) -> Result<()> {
        while let Some((questions, tellers)) = self.next() {
            match answers(connection, &questions) {
                Ok(answered) => {
                    tellers.into_iter().zip(answered).for_each(|(tell, answer)| drop(tell.send(Ok(answer))))
                }
                Err(problem) => {
                    tellers.into_iter().for_each(|tell| drop(tell.send(Err(problem.again()))));
                    return Err(problem);
                }
            }
        }
        Ok(())
    }

    /// The questions to be answered next and who waits for them; with none the turn is over.
    fn next(&mut self) -> Option<(Vec<Q>, Vec<Teller<A>>)> {
        let mut waiting = lock(&self.waiting);
        waiting.questions.retain(|(_, tell)| !tell.is_closed()); // of who did not wait for it
        if waiting.questions.is_empty() {
            waiting.answering = waiting.answering.saturating_sub(1);
            self.over = true;
            return None;
        }
        let many = waiting.questions.len().min(MOST);
        Some(waiting.questions.drain(..many).unzip())
    }
}

impl<Q, A> Drop for Turn<Q, A> {
    fn drop(&mut self) {
        if !self.over {
            let mut waiting = lock(&self.waiting);
            waiting.answering = waiting.answering.saturating_sub(1);
            waiting.questions.clear();
        }
    }
}

fn lock<Q, A>(waiting: &Mutex<Waiting<Q, A>>) -> MutexGuard<'_, Waiting<Q, A>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}
