//! Refusals and failures as RFC 9457 problems: a public half that is told, a private half that is
//! only logged.

use std::error::Error;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use rust_i18n::replace_patterns;
use serde::Serialize;
use utoipa::ToSchema;

use super::reply::Stored;
use super::text::{ShortCode, VersionName};
use crate::contracts::denials::DenialReference;
use crate::contracts::model::Contact;
use crate::db::dialect::{Failure, failure};
use crate::inquiries::InquiryId;
use crate::terms::codes::{ClauseId, Code, Delivery, Language};
use crate::terms::model::current;

macro_rules! refusals {
    ($($variant:ident = $code:literal, $status:literal $(, $software:literal / $saas:literal)?;)*) => {
        /// Every code that a problem can carry, with its status and the clause that is the reason.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "the codes are explained in the catalogue of texts")]
        pub enum Refusal { $($variant),* }

        impl Refusal {
            /// Every refusal, by status.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code as it stands in the problem and in the path of its page.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            /// The HTTP status it is told with.
            pub fn status(self) -> StatusCode {
                let number = match self { $(Self::$variant => $status),* };
                StatusCode::from_u16(number).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }

            /// The clause behind it, where one is and the code alone tells which.
            pub const fn clause(self, delivery: Delivery) -> Option<ClauseId> {
                match (self, delivery) {
                    $($(
                        (Self::$variant, Delivery::Software) => Some(ClauseId($software)),
                        (Self::$variant, Delivery::Saas) => Some(ClauseId($saas)),
                    )?)*
                    _ => None,
                }
            }
        }
    };
}

refusals! {
    MalformedJson = "malformed_json", 400;
    MalformedHeader = "malformed_header", 400;
    InvalidParameter = "invalid_parameter", 400;
    CursorInvalid = "cursor_invalid", 400;
    CursorMismatch = "cursor_mismatch", 400;
    IdempotencyKeyRequired = "idempotency_key_required", 400;
    Unauthenticated = "unauthenticated", 401;
    TokenExpired = "token_expired", 401;
    SignInFailed = "sign_in_failed", 401;
    Forbidden = "forbidden", 403;
    InsufficientScope = "insufficient_scope", 403;
    SupportIdRequired = "support_id_required", 403, "SW-4.2.1-C2" / "SA-5.2.1-C2";
    SupportIdUnknown = "support_id_unknown", 403, "SW-4.2.1-C2" / "SA-5.2.1-C2";
    ContractNotStarted = "contract_not_started", 403, "DOC-0-C2" / "DOC-0-C2";
    ContractExpired = "contract_expired", 403, "DOC-0-C2" / "DOC-0-C2";
    ContractSuspended = "contract_suspended", 403, "DOC-0-C2" / "DOC-0-C2";
    SupportDenied = "support_denied", 403, "DEN-6-C0" / "DEN-6-C0";
    ServiceNotContracted = "service_not_contracted", 403, "DOC-0-C2" / "DOC-0-C2";
    AccountAwaitingApproval = "account_awaiting_approval", 403, "SW-4.2.2-C4" / "SA-5.2.2-C4";
    ClosureIsJudgedByDesk = "closure_is_judged_by_desk", 403, "SW-4.2.1-C17" / "SA-5.2.1-C14";
    NotFound = "not_found", 404;
    MethodNotAllowed = "method_not_allowed", 405;
    Redirected = "redirected", 409, "SW-4.2.1-C16" / "SA-5.2.1-C30";
    OutsideReceptionHours = "outside_reception_hours", 409, "SW-4.1-C2" / "SA-5.1-C2";
    InquiryClosed = "inquiry_closed", 409, "SW-4.2.1-C17" / "SA-5.2.1-C14";
    NotAPhoneInquiry = "not_a_phone_inquiry", 409, "SW-4.2.1-C10" / "SA-5.2.1-C9";
    StateConflict = "state_conflict", 409;
    SupportIdTaken = "support_id_taken", 409;
    LastSystemAdministrator = "last_system_administrator", 409, "PRE-1-C2" / "PRE-1-C2";
    SystemAdministratorMissing = "system_administrator_missing", 409, "PRE-1-C2" / "PRE-1-C2";
    DayAlreadyBegun = "day_already_begun", 409;
    VendorDisclosurePending = "vendor_disclosure_pending", 409, "SW-4.2.1-C13" / "SA-5.2.1-C27";
    VendorDisclosureRefused = "vendor_disclosure_refused", 409, "SW-4.2.1-C13" / "SA-5.2.1-C27";
    FaqNotAnonymised = "faq_not_anonymised", 409, "SW-4.2.1-C5" / "SA-5.2.1-C5";
    ReferenceTaken = "reference_taken", 409;
    AlreadyExists = "already_exists", 409;
    LastManager = "last_manager", 409;
    NotShareable = "not_shareable", 409, "SW-4.2.1-C5" / "SA-5.2.1-C5";
    RequestInProgress = "request_in_progress", 409;
    VersionConflict = "version_conflict", 412;
    BodyTooLarge = "body_too_large", 413;
    UnsupportedMediaType = "unsupported_media_type", 415;
    RangeNotSatisfiable = "range_not_satisfiable", 416;
    ValidationFailed = "validation_failed", 422;
    IdempotencyKeyReused = "idempotency_key_reused", 422;
    ProductNotContracted = "product_not_contracted", 422, "DOC-0-C2" / "DOC-0-C2";
    ProductVersionRequired = "product_version_required", 422, "PRE-1-C4" / "PRE-1-C4";
    ProductVersionNotApplicable = "product_version_not_applicable", 422;
    VersionNotReleasedByUs = "version_not_released_by_us", 422, "PRE-1-C5" / "PRE-1-C5";
    VersionUnsupportedByVendor = "version_unsupported_by_vendor", 422, "PRE-1-C4" / "PRE-1-C4";
    OutsideServiceRegion = "outside_service_region", 422, "REG-2-C1" / "REG-2-C1";
    ExcludedService = "excluded_service", 422, "EXC-6-C0" / "EXC-6-C0";
    RequestKindNotOffered = "request_kind_not_offered", 422, "SW-4.2.1-C7" / "SA-5.2.1-C10";
    DeskReproductionNotOffered = "desk_reproduction_not_offered", 422, "SA-5.2.1-C11" / "SA-5.2.1-C11";
    NoticeKindNotOffered = "notice_kind_not_offered", 422, "SW-4.2.2-C1" / "SA-5.2.2-C1";
    ProgramProvisionNotOffered = "program_provision_not_offered", 422, "SW-4.2.3-C1" / "SW-4.2.3-C1";
    ClosureCodeNotForKind = "closure_code_not_for_kind", 422;
    ClosureEvidenceMissing = "closure_evidence_missing", 422;
    EvidenceNotApplicable = "evidence_not_applicable", 422;
    EscalationOnly = "escalation_only", 422, "SA-5.2.1-C12" / "SA-5.2.1-C12";
    OneTimeTokenInvalid = "one_time_token_invalid", 422;
    PreconditionRequired = "precondition_required", 428;
    QuotaExceeded = "quota_exceeded", 429;
    InternalError = "internal_error", 500;
    Unavailable = "unavailable", 503;
}

/// How the reader is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Register {
    /// To customers, in full politeness.
    Polite,
    /// To staff, partners' developers and scripts: short.
    Plain,
}

impl Refusal {
    /// The short fixed name of the problem.
    pub fn title(self, language: Language) -> String {
        text(&format!("problem.{}.title", self.code()), language)
    }

    /// The text of the detail, with its blanks still open.
    pub fn detail(self, register: Register, language: Language) -> String {
        let tone = match register {
            Register::Polite => "polite",
            Register::Plain => "plain",
        };
        text(&format!("problem.{}.{tone}", self.code()), language)
    }
}

fn text(key: &str, language: Language) -> String {
    rust_i18n::t!(key, locale = language.as_str()).into_owned()
}

/// A word that fills a blank in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// The same in every language.
    Plain(String),
    /// One for each language.
    Each {
        /// In Japanese.
        ja: String,
        /// In English.
        en: String,
    },
}

impl Word {
    /// The label of a code.
    pub fn label(code: impl Code) -> Self {
        Self::Each { ja: code.label(Language::Ja).to_owned(), en: code.label(Language::En).to_owned() }
    }

    /// Several words as one, or the word for none.
    pub fn list(words: &[Self]) -> Self {
        if words.is_empty() {
            return Self::Each { ja: "なし".to_owned(), en: "none".to_owned() };
        }
        let join = |language, by| words.iter().map(|w| w.spoken(language)).collect::<Vec<_>>().join(by);
        Self::Each { ja: join(Language::Ja, "、"), en: join(Language::En, ", ") }
    }

    /// The word in one language.
    pub fn spoken(&self, language: Language) -> &str {
        match (self, language) {
            (Self::Plain(word), _) | (Self::Each { ja: word, .. }, Language::Ja) => word,
            (Self::Each { en: word, .. }, Language::En) => word,
        }
    }
}

impl<T: fmt::Display> From<T> for Word {
    fn from(word: T) -> Self {
        Self::Plain(word.to_string())
    }
}

/// One fault in what was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where: a JSON pointer into the body.
    pub pointer: Option<String>,
    /// Where: the name of a parameter.
    pub parameter: Option<String>,
    /// What: a key of the texts under `field`.
    pub code: &'static str,
    blanks: Vec<(&'static str, String)>,
}

impl Fault {
    /// A fault at a place in the body, as an RFC 6901 pointer.
    pub fn at(pointer: impl Into<String>, code: &'static str) -> Self {
        Self { pointer: Some(pointer.into()), parameter: None, code, blanks: Vec::new() }
    }

    /// A fault in a query parameter.
    pub fn parameter(name: impl Into<String>, code: &'static str) -> Self {
        Self { pointer: None, parameter: Some(name.into()), code, blanks: Vec::new() }
    }

    /// Fills a blank of the fault's text.
    pub fn with(mut self, blank: &'static str, value: impl fmt::Display) -> Self {
        self.blanks.push((blank, value.to_string()));
        self
    }

    /// The fault as it is told.
    pub fn view(&self, language: Language) -> FaultView {
        let text = text(&format!("field.{}", self.code), language);
        let (names, values) = split(self.blanks.iter().map(|(n, v)| (*n, v.as_str())));
        FaultView {
            pointer: self.pointer.clone(),
            parameter: self.parameter.clone(),
            code: self.code.to_owned(),
            detail: replace_patterns(&text, &names, &values),
        }
    }
}

fn split<'a>(blanks: impl Iterator<Item = (&'a str, &'a str)>) -> (Vec<&'a str>, Vec<String>) {
    blanks.map(|(name, value)| (name, value.to_owned())).unzip()
}

/// A fault in what was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ProblemError)]
pub struct FaultView {
    /// RFC 6901 pointer to the faulty place of the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 300, example = "/evidence/message_id")]
    pub pointer: Option<String>,
    /// Name of the faulty query parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 100)]
    pub parameter: Option<String>,
    /// What is wrong, as a code.
    #[schema(max_length = 50, example = "required")]
    pub code: String,
    /// What is wrong, in words.
    #[schema(max_length = 300)]
    pub detail: String,
}

/// What a problem carries beside its text, where it helps the reader to go on.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[schema(as = ProblemHelp)]
pub struct Help {
    /// Whom to turn to instead.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 10)]
    pub contacts: Vec<Contact>,
    /// The versions that an inquiry may name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 1000, value_type = Option<Vec<VersionName>>)]
    pub supported_versions: Option<Vec<String>>,
    /// The denial that stands in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub denial: Option<DenialReference>,
    /// The codes that are offered in place of the one asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 20, value_type = Option<Vec<ShortCode>>)]
    pub offered: Option<Vec<String>>,
    /// The inquiry that goes on in place of a superseded one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub superseded_by: Option<InquiryId>,
    /// The body of a follow-up inquiry, ready to send.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Object)]
    pub follow_up: Option<serde_json::Value>,
}

/// A refusal or failure on its way to the caller.
#[derive(Debug)]
pub struct Problem(Box<Inner>);

#[derive(Debug)]
struct Inner {
    refusal: Refusal,
    blanks: Vec<(&'static str, Word)>,
    faults: Vec<Fault>,
    clause: Option<ClauseId>,
    terms_version: Option<String>,
    help: Help,
    headers: Vec<(HeaderName, HeaderValue)>,
    cause: Option<Box<dyn Error + Send + Sync>>,
    replayed: Option<Stored>,
}

/// The result of whatever may be refused.
pub type Result<T, E = Problem> = std::result::Result<T, E>;

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self(Box::new(Inner {
            refusal,
            blanks: Vec::new(),
            faults: Vec::new(),
            clause: None,
            terms_version: None,
            help: Help::default(),
            headers: Vec::new(),
            cause: None,
            replayed: None,
        }))
    }
}

impl Problem {
    /// Faults in the body's fields: 422 `validation_failed`.
    pub fn faults(faults: Vec<Fault>) -> Self {
        Self::from(Refusal::ValidationFailed).and_faults(faults)
    }

    /// One fault in the body: 422 `validation_failed`.
    pub fn fault(pointer: impl Into<String>, code: &'static str) -> Self {
        Self::faults(vec![Fault::at(pointer, code)])
    }

    /// A query parameter that is unknown or wrong: 400 `invalid_parameter`.
    pub fn parameter(name: &str, code: &'static str) -> Self {
        Self::from(Refusal::InvalidParameter).with("parameter", name).and_faults(vec![Fault::parameter(name, code)])
    }

    /// The same, with the bound that was crossed.
    pub fn parameter_with(name: &str, code: &'static str, blank: &'static str, bound: impl fmt::Display) -> Self {
        let fault = Fault::parameter(name, code).with(blank, bound);
        Self::from(Refusal::InvalidParameter).with("parameter", name).and_faults(vec![fault])
    }

    /// A header that cannot be read: 400 `malformed_header`.
    pub fn header(name: &str) -> Self {
        Self::from(Refusal::MalformedHeader).with("header", name)
    }

    /// A mistake of ours, told as 500 with nothing of its cause.
    pub fn bug(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::from(Refusal::InternalError).caused_by(cause)
    }

    /// The database or another part cannot do it now: 503 with `Retry-After: 1`.
    pub fn unavailable(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::from(Refusal::Unavailable)
            .caused_by(cause)
            .header_value(HeaderName::from_static("retry-after"), HeaderValue::from_static("1"))
    }

    /// The same for another caller whose work failed with it: of a part that cannot do it now, or of
    /// a mistake of ours.
    #[must_use]
    pub fn again(&self) -> Self {
        let cause = self.cause().map_or_else(String::new, ToString::to_string);
        match self.refusal() {
            Refusal::Unavailable => Self::unavailable(cause),
            _ => Self::bug(cause),
        }
    }

    /// Not a problem at all: the same call was answered before, and this is that answer.
    pub fn replay(stored: Stored) -> Self {
        let mut problem = Self::from(Refusal::RequestInProgress);
        problem.0.replayed = Some(stored);
        problem
    }

    /// Fills a blank of the detail.
    pub fn with(mut self, blank: &'static str, word: impl Into<Word>) -> Self {
        self.0.blanks.push((blank, word.into()));
        self
    }

    /// Adds what is wrong with single fields or parameters.
    pub fn and_faults(mut self, faults: Vec<Fault>) -> Self {
        self.0.faults.extend(faults);
        self
    }

    /// Names the clause by the product's delivery, and the version of the terms it stands in.
    pub fn under(self, delivery: Delivery, terms_version: &str) -> Self {
        match self.0.refusal.clause(delivery) {
            Some(clause) => self.by_clause(clause, terms_version),
            None => self,
        }
    }

    /// Names the clause that is the reason.
    pub fn by_clause(mut self, clause: ClauseId, terms_version: &str) -> Self {
        self.0.clause = Some(clause);
        self.0.terms_version = Some(terms_version.to_owned());
        self
    }

    /// Adds what helps the reader to go on.
    pub fn helped(mut self, help: impl FnOnce(&mut Help)) -> Self {
        help(&mut self.0.help);
        self
    }

    /// Adds a header to the answer.
    pub fn header_value(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// Keeps the cause for the log; no caller sees it.
    pub fn caused_by(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// Which refusal it is.
    pub fn refusal(&self) -> Refusal {
        self.0.refusal
    }

    /// What helps the reader to go on.
    pub fn help(&self) -> &Help {
        &self.0.help
    }

    /// The faults that it names.
    pub fn fault_list(&self) -> &[Fault] {
        &self.0.faults
    }

    /// The answer given before, when this stands for one.
    pub fn stored(&self) -> Option<&Stored> {
        self.0.replayed.as_ref()
    }

    /// The cause, for the log.
    pub fn cause(&self) -> Option<&(dyn Error + Send + Sync + 'static)> {
        self.0.cause.as_deref()
    }

    /// The headers that go with it.
    pub fn headers(&self) -> &[(HeaderName, HeaderValue)] {
        &self.0.headers
    }

    /// The public half in the reader's words.
    pub fn view(&self, reader: &Reader<'_>) -> ProblemView {
        let inner = &self.0;
        let (names, values) = split(inner.blanks.iter().map(|(n, w)| (*n, w.spoken(reader.language))));
        let detail = inner.refusal.detail(reader.register, reader.language);
        // Where no product is known yet, sections 4 and 5 must say the same: section 4 is quoted.
        let clause = inner.clause.or_else(|| {
            let [software, saas] = [Delivery::Software, Delivery::Saas].map(|delivery| inner.refusal.clause(delivery));
            let twin = || current().clause(saas?.0)?.twin;
            software.filter(|_| software == saas || software == twin())
        });
        let errors: Vec<FaultView> = inner.faults.iter().map(|fault| fault.view(reader.language)).collect();
        let missing = inner.refusal == Refusal::ClosureEvidenceMissing;
        ProblemView {
            problem_type: format!("/problems/{}", inner.refusal.code()),
            title: inner.refusal.title(reader.language),
            status: inner.refusal.status().as_u16(),
            detail: replace_patterns(&detail, &names, &values),
            instance: reader.instance.to_owned(),
            code: inner.refusal.code().to_owned(),
            request_id: reader.request_id.to_owned(),
            missing: missing.then(|| errors.clone()),
            errors,
            clause,
            terms_version: clause.map(|_| inner.terms_version.clone().unwrap_or_else(|| current().version.to_owned())),
            help: inner.help.clone(),
        }
    }
}

/// Who reads a problem.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// The language that was asked for.
    pub language: Language,
    /// How the reader is spoken to.
    pub register: Register,
    /// The path of the request.
    pub instance: &'a str,
    /// The request's id.
    pub request_id: &'a str,
}

/// A refusal or failure, by RFC 9457.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemView {
    /// Path of the page that explains this problem.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference", max_length = 100, example = "/problems/contract_expired")]
    pub problem_type: String,
    /// Short fixed name of the problem, in the language asked for.
    #[schema(max_length = 100)]
    pub title: String,
    /// The HTTP status again.
    #[schema(minimum = 400, maximum = 599, example = 403)]
    pub status: u16,
    /// What happened and what the reader can do, in the language asked for.
    #[schema(max_length = 2000)]
    pub detail: String,
    /// Path of the request.
    #[schema(format = "uri-reference", max_length = 2000)]
    pub instance: String,
    /// The code to act by; it never changes.
    #[schema(max_length = 50, example = "contract_expired")]
    pub code: String,
    /// The request's id, as in `X-Request-Id`.
    #[schema(max_length = 128)]
    pub request_id: String,
    /// The single faults, where there are such.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 1000)]
    pub errors: Vec<FaultView>,
    /// With `closure_evidence_missing`: the evidence that is missing, the same list as `errors` and
    /// as `missing` of the check.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 1000)]
    pub missing: Option<Vec<FaultView>>,
    /// The clause of the service terms that is the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, max_length = 20, example = "DOC-0-C2")]
    pub clause: Option<ClauseId>,
    /// The version of the service terms that the clause stands in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 20)]
    pub terms_version: Option<String>,
    /// What helps to go on.
    #[serde(flatten)]
    pub help: Help,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.refusal.code())?;
        match &self.0.cause {
            Some(cause) => write!(f, ": {cause}"),
            None => Ok(()),
        }
    }
}

impl Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.refusal.status()
    }

    /// An empty shell: the front door writes the problem, since it knows who reads.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

impl From<diesel::result::Error> for Problem {
    fn from(error: diesel::result::Error) -> Self {
        match failure(&error) {
            Failure::Disconnected | Failure::Busy => Self::unavailable(error),
            Failure::Taken | Failure::Bug => Self::bug(error),
        }
    }
}
