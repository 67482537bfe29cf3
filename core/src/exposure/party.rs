//! Parties: who can refuse service. Each has one text, by which people name it
//! and tables show it.

use alloc::string::{String, ToString};
use core::fmt;
use core::str::FromStr;

use serde::{Serialize, Serializer};

use crate::basic::BadText;
use crate::check::networks::Prefix;
use crate::zone::Name;

/// A country, by its two letters (ISO 3166-1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// The country that a top-level name of two letters stands for: ISO 3166-1,
    /// by which they are given (RFC 1591 §2), but for `uk`.
    pub fn of_label(name: &Name) -> Option<Self> {
        match name.as_wire() {
            [2, b'u', b'k', 0] => Some(Self(*b"GB")),
            [2, first, second, 0] => Self::of_letters([*first, *second]),
            _ => None,
        }
    }

    fn of_letters(letters: [u8; 2]) -> Option<Self> {
        let are_letters = letters.iter().all(u8::is_ascii_alphabetic);
        are_letters.then(|| Self(letters.map(|letter| letter.to_ascii_uppercase())))
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = self.0.map(char::from);
        write!(f, "{first}{second}")
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Country {
    type Err = BadText;

    /// Reads two letters, of either case.
    fn from_str(text: &str) -> Result<Self, BadText> {
        let letters = <[u8; 2]>::try_from(text.as_bytes()).ok();
        letters.and_then(Self::of_letters).ok_or(BadText {
            expected: "a country's two letters",
        })
    }
}

/// Who runs a server, as far as can be told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    /// Whom the table of operators names.
    Named(String),
    /// Whoever has the domain in which servers of several names are.
    Domain(Name),
    /// Somebody that no name tells: servers of several names, each with a name
    /// of its own, share networks, of which this is the first.
    Network(Prefix),
    /// The servers are the name's own, and share a network with no other's: the
    /// name itself, or somebody whom only a database can tell.
    Own(Name),
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(text) => write!(f, "operator:{text}"),
            Self::Domain(domain) => write!(f, "operator:{domain}"),
            Self::Network(network) => write!(f, "network:{network}"),
            Self::Own(name) => write!(f, "own:{name}"),
        }
    }
}

/// Who can refuse service, in the order of tables.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// The operator of servers.
    Operator(Operator),
    /// An autonomous system, by its number.
    System(u32),
    /// A country, at whose addresses servers are.
    Country(Country),
    /// A name of the same zone, below which servers have their names.
    Name(Name),
}

impl Party {
    /// The autonomous system or country that a text says, in either case.
    pub(super) fn read(text: &str) -> Option<Self> {
        if let Ok(country) = text.parse() {
            return Some(Self::Country(country));
        }
        let (prefix, digits) = text.split_at_checked(2)?;
        let is_system =
            prefix.eq_ignore_ascii_case("AS") && digits.bytes().all(|octet| octet.is_ascii_digit());
        is_system
            .then(|| digits.parse().ok().map(Self::System))
            .flatten()
    }

    /// Whether a text means this operator or name: its own text, in either case
    /// and without its last dot. Where others can be seen to run servers, the
    /// word before it may be missing.
    pub(super) fn is_called(&self, text: &str) -> bool {
        let own = self.to_string();
        let bare = match self {
            Self::Operator(Operator::Own(_))
            | Self::System(_)
            | Self::Country(_)
            | Self::Name(_) => &own,
            Self::Operator(_) => own.split_once(':').map_or("", |(_, bare)| bare),
        };
        let plain = |text: &str| text.strip_suffix('.').unwrap_or(text).to_lowercase();
        [&own, bare].iter().any(|own| plain(own) == plain(text))
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator(operator) => operator.fmt(f),
            Self::System(number) => write!(f, "AS{number}"),
            Self::Country(country) => country.fmt(f),
            Self::Name(name) => write!(f, "name:{name}"),
        }
    }
}

impl Serialize for Party {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Country {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Operator {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
