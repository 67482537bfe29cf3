//! Acts that come with a drop box's receipt (invariant 11). What the box took
//! in time counts as of then, also against a decision that left it out; what
//! cannot count any more is recorded, so that no receipt stays unmerged.

use alloc::boxed::Box;

use crate::act::{Act, Checked, LodgedAct, Receipt};
use crate::basic::{Digest, PublicKey};
use crate::limits;
use crate::refusal::{MergeRefusal, Refusal};
use crate::state::effect::{Effect, Position, Void};
use crate::state::{Founded, State};

impl Founded {
    pub(super) fn judge_merge(
        &self,
        state: &State,
        lodged: &LodgedAct,
        by: PublicKey,
        position: Position,
    ) -> Result<Effect, Refusal> {
        let LodgedAct {
            receipt,
            box_key,
            act,
            ..
        } = lodged;
        if receipt.ledger != self.ledger {
            let ledger = receipt.ledger;
            return Err(Refusal::OtherLedger { ledger });
        }
        if self.charter.rules.box_of(*box_key).is_none() {
            return Err(MergeRefusal::UnknownBox { key: *box_key }.into());
        }
        let is_party = self.member_of(&by).is_some() || by == self.log_key.key();
        if by != *box_key && !is_party {
            return Err(Refusal::NotEntitled { key: by });
        }
        let (size, time) = (receipt.size, receipt.time);
        if size > position.0 || time > self.time.ok_or(Refusal::NoTime)? {
            return Err(MergeRefusal::Ahead { size, time }.into());
        }
        if self.merged.contains(&act.leaf()) {
            return Err(MergeRefusal::Known { leaf: act.leaf() }.into());
        }
        let (answer, voids) = match super::judge(state, act, position) {
            Ok(answer) => (Some(answer), None),
            Err(_) => match self.judge_late(receipt, act, position) {
                Some((answer, voids)) => (Some(answer), voids),
                None => (None, None),
            },
        };
        Ok(Effect::Merge {
            leaf: act.leaf(),
            answer: answer.map(Box::new),
            voids,
        })
    }

    /// What an answer to a proposal does that a box took before its end; and
    /// the decision that it voids, since it would have been another with it.
    /// One that changes nothing by itself is kept too: the next may, with it.
    /// None where it does nothing.
    fn judge_late(
        &self,
        receipt: &Receipt,
        act: &Checked<Act>,
        position: Position,
    ) -> Option<(Effect, Option<Void>)> {
        let proposal = match act.inner() {
            Act::Ballot(ballot) => ballot.proposal,
            Act::Consent(consent) => consent.proposal,
            Act::Objection(objection) => objection.to,
            _ => return None,
        };
        let at = self.lodged_at(proposal, receipt)?;
        let Some(taken) = &self.proposals[at].decided else {
            return Some((self.judge_answer(act, receipt, position)?, None));
        };
        let mut then = self.clone();
        then.undo(at, position.0)?;
        let answer = then.judge_answer(act, receipt, position)?;
        then.carry_out(then.judge_answer(act, receipt, position)?);
        let decision = then.decide(&then.proposals[at]);
        let result = decision.map(|(decision, _)| decision.result);
        let is_void = result != Some(taken.decision.result);
        let position = position.0;
        Some((answer, is_void.then_some(Void { at, position })))
    }

    /// A proposal that was open when the box took an answer to it, and whose
    /// decision, if there is one, came after that and can be contested still.
    fn lodged_at(&self, proposal: Digest, receipt: &Receipt) -> Option<usize> {
        let at = self
            .proposals
            .iter()
            .position(|known| known.id == proposal)?;
        let state = &self.proposals[at];
        let was_open = self.end(state).is_none_or(|end| receipt.time <= end);
        let contested = state.decided.as_ref().is_none_or(|decided| {
            let until = decided.time.plus(limits::CONTEST_SECONDS);
            receipt.size <= decided.position && self.time.is_some_and(|now| now <= until)
        });
        (was_open && contested).then_some(at)
    }

    fn judge_answer(
        &self,
        act: &Checked<Act>,
        receipt: &Receipt,
        position: Position,
    ) -> Option<Effect> {
        let (signers, time) = (act.signers(), Some(receipt.time));
        let judged = match act.inner() {
            Act::Ballot(ballot) => self
                .by_one(signers)
                .and_then(|key| self.judge_ballot(ballot, key, time)),
            Act::Consent(consent) => self.judge_consent(consent, signers, position, time),
            Act::Objection(objection) => self.judge_objection(objection, signers),
            _ => return None,
        };
        judged.ok()
    }
}
