//! The last good edition on disk, so that a mirror answers at once after a
//! restart, also when nobody can be reached. What is read is verified again
//! as if it came from a stranger; what does not verify is never served. The
//! edition before stays as long as it takes for the new one to be whole.
//!
//! | file | what it is |
//! | --- | --- |
//! | `edition` | the last edition saved |
//! | `edition.previous` | the one before |
//! | `edition.new` | one being written; never read |

mod disk;
mod error;
mod file;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use comity_core::basic::{Digest, PublicKey, Time};
use comity_core::edition::SignedZone;
use comity_core::limits;
use comity_core::zone::Name;

pub use disk::{Disk, Local};
pub use error::{Corruption, StoreError};

const CURRENT: &str = "edition";
const PREVIOUS: &str = "edition.previous";
const NEW: &str = "edition.new";

/// The directory of one zone's editions. One process at a time uses it.
#[derive(Clone, Debug)]
pub struct Store<D = Local> {
    disk: D,
    directory: PathBuf,
}

/// What else is known of an edition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meta {
    /// Its number.
    pub edition: u64,
    /// Entries of the ledger that were applied when it was saved.
    pub ledger_size: u64,
    /// The digest of the state after them.
    pub state: Digest,
}

/// An edition read back.
#[derive(Debug)]
pub struct Loaded {
    /// The zone, verified.
    pub zone: SignedZone,
    /// What else is known of it.
    pub meta: Meta,
    /// Why it is the edition before the last that was saved: what is wrong
    /// with the last one.
    pub fallback: Option<StoreError>,
}

impl Store {
    /// The store in this directory, which exists.
    pub fn at(directory: impl Into<PathBuf>) -> Self {
        Self::on(Local, directory)
    }
}

impl<D: Disk> Store<D> {
    /// The store in this directory of a disk.
    pub fn on(disk: D, directory: impl Into<PathBuf>) -> Self {
        Self {
            disk,
            directory: directory.into(),
        }
    }

    /// Saves an edition. On return it is on the disk. A crash at any point
    /// leaves this edition or the one before, whole.
    ///
    /// # Errors
    /// Where the disk fails. Saving again is safe.
    pub fn save(&self, zone: &SignedZone, meta: &Meta) -> Result<(), StoreError> {
        let [new, current, previous] =
            [NEW, CURRENT, PREVIOUS].map(|file| self.directory.join(file));
        self.try_at(&new, |disk| disk.write(&new, &file::encode(zone, meta)))?;
        // Crash here: `edition` is the old edition, as before.
        if self.is_whole(&current) {
            self.try_at(&previous, |disk| disk.rename(&current, &previous))?;
        }
        // Crash here: `edition.previous` is the old edition, and is read.
        self.try_at(&current, |disk| disk.rename(&new, &current))?;
        // Crash here: either of the two renamings may be lost, or both.
        let directory = &self.directory;
        self.try_at(directory, |disk| disk.sync_directory(directory))
    }

    /// Reads the last edition back, or the one before where the last does
    /// not verify under `key` at `now`.
    ///
    /// # Errors
    /// Where neither does; the error is about the last one. A store that was
    /// never saved to is [`StoreError::Empty`].
    pub fn load(&self, origin: &Name, key: PublicKey, now: Time) -> Result<Loaded, StoreError> {
        let fallback = match self.load_file(CURRENT, origin, key, now) {
            Ok((zone, meta)) => {
                return Ok(Loaded {
                    zone,
                    meta,
                    fallback: None,
                });
            }
            Err(error) => error,
        };
        match self.load_file(PREVIOUS, origin, key, now) {
            Ok((zone, meta)) => Ok(Loaded {
                zone,
                meta,
                fallback: Some(fallback),
            }),
            Err(StoreError::Empty) => Err(fallback),
            Err(error) if matches!(fallback, StoreError::Empty) => Err(error),
            Err(_) => Err(fallback),
        }
    }

    fn load_file(
        &self,
        file: &str,
        origin: &Name,
        key: PublicKey,
        now: Time,
    ) -> Result<(SignedZone, Meta), StoreError> {
        let path = self.directory.join(file);
        let octets = self
            .try_at(&path, |disk| disk.read(&path, octets_max()))?
            .ok_or(StoreError::Empty)?;
        file::decode(&octets, origin, key, now).map_err(|what| StoreError::Corrupt { path, what })
    }

    /// Whether a file is worth keeping as the edition before.
    fn is_whole(&self, path: &Path) -> bool {
        let read = self.disk.read(path, octets_max());
        matches!(read, Ok(Some(octets)) if file::is_whole(&octets))
    }

    fn try_at<T>(
        &self,
        path: &Path,
        operation: impl FnOnce(&D) -> std::io::Result<T>,
    ) -> Result<T, StoreError> {
        operation(&self.disk).map_err(|error| StoreError::Disk {
            path: path.to_owned(),
            error,
        })
    }
}

fn octets_max() -> u64 {
    u64::try_from(limits::BLOB_OCTETS_MAX).unwrap_or(u64::MAX)
}
