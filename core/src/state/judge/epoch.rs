//! Acts about the shares of the key: who asks for a ceremony, who dealt, when a
//! new epoch signs, and whose old shares are gone.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use curve25519_dalek::scalar::Scalar;

use super::head_or;
use super::holder::check_reason;
use crate::act::{Compromise, Convocation, Erasure, Redistribution, SessionKind, TestedEpoch};
use crate::basic::{Digest, PublicKey, Time};
use crate::handover::{Parts, check_packages, generated_key, read_handover};
use crate::ledger::VerifiedHead;
use crate::limits;
use crate::message::{CeremonyId, Handover};
use crate::refusal::{EpochRefusal, KeyRefusal, Refusal};
use crate::state::effect::{Effect, EpochEffect, Position};
use crate::state::{Convoked, DealtEpoch, Drill, DueCeremony, Epoch, Founded, State};

/// Octets of a signature's commitment, and of a share of it.
const SCALAR_OCTETS: usize = 32;

impl Founded {
    /// A present member asks for a ceremony: one at a time, but for a drill, which
    /// gives way; and each member once a day.
    pub(super) fn judge_convocation(
        &self,
        act: &Convocation,
        key: PublicKey,
        (id, position): (Digest, Position),
    ) -> Result<Effect, Refusal> {
        let by = self
            .member_of(&key)
            .filter(|at| self.members[*at].is_present());
        let by = by.ok_or(Refusal::NotEntitled { key })?;
        check_reason(&act.reason)?;
        let live = self.epoch().ok_or(Refusal::NoKey)?;
        if act.epoch != live.number {
            return Err(Refusal::WrongEpoch { epoch: act.epoch });
        }
        let time = self.time.ok_or(Refusal::NoTime)?;
        // Else anybody could say again what a member said once of a drill. Equal
        // words of two members have one id.
        let said = (id, key);
        if self.convocations.contains(&said) {
            return Err(EpochRefusal::Known { epoch: act.epoch }.into());
        }
        let convoked = self.convoked.as_ref();
        if convoked.is_some_and(|convoked| act.drill || !convoked.drill) {
            return Err(EpochRefusal::Convoked { again: None }.into());
        }
        let again = self.members[by].convoked;
        let again = again.map(|before| before.plus(limits::CONVOCATION_SECONDS_MIN));
        if let Some(again) = again.filter(|again| time < *again) {
            return Err(EpochRefusal::Convoked { again: Some(again) }.into());
        }
        let convoked = Convoked {
            position: position.0,
            time,
            by,
            drill: act.drill,
        };
        Ok(Effect::Epoch(EpochEffect::Convoke { said, convoked }))
    }

    pub(super) fn judge_redistribution(
        &self,
        act: &Redistribution,
        handover: &Handover,
        (id, position): (Digest, Position),
    ) -> Result<Effect, Refusal> {
        self.epoch().ok_or(Refusal::NoKey)?;
        let time = self.time.ok_or(Refusal::NoTime)?;
        let due = self.ceremony_due().ok_or(EpochRefusal::NotDue)?;
        if act.epoch != due.epoch {
            return Err(Refusal::WrongEpoch { epoch: act.epoch });
        }
        if act.threshold != due.threshold {
            return Err(Refusal::WrongThreshold {
                threshold: act.threshold,
            });
        }
        if act.attempt <= self.newest_attempt(due.epoch) {
            return Err(EpochRefusal::EarlierAttempt {
                attempt: act.attempt,
            }
            .into());
        }
        if act.size > position.0 || !self.is_settled_since(act.size) {
            return Err(EpochRefusal::Unsettled { size: act.size }.into());
        }
        let parts = self.parts(act, handover, &due)?;
        let numbers = parts.receivers.iter();
        let epoch = Epoch {
            number: act.epoch,
            threshold: act.threshold,
            shares: numbers.map(|number| usize::from(*number) - 1).collect(),
            group_key: act.group_key,
            transcript: act.transcript,
            attempt: act.attempt,
            position: position.0,
            size: act.size,
            dealers: set(&act.dealers),
            refused: set(&act.refused),
            erased: BTreeSet::new(),
            compromised: BTreeMap::new(),
        };
        Ok(Effect::Epoch(match due.drill {
            true => drilled(epoch, time),
            false => EpochEffect::Deal(DealtEpoch {
                epoch,
                act: id,
                time,
                // Tries at a test are counted on, so that no two sessions have
                // one name.
                session: self.dealt.as_ref().and_then(|dealt| dealt.session.clone()),
            }),
        }))
    }

    /// Who took part, if they are as many as are needed and the act names them.
    fn parts(
        &self,
        act: &Redistribution,
        handover: &Handover,
        due: &DueCeremony,
    ) -> Result<Parts, Refusal> {
        // Of a key that there is, those deal who have shares of it.
        let live = due.key.and_then(|key| self.epoch_of(&key));
        let ceremony = CeremonyId {
            ledger: self.ledger,
            epoch: act.epoch,
            attempt: act.attempt,
        };
        let receiver = |key: &PublicKey| {
            let at = self.member_of(key)?;
            u16::try_from(at + 1).ok()
        };
        let dealer = |key: &PublicKey| match live {
            Some(live) => self.share_in(live, key),
            None => receiver(key),
        };
        let parts = read_handover(handover, (&ceremony, act.size), receiver, dealer)?;
        let enough = |list, count: usize, needed: usize| match count < needed {
            true => Err(EpochRefusal::TooFew {
                list,
                count,
                needed,
            }),
            false => Ok(()),
        };
        enough("invitations", parts.receivers.len(), due.receivers_min)?;
        enough("receptions", parts.received.len(), due.receivers_min)?;
        // Of a new key as many deal as sign: one of them at least is honest.
        let dealers_min = live.map_or(due.threshold, |live| live.threshold);
        enough("dealers", act.dealers.len(), dealers_min.into())?;
        let (dealers, refused) = (set(&act.dealers), set(&act.refused));
        let named: BTreeSet<u16> = dealers.union(&refused).copied().collect();
        let is_sorted = |list: &[u16]| list.is_sorted_by(|a, b| a < b);
        if !is_sorted(&act.dealers)
            || !is_sorted(&act.refused)
            || !dealers.is_disjoint(&refused)
            || named != parts.dealers
        {
            return Err(EpochRefusal::Dealers.into());
        }
        check_packages(handover, &parts, (&dealers, act.threshold))?;
        match due.key {
            Some(key) if key == act.group_key => Ok(parts),
            Some(_) => Err(Refusal::OtherGroupKey { key: act.group_key }),
            None => {
                self.check_new_key(act, handover, (&parts, &dealers))?;
                Ok(parts)
            }
        }
    }

    /// Who deals a new key receives of it, and the key is the one that they made.
    fn check_new_key(
        &self,
        act: &Redistribution,
        handover: &Handover,
        (parts, dealers): (&Parts, &BTreeSet<u16>),
    ) -> Result<(), Refusal> {
        if !parts.dealers.is_subset(&parts.receivers) {
            return Err(EpochRefusal::Dealers.into());
        }
        let key = generated_key(handover, parts, dealers);
        let key = key.filter(|key| self.zone_key(key).is_none());
        match key == Some(act.group_key) {
            true => Ok(()),
            false => Err(KeyRefusal::NoNewKey { key: act.group_key }.into()),
        }
    }

    /// A new epoch is live with a signature that its own shares made, when enough
    /// of its receivers say that they hold theirs.
    pub(super) fn judge_succession(
        &self,
        (state, head): (&State, Option<&VerifiedHead>),
        act: &TestedEpoch,
    ) -> Result<Effect, Refusal> {
        let dealt = self.dealt().ok_or(EpochRefusal::NothingToTest)?;
        let number = act.succession.epoch;
        if number != dealt.epoch.number {
            return Err(Refusal::WrongEpoch { epoch: number });
        }
        self.check_possessions(dealt, act)?;
        let (session, messages) = self.test().ok_or(Refusal::NoSession)?;
        let head = head_or(head, &act.succession.checkpoint)?;
        self.cosigned_by_quorum(state, &head, session.position + 1)?;
        let mut sum = Scalar::ZERO;
        let mut signers = BTreeSet::new();
        for (key, (shares, octets)) in &act.shares {
            let number = self.share_in(&dealt.epoch, key);
            let number = number.filter(|_| {
                shares.act == session.act
                    && shares.session == session.id
                    && shares.session.kind == SessionKind::Test
            });
            signers.insert(number.ok_or(EpochRefusal::TestShares)?);
            sum += scalar(octets).ok_or(EpochRefusal::TestShares)?;
        }
        let signature = &act.succession.signature;
        if !signers.iter().eq(session.commitments.keys())
            || signature.0[SCALAR_OCTETS..] != sum.to_bytes()
        {
            return Err(EpochRefusal::TestShares.into());
        }
        let key = dealt.epoch.group_key;
        if !messages
            .iter()
            .all(|message| key.verifies(message, signature))
        {
            return Err(EpochRefusal::TestSignature.into());
        }
        Ok(Effect::Epoch(EpochEffect::Succeed))
    }

    /// Enough receivers hold their shares, and all computed the same ones.
    fn check_possessions(&self, dealt: &DealtEpoch, act: &TestedEpoch) -> Result<(), Refusal> {
        let ceremony = dealt.epoch.ceremony(self.ledger);
        let first = act.possessions.values().next();
        let agreed = first.map(|possession| possession.verifying_shares);
        for (key, possession) in &act.possessions {
            if self.share_in(&dealt.epoch, key).is_none() {
                return Err(Refusal::NotEntitled { key: *key });
            }
            if possession.ceremony != ceremony
                || possession.act != dealt.act
                || Some(possession.verifying_shares) != agreed
            {
                return Err(EpochRefusal::OtherShares { key: *key }.into());
            }
        }
        // Who has left since will not sign.
        let staying = act.possessions.keys();
        let staying = staying.filter(|key| self.member_of(key).is_some());
        let (count, needed) = (staying.count(), dealt.possessions_min());
        if count < needed {
            return Err(EpochRefusal::TooFew {
                list: "possessions",
                count,
                needed,
            }
            .into());
        }
        Ok(())
    }

    /// Members wipe shares that sign nothing any more; who has left, any.
    pub(super) fn judge_erasure(&self, act: &Erasure, key: PublicKey) -> Result<Effect, Refusal> {
        let (at, shared) = self.own_shares(act.epoch, key)?;
        let is_needed = shared.iter().any(|epoch| self.is_needed(epoch));
        if is_needed && self.members[at].departed.is_none() {
            return Err(EpochRefusal::StillSigns { epoch: act.epoch }.into());
        }
        if shared.iter().all(|epoch| epoch.erased.contains(&at)) {
            return Err(EpochRefusal::Known { epoch: act.epoch }.into());
        }
        let epoch = act.epoch;
        Ok(Effect::Epoch(EpochEffect::Erase { epoch, at }))
    }

    pub(super) fn judge_compromise(
        &self,
        act: &Compromise,
        key: PublicKey,
        position: Position,
    ) -> Result<Effect, Refusal> {
        check_reason(&act.reason)?;
        let (at, shared) = self.own_shares(act.epoch, key)?;
        let is_known = |epoch: &&Epoch| epoch.compromised.contains_key(&at);
        if shared.iter().all(is_known) {
            return Err(EpochRefusal::Known { epoch: act.epoch }.into());
        }
        Ok(Effect::Epoch(EpochEffect::Compromise {
            epoch: act.epoch,
            at,
            position: position.0,
        }))
    }

    /// The member, also one that has left, and the epochs of this number, tries
    /// that never sign among them, of which it has a share; at least one.
    fn own_shares(&self, number: u32, key: PublicKey) -> Result<(usize, Vec<&Epoch>), Refusal> {
        let mut known = self.all_dealt().filter(|epoch| epoch.number == number);
        let (mut at, mut shared) = (0, Vec::new());
        let first = known.next().ok_or(Refusal::WrongEpoch { epoch: number })?;
        for epoch in core::iter::once(first).chain(known) {
            if let Some(share) = self.share_in(epoch, &key) {
                at = usize::from(share) - 1;
                shared.push(epoch);
            }
        }
        match shared.is_empty() {
            true => Err(EpochRefusal::NoShare { key, epoch: number }.into()),
            false => Ok((at, shared)),
        }
    }
}

/// A drill ends here; its shares are thrown away, if everybody keeps its word.
fn drilled(epoch: Epoch, time: Time) -> EpochEffect {
    let drill = Drill {
        position: epoch.position,
        time,
        receivers: epoch.shares.clone(),
        dealers: epoch.dealers.clone(),
        refused: epoch.refused.clone(),
    };
    EpochEffect::Drill { drill, epoch }
}

fn scalar(octets: &[u8]) -> Option<Scalar> {
    let octets: [u8; SCALAR_OCTETS] = octets.try_into().ok()?;
    Scalar::from_canonical_bytes(octets).into_option()
}

fn set(list: &[u16]) -> BTreeSet<u16> {
    list.iter().copied().collect()
}
