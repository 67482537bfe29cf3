//! What accepted acts say about names and their holders, put together without
//! the rules: what each of them would have to be for what happened.

use std::collections::BTreeMap;
use std::format;
use std::string::String;
use std::vec::Vec;

use crate::act::{
    Act, Checked, Consent, Decision, DecisionResult, HolderBinding, Rotation, Transfer,
};
use crate::basic::{Digest, PublicKey, Time};
use crate::holder::{HolderId, HolderKeys, Policy};
use crate::state::{Founded, Outcome};
use crate::zone::{Change, Contents, Name, RecordSet, Rtype, SetKey};

type Zone = BTreeMap<SetKey, RecordSet>;

/// What was accepted so far, as far as it is about names and holders.
#[derive(Default)]
pub(super) struct Oracle {
    now: Time,
    claim_wait_s: u64,
    zone: Zone,
    /// Upstream as members saw it.
    upstream: Zone,
    /// Whether names that nobody holds may be as upstream has them from now on.
    follows: bool,
    held: BTreeMap<Name, HolderId>,
    keys: BTreeMap<HolderId, HolderKeys>,
    /// The proposals' groups and changes.
    proposals: BTreeMap<Digest, (Digest, Vec<Change>)>,
    /// What each of a group (a text and its amendments) came to, in order.
    taken: Vec<Taken>,
    consents: Vec<Given>,
    offers: Vec<Offer>,
    /// What went wrong while acts were noted.
    fault: Option<String>,
    pub(super) adopted: usize,
    pub(super) changed: usize,
    pub(super) moved: usize,
    pub(super) rekeyed: usize,
}

/// A decision that was taken, and what it changed.
struct Taken {
    proposal: Digest,
    group: Digest,
    changes: Vec<Change>,
}

/// A consent that satisfied its holder's policy.
struct Given {
    proposal: Digest,
    holder: HolderId,
    /// The keys of whoever consented, as they were.
    keys: HolderKeys,
    name: Name,
    /// All that stood at and below the name.
    seen: Zone,
    at: Time,
    until: Time,
    wait_s: u64,
}

/// An act that satisfied a holder's policy, and what it is good for from some
/// time on.
struct Offer {
    id: Digest,
    from: Time,
    what: What,
}

#[derive(Clone, PartialEq, Eq)]
enum What {
    Keys {
        holder: HolderId,
        old: HolderKeys,
        new: HolderKeys,
    },
    Name {
        name: Name,
        /// None for a claim, of a name that nobody holds.
        from: Option<HolderId>,
        to: HolderId,
        keys: HolderKeys,
    },
}

/// Enough of a policy's keys, counted one by one.
fn is_enough(policy: &Policy, signers: &[PublicKey]) -> bool {
    let own = policy.keys.iter().filter(|key| signers.contains(key));
    own.count() >= usize::from(policy.threshold)
}

/// With the recovery keys, with the operational ones, or not at all: how long
/// what the holder wants may have to wait, from none to its delay.
fn wait_of(keys: &HolderKeys, signers: &[PublicKey]) -> Option<u64> {
    let recovery = keys.recovery.as_ref();
    if recovery.is_some_and(|recovery| is_enough(recovery, signers)) {
        return Some(0);
    }
    is_enough(&keys.operational, signers).then_some(keys.delay_s)
}

impl Oracle {
    /// Takes in an act that the rules accepted.
    pub(super) fn note(&mut self, act: &Checked<Act>, outcome: &Outcome) {
        let (id, signers) = (act.id(), act.signers());
        self.follows = matches!(act.inner(), Act::Upstream(_) | Act::Time(_));
        match act.inner() {
            Act::Founding {
                founding,
                charter,
                contents,
                holders,
            } => {
                self.claim_wait_s = charter.rules.claim_wait_s;
                let contents = Contents::from_wire(&founding.zone, contents).unwrap();
                self.zone = sets(&contents);
                self.upstream = self.zone.clone();
                for HolderBinding { name, holder } in &holders.holders {
                    self.held.insert(name.clone(), holder.id());
                    self.keys.insert(holder.id(), holder.clone());
                }
            }
            Act::Time(_) => match outcome {
                Outcome::TimeMoved(time) => self.now = *time,
                other => self.fault = Some(format!("{other:?} of a time act")),
            },
            Act::Upstream(act) => put(&mut self.upstream, &act.changes),
            Act::Proposal(proposal) => {
                let group = proposal.amends.unwrap_or(id);
                self.proposals.insert(id, (group, proposal.changes.clone()));
            }
            Act::Consent(consent) => self.note_consent(consent, signers),
            Act::Decision(decision) => self.note_decision(decision),
            Act::Merge(lodged) => {
                if let Outcome::Voided(proposal) = outcome {
                    self.take_back(*proposal);
                }
                self.note(&lodged.act, outcome);
            }
            Act::Objection(objection) => {
                self.offers.retain(|offer| offer.id != objection.to);
                let is_his = |given: &Given| {
                    given.proposal == objection.to && given.holder == objection.holder
                };
                self.consents.retain(|given| !is_his(given));
            }
            Act::Rotation(act) => self.note_rotation(id, act, signers),
            Act::Testament(act) => {
                let old = &self.keys[&act.holder];
                let policy = old.recovery.as_ref().unwrap_or(&old.operational);
                let wait_s = is_enough(policy, signers).then_some(act.wait_s);
                self.offer_keys(id, (act.holder, &act.keys), wait_s);
            }
            Act::Transfer(act) => self.note_transfer(id, act, signers),
            Act::Claim(act) => {
                let what = What::Name {
                    name: act.claim.name.clone(),
                    from: None,
                    to: act.claim.holder,
                    keys: act.claim.keys.clone(),
                };
                if act.proven.is_some() && is_enough(&act.claim.keys.operational, signers) {
                    let from = self.now.plus(self.claim_wait_s);
                    self.offers.push(Offer { id, from, what });
                }
            }
            _ => {}
        }
    }

    fn note_consent(&mut self, consent: &Consent, signers: &[PublicKey]) {
        let keys = self.keys[&consent.holder].clone();
        let Some(wait_s) = wait_of(&keys, signers) else {
            return;
        };
        for name in consent.names.iter().map(|consented| &consented.name) {
            self.consents.push(Given {
                proposal: consent.proposal,
                holder: consent.holder,
                keys: keys.clone(),
                name: name.clone(),
                seen: estate(&self.zone, name),
                at: self.now,
                until: consent.until,
                wait_s,
            });
        }
    }

    fn note_rotation(&mut self, id: Digest, act: &Rotation, signers: &[PublicKey]) {
        let old = self.keys[&act.holder].clone();
        let is_own_set = old.recovery.is_none()
            || old.recovery == act.keys.recovery && old.delay_s == act.keys.delay_s;
        let wait_s = match wait_of(&old, signers) {
            // What recovery keys can undo need not wait.
            Some(wait_s) if wait_s == 0 || old.recovery.is_none() => Some(wait_s),
            Some(_) if is_own_set => Some(0),
            Some(_) | None => None,
        };
        self.offer_keys(id, (act.holder, &act.keys), wait_s);
    }

    fn offer_keys(&mut self, id: Digest, to: (HolderId, &HolderKeys), wait_s: Option<u64>) {
        let (holder, new) = (to.0, to.1.clone());
        let old = self.keys[&holder].clone();
        if let Some(wait_s) = wait_s {
            let (from, what) = (self.now.plus(wait_s), What::Keys { holder, old, new });
            self.offers.push(Offer { id, from, what });
        }
    }

    fn note_transfer(&mut self, id: Digest, act: &Transfer, signers: &[PublicKey]) {
        let wait_s = wait_of(&self.keys[&act.from], signers);
        let wait_s = wait_s.filter(|_| is_enough(&act.keys.operational, signers));
        if let Some(wait_s) = wait_s {
            let what = What::Name {
                name: act.name.clone(),
                from: Some(act.from),
                to: act.to,
                keys: act.keys.clone(),
            };
            let from = self.now.plus(wait_s);
            self.offers.push(Offer { id, from, what });
        }
    }

    /// A decision is void, and those of its group that came after it.
    fn take_back(&mut self, proposal: Digest) {
        let group = self.proposals[&proposal].0;
        let first = self
            .taken
            .iter()
            .position(|taken| taken.proposal == proposal);
        let later = self.taken.split_off(first.unwrap_or(self.taken.len()));
        let (void, stay): (Vec<_>, Vec<_>) =
            later.into_iter().partition(|taken| taken.group == group);
        self.taken.extend(stay);
        for change in void.iter().rev().flat_map(|taken| &taken.changes) {
            let key = SetKey::new(&change.name, change.rtype);
            match &change.old {
                Some(old) => self.zone.insert(key, old.clone()),
                None => self.zone.remove(&key),
            };
        }
    }

    fn note_decision(&mut self, decision: &Decision) {
        let proposal = decision.proposal;
        let (group, changes) = self.proposals[&proposal].clone();
        let is_adopted = decision.result == DecisionResult::Adopted;
        let changes = changes.into_iter();
        let changes: Vec<Change> = changes
            .filter(|it| is_adopted && it.old != it.new)
            .collect();
        self.taken.push(Taken {
            proposal,
            group,
            changes: changes.clone(),
        });
        if !is_adopted {
            return;
        }
        self.adopted += 1;
        let changes: Vec<_> = changes.iter().collect();
        for (name, holder) in &self.held {
            let touching: Vec<_> = changes.iter().filter(|it| touches(it, name)).collect();
            if touching.is_empty() {
                continue;
            }
            self.changed += 1;
            let whole = touching.iter().any(|change| takes_whole(change, name));
            let consented = self.consents.iter().any(|given| {
                given.proposal == decision.proposal
                    && (&given.name, given.holder) == (name, *holder)
                    && given.keys == self.keys[holder]
                    && given.seen == estate(&self.zone, name)
                    && self.now <= given.until
                    && (!whole || given.at.plus(given.wait_s) <= self.now)
            });
            if !consented {
                self.fault = Some(format!("{name} changed by {touching:?}"));
            }
        }
        put(&mut self.zone, changes);
    }

    /// What nobody holds may have become what upstream has.
    fn follow(&mut self, state: &Founded, zone: &Zone) {
        let is_held = |owner: &Name| state.held.keys().any(|held| owner.is_at_or_below(held));
        let keys: Vec<SetKey> = self.zone.keys().chain(zone.keys()).cloned().collect();
        for key in keys {
            let is_upstreams = zone.get(&key) == self.upstream.get(&key);
            if is_upstreams && key.owner != *state.contents.origin() && !is_held(&key.owner) {
                match zone.get(&key) {
                    Some(set) => self.zone.insert(key, set.clone()),
                    None => self.zone.remove(&key),
                };
            }
        }
    }

    /// Whether the state is what the accepted acts can have made of it.
    pub(super) fn compare(&mut self, state: Option<&Founded>) -> Result<(), String> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        let Some(state) = state else { return Ok(()) };
        let zone = sets(&state.contents);
        if self.follows {
            self.follow(state, &zone);
        }
        if zone != self.zone {
            return Err("the zone changed without a decision".into());
        }
        let before = core::mem::take(&mut self.held);
        for (name, held) in &state.held {
            let from = before.get(name).copied();
            let keys = &state.holders[&held.holder].keys;
            let is_offered = |what: &What| match what {
                What::Keys { .. } => false,
                What::Name {
                    name: offered,
                    from: by,
                    to,
                    keys: new,
                } => {
                    let is_known = self.keys.contains_key(to);
                    (offered, *by, *to) == (name, from, held.holder) && (is_known || new == keys)
                }
            };
            if from != Some(held.holder) {
                self.moved += 1;
                self.is_offered(is_offered)
                    .ok_or(format!("{name} has another holder"))?;
            }
        }
        if !before.keys().all(|name| state.held.contains_key(name)) {
            return Err("somebody's name is nobody's".into());
        }
        for (id, old) in &self.keys {
            let new = &state.holders[id].keys;
            if old != new {
                self.rekeyed += 1;
                let (holder, old, new) = (*id, old.clone(), new.clone());
                let expected = What::Keys { holder, old, new };
                self.is_offered(|what| *what == expected)
                    .ok_or(format!("{id} has other keys"))?;
            }
        }
        let held = state.held.iter();
        self.held = held.map(|(name, it)| (name.clone(), it.holder)).collect();
        let holders = state.holders.iter();
        self.keys = holders.map(|(id, it)| (*id, it.keys.clone())).collect();
        Ok(())
    }

    /// Whether something was offered that may have taken effect by now.
    fn is_offered(&self, is_it: impl Fn(&What) -> bool) -> Option<()> {
        let mut offers = self.offers.iter();
        let found = offers.find(|offer| offer.from <= self.now && is_it(&offer.what));
        found.map(drop)
    }
}

fn put<'a>(zone: &mut Zone, changes: impl IntoIterator<Item = &'a Change>) {
    for change in changes {
        let key = SetKey::new(&change.name, change.rtype);
        match &change.new {
            Some(new) => zone.insert(key, new.clone()),
            None => zone.remove(&key),
        };
    }
}

fn sets(contents: &Contents) -> Zone {
    let sets = contents.sets();
    sets.map(|(key, set)| (key, set.clone())).collect()
}

/// The sets at and below a name.
fn estate(zone: &Zone, name: &Name) -> Zone {
    let own = zone
        .iter()
        .filter(|(key, _)| key.owner.is_at_or_below(name));
    own.map(|(key, set)| (key.clone(), set.clone())).collect()
}

/// Whether a change is at or below a name, or takes over all below from above.
fn touches(change: &Change, name: &Name) -> bool {
    let cuts = matches!(change.rtype, Rtype::NS | Rtype::DNAME) && change.old.is_none();
    change.name.is_at_or_below(name) || cuts && name.is_at_or_below(&change.name)
}

/// Whether nothing stays of a name's servers, or of its keys.
fn takes_whole(change: &Change, name: &Name) -> bool {
    let is_own = change.name == *name && matches!(change.rtype, Rtype::NS | Rtype::DS);
    let stays = |old: &RecordSet| {
        let new = change.new.iter();
        new.flat_map(|new| &new.data)
            .any(|data| old.data.contains(data))
    };
    is_own && change.old.as_ref().is_some_and(|old| !stays(old))
}
