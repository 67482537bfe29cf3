//! Verification of a whole zone from bare records, wherever they come from.
//! Everything derived is derived again and compared, so that nothing can be
//! there, or be missing, that the rules do not ask for.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::draft::Draft;
use super::rrsig::{self, time_left_s};
use super::{Dnskey, EditionRefusal, Item, Rrsig, SignedZone, zonemd};
use crate::basic::{PublicKey, Time};
use crate::zone::{
    Contents, Name, Rdata, Record, RecordSet, Rtype, SetKey, ZoneRefusal, is_derived,
};

impl SignedZone {
    /// The zone that these records are, if it keeps every rule: the
    /// contents' structure; this key alone; one valid signature over each
    /// set that needs one; the exact NSEC chain; the right digest.
    ///
    /// # Errors
    /// The first rule that the records break.
    pub fn verify(
        origin: &Name,
        key: PublicKey,
        records: impl IntoIterator<Item = Record>,
        now: Time,
    ) -> Result<Self, EditionRefusal> {
        let mut sorted = Sorted::default();
        for record in records {
            sorted.insert(record)?;
        }
        let contents = Contents::build(origin, sorted.contents)?;
        let mut draft = Draft::new(&contents, contents.serial(), Dnskey(key));
        let zonemd = SetKey::new(origin, Rtype::ZONEMD);
        let stated = sorted
            .derived
            .remove(&zonemd)
            .ok_or(EditionRefusal::Missing {
                set: zonemd.clone(),
            })?;
        check_derived(&draft, sorted.derived)?;
        draft.insert_zonemd(stated.clone(), None);
        attach_signatures(&mut draft, sorted.rrsigs, now)?;
        let digest = draft.digest();
        if stated != RecordSet::of_one(draft.soa_ttl(), zonemd::rdata(draft.serial, &digest)) {
            return Err(EditionRefusal::DigestDiffers {
                origin: origin.clone(),
            });
        }
        Ok(Self::of_verified(draft, digest, now))
    }
}

/// Records by what becomes of them.
#[derive(Default)]
struct Sorted {
    contents: Vec<Record>,
    derived: BTreeMap<SetKey, RecordSet>,
    rrsigs: BTreeMap<SetKey, Found>,
}

/// An RRSIG record as found.
struct Found {
    ttl: u32,
    data: Rdata,
    rrsig: Rrsig,
}

impl Sorted {
    fn insert(&mut self, record: Record) -> Result<(), EditionRefusal> {
        if record.rtype == Rtype::RRSIG {
            return self.insert_rrsig(record);
        }
        if !is_derived(record.rtype) {
            self.contents.push(record);
            return Ok(());
        }
        let Record {
            owner,
            rtype,
            ttl,
            data,
        } = record;
        let key = SetKey { owner, rtype };
        match self.derived.get_mut(&key) {
            None => {
                self.derived.insert(key, RecordSet::of_one(ttl, data));
            }
            Some(set) if set.ttl != ttl => return Err(ZoneRefusal::TtlClash { set: key }.into()),
            Some(set) => {
                let text = data.to_text(rtype);
                if !set.data.insert(data) {
                    return Err(ZoneRefusal::DuplicateRecord {
                        set: key,
                        data: text,
                    }
                    .into());
                }
            }
        }
        Ok(())
    }

    fn insert_rrsig(&mut self, record: Record) -> Result<(), EditionRefusal> {
        let Record {
            owner, ttl, data, ..
        } = record;
        let Some((rtype, rrsig)) = rrsig::parse(&data) else {
            return Err(EditionRefusal::BadRrsig { owner });
        };
        let key = SetKey { owner, rtype };
        let found = Found { ttl, data, rrsig };
        match self.rrsigs.insert(key.clone(), found) {
            None => Ok(()),
            Some(_) => Err(EditionRefusal::SignedTwice { set: key }),
        }
    }
}

/// The derived sets are those of the draft, no more and no less.
fn check_derived(
    draft: &Draft,
    mut found: BTreeMap<SetKey, RecordSet>,
) -> Result<(), EditionRefusal> {
    let sets = draft.signable();
    for (owner, rtype, held) in sets.filter(|(_, rtype, _)| is_derived(*rtype)) {
        let set = SetKey::new(owner, rtype);
        match found.remove(&set) {
            None => return Err(EditionRefusal::Missing { set }),
            Some(found) if found != held.set => return Err(EditionRefusal::Differs { set }),
            Some(_) => {}
        }
    }
    match found.pop_first() {
        None => Ok(()),
        Some((set, _)) => Err(EditionRefusal::Unexpected { set }),
    }
}

/// Gives each set its signature, each verified, none left over.
fn attach_signatures(
    draft: &mut Draft,
    mut found: BTreeMap<SetKey, Found>,
    now: Time,
) -> Result<(), EditionRefusal> {
    let signer = draft.signer.clone();
    let verifier = signer.verifier();
    for (owner, rtype, held) in draft.signable_mut() {
        let set = SetKey::new(owner, rtype);
        let Some(Found { ttl, data, rrsig }) = found.remove(&set) else {
            return Err(EditionRefusal::NotSigned { set });
        };
        if ttl != held.set.ttl || data != signer.rdata(owner, rtype, ttl, &rrsig) {
            return Err(EditionRefusal::RrsigDiffers { set });
        }
        check_validity(&set, &rrsig, now)?;
        let item = Item {
            key: set,
            inception: rrsig.inception,
            expiration: rrsig.expiration,
        };
        if !verifier.accepts(&signer.message(&item, &held.set), &rrsig.signature) {
            return Err(EditionRefusal::BadSignature { set: item.key });
        }
        held.rrsig = Some(rrsig);
    }
    match found.pop_first() {
        None => Ok(()),
        Some((set, _)) => Err(EditionRefusal::NeedlesslySigned { set }),
    }
}

/// RFC 4035 §5.3.1: not before inception, not after expiration.
fn check_validity(set: &SetKey, rrsig: &Rrsig, now: Time) -> Result<(), EditionRefusal> {
    if time_left_s(rrsig.inception, now) > 0 {
        return Err(EditionRefusal::NotYetValid {
            set: set.clone(),
            from: rrsig.begins(now),
        });
    }
    if time_left_s(rrsig.expiration, now) < 0 {
        return Err(EditionRefusal::Expired {
            set: set.clone(),
            until: rrsig.expires(now),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
