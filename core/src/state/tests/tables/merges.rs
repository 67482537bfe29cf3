//! Acts that come with a drop box's receipt.

use std::collections::BTreeSet;
use std::vec::Vec;

use super::{ELSEWHERE, Row, not_entitled, refusals, twice};
use crate::act::json::Payload;
use crate::act::{Merge, Receipt, Vote};
use crate::basic::Time;
use crate::edition::samples::{DAY_S, NOW};
use crate::ledger::merkle::leaf_hash;
use crate::refusal::tests::variants;
use crate::refusal::{FormatRefusal, MergeRefusal, Refusal};
use crate::state::tests::world::boxes::box_key;
use crate::state::tests::world::keys::signed;
use crate::state::tests::world::{Draft, World, holder, log, member, public, stranger};

variants!(MergeRefusal: NotLodged, OtherAct, UnknownBox, Ahead, Known);

/// How many rules about receipts there are.
pub(super) const RULES: usize = NAMES.len();

/// A version that is not there yet.
const OTHER_RULES: u32 = crate::act::RULES + 1;

fn receipt(act: &Draft<Merge>) -> Receipt {
    act.payload.receipt.payload().unwrap()
}

/// The receipt, changed, and signed by the box again.
fn with_receipt(act: &mut Draft<Merge>, change: impl Fn(&mut Receipt)) {
    let mut receipt = receipt(act);
    change(&mut receipt);
    act.payload.receipt = signed(&receipt, &[box_key()]);
}

/// Another act in the place of the ballot, with a receipt for it.
fn with_act<P: Payload>(act: &mut Draft<Merge>, inner: &Draft<P>) {
    act.payload.act = inner.envelope();
    let leaf = leaf_hash(&act.payload.act.to_octets());
    with_receipt(act, |receipt| receipt.leaf = leaf);
}

const ROWS: &[Row<Merge>] = &[
    (
        "names rules of another version",
        |_, act| act.payload.rules = u32::MAX,
        |_, _| FormatRefusal::Rules { found: u32::MAX }.into(),
    ),
    (
        "has a receipt under rules of another version",
        |_, act| with_receipt(act, |receipt| receipt.rules = OTHER_RULES),
        |_, _| FormatRefusal::Rules { found: OTHER_RULES }.into(),
    ),
    (
        "has a receipt of two keys",
        |_, act| {
            let both = [box_key(), member(0)];
            act.payload.receipt = signed(&receipt(act), &both);
        },
        |_, _| Refusal::TooManySigners { signers: 2 },
    ),
    (
        "has a receipt that was changed after it was signed",
        |_, act| {
            let mut other = act.clone();
            with_receipt(&mut other, |receipt| receipt.time = Time(0));
            let signature = act.payload.receipt.signatures()[0];
            other.payload.receipt.add(signature);
            act.payload.receipt = other.payload.receipt;
        },
        |_, _| {
            let key = public(&box_key());
            FormatRefusal::BadSignature { key }.into()
        },
    ),
    (
        "has something else in the receipt's place",
        |_, act| act.payload.receipt = act.payload.act.clone(),
        |_, act| {
            let found = act.payload.act.payload_type().into();
            let expected = Receipt::TYPE;
            FormatRefusal::WrongType { expected, found }.into()
        },
    ),
    (
        "brings what only the secretariat makes",
        |world, act| with_act(act, &world.time(&[0, 1, 2], NOW.plus(5))),
        |_, act| {
            let found = act.payload.act.payload_type().into();
            MergeRefusal::NotLodged { found }.into()
        },
    ),
    (
        "brings another of its kind",
        |_, act| {
            let inner = act.clone();
            with_act(act, &inner);
        },
        |_, _| {
            let found = Merge::TYPE.into();
            MergeRefusal::NotLodged { found }.into()
        },
    ),
    (
        "brings another act than its receipt is for",
        |_, act| with_receipt(act, |receipt| receipt.leaf = ELSEWHERE),
        |_, _| MergeRefusal::OtherAct { leaf: ELSEWHERE }.into(),
    ),
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
        "has a receipt for another ledger",
        |_, act| with_receipt(act, |receipt| receipt.ledger = ELSEWHERE),
        |_, _| Refusal::OtherLedger { ledger: ELSEWHERE },
    ),
    (
        "has a receipt by a key that is no box's",
        |_, act| act.payload.receipt = signed(&receipt(act), &[stranger()]),
        |_, _| {
            let key = public(&stranger());
            MergeRefusal::UnknownBox { key }.into()
        },
    ),
    (
        "is filed by a holder",
        |_, act| act.signers = [holder(0)].into(),
        |_, _| Refusal::NotEntitled {
            key: public(&holder(0)),
        },
    ),
    (
        "is filed by a member that left",
        |world, act| {
            world.accept(&world.departure(4));
            act.signers = [member(4)].into();
        },
        |_, _| not_entitled(4),
    ),
    (
        "has a receipt of a ledger that is longer",
        |world, act| {
            let size = world.size() + 1;
            with_receipt(act, |receipt| receipt.size = size);
        },
        |world, act| {
            let (size, time) = (world.size() + 1, receipt(act).time);
            MergeRefusal::Ahead { size, time }.into()
        },
    ),
    (
        "has a receipt of a later ledger time",
        |_, act| with_receipt(act, |receipt| receipt.time = receipt.time.plus(1)),
        |world, act| {
            let (size, time) = (receipt(act).size, world.now().plus(1));
            MergeRefusal::Ahead { size, time }.into()
        },
    ),
    ("comes twice", twice, |_, act| {
        let leaf = receipt(act).leaf;
        MergeRefusal::Known { leaf }.into()
    }),
    (
        "comes twice, filed by another",
        |world, act| {
            world.accept(act);
            act.signers = [log()].into();
        },
        |_, act| {
            let leaf = receipt(act).leaf;
            MergeRefusal::Known { leaf }.into()
        },
    ),
];

/// A ballot that a box took.
fn ballot() -> (World, Draft<Merge>) {
    let mut world = World::boxed();
    let proposal = world.propose([world.put_set("ns.example. 60 A 192.0.2.9")]);
    let act = world.lodged(&world.ballot(proposal, 0, Vote::For));
    (world, act)
}

pub(super) fn all() -> Vec<Refusal> {
    refusals(ballot(), ROWS)
}

#[test]
fn refuses_a_merge_act_that() {
    let all = all();
    let named = all.iter().filter_map(|refusal| match refusal {
        Refusal::Merge(inner) => Some(name_of(inner)),
        _ => None,
    });
    let named: BTreeSet<&str> = named.collect();
    assert_eq!(named, NAMES.iter().copied().collect());
}

#[test]
fn the_box_any_member_and_the_secretariat_may_file_it() {
    for signer in [box_key(), member(4), log()] {
        let (mut world, act) = ballot();
        world.accept(&act.by(signer));
    }
}

#[test]
fn without_drop_boxes_in_the_charter_nothing_waits_for_them() {
    let mut plain = World::plain();
    let mut boxed = World::boxed();
    for (world, wait_s) in [(&mut plain, 0), (&mut boxed, 3600)] {
        let proposal = world.propose([world.put_set("ns.example. 60 A 192.0.2.9")]);
        world.vote(proposal, &[0], Vote::Against);
        let over = world.clone().with_seen_and_time(NOW.plus(DAY_S + wait_s));
        assert_eq!(over.decision_if_any(proposal), None);
        let over = world
            .clone()
            .with_seen_and_time(NOW.plus(DAY_S + wait_s + 1));
        assert!(over.decision_if_any(proposal).is_some());
    }
}
