//! `GET /`: where to go from here.

use actix_web::{HttpResponse, get};

use super::html::Html;

/// The page behind the bare address.
#[get("/")]
pub async fn home() -> HttpResponse {
    Html::titled("窓口 Madoguchi")
        .spoken("p", "ja", "サポートサービスの JSON REST API です。")
        .spoken("p", "en", "The JSON REST API of a support service.")
        .link("/docs", "API ドキュメント / Documentation")
        .link("/openapi.ja.json", "OpenAPI 3.1（日本語）")
        .link("/openapi.json", "OpenAPI 3.1 (English)")
        .link("/v1/terms", "サポートサービス仕様書 / Service terms")
        .response()
}
