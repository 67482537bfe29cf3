//! The checks before a delegation, live: asks a delegation's name servers
//! and hands what they say to [`comity_core::check`], which judges.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`message`] | octets of questions and answers; pure |
//! | `exchange` | one question to one address, by UDP or TCP |
//! | [`resolver`] | which addresses hosts have, as resolvers say |
//! | [`mod@present`] | the delegation as the parent zone has it now |
//! | `survey` | all questions to all addresses |
//! | [`system`] | the resolvers of this machine |
//!
//! Everything is bounded: time and tries of a question, how many are asked
//! at a time, addresses, records of an answer.

pub(crate) mod exchange;
pub mod message;
pub mod present;
pub mod resolver;
mod survey;
pub mod system;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use comity_core::act::Found;
use comity_core::check::{AsnTable, Evidence, Observations, Planned, Report, Subject, judge};
use comity_core::zone::Name;

use crate::signature::ByRing;

pub use present::{PresentError, present};

/// How to ask.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whom to ask for addresses of hosts and for parents, in this order.
    pub resolvers: Vec<SocketAddr>,
    /// The port of name servers.
    pub port: u16,
    /// Addresses of hosts that are not looked up.
    pub addresses: BTreeMap<Name, BTreeSet<IpAddr>>,
    /// Where to find what has these addresses, if not there.
    pub reach: BTreeMap<IpAddr, SocketAddr>,
    /// Who announces which networks.
    pub asn: Option<AsnTable>,
    /// How long to wait for an answer.
    pub timeout: Duration,
    /// How often to ask by UDP.
    pub tries: u32,
    /// A name that none of the servers has authority for, to try recursion.
    pub outside: Name,
}

/// The port of DNS (RFC 1035 §4.2).
pub const PORT: u16 = 53;
/// How long to wait for an answer.
pub const TIMEOUT: Duration = Duration::from_secs(3);
/// How often to ask by UDP.
pub const TRIES: u32 = 3;

impl Settings {
    /// These resolvers, and everything else as usual.
    pub fn new(resolvers: Vec<SocketAddr>) -> Self {
        Self {
            resolvers,
            port: PORT,
            addresses: BTreeMap::new(),
            reach: BTreeMap::new(),
            asn: None,
            timeout: TIMEOUT,
            tries: TRIES,
            outside: outside(),
        }
    }

    /// Where to send a question for this address of a name server.
    pub(crate) fn target(&self, address: IpAddr) -> SocketAddr {
        let elsewhere = self.reach.get(&address).copied();
        elsewhere.unwrap_or(SocketAddr::new(address, self.port))
    }
}

/// A name that exists, which few name servers have authority for.
fn outside() -> Name {
    "www.iana.org.".parse().unwrap_or_else(|_| Name::root())
}

/// Asks the delegation's name servers, and judges what they say.
pub async fn check(subject: &Subject, settings: &Settings) -> Report {
    let observed = observe(subject, settings, &|_| {}).await;
    judge_observed(subject, settings, &observed)
}

async fn check_planned(planned: &Planned, settings: &Settings) -> Found {
    let Planned { before, after } = planned;
    let report = check(after, settings).await;
    let broken = match before.as_ref().filter(|now| !now.ds.is_empty()) {
        None => false,
        Some(now) if now == after => report.is_broken,
        Some(now) => check(now, settings).await.is_broken,
    };
    Found {
        broken,
        ..report.found()
    }
}

/// Asks on its own, for callers that are not asynchronous.
pub struct Asker {
    runtime: tokio::runtime::Runtime,
    settings: Settings,
}

impl Asker {
    /// One that asks as these settings say.
    ///
    /// # Errors
    /// Where the system gives no means to wait for answers.
    pub fn new(settings: Settings) -> std::io::Result<Self> {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_all().build()?;
        Ok(Self { runtime, settings })
    }

    /// Checks a name that would change: as it would be, and whether its chain
    /// of trust is broken as it is.
    pub fn check(&self, planned: &Planned) -> Found {
        self.runtime
            .block_on(check_planned(planned, &self.settings))
    }
}

/// How far the questions have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Hosts looked up and addresses asked.
    pub done: usize,
    /// How many there are, as far as is known.
    pub total: usize,
}

/// Asks all that the checks want to know. `progress` is told of each step.
pub async fn observe(
    subject: &Subject,
    settings: &Settings,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Observations {
    survey::observe(subject, settings, progress).await
}

/// Judges what was observed, with the same settings.
pub fn judge_observed(subject: &Subject, settings: &Settings, observed: &Observations) -> Report {
    judge(&Evidence {
        subject,
        observed,
        asn: settings.asn.as_ref(),
        signatures: &ByRing,
    })
}
