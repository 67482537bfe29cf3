//! Chains: the keys of a zone, from cut to cut the DS set and keys of the zone
//! below, and in the end the set that is proved (RFC 4035 §5, RFC 9102 §3).
//!
//! A chain has one encoding: its sets in that order, each as its records in
//! canonical order and then its RRSIG records in canonical order, every record
//! in the form of RFC 8976 §3.3.1 with the TTL that is signed.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::{Anchor, ChainRefusal, ProvenChain, Rrsig, SignatureCheck, ZoneKeys};
use crate::limits;
use crate::zone::wire::{compose_record, split_record};
use crate::zone::{Name, Rdata, Record, RecordSet, Rtype, SetKey};

/// A record set and signatures of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    key: SetKey,
    set: RecordSet,
    signatures: Vec<Rrsig>,
}

impl Link {
    /// A record set with the data of RRSIG records over it. Its TTL becomes
    /// the one that is signed.
    ///
    /// # Errors
    /// Where there are no or too many records or signatures, or a signature
    /// is not one of this set.
    pub fn new(
        key: SetKey,
        data: BTreeSet<Rdata>,
        signatures: &BTreeSet<Rdata>,
    ) -> Result<Self, ChainRefusal> {
        let set = || key.clone();
        if data.is_empty() {
            return Err(ChainRefusal::EmptySet { set: set() });
        }
        if data.len() > limits::CHAIN_SET_RECORDS_MAX {
            return Err(ChainRefusal::TooManyRecords { set: set() });
        }
        if signatures.len() > limits::CHAIN_SIGNATURES_MAX {
            return Err(ChainRefusal::TooManySignatures { set: set() });
        }
        let signatures: Vec<Rrsig> = signatures
            .iter()
            .map(|data| Rrsig::parse(data).ok_or(ChainRefusal::BadRrsig { set: set() }))
            .collect::<Result<_, _>>()?;
        let Some(first) = signatures.first() else {
            return Err(ChainRefusal::NotSigned { set: set() });
        };
        let ttl = first.original_ttl;
        for rrsig in &signatures {
            if rrsig.covered != key.rtype {
                return Err(ChainRefusal::CoversOther {
                    set: set(),
                    covered: rrsig.covered,
                });
            }
            if rrsig.original_ttl != ttl {
                return Err(ChainRefusal::TtlDiffers { set: set() });
            }
        }
        Ok(Self {
            key,
            set: RecordSet { ttl, data },
            signatures,
        })
    }

    /// Which set it is.
    pub fn key(&self) -> &SetKey {
        &self.key
    }

    /// The records.
    pub fn set(&self) -> &RecordSet {
        &self.set
    }

    /// Their signatures.
    pub fn signatures(&self) -> &[Rrsig] {
        &self.signatures
    }

    fn compose(&self, octets: &mut Vec<u8>) {
        let Self {
            key: SetKey { owner, rtype },
            set: RecordSet { ttl, data },
            signatures,
        } = self;
        for data in data {
            compose_record(octets, owner, *rtype, *ttl, data);
        }
        for rrsig in signatures {
            compose_record(octets, owner, Rtype::RRSIG, *ttl, rrsig.rdata());
        }
    }

    /// Its keys, where it is a DNSKEY set.
    fn keys(&self) -> ZoneKeys {
        ZoneKeys::new(&self.key.owner, &self.set.data)
    }
}

/// A zone cut below a zone of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cut {
    /// The DS set, of the zone above.
    ds: Link,
    /// The DNSKEY set, of the zone below.
    keys: Link,
}

/// A proof by signatures, in form; that they hold is for [`Chain::prove`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The DNSKEY set of the zone that all begins with.
    top: Link,
    cuts: Vec<Cut>,
    target: Link,
}

impl Chain {
    /// A chain of these links in this order.
    ///
    /// # Errors
    /// Where a link cannot stand at its place, or there are too many, or
    /// their octets are.
    pub fn new(links: impl IntoIterator<Item = Link>) -> Result<Self, ChainRefusal> {
        let mut links = links.into_iter();
        let top = links.next().ok_or(ChainRefusal::NotWhole)?;
        if top.key.rtype != Rtype::DNSKEY {
            return Err(out_of_place(&top));
        }
        let mut cuts: Vec<Cut> = Vec::new();
        loop {
            let link = links.next().ok_or(ChainRefusal::NotWhole)?;
            let zone = cuts.last().map_or(&top, |cut| &cut.keys).key.owner.clone();
            if link.key.rtype != Rtype::DS {
                return Self {
                    top,
                    cuts,
                    target: link,
                }
                .checked(&zone, links.next());
            }
            if cuts.len() == limits::CHAIN_CUTS_MAX {
                return Err(ChainRefusal::TooManyCuts);
            }
            let keys = links.next().ok_or(ChainRefusal::NotWhole)?;
            cuts.push(Cut::new(&zone, link, keys)?);
        }
    }

    /// The rules about what comes last, and about the whole.
    fn checked(self, zone: &Name, behind: Option<Link>) -> Result<Self, ChainRefusal> {
        if let Some(behind) = behind {
            return Err(out_of_place(&behind));
        }
        let SetKey { owner, rtype } = &self.target.key;
        if matches!(*rtype, Rtype::DNSKEY | Rtype::RRSIG) || !owner.is_at_or_below(zone) {
            return Err(out_of_place(&self.target));
        }
        // Which DS set the top is judged by is known only later, so that its
        // keys may all say that they are here; anything else needs one.
        let below = self.links().skip(1);
        if let Some(link) = below.into_iter().find(|link| link.signatures.len() > 1) {
            return Err(ChainRefusal::TooManySignatures {
                set: link.key.clone(),
            });
        }
        if self.to_octets().len() > limits::CHAIN_OCTETS_MAX {
            return Err(ChainRefusal::TooLarge);
        }
        Ok(self)
    }

    /// The chain that `octets` are. Accepts only what [`Chain::to_octets`]
    /// makes.
    ///
    /// # Errors
    /// Where they are not the one encoding of a chain.
    pub fn from_octets(octets: &[u8]) -> Result<Self, ChainRefusal> {
        if octets.len() > limits::CHAIN_OCTETS_MAX {
            return Err(ChainRefusal::TooLarge);
        }
        let mut records: Vec<Record> = Vec::new();
        let mut rest = octets;
        while !rest.is_empty() {
            let offset = octets.len() - rest.len();
            let (record, after) = split_record(rest).ok_or(ChainRefusal::BadWire { offset })?;
            records.push(record);
            rest = after;
        }
        let mut links = Vec::new();
        let mut records = records.as_slice();
        while let [first, ..] = records {
            let key = SetKey::new(&first.owner, first.rtype);
            if key.rtype == Rtype::RRSIG {
                return Err(ChainRefusal::OutOfPlace { set: key });
            }
            let (data, ttl) = take_set(&mut records, &key, &key)?;
            let of_rrsigs = SetKey::new(&first.owner, Rtype::RRSIG);
            let (signatures, rrsig_ttl) = take_set(&mut records, &of_rrsigs, &key)?;
            let link = Link::new(key, data, &signatures)?;
            if [ttl, rrsig_ttl] != [Some(link.set.ttl); 2] {
                return Err(ChainRefusal::TtlDiffers { set: link.key });
            }
            links.push(link);
        }
        Self::new(links)
    }

    /// The one encoding.
    pub fn to_octets(&self) -> Vec<u8> {
        let mut octets = Vec::new();
        for link in self.links() {
            link.compose(&mut octets);
        }
        octets
    }

    /// The links in their order.
    pub fn links(&self) -> impl Iterator<Item = &Link> {
        let Self { top, cuts, target } = self;
        let cuts = cuts.iter().flat_map(|cut| [&cut.ds, &cut.keys]);
        core::iter::once(top)
            .chain(cuts)
            .chain(core::iter::once(target))
    }

    /// What the chain proves: every signature of it holds, and every cut's
    /// DS set names the key that signed the keys below it.
    ///
    /// # Errors
    /// The first link that does not hold, from the top.
    pub fn prove(&self, check: &impl SignatureCheck) -> Result<ProvenChain, ChainRefusal> {
        let Self { top, cuts, target } = self;
        let mut keys = top.keys();
        let mut anchors = Vec::new();
        for rrsig in &top.signatures {
            anchors.push(Anchor {
                key: keys.verify(&top.key, &top.set.data, rrsig, check)?.clone(),
                rrsig: rrsig.clone(),
            });
        }
        for Cut { ds, keys: below } in cuts {
            verify(&keys, ds, check)?;
            keys = below.keys();
            for rrsig in &below.signatures {
                let signer = keys.verify(&below.key, &below.set.data, rrsig, check)?;
                signer.check_named(keys.zone(), &ds.set.data)?;
            }
        }
        verify(&keys, target, check)?;
        let below = self.links().skip(1);
        let below =
            below.filter_map(|link| Some((link.key.clone(), link.signatures.first()?.clone())));
        Ok(ProvenChain {
            zone: top.key.owner.clone(),
            anchors,
            signer: keys.zone().clone(),
            target: target.key.clone(),
            set: target.set.clone(),
            below: below.collect(),
        })
    }
}

impl Cut {
    fn new(zone: &Name, ds: Link, keys: Link) -> Result<Self, ChainRefusal> {
        if ds.key.owner == *zone || !ds.key.owner.is_at_or_below(zone) {
            return Err(out_of_place(&ds));
        }
        if keys.key != SetKey::new(&ds.key.owner, Rtype::DNSKEY) {
            return Err(out_of_place(&keys));
        }
        Ok(Self { ds, keys })
    }
}

fn verify(keys: &ZoneKeys, link: &Link, check: &impl SignatureCheck) -> Result<(), ChainRefusal> {
    for rrsig in &link.signatures {
        keys.verify(&link.key, &link.set.data, rrsig, check)?;
    }
    Ok(())
}

fn out_of_place(link: &Link) -> ChainRefusal {
    ChainRefusal::OutOfPlace {
        set: link.key.clone(),
    }
}

/// The data of the records of this key at the front, and their TTL; `set` is
/// what they are said to be of. None of them makes an empty set.
fn take_set(
    records: &mut &[Record],
    key: &SetKey,
    set: &SetKey,
) -> Result<(BTreeSet<Rdata>, Option<u32>), ChainRefusal> {
    let mut data = BTreeSet::new();
    let mut ttl = None;
    while let [first, rest @ ..] = *records {
        if first.owner != key.owner || first.rtype != key.rtype {
            break;
        }
        if data.last().is_some_and(|last| *last >= first.data) {
            return Err(ChainRefusal::OutOfOrder { set: set.clone() });
        }
        if *ttl.get_or_insert(first.ttl) != first.ttl {
            return Err(ChainRefusal::TtlDiffers { set: set.clone() });
        }
        data.insert(first.data.clone());
        *records = rest;
    }
    Ok((data, ttl))
}
