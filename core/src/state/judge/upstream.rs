//! Upstream acts: what a threshold of members saw of the upstream.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};

use crate::act::{SightedUpstream, Upstream, Verdict};
use crate::basic::{Digest, PublicKey};
use crate::edition::serial::is_later;
use crate::limits;
use crate::message::SeenUpstream;
use crate::refusal::{Refusal, UpstreamRefusal};
use crate::state::Founded;
use crate::state::effect::{Effect, Position};
use crate::state::upstream::{FollowedUpstream, serial_of};
use crate::zone::{Contents, Name};

impl Founded {
    pub(super) fn judge_upstream(
        &self,
        act: &SightedUpstream,
        position: Position,
    ) -> Result<Effect, Refusal> {
        let recorded = self.upstream.as_ref().ok_or(UpstreamRefusal::NoRoot)?;
        self.time.ok_or(Refusal::NoTime)?;
        for (sender, seen) in &act.seen {
            self.judge_seen(*sender, seen, &act.upstream)?;
        }
        let needed = usize::from(self.threshold());
        let signers = act.seen.len();
        if signers < needed {
            return Err(Refusal::TooFewSigners { signers, needed });
        }
        let held = held_of(&act.seen, needed);
        let (before, serial) = (recorded.serial, act.upstream.serial);
        let is_same = recorded.digest == act.upstream.digest && serial == before;
        if !is_later(serial, before) && !(is_same && is_less(&held, &recorded.held)) {
            return Err(UpstreamRefusal::NotNewer {
                recorded: before,
                found: serial,
            }
            .into());
        }
        let verdict = verdict_of(&act.seen, &held, needed);
        if verdict != act.upstream.verdict {
            return Err(UpstreamRefusal::Verdict { verdict }.into());
        }
        let contents = contents_of(recorded, act)?;
        Ok(Effect::FollowUpstream(Box::new(FollowedUpstream {
            serial,
            digest: act.upstream.digest,
            contents,
            verdict,
            position: position.0,
            held,
            apart: recorded.apart.clone(),
        })))
    }

    /// A member's own word, for this act.
    fn judge_seen(
        &self,
        sender: PublicKey,
        seen: &SeenUpstream,
        act: &Upstream,
    ) -> Result<(), Refusal> {
        let at = self.member_of(&sender);
        let at = at.ok_or(Refusal::NotEntitled { key: sender })?;
        let is_of_act =
            seen.ledger == act.ledger && seen.serial == act.serial && seen.digest == act.digest;
        match is_of_act && is_well_said(seen) {
            true => Ok(()),
            false => Err(UpstreamRefusal::Seen {
                member: self.members[at].name.clone(),
            }
            .into()),
        }
    }
}

/// Names in order, each once; short reasons; and held where it is said.
pub(in crate::state) fn is_well_said(seen: &SeenUpstream) -> bool {
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
fn contents_of(recorded: &FollowedUpstream, act: &SightedUpstream) -> Result<Contents, Refusal> {
    let contents = recorded.contents.following(&act.changes)?;
    let has_digest = || Digest::of(&contents.to_wire()) == act.upstream.digest;
    if serial_of(&contents) != act.upstream.serial || !has_digest() {
        return Err(UpstreamRefusal::Changes {
            serial: act.upstream.serial,
        }
        .into());
    }
    Ok(contents)
}
