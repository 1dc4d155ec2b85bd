//! The written terms and the codes, for everybody: they change with the program only.

use actix_web::get;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::codes::{Applies, ClauseId, CodeEntry, CodeSet, Delivery, Force, Language, all_sets};
use super::model::{Clause, Terms, current, version};
use crate::http::text::Day;
use crate::http::{Path, Refusal, Reply, Result};

/// A version of the terms, by its name.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct TermsPath {
    /// The version.
    #[param(max_length = 20, example = "2025-04-01")]
    version: String,
}

/// A clause of a version of the terms.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ClausePath {
    /// The version.
    #[param(max_length = 20, example = "2025-04-01")]
    version: String,
    /// The clause.
    #[param(max_length = 20, example = "SW-4.2.1-C21")]
    clause_id: String,
}

/// What a text in another language is worth.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Translation {
    /// For reference only: the Japanese text binds.
    Reference,
}

/// A version of the terms without its clauses.
#[derive(Debug, Serialize, ToSchema)]
pub struct TermsSummary {
    /// The version.
    #[schema(max_length = 20, example = "2025-04-01")]
    pub version: &'static str,
    /// The first day of this version, in Japan's calendar.
    pub effective_on: Day,
    /// Whether new contracts are made by this version.
    pub current: bool,
    /// The title in Japanese.
    #[schema(max_length = 200)]
    pub title_ja: &'static str,
    /// The title in English.
    #[schema(max_length = 200)]
    pub title_en: &'static str,
    /// What the English text is worth.
    pub translation: Translation,
}

/// Every version of the terms.
#[derive(Debug, Serialize, ToSchema)]
pub struct TermsList {
    /// The versions, newest first.
    #[schema(max_items = 100)]
    pub items: Vec<TermsSummary>,
}

/// A version of the terms.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Terms)]
pub struct TermsView {
    /// The version and its titles.
    #[serde(flatten)]
    pub summary: TermsSummary,
    /// The clauses, in the order of the text.
    #[schema(max_items = 1000)]
    pub clauses: Vec<ClauseView>,
}

/// One sentence of the terms that can be quoted by itself.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Clause)]
pub struct ClauseView {
    /// The stable id.
    #[schema(value_type = String, max_length = 20, example = "SW-4.2.1-C21")]
    pub id: ClauseId,
    /// The version of the terms that it stands in.
    #[schema(max_length = 20, example = "2025-04-01")]
    pub terms_version: &'static str,
    /// The Japanese text, word for word: this one binds.
    #[schema(max_length = 1000)]
    pub ja: &'static str,
    /// The English text.
    #[schema(max_length = 1000)]
    pub en: &'static str,
    /// What the English text is worth.
    pub translation: Translation,
    /// Whom the clause binds: `customer`, `desk`, `reseller/sales`, `vendor`, `third party`.
    #[schema(max_items = 5, value_type = Vec<Party>)]
    pub binds: &'static [String],
    /// The deliveries that it speaks of.
    pub applies: Applies,
    /// What it does.
    pub force: Force,
    /// The clause for software that this clause for SaaS repeats word for word; null without one.
    #[schema(required, value_type = Option<String>, max_length = 20, example = "SW-4.2.1-C21")]
    pub twin: Option<ClauseId>,
    /// Whether it asks for something that can be seen through this interface: false for headings
    /// and sentences that only lead to the next ones.
    pub asks: bool,
}

/// Somebody whom a clause binds; an open list.
#[derive(ToSchema)]
#[schema(value_type = String, max_length = 20, examples("customer", "desk", "vendor"))]
#[expect(dead_code, reason = "it only describes the items of a list")]
pub struct Party(String);

/// Every set of codes.
#[derive(Debug, Serialize, ToSchema)]
pub struct CodeSetList {
    /// The sets, in the order of the terms and then of the desk's work; the codes of problems last.
    #[schema(max_items = 200)]
    pub items: Vec<CodeSet>,
}

/// List the versions of the service terms
///
/// Every version there has been, newest first. The list is short and not paged.
#[utoipa::path(
    tag = "terms",
    responses((status = 200, description = "The versions", body = TermsList)),
    security(())
)]
#[get("/terms")]
pub async fn list_terms() -> Result<Reply> {
    let items = vec![summary(current())];
    Ok(Reply::ok(&TermsList { items })?.tagged(1).cacheable())
}

/// Read a version of the service terms
///
/// The clauses in the order of the text, each with its stable id. The Japanese text binds; the
/// English one is a translation for reference.
#[utoipa::path(
    tag = "terms",
    params(TermsPath),
    responses((status = 200, description = "The version with its clauses", body = TermsView)),
    security(())
)]
#[get("/terms/{version}")]
pub async fn get_terms(Path(path): Path<TermsPath>) -> Result<Reply> {
    let terms = version(&path.version).ok_or(Refusal::NotFound)?;
    let clauses = terms.clauses.iter().map(|clause| clause_view(terms, clause)).collect();
    Ok(Reply::ok(&TermsView { summary: summary(terms), clauses })?.tagged(1).cacheable())
}

/// Read a clause of the service terms
///
/// What a refusal or a closure decision quotes by id.
#[utoipa::path(
    tag = "terms",
    params(ClausePath),
    responses((status = 200, description = "The clause", body = ClauseView)),
    security(())
)]
#[get("/terms/{version}/clauses/{clause_id}")]
pub async fn get_clause(Path(path): Path<ClausePath>) -> Result<Reply> {
    let terms = version(&path.version).ok_or(Refusal::NotFound)?;
    let clause = terms.clause(&path.clause_id).ok_or(Refusal::NotFound)?;
    Ok(Reply::ok(&clause_view(terms, clause))?.tagged(1).cacheable())
}

/// List every code of this interface
///
/// All closed sets of codes with their labels in both languages and the clause behind each code,
/// and the codes of problems with their status. Codes never change; sets may grow.
#[utoipa::path(
    tag = "terms",
    responses((status = 200, description = "The sets of codes", body = CodeSetList)),
    security(())
)]
#[get("/codes")]
pub async fn list_codes() -> Result<Reply> {
    let mut items = all_sets();
    items.push(problem_codes());
    Ok(Reply::ok(&CodeSetList { items })?.tagged(1).cacheable())
}

fn summary(terms: &'static Terms) -> TermsSummary {
    TermsSummary {
        version: terms.version,
        effective_on: terms.effective_on.into(),
        current: terms.version == current().version,
        title_ja: terms.title_ja,
        title_en: terms.title_en,
        translation: Translation::Reference,
    }
}

fn clause_view(terms: &'static Terms, clause: &'static Clause) -> ClauseView {
    ClauseView {
        id: clause.id,
        terms_version: terms.version,
        ja: &clause.ja,
        en: &clause.en,
        translation: Translation::Reference,
        binds: &clause.binds,
        applies: clause.applies,
        force: clause.force,
        twin: clause.twin,
        asks: clause.asks,
    }
}

fn problem_codes() -> CodeSet {
    let codes = (1..).zip(Refusal::ALL).map(|(order, refusal)| CodeEntry {
        code: refusal.code(),
        order,
        label_ja: refusal.title(Language::Ja).into(),
        label_en: refusal.title(Language::En).into(),
        clause_software: refusal.clause(Delivery::Software),
        clause_saas: refusal.clause(Delivery::Saas),
        status: Some(refusal.status().as_u16()),
    });
    CodeSet { name: "problem_code", description: "Why something was refused or failed.", codes: codes.collect() }
}
