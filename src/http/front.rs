//! The front door: every request passes it before any handler, every answer on its way out.
//!
//! It gives the request its id and language, knows which paths and methods exist, reads the body
//! within its bound and time, and writes every problem in the reader's words. With the body at
//! hand, all extractors are immediate and fail in the order in which a handler names them.

use std::collections::BTreeMap;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    ACCEPT_LANGUAGE, ALLOW, CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, VARY,
    WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, BytesMut, Data};
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, HttpResponse};
use futures_util::StreamExt;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{OpenApi, RefOr};

use super::problem::{Problem, Reader, Refusal, Register, Result};
use crate::app::App;
use crate::terms::codes::Language;

/// The most that a JSON body may hold, in bytes.
pub const BODY_LIMIT: usize = 256 * 1024;
/// What a form may hold beside its file, in bytes.
pub const BESIDE_THE_FILE: u64 = 64 * 1024;
/// How long a body may take to arrive.
const BODY_DEADLINE: Duration = Duration::from_secs(10);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the front door learnt of a request.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The id it is logged under, the caller's own if that is fit.
    pub request_id: String,
    /// The language of titles, details and labels.
    pub language: Language,
    /// How the caller is spoken to; set once the caller is known.
    pub register: Register,
}

/// The language of the answer, as a handler's argument: see [`Arrival::language`].
#[derive(Clone, Copy, Debug)]
pub struct Spoken(pub Language);

impl FromRequest for Spoken {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let arrival = request.extensions().get::<Arrival>().map(|arrival| Self(arrival.language));
        ready(arrival.ok_or_else(|| Problem::bug("a request that did not pass the front door")))
    }
}

impl FromRequest for Arrival {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let arrival = request.extensions().get::<Self>().cloned();
        ready(arrival.ok_or_else(|| Problem::bug("a request that did not pass the front door")))
    }
}

/// The body, read in full.
#[derive(Clone, Debug)]
pub struct Buffered(pub Bytes);

/// The body is left where it is: it is a stream of this media type, and its handler reads it.
#[derive(Clone, Debug)]
pub struct Streamed(pub Arc<str>);

/// The paths and methods that exist, made from the document.
pub struct Routes(matchit::Router<Route>);

#[derive(Clone, Debug)]
struct Route {
    template: Arc<str>,
    methods: Vec<Method>,
    /// The name of each operation; pages have none.
    operations: Vec<(Method, Arc<str>)>,
    streamed: Vec<(Method, Arc<str>)>,
    allow: HeaderValue,
}

impl Routes {
    /// Takes every operation of the document, and the few pages that are not in it.
    pub fn new(document: &OpenApi, pages: &[(&str, Method)]) -> Result<Self> {
        let mut found: BTreeMap<String, Vec<Method>> = BTreeMap::new();
        let mut names: BTreeMap<String, Vec<(Method, Arc<str>)>> = BTreeMap::new();
        let mut streams: BTreeMap<String, Vec<(Method, Arc<str>)>> = BTreeMap::new();
        for (path, item) in &document.paths.paths {
            let operations = [
                (Method::GET, &item.get),
                (Method::POST, &item.post),
                (Method::PUT, &item.put),
                (Method::PATCH, &item.patch),
                (Method::DELETE, &item.delete),
            ];
            for (method, operation) in &operations {
                let media = operation.as_ref().and_then(streamed_media);
                let id = operation.as_ref().and_then(|operation| operation.operation_id.as_deref());
                names.entry(path.clone()).or_default().extend(id.map(|id| (method.clone(), id.into())));
                streams.entry(path.clone()).or_default().extend(media.map(|media| (method.clone(), media)));
            }
            let methods = operations.into_iter().filter(|(_, o)| o.is_some()).map(|(m, _)| m);
            found.entry(path.clone()).or_default().extend(methods);
        }
        for (page, method) in pages {
            found.entry((*page).to_owned()).or_default().push(method.clone());
        }
        let mut router = matchit::Router::new();
        for (path, mut methods) in found {
            if methods.contains(&Method::GET) {
                methods.push(Method::HEAD);
            }
            let operations = names.remove(&path).unwrap_or_default();
            let allowed: Vec<&str> = methods.iter().map(Method::as_str).collect();
            let allow = HeaderValue::from_str(&allowed.join(", ")).map_err(Problem::bug)?;
            let streamed = streams.remove(&path).unwrap_or_default();
            let route = Route { template: path.as_str().into(), methods, operations, streamed, allow };
            router.insert(&path, route).map_err(Problem::bug)?;
        }
        Ok(Self(router))
    }

    fn find(&self, method: &Method, path: &str) -> Result<&Route> {
        let route = self.0.at(path).map_err(|_| Problem::from(Refusal::NotFound))?.value;
        if route.methods.contains(method) {
            return Ok(route);
        }
        let allow = route.allow.to_str().unwrap_or_default().to_owned();
        let refused = Problem::from(Refusal::MethodNotAllowed).with("allow", allow);
        Err(refused.header_value(ALLOW, route.allow.clone()))
    }
}

/// The media type of a body that is too large to be read here.
fn streamed_media(operation: &Operation) -> Option<Arc<str>> {
    const STREAMS: [&str; 2] = ["multipart/form-data", "application/octet-stream"];
    let Some(RefOr::T(body)) = &operation.request_body else { return None };
    STREAMS.into_iter().find(|media| body.content.contains_key(*media)).map(Arc::from)
}

/// The middleware around everything.
pub async fn front(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let began = Instant::now();
    let request_id = request_id(&request);
    let language = language(request.headers());
    let arrival = Arrival { request_id, language, register: Register::Polite };
    request.extensions_mut().insert(arrival);

    let method = request.method().clone();
    let app = request.app_data::<Data<App>>().cloned();
    let on_the_way = app.as_ref().map(|app| app.metrics().arrived());
    let (mut template, mut operation): (Arc<str>, Arc<str>) = ("-".into(), "-".into());
    let answer = match admit(&mut request, &mut template, &mut operation).await {
        Ok(()) => next.call(request).await?.map_into_boxed_body(),
        Err(problem) => request.error_response(problem),
    };
    let answer = told(answer);
    if let Some(app) = &app {
        app.metrics().answered(&operation, answer.status().as_u16(), began.elapsed());
    }
    drop(on_the_way);
    log::info!(
        target: "access",
        "{method} {template} {} {} µs {}",
        answer.status().as_u16(),
        began.elapsed().as_micros(),
        answer.headers().get(REQUEST_ID).and_then(|v| v.to_str().ok()).unwrap_or("-"),
    );
    Ok(answer)
}

/// 404, 405 and 413, in this order; then the body is at hand.
async fn admit(request: &mut ServiceRequest, template: &mut Arc<str>, operation: &mut Arc<str>) -> Result<()> {
    let app = request.app_data::<Data<App>>().cloned();
    let app = app.ok_or_else(|| Problem::bug("the application is not set up"))?;
    let route = app.routes().find(request.method(), request.path())?;
    *template = Arc::clone(&route.template);
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    if let Some((_, name)) = route.operations.iter().find(|(method, _)| method == request.method()) {
        *operation = Arc::clone(name);
    }
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(());
    }
    if let Some((_, media)) = route.streamed.iter().find(|(method, _)| method == request.method()) {
        let limit = app.config().attachment_limit;
        if announced(request).is_some_and(|length| length > limit.saturating_add(BESIDE_THE_FILE)) {
            return Err(too_large(limit));
        }
        request.extensions_mut().insert(Streamed(Arc::clone(media)));
        return Ok(());
    }
    let times = if request.path().starts_with("/v1/faqs") { 4 } else { 1 }; // an answer is long
    let body = read_body(request, times * BODY_LIMIT).await?;
    request.extensions_mut().insert(Buffered(body));
    Ok(())
}

/// How many bytes the body has, as far as the request says.
fn announced(request: &ServiceRequest) -> Option<u64> {
    request.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// 413, with the limit in words.
pub fn too_large(limit: u64) -> Problem {
    let units = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    let (unit, bytes) = units.into_iter().find(|(_, bytes)| limit.is_multiple_of(*bytes)).unwrap_or(("B", 1));
    Problem::from(Refusal::BodyTooLarge).with("limit", format!("{} {unit}", limit / bytes))
}

async fn read_body(request: &mut ServiceRequest, limit: usize) -> Result<Bytes> {
    let too_large = || too_large(limit as u64);
    let announced = announced(request).and_then(|length| usize::try_from(length).ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    let mut payload = request.take_payload();
    let read = async {
        let mut body = BytesMut::with_capacity(announced.unwrap_or(0));
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|e| Problem::from(Refusal::MalformedJson).caused_by(e.to_string()))?;
            if body.len().saturating_add(chunk.len()) > limit {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    };
    match tokio::time::timeout(BODY_DEADLINE, read).await {
        Ok(body) => body,
        Err(_) => Err(Problem::unavailable("the body did not arrive in time")),
    }
}

/// The caller's request id if it is one line of up to 128 plain characters, else a new one.
fn request_id(request: &ServiceRequest) -> String {
    let fit = |id: &&str| {
        (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
    };
    let given = request.headers().get(REQUEST_ID).and_then(|v| v.to_str().ok()).filter(fit);
    given.map(str::to_owned).unwrap_or_else(|| match request.app_data::<Data<App>>() {
        Some(app) => app.ids().request(),
        None => "-".to_owned(),
    })
}

/// Japanese unless English is asked for with more weight.
fn language(headers: &HeaderMap) -> Language {
    let (mut ja, mut en) = (None::<f32>, None::<f32>);
    let lists = headers.get_all(ACCEPT_LANGUAGE).filter_map(|v| v.to_str().ok());
    for range in lists.flat_map(|list| list.split(',')) {
        let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
        let weight = weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()).unwrap_or(1.0);
        let tag = tag.trim().to_ascii_lowercase();
        match tag.split('-').next() {
            Some("ja") => ja = Some(ja.unwrap_or(0.0).max(weight)),
            Some("en") => en = Some(en.unwrap_or(0.0).max(weight)),
            _ => {}
        }
    }
    if en.unwrap_or(0.0) > ja.unwrap_or(0.0) { Language::En } else { Language::Ja }
}

/// Gives the answer its common headers, and a problem its words.
fn told(answer: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let arrival = answer.request().extensions_mut().remove::<Arrival>();
    let Some(arrival) = arrival else { return answer };
    let (request, mut response) = answer.into_parts();
    if response.error().is_none()
        && response.status().is_client_error()
        && !response.headers().contains_key(CONTENT_TYPE)
    {
        // A page's own 404: it has no body, and every refusal here has one.
        response = write_problem(&Problem::from(framework_refusal(response.status())), &arrival, request.path());
    } else if let Some(error) = response.error() {
        let fallback;
        let problem = match error.as_error::<Problem>() {
            Some(problem) => problem,
            None => {
                fallback = unknown_failure(error, response.status());
                &fallback
            }
        };
        response = match problem.stored() {
            Some(stored) => stored.response(),
            None => write_problem(problem, &arrival, request.path()),
        };
    }
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&arrival.request_id) {
        headers.insert(REQUEST_ID, id);
    }
    let language = match arrival.language {
        Language::Ja => "ja",
        Language::En => "en",
    };
    if !headers.contains_key(CONTENT_LANGUAGE) {
        headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language));
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    ServiceResponse::new(request, response)
}

/// An error of the framework's own: told by its status, with nothing of its text.
fn unknown_failure(error: &Error, status: StatusCode) -> Problem {
    Problem::from(framework_refusal(status)).caused_by(error.to_string())
}

fn framework_refusal(status: StatusCode) -> Refusal {
    match status.as_u16() {
        404 => Refusal::NotFound,
        413 => Refusal::BodyTooLarge,
        415 => Refusal::UnsupportedMediaType,
        400..=499 => Refusal::MalformedHeader,
        _ => Refusal::InternalError,
    }
}

fn write_problem(problem: &Problem, arrival: &Arrival, path: &str) -> HttpResponse {
    if let Some(cause) = problem.cause() {
        log::error!("{} {}: {cause}", arrival.request_id, problem.refusal().code());
    }
    let reader = Reader {
        language: arrival.language,
        // The words must not tell a forged token from a true one whose person is gone.
        register: if problem.refusal() == Refusal::Unauthenticated { Register::Polite } else { arrival.register },
        instance: path,
        request_id: &arrival.request_id,
    };
    let status = problem.refusal().status();
    let mut response = HttpResponse::build(status);
    response.insert_header((CONTENT_TYPE, "application/problem+json"));
    response.insert_header((VARY, "Authorization, Accept-Language, Support-Id"));
    if status == StatusCode::UNAUTHORIZED {
        response.insert_header((WWW_AUTHENTICATE, "Bearer realm=\"madoguchi\""));
    }
    for (name, value) in problem.headers() {
        response.insert_header((name.clone(), value.clone()));
    }
    response.body(serde_json::to_vec(&problem.view(&reader)).unwrap_or_default())
}
