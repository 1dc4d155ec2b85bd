//! What customers read most: one of their inquiries, and the newest of their contract. They are proven
//! by one statement and what they ask for is read by the next, where a statement is a round trip for
//! all who ask at once. Where none is, one inquiry is there sooner by a statement that joins the proof.

use super::InquiryId;
use super::reading::{self, FirstReading};
use super::store::{self, Listed, Seen};
use crate::app::App;
use crate::auth::claim::Claim;
use crate::auth::proof::prove_customers;
use crate::auth::store::reached::Reached;
use crate::db::Connection;
use crate::db::together::Together;
use crate::db::types::Instant;
use crate::http::Result;
use crate::terms::codes::Condition;

/// The inquiry, and whether it is read for the first time.
type One = (Seen, FirstReading);
/// The first page of a contract's, and which of them are read for the first time.
type Newest = (Vec<Listed>, FirstReading);

/// The customers who wait for an answer.
#[derive(Default)]
pub struct Customers {
    one: Together<(Claim, Instant, InquiryId), Option<One>>,
    newest: Together<(Claim, Instant, ()), Option<Newest>>,
}

impl Customers {
    /// The inquiry that a customer asks for. None where there is more to be asked before it is shown
    /// or refused: of other callers, of what is not theirs, of a contract that has not started.
    pub async fn one(&self, app: &App, claim: &Claim, id: InquiryId) -> Result<Option<One>> {
        match claim {
            Claim::Customer { .. } if app.db().target().is_remote() => {
                app.together(&self.one, (claim.clone(), app.now(), id), ones).await
            }
            _ => Ok(None),
        }
    }

    /// The newest inquiries of the contract that a customer presents; none as of [`Customers::one`].
    pub async fn newest(&self, app: &App, claim: &Claim) -> Result<Option<Newest>> {
        let Claim::Customer { .. } = claim else { return Ok(None) };
        let question = (claim.clone(), app.now(), ());
        match app.db().target().is_remote() {
            true => app.together(&self.newest, question, newest).await,
            false => app.survey(move |db| Ok(newest(db, &[question])?.pop().flatten())).await,
        }
    }
}

fn ones(db: &mut Connection, questions: &[(Claim, Instant, InquiryId)]) -> Result<Vec<Option<One>>> {
    let (reached, now) = proven(db, questions)?;
    let asked = questions.iter().zip(&reached);
    let sought: Vec<(InquiryId, &Reached)> =
        asked.clone().filter_map(|((.., id), reached)| Some((*id, reached.as_ref()?))).collect();
    let mut found = store::find_of_contracts(db, &sought, now)?.into_iter();
    let answers = asked.map(|((claim, ..), reached)| {
        let Some(seen) = reached.as_ref().and_then(|_| found.next()?) else { return Ok(None) };
        let first = reading::first(db, claim, [&seen.line])?;
        Ok(Some((seen, first)))
    });
    answers.collect()
}

fn newest(db: &mut Connection, questions: &[(Claim, Instant, ())]) -> Result<Vec<Option<Newest>>> {
    let (reached, _) = proven(db, questions)?;
    let sought: Vec<&Reached> = reached.iter().flatten().collect();
    let mut found = store::newest_of_contracts(db, &sought)?.into_iter();
    let answers = questions.iter().zip(&reached).map(|((claim, ..), reached)| {
        let Some(lines) = reached.as_ref().and_then(|_| found.next()) else { return Ok(None) };
        let first = reading::first(db, claim, lines.iter().map(|listed| &listed.line))?;
        Ok(Some((lines, first)))
    });
    answers.collect()
}

/// The contract that each may read of, as it stands at the latest moment of asking.
fn proven<T>(db: &mut Connection, questions: &[(Claim, Instant, T)]) -> Result<(Vec<Option<Reached>>, Instant)> {
    let now = questions.iter().map(|(_, now, _)| *now).max().unwrap_or(Instant::from_micros(0)); // of nobody
    let mut reached = prove_customers(db, questions.iter().map(|(claim, ..)| claim), now)?;
    for one in &mut reached {
        one.take_if(|reached| reached.condition == Condition::NotStarted);
    }
    Ok((reached, now))
}
