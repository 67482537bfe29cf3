//! A party's directory: its configuration, its sealed keys, and what it must
//! not forget. A member has a share and a memory of what it cosigned; a
//! holder only its key.

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use comity_core::act::json;
use comity_core::basic::{Digest, PublicKey};
use comity_core::holder::HolderKeys;
use comity_core::ledger::TreeHead;
use comity_mirror::files::{self, FileError, FileSystem};
use comity_sign::deal::Share;
use comity_sign::identity::Identity;
use comity_sign::sealed::{self, Passphrase, SealedError};
use serde::{Deserialize, Serialize};

use crate::surroundings::Surroundings;

/// Octets of a configuration file or a sealed key.
const FILE_OCTETS_MAX: u64 = 64 * 1024;

const CONFIG: &str = "member.toml";
const CARD: &str = "card.json";
const IDENTITY: &str = "identity.sealed";
const HOLDER: &str = "holder.json";
const COSIGNED: &str = "cosigned.json";
const RECEIPTS: &str = "receipts";

/// A party's directory.
#[derive(Clone, Debug)]
pub struct Home {
    surroundings: Surroundings,
    directory: PathBuf,
}

/// A member's configuration, `member.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// URL of the secretariat.
    pub secretariat: String,
    /// Id of the founding act that this member signs and follows.
    pub founding: Option<Digest>,
}

impl Config {
    /// The configuration file with every key explained.
    pub fn template(secretariat: &str) -> String {
        format!(
            "# A member of a zone.\n\
             \n\
             # URL of the secretariat. The member makes outgoing connections only.\n\
             secretariat = {}\n\
             # Id of the founding act that this member signs and follows. Set it once you\n\
             # have compared charter, zone, holders and members with what you agreed on.\n\
             # founding = \"0123…\"\n",
            files::toml_string(secretariat)
        )
    }
}

/// What a party shows to others: its name and public key, `card.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Its name.
    pub name: String,
    /// Its public key.
    pub key: PublicKey,
}

/// What a holder shows to others: its name and its keys, `holder.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HolderCard {
    /// Its name.
    pub name: String,
    /// Its keys, as the ledger gets to know them.
    pub keys: HolderKeys,
}

/// The largest head that a member has cosigned. It never cosigns a smaller
/// one, nor another history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CosignedHead {
    /// The number of acts.
    pub size: u64,
    /// The root.
    pub root: Digest,
    /// When it was last cosigned, seconds since 1970.
    pub time: u64,
}

impl CosignedHead {
    /// The head alone.
    pub(crate) fn head(self) -> TreeHead {
        TreeHead {
            size: self.size,
            root: self.root,
        }
    }
}

/// Something about a party's directory is not as it should be.
#[derive(Debug)]
pub enum HomeError {
    /// A file could not be read or written.
    File(FileError),
    /// A sealed key could not be opened or made.
    Sealed {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: SealedError,
    },
    /// A file that is not of its form.
    Malformed {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        cause: String,
    },
    /// What a member has cosigned is not to be read.
    Forgotten {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        cause: String,
    },
    /// There is a party here already.
    Taken {
        /// The directory.
        path: PathBuf,
    },
    /// Nothing says where the passphrase is.
    NoPassphrase,
    /// No founding act is named.
    NoFounding,
}

impl From<FileError> for HomeError {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

impl Home {
    /// The party in `directory`.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self::amid(Surroundings::of_this_machine(), directory)
    }

    /// As [`Home::new`], on any file system.
    pub fn on(system: Arc<dyn FileSystem>, directory: impl Into<PathBuf>) -> Self {
        let surroundings = Surroundings {
            system,
            ..Surroundings::of_this_machine()
        };
        Self::amid(surroundings, directory)
    }

    /// As [`Home::new`], with any surroundings.
    pub fn amid(surroundings: Surroundings, directory: impl Into<PathBuf>) -> Self {
        Self {
            surroundings,
            directory: directory.into(),
        }
    }

    /// What surrounds the party.
    pub fn surroundings(&self) -> &Surroundings {
        &self.surroundings
    }

    fn system(&self) -> &dyn FileSystem {
        &*self.surroundings.system
    }

    /// Where a member's operator puts drop boxes' receipts.
    pub fn receipts(&self) -> PathBuf {
        self.directory.join(RECEIPTS)
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Makes a party: a fresh identity key, sealed, its card and, for a
    /// member, its configuration. Where it is cut off, it can be tried again.
    ///
    /// # Errors
    /// [`HomeError::Taken`] where there is one; or where a write fails.
    pub fn create(
        &self,
        name: &str,
        config: Option<&str>,
        passphrase: &Passphrase,
    ) -> Result<Card, HomeError> {
        self.prepare()?;
        let Surroundings { random, cost, .. } = &self.surroundings;
        let mut random = random.clone();
        let identity = Identity::generate(&mut random);
        let card = Card {
            name: name.to_string(),
            key: identity.public(),
        };
        let sealed = sealed::seal(&identity, name, passphrase, *cost, &mut random);
        let sealed = sealed.map_err(|error| HomeError::Sealed {
            path: self.directory.join(IDENTITY),
            error,
        })?;
        self.lay_out(&card, config, &sealed)?;
        Ok(card)
    }

    /// Makes the directory, where no party may be.
    fn prepare(&self) -> Result<(), HomeError> {
        files::create_private_directory_on(self.system(), &self.directory)?;
        if files::is_there(self.system(), &self.directory.join(IDENTITY)) {
            return Err(HomeError::Taken {
                path: self.directory.clone(),
            });
        }
        Ok(())
    }

    fn lay_out(&self, card: &Card, config: Option<&str>, sealed: &[u8]) -> Result<(), HomeError> {
        // The key last: a crash before it leaves what the next try overwrites;
        // with it there is a party, and it is whole.
        if let Some(config) = config {
            self.write(CONFIG, config.as_bytes())?;
        }
        self.write(CARD, &[json::encode(card), b"\n".to_vec()].concat())?;
        self.write(IDENTITY, sealed)
    }

    fn write(&self, file: &str, octets: &[u8]) -> Result<(), HomeError> {
        let path = self.directory.join(file);
        Ok(files::write_private_on(self.system(), &path, octets)?)
    }

    /// Writes the card of a key that is elsewhere, on a token.
    ///
    /// # Errors
    /// [`HomeError::Taken`] where there is a party; or where the write fails.
    pub fn write_card(&self, name: &str, key: PublicKey) -> Result<Card, HomeError> {
        self.prepare()?;
        let card = Card {
            name: name.to_string(),
            key,
        };
        self.write(CARD, &[json::encode(&card), b"\n".to_vec()].concat())?;
        Ok(card)
    }

    /// Writes the holder's card beside its key.
    ///
    /// # Errors
    /// Where the write fails.
    pub fn write_holder(&self, card: &HolderCard) -> Result<(), HomeError> {
        self.write(HOLDER, &[json::encode(card), b"\n".to_vec()].concat())
    }

    /// The party's card.
    ///
    /// # Errors
    /// Where it is missing or malformed.
    pub fn card(&self) -> Result<Card, HomeError> {
        self.json(CARD)?.ok_or_else(|| self.missing(CARD))
    }

    /// The party's identity key.
    ///
    /// # Errors
    /// Where it is missing or does not open.
    pub fn identity(&self, passphrase: &Passphrase) -> Result<Identity, HomeError> {
        let path = self.directory.join(IDENTITY);
        let read = files::read_secret_on(self.system(), &path, FILE_OCTETS_MAX);
        let octets = files::required(&path, read)?;
        sealed::open(&octets, &self.card()?.name, passphrase)
            .map_err(|error| HomeError::Sealed { path, error })
    }

    /// The member's configuration.
    ///
    /// # Errors
    /// Where it is missing or malformed.
    pub fn config(&self) -> Result<Config, HomeError> {
        let path = self.directory.join(CONFIG);
        let octets = files::read_required_on(self.system(), &path, FILE_OCTETS_MAX)?;
        let text = String::from_utf8_lossy(&octets);
        toml::from_str(&text).map_err(|error| HomeError::Malformed {
            path,
            cause: error.to_string(),
        })
    }

    /// Seals a share. On return it is on the disk.
    ///
    /// # Errors
    /// Where it could not be sealed or written.
    pub fn write_share(
        &self,
        share: &Share,
        seat: &ShareSeat,
        passphrase: &Passphrase,
    ) -> Result<(), HomeError> {
        let path = self.directory.join(seat.file());
        let Surroundings { random, cost, .. } = &self.surroundings;
        let mut random = random.clone();
        let sealed = sealed::seal(share, &seat.context(), passphrase, *cost, &mut random);
        let sealed = sealed.map_err(|error| HomeError::Sealed { path, error })?;
        self.write(&seat.file(), &sealed)
    }

    /// The share of one ceremony; none where this member has none. Whoever has seen
    /// it has it after the loss of power as well: a process that ended, or a disk that
    /// failed, may have left a name that is not durable.
    ///
    /// # Errors
    /// Where it does not open, or is not sure to stay.
    pub fn share(
        &self,
        seat: &ShareSeat,
        passphrase: &Passphrase,
    ) -> Result<Option<Share>, HomeError> {
        let path = self.directory.join(seat.file());
        let octets = files::read_secret_on(self.system(), &path, FILE_OCTETS_MAX)?;
        let Some(octets) = octets else {
            return Ok(None);
        };
        let settled = self.system().sync_directory(&self.directory);
        settled.map_err(|error| FileError {
            path: path.clone(),
            action: "keep",
            error,
        })?;
        sealed::open(&octets, &seat.context(), passphrase)
            .map(Some)
            .map_err(|error| HomeError::Sealed { path, error })
    }

    /// The ceremonies of which there is a share, by epoch and try.
    ///
    /// # Errors
    /// Where the directory cannot be read.
    pub fn share_seats(&self) -> Result<Vec<(u32, u32)>, HomeError> {
        let listed = self.system().list(&self.directory);
        let listed = listed.map_err(|error| FileError {
            path: self.directory.clone(),
            action: "list",
            error,
        })?;
        let seats = listed.iter().filter_map(|(name, _)| {
            let rest = name.strip_prefix("share-")?.strip_suffix(".sealed")?;
            let (epoch, attempt) = rest.split_once('-')?;
            Some((epoch.parse().ok()?, attempt.parse().ok()?))
        });
        Ok(seats.collect())
    }

    /// Wipes a share: its octets are written over, and the file is gone. On return
    /// it is gone from the disk as far as a file system can tell; what a device or a
    /// backup keeps is sealed with the passphrase.
    ///
    /// # Errors
    /// Where it may still be there; it is safe to try again.
    pub fn wipe_share(&self, epoch: u32, attempt: u32) -> Result<(), HomeError> {
        let path = self.directory.join(file_of_share(epoch, attempt));
        let failed = |error| FileError {
            path: path.clone(),
            action: "wipe",
            error,
        };
        // Whoever else may read it: that is no reason to leave it there.
        let octets = files::read_on(self.system(), &path, FILE_OCTETS_MAX)?;
        if let Some(octets) = octets {
            // Where they are: a new file would leave the old octets on the disk.
            let mut file = self.system().overwrite(&path).map_err(failed)?;
            file.write(&vec![0; octets.len()]).map_err(failed)?;
            file.sync().map_err(failed)?;
        }
        self.system().remove(&path).map_err(failed)?;
        self.system()
            .sync_directory(&self.directory)
            .map_err(failed)?;
        Ok(())
    }

    /// The largest head cosigned so far.
    ///
    /// # Errors
    /// Where it is malformed.
    pub fn cosigned(&self) -> Result<Option<CosignedHead>, HomeError> {
        self.json(COSIGNED).map_err(|error| match error {
            HomeError::Malformed { path, cause } => HomeError::Forgotten { path, cause },
            error => error,
        })
    }

    /// Remembers a head. On return it is on the disk: it is written before the
    /// cosignature leaves, so a crash in between only makes the member more
    /// careful than it needs to be.
    ///
    /// # Errors
    /// Where the write fails; the cosignature must then not leave.
    pub fn remember_cosigned(&self, head: &CosignedHead) -> Result<(), HomeError> {
        self.write(COSIGNED, &json::encode(head))
    }

    fn json<T: serde::de::DeserializeOwned>(&self, file: &str) -> Result<Option<T>, HomeError> {
        let path = self.directory.join(file);
        let octets = files::read_on(self.system(), &path, FILE_OCTETS_MAX)?;
        let Some(octets) = octets else {
            return Ok(None);
        };
        serde_json::from_slice(&octets)
            .map(Some)
            .map_err(|error| HomeError::Malformed {
                path,
                cause: error.to_string(),
            })
    }

    fn missing(&self, file: &str) -> HomeError {
        HomeError::Malformed {
            path: self.directory.join(file),
            cause: "no such file; `comity member init` or `comity holder init` makes it".into(),
        }
    }
}

/// Which ceremony a share comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareSeat {
    /// The ledger.
    pub ledger: Digest,
    /// The epoch.
    pub epoch: u32,
    /// The try.
    pub attempt: u32,
}

impl ShareSeat {
    /// The name of the share's file.
    pub(crate) fn file(&self) -> String {
        file_of_share(self.epoch, self.attempt)
    }

    fn context(&self) -> String {
        format!(
            "share of {} epoch {} attempt {}",
            self.ledger, self.epoch, self.attempt
        )
    }
}

fn file_of_share(epoch: u32, attempt: u32) -> String {
    format!("share-{epoch}-{attempt}.sealed")
}

/// The passphrase, from where [`files::passphrase_octets`] finds it.
///
/// # Errors
/// [`HomeError::NoPassphrase`] where nothing names one.
pub fn passphrase(file: Option<&Path>) -> Result<Passphrase, HomeError> {
    files::passphrase_octets(file)?
        .map(Passphrase::new)
        .ok_or(HomeError::NoPassphrase)
}

impl std::fmt::Display for HomeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(error) => write!(f, "{error}"),
            Self::Sealed { path, error } => {
                write!(f, "{}: {error}{}", path.display(), error.remedy())
            }
            Self::Malformed { path, cause } => write!(f, "{}: {cause}", path.display()),
            Self::Forgotten { path, cause } => write!(
                f,
                "{} is damaged ({cause}): what this member has cosigned is forgotten, and without \
                 it nothing is signed; put the file back from a copy, or, once the other members \
                 confirm that the ledger is the one you cosigned, move it away",
                path.display()
            ),
            Self::Taken { path } => {
                write!(
                    f,
                    "{} has a key already; choose another directory",
                    path.display()
                )
            }
            Self::NoFounding => f.write_str(
                "no founding act is named: set `founding` in member.toml, or give --founding",
            ),
            Self::NoPassphrase => write!(
                f,
                "no passphrase: give --passphrase-file, set {}, or use \
                 systemd's LoadCredential=comity-passphrase:FILE",
                files::PASSPHRASE_VARIABLE
            ),
        }
    }
}

impl std::error::Error for HomeError {}
