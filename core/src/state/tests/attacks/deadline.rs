//! The secretariat likes another result, and waits with the decision or
//! hurries it.

use crate::act::{DecisionResult, Reason, Vote};
use crate::basic::{Digest, Time};
use crate::refusal::Refusal;
use crate::state::tests::world::World;

/// A proposal that the members vote on.
fn voted() -> (World, Digest, Time) {
    let mut world = World::plain();
    let proposal = world.propose([world.put_set("ns.example. 60 A 192.0.2.9")]);
    let deadline = world.proposed(proposal).proposal.deadline;
    (world, proposal, deadline)
}

#[test]
fn a_lost_vote_is_not_won_after_its_deadline() {
    let (mut world, proposal, deadline) = voted();
    world.vote(proposal, &[0], Vote::For);
    world.vote(proposal, &[1, 2], Vote::Against);
    let mut world = world.with_seen_and_time(deadline.plus(1));
    for late in [3, 4] {
        let ballot = world.ballot(proposal, late, Vote::For);
        assert_eq!(world.refuse(&ballot), Refusal::DeadlinePassed { deadline });
    }
    assert_eq!(world.decide(proposal), DecisionResult::Rejected);
}

#[test]
fn a_missing_quorum_is_not_found_after_the_deadline() {
    let (mut world, proposal, deadline) = voted();
    world.vote(proposal, &[0, 1], Vote::For);
    let mut world = world.with_seen_and_time(deadline.plus(1));
    let ballot = world.ballot(proposal, 2, Vote::Against);
    assert_eq!(world.refuse(&ballot), Refusal::DeadlinePassed { deadline });
    assert_eq!(world.decision(proposal).payload.reason, Reason::NoQuorum);
    assert_eq!(world.decide(proposal), DecisionResult::Lapsed);
}

#[test]
fn a_ballot_at_the_deadline_is_in_time() {
    let (mut world, proposal, deadline) = voted();
    world.vote(proposal, &[0, 1], Vote::For);
    let mut world = world.with_seen_and_time(deadline);
    world.vote(proposal, &[2], Vote::For);
    assert_eq!(world.decide(proposal), DecisionResult::Adopted);
}

#[test]
fn a_consent_after_the_deadline_is_missing() {
    let mut world = World::plain();
    let proposal = world.propose([world.put_set("frog.example. 60 NS ns.bird.example.")]);
    let deadline = world.proposed(proposal).proposal.deadline;
    let consent = world.consent(proposal, 1);
    let mut world = world.with_seen_and_time(deadline.plus(1));
    assert_eq!(world.refuse(&consent), Refusal::DeadlinePassed { deadline });
    assert_eq!(
        world.decision(proposal).payload.reason,
        Reason::ConsentMissing
    );
}

#[test]
fn a_rule_met_in_time_stays_met() {
    let mut world = World::plain();
    let proposal = world.propose([world.put_set("frog.example. 60 NS ns.bird.example.")]);
    let deadline = world.proposed(proposal).proposal.deadline;
    world.accept(&world.consent(proposal, 1));
    let mut world = world.with_seen_and_time(deadline.plus(60));
    assert_eq!(world.decide(proposal), DecisionResult::Adopted);
}

#[test]
fn one_leap_of_time_ends_no_vote() {
    let (mut world, proposal, deadline) = voted();
    world.vote(proposal, &[0], Vote::For);
    world.vote(proposal, &[1], Vote::Against);
    // Ledger time stood still, and the proposal came the moment before it went on.
    let leap = deadline.plus(3600);
    let mut world = world.with_time(leap);
    assert_eq!(
        world.refuse(&world.forged_adoption(proposal)),
        Refusal::DecisionNotDue { proposal }
    );
    world.vote(proposal, &[2], Vote::Against);
    let period = world.here().charter.rules.deadline_s_min;
    let mut world = world.with_time(leap.plus(period));
    world.vote(proposal, &[3], Vote::Abstain);
    let mut world = world.with_time(leap.plus(period + 1));
    let ballot = world.ballot(proposal, 4, Vote::For);
    let deadline = leap.plus(period);
    assert_eq!(world.refuse(&ballot), Refusal::DeadlinePassed { deadline });
    assert_eq!(world.decide(proposal), DecisionResult::Rejected);
}

#[test]
fn time_acts_that_do_not_cover_a_proposal_do_not_end_it() {
    let (mut world, proposal, deadline) = voted();
    let size = world.proposed(proposal).position;
    for later in [1, 2, 3600] {
        let time = deadline.plus(later);
        let cosigned = [0, 1, 2].map(|at| (at, time));
        let checkpoint = world.checkpoint_at(size, &cosigned);
        world.accept(&world.time_act(checkpoint));
        assert_eq!(world.here().end(world.proposed(proposal)), None);
    }
    world.vote(proposal, &[0, 1, 2], Vote::For);
    assert_eq!(world.decide(proposal), DecisionResult::Adopted);
}
