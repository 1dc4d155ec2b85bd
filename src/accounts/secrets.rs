//! The secrets of machine clients. Two may overlap, so that a system changes from one to the other
//! without a gap.

use actix_web::{delete, post};
use serde::Serialize;
use utoipa::ToSchema;

use super::clients::{ManagesClients, add_secret, event};
use super::model::SECRETS_MAX;
use super::store::clients as store;
use super::{ClientId, ClientSecretId};
use crate::app::{App, Tx};
use crate::auth::claim::Caller;
use crate::auth::proof::prove;
use crate::db::dialect::{self, Lock};
use crate::db::types::Instant;
use crate::events::model::Change;
use crate::http::problem::Word;
use crate::http::{Key, Path, Problem, ProblemView, Refusal, Reply, Result};

/// A secret that was just made: the only time that it is shown.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewClientSecret)]
pub struct NewSecretView {
    /// The secret's id, to take it away by.
    pub id: ClientSecretId,
    /// The secret. It cannot be shown again.
    #[schema(max_length = 100)]
    pub client_secret: String,
    /// When it was made.
    pub created_at: Instant,
}

/// Make another secret
///
/// Both secrets are good until one is taken away. No `Idempotency-Key` is taken, since the answer
/// is secret.
#[utoipa::path(
    tag = "clients",
    params(("id" = ClientId, Path, description = "The client.")),
    responses(
        (status = 201, description = "The secret, shown this once", body = NewSecretView),
        (status = 409, description = "`state_conflict`: it has two secrets, or is deactivated", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[post("/clients/{id}/secrets")]
pub async fn add_client_secret(app: App, caller: Caller<ManagesClients>, Path(id): Path<ClientId>) -> Result<Reply> {
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let version = held(tx, id)?;
        if store::secrets(tx, id)?.len() >= SECRETS_MAX {
            let two = Word::Each { ja: "シークレット 2 個".to_owned(), en: "two secrets".to_owned() };
            return Err(Problem::from(Refusal::StateConflict).with("state", two));
        }
        let (secret, client_secret) = add_secret(tx, id)?;
        let view = NewSecretView { id: secret, client_secret, created_at: now };
        let location = format!("/v1/clients/{id}/secrets/{secret}");
        let event = event(tx, &actor, id, "secret_added")?;
        Ok(Change::new(Reply::created(&location, &view)?.tagged(version).secret(), event))
    })
    .await
}

/// Take a secret away
///
/// No token is made for it from now on; those made before end within 15 minutes.
#[utoipa::path(
    tag = "clients",
    params(("id" = ClientId, Path, description = "The client."), ("secret" = ClientSecretId, Path, description = "The secret.")),
    responses(
        (status = 204, description = "The secret is gone"),
        (status = 409, description = "`state_conflict`: the client is deactivated", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[delete("/clients/{id}/secrets/{secret}")]
pub async fn remove_client_secret(
    app: App,
    caller: Caller<ManagesClients>,
    Path((id, secret)): Path<(ClientId, ClientSecretId)>,
) -> Result<Reply> {
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        held(tx, id)?;
        if !store::delete_secret(tx, id, secret)? {
            return Err(Refusal::NotFound.into());
        }
        let event = event(tx, &actor, id, "secret_removed")?;
        Ok(Change::new(Reply::no_content(), event))
    })
    .await
}

/// Moves the client's version on and tells the one it has now; others who change secrets wait,
/// since they name no version that could be another.
fn held(tx: &mut Tx<'_>, id: ClientId) -> Result<i32> {
    dialect::hold(tx, Lock::Secrets)?;
    let row = store::find(tx, id)?.ok_or(Refusal::NotFound)?;
    if !row.active {
        return Err(super::deactivated());
    }
    store::change(tx, &row)?;
    Ok(row.version.saturating_add(1))
}
