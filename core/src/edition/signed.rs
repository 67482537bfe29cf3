//! A zone as published: every set with its signature. A value of this type
//! has been verified in full, or was made here from verified parts.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use super::ZoneKeys;
use super::draft::Draft;
use super::rrsig::{self, Rrsig};
use crate::basic::{PublicKey, Time};
use crate::zone::{Contents, Name, Rdata, Record, RecordSet, Rtype, SetKey};

/// Where a name stands in its zone, which decides what of it is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The apex: all of it is signed.
    Apex,
    /// A delegated name: DS, NSEC and NSEC3 are signed; NS, and addresses beside
    /// it, are not.
    Delegation,
    /// Below a delegation: nothing is signed, and it is not in the chain.
    Host,
    /// Authoritative data: all of it is signed.
    Inside,
    /// The owner of an NSEC3 record, and nothing else: no name of the zone (RFC 5155 §7.2.8).
    Hashed,
}

impl Standing {
    /// Whether sets of this type have a signature here (RFC 4035 §2.2).
    pub fn signs(self, rtype: Rtype) -> bool {
        match self {
            Self::Apex | Self::Inside | Self::Hashed => true,
            Self::Delegation => matches!(rtype, Rtype::DS | Rtype::NSEC | Rtype::NSEC3),
            Self::Host => false,
        }
    }
}

/// A record set with its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The set.
    pub set: RecordSet,
    /// Its signature by the zone's signing key, or by the one before it; none where
    /// it has none.
    pub rrsig: Option<Rrsig>,
    /// Of the DNSKEY set, its signatures by other keys.
    pub others: Vec<Rrsig>,
}

impl Held {
    pub(super) fn unsigned(set: RecordSet) -> Self {
        Self {
            set,
            rrsig: None,
            others: Vec::new(),
        }
    }

    /// All its signatures.
    pub fn rrsigs(&self) -> impl Iterator<Item = &Rrsig> {
        self.rrsig.iter().chain(&self.others)
    }
}

/// All sets of one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameSets {
    /// Where the name stands.
    pub standing: Standing,
    /// The sets by type.
    pub sets: BTreeMap<Rtype, Held>,
}

impl NameSets {
    /// The types for the name's NSEC record, in ascending order (RFC 4035
    /// §2.3: at a delegation, not those of addresses). RRSIG and NSEC are
    /// always there, and ZONEMD at the apex.
    pub(super) fn types_in_chain(&self) -> Vec<Rtype> {
        let is_glue = |rtype: &Rtype| rtype.is_glue() && self.standing == Standing::Delegation;
        let own = self.sets.keys().filter(|rtype| !is_glue(rtype)).copied();
        let mut types: Vec<Rtype> = own.chain([Rtype::RRSIG, Rtype::NSEC]).collect();
        if self.standing == Standing::Apex {
            types.push(Rtype::ZONEMD);
        }
        types.sort_unstable();
        types.dedup();
        types
    }

    /// See [`each_record`].
    pub(super) fn each_record(
        &self,
        owner: &Name,
        origin: &Name,
        covered: impl Fn(Rtype) -> bool,
        each: impl FnMut(Rtype, u32, &Rdata),
    ) {
        let rrsigs = |rtype, held: &_| rrsig_rdatas(origin, (owner, rtype), held);
        each_record(&self.sets, covered, (|held| &held.set, rrsigs), each);
    }
}

/// Gives `each` the records of one name in canonical order (RFC 4034 §6), RRSIG records
/// among them, of those sets that are `covered`. What is held of each type has a set, and
/// the data of its RRSIG records in canonical order.
pub(crate) fn each_record<'a, H>(
    sets: &'a BTreeMap<Rtype, H>,
    covered: impl Fn(Rtype) -> bool,
    (set, rrsigs): (
        impl Fn(&'a H) -> &'a RecordSet,
        impl Fn(Rtype, &'a H) -> Vec<Rdata>,
    ),
    mut each: impl FnMut(Rtype, u32, &Rdata),
) {
    let sets = || sets.iter().filter(|(rtype, _)| covered(**rtype));
    let (before, after) = (
        sets().filter(|(rtype, _)| **rtype < Rtype::RRSIG),
        sets().filter(|(rtype, _)| **rtype > Rtype::RRSIG),
    );
    for (rtype, held) in before {
        for data in &set(held).data {
            each(*rtype, set(held).ttl, data);
        }
    }
    // RRSIG data begins with the type it covers, so this is their order.
    for (rtype, held) in sets() {
        for data in rrsigs(*rtype, held) {
            each(Rtype::RRSIG, set(held).ttl, &data);
        }
    }
    for (rtype, held) in after {
        for data in &set(held).data {
            each(*rtype, set(held).ttl, data);
        }
    }
}

/// A record set of a signed zone.
#[derive(Clone, Copy, Debug)]
pub struct SignedSet<'a> {
    /// The owner name.
    pub owner: &'a Name,
    /// The record type.
    pub rtype: Rtype,
    /// The set.
    pub set: &'a RecordSet,
    held: &'a Held,
    origin: &'a Name,
}

impl SignedSet<'_> {
    /// Its signatures: one, or none, or of the DNSKEY set several.
    pub fn rrsigs(&self) -> impl Iterator<Item = &Rrsig> {
        self.held.rrsigs()
    }

    /// The data of the set's RRSIG records in canonical order; their TTL is the
    /// set's (RFC 4034 §3).
    pub fn rrsig_rdatas(&self) -> Vec<Rdata> {
        rrsig_rdatas(self.origin, (self.owner, self.rtype), self.held)
    }

    /// The records of the set, then its RRSIG records.
    pub fn records(&self) -> Vec<Record> {
        let record = |rtype, data| Record {
            owner: self.owner.clone(),
            rtype,
            ttl: self.set.ttl,
            data,
        };
        let set = self.set.data.iter();
        let set = set.map(|data| record(self.rtype, data.clone()));
        let rrsigs = self.rrsig_rdatas().into_iter();
        set.chain(rrsigs.map(|data| record(Rtype::RRSIG, data)))
            .collect()
    }
}

fn rrsig_rdatas(origin: &Name, (owner, rtype): (&Name, Rtype), held: &Held) -> Vec<Rdata> {
    let set = (owner, rtype, held.set.ttl);
    let mut rdatas: Vec<Rdata> = held
        .rrsigs()
        .map(|rrsig| rrsig::rdata(origin, set, rrsig))
        .collect();
    rdatas.sort_unstable();
    rdatas
}

/// A whole signed zone that keeps every rule: its keys, the exact NSEC chain,
/// a signature by the strict rule over each set that needs one and over no
/// other, and a ZONEMD digest that is right. A clone shares the zone.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedZone(Arc<Inner>);

#[derive(PartialEq, Eq)]
struct Inner {
    draft: Draft,
    zonemd: [u8; 48],
    first_expiration: Time,
}

impl SignedZone {
    /// A zone whose every part the caller has verified. Expirations are
    /// seconds modulo 2^32, nearest to `now`.
    pub(super) fn of_verified(draft: Draft, zonemd: [u8; 48], now: Time) -> Self {
        let sets = draft.names.values().flat_map(|names| names.sets.values());
        let rrsigs = sets.flat_map(Held::rrsigs);
        let first_expiration = rrsigs.map(|rrsig| rrsig.expires(now)).min().unwrap_or(now);
        Self(Arc::new(Inner {
            draft,
            zonemd,
            first_expiration,
        }))
    }

    /// The zone's origin: the name of its apex.
    pub fn origin(&self) -> &Name {
        &self.0.draft.origin
    }

    /// The serial in the SOA record.
    pub fn serial(&self) -> u32 {
        self.0.draft.serial
    }

    /// Its keys.
    pub fn keys(&self) -> &ZoneKeys {
        &self.0.draft.keys
    }

    /// The keys whose trust anchor verifies it, the signing one first; never empty.
    pub fn anchors(&self) -> Vec<PublicKey> {
        self.keys().anchors()
    }

    /// The digest in the ZONEMD record.
    pub fn zonemd(&self) -> [u8; 48] {
        self.0.zonemd
    }

    /// When the first signature of the zone ends.
    pub fn first_expiration(&self) -> Time {
        self.0.first_expiration
    }

    /// The set of this name and type.
    pub fn get(&self, name: &Name, rtype: Rtype) -> Option<SignedSet<'_>> {
        let (owner, sets) = self.names().get_key_value(name)?;
        Some(self.signed_set(owner, rtype, sets.sets.get(&rtype)?))
    }

    /// All sets of a name.
    pub fn name(&self, name: &Name) -> Option<&NameSets> {
        self.names().get(name)
    }

    /// All names that have records, in canonical order.
    pub fn names(&self) -> &BTreeMap<Name, NameSets> {
        &self.0.draft.names
    }

    /// Whether the name exists: it has records, or names below it do
    /// (RFC 8020 §2).
    pub fn exists(&self, name: &Name) -> bool {
        let next = self.names().range(name..).next();
        next.is_some_and(|(next, _)| next.is_at_or_below(name))
    }

    /// The delegated name at or above `name`.
    pub fn cut(&self, name: &Name) -> Option<&Name> {
        let cut = |above| {
            self.names()
                .get_key_value(&above)
                .filter(|(_, sets)| sets.standing == Standing::Delegation)
        };
        name.and_ancestors().find_map(cut).map(|(cut, _)| cut)
    }

    /// All sets in canonical order, RRSIG records apart.
    pub fn sets(&self) -> impl Iterator<Item = SignedSet<'_>> {
        self.names().iter().flat_map(move |(owner, sets)| {
            let sets = sets.sets.iter();
            sets.map(move |(rtype, held)| self.signed_set(owner, *rtype, held))
        })
    }

    /// All records in canonical order (RFC 4034 §6), RRSIG records among
    /// them: for transfers and files.
    pub fn records(&self) -> impl Iterator<Item = Record> {
        self.names().iter().flat_map(|(owner, sets)| {
            let mut records = Vec::new();
            let origin = self.origin();
            sets.each_record(
                owner,
                origin,
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

    /// Whether this zone is an edition of these contents, whatever their
    /// serial.
    pub fn publishes(&self, contents: &Contents) -> bool {
        let given = Draft::new(contents, self.serial(), self.keys());
        let zonemd = SetKey::new(self.origin(), Rtype::ZONEMD);
        let published = self
            .sets()
            .filter(|set| set.rtype != zonemd.rtype || *set.owner != zonemd.owner);
        let given = given.names.iter().flat_map(|(owner, sets)| {
            let sets = sets.sets.iter();
            sets.map(move |(rtype, held)| (owner, *rtype, &held.set))
        });
        published
            .map(|set| (set.owner, set.rtype, set.set))
            .eq(given)
    }

    fn signed_set<'a>(&'a self, owner: &'a Name, rtype: Rtype, held: &'a Held) -> SignedSet<'a> {
        SignedSet {
            owner,
            rtype,
            set: &held.set,
            held,
            origin: self.origin(),
        }
    }
}

impl fmt::Debug for SignedZone {
    /// A zone is too long to print: its origin and serial.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedZone({} {})", self.origin(), self.serial())
    }
}
