//! One history: whoever was shown a head, or signed one, or computed a state,
//! it is of the one ledger there is; and what was acknowledged stays.

use std::collections::BTreeMap;

use comity_core::basic::{Digest, Time};
use comity_core::ledger::{Checkpoint, Cosignature, CosignedCheckpoint, TreeHead, leaf_hash};
use comity_core::limits;
use comity_core::state::State;
use comity_mirror::client::Accepted;
use comity_mirror::ledger::CHECKPOINT_PATH;

use super::{Act, Broken, Finding, Invariant, broken};
use crate::party::PartyId;

/// What is after so many acts.
struct After {
    root: Digest,
    digest: Digest,
    time: Option<Time>,
}

/// The ledger so far.
#[derive(Default)]
pub(super) struct History {
    /// By size, from 1.
    after: Vec<After>,
    leaves: Vec<Digest>,
    /// The head that each party was shown last.
    shown: BTreeMap<PartyId, Checkpoint>,
    /// The largest head that each machine of a member cosigned.
    cosigned: BTreeMap<PartyId, u64>,
    /// The size at which each party's state was compared last.
    compared: BTreeMap<PartyId, u64>,
}

impl History {
    pub(super) fn note_act(&mut self, act: &Act<'_>) {
        self.leaves.push(act.applied.leaf);
        self.after.push(After {
            root: act.state.log().root(),
            digest: act.state.digest(),
            time: act.state.founded().ok().and_then(|founded| founded.time),
        });
    }

    fn at(&self, size: u64) -> Option<&After> {
        let at = usize::try_from(size).ok()?.checked_sub(1)?;
        self.after.get(at)
    }

    /// The secretariat's head extends what there was.
    pub(super) fn check_head(&self, head: TreeHead, truth: &State) -> Finding {
        let known = truth.log().size();
        if head.size < known {
            let size = head.size;
            let what = format!("the ledger has {size} acts, and had {known}");
            return broken(Invariant::NothingLost, what);
        }
        match self.at(head.size) {
            Some(after) if after.root != head.root => broken(
                Invariant::NoFork,
                format!("two heads of size {}", head.size),
            ),
            _ => Ok(()),
        }
    }

    /// A head that was shown to somebody.
    pub(super) fn note_shown(&mut self, to: PartyId, path: &str, octets: &[u8]) -> Finding {
        if path != CHECKPOINT_PATH {
            return Ok(());
        }
        let Ok(head) = CosignedCheckpoint::parse(octets) else {
            return broken(Invariant::NoFork, "what was shown is no head");
        };
        let head = head.checkpoint;
        match self.at(head.size) {
            Some(after) if after.root == head.root => {}
            None if head.size == 0 => {}
            _ => {
                let what = format!("{to:?} was shown another head of size {}", head.size);
                return broken(Invariant::NoFork, what);
            }
        }
        self.shown.insert(to, head);
        Ok(())
    }

    /// A cosignature that leaves an honest member; the size that it is for.
    pub(super) fn note_cosignature(
        &mut self,
        (from, at): (PartyId, usize),
        line: &str,
        truth: &State,
    ) -> Result<u64, Broken> {
        let fail = |invariant, what: String| broken(invariant, what).map(|()| 0);
        let Ok(cosignature) = line.trim_end().parse::<Cosignature>() else {
            return fail(
                Invariant::NoFork,
                format!("member {at} sent no cosignature"),
            );
        };
        let member = truth.founded().ok().and_then(|it| it.members.get(at));
        let (Some(member), Some(head)) = (member, self.shown.get(&from)) else {
            return fail(Invariant::NoFork, format!("member {at} cosigned nothing"));
        };
        if !cosignature.is_by(&member.cosigner, head) {
            let what = format!("member {at} cosigned another head than it was shown");
            return fail(Invariant::NoFork, what);
        }
        let before = self.cosigned.insert(from, head.size).unwrap_or(0);
        if before > head.size {
            let what = format!("member {at} cosigned {} after {before}", head.size);
            return fail(Invariant::NoFork, what);
        }
        let time = self.at(head.size).and_then(|after| after.time);
        let ahead = limits::CLOCK_SECONDS_AHEAD_MAX;
        if time.is_some_and(|time| time > cosignature.time.plus(ahead)) {
            let what = format!("member {at} cosigned a ledger that is ahead of its clock");
            return fail(Invariant::LedgerTime, what);
        }
        Ok(head.size)
    }

    /// An act that somebody was told to be on the ledger is there.
    pub(super) fn note_acknowledged(&self, entry: &[u8], octets: &[u8]) -> Finding {
        let Ok(accepted) = serde_json::from_slice::<Accepted>(octets) else {
            return Ok(());
        };
        let position = accepted.position.and_then(|at| usize::try_from(at).ok());
        let leaf = position.and_then(|at| self.leaves.get(at));
        match leaf {
            Some(leaf) if *leaf == leaf_hash(entry) => Ok(()),
            _ => {
                let what = format!("{} was acknowledged, and is not there", accepted.id);
                broken(Invariant::NothingLost, what)
            }
        }
    }

    /// A party's state is the one that the ledger makes.
    pub(super) fn check_state(&mut self, id: PartyId, state: &State) -> Finding {
        let size = state.log().size();
        if self.compared.insert(id, size) == Some(size) || size == 0 {
            return Ok(());
        }
        match self.at(size) {
            Some(after) if after.digest == state.digest() => Ok(()),
            Some(_) => broken(
                Invariant::Replay,
                format!("{id:?} has another state after {size} acts"),
            ),
            None => broken(
                Invariant::NoFork,
                format!("{id:?} knows of {size} acts, and nobody else does"),
            ),
        }
    }
}
