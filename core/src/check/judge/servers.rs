//! Checks 1 to 3: number of name servers, their names, the way to them.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::net::IpAddr;

use super::{Judging, asked};
use crate::check::fault::Fault;
use crate::check::finding::Finding;
use crate::check::observation::{Observation, Question, Silence, Transport};
use crate::check::table::Check;
use crate::zone::{Name, Rtype};

/// Name servers that a delegation needs.
const NAME_SERVERS_MIN: usize = 2;

pub(super) fn judge(judging: &mut Judging<'_>) {
    count(judging);
    shared_addresses(judging);
    host_names(judging);
    aliases(judging);
    missing_addresses(judging);
    reachability(judging);
}

fn count(judging: &mut Judging<'_>) {
    let count = judging.subject.ns.len();
    if count < NAME_SERVERS_MIN {
        let text = format!(
            "{} is delegated to {count} name server{}; {NAME_SERVERS_MIN} are the least.",
            judging.subject.name,
            if count == 1 { "" } else { "s" },
        );
        judging.find_here(Fault::TooFewNameServers, text);
    }
}

fn shared_addresses(judging: &mut Judging<'_>) {
    let mut hosts: BTreeMap<IpAddr, Vec<Name>> = BTreeMap::new();
    for (host, addresses) in &judging.addresses {
        for address in addresses {
            hosts.entry(*address).or_default().push(host.clone());
        }
    }
    for (address, hosts) in hosts.iter().filter(|(_, hosts)| hosts.len() > 1) {
        let Some((first, others)) = hosts.split_first() else {
            continue;
        };
        for host in others {
            let text = format!("{host} has the address {address}, and so has {first}");
            let finding = Finding::new(Fault::SharedAddress, judging.observed.begun, text + ".");
            judging.find(finding.of(host).at(*address));
        }
    }
}

fn host_names(judging: &mut Judging<'_>) {
    for host in &judging.subject.ns {
        if let Some(reason) = host_name_fault(host) {
            let text = format!("{host} is no host name: {reason}.");
            let finding = Finding::new(Fault::BadHostName, judging.observed.begun, text);
            let record = format!("{} NS {host}", judging.subject.name);
            judging.find(finding.of(host).in_record(record));
        }
    }
}

/// What keeps a name from being a host's (RFC 952, RFC 1123 §2.1; the last
/// label by RFC 3696 §2).
fn host_name_fault(host: &Name) -> Option<&'static str> {
    let mut wire = host.as_wire();
    let mut last: &[u8] = &[];
    if wire == [0] {
        return Some("it is the root");
    }
    while let Some((&length @ 1.., rest)) = wire.split_first() {
        let (label, above) = rest.split_at_checked(usize::from(length))?;
        let is_allowed = |octet: &u8| octet.is_ascii_alphanumeric() || *octet == b'-';
        if !label.iter().all(is_allowed) {
            return Some("only letters, digits and hyphens are allowed");
        }
        if label.starts_with(b"-") || label.ends_with(b"-") {
            return Some("a label begins or ends with a hyphen");
        }
        (last, wire) = (label, above);
    }
    let is_number = last.iter().all(u8::is_ascii_digit);
    is_number.then_some("its last label is a number")
}

fn aliases(judging: &mut Judging<'_>) {
    let observed = judging.observed;
    for lookup in &observed.lookups {
        if lookup.outcome.as_ref().is_ok_and(|found| found.is_alias) {
            let text = format!(
                "{} is an alias for another name (CNAME or DNAME).",
                lookup.host
            );
            let finding = Finding::new(Fault::AliasName, lookup.time, text);
            let record = format!("{} CNAME", lookup.host);
            judging.find(finding.of(&lookup.host).in_record(record));
        }
    }
    for observation in &observed.answers {
        let is_host = judging.subject.ns.contains(&observation.question.name);
        let Ok(answer) = &observation.outcome else {
            continue;
        };
        if is_host
            && !answer
                .data(&observation.question.name, Rtype::CNAME)
                .is_empty()
        {
            let host = &observation.question.name;
            let text = format!("{host} is an alias for another name (CNAME).");
            let finding = Finding::new(Fault::AliasName, observation.time, text);
            judging.find(finding.of(host).in_record(format!("{host} CNAME")));
        }
    }
}

fn missing_addresses(judging: &mut Judging<'_>) {
    let observed = judging.observed;
    let without: Vec<Name> = judging
        .addresses
        .iter()
        .filter(|(_, addresses)| addresses.is_empty())
        .map(|(host, _)| host.clone())
        .collect();
    for host in without {
        let mut lookups = observed.lookups.iter().filter(|it| it.host == host);
        let failed = lookups.find_map(|it| Some((it, it.outcome.as_ref().err()?)));
        let finding = match failed {
            Some((lookup, failure)) => {
                let who = lookup
                    .resolver
                    .map_or("nobody".to_string(), |it| it.to_string());
                let text = format!("{host} could not be looked up at {who}: {failure}.");
                let finding = Finding::new(Fault::LookupFailed, lookup.time, text);
                finding.in_record(format!("{host} {}", lookup.rtype))
            }
            None => {
                let text = format!("{host} has neither an IPv4 nor an IPv6 address.");
                Finding::new(Fault::NoAddress, observed.begun, text)
                    .in_record(format!("{host} A, AAAA"))
            }
        };
        judging.find(finding.of(&host));
    }
    for (host, address) in &observed.not_asked {
        let text = format!("{host} was not asked at {address}: there are too many addresses.");
        let finding = Finding::new(Fault::NotAsked, observed.begun, text);
        judging.find(finding.of(host).at(*address));
    }
}

fn reachability(judging: &mut Judging<'_>) {
    let soa = Question::new(&judging.subject.name, Rtype::SOA);
    let mut somebody_answers = false;
    let mut found = Vec::new();
    for observations in judging.places.values() {
        let udp = asked(observations, Transport::Udp, false, &soa);
        let edns = asked(observations, Transport::Udp, true, &soa);
        let tcp = asked(observations, Transport::Tcp, true, &soa);
        for observation in [udp, edns, tcp].into_iter().flatten() {
            match &observation.outcome {
                Ok(_) => somebody_answers = true,
                Err(silence) => {
                    let is_plain_dead = udp.is_some_and(|it| it.outcome.is_err());
                    let fault = silence_fault(observation, *silence, is_plain_dead);
                    found.extend(fault.map(|fault| silent(fault, observation, *silence)));
                }
            }
        }
        let others = observations.iter().filter(|it| it.question != soa);
        for observation in others.filter(|it| !it.question.recursion_desired) {
            if let Err(silence) = &observation.outcome {
                found.push(silent(Fault::SilentToQuestion, observation, *silence));
            }
        }
    }
    for finding in found {
        judging.find(finding);
    }
    if !somebody_answers {
        let text = format!("No name server of {} answers at all.", judging.subject.name);
        judging.find_here(Fault::NobodyAnswers, text);
        for check in [
            Check::Authority,
            Check::ZoneConsistency,
            Check::ServerConsistency,
            Check::NoOpenRecursion,
            Check::SameSource,
        ] {
            judging.not_judged(check);
        }
    }
}

fn silence_fault(
    observation: &Observation,
    silence: Silence,
    is_plain_dead: bool,
) -> Option<Fault> {
    match (silence, observation.transport, observation.edns) {
        (Silence::NoWay, ..) => Some(Fault::NoWayFromHere),
        // Said already of the question without EDNS.
        (_, Transport::Udp, true) if is_plain_dead => None,
        (Silence::Malformed, ..) => Some(Fault::BadAnswer),
        (_, Transport::Udp, true) => Some(Fault::SilentToEdns),
        (_, Transport::Udp, false) => Some(Fault::SilentUdp),
        (_, Transport::Tcp, _) => Some(Fault::SilentTcp),
    }
}

fn silent(fault: Fault, observation: &Observation, silence: Silence) -> Finding {
    let edns = match (observation.transport, observation.edns) {
        (Transport::Udp, true) => " with EDNS",
        _ => "",
    };
    let text = format!(
        "{} at {} does not answer the question for {} over {}{edns}: {silence}.",
        observation.server, observation.address, observation.question, observation.transport
    );
    let finding = Finding::seen(fault, observation, text);
    if fault == Fault::NoWayFromHere {
        finding.by_any_way()
    } else {
        finding
    }
}
