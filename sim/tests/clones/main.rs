//! The attack by clones (design, "clones and snapshots"): a member's whole state and
//! memory is there twice between the two rounds of a session, and a dishonest
//! secretariat shows each copy something else. The session act is the counter: no two
//! different shares leave the copies over one nonce. The same with a disk that was
//! rolled back.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says so by failing"
)]

mod stage;

use std::sync::Arc;

use comity_sim::dice::Dice;

use stage::{Stage, TWIN, View};

#[test]
fn one_session_act_takes_the_very_same_shares_from_both() {
    let mut stage = Stage::set();
    let id = stage.between_the_rounds();
    let office = Arc::clone(&stage.offices[0]);
    for place in 2..=4 {
        stage.seats[place].look(View::Of(Arc::clone(&office)));
    }
    stage.until(|stage| stage.session(0).is_some());
    let session = stage.session(0).unwrap();
    assert_eq!(session.id, id);
    stage.until(|stage| stage.editions() == 2);
    stage.rounds(5);
    let (sent, different) = stage.shares(&id);
    assert!(sent >= 2, "both answered, and not {sent}");
    assert_eq!(different.len(), 1);
    stage.no_nonce_is_used_twice(&[session]);
}

#[test]
fn a_ledger_without_the_quorum_takes_no_shares_for_other_signers() {
    let mut stage = Stage::set();
    let id = stage.between_the_rounds();
    // Two of four see the other ledger; three are a quorum.
    let other = stage.another_office();
    stage.replay(other, 2, &id);
    for (place, office) in [(2, 0), (3, other), (4, other)] {
        let office = Arc::clone(&stage.offices[office]);
        stage.seats[place].look(View::Of(office));
    }
    stage.until(|stage| stage.session(0).is_some() && stage.session(other).is_some());
    let sessions = [0, other].map(|office| stage.session(office).unwrap());
    let signers = |at: usize| sessions[at].commitments.keys().copied().collect::<Vec<_>>();
    assert_eq!([signers(0), signers(1)], [vec![1, 2, 3], vec![1, 3, 4]]);
    // One commitment of the twins, in two sessions.
    assert_eq!(sessions[0].id, sessions[1].id);
    assert_eq!(sessions[0].commitments[&1], sessions[1].commitments[&1]);
    stage.until(|stage| !stage.shares(&id).1.is_empty());
    stage.rounds(50);
    assert_eq!(stage.shares(&id).1.len(), 1);

    // The other ledger with the head that the quorum did cosign.
    let [first, second] = [0, other].map(|office| Arc::clone(&stage.offices[office]));
    stage.seats[4].look(View::Mixed(second, Arc::clone(&first)));
    stage.rounds(50);
    assert_eq!(stage.shares(&id).1.len(), 1);
    // The true one, to a copy that has cosigned the other.
    stage.seats[4].look(View::Of(first));
    stage.rounds(50);
    assert_eq!(stage.shares(&id).1.len(), 1);
    stage.no_nonce_is_used_twice(&sessions);
}

#[test]
fn a_disk_that_was_rolled_back_brings_no_nonce_back() {
    for is_led_astray in [false, true] {
        let mut stage = Stage::set();
        let id = stage.between_the_rounds();
        let before = stage.seats[TWIN].disk.copy(Dice::new(7, "before"));
        let other = stage.another_office();
        let office = Arc::clone(&stage.offices[0]);
        for place in 2..=4 {
            stage.seats[place].look(View::Of(Arc::clone(&office)));
        }
        stage.until(|stage| stage.session(0).is_some());
        let session = stage.session(0).unwrap();
        stage.until(|stage| !stage.shares(&id).1.is_empty());

        // The home of before the session, in a process that has just started: on the
        // true ledger its old commitments are in a session under the quorum.
        let wired = stage.seats[TWIN].wired.clone();
        stage.seats[TWIN] = stage.open(wired, before, "secrets after a start");
        let mut sessions = vec![session.clone()];
        if is_led_astray {
            // On the other they are in a session with others.
            let there = Arc::clone(&stage.offices[other]);
            stage.seats[TWIN].look(View::Of(there));
            for at in [TWIN, 2, 3] {
                stage.replay(other, at, &id);
            }
            let elsewhere = stage.session(other).unwrap();
            assert_eq!(session.commitments[&1], elsewhere.commitments[&1]);
            assert_ne!(session.commitments, elsewhere.commitments);
            sessions.push(elsewhere);
            stage.rounds(50);
            assert_eq!(stage.shares(&id).1.len(), 1);
            stage.seats[TWIN].look(View::Of(office));
        }
        stage.until(|stage| stage.editions() == 2);
        stage.rounds(20);
        assert_eq!(stage.shares(&id).1.len(), 1);
        stage.no_nonce_is_used_twice(&sessions);
    }
}
