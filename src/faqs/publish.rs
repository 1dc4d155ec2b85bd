//! `POST /v1/faqs/{id}/publications`: from now on it is read outside the desk.

use actix_web::post;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;

use super::draft::created;
use super::model::{Content, may_publish};
use super::store::{self, FaqRow, index};
use super::view::FaqView;
use super::{FaqId, PublishesFaqs, told};
use crate::app::{App, Tx};
use crate::auth::claim::Caller;
use crate::auth::proof::{Actor, prove};
use crate::contracts::store as contracts;
use crate::db::Connection;
use crate::events::model::Change;
use crate::http::{
    IfMatch, Key, KeyParam, OptionalJson, Path, Problem, ProblemView, Refusal, Reply, RequiredIfMatchParam, Result,
};
use crate::terms::codes::{Delivery, EventType, FaqState};

/// A publication.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishFaq {
    /// Whether a person has seen that nothing in it identifies a customer: demanded for a FAQ that
    /// was made from an inquiry.
    #[serde(default)]
    #[schema(nullable = false)]
    pub anonymisation_confirmed: Option<bool>,
}

/// Publish a FAQ
///
/// The revision that the desk works on is read outside the desk from the next call on: by the
/// customers of its products whose contracts are in force and include information.
#[utoipa::path(
    tag = "faqs",
    params(("id" = FaqId, Path, description = "The FAQ."), KeyParam, RequiredIfMatchParam),
    request_body(content = PublishFaq),
    responses(
        (status = 201, description = "The FAQ, published", body = FaqView),
        (status = 409, description = "`vendor_disclosure_pending` `vendor_disclosure_refused` `faq_not_anonymised` · `state_conflict`: this revision is published already · `request_in_progress`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []))
)]
#[post("/faqs/{id}/publications")]
pub async fn publish_faq(
    app: App,
    caller: Caller<PublishesFaqs>,
    Path(id): Path<FaqId>,
    key: Key,
    expected: IfMatch,
    OptionalJson(request): OptionalJson<PublishFaq>,
) -> Result<Reply> {
    let expected = expected.required()?;
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let (row, content) = store::find(tx, id)?.ok_or(Refusal::NotFound)?;
        tx.once()?;
        expected.holds(row.version)?;
        publish(tx, Some(&actor), row, content, request.anonymisation_confirmed == Some(true))?
            .map(|published| created(tx, &actor, published))
    })
    .await
}

/// Publishes the revision that the desk works on, if the gates let it through.
pub fn publish(
    tx: &mut Tx<'_>,
    actor: Option<&Actor>,
    before: FaqRow,
    content: Content,
    anonymised: bool,
) -> Result<Change<(FaqRow, Content)>> {
    if let Err(refused) = may_publish(&before, &content, anonymised) {
        return Err(by_its_clause(tx, refused, &content)?);
    }
    let row = FaqRow {
        state: FaqState::Published,
        version: before.version.saturating_add(1),
        published_revision: Some(before.revision),
        changed_at: tx.now,
        published_at: Some(tx.now),
        ..before.clone()
    };
    store::update(tx, before.version, &row)?;
    index::write(tx, &row, &content, Some(&content))?;
    let data = json!({
        "revision": row.revision, "kind": content.kind, "source": content.source, "inquiry": row.inquiry_id,
        "anonymisation_confirmed": anonymised,
    });
    let event = told(actor, EventType::FaqPublished, row.id, data);
    Ok(Change::new((row, content), event))
}

/// The refusal with the clause of the section that the FAQ's first product stands under.
fn by_its_clause(tx: &mut Tx<'_>, refused: Problem, content: &Content) -> Result<Problem> {
    Ok(match delivery(tx, content)? {
        Some(delivery) => refused.under(delivery, crate::terms::current().version),
        None => refused,
    })
}

/// The section that a FAQ stands under: its first product's.
pub fn delivery(db: &mut Connection, content: &Content) -> Result<Option<Delivery>> {
    let Some(first) = content.product_ids.first() else { return Ok(None) };
    Ok(contracts::product(db, *first)?.map(|product| product.delivery))
}
