//! A drop box's web server: acts come in, receipts go out. It stands behind
//! the same door as the secretariat's.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::middleware;
use axum::response::Response;
use axum::routing::{get, post};
use comity_core::basic::Digest;
use comity_core::limits;
use comity_mirror::client::Client as Link;
use comity_mirror::dns::Networks;
use comity_mirror::follow::Follower;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinError;
use tracing::{error, info};

use super::desk::Desk;
use super::forward::{ANSWER, Forwarder};
use super::requests;
use crate::server::answer::{busy, carried, negotiate, refuse_method, refused, turned};
use crate::server::lane::Lane;
use crate::server::sent::{Room, Sent};
use comity_mirror::web::door::{Client, Door};
use comity_mirror::web::seats::{Known, Seats};

/// A fault of the drop box's own, in the middle of its work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault(pub String);

/// What the handlers share.
#[derive(Clone)]
struct Counter {
    desk: Arc<Desk>,
    known: Arc<Known>,
    bodies: Arc<Seats>,
    acts: Arc<Lane>,
    looks: Arc<Lane>,
    failed: Arc<watch::Sender<Option<Fault>>>,
}

impl Room for Counter {
    fn known(&self) -> &Known {
        &self.known
    }

    fn bodies(&self) -> &Arc<Seats> {
        &self.bodies
    }
}

/// Serves until something fails, and brings acts to the secretariat whose
/// ledger the follower follows. It may be dropped at any time.
///
/// # Errors
/// Where something panicked; then the process must end and start anew.
pub async fn serve(
    desk: Desk,
    follower: Follower,
    secretariat: &str,
    proxies: Networks,
    listener: TcpListener,
) -> Result<(), Fault> {
    let desk = Arc::new(desk);
    let forwarder = Forwarder::new(Arc::clone(&desk), follower, Link::new(secretariat, ANSWER));
    let forwarding = tokio::task::spawn_blocking(move || forwarder.run());
    let counter = Counter::new(desk);
    let mut failure = counter.failed.subscribe();
    let known = Arc::clone(&counter.known);
    let (door, router) = (
        Door {
            known,
            proxies,
            identity: None,
        },
        router(counter),
    );
    tokio::select! {
        () = door.serve(listener, &router) => Ok(()),
        ended = forwarding => match ended {
            Ok(never) => never,
            Err(error) => Err(Fault(error.to_string())),
        },
        failed = failure.wait_for(Option::is_some) => {
            let fault = failed.ok().and_then(|fault| fault.clone());
            fault.map_or(Ok(()), Err)
        }
    }
}

/// Says where it is.
pub fn announce(name: &str, key: &comity_core::basic::PublicKey, address: SocketAddr) {
    info!(%address, name, %key, "the drop box is open");
}

fn router(counter: Counter) -> Router {
    Router::new()
        .route(requests::ACTS, post(take_act))
        .route(requests::RECEIPTS, get(show_page))
        .route("/v1/receipts/{leaf}", get(show_receipt))
        .method_not_allowed_fallback(refuse_method)
        .fallback(nothing)
        .layer(middleware::from_fn(negotiate))
        .with_state(counter)
}

impl Counter {
    fn new(desk: Arc<Desk>) -> Self {
        Self {
            desk,
            known: Arc::default(),
            bodies: Arc::new(Seats::new(limits::HTTP_BODIES_OCTETS_MAX)),
            acts: Arc::new(Lane::new()),
            looks: Arc::new(Lane::new()),
            failed: Arc::new(watch::channel(None).0),
        }
    }

    /// Does work away from the threads that serve, in its turn; it goes on to
    /// its end also if the client does not wait for it.
    async fn away<T: Send + 'static>(
        &self,
        lane: &Lane,
        client: Client,
        work: impl FnOnce(&Desk) -> T + Send + 'static,
    ) -> Result<T, Response> {
        let turn = lane.enter(client.origin, client.is_proxy).await;
        let turn = turn.map_err(turned)?;
        let desk = Arc::clone(&self.desk);
        let worked = tokio::task::spawn_blocking(move || {
            let outcome = work(&desk);
            drop(turn);
            outcome
        });
        worked.await.map_err(|error| self.fault(&error))
    }

    /// Ends all work after a panic.
    fn fault(&self, error: &JoinError) -> Response {
        let fault = Fault(error.to_string());
        error!("{fault}");
        self.failed.send_replace(Some(fault));
        busy("the drop box has to be started anew")
    }
}

async fn take_act(
    State(counter): State<Counter>,
    sent: Sent<{ limits::LODGED_OCTETS_MAX }>,
) -> Response {
    // What was read takes its room until it is taken in or refused.
    let Sent {
        octets,
        client,
        room,
    } = sent;
    let taken = counter
        .away(&counter.acts, client, move |desk| desk.take(&octets))
        .await;
    drop(room);
    match taken {
        Ok(outcome) => {
            if outcome.as_ref().is_ok_and(|taken| taken.is_new_of_party) {
                counter.known.note(client.origin);
            }
            carried(requests::taken(&outcome))
        }
        Err(response) => response,
    }
}

#[derive(Deserialize)]
struct PageQuery {
    after: Option<Digest>,
}

async fn show_page(
    State(counter): State<Counter>,
    client: Client,
    query: Result<Query<PageQuery>, QueryRejection>,
) -> Response {
    let Query(PageQuery { after }) = match query {
        Ok(query) => query,
        Err(error) => {
            return refused(StatusCode::BAD_REQUEST, "request", &error.body_text());
        }
    };
    let page = counter
        .away(&counter.looks, client, move |desk| {
            desk.page(after.as_ref())
        })
        .await;
    match page {
        Ok(page) => carried(requests::looked(&page.map(Some))),
        Err(response) => response,
    }
}

async fn show_receipt(
    State(counter): State<Counter>,
    client: Client,
    Path(leaf): Path<String>,
) -> Response {
    let Ok(leaf) = leaf.parse::<Digest>() else {
        return nothing().await;
    };
    let receipt = counter
        .away(&counter.looks, client, move |desk| desk.receipt(&leaf))
        .await;
    match receipt {
        Ok(receipt) => carried(requests::looked(&receipt)),
        Err(response) => response,
    }
}

async fn nothing() -> Response {
    let text = "this is a drop box: POST /v1/acts, GET /v1/receipts";
    refused(StatusCode::NOT_FOUND, "not-found", text)
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "in the middle of the drop box's work: {}", self.0)
    }
}

impl std::error::Error for Fault {}
