//! Calls and answers. Every answer is held against the document before a test sees it.

use serde_json::Value;
use ureq::http::Request;

use super::document;

pub struct Call<'a> {
    agent: &'a ureq::Agent,
    method: String,
    base: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    unchecked: bool,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    asked: String,
}

impl<'a> Call<'a> {
    pub fn new(agent: &'a ureq::Agent, method: &str, base: &str, path: &str) -> Self {
        Self {
            agent,
            method: method.into(),
            base: base.into(),
            path: path.into(),
            headers: vec![],
            body: vec![],
            unchecked: false,
        }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn token(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    pub fn support_id(self, id: &str) -> Self {
        self.header("Support-Id", id)
    }

    pub fn if_match(self, tag: &str) -> Self {
        self.header("If-Match", tag)
    }

    pub fn key(self, key: &str) -> Self {
        self.header("Idempotency-Key", key)
    }

    pub fn english(self) -> Self {
        self.header("Accept-Language", "en")
    }

    pub fn json(self, body: &Value) -> Self {
        self.header("Content-Type", "application/json").bytes(body.to_string().into_bytes())
    }

    pub fn merge_patch(self, body: &Value) -> Self {
        self.header("Content-Type", "application/merge-patch+json").bytes(body.to_string().into_bytes())
    }

    pub fn bytes(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self
    }

    /// For what is not in the document on purpose.
    pub fn unchecked(mut self) -> Self {
        self.unchecked = true;
        self
    }

    pub fn send(self) -> Answer {
        let asked = format!("{} {}", self.method, self.path);
        let mut request = Request::builder().method(self.method.as_str()).uri(format!("{}{}", self.base, self.path));
        for (name, value) in &self.headers {
            request = request.header(name.as_str(), value.as_bytes());
        }
        let bodiless = matches!(self.method.as_str(), "GET" | "HEAD" | "DELETE") && self.body.is_empty();
        let sent = if bodiless {
            self.agent.run(request.body(()).unwrap())
        } else {
            self.agent.run(request.body(self.body).unwrap())
        };
        let mut response = sent.unwrap_or_else(|e| panic!("{asked}: {e}"));
        let answer = Answer {
            status: response.status().as_u16(),
            headers: response
                .headers()
                .iter()
                .map(|(n, v)| (n.to_string(), String::from_utf8_lossy(v.as_bytes()).into_owned()))
                .collect(),
            body: response.body_mut().with_config().limit(64 << 20).read_to_vec().unwrap(),
            asked,
        };
        assert!(answer.status < 500 || answer.status == 503, "{answer}");
        if !self.unchecked {
            document::check(&self.method, &self.path, &answer);
        }
        answer
    }
}

/// Sends a call again while the program has no connection or turn free for it, as `Retry-After`
/// asks a client to. Twenty times at most.
pub fn until_free<'a>(call: impl Fn() -> Call<'a>) -> Answer {
    let mut answer = call().send();
    for _ in 0..20 {
        if answer.status != 503 {
            break;
        }
        answer = call().send();
    }
    answer
}

impl Answer {
    /// The answer, which must have this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self}");
        self
    }

    /// The problem, which must be this one.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        let answer = self.expect(status);
        let problem = answer.json();
        assert_eq!(problem["code"], code, "{answer}");
        problem
    }

    /// The header, which must be there.
    #[track_caller]
    pub fn told(&self, name: &str) -> &str {
        self.header(name).unwrap_or_else(|| panic!("no {name}: {self}"))
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{self}: {e}"))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    #[track_caller]
    pub fn etag(&self) -> String {
        self.header("ETag").unwrap_or_else(|| panic!("no ETag: {self}")).to_owned()
    }

    /// The id of what was made.
    #[track_caller]
    pub fn id(&self) -> String {
        self.json()["id"].as_str().unwrap_or_else(|| panic!("no id: {self}")).to_owned()
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} → {} {}", self.asked, self.status, String::from_utf8_lossy(&self.body))
    }
}
