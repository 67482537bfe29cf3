//! Rotation, testament, transfer, objection.

use std::collections::BTreeSet;
use std::vec::Vec;

use super::{ELSEWHERE, Row, refusals, twice};
use crate::act::{Objection, Rotation, Testament, Transfer};
use crate::basic::Time;
use crate::edition::samples::{DAY_S, NOW};
use crate::holder::{HolderFinding, HolderId, HolderKeys};
use crate::limits;
use crate::refusal::tests::variants;
use crate::refusal::{HolderRefusal, Refusal};
use crate::state::tests::world::keys::{CAREFUL, operational, recovery};
use crate::state::tests::world::{
    Draft, Setting, World, holder, holder_id, holder_keys, public, stranger,
};
use crate::zone::samples::name;

variants!(HolderRefusal:
    Unknown, PolicyNotMet, NotHolder, WrongRevision, RecoveryNeeded, TestamentWait, HeldSince,
    OtherKeys, NotAccepted, Expired, ActKnown, TooManyWaiting, NothingToObject, Objected,
    NotDelegated, NameHeld, ProofMissing, ProofUseless, ProofOfOther, ClaimKnown,
);

/// How many rules there are about holders.
pub(super) const RULES: usize = NAMES.len();

const ROTATION: &[Row<Rotation>] = &[
    (
        "is for another ledger",
        |_, act| act.payload.ledger = ELSEWHERE,
        |_, _| Refusal::OtherLedger { ledger: ELSEWHERE },
    ),
    (
        "is of a holder that is not there",
        |_, act| act.payload.holder = HolderId(ELSEWHERE),
        |_, _| {
            let holder = HolderId(ELSEWHERE);
            HolderRefusal::Unknown { holder }.into()
        },
    ),
    (
        "is signed by too few of the operational keys",
        |_, act| act.signers.truncate(1),
        policy_not_met,
    ),
    (
        "is signed by operational and recovery keys",
        |_, act| act.signers[1] = recovery(),
        policy_not_met,
    ),
    (
        "is also signed by a stranger",
        |_, act| act.signers.push(stranger()),
        policy_not_met,
    ),
    (
        "is for keys that are not there yet",
        |_, act| act.payload.revision = 1,
        |_, _| {
            let (expected, found) = (0, 1);
            HolderRefusal::WrongRevision { expected, found }.into()
        },
    ),
    ("comes a second time", twice, |_, act| {
        // Whoever signed has no key any more.
        policy_not_met(&World::default(), act)
    }),
    (
        "has no operational keys",
        |_, act| act.payload.keys.operational.keys.clear(),
        |_, _| HolderFinding::Keys { count: 0 }.into(),
    ),
    (
        "takes the recovery key away with operational keys",
        |_, act| act.payload.keys.recovery = None,
        recovery_needed,
    ),
    (
        "shortens the delay with operational keys",
        |_, act| act.payload.keys.delay_s = 0,
        recovery_needed,
    ),
];

const TESTAMENT: &[Row<Testament>] = &[
    (
        "is signed by the operational keys where there are others",
        |_, act| act.signers = operational().into(),
        recovery_needed,
    ),
    (
        "is signed by a stranger",
        |_, act| act.signers = [stranger()].into(),
        policy_not_met,
    ),
    (
        "leaves no keys",
        |_, act| act.payload.keys.operational.keys.clear(),
        |_, _| HolderFinding::Keys { count: 0 }.into(),
    ),
    (
        "is filed before there is ledger time",
        |world, act| {
            let mut setting = Setting::plain();
            setting.holders[2].1 = CAREFUL;
            *world = World::founded(&setting);
            act.payload.ledger = world.here().ledger;
        },
        |_, _| Refusal::NoTime,
    ),
    (
        "is filed too late",
        |_, act| act.payload.until = Time(NOW.0 - 1),
        expired,
    ),
    (
        "waits too short",
        |_, act| act.payload.wait_s = 30 * DAY_S - 1,
        |_, _| {
            let wait_s = 30 * DAY_S - 1;
            HolderRefusal::TestamentWait { wait_s }.into()
        },
    ),
    (
        "waits longer than two years",
        |_, act| act.payload.wait_s = 732 * DAY_S + 1,
        |_, _| {
            let wait_s = 732 * DAY_S + 1;
            HolderRefusal::TestamentWait { wait_s }.into()
        },
    ),
    ("waits already", twice, act_known),
    (
        "was objected to",
        |world, act| {
            world.accept(act);
            world.accept(&world.objection(act.id()));
        },
        act_known,
    ),
    (
        "is one more than may wait",
        |world, act| {
            for more in 1..=limits::WAITING_PER_HOLDER_MAX as u64 {
                let mut one = act.clone();
                one.payload.wait_s += more;
                world.accept(&one);
            }
        },
        |_, _| {
            let holder = holder_id(CAREFUL);
            HolderRefusal::TooManyWaiting { holder }.into()
        },
    ),
];

const TRANSFER: &[Row<Transfer>] = &[
    (
        "is of a name that nobody holds",
        |_, act| act.payload.name = name("wild.example."),
        |_, _| not_holder("wild.example."),
    ),
    (
        "is of a name that another holds",
        |_, act| act.payload.name = name("fish.example."),
        |_, _| not_holder("fish.example."),
    ),
    (
        "is for another time at which the holder had the name",
        |_, act| act.payload.since = 1,
        |_, _| {
            let (name, since) = (name("frog.example."), 0);
            HolderRefusal::HeldSince { name, since }.into()
        },
    ),
    (
        "is filed too late",
        |_, act| act.payload.until = Time(NOW.0 - 1),
        expired,
    ),
    (
        "gives the new holder no keys",
        |_, act| act.payload.keys.operational.keys.clear(),
        |_, _| HolderFinding::Keys { count: 0 }.into(),
    ),
    (
        "gives the new holder keys that its name is not made of",
        |_, act| act.payload.keys = holder_keys(6),
        |_, _| {
            let holder = holder_id(5);
            HolderRefusal::OtherKeys { holder }.into()
        },
    ),
    (
        "gives a holder that is known other keys than it has",
        |_, act| act.payload.to = holder_id(1),
        |_, _| {
            let holder = holder_id(1);
            HolderRefusal::OtherKeys { holder }.into()
        },
    ),
    (
        "is also signed by a stranger",
        |_, act| act.signers.push(stranger()),
        |_, _| {
            let key = public(&stranger());
            Refusal::NotEntitled { key }
        },
    ),
    (
        "is signed by too few of the old keys",
        |_, act| drop(act.signers.remove(0)),
        |_, _| {
            let holder = holder_id(CAREFUL);
            HolderRefusal::PolicyNotMet { holder }.into()
        },
    ),
    (
        "is not accepted by the new holder",
        |_, act| drop(act.signers.pop()),
        |_, _| {
            let holder = holder_id(5);
            HolderRefusal::NotAccepted { holder }.into()
        },
    ),
    ("waits already", twice, act_known),
];

const OBJECTION: &[Row<Objection>] = &[
    (
        "is of a holder that is not there",
        |_, act| act.payload.holder = HolderId(ELSEWHERE),
        |_, _| {
            let holder = HolderId(ELSEWHERE);
            HolderRefusal::Unknown { holder }.into()
        },
    ),
    (
        "is signed by a stranger",
        |_, act| act.signers = [stranger()].into(),
        policy_not_met,
    ),
    (
        "has a book for a reason",
        |_, act| act.payload.reason = "x".repeat(4097),
        |_, _| Refusal::ReasonTooLong { octets: 4097 },
    ),
    (
        "is to what is not there",
        |_, act| act.payload.to = ELSEWHERE,
        nothing_to_object,
    ),
    (
        "is to what waits for another holder",
        |_, act| {
            act.payload.holder = holder_id(1);
            act.signers = [holder(1)].into();
        },
        nothing_to_object,
    ),
    (
        "is to what is over",
        |world, _| *world = world.clone().with_seen_and_time(NOW.plus(31 * DAY_S)),
        |_, act| policy_not_met(&World::default(), act),
    ),
    (
        "is to a proposal that does not concern the holder",
        |world, act| {
            let wild = world.put_set("wild.example. 3600 NS ns.example.");
            act.payload.to = world.propose([wild]);
        },
        nothing_to_object,
    ),
    (
        "is the same a second time",
        |world, act| {
            act.payload.to =
                world.propose([world.suppress("frog.example.", crate::zone::Rtype::NS)]);
            world.accept(act);
        },
        nothing_to_object,
    ),
];

fn policy_not_met<P>(_: &World, _: &Draft<P>) -> Refusal {
    let holder = holder_id(CAREFUL);
    HolderRefusal::PolicyNotMet { holder }.into()
}

fn recovery_needed<P>(_: &World, _: &Draft<P>) -> Refusal {
    let holder = holder_id(CAREFUL);
    HolderRefusal::RecoveryNeeded { holder }.into()
}

fn expired<P>(_: &World, _: &Draft<P>) -> Refusal {
    let until = Time(NOW.0 - 1);
    HolderRefusal::Expired { until }.into()
}

fn act_known<P: crate::act::json::Payload>(_: &World, act: &Draft<P>) -> Refusal {
    HolderRefusal::ActKnown { act: act.id() }.into()
}

fn nothing_to_object(_: &World, act: &Draft<Objection>) -> Refusal {
    let to = act.payload.to;
    HolderRefusal::NothingToObject { to }.into()
}

fn not_holder(text: &str) -> Refusal {
    let (name, holder) = (name(text), holder_id(CAREFUL));
    HolderRefusal::NotHolder { name, holder }.into()
}

fn rotation() -> (World, Draft<Rotation>) {
    let world = World::careful();
    let act = world.rotation();
    (world, act)
}

fn testament() -> (World, Draft<Testament>) {
    let world = World::careful();
    let act = world.testament();
    (world, act)
}

fn transfer() -> (World, Draft<Transfer>) {
    let world = World::careful();
    let act = world.transfer();
    (world, act)
}

fn objection() -> (World, Draft<Objection>) {
    let mut world = World::careful();
    let testament = world.testament();
    world.accept(&testament);
    let act = world.objection(testament.id());
    (world, act)
}

/// A consent with the operational keys after an objection with the other.
fn objected() -> Refusal {
    let mut world = World::careful();
    let proposal = world.propose([world.suppress("frog.example.", crate::zone::Rtype::NS)]);
    let mut consent = world.consent(proposal, CAREFUL);
    consent.signers = operational().into();
    world.clone().accept(&consent);
    world.accept(&world.objection(proposal));
    let refusal = world.refuse(&consent);
    assert_eq!(refusal, HolderRefusal::Objected { proposal }.into());
    consent.signers = [recovery()].into();
    world.accept(&consent);
    refusal
}

pub(super) fn all() -> Vec<Refusal> {
    let mut all = refusals(rotation(), ROTATION);
    all.extend(refusals(testament(), TESTAMENT));
    all.extend(refusals(transfer(), TRANSFER));
    all.extend(refusals(objection(), OBJECTION));
    all.push(objected());
    all
}

#[test]
fn refuses_a_rotation_that() {
    refusals(rotation(), ROTATION);
}

#[test]
fn refuses_a_testament_that() {
    refusals(testament(), TESTAMENT);
}

#[test]
fn refuses_a_transfer_that() {
    refusals(transfer(), TRANSFER);
}

#[test]
fn refuses_an_objection_that() {
    refusals(objection(), OBJECTION);
}

#[test]
fn lesser_keys_do_not_consent_after_an_objection() {
    objected();
}

#[test]
fn every_rule_about_holders_has_a_row() {
    let found: BTreeSet<_> = all()
        .into_iter()
        .chain(super::claims::all())
        .filter_map(|refusal| match refusal {
            Refusal::Holder(inner) => Some(name_of(&inner)),
            _ => None,
        })
        .collect();
    assert_eq!(found, NAMES.iter().copied().collect());
}

/// What is allowed, beside what is not.
#[test]
fn the_recovery_key_changes_everything_at_once() {
    let mut world = World::careful();
    let mut act = world.rotation().by(recovery());
    act.payload.keys = HolderKeys::of(public(&stranger()));
    world.accept(&act);
    let now = &world.here().holders[&holder_id(CAREFUL)];
    assert_eq!((&now.keys, now.revision), (&act.payload.keys, 1));
}
