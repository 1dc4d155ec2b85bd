//! Lists: bounded, in a stable order, read on with a cursor that nobody needs to understand.

use std::future::{Ready, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::problem::{Problem, Refusal, Result};
use super::query::{pairs, parse_pairs};
use crate::db::count::{Beyond, Counted, Counting};
use crate::db::few::FIRST_PAGE;
use crate::db::types::{Id, Instant};

/// The parameters that every list takes.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageParams {
    /// How many items at most: 1 to 100.
    #[param(nullable = false, minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<i64>,
    /// Where to go on: the `next_cursor` of the page before, with the same filters.
    #[param(nullable = false, min_length = 1, max_length = 200)]
    pub cursor: Option<String>,
    /// Tells in `total` how many items there are by the filters; it costs a statement more.
    #[param(nullable = false, inline)]
    pub count: Option<Count>,
}

/// How a list is counted.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(as = ListCount, rename_all = "snake_case")]
pub enum Count {
    /// All of them, now.
    Exact,
}

/// How many items a page holds at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(u8);

/// The last item of the page before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// What the list is ordered by.
    pub at: Instant,
    /// What breaks ties.
    pub id: Uuid,
}

/// Which page of a list is asked for.
#[derive(Clone, Debug)]
pub struct Page {
    limit: Limit,
    /// Where to go on; none is the beginning.
    pub after: Option<Cursor>,
    filters: [u8; 8],
    path: String,
    pairs: Vec<(String, String)>,
    /// How many there are in all, once somebody who was asked has counted.
    total: Option<Arc<AtomicI64>>,
    counting: Counting,
}

/// A list's own filters, and the page.
#[derive(Debug)]
pub struct List<F>(pub F, pub Page);

/// For lists that have no filters of their own.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoFilter {}

impl<F: DeserializeOwned> FromRequest for List<F> {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request))
    }
}

fn read<F: DeserializeOwned>(request: &HttpRequest) -> Result<List<F>> {
    let all = pairs(request)?;
    let (page, mut pairs): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|(name, _)| matches!(name.as_str(), "limit" | "cursor" | "count"));
    pairs.sort();
    let once = |wanted: &str| -> Result<Option<String>> {
        let mut found = page.iter().filter(|(name, _)| name == wanted).map(|(_, value)| value.clone());
        let first = found.next();
        if found.next().is_some() { Err(Problem::parameter(wanted, "duplicate_key")) } else { Ok(first) }
    };
    let limit = match once("limit")?.map(|text| text.parse::<u8>()) {
        None => Limit(20),
        Some(Ok(n @ 1..=100)) => Limit(n),
        Some(_) => return Err(Problem::parameter("limit", "invalid_format")),
    };
    let total = match once("count")?.as_deref() {
        None => None,
        Some("exact") => Some(Arc::default()),
        Some(_) => return Err(Problem::parameter("count", "not_an_option")),
    };
    let mut for_list = Context::new(&SHA256);
    for_list.update(request.path().as_bytes());
    let digest = pairs.iter().fold(for_list, |mut hash, (name, value)| {
        for part in [name, value] {
            hash.update(&part.len().to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash
    });
    let mut filters = [0; 8];
    filters.iter_mut().zip(digest.finish().as_ref()).for_each(|(to, from)| *to = *from);
    let after = once("cursor")?.map(|text| Cursor::read(&text, filters)).transpose()?;
    let filter = parse_pairs(&pairs)?;
    let path = request.path().to_owned();
    Ok(List(filter, Page { limit, after, filters, path, pairs, total, counting: Counting::default() }))
}

impl Cursor {
    fn read(text: &str, filters: [u8; 8]) -> Result<Self> {
        let invalid = || Problem::from(Refusal::CursorInvalid);
        let bytes: [u8; 32] = URL_SAFE_NO_PAD.decode(text).ok().and_then(|b| b.try_into().ok()).ok_or_else(invalid)?;
        let (made_for, rest) = bytes.split_first_chunk::<8>().ok_or_else(invalid)?;
        let (at, id) = rest.split_first_chunk::<8>().ok_or_else(invalid)?;
        if *made_for != filters {
            return Err(Refusal::CursorMismatch.into());
        }
        Ok(Self { at: Instant::from_micros(i64::from_be_bytes(*at)), id: Uuid::from_slice(id).map_err(|_| invalid())? })
    }

    /// The id that breaks ties, as an id of the list's noun.
    pub fn id<N>(&self) -> Id<N> {
        Id::new(self.id)
    }
}

impl Page {
    /// How many rows to fetch: one more than the page holds, to see whether it goes on.
    pub fn fetch(&self) -> i64 {
        i64::from(self.limit.0).saturating_add(1)
    }

    /// Whether it is the first page as it is asked for most: of the usual length, and not counted.
    pub fn is_first(&self) -> bool {
        self.after.is_none() && usize::from(self.limit.0) + 1 == FIRST_PAGE && !self.counts()
    }

    /// Whether all are to be counted.
    pub fn counts(&self) -> bool {
        self.total.is_some()
    }

    /// A condition of the page, which does not hold for the count of all.
    pub fn beyond<E>(&self, condition: E) -> Beyond<E> {
        self.counting.beyond(condition)
    }

    /// The count of all that a query of this page's would find without the page.
    pub fn counted<'a, Q>(&'a self, query: &'a Q) -> Counted<'a, Q> {
        self.counting.counted(query)
    }

    /// Notes that so many were found; what is asked in several statements comes to their sum.
    pub fn found(&self, count: i64) {
        if let Some(total) = &self.total {
            total.fetch_add(count, Ordering::Relaxed);
        }
    }

    /// How many there are in all, if that was asked.
    pub fn total(&self) -> Option<i64> {
        self.total.as_ref().map(|total| total.load(Ordering::Relaxed))
    }

    /// Cuts what was fetched to the page, and tells where the next one begins.
    pub fn cut<T, N: 'static>(&self, rows: &mut Vec<T>, place: impl Fn(&T) -> (Instant, Id<N>)) -> Option<String> {
        let limit = usize::from(self.limit.0);
        if rows.len() <= limit {
            return None;
        }
        rows.truncate(limit);
        let (at, id) = rows.last().map(place)?;
        let mut bytes = self.filters.to_vec();
        bytes.extend(at.micros().to_be_bytes());
        bytes.extend(id.uuid().as_bytes());
        Some(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The path and query of the next page.
    pub fn next_url(&self, cursor: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.pairs).append_pair("limit", &self.limit.0.to_string()).append_pair("cursor", cursor);
        if self.counts() {
            query.append_pair("count", "exact");
        }
        format!("{}?{}", self.path, query.finish())
    }
}

/// Narrows a boxed query to what comes after the page's cursor, newest first. The first condition
/// alone lets an index begin in the right place.
#[macro_export]
macro_rules! older {
    ($query:ident, $page:expr, $at:expr, $id:expr) => {
        if let Some(after) = &$page.after {
            let older = $at.lt(after.at).or($id.lt(after.id::<uuid::Uuid>()));
            $query = $query.filter($page.beyond($at.le(after.at))).filter($page.beyond(older));
        }
    };
}

/// The other way: what comes after the page's cursor, oldest first.
#[macro_export]
macro_rules! newer {
    ($query:ident, $page:expr, $at:expr, $id:expr) => {
        if let Some(after) = &$page.after {
            let newer = $at.gt(after.at).or($id.gt(after.id::<uuid::Uuid>()));
            $query = $query.filter($page.beyond($at.ge(after.at))).filter($page.beyond(newer));
        }
    };
}

/// Loads the rows of a page and, where that is asked, counts all that there are. A macro, since the
/// bounds of a function would be longer than what it does.
#[macro_export]
macro_rules! load_page {
    ($query:expr, $page:expr, $connection:expr) => {{
        let query = $query;
        if $page.counts() {
            $page.found($page.counted(&query).get_result($connection)?);
        }
        $crate::db::few::Few::of(query, $page.fetch()).load($connection)?
    }};
}

/// Defines the page of a list as a type of its own: a generic one would have its items inlined in
/// the document, without a name for generated clients.
#[macro_export]
macro_rules! page {
    ($(#[$doc:meta])* $page:ident of $item:ty) => {
        $(#[$doc])*
        #[derive(Debug, serde::Serialize, utoipa::ToSchema)]
        pub struct $page {
            /// The items of this page, newest first unless the operation says otherwise.
            #[schema(max_items = 100)]
            pub items: Vec<$item>,
            /// Where the next page begins; null on the last.
            #[schema(required, max_length = 200)]
            pub next_cursor: Option<String>,
            /// How many there are by the filters, on all pages; only with `count=exact`.
            #[serde(skip_serializing_if = "Option::is_none")]
            #[schema(nullable = false, minimum = 0, maximum = 9_007_199_254_740_991_i64)]
            pub total: Option<i64>,
        }

        impl $page {
            /// The page as an answer, with its link to the next.
            pub fn reply(items: Vec<$item>, next_cursor: Option<String>, page: &$crate::http::page::Page) -> $crate::http::Result<$crate::http::Reply> {
                let next = next_cursor.as_deref().map(|cursor| page.next_url(cursor));
                let many = items.len();
                let page = Self { items, next_cursor, total: page.total() };
                Ok($crate::http::Reply::page(&page, many)?.linked_to_next(next))
            }
        }
    };
}
