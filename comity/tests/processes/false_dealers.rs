//! Dealers that lie to one receiver each, where nobody else can see it: who was lied
//! to proves it, the dealer's dealing does not count, and the ceremony ends.

use std::collections::BTreeMap;
use std::fs;

use comity_core::act::{Envelope, json};
use comity_core::message::{Handover, Reception, Transcript};
use comity_sign::deal::{Complaint, GroupKey};
use comity_sign::epoch;
use curve25519_dalek::scalar::Scalar;

use crate::support::dealer::{FalseDealer, Wrong};
use crate::support::liar::{Liar, Said, TRUTH};
use crate::support::unseal::unseal;
use crate::support::workshop::PASSPHRASE;
use crate::support::zone::{Plan, SECRETARIAT, Zone};

const THRESHOLD: u16 = 3;

/// What one of the five deals, and to whom it lies: the members' names and the
/// numbers of their shares.
struct Case {
    dealer: (&'static str, u16),
    victim: (&'static str, u16),
    wrong: Wrong,
    /// What the victim says of the share, in its log.
    said: &'static str,
}

const CASES: [Case; 2] = [
    Case {
        dealer: ("alba", 1),
        victim: ("delta", 4),
        wrong: Wrong::Value,
        said: "is not the one it committed to",
    },
    Case {
        dealer: ("cedar", 3),
        victim: ("boreal", 2),
        wrong: Wrong::Seal,
        said: "does not open",
    },
];

#[test]
fn a_dealer_that_lies_to_one_receiver_is_left_out() {
    let mut zone = Zone::prepare(&Plan {
        members: 5,
        threshold: THRESHOLD.into(),
        // Nobody is passed over where the machine is slow.
        pace: &[("ceremony_timeout_s", 30), ("session_timeout_s", 5)],
        ..Plan::default()
    });
    let liars = CASES.each_ref().map(|case| zone.liar(case.dealer.0));
    zone.start_all();
    let edition = zone.wait_for_edition(1);
    zone.wait_until_served(edition.serial);
    for (liar, case) in liars.iter().zip(&CASES) {
        lie(&zone, liar, case);
    }
    let before = zone.log(SECRETARIAT).len();
    let start = ["ceremony", "start", "--reason", "Shares grow old"];
    zone.act("ember", &start).done();
    let made = zone.wait("epoch 2 to sign", || {
        let epochs = zone.view()?.shares.epochs;
        epochs.into_iter().find(|it| it.epoch == 2 && it.signs)
    });

    // In one try, to all five; the two dealings do not count.
    let log = zone.log(SECRETARIAT).split_off(before);
    assert_eq!(log.matches("a ceremony begins").count(), 1, "{log}");
    assert_eq!(made.shares, 5);
    assert_eq!(made.refused, CASES.each_ref().map(|case| case.dealer.0));
    // Who was lied to complains of that, and nobody of anything else.
    let handover = only::<Handover>(&zone);
    assert_eq!(handover.dealings.messages.len(), 5);
    let complaints: BTreeMap<&str, Vec<u16>> = handover
        .receptions
        .messages
        .iter()
        .map(|message| (sender(&zone, message), accused(message)))
        .collect();
    let mut expected: BTreeMap<&str, Vec<u16>> = zone
        .members
        .iter()
        .map(|name| (*name, Vec::new()))
        .collect();
    for case in &CASES {
        expected.insert(case.victim.0, [case.dealer.1].into());
    }
    assert_eq!(complaints, expected);
    for case in &CASES {
        let log = zone.log(case.victim.0);
        let said = log.lines().filter(|line| line.contains("complains of"));
        let said: Vec<_> = said.collect();
        assert!(said.len() == 1 && said[0].contains(case.said), "{said:?}");
    }
    // The new shares sign, and not without one that lied and one that was lied to.
    zone.stop("ember");
    zone.change_and_serve("harbour", "one");
    zone.audit().done();
    zone.nobody_panicked();
}

/// The member deals so from now on, and is honest in all else.
fn lie(zone: &Zone, liar: &Liar, case: &Case) {
    let dealer = FalseDealer {
        number: case.dealer.1,
        share: share(zone, case.dealer.0),
        group: group(zone),
        victim: case.victim.1,
        wrong: case.wrong,
        secretariat: zone.http_address(),
    };
    liar.lie(move |me, said| match said {
        Said::Dealing(honest) => [me.signed(&dealer.deal(honest))].into(),
        _ => TRUTH(me, said),
    });
}

/// What is in a member's file of the only share that it has.
fn share(zone: &Zone, member: &str) -> Scalar {
    let files = fs::read_dir(zone.workshop.path(member)).unwrap();
    let mut paths = files.map(|file| file.unwrap().path());
    let path = paths.find(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("share-1-")
    });
    let secret = unseal(&path.unwrap(), PASSPHRASE).secret;
    Scalar::from_canonical_bytes(secret.try_into().unwrap()).unwrap()
}

/// What the first shares are of.
fn group(zone: &Zone) -> GroupKey {
    let transcript = json::encode(&only::<Transcript>(zone));
    epoch::generated(&transcript, THRESHOLD).unwrap()
}

/// The only blob of this kind.
fn only<T: serde::Serialize + serde::de::DeserializeOwned>(zone: &Zone) -> T {
    let blobs = fs::read_dir(zone.ledger().join("blob")).unwrap();
    let mut found =
        blobs.filter_map(|blob| json::decode(&fs::read(blob.unwrap().path()).unwrap()).ok());
    let only = found.next().unwrap();
    assert!(found.next().is_none());
    only
}

/// Whose message it is.
fn sender(zone: &Zone, message: &Envelope) -> &'static str {
    let signer = message.claimed_signers().next().unwrap();
    let mut members = zone.members.iter();
    let is_sender = |member: &&&str| zone.identity(member).public() == *signer;
    members.find(is_sender).unwrap()
}

/// The dealers that a receiver complains of.
fn accused(message: &Envelope) -> Vec<u16> {
    let reception: Reception = message.payload().unwrap();
    let complaints = reception.complaints.iter();
    complaints
        .map(|text| Complaint::from_text(text).unwrap().dealer)
        .collect()
}
