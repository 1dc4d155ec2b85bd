//! `POST /v1/faqs`: a FAQ begins as a draft.

use actix_web::post;
use serde_json::json;

use super::model::{Content, DraftFaq};
use super::store::{self, FaqRow, RevisionRow, index};
use super::view::FaqView;
use super::{FaqId, WritesFaqs, told};
use crate::app::{App, Tx};
use crate::auth::claim::Caller;
use crate::auth::proof::{Actor, prove};
use crate::db::Connection;
use crate::db::types::Id;
use crate::events::model::Change;
use crate::http::{Json, Key, KeyParam, ProblemView, Reply, Result};
use crate::inquiries::InquiryId;
use crate::terms::codes::{CallerKind, EventType, FaqState};

/// Draft a FAQ
///
/// Nobody outside the desk reads it before a manager publishes it.
#[utoipa::path(
    tag = "faqs",
    params(KeyParam),
    request_body = DraftFaq,
    responses(
        (status = 201, description = "The FAQ", body = FaqView),
        (status = 422, description = "`validation_failed`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []), ("client" = ["faqs:write"]))
)]
#[post("/faqs")]
pub async fn draft_faq(app: App, caller: Caller<WritesFaqs>, key: Key, Json(request): Json<DraftFaq>) -> Result<Reply> {
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        tx.once()?;
        draft(tx, Some(&actor), request.into(), Origins::default())?.map(|drafted| created(tx, &actor, drafted))
    })
    .await
}

/// A new FAQ as an answer.
pub fn created(db: &mut Connection, actor: &Actor, (row, content): (FaqRow, Content)) -> Result<Reply> {
    let (place, version) = (format!("/v1/faqs/{}", row.id), row.version);
    Ok(Reply::created(&place, &FaqView::for_desk(db, actor, row, content)?)?.tagged(version))
}

/// Where a draft comes from, beside a person's head.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    /// The inquiry that it is made from.
    pub inquiry: Option<InquiryId>,
    /// The key of the import that it comes with.
    pub import_key: Option<String>,
}

/// Writes the first revision.
pub fn draft(
    tx: &mut Tx<'_>,
    actor: Option<&Actor>,
    content: Content,
    from: Origins,
) -> Result<Change<(FaqRow, Content)>> {
    content.check()?;
    store::check_products(tx, &content.product_ids)?;
    let now = tx.now;
    let row = FaqRow {
        id: tx.new_id(),
        import_key: from.import_key,
        state: FaqState::Draft,
        version: 1,
        revision: 1,
        published_revision: None,
        inquiry_id: from.inquiry,
        created_at: now,
        changed_at: now,
        published_at: None,
    };
    store::insert(tx, &row)?;
    revise(tx, actor, row.id, 1, &content)?;
    index::write(tx, &row, &content, None)?;
    let data = json!({ "revision": 1, "kind": content.kind, "source": content.source, "inquiry": from.inquiry });
    let event = told(actor, EventType::FaqDrafted, row.id, data);
    Ok(Change::new((row, content), event))
}

/// Writes a revision.
pub fn revise(tx: &mut Tx<'_>, actor: Option<&Actor>, faq: FaqId, number: i32, content: &Content) -> Result<()> {
    let row = RevisionRow {
        faq_id: faq,
        revision: number,
        id: tx.new_id(),
        content: content.doc(),
        written_by_kind: actor.map_or(CallerKind::System, |actor| actor.kind),
        written_by_id: actor.map(|actor| Id::new(actor.id)),
        written_at: tx.now,
    };
    store::insert_revision(tx, &row)
}
