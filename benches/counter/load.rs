//! A small generator of load: connections that are kept alive, each sending its next request when
//! it has the whole answer to the one before. The same for both servers.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What came of it.
pub struct Run {
    pub requests_per_second: f64,
    /// How long each request took, in order of length.
    latencies: Vec<Duration>,
}

impl Run {
    /// The time in milliseconds within which so many of 100 requests were answered.
    pub fn percentile(&self, percent: usize) -> f64 {
        let at = self.latencies.get(self.latencies.len() * percent / 100);
        at.map_or(f64::NAN, |latency| latency.as_secs_f64() * 1000.0)
    }
}

/// A request as bytes. `token` is a customer's, a person's at the desk or none.
pub fn get(path: &str, token: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: desk.example.jp\r\nAuthorization: Bearer {token}\r\n\r\n").into_bytes()
}

pub fn post(path: &str, token: &str, key: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: desk.example.jp\r\nAuthorization: Bearer {token}\r\n\
         Idempotency-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

pub fn patch(path: &str, token: &str, body: &str) -> Vec<u8> {
    format!(
        "PATCH {path} HTTP/1.1\r\nHost: desk.example.jp\r\nAuthorization: Bearer {token}\r\nIf-Match: *\r\n\
         Content-Type: application/merge-patch+json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Asks for so long, over so many connections. `request` makes the request of a random number.
pub fn drive<'a>(
    address: SocketAddr,
    connections: usize,
    duration: Duration,
    request: impl Fn(u64) -> Cow<'a, [u8]>,
) -> Run {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (began, request) = (Instant::now(), &request);
        let callers = (0..connections).map(|caller| ask(address, caller as u64, began + duration, request));
        let mut latencies = futures_util::future::join_all(callers).await.concat();
        let requests_per_second = latencies.len() as f64 / began.elapsed().as_secs_f64();
        latencies.sort_unstable();
        Run { requests_per_second, latencies }
    })
}

/// The body of one answer.
pub fn once(address: SocketAddr, request: &[u8]) -> Vec<u8> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { Caller::connect(address).await.call(request).await.to_vec() })
}

/// Sends these over one connection, each after the answer to the one before.
pub fn all(address: SocketAddr, requests: &[Vec<u8>]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut line = Caller::connect(address).await;
        for request in requests {
            line.call(request).await;
        }
    });
}

async fn ask<'a>(
    address: SocketAddr,
    caller: u64,
    until: Instant,
    request: &impl Fn(u64) -> Cow<'a, [u8]>,
) -> Vec<Duration> {
    let mut line = Caller::connect(address).await;
    // A sequence of its own for each, the same in every run.
    let mut random = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(caller + 1);
    let mut latencies = Vec::with_capacity(1 << 16);
    loop {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let request = request(random);
        let began = Instant::now();
        line.call(&request).await;
        let ended = Instant::now();
        latencies.push(ended - began);
        if ended >= until {
            return latencies;
        }
    }
}

struct Caller {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Caller {
    async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: vec![0; 1 << 16] }
    }

    /// Sends a request and reads all of its answer, whose body it hands back.
    async fn call(&mut self, request: &[u8]) -> &[u8] {
        self.stream.write_all(request).await.unwrap();
        let mut filled = 0;
        loop {
            let (_, free) = self.buffer.split_at_mut(filled);
            let read = self.stream.read(free).await.unwrap();
            assert!(read > 0, "the server hung up");
            filled += read;
            let (answer, _) = self.buffer.split_at(filled);
            if let Some(end) = end_of_headers(answer) {
                let (head, _) = answer.split_at(end);
                let head = String::from_utf8_lossy(head);
                let told = || String::from_utf8_lossy(answer);
                assert!(head.starts_with("HTTP/1.1 20"), "{}\n{}", String::from_utf8_lossy(request), told());
                let whole = end + content_length(&head).unwrap_or_else(|| panic!("no length: {}", told()));
                if filled >= whole {
                    return self.buffer.get(end..whole).unwrap_or_default();
                }
            }
        }
    }
}

fn end_of_headers(answer: &[u8]) -> Option<usize> {
    answer.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

fn content_length(head: &str) -> Option<usize> {
    let (_, value) =
        head.lines().filter_map(|l| l.split_once(':')).find(|(n, _)| n.eq_ignore_ascii_case("content-length"))?;
    value.trim().parse().ok()
}
