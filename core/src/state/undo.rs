//! What an adopted proposal does, and taking it back where the decision is void.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{Decided, Founded};
use crate::act::{DecisionResult, Matter};
use crate::charter::Charter;
use crate::zone::Change;

impl Founded {
    /// Takes back the decision of the proposal at this index, and those of its
    /// group (an original and its amendments) that came after it, the latest
    /// first; `position` is the act's that makes them void. None where
    /// something has been decided since that builds on one: the state is then
    /// of no use.
    pub(super) fn undo(&mut self, at: usize, position: u64) -> Option<()> {
        let group = |at: usize| {
            let state = &self.proposals[at];
            state.proposal.amends.unwrap_or(state.id)
        };
        let taken = |at: usize| self.proposals[at].decided.as_ref().map(|one| one.position);
        let first = taken(at)?;
        let mut later: Vec<(u64, usize)> = (0..self.proposals.len())
            .filter(|other| group(*other) == group(at))
            .filter_map(|other| Some((taken(other)?, other)))
            .filter(|(other, _)| *other >= first)
            .collect();
        later.sort_unstable();
        for (_, other) in later.into_iter().rev() {
            self.undo_one(other, position)?;
        }
        Some(())
    }

    fn undo_one(&mut self, at: usize, position: u64) -> Option<()> {
        let state = &mut self.proposals[at];
        let Decided {
            decision,
            position: taken,
            replaced,
            ..
        } = state.decided.take()?;
        state.voided.push(taken);
        if decision.result != DecisionResult::Adopted {
            return Some(());
        }
        let proposal = state.proposal.clone();
        let back = proposal.changes.into_iter().map(Change::reversed);
        let back: Vec<Change> = back.filter(|change| change.old != change.new).collect();
        self.contents = self.contents.with(&back).ok()?;
        self.pending.extend(back);
        match proposal.matter {
            None => {}
            Some(Matter::Admission(member)) => {
                let was_waiting = self.admitted.remove(&member.name).is_some();
                let joined = (!was_waiting).then(|| self.member_named(&member.name));
                if let Some(joined) = joined {
                    self.members[joined?].departed = Some(position);
                    self.unsettled = self.time;
                }
            }
            Some(Matter::Charter(charter)) => {
                let is_in_force = self.charter == charter;
                self.unsettled = self.time;
                self.charter = replaced.filter(|_| is_in_force).map(|before| *before)?;
            }
        }
        Some(())
    }

    /// What an adopted proposal does beside the contents.
    pub(super) fn adopt(&mut self, at: usize) -> Option<Box<Charter>> {
        let proposal = self.proposals[at].proposal.clone();
        let changes = proposal.changes.into_iter();
        self.pending
            .extend(changes.filter(|change| change.old != change.new));
        match proposal.matter {
            None => None,
            Some(Matter::Admission(member)) => {
                self.admitted.insert(member.name, member.key);
                None
            }
            Some(Matter::Charter(charter)) => {
                Some(Box::new(core::mem::replace(&mut self.charter, charter)))
            }
        }
    }
}
