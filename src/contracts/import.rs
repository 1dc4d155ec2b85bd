//! `madoguchi import FILE`: papers from JSON Lines, by the same rules as over HTTP.
//!
//! Each line is found again by its natural key and is a transaction of its own, so a file can be
//! run again after it was mended: what is there already stays as it is.

use std::io::{BufRead, Read};

use diesel::connection::TransactionManager;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use validator::Validate;

use super::put::{self, Put};
use super::store::{self, VersionRow};
use super::{products, register, resellers, versions};
use crate::app::{App, Tx};
use crate::db::{Connection, dialect};
use crate::events::model::Change;
use crate::http::text::{Name, ShortCode, SupportId};
use crate::http::{Fault, IfMatch, Patch, Problem, Refusal, Result, json};
use crate::terms::codes::Language;

/// The most that a line may hold, in bytes.
pub const LINE_LIMIT: u64 = 1024 * 1024;

/// What came of a file, line by line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What came of each line that was not empty.
    pub lines: Vec<LineReport>,
}

/// What came of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineReport {
    /// The line, counted from 1.
    pub line: u64,
    /// What came of it.
    pub outcome: LineOutcome,
}

/// What may come of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineOutcome {
    /// The thing is new.
    Created,
    /// The thing is another than it was.
    Changed,
    /// The thing was that already.
    Unchanged,
    /// Nothing happened.
    Refused {
        /// The problem's code.
        code: &'static str,
        /// The first fault: its place as a JSON pointer into the line, and what is wrong.
        fault: Option<(String, &'static str)>,
        /// The problem in words, in English.
        detail: String,
    },
}

impl Report {
    /// How many lines were refused.
    pub fn refused(&self) -> usize {
        self.lines.iter().filter(|line| matches!(line.outcome, LineOutcome::Refused { .. })).count()
    }
}

/// What a line holds.
#[derive(Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(rename = "type")]
    kind: LineKind,
    /// The natural key of a FAQ.
    #[serde(default)]
    key: Option<Value>,
    /// Whether a FAQ is published at once.
    #[serde(default)]
    publish: Option<Value>,
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

/// Takes a file in. With `dry_run` everything is done and undone, so that later lines see the
/// earlier ones; other writers wait meanwhile.
///
/// Fails only when the file cannot be read or the database cannot be written: a refused line is
/// part of the report, and the next one is taken.
pub fn import(app: &App, mut lines: impl BufRead, dry_run: bool) -> Result<Report> {
    let mut report = Report::default();
    if !dry_run {
        each_line(&mut lines, &mut report, |bytes| app.write_blocking(|tx| take(tx, bytes)))?;
        return Ok(report);
    }
    let undone = app.write_blocking(|tx| -> Result<Change<()>> {
        each_line(&mut lines, &mut report, |bytes| tentatively(tx, |tx| take(tx, bytes)?.settle(tx)))?;
        Err(Problem::bug(DryRun))
    });
    match undone {
        Err(problem) if problem.cause().is_some_and(|cause| cause.is::<DryRun>()) => Ok(report),
        Err(problem) => Err(problem),
        Ok(()) => Ok(report),
    }
}

/// Why a dry run's transaction is given up.
#[derive(Debug)]
struct DryRun;
impl std::fmt::Display for DryRun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a dry run is undone")
    }
}
impl std::error::Error for DryRun {}

/// Does a part of a transaction that is undone by itself when it is refused.
fn tentatively<T>(tx: &mut Tx<'_>, work: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
    <Connection as diesel::Connection>::TransactionManager::begin_transaction(tx.connection())?;
    match work(tx) {
        Ok(value) => {
            dialect::commit(tx.connection())?;
            Ok(value)
        }
        Err(problem) => {
            dialect::roll_back(tx.connection())?;
            Err(problem)
        }
    }
}

fn each_line(
    lines: &mut impl BufRead,
    report: &mut Report,
    mut take: impl FnMut(&[u8]) -> Result<LineOutcome>,
) -> Result<()> {
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        if lines.by_ref().take(LINE_LIMIT.saturating_add(1)).read_until(b'\n', &mut bytes).map_err(Problem::bug)? == 0 {
            break;
        }
        let ended = bytes.last() == Some(&b'\n');
        let outcome = if !ended && bytes.len() as u64 > LINE_LIMIT {
            lines.skip_until(b'\n').map_err(Problem::bug)?;
            refused(&Problem::from(Refusal::BodyTooLarge).with("limit", "1 MiB"))
        } else if bytes.trim_ascii().is_empty() {
            continue;
        } else {
            match take(bytes.trim_ascii()) {
                Ok(outcome) => outcome,
                Err(problem) if problem.refusal().status().is_client_error() => refused(&problem),
                Err(problem) => return Err(problem),
            }
        };
        report.lines.push(LineReport { line, outcome });
    }
    Ok(())
}

fn refused(problem: &Problem) -> LineOutcome {
    let view = problem.view(&crate::http::problem::Reader {
        language: Language::En,
        register: crate::http::problem::Register::Plain,
        instance: "",
        request_id: "",
    });
    let fault = problem.fault_list().first().map(|fault| (fault.pointer.clone().unwrap_or_default(), fault.code));
    LineOutcome::Refused { code: problem.refusal().code(), fault, detail: view.detail }
}

fn take(tx: &mut Tx<'_>, bytes: &[u8]) -> Result<Change<LineOutcome>> {
    let line: Line = json::parse(bytes)?;
    for (name, stray) in [("/key", &line.key), ("/publish", &line.publish)] {
        if stray.is_some() && line.kind != LineKind::Faq {
            return Err(Problem::fault(name, "not_allowed_here"));
        }
    }
    let body = line.body;
    let done = match line.kind {
        LineKind::Reseller => take_reseller(tx, body),
        LineKind::Product => take_product(tx, body),
        LineKind::Version => take_version(tx, body),
        LineKind::Contract => take_contract(tx, body),
        LineKind::Faq => return Err(Problem::fault("/type", "not_an_option")), // there are no FAQs yet
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
    let body: versions::RegisterProductVersion = read(body)?;
    let Some(found) = store::version(tx, product.id, &body.version)? else {
        return versions::register(tx, None, &product, body)?.map(|_| Ok(LineOutcome::Created));
    };
    let before = found.version;
    let patch = versions::ChangeProductVersion {
        released_by_us_on: body.released_by_us_on.map_or(Patch::Null, Patch::Value),
        vendor_supported_until_on: body.vendor_supported_until_on.map_or(Patch::Null, Patch::Value),
        effective_on: body.effective_on,
    };
    versions::change(tx, None, found, patch)?.map(|row: VersionRow| Ok(since(before, row.version)))
}

fn take_contract(tx: &mut Tx<'_>, mut body: Map<String, Value>) -> Result<Change<LineOutcome>> {
    if let Some(name) = body.remove("reseller_name") {
        let name: Name = one("/reseller_name", name)?;
        let reseller = store::reseller_by_name(tx, &name)?;
        let reseller = reseller.ok_or_else(|| Problem::fault("/reseller_name", "unknown_reference"))?;
        instead_of(&mut body, "reseller_id", "reseller_name", Value::from(reseller.id.to_string()))?;
    }
    if let Some(codes) = body.remove("product_codes") {
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
        instead_of(&mut body, "product_ids", "product_codes", Value::Array(ids))?;
    }
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
