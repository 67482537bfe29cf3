//! Which addresses of a name are asked, and whose they are.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use comity_core::check::Subject;
use comity_core::guard::{Side, Wanted, Witness};
use comity_core::limits;
use comity_core::zone::Name;

/// The addresses of a name's servers, old and new.
pub(super) struct Places {
    old: BTreeMap<IpAddr, Name>,
    new: BTreeMap<IpAddr, Name>,
}

impl Places {
    /// Those that the zone has, and for servers elsewhere those that are known.
    pub(super) fn of(wanted: &Wanted, known: &BTreeMap<Name, BTreeSet<IpAddr>>) -> Self {
        let side = |subject: &Option<Subject>| {
            let subject = subject.as_ref();
            subject.map(|it| addresses(it, known)).unwrap_or_default()
        };
        Self {
            old: side(&wanted.old),
            new: side(&wanted.new),
        }
    }

    /// Whom to ask: no more of either side than the limit.
    pub(super) fn witnesses(&self) -> Vec<Witness> {
        let witness = |(address, name): (&IpAddr, &Name), side| Witness::Server {
            name: name.clone(),
            address: *address,
            side,
        };
        let old = self.old.iter().map(|(address, name)| {
            let side = match self.new.contains_key(address) {
                true => Side::Both,
                false => Side::Old,
            };
            witness((address, name), side)
        });
        let new = self.new.iter();
        let new = new.filter(|(address, _)| !self.old.contains_key(*address));
        old.chain(new.map(|place| witness(place, Side::New)))
            .collect()
    }
}

/// One address of each server, then another of each, up to the limit.
fn addresses(
    subject: &Subject,
    known: &BTreeMap<Name, BTreeSet<IpAddr>>,
) -> BTreeMap<IpAddr, Name> {
    let of_host = |host: &Name| subject.glue.get(host).or_else(|| known.get(host));
    let hosts = subject.ns.iter().take(limits::CHECK_SERVERS_MAX);
    let mut ranked: Vec<(usize, &Name, &IpAddr)> = hosts
        .filter_map(|host| Some((host, of_host(host)?)))
        .flat_map(|(host, found)| {
            let places = found.iter().enumerate();
            places.map(move |(rank, address)| (rank, host, address))
        })
        .collect();
    ranked.sort_unstable();
    let mut chosen = BTreeMap::new();
    for (_, host, address) in ranked {
        if chosen.len() < limits::EVIDENCE_ADDRESSES_MAX {
            chosen.entry(*address).or_insert_with(|| host.clone());
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    fn set(addresses: &[&str]) -> BTreeSet<IpAddr> {
        addresses.iter().map(|it| it.parse().unwrap()).collect()
    }

    fn subject(glue: &[(&str, &[&str])]) -> Subject {
        let hosts = glue.iter().map(|(host, it)| (name(host), set(it)));
        let hosts: BTreeMap<Name, BTreeSet<IpAddr>> = hosts.collect();
        Subject {
            name: name("isle."),
            parent: Name::root(),
            ns: hosts.keys().cloned().collect(),
            glue: hosts.into_iter().filter(|(_, it)| !it.is_empty()).collect(),
            ds: BTreeSet::new(),
        }
    }

    fn asked(old: Option<Subject>, new: Option<Subject>) -> Vec<String> {
        let known = BTreeMap::from([(name("far."), set(&["192.0.2.9"]))]);
        let wanted = Wanted {
            name: name("isle."),
            old,
            new,
        };
        let witnesses = Places::of(&wanted, &known).witnesses();
        let text = |it: &Witness| match it {
            Witness::Server { side, .. } => format!("{it} {side:?}"),
            Witness::Resolver(_) => it.to_string(),
        };
        witnesses.iter().map(text).collect()
    }

    #[test]
    fn an_address_is_the_old_ones_the_new_ones_or_both() {
        let old = subject(&[("a.isle.", &["192.0.2.1"]), ("b.isle.", &["192.0.2.2"])]);
        let new = subject(&[("c.isle.", &["192.0.2.2"]), ("far.", &[])]);
        assert_eq!(
            asked(Some(old.clone()), Some(new)),
            [
                "a.isle. at 192.0.2.1 Old",
                "b.isle. at 192.0.2.2 Both",
                "far. at 192.0.2.9 New",
            ]
        );
        // Of a name that goes there is nothing new to ask, nor of one that comes
        // anything old.
        let alone = ["a.isle. at 192.0.2.1", "b.isle. at 192.0.2.2"];
        assert_eq!(
            asked(Some(old.clone()), None),
            alone.map(|it| format!("{it} Old"))
        );
        assert_eq!(asked(None, Some(old)), alone.map(|it| format!("{it} New")));
    }

    #[test]
    fn each_server_is_asked_before_any_is_asked_twice() {
        let many: Vec<String> = (1..=20).map(|last| format!("192.0.2.{last}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let old = subject(&[("a.isle.", &many), ("b.isle.", &["192.0.2.200"])]);
        let asked = asked(Some(old), None);
        assert_eq!(asked.len(), limits::EVIDENCE_ADDRESSES_MAX);
        assert!(asked.contains(&"b.isle. at 192.0.2.200 Old".to_string()));
    }
}
