//! `POST /v1/inquiries/{id}/attachments`: a file on its way to the store is never held as a whole,
//! and its row is written when its bytes are durable.

use actix_web::post;
use serde_json::json;
use utoipa::ToSchema;

use super::model::{MOST, check_entrusted, display_name, feed, media_type};
use super::store::{self, Row};
use super::view::AttachmentView;
use crate::app::{App, Tx};
use crate::auth::claim::{Caller, Claim};
use crate::auth::proof::prove;
use crate::db::types::Id;
use crate::events::model::{Change, NewEvent, Subject};
use crate::files::form::Part;
use crate::files::{self, BinaryContent, FileName, Form, Kept};
use crate::http::{Fault, Key, KeyParam, Path, Problem, ProblemView, Reply, Result};
use crate::inquiries::InquiryId;
use crate::inquiries::post_message::PostsMessages;
use crate::inquiries::store::{self as inquiries, Held};
use crate::terms::codes::{Action, AttachmentRole, Code, EventType};

/// A file to add to an inquiry.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it is read part by part, and only described here")]
pub struct AddAttachment {
    /// The file, with its name.
    file: BinaryContent,
    /// What it is for; `other` unless said.
    #[schema(nullable = false)]
    role: Option<AttachmentRole>,
    /// Whether it may be passed on to the vendor: by the customer's side only. False unless said.
    #[schema(nullable = false)]
    shareable_with_vendor: Option<bool>,
}

/// What a form came to.
#[derive(Clone)]
struct Sent {
    kept: Kept,
    name: String,
    media_type: String,
    role: AttachmentRole,
    shareable: bool,
}

/// Add a file
///
/// Up to 1 GiB (the desk may set another limit), and up to 100 files for an inquiry. The name is
/// kept without its path. Nobody passes it on to the vendor unless it is marked.
#[utoipa::path(
    tag = "inquiries",
    params(("id" = InquiryId, Path, description = "The inquiry."), KeyParam, ("Support-Id" = Option<String>, Header, nullable = false, max_length = 100, description = "The contract's ID; a partner must send it.")),
    request_body(content = AddAttachment, content_type = "multipart/form-data"),
    responses(
        (status = 201, description = "The file; the ETag is the inquiry's", body = AttachmentView),
        (status = 403, description = "`support_denied`: confirmed of the product or the inquiry, to the customer's side", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "`inquiry_closed` `state_conflict` `request_in_progress`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("staff" = []), ("client" = ["inquiries:write"]))
)]
#[post("/inquiries/{id}/attachments")]
pub async fn add_attachment(
    app: App,
    caller: Caller<PostsMessages>,
    Path(id): Path<InquiryId>,
    key: Key,
    form: Form,
) -> Result<Reply> {
    let _turn = app.files().turn().await?;
    let file = expect_file(&app, (*caller).clone(), id, key.clone()).await?;
    let added = match receive(&app, &file, form, caller.is_outside()).await {
        Ok(sent) => write(&app, (*caller).clone(), id, key, sent).await,
        Err(problem) => Err(problem),
    };
    if added.is_err()
        && let Err(problem) = files::delete(&app, file).await
    {
        log::warn!("what an upload left is swept later: {problem}");
    }
    added
}

/// Asks whether a file would be taken at all, before a byte of it is; and writes its name in the
/// store down. What a key was used for is looked at when there is a file to compare.
async fn expect_file(app: &App, claim: Claim, id: InquiryId, key: Key) -> Result<FileName> {
    let desk = app.config().desk_contact();
    app.write_value(move |tx| {
        let now = tx.now;
        let actor = prove(tx, &claim, now)?;
        let held = inquiries::held(tx, &actor, now, id)?;
        if !key.is_known(tx)? {
            check_entrusted(&held, actor.reseller, actor.kind)?;
            held.serves(tx, &actor, &desk)?;
            held.situation(&actor).may(Action::PostMessage)?;
            check_room(tx, &held)?;
        }
        let file = files::store::expect(tx)?;
        Ok(Change::silent(file, "nothing has happened until there is a row"))
    })
    .await
}

fn check_room(tx: &mut Tx<'_>, held: &Held) -> Result<()> {
    if store::count_kept(tx, held.row.id)? < MOST {
        return Ok(());
    }
    Err(Problem::faults(vec![Fault::at("/file", "too_many").with("max", MOST)]))
}

/// Reads the form: the file goes to the store as it arrives.
async fn receive(app: &App, file: &FileName, mut form: Form, outside: bool) -> Result<Sent> {
    let (mut kept, mut role, mut shareable) = (None, None, None);
    while let Some(part) = form.next().await? {
        let again = match part.name() {
            "file" => kept.replace(receive_file(app, file, form.limit(), part).await?).is_some(),
            "role" => role.replace(part.text().await?).is_some(),
            "shareable_with_vendor" => shareable.replace(part.text().await?).is_some(),
            other => return Err(Problem::fault(format!("/{other}"), "unknown_field")),
        };
        if again {
            return Err(Problem::fault("", "duplicate_key"));
        }
    }
    let role = role.map(|role| AttachmentRole::parse(&role).ok_or_else(|| Problem::fault("/role", "not_an_option")));
    let shareable = match shareable.as_deref() {
        None | Some("false") => false,
        // The desk needs the customer's consent, which a mark set later names.
        Some("true") if !outside => return Err(Problem::fault("/shareable_with_vendor", "not_allowed_here")),
        Some("true") => true,
        Some(_) => return Err(Problem::fault("/shareable_with_vendor", "wrong_type")),
    };
    let (kept, name, media_type) = kept.ok_or_else(|| Problem::fault("/file", "required"))?;
    Ok(Sent { kept, name, media_type, role: role.transpose()?.unwrap_or(AttachmentRole::Other), shareable })
}

async fn receive_file(app: &App, file: &FileName, limit: u64, part: Part) -> Result<(Kept, String, String)> {
    let name = display_name(&part.file_name().unwrap_or_default())?;
    let media_type = media_type(part.media_type());
    Ok((app.files().put(file, limit, part.content()).await?, name, media_type))
}

impl Sent {
    /// What makes two uploads the same call.
    fn fingerprint(&self) -> Vec<u8> {
        let told = json!([self.name, self.media_type, self.role.as_str(), self.shareable]).to_string();
        [self.kept.sha256.as_slice(), told.as_bytes()].concat()
    }
}

/// Writes the row, now that its bytes are there to stay.
async fn write(app: &App, claim: Claim, id: InquiryId, key: Key, sent: Sent) -> Result<Reply> {
    let (key, desk) = (key.over(&sent.fingerprint()), app.config().desk_contact());
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &claim, now)?;
        let held = inquiries::hold(tx, &actor, now, id)?;
        tx.once()?;
        check_entrusted(&held, actor.reseller, actor.kind)?;
        held.serves(tx, &actor, &desk)?;
        held.situation(&actor).may(Action::PostMessage)?;
        check_room(tx, &held)?;
        files::store::keep(tx, &sent.kept.name)?;
        let row = Row {
            id: tx.new_id(),
            inquiry_id: id,
            name: sent.name,
            media_type: sent.media_type,
            role: sent.role,
            size: i64::try_from(sent.kept.size).map_err(Problem::bug)?,
            sha256: sent.kept.sha256,
            file: Some(sent.kept.name.as_str().to_owned()),
            shareable_with_vendor: sent.shareable,
            consent: None,
            author_kind: actor.kind,
            author_id: Id::new(actor.id),
            version: 1,
            added_at: now,
            erased_at: None,
        };
        store::insert(tx, &row)?;
        let data = json!({ "attachment": row.id, "role": row.role.as_str(), "size": row.size });
        let event = NewEvent::by(&actor, EventType::InquiryFileAdded, Subject::new("inquiry", id), data)
            .on(held.row.contract_id, feed(&held, row.author_kind));
        let location = format!("/v1/inquiries/{id}/attachments/{}", row.id);
        let view = AttachmentView::of(row, !actor.is_outside());
        Ok(Change::new(Reply::created(&location, &view)?.tagged(held.row.version), event))
    })
    .await
}
