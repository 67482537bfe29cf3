//! A disk in memory that fails when it is told to, and keys.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use comity_core::basic::{Digest, PublicKey, Signature, Time};
use comity_core::ledger::{Checkpoint, Cosignature, KeyKind, NoteKey};
use comity_mirror::ledger::{Census, UNFINISHED_PATH, census, fetch_checkpoint};
use comity_mirror::source::{FetchError, Source};
use ed25519_dalek::{Signer, SigningKey};
use tempfile::TempDir;

use super::disk::{Disk, DiskError};
use super::{LedgerWriter, Sign, WriterError};

/// In which way a write or removal fails.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// Nothing of it is on the disk.
    Lost,
    /// All of it is, though it is reported to have failed.
    Persisted,
    /// Of a write, half is, in the file that has no name yet.
    Torn,
}

/// A disk in memory; its clones are the same disk.
#[derive(Clone, Default)]
pub(crate) struct Memory {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    files: BTreeMap<String, Vec<u8>>,
    /// Writes and removals so far.
    operations: usize,
    /// At which of them what happens.
    fault: Option<(usize, Fault)>,
    /// Whether nothing works after the fault.
    ends: bool,
    is_dead: bool,
}

impl Memory {
    /// A disk whose operation number `at` fails; with `ends`, so does
    /// everything after it, as when the process is gone.
    pub(crate) fn failing(at: usize, fault: Fault, ends: bool) -> Self {
        let disk = Self::default();
        disk.fail(at, fault, ends);
        disk
    }

    /// Lets the operation after `skipped` more fail.
    pub(crate) fn fail(&self, skipped: usize, fault: Fault, ends: bool) {
        let mut shared = self.lock();
        shared.fault = Some((shared.operations + skipped, fault));
        shared.ends = ends;
    }

    /// Ends all failures, as a new process would find the disk.
    pub(crate) fn revive(&self) {
        let mut shared = self.lock();
        shared.is_dead = false;
        shared.fault = None;
    }

    /// How many writes and removals there were.
    pub(crate) fn operations(&self) -> usize {
        self.lock().operations
    }

    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        self.lock().files.clone()
    }

    pub(crate) fn put(&self, path: &str, octets: &[u8]) {
        self.lock().files.insert(path.to_owned(), octets.to_vec());
    }

    pub(crate) fn take(&self, path: &str) -> Option<Vec<u8>> {
        self.lock().files.remove(path)
    }

    /// The same files in a directory.
    pub(crate) fn copy(&self) -> TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (path, octets) in self.files() {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, octets).unwrap();
        }
        dir
    }

    pub(crate) fn census(&self, wanted: &[Digest]) -> Census {
        let head = fetch_checkpoint(self).unwrap();
        let wanted: BTreeSet<Digest> = wanted.iter().copied().collect();
        census(self.copy().path(), &head, &wanted).unwrap()
    }

    pub(crate) fn create(&self) -> Result<LedgerWriter, WriterError> {
        LedgerWriter::create_on(Box::new(self.clone()), log_key(), signer(LOG))
    }

    pub(crate) fn open(&self) -> Result<LedgerWriter, WriterError> {
        LedgerWriter::open_on(Box::new(self.clone()), log_key(), signer(LOG))
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap()
    }

    /// Does an operation, or fails as told.
    fn operate(
        &self,
        path: &str,
        octets: Option<&[u8]>,
        error: impl FnOnce(String, io::ErrorKind) -> DiskError,
    ) -> Result<(), DiskError> {
        let mut shared = self.lock();
        let number = shared.operations;
        shared.operations += 1;
        let fault = shared
            .fault
            .filter(|(at, _)| *at == number)
            .map(|(_, fault)| fault);
        if !shared.is_dead && !matches!(fault, Some(Fault::Lost | Fault::Torn)) {
            match octets {
                Some(octets) => {
                    shared.files.remove(UNFINISHED_PATH);
                    shared.files.insert(path.to_owned(), octets.to_vec())
                }
                None => shared.files.remove(path),
            };
        }
        if let (Some(Fault::Torn), Some(octets)) = (fault, octets) {
            let half = octets[..octets.len() / 2].to_vec();
            shared.files.insert(UNFINISHED_PATH.to_owned(), half);
        }
        if fault.is_some() && shared.ends {
            shared.is_dead = true;
        }
        if fault.is_some() || shared.is_dead {
            return Err(error(path.to_owned(), io::ErrorKind::StorageFull));
        }
        Ok(())
    }
}

impl Source for Memory {
    fn fetch(&self, path: &str, octets_max: usize) -> Result<Vec<u8>, FetchError> {
        let shared = self.lock();
        let at = path.to_owned();
        match shared.files.get(path) {
            _ if shared.is_dead => Err(FetchError::Disk {
                at,
                kind: io::ErrorKind::StorageFull,
            }),
            None => Err(FetchError::Missing { at }),
            Some(octets) if octets.len() > octets_max => {
                Err(FetchError::TooLarge { at, octets_max })
            }
            Some(octets) => Ok(octets.clone()),
        }
    }

    fn describe(&self) -> String {
        "memory".into()
    }
}

impl Disk for Memory {
    fn list(&self) -> Result<Vec<String>, DiskError> {
        Ok(self.files().into_keys().collect())
    }

    fn write(&self, path: &str, octets: &[u8]) -> Result<(), DiskError> {
        self.operate(path, Some(octets), |at, kind| DiskError::Write { at, kind })
    }

    fn remove(&self, path: &str) -> Result<(), DiskError> {
        self.operate(path, None, |at, kind| DiskError::Remove { at, kind })
    }
}

/// The seed of the log's key.
pub(crate) const LOG: u8 = 200;

pub(crate) const ORIGIN: &str = "ledger.example/plain";

pub(crate) fn log_key() -> NoteKey {
    key(LOG, ORIGIN, KeyKind::Ed25519)
}

pub(crate) fn member_key(seed: u8) -> NoteKey {
    key(seed, &format!("member-{seed}"), KeyKind::CosignatureV1)
}

fn key(seed: u8, name: &str, kind: KeyKind) -> NoteKey {
    let public = SigningKey::from_bytes(&[seed; 32]).verifying_key();
    NoteKey::new(name, kind, PublicKey(public.to_bytes())).unwrap()
}

pub(crate) fn signer(seed: u8) -> Sign {
    let secret = SigningKey::from_bytes(&[seed; 32]);
    Box::new(move |message| Signature(secret.sign(message).to_bytes()))
}

pub(crate) fn cosign(seed: u8, time: u64, under: &Checkpoint) -> Cosignature {
    let message = Cosignature::message(Time(time), under);
    Cosignature::new(&member_key(seed), Time(time), signer(seed)(&message))
}

/// The entries that the tests' ledgers have at these places.
pub(crate) fn entries(range: std::ops::Range<u64>) -> Vec<Vec<u8>> {
    range
        .map(|number| format!("entry {number}").into_bytes())
        .collect()
}
