//! Proposals, consents, ballots and decisions.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::holder::check_reason;
use crate::act::{Ballot, Consent, Consented, Decision, DecisionResult, Matter, Proposal};
use crate::basic::{Digest, PublicKey, Time};
use crate::holder::{Authority, HolderId};
use crate::limits;
use crate::refusal::{HolderRefusal, Refusal};
use crate::state::effect::{Effect, Position};
use crate::state::{ConsentState, Decided, Founded, ProposalState, present_digest};
use crate::zone::Name;

impl Founded {
    pub(super) fn judge_proposal(
        &self,
        proposal: &Proposal,
        by: PublicKey,
        (id, position): (Digest, Position),
    ) -> Result<Effect, Refusal> {
        if self.member_of(&by).is_none() && self.holders_with(by).next().is_none() {
            return Err(Refusal::NotEntitled { key: by });
        }
        if self.proposals.iter().any(|known| known.id == id) {
            return Err(Refusal::ProposalKnown { proposal: id });
        }
        let changes = &proposal.changes;
        let is_about_zone = proposal.matter.is_none();
        let changes_something = changes.iter().any(|change| change.old != change.new);
        if changes.len() > limits::CHANGES_MAX
            || is_about_zone != changes_something
            || !is_about_zone && !changes.is_empty()
            || !changes.is_sorted_by(|a, b| (&a.name, a.rtype) < (&b.name, b.rtype))
        {
            return Err(Refusal::ChangeList);
        }
        check_reason(&proposal.reason)?;
        let time = self.time.ok_or(Refusal::NoTime)?;
        self.judge_deadline(proposal, time)?;
        self.judge_amendment(proposal)?;
        let open = self.proposals.iter();
        let open = open.filter(|known| known.by == by && known.decided.is_none());
        if open.count() >= limits::OPEN_PROPOSALS_PER_KEY_MAX {
            return Err(Refusal::TooManyProposals { key: by });
        }
        self.requirement(changes)?;
        self.contents.with(changes)?;
        if !is_about_zone {
            self.member_of(&by)
                .ok_or(Refusal::NotEntitled { key: by })?;
            self.check_matter(proposal.matter.as_ref())?;
        }
        Ok(Effect::AddProposal(Box::new(ProposalState {
            id,
            position: position.0,
            time,
            seen: None,
            proposal: proposal.clone(),
            by,
            consents: BTreeMap::new(),
            objections: BTreeMap::new(),
            ballots: BTreeMap::new(),
            findings: Vec::new(),
            decided: None,
            voided: Vec::new(),
        })))
    }

    /// An amendment is another text for the same, with the same deadline.
    fn judge_amendment(&self, proposal: &Proposal) -> Result<(), Refusal> {
        let Some(original) = proposal.amends else {
            return Ok(());
        };
        let amended = &self.proposals[self.waiting(original, None)?].proposal;
        let is_alike = |a: &Option<Matter>, b: &Option<Matter>| match (a, b) {
            (None, None) => true,
            (Some(a), Some(b)) => core::mem::discriminant(a) == core::mem::discriminant(b),
            _ => false,
        };
        // Else anybody's could hold up, or take the place of, what a holder
        // decides alone: only a vote is amended, and by another such vote, in
        // which the same holders have their say.
        let (old, new) = (
            self.requirement_of(amended).unwrap_or_default(),
            self.requirement_of(proposal)?,
        );
        let same_consents = old.consents == new.consents || proposal.matter.is_some();
        match amended.amends.is_none()
            && amended.deadline == proposal.deadline
            && is_alike(&amended.matter, &proposal.matter)
            && old.vote.is_some()
            && old.vote == new.vote
            && same_consents
            && self.amendments(original).count() < limits::AMENDMENTS_MAX
        {
            true => Ok(()),
            false => Err(Refusal::Amendment { original }),
        }
    }

    fn judge_deadline(&self, proposal: &Proposal, now: Time) -> Result<(), Refusal> {
        let deadline = proposal.deadline;
        let earliest = now.plus(self.shortest_s(proposal));
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
        signers: &[PublicKey],
        position: Position,
        lodged: Option<Time>,
    ) -> Result<Effect, Refusal> {
        if consent.zone != *self.contents.origin() {
            return Err(Refusal::OtherZone {
                zone: consent.zone.clone(),
            });
        }
        let holder = consent.holder;
        let (known, authority) = self.holder_acts(holder, signers)?;
        let at = self.waiting(consent.proposal, lodged)?;
        if consent.until < lodged.or(self.time).ok_or(Refusal::NoTime)? {
            return Err(Refusal::ConsentExpired {
                until: consent.until,
            });
        }
        let state = &self.proposals[at];
        if self.has_consented(state, holder, authority) {
            return Err(Refusal::ConsentKnown { holder });
        }
        let objected = state.objections.get(&holder);
        if objected.is_some_and(|objected| *objected > authority) {
            let proposal = consent.proposal;
            return Err(HolderRefusal::Objected { proposal }.into());
        }
        let consent = ConsentState {
            names: self.consented_names(consent, state)?,
            until: consent.until,
            authority,
            revision: known.revision,
            position: position.0,
            seen: None,
        };
        Ok(Effect::AddConsent {
            at,
            holder,
            consent,
        })
    }

    /// The names that a consent is for: each the holder's, touched by the
    /// proposal, and as the holder saw it.
    fn consented_names(
        &self,
        consent: &Consent,
        state: &ProposalState,
    ) -> Result<BTreeMap<Name, Digest>, Refusal> {
        // The list has one text, as all that is signed.
        if consent.names.is_empty() || !consent.names.is_sorted_by(|a, b| a.name < b.name) {
            return Err(Refusal::ConsentNames);
        }
        // A proposal that has become impossible needs no consent any more.
        let needed = self.requirement_of(&state.proposal).unwrap_or_default();
        let holder = consent.holder;
        let mut names = BTreeMap::new();
        for Consented { name, present } in &consent.names {
            let name = name.clone();
            if self.holder_of(&name) != Some(holder) {
                return Err(HolderRefusal::NotHolder { name, holder }.into());
            }
            if !needed.names_of(holder).any(|own| *own == name) {
                return Err(Refusal::NotTouched { name });
            }
            if present_digest(&self.contents, &name) != *present {
                return Err(Refusal::StateDiffers { name });
            }
            names.insert(name, *present);
        }
        Ok(names)
    }

    pub(super) fn judge_ballot(
        &self,
        ballot: &Ballot,
        key: PublicKey,
        lodged: Option<Time>,
    ) -> Result<Effect, Refusal> {
        let member = self.member_of(&key).ok_or(Refusal::NotEntitled { key })?;
        let at = self.waiting(ballot.proposal, lodged)?;
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
            let requirement = self.requirement_of(&state.proposal)?;
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
                let vote = self
                    .requirement_of(&state.proposal)
                    .unwrap_or_default()
                    .vote;
                let (_, rule) = self.tally(state, vote);
                let decided = Decided {
                    decision,
                    rule,
                    position: position.0,
                    time,
                    replaced: None,
                };
                Ok(Effect::Decide {
                    at,
                    decided,
                    contents,
                })
            }
        }
    }

    /// Whether a consent by this holder is there that still counts. One that
    /// has ended, was for another state of a name, or was signed by lesser
    /// keys, can be given anew.
    fn has_consented(&self, state: &ProposalState, holder: HolderId, authority: Authority) -> bool {
        let known = state.consents.get(&holder);
        known.is_some_and(|known| {
            let counts = |name| self.counts(state, name, holder, self.time.unwrap_or_default());
            known.authority >= authority && known.names.keys().all(counts)
        })
    }

    /// The index of a proposal that still waits for ballots and consents. What
    /// is missing at its end stays missing, or the secretariat could wait
    /// with the decision until another result came together. What a drop box
    /// took counts as of the ledger time then.
    fn waiting(&self, proposal: Digest, lodged: Option<Time>) -> Result<usize, Refusal> {
        let at = self.undecided(proposal)?;
        let end = self.end(&self.proposals[at]);
        match end.zip(lodged.or(self.time)) {
            Some((deadline, time)) if time > deadline => Err(Refusal::DeadlinePassed { deadline }),
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
