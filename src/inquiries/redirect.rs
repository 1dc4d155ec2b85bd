//! Topics that the reseller or the sales representative answers: counted, without text or person,
//! and told where to go. It is the one refusal that leaves a row.

use actix_web::get;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::RedirectionId;
use super::model::asked_at;
use super::store::thread::{self, RedirectionNarrowing, RedirectionRow};
use crate::app::App;
use crate::auth::claim::{Caller, Claim, Gate, Privilege};
use crate::auth::proof::prove;
use crate::contracts::{Contract, ContractId};
use crate::db::dialect;
use crate::db::types::{Id, Instant};
use crate::events::model::{Change, NewEvent, Subject};
use crate::http::idempotency::KEPT;
use crate::http::{AnyOf, List, PageParams, Reply, Result};
use crate::page;
use crate::terms::codes::{Channel, Code, EventType, Topic};

/// Reads redirections.
pub struct ReadsRedirections;
impl Privilege for ReadsRedirections {
    const GATE: Gate = Gate::shut().agent();
}

/// A topic that was sent elsewhere.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Redirection)]
pub struct RedirectionView {
    /// The redirection.
    pub id: RedirectionId,
    /// The topic.
    pub topic: Topic,
    /// How it came in.
    pub channel: Channel,
    /// The contract presented.
    pub contract: ContractId,
    /// When.
    pub recorded_at: Instant,
}

page!(
    /// A page of redirections.
    RedirectionPage of RedirectionView
);

/// What a list of redirections is narrowed by.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RedirectionFilter {
    /// Any of these topics, with commas between.
    #[param(nullable = false, value_type = Option<String>, max_length = 200)]
    topic: Option<AnyOf<Topic>>,
    /// Any of these contracts, with commas between.
    #[param(nullable = false, value_type = Option<String>, max_length = 800)]
    contract: Option<AnyOf<Id<Contract>>>,
    /// Recorded at or after.
    #[param(nullable = false)]
    recorded_after: Option<Instant>,
    /// Recorded before.
    #[param(nullable = false)]
    recorded_before: Option<Instant>,
}

/// List redirected topics
///
/// What was asked that the reseller or the sales representative answers, newest first: topic,
/// channel, contract and time, no text (SW-4.2.1-C16, SA-5.2.1-C30).
#[utoipa::path(
    tag = "inquiries",
    params(RedirectionFilter, PageParams),
    responses((status = 200, description = "A page of redirections", body = RedirectionPage)),
    security(("staff" = []))
)]
#[get("/redirections")]
pub async fn list_redirections(
    app: App,
    caller: Caller<ReadsRedirections>,
    List(filter, page): List<RedirectionFilter>,
) -> Result<Reply> {
    let now = app.now();
    let by = RedirectionNarrowing {
        topics: filter.topic.map(|any| any.0).unwrap_or_default(),
        contracts: filter.contract.map(|any| any.0).unwrap_or_default(),
        after: filter.recorded_after,
        before: filter.recorded_before,
    };
    let (mut rows, page) = app
        .read(move |db| {
            prove(db, &caller, now)?;
            Ok((thread::list_redirections(db, &by, &page)?, page))
        })
        .await?;
    let next = page.cut(&mut rows, |row| (row.recorded_at, row.id));
    let view = |row: RedirectionRow| RedirectionView {
        id: row.id,
        topic: row.topic,
        channel: row.channel,
        contract: row.contract_id,
        recorded_at: row.recorded_at,
    };
    RedirectionPage::reply(rows.into_iter().map(view).collect(), next, &page)
}

/// Counts a redirection, a call that is sent again once; the refusal itself is the caller's to tell.
pub async fn record(
    app: &App,
    claim: Claim,
    request: &super::open::OpenInquiry,
    topic: Topic,
    call: Option<Vec<u8>>,
) -> Result<()> {
    let (typed, channel) = (request.presented_support_id.clone(), request.channel);
    let called_at = request.call.as_ref().map(|call| call.called_at);
    app.write_value(move |tx| {
        let now = tx.now;
        let actor = prove(tx, &claim, now)?;
        if let Some(digest) = &call {
            dialect::hold_named(tx, digest)?;
            if thread::redirected_before(tx, digest, now.plus(-KEPT))? {
                return Ok(Change::silent((), "it was counted when it was first sent"));
            }
        }
        let at = asked_at(called_at.unwrap_or(now), now);
        let (contract, _) = super::reception::presented(tx, &actor, typed.as_ref(), at)?;
        let contract_id = contract.contract;
        let row = RedirectionRow { id: tx.new_id(), topic, channel, contract_id, recorded_at: tx.now };
        thread::insert_redirection(tx, &row, call.as_deref())?;
        let data = json!({ "topic": topic.as_str(), "channel": channel.as_str() });
        let event = NewEvent::by(&actor, EventType::TopicRedirected, Subject::new("redirection", row.id), data);
        Ok(Change::new((), event.on(contract_id, None)))
    })
    .await
}
