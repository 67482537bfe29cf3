//! Proposals, consents, ballots and decisions.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;

use crate::act::{Ballot, Consent, Decision, DecisionResult, Proposal};
use crate::basic::{Digest, PublicKey, Time};
use crate::limits;
use crate::refusal::Refusal;
use crate::state::effect::{Effect, Position};
use crate::state::{ConsentState, Decided, Founded, ProposalState, present_digest};
use crate::zone::Name;

impl Founded {
    pub(super) fn judge_proposal(
        &self,
        proposal: &Proposal,
        by: PublicKey,
        id: Digest,
        position: Position,
    ) -> Result<Effect, Refusal> {
        if self.member_of(&by).is_none() && !self.holders.values().any(|holder| *holder == by) {
            return Err(Refusal::NotEntitled { key: by });
        }
        if self.proposals.iter().any(|known| known.id == id) {
            return Err(Refusal::ProposalKnown { proposal: id });
        }
        let changes = &proposal.changes;
        if !(1..=limits::CHANGES_MAX).contains(&changes.len())
            || !changes.is_sorted_by(|a, b| (&a.name, a.rtype) < (&b.name, b.rtype))
        {
            return Err(Refusal::ChangeList);
        }
        let time = self.time.ok_or(Refusal::NoTime)?;
        self.judge_deadline(proposal.deadline, time)?;
        let open = self.proposals.iter();
        let open = open.filter(|known| known.by == by && known.decided.is_none());
        if open.count() >= limits::OPEN_PROPOSALS_PER_KEY_MAX {
            return Err(Refusal::TooManyProposals { key: by });
        }
        self.requirement(changes)?;
        self.contents.with(changes)?;
        Ok(Effect::AddProposal(Box::new(ProposalState {
            id,
            position: position.0,
            time,
            seen: None,
            proposal: proposal.clone(),
            by,
            consents: BTreeMap::new(),
            ballots: BTreeMap::new(),
            decided: None,
        })))
    }

    fn judge_deadline(&self, deadline: Time, now: Time) -> Result<(), Refusal> {
        let earliest = now.plus(self.charter.rules.deadline_s_min.max(1));
        let latest = now.plus(limits::DEADLINE_SECONDS_MAX);
        if deadline < earliest {
            return Err(Refusal::DeadlineTooNear { deadline, earliest });
        }
        if deadline > latest {
            return Err(Refusal::DeadlineTooFar { deadline, latest });
        }
        Ok(())
    }

    pub(super) fn judge_consent(
        &self,
        consent: &Consent,
        key: PublicKey,
    ) -> Result<Effect, Refusal> {
        if consent.zone != *self.contents.origin() {
            return Err(Refusal::OtherZone {
                zone: consent.zone.clone(),
            });
        }
        let at = self.waiting(consent.proposal)?;
        if consent.until < self.time.ok_or(Refusal::NoTime)? {
            return Err(Refusal::ConsentExpired {
                until: consent.until,
            });
        }
        if self.has_consented(&self.proposals[at], &key) {
            return Err(Refusal::ConsentKnown { key });
        }
        // The list has one text, as all that is signed.
        if consent.names.is_empty() || !consent.names.is_sorted_by(|a, b| a.name < b.name) {
            return Err(Refusal::ConsentNames);
        }
        // A proposal that has become impossible needs no consent any more.
        let changes = &self.proposals[at].proposal.changes;
        let needed = self.requirement(changes).unwrap_or_default().consents;
        let mut names = BTreeMap::new();
        for consented in &consent.names {
            let name = &consented.name;
            if self.holders.get(name) != Some(&key) {
                return Err(Refusal::NotHolder {
                    name: name.clone(),
                    key,
                });
            }
            if !needed.contains_key(name) {
                return Err(Refusal::NotTouched { name: name.clone() });
            }
            if present_digest(&self.contents, name) != consented.present {
                return Err(Refusal::StateDiffers { name: name.clone() });
            }
            names.insert(name.clone(), consented.present);
        }
        let consent = ConsentState {
            names,
            until: consent.until,
        };
        Ok(Effect::AddConsent { at, key, consent })
    }

    pub(super) fn judge_ballot(&self, ballot: &Ballot, key: PublicKey) -> Result<Effect, Refusal> {
        let member = self.member_of(&key).ok_or(Refusal::NotEntitled { key })?;
        let at = self.waiting(ballot.proposal)?;
        if self.proposals[at].ballots.contains_key(&member) {
            return Err(Refusal::BallotKnown {
                member: self.members[member].name.clone(),
            });
        }
        Ok(Effect::AddBallot {
            at,
            member,
            vote: ballot.vote,
        })
    }

    pub(super) fn judge_decision(
        &self,
        claimed: &Decision,
        position: Position,
    ) -> Result<Effect, Refusal> {
        let proposal = claimed.proposal;
        let at = self.undecided(proposal)?;
        let state = &self.proposals[at];
        // Access (invariant 1) is checked by itself, so that the refusal
        // names the rule and not only a difference.
        let time = self.time.ok_or(Refusal::NoTime)?;
        if claimed.result == DecisionResult::Adopted {
            let requirement = self.requirement(&state.proposal.changes)?;
            let (_, missing) = self.consents(state, &requirement, time);
            if let Some(name) = missing.into_iter().next() {
                let holder = requirement.consents[&name];
                return Err(Refusal::HolderConsentMissing { name, holder });
            }
        }
        match self.decide(state) {
            None => Err(Refusal::DecisionNotDue { proposal }),
            Some((decision, _)) if decision != *claimed => {
                Err(Refusal::DecisionDiffers { proposal })
            }
            Some((decision, contents)) => {
                let decided = Decided {
                    decision,
                    position: position.0,
                    time,
                };
                Ok(Effect::Decide {
                    at,
                    decided,
                    contents,
                })
            }
        }
    }

    /// Whether a consent by this key is there that still counts. One that has
    /// ended, or was for another state of a name, can be given anew.
    fn has_consented(&self, state: &ProposalState, key: &PublicKey) -> bool {
        let known = state.consents.get(key);
        known.is_some_and(|known| {
            let is_present = |(name, present): (&Name, &Digest)| {
                present_digest(&self.contents, name) == *present
            };
            self.time.is_some_and(|now| now <= known.until) && known.names.iter().all(is_present)
        })
    }

    /// The index of a proposal that still waits for ballots and consents. What
    /// is missing at its end stays missing, or the secretariat could wait
    /// with the decision until another result came together.
    fn waiting(&self, proposal: Digest) -> Result<usize, Refusal> {
        let at = self.undecided(proposal)?;
        let state = &self.proposals[at];
        match self.end(state) {
            Some(deadline) if self.is_over(state) => Err(Refusal::DeadlinePassed { deadline }),
            Some(_) | None => Ok(at),
        }
    }

    /// The index of a proposal that is known and not decided.
    fn undecided(&self, proposal: Digest) -> Result<usize, Refusal> {
        let at = self.proposals.iter().position(|known| known.id == proposal);
        let at = at.ok_or(Refusal::ProposalUnknown { proposal })?;
        match self.proposals[at].decided {
            Some(_) => Err(Refusal::ProposalDecided { proposal }),
            None => Ok(at),
        }
    }
}
