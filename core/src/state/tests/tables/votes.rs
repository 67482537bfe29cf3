//! Ballots, and decisions with their arithmetic.

use std::vec::Vec;

use super::{ELSEWHERE, Row, not_entitled, refusals, twice};
use crate::act::{Ballot, Decision, DecisionResult, Reason, Vote};
use crate::edition::samples::{DAY_S, NOW};
use crate::refusal::{FormatRefusal, Refusal};
use crate::state::tests::world::{Draft, World, holder, holder_id, log, member, public, stranger};
use crate::zone::samples::name;

const BALLOT: &[Row<Ballot>] = &[
    (
        "names rules of another version",
        |_, act| act.payload.rules = u32::MAX,
        |_, _| FormatRefusal::Rules { found: u32::MAX }.into(),
    ),
    (
        "is for another ledger",
        |_, act| act.payload.ledger = ELSEWHERE,
        |_, _| Refusal::OtherLedger { ledger: ELSEWHERE },
    ),
    (
        "is signed by two members",
        |_, act| act.signers.push(member(1)),
        |_, _| Refusal::TooManySigners { signers: 2 },
    ),
    (
        "is by no member",
        |_, act| act.signers = [stranger()].into(),
        |_, _| Refusal::NotEntitled {
            key: public(&stranger()),
        },
    ),
    (
        "is the secretariat's",
        |_, act| act.signers = [log()].into(),
        |_, _| Refusal::NotEntitled {
            key: public(&log()),
        },
    ),
    (
        "is for a proposal that is not there",
        |_, act| act.payload.proposal = ELSEWHERE,
        |_, _| Refusal::ProposalUnknown {
            proposal: ELSEWHERE,
        },
    ),
    (
        "is for a proposal that is decided",
        |world, act| {
            world.vote(act.payload.proposal, &[1, 2, 3], Vote::For);
            world.decide(act.payload.proposal);
        },
        |_, act| Refusal::ProposalDecided {
            proposal: act.payload.proposal,
        },
    ),
    (
        "comes after the proposal's deadline",
        |world, _| *world = world.clone().with_seen_and_time(NOW.plus(DAY_S + 1)),
        |_, _| Refusal::DeadlinePassed {
            deadline: NOW.plus(DAY_S),
        },
    ),
    ("is the member's second", twice, |_, _| {
        Refusal::BallotKnown {
            member: "atlantis".into(),
        }
    }),
    (
        "changes the member's mind",
        |world, act| {
            world.accept(act);
            act.payload.vote = Vote::Against;
        },
        |_, _| Refusal::BallotKnown {
            member: "atlantis".into(),
        },
    ),
];

const DECISION: &[Row<Decision>] = &[
    (
        "is for another ledger",
        |_, act| act.payload.ledger = ELSEWHERE,
        |_, _| Refusal::OtherLedger { ledger: ELSEWHERE },
    ),
    (
        "is signed by a member",
        |_, act| act.signers = [member(0)].into(),
        |_, _| not_entitled(0),
    ),
    (
        "is signed by the holder concerned",
        |_, act| act.signers = [holder(1)].into(),
        |_, _| Refusal::NotEntitled {
            key: public(&holder(1)),
        },
    ),
    (
        "is for a proposal that is not there",
        |_, act| act.payload.proposal = ELSEWHERE,
        |_, _| Refusal::ProposalUnknown {
            proposal: ELSEWHERE,
        },
    ),
    ("is the second on its proposal", twice, |_, act| {
        Refusal::ProposalDecided {
            proposal: act.payload.proposal,
        }
    }),
    (
        "adopts without the holder's consent",
        |world, act| {
            let proposal = world.propose([world.put_set("bird.example. 60 NS ns.example.")]);
            world.vote(proposal, &[0, 1, 2, 3, 4], Vote::For);
            *act = world.forged_adoption(proposal);
        },
        |_, _| Refusal::HolderConsentMissing {
            name: name("bird.example."),
            holder: holder_id(0),
        },
    ),
    (
        "comes while the vote is open",
        |world, act| {
            let proposal = world.propose([world.put_set("ns.example. 60 A 192.0.2.9")]);
            world.vote(proposal, &[0, 1], Vote::For);
            *act = world.forged_adoption(proposal);
        },
        |_, act| Refusal::DecisionNotDue {
            proposal: act.payload.proposal,
        },
    ),
    (
        "gives another result",
        |_, act| act.payload.result = DecisionResult::Rejected,
        differs,
    ),
    (
        "gives another reason",
        |_, act| act.payload.reason = Reason::NoQuorum,
        differs,
    ),
    (
        "says that no vote was needed",
        |_, act| act.payload.tally.needed = false,
        differs,
    ),
    (
        "counts another number of members",
        |_, act| act.payload.tally.count.eligible = 4,
        differs,
    ),
    (
        "asks for another quorum",
        |_, act| act.payload.tally.count.quorum_needed = 2,
        differs,
    ),
    (
        "counts ballots that are not there",
        |_, act| {
            act.payload.tally.count.in_favour += 1;
            act.payload.tally.count.taking_part += 1;
        },
        differs,
    ),
    (
        "drops a ballot against",
        |_, act| {
            act.payload.tally.count.against = 0;
            act.payload.tally.count.taking_part -= 1;
        },
        differs,
    ),
    (
        "counts a ballot against as an abstention",
        |_, act| {
            act.payload.tally.count.against = 0;
            act.payload.tally.count.abstain = 1;
        },
        differs,
    ),
    (
        "leaves out a consent that counted",
        |_, act| act.payload.consented.clear(),
        differs,
    ),
    (
        "names a consent that was not needed",
        |_, act| act.payload.consented.push(name("frog.example.")),
        differs,
    ),
    (
        "calls a consent missing that is there",
        |_, act| act.payload.missing.push(name("fish.example.")),
        differs,
    ),
];

fn differs(_: &World, act: &Draft<Decision>) -> Refusal {
    Refusal::DecisionDiffers {
        proposal: act.payload.proposal,
    }
}

fn ballot() -> (World, Draft<Ballot>) {
    let mut world = World::plain();
    let proposal = world.propose([world.put_set("ns.example. 60 A 192.0.2.9")]);
    let act = world.ballot(proposal, 0, Vote::For);
    (world, act)
}

/// A decision with a vote, which was won with one ballot against, and a
/// consent, which was given.
fn decision() -> (World, Draft<Decision>) {
    let mut world = World::plain();
    let proposal = world.propose([
        world.put_set("ns.example. 60 A 192.0.2.9"),
        world.put_set("fish.example. 60 NS ns.example."),
    ]);
    world.accept(&world.consent(proposal, 1));
    world.vote(proposal, &[4], Vote::Against);
    world.vote(proposal, &[0, 1, 2], Vote::For);
    let act = world.decision(proposal);
    (world, act)
}

pub(super) fn all() -> Vec<Refusal> {
    let mut all = refusals(ballot(), BALLOT);
    all.extend(refusals(decision(), DECISION));
    all
}

#[test]
fn refuses_a_ballot_that() {
    refusals(ballot(), BALLOT);
}

#[test]
fn refuses_a_decision_that() {
    refusals(decision(), DECISION);
}
