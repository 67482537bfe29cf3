//! Accession, departure, declaration; proposals on admission and the charter.

use std::format;
use std::vec::Vec;

use super::{ELSEWHERE, Row, not_entitled, refusals, twice};
use crate::act::{Accession, Declaration, Departure, Matter, Proposal, Vote};
use crate::charter::{CharterFinding, SigningThreshold};
use crate::refusal::Refusal;
use crate::state::tests::world::{Draft, Setting, World, holder, member, public, stranger};
use crate::zone::samples::name;

const ACCESSION: &[Row<Accession>] = &[
    (
        "is for another ledger",
        |_, act| act.payload.ledger = ELSEWHERE,
        |_, _| Refusal::OtherLedger { ledger: ELSEWHERE },
    ),
    (
        "is signed by two",
        |_, act| act.signers.push(member(0)),
        |_, _| Refusal::TooManySigners { signers: 2 },
    ),
    (
        "signs another charter",
        |_, act| act.payload.charter = ELSEWHERE,
        other_charter,
    ),
    (
        "signs the charter as it was",
        |world, _| {
            let charter = world.other_charter();
            world.settle_matter(&world.about(Matter::Charter(charter)));
        },
        other_charter,
    ),
    (
        "is by a member that has signed it",
        |_, act| act.signers = [member(0)].into(),
        |_, _| Refusal::CharterSigned {
            member: "atlantis".into(),
        },
    ),
    ("comes a second time", twice, |_, _| {
        Refusal::CharterSigned {
            member: "freedonia".into(),
        }
    }),
    (
        "is by somebody who was not admitted",
        |_, act| act.signers = [stranger()].into(),
        |_, _| {
            let key = public(&stranger());
            Refusal::NotEntitled { key }
        },
    ),
    (
        "is by a member that left",
        |world, act| {
            world.accept(&world.departure(4));
            act.signers = [member(4)].into();
        },
        |_, _| not_entitled(4),
    ),
];

const DEPARTURE: &[Row<Departure>] = &[
    (
        "is by no member",
        |_, act| act.signers = [stranger()].into(),
        |_, _| {
            let key = public(&stranger());
            Refusal::NotEntitled { key }
        },
    ),
    (
        "is by one that was admitted and has not signed",
        |_, act| act.signers = [member(5)].into(),
        |_, _| not_entitled(5),
    ),
    ("comes a second time", twice, |_, _| not_entitled(1)),
    (
        "has a book for a reason",
        |_, act| act.payload.reason = "x".repeat(4097),
        |_, _| Refusal::ReasonTooLong { octets: 4097 },
    ),
    (
        "comes before there is a key",
        |world, act| {
            *world = World::founded(&Setting::plain());
            act.payload.ledger = world.here().ledger;
        },
        |_, _| Refusal::NoKey,
    ),
];

const DECLARATION: &[Row<Declaration>] = &[
    (
        "is by somebody who has no part in it",
        |_, act| act.signers = [stranger()].into(),
        |_, _| {
            let key = public(&stranger());
            Refusal::NotEntitled { key }
        },
    ),
    (
        "is a book",
        |_, act| act.payload.text = "x".repeat(4097),
        |_, _| Refusal::ReasonTooLong { octets: 4097 },
    ),
    (
        "stands beside what is not there",
        |_, act| act.payload.to = ELSEWHERE,
        |_, _| Refusal::ProposalUnknown {
            proposal: ELSEWHERE,
        },
    ),
    ("comes a second time", twice, too_many),
    (
        "is one more than a key may make",
        |world, act| {
            for more in 0..8 {
                let mut one = act.clone();
                one.payload.text = format!("{more}");
                world.accept(&one);
            }
        },
        too_many,
    ),
];

const ADMISSION: &[Row<Proposal>] = &[
    (
        "also changes the zone",
        |world, act| {
            let change = world.put_set("wild.example. 3600 NS ns.example.");
            act.payload.changes.push(change);
        },
        |_, _| Refusal::ChangeList,
    ),
    (
        "is by a holder that is no member",
        |_, act| act.signers = [holder(0)].into(),
        |_, _| {
            let key = public(&holder(0));
            Refusal::NotEntitled { key }
        },
    ),
    (
        "is for a name that is none",
        |world, act| *act = world.admission("Freedonia!", 6),
        |_, _| Refusal::MemberName {
            member: "Freedonia!".into(),
        },
    ),
    (
        "is for a member's name",
        |world, act| *act = world.admission("borduria", 6),
        |_, _| taken("borduria"),
    ),
    (
        "is for a member's key",
        |world, act| *act = world.admission("grand-fenwick", 0),
        |_, _| taken("grand-fenwick"),
    ),
    (
        "is for the key of one that left",
        |world, act| {
            world.accept(&world.departure(4));
            *act = world.admission("grand-fenwick", 4);
        },
        |_, _| taken("grand-fenwick"),
    ),
    (
        "is for the name of one that was admitted",
        |world, act| *act = world.admission("freedonia", 6),
        |_, _| taken("freedonia"),
    ),
    (
        "is for the key of one that was admitted",
        |world, act| *act = world.admission("grand-fenwick", 5),
        |_, _| taken("grand-fenwick"),
    ),
    (
        "is for one more than fit",
        |world, act| {
            *world = World::founded(&Setting::of_members(200)).with_time(world.now());
            *act = world.admission("grand-fenwick", 240);
        },
        |_, _| Refusal::MembersFull,
    ),
    (
        "is for a signing threshold that is no majority",
        |world, act| {
            let mut charter = world.other_charter();
            charter.rules.signing_threshold = SigningThreshold::Shares(2);
            *act = world.about(Matter::Charter(charter));
        },
        |_, _| {
            let (threshold, members) = (2, 5);
            CharterFinding::Threshold { threshold, members }.into()
        },
    ),
    (
        "is for a charter that is not sound",
        |world, act| {
            let mut charter = world.other_charter();
            charter.rules.absence_after_s = 0;
            *act = world.about(Matter::Charter(charter));
        },
        |_, _| CharterFinding::Absence.into(),
    ),
];

fn other_charter(world: &World, _: &Draft<Accession>) -> Refusal {
    let charter = world.here().charter.digest();
    Refusal::OtherCharter { charter }
}

fn too_many(_: &World, _: &Draft<Declaration>) -> Refusal {
    Refusal::TooManyDeclarations {
        key: public(&member(0)),
    }
}

fn taken(member: &str) -> Refusal {
    Refusal::MemberTaken {
        member: member.into(),
    }
}

/// A world that has admitted `freedonia`.
fn admitted() -> World {
    let mut world = World::plain();
    world.settle_matter(&world.admission("freedonia", 5));
    world
}

fn accession() -> (World, Draft<Accession>) {
    let world = admitted();
    let act = world.accession(5);
    (world, act)
}

fn departure() -> (World, Draft<Departure>) {
    let world = admitted();
    let act = world.departure(1);
    (world, act)
}

fn declaration() -> (World, Draft<Declaration>) {
    let mut world = World::plain();
    let proposal = world.propose([world.put_set("wild.example. 3600 NS ns.example.")]);
    let act = world.declaration(proposal);
    (world, act)
}

fn admission() -> (World, Draft<Proposal>) {
    let world = admitted();
    let act = world.admission("grand-fenwick", 6);
    (world, act)
}

pub(super) fn all() -> Vec<Refusal> {
    let mut all = refusals(accession(), ACCESSION);
    all.extend(refusals(departure(), DEPARTURE));
    all.extend(refusals(declaration(), DECLARATION));
    all.extend(refusals(admission(), ADMISSION));
    all
}

#[test]
fn refuses_an_accession_that() {
    refusals(accession(), ACCESSION);
}

#[test]
fn refuses_a_departure_that() {
    refusals(departure(), DEPARTURE);
}

#[test]
fn refuses_a_declaration_that() {
    refusals(declaration(), DECLARATION);
}

#[test]
fn refuses_a_proposal_about_members_or_charter_that() {
    refusals(admission(), ADMISSION);
}

#[test]
fn who_never_signs_the_charter_has_no_vote() {
    let (mut world, act) = accession();
    let change = world.put_set("wild.example. 3600 NS ns.example.");
    let proposal = world.propose([change]);
    let ballot = world.ballot(proposal, 5, Vote::For);
    assert_eq!(world.refuse(&ballot), not_entitled(5));
    assert_eq!(world.decision_if_any(proposal), None);
    world.accept(&act);
    world.accept(&ballot);
    let (tally, _) = world.here().tally(world.proposed(proposal), None);
    assert_eq!((tally.count.eligible, tally.count.in_favour), (6, 1));
    // A seat at the table, and none at the key until shares are dealt anew.
    assert!(!world.here().has_seat(5) && world.here().has_seat(4));
}

#[test]
fn a_changed_charter_binds_and_is_signed_once_by_each() {
    let mut world = World::plain();
    let charter = world.other_charter();
    world.settle_matter(&world.about(Matter::Charter(charter.clone())));
    assert_eq!(world.here().charter, charter);
    world.accept(&world.accession(2));
    assert_eq!(world.refuse(&world.accession(2)).rule(), "charter-signed");
    // Reservations stand beside it.
    let reservation = world.declaration(world.here().ledger);
    world.accept(&reservation);
    assert_eq!(world.here().declarations[0].to, world.here().ledger);
}

#[test]
fn a_holder_may_declare() {
    let (mut world, act) = declaration();
    assert!(world.here().holder_of(&name("fish.example.")).is_some());
    world.accept(&act.by(holder(1)));
}
