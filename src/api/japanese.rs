//! The document in Japanese: the same paths, schemas and codes, told in other words.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::http::Refusal;
use crate::terms::codes::{Code, Language, Scope, all_sets};

/// Puts the English document into Japanese.
pub fn japanese(mut document: Value) -> Value {
    if let Some(info) = document.get_mut("info") {
        tell(info, "title", word("title"));
        tell(info, "description", word("introduction"));
    }
    for (server, name) in each(&mut document, "servers").zip(["here", "local"]) {
        tell(server, "description", word(&format!("servers.{name}")));
    }
    for tag in each(&mut document, "tags") {
        let text = word(&format!("tags.{}", tag["name"].as_str().unwrap_or_default()));
        tell(tag, "description", text);
    }
    let items = members(document.get_mut("paths"));
    items.flat_map(|(_, item)| members(Some(item))).for_each(|(_, of)| operation(of));
    members(document.pointer_mut("/components/responses")).for_each(|(_, response)| problem(response));
    for (name, header) in members(document.pointer_mut("/components/headers")) {
        tell(header, "description", word(&format!("headers.{}", name.to_lowercase())));
    }
    for (name, scheme) in members(document.pointer_mut("/components/securitySchemes")) {
        tell(scheme, "description", word(&format!("callers.{name}")));
        for (scope, label) in members(scheme.pointer_mut("/flows/clientCredentials/scopes")) {
            *label = Scope::parse(scope).map_or(Value::Null, |scope| scope.label(Language::Ja).into());
        }
    }
    schema(&mut document, &labels());
    document
}

fn operation(operation: &mut Value) {
    let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
    for part in ["summary", "description"] {
        tell(operation, part, word(&format!("operations.{id}.{part}")));
    }
    for parameter in each(operation, "parameters") {
        let name = parameter["name"].as_str().unwrap_or_default().to_lowercase();
        tell(parameter, "description", word(&format!("parameters.{name}")));
    }
    for (status, response) in members(operation.get_mut("responses")) {
        if response.get("$ref").is_none() {
            tell(response, "description", word(&format!("answers.{status}")));
            problem(response);
        }
    }
}

/// Says of a response's codes what each is called; what has none stays as it is.
fn problem(response: &mut Value) {
    let Some(told) = response["description"].as_str() else { return };
    let named = told.split('`').skip(1).step_by(2);
    let codes = named.filter_map(|code| Refusal::ALL.iter().find(|refusal| refusal.code() == code));
    let titles: Vec<String> =
        codes.map(|refusal| format!("`{}`: {}", refusal.code(), refusal.title(Language::Ja))).collect();
    if !titles.is_empty() {
        tell(response, "description", titles.join("; "));
    }
}

/// The labels of each closed set, by its codes.
fn labels() -> HashMap<Vec<String>, String> {
    let told = |set: crate::terms::codes::CodeSet| {
        let codes = set.codes.iter().map(|entry| entry.code.to_owned()).collect();
        let labels = set.codes.iter().map(|entry| format!("`{}`: {}", entry.code, entry.label_ja));
        (codes, labels.collect::<Vec<_>>().join("; "))
    };
    all_sets().into_iter().map(told).collect()
}

/// Names every member and every code below; what a member is called stands before what it says.
fn schema(value: &mut Value, labels: &HashMap<Vec<String>, String>) {
    if let Value::Array(items) = value {
        items.iter_mut().for_each(|item| schema(item, labels));
    }
    let codes = value["enum"].as_array().map(|codes| codes.iter().filter_map(Value::as_str).collect::<Vec<_>>());
    if let Some(codes) = codes.filter(|codes| !codes.is_empty()) {
        let known: Vec<String> = codes.iter().map(ToString::to_string).collect();
        let own = || codes.iter().map(|code| format!("`{code}`: {}", word(&format!("enums.{code}"))));
        let told = labels.get(&known).cloned().unwrap_or_else(|| own().collect::<Vec<_>>().join("; "));
        tell(value, "description", told);
    }
    for (name, member) in members(value.get_mut("properties")) {
        let called = word(&format!("members.{name}"));
        let told = match member["description"].as_str() {
            Some(english) if member.get("enum").is_none() => format!("{called}。{english}"),
            _ => called,
        };
        tell(member, "description", told);
    }
    for (name, below) in members(Some(value)) {
        if !matches!(name.as_str(), "example" | "examples" | "default" | "enum") {
            schema(below, labels);
        }
    }
}

fn members(value: Option<&mut Value>) -> impl Iterator<Item = (&String, &mut Value)> {
    value.and_then(Value::as_object_mut).into_iter().flat_map(Map::iter_mut)
}

fn each<'a>(value: &'a mut Value, list: &str) -> impl Iterator<Item = &'a mut Value> {
    value.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten()
}

fn tell(whole: &mut Value, part: &str, text: String) {
    if let Some(whole) = whole.as_object_mut() {
        whole.insert(part.to_owned(), text.into());
    }
}

fn word(key: &str) -> String {
    rust_i18n::t!(format!("document.{key}"), locale = "ja").trim_end().to_owned()
}
