//! What acts write on an inquiry. [`advance`] is the one writer of its state.

use diesel::prelude::*;
use serde::Serialize;
use time::Date;
use uuid::Uuid;

use super::{Opening, Row};
use crate::accounts::Staff;
use crate::auth::proof::Actor;
use crate::contracts::Product;
use crate::db::Connection;
use crate::db::dialect;
use crate::db::schema::{customer_information, inquiries, inquiry_openings, inquiry_tags, supersessions};
use crate::db::types::{Doc, Id, Instant};
use crate::http::{Refusal, Result};
use crate::inquiries::InquiryId;
use crate::inquiries::model::Life;
use crate::terms::codes::{CallerKind, ClosureCode, Kind, Matter, Priority, SupersedeReason};

/// Adds an inquiry with its opening. A reference that the partner has used is 409.
pub fn insert(connection: &mut Connection, row: &Row, opening: &Opening) -> Result<()> {
    diesel::insert_into(inquiries::table)
        .values((
            (
                inquiries::id.eq(row.id),
                inquiries::number.eq(&row.number),
                inquiries::contract_id.eq(row.contract_id),
                inquiries::product_id.eq(row.product_id),
                inquiries::kind.eq(row.kind),
                inquiries::channel.eq(row.channel),
                inquiries::product_version.eq(&row.product_version),
                inquiries::subject.eq(&row.subject),
                inquiries::state.eq(row.state),
                inquiries::version.eq(row.version),
                inquiries::received_at.eq(row.received_at),
                inquiries::effective_received_at.eq(row.effective_received_at),
                inquiries::last_message_at.eq(row.last_message_at),
            ),
            (
                inquiries::changed_at.eq(row.changed_at),
                inquiries::tags.eq(&row.triage.tags),
                inquiries::opener_reseller_id.eq(row.opener_reseller_id),
                inquiries::external_reference.eq(&row.external_reference),
                inquiries::overridden.eq(row.standing.overridden),
                inquiries::turn.eq(&row.turn),
                inquiries::taken.eq(row.taken),
                inquiries::open_requests.eq(row.standing.open_requests),
                inquiries::open_escalations.eq(row.open_escalations),
            ),
        ))
        .execute(connection)
        .map_err(|error| match dialect::failure(&error) {
            dialect::Failure::Taken if row.external_reference.is_some() => Refusal::ReferenceTaken.into(),
            _ => crate::http::Problem::from(error),
        })?;
    diesel::insert_into(inquiry_openings::table).values(opening).execute(connection)?;
    Ok(())
}

/// Whether a number for people is in use.
pub fn number_taken(connection: &mut Connection, number: &str) -> Result<bool> {
    let found: Option<InquiryId> =
        inquiries::table.filter(inquiries::number.eq(number)).select(inquiries::id).first(connection).optional()?;
    Ok(found.is_some())
}

/// Sets the customer's system apart.
pub fn insert_customer_information(
    connection: &mut Connection,
    id: InquiryId,
    actor: &Actor,
    given: &crate::inquiries::open::CustomerInformation,
    now: Instant,
) -> Result<()> {
    let text = |part: &Option<crate::http::text::Body>| part.as_deref().map(str::to_owned);
    diesel::insert_into(customer_information::table)
        .values((
            customer_information::inquiry_id.eq(id),
            customer_information::environment.eq(text(&given.environment)),
            customer_information::settings.eq(text(&given.settings)),
            customer_information::operations.eq(text(&given.operations)),
            customer_information::version.eq(1),
            customer_information::changed_at.eq(now),
            customer_information::written_by_kind.eq(actor.kind),
            customer_information::written_by_id.eq(Id::<uuid::Uuid>::new(actor.id)),
        ))
        .execute(connection)?;
    Ok(())
}

/// What the desk notes for itself.
#[derive(Clone, Debug, PartialEq, Eq, Default, Queryable, Selectable, AsChangeset)]
#[diesel(table_name = inquiries, treat_none_as_null = true)]
pub struct Triage {
    /// Who has it.
    #[diesel(column_name = assignee_id)]
    pub assignee: Option<Id<Staff>>,
    /// The desk's own order of work.
    pub priority: Option<Priority>,
    /// The desk's own word for what it is about.
    pub category: Option<String>,
    /// The desk's own tags.
    pub tags: Doc<Vec<String>>,
    /// When the desk looks again.
    pub follow_up_on: Option<Date>,
}

/// Writes what the desk notes over what it had; [`advance`] has guarded the version.
pub fn set_triage(connection: &mut Connection, row: &Row, triage: &Triage) -> Result<()> {
    diesel::update(inquiries::table.find(row.id)).set(triage).execute(connection)?;
    if row.triage.tags == triage.tags {
        return Ok(());
    }
    diesel::delete(inquiry_tags::table.filter(inquiry_tags::inquiry_id.eq(row.id))).execute(connection)?;
    for tag in &triage.tags.0 {
        diesel::insert_into(inquiry_tags::table)
            .values((
                inquiry_tags::tag.eq(tag),
                inquiry_tags::inquiry_id.eq(row.id),
                inquiry_tags::received_at.eq(row.received_at),
            ))
            .execute(connection)?;
    }
    Ok(())
}

/// What an inquiry is classified as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Classification {
    /// The kind.
    pub kind: Kind,
    /// The product.
    pub product_id: Id<Product>,
    /// The version.
    pub product_version: Option<String>,
    /// What a SaaS inquiry is about.
    pub matter: Option<Matter>,
}

/// Writes a classification; [`advance`] has guarded the version.
pub fn set_classification(connection: &mut Connection, id: InquiryId, now: &Classification) -> Result<()> {
    diesel::update(inquiries::table.find(id))
        .set((
            inquiries::kind.eq(now.kind),
            inquiries::product_id.eq(now.product_id),
            inquiries::product_version.eq(&now.product_version),
            inquiries::matter.eq(now.matter),
        ))
        .execute(connection)?;
    Ok(())
}

/// Names the decision in effect, with its code and time, or that there is none; [`advance`] has
/// guarded the version.
pub fn set_closure(
    connection: &mut Connection,
    id: InquiryId,
    closure: Option<(Id<crate::closures::ClosureDecision>, ClosureCode, Instant)>,
) -> Result<()> {
    diesel::update(inquiries::table.find(id))
        .set((
            inquiries::closure_id.eq(closure.map(|(decision, _, _)| decision)),
            inquiries::closure_code.eq(closure.map(|(_, code, _)| code)),
            inquiries::closed_at.eq(closure.map(|(_, _, at)| at)),
        ))
        .execute(connection)?;
    Ok(())
}

/// That an inquiry goes on in another one, and why.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = supersessions)]
pub struct Supersession {
    /// The inquiry.
    pub inquiry_id: InquiryId,
    /// The one that goes on in its place.
    pub superseded_by: InquiryId,
    /// Why.
    pub reason: SupersedeReason,
    /// The kind of who recorded it.
    pub recorded_by_kind: CallerKind,
    /// The row of who recorded it.
    pub recorded_by_id: Id<Uuid>,
    /// When.
    pub recorded_at: Instant,
}

/// Keeps a supersession and names the inquiry that goes on; [`advance`] has guarded the version.
pub fn record_supersession(connection: &mut Connection, row: &Supersession) -> Result<()> {
    diesel::insert_into(supersessions::table).values(row).execute(connection)?;
    diesel::update(inquiries::table.find(row.inquiry_id))
        .set(inquiries::superseded_by.eq(row.superseded_by))
        .execute(connection)?;
    Ok(())
}

/// Whether somebody is active at the desk.
pub fn is_active_staff(connection: &mut Connection, person: Id<Staff>) -> Result<bool> {
    Ok(crate::auth::store::active_role(connection, person)?.is_some())
}

/// Writes what an act made of an inquiry, if nobody was quicker: 412 else. The state is the one
/// that its life comes to.
pub fn advance(connection: &mut Connection, before: &Row, life: Life, now: Instant, thread: bool) -> Result<i32> {
    let version = before.version.saturating_add(1);
    let touched = if thread { now } else { before.last_message_at };
    let changed = diesel::update(inquiries::table.find(before.id))
        .filter(inquiries::version.eq(before.version))
        .set((
            inquiries::version.eq(version),
            inquiries::state.eq(life.state()),
            inquiries::turn.eq(life.turn.as_str()),
            inquiries::taken.eq(life.taken),
            inquiries::open_requests.eq(life.open_requests),
            inquiries::open_resubmissions.eq(life.open_resubmissions),
            inquiries::open_escalations.eq(life.open_escalations),
            inquiries::last_message_at.eq(touched),
            inquiries::changed_at.eq(now),
        ))
        .execute(connection)?;
    if changed == 1 { Ok(version) } else { Err(Refusal::VersionConflict.into()) }
}
