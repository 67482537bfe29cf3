//! Requests by UDP.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::net::UdpSocket;
use tracing::{debug, warn};

use super::reply::{Client, Reply, Transport, reply};
use super::server::Shared;

/// Octets of the largest request. The rest of a longer one is cut off, and
/// what is left is malformed.
const REQUEST_OCTETS_MAX: usize = 4096;
/// How long to wait after the system refused to receive.
const PAUSE: Duration = Duration::from_millis(100);

/// Answers datagrams until it is dropped.
pub(super) async fn serve(socket: Arc<UdpSocket>, shared: Shared) {
    let mut buffer = vec![0; REQUEST_OCTETS_MAX];
    loop {
        let (octets, client) = match socket.recv_from(&mut buffer).await {
            Ok((length, client)) => (buffer.get(..length).unwrap_or(&[]), client),
            Err(error) => {
                warn!(%error, "cannot receive datagrams");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        if let Some(response) = respond(&shared, client, octets)
            && let Err(error) = socket.send_to(&response, client).await
        {
            debug!(%error, %client, "cannot send a response");
        }
    }
}

fn respond(shared: &Shared, client: SocketAddr, octets: &[u8]) -> Option<Vec<u8>> {
    // Nobody asks from port 0.
    if client.port() == 0 {
        return None;
    }
    shared.counters.udp_requests.fetch_add(1, Ordering::Relaxed);
    let published = shared.served.borrow().clone();
    let client = Client {
        address: client.ip(),
        transport: Transport::Udp,
    };
    match reply(published.as_ref(), &shared.access, client, octets) {
        Reply::Message(response) => Some(response),
        Reply::Notice(response) => {
            shared.news.notify_one();
            Some(response)
        }
        Reply::Nothing | Reply::Transfer(_) => None,
    }
}
