//! A version without some of its changes, under the upstream's own signatures: the
//! sets that are held are those of before, with the signatures that they had, and
//! everything else is the new version's. No digest fits that, so there is none, though the
//! signed chain says that there is one.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

use super::verify::{self, chain, named, types};
use super::{UpstreamRefusal, UpstreamZone, Zonemd, hashed};
use crate::basic::Time;
use crate::dnssec::{Rrsig, SignatureCheck, ZoneKeys};
use crate::edition::{Standing, nsec};
use crate::explain::{Explanation, Version};
use crate::hashed::Hashing;
use crate::served::{ServedName, ServedZone, WithSignatures};
use crate::zone::{Change, Contents, Name, RecordSet, Rtype, SetKey, ZoneRefusal, is_derived};

/// What is in effect of a version: all of it, or all but the changes that are held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buffered {
    /// The zone.
    pub zone: ServedZone,
    /// Its contents.
    pub contents: Contents,
    /// The keys at its apex, which are the version's.
    pub keys: BTreeMap<Rtype, RecordSet>,
    /// When the first signature of what is held ends; none where nothing of it is signed.
    pub until: Option<Time>,
}

impl Buffered {
    /// All of a version.
    pub fn whole(version: &UpstreamZone) -> Self {
        Self {
            zone: version.served().clone(),
            contents: version.contents().clone(),
            keys: version.version().keys.clone(),
            until: None,
        }
    }

    /// It as it is compared with others.
    pub fn version(&self) -> Version<'_> {
        Version {
            contents: &self.contents,
            keys: &self.keys,
        }
    }
}

/// Why changes cannot be held alone. The version as a whole can, for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CannotHold {
    /// A set that the zone's keys or its operator make: the whole zone hangs on it.
    Derived(SetKey),
    /// What stays does not fit what is new.
    Structure(ZoneRefusal),
    /// There is no signature of a set as it was that is valid by the present keys.
    NotSigned(SetKey),
    /// There is no signed NSEC or NSEC3 record that goes from this name to the next.
    ChainBroken(Name),
}

/// The newest version without these changes. `before` is what was served until now.
///
/// # Errors
/// Where the upstream's signatures do not let them be held.
pub fn hold(
    before: &ServedZone,
    newest: &UpstreamZone,
    held: &[&Explanation],
    (now, check): (Time, &impl SignatureCheck),
) -> Result<Buffered, CannotHold> {
    let changes: Vec<Change> = held
        .iter()
        .flat_map(|explanation| explanation.sets.iter())
        .filter(|change| change.old != change.new)
        .map(|change| change.clone().reversed())
        .collect();
    let derived = |change: &&Change| is_derived(change.rtype) || change.rtype == Rtype::SOA;
    if let Some(change) = changes.iter().find(derived) {
        let set = SetKey::new(&change.name, change.rtype);
        return Err(CannotHold::Derived(set));
    }
    let contents = newest
        .contents()
        .with(&changes)
        .map_err(CannotHold::Structure)?;
    let origin = newest.origin();
    let mut names = named(origin, &contents, contents.sets());
    insert_derived(newest, &mut names);
    match newest.served().hashing() {
        None => insert_chain(before, newest, &mut names)?,
        Some(hashing) => insert_hashed_chain(newest, hashing, &mut names)?,
    }
    let signing = Signing {
        before,
        newest,
        keys: verify::zone_keys(origin, newest.version().keys),
        now,
    };
    let until = signing.sign(&mut names, check)?;
    let zone = ServedZone::of(origin, names);
    Ok(Buffered {
        zone,
        contents,
        keys: newest.version().keys.clone(),
        until,
    })
}

/// The new version's keys and whatever else is derived but for chain and digest.
fn insert_derived(newest: &UpstreamZone, names: &mut BTreeMap<Name, ServedName>) {
    let apart = |rtype| matches!(rtype, Rtype::NSEC | Rtype::ZONEMD);
    for set in newest.served().sets() {
        if is_derived(set.rtype)
            && !apart(set.rtype)
            && let Some(name) = names.get_mut(set.owner)
        {
            name.sets
                .insert(set.rtype, WithSignatures::none(set.set.clone()));
        }
    }
}

/// Gives each name the NSEC record that it needs: the new version's, or that of before.
fn insert_chain(
    before: &ServedZone,
    newest: &UpstreamZone,
    names: &mut BTreeMap<Name, ServedName>,
) -> Result<(), CannotHold> {
    let origin = newest.origin();
    let has_digest = newest.served().get(origin, Rtype::ZONEMD).is_some();
    for (owner, next) in chain(origin, names) {
        let Some(name) = names.get_mut(&owner) else {
            continue;
        };
        let digest = (owner == *origin && has_digest).then_some(Rtype::ZONEMD);
        let mut types: Vec<Rtype> = types(name)
            .into_iter()
            .chain([Rtype::NSEC])
            .chain(digest)
            .collect();
        types.sort_unstable();
        let expected = nsec::rdata(&next, types);
        let fits = |zone: &ServedZone| {
            let set = zone.get(&owner, Rtype::NSEC)?;
            let is_it = set.set.data.len() == 1 && set.set.data.contains(&expected);
            is_it.then(|| set.set.clone())
        };
        let set = fits(newest.served()).or_else(|| fits(before));
        let set = set.ok_or_else(|| CannotHold::ChainBroken(owner.clone()))?;
        name.sets.insert(Rtype::NSEC, WithSignatures::none(set));
    }
    Ok(())
}

/// Of a zone with NSEC3 records the new version's chain, which must fit all the same: sets
/// can be held, but no name that was added or removed.
fn insert_hashed_chain(
    newest: &UpstreamZone,
    hashing: &Hashing,
    names: &mut BTreeMap<Name, ServedName>,
) -> Result<(), CannotHold> {
    let sets = newest.served().sets();
    for set in sets.filter(|set| set.rtype == Rtype::NSEC3) {
        let new = || ServedName {
            standing: Standing::Inside,
            sets: BTreeMap::new(),
        };
        let name = names.entry(set.owner.clone()).or_insert_with(new);
        let with = WithSignatures::none(set.set.clone());
        name.sets.insert(Rtype::NSEC3, with);
    }
    hashed::set_apart(names);
    let origin = newest.origin();
    let zonemd = match newest.served().get(origin, Rtype::ZONEMD) {
        Some(_) => Zonemd::Withheld,
        None => Zonemd::IfThere,
    };
    match hashed::check(origin, names, hashing, zonemd) {
        Err(UpstreamRefusal::HashedChainBroken { name }) => Err(CannotHold::ChainBroken(name)),
        Err(_) => Err(CannotHold::ChainBroken(origin.clone())),
        Ok(()) => Ok(()),
    }
}

struct Signing<'a> {
    before: &'a ServedZone,
    newest: &'a UpstreamZone,
    keys: ZoneKeys,
    now: Time,
}

impl Signing<'_> {
    /// Gives each set its signatures: the new version's where the set is its own, those
    /// of before else, each verified again by the present keys. When the first of those
    /// ends.
    fn sign(
        &self,
        names: &mut BTreeMap<Name, ServedName>,
        check: &impl SignatureCheck,
    ) -> Result<Option<Time>, CannotHold> {
        let mut until: Option<Time> = None;
        for (owner, name) in names {
            for (rtype, with) in &mut name.sets {
                if !name.standing.signs(*rtype) {
                    continue;
                }
                let new = self.newest.served().get(owner, *rtype);
                if let Some(new) = new.filter(|new| *new.set == with.set) {
                    with.rrsigs = new.rrsigs.to_vec();
                    continue;
                }
                let key = SetKey::new(owner, *rtype);
                let (rrsigs, end) = self.of_before(&key, &with.set, check)?;
                with.rrsigs = rrsigs;
                until = Some(until.map_or(end, |until| until.min(end)));
            }
        }
        Ok(until)
    }

    /// The signatures of a set as it was, and until when one of them is valid.
    fn of_before(
        &self,
        key: &SetKey,
        set: &RecordSet,
        check: &impl SignatureCheck,
    ) -> Result<(Vec<crate::zone::Rdata>, Time), CannotHold> {
        let none = || CannotHold::NotSigned(key.clone());
        let old = self.before.get(&key.owner, key.rtype);
        let old = old.filter(|old| *old.set == *set).ok_or_else(none)?;
        let rrsigs = old.rrsigs.iter().filter_map(Rrsig::parse);
        let valid = rrsigs.filter(|rrsig| {
            let by = self.keys.verify_in_zone(key, &set.data, rrsig, check);
            by.is_ok() && rrsig.check_time(key, self.now).is_ok()
        });
        let valid: Vec<Rrsig> = valid.collect();
        let until = valid.iter().map(|rrsig| rrsig.expires(self.now)).max();
        let rrsigs = valid.iter().map(|rrsig| rrsig.rdata().clone()).collect();
        Ok((rrsigs, until.ok_or_else(none)?))
    }
}

impl fmt::Display for CannotHold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Derived(set) => write!(f, "the whole zone hangs on {set}"),
            Self::Structure(refusal) => write!(f, "what stays does not fit what is new: {refusal}"),
            Self::NotSigned(set) => {
                write!(f, "no signature of {set} as it was is valid any more")
            }
            Self::ChainBroken(name) => {
                write!(
                    f,
                    "no signed NSEC or NSEC3 record goes from {name} to the next name"
                )
            }
        }
    }
}

impl core::error::Error for CannotHold {}
