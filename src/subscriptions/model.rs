//! What an application may ask for: pure rules.

use time::Duration;

use crate::contracts::ProductId;
use crate::contracts::store::ProductRow;
use crate::http::Result;
use crate::releases::model::not_offered;
use crate::terms::codes::{Code, NoticeKind};

/// How long a mailed link is good.
pub const LINK_GOOD: Duration = Duration::hours(24);
/// How many links an address that is not confirmed is mailed within [`LINKS_WITHIN`].
pub const LINKS: i64 = 3;
/// See [`LINKS`].
pub const LINKS_WITHIN: Duration = Duration::hours(1);

/// What an application comes to: a product with each of the kinds that the terms offer for it. A
/// kind that none of the products has is 422 `notice_kind_not_offered`.
pub fn topics(products: &[ProductRow], kinds: &[NoticeKind]) -> Result<Vec<(ProductId, NoticeKind)>> {
    for kind in kinds {
        let fits = products.iter().any(|product| kind.clause(product.delivery).is_some());
        if let (false, Some(product)) = (fits, products.first()) {
            return Err(not_offered(*kind, product.delivery));
        }
    }
    let all = products.iter().flat_map(|product| kinds.iter().map(move |kind| (product, *kind)));
    Ok(all.filter(|(product, kind)| kind.clause(product.delivery).is_some()).map(|(p, kind)| (p.id, kind)).collect())
}
