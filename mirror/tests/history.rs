//! The real root, in all its versions of two years, through our own model.

#![expect(clippy::unwrap_used, reason = "a test says so by failing")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use comity_core::edition::{Plan, SignedZone, Timing, ZoneKeys, due};
use comity_core::served::ServedZone;
use comity_core::zone::{Contents, Name, Rdata, Rtype, difference};
use comity_mirror::zonefile;

#[path = "common/data.rs"]
mod data;
#[path = "common/signing.rs"]
mod signing;

/// How many versions are left out between two that are read.
const STEP: usize = 8;

#[test]
fn versions_follow_from_each_other_by_their_differences() {
    let Some(zones) = data::folder() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    data::unpack(&data::history(&zones), &[], folder.path());
    let mut last: Option<Contents> = None;
    for file in versions(folder.path()).iter().step_by(STEP) {
        let read = zonefile::read(file, Some(&Name::root())).unwrap();
        let contents = read.contents;
        let wire = contents.to_wire();
        assert_eq!(Contents::from_wire(&Name::root(), &wire).unwrap(), contents);
        if let Some(last) = last {
            let changes = difference(&last, &contents);
            assert!(!changes.is_empty());
            assert_eq!(last.with(&changes).unwrap(), contents, "{}", file.display());
        }
        last = Some(contents);
    }
}

#[test]
fn the_newest_root_is_signed_as_its_operator_does() {
    let Some(zones) = data::folder() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = data::newest_root(&zones, folder.path());
    let started = Instant::now();
    let read = zonefile::read(&file, None).unwrap();
    say("read", started);
    assert_eq!(read.serial, 2_025_123_001);
    assert_eq!(read.dropped.get(&Rtype::DNSKEY), Some(&4));
    assert_eq!(read.dropped.get(&Rtype::NSEC), Some(&chain_of(&file).len()));

    let now = signing::now();
    let started = Instant::now();
    let plan = Plan::new(
        1,
        &read.contents,
        &ZoneKeys::one(signing::key()),
        None,
        now,
        &Timing::default(),
    );
    say("plan", started);
    let ds = read.contents.delegations().filter(|(_, d)| d.ds.is_some());
    let apex = ["SOA", "NS", "DNSKEY"];
    let signed = chain_of(&file).len() + ds.count() + apex.len();
    assert_eq!(plan.to_sign().len(), signed);
    let started = Instant::now();
    plan.digest();
    say("digest of the plan", started);
    let started = Instant::now();
    let zone = signing::sign(&read.contents, None, now);
    say("plan, sign, complete and seal", started);
    let started = Instant::now();
    let wire = read.contents.to_wire();
    let again = Contents::from_wire(&Name::root(), &wire).unwrap();
    say("contents to octets and back", started);
    let started = Instant::now();
    assert_eq!(read.contents.with(&[]).unwrap(), again);
    say("changes applied", started);
    let started = Instant::now();
    let later = Plan::new(
        2,
        &again,
        &ZoneKeys::one(signing::key()),
        Some(&zone),
        now,
        &Timing::default(),
    );
    assert_eq!(later.to_sign().len(), 1);
    say("plan of the next edition", started);
    let started = Instant::now();
    let mut text = Vec::new();
    zonefile::write(&ServedZone::from(&zone), &mut text).unwrap();
    say("written", started);
    let records: Vec<_> = zone.records().collect();
    let started = Instant::now();
    let verified = SignedZone::verify(&Name::root(), &[signing::key()], records, now).unwrap();
    say("verify", started);
    assert_eq!(verified, zone);
    assert_eq!(chain_of(&file), chain(&zone));
}

/// The NSEC records of the file: the names that its operator put in the
/// chain, and their types.
fn chain_of(file: &Path) -> BTreeSet<(Name, Rdata)> {
    let text = fs::read_to_string(file).unwrap();
    let lines = text.lines().filter_map(|line| {
        let (head, data) = line
            .split_once("IN NSEC\t")
            .or(line.split_once("IN\tNSEC\t"))?;
        let owner = head.split_whitespace().next()?.parse().ok()?;
        Some((owner, Rdata::from_text(Rtype::NSEC, data.trim()).ok()?))
    });
    lines.collect()
}

fn chain(zone: &SignedZone) -> BTreeSet<(Name, Rdata)> {
    let sets = zone.sets().filter(|set| set.rtype == Rtype::NSEC);
    sets.filter_map(|set| Some((set.owner.clone(), set.set.first()?.clone())))
        .collect()
}

fn versions(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn say(what: &str, started: Instant) {
    said(&format!("{what}: {:?}", started.elapsed()));
}

#[expect(clippy::print_stdout, reason = "measurements, for who asks")]
fn said(what: &str) {
    println!("{what}");
}

/// Ledger time moves at least so often, by the secretariat's default.
const TIME_INTERVAL_S: u64 = 600;
const DAY_S: u64 = 86_400;
/// Renewals of the root in a day, as they were reckoned: 2,789 sets in thirteen days.
const RENEWALS: std::ops::RangeInclusive<usize> = 150..=300;

/// Sixty days in which nothing changes: an edition whenever one is due.
#[test]
fn an_ordinary_day_of_the_root_is_one_edition_of_some_215_signatures() {
    let Some(zones) = data::folder() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let contents = zonefile::read(&data::newest_root(&zones, folder.path()), None);
    let contents = contents.unwrap().contents;
    let (timing, founded) = (Timing::default(), signing::now());
    let keys = ZoneKeys::one(signing::key());
    let mut zone = signing::sign(&contents, None, founded);
    let mut counts: Vec<usize> = Vec::new();
    for day in 0..60 {
        let mut editions = Vec::new();
        for step in 1..=DAY_S / TIME_INTERVAL_S {
            let now = founded.plus(day * DAY_S + step * TIME_INTERVAL_S);
            // All that can make one due here: to compare the contents takes longer.
            if zone.first_expiration() < now.plus(timing.refresh_before_s) {
                assert!(due(&contents, &keys, Some(&zone), now, &timing));
                let plan = Plan::new(1, &contents, &keys, Some(&zone), now, &timing);
                // ZONEMD is signed apart.
                editions.push(plan.to_sign().len() + 1);
                zone = signing::sign(&contents, Some(&zone), now);
            }
        }
        assert!(editions.len() <= 1, "day {day}: {editions:?}");
        counts.push(editions.iter().sum());
    }
    said(&format!("signatures a day: {counts:?}"));
    assert_eq!(counts[0], 0, "those of the founding last");
    // The first ones last for twelve days, renewed ones for thirteen until they are
    // renewed: every thirteenth day there is nothing to do.
    let idle = counts[1..].iter().filter(|count| **count == 0).count();
    assert!(idle <= 5, "{counts:?}");
    for count in counts[1..].iter().filter(|count| **count > 0) {
        assert!(RENEWALS.contains(count), "{counts:?}");
    }
    let mean = counts[1..].iter().sum::<usize>() / (counts.len() - 1);
    assert!((205..=225).contains(&mean), "{mean} a day: {counts:?}");
}
