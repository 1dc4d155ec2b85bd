//! Answers: a JSON body rendered once, with its entity tag, its place and its language.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH, LINK, LOCATION, VARY,
};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, Responder};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use twox_hash::XxHash3_64;

use super::problem::{Problem, Result};

/// An answer that went well.
#[derive(Clone, Debug)]
pub struct Reply {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

/// An answer as it is kept for a repeated call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The HTTP status.
    pub status: u16,
    /// The headers of the answer itself.
    pub headers: Vec<(String, String)>,
    /// The body, byte for byte.
    pub body: Vec<u8>,
}

impl Reply {
    fn json(status: StatusCode, view: &impl Serialize) -> Result<Self> {
        Self::json_of(2048, status, view) // bytes, as most answers have
    }

    fn json_of(bytes: usize, status: StatusCode, view: &impl Serialize) -> Result<Self> {
        let mut body = Vec::with_capacity(bytes);
        serde_json::to_writer(&mut body, view).map_err(Problem::bug)?;
        let json = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(Self { status, headers: vec![json], body: body.into() })
    }

    /// 200 with a body.
    pub fn ok(view: &impl Serialize) -> Result<Self> {
        Self::json(StatusCode::OK, view)
    }

    /// 200 with a page of so many items.
    pub fn page(view: &impl Serialize, items: usize) -> Result<Self> {
        Self::json_of(items.saturating_add(1).saturating_mul(768), StatusCode::OK, view)
    }

    /// 200 with a table of comma-separated values, where the caller may have JSON as well.
    pub fn csv(table: String) -> Self {
        let csv = (CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
        Self { status: StatusCode::OK, headers: vec![csv], body: table.into() }.by_accept()
    }

    /// Says that the answer differs by `Accept` too.
    #[must_use]
    pub fn by_accept(self) -> Self {
        self.with(VARY, "Accept, Authorization, Accept-Language, Support-Id")
    }

    /// 201 with a body and the path of what was made.
    pub fn created(location: &str, view: &impl Serialize) -> Result<Self> {
        Ok(Self::json(StatusCode::CREATED, view)?.with(LOCATION, location))
    }

    /// 202 with a body.
    pub fn accepted(view: &impl Serialize) -> Result<Self> {
        Self::json(StatusCode::ACCEPTED, view)
    }

    /// 204.
    pub fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, headers: Vec::new(), body: Bytes::new() }
    }

    /// Adds the entity tag `"<version>-<digest of this answer>"`. `If-Match` compares the version
    /// alone, so an act's answer may carry its parent's; the digest tells answers of one version apart
    /// and guards nothing, so it need not be a cryptographic one.
    pub fn tagged(self, version: i32) -> Self {
        let digest = URL_SAFE_NO_PAD.encode(XxHash3_64::oneshot(&self.body).to_be_bytes());
        self.with(ETAG, &format!("\"{version}-{digest}\""))
    }

    /// Adds `Link rel="next"` to a page that goes on.
    pub fn linked_to_next(self, next: Option<String>) -> Self {
        match next {
            Some(url) => self.with(LINK, &format!("<{url}>; rel=\"next\"")),
            None => self,
        }
    }

    /// Forbids every cache to keep it: it holds a secret.
    pub fn secret(self) -> Self {
        self.with(CACHE_CONTROL, "no-store")
    }

    /// Lets every cache keep it for an hour: it is public and changes with the program only.
    pub fn cacheable(self) -> Self {
        self.with(CACHE_CONTROL, "public, max-age=3600")
    }

    /// Adds a header; a value that no header can hold is left out.
    pub fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// The entity tag, if it has one.
    pub fn etag(&self) -> Option<&str> {
        let tag = self.headers.iter().find(|(name, _)| name == ETAG);
        tag.and_then(|(_, value)| value.to_str().ok())
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The body of the answer.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The answer as it is kept for a repeated call.
    pub fn stored(&self) -> Stored {
        let text = |(name, value): &(HeaderName, HeaderValue)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        Stored {
            status: self.status.as_u16(),
            headers: self.headers.iter().map(text).collect(),
            body: self.body.to_vec(),
        }
    }
}

/// What answers differ by.
const VARIES: &str = "Authorization, Accept-Language, Support-Id";

impl Stored {
    /// The same answer once more.
    pub fn response(&self) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = HttpResponse::build(status);
        for (name, value) in &self.headers {
            response.insert_header((name.as_str(), value.as_str()));
        }
        response.insert_header((VARY, VARIES));
        response.insert_header(("idempotent-replayed", "true"));
        response.body(self.body.clone())
    }
}

impl Responder for Reply {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let unchanged = self.status == StatusCode::OK
            && self.etag().is_some_and(|tag| {
                let known = request.headers().get_all(IF_NONE_MATCH).filter_map(|v| v.to_str().ok());
                known.flat_map(|list| list.split(',')).any(|one| {
                    let one = one.trim();
                    one == "*" || one.trim_start_matches("W/") == tag
                })
            });
        let told = self.headers.iter().any(|(name, _)| name == VARY);
        let status = if unchanged { StatusCode::NOT_MODIFIED } else { self.status };
        let mut response = HttpResponse::build(status);
        for header in self.headers {
            if !(unchanged && header.0 == CONTENT_TYPE) {
                response.append_header(header);
            }
        }
        if !told {
            response.insert_header((VARY, VARIES));
        }
        if unchanged { response.finish() } else { response.body(self.body) }
    }
}
