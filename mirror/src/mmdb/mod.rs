//! Databases of addresses in MaxMind's format (MMDB 2.0), of any maker: which
//! country an address is in, and which autonomous system announces it.
//!
//! What a file says is believed no further than that it is a database: whatever
//! is in it, reading it ends, and within bounds.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `field` | what is kept of a record |
//! | `layout` | where the makers of databases put what we look for |

mod field;
mod layout;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use comity_core::exposure::Origin;
use comity_core::limits;
use maxminddb::{MaxMindDbError, Reader};

use crate::files::{self, FileError};
use field::Field;

/// Why a database does not tell.
#[derive(Debug)]
pub enum MmdbError {
    /// The file cannot be read, or is larger than the limit.
    Unreadable(FileError),
    /// It is no database in MaxMind's format, or a broken one.
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: MaxMindDbError,
    },
    /// A record of it cannot be read.
    Record {
        /// The file.
        path: PathBuf,
        /// The address that was looked up.
        address: IpAddr,
        /// What is wrong.
        error: MaxMindDbError,
    },
}

impl fmt::Display for MmdbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => error.fmt(f),
            Self::Broken { path, error } => {
                let path = path.display();
                write!(f, "{path} is no database in MaxMind's format: {error}")
            }
            Self::Record {
                path,
                address,
                error,
            } => write!(f, "{}: the record of {address}: {error}", path.display()),
        }
    }
}

impl std::error::Error for MmdbError {}

/// A database.
#[derive(Debug)]
pub struct Database {
    path: PathBuf,
    reader: Reader<Vec<u8>>,
}

impl Database {
    /// Reads a database from a file.
    ///
    /// # Errors
    /// Where the file cannot be read, is too large or is no database.
    pub fn open(path: &Path) -> Result<Self, MmdbError> {
        let octets = files::read_required(path, limits::MMDB_OCTETS_MAX);
        Self::from_octets(path, octets.map_err(MmdbError::Unreadable)?)
    }

    /// As [`Database::open`], of a file that is in memory.
    ///
    /// # Errors
    /// Where it is no database.
    pub fn from_octets(path: &Path, octets: Vec<u8>) -> Result<Self, MmdbError> {
        let path = path.to_owned();
        match Reader::from_source(octets) {
            Ok(reader) => Ok(Self { path, reader }),
            Err(error) => Err(MmdbError::Broken { path, error }),
        }
    }

    /// What it knows of an address: nothing of many.
    ///
    /// # Errors
    /// Where the record cannot be read.
    pub fn origin(&self, address: IpAddr) -> Result<Origin, MmdbError> {
        if address.is_ipv6() && self.reader.metadata().ip_version == 4 {
            return Ok(Origin::default());
        }
        let found = self.reader.lookup(address);
        let record = found.and_then(|found| found.decode::<Field>());
        match record {
            Ok(record) => Ok(record.map_or_else(Origin::default, |it| layout::origin(&it))),
            Err(error) => Err(MmdbError::Record {
                path: self.path.clone(),
                address,
                error,
            }),
        }
    }
}

/// What several databases know of these addresses. Of each address the first
/// that tells a country, and the first that tells an autonomous system, count.
///
/// # Errors
/// Where one of them has a record that cannot be read.
pub fn origins(
    databases: &[Database],
    addresses: impl IntoIterator<Item = IpAddr>,
) -> Result<BTreeMap<IpAddr, Origin>, MmdbError> {
    let mut origins = BTreeMap::new();
    for address in addresses {
        let mut known = Origin::default();
        for database in databases {
            let origin = database.origin(address)?;
            known.country = known.country.or(origin.country);
            if known.system.is_none() {
                known.system = origin.system;
                known.organisation = origin.organisation;
            }
        }
        origins.insert(address, known);
    }
    Ok(origins)
}
