//! Requests by TCP (RFC 7766), one after the other on each connection. What
//! a client does not read is not written: a transfer to a slow client waits
//! for it, for a bounded time, and holds one message in memory.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use comity_core::limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, Id, JoinSet};
use tokio::time::{sleep, timeout};
use tracing::{debug, warn};

use super::reply::{Client, Reply, Transport, reply};
use super::server::Shared;
use super::transfer::Transfer;
use crate::origin::origin;

/// How long to wait after the system refused a connection, which it does
/// when it has no more file descriptors.
const PAUSE: Duration = Duration::from_millis(100);
const IDLE_MAX: Duration = Duration::from_secs(limits::TCP_IDLE_SECONDS_MAX as u64);
const WRITE_MAX: Duration = Duration::from_secs(limits::TCP_WRITE_SECONDS_MAX);
const TRANSFER_MAX: Duration = Duration::from_secs(limits::TRANSFER_SECONDS_MAX);

/// Accepts connections until it is dropped, and their tasks with it.
pub(super) async fn serve(listeners: Vec<TcpListener>, shared: Shared) {
    let mut connections = Connections::default();
    loop {
        tokio::select! {
            Some(ended) = connections.tasks.join_next_with_id() => {
                let id = ended.map_or_else(|error| error.id(), |(id, ())| id);
                connections.open.remove(&id);
            }
            accepted = accept(&listeners) => match accepted {
                Ok((stream, client)) => {
                    if connections.make_room(origin(client.ip())) {
                        let conversation = converse(stream, client, shared.clone());
                        connections.add(origin(client.ip()), conversation);
                    } else {
                        debug!(%client, "there is no room for a connection");
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

/// The next connection on any address.
async fn accept(listeners: &[TcpListener]) -> io::Result<(TcpStream, SocketAddr)> {
    poll_fn(|context| {
        let mut accepted = listeners.iter().map(|it| it.poll_accept(context));
        accepted.find(Poll::is_ready).unwrap_or(Poll::Pending)
    })
    .await
}

/// The connections that are open.
#[derive(Default)]
struct Connections {
    tasks: JoinSet<()>,
    open: HashMap<Id, Connection>,
    /// How many there have been.
    count: u64,
}

struct Connection {
    origin: IpAddr,
    /// The oldest has the smallest.
    number: u64,
    task: AbortHandle,
}

impl Connections {
    fn add(&mut self, origin: IpAddr, conversation: impl Future<Output = ()> + Send + 'static) {
        let task = self.tasks.spawn(conversation);
        self.count += 1;
        let (id, number) = (task.id(), self.count);
        let connection = Connection {
            origin,
            number,
            task,
        };
        self.open.insert(id, connection);
    }

    /// Whether this client may have one more. Where there is no room left,
    /// the client with the most connections loses its oldest, if it has more
    /// than this one would: nobody is kept out by those who have many.
    fn make_room(&mut self, origin: IpAddr) -> bool {
        let mut counts: HashMap<IpAddr, usize> = HashMap::new();
        for connection in self.open.values() {
            *counts.entry(connection.origin).or_default() += 1;
        }
        let own = counts.get(&origin).copied().unwrap_or(0);
        if own >= limits::TCP_CONNECTIONS_PER_CLIENT_MAX {
            return false;
        }
        if self.open.len() < limits::TCP_CONNECTIONS_MAX {
            return true;
        }
        let oldest = self.open.iter().max_by_key(|(_, connection)| {
            (counts.get(&connection.origin), Reverse(connection.number))
        });
        let Some((id, connection)) = oldest.map(|(id, connection)| (*id, connection)) else {
            return false;
        };
        if counts.get(&connection.origin).copied().unwrap_or(0) <= own + 1 {
            return false;
        }
        connection.task.abort();
        self.open.remove(&id);
        true
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
        let published = shared.served.borrow().clone();
        match reply(published.as_ref(), &shared.access, from, &octets) {
            // RFC 7766 §6.2.1.1: who sends no requests has no use for this.
            Reply::Nothing => return Ok(()),
            Reply::Message(response) => write(stream, &response).await?,
            Reply::Notice(response) => {
                shared.news.notify_one();
                write(stream, &response).await?;
            }
            Reply::Transfer(transfer) => {
                timeout(TRANSFER_MAX, send(stream, &transfer)).await??;
                let counter = match transfer.is_whole() {
                    true => &shared.counters.transfers,
                    false => &shared.counters.increments,
                };
                counter.fetch_add(1, Ordering::Relaxed);
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
