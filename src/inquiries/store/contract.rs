//! Queries that let inquiries belong to another contract: by a correction, or by a succession.

use std::collections::HashMap;

use diesel::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use super::{OverrideGiven, Row};
use crate::contracts::Contract;
use crate::db::Connection;
use crate::db::schema::{contract_corrections, inquiries, inquiry_openings};
use crate::db::types::{Doc, Id, Instant};
use crate::http::Result;
use crate::http::text::SupportId;
use crate::inquiries::model::{Astray, Move};
use crate::inquiries::{ContractCorrection, InquiryId};
use crate::terms::codes::Channel;

/// What the opening of an inquiry says of its contract.
#[derive(Clone, Debug, AsChangeset)]
#[diesel(table_name = inquiry_openings)]
pub struct Papers {
    /// The ID that was presented.
    pub presented_support_id: SupportId,
    /// The rules set aside.
    #[diesel(treat_none_as_null = true)]
    pub override_given: Option<Doc<OverrideGiven>>,
    /// The inquiry that it follows.
    #[diesel(treat_none_as_null = true)]
    pub follows: Option<InquiryId>,
    /// The terms it was judged by.
    pub terms_version: String,
    /// The facts it was judged by.
    pub judged: Doc<Value>,
}

/// What the opening says of its contract now.
pub fn papers(connection: &mut Connection, id: InquiryId) -> Result<Papers> {
    type Found = (SupportId, Option<Doc<OverrideGiven>>, Option<InquiryId>, String, Doc<Value>);
    let (presented_support_id, override_given, follows, terms_version, judged): Found = inquiry_openings::table
        .find(id)
        .select((
            inquiry_openings::presented_support_id,
            inquiry_openings::override_given,
            inquiry_openings::follows,
            inquiry_openings::terms_version,
            inquiry_openings::judged,
        ))
        .first(connection)?;
    Ok(Papers { presented_support_id, override_given, follows, terms_version, judged })
}

/// Lets an inquiry belong to another contract; its version was guarded before.
pub fn set_contract(
    connection: &mut Connection,
    id: InquiryId,
    contract: Id<Contract>,
    overridden: bool,
    papers: &Papers,
) -> Result<()> {
    diesel::update(inquiries::table.find(id))
        .set((inquiries::contract_id.eq(contract), inquiries::overridden.eq(overridden)))
        .execute(connection)?;
    diesel::update(inquiry_openings::table.find(id)).set(papers).execute(connection)?;
    Ok(())
}

/// The phone inquiries of a contract that follow this one, directly or in turn.
pub fn phone_follow_ups(connection: &mut Connection, row: &Row) -> Result<Vec<InquiryId>> {
    let mut found: Vec<InquiryId> = Vec::new();
    let mut last = vec![row.id];
    while !last.is_empty() {
        last = inquiries::table
            .inner_join(inquiry_openings::table.on(inquiry_openings::inquiry_id.eq(inquiries::id)))
            .filter(inquiry_openings::follows.eq_any(&last))
            .filter(inquiries::contract_id.eq(row.contract_id))
            .filter(inquiries::channel.eq(Channel::Phone))
            .order(inquiries::id)
            .select(inquiries::id)
            .load(connection)?;
        last.retain(|id| !found.contains(id));
        found.extend(&last);
    }
    Ok(found)
}

/// That a phone inquiry was logged on a wrong contract. Append only.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = contract_corrections)]
pub struct CorrectionRow {
    /// The correction.
    pub id: Id<ContractCorrection>,
    /// Its inquiry.
    pub inquiry_id: InquiryId,
    /// The wrong contract.
    pub from_contract_id: Id<Contract>,
    /// The right one.
    pub to_contract_id: Id<Contract>,
    /// What the opening said before.
    pub before_facts: Doc<Value>,
    /// Why.
    pub reason: String,
    /// Who outside the desk had read it, and when first.
    pub read_by: Doc<Value>,
    /// By whom.
    pub corrected_by: Id<Uuid>,
    /// When.
    pub corrected_at: Instant,
}

/// When these inquiries stood on wrong contracts; those that never did are left out.
pub fn astray(connection: &mut Connection, ids: &[InquiryId]) -> Result<HashMap<InquiryId, Vec<Astray>>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    use contract_corrections::{corrected_at, from_contract_id, id, inquiry_id, to_contract_id};
    let rows: Vec<(InquiryId, Id<Contract>, Id<Contract>, Instant)> = contract_corrections::table
        .filter(inquiry_id.eq_any(ids))
        .order((inquiry_id, corrected_at, id))
        .select((inquiry_id, from_contract_id, to_contract_id, corrected_at))
        .load(connection)?;
    let mut moves: HashMap<InquiryId, Vec<Move>> = HashMap::new();
    for (inquiry, from, to, at) in rows {
        moves.entry(inquiry).or_default().push(Move { from, to, at });
    }
    Ok(moves.into_iter().map(|(inquiry, moves)| (inquiry, Astray::of(&moves))).collect())
}

/// Keeps a correction.
pub fn insert_correction(connection: &mut Connection, row: &CorrectionRow) -> Result<()> {
    diesel::insert_into(contract_corrections::table).values(row).execute(connection)?;
    Ok(())
}

/// Lets the inquiries of a contract be of the one that goes on in its place; gives how many.
pub fn carry(connection: &mut Connection, from: Id<Contract>, to: Id<Contract>, now: Instant) -> Result<usize> {
    Ok(diesel::update(inquiries::table.filter(inquiries::contract_id.eq(from)))
        .set((inquiries::contract_id.eq(to), inquiries::changed_at.eq(now)))
        .execute(connection)?)
}
