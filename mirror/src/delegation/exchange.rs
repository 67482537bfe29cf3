//! One question to one address, by UDP or TCP.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use comity_core::check::observation::{Question, Silence, Transport};
use domain::base::header::Header;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Instant, timeout, timeout_at};

use super::Settings;
use super::message::{self, Reading, Received, Sent};

/// How long and how often to ask.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    pub(crate) timeout: Duration,
    pub(crate) tries: u32,
}

impl Patience {
    pub(crate) fn of(settings: &Settings) -> Self {
        Self {
            timeout: settings.timeout,
            tries: settings.tries.max(1),
        }
    }
}

/// Asks one question by one way.
pub(crate) async fn ask(
    target: SocketAddr,
    transport: Transport,
    edns: bool,
    question: &Question,
    patience: Patience,
) -> Result<Received, Silence> {
    let mut header = Header::new();
    header.set_random_id();
    let sent = message::question(question, edns, header.id()).ok_or(Silence::Malformed)?;
    match transport {
        Transport::Udp => by_udp(target, &sent, patience).await,
        Transport::Tcp => timeout(patience.timeout, by_tcp(target, &sent))
            .await
            .unwrap_or(Err(Silence::Timeout)),
    }
}

/// As [`ask`] with EDNS by UDP, and by TCP where the answer was cut.
pub(crate) async fn ask_whole(
    target: SocketAddr,
    question: &Question,
    patience: Patience,
) -> Result<Received, Silence> {
    let received = ask(target, Transport::Udp, true, question, patience).await?;
    if received.answer.truncated {
        return ask(target, Transport::Tcp, true, question, patience).await;
    }
    Ok(received)
}

/// The socket is not connected: whether the answer comes from where it was
/// asked for is one of the checks.
async fn by_udp(target: SocketAddr, sent: &Sent, patience: Patience) -> Result<Received, Silence> {
    let any = match target {
        SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
    };
    let socket = UdpSocket::bind(any).await.map_err(|_| Silence::NoWay)?;
    let mut silence = Silence::Timeout;
    for _ in 0..patience.tries {
        let deadline = Instant::now() + patience.timeout;
        socket
            .send_to(&sent.octets, target)
            .await
            .map_err(|error| silence_of(&error))?;
        match timeout_at(deadline, listen(&socket, target, sent, &mut silence)).await {
            Ok(received) => return received,
            Err(_) => continue,
        }
    }
    Err(silence)
}

/// Waits for the answer. What is none is remembered, and something better
/// may still come.
async fn listen(
    socket: &UdpSocket,
    target: SocketAddr,
    sent: &Sent,
    silence: &mut Silence,
) -> Result<Received, Silence> {
    let mut buffer = vec![0; usize::from(u16::MAX)];
    loop {
        let (length, from) = socket
            .recv_from(&mut buffer)
            .await
            .map_err(|error| silence_of(&error))?;
        match message::read(buffer.get(..length).unwrap_or(&[]), sent) {
            Reading::Answer(mut received) => {
                received.answer.elsewhere = (from != target).then_some(from);
                return Ok(*received);
            }
            Reading::Malformed if from == target => *silence = Silence::Malformed,
            Reading::Malformed | Reading::Foreign => {}
        }
    }
}

async fn by_tcp(target: SocketAddr, sent: &Sent) -> Result<Received, Silence> {
    let octets = tcp_octets(target, sent)
        .await
        .map_err(|error| silence_of(&error))?;
    match message::read(&octets, sent) {
        Reading::Answer(received) => Ok(*received),
        Reading::Malformed | Reading::Foreign => Err(Silence::Malformed),
    }
}

/// One message each way, after its length (RFC 1035 §4.2.2).
async fn tcp_octets(target: SocketAddr, sent: &Sent) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(target).await?;
    let length = u16::try_from(sent.octets.len()).map_err(io::Error::other)?;
    let framed = [&length.to_be_bytes(), &*sent.octets].concat();
    stream.write_all(&framed).await?;
    let mut octets = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut octets).await?;
    Ok(octets)
}

fn silence_of(error: &io::Error) -> Silence {
    match error.kind() {
        io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::AddrNotAvailable
        | io::ErrorKind::PermissionDenied => Silence::NoWay,
        io::ErrorKind::TimedOut => Silence::Timeout,
        _ => Silence::Connection,
    }
}
