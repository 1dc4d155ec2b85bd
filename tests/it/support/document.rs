//! Holds every answer of every test against the OpenAPI document: the operation names the status,
//! and the body is what the document says.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::Validator;
use serde_json::{Value, json};

use super::Answer;

pub static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(madoguchi::api::document()).expect("the document is JSON"));

type Cache = Mutex<HashMap<(String, String, u16), Option<Arc<Validator>>>>;
static VALIDATORS: LazyLock<Cache> = LazyLock::new(Cache::default);

/// The template of the document that a path belongs to; fixed segments win over parameters.
pub fn template(path: &str) -> Option<String> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let asked: Vec<&str> = path.split('/').collect();
    let fits = |template: &&String| {
        let parts: Vec<&str> = template.split('/').collect();
        parts.len() == asked.len() && parts.iter().zip(&asked).all(|(p, a)| p.starts_with('{') || p == a)
    };
    let paths = DOCUMENT["paths"].as_object().unwrap();
    paths.keys().filter(fits).min_by_key(|t| t.matches('{').count()).cloned()
}

pub fn check(method: &str, path: &str, answer: &Answer) {
    let method = if method == "HEAD" { "get".to_owned() } else { method.to_lowercase() };
    let Some(template) = template(path) else {
        assert_eq!(answer.status, 404, "{answer} is not in the document");
        return;
    };
    let operation = &DOCUMENT["paths"][&template][&method];
    if operation.is_null() {
        assert_eq!(answer.status, 405, "{answer} is not in the document");
        return;
    }
    if answer.status == 304 || answer.body.is_empty() {
        return;
    }
    let response = &operation["responses"][answer.status.to_string()];
    assert!(!response.is_null(), "{method} {template} does not document {}: {answer}", answer.status);
    let response = resolve(response);
    if answer.status >= 400 && template != "/oauth/token" && template != "/problems/{code}" {
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{answer}");
    }
    let key = (method.clone(), template.clone(), answer.status);
    let validator = VALIDATORS.lock().unwrap().entry(key).or_insert_with(|| compile(response)).clone();
    if let Some(validator) = validator {
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_else(|e| panic!("{answer}: {e}"));
        let faults: Vec<String> =
            validator.iter_errors(&body).map(|e| format!("{} at {}", e, e.instance_path())).collect();
        assert!(faults.is_empty(), "{answer}\nis not what the document says: {faults:#?}");
    }
}

fn resolve(value: &Value) -> &Value {
    match value["$ref"].as_str() {
        Some(reference) => DOCUMENT.pointer(reference.trim_start_matches('#')).expect("a reference that resolves"),
        None => value,
    }
}

fn compile(response: &Value) -> Option<Arc<Validator>> {
    let content = response["content"].as_object()?;
    let (_, media) = content.iter().find(|(name, _)| name.contains("json"))?;
    let schema = json!({ "allOf": [media["schema"]], "components": DOCUMENT["components"] });
    Some(Arc::new(jsonschema::draft202012::new(&schema).expect("a schema")))
}
