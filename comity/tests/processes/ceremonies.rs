//! Shares pass on, and the key stays: members come and go, the epoch that was
//! dealt signs after its test, and the old shares are gone.

use std::fs;

use comity_secretariat::overview::view::EpochView;

use crate::support::zone::{Plan, Zone};

/// Waits until this epoch signs and everybody who stays has said that its old
/// share is wiped.
fn settled(zone: &Zone, number: u32) -> EpochView {
    zone.wait(&format!("epoch {number} to sign"), || {
        let epochs = zone.view()?.shares.epochs;
        let is_wiped = |epoch: &EpochView| epoch.signs || epoch.kept.is_empty();
        let last = epochs.last()?.clone();
        (last.epoch == number && epochs.iter().all(is_wiped)).then_some(last)
    })
}

/// The epochs of which a member has a share on its disk.
fn shares_of(zone: &Zone, member: &str) -> Vec<u32> {
    let files = fs::read_dir(zone.workshop.path(member)).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let epochs = names.filter_map(|name| {
        let rest = name.strip_prefix("share-")?.strip_suffix(".sealed")?;
        rest.split('-').next()?.parse().ok()
    });
    epochs.collect()
}

#[test]
fn shares_pass_on_when_members_come_and_go() {
    let plan = Plan {
        members: 5,
        threshold: 3,
        ..Plan::default()
    };
    let mut zone = Zone::serve(&plan);
    let key = zone.view().unwrap().zone.key;
    // One walks out; its share is not handed over.
    let leave = ["member", "depart", "--reason", "Over the clauses"];
    zone.act("ember", &leave).done();
    zone.stop("ember");
    let start = ["ceremony", "start", "--reason", "One has left"];
    zone.act("alba", &start).done();
    let epoch = settled(&zone, 2);
    assert_eq!((epoch.threshold, epoch.shares), (3, 4));
    for member in ["alba", "boreal", "cedar", "delta"] {
        assert_eq!(shares_of(&zone, member), [2], "{member}");
    }
    assert_eq!(zone.view().unwrap().shares.epochs[0].exposed, ["ember"]);
    zone.change_and_serve("harbour", "one");

    // A newcomer gets a share by itself, as soon as the charter lets it.
    zone.join("fjord");
    zone.act("boreal", &start).done();
    let epoch = settled(&zone, 3);
    assert_eq!((epoch.threshold, epoch.shares), (3, 5));
    assert_eq!(shares_of(&zone, "fjord"), [3]);
    zone.change_and_serve("atoll", "two");
    assert_eq!(zone.view().unwrap().zone.key, key);
    let audited = zone.audit().done();
    assert_eq!(audited["epochs"].as_array().unwrap().len(), 3);
    zone.nobody_panicked();
}
