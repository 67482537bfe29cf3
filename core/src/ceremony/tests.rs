//! What is said to transcripts that make no key, as a table.

use std::collections::BTreeSet;
use std::vec::Vec;

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use data_encoding::HEXLOWER;

use super::*;
use crate::act::json::Payload;
use crate::refusal::tests::variants;
use crate::state::tests::world::keys::signed;
use crate::state::tests::world::{Dealing, member, public, stranger};

variants!(TranscriptRefusal:
    WrongCount, NotSigned, Malformed, OtherCeremony, OtherList, OtherKey,
);

use TranscriptRefusal::{Malformed, NotSigned, OtherCeremony, OtherKey, OtherList, WrongCount};

/// What is wrong with a transcript, and what the rules say.
type Row = (&'static str, fn(&mut Transcript), TranscriptRefusal);

/// Who sent what.
const MESSAGES: &[Row] = &[
    (
        "an opening is missing",
        |transcript| drop(transcript.openings.messages.pop()),
        WrongCount { count: 2 },
    ),
    (
        "there is an opening too many",
        |transcript| {
            let last = transcript.openings.messages[2].clone();
            transcript.openings.messages.push(last);
        },
        WrongCount { count: 4 },
    ),
    (
        "two openings are swapped",
        |transcript| transcript.openings.messages.swap(0, 1),
        NotSigned { share: 1 },
    ),
    (
        "an opening is there twice, and another not",
        |transcript| transcript.openings.messages[2] = transcript.openings.messages[1].clone(),
        NotSigned { share: 3 },
    ),
    (
        "an opening is signed by a stranger",
        |transcript| {
            let opening: Opening = transcript.openings.messages[1].payload().unwrap();
            transcript.openings.messages[1] = signed(&opening, &[stranger()]);
        },
        NotSigned { share: 2 },
    ),
    (
        "an opening is signed by two members",
        |transcript| {
            let opening: Opening = transcript.openings.messages[1].payload().unwrap();
            transcript.openings.messages[1] = signed(&opening, &[member(1), member(2)]);
        },
        NotSigned { share: 2 },
    ),
    (
        "an opening is not signed",
        |transcript| {
            let opening: Opening = transcript.openings.messages[2].payload().unwrap();
            transcript.openings.messages[2] = signed(&opening, &[]);
        },
        NotSigned { share: 3 },
    ),
    (
        "a deal stands among the openings",
        |transcript| transcript.openings.messages[0] = transcript.deals.messages[0].clone(),
        Malformed { share: 1 },
    ),
    (
        "the deals are missing",
        |transcript| transcript.deals.messages.clear(),
        WrongCount { count: 0 },
    ),
    (
        "two deals are swapped",
        |transcript| transcript.deals.messages.swap(1, 2),
        NotSigned { share: 2 },
    ),
    (
        "a confirmation is missing",
        |transcript| drop(transcript.confirmations.messages.remove(1)),
        WrongCount { count: 2 },
    ),
    (
        "a confirmation is another member's",
        |transcript| transcript.confirmations.messages.swap(0, 2),
        NotSigned { share: 1 },
    ),
];

/// What the openings say.
const OPENINGS: &[Row] = &[
    (
        "an opening is for another ledger",
        |transcript| opening(transcript, 1, |it| it.ceremony.ledger = Digest([9; 32])),
        OtherCeremony { share: 2 },
    ),
    (
        "an opening is for another epoch",
        |transcript| opening(transcript, 0, |it| it.ceremony.epoch = 2),
        OtherCeremony { share: 1 },
    ),
    (
        "an opening is from another attempt",
        |transcript| opening(transcript, 2, |it| it.ceremony.attempt = 2),
        OtherCeremony { share: 3 },
    ),
    (
        "a package is not hexadecimal",
        |transcript| opening(transcript, 0, |it| it.package = "no package".into()),
        Malformed { share: 1 },
    ),
    (
        "a package is in capitals",
        |transcript| opening(transcript, 0, |it| it.package.make_ascii_uppercase()),
        Malformed { share: 1 },
    ),
    (
        "a package is cut short",
        |transcript| opening(transcript, 1, |it| drop(it.package.split_off(128))),
        Malformed { share: 2 },
    ),
    (
        "a package is of another threshold",
        |transcript| opening(transcript, 1, |it| it.package.push_str(&"00".repeat(32))),
        Malformed { share: 2 },
    ),
    (
        "a constant is no point",
        |transcript| constant(transcript, 2, [2; 32]),
        Malformed { share: 3 },
    ),
    (
        "a constant is the identity",
        |transcript| constant(transcript, 2, EIGHT_TORSION[0].compress().0),
        Malformed { share: 3 },
    ),
    (
        "a constant is of small order",
        |transcript| constant(transcript, 2, EIGHT_TORSION[1].compress().0),
        Malformed { share: 3 },
    ),
    (
        "a constant has a small part",
        |transcript| {
            let point = ED25519_BASEPOINT_POINT + EIGHT_TORSION[4];
            constant(transcript, 2, point.compress().0);
        },
        Malformed { share: 3 },
    ),
    (
        "a constant is not in its one encoding",
        |transcript| {
            let mut octets = [0xff; 32];
            (octets[0], octets[31]) = (0xf1, 0x7f);
            constant(transcript, 2, octets);
        },
        Malformed { share: 3 },
    ),
    (
        "an opening is another than the dealers saw",
        |transcript| opening(transcript, 0, |it| it.seal_key = "ff".repeat(32)),
        OtherList { share: 1 },
    ),
];

/// What deals and confirmations say.
const ANSWERS: &[Row] = &[
    (
        "a deal is from another attempt",
        |transcript| deal(transcript, 1, |it| it.ceremony.attempt = 7),
        OtherCeremony { share: 2 },
    ),
    (
        "a dealer saw other openings",
        |transcript| deal(transcript, 2, |it| it.openings = Digest([9; 32])),
        OtherList { share: 3 },
    ),
    (
        "a dealer left a member out",
        |transcript| deal(transcript, 2, |it| drop(it.sealed.pop())),
        Malformed { share: 3 },
    ),
    (
        "a dealer dealt to itself",
        |transcript| deal(transcript, 2, |it| it.sealed[1].to = 3),
        Malformed { share: 3 },
    ),
    (
        "a dealer dealt to one member twice",
        |transcript| deal(transcript, 2, |it| it.sealed[1].to = 1),
        Malformed { share: 3 },
    ),
    (
        "a dealer listed the receivers out of order",
        |transcript| deal(transcript, 0, |it| it.sealed.reverse()),
        Malformed { share: 1 },
    ),
    (
        "a deal is another than the members saw",
        |transcript| deal(transcript, 0, |it| it.sealed[0].octets = "01".into()),
        OtherList { share: 1 },
    ),
    (
        "a confirmation is for another ledger",
        |transcript| confirmation(transcript, 1, |it| it.ceremony.ledger = Digest([9; 32])),
        OtherCeremony { share: 2 },
    ),
    (
        "a member saw other deals",
        |transcript| confirmation(transcript, 2, |it| it.deals = Digest([9; 32])),
        OtherList { share: 3 },
    ),
    (
        "a member computed another key",
        |transcript| confirmation(transcript, 2, |it| it.group_key = public(&stranger())),
        OtherKey { share: 3 },
    ),
];

/// Changes one member's message and has it signed again.
fn change<P: Payload>(list: &mut Messages, at: usize, change: impl Fn(&mut P)) {
    let mut payload: P = list.messages[at].payload().unwrap();
    change(&mut payload);
    list.messages[at] = signed(&payload, &[member(at)]);
}

fn opening(transcript: &mut Transcript, at: usize, it: impl Fn(&mut Opening)) {
    change(&mut transcript.openings, at, it);
}

fn deal(transcript: &mut Transcript, at: usize, it: impl Fn(&mut Deal)) {
    change(&mut transcript.deals, at, it);
}

fn confirmation(transcript: &mut Transcript, at: usize, it: impl Fn(&mut Confirmation)) {
    change(&mut transcript.confirmations, at, it);
}

fn constant(transcript: &mut Transcript, at: usize, octets: [u8; 32]) {
    opening(transcript, at, |it| {
        it.package.replace_range(..64, &HEXLOWER.encode(&octets));
    });
}

fn dealing() -> Dealing {
    Dealing {
        ceremony: CeremonyId {
            ledger: Digest([1; 32]),
            epoch: 1,
            attempt: 1,
        },
        members: 3,
        threshold: 2,
    }
}

fn judge(transcript: &Transcript) -> Result<PublicKey, TranscriptRefusal> {
    let keys: Vec<PublicKey> = (0..3).map(|at| public(&member(at))).collect();
    check_transcript(transcript, &dealing().ceremony, &keys, 2)
}

#[test]
fn refuses_a_transcript_where() {
    let honest = dealing().transcript();
    let mut refused = BTreeSet::new();
    for (what, change, expected) in [MESSAGES, OPENINGS, ANSWERS].concat() {
        let mut transcript = honest.clone();
        change(&mut transcript);
        assert_eq!(judge(&transcript), Err(expected.clone()), "{what}");
        refused.insert(name_of(&expected));
    }
    let missing: Vec<_> = NAMES
        .iter()
        .filter(|name| !refused.contains(**name))
        .collect();
    assert!(missing.is_empty(), "no row has {missing:?}");
}

#[test]
fn the_key_is_the_sum_of_the_constants() {
    let key = judge(&dealing().transcript()).unwrap();
    let sum = crate::state::tests::world::dealing::zone_key(3);
    assert_eq!(key, sum.public());
    assert!(key.verifies(b"a message", &sum.sign(b"a message", 0)));
}
