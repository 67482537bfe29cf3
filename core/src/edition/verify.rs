//! Verification of a whole zone from bare records, wherever they come from.
//! Everything derived is derived again and compared, so that nothing can be
//! there, or be missing, that the rules do not ask for.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::mem;

use super::draft::Draft;
use super::rrsig::{self, Unattributed, Verifier, time_left_s};
use super::{Dnskey, EditionRefusal, Item, Rrsig, SignedZone, ZoneKeys, zonemd};
use crate::basic::{PublicKey, Time};
use crate::limits;
use crate::zone::{
    Contents, Name, Rdata, Record, RecordSet, Rtype, SetKey, ZoneRefusal, is_derived,
};

impl SignedZone {
    /// The zone that these records are, if it keeps every rule: the contents'
    /// structure; a DNSKEY set signed by one of these trust anchors; one valid
    /// signature by a key of that set over each other set that needs one; the exact
    /// NSEC chain; the right digest.
    ///
    /// # Errors
    /// The first rule that the records break.
    pub fn verify(
        origin: &Name,
        anchors: &[PublicKey],
        records: impl IntoIterator<Item = Record>,
        now: Time,
    ) -> Result<Self, EditionRefusal> {
        let mut sorted = Sorted::default();
        for record in records {
            sorted.insert(record)?;
        }
        let contents = Contents::build(origin, mem::take(&mut sorted.contents))?;
        let zonemd = SetKey::new(origin, Rtype::ZONEMD);
        let stated = sorted
            .derived
            .remove(&zonemd)
            .ok_or(EditionRefusal::Missing {
                set: zonemd.clone(),
            })?;
        let found = FoundKeys::of(origin, &sorted, now)?;
        let signed = sorted.rrsigs.get(&zonemd).map_or(&[][..], Vec::as_slice);
        let signer = found.one(&zonemd, &stated, signed)?;
        let (keys, own) = found.zone_keys(signer.by, &sorted, anchors)?;
        let mut draft = Draft::new(&contents, contents.serial(), &keys);
        check_derived(&draft, sorted.derived)?;
        draft.insert_zonemd(stated.clone(), None);
        attach_signatures(&mut draft, sorted.rrsigs, (&found, own))?;
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
    rrsigs: BTreeMap<SetKey, Vec<Found>>,
}

/// An RRSIG record as found.
struct Found {
    ttl: u32,
    data: Rdata,
    rrsig: Unattributed,
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
        let Some(rrsig) = Unattributed::parse(&data) else {
            return Err(EditionRefusal::BadRrsig { owner });
        };
        let rtype = rrsig.covered;
        let set = SetKey { owner, rtype };
        let signed = self.rrsigs.entry(set.clone()).or_default();
        // Only the DNSKEY set may have the signatures of several keys.
        let signed_max = match rtype {
            Rtype::DNSKEY => limits::ZONE_KEYS_MAX,
            _ => 1,
        };
        if signed.len() >= signed_max {
            return Err(EditionRefusal::SignedTwice { set });
        }
        signed.push(Found { ttl, data, rrsig });
        Ok(())
    }
}

/// The derived sets are those of the draft, no more and no less.
fn check_derived(
    draft: &Draft,
    mut found: BTreeMap<SetKey, RecordSet>,
) -> Result<(), EditionRefusal> {
    let sets = draft.names.iter().flat_map(|(owner, names)| {
        let sets = names.sets.iter();
        sets.map(move |(rtype, held)| (owner, *rtype, held))
    });
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

/// The keys that the records name, ready to verify.
struct FoundKeys<'a> {
    origin: &'a Name,
    now: Time,
    keys: Vec<(Dnskey, Verifier)>,
}

impl<'a> FoundKeys<'a> {
    fn of(origin: &'a Name, sorted: &Sorted, now: Time) -> Result<Self, EditionRefusal> {
        let set = SetKey::new(origin, Rtype::DNSKEY);
        let Some(found) = sorted.derived.get(&set) else {
            return Err(EditionRefusal::Missing { set });
        };
        if found.data.len() > limits::ZONE_KEYS_MAX {
            return Err(EditionRefusal::BadKey { set });
        }
        let keys: Option<Vec<Dnskey>> = found.data.iter().map(Dnskey::parse).collect();
        let keys = keys.ok_or(EditionRefusal::BadKey { set })?;
        Ok(Self {
            origin,
            now,
            keys: keys
                .into_iter()
                .map(|key| (key, Verifier::of(key)))
                .collect(),
        })
    }

    /// The keys of the zone, if one of these anchors signed the set of them; and the
    /// signing key's signature of the set.
    fn zone_keys(
        &self,
        signer: Dnskey,
        sorted: &Sorted,
        anchors: &[PublicKey],
    ) -> Result<(ZoneKeys, Option<Rrsig>), EditionRefusal> {
        let set = SetKey::new(self.origin, Rtype::DNSKEY);
        let keys = self.keys.iter().map(|(key, _)| *key);
        let keys = ZoneKeys::new(keys, signer);
        let record_set = keys.record_set();
        let mut ahead: Vec<Rrsig> = Vec::new();
        for found in sorted.rrsigs.get(&set).into_iter().flatten() {
            // A key that is revoked says so itself (RFC 5011 §2.1).
            let may_sign = |by: Dnskey| by.is_anchor();
            let rrsig = self.verified(&set, &record_set, found, may_sign)?;
            if ahead.iter().any(|other| other.by == rrsig.by) {
                return Err(EditionRefusal::SignedTwice { set });
            }
            ahead.push(rrsig);
        }
        let is_trusted =
            |rrsig: &Rrsig| !rrsig.by.is_revoked() && anchors.contains(&rrsig.by.key());
        if ahead.is_empty() {
            return Err(EditionRefusal::NotSigned { set });
        }
        if !ahead.iter().any(is_trusted) {
            return Err(EditionRefusal::NoAnchor { set });
        }
        let own = ahead.iter().position(|rrsig| rrsig.by == signer);
        let own = own.map(|at| ahead.remove(at));
        Ok((keys.with(ahead), own))
    }

    /// The one signature of a set other than the DNSKEY set.
    fn one(
        &self,
        set: &SetKey,
        record_set: &RecordSet,
        found: &[Found],
    ) -> Result<Rrsig, EditionRefusal> {
        let [found] = found else {
            return Err(EditionRefusal::NotSigned { set: set.clone() });
        };
        self.verified(set, record_set, found, |by| !by.is_revoked())
    }

    /// The signature with the key that made it.
    fn verified(
        &self,
        set: &SetKey,
        record_set: &RecordSet,
        found: &Found,
        may_sign: impl Fn(Dnskey) -> bool,
    ) -> Result<Rrsig, EditionRefusal> {
        let place = (&set.owner, set.rtype, record_set.ttl);
        let keys = self.keys.iter().filter(|(key, _)| may_sign(*key));
        let candidates = keys.filter_map(|(key, verifier)| {
            let rrsig = found.rrsig.by(*key)?;
            let is_same = rrsig::rdata(self.origin, place, &rrsig) == found.data;
            (is_same && found.ttl == record_set.ttl).then_some((rrsig, verifier))
        });
        let mut refusal = EditionRefusal::RrsigDiffers { set: set.clone() };
        for (rrsig, verifier) in candidates {
            check_validity(set, &rrsig, self.now)?;
            let item = Item {
                key: set.clone(),
                by: rrsig.by,
                inception: rrsig.inception,
                expiration: rrsig.expiration,
            };
            let message = rrsig::message(self.origin, &item, record_set);
            if verifier.accepts(&message, &rrsig.signature) {
                return Ok(rrsig);
            }
            // Two keys can have one tag.
            refusal = EditionRefusal::BadSignature { set: set.clone() };
        }
        Err(refusal)
    }
}

/// Gives each set its signature, each verified, none left over.
fn attach_signatures(
    draft: &mut Draft,
    mut found: BTreeMap<SetKey, Vec<Found>>,
    (keys, own): (&FoundKeys<'_>, Option<Rrsig>),
) -> Result<(), EditionRefusal> {
    // Those of the DNSKEY set have been verified, the others' are where they belong.
    found.remove(&SetKey::new(keys.origin, Rtype::DNSKEY));
    for (owner, rtype, held) in draft.signable_mut() {
        let set = SetKey::new(owner, rtype);
        held.rrsig = Some(match rtype {
            Rtype::DNSKEY => own.clone().ok_or(EditionRefusal::NotSigned { set })?,
            _ => {
                let signed = found.remove(&set).unwrap_or_default();
                keys.one(&set, &held.set, &signed)?
            }
        });
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
