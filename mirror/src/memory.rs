//! What a mirror must not forget: how far it has followed which ledger, and
//! the last good edition. What it knows is written before the edition, and
//! both before the edition is served, so that a restart never goes back.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use comity_core::act::json;
use comity_core::basic::{Digest, PublicKey, Time};
use comity_core::edition::SignedZone;
use comity_core::ledger::TreeHead;
use comity_core::state::State;
use comity_core::zone::Name;
use serde::{Deserialize, Serialize};

use crate::files::{self, FileError, FileSystem, Local};
use crate::store::{Loaded, Meta, Store, StoreError};

/// What is known: file `trusted.json`.
const TRUSTED: &str = "trusted.json";
const TRUSTED_OCTETS_MAX: u64 = 4096;

/// A mirror's memory.
#[derive(Clone, Debug)]
pub struct Memory {
    system: Arc<dyn FileSystem>,
    directory: PathBuf,
    founding: Digest,
    store: Store,
}

/// Zone, key and head that this mirror has verified before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trusted {
    founding: Digest,
    zone: Name,
    /// The keys that verify the last edition, and those that verified the one before:
    /// one of them may be on the disk.
    anchors: Vec<PublicKey>,
    /// The acts under the last edition, and their root.
    size: u64,
    root: Digest,
}

impl Trusted {
    /// The head.
    pub fn head(&self) -> TreeHead {
        TreeHead {
            size: self.size,
            root: self.root,
        }
    }
}

/// A memory could not be read or written.
#[derive(Debug)]
pub enum MemoryError {
    /// What is known could not be read or written.
    File(FileError),
    /// What is known is not of its form.
    Malformed {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        cause: String,
    },
    /// The edition could not be read or written.
    Store(StoreError),
}

impl Memory {
    /// The memory in this directory, which exists, of the ledger with this
    /// founding act.
    pub fn at(directory: &Path, founding: Digest) -> Self {
        Self::on(Arc::new(Local), directory, founding)
    }

    /// As [`Memory::at`], on any file system.
    pub fn on(system: Arc<dyn FileSystem>, directory: &Path, founding: Digest) -> Self {
        Self {
            store: Store::on(Arc::clone(&system), directory),
            system,
            directory: directory.to_owned(),
            founding,
        }
    }

    /// What is known of the ledger; none before its first edition.
    ///
    /// # Errors
    /// Where that cannot be read.
    pub fn known(&self) -> Result<Option<Trusted>, MemoryError> {
        let trusted = self.read()?;
        Ok(trusted.filter(|trusted| trusted.founding == self.founding))
    }

    /// The last good edition; none before the first.
    ///
    /// # Errors
    /// Where it cannot be read, or does not verify.
    pub fn last_good(&self, now: Time) -> Result<Option<Loaded>, MemoryError> {
        let Some(trusted) = self.known()? else {
            return Ok(None);
        };
        match self.store.load(&trusted.zone, &trusted.anchors, now) {
            Ok(loaded) => Ok(Some(loaded)),
            Err(StoreError::Empty) => Ok(None),
            Err(error) => Err(MemoryError::Store(error)),
        }
    }

    /// Makes what is there survive the loss of power: a process that ended while
    /// it was keeping an edition may have left it visible, and no more.
    ///
    /// # Errors
    /// Where it may not survive.
    pub fn settle(&self) -> Result<(), MemoryError> {
        let settled = self.system.sync_directory(&self.directory);
        settled.map_err(|error| {
            MemoryError::File(FileError {
                path: self.directory.clone(),
                action: "use",
                error,
            })
        })
    }

    /// Keeps the edition that a state has published. On return it is on the
    /// disk; a crash at any point leaves this edition or the one before.
    ///
    /// # Errors
    /// Where the disk fails. Keeping it again is safe.
    pub fn keep(&self, zone: &SignedZone, edition: u64, state: &State) -> Result<(), MemoryError> {
        let (size, root) = (state.log().size(), state.log().root());
        let mut anchors = zone.anchors();
        // What cannot be read is replaced now.
        let before = self.known().ok().flatten();
        let before = before.map(|before| before.anchors).unwrap_or_default();
        let before = before
            .into_iter()
            .filter(|key| !zone.anchors().contains(key));
        anchors.extend(before.take(1));
        let trusted = Trusted {
            founding: self.founding,
            zone: zone.origin().clone(),
            anchors,
            size,
            root,
        };
        let meta = Meta {
            edition,
            ledger_size: size,
            state: state.digest(),
        };
        self.write(&trusted)?;
        // Crash: more is known than was served, and the edition before is
        // served again until the ledger has been followed to there.
        self.store.save(zone, &meta).map_err(MemoryError::Store)
    }

    fn path(&self) -> PathBuf {
        self.directory.join(TRUSTED)
    }

    fn read(&self) -> Result<Option<Trusted>, MemoryError> {
        let octets = files::read_on(&*self.system, &self.path(), TRUSTED_OCTETS_MAX);
        let Some(octets) = octets.map_err(MemoryError::File)? else {
            return Ok(None);
        };
        serde_json::from_slice(&octets)
            .map(Some)
            .map_err(|error| MemoryError::Malformed {
                path: self.path(),
                cause: error.to_string(),
            })
    }

    fn write(&self, trusted: &Trusted) -> Result<(), MemoryError> {
        let octets = json::encode(trusted);
        files::write_private_on(&*self.system, &self.path(), &octets).map_err(MemoryError::File)
    }
}

impl fmt::Display for MemoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error) => write!(f, "{error}"),
            Self::Malformed { path, cause } => write!(
                f,
                "{} is damaged ({cause}): how far this mirror has followed the ledger is \
                 forgotten, and it begins again with the founding act",
                path.display()
            ),
            Self::Store(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for MemoryError {}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::faulty::{Faulty, at_every_step};
    use crate::samples::{NOW, plain};

    const FOUNDING: Digest = Digest([7; 32]);

    #[test]
    fn what_is_kept_is_known_wherever_a_step_fails() {
        for kept_before in [false, true] {
            let attempt = |system: Arc<Faulty>| {
                let directory = tempfile::tempdir().unwrap();
                if kept_before {
                    let memory = Memory::on(Faulty::sound(), directory.path(), FOUNDING);
                    memory.keep(&plain(), 1, &State::default()).unwrap();
                }
                let memory = Memory::on(system, directory.path(), FOUNDING);
                let kept = memory.keep(&plain(), 2, &State::default());
                (directory, kept)
            };
            at_every_step(attempt, |(directory, kept), case| {
                let memory = Memory::on(Faulty::sound(), directory.path(), FOUNDING);
                let edition = memory.last_good(NOW).unwrap().map(|it| it.meta.edition);
                let expected = [kept_before.then_some(1), Some(2)];
                assert!(expected.contains(&edition), "{case}: {edition:?}");
                assert!(kept.is_err() || edition == Some(2), "{case}");
                assert!(edition.is_none() || memory.known().unwrap().is_some());
                memory.keep(&plain(), 3, &State::default()).unwrap();
                let edition = memory.last_good(NOW).unwrap().map(|it| it.meta.edition);
                assert_eq!(edition, Some(3), "{case}");
            });
        }
    }

    #[test]
    fn damage_is_told_from_nothing_known() {
        let directory = tempfile::tempdir().unwrap();
        let memory = Memory::at(directory.path(), FOUNDING);
        assert!(memory.known().unwrap().is_none());
        memory.keep(&plain(), 1, &State::default()).unwrap();
        let path = directory.path().join(TRUSTED);
        let whole = fs::read(&path).unwrap();
        for octets in [&whole[..0], &whole[..whole.len() / 2]] {
            fs::write(&path, octets).unwrap();
            let error = memory.known().unwrap_err().to_string();
            assert!(error.contains("trusted.json is damaged"), "{error}");
            assert!(error.contains("begins again"), "{error}");
        }
        // That of another founding act is nobody's business here.
        fs::write(&path, &whole).unwrap();
        let other = Memory::at(directory.path(), Digest([8; 32]));
        assert!(other.known().unwrap().is_none());
    }
}
