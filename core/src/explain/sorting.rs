//! From changes of record sets to explanations. Each change is put into one of
//! them, by its owner, its type and what the zone is before and after.

use alloc::borrow::ToOwned;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::users::Users;
use super::{ChangeType, Explained, Explanation, Version};
use crate::zone::{Change, Contents, Name, Rdata, RecordSet, Rtype, SetKey, difference};

/// The types of addresses, in canonical order.
const ADDRESSES: [Rtype; 2] = [Rtype::A, Rtype::AAAA];

/// Puts each difference of two versions of one zone where it belongs.
pub(super) fn sort(old: Version<'_>, new: Version<'_>) -> Explained {
    let mut changes = difference(old.contents, new.contents);
    changes.retain(|change| !is_serial_alone(change));
    changes.extend(changed_keys(&old, &new));
    changes.sort_by(|a, b| (&a.name, a.rtype).cmp(&(&b.name, b.rtype)));
    if changes.is_empty() {
        return Explained::default();
    }
    let sorting = Sorting {
        users: Users::of(old.contents, new.contents),
        old: old.contents,
        new: new.contents,
    };
    let mut sorted: BTreeMap<(Name, ChangeType), Vec<Change>> = BTreeMap::new();
    let mut others = Vec::new();
    for change in changes {
        match sorting.place(&change) {
            Some(place) => sorted.entry(place).or_default().push(change),
            None => others.push(SetKey::new(&change.name, change.rtype)),
        }
    }
    let explanations = sorted
        .into_iter()
        .map(|(place, sets)| sorting.explain(place, sets));
    Explained {
        explanations: explanations.collect(),
        others,
    }
}

/// Each version has a serial of its own: that it is another says nothing.
fn is_serial_alone(change: &Change) -> bool {
    let (Some(old), Some(new), Rtype::SOA) = (&change.old, &change.new, change.rtype) else {
        return false;
    };
    let parts = |set: &RecordSet| set.first().and_then(without_serial);
    old.ttl == new.ttl && parts(old).is_some() && parts(old) == parts(new)
}

/// The names of SOA data, and its numbers after the serial (RFC 1035 §3.3.13).
fn without_serial(soa: &Rdata) -> Option<(Vec<u8>, [u8; 16])> {
    let (before, numbers) = soa.as_wire().split_last_chunk::<16>()?;
    let (names, _serial) = before.split_last_chunk::<4>()?;
    Some((names.to_owned(), *numbers))
}

fn changed_keys(old: &Version<'_>, new: &Version<'_>) -> Vec<Change> {
    let types: BTreeSet<Rtype> = old.keys.keys().chain(new.keys.keys()).copied().collect();
    let changes = types.into_iter().map(|rtype| Change {
        name: new.contents.origin().clone(),
        rtype,
        old: old.keys.get(&rtype).cloned(),
        new: new.keys.get(&rtype).cloned(),
    });
    changes.filter(|change| change.old != change.new).collect()
}

struct Sorting<'a> {
    old: &'a Contents,
    new: &'a Contents,
    users: Users,
}

impl Sorting<'_> {
    /// Of which name and type a change is; none where it is not explained.
    fn place(&self, change: &Change) -> Option<(Name, ChangeType)> {
        let name = &change.name;
        if name == self.new.origin() {
            return Some((name.clone(), ChangeType::Apex));
        }
        match change.rtype {
            Rtype::NS => Some((name.clone(), self.of_ns(change))),
            Rtype::DS => Some((name.clone(), self.of_ds(change))),
            Rtype::A | Rtype::AAAA => self.of_host(name),
            _ => None,
        }
    }

    fn of_ns(&self, change: &Change) -> ChangeType {
        match (&change.old, &change.new) {
            (None, _) => ChangeType::Added,
            (_, None) => ChangeType::Removed,
            (Some(old), Some(new)) if has_common(old, new) => ChangeType::NsPartial,
            (Some(old), Some(new)) => {
                let before = addresses(self.old, old);
                match before.is_disjoint(&addresses(self.new, new)) {
                    false => ChangeType::NsRenamed,
                    true => ChangeType::NsReplaced,
                }
            }
        }
    }

    /// A DS set that comes or goes with its delegation is part of that.
    fn of_ds(&self, change: &Change) -> ChangeType {
        let is_delegated = |zone: &Contents| zone.delegation(&change.name).is_some();
        match (&change.old, &change.new) {
            _ if !is_delegated(self.old) => ChangeType::Added,
            _ if !is_delegated(self.new) => ChangeType::Removed,
            (None, _) => ChangeType::DsFirst,
            (_, None) => ChangeType::DsWithdrawn,
            (Some(old), Some(new)) if has_common(old, new) => ChangeType::DsPartial,
            (Some(_), Some(_)) => ChangeType::DsReplaced,
        }
    }

    /// A host that comes or goes with the delegation above it, and that no other
    /// name uses, is part of that; any other host that is used is for itself.
    fn of_host(&self, host: &Name) -> Option<(Name, ChangeType)> {
        let whole = [
            (self.new, self.old, ChangeType::Added),
            (self.old, self.new, ChangeType::Removed),
        ];
        for (with, without, change) in whole {
            if let Some(cut) = with.cut(host)
                && without.delegation(cut).is_none()
                && ADDRESSES
                    .iter()
                    .all(|rtype| without.get(host, *rtype).is_none())
                && self.users.of_host(host).all(|user| user == cut)
            {
                return Some((cut.clone(), change));
            }
        }
        let is_used = self.users.of_host(host).next().is_some();
        is_used.then(|| (host.clone(), ChangeType::HostAddress))
    }

    fn explain(&self, place: (Name, ChangeType), changed: Vec<Change>) -> Explanation {
        let (name, change) = place;
        let dependents: BTreeSet<&Name> = match change {
            ChangeType::HostAddress => self.users.of_host(&name).collect(),
            ChangeType::Added
            | ChangeType::Removed
            | ChangeType::NsPartial
            | ChangeType::NsRenamed
            | ChangeType::NsReplaced => self.users.below(&name),
            ChangeType::DsFirst
            | ChangeType::DsPartial
            | ChangeType::DsReplaced
            | ChangeType::DsWithdrawn
            | ChangeType::Apex => BTreeSet::new(),
        };
        let sets = match change {
            ChangeType::HostAddress => self.address_sets(&name),
            _ => changed,
        };
        Explanation {
            change,
            sets,
            dependents: dependents.into_iter().cloned().collect(),
            name,
        }
    }

    /// All addresses of a host, before and after.
    fn address_sets(&self, host: &Name) -> Vec<Change> {
        let sets = ADDRESSES.map(|rtype| Change {
            name: host.clone(),
            rtype,
            old: self.old.get(host, rtype).cloned(),
            new: self.new.get(host, rtype).cloned(),
        });
        let sets = sets.into_iter();
        sets.filter(|set| set.operation().is_some()).collect()
    }
}

fn has_common(old: &RecordSet, new: &RecordSet) -> bool {
    !old.data.is_disjoint(&new.data)
}

/// The addresses that a zone has for name servers. Of those elsewhere it has none:
/// that they might be the same is no reason to say that they are.
fn addresses<'a>(zone: &'a Contents, ns: &RecordSet) -> BTreeSet<(Rtype, &'a Rdata)> {
    let sets = ns.targets().flat_map(|host| {
        ADDRESSES.map(|rtype| (rtype, zone.get(&host, rtype).map(|set| &set.data)))
    });
    sets.flat_map(|(rtype, data)| data.into_iter().flatten().map(move |it| (rtype, it)))
        .collect()
}
