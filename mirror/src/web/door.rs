//! The door: accepts connections, as many as there may be, and lets hyper
//! speak HTTP/1 on each within limits, over TLS where there is an identity.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use crate::dns::Networks;
use crate::origin::origin;
use axum::Router;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use comity_core::limits;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{Id, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tracing::{debug, warn};

use super::identity::Identity;
use super::pace::Paced;
use super::seats::Known;

/// How long to wait after the system refused a connection, which it does
/// when it has no more file descriptors.
const PAUSE: Duration = Duration::from_millis(100);
const HEAD_MAX: Duration = Duration::from_secs(limits::HTTP_HEAD_SECONDS_MAX);
const ANSWER_MAX: Duration = Duration::from_secs(limits::HTTP_ANSWER_SECONDS_MAX);
const CONNECTION_MAX: Duration = Duration::from_secs(limits::HTTP_CONNECTION_SECONDS_MAX);
/// What a connection holds of what it reads, and again of what it writes.
const BUFFER_OCTETS_MAX: usize = 2 * limits::HTTP_HEAD_OCTETS_MAX;
/// What is said to those for whom there is no room, before anything is read.
const NO_ROOM: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    Content-Type: application/json\r\nRetry-After: 5\r\nConnection: close\r\n\
    Content-Length: 66\r\n\r\n\
    {\"rule\":\"busy\",\"text\":\"there are too many connections; try later\"}";

/// Whom a request comes from.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    /// What its connections count against.
    pub origin: IpAddr,
    /// Whether this is a proxy, which speaks for many.
    pub is_proxy: bool,
}

impl<S: Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let unknown = Self {
            origin: IpAddr::from([0; 4]),
            is_proxy: false,
        };
        Ok(parts.extensions.get().copied().unwrap_or(unknown))
    }
}

/// Who may come in.
pub struct Door {
    /// Where members were heard from.
    pub known: Arc<Known>,
    /// Proxies: their connections are many clients'.
    pub proxies: Networks,
    /// By what the server shows who it is; without it nothing is encrypted.
    pub identity: Option<Identity>,
}

impl Door {
    /// A door behind which nobody is known.
    pub fn new(proxies: Networks) -> Self {
        Self {
            known: Arc::default(),
            proxies,
            identity: None,
        }
    }

    /// The same, over TLS where there is an identity.
    pub fn with_identity(self, identity: Option<Identity>) -> Self {
        Self { identity, ..self }
    }

    /// Accepts connections until it is dropped, and their tasks with it.
    pub async fn serve(&self, listener: TcpListener, router: &Router) {
        let mut tasks = JoinSet::new();
        let mut origins: HashMap<Id, IpAddr> = HashMap::new();
        loop {
            tokio::select! {
                Some(ended) = tasks.join_next_with_id() => {
                    let id = ended.map_or_else(|error| error.id(), |(id, ())| id);
                    origins.remove(&id);
                }
                accepted = listener.accept() => match accepted {
                    Ok((stream, address)) => {
                        let client = self.client(address);
                        if self.has_room(client, &origins) {
                            let tls = self.identity.as_ref().map(Identity::acceptor);
                            let task = tasks.spawn(enter(stream, tls, client, router.clone()));
                            origins.insert(task.id(), client.origin);
                        } else {
                            debug!(%address, "there is no room for a connection");
                            if self.identity.is_none() {
                                turn_away(stream);
                            }
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

    fn client(&self, address: SocketAddr) -> Client {
        Client {
            origin: origin(address.ip()),
            is_proxy: self.proxies.contain(address.ip()),
        }
    }

    fn has_room(&self, client: Client, origins: &HashMap<Id, IpAddr>) -> bool {
        let own = origins.values().filter(|other| **other == client.origin);
        let kept = match self.known.has(client.origin) {
            true => 0,
            false => limits::HTTP_CONNECTIONS_KEPT,
        };
        origins.len() < limits::HTTP_CONNECTIONS_MAX - kept
            && (client.is_proxy || own.count() < limits::HTTP_CONNECTIONS_PER_CLIENT_MAX)
    }
}

/// Says why, as far as that can be done without waiting.
fn turn_away(stream: TcpStream) {
    let (Ok(()) | Err(_)) = stream
        .into_std()
        .and_then(|mut stream| stream.write_all(NO_ROOM));
}

/// Agrees on TLS where it is spoken, in the time that there is for a head, and
/// answers.
async fn enter(stream: TcpStream, tls: Option<TlsAcceptor>, client: Client, router: Router) {
    // Small answers are not held back for larger ones.
    let (Ok(()) | Err(_)) = stream.set_nodelay(true);
    let Some(tls) = tls else {
        return converse(stream, client, router).await;
    };
    match timeout(HEAD_MAX, tls.accept(stream)).await {
        Ok(Ok(stream)) => converse(stream, client, router).await,
        Ok(Err(error)) => debug!(%error, client = %client.origin, "there is no TLS"),
        Err(_) => debug!(client = %client.origin, "TLS takes too long"),
    }
}

/// Answers the requests of one connection.
async fn converse<S>(stream: S, client: Client, router: Router)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let router = TowerToHyperService::new(router);
    let answer = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(client);
        router.call(request)
    });
    let mut http = http1::Builder::new();
    // The time for a head begins when the connection does, and again when an
    // answer is sent: it is also how long a connection may stay idle.
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_MAX)
        .max_header_size(limits::HTTP_HEAD_OCTETS_MAX)
        .max_buf_size(BUFFER_OCTETS_MAX);
    let mut connection = pin!(http.serve_connection(TokioIo::new(Paced::new(stream)), answer));
    let ended = match timeout(CONNECTION_MAX, connection.as_mut()).await {
        Ok(ended) => Ok(ended),
        Err(_) => {
            connection.as_mut().graceful_shutdown();
            timeout(ANSWER_MAX, connection).await
        }
    };
    if let Ok(Err(error)) = ended {
        debug!(%error, client = %client.origin, "connection ends");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_without_room_is_a_whole_answer() {
        let text = std::str::from_utf8(NO_ROOM).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(
            head.contains(&format!("Content-Length: {}\r\n", body.len()))
                || head.ends_with(&format!("Content-Length: {}", body.len()))
        );
        assert!(serde_json::from_str::<serde_json::Value>(body).is_ok());
    }
}
