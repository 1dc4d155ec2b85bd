//! Every query on an inquiry's thread: messages, steps, requests, reclassifications.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::not_astray;
use crate::attachments::AttachmentId;
use crate::auth::proof::Actor;
use crate::contracts::ContractId;
use crate::db::Connection;
use crate::db::schema::{information_requests, investigation_steps, messages, reclassifications, redirections};
use crate::db::types::{Doc, Id, Instant};
use crate::erasures;
use crate::escalations::EscalationId;
use crate::faqs::FaqId;
use crate::http::page::Page;
use crate::http::text::{Body, Name};
use crate::http::{Refusal, Result};
use crate::inquiries::consent::Consent;
use crate::inquiries::model::Astray;
use crate::inquiries::{InformationRequestId, InquiryId, MessageId, Reclassification, RedirectionId, StepId};
use crate::terms::codes::{
    CallDirection, CallerKind, Channel, MessageMark, MessageType, Origin, RequestEnd, RequestKind, RequestResult,
    StepKind, Topic,
};
use crate::{load_page, older};

/// The log of a call. For an answer by phone, the log is the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallLog {
    /// When the call was: not in the future, at most 7 days back.
    pub called_at: Instant,
    /// Who was spoken to.
    #[serde(rename = "with")]
    pub with: Name,
    /// What was said.
    pub summary: Body,
    /// Who called whom.
    pub direction: CallDirection,
}

/// A message of the thread.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = messages)]
pub struct MessageRow {
    /// The message.
    pub id: MessageId,
    /// Its inquiry.
    pub inquiry_id: InquiryId,
    /// An answer, or any other message.
    pub message_type: MessageType,
    /// How it went.
    pub channel: Channel,
    /// Its text; a phone call has its log instead.
    pub body: Option<String>,
    /// What it counts as.
    pub marks: Doc<Vec<MessageMark>>,
    /// The FAQs that it names.
    pub faq_ids: Doc<Vec<FaqId>>,
    /// The escalation whose answer it passes on.
    pub escalation_id: Option<EscalationId>,
    /// Whether it may be passed on to the vendor.
    pub shareable_with_vendor: bool,
    /// The language of its text.
    pub language: String,
    /// Who wrote the text.
    pub origin: Origin,
    /// The log of the call.
    pub call: Option<Doc<CallLog>>,
    /// Whether it is the customer side's.
    pub customer_side: bool,
    /// The kind of who posted it.
    pub author_kind: CallerKind,
    /// The row of who posted it.
    pub author_id: Id<Uuid>,
    /// When it was posted.
    pub posted_at: Instant,
    /// Counted up by mark and masking.
    pub version: i32,
    /// The customer's consent to passing it on, where the desk set the mark.
    pub consent: Option<Doc<Consent>>,
    /// When its text was taken away.
    pub masked_at: Option<Instant>,
}

impl MessageRow {
    /// Whether this caller's side said it; of the desk everybody may act on everything.
    pub fn is_own_side(&self, actor: &Actor) -> bool {
        match actor.kind {
            CallerKind::Customer => self.customer_side && self.author_kind != CallerKind::Partner,
            CallerKind::Partner => self.author_kind == CallerKind::Partner,
            _ => true,
        }
    }

    /// The hash by which its text can be told when it is gone.
    pub fn hash(&self) -> Vec<u8> {
        let log = self.call.as_ref().map(|call| &*call.0.summary);
        match (self.body.as_deref(), log) {
            (body, None) => erasures::hash(&[body]),
            (None, log) => erasures::hash(&[log]),
            both => erasures::hash(&[both.0, both.1]),
        }
    }
}

/// Adds a message.
pub fn insert_message(connection: &mut Connection, row: &MessageRow) -> Result<()> {
    diesel::insert_into(messages::table).values(row).execute(connection)?;
    Ok(())
}

/// A message of this inquiry.
pub fn message(connection: &mut Connection, inquiry: InquiryId, id: MessageId) -> Result<Option<MessageRow>> {
    Ok(messages::table
        .find(id)
        .filter(messages::inquiry_id.eq(inquiry))
        .select(MessageRow::as_select())
        .first(connection)
        .optional()?)
}

/// Writes whether a message may be passed on, if nobody was quicker: 412 else.
pub fn set_mark(
    connection: &mut Connection,
    row: &MessageRow,
    shareable: bool,
    consent: Option<Consent>,
) -> Result<()> {
    let changed = diesel::update(messages::table.find(row.id))
        .filter(messages::version.eq(row.version))
        .set((
            messages::shareable_with_vendor.eq(shareable),
            messages::consent.eq(consent.map(Doc)),
            messages::version.eq(row.version.saturating_add(1)),
        ))
        .execute(connection)?;
    if changed == 1 { Ok(()) } else { Err(Refusal::VersionConflict.into()) }
}

/// Takes a message's text and the log of its call away. The record stays.
pub fn set_masked(connection: &mut Connection, row: &MessageRow, now: Instant) -> Result<()> {
    diesel::update(messages::table.find(row.id))
        .set((
            messages::body.eq(None::<String>),
            messages::call.eq(None::<Doc<CallLog>>),
            messages::masked_at.eq(now),
            messages::version.eq(row.version.saturating_add(1)),
        ))
        .execute(connection)?;
    Ok(())
}

/// Messages, newest first: all of them, or without what the customer added to a partner's inquiry,
/// and without what a customer's side said while the inquiry was astray.
pub fn list_messages(
    connection: &mut Connection,
    inquiry: InquiryId,
    without_customers: bool,
    astray: &[Astray],
    page: &Page,
) -> Result<Vec<MessageRow>> {
    let mut query = messages::table
        .filter(messages::inquiry_id.eq(inquiry))
        .order((messages::posted_at.desc(), messages::id.desc()))
        .select(MessageRow::as_select())
        .into_boxed();
    if without_customers {
        let by_partner = messages::author_kind.eq(CallerKind::Partner);
        query = query.filter(messages::customer_side.eq(false).or(by_partner));
    }
    not_astray!(query, astray, messages::posted_at, messages::author_kind);
    older!(query, page, messages::posted_at, messages::id);
    Ok(load_page!(query, page, connection))
}

/// The text of the latest answer that has one.
pub fn latest_answer(connection: &mut Connection, inquiry: InquiryId) -> Result<Option<String>> {
    let found: Option<Option<String>> = messages::table
        .filter(messages::inquiry_id.eq(inquiry))
        .filter(messages::message_type.eq(MessageType::Answer))
        .filter(messages::body.is_not_null())
        .order((messages::posted_at.desc(), messages::id.desc()))
        .select(messages::body)
        .first(connection)
        .optional()?;
    Ok(found.flatten())
}

/// Whether the desk named this FAQ in a message of this inquiry.
pub fn names_faq(connection: &mut Connection, inquiry: InquiryId, faq: FaqId) -> Result<bool> {
    let named: Vec<Doc<Vec<FaqId>>> = messages::table
        .filter(messages::inquiry_id.eq(inquiry))
        .filter(messages::customer_side.eq(false))
        .select(messages::faq_ids)
        .load(connection)?;
    Ok(named.iter().any(|ids| ids.0.contains(&faq)))
}

/// A step of the investigation.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = investigation_steps)]
pub struct StepRow {
    /// The step.
    pub id: StepId,
    /// Its inquiry.
    pub inquiry_id: InquiryId,
    /// What was done.
    pub kind: StepKind,
    /// What came of it.
    pub summary: String,
    /// When it was done.
    pub performed_at: Instant,
    /// When it was written down.
    pub recorded_at: Instant,
    /// The kind of who wrote it down.
    pub recorded_by_kind: CallerKind,
    /// The row of who wrote it down.
    pub recorded_by_id: Id<Uuid>,
}

/// Adds a step.
pub fn insert_step(connection: &mut Connection, row: &StepRow) -> Result<()> {
    diesel::insert_into(investigation_steps::table).values(row).execute(connection)?;
    Ok(())
}

/// Steps, newest first.
pub fn list_steps(connection: &mut Connection, inquiry: InquiryId, page: &Page) -> Result<Vec<StepRow>> {
    let mut query = investigation_steps::table
        .filter(investigation_steps::inquiry_id.eq(inquiry))
        .order((investigation_steps::recorded_at.desc(), investigation_steps::id.desc()))
        .select(StepRow::as_select())
        .into_boxed();
    older!(query, page, investigation_steps::recorded_at, investigation_steps::id);
    Ok(load_page!(query, page, connection))
}

/// Which of these are steps of this inquiry.
pub fn known_steps(connection: &mut Connection, inquiry: InquiryId, ids: &[StepId]) -> Result<Vec<StepId>> {
    Ok(investigation_steps::table
        .filter(investigation_steps::inquiry_id.eq(inquiry))
        .filter(investigation_steps::id.eq_any(ids))
        .select(investigation_steps::id)
        .load(connection)?)
}

/// What a reclassification changed, and why. Append only.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = reclassifications)]
pub struct ReclassificationRow {
    /// The reclassification.
    pub id: Id<Reclassification>,
    /// Its inquiry.
    pub inquiry_id: InquiryId,
    /// What it was.
    pub before_facts: Doc<Value>,
    /// What it is now.
    pub after_facts: Doc<Value>,
    /// Why.
    pub reason: String,
    /// By whom.
    pub reclassified_by: Id<Uuid>,
    /// When.
    pub reclassified_at: Instant,
}

/// Keeps a reclassification.
pub fn insert_reclassification(connection: &mut Connection, row: &ReclassificationRow) -> Result<()> {
    diesel::insert_into(reclassifications::table).values(row).execute(connection)?;
    Ok(())
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = InformationResult)]
pub struct ResultGiven {
    /// What came of it.
    pub result: RequestResult,
    /// In words.
    #[schema(required)]
    pub body: Option<Body>,
    /// The version now installed, after an upgrade.
    #[schema(required, max_length = 50)]
    pub installed_version: Option<String>,
    /// Files that go with it.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub attachment_ids: Vec<AttachmentId>,
    /// When it was reported.
    pub reported_at: Instant,
}

/// A request to the customer.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = information_requests)]
pub struct RequestRow {
    /// The request.
    pub id: InformationRequestId,
    /// Its inquiry.
    pub inquiry_id: InquiryId,
    /// What is asked for.
    pub kind: RequestKind,
    /// In words.
    pub body: String,
    /// Single things asked for.
    pub items: Doc<Vec<String>>,
    /// The version to upgrade to.
    pub target_version: Option<String>,
    /// The kind of who asked.
    pub requested_by_kind: CallerKind,
    /// The row of who asked.
    pub requested_by_id: Option<Id<Uuid>>,
    /// When it was asked.
    pub requested_at: Instant,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// What ended it.
    pub ended_by: Option<RequestEnd>,
    /// What came of it.
    pub result: Option<Doc<ResultGiven>>,
}

/// Adds a request.
pub fn insert_request(connection: &mut Connection, row: &RequestRow) -> Result<()> {
    diesel::insert_into(information_requests::table).values(row).execute(connection)?;
    Ok(())
}

/// A request of this inquiry.
pub fn request(
    connection: &mut Connection,
    inquiry: InquiryId,
    id: InformationRequestId,
) -> Result<Option<RequestRow>> {
    Ok(information_requests::table
        .find(id)
        .filter(information_requests::inquiry_id.eq(inquiry))
        .select(RequestRow::as_select())
        .first(connection)
        .optional()?)
}

/// Requests, newest first.
pub fn list_requests(connection: &mut Connection, inquiry: InquiryId, page: &Page) -> Result<Vec<RequestRow>> {
    let mut query = information_requests::table
        .filter(information_requests::inquiry_id.eq(inquiry))
        .order((information_requests::requested_at.desc(), information_requests::id.desc()))
        .select(RequestRow::as_select())
        .into_boxed();
    older!(query, page, information_requests::requested_at, information_requests::id);
    Ok(load_page!(query, page, connection))
}

/// Ends an open request.
pub fn end_request(
    connection: &mut Connection,
    id: InformationRequestId,
    by: RequestEnd,
    result: Option<ResultGiven>,
    at: Instant,
) -> Result<()> {
    diesel::update(information_requests::table.find(id))
        .set((
            information_requests::ended_at.eq(at),
            information_requests::ended_by.eq(by),
            information_requests::result.eq(result.map(Doc)),
        ))
        .execute(connection)?;
    Ok(())
}

/// Ends every open request of an inquiry, with the inquiry.
pub fn end_requests(connection: &mut Connection, inquiry: InquiryId, by: RequestEnd, at: Instant) -> Result<()> {
    let open = information_requests::table
        .filter(information_requests::inquiry_id.eq(inquiry))
        .filter(information_requests::ended_at.is_null());
    diesel::update(open)
        .set((information_requests::ended_at.eq(at), information_requests::ended_by.eq(by)))
        .execute(connection)?;
    Ok(())
}

/// A topic that was sent elsewhere: no text, no person.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = redirections)]
pub struct RedirectionRow {
    /// The redirection.
    pub id: RedirectionId,
    /// The topic.
    pub topic: Topic,
    /// How it came in.
    pub channel: Channel,
    /// The contract presented.
    pub contract_id: ContractId,
    /// When.
    pub recorded_at: Instant,
}

/// Adds a redirection, with what its call and a repetition of it have in common.
pub fn insert_redirection(connection: &mut Connection, row: &RedirectionRow, call: Option<&[u8]>) -> Result<()> {
    diesel::insert_into(redirections::table).values((row, redirections::call_digest.eq(call))).execute(connection)?;
    Ok(())
}

/// Whether this call was sent elsewhere before, after a moment.
pub fn redirected_before(connection: &mut Connection, call: &[u8], after: Instant) -> Result<bool> {
    let found: Option<RedirectionId> = redirections::table
        .filter(redirections::call_digest.eq(call))
        .filter(redirections::recorded_at.gt(after))
        .select(redirections::id)
        .first(connection)
        .optional()?;
    Ok(found.is_some())
}

/// What a list of redirections is narrowed by.
#[derive(Clone, Debug, Default)]
pub struct RedirectionNarrowing {
    /// Any of these topics.
    pub topics: Vec<Topic>,
    /// Any of these contracts.
    pub contracts: Vec<ContractId>,
    /// Recorded at or after.
    pub after: Option<Instant>,
    /// Recorded before.
    pub before: Option<Instant>,
}

/// Redirections, newest first.
pub fn list_redirections(
    connection: &mut Connection,
    by: &RedirectionNarrowing,
    page: &Page,
) -> Result<Vec<RedirectionRow>> {
    let mut query = redirections::table
        .order((redirections::recorded_at.desc(), redirections::id.desc()))
        .select(RedirectionRow::as_select())
        .into_boxed();
    if !by.topics.is_empty() {
        query = query.filter(redirections::topic.eq_any(&by.topics));
    }
    if !by.contracts.is_empty() {
        query = query.filter(redirections::contract_id.eq_any(&by.contracts));
    }
    if let Some(from) = by.after {
        query = query.filter(redirections::recorded_at.ge(from));
    }
    if let Some(until) = by.before {
        query = query.filter(redirections::recorded_at.lt(until));
    }
    older!(query, page, redirections::recorded_at, redirections::id);
    Ok(load_page!(query, page, connection))
}
