//! What goes for every operation of one shape, written into each: the problems that the front door
//! and the extractors answer with, and the headers that answers carry.

use std::collections::BTreeSet;

use utoipa::PartialSchema;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{Components, ObjectBuilder, Schema, Type};
use utoipa::openapi::{
    Content, HttpMethod, OpenApi, PathItem, Ref, RefOr, Required, Response, ResponseBuilder, header::Header,
};

use crate::db::types::Id;
use crate::http::Refusal;
use crate::terms::codes::Language;

const PROBLEM: &str = "application/problem+json";

/// The headers of answers: name, the most characters, what they say.
const HEADERS: &[(&str, usize, &str)] = &[
    ("ETag", 100, "The version and a digest of this answer: for `If-Match` and `If-None-Match`."),
    ("Location", 200, "The path of what was made."),
    ("Link", 2000, "The next page, with `rel=\"next\"`; absent on the last."),
    ("X-Request-Id", 128, "The request's id: the caller's own if it was fit, else a new one."),
    ("Idempotent-Replayed", 4, "`true` when this is the answer of an earlier call with the same key."),
    ("Retry-After", 10, "After how many seconds to try again."),
    ("WWW-Authenticate", 200, "How to sign in."),
];

/// The document with all that goes without saying.
pub fn complete(mut document: OpenApi) -> OpenApi {
    let mut components = document.components.take().unwrap_or_default();
    let (mut tags, mut schemes) = (BTreeSet::new(), BTreeSet::new());
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            name_path_parameters(path, operation);
            let shape = Shape::of(path, method, operation);
            shape.add_problems(operation, &mut components);
            shape.add_headers(operation);
            tags.extend(operation.tags.iter().flatten().cloned());
            schemes.extend(shape.schemes);
        }
    }
    for response in components.responses.values_mut() {
        if let RefOr::T(response) = response {
            refer(response, "X-Request-Id");
        }
    }
    components.schemas.values_mut().for_each(drop_null_default);
    let used = headers_used(&mut document, &components);
    let headers = HEADERS.iter().filter(|(name, ..)| used.contains(*name));
    components.headers = headers.map(|(name, most, text)| ((*name).to_owned(), header(*most, text))).collect();
    components.security_schemes.retain(|name, _| schemes.contains(name));
    if let Some(known) = &mut document.tags {
        known.retain(|tag| tags.contains(&tag.name));
    }
    document.components = Some(components);
    document
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (HttpMethod, &mut Operation)> {
    let all = [
        (HttpMethod::Get, &mut item.get),
        (HttpMethod::Post, &mut item.post),
        (HttpMethod::Put, &mut item.put),
        (HttpMethod::Patch, &mut item.patch),
        (HttpMethod::Delete, &mut item.delete),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// A parameter of the path that a handler does not describe is the id of what stands before it.
fn name_path_parameters(path: &str, operation: &mut Operation) {
    let parameters = operation.parameters.get_or_insert_default();
    for (before, segment) in path.split('/').zip(path.split('/').skip(1)) {
        let Some(name) = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else { continue };
        let told = format!("The {}, by its id.", singular(before));
        let own = parameters.iter_mut().find_map(|parameter| match parameter {
            RefOr::T(own) if own.name == name && own.parameter_in == ParameterIn::Path => Some(own),
            _ => None,
        });
        match own {
            Some(own) => own.description = own.description.take().or(Some(told)),
            None => {
                let new = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path).required(Required::True);
                let schema = <Id<()> as PartialSchema>::schema();
                parameters.push(RefOr::T(new.description(Some(told)).schema(Some(schema)).build()));
            }
        }
    }
}

/// `inquiries` as `inquiry`, `product-versions` as `product version`.
fn singular(segment: &str) -> String {
    let words = segment.replace(['-', '_'], " ");
    match (words.strip_suffix("ies"), words.strip_suffix('s')) {
        (Some(stem), _) => format!("{stem}y"),
        (None, Some(stem)) => stem.to_owned(),
        (None, None) => words,
    }
}

/// A field that may be left out has no default value; the derive says that it is null, which the
/// field's own type then refuses.
fn drop_null_default(schema: &mut RefOr<Schema>) {
    if let RefOr::T(Schema::Object(object)) = schema {
        object.default.take_if(|default| default.is_null());
        object.properties.values_mut().for_each(drop_null_default);
    } else if let RefOr::T(Schema::Array(array)) = schema {
        array.default.take_if(|default| default.is_null());
    }
}

fn headers_used(document: &mut OpenApi, components: &Components) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    let mut note = |response: &RefOr<Response>| {
        if let RefOr::T(response) = response {
            used.extend(response.headers.keys().cloned());
        }
    };
    components.responses.values().for_each(&mut note);
    for item in document.paths.paths.values_mut() {
        operations(item).for_each(|(_, operation)| operation.responses.responses.values().for_each(&mut note));
    }
    used
}

fn header(most: usize, text: &str) -> RefOr<Header> {
    let schema = ObjectBuilder::new().schema_type(Type::String).max_length(Some(most));
    HeaderBuilder::new().schema(Some(schema)).description(Some(text)).build().into()
}

/// What an operation takes, as far as its problems and headers follow from it.
struct Shape {
    method: HttpMethod,
    single: bool,
    in_path: bool,
    in_query: bool,
    paged: bool,
    body: bool,
    if_match: Option<Required>,
    key: Option<Required>,
    schemes: BTreeSet<String>,
}

impl Shape {
    fn of(path: &str, method: HttpMethod, operation: &Operation) -> Self {
        let parameters: Vec<&Parameter> = operation
            .parameters
            .iter()
            .flatten()
            .filter_map(|p| if let RefOr::T(p) = p { Some(p) } else { None })
            .collect();
        let placed = |place: ParameterIn| parameters.iter().any(|p| p.parameter_in == place);
        let named = |name: &str| parameters.iter().find(|p| p.name == name).map(|p| p.required.clone());
        // A requirement keeps its schemes to itself; as JSON it tells them.
        let schemes = operation.security.iter().flatten().filter_map(|one| serde_json::to_value(one).ok());
        Self {
            single: path.ends_with('}'),
            in_path: path.contains('{'),
            in_query: placed(ParameterIn::Query),
            paged: named("cursor").is_some(),
            body: operation.request_body.is_some(),
            if_match: named("If-Match"),
            key: named("Idempotency-Key"),
            schemes: schemes
                .filter_map(|one| Some(one.as_object()?.keys().cloned().collect::<Vec<_>>()))
                .flatten()
                .collect(),
            method,
        }
    }

    /// The refusals that follow from the shape, in the order of their statuses.
    fn refusals(&self) -> Vec<Refusal> {
        use Refusal::*;
        let signed_in = !self.schemes.is_empty();
        let outside = self.schemes.contains("customer") || self.schemes.contains("client");
        let asks_key = self.key.as_ref().is_some_and(|key| *key == Required::True);
        let asks_match = self.if_match.as_ref().is_some_and(|tag| *tag == Required::True);
        let table = [
            (MalformedHeader, true),
            (InvalidParameter, self.in_query),
            (CursorInvalid, self.paged),
            (CursorMismatch, self.paged),
            (MalformedJson, self.body),
            (IdempotencyKeyRequired, asks_key),
            (Unauthenticated, signed_in),
            (TokenExpired, signed_in),
            (Forbidden, signed_in),
            (InsufficientScope, self.schemes.contains("client")),
            (SupportIdUnknown, outside),
            (SupportIdRequired, self.schemes.contains("client")),
            (NotFound, self.in_path),
            (RequestInProgress, self.key.is_some()),
            (VersionConflict, self.if_match.is_some()),
            (BodyTooLarge, self.method != HttpMethod::Get),
            (UnsupportedMediaType, self.body || self.key.is_some()),
            (ValidationFailed, self.body),
            (IdempotencyKeyReused, self.key.is_some()),
            (PreconditionRequired, asks_match),
            (QuotaExceeded, true),
            (Unavailable, true),
        ];
        table.into_iter().filter(|(_, told)| *told).map(|(refusal, _)| refusal).collect()
    }

    fn add_problems(&self, operation: &mut Operation, components: &mut Components) {
        let refusals = self.refusals();
        for group in refusals.chunk_by(|a, b| a.status() == b.status()) {
            let Some(first) = group.first() else { continue };
            let told = &mut operation.responses.responses;
            let status = first.status().as_str().to_owned();
            match (told.get_mut(&status), group) {
                (Some(RefOr::T(own)), _) => extend(own, group),
                (Some(RefOr::Ref(_)), _) => {}
                (None, [Refusal::Unauthenticated, ..] | [_]) => {
                    let name = pascal(first.code());
                    components.responses.entry(name.clone()).or_insert_with(|| problem(group).into());
                    told.insert(status, Ref::new(format!("#/components/responses/{name}")).into());
                }
                (None, _) => {
                    told.insert(status, problem(group).into());
                }
            }
        }
    }

    fn add_headers(&self, operation: &mut Operation) {
        let mut tagged = false;
        for (status, response) in &mut operation.responses.responses {
            let RefOr::T(response) = response else { continue };
            let read = status == "200" && self.method == HttpMethod::Get;
            let json = response.content.contains_key("application/json");
            let declared = response.headers.contains_key("ETag");
            let single = read && json && self.single && !self.paged;
            let changed = status == "200" && matches!(self.method, HttpMethod::Patch | HttpMethod::Put);
            let made = status == "201" && !self.schemes.is_empty();
            let told = [
                ("ETag", single || changed || made || declared),
                ("Location", made),
                ("Link", read && self.paged),
                ("Idempotent-Replayed", status.starts_with('2') && self.key.is_some()),
                ("X-Request-Id", true),
            ];
            told.iter().filter(|(_, told)| *told).for_each(|(name, _)| refer(response, name));
            tagged |= read && (single || declared);
        }
        if tagged {
            let mut unchanged = Response::new("Not changed since the tag of `If-None-Match`; no body");
            ["ETag", "X-Request-Id"].iter().for_each(|name| refer(&mut unchanged, name));
            operation.responses.responses.insert("304".to_owned(), unchanged.into());
        }
    }
}

fn refer(response: &mut Response, name: &str) {
    response.headers.insert(name.to_owned(), RefOr::Ref(Ref::new(format!("#/components/headers/{name}"))));
}

/// The codes with their titles, such as "`not_found`: Not found".
fn told(refusals: &[Refusal]) -> String {
    let one = |refusal: &Refusal| format!("`{}`: {}", refusal.code(), refusal.title(Language::En));
    refusals.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn problem(refusals: &[Refusal]) -> Response {
    let content = Content::new(Some(Ref::from_schema_name("Problem")));
    let mut response = ResponseBuilder::new().description(told(refusals)).content(PROBLEM, content).build();
    match refusals.first() {
        Some(Refusal::Unauthenticated) => refer(&mut response, "WWW-Authenticate"),
        Some(Refusal::QuotaExceeded | Refusal::Unavailable) => refer(&mut response, "Retry-After"),
        _ => {}
    }
    response
}

/// Adds to what an operation says of a status itself the codes that it does not name.
fn extend(own: &mut Response, refusals: &[Refusal]) {
    let unsaid = |refusal: &&Refusal| !own.description.contains(&format!("`{}`", refusal.code()));
    let more: Vec<Refusal> = refusals.iter().filter(unsaid).copied().collect();
    if !more.is_empty() {
        own.description = format!("{}; {}", own.description, told(&more));
    }
    if own.content.is_empty() {
        own.content = problem(refusals).content;
    }
}

/// `not_found` as `NotFound`.
fn pascal(code: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    code.split('_').map(word).collect()
}
