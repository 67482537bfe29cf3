//! The same server on a connection: whatever octets a client writes, in two
//! pieces, each whole request before the first bad one is replied to in turn.

#![no_main]

use std::cell::LazyCell;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use comity_core::zone::Rtype;
use comity_fuzz::answer;
use comity_fuzz::parts::Parts;
use comity_fuzz::samples;
use comity_mirror::dns::request::Request;
use comity_mirror::dns::{Access, Networks, Server, Settings};
use libfuzzer_sys::fuzz_target;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

/// Longer than any exchange takes.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server, and the one thread that it and its clients run in.
struct Running {
    runtime: Runtime,
    server: Server,
}

impl Running {
    fn start() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let settings = Settings {
            listen: vec!["127.0.0.1:0".parse().unwrap()],
            access: Access::transfers(Networks::default()),
            notify: Vec::new(),
        };
        let server = runtime.block_on(Server::start(settings)).unwrap();
        server.publish(samples::edition());
        Self { runtime, server }
    }
}

thread_local! {
    static RUNNING: LazyCell<Running> = const { LazyCell::new(Running::start) };
}

fuzz_target!(|input: &[u8]| {
    let mut parts = Parts(input);
    let cut = usize::from(parts.octet());
    let written = parts.rest();
    let read = RUNNING.with(|running| {
        let address = running.server.addresses()[0];
        let exchange = async { timeout(PATIENCE, converse(address, written, cut)).await };
        running.runtime.block_on(exchange).unwrap().unwrap()
    });
    check(written, &read);
});

/// Writes everything in two pieces, and reads until the server closes.
async fn converse(server: SocketAddr, written: &[u8], cut: usize) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(server).await?;
    stream.set_nodelay(true)?;
    // No connection waits for late segments, or the system runs out of ports.
    stream.set_zero_linger()?;
    let (first, second) = written.split_at(cut.min(written.len()));
    let (mut reading, mut writing) = stream.split();
    let mut read = Vec::new();
    let write = async {
        for piece in [first, second] {
            if writing.write_all(piece).await.is_err() {
                return;
            }
            tokio::task::yield_now().await;
        }
        let _closed_by_the_server = writing.shutdown().await;
    };
    let (outcome, ()) = tokio::join!(reading.read_to_end(&mut read), write);
    match outcome {
        // A server that closes with requests unread resets the connection.
        Err(error) if error.kind() != io::ErrorKind::ConnectionReset => Err(error),
        Ok(_) | Err(_) => Ok(read),
    }
}

/// Takes the message at the front.
fn take<'a>(octets: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = octets.split_first_chunk()?;
    let (message, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
    *octets = rest;
    Some(message)
}

fn check(mut written: &[u8], mut read: &[u8]) {
    while let Some(request) = take(&mut written) {
        if answer::is_dropped(request) {
            break;
        }
        // After a reset the last replies may be lost.
        let Some(response) = take(&mut read) else {
            return;
        };
        answer::check(request, response, 0xffff);
        let asked = Request::read(request).map(|request| request.question.rtype);
        assert!(asked != Ok(Rtype::AXFR) || response[3] & 0xf != 0);
    }
    assert!(read.is_empty(), "replies that nothing was asked for");
}
