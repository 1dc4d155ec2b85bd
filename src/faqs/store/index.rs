//! The rows that the search is made of, and who may ask for which.

use diesel::prelude::*;

use crate::auth::claim::Claim;
use crate::calendar::model::tokyo_date;
use crate::contracts::{ContractId, ProductId};
use crate::db::Connection;
use crate::db::schema::{faq_index, faq_index_version, faq_synonyms};
use crate::db::types::{Doc, Instant};
use crate::faqs::FaqId;
use crate::faqs::model::Content;
use crate::faqs::search::index::Face;
use crate::faqs::store::FaqRow;
use crate::http::{Problem, Result};
use crate::terms::codes::{Condition, FaqKind, FaqSource, FaqState, Service};
use crate::{directly, proven};

/// A row of the index.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = faq_index)]
pub struct IndexRow {
    /// The FAQ.
    pub faq_id: FaqId,
    /// Which text of it: `public` or `working`.
    pub face: String,
    /// The change that wrote it.
    pub changed_in: i64,
    /// Whether it is what the desk works on.
    pub current: bool,
    /// The FAQ's state.
    pub state: FaqState,
    /// What it is about.
    pub kind: FaqKind,
    /// Where it comes from.
    pub source: FaqSource,
    /// Its language.
    pub language: String,
    /// Its products.
    pub product_ids: Doc<Vec<ProductId>>,
    /// When it was first written.
    pub created_at: Instant,
    /// Its terms; none when it can no longer be found.
    pub terms: Option<Vec<u8>>,
}

impl Face {
    /// As it is kept.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Working => "working",
        }
    }
}

/// Counts the version up. Whoever does so next waits until this transaction is over, so numbers
/// come to be seen in their order.
pub fn next_version(connection: &mut Connection) -> Result<i64> {
    let row = faq_index_version::table.find(1);
    diesel::update(row).set(faq_index_version::version.eq(faq_index_version::version + 1)).execute(connection)?;
    version(connection)
}

/// The version of the rows.
pub fn version(connection: &mut Connection) -> Result<i64> {
    Ok(faq_index_version::table.find(1).select(faq_index_version::version).first(connection)?)
}

/// Lets a FAQ be found as it now stands: by the text that is published, by the one that the desk
/// works on, or by both where they are one.
pub fn write(connection: &mut Connection, row: &FaqRow, working: &Content, public: Option<&Content>) -> Result<()> {
    let same = row.published_revision == Some(row.revision);
    put(connection, row, Face::Public, public.map(|content| (content, same)))?;
    put(connection, row, Face::Working, (!same).then_some((working, true)))
}

fn put(connection: &mut Connection, row: &FaqRow, face: Face, text: Option<(&Content, bool)>) -> Result<()> {
    let place = faq_index::table.find((row.id, face.as_str()));
    let Some((content, current)) = text else {
        let there: Option<String> = place.select(faq_index::face).first(connection).optional()?;
        if there.is_none() {
            return Ok(());
        }
        let number = next_version(connection)?;
        diesel::update(place)
            .set((faq_index::terms.eq(None::<Vec<u8>>), faq_index::changed_in.eq(number)))
            .execute(connection)?;
        return Ok(());
    };
    let number = next_version(connection)?;
    diesel::delete(place).execute(connection)?;
    diesel::insert_into(faq_index::table)
        .values((
            faq_index::faq_id.eq(row.id),
            faq_index::face.eq(face.as_str()),
            faq_index::changed_in.eq(number),
            faq_index::current.eq(current),
            faq_index::state.eq(row.state),
            faq_index::kind.eq(content.kind),
            faq_index::source.eq(content.source),
            faq_index::language.eq(&content.language),
            faq_index::product_ids.eq(Doc(content.product_ids.clone())),
            faq_index::created_at.eq(row.created_at),
            faq_index::terms.eq(Some(content.terms())),
        ))
        .execute(connection)?;
    Ok(())
}

/// Rows that changed after a version, in the order of their changes: at most so many.
pub fn changed_after(connection: &mut Connection, version: i64, most: i64) -> Result<Vec<IndexRow>> {
    Ok(faq_index::table
        .filter(faq_index::changed_in.gt(version))
        .order(faq_index::changed_in)
        .limit(most)
        .select(IndexRow::as_select())
        .load(connection)?)
}

/// The desk's groups of words that mean the same.
pub fn synonyms(connection: &mut Connection) -> Result<Vec<Vec<String>>> {
    let found: Vec<Doc<Vec<String>>> =
        faq_synonyms::table.order(faq_synonyms::id).select(faq_synonyms::terms).load(connection)?;
    Ok(found.into_iter().map(|group| group.0).collect())
}

/// A contract of the caller's as it stands today, and the version of the rows: one statement.
#[derive(Clone, Debug, Queryable)]
pub struct Standing {
    /// The contract.
    pub contract: ContractId,
    /// Its condition.
    pub condition: Condition,
    /// The products it covers.
    pub product_ids: Doc<Vec<ProductId>>,
    /// The services it includes.
    pub services: Doc<Vec<Service>>,
    /// The version of the rows of the index.
    pub version: i64,
}

/// The contracts of a caller outside the desk, proven. None where the proof fails; only then it is
/// worth asking why.
pub fn standings(connection: &mut Connection, claim: &Claim, now: Instant) -> Result<Vec<Standing>> {
    use crate::db::schema::contract_spans;
    if !claim.is_outside() {
        return Err(Problem::bug("the desk has no contract"));
    }
    let today = tokyo_date(now.to_datetime());
    let query = || {
        contract_spans::table
            .filter(contract_spans::from_on.le(today))
            .filter(contract_spans::until_on.gt(today))
            .inner_join(faq_index_version::table.on(faq_index_version::id.eq(1)))
    };
    directly!(connection, |connection| proven!(claim, now, query(), contract_spans::contract_id, |proven| Ok(proven
        .select((
            contract_spans::contract_id,
            contract_spans::condition,
            contract_spans::product_ids,
            contract_spans::services,
            faq_index_version::version,
        ))
        .load(connection)?)))
}
