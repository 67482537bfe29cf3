//! Where versions of a zone come from: primaries, web servers, files. An upstream is
//! asked, never believed.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`transfer`] | zone transfers over TCP and TLS |
//! | `assembly` | a zone from what a transfer says |
//! | [`tls`] | who a primary is |
//! | `web` | zone files behind a web server |
//! | [`error`] | why nothing came |

mod assembly;
pub mod error;
pub mod tls;
pub mod transfer;
mod web;

use std::fmt;
use std::fs::File;
use std::path::PathBuf;

use comity_core::basic::Time;
use comity_core::edition::serial;
use comity_core::served::ServedZone;
use comity_core::zone::{Name, Record, Rtype};

pub use error::UpstreamError;
pub use transfer::{Announced, Primary};
pub use web::WebFile;

use crate::zonefile;

/// One upstream.
#[derive(Clone, Debug)]
pub enum Upstream {
    /// A primary that gives transfers.
    Primary(Primary),
    /// A web server with a zone file.
    Web(WebFile),
    /// A zone file that somebody else renews.
    File(PathBuf),
}

/// What an upstream has when it is looked at.
#[derive(Debug)]
pub enum Looked {
    /// Which version, as it says.
    Announced(Announced),
    /// The same, and its records, which came along.
    Whole(Announced, Vec<Record>),
}

impl Looked {
    /// Which version, as it says.
    pub fn announced(&self) -> Announced {
        match self {
            Self::Announced(announced) | Self::Whole(announced, _) => *announced,
        }
    }
}

impl Upstream {
    /// Which version it has; of a file its records as well, if it is later than `known`.
    ///
    /// # Errors
    /// Where it cannot be had.
    pub fn look(
        &self,
        zone: &Name,
        known: Option<&ServedZone>,
        now: Time,
    ) -> Result<Looked, UpstreamError> {
        match self {
            Self::Primary(primary) => {
                let mut connection = transfer::Connection::open(primary, zone)?;
                Ok(Looked::Announced(connection.announced(now)?))
            }
            Self::Web(web) => match web.fetch()? {
                Some(octets) => read(&*octets, zone, known),
                None => Ok(Looked::Announced(announced_as(
                    known.map_or(0, ServedZone::serial),
                ))),
            },
            Self::File(path) => {
                let file = File::open(path);
                let file = file.map_err(|error| UpstreamError::Unreachable(error.kind()))?;
                read(file, zone, known)
            }
        }
    }

    /// The records of the version that was announced.
    ///
    /// # Errors
    /// Where they cannot be had.
    pub fn fetch(
        &self,
        zone: &Name,
        known: Option<&ServedZone>,
        now: Time,
    ) -> Result<Vec<Record>, UpstreamError> {
        match self {
            Self::Primary(primary) => {
                transfer::Connection::open(primary, zone)?.transfer(known, now)
            }
            Self::Web(_) | Self::File(_) => match self.look(zone, known, now)? {
                Looked::Whole(_, records) => Ok(records),
                Looked::Announced(_) => Err(UpstreamError::NoZone),
            },
        }
    }

    /// What came was not taken: it is to be asked for again.
    pub fn forget(&self) {
        match self {
            Self::Web(web) => web.forget(),
            Self::Primary(_) | Self::File(_) => {}
        }
    }
}

/// Whether a version with this serial is fetched: it is later than what is known.
pub(super) fn is_wanted(serial: u32, known: Option<&ServedZone>) -> bool {
    known.is_none_or(|known| serial::is_later(serial, known.serial()))
}

fn announced_as(serial: u32) -> Announced {
    Announced {
        serial,
        expire_s: None,
    }
}

fn read(
    input: impl std::io::Read,
    zone: &Name,
    known: Option<&ServedZone>,
) -> Result<Looked, UpstreamError> {
    let (found, records) =
        zonefile::read_records(input, Some(zone)).map_err(UpstreamError::ZoneFile)?;
    let soa = |record: &&Record| record.rtype == Rtype::SOA && record.owner == *zone;
    let soa = records.iter().find(soa).filter(|_| found == *zone);
    let serial = serial::of_soa(&soa.ok_or(UpstreamError::NoZone)?.data);
    Ok(match is_wanted(serial, known) {
        true => Looked::Whole(announced_as(serial), records),
        false => Looked::Announced(announced_as(serial)),
    })
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Primary(primary) => write!(f, "{}", primary.address),
            Self::Web(web) => write!(f, "{}", web.url()),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}
