//! Contents after changes. Only the names that changes touch are looked at
//! again; all others are shared with the contents before.

use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::build::{Names, check_place};
use super::contents::Sets;
use super::{Change, Contents, Name, RecordSet, Rtype, SetKey, ZoneRefusal};

impl Contents {
    /// These contents after `changes`, each of which must find the old value
    /// that it expects. A refusal leaves everything as it was.
    ///
    /// # Errors
    /// The first rule that a change, or the result, breaks.
    pub fn with(&self, changes: &[Change]) -> Result<Self, ZoneRefusal> {
        let result = self.following(changes)?;
        let changes = changes.iter().filter(|change| change.old != change.new);
        for change in changes {
            self.check_suppressed(&change.name, &result)?;
        }
        Ok(result)
    }

    /// The same for what others have changed already: whether they may leave hosts
    /// of others without the name above is not asked.
    ///
    /// # Errors
    /// As [`Contents::with`].
    pub fn following(&self, changes: &[Change]) -> Result<Self, ZoneRefusal> {
        self.check_changes(changes)?;
        let mut rest = self.clone();
        let mut names = Names::new();
        // What must stay as it is (NOC) is looked at, and left where it is.
        let changes = changes.iter().filter(|change| change.old != change.new);
        for change in changes.clone() {
            if self.moves_cut(change) {
                rest.take_at_or_below(&change.name, &mut names);
            } else {
                rest.take(&change.name, &mut names);
            }
        }
        for change in changes {
            let sets = names.entry(change.name.clone()).or_default();
            match &change.new {
                Some(new) => sets.insert(change.rtype, new.clone()),
                None => sets.remove(&change.rtype),
            };
        }
        names.retain(|_, sets| !sets.is_empty());
        rest.absorb(names)
    }

    /// Each change is about a set of its own, that may be changed, and that
    /// is as the change expects.
    fn check_changes(&self, changes: &[Change]) -> Result<(), ZoneRefusal> {
        let mut seen = BTreeSet::new();
        for change in changes {
            let set = SetKey::new(&change.name, change.rtype);
            if !seen.insert(set.clone()) {
                return Err(ZoneRefusal::ChangedTwice { set });
            }
            check_place(&self.origin, &set)?;
            if change.operation().is_none() {
                return Err(ZoneRefusal::NothingChanges { set });
            }
            if self.get(&change.name, change.rtype) != change.old.as_ref() {
                return Err(ZoneRefusal::OldValueDiffers { set });
            }
        }
        Ok(())
    }

    /// Whether names below the change's come to stand elsewhere.
    fn moves_cut(&self, change: &Change) -> bool {
        change.rtype == Rtype::NS
            && change.name != self.origin
            && change.old.is_none() != change.new.is_none()
    }

    /// Moves the sets of a name over to `names`.
    fn take(&mut self, name: &Name, names: &mut Names) {
        let mut sets = Sets::new();
        if *name == self.origin {
            sets.append(Arc::make_mut(&mut self.apex));
        }
        if let Some(delegation) = self.delegations.remove(name) {
            let delegation = Arc::unwrap_or_clone(delegation);
            sets.insert(Rtype::NS, delegation.ns);
            sets.extend(delegation.ds.map(|ds| (Rtype::DS, ds)));
        }
        for found in [self.hosts.remove(name), self.inside.remove(name)] {
            sets.extend(found.map(Arc::unwrap_or_clone).unwrap_or_default());
        }
        if !sets.is_empty() {
            names.insert(name.clone(), sets);
        }
    }

    fn take_at_or_below(&mut self, top: &Name, names: &mut Names) {
        let delegations = self.delegations.range(top..).map(|(name, _)| name);
        let hosts = self.hosts.range(top..).map(|(name, _)| name);
        let inside = self.inside.range(top..).map(|(name, _)| name);
        let is_below = |name: &&Name| name.is_at_or_below(top);
        let found: Vec<Name> = delegations
            .take_while(is_below)
            .chain(hosts.take_while(is_below))
            .chain(inside.take_while(is_below))
            .cloned()
            .collect();
        for name in found {
            self.take(&name, names);
        }
    }

    /// What must hold where a delegation goes (design 3, *host*): no name
    /// that stays uses a host below it, and no address below it stays. A
    /// server without addresses here is no host: else whoever names one that
    /// never was could hinder the suppression.
    fn check_suppressed(&self, name: &Name, result: &Self) -> Result<(), ZoneRefusal> {
        if self.delegation(name).is_none() || result.delegation(name).is_some() {
            return Ok(());
        }
        let apex_ns = result.apex.get(&Rtype::NS).map(|ns| (&result.origin, ns));
        let delegations = result.delegations().map(|(name, d)| (name, &d.ns));
        for (user, ns) in apex_ns.into_iter().chain(delegations) {
            let is_host = |host: &Name| host.is_at_or_below(name) && self.hosts.contains_key(host);
            if let Some(host) = RecordSet::targets(ns).find(is_host) {
                return Err(ZoneRefusal::HostsInUse {
                    delegation: name.clone(),
                    host,
                    user: user.clone(),
                });
            }
        }
        let hosts = self.hosts.range(name..).map(|(host, _)| host);
        let mut hosts = hosts.take_while(|host| host.is_at_or_below(name));
        match hosts.find(|host| result.inside.contains_key(*host)) {
            Some(host) => Err(ZoneRefusal::HostWithoutDelegation { host: host.clone() }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use alloc::vec::Vec;

    use super::super::samples::{PLAIN, ROOT, build, name, record};
    use super::super::{Rdata, Record, difference};
    use super::*;

    /// A change written as `- record` and `+ record` lines of one set.
    fn change(lines: &[&str]) -> Change {
        let side = |sign: &str| {
            let records = lines.iter().filter_map(|line| line.strip_prefix(sign));
            let records: Vec<Record> = records.map(record).collect();
            records.first().cloned().map(|first| {
                let set = RecordSet {
                    ttl: first.ttl,
                    data: records.into_iter().map(|record| record.data).collect(),
                };
                (first.owner, first.rtype, set)
            })
        };
        let (old, new) = (side("- "), side("+ "));
        let (name, rtype, _) = old.clone().or_else(|| new.clone()).unwrap();
        Change {
            name,
            rtype,
            old: old.map(|(_, _, set)| set),
            new: new.map(|(_, _, set)| set),
        }
    }

    #[test]
    fn changes_apply_to_the_value_that_they_expect() {
        let root = build(".", ROOT).unwrap();
        let changed = root
            .with(&[
                change(&["- be. 86400 DS 12664 8 2 ABCD"]),
                change(&["+ lu. 86400 DS 1 8 2 AB"]),
                change(&["- lu. 172800 NS ns.nic.lu.", "+ lu. 172800 NS x.lu."]),
                change(&["+ x.lu. 172800 A 192.0.2.7"]),
                change(&["- net. 172800 A 192.0.2.3", "+ net. 172800 A 192.0.2.9"]),
            ])
            .unwrap();
        assert_eq!(difference(&root, &changed).len(), 5);
        assert_eq!(root.with(&difference(&root, &changed)), Ok(changed.clone()));
        assert_eq!(changed.with(&difference(&changed, &root)), Ok(root.clone()));
        assert_eq!(root.with(&[]), Ok(root.clone()));
        // What must stay as it is (NOC) stays.
        let lu = "lu. 172800 NS ns.nic.lu.";
        let noc = change(&[&std::format!("- {lu}"), &std::format!("+ {lu}")]);
        assert_eq!(root.with(&[noc]), Ok(root));
    }

    #[test]
    fn refuses_changes_that_do_not_apply() {
        let root = build(".", ROOT).unwrap();
        let lu_goes = || change(&["- lu. 172800 NS ns.nic.lu."]);
        let host_goes = || change(&["- ns.nic.lu. 172800 A 192.0.2.2"]);
        let be_moves = || {
            change(&[
                "- be. 172800 NS a.ns.dns.be.",
                "- be. 172800 NS ns.nic.lu.",
                "+ be. 172800 NS a.ns.dns.be.",
            ])
        };
        let table: &[(&[Change], &str)] = &[
            (&[change(&["+ . 1 DNSKEY 257 3 15 AAAA"])], "is derived"),
            (
                &[change(&["- lu. 1 NS ns.nic.lu.", "+ lu. 1 NS ns.nic.lu."])],
                "no longer what the change expects",
            ),
            (
                &[Change {
                    old: None,
                    new: None,
                    ..change(&["- lu. 1 NS ns.nic.lu."])
                }],
                "stays as it is",
            ),
            (
                &[change(&["- lu. 1 NS ns.nic.lu."])],
                "no longer what the change expects",
            ),
            (
                &[change(&["+ lu. 172800 NS x."])],
                "no longer what the change expects",
            ),
            (
                &[change(&["- me. 172800 NS x."])],
                "no longer what the change expects",
            ),
            (&[host_goes(), host_goes()], "changed twice"),
            (&[lu_goes()], "be. uses the name server ns.nic.lu."),
            (
                &[lu_goes(), host_goes()],
                "be. uses the name server ns.nic.lu.",
            ),
            (&[lu_goes(), be_moves()], "ns.nic.lu. would keep addresses"),
            (
                &[change(&["- net. 172800 NS net."])],
                ". uses the name server a.root-servers.net.",
            ),
            (
                &[change(&["- . 518400 NS a.root-servers.net."])],
                "has no NS",
            ),
            (
                &[change(&[
                    "- be. 172800 NS a.ns.dns.be.",
                    "- be. 172800 NS ns.nic.lu.",
                ])],
                "DS records but is not delegated",
            ),
        ];
        for (changes, said) in table {
            let refusal = root.with(changes).unwrap_err();
            assert!(refusal.to_string().contains(said), "{changes:?}: {refusal}");
        }
        assert!(root.with(&[lu_goes(), be_moves(), host_goes()]).is_ok());
        assert!(root.with(&[host_goes()]).is_ok(), "notice, not a veto");
    }

    #[test]
    fn names_below_a_cut_follow_it() {
        let plain = build("example.", PLAIN).unwrap();
        let cut_goes = change(&["- sub.example. 3600 NS ns.sub.example."]);
        let address_goes = change(&["- ns.sub.example. 3600 A 192.0.2.12"]);
        let none = plain
            .with(&[cut_goes.clone(), address_goes.clone()])
            .unwrap();
        assert_eq!(none.cut(&name("ns.sub.example.")), None);
        let address_comes = Change {
            old: None,
            new: address_goes.old.clone(),
            ..address_goes
        };
        let inside = none.with(&[address_comes]).unwrap();
        assert_eq!(inside.hosts().count(), 0);
        let cut_comes = Change {
            old: None,
            new: cut_goes.old.clone(),
            ..cut_goes
        };
        assert_eq!(inside.with(&[cut_comes]), Ok(plain));
    }

    #[test]
    fn refuses_changes_that_names_below_forbid() {
        let plain = build("example.", PLAIN).unwrap();
        let table: &[(&[&str], &str)] = &[
            (
                &["+ c.example. 60 DNAME x."],
                "c.example. has a DNAME, yet a.b.c.example. exists",
            ),
            (
                &["+ mail.old.example. 60 A 192.0.2.1"],
                "old.example. has a DNAME, yet mail.",
            ),
            (
                &["+ b.c.example. 60 DS 1 8 2 AB"],
                "b.c.example. has DS records but",
            ),
            (
                &["+ x.sub.example. 60 NS x."],
                "x.sub.example. NS is data of the zone that sub.",
            ),
            (
                &["+ sub.example. 60 DNAME x."],
                "sub.example. DNAME is data of the zone",
            ),
        ];
        for (lines, said) in table {
            let refusal = plain.with(&[change(lines)]).unwrap_err();
            assert!(refusal.to_string().contains(said), "{lines:?}: {refusal}");
        }
        let glue = change(&["+ c.example. 60 NS x."]);
        assert!(plain.with(&[glue]).is_ok(), "only addresses are below");
        let empty = Change {
            new: Some(RecordSet {
                ttl: 60,
                data: BTreeSet::<Rdata>::new(),
            }),
            ..change(&["+ y.example. 60 A 192.0.2.1"])
        };
        let refusal = plain.with(&[empty]).unwrap_err();
        assert!(matches!(refusal, ZoneRefusal::EmptySet { .. }));
    }
}
