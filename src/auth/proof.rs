//! What the rows say of a caller now: the second half of every permission.
//!
//! Reads of one statement join their rows with the caller's by [`proven!`]: check and act are one
//! step. Everything else asks [`prove`] first, on the same connection, and a write in the same
//! transaction. Both read the same rows; a read that found nothing asks `prove` why.

use uuid::Uuid;

use super::claim::Claim;
use super::store::reached::{Reached, reached};
use super::store::{self, Presented};
use crate::accounts::Session;
use crate::contracts::{Contract, Reseller, store as contracts};
use crate::db::Connection;
use crate::db::types::{Id, Instant};
use crate::http::text::SupportId;
use crate::http::{Problem, Refusal, Result};
use crate::terms::codes::{AccountState, CallerKind, Role, Scope};

/// A caller whose rows were read: active, with the role or scope, and linked to the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The kind, now with agents and managers told apart.
    pub kind: CallerKind,
    /// The row's id.
    pub id: Uuid,
    /// The partner's reseller.
    pub reseller: Option<Id<Reseller>>,
    /// The contract that was presented, by token or header.
    pub presented: Option<Presented>,
    /// The ID by which it was presented.
    pub presented_id: Option<SupportId>,
}

impl Actor {
    /// Whether the caller is of the customer's side.
    pub fn is_outside(&self) -> bool {
        self.kind.is_outside()
    }

    /// The presented contract, for callers who cannot be without.
    pub fn contract(&self) -> Result<&Presented> {
        self.presented.as_ref().ok_or_else(|| Refusal::SupportIdRequired.into())
    }

    /// Whether the caller may see anything of this contract: all at the desk, the presented one
    /// outside it, and for a partner without a header every contract of its reseller.
    pub fn may_see(&self, contract: Id<Contract>, reseller: Option<Id<Reseller>>) -> bool {
        match (&self.presented, self.kind) {
            (Some(presented), _) => presented.contract == contract,
            (None, CallerKind::Partner) => reseller.is_some() && self.reseller == reseller,
            (None, CallerKind::Customer) => false,
            (None, _) => true,
        }
    }
}

/// Reads the caller's rows: 401 when the caller is no longer active, 403 when role, scope, link or
/// contract is missing.
pub fn prove(connection: &mut Connection, claim: &Claim, now: Instant) -> Result<Actor> {
    match claim {
        Claim::Customer { account, session, support_id } => {
            store::live_session(connection, *session, account.uuid(), now)?
                .filter(|held| held.support_id.as_ref() == Some(support_id))
                .ok_or(Refusal::Unauthenticated)?;
            let presented = store::presented(connection, support_id, now)?.ok_or(Refusal::SupportIdUnknown)?;
            match store::link_state(connection, *account, presented.contract)? {
                Some(AccountState::Active) => {}
                Some(AccountState::AwaitingApproval) => {
                    let delivery = contracts::delivery_of(connection, &presented.product_ids.0)?;
                    let told = Problem::from(Refusal::AccountAwaitingApproval);
                    return Err(told.under(delivery, &presented.terms_version));
                }
                Some(AccountState::Deactivated) | None => return Err(Refusal::SupportIdUnknown.into()),
            }
            Ok(Actor {
                kind: CallerKind::Customer,
                id: account.uuid(),
                reseller: None,
                presented: Some(presented),
                presented_id: Some(support_id.clone()),
            })
        }
        Claim::Partner { client, reseller, support_id, scope } => {
            client_with(connection, *client, Some(*reseller), *scope)?;
            let presented = match support_id {
                Some(id) => {
                    let own = store::presented(connection, id, now)?.filter(|p| p.reseller == Some(*reseller));
                    Some(own.ok_or(Refusal::SupportIdUnknown)?)
                }
                None => None,
            };
            Ok(Actor {
                kind: CallerKind::Partner,
                id: client.uuid(),
                reseller: Some(*reseller),
                presented,
                presented_id: support_id.clone(),
            })
        }
        Claim::Robot { client, scope } => {
            client_with(connection, *client, None, *scope)?;
            Ok(Actor {
                kind: CallerKind::Robot,
                id: client.uuid(),
                reseller: None,
                presented: None,
                presented_id: None,
            })
        }
        Claim::Staff { staff, session, role } => {
            store::live_session(connection, *session, staff.uuid(), now)?.ok_or(Refusal::Unauthenticated)?;
            let held = store::active_role(connection, *staff)?.ok_or(Refusal::Unauthenticated)?;
            if *role == Role::Manager && held != Role::Manager {
                return Err(Refusal::Forbidden.into());
            }
            let kind = match held {
                Role::Agent => CallerKind::Agent,
                Role::Manager => CallerKind::Manager,
            };
            Ok(Actor { kind, id: staff.uuid(), reseller: None, presented: None, presented_id: None })
        }
    }
}

/// Reads the rows of several customers at once: of each the contract presented, or none where
/// [`prove`] has something to say against it.
pub fn prove_customers<'a>(
    connection: &mut Connection,
    claims: impl Iterator<Item = &'a Claim> + Clone,
    now: Instant,
) -> Result<Vec<Option<Reached>>> {
    let session = |claim: &Claim| match claim {
        Claim::Customer { session, .. } => Some(*session),
        _ => None,
    };
    let sessions: Vec<Id<Session>> = claims.clone().filter_map(session).collect();
    let reached = reached(connection, &sessions, now)?;
    let of = |claim: &Claim| {
        let Claim::Customer { account, session, support_id } = claim else { return None };
        let own = |reached: &&Reached| {
            reached.session == *session
                && reached.account == account.cast()
                && reached.support_id.as_ref() == Some(support_id)
        };
        reached.iter().find(own).cloned()
    };
    Ok(claims.map(of).collect())
}

/// Reads the rows of a person, whatever became of the contract presented: for what is the person's
/// own, such as the account, the password and the session. 401 when the session has ended.
pub fn prove_person(connection: &mut Connection, claim: &Claim, now: Instant) -> Result<Actor> {
    let Claim::Customer { account, session, support_id } = claim else { return prove(connection, claim, now) };
    store::live_session(connection, *session, account.uuid(), now)?
        .filter(|held| held.support_id.as_ref() == Some(support_id))
        .ok_or(Refusal::Unauthenticated)?;
    Ok(Actor { kind: CallerKind::Customer, id: account.uuid(), reseller: None, presented: None, presented_id: None })
}

fn client_with(
    connection: &mut Connection,
    client: Id<crate::accounts::Client>,
    reseller: Option<Id<Reseller>>,
    scope: Scope,
) -> Result<()> {
    let found = store::active_client(connection, client)?.ok_or(Refusal::Unauthenticated)?;
    if found.reseller_id != reseller {
        return Err(Refusal::Unauthenticated.into());
    }
    if store::has_scope(connection, client, scope)? {
        Ok(())
    } else {
        Err(Problem::from(Refusal::InsufficientScope).with("scope", scope))
    }
}

/// Joins a query that has `contract_spans` of today in it with the rows that prove the caller, and
/// runs `$body` on it: check and act are one statement.
///
/// The joins have a type for each kind of caller, so this is a macro and no function. `$contract`
/// is the column that holds the contract's id. What is not shown outside the desk need not be read
/// for callers there: they can have a body of their own.
#[macro_export]
macro_rules! proven {
    ($claim:expr, $now:expr, $query:expr, $contract:expr, |$proven:ident| outside $body:expr, desk $desk:expr) => {{
        use diesel::prelude::*;
        use $crate::auth::claim::Claim;
        use $crate::db::schema::{account_links, client_scopes, clients, contract_spans, sessions, staff, support_ids};
        use $crate::terms::codes::{AccountState, Code};
        // What is presented is a value and not a join: then the contract is one to the planner, and
        // an index on contract and time gives a page in its order.
        macro_rules! presented {
            ($id:expr) => {
                support_ids::table
                    .filter(support_ids::canonical.eq($id.clone()))
                    .select($crate::auth::store::serving())
                    .single_value()
            };
        }
        match $claim {
            Claim::Customer { account, session, support_id } => {
                let (account, session) = (*account, *session);
                let presented = sessions::table
                    .filter(sessions::id.eq(session))
                    .filter(sessions::holder_id.eq(account.cast::<uuid::Uuid>()))
                    .filter(sessions::support_id.eq(support_id.clone()))
                    .filter(sessions::ended_at.is_null())
                    .filter(sessions::expires_at.gt($now))
                    .select(sessions::contract_id)
                    .single_value();
                let $proven = $query.inner_join(
                    account_links::table.on(account_links::contract_id
                        .eq($contract)
                        .and(account_links::account_id.eq(account))
                        .and(account_links::state.eq(AccountState::Active))
                        .and($contract.nullable().eq(presented))),
                );
                $body
            }
            Claim::Partner { client, reseller, support_id: Some(support_id), scope } => {
                let (client, reseller) = (*client, *reseller);
                let $proven = $query
                    .inner_join(
                        clients::table.on(clients::id
                            .eq(client)
                            .and(clients::active.eq(true))
                            .and(clients::reseller_id.eq(reseller))
                            .and(contract_spans::reseller_id.eq(reseller))
                            .and($contract.nullable().eq(presented!(support_id)))),
                    )
                    .inner_join(
                        client_scopes::table
                            .on(client_scopes::client_id.eq(client).and(client_scopes::scope.eq(scope.as_str()))),
                    );
                $body
            }
            // Without a header every contract of the reseller is meant.
            Claim::Partner { client, reseller, support_id: None, scope } => {
                let (client, reseller) = (*client, *reseller);
                let $proven = $query
                    .inner_join(
                        clients::table.on(clients::id
                            .eq(client)
                            .and(clients::active.eq(true))
                            .and(clients::reseller_id.eq(reseller))
                            .and(contract_spans::reseller_id.eq(reseller))),
                    )
                    .inner_join(
                        client_scopes::table
                            .on(client_scopes::client_id.eq(client).and(client_scopes::scope.eq(scope.as_str()))),
                    );
                $body
            }
            Claim::Staff { staff: person, session, .. } => {
                let (person, session) = (*person, *session);
                let $proven =
                    $query.inner_join(staff::table.on(staff::id.eq(person).and(staff::active.eq(true)))).inner_join(
                        sessions::table.on(sessions::id
                            .eq(session)
                            .and(sessions::holder_id.eq(person.cast::<uuid::Uuid>()))
                            .and(sessions::ended_at.is_null())
                            .and(sessions::expires_at.gt($now))),
                    );
                $desk
            }
            Claim::Robot { client, scope } => {
                let client = *client;
                let $proven = $query
                    .inner_join(clients::table.on(clients::id.eq(client).and(clients::active.eq(true))))
                    .inner_join(
                        client_scopes::table
                            .on(client_scopes::client_id.eq(client).and(client_scopes::scope.eq(scope.as_str()))),
                    );
                $desk
            }
        }
    }};
    ($claim:expr, $now:expr, $query:expr, $contract:expr, |$proven:ident| $body:expr) => {
        $crate::proven!($claim, $now, $query, $contract, |$proven| outside $body, desk $body)
    };
}
