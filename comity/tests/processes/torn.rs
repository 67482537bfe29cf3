//! The last file of each kind is torn, as by a file system that keeps no
//! order: who finds it recovers by its rules, or says which file, what is
//! wrong and what to do, and goes on once the file is back.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::zone::{MIRROR, Plan, SECRETARIAT, Zone};
use crate::support::{PATIENCE, dns};

const MEMBER: &str = "alba";

/// What follows from a torn file.
enum Then {
    /// Nothing is the matter.
    Recovers,
    /// The party works, and says so.
    Says(&'static [&'static str]),
    /// The party ends with this exit code, and says so.
    Refuses(i32, &'static [&'static str]),
}

use Then::{Recovers, Refuses, Says};

/// A party, where the file is below its directory, and what follows. A path
/// that ends with a slash is of the newest file there.
type Case = (&'static str, &'static str, Then);

const CASES: [Case; 17] = [
    // Files in passing, which no reader asks for.
    (SECRETARIAT, "ledger/unfinished", Recovers),
    (SECRETARIAT, "ledger/checkpoint.next", Recovers),
    (SECRETARIAT, "log.sealed.new", Recovers),
    (MEMBER, "cosigned.json.new", Recovers),
    (MIRROR, "edition.new", Recovers),
    (MIRROR, "trusted.json.new", Recovers),
    // What follows from others.
    (SECRETARIAT, "ledger/tile/0/000.p/", Recovers),
    // What is nowhere else.
    (
        SECRETARIAT,
        "ledger/tile/entries/000.p/",
        Refuses(3, &["tile/entries/000.p/", "put back what is named"]),
    ),
    (
        SECRETARIAT,
        "ledger/checkpoint",
        Refuses(3, &["checkpoint: ", "put back what is named"]),
    ),
    (
        SECRETARIAT,
        "ledger/blob/",
        Refuses(3, &["blob/", "put back what is named"]),
    ),
    (
        SECRETARIAT,
        "log.sealed",
        Refuses(1, &["log.sealed: ", "put it back from a copy"]),
    ),
    (
        SECRETARIAT,
        "secretariat.toml",
        Refuses(1, &["secretariat.toml: "]),
    ),
    (
        MEMBER,
        "cosigned.json",
        Refuses(1, &["cosigned.json is damaged", "put the file back"]),
    ),
    (
        MEMBER,
        "identity.sealed",
        Refuses(1, &["identity.sealed: ", "put it back from a copy"]),
    ),
    (MEMBER, "card.json", Refuses(1, &["card.json: "])),
    (
        MIRROR,
        "edition",
        Says(&["the last edition could not be read, the one before is served"]),
    ),
    (
        MIRROR,
        "trusted.json",
        Says(&[
            "trusted.json is damaged",
            "begins again with the founding act",
        ]),
    ),
];

#[test]
fn a_torn_file_is_made_good_or_named() {
    let mut zone = Zone::serve(&Plan::default());
    zone.change_and_serve("harbour", "second");
    all_cosign(&zone);
    let serial = dns::serial(zone.dns()).unwrap();
    for (party, below, then) in &CASES {
        zone.stop(party);
        let file = path(&zone.workshop.path(party), below);
        let whole = fs::read(&file).ok();
        let octets = whole.as_deref().unwrap_or(b"torn in the middle");
        for torn in [&octets[..middle(octets)], b""] {
            fs::write(&file, torn).unwrap();
            let case = format!("{} torn to {} octets", file.display(), torn.len());
            follow(&mut zone, party, then, &case);
        }
        match &whole {
            Some(octets) => fs::write(&file, octets).unwrap(),
            None => drop(fs::remove_file(&file)),
        }
        zone.start(party);
        zone.wait_until_served(serial);
    }
    zone.change_and_serve("atoll", "last");
    zone.audit().done();
    zone.nobody_panicked();
}

/// Where a file tears: at its half, or with settings in the midst of the next
/// one, since half of a file of settings can be one too.
fn middle(octets: &[u8]) -> usize {
    let half = octets.len() / 2;
    let mut rest = octets[half..].windows(3);
    let setting = rest.position(|three| three == b" = ");
    setting.map_or(half, |at| half + at + 3)
}

/// Starts a party that finds a torn file, and ends it.
fn follow(zone: &mut Zone, party: &str, then: &Then, case: &str) {
    let said = zone.log(party).len();
    zone.launch(party);
    let says = |zone: &Zone, texts: &[&str]| {
        for text in texts {
            zone.wait(&format!("{text:?}: {case}"), || {
                zone.log(party).split_off(said).contains(text).then_some(())
            });
        }
    };
    match then {
        Recovers => {
            zone.wait_until_open(party);
            if party == MEMBER {
                says(zone, &["connected"]);
            }
            let log = zone.log(party).split_off(said);
            assert!(!log.contains("ERROR"), "{case}: {log}");
        }
        Says(texts) => says(zone, texts),
        Refuses(code, texts) => {
            let status = zone.process(party).wait(PATIENCE);
            let log = zone.log(party).split_off(said);
            let status = status.unwrap_or_else(|| panic!("{case} is taken: {log}"));
            assert_eq!(status.code(), Some(*code), "{case}: {log}");
            says(zone, texts);
        }
    }
    zone.kill(party);
}

#[test]
fn a_member_without_its_share_says_so_and_cosigns() {
    let mut zone = Zone::serve(&Plan::default());
    zone.stop(MEMBER);
    let home = zone.workshop.path(MEMBER);
    let is_share = |path: &PathBuf| path.extension().is_some_and(|it| it == "sealed");
    let mut files = fs::read_dir(&home).unwrap().map(|it| it.unwrap().path());
    let share = files.find(|it| is_share(it) && !it.ends_with("identity.sealed"));
    let share = share.unwrap();
    let whole = fs::read(&share).unwrap();
    for (label, torn, text) in [
        (
            "torn",
            Some(&whole[..whole.len() / 2]),
            "put it back from a copy",
        ),
        ("gone", None, "there is no share-1-"),
    ] {
        match torn {
            Some(octets) => fs::write(&share, octets).unwrap(),
            None => fs::remove_file(&share).unwrap(),
        }
        let said = zone.log(MEMBER).len();
        zone.start(MEMBER);
        // The others sign without it.
        zone.change_and_serve("harbour", label);
        zone.wait(&format!("a word about the share that is {label}"), || {
            zone.log(MEMBER)
                .split_off(said)
                .contains(text)
                .then_some(())
        });
        all_cosign(&zone);
        zone.stop(MEMBER);
    }
    fs::write(&share, whole).unwrap();
    zone.start(MEMBER);
    zone.change_and_serve("atoll", "last");
    zone.audit().done();
    zone.nobody_panicked();
}

fn all_cosign(zone: &Zone) {
    zone.wait("all cosignatures", || {
        (zone.view()?.ledger.cosigned == 3).then_some(())
    });
}

fn path(home: &Path, below: &str) -> PathBuf {
    let path = home.join(below);
    if !below.ends_with('/') {
        return path;
    }
    let files = fs::read_dir(path).unwrap().map(|it| it.unwrap().path());
    let written = |path: &PathBuf| fs::metadata(path).unwrap().modified().unwrap();
    files.max_by_key(written).unwrap()
}
