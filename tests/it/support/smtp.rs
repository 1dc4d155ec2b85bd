//! A mail server to talk to: it speaks SMTP over a socket of its own, keeps what it takes, and can
//! refuse, defer, hang up and stall.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What the server does with the next mail; it takes what nothing is said of.
#[derive(Clone, Debug)]
pub enum Turn {
    /// Takes it.
    Take,
    /// Answers the recipient with this line, such as `550 5.1.1 no such user`.
    Answer(&'static str),
    /// Takes it and hangs up before saying so.
    HangUp,
    /// Takes it and says nothing until [`SmtpServer::go_on`].
    Stall,
}

/// A mail that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    pub from: String,
    pub to: Vec<String>,
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// As it came over the line.
    pub raw: String,
}

#[derive(Default)]
struct Shelf {
    turns: VecDeque<Turn>,
    taken: Vec<Taken>,
    logins: Vec<String>,
    stalled: usize,
    released: bool,
}

pub struct SmtpServer {
    address: std::net::SocketAddr,
    shelf: Arc<(Mutex<Shelf>, Condvar)>,
}

impl SmtpServer {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shelf: Arc<(Mutex<Shelf>, Condvar)> = Arc::default();
        let kept = Arc::clone(&shelf);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let shelf = Arc::clone(&kept);
                std::thread::spawn(move || converse(stream.unwrap(), &shelf));
            }
        });
        Self { address, shelf }
    }

    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// The same with a name and a password.
    pub fn url_as(&self, who: &str) -> String {
        format!("smtp://{who}@{}", self.address)
    }

    /// Says what becomes of the next mails, one after the other.
    pub fn next(&self, turns: impl IntoIterator<Item = Turn>) {
        self.shelf.0.lock().unwrap().turns.extend(turns);
    }

    /// What was taken since the last look.
    pub fn taken(&self) -> Vec<Taken> {
        std::mem::take(&mut self.shelf.0.lock().unwrap().taken)
    }

    /// The credentials that were shown, as `name:password`.
    pub fn logins(&self) -> Vec<String> {
        self.shelf.0.lock().unwrap().logins.clone()
    }

    /// Waits until so many mails are stalled.
    pub fn until_stalled(&self, count: usize) {
        let (shelf, changed) = &*self.shelf;
        let guard = shelf.lock().unwrap();
        drop(changed.wait_while(guard, |shelf| shelf.stalled < count).unwrap());
    }

    /// Says what was kept back, and stalls no more.
    pub fn go_on(&self) {
        self.shelf.0.lock().unwrap().released = true;
        self.shelf.1.notify_all();
    }
}

/// One conversation. Whatever ends it on the other side ends it here.
fn converse(stream: TcpStream, shelf: &(Mutex<Shelf>, Condvar)) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let say = |line: &str| (&stream).write_all(format!("{line}\r\n").as_bytes()).ok();
    say("220 mail.example.jp ESMTP")?;
    let (mut from, mut to, mut turn) = (String::new(), vec![], Turn::Take);
    loop {
        let line = read_line(&mut reader)?;
        let verb = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" => say("250-mail.example.jp\r\n250-AUTH PLAIN\r\n250 SIZE 1000000")?,
            "AUTH" => {
                let shown = STANDARD.decode(line.rsplit(' ').next()?).unwrap();
                let shown = String::from_utf8(shown).unwrap();
                shelf.0.lock().unwrap().logins.push(shown.trim_start_matches('\0').replace('\0', ":"));
                say(if shown.ends_with("wrong") { "535 5.7.8 no" } else { "235 2.7.0 welcome" })?;
            }
            "MAIL" => {
                (from, to) = (address(&line), vec![]);
                turn = shelf.0.lock().unwrap().turns.pop_front().unwrap_or(Turn::Take);
                say("250 2.1.0 ok")?;
            }
            "RCPT" => match &turn {
                Turn::Answer(answer) => say(answer)?,
                _ => {
                    to.push(address(&line));
                    say("250 2.1.5 ok")?;
                }
            },
            "DATA" => {
                say("354 go on")?;
                let mail = read_mail(&mut reader, from.clone(), to.clone())?;
                let (kept, changed) = shelf;
                let mut guard = kept.lock().unwrap();
                guard.taken.push(mail);
                if matches!(turn, Turn::Stall) {
                    guard.stalled += 1;
                    changed.notify_all();
                    guard = changed.wait_while(guard, |shelf| !shelf.released).unwrap();
                }
                drop(guard);
                if matches!(turn, Turn::HangUp) {
                    return None;
                }
                say("250 2.0.0 queued as 4711")?;
            }
            "QUIT" => return say("221 2.0.0 bye"),
            _ => say("250 2.0.0 ok")?,
        }
    }
}

fn read_line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    let count = reader.read_line(&mut line).ok()?;
    (count > 0).then(|| line.trim_end().to_owned())
}

fn address(line: &str) -> String {
    line.split(['<', '>']).nth(1).unwrap_or_default().to_owned()
}

fn read_mail(reader: &mut impl BufRead, from: String, to: Vec<String>) -> Option<Taken> {
    let mut raw = String::new();
    loop {
        let line = read_line(reader)?;
        if line == "." {
            break;
        }
        raw.push_str(line.strip_prefix('.').unwrap_or(&line));
        raw.push('\n');
    }
    let (head, body) = raw.split_once("\n\n").unwrap_or((&raw, ""));
    let mut headers: Vec<(String, String)> = vec![];
    for line in head.lines() {
        match (line.starts_with([' ', '\t']), headers.last_mut()) {
            (true, Some((_, value))) => value.push_str(line),
            _ => {
                let (name, value) = line.split_once(':').unwrap_or((line, ""));
                headers.push((name.to_owned(), value.trim().to_owned()));
            }
        }
    }
    let encoding = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("Content-Transfer-Encoding"));
    let body = match encoding.map(|(_, value)| value.as_str()) {
        Some("base64") => {
            let packed: String = body.chars().filter(|c| !c.is_whitespace()).collect();
            String::from_utf8(STANDARD.decode(packed).unwrap()).unwrap().replace("\r\n", "\n")
        }
        Some("quoted-printable") => unquoted(body),
        _ => body.to_owned(),
    };
    Some(Taken { from, to, headers, body, raw })
}

fn unquoted(text: &str) -> String {
    let joined = text.replace("=\n", "");
    let mut bytes = vec![];
    let mut rest = joined.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = after.get(..2).filter(|_| byte == b'=').and_then(|hex| std::str::from_utf8(hex).ok());
        match code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(value) => {
                bytes.push(value);
                rest = &after[2..];
            }
            None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap()
}

impl Taken {
    /// The header of this name, which must be there once, with its encoded words read.
    #[track_caller]
    pub fn header(&self, name: &str) -> String {
        let found: Vec<_> = self.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).collect();
        assert_eq!(found.len(), 1, "{name}: {}", self.raw);
        let (mut read, mut plain) = (vec![], true);
        for word in found[0].1.split_whitespace() {
            let packed = word.strip_prefix("=?utf-8?b?").and_then(|rest| rest.strip_suffix("?="));
            // Space between two encoded words only folds the line; any other is meant.
            if !read.is_empty() && (plain || packed.is_none()) {
                read.push(b' ');
            }
            plain = packed.is_none();
            read.extend(packed.map_or(word.as_bytes().to_vec(), |packed| STANDARD.decode(packed).unwrap()));
        }
        String::from_utf8(read).unwrap()
    }

    /// The token in the link of the mail.
    #[track_caller]
    pub fn token(&self) -> String {
        let (_, rest) = self.body.split_once("#token=").unwrap_or_else(|| panic!("no link: {}", self.body));
        rest.split_whitespace().next().unwrap().to_owned()
    }
}
