//! Access: what acts would have to be for what happened to names, put together
//! without the rules.

use std::collections::{BTreeMap, BTreeSet};

use comity_core::act::json::Payload as _;
use comity_core::act::{
    ClaimAct, Consent, DecisionResult, Envelope, Merge, Proposal, Rotation, Testament, Transfer,
};
use comity_core::basic::{Digest, PublicKey, Time};
use comity_core::holder::{HolderId, HolderKeys, Policy};
use comity_core::state::{Founded, Outcome};
use comity_core::zone::{Change, Name, RecordSet, Rtype};

use super::{Act, Finding, Invariant, broken};

/// The servers and keys of a name.
type Delegation = [Option<RecordSet>; 2];

/// A consent that satisfied its holder's policy.
struct Given {
    proposal: Digest,
    holder: HolderId,
    /// The holder's keys as they were.
    keys: HolderKeys,
    names: BTreeSet<Name>,
    until: Time,
}

/// What accepted acts say so far.
#[derive(Default)]
pub(super) struct Access {
    held: BTreeMap<Name, HolderId>,
    keys: BTreeMap<HolderId, HolderKeys>,
    delegations: BTreeMap<Name, Delegation>,
    proposals: BTreeMap<Digest, Vec<Change>>,
    consents: Vec<Given>,
    /// Keys that a holder's policy, or its heir's act, asked for.
    new_keys: Vec<(HolderId, HolderKeys)>,
    /// Names that their holder gave away, or that somebody proved to have.
    given: Vec<(Name, HolderId, HolderKeys)>,
    is_begun: bool,
}

fn satisfies(policy: &Policy, signers: &[PublicKey]) -> bool {
    let own = policy.keys.iter().filter(|key| signers.contains(key));
    own.count() >= usize::from(policy.threshold)
}

/// Whether either of a holder's key sets signed.
fn is_by(keys: &HolderKeys, signers: &[PublicKey]) -> bool {
    let recovery = keys.recovery.as_ref();
    satisfies(&keys.operational, signers)
        || recovery.is_some_and(|policy| satisfies(policy, signers))
}

fn delegation(founded: &Founded, name: &Name) -> Delegation {
    [Rtype::NS, Rtype::DS].map(|rtype| founded.contents.get(name, rtype).cloned())
}

impl Access {
    pub(super) fn note_act(&mut self, act: &Act<'_>) -> Finding {
        let Ok(founded) = act.state.founded() else {
            return Ok(());
        };
        if !self.is_begun {
            self.take_over(founded);
            self.is_begun = true;
        }
        self.note_said(act.envelope);
        self.check_delegations(act, founded)?;
        self.check_keys(founded)?;
        self.check_holders(founded)?;
        self.take_over(founded);
        Ok(())
    }

    fn take_over(&mut self, founded: &Founded) {
        let held = founded.held.iter();
        self.held = held.map(|(name, it)| (name.clone(), it.holder)).collect();
        let keys = founded.holders.iter();
        self.keys = keys.map(|(id, it)| (*id, it.keys.clone())).collect();
        let names = founded.held.keys();
        self.delegations = names
            .map(|name| (name.clone(), delegation(founded, name)))
            .collect();
    }

    /// What the act says, by whoever signed it; also of one that came late.
    fn note_said(&mut self, envelope: &Envelope) {
        let signers = envelope.verified_signers().unwrap_or_default();
        match envelope.payload_type() {
            Merge::TYPE => {
                if let Ok(merge) = envelope.payload::<Merge>() {
                    self.note_said(&merge.act);
                }
            }
            Proposal::TYPE => {
                if let Ok(proposal) = envelope.payload::<Proposal>() {
                    self.proposals.insert(envelope.id(), proposal.changes);
                }
            }
            Consent::TYPE => {
                if let Ok(consent) = envelope.payload::<Consent>() {
                    self.note_consent(consent, &signers);
                }
            }
            Rotation::TYPE => {
                if let Ok(act) = envelope.payload::<Rotation>() {
                    self.note_keys(act.holder, act.keys, &signers);
                }
            }
            Testament::TYPE => {
                if let Ok(act) = envelope.payload::<Testament>() {
                    self.note_keys(act.holder, act.keys, &signers);
                }
            }
            Transfer::TYPE => {
                if let Ok(act) = envelope.payload::<Transfer>()
                    && self.is_by(act.from, &signers)
                    && self.held.get(&act.name) == Some(&act.from)
                {
                    self.given.push((act.name, act.to, act.keys));
                }
            }
            ClaimAct::TYPE => {
                if let Ok(act) = envelope.payload::<ClaimAct>()
                    && act.proof.is_some()
                    && !self.held.contains_key(&act.name)
                {
                    self.given.push((act.name, act.holder, act.keys));
                }
            }
            _ => {}
        }
    }

    fn is_by(&self, holder: HolderId, signers: &[PublicKey]) -> bool {
        let keys = self.keys.get(&holder);
        keys.is_some_and(|keys| is_by(keys, signers))
    }

    fn note_consent(&mut self, consent: Consent, signers: &[PublicKey]) {
        let Some(keys) = self.keys.get(&consent.holder) else {
            return;
        };
        if is_by(keys, signers) {
            self.consents.push(Given {
                proposal: consent.proposal,
                holder: consent.holder,
                keys: keys.clone(),
                names: consent.names.into_iter().map(|it| it.name).collect(),
                until: consent.until,
            });
        }
    }

    fn note_keys(&mut self, holder: HolderId, keys: HolderKeys, signers: &[PublicKey]) {
        if self.is_by(holder, signers) {
            self.new_keys.push((holder, keys));
        }
    }

    /// A held name's servers and keys change by a decision that has the consent
    /// of its holder, as its keys are now.
    fn check_delegations(&self, act: &Act<'_>, founded: &Founded) -> Finding {
        let now = founded.time.unwrap_or_default();
        for (name, before) in &self.delegations {
            let after = delegation(founded, name);
            if after == *before {
                continue;
            }
            let holder = self.held.get(name).copied();
            let allowed = match &act.applied.outcome {
                Outcome::Decided(proposal, DecisionResult::Adopted) => {
                    let is_asked = self.proposals.get(proposal).is_some_and(|changes| {
                        changes
                            .iter()
                            .any(|change| change.name.is_at_or_below(name))
                    });
                    is_asked
                        && self.consents.iter().any(|given| {
                            given.proposal == *proposal
                                && Some(given.holder) == holder
                                && self.keys.get(&given.holder) == Some(&given.keys)
                                && given.names.contains(name)
                                && now <= given.until
                        })
                }
                // A decision that was void is taken back.
                Outcome::Voided(_) => true,
                _ => false,
            };
            if !allowed {
                let what = format!("{name} changed by act {}", act.applied.position);
                return broken(Invariant::Access, what);
            }
        }
        Ok(())
    }

    fn check_keys(&self, founded: &Founded) -> Finding {
        for (id, old) in &self.keys {
            let new = founded.holders.get(id).map(|it| &it.keys);
            let is_asked = |new: &HolderKeys| {
                let mut asked = self.new_keys.iter();
                asked.any(|(holder, keys)| holder == id && keys == new)
            };
            match new {
                Some(new) if new == old || is_asked(new) => {}
                _ => return broken(Invariant::Access, format!("{id} has other keys")),
            }
        }
        Ok(())
    }

    fn check_holders(&self, founded: &Founded) -> Finding {
        for (name, held) in &founded.held {
            let before = self.held.get(name);
            let mut given = self.given.iter();
            let is_given = given.any(|(it, to, _)| it == name && *to == held.holder);
            if before != Some(&held.holder) && !is_given {
                return broken(Invariant::Access, format!("{name} has another holder"));
            }
        }
        match self
            .held
            .keys()
            .find(|name| !founded.held.contains_key(name))
        {
            Some(name) => broken(Invariant::Access, format!("{name} is nobody's")),
            None => Ok(()),
        }
    }
}
