//! What is known already: questions and answers, read by whom they concern, found in Japanese.

use crate::auth::claim::{Gate, Header, Privilege};
use crate::auth::proof::Actor;
use crate::events::model::{NewEvent, Subject};
use crate::http::Services;
use crate::terms::codes::{EventType, Scope};

pub mod change;
pub mod draft;
pub mod draft_from_inquiry;
pub mod entitle;
pub mod feedback;
pub mod misses;
pub mod model;
pub mod publish;
pub mod read;
pub mod revisions;
pub mod search;
pub mod store;
pub mod suggest;
pub mod synonyms;
pub mod take;
pub mod view;
pub mod withdraw;

/// A FAQ.
#[derive(Debug)]
pub struct Faq;
/// Its id; under this name the document knows it.
pub type FaqId = crate::db::types::Id<Faq>;

/// A revision of its text.
#[derive(Debug)]
pub struct FaqRevision;
/// Its id; under this name the document knows it.
pub type FaqRevisionId = crate::db::types::Id<FaqRevision>;

/// A reader's word on whether it helped.
#[derive(Debug)]
pub struct FaqFeedback;
/// Its id; under this name the document knows it.
pub type FaqFeedbackId = crate::db::types::Id<FaqFeedback>;

/// Words that were looked for and not found.
#[derive(Debug)]
pub struct FaqMiss;
/// Its id; under this name the document knows it.
pub type FaqMissId = crate::db::types::Id<FaqMiss>;

/// A group of words that mean the same.
#[derive(Debug)]
pub struct FaqSynonym;
/// Its id; under this name the document knows it.
pub type FaqSynonymId = crate::db::types::Id<FaqSynonym>;

/// Reads and finds FAQs.
#[derive(Debug)]
pub struct ReadsFaqs;
impl Privilege for ReadsFaqs {
    const GATE: Gate =
        Gate::shut().customer().partner(Scope::FaqsRead, Header::Optional).agent().robot(Scope::FaqsRead);
}

/// Writes FAQs; none of it is read outside the desk before a manager publishes it.
#[derive(Debug)]
pub struct WritesFaqs;
impl Privilege for WritesFaqs {
    const GATE: Gate = Gate::shut().agent().robot(Scope::FaqsWrite);
}

/// Publishes FAQs and withdraws them.
#[derive(Debug)]
pub struct PublishesFaqs;
impl Privilege for PublishesFaqs {
    const GATE: Gate = Gate::shut().manager();
}

/// Looks after what the search knows: the desk's people.
#[derive(Debug)]
pub struct TendsSearch;
impl Privilege for TendsSearch {
    const GATE: Gate = Gate::shut().agent();
}

/// Says whether a FAQ helped: its readers outside the desk.
#[derive(Debug)]
pub struct JudgesFaqs;
impl Privilege for JudgesFaqs {
    const GATE: Gate = Gate::shut().customer().partner(Scope::FaqsRead, Header::Optional);
}

/// An event on a FAQ by this caller, or by the program where a person runs it from a shell.
fn told(actor: Option<&Actor>, event_type: EventType, id: FaqId, data: serde_json::Value) -> NewEvent {
    let subject = Subject::new("faq", id);
    match actor {
        Some(actor) => NewEvent::by(actor, event_type, subject, data),
        None => NewEvent::by_system(event_type, subject, data),
    }
}

/// The routes of FAQs.
pub fn routes(v1: &mut impl Services) {
    v1.service(read::list_faqs)
        .service(draft::draft_faq)
        .service(read::get_faq)
        .service(change::change_faq)
        .service(revisions::list_faq_revisions)
        .service(publish::publish_faq)
        .service(withdraw::withdraw_faq)
        .service(feedback::judge_faq)
        .service(draft_from_inquiry::draft_faq_from_inquiry)
        .service(misses::list_faq_misses)
        .service(synonyms::list_faq_synonyms)
        .service(synonyms::add_faq_synonym)
        .service(synonyms::remove_faq_synonym);
}
