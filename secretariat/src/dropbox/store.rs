//! The acts that a drop box took, a file each, with what it promised. One is
//! durable before anybody hears of it; the receipt itself is signed anew each
//! time, and is the very same: the key's signatures are deterministic (RFC 8032
//! §5.1.6), and what they sign is on the disk.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use comity_core::act::{Envelope, Receipt, json};
use comity_core::basic::{Digest, PublicKey};
use comity_core::ledger::leaf_hash;
use comity_core::limits;
use comity_core::refusal::FormatRefusal;
use comity_mirror::files::{self, FileError, FileSystem};
use serde::{Deserialize, Serialize};
use tracing::warn;

/// The version of the stored form.
const VERSION: u32 = 1;

/// An act with the promise that was made for it, as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    version: u32,
    /// In the order in which acts came.
    number: u64,
    receipt: Receipt,
    act: Envelope,
}

/// The acts that a drop box took.
#[derive(Debug)]
pub struct Store {
    system: Arc<dyn FileSystem>,
    directory: PathBuf,
    kept: BTreeMap<Digest, Kept>,
    /// The number of the next one that comes.
    next: u64,
    /// Those that are not on the ledger, in the order in which they came.
    outstanding: BTreeSet<(u64, Digest)>,
    /// Those that are, by their positions.
    merged: BTreeSet<(u64, Digest)>,
}

/// What is remembered of an act that is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// In the order in which acts came.
    number: u64,
    /// What was promised.
    pub receipt: Receipt,
    /// The first of those who signed the act.
    pub by: PublicKey,
    /// Where the act is on the ledger, once it is.
    pub position: Option<u64>,
}

/// The acts that a drop box took could not be had.
#[derive(Debug)]
pub enum StoreError {
    /// A file could not be read or written.
    File(FileError),
    /// A file that is not of its form.
    Malformed {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        refusal: FormatRefusal,
    },
}

impl From<FileError> for StoreError {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

impl Store {
    /// Reads what is in `directory`, and makes that if need be.
    ///
    /// # Errors
    /// Where a file cannot be read: its promise would be forgotten.
    pub fn open_on(system: Arc<dyn FileSystem>, directory: &Path) -> Result<Self, StoreError> {
        files::create_private_directory_on(&*system, directory)?;
        let failed = |error| FileError {
            path: directory.to_path_buf(),
            action: "list",
            error,
        };
        let files = system.list(directory).map_err(failed)?;
        let mut store = Self {
            system,
            directory: directory.to_path_buf(),
            kept: BTreeMap::new(),
            next: 0,
            outstanding: BTreeSet::new(),
            merged: BTreeSet::new(),
        };
        for (name, _) in files {
            let path = directory.join(name);
            let Some(leaf) = leaf_named(&path) else {
                if path.extension().is_none_or(|extension| extension != "new") {
                    warn!("{} is none of this drop box's files", path.display());
                }
                continue;
            };
            let record = read(&*store.system, &path, leaf)?;
            store.remember(record.number, record.receipt, &record.act);
        }
        Ok(store)
    }

    /// Keeps an act with what is promised for it. On return both are on the
    /// disk: only then may the promise leave.
    ///
    /// # Errors
    /// Where the write fails; nothing was promised then. The act may be there
    /// nevertheless after a restart, and is then brought to the ledger as any
    /// other.
    pub fn put(&mut self, receipt: Receipt, act: &Envelope) -> Result<(), StoreError> {
        let record = Record {
            version: VERSION,
            number: self.next,
            receipt,
            act: act.clone(),
        };
        let path = self.path(&record.receipt.leaf);
        // Crash: no file, or a whole one without a receipt that anybody has.
        files::write_private_on(&*self.system, &path, &json::encode(&record))?;
        self.remember(record.number, record.receipt, act);
        Ok(())
    }

    fn remember(&mut self, number: u64, receipt: Receipt, act: &Envelope) {
        let by = act.claimed_signers().next().copied();
        let leaf = receipt.leaf;
        self.next = self.next.max(number.saturating_add(1));
        self.outstanding.insert((number, leaf));
        let kept = Kept {
            number,
            receipt,
            by: by.unwrap_or(PublicKey([0; 32])),
            position: None,
        };
        self.kept.insert(leaf, kept);
    }

    /// What is remembered of an act.
    pub fn get(&self, leaf: &Digest) -> Option<&Kept> {
        self.kept.get(leaf)
    }

    /// An act as it was taken.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn act(&self, leaf: &Digest) -> Result<Envelope, StoreError> {
        Ok(read(&*self.system, &self.path(leaf), *leaf)?.act)
    }

    /// The acts that are not on the ledger, in the order in which they came,
    /// behind this one; from the first where that is none of them.
    pub fn outstanding(&self, after: Option<&Digest>) -> impl Iterator<Item = &Kept> {
        let after = after.and_then(|leaf| Some((self.kept.get(leaf)?.number, *leaf)));
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let range = self.outstanding.range((from, Bound::Unbounded));
        range.filter_map(|(_, leaf)| self.kept.get(leaf))
    }

    /// How many acts are not on the ledger.
    pub fn outstanding_count(&self) -> usize {
        self.outstanding.len()
    }

    /// Notes that an act is on the ledger; whether that is news.
    pub fn note_merged(&mut self, leaf: &Digest, position: u64) -> bool {
        let Some(kept) = self.kept.get_mut(leaf) else {
            return false;
        };
        if kept.position.is_some() {
            return false;
        }
        kept.position = Some(position);
        self.outstanding.remove(&(kept.number, *leaf));
        self.merged.insert((position, *leaf));
        true
    }

    /// Forgets acts that have been on the ledger for so long that `is_old` says
    /// so of their positions, and the oldest beyond `merged_max`.
    ///
    /// # Errors
    /// Where a file cannot be removed; it is tried again.
    pub fn prune(
        &mut self,
        merged_max: usize,
        is_old: impl Fn(u64) -> bool,
    ) -> Result<usize, StoreError> {
        let mut pruned = 0;
        while let Some((position, leaf)) = self.merged.first().copied() {
            if self.merged.len() <= merged_max && !is_old(position) {
                break;
            }
            let path = self.path(&leaf);
            let removed = self.system.remove(&path);
            // Crash: the file is still there, and goes the next time.
            removed.map_err(|error| FileError {
                path,
                action: "remove",
                error,
            })?;
            self.merged.remove(&(position, leaf));
            self.kept.remove(&leaf);
            pruned += 1;
        }
        Ok(pruned)
    }

    fn path(&self, leaf: &Digest) -> PathBuf {
        self.directory.join(format!("{leaf}.json"))
    }
}

/// The act that a file is named after.
fn leaf_named(path: &Path) -> Option<Digest> {
    let name = path.file_name()?.to_str()?;
    name.strip_suffix(".json")?.parse().ok()
}

/// What a receipt for the act names.
pub(super) fn leaf_of(act: &Envelope) -> Digest {
    leaf_hash(&act.to_octets())
}

fn read(system: &dyn FileSystem, path: &Path, leaf: Digest) -> Result<Record, StoreError> {
    let octets_max = u64::try_from(limits::RECEIPT_FILE_OCTETS_MAX).unwrap_or(u64::MAX);
    let octets = files::read_required_on(system, path, octets_max)?;
    let malformed = |refusal| StoreError::Malformed {
        path: path.to_path_buf(),
        refusal,
    };
    let record: Record = json::decode(&octets).map_err(malformed)?;
    let Record {
        version,
        number: _,
        receipt,
        act,
    } = &record;
    if *version != VERSION || receipt.leaf != leaf || leaf_of(act) != leaf {
        let other = io::Error::other("it is of another version, or about another act");
        return Err(StoreError::File(FileError {
            path: path.to_path_buf(),
            action: "use",
            error: other,
        }));
    }
    Ok(record)
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error) => write!(f, "{error}"),
            Self::Malformed { path, refusal } => write!(
                f,
                "{} is damaged ({refusal}): a promise would be forgotten; put the file back from \
                 a copy, or move it away once its act is on the ledger",
                path.display()
            ),
        }
    }
}

impl std::error::Error for StoreError {}

#[cfg(test)]
mod tests {
    use std::fs;

    use comity_core::act::{Declaration, RULES};
    use comity_core::basic::Time;
    use comity_mirror::files::Local;
    use comity_sign::identity::Identity;
    use rand_core::OsRng;

    use super::*;
    use crate::faulty::{Faulty, at_every_step};

    const LEDGER: Digest = Digest([7; 32]);

    fn act(text: &str) -> Envelope {
        Identity::generate(&mut OsRng).signed(&Declaration {
            rules: RULES,
            ledger: LEDGER,
            to: LEDGER,
            text: text.into(),
        })
    }

    fn receipt(act: &Envelope, size: u64) -> Receipt {
        Receipt {
            rules: RULES,
            ledger: LEDGER,
            leaf: leaf_of(act),
            size,
            time: Time(1000 + size),
        }
    }

    fn open(directory: &Path) -> Store {
        Store::open_on(Arc::new(Local), directory).unwrap()
    }

    fn sizes(store: &Store, after: Option<&Digest>) -> Vec<u64> {
        let outstanding = store.outstanding(after);
        outstanding.map(|kept| kept.receipt.size).collect()
    }

    #[test]
    fn what_was_promised_is_there_after_every_failure() {
        let (old, new) = (act("old"), act("new"));
        let attempt = |system: Arc<Faulty>| {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("acts");
            let before = Store::open_on(Faulty::sound(), &path);
            before.unwrap().put(receipt(&old, 3), &old).unwrap();
            let put = Store::open_on(system, &path)
                .and_then(|mut store| store.put(receipt(&new, 5), &new));
            (directory, path, put)
        };
        at_every_step(attempt, |(_directory, path, put), case| {
            let mut found = Store::open_on(Faulty::sound(), &path).unwrap();
            assert_eq!(found.act(&leaf_of(&old)).unwrap(), old, "{case}");
            let kept = found.get(&leaf_of(&new)).map(|kept| kept.receipt.size);
            assert!(
                kept == Some(5) || (kept.is_none() && put.is_err()),
                "{case}"
            );
            // Whoever got no answer comes again.
            found.put(receipt(&new, 6), &new).unwrap();
            let again = Store::open_on(Faulty::sound(), &path).unwrap();
            assert_eq!(again.get(&leaf_of(&new)).unwrap().receipt.size, 6, "{case}");
            assert_eq!(again.act(&leaf_of(&new)).unwrap(), new, "{case}");
        });
    }

    #[test]
    fn a_file_that_cannot_be_removed_goes_the_next_time() {
        let one = act("one");
        let attempt = |system: Arc<Faulty>| {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("acts");
            let before = Store::open_on(Faulty::sound(), &path);
            before.unwrap().put(receipt(&one, 3), &one).unwrap();
            let pruned = Store::open_on(system, &path).and_then(|mut store| {
                store.note_merged(&leaf_of(&one), 9);
                store.prune(10, |_| true)
            });
            (directory, path, pruned)
        };
        at_every_step(attempt, |(_directory, path, _), case| {
            let mut found = Store::open_on(Faulty::sound(), &path).unwrap();
            if found.note_merged(&leaf_of(&one), 9) {
                assert_eq!(found.prune(10, |_| true).unwrap(), 1, "{case}");
            }
            assert!(!found.path(&leaf_of(&one)).exists(), "{case}");
        });
    }

    #[test]
    fn acts_are_listed_in_the_order_in_which_they_came() {
        let directory = tempfile::tempdir().unwrap();
        let mut store = open(directory.path());
        let acts: Vec<_> = (0..5_u64).map(|n| act(&n.to_string())).collect();
        for (act, size) in acts.iter().zip([5, 3, 9, 7, 1]) {
            store.put(receipt(act, size), act).unwrap();
        }
        let mut store = open(directory.path());
        assert_eq!(sizes(&store, None), [5, 3, 9, 7, 1]);
        assert_eq!(sizes(&store, Some(&leaf_of(&acts[2]))), [7, 1]);
        assert!(store.note_merged(&leaf_of(&acts[2]), 12));
        assert!(!store.note_merged(&leaf_of(&acts[2]), 13));
        // Also behind one that has come onto the ledger meanwhile.
        assert_eq!(sizes(&store, Some(&leaf_of(&acts[2]))), [7, 1]);
        assert_eq!(sizes(&store, Some(&Digest([1; 32]))), [5, 3, 7, 1]);
        assert_eq!(store.outstanding_count(), 4);
        assert_eq!(store.get(&leaf_of(&acts[2])).unwrap().position, Some(12));
        let last = act("last");
        store.put(receipt(&last, 0), &last).unwrap();
        assert_eq!(sizes(&store, None), [5, 3, 7, 1, 0]);
    }

    #[test]
    fn what_is_merged_is_forgotten_when_it_is_old_or_too_much() {
        let directory = tempfile::tempdir().unwrap();
        let mut store = open(directory.path());
        let acts: Vec<_> = (0..5_u64).map(|n| act(&n.to_string())).collect();
        for (position, act) in (20..).zip(&acts) {
            store.put(receipt(act, 3), act).unwrap();
            store.note_merged(&leaf_of(act), position);
        }
        assert_eq!(store.prune(5, |_| false).unwrap(), 0);
        assert_eq!(store.prune(5, |position| position < 22).unwrap(), 2);
        assert_eq!(store.prune(1, |_| false).unwrap(), 2);
        assert!(store.get(&leaf_of(&acts[3])).is_none());
        assert_eq!(store.get(&leaf_of(&acts[4])).unwrap().position, Some(24));
        assert_eq!(open(directory.path()).kept.len(), 1);
    }

    #[test]
    fn a_damaged_file_is_not_passed_over() {
        let directory = tempfile::tempdir().unwrap();
        let one = act("one");
        open(directory.path()).put(receipt(&one, 3), &one).unwrap();
        let path = directory.path().join(format!("{}.json", leaf_of(&one)));
        let octets = fs::read(&path).unwrap();
        let other = directory.path().join(format!("{}.json", Digest([1; 32])));
        fs::write(&other, &octets).unwrap();
        let opened = Store::open_on(Arc::new(Local), directory.path());
        assert!(matches!(opened, Err(StoreError::File(_))));
        fs::remove_file(other).unwrap();
        fs::write(&path, &octets[..octets.len() / 2]).unwrap();
        let opened = Store::open_on(Arc::new(Local), directory.path());
        assert!(matches!(opened, Err(StoreError::Malformed { .. })));
    }
}
