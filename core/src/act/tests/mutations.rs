//! Acts in which octets are changed at random: nothing panics, and what is
//! accepted says what was signed.

use std::string::{String, ToString};
use std::vec::Vec;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::envelope;
use crate::act::{Act, Checked, Envelope, Vote, check};
use crate::refusal::tests::seeded;
use crate::state::tests::world::{World, log};
use crate::state::{State, would_accept};

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
    world.accept(&world.upstream());
    world.accept(&world.time(&[0, 1, 2], silent));
    world.accept(&world.absence(&[3, 4]));
    let mut state = State::default();
    let mut states = Vec::new();
    for (position, entry) in (0..).zip(&world.entries) {
        states.push(state.clone());
        let checked = check(entry, &world.blobs).unwrap();
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

proptest! {
    #![proptest_config(seeded(400))]

    #[test]
    fn acts_with_other_octets_are_refused_or_mean_what_they_meant(
        entry in any::<Index>(),
        edits in vec(edit(), 1..4),
    ) {
        HISTORY.with(|(world, states)| {
            let at = entry.index(world.entries.len());
            let original = check(&world.entries[at], &world.blobs).unwrap();
            let octets = edited(&world.entries[at], &edits);
            if let Ok(checked) = check(&octets, &world.blobs) {
                assert_meant(&octets, &checked, &original);
                // Whatever is said, it is said without a panic.
                let _ = would_accept(&states[at], &checked);
            }
        });
    }

    #[test]
    fn payloads_with_other_octets_that_are_signed_again_mean_something_else(
        entry in any::<Index>(),
        edits in vec(edit(), 1..4),
    ) {
        HISTORY.with(|(world, states)| {
            let at = entry.index(world.entries.len());
            let original = check(&world.entries[at], &world.blobs).unwrap();
            let envelope_before = Envelope::parse(&world.entries[at], 1 << 16).unwrap();
            let text = signed_again(&envelope_before, &edits);
            if let Ok(checked) = check(text.as_bytes(), &world.blobs) {
                assert_meant(text.as_bytes(), &checked, &original);
                let _ = would_accept(&states[at], &checked);
            }
        });
    }
}

std::thread_local! {
    static HISTORY: (World, Vec<State>) = history();
}

/// The act with its payload edited, signed by the secretariat.
fn signed_again(original: &Envelope, edits: &[Edit]) -> String {
    let kind = original.payload_type();
    let input = original.signing_input();
    let head = std::format!("DSSEv1 {} {kind} ", kind.len()).len();
    let from = head
        + input[head..]
            .iter()
            .position(|octet| *octet == b' ')
            .unwrap()
        + 1;
    envelope(kind, &edited(&input[from..], edits), &[log()])
}

#[test]
fn the_history_has_every_kind_of_act() {
    let (world, _) = history();
    let kinds = world.entries.iter().map(|entry| {
        let envelope = Envelope::parse(entry, entry.len()).unwrap();
        envelope.payload_type().to_string()
    });
    let kinds: std::collections::BTreeSet<String> = kinds.collect();
    assert_eq!(kinds.len(), 11, "{kinds:?}");
}
