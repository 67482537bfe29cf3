//! kill -9 after each stage, then a new start: no acknowledged act is missing,
//! no edition has a second content, and the next one is signed.

use comity_core::message::Tasks;
use comity_member::link::{Link, WAIT_S};
use comity_secretariat::overview::View;

use crate::support::dns;
use crate::support::witness::Witness;
use crate::support::zone::{MIRROR, Plan, SECRETARIAT, Zone};

/// What to wait for before the kill: by what the secretariat shows, and what
/// it asks the members for. A stage that has passed already is reached too.
type Stage = (&'static str, fn(&View, &Tasks) -> bool);

const STAGES: [Stage; 8] = [
    ("the founding act", |view, _| view.ledger.size > 0),
    ("all openings", |view, tasks| {
        let task = tasks.ceremony.as_ref();
        view.zone.key.is_some() || task.is_some_and(|task| task.openings.is_some())
    }),
    ("all deals", |view, tasks| {
        let task = tasks.ceremony.as_ref();
        view.zone.key.is_some() || task.is_some_and(|task| task.deals.is_some())
    }),
    ("the key", |view, _| view.zone.key.is_some()),
    ("time", |view, _| view.ledger.time.is_some()),
    ("the first session act", |view, _| view.ledger.size > 3),
    ("the second session act", |view, _| view.ledger.size > 4),
    ("the edition", |view, _| !view.editions.is_empty()),
];

#[test]
fn a_secretariat_that_is_killed_loses_nothing() {
    let mut zone = Zone::prepare(&Plan::default());
    let mut witness = Witness::of(&zone);
    zone.start(SECRETARIAT);
    zone.kill(SECRETARIAT);
    zone.start_all();
    for stage in STAGES {
        reach(&zone, stage);
        witness.look(&zone);
        zone.kill(SECRETARIAT);
        witness.look(&zone);
        zone.start(SECRETARIAT);
        witness.look(&zone);
    }
    let first = zone.wait_for_edition(1);
    zone.wait_until_served(first.serial);
    // The members were there all the time, and so were their nonces.
    never_said(&zone, "left out of the next session");
    never_said(&zone, "the ceremony stalled");

    // An act is acknowledged, and the next moment there is no secretariat.
    let set = ["--set", "harbour. 172800 NS a.root.commons."];
    let propose = [
        &["propose", "--no-checks", "--reason", "Another server"],
        &set[..],
    ]
    .concat();
    let proposed = zone.act("harbour", &propose).done();
    zone.kill(SECRETARIAT);
    zone.start(SECRETARIAT);
    witness.look(&zone);
    let (id, act) = (proposed["id"].as_str().unwrap(), proposed["act"].as_u64());
    let known = zone.view().unwrap().proposals.remove(0);
    assert_eq!((known.id.as_str(), Some(known.act)), (id, act));
    let consented = zone.act("harbour", &["consent", id]).done();
    zone.kill(SECRETARIAT);
    zone.start(SECRETARIAT);
    witness.look(&zone);
    assert!(witness.acts() as u64 > consented["act"].as_u64().unwrap());
    finish(&zone, &mut witness, 2);
}

#[test]
fn members_that_are_killed_lose_nothing() {
    let mut zone = Zone::prepare(&Plan::default());
    let mut witness = Witness::of(&zone);
    zone.start_all();
    zone.kill("alba");
    zone.start("alba");
    for stage in STAGES {
        reach(&zone, stage);
        zone.kill("alba");
        witness.look(&zone);
        zone.start("alba");
    }
    let first = zone.wait_for_edition(1);
    zone.wait_until_served(first.serial);
    // A member that comes back makes all begin again, and nobody wait.
    never_said(&zone, "the ceremony stalled");
    // All nonces are gone in the middle of a session.
    zone.change("harbour", "second");
    zone.wait("a session", || {
        let view = zone.view()?;
        (view.ledger.size > first.act + 3).then_some(())
    });
    for member in zone.members.clone() {
        zone.kill(member);
        zone.start(member);
    }
    witness.look(&zone);
    finish(&zone, &mut witness, 2);
}

#[test]
fn a_mirror_that_is_killed_serves_on() {
    let mut zone = Zone::prepare(&Plan::default());
    let mut witness = Witness::of(&zone);
    zone.start_all();
    for stage in STAGES {
        zone.kill(MIRROR);
        zone.start(MIRROR);
        reach(&zone, stage);
    }
    let serial = zone.wait_for_edition(1).serial;
    zone.kill(MIRROR);
    zone.start(MIRROR);
    zone.wait_until_served(serial);
    // With nobody to ask, what is on the disk is served at once.
    zone.kill(SECRETARIAT);
    zone.kill(MIRROR);
    zone.start(MIRROR);
    assert_eq!(dns::serial(zone.dns()), Some(serial));
    zone.start(SECRETARIAT);
    finish(&zone, &mut witness, 1);
}

fn reach(zone: &Zone, (name, is_reached): Stage) {
    zone.wait(name, || {
        let link = Link::new(zone.http());
        let tasks = link.tasks(0, WAIT_S).ok()?;
        is_reached(&zone.view()?, &tasks).then_some(())
    });
}

/// Nothing kept the secretariat waiting.
fn never_said(zone: &Zone, text: &str) {
    let log = zone.log(SECRETARIAT);
    assert!(!log.contains(text), "{log}");
}

/// The next edition is signed and served, and everything verifies.
fn finish(zone: &Zone, witness: &mut Witness, editions: u64) {
    zone.wait_for_edition(editions);
    zone.change_and_serve("atoll", "last");
    witness.look(zone);
    let audited = zone.audit().done();
    assert_eq!(audited["editions"].as_u64(), Some(editions + 1));
    zone.nobody_panicked();
}
