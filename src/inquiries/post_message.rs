//! `/v1/inquiries/{id}/messages`: the thread. An answer is immutable and is corrected by a later
//! one; an answer by phone is its call log.

use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::consent::Consent;
use super::model::{Act, check_called_at, id_or_null, unknown_reference};
use super::read::{ReadsThread, readable};
use super::store::thread::{self, CallLog, MessageRow};
use super::store::{self, Held, Told};
use super::view::outward;
use super::{InquiryId, MessageId, reading};
use crate::app::{App, Tx};
use crate::auth::claim::{Caller, Gate, Header, Privilege};
use crate::auth::proof::{Actor, prove};
use crate::db::types::{Doc, Id, Instant};
use crate::escalations::{self, EscalationId};
use crate::events::model::{Change, NewEvent, Subject};
use crate::faqs::{self, FaqId};
use crate::http::text::{Body, LanguageTag};
use crate::http::{
    Fault, Json, List, NoFilter, PageParams, Path, Problem, ProblemView, Refusal, Reply, RequiredKey, RequiredKeyParam,
    Result,
};
use crate::page;
use crate::terms::codes::{
    Action, CallDirection, CallerKind, Channel, Code, Delivery, Disclosure, EventType, MessageMark, MessageType,
    Origin, PartnerAccess, Scope,
};

/// Writes to a thread.
pub struct PostsMessages;
impl Privilege for PostsMessages {
    const GATE: Gate = Gate::shut().customer().partner(Scope::InquiriesWrite, Header::Required).agent();
}

/// A message to post.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostMessage {
    /// An answer (the desk only), or any other message.
    #[serde(rename = "type")]
    pub message_type: MessageType,
    /// How it goes: `phone` for a call that the desk logs.
    pub channel: Channel,
    /// Its text: demanded on the Support Web; a call has its log instead.
    #[serde(default)]
    #[schema(nullable = false)]
    pub body: Option<Body>,
    /// What it counts as: `workaround` and `recurrence_procedure` on answers,
    /// `resolved_by_customer` on the customer side's messages.
    #[serde(default)]
    #[schema(nullable = false, max_items = 3)]
    #[validate(length(max = 3))]
    pub marks: Option<Vec<MessageMark>>,
    /// The escalation whose answer it passes on: only if the vendor permits that.
    #[serde(default)]
    #[schema(nullable = false)]
    pub escalation_id: Option<EscalationId>,
    /// Published FAQs of the contract's products that it points to: up to 20.
    #[serde(default)]
    #[schema(nullable = false, max_items = 20)]
    #[validate(length(max = 20))]
    pub faq_ids: Option<Vec<FaqId>>,
    /// Whether it may be passed on to the vendor; false unless said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub shareable_with_vendor: Option<bool>,
    /// The language of its text; Japanese unless said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub language: Option<LanguageTag>,
    /// Who wrote the text, of the desk's own messages; the vendor's may stay in its language
    /// (LNG-3-C2).
    #[serde(default)]
    #[schema(nullable = false)]
    pub origin: Option<Origin>,
    /// The log of the call: with `phone` only, and demanded there.
    #[serde(default)]
    #[schema(nullable = false)]
    pub call: Option<CallLog>,
}

/// Who wrote a message, as far as the reader may know.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageAuthor {
    /// The kind; whoever of the desk is `agent` outside it.
    pub kind: CallerKind,
    /// The row; null for whoever of the desk, outside it.
    #[schema(required, format = "uuid", max_length = 36)]
    pub id: Option<String>,
}

/// A message of the thread.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Message)]
pub struct MessageView {
    /// The message.
    pub id: MessageId,
    /// An answer, or any other message.
    #[serde(rename = "type")]
    pub message_type: MessageType,
    /// How it went.
    pub channel: Channel,
    /// Its text; null where the call log stands for it, and where it was masked.
    #[schema(required)]
    pub body: Option<Body>,
    /// What it counts as.
    #[schema(max_items = 3)]
    pub marks: Vec<MessageMark>,
    /// The escalation whose answer it passes on.
    #[schema(required)]
    pub escalation_id: Option<EscalationId>,
    /// The FAQs that it points to.
    #[schema(max_items = 20)]
    pub faq_ids: Vec<FaqId>,
    /// Whether it may be passed on to the vendor.
    pub shareable_with_vendor: bool,
    /// The customer's consent to that, where the desk set the mark. The desk's answers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub consent: Option<Consent>,
    /// The language of its text.
    pub language: LanguageTag,
    /// Who wrote the text, where that may be the vendor; null for the customer side's messages.
    #[schema(required)]
    pub origin: Option<Origin>,
    /// The log of the call.
    #[schema(required)]
    pub call: Option<CallLog>,
    /// Whether it is the customer side's: a customer's, a partner's or an inbound call.
    pub customer_side: bool,
    /// Who posted it.
    pub author: MessageAuthor,
    /// When it was posted.
    pub posted_at: Instant,
    /// When its text was taken away; null unless it was.
    #[schema(required)]
    pub masked_at: Option<Instant>,
    /// True for what the side of a wrong contract sent before a correction: the customer does not
    /// see it. The desk's answers only, and absent else.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub of_another_contract: Option<bool>,
}

page!(
    /// A page of messages.
    MessagePage of MessageView
);

impl MessageView {
    /// The message as the desk or somebody outside it sees it.
    pub fn of(row: MessageRow, desk: bool) -> Result<Self> {
        let shown = desk || row.author_kind.is_outside();
        Ok(Self {
            id: row.id,
            message_type: row.message_type,
            channel: row.channel,
            body: row.body.as_deref().map(Body::parse).transpose().map_err(Problem::bug)?,
            marks: row.marks.0,
            escalation_id: row.escalation_id,
            faq_ids: row.faq_ids.0,
            shareable_with_vendor: row.shareable_with_vendor,
            consent: row.consent.map(|consent| consent.0).filter(|_| desk),
            language: LanguageTag::parse(&row.language).map_err(Problem::bug)?,
            origin: Some(row.origin).filter(|_| !row.customer_side),
            call: row.call.map(|call| call.0),
            customer_side: row.customer_side,
            author: MessageAuthor {
                kind: outward(row.author_kind, desk),
                id: shown.then(|| row.author_id.to_string()),
            },
            posted_at: row.posted_at,
            masked_at: row.masked_at,
            of_another_contract: None,
        })
    }

    /// The same as the desk is told it, where the inquiry once stood on a wrong contract.
    pub fn marked(self, held: &Held) -> Self {
        let another = held.is_of_another(self.author.kind, self.posted_at);
        Self { of_another_contract: another.then_some(true), ..self }
    }
}

/// Post a message or an answer
///
/// By the customer's side a message; by the desk a message, an answer, or the log of a call. A
/// reply by phone or on the Support Web is the answer (SW-4.2.1-C8, SA-5.2.1-C7); there is no
/// other document. A vendor's answer is passed on only where the vendor permits.
#[utoipa::path(
    tag = "inquiries",
    params(("id" = InquiryId, Path, description = "The inquiry."), RequiredKeyParam, ("Support-Id" = Option<String>, Header, nullable = false, max_length = 100, description = "The contract's ID; a partner must send it.")),
    request_body = PostMessage,
    responses(
        (status = 201, description = "The message; the ETag is the inquiry's", body = MessageView),
        (status = 403, description = "`support_denied`: confirmed of the product or the inquiry, to the customer's side", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "`inquiry_closed` with a follow-up ready to send · `state_conflict` with `superseded_by` · `vendor_disclosure_pending` `vendor_disclosure_refused` `request_in_progress`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("staff" = []), ("client" = ["inquiries:write"]))
)]
#[post("/inquiries/{id}/messages")]
pub async fn post_message(
    app: App,
    caller: Caller<PostsMessages>,
    Path(id): Path<InquiryId>,
    RequiredKey(key): RequiredKey,
    Json(request): Json<PostMessage>,
) -> Result<Reply> {
    request.check_shape(caller.is_outside())?;
    let desk = app.config().desk_contact();
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let held = store::hold(tx, &actor, now, id)?;
        held.serves(tx, &actor, &desk)?;
        tx.once()?;
        post(tx, &actor, &held, &request)
    })
    .await
}

/// The message to an inquiry that is held; a batch comes here too. Its shape is checked.
pub fn post(tx: &mut Tx<'_>, actor: &Actor, held: &Held, request: &PostMessage) -> Result<Change<Reply>> {
    let (now, id) = (tx.now, held.row.id);
    let action = if request.is_answer() { Action::Answer } else { Action::PostMessage };
    held.situation(actor).may(action).map_err(|problem| request.with_follow_up(problem, held, actor))?;
    if let Some(call) = &request.call {
        check_called_at(call.called_at, tx.now, "/call/called_at")?;
    }
    if let Some(escalation) = request.escalation_id {
        check_disclosure(tx, held, escalation)?;
    }
    check_faqs(tx, held, request.faq_ids.as_deref().unwrap_or_default())?;
    let row = request.row(tx, actor, id);
    let life = held.row.life().after(request.act(actor));
    let version = store::advance(tx, &held.row, life, now, true)?;
    thread::insert_message(tx, &row)?;
    let event_type = if request.is_answer() { EventType::InquiryAnswered } else { EventType::InquiryMessagePosted };
    let told = if row.customer_side && actor.kind != CallerKind::Partner { Told::CustomerOwn } else { Told::Full };
    let data = json!({
        "message": row.id, "channel": row.channel.as_str(), "customer_side": row.customer_side,
        "marks": row.marks.0, "escalation": id_or_null(row.escalation_id), "faqs": row.faq_ids.0,
        "state": life.state(),
    });
    let event =
        NewEvent::by(actor, event_type, Subject::new("inquiry", id), data).on(held.row.contract_id, held.feed(told));
    let location = format!("/v1/inquiries/{id}/messages/{}", row.id);
    let view = MessageView::of(row, !actor.is_outside())?;
    Ok(Change::new(Reply::created(&location, &view)?.tagged(version), event))
}

impl PostMessage {
    fn is_answer(&self) -> bool {
        self.message_type == MessageType::Answer
    }

    /// A call that came in is the customer side's, though the desk logs it.
    fn is_inbound(&self) -> bool {
        self.call.as_ref().is_some_and(|call| call.direction == CallDirection::Inbound)
    }

    fn act(&self, actor: &Actor) -> Act {
        match self.message_type {
            MessageType::Answer => Act::Answer,
            MessageType::Message if actor.is_outside() || self.is_inbound() => Act::CustomerMessage,
            MessageType::Message => Act::DeskMessage,
        }
    }

    /// Who may say what, before any row is read.
    pub fn check_shape(&self, outside: bool) -> Result<()> {
        let mut faults = Vec::new();
        let mut refuse = |wrong: bool, pointer: &str, code| {
            if wrong {
                faults.push(Fault::at(pointer, code));
            }
        };
        let (phone, customers) = (self.channel == Channel::Phone, outside || self.is_inbound());
        refuse(outside && self.is_answer(), "/type", "not_allowed_here");
        refuse(outside && phone, "/channel", "not_allowed_here");
        refuse(outside && self.escalation_id.is_some(), "/escalation_id", "not_allowed_here");
        refuse(outside && self.faq_ids.is_some(), "/faq_ids", "not_allowed_here");
        refuse(customers && self.origin.is_some(), "/origin", "not_allowed_here");
        refuse(self.call.is_some() && !phone, "/call", "not_allowed_here");
        refuse(self.call.is_none() && phone && !outside, "/call", "required");
        refuse(self.body.is_none() && !phone, "/body", "required");
        refuse(self.is_answer() && self.is_inbound(), "/call/direction", "not_allowed_here");
        for (index, mark) in self.marks.iter().flatten().enumerate() {
            let fits = match mark {
                MessageMark::Workaround | MessageMark::RecurrenceProcedure => self.is_answer(),
                MessageMark::ResolvedByCustomer => customers,
            };
            let repeated = self.marks.iter().flatten().take(index).any(|earlier| earlier == mark);
            refuse(!fits, &format!("/marks/{index}"), "not_allowed_here");
            refuse(repeated, &format!("/marks/{index}"), "duplicate_item");
        }
        if faults.is_empty() { Ok(()) } else { Err(Problem::faults(faults)) }
    }

    /// A message to a closed inquiry comes back as the follow-up that it could be: what was said is
    /// asked, the rest is inherited. The desk's is a call's, since it opens inquiries by phone only.
    fn with_follow_up(&self, problem: Problem, held: &Held, actor: &Actor) -> Problem {
        let (row, desk) = (&held.row, !actor.is_outside());
        let call = self.call.as_ref().filter(|_| desk);
        let said = self.body.as_ref().or(call.map(|call| &call.summary));
        if problem.refusal() != Refusal::InquiryClosed || (desk && call.is_none()) {
            return problem;
        }
        let channel = if desk { Channel::Phone } else { Channel::SupportWeb };
        let mut follow_up = vec![
            ("channel", json!(channel.as_str())),
            ("kind", json!(row.kind.as_str())),
            ("product_id", json!(row.product_id)),
            ("subject", json!(row.subject)),
            ("body", json!(said)),
            ("follows", json!(row.id)),
        ];
        if held.delivery == Delivery::Software {
            follow_up.push(("product_version", json!(row.product_version)));
        }
        if let Some(target) = &held.target_version {
            follow_up.push(("target_version", json!(target)));
        }
        if let Some(call) = call {
            follow_up.push(("presented_support_id", json!(held.presented_support_id)));
            follow_up.push(("call", json!({ "called_at": call.called_at, "with": call.with })));
        }
        let follow_up = follow_up.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        problem.helped(|help| help.follow_up = Some(follow_up))
    }

    fn row(&self, tx: &Tx<'_>, actor: &Actor, inquiry_id: InquiryId) -> MessageRow {
        MessageRow {
            id: tx.new_id(),
            inquiry_id,
            message_type: self.message_type,
            channel: self.channel,
            body: self.body.as_deref().map(str::to_owned),
            marks: Doc(self.marks.clone().unwrap_or_default()),
            faq_ids: Doc(self.faq_ids.clone().unwrap_or_default()),
            escalation_id: self.escalation_id,
            shareable_with_vendor: self.shareable_with_vendor.unwrap_or(false),
            language: self.language.as_deref().unwrap_or("ja").to_owned(),
            origin: self.origin.unwrap_or(Origin::Desk),
            call: self.call.clone().map(Doc),
            customer_side: actor.is_outside() || self.is_inbound(),
            author_kind: actor.kind,
            author_id: Id::<Uuid>::new(actor.id),
            posted_at: tx.now,
            version: 1,
            consent: None,
            masked_at: None,
        }
    }
}

/// What the vendor does not permit, or has not yet permitted, is not told (SW-4.2.1-C13,
/// SA-5.2.1-C27).
fn check_disclosure(tx: &mut Tx<'_>, held: &Held, escalation: EscalationId) -> Result<()> {
    let disclosure = escalations::store::last_disclosure(tx, held.row.id, escalation)?;
    let refusal = match disclosure {
        None => return Err(unknown_reference("/escalation_id")),
        Some(Some(Disclosure::Permitted)) => return Ok(()),
        Some(Some(Disclosure::Refused)) => Refusal::VendorDisclosureRefused,
        Some(Some(Disclosure::Pending) | None) => Refusal::VendorDisclosurePending,
    };
    Err(Problem::from(refusal).under(held.delivery, &held.terms_version))
}

/// A message points to what its customer can read: published FAQs of the contract's products.
fn check_faqs(tx: &mut Tx<'_>, held: &Held, named: &[FaqId]) -> Result<()> {
    if named.is_empty() {
        return Ok(());
    }
    let readable = faqs::store::published_for(tx, named, &held.contract.product_ids.0)?;
    let foreign = named.iter().enumerate().filter(|(_, id)| !readable.contains(id));
    let faults: Vec<Fault> = foreign.map(|(n, _)| Fault::at(format!("/faq_ids/{n}"), "unknown_reference")).collect();
    if faults.is_empty() { Ok(()) } else { Err(Problem::faults(faults)) }
}

/// Whether this reader sees only what its own side sent of what the customer's side added.
pub fn without_customers(actor_kind: CallerKind, held: &Held) -> bool {
    actor_kind == CallerKind::Partner && held.contract.partner_access != PartnerAccess::Full
}

/// Whether this reader sees a message.
pub fn is_seen(row: &MessageRow, reader: CallerKind, held: &Held) -> bool {
    let narrowed = without_customers(reader, held) && row.customer_side && row.author_kind != CallerKind::Partner;
    !narrowed && held.shows(reader, row.author_kind, row.posted_at)
}

/// Read the thread
///
/// Newest first. A partner sees what the desk sent and what it sent itself; what the customer
/// added only with `partner_access: full`.
#[utoipa::path(
    tag = "inquiries",
    params(("id" = InquiryId, Path, description = "The inquiry."), PageParams, ("Support-Id" = Option<String>, Header, nullable = false, max_length = 100, description = "The contract's ID; a partner must send it.")),
    responses((status = 200, description = "A page of the thread", body = MessagePage)),
    security(("customer" = []), ("staff" = []), ("client" = ["inquiries:read"]))
)]
#[get("/inquiries/{id}/messages")]
pub async fn list_messages(
    app: App,
    caller: Caller<ReadsThread>,
    Path(id): Path<InquiryId>,
    List(NoFilter {}, page): List<NoFilter>,
) -> Result<Reply> {
    let (now, desk, claim) = (app.now(), app.config().desk_contact(), (*caller).clone());
    let (mut rows, held, first, page) = app
        .read(move |db| {
            let (held, first) = readable(db, &claim, now, id, &desk)?;
            let (narrowed, astray) = (without_customers(claim.kind(), &held), held.hidden_from(claim.kind()));
            Ok((thread::list_messages(db, id, narrowed, astray, &page)?, held, first, page))
        })
        .await?;
    let next = page.cut(&mut rows, |row| (row.posted_at, row.id));
    let desk = !caller.is_outside();
    let view = |row| Ok(MessageView::of(row, desk)?.marked(&held));
    let items = rows.into_iter().map(view).collect::<Result<_>>()?;
    reading::noted(&app, &caller, (first, MessagePage::reply(items, next, &page)?)).await
}

/// Read a message
///
/// One message of the thread, as far as the caller may see it.
#[utoipa::path(
    tag = "inquiries",
    params(("id" = InquiryId, Path, description = "The inquiry."), ("message" = MessageId, Path, description = "The message."), ("Support-Id" = Option<String>, Header, nullable = false, max_length = 100, description = "The contract's ID; a partner must send it.")),
    responses((status = 200, description = "The message", body = MessageView)),
    security(("customer" = []), ("staff" = []), ("client" = ["inquiries:read"]))
)]
#[get("/inquiries/{id}/messages/{message}")]
pub async fn get_message(
    app: App,
    caller: Caller<ReadsThread>,
    Path((id, message)): Path<(InquiryId, MessageId)>,
) -> Result<Reply> {
    let (now, desk, claim) = (app.now(), app.config().desk_contact(), (*caller).clone());
    let read = app.read(move |db| {
        let (held, first) = readable(db, &claim, now, id, &desk)?;
        let row = thread::message(db, id, message)?.filter(|row| is_seen(row, claim.kind(), &held));
        let row = row.ok_or(Refusal::NotFound)?;
        let version = row.version;
        let view = MessageView::of(row, !claim.is_outside())?.marked(&held);
        Ok((first, Reply::ok(&view)?.tagged(version)))
    });
    reading::noted(&app, &caller, read.await?).await
}
