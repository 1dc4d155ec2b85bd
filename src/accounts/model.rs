//! Who holds a session and for how long, how handed-out secrets look, and what a client may be
//! granted: pure rules.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize};
use time::Duration;
use uuid::Uuid;

use super::{Account, Staff};
use crate::auth::claim::Claim;
use crate::db::types::Id;
use crate::http::Fault;
use crate::terms::codes::{ClientKind, Code, Scope};

/// How many secrets of a client may be good at once: the new one and the one it replaces.
pub const SECRETS_MAX: usize = 2;

/// A person who holds a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A Support Web account.
    Account(Id<Account>),
    /// Somebody at the desk.
    Staff(Id<Staff>),
}

/// How long a session lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// Without being refreshed.
    pub idle: Duration,
    /// In all.
    pub whole: Duration,
}

impl Holder {
    /// The person behind a claim; machines hold no session.
    pub fn of(claim: &Claim) -> Option<Self> {
        match claim {
            Claim::Customer { account, .. } => Some(Self::Account(*account)),
            Claim::Staff { staff, .. } => Some(Self::Staff(*staff)),
            Claim::Partner { .. } | Claim::Robot { .. } => None,
        }
    }

    /// The person that a session's row names.
    pub fn read(kind: &str, id: Id<Uuid>) -> Option<Self> {
        match kind {
            "account" => Some(Self::Account(id.cast())),
            "staff" => Some(Self::Staff(id.cast())),
            _ => None,
        }
    }

    /// The kind, as the session's row has it.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Account(_) => "account",
            Self::Staff(_) => "staff",
        }
    }

    /// The id, whatever the kind.
    pub fn id(self) -> Id<Uuid> {
        match self {
            Self::Account(id) => id.cast(),
            Self::Staff(id) => id.cast(),
        }
    }

    /// Customers: 30 days idle, 90 in all. The desk: a working day.
    pub fn lifetime(self) -> Lifetime {
        match self {
            Self::Account(_) => Lifetime { idle: Duration::days(30), whole: Duration::days(90) },
            Self::Staff(_) => Lifetime { idle: Duration::hours(12), whole: Duration::hours(12) },
        }
    }
}

/// What a one-time token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Somebody who registers proves the mailbox.
    Registration,
    /// An administrator approves somebody who has registered.
    Approval,
    /// A person sets a password.
    Password,
    /// A person proves another mailbox.
    EmailChange,
}

impl Purpose {
    /// The purpose, as the token's row has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::Approval => "approval",
            Self::Password => "password",
            Self::EmailChange => "email_change",
        }
    }
}

/// A secret as it is handed out: a prefix that scanners for leaked secrets can look for, and 32
/// random bytes.
pub fn secret(prefix: &str, random: [u8; 32]) -> String {
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random))
}

/// What is kept of a secret. It has 256 random bits, so a plain digest cannot be guessed back, and
/// looking it up compares nothing that an attacker controls byte by byte.
pub fn digest_of(secret: &str) -> Vec<u8> {
    digest(&SHA256, secret.as_bytes()).as_ref().to_vec()
}

/// A scope by its name: `unknown_scope` for a name that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ScopeName(pub Scope);

impl<'de> Deserialize<'de> for ScopeName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Scope::parse(&text).map(Self).ok_or_else(|| serde::de::Error::custom("field:unknown_scope"))
    }
}

/// What is wrong with granting these scopes to a client of this kind.
pub fn scope_faults(kind: ClientKind, names: &[ScopeName]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let at = format!("/scopes/{index}");
        if names.iter().take(index).any(|earlier| earlier == name) {
            faults.push(Fault::at(at, "duplicate_item"));
        } else if !name.0.allowed_for(kind) {
            faults.push(Fault::at(at, "not_allowed_here"));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_scope_to_judge_for_a_partner() {
        let wished = [ScopeName(Scope::ClosuresJudge), ScopeName(Scope::FaqsRead), ScopeName(Scope::FaqsRead)];
        let told: Vec<_> =
            scope_faults(ClientKind::Partner, &wished).into_iter().map(|f| (f.pointer, f.code)).collect();
        let expected =
            [(Some("/scopes/0".to_owned()), "not_allowed_here"), (Some("/scopes/2".to_owned()), "duplicate_item")];
        assert_eq!(told, expected);
        assert!(scope_faults(ClientKind::Robot, &[ScopeName(Scope::ClosuresJudge)]).is_empty());
    }
}
