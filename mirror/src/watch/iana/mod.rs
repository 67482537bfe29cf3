//! Trust anchors as IANA publishes those of the root (RFC 9718, before it RFC 7958):
//! a file of XML, a detached signature of it, and the authorities under whom the signer's
//! certificate must be. Octets in, anchors or a refusal out; files are read in
//! [`Files`] and nowhere else.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `message` | the signature, a CMS message (RFC 5652) |
//! | `signer` | the certificate of who signed, and its chain (RFC 5280) |
//! | [`document`] | the file of XML |
//! | [`refusal`] | each rule of this module that can say no |

pub mod document;
mod message;
pub mod refusal;
mod signer;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};

use comity_core::basic::Time;
use comity_core::limits;
use comity_core::upstream::Anchor;
use comity_core::zone::Name;
use serde::Deserialize;

pub use refusal::IanaRefusal;

use crate::files::{self, FileError};

/// Whose signature it must be: the address in the signer's certificate.
pub const SIGNER: &str = "dnssec@iana.org";

/// What is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publication<'a> {
    /// The file of trust anchors: XML.
    pub document: &'a [u8],
    /// Its detached signature: CMS, in DER.
    pub signature: &'a [u8],
    /// The certificates of the authorities, in PEM.
    pub authorities: &'a [u8],
}

impl Publication<'_> {
    /// The trust anchors of a zone that are valid now: each a digest by SHA-256.
    ///
    /// # Errors
    /// The first rule that is broken. Nothing of a file that is not signed is looked at.
    pub fn anchors(&self, zone: &Name, now: Time) -> Result<Vec<Anchor>, IanaRefusal> {
        for octets in [self.document, self.signature, self.authorities] {
            if octets.len() > limits::ANCHOR_FILE_OCTETS_MAX {
                return Err(IanaRefusal::TooLarge);
            }
        }
        let authorities = signer::Authorities::parse(self.authorities, now)?;
        let message = message::Message::parse(self.signature)?;
        message.verify(self.document, &authorities, now)?;
        document::anchors(self.document, zone, now)
    }
}

/// Where it is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// The file of trust anchors, `root-anchors.xml`.
    pub anchors: PathBuf,
    /// Its signature, `root-anchors.p7s`.
    pub signature: PathBuf,
    /// The authorities' certificates, `icannbundle.pem`.
    pub authorities: PathBuf,
}

/// Why files give no anchors.
#[derive(Debug)]
pub enum FilesError {
    /// A file.
    File(FileError),
    /// What is in them.
    Refused(IanaRefusal),
}

impl FilesError {
    /// A word for it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::File(_) => "unreadable",
            Self::Refused(refusal) => refusal.code(),
        }
    }
}

impl Files {
    /// The trust anchors of a zone that they name now.
    ///
    /// # Errors
    /// Where a file cannot be read, or breaks a rule.
    pub fn read(&self, zone: &Name, now: Time) -> Result<Vec<Anchor>, FilesError> {
        let octets = |path: &Path| {
            let octets_max = u64::try_from(limits::ANCHOR_FILE_OCTETS_MAX).unwrap_or(u64::MAX);
            files::read_required(path, octets_max).map_err(FilesError::File)
        };
        let publication = Publication {
            document: &octets(&self.anchors)?,
            signature: &octets(&self.signature)?,
            authorities: &octets(&self.authorities)?,
        };
        publication.anchors(zone, now).map_err(FilesError::Refused)
    }
}

impl fmt::Display for FilesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error) => write!(f, "{error}"),
            Self::Refused(refusal) => write!(f, "{refusal}"),
        }
    }
}

impl std::error::Error for FilesError {}
