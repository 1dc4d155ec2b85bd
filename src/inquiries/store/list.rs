//! Lists of inquiries: permission and rows in one statement.

use std::collections::BTreeSet;

use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;

use super::{Around, Line, Triage, around, joined};
use crate::accounts::Staff;
use crate::auth::claim::Claim;
use crate::auth::store::reached::Reached;
use crate::calendar::model::tokyo_date;
use crate::contracts::{Contract, Product};
use crate::db::Connection;
use crate::db::few::{FIRST_PAGE, FirstPage, Fixed};
use crate::db::schema::{inquiries, inquiry_tags, products};
use crate::db::types::{Id, Instant};
use crate::http::Result;
use crate::http::page::Page;
use crate::terms::codes::{Channel, Delivery, Kind, Matter, PartnerAccess, Priority, State};
use crate::{directly, load_page, newer, older, proven};

#[diesel::declare_sql_function]
extern "SQL" {
    /// The text in lower case: ASCII at least.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// What a list is narrowed by. Empty means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrowing {
    /// Any of these states.
    pub states: Vec<State>,
    /// Any of these kinds.
    pub kinds: Vec<Kind>,
    /// Any of these products.
    pub products: Vec<Id<Product>>,
    /// Any of these contracts.
    pub contracts: Vec<Id<Contract>>,
    /// Any of these assignees.
    pub assignees: Vec<Id<Staff>>,
    /// Any of these tags.
    pub tags: Vec<String>,
    /// Any of these priorities.
    pub priorities: Vec<Priority>,
    /// Any of these channels.
    pub channels: Vec<Channel>,
    /// Any of these matters.
    pub matters: Vec<Matter>,
    /// Part of the number or the subject.
    pub text: Option<String>,
    /// The opener's own number.
    pub external_reference: Option<String>,
    /// Received at or after.
    pub opened_after: Option<Instant>,
    /// Received before.
    pub opened_before: Option<Instant>,
    /// Changed after; then the list is in order of change, oldest first.
    pub changed_after: Option<Instant>,
    /// Whether a rule was set aside at opening.
    pub overridden: Option<bool>,
}

impl Narrowing {
    /// Whether the list is of all that the caller may see, so that one index leads to every line of
    /// a page. A partner's is narrowed by what each contract grants.
    pub fn takes_all(&self, claim: &Claim) -> bool {
        *self == Self::default() && !matches!(claim, Claim::Partner { .. })
    }

    /// Whether a tag is all that the list is narrowed by.
    fn takes_one_tag(&self) -> bool {
        self.tags.len() == 1 && *self == Self { tags: self.tags.clone(), ..Self::default() }
    }
}

/// A line of a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The inquiry.
    pub line: Line,
    /// What it is joined with.
    pub around: Around,
    /// For the desk, what it notes for itself, and whether a rule was set aside at opening.
    pub internal: Option<(Triage, bool)>,
}

/// Reads a page: permission and rows in one statement.
///
/// Of several states each is asked for by itself, since an index has each in the page's order and
/// none has several: to sort all that match would cost more the more there are.
pub fn list(
    connection: &mut Connection,
    claim: &Claim,
    now: Instant,
    by: &Narrowing,
    page: &Page,
) -> Result<Vec<Listed>> {
    if by.states.len() < 2 || by.changed_after.is_some() {
        return list_of(connection, claim, now, by, page);
    }
    let mut lines: Vec<Listed> = Vec::new();
    for &state in by.states.iter().collect::<BTreeSet<_>>() {
        let one = Narrowing { states: vec![state], ..by.clone() };
        lines.extend(list_of(connection, claim, now, &one, page)?);
    }
    let place = |listed: &Listed| (listed.line.received_at, listed.line.id);
    lines.sort_by_key(|listed| std::cmp::Reverse(place(listed)));
    lines.dedup_by_key(|listed| listed.line.id); // one that changed its state between two statements
    lines.truncate(usize::try_from(page.fetch()).unwrap_or(usize::MAX));
    Ok(lines)
}

/// Reads the first page of each contract's inquiries, as it is asked for most: who asks for them was
/// proven before, on the same connection.
pub fn newest_of_contracts(connection: &mut Connection, reached: &[&Reached]) -> Result<Vec<Vec<Listed>>> {
    let mut pages = Vec::with_capacity(reached.len());
    for of in reached {
        let mut page = Vec::with_capacity(FIRST_PAGE);
        directly!(connection, |connection| {
            let lines = inquiries::table
                .inner_join(products::table.on(products::id.eq(inquiries::product_id)))
                .filter(inquiries::contract_id.eq(of.contract))
                .select((Line::as_select(), (products::code, products::delivery)))
                .order((inquiries::received_at.desc(), inquiries::id.desc()));
            let lines =
                Fixed(FirstPage(lines)).load_iter::<(Line, (String, Delivery)), DefaultLoadingMode>(connection)?;
            for line in lines {
                let (line, product) = line?;
                page.push(Listed { line, around: Around::of(of, product), internal: None });
            }
        });
        pages.push(page);
    }
    Ok(pages)
}

fn list_of(
    connection: &mut Connection,
    claim: &Claim,
    now: Instant,
    by: &Narrowing,
    page: &Page,
) -> Result<Vec<Listed>> {
    let today = tokyo_date(now.to_datetime());
    let all = by.takes_all(claim);
    // The columns have a type for each kind of reader, so this is a macro and no function.
    macro_rules! page_of {
        ($lines:expr, $connection:expr) => {{
            let lines = $lines;
            if all && page.is_first() {
                let newest = lines.order((inquiries::received_at.desc(), inquiries::id.desc()));
                Fixed(FirstPage(newest)).load($connection)?
            } else {
                let mut query = lines.into_boxed();
                // What a partner with summary access does not see it cannot find out by asking for it.
                let own = || inquiries::opener_reseller_id.is_not_null().and(inquiries::opener_reseller_id.eq(claim.reseller()));
                let partner = matches!(claim, Claim::Partner { .. });
                let beyond_summary = !(by.kinds.is_empty() && by.channels.is_empty() && by.matters.is_empty());
                if partner {
                    query = query.filter(contract_spans::partner_access.ne(PartnerAccess::None).or(own()));
                }
                if partner && beyond_summary {
                    query = query.filter(contract_spans::partner_access.eq(PartnerAccess::Full).or(own()));
                }
                macro_rules! any_of {
                    ($values:expr, $column:expr) => {
                        match $values.as_slice() {
                            [] => {}
                            [one] => query = query.filter($column.eq(one)),
                            _ => query = query.filter($column.eq_any(&$values)),
                        }
                    };
                }
                any_of!(by.states, inquiries::state);
                any_of!(by.kinds, inquiries::kind);
                any_of!(by.products, inquiries::product_id);
                any_of!(by.contracts, inquiries::contract_id);
                any_of!(by.assignees, inquiries::assignee_id);
                any_of!(by.priorities, inquiries::priority);
                any_of!(by.channels, inquiries::channel);
                any_of!(by.matters, inquiries::matter);
                if !by.tags.is_empty() {
                    let mut tagged = inquiry_tags::table.select(inquiry_tags::inquiry_id).into_boxed();
                    tagged = match by.tags.as_slice() {
                        [one] => tagged.filter(inquiry_tags::tag.eq(one)),
                        _ => tagged.filter(inquiry_tags::tag.eq_any(&by.tags)),
                    };
                    // An index has those of one tag in the page's order: no more than the page is read.
                    if by.takes_one_tag() && !page.counts() {
                        older!(tagged, page, inquiry_tags::received_at, inquiry_tags::inquiry_id);
                        let newest = (inquiry_tags::received_at.desc(), inquiry_tags::inquiry_id.desc());
                        tagged = tagged.order(newest).limit(page.fetch());
                    }
                    query = query.filter(inquiries::id.eq_any(tagged));
                }
                if let Some(text) = &by.text {
                    let text = text.to_ascii_lowercase(); // as SQLite lowers, and PostgreSQL where it matters
                    let pattern = format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
                    let number = lower(inquiries::number).like(pattern.clone()).escape('\\');
                    let subject = lower(inquiries::subject).like(pattern).escape('\\');
                    query = if partner {
                        let readable = contract_spans::partner_access.eq(PartnerAccess::Full).or(own());
                        query.filter(number.or(subject.and(readable)))
                    } else {
                        query.filter(number.or(subject))
                    };
                }
                if let Some(reference) = &by.external_reference {
                    query = query.filter(inquiries::external_reference.eq(reference));
                    match claim {
                        Claim::Partner { .. } => query = query.filter(own()),
                        // A number of a partner's or of the desk's, which opens by phone, is not the customer's to find.
                        Claim::Customer { .. } => {
                            query = query.filter(inquiries::opener_reseller_id.is_null());
                            query = query.filter(inquiries::channel.eq(Channel::SupportWeb));
                        }
                        Claim::Staff { .. } | Claim::Robot { .. } => {}
                    }
                }
                if let Some(from) = by.opened_after {
                    query = query.filter(inquiries::received_at.ge(from));
                }
                if let Some(until) = by.opened_before {
                    query = query.filter(inquiries::received_at.lt(until));
                }
                if let Some(overridden) = by.overridden {
                    query = query.filter(inquiries::overridden.eq(overridden));
                }
                if let Some(since) = by.changed_after {
                    query = query.filter(inquiries::changed_at.gt(since)).order((inquiries::changed_at, inquiries::id));
                    newer!(query, page, inquiries::changed_at, inquiries::id);
                } else {
                    query = query.order((inquiries::received_at.desc(), inquiries::id.desc()));
                    older!(query, page, inquiries::received_at, inquiries::id);
                }
                load_page!(query, page, $connection)
            }
        }};
    }
    directly!(connection, |connection| proven!(claim, now, joined!(today), inquiries::contract_id, |proven|
        outside {
            let lines: Vec<(Line, Around)> = page_of!(proven.select((Line::as_select(), around!())), connection);
            Ok(lines.into_iter().map(|(line, around)| Listed { line, around, internal: None }).collect())
        },
        desk {
            let columns = (Line::as_select(), around!(), Triage::as_select(), inquiries::overridden);
            let lines: Vec<(Line, Around, Triage, bool)> = page_of!(proven.select(columns), connection);
            let listed = |(line, around, triage, overridden)| {
                let internal = Some((triage, overridden));
                Listed { line, around, internal }
            };
            Ok(lines.into_iter().map(listed).collect())
        }
    ))
}
