//! The secretariat leaves out what a drop box took (invariant 11), or a box
//! and somebody who came too late say that it did.

use crate::act::{DecisionResult, Reason, Vote};
use crate::act::{Findings, Matter, Merge, Proposal};
use crate::basic::{Digest, Time};
use crate::edition::samples::{DAY_S, NOW};
use crate::ledger::merkle::leaf_hash;
use crate::limits::{CONTEST_SECONDS, MERGE_SECONDS};
use crate::refusal::Refusal;
use crate::state::tests::world::boxes::box_key;
use crate::state::tests::world::keys::{CAREFUL, operational, recovery};
use crate::state::tests::world::{Draft, Setting, World};
use crate::state::{Outcome, Position};
use crate::zone::samples::name;
use crate::zone::{Change, Rtype};

const DEADLINE: Time = Time(NOW.0 + DAY_S);
const CLOSE: Time = Time(DEADLINE.0 + MERGE_SECONDS);

/// A vote that stands at one for and one against, without a quorum.
fn voted() -> (World, Digest) {
    let mut world = World::boxed();
    let proposal = world.propose([world.put_set("ns.example. 60 A 192.0.2.9")]);
    world.vote(proposal, &[0], Vote::For);
    world.vote(proposal, &[1], Vote::Against);
    (world.with_time(NOW.plus(1)), proposal)
}

/// A ballot that a box takes at the deadline.
fn lodged(world: &World, proposal: Digest, voter: usize, vote: Vote) -> Draft<Merge> {
    world.lodged(&world.ballot(proposal, voter, vote))
}

#[test]
fn what_a_box_took_in_time_counts_within_the_hour_and_nothing_else_does() {
    let (world, proposal) = voted();
    let world = world.with_time(DEADLINE);
    let in_time = lodged(&world, proposal, 2, Vote::For);
    let mut world = world.with_time(DEADLINE.plus(1));
    let deadline = DEADLINE;
    let late = world.ballot(proposal, 3, Vote::Against);
    assert_eq!(world.refuse(&late), Refusal::DeadlinePassed { deadline });
    let too_late = world.lodged(&late);
    assert_eq!(world.accept(&too_late), Outcome::Recorded);
    world.accept(&in_time);
    let world = world.with_time(CLOSE);
    assert_eq!(world.decision_if_any(proposal), None);
    let mut world = world.with_time(CLOSE.plus(1));
    assert_eq!(world.proposed(proposal).ballots.len(), 3);
    assert_eq!(world.decide(proposal), DecisionResult::Adopted);
}

#[test]
fn a_decision_that_left_out_a_ballot_is_void_and_taken_anew() {
    let (world, proposal) = voted();
    let before = world.here().contents.clone();
    let receipts = [2, 3].map(|voter| lodged(&world, proposal, voter, Vote::Against));
    // The two that are for it are merged, the two against are not.
    let mut world = world;
    world.vote(proposal, &[4], Vote::For);
    let mut world = world.with_time(CLOSE.plus(1));
    assert_eq!(world.decide(proposal), DecisionResult::Adopted);
    assert_ne!(world.here().contents, before);
    // Two for, two against is a tie; already the first makes it one.
    assert_eq!(world.accept(&receipts[0]), Outcome::Voided(proposal));
    assert_eq!(world.here().contents, before);
    assert_eq!(world.proposed(proposal).voided.len(), 1);
    world.accept(&receipts[1]);
    assert_eq!(world.decision(proposal).payload.reason, Reason::NoMajority);
    assert_eq!(world.decide(proposal), DecisionResult::Rejected);
}

#[test]
fn a_ballot_that_changes_nothing_voids_nothing() {
    let (world, proposal) = voted();
    let left_out = lodged(&world, proposal, 2, Vote::For);
    let mut world = world;
    world.vote(proposal, &[4], Vote::For);
    let mut world = world.with_time(CLOSE.plus(1));
    world.decide(proposal);
    let counted = world.proposed(proposal).decided.clone().unwrap();
    assert_eq!(world.accept(&left_out), Outcome::Recorded);
    let now = world.proposed(proposal);
    assert!(now.ballots.contains_key(&2) && now.voided.is_empty());
    assert_eq!(now.decided.as_ref().unwrap().decision, counted.decision);
}

#[test]
fn an_edition_with_a_void_decision_is_followed_by_one_without() {
    let (world, proposal) = voted();
    let left_out = lodged(&world, proposal, 2, Vote::Against);
    let mut world = world;
    world.vote(proposal, &[4], Vote::For);
    let mut world = world.with_time(CLOSE.plus(1));
    world.decide(proposal);
    let mut world = world.with_edition();
    let address = |world: &World| {
        let zone = world.here().published.clone().unwrap();
        let set = zone.get(&name("ns.example."), Rtype::A).unwrap();
        set.set.clone()
    };
    let changed = address(&world);
    assert_eq!(world.accept(&left_out), Outcome::Voided(proposal));
    let world = world.with_time(CLOSE.plus(2)).with_edition();
    assert_ne!(address(&world), changed);
    let changes = &world.here().editions.last().unwrap().changes;
    let back: &Change = &changes[0];
    assert_eq!((back.rtype, &back.old), (Rtype::A, &Some(changed)));
}

#[test]
fn after_a_day_a_receipt_is_proof_and_undoes_nothing() {
    for (later_s, outcome) in [(CONTEST_SECONDS, true), (CONTEST_SECONDS + 1, false)] {
        let (world, proposal) = voted();
        let left_out = lodged(&world, proposal, 2, Vote::Against);
        let mut world = world;
        world.vote(proposal, &[4], Vote::For);
        let mut world = world.with_time(CLOSE.plus(1));
        world.decide(proposal);
        let mut world = world.with_time(CLOSE.plus(1 + later_s));
        let voided = world.accept(&left_out) == Outcome::Voided(proposal);
        assert_eq!(voided, outcome, "{later_s}");
        let leaf = leaf_hash(&left_out.payload.act.to_octets());
        assert!(world.here().merged.contains(&leaf));
    }
}

#[test]
fn a_receipt_from_after_the_decision_or_the_deadline_undoes_nothing() {
    let (world, proposal) = voted();
    let mut world = world;
    world.vote(proposal, &[2, 4], Vote::For);
    world.vote(proposal, &[3], Vote::Abstain);
    // Three for, one against: decided before the deadline.
    assert_eq!(world.decide(proposal), DecisionResult::Adopted);
    let objection = lodged(&world, proposal, 1, Vote::For);
    assert_eq!(world.accept(&objection), Outcome::Recorded);

    let (world, proposal) = voted();
    let mut world = world.with_time(DEADLINE.plus(1));
    let late = lodged(&world, proposal, 2, Vote::Against);
    assert_eq!(world.accept(&late), Outcome::Recorded);
    assert_eq!(world.proposed(proposal).ballots.len(), 2);
}

#[test]
fn nobody_votes_twice_with_the_help_of_a_box() {
    let (mut world, proposal) = voted();
    let twice = lodged(&world, proposal, 0, Vote::Against);
    assert_eq!(world.accept(&twice), Outcome::Recorded);
    let ballot = world.proposed(proposal).ballots[&0];
    assert_eq!(ballot, Vote::For);
}

#[test]
fn an_objection_that_was_left_out_takes_back_stolen_keys_consent() {
    let mut setting = Setting::plain().boxed();
    setting.holders[2].1 = CAREFUL;
    let mut world = World::founded(&setting).with_key().with_time(NOW);
    let proposal = world.propose([
        world.put_set("frog.example. 3600 NS ns.example.\nfrog.example. 3600 NS ns.thief.")
    ]);
    let mut consent = world.consent(proposal, CAREFUL);
    consent.signers = operational()[..2].to_vec();
    world.accept(&consent);
    let objection = world.lodged(&world.objection(proposal).by(recovery()));
    assert_eq!(world.decide(proposal), DecisionResult::Adopted);
    assert_eq!(world.accept(&objection), Outcome::Voided(proposal));
    assert_eq!(world.decision_if_any(proposal), None);
    let over = world.with_time(NOW.plus(2)).with_time(CLOSE.plus(2));
    let decision = over.decision(proposal).payload;
    assert_eq!(decision.reason, Reason::ConsentMissing);
}

/// Membership is voted like everything else, and the third against is left out.
fn carried_by_one(matter: impl Fn(&World) -> Draft<Proposal>) -> (World, Digest, Draft<Merge>) {
    let mut setting = Setting::plain().boxed();
    setting.rules.membership = setting.rules.common.clone();
    let mut world = World::founded(&setting).with_key().with_time(NOW);
    let proposal = matter(&world);
    world.accept(&proposal);
    world.vote(proposal.id(), &[0, 1], Vote::For);
    world.vote(proposal.id(), &[2], Vote::Against);
    let left_out = lodged(&world, proposal.id(), 3, Vote::Against);
    let mut world = world.with_time(NOW.plus(1)).with_time(CLOSE.plus(2));
    assert_eq!(world.decide(proposal.id()), DecisionResult::Adopted);
    (world, proposal.id(), left_out)
}

#[test]
fn a_void_charter_gives_way_to_the_one_before() {
    let before = Setting::plain().boxed().charter().preamble;
    let (mut world, proposal, left_out) =
        carried_by_one(|world| world.about(Matter::Charter(world.other_charter())));
    assert_ne!(world.here().charter.preamble, before);
    assert_eq!(world.accept(&left_out), Outcome::Voided(proposal));
    assert_eq!(world.here().charter.preamble, before);
    assert_eq!(world.decide(proposal), DecisionResult::Rejected);
}

#[test]
fn who_was_admitted_by_a_void_decision_is_no_member() {
    use DecisionResult::{Lapsed, Rejected};
    // A name is a member's once: the matter is overtaken.
    for (has_signed, result) in [(false, Rejected), (true, Lapsed)] {
        let (mut world, proposal, left_out) =
            carried_by_one(|world| world.admission("freedonia", 5));
        if has_signed {
            world.accept(&world.accession(5));
        }
        let later = world.now().plus(1);
        let mut world = world.with_time(later);
        assert_eq!(world.accept(&left_out), Outcome::Voided(proposal));
        // Shares that were to be dealt to it are not: members settle anew.
        let unsettled = has_signed.then_some(later);
        assert_eq!(world.here().unsettled, unsettled);
        assert!(world.here().admitted.is_empty());
        assert_eq!(world.here().member_named("freedonia"), None);
        assert_eq!(world.decide(proposal), result);
    }
}

/// What was decided since, on what the void decision made, stands.
#[test]
fn what_others_have_built_on_is_not_taken_back() {
    let (world, proposal) = voted();
    let left_out = lodged(&world, proposal, 2, Vote::Against);
    let mut world = world;
    world.vote(proposal, &[4], Vote::For);
    let mut world = world.with_time(CLOSE.plus(1));
    world.decide(proposal);
    world.adopt([world.put_set("ns.example. 60 A 192.0.2.10")]);
    let contents = world.here().contents.clone();
    assert_eq!(world.accept(&left_out), Outcome::Recorded);
    assert_eq!(world.here().contents, contents);
}

/// Of a text and its amendments, a void decision unmakes those after it.
#[test]
fn a_void_decision_on_an_amendment_unmakes_that_on_the_original() {
    let mut world = World::boxed();
    let original = world.propose([world.put_set("ns.example. 60 A 192.0.2.9")]);
    let mut amendment = world.proposal([world.put_set("ns.example. 60 A 192.0.2.10")]);
    amendment.payload.amends = Some(original);
    world.accept(&amendment);
    let amendment = amendment.id();
    for proposal in [original, amendment] {
        world.vote(proposal, &[0, 1], Vote::For);
        world.vote(proposal, &[2], Vote::Against);
    }
    world.vote(amendment, &[3], Vote::Against);
    let left_out = lodged(&world, amendment, 4, Vote::For);
    let mut world = world.with_time(NOW.plus(1)).with_time(CLOSE.plus(2));
    assert_eq!(world.decide(amendment), DecisionResult::Rejected);
    assert_eq!(world.decide(original), DecisionResult::Adopted);
    assert_eq!(world.accept(&left_out), Outcome::Voided(amendment));
    assert_eq!(world.decide(amendment), DecisionResult::Adopted);
    assert_eq!(world.decision(original).payload.reason, Reason::NotPut);
}

/// A box that is in league with somebody says that an act came earlier.
#[test]
fn a_box_cannot_speak_of_a_time_that_the_ledger_has_not_reached() {
    let (world, proposal) = voted();
    let mut world = world.with_time(DEADLINE.plus(1));
    let ballot = world.ballot(proposal, 2, Vote::Against);
    let mut receipt = world.receipt(&ballot);
    receipt.size = world.size() + 1;
    let forged = world.merge(&receipt, ballot.envelope());
    let (size, time) = (receipt.size, receipt.time);
    let refusal = crate::refusal::MergeRefusal::Ahead { size, time };
    assert_eq!(world.refuse(&forged), refusal.into());
    assert_eq!(Position(world.size()).0 + 1, size);
}

#[test]
fn findings_too_come_through_a_box() {
    let (mut world, _) = voted();
    let proposal = world.propose([world.put_set("frog.example. 3600 NS ns2.example.")]);
    let findings: Draft<Findings> = world.findings(proposal, 0, true);
    world.accept(&world.lodged(&findings).by(box_key()));
    assert_eq!(world.proposed(proposal).findings.len(), 1);
}
