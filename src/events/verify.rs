//! Recomputes every chain and tells the first place where one does not hold.

use super::seal::{desk_view, next, reseller_view};
use super::store::{self, Head, Sealed};
use crate::db::Connection;
use crate::http::Result;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// How many places were recomputed, over all chains.
    pub checked: u64,
    /// The first place of each chain that does not hold, in words.
    pub broken: Vec<String>,
    /// The end of the desk's chain, to be compared with one noted elsewhere.
    pub head: Head,
}

const BATCH: i64 = 1000;

/// Recomputes the desk's chain and every reseller's.
pub fn verify(connection: &mut Connection) -> Result<Report> {
    let mut report = Report { checked: 0, broken: Vec::new(), head: Head::start() };
    let load = |c: &mut Connection, after| store::after(c, after, &[], BATCH);
    report.head = chain(connection, "desk", desk_view, load, &mut report)?;
    for reseller in store::resellers_with_events(connection)? {
        let load = |c: &mut Connection, after| store::reseller_after(c, reseller, after, &[], None, BATCH);
        chain(connection, &format!("reseller {reseller}"), reseller_view, load, &mut report)?;
    }
    Ok(report)
}

fn chain(
    connection: &mut Connection,
    name: &str,
    view: impl Fn(&store::Row) -> serde_json::Value,
    load: impl Fn(&mut Connection, i64) -> Result<Vec<Sealed>>,
    report: &mut Report,
) -> Result<Head> {
    let mut head = Head::start();
    loop {
        let batch = load(connection, head.seq)?;
        if batch.is_empty() {
            return Ok(head);
        }
        for sealed in batch {
            let expected = next(head.seq, &head.hash, &view(&sealed.row));
            let found = Head { seq: sealed.seq, hash: sealed.hash };
            if expected != found || sealed.previous_hash != head.hash {
                report.broken.push(format!("{name}: event {} does not follow from the one before", sealed.seq));
                return Ok(head);
            }
            head = expected;
            report.checked = report.checked.saturating_add(1);
        }
    }
}
