//! Every query of triage: the queue's page, and the facts of all that is on it, in as many
//! statements for one inquiry as for a hundred.

use diesel::prelude::*;

use super::model::{DoubtedClosure, Said, VendorSaid, WAITING};
use crate::auth::claim::Claim;
use crate::calendar::model::tokyo_date;
use crate::closures::ClosureDecisionId;
use crate::closures::model::Named;
use crate::db::Connection;
use crate::db::schema::{
    customer_information, escalations, inquiries, inquiry_openings, investigation_steps, messages, products,
    vendor_answers,
};
use crate::db::types::{Doc, Id, Instant};
use crate::escalations::EscalationId;
use crate::http::Result;
use crate::http::page::Page;
use crate::inquiries::model::Astray;
use crate::inquiries::store::contract::astray;
use crate::inquiries::store::{Around, Row, around, joined};
use crate::inquiries::{Inquiry, InquiryId, MessageId, StepId};
use crate::terms::codes::{CallerKind, ClosureCode, Disclosure, MessageMark, MessageType, VendorOutcome};
use crate::{directly, load_page, newer, proven};

/// The most messages, and the most steps, that are looked at for one page: the latest ones.
const LOOKED_AT: i64 = 2000;

/// An inquiry that waits, what it is joined with, and the one that it follows.
pub type Waiting = (Row, Around, Option<InquiryId>);

/// A page of what waits for the desk, in the order of reception: permission and rows in one
/// statement. What is open has a partial index in that order, so that what is closed costs nothing.
pub fn waiting(connection: &mut Connection, claim: &Claim, now: Instant, page: &Page) -> Result<Vec<Waiting>> {
    let today = tokyo_date(now.to_datetime());
    let [received, in_progress, answered] = WAITING.map(|state| inquiries::state.eq(state));
    let waits = received.or(in_progress).or(answered); // SQLite prepares a list anew each time
    directly!(connection, |connection| proven!(claim, now, joined!(today), inquiries::contract_id, |proven| {
        let mut query = proven
            .inner_join(inquiry_openings::table.on(inquiry_openings::inquiry_id.eq(inquiries::id)))
            .filter(inquiries::closure_id.is_null())
            .filter(inquiries::superseded_by.is_null())
            .filter(waits.or(inquiries::follow_up_on.le(today)))
            .order((inquiries::effective_received_at, inquiries::id))
            .select((Row::as_select(), around!(), inquiry_openings::follows))
            .into_boxed();
        newer!(query, page, inquiries::effective_received_at, inquiries::id);
        Ok(load_page!(query, page, connection))
    }))
}

/// Which of these inquiries are completed, and by which decision.
pub fn completed(connection: &mut Connection, ids: &[InquiryId]) -> Result<Vec<DoubtedClosure>> {
    let rows: Vec<(InquiryId, Option<ClosureDecisionId>, Option<ClosureCode>)> = inquiries::table
        .filter(inquiries::id.eq_any(ids))
        .filter(inquiries::closure_id.is_not_null())
        .select((inquiries::id, inquiries::closure_id, inquiries::closure_code))
        .load(connection)?;
    let doubted = |(inquiry, decision, code): (_, Option<_>, Option<_>)| {
        Some(DoubtedClosure { inquiry, decision: decision?, code: code? })
    };
    Ok(rows.into_iter().filter_map(doubted).collect())
}

/// Answers, and what the customer's side wrote on these inquiries, latest first: without what a
/// wrong customer's side wrote, which is evidence of nothing.
pub fn said(connection: &mut Connection, ids: &[InquiryId]) -> Result<Vec<(InquiryId, Said)>> {
    type Written = (CallerKind, Instant);
    type Columns = (InquiryId, MessageId, MessageType, Doc<Vec<MessageMark>>, bool, Option<EscalationId>, Written);
    let astray = astray(connection, ids)?;
    let rows: Vec<Columns> = messages::table
        .filter(messages::inquiry_id.eq_any(ids))
        .filter(messages::message_type.eq(MessageType::Answer).or(messages::customer_side.eq(true)))
        .order((messages::posted_at.desc(), messages::id.desc()))
        .limit(LOOKED_AT)
        .select((
            messages::inquiry_id,
            messages::id,
            messages::message_type,
            messages::marks,
            messages::customer_side,
            messages::escalation_id,
            (messages::author_kind, messages::posted_at),
        ))
        .load(connection)?;
    let said = |(inquiry, id, message_type, Doc(marks), customer_side, escalation, (author, posted_at)): Columns| {
        let then = |stretches: &Vec<Astray>| Astray::covers(stretches, posted_at);
        let another = author.is_outside() && astray.get(&inquiry).is_some_and(then);
        let said = Said { id, message: Named { message_type, marks, customer_side }, escalation };
        (!another).then_some((inquiry, said))
    };
    Ok(rows.into_iter().filter_map(said).collect())
}

/// Questions to the vendor on these inquiries, latest first.
pub fn asked(connection: &mut Connection, ids: &[InquiryId]) -> Result<Vec<(InquiryId, EscalationId)>> {
    Ok(escalations::table
        .filter(escalations::inquiry_id.eq_any(ids))
        .order((escalations::escalated_at.desc(), escalations::id.desc()))
        .limit(LOOKED_AT)
        .select((escalations::inquiry_id, escalations::id))
        .load(connection)?)
}

/// The vendor's answers to these questions, latest first.
pub fn vendor_said(connection: &mut Connection, ids: &[EscalationId]) -> Result<Vec<(EscalationId, VendorSaid)>> {
    let rows: Vec<(EscalationId, VendorOutcome, Disclosure, Option<String>)> = vendor_answers::table
        .filter(vendor_answers::escalation_id.eq_any(ids))
        .order((vendor_answers::recorded_at.desc(), vendor_answers::id.desc()))
        .limit(LOOKED_AT)
        .select((
            vendor_answers::escalation_id,
            vendor_answers::outcome,
            vendor_answers::disclosure,
            vendor_answers::vendor_defect_id,
        ))
        .load(connection)?;
    let said = |(id, outcome, disclosure, defect)| (id, VendorSaid { outcome, disclosure, defect });
    Ok(rows.into_iter().map(said).collect())
}

/// Steps of the investigation of these inquiries, latest first.
pub fn steps(connection: &mut Connection, ids: &[InquiryId]) -> Result<Vec<(InquiryId, StepId)>> {
    Ok(investigation_steps::table
        .filter(investigation_steps::inquiry_id.eq_any(ids))
        .order((investigation_steps::recorded_at.desc(), investigation_steps::id.desc()))
        .limit(LOOKED_AT)
        .select((investigation_steps::inquiry_id, investigation_steps::id))
        .load(connection)?)
}

/// Those of these inquiries whose customers told of their environment.
pub fn with_environment(connection: &mut Connection, ids: &[InquiryId]) -> Result<Vec<Id<Inquiry>>> {
    Ok(customer_information::table
        .filter(customer_information::inquiry_id.eq_any(ids))
        .select(customer_information::inquiry_id)
        .load(connection)?)
}
