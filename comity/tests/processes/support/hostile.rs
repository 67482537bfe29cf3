//! A server that means harm to whoever asks it.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use super::stand::Stand;

/// Between two drops.
const DROP: Duration = Duration::from_millis(100);
/// What is sent at once of what has no end.
const PIECE: usize = 64 * 1024;

/// What it does to those who ask.
#[derive(Clone)]
pub(crate) enum Harm {
    /// The body has no end.
    Endless,
    /// The head has no end.
    EndlessHead,
    /// The body comes drop by drop.
    Drip,
    /// The head comes drop by drop.
    DripHead,
    /// Nothing comes at all.
    Silence,
    /// The connection breaks before the answer.
    Reset,
    /// These octets, and the end.
    Says(Vec<u8>),
    /// A good answer with the body that this gives for a path; none where
    /// there is no such file.
    Serves(Serve),
}

type Serve = Arc<dyn Fn(&str) -> Option<Vec<u8>> + Send + Sync>;

/// The server; it ends with this value.
pub(crate) struct Hostile {
    pub(crate) address: SocketAddr,
    desk: Arc<Desk>,
    _stand: Stand,
}

struct Desk {
    harm: Harm,
    asked: AtomicU64,
    is_over: AtomicBool,
}

impl Hostile {
    pub(crate) fn start(address: SocketAddr, harm: Harm) -> Self {
        let desk = Arc::new(Desk {
            harm,
            asked: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
        });
        let serving = Arc::clone(&desk);
        let stand = Stand::start(address, move |stream| {
            let _broken_by_whoever_asked = serving.answer(stream);
        });
        Self {
            address: stand.address(),
            desk,
            _stand: stand,
        }
    }

    /// How often it was asked for anything.
    pub(crate) fn asked(&self) -> u64 {
        self.desk.asked.load(Ordering::SeqCst)
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.desk.is_over.store(true, Ordering::SeqCst);
    }
}

impl Desk {
    fn answer(&self, mut stream: TcpStream) -> io::Result<()> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if matches!(self.harm, Harm::Reset) {
            // What was sent and is not read makes a reset of the end.
            return Ok(());
        }
        let path = read_request(&mut stream)?;
        let good = |length: usize| {
            let end = "Connection: close\r\n\r\n";
            format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n{end}")
        };
        match &self.harm {
            Harm::Endless => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
                let piece = format!("{PIECE:x}\r\n{}\r\n", "7".repeat(PIECE));
                self.repeat(&mut stream, piece.as_bytes(), Duration::ZERO)
            }
            Harm::EndlessHead => {
                stream.write_all(b"HTTP/1.1 200 OK\r\n")?;
                self.repeat(&mut stream, b"A: nonsense\r\n", Duration::ZERO)
            }
            Harm::Drip => {
                stream.write_all(good(40_000).as_bytes())?;
                self.repeat(&mut stream, b"7", DROP)
            }
            Harm::DripHead => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nA: ")?;
                self.repeat(&mut stream, b"7", DROP)
            }
            Harm::Silence => self.repeat(&mut stream, b"", DROP),
            Harm::Reset => Ok(()),
            Harm::Says(octets) => stream.write_all(octets),
            Harm::Serves(serve) => match serve(&path) {
                Some(body) => {
                    stream.write_all(good(body.len()).as_bytes())?;
                    stream.write_all(&body)
                }
                None => stream.write_all(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"),
            },
        }
    }

    /// Goes on until nobody listens any more.
    fn repeat(&self, stream: &mut TcpStream, octets: &[u8], rest: Duration) -> io::Result<()> {
        while !self.is_over.load(Ordering::SeqCst) {
            stream.write_all(octets)?;
            thread::sleep(rest);
        }
        Ok(())
    }
}

/// Reads a request, body and all, and gives the path that it asks for.
fn read_request(stream: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut octet = [0];
        stream.read_exact(&mut octet)?;
        head.extend(octet);
    }
    let head = String::from_utf8_lossy(&head).to_lowercase();
    let length = head.split("content-length:").nth(1);
    let length = length.and_then(|rest| rest.split("\r\n").next()?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body)?;
    let path = head.split(' ').nth(1).unwrap_or_default();
    Ok(path.trim_start_matches('/').to_string())
}
