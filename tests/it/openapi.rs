//! The document: as it was published, and without a hole in it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

use super::support::document::DOCUMENT;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Every operation with its place.
fn operations() -> Vec<(String, &'static Value)> {
    let mut found = vec![];
    for (path, item) in DOCUMENT["paths"].as_object().unwrap() {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                found.push((format!("{} {path}", method.to_uppercase()), operation));
            }
        }
    }
    found
}

/// Every value of the document with its place, a parent before its members.
fn places(value: &'static Value, at: String, found: &mut Vec<(String, &'static Value)>) {
    found.push((at.clone(), value));
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| places(member, format!("{at}/{name}"), found))
        }
        Value::Array(items) => items.iter().enumerate().for_each(|(i, item)| places(item, format!("{at}/{i}"), found)),
        _ => {}
    }
}

fn everything() -> Vec<(String, &'static Value)> {
    let mut found = vec![];
    places(&DOCUMENT, "#".to_owned(), &mut found);
    found
}

/// Whether a place is inside an example, where values only look like schemas.
fn is_example(at: &str) -> bool {
    ["/example/", "/examples/", "/default/", "/enum/"].iter().any(|part| at.contains(part))
}

fn types(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => vec![],
    }
}

#[test]
fn is_the_one_that_is_published() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/openapi.json");
    let document = madoguchi::api::document().to_pretty_json().unwrap() + "\n";
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, &document).unwrap();
    }
    let published = std::fs::read_to_string(&file).unwrap();
    assert!(published == document, "run the tests once with UPDATE_OPENAPI=1 and read what changed in openapi/");
}

fn in_japanese() -> Value {
    madoguchi::api::japanese::japanese(DOCUMENT.clone())
}

#[test]
fn the_japanese_one_is_the_one_that_is_published() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/openapi.ja.json");
    let document = serde_json::to_string_pretty(&in_japanese()).unwrap() + "\n";
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(&file, &document).unwrap();
    }
    let published = std::fs::read_to_string(&file).unwrap();
    assert!(published == document, "run the tests once with UPDATE_OPENAPI=1 and read what changed in openapi/");
}

/// A document without its texts.
fn silent(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, member| {
                !(matches!(name.as_str(), "title" | "summary" | "description") && member.is_string())
            });
            for (name, member) in members {
                match name.as_str() {
                    "example" | "examples" | "default" | "enum" => {}
                    "scopes" if member.is_object() => {
                        *member = json!(member.as_object().unwrap().keys().collect::<Vec<_>>())
                    }
                    _ => silent(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(silent),
        _ => {}
    }
}

#[test]
fn the_japanese_one_says_the_same_in_other_words() {
    let (mut english, mut japanese) = (DOCUMENT.clone(), in_japanese());
    silent(&mut english);
    silent(&mut japanese);
    assert!(english == japanese, "a path, a schema or a code differs");
}

/// Nothing that a partner reads first is left in English, and no key stands where a word should.
#[test]
fn the_japanese_one_is_in_japanese() {
    let speaks = |text: &Value| {
        let text = text.as_str().unwrap_or_default();
        text.chars().any(|c| matches!(c, 'ぁ'..='ヿ' | '一'..='龠')) && !text.contains("document.")
    };
    let document = in_japanese();
    assert!(speaks(&document["info"]["title"]) && speaks(&document["info"]["description"]));
    for tag in document["tags"].as_array().unwrap() {
        assert!(speaks(&tag["description"]), "{tag}");
    }
    for (name, scheme) in document["components"]["securitySchemes"].as_object().unwrap() {
        assert!(speaks(&scheme["description"]), "{name}");
    }
    for (name, header) in document["components"]["headers"].as_object().unwrap() {
        assert!(speaks(&header["description"]), "{name}");
    }
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let place = format!("{method} {path}");
            assert!(speaks(&operation["summary"]) && speaks(&operation["description"]), "{place}");
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                assert!(speaks(&parameter["description"]), "{place}: {parameter}");
            }
            for (status, response) in operation["responses"].as_object().unwrap() {
                assert!(response.get("$ref").is_some() || speaks(&response["description"]), "{place} {status}");
            }
        }
    }
    let mut all = vec![];
    let document: &'static Value = Box::leak(Box::new(document));
    places(document, "#".to_owned(), &mut all);
    for (at, value) in all.iter().filter(|(at, _)| !is_example(at)) {
        let keys = ["document.members.", "document.enums.", "document.parameters.", "document.operations."];
        let told = value.as_str().is_none_or(|text| !keys.iter().any(|key| text.contains(key)));
        assert!(told, "{at}: {value}");
        if let Some(codes) = value["enum"].as_array().filter(|codes| codes.len() > 1) {
            assert!(speaks(&value["description"]), "{at}: {codes:?}");
        }
        for (name, member) in
            value["properties"].as_object().into_iter().flatten().filter(|_| !at.ends_with("/properties"))
        {
            let named = speaks(&member["description"])
                || ["URL", "ID", "SHA-256"].iter().any(|word| member["description"].to_string().contains(word));
            assert!(named, "{at}/{name}: {member}");
        }
    }
}

#[test]
fn operation_ids_are_unique() {
    let mut seen = BTreeSet::new();
    for (place, operation) in operations() {
        let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{place} has no operationId"));
        assert!(seen.insert(id), "{place}: {id} is there twice");
    }
    assert!(seen.len() > 10);
}

#[test]
fn operations_say_what_they_are() {
    let tags: BTreeSet<&str> = DOCUMENT["tags"].as_array().unwrap().iter().filter_map(|t| t["name"].as_str()).collect();
    let schemes = DOCUMENT["components"]["securitySchemes"].as_object().unwrap();
    for (place, operation) in operations() {
        for part in ["summary", "description"] {
            assert!(operation[part].as_str().is_some_and(|text| !text.is_empty()), "{place} has no {part}");
        }
        assert_ne!(operation["summary"], operation["description"], "{place}");
        let tag = operation["tags"].as_array().unwrap();
        assert!(tag.len() == 1 && tags.contains(tag[0].as_str().unwrap()), "{place}: {tag:?}");
        let security = operation["security"].as_array().unwrap_or_else(|| panic!("{place} has no security"));
        for scheme in security.iter().flat_map(|one| one.as_object().unwrap().keys()) {
            assert!(schemes.contains_key(scheme), "{place}: {scheme}");
        }
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{place}");
        for status in ["400", "503"] {
            assert!(responses.contains_key(status), "{place} has no {status}");
        }
        if security.iter().any(|one| one.as_object().is_some_and(|one| !one.is_empty())) {
            assert!(responses.contains_key("401") && responses.contains_key("403"), "{place}");
        }
        let parameters = operation["parameters"].as_array();
        for parameter in parameters.into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{place}: {parameter}");
        }
    }
}

/// Every answer that is not a success is a problem with a code in its description.
#[test]
fn problems_name_their_codes() {
    let known: BTreeSet<&str> = madoguchi::http::Refusal::ALL.iter().map(|refusal| refusal.code()).collect();
    for (place, operation) in operations() {
        for (status, response) in operation["responses"].as_object().unwrap() {
            if !status.starts_with(['4', '5']) || place.ends_with("/oauth/token") {
                continue;
            }
            let response = match response["$ref"].as_str() {
                Some(reference) => DOCUMENT.pointer(&reference[1..]).unwrap(),
                None => response,
            };
            let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(schema, "#/components/schemas/Problem", "{place} {status}");
            let description = response["description"].as_str().unwrap();
            let named: Vec<&str> = description.split('`').skip(1).step_by(2).collect();
            assert!(named.iter().any(|code| known.contains(code)), "{place} {status}: {description}");
            for code in named {
                let refusal = madoguchi::http::Refusal::ALL.iter().find(|refusal| refusal.code() == code);
                if let Some(refusal) = refusal {
                    assert_eq!(refusal.status().as_str(), status, "{place}: {code}");
                }
            }
        }
    }
}

#[test]
fn references_resolve_and_components_are_used() {
    let mut used = BTreeSet::new();
    for (place, value) in everything() {
        if let Some(reference) = value["$ref"].as_str() {
            assert!(DOCUMENT.pointer(&reference[1..]).is_some(), "{place}: {reference}");
            used.insert(reference.to_owned());
        }
    }
    for (_, operation) in operations() {
        for one in operation["security"].as_array().into_iter().flatten() {
            used.extend(one.as_object().unwrap().keys().map(|name| format!("#/components/securitySchemes/{name}")));
        }
    }
    for (kind, components) in DOCUMENT["components"].as_object().unwrap() {
        for name in components.as_object().unwrap().keys() {
            let reference = format!("#/components/{kind}/{name}");
            assert!(used.contains(&reference), "{reference} is not used");
        }
    }
}

/// Nothing that comes in or goes out is without a bound.
#[test]
fn everything_is_bounded() {
    let mut open: BTreeMap<String, &str> = BTreeMap::new();
    for (at, schema) in everything() {
        if is_example(&at) {
            continue;
        }
        let fixed = schema.get("enum").is_some() || schema.get("const").is_some();
        for one in types(schema) {
            let missing = match one {
                "string" if !fixed && schema["maxLength"].is_null() => Some("maxLength"),
                "array" if schema["maxItems"].is_null() => Some("maxItems"),
                "array" if schema["items"].is_null() => Some("items"),
                "integer" | "number" if schema["minimum"].is_null() => Some("minimum"),
                "integer" | "number" if schema["maximum"].is_null() && !is_counter(&at) => Some("maximum"),
                _ => None,
            };
            open.extend(missing.map(|word| (at.clone(), word)));
        }
    }
    assert!(open.is_empty(), "without a bound: {open:#?}");
}

/// Numbers of answers that only ever grow: they have no last value to promise.
fn is_counter(at: &str) -> bool {
    let answers = ["/seq", "/last_seq", "/version"];
    at.starts_with("#/components/schemas/") && answers.iter().any(|name| at.ends_with(&format!("/properties{name}")))
}

/// Examples are what their schemas ask for.
#[test]
fn examples_validate() {
    let mut checked = 0;
    for (at, value) in everything() {
        if is_example(&at) || !value.is_object() {
            continue;
        }
        // A parameter has its example beside its schema, a schema inside itself.
        let schema = value.get("schema").unwrap_or(value);
        let single = value.get("example").into_iter();
        let several = value.get("examples").and_then(Value::as_array).into_iter().flatten();
        for example in single.chain(several) {
            let whole = json!({ "allOf": [schema], "components": DOCUMENT["components"] });
            let validator = jsonschema::draft202012::options().should_validate_formats(true).build(&whole).unwrap();
            let faults: Vec<String> = validator.iter_errors(example).map(|e| e.to_string()).collect();
            assert!(faults.is_empty(), "{at}: {example}: {faults:?}");
            checked += 1;
        }
    }
    assert!(checked > 20, "only {checked} examples were found");
}

/// Names that generated clients will carry.
#[test]
fn schemas_are_named_for_readers() {
    for name in DOCUMENT["components"]["schemas"].as_object().unwrap().keys() {
        let plain =
            name.chars().all(|c| c.is_ascii_alphanumeric()) && name.starts_with(|c: char| c.is_ascii_uppercase());
        assert!(plain && !name.ends_with("View"), "{name}");
    }
}
