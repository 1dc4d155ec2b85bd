//! `POST /v1/triage/batches`: up to a hundred acts in one call and one transaction. Each is the very
//! act of the single call, with its guards and its problems.

use std::collections::HashMap;

use actix_web::{HttpRequest, post};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::app::{App, Tx};
use crate::auth::claim::{Bearer, Caller, Claim, Gate, Privilege};
use crate::auth::proof::{Actor, prove};
use crate::closures::judge::{JudgeClosure, JudgesClosures, close};
use crate::closures::revoke::{RevokeClosure, RevokesClosures, revoke};
use crate::contracts::model::Contact;
use crate::db::dialect::Savepoint;
use crate::escalations::escalate::{EscalateInquiry, Escalates, escalate};
use crate::escalations::record_answer::{RecordVendorAnswer, record};
use crate::escalations::{EscalationId, store as escalations};
use crate::events::model::Change;
use crate::http::front::Arrival;
use crate::http::problem::Reader;
use crate::http::text::EntityTag;
use crate::http::{IfMatch, Json, Key, KeyParam, Members, Problem, ProblemView, Refusal, Reply, Result};
use crate::inquiries::ask::{AsksCustomers, RequestInformation, ask};
use crate::inquiries::ask_to_resubmit::{RequestWebResubmission, ask_to_resubmit};
use crate::inquiries::correct_contract::{CorrectContract, CorrectsContracts, correct};
use crate::inquiries::log_step::{LogInvestigationStep, LogsSteps, log_step};
use crate::inquiries::note::{WriteNote, WritesNotes, write};
use crate::inquiries::post_message::{PostMessage, PostsMessages, post};
use crate::inquiries::reclassify::{Reclassifies, ReclassifyInquiry, reclassify};
use crate::inquiries::store::{self as inquiries, Held};
use crate::inquiries::supersede::{SupersedeInquiry, Supersedes, go_on};
use crate::inquiries::triage::{TriageInquiry, Triages, note};
use crate::inquiries::withdraw_request::withdraw;
use crate::inquiries::{InformationRequestId, InquiryId};
use crate::terms::codes::{BatchCommand, BatchMode, Scope};

/// Runs batches. What each command needs is asked at the command.
pub struct RunsBatches;
impl Privilege for RunsBatches {
    const GATE: Gate = Gate::shut().agent().robot(Scope::TriageWrite);
}

/// A batch.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RunTriageBatch {
    /// All commands or none, or each for itself.
    pub mode: BatchMode,
    /// True to learn what would come of it: nothing is changed and no event tells of it.
    #[serde(default)]
    #[schema(default = false)]
    pub dry_run: bool,
    /// The commands: 1 to 100, carried out in their order.
    #[schema(min_items = 1, max_items = 100)]
    #[validate(length(min = 1, max = 100))]
    pub commands: Vec<TriageCommand>,
}

/// A command of a batch.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TriageCommand {
    /// What is done.
    pub command: BatchCommand,
    /// On which inquiry.
    pub inquiry_id: InquiryId,
    /// As the header `If-Match` of the single call: demanded where that demands it (`patch`,
    /// `reclassify`, `correct_contract`, `supersede`, `close`, `revoke_closure`), compared wherever it is given. A command sees what
    /// the ones before it did.
    #[serde(default)]
    #[schema(nullable = false)]
    pub if_match: Option<EntityTag>,
    /// The body of the single call: `TriageInquiry` for `patch`, `LogInvestigationStep`,
    /// `PostMessage`, `RequestInformation`, `RequestWebResubmission`, `EscalateInquiry`,
    /// `ReclassifyInquiry`, `CorrectContract`, `SupersedeInquiry`, `JudgeClosure`, `RevokeClosure`;
    /// for `withdraw_request` an object with the `request_id`, for `record_vendor_answer`
    /// `RecordVendorAnswer` with the `escalation_id` beside it.
    #[serde(default)]
    #[schema(nullable = false)]
    pub body: Option<Members>,
}

/// Which request is withdrawn: the single call names it in its path.
#[derive(Clone, Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct WithdrawRequest {
    request_id: InformationRequestId,
}

/// Which escalation is answered: the single call names it in its path.
#[derive(Clone, Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Escalated {
    escalation_id: EscalationId,
}

impl TriageCommand {
    /// The inquiries that it holds: its own, and the one in which that goes on.
    fn inquiries(&self) -> impl Iterator<Item = InquiryId> {
        let supersedes = self.command == BatchCommand::Supersede;
        let request = self.body.as_ref().filter(|_| supersedes).map(Members::read::<SupersedeInquiry>);
        let successor = request.and_then(Result::ok).map(|request| request.superseded_by);
        [self.inquiry_id].into_iter().chain(successor)
    }
}

/// What came of a command.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TriageBatchItem)]
pub struct BatchItem {
    /// The command's place in the batch, from 0.
    #[schema(minimum = 0, maximum = 99)]
    pub index: usize,
    /// The status that the single call would have been answered with; 424 without a problem when
    /// it was not carried out because another command of an atomic batch was refused.
    #[schema(minimum = 200, maximum = 599, example = 201)]
    pub status: u16,
    /// The problem of the single call. Its pointers begin in the command's `body`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub problem: Option<ProblemView>,
    /// The inquiry's new entity tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 100, example = "\"4-jWx1yJm0m2U\"")]
    pub etag: Option<String>,
}

/// What came of a batch.
#[derive(Debug, Serialize, ToSchema)]
pub struct TriageBatchResult {
    /// One item for each command, in their order.
    #[schema(max_items = 100)]
    pub items: Vec<BatchItem>,
}

/// Run a batch of commands
///
/// Each command is the single call of its name: the caller needs for it what that call needs, the
/// guards are the same, and so are the problems. `atomic`: the first refusal undoes everything.
/// `independent`: what is refused is left out. With an `Idempotency-Key` a batch that was cut off
/// can be sent again: what was done is answered, not done twice. A batch that changed nothing, as
/// an atomic one that was refused or a `dry_run`, is not kept for its key. `post_message` and
/// `close` need the key, as the single calls do.
#[utoipa::path(
    tag = "triage",
    params(KeyParam),
    request_body = RunTriageBatch,
    responses((status = 200, description = "What came of each command", body = TriageBatchResult)),
    security(("staff" = []), ("client" = ["triage:write"]))
)]
#[post("/triage/batches")]
pub async fn run_triage_batch(
    app: App,
    caller: Caller<RunsBatches>,
    bearer: Bearer,
    told: Told,
    key: Key,
    Json(batch): Json<RunTriageBatch>,
) -> Result<Reply> {
    let keyed = key.is_some() || batch.dry_run;
    let desk = app.config().desk_contact();
    app.write(key, move |tx| {
        let now = tx.now;
        let actor = prove(tx, &caller, now)?;
        tx.once()?;
        let mut ids: Vec<InquiryId> = batch.commands.iter().flat_map(TriageCommand::inquiries).collect();
        ids.sort_unstable();
        ids.dedup();
        let held = inquiries::hold_all(tx, &actor, now, &ids)?;
        let held = held.into_iter().map(|held| (held.row.id, held)).collect();
        Run { bearer, keyed, desk, proven: vec![((*caller).clone(), actor)], held }.all(tx, &batch, &told)
    })
    .await
}

/// A batch on its way: who was proven for what, and the inquiries as they stand.
struct Run {
    bearer: Bearer,
    keyed: bool,
    desk: Contact,
    proven: Vec<(Claim, Actor)>,
    held: HashMap<InquiryId, Held>,
}

impl Run {
    fn all(mut self, tx: &mut Tx<'_>, batch: &RunTriageBatch, told: &Told) -> Result<Change<Reply>> {
        let atomic = batch.mode == BatchMode::Atomic;
        let mut whole = Change::silent((), "what the commands tell");
        let (mut items, mut refused) = (Vec::new(), false);
        if atomic || batch.dry_run {
            Savepoint::Batch.set(tx)?;
        }
        if !atomic {
            Savepoint::Command.set(tx)?;
        }
        for (index, command) in batch.commands.iter().enumerate() {
            match self.one(tx, command) {
                Ok(change) => {
                    let reply = whole.absorb(change);
                    let etag = reply.etag().filter(|_| !batch.dry_run).map(str::to_owned);
                    items.push(BatchItem { index, status: reply.status().as_u16(), problem: None, etag });
                    if !atomic {
                        Savepoint::Command.renew(tx)?;
                    }
                }
                // What is no refusal of the command's is the whole call's.
                Err(problem) if problem.refusal().status().is_server_error() => return Err(problem),
                Err(problem) => {
                    refused = true;
                    let status = problem.refusal().status().as_u16();
                    items.push(BatchItem { index, status, problem: Some(told.view(&problem)), etag: None });
                    if atomic {
                        break;
                    }
                    Savepoint::Command.go_back(tx)?;
                }
            }
        }
        let undone = atomic && refused;
        if undone {
            items = others_not_carried_out(items, batch.commands.len());
        }
        if undone || batch.dry_run {
            Savepoint::Batch.go_back(tx)?;
            tx.leave_unkept();
            whole = Change::silent((), "nothing was changed");
        }
        whole.map(|()| Reply::ok(&TriageBatchResult { items }))
    }

    fn one(&mut self, tx: &mut Tx<'_>, command: &TriageCommand) -> Result<Change<Reply>> {
        use BatchCommand as C;
        match command.command {
            C::Patch => self.act::<Triages, TriageInquiry>(tx, command, true, |tx, actor, held, patch| {
                note(tx, actor, held, patch)?.map(|version| Ok(Reply::ok(&())?.tagged(version)))
            }),
            C::Note => self.act::<WritesNotes, WriteNote>(tx, command, false, write),
            C::LogStep => self.act::<LogsSteps, LogInvestigationStep>(tx, command, false, log_step),
            C::PostMessage => {
                self.needs_key()?;
                let shaped = |_: &Actor, message: &PostMessage| message.check_shape(false);
                self.act_if::<PostsMessages, PostMessage>(tx, command, false, shaped, |tx, actor, held, message| {
                    post(tx, actor, held, &message)
                })
            }
            C::RequestInformation => self.act::<AsksCustomers, RequestInformation>(tx, command, false, ask),
            C::WithdrawRequest => {
                self.act::<AsksCustomers, WithdrawRequest>(tx, command, false, |tx, actor, held, named| {
                    withdraw(tx, actor, held, named.request_id)
                })
            }
            C::RequestWebResubmission => {
                self.act::<AsksCustomers, RequestWebResubmission>(tx, command, false, |tx, actor, held, request| {
                    ask_to_resubmit(tx, actor, held, &request)
                })
            }
            C::Escalate => self.act::<Escalates, EscalateInquiry>(tx, command, false, escalate),
            C::RecordVendorAnswer => self.vendor_answer(tx, command),
            C::Reclassify => self.act::<Reclassifies, ReclassifyInquiry>(tx, command, true, reclassify),
            C::CorrectContract => self.correction(tx, command),
            C::Supersede => self.act::<Supersedes, SupersedeInquiry>(tx, command, true, go_on),
            C::Close => {
                self.needs_key()?;
                self.act::<JudgesClosures, JudgeClosure>(tx, command, true, close)
            }
            C::RevokeClosure => {
                self.act::<RevokesClosures, RevokeClosure>(tx, command, true, |tx, actor, held, request| {
                    let decision = held.row.standing.closure_id.ok_or_else(|| held.situation(actor).conflict())?;
                    revoke(tx, actor, held, decision, request)
                })
            }
        }
    }

    fn vendor_answer(&mut self, tx: &mut Tx<'_>, command: &TriageCommand) -> Result<Change<Reply>> {
        let (named, answer) = command.body.clone().unwrap_or_default().split("escalation_id");
        let command = TriageCommand { body: Some(answer), ..command.clone() };
        self.act::<Escalates, RecordVendorAnswer>(tx, &command, false, |tx, actor, held, answer| {
            let named: Escalated = named.read()?;
            let asked = escalations::find(tx, held.row.id, named.escalation_id)?.ok_or(Refusal::NotFound)?;
            record(tx, actor, held, &asked, answer)
        })
    }

    fn correction(&mut self, tx: &mut Tx<'_>, command: &TriageCommand) -> Result<Change<Reply>> {
        self.held.clear(); // phone inquiries that follow it move with it
        let desk = self.desk.clone();
        let may = |actor: &Actor, request: &CorrectContract| {
            request.check_shape()?;
            request.check_overrides(actor)
        };
        self.act_if::<CorrectsContracts, CorrectContract>(tx, command, true, may, |tx, actor, held, request| {
            correct(tx, actor, held, request, &desk)
        })
    }

    /// One command, judged in the order of the single call.
    fn act<P: Privilege, B: DeserializeOwned + Validate>(
        &mut self,
        tx: &mut Tx<'_>,
        command: &TriageCommand,
        guarded: bool,
        work: impl FnOnce(&mut Tx<'_>, &Actor, &Held, B) -> Result<Change<Reply>>,
    ) -> Result<Change<Reply>> {
        self.act_if::<P, B>(tx, command, guarded, |_, _| Ok(()), work)
    }

    /// The same with what is asked of the body before the inquiry is looked at.
    fn act_if<P: Privilege, B: DeserializeOwned + Validate>(
        &mut self,
        tx: &mut Tx<'_>,
        command: &TriageCommand,
        guarded: bool,
        may: impl FnOnce(&Actor, &B) -> Result<()>,
        work: impl FnOnce(&mut Tx<'_>, &Actor, &Held, B) -> Result<Change<Reply>>,
    ) -> Result<Change<Reply>> {
        let claim = self.bearer.claim::<P>()?;
        let expected = IfMatch::parse(command.if_match.as_deref())?;
        let body: B = command.body.clone().unwrap_or_default().read()?;
        let expected = if guarded { expected.required()? } else { expected };
        let actor = self.actor(tx, claim)?;
        may(&actor, &body)?;
        let (now, id) = (tx.now, command.inquiry_id);
        let held = match self.held.remove(&id) {
            Some(held) => held,
            None => inquiries::hold(tx, &actor, now, id)?,
        };
        expected.holds(held.row.version)?;
        work(tx, &actor, &held, body)
    }

    /// The caller, proven for what this command needs.
    fn actor(&mut self, tx: &mut Tx<'_>, claim: Claim) -> Result<Actor> {
        if let Some((_, actor)) = self.proven.iter().find(|(known, _)| *known == claim) {
            return Ok(actor.clone());
        }
        let now = tx.now;
        let actor = prove(tx, &claim, now)?;
        self.proven.push((claim, actor.clone()));
        Ok(actor)
    }

    fn needs_key(&self) -> Result<()> {
        if self.keyed { Ok(()) } else { Err(Refusal::IdempotencyKeyRequired.into()) }
    }
}

/// The items of an atomic batch that was refused: of the one command its problem, of all others
/// that they were not carried out.
fn others_not_carried_out(items: Vec<BatchItem>, commands: usize) -> Vec<BatchItem> {
    let refused = items.into_iter().find(|item| item.problem.is_some());
    let not_carried_out = |index| BatchItem { index, status: 424, problem: None, etag: None };
    let mut all: Vec<BatchItem> = (0..commands).map(not_carried_out).collect();
    if let Some(refused) = refused
        && let Some(place) = all.get_mut(refused.index)
    {
        *place = refused;
    }
    all
}

/// How problems are told in the items: as to the reader of the whole.
#[derive(Clone, Debug)]
pub struct Told {
    arrival: Arrival,
    path: String,
}

impl Told {
    fn view(&self, problem: &Problem) -> ProblemView {
        problem.view(&Reader {
            language: self.arrival.language,
            register: self.arrival.register,
            instance: &self.path,
            request_id: &self.arrival.request_id,
        })
    }
}

impl actix_web::FromRequest for Told {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut actix_web::dev::Payload) -> Self::Future {
        let arrival = Arrival::from_request(request, payload).into_inner();
        std::future::ready(arrival.map(|arrival| Self { arrival, path: request.path().to_owned() }))
    }
}
