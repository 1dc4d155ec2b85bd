//! How a refusal by contract, product or hours is told: with the facts and the contacts that help.

use time::Date;

use super::Product;
use super::denials::DenialReference;
use super::model::Contact;
use super::store;
use crate::auth::proof::Actor;
use crate::auth::store::{Presented, kind_of, reseller_contact};
use crate::calendar::model::{TOKYO, tokyo_date};
use crate::db::Connection;
use crate::db::types::{Id, Instant};
use crate::http::problem::Word;
use crate::http::text::SupportId;
use crate::http::{Problem, Refusal, Result};
use crate::terms::codes::{ClauseId, Code, Condition, Delivery, Exclusion, Language, Service, SupportIdKind, Topic};

/// What an explanation draws on beside the contract.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The product's delivery; it chooses the section of the terms.
    pub delivery: Option<Delivery>,
    /// The version that was judged.
    pub version: Option<String>,
    /// The versions that would be taken.
    pub supported: Vec<String>,
    /// When the desk opens next.
    pub next_open_at: Option<Instant>,
    /// The topic that goes elsewhere.
    pub topic: Option<Topic>,
    /// The excluded work asked for.
    pub requested_work: Option<Exclusion>,
    /// The denial that stands in the way.
    pub denial: Option<DenialReference>,
    /// The service that is missing.
    pub service: Option<Service>,
}

/// The refusal in full: clause, contacts, versions, and the blanks of its text.
pub fn explain(
    connection: &mut Connection,
    refusal: Refusal,
    contract: &Presented,
    presented: &SupportId,
    facts: &Facts,
    desk: &Contact,
) -> Result<Problem> {
    let seller = match contract.reseller {
        Some(reseller) => reseller_contact(connection, reseller)?,
        None => None,
    };
    let helps = matches!(refusal.status().as_u16(), 403) || refusal == Refusal::Redirected;
    let contacts: Vec<Contact> = seller.iter().cloned().chain([desk.clone()]).filter(|_| helps).collect();
    let versions = matches!(refusal, Refusal::VersionNotReleasedByUs | Refusal::VersionUnsupportedByVendor);
    let supported = versions.then(|| facts.supported.clone());
    let problem = Problem::from(refusal)
        .with("contact", contact_word(seller.as_ref(), desk))
        .with("id", id_word(kind_of(connection, contract, presented)?, presented))
        .with("starts_on", day_word(contract.starts_on))
        .with("ends_on", day_word(contract.ends_on))
        .with("service", Word::label(facts.service.unwrap_or(Service::Qa)))
        .with("version", facts.version.as_deref().unwrap_or("-"))
        .with("supported", Word::list(&facts.supported.iter().map(Word::from).collect::<Vec<_>>()))
        .with("next_open", facts.next_open_at.map_or_else(|| Word::list(&[]), hour_word))
        .with("topic", facts.topic.map_or_else(|| Word::list(&[]), Word::label))
        .helped(|help| {
            help.contacts = contacts;
            help.supported_versions = supported;
            help.denial = facts.denial.filter(|_| refusal == Refusal::SupportDenied);
        });
    Ok(match facts.clause(refusal) {
        Some(clause) => problem.by_clause(clause, &contract.terms_version),
        None => problem,
    })
}

/// Refuses the customer's side what it asks for a product that is denied to its contract: 403
/// `support_denied`. The desk goes on. A partner that presents no contract has its lists narrowed
/// by [`store::denied_products_on`].
pub fn serves_product(
    connection: &mut Connection,
    actor: &Actor,
    product: Id<Product>,
    now: Instant,
    desk: &Contact,
) -> Result<()> {
    let (Some(contract), Some(id)) = (&actor.presented, &actor.presented_id) else { return Ok(()) };
    let today = tokyo_date(now.to_datetime());
    match store::product_denial_on(connection, contract.contract, product, today)? {
        Some(denial) => Err(denied(connection, contract, id, denial, desk)?),
        None => Ok(()),
    }
}

/// A denial as it is told: 403 `support_denied` by its own clause (DEN-6-C1 to C4).
pub fn denied(
    connection: &mut Connection,
    contract: &Presented,
    presented: &SupportId,
    denial: DenialReference,
    desk: &Contact,
) -> Result<Problem> {
    let facts = Facts { denial: Some(denial), ..Facts::default() };
    explain(connection, Refusal::SupportDenied, contract, presented, &facts, desk)
}

/// Refuses the customer's side the history of a contract that has not started: 403
/// `contract_not_started`, unless an inquiry was opened on it by setting that rule aside.
pub fn reads_history(connection: &mut Connection, actor: &Actor, desk: &Contact) -> Result<()> {
    let (Some(contract), Some(id)) = (&actor.presented, &actor.presented_id) else { return Ok(()) };
    if contract.condition != Condition::NotStarted || store::has_inquiry(connection, contract.contract)? {
        return Ok(());
    }
    Err(explain(connection, Refusal::ContractNotStarted, contract, id, &Facts::default(), desk)?)
}

impl Facts {
    /// The clause behind a refusal: a closer one than its own where the facts name one.
    pub fn clause(&self, refusal: Refusal) -> Option<ClauseId> {
        let delivery = self.delivery.unwrap_or(Delivery::Software);
        let closer = match refusal {
            Refusal::ExcludedService => self.requested_work.and_then(|work| work.clause(delivery)),
            Refusal::SupportDenied => self.denial.and_then(|denial| denial.code.clause(delivery)),
            _ => None,
        };
        closer.or_else(|| refusal.clause(delivery))
    }
}

/// Whom to turn to about the contract: the reseller, or the desk where there is none.
pub fn contact_word(seller: Option<&Contact>, desk: &Contact) -> Word {
    let contact = seller.unwrap_or(desk);
    let reach = contact.phone.as_deref().or(contact.email.as_deref()).unwrap_or_default();
    let (ja, en) = if seller.is_some() { ("販売代理店", "your reseller") } else { ("弊社", "us") };
    Word::Each { ja: format!("{ja}（{} {reach}）", contact.name), en: format!("{en} ({} {reach})", contact.name) }
}

fn id_word(kind: SupportIdKind, presented: &SupportId) -> Word {
    Word::Each {
        ja: format!("{}「{presented}」", kind.label(Language::Ja)),
        en: format!("{} {presented}", kind.label(Language::En)),
    }
}

/// A day as people write it.
pub fn day_word(day: Date) -> Word {
    Word::Each {
        ja: format!("{}年{}月{}日", day.year(), u8::from(day.month()), day.day()),
        en: format!("{} {} {}", day.day(), day.month(), day.year()),
    }
}

/// A full hour as people say it, in Japan's time.
pub fn hour_word(at: Instant) -> Word {
    let at = at.to_datetime().to_offset(TOKYO);
    let weekday = match at.weekday() {
        time::Weekday::Monday => "月",
        time::Weekday::Tuesday => "火",
        time::Weekday::Wednesday => "水",
        time::Weekday::Thursday => "木",
        time::Weekday::Friday => "金",
        time::Weekday::Saturday => "土",
        time::Weekday::Sunday => "日",
    };
    Word::Each {
        ja: format!("{}月{}日（{weekday}）{}時", u8::from(at.month()), at.day(), at.hour()),
        en: format!("{:02}:00 on {}, {} {} (JST)", at.hour(), at.weekday(), at.day(), at.month()),
    }
}
