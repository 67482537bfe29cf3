//! What must hold of a writer after its disk failed it.

use super::super::testing::{Fault, Memory, cosign, entries, member_key};
use super::*;

/// What a history was told to be durable.
#[derive(Default)]
struct Acknowledged {
    exists: bool,
    size: u64,
    /// The size after the append that did not return, if one did not.
    attempted: u64,
    blobs: Vec<Digest>,
    /// The cosigners under the last acknowledged checkpoint.
    cosigners: Vec<u8>,
}

/// Creates a ledger and works on it until something fails.
fn live(disk: &Memory, told: &mut Acknowledged) -> Result<(), WriterError> {
    let mut writer = disk.create()?;
    told.exists = true;
    for (batch, cosigners) in [(1, 0..2), (250, 1..3), (9, 0..1), (2, 2..3)] {
        told.blobs.push(writer.put_blob(&[batch as u8; 99])?);
        told.attempted = told.size + batch;
        let range = writer.append(&entries(told.size..told.attempted))?;
        assert_eq!(range, told.size..told.attempted);
        told.size = range.end;
        told.cosigners.clear();
        for seed in cosigners {
            let head = writer.checkpoint().checkpoint.clone();
            let refused =
                writer.add_cosignatures(&[member_key(seed)], &[cosign(seed, 10, &head)])?;
            assert_eq!(refused, []);
            told.cosigners.push(seed);
        }
    }
    Ok(())
}

fn check(disk: &Memory, told: &Acknowledged) {
    let writer = match disk.open() {
        Err(WriterError::NoLedger { .. }) if !told.exists => disk.create(),
        opened => opened,
    };
    let mut writer = writer.unwrap();
    let size = writer.size();
    assert!(size == told.size || size == told.attempted, "{size}");
    assert_eq!(all(&writer), entries(0..size));
    for digest in &told.blobs {
        assert!(writer.blob(digest).is_ok());
    }
    if size == told.size {
        let keys: Vec<_> = told
            .cosigners
            .iter()
            .map(|seed| member_key(*seed))
            .collect();
        assert_eq!(
            writer.checkpoint().verified_cosignatures(&keys).len(),
            keys.len()
        );
    }
    assert_eq!(disk.census(&told.blobs).findings, []);

    // Life goes on, with other entries than those that were under way.
    let others: Vec<_> = (0..9_u8).map(|number| [number]).collect();
    assert_eq!(writer.append(&others), Ok(size..size + 9));
    let census = disk.census(&told.blobs);
    assert_eq!(census.findings, []);
    let orphans = census
        .orphans
        .iter()
        .filter(|path| !path.starts_with("blob/"));
    assert_eq!(orphans.collect::<Vec<_>>(), [] as [&String; 0]);
    let head = writer.checkpoint().clone();
    drop(writer);
    assert_eq!(*disk.open().unwrap().checkpoint(), head);
}

#[test]
fn nothing_acknowledged_is_lost_wherever_a_write_fails() {
    for fault in [Fault::Lost, Fault::Persisted, Fault::Torn] {
        for ends in [true, false] {
            for at in 0.. {
                let disk = Memory::failing(at, fault, ends);
                let mut told = Acknowledged::default();
                let lived = live(&disk, &mut told);
                if disk.operations() <= at {
                    // The fault lies beyond the history.
                    assert_eq!(lived, Ok(()));
                    break;
                }
                disk.revive();
                check(&disk, &told);
            }
        }
    }
}

#[test]
fn a_writer_that_met_an_error_must_be_opened_again() {
    let disk = Memory::default();
    let mut writer = disk.create().unwrap();
    writer.append(&entries(0..3)).unwrap();
    disk.fail(0, Fault::Lost, false);
    assert!(matches!(
        writer.append(&entries(3..4)),
        Err(WriterError::Disk(_))
    ));
    assert_eq!(writer.append(&entries(3..4)), Err(WriterError::MustReopen));
    assert_eq!(
        writer.add_cosignatures(&[], &[]),
        Err(WriterError::MustReopen)
    );
    assert_eq!(writer.size(), 3);
    let mut writer = disk.open().unwrap();
    assert_eq!(writer.append(&entries(3..4)), Ok(3..4));
}

#[test]
fn what_cannot_be_tidied_up_is_no_failure() {
    let disk = Memory::default();
    let mut writer = disk.create().unwrap();
    writer.append(&entries(0..250)).unwrap();
    // One bundle, two tiles of hashes, two heads; then the removals.
    disk.fail(5, Fault::Lost, false);
    assert_eq!(writer.append(&entries(250..256)), Ok(250..256));
    assert!(disk.files().contains_key(NEXT_CHECKPOINT_PATH));
    assert_eq!(disk.census(&[]).findings, []);
    writer.append(&entries(256..257)).unwrap();
    assert_eq!(disk.census(&[]), Default::default());
}

#[test]
fn a_head_that_was_seen_is_never_taken_back() {
    let disk = Memory::default();
    let mut writer = disk.create().unwrap();
    writer.append(&entries(0..3)).unwrap();
    let old = disk.files()[CHECKPOINT_PATH].clone();
    // One bundle, one tile of hashes, the next head; then the head itself.
    disk.fail(3, Fault::Persisted, true);
    assert!(writer.append(&entries(3..7)).is_err());
    let seen = disk.files()[CHECKPOINT_PATH].clone();
    assert_ne!(seen, old);
    // The loss of power: what was only visible is gone.
    disk.put(CHECKPOINT_PATH, &old);
    disk.revive();
    let writer = disk.open().unwrap();
    assert_eq!(writer.checkpoint().to_text().as_bytes(), seen);
    assert_eq!(disk.files()[CHECKPOINT_PATH], seen);
    assert_eq!(all(&writer), entries(0..7));
}
