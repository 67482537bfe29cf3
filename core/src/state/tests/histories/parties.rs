//! Acts about holders and members.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::vec::Vec;

use ed25519_dalek::SigningKey;

use super::Play;
use super::steps::{Acting, Proof};
use crate::act::{
    ClaimAct, Declaration, Envelope, Objection, RULES, Rotation, Testament, Transfer,
};
use crate::basic::{Digest, PublicKey};
use crate::edition::samples::DAY_S;
use crate::holder::{Authority, HolderId, HolderKeys, Policy};
use crate::state::tests::world::keys::{DELAY_S, policy, secret, signed};
use crate::state::tests::world::{World, holder, holder_keys, public};

/// Every key that somebody may have.
static SECRETS: LazyLock<BTreeMap<PublicKey, SigningKey>> = LazyLock::new(|| {
    let all = (0..=u8::MAX).map(secret);
    all.map(|key| (public(&key), key)).collect()
});

/// The first holder's number of those that come later.
const NEWCOMER: u8 = 60;

/// Keys that a holder changes to.
fn other_keys(which: usize, present: &HolderKeys) -> HolderKeys {
    let of = |number| HolderKeys::of(public(&holder(number)));
    let policy = |number| policy(1, &[holder(number)]);
    match which {
        0 | 1 => of(40),
        // What the operational keys may do where there are others.
        2 | 3 => HolderKeys {
            operational: policy(41),
            ..present.clone()
        },
        4 => HolderKeys {
            recovery: Some(policy(43)),
            delay_s: DELAY_S,
            ..of(42)
        },
        5 => HolderKeys {
            delay_s: DAY_S,
            ..of(44)
        },
        // More keys than there are.
        _ => HolderKeys {
            operational: Policy {
                threshold: 2,
                ..policy(45)
            },
            ..of(45)
        },
    }
}

impl Play {
    /// One of the holders.
    pub(super) fn holder(&self, at: usize) -> Option<HolderId> {
        let holders = &self.world.here().holders;
        let mut all = holders.keys();
        all.nth(at.checked_rem(holders.len())?).copied()
    }

    /// As many keys of a policy as it asks for.
    pub(super) fn some_of(&self, policy: &Policy) -> Vec<SigningKey> {
        let keys = policy.keys.iter().take(policy.threshold.into());
        keys.filter_map(|key| SECRETS.get(key)).cloned().collect()
    }

    /// A holder's keys of one of its sets, or of the one that it has.
    pub(super) fn signers(&self, holder: HolderId, authority: Authority) -> Vec<SigningKey> {
        let keys = &self.world.here().holders[&holder].keys;
        self.some_of(keys.policy(authority).unwrap_or(&keys.operational))
    }

    pub(super) fn rotation(&self, by: Acting, keys: usize, late: bool) -> Option<Envelope> {
        let holder = self.holder(by.holder)?;
        let known = &self.world.here().holders[&holder];
        let rotation = Rotation {
            rules: RULES,
            ledger: self.world.here().ledger,
            holder,
            revision: known.revision + u64::from(late),
            keys: other_keys(keys, &known.keys),
        };
        Some(signed(&rotation, &self.signers(holder, by.authority)))
    }

    pub(super) fn testament(&self, by: Acting, keys: usize, wait_s: u64) -> Option<Envelope> {
        let holder = self.holder(by.holder)?;
        let known = &self.world.here().holders[&holder];
        let testament = Testament {
            rules: RULES,
            ledger: self.world.here().ledger,
            holder,
            keys: other_keys(keys, &known.keys),
            wait_s,
            until: self.world.now().plus(DAY_S),
        };
        Some(signed(&testament, &self.signers(holder, by.authority)))
    }

    /// To a newcomer, or to a holder that is known.
    pub(super) fn transfer(
        &self,
        (name, own): (usize, bool),
        authority: Authority,
        to: usize,
    ) -> Option<Envelope> {
        let here = self.world.here();
        let (name, held) = here.held.iter().nth(name.checked_rem(here.held.len())?)?;
        let from = match own {
            true => held.holder,
            false => self.holder(to)?,
        };
        let (to, keys) = self.new_holder(to)?;
        let transfer = Transfer {
            rules: RULES,
            ledger: here.ledger,
            since: held.since,
            name: name.clone(),
            from,
            to,
            keys: keys.clone(),
            until: self.world.now().plus(DAY_S),
        };
        let mut signers = self.signers(from, authority);
        signers.extend(self.some_of(&keys.operational));
        Some(signed(&transfer, &signers))
    }

    /// One of two newcomers, or a holder that is known, with its keys.
    fn new_holder(&self, at: usize) -> Option<(HolderId, HolderKeys)> {
        let here = self.world.here();
        let number = u8::try_from(at % 4).unwrap();
        let keys = holder_keys(NEWCOMER + number);
        match number {
            0 | 1 => {
                let known = here.holders.get(&keys.id());
                let present = known.map_or(keys.clone(), |known| known.keys.clone());
                Some((keys.id(), present))
            }
            _ => {
                let id = self.holder(at)?;
                Some((id, here.holders[&id].keys.clone()))
            }
        }
    }

    /// To what waits, or to a proposal.
    pub(super) fn objection(&self, by: Acting, to: usize) -> Option<Envelope> {
        let here = self.world.here();
        let holder = self.holder(by.holder)?;
        let waiting = here.waiting.iter().filter(|known| known.holder == holder);
        let mut all: Vec<Digest> = waiting.map(|known| known.id).collect();
        all.extend((0..2).filter_map(|at| self.pick(at)));
        let objection = Objection {
            rules: RULES,
            ledger: here.ledger,
            holder,
            to: *all.get(to.checked_rem(all.len())?)?,
            reason: "not by us".into(),
        };
        Some(signed(&objection, &self.signers(holder, by.authority)))
    }

    pub(super) fn claim(&self, name: usize, by: usize, proof: Proof) -> Envelope {
        let zone = self.start.claimed(name);
        let (id, keys) = self.new_holder(by).unwrap();
        let zone = match proof {
            Proof::None | Proof::Fresh => zone.at(self.world.now()),
            Proof::Old => zone,
        };
        let text = self.world.claim_text(id);
        let claim = ClaimAct {
            rules: RULES,
            ledger: self.world.here().ledger,
            name: zone.name.clone(),
            holder: id,
            proof: (proof != Proof::None).then(|| World::proof(&zone, &text)),
            keys: keys.clone(),
        };
        signed(&claim, &self.some_of(&keys.operational))
    }

    /// Beside a proposal, or the charter.
    pub(super) fn declaration(&self, by: usize, to: usize) -> Option<Envelope> {
        let here = self.world.here();
        let declaration = Declaration {
            rules: RULES,
            ledger: here.ledger,
            to: match to {
                0 => here.ledger,
                1 => Digest([0xee; 32]),
                _ => self.pick(to)?,
            },
            text: "our vote was meant for another text".into(),
        };
        Some(signed(&declaration, &[self.proposer(by)?]))
    }
}
