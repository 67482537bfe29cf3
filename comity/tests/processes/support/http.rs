//! Requests as they are on the wire, also such as no client of ours sends.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// The longest that an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// Posts `body` to `path`.
pub(crate) fn post(server: SocketAddr, path: &str, body: &[u8]) -> Answer {
    request(server, "POST", path, body)
}

/// Gets whatever is at `path`.
pub(crate) fn get(server: SocketAddr, path: &str) -> Answer {
    request(server, "GET", path, &[])
}

fn request(server: SocketAddr, method: &str, path: &str, body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(server).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {server}\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    // A server that has refused already may not read on.
    let _refused_before = stream.write_all(body);
    let mut octets = Vec::new();
    let _reset_after_the_answer = stream.read_to_end(&mut octets);
    let text = String::from_utf8_lossy(&octets);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    Answer {
        status: status.unwrap_or_else(|| panic!("{path}: no answer, but {text:?}")),
        body: body.to_string(),
    }
}
