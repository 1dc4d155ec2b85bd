//! The people of the desk: adding, changing and ending their access. The last manager cannot go.

use actix_web::{patch, post};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;

use super::model::Holder;
use super::store::{sessions, staff as store};
use super::view::StaffView;
use super::{StaffId, password};
use crate::app::{App, Tx};
use crate::auth::claim::{Caller, Gate, Privilege};
use crate::auth::proof::{Actor, prove};
use crate::events::model::{Change, NewEvent, Subject};
use crate::http::text::{EmailAddress, Name, NewPassword, Reason};
use crate::http::{
    IfMatch, Json, Key, KeyParam, MergePatch, OptionalJson, Path, ProblemView, Refusal, Reply, RequiredIfMatchParam,
    Result, present,
};
use crate::terms::codes::{EventType, Role};

/// Manages the desk's people.
pub struct ManagesStaff;
impl Privilege for ManagesStaff {
    const GATE: Gate = Gate::shut().manager();
}

/// A person to add to the desk.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddStaff {
    /// The address that will sign in.
    pub email: EmailAddress,
    /// The person's name; seen at the desk only.
    pub name: Name,
    /// What the person may do.
    pub role: Role,
    /// The first password; the person can change it.
    pub password: NewPassword,
}

/// What to change of a person.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeStaff {
    /// Another name.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub name: Option<Name>,
    /// Another role.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub role: Option<Role>,
}

/// Why an access ends.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Deactivate {
    /// Why, for those who look after the accesses.
    #[serde(default)]
    #[schema(nullable = false)]
    pub reason: Option<Reason>,
}

/// A person to add, with the password already hashed.
#[derive(Clone, Debug)]
pub struct NewStaff {
    /// The address that will sign in.
    pub email: EmailAddress,
    /// The person's name.
    pub name: Name,
    /// What the person may do.
    pub role: Role,
    /// The hash of the password, made by [`password::hash`].
    pub password_hash: String,
}

/// Add a person to the desk
///
/// The person can sign in at once, and should set another password then. No `Idempotency-Key` is
/// taken, since the body carries a password: a second try is told `already_exists`.
#[utoipa::path(
    tag = "staff",
    request_body = AddStaff,
    responses(
        (status = 201, description = "The person was added", body = StaffView),
        (status = 409, description = "`already_exists`: somebody has this address", body = ProblemView, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`: such as `password_too_common` for the address itself", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[post("/staff")]
pub async fn add_staff(app: App, caller: Caller<ManagesStaff>, Json(body): Json<AddStaff>) -> Result<Reply> {
    password::refuse_guessable(&body.password, &body.email, "/password")?;
    let (now, claim) = (app.now(), (*caller).clone());
    app.read(move |db| prove(db, &claim, now)).await?; // hashing is dear: not for everybody
    let password_hash = password::hash(body.password, app.ids().secret()).await?;
    let person = NewStaff { email: body.email, name: body.name, role: body.role, password_hash };
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        add(tx, Some(&actor), person)?.map(|row| {
            let location = format!("/v1/staff/{}", row.id);
            told(|view| Reply::created(&location, view), row)
        })
    })
    .await
}

/// Change a person of the desk
///
/// Another name or role. The last active manager stays one.
#[utoipa::path(
    tag = "staff",
    params(("id" = StaffId, Path, description = "The person."), RequiredIfMatchParam),
    request_body(content = ChangeStaff, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "The person as changed", body = StaffView),
        (status = 409, description = "`last_manager`: nobody else could manage", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[patch("/staff/{id}")]
pub async fn change_staff(
    app: App,
    caller: Caller<ManagesStaff>,
    Path(id): Path<StaffId>,
    expected: IfMatch,
    MergePatch(body): MergePatch<ChangeStaff>,
) -> Result<Reply> {
    let expected = expected.required()?;
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let row = held(tx, id)?;
        expected.holds(row.version)?;
        let (name, role) = (body.name.unwrap_or(row.name.clone()), body.role.unwrap_or(row.role));
        if name == row.name && role == row.role {
            return Ok(Change::silent(told(Reply::ok, row)?, "nothing changed"));
        }
        if role != Role::Manager {
            refuse_last_manager(tx, &row)?;
        }
        store::change(tx, &row, &name, role)?;
        changed(tx, &actor, id, "changed")?.map(|row| told(Reply::ok, row))
    })
    .await
}

/// End a person's access
///
/// The person's sessions end at once. What the person did stays on record under the same id.
#[utoipa::path(
    tag = "staff",
    params(("id" = StaffId, Path, description = "The person."), KeyParam),
    request_body = Option<Deactivate>,
    responses(
        (status = 201, description = "The access has ended", body = StaffView),
        (status = 409, description = "`last_manager`: nobody else could manage · `state_conflict`: it has ended before", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[post("/staff/{id}/deactivations")]
pub async fn deactivate_staff(
    app: App,
    caller: Caller<ManagesStaff>,
    Path(id): Path<StaffId>,
    key: Key,
    OptionalJson(body): OptionalJson<Deactivate>,
) -> Result<Reply> {
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let row = held(tx, id)?;
        tx.once()?;
        if !row.active {
            return Err(super::deactivated());
        }
        refuse_last_manager(tx, &row)?;
        store::deactivate(tx, &row, body.reason.as_ref())?;
        sessions::end_all(tx, Holder::Staff(id), None)?;
        changed(tx, &actor, id, "deactivated")?.map(|row| {
            let location = format!("/v1/staff/{id}");
            told(|view| Reply::created(&location, view), row)
        })
    })
    .await
}

/// Adds a person to the desk, on behalf of a manager or of whoever has the command line.
///
/// 409 `already_exists` for an address that is known; then nothing has changed.
pub fn add(tx: &mut Tx<'_>, by: Option<&Actor>, person: NewStaff) -> Result<Change<store::Row>> {
    let row = store::Row {
        id: tx.new_id(),
        email: person.email,
        name: person.name,
        role: person.role,
        active: true,
        deactivation_reason: None,
        version: 1,
        created_at: tx.now,
        changed_at: tx.now,
    };
    store::insert(tx, &row, &person.password_hash)?;
    let event = event(by, &row, "added");
    Ok(Change::new(row, event))
}

/// The person, with every other taker-away of managers kept out.
fn held(tx: &mut Tx<'_>, id: StaffId) -> Result<store::Row> {
    store::hold_managers(tx)?;
    Ok(store::find(tx, id)?.ok_or(Refusal::NotFound)?)
}

fn refuse_last_manager(tx: &mut Tx<'_>, row: &store::Row) -> Result<()> {
    let manages = row.active && row.role == Role::Manager;
    if manages && store::managers(tx)? <= 1 {
        return Err(Refusal::LastManager.into());
    }
    Ok(())
}

fn changed(tx: &mut Tx<'_>, actor: &Actor, id: StaffId, action: &'static str) -> Result<Change<store::Row>> {
    let row = store::find(tx, id)?.ok_or(Refusal::NotFound)?;
    let event = event(Some(actor), &row, action);
    Ok(Change::new(row, event))
}

fn event(by: Option<&Actor>, row: &store::Row, action: &'static str) -> NewEvent {
    let subject = Subject::new("staff", row.id);
    let data = json!({ "action": action, "role": row.role, "active": row.active });
    match by {
        Some(actor) => NewEvent::by(actor, EventType::StaffChanged, subject, data),
        None => NewEvent::by_system(EventType::StaffChanged, subject, data),
    }
}

pub(super) fn told(answer: impl FnOnce(&StaffView) -> Result<Reply>, row: store::Row) -> Result<Reply> {
    let version = row.version;
    Ok(answer(&row.into())?.tagged(version))
}
