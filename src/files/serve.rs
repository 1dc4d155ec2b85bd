//! Content as an answer: always as a file to be saved, never as a page; whole or one range of it.

use std::future::{Ready, ready};
use std::ops::Range;

use actix_web::body::SizedStream;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    HeaderName, HeaderValue, IF_NONE_MATCH, IF_RANGE, RANGE, VARY,
};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use utoipa::IntoParams;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{KnownFormat, RefOr, SchemaFormat};

use super::{FileName, Files};
use crate::http::{Problem, Refusal, Result};

/// Whatever the content is, a browser that shows it after all runs nothing of it.
const POLICY: &str = "default-src 'none'; sandbox";

/// A content that a caller may have.
#[derive(Clone, Debug)]
pub struct Content {
    /// Its name in the store.
    pub file: FileName,
    /// The name to save it under.
    pub name: String,
    /// How many bytes it has.
    pub size: u64,
    /// Their SHA-256.
    pub sha256: Vec<u8>,
}

/// The headers as the document shows them.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "they are read by `Wanted`, and only described here")]
pub struct WantedParams {
    /// One range of bytes, such as `bytes=0-1023`: answered with 206. Several at once are answered
    /// with the whole.
    #[param(rename = "Range", nullable = false, min_length = 1, max_length = 255, example = "bytes=0-1023")]
    range: Option<String>,
    /// The entity tag that the range belongs to: where it is another one by now, the whole comes.
    #[param(rename = "If-Range", nullable = false, min_length = 1, max_length = 255)]
    if_range: Option<String>,
}

/// What of a content the caller wants.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    range: Option<String>,
    if_range: Option<String>,
    known: Vec<String>,
}

impl FromRequest for Wanted {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let one = |name: &HeaderName| Some(request.headers().get(name)?.to_str().ok()?.to_owned());
        let known = request.headers().get_all(IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
        let known = known.flat_map(|list| list.split(',')).map(|tag| tag.trim().trim_start_matches("W/").to_owned());
        ready(Ok(Self { range: one(&RANGE), if_range: one(&IF_RANGE), known: known.collect() }))
    }
}

/// What comes of a `Range` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it: no range was asked for, several were, or what was asked for is no range.
    Whole,
    /// One range, within the content.
    Range(Range<u64>),
    /// A range that begins behind the end.
    Outside,
}

/// Reads `Range` as RFC 9110 section 14 has it, for a content of so many bytes.
pub fn part(header: &str, size: u64) -> Part {
    let Some((unit, range)) = header.split_once('=') else { return Part::Whole };
    let Some((first, last)) = range.trim().split_once('-') else { return Part::Whole };
    let number = |text: &str| -> Option<u64> {
        // More digits than a number holds are still a place behind every end.
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse().unwrap_or(u64::MAX))
    };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Part::Whole;
    }
    match (number(first), number(last), first.is_empty(), last.is_empty()) {
        (Some(first), Some(last), ..) if last < first => Part::Whole,
        (Some(first), ..) if first >= size => Part::Outside,
        (Some(first), Some(last), ..) => Part::Range(first..last.saturating_add(1).min(size)),
        (Some(first), None, _, true) => Part::Range(first..size),
        (None, Some(0), true, _) => Part::Outside,
        (None, Some(_), true, _) if size == 0 => Part::Outside,
        (None, Some(last), true, _) => Part::Range(size.saturating_sub(last)..size),
        _ => Part::Whole,
    }
}

impl Content {
    fn tag(&self) -> String {
        let short: String = URL_SAFE_NO_PAD.encode(&self.sha256).chars().take(11).collect();
        format!("\"1-{short}\"")
    }

    /// Answers with the content or the part that is wanted.
    pub async fn serve(self, files: &Files, wanted: &Wanted) -> Result<HttpResponse> {
        let tag = self.tag();
        if wanted.known.iter().any(|known| *known == tag || known == "*") {
            return Ok(HttpResponse::NotModified().insert_header((ETAG, tag)).finish());
        }
        let same = wanted.if_range.as_ref().is_none_or(|range_of| *range_of == tag);
        let asked = wanted.range.as_deref().filter(|_| same);
        let (status, range) = match asked.map_or(Part::Whole, |header| part(header, self.size)) {
            Part::Whole => (StatusCode::OK, 0..self.size),
            Part::Range(range) => (StatusCode::PARTIAL_CONTENT, range),
            Part::Outside => return Err(self.outside()),
        };
        let bytes = files.read(&self.file, range.clone()).await?;
        let mut response = HttpResponse::build(status);
        response
            .insert_header((CONTENT_TYPE, "application/octet-stream"))
            .insert_header((CONTENT_DISPOSITION, disposition(&self.name)))
            .insert_header((CONTENT_SECURITY_POLICY, POLICY))
            .insert_header((ACCEPT_RANGES, "bytes"))
            .insert_header((CACHE_CONTROL, "private, no-cache"))
            .insert_header((VARY, "Authorization, Accept-Language, Support-Id"))
            .insert_header((ETAG, tag));
        if status == StatusCode::PARTIAL_CONTENT {
            let last = range.end.saturating_sub(1);
            response.insert_header((CONTENT_RANGE, format!("bytes {}-{last}/{}", range.start, self.size)));
        }
        Ok(response.body(SizedStream::new(range.end - range.start, bytes)))
    }

    fn outside(&self) -> Problem {
        let problem = Problem::from(Refusal::RangeNotSatisfiable);
        match HeaderValue::from_str(&format!("bytes */{}", self.size)) {
            Ok(size) => problem.header_value(CONTENT_RANGE, size),
            Err(_) => problem,
        }
    }
}

/// `attachment` with the name by RFC 6266: in ASCII for old readers, in full for all others.
fn disposition(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_. ".contains(c) { c } else { '_' };
    let ascii: String = name.chars().map(plain).collect();
    let mut full = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => full.push(char::from(byte)),
            _ => full.push_str(&format!("%{byte:02X}")),
        }
    }
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{full}")
}

/// Bytes, as the document shows them.
#[derive(Debug)]
pub struct BinaryContent;

impl utoipa::PartialSchema for BinaryContent {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
            .max_length(Some(5 << 30))
            .description(Some("Bytes."))
            .into()
    }
}
impl utoipa::ToSchema for BinaryContent {
    fn name() -> std::borrow::Cow<'static, str> {
        "BinaryContent".into()
    }
}
