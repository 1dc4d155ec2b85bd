//! The codes and the terms agree with each other.

use std::collections::HashSet;

use madoguchi::terms::{
    ClauseId, ClientKind, Code, CodeEntry, CodeSet, Delivery, Denial, Exclusion, Force, Kind, Scope, ScopeReason,
    Topic, all_sets, current, version,
};

/// Every code with its set's name.
fn entries(sets: &[CodeSet]) -> impl Iterator<Item = (&'static str, &CodeEntry)> {
    sets.iter().flat_map(|set| set.codes.iter().map(move |entry| (set.name, entry)))
}

#[test]
fn no_name_repeats() {
    let sets = all_sets();
    let mut names = HashSet::new();
    let mut codes = HashSet::new();
    for set in &sets {
        assert!(names.insert(set.name), "two sets {}", set.name);
        assert!(!set.description.is_empty(), "{}", set.name);
    }
    for (set, entry) in entries(&sets) {
        assert!(codes.insert((set, entry.code)), "{set} {}", entry.code);
    }
}

#[test]
fn labels_are_not_empty() {
    for (set, entry) in entries(&all_sets()) {
        for label in [&entry.label_ja, &entry.label_en] {
            assert!(!label.trim().is_empty(), "{set} {}", entry.code);
        }
    }
}

#[test]
fn codes_name_clauses_that_apply() {
    for (set, entry) in entries(&all_sets()) {
        let named = [(entry.clause_software, Delivery::Software), (entry.clause_saas, Delivery::Saas)];
        for (id, delivery) in named {
            let Some(ClauseId(id)) = id else { continue };
            let clause = current().clause(id);
            assert!(
                clause.is_some_and(|clause| clause.applies_to(delivery)),
                "{set} {}: {id} for {delivery}",
                entry.code
            );
        }
    }
}

/// Sections 4 and 5 say the same of a code that both have; only the information service differs.
#[test]
fn clauses_of_both_deliveries_are_twins() {
    for (set, entry) in entries(&all_sets()) {
        let (Some(software), Some(saas)) = (entry.clause_software, entry.clause_saas) else {
            continue;
        };
        let twin = current().clause(saas.0).and_then(|clause| clause.twin);
        let same = software == saas || twin == Some(software);
        let information = set == "service" && entry.code == "information";
        assert_eq!(same, !information, "{set} {}", entry.code);
    }
}

#[test]
fn codes_are_read_as_they_are_written() {
    for &kind in Kind::ALL {
        let json = serde_json::to_string(&kind).unwrap();
        assert_eq!(json, format!("\"{kind}\""));
        assert_eq!(serde_json::from_str::<Kind>(&json).unwrap(), kind);
        assert_eq!(kind.as_str().parse(), Ok(kind));
    }
    let unknown = serde_json::from_str::<Kind>("\"Specification\"").unwrap_err();
    assert!(unknown.to_string().starts_with("unknown variant"));
    assert!(serde_json::from_str::<Kind>("{\"specification\":null}").is_err());
}

/// The schema takes the codes from the same table as serde.
#[test]
fn schemas_list_the_codes() {
    use utoipa::PartialSchema;
    let schema = serde_json::to_value(Scope::schema()).unwrap();
    let codes: Vec<_> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
    assert_eq!(schema["enum"], serde_json::json!(codes));
    assert_eq!(schema["description"], Scope::DESCRIPTION);
}

/// A scope reason repeats the codes of three other sets, and says of each the same.
#[test]
fn scope_reasons_repeat_their_sources() {
    let reasons = CodeSet::of::<ScopeReason>().codes;
    let sources = [CodeSet::of::<Exclusion>(), CodeSet::of::<Denial>(), CodeSet::of::<Topic>()];
    let repeated = (1..).zip(sources.into_iter().flat_map(|set| set.codes));
    let repeated: Vec<_> = repeated.map(|(order, entry)| CodeEntry { order, ..entry }).collect();
    assert_eq!(reasons[..repeated.len()], repeated);
}

#[test]
fn clients_are_offered_the_scopes_of_their_kind() {
    let offered = |kind| {
        let scopes = Scope::ALL.iter().filter(|scope| scope.allowed_for(kind));
        let mut scopes: Vec<_> = scopes.map(|scope| scope.as_str()).collect();
        scopes.sort_unstable();
        scopes.join(" ")
    };
    assert_eq!(
        offered(ClientKind::Partner),
        "contracts:read downloads:read events:read faqs:read inquiries:read inquiries:write \
         notices:read reports:read subscriptions:write webhooks:write"
    );
    assert_eq!(
        offered(ClientKind::Robot),
        "closures:judge closures:read contracts:read contracts:write customer_information:read \
         events:read faqs:read faqs:write inquiries:read inquiries:write notes:read notes:write \
         reports:read triage:read triage:write webhooks:write"
    );
}

#[test]
fn the_terms_are_whole() {
    let terms = current();
    assert_eq!(terms.clauses.len(), 108);
    let ids: HashSet<_> = terms.clauses.iter().map(|clause| clause.id).collect();
    assert_eq!(ids.len(), 108);
    for clause in &terms.clauses {
        let id = clause.id;
        assert!(!clause.ja.is_empty() && !clause.en.is_empty(), "{id}");
        assert!(!clause.binds.is_empty(), "{id}");
        if let Some(twin) = clause.twin {
            let twin = terms.clause(twin.0).expect("a twin is a clause");
            assert!(twin.applies_to(Delivery::Software), "{id}");
            assert!(clause.applies_to(Delivery::Saas), "{id}");
            assert_eq!((twin.force, &twin.binds, twin.asks), (clause.force, &clause.binds, clause.asks), "{id}");
        }
        let silent = !clause.asks;
        let may_be = matches!(clause.force, Force::Definition | Force::Condition);
        assert!(!silent || may_be, "{id} binds somebody and asks nothing");
    }
}

#[test]
fn terms_are_found_by_version() {
    let terms = version("2025-04-01").expect("the version in use");
    assert_eq!(terms.version, current().version);
    assert_eq!(terms.effective_on.to_string(), terms.version);
    assert!(version("1999-01-01").is_none());
}
