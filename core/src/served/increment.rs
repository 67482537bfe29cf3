//! What a version of a zone has that the one before had not, record by record, as an
//! incremental transfer says it (RFC 1995).

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::{ServedName, ServedZone};
use crate::edition::serial;
use crate::zone::{Name, Rdata, Record, Rtype};

/// Octets of a record in wire form beside its owner and its data (RFC 1035 §3.2.1).
const RECORD_OCTETS: usize = 10;

/// From one version of a zone to the next. Signatures, chain and digest are records
/// like any other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Increment {
    serials: (u32, u32),
    /// The old SOA record, then what else goes.
    removed: Vec<Record>,
    /// The new SOA record, then what else comes.
    added: Vec<Record>,
    octets: usize,
}

impl Increment {
    /// From `old` to `new`; none where these are not two versions of one zone, or
    /// `new` is not the later one (RFC 1982).
    pub fn between(old: &ServedZone, new: &ServedZone) -> Option<Self> {
        let serials = (old.serial(), new.serial());
        if old.origin() != new.origin() || !serial::is_later(serials.1, serials.0) {
            return None;
        }
        let removed = records_without(old, new)?;
        let added = records_without(new, old)?;
        let octets = removed.iter().chain(&added).map(octets_of).sum();
        Some(Self {
            serials,
            removed,
            added,
            octets,
        })
    }

    /// The serial of the version that it begins with.
    pub fn from(&self) -> u32 {
        self.serials.0
    }

    /// The serial of the version that it makes of it.
    pub fn to(&self) -> u32 {
        self.serials.1
    }

    /// The difference sequence of RFC 1995 §4: the old SOA record, the records that go,
    /// the new SOA record, the records that come.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.removed.iter().chain(&self.added)
    }

    /// Octets of these records in wire form, names not compressed.
    pub fn octets(&self) -> usize {
        self.octets
    }
}

impl ServedZone {
    /// Octets of all records in wire form, names not compressed.
    pub fn octets(&self) -> usize {
        let sets = self.sets().map(|set| {
            let data = set.set.data.iter().chain(set.rrsigs);
            data.map(|data| octets(set.owner, data)).sum::<usize>()
        });
        sets.sum()
    }
}

fn octets_of(record: &Record) -> usize {
    octets(&record.owner, &record.data)
}

fn octets(owner: &Name, data: &Rdata) -> usize {
    owner.as_wire().len() + RECORD_OCTETS + data.as_wire().len()
}

/// The SOA record of `zone`, and what else it has that `other` has not. None where it
/// has no SOA record.
fn records_without(zone: &ServedZone, other: &ServedZone) -> Option<Vec<Record>> {
    let soa = zone.get(zone.origin(), Rtype::SOA)?;
    let mut found: Vec<Record> = Vec::from([Record {
        owner: zone.origin().clone(),
        rtype: Rtype::SOA,
        ttl: soa.set.ttl,
        data: soa.set.first()?.clone(),
    }]);
    for (owner, name) in zone.names() {
        let counterpart = other.name(owner);
        if counterpart == Some(name) {
            continue;
        }
        let theirs = counterpart.map(rows).unwrap_or_default();
        let rows = rows(name).into_iter();
        let missing = rows.filter(|row| row.0 != Rtype::SOA && !theirs.contains(row));
        found.extend(missing.map(|(rtype, ttl, data)| Record {
            owner: owner.clone(),
            rtype,
            ttl,
            data,
        }));
    }
    Some(found)
}

/// The records of a name. One with another TTL is another record.
fn rows(name: &ServedName) -> BTreeSet<(Rtype, u32, Rdata)> {
    let mut rows = BTreeSet::new();
    name.each_record(
        |_| true,
        |rtype, ttl, data| {
            rows.insert((rtype, ttl, data.clone()));
        },
    );
    rows
}

#[cfg(test)]
mod tests;
