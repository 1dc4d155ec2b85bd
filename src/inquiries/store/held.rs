//! An inquiry as acts hold it: what the caller was proven for, and what it may do and see there.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::{OverrideGiven, Row, contract};
use crate::auth::proof::Actor;
use crate::auth::store::{Presented, contract_at, contracts_at};
use crate::calendar::model::tokyo_date;
use crate::contracts::denials::DenialReference;
use crate::contracts::model::Contact;
use crate::contracts::{Contract, Reseller, refusal, store as contracts_store};
use crate::db::Connection;
use crate::db::dialect;
use crate::db::schema::{contract_corrections, inquiries, inquiry_openings, products};
use crate::db::types::{Doc, Id, Instant};
use crate::http::text::SupportId;
use crate::http::{Refusal, Result};
use crate::inquiries::InquiryId;
use crate::inquiries::model::{Astray, Situation};
use crate::terms::codes::{Action, CallerKind, Delivery, PartnerAccess};

/// An inquiry inside the transaction of an act, with its contract as it stands now: the row that
/// this caller may see, or the same 404 as none.
#[derive(Clone, Debug)]
pub struct Held {
    /// The inquiry.
    pub row: Row,
    /// Its contract.
    pub contract: Presented,
    /// Its product's delivery.
    pub delivery: Delivery,
    /// The terms it was judged by.
    pub terms_version: String,
    /// The ID that was presented.
    pub presented_support_id: SupportId,
    /// For an upgrade question, the version asked about.
    pub target_version: Option<String>,
    /// What denies the customer's side its replies today.
    pub denial: Option<DenialReference>,
    /// The rules set aside at opening.
    pub override_given: Option<OverrideGiven>,
    /// When it stood on a wrong contract.
    pub astray: Vec<Astray>,
}

/// Loads an inquiry for an act of this caller's; others who act on it wait.
pub fn hold(connection: &mut Connection, actor: &Actor, now: Instant, id: InquiryId) -> Result<Held> {
    dialect::hold_inquiry(connection, id)?;
    held(connection, actor, now, id)
}

/// What [`Held`] needs of an inquiry beside its contract.
type Found = (Row, Delivery, String, SupportId, Option<String>, Option<Doc<OverrideGiven>>, bool);

macro_rules! found {
    () => {
        inquiries::table
            .inner_join(products::table.on(products::id.eq(inquiries::product_id)))
            .inner_join(inquiry_openings::table.on(inquiry_openings::inquiry_id.eq(inquiries::id)))
            .select((
                Row::as_select(),
                products::delivery,
                inquiry_openings::terms_version,
                inquiry_openings::presented_support_id,
                inquiry_openings::target_version,
                inquiry_openings::override_given,
                exists(contract_corrections::table.filter(contract_corrections::inquiry_id.eq(inquiries::id))),
            ))
    };
}

/// Loads an inquiry that this caller may see.
pub fn held(connection: &mut Connection, actor: &Actor, now: Instant, id: InquiryId) -> Result<Held> {
    let found: Option<Found> = found!().filter(inquiries::id.eq(id)).first(connection).optional()?;
    let found = found.ok_or(Refusal::NotFound)?;
    let corrected = found.6;
    let contract = contract_at(connection, found.0.contract_id, now)?;
    let mut held = contract.and_then(|contract| Held::by(actor, found, contract)).ok_or(Refusal::NotFound)?;
    if corrected {
        held.astray = contract::astray(connection, &[id])?.remove(&id).unwrap_or_default();
    }
    // The desk goes on whatever was confirmed, so it need not be asked.
    if !actor.is_outside() {
        return Ok(held);
    }
    let (row, today) = (&held.row, tokyo_date(now.to_datetime()));
    let denial = contracts_store::inquiry_denial_on(connection, row.contract_id, row.product_id, row.id, today)?;
    Ok(Held { denial, ..held })
}

/// Loads inquiries for acts of the desk's or a script's; others who act on them wait. Those that the caller
/// may not see are left out, like those that are not there.
pub fn hold_all(connection: &mut Connection, actor: &Actor, now: Instant, ids: &[InquiryId]) -> Result<Vec<Held>> {
    dialect::hold_inquiries(connection, ids)?;
    let found: Vec<Found> = found!().filter(inquiries::id.eq_any(ids)).load(connection)?;
    let corrected: Vec<InquiryId> = found.iter().filter(|found| found.6).map(|found| found.0.id).collect();
    let mut astray = contract::astray(connection, &corrected)?;
    let contracts: Vec<Id<Contract>> = found.iter().map(|found| found.0.contract_id).collect();
    let contracts = contracts_at(connection, &contracts, now)?;
    let held = |found: Found| {
        let contract = contracts.iter().find(|contract| contract.contract == found.0.contract_id)?;
        let held = Held::by(actor, found, contract.clone())?;
        let astray = astray.remove(&held.row.id).unwrap_or_default();
        Some(Held { astray, ..held })
    };
    Ok(found.into_iter().filter_map(held).collect())
}

impl Held {
    /// The inquiry, if this caller may see it.
    fn by(actor: &Actor, found: Found, contract: Presented) -> Option<Self> {
        let (row, delivery, terms_version, presented_support_id, target_version, override_given, _corrected) = found;
        let own = row.opened_by(actor.reseller);
        let hidden = actor.kind == CallerKind::Partner && contract.partner_access == PartnerAccess::None && !own;
        let shown = !hidden && actor.may_see(row.contract_id, contract.reseller);
        shown.then_some(Self {
            row,
            contract,
            delivery,
            terms_version,
            presented_support_id,
            target_version,
            override_given: override_given.map(|given| given.0),
            denial: None,
            astray: Vec::new(),
        })
    }

    /// Whether a customer's side wrote this while the inquiry stood on a wrong contract: it is that
    /// customer's still, and beside it only the desk's.
    pub fn is_of_another(&self, author: CallerKind, written_at: Instant) -> bool {
        author.is_outside() && self.was_astray(written_at)
    }

    /// Whether the inquiry stood on a wrong contract then.
    pub fn was_astray(&self, at: Instant) -> bool {
        Astray::covers(&self.astray, at)
    }

    /// The times of which this reader is not shown what a customer's side wrote.
    pub fn hidden_from(&self, reader: CallerKind) -> &[Astray] {
        if reader.is_outside() { &self.astray } else { &[] }
    }

    /// Whether what this author wrote then is of the contract that the reader comes by.
    pub fn shows(&self, reader: CallerKind, author: CallerKind, written_at: Instant) -> bool {
        !reader.is_outside() || !self.is_of_another(author, written_at)
    }

    /// The inquiry as this caller stands before it.
    pub fn situation(&self, actor: &Actor) -> Situation {
        let denied = self.denial.map(|denial| denial.code);
        self.row.standing.situation(&self.row, self.delivery, (actor.kind, actor.reseller), denied)
    }

    /// Refuses the customer's side what adds to an inquiry that is denied: 403 `support_denied`,
    /// before the answer of an earlier try is looked for. The desk goes on.
    pub fn serves(&self, connection: &mut Connection, actor: &Actor, desk: &Contact) -> Result<()> {
        // Asked of the rule, so that who may not write here at all is told that in its turn.
        let stopped = self.situation(actor).may(Action::PostMessage).err().map(|problem| problem.refusal());
        match self.denial.filter(|_| stopped == Some(Refusal::SupportDenied)) {
            Some(denial) => {
                let id = actor.presented_id.as_ref().unwrap_or(&self.presented_support_id);
                Err(refusal::denied(connection, &self.contract, id, denial, desk)?)
            }
            None => Ok(()),
        }
    }

    /// The reseller in whose feed an event shows.
    pub fn feed(&self, told: Told) -> Option<Id<Reseller>> {
        feed(&self.contract, self.row.opener_reseller_id, told)
    }
}

/// Narrows a query to what was not written by a customer's side while the inquiry was astray.
macro_rules! not_astray {
    ($query:ident, $astray:expr, $at:expr, $author:expr) => {
        for stretch in $astray {
            let by_desk = $author.ne(CallerKind::Customer).and($author.ne(CallerKind::Partner));
            let shown = $at.gt(stretch.until).or(by_desk);
            $query = match stretch.after {
                Some(after) => $query.filter(shown.or($at.le(after))),
                None => $query.filter(shown),
            };
        }
    };
}
pub(crate) use not_astray;

/// How widely an event is told outside the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// To a partner with summary access too: number, state, product, decision code, times.
    Summary,
    /// To a partner with full access, and to the one who opened the inquiry.
    Full,
    /// To a partner with full access only: what the customer adds.
    CustomerOwn,
    /// To nobody outside.
    Desk,
}

/// The reseller in whose feed an event on an inquiry shows: by its access, and by who opened it.
pub fn feed(contract: &Presented, opener: Option<Id<Reseller>>, told: Told) -> Option<Id<Reseller>> {
    let own = opener.is_some() && opener == contract.reseller;
    let shown = match (told, contract.partner_access) {
        (Told::Desk, _) => false,
        (_, PartnerAccess::Full) => true,
        (Told::Summary, PartnerAccess::Summary) => true,
        (Told::CustomerOwn, _) => false,
        _ => own,
    };
    contract.reseller.filter(|_| shown)
}
