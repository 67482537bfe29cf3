//! A drop box's directory: its card, which the charter repeats, and the sealed
//! key that signs its receipts.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use comity_core::act::json;
use comity_core::charter::DropBox;
use comity_mirror::files::{self, FileError, FileSystem, Local, Lock};
use comity_sign::identity::Identity;
use comity_sign::sealed::{self, Cost, Passphrase, SealedError};
use rand_core::{CryptoRng, OsRng, RngCore};

use super::store::{Store, StoreError};
use crate::home::Sealing;

const CARD: &str = "box.json";
const KEY: &str = "box.sealed";
const ACTS: &str = "acts";
/// Octets of a card or a sealed key.
const FILE_OCTETS_MAX: u64 = 64 * 1024;

/// A drop box's directory.
#[derive(Clone, Debug)]
pub struct Home {
    system: Arc<dyn FileSystem>,
    directory: PathBuf,
}

/// A drop box's directory that no other process has.
#[derive(Debug)]
pub struct Alone {
    /// On the directory itself: it goes with the process however that ends.
    _lock: Box<dyn Lock>,
}

/// Something about a drop box's directory is not as it should be.
#[derive(Debug)]
pub enum HomeError {
    /// A file could not be read or written.
    File(FileError),
    /// The key could not be opened or made.
    Sealed {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: SealedError,
    },
    /// The card is malformed.
    Card {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        cause: String,
    },
    /// There is a drop box here already.
    Taken {
        /// The directory.
        path: PathBuf,
    },
    /// Another process is at work here.
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// The acts that it took could not be read.
    Store(StoreError),
}

impl From<FileError> for HomeError {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

impl From<StoreError> for HomeError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Home {
    /// The drop box in `directory`.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self::on(Arc::new(Local), directory)
    }

    /// As [`Home::new`], on any file system.
    pub fn on(system: Arc<dyn FileSystem>, directory: impl Into<PathBuf>) -> Self {
        Self {
            system,
            directory: directory.into(),
        }
    }

    /// Makes a drop box: a fresh key, sealed, and its card. Where it is cut
    /// off, it can be tried again.
    ///
    /// # Errors
    /// [`HomeError::Taken`] where there is one; or where a write fails.
    pub fn create(
        &self,
        name: &str,
        url: &str,
        passphrase: &Passphrase,
    ) -> Result<DropBox, HomeError> {
        let mut sealing = Sealing {
            passphrase,
            cost: Cost::PRODUCTION,
            random: &mut OsRng,
        };
        self.create_with(name, url, &mut sealing)
    }

    /// As [`Home::create`], with a key that is made and sealed in this way.
    ///
    /// # Errors
    /// As there.
    pub fn create_with<R: CryptoRng + RngCore>(
        &self,
        name: &str,
        url: &str,
        sealing: &mut Sealing<'_, R>,
    ) -> Result<DropBox, HomeError> {
        files::create_private_directory_on(&*self.system, &self.directory)?;
        let path = self.directory.join(KEY);
        if files::is_there(&*self.system, &path) {
            let path = self.directory.clone();
            return Err(HomeError::Taken { path });
        }
        let identity = Identity::generate(sealing.random);
        let card = DropBox {
            name: name.to_string(),
            key: identity.public(),
            url: url.to_string(),
        };
        let sealed = sealing.seal(&identity, name);
        let sealed = sealed.map_err(|error| HomeError::Sealed { path, error })?;
        // The key last: a crash before it leaves what the next try overwrites;
        // with it there is a drop box, and it is whole.
        self.write(CARD, &[json::encode(&card), b"\n".to_vec()].concat())?;
        self.write(KEY, &sealed)?;
        Ok(card)
    }

    fn write(&self, file: &str, octets: &[u8]) -> Result<(), HomeError> {
        let path = self.directory.join(file);
        Ok(files::write_private_on(&*self.system, &path, octets)?)
    }

    /// The box as it was made: its name and key are what counts.
    ///
    /// # Errors
    /// Where its card is missing or malformed.
    pub fn card(&self) -> Result<DropBox, HomeError> {
        let path = self.directory.join(CARD);
        let octets = files::read_required_on(&*self.system, &path, FILE_OCTETS_MAX)?;
        serde_json::from_slice(&octets).map_err(|error| HomeError::Card {
            path,
            cause: error.to_string(),
        })
    }

    /// The key that signs its receipts.
    ///
    /// # Errors
    /// Where it is missing or does not open.
    pub fn identity(&self, passphrase: &Passphrase) -> Result<Identity, HomeError> {
        let path = self.directory.join(KEY);
        let read = files::read_secret_on(&*self.system, &path, FILE_OCTETS_MAX);
        let octets = files::required(&path, read)?;
        sealed::open(&octets, &self.card()?.name, passphrase)
            .map_err(|error| HomeError::Sealed { path, error })
    }

    /// Takes the directory, so that nobody else works there as long as what
    /// this returns lives: two could give two receipts for one act.
    ///
    /// # Errors
    /// [`HomeError::InUse`] where somebody has it.
    pub fn alone(&self) -> Result<Alone, HomeError> {
        let path = self.directory.clone();
        let lock = files::lock(&*self.system, &path)?;
        let lock = lock.ok_or(HomeError::InUse { path })?;
        Ok(Alone { _lock: lock })
    }

    /// The acts that it took.
    ///
    /// # Errors
    /// Where one of them cannot be read: a promise would be forgotten.
    pub fn store(&self) -> Result<Store, HomeError> {
        let directory = self.directory.join(ACTS);
        Ok(Store::open_on(Arc::clone(&self.system), &directory)?)
    }

    /// Writes a file that others may look for, such as the address in use.
    ///
    /// # Errors
    /// Where the write fails.
    pub fn write_note(&self, file: &str, text: &str) -> Result<(), HomeError> {
        self.write(file, text.as_bytes())
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }
}

impl std::fmt::Display for HomeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(error) => write!(f, "{error}"),
            Self::Sealed { path, error } => {
                write!(f, "{}: {error}{}", path.display(), error.remedy())
            }
            Self::Card { path, cause } => write!(f, "{}: {cause}", path.display()),
            Self::Taken { path } => write!(
                f,
                "{} has a drop box already; choose another directory",
                path.display()
            ),
            Self::InUse { path } => write!(
                f,
                "another process is at work in {}: one drop box, one process",
                path.display()
            ),
            Self::Store(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for HomeError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faulty::{Faulty, at_every_step};

    #[test]
    fn a_box_that_was_cut_off_can_be_made_again() {
        let passphrase = Passphrase::new(b"a passphrase".to_vec());
        let make = |home: &Home| home.create("north", "https://box.example", &passphrase);
        // Sealing a key takes a while: two steps of the last write will do.
        let directory = tempfile::tempdir().unwrap();
        let home = Home::new(directory.path().join("box"));
        let card = make(&home).unwrap();
        assert_eq!(home.card().unwrap(), card);
        assert_eq!(home.identity(&passphrase).unwrap().public(), card.key);
        assert!(matches!(make(&home), Err(HomeError::Taken { .. })));
        let alone = home.alone().unwrap();
        assert!(matches!(home.alone(), Err(HomeError::InUse { .. })));
        drop(alone);
        assert!(home.alone().is_ok());
    }

    #[test]
    fn whatever_is_left_of_a_write_is_no_box_or_a_whole_one() {
        let attempt = |system: Arc<Faulty>| {
            let directory = tempfile::tempdir().unwrap();
            let home = Home::on(system, directory.path().join("box"));
            let laid = files::create_private_directory_on(&*home.system, &home.directory)
                .map_err(HomeError::from)
                .and_then(|()| home.write(CARD, b"card"))
                .and_then(|()| home.write(KEY, b"key"));
            (directory, home, laid)
        };
        at_every_step(attempt, |(_directory, home, laid), case| {
            let has = |file: &str| home.directory.join(file).exists();
            assert!(laid.is_err() || has(KEY), "{case}");
            assert!(!has(KEY) || has(CARD), "{case}");
        });
    }
}
