//! `GET /livez` and `GET /readyz`: for whatever starts, stops and routes to the program.

use actix_web::get;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::calendar::model::{COVERED_UNTIL, OFFICIAL_UNTIL};
use crate::calendar::store;
use crate::http::text::Day;
use crate::http::{Problem, Reply, Result};

/// That the program runs.
#[derive(Debug, Serialize, ToSchema)]
pub struct Liveness {
    /// Always `alive`.
    #[schema(max_length = 10, example = "alive")]
    pub status: &'static str,
}

/// That the program can serve.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// Always `ready`; a program that is not answers with a problem.
    #[schema(max_length = 10, example = "ready")]
    pub status: &'static str,
    /// How far the calendar goes.
    pub calendar: CalendarCover,
}

/// How far the calendar goes.
#[derive(Debug, Serialize, ToSchema)]
pub struct CalendarCover {
    /// The last day that it knows.
    pub covered_until: Day,
    /// The last day whose national holidays are official; later ones are reckoned.
    pub official_until: Day,
}

/// Tell that the program runs
///
/// Touches nothing: neither the database nor a file.
#[utoipa::path(
    tag = "service",
    responses((status = 200, description = "It runs", body = Liveness)),
    security(())
)]
#[get("/livez")]
pub async fn get_liveness() -> Result<Reply> {
    Reply::ok(&Liveness { status: "alive" })
}

/// Tell that the program can serve
///
/// The database is reached, has its tables, and the signing keys are loaded. Else 503
/// `unavailable`.
#[utoipa::path(
    tag = "service",
    responses((status = 200, description = "It can serve", body = Readiness)),
    security(())
)]
#[get("/readyz")]
pub async fn get_readiness(app: App) -> Result<Reply> {
    app.read(store::load).await.map_err(|problem| match problem.cause() {
        Some(cause) => Problem::unavailable(cause.to_string()),
        None => problem,
    })?;
    if !app.tokens().ready() {
        return Err(Problem::unavailable("no signing key yet"));
    }
    let calendar = CalendarCover { covered_until: COVERED_UNTIL.into(), official_until: OFFICIAL_UNTIL.into() };
    Reply::ok(&Readiness { status: "ready", calendar })
}
