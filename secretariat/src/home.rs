//! The secretariat's directory: its configuration, the sealed log key, the
//! ledger, and before the founding act the draft of it.

mod founding;

use std::path::PathBuf;
use std::sync::Arc;

use comity_core::act::Envelope;
use comity_core::ledger::{KeyKind, NoteKey};
use comity_core::refusal::FormatRefusal;
use comity_mirror::dns::Networks;
use comity_mirror::files::{self, FileError, FileSystem, Local};
use comity_sign::identity::Identity;
use comity_sign::sealed::{self, Cost, Passphrase, SealedError};
use rand_core::{CryptoRng, RngCore};
use serde::Deserialize;

use crate::engine::Pace;
use crate::writer::disk::{DirectoryDisk, DiskError};
use crate::writer::{LedgerWriter, WriterError};

pub use founding::FoundingParts;

const CONFIG: &str = "secretariat.toml";
const LOG_KEY: &str = "log.sealed";
const LEDGER: &str = "ledger";
const DRAFT: &str = "founding.draft";
const EVIDENCE: &str = "evidence";
const PROCESS: &str = "process";
/// Octets of a configuration file, a sealed key or a draft.
const FILE_OCTETS_MAX: u64 = 256 * 1024;

/// The secretariat's directory.
#[derive(Clone, Debug)]
pub struct Home {
    system: Arc<dyn FileSystem>,
    directory: PathBuf,
}

/// The secretariat's configuration, `secretariat.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The ledger's name, which is also the name of its key.
    pub origin: String,
    /// Address and port of the web server.
    pub listen: String,
    /// Ledger time moves at least this often (seconds).
    #[serde(default = "default_time_interval_s")]
    pub time_interval_s: u64,
    /// A ceremony without progress for so long is tried anew (seconds).
    #[serde(default = "default_ceremony_timeout_s")]
    pub ceremony_timeout_s: u64,
    /// A session whose signers are silent for so long is tried with others
    /// (seconds).
    #[serde(default = "default_session_timeout_s")]
    pub session_timeout_s: u64,
    /// No session is opened beside one that has waited for shares for less than so
    /// long (seconds).
    #[serde(default = "default_session_pace_s")]
    pub session_pace_s: u64,
    /// How many commitments a slow member checks in a second: by what its batch takes,
    /// both of these are longer.
    #[serde(default = "default_session_commitments_per_s")]
    pub session_commitments_per_s: u64,
    /// Proxies, whose connections are many clients'.
    #[serde(default)]
    pub proxies: Networks,
}

fn default_time_interval_s() -> u64 {
    Pace::default().time_interval_s
}

fn default_ceremony_timeout_s() -> u64 {
    Pace::default().ceremony_timeout_s
}

fn default_session_timeout_s() -> u64 {
    Pace::default().session_timeout_s
}

fn default_session_pace_s() -> u64 {
    Pace::default().session_pace_s
}

fn default_session_commitments_per_s() -> u64 {
    Pace::default().session_commitments_per_s
}

impl Config {
    /// The configuration file with every key explained.
    pub fn template(origin: &str, listen: &str) -> String {
        let pace = Pace::default();
        format!(
            "# The secretariat of a zone.\n\
             \n\
             # The ledger's name, which is also the name of its key. Never change it.\n\
             origin = {}\n\
             # Address and port of the web server: the ledger's files, the drop box, and the\n\
             # overview for people. Port 0: the system chooses.\n\
             listen = {}\n\
             # Ledger time moves at least this often (seconds).\n\
             time_interval_s = {}\n\
             # A ceremony without progress for so long is tried anew (seconds).\n\
             ceremony_timeout_s = {}\n\
             # A session whose signers are silent for so long is tried with others (seconds).\n\
             session_timeout_s = {}\n\
             # A session is opened with others beside one that has waited for shares for so\n\
             # long (seconds), once enough members who owe none are ready for it.\n\
             session_pace_s = {}\n\
             # As many commitments as a slow member checks in a second, each signer's to each\n\
             # record set: a session of many is given so much longer.\n\
             session_commitments_per_s = {}\n\
             # Proxies in front of the web server: their connections are many clients', and\n\
             # it is theirs to see that no client has too many.\n\
             proxies = []\n",
            files::toml_string(origin),
            files::toml_string(listen),
            pace.time_interval_s,
            pace.ceremony_timeout_s,
            pace.session_timeout_s,
            pace.session_pace_s,
            pace.session_commitments_per_s
        )
    }

    /// How the secretariat paces itself.
    pub fn pace(&self) -> Pace {
        Pace {
            time_interval_s: self.time_interval_s,
            ceremony_timeout_s: self.ceremony_timeout_s,
            session_timeout_s: self.session_timeout_s,
            session_pace_s: self.session_pace_s,
            session_commitments_per_s: self.session_commitments_per_s,
        }
    }
}

/// Something about the secretariat's directory is not as it should be.
#[derive(Debug)]
pub enum HomeError {
    /// A file could not be read or written.
    File(FileError),
    /// The log key could not be opened or made.
    Sealed {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: SealedError,
    },
    /// The configuration is malformed.
    Config {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        cause: String,
    },
    /// The ledger's name cannot be one.
    Origin {
        /// The name.
        origin: String,
    },
    /// The draft is malformed.
    Draft {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        refusal: FormatRefusal,
    },
    /// The founding was cut off before its draft was written.
    Unfinished {
        /// The directory.
        path: PathBuf,
    },
    /// There is a secretariat here already.
    Taken {
        /// The directory.
        path: PathBuf,
    },
    /// Another secretariat is at work here.
    InUse {
        /// The directory.
        path: PathBuf,
        /// The number of its process, where it has said so.
        process: Option<String>,
    },
    /// The ledger could not be made or opened.
    Ledger(WriterError),
}

/// How a fresh key is made and sealed.
pub struct Sealing<'a, R> {
    /// By which it opens.
    pub passphrase: &'a Passphrase,
    /// What it costs to try another.
    pub cost: Cost,
    /// Where the key comes from.
    pub random: &'a mut R,
}

impl<R: CryptoRng + RngCore> Sealing<'_, R> {
    /// Seals a key.
    pub(crate) fn seal(&mut self, key: &Identity, name: &str) -> Result<Vec<u8>, SealedError> {
        sealed::seal(key, name, self.passphrase, self.cost, self.random)
    }
}

impl From<FileError> for HomeError {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

impl From<WriterError> for HomeError {
    fn from(error: WriterError) -> Self {
        Self::Ledger(error)
    }
}

impl From<DiskError> for HomeError {
    fn from(error: DiskError) -> Self {
        Self::Ledger(error.into())
    }
}

impl Home {
    /// The secretariat in `directory`.
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

    /// The ledger's directory.
    pub fn ledger(&self) -> PathBuf {
        self.directory.join(LEDGER)
    }

    /// The directory of messages that prove a lie.
    pub fn evidence(&self) -> PathBuf {
        self.directory.join(EVIDENCE)
    }

    fn write(&self, file: &str, octets: &[u8]) -> Result<(), HomeError> {
        let path = self.directory.join(file);
        Ok(files::write_private_on(&*self.system, &path, octets)?)
    }

    /// The configuration.
    ///
    /// # Errors
    /// Where it is missing or malformed.
    pub fn config(&self) -> Result<Config, HomeError> {
        let path = self.directory.join(CONFIG);
        let octets = files::read_required_on(&*self.system, &path, FILE_OCTETS_MAX)?;
        toml::from_str(&String::from_utf8_lossy(&octets)).map_err(|error| HomeError::Config {
            path,
            cause: error.to_string(),
        })
    }

    /// The log key.
    ///
    /// # Errors
    /// Where it is missing or does not open.
    pub fn log_key(
        &self,
        config: &Config,
        passphrase: &Passphrase,
    ) -> Result<Arc<Identity>, HomeError> {
        let path = self.directory.join(LOG_KEY);
        let read = files::read_secret_on(&*self.system, &path, FILE_OCTETS_MAX);
        let octets = files::required(&path, read)?;
        sealed::open(&octets, &config.origin, passphrase)
            .map(Arc::new)
            .map_err(|error| HomeError::Sealed { path, error })
    }

    /// Opens the ledger to write on it; only one process can.
    ///
    /// # Errors
    /// Where another has it, or it does not verify.
    pub fn writer(
        &self,
        config: &Config,
        identity: &Arc<Identity>,
    ) -> Result<LedgerWriter, HomeError> {
        let log = note_key(&config.origin, identity)?;
        let disk = match DirectoryDisk::open_on(Arc::clone(&self.system), &self.ledger()) {
            Err(DiskError::InUse { .. }) => return Err(self.in_use()?),
            opened => Box::new(opened?),
        };
        let writer = LedgerWriter::open_on(disk, log, signer(identity))?;
        self.write_note(PROCESS, &std::process::id().to_string())?;
        Ok(writer)
    }

    /// Whoever has the ledger has left its number.
    fn in_use(&self) -> Result<HomeError, HomeError> {
        let path = self.directory.join(PROCESS);
        let note = files::read_on(&*self.system, &path, FILE_OCTETS_MAX)?;
        Ok(HomeError::InUse {
            path: self.directory.clone(),
            process: note.map(|octets| String::from_utf8_lossy(&octets).into_owned()),
        })
    }

    /// The draft of the founding act.
    ///
    /// # Errors
    /// Where it is missing or malformed.
    pub fn draft(&self) -> Result<Envelope, HomeError> {
        let path = self.directory.join(DRAFT);
        let octets = files::read_on(&*self.system, &path, FILE_OCTETS_MAX)?;
        let octets = octets.ok_or_else(|| HomeError::Unfinished {
            path: self.directory.clone(),
        })?;
        Envelope::from_signing_input(&octets).map_err(|refusal| HomeError::Draft { path, refusal })
    }

    /// Writes a file that others may look for, such as the address in use.
    ///
    /// # Errors
    /// Where the write fails.
    pub fn write_note(&self, file: &str, text: &str) -> Result<(), HomeError> {
        self.write(file, text.as_bytes())
    }
}

fn note_key(origin: &str, identity: &Identity) -> Result<NoteKey, HomeError> {
    NoteKey::new(origin, KeyKind::Ed25519, identity.public()).map_err(|_| HomeError::Origin {
        origin: origin.to_string(),
    })
}

fn signer(identity: &Arc<Identity>) -> crate::writer::Sign {
    let identity = Arc::clone(identity);
    Box::new(move |message| identity.sign(message))
}

impl std::fmt::Display for HomeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(error) => write!(f, "{error}"),
            Self::Sealed { path, error } => {
                write!(f, "{}: {error}{}", path.display(), error.remedy())
            }
            Self::Config { path, cause } => write!(f, "{}: {cause}", path.display()),
            Self::Origin { origin } => write!(
                f,
                "{origin:?} cannot be a ledger's name: no white space and no plus sign"
            ),
            Self::Draft { path, refusal } => write!(
                f,
                "{}: {refusal}; put it back from a copy, or found anew in another directory",
                path.display()
            ),
            Self::Unfinished { path } => write!(
                f,
                "the founding in {} was cut off; run `comity found` again",
                path.display()
            ),
            Self::Taken { path } => write!(
                f,
                "{} has a secretariat already; choose another directory",
                path.display()
            ),
            Self::InUse { path, process } => {
                let process = process.as_deref().unwrap_or("another");
                let path = path.display();
                write!(
                    f,
                    "the process {process} is at work in {path}: one ledger, one writer"
                )
            }
            Self::Ledger(error @ WriterError::Ledger(_)) => write!(
                f,
                "the ledger does not verify, and nothing of it was changed: {error}; put back what \
                 is named from a copy of the ledger"
            ),
            Self::Ledger(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for HomeError {}
