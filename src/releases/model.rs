//! Which notices are offered for which products, and what can be done with one: pure rules.

use crate::contracts::store::ProductRow;
use crate::http::problem::Word;
use crate::http::{Fault, Problem, Refusal, Result};
use crate::terms::codes::{CallerKind, Code, Delivery, NoticeAction, NoticeKind, NoticeState};
use crate::terms::model::current;

/// The kinds that the terms offer for a delivery: two for software, two others for SaaS.
pub fn offered(delivery: Delivery) -> impl Iterator<Item = NoticeKind> {
    NoticeKind::ALL.iter().copied().filter(move |kind| kind.clause(delivery).is_some())
}

/// Refuses a kind that the terms do not offer for a delivery: 422 `notice_kind_not_offered` by
/// clause (SW-4.2.2-C1, SA-5.2.2-C1).
pub fn not_offered(kind: NoticeKind, delivery: Delivery) -> Problem {
    let kinds: Vec<NoticeKind> = offered(delivery).collect();
    Problem::from(Refusal::NoticeKindNotOffered)
        .with("kind", Word::label(kind))
        .with("offered", Word::list(&kinds.iter().map(|kind| Word::label(*kind)).collect::<Vec<_>>()))
        .helped(|help| help.offered = Some(kinds.iter().map(|kind| kind.as_str().to_owned()).collect()))
        .under(delivery, current().version)
}

/// Holds a notice's kind to its products. A manager may go beyond the terms: to warn software
/// customers is not forbidden.
pub fn check_kind(kind: NoticeKind, products: &[ProductRow], beyond_terms: bool) -> Result<()> {
    let misfit = products.iter().find(|product| kind.clause(product.delivery).is_none());
    match misfit {
        Some(product) if !beyond_terms => Err(not_offered(kind, product.delivery)),
        _ => Ok(()),
    }
}

/// Versions are software's: a notice that is about SaaS too names none.
pub fn check_versions(products: &[ProductRow], affected: bool, target: bool) -> Result<()> {
    let software = products.iter().all(|product| product.delivery == Delivery::Software);
    let named = [("/affected_versions", affected), ("/to_version", target)];
    let faults: Vec<Fault> = named
        .into_iter()
        .filter(|(_, named)| *named && !software)
        .map(|(pointer, _)| Fault::at(pointer, "not_allowed_here"))
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(Problem::faults(faults)) }
}

/// 409 unless the state allows the action: a notice is changed and announced while it is a draft,
/// and withdrawn while it is announced.
pub fn may(state: NoticeState, action: NoticeAction) -> Result<()> {
    let fits = match action {
        NoticeAction::Change | NoticeAction::Announce => state == NoticeState::Draft,
        NoticeAction::Withdraw => state == NoticeState::Announced,
    };
    if fits { Ok(()) } else { Err(Problem::from(Refusal::StateConflict).with("state", Word::label(state))) }
}

/// Whether somebody of the desk may do it at all, and if not, the refusal.
pub fn allowed(state: NoticeState, action: NoticeAction, by: CallerKind) -> Option<Refusal> {
    let manager = by == CallerKind::Manager || action == NoticeAction::Change;
    if !manager {
        return Some(Refusal::Forbidden);
    }
    may(state, action).err().map(|problem| problem.refusal())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_kinds_for_each_delivery_and_none_for_both() {
        let [software, saas] = [Delivery::Software, Delivery::Saas].map(|d| offered(d).collect::<Vec<_>>());
        assert_eq!(software, [NoticeKind::VersionUpgradeProgram, NoticeKind::Patch]);
        assert_eq!(saas, [NoticeKind::ImportantAnnouncement, NoticeKind::Alert]);
    }
}
