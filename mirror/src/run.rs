//! A mirror at work: follows the ledger, keeps the last good edition on the
//! disk, serves it, and says loudly what it refuses and why.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use comity_core::basic::{Digest, PublicKey};
use comity_core::edition::SignedZone;
use comity_core::ledger::TreeHead;
use comity_core::zone::Name;
use serde::{Deserialize, Serialize};
use tracing::{error, info, warn};

use crate::clock::now;
use crate::dns::{Networks, Server, Settings, StartError};
use crate::files::{self, FileError};
use crate::follow::{Applied, FollowError, Follower};
use crate::source;
use crate::store::{Meta, Store, StoreError};

/// What the mirror trusts before it has followed: file `trusted.json`.
const TRUSTED: &str = "trusted.json";
const TRUSTED_OCTETS_MAX: u64 = 4096;

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

/// Zone, key and head that this mirror has verified before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Trusted {
    founding: Digest,
    zone: Name,
    key: PublicKey,
    /// The acts under the last edition, and their root.
    size: u64,
    root: Digest,
}

impl Trusted {
    fn head(&self) -> TreeHead {
        TreeHead {
            size: self.size,
            root: self.root,
        }
    }
}

/// A running mirror.
pub struct Mirror {
    server: Server,
    store: Store,
    directory: PathBuf,
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
            store: Store::at(directory),
            directory: directory.to_path_buf(),
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
    pub async fn follow(self) {
        let known = self.known().map(|trusted| trusted.head());
        let follower = Follower::new(source::open(&self.ledger), Some(self.founding));
        let mut follower = follower.knowing(known);
        let mut said = None;
        loop {
            let polled = tokio::task::spawn_blocking(move || {
                let outcome = follower.poll();
                (follower, outcome)
            });
            let Ok((returned, outcome)) = polled.await else {
                return;
            };
            follower = returned;
            // What was applied before a violation is good, unless it ends
            // before what is known already.
            let size = follower.state().log().size();
            if known.is_none_or(|known| known.size <= size) {
                self.serve_published(&follower);
            }
            self.withdraw_expired();
            said = tell(outcome, said);
            tokio::time::sleep(self.poll_interval).await;
        }
    }

    fn serve_stored(&self) {
        let Some(trusted) = self.known() else {
            return;
        };
        match self.store.load(&trusted.zone, trusted.key, now()) {
            Ok(loaded) => {
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
            Err(StoreError::Empty) => {}
            Err(error) => warn!("nothing to serve until the ledger is read: {error}"),
        }
    }

    /// Takes over the last edition of the state, if it is newer than what is
    /// served.
    fn serve_published(&self, follower: &Follower) {
        let Ok(founded) = follower.state().founded() else {
            return;
        };
        let (Some(zone), Some(record)) = (&founded.published, founded.editions.last()) else {
            return;
        };
        let same = |served: &SignedZone| {
            served.serial() == zone.serial() && served.zonemd() == zone.zonemd()
        };
        if is_expired(zone) || self.serving().is_some_and(|served| same(&served)) {
            return;
        }
        let meta = Meta {
            edition: record.edition,
            ledger_size: follower.state().log().size(),
            state: follower.state().digest(),
        };
        let trusted = Trusted {
            founding: self.founding,
            zone: zone.origin().clone(),
            key: zone.key(),
            size: follower.state().log().size(),
            root: follower.state().log().root(),
        };
        // The disk first: after a crash on any line below, what was served is
        // served again.
        let saved = self
            .trust(&trusted)
            .map_err(|error| error.to_string())
            .and_then(|()| {
                self.store
                    .save(zone, &meta)
                    .map_err(|error| error.to_string())
            });
        if let Err(error) = saved {
            error!(
                "edition {} is served, but could not be kept: {error}",
                record.edition
            );
        }
        self.server.publish(zone.clone());
        info!(edition = record.edition, serial = zone.serial(), "serving");
    }

    /// Signatures that have expired convince nobody: better to say that there
    /// is nothing good.
    fn withdraw_expired(&self) {
        if self.serving().as_ref().is_some_and(is_expired) {
            error!("the signatures have expired; nothing is served until a new edition comes");
            self.server.withdraw();
        }
    }

    /// What this mirror knows of the ledger that it follows.
    fn known(&self) -> Option<Trusted> {
        let trusted = self.trusted().unwrap_or_else(|error| {
            warn!("{error}");
            None
        });
        trusted.filter(|trusted| trusted.founding == self.founding)
    }

    fn trusted(&self) -> Result<Option<Trusted>, FileError> {
        let path = self.directory.join(TRUSTED);
        let octets = files::read(&path, TRUSTED_OCTETS_MAX)?;
        Ok(octets.and_then(|octets| serde_json::from_slice(&octets).ok()))
    }

    fn trust(&self, trusted: &Trusted) -> Result<(), FileError> {
        if self.trusted()?.as_ref() == Some(trusted) {
            return Ok(());
        }
        let text = comity_core::act::json::encode(trusted);
        files::write_private(&self.directory.join(TRUSTED), &text)
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
