//! What a census must find.

use super::*;
use crate::ledger::testing::{self, Ledger};
use crate::ledger::{fetch_checkpoint, read_checkpoint};

fn count(ledger: &Ledger, wanted: &[Digest]) -> Census {
    let head = read_checkpoint(&ledger.source(), &testing::log_key()).unwrap();
    census(ledger.dir.path(), &head, &wanted.iter().copied().collect()).unwrap()
}

fn found(ledger: &Ledger, wanted: &[Digest]) -> Vec<(String, FindingKind)> {
    let census = count(ledger, wanted);
    census
        .findings
        .into_iter()
        .map(|finding| (finding.path, finding.kind))
        .collect()
}

fn remove(ledger: &Ledger, path: &str) {
    fs::remove_file(ledger.dir.path().join(path)).unwrap();
}

#[test]
fn a_whole_ledger_has_no_findings() {
    for size in [0, 1, 255, 256, 257, 70_000] {
        let ledger = Ledger::of(size);
        let blob = ledger.put_blob(b"wanted");
        assert_eq!(count(&ledger, &[blob]), Census::default(), "{size} entries");
    }
}

#[test]
fn names_what_is_wrong_with_each_file() {
    let ledger = Ledger::of(600);
    let wanted = ledger.put_blob(b"wanted");
    let lost = Digest::of(b"lost");
    let spoiled = ledger.put_blob(b"spoiled");
    ledger.put(&blob_path(&spoiled), b"spoilt");
    let not_its_name = blob_path(&Digest::of(b"one"));
    ledger.put(&not_its_name, b"two");
    ledger.put("blob/readme", b"");
    ledger.put("readme", b"");
    ledger.put("tile/0/0", b"");
    ledger.put("tile/entries/001.p/44", b"\0");
    remove(&ledger, "tile/0/001");
    remove(&ledger, "tile/entries/000");
    ledger.put("tile/1/000.p/2", &[0; 64]);
    let mut expected = vec![
        (blob_path(&lost), FindingKind::Missing),
        (blob_path(&spoiled), FindingKind::Differs),
        (not_its_name, FindingKind::Misnamed),
        ("blob/readme".into(), FindingKind::Misnamed),
        ("readme".into(), FindingKind::Unexpected),
        ("tile/0/0".into(), FindingKind::Misnamed),
        ("tile/0/001".into(), FindingKind::Missing),
        ("tile/1/000.p/2".into(), FindingKind::Differs),
        ("tile/entries/000".into(), FindingKind::Missing),
        ("tile/entries/001.p/44".into(), FindingKind::Differs),
    ];
    expected.sort();
    assert_eq!(found(&ledger, &[wanted, lost, spoiled]), expected);
}

#[test]
fn tells_a_wrong_bundle_from_a_wrong_hash() {
    let one = |path: &str| [(path.to_owned(), FindingKind::Differs)];
    for path in [
        "tile/entries/000",
        "tile/entries/001.p/44",
        "tile/0/000",
        "tile/0/001.p/44",
    ] {
        let ledger = Ledger::of(300);
        let mut octets = ledger.source().fetch(path, usize::MAX - 1).unwrap();
        octets[5] ^= 1;
        ledger.put(path, &octets);
        assert_eq!(found(&ledger, &[]), one(path));
    }
    let ledger = Ledger::of(300);
    let mut head = fetch_checkpoint(&ledger.source()).unwrap();
    head.checkpoint.root = Digest([0; 32]);
    let census = census(ledger.dir.path(), &head, &BTreeSet::new()).unwrap();
    let kind = FindingKind::Differs;
    assert_eq!(
        census.findings,
        [CensusFinding {
            path: CHECKPOINT_PATH.into(),
            kind
        }]
    );
}

#[test]
fn says_so_where_an_entry_is_nowhere() {
    let ledger = Ledger::of(300);
    remove(&ledger, "tile/entries/000");
    ledger.put("tile/0/000", b"torn");
    let expected = [
        ("tile/0/000".into(), FindingKind::Differs),
        ("tile/entries/000".into(), FindingKind::Missing),
    ];
    assert_eq!(found(&ledger, &[]), expected);
}

#[test]
fn older_partial_tiles_must_be_beginnings() {
    let ledger = Ledger::of(300);
    for path in ["tile/entries/000.p/7", "tile/entries/001.p/43"] {
        ledger.put_bundle(Tile::from_path(path).unwrap());
    }
    let hashes = ledger.source().fetch("tile/0/001.p/44", 9_999).unwrap();
    ledger.put("tile/0/001.p/2", &hashes[..64]);
    assert_eq!(count(&ledger, &[]), Census::default());

    ledger.put("tile/0/001.p/2", &hashes[32..96]);
    ledger.put("tile/entries/001.p/1", b"\0\x03odd");
    let expected = [
        ("tile/0/001.p/2".into(), FindingKind::Differs),
        ("tile/entries/001.p/1".into(), FindingKind::Differs),
    ];
    assert_eq!(found(&ledger, &[]), expected);
}

#[test]
fn what_a_crash_leaves_is_told_apart() {
    let ledger = Ledger::of(300);
    let orphan = ledger.put_blob(b"nobody asks for this");
    for path in ["tile/entries/001.p/45", "tile/entries/002"] {
        ledger.put_bundle(Tile::from_path(path).unwrap());
    }
    ledger.put("tile/0/002.p/1", &[7; 32]);
    ledger.put("unfinished", b"torn");
    ledger.put("checkpoint.next", b"");
    let mut orphans = vec![
        "unfinished".into(),
        "checkpoint.next".into(),
        blob_path(&orphan),
        "tile/0/002.p/1".into(),
        "tile/entries/001.p/45".into(),
        "tile/entries/002".into(),
    ];
    orphans.sort();
    assert_eq!(
        count(&ledger, &[]),
        Census {
            findings: vec![],
            orphans
        }
    );

    ledger.put("tile/0/001.p/45", &[7; 45 * 32]);
    let expected = [("tile/0/001.p/45".into(), FindingKind::Differs)];
    assert_eq!(found(&ledger, &[]), expected);
}

#[test]
fn a_lost_head_is_missing() {
    let ledger = Ledger::of(3);
    let head = fetch_checkpoint(&ledger.source()).unwrap();
    remove(&ledger, CHECKPOINT_PATH);
    let census = census(ledger.dir.path(), &head, &BTreeSet::new()).unwrap();
    let kind = FindingKind::Missing;
    assert_eq!(
        census.findings,
        [CensusFinding {
            path: CHECKPOINT_PATH.into(),
            kind
        }]
    );
}
