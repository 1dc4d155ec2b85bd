//! What the document says beside its operations: title, conventions, servers, tags and how callers
//! sign in.

use utoipa::PartialSchema;
use utoipa::openapi::security::{ClientCredentials, Flow, Http, HttpAuthScheme, OAuth2, Scopes, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ComponentsBuilder, ContactBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, ServerBuilder,
};
use utoipa::{ToSchema, openapi::RefOr, openapi::schema::Schema};

use crate::http::ProblemView;
use crate::terms::codes::{Code, Language, Scope};

const LICENSE: &str = "MIT OR Apache-2.0";

const DESCRIPTION: &str = "\
The support counter (窓口): a JSON REST API that carries out the written terms of a support service. \
What may be asked, by whom, when it counts as received and when it is completed follows from the \
clauses that `GET /v1/terms` quotes.

**Format.** JSON in UTF-8, `snake_case`. Times are RFC 3339 in UTC with microseconds and end in \
`_at`; days in Japan's calendar end in `_on`. Ids are UUIDv7 in lower case. Every string, list and \
number has the bounds that stand here. Unknown fields and unknown parameters are refused.

**Languages.** `Accept-Language: ja` (the default) or `en` chooses the words of titles, details and \
labels; codes never change. English texts of clauses are for reference: the Japanese binds.

**Errors** are `application/problem+json` by RFC 9457, with a stable `code` to act by, the \
`request_id`, the faulty fields in `errors`, and the `clause` where the terms are the reason. The \
`type` is a page that explains the code. `/oauth/token` speaks RFC 6749 instead. What cannot be read as \
HTTP has no body to its 400, 408 (a head that takes over 10 s) or 431 (one of over 128 KiB), and ends \
the connection.

**Repeating a call.** A POST may carry an `Idempotency-Key`; some must. Sent again within 24 hours \
with the same body it does nothing again and is answered with the same bytes and \
`Idempotent-Replayed: true`.

**Changing what others may have changed.** A single resource has an `ETag` of the form \
`\"<version>-<digest>\"`. Send it as `If-Match` with PATCH, PUT and DELETE: 412 when somebody was \
first, 428 when it is left out where it is required. `If-None-Match` saves a repeated read.

**Lists** are `{items, next_cursor}`, newest first unless said otherwise, with `limit` (1 to 100) and \
an opaque `cursor`; `Link` names the next page. `count=exact` tells how many there are in all.

**Growing.** `/v1` only grows: new fields, operations and codes may come, none goes without \
`Deprecation` and `Sunset`.";

/// Every tag that an operation may have, in the order of the document.
const TAGS: &[(&str, &str)] = &[
    ("terms", "The written terms of the service, clause by clause, and every code of this interface."),
    ("calendar", "When the desk receives, and time counted in its hours."),
    ("sessions", "Signing in, staying signed in, signing out."),
    ("oauth", "Access tokens for machines, and the keys that tokens are verified with."),
    ("staff", "The people at the desk."),
    ("clients", "The machines of partners and of the company."),
    ("products", "Products and their versions."),
    ("resellers", "Resellers and their counters."),
    ("contracts", "Contracts through their life: registered, changed, renewed, suspended, resumed."),
    ("administrators", "The system administrators whom a contract names."),
    ("accounts", "Support Web accounts and how they stand to contracts."),
    ("assessments", "Whether a question would be covered, and why."),
    ("inquiries", "Inquiries and their threads."),
    ("escalations", "Questions to the vendor."),
    ("closures", "Closure decisions: judged by the desk, with evidence."),
    ("triage", "The desk's queue and its batches."),
    ("faqs", "Published knowledge, searchable in Japanese."),
    ("releases", "Release notices and who receives them."),
    ("downloads", "Programs, patches and documents."),
    ("events", "What happened, in order and provably unaltered."),
    ("webhooks", "Events pushed to their receivers."),
    ("reports", "The desk's months in numbers."),
    ("service", "Whether the program is well, and documents about it."),
];

/// The document without operations.
pub fn frame() -> OpenApi {
    let license = LicenseBuilder::new().name(LICENSE).identifier(Some(LICENSE)).build();
    let contact = ContactBuilder::new().name(Some("Support desk")).email(Some("support@desk.example.jp")).build();
    let info = InfoBuilder::new()
        .title("Madoguchi")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .contact(Some(contact))
        .license(Some(license));
    let here = ServerBuilder::new().url("/").description(Some("The server that this document comes from"));
    let local = ServerBuilder::new().url("http://127.0.0.1:8080").description(Some("A server on one's own machine"));
    let tags = TAGS.iter().map(|(name, text)| TagBuilder::new().name(*name).description(Some(*text)).build());
    OpenApiBuilder::new()
        .info(info.build())
        .servers(Some([here.build(), local.build()]))
        .tags(Some(tags))
        .components(Some(components().build()))
        .build()
}

fn components() -> ComponentsBuilder {
    let mut problem: Vec<(String, RefOr<Schema>)> = Vec::new();
    ProblemView::schemas(&mut problem);
    let scopes = Scope::ALL.iter().map(|scope| (scope.as_str(), scope.label(Language::En)));
    let client = OAuth2::with_description(
        [Flow::ClientCredentials(ClientCredentials::new("/oauth/token", Scopes::from_iter(scopes)))],
        "A machine: a reseller's system or a script of the company, by client credentials.",
    );
    ComponentsBuilder::new()
        .schema(ProblemView::name(), ProblemView::schema())
        .schemas_from_iter(problem)
        .security_scheme("customer", bearer("A customer: the access token of `POST /v1/sessions`."))
        .security_scheme("staff", bearer("Somebody at the desk: the access token of `POST /v1/staff/sessions`."))
        .security_scheme("client", SecurityScheme::OAuth2(client))
}

fn bearer(description: &str) -> SecurityScheme {
    let mut scheme = Http::new(HttpAuthScheme::Bearer);
    scheme.bearer_format = Some("JWT".to_owned());
    scheme.description = Some(description.to_owned());
    SecurityScheme::Http(scheme)
}
