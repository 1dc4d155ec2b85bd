//! Every query on records of erasure, and on what is to be erased because its time is over.

use diesel::prelude::*;
use uuid::Uuid;

use super::ErasureId;
use crate::app::Tx;
use crate::auth::proof::Actor;
use crate::contracts::{Contract, Reseller};
use crate::db::Connection;
use crate::db::schema::{attachments, customer_information, erasures, inquiries, supersessions};
use crate::db::types::{Id, Instant};
use crate::http::Result;
use crate::http::text::Reason;
use crate::inquiries::InquiryId;
use crate::terms::codes::{CallerKind, ContentKind};

/// The record of what was taken away.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = erasures)]
pub struct Erased {
    /// The erasure.
    pub id: ErasureId,
    /// The inquiry that it belonged to.
    pub inquiry_id: InquiryId,
    /// What it was.
    pub content: ContentKind,
    /// The message, the attachment or, for customer information, the inquiry.
    pub content_id: Id<Uuid>,
    /// The hash of what it was.
    pub sha256: Vec<u8>,
    /// Why.
    pub reason: Option<String>,
    /// The kind of who took it away.
    pub erased_by_kind: CallerKind,
    /// Who; none where its time was over.
    pub erased_by_id: Option<Id<Uuid>>,
    /// When.
    pub erased_at: Instant,
}

impl Erased {
    /// What this caller takes away.
    pub fn by(
        tx: &Tx<'_>,
        actor: &Actor,
        inquiry_id: InquiryId,
        what: (ContentKind, Uuid),
        sha256: Vec<u8>,
        reason: Option<Reason>,
    ) -> Self {
        Self {
            reason: reason.map(|reason| reason.to_string()),
            erased_by_kind: actor.kind,
            erased_by_id: Some(Id::new(actor.id)),
            ..Self::in_time(tx, inquiry_id, what, sha256)
        }
    }

    /// What goes because its time is over.
    pub fn in_time(tx: &Tx<'_>, inquiry_id: InquiryId, (content, id): (ContentKind, Uuid), sha256: Vec<u8>) -> Self {
        Self {
            id: tx.new_id(),
            inquiry_id,
            content,
            content_id: Id::new(id),
            sha256,
            reason: None,
            erased_by_kind: CallerKind::System,
            erased_by_id: None,
            erased_at: tx.now,
        }
    }

    /// Adds the record.
    pub fn insert(&self, connection: &mut Connection) -> Result<()> {
        diesel::insert_into(erasures::table).values(self).execute(connection)?;
        Ok(())
    }
}

/// An inquiry whose time is over.
#[derive(Clone, Debug, Queryable)]
pub struct Overdue {
    /// The inquiry.
    pub id: InquiryId,
    /// Its contract.
    pub contract: Id<Contract>,
    /// The reseller whose system opened it.
    pub opener: Option<Id<Reseller>>,
}

/// How many inquiries whose time is over are found at once.
const AT_ONCE: i64 = 100;

/// Inquiries that were closed by then and stay closed, or were superseded by then, and still have
/// content: some of them, or this one if it is among them.
pub fn overdue(connection: &mut Connection, by: Instant, only: Option<InquiryId>) -> Result<Vec<Overdue>> {
    let files = attachments::table
        .filter(attachments::inquiry_id.eq(inquiries::id))
        .filter(attachments::erased_at.is_null())
        .select(attachments::id);
    let information = customer_information::table
        .filter(customer_information::inquiry_id.eq(inquiries::id))
        .filter(customer_information::erased_at.is_null())
        .select(customer_information::inquiry_id);
    let superseded = supersessions::table.filter(supersessions::recorded_at.le(by)).select(supersessions::inquiry_id);
    let mut query = inquiries::table
        .filter(inquiries::closed_at.le(by).or(inquiries::id.eq_any(superseded)))
        .filter(diesel::dsl::exists(files).or(diesel::dsl::exists(information)))
        .order(inquiries::id)
        .limit(AT_ONCE)
        .select((inquiries::id, inquiries::contract_id, inquiries::opener_reseller_id))
        .into_boxed();
    if let Some(only) = only {
        query = query.filter(inquiries::id.eq(only));
    }
    Ok(query.load(connection)?)
}
