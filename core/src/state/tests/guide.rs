//! Rules that `docs/rules.md` puts into words and that none of the tables,
//! attacks and properties is about.

use super::world::World;
use crate::act::DecisionResult::{Adopted, Lapsed};
use crate::act::{Matter, Reason, Vote};
use crate::edition::samples::{DAY_S, NOW};

/// What must stay as it is (NOC) needs nobody's leave, and is looked at.
#[test]
fn what_must_stay_needs_nobodys_leave_and_is_looked_at() {
    let mut world = World::plain();
    let mut stays = world.put_set("frog.example. 60 NS ns.bird.example.");
    stays.new = stays.old.clone();
    let own = world.put_set("fish.example. 3600 NS ns.example.");
    let proposal = world.propose([own, stays.clone()]);
    world.accept(&world.consent(proposal, 1));
    let names = world.decision(proposal).payload.consented;
    assert_eq!(names, [crate::zone::samples::name("fish.example.")]);
    assert_eq!(world.clone().decide(proposal), Adopted);
    world.adopt([world.put_set("frog.example. 60 NS ns.bird.example.")]);
    let decision = world.decision(proposal).payload;
    assert_eq!(
        (decision.result, decision.reason),
        (Lapsed, Reason::Overtaken)
    );
    // By itself it is no proposal.
    let nothing = world.proposal([stays]);
    assert_eq!(world.refuse(&nothing).rule(), "change-list");
}

#[test]
fn the_apex_is_voted_in_every_kind() {
    for (mut world, records) in [
        (World::plain(), "example. 60 TXT \"ours\""),
        (World::root(), ". 60 TXT \"ours\""),
    ] {
        let proposal = world.propose([world.put_set(records)]);
        assert_eq!(world.decision_if_any(proposal), None, "{records}");
        world.vote(proposal, &world.everybody(), Vote::For);
        assert!(world.decision(proposal).payload.tally.needed, "{records}");
        assert_eq!(world.decide(proposal), Adopted, "{records}");
    }
}

/// Votes are counted, and end, by the charter as it is then.
#[test]
fn a_changed_charter_bears_on_what_is_under_way() {
    let mut world = World::plain();
    let proposal = world.propose([world.put_set("wild.example. 3600 NS ns.example.")]);
    let mut world = world.with_time(NOW.plus(1));
    let end = |world: &World| world.here().end(world.proposed(proposal));
    assert_eq!(end(&world), Some(NOW.plus(DAY_S)));
    world.vote(proposal, &[0, 1], Vote::For);
    assert_eq!(world.decision_if_any(proposal), None, "two of five");
    let mut charter = world.here().charter.clone();
    charter.rules.common.quorum.num = 0;
    charter.rules.common.quorum.more_than = false;
    charter.rules.common.early_end = false;
    charter.rules.deadline_s_min = 3 * DAY_S;
    world.settle_matter(&world.about(Matter::Charter(charter)));
    assert_eq!(end(&world), Some(NOW.plus(3 * DAY_S + 1)));
    let mut world = world.with_time(NOW.plus(3 * DAY_S + 2));
    assert_eq!(world.decide(proposal), Adopted);
}
