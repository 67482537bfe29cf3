//! Acts about the ledger itself: ceremony, time, absence.

use std::string::{String, ToString};
use std::vec::Vec;

use super::{ELSEWHERE, Row, not_entitled, refusals, twice};
use crate::act::{Absence, Ceremony, TimeAct, json};
use crate::basic::{Digest, Time};
use crate::edition::samples::{DAY_S, NOW};
use crate::ledger::CheckpointRefusal;
use crate::message::Transcript;
use crate::refusal::{FormatRefusal, Refusal, TranscriptRefusal};
use crate::state::tests::world::heads::{cosignature, head};
use crate::state::tests::world::{Draft, Setting, World, member, public, stranger};

const CEREMONY: &[Row<Ceremony>] = &[
    (
        "names rules of another version",
        |_, act| act.payload.rules = 0,
        |_, _| FormatRefusal::Rules { found: 0 }.into(),
    ),
    (
        "names a transcript that is not there",
        |_, act| act.payload.transcript = ELSEWHERE,
        |_, _| Refusal::BlobMissing { blob: ELSEWHERE },
    ),
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
        "is signed by the secretariat and a member",
        |_, act| act.signers.push(member(0)),
        |_, _| not_entitled(0),
    ),
    (
        "makes the second epoch first",
        |_, act| act.payload.epoch = 2,
        |_, _| Refusal::WrongEpoch { epoch: 2 },
    ),
    ("makes the first epoch again", twice, |_, _| {
        Refusal::WrongEpoch { epoch: 1 }
    }),
    (
        "has another threshold than the charter's",
        |_, act| act.payload.threshold = 2,
        |_, _| Refusal::WrongThreshold { threshold: 2 },
    ),
    (
        "has a transcript of nobody",
        |world, act| act.payload.transcript = world.put(json::encode(&nothing())),
        |_, _| TranscriptRefusal::WrongCount { count: 0 }.into(),
    ),
    (
        "has the transcript of another ledger's ceremony",
        |world, act| {
            let mut dealing = world.dealing();
            dealing.ceremony.ledger = ELSEWHERE;
            act.payload.transcript = world.put(json::encode(&dealing.transcript()));
        },
        |_, _| TranscriptRefusal::OtherCeremony { share: 1 }.into(),
    ),
    (
        "names another key than the transcript's",
        |_, act| act.payload.group_key = public(&stranger()),
        |_, _| Refusal::OtherGroupKey {
            key: public(&stranger()),
        },
    ),
];

fn nothing() -> Transcript {
    Transcript {
        openings: crate::message::Messages::default(),
        deals: crate::message::Messages::default(),
        confirmations: crate::message::Messages::default(),
    }
}

/// Later than [`NOW`] by a minute: when the next time act is cosigned.
const LATER: Time = Time(NOW.0 + 60);

/// A checkpoint with cosignatures by the first three members under it, whatever
/// it is.
fn cosigned(world: &World, size: u64, root: Digest) -> String {
    let mut head = head(size, root);
    let lines = (0..3).map(|at| {
        let name = &world.here().members[at].name;
        cosignature(name, (at, LATER), &head.checkpoint)
    });
    head.cosignatures = lines.collect();
    head.to_text()
}

const TIME: &[Row<TimeAct>] = &[
    (
        "is for another ledger",
        |_, act| act.payload.ledger = ELSEWHERE,
        |_, _| Refusal::OtherLedger { ledger: ELSEWHERE },
    ),
    (
        "is signed by a member",
        |_, act| act.signers = [member(1)].into(),
        |_, _| not_entitled(1),
    ),
    (
        "carries what is no checkpoint",
        |_, act| act.payload.checkpoint = act.payload.checkpoint.replacen('\n', " ", 1),
        |_, _| CheckpointRefusal::BadLines.into(),
    ),
    (
        "carries another log's checkpoint",
        |_, act| {
            let text = &act.payload.checkpoint;
            act.payload.checkpoint = text.replacen("ledger.example", "other.example", 1);
        },
        |_, _| CheckpointRefusal::OtherOrigin.into(),
    ),
    (
        "carries a checkpoint that the log did not sign",
        |world, act| {
            let mut head = world.head_at(world.size());
            head.checkpoint.size -= 1;
            act.payload.checkpoint = head.to_text();
        },
        |_, _| CheckpointRefusal::NotSigned.into(),
    ),
    (
        "carries the checkpoint of an empty ledger",
        |world, act| act.payload.checkpoint = cosigned(world, 0, Digest::of(&[])),
        |_, _| Refusal::CheckpointTooSmall { size: 0, needed: 1 },
    ),
    (
        "carries a checkpoint of another history",
        |world, act| act.payload.checkpoint = cosigned(world, 2, ELSEWHERE),
        |_, _| Refusal::OtherHistory { size: 2 },
    ),
    (
        "carries a checkpoint from the future",
        |world, act| act.payload.checkpoint = cosigned(world, 4, world.state.log().root()),
        |_, _| Refusal::OtherHistory { size: 4 },
    ),
    (
        "carries a checkpoint that too few cosigned",
        |world, act| *act = world.time(&[0, 4], LATER),
        |_, _| too_few(2, 3),
    ),
    (
        "leaves ledger time where it is",
        |world, act| *act = world.time(&[0, 1, 2], NOW),
        |_, _| Refusal::TimeBackwards {
            now: NOW,
            found: NOW,
        },
    ),
    (
        "moves ledger time backwards",
        |world, act| *act = world.time(&[0, 1, 2], Time(NOW.0 - 1)),
        |_, _| Refusal::TimeBackwards {
            now: NOW,
            found: Time(NOW.0 - 1),
        },
    ),
    ("is the one before it again", twice, |_, _| {
        Refusal::TimeBackwards {
            now: LATER,
            found: LATER,
        }
    }),
];

fn too_few(cosignatures: usize, needed: usize) -> Refusal {
    Refusal::TooFewCosignatures {
        cosignatures,
        needed,
    }
}

const ABSENCE: &[Row<Absence>] = &[
    (
        "is for another ledger",
        |_, act| act.payload.ledger = ELSEWHERE,
        |_, _| Refusal::OtherLedger { ledger: ELSEWHERE },
    ),
    (
        "is signed by a stranger too",
        |_, act| act.signers.push(stranger()),
        |_, _| Refusal::NotEntitled {
            key: public(&stranger()),
        },
    ),
    (
        "is signed by fewer than the threshold",
        |_, act| drop(act.signers.remove(0)),
        |_, _| Refusal::TooFewSigners {
            signers: 2,
            needed: 3,
        },
    ),
    (
        "comes before ledger time",
        |world, act| {
            *world = World::founded(&Setting::plain());
            act.payload.found = Time(0);
        },
        |_, _| Refusal::NoTime,
    ),
    (
        "was found at another time",
        |_, act| act.payload.found = NOW,
        |_, _| not_absent("dalmasca"),
    ),
    (
        "lists its members out of order",
        |_, act| act.payload.members.reverse(),
        |_, _| not_absent("elbonia"),
    ),
    (
        "lists a member twice",
        |_, act| act.payload.members[0] = "elbonia".into(),
        |_, _| not_absent("elbonia"),
    ),
    (
        "lists nobody",
        |_, act| act.payload.members.clear(),
        |_, _| not_absent(""),
    ),
    (
        "names one who cosigned",
        |_, act| act.payload.members[0] = "costaguana".into(),
        |_, _| not_absent("costaguana"),
    ),
    (
        "names one who is no member",
        |_, act| act.payload.members.push("zubrowka".into()),
        |_, _| not_absent("zubrowka"),
    ),
    (
        "is signed by one whom it names",
        |_, act| act.signers[0] = member(4),
        |_, _| not_absent("elbonia"),
    ),
    ("names one who is absent already", twice, |_, _| {
        not_absent("dalmasca")
    }),
];

fn not_absent(member: &str) -> Refusal {
    Refusal::NotAbsent {
        member: member.to_string(),
    }
}

fn ceremony() -> (World, Draft<Ceremony>) {
    let mut world = World::founded(&Setting::plain());
    let act = world.ceremony();
    (world, act)
}

fn time() -> (World, Draft<TimeAct>) {
    let world = World::plain();
    let act = world.time(&[0, 1, 2], LATER);
    (world, act)
}

/// Two members have been silent for as long as the charter says.
fn absence() -> (World, Draft<Absence>) {
    let mut world = World::plain();
    world.accept(&world.time(&[0, 1, 2], NOW.plus(14 * DAY_S)));
    let act = world.absence(&[3, 4]);
    (world, act)
}

pub(super) fn all() -> Vec<Refusal> {
    let mut all = refusals(ceremony(), CEREMONY);
    all.extend(refusals(time(), TIME));
    all.extend(refusals(absence(), ABSENCE));
    all
}

#[test]
fn refuses_a_ceremony_act_that() {
    refusals(ceremony(), CEREMONY);
}

#[test]
fn refuses_a_time_act_that() {
    refusals(time(), TIME);
}

#[test]
fn refuses_an_absence_act_that() {
    refusals(absence(), ABSENCE);
}
