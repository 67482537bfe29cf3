//! Those who leave, and those who would change what cannot be changed.

use crate::act::DecisionResult::{Adopted, Rejected};
use crate::act::{Matter, Vote};
use crate::charter::{BoundRule, Clause};
use crate::edition::samples::NOW;
use crate::state::tests::world::{Setting, World, holder, holder_id};
use crate::zone::samples::name;

/// A bloc walks out. It keeps its names, the others go on, and it has no say
/// over them any more.
#[test]
fn who_leaves_keeps_its_names_and_has_no_vote() {
    let mut world = World::plain();
    let proposal = world.propose([world.put_set("wild.example. 3600 NS ns.example.")]);
    world.vote(proposal, &[3, 4], Vote::Against);
    for at in [3, 4] {
        world.accept(&world.departure(at));
    }
    // What they voted before counts no more than their silence would.
    let (tally, _) = world.here().tally(world.proposed(proposal), None);
    assert_eq!((tally.count.eligible, tally.count.against), (3, 0));
    world.vote(proposal, &[0, 1], Vote::For);
    assert_eq!(world.decide(proposal), Adopted);
    // Three cosign and three sign: nobody less than signs.
    assert_eq!(
        (world.here().present(), world.here().cosigning_quorum()),
        (3, 3)
    );
    let late = world.clone().with_time(NOW.plus(60));
    assert_eq!(late.now(), NOW.plus(60));
    // A name that one of them holds changes as before, and only so.
    assert_eq!(
        world.here().holder_of(&name("frog.example.")),
        Some(holder_id(1))
    );
    let own = world.proposal([world.put_set("frog.example. 60 DS 1 15 2 AB")]);
    let own = own.by(holder(1));
    world.accept(&own);
    world.accept(&world.consent(own.id(), 1));
    assert_eq!(world.decide(own.id()), Adopted);
    let proposal = world.propose([world.put_set("frog.example. 60 NS ns.evil.")]);
    world.vote(proposal, &[0, 1, 2], Vote::For);
    assert_eq!(world.decision_if_any(proposal), None);
}

/// Time cannot be pushed by those who left.
#[test]
fn the_cosignatures_of_those_who_left_count_for_nothing() {
    let mut world = World::plain();
    for at in [3, 4] {
        world.accept(&world.departure(at));
    }
    let act = world.time(&[0, 1, 3, 4], NOW.plus(60));
    assert_eq!(world.refuse(&act).rule(), "too-few-cosignatures");
    world.accept(&world.time(&[0, 1, 2], NOW.plus(60)));
}

#[test]
fn admission_and_charter_need_two_thirds_of_the_present() {
    let mut world = World::plain();
    let admission = world.admission("freedonia", 5);
    world.accept(&admission);
    world.vote(admission.id(), &[0, 1, 2], Vote::For);
    assert_eq!(world.decision_if_any(admission.id()), None);
    let mut lost = world.clone();
    lost.vote(admission.id(), &[3, 4], Vote::Against);
    assert_eq!(lost.decide(admission.id()), Rejected);
    // One leaves, and three are two thirds of four.
    world.accept(&world.departure(4));
    assert_eq!(world.decide(admission.id()), Adopted);
}

#[test]
fn entrenched_clauses_and_the_rules_they_bind_need_every_holder() {
    let mut setting = Setting::plain();
    setting.rules.host_notice_s = 5 * 86_400;
    let mut world = World::founded(&setting).with_key().with_time(NOW);
    // An amendment that nothing entrenched forbids adds another such clause.
    let mut charter = world.here().charter.clone();
    charter.clauses.push(Clause {
        number: 2,
        text: "Whoever uses a host has notice.".into(),
        binds: Some(BoundRule::HostNotice),
        entrenched: true,
    });
    world.settle_matter(&world.about(Matter::Charter(charter.clone())));
    let mut without_clause = charter.clone();
    without_clause.clauses.pop();
    let mut other_words = charter.clone();
    other_words.clauses[0].text = "A name is the majority's.".into();
    let mut other_rule = charter.clone();
    other_rule.rules.host_notice_s = 0;
    for changed in [without_clause, other_words, other_rule] {
        let mut world = world.clone();
        let proposal = world.about(Matter::Charter(changed));
        world.accept(&proposal);
        world.vote(proposal.id(), &[0, 1, 2, 3, 4], Vote::For);
        world.accept(&world.consent(proposal.id(), 0));
        assert_eq!(
            world.decision_if_any(proposal.id()),
            None,
            "one holder of two"
        );
        world.accept(&world.consent(proposal.id(), 1));
        assert_eq!(world.decide(proposal.id()), Adopted);
    }
}
