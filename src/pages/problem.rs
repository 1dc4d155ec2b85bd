//! `GET /problems/{code}`: the page that a problem's `type` points to.

use actix_web::{HttpResponse, get};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::html::Html;
use crate::http::problem::Register;
use crate::http::{Path, Refusal, Result};
use crate::terms::codes::{Delivery, Language};
use crate::terms::model::current;

/// A problem, by its code.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ProblemPath {
    /// The code.
    #[param(max_length = 50, example = "contract_expired")]
    code: String,
}

/// A page for people, in HTML.
#[derive(ToSchema)]
#[schema(value_type = String, max_length = 20_000)]
#[expect(dead_code, reason = "it only describes the body of an answer")]
pub struct HtmlPage(String);

/// Read the page of a problem
///
/// What a problem's `type` points to: its title, status, texts and clauses in both languages, as a
/// page for people. Blanks of the texts stand in braces.
#[utoipa::path(
    tag = "service",
    params(ProblemPath),
    responses((status = 200, description = "The page", body = HtmlPage, content_type = "text/html")),
    security(())
)]
#[get("/problems/{code}")]
pub async fn get_problem(Path(path): Path<ProblemPath>) -> Result<HttpResponse> {
    let known = Refusal::ALL.iter().copied().find(|refusal| refusal.code() == path.code);
    Ok(page(known.ok_or(Refusal::NotFound)?).response())
}

fn page(refusal: Refusal) -> Html {
    let (ja, en) = (Language::Ja, Language::En);
    let title = format!("{} / {}", refusal.title(ja), refusal.title(en));
    let mut page =
        Html::titled(&title).element("p", &format!("HTTP {}", refusal.status())).element("code", refusal.code());
    for (tag, language) in [("ja", ja), ("en", en)] {
        let polite = blanks(&refusal.detail(Register::Polite, language));
        let plain = blanks(&refusal.detail(Register::Plain, language));
        page = page.spoken("p", tag, &polite);
        if plain != polite {
            page = page.spoken("p", tag, &plain);
        }
    }
    let mut clauses: Vec<_> = [Delivery::Software, Delivery::Saas].iter().filter_map(|d| refusal.clause(*d)).collect();
    clauses.dedup();
    let terms = current();
    for clause in clauses.iter().filter_map(|id| terms.clause(id.0)) {
        page = page
            .element("h2", clause.id.0)
            .spoken("blockquote", "ja", &clause.ja)
            .link(&format!("/v1/terms/{}/clauses/{}", terms.version, clause.id), terms.title_ja);
    }
    page
}

/// `%{name}` as `{name}`: nobody reads a page with the catalogue's own marks.
fn blanks(text: &str) -> String {
    text.replace("%{", "{")
}
