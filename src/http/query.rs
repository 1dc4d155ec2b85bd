//! Query parameters: unknown, repeated and unreadable ones are refused by name.

use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use percent_encoding::percent_decode_str;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};

use super::json::fault;
use super::problem::{Problem, Result};

/// The parameters of the query: 400 `invalid_parameter` names the one that is wrong.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(pairs(request).and_then(|pairs| parse_pairs(&pairs)).map(Self))
    }
}

/// Takes the query apart; what is no UTF-8 is refused by name.
pub fn pairs(request: &HttpRequest) -> Result<Vec<(String, String)>> {
    let query = request.query_string();
    if let Some(broken) = query.split('&').find(|pair| percent_decode_str(pair).decode_utf8().is_err()) {
        let name = broken.split('=').next().unwrap_or_default();
        return Err(Problem::parameter(&percent_decode_str(name).decode_utf8_lossy(), "invalid_format"));
    }
    Ok(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
}

/// Reads parameters that are already taken apart.
pub fn parse_pairs<T: DeserializeOwned>(pairs: &[(String, String)]) -> Result<T> {
    let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let query = serde_urlencoded::Deserializer::new(form_urlencoded::parse(encoded.as_bytes()));
    serde_path_to_error::deserialize(query).map_err(|error| {
        let path = error.path().to_string();
        let at = if path == "." { String::new() } else { format!("/{path}") };
        let fault = fault(at, &error.inner().to_string());
        let name = fault.pointer.as_deref().unwrap_or_default().trim_start_matches('/').to_owned();
        Problem::parameter(&name, fault.code)
    })
}

/// Several values with a comma between: any of them. One to twenty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnyOf<T>(pub Vec<T>);

impl<'de, T: FromStr> Deserialize<'de> for AnyOf<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let values: Result<Vec<T>, _> = text.split(',').map(T::from_str).collect();
        match values {
            Ok(values) if values.len() <= 20 => Ok(Self(values)),
            _ => Err(D::Error::custom("field:not_an_option")),
        }
    }
}
