//! `GET /v1/release-notices` and `GET /v1/release-notices/{id}`.

use actix_web::get;
use serde::Deserialize;
use utoipa::IntoParams;

use super::NoticeId;
use super::store::{self, Narrowing};
use super::view::{NoticeSummary, NoticeView};
use crate::app::App;
use crate::auth::claim::{Caller, Gate, Header, Privilege, SupportIdParam};
use crate::auth::proof::prove;
use crate::contracts::Product;
use crate::contracts::entitled::{not_denied, served};
use crate::db::types::Id;
use crate::http::{AnyOf, List, PageParams, Path, Problem, ProblemView, Refusal, Reply, Result};
use crate::page;
use crate::terms::codes::{NoticeKind, NoticeState, Scope, Service};

/// Reads notices.
pub struct ReadsNotices;
impl Privilege for ReadsNotices {
    const GATE: Gate = Gate::shut().customer().partner(Scope::NoticesRead, Header::Optional).agent();
}

page!(
    /// A page of release notices.
    ReleaseNoticePage of NoticeSummary
);

/// What a list of notices is narrowed by; several values of one with commas between.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NoticeFilter {
    /// Any of these kinds.
    #[param(nullable = false, value_type = Option<String>, max_length = 200, example = "patch,alert")]
    kind: Option<AnyOf<NoticeKind>>,
    /// About any of these products, by id.
    #[param(nullable = false, value_type = Option<String>, max_length = 800)]
    product: Option<AnyOf<Id<Product>>>,
    /// Any of these states. For the desk only.
    #[param(nullable = false, value_type = Option<String>, max_length = 100)]
    state: Option<AnyOf<NoticeState>>,
}

/// List release notices
///
/// Newest first. Outside the desk the announced ones of contracted products, while the contract is
/// in force and includes information.
#[utoipa::path(
    tag = "releases",
    params(NoticeFilter, PageParams, SupportIdParam),
    responses(
        (status = 200, description = "A page of notices", body = ReleaseNoticePage),
        (status = 403, description = "`contract_not_started` `contract_expired` `contract_suspended` `service_not_contracted` `support_denied`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("staff" = []), ("client" = ["notices:read"]))
)]
#[get("/release-notices")]
pub async fn list_release_notices(
    app: App,
    caller: Caller<ReadsNotices>,
    List(filter, page): List<NoticeFilter>,
) -> Result<Reply> {
    if caller.is_outside() && filter.state.is_some() {
        return Err(Problem::parameter("state", "not_allowed_here"));
    }
    let (now, desk) = (app.now(), app.config().desk_contact());
    app.read(move |db| {
        let actor = prove(db, &caller, now)?;
        let by = Narrowing {
            seen: served(db, &actor, Service::Information, now, &desk)?,
            kinds: filter.kind.map(|any| any.0).unwrap_or_default(),
            products: filter.product.map(|any| any.0).unwrap_or_default(),
            states: filter.state.map(|any| any.0).unwrap_or_default(),
        };
        let mut rows = store::list(db, &by, &page)?;
        let next = page.cut(&mut rows, store::place_in_list);
        ReleaseNoticePage::reply(rows.into_iter().map(NoticeSummary::from).collect(), next, &page)
    })
    .await
}

/// Read a release notice
///
/// A draft, a withdrawn one and one of products that are not contracted are the same 404 outside
/// the desk.
#[utoipa::path(
    tag = "releases",
    params(("id" = NoticeId, Path, description = "The notice."), SupportIdParam),
    responses(
        (status = 200, description = "The notice", body = NoticeView),
        (status = 403, description = "`contract_not_started` `contract_expired` `contract_suspended` `service_not_contracted` `support_denied`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("customer" = []), ("staff" = []), ("client" = ["notices:read"]))
)]
#[get("/release-notices/{id}")]
pub async fn get_release_notice(app: App, caller: Caller<ReadsNotices>, Path(id): Path<NoticeId>) -> Result<Reply> {
    let (now, desk) = (app.now(), app.config().desk_contact());
    app.read(move |db| {
        let actor = prove(db, &caller, now)?;
        let products = served(db, &actor, Service::Information, now, &desk)?;
        let row = store::find(db, id)?;
        let row = row.filter(|row| !actor.is_outside() || row.state == NoticeState::Announced);
        let row = row.ok_or(Refusal::NotFound)?;
        not_denied(db, &actor, &row.product_ids.0, now, &desk)?;
        if products.is_some_and(|products| !row.product_ids.0.iter().any(|id| products.contains(id))) {
            return Err(Refusal::NotFound.into());
        }
        let version = row.version;
        Ok(Reply::ok(&NoticeView::of(db, row, &actor)?)?.tagged(version))
    })
    .await
}
