//! The caller as a handler's argument: which kinds may call is part of the signature.

use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, HeaderName};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use super::token::Claims;
use crate::accounts::{Account, Client, Session, Staff};
use crate::app::App;
use crate::contracts::Reseller;
use crate::db::types::{Id, Instant};
use crate::http::front::Arrival;
use crate::http::problem::Register;
use crate::http::text::SupportId;
use crate::http::{Problem, Refusal, Result};
use crate::terms::codes::{CallerKind, Code, Role, Scope};

/// What the verified token says of the caller. For reads of one statement it yields the predicate
/// that the statement proves it with; for writes it is proven in their transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// A Support Web account, for one support ID.
    Customer {
        /// The account.
        account: Id<Account>,
        /// The session that the token belongs to.
        session: Id<Session>,
        /// The support ID presented.
        support_id: SupportId,
    },
    /// A reseller's system.
    Partner {
        /// The client.
        client: Id<Client>,
        /// Its reseller.
        reseller: Id<Reseller>,
        /// The support ID of the header, where one is needed or sent.
        support_id: Option<SupportId>,
        /// The scope that this call needs.
        scope: Scope,
    },
    /// Somebody at the desk.
    Staff {
        /// The person.
        staff: Id<Staff>,
        /// The session that the token belongs to.
        session: Id<Session>,
        /// What the person must be for this call.
        role: Role,
    },
    /// An internal script.
    Robot {
        /// The client.
        client: Id<Client>,
        /// The scope that this call needs.
        scope: Scope,
    },
}

impl Claim {
    /// Whether the caller is of the customer's side: a customer or a partner.
    pub fn is_outside(&self) -> bool {
        matches!(self, Self::Customer { .. } | Self::Partner { .. })
    }

    /// The kind of caller, as far as the token tells: a manager is an agent here.
    pub fn kind(&self) -> CallerKind {
        match self {
            Self::Customer { .. } => CallerKind::Customer,
            Self::Partner { .. } => CallerKind::Partner,
            Self::Staff { .. } => CallerKind::Agent,
            Self::Robot { .. } => CallerKind::Robot,
        }
    }

    /// A partner's reseller.
    pub fn reseller(&self) -> Option<Id<Reseller>> {
        match self {
            Self::Partner { reseller, .. } => Some(*reseller),
            _ => None,
        }
    }
}

/// The `Support-Id` header of a partner's call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// One contract's record is read or written.
    Required,
    /// A list may be narrowed by it.
    Optional,
}

/// The header, for the document.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
pub struct SupportIdParam {
    /// The contract's maintenance ID or contract ID, in its canonical form. A partner names with it
    /// the contract that is read or written, or narrows a list to one; a customer's must be the one
    /// that it signed in with.
    #[param(rename = "Support-Id", nullable = false, min_length = 1, max_length = 100, example = "MNT-000123")]
    pub support_id: Option<String>,
}

/// Which kinds of callers pass, and with which role or scope.
#[derive(Clone, Copy, Debug)]
pub struct Gate {
    customer: bool,
    partner: Option<(Scope, Header)>,
    staff: Option<Role>,
    robot: Option<Scope>,
    outsiders_told: Refusal,
}

impl Gate {
    /// Passes nobody yet.
    pub const fn shut() -> Self {
        Self { customer: false, partner: None, staff: None, robot: None, outsiders_told: Refusal::Forbidden }
    }

    /// Passes customers.
    pub const fn customer(self) -> Self {
        Self { customer: true, ..self }
    }

    /// Passes partners with this scope.
    pub const fn partner(self, scope: Scope, header: Header) -> Self {
        Self { partner: Some((scope, header)), ..self }
    }

    /// Passes everybody at the desk.
    pub const fn agent(self) -> Self {
        Self { staff: Some(Role::Agent), ..self }
    }

    /// Passes managers.
    pub const fn manager(self) -> Self {
        Self { staff: Some(Role::Manager), ..self }
    }

    /// Passes scripts with this scope.
    pub const fn robot(self, scope: Scope) -> Self {
        Self { robot: Some(scope), ..self }
    }

    /// What customers and partners are told where they do not pass; `forbidden` unless named.
    pub const fn telling_outsiders(self, refusal: Refusal) -> Self {
        Self { outsiders_told: refusal, ..self }
    }
}

/// A privilege: a named set of callers.
pub trait Privilege: 'static {
    /// Who has it.
    const GATE: Gate;
}

/// A caller who has the privilege, as far as the token tells. No row was read yet.
#[derive(Debug)]
pub struct Caller<P>(Claim, PhantomData<fn() -> P>);

impl<P> Clone for Caller<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<P> Deref for Caller<P> {
    type Target = Claim;
    fn deref(&self) -> &Claim {
        &self.0
    }
}

/// What idempotency keys are kept under.
#[derive(Clone, Debug)]
pub struct CallerKey {
    /// The caller's row: `account:…`, `staff:…` or `client:…`.
    pub row: String,
    /// The support ID presented by token or header, or nothing.
    pub presented: String,
}

impl<P: Privilege> FromRequest for Caller<P> {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(admit(request, P::GATE).map(|claim| Self(claim, PhantomData)))
    }
}

/// The verified token itself, for calls that go on asking it: a batch, whose commands need more
/// than the batch does, and a stream, which ends with it. Stands after the caller.
#[derive(Clone, Debug)]
pub struct Bearer(Arc<Claims>);

impl Bearer {
    /// The same caller, if of the desk, for another privilege, as far as the token tells.
    pub fn claim<P: Privilege>(&self) -> Result<Claim> {
        let kind = kind_of(&self.0).ok_or(Refusal::Unauthenticated)?;
        of_the_desk(&self.0, kind, P::GATE)
    }

    /// When the token ends.
    pub fn expires_at(&self) -> Instant {
        Instant::from_micros(self.0.exp.saturating_mul(1_000_000))
    }
}

impl FromRequest for Bearer {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let app = request.app_data::<Data<App>>().ok_or_else(|| Problem::bug("the application is not set up"));
        ready(app.and_then(|app| app.tokens().verify(bearer(request)?, app.now())).map(Self))
    }
}

fn admit(request: &HttpRequest, gate: Gate) -> Result<Claim> {
    let app = request.app_data::<Data<App>>().ok_or_else(|| Problem::bug("the application is not set up"))?;
    let claims = app.tokens().verify(bearer(request)?, app.now())?;
    let kind = kind_of(&claims).ok_or(Refusal::Unauthenticated)?;
    let register = if kind == CallerKind::Customer { Register::Polite } else { Register::Plain };
    if let Some(arrival) = request.extensions_mut().get_mut::<Arrival>() {
        arrival.register = register;
    }
    let claim = claim(request, &claims, kind, gate)?;
    if request.method().is_safe() {
        return Ok(claim); // a reading has no key to be repeated under
    }
    let presented = match &claim {
        Claim::Customer { support_id, .. } => support_id.to_string(),
        Claim::Partner { support_id, .. } => support_id.as_deref().unwrap_or_default().to_owned(),
        _ => String::new(),
    };
    let table = match kind {
        CallerKind::Customer => "account",
        CallerKind::Agent => "staff",
        _ => "client",
    };
    request.extensions_mut().insert(CallerKey { row: format!("{table}:{}", claims.sub), presented });
    Ok(claim)
}

fn bearer(request: &HttpRequest) -> Result<&str> {
    let mut values = request.headers().get_all(AUTHORIZATION);
    let (Some(only), None) = (values.next(), values.next()) else {
        return Err(Refusal::Unauthenticated.into());
    };
    let (scheme, token) = only.to_str().ok().and_then(|v| v.split_once(' ')).unwrap_or_default();
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token) } else { Err(Refusal::Unauthenticated.into()) }
}

/// The kinds differ in the claims they have; another mixture is none of them.
fn kind_of(claims: &Claims) -> Option<CallerKind> {
    match (&claims.support_id, &claims.reseller_id, &claims.scope) {
        (Some(_), None, None) => Some(CallerKind::Customer),
        (None, Some(_), Some(_)) => Some(CallerKind::Partner),
        (None, None, Some(_)) => Some(CallerKind::Robot),
        (None, None, None) => Some(CallerKind::Agent),
        _ => None,
    }
}

fn claim(request: &HttpRequest, claims: &Claims, kind: CallerKind, gate: Gate) -> Result<Claim> {
    match kind {
        CallerKind::Customer if gate.customer => {
            let support_id = claims.support_id.clone().ok_or(Refusal::Unauthenticated)?;
            match support_id_header(request)? {
                Some(sent) if sent != support_id => Err(Refusal::SupportIdUnknown.into()),
                _ => Ok(Claim::Customer { account: Id::new(claims.sub), session: session(claims)?, support_id }),
            }
        }
        CallerKind::Partner => {
            let (scope, header) = gate.partner.ok_or(gate.outsiders_told)?;
            let scope = scoped(claims, scope)?;
            let support_id = support_id_header(request)?;
            if header == Header::Required && support_id.is_none() {
                return Err(Refusal::SupportIdRequired.into());
            }
            let reseller = claims.reseller_id.ok_or(Refusal::Unauthenticated)?;
            Ok(Claim::Partner { client: Id::new(claims.sub), reseller, support_id, scope })
        }
        _ => of_the_desk(claims, kind, gate),
    }
}

/// The claim of a person or a script of the desk's; whoever else comes here is refused.
fn of_the_desk(claims: &Claims, kind: CallerKind, gate: Gate) -> Result<Claim> {
    match kind {
        CallerKind::Robot => {
            let scope = scoped(claims, gate.robot.ok_or(Refusal::Forbidden)?)?;
            Ok(Claim::Robot { client: Id::new(claims.sub), scope })
        }
        CallerKind::Agent => {
            let role = gate.staff.ok_or(Refusal::Forbidden)?;
            Ok(Claim::Staff { staff: Id::new(claims.sub), session: session(claims)?, role })
        }
        _ => Err(gate.outsiders_told.into()),
    }
}

fn scoped(claims: &Claims, scope: Scope) -> Result<Scope> {
    let granted = claims.scope.as_deref().unwrap_or_default().split(' ').any(|s| s == scope.as_str());
    let refused = || Problem::from(Refusal::InsufficientScope).with("scope", scope.as_str());
    if granted { Ok(scope) } else { Err(refused()) }
}

fn session(claims: &Claims) -> Result<Id<Session>> {
    let name = claims.jti.split('.').next().unwrap_or_default();
    Ok(Id::parse(name).ok_or(Refusal::Unauthenticated)?)
}

/// The `Support-Id` header: once, in its canonical form. An ID that is not canonical is unknown.
fn support_id_header(request: &HttpRequest) -> Result<Option<SupportId>> {
    let mut values = request.headers().get_all(HeaderName::from_static("support-id"));
    let value = match (values.next(), values.next()) {
        (None, _) => return Ok(None),
        (Some(only), None) => only.as_bytes(),
        _ => return Err(Problem::header("Support-Id")),
    };
    let text = std::str::from_utf8(value).map_err(|_| Problem::header("Support-Id"))?;
    if text.is_empty() || text.contains(',') {
        return Err(Problem::header("Support-Id"));
    }
    match SupportId::exact(text) {
        Some(id) => Ok(Some(id)),
        None => Err(Refusal::SupportIdUnknown.into()),
    }
}
