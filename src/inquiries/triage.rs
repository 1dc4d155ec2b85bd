//! `PATCH /v1/inquiries/{id}`: what the desk notes for itself, and who takes it.

use actix_web::patch;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;

use super::InquiryId;
use super::model::{Act, code_or_null, id_or_null, unknown_reference};
use super::store::{self, Held, Triage};
use super::view::InquiryView;
use crate::accounts::StaffId;
use crate::app::{App, Tx};
use crate::auth::claim::{Caller, Gate, Privilege};
use crate::auth::proof::{Actor, prove};
use crate::db::types::Doc;
use crate::events::model::{Change, NewEvent, Subject};
use crate::http::text::{Day, ShortCode, Tag};
use crate::http::{IfMatch, Key, MergePatch, Patch, Path, Problem, Refusal, Reply, RequiredIfMatchParam, Result};
use crate::terms::codes::{Action, EventType, Priority, Scope};

/// Notes triage facts.
pub struct Triages;
impl Privilege for Triages {
    const GATE: Gate = Gate::shut().agent().robot(Scope::TriageWrite);
}

/// What the desk notes for itself. Absent stays, null is taken away.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TriageInquiry {
    /// Who has it: somebody active at the desk. Naming somebody takes the inquiry up.
    #[serde(default)]
    #[schema(value_type = Option<StaffId>)]
    pub assignee: Patch<StaffId>,
    /// The desk's own order of work.
    #[serde(default)]
    #[schema(value_type = Option<Priority>)]
    pub priority: Patch<Priority>,
    /// The desk's own word for what it is about.
    #[serde(default)]
    #[schema(value_type = Option<ShortCode>)]
    pub category: Patch<ShortCode>,
    /// The desk's own tags: up to 20, all of them.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Tag>>, max_items = 20)]
    pub tags: Patch<Vec<Tag>>,
    /// When the desk looks again.
    #[serde(default)]
    #[schema(value_type = Option<Day>)]
    pub follow_up_on: Patch<Day>,
}

impl TriageInquiry {
    /// The facts after the patch. Tags are a set: a repeated one is 422.
    fn over(self, before: &Triage) -> Result<Triage> {
        let tags = match self.tags {
            Patch::Absent => before.tags.0.clone(),
            Patch::Null => Vec::new(),
            Patch::Value(tags) if tags.len() > 20 => {
                let fault = crate::http::Fault::at("/tags", "too_many").with("max", 20);
                return Err(Problem::faults(vec![fault]));
            }
            Patch::Value(tags) => tags.iter().map(ToString::to_string).collect(),
        };
        let mut sorted = tags.clone();
        sorted.sort();
        sorted.dedup();
        if sorted.len() != tags.len() {
            return Err(Problem::fault("/tags", "duplicate_item"));
        }
        Ok(Triage {
            assignee: self.assignee.over(before.assignee),
            priority: self.priority.over(before.priority),
            category: match self.category {
                Patch::Absent => before.category.clone(),
                Patch::Null => None,
                Patch::Value(category) => Some(category.to_string()),
            },
            tags: Doc(tags),
            follow_up_on: self.follow_up_on.over(before.follow_up_on.map(Day::from)).map(Day::date),
        })
    }
}

/// Triage an inquiry
///
/// Internal facts only: nobody outside the desk ever sees them. Naming an assignee takes the
/// inquiry up: from `received` it goes to `in_progress`. An empty patch changes nothing.
#[utoipa::path(
    tag = "inquiries",
    params(("id" = InquiryId, Path, description = "The inquiry."), RequiredIfMatchParam),
    request_body(content = TriageInquiry, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "The inquiry", body = InquiryView),
        (status = 409, description = "`inquiry_closed` `state_conflict`", body = crate::http::ProblemView, content_type = "application/problem+json"),
    ),
    security(("staff" = []), ("client" = ["triage:write"]))
)]
#[patch("/inquiries/{id}")]
pub async fn triage_inquiry(
    app: App,
    caller: Caller<Triages>,
    Path(id): Path<InquiryId>,
    expected: IfMatch,
    MergePatch(patch): MergePatch<TriageInquiry>,
) -> Result<Reply> {
    let expected = expected.required()?;
    app.write(Key::none(), move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        let held = store::hold(tx, &actor, now, id)?;
        expected.holds(held.row.version)?;
        let change = note(tx, &actor, &held, patch)?;
        let seen = store::find(tx, &caller, now, id)?.ok_or(Refusal::NotFound)?;
        let view = InquiryView::of(seen, &caller).ok_or(Refusal::NotFound)?;
        change.map(|version| Ok(Reply::ok(&view)?.tagged(version)))
    })
    .await
}

/// What the desk notes on an inquiry that is held, and the inquiry's version then; a batch comes
/// here too.
pub fn note(tx: &mut Tx<'_>, actor: &Actor, held: &Held, patch: TriageInquiry) -> Result<Change<i32>> {
    let (now, id) = (tx.now, held.row.id);
    let before = &held.row.triage;
    let after = patch.over(before)?;
    if after == *before {
        return Ok(Change::silent(held.row.version, "an empty patch changes nothing"));
    }
    held.situation(actor).may(Action::Take)?;
    let newly_assigned = after.assignee.filter(|_| after.assignee != before.assignee);
    if let Some(person) = newly_assigned
        && !store::is_active_staff(tx, person)?
    {
        return Err(unknown_reference("/assignee"));
    }
    let life = held.row.life();
    let life = if newly_assigned.is_some() { life.after(Act::Take) } else { life };
    let version = store::advance(tx, &held.row, life, now, false)?;
    store::set_triage(tx, &held.row, &after)?;
    let data = json!({
        "assignee": id_or_null(after.assignee), "priority": code_or_null(after.priority),
        "follow_up_on": after.follow_up_on.map(Day::from), "state": life.state(),
    });
    let event = NewEvent::by(actor, EventType::InquiryTriaged, Subject::new("inquiry", id), data);
    Ok(Change::new(version, event.on(held.row.contract_id, None)))
}
