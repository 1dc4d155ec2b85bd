//! What a line holds, and the command that takes it.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use validator::Validate;

use super::LineOutcome;
use crate::app::Tx;
use crate::contracts::put::{self, Put};
use crate::contracts::store::{self, VersionRow};
use crate::contracts::{products, register, resellers, versions};
use crate::events::model::Change;
use crate::faqs;
use crate::http::text::{ExternalReference, Name, ShortCode, SupportId};
use crate::http::{Fault, IfMatch, Patch, Problem, Refusal, Result, json};

/// What a line holds.
#[derive(Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(rename = "type")]
    kind: LineKind,
    /// The natural key of a FAQ.
    #[serde(default)]
    key: Option<ExternalReference>,
    /// Whether a FAQ is published at once.
    #[serde(default)]
    publish: Option<bool>,
    body: Map<String, Value>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum LineKind {
    Reseller,
    Product,
    Version,
    Contract,
    Faq,
}

/// Takes a line.
pub fn take(tx: &mut Tx<'_>, bytes: &[u8]) -> Result<Change<LineOutcome>> {
    let line: Line = json::parse(bytes)?;
    for (name, stray) in [("/key", line.key.is_some()), ("/publish", line.publish.is_some())] {
        if stray && line.kind != LineKind::Faq {
            return Err(Problem::fault(name, "not_allowed_here"));
        }
    }
    let body = line.body;
    let done = match line.kind {
        LineKind::Reseller => take_reseller(tx, body),
        LineKind::Product => take_product(tx, body),
        LineKind::Version => take_version(tx, body),
        LineKind::Contract => take_contract(tx, body),
        LineKind::Faq => {
            let key = line.key.ok_or_else(|| Problem::fault("/key", "required"))?;
            take_faq(tx, &key, body, line.publish == Some(true))
        }
    };
    done.map_err(within_body)
}

/// Lets the pointers of a body's faults lead into the line.
fn within_body(problem: Problem) -> Problem {
    if problem.fault_list().is_empty() {
        return problem;
    }
    let faults = problem.fault_list().iter().cloned().map(|mut fault| {
        fault.pointer = fault.pointer.map(|pointer| format!("/body{pointer}"));
        fault
    });
    Problem::from(problem.refusal()).and_faults(faults.collect())
}

/// Reads a body as the call over HTTP would.
fn read<T: DeserializeOwned + Validate>(body: Map<String, Value>) -> Result<T> {
    json::parse(&serde_json::to_vec(&body).map_err(Problem::bug)?)
}

fn take_reseller(tx: &mut Tx<'_>, body: Map<String, Value>) -> Result<Change<LineOutcome>> {
    let body: resellers::RegisterReseller = read(body)?;
    let Some(found) = store::reseller_by_name(tx, &body.name)? else {
        return resellers::register(tx, None, body)?.map(|_| Ok(LineOutcome::Created));
    };
    let before = found.version;
    let contact = resellers::ChangeResellerContact {
        name: Some(body.contact.name),
        email: Some(body.contact.email),
        phone: Some(body.contact.phone),
    };
    let patch = resellers::ChangeReseller { name: None, contact: Some(contact) };
    resellers::change(tx, None, found, patch)?.map(|row| Ok(since(before, row.version)))
}

fn take_product(tx: &mut Tx<'_>, body: Map<String, Value>) -> Result<Change<LineOutcome>> {
    let body: products::RegisterProduct = read(body)?;
    let Some(found) = store::product_by_code(tx, &body.code)? else {
        return products::register(tx, None, body)?.map(|_| Ok(LineOutcome::Created));
    };
    if found.delivery != body.delivery {
        return Err(Problem::fault("/delivery", "not_allowed_here"));
    }
    let before = found.version;
    let patch = products::ChangeProduct { code: None, name: Some(body.name), vendor: Some(body.vendor) };
    products::change(tx, None, found, patch)?.map(|row| Ok(since(before, row.version)))
}

fn take_version(tx: &mut Tx<'_>, mut body: Map<String, Value>) -> Result<Change<LineOutcome>> {
    let code: ShortCode = match body.remove("product_code") {
        Some(code) => one("/product_code", code)?,
        None => return Err(Problem::fault("/product_code", "required")),
    };
    let product = store::product_by_code(tx, &code)?;
    let product = product.ok_or_else(|| Problem::fault("/product_code", "unknown_reference"))?;
    let body: versions::register::RegisterProductVersion = read(body)?;
    let Some(found) = store::version(tx, product.id, &body.version)? else {
        return versions::register::register(tx, None, &product, body)?.map(|_| Ok(LineOutcome::Created));
    };
    let before = found.version;
    let patch = versions::change::ChangeProductVersion {
        released_by_us_on: body.released_by_us_on.map_or(Patch::Null, Patch::Value),
        vendor_supported_until_on: body.vendor_supported_until_on.map_or(Patch::Null, Patch::Value),
        effective_on: body.effective_on,
    };
    versions::change::change(tx, None, found, patch)?.map(|row: VersionRow| Ok(since(before, row.version)))
}

fn take_contract(tx: &mut Tx<'_>, mut body: Map<String, Value>) -> Result<Change<LineOutcome>> {
    if let Some(name) = body.remove("reseller_name") {
        let name: Name = one("/reseller_name", name)?;
        let reseller = store::reseller_by_name(tx, &name)?;
        let reseller = reseller.ok_or_else(|| Problem::fault("/reseller_name", "unknown_reference"))?;
        instead_of(&mut body, "reseller_id", "reseller_name", Value::from(reseller.id.to_string()))?;
    }
    name_products(tx, &mut body)?;
    let body: register::RegisterContract = read(body)?;
    let mut found = None;
    for id in [&body.maintenance_id, &body.contract_id].into_iter().flatten() {
        let holder = store::contract_of(tx, id as &SupportId)?;
        match (found, holder) {
            (Some(one), Some(other)) if one != other => return Err(Refusal::SupportIdTaken.into()),
            (None, holder) => found = holder,
            _ => {}
        }
    }
    put::put(tx, None, found, None, &IfMatch::none(), body)?.map(|done| {
        Ok(match done {
            Put::Registered(_) => LineOutcome::Created,
            Put::Changed(_) => LineOutcome::Changed,
            Put::Unchanged(_) => LineOutcome::Unchanged,
        })
    })
}

fn take_faq(
    tx: &mut Tx<'_>,
    key: &ExternalReference,
    mut body: Map<String, Value>,
    publish: bool,
) -> Result<Change<LineOutcome>> {
    name_products(tx, &mut body)?;
    faqs::take::take(tx, key, read(body)?, publish)
}

/// Puts the products' ids in the place of their codes.
fn name_products(tx: &mut Tx<'_>, body: &mut Map<String, Value>) -> Result<()> {
    let Some(codes) = body.remove("product_codes") else { return Ok(()) };
    let codes: Vec<ShortCode> = one("/product_codes", codes)?;
    let mut ids = Vec::new();
    let mut unknown = Vec::new();
    for (n, code) in codes.iter().enumerate() {
        match store::product_by_code(tx, code)? {
            Some(product) => ids.push(Value::from(product.id.to_string())),
            None => unknown.push(Fault::at(format!("/product_codes/{n}"), "unknown_reference")),
        }
    }
    if !unknown.is_empty() {
        return Err(Problem::faults(unknown));
    }
    instead_of(body, "product_ids", "product_codes", Value::Array(ids))
}

/// Reads one member.
fn one<T: DeserializeOwned>(pointer: &str, value: Value) -> Result<T> {
    serde_json::from_value(value)
        .map_err(|error| Problem::faults(vec![json::fault(pointer.to_owned(), &error.to_string())]))
}

/// Puts what a name stood for in its place; both at once would be two words for one thing.
fn instead_of(body: &mut Map<String, Value>, member: &str, stand_in: &str, value: Value) -> Result<()> {
    match body.insert(member.to_owned(), value) {
        None => Ok(()),
        Some(_) => Err(Problem::fault(format!("/{stand_in}"), "not_allowed_here")),
    }
}

fn since(before: i32, after: i32) -> LineOutcome {
    if before == after { LineOutcome::Unchanged } else { LineOutcome::Changed }
}
