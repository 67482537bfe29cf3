//! A zone as name servers give it out, whoever signed it: every set with the
//! RRSIG records beside it. That it was verified is said by the types that it
//! comes from: [`SignedZone`], ours, and [`crate::upstream::UpstreamZone`].

mod increment;

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use crate::edition::signed::each_record;
use crate::edition::{SignedZone, Standing, serial};
use crate::hashed::{Hash, Hashing, of_owner};
use crate::zone::{Name, Rdata, Record, RecordSet, Rtype};

pub use increment::Increment;

/// A record set with its signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithSignatures {
    /// The set.
    pub set: RecordSet,
    /// The data of the RRSIG records that cover it, in canonical order. Their TTL is
    /// the set's (RFC 4034 §3).
    pub rrsigs: Vec<Rdata>,
}

impl WithSignatures {
    /// A set without any.
    pub(crate) fn none(set: RecordSet) -> Self {
        let rrsigs = Vec::new();
        Self { set, rrsigs }
    }
}

/// All sets of one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedName {
    /// Where the name stands.
    pub standing: Standing,
    /// The sets by type; RRSIG is none of them.
    pub sets: BTreeMap<Rtype, WithSignatures>,
}

/// A record set in its zone.
#[derive(Clone, Copy, Debug)]
pub struct ServedSet<'a> {
    /// The owner name.
    pub owner: &'a Name,
    /// The record type.
    pub rtype: Rtype,
    /// The set.
    pub set: &'a RecordSet,
    /// The data of its RRSIG records.
    pub rrsigs: &'a [Rdata],
}

/// A whole zone. A clone shares it.
#[derive(Clone, PartialEq, Eq)]
pub struct ServedZone(Arc<Inner>);

#[derive(PartialEq, Eq)]
struct Inner {
    origin: Name,
    serial: u32,
    names: BTreeMap<Name, ServedName>,
    hashed: Option<Hashed>,
}

/// The hashed names of a zone with NSEC3 records.
#[derive(PartialEq, Eq)]
struct Hashed {
    hashing: Hashing,
    owners: BTreeMap<Hash, Name>,
}

impl ServedZone {
    /// The zone of these names, which the caller has verified or made.
    pub(crate) fn of(origin: &Name, names: BTreeMap<Name, ServedName>) -> Self {
        let apex = names
            .get(origin)
            .and_then(|apex| apex.sets.get(&Rtype::SOA));
        let soa = apex.and_then(|soa| soa.set.first());
        Self(Arc::new(Inner {
            origin: origin.clone(),
            serial: soa.map_or(0, serial::of_soa),
            hashed: Hashed::of(origin, &names),
            names,
        }))
    }

    /// The zone's origin: the name of its apex.
    pub fn origin(&self) -> &Name {
        &self.0.origin
    }

    /// The serial in the SOA record.
    pub fn serial(&self) -> u32 {
        self.0.serial
    }

    /// All names that have records, in canonical order.
    pub fn names(&self) -> &BTreeMap<Name, ServedName> {
        &self.0.names
    }

    /// All sets of a name.
    pub fn name(&self, name: &Name) -> Option<&ServedName> {
        self.names().get(name)
    }

    /// The set of this name and type.
    pub fn get(&self, name: &Name, rtype: Rtype) -> Option<ServedSet<'_>> {
        let (owner, sets) = self.names().get_key_value(name)?;
        Some(served(owner, rtype, sets.sets.get(&rtype)?))
    }

    /// The NSEC set whose owner is `name`, or comes before it in the chain
    /// and so proves that there is no such name. None for a name outside of
    /// the zone.
    pub fn nsec_covering(&self, name: &Name) -> Option<ServedSet<'_>> {
        if !name.is_at_or_below(self.origin()) {
            return None;
        }
        self.names().range(..=name).rev().find_map(|(owner, sets)| {
            let nsec = sets.sets.get(&Rtype::NSEC)?;
            Some(served(owner, Rtype::NSEC, nsec))
        })
    }

    /// Whether absent names are proved by hashed names (RFC 5155).
    pub fn is_hashed(&self) -> bool {
        self.0.hashed.is_some()
    }

    /// How the zone hashes names; none where it does not.
    pub(crate) fn hashing(&self) -> Option<&Hashing> {
        self.0.hashed.as_ref().map(|hashed| &hashed.hashing)
    }

    /// The NSEC3 set for this name, if there is one.
    pub fn nsec3_matching(&self, name: &Name) -> Option<ServedSet<'_>> {
        let Hashed { hashing, owners } = self.0.hashed.as_ref()?;
        self.get(owners.get(&hashing.hash(name))?, Rtype::NSEC3)
    }

    /// The NSEC3 set that covers this name, and so proves that there is no record for it.
    /// None where there is one.
    pub fn nsec3_covering(&self, name: &Name) -> Option<ServedSet<'_>> {
        let Hashed { hashing, owners } = self.0.hashed.as_ref()?;
        let hash = hashing.hash(name);
        if owners.contains_key(&hash) {
            return None;
        }
        let before = owners.range(..hash).next_back().or(owners.last_key_value());
        self.get(before?.1, Rtype::NSEC3)
    }

    /// All sets in canonical order, RRSIG records apart.
    pub fn sets(&self) -> impl Iterator<Item = ServedSet<'_>> {
        self.names().iter().flat_map(|(owner, sets)| {
            let sets = sets.sets.iter();
            sets.map(move |(rtype, set)| served(owner, *rtype, set))
        })
    }

    /// All records in canonical order (RFC 4034 §6), RRSIG records among
    /// them: for transfers, files and digests.
    pub fn records(&self) -> impl Iterator<Item = Record> {
        self.names().iter().flat_map(|(owner, sets)| {
            let mut records = Vec::new();
            sets.each_record(
                |_| true,
                |rtype, ttl, data| {
                    records.push(Record {
                        owner: owner.clone(),
                        rtype,
                        ttl,
                        data: data.clone(),
                    });
                },
            );
            records
        })
    }
}

impl Hashed {
    fn of(origin: &Name, names: &BTreeMap<Name, ServedName>) -> Option<Self> {
        let parameters = names.get(origin)?.sets.get(&Rtype::NSEC3PARAM)?;
        let hashing = Hashing::parse(parameters.set.first()?)?;
        let has = |sets: &ServedName| sets.sets.contains_key(&Rtype::NSEC3);
        let owners = names.iter().filter(|(_, sets)| has(sets));
        let owners =
            owners.filter_map(|(owner, _)| Some((of_owner(owner, origin)?, owner.clone())));
        Some(Self {
            hashing,
            owners: owners.collect(),
        })
    }
}

impl ServedName {
    /// Gives `each` the records in canonical order, RRSIG records among them, of
    /// those sets that are `covered`.
    pub(crate) fn each_record(
        &self,
        covered: impl Fn(Rtype) -> bool,
        each: impl FnMut(Rtype, u32, &Rdata),
    ) {
        let rrsigs = |_, with: &WithSignatures| with.rrsigs.clone();
        each_record(&self.sets, covered, (|with| &with.set, rrsigs), each);
    }
}

fn served<'a>(owner: &'a Name, rtype: Rtype, with: &'a WithSignatures) -> ServedSet<'a> {
    ServedSet {
        owner,
        rtype,
        set: &with.set,
        rrsigs: &with.rrsigs,
    }
}

impl From<&SignedZone> for ServedZone {
    fn from(zone: &SignedZone) -> Self {
        let mut names: BTreeMap<Name, ServedName> = BTreeMap::new();
        for (owner, sets) in zone.names() {
            let name = ServedName {
                standing: sets.standing,
                sets: BTreeMap::new(),
            };
            names.insert(owner.clone(), name);
        }
        for set in zone.sets() {
            let with = WithSignatures {
                set: set.set.clone(),
                rrsigs: set.rrsig_rdatas(),
            };
            if let Some(name) = names.get_mut(set.owner) {
                name.sets.insert(set.rtype, with);
            }
        }
        Self::of(zone.origin(), names)
    }
}

impl From<SignedZone> for ServedZone {
    fn from(zone: SignedZone) -> Self {
        Self::from(&zone)
    }
}

impl fmt::Debug for ServedZone {
    /// A zone is too long to print: its origin and serial.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServedZone({} {})", self.origin(), self.serial())
    }
}
