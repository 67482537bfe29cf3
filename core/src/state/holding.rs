//! Who holds which name, and the changes of that which wait for their time.
//!
//! What waits takes effect by itself, with the first time act that reaches its
//! end: nobody announces it, so nobody can hold it back.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use serde::Serialize;

use super::Founded;
use crate::basic::{Digest, PublicKey, Time};
use crate::holder::{HolderId, HolderKeys};
use crate::zone::Name;

/// A name's holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Held {
    /// The holder.
    pub holder: HolderId,
    /// Position of the act by which it holds the name.
    pub since: u64,
}

/// A holder as the ledger has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Holder {
    /// Its keys.
    pub keys: HolderKeys,
    /// How often they have changed.
    pub revision: u64,
    /// What has waited and is over; none of it can come again.
    pub over: BTreeSet<Digest>,
}

/// A change of a holder's keys or names that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// The act's id.
    pub id: Digest,
    /// Its position.
    pub position: u64,
    /// Ledger time as the first time act made it whose checkpoint covers the
    /// act: when a threshold of members had it before them.
    pub seen: Option<Time>,
    /// How long it waits from then.
    pub wait_s: u64,
    /// The holder that can end it.
    pub holder: HolderId,
    /// What it changes.
    pub matter: Matter,
}

/// A claim of a name that nobody holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClaimState {
    /// The act's id.
    pub id: Digest,
    /// Its position.
    pub position: u64,
    /// As [`Waiting::seen`].
    pub seen: Option<Time>,
    /// The name.
    pub name: Name,
    /// Who claims it.
    pub holder: HolderId,
    /// Its keys.
    pub keys: HolderKeys,
    /// Whether the name's own zone proves it. Else it binds nothing.
    pub is_proven: bool,
}

/// What changes for a holder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Matter {
    /// Its keys, by its own act.
    Rotation(Box<HolderKeys>),
    /// Its keys, by an act that it signed in advance.
    Testament(Box<HolderKeys>),
    /// Who holds this name.
    Transfer {
        /// The name.
        name: Name,
        /// The new holder.
        to: HolderId,
        /// Its keys, should it be new.
        keys: Box<HolderKeys>,
    },
}

impl Holder {
    pub(super) fn new(keys: HolderKeys) -> Self {
        Self {
            keys,
            revision: 0,
            over: BTreeSet::new(),
        }
    }
}

impl Founded {
    /// The holder of a name.
    pub fn holder_of(&self, name: &Name) -> Option<HolderId> {
        self.held.get(name).map(|held| held.holder)
    }

    /// The names of a holder, in canonical order.
    pub fn names_of(&self, holder: HolderId) -> impl Iterator<Item = &Name> {
        let held = self.held.iter();
        held.filter(move |(_, held)| held.holder == holder)
            .map(|(name, _)| name)
    }

    /// The holders that have this key in one of their sets.
    pub fn holders_with(&self, key: PublicKey) -> impl Iterator<Item = HolderId> {
        let holders = self.holders.iter();
        holders
            .filter(move |(_, holder)| holder.keys.keys().any(|own| *own == key))
            .map(|(id, _)| *id)
    }

    /// Binds a name, and notes the holder if it is new.
    pub(super) fn bind(&mut self, name: Name, held: Held, keys: &HolderKeys) {
        let new = || Holder::new(keys.clone());
        self.holders.entry(held.holder).or_insert_with(new);
        self.held.insert(name, held);
    }

    /// When a claim takes effect, if nothing contests it; none for one that is
    /// unproven, or while it is not known that it was seen.
    pub fn claim_end(&self, claim: &ClaimState) -> Option<Time> {
        let seen = claim.seen.filter(|_| claim.is_proven)?;
        let rules = &self.charter.rules;
        Some(seen.plus(rules.claim_wait_s).plus(rules.merge_s()))
    }

    /// When a change of a holder's keys or names takes effect; none while it is
    /// not known that it was seen. The last hour is for objections that a drop
    /// box took in time.
    pub fn waiting_end(&self, waiting: &Waiting) -> Option<Time> {
        let seen = waiting.seen?;
        Some(seen.plus(waiting.wait_s).plus(self.charter.rules.merge_s()))
    }

    /// Carries out what has waited long enough, the earliest act first.
    pub(super) fn settle(&mut self, now: Time) {
        while let Some(at) = self.first_due(now) {
            let due = self.waiting.remove(at);
            self.carry_out_waiting(due);
        }
        let due = |known: &ClaimState| self.claim_end(known).is_some_and(|end| end <= now);
        let due: Vec<ClaimState> = self
            .claims
            .iter()
            .filter(|known| due(known))
            .cloned()
            .collect();
        for claim in due {
            let (name, holder, since) = (claim.name, claim.holder, claim.position);
            if self.contents.delegation(&name).is_some() {
                self.bind(name.clone(), Held { holder, since }, &claim.keys);
            }
            self.end_claims(|known| known.name == name);
        }
    }

    /// Adds a claim. One of another holder that is proven too contests it, and
    /// both are over: the zone's keys say two things.
    pub(super) fn add_claim(&mut self, claim: ClaimState) {
        let (name, holder) = (claim.name.clone(), claim.holder);
        let contested = claim.is_proven
            && self
                .claims
                .iter()
                .any(|known| known.name == name && known.is_proven && known.holder != holder);
        self.end_claims(|known| {
            known.name == name && (known.holder == holder || contested && known.is_proven)
        });
        match contested {
            true => drop(self.claims_over.insert(claim.id)),
            false => self.claims.push(claim),
        }
    }

    fn end_claims(&mut self, which: impl Fn(&ClaimState) -> bool) {
        let all = core::mem::take(&mut self.claims);
        let (over, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(which);
        self.claims = rest;
        self.claims_over
            .extend(over.into_iter().map(|claim| claim.id));
    }

    fn first_due(&self, now: Time) -> Option<usize> {
        let due = |waiting: &Waiting| self.waiting_end(waiting).is_some_and(|end| end <= now);
        self.waiting.iter().position(due)
    }

    pub(super) fn carry_out_waiting(&mut self, due: Waiting) {
        let Some(holder) = self.holders.get_mut(&due.holder) else {
            return;
        };
        holder.over.insert(due.id);
        match due.matter {
            Matter::Rotation(keys) | Matter::Testament(keys) => {
                holder.keys = *keys;
                holder.revision += 1;
                // Whatever else waits was made with keys that are gone.
                self.end_waiting(due.holder, |_| true);
            }
            Matter::Transfer { name, to, keys } => {
                // What waits for this name came from one who no longer holds it.
                let same = |waiting: &Waiting| waiting.is_transfer_of(&name);
                self.end_waiting(due.holder, same);
                let since = due.position;
                self.bind(name, Held { holder: to, since }, &keys);
            }
        }
    }

    /// Ends, for good, what waits for a holder and is meant by `which`.
    pub(super) fn end_waiting(&mut self, holder: HolderId, which: impl Fn(&Waiting) -> bool) {
        let all = core::mem::take(&mut self.waiting);
        let is_over = |waiting: &Waiting| waiting.holder == holder && which(waiting);
        let (over, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(is_over);
        self.waiting = rest;
        if let Some(holder) = self.holders.get_mut(&holder) {
            holder
                .over
                .extend(over.into_iter().map(|waiting| waiting.id));
        }
    }
}

impl Waiting {
    fn is_transfer_of(&self, of: &Name) -> bool {
        matches!(&self.matter, Matter::Transfer { name, .. } if name == of)
    }
}
