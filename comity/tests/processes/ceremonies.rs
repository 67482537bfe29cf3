//! Shares pass on, and the key stays: members come and go, the epoch that was
//! dealt signs after its test, and the old shares are gone.

use std::fs;

use comity_secretariat::overview::view::EpochView;

use crate::support::zone::{HELD, Plan, SMALL, Zone};

/// Four members, three of whom sign; a ceremony that is due comes after a second.
const SOON: Plan = Plan {
    members: 4,
    threshold: 3,
    zone: SMALL,
    held: HELD,
    rules: &[("deal_after_s", 1)],
    pace: &[
        ("ceremony_timeout_s", 5),
        ("session_timeout_s", 3),
        ("time_interval_s", 1),
    ],
    log_level: None,
    boxes: &[],
    delay: "0s",
    member: &[],
};

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

#[test]
fn who_leaves_hands_over_and_leaves_nothing_behind() {
    let zone = Zone::serve(&SOON);
    let key = zone.view().unwrap().zone.key;
    let drill = ["ceremony", "drill", "--reason", "Once a year"];
    zone.act("boreal", &drill).done();
    zone.wait("the drill", || zone.view()?.shares.drill);
    let show = ["ceremony", "show"];
    let shown = zone.ask(&show).done();
    assert_eq!(shown["drill"]["receivers"], 4, "{shown}");
    assert_eq!(shown["drill"]["dealers"], 4, "{shown}");
    assert_eq!(shown["epochs"].as_array().unwrap().len(), 1, "{shown}");
    assert_eq!(shown["others"].as_array().unwrap().len(), 1, "{shown}");
    for member in &zone.members {
        assert_eq!(shares_of(&zone, member), [1], "{member}");
    }

    // It says so, and its machine goes on: the ceremony comes by itself.
    let leave = ["member", "depart", "--reason", "With thanks"];
    zone.act("delta", &leave).done();
    let epoch = settled(&zone, 2);
    assert_eq!((epoch.threshold, epoch.shares), (2, 3));
    zone.wait("nothing to be exposed", || {
        let shares = zone.view()?.shares;
        let all = shares.epochs.iter().chain(&shares.others);
        all.into_iter()
            .all(|one| one.exposed.is_empty())
            .then_some(())
    });
    assert!(shares_of(&zone, "delta").is_empty());
    for member in ["alba", "boreal", "cedar"] {
        assert_eq!(shares_of(&zone, member), [2], "{member}");
    }
    zone.change_and_serve("harbour", "one");
    assert_eq!(zone.view().unwrap().zone.key, key);
    zone.audit().done();
    zone.nobody_panicked();
}

#[test]
fn a_share_that_others_may_know_is_dealt_away() {
    let zone = Zone::serve(&SOON);
    let told = ["ceremony", "compromised", "--reason", "A laptop is missing"];
    zone.act("cedar", &told).done();
    let again = zone.act("cedar", &told);
    assert_eq!(again.refused().0, "share-known");
    let epoch = settled(&zone, 2);
    assert_eq!((epoch.threshold, epoch.shares), (3, 4));
    // To wipe what others have changes nothing.
    let view = zone.view().unwrap();
    assert_eq!(view.shares.epochs[0].exposed, ["cedar"]);
    assert!(view.shares.epochs[1].exposed.is_empty());
    zone.change_and_serve("atoll", "one");
    zone.audit().done();
    zone.nobody_panicked();
}

#[test]
fn another_threshold_is_voted_and_dealt_by_itself() {
    let zone = Zone::serve(&SOON);
    let text = fs::read_to_string(zone.workshop.path("charter.toml")).unwrap();
    let other = text.replace("signing_threshold = \"majority\"", "signing_threshold = 4");
    assert_ne!(text, other);
    let path = zone.workshop.write("other.toml", other.as_bytes());
    let path = path.display().to_string();
    let propose = [
        "propose",
        "--no-checks",
        "--reason",
        "All of us",
        "--charter",
    ];
    let proposed = zone.act("alba", &[&propose[..], &[&path]].concat()).done();
    let proposal = proposed["id"].as_str().unwrap();
    for member in ["alba", "boreal", "cedar"] {
        zone.act(member, &["vote", proposal, "for"]).done();
    }
    let epoch = settled(&zone, 2);
    assert_eq!((epoch.threshold, epoch.shares), (4, 4));
    zone.change_and_serve("harbour", "one");
    zone.audit().done();
    zone.nobody_panicked();
}
