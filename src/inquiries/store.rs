//! Every query on inquiries. The rows are here; one is read in [`seen`], held for an act in [`held`],
//! listed in `list`; what acts write is in `acts`, the thread in [`thread`].

mod acts;
pub mod contract;
mod held;
mod list;
pub mod notes;
pub mod readers;
mod seen;
pub mod thread;

pub use acts::{
    Classification, Supersession, Triage, advance, insert, insert_customer_information, is_active_staff, number_taken,
    record_supersession, set_classification, set_closure, set_triage,
};
pub(crate) use held::not_astray;
pub use held::{Held, Told, feed, held, hold, hold_all};
pub use list::{Listed, Narrowing, list, newest_of_contracts};
pub use seen::{Around, Internal, Seen, find, find_of_contracts};
pub(crate) use seen::{around, joined};

use std::ops::Deref;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::model::{Life, Situation, Turn};
use super::{Inquiry, InquiryId};
use crate::contracts::{Contract, Product, Reseller};
use crate::db::schema::{inquiries, inquiry_openings};
use crate::db::types::{Doc, Id, Instant};
use crate::http::text::{EmailAddress, Name, Phone, SupportId};
use crate::terms::codes::{
    CallerKind, Channel, ClosureCode, Delivery, Denial, Kind, Matter, Override, RequesterRelation, State,
};

/// The part of an inquiry that changes.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = inquiries)]
pub struct Row {
    /// What every reader sees of it.
    #[diesel(embed)]
    pub line: Line,
    /// What lists leave out.
    #[diesel(embed)]
    pub standing: Standing,
    /// What the desk notes for itself.
    #[diesel(embed)]
    pub triage: Triage,
    /// Whose word was the latest.
    pub turn: String,
    /// Whether it was once taken up.
    pub taken: bool,
    /// Questions to the vendor that are open.
    pub open_escalations: i32,
}

impl Deref for Row {
    type Target = Line;
    fn deref(&self) -> &Line {
        &self.line
    }
}

/// What every reader sees of an inquiry, and all that lists show.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = inquiries)]
pub struct Line {
    /// The inquiry.
    pub id: Id<Inquiry>,
    /// Its number for people.
    pub number: String,
    /// Its contract.
    pub contract_id: Id<Contract>,
    /// Its product.
    pub product_id: Id<Product>,
    /// Which of the three technical kinds it is.
    pub kind: Kind,
    /// How it came in.
    pub channel: Channel,
    /// What a SaaS inquiry is about; the desk's to say.
    pub matter: Option<Matter>,
    /// The version it names.
    pub product_version: Option<String>,
    /// Its subject.
    pub subject: String,
    /// The state that its life comes to.
    pub state: State,
    /// Counted up by everything that an `If-Match` guards against.
    pub version: i32,
    /// When it came in.
    pub received_at: Instant,
    /// When it counts as received: within reception hours.
    pub effective_received_at: Instant,
    /// When something was last written to its thread.
    pub last_message_at: Instant,
    /// When it last changed.
    pub changed_at: Instant,
    /// The reseller whose system opened it.
    pub opener_reseller_id: Option<Id<Reseller>>,
    /// The opener's own number for it.
    pub external_reference: Option<String>,
    /// The code of the decision in effect.
    pub closure_code: Option<ClosureCode>,
}

impl Line {
    /// Whether this reseller's system opened it; nobody is no reseller.
    pub fn opened_by(&self, reseller: Option<Id<Reseller>>) -> bool {
        reseller.is_some() && self.opener_reseller_id == reseller
    }
}

/// What lists leave out, and who reads one inquiry is shown or judged by.
#[derive(Clone, Debug, Default, Queryable, Selectable)]
#[diesel(table_name = inquiries)]
pub struct Standing {
    /// Whether staff set a rule aside when opening it.
    pub overridden: bool,
    /// Requests to the customer that are open.
    pub open_requests: i32,
    /// How many of them ask for a re-submission on the Support Web.
    pub open_resubmissions: i32,
    /// The decision in effect.
    pub closure_id: Option<Id<crate::closures::ClosureDecision>>,
    /// When it was decided.
    pub closed_at: Option<Instant>,
    /// The inquiry that goes on in its place.
    pub superseded_by: Option<InquiryId>,
}

impl Row {
    /// The facts that the state is derived from.
    pub fn life(&self) -> Life {
        Life {
            superseded: self.standing.superseded_by.is_some(),
            closed: self.standing.closure_id.is_some(),
            open_requests: self.standing.open_requests,
            open_resubmissions: self.standing.open_resubmissions,
            open_escalations: self.open_escalations,
            turn: Turn::parse(&self.turn),
            taken: self.taken,
        }
    }
}

impl Standing {
    /// The inquiry of this line as a caller stands before it.
    pub fn situation(
        &self,
        line: &Line,
        delivery: Delivery,
        (caller, reseller): (CallerKind, Option<Id<Reseller>>),
        denied: Option<Denial>,
    ) -> Situation {
        Situation {
            state: line.state,
            channel: line.channel,
            delivery,
            caller,
            opened_by_caller: line.opened_by(reseller),
            request_open: self.open_requests > 0,
            resubmission_open: self.open_resubmissions > 0,
            superseded_by: self.superseded_by,
            denied,
        }
    }
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Requester {
    /// The person's name.
    pub name: Name,
    /// The person's organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organization: Option<Name>,
    /// The person's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub email: Option<EmailAddress>,
    /// The person's telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub phone: Option<Phone>,
    /// On whose side the person is.
    pub relation: RequesterRelation,
}

/// The record of a call that an inquiry came in by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpeningCall {
    /// When the call was: not in the future, at most 7 days back.
    pub called_at: Instant,
    /// Who called.
    #[serde(rename = "with")]
    pub with: Name,
}

/// Rules that staff set aside, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OverrideGiven {
    /// The rules, each once.
    #[schema(min_items = 1, max_items = 6)]
    pub codes: Vec<Override>,
    /// Why.
    pub reason: crate::http::text::Reason,
}

/// The part of an inquiry that never changes.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = inquiry_openings)]
pub struct Opening {
    /// The inquiry.
    pub inquiry_id: InquiryId,
    /// What was asked.
    pub body: String,
    /// The ID that was presented, in its canonical form.
    pub presented_support_id: SupportId,
    /// Who asks.
    pub requester: Doc<Requester>,
    /// Who else is told.
    pub watchers: Doc<Vec<EmailAddress>>,
    /// The kind of who opened it.
    pub opened_by_kind: CallerKind,
    /// The row of who opened it.
    pub opened_by_id: Id<Uuid>,
    /// When it was written down.
    pub recorded_at: Instant,
    /// The call it came in by.
    pub call: Option<Doc<OpeningCall>>,
    /// The rules set aside.
    pub override_given: Option<Doc<OverrideGiven>>,
    /// The inquiry that it follows.
    pub follows: Option<InquiryId>,
    /// The phone inquiry that it takes up again.
    pub resubmits: Option<InquiryId>,
    /// For an upgrade question, the version asked about.
    pub target_version: Option<String>,
    /// The terms it was judged by.
    pub terms_version: String,
    /// The facts it was judged by.
    pub judged: Doc<Value>,
}
