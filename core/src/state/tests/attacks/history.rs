//! The secretariat shows a checkpoint over other acts than those it was
//! cosigned for, or cosignatures that are none.

use std::vec::Vec;

use ed25519_dalek::hazmat::{ExpandedSecretKey, raw_sign};
use sha2::{Digest as _, Sha512};

use crate::act::{Envelope, SessionKind, SignatureEntry, Vote, check};
use crate::basic::{Signature, Time};
use crate::edition::samples::NOW;
use crate::ledger::checkpoint::CosignedCheckpoint;
use crate::ledger::cosignature::Cosignature;
use crate::ledger::note::{KeyKind, NoteKey};
use crate::refusal::Refusal;
use crate::state::tests::world::heads::cosignature;
use crate::state::tests::world::keys::sign;
use crate::state::tests::world::{World, log, member, public, stranger};
use crate::state::{Position, State, accept, apply, carry_out};

impl World {
    /// The ledger that these entries make beside this world's blobs.
    fn retold(&self, entries: &[Vec<u8>]) -> Self {
        let mut state = State::default();
        for (position, entry) in (0..).zip(entries) {
            let checked = check(entry, &self.blobs, &crate::dnssec::tests::OursAlone).unwrap();
            apply(&mut state, &checked, Position(position)).unwrap();
        }
        Self {
            entries: entries.to_vec(),
            blobs: self.blobs.clone(),
            state,
        }
    }
}

/// A ledger that ends in three ballots.
fn told() -> World {
    let mut world = World::plain();
    let proposal = world.propose([world.put_set("ns.example. 60 A 192.0.2.9")]);
    for (voter, vote) in [(0, Vote::For), (1, Vote::Against), (2, Vote::Abstain)] {
        world.accept(&world.ballot(proposal, voter, vote));
    }
    world
}

/// The same ballot under another signature by the same key.
fn signed_otherwise(entry: &[u8], at: usize) -> Vec<u8> {
    let envelope = Envelope::parse(entry, entry.len()).unwrap();
    let mut secret: [u8; 64] = Sha512::digest(member(at).as_bytes()).into();
    secret[63] ^= 1;
    let secret = ExpandedSecretKey::from_bytes(&secret);
    let input = envelope.signing_input();
    let signature = raw_sign::<Sha512>(&secret, &input, &member(at).verifying_key());
    let mut other = envelope.clone();
    other.add(SignatureEntry {
        keyid: public(&member(at)),
        sig: Signature(signature.to_bytes()),
    });
    assert_eq!(other.id(), envelope.id());
    assert_ne!(other, envelope);
    other.to_octets()
}

#[test]
fn a_checkpoint_stands_for_the_acts_under_it_in_their_order() {
    let told = told();
    let size = told.size();
    let shown = told.time(&[0, 1, 2, 3, 4], NOW.plus(1));
    told.clone().accept(&shown);
    let entries = &told.entries;
    let last = entries.len() - 1;
    let mut reordered = entries.clone();
    reordered.swap(last, last - 1);
    let mut dropped = entries.clone();
    dropped.remove(last - 1);
    let mut resigned = entries.clone();
    resigned[last] = signed_otherwise(&entries[last], 2);
    for (what, entries) in [
        ("reordered", reordered),
        ("dropped", dropped),
        ("resigned", resigned),
    ] {
        let mut other = told.retold(&entries);
        assert_eq!(
            other.refuse(&shown),
            Refusal::OtherHistory { size },
            "{what}"
        );
    }
}

#[test]
fn a_checkpoint_goes_on_to_stand_for_them() {
    let mut world = told();
    let (size, proposal) = (world.size(), world.here().proposals[0].id);
    world.vote(proposal, &[3], Vote::For);
    let cosigned = [0, 1, 2].map(|at| (at, NOW.plus(1)));
    world.accept(&world.time_act(world.checkpoint_at(size, &cosigned)));
    assert_eq!(world.now(), NOW.plus(1));
}

/// What stands in the place of the fourth cosignature.
type Line = (&'static str, fn(&World, &CosignedCheckpoint) -> Cosignature);

fn key(name: &str, kind: KeyKind, at: usize) -> NoteKey {
    NoteKey::new(name, kind, public(&member(at))).unwrap()
}

const LINES: &[Line] = &[
    ("is a second one by the first member", |_, head| {
        cosignature("atlantis", (0, NOW.plus(1)), &head.checkpoint)
    }),
    ("is the first member's in another's name", |_, head| {
        cosignature("elbonia", (0, NOW), &head.checkpoint)
    }),
    ("is the fifth member's in another's name", |_, head| {
        cosignature("dalmasca", (4, NOW), &head.checkpoint)
    }),
    ("is the fifth member's in a name of no member", |_, head| {
        cosignature("zubrowka", (4, NOW), &head.checkpoint)
    }),
    (
        "says it is the fifth member's, and is a stranger's",
        |_, head| {
            let message = Cosignature::message(NOW, &head.checkpoint);
            let elbonia = key("elbonia", KeyKind::CosignatureV1, 4);
            Cosignature::new(&elbonia, NOW, sign(&stranger(), &message))
        },
    ),
    ("is a stranger's", |_, head| {
        let message = Cosignature::message(NOW, &head.checkpoint);
        let kind = KeyKind::CosignatureV1;
        let own = NoteKey::new("elbonia", kind, public(&stranger())).unwrap();
        Cosignature::new(&own, NOW, sign(&stranger(), &message))
    }),
    ("is the log's", |_, head| {
        let message = Cosignature::message(NOW, &head.checkpoint);
        let kind = KeyKind::CosignatureV1;
        let own = NoteKey::new("ledger.example", kind, public(&log())).unwrap();
        Cosignature::new(&own, NOW, sign(&log(), &message))
    }),
    ("is of a smaller checkpoint", |world, _| {
        let smaller = world.head_at(world.size() - 1);
        cosignature("elbonia", (4, NOW), &smaller.checkpoint)
    }),
    ("has another time than the one signed", |_, head| {
        let mut line = cosignature("elbonia", (4, NOW), &head.checkpoint);
        line.time = NOW.plus(1);
        line
    }),
    ("signs the checkpoint without a time", |_, head| {
        let signature = sign(&member(4), head.checkpoint.body().as_bytes());
        let elbonia = key("elbonia", KeyKind::CosignatureV1, 4);
        Cosignature::new(&elbonia, Time(0), signature)
    }),
    ("names the key as one that signs notes", |_, head| {
        let message = Cosignature::message(NOW, &head.checkpoint);
        let elbonia = key("elbonia", KeyKind::Ed25519, 4);
        Cosignature::new(&elbonia, NOW, sign(&member(4), &message))
    }),
];

#[test]
fn no_quorum_comes_of_a_line_that() {
    let world = World::plain().with_records_session();
    let head = world.head_at(world.size());
    let honest: Vec<_> = [(0, "atlantis"), (1, "borduria"), (2, "costaguana")]
        .map(|(at, name)| cosignature(name, (at, NOW), &head.checkpoint))
        .into();
    let ask = |line: Cosignature| {
        let mut cosigned = head.clone();
        cosigned.cosignatures = honest.clone();
        cosigned.cosignatures.push(line);
        world
            .permit(SessionKind::Records, &cosigned.to_text())
            .err()
    };
    for (what, line) in LINES {
        let expected = Refusal::TooFewCosignatures {
            cosignatures: 3,
            needed: 4,
        };
        assert_eq!(ask(line(&world, &head)), Some(expected), "{what}");
    }
    let fourth = cosignature("elbonia", (4, NOW), &head.checkpoint);
    assert_eq!(ask(fourth), None);
}

#[test]
fn a_false_line_before_a_true_one_silences_nobody() {
    let world = World::plain().with_records_session();
    let mut head = world.head_at(world.size());
    let mut false_line = cosignature("elbonia", (4, NOW), &head.checkpoint);
    false_line.time = NOW.plus(1);
    head.cosignatures.push(false_line);
    for (at, name) in [
        (4, "elbonia"),
        (0, "atlantis"),
        (1, "borduria"),
        (3, "dalmasca"),
    ] {
        let line = cosignature(name, (at, NOW), &head.checkpoint);
        head.cosignatures.push(line);
    }
    assert!(world.permit(SessionKind::Records, &head.to_text()).is_ok());
}

#[test]
fn one_clock_in_four_does_not_move_ledger_time() {
    let honest = [(0, NOW.plus(10)), (1, NOW.plus(20)), (3, NOW.plus(20))];
    for wrong in [Time(0), NOW, NOW.plus(15), Time(crate::limits::INTEGER_MAX)] {
        let mut world = World::plain();
        let cosigned = [honest[0], honest[1], honest[2], (2, wrong)];
        let checkpoint = world.checkpoint_at(world.size(), &cosigned);
        world.accept(&world.time_act(checkpoint));
        assert!(
            (NOW.plus(10)..=NOW.plus(20)).contains(&world.now()),
            "{wrong}"
        );
    }
}

/// What one state accepted is no key to another: not to the same ledger one
/// act later, and not to another ledger of the same size.
#[test]
fn what_one_state_accepted_no_other_carries_out() {
    let world = told();
    let next = world.retold(&world.entries[..world.entries.len() - 1]);
    let size = next.size();
    let last = check(
        &world.entries[world.entries.len() - 1],
        &world.blobs,
        &crate::dnssec::tests::OursAlone,
    )
    .unwrap();
    let accepted = || accept(&next.state, &last, Position(size)).unwrap();

    let mut later = world.retold(&world.entries).state;
    let before = later.digest();
    assert_eq!(
        carry_out(&mut later, accepted()),
        Err(Refusal::WrongPosition {
            expected: size + 1,
            found: size
        })
    );
    assert_eq!(later.digest(), before);

    // The other ledger has its two ballots in another order.
    let mut entries = world.entries[..world.entries.len() - 1].to_vec();
    let (a, b) = (entries.len() - 2, entries.len() - 1);
    entries.swap(a, b);
    let mut other = world.retold(&entries).state;
    let before = other.digest();
    assert_eq!(
        carry_out(&mut other, accepted()),
        Err(Refusal::OtherHistory { size })
    );
    assert_eq!(other.digest(), before);

    let mut same = world
        .retold(&world.entries[..world.entries.len() - 1])
        .state;
    carry_out(&mut same, accepted()).unwrap();
    assert_eq!(same.digest(), world.state.digest());
}
