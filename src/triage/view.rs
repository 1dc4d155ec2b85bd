//! What the desk sees of its queue.

use serde::Serialize;
use utoipa::ToSchema;

use super::model::{DoubtedClosure, Suggestion};
use crate::faqs::suggest::FaqSuggestion;
use crate::inquiries::InquiryId;
use crate::inquiries::view::InquirySummary;

/// An inquiry that waits for the desk.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TriageItem)]
pub struct QueueItem {
    /// The inquiry.
    pub id: InquiryId,
    /// The inquiry as lists have it.
    pub inquiry: InquirySummary,
    /// Whole minutes of business since it counts as received: what has passed, not a promise.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub business_minutes_waited: i64,
    /// Whether the day has come on which the desk wanted to look again.
    pub follow_up_due: bool,
    /// The completed inquiry that it follows: its completion is doubted.
    #[schema(required)]
    pub doubted: Option<DoubtedClosure>,
    /// What could be done about it, the most pressing first.
    #[schema(max_items = 10)]
    pub suggestions: Vec<Suggestion>,
    /// Published FAQs of its product that may answer it, by its subject: while it is received, and
    /// nobody has taken it up.
    #[schema(max_items = 3)]
    pub faqs: Vec<FaqSuggestion>,
}
