//! Who may sign in: Support Web accounts, the desk's staff, machine clients, and their sessions.

pub mod model;
pub mod password;
pub mod store;

/// A Support Web account.
#[derive(Debug)]
pub struct Account;

/// Its id; under this name the document knows it.
pub type AccountId = crate::db::types::Id<Account>;

/// A person at the desk.
#[derive(Debug)]
pub struct Staff;

/// Its id; under this name the document knows it.
pub type StaffId = crate::db::types::Id<Staff>;

/// A machine client: a partner's system or an internal script.
#[derive(Debug)]
pub struct Client;

/// Its id; under this name the document knows it.
pub type ClientId = crate::db::types::Id<Client>;

/// A secret of a machine client.
#[derive(Debug)]
pub struct ClientSecret;

/// Its id; under this name the document knows it.
pub type ClientSecretId = crate::db::types::Id<ClientSecret>;

/// A session of a person.
#[derive(Debug)]
pub struct Session;

/// Its id; under this name the document knows it.
pub type SessionId = crate::db::types::Id<Session>;

/// A try to sign in that failed.
#[derive(Debug)]
pub struct SignInFailure;
