//! The feed as server-sent events.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use madoguchi::terms::codes::Scope;
use serde_json::Value;

use super::support::desk::ID;
use super::support::*;

/// A stream that stays open, read as it comes.
struct Open(BufReader<TcpStream>);

impl Open {
    /// Connects, and reads on to the first event or comment.
    fn new(app: &TestApp, token: &str, query: &str) -> Self {
        let mut stream = TcpStream::connect(app.url.trim_start_matches("http://")).unwrap();
        write!(stream, "GET /v1/events/stream?{query} HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer {token}\r\n\r\n")
            .unwrap();
        let mut open = Self(BufReader::new(stream));
        assert_eq!(open.until("HTTP/1.1"), "HTTP/1.1 200 OK");
        open.until("retry:");
        open
    }

    /// The next line that begins like this.
    fn until(&mut self, start: &str) -> String {
        let mut line = String::new();
        loop {
            line.clear();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "the stream ended before {start}");
            if line.starts_with(start) {
                return line.trim_end().to_owned();
            }
        }
    }

    /// Reads on to the end of the stream, which must come: the last chunk is empty.
    fn ends(mut self) {
        let mut rest = Vec::new();
        let stream = self.0.get_ref();
        stream.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
        let mut last = [0; 1];
        while !rest.ends_with(b"0\r\n\r\n") {
            assert_eq!(self.0.read(&mut last).unwrap(), 1, "{}", String::from_utf8_lossy(&rest));
            rest.push(last[0]);
        }
    }
}

/// What is there, as a stream that does not wait tells it: the number, the type and the item.
fn now(app: &TestApp, token: &str, query: &str, last: Option<&str>) -> Vec<(String, String, Value)> {
    let call = app.get(&format!("/v1/events/stream?wait=0{query}")).token(token);
    let call = last.into_iter().fold(call, |call, last| call.header("Last-Event-ID", last));
    let answer = call.send().expect(200);
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    let text = String::from_utf8(answer.body).unwrap();
    let block = |block: &str| {
        let part = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
        Some((part("id: ")?, part("event: ")?, serde_json::from_str(&part("data: ")?).unwrap()))
    };
    text.split("\n\n").filter_map(block).collect()
}

on_both! {
    fn says_what_the_feed_says(app: &TestApp) {
        let desk = app.desk();
        let (agent, customer, partner) = (app.agent(), app.customer(ID), app.partner(desk.reseller));
        let ids: Vec<String> = (0..3).map(|_| app.opened(&customer, &desk.question())).collect();
        app.closed(&agent, &ids[0]);
        for token in [&agent, &partner, &app.robot(&[Scope::EventsRead])] {
            let feed = app.get("/v1/events?limit=100").token(token).send().expect(200).json()["items"].clone();
            let streamed = now(app, token, "", None);
            assert_eq!(streamed.iter().map(|(_, _, item)| item.clone()).collect::<Vec<_>>(), *feed.as_array().unwrap());
            for (seq, name, item) in &streamed {
                assert_eq!((item["seq"].to_string(), item["type"].as_str().unwrap()), (seq.clone(), name.as_str()));
            }
            let after = &streamed[1].0;
            assert_eq!(now(app, token, &format!("&after={after}"), None), streamed[2..]);
            assert_eq!(now(app, token, "&after=0", Some(after)), streamed[2..]);
            assert_eq!(now(app, token, "&types=inquiry.closed", None).len(), 1);
        }
        for (query, last) in [("after=-1", None), ("after=x", None), ("wait=901", None), ("limit=1", None), ("wait=0", Some("x"))] {
            let call = app.get(&format!("/v1/events/stream?{query}")).token(&agent);
            let answer = last.into_iter().fold(call, |call, last| call.header("Last-Event-ID", last)).send();
            answer.refused(400, if last.is_some() { "malformed_header" } else { "invalid_parameter" });
        }
    }

    fn tells_what_happens_while_it_is_open(app: &TestApp) {
        let desk = app.desk();
        let (agent, customer) = (app.agent(), app.customer(ID));
        let mut stream = Open::new(app, &agent, "types=inquiry.opened,inquiry.closed");
        let id = app.opened(&customer, &desk.question());
        stream.until("event: inquiry.opened");
        let item: Value = serde_json::from_str(stream.until("data: ").trim_start_matches("data: ")).unwrap();
        assert_eq!(item["subject"]["id"], id);
        app.closed(&agent, &id);
        stream.until("event: inquiry.closed");
        // It ends with the token.
        app.at("2026-11-25T01:15:00Z");
        stream.ends();
    }

    fn ends_with_the_callers_right(app: &TestApp) {
        app.desk();
        let robot = app.robot(&[Scope::EventsRead]);
        let stream = Open::new(app, &robot, "");
        app.sql("DELETE FROM client_scopes");
        stream.ends();
        app.get("/v1/events/stream?wait=0").token(&robot).send().refused(403, "insufficient_scope");
    }

    fn a_caller_holds_five(app: &TestApp) {
        app.desk();
        let (robot, other) = (app.robot(&[Scope::EventsRead]), app.robot(&[Scope::EventsRead]));
        let streams: Vec<Open> = (0..5).map(|_| Open::new(app, &robot, "wait=3")).collect();
        let refused = app.get("/v1/events/stream?wait=0").token(&robot).send();
        assert_eq!(refused.header("retry-after"), Some("60"));
        refused.refused(429, "quota_exceeded");
        app.get("/v1/events/stream?wait=0").token(&other).send().expect(200);
        streams.into_iter().for_each(Open::ends);
        app.get("/v1/events/stream?wait=0").token(&robot).send().expect(200);
    }
}
