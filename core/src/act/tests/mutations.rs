//! Acts in which octets are changed at random: nothing panics, and what is
//! accepted says what was signed.

use core::cell::Cell;
use std::string::{String, ToString};
use std::vec::Vec;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestRunner;

use super::envelope;
use crate::act::{Act, Checked, Envelope, Vote, check};
use crate::refusal::tests::seeded;
use crate::state::tests::world::{World, log};
use crate::state::{Position, State, accept};

/// One change of some octets.
#[derive(Clone, Debug)]
enum Edit {
    Flip(Index, u8),
    Remove(Index, usize),
    Repeat(Index, usize),
    Insert(Index, &'static str),
}

/// What is likely to be read as something else.
const PIECES: &[&str] = &[
    " ",
    "\n",
    "\0",
    "0",
    "1",
    "-",
    ".",
    "e9",
    "9007199254740992",
    "\"",
    "\\",
    "\\u0000",
    ",",
    ":",
    "{",
    "}",
    "[",
    "]",
    "null",
    "true",
    "[]",
    "{}",
    "\"\"",
    "\u{e9}",
    "\u{feff}",
    "=",
    "A",
];

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    prop_oneof![
        (at(), 1..=255_u8).prop_map(|(at, with)| Edit::Flip(at, with)),
        (at(), 1..40_usize).prop_map(|(at, count)| Edit::Remove(at, count)),
        (at(), 1..40_usize).prop_map(|(at, count)| Edit::Repeat(at, count)),
        (at(), select(PIECES)).prop_map(|(at, piece)| Edit::Insert(at, piece)),
    ]
}

fn edited(octets: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut octets = octets.to_vec();
    for edit in edits {
        if octets.is_empty() {
            break;
        }
        let place = |at: &Index| at.index(octets.len());
        let end = |from: usize, count: usize| (from + count).min(octets.len());
        match edit {
            Edit::Flip(at, with) => {
                let at = place(at);
                octets[at] ^= with;
            }
            Edit::Remove(at, count) => {
                let from = place(at);
                octets.drain(from..end(from, *count));
            }
            Edit::Repeat(at, count) => {
                let from = place(at);
                let again = octets[from..end(from, *count)].to_vec();
                octets.splice(from..from, again);
            }
            Edit::Insert(at, piece) => {
                let from = place(at);
                octets.splice(from..from, piece.bytes());
            }
        }
    }
    octets
}

/// Every kind of act on one ledger, and the state before each.
fn history() -> (World, Vec<State>) {
    let mut world = World::plain();
    let silent = world.now().plus(crate::edition::samples::DAY_S * 15);
    world = world.with_edition();
    let proposal = world.propose([
        world.put_set("ns.example. 60 A 192.0.2.9"),
        world.put_set("fish.example. 60 NS ns.example."),
    ]);
    world.accept(&world.consent(proposal, 1));
    world.vote(proposal, &[0, 1, 2], Vote::For);
    world.decide(proposal);
    world.accept(&world.time(&[0, 1, 2], silent));
    world.accept(&world.absence(&[3, 4]));
    let mut state = State::default();
    let mut states = Vec::new();
    for (position, entry) in (0..).zip(&world.entries) {
        states.push(state.clone());
        let checked = check(entry, &world.blobs, &crate::dnssec::tests::OursAlone).unwrap();
        crate::state::apply(&mut state, &checked, crate::state::Position(position)).unwrap();
    }
    (world, states)
}

/// What is accepted is in its one text, and one id is one payload.
fn assert_meant(octets: &[u8], checked: &Checked<Act>, original: &Checked<Act>) {
    let envelope = Envelope::parse(octets, octets.len()).unwrap();
    assert_eq!(envelope.to_octets(), octets);
    assert_eq!(envelope.id(), checked.id());
    let same = std::format!("{:?}", checked.inner()) == std::format!("{:?}", original.inner());
    assert_eq!(checked.id() == original.id(), same);
}

/// Tries edits of acts, after which `write` makes the octets. Returns how many
/// were accepted although the octets are others.
fn tried(cases: u32, write: impl Fn(&[u8], &[Edit]) -> Vec<u8>) -> usize {
    let (world, states) = history();
    let accepted = Cell::new(0);
    let try_out = |(entry, edits): (Index, Vec<Edit>)| {
        let at = entry.index(world.entries.len());
        let entry = &world.entries[at];
        let octets = write(entry, &edits);
        if let Ok(checked) = check(&octets, &world.blobs, &crate::dnssec::tests::OursAlone) {
            let original = check(entry, &world.blobs, &crate::dnssec::tests::OursAlone).unwrap();
            assert_meant(&octets, &checked, &original);
            // Whatever is said, it is said without a panic.
            let next = Position(states[at].log().size());
            let _ = accept(&states[at], &checked, next);
            accepted.set(accepted.get() + usize::from(octets != *entry));
        }
        Ok(())
    };
    let edits = (any::<Index>(), vec(edit(), 1..4));
    TestRunner::new(seeded(cases)).run(&edits, try_out).unwrap();
    accepted.get()
}

#[test]
fn acts_with_other_octets_are_refused() {
    assert_eq!(tried(5000, edited), 0);
}

#[test]
fn payloads_with_other_octets_that_are_signed_again_mean_something_else() {
    let accepted = tried(5000, signed_again);
    assert!(accepted > 100, "{accepted} accepted");
}

/// The act with its payload edited, signed by the secretariat.
fn signed_again(entry: &[u8], edits: &[Edit]) -> Vec<u8> {
    let original = Envelope::parse(entry, entry.len()).unwrap();
    let kind = original.payload_type();
    let input = original.signing_input();
    let head = std::format!("DSSEv1 {} {kind} ", kind.len()).len();
    let from = head
        + input[head..]
            .iter()
            .position(|octet| *octet == b' ')
            .unwrap()
        + 1;
    envelope(kind, &edited(&input[from..], edits), &[log()]).into()
}

#[test]
fn the_history_has_every_kind_of_act() {
    let (world, _) = history();
    let kinds = world.entries.iter().map(|entry| {
        let envelope = Envelope::parse(entry, entry.len()).unwrap();
        envelope.payload_type().to_string()
    });
    let kinds: std::collections::BTreeSet<String> = kinds.collect();
    assert_eq!(kinds.len(), 10, "{kinds:?}");
}
