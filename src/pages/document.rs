//! `GET /openapi.json`, `GET /openapi.ja.json`, and `/docs` that shows it to people.

use std::sync::{Arc, LazyLock};

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION};
use actix_web::{HttpResponse, get};
use utoipa::ToSchema;
use utoipa_swagger_ui::{Config, Url, serve};

use crate::api::japanese::japanese;
use crate::api::of_document;
use crate::http::{Path, Problem, Refusal, Reply, Result};

/// Everything comes from this server; the viewer needs styles of its own making and images in
/// `data:` URLs.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// Rendered once: the document does not change while the program runs.
static DOCUMENT: LazyLock<Result<Reply>> =
    LazyLock::new(|| of_document(|document| Ok(Reply::ok(&document)?.tagged(1))));
static JAPANESE: LazyLock<Result<Reply>> = LazyLock::new(|| {
    of_document(|document| {
        let english = serde_json::to_value(document).map_err(Problem::bug)?;
        Ok(Reply::ok(&japanese(english))?.tagged(1).with(CONTENT_LANGUAGE, "ja"))
    })
});
static VIEWER: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    let languages = [Url::new("日本語", "/openapi.ja.json"), Url::new("English", "/openapi.json")];
    let config = Config::new(languages).try_it_out_enabled(true).display_operation_id(true);
    Arc::new(config.validator_url("none"))
});

/// An OpenAPI 3.1 document.
#[derive(ToSchema)]
#[schema(value_type = Object)]
#[expect(dead_code, reason = "it only describes the body of an answer")]
pub struct OpenApiDocument(serde_json::Value);

/// Read this document
///
/// The OpenAPI 3.1 document of everything that is served here.
#[utoipa::path(
    tag = "service",
    responses((status = 200, description = "The document", body = OpenApiDocument)),
    security(())
)]
#[get("/openapi.json")]
pub async fn get_document() -> Result<Reply> {
    rendered(&DOCUMENT)
}

/// Read this document in Japanese
///
/// What `GET /openapi.json` says, told in Japanese: paths, schemas and codes are the same.
#[utoipa::path(
    tag = "service",
    responses((status = 200, description = "The document", body = OpenApiDocument)),
    security(())
)]
#[get("/openapi.ja.json")]
pub async fn get_japanese_document() -> Result<Reply> {
    rendered(&JAPANESE)
}

fn rendered(document: &Result<Reply>) -> Result<Reply> {
    match document {
        Ok(document) => Ok(document.clone()),
        Err(problem) => Err(Problem::bug(problem.to_string())),
    }
}

/// `/docs` is a folder: its files name each other by relative paths.
#[get("/docs")]
pub async fn docs() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((LOCATION, "/docs/index.html")).finish()
}

/// The same for the folder itself.
#[get("/docs/")]
pub async fn docs_folder() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((LOCATION, "/docs/index.html")).finish()
}

/// A file of the viewer.
#[get("/docs/{file:.+}")]
pub async fn docs_file(Path(file): Path<String>) -> Result<HttpResponse> {
    let found = serve(&file, Arc::clone(&VIEWER)).map_err(|error| Problem::bug(error.to_string()))?;
    let file = found.ok_or(Refusal::NotFound)?;
    let mut response = HttpResponse::Ok();
    response.insert_header((CONTENT_TYPE, file.content_type));
    response.insert_header((CONTENT_SECURITY_POLICY, POLICY));
    if file.gzpipped {
        response.insert_header((CONTENT_ENCODING, "gzip"));
    }
    Ok(response.body(file.bytes.into_owned()))
}
