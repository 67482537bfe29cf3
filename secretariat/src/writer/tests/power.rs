//! What must hold of a ledger in a directory, whichever step of a write fails
//! and whatever the loss of power takes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use comity_mirror::ledger::fetch_checkpoint;
use tempfile::TempDir;

use super::super::testing::{LOG, cosign, entries, log_key, member_key, signer};
use super::*;
use crate::faulty::{Faulty, at_every_step};

/// What a history was told to be durable, and what others saw of it.
struct Told {
    _directory: TempDir,
    ledger: PathBuf,
    exists: bool,
    size: u64,
    /// The size after the append that did not return, if one did not.
    attempted: u64,
    blobs: Vec<Digest>,
    /// The largest head that a reader could see.
    seen: u64,
}

fn create(system: Arc<Faulty>, ledger: &Path) -> Result<LedgerWriter, WriterError> {
    let disk = DirectoryDisk::create_on(system, ledger)?;
    LedgerWriter::create_on(Box::new(disk), log_key(), signer(LOG))
}

fn open(ledger: &Path) -> Result<LedgerWriter, WriterError> {
    let disk = DirectoryDisk::open_on(Faulty::sound(), ledger)?;
    LedgerWriter::open_on(Box::new(disk), log_key(), signer(LOG))
}

/// Creates a ledger and works on it until something fails.
fn live(system: Arc<Faulty>, told: &mut Told) -> Result<(), WriterError> {
    let mut writer = create(system, &told.ledger)?;
    told.exists = true;
    for (batch, cosigner) in [(255, 1), (1, 2)] {
        told.blobs.push(writer.put_blob(&[cosigner; 99])?);
        told.attempted = told.size + batch;
        told.size = writer.append(&entries(told.size..told.attempted))?.end;
        let head = writer.checkpoint().checkpoint.clone();
        writer.add_cosignatures(&[member_key(cosigner)], &[cosign(cosigner, 10, &head)])?;
    }
    Ok(())
}

fn attempt(system: Arc<Faulty>) -> Told {
    let directory = tempfile::tempdir().unwrap();
    let mut told = Told {
        ledger: directory.path().join("home/ledger"),
        _directory: directory,
        exists: false,
        size: 0,
        attempted: 0,
        blobs: Vec::new(),
        seen: 0,
    };
    let _failed_as_told = live(system, &mut told);
    let seen = fetch_checkpoint(&Directory::new(&told.ledger));
    told.seen = seen.map_or(0, |head| head.checkpoint.size);
    told
}

#[test]
fn nothing_acknowledged_and_no_head_seen_is_lost_whatever_fails() {
    at_every_step(attempt, |told, case| {
        let writer =
            match open(&told.ledger) {
                Err(
                    WriterError::NoLedger { .. } | WriterError::Disk(DiskError::Directory { .. }),
                ) if !told.exists => create(Faulty::sound(), &told.ledger),
                opened => opened,
            };
        let mut writer = writer.unwrap_or_else(|error| panic!("{case}: {error}"));
        let size = writer.size();
        assert!(
            size == told.size || size == told.attempted,
            "{case}: {size}"
        );
        assert!(size >= told.seen, "{case}: {size} after {}", told.seen);
        assert_eq!(all(&writer), entries(0..size), "{case}");
        for blob in &told.blobs {
            assert!(writer.blob(blob).is_ok(), "{case}");
        }
        let others: Vec<_> = (0..9_u8).map(|number| [number]).collect();
        assert_eq!(writer.append(&others), Ok(size..size + 9), "{case}");
        let head = writer.checkpoint().clone();
        drop(writer);
        let wanted = told.blobs.iter().copied().collect();
        let census = ledger::census(&told.ledger, &head, &wanted).unwrap();
        assert_eq!(census.findings, [], "{case}");
        assert_eq!(*open(&told.ledger).unwrap().checkpoint(), head, "{case}");
    });
}
