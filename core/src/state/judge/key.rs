//! Acts about the zone's keys: who asks for a new one, and what a key signs ahead.

use alloc::collections::BTreeSet;

use super::head_or;
use super::holder::check_reason;
use crate::act::{Keyset, RollAct};
use crate::basic::PublicKey;
use crate::ledger::VerifiedHead;
use crate::limits;
use crate::refusal::{KeyRefusal, Refusal};
use crate::state::effect::{Effect, KeyEffect};
use crate::state::{Founded, KeyRole, KeyStage, Roll, RollKind, SignedKeyset, State};
use crate::zone::Kind;

impl Founded {
    /// Members ask for a new key: a threshold of them, since it concerns everybody
    /// who validates; where a key is compromised, and a threshold of shares may sign
    /// whatever it likes, more than two thirds of their identity keys.
    pub(super) fn judge_roll(
        &self,
        act: &RollAct,
        signers: &[PublicKey],
    ) -> Result<Effect, Refusal> {
        self.by_threshold(signers)?;
        check_reason(&act.reason)?;
        self.time.ok_or(Refusal::NoTime)?;
        let roll = Roll {
            kind: act.kind,
            key: act.key,
        };
        match act.kind {
            RollKind::Compromised => self.check_compromised(act.key, signers)?,
            RollKind::Anchor | RollKind::Standby | RollKind::Zone => self.check_orderly(&roll)?,
        }
        Ok(Effect::Key(KeyEffect::Ask(roll)))
    }

    /// How many members sign when they ask for a new key.
    pub fn roll_signers(&self, kind: RollKind) -> usize {
        let staying = self.members.iter().filter(|it| it.departed.is_none());
        let threshold = usize::from(self.threshold());
        match kind {
            RollKind::Compromised => threshold.max(staying.count() * 2 / 3 + 1),
            RollKind::Anchor | RollKind::Zone | RollKind::Standby => threshold,
        }
    }

    fn check_compromised(&self, key: PublicKey, signers: &[PublicKey]) -> Result<(), Refusal> {
        let needed = self.roll_signers(RollKind::Compromised);
        if signers.len() < needed {
            return Err(Refusal::TooFewSigners {
                signers: signers.len(),
                needed,
            });
        }
        let asked = Some(Roll {
            kind: RollKind::Compromised,
            key,
        });
        if self.roll == asked {
            return Err(KeyRefusal::Rolling.into());
        }
        match self.zone_key(&key).filter(|known| !known.is_over()) {
            Some(_) => Ok(()),
            None => Err(KeyRefusal::OtherKey { key }.into()),
        }
    }

    fn check_orderly(&self, roll: &Roll) -> Result<(), Refusal> {
        if roll.kind == RollKind::Zone && self.kind != Kind::Root {
            return Err(KeyRefusal::NotParted.into());
        }
        let zone = self.signing_key().filter(|key| key.role == KeyRole::Zone);
        let before = match roll.kind {
            RollKind::Zone => zone.or_else(|| self.anchor()),
            _ => self.anchor(),
        };
        if before.map(|key| key.key) != Some(roll.key) {
            return Err(KeyRefusal::OtherKey { key: roll.key }.into());
        }
        let is_rolling = match roll.kind {
            RollKind::Zone => self.is_rolling(KeyRole::Zone),
            RollKind::Standby => false,
            _ => self.is_rolling(KeyRole::Anchor),
        };
        if self.roll_due().is_some() || is_rolling {
            return Err(KeyRefusal::Rolling.into());
        }
        let in_use = self.keys.iter().filter(|key| key.stage != KeyStage::Gone);
        if in_use.count() >= limits::KEYS_IN_USE_MAX {
            return Err(KeyRefusal::TooMany.into());
        }
        Ok(())
    }

    pub(super) fn judge_keyset(
        &self,
        (state, head): (&State, Option<&VerifiedHead>),
        act: &Keyset,
    ) -> Result<Effect, Refusal> {
        let open = self.open_keyset().ok_or(Refusal::NoSession)?;
        if act.epoch != open.session.id.epoch {
            return Err(Refusal::WrongEpoch { epoch: act.epoch });
        }
        let head = head_or(head, &act.checkpoint)?;
        self.cosigned_by_quorum(state, &head, open.session.position + 1)?;
        let rrsigs = open.plan.complete(&act.signatures)?.into_iter();
        let set: &BTreeSet<_> = open.plan.set();
        let signed = rrsigs.map(|rrsig| SignedKeyset {
            set: set.clone(),
            rrsig,
        });
        Ok(Effect::Key(KeyEffect::SignKeyset(signed.collect())))
    }
}
