//! Votes: who has one, what the ballots come to, and which text is put to the
//! vote first.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::act::{Matter, Question, Reason, Tally, json};
use crate::basic::Digest;
use crate::state::{Founded, ProposalState};
use crate::vote::{Count, Entry, Roll, Verdict, VotingRule, amendments, verdict};
use crate::zone::Change;

impl Founded {
    /// The roll of a proposal: one place for each member, in their order. Who
    /// has departed has no vote, nor, on questions of membership, who is absent.
    pub fn roll(&self, state: &ProposalState, question: Question) -> Roll {
        let entry = |(at, member): (usize, &super::super::Member)| {
            let no_vote =
                member.departed.is_some() || (question == Question::Membership && member.absent);
            match state.ballots.get(&at) {
                _ if no_vote => Entry::NotMember,
                Some(vote) => Entry::Cast(*vote),
                None => Entry::Absent,
            }
        };
        Roll::from_entries(self.members.iter().enumerate().map(entry).collect())
    }

    /// The count of a proposal's ballots, and the rule that it is counted by.
    /// Where no vote is needed, as if it were one on what is common.
    pub fn tally(&self, state: &ProposalState, vote: Option<Question>) -> (Tally, VotingRule) {
        let question = vote.unwrap_or(Question::Common);
        let rule = self.charter.rules.voting(question);
        let rule = match self.was_put_off(state) {
            true => rule.when_put_off_before(),
            false => rule.clone(),
        };
        let tally = Tally {
            needed: vote.is_some(),
            rule: question,
            count: Count::of_roll(&rule, &self.roll(state, question)),
        };
        (tally, rule)
    }

    /// What the vote comes to now; carried where none is needed.
    pub(super) fn vote_verdict(
        &self,
        state: &ProposalState,
        vote: Option<Question>,
        late: bool,
    ) -> (Tally, Verdict) {
        let (tally, rule) = self.tally(state, vote);
        let verdict = match vote {
            Some(_) => verdict(&rule, &tally.count, late),
            None => Verdict::Carried,
        };
        (tally, verdict)
    }

    /// Whether abstentions put the same off before: they do so once.
    fn was_put_off(&self, state: &ProposalState) -> bool {
        let (changes, matter) = (&state.proposal.changes, &state.proposal.matter);
        self.proposals.iter().any(|before| {
            before.position < state.position
                && before.proposal.changes == *changes
                && before.proposal.matter == *matter
                && is_put_off(before)
        })
    }

    /// The amendments of a proposal, in the order in which they came.
    pub fn amendments(&self, original: Digest) -> impl Iterator<Item = &ProposalState> {
        let all = self.proposals.iter();
        all.filter(move |state| state.proposal.amends == Some(original))
    }

    /// Whether another text must be decided before this one, the farthest from
    /// the original first (UNGA rule 90): none, some, or one was adopted, and
    /// this is not put to the vote.
    pub(super) fn turn(&self, state: &ProposalState) -> Turn {
        let original = state.proposal.amends.unwrap_or(state.id);
        let Some(text) = self.proposals.iter().find(|known| known.id == original) else {
            return Turn::Now;
        };
        let all: Vec<&ProposalState> = self.amendments(original).collect();
        if all.is_empty() {
            // The usual case, and no text need be taken apart for it.
            return Turn::Now;
        }
        let texts: Vec<_> = all.iter().map(|one| elements(one)).collect();
        let order = amendments::order(&elements(text), &texts);
        let before = order.iter().filter_map(|place| all.get(*place));
        let before = before.take_while(|one| one.id != state.id);
        let mut turn = Turn::Now;
        for one in before {
            match one.decided.as_ref().map(|decided| decided.decision.result) {
                Some(crate::act::DecisionResult::Adopted) => return Turn::NotPut,
                Some(_) => {}
                None => turn = Turn::Later,
            }
        }
        turn
    }
}

/// When a text is put to the vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Nothing comes before it.
    Now,
    /// After another.
    Later,
    /// Never: another was adopted in its place.
    NotPut,
}

fn is_put_off(state: &ProposalState) -> bool {
    let decided = state.decided.as_ref();
    decided.is_some_and(|decided| decided.decision.reason == Reason::Postponed)
}

/// A proposal's text as a set: each record that it adds or takes away, and for
/// a charter each clause and the rules.
fn elements(state: &ProposalState) -> BTreeSet<String> {
    let mut elements: BTreeSet<String> = BTreeSet::new();
    for change in &state.proposal.changes {
        elements.extend(records(change));
    }
    match &state.proposal.matter {
        None => {}
        Some(Matter::Admission(member)) => {
            elements.insert(format!("{} {}", member.name, member.key));
        }
        Some(Matter::Charter(charter)) => {
            let text = |octets: Vec<u8>| String::from_utf8(octets).unwrap_or_default();
            elements.extend(
                charter
                    .clauses
                    .iter()
                    .map(|clause| text(json::encode(clause))),
            );
            elements.insert(text(json::encode(&charter.rules)));
            elements.insert(charter.title.clone());
            elements.insert(charter.preamble.clone());
        }
    }
    elements
}

fn records(change: &Change) -> Vec<String> {
    let side = |sign: char, set: &Option<crate::zone::RecordSet>| -> Vec<String> {
        let (name, rtype) = (&change.name, change.rtype);
        let data = set
            .iter()
            .flat_map(|set| set.data.iter().map(move |data| (set.ttl, data)));
        data.map(|(ttl, data)| format!("{sign} {name} {ttl} {rtype} {}", data.to_text(rtype)))
            .collect()
    };
    [side('-', &change.old), side('+', &change.new)].concat()
}
