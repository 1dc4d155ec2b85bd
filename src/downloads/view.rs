//! What callers see of a download.

use serde::Serialize;
use utoipa::ToSchema;

use super::DownloadId;
use super::model::HttpsUrl;
use super::store::Row;
use crate::contracts::ProductId;
use crate::db::types::Instant;
use crate::events::seal::hex;
use crate::http::text::{Day, Name, Reason, Subject, VersionName};
use crate::terms::codes::DownloadKind;

/// Something to download.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Download)]
pub struct DownloadView {
    /// The download.
    pub id: DownloadId,
    /// What it is.
    pub kind: DownloadKind,
    /// Its title.
    pub title: Subject,
    /// What there is to say about it; null for nothing.
    #[schema(required)]
    pub description: Option<Reason>,
    /// The products that it belongs to.
    #[schema(max_items = 100)]
    pub product_ids: Vec<ProductId>,
    /// The version that it brings; null for none.
    #[schema(required)]
    pub product_version: Option<VersionName>,
    /// When the vendor supplied it; null where that is not known.
    #[schema(required)]
    pub supplied_by_vendor_on: Option<Day>,
    /// The name to save it under; null where it is kept elsewhere.
    #[schema(required)]
    pub file_name: Option<Name>,
    /// How many bytes it has; null while it has none here.
    #[schema(required, minimum = 0, maximum = 5_368_709_120i64)]
    pub size: Option<i64>,
    /// The SHA-256 of its bytes in hexadecimal; null while it has none here.
    #[schema(required, min_length = 64, max_length = 64)]
    pub sha256: Option<String>,
    /// Whether it can be taken: it has content or a link.
    pub available: bool,
    /// Where it is kept, if not here. The desk's answers only; others get it with a grant.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub link: Option<HttpsUrl>,
    /// When it was registered.
    pub created_at: Instant,
    /// When it was last changed.
    pub changed_at: Instant,
    /// Its version, as in the entity tag.
    #[schema(minimum = 1)]
    pub version: i32,
}

impl DownloadView {
    /// The download as the desk or somebody else sees it.
    pub fn of(row: Row, desk: bool) -> Self {
        Self {
            available: row.is_available(),
            id: row.id,
            kind: row.kind,
            title: row.title,
            description: row.description,
            product_ids: row.product_ids.0,
            product_version: row.product_version,
            supplied_by_vendor_on: row.supplied_by_vendor_on.map(Day::from),
            file_name: row.file_name,
            size: row.size,
            sha256: row.sha256.as_deref().map(hex),
            link: row.link.map(HttpsUrl::kept).filter(|_| desk),
            created_at: row.created_at,
            changed_at: row.changed_at,
            version: row.version,
        }
    }
}
