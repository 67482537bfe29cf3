//! Flipped bits: an audit finds each one, in whatever file, and a mirror goes
//! on serving its last good edition.

use std::fs;
use std::path::{Path, PathBuf};

use comity_core::basic::Digest;
use comity_mirror::follow::{FollowError, Follower};
use comity_mirror::ledger;
use comity_mirror::source::Directory;

use crate::support::dns;
use crate::support::random::Random;
use crate::support::zone::{MIRROR, Plan, SECRETARIAT, Zone};

/// Bits of a file that are flipped, in the library.
const FLIPS: usize = 12;
/// Bits of a small file that anybody may rewrite: more.
const CHECKPOINT_FLIPS: usize = 250;
const SEED: u64 = 2012;

#[test]
fn an_audit_finds_every_flipped_bit() {
    let mut zone = Zone::serve(&Plan::default());
    zone.change_and_serve("harbour", "second");
    zone.wait("all cosignatures", || {
        (zone.view()?.ledger.cosigned == 3).then_some(())
    });
    zone.stop_all();
    let dir = zone.ledger();
    let founding: Digest = zone.founding.parse().unwrap();
    assert_eq!(audit(&dir, founding), Ok(()));

    let mut random = Random::new(SEED);
    let files = files_below(&dir);
    assert!(files.len() > 20, "{files:?}");
    for path in &files {
        let octets = fs::read(path).unwrap();
        let count = match path.ends_with("checkpoint") {
            true => CHECKPOINT_FLIPS,
            false => FLIPS,
        };
        for flip in offsets(octets.len(), count, &mut random) {
            write_flipped(path, &octets, flip);
            let found = audit(&dir, founding);
            assert!(
                found.is_err(),
                "bit {flip:?} of {} (seed {SEED})",
                path.display()
            );
        }
        let (offset, bit) = offsets(octets.len(), 1, &mut random)[0];
        write_flipped(path, &octets, (offset, bit));
        let found = zone.audit();
        let (rule, _) = found.refused();
        assert!(!rule.is_empty());
        fs::write(path, &octets).unwrap();
    }
    assert_eq!(audit(&dir, founding), Ok(()));
    zone.audit().done();
}

#[test]
fn an_audit_finds_what_is_missing_and_what_is_too_much() {
    let mut zone = Zone::serve(&Plan::default());
    zone.stop_all();
    let dir = zone.ledger();
    let refused = |what: &str| {
        let found = zone.audit();
        let (rule, text) = found.refused();
        // Whoever signed an act has not damaged the files.
        assert!(!text.contains("signed by"), "{what}: {text}");
        assert!(
            ["ledger-files", "blob-missing", "blob-differs", "tile"].contains(&rule),
            "{what}: {text}"
        );
    };
    for path in [
        largest(&dir, "tile/entries"),
        largest(&dir, "tile/0"),
        largest(&dir, "blob"),
    ] {
        let octets = fs::read(&path).unwrap();
        let name = path.display().to_string();
        fs::remove_file(&path).unwrap();
        refused(&name);
        fs::write(&path, &octets[..octets.len() - 1]).unwrap();
        refused(&name);
        fs::write(&path, [&octets[..], b"x"].concat()).unwrap();
        refused(&name);
        fs::write(&path, &octets).unwrap();
    }
    for name in ["extra", "blob/extra", "tile/0/001", ".hidden"] {
        fs::write(dir.join(name), b"extra").unwrap();
        refused(name);
        fs::remove_file(dir.join(name)).unwrap();
    }
    zone.audit().done();
    // Without a checkpoint there is no ledger to say anything about.
    fs::remove_file(dir.join("checkpoint")).unwrap();
    assert_eq!(zone.audit().code, Some(1));
}

#[test]
fn a_mirror_of_a_damaged_ledger_keeps_its_last_good_edition() {
    let mut zone = Zone::serve(&Plan::default());
    zone.change_and_serve("harbour", "second");
    let serial = dns::serial(zone.dns()).unwrap();
    zone.stop(MIRROR);
    zone.stop(SECRETARIAT);
    // From here on the mirror reads the very files that are damaged.
    let config = zone.workshop.path("mirror/mirror.toml");
    let text = fs::read_to_string(&config).unwrap();
    let dir = zone.ledger();
    let directory = text.replace(zone.http(), &dir.display().to_string());
    fs::write(&config, &directory).unwrap();
    for path in [
        dir.join("checkpoint"),
        largest(&dir, "tile/entries"),
        largest(&dir, "blob"),
        // All before it verifies, and gives an older edition.
        newest(&dir, "blob"),
    ] {
        let octets = fs::read(&path).unwrap();
        // Not among the cosignatures: a false one is passed over.
        write_flipped(&path, &octets, (octets.len() / 8, 0));
        let said = zone.log(MIRROR).len();
        zone.start(MIRROR);
        let log = zone.wait(&format!("a complaint about {}", path.display()), || {
            let log = zone.log(MIRROR).split_off(said);
            log.contains("the last good edition stays").then_some(log)
        });
        assert!(
            log.contains("serving the last good edition from the disk"),
            "{log}"
        );
        assert_eq!(dns::serial(zone.dns()), Some(serial), "{log}");
        fs::write(&path, &octets).unwrap();
        zone.wait("the mirror to read on", || {
            let log = zone.log(MIRROR).split_off(said);
            log.contains("applied").then_some(())
        });
        zone.stop(MIRROR);
    }
    zone.start(SECRETARIAT);
    zone.start(MIRROR);
    zone.change_and_serve("harbour", "third");
    zone.nobody_panicked();
}

/// What `comity audit` does, and the rule by which it refuses.
fn audit(dir: &Path, founding: Digest) -> Result<(), String> {
    let mut follower = Follower::new(Box::new(Directory::new(dir)), Some(founding));
    let followed = follower.poll().and_then(|_| follower.check_cosignatures());
    followed.map_err(|error| match error {
        FollowError::Violation(violation) => violation.rule().to_string(),
        FollowError::Unreadable(error) => panic!("not found, but not read either: {error}"),
    })?;
    let checkpoint = follower.checkpoint().unwrap().clone();
    let census = ledger::census(dir, &checkpoint, follower.blobs()).unwrap();
    match census.findings.first() {
        Some(finding) => Err(finding.to_string()),
        None => Ok(()),
    }
}

/// An octet's place in a file, and one of its bits.
type Flip = (usize, u8);

/// The first, the last, and some bits between them.
fn offsets(length: usize, count: usize, random: &mut Random) -> Vec<Flip> {
    let mut flips = vec![(0, random.below(8)), (length - 1, random.below(8))];
    while flips.len() < count {
        flips.push((random.below(length), random.below(8)));
    }
    let flips = flips.into_iter().take(count);
    flips
        .map(|(offset, bit)| (offset, u8::try_from(bit).unwrap()))
        .collect()
}

fn write_flipped(path: &Path, octets: &[u8], (offset, bit): Flip) {
    let mut flipped = octets.to_vec();
    flipped[offset] ^= 1 << bit;
    fs::write(path, flipped).unwrap();
}

/// The largest file, which of tiles is the newest.
fn largest(dir: &Path, below: &str) -> PathBuf {
    let files = files_below(&dir.join(below)).into_iter();
    files
        .max_by_key(|path| fs::metadata(path).unwrap().len())
        .unwrap()
}

fn newest(dir: &Path, below: &str) -> PathBuf {
    let files = files_below(&dir.join(below)).into_iter();
    let written = |path: &PathBuf| fs::metadata(path).unwrap().modified().unwrap();
    files.max_by_key(written).unwrap()
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.extend(files_below(&path)),
            false => files.push(path),
        }
    }
    files.sort();
    files
}
