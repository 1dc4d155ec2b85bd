//! Queries of the system administrators named for a contract.

use diesel::prelude::*;

use crate::contracts::Contract;
use crate::db::Connection;
use crate::db::schema::administrators;
use crate::db::types::Id;
use crate::http::Result;

/// How many system administrators the contract has; inquiries need one (PRE-1-C2).
pub fn administrator_count(connection: &mut Connection, contract: Id<Contract>) -> Result<i64> {
    Ok(administrators::table.filter(administrators::contract_id.eq(contract)).count().get_result(connection)?)
}
