//! Proposals that amend another, and the order in which texts are decided.

use std::vec::Vec;

use super::{ELSEWHERE, Row, refusals};
use crate::act::DecisionResult::{self, Adopted, Lapsed, Rejected};
use crate::act::{Matter, Proposal, Reason, Vote};
use crate::basic::Digest;
use crate::edition::samples::DAY_S;
use crate::refusal::Refusal;
use crate::state::tests::world::{Draft, World};

const AMENDMENT: &[Row<Proposal>] = &[
    (
        "amends what is not there",
        |_, act| act.payload.amends = Some(ELSEWHERE),
        |_, _| Refusal::ProposalUnknown {
            proposal: ELSEWHERE,
        },
    ),
    (
        "amends what is decided",
        |world, act| {
            let original = act.payload.amends.unwrap();
            world.vote(original, &[0, 1, 2], Vote::For);
            world.decide(original);
        },
        |_, act| Refusal::ProposalDecided {
            proposal: act.payload.amends.unwrap(),
        },
    ),
    (
        "amends an amendment",
        |world, act| {
            world.accept(act);
            act.payload.amends = Some(act.id());
        },
        amendment,
    ),
    (
        "has another deadline than the original",
        |_, act| act.payload.deadline = act.payload.deadline.plus(1),
        amendment,
    ),
    (
        "amends what a holder decides alone",
        |world, act| {
            let own = world.put_set("frog.example. 60 DS 1 15 2 AB");
            let original = world.propose([own]);
            act.payload.amends = Some(original);
        },
        amendment,
    ),
    (
        "needs no vote where the original needs one",
        |world, act| {
            let original = act.payload.amends;
            *act = world.proposal([world.put_set("frog.example. 60 DS 1 15 2 AB")]);
            act.payload.amends = original;
        },
        amendment,
    ),
    (
        "asks a holder that the original does not ask",
        |world, act| {
            let frog = world.put_set("frog.example. 60 DS 1 15 2 AB");
            let wild = act.payload.changes[0].clone();
            let original = act.payload.amends;
            *act = world.proposal([frog, wild]);
            act.payload.amends = original;
        },
        amendment,
    ),
    (
        "is about members where the original is about the zone",
        |world, act| {
            let original = act.payload.amends;
            *act = world.admission("freedonia", 5);
            act.payload.amends = original;
        },
        amendment,
    ),
    (
        "is one more than may be",
        |world, act| {
            for more in 0..10 {
                let mut one = act.clone();
                one.payload.reason = std::format!("{more}");
                world.accept(&one);
            }
        },
        amendment,
    ),
];

fn amendment(_: &World, act: &Draft<Proposal>) -> Refusal {
    let original = act.payload.amends.unwrap();
    Refusal::Amendment { original }
}

const ORIGINAL: &str = "wild.example. 3600 NS ns.example.";

fn start() -> (World, Draft<Proposal>) {
    let mut world = World::plain();
    let original = world.propose([world.put_set(ORIGINAL)]);
    let near = "wild.example. 3600 NS ns.example.\nwild.example. 3600 NS ns2.example.";
    let act = amended(&world, original, near);
    (world, act)
}

fn amended(world: &World, original: Digest, records: &str) -> Draft<Proposal> {
    let mut act = world.proposal([world.put_set(records)]);
    act.payload.amends = Some(original);
    act
}

pub(super) fn all() -> Vec<Refusal> {
    refusals(start(), AMENDMENT)
}

#[test]
fn refuses_an_amendment_that() {
    refusals(start(), AMENDMENT);
}

/// The original, one near and one far amendment, in that order.
fn three() -> (World, [Digest; 3]) {
    let (mut world, near) = start();
    let original = near.payload.amends.unwrap();
    world.accept(&near);
    let far = amended(
        &world,
        original,
        "wild.example. 60 NS far.example.\nwild.example. 60 NS farther.example.",
    );
    world.accept(&far);
    (world, [original, near.id(), far.id()])
}

fn results(world: &mut World, order: &[Digest]) -> Vec<(DecisionResult, Reason)> {
    let decide = |id: &Digest| {
        let decision = world.decision(*id);
        world.accept(&decision);
        (decision.payload.result, decision.payload.reason)
    };
    order.iter().map(decide).collect()
}

#[test]
fn the_farthest_is_decided_first_and_the_first_that_carries_excludes_the_others() {
    let (mut world, [original, near, far]) = three();
    for id in [original, near] {
        world.vote(id, &[0, 1, 2, 3, 4], Vote::For);
        assert_eq!(world.decision_if_any(id), None, "before the farthest");
    }
    let mut carried = world.clone();
    carried.vote(far, &[0, 1, 2], Vote::For);
    assert_eq!(
        results(&mut carried, &[far, near, original]),
        [
            (Adopted, Reason::RuleMet),
            (Lapsed, Reason::NotPut),
            (Lapsed, Reason::NotPut)
        ]
    );
    world.vote(far, &[0, 1, 2], Vote::Against);
    assert_eq!(results(&mut world, &[far])[0].0, Rejected);
    assert_eq!(world.decision_if_any(original), None, "before the near one");
    assert_eq!(
        results(&mut world, &[near, original]),
        [(Adopted, Reason::RuleMet), (Lapsed, Reason::NotPut)]
    );
}

#[test]
fn where_no_amendment_carries_the_original_is_put_to_the_vote() {
    let (mut world, [original, near, far]) = three();
    for id in [far, near] {
        world.vote(id, &[0, 1, 2], Vote::Against);
    }
    world.vote(original, &[0, 1, 2], Vote::For);
    let results = results(&mut world, &[far, near, original]);
    assert_eq!(results.last(), Some(&(Adopted, Reason::RuleMet)));
}

#[test]
fn an_amended_charter_is_ordered_by_its_clauses() {
    let mut world = World::plain();
    let original = world.about(Matter::Charter(world.other_charter()));
    world.accept(&original);
    let mut charter = world.other_charter();
    charter.rules.deadline_s_min = DAY_S;
    let mut amendment = world.about(Matter::Charter(charter.clone()));
    amendment.payload.amends = Some(original.id());
    world.accept(&amendment);
    world.vote(original.id(), &[0, 1, 2, 3], Vote::For);
    assert_eq!(world.decision_if_any(original.id()), None);
    world.vote(amendment.id(), &[0, 1, 2, 3], Vote::For);
    assert_eq!(results(&mut world, &[amendment.id()])[0].0, Adopted);
    assert_eq!(world.here().charter, charter);
}

/// A vote that abstentions put off is held again, and then they do not.
#[test]
fn abstentions_put_a_matter_off_once() {
    use crate::state::tests::world::Setting;
    use crate::vote::{Base, Portion};
    let mut setting = Setting::plain();
    setting.rules.common.postponed = Some(Portion {
        num: 1,
        den: 2,
        of: Base::TakingPart,
        more_than: true,
    });
    let mut world = World::founded(&setting).with_time(crate::edition::samples::NOW);
    let mut ends = Vec::new();
    for more in 0..2 {
        let mut act = world.proposal([world.put_set(ORIGINAL)]);
        act.payload.deadline = act.payload.deadline.plus(more);
        world.accept(&act);
        world.vote(act.id(), &[0, 1], Vote::For);
        world.vote(act.id(), &[2, 3, 4], Vote::Abstain);
        ends.extend(results(&mut world, &[act.id()]));
    }
    assert_eq!(
        ends,
        [(Lapsed, Reason::Postponed), (Adopted, Reason::RuleMet)]
    );
}
