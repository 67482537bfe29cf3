//! Acts about the zone: proposals and what comes in for them.

use std::vec::Vec;

use ed25519_dalek::SigningKey;

use super::Play;
use super::start::{VOTING_RULES, newcomer, voting_rules};
use super::steps::{Consenting, Proposing, What, Wish};
use crate::act::{
    Consent, Decision, DecisionResult, Envelope, FoundingMember, Matter, Question, RULES, Reason,
};
use crate::basic::{Digest, Time};
use crate::charter::{BoundRule, Charter, Clause, SigningThreshold};
use crate::state::tests::world::keys::signed;
use crate::state::tests::world::{log, member, public};
use crate::zone::samples::record;
use crate::zone::{Change, RecordSet};

/// Members that are, or may come to be.
const PROPOSING_MEMBERS: usize = 6;

impl Play {
    pub(super) fn proposal(&self, proposing: &Proposing) -> Option<Envelope> {
        let world = &self.world;
        let mut draft = match &proposing.what {
            What::Zone(sets) => {
                let changes = sets
                    .iter()
                    .filter_map(|(set, wish)| self.change(*set, *wish));
                world.proposal(changes)
            }
            What::Admission(key) => world.about(self.admission(*key)),
            What::Charter(which) => world.about(Matter::Charter(self.charter(*which))),
        };
        let proposal = &mut draft.payload;
        proposal.deadline = match proposing.amends {
            Some(at) => {
                let original = self.pick(at)?;
                proposal.amends = Some(original);
                world.proposed(original).proposal.deadline
            }
            None => {
                let shortest = world.here().shortest_s(proposal);
                let open_s = shortest.saturating_add_signed(proposing.open_s);
                world.now().plus(open_s)
            }
        };
        let by = self.proposer(proposing.by)?;
        Some(draft.by(by).envelope())
    }

    /// Members first, then holders with one of their keys.
    pub(super) fn proposer(&self, by: usize) -> Option<SigningKey> {
        match by.checked_sub(PROPOSING_MEMBERS) {
            None => Some(member(by)),
            Some(at) => {
                let holder = self.holder(at)?;
                let policy = &self.world.here().holders[&holder].keys.operational;
                self.some_of(policy).into_iter().next()
            }
        }
    }

    fn change(&self, set: usize, wish: Wish) -> Option<Change> {
        let record = record(&self.start.set(set));
        let old = self.world.here().contents.get(&record.owner, record.rtype);
        let new = match wish {
            Wish::Put => Some(RecordSet::of_one(record.ttl, record.data)),
            Wish::Remove => None,
            Wish::Keep => old.cloned(),
        };
        let change = Change {
            name: record.owner,
            rtype: record.rtype,
            old: old.cloned(),
            new,
        };
        change.operation().map(|_| change)
    }

    /// One of the newest proposals that are open, or the last one of all.
    pub(super) fn pick(&self, at: usize) -> Option<Digest> {
        let all = self.world.here().proposals.iter().rev();
        let open = all.clone().filter(|state| state.decided.is_none());
        let some: Vec<Digest> = open
            .take(3)
            .chain(all.take(1))
            .map(|state| state.id)
            .collect();
        some.get(at.checked_rem(some.len())?).copied()
    }

    /// Findings about the first name that a proposal changes.
    pub(super) fn findings(&self, proposal: usize, by: usize, broken: bool) -> Option<Envelope> {
        let to = self.pick(proposal)?;
        let state = self.world.proposed(to);
        let first = state.proposal.changes.first()?;
        let mut draft = self.world.findings(to, by, broken);
        draft.payload.names[0].name = first.name.clone();
        Some(draft.envelope())
    }

    /// The next one that there could be, so that members' keys go by their
    /// places, or somebody who is a member.
    fn admission(&self, key: usize) -> Matter {
        let next = self.world.here().members.len();
        let (name, at) = (newcomer(next), if key == 0 { 1 } else { next });
        Matter::Admission(FoundingMember {
            name,
            key: public(&member(at)),
        })
    }

    /// The charter with another rule for votes, or another text.
    fn charter(&self, which: usize) -> Charter {
        let mut charter = self.world.here().charter.clone();
        match which {
            rule if rule < VOTING_RULES => charter.rules.common = voting_rules()[rule].clone(),
            6 => charter.preamble.push('!'),
            7 => charter.clauses[0].text.push('!'),
            8 => charter.rules.host_notice_s += 1,
            9 => charter.rules.signing_threshold = SigningThreshold::Shares(4),
            10 => charter.rules.refresh_before_s = 0,
            _ => charter.clauses.push(Clause {
                number: u32::try_from(charter.clauses.len()).unwrap() + 1,
                text: "Whoever uses a host has notice.".into(),
                binds: Some(BoundRule::HostNotice),
                entrenched: true,
            }),
        }
        charter
    }

    pub(super) fn consent(&self, consenting: &Consenting) -> Option<Envelope> {
        let (world, here) = (&self.world, self.world.here());
        let proposal = self.pick(consenting.proposal)?;
        let holder = self.holder(consenting.by.holder)?;
        let needed = here.requirement_of(&world.proposed(proposal).proposal);
        let needed = needed.ok()?;
        let is_asked = needed.names_of(holder).next().is_some();
        if consenting.names == [true, true] && !is_asked {
            return None;
        }
        let mut wanted = consenting.names.iter().cycle();
        let names = needed.names_of(holder);
        let names = names.filter(|_| wanted.next() == Some(&true));
        let consent = Consent {
            rules: RULES,
            ledger: here.ledger,
            zone: here.contents.origin().clone(),
            holder,
            proposal,
            names: names.map(|name| world.consented(name)).collect(),
            until: Time(world.now().0 + consenting.for_s),
        };
        let signers = self.signers(holder, consenting.by.authority);
        Some(signed(&consent, &signers))
    }

    pub(super) fn decision(&self, at: usize) -> Option<Envelope> {
        let proposal = self.world.proposed(self.pick(at)?);
        let (decision, _) = self.world.here().decide(proposal)?;
        Some(signed(&decision, &[log()]))
    }

    /// As the rules would have it if they had it.
    pub(super) fn forged(&self, at: usize, reason: Reason) -> Option<Envelope> {
        let here = self.world.here();
        let state = self.world.proposed(self.pick(at)?);
        let honest = here.decide(state).map(|(decision, _)| decision);
        let requirement = here.requirement_of(&state.proposal).unwrap_or_default();
        let decision = honest.unwrap_or_else(|| Decision {
            rules: RULES,
            ledger: here.ledger,
            proposal: state.id,
            result: DecisionResult::Adopted,
            reason,
            tally: here.tally(state, Some(Question::Common)).0,
            consented: requirement.consents.into_keys().collect(),
            missing: Vec::new(),
        });
        let decision = Decision {
            result: DecisionResult::Adopted,
            reason,
            ..decision
        };
        Some(signed(&decision, &[log()]))
    }
}
