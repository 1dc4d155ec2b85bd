//! The download site: programs and patches as the vendor supplied them, and documents
//! (SW-4.2.2-C11, SW-4.2.3-C1, SW-4.2.3-C2, SA-5.2.2-C11). Whoever is entitled takes them; nobody
//! asks what is installed.

pub mod model;
pub mod store;

mod change;
mod fetch;
mod grant;
mod list_fetches;
mod put_content;
mod read;
mod register;
mod view;

use crate::auth::claim::{Gate, Header, Privilege};
use crate::http::Services;
use crate::terms::codes::Scope;

/// Something to download.
#[derive(Debug)]
pub struct Download;
/// Its id; under this name the document knows it.
pub type DownloadId = crate::db::types::Id<Download>;

/// The right to take a download, for a while.
#[derive(Debug)]
pub struct DownloadGrant;
/// Its id; under this name the document knows it.
pub type DownloadGrantId = crate::db::types::Id<DownloadGrant>;

/// A download that was taken.
#[derive(Debug)]
pub struct DownloadFetch;
/// Its id; under this name the document knows it.
pub type DownloadFetchId = crate::db::types::Id<DownloadFetch>;

/// Keeps the download site: a manager.
pub struct KeepsDownloads;
impl Privilege for KeepsDownloads {
    const GATE: Gate = Gate::shut().manager();
}

/// Takes downloads under a contract.
pub struct TakesDownloads;
impl Privilege for TakesDownloads {
    const GATE: Gate = Gate::shut().customer().partner(Scope::DownloadsRead, Header::Required);
}

/// The routes of downloads.
pub fn routes(v1: &mut impl Services) {
    v1.service(fetch::get_download_content)
        .service(read::list_downloads)
        .service(register::register_download)
        .service(read::get_download)
        .service(change::change_download)
        .service(put_content::put_download_content)
        .service(grant::grant_download)
        .service(list_fetches::list_download_fetches);
}
