//! A mirror at work: follows the ledger, keeps the last good edition on the
//! disk, serves it, and says loudly what it refuses and why.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use comity_core::basic::Digest;
use comity_core::served::ServedZone;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::clock::now;
use crate::dns::{Access, Networks, Server, Settings, StartError};
use crate::files::{self, FileError};
use crate::follow::Follower;
use crate::memory::Memory;
use crate::metrics::{self, Measured};
use crate::round::{News, Rounds};
use crate::source;
use crate::web::identity::{Identity, IdentityError, IdentityFiles};

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
    /// Where to answer who scrapes figures; nowhere, unless it is said.
    #[serde(default)]
    pub metrics: Option<SocketAddr>,
    /// With what to answer HTTPS there; without it, HTTP.
    #[serde(default)]
    pub metrics_tls: Option<IdentityFiles>,
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
        (notify, metrics): (&[SocketAddr], Option<SocketAddr>),
    ) -> String {
        let notify: Vec<_> = notify
            .iter()
            .map(|address| format!("\"{address}\""))
            .collect();
        let metrics = match metrics {
            Some(address) => format!("metrics = \"{address}\""),
            None => "# metrics = \"127.0.0.1:9153\"".into(),
        };
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
             transfer_allow = [\"0.0.0.0/0\", \"::/0\"]\n\
             # Where to show figures to Prometheus, at /metrics; without it nowhere.\n\
             {metrics}\n\
             # By HTTPS with this certificate and its key, PEM files that are read again when\n\
             # they change.\n\
             # metrics_tls = {{ certificate = \"/etc/comity/chain.pem\", key = \"/etc/comity/key.pem\" }}\n",
            files::toml_string(ledger),
            default_poll_interval_ms(),
            notify.join(", ")
        )
    }
}

/// A running mirror.
pub struct Mirror {
    server: Server,
    rounds: Rounds,
    poll_interval: Duration,
    metrics: Option<(TcpListener, Option<Identity>)>,
}

/// A mirror could not start.
#[derive(Debug)]
pub enum MirrorError {
    /// Its files could not be read or written.
    File(FileError),
    /// DNS cannot be answered where it should.
    Dns(StartError),
    /// By what it should show who it is where it shows figures.
    Identity(IdentityError),
    /// Figures cannot be shown where they should.
    Metrics {
        /// Where.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
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
            access: Access::transfers(config.transfer_allow.clone()),
            notify: config.notify.clone(),
        };
        let server = Server::start(settings).await.map_err(MirrorError::Dns)?;
        let metrics = match config.metrics {
            Some(address) => {
                let identity = config.metrics_tls.clone().map(Identity::read).transpose();
                let identity = identity.map_err(MirrorError::Identity)?;
                Some((bind(address).await?, identity))
            }
            None => None,
        };
        let follower = Follower::new(source::open(&config.ledger), Some(config.founding));
        let memory = Memory::at(directory, config.founding);
        let rounds = Rounds::start(memory, follower, now());
        if let Some(zone) = rounds.serving() {
            server.publish(zone.clone());
        }
        Ok(Self {
            server,
            rounds,
            poll_interval: Duration::from_millis(config.poll_interval_ms.max(10)),
            metrics,
        })
    }

    /// Where DNS is answered.
    pub fn addresses(&self) -> &[SocketAddr] {
        self.server.addresses()
    }

    /// The zone served now.
    pub fn serving(&self) -> Option<ServedZone> {
        self.server.serving()
    }

    /// Where figures are shown, if anywhere.
    pub fn metrics(&self) -> Option<SocketAddr> {
        self.metrics.as_ref()?.0.local_addr().ok()
    }

    /// Follows the ledger and serves each edition, for ever. A ledger that
    /// breaks a rule changes nothing of what is served.
    ///
    /// # Errors
    /// A fault of the mirror's own.
    pub async fn follow(self) -> Result<(), String> {
        let Self {
            server,
            rounds,
            poll_interval,
            metrics,
        } = self;
        let (told, measured) = watch::channel(rounds.measure());
        let showing = async {
            match metrics {
                Some((listener, identity)) => metrics::serve(listener, identity, measured).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            ended = follow(server, rounds, poll_interval, told) => ended,
            () = showing => Ok(()),
        }
    }
}

/// Round after round, with the figures of each told to whoever looks.
async fn follow(
    server: Server,
    mut rounds: Rounds,
    poll_interval: Duration,
    told: watch::Sender<Measured>,
) -> Result<(), String> {
    loop {
        let round = tokio::task::spawn_blocking(move || {
            let news = rounds.round(now());
            (rounds, news)
        });
        let (returned, news) = round.await.map_err(|error| error.to_string())?;
        rounds = returned;
        match news {
            News::None => {}
            News::Serve(zone) => server.publish(zone),
            News::Withdraw => server.withdraw(),
        }
        told.send_replace(rounds.measure());
        tokio::time::sleep(poll_interval).await;
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, MirrorError> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|error| MirrorError::Metrics { address, error })
}

impl fmt::Display for MirrorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error) => write!(f, "{error}"),
            Self::Dns(error) => write!(f, "{error}"),
            Self::Identity(error) => write!(f, "cannot answer HTTPS: {error}"),
            Self::Metrics { address, error } => {
                write!(f, "cannot show figures on {address}: {error}")
            }
        }
    }
}

impl std::error::Error for MirrorError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_says_what_it_was_given() {
        let (listen, scraped) = ("192.0.2.1:53", "127.0.0.1:9153");
        let [listen, scraped] = [listen, scraped].map(|text| text.parse().unwrap());
        for metrics in [None, Some(scraped)] {
            let founding = Digest([7; 32]);
            let text =
                Config::template("https://l.example", &founding, listen, (&[listen], metrics));
            let config = Config::parse(&text).unwrap();
            assert_eq!((config.founding, config.listen), (founding, vec![listen]));
            assert_eq!((config.notify, config.metrics), (vec![listen], metrics));
            assert!(text.contains("metrics = "));
        }
    }
}
