//! Which names use which hosts, before or after.

use alloc::collections::{BTreeMap, BTreeSet};

use crate::zone::{Contents, Name, Rtype};

/// The names that have each host in their NS set, in either of two versions:
/// delegated ones, and the zone's own.
pub(super) struct Users(BTreeMap<Name, BTreeSet<Name>>);

impl Users {
    pub(super) fn of(old: &Contents, new: &Contents) -> Self {
        let mut users = Self(BTreeMap::new());
        users.add_all(old, |_, _| true);
        // What is as before is there already.
        users.add_all(new, |name, rtype| {
            old.get(name, rtype) != new.get(name, rtype)
        });
        users
    }

    fn add_all(&mut self, zone: &Contents, is_wanted: impl Fn(&Name, Rtype) -> bool) {
        let apex = zone.get(zone.origin(), Rtype::NS);
        let apex = apex.map(|ns| (zone.origin(), ns));
        let delegations = zone.delegations().map(|(name, it)| (name, &it.ns));
        for (name, ns) in apex.into_iter().chain(delegations) {
            if is_wanted(name, Rtype::NS) {
                for host in ns.targets() {
                    self.0.entry(host).or_default().insert(name.clone());
                }
            }
        }
    }

    /// Those of exactly this host.
    pub(super) fn of_host(&self, host: &Name) -> impl Iterator<Item = &Name> {
        self.0.get(host).into_iter().flatten()
    }

    /// Those of all hosts at and below a name, and not that name itself.
    pub(super) fn below(&self, top: &Name) -> BTreeSet<&Name> {
        let hosts = self.0.range(top..);
        let hosts = hosts.take_while(|(host, _)| host.is_at_or_below(top));
        let users = hosts.flat_map(|(_, users)| users);
        users.filter(|user| *user != top).collect()
    }
}
