//! Every query on closure decisions and their revocations.

use diesel::prelude::*;
use uuid::Uuid;

use super::model::Evidence;
use super::{ClosureDecisionId, ClosureRevocation};
use crate::accounts::{Client, Staff};
use crate::auth::claim::Claim;
use crate::calendar::model::tokyo_date;
use crate::contracts::{Contract, Product, Reseller};
use crate::db::Connection;
use crate::db::schema::{client_scopes, clients, closure_decisions, closure_revocations, inquiries};
use crate::db::types::{Doc, Id, Instant};
use crate::http::Result;
use crate::http::page::Page;
use crate::inquiries::InquiryId;
use crate::terms::codes::{CallerKind, Channel, ClosureCode, Code, Kind, PartnerAccess, Scope};
use crate::{load_page, older, proven};

/// A decision.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = closure_decisions)]
pub struct Row {
    /// The decision.
    pub id: ClosureDecisionId,
    /// Its inquiry.
    pub inquiry_id: InquiryId,
    /// The inquiry's contract.
    pub contract_id: Id<Contract>,
    /// The inquiry's product.
    pub product_id: Id<Product>,
    /// The inquiry's kind at the decision.
    pub kind: Kind,
    /// Under which condition it is completed.
    pub code: ClosureCode,
    /// The clause of that condition.
    pub clause: String,
    /// The terms it stands in.
    pub terms_version: String,
    /// What it rests on.
    pub evidence: Doc<Evidence>,
    /// The kind of who decided.
    pub decided_by_kind: CallerKind,
    /// The row of who decided.
    pub decided_by_id: Id<Uuid>,
    /// For a script, the manager who granted it the right.
    pub granted_by_id: Option<Id<Uuid>>,
    /// When.
    pub decided_at: Instant,
    /// When it was taken back.
    pub revoked_at: Option<Instant>,
}

/// A decision for a reader, with what its visibility rests on.
#[derive(Clone, Debug, Queryable)]
pub struct Seen {
    /// The decision.
    pub row: Row,
    /// The reseller whose system opened the inquiry.
    pub opener: Option<Id<Reseller>>,
    /// What the contract's reseller may see.
    pub access: PartnerAccess,
    /// Why it was taken back.
    pub revocation: Option<String>,
    /// How the inquiry came in.
    pub channel: Channel,
}

macro_rules! joined {
    ($today:expr) => {
        closure_decisions::table
            .inner_join(inquiries::table.on(inquiries::id.eq(closure_decisions::inquiry_id)))
            .inner_join(
                contract_spans::table.on(contract_spans::contract_id
                    .eq(closure_decisions::contract_id)
                    .and(contract_spans::from_on.le($today))
                    .and(contract_spans::until_on.gt($today))),
            )
            .left_join(closure_revocations::table.on(closure_revocations::decision_id.eq(closure_decisions::id)))
    };
}

macro_rules! seen {
    () => {
        (
            Row::as_select(),
            inquiries::opener_reseller_id,
            contract_spans::partner_access,
            closure_revocations::reason.nullable(),
            inquiries::channel,
        )
    };
}

/// Reads a decision: permission and row in one statement.
pub fn find(connection: &mut Connection, claim: &Claim, now: Instant, id: ClosureDecisionId) -> Result<Option<Seen>> {
    let today = tokyo_date(now.to_datetime());
    proven!(claim, now, joined!(today), closure_decisions::contract_id, |proven| Ok(proven
        .filter(closure_decisions::id.eq(id))
        .select(seen!())
        .first(connection)
        .optional()?))
}

/// What a list of decisions is narrowed by. Empty means all.
#[derive(Clone, Debug, Default)]
pub struct Narrowing {
    /// Any of these codes.
    pub codes: Vec<ClosureCode>,
    /// Any of these kinds.
    pub kinds: Vec<Kind>,
    /// Any of these contracts.
    pub contracts: Vec<Id<Contract>>,
    /// Any of these products.
    pub products: Vec<Id<Product>>,
    /// Decided at or after.
    pub after: Option<Instant>,
    /// Decided before.
    pub before: Option<Instant>,
    /// Taken back or not.
    pub revoked: Option<bool>,
}

/// Reads a page of decisions: permission and rows in one statement.
pub fn list(
    connection: &mut Connection,
    claim: &Claim,
    now: Instant,
    by: &Narrowing,
    page: &Page,
) -> Result<Vec<Seen>> {
    let today = tokyo_date(now.to_datetime());
    proven!(claim, now, joined!(today), closure_decisions::contract_id, |proven| {
        let mut query = proven
            .order((closure_decisions::decided_at.desc(), closure_decisions::id.desc()))
            .select(seen!())
            .into_boxed();
        if let Claim::Partner { reseller, .. } = claim {
            let own = inquiries::opener_reseller_id.is_not_null().and(inquiries::opener_reseller_id.eq(reseller));
            query = query.filter(contract_spans::partner_access.ne(PartnerAccess::None).or(own));
        }
        if !by.codes.is_empty() {
            query = query.filter(closure_decisions::code.eq_any(&by.codes));
        }
        if !by.kinds.is_empty() {
            query = query.filter(closure_decisions::kind.eq_any(&by.kinds));
            if let Claim::Partner { reseller, .. } = claim {
                // What a partner with summary access does not see it cannot find out by asking.
                let own = inquiries::opener_reseller_id.is_not_null().and(inquiries::opener_reseller_id.eq(reseller));
                query = query.filter(contract_spans::partner_access.eq(PartnerAccess::Full).or(own));
            }
        }
        if !by.contracts.is_empty() {
            query = query.filter(closure_decisions::contract_id.eq_any(&by.contracts));
        }
        if !by.products.is_empty() {
            query = query.filter(closure_decisions::product_id.eq_any(&by.products));
        }
        if let Some(from) = by.after {
            query = query.filter(closure_decisions::decided_at.ge(from));
        }
        if let Some(until) = by.before {
            query = query.filter(closure_decisions::decided_at.lt(until));
        }
        match by.revoked {
            Some(true) => query = query.filter(closure_decisions::revoked_at.is_not_null()),
            Some(false) => query = query.filter(closure_decisions::revoked_at.is_null()),
            None => {}
        }
        older!(query, page, closure_decisions::decided_at, closure_decisions::id);
        Ok(load_page!(query, page, connection))
    })
}

/// The inquiry of a decision.
pub fn inquiry_of(connection: &mut Connection, id: ClosureDecisionId) -> Result<Option<InquiryId>> {
    Ok(closure_decisions::table.find(id).select(closure_decisions::inquiry_id).first(connection).optional()?)
}

/// A decision, for those who may see its inquiry.
pub fn decision(connection: &mut Connection, id: ClosureDecisionId) -> Result<Option<Row>> {
    Ok(closure_decisions::table.find(id).select(Row::as_select()).first(connection).optional()?)
}

/// Adds a decision.
pub fn insert(connection: &mut Connection, row: &Row) -> Result<()> {
    diesel::insert_into(closure_decisions::table).values(row).execute(connection)?;
    Ok(())
}

/// Lets the decisions on an inquiry be of the contract that it belongs to now.
pub fn follow_inquiry(connection: &mut Connection, inquiry: InquiryId, contract: Id<Contract>) -> Result<()> {
    diesel::update(closure_decisions::table.filter(closure_decisions::inquiry_id.eq(inquiry)))
        .set(closure_decisions::contract_id.eq(contract))
        .execute(connection)?;
    Ok(())
}

/// Lets the decisions of a contract be of the one that goes on in its place.
pub fn carry(connection: &mut Connection, from: Id<Contract>, to: Id<Contract>) -> Result<()> {
    diesel::update(closure_decisions::table.filter(closure_decisions::contract_id.eq(from)))
        .set(closure_decisions::contract_id.eq(to))
        .execute(connection)?;
    Ok(())
}

/// A revocation, beside its decision.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = closure_revocations)]
pub struct RevocationRow {
    /// The revocation.
    pub id: Id<ClosureRevocation>,
    /// What is taken back.
    pub decision_id: ClosureDecisionId,
    /// Why.
    pub reason: String,
    /// By whom.
    pub revoked_by: Id<Uuid>,
    /// When.
    pub revoked_at: Instant,
}

/// Adds a revocation; the decision is no longer in effect.
pub fn insert_revocation(connection: &mut Connection, row: &RevocationRow) -> Result<()> {
    diesel::insert_into(closure_revocations::table).values(row).execute(connection)?;
    diesel::update(closure_decisions::table.find(row.decision_id))
        .set(closure_decisions::revoked_at.eq(row.revoked_at))
        .execute(connection)?;
    Ok(())
}

/// The manager who granted a script that it judges.
pub fn granter(connection: &mut Connection, client: Id<Client>) -> Result<Option<Id<Uuid>>> {
    type Granters = (Option<Id<Staff>>, Id<Staff>);
    let found: Option<Granters> = clients::table
        .inner_join(client_scopes::table.on(client_scopes::client_id.eq(clients::id)))
        .filter(clients::id.eq(client))
        .filter(client_scopes::scope.eq(Scope::ClosuresJudge.as_str()))
        .select((client_scopes::granted_by, clients::granted_by))
        .first(connection)
        .optional()?;
    Ok(found.map(|(scope, whole)| scope.unwrap_or(whole).cast()))
}
