//! Who decides a change (design of the three kinds of things in a zone), and
//! what a proposal's consents and ballots come to.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::{Founded, ProposalState};
use crate::act::{Decision, DecisionResult, RULES, Reason, Tally, Vote};
use crate::basic::{Digest, PublicKey, Time};
use crate::refusal::Refusal;
use crate::zone::{Change, Contents, Kind, Name, Place, Rtype, SetKey};

/// What a proposal needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirement {
    /// The held names it touches, each with its holder.
    pub consents: BTreeMap<Name, PublicKey>,
    /// Whether the members vote.
    pub vote: bool,
}

impl Founded {
    /// What these changes need, given the zone's kind and its holders.
    ///
    /// # Errors
    /// [`Refusal::Derived`] for records that are nobody's to change;
    /// [`Refusal::FollowsUpstream`] for names that only upstream changes.
    pub fn requirement(&self, changes: &[Change]) -> Result<Requirement, Refusal> {
        let mut requirement = Requirement::default();
        for change in changes {
            let name = match self.contents.place(&change.name, change.rtype) {
                Place::Derived => {
                    let set = SetKey {
                        owner: change.name.clone(),
                        rtype: change.rtype,
                    };
                    return Err(Refusal::Derived { set });
                }
                // The apex is common: it is voted in every kind.
                Place::Apex => {
                    requirement.vote = true;
                    continue;
                }
                Place::Delegation(name) | Place::Host(name) => name,
                Place::Inside => change.name.clone(),
            };
            let held = self.held(change);
            match self.kind {
                _ if !held.is_empty() => requirement.consents.extend(held),
                Kind::Root => return Err(Refusal::FollowsUpstream { name }),
                Kind::Plain => requirement.vote = true,
            }
        }
        Ok(requirement)
    }

    /// The held names whose holders decide a change: the one at or above it,
    /// and those below a cut or DNAME that it adds. Held names need not be
    /// delegated: one that its holder had suppressed is still its holder's.
    fn held(&self, change: &Change) -> Vec<(Name, PublicKey)> {
        let above = change.name.and_ancestors();
        let above = above.filter_map(|name| self.holders.get_key_value(&name));
        let takes_all_below =
            change.old.is_none() && matches!(change.rtype, Rtype::NS | Rtype::DNAME);
        let below = self
            .holders
            .range(change.name.clone()..)
            .take_while(|(name, _)| takes_all_below && name.is_at_or_below(&change.name));
        above
            .chain(below)
            .map(|(name, holder)| (name.clone(), *holder))
            .collect()
    }

    /// The decision that the rules give a proposal now, with the contents
    /// that follow if it is adopted; none while it is still open.
    pub fn decide(&self, state: &ProposalState) -> Option<(Decision, Option<Contents>)> {
        let now = self.time?;
        let changes = &state.proposal.changes;
        let late = self.is_over(state);
        let overtaken = || (DecisionResult::Lapsed, Reason::Overtaken);
        let requirement = self.requirement(changes);
        let contents = self.contents.with(changes);
        let (needs, fits) = match (requirement, contents) {
            (Ok(requirement), contents) => (requirement, contents.ok()),
            (Err(_), _) => (Requirement::default(), None),
        };
        let (consented, missing) = self.consents(state, &needs, now);
        let tally = self.tally(state, needs.vote);
        let (result, reason) = match vote_verdict(&tally, late) {
            _ if fits.is_none() => overtaken(),
            VoteVerdict::Lost => (DecisionResult::Rejected, Reason::NoMajority),
            // Access (invariant 1): no tally and no lapse of time replaces
            // the holder's consent.
            _ if !missing.is_empty() && late => (DecisionResult::Lapsed, Reason::ConsentMissing),
            VoteVerdict::NoQuorum => (DecisionResult::Lapsed, Reason::NoQuorum),
            VoteVerdict::Won if missing.is_empty() => (DecisionResult::Adopted, Reason::RuleMet),
            VoteVerdict::Won | VoteVerdict::Open => return None,
        };
        let (rules, ledger, proposal) = (RULES, self.ledger, state.id);
        let decision = Decision {
            rules,
            ledger,
            proposal,
            result,
            reason,
            tally,
            consented,
            missing,
        };
        Some((decision, fits.filter(|_| result == DecisionResult::Adopted)))
    }

    /// The names whose holder's consent counts now, and those where it is
    /// missing. A consent counts until its end date and while its name is as
    /// the holder saw it, so it cannot be replayed.
    pub fn consents(
        &self,
        state: &ProposalState,
        requirement: &Requirement,
        now: Time,
    ) -> (Vec<Name>, Vec<Name>) {
        let mut consented = Vec::new();
        let mut missing = Vec::new();
        for (name, holder) in &requirement.consents {
            let counts = state.consents.get(holder).is_some_and(|consent| {
                now <= consent.until
                    && consent.names.get(name) == Some(&present_digest(&self.contents, name))
            });
            if counts { &mut consented } else { &mut missing }.push(name.clone());
        }
        (consented, missing)
    }

    /// The count of a proposal's ballots. Quorum: more than half of the
    /// members take part.
    pub fn tally(&self, state: &ProposalState, needed: bool) -> Tally {
        let count = |vote: Vote| narrow(state.ballots.values().filter(|b| **b == vote).count());
        let eligible = narrow(self.members.len());
        Tally {
            needed,
            eligible,
            quorum: eligible / 2 + 1,
            taking_part: narrow(state.ballots.len()),
            in_favour: count(Vote::For),
            against: count(Vote::Against),
            abstain: count(Vote::Abstain),
        }
    }
}

/// Members number at most a few hundred, octets of a set some thousands.
fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

enum VoteVerdict {
    Open,
    Won,
    Lost,
    NoQuorum,
}

/// Simple majority of *for* and *against* with a quorum. The vote ends with
/// the deadline, with the last ballot, or when no later ballot can change it:
/// when all that are missing would not make up for the difference.
fn vote_verdict(tally: &Tally, late: bool) -> VoteVerdict {
    if !tally.needed {
        return VoteVerdict::Won;
    }
    let missing = tally.eligible.saturating_sub(tally.taking_part);
    if tally.in_favour > tally.against + missing {
        // Fewer are missing than voted for it, so the quorum took part.
        VoteVerdict::Won
    } else if tally.against >= tally.in_favour + missing {
        VoteVerdict::Lost
    } else if !late {
        VoteVerdict::Open
    } else if tally.taking_part < tally.quorum {
        VoteVerdict::NoQuorum
    } else if tally.in_favour > tally.against {
        VoteVerdict::Won
    } else {
        VoteVerdict::Lost
    }
}

/// Digest of a name's present state: every set at or below it, in canonical
/// order. Of a delegated name these are its NS and DS sets and the addresses
/// of its hosts.
pub fn present_digest(contents: &Contents, name: &Name) -> Digest {
    let mut octets = b"comity present state v1\n".to_vec();
    octets.extend_from_slice(name.as_wire());
    let sets = contents.set_refs();
    for (owner, rtype, set) in sets.filter(|(owner, _, _)| owner.is_at_or_below(name)) {
        octets.extend_from_slice(owner.as_wire());
        octets.extend_from_slice(&rtype.to_int().to_be_bytes());
        octets.extend_from_slice(&set.ttl.to_be_bytes());
        octets.extend_from_slice(&narrow(set.data.len()).to_be_bytes());
        for data in &set.data {
            octets.extend_from_slice(&narrow(data.as_wire().len()).to_be_bytes());
            octets.extend_from_slice(data.as_wire());
        }
    }
    Digest::of(&octets)
}
