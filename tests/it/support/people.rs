//! People and papers, put straight into the database: for tests whose business is something else.

use diesel::prelude::*;
use madoguchi::accounts::{Account, Client, Session, Staff};
use madoguchi::contracts::model::{Facts, Line, spans};
use madoguchi::contracts::{Contract, ContractChange, Product, ProductVersion, Reseller, VersionFact};
use madoguchi::db::schema::*;
use madoguchi::db::types::{Doc, Id};
use madoguchi::events::model::Change;
use madoguchi::http::text::SupportId;
use madoguchi::terms::codes::*;
use time::Date;
use time::macros::date;
use uuid::Uuid;

use super::TestApp;

/// A contract for a test: in force from 2026-04-01 to 2027-03-31 unless changed.
#[derive(Clone)]
pub struct Papers {
    pub maintenance_id: Option<String>,
    pub contract_id: Option<String>,
    pub starts_on: Date,
    pub ends_on: Date,
    pub products: Vec<Id<Product>>,
    pub services: Vec<Service>,
    pub reseller: Option<Id<Reseller>>,
    pub partner_access: PartnerAccess,
    pub suspended: bool,
    pub site_country: &'static str,
    pub administrator: bool,
}

impl Papers {
    pub fn new(maintenance_id: &str, products: &[Id<Product>]) -> Self {
        Self {
            maintenance_id: Some(maintenance_id.into()),
            contract_id: None,
            starts_on: date!(2026 - 04 - 01),
            ends_on: date!(2027 - 03 - 31),
            products: products.to_vec(),
            services: Service::ALL.to_vec(),
            reseller: None,
            partner_access: PartnerAccess::Full,
            suspended: false,
            site_country: "JP",
            administrator: true,
        }
    }
}

impl TestApp {
    fn put_in<T>(&self, work: impl FnOnce(&mut madoguchi::app::Tx<'_>) -> T) -> T {
        self.app.write_blocking(|tx| Ok(Change::silent(work(tx), "papers of a test"))).unwrap()
    }

    pub fn reseller(&self, name: &str) -> Id<Reseller> {
        self.put_in(|tx| {
            let (id, now) = (tx.new_id(), tx.now);
            diesel::insert_into(resellers::table)
                .values((
                    resellers::id.eq(id),
                    resellers::name.eq(name),
                    resellers::contact_name.eq("営業窓口"),
                    resellers::contact_email.eq("sales@reseller.example.jp"),
                    resellers::contact_phone.eq("03-0000-0001"),
                    resellers::version.eq(1),
                    resellers::created_at.eq(now),
                    resellers::changed_at.eq(now),
                ))
                .execute(&mut **tx)
                .unwrap();
            id
        })
    }

    pub fn product(&self, code: &str, delivery: Delivery) -> Id<Product> {
        self.put_in(|tx| {
            let (id, now) = (tx.new_id(), tx.now);
            diesel::insert_into(products::table)
                .values((
                    products::id.eq(id),
                    products::code.eq(code),
                    products::name.eq(format!("{code} (サンプル)")),
                    products::vendor.eq("Votiro"),
                    products::delivery.eq(delivery),
                    products::version.eq(1),
                    products::created_at.eq(now),
                    products::changed_at.eq(now),
                ))
                .execute(&mut **tx)
                .unwrap();
            id
        })
    }

    pub fn version(&self, product: Id<Product>, name: &str, released: Option<Date>, until: Option<Date>) {
        self.put_in(|tx| {
            let (id, fact, now) = (tx.new_id::<ProductVersion>(), tx.new_id::<VersionFact>(), tx.now);
            diesel::insert_into(product_versions::table)
                .values((
                    product_versions::id.eq(id),
                    product_versions::product_id.eq(product),
                    product_versions::name.eq(name),
                    product_versions::version.eq(1),
                    product_versions::created_at.eq(now),
                    product_versions::changed_at.eq(now),
                ))
                .execute(&mut **tx)
                .unwrap();
            diesel::insert_into(product_version_facts::table)
                .values((
                    product_version_facts::id.eq(fact),
                    product_version_facts::product_version_id.eq(id),
                    product_version_facts::effective_on.eq(released.unwrap_or(date!(2020 - 01 - 01))),
                    product_version_facts::recorded_at.eq(now),
                    product_version_facts::released_by_us_on.eq(released),
                    product_version_facts::vendor_supported_until_on.eq(until),
                ))
                .execute(&mut **tx)
                .unwrap();
        });
    }

    pub fn contract(&self, papers: &Papers) -> Id<Contract> {
        self.put_in(|tx| {
            let (id, now) = (tx.new_id::<Contract>(), tx.now);
            diesel::insert_into(contracts::table)
                .values((
                    contracts::id.eq(id),
                    contracts::maintenance_id.eq(&papers.maintenance_id),
                    contracts::contract_id.eq(&papers.contract_id),
                    contracts::customer_name.eq("架空市役所（サンプル）"),
                    contracts::site_country.eq(papers.site_country),
                    contracts::partner_access.eq(papers.partner_access),
                    contracts::terms_version.eq(madoguchi::terms::current().version.to_string()),
                    contracts::version.eq(1),
                    contracts::created_at.eq(now),
                    contracts::changed_at.eq(now),
                ))
                .execute(&mut **tx)
                .unwrap();
            let ids = [
                (SupportIdKind::MaintenanceId, &papers.maintenance_id),
                (SupportIdKind::ContractId, &papers.contract_id),
            ];
            for (kind, support_id) in ids {
                let Some(support_id) = support_id else { continue };
                diesel::insert_into(support_ids::table)
                    .values((
                        support_ids::canonical.eq(support_id),
                        support_ids::kind.eq(kind),
                        support_ids::contract_id.eq(id),
                    ))
                    .execute(&mut **tx)
                    .unwrap();
            }
            let facts = Facts {
                starts_on: Some(papers.starts_on.into()),
                ends_on: Some(papers.ends_on.into()),
                product_ids: Some(papers.products.clone()),
                services: Some(papers.services.clone()),
                reseller_id: Some(papers.reseller),
                suspended: Some(papers.suspended),
            };
            let line = Line { effective_on: papers.starts_on, recorded_at: now, facts };
            diesel::insert_into(contract_changes::table)
                .values((
                    contract_changes::id.eq(tx.new_id::<ContractChange>()),
                    contract_changes::contract_id.eq(id),
                    contract_changes::kind.eq(ChangeKind::Registered),
                    contract_changes::effective_on.eq(line.effective_on),
                    contract_changes::recorded_at.eq(now),
                    contract_changes::facts.eq(Doc(line.facts.clone())),
                ))
                .execute(&mut **tx)
                .unwrap();
            madoguchi::contracts::store::replace_spans(tx, id, &spans(&[line])).unwrap();
            if papers.administrator {
                diesel::insert_into(administrators::table)
                    .values((
                        administrators::id.eq(tx.new_id::<madoguchi::contracts::Administrator>()),
                        administrators::contract_id.eq(id),
                        administrators::name.eq("田中 一郎"),
                        administrators::email.eq("admin@city.example.jp"),
                        administrators::version.eq(1),
                        administrators::created_at.eq(now),
                        administrators::changed_at.eq(now),
                    ))
                    .execute(&mut **tx)
                    .unwrap();
            }
            id
        })
    }

    /// A token of a Support Web account that is linked to the contract of this ID.
    pub fn customer(&self, support_id: &str) -> String {
        self.customer_named(&format!("user{}@city.example.jp", self.app.new_id::<Account>()), support_id)
    }

    pub fn customer_named(&self, email: &str, support_id: &str) -> String {
        let (account, session) = self.put_in(|tx| {
            let (account, session, now) = (tx.new_id::<Account>(), tx.new_id::<Session>(), tx.now);
            let contract: Id<Contract> =
                support_ids::table.find(support_id).select(support_ids::contract_id).first(&mut **tx).unwrap();
            diesel::insert_into(accounts::table)
                .values((
                    accounts::id.eq(account),
                    accounts::email.eq(email),
                    accounts::name.eq("佐藤 花子"),
                    accounts::version.eq(1),
                    accounts::created_at.eq(now),
                    accounts::changed_at.eq(now),
                ))
                .execute(&mut **tx)
                .unwrap();
            diesel::insert_into(account_links::table)
                .values((
                    account_links::account_id.eq(account),
                    account_links::contract_id.eq(contract),
                    account_links::state.eq(AccountState::Active),
                    account_links::linked_since.eq(now),
                    account_links::version.eq(1),
                ))
                .execute(&mut **tx)
                .unwrap();
            session_row(tx, session, "account", account.uuid(), Some(support_id));
            (account, session)
        });
        self.sign(account.uuid(), format!("{session}.1"), |claims| {
            claims.support_id = SupportId::exact(support_id);
        })
    }

    /// A token of somebody at the desk.
    pub fn staff(&self, role: Role) -> String {
        let (person, session) = self.put_in(|tx| {
            let (person, session, now) = (tx.new_id::<Staff>(), tx.new_id::<Session>(), tx.now);
            diesel::insert_into(staff::table)
                .values((
                    staff::id.eq(person),
                    staff::email.eq(format!("staff{person}@desk.example.jp")),
                    staff::name.eq("鈴木 次郎"),
                    staff::role.eq(role),
                    staff::password_hash.eq("none"),
                    staff::active.eq(true),
                    staff::version.eq(1),
                    staff::created_at.eq(now),
                    staff::changed_at.eq(now),
                ))
                .execute(&mut **tx)
                .unwrap();
            session_row(tx, session, "staff", person.uuid(), None);
            (person, session)
        });
        self.sign(person.uuid(), format!("{session}.1"), |_| {})
    }

    pub fn agent(&self) -> String {
        self.staff(Role::Agent)
    }

    pub fn manager(&self) -> String {
        self.staff(Role::Manager)
    }

    /// A token of a reseller's system with all that a partner may have.
    pub fn partner(&self, reseller: Id<Reseller>) -> String {
        let scopes: Vec<Scope> = Scope::ALL.iter().copied().filter(|s| s.allowed_for(ClientKind::Partner)).collect();
        self.client(Some(reseller), &scopes)
    }

    /// A token of an internal script with these scopes.
    pub fn robot(&self, scopes: &[Scope]) -> String {
        self.client(None, scopes)
    }

    pub fn client(&self, reseller: Option<Id<Reseller>>, scopes: &[Scope]) -> String {
        let client = self.put_in(|tx| {
            let (client, granter, now) = (tx.new_id::<Client>(), tx.new_id::<Staff>(), tx.now);
            diesel::insert_into(staff::table)
                .values((
                    staff::id.eq(granter),
                    staff::email.eq(format!("granter{granter}@desk.example.jp")),
                    staff::name.eq("高橋 三郎"),
                    staff::role.eq(Role::Manager),
                    staff::password_hash.eq("none"),
                    staff::active.eq(true),
                    staff::version.eq(1),
                    staff::created_at.eq(now),
                    staff::changed_at.eq(now),
                ))
                .execute(&mut **tx)
                .unwrap();
            let kind = if reseller.is_some() { ClientKind::Partner } else { ClientKind::Robot };
            diesel::insert_into(clients::table)
                .values((
                    clients::id.eq(client),
                    clients::name.eq("a client"),
                    clients::kind.eq(kind),
                    clients::reseller_id.eq(reseller),
                    clients::granted_by.eq(granter),
                    clients::active.eq(true),
                    clients::version.eq(1),
                    clients::created_at.eq(now),
                    clients::changed_at.eq(now),
                ))
                .execute(&mut **tx)
                .unwrap();
            for scope in scopes {
                diesel::insert_into(client_scopes::table)
                    .values((
                        client_scopes::client_id.eq(client),
                        client_scopes::scope.eq(scope.as_str()),
                        client_scopes::granted_by.eq(granter),
                    ))
                    .execute(&mut **tx)
                    .unwrap();
            }
            client
        });
        let scope = scopes.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(" ");
        self.sign(client.uuid(), self.app.new_id::<Client>().to_string(), |claims| {
            claims.reseller_id = reseller;
            claims.scope = Some(scope);
        })
    }

    fn sign(&self, sub: Uuid, jti: String, more: impl FnOnce(&mut madoguchi::auth::token::Claims)) -> String {
        self.app.tokens().sign(sub, jti, self.app.now(), more).unwrap()
    }
}

fn session_row(
    tx: &mut madoguchi::app::Tx<'_>,
    session: Id<Session>,
    kind: &str,
    holder: Uuid,
    support_id: Option<&str>,
) {
    let now = tx.now;
    let end = now.plus(time::Duration::days(90));
    let contract = support_id.and_then(|id| {
        let id = SupportId::exact(id).unwrap();
        madoguchi::auth::store::serving_now(tx, &id).unwrap()
    });
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(session),
            sessions::holder_kind.eq(kind),
            sessions::holder_id.eq(Id::<Uuid>::new(holder)),
            sessions::support_id.eq(support_id),
            sessions::contract_id.eq(contract),
            sessions::created_at.eq(now),
            sessions::idle_expires_at.eq(end),
            sessions::expires_at.eq(end),
        ))
        .execute(&mut **tx)
        .unwrap();
}
