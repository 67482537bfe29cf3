//! What can be wrong with a stored edition.

use std::fmt;
use std::io;
use std::path::PathBuf;

use comity_core::basic::PublicKey;
use comity_core::edition::EditionRefusal;
use comity_core::zone::Name;

use crate::files::advice;

/// An edition cannot be saved or read back.
#[derive(Debug)]
pub enum StoreError {
    /// Nothing was ever saved here.
    Empty,
    /// The disk failed.
    Disk {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A file is there, and is not a good edition.
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: Corruption,
    },
}

/// Why a file is not a good edition. In the order of the checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Corruption {
    /// Its digest does not match: cut short, or changed.
    Torn,
    /// It is not an edition's file.
    OtherForm,
    /// It has a version that this program does not know.
    UnknownVersion,
    /// The line behind the version is not what it must be.
    BadHead,
    /// It is another zone's.
    OtherZone {
        /// The zone.
        found: Name,
    },
    /// It is signed by another key.
    OtherKey {
        /// The key.
        found: PublicKey,
    },
    /// A record cannot be read.
    BadRecord {
        /// The number of records before it.
        after: usize,
    },
    /// The zone does not verify.
    Refused(EditionRefusal),
    /// The line behind the version has another serial than the zone.
    OtherSerial,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("no edition was saved yet"),
            Self::Disk { path, error } => {
                let advice = advice(error.kind());
                write!(f, "{}: {error}{advice}", path.display())
            }
            Self::Corrupt { path, what } => write!(f, "{}: {what}", path.display()),
        }
    }
}

impl std::error::Error for StoreError {}

impl fmt::Display for Corruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Torn => f.write_str("cut short or changed: its digest does not match"),
            Self::OtherForm => f.write_str("not the file of an edition"),
            Self::UnknownVersion => f.write_str("written by a newer version of this program"),
            Self::BadHead => f.write_str("its second line cannot be read"),
            Self::OtherZone { found } => write!(f, "holds the zone {found}"),
            Self::OtherKey { found } => write!(f, "signed by another key, {found}"),
            Self::BadRecord { after } => write!(f, "unreadable after {after} records"),
            Self::Refused(refusal) => write!(f, "the zone does not verify: {refusal}"),
            Self::OtherSerial => f.write_str("its second line has another serial than the zone"),
        }
    }
}
