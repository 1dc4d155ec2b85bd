//! Erasing a person: what is kept of somebody by an address goes, and what stays is told with the
//! reason.

use actix_web::post;
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};
use utoipa::ToSchema;
use validator::Validate;

use super::store::{erasures, people};
use crate::app::{App, Tx};
use crate::auth::claim::{Caller, Gate, Privilege};
use crate::auth::proof::prove;
use crate::db::types::Instant;
use crate::events::model::{Change, NewEvent, Subject};
use crate::http::text::EmailAddress;
use crate::http::{Json, Key, KeyParam, Reply, Result};
use crate::subscriptions;
use crate::terms::codes::{Code, ErasedPlace, EventType, KeptPlace, KeptReason};

/// Erases people's data: a manager.
pub struct ErasesPeople;
impl Privilege for ErasesPeople {
    const GATE: Gate = Gate::shut().manager();
}

/// Whose data.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ErasePerson {
    /// The person's address.
    pub email: EmailAddress,
}

/// What was erased at one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ErasedData)]
pub struct ErasedView {
    /// Where.
    pub place: ErasedPlace,
    /// How many records.
    #[schema(minimum = 1, maximum = 1000000)]
    pub count: u32,
}

/// What stays at one place, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = KeptData)]
pub struct KeptView {
    /// Where.
    pub place: KeptPlace,
    /// Why.
    pub reason: KeptReason,
    /// How many records.
    #[schema(minimum = 1, maximum = 1000000)]
    pub count: u32,
}

/// What became of a person's data.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PersonErasure)]
pub struct ErasureView {
    /// When.
    pub erased_at: Instant,
    /// What was erased; empty if nothing was kept by this address.
    #[schema(max_items = 20)]
    pub erased: Vec<ErasedView>,
    /// What stays.
    #[schema(max_items = 20)]
    pub kept: Vec<KeptView>,
}

/// Erase a person's data
///
/// Everything that is kept by this address: the account with its links, sessions and mailed links,
/// the naming as system administrator, as requester and as watcher, with the names in the call logs
/// and consents of the inquiries that it is the requester of, mails sent, answers kept for repeated
/// calls. What was asked and answered under a contract stays as its record, and what a decision
/// names stays with it: the report counts both. Texts are not searched for names, such as those of
/// notes; the journal never held any. A contract
/// may be left without system administrator: then it can open no inquiry until one is named.
#[utoipa::path(
    tag = "accounts",
    params(KeyParam),
    request_body = ErasePerson,
    responses((status = 200, description = "The report", body = ErasureView)),
    security(("staff" = []))
)]
#[post("/erasures")]
pub async fn erase_person(
    app: App,
    caller: Caller<ErasesPeople>,
    key: Key,
    Json(ErasePerson { email }): Json<ErasePerson>,
) -> Result<Reply> {
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        tx.once()?;
        let account = people::find_by_email(tx, &email)?;
        let subject = account.as_ref().map_or(Subject::named("person"), |row| Subject::new("account", row.id));
        let kept = kept(tx, &email, account.as_ref())?;
        let mut counts = match &account {
            Some(row) => erasures::erase_account(tx, row)?,
            None => Vec::new(),
        };
        let ended = subscriptions::end_all(tx, &actor, &email)?;
        counts.extend(erasures::erase_address(tx, &email)?);
        let erased: Vec<ErasedView> = ErasedPlace::ALL.iter().filter_map(|place| sum(&counts, *place)).collect();
        let told: Map<_, _> = erased.iter().map(|one| (one.place.as_str().to_owned(), json!(one.count))).collect();
        let event = NewEvent::by(&actor, EventType::PersonErased, subject, json!({ "erased": told }));
        let change = Change::new(Reply::ok(&ErasureView { erased_at: now, erased, kept })?, event);
        Ok(ended.into_iter().fold(change, Change::and))
    })
    .await
}

fn sum(counts: &[(ErasedPlace, usize)], place: ErasedPlace) -> Option<ErasedView> {
    let count: usize = counts.iter().filter(|(at, _)| *at == place).map(|(_, count)| count).sum();
    (count > 0).then(|| ErasedView { place, count: u32::try_from(count).unwrap_or(u32::MAX) })
}

fn kept(tx: &mut Tx<'_>, email: &EmailAddress, account: Option<&people::Row>) -> Result<Vec<KeptView>> {
    let found = erasures::kept(tx, email, account.map(|row| row.id))?;
    let told = |(place, count): (KeptPlace, i64)| {
        let reason = match place {
            KeptPlace::Inquiry | KeptPlace::Message | KeptPlace::Attachment | KeptPlace::CustomerInformation => {
                KeptReason::RecordOfSupport
            }
            KeptPlace::ClosureDecision => KeptReason::RecordOfDecision,
            KeptPlace::ResellerContact => KeptReason::BusinessContact,
            KeptPlace::Staff => KeptReason::Employment,
        };
        (count > 0).then(|| KeptView { place, reason, count: u32::try_from(count).unwrap_or(u32::MAX) })
    };
    Ok(found.into_iter().filter_map(told).collect())
}
