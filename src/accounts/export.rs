//! All that is kept of a person, for the person.

use actix_web::get;
use serde::Serialize;
use utoipa::ToSchema;

use super::me;
use super::session::HasAccount;
use super::store::export as store;
use super::view::MeView;
use crate::app::App;
use crate::auth::claim::Caller;
use crate::contracts::ContractId;
use crate::db::types::Instant;
use crate::http::text::{Body, EmailAddress, Name, Subject, SupportId};
use crate::http::{Problem, Reply, Result};
use crate::inquiries::MessageId;
use crate::inquiries::store::Requester;
use crate::terms::codes::{AccountState, MailKind, MailState};

/// A contract that the account is or was linked to.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyLink {
    /// The contract.
    pub contract_id: ContractId,
    /// How the account stands to it.
    pub state: AccountState,
    /// The name by which the contract knows the person, where that is not the account's.
    #[schema(required)]
    pub known_as: Option<Name>,
    /// Since when.
    pub linked_since: Instant,
    /// Until when; null while the link lasts.
    #[schema(required)]
    pub linked_until: Option<Instant>,
}

/// A session that is kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct MySession {
    /// When it began.
    pub created_at: Instant,
    /// The ID that it is for.
    #[schema(required)]
    pub support_id: Option<SupportId>,
    /// When it was ended.
    #[schema(required)]
    pub ended_at: Option<Instant>,
}

/// An inquiry that the person opened, or that names the person.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyInquiry {
    /// Its number.
    #[schema(max_length = 20, example = "Q-2026-7K3M9P")]
    pub number: String,
    /// When it was received.
    pub received_at: Instant,
    /// Its subject, where the person wrote it.
    #[schema(required)]
    pub subject: Option<Subject>,
    /// What was asked, where the person wrote it.
    #[schema(required)]
    pub body: Option<Body>,
    /// The person as requester.
    #[schema(required)]
    pub requester: Option<Requester>,
    /// Whether the person is told as a watcher.
    pub watcher: bool,
}

/// A message that the person wrote.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyMessage {
    /// The message.
    pub id: MessageId,
    /// When it was posted.
    pub posted_at: Instant,
    /// Its text.
    #[schema(required)]
    pub body: Option<Body>,
}

/// A contract that names the person as its system administrator.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyAdministration {
    /// The contract.
    pub contract_id: ContractId,
    /// The name that it has.
    pub name: Name,
}

/// A mail to the person.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyMail {
    /// What it told.
    pub kind: MailKind,
    /// When it was written down.
    pub queued_at: Instant,
    /// What became of it.
    pub state: MailState,
}

/// All that is kept of a person.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyData {
    /// The account.
    pub account: MeView,
    /// The contracts that it is or was linked to.
    #[schema(max_items = 10000)]
    pub contracts: Vec<MyLink>,
    /// Its sessions.
    #[schema(max_items = 10000)]
    pub sessions: Vec<MySession>,
    /// Contracts that name the person as system administrator.
    #[schema(max_items = 10000)]
    pub administrations: Vec<MyAdministration>,
    /// Inquiries that the person opened, or that name the person.
    #[schema(max_items = 10000)]
    pub inquiries: Vec<MyInquiry>,
    /// Messages that the person wrote.
    #[schema(max_items = 10000)]
    pub messages: Vec<MyMessage>,
    /// Mails to the person.
    #[schema(max_items = 10000)]
    pub mails: Vec<MyMail>,
}

/// Take one's own data along
///
/// All that is kept of the person, whatever the contract's condition: the latest 10,000 of each
/// kind.
#[utoipa::path(
    tag = "accounts",
    responses((status = 200, description = "The person's data", body = MyData)),
    security(("customer" = []))
)]
#[get("/me/export")]
pub async fn export_me(app: App, caller: Caller<HasAccount>) -> Result<Reply> {
    let now = app.now();
    app.read(move |db| {
        let row = me::own(db, &caller, now)?;
        let version = row.version;
        let data = MyData {
            contracts: store::links(db, row.id)?,
            sessions: store::sessions(db, row.id)?,
            administrations: store::administrations(db, &row.email)?,
            inquiries: store::inquiries(db, row.id, &row.email)?,
            messages: store::messages(db, row.id)?,
            mails: store::mails(db, &row.email)?,
            account: row.into(),
        };
        Ok(Reply::ok(&data)?.tagged(version).secret())
    })
    .await
}

/// An inquiry as it is told to this person.
pub(super) fn told(found: store::Opened, own: bool, email: &EmailAddress) -> Result<MyInquiry> {
    let text = |text: &str| Subject::parse(text).map_err(Problem::bug);
    Ok(MyInquiry {
        number: found.number,
        received_at: found.received_at,
        subject: if own { Some(text(&found.subject)?) } else { None },
        body: if own { Some(Body::parse(&found.body).map_err(Problem::bug)?) } else { None },
        watcher: found.watchers.0.contains(email),
        requester: Some(found.requester.0).filter(|requester| requester.email.as_ref() == Some(email)),
    })
}
