//! All questions to all addresses. Places are asked side by side, one place
//! in turn: first whether it answers at all, then what it says.

use std::net::IpAddr;
use std::sync::Arc;

use comity_core::check::observation::{Lookup, Observation, Question, Transport};
use comity_core::check::{Observations, Subject, addresses};
use comity_core::limits;
use comity_core::zone::{Name, Rtype};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::exchange::{Patience, ask};
use super::resolver::look_up;
use super::{Progress, Settings};
use crate::clock;

/// Questions in a row without an answer after which a place is left alone.
const SILENT_MAX: usize = 3;

pub(super) async fn observe(
    subject: &Subject,
    settings: &Settings,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Observations {
    let begun = clock::now();
    let settings = Arc::new(settings.clone());
    let lookups = lookups(subject, &settings, progress).await;
    let mut places: Vec<(Name, IpAddr)> = addresses(subject, &lookups)
        .into_iter()
        .flat_map(|(host, addresses)| addresses.into_iter().map(move |it| (host.clone(), it)))
        .collect();
    let too_many = places.len().min(limits::CHECK_ADDRESSES_MAX);
    let not_asked = places.split_off(too_many).into_iter().collect();
    let plan = Arc::new(Plan::new(subject, &settings));
    let work = places.into_iter().map(|(server, address)| {
        let place = Place {
            server,
            address,
            settings: settings.clone(),
        };
        let plan = plan.clone();
        async move { place.ask_all(&plan).await }
    });
    let answers = side_by_side(work, progress).await;
    Observations {
        begun,
        lookups,
        answers: answers.into_iter().flatten().collect(),
        not_asked,
    }
}

/// Looks up the addresses of those name servers to which glue alone does not
/// lead; what the operator said is not looked up.
async fn lookups(
    subject: &Subject,
    settings: &Arc<Settings>,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Vec<Lookup> {
    let hosts = subject.ns.iter().take(limits::CHECK_SERVERS_MAX);
    let (given, unknown): (Vec<&Name>, Vec<&Name>) = hosts
        .filter(|host| !(subject.is_inside(host) && subject.glue.contains_key(host)))
        .partition(|host| settings.addresses.contains_key(host));
    let kinds = [Rtype::A, Rtype::AAAA];
    let work = unknown
        .into_iter()
        .flat_map(|host| kinds.map(|rtype| (host.clone(), rtype)));
    let work = work.map(|(host, rtype)| {
        let settings = settings.clone();
        async move { look_up(&host, rtype, &settings).await }
    });
    let mut lookups = side_by_side(work, progress).await;
    for host in given {
        lookups.extend(kinds.map(|rtype| said_by_operator(host, rtype, settings)));
    }
    lookups
}

fn said_by_operator(host: &Name, rtype: Rtype, settings: &Settings) -> Lookup {
    let addresses = settings.addresses.get(host).into_iter().flatten();
    let of_kind = addresses.filter(|address| address.is_ipv4() == (rtype == Rtype::A));
    Lookup {
        time: clock::now(),
        resolver: None,
        host: host.clone(),
        rtype,
        outcome: Ok(comity_core::check::observation::Found {
            addresses: of_kind.copied().collect(),
            is_alias: false,
        }),
    }
}

/// Does all the work, some of it at a time; the results in the order in which
/// they come.
async fn side_by_side<T: Send + 'static>(
    work: impl Iterator<Item = impl Future<Output = T> + Send + 'static>,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Vec<T> {
    let seats = Arc::new(Semaphore::new(limits::CHECK_PLACES_AT_ONCE));
    let mut tasks = JoinSet::new();
    for job in work {
        let seats = seats.clone();
        tasks.spawn(async move {
            let _seat = seats.acquire().await;
            job.await
        });
    }
    let total = tasks.len();
    let mut done = Vec::with_capacity(total);
    progress(Progress { done: 0, total });
    while let Some(ended) = tasks.join_next().await {
        // A task ends otherwise only by a panic, which is let through.
        match ended {
            Ok(value) => done.push(value),
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => continue,
            },
        }
        progress(Progress {
            done: done.len(),
            total,
        });
    }
    done
}

/// What each place is asked.
struct Plan {
    soa: Question,
    others: Vec<Question>,
    outside: Question,
}

impl Plan {
    fn new(subject: &Subject, settings: &Settings) -> Self {
        let apex = [Rtype::NS, Rtype::DNSKEY];
        let mut others = apex
            .map(|rtype| Question::new(&subject.name, rtype))
            .to_vec();
        let inside = subject.ns.iter().filter(|host| subject.is_inside(host));
        for host in inside.take(limits::CHECK_SERVERS_MAX) {
            others.extend([Rtype::A, Rtype::AAAA].map(|rtype| Question::new(host, rtype)));
        }
        Self {
            soa: Question::new(&subject.name, Rtype::SOA),
            others,
            outside: Question {
                recursion_desired: true,
                ..Question::new(&settings.outside, Rtype::A)
            },
        }
    }
}

/// One address of one name server.
struct Place {
    server: Name,
    address: IpAddr,
    settings: Arc<Settings>,
}

impl Place {
    async fn ask_all(&self, plan: &Plan) -> Vec<Observation> {
        let (plain, edns, tcp) = tokio::join!(
            self.ask(Transport::Udp, false, &plan.soa),
            self.ask(Transport::Udp, true, &plan.soa),
            self.ask(Transport::Tcp, true, &plan.soa),
        );
        let ways = [
            (edns.outcome.is_ok(), Transport::Udp, true),
            (tcp.outcome.is_ok(), Transport::Tcp, true),
            (plain.outcome.is_ok(), Transport::Udp, false),
        ];
        let has_tcp = tcp.outcome.is_ok();
        let has_udp = plain.outcome.is_ok();
        let mut observations = vec![plain, edns, tcp];
        let Some((_, transport, with_edns)) = ways.into_iter().find(|(works, ..)| *works) else {
            return observations;
        };
        let mut silent = 0;
        for question in &plan.others {
            let observation = self.ask(transport, with_edns, question).await;
            silent = if observation.outcome.is_ok() {
                0
            } else {
                silent + 1
            };
            let is_cut = observation.outcome.as_ref().is_ok_and(|it| it.truncated);
            observations.push(observation);
            if is_cut && has_tcp {
                observations.push(self.ask(Transport::Tcp, true, question).await);
            }
            if silent == SILENT_MAX {
                return observations;
            }
        }
        if has_udp {
            observations.push(self.ask(Transport::Udp, false, &plan.outside).await);
        }
        observations
    }

    async fn ask(&self, transport: Transport, edns: bool, question: &Question) -> Observation {
        let target = self.settings.target(self.address);
        let patience = Patience::of(&self.settings);
        let received = ask(target, transport, edns, question, patience).await;
        Observation {
            time: clock::now(),
            server: self.server.clone(),
            address: self.address,
            transport,
            edns,
            question: question.clone(),
            outcome: received.map(|received| received.answer),
        }
    }
}
