//! `/v1/resellers`: the companies that sell the contracts, and whom their customers turn to.

use actix_web::{get, patch, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;

use super::model::ResellerContact;
use super::store::{self, ResellerRow};
use super::{Manages, Reseller, ResellerId, told};
use crate::app::{App, Tx};
use crate::auth::claim::{Caller, Gate, Header, Privilege, SupportIdParam};
use crate::auth::proof::{Actor, prove};
use crate::db::types::{Id, Instant};
use crate::events::model::{Change, Subject};
use crate::http::text::{EmailAddress, Name, Phone};
use crate::http::{
    IfMatch, Json, Key, KeyParam, List, MergePatch, NoFilter, PageParams, Path, ProblemView, Refusal, Reply,
    RequiredIfMatchParam, Result, present,
};
use crate::page;
use crate::terms::codes::{CallerKind, EventType, Scope};

/// Reads resellers: the desk all, a partner its own.
#[derive(Debug)]
pub struct ReadsResellers;
impl Privilege for ReadsResellers {
    const GATE: Gate = Gate::shut().partner(Scope::ContractsRead, Header::Optional).agent();
}

/// What a reseller is registered with.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterReseller {
    /// The company; unique.
    #[schema(example = "サンプル販売株式会社")]
    pub name: Name,
    /// The counter that its customers turn to.
    pub contact: ResellerContact,
}

/// What changes of a reseller.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeReseller {
    /// The company; unique.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub name: Option<Name>,
    /// What changes of its counter.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub contact: Option<ChangeResellerContact>,
}

/// What changes of a reseller's counter.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeResellerContact {
    /// The counter's name.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub name: Option<Name>,
    /// Its address.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub email: Option<EmailAddress>,
    /// Its telephone number.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub phone: Option<Phone>,
}

/// A reseller.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Reseller)]
pub struct ResellerView {
    /// Its id.
    pub id: ResellerId,
    /// The company.
    #[schema(example = "サンプル販売株式会社")]
    pub name: Name,
    /// The counter that its customers turn to.
    pub contact: ResellerContact,
    /// Its version, as in the entity tag.
    #[schema(minimum = 1)]
    pub version: i32,
    /// When it was registered.
    pub created_at: Instant,
    /// When it was last changed.
    pub changed_at: Instant,
}

page!(
    /// A page of resellers.
    ResellerPage of ResellerView
);

/// List resellers
///
/// Newest first. A partner sees its own company alone.
#[utoipa::path(
    tag = "resellers",
    params(PageParams, SupportIdParam),
    responses((status = 200, description = "A page of resellers", body = ResellerPage)),
    security(("staff" = []), ("client" = ["contracts:read"]))
)]
#[get("/resellers")]
pub async fn list_resellers(
    app: App,
    caller: Caller<ReadsResellers>,
    List(NoFilter {}, page): List<NoFilter>,
) -> Result<Reply> {
    let (claim, now) = ((*caller).clone(), app.now());
    app.read(move |db| {
        let actor = prove(db, &claim, now)?;
        let mut rows = store::reseller_page(db, actor.reseller, &page)?;
        let next = page.cut(&mut rows, |row| (row.created_at, row.id));
        ResellerPage::reply(rows.into_iter().map(view).collect(), next, &page)
    })
    .await
}

/// Register a reseller
///
/// Its counter is whom refusals send the customers of its contracts to.
#[utoipa::path(
    tag = "resellers",
    params(KeyParam),
    request_body = RegisterReseller,
    responses(
        (status = 201, description = "The reseller", body = ResellerView),
        (status = 409, description = "`already_exists`: a reseller has this name", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[post("/resellers")]
pub async fn register_reseller(
    app: App,
    caller: Caller<Manages>,
    key: Key,
    Json(body): Json<RegisterReseller>,
) -> Result<Reply> {
    let claim = (*caller).clone();
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &claim, now)?;
        tx.once()?;
        register(tx, Some(&actor), body)?.map(|row| {
            let (place, version) = (format!("/v1/resellers/{}", row.id), row.version);
            Ok(Reply::created(&place, &view(row))?.tagged(version))
        })
    })
    .await
}

/// Get a reseller
///
/// A partner may read its own company; another one is not found.
#[utoipa::path(
    tag = "resellers",
    params(("id" = ResellerId, Path, description = "The reseller"), SupportIdParam),
    responses((status = 200, description = "The reseller", body = ResellerView)),
    security(("staff" = []), ("client" = ["contracts:read"]))
)]
#[get("/resellers/{id}")]
pub async fn get_reseller(app: App, caller: Caller<ReadsResellers>, Path(id): Path<Id<Reseller>>) -> Result<Reply> {
    let (claim, now) = ((*caller).clone(), app.now());
    app.read(move |db| {
        let actor = prove(db, &claim, now)?;
        let visible = actor.kind != CallerKind::Partner || actor.reseller == Some(id);
        let row = store::reseller(db, id)?.filter(|_| visible).ok_or(Refusal::NotFound)?;
        let version = row.version;
        Ok(Reply::ok(&view(row))?.tagged(version))
    })
    .await
}

/// Change a reseller
///
/// What the patch does not name stays as it is.
#[utoipa::path(
    tag = "resellers",
    params(("id" = ResellerId, Path, description = "The reseller"), RequiredIfMatchParam),
    request_body(content = ChangeReseller, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "The reseller", body = ResellerView),
        (status = 409, description = "`already_exists`: another reseller has this name", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[patch("/resellers/{id}")]
pub async fn change_reseller(
    app: App,
    caller: Caller<Manages>,
    Path(id): Path<Id<Reseller>>,
    expected: IfMatch,
    MergePatch(body): MergePatch<ChangeReseller>,
) -> Result<Reply> {
    let expected = expected.required()?;
    let claim = (*caller).clone();
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        let actor = prove(tx, &claim, now)?;
        let row = store::reseller(tx, id)?.ok_or(Refusal::NotFound)?;
        expected.holds(row.version)?;
        change(tx, Some(&actor), row, body)?.map(|row| {
            let version = row.version;
            Ok(Reply::ok(&view(row))?.tagged(version))
        })
    })
    .await
}

/// Registers a reseller: 409 `already_exists` for a name that is taken.
pub fn register(tx: &mut Tx<'_>, actor: Option<&Actor>, body: RegisterReseller) -> Result<Change<ResellerRow>> {
    let now = tx.now;
    let row = ResellerRow {
        id: tx.new_id(),
        name: body.name,
        contact_name: body.contact.name,
        contact_email: body.contact.email,
        contact_phone: body.contact.phone,
        version: 1,
        created_at: now,
        changed_at: now,
    };
    store::insert_reseller(tx, &row)?;
    let subject = Subject::new("reseller", row.id);
    let event = told(actor, EventType::ResellerChanged, subject, json!({ "change": "registered" }));
    Ok(Change::new(row, event))
}

/// Changes a reseller; nothing happens when nothing differs.
pub fn change(
    tx: &mut Tx<'_>,
    actor: Option<&Actor>,
    before: ResellerRow,
    body: ChangeReseller,
) -> Result<Change<ResellerRow>> {
    let contact = body.contact.unwrap_or(ChangeResellerContact { name: None, email: None, phone: None });
    let mut row = ResellerRow {
        name: body.name.unwrap_or_else(|| before.name.clone()),
        contact_name: contact.name.unwrap_or_else(|| before.contact_name.clone()),
        contact_email: contact.email.unwrap_or_else(|| before.contact_email.clone()),
        contact_phone: contact.phone.unwrap_or_else(|| before.contact_phone.clone()),
        ..before.clone()
    };
    if row == before {
        return Ok(Change::silent(row, "nothing differs"));
    }
    row.version = before.version.saturating_add(1);
    row.changed_at = tx.now;
    store::update_reseller(tx, before.version, &row)?;
    let subject = Subject::new("reseller", row.id);
    let event = told(actor, EventType::ResellerChanged, subject, json!({ "change": "changed" }));
    Ok(Change::new(row, event))
}

fn view(row: ResellerRow) -> ResellerView {
    ResellerView {
        id: row.id,
        name: row.name,
        contact: ResellerContact { name: row.contact_name, email: row.contact_email, phone: row.contact_phone },
        version: row.version,
        created_at: row.created_at,
        changed_at: row.changed_at,
    }
}
