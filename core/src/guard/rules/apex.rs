//! The zone's own data. Nothing of it is held: it is the upstream's word on
//! itself, and its keys are verified before anything is judged.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec::Vec;
use core::net::IpAddr;

use super::{Ruling, finding};
use crate::check::subject::address;
use crate::explain::{Explanation, Version};
use crate::guard::Judging;
use crate::guard::judgement::Verdict;
use crate::guard::reason::Reason;
use crate::zone::{Rdata, RecordSet, Rtype};

/// The key is an entry point (RFC 4034 §2.1.1).
const ENTRY_POINT: u8 = 1;

pub(super) fn judge(judging: &Judging<'_>, explanation: &Explanation) -> Ruling {
    let name = &explanation.name;
    let mut rulings: Vec<Ruling> = Vec::new();
    for set in &explanation.sets {
        let record = (name, &[set.rtype][..]);
        let (verdict, reason, text) = match (set.rtype, &set.old, &set.new) {
            (Rtype::DNSKEY, Some(old), Some(new)) if !keeps_entry(old, new) => (
                Verdict::Alarmed,
                Reason::ApexKeysReplaced,
                format!("{name} keeps no key with the SEP bit."),
            ),
            (Rtype::DNSKEY, Some(_), None) => (
                Verdict::Alarmed,
                Reason::ApexKeysReplaced,
                format!("{name} has no keys any more."),
            ),
            (Rtype::DNSKEY, ..) => (
                Verdict::Passed,
                Reason::ApexKeyKept,
                format!("{name} keeps a key with the SEP bit."),
            ),
            (Rtype::NS, ..) if !keeps_server(judging.case.old, judging.case.new) => (
                Verdict::Alarmed,
                Reason::ApexServersReplaced,
                format!("{name} keeps none of its name servers and no address."),
            ),
            (Rtype::NS, ..) => (
                Verdict::Passed,
                Reason::ServerKept,
                format!("{name} keeps one of its name servers, or an address."),
            ),
            _ => (
                Verdict::Passed,
                Reason::ApexData,
                format!("{name} {} is another.", set.rtype),
            ),
        };
        rulings.push(Ruling::new(verdict, finding(reason, record, None, text)));
    }
    rulings.sort_by_key(|ruling| core::cmp::Reverse(ruling.verdict));
    let joined = rulings.into_iter().reduce(|mut all, next| {
        all.findings.extend(next.findings);
        all
    });
    joined.unwrap_or_else(|| {
        let text = format!("{name} has other data of its own.");
        let record = (name, super::types(explanation.change));
        Ruling::passed(finding(Reason::ApexData, record, None, text))
    })
}

fn keeps_entry(old: &RecordSet, new: &RecordSet) -> bool {
    let is_entry = |key: &&Rdata| {
        let flags = key.as_wire().get(1).copied().unwrap_or_default();
        flags & ENTRY_POINT != 0
    };
    let mut had = old.data.iter().filter(is_entry).peekable();
    // Without such keys before there is none to keep.
    had.peek().is_none() || had.any(|key| new.data.contains(key))
}

fn keeps_server(old: Version<'_>, new: Version<'_>) -> bool {
    let servers = |version: Version<'_>| -> (BTreeSet<_>, BTreeSet<IpAddr>) {
        let zone = version.contents;
        let ns = zone.get(zone.origin(), Rtype::NS);
        let hosts: BTreeSet<_> = ns.into_iter().flat_map(RecordSet::targets).collect();
        let addresses = hosts.iter().flat_map(|host| {
            let sets = [Rtype::A, Rtype::AAAA].map(|rtype| (rtype, zone.get(host, rtype)));
            sets.into_iter().flat_map(|(rtype, set)| {
                let data = set.into_iter().flat_map(|set| &set.data);
                data.filter_map(move |data| address(rtype, data))
            })
        });
        let addresses = addresses.collect();
        (hosts, addresses)
    };
    let (before, after) = (servers(old), servers(new));
    !before.0.is_disjoint(&after.0) || !before.1.is_disjoint(&after.1)
}
