//! Release notices: what the vendor released or announced, told to those whose contracts cover it
//! (SW-4.2.2-C1, SA-5.2.2-C1).

pub mod model;
pub mod store;
pub mod view;

mod announce;
mod change;
mod draft;
mod list_deliveries;
mod read;
mod withdraw;

use crate::auth::claim::{Gate, Privilege};
use crate::http::Services;

/// A release notice.
#[derive(Debug)]
pub struct Notice;
/// Its id; under this name the document knows it.
pub type NoticeId = crate::db::types::Id<Notice>;

/// Drafts notices and sees whom they reached: the desk.
pub struct WritesNotices;
impl Privilege for WritesNotices {
    const GATE: Gate = Gate::shut().agent();
}

/// Announces and withdraws: a manager.
pub struct AnnouncesNotices;
impl Privilege for AnnouncesNotices {
    const GATE: Gate = Gate::shut().manager();
}

/// The routes of release notices.
pub fn routes(v1: &mut impl Services) {
    v1.service(read::list_release_notices)
        .service(draft::draft_release_notice)
        .service(read::get_release_notice)
        .service(change::change_release_notice)
        .service(announce::announce_release_notice)
        .service(withdraw::withdraw_release_notice)
        .service(list_deliveries::list_release_notice_deliveries);
}
