//! Invariant 11: whatever the secretariat leaves out of a vote that a drop box
//! took in time, and in whatever order it is made to merge it, the vote ends
//! as it would have.

use std::vec::Vec;

use proptest::prelude::*;

use crate::act::{DecisionResult, Merge, Vote};
use crate::basic::Digest;
use crate::edition::samples::{DAY_S, NOW};
use crate::limits::MERGE_SECONDS;
use crate::refusal::tests::seeded;
use crate::state::tests::world::{Draft, World};

/// What a member does: its vote, and whether it is left out.
type Deed = Option<(Vote, bool)>;

fn deed() -> impl Strategy<Value = Deed> {
    let vote = prop_oneof![Just(Vote::For), Just(Vote::Against), Just(Vote::Abstain)];
    prop::option::weighted(0.8, (vote, any::<bool>()))
}

fn proposed() -> (World, Digest) {
    let mut world = World::boxed();
    let proposal = world.propose([world.put_set("ns.example. 60 A 192.0.2.9")]);
    (world.with_time(NOW.plus(1)), proposal)
}

/// Ledger time passes the last that a ballot can still count at.
fn closed(world: World) -> World {
    world.with_time(NOW.plus(DAY_S + MERGE_SECONDS + 1))
}

fn result(world: &World, proposal: Digest) -> Option<DecisionResult> {
    let decided = world.proposed(proposal).decided.as_ref();
    decided.map(|decided| decided.decision.result)
}

/// The result where nothing is left out.
fn honest(deeds: &[Deed]) -> Option<DecisionResult> {
    let (mut world, proposal) = proposed();
    for (at, deed) in deeds.iter().enumerate() {
        if let Some((vote, _)) = deed {
            world.vote(proposal, &[at], *vote);
        }
    }
    let mut world = closed(world);
    world.decide(proposal);
    result(&world, proposal)
}

proptest! {
    #![proptest_config(seeded(48))]

    #[test]
    fn no_ballot_is_left_out_to_any_avail(
        deeds in prop::collection::vec(deed(), 5),
        order in Just([0_usize, 1, 2, 3, 4]).prop_shuffle(),
    ) {
        let (mut world, proposal) = proposed();
        let mut receipts: Vec<(usize, Draft<Merge>)> = Vec::new();
        for (at, deed) in deeds.iter().enumerate() {
            match deed {
                Some((vote, true)) => {
                    receipts.push((at, world.lodged(&world.ballot(proposal, at, *vote))));
                }
                Some((vote, false)) => world.vote(proposal, &[at], *vote),
                None => {}
            }
        }
        let before = world.here().contents.clone();
        let mut world = closed(world);
        world.decide(proposal);
        receipts.sort_by_key(|(at, _)| order[*at]);
        for (_, receipt) in &receipts {
            world.accept(receipt);
            if world.decision_if_any(proposal).is_some() && result(&world, proposal).is_none() {
                world.decide(proposal);
            }
        }
        let expected = honest(&deeds);
        prop_assert_eq!(result(&world, proposal), expected);
        let is_changed = world.here().contents != before;
        prop_assert_eq!(is_changed, expected == Some(DecisionResult::Adopted));
    }
}
