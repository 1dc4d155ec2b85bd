//! Queries of denials and their liftings, which only ever grow.

use diesel::prelude::*;
use time::Date;

use crate::accounts::Staff;
use crate::app::Tx;
use crate::contracts::denials::{DenialLifting, DenialReference, ServiceDenial};
use crate::contracts::{Contract, Product};
use crate::db::Connection;
use crate::db::schema::{denial_liftings, denials};
use crate::db::types::{Id, Instant};
use crate::http::text::Reason;
use crate::http::{Page, Result};
use crate::inquiries::Inquiry;
use crate::terms::codes::Denial;
use crate::{load_page, older};

/// A denial as it was confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = denials)]
pub struct DenialRow {
    /// Its id.
    pub id: Id<ServiceDenial>,
    /// The contract.
    pub contract_id: Id<Contract>,
    /// What was confirmed.
    pub code: Denial,
    /// The product that is no longer served.
    pub product_id: Option<Id<Product>>,
    /// Or the one inquiry that is not.
    pub inquiry_id: Option<Id<Inquiry>>,
    /// What it rests on, in the desk's words.
    pub evidence: Reason,
    /// The first day on which it holds.
    pub effective_on: Date,
    /// Who confirmed it.
    pub confirmed_by: Id<Staff>,
    /// When it was confirmed.
    pub recorded_at: Instant,
    /// The first day on which it no longer holds.
    pub lifted_on: Option<Date>,
}

/// The end of a denial, beside it.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = denial_liftings)]
pub struct LiftingRow {
    /// Its id.
    pub id: Id<DenialLifting>,
    /// What is lifted.
    pub denial_id: Id<ServiceDenial>,
    /// Why, in the desk's words.
    pub reason: Reason,
    /// The first day on which the denial no longer holds.
    pub effective_on: Date,
    /// Who lifted it.
    pub lifted_by: Id<Staff>,
    /// When it was lifted.
    pub recorded_at: Instant,
}

impl DenialRow {
    /// Whether it holds on a day.
    pub fn holds_on(&self, day: Date) -> bool {
        self.effective_on <= day && self.lifted_on.is_none_or(|lifted| day < lifted)
    }

    /// Whether it stands in the way of an inquiry about a product.
    pub fn is_of(&self, product: Id<Product>, inquiry: Id<Inquiry>) -> bool {
        self.product_id == Some(product) || self.inquiry_id == Some(inquiry)
    }
}

/// The condition under which a denial holds on a day; a macro, since its type has no name.
macro_rules! denied_on {
    ($day:expr) => {
        denials::effective_on.le($day).and(denials::lifted_on.is_null().or(denials::lifted_on.gt($day)))
    };
}

/// What denies a product to a contract on a day; of several the one that has held longest.
pub fn product_denial_on(
    connection: &mut Connection,
    contract: Id<Contract>,
    product: Id<Product>,
    day: Date,
) -> Result<Option<DenialReference>> {
    Ok(denials::table
        .filter(denials::contract_id.eq(contract))
        .filter(denials::product_id.eq(product))
        .filter(denied_on!(day))
        .order((denials::effective_on, denials::recorded_at, denials::id))
        .select((denials::id, denials::code))
        .first(connection)
        .optional()?)
}

/// The products that are denied to a contract on a day, with the reason that has held longest
/// first.
pub fn denied_products_on(
    connection: &mut Connection,
    contract: Id<Contract>,
    day: Date,
) -> Result<Vec<(Id<Product>, Denial)>> {
    Ok(denials::table
        .filter(denials::contract_id.eq(contract))
        .filter(denials::product_id.is_not_null())
        .filter(denied_on!(day))
        .order((denials::effective_on, denials::recorded_at, denials::id))
        .select((denials::product_id.assume_not_null(), denials::code))
        .load(connection)?)
}

/// Which products are denied to which of these contracts on a day.
pub fn denied_to_on(
    connection: &mut Connection,
    contracts: &[Id<Contract>],
    day: Date,
) -> Result<Vec<(Id<Contract>, Id<Product>)>> {
    Ok(denials::table
        .filter(denials::contract_id.eq_any(contracts))
        .filter(denials::product_id.is_not_null())
        .filter(denied_on!(day))
        .select((denials::contract_id, denials::product_id.assume_not_null()))
        .load(connection)?)
}

/// What denies an inquiry on a day: a denial of its own, on whichever contract it was confirmed, or
/// its product's.
pub fn inquiry_denial_on(
    connection: &mut Connection,
    contract: Id<Contract>,
    product: Id<Product>,
    inquiry: Id<Inquiry>,
    day: Date,
) -> Result<Option<DenialReference>> {
    let own = denials::table
        .filter(denials::inquiry_id.eq(inquiry))
        .filter(denied_on!(day))
        .order((denials::effective_on, denials::recorded_at, denials::id))
        .select((denials::id, denials::code))
        .first(connection)
        .optional()?;
    match own {
        Some(own) => Ok(Some(own)),
        None => product_denial_on(connection, contract, product, day),
    }
}

/// A denial of this contract's, with its lifting.
pub fn denial(
    connection: &mut Connection,
    contract: Id<Contract>,
    id: Id<ServiceDenial>,
) -> Result<Option<(DenialRow, Option<LiftingRow>)>> {
    Ok(denials::table
        .find(id)
        .filter(denials::contract_id.eq(contract))
        .left_join(denial_liftings::table.on(denial_liftings::denial_id.eq(denials::id)))
        .select((DenialRow::as_select(), Option::<LiftingRow>::as_select()))
        .first(connection)
        .optional()?)
}

/// A page of a contract's denials, newest first.
pub fn denial_page(
    connection: &mut Connection,
    contract: Id<Contract>,
    page: &Page,
) -> Result<Vec<(DenialRow, Option<LiftingRow>)>> {
    let mut query = denials::table
        .filter(denials::contract_id.eq(contract))
        .left_join(denial_liftings::table.on(denial_liftings::denial_id.eq(denials::id)))
        .order((denials::recorded_at.desc(), denials::id.desc()))
        .select((DenialRow::as_select(), Option::<LiftingRow>::as_select()))
        .into_boxed();
    older!(query, page, denials::recorded_at, denials::id);
    Ok(load_page!(query, page, connection))
}

/// Whether the same is confirmed already and not lifted.
pub fn is_confirmed(connection: &mut Connection, row: &DenialRow) -> Result<bool> {
    let unlifted = denials::table
        .filter(denials::contract_id.eq(row.contract_id))
        .filter(denials::code.eq(row.code))
        .filter(denials::lifted_on.is_null())
        .filter(denials::product_id.eq(row.product_id).or(denials::inquiry_id.eq(row.inquiry_id)));
    Ok(diesel::select(diesel::dsl::exists(unlifted)).get_result(connection)?)
}

/// Confirms a contract's denials of products, as far as they are not lifted, on the contract that
/// goes on in its place; what was carried before is not carried again, though it be lifted there.
pub fn carry_denials(tx: &mut Tx<'_>, from: Id<Contract>, to: Id<Contract>) -> Result<()> {
    let of = |tx: &mut Tx<'_>, contract: Id<Contract>| -> Result<Vec<DenialRow>> {
        Ok(denials::table
            .filter(denials::contract_id.eq(contract))
            .filter(denials::product_id.is_not_null())
            .order((denials::recorded_at, denials::id))
            .select(DenialRow::as_select())
            .load(&mut **tx)?)
    };
    let mut known = of(tx, to)?;
    for row in of(tx, from)?.into_iter().filter(|row| row.lifted_on.is_none()) {
        let same = |other: &DenialRow| {
            let carried = other.recorded_at == row.recorded_at && other.effective_on == row.effective_on;
            (other.code, other.product_id) == (row.code, row.product_id) && (carried || other.lifted_on.is_none())
        };
        if !known.iter().any(same) {
            let carried = DenialRow { id: tx.new_id(), contract_id: to, ..row };
            insert_denial(tx, &carried)?;
            known.push(carried);
        }
    }
    Ok(())
}

/// Adds a denial.
pub fn insert_denial(connection: &mut Connection, row: &DenialRow) -> Result<()> {
    diesel::insert_into(denials::table)
        .values((
            denials::id.eq(row.id),
            denials::contract_id.eq(row.contract_id),
            denials::code.eq(row.code),
            denials::product_id.eq(row.product_id),
            denials::inquiry_id.eq(row.inquiry_id),
            denials::evidence.eq(&row.evidence),
            denials::effective_on.eq(row.effective_on),
            denials::confirmed_by.eq(row.confirmed_by),
            denials::recorded_at.eq(row.recorded_at),
        ))
        .execute(connection)?;
    Ok(())
}

/// Adds a lifting; from its day the denial no longer holds.
pub fn insert_lifting(connection: &mut Connection, row: &LiftingRow) -> Result<()> {
    diesel::insert_into(denial_liftings::table).values(row).execute(connection)?;
    diesel::update(denials::table.find(row.denial_id))
        .set(denials::lifted_on.eq(row.effective_on))
        .execute(connection)?;
    Ok(())
}
