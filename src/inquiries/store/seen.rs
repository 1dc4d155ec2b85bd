//! An inquiry as readers see it: permission and rows in one statement, or the rows of who were proven
//! together.

use diesel::dsl::exists;
use diesel::prelude::*;
use time::Date;

use super::{Line, OpeningCall, OverrideGiven, Requester, Standing, Triage};
use crate::auth::claim::Claim;
use crate::auth::store::reached::Reached;
use crate::auth::store::scopes_of;
use crate::calendar::model::tokyo_date;
use crate::contracts::store as contracts;
use crate::db::Connection;
use crate::db::few::Fixed;
use crate::db::schema::{denials, inquiries, inquiry_openings, products};
use crate::db::types::{Doc, Instant};
use crate::http::Result;
use crate::http::text::{EmailAddress, SupportId};
use crate::inquiries::InquiryId;
use crate::inquiries::model::Situation;
use crate::terms::codes::{CallerKind, Condition, Delivery, Denial, PartnerAccess, Scope};
use crate::{among, directly, proven};

/// What a reader sees of an [`super::Opening`].
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = inquiry_openings)]
pub struct Asked {
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
    /// When it was written down.
    pub recorded_at: Instant,
    /// The inquiry that it follows.
    pub follows: Option<InquiryId>,
    /// The phone inquiry that it takes up again.
    pub resubmits: Option<InquiryId>,
    /// For an upgrade question, the version asked about.
    pub target_version: Option<String>,
    /// The terms it was judged by.
    pub terms_version: String,
}

/// What only the desk sees of an inquiry beside its lines; for others it is not read.
#[derive(Clone, Debug)]
pub struct Internal {
    /// What the desk notes for itself.
    pub triage: Triage,
    /// The call it came in by.
    pub call: Option<Doc<OpeningCall>>,
    /// The rules set aside.
    pub override_given: Option<Doc<OverrideGiven>>,
}

/// What an inquiry's row is joined with for every reader.
#[derive(Clone, Debug, Queryable)]
pub struct Around {
    /// The contract's maintenance ID.
    pub maintenance_id: Option<SupportId>,
    /// The contract's contract ID.
    pub contract_id: Option<SupportId>,
    /// What the contract's reseller may see.
    pub partner_access: PartnerAccess,
    /// The contract's condition today.
    pub condition: Condition,
    /// The product's code.
    pub product_code: String,
    /// The product's delivery.
    pub delivery: Delivery,
}

impl Around {
    /// The same of a contract that was reached before, and of a product's code and delivery.
    pub fn of(reached: &Reached, (product_code, delivery): (String, Delivery)) -> Self {
        Self {
            maintenance_id: reached.maintenance_id.clone(),
            contract_id: reached.contract_id.clone(),
            partner_access: reached.partner_access,
            condition: reached.condition,
            product_code,
            delivery,
        }
    }
}

macro_rules! around {
    () => {
        (
            contract_spans::maintenance_id,
            contract_spans::printed_contract_id,
            contract_spans::partner_access,
            contract_spans::condition,
            products::code,
            products::delivery,
        )
    };
}

/// Inquiries with their contract as it stands today and their product.
macro_rules! joined {
    ($today:expr) => {
        inquiries::table
            .inner_join(
                contract_spans::table.on(contract_spans::contract_id
                    .eq(inquiries::contract_id)
                    .and(contract_spans::from_on.le($today))
                    .and(contract_spans::until_on.gt($today))),
            )
            .inner_join(products::table.on(products::id.eq(inquiries::product_id)))
    };
}

/// Whether anything was ever denied to the inquiry or to its contract. Mostly nothing was; else it
/// is worth asking what holds.
macro_rules! once_denied {
    () => {{
        let own = denials::table.filter(denials::inquiry_id.eq(inquiries::id.nullable())).select(denials::id);
        let contracts = denials::table.filter(denials::contract_id.eq(inquiries::contract_id)).select(denials::id);
        exists(own).or(exists(contracts))
    }};
}

pub(crate) use {around, joined};

/// An inquiry for a reader who is proven.
#[derive(Clone, Debug)]
pub struct Seen {
    /// What lists show of it.
    pub line: Line,
    /// What they leave out.
    pub standing: Standing,
    /// The part that does not change.
    pub opening: Asked,
    /// What it is joined with.
    pub around: Around,
    /// For the desk, what is its own.
    pub internal: Option<Internal>,
    /// What denies the customer's side its replies today; the desk goes on whatever was confirmed.
    pub denied: Option<Denial>,
    /// For a machine client, what it may do.
    pub scopes: Option<Vec<Scope>>,
}

impl Seen {
    /// The inquiry as this caller stands before it.
    pub fn situation(&self, claim: &Claim) -> Situation {
        let caller = (claim.kind(), claim.reseller());
        self.standing.situation(&self.line, self.around.delivery, caller, self.denied)
    }
}

/// Reads one inquiry: permission and row in one statement. None where there is none for this
/// caller; only then it is worth asking why.
pub fn find(connection: &mut Connection, claim: &Claim, now: Instant, id: InquiryId) -> Result<Option<Seen>> {
    type Outside = (Line, Standing, Asked, Around, bool);
    type Desk = (Line, Standing, Asked, Around, Triage, Option<Doc<OpeningCall>>, Option<Doc<OverrideGiven>>);
    let today = tokyo_date(now.to_datetime());
    macro_rules! one {
        ($proven:expr, $($own:expr),+) => {
            Fixed(
                $proven
                    .inner_join(inquiry_openings::table.on(inquiry_openings::inquiry_id.eq(inquiries::id)))
                    .filter(inquiries::id.eq(id))
                    .select((Line::as_select(), Standing::as_select(), Asked::as_select(), around!(), $($own),+)),
            )
        };
    }
    let found: Result<Option<(Seen, bool)>> =
        directly!(connection, |connection| proven!(claim, now, joined!(today), inquiries::contract_id, |proven|
            outside {
                let found: Option<Outside> = one!(proven, once_denied!()).get_result(connection).optional()?;
                Ok(found.map(|(line, standing, opening, around, once_denied)| {
                    let seen = Seen { line, standing, opening, around, internal: None, denied: None, scopes: None };
                    (seen, once_denied)
                }))
            },
            desk {
                let desks = one!(proven, Triage::as_select(), inquiry_openings::call, inquiry_openings::override_given);
                let found: Option<Desk> = desks.get_result(connection).optional()?;
                Ok(found.map(|(line, standing, opening, around, triage, call, override_given)| {
                    let internal = Some(Internal { triage, call, override_given });
                    (Seen { line, standing, opening, around, internal, denied: None, scopes: None }, false)
                }))
            }
        ));
    let Some((mut seen, once_denied)) = found? else { return Ok(None) };
    seen.denied = denied(connection, &seen.line, once_denied, today)?;
    if let Claim::Partner { client, .. } | Claim::Robot { client, .. } = claim {
        seen.scopes = Some(scopes_of(connection, *client)?);
    }
    Ok(Some(seen))
}

/// What denies the inquiry on a day.
fn denied(connection: &mut Connection, line: &Line, once_denied: bool, day: Date) -> Result<Option<Denial>> {
    if !once_denied {
        return Ok(None);
    }
    let denial = contracts::inquiry_denial_on(connection, line.contract_id, line.product_id, line.id, day)?;
    Ok(denial.map(|denial| denial.code))
}

/// Reads several inquiries, as far as they are of the contract that goes with each: whoever asks
/// for them was proven before, on the same connection.
pub fn find_of_contracts(
    connection: &mut Connection,
    sought: &[(InquiryId, &Reached)],
    now: Instant,
) -> Result<Vec<Option<Seen>>> {
    type Found = (Line, Standing, Asked, (String, Delivery), bool);
    let today = tokyo_date(now.to_datetime());
    let ids: Vec<InquiryId> = sought.iter().map(|(id, _)| *id).collect();
    let found: Vec<Found> = among!(connection, inquiries::id, ids.as_slice(), |connection, those| {
        let found = inquiries::table
            .filter(those)
            .inner_join(inquiry_openings::table.on(inquiry_openings::inquiry_id.eq(inquiries::id)))
            .inner_join(products::table.on(products::id.eq(inquiries::product_id)))
            .select((
                Line::as_select(),
                Standing::as_select(),
                Asked::as_select(),
                (products::code, products::delivery),
                once_denied!(),
            ));
        Fixed(found).load(connection)?
    });
    let one = |(id, reached): &(InquiryId, &Reached)| {
        let own = |(line, ..): &&Found| line.id == *id && line.contract_id == reached.contract;
        let Some((line, standing, opening, product, once_denied)) = found.iter().find(own).cloned() else {
            return Ok(None);
        };
        let (denied, around) = (denied(connection, &line, once_denied, today)?, Around::of(reached, product));
        Ok(Some(Seen { line, standing, opening, around, internal: None, denied, scopes: None }))
    };
    sought.iter().map(one).collect()
}
