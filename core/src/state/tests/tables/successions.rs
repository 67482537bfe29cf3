//! The test of a new epoch: its session, and the succession act that makes it
//! live.

use std::vec::Vec;

use data_encoding::BASE64;

use super::redistributions::too_few;
use super::{ELSEWHERE, Row, not_entitled, refusals, twice};
use crate::act::json::{self, Payload};
use crate::act::{Session, Succession};
use crate::basic::Digest;
use crate::edition::samples::{DAY_S, NOW};
use crate::ledger::CheckpointRefusal;
use crate::message::{Messages, Possession, Shares};
use crate::refusal::{EpochRefusal, Refusal};
use crate::state::tests::world::keys::signed;
use crate::state::tests::world::{Draft, World, member, public, stranger};

const TEST: &[Row<Session>] = &[
    (
        "comes before an epoch was dealt",
        |world, _| *world = World::plain().with_convocation().with_blobs_of(world),
        |_, _| EpochRefusal::NothingToTest.into(),
    ),
    (
        "comes when the epoch was given up",
        |world, _| *world = world.clone().with_time(NOW.plus(DAY_S + 1)),
        |_, _| EpochRefusal::NothingToTest.into(),
    ),
    (
        "comes after the test",
        |world, act| {
            world.accept(act);
            let succession = world.succession();
            world.accept(&succession);
        },
        |_, _| EpochRefusal::NothingToTest.into(),
    ),
    (
        "is of the epoch that signs",
        |_, act| act.payload.epoch = 1,
        |_, _| Refusal::WrongEpoch { epoch: 1 },
    ),
    (
        "is of an edition",
        |_, act| act.payload.edition = 1,
        |_, _| Refusal::SessionFields,
    ),
    (
        "has the records of a ZONEMD session",
        |world, act| act.payload.records = Some(world.put(Vec::new())),
        |_, _| Refusal::SessionFields,
    ),
    (
        "has the checkpoint of a ZONEMD session",
        |world, act| act.payload.checkpoint = Some(world.quorum_checkpoint()),
        |_, _| Refusal::SessionFields,
    ),
    (
        "skips an attempt",
        |_, act| act.payload.attempt = 2,
        |_, _| Refusal::WrongAttempt {
            expected: 1,
            found: 2,
        },
    ),
    ("is there already", twice, |_, _| Refusal::WrongAttempt {
        expected: 2,
        found: 1,
    }),
    (
        "is over another message",
        |_, act| act.payload.batch = ELSEWHERE,
        |_, _| Refusal::BatchDiffers { edition: 0 },
    ),
    (
        "is over the message of an earlier try",
        |world, _| *world = world.clone().with_dealt(),
        |_, _| Refusal::BatchDiffers { edition: 0 },
    ),
    (
        "is signed in by one that has left",
        |world, _| {
            world.accept(&world.departure(0));
        },
        |_, _| Refusal::Signers,
    ),
];

const SUCCESSION: &[Row<Succession>] = &[
    (
        "is for another ledger",
        |_, act| act.payload.ledger = ELSEWHERE,
        |_, _| Refusal::OtherLedger { ledger: ELSEWHERE },
    ),
    (
        "is signed by a member",
        |_, act| act.signers = [member(0)].into(),
        |_, _| not_entitled(0),
    ),
    (
        "names possessions that are not there",
        |_, act| act.payload.possessions = ELSEWHERE,
        |_, _| Refusal::BlobMissing { blob: ELSEWHERE },
    ),
    (
        "names shares that are not there",
        |_, act| act.payload.shares = ELSEWHERE,
        |_, _| Refusal::BlobMissing { blob: ELSEWHERE },
    ),
    (
        "has one possession twice",
        |world, act| {
            edit(world, &mut act.payload.possessions, |list| {
                list.messages[3] = list.messages[2].clone();
            });
        },
        |_, act| malformed(act.payload.possessions),
    ),
    (
        "has more possessions than a zone can have members",
        |world, act| {
            edit(world, &mut act.payload.possessions, |list| {
                let first = list.messages[0].clone();
                list.messages.resize(201, first);
            });
        },
        |_, act| malformed(act.payload.possessions),
    ),
    (
        "has a possession that two signed",
        |world, act| {
            let possession = world.possession();
            let both = signed(&possession, &[member(2), member(3)]);
            let mut list: Messages = read(world, act.payload.possessions);
            list.messages[2] = both;
            act.payload.possessions = world.put(json::encode(&list));
        },
        |_, act| malformed(act.payload.possessions),
    ),
    (
        "has shares that are not base64",
        |world, act| share(world, act, |shares| shares.shares.push('!')),
        |_, act| malformed(act.payload.shares),
    ),
    (
        "comes before an epoch was dealt",
        |world, _| *world = World::plain().with_convocation().with_blobs_of(world),
        |_, _| EpochRefusal::NothingToTest.into(),
    ),
    (
        "comes when the epoch was given up",
        |world, _| *world = world.clone().with_time(NOW.plus(DAY_S + 1)),
        |_, _| EpochRefusal::NothingToTest.into(),
    ),
    ("comes a second time", twice, |_, _| {
        EpochRefusal::NothingToTest.into()
    }),
    (
        "is of the epoch that signs",
        |_, act| act.payload.epoch = 1,
        |_, _| Refusal::WrongEpoch { epoch: 1 },
    ),
    (
        "has the possession of somebody who has no share",
        |world, act| {
            let other = signed(&world.possession(), &[stranger()]);
            let mut list: Messages = read(world, act.payload.possessions);
            list.messages.push(other);
            act.payload.possessions = world.put(json::encode(&list));
        },
        |_, _| {
            let key = public(&stranger());
            Refusal::NotEntitled { key }
        },
    ),
    (
        "has a possession of other shares",
        |world, act| possess(world, act, |one| one.verifying_shares = ELSEWHERE),
        other_shares,
    ),
    (
        "has a possession after another act",
        |world, act| possess(world, act, |one| one.act = ELSEWHERE),
        other_shares,
    ),
    (
        "has a possession of another try",
        |world, act| possess(world, act, |one| one.ceremony.attempt = 2),
        other_shares,
    ),
    (
        "is of a try that another took the place of",
        |world, _| *world = world.clone().with_dealt().with_next_test(),
        |_, _| other_shares_of(first_possessor()),
    ),
    (
        "has fewer possessions than two thirds of the receivers",
        |world, act| *act = world.succession_by(&[0, 1, 2]),
        |_, _| too_few("possessions", 3, 4),
    ),
    (
        "has possessions of those who have left since",
        |world, _| {
            for at in [3, 4] {
                world.accept(&world.departure(at));
            }
        },
        |_, _| too_few("possessions", 3, 4),
    ),
    (
        "comes before the test",
        |world, _| {
            let other = World::plain().with_convocation().with_dealt();
            *world = other.with_blobs_of(world);
        },
        |_, _| Refusal::NoSession,
    ),
    (
        "has what is no checkpoint",
        |_, act| act.payload.checkpoint = "test\n\n\u{2014} a b\n".into(),
        |_, _| {
            use crate::ledger::note::NoteRefusal;
            CheckpointRefusal::Note(NoteRefusal::BadLine(0)).into()
        },
    ),
    (
        "has a checkpoint from before the test's session",
        |world, act| {
            let cosigned = [0, 1, 2, 3].map(|at| (at, NOW));
            act.payload.checkpoint = world.checkpoint_at(world.size() - 1, &cosigned);
        },
        |world, _| Refusal::CheckpointTooSmall {
            size: world.size() - 1,
            needed: world.size(),
        },
    ),
    (
        "has a checkpoint without the cosigning quorum",
        |world, act| act.payload.checkpoint = world.checkpoint(&[0, 1, 2]),
        |_, _| Refusal::TooFewCosignatures {
            cosignatures: 3,
            needed: 4,
        },
    ),
    (
        "has a share by somebody without one",
        |world, act| {
            let mut list: Messages = read(world, act.payload.shares);
            let shares: Shares = list.messages[0].payload().unwrap();
            list.messages[0] = signed(&shares, &[stranger()]);
            act.payload.shares = world.put(json::encode(&list));
        },
        test_shares,
    ),
    (
        "has a share by somebody who does not sign in the session",
        |world, act| {
            let mut list: Messages = read(world, act.payload.shares);
            let shares: Shares = list.messages[0].payload().unwrap();
            list.messages[0] = signed(&shares, &[member(4)]);
            act.payload.shares = world.put(json::encode(&list));
        },
        test_shares,
    ),
    (
        "has a share for another session",
        |world, act| share(world, act, |shares| shares.session.attempt = 2),
        test_shares,
    ),
    (
        "has a share for another session act",
        |world, act| share(world, act, |shares| shares.act = ELSEWHERE),
        test_shares,
    ),
    (
        "has a share too few",
        |world, act| {
            edit(world, &mut act.payload.shares, |list| {
                list.messages.pop();
            });
        },
        test_shares,
    ),
    (
        "has half a share",
        |world, act| {
            share(world, act, |shares| {
                shares.shares = BASE64.encode(&[1; 16]);
            });
        },
        test_shares,
    ),
    (
        "has a share that is not below the group's order",
        |world, act| {
            share(world, act, |shares| {
                shares.shares = BASE64.encode(&[0xff; 32]);
            });
        },
        test_shares,
    ),
    (
        "has shares that make another signature",
        |world, act| act.payload.signature = world.test_signature(1).0,
        test_shares,
    ),
    (
        "has a signature of something else",
        |world, act| {
            // The commitment is another, so the same sum signs nothing.
            let other = world.test_signature(1).0;
            act.payload.signature.0[..32].copy_from_slice(&other.0[..32]);
        },
        |_, _| EpochRefusal::TestSignature.into(),
    ),
];

fn malformed(blob: Digest) -> Refusal {
    Refusal::BlobMalformed { blob }
}

fn test_shares(_: &World, _: &Draft<Succession>) -> Refusal {
    EpochRefusal::TestShares.into()
}

fn other_shares(_: &World, _: &Draft<Succession>) -> Refusal {
    other_shares_of(last_possessor())
}

fn other_shares_of(at: usize) -> Refusal {
    let key = public(&member(at));
    EpochRefusal::OtherShares { key }.into()
}

/// Possessions are looked at in the order of their senders' keys.
fn first_possessor() -> usize {
    (0..5).min_by_key(|at| public(&member(*at))).unwrap()
}

/// The one whose possession [`possess`] changes.
fn last_possessor() -> usize {
    (0..5).max_by_key(|at| public(&member(*at))).unwrap()
}

fn read(world: &World, blob: Digest) -> Messages {
    json::decode(&world.blobs[&blob]).unwrap()
}

/// The list is another in this.
fn edit(world: &mut World, blob: &mut Digest, change: fn(&mut Messages)) {
    let mut list = read(world, *blob);
    change(&mut list);
    *blob = world.put(json::encode(&list));
}

/// The message of the member at this index says this instead.
fn resign<P: Payload>(world: &mut World, blob: &mut Digest, at: usize, change: fn(&mut P)) {
    let mut list = read(world, *blob);
    let mut payload: P = list.messages[at].payload().unwrap();
    change(&mut payload);
    list.messages[at] = signed(&payload, &[member(at)]);
    *blob = world.put(json::encode(&list));
}

fn possess(world: &mut World, act: &mut Draft<Succession>, change: fn(&mut Possession)) {
    let last = last_possessor();
    resign(world, &mut act.payload.possessions, last, change);
}

fn share(world: &mut World, act: &mut Draft<Succession>, change: fn(&mut Shares)) {
    resign(world, &mut act.payload.shares, 0, change);
}

pub(super) fn test() -> (World, Draft<Session>) {
    let mut world = World::plain().with_convocation().with_dealt();
    let act = world.test_session();
    (world, act)
}

fn succession() -> (World, Draft<Succession>) {
    let mut world = World::plain().with_convocation().with_test();
    let act = world.succession();
    (world, act)
}

pub(super) fn all() -> Vec<Refusal> {
    [refusals(test(), TEST), refusals(succession(), SUCCESSION)].concat()
}

#[test]
fn refuses_a_test_session_that() {
    refusals(test(), TEST);
}

#[test]
fn refuses_a_succession_act_that() {
    refusals(succession(), SUCCESSION);
}
