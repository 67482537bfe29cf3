//! What must hold of a writer, whatever its disk does.

use std::ops::Range;

use comity_core::ledger::{CosignedCheckpoint, Tree, leaf_hash, tile};
use comity_mirror::ledger::{FindingKind, read_checkpoint};
use comity_mirror::source::Directory;
use proptest::prelude::*;

use super::testing::{self, LOG, Memory, cosign, entries, log_key, member_key, signer};
use super::*;

mod crash;
mod power;

fn all(writer: &LedgerWriter) -> Vec<Vec<u8>> {
    writer
        .entries(0, writer.size())
        .collect::<Result<_, _>>()
        .unwrap()
}

#[test]
fn opening_puts_right_what_follows_from_the_entries() {
    let disk = Memory::default();
    disk.create().unwrap().append(&entries(0..600)).unwrap();
    let whole = disk.files();
    disk.take("tile/0/001").unwrap();
    disk.take("tile/1/000.p/2").unwrap();
    disk.put("tile/0/002.p/88", b"torn");
    disk.put("tile/0/000", &[0; 8192]);
    disk.put("unfinished", b"torn");
    disk.put("tile/entries/002.p/89", b"torn");
    disk.put("tile/2/000.p/1", b"torn");
    let mut writer = disk.open().unwrap();
    disk.take("tile/entries/002.p/89").unwrap();
    disk.take("tile/2/000.p/1").unwrap();
    assert_eq!(disk.files(), whole);
    writer.append(&entries(600..601)).unwrap();
    assert_eq!(disk.census(&[]), Default::default());
}

#[test]
fn opening_removes_nothing() {
    let disk = Memory::default();
    disk.create().unwrap().append(&entries(0..3)).unwrap();
    disk.put("tile/entries/000.p/9", b"torn");
    disk.put("unfinished", b"torn");
    let before = disk.files();
    drop(disk.open().unwrap());
    assert_eq!(disk.files(), before);
}

#[test]
fn opening_refuses_what_is_not_this_logs_ledger() {
    let root = |disk: &Memory| {
        let opened = disk.open().map(|_| ()).unwrap_err();
        matches!(
            opened,
            WriterError::Ledger(LedgerError::OtherRoot { size: 300, .. })
        )
    };
    let fresh = || {
        let disk = Memory::default();
        disk.create().unwrap().append(&entries(0..300)).unwrap();
        disk
    };
    let nothing = Memory::default().open().map(|_| ());
    assert_eq!(
        nothing,
        Err(WriterError::NoLedger {
            dir: "memory".into()
        })
    );

    let disk = fresh();
    let mut others = entries(0..256);
    others[7] = b"other".to_vec();
    disk.put("tile/entries/000", &tile::encode_bundle(&others).unwrap());
    assert!(root(&disk));

    let disk = fresh();
    disk.take("tile/entries/001.p/44").unwrap();
    let opened = disk.open().map(|_| ());
    assert!(
        matches!(opened, Err(WriterError::Ledger(LedgerError::Fetch(_)))),
        "{opened:?}"
    );

    let disk = fresh();
    disk.take(CHECKPOINT_PATH).unwrap();
    assert_eq!(
        disk.open().map(|_| ()),
        Err(WriterError::NoLedger {
            dir: "memory".into()
        })
    );
    let created = disk.create().map(|_| ());
    assert_eq!(
        created,
        Err(WriterError::AlreadyThere {
            dir: "memory".into()
        })
    );

    let disk = fresh();
    let text = String::from_utf8(disk.files()[CHECKPOINT_PATH].clone()).unwrap();
    disk.put(
        CHECKPOINT_PATH,
        text.replace("\n300\n", "\n256\n").as_bytes(),
    );
    let opened = disk.open().map(|_| ());
    let refusal = CheckpointRefusal::NotSigned;
    assert_eq!(
        opened,
        Err(WriterError::Ledger(LedgerError::Checkpoint(refusal)))
    );
}

#[test]
fn a_next_head_that_is_not_one_is_left_alone() {
    let disk = Memory::default();
    let mut writer = disk.create().unwrap();
    writer.append(&entries(0..3)).unwrap();
    let old = disk.files()[CHECKPOINT_PATH].clone();
    writer.append(&entries(3..4)).unwrap();
    for next in [&b"torn"[..], &old] {
        disk.put(NEXT_CHECKPOINT_PATH, next);
        assert_eq!(disk.open().unwrap().size(), 4);
    }
}

#[test]
fn cosignatures_are_added_and_never_lost() {
    let disk = Memory::default();
    let mut writer = disk.create().unwrap();
    writer.append(&entries(0..3)).unwrap();
    let head = writer.checkpoint().checkpoint.clone();
    let keys = [member_key(1), member_key(2)];
    let mut add = |cosignature| {
        writer
            .add_cosignatures(&keys, &[cosignature])
            .map(|refused| refused.len())
    };
    assert_eq!(add(cosign(1, 10, &head)), Ok(0));
    assert_eq!(add(cosign(2, 11, &head)), Ok(0));
    assert_eq!(
        add(cosign(1, 9, &head)),
        Ok(0),
        "an earlier one is no mistake"
    );
    assert_eq!(add(cosign(3, 12, &head)), Ok(1), "no member");
    assert_eq!(add(cosign(2, 20, &head)), Ok(0));
    let text = disk.files()[CHECKPOINT_PATH].clone();
    let read = CosignedCheckpoint::parse(&text).unwrap();
    let times: Vec<u64> = read
        .verified_cosignatures(&keys)
        .iter()
        .map(|(_, time)| time.0)
        .collect();
    assert_eq!(times, [10, 20]);
    assert_eq!(read.cosignatures.len(), 2);
    assert_eq!(read.verify_log(&log_key()), Ok(()));
    let mut writer = disk.open().unwrap();
    assert_eq!(*writer.checkpoint(), read);
    writer.append(&entries(3..4)).unwrap();
    let late = writer
        .add_cosignatures(&keys, &[cosign(1, 30, &head)])
        .unwrap();
    assert_eq!(late.len(), 1, "the ledger has grown since");
    assert_eq!(writer.checkpoint().cosignatures, []);
}

#[test]
fn what_is_refused_changes_nothing() {
    let disk = Memory::default();
    let mut writer = disk.create().unwrap();
    writer.append(&entries(0..3)).unwrap();
    let before = disk.files();
    let long = vec![vec![0; 5], vec![0; limits::ENTRY_OCTETS_MAX + 1]];
    let refusal = WriterError::Entry {
        place: 1,
        refusal: TileRefusal::EntryTooLong,
    };
    assert_eq!(writer.append(&long), Err(refusal));
    assert_eq!(writer.append(&[] as &[Vec<u8>]), Ok(3..3));
    let large = vec![0; limits::BLOB_OCTETS_MAX + 1];
    assert_eq!(writer.put_blob(&large), Err(WriterError::BlobTooLarge));
    assert_eq!(disk.files(), before);
    assert_eq!(writer.append(&entries(3..4)), Ok(3..4));
}

#[test]
fn a_head_that_the_logs_key_did_not_sign_is_never_written() {
    let disk = Memory::default();
    disk.create().unwrap().append(&entries(0..3)).unwrap();
    let before = disk.files();
    let boxed = Box::new(disk.clone());
    let mut stranger = LedgerWriter::open_on(boxed, log_key(), signer(1)).unwrap();
    let refusal = WriterError::BadSigner(CheckpointRefusal::NotSigned);
    assert_eq!(stranger.append(&entries(3..4)), Err(refusal.clone()));
    assert_eq!(disk.files(), before);
    let empty = Memory::default();
    let created = LedgerWriter::create_on(Box::new(empty.clone()), log_key(), signer(1));
    assert_eq!(created.map(|_| ()), Err(refusal));
    assert!(empty.files().is_empty());
}

#[test]
fn a_checkpoint_stays_small_enough_to_be_read() {
    let disk = Memory::default();
    let mut writer = disk.create().unwrap();
    let head = writer.checkpoint().checkpoint.clone();
    // As many cosigners as there can be, each with the longest name.
    let named = |seed: usize| {
        let name = format!("{seed:063}");
        let secret = testing::signer((seed % 250) as u8);
        let key = NoteKey::new(
            &name,
            comity_core::ledger::KeyKind::CosignatureV1,
            member_key((seed % 250) as u8).key(),
        )
        .unwrap();
        let time = comity_core::basic::Time(1);
        let signature = secret(&Cosignature::message(time, &head));
        (key.clone(), Cosignature::new(&key, time, signature))
    };
    let (keys, cosignatures): (Vec<_>, Vec<_>) =
        (0..limits::NOTE_SIGNATURES_MAX).map(named).unzip();
    let refused = writer.add_cosignatures(&keys, &cosignatures);
    assert_eq!(refused, Err(WriterError::TooManyCosignatures));
    let members = limits::MEMBERS_MAX;
    assert_eq!(
        writer.add_cosignatures(&keys, &cosignatures[..members]),
        Ok(vec![])
    );
    assert!(disk.open().is_ok());
}

#[test]
fn partial_tiles_stay_until_the_full_one_is_there() {
    let disk = Memory::default();
    let mut writer = disk.create().unwrap();
    writer.append(&entries(0..100)).unwrap();
    writer.append(&entries(100..255)).unwrap();
    let partial = |files: &std::collections::BTreeMap<String, Vec<u8>>| {
        files
            .keys()
            .filter(|path| path.contains(".p/"))
            .cloned()
            .collect::<Vec<_>>()
    };
    let bundles = ["tile/entries/000.p/100", "tile/entries/000.p/255"];
    let hashes = ["tile/0/000.p/100", "tile/0/000.p/255"];
    assert_eq!(partial(&disk.files()), [hashes, bundles].concat());
    // Opening remembers them.
    let mut writer = disk.open().unwrap();
    writer.append(&entries(255..256)).unwrap();
    assert_eq!(partial(&disk.files()), ["tile/1/000.p/1"]);
    assert_eq!(disk.census(&[]), Default::default());
}

#[test]
fn a_directory_has_one_writer() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = dir.path().join("ledger");
    let mut writer = LedgerWriter::create(&ledger, log_key(), signer(LOG)).unwrap();
    let in_use = WriterError::Disk(DiskError::InUse {
        dir: ledger.display().to_string(),
    });
    let second = LedgerWriter::open(&ledger, log_key(), signer(LOG)).map(|_| ());
    assert_eq!(second, Err(in_use.clone()));
    assert!(
        second
            .unwrap_err()
            .to_string()
            .contains(&ledger.display().to_string())
    );
    let second = LedgerWriter::create(&ledger, log_key(), signer(LOG)).map(|_| ());
    assert_eq!(second, Err(in_use));
    writer.append(&entries(0..300)).unwrap();
    let blob = writer.put_blob(b"contents").unwrap();
    assert_eq!(writer.put_blob(b"contents"), Ok(blob));
    drop(writer);

    let there = WriterError::AlreadyThere {
        dir: ledger.display().to_string(),
    };
    let created = LedgerWriter::create(&ledger, log_key(), signer(LOG)).map(|_| ());
    assert_eq!(created, Err(there));
    let writer = LedgerWriter::open(&ledger, log_key(), signer(LOG)).unwrap();
    assert_eq!(all(&writer), entries(0..300));
    assert_eq!(writer.blob(&blob), Ok(b"contents".to_vec()));
    let source = Directory::new(&ledger);
    let head = read_checkpoint(&source, &log_key()).unwrap();
    let census = ledger::census(&ledger, &head, &[blob].into());
    assert_eq!(census, Ok(Default::default()));
}

#[test]
fn the_files_are_pinned() {
    let disk = Memory::default();
    let mut writer = disk.create().unwrap();
    writer.append(&entries(0..200)).unwrap();
    writer.append(&entries(200..300)).unwrap();
    writer.append(&entries(300..301)).unwrap();
    writer.put_blob(b"contents").unwrap();
    let head = writer.checkpoint().checkpoint.clone();
    writer
        .add_cosignatures(&[member_key(1)], &[cosign(1, 1_700_000_000, &head)])
        .unwrap();
    let files: Vec<String> = disk
        .files()
        .iter()
        .map(|(path, octets)| format!("{} {path}\n", Digest::of(octets)))
        .collect();
    assert_eq!(files.concat(), include_str!("../golden/files.txt"));
}

fn batches() -> impl Strategy<Value = Vec<Vec<Vec<u8>>>> {
    let entry = prop::collection::vec(any::<u8>(), 0..12);
    prop::collection::vec(prop::collection::vec(entry, 1..280), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_batches_are_the_plain_tree_of_their_entries(
        batches in batches(),
        reopens in prop::collection::vec(any::<bool>(), 6),
        file in any::<prop::sample::Index>(),
        bit in any::<prop::sample::Index>(),
    ) {
        let disk = Memory::default();
        let mut writer = disk.create().unwrap();
        let mut plain = Tree::new();
        for (batch, reopen) in batches.iter().zip(reopens) {
            let places: Range<u64> = writer.append(batch).unwrap();
            prop_assert_eq!(places.start, plain.size());
            plain.extend(batch.iter().map(|entry| leaf_hash(entry)));
            prop_assert_eq!(writer.checkpoint().checkpoint.head(), plain.head());
            if reopen {
                writer = disk.open().unwrap();
            }
        }
        prop_assert_eq!(all(&writer), batches.concat());
        let head = writer.checkpoint().clone();
        let blob = writer.put_blob(b"contents").unwrap();
        prop_assert_eq!(disk.census(&[blob]), Default::default());

        let files = disk.files();
        let filled: Vec<_> = files.iter().filter(|(_, octets)| !octets.is_empty()).collect();
        let (path, octets) = filled[file.index(filled.len())];
        let bit = bit.index(octets.len() * 8);
        let mut flipped = octets.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        disk.put(path, &flipped);
        let census = ledger::census(disk.copy().path(), &head, &[blob].into()).unwrap();
        let found: Vec<_> = census.findings.iter().map(|it| (it.path.clone(), it.kind)).collect();
        prop_assert_eq!(found, [(path.clone(), FindingKind::Differs)]);
    }
}
