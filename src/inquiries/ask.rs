//! `/v1/inquiries/{id}/information-requests`: what is asked of the customer, who always carries it
//! out (SW-4.2.1-C6, SA-5.2.1-C6).

use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;

use super::model::Act;
use super::post_message::without_customers;
use super::read::{ReadsThread, readable};
use super::store::thread::{self, RequestRow, ResultGiven};
use super::store::{self, Held, Told};
use super::{InformationRequestId, InquiryId, reading};
use crate::app::{App, Tx};
use crate::auth::claim::{Caller, Gate, Privilege};
use crate::auth::proof::{Actor, prove};
use crate::contracts::model::{VersionVerdict, version_verdict};
use crate::contracts::store as contracts;
use crate::db::types::{Doc, Id, Instant};
use crate::events::model::{Change, NewEvent, Subject as About};
use crate::http::problem::Word;
use crate::http::text::{Body, Subject, VersionName};
use crate::http::{
    Json, Key, KeyParam, List, NoFilter, PageParams, Path, Problem, ProblemView, Refusal, Reply, Result,
};
use crate::page;
use crate::terms::codes::{Action, CallerKind, Code, EventType, RequestEnd, RequestKind};

/// A request to the customer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InformationRequest)]
pub struct RequestView {
    /// The request.
    pub id: InformationRequestId,
    /// What is asked for.
    pub kind: RequestKind,
    /// In words.
    #[schema(max_length = 20_000)]
    pub body: String,
    /// Single things asked for.
    #[schema(max_items = 20, value_type = Vec<crate::http::text::Subject>)]
    pub items: Vec<String>,
    /// The version to upgrade to.
    #[schema(required, max_length = 50)]
    pub target_version: Option<String>,
    /// When it was asked.
    pub requested_at: Instant,
    /// When it ended; null while it is open.
    #[schema(required)]
    pub ended_at: Option<Instant>,
    /// What ended it.
    #[schema(required)]
    pub ended_by: Option<RequestEnd>,
    /// What came of it.
    #[schema(required)]
    pub result: Option<ResultGiven>,
    /// True for a result that came while the inquiry stood on a wrong contract: the customer does not
    /// see it. The desk's answers only, and absent else.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub of_another_contract: Option<bool>,
}

impl From<RequestRow> for RequestView {
    fn from(row: RequestRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            body: row.body,
            items: row.items.0,
            target_version: row.target_version,
            requested_at: row.requested_at,
            ended_at: row.ended_at,
            ended_by: row.ended_by,
            result: row.result.map(|result| result.0),
            of_another_contract: None,
        }
    }
}

impl RequestView {
    /// The request as this reader sees it: partners without what the customer added, none outside
    /// the desk with what came while the inquiry was astray.
    fn seen(row: RequestRow, reader: CallerKind, held: &Held) -> Self {
        let another = row.result.as_ref().is_some_and(|result| held.was_astray(result.0.reported_at));
        let hidden = without_customers(reader, held) || another && !held.hidden_from(reader).is_empty();
        let view = Self::from(row);
        match hidden {
            true => Self { result: None, ..view },
            false => Self { of_another_contract: another.then_some(true), ..view },
        }
    }
}

page!(
    /// A page of requests to the customer.
    InformationRequestPage of RequestView
);

/// Asks the customer for something, and takes it back.
pub struct AsksCustomers;
impl Privilege for AsksCustomers {
    const GATE: Gate = Gate::shut().agent();
}

/// A request to the customer.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestInformation {
    /// What is asked for: information of any customer, an upgrade of software, a reproduction or an
    /// isolation for SaaS.
    pub kind: RequestKind,
    /// In words.
    pub body: Body,
    /// The version to upgrade to: demanded with `version_upgrade`, and a supported one.
    #[serde(default)]
    #[schema(nullable = false)]
    pub target_version: Option<VersionName>,
    /// Single things asked for: up to 20.
    #[serde(default)]
    #[schema(nullable = false, max_items = 20)]
    #[validate(length(max = 20))]
    pub items: Option<Vec<Subject>>,
}

/// Request something of the customer
///
/// The customer always carries it out (SW-4.2.1-C6, SA-5.2.1-C6). What may be asked for depends on
/// the product's delivery: SW-4.2.1-C4 and C7, SA-5.2.1-C4 and C10.
#[utoipa::path(
    tag = "inquiries",
    params(("id" = InquiryId, Path, description = "The inquiry."), KeyParam),
    request_body = RequestInformation,
    responses(
        (status = 201, description = "The request; the ETag is the inquiry's", body = RequestView),
        (status = 409, description = "`inquiry_closed` `state_conflict` `request_in_progress`", body = ProblemView, content_type = "application/problem+json"),
        (status = 422, description = "`request_kind_not_offered` with `offered` · `version_not_released_by_us` `version_unsupported_by_vendor` with `supported_versions` · `validation_failed`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[post("/inquiries/{id}/information-requests")]
pub async fn request_information(
    app: App,
    caller: Caller<AsksCustomers>,
    Path(id): Path<InquiryId>,
    key: Key,
    Json(request): Json<RequestInformation>,
) -> Result<Reply> {
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let held = store::hold(tx, &actor, now, id)?;
        tx.once()?;
        ask(tx, &actor, &held, request)
    })
    .await
}

/// The request on an inquiry that is held; a batch comes here too.
pub fn ask(tx: &mut Tx<'_>, actor: &Actor, held: &Held, request: RequestInformation) -> Result<Change<Reply>> {
    let (now, id) = (tx.now, held.row.id);
    held.situation(actor).may(Action::RequestInformation)?;
    check_offered(held, request.kind)?;
    check_target(tx, held, &request)?;
    let items = request.items.iter().flatten().map(ToString::to_string).collect();
    let row = RequestRow {
        id: tx.new_id(),
        inquiry_id: id,
        kind: request.kind,
        body: request.body.to_string(),
        items: Doc(items),
        target_version: request.target_version.as_deref().map(str::to_owned),
        requested_by_kind: actor.kind,
        requested_by_id: Some(Id::new(actor.id)),
        requested_at: now,
        ended_at: None,
        ended_by: None,
        result: None,
    };
    let life = held.row.life().after(Act::Request);
    let version = store::advance(tx, &held.row, life, now, true)?;
    thread::insert_request(tx, &row)?;
    let data = json!({ "request": row.id, "kind": row.kind.as_str(), "state": life.state() });
    let event = NewEvent::by(actor, EventType::InquiryInformationRequested, About::new("inquiry", id), data)
        .on(held.row.contract_id, held.feed(Told::Full));
    let location = format!("/v1/inquiries/{id}/information-requests/{}", row.id);
    Ok(Change::new(Reply::created(&location, &RequestView::from(row))?.tagged(version), event))
}

/// The terms name what may be asked for by delivery; a kind without a clause is not offered.
fn check_offered(held: &Held, kind: RequestKind) -> Result<()> {
    // A re-submission has an operation of its own, since it is for phone inquiries only.
    let here = |kind: RequestKind| kind != RequestKind::WebResubmission && kind.clause(held.delivery).is_some();
    if here(kind) {
        return Ok(());
    }
    let offered: Vec<RequestKind> = RequestKind::ALL.iter().copied().filter(|kind| here(*kind)).collect();
    let words: Vec<Word> = offered.iter().map(|kind| Word::label(*kind)).collect();
    Err(Problem::from(Refusal::RequestKindNotOffered)
        .with("kind", Word::label(kind))
        .with("offered", Word::list(&words))
        .under(held.delivery, &held.terms_version)
        .helped(|help| help.offered = Some(offered.iter().map(|kind| kind.as_str().to_owned()).collect())))
}

/// An upgrade leads to a supported version, else the desk would send the customer out of scope.
fn check_target(tx: &mut Tx<'_>, held: &Held, request: &RequestInformation) -> Result<()> {
    let target = match (request.kind, &request.target_version) {
        (RequestKind::VersionUpgrade, Some(target)) => target,
        (RequestKind::VersionUpgrade, None) => return Err(Problem::fault("/target_version", "required")),
        (_, Some(_)) => return Err(Problem::fault("/target_version", "not_allowed_here")),
        (_, None) => return Ok(()),
    };
    let (product, today) = (held.row.product_id, tx.today());
    let fact = contracts::version_fact_on(tx, product, target, today)?;
    let refusal = match version_verdict(fact.as_ref(), today) {
        VersionVerdict::Supported => return Ok(()),
        VersionVerdict::NotReleasedByUs => Refusal::VersionNotReleasedByUs,
        VersionVerdict::UnsupportedByVendor => Refusal::VersionUnsupportedByVendor,
    };
    let supported = contracts::supported_versions_on(tx, product, today)?;
    Err(Problem::from(refusal)
        .with("version", target)
        .with("supported", Word::list(&supported.iter().map(Word::from).collect::<Vec<_>>()))
        .under(held.delivery, &held.terms_version)
        .helped(|help| help.supported_versions = Some(supported)))
}

/// The request of a path, still open, for an act that ends it: 404, the answer of an earlier try,
/// then 409.
pub fn open_request(
    tx: &mut Tx<'_>,
    held: &Held,
    actor: &Actor,
    id: InformationRequestId,
    action: Action,
) -> Result<RequestRow> {
    let row = thread::request(tx, held.row.id, id)?.ok_or(Refusal::NotFound)?;
    tx.once()?;
    let situation = held.situation(actor);
    situation.may(action)?;
    if row.ended_at.is_some() { Err(situation.conflict()) } else { Ok(row) }
}

/// Read a request to the customer
///
/// One request, with what came of it.
#[utoipa::path(
    tag = "inquiries",
    params(("id" = InquiryId, Path, description = "The inquiry."), ("request" = InformationRequestId, Path, description = "The request."), ("Support-Id" = Option<String>, Header, nullable = false, max_length = 100, description = "The contract's ID; a partner must send it.")),
    responses((status = 200, description = "The request", body = RequestView)),
    security(("customer" = []), ("staff" = []), ("client" = ["inquiries:read"]))
)]
#[get("/inquiries/{id}/information-requests/{request}")]
pub async fn get_information_request(
    app: App,
    caller: Caller<ReadsThread>,
    Path((id, request)): Path<(InquiryId, InformationRequestId)>,
) -> Result<Reply> {
    let (now, desk, claim) = (app.now(), app.config().desk_contact(), (*caller).clone());
    let read = app.read(move |db| {
        let (held, first) = readable(db, &claim, now, id, &desk)?;
        let row = thread::request(db, id, request)?.ok_or(Refusal::NotFound)?;
        let version = if row.ended_at.is_some() { 2 } else { 1 };
        let view = RequestView::seen(row, claim.kind(), &held);
        Ok((first, Reply::ok(&view)?.tagged(version)))
    });
    reading::noted(&app, &caller, read.await?).await
}

/// Asks for the version that an opening did not know. The opening has counted the request.
pub fn ask_for_version(tx: &mut Tx<'_>, inquiry: InquiryId) -> Result<InformationRequestId> {
    let row = RequestRow {
        id: tx.new_id(),
        inquiry_id: inquiry,
        kind: RequestKind::CustomerInformation,
        body: "ご利用中の製品のバージョンをお知らせください。".to_owned(),
        items: Doc(vec!["product_version".to_owned()]),
        target_version: None,
        requested_by_kind: CallerKind::System,
        requested_by_id: None,
        requested_at: tx.now,
        ended_at: None,
        ended_by: None,
        result: None,
    };
    thread::insert_request(tx, &row)?;
    Ok(row.id)
}

/// List requests to the customer
///
/// What was asked of the customer and what came of it, newest first.
#[utoipa::path(
    tag = "inquiries",
    params(("id" = InquiryId, Path, description = "The inquiry."), PageParams, ("Support-Id" = Option<String>, Header, nullable = false, max_length = 100, description = "The contract's ID; a partner must send it.")),
    responses((status = 200, description = "A page of requests", body = InformationRequestPage)),
    security(("customer" = []), ("staff" = []), ("client" = ["inquiries:read"]))
)]
#[get("/inquiries/{id}/information-requests")]
pub async fn list_information_requests(
    app: App,
    caller: Caller<ReadsThread>,
    Path(id): Path<InquiryId>,
    List(NoFilter {}, page): List<NoFilter>,
) -> Result<Reply> {
    let (now, desk, claim) = (app.now(), app.config().desk_contact(), (*caller).clone());
    let (mut rows, held, first, page) = app
        .read(move |db| {
            let (held, first) = readable(db, &claim, now, id, &desk)?;
            Ok((thread::list_requests(db, id, &page)?, held, first, page))
        })
        .await?;
    let next = page.cut(&mut rows, |row| (row.requested_at, row.id));
    let items = rows.into_iter().map(|row| RequestView::seen(row, caller.kind(), &held)).collect();
    reading::noted(&app, &caller, (first, InformationRequestPage::reply(items, next, &page)?)).await
}
