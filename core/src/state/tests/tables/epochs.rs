//! Convocation, erasure, compromise. How a new epoch is dealt, is in
//! `redistributions`; its test, and the act that makes it live, in `successions`.

use std::collections::BTreeSet;
use std::vec::Vec;

use super::{ELSEWHERE, Row, not_entitled, refusals, twice};
use crate::act::{Compromise, Convocation, Erasure};
use crate::edition::samples::{DAY_S, NOW};
use crate::refusal::tests::variants;
use crate::refusal::{EpochRefusal, Refusal};
use crate::state::tests::world::{Draft, Setting, World, member, public, stranger};

variants!(EpochRefusal:
    NotDue, Unsettled, EarlierAttempt, Message, TooFew, Dealers, NothingToTest, OtherShares,
    TestShares, TestSignature, NoShare, Known, StillSigns, Convoked,
);

/// How many rules there are.
pub(super) const RULES: usize = NAMES.len();

const CONVOCATION: &[Row<Convocation>] = &[
    (
        "is for another ledger",
        |_, act| act.payload.ledger = ELSEWHERE,
        |_, _| Refusal::OtherLedger { ledger: ELSEWHERE },
    ),
    (
        "is signed by two",
        |_, act| act.signers.push(member(1)),
        |_, _| Refusal::TooManySigners { signers: 2 },
    ),
    (
        "is by nobody",
        |_, act| act.signers = [stranger()].into(),
        |_, _| {
            let key = public(&stranger());
            Refusal::NotEntitled { key }
        },
    ),
    (
        "is by a member that left",
        |world, _| {
            world.accept(&world.departure(0));
        },
        |_, _| not_entitled(0),
    ),
    (
        "is by a member that an absence act names",
        |world, _| {
            world.accept(&world.time(&[1, 2, 3, 4], NOW.plus(14 * DAY_S)));
            world.accept(&world.absence(&[0]));
        },
        |_, _| not_entitled(0),
    ),
    (
        "has a book for a reason",
        |_, act| act.payload.reason = "x".repeat(4097),
        |_, _| Refusal::ReasonTooLong { octets: 4097 },
    ),
    (
        "comes before there is a key",
        |world, _| *world = World::founded(&Setting::plain()).with_time(NOW),
        |_, _| Refusal::NoKey,
    ),
    (
        "is for another epoch than the one that signs",
        |_, act| act.payload.epoch = 2,
        |_, _| Refusal::WrongEpoch { epoch: 2 },
    ),
    (
        "comes before ledger time",
        |world, _| *world = World::founded(&Setting::plain()).with_key(),
        |_, _| Refusal::NoTime,
    ),
    ("comes a second time", twice, |_, _| {
        EpochRefusal::Known { epoch: 1 }.into()
    }),
    (
        "comes while another's is under way",
        |world, _| {
            world.accept(&world.convocation(1, false));
        },
        |_, _| EpochRefusal::Convoked { again: None }.into(),
    ),
    (
        "is for a drill while another's is under way",
        |world, act| {
            world.accept(&world.convocation(1, true));
            act.payload.drill = true;
        },
        |_, _| EpochRefusal::Convoked { again: None }.into(),
    ),
    (
        "is the member's second on one day",
        |world, act| {
            *world = World::second_epoch();
            *act = world.convocation(0, false);
        },
        |_, _| {
            let again = Some(NOW.plus(DAY_S));
            EpochRefusal::Convoked { again }.into()
        },
    ),
];

const ERASURE: &[Row<Erasure>] = &[
    (
        "is for another ledger",
        |_, act| act.payload.ledger = ELSEWHERE,
        |_, _| Refusal::OtherLedger { ledger: ELSEWHERE },
    ),
    (
        "is signed by two",
        |_, act| act.signers.push(member(1)),
        |_, _| Refusal::TooManySigners { signers: 2 },
    ),
    (
        "is of an epoch that there is not",
        |_, act| act.payload.epoch = 3,
        |_, _| Refusal::WrongEpoch { epoch: 3 },
    ),
    (
        "is by somebody who never had a share",
        |_, act| act.signers = [stranger()].into(),
        |_, _| no_share(1),
    ),
    (
        "is of the epoch that signs",
        |_, act| act.payload.epoch = 2,
        |_, _| EpochRefusal::StillSigns { epoch: 2 }.into(),
    ),
    (
        "is of the epoch that waits for its test",
        |world, act| {
            world.accept(&world.convocation(1, false));
            *world = world.clone().with_dealt();
            act.payload.epoch = 3;
        },
        |_, _| EpochRefusal::StillSigns { epoch: 3 }.into(),
    ),
    ("comes a second time", twice, |_, _| {
        EpochRefusal::Known { epoch: 1 }.into()
    }),
];

const COMPROMISE: &[Row<Compromise>] = &[
    (
        "is for another ledger",
        |_, act| act.payload.ledger = ELSEWHERE,
        |_, _| Refusal::OtherLedger { ledger: ELSEWHERE },
    ),
    (
        "is signed by two",
        |_, act| act.signers.push(member(1)),
        |_, _| Refusal::TooManySigners { signers: 2 },
    ),
    (
        "has a book for a reason",
        |_, act| act.payload.reason = "x".repeat(4097),
        |_, _| Refusal::ReasonTooLong { octets: 4097 },
    ),
    (
        "is of an epoch that there is not",
        |_, act| act.payload.epoch = 2,
        |_, _| Refusal::WrongEpoch { epoch: 2 },
    ),
    (
        "is by somebody who never had a share",
        |_, act| act.signers = [stranger()].into(),
        |_, _| no_share(1),
    ),
    ("comes a second time", twice, |_, _| {
        EpochRefusal::Known { epoch: 1 }.into()
    }),
];

fn no_share(epoch: u32) -> Refusal {
    let key = public(&stranger());
    EpochRefusal::NoShare { key, epoch }.into()
}

fn convocation() -> (World, Draft<Convocation>) {
    let world = World::plain();
    let act = world.convocation(0, false);
    (world, act)
}

fn erasure() -> (World, Draft<Erasure>) {
    let world = World::second_epoch();
    let act = world.erasure(0, 1);
    (world, act)
}

fn compromise() -> (World, Draft<Compromise>) {
    let world = World::plain();
    let act = world.compromise(0, 1);
    (world, act)
}

pub(super) fn all() -> Vec<Refusal> {
    let mut all = refusals(convocation(), CONVOCATION);
    all.extend(refusals(erasure(), ERASURE));
    all.extend(refusals(compromise(), COMPROMISE));
    all
}

#[test]
fn refuses_a_convocation_that() {
    refusals(convocation(), CONVOCATION);
}

#[test]
fn refuses_an_erasure_that() {
    refusals(erasure(), ERASURE);
}

#[test]
fn refuses_a_compromise_that() {
    refusals(compromise(), COMPROMISE);
}

#[test]
fn every_rule_about_epochs_has_its_row() {
    let rows = [
        all(),
        super::redistributions::all(),
        super::successions::all(),
    ]
    .concat();
    let named: BTreeSet<&str> = rows
        .iter()
        .filter_map(|refusal| match refusal {
            Refusal::Epoch(inner) => Some(name_of(inner)),
            _ => None,
        })
        .collect();
    assert_eq!(named, NAMES.iter().copied().collect());
}
