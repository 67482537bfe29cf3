//! A name's chain of trust is broken, and its holder withdraws the DS set; or
//! a thief says so (design 7: at once, always logged).

use crate::act::DecisionResult::Adopted;
use crate::basic::Digest;
use crate::edition::samples::DAY_S;
use crate::state::tests::world::World;
use crate::state::tests::world::keys::{CAREFUL, DELAY_S, operational, recovery};
use crate::zone::Rtype;

/// Frog has a DS set, and two of its operational keys want it gone.
fn withdrawn() -> (World, Digest) {
    let mut world = World::careful();
    let secured = world.propose([world.put_set("frog.example. 60 DS 1 15 2 AB")]);
    world.accept(&world.consent(secured, CAREFUL).by(recovery()));
    assert_eq!(world.decide(secured), Adopted);
    let proposal = world.propose([world.suppress("frog.example.", Rtype::DS)]);
    consent(&mut world, proposal);
    (world, proposal)
}

fn consent(world: &mut World, proposal: Digest) {
    let mut consent = world.consent(proposal, CAREFUL);
    consent.signers = operational()[..2].to_vec();
    world.accept(&consent);
}

fn found(world: &mut World, proposal: Digest, members: &[usize], broken: bool) {
    for by in members {
        world.accept(&world.findings(proposal, *by, broken));
    }
}

#[test]
fn a_ds_set_that_a_threshold_found_broken_goes_at_once() {
    let (mut world, proposal) = withdrawn();
    assert_eq!(world.decision_if_any(proposal), None);
    found(&mut world, proposal, &[0, 1], true);
    assert_eq!(world.decision_if_any(proposal), None, "two of five");
    found(&mut world, proposal, &[2], true);
    assert_eq!(world.decide(proposal), Adopted);
}

#[test]
fn no_finding_takes_the_place_of_the_holders_consent() {
    let mut world = World::careful();
    let secured = world.propose([world.put_set("frog.example. 60 DS 1 15 2 AB")]);
    world.accept(&world.consent(secured, CAREFUL).by(recovery()));
    world.decide(secured);
    let proposal = world.propose([world.suppress("frog.example.", Rtype::DS)]);
    found(&mut world, proposal, &[0, 1, 2, 3, 4], true);
    assert_eq!(world.decision_if_any(proposal), None);
}

#[test]
fn who_found_it_whole_again_does_not_count() {
    let (mut world, proposal) = withdrawn();
    found(&mut world, proposal, &[0, 1, 2], true);
    found(&mut world, proposal, &[2], false);
    assert_eq!(world.decision_if_any(proposal), None);
}

#[test]
fn what_was_found_yesterday_does_not_count() {
    let (mut world, proposal) = withdrawn();
    found(&mut world, proposal, &[0, 1, 2], true);
    let later = world.now().plus(DAY_S);
    let world = world.with_time(later);
    assert_eq!(world.decision_if_any(proposal), Some(Adopted));
    let later = later.plus(1);
    assert_eq!(world.with_time(later).decision_if_any(proposal), None);
}

#[test]
fn who_left_and_who_holds_a_name_is_no_part_of_the_threshold() {
    let (mut world, proposal) = withdrawn();
    found(&mut world, proposal, &[0, 1, 2], true);
    world.accept(&world.departure(2));
    let theirs = world.findings(proposal, 0, true);
    world.accept(&theirs.by(recovery()));
    assert_eq!(world.decision_if_any(proposal), None);
}

/// The wait is spared for a withdrawal alone.
#[test]
fn a_broken_chain_opens_no_other_door() {
    for records in [
        "frog.example. 60 DS 2 15 2 CD",
        "frog.example. 3600 NS ns.elsewhere.",
    ] {
        let (mut world, _) = withdrawn();
        let other = world.put_set(records);
        let proposal = match other.rtype {
            Rtype::DS => world.propose([other]),
            _ => world.propose([other, world.suppress("frog.example.", Rtype::DS)]),
        };
        consent(&mut world, proposal);
        found(&mut world, proposal, &[0, 1, 2], true);
        let soon = world.now().plus(1);
        let mut world = world.with_time(soon);
        assert_eq!(world.decision_if_any(proposal), None, "{records}");
        for day in 1..=DELAY_S / DAY_S {
            world = world.with_time(soon.plus(day * DAY_S));
        }
        assert_eq!(world.decision_if_any(proposal), Some(Adopted), "{records}");
    }
}
