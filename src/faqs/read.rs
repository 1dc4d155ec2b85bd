//! `GET /v1/faqs` and `GET /v1/faqs/{id}`.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::get;
use serde::Deserialize;
use utoipa::IntoParams;

use super::entitle::{Entitled, entitled};
use super::model::Content;
use super::search::{Face, Filter, Hit, Plan, mark};
use super::store::{self, FaqRow};
use super::view::{FaqSummary, FaqView};
use super::{FaqId, ReadsFaqs, misses};
use crate::app::App;
use crate::auth::claim::{Caller, Claim, SupportIdParam};
use crate::contracts::ProductId;
use crate::contracts::model::Contact;
use crate::db::Connection;
use crate::db::types::Instant;
use crate::http::text::{LanguageTag, SearchText};
use crate::http::{AnyOf, List, PageParams, Path, Problem, ProblemView, Refusal, Reply, Result};
use crate::page;
use crate::terms::codes::{FaqKind, FaqSource, FaqState};

page!(
    /// A page of FAQs: what was looked for best first, all of them newest first.
    FaqPage of FaqSummary
);

/// What a list of FAQs is narrowed by; several values of one with commas between.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FaqFilter {
    /// What is looked for, in any words: kana or kanji, of either width, an error code, a question.
    #[param(nullable = false, value_type = Option<String>, min_length = 1, max_length = 1000, example = "ﾊﾟｽﾜｰﾄﾞ付き zip")]
    q: Option<SearchText>,
    /// Any of these products, by id.
    #[param(nullable = false, value_type = Option<String>, max_length = 800)]
    product: Option<AnyOf<ProductId>>,
    /// Any of these kinds.
    #[param(nullable = false, value_type = Option<String>, max_length = 200)]
    kind: Option<AnyOf<FaqKind>>,
    /// Any of these sources.
    #[param(nullable = false, value_type = Option<String>, max_length = 200)]
    source: Option<AnyOf<FaqSource>>,
    /// In this language.
    #[param(nullable = false)]
    language: Option<LanguageTag>,
    /// Any of these states. For the desk and scripts only; without it they see all.
    #[param(nullable = false, value_type = Option<String>, max_length = 100)]
    state: Option<AnyOf<FaqState>>,
}

/// Find FAQs
///
/// By keyword and product (SW-4.2.2-C5, SA-5.2.2-C5). Outside the desk only what is published for
/// the caller's products, while the contract is in force and includes information. A FAQ is found
/// by the call after the one that published it. What is nowhere finds nothing.
#[utoipa::path(
    tag = "faqs",
    params(FaqFilter, PageParams, SupportIdParam),
    responses(
        (status = 200, description = "A page of FAQs", body = FaqPage),
        (status = 403, description = "`contract_not_started` `contract_expired` `contract_suspended` `service_not_contracted` `support_denied` `support_id_unknown`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("staff" = []), ("client" = ["faqs:read"]))
)]
#[get("/faqs")]
pub async fn list_faqs(app: App, caller: Caller<ReadsFaqs>, List(filter, page): List<FaqFilter>) -> Result<Reply> {
    let outside = caller.is_outside();
    if outside && filter.state.is_some() {
        return Err(Problem::parameter("state", "unknown_field"));
    }
    let (now, desk, searching) = (app.now(), app.config().desk_contact(), app.clone());
    let missed = filter.q.clone().filter(|_| outside && page.after.is_none());
    let (items, next, page) = app
        .read(move |db| {
            let entitled = entitled(db, &caller, now, &desk)?;
            if let Some(AnyOf(products)) = &filter.product {
                entitled.refuse_denied(db, &caller, products, now, &desk)?;
            }
            let (q, by) = filter.by(entitled.products);
            let after = page.after.map(|after| (after.at.micros(), after.id()));
            let most = usize::try_from(page.fetch()).unwrap_or_default();
            let (mut hits, terms) = searching.faqs().ask(db, entitled.version, |index| {
                let plan = q.map(|q| Plan::of(&q, index.lexicon()));
                if page.counts() {
                    let all = index.find(plan.as_ref(), &by, None, usize::MAX).len();
                    page.found(i64::try_from(all).unwrap_or(i64::MAX));
                }
                let hits = index.find(plan.as_ref(), &by, after, most);
                (hits, plan.map(|plan| plan.terms()))
            })?;
            let next = page.cut(&mut hits, |hit| (Instant::from_micros(hit.rank), hit.faq));
            Ok((summaries(db, &hits, terms.as_ref())?, next, page))
        })
        .await?;
    if let Some(query) = missed.filter(|_| items.is_empty()) {
        misses::record(&app, &query).await;
    }
    FaqPage::reply(items, next, &page)
}

impl FaqFilter {
    fn by(self, visible: Option<Vec<ProductId>>) -> (Option<SearchText>, Filter) {
        fn all<T>(any: Option<AnyOf<T>>) -> Vec<T> {
            any.map(|any| any.0).unwrap_or_default()
        }
        let filter = Filter {
            public: visible.is_some(),
            visible,
            products: all(self.product),
            kinds: all(self.kind),
            sources: all(self.source),
            states: all(self.state),
            language: self.language.map(|language| language.to_string()),
        };
        (self.q, filter)
    }
}

/// The hits with their texts, in their order, in at most two statements.
fn summaries(
    db: &mut Connection,
    hits: &[Hit],
    terms: Option<&BTreeSet<super::search::tokens::Term>>,
) -> Result<Vec<FaqSummary>> {
    let of = |face: Face| -> Vec<FaqId> { hits.iter().filter(|hit| hit.face == face).map(|hit| hit.faq).collect() };
    let (public, working) = (of(Face::Public), of(Face::Working));
    let mut texts: BTreeMap<FaqId, (FaqRow, Content)> = BTreeMap::new();
    if !public.is_empty() {
        texts.extend(store::published_of(db, &public)?.into_iter().map(|found| (found.0.id, found)));
    }
    if !working.is_empty() {
        texts.extend(store::working_of(db, &working)?.into_iter().map(|found| (found.0.id, found)));
    }
    let nothing = BTreeSet::new();
    let summary = |hit: &Hit| {
        let (row, content) = texts.remove(&hit.faq)?;
        let (snippet, within) = mark::snippet(&content.answer, terms.unwrap_or(&nothing));
        let mut highlights = mark::in_question(&content.question, terms.unwrap_or(&nothing));
        highlights.extend(within);
        Some(FaqSummary {
            id: row.id,
            question: content.question,
            kind: content.kind,
            source: content.source,
            state: row.state,
            language: content.language,
            product_ids: content.product_ids,
            published_at: row.published_at,
            snippet,
            highlights,
            score: terms.map(|_| hit.rank as f64 / 1000.0),
        })
    };
    Ok(hits.iter().filter_map(summary).collect())
}

/// Read a FAQ
///
/// Outside the desk the revision that was published last; at the desk the one that is worked on.
#[utoipa::path(
    tag = "faqs",
    params(("id" = FaqId, Path, description = "The FAQ."), SupportIdParam),
    responses(
        (status = 200, description = "The FAQ", body = FaqView),
        (status = 403, description = "`contract_not_started` `contract_expired` `contract_suspended` `service_not_contracted` `support_denied` `support_id_unknown`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("staff" = []), ("client" = ["faqs:read"]))
)]
#[get("/faqs/{id}")]
pub async fn get_faq(app: App, caller: Caller<ReadsFaqs>, Path(id): Path<FaqId>) -> Result<Reply> {
    let (now, desk) = (app.now(), app.config().desk_contact());
    app.read(move |db| {
        let entitled = entitled(db, &caller, now, &desk)?;
        let view = match &entitled.desk {
            None => {
                let (row, content) = published(db, &entitled, &caller, id, now, &desk)?;
                FaqView::of(row, content)
            }
            Some(actor) => {
                let (row, content) = store::find(db, id)?.ok_or(Refusal::NotFound)?;
                FaqView::for_desk(db, actor, row, content)?
            }
        };
        let version = view.version;
        Ok(Reply::ok(&view)?.tagged(version))
    })
    .await
}

/// A published FAQ for a caller outside the desk: 404 unless it is of one of its products, 403 where
/// these are denied to it.
pub fn published(
    db: &mut Connection,
    entitled: &Entitled,
    claim: &Claim,
    id: FaqId,
    now: Instant,
    desk: &Contact,
) -> Result<(FaqRow, Content)> {
    let found = store::find_published(db, id)?.ok_or(Refusal::NotFound)?;
    entitled.refuse_denied(db, claim, &found.1.product_ids, now, desk)?;
    if entitled.covers(&found.1.product_ids) { Ok(found) } else { Err(Refusal::NotFound.into()) }
}
