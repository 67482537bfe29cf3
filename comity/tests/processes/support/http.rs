//! Requests as they are on the wire, also such as no client of ours sends, and
//! how servers in these tests take them in.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// The longest that an answer may take, of a machine with many other processes.
const PATIENCE: Duration = Duration::from_secs(600);

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// The rule of a refusal, which says why in words.
    pub(crate) fn rule(&self) -> Option<String> {
        let body: serde_json::Value = serde_json::from_str(&self.body).ok()?;
        let text = body["text"].as_str().unwrap_or_default();
        (text.len() > 12).then(|| body["rule"].as_str().map(str::to_string))?
    }
}

/// Posts `body` to `path`.
pub(crate) fn post(server: SocketAddr, path: &str, body: &[u8]) -> Answer {
    request(server, "POST", path, body)
}

/// Gets whatever is at `path`.
pub(crate) fn get(server: SocketAddr, path: &str) -> Answer {
    request(server, "GET", path, &[])
}

/// Asks in any way for whatever is at `path`.
pub(crate) fn request(server: SocketAddr, method: &str, path: &str, body: &[u8]) -> Answer {
    let mut stream = connect(server);
    send(&mut stream, method, path, body);
    receive(&stream).unwrap_or_else(|error| panic!("{method} {path}: no answer: {error}"))
}

/// A connection that waits for answers, but not for ever.
pub(crate) fn connect(server: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(server).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// A connection from this address of the machine.
pub(crate) fn connect_from(source: Ipv4Addr, server: SocketAddr) -> io::Result<TcpStream> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    let stream = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4()?;
        socket.bind((source, 0).into())?;
        socket.connect(server).await?.into_std()
    })?;
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Sends a whole request, as far as the server reads it: one that has refused
/// already need not.
pub(crate) fn send(stream: &mut TcpStream, method: &str, path: &str, body: &[u8]) {
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: secretariat\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let _refused_before = stream.write_all(&[head.as_bytes(), body].concat());
}

/// Receives one answer.
pub(crate) fn receive(stream: &TcpStream) -> io::Result<Answer> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), None);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line == "\r\n" {
            break;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse::<usize>().ok();
        }
        head.push_str(&line);
    }
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.ok_or(io::ErrorKind::InvalidData)?;
    let mut body = vec![0; length.ok_or(io::ErrorKind::InvalidData)?];
    reader.read_exact(&mut body)?;
    let body = String::from_utf8_lossy(&body).into_owned();
    Ok(Answer { status, head, body })
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
pub(crate) fn receive_request(stream: &TcpStream) -> Option<Received> {
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
