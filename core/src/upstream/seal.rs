//! A zone signed anew by a local key: what was verified, and nothing else, under
//! signatures that a resolver of one's own can be told to trust.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::{digest, verify};
use crate::basic::Time;
use crate::dnssec::ZoneKey;
use crate::dnssec::rrsig::on_the_wire;
use crate::edition::{nsec, serial, zonemd};
use crate::served::{ServedName, ServedZone, WithSignatures};
use crate::zone::wire::compose_record;
use crate::zone::{Contents, Name, Rdata, RecordSet, Rtype};

/// From when to when signatures are valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The first second.
    pub inception: Time,
    /// The last second.
    pub expiration: Time,
}

/// Signs these contents, under a serial, with one key for all, which is the trust anchor:
/// the chain of NSEC records, the DNSKEY set and the ZONEMD digest are made here. `sign` gives a
/// signature's octets as RRSIG data has them.
///
/// # Errors
/// What `sign` says where it cannot.
pub fn seal<E>(
    (contents, serial): (&Contents, u32),
    key: &ZoneKey,
    validity: Validity,
    mut sign: impl FnMut(&[u8]) -> Result<Vec<u8>, E>,
) -> Result<ServedZone, E> {
    let origin = contents.origin();
    let soa = contents.get(origin, Rtype::SOA);
    let (soa_ttl, negative_ttl) = soa.map_or((0, 0), |soa| (soa.ttl, serial::negative_ttl(soa)));
    let mut names = verify::named(origin, contents, contents.sets());
    let insert = |names: &mut BTreeMap<Name, ServedName>, rtype, set| {
        if let Some(apex) = names.get_mut(origin) {
            apex.sets.insert(rtype, WithSignatures::none(set));
        }
    };
    if let Some(soa) = soa {
        let data = soa.first().map(|data| serial::replaced(data, serial));
        let data = data.into_iter().collect();
        insert(&mut names, Rtype::SOA, RecordSet { ttl: soa.ttl, data });
    }
    insert(
        &mut names,
        Rtype::DNSKEY,
        RecordSet::of_one(soa_ttl, key.rdata().clone()),
    );
    // The chain names the digest's type before there is one.
    let nothing = zonemd::rdata(serial, &[0; 48]);
    insert(
        &mut names,
        Rtype::ZONEMD,
        RecordSet::of_one(soa_ttl, nothing),
    );
    insert_chain(origin, &mut names, negative_ttl);
    let signing = Signing {
        origin,
        key,
        validity,
    };
    for (owner, name) in &mut names {
        let standing = name.standing;
        for (rtype, with) in &mut name.sets {
            let is_digest = owner == origin && *rtype == Rtype::ZONEMD;
            if standing.signs(*rtype) && !is_digest {
                with.rrsigs = [signing.rrsig((owner, *rtype), &with.set, &mut sign)?].into();
            }
        }
    }
    let digest = digest::of(&ServedZone::of(origin, names.clone()));
    let set = RecordSet::of_one(soa_ttl, zonemd::rdata(serial, &digest));
    let rrsig = signing.rrsig((origin, Rtype::ZONEMD), &set, &mut sign)?;
    if let Some(apex) = names.get_mut(origin) {
        let rrsigs = [rrsig].into();
        apex.sets
            .insert(Rtype::ZONEMD, WithSignatures { set, rrsigs });
    }
    Ok(ServedZone::of(origin, names))
}

fn insert_chain(origin: &Name, names: &mut BTreeMap<Name, ServedName>, ttl: u32) {
    for (owner, next) in verify::chain(origin, names) {
        if let Some(name) = names.get_mut(&owner) {
            let types: BTreeSet<Rtype> = verify::types(name)
                .into_iter()
                .chain([Rtype::NSEC])
                .collect();
            let set = RecordSet::of_one(ttl, nsec::rdata(&next, types));
            name.sets.insert(Rtype::NSEC, WithSignatures::none(set));
        }
    }
}

struct Signing<'a> {
    origin: &'a Name,
    key: &'a ZoneKey,
    validity: Validity,
}

impl Signing<'_> {
    /// The RRSIG data of a set (RFC 4034 §3.1).
    fn rrsig<E>(
        &self,
        (owner, rtype): (&Name, Rtype),
        set: &RecordSet,
        sign: &mut impl FnMut(&[u8]) -> Result<Vec<u8>, E>,
    ) -> Result<Rdata, E> {
        let Validity {
            inception,
            expiration,
        } = self.validity;
        let labels = owner.label_count() - u8::from(owner.is_wildcard());
        let mut head = rtype.to_int().to_be_bytes().to_vec();
        head.extend_from_slice(&[self.key.algorithm(), labels]);
        head.extend_from_slice(&set.ttl.to_be_bytes());
        head.extend_from_slice(&on_the_wire(expiration).to_be_bytes());
        head.extend_from_slice(&on_the_wire(inception).to_be_bytes());
        head.extend_from_slice(&self.key.tag().to_be_bytes());
        head.extend_from_slice(self.origin.as_wire());
        let mut message = head.clone();
        for data in &set.data {
            compose_record(&mut message, owner, rtype, set.ttl, data);
        }
        head.extend_from_slice(&sign(&message)?);
        Ok(Rdata::from_canonical(&head))
    }
}
