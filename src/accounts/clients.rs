//! Machine clients: partners' systems and internal scripts, and what they are granted.

use actix_web::{delete, patch, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;

use super::model::{ScopeName, digest_of, scope_faults, secret};
use super::store::clients as store;
use super::view::{ClientView, SecretView};
use super::{ClientId, ClientSecretId, StaffId};
use crate::app::{App, Tx};
use crate::auth::claim::{Caller, Gate, Privilege};
use crate::auth::proof::{Actor, prove};
use crate::contracts::ResellerId;
use crate::db::Connection;
use crate::db::types::Id;
use crate::events::model::{Change, NewEvent, Subject};
use crate::http::text::Name;
use crate::http::{
    Fault, IfMatch, Json, Key, MergePatch, Path, Problem, ProblemView, Refusal, Reply, RequiredIfMatchParam, Result,
    present,
};
use crate::terms::codes::{ClientKind, EventType, Scope};

/// Manages the machine clients.
pub struct ManagesClients;
impl Privilege for ManagesClients {
    const GATE: Gate = Gate::shut().manager();
}

/// A machine client to register.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterClient {
    /// What it is called at the desk.
    pub name: Name,
    /// A partner's system or an internal script.
    pub kind: ClientKind,
    /// The partner's reseller: demanded of a partner, refused of a script.
    #[serde(default)]
    #[schema(nullable = false)]
    pub reseller_id: Option<ResellerId>,
    /// What it may do. `closures:judge` is granted only when it is named here.
    #[validate(length(min = 1, max = 20))]
    #[schema(value_type = Vec<Scope>, min_items = 1, max_items = 20)]
    pub scopes: Vec<ScopeName>,
}

/// What to change of a client.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeClient {
    /// Another name.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub name: Option<Name>,
    /// All that it may do from now on.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 20))]
    #[schema(nullable = false, value_type = Option<Vec<Scope>>, min_items = 1, max_items = 20)]
    pub scopes: Option<Vec<ScopeName>>,
}

/// A client as it was registered, with its first secret: the only time that it is shown.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RegisteredClient)]
pub struct RegisteredClientView {
    /// What the client signs in with.
    pub client_id: ClientId,
    /// The secret that goes with it. It cannot be shown again.
    #[schema(max_length = 100)]
    pub client_secret: String,
    /// The client.
    pub client: ClientView,
}

/// A client to register.
#[derive(Clone, Debug)]
pub struct NewClient {
    /// What it is called.
    pub name: Name,
    /// A partner's reseller; none makes it an internal script.
    pub reseller_id: Option<ResellerId>,
    /// What it may do.
    pub scopes: Vec<Scope>,
}

/// Register a client
///
/// The answer holds the client's first secret, which is shown this once. The manager who calls is
/// on record as who granted the scopes. No `Idempotency-Key` is taken, since the answer is secret.
#[utoipa::path(
    tag = "clients",
    request_body = RegisterClient,
    responses(
        (status = 201, description = "The client, and its secret", body = RegisteredClientView),
        (status = 422, description = "`validation_failed`: such as `unknown_scope` or `not_allowed_here` for a scope that the kind cannot have, `required` for a partner's reseller", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[post("/clients")]
pub async fn register_client(
    app: App,
    caller: Caller<ManagesClients>,
    Json(body): Json<RegisterClient>,
) -> Result<Reply> {
    let mut faults = scope_faults(body.kind, &body.scopes);
    match (body.kind, body.reseller_id) {
        (ClientKind::Partner, None) => faults.push(Fault::at("/reseller_id", "required")),
        (ClientKind::Robot, Some(_)) => faults.push(Fault::at("/reseller_id", "not_allowed_here")),
        _ => {}
    }
    if !faults.is_empty() {
        return Err(Problem::faults(faults));
    }
    let scopes = body.scopes.iter().map(|name| name.0).collect();
    let client = NewClient { name: body.name, reseller_id: body.reseller_id, scopes };
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        register(tx, &actor, client)?.map(|(row, client_secret)| {
            let version = row.version;
            let location = format!("/v1/clients/{}", row.id);
            let view = RegisteredClientView { client_id: row.id, client_secret, client: view(tx, row)? };
            Ok(Reply::created(&location, &view)?.tagged(version).secret())
        })
    })
    .await
}

/// Change a client
///
/// Another name, or another list of scopes in place of all those before; then the manager who
/// calls is on record as who granted them. Access tokens follow at their next call.
#[utoipa::path(
    tag = "clients",
    params(("id" = ClientId, Path, description = "The client."), RequiredIfMatchParam),
    request_body(content = ChangeClient, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "The client as changed", body = ClientView),
        (status = 409, description = "`state_conflict`: it is deactivated", body = ProblemView, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`: such as `unknown_scope` or `not_allowed_here` for a scope that the kind cannot have", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[patch("/clients/{id}")]
pub async fn change_client(
    app: App,
    caller: Caller<ManagesClients>,
    Path(id): Path<ClientId>,
    expected: IfMatch,
    MergePatch(body): MergePatch<ChangeClient>,
) -> Result<Reply> {
    let expected = expected.required()?;
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let before = store::find(tx, id)?.ok_or(Refusal::NotFound)?;
        expected.holds(before.version)?;
        if !before.active {
            return Err(super::deactivated());
        }
        let mut row = before.clone();
        row.name = body.name.unwrap_or(row.name);
        if body.scopes.is_some() {
            row.granted_by = Id::new(actor.id);
        } else if row.name == before.name {
            return Ok(Change::silent(told(tx, id)?, "nothing changed"));
        }
        store::change(tx, &row)?;
        if let Some(names) = body.scopes {
            let faults = scope_faults(row.kind, &names);
            if !faults.is_empty() {
                return Err(Problem::faults(faults));
            }
            let scopes: Vec<Scope> = names.iter().map(|name| name.0).collect();
            store::grant(tx, id, &scopes, row.granted_by)?;
        }
        let event = event(tx, &actor, id, "changed")?;
        Ok(Change::new(told(tx, id)?, event))
    })
    .await
}

/// Deactivate a client
///
/// Its tokens stop working at their next call. What it did stays on record under the same id.
#[utoipa::path(
    tag = "clients",
    params(("id" = ClientId, Path, description = "The client."), RequiredIfMatchParam),
    responses((status = 204, description = "The client is deactivated")),
    security(("staff" = []))
)]
#[delete("/clients/{id}")]
pub async fn deactivate_client(
    app: App,
    caller: Caller<ManagesClients>,
    Path(id): Path<ClientId>,
    expected: IfMatch,
) -> Result<Reply> {
    let expected = expected.required()?;
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let row = store::find(tx, id)?.ok_or(Refusal::NotFound)?;
        expected.holds(row.version)?;
        if !row.active {
            return Ok(Change::silent(Reply::no_content(), "it was deactivated before"));
        }
        store::change(tx, &store::Row { active: false, ..row })?;
        let event = event(tx, &actor, id, "deactivated")?;
        Ok(Change::new(Reply::no_content(), event))
    })
    .await
}

/// Registers a client with one secret, on behalf of the manager who grants its scopes. They must
/// fit its kind. The secret is told here and never again.
///
/// 422 `unknown_reference` for a reseller that is not there.
pub fn register(tx: &mut Tx<'_>, by: &Actor, client: NewClient) -> Result<Change<(store::Row, String)>> {
    let kind = match client.reseller_id {
        Some(reseller) if !store::reseller_exists(tx, reseller)? => {
            return Err(Problem::fault("/reseller_id", "unknown_reference"));
        }
        Some(_) => ClientKind::Partner,
        None => ClientKind::Robot,
    };
    let row = store::Row {
        id: tx.new_id(),
        name: client.name,
        kind,
        reseller_id: client.reseller_id,
        granted_by: StaffId::new(by.id),
        active: true,
        version: 1,
        created_at: tx.now,
        changed_at: tx.now,
    };
    store::insert(tx, &row)?;
    store::grant(tx, row.id, &client.scopes, row.granted_by)?;
    let (_, client_secret) = add_secret(tx, row.id)?;
    let event = event(tx, by, row.id, "registered")?;
    Ok(Change::new((row, client_secret), event))
}

/// Makes a secret for a client; what is kept of it is a digest.
pub(super) fn add_secret(tx: &mut Tx<'_>, client: ClientId) -> Result<(ClientSecretId, String)> {
    let (id, client_secret) = (tx.new_id(), secret("mcs_", tx.ids().secret()));
    store::insert_secret(tx, client, id, &digest_of(&client_secret))?;
    Ok((id, client_secret))
}

/// Tells what became of a client, with the scopes it has now.
pub(super) fn event(tx: &mut Tx<'_>, by: &Actor, id: ClientId, action: &'static str) -> Result<NewEvent> {
    let row = store::find(tx, id)?.ok_or(Refusal::NotFound)?;
    let scopes = store::scopes(tx, id)?;
    let data = json!({
        "action": action,
        "kind": row.kind,
        "reseller_id": row.reseller_id,
        "scopes": scopes,
        "active": row.active,
    });
    Ok(NewEvent::by(by, EventType::ClientChanged, Subject::new("client", id), data))
}

fn view(db: &mut Connection, row: store::Row) -> Result<ClientView> {
    let scopes = store::scopes(db, row.id)?;
    let secrets = store::secrets(db, row.id)?;
    Ok(ClientView {
        id: row.id,
        name: row.name,
        kind: row.kind,
        reseller_id: row.reseller_id,
        scopes,
        granted_by: row.granted_by,
        active: row.active,
        secrets: secrets.into_iter().map(|s| SecretView { id: s.id, created_at: s.created_at }).collect(),
        version: row.version,
        created_at: row.created_at,
        changed_at: row.changed_at,
    })
}

pub(super) fn told(db: &mut Connection, id: ClientId) -> Result<Reply> {
    let row = store::find(db, id)?.ok_or(Refusal::NotFound)?;
    let version = row.version;
    Ok(Reply::ok(&view(db, row)?)?.tagged(version))
}
