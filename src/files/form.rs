//! `multipart/form-data`, part by part as it arrives: nothing of it is held.

use std::future::{Ready, ready};
use std::time::Duration;

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::web::{Bytes, Data};
use actix_web::{FromRequest, HttpRequest};
use futures_util::{Stream, StreamExt, stream};

use crate::app::App;
use crate::http::front::{BESIDE_THE_FILE, too_large};
use crate::http::json::expect_media;
use crate::http::{Problem, Result};

/// The media type of a form with files.
pub const FORM: &str = "multipart/form-data";
/// How long the next bytes may take to arrive.
const IDLE: Duration = Duration::from_secs(30);

/// A form on its way in. No more than the limit is ever read of it.
pub struct Form {
    parts: Multipart,
    limit: u64,
}

/// A part of a form.
pub struct Part {
    field: Field,
    limit: u64,
}

impl FromRequest for Form {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(read(request, payload))
    }
}

fn read(request: &HttpRequest, payload: &mut Payload) -> Result<Form> {
    let app = request.app_data::<Data<App>>().ok_or_else(|| Problem::bug("the application is not set up"))?;
    expect_media(request, FORM)?;
    let limit = app.config().attachment_limit;
    let most = limit.saturating_add(BESIDE_THE_FILE);
    let bounded = payload.take().scan(0_u64, move |read, chunk| {
        *read = read.saturating_add(chunk.as_ref().map_or(0, |chunk| chunk.len() as u64));
        std::future::ready(Some(if *read > most { Err(PayloadError::Overflow) } else { chunk }))
    });
    Ok(Form { parts: Multipart::new(request.headers(), bounded), limit })
}

impl Form {
    /// The most bytes that its file may have.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// The next part; none at the end of the form.
    pub async fn next(&mut self) -> Result<Option<Part>> {
        match in_time(self.parts.next()).await? {
            None => Ok(None),
            Some(Ok(field)) => Ok(Some(Part { field, limit: self.limit })),
            Some(Err(error)) => Err(told(error, self.limit)),
        }
    }
}

impl Part {
    /// The name of the part.
    pub fn name(&self) -> &str {
        self.field.name().unwrap_or_default()
    }

    /// What the sender calls the file.
    pub fn file_name(&self) -> Option<String> {
        let disposition = self.field.content_disposition()?;
        let extended = disposition.get_filename_ext().map(|name| String::from_utf8_lossy(&name.value).into_owned());
        extended.or_else(|| disposition.get_filename().map(str::to_owned))
    }

    /// What the sender says that the file is.
    pub fn media_type(&self) -> Option<String> {
        self.field.content_type().map(|media| media.essence_str().to_owned())
    }

    /// The whole of a short part: up to 1,024 bytes of UTF-8, else 422 at the part.
    pub async fn text(mut self) -> Result<String> {
        let pointer = format!("/{}", self.name());
        let mut text = Vec::new();
        while let Some(chunk) = in_time(self.field.next()).await? {
            text.extend_from_slice(&chunk.map_err(|error| told(error, self.limit))?);
            if text.len() > 1024 {
                let fault = crate::http::Fault::at(pointer, "too_long").with("max", 1024);
                return Err(Problem::faults(vec![fault]));
            }
        }
        String::from_utf8(text).map_err(|_| Problem::fault(pointer, "invalid_unicode"))
    }

    /// The bytes of the part as they arrive.
    pub fn content(self) -> impl Stream<Item = Result<Bytes>> + Unpin {
        let Self { field, limit } = self;
        Box::pin(stream::try_unfold(field, move |mut field| async move {
            match in_time(field.next()).await? {
                None => Ok(None),
                Some(Ok(chunk)) => Ok(Some((chunk, field))),
                Some(Err(error)) => Err(told(error, limit)),
            }
        }))
    }
}

async fn in_time<T>(arriving: impl Future<Output = T>) -> Result<T> {
    let waited = tokio::time::timeout(IDLE, arriving).await;
    waited.map_err(|_| Problem::unavailable("the body did not arrive in time"))
}

/// What the parser says of a form, as ours: what is too long is 413, a form that its own header
/// does not fit is 400.
fn told(error: MultipartError, limit: u64) -> Problem {
    match error {
        MultipartError::Payload(PayloadError::Overflow) => too_large(limit),
        error => Problem::header("Content-Type").caused_by(error.to_string()),
    }
}
