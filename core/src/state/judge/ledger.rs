//! Acts about the ledger itself: ceremonies, time, absence; and what counts
//! as a cosigned checkpoint.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use crate::act::{Absence, Ceremony, TimeAct};
use crate::basic::Time;
use crate::ceremony::check_transcript;
use crate::charter::cosigning_quorum;
use crate::ledger::checkpoint::CosignedCheckpoint;
use crate::message::{CeremonyId, Opening, Transcript};
use crate::refusal::Refusal;
use crate::state::effect::{Effect, Position};
use crate::state::{Epoch, Founded, State};

impl Founded {
    pub(super) fn judge_ceremony(
        &self,
        act: &Ceremony,
        transcript: &Transcript,
        position: Position,
    ) -> Result<Effect, Refusal> {
        if act.epoch != 1 || !self.epochs.is_empty() {
            return Err(Refusal::WrongEpoch { epoch: act.epoch });
        }
        let (number, threshold) = (act.epoch, self.charter.rules.signing_threshold);
        if act.threshold != threshold {
            return Err(Refusal::WrongThreshold {
                threshold: act.threshold,
            });
        }
        // The transcript says which try it is; all of it must be that one.
        let first = transcript.openings.messages.first();
        let attempt = first
            .and_then(|first| first.payload::<Opening>().ok())
            .map_or(0, |opening| opening.ceremony.attempt);
        let id = CeremonyId {
            ledger: self.ledger,
            epoch: number,
            attempt,
        };
        let keys: Vec<_> = self.members.iter().map(|member| member.key).collect();
        let group_key = check_transcript(transcript, &id, &keys, threshold)?;
        if group_key != act.group_key {
            return Err(Refusal::OtherGroupKey { key: act.group_key });
        }
        let (transcript, position) = (act.transcript, position.0);
        let epoch = Epoch {
            number,
            threshold,
            group_key,
            transcript,
            attempt,
            position,
        };
        Ok(Effect::AddEpoch(epoch))
    }

    /// Time moves with the threshold's cosignatures alone, so that it goes on
    /// when a quorum is missing.
    pub(super) fn judge_time(&self, state: &State, act: &TimeAct) -> Result<Effect, Refusal> {
        let cosigned = self.cosigned(state, &act.checkpoint, 1)?;
        let needed = usize::from(self.charter.rules.signing_threshold);
        if cosigned.len() < needed {
            return Err(Refusal::TooFewCosignatures {
                cosignatures: cosigned.len(),
                needed,
            });
        }
        let time = median(cosigned.values().copied().collect());
        match self.time {
            Some(now) if time <= now => Err(Refusal::TimeBackwards { now, found: time }),
            Some(_) | None => Ok(Effect::MoveTime { time, cosigned }),
        }
    }

    pub(super) fn judge_absence(&self, absence: &Absence) -> Result<Effect, Refusal> {
        let now = self.time.ok_or(Refusal::NoTime)?;
        let first = absence.members.first().cloned().unwrap_or_default();
        if absence.found != now || !absence.members.is_sorted_by(|a, b| a < b) || first.is_empty() {
            return Err(Refusal::NotAbsent { member: first });
        }
        let silent = self.silent();
        let find = |name: &String| {
            let at = self.member_named(name).filter(|at| silent.contains(at));
            at.ok_or_else(|| Refusal::NotAbsent {
                member: name.clone(),
            })
        };
        let named = absence.members.iter().map(find);
        Ok(Effect::MarkAbsent(
            named.collect::<Result<BTreeSet<_>, _>>()?,
        ))
    }

    /// The members that cosigned this checkpoint, with their times, if it is
    /// a checkpoint of this ledger with at least `needed` acts.
    ///
    /// # Errors
    /// Where it is unreadable, not signed by the log, of another history, or
    /// too small.
    pub fn cosigned(
        &self,
        state: &State,
        text: &str,
        needed: u64,
    ) -> Result<BTreeMap<usize, Time>, Refusal> {
        let cosigned = CosignedCheckpoint::parse(text.as_bytes())?;
        cosigned.verify_log(&self.log_key)?;
        let size = cosigned.checkpoint.size;
        if size < needed {
            return Err(Refusal::CheckpointTooSmall { size, needed });
        }
        if state.log.root_at(size) != Some(cosigned.checkpoint.root) {
            return Err(Refusal::OtherHistory { size });
        }
        let keys = self.cosigners();
        Ok(cosigned.verified_cosignatures(&keys).into_iter().collect())
    }

    /// As [`Self::cosigned`], and by at least the cosigning quorum. Only the
    /// present count: else those that an absence act names would be a quorum
    /// of the others, and two quorums could have no member in common.
    ///
    /// # Errors
    /// Also [`Refusal::TooFewCosignatures`].
    pub fn cosigned_by_quorum(
        &self,
        state: &State,
        text: &str,
        needed: u64,
    ) -> Result<(), Refusal> {
        let cosigned = self.cosigned(state, text, needed)?;
        let present = cosigned.keys().filter(|at| !self.members[**at].absent);
        let cosignatures = present.count();
        let needed = cosigning_quorum(self.present());
        if cosignatures < needed {
            return Err(Refusal::TooFewCosignatures {
                cosignatures,
                needed,
            });
        }
        Ok(())
    }
}

/// The lower median.
fn median(mut times: Vec<Time>) -> Time {
    times.sort_unstable();
    times
        .get(times.len().saturating_sub(1) / 2)
        .copied()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_lower_median() {
        let times = |list: &[u64]| list.iter().copied().map(Time).collect();
        assert_eq!(median(times(&[5, 1, 9])), Time(5));
        assert_eq!(median(times(&[5, 1, 9, 7])), Time(5));
    }
}
