//! May the caller open an inquiry, and if not, by which rule? Told before it is tried.

use super::assess::{self, Decision, Version};
use super::store::{ContractRow, ProductRow, SpanRow};
use crate::auth::proof::Actor;
use crate::calendar::model::tokyo_date;
use crate::db::Connection;
use crate::db::types::{Id, Instant};
use crate::http::{Problem, Refusal, Result};
use crate::inquiries::model::AllowedAction;
use crate::terms::codes::{Action, CallerKind, Channel, Code, Delivery, Denial, Scope};

/// Opening as an action: allowed unless a refusal would be the answer.
pub fn opening(refusal: Option<Refusal>, delivery: Delivery, denial: Option<Denial>) -> AllowedAction {
    let clause = |refusal| match (refusal, denial) {
        (Refusal::SupportDenied, Some(denial)) => denial.clause(delivery),
        _ => refusal.clause(delivery),
    };
    AllowedAction {
        action: Action::Open,
        allowed: refusal.is_none(),
        code: refusal.map(Refusal::code),
        clause: refusal.and_then(clause),
    }
}

/// Why the caller may open nothing at all, whatever the contract: a client without the scope.
pub fn barred(connection: &mut Connection, actor: &Actor) -> Result<Option<Refusal>> {
    let may = match actor.kind {
        CallerKind::Customer | CallerKind::Agent | CallerKind::Manager => true,
        CallerKind::Partner | CallerKind::Robot => {
            crate::auth::store::has_scope(connection, Id::new(actor.id), Scope::InquiriesWrite)?
        }
        CallerKind::System | CallerKind::Public | CallerKind::Desk => {
            return Err(Problem::bug("nobody shows a contract to this kind of caller"));
        }
    };
    Ok(if may { None } else { Some(Refusal::InsufficientScope) })
}

/// Why an inquiry about this product could not be opened on Support Web now, by the rule that
/// judges the call; the version is the inquiry's matter.
pub fn opening_refusal(
    row: &ContractRow,
    span: &SpanRow,
    administrators: i64,
    product: &ProductRow,
    denial: Option<Denial>,
    now: Instant,
) -> Option<Refusal> {
    let facts = assess::Facts {
        day: tokyo_date(now.to_datetime()),
        condition: span.condition,
        denial,
        services: &span.services.0,
        product_ids: &span.product_ids.0,
        site_country: &row.site_country,
        has_administrator: administrators > 0,
        desk_open: true,
        channel: Channel::SupportWeb,
        topic: None,
        product: Some((product.id, product.delivery)),
        version: match product.delivery {
            Delivery::Software => Version::Unknown,
            Delivery::Saas => Version::Absent,
        },
        target: None,
        requested_work: None,
    };
    match assess::decide(&facts, &[]).0 {
        Decision::Refused(refusal) => Some(refusal),
        Decision::Accepted | Decision::NeedsInformation => None,
    }
}
