//! Requests by TCP (RFC 7766), one after the other on each connection. What
//! a client does not read is not written: a transfer to a slow client waits
//! for it, for a bounded time, and holds one message in memory.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::atomic::Ordering;
use std::time::Duration;

use comity_core::limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{Id, JoinSet};
use tokio::time::{sleep, timeout};
use tracing::{debug, warn};

use super::reply::{Client, Reply, Transport, reply};
use super::server::Shared;
use super::transfer::Transfer;

/// How long to wait after the system refused a connection, which it does
/// when it has no more file descriptors.
const PAUSE: Duration = Duration::from_millis(100);
const IDLE_MAX: Duration = Duration::from_secs(limits::TCP_IDLE_SECONDS_MAX as u64);
const WRITE_MAX: Duration = Duration::from_secs(limits::TCP_WRITE_SECONDS_MAX);
const TRANSFER_MAX: Duration = Duration::from_secs(limits::TRANSFER_SECONDS_MAX);

/// Accepts connections until it is dropped, and their tasks with it.
pub(super) async fn serve(listener: TcpListener, shared: Shared) {
    let mut tasks = JoinSet::new();
    let mut origins: HashMap<Id, IpAddr> = HashMap::new();
    loop {
        tokio::select! {
            Some(ended) = tasks.join_next_with_id() => {
                let id = ended.map_or_else(|error| error.id(), |(id, ())| id);
                origins.remove(&id);
            }
            accepted = listener.accept(), if tasks.len() < limits::TCP_CONNECTIONS_MAX => {
                match accepted {
                    Ok((stream, client)) => {
                        let origin = origin(client.ip());
                        let open = origins.values().filter(|other| **other == origin).count();
                        if open < limits::TCP_CONNECTIONS_PER_CLIENT_MAX {
                            let task = tasks.spawn(converse(stream, client, shared.clone()));
                            origins.insert(task.id(), origin);
                        } else {
                            debug!(%client, "has too many connections");
                        }
                    }
                    Err(error) => {
                        warn!(%error, "cannot accept connections");
                        sleep(PAUSE).await;
                    }
                }
            }
        }
    }
}

/// Whom a connection counts against: an IPv4 address, or the /64 network
/// that one IPv6 host has to itself (RFC 6177 §2).
fn origin(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(
            address.to_bits() & !u128::from(u64::MAX),
        )),
        address @ IpAddr::V4(_) => address,
    }
}

/// Answers the requests of one connection.
async fn converse(mut stream: TcpStream, client: SocketAddr, shared: Shared) {
    // Small responses are not held back for larger ones.
    let result = match stream.set_nodelay(true) {
        Ok(()) => answer_requests(&mut stream, client, &shared).await,
        Err(error) => Err(error),
    };
    if let Err(error) = result {
        debug!(%error, %client, "connection ends");
    }
}

async fn answer_requests(
    stream: &mut TcpStream,
    client: SocketAddr,
    shared: &Shared,
) -> io::Result<()> {
    let from = Client {
        address: client.ip(),
        transport: Transport::Tcp,
    };
    while let Some(octets) = timeout(IDLE_MAX, read(stream)).await?? {
        shared.counters.tcp_requests.fetch_add(1, Ordering::Relaxed);
        let zone = shared.served.borrow().clone();
        match reply(zone.as_ref(), &shared.transfer_allow, from, &octets) {
            // RFC 7766 §6.2.1.1: who sends no requests has no use for this.
            Reply::Nothing => return Ok(()),
            Reply::Message(response) => write(stream, &response).await?,
            Reply::Transfer(transfer) => {
                timeout(TRANSFER_MAX, send(stream, &transfer)).await??;
                shared.counters.transfers.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
    Ok(())
}

async fn send(stream: &mut TcpStream, transfer: &Transfer) -> io::Result<()> {
    for message in transfer.messages() {
        let message = message.map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
        write(stream, &message).await?;
    }
    Ok(())
}

/// Reads one message (RFC 1035 §4.2.2). None where the client has closed the
/// connection.
async fn read(stream: &mut TcpStream) -> io::Result<Option<Vec<u8>>> {
    let length = match stream.read_u16().await {
        Ok(length) => length,
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut octets = vec![0; usize::from(length)];
    stream.read_exact(&mut octets).await?;
    Ok(Some(octets))
}

/// Writes length and message at once, as RFC 7766 §8 asks.
async fn write(stream: &mut TcpStream, message: &[u8]) -> io::Result<()> {
    let length =
        u16::try_from(message.len()).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
    let mut octets = Vec::with_capacity(message.len() + 2);
    octets.extend(length.to_be_bytes());
    octets.extend(message);
    timeout(WRITE_MAX, stream.write_all(&octets)).await?
}
