//! Check 6: addresses that go with the delegation are those of the hosts.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::IpAddr;

use super::Judging;
use crate::check::fault::Fault;
use crate::check::finding::Finding;
use crate::check::observation::addresses_in;
use crate::check::table::Check;
use crate::zone::{Name, Rtype};

pub(super) fn judge(judging: &mut Judging<'_>) {
    let subject = judging.subject;
    for host in subject.ns.iter().filter(|host| subject.is_inside(host)) {
        if subject.glue.get(host).is_none_or(BTreeSet::is_empty) {
            let text = format!(
                "{host} is inside of {}, and the delegation does not say its address.",
                subject.name
            );
            let finding = Finding::new(Fault::MissingGlue, judging.observed.begun, text);
            judging.find(finding.of(host).in_record(format!("{host} A, AAAA")));
        }
    }
    if subject.glue.is_empty() && !subject.ns.iter().any(|host| subject.is_inside(host)) {
        judging.not_applicable(Check::GlueConsistency);
    }
    for (host, glue) in &subject.glue {
        if subject.ns.contains(host) {
            compare(judging, host, glue);
        } else {
            let text = format!("{host} has glue and is no name server of {}.", subject.name);
            let finding = Finding::new(Fault::StrayGlue, judging.observed.begun, text);
            judging.find(finding.of(host));
        }
    }
}

/// Compares glue with what those with authority say, kind by kind.
fn compare(judging: &mut Judging<'_>, host: &Name, glue: &BTreeSet<IpAddr>) {
    let mut is_confirmed = false;
    for rtype in [Rtype::A, Rtype::AAAA] {
        let given: BTreeSet<IpAddr> = glue
            .iter()
            .filter(|address| address.is_ipv4() == (rtype == Rtype::A))
            .copied()
            .collect();
        let said = if judging.subject.is_inside(host) {
            said_by_zone(judging, host, rtype)
        } else {
            said_by_resolvers(judging, host, rtype)
        };
        is_confirmed |= !said.is_empty();
        for (addresses, finding) in said {
            if addresses != given {
                let text = format!(
                    "The delegation gives {} as the {} addresses of {host}; the zone gives {}.",
                    list(&given),
                    if rtype == Rtype::A { "IPv4" } else { "IPv6" },
                    list(&addresses)
                );
                judging.find(Finding { text, ..finding });
            }
        }
    }
    if !is_confirmed {
        let text = format!("Nobody with authority says which addresses {host} has.");
        let finding = Finding::new(Fault::UnconfirmedGlue, judging.observed.begun, text);
        judging.find(finding.of(host).in_record(format!("{host} A, AAAA")));
    }
}

/// What each address of the zone's own servers says, with a finding that
/// names it.
type Said = Vec<(BTreeSet<IpAddr>, Finding)>;

fn said_by_zone(judging: &Judging<'_>, host: &Name, rtype: Rtype) -> Said {
    let answers = judging.good_answers(host, rtype);
    let said = answers.into_values().map(|good| {
        let addresses = addresses_in(good.answer, host, rtype);
        let finding = Finding::seen(Fault::GlueMismatch, good.observation, String::new());
        (addresses, finding.by_any_way())
    });
    said.collect()
}

fn said_by_resolvers(judging: &Judging<'_>, host: &Name, rtype: Rtype) -> Said {
    let lookups = judging.observed.lookups.iter();
    let lookups = lookups.filter(|it| it.host == *host && it.rtype == rtype);
    let lookups = lookups.filter(|it| it.resolver.is_some());
    let found = lookups.filter_map(|it| Some((it, it.outcome.as_ref().ok()?)));
    let said = found.map(|(lookup, found)| {
        let finding = Finding::new(Fault::GlueMismatch, lookup.time, String::new());
        let finding = finding.of(host).in_record(format!("{host} {rtype}"));
        (found.addresses.clone(), finding)
    });
    said.collect()
}

fn list(addresses: &BTreeSet<IpAddr>) -> String {
    if addresses.is_empty() {
        return "none".to_string();
    }
    let texts: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    texts.join(", ")
}
