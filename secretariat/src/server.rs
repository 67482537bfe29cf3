//! The web server: the ledger's files as they are on the disk, the drop box,
//! the members' tasks, and the overview. Everything that comes in is bounded
//! here and judged by the engine.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `answer` | answers that every server of ours gives alike |
//! | `sent` | bodies of requests |
//! | `lane` | one piece of work of each kind at a time |
//! | `file` | the ledger's files |

pub(crate) mod answer;
mod file;
pub(crate) mod lane;
pub(crate) mod sent;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use comity_core::basic::{Digest, PublicKey};
use comity_core::limits;
use comity_core::message::Tasks;
use comity_mirror::clock;
use comity_mirror::dns::Networks;
use comity_mirror::files;
use comity_mirror::metrics::{self, Measured};
use comity_mirror::source::Directory;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinError;
use tracing::{debug, error};

use crate::engine::{Engine, EngineError, Now};
use crate::evidence;
use crate::overview::{self, View};
use crate::requests;
use crate::survey;
use crate::writer::WriterError;
use answer::{busy, carried, json_answer, negotiate, refuse_method, refused, turned};
use comity_mirror::web::door::{Client, Door};
use comity_mirror::web::seats::{Known, Seats};
use lane::{Lane, Turn, Turned};
use sent::{Room, Sent};

/// How often the engine looks at the clock.
const TICK: Duration = Duration::from_millis(100);
/// The longest a request for tasks stays open.
const WAIT_S_MAX: u64 = 30;

/// What the handlers share.
#[derive(Clone)]
struct Desk {
    engine: Arc<Mutex<Engine>>,
    tasks: Arc<watch::Sender<Tasks>>,
    /// Blobs that are not on the ledger.
    work: Arc<watch::Sender<Work>>,
    /// The members' keys; none before the founding act.
    members: Arc<watch::Sender<Option<Vec<PublicKey>>>>,
    ledger: Arc<Directory>,
    /// Where proofs are kept.
    evidence: PathBuf,
    failed: Arc<watch::Sender<Option<ServeError>>>,
    known: Arc<Known>,
    /// Octets of bodies that are not judged yet.
    bodies: Arc<Seats>,
    /// Requests for tasks that wait for news.
    waiting: Arc<Seats>,
    lanes: Arc<Lanes>,
}

/// Why a secretariat ended by itself. Only a new start knows how far it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServeError {
    /// The ledger could not be written.
    Ledger(String),
    /// A fault of the secretariat's own, in the middle of its work.
    Fault(String),
}

type Work = BTreeMap<Digest, Arc<[u8]>>;

/// Each kind of work waits for its own kind only. What members have signed is
/// taken in beside the acts of anybody, and is found to be theirs in a lane
/// where strangers' nonsense does not stand before it.
struct Lanes {
    acts: Lane,
    members: Lane,
    checks: Lane,
    strangers_checks: Lane,
    looks: Lane,
}

/// Serves `ledger` until it cannot be written, and keeps proofs of lies in
/// `evidence`. It may be dropped at any time.
///
/// # Errors
/// Where the ledger could not be written, or something panicked; then the
/// process must end and start anew.
pub async fn serve(
    engine: Engine,
    ledger: PathBuf,
    evidence: PathBuf,
    proxies: Networks,
    listener: tokio::net::TcpListener,
) -> Result<(), ServeError> {
    let desk = Desk::new(engine, ledger, evidence);
    let mut failure = desk.failed.subscribe();
    let ticking = tokio::spawn(tick(desk.clone()));
    let known = Arc::clone(&desk.known);
    let (door, router) = (
        Door {
            known,
            proxies,
            identity: None,
        },
        router(desk),
    );
    let failed = tokio::select! {
        () = door.serve(listener, &router) => None,
        failed = failure.wait_for(Option::is_some) => failed.ok().and_then(|error| error.clone()),
    };
    ticking.abort();
    failed.map_or(Ok(()), Err)
}

fn router(desk: Desk) -> Router {
    Router::new()
        .route("/", get(show_overview))
        .route("/v1/status", get(show_status))
        .route(metrics::PATH, get(show_metrics))
        .route(requests::TASKS, get(show_tasks))
        .route(requests::ACTS, post(take_act))
        .route(requests::MESSAGES, post(take_message))
        .route(requests::UPSTREAM, post(take_report))
        .route(requests::COSIGNATURES, post(take_cosignature))
        .route(requests::ENDORSEMENTS, post(take_endorsement))
        .method_not_allowed_fallback(refuse_method)
        .fallback(file::show_file)
        .layer(middleware::from_fn(negotiate))
        .with_state(desk)
}

async fn tick(desk: Desk) {
    let mut interval = tokio::time::interval(TICK);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        interval.tick().await;
        let at_work = desk.clone();
        let step = move || at_work.lock().map(|mut engine| at_work.step(&mut engine));
        if let Err(error) = tokio::task::spawn_blocking(step).await {
            desk.fault(&error);
        }
    }
}

fn now() -> Now {
    clock::since_1970().into()
}

/// Why something is not taken.
enum Denied {
    Turned(Turned),
    Engine(EngineError),
}

impl From<Turned> for Denied {
    fn from(turned: Turned) -> Self {
        Self::Turned(turned)
    }
}

impl From<EngineError> for Denied {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

impl Room for Desk {
    fn known(&self) -> &Known {
        &self.known
    }

    fn bodies(&self) -> &Arc<Seats> {
        &self.bodies
    }
}

impl Desk {
    fn new(engine: Engine, ledger: PathBuf, evidence: PathBuf) -> Self {
        Self {
            tasks: Arc::new(watch::channel(engine.tasks().clone()).0),
            work: Arc::new(watch::channel(engine.works().clone()).0),
            members: Arc::new(watch::channel(engine.members()).0),
            engine: Arc::new(Mutex::new(engine)),
            ledger: Arc::new(Directory::new(ledger)),
            evidence,
            failed: Arc::new(watch::channel(None).0),
            known: Arc::default(),
            bodies: Arc::new(Seats::new(limits::HTTP_BODIES_OCTETS_MAX)),
            waiting: Arc::new(Seats::new(limits::TASKS_WAITING_MAX)),
            lanes: Arc::new(Lanes {
                acts: Lane::new(),
                members: Lane::new(),
                checks: Lane::new(),
                strangers_checks: Lane::new(),
                looks: Lane::new(),
            }),
        }
    }

    /// Does work away from the threads that serve, in its turn. It goes on to
    /// its end also if the client does not wait for it.
    async fn away<T, F>(&self, turn: Turn, work: F) -> Result<T, Denied>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, EngineError> + Send + 'static,
    {
        let worked = tokio::task::spawn_blocking(move || {
            let outcome = work();
            drop(turn);
            outcome
        });
        let outcome = worked.await.unwrap_or_else(|error| Err(self.fault(&error)));
        outcome.map_err(Denied::Engine)
    }

    /// Lets the engine take something in and do what follows from it.
    async fn submit<T, F>(&self, turn: Turn, submit: F) -> Result<T, Denied>
    where
        T: Send + 'static,
        F: FnOnce(&mut Engine, Now) -> Result<T, EngineError> + Send + 'static,
    {
        let desk = self.clone();
        let work = move || {
            let mut engine = desk.lock()?;
            let outcome = submit(&mut engine, now());
            match &outcome {
                // Nothing follows from what was refused.
                Err(error) => desk.end_if_fatal(error),
                Ok(_) => desk.step(&mut engine),
            }
            outcome
        };
        self.away(turn, work).await
    }

    /// Lets the engine do what can be done now.
    fn step(&self, engine: &mut Engine) {
        if let Err(error) = engine.step(now()) {
            self.end_if_fatal(&error);
        }
        self.tell(engine);
        self.keep_evidence(engine);
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

    /// Shows what others look at without the engine.
    fn tell(&self, engine: &Engine) {
        self.work.send_if_modified(|work| {
            let changed = !work.keys().eq(engine.works().keys());
            if changed {
                work.clone_from(engine.works());
            }
            changed
        });
        self.members.send_if_modified(|members| {
            let present = engine.members();
            let changed = *members != present;
            *members = present;
            changed
        });
        self.tasks.send_if_modified(|tasks| {
            let changed = tasks != engine.tasks();
            if changed {
                tasks.clone_from(engine.tasks());
            }
            changed
        });
    }

    /// A proof that cannot be kept is lost, and the work goes on: what it
    /// proves stands in the log.
    fn keep_evidence(&self, engine: &mut Engine) {
        for message in engine.take_evidence() {
            if let Err(error) = evidence::keep(&files::Local, &self.evidence, &message) {
                error!(message = %message.id(), %error, "cannot keep a proof");
            }
        }
    }

    /// After a failed write only a new start knows what is on the disk.
    fn end_if_fatal(&self, failure: &EngineError) {
        if requests::is_fatal(failure) {
            self.end(ServeError::Ledger(failure.to_string()));
        } else {
            debug!(%failure, "refused");
        }
    }

    async fn take_act(&self, sent: Sent<{ limits::ENTRY_OCTETS_MAX }>) -> Result<Value, Denied> {
        let turn = self.turn(&self.lanes.acts, sent.client).await?;
        self.submit(turn, move |engine, _| {
            requests::take_act(engine, &sent.octets)
        })
        .await
    }

    async fn take_message(
        &self,
        sent: Sent<{ limits::MESSAGE_OCTETS_MAX }>,
    ) -> Result<Value, Denied> {
        self.take_signed(sent, requests::read_message, requests::take_message)
            .await
    }

    async fn take_report(
        &self,
        sent: Sent<{ limits::UPSTREAM_REPORT_OCTETS_MAX }>,
    ) -> Result<Value, Denied> {
        self.take_signed(sent, requests::read_report, |engine, report, _| {
            requests::take_report(engine, report)
        })
        .await
    }

    /// Takes what a member has signed: read away from the engine, then taken in.
    async fn take_signed<const MAX: usize, T: Send + 'static>(
        &self,
        sent: Sent<MAX>,
        read: impl FnOnce(&[u8], Option<&[PublicKey]>) -> Result<T, EngineError> + Send + 'static,
        take: impl FnOnce(&mut Engine, T, Now) -> Result<Value, EngineError> + Send + 'static,
    ) -> Result<Value, Denied> {
        // What was read takes its room until it is taken in or refused.
        let Sent {
            octets,
            client,
            room,
        } = sent;
        let members = self.members.borrow().clone();
        let checks = match self.known.has(client.origin) {
            true => &self.lanes.checks,
            false => &self.lanes.strangers_checks,
        };
        let turn = self.turn(checks, client).await?;
        let signed = self.away(turn, move || read(&octets, members.as_deref()));
        let signed = signed.await?;
        let turn = self.turn(&self.lanes.members, client).await?;
        let taken = self.submit(turn, |engine, now| take(engine, signed, now));
        let taken = taken.await?;
        drop(room);
        Ok(taken)
    }

    async fn take_cosignature(
        &self,
        sent: Sent<{ limits::LINE_OCTETS_MAX }>,
    ) -> Result<Value, Denied> {
        let client = sent.client;
        let turn = self.turn(&self.lanes.members, client).await?;
        let is_new = self.submit(turn, move |engine, _| {
            requests::take_cosignature(engine, &sent.octets)
        });
        if is_new.await? {
            self.known.note(client.origin);
        }
        Ok(serde_json::json!({}))
    }

    async fn take_endorsement(
        &self,
        sent: Sent<{ limits::LINE_OCTETS_MAX }>,
    ) -> Result<Value, Denied> {
        let turn = self.turn(&self.lanes.members, sent.client).await?;
        self.submit(turn, move |engine, _| {
            requests::take_endorsement(engine, &sent.octets)
        })
        .await
    }

    async fn turn(&self, lane: &Lane, client: Client) -> Result<Turn, Denied> {
        Ok(lane.enter(client.origin, client.is_proxy).await?)
    }

    /// What a look at the present state gives: the engine is kept while `see` reads
    /// it, and not while `draw` makes something of that.
    async fn look<V, T>(
        &self,
        client: Client,
        see: impl FnOnce(&Engine) -> V + Send + 'static,
        draw: impl FnOnce(V) -> T + Send + 'static,
    ) -> Result<T, Denied>
    where
        T: Send + 'static,
    {
        let turn = self.turn(&self.lanes.looks, client).await?;
        let desk = self.clone();
        let look = move || {
            let engine = desk.lock()?;
            let seen = see(&engine);
            drop(engine);
            Ok(draw(seen))
        };
        self.away(turn, look).await
    }
}

fn view(engine: &Engine) -> View {
    survey(engine.state(), Some(engine.checkpoint()), now().0 / 1000)
}

fn measure(engine: &Engine) -> Measured {
    Measured {
        figures: engine.state().figures(Some(engine.checkpoint())),
        serving: None,
    }
}

#[derive(Deserialize)]
struct TasksQuery {
    #[serde(default)]
    after: u64,
    #[serde(default)]
    wait: u64,
}

async fn show_tasks(
    State(desk): State<Desk>,
    client: Client,
    query: Result<Query<TasksQuery>, QueryRejection>,
) -> Response {
    let Query(query) = match query {
        Ok(query) => query,
        Err(error) => {
            return refused(StatusCode::BAD_REQUEST, "request", &error.body_text());
        }
    };
    let Some(_seat) = desk.waiting.take(desk.known.has(client.origin), 1) else {
        return busy("too many are waiting for tasks");
    };
    let mut tasks = desk.tasks.subscribe();
    let wait = Duration::from_secs(query.wait.min(WAIT_S_MAX));
    let news = tasks.wait_for(|tasks| tasks.sequence != query.after);
    let tasks = match tokio::time::timeout(wait, news).await {
        Ok(Ok(tasks)) => tasks.clone(),
        Ok(Err(_)) | Err(_) => desk.tasks.borrow().clone(),
    };
    json_answer(&tasks)
}

async fn take_act(State(desk): State<Desk>, sent: Sent<{ limits::ENTRY_OCTETS_MAX }>) -> Response {
    answer(desk.take_act(sent).await)
}

async fn take_message(
    State(desk): State<Desk>,
    sent: Sent<{ limits::MESSAGE_OCTETS_MAX }>,
) -> Response {
    answer(desk.take_message(sent).await)
}

async fn take_report(
    State(desk): State<Desk>,
    sent: Sent<{ limits::UPSTREAM_REPORT_OCTETS_MAX }>,
) -> Response {
    answer(desk.take_report(sent).await)
}

async fn take_cosignature(
    State(desk): State<Desk>,
    sent: Sent<{ limits::LINE_OCTETS_MAX }>,
) -> Response {
    answer(desk.take_cosignature(sent).await)
}

async fn take_endorsement(
    State(desk): State<Desk>,
    sent: Sent<{ limits::LINE_OCTETS_MAX }>,
) -> Response {
    answer(desk.take_endorsement(sent).await)
}

async fn show_overview(State(desk): State<Desk>, client: Client) -> Response {
    let page = match desk
        .look(client, view, |view| overview::render(&view))
        .await
    {
        Ok(page) => page,
        Err(denied) => return deny(&denied),
    };
    let policy = HeaderValue::from_static(overview::CONTENT_SECURITY_POLICY);
    let mut response = Html(page).into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

async fn show_status(State(desk): State<Desk>, client: Client) -> Response {
    let shown = desk.look(client, view, |view| json_answer(&view)).await;
    shown.unwrap_or_else(|denied| deny(&denied))
}

async fn show_metrics(State(desk): State<Desk>, client: Client) -> Response {
    let draw = |measured| metrics::answer(&measured, clock::now());
    let shown = desk.look(client, measure, draw).await;
    shown.unwrap_or_else(|denied| deny(&denied))
}

fn answer(outcome: Result<Value, Denied>) -> Response {
    match outcome {
        Ok(value) => json_answer(&value),
        Err(denied) => deny(&denied),
    }
}

fn deny(denied: &Denied) -> Response {
    match denied {
        Denied::Turned(why) => turned(*why),
        Denied::Engine(failure) => carried(requests::denial(failure)),
    }
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ledger(cause) => write!(
                f,
                "{cause}; nothing was acknowledged that is not on the ledger: start again"
            ),
            Self::Fault(cause) => write!(f, "in the middle of the secretariat's work: {cause}"),
        }
    }
}

impl std::error::Error for ServeError {}
