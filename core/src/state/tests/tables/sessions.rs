//! Session acts, for the records of an edition and for its ZONEMD: what they
//! are over. Whose they are, `signers` says.

use std::vec::Vec;

use super::{ELSEWHERE, Row, not_entitled, refusals, twice};
use crate::act::Session;
use crate::act::json;
use crate::edition::EditionRefusal;
use crate::edition::samples::NOW;
use crate::ledger::CheckpointRefusal;
use crate::message::Messages;
use crate::refusal::Refusal;
use crate::state::tests::world::{Draft, Setting, World, member};
use crate::zone::samples::name;
use crate::zone::{Rtype, SetKey};

const RECORDS: &[Row<Session>] = &[
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
        "comes before the ceremony",
        |world, act| {
            *world = World::founded(&Setting::plain()).with_time(NOW);
            act.payload.commitments = world.put(json::encode(&Messages::default()));
        },
        |_, _| Refusal::NoKey,
    ),
    (
        "is of another epoch",
        |_, act| act.payload.epoch = 2,
        |_, _| Refusal::WrongEpoch { epoch: 2 },
    ),
    (
        "skips an edition",
        |_, act| act.payload.edition = 2,
        |_, _| Refusal::WrongEdition {
            expected: 1,
            found: 2,
        },
    ),
    (
        "is of an edition that is published",
        |world, _| *world = world.clone().with_edition(),
        |_, _| Refusal::WrongEdition {
            expected: 2,
            found: 1,
        },
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
        "comes after the ZONEMD session, and could give other signatures",
        |world, act| {
            *world = world.clone().with_zonemd_session();
            act.payload.attempt = 2;
        },
        |_, _| Refusal::OtherRecords { edition: 1 },
    ),
    (
        "comes before ledger time",
        |world, act| {
            *world = World::founded(&Setting::plain()).with_key();
            act.payload.commitments = world.put(json::encode(&Messages::default()));
        },
        |_, _| Refusal::NothingDue,
    ),
    (
        "is of an edition that is not due",
        |world, act| {
            *world = world.clone().with_edition();
            act.payload.edition = 2;
        },
        |_, _| Refusal::NothingDue,
    ),
    (
        "is over another batch",
        |_, act| act.payload.batch = ELSEWHERE,
        batch_differs,
    ),
    (
        "is over the batch of another time",
        |world, _| *world = world.clone().with_time(NOW.plus(1)),
        batch_differs,
    ),
    (
        "is over the batch from before a decision",
        |world, _| world.adopt([world.put_set("ns.example. 60 A 192.0.2.9")]),
        batch_differs,
    ),
    (
        "skips an attempt",
        |_, act| act.payload.attempt = 2,
        |_, _| wrong_attempt(1, 2),
    ),
    ("is there already", twice, |_, _| wrong_attempt(2, 1)),
];

const ZONEMD: &[Row<Session>] = &[
    (
        "names records that are not there",
        |_, act| act.payload.records = Some(ELSEWHERE),
        |_, _| Refusal::BlobMissing { blob: ELSEWHERE },
    ),
    (
        "comes before the records' session",
        |world, _| *world = World::plain().with_blobs_of(world),
        |_, _| Refusal::NoRecords { edition: 1 },
    ),
    (
        "has no records",
        |_, act| act.payload.records = None,
        |_, _| Refusal::SessionFields,
    ),
    (
        "has no checkpoint",
        |_, act| act.payload.checkpoint = None,
        |_, _| Refusal::SessionFields,
    ),
    (
        "has what is no checkpoint",
        |_, act| act.payload.checkpoint = Some("records\n\n\u{2014} a b\n".into()),
        |_, _| {
            use crate::ledger::note::NoteRefusal;
            CheckpointRefusal::Note(NoteRefusal::BadLine(0)).into()
        },
    ),
    (
        "has a checkpoint from before the records' session",
        |world, act| {
            let cosigned = [0, 1, 2, 3].map(|at| (at, NOW));
            act.payload.checkpoint = Some(world.checkpoint_at(world.size() - 1, &cosigned));
        },
        |world, _| Refusal::CheckpointTooSmall {
            size: world.size() - 1,
            needed: world.size(),
        },
    ),
    (
        "has a checkpoint without the cosigning quorum",
        |world, act| act.payload.checkpoint = Some(world.checkpoint(&[0, 1, 2])),
        |_, _| Refusal::TooFewCosignatures {
            cosignatures: 3,
            needed: 4,
        },
    ),
    (
        "has another set of signatures than the first ZONEMD session",
        |world, act| {
            world.accept(act);
            *act = world.zonemd_session(1);
        },
        |_, _| Refusal::OtherRecords { edition: 1 },
    ),
    (
        "has signatures for another number of sets",
        |world, act| act.payload.records = Some(world.put([0; 64].into())),
        |world, _| {
            EditionRefusal::SignatureOctets {
                expected: world.plan().to_sign().len() * 64,
                found: 64,
            }
            .into()
        },
    ),
    (
        "has signatures of another key",
        |world, act| {
            let mut signatures = world.record_signatures(0);
            let other = crate::state::tests::world::dealing::zone_key(4);
            let message = &world.plan().messages()[0];
            signatures[..64].copy_from_slice(&other.sign(message, 0).0);
            act.payload.records = Some(world.put(signatures));
        },
        |_, _| {
            let set = SetKey::new(&name("example."), Rtype::NS);
            EditionRefusal::BadSignature { set }.into()
        },
    ),
    (
        "is over another batch",
        |_, act| act.payload.batch = ELSEWHERE,
        batch_differs,
    ),
    (
        "is over the batch that other signatures give",
        |world, act| act.payload.records = Some(world.put(world.record_signatures(1))),
        batch_differs,
    ),
    (
        "skips an attempt",
        |_, act| act.payload.attempt = 3,
        |_, _| wrong_attempt(1, 3),
    ),
    (
        "is there already",
        |world, act| {
            world.accept(act);
            act.payload.checkpoint = Some(world.quorum_checkpoint());
        },
        |_, _| wrong_attempt(2, 1),
    ),
];

fn batch_differs(_: &World, _: &Draft<Session>) -> Refusal {
    Refusal::BatchDiffers { edition: 1 }
}

fn wrong_attempt(expected: u32, found: u32) -> Refusal {
    Refusal::WrongAttempt { expected, found }
}

impl World {
    /// This world, with the blobs of another beside its own.
    pub(super) fn with_blobs_of(mut self, other: &Self) -> Self {
        let blobs = other.blobs.iter();
        self.blobs
            .extend(blobs.map(|(digest, octets)| (*digest, octets.clone())));
        self
    }
}

pub(super) fn records() -> (World, Draft<Session>) {
    let mut world = World::plain();
    let act = world.records_session();
    (world, act)
}

pub(super) fn zonemd() -> (World, Draft<Session>) {
    let mut world = World::plain().with_records_session();
    let act = world.zonemd_session(0);
    (world, act)
}

pub(super) fn all() -> Vec<Refusal> {
    [refusals(records(), RECORDS), refusals(zonemd(), ZONEMD)].concat()
}

#[test]
fn refuses_a_records_session_that() {
    refusals(records(), RECORDS);
}

#[test]
fn refuses_a_zonemd_session_that() {
    refusals(zonemd(), ZONEMD);
}
