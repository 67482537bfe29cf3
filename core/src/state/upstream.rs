//! How a root follows its upstream (invariant 12): what nobody holds is as upstream
//! has it, what somebody holds as its holder has it, and every difference is listed
//! with its reason and its end.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde::Serialize;

use super::{Founded, digest_of_sets, present_digest};
use crate::basic::{Digest, Time};
use crate::edition::serial;
use crate::guard::Verdict;
use crate::holder::HolderId;
use crate::limits;
use crate::zone::{Change, Contents, Name, RecordSet, Rtype, difference};

/// What upstream had when members last said so, and how far this zone has followed.
#[derive(Clone)]
pub struct FollowedUpstream {
    /// Its SOA serial.
    pub serial: u32,
    /// Digest of its contents in wire form.
    pub digest: Digest,
    /// Its contents.
    pub contents: Contents,
    /// What came of the members' verdicts.
    pub verdict: Verdict,
    /// Position of the act; of the founding act at first.
    pub position: u64,
    /// Names whose changes fewer than the threshold let pass, with the codes of the
    /// members' reasons.
    pub held: BTreeMap<Name, BTreeSet<String>>,
    /// The names in which this zone differs from it, by the acts so far.
    pub(super) apart: BTreeMap<Name, Apart>,
}

/// A name that is not as upstream has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Apart {
    /// Ledger time since when; anew where upstream changes it again.
    since: Option<Time>,
    /// Digest of the name as upstream has it.
    upstream: Digest,
}

/// A difference between this root and its upstream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Divergence {
    /// The name: the zone's own, or one right below it.
    pub name: Name,
    /// Ledger time since when; none where no act has noted it yet.
    pub since: Option<Time>,
    /// Why.
    #[serde(flatten)]
    pub reason: DivergenceReason,
    /// Ledger time at which it ends by itself; none where somebody has to act.
    pub until: Option<Time>,
    /// From this zone to upstream.
    pub changes: Vec<Change>,
}

/// Why a name is not as upstream has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum DivergenceReason {
    /// What stands at the zone's own name is voted.
    Apex,
    /// A holder decides, and has not consented.
    Holder {
        /// Who.
        holder: HolderId,
    },
    /// Fewer than the threshold of members let the change pass.
    Held {
        /// The codes of their reasons.
        because: BTreeSet<String>,
    },
    /// Names that somebody holds use a host whose addresses go: they have notice.
    Notice {
        /// Which.
        names: Vec<Name>,
    },
    /// It cannot be followed beside what the holders of other names have.
    InUse {
        /// The rule of the zone that says so.
        because: String,
    },
}

impl fmt::Display for DivergenceReason {
    /// Why, for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |names: &[Name]| {
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            names.join(", ")
        };
        match self {
            Self::Apex => f.write_str("what stands at the zone's own name is voted"),
            Self::Holder { holder } => {
                write!(f, "holder {holder} decides, and has not consented")
            }
            Self::Held { because } => {
                let because: Vec<&str> = because.iter().map(String::as_str).collect();
                let because = because.join(", ");
                write!(
                    f,
                    "fewer than the threshold of members let it pass: {because}"
                )
            }
            Self::Notice { names } => {
                let names = list(names);
                write!(
                    f,
                    "the holders of {names} use a host whose addresses go: they have notice"
                )
            }
            Self::InUse { because } => {
                write!(
                    f,
                    "it is in use by names whose holders have not consented: {because}"
                )
            }
        }
    }
}

impl FollowedUpstream {
    /// What a root begins with: its own contents.
    pub(super) fn founding(contents: &Contents) -> Self {
        Self {
            serial: serial_of(contents),
            digest: Digest::of(&contents.to_wire()),
            contents: contents.clone(),
            verdict: Verdict::Passed,
            position: 0,
            held: BTreeMap::new(),
            apart: BTreeMap::new(),
        }
    }
}

impl Founded {
    /// Every difference from upstream, in canonical order of the names. None in a zone
    /// of kind `plain`, which has no upstream.
    pub fn divergences(&self) -> Vec<Divergence> {
        let Some(upstream) = &self.upstream else {
            return Vec::new();
        };
        let now = self.time.unwrap_or_default();
        let units = self.units(upstream).into_iter();
        let divergence = |(name, changes): (Name, Vec<Change>)| {
            let apart = upstream.apart.get(&name).copied();
            let (reason, until) = match self.why_apart(upstream, &name, &changes, now) {
                Some(why) => why,
                None => (self.in_use(&changes), None),
            };
            Divergence {
                since: apart.and_then(|apart| apart.since),
                name,
                reason,
                until,
                changes,
            }
        };
        units.map(divergence).collect()
    }

    /// Takes over from upstream whatever nothing stands against. What is taken over
    /// goes into the next edition.
    pub(super) fn follow_upstream(&mut self) {
        let Some(mut upstream) = self.upstream.take() else {
            return;
        };
        let now = self.time.unwrap_or_default();
        let units = self.units(&upstream);
        let before = core::mem::take(&mut upstream.apart);
        for name in units.keys() {
            let apart = Apart {
                since: self.time,
                upstream: digest_of(&upstream.contents, name),
            };
            let known = before.get(name).filter(|it| it.upstream == apart.upstream);
            upstream
                .apart
                .insert(name.clone(), known.copied().unwrap_or(apart));
        }
        let is_free = |(name, changes): &(&Name, &Vec<Change>)| {
            self.why_apart(&upstream, name, changes, now).is_none()
        };
        let free: Vec<(&Name, &Vec<Change>)> = units.iter().filter(is_free).collect();
        let (contents, followed) = follow(&self.contents, free);
        for name in followed {
            upstream.apart.remove(name);
            self.pending
                .extend(units.get(name).into_iter().flatten().cloned());
        }
        self.contents = contents;
        self.upstream = Some(upstream);
    }

    /// Whether something might be taken over when time moves.
    pub(super) fn waits_for_upstream(&self) -> bool {
        let upstream = self.upstream.as_ref();
        upstream.is_some_and(|upstream| !upstream.apart.is_empty())
    }

    /// What differs, by the name right below the zone's own, or the zone's own.
    fn units(&self, upstream: &FollowedUpstream) -> BTreeMap<Name, Vec<Change>> {
        let mut units: BTreeMap<Name, Vec<Change>> = BTreeMap::new();
        for change in difference(&self.contents, &upstream.contents) {
            if change.rtype == Rtype::SOA && is_same_but_serial(&change) {
                continue;
            }
            let name = unit_of(self.contents.origin(), &change.name);
            units.entry(name).or_default().push(change);
        }
        units
    }

    /// What stands against taking a name's changes over, and when that ends by itself.
    fn why_apart(
        &self,
        upstream: &FollowedUpstream,
        name: &Name,
        changes: &[Change],
        now: Time,
    ) -> Option<(DivergenceReason, Option<Time>)> {
        if name == self.contents.origin() {
            return Some((DivergenceReason::Apex, None));
        }
        if let Some(holder) = self.decides(changes) {
            return Some((DivergenceReason::Holder { holder }, None));
        }
        let since = upstream.apart.get(name).and_then(|apart| apart.since);
        let since = since.unwrap_or(now);
        let held_until = since.plus(limits::UPSTREAM_HELD_SECONDS_MAX);
        if let Some(because) = upstream.held.get(name)
            && now < held_until
        {
            let because = because.clone();
            return Some((DivergenceReason::Held { because }, Some(held_until)));
        }
        let notice_until = since.plus(self.charter.rules.host_notice_s);
        let names = self.noticed(changes);
        let has_notice = !names.is_empty() && now < notice_until;
        has_notice.then_some((DivergenceReason::Notice { names }, Some(notice_until)))
    }

    /// The first holder that decides one of these changes.
    fn decides(&self, changes: &[Change]) -> Option<HolderId> {
        let mut holders = changes.iter().flat_map(|change| self.held_by(change));
        holders.next().map(|(_, holder)| holder)
    }

    /// The held names that use a host whose addresses these changes take away.
    fn noticed(&self, changes: &[Change]) -> Vec<Name> {
        let mut names = BTreeSet::new();
        for change in changes {
            names.extend(self.dependents_with_notice(change, changes, &[]).held);
        }
        names.into_iter().map(|(name, _)| name).collect()
    }

    fn in_use(&self, changes: &[Change]) -> DivergenceReason {
        let because = self.contents.with(changes).err();
        DivergenceReason::InUse {
            because: because.map_or_else(String::new, |refusal| refusal.to_string()),
        }
    }
}

/// These contents with as many of the names' changes as fit, and those names. What
/// one name gives up may be what another one waits for, so that it is tried again
/// for as long as that helps.
fn follow<'a>(
    contents: &Contents,
    free: Vec<(&'a Name, &'a Vec<Change>)>,
) -> (Contents, Vec<&'a Name>) {
    let all: Vec<Change> = free.iter().flat_map(|(_, it)| it.iter().cloned()).collect();
    if let Ok(after) = contents.with(&all) {
        return (after, free.into_iter().map(|(name, _)| name).collect());
    }
    let (mut after, mut rest, mut followed) = (contents.clone(), free, Vec::new());
    loop {
        let before = followed.len();
        rest.retain(|(name, changes)| match after.with(changes) {
            Ok(next) => {
                after = next;
                followed.push(*name);
                false
            }
            Err(_) => true,
        });
        if followed.len() == before {
            return (after, followed);
        }
    }
}

/// The name right below the origin that is this name or above it; the origin itself
/// where it is that.
pub fn unit_of(origin: &Name, name: &Name) -> Name {
    let depth = origin.label_count().saturating_add(1);
    let mut names = name.and_ancestors();
    names
        .find(|above| above.label_count() <= depth)
        .unwrap_or_else(|| origin.clone())
}

/// The name as it is there. The zone's own is always the same: nothing of it ends by
/// itself.
fn digest_of(contents: &Contents, name: &Name) -> Digest {
    match name == contents.origin() {
        true => digest_of_sets(name, []),
        false => present_digest(contents, name),
    }
}

/// The serial of the SOA record; 0 where there is none, which contents do not do.
pub(super) fn serial_of(contents: &Contents) -> u32 {
    let soa = contents.get(contents.origin(), Rtype::SOA);
    let soa = soa.and_then(|soa| soa.data.first());
    soa.map_or(0, serial::of_soa)
}

/// The serial is derived, and no difference.
fn is_same_but_serial(change: &Change) -> bool {
    let without = |set: &Option<RecordSet>| {
        let set = set.as_ref()?;
        let data = set.data.first()?;
        Some((set.ttl, serial::replaced(data, 0)))
    };
    without(&change.old) == without(&change.new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zone::samples::name;

    #[test]
    fn a_unit_is_right_below_the_zones_own_name() {
        for (origin, of, expected) in [
            (".", ".", "."),
            (".", "lu.", "lu."),
            (".", "ns.nic.lu.", "lu."),
            ("example.", "example.", "example."),
            ("example.", "a.b.example.", "b.example."),
        ] {
            assert_eq!(unit_of(&name(origin), &name(of)), name(expected), "{of}");
        }
    }
}
