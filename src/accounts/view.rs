//! How staff, accounts, sessions and clients are told.

use serde::Serialize;
use utoipa::ToSchema;

use super::store::{clients, people, staff};
use super::{AccountId, ClientId, ClientSecretId, StaffId};
use crate::auth::proof::Actor;
use crate::contracts::{ContractId, ResellerId};
use crate::db::types::Instant;
use crate::http::text::{Day, EmailAddress, Name};
use crate::http::{Reply, Result};
use crate::terms::codes::{AccountState, ClientKind, Condition, Role, Scope};

/// A person at the desk.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Staff)]
pub struct StaffView {
    /// The person's id.
    pub id: StaffId,
    /// The address that signs in.
    pub email: EmailAddress,
    /// The person's name; seen at the desk only.
    pub name: Name,
    /// What the person may do.
    pub role: Role,
    /// Whether the person may sign in.
    pub active: bool,
    /// Why the access was ended, where that was said.
    #[schema(required, max_length = 2000)]
    pub deactivation_reason: Option<String>,
    /// Counts changes, from 1.
    #[schema(minimum = 1)]
    pub version: i32,
    /// When the person was added.
    pub created_at: Instant,
    /// When anything changed last.
    pub changed_at: Instant,
}

impl From<staff::Row> for StaffView {
    fn from(row: staff::Row) -> Self {
        Self {
            id: row.id,
            email: row.email,
            name: row.name,
            role: row.role,
            active: row.active,
            deactivation_reason: row.deactivation_reason,
            version: row.version,
            created_at: row.created_at,
            changed_at: row.changed_at,
        }
    }
}

crate::page! {
    /// A page of the desk's people.
    StaffPage of StaffView
}

/// An account as its own person sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Me)]
pub struct MeView {
    /// The account's id.
    pub id: AccountId,
    /// The address that signs in.
    pub email: EmailAddress,
    /// The person's name.
    pub name: Name,
    /// Counts changes, from 1.
    #[schema(minimum = 1)]
    pub version: i32,
}

impl From<people::Row> for MeView {
    fn from(row: people::Row) -> Self {
        Self { id: row.id, email: row.email, name: row.name, version: row.version }
    }
}

/// An account as its contract's administrators and the desk see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ContractAccount)]
pub struct MemberView {
    /// The account's id.
    pub id: AccountId,
    /// The address that signs in.
    pub email: EmailAddress,
    /// The person's name; to a customer, of an account that was there before it was linked to this
    /// contract, the one that was given for this contract.
    pub name: Name,
    /// Whether the account may act for this contract.
    pub state: AccountState,
    /// Since when it is linked to this contract.
    pub linked_since: Instant,
    /// Until when it was; null while the link lasts.
    #[schema(required)]
    pub linked_until: Option<Instant>,
    /// Why the link was ended, where that was said; seen by the contract's administrators too.
    #[schema(required, max_length = 2000)]
    pub deactivation_reason: Option<String>,
    /// Counts changes of the link, from 1.
    #[schema(minimum = 1)]
    pub version: i32,
}

impl MemberView {
    /// The answer that tells of a link, with its tag.
    pub fn told(answer: impl FnOnce(&Self) -> Result<Reply>, actor: &Actor, row: people::Member) -> Result<Reply> {
        let version = row.version;
        Ok(answer(&Self::seen(row, actor.is_outside()))?.tagged(version))
    }

    /// The desk sees the account's own name; the contract's administrators the one that the contract
    /// knows, since an address that they name does not tell them whose it is.
    pub fn seen(row: people::Member, outside: bool) -> Self {
        let known_as = row.known_as.filter(|_| outside);
        Self {
            id: row.account,
            email: row.email,
            name: known_as.unwrap_or(row.name),
            state: row.state,
            linked_since: row.linked_since,
            linked_until: row.linked_until,
            deactivation_reason: row.deactivation_reason,
            version: row.version,
        }
    }
}

crate::page! {
    /// A page of a contract's accounts.
    ContractAccountPage of MemberView
}

/// The customer of a contract.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SignedInCustomer)]
pub struct CustomerName {
    /// The customer's name.
    #[schema(max_length = 100)]
    pub name: String,
}

/// A contract that an account signs in for. Its condition stops nobody from signing in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SignedInContract)]
pub struct PapersView {
    /// The contract's id.
    pub id: ContractId,
    /// The maintenance ID (保守 ID), if it has one.
    #[schema(required, max_length = 100)]
    pub maintenance_id: Option<String>,
    /// The contract ID (契約 ID), if it has one.
    #[schema(required, max_length = 100)]
    pub contract_id: Option<String>,
    /// The customer.
    pub customer: CustomerName,
    /// The condition today.
    pub condition: Condition,
    /// The first day of the term.
    pub starts_on: Day,
    /// The last day of the term.
    pub ends_on: Day,
    /// Since when the account is linked to it.
    pub linked_since: Instant,
}

impl From<people::Papers> for PapersView {
    fn from(row: people::Papers) -> Self {
        Self {
            id: row.contract,
            maintenance_id: row.maintenance_id,
            contract_id: row.contract_id,
            customer: CustomerName { name: row.customer_name },
            condition: row.condition,
            starts_on: row.starts_on.into(),
            ends_on: row.ends_on.into(),
            linked_since: row.linked_since,
        }
    }
}

crate::page! {
    /// A page of the contracts that an account may sign in for.
    MyContractPage of PapersView
}

/// A secret of a client, without the secret itself.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClientSecret)]
pub struct SecretView {
    /// The secret's id.
    pub id: ClientSecretId,
    /// When it was made.
    pub created_at: Instant,
}

/// A machine client.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Client)]
pub struct ClientView {
    /// The client's id, which is also the `client_id` it signs in with.
    pub id: ClientId,
    /// What it is called.
    pub name: Name,
    /// A partner's system or an internal script.
    pub kind: ClientKind,
    /// The partner's reseller; null for an internal script.
    #[schema(required)]
    pub reseller_id: Option<ResellerId>,
    /// What it may do.
    #[schema(max_items = 20)]
    pub scopes: Vec<Scope>,
    /// The manager who granted the scopes.
    pub granted_by: StaffId,
    /// Whether it may act.
    pub active: bool,
    /// The secrets that are good now.
    #[schema(max_items = 2)]
    pub secrets: Vec<SecretView>,
    /// Counts changes, from 1.
    #[schema(minimum = 1)]
    pub version: i32,
    /// When it was registered.
    pub created_at: Instant,
    /// When anything changed last.
    pub changed_at: Instant,
}

/// A machine client in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClientSummary {
    /// The client's id.
    pub id: ClientId,
    /// What it is called.
    pub name: Name,
    /// A partner's system or an internal script.
    pub kind: ClientKind,
    /// The partner's reseller; null for an internal script.
    #[schema(required)]
    pub reseller_id: Option<ResellerId>,
    /// Whether it may act.
    pub active: bool,
    /// When it was registered.
    pub created_at: Instant,
}

impl From<clients::Row> for ClientSummary {
    fn from(row: clients::Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            kind: row.kind,
            reseller_id: row.reseller_id,
            active: row.active,
            created_at: row.created_at,
        }
    }
}

crate::page! {
    /// A page of clients.
    ClientPage of ClientSummary
}
