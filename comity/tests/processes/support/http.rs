//! Requests as they are on the wire, also such as no client of ours sends, and
//! how servers in these tests take them in.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// The longest that an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// An answer.
#[derive(Clone, Debug)]
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
    let octets = exchange(server, method, path, body).unwrap();
    let text = String::from_utf8_lossy(&octets);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    Answer {
        status: status.unwrap_or_else(|| panic!("{path}: no answer, but {text:?}")),
        body: body.to_string(),
    }
}

/// The octets of a server's whole answer.
pub(crate) fn exchange(
    server: SocketAddr,
    method: &str,
    path: &str,
    body: &[u8],
) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {server}\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    // A server that has refused already may not read on.
    let _refused_before = stream.write_all(body);
    let mut octets = Vec::new();
    let _reset_after_the_answer = stream.read_to_end(&mut octets);
    Ok(octets)
}

/// A request that came in.
pub(crate) struct Received {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) body: Vec<u8>,
}

/// Reads one request.
pub(crate) fn receive(stream: &TcpStream) -> Option<Received> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let mut words = first.split(' ');
    Some(Received {
        method: words.next()?.to_string(),
        target: words.next()?.to_string(),
        body,
    })
}

/// Answers a request, and ends the connection.
pub(crate) fn respond(mut stream: &TcpStream, status: &str, body: &[u8]) -> Option<()> {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat()).ok()
}
