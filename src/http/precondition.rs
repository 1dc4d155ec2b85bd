//! `If-Match`: which version of a thing the caller has seen.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::IF_MATCH;
use actix_web::{FromRequest, HttpRequest};
use utoipa::IntoParams;

use super::json::{expect_media, has_body, media_of};
use super::problem::{Problem, Refusal, Result};

/// The header as the document shows it, where a call may be made without it.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it is read by `IfMatch`, and only described here")]
pub struct IfMatchParam {
    /// The entity tag of the state that the caller has seen. It is compared if it is sent.
    #[param(rename = "If-Match", nullable = false, min_length = 1, max_length = 255, example = "\"3-Yk3v0XbT2aQ\"")]
    if_match: Option<String>,
}

/// The header as the document shows it, where a call must carry it.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it is read by `IfMatch`, and only described here")]
pub struct RequiredIfMatchParam {
    /// The entity tag of the state that the caller has seen; of `"<version>-<digest>"` the version
    /// is compared. Required: 428 without it.
    #[param(rename = "If-Match", min_length = 1, max_length = 255, example = "\"3-Yk3v0XbT2aQ\"")]
    if_match: String,
}

/// The versions named by `If-Match`. Of an entity tag `"<version>-<digest>"` the version counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IfMatch(Option<Expected>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Expected {
    Any,
    Versions(Vec<i32>),
}

impl IfMatch {
    /// Nothing is expected: for acts that come from elsewhere than HTTP.
    pub const fn none() -> Self {
        Self(None)
    }

    /// What a command of a batch expects, in the form of the header.
    pub fn parse(text: Option<&str>) -> Result<Self> {
        let read = |text| parse(text).ok_or_else(|| Problem::header("If-Match"));
        Ok(Self(text.map(read).transpose()?))
    }

    /// 428 unless the header was sent. Asked after the body was read, since its faults win.
    pub fn required(self) -> Result<Self> {
        match self.0 {
            Some(_) => Ok(self),
            None => Err(Refusal::PreconditionRequired.into()),
        }
    }

    /// 412 if the caller has seen anything at all where there is nothing yet.
    pub fn holds_for_nothing(&self) -> Result<()> {
        match self.0 {
            Some(_) => Err(Refusal::VersionConflict.into()),
            None => Ok(()),
        }
    }

    /// 412 unless this is the version that the caller has seen, or the caller did not say.
    pub fn holds(&self, version: i32) -> Result<()> {
        match &self.0 {
            Some(Expected::Versions(seen)) if !seen.contains(&version) => Err(Refusal::VersionConflict.into()),
            _ => Ok(()),
        }
    }
}

fn parse(text: &str) -> Option<Expected> {
    if text.trim() == "*" {
        return Some(Expected::Any);
    }
    let version = |tag: &str| {
        let inner = tag.trim().strip_prefix('"')?.strip_suffix('"')?;
        let (version, digest) = inner.split_once('-').unwrap_or((inner, ""));
        let plain = digest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        // A tag of a form that is not ours is well formed and matches nothing.
        Some(if plain { version.parse().unwrap_or(-1) } else { -1 })
    };
    Some(Expected::Versions(text.split(',').map(version).collect::<Option<_>>()?))
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request))
    }
}

fn read(request: &HttpRequest) -> Result<IfMatch> {
    let bodiless = request.method() == actix_web::http::Method::POST && !has_body(request);
    if request.method() != actix_web::http::Method::DELETE && !bodiless {
        expect_media(request, &media_of(request))?; // 415 outranks a malformed header
    }
    let mut values = request.headers().get_all(IF_MATCH);
    let expected = match (values.next(), values.next()) {
        (None, _) => None,
        (Some(only), None) => {
            let parsed = only.to_str().ok().and_then(parse);
            Some(parsed.ok_or_else(|| Problem::header("If-Match"))?)
        }
        _ => return Err(Problem::header("If-Match")),
    };
    Ok(IfMatch(expected))
}
