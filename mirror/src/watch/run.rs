//! A watcher at work: round after round, with its servers.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State as Shared;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use comity_core::served::ServedZone;
use comity_core::zone::Name;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::{error, info, warn};

use super::config::{Checked, Mode};
use super::engine::{Outcome, WatchError, Watcher};
use super::event::{Event, Level};
use super::figures::{Counts, Figures};
use super::lookout::{Lookout, Post, Seen, lookout};
use super::memory::EVENTS;
use super::tell::{Teller, feed};
use super::view::View;
use crate::clock::now;
use crate::dns::{Access, Networks, Server, Settings, StartError};
use crate::files::{self, FileError, Local, Lock};
use crate::metrics;
use crate::web::door::Door;
use crate::web::identity::{Identity, IdentityError};
use crate::zonefile;

/// What an operator asks of a watcher that runs, a line each: `mode pass`, `allow NAME`.
pub const WISHES: &str = "wishes";
/// The state, as it was after the last round.
pub const VIEW: &str = "view.json";
const WISHES_OCTETS_MAX: u64 = 64 * 1024;
const EVENTS_SHOWN_MAX: usize = 200;
/// How often an operator's wishes are looked for.
const TICK: Duration = Duration::from_millis(250);

/// A watcher that runs.
pub struct Watching {
    watcher: Watcher,
    zone: Name,
    directory: PathBuf,
    teller: Teller,
    server: Option<Server>,
    web: Option<(TcpListener, Option<Identity>)>,
    refresh: Duration,
    events: Vec<Event>,
    post: Option<Post>,
    counts: Counts,
    // Nobody else works in the folder as long as this lives.
    _alone: Box<dyn Lock>,
}

/// A watcher could not start.
#[derive(Debug)]
pub enum WatchingError {
    /// Its folder.
    File(FileError),
    /// Another process is at work there.
    InUse(PathBuf),
    /// What is in it.
    Watch(WatchError),
    /// DNS cannot be answered where it should.
    Dns(StartError),
    /// By what the web server should show who it is.
    Identity(IdentityError),
    /// HTTP cannot be.
    Web {
        /// Where.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
}

/// What the web server shows.
#[derive(Clone, Default)]
struct Shown {
    zone: Option<ServedZone>,
    view: String,
    feed: String,
    figures: Figures,
}

impl Watching {
    /// Listens, and serves what verified before if it still does.
    ///
    /// # Errors
    /// Where the folder or the addresses cannot be had.
    pub async fn start(checked: Checked, directory: &Path) -> Result<Self, WatchingError> {
        files::create_private_directory(directory).map_err(WatchingError::File)?;
        let alone = alone(directory)?;
        let config = checked.config.clone();
        let server = match config.listen.is_empty() {
            true => None,
            false => {
                let settings = Settings {
                    listen: config.listen.clone(),
                    access: Access {
                        transfer_allow: config.transfer_allow.clone(),
                        notices: Some(checked.notices()),
                    },
                    notify: config.notify.clone(),
                };
                Some(Server::start(settings).await.map_err(WatchingError::Dns)?)
            }
        };
        let web = match config.web {
            None => None,
            Some(address) => {
                let identity = config.web_tls.clone().map(Identity::read).transpose();
                let identity = identity.map_err(WatchingError::Identity)?;
                let bound = TcpListener::bind(address).await;
                let bound = bound.map_err(|error| WatchingError::Web { address, error })?;
                Some((bound, identity))
            }
        };
        let watcher = Watcher::open(checked, directory, now()).map_err(WatchingError::Watch)?;
        // Whoever took a version before may have one that is not kept here.
        if let (Some(server), Some(given)) = (&server, watcher.given()) {
            server.doubt(given);
        }
        Ok(Self {
            watcher,
            zone: config.zone,
            directory: directory.to_owned(),
            teller: Teller::new(&config.tell),
            server,
            web,
            refresh: Duration::from_secs(config.refresh_s.max(1)),
            events: last_events(directory),
            post: None,
            counts: Counts::default(),
            _alone: alone,
        })
    }

    /// Shows a member what it sees of the upstream.
    pub fn lookout(&mut self) -> Lookout {
        let (post, lookout) = lookout();
        post.show(Seen::of(&self.watcher, None));
        self.post = Some(post);
        lookout
    }

    /// Where DNS is answered.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.server
            .as_ref()
            .map_or_else(Vec::new, |server| server.addresses().to_vec())
    }

    /// Where HTTP is answered, or HTTPS, if anywhere.
    pub fn web(&self) -> Option<SocketAddr> {
        self.web.as_ref()?.0.local_addr().ok()
    }

    /// Looks once, and returns how it is.
    ///
    /// # Errors
    /// A fault of the watcher's own.
    pub async fn once(self) -> Result<(View, Vec<Event>), String> {
        let (watching, events) = self.step().await?;
        let view = View::of(&watching.watcher, &watching.zone, now());
        Ok((view, events))
    }

    /// Watches, for ever.
    ///
    /// # Errors
    /// A fault of the watcher's own.
    pub async fn watch(mut self) -> Result<(), String> {
        let (show, shown) = watch::channel(Arc::new(Shown::default()));
        let web = self.web.take();
        let showing = async {
            match web {
                Some((listener, identity)) => serve(listener, identity, shown).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            ended = self.rounds(show) => ended,
            () = showing => Ok(()),
        }
    }

    async fn rounds(mut self, show: watch::Sender<Arc<Shown>>) -> Result<(), String> {
        let (mut is_told, mut gap) = (false, TICK);
        loop {
            let (began, before) = (Instant::now(), self.serial());
            (self, _) = self.step().await?;
            show.send_replace(Arc::new(self.shown()));
            gap = gap_after(gap, (is_told, self.serial() != before), self.refresh);
            is_told = self.rest(began, gap).await;
        }
    }

    /// Waits until the next round is due, or an operator wishes for something; after a
    /// notice, until `gap` is over since this round `began`. Whether there was one.
    async fn rest(&mut self, began: Instant, gap: Duration) -> bool {
        let (mut due, mut is_told) = (Instant::now() + self.refresh, false);
        while Instant::now() < due && !self.listen_to_the_operator() {
            let tick = due.min(Instant::now() + TICK);
            tokio::select! {
                () = tokio::time::sleep_until(tick) => {}
                () = self.news(), if !is_told => {
                    is_told = true;
                    due = due.min(began + gap);
                }
            }
        }
        is_told
    }

    /// Of the newest version that verified.
    fn serial(&self) -> Option<u32> {
        self.watcher.newest().map(|newest| newest.serial())
    }

    async fn news(&self) {
        match &self.server {
            Some(server) => server.news().await,
            None => std::future::pending().await,
        }
    }

    /// One round, and what comes of it.
    async fn step(self) -> Result<(Self, Vec<Event>), String> {
        let mut watching = self;
        let round = tokio::task::spawn_blocking(move || {
            let outcome = watching.watcher.round(now());
            if let Ok((_, events)) = &outcome {
                watching.teller.tell(&watching.zone, events);
            }
            (watching, outcome)
        });
        let (mut watching, outcome) = round.await.map_err(|error| error.to_string())?;
        let events = match outcome {
            Err(error) => {
                // Whatever is served goes on being served.
                error!("{error}");
                return Ok((watching, Vec::new()));
            }
            Ok((outcome, events)) => {
                watching.publish(outcome);
                events
            }
        };
        for event in &events {
            match event.level {
                Level::Info => info!("{}", event.text),
                Level::Warning => warn!("{}", event.text),
                Level::Alarm => error!("{}", event.text),
            }
        }
        watching.counts.note(&events);
        watching.events.extend(events.iter().cloned());
        let too_many = watching.events.len().saturating_sub(EVENTS_SHOWN_MAX);
        watching.events.drain(..too_many);
        watching.note_view();
        if let Some(post) = &watching.post {
            let before = post.shown();
            post.show(Seen::of(&watching.watcher, before.as_deref()));
        }
        Ok((watching, events))
    }

    fn publish(&self, outcome: Outcome) {
        let Some(server) = &self.server else {
            return;
        };
        match outcome {
            Outcome::Same => {}
            Outcome::Serve(zone) => server.publish(zone),
            Outcome::Withdraw => server.withdraw(),
        }
    }

    fn view_json(&self) -> String {
        let mut view = View::of(&self.watcher, &self.zone, now());
        if let Some(server) = &self.server {
            let counts = server.counts();
            (view.taken.whole, view.taken.increments) = (counts.transfers, counts.increments);
        }
        serde_json::to_string(&view).unwrap_or_default()
    }

    /// Writes a file that others look for. A disk that is full stops nobody.
    fn note_view(&self) {
        let written = files::write_private(&self.directory.join(VIEW), self.view_json().as_bytes());
        if let Err(error) = written {
            error!("{error}");
        }
    }

    fn shown(&self) -> Shown {
        Shown {
            zone: self.watcher.served().cloned(),
            view: self.view_json(),
            figures: Figures::of(&self.watcher, &self.zone, &self.counts),
            feed: feed(
                &self.zone,
                &format!("urn:comity:watch:{}", self.zone),
                &self.events,
            ),
        }
    }

    /// Does what an operator asks for; whether there was anything.
    fn listen_to_the_operator(&mut self) -> bool {
        let path = self.directory.join(WISHES);
        let Ok(Some(octets)) = files::read(&path, WISHES_OCTETS_MAX) else {
            return false;
        };
        let _gone = std::fs::remove_file(&path);
        for line in String::from_utf8_lossy(&octets).lines() {
            match line.split_once(' ') {
                Some(("mode", word)) => match Mode::ALL.iter().find(|it| it.as_str() == word) {
                    Some(mode) => self.watcher.set_mode(*mode),
                    None => warn!(word, "no such mode"),
                },
                Some(("allow", name)) => match name.parse() {
                    Ok(name) => {
                        let is_held = self.watcher.allow(&name);
                        info!(%name, is_held, "the operator lets it pass");
                    }
                    Err(_) => warn!(name, "no such name"),
                },
                _ => warn!(line, "not understood"),
            }
        }
        true
    }
}

/// How long after the beginning of a round the next notice is heeded: a quarter of a
/// second where what came before was news, and twice as long each time that somebody
/// was told of news and there were none, so that whoever forges notices brings forward
/// a few looks at all upstreams and no more.
fn gap_after(gap: Duration, (is_told, is_news): (bool, bool), longest: Duration) -> Duration {
    match (is_told, is_news) {
        (_, true) => TICK,
        (true, false) => gap.saturating_mul(2).min(longest.max(TICK)),
        (false, false) => gap,
    }
}

/// Takes the folder: two that write there would undo each other's work.
fn alone(directory: &Path) -> Result<Box<dyn Lock>, WatchingError> {
    let lock = files::lock(&Local, directory).map_err(WatchingError::File)?;
    lock.ok_or_else(|| WatchingError::InUse(directory.to_owned()))
}

/// What was said last, as far as it can be read.
fn last_events(directory: &Path) -> Vec<Event> {
    let Ok(text) = std::fs::read_to_string(directory.join(EVENTS)) else {
        return Vec::new();
    };
    let lines = text.lines().rev().take(EVENTS_SHOWN_MAX);
    let events = lines.filter_map(|line| serde_json::from_str(line).ok());
    let mut events: Vec<Event> = events.collect();
    events.reverse();
    events
}

async fn serve(
    listener: TcpListener,
    identity: Option<Identity>,
    shown: watch::Receiver<Arc<Shown>>,
) {
    let router = Router::new()
        .route("/zone", get(zone))
        .route("/state", get(state))
        .route("/feed", get(atom))
        .route(metrics::PATH, get(figures))
        .with_state(shown);
    let door = Door::new(Networks::default()).with_identity(identity);
    door.serve(listener, &router).await;
}

async fn zone(Shared(shown): Shared<watch::Receiver<Arc<Shown>>>) -> Response {
    let shown = Arc::clone(&shown.borrow());
    let Some(zone) = &shown.zone else {
        return (StatusCode::SERVICE_UNAVAILABLE, "nothing is served\n").into_response();
    };
    let mut octets = Vec::new();
    match zonefile::write(zone, &mut octets) {
        Ok(()) => ([(header::CONTENT_TYPE, "text/dns")], octets).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn state(Shared(shown): Shared<watch::Receiver<Arc<Shown>>>) -> Response {
    let view = shown.borrow().view.clone();
    ([(header::CONTENT_TYPE, "application/json")], view).into_response()
}

async fn figures(Shared(shown): Shared<watch::Receiver<Arc<Shown>>>) -> Response {
    let shown = Arc::clone(&shown.borrow());
    metrics::respond(shown.figures.write(now()))
}

async fn atom(Shared(shown): Shared<watch::Receiver<Arc<Shown>>>) -> Response {
    let feed = shown.borrow().feed.clone();
    ([(header::CONTENT_TYPE, "application/atom+xml")], feed).into_response()
}

impl fmt::Display for WatchingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error) => write!(f, "{error}"),
            Self::InUse(path) => write!(
                f,
                "another process is at work in {}: one watcher, one folder",
                path.display()
            ),
            Self::Watch(error) => write!(f, "{error}"),
            Self::Dns(error) => write!(f, "{error}"),
            Self::Identity(error) => write!(f, "cannot answer HTTPS: {error}"),
            Self::Web { address, error } => write!(f, "cannot answer HTTP on {address}: {error}"),
        }
    }
}

impl std::error::Error for WatchingError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn false_notices_are_heeded_ever_later_until_there_is_news() {
        let (told, scheduled) = (true, false);
        let mut gap = TICK;
        let longest = Duration::from_secs(300);
        for (is_told, is_news, expected_ms) in [
            (scheduled, false, 250),
            (told, false, 500),
            (told, false, 1000),
            // Nobody was told: nothing is held against notices.
            (scheduled, false, 1000),
            (told, true, 250),
            (told, false, 500),
            (scheduled, true, 250),
        ] {
            gap = gap_after(gap, (is_told, is_news), longest);
            assert_eq!(gap, Duration::from_millis(expected_ms));
        }
        for _ in 0..40 {
            gap = gap_after(gap, (told, false), longest);
        }
        assert_eq!(gap, longest);
        // Never sooner than the operator is listened to.
        assert_eq!(gap_after(TICK, (told, false), Duration::ZERO), TICK);
    }
}
