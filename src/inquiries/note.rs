//! `/v1/inquiries/{id}/notes`: what the desk writes for itself, a suspected denial among it. A note
//! is never sent and never shown outside the desk, no event tells of it, and the inquiry's version
//! does not move.

use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::store::{self, Held, notes};
use super::{InquiryId, NoteId};
use crate::app::{App, Tx};
use crate::auth::claim::{Caller, Gate, Privilege};
use crate::auth::proof::{Actor, prove};
use crate::db::types::{Id, Instant};
use crate::events::model::Change;
use crate::http::text::Body;
use crate::http::{Json, Key, KeyParam, List, NoFilter, PageParams, Path, Reply, Result};
use crate::page;
use crate::terms::codes::{CallerKind, Scope};

/// Reads notes.
pub struct ReadsNotes;
impl Privilege for ReadsNotes {
    const GATE: Gate = Gate::shut().agent().robot(Scope::NotesRead);
}

/// Writes notes.
pub struct WritesNotes;
impl Privilege for WritesNotes {
    const GATE: Gate = Gate::shut().agent().robot(Scope::NotesWrite);
}

/// A note to write.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteNote {
    /// Its text.
    pub body: Body,
}

/// Who wrote a note.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoteAuthor {
    /// The kind.
    pub kind: CallerKind,
    /// The row.
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    pub id: Id<Uuid>,
}

/// A note.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Note)]
pub struct NoteView {
    /// The note.
    pub id: NoteId,
    /// Its text.
    pub body: Body,
    /// Who wrote it.
    pub author: NoteAuthor,
    /// When.
    pub recorded_at: Instant,
}

impl From<notes::Row> for NoteView {
    fn from(row: notes::Row) -> Self {
        let author = NoteAuthor { kind: row.author_kind, id: row.author_id };
        Self { id: row.id, body: row.body, author, recorded_at: row.recorded_at }
    }
}

page!(
    /// A page of notes.
    NotePage of NoteView
);

/// Write a note
///
/// Internal, in every state. It is never sent and never shown outside the desk; the inquiry's
/// version does not move.
#[utoipa::path(
    tag = "inquiries",
    params(("id" = InquiryId, Path, description = "The inquiry."), KeyParam),
    request_body = WriteNote,
    responses((status = 201, description = "The note; the ETag is the inquiry's", body = NoteView)),
    security(("staff" = []), ("client" = ["notes:write"]))
)]
#[post("/inquiries/{id}/notes")]
pub async fn write_note(
    app: App,
    caller: Caller<WritesNotes>,
    Path(id): Path<InquiryId>,
    key: Key,
    Json(request): Json<WriteNote>,
) -> Result<Reply> {
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let held = store::held(tx, &actor, now, id)?;
        tx.once()?;
        write(tx, &actor, &held, request)
    })
    .await
}

/// The note on an inquiry that is at hand; a batch comes here too.
pub fn write(tx: &mut Tx<'_>, actor: &Actor, held: &Held, request: WriteNote) -> Result<Change<Reply>> {
    let (now, id) = (tx.now, held.row.id);
    let row = notes::Row {
        id: tx.new_id(),
        inquiry_id: id,
        body: request.body,
        author_kind: actor.kind,
        author_id: Id::new(actor.id),
        recorded_at: now,
    };
    notes::insert(tx, &row)?;
    let reply = Reply::created(&format!("/v1/inquiries/{id}/notes"), &NoteView::from(row))?;
    Ok(Change::silent(reply.tagged(held.row.version), "a note is told to nobody"))
}

/// List notes
///
/// Internal; newest first.
#[utoipa::path(
    tag = "inquiries",
    params(("id" = InquiryId, Path, description = "The inquiry."), PageParams),
    responses((status = 200, description = "A page of notes", body = NotePage)),
    security(("staff" = []), ("client" = ["notes:read"]))
)]
#[get("/inquiries/{id}/notes")]
pub async fn list_notes(
    app: App,
    caller: Caller<ReadsNotes>,
    Path(id): Path<InquiryId>,
    List(NoFilter {}, page): List<NoFilter>,
) -> Result<Reply> {
    let now = app.now();
    let (mut rows, page) = app
        .read(move |db| {
            let actor = prove(db, &caller, now)?;
            store::held(db, &actor, now, id)?;
            Ok((notes::list(db, id, &page)?, page))
        })
        .await?;
    let next = page.cut(&mut rows, |row| (row.recorded_at, row.id));
    NotePage::reply(rows.into_iter().map(NoteView::from).collect(), next, &page)
}
