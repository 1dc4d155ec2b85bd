//! `GET /v1/events`: the feed. Asking seals first, so a caller sees its own writes.

use actix_web::get;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::seal;
use super::store::{self, Sealed};
use crate::app::App;
use crate::auth::claim::{Caller, Claim, Gate, Header, Privilege};
use crate::auth::proof::{Actor, prove};
use crate::db::types::Instant;
use crate::http::{AnyOf, Problem, Query, Reply, Result};
use crate::terms::codes::{CallerKind, EventType, Scope};

/// Reads the feed: the desk all, a partner its own.
pub struct ReadsEvents;
impl Privilege for ReadsEvents {
    const GATE: Gate = Gate::shut().partner(Scope::EventsRead, Header::Optional).agent().robot(Scope::EventsRead);
}

/// What is asked of the feed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventQuery {
    /// The last number already seen; 0 or absent begins at the beginning.
    #[param(nullable = false, minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    after: Option<i64>,
    /// Only these types, with commas between: 1 to 20.
    #[param(nullable = false, value_type = Option<String>, max_length = 1000, example = "inquiry.opened,inquiry.closed")]
    types: Option<AnyOf<EventType>>,
    /// How many at most: 1 to 100.
    #[param(nullable = false, minimum = 1, maximum = 100, default = 20)]
    limit: Option<i64>,
}

/// Who did it.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventActor {
    /// The kind of caller; `desk` for whoever of the desk in a partner's feed.
    #[schema(max_length = 20, example = "agent")]
    pub kind: String,
    /// The caller's row; null for the system and, in a partner's feed, for the desk.
    #[schema(required, value_type = Option<String>, format = "uuid", max_length = 36)]
    pub id: Value,
}

impl EventActor {
    /// Who did what this view of an event tells.
    pub fn of(seen: &Value) -> Self {
        let member = |path: &str| seen.pointer(path).cloned().unwrap_or(Value::Null);
        Self { kind: member("/actor/kind").as_str().unwrap_or_default().to_owned(), id: member("/actor/id") }
    }

    /// The same without the row.
    #[must_use]
    pub fn unnamed(self) -> Self {
        Self { id: Value::Null, ..self }
    }
}

/// What it is about.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventSubject {
    /// The kind of thing.
    #[schema(max_length = 50, example = "inquiry")]
    pub kind: String,
    /// Its id; null for what is named in the data.
    #[schema(required, value_type = Option<String>, format = "uuid", max_length = 36)]
    pub id: Value,
}

/// Something that happened. It carries ids, codes, numbers and times only.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
pub struct EventView {
    /// The number in this feed: without gaps, from 1.
    #[schema(minimum = 1)]
    pub seq: i64,
    /// What happened.
    #[serde(rename = "type")]
    pub event_type: EventType,
    /// When.
    pub occurred_at: Instant,
    /// Who did it.
    pub actor: EventActor,
    /// What it is about.
    pub subject: EventSubject,
    /// The facts of the type.
    #[schema(value_type = Object)]
    pub data: Value,
    /// The hash of the event before, in hexadecimal; zeros before the first.
    #[schema(min_length = 64, max_length = 64)]
    pub previous_hash: String,
    /// SHA-256 over the RFC 8785 bytes of `{"event": …, "previous_hash": …}`, in hexadecimal;
    /// `event` is this event without its two hashes.
    #[schema(min_length = 64, max_length = 64)]
    pub hash: String,
}

/// A part of the feed.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventPage {
    /// The events after the number asked for, oldest first.
    #[schema(max_items = 100)]
    pub items: Vec<EventView>,
    /// The last number of this answer, or the one asked for when nothing came after: what to ask
    /// for next.
    #[schema(minimum = 0)]
    pub last_seq: i64,
}

/// Read the feed of events
///
/// The journal from a number on, sealed up to this moment: a caller sees its own writes. A partner
/// has a feed of its own, with its own gapless numbers and hashes, over what it may see; a
/// `Support-Id` header narrows it to one contract.
#[utoipa::path(
    tag = "events",
    params(EventQuery, ("Support-Id" = Option<String>, Header, nullable = false, max_length = 100, description = "Narrows a partner's feed to one contract.")),
    responses((status = 200, description = "The events after the number", body = EventPage)),
    security(("staff" = []), ("client" = ["events:read"]))
)]
#[get("/events")]
pub async fn list_events(app: App, caller: Caller<ReadsEvents>, Query(query): Query<EventQuery>) -> Result<Reply> {
    let limit = match query.limit.unwrap_or(20) {
        limit @ 1..=100 => limit,
        _ => return Err(Problem::parameter("limit", "invalid_format")),
    };
    let after = query.after.unwrap_or(0);
    if after < 0 {
        return Err(Problem::parameter("after", "invalid_format"));
    }
    let types = query.types.map(|types| types.0).unwrap_or_default();
    let items = after_now(&app, &caller, after, types, limit).await?;
    let last_seq = items.last().map_or(after, |event| event.seq);
    Reply::ok(&EventPage { items, last_seq })
}

/// The events after a number as they stand now: the caller is proven and the journal sealed first.
pub async fn after_now(
    app: &App,
    claim: &Claim,
    after: i64,
    types: Vec<EventType>,
    limit: i64,
) -> Result<Vec<EventView>> {
    let (now, claim, caller) = (app.now(), claim.clone(), claim.clone());
    app.read(move |db| prove(db, &claim, now)).await?;
    seal::seal(app).await?;
    // Sealing takes its time, and who lost a right meanwhile reads nothing.
    let now = app.now();
    app.read(move |db| {
        let actor = prove(db, &caller, now)?;
        events_for(db, &actor, after, &types, limit)
    })
    .await
}

fn events_for(
    db: &mut crate::db::Connection,
    actor: &Actor,
    after: i64,
    types: &[EventType],
    limit: i64,
) -> Result<Vec<EventView>> {
    let (sealed, view): (Vec<Sealed>, fn(&store::Row) -> Value) = match (actor.kind, actor.reseller) {
        (CallerKind::Partner, Some(reseller)) => {
            let only = actor.presented.as_ref().map(|presented| presented.contract);
            (store::reseller_after(db, reseller, after, types, only, limit)?, seal::reseller_view)
        }
        _ => (store::after(db, after, types, limit)?, seal::desk_view),
    };
    Ok(sealed.into_iter().map(|sealed| event_view(sealed, view)).collect())
}

fn event_view(sealed: Sealed, view: fn(&store::Row) -> Value) -> EventView {
    let seen = view(&sealed.row);
    let member = |path: &str| seen.pointer(path).cloned().unwrap_or(Value::Null);
    let text = |path: &str| member(path).as_str().unwrap_or_default().to_owned();
    EventView {
        seq: sealed.seq,
        event_type: sealed.row.event_type,
        occurred_at: sealed.row.occurred_at,
        actor: EventActor::of(&seen),
        subject: EventSubject { kind: text("/subject/kind"), id: member("/subject/id") },
        data: member("/data"),
        previous_hash: seal::hex(&sealed.previous_hash),
        hash: seal::hex(&sealed.hash),
    }
}
