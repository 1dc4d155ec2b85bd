//! What is a person's own: the account, its contracts and the password. No contract's condition
//! stops any of it.

use actix_web::{get, patch, put};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::model::Holder;
use super::session::{HasAccount, HasSession};
use super::sign_in::try_password;
use super::store::{people as store, sessions, staff};
use super::throttle::Subject;
use super::view::{MeView, MyContractPage, PapersView};
use super::{Account, password};
use crate::app::App;
use crate::auth::claim::{Caller, Claim};
use crate::auth::proof::prove_person;
use crate::auth::source::Source;
use crate::db::Connection;
use crate::db::types::{Id, Instant};
use crate::events::model::Change;
use crate::http::text::{EmailAddress, Name, NewPassword, TypedPassword};
use crate::http::{
    IfMatch, Json, Key, List, MergePatch, NoFilter, PageParams, Problem, ProblemView, Refusal, Reply,
    RequiredIfMatchParam, Result, present,
};

/// What to change of one's own account.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeMe {
    /// Another name.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub name: Option<Name>,
}

/// The password and the one to come.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The password now.
    pub current_password: TypedPassword,
    /// The password from now on.
    pub new_password: NewPassword,
}

/// Get one's own account
///
/// Whatever the contract's condition.
#[utoipa::path(
    tag = "accounts",
    responses((status = 200, description = "The account", body = MeView)),
    security(("customer" = []))
)]
#[get("/me")]
pub async fn get_me(app: App, caller: Caller<HasAccount>) -> Result<Reply> {
    let now = app.now();
    app.read(move |db| told(own(db, &caller, now)?)).await
}

/// Change one's own account
///
/// The name. The address changes by a mailed link only.
#[utoipa::path(
    tag = "accounts",
    params(RequiredIfMatchParam),
    request_body(content = ChangeMe, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The account as changed", body = MeView)),
    security(("customer" = []))
)]
#[patch("/me")]
pub async fn change_me(
    app: App,
    caller: Caller<HasAccount>,
    expected: IfMatch,
    MergePatch(body): MergePatch<ChangeMe>,
) -> Result<Reply> {
    const NO_EVENT: &str = "a name is the person's own, and no event may carry it";
    let expected = expected.required()?;
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        let row = own(tx, &caller, now)?;
        expected.holds(row.version)?;
        match body.name {
            Some(name) if name != row.name => store::rename(tx, &row, &name)?,
            _ => return Ok(Change::silent(told(row)?, NO_EVENT)),
        }
        let row = store::find(tx, row.id)?.ok_or(Refusal::Unauthenticated)?;
        Ok(Change::silent(told(row)?, NO_EVENT))
    })
    .await
}

/// List one's own contracts
///
/// The contracts that the account may sign in for, each with its condition, newest link first.
#[utoipa::path(
    tag = "accounts",
    params(PageParams),
    responses((status = 200, description = "A page of contracts", body = MyContractPage)),
    security(("customer" = []))
)]
#[get("/me/contracts")]
pub async fn list_my_contracts(
    app: App,
    caller: Caller<HasAccount>,
    List(NoFilter {}, page): List<NoFilter>,
) -> Result<Reply> {
    let now = app.now();
    app.read(move |db| {
        let account = own(db, &caller, now)?.id;
        let mut rows = store::contracts_of(db, account, now, &page)?;
        let next = page.cut(&mut rows, |row| (row.linked_since, row.contract));
        MyContractPage::reply(rows.into_iter().map(PapersView::from).collect(), next, &page)
    })
    .await
}

/// Change one's own password
///
/// The person's other sessions end. A wrong current password counts as a failed try to sign in.
#[utoipa::path(
    tag = "accounts",
    request_body = ChangePassword,
    responses(
        (status = 204, description = "The new password holds"),
        (status = 422, description = "`validation_failed`: `incorrect` at `/current_password`, or `password_too_common` at `/new_password`", body = ProblemView, content_type = "application/problem+json"),
        (status = 429, description = "`quota_exceeded`: too many failed tries; `Retry-After` says how long to wait", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("staff" = []))
)]
#[put("/me/password")]
pub async fn change_password(
    app: App,
    caller: Caller<HasSession>,
    source: Source,
    Json(body): Json<ChangePassword>,
) -> Result<Reply> {
    let (now, claim) = (app.now(), (*caller).clone());
    let holder = Holder::of(&claim).ok_or(Refusal::Forbidden)?;
    let (email, hash, subject) = app
        .read(move |db| {
            prove_person(db, &claim, now)?;
            let (email, hash) = credentials(db, holder)?;
            let subject = Subject::new(holder.kind(), &email, source);
            subject.admit(db, now)?;
            Ok((email, hash, subject))
        })
        .await?;
    password::refuse_guessable(&body.new_password, &email, "/new_password")?;
    let new_hash = password::hash(body.new_password, app.ids().secret()).await?;
    let changed = try_password(&app, subject, body.current_password, hash, move |tx, verified| {
        let now = tx.now;
        prove_person(tx, &caller, now)?;
        let session = match &*caller {
            Claim::Customer { session, .. } | Claim::Staff { session, .. } => Some(*session),
            Claim::Partner { .. } | Claim::Robot { .. } => None,
        };
        let changed = match holder {
            Holder::Account(id) => store::set_password(tx, id, verified, &new_hash)?,
            Holder::Staff(id) => staff::set_password(tx, id, verified, &new_hash)?,
        };
        if changed {
            sessions::end_all(tx, holder, session)?;
        }
        Ok(changed.then(|| Change::silent((), "a password is the person's own business")))
    });
    match changed.await? {
        Some(()) => Ok(Reply::no_content()),
        None => Err(Problem::fault("/current_password", "incorrect")),
    }
}

fn credentials(db: &mut Connection, holder: Holder) -> Result<(EmailAddress, Option<String>)> {
    let found = match holder {
        Holder::Account(id) => store::find(db, id)?.map(|account| (account.email, account.password_hash)),
        Holder::Staff(id) => staff::credentials_of(db, id)?.map(|(email, hash)| (email, Some(hash))),
    };
    Ok(found.ok_or(Refusal::Unauthenticated)?)
}

pub(super) fn own(db: &mut Connection, claim: &Claim, now: Instant) -> Result<store::Row> {
    let actor = prove_person(db, claim, now)?;
    Ok(store::find(db, Id::<Account>::new(actor.id))?.ok_or(Refusal::Unauthenticated)?)
}

pub(super) fn told(row: store::Row) -> Result<Reply> {
    let version = row.version;
    Ok(Reply::ok(&MeView::from(row))?.tagged(version))
}
