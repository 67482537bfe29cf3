//! Where a ledger's files come from: a directory, or a web server that serves
//! one. A source is not believed; who reads from it verifies.

mod directory;
mod http;

use std::fmt;
use std::io;

pub use directory::Directory;
pub use http::{Http, PROTOCOL_HEADER, PROTOCOL_VERSION};

/// A place that has a ledger's files, by their paths below its root.
pub trait Source: Send + Sync {
    /// The octets of the file at `path`, if they are no more than
    /// `octets_max`.
    fn fetch(&self, path: &str, octets_max: usize) -> Result<Vec<u8>, FetchError>;

    /// The source in words, for people.
    fn describe(&self) -> String;
}

/// The source that `text` names: a URL of `http` or `https`, else a directory.
pub fn open(text: &str) -> Box<dyn Source> {
    if text.starts_with("http://") || text.starts_with("https://") {
        Box::new(Http::new(text))
    } else {
        Box::new(Directory::new(text))
    }
}

/// Why a file could not be fetched. `at` says which, with its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchError {
    /// There is no such file.
    Missing {
        /// Which file.
        at: String,
    },
    /// The file has more octets than its reader allows.
    TooLarge {
        /// Which file.
        at: String,
        /// How many it allows.
        octets_max: usize,
    },
    /// The path is none that a ledger has.
    BadPath {
        /// The path.
        at: String,
    },
    /// The disk failed.
    Disk {
        /// Which file.
        at: String,
        /// How.
        kind: io::ErrorKind,
    },
    /// The server answered neither with the file nor that there is none.
    Status {
        /// Which file.
        at: String,
        /// The status code (RFC 9110 §15).
        status: u16,
    },
    /// There was no whole answer.
    Unreachable {
        /// Which file.
        at: String,
        /// What went wrong on the way.
        cause: Cause,
    },
}

/// What goes wrong on the way to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The address is no URL.
    Address,
    /// The server's name has no address.
    Name,
    /// No connection, or it broke.
    Connection(io::ErrorKind),
    /// It took too long.
    Timeout,
    /// The server could not prove who it is, or TLS failed.
    Tls,
    /// The answer is not HTTP as we speak it.
    Protocol,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address => f.write_str("the address is not a URL"),
            Self::Name => f.write_str("the server's name does not resolve"),
            Self::Connection(kind) => write!(f, "the connection failed: {kind}"),
            Self::Timeout => f.write_str("no answer in time"),
            Self::Tls => f.write_str("TLS failed"),
            Self::Protocol => f.write_str("the answer is not proper HTTP"),
        }
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { at } => write!(f, "{at} is missing"),
            Self::TooLarge { at, octets_max } => {
                write!(f, "{at} is larger than {octets_max} octets")
            }
            Self::BadPath { at } => write!(f, "{at:?} is no path in a ledger"),
            Self::Disk { at, kind } => write!(f, "cannot read {at}: {kind}"),
            Self::Status { at, status } => write!(f, "{at} was answered with status {status}"),
            Self::Unreachable { at, cause } => write!(f, "cannot fetch {at}: {cause}"),
        }
    }
}

impl std::error::Error for FetchError {}

/// Whether `path` is relative and stays below its root: parts of letters,
/// digits and inner full stops.
fn is_below_root(path: &str) -> bool {
    path.split('/').all(|part| {
        !part.is_empty()
            && !part.starts_with('.')
            && part
                .bytes()
                .all(|octet| octet.is_ascii_alphanumeric() || octet == b'.')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leaves_the_root() {
        for path in ["checkpoint", "tile/entries/x001/000.p/7", "blob/00ff"] {
            assert!(is_below_root(path), "{path:?}");
        }
        for path in [
            "",
            "/",
            "/etc/passwd",
            "a//b",
            "a/",
            ".",
            "..",
            "a/../b",
            "a/.b",
            "a b",
            "a\\b",
            "a?b",
            "a%2fb",
        ] {
            assert!(!is_below_root(path), "{path:?}");
        }
    }

    #[test]
    fn a_url_is_fetched_and_anything_else_is_a_directory() {
        assert_eq!(
            open("https://ledger.example/").describe(),
            "https://ledger.example"
        );
        assert_eq!(open("http://[::1]:80/a").describe(), "http://[::1]:80/a");
        assert_eq!(open("ledger").describe(), "ledger");
        assert_eq!(open("/srv/ledger/").describe(), "/srv/ledger/");
    }
}
