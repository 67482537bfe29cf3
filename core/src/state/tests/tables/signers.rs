//! The signers of sessions and their commitments, alike for all kinds.

use std::string::String;
use std::vec::Vec;

use super::sessions::{records, zonemd};
use super::successions::test;
use super::{ELSEWHERE, Row, refusals};
use crate::act::json;
use crate::act::{Envelope, Session, SessionKind};
use crate::message::{Commit, Messages, Shares};
use crate::refusal::{FormatRefusal, Refusal};
use crate::state::tests::world::keys::signed;
use crate::state::tests::world::{Draft, World, member, public};

const SIGNERS: &[Row<Session>] = &[
    (
        "has fewer signers than the threshold",
        |world, act| with_signers(world, act, &[0, 1]),
        |_, _| Refusal::Signers,
    ),
    (
        "lists its signers out of order",
        |_, act| act.payload.signers.reverse(),
        |_, _| Refusal::Signers,
    ),
    (
        "lists a signer twice",
        |_, act| act.payload.signers[1] = "atlantis".into(),
        |_, _| Refusal::Signers,
    ),
    (
        "lists more signers than commitments",
        |_, act| act.payload.signers.push("elbonia".into()),
        |_, _| Refusal::Signers,
    ),
    (
        "lists fewer signers than commitments",
        |world, act| {
            with_signers(world, act, &[0, 1, 2, 3]);
            act.payload.signers.pop();
        },
        |_, _| Refusal::Signers,
    ),
    (
        "lists a signer who is no member",
        |_, act| act.payload.signers[2] = "zubrowka".into(),
        |_, _| Refusal::Signers,
    ),
    (
        "lists a signer whose commitments are another's",
        |_, act| act.payload.signers[2] = "elbonia".into(),
        |_, _| commitments("elbonia"),
    ),
    (
        "has commitments for another attempt",
        |world, act| {
            let mut id = world.next_session(act.payload.kind);
            id.attempt += 1;
            act.payload.commitments = world.commitments(&id, &[0, 1, 2], count(world, act));
        },
        |_, _| commitments("atlantis"),
    ),
    (
        "has commitments for the other batch",
        |world, act| {
            let mut id = world.next_session(act.payload.kind);
            id.kind = match id.kind {
                SessionKind::Records => SessionKind::Zonemd,
                SessionKind::Zonemd | SessionKind::Test | SessionKind::Keyset => {
                    SessionKind::Records
                }
            };
            act.payload.commitments = world.commitments(&id, &[0, 1, 2], count(world, act));
        },
        |_, _| commitments("atlantis"),
    ),
    (
        "has commitments for another ledger",
        |world, act| {
            let mut id = world.next_session(act.payload.kind);
            id.ledger = ELSEWHERE;
            act.payload.commitments = world.commitments(&id, &[0, 1, 2], count(world, act));
        },
        |_, _| commitments("atlantis"),
    ),
    (
        "has commitments for a message too few",
        |world, act| {
            let id = world.next_session(act.payload.kind);
            act.payload.commitments = world.commitments(&id, &[0, 1, 2], count(world, act) - 1);
        },
        |_, _| commitments("atlantis"),
    ),
];

/// The first session of a batch, which nobody was silent before.
const FIRST: &[Row<Session>] = &[(
    "calls a signer silent before there was a session",
    |_, act| act.payload.silent = names(&["atlantis"]),
    |_, _| Refusal::Silent,
)];

/// The second one, and who was silent in the first.
const SECOND: &[Row<Session>] = &[
    (
        "calls a member silent who was no signer",
        |_, act| act.payload.silent = names(&["elbonia"]),
        |_, _| Refusal::Silent,
    ),
    (
        "calls somebody silent who is no member",
        |_, act| act.payload.silent = names(&["atlantis", "zubrowka"]),
        |_, _| Refusal::Silent,
    ),
    (
        "lists the silent out of order",
        |_, act| act.payload.silent = names(&["borduria", "atlantis"]),
        |_, _| Refusal::Silent,
    ),
    (
        "calls a signer silent twice",
        |_, act| act.payload.silent = names(&["atlantis", "atlantis"]),
        |_, _| Refusal::Silent,
    ),
];

/// What is wrong with the list of commitments in itself.
const LIST: &[Row<Session>] = &[
    (
        "names commitments that are not there",
        |world, act| drop(world.blobs.remove(&act.payload.commitments)),
        |_, act| Refusal::BlobMissing {
            blob: act.payload.commitments,
        },
    ),
    (
        "names commitments that are none",
        |world, act| act.payload.commitments = world.put(b"{\"messages\":{}}".to_vec()),
        list_malformed,
    ),
    (
        "has a message of another kind among its commitments",
        |world, act| {
            let shares = Shares {
                session: world.next_session(act.payload.kind),
                act: ELSEWHERE,
                shares: String::new(),
            };
            with_message(world, act, signed(&shares, &[member(0)]));
        },
        |_, _| {
            FormatRefusal::WrongType {
                expected: <Commit as json::Payload>::TYPE,
                found: <Shares as json::Payload>::TYPE.into(),
            }
            .into()
        },
    ),
    (
        "has commitments that are not base64",
        |world, act| {
            let commit = commit(world, act, "AAA");
            with_message(world, act, signed(&commit, &[member(0)]));
        },
        list_malformed,
    ),
    (
        "has commitments whose signature is another's",
        |world, act| {
            let list: Messages = json::decode(&world.blobs[&act.payload.commitments]).unwrap();
            let stolen = json::encode(&list.messages[1]);
            let stolen = String::from_utf8(stolen).unwrap().replace(
                &std::format!("{}", public(&member(1))),
                &std::format!("{}", public(&member(0))),
            );
            let stolen = Envelope::parse(stolen.as_bytes(), 1 << 16).unwrap();
            with_message(world, act, stolen);
        },
        |_, _| {
            FormatRefusal::BadSignature {
                key: public(&member(0)),
            }
            .into()
        },
    ),
    (
        "has commitments that two members signed",
        |world, act| {
            let commit = commit(world, act, "");
            with_message(world, act, signed(&commit, &[member(0), member(1)]));
        },
        list_malformed,
    ),
    (
        "has two messages of one member among its commitments",
        |world, act| {
            let commit = commit(world, act, "");
            with_message(world, act, signed(&commit, &[member(1)]));
        },
        list_malformed,
    ),
];

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).into()).collect()
}

fn commitments(member: &str) -> Refusal {
    Refusal::Commitments {
        member: member.into(),
    }
}

fn list_malformed(_: &World, act: &Draft<Session>) -> Refusal {
    Refusal::BlobMalformed {
        blob: act.payload.commitments,
    }
}

/// How many messages the session signs.
fn count(world: &World, act: &Draft<Session>) -> usize {
    match act.payload.kind {
        SessionKind::Records => world.plan().to_sign().len(),
        SessionKind::Zonemd | SessionKind::Test => 1,
        SessionKind::Keyset => world.keyset_plan().messages().len(),
    }
}

/// Has these members sign, each with its own commitments.
fn with_signers(world: &mut World, act: &mut Draft<Session>, signers: &[usize]) {
    let id = world.next_session(act.payload.kind);
    act.payload.commitments = world.commitments(&id, signers, count(world, act));
    let names = signers.iter().map(|at| &world.here().members[*at].name);
    act.payload.signers = names.cloned().collect();
}

/// A member's commitments that say this.
fn commit(world: &World, act: &Draft<Session>, commitments: &str) -> Commit {
    Commit {
        session: world.next_session(act.payload.kind),
        commitments: commitments.into(),
    }
}

/// Replaces the first of the commitments.
fn with_message(world: &mut World, act: &mut Draft<Session>, message: Envelope) {
    let mut list: Messages = json::decode(&world.blobs[&act.payload.commitments]).unwrap();
    list.messages[0] = message;
    act.payload.commitments = world.put(json::encode(&list));
}

/// The first session of each kind.
fn first() -> [(World, Draft<Session>); 3] {
    [records(), zonemd(), test()]
}

/// The second over the same batch.
fn second() -> [(World, Draft<Session>); 3] {
    first().map(|(mut world, mut act)| {
        world.accept(&act);
        act.payload.attempt += 1;
        with_signers(&mut world, &mut act, &[1, 2, 3]);
        if act.payload.kind == SessionKind::Zonemd {
            act.payload.checkpoint = Some(world.quorum_checkpoint());
        }
        (world, act)
    })
}

pub(super) fn all() -> Vec<Refusal> {
    let of_first = [LIST, SIGNERS, FIRST].map(|rows| first().map(|act| refusals(act, rows)));
    let of_second = second().map(|act| refusals(act, SECOND));
    let all = of_first.into_iter().flatten().chain(of_second);
    all.flatten().collect()
}

#[test]
fn who_was_silent_is_counted_and_nothing_follows() {
    for (mut world, mut act) in second() {
        let counts = |world: &World| -> Vec<u64> {
            let members = &world.here().members;
            members.iter().map(|member| member.silent).collect()
        };
        assert_eq!(counts(&world), [0; 5]);
        let (mut other, silent) = (world.clone(), act.clone());
        act.payload.silent = names(&["atlantis", "borduria"]);
        world.accept(&act);
        assert_eq!(counts(&world), [1, 1, 0, 0, 0]);
        // But for the count it is the same state: they may vote and sign.
        other.accept(&silent);
        assert_ne!(world.state.digest(), other.state.digest());
        let present = |world: &World| world.here().present();
        assert_eq!(present(&world), present(&other));
        let next = world.next_session(act.payload.kind);
        assert_eq!(next, other.next_session(act.payload.kind));
    }
}

#[test]
fn refuses_a_session_that() {
    all();
}
