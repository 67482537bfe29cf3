//! Bare records, sorted: contents, what is derived, and signatures, each with the
//! set that it belongs to.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::UpstreamRefusal;
use crate::dnssec::Rrsig;
use crate::limits;
use crate::zone::{
    Contents, Name, Rdata, Record, RecordSet, Rtype, SetKey, ZoneRefusal, is_derived,
};

/// The records of a version by what they are.
#[derive(Debug)]
pub(super) struct Sorted {
    /// What is not derived.
    pub(super) contents: Contents,
    /// What is, but for signatures.
    pub(super) derived: BTreeMap<SetKey, RecordSet>,
    /// The signatures by what they cover.
    pub(super) rrsigs: BTreeMap<SetKey, Signatures>,
}

/// The RRSIG records of a set.
#[derive(Debug)]
pub(super) struct Signatures {
    pub(super) ttl: u32,
    pub(super) rrsigs: Vec<Rrsig>,
}

impl Sorted {
    /// Sorts records, and checks the structure of the contents.
    pub(super) fn new(
        origin: &Name,
        records: impl IntoIterator<Item = Record>,
    ) -> Result<Self, UpstreamRefusal> {
        let mut plain = Vec::new();
        let mut derived = BTreeMap::new();
        let mut rrsigs = BTreeMap::new();
        // A whole zone's records, its signatures and its chain.
        let mut left = limits::ZONE_RECORDS_MAX.saturating_mul(3);
        for record in records {
            left = left.checked_sub(1).ok_or(UpstreamRefusal::TooManyRecords)?;
            if !record.owner.is_at_or_below(origin) {
                return Err(UpstreamRefusal::OutOfZone {
                    owner: record.owner,
                });
            }
            match record.rtype {
                Rtype::RRSIG => insert_rrsig(&mut rrsigs, record)?,
                rtype if is_derived(rtype) => insert(&mut derived, record)?,
                _ => plain.push(record),
            }
        }
        for signatures in rrsigs.values_mut() {
            let Signatures { rrsigs, .. } = signatures;
            rrsigs.sort_by(|a, b| a.rdata().cmp(b.rdata()));
        }
        Ok(Self {
            contents: Contents::build(origin, plain)?,
            derived,
            rrsigs,
        })
    }
}

fn insert(sets: &mut BTreeMap<SetKey, RecordSet>, record: Record) -> Result<(), UpstreamRefusal> {
    let Record {
        owner,
        rtype,
        ttl,
        data,
    } = record;
    let key = SetKey { owner, rtype };
    let set = sets.entry(key.clone()).or_insert_with(|| RecordSet {
        ttl,
        data: BTreeSet::new(),
    });
    if set.ttl != ttl {
        return Err(ZoneRefusal::TtlClash { set: key }.into());
    }
    if set.data.len() >= limits::SET_RECORDS_MAX {
        return Err(ZoneRefusal::SetTooLarge { set: key }.into());
    }
    if set.data.contains(&data) {
        let data = data.to_text(rtype);
        return Err(ZoneRefusal::DuplicateRecord { set: key, data }.into());
    }
    set.data.insert(data);
    Ok(())
}

fn insert_rrsig(
    sets: &mut BTreeMap<SetKey, Signatures>,
    record: Record,
) -> Result<(), UpstreamRefusal> {
    let Record {
        owner, ttl, data, ..
    } = record;
    let Some(rrsig) = Rrsig::parse(&data) else {
        return Err(UpstreamRefusal::BadRrsig { owner });
    };
    let set = SetKey {
        owner,
        rtype: rrsig.covered,
    };
    let signatures = sets.entry(set.clone()).or_insert_with(|| Signatures {
        ttl,
        rrsigs: Vec::new(),
    });
    if signatures.ttl != ttl {
        return Err(UpstreamRefusal::TtlDiffers { set });
    }
    if signatures.rrsigs.len() >= limits::UPSTREAM_SIGNATURES_MAX {
        return Err(UpstreamRefusal::TooManySignatures { set });
    }
    let is_same = |other: &Rrsig| *other.rdata() == data;
    if signatures.rrsigs.iter().any(is_same) {
        let data = Rdata::to_text(&data, Rtype::RRSIG);
        return Err(ZoneRefusal::DuplicateRecord { set, data }.into());
    }
    signatures.rrsigs.push(rrsig);
    Ok(())
}
