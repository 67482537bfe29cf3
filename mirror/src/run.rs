//! A mirror at work: follows the ledger, keeps the last good edition on the
//! disk, serves it, and says loudly what it refuses and why.

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use comity_core::basic::Digest;
use comity_core::edition::SignedZone;
use comity_core::state::State;
use serde::Deserialize;
use tracing::{error, info, warn};

use crate::clock::now;
use crate::dns::{Networks, Server, Settings, StartError};
use crate::files::{self, FileError};
use crate::follow::{Applied, FollowError, Follower};
use crate::memory::Memory;
use crate::source;

/// A mirror's configuration, `mirror.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The ledger: a directory or a URL.
    pub ledger: String,
    /// Id of the founding act to trust.
    pub founding: Digest,
    /// Where to answer DNS.
    pub listen: Vec<SocketAddr>,
    /// How often to look for news (milliseconds).
    #[serde(default = "default_poll_interval_ms")]
    pub poll_interval_ms: u64,
    /// Secondaries to notify.
    #[serde(default)]
    pub notify: Vec<SocketAddr>,
    /// Who may have the whole zone.
    #[serde(default = "Networks::everybody")]
    pub transfer_allow: Networks,
}

fn default_poll_interval_ms() -> u64 {
    500
}

impl Config {
    /// Reads a configuration file's text.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// A configuration file with every key explained.
    pub fn template(
        ledger: &str,
        founding: &Digest,
        listen: SocketAddr,
        notify: &[SocketAddr],
    ) -> String {
        let notify: Vec<_> = notify
            .iter()
            .map(|address| format!("\"{address}\""))
            .collect();
        format!(
            "# A mirror of a zone.\n\
             \n\
             # The ledger: a directory or a URL.\n\
             ledger = {}\n\
             # Id of the founding act to trust. Everything else follows from it.\n\
             founding = \"{founding}\"\n\
             # Where to answer DNS, UDP and TCP. Port 0: the system chooses. On a host with\n\
             # several addresses list each.\n\
             listen = [\"{listen}\"]\n\
             # How often to look for news (milliseconds).\n\
             poll_interval_ms = {}\n\
             # Secondaries to notify of each edition: NSD, Knot, BIND, PowerDNS, Unbound.\n\
             notify = [{}]\n\
             # Who may transfer the whole zone.\n\
             transfer_allow = [\"0.0.0.0/0\", \"::/0\"]\n",
            files::toml_string(ledger),
            default_poll_interval_ms(),
            notify.join(", ")
        )
    }
}

/// A running mirror.
pub struct Mirror {
    server: Server,
    memory: Memory,
    ledger: String,
    founding: Digest,
    poll_interval: Duration,
}

/// A mirror could not start.
#[derive(Debug)]
pub enum MirrorError {
    /// Its files could not be read or written.
    File(FileError),
    /// DNS cannot be answered where it should.
    Dns(StartError),
}

impl Mirror {
    /// Listens, and serves the last good edition from the disk if there is
    /// one: restarts need no ledger.
    ///
    /// # Errors
    /// Where the files or the addresses cannot be had.
    pub async fn start(config: &Config, directory: &Path) -> Result<Self, MirrorError> {
        files::create_private_directory(directory).map_err(MirrorError::File)?;
        let settings = Settings {
            listen: config.listen.clone(),
            transfer_allow: config.transfer_allow.clone(),
            notify: config.notify.clone(),
        };
        let server = Server::start(settings).await.map_err(MirrorError::Dns)?;
        let mirror = Self {
            server,
            memory: Memory::at(directory, config.founding),
            ledger: config.ledger.clone(),
            founding: config.founding,
            poll_interval: Duration::from_millis(config.poll_interval_ms.max(10)),
        };
        mirror.serve_stored();
        Ok(mirror)
    }

    /// Where DNS is answered.
    pub fn addresses(&self) -> &[SocketAddr] {
        self.server.addresses()
    }

    /// The zone served now.
    pub fn serving(&self) -> Option<SignedZone> {
        self.server.serving()
    }

    /// Follows the ledger and serves each edition, for ever. A ledger that
    /// breaks a rule changes nothing of what is served.
    ///
    /// # Errors
    /// A fault of the mirror's own.
    pub async fn follow(self) -> Result<(), String> {
        let known = self.memory.known().unwrap_or_else(|error| {
            error!("{error}");
            None
        });
        let known = known.map(|trusted| trusted.head());
        let follower = Follower::new(source::open(&self.ledger), Some(self.founding));
        let mut follower = follower.knowing(known);
        let (mut said, mut unkept) = (None, None);
        loop {
            let polled = tokio::task::spawn_blocking(move || {
                let outcome = follower.poll();
                (follower, outcome)
            });
            let (returned, outcome) = polled.await.map_err(|error| error.to_string())?;
            follower = returned;
            // What was applied before a violation is good, unless it ends
            // before what is known already.
            let size = follower.state().log().size();
            if known.is_none_or(|known| known.size <= size) {
                self.take_over(follower.state(), &mut unkept);
            }
            self.withdraw_expired();
            said = tell(outcome, said);
            tokio::time::sleep(self.poll_interval).await;
        }
    }

    fn serve_stored(&self) {
        match self.memory.last_good(now()) {
            Ok(Some(loaded)) => {
                if let Some(fallback) = loaded.fallback {
                    warn!(
                        "the last edition could not be read, the one before is served: {fallback}"
                    );
                }
                let (edition, serial) = (loaded.meta.edition, loaded.zone.serial());
                info!(
                    edition,
                    serial, "serving the last good edition from the disk"
                );
                self.server.publish(loaded.zone);
            }
            Ok(None) => {}
            Err(error) => warn!("nothing to serve until the ledger is read: {error}"),
        }
    }

    /// Takes over the last edition of the state, if it is newer than what is
    /// served. `unkept` is why the edition served is not on the disk.
    fn take_over(&self, state: &State, unkept: &mut Option<String>) {
        let Ok(founded) = state.founded() else {
            return;
        };
        let (Some(zone), Some(record)) = (&founded.published, founded.editions.last()) else {
            return;
        };
        let is_served = self.serving().is_some_and(|served| {
            served.serial() == zone.serial() && served.zonemd() == zone.zonemd()
        });
        if is_expired(zone) || (is_served && unkept.is_none()) {
            return;
        }
        let edition = record.edition;
        // The disk first: after a crash on any line below, what was served is
        // served again.
        let kept = self.memory.keep(zone, edition, state);
        let failure = kept.err().map(|error| error.to_string());
        // A change of a delegation that does not get through does more harm
        // than a restart that goes back to the edition before.
        if let Some(failure) = failure.as_ref().filter(|it| Some(*it) != unkept.as_ref()) {
            error!(
                "edition {edition} is served, but cannot be kept, and a restart would serve the \
                 one before: {failure}; this is tried again"
            );
        }
        if failure.is_none() && unkept.is_some() {
            info!(edition, "kept");
        }
        *unkept = failure;
        if !is_served {
            self.server.publish(zone.clone());
            info!(edition, serial = zone.serial(), "serving");
        }
    }

    /// Signatures that have expired convince nobody: better to say that there
    /// is nothing good.
    fn withdraw_expired(&self) {
        if self.serving().as_ref().is_some_and(is_expired) {
            error!("the signatures have expired; nothing is served until a new edition comes");
            self.server.withdraw();
        }
    }
}

/// Says what the round came to; the same trouble only once.
fn tell(outcome: Result<Vec<Applied>, FollowError>, said: Option<String>) -> Option<String> {
    let error = match outcome {
        Ok(applied) => {
            for applied in applied {
                info!(act = applied.position, outcome = ?applied.outcome, "applied");
            }
            return None;
        }
        Err(error) => error,
    };
    let text = error.to_string();
    if said.as_ref() != Some(&text) {
        match &error {
            FollowError::Unreadable(_) => warn!("the ledger cannot be read: {text}"),
            FollowError::Violation(violation) => error!(
                rule = violation.rule(),
                culprit = violation.culprit(),
                "the ledger breaks a rule; the last good edition stays: {text}"
            ),
        }
    }
    Some(text)
}

/// Whether one of a zone's signatures has expired.
fn is_expired(zone: &SignedZone) -> bool {
    zone.first_expiration() <= now()
}

impl fmt::Display for MirrorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error) => write!(f, "{error}"),
            Self::Dns(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for MirrorError {}
