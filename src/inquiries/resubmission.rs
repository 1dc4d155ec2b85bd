//! A phone inquiry is sent again on the Support Web (SW-4.2.1-C10, SA-5.2.1-C9): what was sent goes
//! on in its place, judged as the call was.

use super::InquiryId;
use super::model::unknown_reference;
use super::store::{self, Held};
use super::supersede::supersede;
use crate::app::Tx;
use crate::auth::proof::Actor;
use crate::auth::store as callers;
use crate::auth::store::Presented;
use crate::contracts::ProductId;
use crate::db::types::Instant;
use crate::events::model::NewEvent;
use crate::http::{Problem, Refusal, Result};
use crate::terms::codes::{Action, SupersedeReason};

/// The phone inquiry that is taken up again, and what it was judged by.
pub struct Resubmission {
    /// The phone inquiry.
    pub held: Held,
    /// The contract as it stood at the call.
    pub contract: Presented,
    /// When the call was.
    pub judged_at: Instant,
}

impl Resubmission {
    /// Takes hold of the phone inquiry. One that this caller cannot see, or of another contract, is
    /// the same refusal as one that never was.
    pub fn of(tx: &mut Tx<'_>, actor: &Actor, id: InquiryId) -> Result<Self> {
        let now = tx.now;
        let unknown = || unknown_reference("/resubmits");
        let held = match store::hold(tx, actor, now, id) {
            Err(problem) if problem.refusal() == Refusal::NotFound => return Err(unknown()),
            other => other?,
        };
        if held.row.contract_id != actor.contract()?.contract {
            return Err(unknown());
        }
        let judged_at = held.row.received_at;
        let contract = callers::presented_then(tx, &held.presented_support_id, judged_at)?;
        let contract = contract.ok_or_else(|| Problem::bug("an inquiry whose ID is nobody's"))?;
        Ok(Self { held, contract, judged_at })
    }

    /// 409 unless it came by phone, is open, and a re-submission was asked for; 422 for another
    /// product, which the call was not judged about.
    pub fn may(&self, actor: &Actor, product: Option<ProductId>) -> Result<()> {
        self.held.situation(actor).may(Action::Resubmit)?;
        let same = product == Some(self.held.row.product_id);
        if same { Ok(()) } else { Err(Problem::fault("/product_id", "not_allowed_here")) }
    }

    /// The phone inquiry goes on in the one just opened; gives the event that tells so.
    pub fn end(&self, tx: &mut Tx<'_>, actor: &Actor, successor: InquiryId) -> Result<NewEvent> {
        Ok(supersede(tx, actor, &self.held, successor, SupersedeReason::Resubmitted)?.event)
    }
}
