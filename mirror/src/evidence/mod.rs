//! Evidence for the guard, live: asks the old and the new name servers of a name,
//! and every resolver, what the name's apex is. What they say is handed to
//! [`comity_core::guard`], which judges; nothing is believed here.
//!
//! | module | what it does |
//! | --- | --- |
//! | `places` | which addresses are asked, and whose they are |
//!
//! Everything is bounded: names, addresses, time and tries of a question, how
//! many are asked at a time, and the time of the whole, after which what has been
//! seen is all there is.

mod places;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use comity_core::check::observation::{Question, Silence, Transport};
use comity_core::explain::{Explained, Version};
use comity_core::guard::{Consent, Evidence, Seen, Sighting, Wanted, Witness, wanted};
use comity_core::limits;
use comity_core::zone::{Name, Rtype};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use crate::clock;
use crate::delegation::Settings;
use crate::delegation::exchange::{Patience, ask, ask_whole};
use crate::delegation::resolver::look_up;

use places::Places;

/// What each place is asked, the first of which tells whether it answers at all.
const QUESTIONS: [Rtype; 5] = [
    Rtype::SOA,
    Rtype::DNSKEY,
    Rtype::NS,
    Rtype::CDS,
    Rtype::CDNSKEY,
];

/// Gathers evidence on its own, for callers that are not asynchronous.
pub struct Gatherer {
    runtime: tokio::runtime::Runtime,
    settings: Settings,
}

impl Gatherer {
    /// One that asks as these settings say.
    ///
    /// # Errors
    /// Where the system gives no means to wait for answers.
    pub fn new(settings: Settings) -> std::io::Result<Self> {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_all().build()?;
        Ok(Self { runtime, settings })
    }

    /// What can be seen now of the names of a difference. Consents are for the
    /// caller to add.
    pub fn gather(&self, explained: &Explained, old: Version<'_>, new: Version<'_>) -> Evidence {
        let wanted = wanted(explained, old, new);
        self.runtime.block_on(gather(&wanted, &self.settings))
    }
}

/// What can be seen now of these names.
pub async fn gather(wanted: &[Wanted], settings: &Settings) -> Evidence {
    let deadline = Instant::now() + Duration::from_secs(limits::EVIDENCE_SECONDS_MAX);
    let settings = Arc::new(settings.clone());
    let known = addresses(wanted, &settings, deadline).await;
    let mut asking = Work::new(deadline);
    for wanted in wanted {
        for witness in Places::of(wanted, &known).witnesses() {
            asking.ask(&wanted.name, witness, &settings);
        }
        for resolver in settings.resolvers.iter().take(limits::RESOLVERS_MAX) {
            asking.ask(&wanted.name, Witness::Resolver(*resolver), &settings);
        }
    }
    let mut names: BTreeMap<Name, Seen> = BTreeMap::new();
    for (name, sighting) in asking.done().await.into_iter().flatten() {
        let seen = names.entry(name).or_default();
        seen.sightings.push(sighting);
        seen.consent = Consent::Unclaimed;
    }
    Evidence { names }
}

/// The addresses of those name servers for which a zone has none.
async fn addresses(
    wanted: &[Wanted],
    settings: &Arc<Settings>,
    deadline: Instant,
) -> BTreeMap<Name, BTreeSet<IpAddr>> {
    let subjects = wanted.iter().flat_map(|it| it.old.iter().chain(&it.new));
    let hosts = subjects.flat_map(|subject| {
        let hosts = subject.ns.iter().take(limits::CHECK_SERVERS_MAX);
        hosts.filter(|host| !subject.glue.contains_key(*host))
    });
    let hosts: BTreeSet<&Name> = hosts.collect();
    let mut known: BTreeMap<Name, BTreeSet<IpAddr>> = BTreeMap::new();
    let mut asking = Work::new(deadline);
    for host in hosts {
        match settings.addresses.get(host) {
            Some(addresses) => {
                known.insert(host.clone(), addresses.clone());
            }
            None => asking.look_up(host, settings),
        }
    }
    for (host, found) in asking.done().await {
        known.entry(host).or_default().extend(found);
    }
    known
}

/// Work that is done side by side, some of it at a time, until the deadline.
struct Work<T> {
    tasks: JoinSet<T>,
    seats: Arc<Semaphore>,
    deadline: Instant,
}

impl<T: Send + 'static> Work<T> {
    fn new(deadline: Instant) -> Self {
        Self {
            tasks: JoinSet::new(),
            seats: Arc::new(Semaphore::new(limits::CHECK_PLACES_AT_ONCE)),
            deadline,
        }
    }

    fn add(&mut self, work: impl Future<Output = T> + Send + 'static) {
        let seats = self.seats.clone();
        self.tasks.spawn(async move {
            let _seat = seats.acquire().await;
            work.await
        });
    }

    /// What is done by the deadline; the rest is given up.
    async fn done(mut self) -> Vec<T> {
        let mut done = Vec::new();
        while let Ok(Some(ended)) = timeout_at(self.deadline, self.tasks.join_next()).await {
            match ended {
                Ok(value) => done.push(value),
                // A task ends otherwise only by a panic, which is let through.
                Err(error) => match error.try_into_panic() {
                    Ok(panic) => resume_unwind(panic),
                    Err(_) => continue,
                },
            }
        }
        done
    }
}

impl Work<(Name, BTreeSet<IpAddr>)> {
    fn look_up(&mut self, host: &Name, settings: &Arc<Settings>) {
        for rtype in [Rtype::A, Rtype::AAAA] {
            let (host, settings) = (host.clone(), settings.clone());
            self.add(async move {
                let found = look_up(&host, rtype, &settings).await.outcome;
                let addresses = found.map(|found| found.addresses).unwrap_or_default();
                (host, addresses)
            });
        }
    }
}

impl Work<Vec<(Name, Sighting)>> {
    fn ask(&mut self, name: &Name, witness: Witness, settings: &Arc<Settings>) {
        let (name, settings) = (name.clone(), settings.clone());
        self.add(async move {
            let sightings = ask_place(&name, &witness, &settings).await;
            let sightings = sightings.into_iter();
            sightings.map(|sighting| (name.clone(), sighting)).collect()
        });
    }
}

/// All questions to one place, one after the other. One that does not answer the
/// first by either way is left alone.
async fn ask_place(name: &Name, witness: &Witness, settings: &Settings) -> Vec<Sighting> {
    let (target, recursion_desired) = match witness {
        Witness::Server { address, .. } => (settings.target(*address), false),
        Witness::Resolver(address) => (*address, true),
    };
    let patience = Patience::of(settings);
    let mut sightings = Vec::new();
    for rtype in QUESTIONS {
        let question = Question {
            recursion_desired,
            ..Question::new(name, rtype)
        };
        let mut received = ask_whole(target, &question, patience).await;
        if let (Err(Silence::Timeout), true) = (&received, sightings.is_empty()) {
            received = ask(target, Transport::Tcp, true, &question, patience).await;
        }
        let outcome = received.map(|received| received.answer);
        let is_silent = outcome.is_err() && sightings.is_empty();
        sightings.push(Sighting {
            time: clock::now(),
            witness: witness.clone(),
            rtype,
            outcome,
        });
        if is_silent {
            break;
        }
    }
    sightings
}
