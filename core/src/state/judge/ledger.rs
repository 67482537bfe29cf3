//! Acts about the ledger itself: ceremonies, time, absence; and what counts
//! as a cosigned checkpoint.

use alloc::borrow::Cow;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use crate::act::{Absence, Ceremony, TimeAct};
use crate::basic::{PublicKey, Time};
use crate::ceremony::check_transcript;
use crate::ledger::{CosignedCheckpoint, VerifiedHead};
use crate::message::{CeremonyId, Opening, Transcript};
use crate::refusal::Refusal;
use crate::state::effect::{Effect, EpochEffect, Position};
use crate::state::{Epoch, Founded, State};

/// Who cosigned a checkpoint of this ledger.
pub struct Cosigned {
    /// How many acts it covers.
    pub size: u64,
    /// The members, by index, with the times of their cosignatures.
    pub times: BTreeMap<usize, Time>,
}

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
        let (number, threshold) = (act.epoch, self.threshold_due());
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
            shares: (0..self.members.len()).collect(),
            group_key,
            transcript,
            attempt,
            position,
            size: position,
            dealers: BTreeSet::new(),
            refused: BTreeSet::new(),
            erased: BTreeSet::new(),
            compromised: BTreeMap::new(),
        };
        Ok(Effect::Epoch(EpochEffect::Add(epoch)))
    }

    /// Time moves with the threshold's cosignatures alone, so that it goes on
    /// when a quorum is missing.
    pub(super) fn judge_time(
        &self,
        state: &State,
        act: &TimeAct,
        head: Option<&VerifiedHead>,
    ) -> Result<Effect, Refusal> {
        let head = head_or(head, &act.checkpoint)?;
        let Cosigned { size, times } = self.cosigned(state, &head, 1)?;
        let time = self
            .time_of(&times)
            .ok_or_else(|| Refusal::TooFewCosignatures {
                cosignatures: times.len(),
                needed: usize::from(self.threshold()),
            })?;
        match self.time {
            Some(now) if time <= now => Err(Refusal::TimeBackwards { now, found: time }),
            Some(_) | None => Ok(Effect::MoveTime { time, size, times }),
        }
    }

    /// The ledger time that these cosignatures make: the latest that at least
    /// the signing threshold of members has reached. So fewer than that many
    /// cannot push it ahead, whichever cosignatures are chosen; those who lie
    /// the other way, or are left out, only hold it up. None where they are
    /// too few.
    pub fn time_of(&self, times: &BTreeMap<usize, Time>) -> Option<Time> {
        let mut times: Vec<Time> = times.values().copied().collect();
        times.sort_unstable_by(|a, b| b.cmp(a));
        let threshold = usize::from(self.threshold());
        times.get(threshold - 1).copied()
    }

    /// Nobody says of itself that it is absent: what it signs shows the
    /// contrary.
    pub(super) fn judge_absence(
        &self,
        absence: &Absence,
        signers: &[PublicKey],
    ) -> Result<Effect, Refusal> {
        let now = self.time.ok_or(Refusal::NoTime)?;
        let first = absence.members.first().cloned().unwrap_or_default();
        if absence.found != now || !absence.members.is_sorted_by(|a, b| a < b) || first.is_empty() {
            return Err(Refusal::NotAbsent { member: first });
        }
        let silent = self.silent();
        let find = |name: &String| {
            let at = self.member_named(name);
            let at =
                at.filter(|at| silent.contains(at) && !signers.contains(&self.members[*at].key));
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
        head: &VerifiedHead,
        needed: u64,
    ) -> Result<Cosigned, Refusal> {
        head.verify_log(&self.log_key)?;
        let size = head.checkpoint().size;
        if size < needed {
            return Err(Refusal::CheckpointTooSmall { size, needed });
        }
        if state.log.root_at(size) != Some(head.checkpoint().root) {
            return Err(Refusal::OtherHistory { size });
        }
        let keys = self.cosigners();
        let times = head.verified_cosignatures(&keys).into_iter();
        // Who has departed has nothing to say any more.
        let times = times.filter(|(at, _)| self.members[*at].departed.is_none());
        let times = times.collect();
        Ok(Cosigned { size, times })
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
        head: &VerifiedHead,
        needed: u64,
    ) -> Result<(), Refusal> {
        let cosigned = self.cosigned(state, head, needed)?;
        let present = cosigned.times.keys();
        let present = present.filter(|at| self.members[**at].is_present());
        let cosignatures = present.count();
        let needed = self.cosigning_quorum();
        if cosignatures < needed {
            return Err(Refusal::TooFewCosignatures {
                cosignatures,
                needed,
            });
        }
        Ok(())
    }
}

/// The checkpoint that an act carries as it was read with the act, or the
/// reason why it could not be.
pub(in crate::state) fn head_or<'a>(
    head: Option<&'a VerifiedHead>,
    text: &str,
) -> Result<Cow<'a, VerifiedHead>, Refusal> {
    Ok(match head {
        Some(head) => Cow::Borrowed(head),
        None => {
            let head = CosignedCheckpoint::parse(text.as_bytes())?;
            Cow::Owned(VerifiedHead::new(head))
        }
    })
}
