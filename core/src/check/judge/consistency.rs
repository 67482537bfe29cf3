//! Checks 7 and 8: delegation and zone agree, and so do the name servers.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::{Good, Judging, Place};
use crate::check::fault::Fault;
use crate::check::finding::Finding;
use crate::check::table::Check;
use crate::zone::{Name, Rdata, Rtype};

pub(super) fn judge(judging: &mut Judging<'_>) {
    let name = &judging.subject.name;
    let ns = judging.good_answers(name, Rtype::NS);
    if ns.is_empty() {
        judging.not_judged(Check::ZoneConsistency);
        judging.not_judged(Check::ServerConsistency);
    }
    delegation_and_zone(judging, &ns);
    same_set(judging, &ns, Rtype::NS, Fault::NsDiffers);
    let keys = judging.good_answers(name, Rtype::DNSKEY);
    same_set(judging, &keys, Rtype::DNSKEY, Fault::KeysDiffer);
    let soa = judging.good_answers(name, Rtype::SOA);
    same_soa(judging, &soa);
}

type Answers<'a> = BTreeMap<Place, Good<'a>>;

fn delegation_and_zone(judging: &mut Judging<'_>, answers: &Answers<'_>) {
    let subject = judging.subject;
    for good in answers.values() {
        let data = good.answer.data(&subject.name, Rtype::NS);
        let names = data
            .iter()
            .filter_map(|data| Name::from_wire(data.as_wire()).ok());
        let zone: BTreeSet<Name> = names.collect();
        if zone.is_empty() {
            // Said already by check 4.
            continue;
        }
        let record = |host: &Name| format!("{} NS {host}", subject.name);
        for host in subject.ns.difference(&zone) {
            let text = format!("{host} is in the delegation, and not in the zone.");
            let finding = Finding::seen(Fault::MissingInZone, good.observation, text);
            judging.find(finding.in_record(record(host)).by_any_way());
        }
        for host in zone.difference(&subject.ns) {
            let text = format!("{host} is in the zone, and not in the delegation.");
            let finding = Finding::seen(Fault::MissingInDelegation, good.observation, text);
            judging.find(finding.in_record(record(host)).by_any_way());
        }
    }
}

fn same_set(judging: &mut Judging<'_>, answers: &Answers<'_>, rtype: Rtype, fault: Fault) {
    let name = &judging.subject.name;
    let sets = answers.iter().map(|(place, good)| {
        let data = good.answer.data(name, rtype);
        (place, (*good, data))
    });
    let said = |data: &BTreeSet<Rdata>| {
        if rtype == Rtype::DNSKEY {
            format!("{} keys", data.len())
        } else {
            let texts: Vec<_> = data.iter().map(|data| data.to_text(rtype)).collect();
            texts.join(", ")
        }
    };
    for (good, text) in minorities(sets.collect(), said) {
        let text = format!("The {rtype} set differs between the name servers: {text}.");
        judging.find(Finding::seen(fault, good.observation, text).by_any_way());
    }
}

fn same_soa(judging: &mut Judging<'_>, answers: &Answers<'_>) {
    let name = &judging.subject.name;
    let mut serials = BTreeMap::new();
    let mut others = BTreeMap::new();
    for (place, good) in answers {
        let data = good.answer.data(name, Rtype::SOA);
        if let Some((serial, rest)) = data.first().and_then(split_soa) {
            serials.insert(place, (*good, serial));
            others.insert(place, (*good, rest));
        }
    }
    for (good, text) in minorities(serials, u32::to_string) {
        let text = format!("The serials differ between the name servers: {text}.");
        let finding = Finding::seen(Fault::SerialsDiffer, good.observation, text);
        judging.find(finding.by_any_way());
    }
    for (good, text) in minorities(others, |rest| format!("{} octets", rest.len())) {
        let text = format!("The SOA records differ in more than their serial: {text}.");
        let finding = Finding::seen(Fault::SoaDiffers, good.observation, text);
        judging.find(finding.by_any_way());
    }
}

/// The serial of a SOA record, and everything else in it (RFC 1035 §3.3.13).
fn split_soa(data: &Rdata) -> Option<(u32, Vec<u8>)> {
    let wire = data.as_wire();
    let numbers = wire.len().checked_sub(20)?;
    let (names, numbers) = wire.split_at_checked(numbers)?;
    let (serial, numbers) = numbers.split_first_chunk::<4>()?;
    Some((u32::from_be_bytes(*serial), [names, numbers].concat()))
}

/// The places that say something else than most, or than the first where
/// none are most; each with what it says and what the others say.
fn minorities<'a, T: Ord>(
    said: BTreeMap<&Place, (Good<'a>, T)>,
    describe: impl Fn(&T) -> String,
) -> Vec<(Good<'a>, String)> {
    let mut groups: BTreeMap<&T, Vec<&Place>> = BTreeMap::new();
    for (place, (_, value)) in &said {
        groups.entry(value).or_default().push(place);
    }
    let largest = groups
        .iter()
        .min_by_key(|(_, places)| (Reverse(places.len()), places.first().copied()));
    let Some((usual, places)) = largest else {
        return Vec::new();
    };
    let (host, address) = match places.first() {
        Some((host, address)) => (host.to_string(), address.to_string()),
        None => return Vec::new(),
    };
    said.iter()
        .filter(|(_, (_, value))| value != *usual)
        .map(|((server, at), (good, value))| {
            let text = format!(
                "{server} at {at} has {}, {host} at {address} has {}",
                describe(value),
                describe(usual)
            );
            (*good, text)
        })
        .collect()
}
