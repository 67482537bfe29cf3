//! A version of a zone, from bare records and trust anchors (RFC 4035 §5, RFC 8976
//! §4): every rule that a validator would ask for somewhere, asked for everywhere.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem;

use super::sorted::{Signatures, Sorted};
use super::{Inner, UpstreamRefusal, UpstreamZone, Verification, Zonemd, digest, hashed};
use crate::basic::Time;
use crate::dnssec::{ChainRefusal, Rrsig, SignatureCheck, ZoneKey, ZoneKeys};
use crate::edition::{Standing, nsec};
use crate::hashed::Hashing;
use crate::served::{ServedName, ServedZone, WithSignatures};
use crate::zone::{Contents, Name, Record, RecordSet, Rtype, SetKey};

impl UpstreamZone {
    /// The version that these records are, if it keeps every rule.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn verify<C: SignatureCheck>(
        origin: &Name,
        records: impl IntoIterator<Item = Record>,
        how: &Verification<'_, C>,
    ) -> Result<Self, UpstreamRefusal> {
        let mut sorted = Sorted::new(origin, records)?;
        let keys = keys_at_apex(origin, &sorted)?;
        let names = standing_names(origin, &mut sorted)?;
        match hashing(origin, &names)? {
            None => check_chain(origin, &names, how.zonemd)?,
            Some(hashing) => hashed::check(origin, &names, &hashing, how.zonemd)?,
        }
        let mut signing = Signing {
            how,
            keys: zone_keys(origin, &keys),
            first_expiration: None,
        };
        let revoked = signing.check_keys(origin, &keys, &sorted.rrsigs)?;
        let names = signing.sign(names, mem::take(&mut sorted.rrsigs))?;
        let served = ServedZone::of(origin, names);
        let digest = digest::check(&served, how.zonemd)?;
        Ok(Self(Arc::new(Inner {
            first_expiration: signing.first_expiration.unwrap_or(how.now),
            served,
            contents: sorted.contents,
            keys,
            revoked,
            digest,
        })))
    }
}

/// The sets of keys at the apex (RFC 7344 §3 for the last two).
fn keys_at_apex(
    origin: &Name,
    sorted: &Sorted,
) -> Result<BTreeMap<Rtype, RecordSet>, UpstreamRefusal> {
    let set = |rtype| sorted.derived.get(&SetKey::new(origin, rtype)).cloned();
    let types = [Rtype::DNSKEY, Rtype::CDS, Rtype::CDNSKEY];
    let keys: BTreeMap<Rtype, RecordSet> = types
        .into_iter()
        .filter_map(|rtype| Some((rtype, set(rtype)?)))
        .collect();
    let zone = origin.clone();
    if !keys.contains_key(&Rtype::DNSKEY) {
        return Err(UpstreamRefusal::Unsigned { zone });
    }
    Ok(keys)
}

/// How the zone hashes names; none where it does not.
fn hashing(
    origin: &Name,
    names: &BTreeMap<Name, ServedName>,
) -> Result<Option<Hashing>, UpstreamRefusal> {
    let apex = names.get(origin);
    let set = apex.and_then(|apex| apex.sets.get(&Rtype::NSEC3PARAM));
    set.map(|with| hashed::hashing(origin, &with.set))
        .transpose()
}

/// All sets by name, without signatures yet.
fn standing_names(
    origin: &Name,
    sorted: &mut Sorted,
) -> Result<BTreeMap<Name, ServedName>, UpstreamRefusal> {
    let derived = mem::take(&mut sorted.derived);
    let all = sorted.contents.sets();
    let derived = derived.iter().map(|(key, set)| (key.clone(), set));
    let mut names = named(origin, &sorted.contents, all.chain(derived));
    hashed::set_apart(&mut names);
    let is_hashed = |apex: &ServedName| apex.sets.contains_key(&Rtype::NSEC3PARAM);
    let is_hashed = names.get(origin).is_some_and(is_hashed);
    for (owner, name) in &names {
        let misplaced = |rtype: &&Rtype| !may_stand(name.standing, **rtype, is_hashed);
        if let Some(rtype) = name.sets.keys().find(misplaced) {
            let set = SetKey::new(owner, *rtype);
            return Err(UpstreamRefusal::Misplaced { set });
        }
    }
    Ok(names)
}

/// Sets by name, each name with where it stands in these contents.
pub(super) fn named<'a>(
    origin: &Name,
    contents: &Contents,
    sets: impl Iterator<Item = (SetKey, &'a RecordSet)>,
) -> BTreeMap<Name, ServedName> {
    let mut names: BTreeMap<Name, ServedName> = BTreeMap::new();
    for (SetKey { owner, rtype }, set) in sets {
        let new = || ServedName {
            standing: standing(origin, contents, &owner),
            sets: BTreeMap::new(),
        };
        let name = names.entry(owner.clone()).or_insert_with(new);
        let with = WithSignatures::none(set.clone());
        name.sets.insert(rtype, with);
    }
    names
}

fn standing(origin: &Name, contents: &Contents, owner: &Name) -> Standing {
    if owner == origin {
        return Standing::Apex;
    }
    match contents.cut(owner) {
        Some(cut) if cut == owner => Standing::Delegation,
        Some(_) => Standing::Host,
        None => Standing::Inside,
    }
}

/// Of what is derived, whether it can stand there: at a delegation only the chain,
/// below one nothing; of the two kinds of chain only the zone's. Contents have been checked.
fn may_stand(standing: Standing, rtype: Rtype, is_hashed: bool) -> bool {
    let (chain, other) = match is_hashed {
        true => (Rtype::NSEC3, Rtype::NSEC),
        false => (Rtype::NSEC, Rtype::NSEC3),
    };
    match standing {
        Standing::Apex | Standing::Inside | Standing::Hashed => rtype != other,
        Standing::Delegation => !crate::zone::is_derived(rtype) || rtype == chain,
        Standing::Host => !crate::zone::is_derived(rtype),
    }
}

/// The chain of NSEC records goes from each name to the next, with the types that
/// are there (RFC 4034 §4.1, RFC 4035 §2.3), so that it can prove nothing else.
fn check_chain(
    origin: &Name,
    names: &BTreeMap<Name, ServedName>,
    zonemd: Zonemd,
) -> Result<(), UpstreamRefusal> {
    for (owner, next) in chain(origin, names) {
        let Some(name) = names.get(&owner) else {
            continue;
        };
        let mut types = types(name);
        let is_withheld = zonemd == Zonemd::Withheld && name.standing == Standing::Apex;
        if is_withheld && !types.contains(&Rtype::ZONEMD) {
            types.push(Rtype::ZONEMD);
            types.sort_unstable();
        }
        let expected = nsec::rdata(&next, types);
        let found = name.sets.get(&Rtype::NSEC).map(|found| &found.set.data);
        let is_right = found.is_some_and(|data| data.len() == 1 && data.contains(&expected));
        // An NSEC record alone is a name of nothing (RFC 4035 §2.3).
        if !is_right || name.sets.len() == 1 {
            return Err(UpstreamRefusal::ChainBroken { name: owner });
        }
    }
    Ok(())
}

/// Each name that stands in the chain, and the one after it.
pub(super) fn chain(origin: &Name, names: &BTreeMap<Name, ServedName>) -> Vec<(Name, Name)> {
    let is_in = |name: &ServedName| name.standing != Standing::Host;
    let chain = || names.iter().filter(|(_, name)| is_in(name));
    let chain = || chain().map(|(owner, _)| owner);
    let next = chain().skip(1).chain([origin]);
    chain().cloned().zip(next.cloned()).collect()
}

/// The zone's keys, of the sets at its apex.
pub(super) fn zone_keys(origin: &Name, keys: &BTreeMap<Rtype, RecordSet>) -> ZoneKeys {
    let set = keys.get(&Rtype::DNSKEY).into_iter();
    ZoneKeys::new(origin, set.flat_map(|set| &set.data))
}

/// The types in a name's NSEC record, in order: of a delegation not its addresses.
pub(super) fn types(name: &ServedName) -> Vec<Rtype> {
    let is_glue = |rtype: &Rtype| rtype.is_glue() && name.standing == Standing::Delegation;
    let own = name.sets.keys().copied().filter(|rtype| !is_glue(rtype));
    let mut types: Vec<Rtype> = own.chain([Rtype::RRSIG]).collect();
    types.sort_unstable();
    types
}

/// What signatures are verified with.
struct Signing<'a, C> {
    how: &'a Verification<'a, C>,
    keys: ZoneKeys,
    first_expiration: Option<Time>,
}

impl<C: SignatureCheck> Signing<'_, C> {
    /// The keys are signed by one of them that is a trust anchor. Those that are
    /// revoked and say so themselves (RFC 5011 §2.1).
    fn check_keys(
        &mut self,
        origin: &Name,
        keys: &BTreeMap<Rtype, RecordSet>,
        rrsigs: &BTreeMap<SetKey, Signatures>,
    ) -> Result<Vec<ZoneKey>, UpstreamRefusal> {
        let key = SetKey::new(origin, Rtype::DNSKEY);
        let no_signature = || UpstreamRefusal::NotSigned { set: key.clone() };
        let set = keys.get(&Rtype::DNSKEY).ok_or_else(no_signature)?;
        let found = rrsigs.get(&key).ok_or_else(no_signature)?;
        let (mut is_anchored, mut revoked) = (false, Vec::new());
        let (mut gone, mut why) = (None, None);
        for rrsig in &found.rrsigs {
            let by = self
                .keys
                .verify_revoked(&key, &set.data, rrsig, &self.how.check);
            if let Ok(by) = by {
                revoked.push(by.clone());
                continue;
            }
            let by = self
                .keys
                .verify_in_zone(&key, &set.data, rrsig, &self.how.check);
            match by.and_then(|by| rrsig.check_time(&key, self.how.now).map(|()| by)) {
                Ok(by) if self.how.anchors.trust(by) => is_anchored = true,
                Ok(by) if self.how.anchors.has_revoked(by) => gone = Some(by.tag()),
                Ok(_) => {}
                Err(refusal) => why = Some(refusal),
            }
        }
        let zone = origin.clone();
        match (is_anchored, gone) {
            (true, _) => Ok(revoked),
            (false, Some(key)) => Err(UpstreamRefusal::RevokedAnchor { zone, key }),
            (false, None) => Err(UpstreamRefusal::NoAnchor { zone, why }),
        }
    }

    /// Gives each set its signatures, each of them verified, none left over.
    fn sign(
        &mut self,
        mut names: BTreeMap<Name, ServedName>,
        mut rrsigs: BTreeMap<SetKey, Signatures>,
    ) -> Result<BTreeMap<Name, ServedName>, UpstreamRefusal> {
        for (owner, name) in &mut names {
            let standing = name.standing;
            for (rtype, with) in &mut name.sets {
                if !standing.signs(*rtype) {
                    continue;
                }
                let set = SetKey::new(owner, *rtype);
                let found = rrsigs.remove(&set);
                let found = found.ok_or_else(|| UpstreamRefusal::NotSigned { set: set.clone() })?;
                self.check_set(&set, &with.set, &found)?;
                with.rrsigs = found.rrsigs.iter().map(|it| it.rdata().clone()).collect();
            }
        }
        match rrsigs.pop_first() {
            None => Ok(names),
            Some((set, _)) => Err(UpstreamRefusal::NeedlesslySigned { set }),
        }
    }

    /// At least one signature of a set counts. Of the others, those by an algorithm that
    /// is not verified here, and those of the keys by a key that is revoked, say nothing;
    /// any else must be right as well.
    fn check_set(
        &mut self,
        key: &SetKey,
        set: &RecordSet,
        found: &Signatures,
    ) -> Result<(), UpstreamRefusal> {
        let differs = |rrsig: &Rrsig| rrsig.original_ttl != set.ttl;
        if found.ttl != set.ttl || found.rrsigs.iter().any(differs) {
            return Err(UpstreamRefusal::TtlDiffers { set: key.clone() });
        }
        let (mut counted, mut passed_over) = (false, None);
        for rrsig in &found.rrsigs {
            let by = self
                .keys
                .verify_in_zone(key, &set.data, rrsig, &self.how.check);
            match by {
                Ok(_) => {
                    rrsig.check_time(key, self.how.now)?;
                    counted = true;
                    let until = rrsig.expires(self.how.now);
                    let first = self.first_expiration.unwrap_or(until);
                    self.first_expiration = Some(first.min(until));
                }
                Err(refusal @ ChainRefusal::AlgorithmRefused { .. }) => passed_over = Some(refusal),
                Err(refusal @ ChainRefusal::KeyRevoked { .. }) if key.rtype == Rtype::DNSKEY => {
                    passed_over = Some(refusal);
                }
                Err(refusal) => return Err(refusal.into()),
            }
        }
        match (counted, passed_over) {
            (false, Some(refusal)) => Err(refusal.into()),
            (false, None) => Err(UpstreamRefusal::NotSigned { set: key.clone() }),
            (true, _) => Ok(()),
        }
    }
}
