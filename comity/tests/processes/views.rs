//! A secretariat that shows two ledgers, each in good order by itself, to
//! different members, or the acts of one in another order; and a second
//! secretariat on the ledger of the first.

use std::fs;

use comity_core::ledger::{KeyKind, NoteKey};
use comity_mirror::ledger::{entries, fetch_checkpoint};
use comity_mirror::source::Directory;
use comity_secretariat::home::Home;
use comity_secretariat::writer::LedgerWriter;

use crate::support::dns;
use crate::support::files::copy;
use crate::support::zone::{MIRROR, Plan, SECRETARIAT, Zone};

/// The other secretariat, which has a copy of everything.
const OTHER: &str = "other";

#[test]
fn of_two_views_at_most_one_is_signed() {
    let mut zone = Zone::serve(&Plan::default());
    zone.stop(SECRETARIAT);
    let other = zone.start_copy(OTHER);
    // Two of three see one view and are a quorum; the third sees the other.
    zone.lead_anew("cedar", &other);
    zone.start(SECRETARIAT);
    zone.change("harbour", "here");
    let here = zone.wait_for_edition(2);
    zone.at(&other, |zone| {
        // The longer of the two, so that nobody takes it for an old copy.
        for label in ["one", "two", "three"] {
            zone.change("atoll", label);
        }
        zone.wait("cedar to cosign there", || {
            (zone.view()?.ledger.cosigned == 1).then_some(())
        });
    });

    // Now all are shown what only cedar saw. They know better.
    for member in ["alba", "boreal"] {
        let before = zone.log(member).len();
        zone.lead_anew(member, &other);
        zone.wait(&format!("{member} to see two histories"), || {
            let log = zone.log(member).split_off(before);
            log.contains("rule=\"fork\"").then_some(())
        });
    }
    // And cedar, shown what the others signed, does not follow there, where
    // fewer acts are.
    let before = zone.log("cedar").len();
    let own = zone.http().to_string();
    zone.lead_anew("cedar", &own);
    zone.wait("cedar to see less than it knows", || {
        let log = zone.log("cedar").split_off(before);
        log.contains("rule=\"rollback\"").then_some(())
    });
    let there = zone.at(&other, Zone::view).unwrap();
    assert_eq!((there.editions.len(), there.ledger.cosigned), (1, 1));
    zone.wait_until_served(here.serial);
    assert_eq!(dns::name_servers(zone.dns(), "atoll."), ["a.nic.atoll."]);
    zone.nobody_panicked();
}

#[test]
fn acts_that_were_cosigned_keep_their_order() {
    let mut zone = Zone::serve(&Plan::default());
    for (holder, text) in [("harbour", "One"), ("atoll", "Other")] {
        let remove = [
            "propose",
            "--remove",
            &format!("{holder}."),
            "--reason",
            text,
        ];
        zone.act(holder, &remove).done();
    }
    let size = zone.view().unwrap().ledger.size;
    zone.wait("everybody's cosignature", || {
        let ledger = zone.view()?.ledger;
        ((ledger.size, ledger.cosigned) == (size, 3)).then_some(())
    });
    zone.wait("the mirror to have them all", || {
        let last = format!("applied act={} ", size - 1);
        zone.log(MIRROR).contains(&last).then_some(())
    });
    zone.stop(SECRETARIAT);
    swap_the_last_two(&zone);
    // By itself it is a ledger in good order.
    let said: Vec<_> = parties(&zone)
        .iter()
        .map(|party| zone.log(party).len())
        .collect();
    zone.start(SECRETARIAT);
    zone.audit().done();
    for (party, said) in parties(&zone).into_iter().zip(said) {
        zone.wait(&format!("{party} to see another history"), || {
            let log = zone.log(party).split_off(said);
            log.contains("rule=\"fork\"").then_some(())
        });
    }
    assert_eq!(zone.view().unwrap().ledger.cosigned, 0);
    zone.nobody_panicked();
}

fn parties(zone: &Zone) -> Vec<&'static str> {
    [&[MIRROR], &zone.members[..]].concat()
}

/// Writes the ledger anew, with the same key, in another order.
fn swap_the_last_two(zone: &Zone) {
    let old = zone.workshop.path("old");
    fs::rename(zone.ledger(), &old).unwrap();
    let source = Directory::new(&old);
    let size = fetch_checkpoint(&source).unwrap().checkpoint.size;
    let read: Result<Vec<Vec<u8>>, _> = entries(&source, 0, size).collect();
    let mut read = read.unwrap();
    let last = read.len() - 1;
    read.swap(last - 1, last);
    let home = Home::new(zone.workshop.path(SECRETARIAT));
    let config = home.config().unwrap();
    let identity = home.log_key(&config, &zone.passphrase()).unwrap();
    let key = NoteKey::new(&config.origin, KeyKind::Ed25519, identity.public()).unwrap();
    let sign = Box::new(move |message: &[u8]| identity.sign(message));
    let mut writer = LedgerWriter::create(&zone.ledger(), key, sign).unwrap();
    writer.append(&read).unwrap();
    copy(&old.join("blob"), &zone.ledger().join("blob"));
}

#[test]
fn a_second_secretariat_on_the_same_directory_says_who_has_it() {
    let mut zone = Zone::prepare(&Plan::default());
    zone.start(SECRETARIAT);
    let home = zone.workshop.text(SECRETARIAT);
    let second = zone.workshop.run(&["secretariat", "run", "--dir", &home]);
    assert_eq!(second.code, Some(1), "{second:?}");
    let error = second.json["error"].as_str().unwrap();
    let first = zone.process(SECRETARIAT).id();
    assert_eq!(
        error,
        format!("the process {first} is at work in {home}: one ledger, one writer")
    );
    // The first is not disturbed, and gives way when it ends.
    assert!(zone.view().is_some());
    zone.kill(SECRETARIAT);
    zone.start(SECRETARIAT);
    assert!(zone.view().is_some());
}
