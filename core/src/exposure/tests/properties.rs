//! What holds for any zone, and any two versions of one.

use std::collections::BTreeSet;
use std::format;
use std::string::String;
use std::vec::Vec;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::{World, zone};
use crate::exposure::{Party, shifts};
use crate::refusal::tests::seeded;
use crate::zone::Contents;

/// Few names, servers and networks, so that they meet.
const NAMES: [&str; 5] = ["cd.", "mu.", "ai.", "net.", "org."];
const SERVERS: [&str; 8] = [
    "a.op.net.",
    "b.op.net.",
    "a.op.org.",
    "ns.cd.",
    "ns.mu.",
    "v.nic.ai.",
    "ns.net.",
    "a.far.",
];
const ADDRESSES: [&str; 6] = [
    "11.0.0.1", "11.0.0.2", "12.0.0.1", "23.0.0.1", "30.0.0.1", "10.0.0.1",
];

fn any_set(
    owner: &'static str,
    rtype: &'static str,
    data: &'static [&'static str],
    min: usize,
) -> impl Strategy<Value = String> {
    subsequence(data, min..=data.len().min(3)).prop_map(move |data| {
        let lines = data.iter().map(|data| format!("{owner} {rtype} {data}\n"));
        lines.collect()
    })
}

fn any_zone() -> impl Strategy<Value = Contents> {
    let delegations = NAMES.map(|name| any_set(name, "NS", &SERVERS, 1));
    let hosts: Vec<_> = SERVERS
        .iter()
        .filter(|server| !server.ends_with("far."))
        .map(|server| any_set(server, "A", &ADDRESSES, 0))
        .collect();
    (delegations, hosts)
        .prop_map(|(delegations, hosts)| zone(".", &(delegations.concat() + &hosts.concat())))
}

proptest! {
    #![proptest_config(seeded(200))]

    #[test]
    fn shares_count_endpoints(zone in any_zone()) {
        let [report] = World::of(&[&zone]).survey([&zone]);
        prop_assert_eq!(report.names.len(), NAMES.len());
        for exposed in &report.names {
            prop_assert!(!exposed.endpoints.is_empty());
            for (party, share) in &exposed.shares {
                let with = |it: &&_| crate::exposure::Endpoint::parties(it).any(|p| p == *party);
                prop_assert_eq!(exposed.endpoints.iter().filter(with).count(), *share);
            }
            // Each endpoint has one operator, and none is anybody's of a kind twice.
            let operators = exposed.shares.iter().filter(|(p, _)| matches!(p, Party::Operator(_)));
            prop_assert_eq!(operators.map(|(_, n)| n).sum::<usize>(), exposed.endpoints.len());
            for endpoint in &exposed.endpoints {
                let is_unknown = endpoint.address.is_none() || endpoint.special.is_some();
                prop_assert!(!is_unknown || (endpoint.system, endpoint.country) == (None, None));
            }
        }
    }

    #[test]
    fn who_could_stop_a_name_alone_darkens_it_alone(zone in any_zone()) {
        let [report] = World::of(&[&zone]).survey([&zone]);
        for effect in report.effects() {
            let outage = report.outage(&[effect.party.clone()].into());
            let dark: Vec<_> = outage.dark.iter().map(|it| &it.name).collect();
            prop_assert_eq!(&effect.dark, &dark);
            let half: Vec<_> = outage.half.iter().map(|(it, _)| &it.name).collect();
            prop_assert_eq!(&effect.half, &half);
            prop_assert_eq!(effect.fewer, outage.fewer);
            for exposed in &report.names {
                let is_alone = exposed.alone().any(|party| party == effect.party);
                prop_assert_eq!(is_alone, effect.dark.contains(&&exposed.name));
            }
        }
    }

    #[test]
    fn whoever_joins_in_a_refusal_brings_no_name_back(
        zone in any_zone(),
        picks in prop::collection::vec(any::<prop::sample::Index>(), 1..4),
    ) {
        let [report] = World::of(&[&zone]).survey([&zone]);
        let parties: Vec<_> = report.parties().into_iter().collect();
        let mut refusing = BTreeSet::new();
        let mut dark = BTreeSet::new();
        for pick in picks {
            refusing.insert((*pick.get(&parties)).clone());
            let outage = report.outage(&refusing);
            let now: BTreeSet<_> = outage.dark.iter().map(|it| &it.name).collect();
            prop_assert!(now.is_superset(&dark));
            dark = now;
        }
        let all = parties.into_iter().cloned().collect();
        prop_assert_eq!(report.outage(&all).dark.len(), report.names.len());
    }

    #[test]
    fn the_way_back_mirrors_the_way(old in any_zone(), new in any_zone()) {
        let [before, after] = World::of(&[&old, &new]).survey([&old, &new]);
        let there = shifts(&before, &after);
        let back = shifts(&after, &before);
        prop_assert_eq!(there.len(), back.len());
        for (there, back) in there.iter().zip(&back) {
            prop_assert_eq!(&there.name, &back.name);
            prop_assert_eq!((&there.before, &there.after), (&back.after, &back.before));
            prop_assert_ne!(&there.before, &there.after);
            prop_assert!(there.kept <= there.had && there.kept == back.kept);
        }
    }

    #[test]
    fn a_zone_and_itself_are_told_alike(zone in any_zone()) {
        let world = World::of(&[&zone]);
        let [one] = world.survey([&zone]);
        let [first, second] = world.survey([&zone, &zone]);
        prop_assert_eq!(&one, &first);
        prop_assert_eq!(&first, &second);
        prop_assert_eq!(shifts(&first, &second), []);
    }

    #[test]
    fn what_is_not_shown_changes_nothing_of_the_rest(
        zone in any_zone(),
        kept in select(&NAMES[..]),
    ) {
        let [whole] = World::of(&[&zone]).survey([&zone]);
        let mut part = whole.clone();
        let wanted = crate::zone::samples::name(kept);
        part.retain(|exposed| exposed.name == wanted);
        let same = whole.names.iter().find(|it| it.name == wanted);
        prop_assert_eq!(part.names.first(), same);
        prop_assert_eq!(part.names.len(), 1);
    }
}
