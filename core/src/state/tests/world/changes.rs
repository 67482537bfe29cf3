//! Proposals, and what comes in for them.

use std::collections::BTreeSet;
use std::vec::Vec;

use super::{Draft, World, holder, holder_id, log, member};
use crate::act::{
    Ballot, Consent, Consented, Decision, DecisionResult, Proposal, RULES, Reason, Vote,
};
use crate::basic::Digest;
use crate::edition::samples::DAY_S;
use crate::state::{ProposalState, present_digest};
use crate::zone::samples::{name, records};
use crate::zone::{Change, Name, RecordSet, Rtype};

impl World {
    /// The change that makes a set what these lines say.
    pub(crate) fn put_set(&self, lines: &str) -> Change {
        let records = records(lines);
        let first = records.first().cloned().unwrap();
        let data: BTreeSet<_> = records.into_iter().map(|record| record.data).collect();
        let new = RecordSet {
            ttl: first.ttl,
            data,
        };
        Change {
            old: self.here().contents.get(&first.owner, first.rtype).cloned(),
            new: Some(new),
            name: first.owner,
            rtype: first.rtype,
        }
    }

    /// The change that removes a set.
    pub(crate) fn suppress(&self, owner: &str, rtype: Rtype) -> Change {
        let name = name(owner);
        Change {
            old: self.here().contents.get(&name, rtype).cloned(),
            new: None,
            name,
            rtype,
        }
    }

    /// A proposal by the first member, open for a day.
    pub(crate) fn proposal(&self, changes: impl IntoIterator<Item = Change>) -> Draft<Proposal> {
        let mut changes: Vec<Change> = changes.into_iter().collect();
        changes.sort_by(|a, b| (&a.name, a.rtype).cmp(&(&b.name, b.rtype)));
        let proposal = Proposal {
            rules: RULES,
            ledger: self.here().ledger,
            changes,
            matter: None,
            amends: None,
            reason: "because".into(),
            deadline: self.here().time.unwrap_or_default().plus(DAY_S),
        };
        Draft::new(proposal, [member(0)])
    }

    /// Puts such a proposal on the ledger.
    pub(crate) fn propose(&mut self, changes: impl IntoIterator<Item = Change>) -> Digest {
        let proposal = self.proposal(changes);
        self.accept(&proposal);
        proposal.id()
    }

    pub(crate) fn proposed(&self, proposal: Digest) -> &ProposalState {
        let mut all = self.here().proposals.iter();
        all.find(|state| state.id == proposal).unwrap()
    }

    /// A holder's consent for all of its names that the proposal touches.
    pub(crate) fn consent(&self, proposal: Digest, number: u8) -> Draft<Consent> {
        let here = self.here();
        let id = holder_id(number);
        let requirement = here.requirement_of(&self.proposed(proposal).proposal);
        let needed = requirement.unwrap();
        let own = needed.names_of(id);
        let consent = Consent {
            rules: RULES,
            ledger: here.ledger,
            zone: here.contents.origin().clone(),
            holder: id,
            proposal,
            names: own.map(|name| self.consented(name)).collect(),
            until: self.now().plus(7 * DAY_S),
        };
        Draft::new(consent, [holder(number)])
    }

    /// A name as a consent given now has it.
    pub(crate) fn consented(&self, name: &Name) -> Consented {
        Consented {
            name: name.clone(),
            present: present_digest(&self.here().contents, name),
        }
    }

    pub(crate) fn ballot(&self, proposal: Digest, voter: usize, vote: Vote) -> Draft<Ballot> {
        let ballot = Ballot {
            rules: RULES,
            ledger: self.here().ledger,
            proposal,
            vote,
        };
        Draft::new(ballot, [member(voter)])
    }

    /// Has these members vote alike.
    pub(crate) fn vote(&mut self, proposal: Digest, voters: &[usize], vote: Vote) {
        for voter in voters {
            self.accept(&self.ballot(proposal, *voter, vote));
        }
    }

    /// What the rules decide now, if they do.
    pub(crate) fn decision_if_any(&self, proposal: Digest) -> Option<DecisionResult> {
        let decision = self.here().decide(self.proposed(proposal));
        decision.map(|(decision, _)| decision.result)
    }

    /// The decision that the rules give now.
    pub(crate) fn decision(&self, proposal: Digest) -> Draft<Decision> {
        let (decision, _) = self.here().decide(self.proposed(proposal)).unwrap();
        Draft::new(decision, [log()])
    }

    /// A decision to adopt, with the arithmetic that the ballots give and every
    /// consent claimed.
    pub(crate) fn forged_adoption(&self, proposal: Digest) -> Draft<Decision> {
        let here = self.here();
        let state = self.proposed(proposal);
        let requirement = here.requirement(&state.proposal.changes).unwrap();
        let decision = Decision {
            rules: RULES,
            ledger: here.ledger,
            proposal,
            result: DecisionResult::Adopted,
            reason: Reason::RuleMet,
            tally: here.tally(state, requirement.vote).0,
            consented: requirement.consents.into_keys().collect(),
            missing: Vec::new(),
        };
        Draft::new(decision, [log()])
    }

    /// Decides by the rules.
    pub(crate) fn decide(&mut self, proposal: Digest) -> DecisionResult {
        let decision = self.decision(proposal);
        self.accept(&decision);
        decision.payload.result
    }

    /// Adopts changes in the right way: all members for, holders consenting.
    pub(crate) fn adopt(&mut self, changes: impl IntoIterator<Item = Change>) {
        let proposal = self.propose(changes);
        for number in [0, 1] {
            let consent = self.consent(proposal, number);
            if !consent.payload.names.is_empty() {
                self.accept(&consent);
            }
        }
        self.vote(proposal, &self.everybody(), Vote::For);
        assert_eq!(self.decide(proposal), DecisionResult::Adopted);
    }
}
