//! Contracts and what they stand on: products with their versions, and resellers.

use crate::auth::claim::{Gate, Header, Privilege};
use crate::auth::proof::Actor;
use crate::events::model::{NewEvent, Subject};
use crate::http::Services;
use crate::terms::codes::{EventType, Scope};

pub mod administrators;
pub mod assess;
pub mod change;
pub mod denials;
pub mod ending;
pub mod entitled;
pub mod history;
pub mod import;
pub mod ledger;
pub mod model;
pub mod opening;
pub mod products;
pub mod put;
pub mod read;
pub mod refusal;
pub mod register;
pub mod renew;
pub mod resellers;
pub mod store;
pub mod succeed;
pub mod suspend;
pub mod versions;
pub mod view;

/// A contract.
#[derive(Debug)]
pub struct Contract;

/// Its id; under this name the document knows it.
pub type ContractId = crate::db::types::Id<Contract>;

/// A line of a contract's ledger.
#[derive(Debug)]
pub struct ContractChange;

/// Its id; under this name the document knows it.
pub type ContractChangeId = crate::db::types::Id<ContractChange>;

/// A system administrator named for a contract.
#[derive(Debug)]
pub struct Administrator;

/// Its id; under this name the document knows it.
pub type AdministratorId = crate::db::types::Id<Administrator>;

/// A reseller.
#[derive(Debug)]
pub struct Reseller;

/// Its id; under this name the document knows it.
pub type ResellerId = crate::db::types::Id<Reseller>;

/// A product of the vendor's.
#[derive(Debug)]
pub struct Product;

/// Its id; under this name the document knows it.
pub type ProductId = crate::db::types::Id<Product>;

/// A version of a product that is software.
#[derive(Debug)]
pub struct ProductVersion;

/// Its id; under this name the document knows it.
pub type ProductVersionId = crate::db::types::Id<ProductVersion>;

/// A fact about a version, as it came to be known.
#[derive(Debug)]
pub struct VersionFact;

/// Lists what everybody may see: products, and contracts and resellers as far as they are the
/// caller's own.
#[derive(Debug)]
pub struct ListsContracts;
impl Privilege for ListsContracts {
    const GATE: Gate =
        Gate::shut().customer().partner(Scope::ContractsRead, Header::Optional).agent().robot(Scope::ContractsRead);
}

/// Reads one contract; a partner presents it.
#[derive(Debug)]
pub struct ReadsContract;
impl Privilege for ReadsContract {
    const GATE: Gate =
        Gate::shut().customer().partner(Scope::ContractsRead, Header::Required).agent().robot(Scope::ContractsRead);
}

/// Registers and changes contracts.
#[derive(Debug)]
pub struct WritesContracts;
impl Privilege for WritesContracts {
    const GATE: Gate = Gate::shut().manager().robot(Scope::ContractsWrite);
}

/// Does what a manager alone may: renews and suspends, and keeps products and resellers.
#[derive(Debug)]
pub struct Manages;
impl Privilege for Manages {
    const GATE: Gate = Gate::shut().manager();
}

/// An event by this caller, or by the program where a person runs it from a shell.
fn told(actor: Option<&Actor>, event_type: EventType, subject: Subject, data: serde_json::Value) -> NewEvent {
    match actor {
        Some(actor) => NewEvent::by(actor, event_type, subject, data),
        None => NewEvent::by_system(event_type, subject, data),
    }
}

/// The routes of contracts.
pub fn routes(config: &mut impl Services) {
    config
        .service(products::list_products)
        .service(products::register_product)
        .service(products::get_product)
        .service(products::change_product)
        .service(versions::read::list_product_versions)
        .service(versions::register::register_product_version)
        .service(versions::read::get_product_version)
        .service(versions::change::change_product_version)
        .service(resellers::list_resellers)
        .service(resellers::register_reseller)
        .service(resellers::get_reseller)
        .service(resellers::change_reseller)
        .service(put::put_contract)
        .service(read::list_contracts)
        .service(register::register_contract)
        .service(read::get_contract)
        .service(change::change_contract)
        .service(renew::renew_contract)
        .service(suspend::suspend_contract)
        .service(suspend::resume_contract)
        .service(succeed::succeed_contract)
        .service(history::list_contract_changes)
        .service(denials::read::list_denials)
        .service(denials::confirm::confirm_denial)
        .service(denials::read::get_denial)
        .service(denials::lift::lift_denial)
        .service(administrators::list_administrators)
        .service(administrators::name_administrator)
        .service(administrators::get_administrator)
        .service(administrators::change_administrator)
        .service(administrators::remove_administrator);
}
