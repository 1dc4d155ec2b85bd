//! Leaving: a person takes the account away.

use actix_web::delete;
use serde_json::json;

use super::me;
use super::session::HasAccount;
use super::store::{erasures, people};
use crate::app::App;
use crate::auth::claim::Caller;
use crate::auth::proof::prove_person;
use crate::events::model::{Change, NewEvent, Subject};
use crate::http::{IfMatch, Key, Reply, RequiredIfMatchParam, Result};
use crate::terms::codes::EventType;

/// Take one's own account away
///
/// Name, address and password go, the links to contracts and all sessions end, at once and for
/// good. What was said on inquiries stays with the contract; its erasure is asked of the desk.
#[utoipa::path(
    tag = "accounts",
    params(RequiredIfMatchParam),
    responses((status = 204, description = "The account is gone")),
    security(("customer" = []))
)]
#[delete("/me")]
pub async fn delete_me(app: App, caller: Caller<HasAccount>, expected: IfMatch) -> Result<Reply> {
    let expected = expected.required()?;
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        let actor = prove_person(tx, &caller, now)?;
        let row = me::own(tx, &caller, now)?;
        expected.holds(row.version)?;
        let contracts = people::active_contracts_of(tx, row.id)?;
        erasures::erase_account(tx, &row)?;
        let mut change = Change::silent(Reply::no_content(), "each contract that loses the account is told below");
        for contract in contracts {
            let data = json!({ "action": "left", "contract_id": contract });
            let subject = Subject::new("account", row.id);
            change = change.and(NewEvent::by(&actor, EventType::AccountDeactivated, subject, data).on(contract, None));
        }
        Ok(change)
    })
    .await
}
