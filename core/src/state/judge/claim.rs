//! Claims of names that nobody holds, proved by the name's own zone (design 2
//! and 7). A claim waits; a second proven one by another holder contests it, and
//! both are over.

use crate::act::ProvenClaim;
use crate::basic::{Digest, PublicKey};
use crate::dnssec::Claim;
use crate::holder::Authority;
use crate::limits;
use crate::refusal::{HolderRefusal, Refusal};
use crate::state::effect::{Effect, HolderEffect, Position};
use crate::state::{ClaimState, Founded};

impl Founded {
    pub(super) fn judge_claim(
        &self,
        act: &ProvenClaim,
        signers: &[PublicKey],
        (id, position): (Digest, Position),
    ) -> Result<Effect, Refusal> {
        let (claim, name, holder) = (&act.claim, act.claim.name.clone(), act.claim.holder);
        self.judge_new_holder(holder, &claim.keys)?;
        if claim.keys.authority(signers) != Some(Authority::Operational) {
            return Err(HolderRefusal::PolicyNotMet { holder }.into());
        }
        if let Some(holder) = self.holder_of(&name) {
            return Err(HolderRefusal::NameHeld { name, holder }.into());
        }
        if self.contents.delegation(&name).is_none() {
            return Err(HolderRefusal::NotDelegated { name }.into());
        }
        self.judge_proof(act)?;
        let is_proven = act.proven.is_some();
        let others = self.claims.iter().filter(|known| known.name == name);
        // Proof may come later; the same again may not, nor what is over.
        let is_known = others
            .clone()
            .any(|known| known.holder == holder && (known.is_proven || !is_proven))
            || self.claims_over.contains(&id);
        // Those that prove nothing keep nobody from proving: of proven ones
        // there is one at most.
        let mut unproven = others.filter(|known| !known.is_proven && !is_proven);
        if is_known || unproven.nth(limits::CLAIMS_PER_NAME_MAX - 1).is_some() {
            return Err(HolderRefusal::ClaimKnown { name }.into());
        }
        Ok(Effect::Holder(HolderEffect::Claim(ClaimState {
            id,
            position: position.0,
            seen: None,
            name,
            holder,
            keys: claim.keys.clone(),
            is_proven,
        })))
    }

    /// The proof is of this claim, under the name's DS set, now.
    fn judge_proof(&self, act: &ProvenClaim) -> Result<(), Refusal> {
        let name = act.claim.name.clone();
        let delegation = self.contents.delegation(&name);
        let ds = delegation.and_then(|delegation| delegation.ds.as_ref());
        let (proven, ds) = match (&act.proven, ds) {
            (Some(proven), Some(ds)) => (proven, ds),
            (None, None) => return Ok(()),
            (None, Some(_)) => return Err(HolderRefusal::ProofMissing { name }.into()),
            (Some(_), None) => return Err(HolderRefusal::ProofUseless { name }.into()),
        };
        let claimed = Claim::proven(proven, self.ledger)?;
        if claimed.holder != act.claim.holder.0 || *proven.zone() != name {
            let (name, holder) = (proven.zone().clone(), claimed.holder);
            return Err(HolderRefusal::ProofOfOther { name, holder }.into());
        }
        Ok(proven.under(ds, self.time.ok_or(Refusal::NoTime)?)?)
    }
}
