//! Random acts about names. Most are such as the rules refuse.

use std::vec::Vec;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::act::{Decision, DecisionResult, Envelope, Question, Reason, Vote};
use crate::basic::{Digest, Time};
use crate::state::tests::world::keys::signed;
use crate::state::tests::world::{World, holder, log, member};
use crate::zone::samples::record;
use crate::zone::{Change, RecordSet, Rtype};

/// Something that somebody does.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// A proposal: each of its changes puts a set there, or removes it.
    Propose(Vec<(&'static str, bool)>),
    Consent(Consenting),
    Ballot(Index, usize, Vote),
    /// The decision that the rules give.
    Decide(Index),
    /// A decision to adopt, whatever the rules give.
    Forge(Index, Reason),
    /// Ledger time moves by some seconds.
    Wait(u64),
}

/// Who consents to which proposal, for which of its names.
#[derive(Clone, Debug)]
pub(super) struct Consenting {
    pub(super) proposal: Index,
    pub(super) number: u8,
    /// Whether another key signs than the holder's.
    pub(super) forged: bool,
    /// Which of the names, first and second by turns.
    pub(super) names: [bool; 2],
    /// For how many seconds.
    pub(super) for_s: u64,
}

/// What proposals put or remove: at held names, below them, above them, at
/// the apex, and at names that nobody holds.
const SETS: &[&str] = &[
    "bird.example. 60 NS ns.bird.example.",
    "bird.example. 60 NS ns.evil.",
    "bird.example. 60 DS 1 15 2 EE",
    "ns.bird.example. 60 A 192.0.2.66",
    "fish.example. 60 NS ns.example.",
    "fish.example. 60 DS 1 15 2 EE",
    "frog.example. 60 NS ns.evil.",
    "frog.example. 60 NS ns.example.",
    "frog.example. 60 TXT \"taken\"",
    "frog.example. 60 DNAME evil.",
    "www.frog.example. 60 A 192.0.2.66",
    "www.frog.example. 60 NS ns.evil.",
    "a.pond.example. 60 NS ns.example.",
    "pond.example. 60 NS ns.evil.",
    "pond.example. 60 DNAME evil.",
    "pond.example. 60 A 192.0.2.66",
    "wild.example. 60 NS ns.example.",
    "ns.example. 60 A 192.0.2.66",
    "example. 60 NS ns.evil.",
];

pub(super) fn history() -> impl Strategy<Value = Vec<Step>> {
    let proposal = any::<Index>;
    let change = (select(SETS), prop::bool::weighted(0.7));
    let consenting = (
        proposal(),
        0..2_u8,
        prop::bool::weighted(0.2),
        any::<[bool; 2]>(),
    );
    let consenting =
        (consenting, select(&[0_u64, 30, 100_000, 100_000][..])).prop_map(|(who, for_s)| {
            let (proposal, number, forged, [first, second]) = who;
            Consenting {
                proposal,
                number,
                forged,
                names: [first || !second, second],
                for_s,
            }
        });
    let vote = select(&[Vote::For, Vote::For, Vote::Against, Vote::Abstain][..]);
    let reason = select(&[Reason::RuleMet, Reason::NoMajority, Reason::Overtaken][..]);
    let one = |step| Vec::from([step]);
    let steps = prop_oneof![
        7 => vec(change, 1..3).prop_map(Step::Propose).prop_map(one),
        4 => consenting.prop_map(Step::Consent).prop_map(one),
        4 => (proposal(), 0..5_usize, vote)
            .prop_map(|(at, by, vote)| Step::Ballot(at, by, vote))
            .prop_map(one),
        5 => (proposal(), select(&[0_usize, 3, 5][..]), 0..2_u8).prop_map(carried),
        4 => proposal().prop_map(Step::Decide).prop_map(one),
        3 => (proposal(), reason)
            .prop_map(|(at, reason)| Step::Forge(at, reason))
            .prop_map(one),
        1 => select(&[1_u64, 40, 90_000][..]).prop_map(Step::Wait).prop_map(one),
    ];
    vec(steps, 1..60).prop_map(|steps| steps.concat())
}

/// A proposal that so many members vote for, one after the other, and to which
/// one holder consents; then it is decided.
fn carried((at, voters, number): (Index, usize, u8)) -> Vec<Step> {
    let consenting = Consenting {
        proposal: at,
        number,
        forged: false,
        names: [true, true],
        for_s: 100_000,
    };
    let ballots = (0..voters).map(|voter| Step::Ballot(at, voter, Vote::For));
    let rest = [Step::Consent(consenting), Step::Decide(at)];
    ballots.chain(rest).collect()
}

impl World {
    /// The act of this step, if it can be made now.
    pub(super) fn act_of(&self, step: &Step) -> Option<Envelope> {
        Some(match step {
            Step::Propose(sets) => {
                let changes = sets.iter().filter_map(|(set, put)| self.change(set, *put));
                self.proposal(changes).envelope()
            }
            Step::Consent(consenting) => self.consent_of(consenting)?,
            Step::Ballot(at, voter, vote) => self.ballot(self.pick(at)?, *voter, *vote).envelope(),
            Step::Decide(at) => {
                let proposal = self.proposed(self.pick(at)?);
                let (decision, _) = self.here().decide(proposal)?;
                signed(&decision, &[log()])
            }
            Step::Forge(at, reason) => self.forged(self.pick(at)?, *reason),
            Step::Wait(seconds) => {
                let time = self.now().plus(*seconds);
                self.time(&[0, 1, 2, 3, 4], time).envelope()
            }
        })
    }

    fn change(&self, set: &str, put: bool) -> Option<Change> {
        let record = record(set);
        let old = self.here().contents.get(&record.owner, record.rtype);
        let new = put.then(|| RecordSet::of_one(record.ttl, record.data));
        let change = Change {
            name: record.owner,
            rtype: record.rtype,
            old: old.cloned(),
            new,
        };
        change.operation().map(|_| change)
    }

    /// One of the newest proposals that are open, or the last one of all.
    fn pick(&self, at: &Index) -> Option<Digest> {
        let all = self.here().proposals.iter().rev();
        let open = all.clone().filter(|state| state.decided.is_none());
        let some: Vec<Digest> = open
            .take(2)
            .chain(all.take(1))
            .map(|state| state.id)
            .collect();
        (!some.is_empty()).then(|| some[at.index(some.len())])
    }

    fn consent_of(&self, consenting: &Consenting) -> Option<Envelope> {
        let proposal = self.pick(&consenting.proposal)?;
        let changes = &self.proposed(proposal).proposal.changes;
        self.here().requirement(changes).ok()?;
        let mut consent = self.consent(proposal, consenting.number);
        let mut wanted = consenting.names.iter().cycle();
        consent
            .payload
            .names
            .retain(|_| wanted.next() == Some(&true));
        consent.payload.until = Time(self.now().0 + consenting.for_s);
        let signer = match consenting.forged {
            true => member(0),
            false => holder(consenting.number),
        };
        Some(consent.by(signer).envelope())
    }

    /// As the rules would have it if they had it.
    fn forged(&self, proposal: Digest, reason: Reason) -> Envelope {
        let state = self.proposed(proposal);
        let honest = self.here().decide(state).map(|(decision, _)| decision);
        let decision = honest.map_or_else(
            || Decision {
                rules: crate::act::RULES,
                ledger: self.here().ledger,
                proposal,
                result: DecisionResult::Adopted,
                reason,
                tally: self.here().tally(state, Some(Question::Common)).0,
                consented: Vec::new(),
                missing: Vec::new(),
            },
            |decision| Decision {
                result: DecisionResult::Adopted,
                reason,
                ..decision
            },
        );
        signed(&decision, &[log()])
    }
}

/// Not all of the types that a change may have.
pub(super) const CUTS: [Rtype; 2] = [Rtype::NS, Rtype::DNAME];
