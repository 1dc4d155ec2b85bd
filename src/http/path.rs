//! Path parameters: whatever cannot be read names nothing that exists.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;

use super::problem::{Problem, Refusal, Result};

/// The parameters of the path. A malformed one is the same 404 as a thing that is not there.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Path<T> {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = actix_web::web::Path::<T>::extract(request).into_inner();
        ready(match found {
            Ok(path) => Ok(Self(path.into_inner())),
            Err(_) => Err(Refusal::NotFound.into()),
        })
    }
}
