//! The sockets: UDP and TCP on each address, one zone for all of them. A
//! new edition takes the old one's place between two requests; a transfer
//! under way goes on with the one that it began with.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use comity_core::served::ServedZone;
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use super::notice::Access;
use super::notify::{self, Patience, Told};
use super::published::Published;
use super::{tcp, udp};

/// Attempts to find a port that is free for both UDP and TCP.
const PORT_TRIES_MAX: usize = 32;
/// Tasks that receive datagrams on one address.
const UDP_TASKS: usize = 2;

/// What a server is told by its operator.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen, UDP and TCP. Port 0 lets the system choose. On a host
    /// with several addresses list each: an answer to a datagram that came in
    /// on an unspecified address may leave from another one.
    pub listen: Vec<SocketAddr>,
    /// Who may have the whole zone, and whose notices are heeded.
    pub access: Access,
    /// The secondaries that are notified of each new edition.
    pub notify: Vec<SocketAddr>,
}

/// A running authoritative server. Stops when dropped.
#[derive(Debug)]
pub struct Server {
    served: watch::Sender<Option<Published>>,
    past: Mutex<Past>,
    addresses: Vec<SocketAddr>,
    secondaries: Vec<(SocketAddr, watch::Receiver<Told>)>,
    counters: Arc<Counters>,
    news: Arc<Notify>,
    tasks: JoinSet<()>,
}

/// What was given out, whether or not it still is.
#[derive(Debug, Default)]
struct Past {
    last: Option<Published>,
    doubtful: Option<u32>,
}

/// What the tasks of a server share.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    /// What is served now.
    pub(super) served: watch::Receiver<Option<Published>>,
    /// Who may have the whole zone, and whose notices are heeded.
    pub(super) access: Arc<Access>,
    /// A notice has come.
    pub(super) news: Arc<Notify>,
    /// What was done so far.
    pub(super) counters: Arc<Counters>,
}

/// What a server did since its start.
#[derive(Debug, Default)]
pub(super) struct Counters {
    /// Requests by UDP.
    pub(super) udp_requests: AtomicU64,
    /// Requests by TCP.
    pub(super) tcp_requests: AtomicU64,
    /// Whole-zone transfers.
    pub(super) transfers: AtomicU64,
    /// Incremental transfers by TCP.
    pub(super) increments: AtomicU64,
}

/// What a server did since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests by UDP.
    pub udp_requests: u64,
    /// Requests by TCP.
    pub tcp_requests: u64,
    /// Whole-zone transfers that were sent to their end.
    pub transfers: u64,
    /// Incremental transfers that were sent to their end, by TCP.
    pub increments: u64,
}

/// A server could not start.
#[derive(Debug)]
pub enum StartError {
    /// There is no address to listen on.
    NoAddress,
    /// An address cannot be listened on.
    Unavailable {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        error: io::Error,
    },
}

impl Server {
    /// Listens on every address. Until a zone is published, every question is
    /// answered with SERVFAIL and the reason *Not Ready* (RFC 8914 §4.15).
    ///
    /// # Errors
    /// Where one of the addresses cannot be listened on.
    pub async fn start(settings: Settings) -> Result<Self, StartError> {
        let Settings {
            listen,
            access,
            notify,
        } = settings;
        if listen.is_empty() {
            return Err(StartError::NoAddress);
        }
        let (served, receiver) = watch::channel(None);
        let shared = Shared {
            served: receiver,
            access: Arc::new(access),
            news: Arc::default(),
            counters: Arc::default(),
        };
        let mut tasks = JoinSet::new();
        let (mut addresses, mut listeners) = (Vec::new(), Vec::new());
        for address in listen {
            let (socket, listener, bound) = bind(address)
                .await
                .map_err(|error| StartError::Unavailable { address, error })?;
            let socket = Arc::new(socket);
            for _ in 0..UDP_TASKS {
                tasks.spawn(udp::serve(socket.clone(), shared.clone()));
            }
            listeners.push(listener);
            addresses.push(bound);
        }
        tasks.spawn(tcp::serve(listeners, shared.clone()));
        let mut secondaries = Vec::new();
        for secondary in notify {
            let (told, receiver) = watch::channel(Told::NotYet);
            let served = shared.served.clone();
            let places = (notify::source(&addresses, secondary), secondary);
            tasks.spawn(notify::follow(places, served, told, Patience::DEFAULT));
            secondaries.push((secondary, receiver));
        }
        Ok(Self {
            served,
            past: Mutex::default(),
            addresses,
            secondaries,
            counters: shared.counters,
            news: shared.news,
            tasks,
        })
    }

    /// Where the server listens, with the ports that the system chose.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Serves this zone from now on, and notifies the secondaries.
    pub fn publish(&self, zone: impl Into<ServedZone>) {
        let mut past = self.past();
        let next = match &past.last {
            Some(last) => last.next(zone.into()),
            None => Published::first(zone.into(), past.doubtful),
        };
        past.last = Some(next.clone());
        drop(past);
        self.served.send_replace(Some(next));
    }

    /// Says before the first zone is published up to which serial secondaries may have
    /// other versions than those that come: no increment begins with one of these.
    pub fn doubt(&self, serial: u32) {
        self.past().doubtful = Some(serial);
    }

    fn past(&self) -> MutexGuard<'_, Past> {
        // Whoever held it cannot have left a half of it.
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Serves nothing from now on: there is no good zone any more.
    pub fn withdraw(&self) {
        self.served.send_replace(None);
    }

    /// The zone served now.
    pub fn serving(&self) -> Option<ServedZone> {
        let published = self.served.borrow();
        published.as_ref().map(|it| it.zone().clone())
    }

    /// What each secondary was told last, and what it said.
    pub fn secondaries(&self) -> impl Iterator<Item = (SocketAddr, Told)> {
        self.secondaries
            .iter()
            .map(|(address, told)| (*address, *told.borrow()))
    }

    /// Comes back once a primary has said that it has a new version. It may have said
    /// so before this was asked, and several times.
    pub async fn news(&self) {
        self.news.notified().await;
    }

    /// What was done since the start.
    pub fn counts(&self) -> Counts {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            udp_requests: load(&self.counters.udp_requests),
            tcp_requests: load(&self.counters.tcp_requests),
            transfers: load(&self.counters.transfers),
            increments: load(&self.counters.increments),
        }
    }

    /// Closes all sockets and connections.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

/// Binds UDP, and TCP to the same port. Where the system chooses the port,
/// another program may have it for TCP: then it chooses again.
async fn bind(address: SocketAddr) -> io::Result<(UdpSocket, TcpListener, SocketAddr)> {
    let mut tries = if address.port() == 0 {
        PORT_TRIES_MAX
    } else {
        1
    };
    loop {
        tries -= 1;
        let socket = UdpSocket::bind(address).await?;
        let bound = socket.local_addr()?;
        match TcpListener::bind(bound).await {
            Ok(listener) => return Ok((socket, listener, bound)),
            Err(error) if tries == 0 || error.kind() != io::ErrorKind::AddrInUse => {
                return Err(error);
            }
            Err(_) => {}
        }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAddress => f.write_str("there is no address to listen on"),
            Self::Unavailable { address, error } => {
                write!(f, "cannot listen on {address}: {error}")
            }
        }
    }
}

impl std::error::Error for StartError {}
