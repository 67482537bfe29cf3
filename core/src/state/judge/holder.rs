//! Acts about holders: rotation, testament, transfer, objection (design 2 and
//! 3, invariant 1). The recovery set outranks the operational keys: what those
//! do alone waits where it could not be undone.

use alloc::boxed::Box;

use crate::act::{Objection, Rotation, Testament, Transfer};
use crate::basic::{Digest, PublicKey, Time};
use crate::holder::{Authority, HolderId, HolderKeys};
use crate::limits;
use crate::refusal::{HolderRefusal, Refusal};
use crate::state::effect::{Effect, HolderEffect, Position};
use crate::state::holding::{Holder, Matter, Waiting};
use crate::state::{Founded, ProposalState};

impl Founded {
    /// The holder of this id, and with which of its sets these keys act.
    pub(super) fn holder_acts(
        &self,
        id: HolderId,
        signers: &[PublicKey],
    ) -> Result<(&Holder, Authority), Refusal> {
        let holder = self.holders.get(&id);
        let holder = holder.ok_or(HolderRefusal::Unknown { holder: id })?;
        let authority = holder.keys.authority(signers);
        let authority = authority.ok_or(HolderRefusal::PolicyNotMet { holder: id })?;
        Ok((holder, authority))
    }

    pub(super) fn judge_rotation(
        &self,
        act: &Rotation,
        signers: &[PublicKey],
        (id, position): (Digest, Position),
    ) -> Result<Effect, Refusal> {
        let (holder, authority) = self.holder_acts(act.holder, signers)?;
        let (expected, found) = (holder.revision, act.revision);
        if expected != found {
            return Err(HolderRefusal::WrongRevision { expected, found }.into());
        }
        act.keys.check()?;
        let (old, new) = (&holder.keys, &act.keys);
        let outranked = authority == Authority::Operational && old.recovery.is_some();
        let own_set_only = old.recovery == new.recovery && old.delay_s == new.delay_s;
        if outranked && !own_set_only {
            return Err(HolderRefusal::RecoveryNeeded { holder: act.holder }.into());
        }
        // Where nothing outranks the operational keys, what a thief of them
        // does could not be undone: it waits, and can be objected to.
        let at_once = authority == Authority::Recovery || outranked;
        let wait_s = if at_once { 0 } else { old.delay_s };
        let matter = Matter::Rotation(Box::new(new.clone()));
        self.wait_or_carry_out(act.holder, wait_s, matter, (id, position))
    }

    pub(super) fn judge_testament(
        &self,
        act: &Testament,
        signers: &[PublicKey],
        place: (Digest, Position),
    ) -> Result<Effect, Refusal> {
        let (holder, authority) = self.holder_acts(act.holder, signers)?;
        if holder.keys.recovery.is_some() && authority != Authority::Recovery {
            return Err(HolderRefusal::RecoveryNeeded { holder: act.holder }.into());
        }
        act.keys.check()?;
        self.judge_until(act.until)?;
        let allowed = limits::TESTAMENT_SECONDS_MIN..=limits::TESTAMENT_SECONDS_MAX;
        if !allowed.contains(&act.wait_s) {
            let wait_s = act.wait_s;
            return Err(HolderRefusal::TestamentWait { wait_s }.into());
        }
        let matter = Matter::Testament(Box::new(act.keys.clone()));
        self.wait_or_carry_out(act.holder, act.wait_s, matter, place)
    }

    pub(super) fn judge_transfer(
        &self,
        act: &Transfer,
        signers: &[PublicKey],
        place: (Digest, Position),
    ) -> Result<Effect, Refusal> {
        let name = &act.name;
        let held = self.held.get(name);
        let Some(held) = held.filter(|held| held.holder == act.from) else {
            let (name, holder) = (name.clone(), act.from);
            return Err(HolderRefusal::NotHolder { name, holder }.into());
        };
        if held.since != act.since {
            let (name, since) = (name.clone(), held.since);
            return Err(HolderRefusal::HeldSince { name, since }.into());
        }
        self.judge_until(act.until)?;
        self.judge_new_holder(act.to, &act.keys)?;
        let from = self.holders.get(&act.from);
        let from = from.ok_or(HolderRefusal::Unknown { holder: act.from })?;
        let [old, new] = split(signers, &from.keys, &act.keys)?;
        let authority = from.keys.authority(&old);
        let authority = authority.ok_or(HolderRefusal::PolicyNotMet { holder: act.from })?;
        if act.keys.authority(&new) != Some(Authority::Operational) {
            return Err(HolderRefusal::NotAccepted { holder: act.to }.into());
        }
        let wait_s = match authority {
            Authority::Recovery => 0,
            Authority::Operational => from.keys.delay_s,
        };
        let matter = Matter::Transfer {
            name: name.clone(),
            to: act.to,
            keys: Box::new(act.keys.clone()),
        };
        self.wait_or_carry_out(act.from, wait_s, matter, place)
    }

    /// A holder that is known has the keys that the ledger has; a new one those
    /// that its name is made of.
    pub(super) fn judge_new_holder(&self, id: HolderId, keys: &HolderKeys) -> Result<(), Refusal> {
        keys.check()?;
        let as_known = match self.holders.get(&id) {
            Some(known) => known.keys == *keys,
            None => keys.id() == id,
        };
        match as_known {
            true => Ok(()),
            false => Err(HolderRefusal::OtherKeys { holder: id }.into()),
        }
    }

    pub(super) fn judge_objection(
        &self,
        act: &Objection,
        signers: &[PublicKey],
    ) -> Result<Effect, Refusal> {
        let (_, authority) = self.holder_acts(act.holder, signers)?;
        check_reason(&act.reason)?;
        let holder = act.holder;
        let mut waiting = self.waiting.iter();
        if waiting.any(|waiting| waiting.id == act.to && waiting.holder == holder) {
            let effect = HolderEffect::EndWaiting { holder, id: act.to };
            return Ok(Effect::Holder(effect));
        }
        let at = self.proposals.iter().position(|known| known.id == act.to);
        let at = at.filter(|at| self.can_object(&self.proposals[*at], holder, authority));
        match at {
            Some(at) => Ok(Effect::Holder(HolderEffect::Object {
                at,
                holder,
                authority,
            })),
            None => Err(HolderRefusal::NothingToObject { to: act.to }.into()),
        }
    }

    /// Whether a holder's no means anything for a proposal: it takes back a
    /// consent, or keeps one from being given with lesser keys, or withholds
    /// one that silence would be.
    fn can_object(&self, state: &ProposalState, holder: HolderId, authority: Authority) -> bool {
        if state.decided.is_some() {
            return false;
        }
        let Ok(requirement) = self.requirement_of(&state.proposal) else {
            return false;
        };
        let concerned = requirement.consents.values().any(|own| *own == holder)
            || requirement.asked.values().any(|own| *own == holder);
        let before = state.objections.get(&holder);
        let consent = state.consents.get(&holder);
        concerned
            && before.is_none_or(|before| *before < authority)
            && consent.is_none_or(|consent| consent.authority <= authority)
    }

    fn judge_until(&self, until: Time) -> Result<(), Refusal> {
        let now = self.time.ok_or(Refusal::NoTime)?;
        match now > until {
            true => Err(HolderRefusal::Expired { until }.into()),
            false => Ok(()),
        }
    }

    fn wait_or_carry_out(
        &self,
        holder: HolderId,
        wait_s: u64,
        matter: Matter,
        (id, Position(position)): (Digest, Position),
    ) -> Result<Effect, Refusal> {
        let mut same = self.waiting.iter().filter(|known| known.holder == holder);
        let over = self.holders.get(&holder).map(|holder| &holder.over);
        if same.clone().any(|known| known.id == id) || over.is_some_and(|over| over.contains(&id)) {
            return Err(HolderRefusal::ActKnown { act: id }.into());
        }
        if wait_s > 0 && same.nth(limits::WAITING_PER_HOLDER_MAX - 1).is_some() {
            return Err(HolderRefusal::TooManyWaiting { holder }.into());
        }
        Ok(Effect::Holder(HolderEffect::Wait(Waiting {
            id,
            position,
            seen: None,
            wait_s,
            holder,
            matter,
        })))
    }
}

/// Which signers act for the old holder, with its recovery keys where those
/// suffice, and which for the new one. A signer that is neither's is nobody's.
fn split(
    signers: &[PublicKey],
    old: &HolderKeys,
    new: &HolderKeys,
) -> Result<[Box<[PublicKey]>; 2], Refusal> {
    let of = |keys: &[PublicKey]| -> Box<[PublicKey]> {
        let own = signers.iter().filter(|key| keys.contains(key));
        own.copied().collect()
    };
    let recovery = old.recovery.as_ref().map(|recovery| of(&recovery.keys));
    let recovery = recovery.filter(|own| old.authority(own) == Some(Authority::Recovery));
    let new = of(&new.operational.keys);
    let is_known = |key: &PublicKey| old.keys().any(|own| own == key) || new.contains(key);
    match signers.iter().find(|key| !is_known(key)) {
        Some(key) => Err(Refusal::NotEntitled { key: *key }),
        None => Ok([recovery.unwrap_or_else(|| of(&old.operational.keys)), new]),
    }
}

/// A reason is for people, and not a place to keep things.
pub(in crate::state::judge) fn check_reason(reason: &str) -> Result<(), Refusal> {
    match reason.len() {
        octets if octets > limits::REASON_OCTETS_MAX => Err(Refusal::ReasonTooLong { octets }),
        _ => Ok(()),
    }
}
