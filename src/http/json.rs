//! JSON bodies: read strictly, refused with a pointer to the fault.

use std::borrow::Cow;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;
use serde_path_to_error::Segment;
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

use super::front::{Buffered, Streamed};
use super::objects::Objects;
use super::problem::{Fault, Problem, Refusal, Result};

/// A body of `application/json` in UTF-8.
#[derive(Debug)]
pub struct Json<T>(pub T);

/// A body of `application/json` that may be left out with its media type.
#[derive(Debug)]
pub struct OptionalJson<T>(pub T);

/// A body of `application/merge-patch+json` (RFC 7396) in UTF-8.
#[derive(Debug)]
pub struct MergePatch<T>(pub T);

const MERGE_PATCH: &str = "application/merge-patch+json";

/// 415 unless the body is of this media type, in UTF-8 and not compressed.
pub fn expect_media(request: &HttpRequest, media: &str) -> Result<()> {
    let refused = || {
        let problem = Problem::from(Refusal::UnsupportedMediaType).with("expected", media);
        if media == MERGE_PATCH {
            problem.header_value(HeaderName::from_static("accept-patch"), HeaderValue::from_static(MERGE_PATCH))
        } else {
            problem
        }
    };
    let mut encodings = request.headers().get_all(CONTENT_ENCODING);
    if encodings.any(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(refused());
    }
    let mut types = request.headers().get_all(CONTENT_TYPE);
    let (Some(only), None) = (types.next(), types.next()) else { return Err(refused()) };
    let only = only.to_str().map_err(|_| refused())?;
    let (essence, parameters) = only.split_once(';').unwrap_or((only, ""));
    let charset = parameters
        .split(';')
        .filter_map(|p| p.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    let utf8 = charset.is_none_or(|(_, name)| name.trim().trim_matches('"').eq_ignore_ascii_case("utf-8"));
    if essence.trim().eq_ignore_ascii_case(media) && utf8 { Ok(()) } else { Err(refused()) }
}

/// The media type that a call of this path and method carries.
pub fn media_of(request: &HttpRequest) -> Cow<'static, str> {
    if let Some(Streamed(media)) = request.extensions().get() {
        return media.to_string().into();
    }
    let patch = request.method() == actix_web::http::Method::PATCH;
    if patch { MERGE_PATCH.into() } else { "application/json".into() }
}

impl<T: DeserializeOwned + Validate> FromRequest for Json<T> {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request, "application/json").map(Self))
    }
}

impl<T: DeserializeOwned + Validate + Default> FromRequest for OptionalJson<T> {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(if has_body(request) { read(request, "application/json").map(Self) } else { Ok(Self(T::default())) })
    }
}

impl<T: DeserializeOwned + Validate> FromRequest for MergePatch<T> {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request, MERGE_PATCH).map(Self))
    }
}

/// Whether a body or its media type was sent.
pub fn has_body(request: &HttpRequest) -> bool {
    let sent = request.extensions().get::<Buffered>().is_some_and(|body| !body.0.is_empty());
    sent || request.headers().contains_key(CONTENT_TYPE)
}

fn read<T: DeserializeOwned + Validate>(request: &HttpRequest, media: &'static str) -> Result<T> {
    expect_media(request, media)?;
    let body = request.extensions().get::<Buffered>().map(|body| body.0.clone()).unwrap_or_default();
    parse(&body)
}

/// Reads and validates a body: 400 `malformed_json` if it is no JSON at all, 422 with a pointer
/// where it is not what is asked for.
pub fn parse<T: DeserializeOwned + Validate>(body: &[u8]) -> Result<T> {
    // Well-formedness comes first: a fault of content before a fault of form would hide the form's.
    serde_json::from_slice::<IgnoredAny>(body).map_err(malformed)?;
    let mut json = serde_json::Deserializer::from_slice(body);
    let value: T = serde_path_to_error::deserialize(Objects(&mut json)).map_err(|error| {
        let pointer = pointer(error.path().iter());
        if error.inner().classify() == Category::Data {
            Problem::faults(vec![fault(pointer, &error.inner().to_string())])
        } else {
            malformed(error.into_inner())
        }
    })?;
    value.validate().map_err(|errors| {
        let mut faults = Vec::new();
        collect(&errors, "", &mut faults);
        faults.sort_by(|a, b| (&a.pointer, a.code).cmp(&(&b.pointer, b.code)));
        Problem::faults(faults)
    })?;
    Ok(value)
}

fn malformed(error: serde_json::Error) -> Problem {
    Problem::from(Refusal::MalformedJson).caused_by(error)
}

/// RFC 6901.
fn pointer<'a>(path: impl Iterator<Item = &'a Segment>) -> String {
    let mut pointer = String::new();
    for segment in path {
        let token: Cow<'_, str> = match segment {
            Segment::Map { key } => key.into(),
            Segment::Seq { index } => index.to_string().into(),
            Segment::Enum { variant } => variant.into(),
            Segment::Unknown => continue,
        };
        push(&mut pointer, &token);
    }
    pointer
}

fn push(pointer: &mut String, token: &str) {
    pointer.push('/');
    pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
}

/// The member that a message names, unless the path ends with it already.
fn name(pointer: &mut String, member: &str) {
    let mut token = String::new();
    push(&mut token, member);
    if !pointer.ends_with(&token) {
        pointer.push_str(&token);
    }
}

/// What serde says of a fault, as ours. Its texts are stable; our own begin with `field:`.
pub fn fault(mut pointer: String, message: &str) -> Fault {
    let quoted = message.split('`').nth(1).unwrap_or_default();
    if let Some(ours) = message.strip_prefix("field:") {
        let ours = ours.split(" at line ").next().unwrap_or(ours);
        return our_fault(pointer, ours);
    }
    let code = if message.starts_with("missing field") {
        push(&mut pointer, quoted);
        "required"
    } else if message.starts_with("unknown field") {
        name(&mut pointer, quoted);
        "unknown_field"
    } else if message.starts_with("duplicate field") {
        name(&mut pointer, quoted);
        "duplicate_key"
    } else if message.starts_with("unknown variant") {
        "not_an_option"
    } else {
        "wrong_type"
    };
    Fault::at(pointer, code)
}

fn our_fault(pointer: String, text: &str) -> Fault {
    const CODES: [&str; 15] = [
        "too_short",
        "too_long",
        "too_small",
        "too_large",
        "control_character",
        "invalid_unicode",
        "invalid_format",
        "invalid_email",
        "invalid_date",
        "invalid_time",
        "invalid_uuid",
        "invalid_version",
        "unknown_scope",
        "not_an_option",
        "password_too_common",
    ];
    let mut parts = text.split(':');
    let name = parts.next().unwrap_or_default();
    let code = CODES.into_iter().find(|code| *code == name).unwrap_or("invalid_format");
    let fault = Fault::at(pointer, code);
    parts.filter_map(|part| part.split_once('=')).fold(fault, |fault, (blank, value)| match blank {
        "min" => fault.with("min", value),
        "max" => fault.with("max", value),
        _ => fault,
    })
}

/// The validator's tree as a list. Collections and rules across fields are its only work here.
fn collect(errors: &ValidationErrors, at: &str, faults: &mut Vec<Fault>) {
    for (field, kind) in errors.errors() {
        let mut here = at.to_owned();
        if field != "__all__" {
            push(&mut here, field);
        }
        match kind {
            ValidationErrorsKind::Struct(inner) => collect(inner, &here, faults),
            ValidationErrorsKind::List(items) => {
                for (index, inner) in items {
                    collect(inner, &format!("{here}/{index}"), faults);
                }
            }
            ValidationErrorsKind::Field(found) => {
                faults.extend(found.iter().map(|error| rule_fault(&here, error)));
            }
        }
    }
}

fn rule_fault(at: &str, error: &validator::ValidationError) -> Fault {
    let number = |name: &str| error.params.get(name).and_then(serde_json::Value::as_u64);
    match (error.code.as_ref(), number("min"), number("max")) {
        ("length", Some(min), Some(max)) => {
            let held = error.params.get("value").and_then(|v| v.as_array()).map_or(0, Vec::len);
            if (held as u64) < min {
                Fault::at(at, "too_few").with("min", min)
            } else {
                Fault::at(at, "too_many").with("max", max)
            }
        }
        ("length", Some(min), None) => Fault::at(at, "too_few").with("min", min),
        ("length", _, Some(max)) => Fault::at(at, "too_many").with("max", max),
        ("range", min, max) => {
            let fault = Fault::at(at, if max.is_some() { "too_large" } else { "too_small" });
            fault.with("min", min.unwrap_or(0)).with("max", max.unwrap_or(u64::MAX))
        }
        ("ends_before_start", ..) => Fault::at(format!("{at}/ends_on"), "ends_before_start"),
        ("one_of_required", ..) => {
            let field = error.params.get("field").and_then(|v| v.as_str()).unwrap_or_default();
            Fault::at(format!("{at}/{field}"), "one_of_required")
        }
        ("duplicate_item", ..) => Fault::at(at, "duplicate_item"),
        _ => Fault::at(at, "not_allowed_here"),
    }
}
