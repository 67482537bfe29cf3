//! A full disk: who meets it says so with the path and what to do, lets
//! nothing leave that had to be kept first, loses nothing that was
//! acknowledged, and goes on when there is room.

use std::time::Duration;

use comity_member::home::Home;
use comity_mirror::ledger::fetch_checkpoint;
use comity_mirror::source::Directory;

use crate::support::small_disk::SmallDisk;
use crate::support::witness::Witness;
use crate::support::zone::{MIRROR, Plan, SECRETARIAT, Zone};
use crate::support::{PATIENCE, dns, look};

/// A member on the small disk.
const MEMBER: &str = "alba";
/// The longest until a member in trouble tries again, and some more.
const ROUND: Duration = Duration::from_secs(12);

#[test]
fn a_member_cosigns_only_what_it_can_remember() {
    let mut zone = Zone::serve(&Plan::default());
    zone.stop(MEMBER);
    let Some(disk) = SmallDisk::under(&zone.workshop, MEMBER) else {
        return;
    };
    zone.start(MEMBER);
    zone.change_and_serve("harbour", "second");
    all_cosign(&zone);
    disk.fill();
    let before = remembered(&zone);
    let said = zone.log(MEMBER).len();
    // The others sign without it.
    zone.change_and_serve("harbour", "third");
    says(
        &zone,
        MEMBER,
        said,
        "cosigned.json: No space left on device",
    );
    says(&zone, MEMBER, said, "make room there");
    assert_eq!(remembered(&zone), before);
    // Not even in the next of its rounds, which comes after some seconds.
    let cosigned = look(ROUND, || {
        let head = fetch_checkpoint(&Directory::new(zone.ledger())).ok()?;
        assert!(head.checkpoint.size > before);
        let mut lines = head.cosignatures.iter();
        lines.any(|line| line.name.ends_with(MEMBER)).then_some(())
    });
    assert_eq!(cosigned, None, "a cosignature left that is not remembered");
    disk.make_room();
    says(&zone, MEMBER, said, "at work again");
    all_cosign(&zone);
    zone.change_and_serve("harbour", "fourth");
    zone.audit().done();
    zone.nobody_panicked();
}

#[test]
fn a_member_confirms_only_a_share_that_it_has() {
    let mut zone = Zone::prepare(&Plan::default());
    let Some(disk) = SmallDisk::under(&zone.workshop, MEMBER) else {
        return;
    };
    zone.start_all();
    zone.wait("the founding act", || {
        (zone.view()?.ledger.size > 0).then_some(())
    });
    // Without one member there is no ceremony.
    zone.kill("cedar");
    let key = zone.view().and_then(|view| view.zone.key);
    assert_eq!(key, None, "the ceremony was over already");
    zone.wait("a cosignature", || (remembered(&zone) > 0).then_some(()));
    disk.fill();
    let said = zone.log(MEMBER).len();
    zone.start("cedar");
    says(&zone, MEMBER, said, ".sealed: No space left on device");
    says(&zone, SECRETARIAT, 0, "waiting_for=\"alba\"");
    assert_eq!(zone.view().unwrap().zone.key, None);
    disk.make_room();
    let edition = zone.wait_for_edition(1);
    zone.wait_until_served(edition.serial);
    zone.audit().done();
    zone.nobody_panicked();
}

#[test]
fn a_secretariat_acknowledges_only_what_is_on_its_disk() {
    let mut zone = Zone::serve(&Plan::default());
    let mut witness = Witness::of(&zone);
    zone.stop(SECRETARIAT);
    let Some(disk) = SmallDisk::under(&zone.workshop, SECRETARIAT) else {
        return;
    };
    zone.start(SECRETARIAT);
    zone.change_and_serve("harbour", "second");
    all_cosign(&zone);
    witness.look(&zone);
    let acts = witness.acts();
    disk.fill();
    ends_in_need_of_room(&mut zone);
    // It is no better for a new start.
    zone.start(SECRETARIAT);
    disk.fill();
    ends_in_need_of_room(&mut zone);
    witness.look(&zone);
    assert_eq!(witness.acts(), acts);
    disk.make_room();
    zone.start(SECRETARIAT);
    zone.change_and_serve("atoll", "last");
    witness.look(&zone);
    zone.audit().done();
    zone.nobody_panicked();
}

#[test]
fn a_mirror_serves_what_it_cannot_keep_and_keeps_it_later() {
    let mut zone = Zone::serve(&Plan::default());
    zone.stop(MIRROR);
    let Some(disk) = SmallDisk::under(&zone.workshop, MIRROR) else {
        return;
    };
    zone.start(MIRROR);
    let first = zone.wait_for_edition(1).serial;
    zone.wait_until_served(first);
    disk.fill();
    let said = zone.log(MIRROR).len();
    zone.change_and_serve("harbour", "second");
    let second = dns::serial(zone.dns()).unwrap();
    says(
        &zone,
        MIRROR,
        said,
        "edition 2 is served, but cannot be kept",
    );
    says(&zone, MIRROR, said, "No space left on device");
    says(&zone, MIRROR, said, "make room there");
    // It starts with what it has, and catches up.
    zone.kill(MIRROR);
    zone.start(MIRROR);
    zone.wait_until_served(second);
    let said = zone.log(MIRROR).len();
    disk.make_room();
    says(&zone, MIRROR, said, "kept edition=2");
    zone.kill(SECRETARIAT);
    zone.kill(MIRROR);
    zone.start(MIRROR);
    assert_eq!(dns::serial(zone.dns()), Some(second));
    zone.start(SECRETARIAT);
    zone.change_and_serve("harbour", "third");
    zone.nobody_panicked();
}

fn all_cosign(zone: &Zone) {
    zone.wait("all cosignatures", || {
        (zone.view()?.ledger.cosigned == 3).then_some(())
    });
}

/// The size of the head that the member has cosigned last.
fn remembered(zone: &Zone) -> u64 {
    let head = Home::new(zone.workshop.path(MEMBER)).cosigned().unwrap();
    head.map_or(0, |head| head.size)
}

/// An act is not acknowledged, and the secretariat ends with what to do, and
/// with the exit code of a world that failed.
fn ends_in_need_of_room(zone: &mut Zone) {
    let set = ["--set", "harbour. 172800 NS a.root.commons."];
    let propose = [
        &["propose", "--no-checks", "--reason", "Another server"],
        &set[..],
    ]
    .concat();
    let refused = zone.act("harbour", &propose);
    assert_eq!(refused.code, Some(1), "{refused:#?}");
    let status = zone.process(SECRETARIAT).wait(PATIENCE).unwrap();
    zone.kill(SECRETARIAT);
    let log = zone.log(SECRETARIAT);
    assert_eq!(status.code(), Some(1), "{log}");
    let last = log.lines().last().unwrap();
    assert!(last.contains("cannot write "), "{last}");
    assert!(last.contains("make room there"), "{last}");
}

/// Waits until a party says something, after its first `said` octets.
fn says(zone: &Zone, party: &str, said: usize, text: &str) {
    zone.wait(&format!("{party} to say {text}"), || {
        let log = zone.log(party).split_off(said);
        log.contains(text).then_some(())
    });
}
