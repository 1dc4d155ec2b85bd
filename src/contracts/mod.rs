//! Contracts and what they stand on: products with their versions, and resellers.

pub mod model;
pub mod store;

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

/// The routes of contracts.
pub fn routes(_config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {}
