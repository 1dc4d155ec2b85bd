//! Whether something of the customer's may be passed on to the vendor, and by whose word
//! (SW-4.2.1-C5, SA-5.2.1-C5).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::auth::proof::Actor;
use crate::db::types::Instant;
use crate::http::text::Name;
use crate::http::{Problem, Result, present};

/// The customer's consent, as the desk was given it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SharingConsent)]
pub struct Consent {
    /// Who gave it.
    pub given_by: Name,
    /// When: not in the future.
    pub given_at: Instant,
}

/// Whether it may be passed on to the vendor.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShareWithVendor {
    /// The mark.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub shareable_with_vendor: Option<bool>,
    /// The customer's consent: demanded of the desk where it sets the mark, and of nobody else.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub consent: Option<Consent>,
}

impl ShareWithVendor {
    /// The mark and the consent behind it, if the patch names them: the customer's side speaks for
    /// itself, the desk by the consent that it was given.
    pub fn judge(self, actor: &Actor, now: Instant) -> Result<Option<(bool, Option<Consent>)>> {
        let asked = self.shareable_with_vendor == Some(true) && !actor.is_outside();
        match &self.consent {
            None if asked => return Err(Problem::fault("/consent", "required")),
            Some(_) if !asked => return Err(Problem::fault("/consent", "not_allowed_here")),
            Some(consent) if consent.given_at > now => {
                return Err(Problem::fault("/consent/given_at", "in_the_future"));
            }
            _ => {}
        }
        Ok(self.shareable_with_vendor.map(|mark| (mark, self.consent)))
    }
}
