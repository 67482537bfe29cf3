//! Edition acts, and leave to release shares.

use std::vec::Vec;

use super::{ELSEWHERE, Row, not_entitled, refusals, twice};
use crate::act::{Edition, SessionKind};
use crate::edition::EditionRefusal;
use crate::edition::samples::NOW;
use crate::ledger::CheckpointRefusal;
use crate::refusal::Refusal;
use crate::state::State;
use crate::state::tests::world::dealing::zone_key;
use crate::state::tests::world::{Draft, World, member};
use crate::zone::samples::name;
use crate::zone::{Rtype, SetKey};

const EDITION: &[Row<Edition>] = &[
    (
        "is for another ledger",
        |_, act| act.payload.ledger = ELSEWHERE,
        |_, _| Refusal::OtherLedger { ledger: ELSEWHERE },
    ),
    (
        "is signed by a member",
        |_, act| act.signers = [member(2)].into(),
        |_, _| not_entitled(2),
    ),
    (
        "skips a number",
        |_, act| act.payload.edition = 2,
        |_, _| Refusal::WrongEdition {
            expected: 1,
            found: 2,
        },
    ),
    ("is published already", twice, |_, _| {
        Refusal::WrongEdition {
            expected: 2,
            found: 1,
        }
    }),
    (
        "comes before any session",
        |world, _| *world = World::plain(),
        |_, _| Refusal::NoSession,
    ),
    (
        "comes before its ZONEMD session",
        |world, _| *world = World::plain().with_records_session(),
        |_, _| Refusal::NoSession,
    ),
    (
        "carries a checkpoint that somebody shortened",
        |_, act| act.payload.checkpoint.truncate(20),
        |_, _| {
            use crate::ledger::note::NoteRefusal;
            CheckpointRefusal::Note(NoteRefusal::NoSignatures).into()
        },
    ),
    (
        "carries a checkpoint from before its ZONEMD session",
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
        "carries a checkpoint without the cosigning quorum",
        |world, act| act.payload.checkpoint = world.checkpoint(&[1, 2, 4]),
        |_, _| Refusal::TooFewCosignatures {
            cosignatures: 3,
            needed: 4,
        },
    ),
    (
        "is signed by another zone's key",
        |world, act| {
            let message = world.unsealed().zonemd_message();
            act.payload.signature = zone_key(4).sign(&message, 0);
        },
        |_, _| bad_signature(),
    ),
    (
        "has a signature over something else",
        |world, act| {
            let message = &world.plan().messages()[0];
            act.payload.signature = world.zone_key().sign(message, 0);
        },
        |_, _| bad_signature(),
    ),
    (
        "names another serial",
        |_, act| act.payload.serial += 1,
        |_, _| Refusal::EditionDiffers { edition: 1 },
    ),
    (
        "names another ZONEMD than the frozen one",
        |_, act| act.payload.zonemd = act.payload.zonemd.chars().rev().collect(),
        |_, _| Refusal::EditionDiffers { edition: 1 },
    ),
    (
        "names its ZONEMD in capitals",
        |_, act| act.payload.zonemd.make_ascii_uppercase(),
        |_, _| Refusal::EditionDiffers { edition: 1 },
    ),
];

fn bad_signature() -> Refusal {
    let set = SetKey::new(&name("example."), Rtype::ZONEMD);
    EditionRefusal::BadSignature { set }.into()
}

fn edition() -> (World, Draft<Edition>) {
    let world = World::plain().with_zonemd_session();
    let act = world.edition();
    (world, act)
}

pub(super) fn all() -> Vec<Refusal> {
    refusals(edition(), EDITION)
}

#[test]
fn refuses_an_edition_act_that() {
    refusals(edition(), EDITION);
}

/// The world, the batch, the checkpoint shown, and what is said.
type Asked = (
    &'static str,
    fn() -> (World, SessionKind, Shown),
    fn(u64) -> Refusal,
);

/// A checkpoint: its size counted back from the head, and who cosigned it.
type Shown = (u64, &'static [usize]);

use SessionKind::{Records, Zonemd};

const PERMIT: &[Asked] = &[
    (
        "no session is open",
        || (World::plain(), Records, (0, &[0, 1, 2, 3])),
        |_| Refusal::NoSession,
    ),
    (
        "the edition is published",
        || (World::plain().with_edition(), Records, (0, &[0, 1, 2, 3])),
        |_| Refusal::NoSession,
    ),
    (
        "only the records' session is open",
        || {
            (
                World::plain().with_records_session(),
                Zonemd,
                (0, &[0, 1, 2, 3]),
            )
        },
        |_| Refusal::NoSession,
    ),
    (
        "the checkpoint is from before the session act",
        || {
            (
                World::plain().with_records_session(),
                Records,
                (1, &[0, 1, 2, 3]),
            )
        },
        |size| Refusal::CheckpointTooSmall {
            size: size - 1,
            needed: size,
        },
    ),
    (
        "the checkpoint covers the records' session only",
        || {
            (
                World::plain().with_zonemd_session(),
                Zonemd,
                (1, &[0, 1, 2, 3]),
            )
        },
        |size| Refusal::CheckpointTooSmall {
            size: size - 1,
            needed: size,
        },
    ),
    (
        "one cosignature is missing for the quorum",
        || {
            (
                World::plain().with_records_session(),
                Records,
                (0, &[0, 1, 2]),
            )
        },
        |_| Refusal::TooFewCosignatures {
            cosignatures: 3,
            needed: 4,
        },
    ),
    (
        "one member cosigned four times",
        || {
            (
                World::plain().with_records_session(),
                Records,
                (0, &[0, 0, 0, 0]),
            )
        },
        |_| Refusal::TooFewCosignatures {
            cosignatures: 1,
            needed: 4,
        },
    ),
    (
        "nobody cosigned",
        || (World::plain().with_zonemd_session(), Zonemd, (0, &[])),
        |_| Refusal::TooFewCosignatures {
            cosignatures: 0,
            needed: 4,
        },
    ),
];

#[test]
fn shares_stay_where_they_are_while() {
    for (what, given, expected) in PERMIT {
        let (world, kind, (back, cosigners)) = given();
        let cosigned: Vec<_> = cosigners.iter().map(|at| (*at, NOW)).collect();
        let checkpoint = world.checkpoint_at(world.size() - back, &cosigned);
        let refusal = world.permit(kind, &checkpoint).err();
        assert_eq!(refusal, Some(expected(world.size())), "{what}");
    }
    let nowhere = State::default().permit(Records, "", NOW).err();
    assert_eq!(nowhere, Some(Refusal::NotFounded));
}

#[test]
fn shares_are_released_for_the_newest_session_under_the_quorum() {
    let mut world = World::plain().with_records_session();
    let first = world.permit(Records, &world.quorum_checkpoint());
    let first = first.ok().unwrap();
    assert_eq!(first.messages(), world.plan().messages());
    let again = world.records_session();
    world.accept(&again);
    let second = world.permit(Records, &world.quorum_checkpoint());
    let second = second.ok().unwrap();
    assert_eq!(
        (first.session().id.attempt, second.session().id.attempt),
        (1, 2)
    );
    assert_eq!(second.session().act, again.id());
    assert_eq!(second.messages(), first.messages());
}
