//! The chain of a zone with NSEC3 records, all of it (RFC 5155 §7.1): one record for each
//! name and each empty name above one, for no other, each with the next hash and the
//! right types, so that it can prove nothing else. Under opt-out, delegations without
//! a DS set may lack theirs.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::{UpstreamRefusal, Zonemd};
use crate::edition::Standing;
use crate::hashed::{Hash, Hashing, Nsec3, of_owner};
use crate::limits;
use crate::served::ServedName;
use crate::zone::{Name, Rdata, RecordSet, Rtype};

/// Why the hashed names of a zone are not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashingFault {
    /// There are several chains at once.
    Several,
    /// Another hash than SHA-1, or flags that nobody knows.
    Unknown,
    /// Hashes are hashed again more often than the limit (RFC 9276 §3.1 asks for zero).
    Iterations(u16),
}

/// How a zone hashes names: its NSEC3PARAM set says so.
pub(super) fn hashing(origin: &Name, set: &RecordSet) -> Result<Hashing, UpstreamRefusal> {
    let refuse = |why| UpstreamRefusal::Nsec3 {
        zone: origin.clone(),
        why,
    };
    let mut data = set.data.iter();
    let (Some(first), None) = (data.next(), data.next()) else {
        return Err(refuse(HashingFault::Several));
    };
    let hashing = Hashing::parse(first).ok_or_else(|| refuse(HashingFault::Unknown))?;
    match hashing.iterations() {
        count if count > limits::NSEC3_ITERATIONS_MAX => {
            Err(refuse(HashingFault::Iterations(count)))
        }
        _ => Ok(hashing),
    }
}

/// Says of each name that has nothing but an NSEC3 record that it is no name of the zone.
pub(super) fn set_apart(names: &mut BTreeMap<Name, ServedName>) {
    for name in names.values_mut() {
        let is_hashed = name.sets.keys().all(|rtype| *rtype == Rtype::NSEC3);
        if is_hashed && name.standing == Standing::Inside {
            name.standing = Standing::Hashed;
        }
    }
}

/// What a record is needed for.
struct Need {
    name: Name,
    types: Vec<Rtype>,
    /// Only delegations without a DS set need it.
    is_insecure: bool,
}

/// A record that is there.
struct Found<'a> {
    owner: &'a Name,
    data: &'a Rdata,
    is_opt_out: bool,
}

/// The chain is that of these names and types.
pub(super) fn check(
    origin: &Name,
    names: &BTreeMap<Name, ServedName>,
    hashing: &Hashing,
    zonemd: Zonemd,
) -> Result<(), UpstreamRefusal> {
    let found = found(origin, names, hashing)?;
    let needs = needs(origin, names, hashing, zonemd)?;
    let next = found.keys().skip(1).chain(found.keys().next());
    for ((hash, record), next) in found.iter().zip(next) {
        let need = needs.get(hash).ok_or_else(|| broken(record.owner))?;
        let types = need.types.iter().copied();
        if *record.data != hashing.rdata(record.is_opt_out, next, types) {
            return Err(broken(&need.name));
        }
    }
    for (hash, need) in &needs {
        if found.contains_key(hash) {
            continue;
        }
        let before = found
            .range::<Hash, _>(..hash)
            .next_back()
            .or(found.last_key_value());
        let is_left_out = before.is_some_and(|(_, record)| record.is_opt_out);
        if !need.is_insecure || !is_left_out {
            return Err(broken(&need.name));
        }
    }
    Ok(())
}

fn broken(name: &Name) -> UpstreamRefusal {
    UpstreamRefusal::HashedChainBroken { name: name.clone() }
}

/// The records that are there, by hash.
fn found<'a>(
    origin: &Name,
    names: &'a BTreeMap<Name, ServedName>,
    hashing: &Hashing,
) -> Result<BTreeMap<Hash, Found<'a>>, UpstreamRefusal> {
    let mut found = BTreeMap::new();
    for (owner, name) in names {
        let Some(set) = name.sets.get(&Rtype::NSEC3) else {
            continue;
        };
        let refuse = || broken(owner);
        let hash = of_owner(owner, origin).ok_or_else(refuse)?;
        let mut all = set.set.data.iter();
        let (Some(data), None) = (all.next(), all.next()) else {
            return Err(refuse());
        };
        let nsec3 = Nsec3::parse(data).filter(|it| it.hashing == *hashing);
        let record = Found {
            owner,
            data,
            is_opt_out: nsec3.ok_or_else(refuse)?.is_opt_out,
        };
        found.insert(hash, record);
    }
    Ok(found)
}

/// What needs a record, by hash.
fn needs(
    origin: &Name,
    names: &BTreeMap<Name, ServedName>,
    hashing: &Hashing,
    zonemd: Zonemd,
) -> Result<BTreeMap<Hash, Need>, UpstreamRefusal> {
    let mut needs = BTreeMap::new();
    // Two names with one hash: then one record would speak for both.
    let mut insert = |need: Need| match needs.insert(hashing.hash(&need.name), need) {
        None => Ok(()),
        Some(other) => Err(broken(&other.name)),
    };
    for (owner, name) in names.iter().filter(|(_, name)| is_in(name)) {
        insert(Need {
            name: owner.clone(),
            types: types(name, zonemd),
            is_insecure: is_insecure(name),
        })?;
    }
    for (name, is_insecure) in empty(origin, names)? {
        insert(Need {
            name,
            types: Vec::new(),
            is_insecure,
        })?;
    }
    Ok(needs)
}

/// Whether a name is one of the zone.
fn is_in(name: &ServedName) -> bool {
    !matches!(name.standing, Standing::Host | Standing::Hashed)
}

fn is_insecure(name: &ServedName) -> bool {
    name.standing == Standing::Delegation && !name.sets.contains_key(&Rtype::DS)
}

/// The names that have nothing but others below them, and whether all of those are
/// delegations without a DS set (RFC 5155 §7.1).
fn empty(
    origin: &Name,
    names: &BTreeMap<Name, ServedName>,
) -> Result<BTreeMap<Name, bool>, UpstreamRefusal> {
    let mut empty: BTreeMap<Name, bool> = BTreeMap::new();
    for (owner, name) in names.iter().filter(|(_, name)| is_in(name)) {
        let is_insecure = is_insecure(name);
        let above = owner.and_ancestors().skip(1);
        for above in above.take_while(|above| above != origin && above.is_at_or_below(origin)) {
            // A name above says the same itself, and has no delegation below it.
            if names.get(&above).is_some_and(is_in) {
                break;
            }
            match empty.get_mut(&above) {
                Some(before) => *before &= is_insecure,
                None => _ = empty.insert(above, is_insecure),
            }
            if empty.len() > limits::ZONE_RECORDS_MAX {
                return Err(UpstreamRefusal::TooManyRecords);
            }
        }
    }
    Ok(empty)
}

/// The types in a name's NSEC3 record, in order: of a delegation not its addresses, and
/// not of the record itself. RRSIG is one of them only if something else is signed.
fn types(name: &ServedName, zonemd: Zonemd) -> Vec<Rtype> {
    let is_glue = |rtype: &Rtype| rtype.is_glue() && name.standing == Standing::Delegation;
    let own = name.sets.keys().copied();
    let own = own.filter(|rtype| !is_glue(rtype) && *rtype != Rtype::NSEC3);
    let mut types: Vec<Rtype> = own.collect();
    if types.iter().any(|rtype| name.standing.signs(*rtype)) {
        types.push(Rtype::RRSIG);
    }
    if name.standing == Standing::Apex && zonemd == Zonemd::Withheld {
        types.push(Rtype::ZONEMD);
    }
    types.sort_unstable();
    types.dedup();
    types
}
