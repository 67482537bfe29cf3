//! Sessions over a network that may do anything, with members who do not answer or
//! lie, and secretariats that are killed and take over from each other: the edition
//! is signed, and no nonce is used twice.

use std::collections::BTreeSet;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};

use super::network::{Faults, Network};
use super::peer::Character::{self, Honest, Liar, Silent};
use crate::engine::Pace;

/// Whoever waits for somebody waits for too long.
const IMPATIENT: Pace = Pace {
    time_interval_s: 600,
    ceremony_timeout_s: 60,
    session_timeout_s: 3600,
    session_pace_s: 1,
    session_commitments_per_s: 1000,
};

/// So long takes what waits for nobody, but for each session that is opened after a
/// while beside another.
const SWIFT_MS: u64 = 10_000;

/// All ways in which up to `bad` of so many members are bad.
fn casts(members: usize, bad: u32) -> Vec<Vec<Character>> {
    let all = 3_usize.pow(u32::try_from(members).unwrap());
    let characters = [Honest, Silent(1), Liar(1)];
    let one = |number: usize| -> Vec<Character> {
        let digit = |at| number / 3_usize.pow(at) % 3;
        let places = 0..u32::try_from(members).unwrap();
        places.map(|at| characters[digit(at)]).collect()
    };
    let is_meant = |cast: &Vec<Character>| {
        let found = cast.iter().filter(|it| **it != Honest).count();
        found <= bad as usize
    };
    (0..all).map(one).filter(is_meant).collect()
}

#[test]
fn whoever_is_silent_or_lies_the_rest_sign_and_nobody_is_waited_for() {
    let (members, threshold) = (5, 3);
    let spare = members - threshold;
    let mut network = Network::new((members as usize, 3), IMPATIENT, 1);
    network.faults = Faults {
        drops: 20,
        doubles: 10,
        ..network.faults
    };
    let casts = casts(members as usize, spare);
    assert_eq!(casts.len(), 1 + 5 * 2 + 10 * 4);
    for cast in casts {
        network.cast(&cast);
        let ((records, zonemd), took_ms) = network.sign_next();
        let tries = (records - 1) + (zonemd - 1);
        assert!(tries <= spare, "{cast:?}: {records} and {zonemd} sessions");
        assert!(took_ms < SWIFT_MS, "{cast:?}: {took_ms} ms");
        let proven: BTreeSet<_> = network
            .table
            .engine
            .take_evidence()
            .iter()
            .map(|message| message.verified_signers().unwrap()[0])
            .collect();
        let lied = |at: &usize| matches!(cast[*at], Liar(_));
        let identity = |at: usize| network.table.seats[at].identity.public();
        let liars: BTreeSet<_> = (0..5).filter(lied).map(identity).collect();
        assert!(proven.is_subset(&liars), "{cast:?}");
    }
    assert!(network.witness.seen() > 500);
}

#[test]
fn each_unresponsive_member_costs_one_session_and_there_are_no_more() {
    for bad in [Silent, Liar] {
        let mut network = Network::new((7, 4), IMPATIENT, 2);
        // Each of them commits only when the one before it was found out.
        let late = [bad(1), bad(2), bad(3)];
        network.cast(&[&late[..], &[Honest; 4]].concat());
        let ((records, zonemd), took_ms) = network.sign_next();
        // n - t + 1 of n = 7 and t = 4; for ZONEMD all are known.
        assert_eq!((records, zonemd), (4, 1));
        assert!(took_ms < SWIFT_MS, "{took_ms} ms");
    }
}

#[test]
fn a_secretariat_that_is_killed_after_any_message_is_followed_by_another() {
    let mut network = Network::new((4, 3), IMPATIENT, 3);
    network.cast(&[Honest, Silent(1), Honest, Honest]);
    let (mut number, mut editions) = (1, 0);
    loop {
        network.kill_at = Some(network.taken + number);
        let before = network.taken;
        let ((records, zonemd), took_ms) = network.sign_next();
        editions += 1;
        assert!(records <= 4 && zonemd <= 4, "{number}: {records} {zonemd}");
        assert!(took_ms < 2 * SWIFT_MS, "{number}: {took_ms} ms");
        if network.taken - before < number {
            break;
        }
        number += 1;
    }
    // Commitments to three sessions at least, and two sets of shares, were
    // each cut off somewhere.
    assert!(editions > 15, "{editions} editions");
}

#[test]
fn over_a_network_that_may_do_anything_editions_are_signed() {
    let pace = Pace {
        session_timeout_s: 4,
        ..IMPATIENT
    };
    let mut network = Network::new((5, 3), pace, 4);
    for seed in 0..16 {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let mut draw = |count: u32| rng.next_u32() % count;
        network.faults = Faults {
            // Longer than the pace, and sometimes than the patience.
            delay_ms: 200 + u64::from(draw(5000)),
            drops: 2 + draw(20),
            doubles: 2 + draw(20),
            kills: [0, 1000, 300][draw(3) as usize],
        };
        let mut cast = [Honest; 5];
        for _bad in 0..2 {
            cast[draw(5) as usize] = [Honest, Silent(1), Liar(1)][draw(3) as usize];
        }
        network.cast(&cast);
        let ((records, zonemd), took_ms) = network.sign_next();
        let all = format!("{seed}: {records} {zonemd} {took_ms} ms");
        assert!(records < 20 && zonemd < 20, "{all}");
    }
}
