//! Who may sign in: Support Web accounts, the desk's staff, machine clients, and their sessions.

pub mod change_email;
pub mod clients;
pub mod discovery;
pub mod erase;
pub mod export;
pub mod grant;
pub mod leave;
pub mod letters;
pub mod me;
pub mod members;
pub mod model;
pub mod password;
pub mod read;
pub mod register;
pub mod reset;
pub mod secrets;
pub mod session;
pub mod sign_in;
pub mod staff;
pub mod store;
pub mod throttle;
pub mod view;

use crate::http::problem::Word;
use crate::http::{Problem, Refusal, Services};
use crate::terms::codes::AccountState;

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

/// The operations on those who sign in.
pub fn routes(v1: &mut impl Services) {
    v1.service(read::list_staff)
        .service(staff::add_staff)
        .service(read::get_staff)
        .service(staff::change_staff)
        .service(staff::deactivate_staff)
        .service(sign_in::sign_in_staff)
        .service(sign_in::sign_in)
        .service(session::refresh_session)
        .service(session::switch_session)
        .service(session::sign_out)
        .service(register::register_account)
        .service(register::verify_account)
        .service(register::approve_registration)
        .service(reset::request_password_reset)
        .service(reset::confirm_password_reset)
        .service(read::list_contract_accounts)
        .service(members::add_contract_account)
        .service(read::get_contract_account)
        .service(members::approve_contract_account)
        .service(members::deactivate_contract_account)
        .service(me::get_me)
        .service(me::change_me)
        .service(me::list_my_contracts)
        .service(me::change_password)
        .service(change_email::request_email_change)
        .service(change_email::confirm_email_change)
        .service(export::export_me)
        .service(leave::delete_me)
        .service(erase::erase_person)
        .service(read::list_clients)
        .service(clients::register_client)
        .service(read::get_client)
        .service(clients::change_client)
        .service(clients::deactivate_client)
        .service(secrets::add_client_secret)
        .service(secrets::remove_client_secret);
}

/// What machines find outside `/v1`, where their standards put it.
pub fn root_routes(root: &mut impl Services) {
    root.service(grant::grant_token).service(discovery::get_keys).service(discovery::get_authorization_server);
}

/// 409 for what has ended and would have to be there.
fn deactivated() -> Problem {
    Problem::from(Refusal::StateConflict).with("state", Word::label(AccountState::Deactivated))
}
