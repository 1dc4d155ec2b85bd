//! `application/octet-stream`: the bytes of one file as they arrive.

use std::future::{Ready, ready};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::web::{Bytes, Data};
use actix_web::{FromRequest, HttpRequest};
use futures_util::{Stream, StreamExt, stream};

use crate::app::App;
use crate::http::json::expect_media;
use crate::http::{Problem, Result};

/// The media type of bare bytes.
pub const OCTETS: &str = "application/octet-stream";
/// How long the next bytes may take to arrive.
const IDLE: Duration = Duration::from_secs(30);

/// A file on its way in.
pub struct Raw {
    payload: Payload,
    limit: u64,
}

impl FromRequest for Raw {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let app = request.app_data::<Data<App>>().ok_or_else(|| Problem::bug("the application is not set up"));
        ready(app.and_then(|app| {
            expect_media(request, OCTETS)?;
            Ok(Self { payload: payload.take(), limit: app.config().attachment_limit })
        }))
    }
}

impl Raw {
    /// The most bytes that it may have.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// The bytes as they arrive.
    pub fn content(self) -> impl Stream<Item = Result<Bytes>> + Unpin {
        Box::pin(stream::try_unfold(self.payload, |mut payload| async move {
            match tokio::time::timeout(IDLE, payload.next()).await {
                Err(_) => Err(Problem::unavailable("the body did not arrive in time")),
                Ok(None) => Ok(None),
                Ok(Some(Ok(chunk))) => Ok(Some((chunk, payload))),
                Ok(Some(Err(error))) => Err(Problem::unavailable(error.to_string())),
            }
        }))
    }
}
