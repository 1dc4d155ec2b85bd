//! What may be offered for which product, and which service it takes: pure rules.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize};
use time::Duration;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{RefOr, SchemaFormat};

use crate::contracts::store::ProductRow;
use crate::http::text::{Shape, check};
use crate::http::{Problem, Refusal, Result};
use crate::terms::codes::{Code, Delivery, DownloadKind, Service};
use crate::terms::model::current;

/// How long a grant is good.
pub const GRANT_GOOD: Duration = Duration::minutes(15);

/// The service that a kind belongs to.
pub fn service(kind: DownloadKind) -> Service {
    match kind {
        DownloadKind::Program | DownloadKind::Patch => Service::ProgramProvision,
        DownloadKind::Document => Service::Information,
    }
}

/// Programs and patches are provided for software only: 422 `program_provision_not_offered`
/// (SW-4.2.3-C1).
pub fn check_kind(kind: DownloadKind, products: &[ProductRow]) -> Result<()> {
    let misfit = products.iter().any(|product| kind.clause(product.delivery).is_none());
    if misfit {
        let refused = Problem::from(Refusal::ProgramProvisionNotOffered);
        return Err(refused.under(Delivery::Software, current().version));
    }
    Ok(())
}

/// Where a download is kept that is not kept here: an `https` address of up to 2,000 characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct HttpsUrl(String);

impl HttpsUrl {
    /// Takes an address that begins with `https://` and a host.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = check(text, Shape::Line, 10, 2000)?;
        let host = text.strip_prefix("https://").and_then(|rest| rest.split(['/', '?', '#']).next());
        let fit = host.is_some_and(|host| host.contains('.') && !host.contains(['@', ' ']));
        if fit && text.is_ascii() && !text.contains(' ') {
            Ok(Self(text.into_owned()))
        } else {
            Err("field:invalid_format".to_owned())
        }
    }

    /// An address as a row has it.
    pub fn kept(text: String) -> Self {
        Self(text)
    }
}

impl Deref for HttpsUrl {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}
impl fmt::Display for HttpsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl<'de> Deserialize<'de> for HttpsUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}
impl utoipa::ToSchema for HttpsUrl {
    fn name() -> Cow<'static, str> {
        "HttpsUrl".into()
    }
}
impl utoipa::PartialSchema for HttpsUrl {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::Custom("uri".to_owned())))
            .pattern(Some("^https://"))
            .min_length(Some(10))
            .max_length(Some(2000))
            .description(Some("An address on the web that begins with https://."))
            .examples([serde_json::json!("https://download.example.jp/va-9.6.132.zip")])
            .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_https_and_names_a_host() {
        assert!(HttpsUrl::parse("https://download.example.jp/a.zip?x=1").is_ok());
        for text in ["http://a.example/", "https://", "https://a b.example/", "https://u:p@a.example/", "javascript:1"]
        {
            assert!(HttpsUrl::parse(text).is_err(), "{text}");
        }
    }
}
