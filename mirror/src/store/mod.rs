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

mod error;
mod file;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use comity_core::basic::{Digest, PublicKey, Time};
use comity_core::edition::SignedZone;
use comity_core::limits;
use comity_core::zone::Name;

use crate::files::{self, FileSystem, Local};

pub use error::{Corruption, StoreError};

const CURRENT: &str = "edition";
const PREVIOUS: &str = "edition.previous";
const NEW: &str = "edition.new";
/// An edition is public; the user's mask has the last word.
const MODE: u32 = 0o666;

/// The directory of one zone's editions. One process at a time uses it.
#[derive(Clone, Debug)]
pub struct Store {
    system: Arc<dyn FileSystem>,
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
        Self::on(Arc::new(Local), directory)
    }

    /// As [`Store::at`], on any file system.
    pub fn on(system: Arc<dyn FileSystem>, directory: impl Into<PathBuf>) -> Self {
        Self {
            system,
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
        let system = &*self.system;
        let octets = file::encode(zone, meta);
        at(&new, files::write_aside(system, &new, MODE, &octets))?;
        // Crash here: `edition` is the old edition, as before.
        if is_whole(system, &current) {
            at(&previous, system.rename(&current, &previous))?;
        }
        // Crash here: `edition.previous` is the old edition, and is read.
        at(&current, system.rename(&new, &current))?;
        // Crash here: either of the two renamings may be lost, or both.
        at(&self.directory, system.sync_directory(&self.directory))
    }

    /// Reads the last edition back, or the one before where the last does
    /// not verify under one of these trust anchors at `now`.
    ///
    /// # Errors
    /// Where neither does; the error is about the last one. A store that was
    /// never saved to is [`StoreError::Empty`].
    pub fn load(
        &self,
        origin: &Name,
        anchors: &[PublicKey],
        now: Time,
    ) -> Result<Loaded, StoreError> {
        let fallback = match self.load_file(CURRENT, origin, anchors, now) {
            Ok((zone, meta)) => {
                return Ok(Loaded {
                    zone,
                    meta,
                    fallback: None,
                });
            }
            Err(error) => error,
        };
        match self.load_file(PREVIOUS, origin, anchors, now) {
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
        anchors: &[PublicKey],
        now: Time,
    ) -> Result<(SignedZone, Meta), StoreError> {
        let path = self.directory.join(file);
        let octets = at(
            &path,
            files::read_bounded(&*self.system, &path, octets_max()),
        )?;
        let octets = octets.ok_or(StoreError::Empty)?;
        file::decode(&octets, origin, anchors, now)
            .map_err(|what| StoreError::Corrupt { path, what })
    }
}

/// Whether a file is worth keeping as the edition before.
fn is_whole(system: &dyn FileSystem, path: &Path) -> bool {
    let read = files::read_bounded(system, path, octets_max());
    matches!(read, Ok(Some(octets)) if file::is_whole(&octets))
}

/// What a step at a file came to.
fn at<T>(path: &Path, outcome: io::Result<T>) -> Result<T, StoreError> {
    outcome.map_err(|error| StoreError::Disk {
        path: path.to_owned(),
        error,
    })
}

fn octets_max() -> u64 {
    u64::try_from(limits::BLOB_OCTETS_MAX).unwrap_or(u64::MAX)
}
