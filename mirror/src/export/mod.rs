//! What the operators of other servers take over: the keys as trust anchors,
//! and pieces of configuration. Each is a text that follows from [`Facts`]
//! alone, in the form that the server's own checker accepts.
//!
//! | module | what it makes |
//! | --- | --- |
//! | [`anchor`] | trust anchors: DNSKEY and DS records, BIND's form |
//! | [`resolver`] | Unbound and BIND as resolvers with the zone at hand |
//! | [`secondary`] | Knot, NSD and BIND as secondaries |

pub mod anchor;
pub mod resolver;
pub mod secondary;
#[cfg(test)]
mod tests;

use std::fmt;
use std::net::SocketAddr;

use comity_core::basic::PublicKey;
use comity_core::edition::Dnskey;
use comity_core::zone::Name;

/// What every piece of configuration is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    origin: Name,
    /// Those that are trusted, or are to be: never empty.
    keys: Vec<Dnskey>,
    mirror: SocketAddr,
}

/// Configuration cannot be made of these facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExportError {
    /// The zone's name has a character that some server's configuration
    /// gives a meaning to.
    UnusualName {
        /// The zone's name.
        origin: Name,
    },
}

impl Facts {
    /// The facts of a zone, the keys that trust anchors are to name, and the mirror
    /// that gives it away.
    ///
    /// # Errors
    /// Where the zone's name has other characters than letters, digits,
    /// hyphens and underscores.
    pub fn new(origin: Name, keys: &[PublicKey], mirror: SocketAddr) -> Result<Self, ExportError> {
        let is_usual = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if origin.to_string().chars().all(is_usual) {
            let keys = keys.iter().map(|key| Dnskey::anchor(*key)).collect();
            Ok(Self {
                origin,
                keys,
                mirror,
            })
        } else {
            Err(ExportError::UnusualName { origin })
        }
    }

    /// The keys by their tags.
    fn tags(&self) -> String {
        let tags: Vec<String> = self
            .keys
            .iter()
            .map(|key| key.key_tag().to_string())
            .collect();
        match tags.as_slice() {
            [tag] => format!("key {tag}"),
            tags => format!("keys {}", tags.join(", ")),
        }
    }

    /// The name of a file for the zone.
    fn zone_file(&self) -> String {
        match self.origin.to_string().trim_end_matches('.') {
            "" => "root.zone".to_owned(),
            origin => format!("{origin}.zone"),
        }
    }

    /// The name of a file for the trust anchors, as configurations name it.
    pub fn anchor_file(&self) -> String {
        self.zone_file().replace(".zone", ".key")
    }

    /// What every operator has to know before anything else.
    fn preamble(&self, comment: &str) -> String {
        let zone = if self.origin == Name::root() {
            "the root zone".to_owned()
        } else {
            format!("the zone {}", self.origin)
        };
        let lines = [
            format!("For {zone}, signed by {} with algorithm 15", self.tags()),
            "(Ed25519, RFC 8080). A resolver that does not know this algorithm takes".to_owned(),
            "the zone for unsigned and validates nothing.".to_owned(),
        ];
        lines
            .iter()
            .map(|line| format!("{comment} {line}\n"))
            .collect()
    }
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnusualName { origin } => {
                write!(
                    f,
                    "{origin} has characters that configuration files treat specially"
                )
            }
        }
    }
}

impl std::error::Error for ExportError {}
