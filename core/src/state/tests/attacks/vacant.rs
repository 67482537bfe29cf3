//! A majority, with the secretariat, wants a held name while it is not
//! delegated.

use super::access::consent_missing;
use crate::act::DecisionResult;
use crate::edition::samples::NOW;
use crate::state::tests::world::{Setting, World};
use crate::zone::Rtype;
use crate::zone::samples::name;

/// A holder that has its name suppressed for a while does not lose it.
fn frog_suppressed() -> World {
    let mut world = World::plain();
    let proposal = world.propose([world.suppress("frog.example.", Rtype::NS)]);
    world.accept(&world.consent(proposal, 1));
    world.decide(proposal);
    world
}

#[test]
fn no_majority_takes_the_place_of_a_held_name_that_is_not_delegated() {
    let world = frog_suppressed();
    for taken in [
        "frog.example. 60 NS ns.evil.",
        "frog.example. 60 A 192.0.2.66",
        "frog.example. 60 TXT \"taken\"",
        "frog.example. 60 CNAME evil.",
        "frog.example. 60 DNAME evil.",
        "www.frog.example. 60 A 192.0.2.66",
        "*.frog.example. 60 A 192.0.2.66",
        "deep.www.frog.example. 60 NS ns.evil.",
    ] {
        let mut world = world.clone();
        let proposal = world.carried([world.put_set(taken)]);
        let refusal = world.refuse(&world.forged_adoption(proposal));
        assert_eq!(refusal, consent_missing("frog.example.", 1), "{taken}");
        world.accept(&world.consent(proposal, 1));
        assert_eq!(world.decide(proposal), DecisionResult::Adopted, "{taken}");
    }
}

#[test]
fn no_majority_delegates_above_a_held_name() {
    let mut setting = Setting::plain();
    setting
        .records
        .push_str("\n a.pond.example. 60 NS ns.example.");
    setting.holders.insert(0, ("a.pond.example.", 0));
    setting.holders.sort_by_key(|(text, _)| name(text));
    let mut world = World::founded(&setting).with_key().with_time(NOW);
    let proposal = world.propose([world.suppress("a.pond.example.", Rtype::NS)]);
    world.accept(&world.consent(proposal, 0));
    world.decide(proposal);
    for taken in [
        "pond.example. 60 NS ns.evil.",
        "pond.example. 60 DNAME evil.",
    ] {
        let mut world = world.clone();
        let proposal = world.carried([world.put_set(taken)]);
        let refusal = world.refuse(&world.forged_adoption(proposal));
        assert_eq!(refusal, consent_missing("a.pond.example.", 0), "{taken}");
    }
    // What does not stand in the way is everybody's.
    let proposal = world.carried([world.put_set("pond.example. 60 A 192.0.2.9")]);
    assert_eq!(world.decide(proposal), DecisionResult::Adopted);
}

#[test]
fn a_consent_is_for_all_that_stands_at_and_below_the_name() {
    let mut world = frog_suppressed();
    let adopt = |world: &mut World, lines: &str| {
        let proposal = world.propose([world.put_set(lines)]);
        world.accept(&world.consent(proposal, 1));
        world.decide(proposal);
    };
    let proposal = world.propose([world.put_set("a.frog.example. 60 A 192.0.2.1")]);
    world.accept(&world.consent(proposal, 1));
    let early = world.clone();
    adopt(&mut world, "b.frog.example. 60 A 192.0.2.2");
    let refusal = world.refuse(&world.forged_adoption(proposal));
    assert_eq!(refusal, consent_missing("frog.example.", 1));
    let mut early = early;
    assert_eq!(early.decide(proposal), DecisionResult::Adopted);
}
