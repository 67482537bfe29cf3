//! Why nothing came from an upstream. What came and breaks a rule is a refusal of
//! `core`'s.

use std::fmt;
use std::io;

use crate::zonefile::ZoneFileError;

/// An upstream that cannot be had.
#[derive(Debug)]
pub enum UpstreamError {
    /// No connection.
    Unreachable(io::ErrorKind),
    /// The connection ended, or nothing came for too long.
    Broken(io::ErrorKind),
    /// The transfer took longer than the limit.
    TooSlow,
    /// More came than the limit.
    TooLarge,
    /// What came is no answer.
    Malformed,
    /// The server answers with this code (RFC 1035 §4.1.1).
    Refused(u8),
    /// The server answers for others.
    NotAuthoritative,
    /// The server does not have the zone.
    NoZone,
    /// Changes that do not fit the version that they should change.
    DoesNotFit,
    /// An answer that is not signed by the key, or not rightly (RFC 8945 §5.3).
    Unauthentic,
    /// The server cannot show that it is the one that it should be.
    Tls(String),
    /// A web server that does not have it.
    Http(String),
    /// A zone file that is none.
    ZoneFile(ZoneFileError),
}

impl UpstreamError {
    /// A word for it, for scripts and statistics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable(_) | Self::Broken(_) | Self::TooSlow => "silent",
            Self::TooLarge | Self::Malformed | Self::DoesNotFit | Self::ZoneFile(_) => "malformed",
            Self::Refused(_) | Self::NotAuthoritative | Self::NoZone | Self::Http(_) => "refuses",
            Self::Unauthentic | Self::Tls(_) => "unauthentic",
        }
    }
}

impl fmt::Display for UpstreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(kind) => write!(f, "cannot be reached: {kind}"),
            Self::Broken(io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                f.write_str("says nothing any more")
            }
            Self::Broken(kind) => write!(f, "ended the connection: {kind}"),
            Self::TooSlow => f.write_str("takes longer for a transfer than the limit"),
            Self::TooLarge => f.write_str("sends more than the limit"),
            Self::Malformed => f.write_str("sends what is no answer"),
            Self::Refused(5) => f.write_str("refuses: is this machine allowed to transfer?"),
            Self::Refused(9) => f.write_str(
                "has no authority for the zone, or does not know the TSIG key (NOTAUTH)",
            ),
            Self::Refused(rcode) => write!(f, "answers with the code {rcode}"),
            Self::NotAuthoritative => f.write_str("answers without authority"),
            Self::NoZone => f.write_str("does not have the zone"),
            Self::DoesNotFit => f.write_str("sends changes that do not fit the version before"),
            Self::Unauthentic => f.write_str(
                "sends answers that its TSIG key has not signed: another key, or clocks that \
                 differ by more than five minutes",
            ),
            Self::Tls(why) => write!(f, "does not show who it is: {why}"),
            Self::Http(why) => write!(f, "does not give the zone: {why}"),
            Self::ZoneFile(error) => write!(f, "has no zone file that can be read: {error}"),
        }
    }
}

impl std::error::Error for UpstreamError {}
