//! What is wrong with the parts of an act: its envelope and payload, and a
//! ceremony's transcript.

use alloc::string::String;
use core::fmt;

use crate::basic::PublicKey;

/// Octets that are no envelope or payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormatRefusal {
    /// Larger than its limit.
    TooLarge {
        /// Its octets.
        octets: usize,
        /// The limit.
        octets_max: usize,
    },
    /// No JSON of this shape.
    Json {
        /// Line of the error.
        line: usize,
        /// Column of the error.
        column: usize,
        /// What kind of error.
        category: &'static str,
    },
    /// JSON, but not the one text of its value.
    NotCanonical,
    /// A field that should be base64 is not.
    Base64,
    /// Octets that are not what an envelope's signatures are over.
    SigningInput,
    /// No signature at all.
    NotSigned,
    /// More signatures than there can be members.
    TooManySignatures {
        /// How many.
        count: usize,
    },
    /// Signatures not sorted by key, or one key twice.
    SignaturesOutOfOrder,
    /// A signature that does not verify.
    BadSignature {
        /// Whose it says it is.
        key: PublicKey,
    },
    /// Another payload type.
    WrongType {
        /// The type expected.
        expected: &'static str,
        /// The type found.
        found: String,
    },
    /// A payload type that these rules do not know.
    UnknownType {
        /// The type found.
        found: String,
    },
    /// Another version of the rules.
    Rules {
        /// The version found.
        found: u32,
    },
}

/// What is wrong with a ceremony's transcript; shares count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TranscriptRefusal {
    /// Not one message from each member.
    WrongCount {
        /// How many there are.
        count: usize,
    },
    /// Not signed by the member whose place it has.
    NotSigned {
        /// The member's share.
        share: u16,
    },
    /// Not readable, or not of the right size.
    Malformed {
        /// The member's share.
        share: u16,
    },
    /// For another ledger, epoch or attempt.
    OtherCeremony {
        /// The member's share.
        share: u16,
    },
    /// The member saw another list than the transcript's.
    OtherList {
        /// The member's share.
        share: u16,
    },
    /// The member computed another zone key.
    OtherKey {
        /// The member's share.
        share: u16,
    },
}

impl fmt::Display for FormatRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { octets, octets_max } => {
                write!(f, "{octets} octets, more than the limit of {octets_max}")
            }
            Self::Json {
                line,
                column,
                category,
            } => {
                write!(f, "JSON error at line {line}, column {column}: {category}")
            }
            Self::NotCanonical => f.write_str(
                "JSON, but not the one text of its value (field order, white space or escapes)",
            ),
            Self::Base64 => f.write_str("a field is not base64"),
            Self::SigningInput => f.write_str("not what an envelope's signatures are over"),
            Self::NotSigned => f.write_str("no signature"),
            Self::TooManySignatures { count } => write!(f, "{count} signatures are too many"),
            Self::SignaturesOutOfOrder => f.write_str("signatures are not sorted by key"),
            Self::BadSignature { key } => write!(f, "the signature by {key} does not verify"),
            Self::WrongType { expected, found } => write!(f, "{found:?} given for {expected}"),
            Self::UnknownType { found } => write!(f, "unknown payload type {found:?}"),
            Self::Rules { found } => write!(f, "made under version {found} of the rules"),
        }
    }
}

impl core::error::Error for FormatRefusal {}

impl fmt::Display for TranscriptRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongCount { count } => {
                write!(
                    f,
                    "the transcript has {count} messages where each member has one"
                )
            }
            Self::NotSigned { share } => {
                write!(
                    f,
                    "a message in the place of share {share} is not signed by its member"
                )
            }
            Self::Malformed { share } => write!(f, "share {share}'s message is malformed"),
            Self::OtherCeremony { share } => {
                write!(f, "share {share}'s message is for another ceremony")
            }
            Self::OtherList { share } => {
                write!(f, "share {share} saw other messages than the transcript's")
            }
            Self::OtherKey { share } => write!(f, "share {share} computed another zone key"),
        }
    }
}
