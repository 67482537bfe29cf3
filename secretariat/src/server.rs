//! The web server: the ledger's files as they are on the disk, the drop box,
//! the members' tasks, and the overview. Everything that comes in is bounded
//! here and judged by the engine.

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Query, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use comity_core::act::json;
use comity_core::basic::Digest;
use comity_core::limits;
use comity_core::message::{Endorsement, Tasks};
use comity_mirror::clock;
use comity_mirror::ledger::{CHECKPOINT_PATH, blob_path};
use comity_mirror::source::{Directory, FetchError, PROTOCOL_HEADER, PROTOCOL_VERSION, Source};
use serde::Deserialize;
use tokio::sync::watch;
use tokio::task::JoinError;
use tracing::{debug, error};

use crate::engine::{Engine, EngineError, Now};
use crate::overview;
use crate::survey;
use crate::writer::WriterError;

/// How often the engine looks at the clock.
const TICK: Duration = Duration::from_millis(100);
/// The longest a request for tasks stays open.
const WAIT_S_MAX: u64 = 30;

/// What the handlers share.
#[derive(Clone)]
struct Desk {
    engine: Arc<Mutex<Engine>>,
    tasks: Arc<watch::Sender<Tasks>>,
    ledger: Arc<Directory>,
    failed: Arc<watch::Sender<Option<ServeError>>>,
}

/// Why a secretariat ended by itself. Only a new start knows how far it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServeError {
    /// The web server failed.
    Listener(String),
    /// The ledger could not be written.
    Ledger(String),
    /// A fault of the secretariat's own, in the middle of its work.
    Fault(String),
}

/// Serves until the ledger cannot be written. It may be dropped at any time.
///
/// # Errors
/// Where the listener fails, the ledger could not be written, or something
/// panicked; then the process must end and start anew.
pub async fn serve(
    engine: Engine,
    ledger: PathBuf,
    listener: tokio::net::TcpListener,
) -> Result<(), ServeError> {
    let desk = Desk::new(engine, ledger);
    let mut failure = desk.failed.subscribe();
    let ticking = tokio::spawn(tick(desk.clone()));
    let served = axum::serve(listener, router(desk.clone()).into_make_service());
    let outcome = tokio::select! {
        outcome = served => outcome.map_err(|error| ServeError::Listener(error.to_string())),
        failed = failure.wait_for(Option::is_some) => {
            failed.ok().and_then(|failed| failed.clone()).map_or(Ok(()), Err)
        }
    };
    ticking.abort();
    outcome
}

fn router(desk: Desk) -> Router {
    Router::new()
        .route("/", get(show_overview))
        .route("/v1/status", get(show_status))
        .route("/v1/tasks", get(show_tasks))
        .route(
            "/v1/acts",
            post(take_act).layer(limit(limits::ENTRY_OCTETS_MAX)),
        )
        .route(
            "/v1/messages",
            post(take_message).layer(limit(limits::MESSAGE_OCTETS_MAX)),
        )
        .route(
            "/v1/cosignatures",
            post(take_cosignature).layer(limit(LINE_OCTETS_MAX)),
        )
        .route(
            "/v1/endorsements",
            post(take_endorsement).layer(limit(LINE_OCTETS_MAX)),
        )
        .fallback(get(show_file))
        .layer(middleware::from_fn(negotiate))
        .with_state(desk)
}

/// Octets of a cosignature or an endorsement.
const LINE_OCTETS_MAX: usize = 4096;

fn limit(octets: usize) -> DefaultBodyLimit {
    DefaultBodyLimit::max(octets)
}

/// The protocol's version: a client names those it speaks, the answer the one
/// that is spoken. Plain readers of files name none.
async fn negotiate(request: Request, next: Next) -> Response {
    let offered = request.headers().get(PROTOCOL_HEADER).cloned();
    let spoken = offered.as_ref().is_none_or(|offered| {
        let versions = offered.to_str().unwrap_or_default();
        versions
            .split(',')
            .any(|version| version.trim() == PROTOCOL_VERSION)
    });
    let mut response = if spoken {
        next.run(request).await
    } else {
        let text = format!("this secretariat speaks version {PROTOCOL_VERSION} of the protocol");
        refused(StatusCode::UPGRADE_REQUIRED, "protocol", &text)
    };
    let name = HeaderName::from_static("comity-protocol");
    response
        .headers_mut()
        .insert(name, HeaderValue::from_static(PROTOCOL_VERSION));
    response
}

async fn tick(desk: Desk) {
    let mut interval = tokio::time::interval(TICK);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        interval.tick().await;
        // Nothing to submit: only what waits on time.
        let _ = desk.work(|_, _| Ok(())).await;
    }
}

fn now() -> Now {
    clock::since_1970().into()
}

impl Desk {
    fn new(engine: Engine, ledger: PathBuf) -> Self {
        Self {
            tasks: Arc::new(watch::channel(engine.tasks().clone()).0),
            engine: Arc::new(Mutex::new(engine)),
            ledger: Arc::new(Directory::new(ledger)),
            failed: Arc::new(watch::channel(None).0),
        }
    }

    /// Lets the engine take something in and do what follows from it, away
    /// from the threads that serve.
    async fn work<T, F>(&self, submit: F) -> Result<T, EngineError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Engine, Now) -> Result<T, EngineError> + Send + 'static,
    {
        let desk = self.clone();
        let worked = tokio::task::spawn_blocking(move || {
            let mut engine = desk.lock()?;
            let outcome = submit(&mut engine, now());
            let stepped = engine.step(now());
            desk.tell(&engine);
            let fatal = [outcome.as_ref().err(), stepped.as_ref().err()];
            for error in fatal.into_iter().flatten() {
                desk.end_if_fatal(error);
            }
            outcome
        });
        worked.await.unwrap_or_else(|error| Err(self.fault(&error)))
    }

    /// The engine, but not one that somebody left in the middle of its work:
    /// of half a state nobody may hear.
    fn lock(&self) -> Result<MutexGuard<'_, Engine>, EngineError> {
        let engine = self.engine.lock();
        engine.map_err(|_| EngineError::Ledger(WriterError::MustReopen))
    }

    /// Ends all work after a panic.
    fn fault(&self, error: &JoinError) -> EngineError {
        self.end(ServeError::Fault(error.to_string()));
        EngineError::Ledger(WriterError::MustReopen)
    }

    /// The first reason to end is the one that counts.
    fn end(&self, why: ServeError) {
        self.failed.send_if_modified(|failed| {
            let is_first = failed.is_none();
            if is_first {
                error!("{why}");
                *failed = Some(why);
            }
            is_first
        });
    }

    fn tell(&self, engine: &Engine) {
        self.tasks.send_if_modified(|tasks| {
            let changed = tasks != engine.tasks();
            if changed {
                tasks.clone_from(engine.tasks());
            }
            changed
        });
    }

    /// After a failed write only a new start knows what is on the disk.
    fn end_if_fatal(&self, failure: &EngineError) {
        match failure {
            EngineError::Ledger(_) | EngineError::Replay { .. } => {
                self.end(ServeError::Ledger(failure.to_string()));
            }
            EngineError::Refused(refusal) => debug!(%refusal, "refused"),
            EngineError::NotWanted => {}
        }
    }
}

/// What a client sent, where it is no more than it may send.
struct Sent(Bytes);

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let sent = Bytes::from_request(request, state).await;
        sent.map(Self).map_err(|rejection| {
            let rule = match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => "too-large",
                _ => "request",
            };
            refused(rejection.status(), rule, &rejection.body_text())
        })
    }
}

#[derive(Deserialize)]
struct TasksQuery {
    #[serde(default)]
    after: u64,
    #[serde(default)]
    wait: u64,
}

async fn show_tasks(State(desk): State<Desk>, Query(query): Query<TasksQuery>) -> Response {
    let mut tasks = desk.tasks.subscribe();
    let wait = Duration::from_secs(query.wait.min(WAIT_S_MAX));
    let news = tasks.wait_for(|tasks| tasks.sequence != query.after);
    let tasks = match tokio::time::timeout(wait, news).await {
        Ok(Ok(tasks)) => tasks.clone(),
        Ok(Err(_)) | Err(_) => desk.tasks.borrow().clone(),
    };
    json_answer(&tasks)
}

async fn take_act(State(desk): State<Desk>, Sent(body): Sent) -> Response {
    let appended = desk.work(move |engine, _| engine.submit_act(&body)).await;
    answer(
        appended.map(
            |appended| serde_json::json!({ "id": appended.id, "position": appended.position }),
        ),
    )
}

async fn take_message(State(desk): State<Desk>, Sent(body): Sent) -> Response {
    let taken = desk
        .work(move |engine, now| engine.submit_message(&body, now))
        .await;
    answer(taken.map(|()| serde_json::json!({})))
}

async fn take_cosignature(State(desk): State<Desk>, Sent(body): Sent) -> Response {
    let taken = desk
        .work(move |engine, _| engine.submit_cosignature(&String::from_utf8_lossy(&body)))
        .await;
    answer(taken.map(|()| serde_json::json!({})))
}

async fn take_endorsement(State(desk): State<Desk>, Sent(body): Sent) -> Response {
    let endorsement: Endorsement = match json::decode(&body) {
        Ok(endorsement) => endorsement,
        Err(refusal) => {
            return refused(StatusCode::BAD_REQUEST, "format", &refusal.to_string());
        }
    };
    let taken = desk
        .work(move |engine, _| engine.submit_endorsement(&endorsement))
        .await;
    answer(taken.map(|()| serde_json::json!({})))
}

async fn show_overview(State(desk): State<Desk>) -> Response {
    let page = match look(&desk, overview::render).await {
        Ok(page) => page,
        Err(error) => return refusal(&error),
    };
    let policy = HeaderValue::from_static(overview::CONTENT_SECURITY_POLICY);
    let mut response = Html(page).into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

async fn show_status(State(desk): State<Desk>) -> Response {
    match look(&desk, Clone::clone).await {
        Ok(view) => json_answer(&view),
        Err(error) => refusal(&error),
    }
}

/// What a look at the present state gives.
async fn look<T: Send + 'static>(
    desk: &Desk,
    draw: impl FnOnce(&overview::View) -> T + Send + 'static,
) -> Result<T, EngineError> {
    let looking = desk.clone();
    let looked = tokio::task::spawn_blocking(move || {
        let engine = looking.lock()?;
        let view = survey(engine.state(), Some(engine.checkpoint()), now().0 / 1000);
        drop(engine);
        Ok(draw(&view))
    });
    looked.await.unwrap_or_else(|error| Err(desk.fault(&error)))
}

async fn show_file(State(desk): State<Desk>, request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/').to_string();
    let ledger = Arc::clone(&desk.ledger);
    let read = {
        let path = path.clone();
        move || ledger.fetch(&path, limits::BLOB_OCTETS_MAX)
    };
    match tokio::task::spawn_blocking(read).await {
        Ok(Ok(octets)) => file(&path, octets),
        Ok(Err(FetchError::Missing { .. } | FetchError::BadPath { .. })) => {
            let work = |digest| Some(desk.lock().ok()?.work(&digest)?.to_vec());
            match blob_of(&path).and_then(work) {
                Some(octets) => file(&path, octets),
                None => refused(StatusCode::NOT_FOUND, "not-found", "there is no such file"),
            }
        }
        Ok(Err(_)) | Err(_) => refused(
            StatusCode::INTERNAL_SERVER_ERROR,
            "disk",
            "the file could not be read",
        ),
    }
}

/// The digest that names a blob's path.
fn blob_of(path: &str) -> Option<Digest> {
    let digest = Path::new(path).file_name()?.to_str()?.parse().ok()?;
    (blob_path(&digest) == path).then_some(digest)
}

/// Tiles and blobs never change; the checkpoint does.
fn file(path: &str, octets: Vec<u8>) -> Response {
    let (kind, cache) = if path == CHECKPOINT_PATH {
        ("text/plain; charset=utf-8", "no-cache")
    } else {
        ("application/octet-stream", "max-age=31536000, immutable")
    };
    (
        [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache)],
        octets,
    )
        .into_response()
}

fn json_answer<T: serde::Serialize>(value: &T) -> Response {
    (
        [(header::CONTENT_TYPE, "application/json")],
        json::encode(value),
    )
        .into_response()
}

fn answer(outcome: Result<serde_json::Value, EngineError>) -> Response {
    match outcome {
        Ok(value) => json_answer(&value),
        Err(error) => refusal(&error),
    }
}

fn refusal(error: &EngineError) -> Response {
    let (status, rule) = match error {
        EngineError::Refused(refusal) => (StatusCode::UNPROCESSABLE_ENTITY, refusal.rule()),
        EngineError::NotWanted => (StatusCode::CONFLICT, "not-wanted"),
        EngineError::Ledger(_) | EngineError::Replay { .. } => {
            (StatusCode::SERVICE_UNAVAILABLE, "ledger")
        }
    };
    let text = match error {
        EngineError::NotWanted => "this is not wanted now".to_owned(),
        error => error.to_string(),
    };
    refused(status, rule, &text)
}

fn refused(status: StatusCode, rule: &str, text: &str) -> Response {
    let body = serde_json::json!({ "rule": rule, "text": text }).to_string();
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listener(cause) => write!(f, "the web server failed: {cause}"),
            Self::Ledger(cause) => write!(
                f,
                "{cause}; nothing was acknowledged that is not on the ledger: start again"
            ),
            Self::Fault(cause) => write!(f, "in the middle of the secretariat's work: {cause}"),
        }
    }
}

impl std::error::Error for ServeError {}
