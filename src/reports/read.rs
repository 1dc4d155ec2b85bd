//! `GET /v1/reports/monthly`: what was received, completed, revoked and redirected, and how long it
//! took. Each number stands beside the call that lists what it counts.

use std::collections::HashMap;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::ACCEPT;
use actix_web::{FromRequest, HttpRequest, get};
use serde::Deserialize;
use utoipa::IntoParams;

use super::model::{Minutes, Month};
use super::store::{self, Decided, Received, Seeing};
use super::view::{MonthlyReport, ReportCount, ReportTable, ReportTime};
use crate::app::App;
use crate::auth::claim::{Caller, Claim, Gate, Header, Privilege};
use crate::auth::proof::prove;
use crate::calendar;
use crate::calendar::elapsed::Elapsed;
use crate::db::Connection;
use crate::db::types::Instant;
use crate::http::{Problem, Query, Reply, Result, Spoken};
use crate::inquiries::InquiryId;
use crate::terms::codes::{Channel, ClosureCode, Code, Kind, Language, ReportMeasure, Scope, State, Topic};

/// Reads reports: the desk and its scripts of everything, a partner of its own contracts.
pub struct ReadsReports;
impl Privilege for ReadsReports {
    const GATE: Gate = Gate::shut().partner(Scope::ReportsRead, Header::Optional).agent().robot(Scope::ReportsRead);
}

/// Which month is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReportQuery {
    /// The month in Japan's calendar, from 2000-01 to 9998-12.
    #[param(value_type = String, min_length = 7, max_length = 7, pattern = "^[0-9]{4}-(0[1-9]|1[0-2])$", example = "2026-11")]
    month: Month,
}

/// Whether the caller asks for a table rather than JSON.
#[derive(Clone, Copy, Debug)]
pub struct WantsTable(bool);

impl FromRequest for WantsTable {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let lists = request.headers().get_all(ACCEPT).filter_map(|value| value.to_str().ok());
        let named = lists.flat_map(|list| list.split(',')).map(|range| range.split(';').next().unwrap_or(range).trim());
        let first = named.filter(|name| ["text/csv", "application/json"].contains(name)).take(1).collect::<String>();
        ready(Ok(Self(first == "text/csv")))
    }
}

/// Read the monthly report
///
/// What the month came to, in Japan's calendar. Inquiries count by when they were received, topics
/// by when they were redirected, completions by when they were judged, those that were revoked
/// apart. What goes on in another inquiry is no completion. Each number has as many items as the
/// list of its `href`. Business times are results, not promises. A partner's report counts what it
/// may list, without overrides, redirections and times. `Accept: text/csv` gives a table.
#[utoipa::path(
    tag = "reports",
    params(ReportQuery, ("Support-Id" = Option<String>, Header, nullable = false, max_length = 100, description = "Narrows a partner's report to one contract.")),
    responses((status = 200, description = "The month's numbers", content((MonthlyReport = "application/json"), (ReportTable = "text/csv")))),
    security(("staff" = []), ("client" = ["reports:read"]))
)]
#[get("/reports/monthly")]
pub async fn get_monthly_report(
    app: App,
    caller: Caller<ReadsReports>,
    spoken: Spoken,
    WantsTable(table): WantsTable,
    Query(query): Query<ReportQuery>,
) -> Result<Reply> {
    let (now, claim, month) = (app.now(), (*caller).clone(), query.month);
    let report = app.read(move |db| report(db, &claim, now, month, spoken.0)).await?;
    match table {
        true => Ok(Reply::csv(report.table(spoken.0))),
        false => Ok(Reply::ok(&report)?.by_accept()),
    }
}

fn report(db: &mut Connection, claim: &Claim, now: Instant, month: Month, language: Language) -> Result<MonthlyReport> {
    prove(db, claim, now)?;
    let desk = !claim.is_outside();
    let received = store::received(db, claim, now, month, Seeing::Something)?;
    let sorted = match desk {
        true => received.clone(),
        false => store::received(db, claim, now, month, Seeing::Kinds)?,
    };
    let decided = store::decided(db, claim, now, month)?;
    let lines = Lines { month, language };
    let mut counts = lines.received(&received, &sorted, desk);
    let mut products: Vec<_> = received.iter().map(|sort| sort.product).collect();
    products.sort_unstable();
    products.dedup();
    for (id, code) in store::product_codes(db, &products)? {
        let of = sum(&received, |sort| sort.product == id);
        let query = format!("&product={id}");
        let line = lines.inquiries(ReportMeasure::OpenedByProduct, of, &query);
        counts.push(ReportCount { key: Some(id.to_string()), label: Some(code), ..line });
    }
    counts.extend(lines.decided(&decided));
    if !desk {
        return Ok(MonthlyReport::new(month, counts, Vec::new()));
    }
    counts.extend(lines.redirected(&store::redirected(db, month)?));
    let opened = sum(&received, |_| true);
    let answers = store::answers(db, month)?;
    let times = lines.times(&calendar::store::load(db)?, opened, &answers, &decided);
    Ok(MonthlyReport::new(month, counts, times))
}

fn sum(received: &[Received], of: impl Fn(&Received) -> bool) -> i64 {
    received.iter().filter(|sort| of(sort)).map(|sort| sort.count).sum()
}

/// Makes the lines of one month.
struct Lines {
    month: Month,
    language: Language,
}

impl Lines {
    fn line(&self, measure: ReportMeasure, count: i64, list: &str, from: &str, to: &str, more: &str) -> ReportCount {
        let (begins, ends) = (self.month.begins(), self.month.ends());
        let href = format!("{list}?{from}={begins}&{to}={ends}{more}");
        ReportCount { measure, key: None, label: None, count, href }
    }

    fn inquiries(&self, measure: ReportMeasure, count: i64, more: &str) -> ReportCount {
        self.line(measure, count, "/v1/inquiries", "opened_after", "opened_before", more)
    }

    fn decisions(&self, measure: ReportMeasure, count: i64, more: &str) -> ReportCount {
        self.line(measure, count, "/v1/closure-decisions", "decided_after", "decided_before", more)
    }

    /// The line of one code of a set.
    fn sorted(&self, code: impl Code, line: ReportCount) -> ReportCount {
        let label = code.label(self.language).to_owned();
        ReportCount { key: Some(code.as_str().to_owned()), label: Some(label), ..line }
    }

    fn received(&self, all: &[Received], sorted: &[Received], desk: bool) -> Vec<ReportCount> {
        use ReportMeasure as M;
        let mut lines = vec![self.inquiries(M::Opened, sum(all, |_| true), "")];
        for &kind in Kind::ALL {
            let count = sum(sorted, |sort| sort.kind == kind);
            let query = format!("&kind={kind}");
            lines.push(self.sorted(kind, self.inquiries(M::OpenedByKind, count, &query)));
        }
        for &channel in Channel::ALL {
            let count = sum(sorted, |sort| sort.channel == channel);
            let query = format!("&channel={channel}");
            lines.push(self.sorted(channel, self.inquiries(M::OpenedByChannel, count, &query)));
        }
        if desk {
            lines.push(self.inquiries(M::OpenedByOverride, sum(all, |sort| sort.overridden), "&override=true"));
        }
        let superseded = sum(all, |sort| sort.state == State::Superseded);
        lines.push(self.inquiries(M::Superseded, superseded, "&state=superseded"));
        lines
    }

    fn decided(&self, all: &[Decided]) -> Vec<ReportCount> {
        use ReportMeasure as M;
        let count =
            |of: &dyn Fn(&Decided) -> bool| i64::try_from(all.iter().filter(|one| of(one)).count()).unwrap_or(0);
        let in_effect = |one: &Decided| one.revoked_at.is_none();
        let mut lines = vec![self.decisions(M::Completed, count(&in_effect), "&revoked=false")];
        for &code in ClosureCode::ALL {
            let of = count(&|one| in_effect(one) && one.code == code);
            let query = format!("&revoked=false&code={code}");
            lines.push(self.sorted(code, self.decisions(M::CompletedByCode, of, &query)));
        }
        lines.push(self.decisions(M::CompletionRevoked, count(&|one| !in_effect(one)), "&revoked=true"));
        lines
    }

    fn redirected(&self, all: &[(Topic, i64)]) -> Vec<ReportCount> {
        let line = |&topic: &Topic| {
            let count = all.iter().filter(|(one, _)| *one == topic).map(|(_, count)| count).sum();
            let query = format!("&topic={topic}");
            let (list, from, to) = ("/v1/redirections", "recorded_after", "recorded_before");
            self.sorted(topic, self.line(ReportMeasure::RedirectedByTopic, count, list, from, to, &query))
        };
        Topic::ALL.iter().map(line).collect()
    }

    fn times(
        &self,
        calendar: &calendar::model::Calendar,
        opened: i64,
        answers: &[(InquiryId, Instant, Instant)],
        decided: &[Decided],
    ) -> Vec<ReportTime> {
        let mut first: HashMap<InquiryId, (Instant, Instant)> = HashMap::new();
        for (inquiry, received, answered) in answers {
            first.entry(*inquiry).or_insert((*received, *answered));
        }
        let first: Vec<(Instant, Instant)> = first.into_values().collect();
        let in_effect = decided.iter().filter(|one| one.revoked_at.is_none());
        let completed: Vec<(Instant, Instant)> = in_effect.map(|one| (one.received_at, one.decided_at)).collect();
        let completions = i64::try_from(completed.len()).unwrap_or(i64::MAX);
        let by = [
            (ReportMeasure::FirstAnswer, opened, self.inquiries(ReportMeasure::FirstAnswer, opened, ""), first),
            (
                ReportMeasure::Completion,
                completions,
                self.decisions(ReportMeasure::Completion, completions, "&revoked=false"),
                completed,
            ),
        ];
        by.map(|(measure, count, line, spans)| ReportTime::of(measure, count, &minutes(calendar, &spans), line.href))
            .into()
    }
}

/// The business minutes of each span; the days that they cover are gone through once for all.
fn minutes(calendar: &calendar::model::Calendar, spans: &[(Instant, Instant)]) -> Minutes {
    let (Some(from), Some(to)) = (spans.iter().map(|span| span.0).min(), spans.iter().map(|span| span.1).max()) else {
        return Minutes::default();
    };
    let elapsed = Elapsed::over(calendar, from.to_datetime(), to.to_datetime());
    Minutes::of(spans.iter().map(|(from, to)| elapsed.minutes(from.to_datetime(), to.to_datetime())).collect())
}
