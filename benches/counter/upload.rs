//! A file of 1 GiB on its way in and out again, and what the process holds meanwhile.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use crate::load::get;
use crate::seed::Seeded;
use crate::stand::{Backend, Server};

const SIZE: u64 = (1 << 30) - PIECE as u64; // the form around it is not part of the limit
const PIECE: usize = 1 << 16;

/// What the process comes to hold more than at rest.
pub fn upload(backend: Backend) {
    let seeded = Seeded::new(backend, 100);
    let counter = Server::counter(&seeded.database);
    let opened = asked(counter.address, &seeded.open(0), |_| {});
    let inquiry = text_after(&opened, "\"id\":\"").unwrap_or_else(|| panic!("{opened}"));
    let (before, _) = counter.memory();
    let files = format!("/v1/inquiries/{inquiry}/attachments");
    let token = seeded.customer(0);
    let (open, close) =
        ("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n\r\n", "\r\n--b--\r\n");
    let head = format!(
        "POST {files} HTTP/1.1\r\nHost: desk.example.jp\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n\r\n{open}",
        open.len() as u64 + SIZE + close.len() as u64
    );
    let added = asked(counter.address, head.as_bytes(), |stream| {
        let piece = [b'x'; PIECE];
        (0..SIZE / PIECE as u64).for_each(|_| stream.write_all(&piece).unwrap());
        stream.write_all(close.as_bytes()).unwrap();
    });
    let file = text_after(&added, "\"id\":\"").unwrap_or_else(|| panic!("{added}"));
    let (_, most_in) = counter.memory();
    let mut stream = TcpStream::connect(counter.address).unwrap();
    stream.write_all(&get(&format!("{files}/{file}/content"), token)).unwrap();
    let (mut left, mut piece) = (SIZE, [0; PIECE]);
    while left > 0 {
        left = left.saturating_sub(stream.read(&mut piece).unwrap() as u64);
    }
    let (_, most) = counter.memory();
    let erase = format!(
        "POST {files}/{file}/erasures HTTP/1.1\r\nHost: desk.example.jp\r\nAuthorization: Bearer {token}\r\nContent-Length: 0\r\n\r\n"
    );
    asked(counter.address, erase.as_bytes(), |_| {});
    println!(
        "  1 GiB: {before:.1} MiB at rest, {:.1} MiB more while it comes in, {:.1} MiB more after it went out; aim 16",
        most_in - before,
        most - before
    );
}

/// Sends a head and what `more` writes, and reads the head of the answer and its one line of JSON.
fn asked(address: SocketAddr, head: &[u8], more: impl FnOnce(&mut TcpStream)) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(head).unwrap();
    more(&mut stream);
    let mut reader = BufReader::new(stream);
    let (mut answer, mut length) = (String::new(), 0);
    while !answer.ends_with("\r\n\r\n") {
        let from = answer.len();
        reader.read_line(&mut answer).unwrap();
        let line = answer.get(from..).unwrap_or_default().to_ascii_lowercase();
        length = line.strip_prefix("content-length: ").and_then(|n| n.trim().parse().ok()).unwrap_or(length);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    answer + &String::from_utf8_lossy(&body)
}

fn text_after<'a>(answer: &'a str, mark: &str) -> Option<&'a str> {
    answer.split_once(mark)?.1.split('"').next()
}
