//! An old copy in the ledger's place: nobody goes back, and nobody goes
//! another way from there.

use std::fs;

use crate::support::zone::{MIRROR, Plan, SECRETARIAT, Zone};
use crate::support::{copy, dns};

#[test]
fn nobody_follows_an_old_copy_of_the_ledger() {
    let mut zone = Zone::serve(&Plan::default());
    let (ledger, old, true_one) = (
        zone.ledger(),
        zone.workshop.path("old"),
        zone.workshop.path("true"),
    );
    zone.stop(SECRETARIAT);
    copy(&ledger, &old);
    zone.start(SECRETARIAT);
    zone.change_and_serve("harbour", "second");
    let serial = dns::serial(zone.dns()).unwrap();
    let servers = dns::name_servers(zone.dns(), "harbour.");
    assert_eq!(servers.len(), 2);

    // A backup is restored, and looks like a ledger in good order.
    zone.stop(SECRETARIAT);
    fs::rename(&ledger, &true_one).unwrap();
    copy(&old, &ledger);
    zone.start(SECRETARIAT);
    zone.audit().done();
    let all = [&[MIRROR], &zone.members[..]].concat();
    for party in &all {
        complains(&zone, party, 0, "rule=\"rollback\"");
    }
    refuse_after_a_restart(&mut zone, "rule=\"rollback\"");
    assert_eq!(dns::serial(zone.dns()), Some(serial));
    // It goes another way from there: there are two histories now.
    for label in ["one", "two", "three"] {
        zone.change("atoll", label);
    }
    refuse_after_a_restart(&mut zone, "rule=\"fork\"");
    assert_eq!(dns::serial(zone.dns()), Some(serial));
    assert_eq!(zone.view().unwrap().editions.len(), 1);
    assert_eq!(zone.view().unwrap().ledger.cosigned, 0);
    assert_eq!(dns::name_servers(zone.dns(), "harbour."), servers);

    // The true one is found again.
    zone.stop(SECRETARIAT);
    fs::remove_dir_all(&ledger).unwrap();
    fs::rename(&true_one, &ledger).unwrap();
    zone.start(SECRETARIAT);
    zone.change_and_serve("harbour", "third");
    zone.audit().done();
    zone.nobody_panicked();
}

/// Nobody has forgotten what it saw.
fn refuse_after_a_restart(zone: &mut Zone, text: &str) {
    for party in [&[MIRROR], &zone.members.clone()[..]].concat() {
        let said = zone.log(party).len();
        zone.kill(party);
        zone.start(party);
        complains(zone, party, said, text);
    }
}

/// Waits until a party says something, after its first `said` octets.
fn complains(zone: &Zone, party: &str, said: usize, text: &str) {
    zone.wait(&format!("{party} to say {text}"), || {
        let log = zone.log(party).split_off(said);
        log.contains(text).then_some(())
    });
}
