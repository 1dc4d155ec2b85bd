//! `POST /demo/clock`: sets the clock of a demo, to see what a day brings.

use actix_web::post;
use serde::{Deserialize, Serialize};
use validator::Validate;

use crate::app::App;
use crate::db::types::Instant;
use crate::http::{Json, Refusal, Reply, Result};

/// The time that it shall be; it goes on from there.
#[derive(Debug, Deserialize, Serialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct DemoClock {
    now: Instant,
}

/// Sets the clock; 404 where the clock is the system's.
#[post("/demo/clock")]
pub async fn set_demo_clock(app: App, Json(wanted): Json<DemoClock>) -> Result<Reply> {
    if !app.clock().set(wanted.now) {
        return Err(Refusal::NotFound.into());
    }
    Reply::ok(&DemoClock { now: app.now() })
}
