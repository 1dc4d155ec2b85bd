//! Notes who outside the desk reads an inquiry that came by phone. The desk types the ID of a call,
//! and may mistype it: then it must be known whom another customer's words were shown to.
//!
//! Only the first reading of each account or client is written, before it is answered.

use super::InquiryId;
use super::store::Line;
use super::store::readers::{self, ReaderRow};
use crate::app::App;
use crate::auth::claim::Claim;
use crate::contracts::ContractId;
use crate::db::Connection;
use crate::db::types::Id;
use crate::events::model::Change;
use crate::http::{Refusal, Reply, Result};
use crate::terms::codes::Channel;

/// Phone inquiries that somebody is about to read for the first time, with the contract that let
/// them be seen.
#[derive(Clone, Debug, Default)]
pub struct FirstReading(Vec<(InquiryId, ContractId)>);

/// Which of these inquiries this caller has not read before; the desk's own reading is not noted.
pub fn first<'a>(
    db: &mut Connection,
    claim: &Claim,
    lines: impl IntoIterator<Item = &'a Line>,
) -> Result<FirstReading> {
    first_of(db, claim, lines.into_iter().map(|line| (line.channel, (line.id, line.contract_id))))
}

/// The same of inquiries that are told of by what was done with them.
pub fn first_of(
    db: &mut Connection,
    claim: &Claim,
    told: impl IntoIterator<Item = (Channel, (InquiryId, ContractId))>,
) -> Result<FirstReading> {
    let Some(reader) = reader(claim) else { return Ok(FirstReading::default()) };
    let mut phone: Vec<(InquiryId, ContractId)> =
        told.into_iter().filter(|(channel, _)| *channel == Channel::Phone).map(|(_, inquiry)| inquiry).collect();
    if phone.is_empty() {
        return Ok(FirstReading::default());
    }
    let ids: Vec<InquiryId> = phone.iter().map(|(id, _)| *id).collect();
    let known = readers::known(db, reader, &ids)?;
    phone.retain(|(id, _)| !known.contains(id));
    phone.sort();
    phone.dedup();
    Ok(FirstReading(phone))
}

/// Notes them, and gives those that were moved to another contract meanwhile: they are not to be
/// shown.
pub async fn note(app: &App, claim: &Claim, first: FirstReading) -> Result<Vec<InquiryId>> {
    let Some(reader_id) = reader(claim).filter(|_| !first.0.is_empty()) else { return Ok(Vec::new()) };
    let reader_kind = claim.kind();
    app.write_value(move |tx| {
        let first_read_at = tx.now;
        let mut gone = Vec::new();
        for (inquiry_id, contract) in &first.0 {
            let row = ReaderRow { inquiry_id: *inquiry_id, reader_id, reader_kind, first_read_at };
            if !readers::note(tx, &row, *contract)? {
                gone.push(*inquiry_id);
            }
        }
        Ok(Change::silent(gone, "that something was read changes nothing; a correction tells of it"))
    })
    .await
}

/// Notes them and gives the answer, unless what it tells of was moved meanwhile: 404.
pub async fn noted(app: &App, claim: &Claim, (first, reply): (FirstReading, Reply)) -> Result<Reply> {
    if note(app, claim, first).await?.is_empty() { Ok(reply) } else { Err(Refusal::NotFound.into()) }
}

fn reader(claim: &Claim) -> Option<Id<uuid::Uuid>> {
    match claim {
        Claim::Customer { account, .. } => Some(account.cast()),
        Claim::Partner { client, .. } => Some(client.cast()),
        Claim::Staff { .. } | Claim::Robot { .. } => None,
    }
}
