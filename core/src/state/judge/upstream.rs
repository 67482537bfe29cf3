//! Upstream acts: what a threshold of members saw of the upstream.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};

use crate::act::SightedUpstream;
use crate::basic::{Digest, PublicKey};
use crate::edition::serial::is_later;
use crate::guard::Verdict;
use crate::limits;
use crate::message::SeenUpstream;
use crate::refusal::{Refusal, UpstreamRefusal};
use crate::state::Founded;
use crate::state::effect::{Effect, Position};
use crate::state::upstream::{FollowedUpstream, serial_of};
use crate::zone::{Change, Contents, Name};

impl Founded {
    pub(super) fn judge_upstream(
        &self,
        act: &SightedUpstream,
        position: Position,
    ) -> Result<Effect, Refusal> {
        let recorded = self.upstream.as_ref().ok_or(UpstreamRefusal::NoRoot)?;
        self.time.ok_or(Refusal::NoTime)?;
        let SightedUpstream {
            upstream,
            changes,
            seen,
        } = act;
        for (sender, one) in seen {
            let is_of_act = one.serial == upstream.serial && one.digest == upstream.digest;
            self.judge_seen(*sender, one, is_of_act)?;
        }
        let needed = usize::from(self.threshold());
        let signers = seen.len();
        if signers < needed {
            return Err(Refusal::TooFewSigners { signers, needed });
        }
        let found = upstream.serial;
        let not_newer = || UpstreamRefusal::NotNewer {
            recorded: recorded.serial,
            found,
        };
        let (verdict, held) = self.seen_verdict(seen).ok_or_else(not_newer)?;
        if verdict != upstream.verdict {
            return Err(UpstreamRefusal::Verdict { verdict }.into());
        }
        let contents = contents_of(recorded, (found, upstream.digest), changes)?;
        Ok(Effect::FollowUpstream(Box::new(FollowedUpstream {
            serial: found,
            digest: upstream.digest,
            contents,
            verdict,
            position: position.0,
            held,
            apart: recorded.apart.clone(),
        })))
    }

    /// Whether what a member sends of upstream is in order: its own word, and, unless
    /// that is known, that the changes lead from what is recorded to what it saw.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn judge_report(
        &self,
        sender: PublicKey,
        seen: &SeenUpstream,
        changes: Option<&[Change]>,
    ) -> Result<(), Refusal> {
        let recorded = self.upstream.as_ref().ok_or(UpstreamRefusal::NoRoot)?;
        self.judge_seen(sender, seen, true)?;
        if let Some(changes) = changes {
            contents_of(recorded, (seen.serial, seen.digest), changes)?;
        }
        Ok(())
    }

    /// What comes of members' words for one version, if it says anything new: the
    /// verdict, and the names that are held with the reasons. None while they are too
    /// few.
    pub fn seen_verdict(
        &self,
        seen: &BTreeMap<PublicKey, SeenUpstream>,
    ) -> Option<(Verdict, BTreeMap<Name, BTreeSet<String>>)> {
        let recorded = self.upstream.as_ref()?;
        let needed = usize::from(self.threshold());
        let first = seen.values().next().filter(|_| seen.len() >= needed)?;
        let held = held_of(seen, needed);
        let is_new = is_later(first.serial, recorded.serial);
        let is_same = (first.serial, first.digest) == (recorded.serial, recorded.digest);
        let is_less = is_same && is_less(&held, &recorded.held);
        (is_new || is_less).then(|| (verdict_of(seen, &held, needed), held))
    }

    /// A member's own word.
    fn judge_seen(
        &self,
        sender: PublicKey,
        seen: &SeenUpstream,
        is_of_act: bool,
    ) -> Result<(), Refusal> {
        let at = self.member_of(&sender);
        let at = at.ok_or(Refusal::NotEntitled { key: sender })?;
        match is_of_act && seen.ledger == self.ledger && is_well_said(seen) {
            true => Ok(()),
            false => Err(UpstreamRefusal::Seen {
                member: self.members[at].name.clone(),
            }
            .into()),
        }
    }
}

/// Names in order, each once; short reasons; and held where it is said.
fn is_well_said(seen: &SeenUpstream) -> bool {
    let held = &seen.held;
    held.len() <= limits::UPSTREAM_HELD_NAMES_MAX
        && held.is_sorted_by(|a, b| a.name < b.name)
        && held
            .iter()
            .all(|it| it.reason.len() <= limits::UPSTREAM_REASON_OCTETS_MAX)
        && held.is_empty() == (seen.verdict != Verdict::Held)
}

/// The names whose changes fewer than the threshold let pass. So whoever chooses
/// among the members' words can hold a change up, and never let one through.
fn held_of(
    seen: &BTreeMap<PublicKey, SeenUpstream>,
    threshold: usize,
) -> BTreeMap<Name, BTreeSet<String>> {
    let mut held: BTreeMap<Name, BTreeSet<String>> = BTreeMap::new();
    let mut holding: BTreeMap<&Name, usize> = BTreeMap::new();
    for one in seen.values().flat_map(|seen| &seen.held) {
        *holding.entry(&one.name).or_default() += 1;
        let reasons = held.entry(one.name.clone()).or_default();
        reasons.insert(one.reason.to_string());
    }
    let passing = |name: &Name| seen.len() - holding.get(name).copied().unwrap_or_default();
    held.retain(|name, _| passing(name) < threshold);
    held
}

/// Held where a name is, and passed where a threshold saw nothing against it.
fn verdict_of(
    seen: &BTreeMap<PublicKey, SeenUpstream>,
    held: &BTreeMap<Name, BTreeSet<String>>,
    threshold: usize,
) -> Verdict {
    let passed = seen.values().filter(|seen| seen.verdict == Verdict::Passed);
    match (held.is_empty(), passed.count() >= threshold) {
        (false, _) => Verdict::Held,
        (true, true) => Verdict::Passed,
        (true, false) => Verdict::Alarmed,
    }
}

/// Whether fewer names are held than before, and no other.
fn is_less<T>(now: &BTreeMap<Name, T>, before: &BTreeMap<Name, T>) -> bool {
    now.len() < before.len() && now.keys().all(|name| before.contains_key(name))
}

/// Upstream's contents, which its changes lead to.
fn contents_of(
    recorded: &FollowedUpstream,
    (serial, digest): (u32, Digest),
    changes: &[Change],
) -> Result<Contents, Refusal> {
    let contents = recorded.contents.following(changes)?;
    let has_digest = || Digest::of(&contents.to_wire()) == digest;
    match serial_of(&contents) == serial && has_digest() {
        true => Ok(contents),
        false => Err(UpstreamRefusal::Changes { serial }.into()),
    }
}
