//! `GET /v1/events/stream`: the feed as server-sent events. The database is asked at intervals, one
//! page at a time and only as fast as the reader reads, so nothing piles up here.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, VARY};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, HttpResponse, get};
use futures_util::stream::{Stream, unfold};
use serde::Deserialize;
use tokio::time::{Instant as Tick, sleep};
use utoipa::{IntoParams, ToSchema};

use super::read::{EventView, ReadsEvents, after_now};
use crate::app::App;
use crate::auth::claim::{Bearer, Caller, Claim};
use crate::db::types::Instant;
use crate::http::{AnyOf, Problem, Query, Refusal, Result};
use crate::terms::codes::{Code, EventType};

/// How often the database is asked.
const INTERVAL: Duration = Duration::from_secs(1);
/// After how long a quiet stream says that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How many events are fetched at once.
const PAGE: i64 = 100;
/// How many streams a caller may hold open at one process.
const PER_CALLER: usize = 5;
/// The longest that a stream is held, in seconds: as long as a token is good.
const LONGEST: u64 = 900;

/// What is asked of the stream.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StreamQuery {
    /// The last number already seen; 0 or absent begins at the beginning. `Last-Event-ID`, which a
    /// browser sends when it connects again, wins.
    #[param(nullable = false, minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    after: Option<i64>,
    /// Only these types, with commas between: 1 to 20.
    #[param(nullable = false, value_type = Option<String>, max_length = 1000, example = "inquiry.opened,inquiry.closed")]
    types: Option<AnyOf<EventType>>,
    /// How long to wait for more, in seconds: 0 to 900. With 0 the stream ends after what is there.
    #[param(nullable = false, minimum = 0, maximum = 900, default = 900)]
    wait: Option<u64>,
}

/// Server-sent events: `id` is the number, `event` the type, `data` the item of the feed.
#[derive(Debug, ToSchema)]
#[schema(as = EventStream, max_length = 2_147_483_647_usize, example = "id: 7\nevent: inquiry.opened\ndata: {}\n\n")]
#[expect(dead_code, reason = "it is only described")]
pub struct EventStreamText(String);

/// The header by which a browser goes on where it was.
#[derive(Debug)]
pub struct LastEventId(Option<i64>);

impl FromRequest for LastEventId {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut values = request.headers().get_all(HeaderName::from_static("last-event-id"));
        let number = |value: &HeaderValue| value.to_str().ok()?.parse().ok().filter(|seq| *seq >= 0);
        ready(match (values.next(), values.next()) {
            (None, _) => Ok(Self(None)),
            (Some(only), None) => {
                number(only).map(|seq| Self(Some(seq))).ok_or_else(|| Problem::header("Last-Event-ID"))
            }
            _ => Err(Problem::header("Last-Event-ID")),
        })
    }
}

/// Stream events
///
/// What `GET /v1/events` gives, as server-sent events while it happens. A comment every 15 seconds
/// tells that the stream is alive. It ends with the token, with the caller's right to it, and after
/// `wait`; whoever connects again sends `Last-Event-ID`. A caller may hold five streams at each
/// node: 429 `quota_exceeded` beyond.
#[utoipa::path(
    tag = "events",
    params(StreamQuery,
        ("Last-Event-ID" = Option<String>, Header, nullable = false, max_length = 16, description = "The last number already seen."),
        ("Support-Id" = Option<String>, Header, nullable = false, max_length = 100, description = "Narrows a partner's feed to one contract.")),
    responses((status = 200, description = "The events after the number, as they come", body = EventStreamText, content_type = "text/event-stream")),
    security(("staff" = []), ("client" = ["events:read"]))
)]
#[get("/events/stream")]
pub async fn stream_events(
    app: App,
    caller: Caller<ReadsEvents>,
    bearer: Bearer,
    last: LastEventId,
    Query(query): Query<StreamQuery>,
) -> Result<HttpResponse> {
    let after = last.0.or(query.after).unwrap_or(0);
    if after < 0 {
        return Err(Problem::parameter("after", "invalid_format"));
    }
    let wait = query.wait.unwrap_or(LONGEST);
    if wait > LONGEST {
        return Err(Problem::parameter_with("wait", "too_large", "max", LONGEST));
    }
    let types = query.types.map(|types| types.0).unwrap_or_default();
    // The first page is fetched before the answer begins: a refusal is still a problem then.
    let first = after_now(&app, &caller, after, types.clone(), PAGE).await?;
    let seat = app.streams().take(&caller)?;
    let now = Tick::now();
    let stream = Streaming {
        claim: (*caller).clone(),
        expires_at: bearer.expires_at(),
        ends: now + Duration::from_secs(wait),
        spoken: now,
        after,
        types,
        first: Some(first),
        _seat: seat,
        app,
    };
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((VARY, "Authorization, Accept-Language, Support-Id"))
        .streaming(stream.events()))
}

/// A stream on its way.
struct Streaming {
    app: App,
    claim: Claim,
    expires_at: Instant,
    ends: Tick,
    spoken: Tick,
    after: i64,
    types: Vec<EventType>,
    first: Option<Vec<EventView>>,
    _seat: Seat,
}

impl Streaming {
    fn events(self) -> impl Stream<Item = Result<Bytes, Infallible>> {
        unfold(self, |mut stream| async move {
            let text = stream.next().await?;
            stream.spoken = Tick::now();
            Some((Ok(text.into()), stream))
        })
    }

    /// What is to be sent next; none ends the stream. A reader who is no longer let in, or a
    /// database that does not answer, ends it too: who connects again is told why.
    async fn next(&mut self) -> Option<String> {
        loop {
            let found = match self.first.take() {
                Some(first) => {
                    let told: String = first.iter().filter_map(sse).collect();
                    self.after = first.last().map_or(self.after, |event| event.seq);
                    return Some(format!("retry: 2000\n\n{told}"));
                }
                None if self.app.now() >= self.expires_at => return None,
                None => after_now(&self.app, &self.claim, self.after, self.types.clone(), PAGE).await.ok()?,
            };
            if let Some(last) = found.last() {
                self.after = last.seq;
                return Some(found.iter().filter_map(sse).collect());
            }
            let left = self.ends.saturating_duration_since(Tick::now());
            if left.is_zero() {
                return None;
            }
            if self.spoken.elapsed() >= HEARTBEAT {
                return Some(": alive\n\n".to_owned());
            }
            sleep(INTERVAL.min(left)).await;
        }
    }
}

fn sse(event: &EventView) -> Option<String> {
    let data = serde_json::to_string(event).ok()?;
    Some(format!("id: {}\nevent: {}\ndata: {data}\n\n", event.seq, event.event_type.as_str()))
}

/// How many streams each caller holds open at this process.
#[derive(Clone, Debug, Default)]
pub struct Seats(Arc<Mutex<HashMap<String, usize>>>);

/// The place of one stream, free again when it ends.
#[derive(Debug)]
pub struct Seat {
    seats: Seats,
    caller: String,
}

impl Seats {
    fn take(&self, claim: &Claim) -> Result<Seat> {
        let caller = match claim {
            Claim::Customer { account, .. } => account.to_string(),
            Claim::Staff { staff, .. } => staff.to_string(),
            Claim::Partner { client, .. } | Claim::Robot { client, .. } => client.to_string(),
        };
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let held = taken.entry(caller.clone()).or_insert(0);
        if *held >= PER_CALLER {
            return Err(Problem::from(Refusal::QuotaExceeded)
                .with("seconds", 60)
                .header_value(RETRY_AFTER, HeaderValue::from_static("60")));
        }
        *held += 1;
        Ok(Seat { seats: self.clone(), caller })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = taken.get_mut(&self.caller) {
            *held -= 1;
            if *held == 0 {
                taken.remove(&self.caller);
            }
        }
    }
}
