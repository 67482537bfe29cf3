//! What holds for any two versions of a zone.

use std::collections::BTreeSet;
use std::format;
use std::string::String;
use std::vec::Vec;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::super::ChangeType;
use super::Zone;
use crate::refusal::tests::seeded;
use crate::zone::{Rtype, SetKey, difference};

/// Few names and hosts, so that they meet: of each a version has some.
const HOSTS: [&str; 8] = [
    "a.b.", "c.b.", "b.", "a.d.", "c.d.", "x.a.d.", "a.far.", "d.",
];
const NAMES: [&str; 4] = ["b.", "d.", "a.d.", "e."];
const ADDRESSES: [&str; 3] = ["192.0.2.1", "192.0.2.2", "192.0.2.3"];
const DIGESTS: [&str; 3] = ["1 8 2 AA", "2 8 2 BB", "3 8 2 CC"];
const KEYS: [&str; 2] = ["257 3 15 AAAA", "256 3 15 BBBB"];

/// Lines of one set, if there is one: some of these data, with one TTL.
fn any_set(
    owner: &'static str,
    rtype: &'static str,
    data: &'static [&'static str],
) -> impl Strategy<Value = String> {
    let ttl = prop_oneof![4 => Just(60), 1 => Just(61)];
    (ttl, subsequence(data, 0..=data.len())).prop_map(move |(ttl, data)| {
        let lines = data
            .iter()
            .map(|data| format!("{owner} {ttl} {rtype} {data}\n"));
        lines.collect()
    })
}

/// A delegation of a name, if there is one.
fn any_delegation(owner: &'static str) -> impl Strategy<Value = String> {
    (any_set(owner, "NS", &HOSTS), any_set(owner, "DS", &DIGESTS)).prop_map(|(ns, ds)| {
        match ns.is_empty() {
            true => ns,
            false => ns + &ds,
        }
    })
}

fn any_zone() -> impl Strategy<Value = Zone> {
    let delegations = NAMES.map(any_delegation);
    let hosts: Vec<_> = HOSTS
        .iter()
        .map(|host| any_set(host, "A", &ADDRESSES))
        .collect();
    let keys = any_set(".", "DNSKEY", &KEYS);
    let apex = (select(&[7, 8][..]), select(&["a.b.", "a.d."][..]));
    (delegations, hosts, keys, apex).prop_map(|(delegations, hosts, keys, (serial, ns))| {
        let lines = format!(
            ". 60 SOA a. b. {serial} 1 2 3 4\n. 60 NS {ns}\n{keys}{}{}",
            delegations.concat(),
            hosts.concat()
        );
        Zone::of(".", &without_cuts_below(&lines))
    })
}

/// A zone that delegates `d.` has no delegation below it.
fn without_cuts_below(lines: &str) -> String {
    let has_cut = lines.contains("\nd. 60 NS") || lines.contains("\nd. 61 NS");
    let is_cut_below = |line: &&str| {
        let mut words = line.split(' ');
        words.next() == Some("a.d.") && matches!(words.nth(1), Some("NS" | "DS"))
    };
    let lines = lines
        .lines()
        .filter(|line| !(has_cut && is_cut_below(line)));
    lines.collect::<Vec<_>>().join("\n")
}

/// What the way back says where the way says this.
fn mirrored(change: ChangeType) -> ChangeType {
    match change {
        ChangeType::Added => ChangeType::Removed,
        ChangeType::Removed => ChangeType::Added,
        ChangeType::DsFirst => ChangeType::DsWithdrawn,
        ChangeType::DsWithdrawn => ChangeType::DsFirst,
        ChangeType::NsPartial
        | ChangeType::NsRenamed
        | ChangeType::NsReplaced
        | ChangeType::DsPartial
        | ChangeType::DsReplaced
        | ChangeType::HostAddress
        | ChangeType::Apex => change,
    }
}

proptest! {
    #![proptest_config(seeded(300))]

    #[test]
    fn nothing_is_said_where_nothing_changed(zone in any_zone()) {
        prop_assert_eq!(zone.to(&zone), Default::default());
    }

    #[test]
    fn the_way_back_mirrors_the_way(old in any_zone(), new in any_zone()) {
        let (there, mut back) = (old.to(&new), new.to(&old));
        for explanation in &mut back.explanations {
            explanation.change = mirrored(explanation.change);
            for set in &mut explanation.sets {
                *set = set.clone().reversed();
            }
        }
        prop_assert_eq!(there, back);
    }

    #[test]
    fn every_set_that_changed_is_said_once(old in any_zone(), new in any_zone()) {
        let explained = old.to(&new);
        let mut said: Vec<SetKey> = explained.others.clone();
        for explanation in &explained.explanations {
            let sets = explanation.sets.iter().filter(|set| set.old != set.new);
            said.extend(sets.map(|set| SetKey::new(&set.name, set.rtype)));
        }
        said.sort();
        let mut changed: Vec<SetKey> = difference(&old.contents, &new.contents)
            .iter()
            .map(|change| SetKey::new(&change.name, change.rtype))
            .filter(|set| set.rtype != Rtype::SOA)
            .collect();
        if old.keys != new.keys {
            changed.push(SetKey::new(old.contents.origin(), Rtype::DNSKEY));
        }
        changed.sort();
        prop_assert_eq!(said, changed);
        // What is not explained concerns no delegation.
        for set in &explained.others {
            prop_assert!(!matches!(set.rtype, Rtype::NS | Rtype::DS), "{}", set);
            for zone in [&old.contents, &new.contents] {
                prop_assert_eq!(zone.dependents(&set.owner).len(), 0, "{}", set);
            }
        }
    }

    #[test]
    fn lines_are_in_order_and_dependents_are_what_they_should(
        old in any_zone(),
        new in any_zone(),
    ) {
        let explained = old.to(&new);
        let order = explained.explanations.iter().map(|it| (&it.name, it.change));
        prop_assert!(order.is_sorted_by(|a, b| a < b));
        for it in &explained.explanations {
            let depends = |user: &crate::zone::Name, host: &crate::zone::Name| match it.change {
                ChangeType::HostAddress => *host == it.name,
                ChangeType::Added
                | ChangeType::Removed
                | ChangeType::NsPartial
                | ChangeType::NsRenamed
                | ChangeType::NsReplaced => host.is_at_or_below(&it.name) && *user != it.name,
                _ => false,
            };
            let mut expected = BTreeSet::new();
            for zone in [&old.contents, &new.contents] {
                for (set, records) in zone.sets().filter(|(set, _)| set.rtype == Rtype::NS) {
                    if records.targets().any(|host| depends(&set.owner, &host)) {
                        expected.insert(set.owner);
                    }
                }
            }
            prop_assert!(it.dependents.iter().eq(&expected), "{:?}", it);
        }
    }
}
