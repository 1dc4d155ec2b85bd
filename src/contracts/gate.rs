//! What a contract's condition stops, told with whom to turn to.

use time::Date;

use super::model::Contact;
use super::store;
use crate::auth::proof::Actor;
use crate::auth::store::{Presented, reseller_contact};
use crate::db::Connection;
use crate::http::problem::Word;
use crate::http::{Problem, Refusal, Result};
use crate::terms::codes::{Code, Condition, Language, SupportIdKind};

/// Refuses the customer's side the history of a contract that has not started: 403
/// `contract_not_started`, unless an inquiry was opened on it by override (DOC-0-C2).
pub fn reads_history(connection: &mut Connection, actor: &Actor, desk: &Contact) -> Result<()> {
    match &actor.presented {
        Some(presented) if presented.condition == Condition::NotStarted => {
            if store::has_inquiry(connection, presented.contract)? {
                return Ok(());
            }
            Err(told(connection, Refusal::ContractNotStarted, presented, desk)?)
        }
        _ => Ok(()),
    }
}

/// A refusal by a contract's condition or services, with the days and IDs that its text names and
/// the counters of the reseller and the desk.
pub fn told(connection: &mut Connection, refusal: Refusal, presented: &Presented, desk: &Contact) -> Result<Problem> {
    let reseller = match presented.reseller {
        Some(id) => reseller_contact(connection, id)?,
        None => None,
    };
    let first = reseller.as_ref().unwrap_or(desk);
    let spoken =
        [Some(first.name.as_str()), first.phone.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let problem = Problem::from(refusal)
        .with("id", id_word(presented))
        .with("starts_on", day_word(presented.starts_on))
        .with("ends_on", day_word(presented.ends_on))
        .with("contact", spoken);
    let contacts: Vec<Contact> = reseller.into_iter().chain([desk.clone()]).collect();
    Ok(problem.helped(|help| help.contacts = contacts))
}

/// The contract's ID as people name it: 「保守 ID「MNT-000123」」.
pub fn id_word(presented: &Presented) -> Word {
    let (kind, id) = match (&presented.maintenance_id, &presented.contract_id) {
        (Some(id), _) => (SupportIdKind::MaintenanceId, id.as_str()),
        (None, id) => (SupportIdKind::ContractId, id.as_deref().unwrap_or_default()),
    };
    Word::Each {
        ja: format!("{}「{id}」", kind.label(Language::Ja)),
        en: format!("{} \"{id}\"", kind.label(Language::En)),
    }
}

/// A day as people say it.
pub fn day_word(day: Date) -> Word {
    let (year, month, number) = day.to_calendar_date();
    Word::Each { ja: format!("{year}年{}月{number}日", u8::from(month)), en: format!("{number} {month} {year}") }
}
