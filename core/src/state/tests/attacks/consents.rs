//! A majority has a consent of the holder's, and would use it for something
//! else than it was given for.

use std::vec::Vec;

use super::access::consent_missing;
use crate::act::{DecisionResult, Reason, Vote};
use crate::basic::Digest;
use crate::edition::samples::{DAY_S, NOW};
use crate::refusal::Refusal;
use crate::state::tests::world::{Setting, World};
use crate::zone::Rtype;
use crate::zone::samples::name;

/// New servers for frog, and a vote on something else with it.
fn proposed(world: &mut World) -> Digest {
    world.propose([
        world.put_set("ns.example. 60 A 192.0.2.9"),
        world.put_set("frog.example. 60 NS ns.bird.example."),
    ])
}

#[test]
fn a_consent_is_for_one_ledger() {
    let mut setting = Setting::plain();
    setting.rules.deadline_s_min = 1;
    let mut other = World::founded(&setting).with_key().with_time(NOW);
    let proposal = proposed(&mut other);
    let consent = other.consent(proposal, 1);
    let mut world = World::plain();
    proposed(&mut world);
    let ledger = other.here().ledger;
    assert_eq!(world.refuse(&consent), Refusal::OtherLedger { ledger });
    // Another ledger's proposal is another proposal, even where all else is alike.
    let mut moved = consent;
    moved.payload.ledger = world.here().ledger;
    assert_eq!(world.refuse(&moved), Refusal::ProposalUnknown { proposal });
}

#[test]
fn a_consent_is_for_one_proposal() {
    let mut world = World::plain();
    let first = proposed(&mut world);
    world.accept(&world.consent(first, 1));
    let mut again = world.proposal(world.proposed(first).proposal.changes.clone());
    again.payload.deadline = again.payload.deadline.plus(1);
    world.accept(&again);
    world.vote(again.id(), &[0, 1, 2, 3, 4], Vote::For);
    let refusal = world.refuse(&world.forged_adoption(again.id()));
    assert_eq!(refusal, consent_missing("frog.example.", 1));
}

#[test]
fn a_consent_counts_once() {
    let mut world = World::plain();
    let proposal = world.propose([world.suppress("frog.example.", Rtype::NS)]);
    let consent = world.consent(proposal, 1);
    world.accept(&consent);
    let change = world.proposed(proposal).proposal.changes.clone();
    assert_eq!(world.decide(proposal), DecisionResult::Adopted);
    assert_eq!(
        world.refuse(&consent),
        Refusal::ProposalDecided { proposal }
    );
    // Its holder brings the name back; the same removal needs another consent.
    let back: Vec<_> = change
        .into_iter()
        .map(|mut change| {
            core::mem::swap(&mut change.old, &mut change.new);
            change
        })
        .collect();
    world.adopt(back);
    let deadline = world.now().plus(2 * DAY_S);
    let mut again = world.proposal([world.suppress("frog.example.", Rtype::NS)]);
    again.payload.deadline = deadline;
    world.accept(&again);
    let refusal = world.refuse(&world.forged_adoption(again.id()));
    assert_eq!(refusal, consent_missing("frog.example.", 1));
}

#[test]
fn a_consent_is_for_the_state_that_its_holder_saw() {
    let mut world = World::plain();
    let proposal = proposed(&mut world);
    let consent = world.consent(proposal, 1);
    let mut early = world.clone();
    early.accept(&consent);
    for mut world in [world, early] {
        world.adopt([world.put_set("frog.example. 60 DS 1 15 2 AB")]);
        world.vote(proposal, &[0, 1, 2, 3, 4], Vote::For);
        let refusal = world.refuse(&world.forged_adoption(proposal));
        assert_eq!(refusal, consent_missing("frog.example.", 1));
        if world.proposed(proposal).consents.is_empty() {
            let name = name("frog.example.");
            assert_eq!(world.refuse(&consent), Refusal::StateDiffers { name });
        }
    }
}

#[test]
fn a_consent_ends_with_its_date() {
    let mut world = World::plain();
    let proposal = proposed(&mut world);
    let mut consent = world.consent(proposal, 1);
    consent.payload.until = NOW.plus(60);
    world.accept(&consent);
    let until = consent.payload.until;
    let mut world = world.with_seen_and_time(until);
    world.vote(proposal, &[0, 1, 2, 3, 4], Vote::For);
    // At its date it counts, after it it does not.
    assert_eq!(
        world.decision(proposal).payload.result,
        DecisionResult::Adopted
    );
    let mut world = world.with_time(until.plus(1));
    let refusal = world.refuse(&world.forged_adoption(proposal));
    assert_eq!(refusal, consent_missing("frog.example.", 1));
    let world = world.with_time(NOW.plus(2 * DAY_S));
    assert_eq!(
        world.decision(proposal).payload.reason,
        Reason::ConsentMissing
    );
}

#[test]
fn a_consent_that_does_not_count_any_more_can_be_given_anew() {
    let mut world = World::plain();
    let proposal = proposed(&mut world);
    let mut short = world.consent(proposal, 1);
    short.payload.until = NOW.plus(60);
    world.accept(&short);
    let holder = short.payload.holder;
    let again = world.consent(proposal, 1);
    assert_eq!(world.refuse(&again), Refusal::ConsentKnown { holder });
    // It ends.
    let mut ended = world.clone().with_time(NOW.plus(61));
    let again = ended.consent(proposal, 1);
    ended.accept(&again);
    ended.vote(proposal, &[0, 1, 2], Vote::For);
    assert_eq!(ended.decide(proposal), DecisionResult::Adopted);
    // The name changes.
    world.adopt([world.put_set("frog.example. 60 DS 1 15 2 AB")]);
    let again = world.consent(proposal, 1);
    world.accept(&again);
    world.vote(proposal, &[0, 1, 2], Vote::For);
    assert_eq!(world.decide(proposal), DecisionResult::Adopted);
}
