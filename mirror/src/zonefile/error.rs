//! What can be wrong with a zone file: where, what, and what to do.

use std::fmt;
use std::io;

use comity_core::limits;
use comity_core::zone::{Name, Rtype, ZoneRefusal};

/// Why a zone file could not be read.
#[derive(Debug)]
pub struct ZoneFileError {
    /// The line, counted from 1, where there is one.
    pub line: Option<u64>,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a zone file.
#[derive(Debug)]
pub enum Fault {
    /// The file cannot be read at all.
    Unreadable(io::Error),
    /// More octets than the limit.
    TooLarge,
    /// One entry has more octets than the limit.
    EntryTooLong,
    /// An octet that is not printable ASCII, outside of comments.
    NotPrintable {
        /// The octet.
        octet: u8,
    },
    /// A quote that is not closed on its line.
    OpenQuote,
    /// A parenthesis that is never closed.
    OpenParenthesis,
    /// A parenthesis that closes nothing.
    StrayParenthesis,
    /// `$INCLUDE`: one file is one zone.
    Include,
    /// A directive other than `$ORIGIN` and `$TTL`.
    UnknownDirective {
        /// The directive.
        directive: String,
    },
    /// A directive without the one value that it takes.
    DirectiveValue {
        /// The directive.
        directive: String,
    },
    /// A relative name before any `$ORIGIN`.
    NoOrigin {
        /// The name.
        name: String,
    },
    /// The first record has no owner.
    NoOwner,
    /// Not a domain name.
    BadName {
        /// As written.
        name: String,
    },
    /// A label of more than 63 octets, or a name of more than 255.
    NameTooLong {
        /// As written.
        name: String,
    },
    /// A record without a type.
    NoType {
        /// The owner.
        owner: Name,
    },
    /// A type, class or TTL that does not exist.
    UnknownType {
        /// The owner.
        owner: Name,
        /// As written.
        token: String,
    },
    /// A class other than IN.
    OtherClass {
        /// The owner.
        owner: Name,
        /// As written.
        class: String,
    },
    /// A TTL above 2^31-1 seconds (RFC 2181 §8).
    TtlTooLarge {
        /// As written.
        ttl: String,
    },
    /// No TTL here, in a `$TTL`, or in a record above.
    NoTtl {
        /// The owner.
        owner: Name,
        /// The type.
        rtype: Rtype,
    },
    /// Data that is not of the record's type.
    BadData {
        /// The owner.
        owner: Name,
        /// The type.
        rtype: Rtype,
        /// What was expected.
        expected: &'static str,
    },
    /// No SOA record that would say which zone this is.
    NoZone,
    /// The records are not a zone's contents.
    Zone(ZoneRefusal),
}

impl ZoneFileError {
    pub(super) fn at(line: u64, fault: Fault) -> Self {
        Self {
            line: Some(line),
            fault,
        }
    }

    pub(super) fn anywhere(fault: Fault) -> Self {
        Self { line: None, fault }
    }
}

impl fmt::Display for ZoneFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        self.fault.fmt(f)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(f, "cannot be read: {error}"),
            Self::TooLarge => {
                let mebibytes = limits::ZONE_FILE_OCTETS_MAX >> 20;
                write!(f, "more than {mebibytes} MiB; is this a zone file?")
            }
            Self::EntryTooLong => write!(f, "an entry without end; is this a zone file?"),
            Self::NotPrintable { octet } => write!(
                f,
                "octet {octet} is not printable ASCII; write it as \\{octet:03}, and names \
                 in other scripts in their xn-- form"
            ),
            Self::OpenQuote => write!(f, "a quote is not closed on this line; close it"),
            Self::OpenParenthesis => write!(f, "a parenthesis is not closed; close it"),
            Self::StrayParenthesis => write!(f, "a parenthesis closes nothing; remove it"),
            Self::Include => write!(f, "$INCLUDE is not followed; put the records in this file"),
            Self::UnknownDirective { directive } => {
                write!(f, "{directive} is not known; only $ORIGIN and $TTL are")
            }
            Self::DirectiveValue { directive } => {
                write!(f, "{directive} takes one value; give it that")
            }
            Self::NoOrigin { name } => write!(
                f,
                "`{name}` is relative, and to what is not said; end it with a dot, or name \
                 the zone or an $ORIGIN"
            ),
            Self::NoOwner => write!(f, "no owner, and no record above has one; name it"),
            Self::BadName { name } => write!(f, "`{name}` is not a domain name; correct it"),
            Self::NameTooLong { name } => write!(
                f,
                "`{name}` has a label of more than 63 octets, or more than 255 in all; shorten it"
            ),
            Self::NoType { owner } => write!(f, "{owner} has no record type; add it"),
            Self::UnknownType { owner, token } => write!(
                f,
                "{owner}: `{token}` is no record type, class or TTL that is known; types \
                 without a name are TYPE1234"
            ),
            Self::OtherClass { owner, class } => {
                write!(f, "{owner} is of class {class}; only IN can be here")
            }
            Self::TtlTooLarge { ttl } => write!(f, "TTL {ttl} is above 2147483647; lower it"),
            Self::NoTtl { owner, rtype } => write!(
                f,
                "{owner} {rtype} has no TTL, and there is none above; give it one, or begin \
                 with $TTL"
            ),
            Self::BadData {
                owner,
                rtype,
                expected,
            } => write!(
                f,
                "the data of {owner} {rtype} is wrong; expected {expected}"
            ),
            Self::NoZone => write!(
                f,
                "no SOA record, so it is not said which zone this is; add it at the apex"
            ),
            Self::Zone(refusal) => refusal.fmt(f),
        }
    }
}

impl std::error::Error for ZoneFileError {}
